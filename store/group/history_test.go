package group

import (
	"math/rand/v2"
	"slices"

	"kith/store/kp1"
)

// cast are the people of random histories: fourteen may come in, with two devices each and a third to spare.
var cast = []string{"ann", "sue", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "lea", "max", "ned", "ola"}

// history writes a random history: a group of at least twelve people with two devices each, then steps ops by whoever,
// allowed or not, each from what its device happens to know. Without stewards named there is one by chance.
func history(t tb, r *rand.Rand, steps int, stewards ...string) *world {
	if len(stewards) == 0 && r.IntN(2) == 0 {
		stewards = []string{"sue"}
	}
	w := found(t, PolicyFields{}, stewards...)
	ann := w.dev("ann", 0)
	w.must(ann, AddDevice{w.dev("ann", 1).cert})
	w.must(ann, w.rekey(ann, "first"))
	w.meet(ann, w.dev("sue", 0))
	if len(stewards) > 0 {
		w.must(w.dev("sue", 0), w.admit("bob", kp1.RankAdmin, w.dev("bob", 1).cert))
		w.must(w.dev("sue", 0), w.admit("cat", kp1.RankAdmin, w.dev("cat", 1).cert))
		w.meet(ann, w.dev("sue", 0))
	} else {
		w.must(ann, w.admit("bob", kp1.RankAdmin, w.dev("bob", 1).cert))
		w.meet(ann, w.dev("bob", 0))
		w.second(ann, w.dev("bob", 0), w.admit("cat", kp1.RankAdmin, w.dev("cat", 1).cert))
	}
	for i, n := range cast[4:14] {
		rank := kp1.RankMember
		if i == 8 {
			rank = kp1.RankGuest
		}
		w.must(ann, w.admit(n, rank, w.dev(n, 1).cert))
	}
	w.everybody(cast...)
	w.settled = len(w.ops)
	g := &gossip{w, r, nil}
	for range steps {
		g.step()
	}
	return w
}

type gossip struct {
	*world
	r     *rand.Rand
	props []Op
}

func (g *gossip) anyone() *who { return someone(g.t, cast[g.r.IntN(len(cast))]) }

// actor is mostly somebody who could do something, on one of the two devices that are in from the start.
func (g *gossip) actor() *dev {
	switch g.r.IntN(8) {
	case 0:
		return g.anyone().devs[g.r.IntN(3)]
	case 1, 2:
		return g.anyone().devs[g.r.IntN(2)]
	}
	return someone(g.t, cast[g.r.IntN(4)]).devs[g.r.IntN(2)]
}

func (g *gossip) cut(w *who) Cut {
	if g.r.IntN(2) == 0 {
		return nil
	}
	return Cut{{Device: w.devs[0].id, Comp: uint8(g.r.IntN(3)), Seq: 1 + uint64(g.r.IntN(9)), ID: [32]byte(seed("c"))}}
}

// scene plays something that takes several people and seldom comes about by chance: two who remove and one who brings
// back, an admin removed while the people they let in act, or one removed from a view older than their promotion.
func (g *gossip) scene() {
	lead := g.r.Perm(4)
	a, b, c := g.dev(cast[lead[0]], 0), g.dev(cast[lead[1]], 0), g.dev(cast[lead[2]], 0)
	m, x := someone(g.t, cast[4+g.r.IntN(8)]), someone(g.t, cast[14+g.r.IntN(2)])
	g.meet(a, b, c)
	if len(g.heads(a.id)) == 0 {
		return
	}
	switch g.r.IntN(3) {
	case 0:
		g.tell(a, NewRemove(m.id, g.cut(m), 0))
		g.meet(a, b)
		g.tell(c, NewRemove(m.id, g.cut(m), 0))
		g.tell(b, g.admit(m.name, uint8(g.r.IntN(2))))
	case 1:
		g.tell(a, g.admit(x.name, uint8(g.r.IntN(2)), x.devs[1].cert))
		g.meet(a, x.devs[0], x.devs[1])
		g.tell(x.devs[0], AddDevice{x.devs[2].cert})
		g.tell(x.devs[1], KeyUpdate{Peer: seed("peer %d", g.r.IntN(60))})
		g.both(b, c, NewRemove(a.who.id, g.cut(a.who), 0))
	case 2:
		st := g.all.stateOf(g.all.resolve(g.knew[a.id]))
		g.both(a, b, NewSetRole(st, m.id, kp1.RankAdmin, nil))
		g.meet(b, m.devs[0])
		g.tell(m.devs[0], g.admit(x.name, kp1.RankMember))
		g.tell(c, NewRemove(m.id, g.cut(m), 0))
	}
}

// tell files what a device writes, if anybody can know the device.
func (g *gossip) tell(d *dev, b Body) (Op, bool) {
	o := g.draft(d, b)
	err := g.file(o)
	if err != nil && !is(err, ErrStranger) {
		g.t.Fatalf("Add(%s by %s) = %v", o.Type, d.who.name, err)
	}
	return o, err == nil
}

// both lets one device do something, or propose it if that takes two, and the other approve.
func (g *gossip) both(a, b *dev, action Body) {
	if err := g.all.Check(g.draft(a, action)); err == nil {
		g.tell(a, action)
		return
	}
	p, err := NewPropose(action)
	if err != nil {
		g.t.Fatal(err)
	}
	if o, ok := g.tell(a, p); ok {
		g.meet(a, b)
		g.tell(b, NewApprove(o.ID, action, nil))
		g.meet(a, b)
	}
}

func (g *gossip) step() {
	if g.r.IntN(12) == 0 {
		g.scene()
		return
	}
	d := g.actor()
	switch g.r.IntN(8) { // who has spoken with whom
	case 0, 1:
		g.knew[d.id] = g.knew[d.id].union(g.knew[g.actor().id])
	case 2:
		all := set{}
		for _, n := range cast {
			for _, o := range someone(g.t, n).devs {
				if g.r.IntN(4) > 0 {
					all = all.union(g.knew[o.id])
				}
			}
		}
		g.knew[d.id] = g.knew[d.id].union(all)
	}
	if len(g.heads(d.id)) == 0 {
		return
	}
	st, err := g.all.At(g.heads(d.id))
	if err != nil {
		g.t.Fatal(err)
	}
	body := g.body(d, st)
	if body == nil {
		return
	}
	o := g.draft(d, body)
	if g.r.IntN(40) == 0 {
		o = g.raw(d, "auth/later", []byte{0xa0}, g.heads(d.id))
	}
	err = g.file(o)
	if err != nil && !is(err, ErrStranger) {
		g.t.Fatalf("Add(%s by %s) = %v", o.Type, d.who.name, err)
	}
	if o.Type == TypePropose && err == nil {
		g.props = append(g.props, o)
	}
}

func (g *gossip) body(d *dev, st State) Body {
	m := g.anyone()
	switch k := g.r.IntN(34); {
	case k < 5:
		var more []Cert
		if g.r.IntN(2) == 0 {
			more = append(more, m.devs[1].cert)
		}
		return g.admit(m.name, uint8(g.r.IntN(4)), more...)
	case k < 9:
		return NewRemove(m.id, g.cut(m), 0)
	case k < 12:
		return NewRevoke([]kp1.DID{m.devs[g.r.IntN(3)].id}, g.cut(m))
	case k < 15:
		return NewSetRole(st, m.id, uint8(g.r.IntN(4)), g.cut(m))
	case k < 17:
		return AddDevice{d.who.devs[g.r.IntN(3)].cert}
	case k < 19:
		if len(st.Waiting) > 0 {
			return Confirm{st.Waiting[g.r.IntN(len(st.Waiting))].ID}
		}
		return Confirm{m.devs[2].id}
	case k < 21:
		return KeyUpdate{Peer: seed("peer %d", g.r.IntN(60))}
	case k < 23:
		return NewAck()
	case k < 24:
		return g.rekey(d, "r")
	case k < 25:
		one, newest := uint8(g.r.IntN(2)), 1+uint64(g.r.IntN(2))
		rt := []Retention{{Comp: uint8(g.r.IntN(3)), Days: 1 + uint64(g.r.IntN(99))}}
		p := PolicyFields{DeviceAdd: &one}
		switch g.r.IntN(6) {
		case 0, 1:
			p.Retention = &rt
		case 2:
			p = PolicyFields{Reach: &one, Retention: &rt}
		case 3:
			p = PolicyFields{EditHistory: &one, Seen: &one}
		case 4:
			p.MinVersion = &newest
		}
		return SetPolicy{PolicyFields: p}
	case k < 26:
		mb := []Mailbox{{Peer: seed("relay %d", g.r.IntN(4)), Addrs: []string{"/dns4/example/udp/1"}}}
		return SetPolicy{PolicyFields: PolicyFields{Mailboxes: &mb}}
	case k < 27:
		return evidence(m.devs[g.r.IntN(3)], []byte{0, 1, kp1.ChainAuth}[g.r.IntN(3)], 1+uint64(g.r.IntN(4)), g.cut(m))
	case k < 28:
		if g.r.IntN(2) == 0 {
			return Vote{m.id}
		}
		return Elect{m.id}
	case k < 31 && len(g.props) > 0:
		p := g.props[g.r.IntN(len(g.props))]
		if !g.knew[d.id].has(g.all.index[p.ID]) {
			return nil
		}
		return NewApprove(p.ID, g.all.Proposed(p.ID), g.cut(m))
	default:
		var action Body
		switch g.r.IntN(4) {
		case 0:
			action = g.admit(m.name, uint8(1+g.r.IntN(3)))
		case 1:
			action = NewRemove(m.id, g.cut(m), 0)
		case 2:
			action = NewSetRole(st, m.id, uint8(g.r.IntN(4)), g.cut(m))
		default:
			action = NewRevoke([]kp1.DID{m.devs[g.r.IntN(2)].id}, nil)
		}
		p, err := NewPropose(action)
		if err != nil {
			g.t.Fatal(err)
		}
		return p
	}
}

// prefixes yields some causally closed subsets of a history: what devices have known.
func prefixes(w *world, r *rand.Rand, n int) []set {
	out := []set{w.all.cur.set}
	for range n {
		d := someone(w.t, cast[r.IntN(len(cast))]).devs[r.IntN(3)]
		out = append(out, w.knew[d.id].union(w.knew[someone(w.t, cast[r.IntN(len(cast))]).devs[0].id]))
	}
	return out
}

func (w *world) idsOf(s set) ids {
	out := ids{}
	s.minus(set{}, func(i int) bool { out[w.all.nodes[i].op.ID] = true; return true })
	return out
}

// reordered returns the ops of a history as another replica might hear them.
func reordered(w *world, r *rand.Rand) []Op { return shuffle(slices.Clone(w.ops), r.IntN) }
