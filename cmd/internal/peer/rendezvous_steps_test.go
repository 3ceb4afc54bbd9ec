package peer_test

import (
	"flag"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "pgregory.net/rapid" // whose flag says how long a run is

	"kith/app/present"
	"kith/network/keeper"
	"kith/store/group"
	"kith/store/kp1"
)

// long says whether this is a long run, as make soak asks for.
func long() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err == nil && n >= 1_000
}

// crew are people who meet through a mailbox alone, and that mailbox; each of them can be ended and begun anew.
type crew struct {
	t   *testing.T
	dir string
	box *box
	all map[string]*laptop
}

func newCrew(t *testing.T, o keeper.Options, names ...string) *crew {
	c := &crew{t: t, dir: t.TempDir(), all: map[string]*laptop{}}
	c.box = keep(t, filepath.Join(c.dir, "keeper"), o)
	for _, n := range names {
		c.all[n] = on(t, n, filepath.Join(c.dir, n))
	}
	return c
}

// again ends somebody, or the mailbox, and begins them anew.
func (c *crew) again(who string) {
	c.t.Helper()
	if who == "the mailbox" {
		at, _, _ := strings.Cut(c.box.Addrs()[0].String(), "/p2p/")
		c.box.end()
		c.box = keep(c.t, filepath.Join(c.dir, "keeper"), keeper.Options{Listen: []string{at}})
		return
	}
	c.all[who].end()
	c.all[who] = on(c.t, who, filepath.Join(c.dir, who))
}

// visits has somebody look into the mailbox now, and not when it is time.
func (c *crew) visits(who string) {
	c.t.Helper()
	if err := c.all[who].VisitMailboxes(c.t.Context()); err != nil {
		c.t.Fatalf("%s: %v", who, err)
	}
}

// until has somebody look into the mailbox until it is so.
func (c *crew) until(who, what string, ok func(present.World) bool) present.World {
	c.t.Helper()
	for range 200 {
		if w := c.all[who].World(); ok(w) {
			return w
		}
		_ = c.all[who].VisitMailboxes(c.t.Context()) // a keeper that is just beginning anew is met the next time
		<-time.After(10 * time.Millisecond)          // what is filed is shown by another goroutine
	}
	c.t.Fatalf("%s: never %s; last %+v", who, what, c.all[who].World())
	return present.World{}
}

// An invite by a group that two lead, through the mailbox alone. At every step of it the inviter, the other who leads, the
// newcomer and the mailbox are ended and begun anew, in the short form all of them, and in the long one also each by itself. It
// ends well: one request is shown, one yes is enough, nobody is in twice and nothing is there twice.
func TestT34RestartsAtEveryStep(t *testing.T) {
	everybody := []string{"Ada", "Eve", "Bev", "the mailbox"}
	plays := map[string][]string{"everybody": everybody}
	if long() {
		for _, who := range everybody {
			plays[who] = []string{who}
		}
	}
	for name, who := range plays {
		t.Run(name, func(t *testing.T) { inviteWithRestarts(t, who) })
	}
}

func inviteWithRestarts(t *testing.T, restarted []string) {
	ctx := t.Context()
	c := newCrew(t, keeper.Options{}, "Ada", "Eve", "Bev")
	g := c.found("Ada", "Eve")
	c.leads(g, "Ada", "Eve")
	first := c.all["Ada"].write(t, g, "before Bev")

	asks := func(w present.World) []present.Request {
		if len(w.Groups) == 0 {
			return nil
		}
		return w.Groups[0].Requests
	}
	in := func(w present.World) bool {
		return len(w.Joins) == 1 && w.Joins[0].Stage == present.JoinApproved && len(w.Groups) == 1
	}
	var err error
	var inv present.Invite
	var join present.Join
	var yes string
	var last kp1.ID
	steps := []struct {
		what string
		do   func()
	}{
		{"the invite is made", func() {
			if inv, err = c.all["Ada"].Invite(ctx, g, present.InviteAsk{Rank: kp1.RankMember, History: "all"}); err != nil {
				t.Fatal(err)
			}
		}},
		{"it lies in the mailbox", func() {
			c.until("Ada", "the invite in the mailbox", func(w present.World) bool {
				return len(w.Groups[0].Invites) == 1 && w.Groups[0].Invites[0].Waits
			})
		}},
		{"the newcomer has taken it", func() {
			if join, err = c.all["Bev"].Join(ctx, inv.Link, "Bev"); err != nil {
				t.Fatal(err)
			}
		}},
		{"the request lies in the mailbox", func() {
			c.all["Bev"].until("that it was left", func(w present.World) bool { return w.Joins[0].Stage == present.JoinSent })
		}},
		{"both who lead see it", func() {
			for _, who := range []string{"Ada", "Eve"} {
				w := c.until(who, "a request", func(w present.World) bool { return len(asks(w)) > 0 })
				if r := asks(w); len(r) != 1 || r[0].Words != join.Words || r[0].Others != 0 {
					t.Errorf("%s is shown %+v, want one request with %v", who, r, join.Words)
				}
			}
		}},
		{"one of them has said yes", func() {
			w := c.until("Eve", "the request still", func(w present.World) bool { return len(asks(w)) == 1 })
			yes = asks(w)[0].ID
			if _, err := c.all["Eve"].Approve(ctx, g, yes, present.Approval{Verified: present.VerifiedVoice}); err != nil {
				t.Fatal(err)
			}
		}},
		{"the welcome lies in the mailbox", func() { c.visits("Eve") }},
		{"the other who leads has heard", func() {
			c.until("Ada", "no request any more", func(w present.World) bool { return len(asks(w)) == 0 && len(w.Groups[0].State.Members) == 3 })
			before := alsoOf(t, c.all["Ada"].one, g, nil)
			if _, err := c.all["Ada"].Approve(ctx, g, yes, present.Approval{Verified: present.VerifiedVoice}); err != nil {
				t.Errorf("a second yes to one request: %v, want that it is the first", err)
			}
			if more := alsoOf(t, c.all["Ada"].one, g, before); len(more) != 0 {
				t.Errorf("a second yes writes %d envelopes", len(more))
			}
		}},
		{"the newcomer is in", func() { c.all["Bev"].until("being in", in) }},
		{"the newcomer has read and written", func() {
			c.until("Bev", "what was said before", func(w present.World) bool { _, ok := w.Groups[0].Threads().Get(first); return ok })
			last = c.all["Bev"].write(t, g, "from Bev")
			c.all["Bev"].mailed(g, last)
		}},
		{"the invite has ended at the mailbox", func() {
			c.until("Ada", "what the newcomer wrote", func(w present.World) bool { _, ok := w.Groups[0].Threads().Get(last); return ok })
			for _, who := range []string{"Ada", "Eve"} {
				c.until(who, "no invite", func(w present.World) bool { return len(w.Groups[0].Invites) == 0 })
				c.visits(who)
			}
		}},
	}
	for i, s := range steps {
		s.do()
		if t.Failed() {
			t.Fatalf("at step %d: %s", i, s.what)
		}
		for j := range restarted { // another one first each time
			c.again(restarted[(i+j)%len(restarted)])
		}
	}

	for _, who := range []string{"Ada", "Eve", "Bev"} {
		w := c.until(who, "everything", func(w present.World) bool {
			_, ok := w.Groups[0].Threads().Get(last)
			return ok && len(w.Groups[0].State.Members) == 3
		})
		x := w.Groups[0]
		if len(w.Groups) != 1 || len(x.State.Devices) != 3 || len(x.Requests) != 0 || len(x.Asks) != 0 || x.Threads().Len() != 2 {
			t.Errorf("%s ends with %d groups, %d computers, %d requests, %d to agree to, %d threads", who, len(w.Groups), len(x.State.Devices), len(x.Requests), len(x.Asks), x.Threads().Len())
		}
	}
	st, err := c.box.Status()
	if err != nil || len(st.Groups) != 1 || st.Groups[0].Rendezvous != 0 {
		t.Errorf("the mailbox ends with %+v, want no invite", st.Groups)
	}
}

// found has somebody found a group that meets through the mailbox alone, and let others in.
func (c *crew) found(by string, others ...string) kp1.GID {
	c.t.Helper()
	g, err := c.all[by].Found(c.t.Context(), present.Found{Kind: present.Family, Name: "Elm Row", MyName: by, Reach: present.ReachMailbox})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.all[by].PairMailbox(c.t.Context(), g, c.box.link(c.t), ""); err != nil {
		c.t.Fatal(err)
	}
	for _, whom := range others {
		c.letIn(g, by, whom)
	}
	return g
}

// letIn has one who leads let in another, through the mailbox.
func (c *crew) letIn(g kp1.GID, by, whom string) {
	c.t.Helper()
	ctx := c.t.Context()
	inv, err := c.all[by].Invite(ctx, g, present.InviteAsk{Rank: kp1.RankMember, History: "all"})
	if err != nil {
		c.t.Fatal(err)
	}
	c.visits(by)
	if _, err := c.all[whom].Join(ctx, inv.Link, whom); err != nil {
		c.t.Fatal(err)
	}
	c.all[whom].until("that it was left", func(w present.World) bool { return w.Joins[0].Stage == present.JoinSent })
	c.visits(by)
	w := c.all[by].until("a request", func(w present.World) bool { return len(w.Groups[0].Requests) == 1 })
	if _, err := c.all[by].Approve(ctx, g, w.Groups[0].Requests[0].ID, present.Approval{Verified: present.VerifiedVoice}); err != nil {
		c.t.Fatal(err)
	}
	c.visits(by)
	c.all[whom].until("being in", func(w present.World) bool { return w.Joins[0].Stage == present.JoinApproved && len(w.Groups) == 1 })
	c.visits(whom)
	c.visits(by)
}

// leads has one who leads give another the same.
func (c *crew) leads(g kp1.GID, by, whom string) {
	c.t.Helper()
	at := func(w present.World) int {
		return slices.IndexFunc(w.Groups[0].State.Members, func(m group.Member) bool { return w.Groups[0].NameOf(m.ID) == whom })
	}
	w := c.until(by, "the name of "+whom, func(w present.World) bool { return at(w) >= 0 })
	if _, err := c.all[by].SetRank(c.t.Context(), g, w.Groups[0].State.Members[at(w)].ID, kp1.RankAdmin); err != nil {
		c.t.Fatal(err)
	}
	c.until(whom, "the right to lead", func(w present.World) bool {
		for _, m := range w.Groups[0].State.Members {
			if m.ID == w.Groups[0].Me {
				return m.Rank >= kp1.RankAdmin
			}
		}
		return false
	})
}
