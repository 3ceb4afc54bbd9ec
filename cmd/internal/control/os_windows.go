package control

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the lock that the system drops when the process ends.
func lockFile(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}

// nobodyAnswers reports whether a dial failed because no process listens, rather than for a reason worth telling.
func nobodyAnswers(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, windows.WSAECONNREFUSED)
}

// What nobody else may do in a folder of ours.
const (
	enterIt  fs.FileMode = 0o077
	changeIt fs.FileMode = 0o002
)

// ours looks only that dir is a folder: on Windows the rights of the user's own folders are inherited.
func ours(dir string, _ fs.FileMode) error {
	st, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !st.IsDir() {
		return fmt.Errorf("%s: %w", st.Name(), ErrFolder)
	}
	return nil
}

// runtimeRoot is this user's own folder for files that need not last.
func runtimeRoot() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return dir
	}
	return os.TempDir()
}

// userMark is empty: the runtime folder is the user's own already.
func userMark() string { return "" }
