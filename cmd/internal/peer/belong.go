package peer

import (
	"context"
	"errors"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/store"
	"kith/store/group"
	"kith/store/kp1"
)

// deed runs one act about who belongs and says what became of it.
func (p *Peer) deed(g kp1.GID, do func(l *store.Ledger) (store.Deed, error)) (present.Deed, error) {
	in, err := p.now()
	if err != nil {
		return present.Deed{}, err
	}
	d, err := do(in.ledger)
	p.went(err)
	return present.Deed{Op: d.Op, Waits: d.Proposed}, in.notYet(g, err)
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
	return p.deed(g, func(l *store.Ledger) (store.Deed, error) { return l.Remove(ctx, g, m, store.ReasonUnsaid) })
}

// Remove is Expel for the window.
func (p *Peer) Remove(ctx context.Context, g kp1.GID, m kp1.MID) error {
	_, err := p.Expel(ctx, g, m)
	return err
}

// SetRank gives a member another rank, or proposes it.
func (p *Peer) SetRank(ctx context.Context, g kp1.GID, m kp1.MID, rank uint8) (present.Deed, error) {
	return p.deed(g, func(l *store.Ledger) (store.Deed, error) { return l.SetRole(ctx, g, m, rank) })
}

// SetPolicy changes what holds in a group, or proposes it.
func (p *Peer) SetPolicy(ctx context.Context, g kp1.GID, f group.PolicyFields) (present.Deed, error) {
	return p.deed(g, func(l *store.Ledger) (store.Deed, error) { return l.SetPolicy(ctx, g, f) })
}

// Revoke takes devices of one member out for ever, or proposes it.
func (p *Peer) Revoke(ctx context.Context, g kp1.GID, devices ...kp1.DID) (present.Deed, error) {
	return p.deed(g, func(l *store.Ledger) (store.Deed, error) { return l.Revoke(ctx, g, devices...) })
}

// Confirm wakes a device that waits for another member's word.
func (p *Peer) Confirm(ctx context.Context, g kp1.GID, d kp1.DID) (present.Deed, error) {
	return p.deed(g, func(l *store.Ledger) (store.Deed, error) { return l.Confirm(ctx, g, d) })
}

// Vote says whom this person wants to lead a group that nobody leads.
func (p *Peer) Vote(ctx context.Context, g kp1.GID, m kp1.MID) (present.Deed, error) {
	return p.deed(g, func(l *store.Ledger) (store.Deed, error) { return l.Vote(ctx, g, m) })
}

// Consent is the second person's yes to a proposal.
func (p *Peer) Consent(ctx context.Context, g kp1.GID, proposal kp1.ID) (present.Deed, error) {
	return p.deed(g, func(l *store.Ledger) (store.Deed, error) { return l.Consent(ctx, g, proposal) })
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
