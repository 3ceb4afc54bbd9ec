package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// TestHearing is the table of protocol 4.2: what counts as having caught up.
func TestHearing(t *testing.T) {
	const now = 1_795_000_000
	ann, bob, own := kp1.DID{1}, kp1.DID{2}, kp1.DID{}
	both := map[kp1.DID]kp1.MID{ann: {1}, bob: {2}}
	met := func(pairs ...any) (r rounds) {
		for i := 0; i < len(pairs); i += 2 {
			r.At = append(r.At, roundWith{Device: pairs[i].(kp1.DID), At: uint64(now - pairs[i+1].(int))}) //nolint:gosec // after 1970
		}
		return r
	}
	back := func(r rounds, ago int) rounds {
		r.Back = uint64(now - ago) //nolint:gosec // after 1970
		return r
	}
	const hour, day = 3_600, daySeconds
	for _, c := range []struct {
		name          string
		rounds        rounds
		others        map[kp1.DID]kp1.MID
		came          int // seconds ago
		about         kp1.MID
		fresh, behind bool
	}{
		{"just founded", rounds{}, both, 10, kp1.MID{}, true, false},
		{"nobody else is there", rounds{}, nil, 900 * day, kp1.MID{}, true, false},
		{"nobody else but who it is about", rounds{}, map[kp1.DID]kp1.MID{bob: {2}}, day, kp1.MID{2}, true, false},
		{"heard a minute ago", met(ann, 60), both, 90 * day, kp1.MID{}, true, false},
		{"heard an hour ago", met(ann, hour), both, 90 * day, kp1.MID{}, true, false},
		{"heard longer ago", met(ann, hour+1), both, 90 * day, kp1.MID{}, false, false},
		{"heard only who it is about", met(bob, 60), both, 90 * day, kp1.MID{2}, false, false},
		{"heard only a mailbox", met(own, 60), both, 90 * day, kp1.MID{2}, true, false},
		{"heard only who is out now", met(kp1.DID{9}, 60), both, 90 * day, kp1.MID{}, false, false},
		{"heard in the future", met(ann, -60), both, 90 * day, kp1.MID{}, false, true},
		{"silent for a week", met(ann, 7*day), both, 90 * day, kp1.MID{}, false, true},
		{"silent for less", met(ann, 7*day-1), both, 90 * day, kp1.MID{}, false, false},
		{"back, heard one of two", back(met(ann, 60), 60), both, 90 * day, kp1.MID{}, false, true},
		{"back, heard one of two in an hour", back(met(ann, hour), hour), both, 90 * day, kp1.MID{}, true, false},
		{"back, heard one of two in nearly an hour", back(met(ann, hour-1), hour-1), both, 90 * day, kp1.MID{}, false, true},
		{"back, heard both", back(met(ann, 60, bob, 30), 60), both, 90 * day, kp1.MID{}, true, false},
		{"back, heard one before", back(met(ann, 61, bob, 30), 60), both, 90 * day, kp1.MID{}, false, true},
		{"back, heard a mailbox", back(met(own, 60), 60), both, 90 * day, kp1.MID{}, true, false},
		{"back, heard the only other", back(met(ann, 60), 60), map[kp1.DID]kp1.MID{ann: {1}}, 90 * day, kp1.MID{}, true, false},
		{"back, heard two machines of one", back(met(ann, 60, bob, 60), 60), map[kp1.DID]kp1.MID{ann: {1}, bob: {1}, {3}: {3}}, 90 * day, kp1.MID{}, false, true},
	} {
		x := hearing{now: now, since: uint64(now - c.came), rounds: c.rounds, others: c.others} //nolint:gosec // after 1970
		if fresh, behind := x.fresh(c.about), x.behind(); fresh != c.fresh || behind != c.behind {
			t.Errorf("%s: fresh %v, behind %v, want %v, %v", c.name, fresh, behind, c.fresh, c.behind)
		}
	}
}

// TestHearingComesBack: whatever was heard when, two rounds with two people end every silence, and nothing but silence
// begins one.
func TestHearingComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := hearing{since: rapid.Uint64Range(0, 40*daySeconds).Draw(t, "since"), others: map[kp1.DID]kp1.MID{}}
		n := rapid.IntRange(1, 5).Draw(t, "others")
		for i := range n {
			x.others[kp1.DID{byte(i + 1)}] = kp1.MID{byte(i + 1)}
		}
		x.now = x.since
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			was, quiet := x.behind(), rapid.Uint64Range(0, 9*daySeconds).Draw(t, "quiet")
			x.now += quiet
			if !was && x.behind() && x.now-max(x.rounds.last(x.now), x.since) < awayAfter {
				t.Fatalf("behind after %d s of silence", x.now-max(x.rounds.last(x.now), x.since))
			}
			x.rounds = x.note(kp1.DID{byte(rapid.IntRange(1, n).Draw(t, "with"))})
		}
		for i := range min(n, 2) {
			x.rounds = x.note(kp1.DID{byte(i + 1)})
		}
		if x.behind() || !x.fresh(kp1.MID{}) {
			t.Fatalf("after rounds with %d of %d: fresh %v, behind %v", min(n, 2), n, x.fresh(kp1.MID{}), x.behind())
		}
	})
}

// TestT15Offline is the row of table 4.5 about an admin who is offline for long: what they do waits, unsigned, over a restart
// as well, until their computer has heard the others out; then it is done as it would be done now, or it is said why not.
func TestT15Offline(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dot")
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	now = now.Add(3 * time.Hour)
	filed := len(ada.all(g))
	var waits []kp1.ID
	for _, do := range []func() (Deed, error){
		func() (Deed, error) { return ada.Remove(ctx, g, cy.me(g), ReasonUnsaid) },
		func() (Deed, error) { return ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin) },
		func() (Deed, error) { return ada.Remove(ctx, g, cy.me(g), ReasonUnsaid) }, // twice is once
	} {
		d, err := do()
		if err != nil || !d.Later || d.Op.IsZero() {
			t.Fatalf("offline: %+v, %v, want it to wait", d, err)
		}
		waits = append(waits, d.Op)
	}
	ada.again()
	if _, err := ada.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	v := ada.View().Group(g)
	if len(v.Pending) != 2 || waits[0] != waits[2] || len(ada.all(g)) != filed {
		t.Fatalf("%d wait and %d envelopes were filed, want 2 and none", len(v.Pending), len(ada.all(g))-filed)
	}
	if _, in := ada.rankOf(g, cy.me(g)); !in {
		t.Fatal("what waits has an effect")
	}
	said := cy.do(g, thread.New{Title: "before anybody knew"}) // and is covered by the cut, which is made when it is signed
	meet(t, ada, cy, g)
	if err := ada.Level(g, cy.deviceOf(g)); err != nil { // of who is to go alone
		t.Fatal(err)
	}
	if _, err := ada.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	if r, in := ada.rankOf(g, cy.me(g)); !in {
		t.Fatalf("Cy was removed (%d) when only Cy had been heard", r)
	}
	if r, _ := ada.rankOf(g, bev.me(g)); r != kp1.RankAdmin {
		t.Error("Bev is no admin although Cy was heard out")
	}
	meet(t, ada, dot, g)
	if err := ada.Level(g, dot.deviceOf(g)); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	v = ada.View().Group(g)
	if _, in := v.State.Member(cy.me(g)); in || len(v.Pending) != 0 || v.Hidden != 0 || !ada.HasOp(g, said) {
		t.Errorf("caught up: Cy in %v, %d wait, %d hidden", in, len(v.Pending), v.Hidden)
	}
	ada.clean()
}

// TestT15OfflineTooLate: what cannot be done any more once the computer has caught up is not done, and its person sees why.
func TestT15OfflineTooLate(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	did(t)(ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin))
	levelAll(t, g, homes)
	now = now.Add(2 * time.Hour)
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	if err != nil || !d.Later {
		t.Fatalf("Remove = %+v, %v", d, err)
	}
	if _, err := cy.Leave(ctx, g); err != nil {
		t.Fatal(err)
	}
	meet(t, bev, cy, g)
	meet(t, bev, ada, g)
	if err := ada.Level(g, bev.deviceOf(g)); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	ada.again()
	p := ada.View().Group(g).Pending
	if len(p) != 1 || !errors.Is(p[0].Why, ErrNoMember) && codeOf(p[0].Why) != "E_NOT_FOUND" {
		t.Fatalf("Pending = %+v, want one that could not be signed", p)
	}
	if err := ada.Forget(ctx, g, p[0].ID); err != nil || len(ada.View().Group(g).Pending) != 0 {
		t.Errorf("Forget = %v", err)
	}
	if err := ada.Forget(ctx, g, p[0].ID); !errors.Is(err, ErrNoPending) {
		t.Errorf("Forget twice = %v", err)
	}
}

// did wants a deed to be done.
func did(t *testing.T) func(Deed, error) {
	return func(d Deed, err error) {
		t.Helper()
		must(t, d, err, false)
	}
}

// TestT15Away: after more than a week without anybody a computer signs nothing about who belongs, and vouches for nothing, until
// it has heard two people out; what people write goes on, and what must not wait can be signed at once.
func TestT15Away(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dot")
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	did(t)(ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin))
	quiet(t, g, homes) // Bev is handed what only those who lead read
	levelAll(t, g, homes)
	now = now.Add(8 * 24 * time.Hour)
	did(t)(bev.nowAnyway(t, g, func() (Deed, error) { return bev.Remove(ctx, g, dot.me(g), ReasonUnsaid) }))
	meet(t, bev, ada, g)
	if err := ada.Level(g, bev.deviceOf(g)); err != nil {
		t.Fatal(err)
	}
	ada.do(g, thread.New{Title: "words go on"})
	wrote := len(ada.auths(g, group.TypeAck))
	if !ada.View().Group(g).Behind {
		t.Fatal("one person heard out of three is taken for enough")
	}
	if _, err := ada.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	if n := len(ada.auths(g, group.TypeAck)); n != wrote {
		t.Errorf("a computer that was away vouches: %d Acks, want %d", n, wrote)
	}
	inv, err := ada.Invite(ctx, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}, testAddrs, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	eve := homeWith(t, "Eve", Options{Now: func() time.Time { return now }})
	j, _ := askOn(t, ada, eve, inv)
	for _, r := range ada.View().Group(g).Requests {
		if r.Words == j.Words {
			if _, err := ada.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedVoice}); !errors.Is(err, ErrBehind) {
				t.Errorf("Approve by who was away = %v, want ErrBehind", err)
			}
		}
	}
	meet(t, cy, bev, g)
	meet(t, cy, ada, g)
	if err := ada.Level(g, cy.deviceOf(g)); err != nil {
		t.Fatal(err)
	}
	if ada.View().Group(g).Behind {
		t.Fatal("two people were heard out, and it is not enough")
	}
	if _, err := ada.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	if n := len(ada.auths(g, group.TypeAck)); n == wrote {
		t.Error("having caught up, the computer does not say what it heard")
	}
}

// nowAnyway does at once what waits.
func (h *home) nowAnyway(t *testing.T, g kp1.GID, do func() (Deed, error)) (Deed, error) {
	t.Helper()
	d, err := do()
	if err != nil || !d.Later {
		return d, fmt.Errorf("%+v does not wait: %w", d, err)
	}
	return h.SignNow(context.Background(), g, d.Op)
}

// TestPendingLimit: as many acts wait as may, and not one more.
func TestPendingLimit(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	now = now.Add(2 * time.Hour)
	ada := homes[0]
	for i := range maxPending {
		if _, err := ada.AdmitLate(ctx, g, []kp1.ID{{byte(i)}}); err != nil {
			t.Fatalf("act %d: %v", i, err)
		}
	}
	if _, err := ada.AdmitLate(ctx, g, []kp1.ID{{0xff}}); !errors.Is(err, ErrManyPending) {
		t.Errorf("act %d = %v, want ErrManyPending", maxPending+1, err)
	}
}

// TestT13AwayHearsTheRemovedFirst: what comes to a computer that was away is not held back until others were heard. If it
// meets first who was taken out meanwhile, what that person let happen since is undone as soon as one other is heard, and
// whom they took out is out, as behind any computer that had not heard (G4), and back by one act of who leads. Nobody gains
// a rank, and no key goes to who is out.
func TestT13AwayHearsTheRemovedFirst(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dot", "Eve")
	ada, bev, cy, dot, eve := homes[0], homes[1], homes[2], homes[3], homes[4]
	gus := homeWith(t, "Gus", Options{Now: func() time.Time { return now }})
	joinVia(t, ada, gus, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	did(t)(ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin))
	levelAll(t, g, append(homes, gus))
	d, err := ada.SetRole(ctx, g, cy.me(g), kp1.RankAdmin)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	did(t)(bev.Consent(ctx, g, p))
	levelAll(t, g, append(homes, gus))

	now = now.Add(9 * 24 * time.Hour) // Dot is away
	for _, h := range []*home{ada, bev} {
		for _, o := range []*home{bev, ada, eve} {
			if err := h.Level(g, o.deviceOf(g)); err != nil {
				t.Fatal(err)
			}
		}
	}
	d, err = ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p = must(t, d, err, true)
	meet(t, ada, bev, g)
	did(t)(bev.Consent(ctx, g, p))
	levelAll(t, g, []*home{ada, bev, eve, gus})

	// Cy, who has not heard of it, or says so, takes Eve out and makes Gus a member; Dot hears nobody else.
	did(t)(cy.nowAnyway(t, g, func() (Deed, error) { return cy.Remove(ctx, g, eve.me(g), ReasonUnsaid) }))
	did(t)(cy.nowAnyway(t, g, func() (Deed, error) { return cy.SetRole(ctx, g, gus.me(g), kp1.RankMember) }))
	meet(t, cy, dot, g)
	if r, _ := dot.rankOf(g, gus.me(g)); r != kp1.RankMember {
		t.Fatal("Dot was not deceived: the test shows nothing")
	}
	if _, err := dot.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	if n := len(dot.auths(g, group.TypeAck)); n != 0 {
		t.Errorf("Dot, who was away, vouches by %d Acks", n)
	}
	meet(t, dot, ada, g)
	if _, in := ada.rankOf(g, eve.me(g)); !in {
		t.Error("what waits behind Ada's fence has taken Eve out, though nobody vouched for it")
	}
	th := dot.do(g, thread.New{Title: "words go on"})
	all := []*home{ada, bev, dot, gus}
	levelAll(t, g, all)
	if _, shown := ada.View().Group(g).Care.Threads().Get(th); !shown {
		t.Error("what Dot wrote does not arrive")
	}
	for _, h := range all {
		if r, in := h.rankOf(g, gus.me(g)); !in || r != kp1.RankGuest {
			t.Errorf("%s: Gus has rank %d by the word of who was out", h.Name(), r)
		}
		if _, in := h.rankOf(g, cy.me(g)); in {
			t.Errorf("%s: Cy is in", h.Name())
		}
		if _, in := h.rankOf(g, eve.me(g)); in {
			t.Errorf("%s: Eve is in: Dot's words vouch for nothing, and the spec says they do", h.Name())
		}
	}
	i := slices.IndexFunc(ada.Told(g).Matters, func(m group.Matter) bool { return m.Kind == group.Stands && m.Member == eve.me(g) })
	if i < 0 {
		t.Fatalf("Ada is not asked whether Cy's removal of Eve stands: %+v", ada.Told(g).Matters)
	}
	if err := ada.Level(g, bev.deviceOf(g)); err != nil {
		t.Fatal(err)
	}
	did(t)(ada.Keep(ctx, g, ada.Told(g).Matters[i].Op))
	all = append(all, eve)
	for range 2 {
		tend(t, g, all)
	}
	for _, h := range all {
		if _, in := h.rankOf(g, eve.me(g)); !in {
			t.Errorf("%s: Eve is not back by one act", h.Name())
		}
	}
	sameView(t, g, ada, bev, dot, eve)
}
