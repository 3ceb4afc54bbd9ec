package peer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"kith/app/present"
	"kith/store/keyring"
)

// Panic locks at once and takes the keychain's half away, so that only the passphrase opens the home again, or the words
// on paper. Where there is no passphrase that would be a wipe: it is one with wipe said, and refused without it; the home
// is locked either way.
func (p *Peer) Panic(ctx context.Context, wipe bool) (wiped bool, err error) {
	o := keyring.Options{Keychain: p.o.Keychain}
	taken := make(chan error, 1)
	go func() { taken <- keyring.Panic(p.home, o) }() // beside the lock: neither waits for the other
	err = p.shut(present.LockedAsked, true, false)
	half := <-taken
	if half == nil { // whoever was just leaving a mark has done so
		half = keyring.Panic(p.home, o)
	}
	switch {
	case errors.Is(half, keyring.ErrNoVault):
		return false, err
	case errors.Is(half, keyring.ErrOnlyDoor) && wipe:
		return true, errors.Join(err, p.Wipe(ctx))
	}
	return false, errors.Join(half, err)
}

// ours are the names of what Kith makes in a home, but for the lock and the socket of whoever holds it.
var ours = []string{"vault", "vault.new", "vault.of-*", "store", "store.new", "store.next", "store.damaged-*", "restoring", lookName, lookName + ".new", keptName}

func isOurs(name string) bool {
	return slices.ContainsFunc(ours, func(pattern string) bool {
		ok, err := filepath.Match(pattern, name)
		return ok && err == nil
	})
}

// Wipe takes away all of this person that is on this computer, for good: first what opens the store, then the files.
// Nothing else in the folder is touched. What the others have of it stays with them.
func (p *Peer) Wipe(ctx context.Context) error {
	err := p.shut(present.LockedAsked, true, false)
	p.turn.Lock()
	defer p.turn.Unlock()
	err = errors.Join(err, keyring.Wipe(p.home, keyring.Options{Keychain: p.o.Keychain}))
	p.kept.turn.Lock() // nobody begins to keep messages again meanwhile
	defer p.kept.turn.Unlock()
	err = errors.Join(err, p.keepNothing(ctx))
	all, bad := os.ReadDir(p.home)
	if bad != nil && !errors.Is(bad, fs.ErrNotExist) {
		err = errors.Join(err, errKept)
	}
	for _, f := range all {
		if isOurs(f.Name()) && os.RemoveAll(filepath.Join(p.home, f.Name())) != nil {
			err = errors.Join(err, errKept)
		}
	}
	p.mu.Lock()
	p.locked, p.trouble = lockedBy{}, nil
	p.mu.Unlock()
	p.state.set()
	p.wake.set()
	return err
}
