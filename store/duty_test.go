package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// TestDutiesStandAlone: a duty that cannot be done holds up no other, and what went wrong is said.
func TestDutiesStandAlone(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada")
	ada := homes[0]
	broken := errors.New("broken")
	was := duties
	defer func() { duties = was }()
	duties = append([]duty{{"break", func(*house) bool { return true }, func(b *batch) (bool, error) {
		b.h.touch()
		return true, broken
	}, false, false}}, duties...)
	now = now.Add(renewEvery * time.Second)
	wrote, err := ada.Tend(context.Background(), g)
	if !errors.Is(err, broken) || !wrote {
		t.Errorf("Tend = %v, %v, want the others done and %v", wrote, err, broken)
	}
	if n := len(ada.groups[g].self.Open); n != 2 {
		t.Errorf("%d box keys, want a fresh one beside the old", n)
	}
}

// TestBoxKeyFromTheFuture: a clock that stood in 2200 for a day does not stop the renewal of box keys once it is right.
func TestBoxKeyFromTheFuture(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada")
	ada := homes[0]
	right := now
	now = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	ada.tendOnce(g)
	now = right.Add(24 * time.Hour)
	ada.tendOnce(g)
	first := ada.groups[g].self.Open[0]
	if ada.tendOnce(g); !slices.Equal(first, ada.groups[g].self.Open[0]) {
		t.Error("the box key is renewed again and again")
	}
	now = now.Add(renewEvery * time.Second)
	if ada.tendOnce(g); slices.Equal(first, ada.groups[g].self.Open[0]) {
		t.Error("the box key is not renewed after a month")
	}
	now = now.Add(renewKeep * time.Second)
	ada.tendOnce(g)
	ada.again()
	if n := len(ada.groups[g].self.Open); n > 2 {
		t.Errorf("%d box keys are kept", n)
	}
}

// TestFirstToHearSays: of those who hear of a removal one says so, and no more; after two weeks everybody has, once, and
// Acks answer nobody's Acks.
func TestFirstToHearSays(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dot")
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	now = now.Add(time.Hour)
	tend(t, g, homes)
	d, err := ada.Remove(context.Background(), g, dot.me(g), ReasonUnsaid)
	must(t, d, err, false)
	if ada.tendOnce(g) {
		t.Error("who removed says that she heard of it")
	}
	meet(t, ada, bev, g)
	meet(t, ada, cy, g)
	if !bev.tendOnce(g) || bev.tendOnce(g) {
		t.Error("Bev, the first to hear, should say so, once")
	}
	last, _ := bev.groups[g].log.Last(bev.groups[g].self.Device)
	if o, _ := bev.groups[g].log.Op(last); o.Type != group.TypeAck || bev.groups[g].log.Unheard(cy.me(g)) {
		t.Errorf("Bev's last word is an %s", o.Type)
	}
	meet(t, bev, cy, g)
	if cy.tendOnce(g) {
		t.Error("Cy says it again")
	}
	levelAll(t, g, homes[:3])
	now = now.Add(ackEvery * time.Second)
	levelAll(t, g, homes[:3])
	now = now.Add(secondFor * time.Second) // Bev and Cy meet Ada alone
	was := len(ada.auths(g, group.TypeAck))
	for range 4 {
		tend(t, g, homes[:3])
	}
	if n := len(ada.auths(g, group.TypeAck)) - was; n < 1 || n > 3 {
		t.Errorf("%d Acks after two weeks, want one of each at most", n)
	}
	now = now.Add(ackEvery * time.Second)
	was = len(ada.auths(g, group.TypeAck))
	tend(t, g, homes[:3])
	if n := len(ada.auths(g, group.TypeAck)) - was; n > 0 {
		t.Errorf("%d Acks although nothing happened", n)
	}
}

// auths lists the auth ops of a type.
func (h *home) auths(g kp1.GID, typ string) (out []group.Op) {
	h.t.Helper()
	must := func(err error) {
		if err != nil {
			h.t.Fatal(err)
		}
	}
	must(h.view(func(t tx) error {
		s, err := h.groups[g].shelf(t, shelfAuth, false)
		must(err)
		return s.each(nil, func(_, plain []byte) (bool, error) {
			x, err := decodeSigned(plain)
			if err == nil && x.Type == typ {
				out = append(out, authOp(x))
			}
			return true, err
		})
	}))
	return out
}

// TestT8ManyHeads: with as many heads as one op may name nothing is joined; with one more an Ack joins them first, also
// where the keys change with it.
func TestT8ManyHeads(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	for i, raw := range bev.manyVoices(g, kp1.MaxAuthRefs+1) {
		ada.give(g, raw)
		if n := len(ada.groups[g].log.Heads()); i > kp1.MaxAuthRefs && n != i-kp1.MaxAuthRefs {
			t.Fatalf("%d heads after %d envelopes", n, i+1)
		}
	}
	if n := len(ada.groups[g].log.Heads()); n != kp1.MaxAuthRefs+1 {
		t.Fatalf("%d heads, want %d", n, kp1.MaxAuthRefs+1)
	}
	twin := copyOf(t, ada)
	d, err := twin.SetPolicy(context.Background(), g, group.PolicyFields{})
	if err != nil {
		t.Errorf("an op with %d heads before it: %+v, %v", kp1.MaxAuthRefs+1, d, err)
	}
	if n := len(twin.groups[g].log.Heads()); n != 1 {
		t.Errorf("%d heads after it, want 1", n)
	}
	if err := twin.change(func(x tx) error {
		b, err := twin.groups[g].batch(x, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.rekey(nil); err != nil {
			return err
		}
		return b.finish()
	}); err != nil {
		t.Error(err)
	}
}

// TestKeysWithManyHeads: new keys come with the Acks that join the heads before them.
func TestKeysWithManyHeads(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, last := homes[0], homes[1], homes[2]
	ada.give(g, bev.manyVoices(g, kp1.MaxAuthRefs+1)...)
	if _, err := last.Leave(context.Background(), g); err != nil {
		t.Fatal(err)
	}
	meet(t, ada, last, g)
	was := ada.epochs(g)
	ada.tendOnce(g)
	if n := len(ada.groups[g].log.Heads()); n != 1 || ada.epochs(g) != was+1 {
		t.Errorf("%d heads and %d epochs more, want one of each", n, ada.epochs(g)-was)
	}
	id := ada.do(g, thread.New{Title: "after"})
	meet(t, ada, bev, g)
	mustThread(t, bev, g, id)
}

// manyVoices adds n devices to h's member, has each write an Ack beside the others, and returns the envelopes, first the
// devices'.
func (h *home) manyVoices(g kp1.GID, n int) (raws [][]byte) {
	h.t.Helper()
	x := h.groups[g]
	root := keyring.RootKey(h.who.recovery(), g)
	var keys []ed25519.PrivateKey
	for i := range n {
		dsk, dhk, err := keyring.NewDevice(rand.Reader)
		if err != nil {
			h.t.Fatal(err)
		}
		peer := append([]byte{0x12, 0x20}, make([]byte, 32)...)
		peer[2] = byte(i + 1)
		cert, err := group.NewCert(g, public(root), public(dsk), dhk.PublicKey().Bytes(), peer, 0)
		if err != nil {
			h.t.Fatal(err)
		}
		raws = append(raws, h.utter(g, group.AddDevice{Cert: group.SignCert(cert, x.self.Device, x.signingKey(), dsk)}))
		keys = append(keys, dsk)
	}
	for _, dsk := range keys {
		s, err := op.Form(op.Op{
			Type: group.TypeAck, Group: g, Device: kp1.DeviceID(public(dsk)), Seq: 1, Time: h.unix(), Auth: x.log.Heads(), Body: emptyAck,
		})
		if err == nil {
			err = s.Sign(dsk)
		}
		if err != nil {
			h.t.Fatal(err)
		}
		raws = append(raws, h.sealed(g, s))
	}
	return raws
}

var emptyAck = func() []byte {
	b, err := group.NewAck().Encode()
	if err != nil {
		panic(err)
	}
	return b
}()

// TestOwnWordThatWaited: an op of this device's own that had to wait, as earlier versions let it, is not taken for one that an
// older copy forgot.
func TestOwnWordThatWaited(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	raw := bev.utter(g, group.NewAck())
	unheard, _ := bev.groups[g].log.Last(bev.groups[g].self.Device)
	if err := ada.change(func(x tx) error {
		b, err := ada.groups[g].batch(x, kp1.DID{})
		if err != nil {
			return err
		}
		prev, seq := b.h.log.Last(b.h.self.Device)
		s, err := b.signAuth(prev, seq, []kp1.ID{unheard}, group.NewAck())
		if err != nil {
			return err
		}
		env, err := op.DecodeEnvelope(ada.sealed(g, s))
		if err != nil {
			return err
		}
		if _, _, err := b.take(prepared{env: env, ours: true, ops: []op.Signed{s}, checked: []bool{true}, bad: make([]error, 1)}); err != nil {
			return err
		}
		return b.finish()
	}); err != nil {
		t.Fatal(err)
	}
	if ada.waitsFor(g, waitOp) != 1 {
		t.Fatal("it does not wait")
	}
	ada.again()
	ada.give(g, raw)
	if ada.waitsFor(g, waitOp) != 0 || ada.Old(g) {
		t.Errorf("%d wait, old copy: %v", ada.waitsFor(g, waitOp), ada.Old(g))
	}
}

// TestLateOpStaysBehind: an op that a fence let go is restored behind what was admitted while it waited.
func TestLateOpStaysBehind(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	d, err := cy.Remove(ctx, g, dot.me(g), ReasonUnsaid)
	late := must(t, d, err, false)
	d, err = ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	meet(t, ada, bev, g)
	meet(t, cy, ada, g)
	ada.talk(g, "meanwhile")
	d, err = ada.LetStand(ctx, g, late)
	vouched := must(t, d, err, false)
	order := func() (out []kp1.ID) {
		for _, typ := range []string{group.TypeRemove, group.TypeAck, group.TypeApprove} {
			for _, o := range ada.auths(g, typ) {
				out = append(out, o.ID)
			}
		}
		return out
	}
	var at, of int
	_ = ada.view(func(x tx) error {
		s, err := ada.groups[g].shelf(x, shelfAuth, false)
		if err != nil {
			return err
		}
		n := 0
		return s.each(nil, func(_, plain []byte) (bool, error) {
			o, err := decodeSigned(plain)
			if n++; o.ID == late {
				at = n
			} else if o.ID == vouched {
				of = n
			}
			return true, err
		})
	})
	if at > of {
		t.Errorf("the late op stands at %d, the word that let it go at %d", at, of)
	}
	heads, was, held := ada.groups[g].log.Heads(), order(), ada.groups[g].log.Held()
	ada.again()
	if !slices.Equal(heads, ada.groups[g].log.Heads()) || !slices.Equal(was, order()) || !slices.Equal(held, ada.groups[g].log.Held()) {
		t.Errorf("a restart changes what is admitted: heads %v and %v, %v and %v wait", heads, ada.groups[g].log.Heads(), held, ada.groups[g].log.Held())
	}
	ada.clean()
}

// TestForkWithoutTheWhole: who has not the whole history notices two ops in one place of a chain all the same.
func TestForkWithoutTheWhole(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	sue.talk(g, "before", "one", "two")
	levelAll(t, g, homes)
	late := quickHome(t, "Late")
	joinVia(t, ada, late, g, invite.Terms{Rank: kp1.RankMember})
	meet(t, ada, late, g)
	if !late.groups[g].self.Partial {
		t.Fatal("she has the whole history")
	}
	meet(t, ada, sue, g)
	th := sue.do(g, thread.New{Title: "after"})
	levelAll(t, g, append(homes, late))
	at := sue.head(g, kp1.CompAll)
	if at.id != th {
		at = sue.head(g, kp1.CompTeam)
	}
	was, err := sue.op(g, at.id)
	if err != nil {
		t.Fatal(err)
	}
	second, err := sue.groups[g].sign(op.Op{
		Type: was.Type, Group: g, Device: was.Device, Comp: was.Comp, Seq: was.Seq, Prev: was.Prev, Time: was.Time, Auth: was.Auth, Body: was.Body,
	})
	if err != nil {
		t.Fatal(err)
	}
	late.give(g, sue.forge(g, was.Comp, second))
	if n := len(late.groups[g].forks); n != 1 {
		t.Errorf("%d forks noticed, want 1", n)
	}
}

// op reads one op from the disk.
func (h *home) op(g kp1.GID, id kp1.ID) (s op.Signed, err error) {
	err = h.view(func(t tx) error {
		x := h.groups[g]
		ops, err := x.index(t, opTiers, false)
		if err != nil {
			return err
		}
		log, err := x.openLog(t, false)
		if err != nil {
			return err
		}
		s, err = x.fetch(ops, &log, id)
		return err
	})
	return s, err
}

// TestManyCutsOfAFork: however many tips removals name, each op of a forked chain is kept in mind once, and the answers
// are those of walking the chain.
func TestManyCutsOfAFork(t *testing.T) {
	const length, branches = 400, 8
	chain := map[kp1.ID]op.Signed{}
	var all []kp1.ID
	add := func(branch byte, seq uint64, prev kp1.ID) kp1.ID {
		id := kp1.Sum([]byte{branch, byte(seq), byte(seq >> 8)})
		chain[id] = op.Signed{ID: id, Op: op.Op{Seq: seq, Prev: prev}}
		all = append(all, id)
		return id
	}
	var prev kp1.ID
	for seq := range uint64(length) {
		prev = add(0, seq+1, prev)
	}
	for b := range byte(branches) {
		from := all[int(b)*length/branches]
		for i := range uint64(50) {
			from = add(b+1, chain[from].Seq+1, from)
			_ = i
		}
	}
	find := func(id kp1.ID) (op.Signed, error) {
		if s, ok := chain[id]; ok {
			return s, nil
		}
		return op.Signed{}, ErrNoOp
	}
	h := &house{tree: newTree(), sought: map[kp1.ID]bool{}}
	for i := range all { // every op is named by some cut, the longest ways not first
		tip := all[(i*397)%len(all)]
		way := map[kp1.ID]bool{}
		for at := tip; !at.IsZero(); at = chain[at].Prev {
			way[at] = true
		}
		for k := 0; k < len(all); k += 13 {
			if got := h.onTheWay(all[k], tip, find); got != way[all[k]] {
				t.Fatalf("op %d on the way to %d: %v, want %v", k, i, got, way[all[k]])
			}
		}
	}
	if n := len(h.tree.at); n != len(all) || len(h.tree.twigs) > len(all)+1 {
		t.Errorf("%d ops kept in mind of %d, on %d twigs", n, len(all), len(h.tree.twigs))
	}
}
