package mailbox

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestDelete(t *testing.T) {
	s, m := paired(t, Limits{})
	put := func(kind Kind, seed string) (id [32]byte) {
		env := letter(kind, seed)
		want(t, "put", s.Put(m, start, member(1, ""), env), nil)
		return idOf(env)
	}
	for _, k := range []Kind{KindOps, KindRekey, KindGrant} {
		id := put(k, "news")
		for who, v := range map[string]Visitor{"a member": member(1, ""), "an admin": admin(1, ""), "a stranger": stranger(1)} {
			want(t, fmt.Sprintf("delete of kind %d by %s", k, who), s.Delete(m, start, v, id, token("news")), ErrKept)
		}
		if Get(m, key(1), id) == nil {
			t.Errorf("kind %d is gone", k)
		}
	}
	for _, k := range []Kind{KindPayload, KindChunk} {
		id := put(k, "words")
		for who, v := range map[string]Visitor{"a member": member(1, ""), "an admin": admin(1, ""), "a stranger": stranger(1)} {
			want(t, "delete without the token by "+who, s.Delete(m, start, v, id, [32]byte{}), ErrToken)
			want(t, "delete with another's token by "+who, s.Delete(m, start, v, id, token("other")), ErrToken)
			want(t, "delete with dt itself by "+who, s.Delete(m, start, v, id, mustHeader(t, letter(k, "words")).Delete), ErrToken)
		}
		want(t, "delete in another mailbox", s.Delete(m, start, stranger(30), id, token("words")), ErrClosed)
		want(t, "delete by who can read it, with a ticket long replaced", s.Delete(m, start, stranger(1), id, token("words")), nil)
		want(t, "delete again", s.Delete(m, start, stranger(1), id, token("words")), nil)
		want(t, "put again", s.Put(m, start, member(1, ""), letter(k, "words")), ErrDeleted)
		want(t, "put again by an admin", s.Put(m, start, admin(1, ""), letter(k, "words")), ErrDeleted)
		want(t, "put in another mailbox", s.Put(m, start, member(2, ""), letter(k, "words")), nil)
		if Get(m, key(1), id) != nil {
			t.Errorf("kind %d is still there", k)
		}
	}
	want(t, "delete of what was never there", s.Delete(m, start, member(1, ""), [32]byte{9}, [32]byte{}), ErrAbsent)
	set, err := Set(m, key(1))
	if err != nil || set.Len() != 3 {
		t.Errorf("Set() has %d, %v, want the three that cannot be deleted", set.Len(), err)
	}
}

func mustHeader(t testing.TB, env []byte) Header {
	t.Helper()
	h, err := ReadHeader(env)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestClosedDoors(t *testing.T) {
	s, m := paired(t, Limits{})
	env := letter(KindOps, "x")
	for name, v := range map[string]Visitor{"no ticket": stranger(1), "an unknown ticket": {key(1), ticket(9), ""}} {
		want(t, "put with "+name, s.Put(m, start, v, env), ErrClosed)
		want(t, "enter with "+name, s.Enter(m, start, v), ErrClosed)
		want(t, "delete with "+name, s.Delete(m, start, v, idOf(env), [32]byte{}), ErrClosed)
	}
	want(t, "enter what is not yet there", s.Enter(m, start, member(1, "")), nil)
	want(t, "put", s.Put(m, start, member(1, ""), env), nil)
	want(t, "put into another tenant's", s.Put(m, start, Visitor{key(1), ticket(3), ""}, letter(KindOps, "y")), ErrClosed)
	want(t, "open another tenant's", s.Open(m, start, Visitor{key(1), ticket(3), ""}, start.Add(time.Hour)), ErrClosed)
	want(t, "open one that is there", s.Open(m, start, member(1, ""), start.Add(time.Hour)), ErrClosed)
	want(t, "enter with the key alone", s.Enter(m, start, stranger(1)), nil)
	for name, env := range map[string][]byte{"nothing": nil, "noise": bytes.Repeat([]byte{0xa5}, 500), "kind 6": letter(KindDrop, "x")} {
		want(t, "put of "+name, s.Put(m, start, member(1, ""), env), ErrKind)
	}
}

// A removed member holds the old mailbox's key and the member ticket until it is replaced (A7, T22): whatever they put,
// the news of their removal finds its place, stays its time, and reads for who was away.
func TestT22RemovedMemberAgainstTheNews(t *testing.T) {
	for _, how := range []string{"rekeys", "payloads", "put and deleted", "many mailboxes", "from many places"} {
		t.Run(how, func(t *testing.T) {
			l := Limits{Envelopes: 100, Mailboxes: 8, TenantEnvelopes: 300, Burst: 10_000, Share: 50}
			s, m := paired(t, l)
			want(t, "an earlier envelope", s.Put(m, start, member(1, "home"), letter(KindOps, "before")), nil)
			now := start
			for i := range 3000 {
				seed, kind, k, source := fmt.Sprint(i), KindRekey, 1, "thief"
				switch how {
				case "payloads", "put and deleted":
					kind = KindPayload
				case "many mailboxes":
					k = i % 40
				case "from many places":
					source = seed
				}
				if i%300 == 0 {
					now = now.Add(25 * time.Hour) // another day, another share
				}
				env := letter(kind, "junk"+seed)
				err := s.Put(m, now, member(k, source), env)
				if err != nil && err != ErrFull && err != ErrBusy {
					t.Fatal(err)
				}
				if how == "put and deleted" && err == nil {
					want(t, "delete", s.Delete(m, now, member(k, source), idOf(env), token("junk"+seed)), nil)
				}
				if kind == KindRekey {
					want(t, "delete of junk", s.Delete(m, now, stranger(1), [32]byte{1}, [32]byte{}), ErrAbsent)
				}
			}
			news := letter(KindRekey, "removal")
			want(t, "the news into the old mailbox", s.Put(m, now, admin(1, "home"), news), nil)
			want(t, "its removal", s.Delete(m, now, member(1, "thief"), idOf(news), [32]byte{}), ErrKept)
			want(t, "the news into the next mailbox", s.Put(m, now, admin(41, "home"), letter(KindRekey, "removal2")), nil)
			want(t, "the next mailbox taken by a member", s.Put(m, now, member(41, "home"), letter(KindOps, "after")), nilOr(how, "many mailboxes"))
			if err := s.Pair(m, ours, ticket(5), ticket(6)); err != nil {
				t.Fatal(err)
			}
			want(t, "the removed with the old ticket", s.Put(m, now, member(1, "thief"), letter(KindOps, "late")), ErrClosed)
			for range 60 {
				now = now.Add(24 * time.Hour)
				if _, err := s.Sweep(m, now, 1<<20); err != nil {
					t.Fatal(err)
				}
			}
			want(t, "one who was away for 60 days, with the old ticket", s.Enter(m, now, member(1, "away")), nil)
			if got := Get(m, key(1), idOf(news)); !bytes.Equal(got, news) {
				t.Error("the news is not there after 60 days")
			}
		})
	}
}

// nilOr is nil but in the case named: invented mailboxes can take a tenant's common room until the tickets change.
func nilOr(how, named string) error {
	if how == named {
		return ErrFull
	}
	return nil
}

// One source cannot fill a mailbox in a day, so others find room.
func TestOneSourceDoesNotStarveOthers(t *testing.T) {
	s, m := paired(t, Limits{Envelopes: 1000})
	flood := func(source string, now time.Time) (n int) {
		for i := range 2000 {
			if s.Put(m, now, member(1, source), letter(KindOps, fmt.Sprint(source, now.Unix(), i))) == nil {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		who   string
		hours int
		want  int
	}{{"a", 0, 450}, {"a", 1, 0}, {"b", 1, 225}, {"c", 1, 113}, {"a", 23, 0}, {"a", 24, 56}, {"d", 24, 28}} {
		if got := flood(c.who, start.Add(time.Duration(c.hours)*time.Hour)); got != c.want {
			t.Errorf("%s after %d hours puts %d, want %d", c.who, c.hours, got, c.want)
		}
	}
	// and far more sources than are told apart cost no more memory
	for i := range 1000 {
		_ = s.Put(m, start.Add(25*time.Hour), member(1, fmt.Sprint("many", i)), letter(KindOps, "one"))
	}
	if p := s.paces[key(1)]; len(p.sources) > sourcesMost {
		t.Errorf("%d sources are remembered", len(p.sources))
	}
	if _, err := s.Sweep(m, start.Add(25*time.Hour+48*time.Hour), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(m, start.Add(25*time.Hour+72*time.Hour), 1); err != nil || len(s.paces) != 0 {
		t.Errorf("%d mailboxes' paces are remembered, %v", len(s.paces), err)
	}
}

// Whatever a keeper's clock does, nothing goes before its TTL by a clock that is right, but for a day for each jump
// forward, and nothing stays for ever.
func TestClockThatJumps(t *testing.T) {
	const year = 365 * 24 * time.Hour
	s, m := paired(t, Limits{TTL: 10 * 24 * time.Hour})
	env := letter(KindOps, "x")
	want(t, "put", s.Put(m, start, member(1, ""), env), nil)
	for _, jump := range []time.Duration{10 * year, 0, -10 * year, 0, -50 * year, 100 * year, 0} {
		if n, err := s.Sweep(m, start.Add(jump), 100); n != 0 || err != nil {
			t.Fatalf("after a jump of %v Sweep() = %d, %v", jump, n, err)
		}
		want(t, "enter", s.Enter(m, start.Add(jump), stranger(1)), nil)
		want(t, "put", s.Put(m, start.Add(jump), member(1, ""), env), nil)
	}
	gone, now := 0, start
	for day := 0; gone == 0; day++ {
		now = now.Add(24 * time.Hour)
		var err error
		if gone, err = s.Sweep(m, now, 100); err != nil || day > 10 {
			t.Fatalf("on day %d Sweep() = %d, %v", day, gone, err)
		}
	}

	// a clock that creeps back and forth within a minute is no way to gain time, nor to lose the way
	var before uint64
	for i := range 1000 {
		at := now.Add(time.Duration(i%2*59) * time.Second)
		age, err := s.tick(m, at)
		if err != nil || age < before || age > before+60 && i > 0 {
			t.Fatalf("age %d after %d, %v", age, before, err)
		}
		before = age
	}
}

// A rate is no way round a clock that was set back: after a jump the source goes on at its pace.
func TestRateAfterTheClockWasSetBack(t *testing.T) {
	s, m := paired(t, Limits{Burst: 5, Rate: 60, Share: 100})
	n := 0
	for _, at := range []time.Duration{0, -1000 * time.Hour, -1000*time.Hour + 61*time.Second, -2000 * time.Hour} {
		for range 10 {
			n++
			_ = s.Put(m, start.Add(at), member(1, ""), letter(KindOps, fmt.Sprint(n)))
		}
	}
	if u, _ := UsageOf(m, ours); u.Envelopes != 10 {
		t.Errorf("%d puts went through, want 5 at once and 5 after a minute", u.Envelopes)
	}
}

// Whoever shows the admin ticket draws new ones; the old are worth nothing then, and what is there stays.
func TestReplace(t *testing.T) {
	s, m := paired(t, Limits{})
	want(t, "put", s.Put(m, start, member(1, ""), letter(KindOps, "x")), nil)
	for name, v := range map[string]Visitor{"a member": member(1, ""), "a stranger": stranger(1), "who shows a ticket nobody drew": {key(1), ticket(9), ""}} {
		want(t, "Replace by "+name, s.Replace(m, v, ticket(7), ticket(8)), ErrClosed)
	}
	want(t, "Replace by another tenant's tickets", s.Replace(m, admin(1, ""), ticket(3), ticket(8)), ErrTicket)
	want(t, "Replace by those of today", s.Replace(m, admin(1, ""), ticket(1), ticket(2)), nil)
	want(t, "Replace", s.Replace(m, admin(1, ""), ticket(7), ticket(8)), nil)
	want(t, "put with the old ticket", s.Put(m, start, member(1, ""), letter(KindOps, "y")), ErrClosed)
	want(t, "news with the old ticket", s.Put(m, start, admin(1, ""), letter(KindRekey, "y")), ErrClosed)
	want(t, "Replace with the old ticket", s.Replace(m, admin(1, ""), ticket(5), ticket(6)), ErrClosed)
	want(t, "begin a mailbox with the old ticket", s.Enter(m, start, member(2, "")), ErrClosed)
	want(t, "read with the old ticket", s.Enter(m, start, member(1, "")), nil)
	want(t, "put with the new", s.Put(m, start, Visitor{key(1), ticket(7), ""}, letter(KindOps, "y")), nil)
	want(t, "news with the new", s.Put(m, start, Visitor{key(1), ticket(8), ""}, letter(KindRekey, "y")), nil)
	if n, _, err := CountOf(m, key(1)); n != 3 || err != nil {
		t.Errorf("Count = %d, %v, want 3", n, err)
	}
}

func TestPair(t *testing.T) {
	s, m := paired(t, Limits{})
	for name, c := range map[string][2]Ticket{
		"no member ticket": {{}, ticket(9)}, "no admin ticket": {ticket(9), {}}, "one for both": {ticket(9), ticket(9)},
		"another tenant's": {ticket(9), ticket(3)}, "another tenant's admin's": {ticket(4), ticket(9)},
	} {
		want(t, name, s.Pair(m, ours, c[0], c[1]), ErrTicket)
	}
	want(t, "put after refusals", s.Put(m, start, member(1, ""), letter(KindOps, "x")), nil)
	want(t, "the same two again", s.Pair(m, ours, ticket(1), ticket(2)), nil)
	want(t, "put", s.Put(m, start, member(1, ""), letter(KindOps, "y")), nil)
	want(t, "changed over", s.Pair(m, ours, ticket(2), ticket(1)), nil)
	p, err := s.find(m, 0, member(1, ""))
	if err != nil || !p.admin {
		t.Errorf("the ticket that became the admins' is not: %v", err)
	}
	want(t, "replaced", s.Pair(m, ours, ticket(7), ticket(8)), nil)
	want(t, "put with the old", s.Put(m, start, member(1, ""), letter(KindOps, "z")), ErrClosed)
	want(t, "a replaced ticket for another", s.Pair(m, Tenant{3}, ticket(1), ticket(2)), nil)
	want(t, "put into ours by the other", s.Put(m, start, member(1, ""), letter(KindOps, "z")), ErrClosed)

	want(t, "open", s.Open(m, start, Visitor{key(5), ticket(7), ""}, start.Add(time.Hour)), nil)
	keys, err := Mailboxes(m, ours)
	if slices.SortFunc(keys, func(a, b Key) int { return bytes.Compare(a[:], b[:]) }); err != nil || len(keys) != 2 {
		t.Errorf("Mailboxes() = %x, %v", keys, err)
	}
	before := m.Clone()
	want(t, "unpair", s.Unpair(m, ours), nil)
	want(t, "unpair again", s.Unpair(m, ours), nil)
	if m.Holds(letter(KindOps, "x")) || !before.Holds(letter(KindOps, "x")) {
		t.Error("what a tenant had is still there")
	}
	for k := range m.Scan(nil) {
		if bytes.Contains(k, ours[:]) || k[0] == atBox {
			t.Errorf("left of a tenant who is gone: %x", k)
		}
	}
}

// TestT8PacesOfInventedMailboxes: naming one mailbox after the other, none of which is ever begun, is remembered up to the
// limit; beyond it they share one pace, and those that are there keep their own.
func TestT8PacesOfInventedMailboxes(t *testing.T) {
	s, m := paired(t, Limits{Mailboxes: 4})
	for i := range 3 {
		want(t, "a mailbox", s.Put(m, start, member(i, ""), letter(KindOps, "x")), nil)
	}
	for i := range pacesMost + 100 {
		v := member(0, "")
		v.Mailbox = Key{1, byte(i), byte(i >> 8), 99}
		want(t, "one too many", s.Put(m, start, v, letter(KindOps, "x")), ErrFull)
	}
	if n := len(s.paces); n > pacesMost+1 {
		t.Errorf("the paces of %d mailboxes are remembered, want at most %d", n, pacesMost)
	}
	want(t, "in a mailbox that is there", s.Put(m, start, member(0, ""), letter(KindOps, "y")), nil)
}
