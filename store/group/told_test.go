package group

import (
	"slices"
	"testing"

	"kith/store/kp1"
)

// TestT15Shut: every removal in effect is told of once, with who did it; leaving is not one.
func TestT15Shut(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	for _, n := range []string{"bob", "cat", "dan"} {
		w.must(ann, w.admit(n, kp1.RankMember))
	}
	w.everybody("ann", "bob", "cat", "dan")
	w.must(bob, AddDevice{w.dev("bob", 1).cert})
	w.everybody("ann", "bob", "cat", "dan")
	w.must(bob, NewRevoke([]kp1.DID{w.dev("bob", 1).id}, nil))
	w.must(w.dev("cat", 0), NewLeave(w.dev("cat", 0).who.id, nil))
	w.everybody("ann", "bob", "cat", "dan")
	w.must(ann, NewRemove(w.dev("dan", 0).who.id, nil, 0))
	shut := w.all.Shut()
	if len(shut) != 2 {
		t.Fatalf("Shut() = %+v, want bob's computer and dan", shut)
	}
	if shut[0].Type != TypeRevokeDevice || shut[0].Member != bob.who.id || !slices.Equal(shut[0].Devices, []kp1.DID{w.dev("bob", 1).id}) {
		t.Errorf("first: %+v", shut[0])
	}
	if shut[1].Type != TypeRemove || shut[1].Member != w.dev("dan", 0).who.id || !slices.Equal(shut[1].By, []kp1.MID{ann.who.id}) {
		t.Errorf("second: %+v", shut[1])
	}
	var types []string
	for _, a := range w.all.ActsOf(bob.id) {
		types = append(types, a.Type)
	}
	if want := []string{TypeAddDevice, TypeRevokeDevice}; !slices.Equal(types, want) {
		t.Errorf("ActsOf(bob) = %q, want %q", types, want)
	}
}

// TestT17Ballot: votes are counted for those who are in, guests not among them, and only while nobody leads.
func TestT17Ballot(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.meet(ann, bob)
	for _, n := range []string{"cat", "dan", "eve"} {
		w.must(bob, w.admit(n, kp1.RankMember))
	}
	w.must(bob, w.admit("fay", kp1.RankGuest))
	w.everybody("ann", "bob", "cat", "dan", "eve", "fay")
	if all, of := w.all.Ballot(); len(all) != 0 || of != 0 {
		t.Errorf("Ballot() = %v, %d in a group that has admins", all, of)
	}
	w.must(ann, NewRemove(bob.who.id, nil, 0))
	w.must(bob, NewRemove(ann.who.id, nil, 0))
	w.everybody("ann", "bob", "cat", "dan", "eve")
	w.must(w.dev("cat", 0), Vote{Member: w.dev("cat", 0).who.id})
	w.must(w.dev("dan", 0), Vote{Member: w.dev("cat", 0).who.id})
	w.must(w.dev("dan", 0), Vote{Member: w.dev("cat", 0).who.id})
	all, of := w.all.Ballot()
	if of != 3 || len(all) != 1 || all[0].Member != w.dev("cat", 0).who.id || len(all[0].By) != 2 {
		t.Fatalf("Ballot() = %+v of %d, want cat with 2 of 3", all, of)
	}
	w.everybody("cat", "dan", "eve")
	w.must(w.dev("cat", 0), Elect{Member: w.dev("cat", 0).who.id})
	if all, of := w.all.Ballot(); len(all) != 0 || of != 0 {
		t.Errorf("Ballot() = %v, %d after the election", all, of)
	}
}

// TestT13Split: who meets the others after a forgery on which others have built is told of both sides; a fork on which
// nobody else stands is no conflict.
func TestT13Split(t *testing.T) {
	w, chain := founderGone(t)
	stale := NewLog(testGID)
	for _, o := range chain[:4] {
		_ = add(stale, o)
	}
	forged := forge(w, chain[3], w.admit("gus", kp1.RankAdmin), 1)
	_ = add(stale, forged[0])
	if s := stale.Splits(); len(s) != 0 {
		t.Fatalf("Splits() = %+v before the others were met", s)
	}
	_ = add(stale, forged[1])
	for _, o := range w.ops {
		_ = add(stale, o)
	}
	s := stale.Splits()
	if len(s) != 1 || s[0].Device != w.dev("ann", 0).id || s[0].First != forged[0].ID || s[0].Second != chain[4].ID {
		t.Fatalf("Splits() = %+v, want that of ann's device", s)
	}
	if want := []kp1.MID{w.dev("gus", 0).who.id}; !slices.Equal(s[0].Ours, want) {
		t.Errorf("on this side stand %v, want the helper alone", s[0].Ours)
	}
	for _, n := range []string{"bob", "cat", "dan"} {
		if !slices.Contains(s[0].Theirs, w.dev(n, 0).who.id) {
			t.Errorf("%s does not stand on the other side", n)
		}
	}
}
