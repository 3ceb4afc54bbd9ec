package network

import (
	"math/rand/v2"
	"slices"
	"time"

	"kith/network/reconcile"
	"kith/network/wire"
)

const (
	smallFetch = 64 // ids up to which several devices may be asked by turns; more is fetched from one at a time
	asksMost   = 2  // Want frames on the way at once
	partsMost  = 8  // chunks of files asked for in one of them
	partsLook  = 256
)

// fetch is what a lane wants of the other side.
type fetch struct {
	ids     []EnvelopeID
	ranges  []reconcile.Range
	parts   []EnvelopeID   // chunks of files that the other side has: what nobody else was asked for, a few at a time
	later   [][]EnvelopeID // offers, looked at once what came before them is filed: it may say what they are
	asks    []ask
	asked   map[EnvelopeID]struct{}
	unfiled int       // envelopes that came and are not yet answered for
	window  int       // bytes the other side may still send
	fed     time.Time // when something asked for last came, or the asking began
}

// ask is an unanswered Want.
type ask struct {
	left int  // envelopes that it may still bring; -1 for a range
	part bool // of chunks of files
}

// starved reports whether the other side has left what we asked for unanswered for too long. Other lanes wait for it.
func (l *lane) starved(now time.Time) bool {
	return len(l.asks) > 0 && l.unfiled == 0 && now.Sub(l.fed) >= idleMost
}

func (l *lane) fetching() bool {
	return len(l.parts) > 0 || len(l.later) > 0 || len(l.ids) > 0 || len(l.ranges) > 0 || len(l.asks) > 0 || l.unfiled > 0
}

// fetchAll asks for what a round has shown, unless another lane is already fetching much for the group: then a new
// round follows that, and finds what is still missing.
func (l *lane) fetchAll(ids []EnvelopeID, ranges []reconcile.Range) {
	lacks := l.s.n.shelf.Lacks(l.group, ids)
	l.tellGone(ids, lacks)
	if !l.s.n.quota.room() {
		return
	}
	ids = l.takeParts(l.s.n.quota.wanted(l.s.peer, lacks))
	if !l.s.n.quota.trusted(l.s.peer) { // a few at a time, and which ones is not theirs to say
		rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		ids, ranges = ids[:min(len(ids), wire.MaxIDs)], nil
	}
	if len(ids)+len(ranges) == 0 {
		l.askMore()
		return
	}
	if (len(ids) > smallFetch || len(ranges) > 0) && !l.s.n.desk.take(l) {
		l.deferred = true
		l.askMore()
		return
	}
	mine := l.still(l.s.n.desk.ask(l, ids))
	if len(mine) < len(ids) {
		l.deferred = l.s.n.desk.wait(l)
	}
	l.ids = append(l.ids, mine...)
	l.ranges = append(l.ranges, ranges...)
	l.askMore()
}

// offer takes ids the other side thinks we lack.
func (l *lane) offer(body []byte) error {
	ids, err := wire.ReadIDs(body)
	if err != nil {
		return err
	}
	for _, id := range ids {
		l.saw(id)
	}
	if l.inMind()+len(ids) > needMost || !l.s.n.quota.names(l.s.peer, max(len(ids), namesLeast)) {
		return errProtocol
	}
	if l.unfiled > 0 {
		l.later = append(l.later, ids)
		return nil
	}
	l.follow(ids)
	return nil
}

// follow asks for what is lacking of an offer.
func (l *lane) follow(ids []EnvelopeID) {
	lacks := l.s.n.shelf.Lacks(l.group, ids)
	l.tellGone(ids, lacks)
	if !l.s.n.quota.room() {
		return
	}
	l.ids = append(l.ids, l.still(l.s.n.desk.ask(l, l.takeParts(l.s.n.quota.wanted(l.s.peer, lacks))))...)
	l.askMore()
}

// still leaves out of ids, which the desk has noted as ours, what another lane filed between our look at the shelf and that note.
func (l *lane) still(ids []EnvelopeID) []EnvelopeID {
	lacks := l.s.n.shelf.Lacks(l.group, ids)
	if len(lacks) == len(ids) {
		return ids
	}
	is := make(map[EnvelopeID]bool, len(lacks))
	for _, id := range lacks {
		is[id] = true
	}
	for _, id := range ids {
		if !is[id] {
			l.s.n.desk.got(id)
		}
	}
	return lacks
}

// inMind is how many ids it may yet ask for.
func (l *lane) inMind() int {
	n := len(l.ids) + len(l.parts)
	for _, ids := range l.later {
		n += len(ids)
	}
	return n
}

// takeParts keeps the chunks of files among ids in mind, and returns the others.
func (l *lane) takeParts(ids []EnvelopeID) []EnvelopeID {
	parts := l.s.n.shelf.Parts(l.group, ids)
	if len(parts) == 0 {
		return ids
	}
	is := make(map[EnvelopeID]bool, len(parts))
	for _, id := range parts {
		is[id] = true
	}
	have := make(map[EnvelopeID]bool, len(l.parts))
	for _, id := range l.parts {
		have[id] = true
	}
	for _, id := range parts {
		if !have[id] && len(l.parts) < needMost {
			l.parts = append(l.parts, id)
		}
	}
	return without(ids, func(id EnvelopeID) bool { return is[id] })
}

// someParts picks the next few chunks that are lacking still and that nobody else was asked for. What others were asked for
// is theirs to bring: where they do not, a new round finds it.
func (l *lane) someParts() (mine []EnvelopeID) {
	for len(l.parts) > 0 && len(mine) == 0 {
		look := l.parts[:min(partsLook, len(l.parts))]
		lacks := l.s.n.shelf.Lacks(l.group, look)
		noted := l.s.n.desk.some(l, lacks, partsMost)
		if len(noted) == 0 {
			l.deferred = l.s.n.desk.wait(l) || l.deferred
			l.parts = l.parts[len(look):]
			continue
		}
		mine = l.still(noted)
		left := without(lacks, func(id EnvelopeID) bool { return slices.Contains(noted, id) })
		l.parts = l.parts[len(look)-len(left):] // in their place, however many follow
		copy(l.parts, left)
	}
	return mine
}

// needMost is the ids a lane may have in mind to ask for.
const needMost = 1 << 18

// rest asks for nothing more: there is no room for it.
func (l *lane) rest() {
	for _, id := range l.ids {
		l.s.n.desk.got(id)
	}
	l.ids, l.ranges, l.parts, l.later = nil, nil, nil, nil
}

func (l *lane) askMore() {
	l.stirred = l.stirred || len(l.ranges)+len(l.ids)+len(l.parts) > 0
	if len(l.asks) == 0 {
		l.fed = time.Now()
	}
	for len(l.asks) < asksMost {
		switch {
		case len(l.ranges) > 0:
			l.s.n.count.asks.Add(1)
			l.say(wire.WantRange, wire.RangeBody(l.ranges[0]))
			l.ranges, l.asks = l.ranges[1:], append(l.asks, ask{left: -1})
		case len(l.ids) > 0:
			n := min(len(l.ids), wire.MaxIDs)
			for _, id := range l.ids[:n] {
				l.asked[id] = struct{}{}
			}
			l.s.n.count.asks.Add(1)
			l.say(wire.Want, wire.IDsBody(l.ids[:n]))
			l.ids, l.asks = l.ids[n:], append(l.asks, ask{left: n})
		default:
			some := l.someParts()
			if len(some) == 0 {
				return
			}
			for _, id := range some {
				l.asked[id] = struct{}{}
			}
			l.s.n.count.asks.Add(1)
			l.say(wire.Want, wire.IDsBody(some))
			l.asks = append(l.asks, ask{len(some), true})
		}
	}
}

// arrive takes an envelope, asked for or new. More than the window allows, or an answer to nothing, ends the session.
func (l *lane) arrive(f wire.Frame) error {
	if l.window <= 0 {
		return errProtocol
	}
	a := arrival{lane: l, env: f.Body, id: idOf(f.Body)}
	l.window -= len(f.Body)
	l.unfiled++
	l.saw(a.id)
	if f.Kind == wire.Push {
		a.refused = !l.s.n.quota.push(l.s.peer, len(f.Body))
		l.s.n.desk.ask(l, []EnvelopeID{a.id})
	} else {
		if len(l.asks) == 0 || l.asks[0].left == 0 {
			return errProtocol
		}
		if l.asks[0].left > 0 {
			l.asks[0].left--
		}
		l.fed = time.Now()
	}
	if l.s.in.put(a, f.Kind == wire.Env) {
		l.s.gather.Reset(batchTime)
	}
	return nil
}

// spare lets others fetch as well once nothing but chunks of files is left.
func (l *lane) spare() {
	if l.unfiled+len(l.ids)+len(l.ranges) == 0 && !slices.ContainsFunc(l.asks, func(a ask) bool { return !a.part }) {
		l.s.n.desk.spare(l)
	}
}

func (l *lane) served() error {
	if len(l.asks) == 0 {
		return errProtocol
	}
	was := l.asks[0]
	l.asks, l.fed = l.asks[1:], time.Now()
	if !was.part || len(l.asks) == 0 { // else more of the same is on its way, and shares a commit with what is here
		l.s.in.flush()
	}
	l.askMore()
	l.spare()
	l.settle()
	return nil
}
