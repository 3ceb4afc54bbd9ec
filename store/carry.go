package store

import (
	"context"
	"fmt"

	"kith/store/kp1"
)

// This file is what the network asks of a ledger. It hands out sealed bytes and takes in sealed bytes.

// Items returns every envelope of a group on the disk, in no order, and the number of the newest.
func (l *Ledger) Items(g kp1.GID) (items []Item, upTo uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil, 0, ErrNoGroup
	}
	err = l.view(func(t tx) error {
		ids, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		for _, s := range ids.tiers {
			if s.b == nil {
				continue
			}
			c := s.b.Cursor()
			for k, _ := c.First(); k != nil; k, _ = c.Next() {
				if len(k) != 40 {
					return fmt.Errorf("envelope index: %w", ErrDamaged)
				}
				items = append(items, Item{ID: kp1.ID(k[:32]), Week: number(k[32:])})
			}
		}
		return nil
	})
	return items, h.next - 1, err
}

// Envelopes reads envelopes, in the order of the ids; one that is not here is nil.
func (l *Ledger) Envelopes(_ context.Context, g kp1.GID, ids []kp1.ID) ([][]byte, error) {
	h, err := l.house(g)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(ids))
	err = l.view(func(t tx) error {
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		for i, id := range ids {
			n, ok, err := findIn(index, id)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			env, _, err := log.get(n)
			if err != nil {
				return err
			}
			out[i] = env.Bytes
		}
		return nil
	})
	return out, err
}

// house finds a group without keeping the lock.
func (l *Ledger) house(g kp1.GID) (*house, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil, ErrNoGroup
	}
	return h, nil
}

// Place is where an envelope stands in the order of sending: kind first, then the order in which it came to us, which
// is one in which nobody has to wait.
type Place struct {
	First bool // Rekeys and Grants: whatever is sealed under their keys opens only after them
	N     uint64
}

// Places returns the place of each id; what is not here comes last.
func (l *Ledger) Places(g kp1.GID, ids []kp1.ID) ([]Place, error) {
	h, err := l.house(g)
	if err != nil {
		return nil, err
	}
	out := make([]Place, len(ids))
	err = l.view(func(t tx) error {
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		for i, id := range ids {
			n, ok, err := findIn(index, id)
			if err != nil {
				return err
			}
			if out[i].N = n; !ok {
				out[i].N = ^uint64(0)
			}
		}
		return nil
	})
	return out, err
}

// Lacks picks those of ids that are not on the disk and would be taken in: what was taken away is not.
func (l *Ledger) Lacks(g kp1.GID, ids []kp1.ID) []kp1.ID {
	h, err := l.house(g)
	if err != nil {
		return nil
	}
	l.mu.Lock()
	released := h.releasedOf(ids)
	l.mu.Unlock()
	var out []kp1.ID
	if err := l.view(func(t tx) error {
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		gone, err := h.shelf(t, shelfGone, false)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, ok, err := findIn(index, id); err != nil {
				return err
			} else if !ok && !gone.has(id[:]) && !released[id] {
				out = append(out, id)
			}
		}
		return nil
	}); err != nil {
		return nil
	}
	return out
}

// Held notes a device's own word: it has these envelopes, and every one filed here up to the given number, on its disk.
// The word goes to this disk with what is filed next, at the latest after some more, or when the ledger is closed.
func (l *Ledger) Held(g kp1.GID, d kp1.DID, ids []kp1.ID, upTo uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.mend(); err != nil {
		return err
	}
	h := l.groups[g]
	if h == nil {
		return ErrNoGroup
	}
	news := false
	err := l.view(func(t tx) error {
		h.met(upTo > 0 && upTo >= h.next-1)
		if upTo > 0 && upTo >= h.next-1 { // the sets are equal: it knows of this one what this one knows of it
			h.tell(d)
		}
		news = h.held.noteUpTo(d, min(upTo, h.next-1))
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		for _, id := range ids {
			n, ok, err := findIn(index, id)
			if err != nil {
				return err
			}
			if ok {
				news = h.held.note(d, n) || news
			}
		}
		return nil
	})
	if !news || err != nil {
		return err
	}
	l.views.publish(l.views.now()) // it shows the same, but Delivery may not
	return l.heard(h)
}

// Lost takes a device's word back: it says that it has these no more, and will not take them again.
func (l *Ledger) Lost(g kp1.GID, d kp1.DID, ids []kp1.ID) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		h.touch()
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		news := false
		for _, id := range ids {
			n, ok, err := findIn(index, id)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if h.gave[d] == nil {
				h.gave[d] = map[uint64]bool{}
			}
			h.gave[d][n] = true
			news = h.held.unnote(d, n) || news
		}
		if !news {
			return nil
		}
		s, err := h.shelf(t, shelfHeld, true)
		if err != nil {
			return err
		}
		return h.held.save(s)
	})
}

// crowdedMost is for how many entries it is kept in mind that a device has no room for them. Beyond that it is not said of all.
const crowdedMost = 4096

// Crowded notes that a device has no room for these, by its own word. It is kept in memory alone: the device says so again when
// it looks for room again, and Held takes it back.
func (l *Ledger) Crowded(g kp1.GID, d kp1.DID, ids []kp1.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.mend(); err != nil {
		return err
	}
	h := l.groups[g]
	if h == nil {
		return ErrNoGroup
	}
	at := h.crowded[d]
	if at == nil {
		at = map[uint64]bool{}
		h.crowded[d] = at
	}
	err := l.view(func(t tx) error {
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		for _, id := range ids {
			n, ok, err := findIn(index, id)
			if err != nil {
				return err
			}
			if ok && len(at) < crowdedMost {
				at[n] = true
			}
		}
		return nil
	})
	if err == nil {
		l.views.publish(l.views.now()) // it shows the same, but Delivery may not
	}
	return err
}

// Since lists what a device has not said it holds; known is false when it never said anything, or when they are more
// than most.
func (l *Ledger) Since(g kp1.GID, d kp1.DID, most int) (items []Item, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil, false
	}
	missing, known := h.held.lacks(d, h.next-1, most)
	if !known {
		return nil, false
	}
	if err := l.view(func(t tx) error {
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		for _, n := range missing {
			env, ok, err := log.get(n)
			if err != nil {
				return err
			}
			if ok {
				items = append(items, Item{Week: env.Week, ID: env.ID})
			}
		}
		return nil
	}); err != nil {
		return nil, false
	}
	return items, true
}
