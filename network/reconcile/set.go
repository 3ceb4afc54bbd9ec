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
	sorted = slices.Compact(sorted)
	var chunks []chunk
	for part := range slices.Chunk(sorted, chunkSize/2) {
		chunks = append(chunks, slices.Clip(part))
	}
	return counted(chunks)
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
	c := sort.Search(len(s.starts), func(k int) bool { return s.starts[k] > i }) - 1
	return s.chunks[c][i-s.starts[c]]
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
	c := sort.Search(len(s.starts), func(k int) bool { return s.starts[k] > lo }) - 1
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
	chunks := slices.Clone(s.chunks)
	for _, it := range items {
		if it.Week <= maxWeek {
			chunks = insert(chunks, it)
		}
	}
	return counted(chunks)
}

// insert may change the list of chunks, but no chunk.
func insert(chunks []chunk, it Item) []chunk {
	if len(chunks) == 0 {
		return []chunk{{it}}
	}
	c := max(0, Set{chunks: chunks}.chunkOf(it))
	k, there := chunks[c].place(&it)
	if there {
		return chunks
	}
	grown := make(chunk, 0, len(chunks[c])+1)
	grown = append(append(append(grown, chunks[c][:k]...), it), chunks[c][k:]...)
	if len(grown) <= chunkSize {
		chunks[c] = grown
		return chunks
	}
	half := len(grown) / 2
	return slices.Replace(chunks, c, c+1, slices.Clip(grown[:half]), slices.Clip(grown[half:]))
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
