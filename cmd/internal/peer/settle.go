package peer

import (
	"context"
	"time"

	"kith/app/present"
	"kith/store"
	"kith/store/group"
	"kith/store/kp1"
)

// removalsFor is how long the window tells who has not heard of a removal.
const removalsFor = 90 * 24 * time.Hour

// tell fills in what a group's people should know of who belongs, beside who does.
func (p *Peer) tell(in *opened, x *present.Group) {
	t := in.ledger.Told(x.ID)
	x.Splits, x.Voters, x.OldCopy = t.Splits, t.Voters, t.ReadOnly
	if x.Admin() || x.State.Headless {
		x.Matters = t.Matters
	}
	for _, c := range t.Ballot {
		x.Ballot = append(x.Ballot, present.Candidate{Member: c.Member, By: c.By})
	}
	now := p.o.Now()
	for _, s := range t.Shut {
		at := time.Unix(int64(s.Time), 0) //nolint:gosec // seconds
		if now.Sub(at) > removalsFor || s.Type == group.TypeRemove && x.In(s.Member) {
			continue
		}
		r := present.Removal{Op: s.Op, By: s.By, Member: s.Member, At: at, Caught: s.Type == group.TypeEvidence}
		if s.Type != group.TypeRemove {
			r.Devices = s.Devices
		}
		x.Removals = append(x.Removals, r)
	}
}

// Keep settles a matter of the review queue.
func (p *Peer) Keep(ctx context.Context, g kp1.GID, matter kp1.ID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.Keep(ctx, g, matter) })
}

// LetStand vouches for an op that waits behind a fence.
func (p *Peer) LetStand(ctx context.Context, g kp1.GID, op kp1.ID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.LetStand(ctx, g, op) })
}

// AdmitLate shows after all what a removal hides.
func (p *Peer) AdmitLate(ctx context.Context, g kp1.GID, ops []kp1.ID) (present.Deed, error) {
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.AdmitLate(ctx, g, ops) })
}

// Late lists what removals hide, by person.
func (p *Peer) Late(_ context.Context, g kp1.GID) ([]present.Late, error) {
	in, err := p.now()
	if err != nil {
		return nil, err
	}
	all, err := in.ledger.Late(g)
	out := make([]present.Late, len(all))
	for i, x := range all {
		out[i] = present.Late{Member: x.Member, Ops: x.Ops, First: x.First, Last: x.Last}
	}
	return out, err
}

// DoneBy tells what a computer did.
func (p *Peer) DoneBy(_ context.Context, g kp1.GID, d kp1.DID) (present.Done, error) {
	in, err := p.now()
	if err != nil {
		return present.Done{}, err
	}
	x, err := in.ledger.DoneBy(g, d)
	return present.Done{Acts: x.Acts, Wrote: x.Wrote, Last: x.Last}, err
}
