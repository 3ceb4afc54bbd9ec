package store

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// falseEpoch is an epoch that no Rekey has made.
type falseEpoch struct {
	id   kp1.EID
	keys [comps][32]byte
}

func newFalseEpoch() (e falseEpoch) {
	_, _ = rand.Read(e.id[:])
	for c := range e.keys {
		_, _ = rand.Read(e.keys[c][:])
	}
	return e
}

// under seals ops under its keys, as only a changed program does.
func (h *home) under(g kp1.GID, e falseEpoch, chain byte, ops ...op.Signed) []byte {
	h.t.Helper()
	return h.sealUnder(g, e, op.KindOps, chain, nil, ops...)
}

func (h *home) sealUnder(g kp1.GID, e falseEpoch, kind op.Kind, chain byte, boxes [][]byte, ops ...op.Signed) []byte {
	h.t.Helper()
	key := op.EpochKeys(e.keys[0]).AuthKey(e.id)
	if chain != kp1.ChainAuth {
		key = op.EpochKeys(e.keys[chain]).ContentKey(e.id, chain)
	}
	env, err := op.SealOps(rand.Reader, g, key, kind, h.week(), boxes, ops)
	if err != nil {
		h.t.Fatal(err)
	}
	return env.Bytes
}

// signs is the next membership op of a device, which it does not file.
func (h *home) signs(g kp1.GID, body group.Body) op.Signed {
	h.t.Helper()
	prev, seq := h.groups[g].log.Last(h.groups[g].self.Device)
	return h.signsAfter(g, prev, seq, h.groups[g].log.Heads(), body)
}

func (h *home) signsAfter(g kp1.GID, prev kp1.ID, seq uint64, heads []kp1.ID, body group.Body) (s op.Signed) {
	h.t.Helper()
	if err := h.change(func(t tx) error {
		b, err := h.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		s, err = b.signAuth(prev, seq, heads, body)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return s
}

// signsRekey is what makes the epoch, boxed for one other, after an op of which only id and place count.
func (h *home) signsRekey(g kp1.GID, e falseEpoch, table []byte, prev kp1.ID, seq uint64, to *home) (op.Signed, [][]byte) {
	h.t.Helper()
	d, _ := h.groups[g].state().Device(to.deviceOf(g))
	plain, err := op.EncodeLockbox([]op.Slot{{Comp: kp1.CompAll, Key: e.keys[kp1.CompAll]}, {Comp: kp1.CompTeam, Key: e.keys[kp1.CompTeam]}})
	if err != nil {
		h.t.Fatal(err)
	}
	boxes, err := op.SealBoxes(kp1.LabelLockbox, g, e.id, []op.BoxTo{{Device: d.ID, Public: d.HPKE, Plain: plain}})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.signsAfter(g, prev, seq, []kp1.ID{prev}, group.Rekey{
		Epoch: e.id, Commits: table, From: h.groups[g].log.From(), To: []kp1.DID{d.ID}, Boxes: op.BoxesHash(boxes),
	}), boxes
}

// handTo gives the device of one person keys of an epoch, made or not, by a Grant that everybody takes in.
func (h *home) handTo(g kp1.GID, to *home, e falseEpoch) (raw []byte) {
	h.t.Helper()
	if err := h.change(func(t tx) error {
		b, err := h.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		d, _ := b.h.state().Device(to.View().Group(g).Device)
		env, err := b.grant(nil, d, func(kp1.EID) []op.Entry {
			return []op.Entry{{Tag: op.TagKey, Ref: e.id, Key: e.keys[0]}, {Tag: op.TagKey + 1, Ref: e.id, Key: e.keys[1]}}
		})
		raw = env.Bytes
		if err != nil {
			return err
		}
		return b.finish()
	}); err != nil {
		h.t.Fatal(err)
	}
	return raw
}

// countedBy says how many of these homes have admitted an op.
func countedBy(g kp1.GID, homes []*home, id kp1.ID) (n int) {
	for _, h := range homes {
		if h.groups[g].log.Admitted(id) || h.HasOp(g, id) {
			n++
		}
	}
	return n
}

// TestT23GhostEpoch: what is sealed under keys that one person was handed, and that no Rekey has made, counts for nobody: else
// the one who can open it builds on it, and nobody else ever follows.
func TestT23GhostEpoch(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Mal")
	ada, bev, cy, mal := homes[0], homes[1], homes[2], homes[3]
	e := newFalseEpoch()
	grant := mal.handTo(g, bev, e)
	act := mal.signs(g, group.NewAck())
	at := mal.head(g, kp1.CompTeam)
	words := mal.next(g, at.seq+1, at.id, thread.New{Title: "for Bev alone"})
	raws := [][]byte{grant, mal.under(g, e, kp1.ChainAuth, act), mal.under(g, e, kp1.CompTeam, words)}
	for _, h := range homes[:3] {
		h.give(g, raws...)
		h.again()
		h.give(g, raws...)
	}
	if _, reads := bev.groups[g].ring[e.id]; !reads {
		t.Fatal("Bev has no key: the test shows nothing")
	}
	homes = homes[:3]
	after := bev.do(g, thread.New{Title: "and on"})
	bev.utter(g, group.NewAck())
	for range 3 {
		now = now.Add(2 * wantSeconds * time.Second)
		quiet(t, g, homes)
	}
	for _, id := range []kp1.ID{act.ID, words.ID} {
		if n := countedBy(g, homes, id); n != 0 {
			t.Errorf("op %s counts for %d of 3", id.Short(), n)
		}
	}
	level(t, g, homes...)
	for _, h := range homes {
		mustThread(t, h, g, after)
		if !slices.Equal(h.groups[g].log.Heads(), ada.groups[g].log.Heads()) {
			t.Errorf("%s: another membership than Ada's", h.Name())
		}
	}
	late, _ := lateHome(t, ada, g, "Eve", asMember)
	late.give(g, ada.all(g)...)
	late.settle()
	late.give(g, bev.all(g)...)
	quiet(t, g, append(homes, late))
	level(t, g, ada, bev, cy, late)
}

// TestT23GhostIsMade: once a Rekey makes the epoch, what waited under it counts for everybody, in whatever order it came.
func TestT23GhostIsMade(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Eve", "Dan", "Mal")
	dan, mal := homes[4], homes[5]
	var e falseEpoch
	act := dan.signs(g, group.NewAck()) // Dan's, who has Mal's keys and has not heard of the Rekey
	rekey := mal.falseRekey(g, trick{also: func(keys [comps][32]byte) []op.BoxTo { e.keys = keys; return nil }})
	env, err := op.DecodeEnvelope(rekey)
	if err != nil {
		t.Fatal(err)
	}
	e.id = env.EID
	ghostly := dan.under(g, e, kp1.ChainAuth, act)
	homes = homes[:4]
	var grants [][]byte
	for _, h := range homes {
		grants = append(grants, mal.handTo(g, h, e))
	}
	for i, h := range homes {
		switch i {
		case 0: // the Rekey last, and a restart between
			h.give(g, slices.Concat(grants, [][]byte{ghostly})...)
			if h.groups[g].log.HasEpoch(e.id) {
				t.Fatal("the Rekey is here: the test shows nothing")
			}
			if n := countedBy(g, homes[:1], act.ID); n != 0 {
				t.Error("it counts before its epoch was made")
			}
			h.again()
			h.give(g, rekey)
		case 1: // the Rekey first
			h.give(g, slices.Concat([][]byte{rekey, ghostly}, grants)...)
		case 2: // in one go, without the keys at first
			h.give(g, slices.Concat([][]byte{ghostly, rekey}, grants)...)
		default:
			h.give(g, slices.Concat([][]byte{ghostly}, grants, [][]byte{rekey})...)
		}
	}
	if n := countedBy(g, homes, act.ID); n != len(homes) {
		t.Errorf("the op counts for %d, want all %d", n, len(homes))
	}
	homes = append(homes, mal)
	quiet(t, g, homes)
	level(t, g, homes...)
	settled(t, g, homes)
}

// TestT23WrongKeyOfEpoch: keys that pass for those of an epoch open what others never can. It counts for nobody, not even
// where the keys came before the Rekey that shows them to be wrong.
func TestT23WrongKeyOfEpoch(t *testing.T) {
	for _, c := range []struct {
		name string
		give func(h *home, g kp1.GID, grant, rekey, act []byte)
	}{
		{"keys, op, Rekey", func(h *home, g kp1.GID, grant, rekey, act []byte) {
			h.give(g, grant)
			h.give(g, act)
			h.give(g, rekey)
		}},
		{"Rekey, keys, op", func(h *home, g kp1.GID, grant, rekey, act []byte) {
			h.give(g, rekey)
			h.give(g, grant)
			h.give(g, act)
		}},
		{"keys, then both at once", func(h *home, g kp1.GID, grant, rekey, act []byte) {
			h.give(g, grant)
			h.give(g, rekey, act)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := testNow()
			g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Mal")
			ada, bev, cy, mal := homes[0], homes[1], homes[2], homes[3]
			wrong := newFalseEpoch()
			rekey := cy.falseRekey(g, trick{})
			env, err := op.DecodeEnvelope(rekey)
			if err != nil {
				t.Fatal(err)
			}
			wrong.id = env.EID
			grant := mal.handTo(g, bev, wrong)
			act := mal.signs(g, group.NewAck())
			c.give(bev, g, grant, rekey, mal.under(g, wrong, kp1.ChainAuth, act))
			homes = homes[:3]
			for range 3 {
				now = now.Add(2 * wantSeconds * time.Second)
				quiet(t, g, homes)
			}
			if n := countedBy(g, homes, act.ID); n != 0 {
				t.Errorf("the op counts for %d", n)
			}
			level(t, g, ada, bev, cy)
		})
	}
}

// TestT23BeforeARekey: what stands before a Rekey in the envelope under the epoch that it makes goes in with it or not at all.
// Otherwise who leads could remove somebody for those alone who are given a box.
func TestT23BeforeARekey(t *testing.T) {
	for _, c := range []struct {
		name   string
		follow func(out op.Signed) (prev kp1.ID, seq uint64) // what the Rekey says it follows; nil: the removal
		spoil  func(made *op.Signed, boxes, others [][]byte) [][]byte
		table  [comps][32]byte // what it signs for, where that is not its keys
		in     bool            // goes in
	}{
		{name: "as it should be", in: true},
		{name: "a Rekey that its device did not sign", spoil: func(made *op.Signed, boxes, _ [][]byte) [][]byte {
			made.Sig[3] ^= 1
			return boxes
		}},
		{name: "a Rekey that follows something that never comes", follow: func(out op.Signed) (kp1.ID, uint64) { return kp1.ID{7}, out.Seq }},
		{name: "a Rekey in no place of the chain", follow: func(out op.Signed) (kp1.ID, uint64) { return out.ID, out.Seq + 1 }},
		{name: "boxes that were not signed", spoil: func(_ *op.Signed, _, others [][]byte) [][]byte { return others }},
		{name: "keys that were not signed", table: [comps][32]byte{{1}, {2}, {3}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := testNow()
			g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dan")
			ada, bev, cy, dan := homes[0], homes[1], homes[2], homes[3]
			out := ada.signs(g, group.NewRemove(cy.me(g), ada.groups[g].cut(cy.me(g)), ReasonUnsaid))
			prev, seq := out.ID, out.Seq
			if c.follow != nil {
				prev, seq = c.follow(out)
			}
			e := newFalseEpoch()
			if c.table == ([comps][32]byte{}) {
				c.table = e.keys
			}
			table := op.CommitTable(c.table)
			e.id = op.EpochID(g, ada.deviceOf(g), seq+1, table)
			made, boxes := ada.signsRekey(g, e, table, prev, seq, bev)
			if c.spoil != nil {
				_, others := ada.signsRekey(g, e, table, prev, seq, bev)
				boxes = c.spoil(&made, boxes, others)
			}
			bev.give(g, ada.sealUnder(g, e, op.KindRekey, kp1.ChainAuth, boxes, out, made))
			for range 3 {
				now = now.Add(2 * wantSeconds * time.Second)
				quiet(t, g, []*home{bev, dan})
			}
			bev.again()
			for _, h := range []*home{bev, dan} {
				if _, in := h.rankOf(g, cy.me(g)); in == c.in {
					t.Errorf("%s: Cy is in: %v", h.Name(), in)
				}
			}
			level(t, g, bev, dan)
		})
	}
}
