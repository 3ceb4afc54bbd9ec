package peer

import (
	"context"
	"errors"
	"time"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/store"
	"kith/store/group"
	"kith/store/kp1"
)

// deed runs one act about who belongs and says what became of it.
func (p *Peer) deed(ctx context.Context, g kp1.GID, do func(l *store.Ledger) (store.Deed, error)) (present.Deed, error) {
	in, err := p.now()
	if err != nil {
		return present.Deed{}, err
	}
	d, err := do(in.ledger)
	if err == nil && d.Later {
		d, err = p.caughtUp(ctx, in, g, d)
	}
	p.went(err)
	return deedOf(d), in.notYet(g, err)
}

func deedOf(d store.Deed) present.Deed {
	return present.Deed{Op: d.Op, Waits: d.Proposed, Later: d.Later}
}

// catchUpMost is how long who asks for an act waits for others to be heard out first.
const catchUpMost = 5 * time.Second

// caughtUp hears out whoever can be reached now, and signs what waits for that.
func (p *Peer) caughtUp(ctx context.Context, in *opened, g kp1.GID, d store.Deed) (store.Deed, error) {
	node := p.running()
	if node == nil {
		return d, nil
	}
	ctx, cancel := context.WithTimeout(ctx, catchUpMost)
	defer cancel()
	if _, err := node.Sync(ctx, network.Bout{}); err != nil { // nobody is there: it goes on waiting
		return d, nil //nolint:nilerr // as said
	}
	return in.ledger.Sign(ctx, g, d.Op)
}

// SignNow signs what waits, whoever was heard out.
func (p *Peer) SignNow(ctx context.Context, g kp1.GID, id kp1.ID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.SignNow(ctx, g, id) })
}

// Forget drops what waits to be signed.
func (p *Peer) Forget(ctx context.Context, g kp1.GID, id kp1.ID) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	err = in.ledger.Forget(ctx, g, id)
	p.went(err)
	return err
}

// StandBy says that the version of who belongs stands that is here, whatever else a computer has said.
func (p *Peer) StandBy(ctx context.Context, g kp1.GID, d kp1.DID) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	err = in.ledger.StandBy(ctx, g, d)
	p.went(err)
	return err
}

// level notes that a computer was heard out, and signs what has waited for that.
func (p *Peer) level(e network.Level) {
	in, err := p.now()
	if err != nil {
		return
	}
	d := in.shelf.device(e.Group, e.Peer)
	if d.IsZero() {
		return
	}
	p.heardOut(in, kp1.GID(e.Group), d)
}

// heardOut notes that a device was heard out, or a mailbox of the group where d is zero.
func (p *Peer) heardOut(in *opened, g kp1.GID, d kp1.DID) {
	if !in.shelf.enter() {
		return
	}
	defer in.shelf.calls.Done()
	p.went(in.ledger.Level(g, d))
	if len(in.ledger.View().Group(g).Pending) > 0 {
		p.joins.set()
	}
}

// notYet says of a computer that is refused because it waits for another member's word that this is why.
func (in *opened) notYet(g kp1.GID, err error) error {
	if errors.Is(err, store.ErrNotIn) && waits(in.ledger.View().Group(g)) {
		return errWaits
	}
	return err
}

// Expel takes a member out, or proposes it where a second person has to agree.
func (p *Peer) Expel(ctx context.Context, g kp1.GID, m kp1.MID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.Remove(ctx, g, m, store.ReasonUnsaid) })
}

// Remove is Expel for the window.
func (p *Peer) Remove(ctx context.Context, g kp1.GID, m kp1.MID) error {
	_, err := p.Expel(ctx, g, m)
	return err
}

// SetRank gives a member another rank, or proposes it.
func (p *Peer) SetRank(ctx context.Context, g kp1.GID, m kp1.MID, rank uint8) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.SetRole(ctx, g, m, rank) })
}

// SetPolicy changes what holds in a group, or proposes it.
func (p *Peer) SetPolicy(ctx context.Context, g kp1.GID, f group.PolicyFields) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.SetPolicy(ctx, g, f) })
}

// Revoke takes devices of one member out for ever, or proposes it.
func (p *Peer) Revoke(ctx context.Context, g kp1.GID, devices ...kp1.DID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.Revoke(ctx, g, devices...) })
}

// Confirm wakes a device that waits for another member's word.
func (p *Peer) Confirm(ctx context.Context, g kp1.GID, d kp1.DID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.Confirm(ctx, g, d) })
}

// Vote says whom this person wants to lead a group that nobody leads.
func (p *Peer) Vote(ctx context.Context, g kp1.GID, m kp1.MID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.Vote(ctx, g, m) })
}

// Consent is the second person's yes to a proposal.
func (p *Peer) Consent(ctx context.Context, g kp1.GID, proposal kp1.ID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.Consent(ctx, g, proposal) })
}

// Proposals are those that wait for somebody in a group.
func (p *Peer) Proposals(g kp1.GID) []verb.Proposal {
	in, err := p.now()
	if err != nil {
		return nil
	}
	var out []verb.Proposal
	for _, a := range in.ledger.View().Group(g).Asks {
		out = append(out, verb.Proposal{ID: a.ID, By: a.By, At: a.At, Action: a.Action, Mine: a.Mine})
	}
	return out
}
