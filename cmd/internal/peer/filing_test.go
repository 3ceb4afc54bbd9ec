package peer_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"kith/app/present"
	"kith/network/keeper"
	"kith/network/mailbox"
	"kith/store/care/erase"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// album is a file of so many bytes.
func album(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func (o *one) gives(g kp1.GID, talk kp1.ID, data []byte) kp1.ID {
	o.t.Helper()
	_, id, err := o.GiveFile(o.t.Context(), g, thread.File{Thread: talk, File: file.File{Name: "album.zip", Type: "application/zip"}}, data, "", present.Audience{})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// has reports whether all of a file is here, as it was given.
func (o *one) has(g kp1.GID, id kp1.ID, data []byte) bool {
	got, err := o.ReadFile(o.t.Context(), g, id)
	return err == nil && bytes.Equal(got, data)
}

// TestFileNeverOnTogether: a file goes through the mailbox between two who are never on together. It is said to be in the
// mailbox once all of it is; what is taken back goes there too.
func TestFileNeverOnTogether(t *testing.T) {
	dir := t.TempDir()
	adaAt, sueAt := filepath.Join(dir, "ada"), filepath.Join(dir, "sue")
	k := keep(t, filepath.Join(dir, "keeper"), keeper.Options{})
	ada, sue := on(t, "Ada", adaAt), on(t, "Sue", sueAt)
	g, err := ada.Found(t.Context(), present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	ada.letIn(t, g, sue.one, "Sue")
	if err := ada.PairMailbox(t.Context(), g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	sue.until("knows the mailbox", func(present.World) bool { return len(sue.Mailboxes(g)) == 1 })
	sue.end()
	talk := ada.write(t, g, "papers")
	data := album(5*kp1.MaxPayload + 9)
	id := ada.gives(g, talk, data)
	ada.mailed(g, id)
	full := held(t, k)
	ada.end()

	sue = on(t, "Sue", sueAt)
	sue.until("the file", func(present.World) bool { return sue.has(g, id, data) })
	sue.end()

	ada = on(t, "Ada", adaAt)
	if _, err := ada.Propose(t.Context(), g, erase.Delete{Target: id}); err != nil {
		t.Fatal(err)
	}
	ada.until("the mailbox lets it go", func(present.World) bool { return held(t, k)+5*kp1.MaxPayload <= full })
}

// A mailbox that is half full takes no more of a file, says so, and goes on taking words.
func TestFilesLeaveRoomForWords(t *testing.T) {
	dir := t.TempDir()
	k := keep(t, filepath.Join(dir, "keeper"), keeper.Options{Limits: mailbox.Limits{Bytes: 12 * kp1.MaxPayload, Share: 100}})
	ada := on(t, "Ada", filepath.Join(dir, "ada"))
	g, err := ada.Found(t.Context(), present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ada.PairMailbox(t.Context(), g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	talk := ada.write(t, g, "papers")
	ada.mailed(g, talk)
	id := ada.gives(g, talk, album(9*kp1.MaxPayload))
	w := ada.until("no room for files", func(w present.World) bool { return w.Groups[0].Boxes[0].NoFiles })
	if b := w.Groups[0].Boxes[0]; b.Health(present.Net{On: true}) != present.BoxNoFiles || w.Groups[0].Delivery(id).Mailbox {
		t.Errorf("a mailbox without room for files: %+v; the file is said to be in it: %v", b, w.Groups[0].Delivery(id).Mailbox)
	}
	if d, said := w.Groups[0].Has(id), w.Groups[0].Has(talk); !d.NoRoom || said.NoRoom {
		t.Errorf("that there is no room is said of the file: %v, of words: %v", d.NoRoom, said.NoRoom)
	}
	if n := held(t, k); n > 6*kp1.MaxPayload {
		t.Errorf("%d bytes of a file's are in a mailbox of %d", n, 12*kp1.MaxPayload)
	}
	more := ada.write(t, g, "and words")
	ada.mailed(g, more)
}

// held is how many bytes a mailbox holds.
func held(t *testing.T, k *box) (n int) {
	t.Helper()
	s, err := k.Status()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range s.Groups {
		n += int(g.Bytes)
	}
	return n
}

// TestBundleCarriesFiles: a file goes by memory stick.
func TestBundleCarriesFiles(t *testing.T) {
	ada, sue := apart(t, "Ada"), apart(t, "Sue")
	s := &stick{dir: t.TempDir()}
	g := ada.elmRow(t)
	s.join(t, ada, sue, g, "Sue")
	talk := say(ada, g, thread.New{Title: "papers"})
	data := album(2*kp1.MaxPayload + 1)
	id := ada.gives(g, talk, data)
	s.carry(ada, sue, g)
	if !sue.has(g, id, data) {
		t.Error("the file did not come")
	}
	if d := delivery(t, ada, g, id); d.Devices != 0 {
		t.Errorf("what was carried away is claimed to have come: %d of %d", d.Devices, d.Of)
	}
	s.carry(sue, ada, g)
	if d := delivery(t, ada, g, id); d.Devices != 1 {
		t.Errorf("after her word: on %d of %d", d.Devices, d.Of)
	}
}
