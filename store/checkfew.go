package store

import (
	"fmt"
	"slices"

	"kith/store/kp1"
	"kith/store/op"
)

// named proves that an op that is for this person and few others is kept as such.
func (c *checker) named(s op.Signed) {
	people, _ := audience(s)
	if _, kept := c.h.named[s.ID]; !kept && slices.Contains(people, c.h.self.Member) && !s.IsAuth() {
		c.bad("op "+s.ID.Short(), fmt.Errorf("for a few, and not kept as that: %w", ErrDamaged))
	}
}

// few proves what is kept of each op that is for few: whom it names, for which devices its author had to make boxes, and
// that the key is the one its author meant for these people.
func (c *checker) few() error {
	for _, id := range sortedIDs(c.h.named) {
		n := c.h.named[id]
		if err := c.oneOfFew(id, n); err != nil {
			c.bad("few record "+id.Short(), err)
		}
	}
	return nil
}

func (c *checker) oneOfFew(id kp1.ID, n named) error {
	s, err := c.h.fetch(c.f.ops, &c.f.log, id)
	if err != nil {
		return err
	}
	people, _ := audience(s)
	to, err := boxed(c.log, s, people)
	if err != nil {
		return err
	}
	switch {
	case s.Payload == nil, s.Payload.ID != n.payload, s.Comp != n.comp, !slices.Equal(people, n.people), !slices.Equal(s.Auth, n.auth):
		return fmt.Errorf("not what the op says: %w", ErrDamaged)
	case !slices.Equal(to, n.to):
		return fmt.Errorf("boxes for other devices: %w", ErrDamaged)
	}
	env, here, err := c.f.payload(n.payload, nil)
	switch {
	case err != nil:
		return err
	case !here && (n.key != nil || !n.epoch.IsZero()):
		return fmt.Errorf("key of a payload that is not here: %w", ErrDamaged)
	case here && n.epoch != env.EID:
		return fmt.Errorf("epoch: %w", ErrDamaged)
	case n.key == nil:
		return nil
	}
	words, err := op.OpenPayload(s.Group, env, s.Comp, *n.key)
	if err != nil {
		return fmt.Errorf("key: %w: %w", ErrDamaged, err)
	}
	if void := !s.Marked(*n.key) || uint64(len(words)) != s.Payload.Len; void != n.void {
		return fmt.Errorf("whose key it is: %w", ErrDamaged)
	}
	return nil
}

func sortedIDs(m map[kp1.ID]named) []kp1.ID {
	ids := make([]kp1.ID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	return op.SortIDs(ids)
}
