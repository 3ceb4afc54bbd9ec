package store

import (
	"bytes"
	"slices"
	"testing"

	"kith/store/care"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// news are the envelopes of a group here that another computer does not have.
func (h *home) news(g kp1.GID, than *home) (raws [][]byte) {
	h.t.Helper()
	had := than.all(g)
	for _, raw := range h.all(g) {
		if !slices.ContainsFunc(had, func(b []byte) bool { return bytes.Equal(b, raw) }) {
			raws = append(raws, raw)
		}
	}
	return raws
}

// TestStubIsNoFork: an op that comes after the act that takes it away, while that act waits, is not taken for a second one
// in its own place.
func TestStubIsNoFork(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	his := bob.do(g, thread.Post{Thread: talk, Text: "mine"})
	bobs := bob.news(g, cy)
	meet(t, ada, bob, g)
	ada.do(g, thread.Post{Thread: talk, Text: "hers"})
	before := ada.news(g, cy)
	ada.do(g, erase.Redact{Target: his, Reason: erase.Other})
	var act [][]byte
	for _, raw := range ada.news(g, cy) {
		if !slices.ContainsFunc(before, func(b []byte) bool { return bytes.Equal(b, raw) }) {
			act = append(act, raw)
		}
	}
	cy.give(g, act...)
	cy.give(g, bobs...)
	for range 2 {
		if n := len(cy.groups[g].forks); n > 0 {
			t.Errorf("%d chains count as forked", n)
		}
		cy.tendOnce(g)
		cy.again()
	}
	levelAll(t, g, homes)
	for _, h := range homes {
		h.wantGone(g, talk, his, ada.me(g))
	}
	sameView(t, g, homes...)
}

// TestForkBelowAStub: of a computer that was copied, one branch is here, and of the other first the act that takes away its
// second op, and by that the head of that op. When the first op of that branch comes, the two branches are found out, also
// where the store was opened in between.
func TestForkBelowAStub(t *testing.T) {
	for _, opened := range []bool{false, true} {
		g, homes := team(t, "ada", "bob", "cy")
		ada, bob, cy := homes[0], homes[1], homes[2]
		talk := ada.talk(g, "picnic")
		levelAll(t, g, homes)
		twin := copyOf(t, bob)
		bob.do(g, thread.Post{Thread: talk, Text: "one branch"})
		meet(t, bob, cy, g)
		twin.do(g, thread.Post{Thread: talk, Text: "the other"})
		first := twin.news(g, cy)
		gone := twin.do(g, thread.Post{Thread: talk, Text: "more of the other"})
		twin.do(g, erase.Delete{Target: gone})
		cy.give(g, without(twin.news(g, cy), first)...)
		if len(cy.groups[g].forks) > 0 {
			t.Fatal("the branches were found out before both were here: the test shows nothing")
		}
		if opened {
			cy.again()
		}
		cy.give(g, first...)
		if n := len(cy.groups[g].forks); n != 1 {
			t.Errorf("opened in between %v: %d chains count as forked, want 1", opened, n)
		}
	}
}

// without are the envelopes that are not among others.
func without(raws, others [][]byte) [][]byte {
	return slices.DeleteFunc(slices.Clone(raws), func(raw []byte) bool {
		return slices.ContainsFunc(others, func(b []byte) bool { return bytes.Equal(b, raw) })
	})
}

// invents takes away an op that was never written: its head stands where the device says, after an op of its choice. The
// device itself writes on as if that head was not there.
func (h *home) invents(g kp1.GID, seq uint64, prev kp1.ID) {
	h.t.Helper()
	d, err := h.act(g, func(b *batch) (Deed, error) {
		s, err := b.h.sign(op.Op{
			Type: "thread/post", Group: g, Device: b.h.self.Device, Comp: kp1.CompTeam, Seq: seq, Prev: prev, Time: b.h.l.unix(),
			Auth: b.h.log.Heads(), Body: []byte{0xa0}, Payload: &op.PayloadRef{ID: kp1.Sum([]byte("nothing")), Len: 10, Key: &[32]byte{1}},
		})
		if err != nil {
			return Deed{}, err
		}
		typ, body, words, err := care.Encode(erase.Delete{Target: s.ID}.With(erase.Was{
			Device: s.Device, Seq: s.Seq, Prev: s.Prev, Auth: s.Auth, Time: s.Time, Type: s.Type, Body: s.Body, Payload: s.Payload.ID, Len: s.Payload.Len, Sig: s.Sig,
		}))
		if err != nil {
			return Deed{}, err
		}
		done, err := b.write(typ, s.Comp, nil, nil, body, words)
		return Deed{Op: done}, err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := h.op(g, d.Op)
	if err != nil {
		h.t.Fatal(err)
	}
	h.groups[g].chains[chain{s.Device, s.Comp}] = head{s.Seq, s.ID, s.Auth}
}

// TestForkAtAStub: of a computer that was copied, one branch is here, and of the other only what stays of its op in the same
// place, since its person took that back. The two are found out whichever comes first, and everybody shows the same.
func TestForkAtAStub(t *testing.T) {
	for _, actFirst := range []bool{false, true} {
		for _, gap := range []bool{false, true} {
			g, homes := team(t, "ada", "bob", "cy")
			ada, bob, cy := homes[0], homes[1], homes[2]
			talk := ada.talk(g, "picnic")
			levelAll(t, g, homes)
			twin := copyOf(t, bob)
			kept := bob.do(g, thread.Post{Thread: talk, Text: "one branch"})
			branch := bob.news(g, cy)
			gone := twin.do(g, thread.Post{Thread: talk, Text: "the other"})
			first := twin.news(g, cy)
			if gap {
				more := twin.do(g, thread.Post{Thread: talk, Text: "more of the other"})
				twin.do(g, erase.Delete{Target: more}) // its head comes before what leads there
			}
			twin.do(g, erase.Delete{Target: gone})
			act := slices.DeleteFunc(twin.news(g, cy), func(raw []byte) bool {
				return slices.ContainsFunc(first, func(b []byte) bool { return bytes.Equal(b, raw) })
			})
			slices.Reverse(act)
			ways := [][][]byte{branch, act}
			if actFirst {
				slices.Reverse(ways)
			}
			for k, way := range ways {
				cy.give(g, way...)
				ada.give(g, ways[len(ways)-1-k]...) // in the other order, and before she hears of it from Cy
			}
			if !cy.HasOp(g, kept) || cy.HasOp(g, gone) {
				t.Fatalf("act first %v, gap %v: Cy has the one op %v and the other %v: the test shows nothing", actFirst, gap, cy.HasOp(g, kept), cy.HasOp(g, gone))
			}
			for range 2 {
				for _, h := range []*home{ada, cy} {
					if n := len(h.groups[g].forks); n != 1 {
						t.Errorf("act first %v, gap %v: at %s %d chains count as forked, want 1", actFirst, gap, h.Name(), n)
					}
					h.again()
				}
			}
			if !cy.tendOnce(g) {
				t.Errorf("act first %v, gap %v: Cy does not tell of it", actFirst, gap)
			}
			homes = []*home{cy, ada}
			quiet(t, g, homes)
			if _, in := ada.View().Group(g).State.Device(bob.View().Group(g).Device); in {
				t.Errorf("act first %v, gap %v: the copied computer is in", actFirst, gap)
			}
			sameView(t, g, homes...)
		}
	}
}

// TestStubUnsigned: an act whose head of what it takes away its author did not sign takes nothing away, wherever that is, and
// moves nobody's chain.
func TestStubUnsigned(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	skip := cy.all(g)
	his := bob.do(g, thread.Post{Thread: talk, Text: "mine"})
	bobs := bob.news(g, cy)
	meet(t, ada, bob, g)
	ada.takesAnyway(g, erase.Redact{Target: his, Reason: erase.Other}, func(w *erase.Was) { w.Sig[0]++ })
	cy.give(g, slices.DeleteFunc(ada.all(g), func(raw []byte) bool {
		return slices.ContainsFunc(slices.Concat(skip, bobs), func(b []byte) bool { return bytes.Equal(b, raw) })
	})...)
	if cy.groups[g].gone(his) {
		t.Error("Cy takes what she has never heard of for taken away")
	}
	levelAll(t, g, homes)
	for _, h := range homes {
		if it, _, _ := h.postOf(g, talk, his); it.Text != "mine" || len(h.groups[g].forks) > 0 {
			t.Errorf("%s: shows %q, and takes %d chains for forked", h.Name(), it.Text, len(h.groups[g].forks))
		}
	}
	sameView(t, g, homes...)
}

// TestStubLies: who takes away what is not theirs and lies about what its author had heard keeps nobody from reading what
// the author says next: not while the act waits, not once it is known for what it is, and not when the author takes the
// same away.
func TestStubLies(t *testing.T) {
	for _, c := range []struct {
		late    bool // the act waits for its turn
		gone    bool // its target is taken away by its author as well
		unheard bool // it names heads that nobody has
	}{{false, false, true}, {true, false, false}, {false, true, false}, {true, true, true}} {
		g, homes := team(t, "ada", "bob", "cy")
		ada, bob, cy := homes[0], homes[1], homes[2]
		talk := ada.talk(g, "picnic")
		levelAll(t, g, homes)
		his := bob.do(g, thread.Post{Thread: talk, Text: "mine"})
		next := bob.do(g, thread.Post{Thread: talk, Text: "and more"})
		bobs := bob.news(g, ada)
		meet(t, bob, cy, g)
		if c.late {
			cy.do(g, thread.Post{Thread: talk, Text: "cy's"})
		}
		skip := cy.all(g)
		ada.newKeys(g, 1) // an op about who belongs that Bob had not heard of
		cy.takesAnyway(g, erase.Delete{Target: his}, func(w *erase.Was) {
			w.Auth = ada.groups[g].log.Heads()
			if c.unheard {
				w.Auth[0][0]++
			}
		})
		lie := slices.DeleteFunc(cy.all(g), func(raw []byte) bool {
			return slices.ContainsFunc(skip, func(b []byte) bool { return bytes.Equal(b, raw) })
		})
		if c.gone {
			bob.do(g, erase.Delete{Target: his})
			bobs = bob.news(g, ada)
		}
		ada.give(g, lie...)
		ada.give(g, bobs...)
		for range 2 {
			if it, _, _ := ada.postOf(g, talk, next); it.Text != "and more" {
				t.Errorf("%+v: what Bob said next is %q", c, it.Text)
			}
			ada.again()
		}
		levelAll(t, g, homes)
		if it, _, _ := ada.postOf(g, talk, next); it.Text != "and more" {
			t.Errorf("%+v: in the end what Bob said next is %q", c, it.Text)
		}
		sameView(t, g, homes...)
		for _, h := range homes {
			if len(h.groups[g].forks) > 0 {
				t.Errorf("%+v: %s takes a chain for forked", c, h.Name())
			}
		}
	}
}

// TestStubInTheAir: a member takes away an op that they never wrote, with a head that says it stands far above their chain,
// and follows an op of theirs, of another person, or one that nobody has. Nobody takes that chain for forked, which it is
// not; nobody's duties fail for it; what the member really wrote is read; and a removal covers no more of it than is there.
func TestStubInTheAir(t *testing.T) {
	const far = 1_000
	for name, prev := range map[string]func(his, hers kp1.ID) kp1.ID{
		"own":    func(his, _ kp1.ID) kp1.ID { return his },
		"other":  func(_, hers kp1.ID) kp1.ID { return hers },
		"nobody": func(his, _ kp1.ID) kp1.ID { his[0]++; return his },
	} {
		t.Run(name, func(t *testing.T) {
			g, homes := team(t, "ada", "bob", "cy")
			ada, bob, cy := homes[0], homes[1], homes[2]
			talk := ada.talk(g, "picnic")
			hers := ada.do(g, thread.Post{Thread: talk, Text: "hers"})
			levelAll(t, g, homes)
			his := bob.do(g, thread.Post{Thread: talk, Text: "his"})
			had := bob.all(g)
			bob.invents(g, far, prev(his, hers))
			lie := without(bob.all(g), had)
			cy.give(g, had...)
			cy.give(g, lie...)
			ada.give(g, lie...)
			ada.give(g, had...)
			for _, h := range []*home{ada, cy} {
				for range 2 {
					if at := h.groups[g].chains[chain{bob.deviceOf(g), kp1.CompTeam}]; at.seq >= far {
						t.Errorf("%s takes Bob to be at %d", h.Name(), at.seq)
					}
					if n := len(h.groups[g].forks); n > 0 {
						t.Errorf("%s takes %d chains for forked", h.Name(), n)
					}
					h.tendOnce(g)
					h.again()
				}
			}
			did(t)(ada.Remove(t.Context(), g, bob.me(g), ReasonUnsaid))
			late := bob.do(g, thread.Post{Thread: talk, Text: "and on and on"})
			ada.give(g, bob.news(g, ada)...)
			if _, err := ada.op(g, late); err != nil {
				t.Error("what Bob wrote late did not come: the test shows nothing")
			}
			if it, _, _ := ada.postOf(g, talk, late); it.Text != "" {
				t.Errorf("what Bob wrote when he was out is shown: %q", it.Text)
			}
		})
	}
}

// TestT30HiddenDelete: the words of somebody who was removed were within the cut, and the act by which they took them away was
// not. Who had heard the act first has the words no more, and who had heard the removal first has them. When somebody who leads
// lets the act stand, they are gone everywhere.
func TestT30HiddenDelete(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	his := bob.do(g, thread.Post{Thread: talk, Text: "mine"})
	levelAll(t, g, homes)
	gone := bob.do(g, erase.Delete{Target: his})
	act := bob.news(g, ada)
	cy.give(g, act...)
	cy.wantGone(g, talk, his, bob.me(g))
	did(t)(ada.Remove(t.Context(), g, bob.me(g), ReasonUnsaid))
	ada.give(g, act...)
	if it, _, _ := ada.postOf(g, talk, his); it.Text != "mine" {
		t.Errorf("words within the cut are %q", it.Text)
	}
	did(t)(ada.AdmitLate(t.Context(), g, []kp1.ID{gone}))
	left := []*home{ada, cy}
	tend(t, g, left)
	for range 2 {
		for _, h := range left {
			h.wantGone(g, talk, his, bob.me(g))
			h.clean()
			h.again()
		}
		sameView(t, g, left...)
	}
}

// TestStubInTheAirOfANewcomer: who was not given the history cannot tell where the chains of the others begin, and believes
// no more of a head far above one than who can.
func TestStubInTheAirOfANewcomer(t *testing.T) {
	const far = 1_000
	for _, first := range []bool{true, false} {
		g, homes := team(t, "ada", "bob")
		ada, bob := homes[0], homes[1]
		talk := ada.talk(g, "picnic")
		levelAll(t, g, homes)
		bob.do(g, thread.Post{Thread: talk, Text: "early"})
		levelAll(t, g, homes)
		eve, _ := lateHome(t, ada, g, "eve", invite.Terms{Rank: kp1.RankMember, History: group.HistoryNone})
		eve.give(g, ada.all(g)...)
		eve.settle()
		homes = append(homes, eve)
		levelAll(t, g, homes)
		his := bob.do(g, thread.Post{Thread: talk, Text: "his"})
		had := bob.all(g)
		bob.invents(g, far, his)
		lie := without(bob.all(g), had)
		raws := [][][]byte{had, lie}
		if first {
			raws = [][][]byte{lie, had}
		}
		for _, r := range raws {
			eve.give(g, r...)
		}
		for range 2 {
			at := eve.groups[g].chains[chain{bob.deviceOf(g), kp1.CompTeam}]
			if at.seq < 2 || at.seq >= far {
				t.Errorf("lie first %v: Eve takes Bob to be at %d", first, at.seq)
			}
			if n := len(eve.groups[g].forks); n > 0 {
				t.Errorf("lie first %v: Eve takes %d chains for forked", first, n)
			}
			eve.again()
		}
		late := bob.do(g, thread.Post{Thread: talk, Text: "and on"})
		eve.give(g, bob.news(g, eve)...)
		if _, err := eve.op(g, late); err != nil {
			t.Errorf("lie first %v: what Bob wrote next: %v", first, err)
		}
		eve.clean()
	}
}
