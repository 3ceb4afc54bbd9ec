package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/link"
)

// A thief who has photographed the code takes it first, with a group of their own. The two computers that lie side by side
// then do not show the same words: the owner's shows none. Nothing is written anywhere, and the code is spent.
func TestT18ThiefWithAPhotoOfTheCode(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	bev := homes[1]
	thief := quickHome(t, "Thief")
	thief.found("Not your group")
	desk := quickHome(t, "Desk")
	shown, text := desk.show()
	thief.take(text)
	visit(t, thief, desk, shown.ID)
	bev.take(text)
	err := talkOnce(bev, desk, shown.ID)
	wantErr(t, "the owner's computer", err, ErrLinkTaken)
	if err := bev.LinkEnded(shown.ID, err); err != nil {
		t.Fatal(err)
	}
	if l := bev.linkOf(shown.ID); l.Stage != LinkOver || len(l.Words) != 0 {
		t.Errorf("the owner's computer shows %+v", l)
	}
	if l := desk.linkOf(shown.ID); !l.Others || l.Name != "Thief" {
		t.Errorf("the new computer does not say that two came: %+v", l)
	}
	thief.same(shown.ID)
	if _, err := desk.SameWords(context.Background(), shown.ID, false); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "the thief after the no", talkOnce(thief, desk, shown.ID), ErrLinkDifferent)
	if len(desk.View().Groups) != 0 || len(thief.View().Groups[0].State.Devices) != 1 || len(bev.View().Group(g).State.Devices) != 2 {
		t.Error("something was written")
	}
	_, err = thief.LinkHear(context.Background(), shown.Code.Key(), thief.peer, []byte{byte(link.StepAsk)})
	wantErr(t, "a spent code", err, ErrLinkClosed)
	_, err = thief.TakeLink(context.Background(), LinkCode{Text: text})
	wantErr(t, "a spent code, taken again", err, ErrLinkDifferent)
}

// Somebody between the two, who answers in the new computer's place with keys of their own, is found out by the code; who
// passes everything on can change nothing of it.
func TestT18MiddleMan(t *testing.T) {
	_, homes := team(t, "Ade", "Bev")
	bev := homes[1]
	desk := quickHome(t, "Desk")
	shown, text := desk.show()
	bev.take(text)
	other, err := link.NewSecret(bev.opt.orDefault().Rand, link.Second, desk.peer)
	if err != nil {
		t.Fatal(err)
	}
	swapped := func(turn []byte) ([]byte, error) {
		if link.Step(turn[0]) == link.StepAsk {
			return other.Ask(nil).Encode()
		}
		return desk.LinkHear(context.Background(), shown.Code.Key(), bev.peer, turn)
	}
	err = bev.LinkTalk(context.Background(), shown.ID, bev.peer, desk.peer, testAddrs, swapped)
	wantErr(t, "keys that the code does not promise", err, link.ErrSwapped)
	if l := bev.linkOf(shown.ID); l.Stage != LinkOver || len(l.Words) != 0 {
		t.Errorf("the link goes on: %+v", l)
	}

	for what, at := range map[string]link.Step{"offer": link.StepOffer, "late": link.StepState} {
		desk := quickHome(t, "Desk "+what)
		shown, text := desk.show()
		bev.take(text)
		bend := func(turn []byte) ([]byte, error) {
			if link.Step(turn[0]) == at && at == link.StepOffer {
				turn = bytes.Clone(turn)
				turn[len(turn)-1] ^= 1
			}
			reply, err := desk.LinkHear(context.Background(), shown.Code.Key(), bev.peer, turn)
			if err == nil && link.Step(turn[0]) == link.StepOffer && at == link.StepState {
				reply[0] ^= 1
			}
			return reply, err
		}
		if err := bev.LinkTalk(context.Background(), shown.ID, bev.peer, desk.peer, testAddrs, bend); err == nil {
			t.Errorf("%s: changed on the way and taken", what)
		}
		if a, b := bev.linkOf(shown.ID), desk.linkOf(shown.ID); len(a.Words) > 0 && sameWords(a.Words, b.Words) {
			t.Errorf("%s: both show the same words all the same", what)
		}
	}
	// The channel proves who is there: the code's own computer, and nobody else.
	desk2 := quickHome(t, "Desk two")
	shown2, text2 := desk2.show()
	bev.take(text2)
	err = bev.LinkTalk(context.Background(), shown2.ID, bev.peer, peerOf("somebody else"), testAddrs, hear(bev, desk2, shown2.Code.Key()))
	wantErr(t, "the right keys at another computer", err, link.ErrSwapped)
}

// The new computer tells the last part of what the words are made of only once the old one has said all, and to one alone:
// so nobody can look for an offer whose words they like. 44 bits tried in advance would be found in minutes.
func TestT18OneGuessAtTheWords(t *testing.T) {
	_, homes := team(t, "Ade")
	ade := homes[0]
	desk := quickHome(t, "Desk")
	shown, _ := desk.show()
	key, ctx := shown.Code.Key(), context.Background()
	raw, err := desk.LinkHear(ctx, key, ade.peer, []byte{byte(link.StepAsk)})
	if err != nil {
		t.Fatal(err)
	}
	ask, err := link.DecodeAsk(raw, shown.Code)
	if err != nil {
		t.Fatal(err)
	}
	late := desk.links[shown.ID].Late
	if bytes.Contains(raw, late) || ask.Fits([16]byte{}) {
		t.Error("the opening tells what is to be held back")
	}
	offerOf := func(name string) []byte {
		ade.mu.Lock()
		defer ade.mu.Unlock()
		plain, err := ade.makeOffer(newLinkRecord(), ade.peer, []string{"/ip4/192.0.2.1/tcp/1/p2p/" + name})
		if err != nil {
			t.Fatal(err)
		}
		box, err := link.SealOffer(ask, plain)
		if err != nil {
			t.Fatal(err)
		}
		return link.Turn{Step: link.StepOffer, Body: box}.Encode()
	}
	if got, err := desk.LinkHear(ctx, key, ade.peer, offerOf("one")); err != nil || !bytes.Equal(got, late) {
		t.Fatalf("the first offer is answered with %x, %v", got, err)
	}
	for i := range 5 {
		_, err := desk.LinkHear(ctx, key, ade.peer, offerOf(fmt.Sprint("two", i)))
		wantErr(t, "a second offer", err, ErrLinkTaken)
	}
	_, err = desk.LinkHear(ctx, key, peerOf("another"), offerOf("one"))
	wantErr(t, "an offer of another computer", err, link.ErrSwapped)
}

// Nothing is taken in before the person here has said yes, from nobody but who made the offer, and nothing but what was
// offered.
func TestT18AnswersThatDoNotFit(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	bev := homes[1]
	desk := quickHome(t, "Desk")
	shown, text := desk.show()
	bev.take(text)
	visit(t, bev, desk, shown.ID)
	bev.same(shown.ID)
	ctx, key := context.Background(), shown.Code.Key()
	s, err := desk.links[shown.ID].secret()
	if err != nil {
		t.Fatal(err)
	}
	real := bev.View().Group(g)
	good := link.Answer{Group: g, Genesis: kp1.ID(bev.groups[g].self.Genesis), Member: real.Me, Waits: true, Recovery: make([]byte, 16)}
	rs := bev.Recovery()
	copy(good.Recovery, rs[:])
	tell := func(from []byte, a link.Answer) error {
		box, err := a.Seal(s.Ask(nil))
		if err != nil {
			t.Fatal(err)
		}
		_, err = desk.LinkHear(ctx, key, from, link.Turn{Step: link.StepAnswer, Body: box}.Encode())
		return err
	}
	wantErr(t, "an answer before the words were compared", tell(bev.peer, good), ErrLinkClosed)
	desk.same(shown.ID)
	wantErr(t, "an answer before the other side said yes", tell(bev.peer, good), ErrLinkClosed)
	if _, err := desk.LinkHear(ctx, key, bev.peer, []byte{byte(link.StepState), byte(link.SaidSame)}); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "an answer of another computer", tell(peerOf("another"), good), ErrLinkClosed)
	for what, change := range map[string]func(*link.Answer){
		"another group":   func(a *link.Answer) { a.Group[0] ^= 1 },
		"another genesis": func(a *link.Answer) { a.Genesis[0] ^= 1 },
		"another member":  func(a *link.Answer) { a.Member[0] ^= 1 },
		"other words":     func(a *link.Answer) { a.Recovery = bytes.Repeat([]byte{9}, 16) },
		"another root":    func(a *link.Answer) { a.Recovery, a.Root = nil, bytes.Repeat([]byte{9}, 32) },
	} {
		a := good
		change(&a)
		wantErr(t, what, tell(bev.peer, a), ErrLinkAnswer)
	}
	if desk.Recovery() == rs || len(desk.View().Groups) != 0 {
		t.Error("a refused answer has left something")
	}
	if err := tell(bev.peer, good); err != nil || desk.Recovery() != rs {
		t.Errorf("the right answer: %v", err)
	}
}

func TestLinkCodeRunsOut(t *testing.T) {
	now := testNow()
	clock := func() time.Time { return now }
	desk := homeWith(t, "Desk", Options{Now: clock})
	_, homes := team(t, "Ade")
	ade := homes[0]
	shown, text := desk.show()
	now = now.Add(LinkLife)
	_, err := desk.LinkHear(context.Background(), shown.Code.Key(), ade.peer, []byte{byte(link.StepAsk)})
	wantErr(t, "an old code at its own computer", err, ErrLinkClosed)
	if len(desk.LinkKeys()) != 0 {
		t.Error("an old code keeps the door open")
	}
	later := homeWith(t, "Later", Options{Now: clock})
	later.found("Oak")
	_, err = later.TakeLink(context.Background(), LinkCode{Text: text})
	wantErr(t, "an old code", err, ErrLinkOld)
	if again, _ := desk.show(); again.ID == shown.ID {
		t.Error("an old code is shown again")
	}
	if n := len(desk.View().Links); n != 1 {
		t.Errorf("%d links are kept", n)
	}
}

// Either side may be restarted at every step, and a code may be taken twice.
func TestT18LinkSurvivesRestarts(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	bev := homes[1]
	bev.talk(g, "Before", "read me")
	desk := quickHome(t, "Desk")
	shown, text := desk.show()
	bev.take(text)
	dropped := errors.New("the line is cut")
	cutAfter := func(n int) func([]byte) ([]byte, error) {
		return func(turn []byte) ([]byte, error) {
			reply, err := desk.LinkHear(context.Background(), shown.Code.Key(), bev.peer, turn)
			if n--; n < 0 {
				return nil, dropped // it was heard, and the answer is lost
			}
			return reply, err
		}
	}
	step := func(n int) {
		t.Helper()
		err := bev.LinkTalk(context.Background(), shown.ID, bev.peer, desk.peer, testAddrs, cutAfter(n))
		if err != nil && !errors.Is(err, dropped) {
			t.Fatalf("cut after %d: %v", n, err)
		}
		bev.restart()
		desk.restart()
		bev.take(text)
	}
	for n := range 4 {
		step(n)
	}
	if a, b := bev.linkOf(shown.ID), desk.linkOf(shown.ID); len(a.Words) != 4 || !sameWords(a.Words, b.Words) {
		t.Fatalf("words %q and %q", a.Words, b.Words)
	}
	bev.same(shown.ID)
	desk.restart()
	desk.same(shown.ID)
	for n := range 5 {
		step(n)
	}
	meet(t, bev, desk, g)
	desk.settle()
	desk.restart()
	if l := desk.linkOf(shown.ID); l.Stage != LinkDone || !desk.View().Group(g).In || !desk.says("read me") {
		t.Errorf("after all: %+v", l)
	}
	if n := len(bev.View().Group(g).State.DevicesOf(bev.View().Group(g).Me)); n != 2 {
		t.Errorf("%d computers were named, want the old one and one new", n)
	}
	desk.clean()
	bev.clean()
}

// restart closes and opens the store.
func (h *home) restart() {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	var err error
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		h.t.Fatal(err)
	}
}

// T18: where the rule says so the second computer waits for another member's word. It gets no key before that, and all of
// them after.
func TestT18LinkThatNeedsConfirming(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	ade, bev := homes[0], homes[1]
	ctx, one := context.Background(), group.DeviceAddConfirm
	if _, err := ade.SetPolicy(ctx, g, group.PolicyFields{DeviceAdd: &one}); err != nil {
		t.Fatal(err)
	}
	bev.talk(g, "Before", "read me")
	levelAll(t, g, homes)
	desk := quickHome(t, "Desk")
	shown, text := desk.show()
	bev.take(text)
	linkThrough(t, bev, desk, shown.ID)
	if l := desk.linkOf(shown.ID); l.Stage != LinkWriting || l.Groups[0].State != LinkNamed || len(desk.View().Groups) != 0 {
		t.Fatalf("the new computer is not waiting: %+v", l)
	}
	waiting := bev.View().Group(g).State.Waiting
	if len(waiting) != 1 || len(bev.LinkVisits()) != 0 {
		t.Fatalf("waiting %d, visits %d", len(waiting), len(bev.LinkVisits()))
	}
	_, err := bev.Confirm(ctx, g, waiting[0].ID)
	wantErr(t, "confirming one's own", err, ErrOwnDevice)
	meet(t, ade, bev, g)
	if _, err := ade.Confirm(ctx, g, waiting[0].ID); err != nil {
		t.Fatal(err)
	}
	meet(t, ade, bev, g)
	if err := bev.LinkShare(); err != nil {
		t.Fatal(err)
	}
	visit(t, bev, desk, shown.ID)
	meet(t, bev, desk, g)
	desk.settle()
	if l := desk.linkOf(shown.ID); l.Stage != LinkDone || !desk.says("read me") {
		t.Errorf("after the confirmation: %+v", l)
	}
	levelAll(t, g, []*home{ade, bev, desk})
	level(t, g, ade, bev, desk)
}

// A computer that is in groups of its own keeps its twelve words. What it is linked to comes with the root key of that
// group alone, and a backup of it brings both back.
func TestT18LinkAComputerWithWordsOfItsOwn(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	bev := homes[1]
	desk := quickHome(t, "Desk")
	own := desk.found("Desk")
	words := desk.Recovery()
	_, text := desk.show()
	linkThrough(t, bev, desk, bev.take(text).ID)
	if desk.Recovery() != words || !desk.View().Group(g).In || desk.View().Group(g).Me != bev.View().Group(g).Me {
		t.Fatal("the computer is not in as its person, with the words it had")
	}
	if !bytes.Equal(public(desk.RootKey(g)), public(bev.RootKey(g))) || bytes.Equal(public(desk.RootKey(own)), public(bev.RootKey(own))) {
		t.Error("it has not the root key of that group, or more than that")
	}
	if mid := kp1.MemberID(public(desk.RootKey(own))); mid != desk.View().Group(own).Me {
		t.Error("its own group has another root")
	}
	back, r := restored(t, desk.backup(), words)
	if len(r.Groups) != 2 || !r.Groups[0].Asks || !r.Groups[1].Asks || back.View().Group(g).Me != bev.View().Group(g).Me {
		t.Errorf("restored %+v", r)
	}
}

// Linking the same computer again, say because its store is an old copy, puts the new device in the place of the old one;
// a device id never comes back.
func TestT18LinkTheSameComputerAgain(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	ade, bev := homes[0], homes[1]
	desk := second(t, bev, "Desk")
	first := desk.deviceOf(g)
	if err := desk.change(func(tx tx) error { return desk.retire(tx, first) }); err != nil {
		t.Fatal(err)
	}
	_, text := desk.show()
	linkThrough(t, bev, desk, bev.take(text).ID)
	st := bev.View().Group(g).State
	if desk.deviceOf(g) == first || len(st.DevicesOf(bev.View().Group(g).Me)) != 2 {
		t.Fatalf("devices = %d, the same one %v", len(st.Devices), desk.deviceOf(g) == first)
	}
	if _, in := st.Device(first); in {
		t.Error("the old device is in still")
	}
	th := desk.do(g, thread.New{Title: "again"})
	levelAll(t, g, []*home{bev, ade, desk})
	if _, ok := ade.View().Group(g).Care.Threads().Get(th); !ok {
		t.Error("what it writes now is not shown")
	}
	level(t, g, bev, ade, desk)
}

// T18: re-admission brings back only the device it names, not the others the person had.
func TestT18ReadmissionBringsBackOnlyNamedDevices(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	ade, bev := homes[0], homes[1]
	desk := second(t, bev, "Desk")
	levelAll(t, g, []*home{ade, bev, desk})
	me, old := bev.View().Group(g).Me, bev.deviceOf(g)
	if _, err := ade.Remove(context.Background(), g, me, ReasonUnsaid); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, []*home{ade, bev, desk})
	joinVia(t, ade, desk, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	st := ade.View().Group(g).State
	if mine := st.DevicesOf(me); len(mine) != 1 || mine[0].ID == old || mine[0].ID != desk.deviceOf(g) {
		t.Errorf("after the re-admission the person has %d computers", len(mine))
	}
	th := bev.do(g, thread.New{Title: "from the other"}) // it was not told that it is out, and may believe what it likes
	levelAll(t, g, []*home{ade, bev, desk})
	for _, h := range []*home{ade, desk} {
		if _, ok := h.View().Group(g).Care.Threads().Get(th); ok {
			t.Errorf("%s shows what a computer wrote that was not named", h.Name())
		}
	}
}

// T18: a computer that came back is carried by another member's device in that device's own talk, unchanged, stays inert
// until somebody else confirms it, and then gets its keys. Who stole the twelve words and a backup gets no further.
func TestT18CarriedHome(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	ade, bev := homes[0], homes[1]
	bev.talk(g, "Before", "in the backup")
	levelAll(t, g, homes)
	back, r := restored(t, bev.backup(), bev.Recovery())
	if len(r.Groups) != 1 || !r.Groups[0].Asks {
		t.Fatalf("restored %+v", r)
	}
	var err error
	if back.peer, err = testPeer(public(back.Transport())); err != nil {
		t.Fatal(err)
	}
	th := ade.talk(g, "After", "not in the backup")
	ctx := context.Background()
	shown, err := back.ShowLink(ctx, back.peer, true)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ade.ShowLink(ctx, ade.peer, true)
	wantErr(t, "coming back from nowhere", err, ErrLinkNothing)
	stranger := quickHome(t, "Stranger")
	stranger.found("Other")
	stranger.take(back.textOf(shown))
	wantErr(t, "a stranger who takes the code", stranger.carryFrom(back, shown.ID), ErrLinkStranger)
	if n := len(stranger.all(stranger.View().Groups[0].ID)); stranger.View().Groups[0].Waiting != 0 || n == 0 {
		t.Error("a stranger keeps what is not for them")
	}
	ade.take(back.textOf(shown))
	if err := ade.carryFrom(back, shown.ID); err != nil {
		t.Fatal(err)
	}
	if l := ade.linkOf(shown.ID); l.Stage != LinkCarried || len(l.Words) != 0 {
		t.Fatalf("carried: %+v", l)
	}
	waits := ade.View().Group(g).State.Waiting
	if len(waits) != 1 || waits[0].ID != back.deviceOf(g) || waits[0].Member != bev.View().Group(g).Me {
		t.Fatalf("waiting: %+v", waits)
	}
	// The very op of the restored device lies in an envelope that Ade's computer passes on.
	id, ok := back.groups[g].wish()
	if !ok || !ade.batchHas(g, id) {
		t.Error("the op was not carried")
	}
	// Unconfirmed it is nothing: no key is made for it, and what it writes is refused.
	if _, err := ade.Tend(ctx, g); err != nil {
		t.Fatal(err)
	}
	ade.do(g, thread.Post{Thread: th, Text: "still not for it"})
	back.give(g, ade.all(g)...)
	if _, err := back.Propose(ctx, g, Draft{Act: thread.New{Title: "too early"}, Comp: kp1.CompTeam}); err == nil {
		t.Error("a computer that waits writes")
	}
	if _, err := ade.Confirm(ctx, g, waits[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := ade.LinkShare(); err != nil {
		t.Fatal(err)
	}
	meet(t, ade, back, g)
	if !back.says("not in the backup") || !back.says("in the backup") {
		t.Error("after the confirmation it does not read all")
	}
	back.do(g, thread.Post{Thread: th, Text: "here again"})
	meet(t, ade, back, g)
	if !ade.says("here again") {
		t.Error("after the confirmation it does not write")
	}
}

// carryFrom is a visit at a computer that came back.
func (h *home) carryFrom(back *home, id link.ID) error {
	for _, v := range h.LinkVisits() {
		if v.ID == id {
			return h.LinkTalk(context.Background(), id, h.peer, back.peer, testAddrs, hear(h, back, v.Key))
		}
	}
	return errors.New("nobody to visit")
}

func (h *home) batchHas(g kp1.GID, id kp1.ID) (ok bool) {
	_ = h.view(func(t tx) error {
		ops, err := h.groups[g].index(t, opTiers, false)
		if err != nil {
			return err
		}
		_, ok, err = lookOp(ops, id)
		return err
	})
	return ok
}
