package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// forge makes an envelope of kind 1 in the place of device `as`, as somebody who holds the group's keys can.
func (h *home) forge(g kp1.GID, comp uint8, ops ...op.Signed) []byte {
	h.t.Helper()
	x := h.groups[g]
	id, ok := x.log.Pick(comp)
	if !ok {
		h.t.Fatal("no epoch")
	}
	key, ok := x.ring[id].sealer(comp)
	if !ok {
		h.t.Fatal("no key")
	}
	env, err := op.SealOps(rand.Reader, g, key, op.KindOps, h.week(), nil, ops)
	if err != nil {
		h.t.Fatal(err)
	}
	return env.Bytes
}

// next signs the next content op of h's device after seq and prev, without filing it.
func (h *home) next(g kp1.GID, seq uint64, prev kp1.ID, a care.Act) op.Signed {
	h.t.Helper()
	typ, body, _, err := care.Encode(a)
	if err != nil {
		h.t.Fatal(err)
	}
	x := h.groups[g]
	s, err := x.sign(op.Op{
		Type: typ, Group: g, Device: x.self.Device, Comp: kp1.CompTeam, Seq: seq, Prev: prev, Time: h.unix(), Auth: x.log.Heads(), Deps: a.Refs(), Body: body,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *home) head(g kp1.GID, comp uint8) head {
	x := h.groups[g]
	return x.chains[chain{x.self.Device, comp}]
}

// TestF9Replay: a whole recorded session, given again to the same computer, another, another group, and after a restart.
func TestF9Replay(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	ada.talk(g, "talk", "one", "two")
	sue.talk(g, "more", "three")
	levelAll(t, g, homes)
	raws := ada.all(g)
	from := ada.View().Group(g).Device
	ctx := context.Background()
	if _, err := sue.Accept(ctx, g, from, raws); err != nil { // the first time is news: she has them all
		t.Fatal(err)
	}
	other := sue.found("Sue")
	for _, c := range []struct {
		name string
		g    kp1.GID
		held int
	}{{"same group", g, len(raws)}, {"other group", other, 0}} {
		for _, when := range []string{"at once", "after a restart"} {
			t.Run(c.name+" "+when, func(t *testing.T) {
				before, err := sue.Fingerprint(c.g)
				if err != nil {
					t.Fatal(err)
				}
				writes, filed := sue.writes(), sue.View().Group(c.g).Filed
				for _, batch := range [][][]byte{raws, slices.Concat(raws, raws), raws[:1]} {
					res, err := sue.Accept(ctx, c.g, from, batch)
					if err != nil || len(res.New) != 0 || c.held == 0 && len(res.Held) != 0 {
						t.Errorf("Accept = %d new, %d held, %v", len(res.New), len(res.Held), err)
					}
				}
				if n := sue.writes() - writes; n != 0 {
					t.Errorf("%d writes, want 0", n)
				}
				after, err := sue.Fingerprint(c.g)
				if err != nil || after != before || sue.View().Group(c.g).Filed != filed {
					t.Errorf("shows something else after a replay (%v)", err)
				}
			})
			sue.again()
		}
	}
	// A stranger to the group, in a group of their own: sealed bytes that wait, and no effect.
	bev := quickHome(t, "Bev")
	mine := bev.found("Bev")
	before, _ := bev.Fingerprint(mine)
	for range 2 {
		bev.give(mine, raws...)
		bev.again()
	}
	if after, _ := bev.Fingerprint(mine); after != before {
		t.Errorf("a foreign session changed what is shown")
	}
	sue.clean()
	bev.clean()
}

// TestF13Forged: exactly the forged one is refused, on every computer, and nothing of it is read.
func TestF13Forged(t *testing.T) {
	g, homes := team(t, "Ada", "Sue", "Bev")
	ada, sue, bev := homes[0], homes[1], homes[2]
	th := ada.talk(g, "talk")
	levelAll(t, g, homes)
	at := sue.head(g, kp1.CompTeam)
	good := sue.next(g, at.seq+1, at.id, thread.New{Title: "good"})

	t.Run("each bit of a signature", func(t *testing.T) {
		for bit := range 512 {
			bad := good
			bad.Sig[bit/8] ^= 1 << (bit % 8)
			if res := bev.give(g, sue.forge(g, kp1.CompTeam, bad)); len(res.Held) != 0 || res.Refused != 1 {
				t.Fatalf("bit %d: %+v, want it refused", bit, res)
			}
		}
	})
	t.Run("signature of another member", func(t *testing.T) {
		bad := good
		bad.Sig = [64]byte(ed25519.Sign(ed25519.NewKeyFromSeed(ada.groups[g].self.Sign), append([]byte(kp1.LabelSigOp+"\x00"), good.Head()...)))
		if res := bev.give(g, sue.forge(g, kp1.CompTeam, bad)); res.Refused != 1 {
			t.Errorf("%+v, want it refused", res)
		}
	})
	t.Run("each bit of the sealed bytes", func(t *testing.T) {
		raw := sue.forge(g, kp1.CompTeam, good)
		for n := 0; n < len(raw)*8; n += 13 {
			bad := slices.Clone(raw)
			bad[n/8] ^= 1 << (n % 8)
			bev.give(g, bad)
			if bev.Lacks(g, []kp1.ID{kp1.Sum(raw)}) == nil {
				t.Fatalf("bit %d: filed as the good one", n)
			}
		}
		if _, ok := bev.View().Group(g).Care.Threads().Get(good.ID); ok {
			t.Error("a changed envelope took effect")
		}
	})
	t.Run("one bad among 1024", func(t *testing.T) {
		fresh := quickHome(t, "Cat")
		joinVia(t, ada, fresh, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
		levelAll(t, g, homes)
		var raws [][]byte
		prev := at
		for n := range 1_024 {
			s := sue.next(g, prev.seq+1, prev.id, thread.New{Title: fmt.Sprint("n ", n)})
			send := s
			if n == 1_000 {
				send.Sig[3] ^= 4
			}
			raws = append(raws, sue.forge(g, kp1.CompTeam, send))
			prev = head{seq: s.Seq, id: s.ID}
		}
		res := fresh.give(g, raws...)
		if res.Refused != 1 || len(res.New) != 1_023 {
			t.Errorf("%d refused, %d new, want 1 and 1,023", res.Refused, len(res.New))
		}
		if w := fresh.View().Group(g).Waiting; w != 23 { // what follows the bad one on its chain waits for the good one
			t.Errorf("%d wait, want 23", w)
		}
		fresh.clean()
	})
	t.Run("one bad among the ops of an envelope", func(t *testing.T) {
		first := ada.next(g, ada.head(g, kp1.CompTeam).seq+1, ada.head(g, kp1.CompTeam).id, thread.Post{Thread: th, Text: "first"})
		bad := sue.next(g, at.seq+1, at.id, thread.New{Title: "bad"})
		bad.Sig[0] ^= 1
		last := bev.next(g, 1+bev.head(g, kp1.CompTeam).seq, bev.head(g, kp1.CompTeam).id, thread.New{Title: "last"})
		raw := sue.forge(g, kp1.CompTeam, first, bad, last)
		late, _ := lateHome(t, ada, g, "Late", invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
		levelAll(t, g, homes)
		for _, h := range []*home{sue, late} { // one knows the devices, the other hears of them afterwards
			h.give(g, raw)
			for _, r := range ada.all(g) {
				h.give(g, r)
			}
			x := h.groups[g]
			for _, want := range []struct {
				id kp1.ID
				in bool
			}{{first.ID, true}, {bad.ID, false}, {last.ID, true}} {
				var in bool
				if err := h.view(func(t tx) error {
					ops, err := x.index(t, opTiers, false)
					if err != nil {
						return err
					}
					_, in, err = lookOp(ops, want.id)
					return err
				}); err != nil || in != want.in {
					t.Errorf("%s: op taken in %v, want %v (%v)", h.Name(), in, want.in, err)
				}
			}
			h.clean()
			h.again()
			h.clean()
		}
	})
	for _, h := range homes {
		h.clean()
	}
}

// TestForkConverges: a device that wrote twice in one place is seen alike by all, whichever came first.
func TestForkConverges(t *testing.T) {
	g, homes := team(t, "Ada", "Sue", "Bev")
	ada, sue, bev := homes[0], homes[1], homes[2]
	at := sue.head(g, kp1.CompTeam)
	x := sue.next(g, at.seq+1, at.id, thread.New{Title: "x"})
	y := sue.next(g, at.seq+1, at.id, thread.New{Title: "y"})
	y2 := sue.next(g, at.seq+2, y.ID, thread.New{Title: "y2"})
	rx, ry, ry2 := sue.forge(g, kp1.CompTeam, x), sue.forge(g, kp1.CompTeam, y), sue.forge(g, kp1.CompTeam, y2)
	ada.give(g, rx, ry, ry2)
	bev.give(g, ry2)
	bev.give(g, ry)
	bev.give(g, rx)
	level(t, g, ada, bev)
	ada.again()
	level(t, g, ada, bev)
}

// TestWaitingLimit: at the limit and one beyond it, shared between sources.
func TestWaitingLimit(t *testing.T) {
	w := newWaits()
	for n := range uint64(kp1.MaxWaiting) {
		if !w.room("a", 100, false) {
			t.Fatalf("no room for entry %d of %d", n+1, kp1.MaxWaiting)
		}
		w.add(n, waiting{Why: waitOp, For: make([]byte, 32), Size: 100, From: "a"}, false)
	}
	if w.room("a", 100, false) || w.room("b", 100, false) {
		t.Error("room for one more than the limit")
	}
	if !w.room("a", 100, true) {
		t.Error("what is apart has no room of its own")
	}
	for n := range uint64(kp1.MaxWaiting / 2) {
		w.take(n)
	}
	w.add(kp1.MaxWaiting, waiting{Why: waitOp, For: make([]byte, 32), Size: 100, From: "b"}, false)
	if w.room("a", 100, false) || !w.room("b", 100, false) {
		t.Error("a source may take more than its share, or another has none")
	}
	w = newWaits()
	w.add(1, waiting{Why: waitKey, For: make([]byte, 16), Size: kp1.MaxWaitingBytes - 100, From: "a"}, false)
	if !w.room("a", 100, false) || w.room("a", 101, false) {
		t.Error("bytes: want room for 100 more and not for 101")
	}
	if len(w.on(waitKey, make([]byte, 16))) != 1 {
		t.Error("index lost an entry")
	}
}

// TestOverQuotaIsAskedAgain: what is refused for want of room comes in later.
func TestOverQuotaIsAskedAgain(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	th := ada.talk(g, "talk")
	var posts []Draft
	for n := range kp1.MaxWaiting + 1 {
		posts = append(posts, Draft{Act: thread.Post{Thread: th, Text: fmt.Sprint(n)}})
	}
	if _, err := ada.Propose(context.Background(), g, posts...); err != nil {
		t.Fatal(err)
	}
	raws := ada.all(g)
	lacked := raws[len(raws)-2*len(posts)-2:]
	var ops [][]byte
	for _, r := range lacked[2:] {
		if env, err := op.DecodeEnvelope(r); err == nil && env.Kind == op.KindOps {
			ops = append(ops, r)
		}
	}
	slices.Reverse(ops) // the newest first: each waits for the one before
	res := sue.give(g, ops...)
	if res.Refused != 1 || len(res.New) != kp1.MaxWaiting {
		t.Errorf("%d new, %d refused, want %d and 1", len(res.New), res.Refused, kp1.MaxWaiting)
	}
	sue.give(g, lacked...)
	level(t, g, ada, sue)
	if w := sue.View().Group(g).Waiting; w != 0 {
		t.Errorf("%d wait, want 0", w)
	}
}

// TestRefusedLaterIsGone: an envelope that waited and is refused when what it waited for comes is said to be gone, and is
// neither among what is here nor in the way of being asked for; brought again it is refused at once.
func TestRefusedLaterIsGone(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	var told []Filed
	ada.opt.Filed = func(f Filed) { told = append(told, f) }
	ada.again()
	at := sue.head(g, kp1.CompTeam)
	first := sue.next(g, at.seq+1, at.id, thread.New{Title: "x"})
	wrong := sue.next(g, at.seq+3, first.ID, thread.New{Title: "skips one"})
	raw := sue.forge(g, kp1.CompTeam, wrong)
	id := kp1.Sum(raw)
	if res := ada.give(g, raw); len(res.New) != 1 {
		t.Fatalf("it does not wait: %+v", res)
	}
	ada.give(g, sue.forge(g, kp1.CompTeam, first))
	if n := len(told); n == 0 || len(told[n-1].Lost) != 1 || told[n-1].Lost[0].ID != id {
		t.Errorf("what is gone is not told: %+v", told)
	}
	items, _, err := ada.Items(g)
	if err != nil || slices.ContainsFunc(items, func(i Item) bool { return i.ID == id }) || len(ada.Lacks(g, []kp1.ID{id})) != 1 {
		t.Errorf("it is still counted as here, %v", err)
	}
	if res := ada.give(g, raw); res.Refused != 1 || len(res.Held) != 0 {
		t.Errorf("brought again: %+v", res)
	}
	ada.clean()
}

// TestF19LaterOps: an op of a type this program does not know, and one it knows with a key it does not, are kept, counted
// on their chain, not shown, and passed on byte for byte.
func TestF19LaterOps(t *testing.T) {
	g, homes := team(t, "Ada", "Sue", "Cy")
	ada, sue, cy := homes[0], homes[1], homes[2]
	x := sue.groups[g]
	at := sue.head(g, kp1.CompTeam)
	later := func(typ string, body any) (raw []byte) {
		t.Helper()
		b, err := kp1.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		s, err := x.sign(op.Op{
			Type: typ, Group: g, Device: x.self.Device, Comp: kp1.CompTeam, Seq: at.seq + 1, Prev: at.id, Time: sue.unix(), Auth: x.log.Heads(), Body: b,
		})
		if err != nil {
			t.Fatal(err)
		}
		at = head{seq: s.Seq, id: s.ID}
		return sue.forge(g, kp1.CompTeam, s)
	}
	typ, body, _, err := care.Encode(calendar.Cancel{Event: kp1.ID{1}})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]any{}
	if err := kp1.Unmarshal(body, &known); err != nil {
		t.Fatal(err)
	}
	known["zz"] = uint64(7)
	raws := [][]byte{later("future/thing", map[string]any{"q": "?"}), later(typ, known), later("thread/new", map[string]any{"future": uint64(1)})}
	if res := ada.give(g, raws...); len(res.New) != len(raws) {
		t.Fatalf("%+v, want all three kept", res)
	}
	ada.again()
	meet(t, ada, cy, g)
	got := map[kp1.ID]bool{}
	for _, raw := range cy.all(g) {
		got[kp1.Sum(raw)] = true
	}
	for i, raw := range raws {
		if !got[kp1.Sum(raw)] {
			t.Errorf("op %d did not reach Cy as it was", i)
		}
	}
	if h := cy.groups[g].chains[chain{x.self.Device, kp1.CompTeam}]; h.seq != at.seq || h.id != at.id {
		t.Errorf("Cy counts %d ops of Sue's, want %d", h.seq, at.seq)
	}
	for n, w := range cy.groups[g].waits.by {
		if w.Why != waitKey { // the admins' invites
			t.Errorf("entry %d waits: %d", n, w.Why)
		}
	}
}
