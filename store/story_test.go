package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"kith/store/care"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
)

const testPassphrase = "plum kettle orbit sand"

// home is one person's store in a test.
type home struct {
	*Ledger
	t    testing.TB
	dir  string
	rest *keyring.AtRest
	opt  Options
	peer []byte
}

func newHome(t *testing.T, name string) *home {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	rest, err := keyring.Create(dir, keyring.Options{Passphrase: testPassphrase})
	if err != nil {
		t.Fatal(err)
	}
	return homeAt(t, dir, name, rest)
}

// homeAt makes the store of a home whose vault is there.
func homeAt(t *testing.T, dir, name string, rest *keyring.AtRest) *home {
	t.Helper()
	h := &home{t: t, dir: dir, rest: rest, opt: Options{Now: func() time.Time { return time.Unix(1_795_000_000, 0) }}}
	var err error
	if h.Ledger, err = Create(dir, rest, name, h.opt); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(name))
	h.peer = append([]byte{0x12, 0x20}, sum[:]...)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// again closes the store and opens it anew, as a restart does.
func (h *home) again() {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	var err error
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) found(name string) kp1.GID {
	h.t.Helper()
	g, err := h.Found(context.Background(), Founding{Name: name, Peer: h.peer, Acts: []Draft{
		{Act: people.About{Kind: people.Constellation, Name: "Elm Row"}},
		{Act: people.Profile{Name: name}},
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	return g
}

func (h *home) do(g kp1.GID, a care.Act) kp1.ID {
	h.t.Helper()
	ids, err := h.Propose(context.Background(), g, Draft{Act: a, Comp: kp1.CompTeam})
	if err != nil {
		h.t.Fatalf("Propose(%s) = %v", a.Type(), err)
	}
	return ids[0]
}

// joinVia lets b into a's group by the whole of the invite.
func joinVia(t testing.TB, a, b *home, g kp1.GID, terms invite.Terms) {
	t.Helper()
	ctx := context.Background()
	inv, err := a.Invite(ctx, g, terms, []string{"/ip4/127.0.0.1/tcp/4001"}, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	link, err := inv.Link([]string{"/ip4/127.0.0.1/tcp/4001"})
	if err != nil {
		t.Fatal(err)
	}
	j, err := b.Join(ctx, link, b.Name(), b.peer)
	if err != nil {
		t.Fatal(err)
	}
	pub := public(j.Mailbox)
	for range 2 {
		post, err := b.JoinMail(ctx, j.ID, a.BoxList(pub))
		if err != nil {
			t.Fatal(err)
		}
		if post != nil {
			if err := a.BoxPut(ctx, pub, post); err != nil {
				t.Fatal(err)
			}
		}
	}
	reqs := a.View().Group(g).Requests
	if len(reqs) != 1 || reqs[0].Name != b.Name() || reqs[0].Words != j.Words {
		t.Fatalf("requests = %+v, want one of %q with words %v", reqs, b.Name(), j.Words)
	}
	if _, err := a.Approve(ctx, g, reqs[0].ID, Approval{Verified: group.VerifiedVoice}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.JoinMail(ctx, j.ID, a.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	meet(t, a, b, g)
	if _, err := b.Settle(ctx, introduce); err != nil {
		t.Fatal(err)
	}
	meet(t, a, b, g)
	for _, j := range b.View().Joins {
		if j.Group == g && j.Stage != JoinIn {
			t.Fatalf("join stage = %d, want %d (%v)", j.Stage, JoinIn, j.Why)
		}
	}
}

func introduce(name string) Draft { return Draft{Act: people.Profile{Name: name}} }

// meet brings two stores level by carrying all that one lacks to the other.
func meet(t testing.TB, a, b *home, g kp1.GID) {
	t.Helper()
	ctx := context.Background()
	for _, way := range [][2]*home{{a, b}, {b, a}} {
		items, _, err := way[0].Items(g)
		if err != nil {
			t.Fatal(err)
		}
		var ids []kp1.ID
		for _, i := range items {
			ids = append(ids, i.ID)
		}
		raws, err := way[0].Envelopes(ctx, g, way[1].Lacks(g, ids))
		if err != nil {
			t.Fatal(err)
		}
		res, err := way[1].Accept(ctx, g, way[0].View().Group(g).Device, raws)
		if err != nil {
			t.Fatal(err)
		}
		if err := way[0].Held(g, way[1].View().Group(g).Device, res.Held, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, way := range [][2]*home{{a, b}, {b, a}} { // as a network that has compared both to the end
		if err := way[0].Level(g, way[1].View().Group(g).Device); err != nil {
			t.Fatal(err)
		}
	}
}

func level(t testing.TB, g kp1.GID, homes ...*home) {
	t.Helper()
	want, err := homes[0].Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range homes {
		got, err := h.Fingerprint(g)
		if err != nil || got != want {
			t.Errorf("%s: Fingerprint = %s, %v, want %s", h.Name(), got.Short(), err, want.Short())
		}
		r, err := h.Check(context.Background())
		if err != nil || len(r.Bad) > 0 {
			t.Errorf("%s: Check = %+v, %v", h.Name(), r, err)
		}
	}
}

func TestStory(t *testing.T) {
	ada, sue, bev := newHome(t, "Ada"), newHome(t, "Sue"), newHome(t, "Bev")
	g := ada.found("Ada")
	joinVia(t, ada, sue, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	joinVia(t, ada, bev, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	meet(t, ada, sue, g)
	ask := ada.do(g, sleepover.Ask{Terms: sleepover.Terms{
		Child: "Mia", From: when.Date{Year: 2026, Month: 11, Day: 27}, To: when.Date{Year: 2026, Month: 11, Day: 28},
	}, Beds: 1, Kind: sleepover.Planned})
	if d := ada.Delivery(g, ask); !d.Stored || d.Of != 2 || d.Devices != 0 {
		t.Errorf("Delivery = %+v, want stored, 0 of 2", d)
	}
	meet(t, ada, sue, g)
	meet(t, ada, bev, g)
	ada.again()
	offer := sue.do(g, sleepover.Offer{Ask: ask, Condition: "home by lunch"})
	bev.do(g, sleepover.Offer{Ask: ask})
	meet(t, ada, sue, g)
	meet(t, ada, bev, g)
	if d := ada.Delivery(g, ask); d.Devices != 2 {
		t.Errorf("Delivery = %+v, want 2 devices by their own word", d)
	}
	ada.do(g, sleepover.Choose{Ask: ask, Offer: offer})
	meet(t, ada, sue, g)
	sue.again()
	sue.do(g, sleepover.Agree{Ask: ask})
	meet(t, ada, sue, g)
	meet(t, ada, bev, g)
	s, ok := bev.View().Group(g).Care.Sleepovers().Get(ask)
	if !ok || s.State.String() != "agreed" {
		t.Errorf("Bev sees %v %v, want agreed", s.State, ok)
	}
	th := bev.do(g, thread.New{Title: "Picnic"})
	bev.do(g, thread.Post{Thread: th, Text: "Sunday at eleven?"})
	meet(t, ada, bev, g)
	meet(t, ada, sue, g)
	level(t, g, ada, sue, bev)
	ada.again()
	sue.again()
	bev.again()
	level(t, g, ada, sue, bev)
	if _, err := ada.Remove(context.Background(), g, bev.View().Group(g).Me, ReasonUnsaid); err != nil {
		t.Fatal(err)
	}
	secret := ada.do(g, thread.Post{Thread: th, Text: "not for Bev"})
	meet(t, ada, sue, g)
	meet(t, ada, bev, g)
	if it, ok := mustThread(t, sue, g, th).Find(secret); !ok || it.Text != "not for Bev" {
		t.Errorf("Sue does not see what was written after the removal")
	}
	if _, ok := mustThread(t, bev, g, th).Find(secret); ok {
		t.Errorf("Bev reads what was written after her removal")
	}
	if _, err := bev.Propose(context.Background(), g, Draft{Act: thread.Post{Thread: th, Text: "hello"}}); err == nil {
		// Bev has not heard; what she writes now is hidden from the others.
		meet(t, ada, bev, g)
	} else if !errors.Is(err, ErrNotIn) && !errors.Is(err, ErrNoEpoch) {
		t.Errorf("Propose after removal = %v", err)
	}
	level(t, g, ada, sue)
	// She is asked back.
	joinVia(t, ada, bev, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	meet(t, ada, sue, g)
	level(t, g, ada, sue, bev)
}

func mustThread(t *testing.T, h *home, g kp1.GID, id kp1.ID) thread.Thread {
	t.Helper()
	th, ok := h.View().Group(g).Care.Threads().Get(id)
	if !ok {
		t.Fatalf("%s has no thread %s", h.Name(), id.Short())
	}
	return th
}
