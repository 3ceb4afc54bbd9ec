package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
)

// backup writes a backup of h and says where.
func (h *home) backup(settings ...string) string {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), "kith.backup")
	if _, err := h.Backup(context.Background(), path, Backing{Settings: settings}); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func testPeer(pub ed25519.PublicKey) ([]byte, error) {
	sum := sha256.Sum256(pub)
	return append([]byte{0x12, 0x20}, sum[:]...), nil
}

// restored is a home made from a backup.
func restored(t testing.TB, path string, rs keyring.Recovery) (*home, Restored) {
	t.Helper()
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, dir: filepath.Join(t.TempDir(), "restored"), rest: rest, opt: Options{Now: testNow}}
	if err := os.Mkdir(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r, err := Restore(context.Background(), h.dir, rest, path, Restoring{Options: h.opt, Recovery: rs, Peer: testPeer})
	if err != nil {
		t.Fatal(err)
	}
	if h.Ledger, err = Open(h.dir, rest, h.opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h, r
}

// plainOf takes the encryption off a backup.
func plainOf(t testing.TB, path string, rs keyring.Recovery) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, _, err := openBackup(f, Restoring{Recovery: rs})
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// deviceOf is which device a home is in a group.
func (h *home) deviceOf(g kp1.GID) kp1.DID { return h.View().Group(g).Device }

// waitsIn says whether h sees device d wait for somebody's word.
func (h *home) waitsIn(g kp1.GID, d kp1.DID) bool {
	for _, x := range h.View().Group(g).State.Waiting {
		if x.ID == d {
			return true
		}
	}
	return false
}

// evidence counts the content forks h knows of, and the devices that somebody or something has thrown out.
func (h *home) evidence(g kp1.GID) (n int) {
	h.t.Helper()
	n = len(h.groups[g].forks)
	for id := range h.groups[g].devices {
		if _, in := h.View().Group(g).State.Device(id); !in && !h.waitsIn(g, id) {
			n++
		}
	}
	return n
}

// TestT31BackupHoldsNoDeviceKey: what the words open tells everything but the keys of the device that wrote it.
func TestT31BackupHoldsNoDeviceKey(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada := homes[0]
	ada.talk(g, "secrets", "one", "two")
	if _, err := ada.Join(context.Background(), mustLink(t, homes[1]), "Ada", ada.peer); err != nil { // its device keys lie in the store too
		t.Fatal(err)
	}
	plain := plainOf(t, ada.backup(), ada.Recovery())
	h := ada.groups[g]
	rs := ada.Recovery()
	for name, secret := range map[string][]byte{
		"dsk": h.self.Sign, "dhk": h.self.Open[0], "tk": ada.who.Seed, "words": rs[:],
		"backup key": []byte(keyring.BackupIdentity(rs)), "root key": keyring.RootKey(rs, g).Seed(),
	} {
		if bytes.Contains(plain, secret) {
			t.Errorf("the backup holds %s", name)
		}
	}
	for _, j := range ada.joins {
		if bytes.Contains(plain, j.Sign) || bytes.Contains(plain, j.Open) {
			t.Error("the backup holds the keys of a device that asks to join")
		}
	}
	for _, e := range h.ring {
		if e.key[kp1.CompAll] != nil && !bytes.Contains(plain, e.key[kp1.CompAll][:]) {
			t.Error("the backup lacks a key of an epoch")
		}
	}
}

// mustLink is a link to a group of h's own.
func mustLink(t *testing.T, h *home) string {
	t.Helper()
	g := h.found(h.Name())
	inv, err := h.Invite(context.Background(), g, termsOfMember(), testAddrs, "Other")
	if err != nil {
		t.Fatal(err)
	}
	link, err := inv.Link(testAddrs)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// TestT31RestoreIsANewDevice: it reads all, writes nothing, is inert everywhere until another member confirms it, and
// then goes on; the old device goes on beside it.
func TestT31RestoreIsANewDevice(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	th := bev.talk(g, "before", "one", "two")
	levelAll(t, g, homes)
	if err := bev.SetLocal("settings", []byte("as Bev likes it")); err != nil {
		t.Fatal(err)
	}
	path := bev.backup("settings", "nothing")
	again, out := restored(t, path, bev.Recovery())
	if out.Name != "Bev" || len(out.Groups) != 1 || !out.Groups[0].Asks || out.LeftOut != 0 {
		t.Fatalf("Restore = %+v", out)
	}
	if v, err := again.Local("settings"); err != nil || string(v) != "as Bev likes it" {
		t.Errorf("settings = %q, %v", v, err)
	}
	again.clean()
	old, fresh := bev.deviceOf(g), again.deviceOf(g)
	if fresh == old || again.me(g) != bev.me(g) || bytes.Equal(again.Transport(), bev.Transport()) {
		t.Fatalf("restored as device %s of %s, was %s of %s", fresh.Short(), again.me(g).Short(), old.Short(), bev.me(g).Short())
	}
	mustThread(t, again, g, th)
	if got, want := sum(t, again, g), sum(t, bev, g); got != want {
		t.Error("the restored home shows something else")
	}
	if !again.waitsIn(g, fresh) || again.View().Group(g).In {
		t.Error("the restored device does not wait")
	}
	if _, err := again.Propose(ctx, g, Draft{Act: thread.New{Title: "too early"}, Comp: kp1.CompTeam}); !errors.Is(err, ErrNotIn) {
		t.Errorf("a device that waits wrote: %v", err)
	}
	if wrote, err := again.Tend(ctx, g); err != nil || wrote {
		t.Errorf("a device that waits tended: %v, %v", wrote, err)
	}

	// Bev's old computer still writes; the others hear of the new one, which stays inert.
	late := bev.do(g, thread.New{Title: "after"})
	all := append(homes, again)
	levelAll(t, g, all)
	for _, h := range homes {
		if !h.waitsIn(g, fresh) {
			t.Errorf("%s does not see that a device waits", h.Name())
		}
	}
	if _, err := bev.Confirm(ctx, g, fresh); err == nil {
		t.Error("Bev confirmed a device of her own")
	}
	d, err := cy.Confirm(ctx, g, fresh)
	must(t, d, err, false)
	tend(t, g, all)
	for _, h := range all {
		if _, in := h.View().Group(g).State.Device(fresh); !in {
			t.Errorf("%s does not count the device as in", h.Name())
		}
	}
	mustThread(t, again, g, late)
	hello := again.do(g, thread.New{Title: "here again"})
	more := bev.do(g, thread.New{Title: "and here still"})
	levelAll(t, g, all)
	for _, h := range all {
		mustThread(t, h, g, hello)
		mustThread(t, h, g, more)
		if n := h.evidence(g); n != 0 {
			t.Errorf("%s holds %d forks and evidence", h.Name(), n)
		}
	}
	again.clean()
	again.again()
	mustThread(t, again, g, hello)
	_ = ada
}

// TestT31TwoOldCopies: restoring an old copy twice, while the device that made it goes on, is no fork.
func TestT31TwoOldCopies(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev := homes[0], homes[1]
	path := bev.backup()
	bev.talk(g, "goes on", "a", "b", "c")
	levelAll(t, g, homes)
	one, _ := restored(t, path, bev.Recovery())
	two, _ := restored(t, path, bev.Recovery())
	all := append(homes, one, two)
	levelAll(t, g, all)
	for _, h := range []*home{one, two} {
		d, err := ada.Confirm(ctx, g, h.deviceOf(g))
		must(t, d, err, false)
	}
	tend(t, g, all)
	for _, h := range []*home{one, two, bev} {
		h.do(g, thread.New{Title: "each of them"})
	}
	tend(t, g, all)
	want := sum(t, ada, g)
	for _, h := range all {
		if n := h.evidence(g); n != 0 {
			t.Errorf("%s holds %d forks and evidence", h.dir, n)
		}
		if sum(t, h, g) != want {
			t.Errorf("%s shows something else", h.dir)
		}
	}
}

// TestRestoreOfWordsForFew: what was for this person among few is read from the backup alone, and nothing else is.
func TestRestoreOfWordsForFew(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	mine := ada.mustConfide(g, kp1.CompTeam, "for Bev", bev.me(g))
	own := bev.mustConfide(g, kp1.CompTeam, "for Ada", ada.me(g))
	not := ada.mustConfide(g, kp1.CompTeam, "for Cy", cy.me(g))
	levelAll(t, g, homes)
	again, out := restored(t, bev.backup(), bev.Recovery())
	if out.LeftOut != 0 {
		t.Errorf("%d envelopes were left out", out.LeftOut)
	}
	again.wants(g, mine, act.Here, "for Bev")
	again.wants(g, own, act.Here, "for Ada")
	again.wants(g, not, act.Others, "")
	again.clean()
	again.again()
	again.wants(g, mine, act.Here, "for Bev")
}

// TestRestoreOfWhoLeft: somebody who was out when the backup was made reads on, and asks for nothing.
func TestRestoreOfWhoLeft(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	th := bev.talk(g, "then", "x")
	if _, err := bev.Leave(ctx, g); err != nil {
		t.Fatal(err)
	}
	again, out := restored(t, bev.backup(), bev.Recovery())
	if len(out.Groups) != 1 || out.Groups[0].Asks {
		t.Errorf("Restore = %+v, want a group that is not asked", out)
	}
	mustThread(t, again, g, th)
	again.clean()
	if again.View().Group(g).State.Hash() != bev.View().Group(g).State.Hash() {
		t.Error("who is in differs")
	}
	_ = ada
}

// TestRestoreKeepsTheFence: what had passed the fences passes them again, and what waited waits.
func TestRestoreKeepsTheFence(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	d, err := cy.Remove(ctx, g, dot.me(g), ReasonUnsaid)
	held := must(t, d, err, false)
	d, err = ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	meet(t, ada, bev, g)
	meet(t, cy, ada, g)
	again, out := restored(t, ada.backup(), ada.Recovery())
	if out.LeftOut != 0 {
		t.Errorf("%d envelopes were left out", out.LeftOut)
	}
	if _, in := again.rankOf(g, dot.me(g)); !in {
		t.Error("what waits behind a fence has its effect after a restore")
	}
	if h := again.groups[g].log.Held(); len(h) == 0 || h[0] != held {
		t.Errorf("held = %v, want the removal", h)
	}
	again.clean()
}

func sum(t testing.TB, h *home, g kp1.GID) [32]byte {
	t.Helper()
	b, err := h.View().Group(g).Care.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}

func termsOfMember() (terms invite.Terms) {
	terms.Rank, terms.History = kp1.RankMember, group.HistoryAll
	return terms
}
