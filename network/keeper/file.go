package keeper

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kith/network/mailbox"
)

// FileName is the one file of a keeper's home: identity, tickets and envelopes. Whoever has a copy of it goes on from there.
const FileName = "mailbox"

// The parts of the file. Keys of the shelf are network/mailbox's; those of the keeper are below.
var (
	bucketShelf   = []byte("shelf")
	bucketLetters = []byte("letters") // of the shelf, what comes in order
	bucketKeeper  = []byte("keeper")

	keyVersion  = []byte("version")
	keyIdentity = []byte("identity") // seed of the host's Ed25519 key
)

const (
	fileVersion = 2
	lockWait    = 300 * time.Millisecond
	batchMost   = 256     // jobs in one commit
	batchBytes  = 4 << 20 // or bytes
)

// file is the shelf on a disk. All that writes goes through one goroutine, which commits many visitors' wishes at once.
type file struct {
	db    *bbolt.DB
	now   func() time.Time
	jobs  chan *job
	ended chan struct{} // closed when nothing is written any more

	mu      sync.Mutex // of the shelf, which is not safe for concurrent use
	shelf   *mailbox.Shelf
	commits uint64
	failed  uint64 // commits that the disk refused
	trouble error  // of the last commit that failed, and when
	sick    time.Time
}

// job is one wish to write.
type job struct {
	size int
	do   func(tx tx) error
	err  error
	done chan struct{}
}

// tx is one transaction, as the shelf sees it and as the keeper's own records do.
type tx struct {
	shelf  *mailbox.Shelf
	at     time.Time
	box    bucket // the shelf's
	keeper *bbolt.Bucket
}

// bucket is a mailbox.Tx over two bbolt buckets. The letters' keys come in order, so that their pages can be filled to the
// brim; with records, which come in no order, that would leave most pages nearly empty.
type bucket struct{ records, letters *bbolt.Bucket }

func shelfIn(t *bbolt.Tx) bucket {
	b := bucket{t.Bucket(bucketShelf), t.Bucket(bucketLetters)}
	b.letters.FillPercent = 1
	return b
}

func (b bucket) of(key []byte) *bbolt.Bucket {
	if mailbox.Appended(key) {
		return b.letters
	}
	return b.records
}

// Get returns the value of a key, or nil.
func (b bucket) Get(key []byte) []byte { return b.of(key).Get(key) }

// Set sets a key; a nil value takes it away.
func (b bucket) Set(key, value []byte) error {
	if value == nil {
		return b.of(key).Delete(key)
	}
	return b.of(key).Put(key, value)
}

// Scan yields the keys that begin with prefix, which has at least one byte, ascending.
func (b bucket) Scan(prefix []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		c := b.of(prefix).Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// openFile opens the file of a home, or makes it. maxSize bounds it, for tests; 0 is no bound.
func openFile(home string, l mailbox.Limits, now func() time.Time, maxSize int) (*file, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if err := preflight(filepath.Join(home, FileName)); err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	f := &file{now: now, jobs: make(chan *job, batchMost), ended: make(chan struct{}), shelf: mailbox.New(l)}
	db, err := openBolt(filepath.Join(home, FileName), maxSize)
	if err == nil {
		db, err = upgraded(db, home, maxSize)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	if err := guarded(func() error { return db.Update(prepare) }); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", FileName, err), db.Close())
	}
	f.db = db
	return f, nil
}

func openBolt(path string, maxSize int) (db *bbolt.DB, err error) {
	err = guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType, MaxSize: maxSize})
		return err
	})
	return db, err
}

// Facts of bbolt's file format, version 2: the two first pages, and what stands in them.
const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	boltPageHeader = 16
	boltMetaSize   = 64
)

// preflight compares the newest good first page with the file's length: bbolt itself would take a cut file for whole, and
// end with a fault where the rest should be. A file that is not there is no error.
func preflight(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil || st.Size() == 0 {
		return err
	}
	need, newest := uint64(0), uint64(0)
	for _, at := range []int64{0, int64(os.Getpagesize())} {
		page := make([]byte, boltPageHeader+boltMetaSize)
		if _, err := f.ReadAt(page, at); err != nil {
			continue
		}
		m, sum := page[boltPageHeader:], fnv.New64a()
		_, _ = sum.Write(m[:56])
		number := func(i int) uint64 { return binary.NativeEndian.Uint64(m[i:]) }
		if binary.NativeEndian.Uint32(m) != boltMagic || number(56) != sum.Sum64() {
			continue
		}
		if binary.NativeEndian.Uint32(m[4:]) != boltVersion {
			return ErrNewer
		}
		if pages, tx := number(40), number(48); need == 0 || tx >= newest {
			need, newest = pages*uint64(binary.NativeEndian.Uint32(m[8:])), tx
		}
	}
	if need == 0 || need > uint64(st.Size()) { //nolint:gosec // a file's size is never negative
		return fmt.Errorf("%d bytes of %d: %w", st.Size(), need, ErrDamaged)
	}
	return nil
}

// prepare makes what a new file needs, and refuses one of a newer version.
func prepare(t *bbolt.Tx) error {
	if _, err := t.CreateBucketIfNotExists(bucketShelf); err != nil {
		return err
	}
	if _, err := t.CreateBucketIfNotExists(bucketLetters); err != nil {
		return err
	}
	b, err := t.CreateBucketIfNotExists(bucketKeeper)
	if err != nil {
		return err
	}
	switch v := b.Get(keyVersion); {
	case v == nil:
		seed := make([]byte, ed25519.SeedSize)
		if _, err := rand.Read(seed); err != nil {
			return err
		}
		return errors.Join(b.Put(keyIdentity, seed), b.Put(keyVersion, []byte{fileVersion}))
	case len(v) != 1 || v[0] != fileVersion: // older ones were upgraded
		return ErrNewer
	case len(b.Get(keyIdentity)) != ed25519.SeedSize:
		return ErrDamaged
	}
	return nil
}

// identity is the key by which visitors know this mailbox: it goes with the file.
func (f *file) identity() (key ed25519.PrivateKey, err error) {
	err = f.read(func(t tx) error {
		key = ed25519.NewKeyFromSeed(t.keeper.Get(keyIdentity))
		return nil
	})
	return key, err
}

// read runs do in a transaction that changes nothing. It must be over soon: the file grows while it lasts.
func (f *file) read(do func(tx) error) error {
	return guarded(func() error {
		return f.db.View(func(t *bbolt.Tx) error { return do(f.in(t)) })
	})
}

// ask is read for who needs the shelf's own rules.
func (f *file) ask(do func(tx) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read(do)
}

func (f *file) in(t *bbolt.Tx) tx {
	return tx{shelf: f.shelf, at: f.now(), box: shelfIn(t), keeper: t.Bucket(bucketKeeper)}
}

// write runs do in a transaction and returns after its commit is on the disk. What do returns, other than a
// mailbox.Refusal, rolls back what do did.
func (f *file) write(ctx context.Context, size int, do func(tx) error) error {
	j := &job{size: size, do: do, done: make(chan struct{})}
	select {
	case f.jobs <- j:
	case <-f.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-j.done:
		return j.err
	case <-f.ended: // the last jobs were answered before
		select {
		case <-j.done:
			return j.err
		default:
			return ErrClosed
		}
	}
}

// serve commits until ctx ends, and then what was asked for before that.
func (f *file) serve(ctx context.Context) error {
	defer close(f.ended)
	for {
		select {
		case j := <-f.jobs:
			f.commit(f.gather(j))
		case <-ctx.Done():
			for {
				select {
				case j := <-f.jobs:
					f.commit(f.gather(j))
				default:
					return nil
				}
			}
		}
	}
}

// gather takes what waits, up to a batch.
func (f *file) gather(j *job) []*job {
	batch, size := []*job{j}, j.size
	for len(batch) < batchMost && size < batchBytes {
		select {
		case j := <-f.jobs:
			batch, size = append(batch, j), size+j.size
		default:
			return batch
		}
	}
	return batch
}

// commit writes a batch in one transaction. Where one of it cannot be done each is done alone, so that nobody suffers
// for another.
func (f *file) commit(batch []*job) {
	err := f.update(batch)
	if err != nil && len(batch) > 1 {
		for _, j := range batch {
			j.err = f.update([]*job{j})
		}
	} else {
		for _, j := range batch {
			if err != nil {
				j.err = err
			}
		}
	}
	for _, j := range batch {
		close(j.done)
	}
}

func (f *file) update(batch []*job) error {
	err := guarded(func() error {
		t, err := f.db.Begin(true)
		if err != nil {
			return err
		}
		defer t.Rollback()
		if err := f.run(t, batch); err != nil {
			return err
		}
		return t.Commit()
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.trouble, f.sick = err, f.now()
		f.failed++
	} else {
		f.commits++
	}
	return err
}

func (f *file) run(t *bbolt.Tx, batch []*job) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, j := range batch {
		j.err = j.do(f.in(t))
		var refused mailbox.Refusal
		if j.err != nil && !errors.As(j.err, &refused) {
			return j.err
		}
	}
	return nil
}

// healthAfter is how long after the last commit that failed the disk is called well again.
const healthAfter = 10 * time.Minute

// health is how the disk did of late.
func (f *file) health() (commits, failed uint64, trouble error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); f.trouble != nil && now.Sub(f.sick) < healthAfter {
		trouble = f.trouble
	}
	return f.commits, f.failed, trouble
}

// size is the bytes of the file.
func (f *file) size() int64 {
	st, err := os.Stat(f.db.Path())
	if err != nil {
		return 0
	}
	return st.Size()
}

// copyTo writes a copy of the file as it is at one moment, while visitors go on. It replaces nothing.
func (f *file) copyTo(path string) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	if err != nil {
		return err
	}
	err = guarded(func() error {
		return f.db.View(func(t *bbolt.Tx) error {
			_, err := t.WriteTo(out)
			return err
		})
	})
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func (f *file) close() error { return f.db.Close() }

// guarded runs a bbolt call. bbolt panics on pages that make no sense, and a cut file faults: both become ErrDamaged.
func guarded(do func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v: %w", r, ErrDamaged)
		}
	}()
	err = do()
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrInUse
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrInvalidMapping):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrNewer, err)
	}
	return err
}
