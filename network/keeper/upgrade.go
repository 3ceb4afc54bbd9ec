package keeper

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"go.etcd.io/bbolt"

	"kith/network/mailbox"
)

// newName is a file of the present version while it is made out of an older one.
const newName = FileName + ".new"

// upgraded returns a home's open file as one of the present version. An older one is copied, and the copy put in its place
// once it is whole and on the disk: until then the old file is not touched, and whoever is ended meanwhile begins again.
func upgraded(db *bbolt.DB, home string, maxSize int) (*bbolt.DB, error) {
	is := byte(0)
	err := guarded(func() error {
		return db.View(func(t *bbolt.Tx) error {
			if b := t.Bucket(bucketKeeper); b != nil {
				if v := b.Get(keyVersion); len(v) == 1 {
					is = v[0]
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if is != 1 {
		return db, nil
	}
	path, made := filepath.Join(home, FileName), filepath.Join(home, newName)
	if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, db.Close())
	}
	err = makeNew(db, made, maxSize)
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(made))
	}
	if err := errors.Join(os.Rename(made, path), syncFolder(home)); err != nil {
		return nil, err
	}
	return openBolt(path, maxSize)
}

// syncFolder makes a rename durable. Windows knows no such call and needs none.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path) //nolint:gosec // the keeper's own home
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeNew writes all that is in a file of version 1 to a new one.
func makeNew(from *bbolt.DB, path string, maxSize int) (err error) {
	to, err := openBolt(path, maxSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Sync(), to.Close()) }()
	to.NoSync = true // once, at the end
	return guarded(func() error {
		return from.View(func(t *bbolt.Tx) error {
			old, shelf := t.Bucket(bucketKeeper), t.Bucket(bucketShelf)
			if old == nil || shelf == nil || len(old.Get(keyIdentity)) == 0 {
				return ErrDamaged
			}
			err := to.Update(func(t *bbolt.Tx) error {
				b, err := t.CreateBucket(bucketKeeper)
				if err != nil {
					return err
				}
				if err := old.ForEach(b.Put); err != nil {
					return err
				}
				return errors.Join(b.Put(keyVersion, []byte{fileVersion}), prepare(t))
			})
			if err != nil {
				return err
			}
			err = mailbox.Upgrade(bucket{records: shelf}, func(do func(mailbox.Tx) error) error {
				return to.Update(func(t *bbolt.Tx) error { return do(shelfIn(t)) })
			})
			if errors.Is(err, mailbox.ErrDamaged) {
				return errors.Join(ErrDamaged, err)
			}
			return err
		})
	})
}
