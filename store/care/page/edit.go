package page

import "slices"

// Editor changes a copy of a Book in place: what it has copied once it does not copy again, so that many changes cost
// their number and not their square. It is for one goroutine. The book it came from stays as it is.
type Editor[E Entry] struct {
	root *node[E]
	mine *token
}

// Edit begins a batch of changes.
func (b Book[E]) Edit() *Editor[E] { return &Editor[E]{root: b.root, mine: &token{}} }

// Book ends the batch so far and returns the result; later changes copy again.
func (ed *Editor[E]) Book() Book[E] {
	ed.mine = &token{}
	return Book[E]{ed.root}
}

// Len returns the number of entries now.
func (ed *Editor[E]) Len() int { return ed.root.size() }

// Get returns the entry with key k as it is now.
func (ed *Editor[E]) Get(k Key) (E, bool) { return Book[E]{ed.root}.Get(k) }

// Put adds e, or replaces the entry with the same key. O(log n + MaxEntries).
func (ed *Editor[E]) Put(e E) { ed.root = ed.put(ed.root, e, e.PageKey()) }

// own returns a node that this batch may write to.
func (ed *Editor[E]) own(n *node[E]) *node[E] {
	if n.token == ed.mine {
		return n
	}
	c := *n
	c.token = ed.mine
	if n.page != nil {
		c.page = &leaf[E]{entries: slices.Clone(n.page.all())}
	}
	return &c
}

func (ed *Editor[E]) page(es []E) *node[E] {
	return &node[E]{count: len(es), min: es[0].PageKey(), page: &leaf[E]{entries: es}, token: ed.mine}
}

func (ed *Editor[E]) part(bit int, left, right *node[E]) *node[E] {
	return &node[E]{count: left.count + right.count, min: left.min, bit: bit, kids: [2]*node[E]{left, right}, token: ed.mine}
}

func (ed *Editor[E]) put(n *node[E], e E, k Key) *node[E] {
	if n == nil {
		return ed.page([]E{e})
	}
	if n.page == nil {
		if d := firstDiff(k, n.min); d < n.bit {
			if k.bit(d) == 0 {
				return ed.part(d, ed.page([]E{e}), n)
			}
			return ed.part(d, n, ed.page([]E{e}))
		}
		side := k.bit(n.bit)
		kid := ed.put(n.kids[side], e, k)
		n = ed.own(n)
		n.kids[side] = kid
		n.count, n.min = n.kids[0].count+n.kids[1].count, n.kids[0].min
		return n
	}
	n = ed.own(n)
	es := n.page.entries
	i, found := find(es, k)
	if found {
		es[i] = e
		return n
	}
	es = slices.Insert(es, i, e)
	if len(es) > MaxEntries {
		return ed.split(es)
	}
	n.page.entries, n.count, n.min = es, len(es), es[0].PageKey()
	return n
}

// split makes one page of es, or as many as they need. It takes es over.
func (ed *Editor[E]) split(es []E) *node[E] {
	if len(es) <= MaxEntries {
		return ed.page(es)
	}
	bit := firstDiff(es[0].PageKey(), es[len(es)-1].PageKey())
	i, _ := slices.BinarySearchFunc(es, 1, func(e E, _ int) int { return e.PageKey().bit(bit) - 1 })
	return ed.part(bit, ed.split(slices.Clip(es[:i])), ed.split(slices.Clone(es[i:])))
}

// Delete removes the entry with key k, if there is one. O(log n + MaxEntries).
func (ed *Editor[E]) Delete(k Key) {
	if _, ok := ed.Get(k); ok {
		ed.root = ed.remove(ed.root, k)
	}
}

func (ed *Editor[E]) remove(n *node[E], k Key) *node[E] {
	n = ed.own(n)
	if n.page != nil {
		i, _ := find(n.page.entries, k)
		es := slices.Delete(n.page.entries, i, i+1)
		if len(es) == 0 {
			return nil
		}
		return ed.page(es)
	}
	side := k.bit(n.bit)
	n.kids[side] = ed.remove(n.kids[side], k)
	switch {
	case n.kids[side] == nil:
		return n.kids[1-side]
	case n.kids[0].count+n.kids[1].count <= MaxEntries:
		return ed.page(slices.Concat(n.kids[0].page.all(), n.kids[1].page.all()))
	}
	n.count, n.min = n.kids[0].count+n.kids[1].count, n.kids[0].min
	return n
}
