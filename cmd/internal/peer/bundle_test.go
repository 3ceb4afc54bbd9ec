package peer_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/kp1"
)

// apart is a peer that is never on a network.
func apart(t *testing.T, name string) *one {
	t.Helper()
	home := filepath.Join(t.TempDir(), name)
	p := peer.New(home, peer.Options{})
	if _, err := p.Start(t.Context(), present.Start{Name: name, Passphrase: testPassphrase}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("%s: Close = %v", name, err)
		}
	})
	return &one{p, t, home}
}

// stick is a folder that is carried from one to the other.
type stick struct {
	dir string
	n   int
}

// out writes a new file.
func (s *stick) out(o *one, g kp1.GID) string {
	o.t.Helper()
	s.n++
	path := filepath.Join(s.dir, string(rune('a'+s.n))+present.BundleSuffix)
	if _, err := o.BundleOut(o.t.Context(), path, g, false); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// carry takes what one has to the other.
func (s *stick) carry(from, to *one, g kp1.GID) present.Brought {
	from.t.Helper()
	b, err := to.BundleIn(to.t.Context(), s.out(from, g))
	if err != nil {
		from.t.Fatal(err)
	}
	return b
}

// joinByStick lets somebody in who is never reached.
func (s *stick) join(t *testing.T, host, guest *one, g kp1.GID, name string) kp1.MID {
	t.Helper()
	ctx := t.Context()
	inv, err := host.Invite(ctx, g, present.InviteAsk{Rank: kp1.RankMember, History: "all", Stick: true})
	if err != nil {
		t.Fatal(err)
	}
	j, err := guest.Join(ctx, inv.Link, name)
	if err != nil {
		t.Fatal(err)
	}
	if b := s.carry(host, guest, g); !b.Answer || b.Welcome || len(b.Groups) != 0 {
		t.Fatalf("%s reads the invitation: %+v", name, b)
	}
	if b := s.carry(guest, host, kp1.GID{}); b.Requests != 1 {
		t.Fatalf("the request comes back: %+v", b)
	}
	w, _ := host.World().Find(g)
	if len(w.Requests) != 1 || w.Requests[0].Words != j.Words || w.Requests[0].Name != name {
		t.Fatalf("requests = %+v, want %s with %v", w.Requests, name, j.Words)
	}
	if _, err := host.Approve(ctx, g, w.Requests[0].ID, present.Approval{Verified: present.VerifiedPerson}); err != nil {
		t.Fatal(err)
	}
	if b := s.carry(host, guest, g); !b.Welcome || !slices.Equal(b.Groups, []kp1.GID{g}) {
		t.Fatalf("%s is let in: %+v", name, b)
	}
	x, ok := guest.World().Find(g)
	if !ok || guest.World().Joins[0].Stage != present.JoinApproved {
		t.Fatalf("%s is not in: %+v", name, guest.World().Joins)
	}
	s.carry(guest, host, g) // who they are
	return x.Me
}

func say(o *one, g kp1.GID, a care.Act) kp1.ID {
	o.t.Helper()
	id, err := o.Propose(o.t.Context(), g, a)
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// TestBundleNeverConnected: two who never meet found, join, talk, share a calendar, take somebody out, and know who has
// what. Nothing goes between them but files.
func TestBundleNeverConnected(t *testing.T) {
	ada, sue, ned := apart(t, "Ada"), apart(t, "Sue"), apart(t, "Ned")
	s := &stick{dir: t.TempDir()}
	g := ada.elmRow(t)
	s.join(t, ada, sue, g, "Sue")
	out := s.join(t, ada, ned, g, "Ned")
	s.carry(ada, sue, g)

	talk := say(ada, g, thread.New{Title: "picnic"})
	post := say(ada, g, thread.Post{Thread: talk, Text: "who brings cake?"})
	day := when.Date{Year: 2026, Month: 12, Day: 5}
	event := say(ada, g, calendar.Add{Content: calendar.Content{Title: "Picnic", When: when.Span{AllDay: true, From: day, To: when.Date{Year: 2026, Month: 12, Day: 6}}}})
	if d := delivery(t, ada, g, post); d.Devices != 0 || d.Of != 2 {
		t.Errorf("before anything was carried: %d of %d", d.Devices, d.Of)
	}
	s.carry(ada, sue, g)
	x, _ := sue.World().Find(g)
	th, ok := x.Threads().Get(talk)
	if _, here := th.Find(post); !ok || !here {
		t.Fatal("the post did not come")
	}
	if _, ok := x.Care.Calendar().Get(event); !ok {
		t.Error("the event did not come")
	}
	if d := delivery(t, ada, g, post); d.Devices != 0 {
		t.Errorf("what was carried away is claimed to have come: %d of %d", d.Devices, d.Of)
	}
	reply := say(sue, g, thread.Post{Thread: talk, Text: "me"})
	answer := s.out(sue, g)
	if b, err := ada.BundleIn(t.Context(), answer); err != nil || b.New == 0 || b.Refused != 0 {
		t.Fatalf("the answer: %+v, %v", b, err)
	}
	if d := delivery(t, ada, g, event); d.Devices != 1 || d.Of != 2 {
		t.Errorf("once Sue's computer has said so: %d of %d, want 1 of 2", d.Devices, d.Of)
	}
	x, _ = ada.World().Find(g)
	th, _ = x.Threads().Get(talk)
	if _, here := th.Find(reply); !here {
		t.Error("the reply did not come")
	}
	// An old stick once more changes nothing.
	if b, err := ada.BundleIn(t.Context(), answer); err != nil || b.New != 0 || b.Envelopes == 0 {
		t.Errorf("the same stick again: %+v, %v", b, err)
	}

	if _, err := ada.Expel(t.Context(), g, out); err != nil {
		t.Fatal(err)
	}
	late := s.out(ada, g)
	if _, err := ned.BundleIn(t.Context(), late); present.Code(err) != "E_BUNDLE_OTHER" {
		t.Errorf("who was taken out reads a later stick: %v, want E_BUNDLE_OTHER", err)
	}
	if _, err := sue.BundleIn(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	x, _ = sue.World().Find(g)
	if slices.ContainsFunc(x.State.Members, func(m group.Member) bool { return m.ID == out }) || len(x.State.Members) != 2 {
		t.Errorf("%d members at Sue's, Ned among them or not", len(x.State.Members))
	}
	after := say(sue, g, thread.Post{Thread: talk, Text: "just us"})
	s.carry(sue, ada, g)
	x, _ = ada.World().Find(g)
	th, _ = x.Threads().Get(talk)
	if _, here := th.Find(after); !here {
		t.Error("what was written after the removal did not come")
	}
	if _, err := ned.BundleIn(t.Context(), s.out(sue, g)); present.Code(err) != "E_BUNDLE_OTHER" {
		t.Errorf("who was taken out reads Sue's stick: %v, want E_BUNDLE_OTHER", err)
	}
}

func delivery(t *testing.T, o *one, g kp1.GID, id kp1.ID) present.Delivery {
	t.Helper()
	x, ok := o.World().Find(g)
	if !ok {
		t.Fatal("no such group")
	}
	return x.Delivery(id)
}

// TestBundleIsRefused: what is no bundle, of others, cut short or nothing is said by its name, and leaves no file behind.
func TestBundleIsRefused(t *testing.T) {
	ada, sue := apart(t, "Ada"), apart(t, "Sue")
	ctx := t.Context()
	s := &stick{dir: t.TempDir()}
	if _, err := sue.BundleOut(ctx, filepath.Join(s.dir, "x"), kp1.GID{}, false); present.Code(err) != "E_BUNDLE_NOTHING" {
		t.Errorf("with nothing to carry: %v, want E_BUNDLE_NOTHING", err)
	}
	g := ada.elmRow(t)
	path := s.out(ada, g)
	if _, err := ada.BundleOut(ctx, path, g, false); present.Code(err) != "E_FILE_EXISTS" {
		t.Errorf("over a file: %v, want E_FILE_EXISTS", err)
	}
	if _, err := ada.BundleOut(ctx, filepath.Join(path, "no folder"), g, true); present.Code(err) != "E_DISK" {
		t.Errorf("into a file: %v, want E_DISK", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ada.BundleOut(gone, filepath.Join(s.dir, "ended"), g, true); !errors.Is(err, context.Canceled) {
		t.Errorf("that was ended: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(s.dir, "ended")); err == nil {
		t.Error("half a file has the name of a whole one")
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(whole, g[:]) || bytes.Contains(whole, []byte("Elm Row")) || bytes.Contains(whole, []byte("Ada")) {
		t.Error("a finder reads which group it is")
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, x := range map[string]struct {
		who  *one
		path string
		code string
	}{
		"another group's":  {sue, path, "E_BUNDLE_OTHER"},
		"no file":          {ada, filepath.Join(s.dir, "none"), "E_NO_FILE"},
		"a folder":         {ada, s.dir, "E_NOT_BUNDLE"},
		"a letter":         {ada, write("letter", []byte("dear all")), "E_NOT_BUNDLE"},
		"of a later Kith":  {ada, write("later", []byte("kith bundle 2\n")), "E_BUNDLE_NEWER"},
		"cut short":        {ada, write("cut", whole[:len(whole)-1]), "E_BUNDLE_DAMAGED"},
		"its first lines":  {ada, write("head", whole[:40]), "E_BUNDLE_DAMAGED"},
		"changed in a bit": {ada, write("bit", append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1)), "E_BUNDLE_DAMAGED"},
	} {
		if _, err := x.who.BundleIn(ctx, x.path); present.Code(err) != x.code {
			t.Errorf("%s: %v, want %s", name, err, x.code)
		}
	}
	if b, err := ada.BundleIn(ctx, path); err != nil || b.New != 0 || b.Envelopes == 0 {
		t.Errorf("Ada reads her own: %+v, %v", b, err)
	}
	if left, err := filepath.Glob(filepath.Join(s.dir, "*.new")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
