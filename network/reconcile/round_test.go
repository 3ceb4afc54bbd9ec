package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// failer is a test, a benchmark or a rapid check.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// make1 makes n items in some weeks that nobody else makes.
func make1(seed string, n, weeks int) []Item {
	items := make([]Item, n)
	for i := range items {
		h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(seed), uint64(i)))
		items[i] = Item{Week: 2900 + uint64(i%max(1, weeks)), ID: h}
	}
	return items
}

type meeting struct {
	turns, bytes, largest int
	full                  bool // a turn was
	a, b                  *Round
}

// meet runs a round between two sets to its end.
func meet(t failer, a, b Set) meeting {
	t.Helper()
	m := meeting{a: Begin(a, [32]byte{7}), b: Begin(b, [32]byte{7})}
	out := [][]byte{m.a.Open()}
	from, to := m.a, m.b
	for !from.Done() || !to.Done() {
		m.turns++
		if m.turns > 400 {
			t.Fatalf("meet(%d, %d): still not done after %d turns", a.Len(), b.Len(), m.turns)
		}
		var reply [][]byte
		m.full = m.full || len(out) == maxTurn
		for i, msg := range out {
			m.bytes += len(msg)
			m.largest = max(m.largest, len(msg))
			got, err := to.Answer(msg, i < len(out)-1)
			if err != nil {
				t.Fatalf("Answer in turn %d = %v", m.turns, err)
			}
			reply = got
		}
		out = reply
		from, to = to, from
		if out == nil {
			break
		}
	}
	return m
}

// lacks is what the round told one side to fetch, found in the other's set.
func lacks(r *Round, other Set) []Item {
	ids, ranges := r.Wants()
	return asked(ids, ranges, other)
}

func asked(ids []ID, ranges Ranges, other Set) []Item {
	var got []Item
	for it := range other.Between(All) {
		if named(ids, it) || ranges.Holds(it) {
			got = append(got, it)
		}
	}
	return got
}

func named(sorted []ID, it Item) bool {
	_, ok := slices.BinarySearchFunc(sorted, it.ID, ID.Compare)
	return ok
}

func minus(a, b Set) []Item {
	var d []Item
	for it := range a.Between(All) {
		if !b.Has(it) {
			d = append(d, it)
		}
	}
	return d
}

func minusSet(a, b Set) Set { return NewSet(minus(a, b)) }

func checkExact(t failer, m meeting, a, b Set) {
	t.Helper()
	if got, want := lacks(m.a, b), minus(b, a); !slices.Equal(got, want) {
		t.Fatalf("a was told to fetch %d items, want %d", len(got), len(want))
	}
	if got, want := lacks(m.b, a), minus(a, b); !slices.Equal(got, want) {
		t.Fatalf("b was told to fetch %d items, want %d", len(got), len(want))
	}
	for _, side := range []struct {
		r            *Round
		mine, theirs Set
	}{{m.a, a, b}, {m.b, b, a}} {
		ids, ranges := side.r.Sweep()
		wide, lacking, both := NewSet(asked(ids, ranges, side.theirs)), minus(side.theirs, side.mine), 0
		for _, it := range lacking {
			if !wide.Has(it) {
				t.Fatalf("Sweep leaves %v out", it)
			}
			if named(ids, it) && Ranges(ranges).Holds(it) {
				both++
			}
		}
		if both > 0 && (!m.full || both > len(lacking)/100) { // a full turn leaves a few, see Wants
			t.Fatalf("Sweep asks for %d of %d items twice", both, len(lacking))
		}
		if twice := len(minus(wide, minusSet(side.theirs, side.mine))); twice > twiceMost {
			t.Fatalf("Sweep asks for %d items that are here, want at most %d", twice, twiceMost)
		}
	}
	if m.largest > MaxMessage {
		t.Fatalf("largest message = %d, want at most %d", m.largest, MaxMessage)
	}
}

func TestT37RoundExact(t *testing.T) { // T37
	for _, c := range []struct{ both, a, b, weeks, turns, bytes int }{
		{0, 0, 0, 1, 2, 100},
		{10_000, 0, 0, 1, 2, 100},
		{10_000, 1, 0, 1, 9, 5_000},
		{10_000, 100, 100, 1, 9, 140_000},
		{100_000, 500, 500, 50, 10, 1 << 20},
		{0, 100_000, 0, 50, 4, 300},
		{0, 0, 100_000, 50, 4, 300},
		{0, 5_000, 5_000, 3, 60, 1 << 22},
		{100_000, 0, 3, 1, 10, 20_000},
		{3, 100_000, 3, 10, 20, 80_000},
		{0, 48_000, 48_000, 3, 40, 1 << 22}, // full turns: lists and ranges said anew with other bounds
	} {
		t.Run(fmt.Sprintf("both %d a %d b %d", c.both, c.a, c.b), func(t *testing.T) {
			both := make1("both", c.both, c.weeks)
			a, b := NewSet(append(make1("a", c.a, c.weeks), both...)), NewSet(append(make1("b", c.b, c.weeks), both...))
			m := meet(t, a, b)
			checkExact(t, m, a, b)
			t.Logf("turns %d, bytes %d", m.turns, m.bytes)
			if m.turns > c.turns || m.bytes > c.bytes {
				t.Errorf("took %d turns and %d bytes, want at most %d and %d", m.turns, m.bytes, c.turns, c.bytes)
			}
			if level := c.a+c.b == 0; m.a.Level() != level && m.b.Level() != level {
				t.Errorf("Level = %v, %v, want %v", m.a.Level(), m.b.Level(), level)
			}
		})
	}
}

func TestT37RoundAnySets(t *testing.T) {
	most := 3_000
	if n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String()); err == nil && n >= 1_000 {
		most = 100_000
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3000).Draw(t, "n")
		if most > 3_000 && rapid.IntRange(0, 99).Draw(t, "large") == 0 { // one in a hundred of a long run
			n = rapid.IntRange(n, most).Draw(t, "many")
		}
		pool := make1("pool", n, rapid.IntRange(1, 9).Draw(t, "weeks"))
		share := rapid.SampledFrom([]int{0, 1, 50, 90, 99, 100}).Draw(t, "share")
		var a, b []Item
		for i, it := range pool {
			switch k := (i * 7919) % 100; {
			case k < share:
				a, b = append(a, it), append(b, it)
			case k%2 == 0:
				a = append(a, it)
			default:
				b = append(b, it)
			}
		}
		sa, sb := NewSet(a), NewSet(b)
		m := meet(t, sa, sb)
		checkExact(t, m, sa, sb)
		for it := range sa.Between(All) {
			if m.a.Theirs(it) && !sb.Has(it) {
				t.Fatalf("Theirs(%v) = true, but b does not hold it", it)
			}
		}
	})
}

// TestAgainIsBegin: a round that takes over from another what did not change says what a new one would say.
func TestAgainIsBegin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := make1("again", 3_000, 3)
		s := NewSet(pool[:rapid.IntRange(0, 2_000).Draw(t, "n")])
		r := Begin(s, [32]byte{7})
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			lo := rapid.IntRange(0, len(pool)-1).Draw(t, "lo")
			part := pool[lo:min(len(pool), lo+rapid.IntRange(0, 300).Draw(t, "m"))]
			if rapid.Bool().Draw(t, "add") {
				s = s.With(part...)
			} else {
				s = s.Without(part...)
			}
			r = r.Again(s)
			fresh := Begin(s, [32]byte{7})
			for i := range s.Len() + 1 {
				if r.upTo(i) != fresh.upTo(i) {
					t.Fatalf("%d items: another sum of %d than that of a new round", s.Len(), i)
				}
			}
		}
	})
}

// TestListTwice: a list that comes twice, out of order and with ids doubled asks for each once.
func TestListTwice(t *testing.T) {
	ours, theirs := make1("ours", 40, 1), make1("theirs", 30, 1)
	r := Begin(NewSet(ours), [32]byte{7})
	var list []byte
	for _, it := range slices.Concat(theirs, ours[:10], theirs) {
		list = append(list, it.ID[:]...)
	}
	for range 2 {
		if err := r.list(list, All, 0, len(ours), false); err != nil {
			t.Fatal(err)
		}
	}
	if ids, _ := r.Wants(); len(ids) != len(theirs) {
		t.Errorf("%d ids are wanted, want %d", len(ids), len(theirs))
	}
	for i, it := range ours {
		if r.Theirs(it) != (i < 10) {
			t.Errorf("Theirs(%d) = %v", i, i >= 10)
		}
	}
	if r.Theirs(theirs[0]) {
		t.Error("what is not ours is said to be ours and theirs")
	}
}

func TestSetIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := NewSet(nil), map[Item]bool{}
		pool := make1("set", 2000, 3)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			lo := rapid.IntRange(0, len(pool)-1).Draw(t, "lo")
			part := pool[lo:min(len(pool), lo+rapid.IntRange(1, 400).Draw(t, "n"))]
			before, n := s, s.Len()
			if rapid.Bool().Draw(t, "add") {
				s = s.With(part...)
				for _, it := range part {
					want[it] = true
				}
			} else {
				s = s.Without(part...)
				for _, it := range part {
					delete(want, it)
				}
			}
			if before.Len() != n {
				t.Fatalf("an old Set changed its length from %d to %d", n, before.Len())
			}
		}
		got := slices.Collect(s.Between(All))
		if len(got) != len(want) || s.Len() != len(want) || !slices.IsSortedFunc(got, Item.Compare) {
			t.Fatalf("Set holds %d (Len %d), want %d, sorted", len(got), s.Len(), len(want))
		}
		for i, it := range got {
			if !want[it] || !s.Has(it) || s.At(i) != it {
				t.Fatalf("item %d = %v does not belong, or At or Has miss it", i, it)
			}
		}
	})
}

func TestWeekThatCannotBeWritten(t *testing.T) {
	s := NewSet([]Item{{Week: maxWeek}, {Week: maxWeek + 1}}).With(Item{Week: maxWeek + 1, ID: ID{1}})
	if s.Len() != 1 {
		t.Errorf("Len = %d, want 1: only weeks up to the limit", s.Len())
	}
	checkExact(t, meet(t, s, NewSet(make1("x", 40, 2))), s, NewSet(make1("x", 40, 2)))
}

// A peer that answers every range with another fingerprint of the same range must not keep us busy for ever.
func TestT37CraftedAnswersEnd(t *testing.T) {
	r := Begin(NewSet(make1("mine", 1000, 1)), [32]byte{})
	r.Open()
	lie := append([]byte{version, 0, 0, byte(modeFingerprint)}, make([]byte, fingerprintSize)...)
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		_, err = r.Answer(lie, false)
	}
	if !errors.Is(err, ErrIdle) || n > idleMost+2 {
		t.Errorf("after %d equal lies: %v, want %v within %d", n, err, ErrIdle, idleMost+2)
	}
}

// TestT37LongTurns: a turn is 16 messages, and ranges without end are not remembered: else who says "more" for ever, or
// parts the line ever finer, would fill our memory.
func TestT37LongTurns(t *testing.T) {
	r := Begin(NewSet(make1("mine", 1000, 1)), [32]byte{})
	r.Open()
	some := []byte{version, 9, 0, byte(modeSkip)}
	for i := range maxTurn {
		if _, err := r.Answer(some, i < maxTurn-1); err != nil {
			t.Fatalf("message %d of a turn: %v", i+1, err)
		}
	}
	r = Begin(NewSet(make1("mine", 1000, 1)), [32]byte{})
	for i := range maxTurn + 1 {
		if _, err := r.Answer(some, true); (err != nil) != (i == maxTurn) || err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatalf("message %d of a turn without end: %v", i+1, err)
		}
	}
	for what, f := range map[string]fingerprint{"equal": Begin(Set{}, [32]byte{}).fingerprint(0, 0), "ours alone": {1}} {
		r, week := Begin(Set{}, [32]byte{}), uint64(1)
		var err error
		n := 0
		for ; err == nil && n < 2*needMost; n += 2_000 {
			msg := append([]byte{version}, appendVarint(nil, week+1)...)
			msg = append(msg, 0, byte(modeSkip))
			for range 2_000 {
				msg = append(msg, 2, 0, byte(modeFingerprint))
				msg = append(msg, f[:]...)
				week++
			}
			r.came = 0
			_, err = r.Answer(msg, true)
		}
		if !errors.Is(err, ErrTooMany) || len(r.equal)+len(r.ranges) != needMost {
			t.Errorf("%s: %v after %d ranges, of which %d are kept", what, err, n, len(r.equal)+len(r.ranges))
		}
	}
}

func TestMalformed(t *testing.T) {
	for name, msg := range map[string][]byte{
		"nothing":            {},
		"other version":      {0x62},
		"short bound":        {version, 5},
		"long prefix":        {version, 2, 33},
		"infinity and id":    {version, 0, 1, 9},
		"bounds equal":       {version, 1, 0, 0},
		"bounds fall":        {version, 9, 1, 5, 0, 1, 1, 4, 0},
		"unknown mode":       {version, 0, 0, 9},
		"short fingerprint":  {version, 0, 0, 1, 1, 2, 3},
		"list beyond bytes":  {version, 0, 0, 2, 2, 1},
		"list too long":      {version, 0, 0, 2, 0xff, 0xff, 0x7f},
		"varint not minimal": {version, 0x80, 1},
		"varint too long":    append([]byte{version}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
		"after infinity":     {version, 0, 0, 0, 2, 0, 0},
		"too big":            append([]byte{version}, make([]byte, MaxMessage)...),
	} {
		t.Run(name, func(t *testing.T) {
			r := Begin(NewSet(make1("m", 100, 1)), [32]byte{})
			if _, err := r.Answer(msg, false); !errors.Is(err, ErrMalformed) {
				t.Errorf("Answer(%x) = %v, want %v", msg[:min(len(msg), 8)], err, ErrMalformed)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	a, b := Begin(NewSet(make1("fa", 500, 3)), [32]byte{}), Begin(NewSet(make1("fb", 500, 3)), [32]byte{})
	out := [][]byte{a.Open()}
	for range 6 {
		for _, msg := range out {
			f.Add(msg, false)
			f.Add(msg, true)
		}
		var err error
		if out, err = b.Answer(out[0], false); err != nil || out == nil {
			break
		}
		a, b = b, a
	}
	set := NewSet(make1("fa", 500, 3))
	f.Fuzz(func(t *testing.T, msg []byte, more bool) {
		r := Begin(set, [32]byte{})
		out, err := r.Answer(msg, more)
		if err != nil {
			return
		}
		if len(out) > maxTurn {
			t.Fatalf("turn of %d messages, want at most %d", len(out), maxTurn)
		}
		other := Begin(set, [32]byte{1})
		for i, m := range out {
			if len(m) > MaxMessage {
				t.Fatalf("message of %d bytes", len(m))
			}
			if _, err := other.Answer(m, i < len(out)-1); err != nil && !errors.Is(err, ErrIdle) {
				t.Fatalf("our own answer is refused: %v", err)
			}
		}
	})
}

func BenchmarkRound(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000, 100_000} {
		for _, d := range []int{0, 20, 100} {
			b.Run(fmt.Sprintf("n=%d/d=%d", n, d), func(b *testing.B) {
				both := make1("both", n, 10)
				x := NewSet(append(make1("a", d/2, 10), both...))
				y := NewSet(append(make1("b", d/2, 10), both...))
				b.ReportAllocs()
				var m meeting
				for b.Loop() {
					m = meet(b, x, y)
				}
				b.ReportMetric(float64(m.turns), "turns")
				b.ReportMetric(float64(m.bytes), "wire-B")
			})
		}
	}
}

func BenchmarkSetWith(b *testing.B) {
	s, more := NewSet(make1("s", 100_000, 10)), make1("more", 10_000, 10)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_ = s.With(more[i%len(more)])
	}
}

// TestSweepOfAJoiner is a newcomer with one envelope, that of the welcome: wherever it lies, one range brings the history as a whole.
func TestSweepOfAJoiner(t *testing.T) {
	for _, n := range []int{200, 1_100, 10_000} {
		a := NewSet(make1("history", n, 1))
		for at := 0; at < n; at += 1 + n/200 {
			m := meet(t, a, NewSet([]Item{a.At(at)}))
			if ids, ranges := m.b.Sweep(); len(ids) != 0 || len(ranges) != 1 {
				t.Fatalf("Sweep of who holds item %d of %d = %d ids and %d ranges, want everything as one range", at, n, len(ids), len(ranges))
			}
		}
		last := meet(t, a, NewSet([]Item{a.At(n - 1)}))
		if _, ranges := last.b.Sweep(); ranges[0] != All {
			t.Errorf("Sweep of who holds the last of %d = %v, want everything", n, ranges)
		}
	}
}
