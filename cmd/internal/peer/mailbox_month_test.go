package peer_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"kith/app/present"
	"kith/network/keeper"
	"kith/store/kp1"
)

// A month, of which the short form has nine days, through two mailboxes, with nobody ever on together but for one who joins: the
// keepers are real, and one of them shows a third of what it is given to nobody. Somebody joins, somebody is removed, and who is on
// is drawn anew each day. In the end everybody who is in has all that was said, once, and who was removed has nothing of what
// was said since.
func TestT40MonthThroughMailboxes(t *testing.T) {
	days := 9
	if long() {
		days = 30
	}
	var today atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(today.Load()) * day) }
	c := newCrew(t, keeper.Options{Now: clock}, "Ada", "Bev", "Cat")
	g := c.found("Ada", "Bev", "Cat")
	elm := keep(t, filepath.Join(c.dir, "elm"), keeper.Options{Now: clock, Hides: func(id [32]byte) bool { return id[7] < 80 }})
	if err := c.all["Ada"].PairMailbox(t.Context(), g, elm.link(t), ""); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"Bev", "Cat"} {
		c.until(who, "both mailboxes", func(present.World) bool { return len(c.all[who].Mailboxes(g)) == 2 })
	}
	for _, who := range []string{"Ada", "Bev", "Cat"} {
		c.all[who].end()
	}
	up := func(who string) {
		c.all[who] = onLater(t, who, filepath.Join(c.dir, who), time.Duration(today.Load())*day)
	}
	rnd := rand.New(rand.NewPCG(40, 1)) //nolint:gosec // a plan
	in := []string{"Ada", "Bev", "Cat"}
	var before, since []kp1.ID
	lacks := func(w present.World, ids []kp1.ID) (n int) {
		for _, id := range ids {
			if _, ok := w.Groups[0].Threads().Get(id); !ok {
				n++
			}
		}
		return n
	}
	for n := range days {
		today.Store(int64(n))
		switch n {
		case days / 3: // Dan joins
			up("Ada")
			up("Dan")
			c.letIn(g, "Ada", "Dan")
			c.all["Dan"].end()
			c.all["Ada"].end()
			in = append(in, "Dan")
		case days * 2 / 3: // Cat is removed, by somebody who has heard all she said
			up("Ada")
			c.until("Ada", "all until then", func(w present.World) bool { return c.member(w, "Cat") != kp1.MID{} && lacks(w, before) == 0 })
			if _, err := c.all["Ada"].Expel(t.Context(), g, c.member(c.all["Ada"].World(), "Cat")); err != nil {
				t.Fatal(err)
			}
			since = append(since, c.all["Ada"].write(t, g, "after Cat"))
			c.visits("Ada")
			c.visits("Ada")
			c.all["Ada"].end()
			in = []string{"Ada", "Bev", "Dan"}
		}
		who := in[rnd.IntN(len(in))]
		up(who)
		c.visits(who)
		id := c.all[who].write(t, g, fmt.Sprintf("day %d, by %s", n, who))
		c.visits(who) // both: the one that lies is believed once
		c.all[who].mailed(g, id)
		if since == nil {
			before = append(before, id)
		} else {
			since = append(since, id)
		}
		c.all[who].end()
	}
	for range 2 { // what each has written of the others' last news lies there the second time
		for _, who := range in {
			up(who)
			w := c.until(who, "all that was said", func(w present.World) bool { return lacks(w, before)+lacks(w, since) == 0 })
			if n := len(w.Groups[0].State.Members); n != len(in) || w.Groups[0].Threads().Len() != len(before)+len(since) {
				t.Errorf("%s ends with %d members and %d threads, want %d and %d", who, n, w.Groups[0].Threads().Len(), len(in), len(before)+len(since))
			}
			c.all[who].end()
		}
	}
	up("Cat")
	c.visits("Cat")
	if w := c.all["Cat"].World(); lacks(w, since) != len(since) {
		t.Errorf("who was removed reads %d of the %d things that were said since", len(since)-lacks(w, since), len(since))
	}
}

// member is who has that name.
func (c *crew) member(w present.World, name string) kp1.MID {
	for _, m := range w.Groups[0].State.Members {
		if w.Groups[0].NameOf(m.ID) == name {
			return m.ID
		}
	}
	return kp1.MID{}
}
