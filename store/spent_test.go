package store

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// years is a group of two over half a year: a thread, then an epoch in which one post was written and nothing else, then
// epochs in which they go on. raws is that post's envelope, e its epoch.
type years struct {
	now      time.Time
	g        kp1.GID
	ada, bev *home
	talk     kp1.ID
	post     kp1.ID
	e        kp1.EID
	raws     [][]byte
}

// pass lets months go by: both do what falls to them, and meet.
func (y *years) pass(months int) {
	for range months {
		y.now = y.now.Add(33 * 24 * time.Hour)
		meet(y.ada.t, y.ada, y.bev, y.g)
		y.ada.tendOnce(y.g)
		y.bev.tendOnce(y.g)
		meet(y.ada.t, y.ada, y.bev, y.g)
	}
}

func twoYears(t *testing.T) *years {
	t.Helper()
	y := &years{now: testNow()}
	y.ada = newHome(t, "Ada") // with a key of its own: its store is written anew
	y.bev = quickHome(t, "Bev")
	for _, h := range []*home{y.ada, y.bev} {
		h.opt.Now = func() time.Time { return y.now }
		h.Ledger.opt.Now = h.opt.Now
	}
	g := y.ada.found("Ada")
	joinVia(t, y.ada, y.bev, g, asMember)
	levelAll(t, g, []*home{y.ada, y.bev})
	y.g = g
	y.talk = y.ada.talk(g, "picnic")
	y.pass(1)
	was := y.ada.all(g)
	y.post = y.bev.do(g, thread.Post{Thread: y.talk, Text: "a secret slip"})
	meet(t, y.ada, y.bev, g)
	for _, raw := range y.ada.all(g) {
		if !contains(was, raw) {
			y.raws = append(y.raws, raw)
		}
	}
	if len(y.raws) != 2 {
		t.Fatalf("a post came in %d envelopes", len(y.raws))
	}
	y.e = y.envelope(t).EID
	y.pass(1)
	return y
}

// sweep is what a peer does once a day, when it is level with somebody.
func (y *years) sweep(h *home) (n int) {
	other := y.ada
	if h == y.ada {
		other = y.bev
	}
	if err := h.Held(y.g, other.groups[y.g].self.Device, nil, h.groups[y.g].next-1); err != nil {
		h.t.Fatal(err)
	}
	return h.sweepAll(y.g)
}

func contains(raws [][]byte, raw []byte) bool {
	for _, r := range raws {
		if bytes.Equal(r, raw) {
			return true
		}
	}
	return false
}

// envelope is that of the op.
func (y *years) envelope(t *testing.T) op.Envelope {
	t.Helper()
	for _, raw := range y.raws {
		if env, err := op.DecodeEnvelope(raw); err == nil && env.Kind == op.KindOps {
			return env
		}
	}
	t.Fatal("no envelope of the op")
	return op.Envelope{}
}

// forgets has the post taken away, and half a year pass in which both go on.
func (y *years) forgets() {
	y.bev.do(y.g, erase.Delete{Target: y.post})
	meet(y.ada.t, y.ada, y.bev, y.g)
	y.pass(4)
	y.ada.do(y.g, thread.Post{Thread: y.talk, Text: "summer"})
	y.bev.do(y.g, thread.Post{Thread: y.talk, Text: "autumn"})
	meet(y.ada.t, y.ada, y.bev, y.g)
}

// opens says whether anything on a computer's disk, all that is sealed there included, opens a recorded copy.
func (h *home) opens(g kp1.GID, rec op.Envelope) bool {
	h.t.Helper()
	in := h.groups[g]
	if _, _, err := op.OpenOps(g, rec, in.ring[rec.EID].openers(op.KindOps)); err == nil {
		return true
	}
	for _, raw := range h.all(g) { // the boxes that lie here, with the box keys that do
		env, err := op.DecodeEnvelope(raw)
		if err != nil || len(env.Boxes) == 0 {
			continue
		}
		for _, seed := range in.self.Open {
			k, err := op.ParseBoxKey(seed)
			if err != nil {
				h.t.Fatal(err)
			}
			plain, _, err := op.OpenBoxes(kp1.LabelLockbox, g, env.EID, in.self.Device, k, env.Boxes)
			if err != nil {
				continue
			}
			found := epoch{id: rec.EID}
			if env.Kind == op.KindRekey && env.EID == rec.EID {
				slots, _ := op.DecodeLockbox(plain)
				for _, s := range slots {
					found.key[s.Comp] = &s.Key
				}
			} else if entries, err := op.DecodeGrant(plain); err == nil {
				for _, x := range entries {
					if kind, c := tagParts(x.Tag); kp1.EID(x.Ref) == rec.EID && kind == op.TagContent {
						found.cont[c] = &x.Key
					}
				}
			}
			if _, _, err := op.OpenOps(g, rec, found.openers(op.KindOps)); err == nil {
				return true
			}
		}
	}
	return false
}

// TestT30ContentKeysGo: once nothing that is kept is sealed under a content key, and nobody writes under it, it leaves the
// disk, and what was recorded of a post that was taken away opens with nothing that is there.
func TestT30ContentKeysGo(t *testing.T) {
	y := twoYears(t)
	g, homes := y.g, []*home{y.ada, y.bev}
	for _, h := range homes {
		if n := y.sweep(h); n != 0 || h.groups[g].ring[y.e].spent[kp1.CompTeam] {
			t.Errorf("%s lets keys go under which a post lies", h.Name())
		}
	}
	y.bev.do(g, erase.Delete{Target: y.post})
	meet(t, y.ada, y.bev, g)
	for _, h := range homes {
		y.sweep(h)
		if !h.groups[g].ring[y.e].reads(kp1.CompTeam) {
			t.Errorf("%s lets keys go before their time", h.Name())
		}
	}
	if err := y.ada.renew(); err != nil {
		t.Fatal(err)
	}
	y.pass(4)
	y.sweep(y.bev) // what Ada last said in the team is from before
	if !y.bev.groups[g].ring[y.e].reads(kp1.CompTeam) {
		t.Error("Bev lets keys go that Ada may still write under, for all that is known")
	}
	y.ada.do(g, thread.Post{Thread: y.talk, Text: "summer"})
	y.bev.do(g, thread.Post{Thread: y.talk, Text: "autumn"})
	meet(t, y.ada, y.bev, g)
	rec := y.envelope(t)
	for _, h := range homes {
		was := h.groups[g].ring[y.e]
		secrets := [][]byte{was.key[kp1.CompTeam][:], was.contentKey(kp1.CompTeam)[:]}
		old := sealedIn(t, h.Ledger)["groups/"+string(h.groups[g].name)+"/keys\x00"+string(y.e[:])]
		if len(old) == 0 {
			t.Fatal("the test does not find the record of the keys")
		}
		if h.sweepAll(g); h == y.ada && !h.groups[g].ring[y.e].reads(kp1.CompTeam) {
			t.Errorf("%s lets keys go and was level with nobody", h.Name())
		}
		y.sweep(h)
		for range 2 {
			now := h.groups[g].ring[y.e]
			if now.reads(kp1.CompTeam) || !now.spent[kp1.CompTeam] || h.opens(g, rec) {
				t.Errorf("%s: the recorded post opens: %v", h.Name(), now.reads(kp1.CompTeam))
			}
			for _, k := range secrets {
				if bytes.Contains(h.opened(), k) {
					t.Errorf("%s: a record holds the key", h.Name())
				}
			}
			if now.authKey() == nil || now.helloKey() == nil || now.authKey() != nil && kp1.Commit(*now.authKey()) != mustEpoch(t, h, g, y.e).Commits.Auth {
				t.Errorf("%s: who belonged, and by which hello they met, is lost with it", h.Name())
			}
			h.clean()
			h.again()
		}
		if h.Erased().IsZero() {
			t.Errorf("%s: the file is not to be written anew", h.Name())
		}
		if h == y.ada {
			if err := h.renew(); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(folderOf(t, h.dir), old) {
				t.Error("the old record of the keys is in the file")
			}
		}
		// What is recorded does not come back, and asks for nothing.
		h.give(g, y.raws...)
		h.wantGone(g, y.talk, y.post, y.bev.me(g))
		if h.opens(g, rec) || h.View().Group(g).Waiting > 0 {
			t.Errorf("%s: what was replayed waits", h.Name())
		}
	}
	y.pass(1)
	for _, h := range homes {
		for _, o := range h.auths(g, group.TypeAck) {
			if body, err := group.DecodeBody(o.Type, o.Body); err != nil || len(body.(group.Ack).Bad) > 0 {
				t.Errorf("%s: somebody complains of keys that were let go", h.Name())
			}
		}
	}
	// Who comes now is given all that is kept, and lacks nothing.
	cy := homeWith(t, "Cy", Options{Now: func() time.Time { return y.now }})
	joinVia(t, y.ada, cy, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	all := append(homes, cy)
	levelAll(t, g, all)
	sameView(t, g, all...)
	cy.wantGone(g, y.talk, y.post, y.bev.me(g))
	if n := cy.View().Group(g).Waiting; n != 0 || cy.opens(g, rec) {
		t.Errorf("%d envelopes wait at the newcomer's", n)
	}
}

func mustEpoch(t *testing.T, h *home, g kp1.GID, e kp1.EID) group.Epoch {
	t.Helper()
	made, ok := h.groups[g].log.Epoch(e)
	if !ok {
		t.Fatal("no such epoch")
	}
	return made
}

// TestSpentKeysComeBack: what turns up late under a key that was let go is asked for, opened, and the key goes again
// when it may; an old box in the own log does not bring it back.
func TestSpentKeysComeBack(t *testing.T) {
	y := twoYears(t)
	g, ada, bev := y.g, y.ada, y.bev
	y.forgets()
	late := bev.do(g, thread.Post{Thread: y.talk, Text: "from a forgotten laptop"})
	var raw []byte // it was sealed under the old epoch, and came from a computer that nobody knew was behind
	if err := bev.view(func(t tx) error {
		in := bev.groups[g]
		f, err := in.folder(t)
		if err != nil {
			return err
		}
		s, err := in.fetch(f.ops, &f.log, late)
		if err != nil {
			return err
		}
		key, _ := in.ring[y.e].sealer(kp1.CompTeam)
		env, err := op.SealOps(bev.Ledger.opt.Rand, g, key, op.KindOps, bev.week(), nil, []op.Signed{s})
		raw = env.Bytes
		return err
	}); err != nil {
		t.Fatal(err)
	}
	y.sweep(ada)
	if ada.groups[g].ring[y.e].reads(kp1.CompTeam) {
		t.Fatal("the key is here still")
	}
	if err := ada.change(func(t tx) error {
		b, err := ada.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		return b.reclaim()
	}); err != nil {
		t.Fatal(err)
	}
	if ada.groups[g].ring[y.e].reads(kp1.CompTeam) {
		t.Error("an old box brings the key back")
	}
	ada.from(bev, g, raw)
	if n := ada.waitsFor(g, waitKey); n != 1 {
		t.Fatalf("%d envelopes wait, want the late one", n)
	}
	bev.give(g, raw)
	ada.tendOnce(g)
	y.now = y.now.Add(2 * wantSeconds * time.Second)
	ada.tendOnce(g)
	for range 3 {
		meet(t, ada, bev, g)
		bev.tendOnce(g)
		ada.tendOnce(g)
	}
	if it, _, _ := ada.postOf(g, y.talk, late); it.Words != act.Here || it.Text == "" {
		t.Errorf("the late post: %+v", it)
	}
	if n := ada.waitsFor(g, waitKey); n != 0 {
		t.Errorf("%d envelopes wait", n)
	}
	y.sweep(ada)
	if !ada.groups[g].ring[y.e].reads(kp1.CompTeam) {
		t.Error("the key goes although something is sealed under it")
	}
	bev.do(g, erase.Delete{Target: late})
	meet(t, ada, bev, g)
	y.sweep(ada)
	if ada.groups[g].ring[y.e].reads(kp1.CompTeam) {
		t.Error("the key stays when that was taken away as well")
	}
	ada.clean()
}

// TestBoxKeysGoAtLast: who sends what waits for ever does not keep everybody's old box keys on their disks; and no clock,
// not this computer's and not one other's, lets go of a key before its time while something waits.
func TestBoxKeysGoAtLast(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	k := op.Key{EID: kp1.EID{7}, Chain: kp1.CompTeam} // an epoch that nobody ever made
	at := cy.head(g, kp1.CompTeam)
	env, err := op.SealOps(rand.Reader, g, k, op.KindOps, ada.week(), nil, []op.Signed{cy.next(g, at.seq+1, at.id, thread.New{Title: "x"})})
	if err != nil {
		t.Fatal(err)
	}
	ada.give(g, env.Bytes)
	if ada.View().Group(g).Waiting != 1 {
		t.Fatal("the envelope does not wait")
	}
	first := ada.groups[g].self.Open[0]
	has := func() bool {
		return slices.ContainsFunc(ada.groups[g].self.Open, func(k []byte) bool { return bytes.Equal(k, first) })
	}
	// pass lets days go by for all, as far as their own clocks do not stand elsewhere.
	ahead := map[*home]time.Duration{}
	for _, h := range homes {
		h.opt.Now = func() time.Time { return now.Add(ahead[h]) }
		h.Ledger.opt.Now = h.opt.Now
	}
	pass := func(days int) {
		now = now.Add(time.Duration(days) * 24 * time.Hour)
		for _, h := range []*home{bev, cy} {
			h.talk(g, "it goes on")
			meet(t, ada, h, g)
		}
		ada.tendOnce(g)
	}
	pass(31)
	if n := len(ada.groups[g].self.Open); n != 2 {
		t.Fatalf("%d box keys after a month, want the new one and the old", n)
	}
	for name, odd := range map[string]*home{"this computer's clock": ada, "another's": cy} {
		ahead[odd] = 10 * 365 * 24 * time.Hour
		pass(1)
		if ada.again(); !has() {
			t.Errorf("%s, ten years ahead, let go of a key that something waits for", name)
		}
		ahead[odd] = 0
	}
	pass(60)
	if !has() {
		t.Error("the key went after its time while something waits that it might open")
	}
	if pass(32); has() {
		t.Error("what waits for ever keeps the key for ever")
	}
	ada.clean()
}

// TestBoxKeyNobodyFollowed: an old box key that something waits for stays while the others have not heard of the newer one,
// whatever all clocks say.
func TestBoxKeyNobodyFollowed(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	now = now.Add(31 * 24 * time.Hour)
	for _, h := range homes[1:] {
		meet(t, ada, h, g)
	}
	ada.tendOnce(g)
	x := ada.groups[g]
	if len(x.self.Open) != 2 {
		t.Fatalf("%d box keys, want two", len(x.self.Open))
	}
	x.waits.add(1<<40, waiting{Why: waitOp, For: make([]byte, 32), From: "x"}, false)
	defer func() { ada.groups[g].waits.take(1 << 40) }()
	now = now.Add(10 * 365 * 24 * time.Hour)
	for _, h := range homes[1:] {
		had := h.all(g)
		h.talk(g, "by the same wrong clock")
		for _, raw := range h.all(g) {
			if !contains(had, raw) {
				ada.give(g, raw) // and nothing goes back
			}
		}
	}
	if x.groupNow() < uint64(now.Unix()) {
		t.Fatal("the others do not claim the same: the test shows nothing")
	}
	if n := x.keptKeys(); n != 2 {
		t.Errorf("%d box keys are kept while nobody knows of the newer, want both", n)
	}
	for i, h := range []*home{bev, cy} {
		meet(t, ada, h, g)
		h.talk(g, "in the knowledge of it")
		meet(t, ada, h, g)
		if n, want := x.keptKeys(), 2-i; n != want {
			t.Errorf("%d of two others know of the newer key: %d are kept, want %d", i+1, n, want)
		}
	}
}

// TestBoxKeyMadeInThePast: a computer whose clock stood years back when it made a box key does not take the one before
// for years older than it is.
func TestBoxKeyMadeInThePast(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	now = now.Add(31 * 24 * time.Hour)
	bev.talk(g, "today")
	meet(t, ada, bev, g)
	now = now.Add(-10 * 365 * 24 * time.Hour)
	meet(t, ada, bev, g)
	ada.tendOnce(g) // the key of Ada's founding is from the future: another is made
	now = now.Add(10*365*24*time.Hour + time.Minute)
	bev.talk(g, "and now")
	meet(t, ada, bev, g)
	x := ada.groups[g]
	if len(x.self.Open) != 2 {
		t.Fatalf("%d box keys, want two", len(x.self.Open))
	}
	x.waits.add(1<<40, waiting{Why: waitOp, For: make([]byte, 32), From: "x"}, false)
	if n := x.keptKeys(); n != 2 {
		t.Errorf("%d box keys are kept while something waits, want both", n)
	}
	x.waits.take(1 << 40)
}
