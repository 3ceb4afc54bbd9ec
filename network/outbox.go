package network

import (
	"context"
	"sync"

	"kith/network/wire"
)

// outbox is the frames a session still has to write, in order. What the lanes put in are answers to the other side's
// frames, and envelopes while there is credit and the queue is short; who asks and does not read is cut off.
type outbox struct {
	w      *wire.Writer
	mu     sync.Mutex
	frames []wire.Frame
	bytes  int
	bell   chan struct{}
}

// frameCost is what a frame in the queue takes beside its body, in bytes.
const frameCost = 64

func (o *outbox) init(w *wire.Writer) { o.w, o.bell = w, make(chan struct{}, 1) }

func (o *outbox) put(f wire.Frame) {
	o.mu.Lock()
	o.frames = append(o.frames, f)
	o.bytes += frameCost + len(f.Body)
	o.mu.Unlock()
	ring(o.bell)
}

// queued is the bytes not yet handed to the stream.
func (o *outbox) queued() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

func (o *outbox) take() []wire.Frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.frames
	o.frames = nil
	return f
}

func (o *outbox) wrote(n int) (low bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.bytes
	o.bytes -= n
	return was >= queueLow && o.bytes < queueLow
}

// write drains the outbox; when it runs low the lanes are asked for more.
func (s *session) write(ctx context.Context) error {
	var before uint64 // the hello counts as well
	for {
		frames := s.out.take()
		for _, f := range frames {
			if err := s.out.w.Write(f); err != nil {
				return err
			}
			if s.out.wrote(frameCost + len(f.Body)) {
				s.post(func() {})
			}
			s.touch()
		}
		if len(frames) > 0 {
			continue
		}
		if err := s.out.w.Flush(); err != nil {
			return err
		}
		s.n.count.out.Add(s.out.w.Bytes() - before)
		before = s.out.w.Bytes()
		select {
		case <-s.out.bell:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
