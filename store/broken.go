package store

import (
	"bytes"
	"errors"
	"slices"

	"kith/store/care"
	"kith/store/kp1"
)

// shelfAside is where the shelf of a damaged group lies once this person has joined that group anew.
const shelfAside = "aside"

// Broken is a group whose records on this disk cannot be read. It is shown as that and as nothing else; every other
// group works. Joining it again by a new invite puts what is damaged aside and fetches from the others what they hold.
type Broken struct {
	Group kp1.GID // zero when not even that can be read
	Name  string  // what it was called when it was last written down; may be empty
	Err   error   // ErrDamaged, with the record's place
}

// keyGroups is the record with the names of all groups' shelves: a group that is gone from the disk is missed by it.
var keyGroups = []byte("groups")

// listed returns the names of the shelves that the groups of this store have.
func (t tx) listed() (names [][]byte, err error) {
	meta, err := t.top(shelfMeta, false)
	if err != nil {
		return nil, err
	}
	_, err = meta.getCBOR(keyGroups, &names)
	return names, err
}

// list writes down which groups there are: those that change makes of the ones that were listed.
func (t tx) list(change func([][]byte) [][]byte) error {
	names, err := t.listed()
	if err != nil {
		return err
	}
	names = change(names)
	slices.SortFunc(names, bytes.Compare)
	meta, err := t.top(shelfMeta, true)
	if err != nil {
		return err
	}
	return meta.putCBOR(keyGroups, slices.CompactFunc(names, bytes.Equal))
}

// loadOne reads one group into memory. Damage to it is noted and is no error: the other groups stay usable.
func (l *Ledger) loadOne(t tx, groups shelf, name []byte) error {
	delete(l.broken, string(name))
	b := Broken{}
	err := guarded(func() error { return l.loadGroup(t, groups, name, &b) })
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	l.opt.Log.Warn("group cannot be read", "group", b.Group.Short(), "why", codeOf(err))
	delete(l.groups, b.Group)
	if l.broken == nil {
		l.broken = map[string]Broken{}
	}
	b.Err = err
	l.broken[string(name)] = b
	return nil
}

// called returns what a group was called when its fold was last written down, if that much can be read.
func (h *house) called(t tx) (name string) {
	_ = guarded(func() error {
		s, err := h.shelf(t, shelfFold, false)
		if err != nil {
			return err
		}
		plain, err := s.get(rootKey)
		if err != nil || plain == nil {
			return err
		}
		ck, err := decodeCheckpoint(plain)
		if err != nil {
			return err
		}
		v, err := care.Open(ck.View, h.section)
		if err == nil {
			name = v.People().Group().Name
		}
		return err
	})
	return name
}

// putAside makes room for a group that this person joins anew: what cannot be read of it is kept, elsewhere in the file.
func (h *house) putAside(t tx, groups shelf) error {
	if _, is := h.l.broken[string(h.name)]; !is {
		return nil
	}
	aside, err := t.top(shelfAside, true)
	if err != nil {
		return err
	}
	if aside.b.Bucket(h.name) != nil { // it broke twice; the newer damage is the one worth keeping
		if err := aside.b.DeleteBucket(h.name); err != nil {
			return err
		}
	}
	h.touch()
	t.note()
	delete(h.l.broken, string(h.name))
	if groups.b.Bucket(h.name) == nil { // not even a shelf is left of it
		return nil
	}
	return groups.b.MoveBucket(h.name, aside.b)
}

// brokenGroups lists them in a fixed order.
func (l *Ledger) brokenGroups() []Broken {
	out := make([]Broken, 0, len(l.broken))
	for _, b := range l.broken {
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b Broken) int { return a.Group.Compare(b.Group) })
	return out
}

// checkBroken reports every group that could not be read, and names each record of it that does not open.
func (l *Ledger) checkBroken(t tx, r *Report) error {
	groups, err := t.top(shelfGroups, false)
	if err != nil {
		return err
	}
	for name, b := range l.broken {
		r.Bad = append(r.Bad, Finding{Group: b.Group, Where: "group", Err: b.Err})
		own, err := groups.under([]byte(name), false)
		if err != nil {
			return err
		}
		for _, s := range groupShelves {
			at, err := own.under([]byte(s), false)
			if err != nil {
				return err
			}
			at.findBad(b.Group, r)
		}
	}
	return nil
}
