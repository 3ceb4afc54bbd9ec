package network

import (
	"context"
	"slices"

	"kith/network/wire"
)

const (
	jobsMost   = 8         // Wants a device may have on the way
	namesLeast = 16        // for so many each request counts at least
	getChunk   = 64        // envelopes read from the shelf at once
	pushQueue  = 256 << 10 // bytes of pushes that may wait for credit; beyond, ranges mend it
)

// serve is what a lane sends to the other side.
type serve struct {
	jobs     []job
	pushes   [][]byte
	waiting  int // bytes of pushes
	credit   int
	inflight []sent // in the order sent; answered by Stored
}

// job is what is to be sent for one Want, and the chunks of files that are named instead.
type job struct{ ids, parts []EnvelopeID }

type sent struct {
	id EnvelopeID
	n  int
}

func (l *lane) sending() bool { return len(l.jobs) > 0 || len(l.pushes) > 0 || len(l.inflight) > 0 }

// allowed is the serving rule: nothing is sent to a device that is not in the group as we know it now.
func (l *lane) allowed() bool { return l.s.n.roster.Load().serves(l.group, l.s.peer) }

func (l *lane) want(body []byte) error {
	ids, err := wire.ReadIDs(body)
	if err != nil {
		return err
	}
	return l.addJob(ids, nil)
}

func (l *lane) wantRange(body []byte) error {
	r, err := wire.ReadRange(body)
	if err != nil {
		return err
	}
	set := l.set
	if set.Len() == 0 {
		set, _ = l.s.n.shelf.Set(l.group)
	}
	ids := make([]EnvelopeID, 0, set.Count(r))
	for it := range set.Between(r) {
		ids = append(ids, it.ID)
	}
	parts := l.s.n.shelf.Parts(l.group, ids)
	if len(parts) == 0 {
		return l.addJob(ids, nil)
	}
	is := make(map[EnvelopeID]bool, len(parts))
	for _, id := range parts {
		is[id] = true
	}
	return l.addJob(without(ids, func(id EnvelopeID) bool { return is[id] }), parts)
}

func (l *lane) addJob(ids, parts []EnvelopeID) error {
	switch {
	case !l.allowed():
		return errGone
	case len(l.jobs) >= jobsMost || !l.s.n.quota.names(l.s.peer, max(len(ids)+len(parts), namesLeast)):
		return errProtocol
	}
	l.stirred = true
	l.s.n.shelf.Order(l.group, ids)
	l.s.n.shelf.Order(l.group, parts)
	l.jobs = append(l.jobs, job{ids, parts})
	return nil
}

// send hands envelopes to the writer while there is credit and the writer's queue is short.
func (l *lane) send(ctx context.Context) error {
	for len(l.pushes) > 0 && l.credit > 0 {
		l.waiting -= len(l.pushes[0])
		l.ship(wire.Push, idOf(l.pushes[0]), l.pushes[0])
		l.pushes = l.pushes[1:]
	}
	for len(l.jobs) > 0 && l.credit > 0 && l.s.out.queued() < queueHigh {
		if !l.allowed() {
			return errGone
		}
		ids := l.jobs[0].ids[:min(getChunk, len(l.jobs[0].ids))]
		envs, err := l.s.n.shelf.Get(ctx, l.group, ids)
		if err != nil {
			return err
		}
		used := 0
		for i, env := range envs {
			if l.credit <= 0 {
				break
			}
			if used++; env != nil {
				l.ship(wire.Env, ids[i], env)
			}
		}
		if l.jobs[0].ids = l.jobs[0].ids[used:]; len(l.jobs[0].ids) == 0 {
			for some := range slices.Chunk(l.jobs[0].parts, wire.MaxIDs) {
				l.say(wire.Offer, wire.IDsBody(some))
			}
			l.jobs = l.jobs[1:]
			l.say(wire.Served, nil)
		}
	}
	return nil
}

func (l *lane) ship(k wire.Kind, id EnvelopeID, env []byte) {
	l.credit -= len(env)
	l.inflight = append(l.inflight, sent{id, len(env)})
	l.saw(id)
	l.say(k, env)
	l.s.n.count.sent.Add(1)
}

// push sends what is new on our disk, unless the other side has it.
func (l *lane) push(ids []EnvelopeID, envs [][]byte) {
	if l.closed || !l.allowed() {
		return
	}
	for i, env := range envs {
		if _, ok := l.seen[ids[i]]; ok {
			continue
		}
		switch {
		case l.credit > 0 && len(l.pushes) == 0:
			l.ship(wire.Push, ids[i], env)
		case l.waiting+len(env) <= pushQueue:
			l.pushes, l.waiting = append(l.pushes, env), l.waiting+len(env)
		default:
			l.again = true
		}
	}
}

// pass names what is new to us to a device that may lack it.
func (l *lane) pass(ids []EnvelopeID) {
	if l.closed || !l.allowed() {
		return
	}
	ids = without(ids, func(id EnvelopeID) bool { _, ok := l.seen[id]; return ok })
	for part := range slices.Chunk(ids, wire.MaxIDs) {
		l.say(wire.Offer, wire.IDsBody(part))
	}
}

// stored takes the other side's word for what is on its disk.
func (l *lane) stored(body []byte) error {
	n, refused, err := wire.ReadStored(body, !l.s.first)
	if err != nil {
		return err
	}
	if n > len(l.inflight) {
		return errProtocol
	}
	held := make([]EnvelopeID, 0, n)
	var crowded []EnvelopeID
	for i, s := range l.inflight[:n] {
		l.credit += s.n
		if len(refused) == 0 || refused[0].At != i {
			held = append(held, s.id)
			continue
		}
		if refused[0].Why == wire.NoRoom {
			crowded = append(crowded, s.id)
		}
		refused = refused[1:]
	}
	l.inflight = slices.Delete(l.inflight, 0, n)
	if len(held) > 0 {
		l.s.n.shelf.Held(l.group, l.s.peer, held, 0)
		l.s.n.tell(Stored{Group: l.group, Peer: l.s.peer, IDs: held})
	}
	if len(crowded) > 0 {
		l.s.n.shelf.Crowded(l.group, l.s.peer, crowded)
	}
	return nil
}
