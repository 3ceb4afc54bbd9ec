package store

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// trick is what a Rekey does that it should not. What is nil is as it should be.
type trick struct {
	out   kp1.MID                                      // removed by the op in front of it
	box   func(group.Device, []op.Slot) []op.Slot      // what stands in a device's box; nil: it gets none
	also  func(keys [comps][32]byte) (more []op.BoxTo) // boxes for others
	named func([]kp1.DID) []kp1.DID                    // whom the op names
	table func(keys [comps][32]byte) (signed [comps][32]byte)
	boxes func([][]byte) [][]byte // after they were signed
	raw   bool                    // do not file it here: nobody's computer would
}

// falseRekey makes new keys with a trick, and returns the envelope.
func (h *home) falseRekey(g kp1.GID, k trick) (raw []byte) {
	h.t.Helper()
	if err := h.change(func(t tx) (err error) {
		raw, err = k.make(t, h.groups[g])
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return raw
}

func (k trick) make(t tx, in *house) ([]byte, error) {
	b, err := in.batch(t, kp1.DID{})
	if err != nil {
		return nil, err
	}
	var ops []op.Signed
	if !k.out.IsZero() {
		s, err := b.authDraft(nil, group.NewRemove(k.out, in.cut(k.out), ReasonUnsaid))
		if err != nil {
			return nil, err
		}
		ops = append(ops, s)
	}
	g, keys := in.id, [comps][32]byte{}
	for c := range keys {
		_, _ = rand.Read(keys[c][:])
	}
	prev, seq := in.log.Last(in.self.Device)
	signed := keys
	if k.table != nil {
		signed = k.table(keys)
	}
	cm := op.CommitTable(signed)
	eid := op.EpochID(g, in.self.Device, seq+uint64(len(ops))+1, cm)
	var to []op.BoxTo
	var ids []kp1.DID
	st := in.state()
	for _, d := range st.Devices {
		m, _ := st.Member(d.Member)
		if m.ID == k.out {
			continue
		}
		var slots []op.Slot
		for _, c := range group.Compartments(m.Rank) {
			slots = append(slots, op.Slot{Comp: c, Key: keys[c]})
		}
		if ids = append(ids, d.ID); k.box != nil {
			if slots = k.box(d, slots); slots == nil {
				continue
			}
		}
		plain, err := op.EncodeLockbox(slots)
		if err != nil {
			return nil, err
		}
		to = append(to, op.BoxTo{Device: d.ID, Public: d.HPKE, Plain: plain})
	}
	if k.also != nil {
		to = append(to, k.also(keys)...)
	}
	boxes, err := op.SealBoxes(kp1.LabelLockbox, g, eid, to)
	if err != nil {
		return nil, err
	}
	if k.named != nil {
		ids = k.named(ids)
	}
	slices.SortFunc(ids, kp1.DID.Compare)
	heads := in.log.Heads()
	if len(ops) > 0 {
		prev, seq, heads = ops[0].ID, ops[0].Seq, []kp1.ID{ops[0].ID}
	}
	s, err := b.signAuth(prev, seq, heads, group.Rekey{Epoch: eid, Commits: cm, From: in.log.From(), To: ids, Boxes: op.BoxesHash(boxes)})
	if err != nil {
		return nil, err
	}
	if k.boxes != nil {
		boxes = k.boxes(boxes)
	}
	ops = append(ops, s)
	env, err := op.SealOps(in.l.opt.Rand, g, op.EpochKeys(keys[0]).AuthKey(eid), op.KindRekey, in.l.week(), boxes, ops)
	if err != nil || k.raw {
		return env.Bytes, err
	}
	if err := b.own(env, ops...); err != nil {
		return nil, err
	}
	return env.Bytes, b.finish()
}

// TestT23FalseRekeys plays what somebody who makes new keys can do to the others. What they can see is refused: the old
// keys stay. What only one person can see they say, and are handed the keys by a Grant; nobody makes new ones for it.
func TestT23FalseRekeys(t *testing.T) {
	flip := func(comps ...uint8) func(slots []op.Slot) []op.Slot {
		return func(slots []op.Slot) []op.Slot {
			for i := range slots {
				if slices.Contains(comps, slots[i].Comp) {
					slots[i].Key[7] ^= 1
				}
			}
			return slots
		}
	}
	bevs := func(do func([]op.Slot) []op.Slot) func(ada, bev *home, g kp1.GID) trick {
		return func(_, bev *home, g kp1.GID) trick {
			return trick{box: func(d group.Device, slots []op.Slot) []op.Slot {
				if d.Member != bev.me(g) {
					return slots
				}
				return do(slots)
			}}
		}
	}
	outsider := func(*home, *home, kp1.GID) trick {
		return trick{named: func(ids []kp1.DID) []kp1.DID { return append(ids, kp1.DID{9}) }}
	}
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Mal")
	ada, bev, mal := homes[0], homes[1], homes[2]
	gus := homeWith(t, "Gus", Options{Now: func() time.Time { return now }})
	joinVia(t, ada, gus, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	levelAll(t, g, append(homes, gus))
	for _, c := range []struct {
		name  string
		trick func(ada, bev *home, g kp1.GID) trick
		guest bool
		made  int  // epochs in the graph, with keys or without
		used  bool // its epoch is used, once a Grant has mended it
	}{
		{name: "a wrong key in one box", trick: bevs(flip(kp1.CompAll, kp1.CompTeam)), made: 1, used: true},
		{name: "a wrong key of one compartment", trick: bevs(flip(kp1.CompTeam)), made: 1, used: true},
		{name: "no box for one person", trick: bevs(func([]op.Slot) []op.Slot { return nil }), made: 1, used: true},
		{name: "a box without one slot", trick: bevs(func(s []op.Slot) []op.Slot { return s[:1] }), made: 1, used: true},
		{name: "a person who is not named", trick: func(_, bev *home, g kp1.GID) trick {
			return trick{
				box: func(d group.Device, s []op.Slot) []op.Slot {
					if d.Member == bev.me(g) {
						return nil
					}
					return s
				},
				named: func(ids []kp1.DID) []kp1.DID {
					return slices.DeleteFunc(ids, func(d kp1.DID) bool { return d == bev.View().Group(g).Device })
				},
			}
		}, made: 1, used: true},
		{name: "the same key for all, two different ones for the team", trick: func(ada, bev *home, g kp1.GID) trick {
			return trick{box: func(d group.Device, s []op.Slot) []op.Slot {
				if d.Member == bev.me(g) {
					return flip(kp1.CompTeam)(s)
				}
				return s
			}}
		}, made: 1, used: true},
		{name: "somebody named who is not in", trick: outsider},
		{name: "boxes that were not signed", trick: func(*home, *home, kp1.GID) trick {
			return trick{raw: true, boxes: func(b [][]byte) [][]byte {
				for range kp1.BoxMultiple { // more than there were: everybody can still open their own
					more := make([]byte, len(b[0]))
					_, _ = rand.Read(more)
					b = append(b, more)
				}
				slices.SortFunc(b, bytes.Compare)
				return b
			}}
		}},
		{name: "keys that nobody signed for", trick: func(*home, *home, kp1.GID) trick {
			return trick{raw: true, table: func([comps][32]byte) [comps][32]byte { return [comps][32]byte{{1}, {2}, {3}} }}
		}},
		{name: "by a guest", trick: func(*home, *home, kp1.GID) trick { return trick{} }, guest: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			now = now.Add(25 * time.Hour) // a device says once a day that it waits for what nobody has told of
			before, by := ada.epochs(g), mal
			if c.guest {
				by = gus
			}
			was, _ := ada.groups[g].log.PickHeld(kp1.CompTeam, ada.groups[g].holds(kp1.CompTeam))
			raw := by.falseRekey(g, c.trick(ada, bev, g))
			ada.give(g, raw)
			bev.give(g, raw)
			for range 4 {
				now = now.Add(61 * time.Second)
				tend(t, g, homes)
			}
			if made := ada.epochs(g) - before; made != c.made {
				t.Fatalf("%d new epochs, want %d", made, c.made)
			}
			for _, h := range []*home{ada, bev} {
				for _, comp := range []uint8{kp1.CompAll, kp1.CompTeam} {
					words := h.say(g, comp, thread.New{Title: "can you read this"})
					meet(t, ada, bev, g)
					mustThread(t, ada, g, words)
					mustThread(t, bev, g, words)
				}
			}
			if made := ada.epochs(g) - before; made != c.made {
				t.Errorf("%d new epochs once people wrote, want %d", made, c.made)
			}
			if now, ok := ada.groups[g].log.PickHeld(kp1.CompTeam, ada.groups[g].holds(kp1.CompTeam)); !ok || now != was != c.used {
				t.Errorf("the epoch is used: %v, want %v", now != was, c.used)
			}
			levelAll(t, g, append(homes, gus))
		})
	}
	level(t, g, ada, bev)
}

// TestT23FalseComplaints: a hundred Acks that say keys did not come cost no new keys, and no more than a Grant each.
func TestT23FalseComplaints(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Mal")
	ada, mal := homes[0], homes[1]
	var made []kp1.EID
	for _, e := range ada.groups[g].log.Epochs() {
		made = append(made, e.ID)
	}
	grantsOf := func(h *home) (n int) {
		for _, raw := range h.all(g) {
			if env, err := op.DecodeEnvelope(raw); err == nil && env.Kind == op.KindGrant {
				n++
			}
		}
		return n
	}
	before := grantsOf(ada)
	for range 100 {
		now = now.Add(61 * time.Second)
		ada.give(g, mal.utter(g, group.NewAck(made...)))
		ada.tendOnce(g)
	}
	if n := ada.epochs(g); n != len(made) {
		t.Errorf("%d epochs after 100 complaints, want %d", n, len(made))
	}
	if n := grantsOf(ada) - before; n == 0 || n > 100 {
		t.Errorf("%d Grants for 100 complaints, want some, and at most one for each", n)
	}
	words := ada.do(g, thread.New{Title: "still here"})
	for range 5 { // so many acts beside one another take turns
		now = now.Add(time.Hour)
		tend(t, g, homes)
	}
	mustThread(t, mal, g, words)
}
