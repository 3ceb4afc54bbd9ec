package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kith/store/group"
	"kith/store/kp1"
)

// Pending is an act about who belongs that this person has asked for and that waits, unsigned, until this computer has
// caught up with the group. It is on this computer alone, and has no effect.
type Pending struct {
	ID     kp1.ID
	At     time.Time
	Action group.Body // what is to be done, or consented to; nil for LetStand
	Of     kp1.ID     // the proposal it consents to, or the op it lets stand; zero for an act of one's own
	Why    error      // why it could not be signed once this computer had caught up; nil while it waits
}

// maxPending bounds how many acts wait in one group.
const maxPending = 64

// ErrManyPending: too many acts wait to be signed.
var ErrManyPending = &kp1.Error{ECode: "E_MANY_UNSIGNED", Msg: "too many acts wait to be signed"}

// ErrNoPending: nothing waits to be signed under this id.
var ErrNoPending = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "nothing waits to be signed under this id"}

// What a pending record asks for.
const (
	pendingAct     uint8 = 1
	pendingConsent uint8 = 2
	pendingStand   uint8 = 3
)

// pendingRecord is a Pending on the disk.
type pendingRecord struct {
	Kind uint8    `cbor:"k"`
	Type string   `cbor:"t,omitempty"` // of an act
	Body []byte   `cbor:"b,omitempty"`
	Of   kp1.Link `cbor:"o,omitempty"`
	At   uint64   `cbor:"at"`
	Code string   `cbor:"e,omitempty"` // why it could not be signed
}

// shelfPending holds them by the name of what they ask for: the same act is asked for once.
const shelfPending = "pending"

// id is what the record asks for, but for what follows from when it is signed.
func (r pendingRecord) id() kp1.ID {
	parts := [][]byte{{r.Kind}, []byte(r.Type), r.Of[:]}
	if body, err := r.action(); err == nil {
		if b, err := bare(body).Encode(); err == nil {
			parts = append(parts, b)
		}
	}
	return kp1.Sum(kp1.LP(parts...))
}

// action is the act, which is absent but for pendingAct.
func (r pendingRecord) action() (group.Body, error) {
	if r.Kind != pendingAct {
		return nil, fmt.Errorf("pending record: %w", ErrDamaged)
	}
	return group.DecodeBody(r.Type, r.Body)
}

// bare is an act without its cut.
func bare(a group.Body) group.Body {
	switch a := a.(type) {
	case group.Remove:
		return group.NewRemove(a.Member, nil, a.Reason)
	case group.RevokeDevice:
		return group.NewRevoke(a.Devices, nil)
	case group.SetRole:
		a.Cut = nil
		return a
	}
	return a
}

// asNow is an act as it would be asked for now.
func (h *house) asNow(a group.Body) group.Body {
	switch a := a.(type) {
	case group.Remove:
		return group.NewRemove(a.Member, h.cut(a.Member), a.Reason)
	case group.RevokeDevice:
		return group.NewRevoke(a.Devices, h.cutFor(a))
	case group.SetRole:
		return group.NewSetRole(h.state(), a.Member, a.Rank, h.cut(a.Member))
	}
	return a
}

func decodePending(plain []byte) (r pendingRecord, err error) {
	if err = kp1.Unmarshal(plain, &r); err != nil {
		return r, err
	}
	switch r.Kind {
	case pendingAct:
		_, err = r.action()
	case pendingConsent, pendingStand:
	default:
		err = fmt.Errorf("pending record: %w", ErrDamaged)
	}
	return r, err
}

func (h *house) loadPending(t tx) error {
	s, err := h.shelf(t, shelfPending, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		r, err := decodePending(plain)
		if err != nil {
			return false, fmt.Errorf("pending record: %w", ErrDamaged)
		}
		h.pendings[r.id()] = r
		return true, nil
	})
}

// await has an act wait until this computer has caught up.
func (b *batch) await(r pendingRecord) (Deed, error) {
	h, id := b.h, r.id()
	if _, there := h.pendings[id]; !there && len(h.pendings) >= maxPending {
		return Deed{}, ErrManyPending
	}
	r.At = h.l.unix()
	return Deed{Op: id, Later: true}, h.putPending(b.t, id, r)
}

func (h *house) putPending(t tx, id kp1.ID, r pendingRecord) error {
	h.touch()
	h.pendings[id] = r
	s, err := h.shelf(t, shelfPending, true)
	if err != nil {
		return err
	}
	return s.putCBOR(h.l.rest.Name(shelfPending, id[:]), r)
}

func (h *house) dropPending(t tx, id kp1.ID) error {
	h.touch()
	delete(h.pendings, id)
	s, err := h.shelf(t, shelfPending, true)
	if err != nil {
		return err
	}
	return s.delete(h.l.rest.Name(shelfPending, id[:]))
}

// shownPending lists what waits, the oldest first.
func (h *house) shownPending() (out []Pending) {
	for id, r := range h.pendings {
		p := Pending{ID: id, At: time.Unix(int64(r.At), 0), Of: kp1.ID(r.Of)} //nolint:gosec // seconds
		if r.Code != "" {
			p.Why = &kp1.Error{ECode: r.Code, Msg: "not signed"}
		}
		switch r.Kind {
		case pendingAct:
			p.Action, _ = r.action()
		case pendingConsent:
			p.Action = h.log.Proposed(p.Of)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Pending) int { return cmp.Or(a.At.Compare(b.At), a.ID.Compare(b.ID)) })
	return out
}

// ripe lists what waits and may be signed now, the oldest first.
func (h *house) ripe() (out []kp1.ID) {
	for _, p := range h.shownPending() {
		if p.Why == nil && !h.mustHear(p.Action) {
			out = append(out, p.ID)
		}
	}
	return out
}

// signPending does what waits, now.
func (b *batch) signPending(id kp1.ID) (Deed, error) {
	h := b.h
	r, ok := h.pendings[id]
	if !ok {
		return Deed{}, ErrNoPending
	}
	h.heardOut = true // it is done now, whoever was heard
	defer func() { h.heardOut = false }()
	d, err := b.actOn(r)
	if err != nil {
		return Deed{}, err
	}
	return d, h.dropPending(b.t, id)
}

func (b *batch) actOn(r pendingRecord) (Deed, error) {
	switch r.Kind {
	case pendingConsent:
		return b.consent(kp1.ID(r.Of))
	case pendingStand:
		return b.letStand(kp1.ID(r.Of))
	}
	action, err := r.action()
	if err != nil {
		return Deed{}, err
	}
	switch a := action.(type) {
	case group.Remove:
		if _, in := b.h.state().Member(a.Member); !in { // somebody else did it meanwhile
			return Deed{}, ErrNoMember
		}
	case group.SetRole:
		if _, in := b.h.state().Member(a.Member); !in {
			return Deed{}, ErrNoMember
		}
	}
	return b.deed(b.h.asNow(action))
}

// Sign signs what waits if this computer has caught up meanwhile, and leaves it waiting otherwise.
func (l *Ledger) Sign(_ context.Context, g kp1.GID, id kp1.ID) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) {
		if _, waits := b.h.pendings[id]; waits && !slices.Contains(b.h.ripe(), id) {
			return Deed{Op: id, Later: true}, nil
		}
		return b.signPending(id)
	})
}

// SignNow signs what waits although this computer has not caught up: where nobody else can be reached, and it must not wait.
func (l *Ledger) SignNow(_ context.Context, g kp1.GID, id kp1.ID) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) { return b.signPending(id) })
}

// Forget drops what waits to be signed, or could not be.
func (l *Ledger) Forget(_ context.Context, g kp1.GID, id kp1.ID) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if _, ok := h.pendings[id]; !ok {
			return ErrNoPending
		}
		return h.dropPending(t, id)
	})
}

// SignDue signs what waits and may be signed now, each in a transaction of its own, and says whether it signed anything. Of
// what cannot be done any more it notes why, for its person to see. Tend does it too.
func (l *Ledger) SignDue(_ context.Context, g kp1.GID) (wrote bool, err error) {
	l.mu.Lock()
	var ripe []kp1.ID
	if h := l.groups[g]; h != nil && len(h.pendings) > 0 && l.dueIn(g, duty{due: func(*house) bool { return true }}) {
		ripe = h.ripe()
	}
	l.mu.Unlock()
	for _, id := range ripe {
		_, bad := l.act(g, func(b *batch) (Deed, error) { return b.signPending(id) })
		switch {
		case bad == nil:
			wrote = true
		case errors.Is(bad, ErrNoPending): // forgotten meanwhile
		case hopeless(bad):
			err = errors.Join(err, l.change(func(t tx) error {
				h := l.groups[g]
				if h == nil {
					return ErrNoGroup
				}
				r, ok := h.pendings[id]
				if !ok {
					return nil
				}
				r.Code = codeOf(bad)
				return h.putPending(t, id, r)
			}))
		default:
			err = errors.Join(err, bad)
		}
	}
	return wrote, err
}

// hopeless says whether an act that was refused for this would be refused again.
func hopeless(err error) bool {
	for _, x := range []error{
		group.ErrNotAllowed, group.ErrQuorum, group.ErrLastAdmin, group.ErrSpent, group.ErrTaken, group.ErrFull, group.ErrMalformed, ErrNoMember, ErrNoProposal,
		ErrNotHeld, ErrAlreadyIn,
	} {
		if errors.Is(err, x) {
			return true
		}
	}
	return false
}
