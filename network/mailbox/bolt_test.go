package mailbox

import (
	"bytes"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// boltTx is a Tx over two buckets of a bbolt file, as network/keeper has it: what comes in order lies apart, and packed.
type boltTx struct{ records, letters *bbolt.Bucket }

func newBoltTx(tx *bbolt.Tx, name []byte) (t boltTx, err error) {
	if t.records, err = tx.CreateBucketIfNotExists(name); err != nil {
		return t, err
	}
	t.letters, err = tx.CreateBucketIfNotExists(append([]byte("letters "), name...))
	if err == nil {
		t.letters.FillPercent = 1
	}
	return t, err
}

func (t boltTx) of(key []byte) *bbolt.Bucket {
	if Appended(key) {
		return t.letters
	}
	return t.records
}

func (t boltTx) Get(key []byte) []byte { return t.of(key).Get(key) }

func (t boltTx) Set(key, value []byte) error {
	if value == nil {
		return t.of(key).Delete(key)
	}
	return t.of(key).Put(key, value)
}

func (t boltTx) Scan(prefix []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		c := t.of(prefix).Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

func openBolt(t testing.TB, path string) *bbolt.DB {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestShelfOnBoltIsTheModel is TestShelfIsTheModel on a file.
func TestShelfOnBoltIsTheModel(t *testing.T) {
	db, n := openBolt(t, filepath.Join(t.TempDir(), "mailbox")), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		if err := db.Update(func(tx *bbolt.Tx) error {
			b, err := newBoltTx(tx, fmt.Append(nil, n))
			if err != nil {
				return err
			}
			play(t, b, map[string]int{})
			return tx.DeleteBucket(fmt.Append(nil, n))
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// Copying the file is a backup: what is opened again goes on where the copy was taken, clock and tickets included.
func TestFileIsTheBackup(t *testing.T) {
	dir := t.TempDir()
	db, name := openBolt(t, filepath.Join(dir, "mailbox")), []byte("mailbox")
	s := New(Limits{TTL: time.Hour})
	in := func(db *bbolt.DB, do func(Tx) error) error {
		return db.Update(func(tx *bbolt.Tx) error {
			b, err := newBoltTx(tx, name)
			if err != nil {
				return err
			}
			return do(b)
		})
	}
	env := letter(KindPayload, "x")
	want(t, "pair", in(db, func(tx Tx) error { return s.Pair(tx, ours, ticket(1), ticket(2)) }), nil)
	want(t, "put", in(db, func(tx Tx) error { return s.Put(tx, start, member(1, ""), env) }), nil)
	copied := filepath.Join(dir, "copy")
	if err := db.View(func(tx *bbolt.Tx) error { return tx.CopyFile(copied, 0o600) }); err != nil {
		t.Fatal(err)
	}
	want(t, "delete after the copy", in(db, func(tx Tx) error { return s.Delete(tx, start, member(1, ""), idOf(env), token("x")) }), nil)

	old, later := openBolt(t, copied), start.Add(50*time.Minute)
	s = New(Limits{TTL: time.Hour})
	want(t, "in the copy", in(old, func(tx Tx) error {
		if !bytes.Equal(Get(tx, key(1), idOf(env)), env) {
			return ErrAbsent
		}
		return s.Put(tx, later, member(1, ""), letter(KindOps, "more"))
	}), nil)
	want(t, "deleted in the copy too", in(old, func(tx Tx) error { return s.Delete(tx, later, stranger(1), idOf(env), token("x")) }), nil)
	want(t, "put back", in(old, func(tx Tx) error { return s.Put(tx, later, member(1, ""), env) }), ErrDeleted)

	// a transaction that is not committed has changed nothing, the count of envelopes included
	failed := fmt.Errorf("no")
	want(t, "a commit that fails", in(old, func(tx Tx) error {
		want(t, "put", s.Put(tx, later, member(1, ""), letter(KindOps, "lost")), nil)
		return failed
	}), failed)
	want(t, "usage", in(old, func(tx Tx) error {
		if u, err := UsageOf(tx, ours); err != nil || u.Envelopes != 2 {
			return fmt.Errorf("UsageOf() = %+v, %w", u, err)
		}
		return nil
	}), nil)
}
