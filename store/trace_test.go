package store

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"go.etcd.io/bbolt"

	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// A stroke is one call by which bbolt put bytes into its file.
type stroke struct {
	at   int64
	data []byte
}

// head says whether it is one of the two first pages, by which a transaction takes effect. All that was written before it
// is synced by then.
func (w stroke) head(page int) bool { return w.at < 2*int64(page) }

// A trace is a file as it was, and each single write to it since.
type trace struct {
	before []byte
	page   int
	writes []stroke
}

// traced notes every write that bbolt makes to the store of a home while do runs.
func (h *home) traced(do func()) trace {
	h.t.Helper()
	db := h.db.Load()
	before, err := os.ReadFile(filepath.Join(h.dir, fileName))
	if err != nil {
		h.t.Fatal(err)
	}
	tr := trace{before: before, page: db.Info().PageSize}
	put := writeAt(h.t, db)
	was := *put
	*put = func(b []byte, at int64) (int, error) {
		tr.writes = append(tr.writes, stroke{at, slices.Clone(b)})
		return was(b, at)
	}
	defer func() { *put = was }()
	do()
	return tr
}

// writeAt is where bbolt keeps the function by which it writes. It has no door for that.
func writeAt(t testing.TB, db *bbolt.DB) *func([]byte, int64) (int, error) {
	t.Helper()
	f := reflect.ValueOf(db).Elem().FieldByName("ops").FieldByName("writeAt")
	if !f.IsValid() || f.Type() != reflect.TypeFor[func([]byte, int64) (int, error)]() {
		t.Fatal("bbolt writes by another way than this test knows")
	}
	return (*func([]byte, int64) (int, error))(unsafe.Pointer(f.UnsafeAddr())) //nolint:gosec // a test of what reaches the disk
}

// image is the file after some of the writes reached the disk.
func (tr trace) image(writes ...stroke) []byte {
	b := slices.Clone(tr.before)
	for _, w := range writes {
		if n := int(w.at) + len(w.data); n > len(b) {
			b = append(b, make([]byte, n-len(b))...)
		}
		copy(b[w.at:], w.data)
	}
	return b
}

// cuts yields the file as a power cut may leave it: after every single write, with the last one torn, and with any of the
// writes since the last sync.
func (tr trace) cuts(r *rand.Rand) (images [][]byte) {
	synced := 0 // all before are on the disk
	for i, w := range tr.writes {
		images = append(images, tr.image(tr.writes[:i]...))
		torn := stroke{w.at, w.data[:min(len(w.data), 512*(1+r.IntN(8)))]}
		images = append(images, tr.image(append(slices.Clone(tr.writes[:i]), torn)...))
		if !w.head(tr.page) {
			continue
		}
		if i > synced {
			some := slices.Clone(tr.writes[:synced])
			for _, x := range tr.writes[synced:i] {
				if r.IntN(2) == 0 {
					some = append(some, x)
				}
			}
			images = append(images, tr.image(some...))
		}
		synced = i + 1
	}
	return append(images, tr.image(tr.writes...))
}

// TestF2EveryWrite: whatever single write the power goes at while a post is taken away and a content key is let go, the
// store is whole, and either all of it happened or nothing.
func TestF2EveryWrite(t *testing.T) {
	y := twoYears(t)
	g, h := y.g, y.ada
	y.forgets()
	fresh := h.do(g, thread.Post{Thread: y.talk, Text: "and another"})
	if err := h.renew(); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // chosen for the test
	for _, c := range []struct {
		name string
		do   func()
		done func(l *Ledger) bool
	}{
		{"a post is taken away", func() { h.do(g, erase.Delete{Target: fresh}) }, func(l *Ledger) bool { return l.groups[g].gone(fresh) }},
		{"a key goes", func() { y.sweep(h) }, func(l *Ledger) bool { return !l.groups[g].ring[y.e].reads(kp1.CompTeam) }},
	} {
		before, err := h.Fingerprint(g)
		if err != nil {
			t.Fatal(err)
		}
		tr := h.traced(c.do)
		after, err := h.Fingerprint(g)
		if err != nil {
			t.Fatal(err)
		}
		if len(tr.writes) < 3 || !c.done(h.Ledger) {
			t.Fatalf("%s: %d writes, done %v", c.name, len(tr.writes), c.done(h.Ledger))
		}
		was, is := 0, 0
		for i, image := range tr.cuts(r) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, fileName), image, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(dir, h.rest, h.opt)
			if err != nil {
				t.Fatalf("%s, cut %d: %v", c.name, i, err)
			}
			got, err := l.Fingerprint(g)
			done := c.done(l)
			switch {
			case err == nil && !done && got == before:
				was++
			case err == nil && done && got == after:
				is++
			default:
				t.Errorf("%s, cut %d: half of it: done %v, %v", c.name, i, done, err)
			}
			if done != !l.Erased().IsZero() && c.name == "a post is taken away" {
				t.Errorf("%s, cut %d: done %v, to be written anew %v", c.name, i, done, l.Erased())
			}
			if rep, err := l.Check(context.Background()); err != nil || len(rep.Bad) > 0 {
				t.Errorf("%s, cut %d: Check = %+v, %v", c.name, i, rep.Bad, err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		if was == 0 || is == 0 {
			t.Errorf("%s: %d cuts before it took effect and %d after", c.name, was, is)
		}
	}
}
