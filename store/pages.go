package store

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// This file reads the pages of a bbolt file without believing them. bbolt itself follows the numbers in a page wherever
// they lead: out of the file, which ends the program, or round in a circle, which never ends. So every page that leads
// to others is looked at before bbolt may use it. What lies in the leaves is sealed and proves itself.

// Facts of bbolt's pages, beside those of its first pages (bbolt/internal/common).
const (
	boltBranch   = 0x01
	boltLeaf     = 0x02
	boltFreelist = 0x10
	boltElement  = 16 // bytes of one element of a branch or a leaf
	boltBucket   = 16 // bytes of a bucket's head: its first page and a counter

	maxPageDepth = 32 // no tree of ours is half as deep
)

// pageWalk is one look at all pages that lead to others.
type pageWalk struct {
	f     io.ReaderAt
	size  uint64 // of a page
	count uint64 // pages in use or free
	seen  map[uint64]bool
	deep  bool // look at every leaf as well, not only at those that hold buckets
}

func badPage(id uint64, format string, args ...any) error {
	return fmt.Errorf("page %d: %s: %w", id, fmt.Sprintf(format, args...), ErrDamaged)
}

// checkPages walks the pages of a store file that is not being written. Its error is ErrDamaged or the disk's.
func checkPages(path string) error { return walkPages(path, false) }

func walkPages(path string, deep bool) error {
	f, err := os.Open(path)
	if err != nil {
		return diskError(err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return diskError(err)
	}
	m, err := newestMeta(f, st.Size())
	if err != nil {
		return err
	}
	w := &pageWalk{f: f, size: m.pageSize, count: m.pages, seen: map[uint64]bool{}, deep: deep}
	if err := w.freelist(m.freelist); err != nil {
		return err
	}
	return w.bucket(m.root, 0, false)
}

// read returns a page with all that overflows from it, and counts it as seen.
func (w *pageWalk) read(id uint64) ([]byte, error) {
	if id < 2 || id >= w.count {
		return nil, badPage(id, "out of %d", w.count)
	}
	if w.seen[id] {
		return nil, badPage(id, "named twice")
	}
	head := make([]byte, boltPageHeader)
	if _, err := w.f.ReadAt(head, int64(id*w.size)); err != nil { //nolint:gosec // less than count, which fits the file
		return nil, badPage(id, "%v", err)
	}
	more := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head) != id || id+more >= w.count {
		return nil, badPage(id, "of another place")
	}
	for i := range more + 1 {
		w.seen[id+i] = true
	}
	page := make([]byte, (more+1)*w.size)
	if _, err := w.f.ReadAt(page, int64(id*w.size)); err != nil { //nolint:gosec // as above
		return nil, badPage(id, "%v", err)
	}
	return page, nil
}

// bucket looks at the tree of a bucket. flat says that no bucket lies inside it.
func (w *pageWalk) bucket(root uint64, depth int, flat bool) error {
	if depth > maxPageDepth {
		return badPage(root, "too deep")
	}
	if flat && !w.deep && w.leaf(root) {
		return nil
	}
	page, err := w.read(root)
	if err != nil {
		return err
	}
	switch flags := binary.NativeEndian.Uint16(page[8:]); flags {
	case boltBranch:
		return w.branch(root, page, depth, flat)
	case boltLeaf:
		return w.elements(root, page, depth)
	default:
		return badPage(root, "of kind %#x", flags)
	}
}

// leaf says whether a page is a sound leaf by its head alone. What it holds is sealed, and is proven when it is read.
func (w *pageWalk) leaf(id uint64) bool {
	head := make([]byte, boltPageHeader)
	if id < 2 || id >= w.count || w.seen[id] {
		return false
	}
	if _, err := w.f.ReadAt(head, int64(id*w.size)); err != nil { //nolint:gosec // as above
		return false
	}
	more := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head) != id || binary.NativeEndian.Uint16(head[8:]) != boltLeaf || id+more >= w.count {
		return false
	}
	n := uint64(binary.NativeEndian.Uint16(head[10:]))
	w.seen[id] = true
	return boltPageHeader+n*boltElement <= (more+1)*w.size
}

func (w *pageWalk) branch(id uint64, page []byte, depth int, flat bool) error {
	n := int(binary.NativeEndian.Uint16(page[10:]))
	if n == 0 || boltPageHeader+n*boltElement > len(page) {
		return badPage(id, "%d branches", n)
	}
	for i := range n {
		at := boltPageHeader + i*boltElement
		pos, size := uint64(binary.NativeEndian.Uint32(page[at:])), uint64(binary.NativeEndian.Uint32(page[at+4:]))
		if uint64(at)+pos+size > uint64(len(page)) { //nolint:gosec // not negative
			return badPage(id, "branch %d out of the page", i)
		}
		if err := w.bucket(binary.NativeEndian.Uint64(page[at+8:]), depth+1, flat); err != nil {
			return err
		}
	}
	return nil
}

// elements looks at the records of a leaf, and into the buckets among them.
func (w *pageWalk) elements(id uint64, page []byte, depth int) error {
	n := int(binary.NativeEndian.Uint16(page[10:]))
	if boltPageHeader+n*boltElement > len(page) {
		return badPage(id, "%d records", n)
	}
	for i := range n {
		at := boltPageHeader + i*boltElement
		flags := binary.NativeEndian.Uint32(page[at:])
		pos, ks, vs := uint64(binary.NativeEndian.Uint32(page[at+4:])), uint64(binary.NativeEndian.Uint32(page[at+8:])), uint64(binary.NativeEndian.Uint32(page[at+12:]))
		from := uint64(at) + pos //nolint:gosec // not negative
		if from+ks+vs > uint64(len(page)) {
			return badPage(id, "record %d out of the page", i)
		}
		if flags == 0 {
			continue
		}
		if flags != 1 || vs < boltBucket {
			return badPage(id, "record %d of kind %#x", i, flags)
		}
		name, head := page[from:from+ks], page[from+ks:from+ks+vs]
		if root := binary.NativeEndian.Uint64(head); root != 0 {
			if err := w.bucket(root, depth+1, flatShelves[string(name)]); err != nil {
				return err
			}
			continue
		}
		inline := head[boltBucket:] // a small bucket lies in its own record
		if len(inline) < boltPageHeader || binary.NativeEndian.Uint16(inline[8:]) != boltLeaf {
			return badPage(id, "record %d is no bucket", i)
		}
		if err := w.elements(id, inline, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// freelist looks at the list of free pages: what stands there is written over next.
func (w *pageWalk) freelist(id uint64) error {
	page, err := w.read(id)
	if err != nil {
		return err
	}
	if flags := binary.NativeEndian.Uint16(page[8:]); flags != boltFreelist {
		return badPage(id, "of kind %#x", flags)
	}
	n, at := uint64(binary.NativeEndian.Uint16(page[10:])), uint64(boltPageHeader)
	if n == 0xffff {
		n, at = binary.NativeEndian.Uint64(page[at:]), at+8
	}
	if n > w.count || at+n*8 > uint64(len(page)) {
		return badPage(id, "%d free pages", n)
	}
	for i := range n {
		free := binary.NativeEndian.Uint64(page[at+i*8:])
		if free < 2 || free >= w.count || w.seen[free] {
			return badPage(free, "cannot be free")
		}
		w.seen[free] = true // a page that is free and in use is damage
	}
	return nil
}

// flatShelves hold records alone.
var flatShelves = map[string]bool{
	shelfMeta: true, shelfJoins: true, shelfBoxes: true, shelfLinks: true, shelfLocal: true, shelfSelf: true, shelfLog: true, shelfTail: true, shelfIDs: true,
	shelfIDs1: true, shelfIDs2: true, shelfOps: true, shelfOps1: true, shelfOps2: true, shelfAuth: true, shelfKeys: true, shelfWait: true, shelfLack: true, shelfLate: true, shelfHeld: true,
	shelfFold: true, shelfInvites: true, shelfTickets: true, shelfRequests: true, shelfHeard: true, shelfFence: true, shelfForks: true, shelfBad: true,
	shelfShares: true, shelfLost: true, shelfStubs: true, shelfGone: true, shelfTwice: true,
	shelfLarge: true, shelfFiles: true, shelfParts: true, shelfStands: true, shelfRounds: true, shelfSticks: true, shelfPending: true, shelfReceipts: true,
}
