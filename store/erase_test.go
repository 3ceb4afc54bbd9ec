package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// postOf is a post as a computer shows it.
func (h *home) postOf(g kp1.GID, talk, id kp1.ID) (thread.Item, erase.Gone, bool) {
	h.t.Helper()
	v := h.View().Group(g).Care
	th, _ := v.Threads().Get(talk)
	it, _ := th.Find(id)
	gone, ok := v.Gone(id)
	return it, gone, ok
}

// wantGone fails unless a computer shows a post as taken away, and nothing of it is on its disk.
func (h *home) wantGone(g kp1.GID, talk, id kp1.ID, by kp1.MID) {
	h.t.Helper()
	it, gone, ok := h.postOf(g, talk, id)
	if !ok || gone.Author != by || it.Words != act.Taken || it.Text != "" {
		h.t.Errorf("%s: %+v, gone %v by %s", h.Name(), it, ok, gone.Author.Short())
	}
	h.t.Helper()
	if err := h.view(func(t tx) error {
		ops, err := h.groups[g].index(t, opTiers, false)
		if err != nil {
			return err
		}
		if _, here, err := lookOp(ops, id); err != nil || here {
			h.t.Errorf("%s: op is on the disk still: %v, %v", h.Name(), here, err)
		}
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
	h.clean()
}

// copied is a closed home's twin.
func (h *home) copied(t testing.TB) *home {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(h.dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	out := &home{t: t, dir: t.TempDir(), rest: h.rest, opt: h.opt, peer: h.peer}
	if err := os.WriteFile(filepath.Join(out.dir, fileName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out.Ledger, err = Open(out.dir, out.rest, out.opt); err != nil {
		t.Fatal(err)
	}
	return out
}

func sameView(t testing.TB, g kp1.GID, homes ...*home) {
	t.Helper()
	var first kp1.ID
	for i, h := range homes {
		name, err := h.Fingerprint(g)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = name
		} else if name != first {
			t.Errorf("%s shows something else than %s", h.Name(), homes[0].Name())
		}
	}
}

func TestT30Delete(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic", "before")
	levelAll(t, g, homes)
	post := bob.do(g, thread.Post{Thread: talk, Text: "a secret slip"})
	levelAll(t, g, homes)
	reply := cy.do(g, thread.Post{Thread: talk, Text: "oh", ReplyTo: post})
	levelAll(t, g, homes)
	old := bob.all(g)
	items, _, err := bob.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	me := bob.View().Group(g).Me
	for _, c := range []struct {
		h    *home
		act  care.Act
		want error
	}{
		{cy, erase.Delete{Target: post}, act.RuleNotYours},
		{cy, erase.Redact{Target: post, Reason: erase.Other}, act.RuleAdmin},
		{bob, erase.Delete{Target: kp1.ID{9}}, ErrNoOp},
		{ada, erase.Redact{Target: post}, act.RuleForm},
	} {
		if _, err := c.h.Propose(context.Background(), g, Draft{Act: c.act}); !errors.Is(err, c.want) {
			t.Errorf("%s: %#v: %v, want %v", c.h.Name(), c.act, err, c.want)
		}
	}
	del := bob.do(g, erase.Delete{Target: post})
	if _, err := bob.Propose(context.Background(), g, Draft{Act: erase.Delete{Target: post}}); !errors.Is(err, erase.RuleGone) {
		t.Errorf("a second time: %v, want RuleGone", err)
	}
	if _, err := bob.Propose(context.Background(), g, Draft{Act: erase.Delete{Target: del}}); !errors.Is(err, erase.RuleStays) {
		t.Errorf("taking the taking away: %v, want RuleStays", err)
	}
	levelAll(t, g, homes)
	for _, h := range homes {
		h.wantGone(g, talk, post, me)
		// What they had before, all of it, once more: from a peer that never heard, or a replay.
		h.give(g, old...)
		h.wantGone(g, talk, post, me)
		now, _, err := h.Items(g)
		if err != nil {
			t.Fatal(err)
		}
		lost := 0
		for _, i := range items {
			if !slices.Contains(now, i) {
				if lost++; len(h.Lacks(g, []kp1.ID{i.ID})) > 0 {
					t.Errorf("%s would ask for %s again", h.Name(), i.ID.Short())
				}
			}
		}
		if lost != 2 {
			t.Errorf("%s has lost %d envelopes, want the post's and its words'", h.Name(), lost)
		}
		h.again()
		h.wantGone(g, talk, post, me)
		if d := h.Delivery(g, del); !d.Stored || d.Devices < 1 || d.Of != 2 {
			t.Errorf("%s: who has heard: %+v", h.Name(), d)
		}
	}
	// Somebody who never had it follows the chains all the same, and shows the same.
	dot := quickHome(t, "dot")
	joinVia(t, ada, dot, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	all := append(homes, dot)
	levelAll(t, g, all)
	dot.wantGone(g, talk, post, me)
	if it, _, _ := dot.postOf(g, talk, reply); it.Text != "oh" || it.ReplyTo != post {
		t.Errorf("the answer to it: %+v", it)
	}
	if n := dot.View().Group(g).Waiting; n != 0 {
		t.Errorf("%d envelopes wait", n)
	}
	bob.do(g, thread.Post{Thread: talk, Text: "sorry"}) // the chain goes on
	levelAll(t, g, all)
	sameView(t, g, all...)
}

// TestLostOnce: who keeps a set of what is here is told once of each envelope that goes, however it goes.
func TestLostOnce(t *testing.T) {
	var told []Item
	h := homeWith(t, "Ada", Options{Now: testNow, Filed: func(f Filed) { told = append(told, f.Lost...) }})
	g := h.found("Ada")
	talk := h.talk(g, "picnic", "before")
	post := h.do(g, thread.Post{Thread: talk, Text: "a secret slip"})
	was, _, err := h.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	h.do(g, erase.Delete{Target: post})
	now, _, err := h.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	var want []Item
	for _, i := range was {
		if !slices.Contains(now, i) {
			want = append(want, i)
		}
	}
	order := func(a, b Item) int { return a.ID.Compare(b.ID) }
	slices.SortFunc(want, order)
	slices.SortFunc(told, order)
	if len(want) != 2 || !slices.Equal(told, want) {
		t.Errorf("told that %v went, want the post's envelope and its words': %v", told, want)
	}
}

// TestT4HeadsAlone: a chain verifies from heads alone once ops of it were taken away: the last one, one in the middle, and
// one that the device of its author never writes again after a restart.
func TestT4HeadsAlone(t *testing.T) {
	g, homes := team(t, "ada", "bob")
	ada, bob := homes[0], homes[1]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	var posts []kp1.ID
	for _, x := range []string{"one", "two", "three"} {
		posts = append(posts, bob.do(g, thread.Post{Thread: talk, Text: x}))
	}
	levelAll(t, g, homes)
	// Ada, who leads, takes away the last op of Bob's chain; his next one follows a head.
	ada.do(g, erase.Redact{Target: posts[2], Reason: erase.Asked})
	ada.do(g, erase.Redact{Target: posts[0], Reason: erase.Asked})
	levelAll(t, g, homes)
	bob.again()
	next := bob.do(g, thread.Post{Thread: talk, Text: "four"})
	levelAll(t, g, homes)
	late := quickHome(t, "cy")
	joinVia(t, bobOrAda(homes), late, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	all := append(homes, late)
	levelAll(t, g, all)
	for _, h := range all {
		h.clean()
		if it, _, _ := h.postOf(g, talk, next); it.Text != "four" {
			t.Errorf("%s: what follows a head: %+v", h.Name(), it)
		}
		if it, _, _ := h.postOf(g, talk, posts[1]); it.Text != "two" {
			t.Errorf("%s: what stands between two heads: %+v", h.Name(), it)
		}
		h.wantGone(g, talk, posts[0], ada.View().Group(g).Me)
		if len(h.groups[g].forks) != 0 {
			t.Errorf("%s takes somebody for a forger", h.Name())
		}
	}
	sameView(t, g, all...)
}

func bobOrAda(homes []*home) *home { return homes[0] }

// together seals ops of a home in one envelope of their own, as a snapshot does.
func (h *home) together(g kp1.GID, ids ...kp1.ID) []byte {
	h.t.Helper()
	var raw []byte
	if err := h.view(func(t tx) error {
		in := h.groups[g]
		f, err := in.folder(t)
		if err != nil {
			return err
		}
		var ops []op.Signed
		for _, id := range ids {
			s, err := in.fetch(f.ops, &f.log, id)
			if err != nil {
				return err
			}
			ops = append(ops, s)
		}
		e, _ := in.log.PickHeld(ops[0].Comp, in.holds(ops[0].Comp))
		key, _ := in.ring[e].sealer(ops[0].Comp)
		env, err := op.SealOps(h.Ledger.opt.Rand, g, key, op.KindOps, h.week(), nil, ops)
		raw = env.Bytes
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return raw
}

// TestT4ManyEnvelopes: the same op in three envelopes is one op, and all three go; the other ops in them survive, in one
// envelope that everybody makes alike.
func TestT4ManyEnvelopes(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	var posts []kp1.ID
	for _, x := range []string{"stays", "goes", "stays too"} {
		posts = append(posts, bob.do(g, thread.Post{Thread: talk, Text: x}))
	}
	raws := [][]byte{bob.together(g, posts...), bob.together(g, posts[1], posts[2])}
	cy.give(g, raws...) // for Cy these are the first
	levelAll(t, g, homes)
	ops := ada.View().Group(g).Care.Threads().Posts()
	me := bob.View().Group(g).Me
	bob.do(g, erase.Delete{Target: posts[1]})
	levelAll(t, g, homes)
	for _, h := range homes {
		h.wantGone(g, talk, posts[1], me)
		for _, i := range []int{0, 2} {
			if it, _, _ := h.postOf(g, talk, posts[i]); it.Words != act.Here {
				t.Errorf("%s: the other op: %+v", h.Name(), it)
			}
		}
		if n := h.View().Group(g).Care.Threads().Posts(); n != ops {
			t.Errorf("%s shows %d posts, want %d", h.Name(), n, ops)
		}
		h.give(g, raws...)
		h.wantGone(g, talk, posts[1], me)
		if i, _, err := h.Items(g); err != nil || len(i) == 0 {
			t.Fatal(err)
		}
	}
	var sets [][]kp1.ID
	for _, h := range homes {
		items, _, _ := h.Items(g)
		var ids []kp1.ID
		for _, i := range items {
			ids = append(ids, i.ID)
		}
		sets = append(sets, op.SortIDs(ids))
	}
	for i := range sets {
		if !slices.Equal(sets[i], sets[0]) {
			t.Errorf("%s holds other envelopes than %s: %d and %d", homes[i].Name(), homes[0].Name(), len(sets[i]), len(sets[0]))
		}
	}
	late := quickHome(t, "dot")
	joinVia(t, ada, late, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	all := append(homes, late)
	levelAll(t, g, all)
	sameView(t, g, all...)
	late.clean()
}

// TestT30WordsWithoutTheirOp: words that came before their op, or after the act that takes it away, do not stay behind when
// the op itself never comes: who has heard of the act gives it to nobody any more. The simulator found it.
func TestT30WordsWithoutTheirOp(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	had := bob.all(g)
	news := func() (out [][]byte) {
		now := bob.all(g)
		for _, raw := range now {
			if !contains(had, raw) {
				out = append(out, raw)
			}
		}
		had = now
		return out
	}
	post := bob.do(g, thread.Post{Thread: talk, Text: "a secret slip"})
	var words []byte
	for _, raw := range news() {
		if env, err := op.DecodeEnvelope(raw); err == nil && env.Kind == op.KindPayload {
			words = raw
		}
	}
	bob.do(g, erase.Delete{Target: post})
	acts := news()
	ada.give(g, words)
	if ada.View().Group(g).Waiting != 1 {
		t.Fatal("the words do not wait for their op")
	}
	ada.give(g, acts...)
	cy.give(g, acts...)
	cy.give(g, words)
	for _, h := range []*home{ada, cy} {
		for range 2 {
			h.wantGone(g, talk, post, bob.me(g))
			if n := h.View().Group(g).Waiting; n != 0 || slices.Contains(h.idsOf(g), kp1.Sum(words)) || len(h.Lacks(g, []kp1.ID{kp1.Sum(words)})) > 0 {
				t.Errorf("%s: %d wait, or the words are kept or asked for", h.Name(), n)
			}
			h.clean()
			h.again()
			if res := h.give(g, words); len(res.Held)+len(res.New) > 0 || res.Refused != 1 {
				t.Errorf("%s says of the words that come again: %+v", h.Name(), res)
			}
		}
	}
	levelAll(t, g, homes)
	sameView(t, g, homes...)
}

// TestT30WordsLiedAbout: which words an op had is not in its signed head. Who says of another's words that they went with
// an op of their own has nobody drop them without proof, and with proof takes them from nobody whom their op reaches.
func TestT30WordsLiedAbout(t *testing.T) {
	for name, c := range map[string]struct {
		proof, leads, together, drops bool
	}{
		"without proof":                    {},
		"with proof":                       {proof: true, drops: true},
		"by who leads":                     {leads: true, drops: true},
		"words and their op come together": {proof: true, together: true},
	} {
		t.Run(name, func(t *testing.T) {
			g, homes := team(t, "ada", "bob", "cy")
			ada, bob, liar := homes[0], homes[1], homes[2]
			if c.leads {
				ada, liar = liar, ada
			}
			talk := ada.talk(g, "picnic")
			levelAll(t, g, homes)
			had := ada.all(g)
			post := ada.do(g, thread.Post{Thread: talk, Text: "it lives"})
			var words, its []byte
			for _, raw := range fresh(ada.all(g), had) {
				if env, err := op.DecodeEnvelope(raw); err == nil && env.Kind == op.KindPayload {
					words = raw
				} else {
					its = raw
				}
			}
			meet(t, ada, liar, g)
			was := erase.Was{Payload: kp1.Sum(words)}
			if err := liar.view(func(t tx) error {
				f, err := liar.groups[g].folder(t)
				if err != nil {
					return err
				}
				s, err := liar.groups[g].fetch(f.ops, &f.log, post)
				if was.Len = s.Payload.Len; c.proof {
					was.Token = op.DeleteToken(*s.Payload.Key, 0)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			had = liar.all(g)
			own := liar.do(g, thread.Post{Thread: talk, Text: "never sent"})
			unsent := fresh(liar.all(g), had)
			var act erase.Act = erase.Delete{Target: own}
			if c.leads {
				act = erase.Redact{Target: own, Reason: erase.Other}
			}
			liar.takesAnyway(g, act, func(w *erase.Was) { w.Payload, w.Len, w.Token = was.Payload, was.Len, was.Token })
			lies := fresh(liar.all(g), append(had, unsent...))
			if c.together {
				bob.from(liar, g, lies...)
				if res := bob.from(ada, g, words, its); len(res.Held) != 2 || len(bob.Lacks(g, []kp1.ID{kp1.Sum(words)})) != 0 {
					t.Errorf("words that came before their op are not taken: %+v", res)
				}
			} else {
				bob.from(ada, g, words)
				bob.from(liar, g, lies...)
				if kept := slices.Contains(bob.idsOf(g), kp1.Sum(words)); kept == c.drops {
					t.Errorf("the words are kept: %v, want %v", kept, !c.drops)
				}
				if res := bob.from(ada, g, words); (len(res.Held) == 0) != c.drops {
					t.Errorf("they come again: %+v", res)
				}
				bob.from(ada, g, its)
				if asks := len(bob.Lacks(g, []kp1.ID{kp1.Sum(words)})) == 1; asks != c.drops {
					t.Errorf("once their op is here they are asked for: %v, want %v", asks, c.drops)
				}
			}
			levelAll(t, g, homes)
			for _, h := range []*home{ada, bob} {
				if it, _, _ := h.postOf(g, talk, post); it.Text != "it lives" {
					t.Errorf("%s shows %+v", h.Name(), it)
				}
				if n := h.View().Group(g).Waiting; n > 0 {
					t.Errorf("%s: %d wait", h.Name(), n)
				}
				h.clean()
				h.again()
			}
		})
	}
}

// fresh are those of raws that are not in had.
func fresh(raws, had [][]byte) [][]byte {
	return slices.DeleteFunc(slices.Clone(raws), func(raw []byte) bool { return contains(had, raw) })
}

// TestT30WordsWithoutAnOp: words whose op nobody has do not wait for ever, and come again when it does.
func TestT30WordsWithoutAnOp(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "bob", "ada") // Bob leads: there is nothing here that he cannot read
	bob, ada := homes[0], homes[1]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	had := ada.all(g)
	post := ada.do(g, thread.Post{Thread: talk, Text: "on its way"})
	var words []byte
	for _, raw := range fresh(ada.all(g), had) {
		if env, err := op.DecodeEnvelope(raw); err == nil && env.Kind == op.KindPayload {
			words = raw
		}
	}
	had = ada.all(g)
	bob.give(g, words)
	for _, week := range []int{waitsMost, waitsMost + 2} {
		now = testNow().AddDate(0, 0, 7*week)
		if _, err := ada.Propose(context.Background(), g, Draft{Act: thread.New{Title: "time goes by"}, Comp: kp1.CompAll}); err != nil {
			t.Fatal(err)
		}
		bob.from(ada, g, fresh(ada.all(g), had)...)
		bob.sweepAll(g)
		if !slices.Contains(bob.idsOf(g), kp1.Sum(words)) {
			t.Fatalf("after %d weeks words are dropped by a computer that has not caught up", week)
		}
		for range 2 {
			if err := bob.Held(g, ada.deviceOf(g), nil, 1<<40); err != nil {
				t.Fatal(err)
			}
			now = now.Add(liveSeconds * time.Second)
		}
		now = now.Add(-time.Minute)
		bob.sweepAll(g)
		if kept := slices.Contains(bob.idsOf(g), kp1.Sum(words)); kept != (week <= waitsMost) {
			t.Errorf("after %d weeks the words are kept: %v", week, kept)
		}
	}
	levelAll(t, g, homes) // the op comes after all
	if it, _, _ := bob.postOf(g, talk, post); it.Text != "on its way" {
		t.Errorf("the post: %+v", it)
	}
	sameView(t, g, homes...)
}

// TestT30AnyOrder: whatever the order in which everything comes, old envelopes with what was taken away among it, all
// computers show the same and hold nothing of it.
func TestT30AnyOrder(t *testing.T) {
	g, homes := team(t, "ada", "bob")
	ada, bob := homes[0], homes[1]
	talk := ada.talk(g, "picnic", "hello")
	levelAll(t, g, homes)
	var raws [][]byte
	keep := func() {
		for _, h := range homes {
			raws = append(raws, h.all(g)...)
		}
	}
	one := bob.do(g, thread.Post{Thread: talk, Text: "one"})
	two := bob.do(g, thread.Post{Thread: talk, Text: "two", ReplyTo: one})
	keep()
	bob.do(g, thread.Edit{Thread: talk, Post: two, Text: "two and a half"})
	bob.do(g, thread.Edit{Thread: talk, Post: one, Text: "one and a bit"})
	keep()
	raws = append(raws, bob.together(g, one, two))
	levelAll(t, g, homes)
	bob.do(g, erase.Delete{Target: one})
	ada.do(g, erase.Redact{Target: two, Reason: erase.Unkind, Note: "not like that"})
	ada.do(g, thread.Post{Thread: talk, Text: "let us be kind", ReplyTo: two})
	bob.do(g, thread.Post{Thread: talk, Text: "yes"})
	levelAll(t, g, homes)
	keep()
	raws = slices.CompactFunc(sortedRaws(raws), bytes.Equal)
	sameView(t, g, homes...)
	late, _ := lateHome(t, ada, g, "cy", invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	levelAll(t, g, homes)
	raws = append(raws, ada.all(g)...)
	raws = slices.CompactFunc(sortedRaws(raws), bytes.Equal)
	if err := late.Close(); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		h := late.copied(t)
		defer func() { _ = h.Close() }()
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		order := slices.Clone(raws)
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for len(order) > 0 {
			n := 1 + r.IntN(len(order))
			h.give(g, order[:n]...)
			order = order[n:]
			h.settle()
		}
		h.give(g, raws...)
		h.settle()
		if got, want := h.said(g, talk), homes[0].said(g, talk); got != want {
			rt.Fatalf("another order shows\n%s\nand not\n%s", got, want)
		}
		for _, id := range []kp1.ID{one, two} {
			if it, _, ok := h.postOf(g, talk, id); !ok || it.Text != "" {
				rt.Fatalf("taken away: %v %+v", ok, it)
			}
		}
		if rep, err := h.Check(context.Background()); err != nil || len(rep.Bad) > 0 {
			rt.Fatalf("Check: %+v, %v", rep.Bad, err)
		}
		if n := h.View().Group(g).Waiting; n > 0 { // words without their op, say
			rt.Fatalf("%d envelopes wait for what nobody has", n)
		}
	})
}

// said is everything that is shown of a thread.
func (h *home) said(g kp1.GID, talk kp1.ID) (out string) {
	v := h.View().Group(g).Care
	th, _ := v.Threads().Get(talk)
	for it := range th.Items(0, th.Len()) {
		gone, _ := v.Gone(it.ID)
		out += fmt.Sprintf("%s %s %d %q %d %v %+v\n", it.ID.Short(), it.Author.Short(), it.Words, it.Text, it.Edited, it.Versions, gone)
	}
	return out
}

func sortedRaws(raws [][]byte) [][]byte {
	raws = slices.DeleteFunc(raws, func(b []byte) bool { return len(b) == 0 })
	slices.SortFunc(raws, bytes.Compare)
	return raws
}

// takesAnyway writes an act that takes something away without asking any rule, as a member who cheats does.
func (h *home) takesAnyway(g kp1.GID, a erase.Act, mend func(*erase.Was)) {
	h.t.Helper()
	_, err := h.act(g, func(b *batch) (Deed, error) {
		id, _ := a.What()
		s, err := b.fetch(id)
		if err != nil {
			return Deed{}, err
		}
		was := erase.Was{
			Device: s.Device, Seq: s.Seq, Prev: s.Prev, Auth: s.Auth, Time: s.Time, Type: s.Type, Body: s.Body,
			Payload: s.Payload.ID, Len: s.Payload.Len, Sig: s.Sig,
		}
		if mend != nil {
			mend(&was)
		}
		typ, body, words, err := care.Encode(a.With(was))
		if err != nil {
			return Deed{}, err
		}
		done, err := b.write(typ, s.Comp, nil, nil, body, words)
		return Deed{Op: done}, err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestT30Cheats: who may not take something away takes nothing away, and who lies about what it was neither.
func TestT30Cheats(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	his := bob.do(g, thread.Post{Thread: talk, Text: "mine"})
	hers := ada.do(g, thread.Post{Thread: talk, Text: "also mine"})
	levelAll(t, g, homes)
	lied := bob.do(g, thread.Post{Thread: talk, Text: "about this one a lie is told", ReplyTo: hers})
	levelAll(t, g, homes)
	cy.takesAnyway(g, erase.Delete{Target: his}, nil)
	cy.takesAnyway(g, erase.Redact{Target: hers, Reason: erase.Other}, nil)
	bob.takesAnyway(g, erase.Delete{Target: lied}, func(w *erase.Was) { w.Time++ })
	bob.takesAnyway(g, erase.Delete{Target: lied}, func(w *erase.Was) { w.Payload[0]++ })
	levelAll(t, g, homes)
	late := quickHome(t, "dot")
	joinVia(t, ada, late, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	all := append(homes, late)
	levelAll(t, g, all)
	for _, h := range all {
		for _, id := range []kp1.ID{his, hers, lied} {
			if it, _, gone := h.postOf(g, talk, id); gone || it.Words != act.Here {
				t.Errorf("%s: taken away by somebody who may not: %v %+v", h.Name(), gone, it)
			}
		}
		h.clean()
		h.again()
	}
	sameView(t, g, all...)
}

// TestT30OthersWords: words that two ops name belong to both. Who names another's words and withdraws that does not
// withdraw them.
func TestT30OthersWords(t *testing.T) {
	for _, late := range []bool{false, true} {
		g, homes := team(t, "ada", "bob", "cy")
		ada, bob, cy := homes[0], homes[1], homes[2]
		talk := ada.talk(g, "picnic")
		levelAll(t, g, homes)
		hers := ada.do(g, thread.Post{Thread: talk, Text: "my own words"})
		first := ada.all(g)
		meet(t, ada, bob, g)
		var his kp1.ID
		_, err := bob.act(g, func(b *batch) (Deed, error) {
			s, err := b.fetch(hers)
			if err != nil {
				return Deed{}, err
			}
			o := s.Op
			at := b.h.chains[chain{b.h.self.Device, s.Comp}]
			o.Device, o.Seq, o.Prev = b.h.self.Device, at.seq+1, at.id
			x, err := b.h.sign(o)
			if err != nil {
				return Deed{}, err
			}
			e, err := b.usable(s.Comp)
			if err != nil {
				return Deed{}, err
			}
			key, _ := e.sealer(s.Comp)
			env, err := op.SealOps(b.h.l.opt.Rand, g, key, op.KindOps, b.h.l.week(), nil, []op.Signed{x})
			if err != nil {
				return Deed{}, err
			}
			his = x.ID
			return Deed{Op: x.ID}, b.own(env, x)
		})
		if err != nil {
			t.Fatal(err)
		}
		if !late {
			levelAll(t, g, homes)
		}
		bob.do(g, erase.Delete{Target: his})
		if late { // Cy hears of Bob's op and its end before Ada's own
			var only [][]byte
			for _, raw := range bob.all(g) {
				if !slices.ContainsFunc(first, func(b []byte) bool { return bytes.Equal(b, raw) }) {
					only = append(only, raw)
				}
			}
			cy.give(g, only...)
		}
		levelAll(t, g, homes)
		levelAll(t, g, homes)
		for _, h := range homes {
			if it, _, _ := h.postOf(g, talk, hers); it.Text != "my own words" {
				t.Errorf("late %v, %s: %+v", late, h.Name(), it)
			}
			h.clean()
		}
	}
}

// TestT30Few: words for few people are taken away like any, and so are the keys to them.
func TestT30Few(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	me, other := bob.View().Group(g).Me, ada.View().Group(g).Me
	ids, err := bob.Propose(context.Background(), g, Draft{Act: thread.Post{Thread: talk, Text: "for you alone"}, For: []kp1.MID{me, other}})
	if err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	bob.do(g, thread.Edit{Thread: talk, Post: ids[0], Text: "for you alone, again"})
	levelAll(t, g, homes)
	if it, _, _ := ada.postOf(g, talk, ids[0]); it.Text != "for you alone, again" || ada.holds(g, ids[0]) {
		t.Errorf("edited: %+v, first key is here %v", it, ada.holds(g, ids[0]))
	}
	if it, _, _ := cy.postOf(g, talk, ids[0]); it.Words != act.Others {
		t.Errorf("an edit is read by who may not: %+v", it)
	}
	bob.do(g, erase.Delete{Target: ids[0]})
	levelAll(t, g, homes)
	for _, h := range homes {
		h.wantGone(g, talk, ids[0], me)
		if n := len(h.groups[g].named); n != 0 {
			t.Errorf("%s keeps %d records of what was for few", h.Name(), n)
		}
		if n := len(h.groups[g].opens); n != 0 {
			t.Errorf("%s keeps %d keys", h.Name(), n)
		}
	}
	quiet(t, g, homes)
	sameView(t, g, homes...)
}

// TestT30Replaced: the words that an edit replaces go from the disk, unless the group keeps them.
func TestT30Replaced(t *testing.T) {
	for _, keep := range []uint8{0, 1} {
		g, homes := team(t, "ada", "bob")
		ada, bob := homes[0], homes[1]
		if keep > 0 {
			if _, err := ada.SetPolicy(context.Background(), g, group.PolicyFields{EditHistory: &keep}); err != nil {
				t.Fatal(err)
			}
		}
		talk := ada.talk(g, "picnic")
		levelAll(t, g, homes)
		post := bob.do(g, thread.Post{Thread: talk, Text: "first"})
		levelAll(t, g, homes)
		was, _, _ := ada.Items(g)
		bob.do(g, thread.Edit{Thread: talk, Post: post, Text: "second"})
		levelAll(t, g, homes)
		for _, h := range homes {
			now, _, _ := h.Items(g)
			lost := 0
			for _, i := range was {
				if !slices.Contains(now, i) {
					lost++
				}
			}
			if lost != 1-int(keep) {
				t.Errorf("kept %d: %s has lost %d envelopes", keep, h.Name(), lost)
			}
			if it, _, _ := h.postOf(g, talk, post); it.Text != "second" {
				t.Errorf("kept %d: %s shows %+v", keep, h.Name(), it)
			}
			h.clean()
			h.again()
			if it, _, _ := h.postOf(g, talk, post); it.Text != "second" {
				t.Errorf("kept %d: %s shows %+v after a restart", keep, h.Name(), it)
			}
		}
		sameView(t, g, homes...)
	}
}
