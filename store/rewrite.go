package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"kith/store/keyring"
	"kith/store/kp1"
)

// nextName is the store as it is written anew, until it has its name. One that is there otherwise is what a crash left:
// the next start finishes it when the vault has its key already, and deletes it when not.
const nextName = "store.next"

// keyNames is the key behind the names of records, of a store that was written anew: see keyring.AtRest.UseNames.
var keyNames = []byte("names")

// renewBytes is how much is copied in one transaction.
const renewBytes = 4 << 20

// Erased says since when the file holds, in pages that are free or under an old key, what was taken away; zero when it
// holds nothing of that sort. Renew it within a day (protocol 5.9).
func (l *Ledger) Erased() (since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var at uint64
	if err := l.view(func(t tx) error {
		meta, err := t.top(shelfMeta, false)
		if err != nil {
			return err
		}
		v, err := meta.get(keyErased)
		if err == nil && len(v) == 8 {
			at = number(v)
		}
		return err
	}); err != nil || at == 0 {
		return time.Time{}
	}
	return time.Unix(int64(min(at, 1<<40)), 0) //nolint:gosec // bounded just there
}

// Renew writes the whole store anew under a fresh key and takes the old file and its key away, so that nothing that was
// erased can be read from what the disk still has of them (protocol 5.9). adopt has the vault name the fresh key:
// keyring.Adopt. A power cut at any moment leaves the old store or the new one, whole. Nobody writes meanwhile; Views stay
// good. On an error the store is what it was, unless it can not be opened any more: then it is closed, and opens anew.
func (l *Ledger) Renew(ctx context.Context, adopt func(now, next *keyring.AtRest) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.db.Load()
	if old == nil {
		return errClosed
	}
	if len(l.broken) > 0 {
		return fmt.Errorf("a group cannot be read: %w", ErrDamaged)
	}
	next, err := l.rest.Next()
	if err != nil {
		return err
	}
	defer next.Forget()
	path := filepath.Join(l.home, nextName)
	db, err := l.rewrite(ctx, path, old, next)
	if err != nil {
		return errors.Join(err, removeNext(path))
	}
	l.at("written")
	err = adopt(l.rest, next)
	if err != nil {
		d, now := keyring.Describe(l.home)
		if now != nil || d.Generation != next.Generation() {
			return errors.Join(err, db.Close(), removeNext(path))
		}
	}
	l.at("adopted")
	return l.swap(path, old, db, next)
}

// at tells a test how far a renewal has come.
func (l *Ledger) at(step string) {
	if l.opt.renewing != nil {
		l.opt.renewing(step)
	}
}

func removeNext(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(err)
	}
	return nil
}

// rewrite makes the new file, on disk when it returns, and leaves it open.
func (l *Ledger) rewrite(ctx context.Context, path string, old *bbolt.DB, next *keyring.AtRest) (db *bbolt.DB, err error) {
	if err := removeNext(path); err != nil {
		return nil, err
	}
	err = guarded(func() (err error) {
		if db, err = bbolt.Open(path, 0o600, boltOptions(l.opt.maxSize)); err != nil {
			return err
		}
		db.NoSync, db.NoFreelistSync = true, false
		c := copier{ctx: ctx, to: db, was: l.rest, now: next}
		if err := old.View(func(t *bbolt.Tx) error { return c.file(t) }); err != nil {
			return err
		}
		db.NoSync = !durable
		return errors.Join(db.Sync(), syncDir(l.home))
	})
	if err != nil {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
		return nil, err
	}
	return db, nil
}

// swap gives the new file its name and goes on with it. No reader is under way meanwhile.
func (l *Ledger) swap(path string, old, db *bbolt.DB, next *keyring.AtRest) error {
	l.gate.Lock()
	defer l.gate.Unlock()
	l.rest.Become(next)
	to := filepath.Join(l.home, fileName)
	if err := os.Rename(path, to); err != nil { // where a file that is open cannot be replaced
		err = errors.Join(old.Close(), db.Close())
		if err == nil {
			err = os.Rename(path, to)
		}
		if err == nil {
			db, err = openFile(l.home, l.opt.maxSize)
		}
		if err != nil {
			l.db.Store(nil)
			return diskError(err)
		}
	}
	l.at("renamed")
	l.db.Store(db)
	err := errors.Join(syncDir(l.home), old.Close())
	l.at("over")
	return diskError(err)
}

// copier copies every record of a store, sealed anew.
type copier struct {
	ctx      context.Context
	to       *bbolt.DB
	was, now *keyring.AtRest

	tx   *bbolt.Tx
	size int
}

// file copies all of it. What says that something was taken away is left out: in the new file there is nothing of it.
func (c *copier) file(t *bbolt.Tx) (err error) {
	if c.tx, err = c.to.Begin(true); err != nil {
		return err
	}
	defer func() {
		if c.tx != nil {
			err = errors.Join(err, c.tx.Rollback())
		}
	}()
	if err := t.ForEach(func(name []byte, b *bbolt.Bucket) error {
		if string(name) == shelfAside { // nobody knows whether what was erased stands there as well
			return nil
		}
		return c.bucket([][]byte{name}, b)
	}); err != nil {
		return err
	}
	names := c.now.Names()
	if err := c.put([][]byte{[]byte(shelfMeta)}, keyNames, names[:]); err != nil {
		return err
	}
	done := c.tx
	c.tx = nil
	return done.Commit()
}

// bucket copies a bucket and those inside it.
func (c *copier) bucket(path [][]byte, b *bbolt.Bucket) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	to, err := c.under(path)
	if err != nil {
		return err
	}
	_ = to.SetSequence(b.Sequence())
	at := sealPath(path)
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return c.bucket(append(path[:len(path):len(path)], bytes.Clone(k)), b.Bucket(k))
		}
		if len(path) == 1 && string(path[0]) == shelfMeta && (bytes.Equal(k, keyErased) || bytes.Equal(k, keyNames)) {
			return nil
		}
		plain, err := c.was.Open(at, k, v)
		if err != nil {
			return fmt.Errorf("record %x: %w: %w", k[:min(len(k), 4)], ErrDamaged, err)
		}
		return c.put(path, k, plain)
	})
}

// put seals one record, and begins another transaction when this one has grown.
func (c *copier) put(path [][]byte, k, plain []byte) error {
	sealed, err := c.now.Seal(sealPath(path), k, plain)
	if err != nil {
		return err
	}
	if c.size += len(sealed) + len(k); c.size > renewBytes {
		if err := c.tx.Commit(); err != nil {
			c.tx = nil
			return err
		}
		c.size = 0
		if c.tx, err = c.to.Begin(true); err != nil {
			c.tx = nil
			return err
		}
	}
	to, err := c.under(path)
	if err != nil {
		return err
	}
	return to.Put(bytes.Clone(k), sealed)
}

// sealPath is the path for which the records of a bucket are sealed.
func sealPath(path [][]byte) []byte {
	last := len(path) - 1
	return bytes.Join(append(path[:last:last], sealName(path[last])), []byte{'/'})
}

// under is a bucket of the new file.
func (c *copier) under(path [][]byte) (*bbolt.Bucket, error) {
	b, err := c.tx.CreateBucketIfNotExists(path[0])
	for _, name := range path[1:] {
		if err != nil {
			return nil, err
		}
		b, err = b.CreateBucketIfNotExists(name)
	}
	if err != nil {
		return nil, err
	}
	b.FillPercent = 0.95
	return b, nil
}

// finishRenewal ends what a power cut interrupted: db is the store as it lies there, and is held. It returns the store to
// go on with.
func finishRenewal(home string, db *bbolt.DB, rest *keyring.AtRest, maxSize int) (*bbolt.DB, error) {
	path := filepath.Join(home, nextName)
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return db, nil
	}
	if err == nil && !st.Mode().IsRegular() { // nothing that a renewal leaves
		return db, removeNext(path)
	}
	mine, err := sealedWith(db, rest)
	if err != nil || mine {
		return db, errors.Join(err, removeNext(path))
	}
	next, err := openAt(path, maxSize)
	if err != nil {
		return db, nil //nolint:nilerr // the store is told to be damaged, and what might mend it stays
	}
	if mine, err = sealedWith(next, rest); err != nil || !mine {
		return db, errors.Join(err, next.Close())
	}
	to := filepath.Join(home, fileName)
	if err := os.Rename(path, to); err == nil {
		return next, errors.Join(diskError(syncDir(home)), db.Close())
	}
	if err := errors.Join(next.Close(), db.Close(), os.Rename(path, to), syncDir(home)); err != nil {
		return db, diskError(err)
	}
	return openFile(home, maxSize)
}

// sealedWith says whether a store opens with a key.
func sealedWith(db *bbolt.DB, rest *keyring.AtRest) (is bool, err error) {
	err = guarded(func() error {
		return db.View(func(t *bbolt.Tx) error {
			meta, err := tx{Tx: t, rest: rest}.top(shelfMeta, false)
			if err != nil {
				return err
			}
			v, err := meta.get([]byte("format"))
			is = err == nil && v != nil
			if errors.Is(err, keyring.ErrLocked) {
				return err
			}
			return nil
		})
	})
	return is, err
}

// useNames takes over the names of a store that was written anew.
func useNames(meta shelf, rest *keyring.AtRest) error {
	key, err := meta.get(keyNames)
	if err != nil || key == nil {
		return err
	}
	if len(key) != 32 {
		return fmt.Errorf("names: %w", ErrDamaged)
	}
	rest.UseNames([32]byte(key))
	return nil
}

var errMoved = fmt.Errorf("the file was written anew meanwhile: %w", &kp1.Error{ECode: "E_IN_USE", Msg: "store is in use by another process"})
