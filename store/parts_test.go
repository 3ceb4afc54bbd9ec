package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
	"kith/store/op"
)

// noise is a file of so many bytes.
func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

// paper is a draft of a file for the team.
func paper(talk kp1.ID, data []byte, people ...kp1.MID) Draft {
	return Draft{
		Act:  thread.File{Thread: talk, File: file.File{Name: "picnic.jpg", Type: "image/jpeg"}},
		Comp: kp1.CompTeam, For: people, Data: data,
	}
}

func (h *home) give1(g kp1.GID, d Draft) kp1.ID {
	h.t.Helper()
	ids, err := h.Propose(context.Background(), g, d)
	if err != nil {
		h.t.Fatal(err)
	}
	return ids[0]
}

// page is a file in memory.
type page struct{ b []byte }

func (p *page) WriteAt(b []byte, off int64) (int, error) {
	if need := int(off) + len(b); need > len(p.b) {
		p.b = append(p.b, make([]byte, need-len(p.b))...)
	}
	return copy(p.b[off:], b), nil
}

func (h *home) read(g kp1.GID, id kp1.ID) ([]byte, error) {
	var to page
	_, err := h.ReadFile(context.Background(), g, id, &to)
	return to.b, err
}

func (h *home) wantFile(g kp1.GID, id kp1.ID, data []byte) {
	h.t.Helper()
	if got, err := h.read(g, id); err != nil || !bytes.Equal(got, data) {
		h.t.Errorf("%s: file of op %s: %d bytes, %v, want %d", h.Name(), id.Short(), len(got), err, len(data))
	}
}

// chunks are those of a file of an op, as this computer knows them.
func (h *home) chunks(g kp1.GID, id kp1.ID) (f file.File) {
	h.t.Helper()
	if err := h.view(func(t tx) error {
		files, err := h.groups[g].shelf(t, shelfFiles, false)
		if err != nil {
			return err
		}
		f, _, err = fileOf(files, id)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return f
}

// TestFileToAll: a file goes to everybody in envelopes like all else, in any order; it is told to be with somebody only once
// all of it is; it is kept over a restart and in a backup.
func TestFileToAll(t *testing.T) {
	g, homes := team(t, "ada", "bob")
	ada, bob := homes[0], homes[1]
	talk := ada.talk(g, "talk")
	levelAll(t, g, homes)
	data := noise(2*kp1.MaxPayload+77, 1)
	before := ada.all(g)
	id := ada.give1(g, paper(talk, data))
	ada.wantFile(g, id, data)
	if d := ada.Delivery(g, id); !d.Stored || d.Devices != 0 || d.Of != 1 {
		t.Errorf("delivery at first: %+v", d)
	}
	raws := ada.all(g)[len(before):]
	if len(raws) != 5 {
		t.Fatalf("%d envelopes, want the op, its words and three chunks", len(raws))
	}
	rand.Shuffle(len(raws), func(i, j int) { raws[i], raws[j] = raws[j], raws[i] })
	for i, raw := range raws {
		if here, size := bob.FileHere(g, id); i < 4 && size > 0 && here == size {
			t.Errorf("whole after %d of 5", i)
		}
		if _, err := bob.read(g, id); err == nil {
			t.Errorf("read after %d of 5", i)
		}
		res := bob.give(g, raw)
		if len(res.New) != 1 {
			t.Fatalf("envelope %d: %+v", i, res)
		}
		if err := ada.Held(g, bob.View().Group(g).Device, res.Held, 0); err != nil {
			t.Fatal(err)
		}
		want := 0
		if i == 4 {
			want = 1
		}
		if d := ada.Delivery(g, id); d.Devices != want {
			t.Errorf("after %d of 5 it is said to be on %d computers", i+1, d.Devices)
		}
	}
	it, ok := mustThread(t, bob, g, talk).Find(id)
	if !ok || !it.IsFile || it.File.Name != "picnic.jpg" || it.File.Size != uint64(len(data)) {
		t.Errorf("shown: %+v", it)
	}
	if here, size := bob.FileHere(g, id); here != size || size != uint64(len(data)) {
		t.Errorf("%d of %d here", here, size)
	}
	bob.wantFile(g, id, data)
	bob.wantCounted(g)
	if w := bob.View().Group(g).Waiting; w != 0 {
		t.Errorf("%d wait", w)
	}
	bob.again()
	bob.wantFile(g, id, data)
	bob.clean()
	path := filepath.Join(t.TempDir(), "picnic.jpg")
	if f, err := bob.SaveFile(context.Background(), g, id, path); err != nil || f.Name != "picnic.jpg" {
		t.Errorf("SaveFile = %+v, %v", f, err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
		t.Errorf("saved %d bytes, %v", len(got), err)
	}
	if _, err := bob.SaveFile(context.Background(), g, id, path); !errors.Is(err, ErrFileExists) {
		t.Errorf("saved again: %v", err)
	}
	back, _ := restored(t, bob.backup(), bob.Recovery())
	back.wantFile(g, id, data)
	back.clean()
}

// TestFileForFew: others carry the chunks and read nothing.
func TestFileForFew(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "talk")
	data := noise(kp1.MaxPayload+1, 2)
	id := ada.give1(g, paper(talk, data, bob.me(g)))
	levelAll(t, g, homes)
	bob.wantFile(g, id, data)
	if _, err := cy.read(g, id); !errors.Is(err, ErrFileAway) {
		t.Errorf("read by somebody else: %v", err)
	}
	if here, size := cy.FileHere(g, id); here != 0 || size != 0 {
		t.Errorf("somebody else knows of %d of %d bytes", here, size)
	}
	it, ok := mustThread(t, cy, g, talk).Find(id)
	if !ok || !it.IsFile || it.Words != act.Others {
		t.Errorf("shown to somebody else: %+v", it)
	}
	if d := ada.Delivery(g, id); d.Devices != 1 || d.Of != 1 {
		t.Errorf("delivery: %+v", d)
	}
	for _, h := range homes {
		h.clean()
		h.wantCounted(g)
	}
	if len(cy.idsOf(g)) != len(ada.idsOf(g)) {
		t.Error("not carried")
	}
}

// TestT30FileGoes: a file that is taken away goes from every computer with all of its chunks, also where they come late, and
// mailboxes and carriers are told with what proves it.
func TestT30FileGoes(t *testing.T) {
	g, ada, bob, gus, talk := carrying(t)
	cy := quickHome(t, "cy")
	joinVia(t, ada, cy, g, termsOfMember())
	all := []*home{ada, bob, gus, cy}
	levelAll(t, g, all)
	data := noise(2*kp1.MaxPayload, 3)
	id := bob.give1(g, paper(talk, data))
	f := bob.chunks(g, id)
	raws, err := bob.Envelopes(context.Background(), g, f.Chunks)
	if err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, []*home{ada, bob, gus})
	ada.wantFile(g, id, data)
	now := bob.all(g)
	cy.give(g, now[:len(now)-1]...) // of the file, one chunk of two
	bob.do(g, erase.Delete{Target: id})
	levelAll(t, g, []*home{ada, bob, cy, gus})
	for _, h := range []*home{ada, bob, cy} {
		if ids := h.idsOf(g); slices.Contains(ids, f.Chunks[0]) || slices.Contains(ids, f.Chunks[1]) {
			t.Errorf("%s has chunks still", h.Name())
		}
		if _, err := h.read(g, id); err == nil {
			t.Errorf("%s reads it still", h.Name())
		}
		gone := h.Gone(g, f.Chunks)
		if len(gone) != 2 {
			t.Fatalf("%s tells of %d chunks", h.Name(), len(gone))
		}
		for i, x := range gone {
			env, err := op.DecodeEnvelope(raws[i])
			if err != nil || sha256.Sum256(x.Token[:]) != env.DelHash {
				t.Errorf("%s: the token of chunk %d does not fit, %v", h.Name(), i, err)
			}
			if token, ok := h.Takeback(g, x.ID); !ok || token != x.Token {
				t.Errorf("%s: a mailbox is not told of chunk %d", h.Name(), i)
			}
		}
		if res := h.give(g, raws...); len(res.New) != 0 || len(res.Held) != 2 {
			t.Errorf("%s takes them again: %+v", h.Name(), res)
		}
		if here, size := h.FileHere(g, id); here+size != 0 {
			t.Errorf("%s: %d of %d here", h.Name(), here, size)
		}
		h.again()
		h.clean()
		h.wantCounted(g)
		h.wantGone(g, talk, id, bob.me(g))
	}
	if n := gus.release(g, ada.Gone(g, gus.idsOf(g))...); n != 3 {
		t.Errorf("a guest who carried them drops %d, want two chunks and the words", n)
	}
	gus.clean()
	sameView(t, g, ada, bob, cy)
}

// TestT30OneFileTwice: a chunk that two ops speak of goes with the second.
func TestT30OneFileTwice(t *testing.T) {
	g, homes := team(t, "ada", "bob")
	ada := homes[0]
	talk := ada.talk(g, "talk")
	data := noise(kp1.MaxPayload+5, 4)
	first := ada.give1(g, paper(talk, data))
	second := ada.sayFile(g, talk, ada.chunks(g, first), ada.keyOf(g, first))
	levelAll(t, g, homes)
	for _, h := range homes {
		h.wantFile(g, second, data)
	}
	ada.do(g, erase.Delete{Target: first})
	levelAll(t, g, homes)
	for _, h := range homes {
		h.wantFile(g, second, data)
		h.clean()
	}
	ada.do(g, erase.Delete{Target: second})
	levelAll(t, g, homes)
	for _, h := range homes {
		if _, err := h.read(g, second); err == nil || len(h.Gone(g, ada.idsOf(g))) > 0 {
			t.Errorf("%s reads it still: %v", h.Name(), err)
		}
		h.clean()
	}
}

// TestFileGivenAgain: a file that was given before to the same readers is not sent again, and stays while either of the two does. For
// others, under other keys, of other bytes or after a month it is sealed anew.
func TestFileGivenAgain(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev := homes[0], homes[1]
	talk := ada.talk(g, "talk")
	data := noise(2*kp1.MaxPayload+9, 21)
	given := func(d Draft) (id kp1.ID, chunks int) {
		t.Helper()
		before := len(ada.all(g))
		id = ada.give1(g, d)
		return id, len(ada.all(g)) - before - 2
	}
	first, n := given(paper(talk, data))
	if n != 3 {
		t.Fatalf("%d chunks, want 3", n)
	}
	again := paper(talk, data)
	f, _ := again.Act.(thread.File)
	f.File.Name = "the same picnic.jpg"
	again.Act = f
	second, n := given(again)
	if n != 0 {
		t.Errorf("given again: %d chunks, want none", n)
	}
	other := slices.Clone(data)
	other[len(other)-1]++
	if _, n := given(paper(talk, other)); n != 3 {
		t.Errorf("other bytes: %d chunks, want 3", n)
	}
	few := paper(talk, data, bev.me(g))
	if _, n := given(few); n != 3 {
		t.Errorf("for one of them: %d chunks, want 3", n)
	}
	if _, n := given(few); n != 3 {
		t.Errorf("for one of them again: %d chunks, want 3", n)
	}
	ada.do(g, erase.Delete{Target: first})
	levelAll(t, g, homes)
	for _, h := range homes {
		h.wantFile(g, second, data)
	}
	now = now.Add(5 * 7 * 24 * time.Hour)
	third, n := given(paper(talk, data))
	if n != 3 {
		t.Errorf("after five weeks: %d chunks, want 3", n)
	}
	if _, n := given(paper(talk, data)); n != 0 {
		t.Errorf("and again: %d chunks, want none", n)
	}
	levelAll(t, g, homes) // nobody is taken out by who has heard nothing for weeks
	if _, err := ada.Remove(t.Context(), g, homes[2].me(g), 0); err != nil {
		t.Fatal(err)
	}
	if _, n := given(paper(talk, data)); n != 3 {
		t.Errorf("under the keys after a removal: %d chunks, want 3", n)
	}
	levelAll(t, g, homes[:2])
	bev.wantFile(g, second, data)
	bev.wantFile(g, third, data)
	ada.clean()
	bev.clean()
}

// TestF13NamedByOthers: whoever names the chunks of others' files as theirs, before the file is here or after, keeps none of
// them from coming, none from going, and makes no record longer.
func TestF13NamedByOthers(t *testing.T) {
	g, homes := team(t, "ada", "bob", "mal", "cy")
	ada, bob, mal, cy := homes[0], homes[1], homes[2], homes[3]
	talk := ada.talk(g, "talk")
	levelAll(t, g, homes)
	before := len(ada.all(g))
	data := noise(kp1.MaxPayload+9, 10)
	given := ada.give1(g, paper(talk, data))
	raws := ada.all(g)[before:]
	var lies []kp1.ID
	before = len(mal.all(g))
	for i := range 8 {
		lies = append(lies, mal.sayFile(g, talk, ada.chunks(g, given), [32]byte{1, byte(i)}))
	}
	named := mal.all(g)[before:]
	if res := bob.give(g, append([][]byte{raws[2]}, named...)...); res.Refused != 0 { // a chunk, and lies about it
		t.Errorf("a chunk, and those who name it: %+v", res)
	}
	bob.give(g, raws[0], raws[1], raws[3])
	bob.wantFile(g, given, data)
	bob.clean()
	if err := bob.view(func(t tx) error {
		parts, err := bob.groups[g].shelf(t, shelfParts, false)
		if err != nil {
			return err
		}
		return parts.each(nil, func(k, plain []byte) (bool, error) {
			if len(plain) > goneChunk {
				bob.t.Errorf("a record of %d bytes", len(plain))
			}
			return true, nil
		})
	}); err != nil {
		t.Fatal(err)
	}

	cy.give(g, raws[:2]...) // it has the words, and none of the chunks
	cy.give(g, named...)
	ada.do(g, erase.Delete{Target: given})
	cy.give(g, ada.all(g)...)
	for _, id := range lies {
		mal.do(g, erase.Delete{Target: id})
	}
	cy.give(g, mal.all(g)...)
	for _, when := range []string{"at once", "after a repair"} {
		if when != "at once" {
			if err := cy.Close(); err != nil {
				t.Fatal(err)
			}
			spoil(t, cy, g, shelfHeld)
			cy.open()
			cy.mended()
		}
		if res := cy.give(g, raws[2:]...); len(res.New) != 0 || len(res.Held) != 2 {
			t.Errorf("%s chunks of what was taken away are taken in: %+v", when, res)
		}
		cy.clean()
	}
}

// keyOf is the key of an op's words.
func (h *home) keyOf(g kp1.GID, id kp1.ID) [32]byte {
	h.t.Helper()
	_, _, pk, err := h.fileFor(g, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return pk
}

// sayFile writes an op that speaks of these chunks, whatever they are, under a key.
func (h *home) sayFile(g kp1.GID, talk kp1.ID, f file.File, pk [32]byte) (id kp1.ID) {
	h.t.Helper()
	if err := h.change(func(t tx) error {
		b, err := h.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		f.Name, f.Type = "lie.txt", "text/plain"
		a := thread.File{Thread: talk, File: f}
		typ, body, words, err := act.Encode(a)
		if err != nil {
			return err
		}
		if id, err = b.writeWith(typ, kp1.CompTeam, nil, a.Refs(), body, detached{words: words, key: pk}); err != nil {
			return err
		}
		return b.finish()
	}); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// TestF13ForeignChunks: who names what is others' as chunks of a file of theirs, and takes that file away, takes nothing of
// the others away, whether it is here already or comes later; and nobody shows it as a file.
func TestF13ForeignChunks(t *testing.T) {
	g, homes := team(t, "ada", "bob", "mal")
	ada, bob, mal := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "talk")
	levelAll(t, g, homes)
	before := ada.all(g)
	post := ada.do(g, thread.Post{Thread: talk, Text: "a word"})
	data := noise(kp1.MaxPayload+9, 5)
	given := ada.give1(g, paper(talk, data))
	raws := ada.all(g)[len(before):]
	var ids []kp1.ID
	for _, raw := range raws {
		ids = append(ids, kp1.Sum(raw))
	}
	for _, when := range []string{"here", "later"} {
		lie := mal.sayFile(g, talk, file.File{Size: uint64(len(ids)-1)*kp1.MaxPayload + 1, Chunks: ids}, [32]byte{byte(len(when))})
		if when == "here" {
			ada.give(g, mal.all(g)...)
			if _, err := ada.read(g, lie); !errors.Is(err, ErrFileDamaged) {
				t.Errorf("others' envelopes as a file: %v", err)
			}
		}
		mal.do(g, erase.Delete{Target: lie})
		ada.give(g, mal.all(g)...)
		bob.give(g, mal.all(g)...)
		if lacks := bob.Lacks(g, ids); len(lacks) != len(ids) {
			t.Errorf("%s: bob would ask for %d of %d", when, len(lacks), len(ids))
		}
		if got := ada.idsOf(g); !slices.Contains(got, ids[0]) {
			t.Errorf("%s: ada lost what is hers", when)
		}
		ada.wantFile(g, given, data)
	}
	bob.give(g, raws...)
	bob.wantFile(g, given, data)
	if it, ok := mustThread(t, bob, g, talk).Find(post); !ok || it.Text != "a word" {
		t.Errorf("the post: %+v", it)
	}
	for _, h := range []*home{ada, bob} {
		h.clean()
		h.wantCounted(g)
	}
}

// TestF13WrongChunk: what is not as long as it has to be, or not sealed by who had the key, is refused though it is named;
// what nobody speaks of waits among all that does, within its limits.
func TestF13WrongChunk(t *testing.T) {
	g, homes := team(t, "ada", "mal")
	ada, mal := homes[0], homes[1]
	talk := ada.talk(g, "talk")
	levelAll(t, g, homes)
	e := mustPick(t, mal, g)
	pk := [32]byte{7}
	seal := func(key [32]byte, i, n int) op.Envelope {
		t.Helper()
		env, err := op.SealChunk(rand.NewChaCha8([32]byte{byte(i), byte(n), key[0]}), g, e, kp1.CompTeam, 2_968, key, i, noise(n, 6))
		if err != nil {
			t.Fatal(err)
		}
		return env
	}
	good, short, foreign, twisted := seal(pk, 1, kp1.MaxPayload), seal(pk, 2, 100), seal([32]byte{8}, 3, kp1.MaxPayload), seal(pk, 9, 5)
	ids := []kp1.ID{good.ID, short.ID, foreign.ID, twisted.ID}
	id := mal.sayFile(g, talk, file.File{Size: 3*kp1.MaxPayload + 5, Chunks: ids}, pk)
	early := short.Bytes
	if res := ada.give(g, early); len(res.Held) != 1 {
		t.Fatalf("a chunk before its op: %+v", res)
	}
	ada.give(g, mal.all(g)...)
	if slices.Contains(ada.idsOf(g), short.ID) || ada.View().Group(g).Waiting > 0 {
		t.Error("a chunk that is too short stays")
	}
	for _, x := range []struct {
		env  op.Envelope
		held int
	}{{good, 1}, {short, 0}, {foreign, 0}, {twisted, 0}, {good, 1}} {
		if res := ada.give(g, x.env.Bytes); len(res.Held) != x.held || res.Refused != 1-x.held {
			t.Errorf("chunk of %d bytes: %+v", len(x.env.Bytes), res)
		}
	}
	if here, size := ada.FileHere(g, id); here != kp1.MaxPayload || size != 3*kp1.MaxPayload+5 {
		t.Errorf("%d of %d here", here, size)
	}
	if res := ada.give(g, seal([32]byte{9}, 1, 10).Bytes); len(res.Held) != 1 || ada.View().Group(g).Waiting != 1 {
		t.Errorf("a chunk of nothing: %+v, %d wait", res, ada.View().Group(g).Waiting)
	}
	ada.clean()
	ada.wantCounted(g)
}

// TestT8FileShare: chunks count for the share and hour of their author's files; the one that is too much is refused, and comes when there
// is room.
func TestT8FileShare(t *testing.T) {
	g, homes := team(t, "ada", "bob")
	ada, bob := homes[0], homes[1]
	talk := ada.talk(g, "talk")
	levelAll(t, g, homes)
	before := len(ada.all(g))
	id := ada.give1(g, paper(talk, noise(2*kp1.MaxPayload, 7)))
	raws := ada.all(g)[before:]
	bob.give(g, raws[:2]...)
	me := filesOf(ada.me(g))
	bob.groups[g].shares[me] = shareOfFiles - uint64(len(raws[2])) - uint64(len(raws[3])) + 1
	res := bob.give(g, raws[2:]...)
	if len(res.Held) != 1 || res.Refused != 1 || len(res.NoRoom) != 1 {
		t.Errorf("a byte over the share: %+v", res)
	}
	at := bob.View().Group(g).Device
	if d := ada.Delivery(g, id); len(d.Crowded) != 0 {
		t.Errorf("nobody has said so yet: %+v", d)
	}
	if err := errors.Join(ada.Held(g, at, append(bob.idsOf(g), res.Held...), 0), ada.Crowded(g, at, res.NoRoom)); err != nil {
		t.Fatal(err)
	}
	if d := ada.Delivery(g, id); d.Devices != 0 || !slices.Equal(d.Crowded, []kp1.DID{at}) {
		t.Errorf("what Bob's computer said it has no room for: %+v", d)
	}
	if d := ada.Delivery(g, talk); len(d.Crowded) != 0 {
		t.Errorf("what is here all the same: %+v", d)
	}
	bob.groups[g].shares[me]--
	if res := bob.give(g, raws[3]); len(res.Held) != 1 {
		t.Errorf("at the limit of the share: %+v", res)
	}
	if err := ada.Held(g, at, res.NoRoom, 0); err != nil {
		t.Fatal(err)
	}
	if d := ada.Delivery(g, id); d.Devices != 1 || len(d.Crowded) != 0 {
		t.Errorf("once there was room: %+v", d)
	}
	if here, size := bob.FileHere(g, id); here != size {
		t.Errorf("%d of %d here", here, size)
	}
	bob.clean()
}

// TestFilesLeaveRoomForWords: whoever has sent so many pictures that no more fit, within the hour or at all, is heard still.
func TestFilesLeaveRoomForWords(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "ada", "bob")
	ada, bob := homes[0], homes[1]
	now = now.Add(time.Hour)
	talk := ada.talk(g, "talk")
	meet(t, ada, bob, g)
	me := ada.me(g)
	bob.groups[g].shares[me] = shareOfStore - 1<<16
	bob.pace(g).bytes[me] = &bucket{at: bob.unix(), left: 1 << 16}
	data := noise(2*kp1.MaxPayload, 8)
	id := ada.give1(g, paper(talk, data))
	before := len(ada.all(g))
	ada.do(g, thread.Post{Thread: talk, Text: "after the pictures"})
	words := ada.all(g)[before:]
	if res := bob.give(g, append(ada.all(g)[:before:before], words...)...); res.Refused != 0 {
		t.Errorf("with room for words alone, and for files: %+v", res)
	}
	bob.wantFile(g, id, data)
	bob.groups[g].shares[filesOf(me)] = shareOfFiles
	bob.pace(g).bytes[filesOf(me)] = &bucket{at: bob.unix()}
	bob.groups[g].shares[me] = 0
	ada.give1(g, paper(talk, noise(2*kp1.MaxPayload, 9)))
	ada.do(g, thread.Post{Thread: talk, Text: "and again"})
	if res := bob.give(g, ada.all(g)...); res.Refused != 2 {
		t.Errorf("with no room for files: %+v, want the two chunks refused and nothing else", res)
	}
}

// TestTurnedAwayIsNotHeld: of what came before it could be judged, and is refused in the same batch, nobody is told that it is
// here: a file that had no room is not said to be with somebody.
func TestTurnedAwayIsNotHeld(t *testing.T) {
	g, homes := team(t, "ada", "bob")
	ada, bob := homes[0], homes[1]
	talk := ada.talk(g, "talk")
	levelAll(t, g, homes)
	before := len(ada.all(g))
	id := ada.give1(g, paper(talk, noise(kp1.MaxPayload+1, 9)))
	raws := ada.all(g)[before:]
	slices.Reverse(raws) // the chunks first
	bob.groups[g].shares[filesOf(ada.me(g))] = shareOfFiles
	res := bob.give(g, raws...)
	if len(res.Held) != 2 || len(res.New) != 2 || res.Refused != 2 {
		t.Errorf("%d held, %d new, %d refused, want the op and its words alone to be here", len(res.Held), len(res.New), res.Refused)
	}
	for _, x := range res.Held {
		if !slices.Contains(bob.idsOf(g), x) {
			t.Errorf("%s is said to be held and is not here", x.Short())
		}
	}
	if err := ada.Held(g, bob.View().Group(g).Device, res.Held, 0); err != nil {
		t.Fatal(err)
	}
	if d := ada.Delivery(g, id); d.Devices != 0 {
		t.Error("a file that is not there is said to be on another computer")
	}
	bob.clean()
}

// TestSaveFileBesideOthers: a file is saved whatever it is called, as long as a name may be, and no file that lies there is
// touched, also not one that is called alike.
func TestSaveFileBesideOthers(t *testing.T) {
	h := quickHome(t, "ada")
	g := h.found("ada")
	talk := h.talk(g, "talk")
	data := noise(10, 11)
	dir := t.TempDir()
	mine := filepath.Join(dir, "thesis.txt.new")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	names := []string{"thesis.txt", strings.Repeat("n", file.MaxName-4) + ".jpg"}
	for _, name := range names {
		d := paper(talk, data)
		d.Act = thread.File{Thread: talk, File: file.File{Name: name, Type: "a/b"}}
		id, path := h.give1(g, d), filepath.Join(dir, name)
		for _, want := range []error{nil, ErrFileExists} {
			if _, err := h.SaveFile(t.Context(), g, id, path); !errors.Is(err, want) {
				t.Errorf("SaveFile of a name of %d letters = %v, want %v", len(name), err, want)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
			t.Errorf("a name of %d letters: %d bytes, %v", len(name), len(got), err)
		}
	}
	if got, err := os.ReadFile(mine); err != nil || string(got) != "mine" {
		t.Errorf("a file of this person's own: %q, %v", got, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1+len(names) {
		t.Errorf("%d files, %v, want %d", len(all), err, 1+len(names))
	}
}

// TestT8FileSize: at the limit and a byte beyond it; nothing of what is refused stays.
func TestT8FileSize(t *testing.T) {
	h := quickHome(t, "ada")
	g := h.found("ada")
	talk := h.talk(g, "talk")
	n := len(h.idsOf(g))
	for size, want := range map[int]error{0: file.ErrEmpty, file.Max + 1: file.ErrLarge} {
		if _, err := h.Propose(context.Background(), g, paper(talk, make([]byte, size))); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
	}
	d := paper(talk, make([]byte, 10))
	d.Act = thread.File{Thread: talk, File: file.File{Name: "../x", Type: "a/b"}}
	if _, err := h.Propose(context.Background(), g, d); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("a name that leads elsewhere: %v", err)
	}
	if len(h.idsOf(g)) != n {
		t.Errorf("%d envelopes, had %d", len(h.idsOf(g)), n)
	}
	id := h.give1(g, paper(talk, make([]byte, file.Max)))
	if here, size := h.FileHere(g, id); here != file.Max || size != file.Max {
		t.Errorf("%d of %d here", here, size)
	}
	if err := h.Close(); err != nil { // the disk is full
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(h.dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	h.opt.maxSize = int(st.Size()) + 1<<20
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		t.Fatal(err)
	}
	n = len(h.idsOf(g))
	if _, err := h.Propose(context.Background(), g, paper(talk, make([]byte, file.Max))); !errors.Is(err, ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	if len(h.idsOf(g)) != n {
		t.Errorf("%d envelopes, had %d", len(h.idsOf(g)), n)
	}
	h.clean()
}

// childFiles gives files until it is killed.
func childFiles(l *Ledger, g kp1.GID) error {
	ids, err := l.Propose(context.Background(), g, Draft{Comp: kp1.CompTeam, Act: thread.New{Title: "talk"}})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	data := make([]byte, 10*kp1.MaxPayload)
	for {
		given, err := l.Propose(context.Background(), g, paper(ids[0], data))
		if err != nil {
			return err
		}
		fmt.Println("op", given[0].String())
	}
}

// TestF1KillFile: SIGKILL while files are written. One that was acknowledged is whole, and of no other there is anything.
func TestF1KillFile(t *testing.T) {
	h := crashHome(t, "Ada")
	g := h.found("Ada")
	acked := 0
	for round := range max(kills(t)/5, 3) {
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		lines := killed(t, 0, 150*time.Millisecond, "files", h.dir, g.String())
		var err error
		if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
			t.Fatalf("round %d: Open = %v", round, err)
		}
		given := 0
		for _, th := range h.View().Group(g).Care.Threads().All() {
			for it := range th.Items(0, th.Len()) {
				if here, size := h.FileHere(g, it.ID); here != size || size != 10*kp1.MaxPayload {
					t.Errorf("round %d: %d of %d here", round, here, size)
				}
				given++
			}
		}
		for _, line := range lines {
			id, err := kp1.ParseID(line[len("op "):])
			if err != nil {
				t.Fatalf("round %d: child said %q", round, line)
			}
			acked++
			if err := h.readTo(g, id, io.Discard); err != nil {
				t.Errorf("round %d: acknowledged file %s: %v", round, id.Short(), err)
			}
		}
		h.clean()
	}
	t.Logf("%d acknowledged", acked)
}

func (h *home) readTo(g kp1.GID, id kp1.ID, w io.Writer) error {
	_, err := h.ReadFile(context.Background(), g, id, &inOrder{w: w})
	return err
}
