package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// waitsFor counts what waits here for a reason.
func (h *home) waitsFor(g kp1.GID, why uint8) (n int) {
	for _, x := range h.groups[g].waits.by {
		if x.Why == why {
			n++
		}
	}
	return n
}

// from gives envelopes as another home sends them.
func (h *home) from(o *home, g kp1.GID, raws ...[]byte) Result {
	h.t.Helper()
	res, err := h.Accept(context.Background(), g, o.groups[g].self.Device, raws)
	if err != nil {
		h.t.Fatal(err)
	}
	return res
}

// TestT8TurnsOfADevice: a device's ops about who belongs come in up to the limit of an hour, and one more waits until its
// turn comes, also over a restart; what follows from what is not known here has a lower limit.
func TestT8TurnsOfADevice(t *testing.T) {
	for name, c := range map[string]struct {
		apart bool
		most  int
	}{"straight on": {false, authTurns}, "off the path": {true, offTurns}} {
		t.Run(name, func(t *testing.T) {
			now := testNow()
			g, homes := clocked(t, &now, "Ada", "Bev")
			ada, bev := homes[0], homes[1]
			now = now.Add(24 * time.Hour)
			if c.apart {
				ada.utter(g, group.NewAck())
			}
			var raws [][]byte
			for range c.most + 1 {
				raws = append(raws, bev.utter(g, group.NewAck()))
			}
			was := ada.groups[g].log.Len()
			ada.from(bev, g, raws...)
			if n := ada.groups[g].log.Len() - was; n != c.most || ada.waitsFor(g, waitTurn) != 1 {
				t.Fatalf("%d came in and %d wait, want %d and 1", n, ada.waitsFor(g, waitTurn), c.most)
			}
			if ada.tendOnce(g); ada.waitsFor(g, waitTurn) != 1 {
				t.Error("its turn came at once")
			}
			ada.again()
			now = now.Add(61 * time.Minute)
			ada.tendOnce(g)
			if n := ada.groups[g].log.Len() - was; n != c.most+1 || ada.waitsFor(g, waitTurn) != 0 {
				t.Errorf("after an hour %d are in and %d wait", n, ada.waitsFor(g, waitTurn))
			}
		})
	}
}

// TestT31BackupHasNoTurns: a backup is history, also where a clock was decades ahead and wrote more than a device's turn.
func TestT31BackupHasNoTurns(t *testing.T) {
	now := testNow().AddDate(70, 0, 0)
	g, homes := clocked(t, &now, "Ada")
	ada := homes[0]
	for range authTurns + 1 {
		ada.utter(g, group.NewAck())
	}
	again, r := restored(t, ada.backup(), ada.Recovery())
	if n, want := again.groups[g].log.Len(), ada.groups[g].log.Len(); n < want || r.LeftOut > 0 || again.waitsFor(g, waitTurn) > 0 {
		t.Errorf("%d of %d ops are there, %d left out", n, want, r.LeftOut)
	}
}

// TestHistoryHasNoTurns: what was written before this computer could hear of it comes at once.
func TestHistoryHasNoTurns(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	now = now.Add(24 * time.Hour)
	var raws [][]byte
	for range authTurns + 50 {
		raws = append(raws, bev.utter(g, group.NewAck()))
	}
	was := ada.groups[g].log.Len()
	ada.again()
	ada.from(bev, g, raws...)
	if n := ada.groups[g].log.Len() - was; n != len(raws) {
		t.Errorf("%d of %d came in", n, len(raws))
	}
}

// TestF16OldDates: a computer that is level with others, and has been in touch with them since, counts what comes by its
// arrival: an old date buys no more than what the rate of an hour lets in, and later the rest comes in all the same. One
// that has just been started, or was out of touch, takes history as fast as it comes.
func TestF16OldDates(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	th := sue.talk(g, "spam")
	meet(t, ada, sue, g)
	dated := now.Add(-72 * time.Hour)
	was := sue.head(g, kp1.CompTeam)
	seq, prev := was.seq, was.id
	write := func(n int) (raws [][]byte) {
		sue.Ledger.opt.Now = func() time.Time { return dated }
		defer func() { sue.Ledger.opt.Now = sue.opt.Now }()
		for range n {
			s := sue.next(g, seq+1, prev, thread.Post{Thread: th, Text: fmt.Sprint("buy ", seq)})
			raws = append(raws, sue.forge(g, kp1.CompTeam, s))
			seq, prev = s.Seq, s.ID
		}
		return raws
	}
	level := func() {
		t.Helper()
		if err := ada.Held(g, sue.groups[g].self.Device, nil, ada.groups[g].next-1); err != nil {
			t.Fatal(err)
		}
	}
	level()
	first := write(liveCount + 10)
	if res := ada.from(sue, g, first[:liveCount+5]...); res.Refused != 0 {
		t.Errorf("%d refused while this computer may be catching up", res.Refused)
	}
	for range 4 { // an hour in touch
		now = now.Add(20 * time.Minute)
		level()
	}
	if res := ada.from(sue, g, first[liveCount+5:]...); res.Refused != 0 {
		t.Errorf("%d refused within the rate", res.Refused)
	}
	flood := write(liveCount)
	res := ada.from(sue, g, flood...)
	if res.Refused != 5 {
		t.Errorf("%d refused, want what is above the rate of an hour", res.Refused)
	}
	for range 3 {
		now = now.Add(20 * time.Minute)
		level()
	}
	if res := ada.from(sue, g, flood...); res.Refused != 0 || len(res.New) != 5 {
		t.Errorf("an hour later: %+v, want the rest", res)
	}
	more := write(liveCount + 1)
	now = now.Add(2 * time.Hour) // nobody was met
	if res := ada.from(sue, g, more...); res.Refused != 0 {
		t.Errorf("%d refused while this computer catches up", res.Refused)
	}
}

// TestF16SpamOfAMember: valid words of one member without end: so many in an hour and no more, whoever brings them; what
// others say comes in all the while; and taking her out stops it.
func TestF16SpamOfAMember(t *testing.T) {
	n := liveCount + 48
	if long() {
		n = 10_000
	}
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Sue", "Cy")
	ada, sue, cy := homes[0], homes[1], homes[2]
	now = now.Add(time.Hour)
	th := sue.talk(g, "spam")
	levelAll(t, g, homes)
	was := sue.head(g, kp1.CompTeam)
	raws := make([][]byte, n)
	seq, prev := was.seq, was.id
	for i := range raws {
		s := sue.next(g, seq+1, prev, thread.Post{Thread: th, Text: fmt.Sprint("buy ", i)})
		raws[i], seq, prev = sue.forge(g, kp1.CompTeam, s), s.Seq, s.ID
	}
	var res Result
	senders := []*home{sue, cy}
	for part := range slices.Chunk(raws, n/4) { // half of it by way of somebody else
		by := senders[0]
		senders = append(senders[1:], by)
		one := ada.from(by, g, part...)
		res.New, res.Refused = append(res.New, one.New...), res.Refused+one.Refused
		id := cy.do(g, thread.Post{Thread: th, Text: "is this you, Sue?"})
		meet(t, ada, cy, g)
		mustPost(t, ada, g, th, id)
	}
	if len(res.New) > liveCount || len(res.New) < liveCount-50 || res.Refused != n-len(res.New) {
		t.Errorf("%d of %d came in and %d were refused, want %d of hers", len(res.New), n, res.Refused, liveCount)
	}
	if len(ada.groups[g].waits.by) > 0 {
		t.Errorf("%d wait", len(ada.groups[g].waits.by))
	}
	if _, err := ada.Remove(context.Background(), g, sue.me(g), ReasonUnsaid); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Hour)
	if late := ada.from(cy, g, raws[n-1]); len(late.Held) > 0 && ada.groups[g].waits.count() == 0 {
		t.Error("more of it is believed after she was taken out")
	}
	id := cy.do(g, thread.Post{Thread: th, Text: "gone"})
	meet(t, ada, cy, g)
	mustPost(t, ada, g, th, id)
}

func mustPost(t *testing.T, h *home, g kp1.GID, th, id kp1.ID) {
	t.Helper()
	x, ok := h.View().Group(g).Care.Threads().Get(th)
	if _, here := x.Find(id); !ok || !here {
		t.Fatalf("%s does not see the post %s", h.Name(), id.Short())
	}
}

// TestF16StrangersOps: ops under a group's keys by who is not in it: nothing is stored. Without the keys nothing of theirs is even
// read: see TestT39Floods.
func TestF16StrangersOps(t *testing.T) {
	n := 1_000
	if long() {
		n = 100_000
	}
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	eve := quickHome(t, "Eve")
	x := eve.groups[eve.found("Eve")]
	s, err := x.sign(op.Op{
		Type: "thread/new", Group: g, Device: x.self.Device, Comp: kp1.CompTeam, Seq: 1, Time: eve.unix(), Auth: ada.groups[g].log.Heads(), Body: []byte{0xa0},
	})
	if err != nil {
		t.Fatal(err)
	}
	before := ada.View().Group(g).Filed
	for range n / 100 {
		var raws [][]byte
		for range 100 { // she was given the key by somebody
			raws = append(raws, bev.forge(g, kp1.CompTeam, s))
		}
		if res := ada.give(g, raws...); len(res.Held) > 0 {
			t.Fatalf("%d of a stranger's envelopes are held", len(res.Held))
		}
	}
	if after := ada.View().Group(g).Filed; after != before {
		t.Errorf("%d envelopes filed", after-before)
	}
}

// TestT8ShareOfAMember: at the limit of one member's share what fits comes in, and what is one byte too much does not;
// ops about who belongs always do.
func TestT8ShareOfAMember(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	at := bev.head(g, kp1.CompTeam)
	s := bev.next(g, at.seq+1, at.id, thread.New{Title: "fits"})
	raw := bev.forge(g, kp1.CompTeam, s)
	size := bytesOf(s)
	if s.Payload != nil {
		t.Fatal("the act has words apart")
	}
	x := ada.groups[g]
	m := bev.me(g)
	had := x.shares[m]
	if had == 0 {
		t.Fatal("nothing of Bev's is counted")
	}
	set := func(v uint64) {
		t.Helper()
		if err := ada.change(func(t tx) error {
			b, err := ada.groups[g].batch(t, kp1.DID{})
			if err != nil {
				return err
			}
			b.relieve(m, b.h.shares[m])
			b.charge(m, v)
			return b.saveShares()
		}); err != nil {
			t.Fatal(err)
		}
		ada.again()
	}
	set(shareOfStore - size + 1)
	if res := ada.from(bev, g, raw); res.Refused != 1 || len(res.NoRoom) != 1 {
		t.Errorf("one byte too much: %+v", res)
	}
	if res := ada.from(bev, g, bev.utter(g, group.NewAck())); res.Refused != 0 {
		t.Errorf("an op about who belongs: %+v", res)
	}
	if res := ada.from(cy, g, cy.forge(g, kp1.CompTeam, cy.next(g, cy.head(g, kp1.CompTeam).seq+1, cy.head(g, kp1.CompTeam).id, thread.New{Title: "Cy's"}))); res.Refused != 0 {
		t.Errorf("another member's: %+v", res)
	}
	set(shareOfStore - size)
	if res := ada.from(bev, g, raw); res.Refused != 0 || ada.groups[g].shares[m] != shareOfStore {
		t.Errorf("at the limit: %+v, %d bytes", res, ada.groups[g].shares[m])
	}
}

// TestT8BoxesTried: boxes are tried so many in a minute for one source; what is beyond waits, and is tried when its turn
// comes. Another source has its own.
func TestT8BoxesTried(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	boxes := make([][]byte, kp1.MaxBoxes)
	for i := range boxes {
		boxes[i] = make([]byte, 1_400)
		boxes[i][0] = byte(i)
	}
	junk := func() []byte {
		k := op.Key{Chain: kp1.ChainAuth}
		_, _ = rand.Read(k.EID[:])
		_, _ = rand.Read(k.Key[:])
		x := bev.groups[g]
		made, _ := x.log.Op(x.log.Epochs()[0].Op)
		s, err := x.sign(op.Op{
			Type: group.TypeRekey, Group: g, Device: x.self.Device, Seq: 99, Prev: kp1.ID{1}, Time: bev.unix(), Auth: x.log.Heads(), Body: made.Body,
		})
		if err != nil {
			t.Fatal(err)
		}
		env, err := op.SealOps(rand.Reader, g, k, op.KindRekey, bev.week(), boxes, []op.Signed{s})
		if err != nil {
			t.Fatal(err)
		}
		return env.Bytes
	}
	const most = boxTurns / kp1.MaxBoxes
	for range most + 1 {
		ada.from(bev, g, junk())
	}
	if n, m := ada.waitsFor(g, waitKey), ada.waitsFor(g, waitBox); n != most || m != 1 {
		t.Fatalf("boxes of %d envelopes tried, %d wait; want %d and 1", n, m, most)
	}
	ada.from(cy, g, junk())
	if n := ada.waitsFor(g, waitKey); n != most+1 {
		t.Errorf("another source's is not tried: %d", n)
	}
	now = now.Add(time.Minute)
	if ada.tendOnce(g); ada.waitsFor(g, waitBox) != 0 {
		t.Errorf("%d wait after a minute", ada.waitsFor(g, waitBox))
	}
	x := ada.groups[g]
	unknown := kp1.DID{}.String()
	for tried := 0; tried < boxDay; tried += boxTurns {
		if !x.boxTurn(unknown, boxTurns) {
			t.Fatalf("refused after %d of %d in a day", tried, boxDay)
		}
		now = now.Add(time.Minute)
	}
	// The day gives some back with every minute: what is asked for is what it cannot have given.
	if x.boxTurn(unknown, boxTurns) {
		t.Error("more than a day's boxes are tried in half an hour")
	}
}
