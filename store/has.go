package store

import "kith/store/kp1"

// HasOp reports whether an op of a group was taken in here; false also when the group is not known.
func (l *Ledger) HasOp(g kp1.GID, id kp1.ID) bool {
	h, err := l.house(g)
	if err != nil {
		return false
	}
	has := false
	err = l.view(func(t tx) error {
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		_, has, err = lookOp(ops, id)
		return err
	})
	return err == nil && has
}
