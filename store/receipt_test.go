package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// leave carries to another home what it lacks, as a mailbox would: neither hears of the other.
func (h *home) leave(g kp1.GID, to *home) {
	h.t.Helper()
	ctx := context.Background()
	raws, err := h.Envelopes(ctx, g, to.Lacks(g, h.idsOf(g)))
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := to.Accept(ctx, g, MailboxDevice([]byte("box")), raws); err != nil {
		h.t.Fatal(err)
	}
}

// receipted counts the newest receipts of a home, of all compartments, and receiptedBy those of another that have come here.
func (h *home) receipted(g kp1.GID) int { return h.receiptedBy(h, g) }

func (h *home) receiptedBy(o *home, g kp1.GID) (n int) {
	for c, a := range h.groups[g].statements {
		if c.device == o.deviceOf(g) {
			n += len(a.At)
		}
	}
	return n
}

// TestReceipts: who is met through a mailbox alone tells that it has what lies there, once, and a receipt is answered by
// nobody. The word is kept, comes again out of the ops, and counts no more when its device is out.
func TestReceipts(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	now = now.Add(time.Hour)
	th := ada.do(g, thread.New{Title: "who has this?"})
	post := ada.do(g, thread.Post{Thread: th, Text: "and this?"})
	ada.leave(g, bev)
	if ada.has(bev, g, post) {
		t.Fatal("counted before anything was said")
	}
	if bev.tendOnce(g); bev.receipted(g) != 1 || bev.tendOnce(g) {
		t.Fatal("it was to be said, and once")
	}
	bev.leave(g, ada)
	if !ada.has(bev, g, th) || !ada.has(bev, g, post) {
		t.Errorf("after the receipt: %+v, %+v", ada.Delivery(g, th), ada.Delivery(g, post))
	}
	for range 3 {
		now = now.Add(25 * time.Hour)
		ada.tendOnce(g) // old invites end
		bev.tendOnce(g)
		meet(t, ada, bev, g)
	}
	if a, b := ada.receipted(g), ada.receiptedBy(bev, g); a != 0 || b != 1 {
		t.Errorf("%d receipts of Ada and %d of Bev, want none and one", a, b)
	}
	later := ada.do(g, thread.Post{Thread: th, Text: "nobody can have this"})
	if ada.has(bev, g, later) {
		t.Error("a receipt counts for what was written after it")
	}
	ada.again()
	bev.again()
	if !ada.has(bev, g, post) || ada.has(bev, g, later) || bev.receipted(g) != 1 {
		t.Error("other words after a new start")
	}
	if _, err := ada.Remove(context.Background(), g, bev.View().Group(g).Me, 0); err != nil {
		t.Fatal(err)
	}
	if d := ada.Delivery(g, post); d.Devices != 0 || d.Of != 0 {
		t.Errorf("Bev is out: %+v", d)
	}
	ada.clean()
	bev.clean()
}

// TestReceiptsDirect: who was told on its own channel needs no receipt, today or after a new start.
func TestReceiptsDirect(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	ada.talk(g, "here", "we", "meet")
	meet(t, ada, bev, g)
	now = now.Add(48 * time.Hour)
	if bev.tendOnce(g) {
		t.Error("a receipt for who was met")
	}
	bev.again()
	if bev.tendOnce(g) {
		t.Error("a receipt for who was met, after a new start")
	}
}

// TestReceiptsOfANewcomer: while the history comes, from a computer that a newcomer cannot name yet, there is nothing to tell; where no
// comparison follows, it is told later.
func TestReceiptsOfANewcomer(t *testing.T) {
	now := testNow()
	clock := Options{Now: func() time.Time { return now }}
	ada, bev := homeWith(t, "Ada", clock), homeWith(t, "Bev", clock)
	g := ada.found("Ada")
	joinVia(t, ada, bev, g, asMember)
	bev.groups[g].rounds = rounds{} // as it is until the history is here
	ada.talk(g, "here", "we", "are")
	raws, err := ada.Envelopes(t.Context(), g, bev.Lacks(g, ada.idsOf(g)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bev.Accept(t.Context(), g, kp1.DID{}, raws); err != nil {
		t.Fatal(err)
	}
	give := func() {
		t.Helper()
		if _, err := bev.GiveReceipts(g); err != nil {
			t.Fatal(err)
		}
	}
	if give(); bev.receipted(g) != 0 {
		t.Error("a receipt while the history comes")
	}
	now = now.Add(16 * time.Minute)
	if give(); bev.receipted(g) != 1 {
		t.Errorf("%d receipts after a quarter of an hour in which nobody was met, want one", bev.receipted(g))
	}
}

// TestSeen: what a person opened is told where the group shows it, for what everybody may read, and no sooner than it is there.
func TestSeen(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	now = now.Add(time.Hour)
	th := ada.do(g, thread.New{Title: "who reads this?"})
	post := ada.do(g, thread.Post{Thread: th, Text: "and this?"})
	ada.leave(g, bev)
	open := func(ids ...kp1.ID) {
		t.Helper()
		if err := bev.Opened(g, ids...); err != nil {
			t.Fatal(err)
		}
		bev.tendOnce(g)
		bev.leave(g, ada)
	}
	open(post)
	if d := ada.Delivery(g, post); len(d.Seen) != 0 || d.Devices != 1 {
		t.Errorf("the group shows nothing: %+v", d)
	}
	shown := group.SeenShown
	if _, err := ada.SetPolicy(context.Background(), g, group.PolicyFields{Seen: &shown}); err != nil {
		t.Fatal(err)
	}
	ada.leave(g, bev)
	open(post, th)
	if d := ada.Delivery(g, post); len(d.Seen) != 1 || d.Seen[0] != bev.View().Group(g).Me {
		t.Errorf("opened: %+v", d)
	}
	if d := ada.Delivery(g, th); len(d.Seen) != 1 {
		t.Errorf("opened: %+v", d)
	}
	ids, err := ada.Propose(context.Background(), g, Draft{Act: thread.New{Title: "for Bev"}, Comp: kp1.CompTeam, For: []kp1.MID{bev.View().Group(g).Me}})
	if err != nil {
		t.Fatal(err)
	}
	ada.leave(g, bev)
	now = now.Add(time.Hour)
	open(ids[0])
	if d := ada.Delivery(g, ids[0]); d.Devices != 1 || len(d.Seen) != 0 {
		t.Errorf("opened, and for few: %+v", d)
	}
	meet(t, ada, bev, g)
	kept := group.SeenKept
	if _, err := ada.SetPolicy(context.Background(), g, group.PolicyFields{Seen: &kept}); err != nil {
		t.Fatal(err)
	}
	if d := ada.Delivery(g, post); len(d.Seen) != 0 {
		t.Errorf("the group shows it no more: %+v", d)
	}
	ada.clean()
	bev.clean()
}

// wide is a receipt that is as large as any may be.
func wide() receipt {
	r := receipt{}
	for i := range receiptChains {
		r.Holds = append(r.Holds, holding{Device: kp1.DID{byte(i + 1)}, From: 900_000, To: kp1.MaxContentSeq, Head: kp1.ID{1}})
	}
	for i := range receiptNots {
		x := &r.Holds[i/receiptNot]
		x.Not = append(x.Not, brief{byte(i + 1)})
	}
	for i := range receiptSeen {
		r.Seen = append(r.Seen, brief{byte(i + 1)})
	}
	return r
}

// TestReceiptLimits: the largest receipt has room in an op, and one thing more in any place is refused.
func TestReceiptLimits(t *testing.T) {
	body, err := kp1.Marshal(wide())
	if err != nil || len(body) > kp1.MaxContentBody {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	if _, err := decodeReceipt(body); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(r *receipt){
		"a chain more": func(r *receipt) {
			r.Holds = append(r.Holds, holding{Device: kp1.DID{99}, From: 1, To: 1, Head: kp1.ID{1}})
		},
		"an op more, of one": func(r *receipt) { r.Holds[3].Not = make9() },
		"an op more, of all": func(r *receipt) { r.Holds[15].Not = []brief{{1}} },
		"one more seen":      func(r *receipt) { r.Seen = append(r.Seen, brief{99}) },
		"one seen twice":     func(r *receipt) { r.Seen[1] = r.Seen[0] },
		"chains unsorted":    func(r *receipt) { r.Holds[0], r.Holds[1] = r.Holds[1], r.Holds[0] },
		"from nothing":       func(r *receipt) { r.Holds[0].From = 0 },
		"backwards":          func(r *receipt) { r.Holds[0].To = r.Holds[0].From - 1 },
		"beyond a chain":     func(r *receipt) { r.Holds[0].To++ },
		"no head":            func(r *receipt) { r.Holds[0].Head = kp1.ID{} },
		"nothing":            func(r *receipt) { *r = receipt{} },
	} {
		r := wide()
		spoil(&r)
		body, err := kp1.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeReceipt(body); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := decodeReceipt(make([]byte, kp1.MaxContentBody+1)); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("a body that is too long: %v", err)
	}
}

func make9() (out []brief) {
	for i := range receiptNot + 1 {
		out = append(out, brief{byte(i + 1)})
	}
	return out
}

func FuzzReceipt(f *testing.F) {
	body, err := kp1.Marshal(wide())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeReceipt(b)
		if err != nil {
			return
		}
		again, err := kp1.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := decodeReceipt(again); err != nil || !reflect.DeepEqual(same, r) {
			t.Errorf("%+v became %+v, %v", r, same, err)
		}
	})
}

// TestReceiptsAreFew: two within ten minutes and eight in a day, whatever happens, and what waited is in the next.
func TestReceiptsAreFew(t *testing.T) {
	var a statement
	n, now := 0, uint64(1_795_000_000)
	for range 24 * 60 { // a day of minutes
		if a.may(now) {
			a = a.with(op.Signed{Op: op.Op{Time: now, Seq: uint64(n + 1)}}, receipt{Seen: []brief{{byte(n)}}}, nil)
			if n++; n == 2 && a.may(now+receiptShort-61) {
				t.Error("a third within ten minutes")
			}
		}
		now += 60
	}
	if n != receiptDaily {
		t.Errorf("%d in a day, want %d", n, receiptDaily)
	}
	if !a.may(now) || !(statement{At: []uint64{now + 9, now + 9, now + 9}}).may(now) {
		t.Error("no more the day after, or after a clock that was ahead")
	}
}

// TestReceiptLies: a device that says that it has what is not written yet, by an op that stands elsewhere or nowhere, is not
// believed for it; nor for a chain with two ops in one place, or for an op that it says it has not.
func TestReceiptLies(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	th := ada.do(g, thread.New{Title: "one"})
	post := ada.do(g, thread.Post{Thread: th, Text: "two"})
	h, mine := ada.groups[g], chain{ada.deviceOf(g), kp1.CompTeam}
	claims := func(x holding) bool {
		t.Helper()
		x.Device = mine.device
		h.statements[chain{bev.deviceOf(g), mine.comp}] = statement{Seq: 1, Holds: []holding{x}}
		return ada.has(bev, g, post)
	}
	at := h.chains[mine].seq
	if !claims(holding{From: 1, To: at, Head: post}) {
		t.Error("what is so is not believed")
	}
	for name, x := range map[string]holding{
		"of what is not written":  {From: 1, To: at + 1, Head: kp1.ID{9}},
		"by an op of another seq": {From: 1, To: at, Head: th},
		"that it has not":         {From: 1, To: at, Head: post, Not: []brief{briefOf(post)}},
		"of what came before":     {From: 1, To: at - 1, Head: th},
		"of what came after":      {From: at + 1, To: at + 1, Head: post},
	} {
		if claims(x) {
			t.Errorf("believed: %s", name)
		}
	}
	h.forks[mine] = [2]kp1.ID{th, post}
	if claims(holding{From: 1, To: at, Head: post}) {
		t.Error("believed: a chain with two ops in one place")
	}
	delete(h.forks, mine)
	claims(holding{From: 1, To: at, Head: post})
	if err := ada.Lost(g, bev.deviceOf(g), ada.idsOf(g)); err != nil || ada.has(bev, g, post) {
		t.Errorf("believed: what it says itself that it has no more (%v)", err)
	}
}

// TestReceiptVectors reads docs/spec/vectors/receipt.json.
func TestReceiptVectors(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "docs", "spec", "vectors", "receipt.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Vectors []struct {
			Name string
			In   struct {
				H []struct {
					DID, Head string
					From, To  uint64
					Not       []string
				}
				S []string
			}
			Expect struct {
				Body    string
				Refused bool
			}
		}
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	bytesOf := func(text string, to []byte) {
		t.Helper()
		b, err := hex.DecodeString(text)
		if err != nil || copy(to, b) != len(b) || len(b) != len(to) {
			t.Fatalf("%q: %v", text, err)
		}
	}
	names := func(texts []string) (out []brief) {
		for _, x := range texts {
			var b brief
			bytesOf(x, b[:])
			out = append(out, b)
		}
		return out
	}
	for _, v := range all.Vectors {
		r := receipt{Seen: names(v.In.S)}
		for _, x := range v.In.H {
			y := holding{From: x.From, To: x.To, Not: names(x.Not)}
			bytesOf(x.DID, y.Device[:])
			bytesOf(x.Head, y.Head[:])
			r.Holds = append(r.Holds, y)
		}
		body, err := kp1.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(body); got != v.Expect.Body {
			t.Errorf("%s: %s, want %s", v.Name, got, v.Expect.Body)
		}
		if _, err := decodeReceipt(body); (err != nil) != v.Expect.Refused {
			t.Errorf("%s: %v, refused is to be %v", v.Name, err, v.Expect.Refused)
		}
	}
	if len(all.Vectors) < 4 {
		t.Errorf("%d vectors", len(all.Vectors))
	}
}
