package care_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// spoken is three people who read what dot has said.
func spoken(t *testing.T) (f *family, talk, post kp1.ID) {
	t.Helper()
	f = newFamily(t, "ada", "bob", "dot")
	talk = f.as("ada").do(thread.New{Title: "picnic"})
	f.meet()
	post = f.as("dot").do(thread.Post{Thread: talk, Text: "first words"})
	f.meet()
	return f, talk, post
}

func (p *person) post(talk, id kp1.ID) thread.Item {
	p.f.t.Helper()
	th, _ := p.view.Threads().Get(talk)
	it, ok := th.Find(id)
	if !ok {
		p.f.t.Fatalf("%s: post %s is not here", p.name, id.Short())
	}
	return it
}

// takes does what a store does once it has judged that somebody may take something away.
func (p *person) takes(a erase.Act, target kp1.ID) {
	p.f.t.Helper()
	i := slices.IndexFunc(p.f.history, func(e care.Event) bool { return e.ID == target })
	e := p.f.history[i]
	full := erased(p.f.t, a, e)
	if err := care.Check(p.view, p.id, p.rank, full); err != nil {
		p.f.t.Fatalf("%s: Check(%#v): %v", p.name, full, err)
	}
	p.force(full)
	p.take(care.Event{Meta: e.Meta, Act: care.Erased(e.Act)})
}

func TestT30Edit(t *testing.T) {
	f, talk, post := spoken(t)
	dot, bob := f.as("dot"), f.as("bob")
	if code := bob.refused(thread.Edit{Thread: talk, Post: post, Text: "not mine"}); code != "E_RULE_NOT_YOURS" {
		t.Errorf("somebody else's post: %q, want E_RULE_NOT_YOURS", code)
	}
	first := dot.do(thread.Edit{Thread: talk, Post: post, Text: "second words"})
	second := dot.do(thread.Edit{Thread: talk, Post: post, Text: "third words"})
	f.meet()
	it := bob.post(talk, post)
	if it.Text != "third words" || it.Words != act.Here || it.Edited == 0 || len(it.Versions) != 2 {
		t.Errorf("edited twice: %+v", it)
	}
	if b, err := bob.view.Encode(); err != nil || strings.Contains(string(b), "first words") || strings.Contains(string(b), "second words") {
		t.Errorf("words that were replaced are in the view still: %v", err)
	}
	// A version by somebody else is worth nothing, and takes none of hers away.
	bob.force(thread.Edit{Thread: talk, Post: post, At: it.At, Text: "forged", Base: []kp1.ID{first, second}})
	f.meet()
	if it := f.as("ada").post(talk, post); it.Text != "third words" {
		t.Errorf("after an edit by somebody else: %q", it.Text)
	}
}

// TestT30ConcurrentEdits: of two versions that knew nothing of one another the larger id is shown, everywhere the same.
func TestT30ConcurrentEdits(t *testing.T) {
	f, talk, post := spoken(t)
	dot := f.as("dot")
	at := dot.post(talk, post).At
	one := dot.force(thread.Edit{Thread: talk, Post: post, At: at, Text: "on the phone"})
	two := dot.force(thread.Edit{Thread: talk, Post: post, At: at, Text: "on the laptop"})
	want := one
	if two.ID.Compare(one.ID) > 0 {
		want = two
	}
	f.meet()
	for name, p := range f.people {
		if got := p.post(talk, post).Text; got != want.Act.(thread.Edit).Text {
			t.Errorf("%s sees %q", name, got)
		}
	}
	dot.do(thread.Edit{Thread: talk, Post: post, Text: "both seen"})
	f.meet()
	if got := f.as("bob").post(talk, post).Text; got != "both seen" {
		t.Errorf("after a version that had seen both: %q", got)
	}
}

func TestT30Delete(t *testing.T) {
	f, talk, post := spoken(t)
	dot, bob := f.as("dot"), f.as("bob")
	at := dot.post(talk, post).At
	dot.takes(erase.Delete{}, post)
	// Made where nobody knew of it, and it loses.
	late := dot.force(thread.Edit{Thread: talk, Post: post, At: at, Text: "one more thing"})
	f.meet()
	bob.take(late)
	for name, p := range f.people {
		it := p.post(talk, post)
		gone, ok := p.view.Gone(post)
		if name != "bob" && name != "ada" {
			continue
		}
		if it.Text != "" || !ok || gone.By || gone.Author != dot.id {
			t.Errorf("%s: %+v, taken away %v: %+v", name, it, ok, gone)
		}
		if b, err := p.view.Encode(); err != nil || strings.Contains(string(b), "one more thing") {
			t.Errorf("%s: words of a post that was taken away are here: %v", name, err)
		}
	}
	e := f.history[slices.IndexFunc(f.history, func(e care.Event) bool { return e.ID == post })]
	if err := care.Check(bob.view, bob.id, kp1.RankAdmin, erased(t, erase.Redact{Reason: erase.Other}, e)); !errors.Is(err, erase.RuleGone) {
		t.Errorf("taken away twice: %v, want RuleGone", err)
	}
	if code := dot.refused(thread.Edit{Thread: talk, Post: post, Text: "again"}); code != "E_RULE_WORDS_GONE" {
		t.Errorf("edit of what was taken away: %q", code)
	}
}

func TestT30Redact(t *testing.T) {
	f, _, post := spoken(t)
	ada := f.as("ada")
	ada.rank = kp1.RankAdmin
	ada.takes(erase.Redact{Reason: erase.Private, Note: "it names a child"}, post)
	f.as("dot").takes(erase.Delete{}, post) // at the same time
	f.meet()
	for name, p := range f.people {
		gone, ok := p.view.Gone(post)
		if !ok || !gone.By || gone.Author != ada.id || gone.Reason != erase.Private || gone.Note != "it names a child" {
			t.Errorf("%s: %v %+v", name, ok, gone)
		}
	}
}

// TestT30May: who may take what away.
func TestT30May(t *testing.T) {
	me, other := kp1.MID{1}, kp1.MID{2}
	for _, c := range []struct {
		name  string
		a     erase.Act
		rank  uint8
		owner kp1.MID
		want  error
	}{
		{"own words", erase.Delete{}, kp1.RankGuest, me, nil},
		{"another's words", erase.Delete{}, kp1.RankSteward, other, act.RuleNotYours},
		{"by a guest", erase.Redact{}, kp1.RankGuest, other, act.RuleAdmin},
		{"by a member", erase.Redact{}, kp1.RankMember, other, act.RuleAdmin},
		{"own words by a member's redact", erase.Redact{}, kp1.RankMember, me, act.RuleAdmin},
		{"by an admin", erase.Redact{}, kp1.RankAdmin, other, nil},
		{"by a steward", erase.Redact{}, kp1.RankSteward, other, nil},
	} {
		if err := erase.May(c.a, me, c.rank, c.owner); !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
