package peer

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	libcrypto "github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"kith/app/present"
	"kith/store"
	"kith/store/keyring"
)

// Backup writes all this person has into a new file that only their twelve words open, or only the passphrase, if there is
// one. Locking ends it.
func (p *Peer) Backup(ctx context.Context, path, passphrase string) (present.Saved, error) {
	in, err := p.now()
	if err != nil {
		return present.Saved{}, err
	}
	if !in.shelf.enter() {
		return present.Saved{}, errLocked
	}
	defer in.shelf.calls.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-in.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	s, err := in.ledger.Backup(ctx, path, store.Backing{Settings: []string{keySeen, keyChecked, keyHidden, keySettings}, Passphrase: passphrase})
	if err == nil {
		p.went(p.SetSetting(ctx, present.SettingBackupAt, p.o.Now().UTC().Format(time.RFC3339)))
	}
	return present.Saved{Groups: s.Groups, Envelopes: s.Envelopes, Bytes: s.Bytes}, err
}

// Restore makes an empty home into this person's, from a backup and what opens it, and opens it. It is a new device, which
// waits in each group until another member confirms it.
func (p *Peer) Restore(ctx context.Context, r present.Restoring) (present.Restored, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.started() {
		return present.Restored{}, errExists
	}
	from := store.Restoring{Options: store.Options{Now: p.o.Now, Rand: p.o.Rand, Log: p.o.Log}, Peer: peerIDOf}
	byPassphrase, err := store.ByPassphrase(r.File)
	if err != nil {
		return present.Restored{}, err
	}
	if byPassphrase {
		from.Passphrase = r.Opens
	} else if from.Recovery, err = keyring.ParseRecovery(r.Opens); err != nil {
		return present.Restored{}, err
	}
	rest, err := p.newVault(r.Passphrase, r.Keychain)
	if err != nil {
		return present.Restored{}, err
	}
	in := &opened{rest: rest, done: make(chan struct{})}
	in.shelf = newShelf(p, in)
	out, err := store.Restore(ctx, p.home, rest, r.File, from)
	if err == nil {
		in.ledger, err = store.Open(p.home, rest, p.storeOptions(in))
	}
	if err != nil {
		rest.Forget()
		if !p.started() { // the home is left as it was found
			err = errors.Join(err, keyring.Wipe(p.home, keyring.Options{Keychain: p.o.Keychain}))
		}
		return present.Restored{}, err
	}
	back := present.Restored{Name: out.Name, Envelopes: out.Envelopes, LeftOut: out.LeftOut}
	for _, g := range out.Groups {
		back.Groups = append(back.Groups, present.RestoredGroup{ID: g.ID, Waits: g.Asks})
	}
	return back, p.opened(in)
}

// peerIDOf is the raw multihash of a computer's PeerID.
func peerIDOf(pub ed25519.PublicKey) ([]byte, error) {
	k, err := libcrypto.UnmarshalEd25519PublicKey(pub)
	if err != nil {
		return nil, err
	}
	id, err := peer.IDFromPublicKey(k)
	return []byte(id), err
}
