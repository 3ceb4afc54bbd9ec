package peer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestHidingStaysHere: whom a person hides is kept through a restart, lies sealed, and is no op that could travel.
func TestHidingStaysHere(t *testing.T) {
	const pass = "plum kettle orbit sand"
	home := filepath.Join(t.TempDir(), "home")
	p := New(home, Options{})
	if _, err := p.Start(t.Context(), present.Start{Name: "Ada", Passphrase: pass}); err != nil {
		t.Fatal(err)
	}
	g, err := p.Found(t.Context(), present.Found{Kind: present.Constellation, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	ops := func() int {
		c, err := p.Check(t.Context())
		if err != nil || len(c.Bad) > 0 {
			t.Fatalf("Check = %+v, %v", c, err)
		}
		return c.Ops
	}
	before := ops()
	sue, tom := fake.MID("Sue"), fake.MID("Tom")
	for who, yes := range map[kp1.MID]bool{sue: true, tom: true} {
		if err := p.SetHidden(t.Context(), g, who, yes); err != nil {
			t.Fatal(err)
		}
	}
	old := p.World().Groups[0]
	if err := p.SetHidden(t.Context(), g, tom, false); err != nil {
		t.Fatal(err)
	}
	if !old.IsHidden(tom) {
		t.Error("a World that somebody holds has changed")
	}
	check := func(when string) {
		if x := p.World().Groups[0]; !x.IsHidden(sue) || x.IsHidden(tom) {
			t.Errorf("%s %v is hidden, want Sue alone", when, x.Hides)
		}
	}
	check("at once")
	if after := ops(); after != before {
		t.Errorf("%d ops after hiding, %d before", after, before)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(home, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range [][]byte{sue[:], []byte(sue.String()), []byte(keyHidden)} {
			if bytes.Contains(b, form) {
				t.Errorf("%s tells who is hidden", filepath.Base(f))
			}
		}
	}
	p = New(home, Options{})
	if err := p.Unlock(t.Context(), pass); err != nil {
		t.Fatal(err)
	}
	check("after a restart")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestHiddenIsNoNews: the messages of somebody who is hidden are no news and keep nobody else's out of it. What they do
// in the calendar stays news.
func TestHiddenIsNoNews(t *testing.T) {
	elm := fake.GID(fake.ElmRow)
	c := fake.Family(fake.Evening)
	c.By(elm, "Priya", thread.Post{Thread: c.Picnic(), Text: "Is it still on?"})
	for i := range 2 * newsOfThread {
		c.By(elm, "Sue", thread.Post{Thread: c.Picnic(), Text: fmt.Sprint("buy ", i)})
	}
	c.By(elm, "Sue", people.Profile{Name: "Sue"})
	count := func() map[string]int {
		g, _ := c.World().Find(elm)
		n := map[string]int{}
		for _, x := range newsOf(g, fake.Evening()) {
			n[x.Kind+" "+g.NameOf(x.By)]++
		}
		return n
	}
	was := count()
	if was["message Priya"] != 0 || was["message Sue"] < newsOfThread || was["sleepover Sue"] == 0 {
		t.Fatalf("before: %v", was)
	}
	if err := c.SetHidden(t.Context(), elm, fake.MID("Sue"), true); err != nil {
		t.Fatal(err)
	}
	now := count()
	if now["message Priya"] == 0 || now["message Sue"] != 0 || now["sleepover Sue"] != was["sleepover Sue"] || now["member Sue"] != was["member Sue"] {
		t.Errorf("hidden: %v, before %v", now, was)
	}
}
