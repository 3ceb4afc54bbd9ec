package network

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"kith/network/wire"
)

const (
	batchMost  = 1000                  // envelopes handed to the shelf in one call
	batchWait  = 500                   // envelopes of a longer answer that are gathered before it is called
	batchBytes = windowSize / 2        // or bytes
	batchTime  = 50 * time.Millisecond // or how long the first has waited
)

// arrival is one envelope that came. refused ones are not filed, but keep their place in the order.
type arrival struct {
	lane    *lane
	env     []byte
	id      EnvelopeID
	refused bool
}

// filer is the envelopes a session has received and not yet filed; the credit window bounds it.
type filer struct {
	mu       sync.Mutex
	arrivals []arrival
	bytes    int
	due      bool // not to be gathered any longer
	bell     chan struct{}
}

func (f *filer) init() { f.bell = make(chan struct{}, 1) }

// put adds what came; more says that the rest of the same answer is on its way. It reports whether it is the first to
// wait for more.
func (f *filer) put(a arrival, more bool) (first bool) {
	f.mu.Lock()
	f.arrivals = append(f.arrivals, a)
	f.bytes += len(a.env)
	f.due = f.due || !more
	first = more && len(f.arrivals) == 1
	f.mu.Unlock()
	ring(f.bell)
	return first
}

// flush has what is gathered filed now.
func (f *filer) flush() {
	f.mu.Lock()
	f.due = len(f.arrivals) > 0
	f.mu.Unlock()
	ring(f.bell)
}

// batch takes the longest run of one lane from the front; nothing while more is gathered.
func (f *filer) batch() []arrival {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.due && len(f.arrivals) < batchWait && f.bytes < batchBytes {
		return nil
	}
	n := 0
	for n < len(f.arrivals) && n < batchMost && f.arrivals[n].lane == f.arrivals[0].lane {
		n++
	}
	b := f.arrivals[:n:n]
	f.arrivals = f.arrivals[n:]
	for _, a := range b {
		f.bytes -= len(a.env)
	}
	if f.due = len(f.arrivals) > 0; !f.due {
		f.arrivals = nil
	}
	return b
}

// checked is a batch that the shelf has looked at and not yet filed.
type checked struct {
	lane  *lane
	batch []arrival
	envs  int  // of the batch that were not refused before
	file  File // nil when there are none
}

// check hands what came to the shelf, one batch ahead of file.
func (s *session) check(ctx context.Context, out chan<- checked) error {
	for {
		batch := s.in.batch()
		if len(batch) == 0 {
			select {
			case <-s.in.bell:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		select {
		case out <- s.checkBatch(batch):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *session) checkBatch(batch []arrival) checked {
	c := checked{lane: batch[0].lane, batch: batch}
	var envs [][]byte
	for _, a := range batch {
		if !a.refused {
			envs = append(envs, a.env)
		}
	}
	if c.envs = len(envs); c.envs > 0 {
		c.file = s.n.shelf.Accept(c.lane.group, s.peer, envs)
	}
	return c
}

// file has the shelf commit and, after that, tells the lane, which tells the sender.
func (s *session) file(ctx context.Context, in <-chan checked) error {
	for {
		select {
		case c := <-in:
			filed, err := s.fileBatch(ctx, c)
			if err != nil {
				return err
			}
			s.post(func() { c.lane.filed(c.batch, filed) })
			s.n.passOn(c.lane.group, filed.New, s)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *session) fileBatch(ctx context.Context, c checked) (Filed, error) {
	if c.file == nil {
		return Filed{}, nil
	}
	filed, err := c.file(ctx)
	if err != nil {
		return filed, err
	}
	s.n.count.received.Add(int64(len(filed.New)))
	s.n.count.refused.Add(int64(c.envs - len(filed.Held)))
	s.n.tell(Received{Group: c.lane.group, Peer: s.peer, Held: len(filed.Held), New: len(filed.New)})
	return filed, nil
}

// filed answers a batch: which of the envelopes are on our disk, in the order they came.
func (l *lane) filed(batch []arrival, filed Filed) {
	held := make(map[EnvelopeID]bool, len(filed.Held))
	for _, id := range filed.Held {
		held[id] = true
	}
	crowded := make(map[EnvelopeID]bool, len(filed.NoRoom))
	for _, id := range filed.NoRoom {
		crowded[id] = true
	}
	if filed.Full {
		l.s.n.quota.full()
		l.rest()
	}
	var refused []wire.Refusal
	fresh := make(map[EnvelopeID]bool, len(filed.New))
	for _, id := range filed.New {
		fresh[id] = true
	}
	var old []EnvelopeID
	for i, a := range batch {
		if held[a.id] && !fresh[a.id] {
			old = append(old, a.id)
		}
		switch {
		case !a.refused && held[a.id]:
		case !a.refused && crowded[a.id]:
			refused = append(refused, wire.Refusal{At: i, Why: wire.NoRoom})
			l.s.n.quota.crowded(l.s.peer, a.id)
		default:
			refused = append(refused, wire.Refusal{At: i})
			if !a.refused {
				l.s.n.quota.refused(l.s.peer, a.id)
			}
		}
		l.unfiled--
		l.window += len(a.env)
		l.s.n.desk.got(a.id)
		delete(l.asked, a.id)
	}
	l.say(wire.Stored, wire.StoredBody(len(batch), refused, !l.s.first))
	l.tellGone(old, nil)
	l.spare()
	if later := l.later; l.unfiled == 0 && len(later) > 0 {
		l.later = nil
		for _, ids := range later {
			l.follow(ids)
		}
	}
	l.settle()
}

func idOf(env []byte) EnvelopeID { return sha256.Sum256(env) }

func without(ids []EnvelopeID, drop func(EnvelopeID) bool) []EnvelopeID {
	return slices.DeleteFunc(slices.Clone(ids), drop)
}
