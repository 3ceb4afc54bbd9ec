package store

import (
	"errors"
	"slices"
	"sync"
	"time"

	"kith/store/group"
	"kith/store/kp1"
)

// ErrNoProposal: nothing of that id asks for consent.
var ErrNoProposal = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such proposal"}

// Proposal is an act that needs a second person and has not found one yet.
type Proposal struct {
	ID     kp1.ID
	By     kp1.MID
	At     time.Time  // as its author says
	Action group.Body // what is proposed
	Mine   bool       // this person proposed it, and cannot be the second
}

// maxProposals is how many are looked at: others can still be consented to by id.
const maxProposals = 64

// pending says whether a second person may still give their consent: this one, or, for what they proposed themselves,
// any other who leads.
func (h *house) pending(p Proposal) bool {
	encode := sync.OnceValues(func() ([]byte, error) { // most often there is nobody who could
		return group.NewApprove(p.ID, p.Action, h.cutFor(p.Action)).Encode()
	})
	st := h.state()
	return slices.ContainsFunc(st.Devices, func(d group.Device) bool {
		if p.Mine == (d.Member == h.self.Member) {
			return false
		}
		if m, _ := st.Member(d.Member); m.Rank < kp1.RankAdmin {
			return false
		}
		raw, err := encode()
		prev, seq := h.log.Last(d.ID)
		return err == nil && h.log.Check(group.Op{
			V: group.Version, Type: group.TypeApprove, Device: d.ID, Seq: seq + 1, Prev: prev, Auth: h.log.HeadsOf(d.ID), Body: raw,
		}) == nil
	})
}

// noteProposal remembers a proposal that was admitted. When they are too many, the oldest goes of whoever made the most:
// nobody pushes out what others propose.
func (h *house) noteProposal(o group.Op) {
	if o.Type != group.TypePropose {
		return
	}
	if err := h.log.Standing(o.ID); err != nil && !errors.Is(err, group.ErrUndone) {
		return // it can never be consented to
	}
	if h.proposals = append(h.proposals, o); len(h.proposals) <= maxProposals {
		return
	}
	made, most := map[kp1.MID]int{}, kp1.MID{}
	for _, x := range h.proposals {
		_, by, _ := h.log.DeviceKey(x.Device)
		if made[by]++; made[by] > made[most] {
			most = by
		}
	}
	i := slices.IndexFunc(h.proposals, func(x group.Op) bool {
		_, by, _ := h.log.DeviceKey(x.Device)
		return by == most
	})
	h.proposals = slices.Delete(h.proposals, i, i+1)
}

// openProposals lists what waits for a second person: what this person may consent to, and what they proposed and
// somebody else may. It is asked anew when the graph has grown.
func (h *house) openProposals() []Proposal {
	if h.openAt == h.log.Len() {
		return h.open
	}
	h.open, h.openAt = nil, h.log.Len()
	for _, o := range h.proposals {
		action := h.log.Proposed(o.ID)
		if action == nil || h.log.Standing(o.ID) != nil {
			continue
		}
		_, by, _ := h.log.DeviceKey(o.Device)
		p := Proposal{o.ID, by, time.Unix(int64(o.Time), 0), action, by == h.self.Member} //nolint:gosec // seconds
		if h.pending(p) {
			h.open = append(h.open, p)
		}
	}
	return h.open
}
