package store

import (
	"context"
	"fmt"
	"slices"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// Two versions of who belongs are open when a device has signed two ops in one place, this computer believes the one, and
// others have built on the other (protocol.md 4.6, group.Split). One side sees another group under the same name, and nobody
// can work out which. Until this person has asked the others, or what waits is let in, this computer writes nothing in the
// group but what ends the conflict, and vouches for nothing.

// ErrTwoSides: two versions of who belongs are open, and this person has not said that they go on with the one that is here.
var ErrTwoSides = &kp1.Error{ECode: "E_TWO_SIDES", Msg: "two versions of who belongs are open"}

// shelfStands holds the devices, each by its name, of which this person has said that the version stands that is here.
const shelfStands = "stands"

// sides are the conflicts as of a state of the graph.
type sides struct {
	len, held int
	known     bool
	all       []group.Split
}

// splits are the conflicts of which this person has not said that the version here stands.
func (h *house) splits() []group.Split {
	held := len(h.log.Held())
	if s := &h.sides; !s.known || s.len != h.log.Len() || s.held != held {
		*s = sides{len: h.log.Len(), held: held, known: true}
		if held > 0 {
			s.all = h.log.Splits()
		}
	}
	if len(h.sides.all) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.sides.all), func(s group.Split) bool { return h.stands[s.Device] })
}

// torn says whether nothing is written because of a conflict. What a device says whose owner is out keeps nobody from
// writing: else whoever was removed could stop everybody once more.
func (h *house) torn() bool {
	st := h.state()
	return slices.ContainsFunc(h.splits(), func(s group.Split) bool {
		_, in := st.Member(s.Member)
		return in
	})
}

// ends says whether an op may be written while two sides are open: what takes somebody out, the keys for that, the word that
// lets stand what waits, and the choice of who leads.
func (h *house) ends(o op.Op) bool {
	switch o.Type {
	case group.TypeEvidence, group.TypeRemove, group.TypeRevokeDevice, group.TypeRekey, group.TypeAck, group.TypeVote, group.TypeElect:
		return true
	case invite.TypeEnd: // with an admin's place go the secrets that they know
		return true
	case group.TypePropose:
		body, err := group.DecodeBody(o.Type, o.Body)
		return err == nil && h.ends(op.Op{Type: body.(group.Propose).Action.Type})
	case group.TypeApprove:
		body, err := group.DecodeBody(o.Type, o.Body)
		if err != nil {
			return false
		}
		p, ok := h.log.Op(kp1.ID(body.(group.Approve).Proposal))
		return ok && h.ends(op.Op{Type: p.Type, Body: p.Body})
	}
	return false
}

// StandBy says that this person has asked the others, and goes on with the version of who belongs that is here, whatever
// else device d has signed. It is noted on this computer alone, once for each device. It returns ErrNoMatter where no
// conflict is open over d.
func (l *Ledger) StandBy(_ context.Context, g kp1.GID, d kp1.DID) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if !slices.ContainsFunc(h.splits(), func(s group.Split) bool { return s.Device == d }) {
			return ErrNoMatter
		}
		h.touch()
		h.stands[d] = true
		s, err := h.shelf(t, shelfStands, true)
		if err != nil {
			return err
		}
		return s.put(l.rest.Name(shelfStands, d[:]), d[:])
	})
}

func (h *house) loadStands(t tx) error {
	s, err := h.shelf(t, shelfStands, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		if len(plain) != len(kp1.DID{}) {
			return false, fmt.Errorf("record of a conflict: %w", ErrDamaged)
		}
		h.stands[kp1.DID(plain)] = true
		return true, nil
	})
}
