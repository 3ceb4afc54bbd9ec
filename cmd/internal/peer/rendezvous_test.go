package peer_test

import (
	"path/filepath"
	"strings"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/network/keeper"
	"kith/store/invite"
)

// What becomes of an invite while its maker is off, its newcomer hears from the mailbox: that it was taken back, that they were
// turned down, or that somebody has changed the link. Words are good at one place alone.
func TestT34EndsAtTheMailbox(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, filepath.Join(dir, "keeper"), keeper.Options{})
	adaAt := filepath.Join(dir, "ada")
	ada, bev := on(t, "Ada", adaAt), on(t, "Bev", filepath.Join(dir, "bev"))
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ada.PairMailbox(ctx, g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	var made []present.Invite
	for _, spoken := range []bool{false, false, true} {
		inv, err := ada.Invite(ctx, g, present.InviteAsk{Rank: 1, History: "all", Spoken: spoken})
		if err != nil || !inv.Waits || spoken != (len(inv.Words) == 8) {
			t.Fatalf("Invite = %+v, %v, want one that waits in the mailbox", inv, err)
		}
		made = append(made, inv)
	}
	if err := ada.EndInvite(ctx, g, made[1].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Sync(ctx, verb.Syncing{}); err != nil && present.Code(err) != "E_NOBODY" {
		t.Fatal(err)
	}
	ada.end()

	last := func(w present.World) present.Join { return w.Joins[len(w.Joins)-1] }
	ends := func(what, link, stage, code string) {
		t.Helper()
		if _, err := bev.Join(ctx, link, "Bev"); err != nil {
			t.Fatal(err)
		}
		w := bev.until(what, func(w present.World) bool { return last(w).Err != nil })
		if j := last(w); j.Stage != stage || present.Code(j.Err) != code {
			t.Errorf("%s: %s, %v, want %s with %s", what, j.Stage, j.Err, stage, code)
		}
		if err := bev.CancelJoin(ctx, last(w).ID); err != nil {
			t.Fatal(err)
		}
	}
	l, err := invite.ParseLink(made[0].Link)
	if err != nil {
		t.Fatal(err)
	}
	l.Box[3] ^= 1
	changed, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	ends("a link that was changed", changed, present.JoinExpired, "E_LINK_TAMPERED")
	ends("an invite that was taken back", made[1].Link, present.JoinExpired, "E_INVITE_ENDED")

	words := strings.Join(made[2].Words, " ")
	for text, code := range map[string]string{
		words:                                      "E_WORDS_WHERE",
		words + " zoo at " + made[2].At:            "E_WORD_COUNT",
		"not quite the words at " + made[2].At:     "E_WORD",
		made[1].Link[:len(made[1].Link)/2] + " at": "E_LINK_DAMAGED",
	} {
		if _, err := bev.Join(ctx, text, "Bev"); present.Code(err) != code {
			t.Errorf("Join(%q) = %v, want %s", text, err, code)
		}
	}
	if _, err := bev.Join(ctx, strings.ToUpper(words)+" AT "+made[2].At, "Bev"); err != nil {
		t.Fatal(err)
	}
	w := bev.until("that it was left", func(w present.World) bool { return last(w).Stage == present.JoinSent })
	if j := last(w); j.Left.IsZero() || j.Waiting != "Ada" || j.Group != "Elm Row" {
		t.Errorf("join = %+v, want when it was left and for whom", j)
	}

	ada = on(t, "Ada", adaAt)
	w = ada.until("a request", func(w present.World) bool { return len(w.Groups[0].Requests) == 1 })
	if err := ada.Decline(ctx, g, w.Groups[0].Requests[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Sync(ctx, verb.Syncing{}); err != nil && present.Code(err) != "E_NOBODY" {
		t.Fatal(err)
	}
	ada.end()
	w = bev.until("the end of it", func(w present.World) bool { return last(w).Err != nil })
	if j := last(w); j.Stage != present.JoinRefused || present.Code(j.Err) != "E_INVITE_CLOSED" {
		t.Errorf("declined: %s, %v", j.Stage, j.Err)
	}
	if st, err := k.Status(); err != nil || len(st.Groups) != 1 || st.Groups[0].Rendezvous != 1 {
		t.Errorf("the keeper has %+v, want the mailbox of the one invite that is open", st.Groups)
	}
}
