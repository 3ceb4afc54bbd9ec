package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// clocked is a team whose computers share a clock that the test sets.
func clocked(t *testing.T, now *time.Time, names ...string) (kp1.GID, []*home) {
	t.Helper()
	var homes []*home
	for _, n := range names {
		homes = append(homes, homeWith(t, n, Options{Now: func() time.Time { return *now }}))
	}
	g := homes[0].found(names[0])
	for _, h := range homes[1:] {
		joinVia(t, homes[0], h, g, asMember)
	}
	levelAll(t, g, homes)
	return g, homes
}

func (h *home) tendOnce(g kp1.GID) bool {
	h.t.Helper()
	wrote, err := h.Tend(context.Background(), g)
	if err != nil {
		h.t.Fatal(err)
	}
	return wrote
}

func (h *home) epochs(g kp1.GID) int { return len(h.groups[g].log.Epochs()) }

// TestT27Healing: who copied all secrets of a device reads on until that device has renewed its box key and somebody has
// made new keys, and nothing after that; and the old box key is off the disk when its time is over.
func TestT27Healing(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	thief := copyOf(t, bev) // all there is at that time: the keys of the device, and of every epoch
	stolen := slices.Clone(bev.groups[g].self.Open)
	before := bev.groups[g].log.Epochs()
	early := ada.do(g, thread.New{Title: "before all that"})
	for range 33 { // days; the two of jitter included
		now = now.Add(24 * time.Hour)
		for _, h := range homes {
			h.tendOnce(g)
		}
		meet(t, ada, bev, g)
	}
	after := bev.groups[g].log.Epochs()
	if len(after) <= len(before) {
		t.Fatalf("%d epochs after a month, want new keys", len(after))
	}
	if n := len(bev.groups[g].self.Open); n != 2 {
		t.Fatalf("Bev holds %d box keys after a month, want the new one and the old", n)
	}
	// One more set of keys, which comes after the renewal for certain.
	now = now.Add(30 * 24 * time.Hour)
	for range 4 {
		now = now.Add(24 * time.Hour)
		for _, h := range homes {
			h.tendOnce(g)
		}
		meet(t, ada, bev, g)
	}
	secret := ada.do(g, thread.New{Title: "after all that"})
	meet(t, ada, bev, g)
	mustThread(t, bev, g, secret)
	// By the boxes, of keys and of Grants, from before the renewal and from after the keys that came once it was known.
	opens := func(eid kp1.EID) (n int) {
		for _, raw := range bev.all(g) {
			env, err := op.DecodeEnvelope(raw)
			if err != nil {
				t.Fatal(err)
			}
			if env.EID != eid || env.Kind != op.KindRekey && env.Kind != op.KindGrant {
				continue
			}
			for _, seed := range stolen {
				k, err := op.ParseBoxKey(seed)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := op.OpenBoxes(kp1.LabelLockbox, g, eid, bev.groups[g].self.Device, k, env.Boxes); err == nil {
					n++
				}
			}
		}
		return n
	}
	if opens(before[0].ID) == 0 {
		t.Fatal("a stolen box key opens nothing of before: the test shows nothing")
	}
	last, ok := bev.groups[g].log.Pick(kp1.CompTeam)
	if !ok || slices.ContainsFunc(after, func(e group.Epoch) bool { return e.ID == last }) {
		t.Fatal("no keys came after the renewal: the test shows nothing")
	}
	if n := opens(last); n > 0 {
		t.Errorf("a stolen box key opens %d boxes made after it was renewed", n)
	}
	// And by the whole computer, to which somebody brings all that is written since.
	reads := func(id kp1.ID) bool { _, ok := thief.View().Group(g).Care.Threads().Get(id); return ok }
	thief.give(g, ada.all(g)...)
	if !reads(early) || reads(secret) {
		t.Errorf("who copied the computer reads what was said before the renewal: %v, and after all of it: %v", reads(early), reads(secret))
	}
	for _, raw := range ada.all(g) {
		env, err := op.DecodeEnvelope(raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, opens := thief.Opens(g, raw); opens && env.EID == last {
			t.Error("who copied the computer opens an envelope under the keys of after")
		}
	}
	for range 15 {
		now = now.Add(24 * time.Hour)
		meet(t, ada, bev, g) // a key goes only once nothing can be on its way that it opens
		bev.tendOnce(g)
	}
	bev.again()
	for _, k := range bev.groups[g].self.Open {
		if slices.ContainsFunc(stolen, func(s []byte) bool { return slices.Equal(s, k) }) {
			t.Error("the stolen box key is still on the disk")
		}
	}
	mustThread(t, bev, g, secret)
}

// TestKeysWearOut: 2,000 envelopes under one set of keys, or a date in the far future, do not put off the next for ever.
func TestKeysWearOut(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada")
	ada := homes[0]
	if ada.tendOnce(g) {
		t.Error("new keys at once")
	}
	th := ada.do(g, thread.New{Title: "much to say"})
	var many []Draft
	for range rekeyEntries / 2 {
		many = append(many, Draft{Act: thread.Post{Thread: th, Text: "again"}, Comp: kp1.CompTeam})
	}
	if _, err := ada.Propose(context.Background(), g, many...); err != nil {
		t.Fatal(err)
	}
	now = now.Add(49 * time.Hour) // after whichever turn this device has
	was := ada.epochs(g)
	if !ada.tendOnce(g) || ada.epochs(g) != was+1 {
		t.Errorf("%d epochs after %d envelopes, want one more than %d", ada.epochs(g), ada.View().Group(g).Filed, was)
	}
	if ada.tendOnce(g) {
		t.Error("and again")
	}
	now = now.Add(-400 * 24 * time.Hour) // the keys are from the future now
	if !ada.tendOnce(g) {
		t.Error("keys from the future are never followed by others")
	}
}

// TestT14ForkedDeviceIsOut: whose device signs two auth ops in one place, and shows them to different people, is found
// out when these meet; the device is out for everybody.
func TestT14ForkedDeviceIsOut(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	twin := copyOf(t, cy)
	d, err := cy.Remove(ctx, g, dot.me(g), ReasonUnsaid)
	must(t, d, err, false)
	d, err = twin.SetRole(ctx, g, dot.me(g), kp1.RankGuest)
	must(t, d, err, false)
	meet(t, cy, ada, g)
	meet(t, twin, bev, g)
	ada.do(g, thread.New{Title: "heard the one"})
	bev.do(g, thread.New{Title: "heard the other"})
	all := []*home{ada, bev}
	for range 3 {
		tend(t, g, all)
	}
	for _, h := range all {
		if _, in := h.View().Group(g).State.Device(cy.View().Group(g).Device); in {
			t.Errorf("%s still counts the device that signed twice", h.Name())
		}
		if n := len(h.groups[g].log.Forks()); n != 0 {
			t.Errorf("%s has %d forks that nobody told of", h.Name(), n)
		}
	}
	level(t, g, ada, bev)
	secret := ada.do(g, thread.New{Title: "without Cy"})
	meet(t, ada, bev, g)
	meet(t, ada, cy, g)
	mustThread(t, bev, g, secret)
	if _, ok := cy.View().Group(g).Care.Threads().Get(secret); ok {
		t.Error("the device that signed twice reads on")
	}
}

// TestAccusesAtOnce: of several devices that signed two things in one place all are told of in one envelope, under one set of new
// keys that none of them was handed.
func TestAccusesAtOnce(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy", "Dot")
	ada, copied := homes[0], homes[2:]
	for _, h := range copied {
		twin := copyOf(t, h)
		h.do(g, thread.New{Title: "the one"})
		twin.do(g, thread.New{Title: "the other"})
		meet(t, ada, h, g)
		meet(t, ada, twin, g)
	}
	before, keys := len(ada.all(g)), len(ada.auths(g, group.TypeRekey))
	if !ada.tendOnce(g) {
		t.Fatal("nothing was told of")
	}
	if n := len(ada.auths(g, group.TypeRekey)) - keys; n != 1 {
		t.Errorf("%d sets of new keys for two devices, want one", n)
	}
	for _, h := range copied {
		if _, in := ada.View().Group(g).State.Device(h.deviceOf(g)); in {
			t.Errorf("%s's copied computer is in still", h.Name())
		}
		for _, raw := range ada.all(g)[before:] {
			if _, ok := h.Opens(g, raw); ok {
				t.Errorf("%s's copied computer opens what tells of it", h.Name())
			}
		}
	}
	said := ada.do(g, thread.New{Title: "nobody but us"})
	meet(t, ada, homes[1], g)
	mustThread(t, homes[1], g, said)
}

// TestForkedWordsAreFoundOut: a copied device that goes on writing beside itself is out once its two stories meet. What
// follows the one that the proof names stays, on every computer the same, and what the other said can be let in.
func TestForkedWordsAreFoundOut(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	cy.do(g, thread.New{Title: "before"})
	levelAll(t, g, homes)
	twin := copyOf(t, cy)
	one, more := cy.do(g, thread.New{Title: "the one"}), cy.do(g, thread.New{Title: "and more"})
	other := twin.do(g, thread.New{Title: "the other"})
	meet(t, ada, cy, g)
	meet(t, bev, twin, g)
	bev.again()
	for range 3 {
		tend(t, g, []*home{ada, bev})
	}
	level(t, g, ada, bev)
	for _, h := range []*home{ada, bev} {
		if _, in := h.View().Group(g).State.Device(cy.View().Group(g).Device); in {
			t.Errorf("%s still counts the device", h.Name())
		}
		_, a := h.View().Group(g).Care.Threads().Get(one)
		_, b := h.View().Group(g).Care.Threads().Get(more)
		_, c := h.View().Group(g).Care.Threads().Get(other)
		if a != b || a == c {
			t.Errorf("%s shows %v, %v of the one story and %v of the other, want one of them whole", h.Name(), a, b, c)
		}
	}
	d, err := ada.AdmitLate(ctx, g, []kp1.ID{one, more, other})
	must(t, d, err, false)
	meet(t, ada, bev, g)
	for _, h := range []*home{ada, bev} {
		for _, id := range []kp1.ID{one, more, other} {
			mustThread(t, h, g, id)
		}
		h.again()
	}
	level(t, g, ada, bev)
}

// TestPromisedKeyIsAskedFor: a device whose box held nothing says so, and is handed the keys by another member.
func TestPromisedKeyIsAskedFor(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	meet(t, bev, cy, g) // or they would say that they have one another's
	ada.cheat(g, kp1.MID{}, func(d group.Device, _ uint8) bool { return d.Member == bev.me(g) })
	secret := ada.do(g, thread.New{Title: "under the new keys"})
	levelAll(t, g, homes)
	if _, ok := bev.View().Group(g).Care.Threads().Get(secret); ok {
		t.Fatal("Bev reads without a key: the box was not spoilt")
	}
	if bev.tendOnce(g) {
		t.Error("Bev complains at once: what she lacks may be on its way")
	}
	now = now.Add(61 * time.Second)
	if !bev.tendOnce(g) {
		t.Fatal("Bev does not say what she was promised")
	}
	bev.again()
	bev.tendOnce(g)
	now = now.Add(61 * time.Second)
	if bev.tendOnce(g) {
		t.Error("Bev says so twice")
	}
	meet(t, bev, cy, g)
	if !cy.tendOnce(g) {
		t.Fatal("Cy, who holds the keys, hands nothing over")
	}
	meet(t, bev, cy, g)
	mustThread(t, bev, g, secret)
}

// TestT23KeyNobodyHas: who removes somebody and hands everybody a key that does not fit stops nobody for longer than a
// minute: the next who writes makes new ones.
func TestT23KeyNobodyHas(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dot")
	ada, bev, cy := homes[0], homes[1], homes[2]
	ada.cheat(g, homes[3].me(g), func(d group.Device, c uint8) bool { return c == kp1.CompTeam && d.Member != ada.me(g) })
	meet(t, ada, bev, g)
	meet(t, ada, cy, g)
	team := Draft{Act: thread.New{Title: "for the team"}, Comp: kp1.CompTeam}
	if _, err := bev.Propose(ctx, g, team); !errors.Is(err, ErrNoEpoch) {
		t.Fatalf("Propose under a key that does not fit = %v, want ErrNoEpoch", err)
	}
	bev.tendOnce(g) // says so; nobody answers
	now = now.Add(61 * time.Second)
	ids, err := bev.Propose(ctx, g, team)
	if err != nil {
		t.Fatalf("after a minute: %v", err)
	}
	meet(t, bev, cy, g)
	mustThread(t, cy, g, ids[0])
}

// cheat makes new keys for everybody, without whom it removes, and puts others into the slots that wrong names.
func (h *home) cheat(g kp1.GID, out kp1.MID, wrong func(group.Device, uint8) bool) {
	h.t.Helper()
	h.falseRekey(g, trick{out: out, box: func(d group.Device, slots []op.Slot) []op.Slot {
		for i := range slots {
			if wrong(d, slots[i].Comp) {
				slots[i].Key[31] ^= 1
			}
		}
		return slots
	}})
}

// copyOf is the same computer once more: a disk that was copied, a machine that was restored.
func copyOf(t *testing.T, h *home) *home {
	t.Helper()
	twin := *h
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	twin.dir = filepath.Join(t.TempDir(), "twin")
	if err := os.CopyFS(twin.dir, os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		t.Fatal(err)
	}
	if twin.Ledger, err = Open(twin.dir, h.rest, h.opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = twin.Close() })
	return &twin
}
