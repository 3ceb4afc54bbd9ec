package peer

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/store"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

const inviterAt = "/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWGRUACn1eRnUHJ2W5J4QW4FTh6uAUNqgvUTrz5qWTmXfm"

// Somebody who was removed sends a member a link of their own making that names the group. Until the welcome is proved
// false, and it may never be, the group's own history says who is served.
func TestLinkLetsNobodyBackIn(t *testing.T) {
	info, err := peer.AddrInfoFromString(inviterAt)
	if err != nil {
		t.Fatal(err)
	}
	join := store.Join{Group: kp1.GID{1}, Stage: store.JoinApproved, Addrs: []string{inviterAt}}
	for name, c := range map[string]struct {
		in    bool
		peers []store.Peer
		want  bool
	}{
		"a newcomer asks the inviter":                {false, nil, true},
		"a member does not serve a stranger":         {true, nil, false},
		"a member does not serve who is out":         {true, []store.Peer{{Device: kp1.DID{2}, Peer: []byte(info.ID)}}, false},
		"a member serves a member all the same":      {true, []store.Peer{{Device: kp1.DID{2}, Peer: []byte(info.ID), In: true}}, true},
		"who came back asks one they knew of as out": {false, []store.Peer{{Device: kp1.DID{2}, Peer: []byte(info.ID)}}, true},
	} {
		v := store.View{Groups: []store.Group{{ID: kp1.GID{1}, In: c.in, Hello: [][32]byte{{3}}, Peers: c.peers}}, Joins: []store.Join{join}}
		got := false
		for _, q := range groupsOf(v)[0].Peers {
			got = got || q.ID == info.ID && q.In
		}
		if got != c.want {
			t.Errorf("%s: served = %v, want %v", name, got, c.want)
		}
	}
}

// Those of a support group may be strangers: unless its founder says that their computers may meet, they do not.
func TestSupportGroupMeetsThroughAMailboxUnlessSaid(t *testing.T) {
	p := started(t, Options{})
	defer p.Close()
	f := present.Found{Kind: present.PeerGroup, Name: "Oak", MyName: "Ada"}
	for _, f.Reach = range []string{"", present.ReachDirect, present.ReachMailbox} {
		g, err := p.Found(t.Context(), f)
		if err != nil {
			t.Errorf("once %q is said: %v", f.Reach, err)
		}
		if x, _ := p.World().Find(g); x.Direct != (f.Reach == present.ReachDirect) {
			t.Errorf("%q: computers meet directly = %v", f.Reach, x.Direct)
		}
		want := "E_NO_MAILBOX" // no Wi-Fi would help
		if f.Reach == present.ReachDirect {
			want = "E_NO_ADDRESS"
		}
		if _, err := p.Invite(t.Context(), g, present.InviteAsk{Rank: kp1.RankMember, History: "all"}); present.Code(err) != want {
			t.Errorf("%q: an invite before there is a mailbox: %v, want %s", f.Reach, err, want)
		}
	}
	f.Reach = "post"
	if _, err := p.Found(t.Context(), f); present.Code(err) != "E_REACH" {
		t.Errorf("a way that is none: %v, want E_REACH", err)
	}
}

// What nobody answered before the invite ran out is not shown as on its way for ever.
func TestJoinThatRanOutIsShownSo(t *testing.T) {
	stops := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		stage uint8
		now   time.Time
		want  string
		code  string
	}{
		"looking":                {store.JoinLooking, stops.Add(-time.Second), present.JoinLooking, ""},
		"looking, run out":       {store.JoinLooking, stops, present.JoinExpired, "E_INVITE_EXPIRED"},
		"arrived":                {store.JoinSent, stops.Add(-time.Second), present.JoinSent, ""},
		"arrived, run out":       {store.JoinSent, stops, present.JoinRefused, "E_INVITE_CLOSED"},
		"approved, then run out": {store.JoinApproved, stops, present.JoinWaiting, ""},
	} {
		if got := joinOf(store.Join{Stage: c.stage, Stops: stops}, c.now); got.Stage != c.want || present.Code(got.Err) != c.code {
			t.Errorf("%s: %s, %v, want %s, %s", name, got.Stage, got.Err, c.want, c.code)
		}
	}
}

func started(t *testing.T, o Options) *Peer {
	t.Helper()
	p := New(filepath.Join(t.TempDir(), "home"), o)
	if _, err := p.Start(context.Background(), present.Start{Name: "Ada", Passphrase: "plum kettle orbit sand"}); err != nil {
		t.Fatal(err)
	}
	return p
}

// A visitor who holds the link may ask to join and leave nothing else: a false welcome would end the true join.
func TestVisitorLeavesRequestsAlone(t *testing.T) {
	p := started(t, Options{})
	defer p.Close()
	g, err := p.Found(t.Context(), present.Found{Kind: present.Constellation, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	l, _ := p.Inside()
	i, err := l.Invite(t.Context(), g, invite.Terms{Rank: kp1.RankMember}, []string{inviterAt}, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.now()
	if err != nil {
		t.Fatal(err)
	}
	box := i.Secret.Keys().Mailbox.Public().(ed25519.PublicKey)
	key, err := op.DeriveBoxKey(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	welcome, err := op.SealWelcome(g, kp1.DID{9}, i.ID, 2950, key.Public(), make([]byte, 100))
	if err != nil {
		t.Fatal(err)
	}
	ask, err := op.SealJoinRequest(g, i.ID, 2950, key.Public(), make([]byte, 100))
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		env  []byte
		want error
	}{
		"a welcome": {welcome.Bytes, network.ErrKind}, "the drop": {in.shelf.List(box)[0], network.ErrKind},
		"junk": {[]byte("junk"), network.ErrKind}, "a request": {ask.Bytes, nil},
	} {
		if err := in.shelf.Put(t.Context(), box, c.env); !errors.Is(err, c.want) {
			t.Errorf("Put of %s = %v, want %v", what, err, c.want)
		}
	}
	if n := len(in.shelf.List(box)); n != 2 {
		t.Errorf("%d envelopes in the mailbox, want the drop and the request", n)
	}
}

// The idle lock goes by the clock on the wall as well: while a computer sleeps the other one stands still. Whoever opens
// its lid finds it locked at the first touch, and soon without one.
func TestIdleLockAfterSleep(t *testing.T) {
	for name, c := range map[string]struct {
		jump  time.Duration
		touch bool
		wait  time.Duration
	}{
		"slept, then touched":         {8 * time.Hour, true, 0},
		"slept":                       {8 * time.Hour, false, idleStep},
		"nobody came":                 {0, false, lockAfterUsual},
		"nobody came, clock set back": {-24 * time.Hour, false, lockAfterUsual},
		"touched with clock set back": {-24 * time.Hour, true, lockAfterUsual},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var jumped atomic.Int64
				p := started(t, Options{IdleLock: true, Now: func() time.Time { return time.Now().Add(time.Duration(jumped.Load())) }})
				defer p.Close()
				locked := func() bool { synctest.Wait(); return p.World().Locked }
				time.Sleep(time.Second)
				p.Touched()
				if locked() {
					t.Fatal("locked after a second")
				}
				jumped.Store(int64(c.jump))
				if c.touch {
					p.Touched()
				}
				if c.wait > idleStep {
					time.Sleep(c.wait - 2*idleStep)
					if locked() {
						t.Errorf("locked before %v", c.wait)
					}
					time.Sleep(2 * idleStep)
				}
				time.Sleep(idleStep)
				if !locked() {
					t.Errorf("not locked %v after the last touch", c.wait)
				}
			})
		})
	}
}

// A window that was closed while the program goes on holds the idle lock back, also over a sleep and an unlocking, and lets it
// go on afterwards.
func TestKeepOpenHoldsTheIdleLockBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var jumped atomic.Int64
		p := started(t, Options{IdleLock: true, Now: func() time.Time { return time.Now().Add(time.Duration(jumped.Load())) }})
		defer p.Close()
		locked := func() bool { synctest.Wait(); return p.World().Locked }
		p.KeepOpen(true)
		p.Touched()
		time.Sleep(2 * lockAfterMost)
		jumped.Store(int64(8 * time.Hour))
		time.Sleep(idleStep)
		if locked() {
			t.Fatal("locked while it was to stay open")
		}
		p.KeepOpen(false)
		time.Sleep(lockAfterUsual - idleStep)
		if locked() {
			t.Error("locked before its time")
		}
		time.Sleep(2 * idleStep)
		if !locked() {
			t.Error("not locked any more at all")
		}
	})
}

// Every word that the node listens may come from any of its goroutines; it is told on once.
func TestListeningIsToldOnce(t *testing.T) {
	var tell func(network.Event)
	p := New(filepath.Join(t.TempDir(), "home"), Options{Over: func(o network.Options, s network.Shelf, r network.Rendezvous) (*network.Node, error) {
		tell = o.Tell
		o.Tell = func(e network.Event) {
			for range 8 {
				go tell(e)
			}
			tell(e)
		}
		return network.New(o, s, r)
	}})
	if _, err := p.Start(t.Context(), present.Start{Name: "Ada", Passphrase: "plum kettle orbit sand"}); err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, stop := context.WithCancel(t.Context())
	told := make(chan []string, 16)
	ended := make(chan error, 1)
	go func() {
		ended <- p.Serve(ctx, verb.Serving{Listen: []string{"/ip4/127.0.0.1/tcp/0"}}, func(a []string) { told <- a })
	}()
	<-told
	stop()
	if err := <-ended; err != nil || len(told) > 0 {
		t.Errorf("Serve = %v, told %d times more", err, len(told))
	}
}

// Looking around ends when it was said to end, and what the window says of it is so.
func TestNearbyEndsWhenSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(filepath.Join(t.TempDir(), "home"), Options{})
		on := func(want bool) {
			t.Helper()
			synctest.Wait()
			if got := p.World().Net.Nearby; got != want {
				t.Errorf("looking around = %v, want %v", got, want)
			}
		}
		_ = p.Nearby(t.Context(), true)
		time.Sleep(9 * time.Minute)
		on(true)
		_ = p.Nearby(t.Context(), false)
		on(false)
		_ = p.Nearby(t.Context(), true)
		time.Sleep(2 * time.Minute) // the end of the first time is not the end of the second
		on(true)
		time.Sleep(9 * time.Minute)
		on(false)
		if _, still := p.near.left(); still {
			t.Error("a node that starts now would look around without end")
		}
	})
}

// A name that the group would not take is refused before anything is asked, not when the way in is over.
func TestJoinRefusesANameTheGroupWould(t *testing.T) {
	ada, sue := started(t, Options{}), started(t, Options{})
	defer ada.Close()
	defer sue.Close()
	g, err := ada.Found(t.Context(), present.Found{Kind: present.Constellation, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	l, _ := ada.Inside()
	i, err := l.Invite(t.Context(), g, invite.Terms{Rank: kp1.RankMember}, []string{inviterAt}, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	link, err := i.Link([]string{inviterAt})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", strings.Repeat("n", 101), "Sue\nBev"} {
		if _, err := sue.Join(t.Context(), link, name); err == nil || len(sue.World().Joins) != 0 {
			t.Errorf("Join as %q = %v, %d filed; want a refusal", name, err, len(sue.World().Joins))
		}
	}
	if _, err := sue.Join(t.Context(), link, strings.Repeat("n", 100)); err != nil {
		t.Errorf("Join with the longest name = %v", err)
	}
	for hint, want := range map[string]string{
		"": "[]", "Elm Row": "[]", "Elm Row\nAda": "[Ada]", "Elm Row\nAda\nBev\n\nCas": "[Ada Bev Cas]", "Elm Row\na\nb\nc\nd": "[a b c]",
	} {
		name, answers := readHint(hint)
		if got := fmt.Sprint(answers); got != want || name != strings.Split(hint, "\n")[0] {
			t.Errorf("readHint(%q) = %q, %s, want %s", hint, name, got, want)
		}
	}
}
