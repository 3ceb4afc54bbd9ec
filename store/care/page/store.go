package page

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"

	"kith/store/kp1"
)

// MaxSection is the size limit of one stored section in bytes.
const MaxSection = 64 << 20

// MaxPages is how many pages one stored book may have: more than a billion entries.
const MaxPages = 1 << 20

// Shelf takes the sections of a checkpoint. Each is named by the hash of its bytes, so that what has not changed keeps
// its name, and what is there already need not be written. A section is put before the one that names it.
type Shelf func(name kp1.ID, bytes func() ([]byte, error)) error

// Source gives the sections back. It is shared by all that was opened from it and safe for many goroutines at once.
type Source struct {
	load func(kp1.ID) ([]byte, error)
	err  atomic.Pointer[error]
}

// NewSource returns a source that reads sections with load, which must be safe for many goroutines at once, and must
// go on giving every section that the newest view saved until nothing opened from it is in use: what newer views no
// longer name was read before it was changed.
func NewSource(load func(kp1.ID) ([]byte, error)) *Source { return &Source{load: load} }

// Err returns the first fault met while reading, or nil. After a fault what could not be read looks empty: the fold is
// to be made anew from the ops.
func (s *Source) Err() error {
	if s == nil {
		return nil
	}
	if e := s.err.Load(); e != nil {
		return *e
	}
	return nil
}

func (s *Source) fault(err error) { s.err.CompareAndSwap(nil, &err) }

// Section returns one section, after checking its size and its name.
func (s *Source) Section(name kp1.ID) ([]byte, error) {
	b, err := s.load(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("section %s: %w", name.Short(), err)
	case len(b) > MaxSection:
		return nil, fmt.Errorf("section %s of %d bytes: %w", name.Short(), len(b), kp1.ErrTooBig)
	case kp1.Sum(b) != name:
		return nil, fmt.Errorf("section %s: bytes of another: %w", name.Short(), kp1.ErrForm)
	}
	return b, nil
}

// Ref is a stored book: how many entries, and the section that lists its pages, or its only page.
type Ref struct {
	_     struct{} `cbor:",toarray"`
	Count uint64
	Pages uint64 // 0: empty; 1: Name is the page; more: Name lists the pages
	Name  [32]byte
	Min   keyBytes
}

// keyBytes is a key as stored.
type keyBytes struct {
	_      struct{} `cbor:",toarray"`
	Hi, Lo uint64
	ID     [32]byte
}

// listed is one page in a list of pages.
type listed struct {
	Min   Key
	Count uint64
	Name  kp1.ID
}

// listedSize is the size of one stored page in a list: the key, the count in two bytes, and the name. A list is one byte
// string of them, because a store of a million posts has eleven thousand to read before anything else.
const listedSize = 8 + 8 + 32 + 2 + 32

func encodeList(list []listed) ([]byte, error) {
	b := make([]byte, 0, len(list)*listedSize)
	for _, p := range list {
		b = binary.BigEndian.AppendUint64(b, p.Min.Hi)
		b = binary.BigEndian.AppendUint64(b, p.Min.Lo)
		b = append(b, p.Min.ID[:]...)
		b = binary.BigEndian.AppendUint16(b, uint16(p.Count))
		b = append(b, p.Name[:]...)
	}
	return kp1.Marshal(b)
}

func decodeList(b []byte) ([]listed, error) {
	var in []byte
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, fmt.Errorf("list of pages: %w", err)
	}
	if len(in)%listedSize != 0 || len(in) == 0 {
		return nil, fmt.Errorf("list of pages of %d bytes: %w", len(in), kp1.ErrForm)
	}
	list := make([]listed, len(in)/listedSize)
	for i := range list {
		p := in[i*listedSize : (i+1)*listedSize]
		list[i].Min.Hi, list[i].Min.Lo = binary.BigEndian.Uint64(p), binary.BigEndian.Uint64(p[8:])
		copy(list[i].Min.ID[:], p[16:])
		list[i].Count = uint64(binary.BigEndian.Uint16(p[48:]))
		copy(list[i].Name[:], p[50:])
	}
	return list, nil
}

func stored(k Key) keyBytes { return keyBytes{Hi: k.Hi, Lo: k.Lo, ID: k.ID} }
func (k keyBytes) key() Key { return Key{k.Hi, k.Lo, k.ID} }
func plain(b []byte) func() ([]byte, error) {
	return func() ([]byte, error) { return b, nil }
}

// Put puts bytes on the shelf and returns their name.
func (put Shelf) Put(b []byte) (kp1.ID, error) {
	name := kp1.Sum(b)
	return name, put(name, plain(b))
}

// Save puts every page of the book on the shelf, those not changed since they were read by name alone. encode writes
// one page. Cost: the number of pages, and the bytes of changed ones.
func (b Book[E]) Save(put Shelf, encode func([]E) ([]byte, error)) (Ref, error) {
	if b.root == nil {
		return Ref{}, nil
	}
	var list []listed
	if err := b.root.save(put, encode, &list); err != nil {
		return Ref{}, err
	}
	ref := Ref{Count: uint64(b.root.count), Pages: uint64(len(list)), Name: list[0].Name, Min: stored(list[0].Min)}
	if len(list) == 1 {
		return ref, nil
	}
	bytes, err := encodeList(list)
	if err != nil {
		return Ref{}, err
	}
	ref.Name, err = put.Put(bytes)
	return ref, err
}

func (n *node[E]) save(put Shelf, encode func([]E) ([]byte, error), list *[]listed) error {
	if n.page == nil {
		if err := n.kids[0].save(put, encode, list); err != nil {
			return err
		}
		return n.kids[1].save(put, encode, list)
	}
	l := n.page
	name := l.name.Load()
	if name == nil {
		bytes, err := encode(l.entries)
		if err != nil {
			return err
		}
		id, err := put.Put(bytes)
		if err != nil {
			return err
		}
		name = &id
		l.name.Store(name)
	} else if err := put(*name, func() ([]byte, error) { return encode(l.all()) }); err != nil {
		return err
	}
	*list = append(*list, listed{Min: n.min, Count: uint64(n.count), Name: *name})
	return nil
}

// Open returns the stored book. It reads the list of pages; a page is read when it is first needed, with decode. It
// returns an error for a list that no Save would write.
func Open[E Entry](src *Source, ref Ref, decode func([]byte) ([]E, error)) (Book[E], error) {
	bad := func(why string) (Book[E], error) {
		return Book[E]{}, fmt.Errorf("book of %d pages, %s: %w", ref.Pages, why, kp1.ErrForm)
	}
	list := []listed{{Min: ref.Min.key(), Count: ref.Count, Name: ref.Name}}
	switch {
	case ref.Pages == 0:
		if ref != (Ref{}) {
			return bad("not empty")
		}
		return Book[E]{}, nil
	case ref.Pages > MaxPages:
		return bad("too many")
	case ref.Pages > 1:
		bytes, err := src.Section(ref.Name)
		if err != nil {
			return Book[E]{}, err
		}
		if list, err = decodeList(bytes); err != nil {
			return Book[E]{}, err
		}
		if uint64(len(list)) != ref.Pages || list[0].Min != ref.Min.key() {
			return bad("list of others")
		}
	}
	nodes, total := make([]*node[E], len(list)), uint64(0)
	for i, p := range list {
		if p.Count == 0 || p.Count > MaxEntries || i > 0 && list[i-1].Min.Compare(p.Min) >= 0 {
			return bad("out of order")
		}
		total += p.Count
		nodes[i] = open(src, p, decode)
	}
	if total != ref.Count {
		return bad("count differs")
	}
	root := gather(nodes)
	if !root.shaped() {
		return bad("pages too small")
	}
	return Book[E]{root}, nil
}

// open returns a page that is read when it is first needed.
func open[E Entry](src *Source, p listed, decode func([]byte) ([]E, error)) *node[E] {
	n := &node[E]{count: int(p.Count), min: p.Min, page: &leaf[E]{}}
	name := p.Name
	n.page.name.Store(&name)
	n.page.fetch = func() []E {
		es, err := read(src, p, decode)
		if err != nil {
			src.fault(err)
			return nil
		}
		return es
	}
	return n
}

func read[E Entry](src *Source, p listed, decode func([]byte) ([]E, error)) ([]E, error) {
	b, err := src.Section(p.Name)
	if err != nil {
		return nil, err
	}
	es, err := decode(b)
	if err != nil {
		return nil, err
	}
	sorted := slices.IsSortedFunc(es, func(a, b E) int {
		if a.PageKey().Compare(b.PageKey()) < 0 {
			return -1
		}
		return 1
	})
	if uint64(len(es)) != p.Count || !sorted || es[0].PageKey() != p.Min {
		return nil, fmt.Errorf("page %s: other entries than listed: %w", p.Name.Short(), kp1.ErrForm)
	}
	return es, nil
}

// gather makes the tree of pages in order: it is parted where keys differ first, as it was when the pages were made.
func gather[E Entry](nodes []*node[E]) *node[E] {
	if len(nodes) == 1 {
		return nodes[0]
	}
	bit := firstDiff(nodes[0].min, nodes[len(nodes)-1].min)
	i, _ := slices.BinarySearchFunc(nodes, 1, func(n *node[E], _ int) int { return n.min.bit(bit) - 1 })
	return (&Editor[E]{}).part(bit, gather(nodes[:i]), gather(nodes[i:]))
}

// shaped reports whether every parting has more entries than one page would hold.
func (n *node[E]) shaped() bool {
	return n.page != nil || n.count > MaxEntries && n.kids[0].shaped() && n.kids[1].shaped()
}

// EncodeMarks writes a page of marks; DecodeMarks reads one.
func EncodeMarks(ms []Mark) ([]byte, error) {
	out := make([]keyBytes, len(ms))
	for i, m := range ms {
		out[i] = stored(m.Key)
	}
	return kp1.Marshal(out)
}

// DecodeMarks reads a page that EncodeMarks wrote.
func DecodeMarks(b []byte) ([]Mark, error) {
	var in []keyBytes
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, fmt.Errorf("page of marks: %w", err)
	}
	out := make([]Mark, len(in))
	for i, k := range in {
		out[i] = Mark{k.key()}
	}
	return out, nil
}
