package store

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// wordsOver signs the next content op of h's device after seq and prev, as one who names heads of its own choice can. An act
// that says something names words that nobody has.
func (h *home) wordsOver(g kp1.GID, seq uint64, prev kp1.ID, heads []kp1.ID, a care.Act) op.Signed {
	h.t.Helper()
	typ, body, _, err := care.Encode(a)
	if err != nil {
		h.t.Fatal(err)
	}
	var words *op.PayloadRef
	if _, is := a.(erase.Act); !is {
		words = &op.PayloadRef{ID: kp1.ID{byte(seq), 1}, Len: 1, Key: new([32]byte)}
	}
	x := h.groups[g]
	s, err := x.sign(op.Op{
		Type: typ, Group: g, Device: x.self.Device, Comp: kp1.CompTeam, Seq: seq, Prev: prev, Time: h.unix(), Auth: heads, Deps: a.Refs(), Body: body, Payload: words,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// was is what an act says of an op that it takes away.
func was(s op.Signed) erase.Was {
	return erase.Was{
		Device: s.Device, Seq: s.Seq, Prev: s.Prev, Auth: s.Auth, Time: s.Time, Type: s.Type, Body: s.Body, Payload: s.Payload.ID, Len: s.Payload.Len, Sig: s.Sig,
	}
}

// TestT26OlderHeads: an author writes, then writes with heads older than before, then takes the first back. Who heard the
// first, and who heard of its end alone, believe the same.
func TestT26OlderHeads(t *testing.T) {
	g, homes := team(t, "Ada", "Bob", "Cy", "Dan")
	bob, cy, dan := homes[1], homes[2], homes[3]
	talk := homes[0].talk(g, "picnic")
	old := bob.groups[g].log.Heads()
	bob.utter(g, group.NewAck())
	levelAll(t, g, homes)
	at, heads := bob.head(g, kp1.CompTeam), bob.groups[g].log.Heads()
	one := bob.wordsOver(g, at.seq+1, at.id, heads, thread.Post{Thread: talk, Text: "x"})
	two := bob.wordsOver(g, at.seq+2, one.ID, old, thread.Post{Thread: talk, Text: "x"})
	three := bob.wordsOver(g, at.seq+3, two.ID, heads, erase.Delete{Target: one.ID}.With(was(one)))
	four := bob.wordsOver(g, at.seq+4, three.ID, heads, thread.Post{Thread: talk, Text: "x"})
	for _, s := range []op.Signed{one, two, three, four} {
		cy.give(g, bob.forge(g, kp1.CompTeam, s))
	}
	for _, s := range []op.Signed{two, three, four} {
		dan.give(g, bob.forge(g, kp1.CompTeam, s))
	}
	dan.give(g, bob.forge(g, kp1.CompTeam, one))
	for _, h := range []*home{cy, dan} {
		for n, s := range []op.Signed{two, three, four} {
			if !h.HasOp(g, s.ID) {
				t.Errorf("%s has not op %d of the chain", h.Name(), n+2)
			}
		}
		if !h.groups[g].gone(one.ID) {
			t.Errorf("%s keeps what was taken back", h.Name())
		}
		h.clean()
	}
	sameView(t, g, cy, dan)
}

// TestT26HeadsAnyOrder: words that name what waits behind a fence, words with heads older than theirs, the act that takes
// the first back, and changes of who belongs: whatever comes first, everybody believes the same in the end. Words that were
// taken back have spoken for what they named.
func TestT26HeadsAnyOrder(t *testing.T) {
	g, homes, late := lateRemoval(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, []*home{ada, bev})
	old := ada.groups[g].log.Heads()
	known := map[kp1.ID]bool{}
	for _, raw := range bev.all(g) {
		known[kp1.Sum(raw)] = true
	}
	news := slices.DeleteFunc(cy.all(g), func(raw []byte) bool { return known[kp1.Sum(raw)] })
	news = append(news, ada.utter(g, group.NewAck()))
	then := ada.groups[g].log.Heads()
	news = append(news, ada.utter(g, group.NewSetRole(ada.groups[g].state(), dot.me(g), kp1.RankGuest, nil)))
	heads := ada.groups[g].log.Heads()
	both := sorted([]kp1.ID{heads[0], late})
	at := ada.head(g, kp1.CompTeam)
	one := ada.wordsOver(g, at.seq+1, at.id, both, thread.Post{Thread: talk, Text: "x"})
	two := ada.wordsOver(g, at.seq+2, one.ID, old, thread.Post{Thread: talk, Text: "x"})
	three := ada.wordsOver(g, at.seq+3, two.ID, old, erase.Delete{Target: one.ID}.With(was(one)))
	four := ada.wordsOver(g, at.seq+4, three.ID, then, thread.Post{Thread: talk, Text: "x"})
	for _, s := range []op.Signed{one, two, three, four} {
		news = append(news, ada.forge(g, kp1.CompTeam, s))
	}
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	first := bev.copied(t)
	defer func() { _ = first.Close() }()
	first.give(g, news...)
	if !first.groups[g].log.Admitted(late) {
		t.Fatal("what was spoken for waits")
	}
	waiting := sorted(first.groups[g].log.Held()) // the keys that came with it: nobody spoke for those
	rapid.Check(t, func(rt *rapid.T) {
		h := bev.copied(oneCase{t, rt})
		defer func() { _ = h.Close() }()
		order := slices.Clone(news)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		without := -1
		if rapid.Bool().Draw(rt, "hears only of its end") {
			without = len(news) - 4
		}
		for _, raw := range order {
			if without >= 0 && &raw[0] == &news[without][0] {
				continue
			}
			h.give(g, raw)
			if rapid.IntRange(0, 3).Draw(rt, "restart") == 0 {
				h.again()
			}
		}
		x := h.groups[g]
		if !x.log.Admitted(late) || !slices.Equal(sorted(x.log.Held()), waiting) {
			rt.Errorf("what was spoken for waits: %v, want %v", x.log.Held(), waiting)
		}
		for n, s := range []op.Signed{two, three, four} {
			if !h.HasOp(g, s.ID) {
				rt.Errorf("op %d of the chain is not here", n+2)
			}
		}
		if !x.gone(one.ID) {
			rt.Error("what was taken back is here")
		}
		sameView(oneCase{t, rt}, g, first, h)
		h.clean()
	})
}

func sorted(ids []kp1.ID) []kp1.ID { return slices.SortedFunc(slices.Values(ids), kp1.ID.Compare) }
