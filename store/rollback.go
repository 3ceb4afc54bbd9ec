package store

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"kith/store/kp1"
)

// ErrOldCopy: this store is an older copy of itself: it was put back from an image, or copied from another computer. What
// it would write could stand in the place of what it has written before, and everybody would take it for a forger.
var ErrOldCopy = &kp1.Error{ECode: "E_OLD_COPY", Msg: "this store is an old copy of itself"}

// maxMarks is how many marks a store remembers. One that the keychain holds and that is older than all of these would be
// taken for a later one; each is at least one closing apart.
const maxMarks = 64

var (
	keyMarks = []byte("marks") // the newest last, 32 bytes each
	keyOld   = []byte("old")   // this person's own devices that write no more, 32 bytes each
)

// oldDevices are devices of this person's own under which nothing is written any more. A change makes a new map.
type oldDevices struct {
	now atomic.Pointer[map[kp1.DID]bool]
}

func (o *oldDevices) has(d kp1.DID) bool {
	m := o.now.Load()
	return m != nil && (*m)[d]
}

// writtenTo is how far this computer has written in one group.
type writtenTo struct {
	_      struct{} `cbor:",toarray"`
	Group  kp1.GID
	Device kp1.DID
	Auth   uint64
	Comps  [comps]uint64
}

// mark is a digest of how far this computer has written everywhere (protocol 3.7). Nobody without the at-rest key can
// tell anything from it. The lock is held.
func (l *Ledger) mark() ([]byte, error) {
	var all []writtenTo
	for _, h := range l.sorted() {
		w := writtenTo{Group: h.id, Device: h.self.Device}
		_, w.Auth = h.log.Last(h.self.Device)
		for c := range uint8(comps) {
			w.Comps[c] = h.chains[chain{h.self.Device, c}].seq
		}
		all = append(all, w)
	}
	plain, err := kp1.Marshal(all)
	if err != nil {
		return nil, err
	}
	return l.rest.Name("rollback", plain), nil
}

// Mark says how far this computer has written, in 32 bytes to be kept where the store is not. The store remembers on its
// own disk, before Mark returns, that it gave them out. fresh is false when it did so before: there is nothing to keep.
func (l *Ledger) Mark() (mark [32]byte, fresh bool, err error) {
	err = l.change(func(t tx) error {
		now, err := l.mark()
		if err != nil || len(now) != len(mark) {
			return err
		}
		mark = [32]byte(now)
		meta, marks, err := l.marks(t)
		if err != nil || len(marks) >= len(now) && bytes.Equal(marks[len(marks)-len(now):], now) {
			return err
		}
		fresh = true
		marks = append(marks, now...)
		return meta.put(keyMarks, marks[max(0, len(marks)-maxMarks*len(now)):])
	})
	return mark, fresh && err == nil, err
}

func (l *Ledger) marks(t tx) (meta shelf, marks []byte, err error) {
	if meta, err = t.top(shelfMeta, true); err != nil {
		return meta, nil, err
	}
	if marks, err = meta.get(keyMarks); err == nil && len(marks)%32 != 0 {
		err = fmt.Errorf("marks: %w", ErrDamaged)
	}
	return meta, marks, err
}

// Believe compares the store with a mark that it gave out. When it does not know that mark it is older than it: then
// nothing is written any more under the devices it has, which are to be linked anew, and old is true. It must come before
// anything else is done with the store.
func (l *Ledger) Believe(mark [32]byte) (old bool, err error) {
	err = l.change(func(t tx) error {
		_, marks, err := l.marks(t)
		if err != nil {
			return err
		}
		now, err := l.mark()
		if err != nil || bytes.Equal(now, mark[:]) {
			return err
		}
		for ; len(marks) > 0; marks = marks[32:] {
			if bytes.Equal(marks[:32], mark[:]) {
				return nil
			}
		}
		old = true
		var all []kp1.DID
		for _, h := range l.groups {
			all = append(all, h.self.Device)
		}
		return l.retire(t, all...)
	})
	return old, err
}

// Old says whether this computer writes no more in a group, because its store is older than what it has written.
func (l *Ledger) Old(g kp1.GID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	return h != nil && l.old.has(h.self.Device)
}

// retire sees to it that nothing is written under devices of this person's own any more, also after a restart.
func (l *Ledger) retire(t tx, devices ...kp1.DID) error {
	next := map[kp1.DID]bool{}
	if m := l.old.now.Load(); m != nil {
		next = maps.Clone(*m)
	}
	for _, d := range devices {
		next[d] = true
	}
	var plain []byte
	for _, d := range slices.SortedFunc(maps.Keys(next), kp1.DID.Compare) {
		plain = append(plain, d[:]...)
	}
	meta, err := t.top(shelfMeta, true)
	if err != nil {
		return err
	}
	l.old.now.Store(&next) // too early does no harm
	return meta.put(keyOld, plain)
}

func (l *Ledger) loadOld(meta shelf) error {
	plain, err := meta.get(keyOld)
	if err != nil || plain == nil {
		return err
	}
	if len(plain)%32 != 0 {
		return fmt.Errorf("old devices: %w", ErrDamaged)
	}
	m := map[kp1.DID]bool{}
	for ; len(plain) > 0; plain = plain[32:] {
		m[kp1.DID(plain[:32])] = true
	}
	l.old.now.Store(&m)
	return nil
}

// forgotten is told of an op of this very device that came from somebody else and is not here: the store is older than it.
func (b *batch) forgotten(id kp1.ID) error {
	if b.h.l.old.has(b.h.self.Device) {
		return nil
	}
	b.h.l.opt.Log.Warn("an op of our own that is not here", "group", b.h.id.Short(), "op", id.Short())
	return b.h.l.retire(b.t, b.h.self.Device)
}
