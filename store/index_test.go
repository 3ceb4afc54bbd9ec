package store

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"kith/store/kp1"
)

// inIndex runs do on the index of envelopes of a group that has nothing else.
func inIndex(t fataler, db *bbolt.DB, h *house, do func(x index) error) {
	t.Helper()
	if err := db.Update(func(bt *bbolt.Tx) error {
		x, err := h.index(tx{Tx: bt, rest: h.l.rest, wrote: new(bool)}, idTiers, true)
		if err != nil {
			return err
		}
		return do(x)
	}); err != nil {
		t.Fatal(err)
	}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

// TestIndexIsAMap: whatever is added, replaced, taken away and moved from tier to tier, an index answers as a map does.
func TestIndexIsAMap(t *testing.T) {
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "index"), 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	groups := 0
	rapid.Check(t, func(t *rapid.T) {
		groups++
		h := &house{l: &Ledger{rest: rest, opt: Options{tierMost: 4}}, name: fmt.Append(nil, "group ", groups)}
		model, next := map[string]uint64{}, uint64(0)
		for range rapid.IntRange(1, 12).Draw(t, "transactions") {
			inIndex(t, db, h, func(x index) error {
				for range rapid.IntRange(0, 8).Draw(t, "steps") {
					next++
					keys := slices.Sorted(maps.Keys(model))
					switch what := rapid.IntRange(0, 9).Draw(t, "step"); {
					case what < 7 || len(keys) == 0:
						id := kp1.Sum(be64(next))
						key := idKey(id, next%3)
						model[string(key)] = next
						if err := x.add(key, be64(next)); err != nil {
							return err
						}
					case what < 8:
						key := rapid.SampledFrom(keys).Draw(t, "replaced")
						model[key] = next
						if err := x.replace([]byte(key), be64(next)); err != nil {
							return err
						}
					default:
						key := rapid.SampledFrom(keys).Draw(t, "deleted")
						delete(model, key)
						if err := x.delete([]byte(key)); err != nil {
							return err
						}
					}
				}
				return x.settle(4)
			})
			inIndex(t, db, h, func(x index) error { return sameAs(&x, model, next) })
		}
	})
}

// sameAs compares an index with a map, by every way to ask it.
func sameAs(x *index, model map[string]uint64, last uint64) error {
	for key, n := range model {
		plain, err := x.get([]byte(key))
		if err != nil || !bytes.Equal(plain, be64(n)) || !x.has([]byte(key)) {
			return fmt.Errorf("get(%x) = %x, %w, want %d", key[:4], plain, err, n)
		}
		if got, ok, err := findIn(*x, kp1.ID([]byte(key)[:32])); err != nil || !ok || got != n {
			return fmt.Errorf("findIn(%x) = %d, %v, %w, want %d", key[:4], got, ok, err, n)
		}
	}
	for n := range last {
		id := kp1.Sum(be64(n + 1))
		if _, want := model[string(idKey(id, (n+1)%3))]; !want {
			if _, ok, err := findIn(*x, id); ok || err != nil {
				return fmt.Errorf("findIn of what is not there = %v, %w", ok, err)
			}
		}
	}
	seen := map[string]uint64{}
	if err := x.each(func(k, plain []byte) (bool, error) {
		if _, twice := seen[string(k)]; twice {
			return false, fmt.Errorf("%x stands there twice", k[:4])
		}
		seen[string(k)] = number(plain)
		return true, nil
	}); err != nil {
		return err
	}
	if !maps.Equal(seen, model) {
		return fmt.Errorf("each gave %d records, want %d", len(seen), len(model))
	}
	return nil
}

// TestIndexPages: what a join writes for each envelope does not grow with what is there. In one tree of 40,000 records
// 500 new ones fall on some 430 pages.
func TestIndexPages(t *testing.T) {
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "index"), 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	h := &house{l: &Ledger{rest: rest}, name: []byte("group")}
	const batch, part = 500, 10_000
	var pages [4]float64
	for n := uint64(0); n < uint64(len(pages)*part); {
		before := pageBytes(db)
		at := n / part
		inIndex(t, db, h, func(x index) error {
			for range batch {
				if err := x.add(idKey(kp1.Sum(be64(n)), 1), be64(n)); err != nil {
					return err
				}
				n++
			}
			return x.settle(tierMost)
		})
		pages[at] += float64(pageBytes(db)-before) / float64(db.Info().PageSize) / part
	}
	t.Logf("pages written for each record, by the ten thousand: %.2f", pages)
	if last := pages[len(pages)-1]; last > 0.45 {
		t.Errorf("the last of %d records took %.2f pages each, want at most 0.45", len(pages)*part, last)
	}
}

// pageBytes is how many bytes of pages a file was told to write.
func pageBytes(db *bbolt.DB) int64 {
	s := db.Stats()
	return s.TxStats.GetPageAlloc()
}
