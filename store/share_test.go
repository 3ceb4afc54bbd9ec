package store

import (
	"crypto/rand"
	"slices"
	"testing"

	"kith/store/care"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/kp1"
	"kith/store/op"
)

// recounted is what lies here of each member, counted anew.
func (h *home) recounted(g kp1.GID) map[kp1.MID]uint64 {
	h.t.Helper()
	out := map[kp1.MID]uint64{}
	if err := h.change(func(t tx) error {
		in := h.groups[g]
		b, err := in.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		var ids []kp1.ID
		if err := b.ops.each(func(k, _ []byte) (bool, error) { ids = append(ids, kp1.ID(k)); return true, nil }); err != nil {
			return err
		}
		for _, id := range ids {
			s, err := b.fetch(id)
			if err != nil {
				return err
			}
			if !s.IsAuth() {
				if err := b.twice.each(id[:], func(k, _ []byte) (bool, error) {
					same := len(k) == 40 && kp1.ID(k[:32]) == id
					if same {
						out[copies] += bytesOf(s)
					}
					return same, nil
				}); err != nil {
					return err
				}
			}
			m, counts := b.counted(s)
			if !counts {
				continue
			}
			out[m] += bytesOf(s)
			if s.Payload == nil || b.gone.has(s.Payload.ID[:]) {
				continue
			}
			out[m] += textOf(s)
			f, _, err := fileOf(b.files, id)
			if err != nil {
				return err
			}
			for i, c := range f.Chunks {
				if n, here, err := b.find(c); err != nil {
					return err
				} else if here {
					env, err := b.log.must(n)
					if err != nil {
						return err
					}
					if b.isPart(s, f, i, env) {
						out[filesOf(m)] += uint64(len(env.Bytes))
					}
				}
			}
			if n, here, err := b.find(s.Payload.ID); err != nil {
				return err
			} else if here {
				env, err := b.log.must(n)
				if err != nil {
					return err
				}
				out[m] += boxesOf(env)
			}
		}
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h *home) wantCounted(g kp1.GID) {
	h.t.Helper()
	want, got := h.recounted(g), h.groups[g].shares
	for m, n := range want {
		if got[m] != n {
			h.t.Errorf("%s: %d bytes are counted of %s, want %d", h.Name(), got[m], m.Short(), n)
		}
	}
	for m, n := range got {
		if n > 0 && want[m] == 0 {
			h.t.Errorf("%s: %d bytes are counted of %s, who has nothing here", h.Name(), n, m.Short())
		}
	}
}

// TestT8ShareShrinks: what is taken away, replaced or grown old does not count against its author any more, and what is
// counted is what lies here, over restarts and repairs.
func TestT8ShareShrinks(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	talk := ada.talk(g, "picnic")
	levelAll(t, g, homes)
	m := bob.me(g)
	empty := ada.groups[g].shares[m]
	long := string(make([]byte, 0))
	for range 1000 {
		long += "word "
	}
	var posts []kp1.ID
	for range 4 {
		posts = append(posts, bob.do(g, thread.Post{Thread: talk, Text: long}))
	}
	few, err := bob.Propose(t.Context(), g, Draft{Act: thread.New{Title: "for two"}, Comp: kp1.CompTeam, For: []kp1.MID{ada.me(g)}})
	if err != nil {
		t.Fatal(err)
	}
	raw := bob.together(g, posts[0], posts[1]) // the same ops once more
	levelAll(t, g, homes)
	for _, h := range homes {
		h.give(g, raw)
		h.wantCounted(g)
	}
	full := ada.groups[g].shares[m]
	if full < empty+4*5000 {
		t.Errorf("%d bytes are counted, want more than the words", full-empty)
	}
	for _, a := range []care.Act{
		erase.Delete{Target: posts[0]},
		thread.Edit{Thread: talk, Post: posts[1], Text: "short"},
		erase.Delete{Target: posts[2]},
		erase.Delete{Target: posts[1]},
		erase.Delete{Target: few[0]},
		erase.Delete{Target: posts[3]},
	} {
		bob.do(g, a)
		levelAll(t, g, homes)
		for _, h := range homes {
			h.wantCounted(g)
		}
	}
	if now := ada.groups[g].shares[m]; now > empty+8*2048 {
		t.Errorf("%d bytes are counted after all was taken away", now-empty)
	}
	late := quickHome(t, "dot")
	joinVia(t, ada, late, g, asMember)
	levelAll(t, g, append(homes, late))
	late.wantCounted(g)
	cy.again()
	cy.wantCounted(g)
}

// TestF16OthersOpsSealedAnew: who seals what another wrote anew, again and again, uses up neither that person's rate nor
// their share.
func TestF16OthersOpsSealedAnew(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	now = now.Add(3600e9)
	post := bev.talk(g, "picnic")
	for _, h := range homes[1:] {
		meet(t, bev, h, g)
	}
	meet(t, ada, bev, g)
	had := ada.groups[g].shares[bev.me(g)]
	key, _ := cy.groups[g].ring[mustPick(t, cy, g)].sealer(kp1.CompTeam)
	var s op.Signed
	if err := bev.view(func(tx tx) error {
		f, err := bev.groups[g].folder(tx)
		if err != nil {
			return err
		}
		s, err = bev.groups[g].fetch(f.ops, &f.log, post)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var raws [][]byte
	for range liveCount + 1 {
		env, err := op.SealOps(rand.Reader, g, key, op.KindOps, cy.week(), nil, []op.Signed{s})
		if err != nil {
			t.Fatal(err)
		}
		raws = append(raws, env.Bytes)
	}
	if res := ada.from(cy, g, raws...); res.Refused != 1 {
		t.Errorf("%d of %d copies refused, want what is above the rate of an hour", res.Refused, len(raws))
	}
	// Nor does it help to put something of one's own beside it.
	at := cy.head(g, kp1.CompTeam)
	both := cy.forge(g, kp1.CompTeam, s, cy.next(g, at.seq+1, at.id, thread.New{Title: "mine"}))
	if res := ada.from(cy, g, both); res.Refused != 1 {
		t.Errorf("copies beside an op of one's own: %+v, want them refused", res)
	}
	if n := ada.groups[g].shares[bev.me(g)]; n != had {
		t.Errorf("%d bytes are counted of who wrote it, %d before", n, had)
	}
	ada.wantCounted(g)
	second := bev.do(g, thread.Post{Thread: post, Text: "still here"})
	meet(t, ada, bev, g)
	if it, _, _ := ada.postOf(g, post, second); it.Text != "still here" {
		t.Errorf("the next post of who was copied is not taken in: %+v", it)
	}
}

func mustPick(t *testing.T, h *home, g kp1.GID) kp1.EID {
	t.Helper()
	e, ok := h.groups[g].log.Pick(kp1.CompTeam)
	if !ok {
		t.Fatal("no epoch to write under")
	}
	return e
}

// TestT8PayloadLargerThanSaid: an op that says that its words are few brings no more than that.
func TestT8PayloadLargerThanSaid(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	pk := [32]byte{9}
	at := bev.head(g, kp1.CompTeam)
	x := bev.groups[g]
	for i, first := range []bool{true, false} {
		env, err := op.SealPayload(rand.Reader, g, mustPick(t, bev, g), kp1.CompTeam, bev.week(), pk, nil, make([]byte, 100_000))
		if err != nil {
			t.Fatal(err)
		}
		s, err := x.sign(op.Op{
			Type: "thread/new", Group: g, Device: x.self.Device, Comp: kp1.CompTeam, Seq: at.seq + 1 + uint64(i), Prev: at.id, Time: bev.unix(),
			Auth: x.log.Heads(), Body: []byte{0xa0}, Payload: &op.PayloadRef{ID: env.ID, Len: 10, Key: &pk},
		})
		if err != nil {
			t.Fatal(err)
		}
		at.id = s.ID
		raws := [][]byte{bev.forge(g, kp1.CompTeam, s), env.Bytes}
		if first {
			slices.Reverse(raws)
		}
		for range 2 {
			for _, raw := range raws {
				ada.from(bev, g, raw)
			}
		}
		if len(ada.Lacks(g, []kp1.ID{env.ID})) != 1 {
			t.Errorf("words first %v: the payload of 100,000 bytes is on the disk", first)
		}
		if !ada.HasOp(g, s.ID) {
			t.Errorf("words first %v: the op is not", first)
		}
	}
	ada.wantCounted(g)
	ada.clean()
}
