package store

import (
	"fmt"

	"kith/store/kp1"
)

// stubs proves what stays of each op that was taken away: the signature over its head, and that the op itself is not here.
func (c *checker) stubs() {
	for id, all := range c.h.stubs {
		for _, s := range all {
			pub, _, known := c.log.DeviceKey(s.was.Device)
			if !known || s.signed(c.h.id, id).Verify(pub) != nil {
				c.bad("stub "+id.Short(), ErrForged)
			}
		}
		if _, here := c.at[id]; here && c.h.gone(id) {
			c.bad("stub "+id.Short(), fmt.Errorf("op is here still: %w", ErrDamaged))
		}
	}
	c.names([]shelf{c.f.gone}, func(k, plain []byte) bool {
		_, here, err := findIn(c.f.ids, kp1.ID(k))
		return len(k) == len(kp1.ID{}) && (len(plain) == 1+len(k) || len(plain) == goneChunk) && err == nil && !here
	})
}
