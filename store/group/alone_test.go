package group

import (
	"testing"

	"kith/store/kp1"
)

// TestOneAdminsWorth is the whole life of a small group with a single admin.
func TestOneAdminsWorth(t *testing.T) { oneAdminsWorth(t) }

func oneAdminsWorth(t tb) {
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	w.must(ann, w.rekey(ann, "one"))
	w.must(ann, w.admit("bob", kp1.RankMember))
	if got, want := in(w.all, "ann", "bob"), "ann 2, bob 1"; got != want {
		t.Fatalf("after Admit: %q, want %q", got, want)
	}
	missing := w.all.Missing()
	if len(missing) != 1 || missing[0].Device != w.dev("bob", 0).id {
		t.Fatalf("Missing() = %v, want bob's device", missing)
	}
	w.must(ann, NewGrant(missing[0].Shares, []kp1.DID{missing[0].Device}))
	if m := w.all.Missing(); len(m) != 0 {
		t.Fatalf("Missing() after the Grant = %v, want none", m)
	}
	w.everybody("ann", "bob")
	w.must(w.dev("bob", 0), AddDevice{w.dev("bob", 1).cert})
	w.everybody("ann", "bob")
	w.must(ann, NewRemove(someone(t, "bob").id, nil, 0))
	if got, want := in(w.all, "ann", "bob"), "ann 2"; got != want {
		t.Fatalf("after Remove: %q, want %q", got, want)
	}
	if !w.all.NeedRekey() {
		t.Fatal("NeedRekey() = false after Remove, want true")
	}
	w.must(ann, w.rekey(ann, "two"))
	if w.all.NeedRekey() {
		t.Fatal("NeedRekey() = true after Rekey, want false")
	}
	w.mustNot(ann, NewLeave(someone(t, "ann").id, nil), ErrLastAdmin)
}
