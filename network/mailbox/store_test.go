package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kith/network/reconcile"
)

// A keeper who reads the file finds no ticket, no address and no token.
func TestFileTellsNoSecret(t *testing.T) {
	s, m := paired(t, Limits{})
	env := letter(KindPayload, "x")
	want(t, "put", s.Put(m, start, member(1, "192.0.2.77"), env), nil)
	want(t, "put", s.Put(m, start, admin(1, "192.0.2.78"), letter(KindRekey, "y")), nil)
	tok := token("x")
	want(t, "delete", s.Delete(m, start, member(1, "192.0.2.77"), idOf(env), tok), nil)
	one, two := ticket(1), ticket(2)
	for name, secret := range map[string][]byte{
		"address": []byte("192.0.2."), "member ticket": one[:], "admin ticket": two[:], "token": tok[:], "deleted envelope": env[:60],
	} {
		if m.Holds(secret) {
			t.Errorf("the file holds the %s", name)
		}
	}
}

// What is damaged is said to be, and nothing is taken or given that cannot be read.
func TestDamage(t *testing.T) {
	full := func() (*Shelf, *Memory) {
		s, m := paired(t, Limits{TTL: time.Hour})
		want(t, "put", s.Put(m, start, member(1, ""), letter(KindPayload, "x")), nil)
		want(t, "put", s.Put(m, start, member(1, ""), letter(KindPayload, "y")), nil)
		want(t, "delete", s.Delete(m, start, member(1, ""), idOf(letter(KindPayload, "y")), token("y")), nil)
		return s, m
	}
	uses := []func(s *Shelf, m *Memory) error{
		func(s *Shelf, m *Memory) error { return s.Put(m, start, member(1, ""), letter(KindOps, "z")) },
		func(s *Shelf, m *Memory) error { return s.Put(m, start, admin(1, ""), letter(KindRekey, "z")) },
		func(s *Shelf, m *Memory) error {
			return s.Put(m, start, Visitor{key(2), ticket(3), ""}, letter(KindOps, "z"))
		},
		func(s *Shelf, m *Memory) error {
			return s.Put(m, start, Visitor{key(2), ticket(4), ""}, letter(KindOps, "z"))
		},
		func(s *Shelf, m *Memory) error {
			return s.Delete(m, start, member(1, ""), idOf(letter(KindPayload, "x")), token("x"))
		},
		func(s *Shelf, m *Memory) error { _, err := s.Sweep(m, start.Add(3*time.Hour), 100); return err },
	}
	_, clean := full()
	n := 0
	for k, v := range clean.Scan(nil) {
		n++
		for name, bad := range map[string][]byte{"cut": v[:len(v)-1], "longer": append(bytes.Clone(v), 0), "empty": {}, "newer": append([]byte{9}, v[1:]...)} {
			noticed := false
			for _, use := range uses {
				s, m := full()
				_ = m.Set(k, bad)
				noticed = errors.Is(use(s, m), ErrDamaged) || noticed
			}
			if !noticed {
				t.Errorf("record %d %s: nobody noticed", k[0], name)
			}
		}
	}
	if n != 12 {
		t.Errorf("%d records were spoiled, want all 12: clock, two tenants, four tickets, the next number, and a mailbox with item, bytes and memory", n)
	}
}

// Items come in the order of their ids, whatever the order they were put in, and as a set in that of reconciliation.
func TestItemsAreSorted(t *testing.T) {
	s, m := paired(t, Limits{})
	var items []reconcile.Item
	for i := range 500 {
		env := made{kind: KindOps, week: uint64(i*7919%31) << (i % 50), seed: fmt.Sprint(i)}.bytes()
		want(t, "put", s.Put(m, start, member(i%2, ""), env), nil)
		if i%2 == 1 {
			items = append(items, mustHeader(t, env).Item)
		}
	}
	slices.SortFunc(items, func(a, b reconcile.Item) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	var got []reconcile.Item
	for it, err := range Items(m, key(1)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, it)
	}
	if !slices.Equal(got, items) {
		t.Errorf("Items() gives %d, want %d in order", len(got), len(items))
	}
	set, err := Set(m, key(1))
	if slices.SortFunc(items, reconcile.Item.Compare); err != nil || set.Len() != len(items) || set.At(0) != items[0] || set.At(499/2) != items[499/2] {
		t.Errorf("Set() = %d, %v", set.Len(), err)
	}
	for range Items(m, key(0)) { // to stop early is no harm
		break
	}
	_ = m.Set(in(atItem, 1, 1), []byte{1})
	if _, err := Set(m, key(0)); err == nil {
		t.Error("a key of the wrong length is no damage")
	}
}

// What brings keys is sent first, the rest as it came.
func TestSendingOrder(t *testing.T) {
	s, m := paired(t, Limits{})
	var came [][32]byte
	for i, kind := range []Kind{KindOps, KindPayload, KindRekey, KindOps, KindGrant} {
		env := letter(kind, string(rune('a'+i)))
		came = append(came, idOf(env))
		want(t, "put", s.Put(m, start.Add(time.Duration(i)*time.Minute), admin(1, ""), env), nil)
	}
	got, err := Sending(m, key(1), reconcile.All)
	if err != nil || len(got) != len(came) {
		t.Fatalf("Sending = %d, %v", len(got), err)
	}
	for i, at := range []int{2, 4, 0, 1, 3} {
		if [32]byte(got[i]) != came[at] {
			t.Errorf("place %d has not what came as number %d", i, at)
		}
	}
	one := reconcile.Range{Lo: reconcile.Bound{Item: reconcile.Item{Week: 2969}}, Hi: reconcile.Infinity}
	if got, err := Sending(m, key(1), one); err != nil || len(got) != 0 {
		t.Errorf("Sending of a range with nothing in it = %d, %v", len(got), err)
	}
}

// Check finds a byte that changed and a count that is wrong.
func TestCheckFindsDamage(t *testing.T) {
	s, m := paired(t, Limits{})
	env := letter(KindPayload, "x")
	want(t, "put", s.Put(m, start, member(1, ""), env), nil)
	want(t, "put", s.Put(m, start, member(1, ""), letter(KindOps, "y")), nil)
	want(t, "delete", s.Delete(m, start, member(1, ""), idOf(env), token("x")), nil)
	if c, err := Check(m); err != nil || c != (Checked{Envelopes: 1}) {
		t.Errorf("Check = %+v, %v", c, err)
	}
	y := idOf(letter(KindOps, "y"))
	k := key(1)
	bytesAt := placeKey(1, 1)
	changed := append([]byte(nil), m.Get(bytesAt)...)
	changed[len(changed)-1]++
	_ = m.Set(bytesAt, changed)
	if c, err := Check(m); err != nil || c != (Checked{Bad: 1}) {
		t.Errorf("Check of a changed byte = %+v, %v", c, err)
	}
	_ = m.Set(bytesAt, letter(KindOps, "y"))
	_ = m.Set(in(atGone, 1, y[:]...), encode(goneRecord{}))
	if c, err := Check(m); err != nil || c.Books != 2 {
		t.Errorf("Check of a wrong count = %+v, %v, want the mailbox and the tenant", c, err)
	}
	_ = m.Set(at(atBox, k[:]), []byte{1})
	if _, err := Check(m); !errors.Is(err, ErrDamaged) {
		t.Errorf("Check of a damaged record = %v", err)
	}
}
