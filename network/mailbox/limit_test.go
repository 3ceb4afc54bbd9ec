package mailbox

import (
	"fmt"
	"testing"
	"time"
)

// The defaults are protocol 7.6, word for word.
func TestDefaultsAreTheProtocols(t *testing.T) {
	got := Limits{}.orDefault()
	want := Limits{
		Envelopes: 100_000, Bytes: 256 << 20, TTL: 180 * 24 * time.Hour, Burst: 10_000, Rate: 600, Share: 50,
		Mailboxes: 64, TenantEnvelopes: 400_000, TenantBytes: 1 << 30, Rendezvous: 64,
	}
	if got != want {
		t.Errorf("orDefault() = %+v, want %+v", got, want)
	}
	if MaxEnvelope != 320<<10 || RendezvousCount != 64 || RendezvousBytes != 1<<20 || RendezvousLonger != 30*24*time.Hour || Reserve != 10 {
		t.Error("the limits that nobody sets are not the protocol's")
	}
}

// One more than 90 of 100 is refused, unless it is a Rekey or Grant put with the admin ticket; those end at 100.
func TestEnvelopesOfAMailbox(t *testing.T) {
	s, m := paired(t, Limits{Envelopes: 100, Share: 100})
	for i := range 90 {
		want(t, "a put within the limit", s.Put(m, start, member(1, ""), letter(KindOps, fmt.Sprint(i))), nil)
	}
	for _, k := range []Kind{KindOps, KindRekey, KindGrant, KindPayload, KindChunk} {
		want(t, fmt.Sprintf("kind %d beyond it", k), s.Put(m, start, member(1, ""), letter(k, "more")), ErrFull)
	}
	for _, k := range []Kind{KindOps, KindPayload, KindChunk} {
		want(t, fmt.Sprintf("kind %d of an admin beyond it", k), s.Put(m, start, admin(1, ""), letter(k, "more")), ErrFull)
	}
	want(t, "what is there already", s.Put(m, start, member(1, ""), letter(KindOps, "0")), nil)
	for i := range 10 {
		kind := KindRekey + Kind(i%2)
		want(t, "the news of an admin", s.Put(m, start, admin(1, ""), letter(kind, fmt.Sprint(i))), nil)
	}
	want(t, "the news of an admin, one too many", s.Put(m, start, admin(1, ""), letter(KindRekey, "more")), ErrFull)
	want(t, "another mailbox", s.Put(m, start, member(2, ""), letter(KindOps, "more")), nil)
}

func TestBytesOfAMailbox(t *testing.T) {
	one := letter(KindRekey, "0")
	size := int64(len(one))
	for _, c := range []struct {
		limit int64
		fit   int // with the member ticket
		more  int // with the admin ticket, after them
	}{{10 * size, 9, 1}, {10*size - 1, 8, 1}, {10*size + 10, 9, 1}, {20 * size, 18, 2}} {
		s, m := paired(t, Limits{Bytes: c.limit, Share: 100})
		fill := func(v Visitor, from int) (n int) {
			for s.Put(m, start, v, letter(KindRekey, fmt.Sprint(from+n))) == nil {
				n++
			}
			return n
		}
		if got := fill(member(1, ""), 0); got != c.fit {
			t.Errorf("%d bytes hold %d of %d, want %d", c.limit, got, size, c.fit)
		}
		if got := fill(admin(1, ""), 100); got != c.more {
			t.Errorf("%d bytes hold %d more of an admin, want %d", c.limit, got, c.more)
		}
		if u, err := UsageOf(m, ours); err != nil || u.Bytes != int64(c.fit+c.more)*size || u.Envelopes != c.fit+c.more {
			t.Errorf("UsageOf() = %+v, %v", u, err)
		}
	}
}

// Chunks of files are taken while a mailbox, and all of a tenant's, is less than half full, in number and in bytes; what is
// said still finds room where they do not.
func TestT8FilesLeaveRoom(t *testing.T) {
	size := int64(len(letter(KindChunk, "0")))
	for name, l := range map[string]Limits{
		"number":             {Envelopes: 11, Share: 100},
		"bytes":              {Bytes: 11 * size, Share: 100},
		"number of a tenant": {TenantEnvelopes: 11, Share: 100},
		"bytes of a tenant":  {TenantBytes: 11 * size, Share: 100},
	} {
		s, m := paired(t, l)
		for i := range 5 {
			kind := KindOps
			if i > 1 {
				kind = KindChunk
			}
			want(t, name+": in the first half", s.Put(m, start, admin(1, ""), letter(kind, fmt.Sprint(i))), nil)
		}
		for _, v := range []Visitor{member(1, ""), admin(1, "")} {
			want(t, name+": a chunk beyond it", s.Put(m, start, v, letter(KindChunk, "more")), ErrFull)
		}
		want(t, name+": a chunk that is there", s.Put(m, start, member(1, ""), letter(KindChunk, "2")), nil)
		want(t, name+": words beyond it", s.Put(m, start, member(1, ""), letter(KindOps, "more")), nil)
	}
}

// The memory of a deleted one takes a place until it is forgotten, or deleting would make room without end.
func TestDeletedOnesCount(t *testing.T) {
	s, m := paired(t, Limits{Envelopes: 10, Share: 100})
	for i := range 9 {
		seed := fmt.Sprint(i)
		want(t, "put", s.Put(m, start, member(1, ""), letter(KindPayload, seed)), nil)
		want(t, "delete", s.Delete(m, start, member(1, ""), idOf(letter(KindPayload, seed)), token(seed)), nil)
	}
	want(t, "a put beside nine deleted ones", s.Put(m, start, member(1, ""), letter(KindPayload, "more")), ErrFull)
	if u, _ := UsageOf(m, ours); u.Bytes != 0 || u.Envelopes != 9 {
		t.Errorf("UsageOf() = %+v", u)
	}
}

func TestTenantLimits(t *testing.T) {
	t.Run("mailboxes", func(t *testing.T) {
		s, m := paired(t, Limits{Mailboxes: 8})
		for i := range 6 {
			want(t, "a mailbox", s.Put(m, start, member(i, ""), letter(KindOps, "x")), nil)
		}
		want(t, "the seventh, by a member", s.Put(m, start, member(6, ""), letter(KindOps, "x")), ErrFull)
		want(t, "the seventh, by an admin", s.Put(m, start, admin(6, ""), letter(KindRekey, "x")), nil)
		want(t, "in the seventh, by a member", s.Put(m, start, member(6, ""), letter(KindOps, "x")), nil)
		want(t, "the eighth, by an admin", s.Put(m, start, admin(7, ""), letter(KindOps, "x")), nil)
		want(t, "the ninth, by an admin", s.Put(m, start, admin(8, ""), letter(KindRekey, "x")), ErrFull)
		want(t, "another tenant's first", s.Put(m, start, Visitor{key(8), ticket(3), ""}, letter(KindOps, "x")), nil)
	})
	t.Run("envelopes", func(t *testing.T) {
		s, m := paired(t, Limits{TenantEnvelopes: 20, Share: 100})
		for i := range 18 {
			want(t, "an envelope", s.Put(m, start, member(i%3, ""), letter(KindOps, fmt.Sprint(i))), nil)
		}
		want(t, "one more by a member", s.Put(m, start, member(0, ""), letter(KindOps, "x")), ErrFull)
		want(t, "news by an admin", s.Put(m, start, admin(0, ""), letter(KindRekey, "x")), nil)
		want(t, "news by an admin", s.Put(m, start, admin(1, ""), letter(KindRekey, "x")), nil)
		want(t, "one too many", s.Put(m, start, admin(2, ""), letter(KindRekey, "x")), ErrFull)
	})
	t.Run("bytes", func(t *testing.T) {
		size := int64(len(letter(KindOps, "x")))
		s, m := paired(t, Limits{TenantBytes: size * 10, Share: 100})
		for i := range 9 {
			want(t, "an envelope", s.Put(m, start, member(i%3, ""), letter(KindOps, fmt.Sprint(i))), nil)
		}
		want(t, "one more", s.Put(m, start, member(0, ""), letter(KindOps, "x")), ErrFull)
	})
	t.Run("rendezvous", func(t *testing.T) {
		s, m := paired(t, Limits{Rendezvous: 3})
		for i := range 3 {
			want(t, "open", s.Open(m, start, member(i, ""), start.Add(time.Hour)), nil)
		}
		want(t, "open one more", s.Open(m, start, member(3, ""), start.Add(time.Hour)), ErrFull)
		want(t, "open one again", s.Open(m, start, member(2, ""), start.Add(2*time.Hour)), nil)
		if _, err := s.Sweep(m, start.Add(time.Hour), 100); err != nil {
			t.Fatal(err)
		}
		want(t, "open after two have ended", s.Open(m, start.Add(time.Hour), member(3, ""), start.Add(2*time.Hour)), nil)
	})
}

func TestRendezvous(t *testing.T) {
	s, m := paired(t, Limits{})
	want(t, "open without a ticket", s.Open(m, start, stranger(1), start.Add(time.Hour)), ErrClosed)
	want(t, "put before it is open", s.Put(m, start, stranger(1), letter(KindRequest, "x")), ErrClosed)
	for _, c := range []struct {
		after time.Duration
		want  error
	}{
		{0, ErrExpiry},
		{-time.Hour, ErrExpiry},
		{RendezvousLonger + time.Second, ErrExpiry},
		{RendezvousLonger, nil},
		{time.Second, nil},
	} {
		want(t, fmt.Sprintf("open for %v", c.after), s.Open(m, start, member(1, ""), start.Add(c.after)), c.want)
	}
	want(t, "open by another tenant", s.Open(m, start, Visitor{key(1), ticket(3), ""}, start.Add(time.Hour)), ErrClosed)
	for k := KindOps; k <= KindChunk; k++ {
		want(t, fmt.Sprintf("kind %d", k), s.Put(m, start, member(1, ""), letter(k, "x")), ErrKind)
	}
	for k := KindDrop; k <= KindWelcome; k++ {
		var mind error
		if k != KindRequest { // who merely holds the link leaves a request alone
			mind = ErrKind
		}
		want(t, fmt.Sprintf("kind %d by a stranger", k), s.Put(m, start, stranger(1), letter(k, "x")), mind)
		want(t, fmt.Sprintf("kind %d by another tenant", k), s.Put(m, start, Visitor{key(1), ticket(3), ""}, letter(k, "x")), mind)
		want(t, fmt.Sprintf("kind %d", k), s.Put(m, start, member(1, ""), letter(k, "x")), nil)
		want(t, fmt.Sprintf("kind %d in no rendezvous", k), s.Put(m, start, member(2, ""), letter(k, "x")), ErrKind)
	}
	want(t, "delete", s.Delete(m, start, member(1, ""), idOf(letter(KindDrop, "x")), token("x")), ErrKept)
	for i := range RendezvousCount - 3 {
		want(t, "put by the host", s.Put(m, start, member(1, ""), letter(KindWelcome, fmt.Sprint(i))), nil)
	}
	want(t, "one too many", s.Put(m, start, member(1, ""), letter(KindWelcome, "more")), ErrFull)
	want(t, "into a common mailbox of the same key", s.Put(m, start, admin(1, ""), letter(KindRekey, "more")), ErrKind)

	end := start.Add(RendezvousLonger)
	step := start
	for step.Add(23 * time.Hour).Before(end) { // by day, as a keeper's clock does
		step = step.Add(23 * time.Hour)
		if n, err := s.Sweep(m, step, 1000); n != 0 || err != nil {
			t.Fatalf("Sweep(%v) = %d, %v", step.Sub(start), n, err)
		}
	}
	want(t, "enter before the end", s.Enter(m, end.Add(-time.Second), stranger(1)), nil)
	want(t, "enter at the end", s.Enter(m, end, stranger(1)), ErrClosed)
	want(t, "put at the end", s.Put(m, end, stranger(1), letter(KindRequest, "late")), ErrClosed)
	want(t, "delete at the end", s.Delete(m, end, stranger(1), [32]byte{}, [32]byte{}), ErrClosed)
	if n, err := s.Sweep(m, end, 1000); n != RendezvousCount || err != nil {
		t.Errorf("Sweep at the end = %d, %v, want %d", n, err, RendezvousCount)
	}
	if u, _ := UsageOf(m, ours); u != (Usage{}) {
		t.Errorf("UsageOf() = %+v, want nothing", u)
	}
}

// What strangers leave does not keep the welcome out.
func TestRendezvousKeepsRoomForTheWelcome(t *testing.T) {
	s, m := paired(t, Limits{Share: 100})
	want(t, "open", s.Open(m, start, member(1, ""), start.Add(time.Hour)), nil)
	for i := range RendezvousCount - RendezvousKept {
		want(t, "a request", s.Put(m, start, stranger(1), letter(KindRequest, fmt.Sprint(i))), nil)
	}
	want(t, "one request more", s.Put(m, start, stranger(1), letter(KindRequest, "more")), ErrFull)
	for i := range RendezvousKept {
		want(t, "a welcome", s.Put(m, start, member(1, ""), letter(KindWelcome, fmt.Sprint(i))), nil)
	}
	want(t, "one welcome more", s.Put(m, start, member(1, ""), letter(KindWelcome, "more")), ErrFull)

	s, m = paired(t, Limits{Share: 100})
	want(t, "open", s.Open(m, start, member(1, ""), start.Add(time.Hour)), nil)
	big := made{kind: KindRequest, sealed: 163_840, seed: "0"}
	left := RendezvousBytes - RendezvousKeptBytes
	for i := range 4 {
		big.seed = fmt.Sprint(i)
		want(t, "a large request", s.Put(m, start, stranger(1), big.bytes()), nil)
		left -= len(big.bytes())
	}
	for _, sealed := range []int{49_152, 40_960} {
		env := made{kind: KindRequest, sealed: sealed, seed: "last"}.bytes()
		fits := error(ErrFull)
		if len(env) <= left {
			fits = nil
		}
		want(t, fmt.Sprintf("%d bytes into %d", len(env), left), s.Put(m, start, stranger(1), env), fits)
	}
	big.seed = "welcome"
	big.kind = KindWelcome
	want(t, "a large welcome", s.Put(m, start, member(1, ""), big.bytes()), nil)
}

// An invite that has ended takes its mailbox along, by a ticket and not without.
func TestShut(t *testing.T) {
	s, m := paired(t, Limits{})
	want(t, "shut what is not there", s.Shut(m, start, member(1, "")), nil)
	want(t, "open", s.Open(m, start, member(1, ""), start.Add(time.Hour)), nil)
	want(t, "a request", s.Put(m, start, stranger(1), letter(KindRequest, "x")), nil)
	want(t, "shut without a ticket", s.Shut(m, start, stranger(1)), ErrClosed)
	want(t, "shut another tenant's", s.Shut(m, start, Visitor{key(1), ticket(3), ""}), ErrClosed)
	want(t, "it is there still", s.Enter(m, start, stranger(1)), nil)
	want(t, "shut", s.Shut(m, start, member(1, "")), nil)
	want(t, "shut again", s.Shut(m, start, admin(1, "")), nil)
	want(t, "enter", s.Enter(m, start, stranger(1)), ErrClosed)
	if u, err := UsageOf(m, ours); err != nil || u != (Usage{}) {
		t.Errorf("UsageOf = %+v, %v, want nothing", u, err)
	}
	want(t, "an envelope", s.Put(m, start, member(2, ""), letter(KindOps, "x")), nil)
	want(t, "shut a common mailbox", s.Shut(m, start, admin(2, "")), ErrClosed)
	want(t, "open it again", s.Open(m, start, member(1, ""), start.Add(time.Hour)), nil)
}

// A megabyte, at the limit and above.
func TestRendezvousBytes(t *testing.T) {
	s, m := paired(t, Limits{})
	want(t, "open", s.Open(m, start, member(1, ""), start.Add(time.Hour)), nil)
	big := made{kind: KindWelcome, sealed: 163_840, seed: "0"}
	for i := range 6 {
		big.seed = fmt.Sprint(i)
		want(t, "put", s.Put(m, start, member(1, ""), big.bytes()), nil)
	}
	rest := RendezvousBytes - 6*int64(len(big.bytes()))
	for _, c := range []struct {
		sealed int
		want   error
	}{{57_344, ErrFull}, {49_152, nil}} {
		env := made{kind: KindWelcome, sealed: c.sealed, seed: "last"}.bytes()
		if fits := int64(len(env)) <= rest; fits != (c.want == nil) {
			t.Fatalf("%d bytes into %d: the test is wrong", len(env), rest)
		}
		want(t, fmt.Sprintf("%d bytes into %d", len(env), rest), s.Put(m, start, member(1, ""), env), c.want)
	}
}

// A burst, and then so many a minute; each source has its own.
func TestRate(t *testing.T) {
	s, m := paired(t, Limits{Burst: 20, Rate: 60, Share: 100})
	n := 0
	puts := func(v Visitor, now time.Time) (fit int) {
		for {
			n++
			switch err := s.Put(m, now, v, letter(KindOps, fmt.Sprint(n))); err {
			case nil:
				fit++
			default:
				want(t, "beyond the rate", err, ErrBusy)
				return fit
			}
		}
	}
	for _, c := range []struct {
		who   string
		after time.Duration
		want  int
	}{
		{"a", 0, 20},
		{"a", 0, 0},
		{"b", 0, 20},
		{"a", time.Second, 1},
		{"a", 61 * time.Second, 20},
		{"a", time.Hour, 20},
		{"b", time.Hour + 5*time.Second, 20},
		{"b", time.Hour + 15*time.Second, 10},
	} {
		if got := puts(member(1, c.who), start.Add(c.after)); got != c.want {
			t.Errorf("%s after %v puts %d, want %d", c.who, c.after, got, c.want)
		}
	}
	want(t, "a delete by one who is too fast", s.Delete(m, start.Add(time.Hour), member(1, "b"), [32]byte{}, [32]byte{}), ErrBusy)
	want(t, "the news of an admin", s.Put(m, start.Add(time.Hour), admin(1, "b"), letter(KindRekey, "x")), nil)
}

// Nothing goes before its time, and nothing stays a sweep beyond it.
func TestTTL(t *testing.T) {
	s, m := paired(t, Limits{TTL: 20 * time.Hour})
	early, late := letter(KindOps, "early"), letter(KindPayload, "late")
	want(t, "put", s.Put(m, start, member(1, ""), early), nil)
	want(t, "put", s.Put(m, start.Add(time.Hour), member(1, ""), late), nil)
	want(t, "put again", s.Put(m, start.Add(2*time.Hour), member(1, ""), early), nil)
	gone := start.Add(3 * time.Hour)
	want(t, "delete", s.Delete(m, gone, member(1, ""), idOf(late), token("late")), nil)
	for _, c := range []struct {
		after  time.Duration
		n      int
		blocks bool
	}{
		{20*time.Hour - time.Second, 0, true},
		{20 * time.Hour, 1, true},
		{20 * time.Hour, 0, true},
		{23*time.Hour - time.Second, 0, true},
		{23 * time.Hour, 1, false},
	} {
		now := start.Add(c.after)
		if n, err := s.Sweep(m, now, 100); n != c.n || err != nil {
			t.Errorf("Sweep after %v = %d, %v, want %d", c.after, n, err, c.n)
		}
		if err := s.Put(m, now, member(1, ""), late); (err == ErrDeleted) != c.blocks {
			t.Errorf("put of a deleted one after %v = %v", c.after, err)
		}
	}
	if n, err := s.Sweep(m, start.Add(43*time.Hour), 100); n != 1 || err != nil {
		t.Errorf("Sweep of the last = %d, %v", n, err)
	}
	if u, _ := UsageOf(m, ours); u != (Usage{}) || s.Enter(m, start, stranger(1)) != ErrClosed {
		t.Errorf("an empty mailbox is still there: %+v", u)
	}
}

// A sweep in small steps does what one does at once.
func TestSweepInSteps(t *testing.T) {
	fill := func() (*Shelf, *Memory) {
		s, m := paired(t, Limits{TTL: time.Hour})
		for i := range 30 {
			kind := KindOps
			if i%3 == 0 {
				kind = KindPayload
			}
			seed := fmt.Sprint(i)
			want(t, "put", s.Put(m, start.Add(time.Duration(i/10)*time.Minute), member(i%4, ""), letter(kind, seed)), nil)
			if i%6 == 0 {
				want(t, "delete", s.Delete(m, start, member(i%4, ""), idOf(letter(kind, seed)), token(seed)), nil)
			}
		}
		return s, m
	}
	now := start.Add(time.Hour + time.Minute)
	s, whole := fill()
	all, err := s.Sweep(whole, now, 1000)
	if err != nil || all == 0 || all == 30 {
		t.Fatalf("Sweep() = %d, %v", all, err)
	}
	s, steps := fill()
	n, more := 0, 3
	for more == 3 {
		if more, err = s.Sweep(steps, now, 3); err != nil || more > 3 {
			t.Fatalf("Sweep(3) = %d, %v", more, err)
		}
		n += more
	}
	if n != all {
		t.Errorf("in steps %d went, at once %d", n, all)
	}
	same(t, "in steps", steps, whole)
}

// same compares two shelves but for what only says when they were last looked at.
func same(t *testing.T, what string, a, b *Memory) {
	t.Helper()
	dump := func(m *Memory) (out []string) {
		for k, v := range m.Scan(nil) {
			if k[0] == atBox {
				box, err := decode[boxRecord](v)
				if err != nil {
					t.Fatal(err)
				}
				box.First = 0
				v = encode(box)
			}
			out = append(out, fmt.Sprintf("%x %x", k, v))
		}
		return out
	}
	x, y := dump(a), dump(b)
	if fmt.Sprint(x) != fmt.Sprint(y) {
		t.Errorf("%s: %d records, want %d alike", what, len(x), len(y))
	}
}
