package store

import "kith/store/kp1"

// An index of a group finds something by an id. Ids come in no order, and in one large tree nearly every id that is added
// would have a page of its own written. So what is new lies in a small tree. When that is full it is emptied into a larger
// one, and an eighth of that one, by turns, into the largest: in order, so that each page takes many at once. A key stands
// in one of the three.
type index struct {
	own   shelf     // the group's, in which the trees lie
	tiers [3]shelf  // the newest first
	names [3]string // of the tiers
}

const (
	tierMost  = 2_048 // records that the newest tier may be given before it is emptied
	tierParts = 8     // of the one after it, one of which is emptied then: keys that begin alike, in turn
)

// The tiers of the two indexes beside the newest, which have the names of their indexes.
const (
	shelfIDs1, shelfIDs2 = "ids1", "ids2"
	shelfOps1, shelfOps2 = "ops1", "ops2"
)

var (
	idTiers = [...]string{shelfIDs, shelfIDs1, shelfIDs2}
	opTiers = [...]string{shelfOps, shelfOps1, shelfOps2}

	// sealedAs names the shelf for which the records of another are sealed, so that they move there and back as they are.
	sealedAs = map[string]string{shelfIDs1: shelfIDs, shelfIDs2: shelfIDs, shelfOps1: shelfOps, shelfOps2: shelfOps}
)

// sealName is the name under which the records of a bucket are sealed.
func sealName(bucket []byte) []byte {
	if as, ok := sealedAs[string(bucket)]; ok {
		return []byte(as)
	}
	return bucket
}

// index opens one of the group's indexes; make says whether to write to it.
func (h *house) index(t tx, names [3]string, make bool) (index, error) {
	own, err := h.around(t, make)
	if err != nil {
		return index{}, err
	}
	x := index{own: own, names: names}
	for i, name := range names {
		if x.tiers[i], err = own.under([]byte(name), make && i == 0); err != nil {
			return index{}, err
		}
	}
	return x, nil
}

// settle empties the newest tier when it is full. How many records it was given is its bucket's own count; that of the
// middle one counts how often this was done, and so whose turn it is. Whoever opened the index before in this transaction
// sees no more of what is added after.
func (x *index) settle(most uint64) error {
	if x.tiers[0].b.Sequence() < most {
		return nil
	}
	for i := range x.tiers[1:] {
		var err error
		if x.tiers[i+1], err = x.own.under([]byte(x.names[i+1]), true); err != nil {
			return err
		}
	}
	newest, middle, last := x.tiers[0].b, x.tiers[1].b, x.tiers[2].b
	c := newest.Cursor()
	for k, sealed := c.First(); k != nil; k, sealed = c.Next() {
		if err := middle.Put(k, sealed); err != nil {
			return err
		}
	}
	if err := x.own.b.DeleteBucket([]byte(x.names[0])); err != nil {
		return err
	}
	x.own.in.note()
	var err error
	if x.tiers[0], err = x.own.under([]byte(x.names[0]), true); err != nil {
		return err
	}
	turn, err := middle.NextSequence()
	if err != nil {
		return err
	}
	var moved [][]byte
	c = middle.Cursor()
	part := byte(turn%tierParts) * (256 / tierParts)
	for k, sealed := c.Seek([]byte{part}); k != nil && k[0]-part < 256/tierParts; k, sealed = c.Next() {
		if err := last.Put(k, sealed); err != nil {
			return err
		}
		moved = append(moved, k)
	}
	for _, k := range moved {
		if err := middle.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// add files a record under a key that is not there.
func (x *index) add(key, plain []byte) error {
	if _, err := x.tiers[0].b.NextSequence(); err != nil {
		return err
	}
	return x.tiers[0].put(key, plain)
}

// replace files a record in the place of one that is there.
func (x *index) replace(key, plain []byte) error { return x.tierOf(key).put(key, plain) }

func (x *index) delete(key []byte) error { return x.tierOf(key).delete(key) }

// tierOf is where a key lies, or would.
func (x *index) tierOf(key []byte) shelf {
	for _, s := range x.tiers[1:] {
		if s.has(key) {
			return s
		}
	}
	return x.tiers[0]
}

func (x *index) has(key []byte) bool {
	for _, s := range x.tiers {
		if s.has(key) {
			return true
		}
	}
	return false
}

// get returns a copy of the value, or nil when there is none.
func (x *index) get(key []byte) ([]byte, error) {
	for _, s := range x.tiers {
		if plain, err := s.get(key); plain != nil || err != nil {
			return plain, err
		}
	}
	return nil, nil
}

// each calls do for every record, in no order, until it returns false or an error.
func (x *index) each(do func(key, plain []byte) (bool, error)) error {
	more := true
	for _, s := range x.tiers {
		if err := s.each(nil, func(k, plain []byte) (_ bool, err error) {
			more, err = do(k, plain)
			return more, err
		}); err != nil || !more {
			return err
		}
	}
	return nil
}

// sealed finds the one record whose key begins with an id, as it lies on the disk; its key is nil when there is none.
func (x *index) sealed(id kp1.ID) (from shelf, key, sealed []byte) {
	for _, s := range x.tiers {
		if s.b == nil {
			continue
		}
		if k, v := s.b.Cursor().Seek(id[:]); len(k) >= len(id) && kp1.ID(k[:len(id)]) == id {
			return s, k, v
		}
	}
	return shelf{}, nil, nil
}
