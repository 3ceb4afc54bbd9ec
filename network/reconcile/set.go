package reconcile

import (
	"iter"
	"slices"
	"sort"
)

// chunkSize is the most items in one chunk of a Set. A change copies one chunk and the list of chunks.
const chunkSize = 512

// Set is an immutable sorted set of items. The zero value is empty. A Set may be read from any number of goroutines;
// With and Without cost about a microsecond for each item, whatever the size, and share what did not change.
type Set struct {
	chunks []chunk
	starts []int // items before each chunk
	n      int
}

type chunk []Item // sorted, never empty, never changed once in a Set

// place is where an item stands in the chunk, or would stand.
func (c chunk) place(it *Item) (at int, there bool) {
	at = sort.Search(len(c), func(k int) bool { return !c[k].less(it) })
	return at, at < len(c) && c[at] == *it
}

// NewSet sorts the items into a Set. Duplicates count once, an item whose week cannot be written not at all; items is
// not kept.
func NewSet(items []Item) Set {
	sorted := slices.DeleteFunc(slices.Clone(items), func(it Item) bool { return it.Week > maxWeek })
	slices.SortFunc(sorted, Item.Compare)
	return counted(parted(slices.Compact(sorted)))
}

func counted(chunks []chunk) Set {
	s := Set{chunks: chunks, starts: make([]int, len(chunks))}
	for i, c := range chunks {
		s.starts[i] = s.n
		s.n += len(c)
	}
	return s
}

// Len is the number of items.
func (s Set) Len() int { return s.n }

// At is the i-th item in order.
func (s Set) At(i int) Item {
	c := s.chunkAt(i)
	return s.chunks[c][i-s.starts[c]]
}

// chunkAt is the chunk that the i-th item lies in.
func (s Set) chunkAt(i int) int {
	return sort.Search(len(s.starts), func(k int) bool { return s.starts[k] > i }) - 1
}

// Has reports whether the item is in the set.
func (s Set) Has(it Item) bool {
	i := s.below(Bound{Item: it})
	return i < s.n && s.At(i) == it
}

// below is the number of items less than b.
func (s Set) below(b Bound) int {
	if b.Inf {
		return s.n
	}
	c := s.chunkOf(b.Item)
	if c < 0 {
		return 0
	}
	k, _ := s.chunks[c].place(&b.Item)
	return s.starts[c] + k
}

// chunkOf is the last chunk whose first item is not above it, or -1.
func (s Set) chunkOf(it Item) int {
	return sort.Search(len(s.chunks), func(k int) bool { return it.less(&s.chunks[k][0]) }) - 1
}

// Between yields the items of a range in order.
func (s Set) Between(r Range) iter.Seq[Item] {
	return func(yield func(Item) bool) { s.each(s.below(r.Lo), s.below(r.Hi), yield) }
}

// Count is the number of items in a range.
func (s Set) Count(r Range) int { return max(0, s.below(r.Hi)-s.below(r.Lo)) }

func (s Set) each(lo, hi int, yield func(Item) bool) {
	if lo >= hi {
		return
	}
	c := s.chunkAt(lo)
	for k := lo - s.starts[c]; lo < hi; lo++ {
		if k == len(s.chunks[c]) {
			c, k = c+1, 0
		}
		if !yield(s.chunks[c][k]) {
			return
		}
		k++
	}
}

// With is the set with the items added; items already there are no error.
func (s Set) With(items ...Item) Set {
	if len(items) > max(64, s.n/8) {
		all := make([]Item, 0, s.n+len(items))
		s.each(0, s.n, func(it Item) bool { all = append(all, it); return true })
		return NewSet(append(all, items...))
	}
	news := slices.DeleteFunc(slices.Clone(items), func(it Item) bool { return it.Week > maxWeek })
	slices.SortFunc(news, Item.Compare)
	if len(s.chunks) == 0 {
		return NewSet(news)
	}
	chunks := make([]chunk, 0, len(s.chunks)+1)
	for i, c := range s.chunks {
		n := len(news)
		if i+1 < len(s.chunks) {
			n = sort.Search(n, func(k int) bool { return !news[k].less(&s.chunks[i+1][0]) })
		}
		chunks = append(chunks, c.with(news[:n])...)
		news = news[n:]
	}
	return counted(chunks)
}

// with is the chunk with sorted items added, in parts where it has grown too large. It is the same one if all were there.
func (c chunk) with(items []Item) []chunk {
	if len(items) == 0 {
		return []chunk{c}
	}
	grown := make(chunk, 0, len(c)+len(items))
	rest := c
	for i := range items {
		k, there := rest.place(&items[i])
		grown = append(grown, rest[:k]...)
		if rest = rest[k:]; !there && (len(grown) == 0 || grown[len(grown)-1] != items[i]) {
			grown = append(grown, items[i])
		}
	}
	switch grown = append(grown, rest...); {
	case len(grown) == len(c):
		return []chunk{c}
	case len(grown) <= chunkSize:
		return []chunk{grown}
	}
	return parted(grown)
}

// parted cuts sorted items into chunks that have room for more.
func parted(all []Item) (chunks []chunk) {
	for part := range slices.Chunk(all, chunkSize/2) {
		chunks = append(chunks, part)
	}
	return chunks
}

// Without is the set with the items taken out; items not there are no error.
func (s Set) Without(items ...Item) Set {
	chunks := slices.Clone(s.chunks)
	for _, it := range items {
		c := Set{chunks: chunks}.chunkOf(it)
		if c < 0 {
			continue
		}
		k, there := chunks[c].place(&it)
		switch {
		case !there:
		case len(chunks[c]) == 1:
			chunks = slices.Delete(chunks, c, c+1)
		default:
			chunks[c] = append(slices.Clone(chunks[c][:k]), chunks[c][k+1:]...)
		}
	}
	return counted(chunks)
}
