package store

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// childUnsent does one thing and ends as if killed once that is on the disk: when the network would be told of it, or,
// where there is nothing to send, when it returns.
func childUnsent(rest *keyring.AtRest, args []string) error {
	g, err := kp1.ParseGID(args[2])
	if err != nil {
		return err
	}
	now, err := strconv.ParseInt(args[4], 10, 64)
	if err != nil {
		return err
	}
	l, err := Open(args[1], rest, Options{Now: func() time.Time { return time.Unix(now, 0) }, Filed: func(Filed) { endNow() }})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	ctx := context.Background()
	switch args[3] {
	case "say":
		_, err = l.Propose(ctx, g, Draft{Comp: kp1.CompTeam, Act: thread.New{Title: "never sent"}})
	case "sign":
		_, err = l.SignDue(ctx, g)
	case "remove":
		for _, m := range l.View().Group(g).State.Members {
			if fmt.Sprintf("%x", m.ID[:]) != args[5] {
				continue
			}
			var d Deed
			if d, err = l.Remove(ctx, g, m.ID, ReasonUnsaid); d.Later {
				fmt.Println("waits", d.Op)
				endNow()
			}
		}
	}
	fmt.Println("sent", err)
	return err
}

// endNow ends this process as a kill does, with nothing tidied up.
func endNow() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	time.Sleep(time.Hour) // until it takes effect
}

// unsent has a child do one thing with the store of h and end before anything of it is sent, and opens the store again.
func (h *home) unsent(g kp1.GID, what string, about kp1.MID) []string {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	t, ok := h.t.(*testing.T)
	if !ok {
		h.t.Fatal("not in a test")
	}
	lines := killed(t, time.Minute, 2*time.Minute, "unsent", h.dir, g.String(), what, fmt.Sprint(h.opt.Now().Unix()), fmt.Sprintf("%x", about[:]))
	var err error
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		h.t.Fatal(err)
	}
	return lines
}

// spot is where an op stands on its device's chain.
type spot struct {
	chain
	seq uint64
}

// oneInEach fails if two ops of one device here stand in one place, or somebody says so. It returns how many there are that
// members may read.
func (h *home) oneInEach(g kp1.GID) int {
	h.t.Helper()
	x, at, n := h.groups[g], map[spot]kp1.ID{}, 0
	put := func(p spot, id kp1.ID) {
		if was, ok := at[p]; ok && was != id {
			h.t.Errorf("%s has two ops of one seq: %s and %s at %d", h.Name(), was.Short(), id.Short(), p.seq)
		}
		if _, ok := at[p]; !ok && p.comp != kp1.CompAdmin {
			n++
		}
		at[p] = id
	}
	for _, r := range h.Membership(g) {
		o, _ := h.AuthOp(g, r.ID)
		put(spot{chain{o.Device, kp1.ChainAuth}, o.Seq}, o.ID)
		if o.Type == group.TypeEvidence {
			h.t.Errorf("%s has proof of two ops in one place: %s", h.Name(), o.ID.Short())
		}
	}
	v := x.vantage()
	if err := h.view(func(t tx) error {
		log, err := x.openLog(t, false)
		if err != nil {
			return err
		}
		return log.eachSealed(1, func(e entry) error {
			p := v.reopen(e)
			for _, s := range p.ops {
				if !s.IsAuth() {
					put(spot{chain{s.Device, s.Comp}, s.Seq}, s.ID)
				}
			}
			return p.err
		})
	}); err != nil {
		h.t.Error(err)
	}
	return n
}

// acks signs one more op about who belongs and returns it.
func (h *home) acks(g kp1.GID) group.Op {
	h.t.Helper()
	d, err := h.act(g, func(b *batch) (Deed, error) {
		s, err := b.authDraft(nil, group.NewAck())
		if err != nil {
			return Deed{}, err
		}
		return Deed{Op: s.ID}, b.post(s)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	o, ok := h.AuthOp(g, d.Op)
	if !ok {
		h.t.Fatal("the op is not here")
	}
	return o
}

// TestT31KillBeforeSend: a computer that ends when its words are on the disk and nothing of them was sent goes on after
// them at the next start, and offers them then: nobody ever sees two ops in one place. So it is with what people say, with
// a removal and its keys, and with a removal that waited to be signed.
func TestT31KillBeforeSend(t *testing.T) {
	now := testNow()
	clock := Options{Now: func() time.Time { return now }}
	ada, sue, cy, dot := crashHome(t, "Ada"), homeWith(t, "Sue", clock), homeWith(t, "Cy", clock), homeWith(t, "Dot", clock)
	ada.opt = clock
	g := ada.found("Ada")
	ada.again()
	for _, h := range []*home{sue, cy, dot} {
		joinVia(t, ada, h, g, asMember)
	}
	levelAll(t, g, []*home{ada, sue, cy, dot})
	me := ada.deviceOf(g)

	for range 2 {
		before := ada.head(g, kp1.CompTeam)
		if lines := ada.unsent(g, "say", kp1.MID{}); len(lines) != 0 {
			t.Fatalf("the child said %q, want it to end before", lines)
		}
		unsent := ada.head(g, kp1.CompTeam)
		if unsent.seq != before.seq+1 || sue.HasOp(g, unsent.id) {
			t.Fatalf("seq %d after %d: the child did not end between disk and network", unsent.seq, before.seq)
		}
		ada.do(g, thread.New{Title: "the next"})
		if at := ada.head(g, kp1.CompTeam); at.seq != unsent.seq+1 {
			t.Errorf("the next op has seq %d, want %d", at.seq, unsent.seq+1)
		}
		ada.wholeChain(g)
		meet(t, ada, sue, g)
		if !sue.HasOp(g, unsent.id) {
			t.Error("what was not sent is not offered again")
		}
	}

	_, seq := ada.groups[g].log.Last(me)
	if lines := ada.unsent(g, "remove", dot.me(g)); len(lines) != 0 {
		t.Fatalf("the child said %q, want it to end before", lines)
	}
	last, at := ada.groups[g].log.Last(me)
	if at != seq+2 { // the removal and new keys, in one envelope
		t.Fatalf("seq %d after %d, want two ops more", at, seq)
	}
	if o := ada.acks(g); o.Seq != at+1 || o.Prev != last {
		t.Errorf("the next op has seq %d, want %d", o.Seq, at+1)
	}
	meet(t, ada, sue, g)
	if _, in := sue.rankOf(g, dot.me(g)); in {
		t.Error("a removal that was not sent is not offered again")
	}

	// One that waits until this computer has caught up, and was asked for right before the end.
	now = now.Add(3 * time.Hour)
	filed := len(ada.all(g))
	var waits string
	for range 2 {
		lines := ada.unsent(g, "remove", cy.me(g))
		shown := ada.View().Group(g).Pending
		if len(lines) != 1 || len(shown) != 1 || len(ada.all(g)) != filed {
			t.Fatalf("the child said %q, %d wait, %d envelopes were filed; want one to wait", lines, len(shown), len(ada.all(g))-filed)
		}
		if waits = "waits " + shown[0].ID.String(); lines[0] != waits {
			t.Errorf("the child said %q, want %q", lines[0], waits)
		}
	}
	for _, h := range []*home{cy, sue} {
		meet(t, ada, h, g)
		if err := ada.Level(g, h.deviceOf(g)); err != nil {
			t.Fatal(err)
		}
	}
	_, seq = ada.groups[g].log.Last(me)
	if lines := ada.unsent(g, "sign", kp1.MID{}); len(lines) != 0 {
		t.Fatalf("the child said %q, want it to end before", lines)
	}
	last, at = ada.groups[g].log.Last(me)
	if _, in := ada.rankOf(g, cy.me(g)); in || at != seq+2 || len(ada.View().Group(g).Pending) != 0 {
		t.Fatalf("Cy in %v, seq %d after %d, %d wait: want it signed once", in, at, seq, len(ada.View().Group(g).Pending))
	}
	if wrote, err := ada.SignDue(context.Background(), g); wrote || err != nil {
		t.Errorf("SignDue = %v, %v: what was signed is signed again", wrote, err)
	}
	if o := ada.acks(g); o.Seq != at+1 || o.Prev != last {
		t.Errorf("the next op has seq %d, want %d", o.Seq, at+1)
	}
	meet(t, ada, sue, g)
	level(t, g, ada, sue)
	if a, s := ada.oneInEach(g), sue.oneInEach(g); a != s || a < 10 {
		t.Errorf("%d and %d ops, want the same", a, s)
	}
	var removals int
	for _, r := range sue.Membership(g) {
		if r.Type == group.TypeRemove {
			removals++
		}
	}
	if removals != 2 {
		t.Errorf("%d removals, want 2", removals)
	}
}

// later files an op of this device that another build made, as that build would.
func (h *home) later(g kp1.GID, o op.Op) op.Signed {
	h.t.Helper()
	var s op.Signed
	if _, err := h.act(g, func(b *batch) (_ Deed, err error) {
		x := b.h
		o.Group, o.Device, o.Time, o.Auth = g, x.self.Device, h.unix(), x.log.Heads()
		key, comp := kp1.ChainAuth, kp1.CompAll
		if o.IsAuth() {
			o.Prev, o.Seq = x.log.Last(o.Device)
		} else {
			at := x.chains[chain{o.Device, o.Comp}]
			o.Prev, o.Seq, key, comp = at.id, at.seq, o.Comp, o.Comp
		}
		o.Seq++
		if s, err = x.sign(o); err != nil {
			return Deed{}, err
		}
		e, err := b.usable(comp)
		if err != nil {
			return Deed{}, err
		}
		with, ok := e.sealer(key)
		if !ok {
			return Deed{}, ErrNoEpoch
		}
		env, err := op.SealOps(x.l.opt.Rand, g, with, op.KindOps, x.l.week(), nil, []op.Signed{s})
		if err != nil {
			return Deed{}, err
		}
		return Deed{Op: s.ID}, b.own(env, s)
	}); err != nil {
		h.t.Fatal(err)
	}
	return s
}
