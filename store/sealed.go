package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"kith/store/keyring"
	"kith/store/kp1"
)

// A shelf is one bbolt bucket whose every value is sealed under the at-rest key, bound to its bucket and its key
// (protocol.md 3.7): a record moved elsewhere does not open. A nil bucket reads as empty.
type shelf struct {
	b    *bbolt.Bucket
	name []byte
	in   tx
}

// tx is one transaction seen through the at-rest key.
type tx struct {
	*bbolt.Tx
	rest  *keyring.AtRest
	wrote *bool // set by the first change; nil where none is made
}

// note says that the transaction has something to make durable.
func (t tx) note() {
	if t.wrote != nil {
		*t.wrote = true
	}
}

// writes says whether it has.
func (t tx) writes() bool { return t.wrote != nil && *t.wrote }

// top returns a top-level shelf; make says whether to create it.
func (t tx) top(name string, make bool) (shelf, error) {
	b := t.Bucket([]byte(name))
	if b == nil && make {
		var err error
		if b, err = t.CreateBucketIfNotExists([]byte(name)); err != nil {
			return shelf{}, err
		}
		t.note()
	}
	return shelf{b: b, name: []byte(name), in: t}, nil
}

// under returns the shelf of that name inside s.
func (s shelf) under(name []byte, make bool) (shelf, error) {
	in := shelf{name: slices.Concat(s.name, []byte{'/'}, sealName(name)), in: s.in}
	if s.b == nil {
		return in, nil
	}
	in.b = s.b.Bucket(name)
	if in.b == nil && make {
		var err error
		if in.b, err = s.b.CreateBucketIfNotExists(name); err != nil {
			return shelf{}, err
		}
		s.in.note()
	}
	return in, nil
}

func (s shelf) put(key, plain []byte) error {
	sealed, err := s.in.rest.Seal(s.name, key, plain)
	if err != nil {
		return err
	}
	s.in.note()
	return s.b.Put(key, sealed)
}

// open returns what was sealed under a key of this shelf. A store that is being locked is not a damaged one.
func (s shelf) open(key, sealed []byte) ([]byte, error) {
	plain, err := s.in.rest.Open(s.name, key, sealed)
	switch {
	case err == nil:
		return plain, nil
	case errors.Is(err, keyring.ErrLocked):
		return nil, err
	}
	return nil, fmt.Errorf("record %x: %w: %w", key[:min(len(key), 4)], ErrDamaged, err)
}

// get returns a copy of the value, or nil when there is none.
func (s shelf) get(key []byte) ([]byte, error) {
	if s.b == nil {
		return nil, nil
	}
	sealed := s.b.Get(key)
	if sealed == nil {
		return nil, nil
	}
	return s.open(key, sealed)
}

func (s shelf) delete(key []byte) error {
	if s.b == nil || s.b.Get(key) == nil {
		return nil
	}
	s.in.note()
	return s.b.Delete(key)
}

// each calls do for every record from the key `from` on, in order, until it returns false or an error.
func (s shelf) each(from []byte, do func(key, plain []byte) (bool, error)) error {
	if s.b == nil {
		return nil
	}
	c := s.b.Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if v == nil {
			continue // a bucket inside
		}
		plain, err := s.open(k, v)
		if err != nil {
			return err
		}
		if more, err := do(k, plain); err != nil || !more {
			return err
		}
	}
	return nil
}

// putCBOR seals v in canonical form.
func (s shelf) putCBOR(key []byte, v any) error {
	plain, err := kp1.Marshal(v)
	if err != nil {
		return err
	}
	return s.put(key, plain)
}

// getCBOR reads into v and says whether there was anything.
func (s shelf) getCBOR(key []byte, v any) (bool, error) {
	plain, err := s.get(key)
	if err != nil || plain == nil {
		return false, err
	}
	if err := kp1.Unmarshal(plain, v); err != nil {
		return false, fmt.Errorf("record %x: %w: %w", key[:min(len(key), 4)], ErrDamaged, err)
	}
	return true, nil
}

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
