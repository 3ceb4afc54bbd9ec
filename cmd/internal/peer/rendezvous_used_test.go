package peer_test

import (
	"path/filepath"
	"testing"

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
