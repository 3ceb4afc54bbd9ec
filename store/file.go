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
func boltOptions() *bbolt.Options {
	return &bbolt.Options{Timeout: maxLockWait, FreelistType: bbolt.FreelistMapType}
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
	db, err := bbolt.Open(tmp, 0o600, boltOptions())
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
	if err := os.Rename(tmp, path); err != nil {
		return diskError(err)
	}
	return diskError(syncDir(home))
}

// openFile opens the store file after looking at its size and its two meta pages, so that a cut file is an
// error and not a fault.
func openFile(home string) (*bbolt.DB, error) {
	path := filepath.Join(home, fileName)
	if err := preflight(path); err != nil {
		return nil, err
	}
	var db *bbolt.DB
	err := guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, boltOptions())
		return err
	})
	if err != nil {
		return nil, err
	}
	db.AllocSize = 4 << 20 // a family's store grows slowly; 16 MiB at a time would be most of it
	return db, nil
}

// Facts of bbolt's file format, version 2 (bbolt/internal/common: page, meta).
const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	boltPageHeader = 16
	boltMetaSize   = 64
)

// preflight reads both meta pages and compares the newest good one with the file's length.
func preflight(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoStore
	}
	if err != nil {
		return diskError(err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return diskError(err)
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s: not a file: %w", fileName, ErrDamaged)
	}
	var need, best uint64
	good := false
	for _, off := range []int64{0, int64(os.Getpagesize())} {
		buf := make([]byte, boltPageHeader+boltMetaSize)
		if _, err := io.ReadFull(io.NewSectionReader(f, off, int64(len(buf))), buf); err != nil {
			continue
		}
		m := buf[boltPageHeader:]
		sum := fnv.New64a()
		_, _ = sum.Write(m[:56])
		if binary.NativeEndian.Uint32(m) != boltMagic || binary.NativeEndian.Uint64(m[56:]) != sum.Sum64() {
			continue
		}
		if binary.NativeEndian.Uint32(m[4:]) != boltVersion {
			return fmt.Errorf("%s: file format %d: %w", fileName, binary.NativeEndian.Uint32(m[4:]), ErrNewer)
		}
		if tx := binary.NativeEndian.Uint64(m[48:]); !good || tx >= best {
			good, best = true, tx
			need = binary.NativeEndian.Uint64(m[40:]) * uint64(binary.NativeEndian.Uint32(m[8:]))
		}
	}
	switch {
	case !good:
		return fmt.Errorf("%s: %d bytes and no good first page: %w", fileName, st.Size(), ErrDamaged)
	case need > uint64(st.Size()): //nolint:gosec // a file's size is never negative
		return fmt.Errorf("%s: %d of %d bytes are here: %w", fileName, st.Size(), need, ErrDamaged)
	}
	return nil
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
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, bolterrors.ErrMaxSizeReached):
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

// syncDir makes a rename durable. Windows knows no such call and needs none.
func syncDir(dir string) error {
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
