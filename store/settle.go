package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Told is what people are told of who belongs to a group, beside its state: what waits for their word, and what has
// happened of which they should know. It is a value.
type Told struct {
	Matters  []group.Matter // the review queue
	Shut     []group.Act    // who and what was taken out, in the order in which it came here
	Ballot   []group.Candidate
	Voters   int           // of a headless group: more than half of them elect
	Splits   []group.Split // those that this person has not answered: see StandBy
	ReadOnly bool          // this computer writes no more: its store is older than what it has written
}

// told is a Told as of a state of the graph.
type told struct {
	Told
	len, held int
	changes   uint64
	known     bool
}

// Told tells it of group g. It is worked out anew only when the graph has changed.
func (l *Ledger) Told(g kp1.GID) Told {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return Told{}
	}
	t := &h.told
	if n, held, changes := h.log.Len(), len(h.log.Held()), h.log.Changes(); !t.known || t.len != n || t.held != held || t.changes != changes {
		*t = told{len: n, held: held, changes: changes, known: true}
		t.Matters = h.log.Review()
		t.Ballot, t.Voters = h.log.Ballot()
		t.Shut = h.log.Shut()
	}
	out := t.Told
	out.Splits = h.splits()
	out.ReadOnly = l.old.has(h.self.Device)
	return out
}

// ErrNoMatter: nothing under this id is in the review queue, or nothing can be done about it but by the person it is
// about.
var ErrNoMatter = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such matter in the review queue"}

// Keep settles a matter of the review queue (protocol.md 4.5): what waits may stand; who was shut out is let in again
// with the request they once signed; and what a removal has undone is done anew by this person. Where two people are
// needed it proposes that.
func (l *Ledger) Keep(ctx context.Context, g kp1.GID, id kp1.ID) (Deed, error) {
	var m group.Matter
	for _, x := range l.Told(g).Matters {
		if x.Op == id {
			m = x
		}
	}
	switch {
	case m.Op.IsZero():
		return Deed{}, ErrNoMatter
	case m.Kind == group.Waiting:
		return l.LetStand(ctx, g, id)
	}
	return l.act(g, func(b *batch) (Deed, error) {
		if m.Keep != nil {
			return b.deed(*m.Keep)
		}
		action, err := b.redo(m)
		if err != nil {
			return Deed{}, err
		}
		return b.deed(action)
	})
}

// redo is the act of a matter, to be done once more by this person.
func (b *batch) redo(m group.Matter) (group.Body, error) {
	o, ok := b.h.log.Op(m.Op)
	if !ok || m.Kind != group.Undone {
		return nil, ErrNoMatter
	}
	body, err := group.DecodeBody(o.Type, o.Body)
	if err != nil {
		return nil, err
	}
	if a, ok := body.(group.Approve); ok {
		if body = b.h.log.Proposed(kp1.ID(a.Proposal)); body == nil {
			return nil, ErrNoMatter
		}
	}
	switch a := body.(type) {
	case group.SetRole:
		return group.NewSetRole(b.h.state(), a.Member, a.Rank, b.h.cut(a.Member)), nil
	case group.Elect: // the group has others who lead by now
		return group.NewSetRole(b.h.state(), a.Member, kp1.RankAdmin, b.h.cut(a.Member)), nil
	case group.Confirm, group.SetPolicy, group.AdmitLate:
		return body, nil
	}
	return nil, ErrNoMatter
}

// Late is what one person wrote that a removal hides: after it, or before and never heard of in time.
type Late struct {
	Member      kp1.MID
	Ops         []kp1.ID  // in their order, chain by chain
	First, Last time.Time // as their author says
}

// maxLate bounds how many ops of one chain are looked at.
const maxLate = 500

// Late lists what removals hide of each person, by person. AdmitLate of these ops shows them after all.
func (l *Ledger) Late(g kp1.GID) ([]Late, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil, ErrNoGroup
	}
	if h.hidden == 0 {
		return nil, nil
	}
	by := map[kp1.MID]*Late{}
	err := l.view(func(t tx) error {
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		for c, at := range h.chains {
			if err := h.lateOf(ops, &log, c, at.id, by); err != nil {
				return err
			}
		}
		return nil
	})
	out := make([]Late, 0, len(by))
	for _, x := range by {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Late) int { return a.Member.Compare(b.Member) })
	return out, err
}

// lateOf walks one chain back from its end, as long as it is hidden.
func (h *house) lateOf(ops index, log *entries, c chain, id kp1.ID, by map[kp1.MID]*Late) error {
	_, m, ok := h.log.DeviceKey(c.device)
	if !ok {
		return nil
	}
	find := func(id kp1.ID) (op.Signed, error) { return h.fetch(ops, log, id) }
	var found []kp1.ID
	x := by[m]
	for len(found) < maxLate && !id.IsZero() {
		s, err := find(id)
		if errors.Is(err, ErrNoOp) {
			break
		}
		if err != nil {
			return err
		}
		if h.log.Content(h.contentRef(s, find)).Ruling != group.Hidden {
			break
		}
		if x == nil {
			x = &Late{Member: m}
			by[m] = x
		}
		at := time.Unix(int64(s.Time), 0) //nolint:gosec // seconds
		if x.First.IsZero() || at.Before(x.First) {
			x.First = at
		}
		if at.After(x.Last) {
			x.Last = at
		}
		found = append(found, id)
		id = s.Prev
	}
	if len(found) > 0 {
		slices.Reverse(found)
		x.Ops = append(x.Ops, found...)
	}
	return nil
}

// Done is what one device did: about who belongs, and how much it wrote.
type Done struct {
	Acts  []group.Act // in its own order
	Wrote int         // content ops
	Last  time.Time   // of the newest, as it says; zero: none
}

// DoneBy tells what a device did, so that people can undo it: nothing of it is void because the device is out
// (protocol.md 4.8).
func (l *Ledger) DoneBy(g kp1.GID, d kp1.DID) (Done, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return Done{}, ErrNoGroup
	}
	out := Done{Acts: h.log.ActsOf(d)}
	err := l.view(func(t tx) error {
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		for c, at := range h.chains {
			if c.device != d {
				continue
			}
			out.Wrote += int(at.seq) //nolint:gosec // a count
			s, err := h.fetch(ops, &log, at.id)
			if errors.Is(err, ErrNoOp) {
				continue
			}
			if err != nil {
				return err
			}
			if t := time.Unix(int64(s.Time), 0); t.After(out.Last) { //nolint:gosec // seconds
				out.Last = t
			}
		}
		return nil
	})
	return out, err
}
