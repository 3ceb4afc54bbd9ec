package page

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"kith/store/kp1"
)

// Book is a sorted set of entries, one for each key. It is an immutable value; the zero value is empty. It may be read
// by many goroutines at once.
type Book[E Entry] struct{ root *node[E] }

// node is a page, or a parting of pages in two. A node is written to only by the Editor whose token it carries.
type node[E Entry] struct {
	count int
	min   Key // the smallest key below
	bit   int // a parting: the first bit in which keys below differ
	kids  [2]*node[E]
	page  *leaf[E] // nil for a parting
	token *token
}

type token struct{ _ byte }

// leaf is one page: in memory, or still where it is stored.
type leaf[E Entry] struct {
	once    sync.Once
	fetch   func() []E // nil when entries are here
	entries []E
	name    atomic.Pointer[kp1.ID] // of the stored page, once known
}

// all returns the entries, which the caller must not write to.
func (l *leaf[E]) all() []E {
	if l.fetch != nil {
		l.once.Do(func() { l.entries = l.fetch() })
	}
	return l.entries
}

// Len returns the number of entries. O(1).
func (b Book[E]) Len() int { return b.root.size() }

func (n *node[E]) size() int {
	if n == nil {
		return 0
	}
	return n.count
}

// Get returns the entry with key k. O(log n), reading at most one page.
func (b Book[E]) Get(k Key) (e E, ok bool) {
	n := b.root
	for n != nil && n.page == nil {
		n = n.kids[k.bit(n.bit)]
	}
	if n == nil {
		return e, false
	}
	es := n.page.all()
	i, ok := find(es, k)
	if !ok {
		return e, false
	}
	return es[i], true
}

func find[E Entry](es []E, k Key) (int, bool) {
	return slices.BinarySearchFunc(es, k, func(e E, k Key) int { return e.PageKey().Compare(k) })
}

// Index returns how many entries have keys before k. O(log n), reading at most one page.
func (b Book[E]) Index(k Key) int {
	before, n := 0, b.root
	for n != nil && n.page == nil {
		if d := firstDiff(k, n.min); d < n.bit { // k lies outside all that is below
			if k.bit(d) == 1 {
				before += n.count
			}
			return before
		}
		if k.bit(n.bit) == 1 {
			before += n.kids[0].size()
		}
		n = n.kids[k.bit(n.bit)]
	}
	if n == nil {
		return before
	}
	i, _ := find(n.page.all(), k)
	return before + i
}

// Range yields entries i to j-1 in order. O(log n) to begin; it reads the pages it passes and no others.
func (b Book[E]) Range(i, j int) iter.Seq[E] {
	return func(yield func(E) bool) { b.root.walk(i, j, yield) }
}

func (n *node[E]) walk(i, j int, yield func(E) bool) bool {
	if n == nil || i >= n.count || j <= 0 || i >= j {
		return true
	}
	if n.page != nil {
		es := n.page.all()
		for _, e := range es[min(max(i, 0), len(es)):min(j, len(es))] {
			if !yield(e) {
				return false
			}
		}
		return true
	}
	left := n.kids[0].count
	return n.kids[0].walk(i, j, yield) && n.kids[1].walk(i-left, j-left, yield)
}

// All yields every entry in order, reading every page.
func (b Book[E]) All() iter.Seq[E] { return b.Range(0, b.Len()) }

// Between yields the entries with from <= key < to, in order.
func (b Book[E]) Between(from, to Key) iter.Seq[E] { return b.Range(b.Index(from), b.Index(to)) }

// Backward yields the entries before index i, last first. It reads the pages it passes and no others.
func (b Book[E]) Backward(i int) iter.Seq[E] {
	return func(yield func(E) bool) { b.root.back(i, yield) }
}

func (n *node[E]) back(i int, yield func(E) bool) bool {
	if n == nil || i <= 0 {
		return true
	}
	if n.page != nil {
		es := n.page.all()
		for i := min(i, len(es)) - 1; i >= 0; i-- {
			if !yield(es[i]) {
				return false
			}
		}
		return true
	}
	return n.kids[1].back(i-n.kids[0].count, yield) && n.kids[0].back(i, yield)
}
