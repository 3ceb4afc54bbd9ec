package peer_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/store/kp1"
)

// Two laptops that are never on together meet through a third computer that stays on, though its own home is locked all the
// while. Its person copied no link. When they want it no more, the group uses it no more and nothing of it is left.
func TestKeepForNeverOnTogether(t *testing.T) {
	dir := t.TempDir()
	adaAt, sueAt, janAt := filepath.Join(dir, "ada"), filepath.Join(dir, "sue"), filepath.Join(dir, "jan")
	ada, sue, jan := on(t, "Ada", adaAt), on(t, "Sue", sueAt), on(t, "Jan", janAt)
	ctx := t.Context()
	g, err := jan.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Jan"})
	if err != nil {
		t.Fatal(err)
	}
	jan.letIn(t, g, ada.one, "Ada")
	jan.letIn(t, g, sue.one, "Sue")
	if _, err := ada.KeepFor(ctx, g, true); present.Code(err) != "E_NOT_ALLOWED" {
		t.Errorf("KeepFor by somebody who does not lead = %v", err)
	}
	if h := ada.World().Hosted; h.On || exists(adaAt, "kept") {
		t.Errorf("after a no there is %+v", h)
	}
	for range 2 { // the second time nothing happens
		if _, err := jan.KeepFor(ctx, g, true); err != nil {
			t.Fatal(err)
		}
	}
	if w := jan.World(); !w.Hosted.Up || !w.Hosted.Keeps(g) || len(w.Groups[0].Boxes) != 1 || !w.Groups[0].Boxes[0].Here {
		t.Fatalf("kept for the group: %+v, mailboxes %+v", w.Hosted, w.Groups[0].Boxes)
	}
	for _, l := range []*laptop{ada, sue} {
		l.until("knows the mailbox", func(present.World) bool { return len(l.Mailboxes(g)) == 1 })
	}
	own := jan.write(t, g, "from Jan")
	ada.reads(own)
	jan.until("that Ada has it", func(w present.World) bool { return w.Groups[0].Delivery(own).Devices > 0 })
	if jan.World().Groups[0].Delivery(own).Mailbox {
		t.Error("what lies on this computer alone is said to be in the mailbox")
	}
	inv, err := jan.Invite(ctx, g, present.InviteAsk{Rank: kp1.RankMember, History: "all"})
	if err != nil {
		t.Fatal(err)
	}
	if err := jan.VisitMailboxes(ctx); err != nil {
		t.Fatal(err)
	}
	if open := jan.World().Groups[0].Invites; len(open) != 1 || open[0].ID != inv.ID || open[0].Waits {
		t.Errorf("an invite that lies on this computer alone: %+v", open)
	}
	if err := jan.EndInvite(ctx, g, inv.ID); err != nil {
		t.Fatal(err)
	}
	if err := jan.Lock(ctx, present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	sue.end()
	first := ada.write(t, g, "from Ada")
	ada.mailed(g, first)
	ada.end()
	sue = on(t, "Sue", sueAt)
	sue.reads(first)
	second := sue.write(t, g, "from Sue")
	sue.mailed(g, second)
	sue.end()
	jan.end()
	jan = on(t, "Jan", janAt) // after a restart it stands where it stood
	if err := jan.Lock(ctx, present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	ada = on(t, "Ada", adaAt)
	ada.reads(second)
	ada.end()

	if err := jan.Unlock(ctx, "plum kettle orbit sand"); err != nil {
		t.Fatal(err)
	}
	jan.reads(second)
	if _, err := jan.KeepFor(ctx, g, false); err != nil {
		t.Fatal(err)
	}
	if w := jan.World(); w.Hosted.On || w.Hosted.Up || len(w.Groups[0].Boxes) != 0 || exists(janAt, "kept") {
		t.Errorf("kept no more: %+v, mailboxes %+v, folder there: %v", w.Hosted, w.Groups[0].Boxes, exists(janAt, "kept"))
	}
}

// A wipe takes the mailbox away with all that waits in it, and where the group itself stops using it the same happens by itself.
func TestWipeTakesWhatIsKept(t *testing.T) {
	at := filepath.Join(t.TempDir(), "jan")
	jan := on(t, "Jan", at)
	ctx := t.Context()
	g, err := jan.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Jan"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jan.KeepFor(ctx, g, true); err != nil {
		t.Fatal(err)
	}
	if _, err := jan.DropMailbox(ctx, g, jan.World().Groups[0].Boxes[0].ID); err != nil {
		t.Fatal(err)
	}
	jan.until("that it is gone with the group's use of it", func(w present.World) bool {
		return !w.Hosted.On && !w.Hosted.Keeps(g) && !exists(at, "kept")
	})
	if _, err := jan.KeepFor(ctx, g, true); err != nil {
		t.Fatal(err)
	}
	if h := jan.World().Hosted; !h.Up || h.Bytes == 0 {
		t.Errorf("kept again: %+v", h)
	}
	if err := jan.Wipe(ctx); err != nil {
		t.Fatal(err)
	}
	if h := jan.World().Hosted; h.On || h.Up || exists(at, "kept") {
		t.Errorf("after a wipe: %+v, folder there: %v", h, exists(at, "kept"))
	}
}

// Nobody serves: it is set up all the same, and runs with whoever serves next. What lies on the disk says no name and no id
// of the group.
func TestKeepForWithoutServing(t *testing.T) {
	at := filepath.Join(t.TempDir(), "jan")
	p := peer.New(at, peer.Options{})
	ctx := t.Context()
	if _, err := p.Start(ctx, present.Start{Name: "Bartholomew", Passphrase: "plum kettle orbit sand"}); err != nil {
		t.Fatal(err)
	}
	g, err := p.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Bartholomew"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.KeepFor(ctx, g, true); err != nil {
		t.Fatal(err)
	}
	if h := p.World().Hosted; !h.On || h.Up || !h.Keeps(g) {
		t.Errorf("set up, and nobody serves: %+v", h)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	all := holds(t, filepath.Join(at, "kept"))
	for _, secret := range []string{"Bartholomew", "Elm Row", string(g[:]), g.String()} {
		if strings.Contains(all, secret) {
			t.Errorf("what is kept says %q", secret)
		}
	}
	jan := on(t, "Bartholomew", at)
	jan.until("that it runs", func(w present.World) bool { return w.Hosted.Up })
	if _, err := jan.KeepFor(ctx, kp1.GID{1}, false); err != nil {
		t.Errorf("KeepFor(no, a group that nothing is kept for) = %v", err)
	}
}

func exists(parts ...string) bool {
	_, err := os.Lstat(filepath.Join(parts...))
	return err == nil
}

// holds is all bytes of all files of a folder.
func holds(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	if err != nil || all.Len() == 0 {
		t.Fatalf("%s holds %d bytes: %v", dir, all.Len(), err)
	}
	return all.String()
}
