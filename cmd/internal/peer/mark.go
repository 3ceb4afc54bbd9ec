package peer

import (
	"context"
	"time"

	"kith/store/keyring"
)

// markEvery is how often a peer that serves leaves a mark of its store in the keychain (protocol 3.7).
const markEvery = 10 * time.Minute

// believe compares a store that was just opened with the mark that the keychain holds. A store that is older than its mark
// is read and not written. A keychain that says nothing says nothing against it.
func (p *Peer) believe(in *opened) error {
	mark, ok, err := keyring.LastMark(p.home, keyring.Options{Keychain: p.o.Keychain})
	if err != nil {
		p.o.Log.Info("no mark to compare the store with", "why", code(err))
	}
	if !ok {
		return nil
	}
	old, err := in.ledger.Believe(mark)
	if old {
		p.o.Log.Warn("the store is an old copy of itself")
	}
	return err
}

// marked has the store say how far it has been written, and returns what keeps that in the keychain.
func (p *Peer) marked(in *opened) (keep func()) {
	nothing := func() {}
	if p.o.Keychain == nil {
		return nothing
	}
	mark, fresh, err := in.ledger.Mark()
	if err != nil || !fresh {
		p.went(err)
		return nothing
	}
	return func() {
		if err := keyring.KeepMark(p.home, mark, keyring.Options{Keychain: p.o.Keychain}); err != nil {
			p.o.Log.Info("the mark of the store was not kept", "why", code(err))
		}
	}
}

// keepMarking leaves a mark now and then: a computer that loses its power has none of its closing.
func (p *Peer) keepMarking(ctx context.Context, in *opened) error {
	for p.o.Keychain != nil && ctx.Err() == nil {
		if sleep(ctx, markEvery); ctx.Err() == nil && in.shelf.enter() {
			p.marked(in)()
			in.shelf.calls.Done() // a lock waits for it, so that nothing is left in the keychain after a panic
		}
	}
	return nil
}
