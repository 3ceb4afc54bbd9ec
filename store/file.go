package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kith/store/kp1"
)

// fileName is the store's one file in a home.
const fileName = "store"

// maxLockWait is how long Open waits for another process to let the file go.
const maxLockWait = 300 * time.Millisecond

// preflights is how often, within maxLockWait, a file is looked at before it is called damaged.
const preflights = 3

// Errors that a person may meet. Each has its own sentence in app/present.
var (
	// ErrInUse: another process holds the store.
	ErrInUse = &kp1.Error{ECode: "E_IN_USE", Msg: "store is in use by another process"}
	// ErrNoStore: the home holds no store.
	ErrNoStore = &kp1.Error{ECode: "E_NO_HOME", Msg: "no store in this home"}
	// ErrExists: the home holds a store already; nothing was touched.
	ErrExists = &kp1.Error{ECode: "E_HOME_EXISTS", Msg: "this home holds a store already"}
	// ErrDamaged: the file, or a record in it, is not what was written. Nothing was changed.
	ErrDamaged = &kp1.Error{ECode: "E_STORE_DAMAGED", Msg: "store is damaged"}
	// ErrNewer: the file was written by a newer version. It is opened by nobody older.
	ErrNewer = &kp1.Error{ECode: "E_STORE_NEWER", Msg: "store was written by a newer version"}
	// ErrFull: the disk is full. What was there before is there still.
	ErrFull = &kp1.Error{ECode: "E_DISK_FULL", Msg: "disk is full"}
	// ErrDisk: the disk refused to read or write.
	ErrDisk = &kp1.Error{ECode: "E_DISK", Msg: "disk refused"}
)

// boltOptions are the same for every open, so that a file's shape never depends on who opened it.
func boltOptions(maxSize int) *bbolt.Options {
	return &bbolt.Options{Timeout: maxLockWait, FreelistType: bbolt.FreelistMapType, MaxSize: maxSize, NoSync: !durable}
}

// createFile makes an empty store file under another name, lets fill write into it, syncs file and folder, and
// only then gives it its name: a power cut on the very first start leaves no half-made store.
func createFile(home string, fill func(*bbolt.Tx) error) error {
	path := filepath.Join(home, fileName)
	if _, err := os.Lstat(path); err == nil {
		return ErrExists
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return diskError(err)
	}
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(err)
	}
	db, err := bbolt.Open(tmp, 0o600, boltOptions(0))
	if err != nil {
		return diskError(err)
	}
	if err := db.Update(fill); err != nil {
		_ = db.Close()
		return diskError(err)
	}
	if err := errors.Join(db.Sync(), db.Close()); err != nil {
		return diskError(err)
	}
	if err := place(tmp, path); err != nil {
		return err
	}
	return diskError(syncDir(home))
}

// place gives a finished file its name, and never takes the name from another: two first starts at the same moment
// leave one store.
func place(tmp, path string) error {
	switch err := os.Link(tmp, path); {
	case err == nil:
		return diskError(os.Remove(tmp))
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	}
	return diskError(os.Rename(tmp, path)) // a disk without links
}

// openFile opens the store file after looking at its size and its two meta pages, so that a cut file is an
// error and not a fault.
func openFile(home string, maxSize int) (*bbolt.DB, error) {
	path := filepath.Join(home, fileName)
	err := preflight(path)
	for range preflights - 1 {
		if !errors.Is(err, ErrDamaged) {
			break
		}
		time.Sleep(maxLockWait / preflights) //nolint:forbidigo // the process that holds the file may be writing its first page just now
		err = preflight(path)
	}
	if err != nil {
		return nil, err
	}
	return openAt(path, maxSize)
}

// openAt opens the file of that name and holds it. A file that lost its name to another while it was waited for is not
// the store any more.
func openAt(path string, maxSize int) (*bbolt.DB, error) {
	if err := inspect(path); err != nil {
		return nil, err
	}
	var db *bbolt.DB
	var held *os.File
	o := boltOptions(maxSize)
	o.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		held, err = os.OpenFile(name, flag, mode)
		return held, err
	}
	err := guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	now, err := os.Stat(path)
	if err == nil {
		var was os.FileInfo
		if was, err = held.Stat(); err == nil && !os.SameFile(now, was) {
			err = errMoved
		}
	}
	if err != nil {
		return nil, errors.Join(diskError(err), db.Close())
	}
	return db, nil
}

// durable says that a transaction is on the disk before it is told as done. Only the tests of this package turn it off: most
// of the time of a test that writes much is waiting for a disk whose power nobody cuts.
var durable = true

// growth is by how many bytes a file of that size grows when it is full: a sixteenth, so that it holds little that is
// empty and does not grow often, for that costs a sync of its own. bbolt's own 16 MiB would be most of a family's store.
func growth(size int64) int { return int(min(max(size/16, 256<<10), 16<<20)) }

// inspect looks at the pages while nobody writes. bbolt is not let loose on the file for writing before: it would read
// the list of free pages and, where that makes no sense, end with the file still locked.
func inspect(path string) error {
	o := boltOptions(0)
	o.ReadOnly = true
	return guarded(func() error {
		db, err := bbolt.Open(path, 0o600, o)
		if err != nil {
			return err
		}
		return errors.Join(checkPages(path), db.Close())
	})
}

// Facts of bbolt's file format, version 2 (bbolt/internal/common: page, meta).
const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	boltPageHeader = 16
	boltMetaSize   = 64
)

// meta is what the newest good one of bbolt's two first pages says.
type meta struct {
	pageSize, root, freelist, pages, tx uint64
}

// errNotPlain: what lies at a path is a folder, a pipe or a device, and no file.
var errNotPlain = errors.New("not a file")

// openPlain opens a file to read. Somebody else may have put what lies there: a pipe or a device, of which a reader would
// wait for ever or never see the end, is refused without waiting.
func openPlain(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errNotPlain
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// preflight compares the newest good first page with the file's length.
func preflight(path string) error {
	f, err := openPlain(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNoStore
	case errors.Is(err, errNotPlain):
		return fmt.Errorf("%s: %w: %w", fileName, err, ErrDamaged)
	case err != nil:
		return diskError(err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return diskError(err)
	}
	_, err = newestMeta(f, st.Size())
	return err
}

func newestMeta(f io.ReaderAt, size int64) (best meta, err error) {
	good := false
	for _, off := range []int64{0, int64(os.Getpagesize())} {
		buf := make([]byte, boltPageHeader+boltMetaSize)
		if _, err := f.ReadAt(buf, off); err != nil {
			continue
		}
		m := buf[boltPageHeader:]
		sum := fnv.New64a()
		_, _ = sum.Write(m[:56])
		if binary.NativeEndian.Uint32(m) != boltMagic || binary.NativeEndian.Uint64(m[56:]) != sum.Sum64() {
			continue
		}
		if v := binary.NativeEndian.Uint32(m[4:]); v != boltVersion {
			return meta{}, fmt.Errorf("%s: file format %d: %w", fileName, v, ErrNewer)
		}
		this := meta{
			pageSize: uint64(binary.NativeEndian.Uint32(m[8:])), root: binary.NativeEndian.Uint64(m[16:]),
			freelist: binary.NativeEndian.Uint64(m[32:]), pages: binary.NativeEndian.Uint64(m[40:]), tx: binary.NativeEndian.Uint64(m[48:]),
		}
		if !good || this.tx >= best.tx {
			good, best = true, this
		}
	}
	switch {
	case !good:
		return meta{}, fmt.Errorf("%s: %d bytes and no good first page: %w", fileName, size, ErrDamaged)
	case best.pageSize < 512 || best.pageSize > 64<<10 || best.pages > uint64(size)/best.pageSize: //nolint:gosec // a file's size is never negative
		return meta{}, fmt.Errorf("%s: %d bytes are not %d pages: %w", fileName, size, best.pages, ErrDamaged)
	}
	return best, nil
}

// guarded runs a bbolt call. bbolt panics on pages that make no sense, and a cut file faults: both become
// ErrDamaged, because a family's store must never end the program.
func guarded(do func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v: %w", r, ErrDamaged)
		}
	}()
	return diskError(do())
}

// diskError names what the disk said in our own coded errors; anything else passes unchanged.
func diskError(err error) error {
	var coded interface{ Code() string }
	switch {
	case err == nil || errors.As(err, &coded):
		return err
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrInUse
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return errClosed
	case errors.Is(err, syscall.ENOSPC), strings.HasSuffix(err.Error(), syscall.ENOSPC.Error()), errors.Is(err, syscall.EDQUOT), errors.Is(err, bolterrors.ErrMaxSizeReached):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrInvalidMapping):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrNewer, err)
	case errors.Is(err, fs.ErrPermission), isPathError(err):
		return fmt.Errorf("%w: %w", ErrDisk, err)
	}
	return err
}

func isPathError(err error) bool {
	var pe *fs.PathError
	var le *os.LinkError
	var no syscall.Errno
	return errors.As(err, &pe) || errors.As(err, &le) || errors.As(err, &no)
}

// SetAside renames a damaged store, so that a new one can be made in its place, and returns where it lies now. It is
// for a person who asked for it: nothing is deleted, and nothing in the file is changed. It returns ErrNoStore when
// there is none, and ErrInUse when another process has it open.
func SetAside(home string) (string, error) { return setAside(home, time.Now()) }

func setAside(home string, now time.Time) (string, error) {
	path := filepath.Join(home, fileName)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "", ErrNoStore
	}
	if preflight(path) == nil { // only a sound file can be held by another process
		db, err := openFile(home, 0)
		switch {
		case errors.Is(err, ErrInUse):
			return "", err
		case err == nil:
			if err := db.Close(); err != nil {
				return "", diskError(err)
			}
		}
	}
	for n := range 100 {
		to := path + ".damaged-" + now.UTC().Format("20060102T150405Z")
		if n > 0 {
			to += fmt.Sprintf("-%d", n)
		}
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.Rename(path, to); err != nil {
			return "", diskError(err)
		}
		return to, diskError(syncDir(home))
	}
	return "", fmt.Errorf("%s: a hundred set aside within one second: %w", fileName, ErrDisk)
}

// syncDir makes a rename durable. Windows knows no such call and needs none.
func syncDir(dir string) error {
	if !durable {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
