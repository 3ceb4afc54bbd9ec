package store

import (
	"context"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
)

var (
	// ErrAlone says that nobody else is in the group: it is ended, not left.
	ErrAlone = &kp1.Error{ECode: "E_ALONE", Msg: "nobody else is in the group"}
	// ErrNotAlone says that somebody else is in the group: it is left, not ended.
	ErrNotAlone = &kp1.Error{ECode: "E_NOT_ALONE", Msg: "somebody else is in the group"}
)

// End takes a group that nobody else is in off this computer: there is nobody to tell, and nobody to leave it to. Its
// invites are answered no longer, and within a day the file is written anew, as after an erasure. Another computer of
// this person keeps the group until it is ended there too. It returns ErrNotAlone when somebody else is in.
func (l *Ledger) End(_ context.Context, g kp1.GID) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if !h.alone() {
			return ErrNotAlone
		}
		for _, b := range l.boxes {
			if b.Group != g {
				continue
			}
			if err := l.dropBox(t, b.Key); err != nil {
				return err
			}
		}
		if err := h.forget(t); err != nil {
			return err
		}
		return l.markErased(t)
	})
}

// alone says whether this person is in the group and nobody else is.
func (h *house) alone() bool {
	in := h.state().Members
	return len(in) == 1 && slices.ContainsFunc(in, func(m group.Member) bool { return m.ID == h.self.Member })
}
