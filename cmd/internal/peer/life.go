package peer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"kith/app/present"
	"kith/store"
	"kith/store/keyring"
)

// Start makes a person in an empty home and opens it, or, with their twelve words, somebody who was elsewhere. A start that was cut off before is begun anew.
func (p *Peer) Start(ctx context.Context, s present.Start) (words [12]string, err error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.started() {
		return words, errExists
	}
	var rs keyring.Recovery
	if s.Words != "" {
		if rs, err = keyring.ParseRecovery(s.Words); err != nil {
			return words, err
		}
	}
	rest, err := p.newVault(s.Passphrase, s.Keychain)
	if err != nil {
		return words, err
	}
	in := &opened{rest: rest, done: make(chan struct{})}
	in.shelf = newShelf(p, in)
	if in.ledger, err = store.CreateFrom(p.home, rest, s.Name, rs, p.storeOptions(in)); err != nil {
		rest.Forget()
		return words, err
	}
	words = in.ledger.Recovery().Words()
	return words, p.opened(in)
}

// newVault makes the vault of a home without a store. One that a start which was cut off has left gives way.
func (p *Peer) newVault(passphrase string, keychain bool) (*keyring.AtRest, error) {
	o := keyring.Options{Passphrase: passphrase, Rand: p.o.Rand}
	if keychain {
		o.Keychain, o.PassphraseAlone = p.o.Keychain, passphrase != ""
	}
	if err := p.keepOldVault(); err != nil {
		return nil, err
	}
	if keyring.Exists(p.home) {
		if err := keyring.Wipe(p.home, keyring.Options{Keychain: p.o.Keychain}); err != nil {
			return nil, err
		}
	}
	return keyring.Create(p.home, o)
}

// keepOldVault renames the vault of a store that was set aside as damaged: whoever may mend that file one day needs the
// key. A vault without any store, on the other hand, is a start that was cut off.
func (p *Peer) keepOldVault() error {
	old, err := filepath.Glob(filepath.Join(p.home, "store.damaged-*"))
	if err != nil || len(old) == 0 || !keyring.Exists(p.home) {
		return err
	}
	vault := filepath.Join(p.home, "vault")
	return os.Rename(vault, vault+".of-"+strings.TrimPrefix(filepath.Base(old[len(old)-1]), "store."))
}

// Suggest returns four words for a passphrase, drawn by chance.
func (p *Peer) Suggest() string {
	words, err := keyring.NewPassphrase(p.o.Rand)
	if err != nil {
		return ""
	}
	return strings.Join(words[:], " ")
}

// NeedsPassphrase reports whether Unlock wants one.
func (p *Peer) NeedsPassphrase() (bool, error) {
	door, err := keyring.Describe(p.home)
	return door.Passphrase, err
}

// Unlock opens the home.
func (p *Peer) Unlock(ctx context.Context, passphrase string) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.mu.Lock()
	already := p.open != nil
	p.mu.Unlock()
	if already {
		return nil
	}
	if !p.started() {
		return errNoHome
	}
	rest, err := keyring.Unlock(p.home, passphrase, keyring.Options{Keychain: p.o.Keychain})
	if err != nil {
		return err
	}
	in := &opened{rest: rest, done: make(chan struct{})}
	in.shelf = newShelf(p, in)
	if in.ledger, err = store.Open(p.home, rest, p.storeOptions(in)); err != nil {
		rest.Forget()
		return err
	}
	return p.opened(in)
}

// opened makes a fresh ledger the one in use.
func (p *Peer) opened(in *opened) error {
	marks, err := loadMarks(in.ledger)
	if err == nil {
		err = p.believe(in)
	}
	if err != nil {
		err = errors.Join(err, in.ledger.Close())
		in.rest.Forget()
		return err
	}
	in.marks = marks
	p.renewLate(in)
	p.mu.Lock()
	p.open, p.locked, p.trouble = in, lockedBy{}, nil
	p.mu.Unlock()
	p.Touched()
	p.state.set()
	p.joins.set()
	p.wake.set()
	p.hear.tell(plainEvent("unlocked"))
	return nil
}

// Lock closes the store and forgets every key.
func (p *Peer) Lock(_ context.Context, why string) error { return p.shut(why, true, true) }

// shut locks; remember says whether to leave a mark of the store in the keychain.
func (p *Peer) shut(why string, tell, remember bool) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.mu.Lock()
	in := p.open
	p.open = nil
	p.idle.stop()
	if in != nil {
		p.locked = lockedBy{at: p.o.Now(), why: why}
	}
	p.mu.Unlock()
	if in == nil {
		return nil
	}
	close(in.done) // the node ends by this
	p.state.set()
	if tell {
		p.wake.set()
	}
	in.shelf.wait()
	keep := func() {}
	if remember {
		keep = p.marked(in)
	}
	err := in.ledger.Close()
	in.rest.Forget()
	keep()
	if tell {
		p.hear.tell(plainEvent("locked"))
	}
	return err
}

// ChangePassphrase replaces the passphrase; the store's key stays the same.
func (p *Peer) ChangePassphrase(_ context.Context, old, fresh string) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	door, err := keyring.Describe(p.home)
	if err != nil {
		return err
	}
	o := keyring.Options{Rand: p.o.Rand}
	if door.Keychain || door.PassphraseAlone {
		o.Keychain, o.PassphraseAlone = p.o.Keychain, true
	}
	return keyring.ChangePassphrase(p.home, old, fresh, o)
}
