package control

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxPath is the longest path of a socket, in bytes: systems stop at 104 to 108.
const maxPath = 100

// socketName is the socket in a home whose path is short enough.
const socketName = "control"

// socketPath says where the socket of a home is: in the home, or, where that path would be too long, in the user's runtime
// folder under a hash of the home. With prepare it also makes the runtime folder. It refuses a folder in which somebody else
// could put a socket of their own and be told what is typed.
func socketPath(home string, prepare bool) (string, error) {
	abs, err := filepath.Abs(home)
	if err != nil {
		return "", fmt.Errorf("home: %w", err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	if p := filepath.Join(abs, socketName); len(p) <= maxPath {
		if err := ours(abs, changeIt); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		return p, nil
	}
	dir := filepath.Join(runtimeRoot(), "kith"+userMark())
	sum := sha256.Sum256([]byte(abs))
	p := filepath.Join(dir, hex.EncodeToString(sum[:8]))
	if len(p) > maxPath {
		return "", fmt.Errorf("%d bytes: %w", len(p), ErrFolder)
	}
	if prepare {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("runtime folder: %w", err)
		}
	}
	if err := ours(dir, enterIt); err != nil {
		return "", err
	}
	return p, nil
}
