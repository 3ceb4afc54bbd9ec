package control

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// lockName is the file whose lock says that a process holds the home. It is empty and stays when the lock is released:
// taking it away would let two processes hold two different files of one name.
const lockName = "lock"

// Lock makes this process the holder of a home until release is called or the process ends, however it ends. The home is
// made when it is missing, for this user alone. It returns ErrInUse when another holder lives, and ErrFolder where somebody
// else could put files of theirs in the place of this user's.
func Lock(home string) (release func() error, err error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	real, err := filepath.EvalSymlinks(home)
	if err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if err := ours(real, changeIt); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(home, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
