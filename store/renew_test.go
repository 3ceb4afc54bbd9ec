package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/keyring"
	"kith/store/kp1"
)

// renew writes the store anew, as the peer does.
func (h *home) renew() error {
	return h.Renew(context.Background(), func(now, next *keyring.AtRest) error {
		return keyring.Adopt(h.dir, now, next, keyring.Options{})
	})
}

// sealedIn lists every sealed value of a store file, by the path of its record.
func sealedIn(t testing.TB, l *Ledger) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	var walk func(path string, b *bbolt.Bucket) error
	walk = func(path string, b *bbolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			if v == nil {
				return walk(path+"/"+string(k), b.Bucket(k))
			}
			out[path+"\x00"+string(k)] = bytes.Clone(v)
			return nil
		})
	}
	if err := l.db.Load().View(func(t *bbolt.Tx) error {
		return t.ForEach(func(name []byte, b *bbolt.Bucket) error { return walk(string(name), b) })
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// opened is the plain bytes of every record.
func (h *home) opened() []byte {
	h.t.Helper()
	var all []byte
	for at, v := range sealedIn(h.t, h.Ledger) {
		i := bytes.LastIndexByte([]byte(at), 0)
		for i > 0 && at[:i] != "" { // a key may hold zeros itself: the path is text and ids
			plain, err := h.rest.Open([]byte(at[:i]), []byte(at[i+1:]), v)
			if err == nil {
				all = append(append(all, plain...), 0xff)
				break
			}
			i = bytes.LastIndexByte([]byte(at[:i]), 0)
		}
	}
	return all
}

// folder is every byte of every file of a home.
func folderOf(t testing.TB, dir string) []byte {
	t.Helper()
	var all []byte
	if err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, b...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestT30NothingLeft: after a Delete and a renewal neither the words, nor their envelope, nor the key to them, nor a
// sealed record in which they stood is anywhere: not in a record, a free page, an old file, or a backup made afterwards.
func TestT30NothingLeft(t *testing.T) {
	h := newHome(t, "Ada")
	g := h.found("Ada")
	talk := h.talk(g, "picnic", "before")
	const secret = "the word that nobody may ever read again"
	post := h.do(g, thread.Post{Thread: talk, Text: secret})
	h.talk(g, "another", "after")
	h.again() // a checkpoint with the words in it
	var forbidden [][]byte
	names := []string{"words", "key", "op", "its envelope", "the words' envelope"}
	if err := h.view(func(t tx) error {
		in := h.groups[g]
		f, err := in.folder(t)
		if err != nil {
			return err
		}
		s, err := in.fetch(f.ops, &f.log, post)
		if err != nil {
			return err
		}
		w, _, err := lookOp(f.ops, post)
		if err != nil {
			return err
		}
		env, err := f.log.must(w.entry)
		if err != nil {
			return err
		}
		words, _, err := f.payload(s.Payload.ID, nil)
		forbidden = [][]byte{[]byte(secret), s.Payload.Key[:], s.OpBytes[len(s.OpBytes)-60:], env.Cipher[:64], words.Cipher[:64]}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	before := h.opened()
	for i, x := range forbidden {
		if !bytes.Contains(before, x) && i != 2 && i != 1 { // an op and its key lie sealed twice
			t.Fatalf("the test does not find %s where it is", names[i])
		}
	}
	was := sealedIn(t, h.Ledger)
	vaultWas, err := os.ReadFile(filepath.Join(h.dir, "vault"))
	if err != nil {
		t.Fatal(err)
	}
	if !h.Erased().IsZero() {
		t.Error("something was taken away before anything was")
	}
	h.do(g, erase.Delete{Target: post})
	if got := h.Erased(); !got.Equal(testNow()) {
		t.Errorf("taken away at %v, want %v", got, testNow())
	}
	now := sealedIn(t, h.Ledger)
	var stale [][]byte // what stood in the file when the words did, and does not now
	for at, v := range was {
		if !bytes.Equal(now[at], v) {
			stale = append(stale, v)
		}
	}
	left := func(all []byte) (n int) {
		for _, v := range stale {
			if bytes.Contains(all, v) {
				n++
			}
		}
		return n
	}
	if left(folderOf(t, h.dir)) == 0 {
		t.Fatal("the free pages hold nothing old: the test could not fail")
	}
	for i, x := range forbidden {
		if bytes.Contains(h.opened(), x) {
			t.Errorf("after Delete a record holds %s", names[i])
		}
	}
	old, err := keyring.Unlock(h.dir, testPassphrase, keyring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.renew(); err != nil {
		t.Fatal(err)
	}
	after := folderOf(t, h.dir)
	if n := left(after); n > 0 {
		t.Errorf("%d old sealed records are in the home's files", n)
	}
	for at, v := range was {
		if bytes.Contains(after, v) {
			t.Errorf("the new file holds a record as the old key sealed it: %q", at[:20])
			break
		}
	}
	if bytes.Contains(after, vaultWas[len(vaultWas)-100:]) {
		t.Error("the old wrapped key is there still")
	}
	for i, x := range forbidden {
		if bytes.Contains(h.opened(), x) || bytes.Contains(after, x) {
			t.Errorf("after the renewal there is %s", names[i])
		}
	}
	if is, err := sealedWith(h.db.Load(), old); is || err != nil {
		t.Errorf("the old key opens the new store: %v, %v", is, err)
	}
	if !h.Erased().IsZero() {
		t.Error("the new file is said to hold what was taken away")
	}
	plain := plainOf(t, h.backup(), h.Recovery())
	for i, x := range forbidden {
		if bytes.Contains(plain, x) {
			t.Errorf("a backup made afterwards holds %s", names[i])
		}
	}
	h.wantGone(g, talk, post, h.View().Group(g).Me)
	rest, err := keyring.Unlock(h.dir, testPassphrase, keyring.Options{})
	if err != nil || rest.Generation() != 2 {
		t.Fatalf("Unlock: %v", err)
	}
	h.rest = rest
	h.again()
	h.wantGone(g, talk, post, h.View().Group(g).Me)
	h.do(g, thread.Post{Thread: talk, Text: "life goes on"})
}

// TestF2Renewal: whatever moment of a renewal the power goes at, what is on the disk then is the old store or the new one,
// whole, and nothing else is left.
func TestF2Renewal(t *testing.T) {
	h := newHome(t, "Ada")
	g := h.found("Ada")
	talk := h.talk(g, "picnic", "one", "two")
	want, err := h.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	type image struct {
		name  string
		files map[string][]byte
	}
	var images []image
	take := func(name string) {
		files := map[string][]byte{}
		entries, err := os.ReadDir(h.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(h.dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = b
		}
		images = append(images, image{name, files})
	}
	h.Ledger.opt.renewing = take
	if err := h.renew(); err != nil {
		t.Fatal(err)
	}
	if len(images) != 4 {
		t.Fatalf("%d steps, want 4", len(images))
	}
	// The new file before it was whole: of any length, or with pages that never reached the disk.
	r := rand.New(rand.NewPCG(1, 2))
	first := images[0].files
	for range 24 {
		cut := map[string][]byte{}
		for name, b := range first {
			cut[name] = bytes.Clone(b)
		}
		cut[nextName] = unfinished(r, cut[nextName], r.IntN(3))
		images = append(images, image{"half written", cut})
	}
	// The successor of the vault without its name.
	torn := map[string][]byte{"vault.new": images[1].files["vault"][:60]}
	for name, b := range first {
		torn[name] = b
	}
	images = append(images, image{"vault half written", torn})
	rests := map[string]*keyring.AtRest{}
	for _, x := range images {
		dir := t.TempDir()
		for name, b := range x.files {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		rest := rests[string(x.files["vault"])]
		if rest == nil {
			if rest, err = keyring.Unlock(dir, testPassphrase, keyring.Options{}); err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
			rests[string(x.files["vault"])] = rest
		}
		l, err := Open(dir, rest, h.opt)
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		if got, err := l.Fingerprint(g); got != want || err != nil {
			t.Errorf("%s: shows something else: %v", x.name, err)
		}
		if rep, err := l.Check(context.Background()); err != nil || len(rep.Bad) > 0 {
			t.Errorf("%s: Check = %+v, %v", x.name, rep.Bad, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, nextName)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %s is left: %v", x.name, nextName, err)
		}
		if _, err := l.Propose(context.Background(), g, Draft{Act: thread.Post{Thread: talk, Text: "three"}}); err != nil {
			t.Errorf("%s: cannot write: %v", x.name, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestF2RenewalKilled: as TestF2Renewal, by the hand of the system.
func TestF2RenewalKilled(t *testing.T) {
	h := newHome(t, "Ada")
	g := h.found("Ada")
	talk := h.talk(g, "picnic", "one")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for range max(2, kills(t)/8) {
		lines := killed(t, 5*time.Millisecond, 120*time.Millisecond, "renew", h.dir, g.String(), talk.String())
		rest, err := keyring.Unlock(h.dir, testPassphrase, keyring.Options{})
		if err != nil {
			t.Fatal(err)
		}
		l, err := Open(h.dir, rest, Options{})
		if err != nil {
			t.Fatalf("generation %d: %v", rest.Generation(), err)
		}
		h.Ledger, h.rest = l, rest
		h.clean()
		for _, line := range lines {
			var id string
			if n, _ := fmt.Sscanf(line, "op %s", &id); n == 1 {
				if x, err := kp1.ParseID(id); err != nil || !h.HasOp(g, x) {
					t.Errorf("op %s was acknowledged and is lost: %v", id, err)
				}
			}
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// childRenew writes and renews until it is killed.
func childRenew(l *Ledger, g kp1.GID, home, talk string) error {
	th, err := kp1.ParseID(talk)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for n := 0; ; n++ {
		ids, err := l.Propose(context.Background(), g, Draft{Act: thread.Post{Thread: th, Text: fmt.Sprint("post ", n)}})
		if err != nil {
			return err
		}
		fmt.Println("op", ids[0].String())
		if err := l.Renew(context.Background(), func(now, next *keyring.AtRest) error {
			return keyring.Adopt(home, now, next, keyring.Options{})
		}); err != nil {
			return err
		}
	}
}

// TestF3RenewalFull: a disk without room leaves the old store, in use, and nothing beside it.
func TestF3RenewalFull(t *testing.T) {
	h := newHome(t, "Ada")
	g := h.found("Ada")
	talk := h.talk(g, "picnic", "one")
	h.Ledger.opt.maxSize = 24 << 10
	if err := h.renew(); !errors.Is(err, ErrFull) {
		t.Errorf("Renew = %v, want ErrFull", err)
	}
	h.Ledger.opt.maxSize = 0
	refused := &kp1.Error{ECode: "E_KEYCHAIN"}
	if err := h.Renew(context.Background(), func(_, _ *keyring.AtRest) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("Renew = %v, want the vault's own error", err)
	}
	if _, err := os.Lstat(filepath.Join(h.dir, nextName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", nextName, err)
	}
	h.do(g, thread.Post{Thread: talk, Text: "two"})
	h.clean()
	if h.rest.Generation() != 1 {
		t.Errorf("generation %d", h.rest.Generation())
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := h.Renew(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Renew = %v, want Canceled", err)
	}
	h.do(g, thread.Post{Thread: talk, Text: "three"})
}

// TestRenewalWhileOthersRead: readers, old Views and marks go on over a renewal, and a second process is kept out.
func TestRenewalWhileOthersRead(t *testing.T) {
	h := newHome(t, "Ada")
	g := h.found("Ada")
	talk := h.talk(g, "picnic")
	for n := range 60 {
		h.do(g, thread.Post{Thread: talk, Text: fmt.Sprint("post ", n)})
	}
	h.again()
	early := h.View() // its pages are on the disk still
	mark, _, err := h.Mark()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.SetLocal("read", []byte("here")); err != nil {
		t.Fatal(err)
	}
	items, _, err := h.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := items[i%len(items)].ID
				raws, err := h.Envelopes(context.Background(), g, []kp1.ID{id})
				if err != nil || kp1.Sum(raws[0]) != id {
					t.Errorf("Envelopes: %v", err)
					return
				}
			}
		})
	}
	for range 2 {
		if err := h.renew(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	th, _ := early.Group(g).Care.Threads().Get(talk)
	if it, ok := th.Last(); !ok || it.Text != "post 59" || early.Group(g).Care.Err() != nil {
		t.Errorf("an old View: %+v, %v", it, early.Group(g).Care.Err())
	}
	if _, err := Open(h.dir, h.rest, h.opt); !errors.Is(err, ErrInUse) {
		t.Errorf("a second process: %v, want ErrInUse", err)
	}
	if h.rest.Generation() != 3 {
		t.Errorf("generation %d, want 3", h.rest.Generation())
	}
	h.clean()
	rest, err := keyring.Unlock(h.dir, testPassphrase, keyring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.rest = rest
	h.again()
	if old := h.believe(mark); old {
		t.Error("the store is taken for an old copy of itself")
	}
	if v, err := h.Local("read"); string(v) != "here" || err != nil {
		t.Errorf("Local = %q, %v", v, err)
	}
	h.clean()
}

// unfinished is a file that was being written when the power went: cut off, with pages that never reached the disk, or empty.
// It may change b.
func unfinished(r *rand.Rand, b []byte, how int) []byte {
	switch how {
	case 0:
		return b[:r.IntN(len(b))]
	case 1:
		for i := range len(b) / 4096 {
			if r.IntN(3) == 0 {
				clear(b[i*4096 : (i+1)*4096])
			}
		}
		return b
	}
	return nil
}
