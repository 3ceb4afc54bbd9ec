package store

import (
	"fmt"

	"kith/store/op"
)

// tailMost is how many entries lie in the tail before they move to the log's pages together.
const tailMost = 24

// entries are the log of a group: its envelopes under their numbers, in the form of op.Short. New ones lie in a tail of
// their own until there are enough to fill pages: bbolt parts a page in the middle, also where whatever comes next goes
// to its end, and entries filed one by one would leave every page of the log half empty. Every number in the tail is
// above those in the pages. Chunks of files lie in a shelf of their own, and are not among what is looked through when
// everything is.
type entries struct {
	pages, tail shelf
	large       shelf
	inTail      int  // when opened for writing: how many there are
	many        bool // this transaction has filled the tail once: what else comes goes to the pages at once
}

// openLog opens the group's log; make says whether to write to it.
func (h *house) openLog(t tx, make bool) (entries, error) {
	var e entries
	var err error
	if e.pages, err = h.shelf(t, shelfLog, make); err != nil {
		return entries{}, err
	}
	if e.large, err = h.shelf(t, shelfLarge, make); err != nil {
		return entries{}, err
	}
	if e.tail, err = h.shelf(t, shelfTail, make); err != nil || !make {
		return e, err
	}
	e.pages.b.FillPercent, e.tail.b.FillPercent, e.large.b.FillPercent = 1, 1, 1
	c := e.tail.b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		e.inTail++
	}
	return e, nil
}

// last returns the number of the newest entry, 0 when there is none.
func (e *entries) last() (last uint64, err error) {
	for _, s := range e.shelves() {
		if s.b == nil {
			continue
		}
		if k, _ := s.b.Cursor().Last(); k != nil {
			n, err := entryNumber(k)
			if err != nil {
				return 0, err
			}
			last = max(last, n)
		}
	}
	return last, nil
}

// shelves are all in which entries lie.
func (e *entries) shelves() []shelf { return []shelf{e.pages, e.tail, e.large} }

func entryNumber(k []byte) (uint64, error) {
	if len(k) != 8 {
		return 0, fmt.Errorf("log entry: %w", ErrDamaged)
	}
	return number(k), nil
}

// add files an envelope at the end.
func (e *entries) add(n uint64, env op.Envelope) error {
	if env.Kind == op.KindChunk {
		return e.large.put(be64(n), env.Short())
	}
	if e.many {
		return e.pages.put(be64(n), env.Short())
	}
	if err := e.tail.put(be64(n), env.Short()); err != nil {
		return err
	}
	if e.inTail++; e.inTail < tailMost {
		return nil
	}
	e.inTail, e.many = 0, true
	if err := e.tail.each(nil, func(k, plain []byte) (bool, error) { return true, e.pages.put(k, plain) }); err != nil {
		return err
	}
	return e.tail.sweep(func([]byte) bool { return true })
}

// empty leaves an entry without its envelope: its number stays taken.
func (e *entries) empty(n uint64) error {
	for _, s := range []shelf{e.tail, e.large} {
		if s.has(be64(n)) {
			return s.put(be64(n), nil)
		}
	}
	return e.pages.put(be64(n), nil)
}

// get reads an entry. ok is false when there is none, or when it was refused after it was filed.
func (e *entries) get(n uint64) (env op.Envelope, ok bool, err error) {
	plain, err := e.plain(n)
	if err != nil || len(plain) == 0 {
		return op.Envelope{}, false, err
	}
	env, err = decodeEntry(n, plain)
	return env, err == nil, err
}

// must is get where something names the entry.
func (e *entries) must(n uint64) (op.Envelope, error) {
	env, ok, err := e.get(n)
	if err == nil && !ok {
		err = fmt.Errorf("entry %d: %w", n, ErrDamaged)
	}
	return env, err
}

// plain reads an entry in the form in which it was filed.
func (e *entries) plain(n uint64) ([]byte, error) {
	for _, s := range e.shelves() {
		if plain, err := s.get(be64(n)); plain != nil || err != nil {
			return plain, err
		}
	}
	return nil, nil
}

// entry is a record of the log as it lies on the disk.
type entry struct {
	n      uint64
	from   shelf
	sealed []byte // nil when there is none
}

// sealed finds an entry without opening it.
func (e *entries) sealed(n uint64) entry {
	for _, s := range []shelf{e.pages, e.tail} {
		if s.b == nil {
			continue
		}
		if sealed := s.b.Get(be64(n)); sealed != nil {
			return entry{n, s, sealed}
		}
	}
	return entry{n: n}
}

// eachSealed calls do for the entries from number n on but for chunks, those without an envelope too, until it returns an
// error.
func (e *entries) eachSealed(n uint64, do func(entry) error) error {
	for _, s := range []shelf{e.pages, e.tail} {
		if s.b == nil {
			continue
		}
		c := s.b.Cursor()
		for k, sealed := c.Seek(be64(n)); k != nil; k, sealed = c.Next() {
			at, err := entryNumber(k)
			if err == nil {
				err = do(entry{at, s, sealed})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func decodeEntry(n uint64, plain []byte) (op.Envelope, error) {
	env, err := op.DecodeShort(plain)
	if err != nil {
		return op.Envelope{}, fmt.Errorf("entry %d: %w: %w", n, ErrDamaged, err)
	}
	return env, nil
}

// each calls do for the entries from number n on as they were filed, but for chunks, those without an envelope left out,
// until it returns false or an error.
func (e *entries) each(n uint64, do func(n uint64, plain []byte) (bool, error)) error {
	return eachOf([]shelf{e.pages, e.tail}, n, do)
}

// eachLarge is each for the chunks.
func (e *entries) eachLarge(do func(n uint64, plain []byte) (bool, error)) error {
	return eachOf([]shelf{e.large}, 0, do)
}

func eachOf(shelves []shelf, n uint64, do func(n uint64, plain []byte) (bool, error)) error {
	more := true
	for _, s := range shelves {
		if err := s.each(be64(n), func(k, plain []byte) (_ bool, err error) {
			n, err := entryNumber(k)
			if err == nil && len(plain) > 0 {
				more, err = do(n, plain)
			}
			return more, err
		}); err != nil || !more {
			return err
		}
	}
	return nil
}
