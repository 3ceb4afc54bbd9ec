package network

import (
	"context"
	"slices"
	"time"

	"kith/network/reconcile"
	"kith/network/wire"
)

const (
	windowSize = 2 << 20 // bytes of envelopes one side may send before the other has answered for them
	windowOnce = 1 << 20 // the same in the first protocol
	boutRounds = 4       // rounds in one bout of catching up; then the next bout
	sinceMost  = wire.MaxIDs
	addrsTold  = 64 // lists of addresses taken in one session: each is written down
)

// lane is one group's part of a session. Only the session's turn goroutine touches it.
type lane struct {
	s      *session
	num    uint8
	group  GroupID
	addrs  struct{ out, in crier }
	seen   map[EnvelopeID]struct{}
	told   map[EnvelopeID]time.Time // when it was told that they are gone
	waits  []chan struct{}
	closed bool

	// A bout is one or more rounds until both are level.
	round     *reconcile.Round
	opened    bool // the round, or the last one, was opened by us
	answered  bool // the round we opened has been answered
	set       reconcile.Set
	mark      Mark
	offered   bool // offers are made once a session
	again     bool // begin a round as soon as nothing else goes on
	rounds    int
	owes      bool // we owe the other side a Done
	awaits    bool // the other side owes us one
	deferred  bool // another lane is fetching what we lack: we begin a round when it is done
	theyBegin bool // the other side is in that case
	stirred   bool // something was asked for since the round began
	next      bool // we open the next round, although they opened this one

	fetch
	serve
}

func newLane(s *session, num uint8, c common, m meeting) *lane {
	l := &lane{s: s, num: num, group: c.group, seen: map[EnvelopeID]struct{}{}, told: map[EnvelopeID]time.Time{}}
	l.addrs.out, l.addrs.in = newCrier(c, m, s.ours), newCrier(c, m, !s.ours)
	window := windowSize
	if s.first {
		window = windowOnce
	}
	l.fetch = fetch{window: window, asked: map[EnvelopeID]struct{}{}}
	l.serve = serve{credit: window}
	return l
}

func (l *lane) say(k wire.Kind, body []byte) {
	l.s.out.put(wire.Frame{Kind: k, Lane: l.num, Body: body})
}

// greet is the first thing said in a lane: where we can be met; and by who opened the session, the first round.
func (l *lane) greet() {
	l.tellAddrs()
	if l.s.ours {
		l.begin()
	}
}

func (l *lane) tellAddrs() {
	if !l.s.n.roster.Load().groups[l.group].Direct || l.addrs.out.n >= addrsTold {
		return
	}
	l.say(wire.Addrs, l.addrs.out.seal(l.s.n.tales(l.group, l.s.peer)))
}

// take handles one frame.
func (l *lane) take(ctx context.Context, f wire.Frame) error {
	switch f.Kind {
	case wire.Addrs:
		if l.addrs.in.n >= addrsTold {
			return errProtocol
		}
		addrs, err := l.addrs.in.open(f.Body)
		if err == nil {
			own, others := apart(addrs)
			l.s.n.met(l.s.peer, own)
			l.s.n.told(l.group, others)
		}
		return err
	case wire.Recon:
		return l.recon(f.Body)
	case wire.Offer:
		return l.offer(f.Body)
	case wire.Want:
		return l.want(f.Body)
	case wire.WantRange:
		return l.wantRange(f.Body)
	case wire.Env, wire.Push:
		return l.arrive(f)
	case wire.Served:
		return l.served()
	case wire.Stored:
		return l.stored(f.Body)
	case wire.Gone:
		return l.goneThere(f.Body)
	case wire.Done:
		if !l.awaits || f.Body[0] > 1 {
			return errProtocol
		}
		l.awaits, l.theyBegin = false, f.Body[0] == 1
		l.settle()
	}
	return nil
}

// begin opens a round, now or as soon as what goes on has ended.
func (l *lane) begin() {
	if l.closed {
		return
	}
	if l.round != nil || l.fetching() || l.sending() || l.owes || l.awaits {
		l.again = true
		return
	}
	l.again, l.opened, l.answered = false, true, false
	l.deferred, l.theyBegin, l.stirred, l.next = false, false, false, false
	l.snapshot()
	l.makeOffer()
	l.round = reconcile.Begin(l.set, l.s.nonce)
	l.recons(wire.Start, [][]byte{l.round.Open()})
}

// snapshot is what is compared: all that is on our disk, but for what the other side has said is gone.
func (l *lane) snapshot() {
	l.set, l.mark = l.s.n.shelf.Set(l.group)
	l.set = l.set.Without(l.s.n.hushed.items(l.s.peer, l.group)...)
}

// makeOffer names, once a session, what the other side has not yet said it holds: cheaper than finding it by ranges.
func (l *lane) makeOffer() bool {
	if l.offered {
		return false
	}
	l.offered = true
	items, known := l.s.n.shelf.Since(l.group, l.s.peer, sinceMost)
	if !known || len(items) > sinceMost {
		return false
	}
	if items = slices.DeleteFunc(items, func(it reconcile.Item) bool { return !l.set.Has(it) }); len(items) == 0 {
		return false
	}
	l.say(wire.Offer, wire.IDsBody(idsOf(items)))
	return true
}

func (l *lane) recons(first wire.Turn, messages [][]byte) {
	for i, m := range messages {
		t := first
		if i < len(messages)-1 {
			t |= wire.More
		}
		l.say(wire.Recon, wire.ReconBody(t, m))
		l.s.n.count.rounds.Add(1)
	}
}

func (l *lane) recon(body []byte) error {
	t, msg, err := wire.ReadRecon(body)
	if err != nil {
		return err
	}
	switch {
	case t&wire.Start != 0:
		if l.round != nil && l.opened && !l.answered {
			if l.s.ours { // both opened one at once: ours stands, and they will see that
				return nil
			}
			l.round = nil
		}
		if l.round != nil || t != wire.Start || !l.s.n.quota.round(l.s.peer) {
			return errProtocol
		}
		return l.join(msg)
	case t == wire.Again:
		if l.round == nil || !l.opened || l.answered {
			return errProtocol
		}
		l.stirred = true
		l.ended(false)
		return nil
	case l.round == nil:
		return errProtocol
	case t == wire.Level:
		if !l.opened || l.answered {
			return errProtocol
		}
		l.conclude(true)
		return nil
	}
	l.answered = true
	reply, err := l.round.Answer(msg, t&wire.More != 0)
	if err != nil {
		return err
	}
	l.recons(0, reply)
	if l.round.Done() {
		l.conclude(false)
	}
	return nil
}

// join answers the first message of a round the other side opened.
func (l *lane) join(msg []byte) error {
	l.opened, l.answered = false, true
	l.deferred, l.theyBegin, l.stirred, l.next = false, false, false, false
	l.snapshot()
	l.round = reconcile.Begin(l.set, l.s.nonce)
	reply, err := l.round.Answer(msg, false)
	if err != nil {
		return err
	}
	switch {
	case l.round.Level():
		l.recons(wire.Level, reply)
		l.conclude(true)
	case l.fetching() || l.makeOffer():
		l.recons(wire.Again, [][]byte{msg[:1]})
		l.stirred = true
		l.ended(false)
	default:
		l.recons(0, reply)
		if l.round.Done() {
			l.conclude(false)
		}
	}
	return nil
}

// conclude takes what a finished round has shown: what they hold, and what to fetch.
func (l *lane) conclude(level bool) {
	if level {
		l.s.n.shelf.Held(l.group, l.s.peer, nil, l.mark)
		if gone := l.s.n.hushed.items(l.s.peer, l.group); len(gone) > 0 { // they were not compared
			l.s.n.shelf.Lost(l.group, l.s.peer, idsOf(gone))
		}
		l.ended(true)
		return
	}
	if items, known := l.s.n.shelf.Since(l.group, l.s.peer, sinceMost); known {
		var theirs []EnvelopeID
		for _, it := range items {
			if l.set.Has(it) && l.round.Theirs(it) {
				theirs = append(theirs, it.ID)
			}
		}
		if len(theirs) > 0 {
			l.s.n.shelf.Held(l.group, l.s.peer, theirs, 0)
			l.s.n.tell(Stored{Group: l.group, Peer: l.s.peer, IDs: theirs})
		}
	}
	ids, ranges := l.round.Sweep()
	l.fetchAll(ids, ranges)
	l.ended(false)
}

// ended closes a round. Unless both are level each side fetches, says Done, and who opened it opens the next.
func (l *lane) ended(level bool) {
	l.round = nil
	if level {
		l.rounds, l.set = 0, reconcile.Set{}
		l.s.n.tell(Level{Group: l.group, Peer: l.s.peer})
		l.release()
		return
	}
	l.rounds++
	l.owes, l.awaits = true, true
	l.settle()
}

// settle says Done when our fetching of a round has ended, and goes on when both sides' has.
func (l *lane) settle() {
	if l.fetching() {
		return
	}
	l.s.n.desk.put(l, l.asked)
	clear(l.asked)
	if l.owes {
		l.owes = false
		if _, mark := l.s.n.shelf.Set(l.group); mark != l.mark && !l.stirred { // it came from elsewhere meanwhile
			l.stirred, l.next = true, !l.opened
		}
		l.say(wire.Done, []byte{bit(l.deferred || l.next)})
	}
	if l.awaits || l.round != nil {
		return
	}
	switch {
	case l.rounds >= boutRounds || l.rounds > 0 && !l.stirred && !l.deferred && !l.theyBegin:
		l.rounds = 0
		l.release()
	case l.rounds > 0 && !l.deferred && (l.next || l.opened && !l.theyBegin):
		l.again = true
	}
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// pump moves on whatever can be: envelopes that were asked for, pushes that waited for credit, a round that waited.
func (l *lane) pump(ctx context.Context) error {
	if l.closed {
		return nil
	}
	if err := l.send(ctx); err != nil {
		return err
	}
	if l.again {
		l.begin()
	}
	return nil
}

// busy reports whether the other side owes us something, or we it.
func (l *lane) busy() bool {
	return l.round != nil || l.fetching() || l.sending() || l.owes || l.awaits
}

// wait gives a channel that is closed when the two are level, or have done what they can in one bout.
func (l *lane) wait() <-chan struct{} {
	c := make(chan struct{})
	if l.closed {
		close(c)
		return c
	}
	l.waits = append(l.waits, c)
	if !l.busy() {
		l.begin()
	}
	return c
}

func (l *lane) release() {
	for _, c := range l.waits {
		close(c)
	}
	l.waits = nil
}

func (l *lane) close() {
	l.closed = true
	l.release()
	if l.s.n.desk.leave(l) {
		l.s.n.rouse(l.group)
	}
}

// seenMost bounds what a lane remembers of what the other side has.
const seenMost = 4096

func (l *lane) saw(id EnvelopeID) {
	if len(l.seen) >= seenMost {
		clear(l.seen)
	}
	l.seen[id] = struct{}{}
}
