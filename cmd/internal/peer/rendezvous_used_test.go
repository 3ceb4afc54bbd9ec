package peer_test

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/network/keeper"
)

// Two people come with one link, through the mailbox, and nobody is on together with anybody: both requests are shown, each with
// the word that somebody else tried; one is let in, the other hears that the invite was used. Who comes when its time is over
// hears that.
func TestT34SecondUserAtTheMailbox(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, filepath.Join(dir, "keeper"), keeper.Options{})
	at := func(name string) string { return filepath.Join(dir, name) }
	ada := on(t, "Ada", at("ada"))
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ada.PairMailbox(ctx, g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	inv, err := ada.Invite(ctx, g, present.InviteAsk{Rank: 1, History: "all"})
	if err != nil || !inv.Waits {
		t.Fatalf("Invite = %+v, %v, want one that waits in the mailbox", inv, err)
	}
	ada.end()

	words := map[string][6]string{}
	for _, name := range []string{"Bev", "Cat"} {
		p := on(t, name, at(name))
		j, err := p.Join(ctx, inv.Link, name)
		if err != nil {
			t.Fatal(err)
		}
		words[name] = j.Words
		p.until("that it was left", func(w present.World) bool { return w.Joins[0].Stage == present.JoinSent })
		p.end()
	}
	ada = on(t, "Ada", at("ada"))
	ada.until("two requests", func(w present.World) bool { return len(w.Groups[0].Requests) == 2 })
	ada.end() // in the middle of it
	ada = on(t, "Ada", at("ada"))
	w := ada.until("two requests still", func(w present.World) bool { return len(w.Groups[0].Requests) == 2 })
	for _, r := range w.Groups[0].Requests {
		if r.Others != 1 || r.Words != words[r.Name] {
			t.Errorf("request of %q: %d others, words %v", r.Name, r.Others, r.Words)
		}
		if r.Name == "Bev" {
			if _, err := ada.Approve(ctx, g, r.ID, present.Approval{Verified: present.VerifiedVoice}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := ada.Sync(ctx, verb.Syncing{}); err != nil && present.Code(err) != "E_NOBODY" {
		t.Fatal(err)
	}
	ada.end()

	bev := on(t, "Bev", at("Bev"))
	bev.until("being in", func(w present.World) bool { return w.Joins[0].Stage == present.JoinApproved && len(w.Groups) == 1 })
	bev.end()
	cat := on(t, "Cat", at("Cat"))
	w = cat.until("the end of it", func(w present.World) bool { return w.Joins[0].Err != nil })
	if j := w.Joins[0]; j.Stage != present.JoinExpired || present.Code(j.Err) != "E_INVITE_USED" || len(w.Groups) != 0 {
		t.Errorf("the second user: %s, %v, in %d groups", j.Stage, j.Err, len(w.Groups))
	}
	cat.end()

	dan := onLater(t, "Dan", at("dan"), 8*day)
	_, err = dan.Join(ctx, inv.Link, "Dan")
	if present.Code(err) != "E_INVITE_EXPIRED" {
		t.Errorf("Join eight days later = %v, want E_INVITE_EXPIRED", err)
	}
}

// An invitation that somebody has put away is good to its last hour, said or as a link: it is opened long after it was made,
// while its maker is off, and answered while the newcomer is. After its time it is refused by that word, and nothing is asked.
func TestT34AnotherDay(t *testing.T) {
	dir := t.TempDir()
	var gone atomic.Int64 // since it was made, for all
	k := keep(t, filepath.Join(dir, "keeper"), keeper.Options{Now: func() time.Time { return time.Now().Add(time.Duration(gone.Load())) }})
	come := func(name string, after time.Duration) *laptop {
		gone.Store(int64(after))
		return onLater(t, name, filepath.Join(dir, name), after)
	}
	ada := come("Ada", 0)
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ada.PairMailbox(ctx, g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	link, words, unused := "", "", ""
	for text, spoken := range map[*string]bool{&link: false, &words: true, &unused: true} {
		inv, err := ada.Invite(ctx, g, present.InviteAsk{Rank: 1, History: "all", Spoken: spoken})
		if err != nil || !inv.Waits {
			t.Fatalf("Invite = %+v, %v, want one that waits in the mailbox", inv, err)
		}
		if *text = inv.Link; spoken {
			*text = strings.Join(inv.Words, " ") + " at " + inv.At
		}
	}
	ada.end()

	for _, x := range []struct {
		name, text   string
		asks, answer time.Duration
		refused      string
	}{
		{name: "Bev", text: words, asks: day - time.Hour, answer: day - time.Hour/2},
		{name: "Cat", text: unused, asks: day + time.Hour, refused: "E_WORDS_THERE"},
		{name: "Dan", text: link, asks: 5 * day, answer: 7*day - time.Hour},
		{name: "Eve", text: link, asks: 7*day + time.Hour, refused: "E_INVITE_EXPIRED"},
	} {
		p := come(x.name, x.asks)
		j, err := p.Join(ctx, x.text, x.name)
		if x.refused != "" {
			if n := len(p.World().Joins); present.Code(err) != x.refused || n != 0 {
				t.Errorf("%s after %s: %v, and %d requests are tried, want %s", x.name, x.asks, err, n, x.refused)
			}
			p.end()
			continue
		}
		if err != nil {
			t.Fatalf("%s after %s: %v", x.name, x.asks, err)
		}
		p.until("that it was left", func(w present.World) bool { return w.Joins[0].Stage == present.JoinSent })
		p.end()
		ada = come("Ada", x.answer)
		w := ada.until("the request", func(w present.World) bool { return len(w.Groups[0].Requests) == 1 })
		r := w.Groups[0].Requests[0]
		if r.Words != j.Words {
			t.Errorf("%s: words %v, want %v", x.name, r.Words, j.Words)
		}
		if _, err := ada.Approve(ctx, g, r.ID, present.Approval{Verified: present.VerifiedVoice}); err != nil {
			t.Fatalf("%s answered after %s: %v", x.name, x.answer, err)
		}
		if _, err := ada.Sync(ctx, verb.Syncing{}); err != nil && present.Code(err) != "E_NOBODY" {
			t.Fatal(err)
		}
		ada.end()
		p = come(x.name, x.answer)
		p.until("being in", func(w present.World) bool { return w.Joins[0].Stage == present.JoinApproved && len(w.Groups) == 1 })
		p.end()
	}
}
