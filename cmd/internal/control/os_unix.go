//go:build unix

package control

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// lockFile takes the lock that the system drops when the process ends.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}

// nobodyAnswers reports whether a dial failed because no process listens, rather than for a reason worth telling.
func nobodyAnswers(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// What nobody else may do in a folder of ours.
const (
	enterIt  fs.FileMode = 0o077 // or read or change it
	changeIt fs.FileMode = 0o002 // take files away and put others in their place; a group may be this user's own
)

// ours reports whether dir belongs to this user and others may not do that in it.
func ours(dir string, others fs.FileMode) error {
	st, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !st.IsDir() || !ok || int(sys.Uid) != os.Getuid() || st.Mode().Perm()&others != 0 {
		return fmt.Errorf("%s: %w", st.Name(), ErrFolder)
	}
	return nil
}

// runtimeRoot is the folder for sockets of this user, and whether the system made it for this user alone.
func runtimeRoot() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return dir
	}
	return os.TempDir()
}

// userMark tells two users of one machine apart where the runtime folder is shared.
func userMark() string { return fmt.Sprint(os.Getuid()) }
