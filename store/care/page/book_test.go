package page

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// shelf is a store of sections in memory that counts what is read.
type shelf struct {
	sections map[kp1.ID][]byte
	reads    int
	writes   int
}

func newShelf() *shelf { return &shelf{sections: map[kp1.ID][]byte{}} }

func (s *shelf) put(name kp1.ID, bytes func() ([]byte, error)) error {
	if _, ok := s.sections[name]; ok {
		return nil
	}
	b, err := bytes()
	s.sections[name] = b
	s.writes++
	return err
}

var errGone = errors.New("gone")

func (s *shelf) load(name kp1.ID) ([]byte, error) {
	s.reads++
	b, ok := s.sections[name]
	if !ok {
		return nil, errGone
	}
	return b, nil
}

func number(n uint64) Mark {
	return Mark{Key{Lo: n, ID: kp1.Sum(binary.BigEndian.AppendUint64(nil, n))}}
}

func numbers(n int) Book[Mark] {
	ed := Book[Mark]{}.Edit()
	for i := range n {
		ed.Put(number(uint64(i)))
	}
	return ed.Book()
}

func drain(b Book[Mark]) (n int) {
	for range b.All() {
		n++
	}
	return n
}

func save(t *testing.T, s *shelf, b Book[Mark]) Ref {
	t.Helper()
	ref, err := b.Save(s.put, EncodeMarks)
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	return ref
}

func reopen(t *testing.T, s *shelf, ref Ref) (Book[Mark], *Source) {
	t.Helper()
	src := NewSource(s.load)
	b, err := Open(src, ref, DecodeMarks)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return b, src
}

// TestBookIsItsEntries compares a book with a plain sorted slice through any changes, and its stored form with that of a
// book filled in order: the same entries must give the same pages.
func TestBookIsItsEntries(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		span := uint64(1 + r.IntN(3000))
		ed, model := Book[Mark]{}.Edit(), map[Key]bool{}
		for range 1500 {
			m := number(r.Uint64N(span) << (r.Uint64N(2) * 20))
			if r.IntN(3) == 0 {
				ed.Delete(m.Key)
				delete(model, m.Key)
			} else {
				ed.Put(m)
				model[m.Key] = true
			}
			if r.IntN(200) == 0 { // go on from a stored copy
				s := newShelf()
				b, _ := reopen(t, s, save(t, s, ed.Book()))
				ed = b.Edit()
			}
		}
		var keys []Key
		for k := range model {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, Key.Compare)
		b := ed.Book()
		var got []Key
		for m := range b.All() {
			got = append(got, m.Key)
		}
		if !slices.Equal(got, keys) || b.Len() != len(keys) {
			rt.Fatalf("book of %d entries holds others than the model of %d", b.Len(), len(keys))
		}
		i, j := r.IntN(len(keys)+1), r.IntN(len(keys)+1)
		got = nil
		for m := range b.Range(i, j) {
			got = append(got, m.Key)
		}
		if want := keys[i:max(i, j)]; !slices.Equal(got, want) {
			rt.Fatalf("Range(%d, %d) = %d entries, want %d", i, j, len(got), len(want))
		}
		got = nil
		for m := range b.Backward(j) {
			got = append(got, m.Key)
		}
		slices.Reverse(got)
		if !slices.Equal(got, keys[:j]) {
			rt.Fatalf("Backward(%d) = %d entries", j, len(got))
		}
		for range 50 {
			k := number(r.Uint64N(span + 2)).Key
			at, found := slices.BinarySearchFunc(keys, k, Key.Compare)
			if _, ok := b.Get(k); ok != found || b.Index(k) != at {
				rt.Fatalf("Get = %v, Index = %d, want %v, %d", ok, b.Index(k), found, at)
			}
		}
		sorted := Book[Mark]{}.Edit()
		for _, k := range keys {
			sorted.Put(Mark{k})
		}
		one, two := newShelf(), newShelf()
		if save(t, one, b) != save(t, two, sorted.Book()) || len(one.sections) != len(two.sections) {
			rt.Fatalf("the same entries gave other pages")
		}
	})
}

// TestBookIsAValue: what was read from a book stays true while copies of it change.
func TestBookIsAValue(t *testing.T) {
	old := numbers(1000)
	before := slices.Collect(old.All())
	ed := old.Edit()
	for i := range 2000 {
		ed.Put(number(uint64(i)))
		if i%3 == 0 {
			ed.Delete(number(uint64(i)).Key)
		}
	}
	mid := ed.Book()
	midAll := slices.Collect(mid.All())
	ed.Put(number(5000))
	ed.Delete(number(1).Key)
	if !slices.Equal(slices.Collect(old.All()), before) {
		t.Errorf("a change reached the book it was made from")
	}
	if !slices.Equal(slices.Collect(mid.All()), midAll) {
		t.Errorf("a change after Book reached the book given out")
	}
}

// TestLittleIsReadAndWritten: opening reads one list; looking at the end reads a page; a change writes a page and the
// list.
func TestLittleIsReadAndWritten(t *testing.T) {
	s := newShelf()
	ref := save(t, s, numbers(100_000))
	pages := s.writes
	b, src := reopen(t, s, ref)
	if s.reads != 1 {
		t.Errorf("Open read %d sections, want 1", s.reads)
	}
	newest := 0
	for range b.Range(b.Len()-50, b.Len()) {
		newest++
	}
	if newest != 50 {
		t.Errorf("the last 50 entries are %d", newest)
	}
	if s.reads > 3 {
		t.Errorf("the last 50 entries took %d sections, want at most 3", s.reads)
	}
	s.writes = 0
	ed := b.Edit()
	ed.Put(number(100_000))
	save(t, s, ed.Book())
	if s.writes > 3 {
		t.Errorf("one more entry wrote %d sections of %d, want at most 3", s.writes, pages)
	}
	if err := src.Err(); err != nil {
		t.Errorf("Err = %v", err)
	}
}

// TestFaults: bytes that are not what their name says are never believed, and the source remembers.
func TestFaults(t *testing.T) {
	s := newShelf()
	ref := save(t, s, numbers(1000))
	for name, b := range s.sections {
		if name == ref.Name {
			continue
		}
		b[len(b)-1] ^= 1
		book, src := reopen(t, s, ref)
		drain(book)
		if !errors.Is(src.Err(), kp1.ErrForm) {
			t.Fatalf("Err after a flipped bit = %v, want ErrForm", src.Err())
		}
		b[len(b)-1] ^= 1
		delete(s.sections, name)
		book, src = reopen(t, s, ref)
		drain(book)
		if !errors.Is(src.Err(), errGone) {
			t.Fatalf("Err after a lost page = %v, want the loader's", src.Err())
		}
		s.sections[name] = b
	}
	list := s.sections[ref.Name]
	s.sections[ref.Name] = list[:len(list)-1]
	if _, err := Open(NewSource(s.load), ref, DecodeMarks); err == nil {
		t.Errorf("Open with a list cut short succeeded")
	}
}

func TestOpenRefusesOtherShapes(t *testing.T) {
	s := newShelf()
	good := save(t, s, numbers(1000))
	list, err := decodeList(s.sections[good.Name])
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(ref *Ref, list []listed) []listed) Ref {
		ref := good
		b, err := encodeList(change(&ref, slices.Clone(list)))
		if err != nil {
			t.Fatal(err)
		}
		ref.Name, _ = Shelf(s.put).Put(b)
		return ref
	}
	for _, c := range []struct {
		name string
		ref  Ref
	}{
		{"empty with a name", Ref{Name: [32]byte{1}}},
		{"too many pages", Ref{Pages: MaxPages + 1, Count: 1}},
		{"count differs", with(func(r *Ref, l []listed) []listed { r.Count++; return l })},
		{"pages differ", with(func(r *Ref, l []listed) []listed { r.Pages++; return l })},
		{"out of order", with(func(_ *Ref, l []listed) []listed { l[1], l[2] = l[2], l[1]; return l })},
		{"page over the limit", Ref{Pages: 1, Count: MaxEntries + 1}},
		{"page without entries", Ref{Pages: 1}},
		{"parted though it fits one page", parted(t, s)},
	} {
		if _, err := Open(NewSource(s.load), c.ref, DecodeMarks); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("Open(%s) = %v, want ErrForm", c.name, err)
		}
	}
}

// parted stores two entries as two pages.
func parted(t *testing.T, s *shelf) Ref {
	t.Helper()
	var list []listed
	for m := range numbers(2).All() {
		b, err := EncodeMarks([]Mark{m})
		if err != nil {
			t.Fatal(err)
		}
		name, _ := Shelf(s.put).Put(b)
		list = append(list, listed{Min: m.Key, Count: 1, Name: name})
	}
	b, err := encodeList(list)
	if err != nil {
		t.Fatal(err)
	}
	name, _ := Shelf(s.put).Put(b)
	return Ref{Count: 2, Pages: 2, Name: name, Min: stored(list[0].Min)}
}

func TestSectionLimit(t *testing.T) {
	for _, c := range []struct {
		size int
		want error
	}{{MaxSection, nil}, {MaxSection + 1, kp1.ErrTooBig}} {
		b := make([]byte, c.size)
		src := NewSource(func(kp1.ID) ([]byte, error) { return b, nil })
		if _, err := src.Section(kp1.Sum(b)); !errors.Is(err, c.want) {
			t.Errorf("Section of %d bytes = %v, want %v", c.size, err, c.want)
		}
	}
}

func TestKeyBits(t *testing.T) {
	a := Key{Hi: 1, Lo: 2, ID: kp1.ID{0: 0x80}}
	for _, c := range []struct {
		name string
		b    Key
		want int
	}{
		{"equal", a, keyBits},
		{"last bit of Hi", Key{Hi: 0, Lo: 2, ID: a.ID}, 63},
		{"Lo", Key{Hi: 1, Lo: 3, ID: a.ID}, 127},
		{"first bit of ID", Key{Hi: 1, Lo: 2}, 128},
		{"last bit of ID", Key{Hi: 1, Lo: 2, ID: kp1.ID{0: 0x80, 31: 1}}, 383},
	} {
		if got := firstDiff(a, c.b); got != c.want {
			t.Errorf("firstDiff(%s) = %d, want %d", c.name, got, c.want)
		}
		if c.want < keyBits && a.bit(c.want) == c.b.bit(c.want) {
			t.Errorf("%s: bit %d is the same in both", c.name, c.want)
		}
	}
}

func FuzzDecodeMarks(f *testing.F) {
	for _, n := range []int{0, 1, 3} {
		b, _ := EncodeMarks(slices.Collect(numbers(n).All()))
		f.Add(b)
	}
	f.Add([]byte{0x81})
	f.Fuzz(func(t *testing.T, b []byte) {
		ms, err := DecodeMarks(b)
		if err != nil {
			return
		}
		if again, err := EncodeMarks(ms); err != nil || !slices.Equal(again, b) {
			t.Errorf("EncodeMarks(DecodeMarks(%x)) = %x, %v", b, again, err)
		}
	})
}

// FuzzOpen feeds any list of pages: it must be refused or give a book that can be read, at most with a fault.
func FuzzOpen(f *testing.F) {
	s := newShelf()
	ref := save(&testing.T{}, s, numbers(300))
	f.Add(s.sections[ref.Name], ref.Count, ref.Pages)
	f.Add([]byte{0x80}, uint64(1), uint64(1))
	f.Fuzz(func(t *testing.T, list []byte, count, pages uint64) {
		ref := Ref{Count: count, Pages: pages, Name: kp1.Sum(list), Min: ref.Min}
		src := NewSource(func(name kp1.ID) ([]byte, error) {
			if name == kp1.Sum(list) {
				return list, nil
			}
			return s.load(name)
		})
		b, err := Open(src, ref, DecodeMarks)
		if err != nil {
			return
		}
		if n := drain(b); n != b.Len() && src.Err() == nil {
			t.Errorf("book of %d entries gave %d without a fault", b.Len(), n)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	ed := Book[Mark]{}.Edit()
	for i := range b.N {
		ed.Put(number(uint64(i)))
	}
}
