package store

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// ghost is an epoch whose Rekey nobody has seen, made by a member who hands its keys to whom they like.
type ghost struct {
	g     kp1.GID
	by    *home
	keys  [comps][32]byte
	table []byte
	eid   kp1.EID
}

// ghost makes one whose Rekey will be the op of this device that comes after so many others.
func (h *home) ghost(g kp1.GID, after uint64) *ghost {
	h.t.Helper()
	x := &ghost{g: g, by: h}
	for c := range x.keys {
		_, _ = rand.Read(x.keys[c][:])
	}
	_, seq := h.groups[g].log.Last(h.groups[g].self.Device)
	x.table = op.CommitTable(x.keys)
	x.eid = op.EpochID(g, h.groups[g].self.Device, seq+after+1, x.table)
	return x
}

// batch runs f as the ghost's maker writes.
func (x *ghost) batch(f func(b *batch) error) {
	x.by.t.Helper()
	err := x.by.change(func(t tx) error {
		b, err := x.by.groups[x.g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
		return b.finish()
	})
	if err != nil {
		x.by.t.Fatal(err)
	}
}

// hand gives the keys to one person's computer by a Grant, which everybody can see.
func (x *ghost) hand(to *home) {
	x.by.t.Helper()
	x.batch(func(b *batch) error {
		d, ok := x.device(to)
		if !ok {
			x.by.t.Fatal("no such computer")
		}
		_, err := b.grant(nil, d, func(kp1.EID) (out []op.Entry) {
			for _, c := range []uint8{kp1.CompAll, kp1.CompTeam} {
				out = append(out, op.Entry{Tag: op.TagKey + op.Tag(c), Ref: x.eid, Key: x.keys[c]})
			}
			return out
		})
		return err
	})
}

func (x *ghost) device(of *home) (group.Device, bool) {
	ds := x.by.groups[x.g].state().Devices
	i := slices.IndexFunc(ds, func(d group.Device) bool { return d.ID == of.groups[x.g].self.Device })
	if i < 0 {
		return group.Device{}, false
	}
	return ds[i], true
}

// sign signs an auth op that follows another of the maker's, or their last.
func (x *ghost) sign(after op.Signed, body group.Body) (s op.Signed) {
	x.by.t.Helper()
	x.batch(func(b *batch) (err error) {
		log := x.by.groups[x.g].log
		heads := log.Heads()
		prev, seq := log.Last(x.by.groups[x.g].self.Device)
		if after.Seq != 0 {
			prev, seq, heads = after.ID, after.Seq, []kp1.ID{after.ID}
		}
		s, err = b.signAuth(prev, seq, heads, body)
		return err
	})
	return s
}

// rekey signs what makes the epoch, boxed for these.
func (x *ghost) rekey(after op.Signed, to ...*home) (op.Signed, [][]byte) {
	x.by.t.Helper()
	var boxed []op.BoxTo
	var ids []kp1.DID
	for _, h := range to {
		d, _ := x.device(h)
		plain, err := op.EncodeLockbox([]op.Slot{{Comp: kp1.CompAll, Key: x.keys[kp1.CompAll]}, {Comp: kp1.CompTeam, Key: x.keys[kp1.CompTeam]}})
		if err != nil {
			x.by.t.Fatal(err)
		}
		boxed, ids = append(boxed, op.BoxTo{Device: d.ID, Public: d.HPKE, Plain: plain}), append(ids, d.ID)
	}
	boxes, err := op.SealBoxes(kp1.LabelLockbox, x.g, x.eid, boxed)
	if err != nil {
		x.by.t.Fatal(err)
	}
	slices.SortFunc(ids, kp1.DID.Compare)
	from := x.by.groups[x.g].log.From()
	return x.sign(after, group.Rekey{Epoch: x.eid, Commits: x.table, From: from, To: ids, Boxes: op.BoxesHash(boxes)}), boxes
}

// seal seals ops under the ghost: of the graph by default, and words of the team.
func (x *ghost) seal(kind op.Kind, boxes [][]byte, ops ...op.Signed) []byte {
	x.by.t.Helper()
	key := op.EpochKeys(x.keys[kp1.CompAll]).AuthKey(x.eid)
	if !ops[0].IsAuth() {
		key = op.EpochKeys(x.keys[kp1.CompTeam]).ContentKey(x.eid, kp1.CompTeam)
	}
	env, err := op.SealOps(rand.Reader, x.g, key, kind, x.by.week(), boxes, ops)
	if err != nil {
		x.by.t.Fatal(err)
	}
	return env.Bytes
}

// TestT23EpochNobodyMade: two epochs without a Rekey, of which a member handed keys to one other alone. What is sealed under them
// waits with everybody, over restarts, so that those two know nothing, and build on nothing, that the others could never open.
// When the Rekey of one comes after all, everybody takes in what waited for it.
func TestT23EpochNobodyMade(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Mal", "Nan")
	ada, bev, cy, mal, nan := homes[0], homes[1], homes[2], homes[3], homes[4]
	x, y := mal.ghost(g, 1), nan.ghost(g, 1)
	x.hand(bev)
	y.hand(bev)
	levelAll(t, g, homes)
	said := x.sign(op.Signed{}, group.Ack{})
	next := func(h *home) op.Signed {
		at := h.head(g, kp1.CompTeam)
		return h.next(g, at.seq+1, at.id, thread.New{Title: "only you see this"})
	}
	mals, nans := next(mal), next(nan)
	made, boxes := y.rekey(op.Signed{}, homes...)
	under := [][]byte{x.seal(op.KindOps, nil, said), x.seal(op.KindOps, nil, mals), y.seal(op.KindOps, nil, nans)}
	for _, h := range homes[:3] {
		h.give(g, under...)
		h.again()
	}
	homes = homes[:3]
	reads := func(h *home, id kp1.ID) bool {
		_, ok := h.View().Group(g).Care.Threads().Get(id)
		return ok
	}
	for range 3 {
		now = now.Add(2 * time.Minute)
		quiet(t, g, homes)
	}
	for _, h := range homes {
		if h.groups[g].log.Has(said.ID) || reads(h, mals.ID) || reads(h, nans.ID) {
			t.Errorf("%s took in what is sealed under an epoch that nobody made", h.Name())
		}
	}
	if bev.groups[g].ring[x.eid].authKey() == nil || bev.groups[g].ring[y.eid].authKey() == nil {
		t.Error("Bev was not handed the keys: the test shows nothing")
	}
	bevs := bev.do(g, thread.New{Title: "and everybody sees this"})
	levelAll(t, g, homes)
	level(t, g, homes...)
	mustThread(t, cy, g, bevs)

	late, _ := lateHome(t, ada, g, "Dot", asMember)
	late.give(g, ada.all(g)...)
	cy.give(g, y.seal(op.KindRekey, boxes, made))
	homes = append(homes, late)
	for range 3 {
		now = now.Add(2 * time.Minute)
		quiet(t, g, homes)
	}
	for _, h := range homes {
		if mustThread(t, h, g, nans.ID); h.groups[g].log.Has(said.ID) || reads(h, mals.ID) {
			t.Errorf("%s took in what is sealed under the other", h.Name())
		}
	}
	level(t, g, homes...)
	for _, h := range homes {
		h.clean()
		if n := len(h.groups[g].waits.on(waitKey, x.eid[:])); n != 2 {
			t.Errorf("%s: %d wait for the other, want 2", h.Name(), n)
		}
	}
}

// TestT23BeforeARekey: what stands before a Rekey in the envelope under the epoch that it makes goes in with it or not at all.
// Otherwise who leads could remove somebody for those alone who are given a box.
func TestT23BeforeARekey(t *testing.T) {
	for _, c := range []struct {
		name string
		seal func(x *ghost, out op.Signed, to ...*home) []byte
		in   bool // goes in
	}{
		{"as it should be", func(x *ghost, out op.Signed, to ...*home) []byte {
			made, boxes := x.rekey(out, to...)
			return x.seal(op.KindRekey, boxes, out, made)
		}, true},
		{"a Rekey that its device did not sign", func(x *ghost, out op.Signed, to ...*home) []byte {
			made, boxes := x.rekey(out, to...)
			made.Sig[3] ^= 1
			return x.seal(op.KindRekey, boxes, out, made)
		}, false},
		{"a Rekey that follows something that never comes", func(x *ghost, out op.Signed, to ...*home) []byte {
			made, boxes := x.rekey(op.Signed{ID: kp1.ID{7}, Op: op.Op{Seq: out.Seq}}, to...)
			return x.seal(op.KindRekey, boxes, out, made)
		}, false},
		{"a Rekey in the place of the removal", func(x *ghost, out op.Signed, to ...*home) []byte {
			made, boxes := x.rekey(op.Signed{ID: out.ID, Op: op.Op{Seq: out.Seq + 1}}, to...)
			return x.seal(op.KindRekey, boxes, out, made)
		}, false},
		{"a Rekey with boxes of another", func(x *ghost, out op.Signed, to ...*home) []byte {
			made, _ := x.rekey(out, to...)
			_, boxes := x.rekey(out, to...)
			return x.seal(op.KindRekey, boxes, out, made)
		}, false},
		{"a Rekey of another epoch", func(x *ghost, out op.Signed, to ...*home) []byte {
			other := x.by.ghost(x.g, 1)
			made, boxes := other.rekey(out, to...)
			return x.seal(op.KindRekey, boxes, out, made)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := testNow()
			g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dan")
			ada, bev, cy, dan := homes[0], homes[1], homes[2], homes[3]
			x := ada.ghost(g, 1)
			out := x.sign(op.Signed{}, group.NewRemove(cy.me(g), ada.groups[g].cut(cy.me(g)), ReasonUnsaid))
			raw := c.seal(x, out, bev)
			bev.give(g, raw)
			for range 3 {
				now = now.Add(2 * time.Minute)
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

// TestBackBesideOwnPast: who linked a computer beside their removal and is let in again does not build on that: the others hold it
// until somebody who leads has spoken, and would hold all that the person does from then on, and make new keys again and again.
func TestBackBesideOwnPast(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	secondDevice(t, bev, g, "Bev's laptop") // nobody has heard of it
	d, err := ada.Remove(ctx, g, bev.me(g), ReasonUnsaid)
	must(t, d, err, false)
	quiet(t, g, []*home{ada, cy})
	joinVia(t, ada, bev, g, asMember)
	quiet(t, g, homes)
	was := ada.epochs(g)
	phone := secondDevice(t, bev, g, "Bev's new one")
	words := bev.do(g, thread.New{Title: "here I am again"})
	quiet(t, g, append(homes, phone))
	for _, h := range []*home{ada, cy} {
		if _, in := h.groups[g].state().Device(phone.View().Group(g).Device); !in {
			t.Errorf("%s: Bev's new computer is not in", h.Name())
		}
		mustThread(t, h, g, words)
	}
	if n := ada.epochs(g) - was; n > 2 {
		t.Errorf("%d new epochs, want two at most", n)
	}
	if len(ada.groups[g].log.Held()) == 0 {
		t.Error("what Bev did beside her removal waits for nobody: the test shows nothing")
	}
}
