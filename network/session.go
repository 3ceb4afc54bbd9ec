package network

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"kith/network/wire"
)

const (
	idleMost  = 30 * time.Second // without a whole frame either way, while something is awaited
	busyMost  = 10 * time.Minute // of one bout; the next session takes it up again
	queueLow  = 64 << 10         // bytes in the writer's queue below which more envelopes are fetched
	queueHigh = 256 << 10        // bytes in the writer's queue above which none are
	queueMost = 8 << 20          // bytes in the writer's queue, and as much again for each lane, at which the session ends
)

var (
	errIdle     = errors.New("session is idle")
	errSlow     = errors.New("the other side asks and does not read")
	errReplaced = errors.New("session is replaced by another")
	errProtocol = errors.New("session breaks the protocol")
	errGone     = errors.New("no longer a member's device")
)

// session is everything said with one device over one stream: a lane for each group both are in. One goroutine, turn,
// owns the lanes; others read, write and file, and hand it what happened.
type session struct {
	n      *Node
	peer   peer.ID
	ours   bool // we opened the stream
	first  bool // the first protocol is spoken: refusals do not say why, and windows are small
	path   Path
	born   time.Time
	stream Stream
	r      *wire.Reader
	out    outbox
	in     filer
	nonce  [32]byte
	lanes  []*lane
	shared []GroupID // what we hoped to share; when that changes the session is begun anew

	mu    sync.Mutex
	posts []func()
	bell  chan struct{}

	moved  atomic.Int64 // unix nanoseconds of the last whole frame
	busyAt time.Time
	gather *time.Timer // ends the gathering of a batch
	stop   func(error) // ends the session for a reason; the first call counts
	quit   chan error
	ended  chan struct{}
}

func newSession(n *Node, p peer.ID, ours bool, stream Stream, r *wire.Reader, w *wire.Writer, m meeting, found []common) *session {
	s := &session{
		n: n, peer: p, ours: ours, first: stream.Protocol() != SyncProtocol, path: pathOf(stream), born: time.Now(), stream: stream, r: r, nonce: SessionNonce(m.nI, m.nR),
		bell: make(chan struct{}, 1), quit: make(chan error, 1), ended: make(chan struct{}),
	}
	s.stop = func(err error) {
		select {
		case s.quit <- err:
		default:
		}
	}
	s.out.init(w)
	s.in.init()
	for i, c := range found {
		s.lanes = append(s.lanes, newLane(s, uint8(i), c, m))
	}
	return s
}

// lane finds the lane of a group, or nil.
func (s *session) lane(g GroupID) *lane {
	for _, l := range s.lanes {
		if l.group == g {
			return l
		}
	}
	return nil
}

// post hands f to the goroutine that owns the lanes. It never blocks.
func (s *session) post(f func()) {
	s.mu.Lock()
	s.posts = append(s.posts, f)
	s.mu.Unlock()
	ring(s.bell)
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

func (s *session) taken() []func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.posts
	s.posts = nil
	return p
}

// live runs the session until its stream ends, something breaks, or ctx ends. All its goroutines end with it.
func (s *session) live(ctx context.Context) error {
	defer close(s.ended)
	g, ctx := errgroup.WithContext(ctx)
	frames, batches := make(chan wire.Frame), make(chan checked)
	s.touch()
	g.Go(func() error { return s.read(ctx, frames) })
	g.Go(func() error { return s.write(ctx) })
	g.Go(func() error { return s.check(ctx, batches) })
	g.Go(func() error { return s.file(ctx, batches) })
	g.Go(func() error { return s.turn(ctx, frames) })
	g.Go(func() error { // whoever fails first ends the stream, and with it the others
		defer s.stream.Reset()
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.quit:
			return err
		}
	})
	err := g.Wait()
	for _, l := range s.lanes {
		l.close()
	}
	return err
}

func (s *session) touch() { s.moved.Store(time.Now().UnixNano()) }

func (s *session) read(ctx context.Context, frames chan<- wire.Frame) error {
	s.r.Allow(wire.Addrs, wire.Recon, wire.Offer, wire.Want, wire.WantRange, wire.Env, wire.Push, wire.Served, wire.Stored, wire.Done, wire.Gone)
	var before uint64 // the hello counts as well
	for {
		f, err := s.r.Next()
		if err != nil {
			return err
		}
		s.n.count.in.Add(s.r.Bytes() - before)
		before = s.r.Bytes()
		s.touch()
		select {
		case frames <- f:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// turn is the one goroutine that moves the lanes on.
func (s *session) turn(ctx context.Context, frames <-chan wire.Frame) error {
	idle := time.NewTimer(idleMost)
	defer idle.Stop()
	s.gather = time.NewTimer(idleMost)
	defer s.gather.Stop()
	for _, l := range s.lanes {
		l.greet()
	}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.bell:
			for _, f := range s.taken() {
				f()
			}
		case f := <-frames:
			if int(f.Lane) >= len(s.lanes) {
				return errProtocol
			}
			if err := s.lanes[f.Lane].take(ctx, f); err != nil {
				return fmt.Errorf("frame %d: %w", f.Kind, err)
			}
			if s.out.queued() > queueMost*(1+len(s.lanes)) {
				return errSlow
			}
		case <-s.gather.C:
			s.in.flush()
			continue
		case <-idle.C:
			if err := s.overdue(); err != nil {
				return err
			}
			if s.busy() {
				idle.Reset(idleMost / 3)
			}
			continue
		}
		for _, l := range s.lanes {
			if err := l.pump(ctx); err != nil {
				return err
			}
		}
		switch busy := s.busy(); {
		case busy && s.busyAt.IsZero(): // from rest to work: the clock starts
			s.busyAt = time.Now()
			s.touch()
			idle.Reset(idleMost)
		case !busy:
			s.busyAt = time.Time{}
		}
	}
}

func (s *session) busy() bool {
	for _, l := range s.lanes {
		if l.busy() {
			return true
		}
	}
	return s.out.queued() > 0
}

func (s *session) overdue() error {
	if !s.busy() {
		return nil
	}
	now := time.Now()
	for _, l := range s.lanes {
		if l.starved(now) {
			return errIdle
		}
	}
	if now.Sub(time.Unix(0, s.moved.Load())) >= idleMost || now.Sub(s.busyAt) >= busyMost {
		return errIdle
	}
	return nil
}
