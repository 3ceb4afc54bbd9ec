package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// TestHistoryFrom: a day stands for the first epoch that began on it or later, so that nobody reads more than was said.
func TestHistoryFrom(t *testing.T) {
	at := testNow()
	ada := homeWith(t, "Ada", Options{Now: func() time.Time { return at }})
	g := ada.found("Ada")
	at = at.Add(48 * time.Hour)
	rekey(t, ada, g)
	second, ok := ada.groups[g].log.Pick(kp1.CompAll)
	if !ok {
		t.Fatal("no epoch")
	}
	for _, c := range []struct {
		name    string
		from    time.Time
		history uint8
		since   kp1.EID
		err     error
	}{
		{"before the group", testNow().Add(-time.Hour), group.HistoryAll, kp1.EID{}, nil},
		{"between", testNow().Add(time.Hour), group.HistorySince, second, nil},
		{"the moment itself", at, group.HistorySince, second, nil},
		{"after the last change", at.Add(time.Hour), 0, kp1.EID{}, ErrNoChange},
	} {
		if history, since, err := ada.HistoryFrom(g, c.from); history != c.history || since != c.since || !errors.Is(err, c.err) {
			t.Errorf("%s: HistoryFrom = %d, %s, %v, want %d, %s, %v", c.name, history, since.Short(), err, c.history, c.since.Short(), c.err)
		}
	}
	if _, _, err := ada.HistoryFrom(kp1.GID{9}, at); !errors.Is(err, ErrNoGroup) {
		t.Errorf("HistoryFrom(no such group) = %v", err)
	}
}

// TestHistory: a newcomer reads what their invite says, and nothing else: no key they were handed opens more, and whatever the
// invite says they come to the same people and ranks as who was there from the beginning (T24).
func TestHistory(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	first := ada.talk(g, "before", "first words")
	part := map[kp1.EID]int{} // which of the three an epoch belongs to
	for _, e := range ada.groups[g].log.Epochs() {
		part[e.ID] = 0
	}
	rekey(t, ada, g)
	levelAll(t, g, homes)
	since, ok := ada.groups[g].log.Pick(kp1.CompAll)
	if !ok {
		t.Fatal("no epoch")
	}
	part[since] = 1
	second := sue.talk(g, "after", "second words")
	levelAll(t, g, homes)
	rekey(t, ada, g)
	levelAll(t, g, homes)
	last, ok := ada.groups[g].log.Pick(kp1.CompAll)
	if !ok {
		t.Fatal("no epoch")
	}
	part[last] = 2
	third := sue.talk(g, "later", "third words")
	levelAll(t, g, homes)
	old := ada.all(g)
	for _, c := range []struct {
		name  string
		terms invite.Terms
		from  int // the first of the three parts whose keys they are owed
		want  [3]bool
	}{
		{"all", invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}, 0, [3]bool{true, true, true}},
		{"since", invite.Terms{Rank: kp1.RankMember, History: group.HistorySince, Since: since}, 1, [3]bool{false, true, true}},
		{"none", invite.Terms{Rank: kp1.RankMember, History: group.HistoryNone}, 3, [3]bool{}},
		{"guest", invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll}, 0, [3]bool{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := quickHome(t, "Newcomer "+c.name)
			joinVia(t, ada, n, g, c.terms)
			levelAll(t, g, append(homes, n))
			people := n.View().Group(g).Care.People()
			if got := people.Group().Name; got != "Elm Row" {
				t.Errorf("the group is called %q here", got)
			}
			for _, m := range n.View().Group(g).State.Members {
				if p, ok := people.Person(m.ID); !ok || p.Name == "" {
					t.Errorf("member %s has no name here", m.ID.Short())
				}
			}
			for i, th := range []kp1.ID{first, second, third} {
				if _, got := n.View().Group(g).Care.Threads().Get(th); got != c.want[i] {
					t.Errorf("reads thread %d: %v, want %v", i, got, c.want[i])
				}
			}
			// What is written from now on: the team's for the team, what is for all for everyone.
			team := sue.talk(g, "new", "new words")
			open := sue.say(g, kp1.CompAll, thread.New{Title: "for all"})
			sue.say(g, kp1.CompAll, thread.Post{Thread: open, Text: "open words"})
			levelAll(t, g, append(homes, n))
			if _, got := n.View().Group(g).Care.Threads().Get(team); got != (c.terms.Rank == kp1.RankMember) {
				t.Errorf("reads the team's words: %v", got)
			}
			if it := mustThread(t, n, g, open); it.Title != "for all" {
				t.Errorf("reads %q, want what is for all", it.Title)
			}
			if w := n.View().Group(g).Waiting; w != 0 {
				t.Errorf("%d wait, want 0: what is not for this person's eyes is counted apart", w)
			}
			n.clean()
			before, _ := n.Fingerprint(g)
			n.again()
			if after, _ := n.Fingerprint(g); after != before {
				t.Errorf("shows something else after a restart")
			}
			if n.View().Group(g).State.Hash() != ada.View().Group(g).State.Hash() {
				t.Error("counts others in than who was there from the beginning")
			}
			member, met := c.terms.Rank == kp1.RankMember, map[bool]int{}
			for _, raw := range old {
				chain, ok := ada.Opens(g, raw)
				if !ok {
					continue // words, which lie under a key of their own: it stands in an op
				}
				env, err := op.DecodeEnvelope(raw)
				if err != nil {
					t.Fatal(err)
				}
				at, known := part[env.EID]
				if !known {
					t.Fatalf("an envelope of epoch %s, which is none of the three parts", env.EID.Short())
				}
				may := chain == kp1.ChainAuth || at >= c.from && (chain == kp1.CompAll || chain == kp1.CompTeam && member)
				if _, opens := n.Opens(g, raw); opens != may {
					t.Errorf("opens an envelope of chain %d in part %d: %v, want %v", chain, at, opens, may)
				}
				if chain != kp1.ChainAuth {
					met[may]++
				}
			}
			if met[false] == 0 && c.name != "all" || met[true] == 0 && c.from < 3 {
				t.Errorf("%d envelopes to open and %d not to open show nothing", met[true], met[false])
			}
			if !member {
				for id, e := range n.groups[g].ring {
					if e.reads(kp1.CompTeam) || e.reads(kp1.CompAdmin) {
						t.Errorf("a guest holds keys of epoch %s beyond what is for all", id.Short())
					}
				}
			}
		})
	}
}

func (h *home) say(g kp1.GID, comp uint8, a interface {
	Type() string
	Refs() []kp1.ID
},
) kp1.ID {
	h.t.Helper()
	d := Draft{Comp: comp}
	switch a := a.(type) {
	case thread.New:
		d.Act = a
	case thread.Post:
		d.Act = a
	case people.Profile:
		d.Act = a
	}
	ids, err := h.Propose(context.Background(), g, d)
	if err != nil {
		h.t.Fatal(err)
	}
	return ids[0]
}

func rekey(t testing.TB, h *home, g kp1.GID) {
	t.Helper()
	if err := h.change(func(t tx) error {
		b, err := h.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.rekey(nil); err != nil {
			return err
		}
		return b.finish()
	}); err != nil {
		t.Fatal(err)
	}
}

// TestGuestKeepsUp: what a guest cannot read must not fill the room for what waits.
func TestGuestKeepsUp(t *testing.T) {
	g, homes := team(t, "Ada")
	ada := homes[0]
	guest := quickHome(t, "Gus")
	joinVia(t, ada, guest, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	th := ada.talk(g, "team only")
	var posts []Draft
	for n := range 2_600 { // two envelopes each
		posts = append(posts, Draft{Act: thread.Post{Thread: th, Text: fmt.Sprint("post ", n)}})
	}
	if _, err := ada.Propose(context.Background(), g, posts...); err != nil {
		t.Fatal(err)
	}
	meet(t, ada, guest, g)
	if a, b := ada.View().Group(g).Filed, guest.View().Group(g).Filed; a != b {
		t.Errorf("guest holds %d envelopes of %d", b, a)
	}
	if w := guest.View().Group(g).Waiting; w != 0 {
		t.Errorf("%d wait at the guest, want none", w)
	}
	guest.clean()
}

// TestSnapshotAfterLater: the ops that a newcomer is given anew stand together in one envelope. One of them names the
// one before it there, also when a later op of the same chain was heard first.
func TestSnapshotAfterLater(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	for n := range 3 {
		sue.say(g, kp1.CompAll, people.Profile{Name: fmt.Sprint("Sue ", n)})
	}
	levelAll(t, g, homes)
	nia, _ := lateHome(t, ada, g, "Nia", invite.Terms{Rank: kp1.RankMember, History: group.HistoryNone})
	levelAll(t, g, homes)
	sue.say(g, kp1.CompAll, people.Profile{Name: "Susan"})
	levelAll(t, g, homes)
	var together, apart [][]byte
	for _, raw := range ada.all(g) {
		p := ada.groups[g].vantage().prepare(raw)
		if len(p.ops) > 1 && !p.ops[0].IsAuth() {
			together = append(together, raw)
		} else {
			apart = append(apart, raw)
		}
	}
	if len(together) == 0 {
		t.Fatal("no envelope holds ops of before")
	}
	nia.give(g, apart...)
	nia.settle()
	nia.give(g, together...)
	if p, ok := nia.View().Group(g).Care.People().Person(sue.me(g)); !ok || p.Name != "Susan" {
		t.Errorf("Sue is called %q", p.Name)
	}
	nia.clean()
}
