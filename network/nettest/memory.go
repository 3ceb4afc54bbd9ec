package nettest

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
)

// The faults of a link in memory.
var (
	ErrUnreachable = errors.New("nobody there")
	ErrReset       = errors.New("stream reset")
)

// Air is a network of streams in memory, each with the same latency one way. Made, used and closed inside one bubble.
type Air struct {
	Latency time.Duration
	mu      sync.Mutex
	ports   map[peer.ID]*Port
	cut     func(a, b peer.ID) bool
	work    sync.WaitGroup
}

// NewAir is an empty network.
func NewAir(latency time.Duration) *Air { return &Air{Latency: latency, ports: map[peer.ID]*Port{}} }

// Wait returns when no stream's handler is running any more.
func (a *Air) Wait() { a.work.Wait() }

// Cut makes pairs of devices unreachable, ending what they have open; nil heals everything.
func (a *Air) Cut(cut func(a, b peer.ID) bool) {
	a.mu.Lock()
	a.cut = cut
	ports := make([]*Port, 0, len(a.ports))
	for _, p := range a.ports {
		ports = append(ports, p)
	}
	a.mu.Unlock()
	if cut == nil {
		return
	}
	for _, p := range ports {
		for _, q := range p.Peers() {
			if cut(p.id, q) || cut(q, p.id) {
				p.Drop(q)
			}
		}
	}
}

// Port is one device's end: a network.Link.
type Port struct {
	Old   bool // it speaks the first protocol alone; set before its node serves
	air   *Air
	id    peer.ID
	mu    sync.Mutex
	h     *network.Handlers
	conns map[peer.ID]*conn
	open  bool
	shut  bool
}

// conn is one connection, known to both ends.
type conn struct {
	dialler peer.ID
	mu      sync.Mutex
	streams []*Stream
}

// NewPort is a device's end, reachable once its node serves.
func (a *Air) NewPort(id peer.ID) *Port { return &Port{air: a, id: id, conns: map[peer.ID]*conn{}} }

// Self is the device.
func (p *Port) Self() peer.ID { return p.id }

// Listen makes the device reachable, or not.
func (p *Port) Listen(on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = on
	return nil
}

func (p *Port) listens() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// Start tells whom to call.
func (p *Port) Start(h network.Handlers) error {
	p.mu.Lock()
	p.h = &h
	p.mu.Unlock()
	p.air.mu.Lock()
	p.air.ports[p.id] = p
	p.air.mu.Unlock()
	return nil
}

var somewhere = ma.StringCast("/memory/1")

// Addrs is one address that leads nowhere; devices in memory are found by name.
func (p *Port) Addrs() []ma.Multiaddr { return []ma.Multiaddr{somewhere} }

func (p *Port) handlers() *network.Handlers {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.h
}

// Dial connects, after a round trip.
func (p *Port) Dial(ctx context.Context, to peer.ID, _ []ma.Multiaddr) error {
	if p.connTo(to) != nil {
		return nil
	}
	if err := sleep(ctx, 2*p.air.Latency); err != nil {
		return err
	}
	p.air.mu.Lock()
	q, cut := p.air.ports[to], p.air.cut != nil && (p.air.cut(p.id, to) || p.air.cut(to, p.id))
	p.air.mu.Unlock()
	if q == nil || cut || !q.listens() || !q.handlers().Admit(p.id) {
		return ErrUnreachable
	}
	c := &conn{dialler: p.id}
	if !p.join(to, c) {
		return nil
	}
	if !q.join(p.id, c) {
		return nil
	}
	p.handlers().Up(to)
	q.handlers().Up(p.id)
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Port) join(to peer.ID, c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut || p.conns[to] != nil {
		return false
	}
	p.conns[to] = c
	return true
}

func (p *Port) connTo(to peer.ID) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[to]
}

// Open begins a stream of the first of these protocols that the other device speaks.
func (p *Port) Open(_ context.Context, to peer.ID, ids ...protocol.ID) (network.Stream, error) {
	c := p.connTo(to)
	p.air.mu.Lock()
	q := p.air.ports[to]
	p.air.mu.Unlock()
	if c == nil || q == nil || q.connTo(p.id) == nil {
		return nil, ErrUnreachable
	}
	id := ids[0]
	if (p.Old || q.Old) && id == network.SyncProtocol {
		if !slices.Contains(ids, network.FirstSync) {
			return nil, ErrUnreachable
		}
		id = network.FirstSync
	}
	ours, theirs := Pipe(p.air.Latency, id)
	c.mu.Lock()
	c.streams = append(slices.DeleteFunc(c.streams, (*Stream).over), ours)
	c.mu.Unlock()
	p.air.work.Go(func() { q.handlers().Stream(p.id, "10.0.0.1", id, theirs) })
	return ours, nil
}

// Dialled is somewhere, if we dialled.
func (p *Port) Dialled(to peer.ID) []ma.Multiaddr {
	if c := p.connTo(to); c != nil && c.dialler == p.id {
		return []ma.Multiaddr{somewhere}
	}
	return nil
}

// Peers is who is connected.
func (p *Port) Peers() []peer.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []peer.ID
	for q := range p.conns {
		all = append(all, q)
	}
	return all
}

// Drop ends a connection at both ends.
func (p *Port) Drop(to peer.ID) {
	p.air.mu.Lock()
	q := p.air.ports[to]
	p.air.mu.Unlock()
	p.leave(to)
	if q != nil {
		q.leave(p.id)
	}
}

func (p *Port) leave(to peer.ID) {
	p.mu.Lock()
	c := p.conns[to]
	delete(p.conns, to)
	h := p.h
	p.mu.Unlock()
	if c == nil {
		return
	}
	c.mu.Lock()
	streams := c.streams
	c.streams = nil
	c.mu.Unlock()
	for _, s := range streams {
		s.Reset()
	}
	h.Down(to)
}

// Close makes the device unreachable.
func (p *Port) Close() error {
	p.air.mu.Lock()
	if p.air.ports[p.id] == p {
		delete(p.air.ports, p.id)
	}
	p.air.mu.Unlock()
	p.mu.Lock()
	p.shut = true
	p.mu.Unlock()
	for _, q := range p.Peers() {
		p.Drop(q)
		p.air.mu.Lock()
		other := p.air.ports[q]
		p.air.mu.Unlock()
		if other != nil {
			other.leave(p.id)
		}
	}
	return nil
}

// Stream is one end of a conversation in memory: a network.Stream.
type Stream struct {
	in, out *half
	id      protocol.ID
}

// Protocol is what the stream was opened for.
func (s *Stream) Protocol() protocol.ID { return s.id }

// bufferMost is the bytes a direction holds before its writer waits.
const bufferMost = 256 << 10

// half is one direction.
type half struct {
	mu          sync.Mutex
	change      *sync.Cond
	latency     time.Duration
	parts       []part
	size        int
	closed      bool
	reset       bool
	read, write deadline // the reader's and the writer's own
}

type deadline struct {
	at    time.Time
	alarm *time.Timer
}

func (d *deadline) late() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) stop() {
	if d.alarm != nil {
		d.alarm.Stop()
		d.alarm = nil
	}
}

type part struct {
	b  []byte
	at time.Time // not readable before
}

// Pipe is two ends of a stream.
func Pipe(latency time.Duration, id protocol.ID) (a, b *Stream) {
	x, y := &half{latency: latency}, &half{latency: latency}
	x.change, y.change = sync.NewCond(&x.mu), sync.NewCond(&y.mu)
	return &Stream{x, y, id}, &Stream{y, x, id}
}

func (s *Stream) over() bool {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	return s.in.reset
}

// Read waits for bytes to arrive.
func (s *Stream) Read(b []byte) (int, error) {
	h := s.in
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.reset:
			return 0, ErrReset
		case h.read.late():
			return 0, os.ErrDeadlineExceeded
		case len(h.parts) > 0:
			if wait := time.Until(h.parts[0].at); wait > 0 {
				t := time.AfterFunc(wait, h.ring)
				h.change.Wait()
				t.Stop()
				continue
			}
			n := copy(b, h.parts[0].b)
			if h.parts[0].b = h.parts[0].b[n:]; len(h.parts[0].b) == 0 {
				h.parts = h.parts[1:]
			}
			h.size -= n
			h.change.Broadcast()
			return n, nil
		case h.closed:
			return 0, io.EOF
		}
		h.change.Wait()
	}
}

// Write waits while too much is unread.
func (s *Stream) Write(b []byte) (int, error) {
	h := s.out
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.size > bufferMost && !h.reset && !h.closed && !h.write.late() {
		h.change.Wait()
	}
	switch {
	case h.reset || h.closed:
		return 0, ErrReset
	case h.write.late():
		return 0, os.ErrDeadlineExceeded
	}
	h.parts = append(h.parts, part{slices.Clone(b), time.Now().Add(h.latency)})
	h.size += len(b)
	h.change.Broadcast()
	return len(b), nil
}

func (h *half) ring() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.change.Broadcast()
}

func (h *half) until(d *deadline, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.stop()
	if d.at = t; !t.IsZero() && !h.reset {
		d.alarm = time.AfterFunc(time.Until(t), h.ring)
	}
	h.change.Broadcast()
}

func (h *half) end(reset bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed, h.reset = true, h.reset || reset
	h.write.stop()
	if h.reset {
		h.read.stop()
	}
	h.change.Broadcast()
}

// SetDeadline ends reads and writes that wait longer.
func (s *Stream) SetDeadline(t time.Time) error {
	s.in.until(&s.in.read, t)
	s.out.until(&s.out.write, t)
	return nil
}

// CloseWrite tells the other end that nothing more comes.
func (s *Stream) CloseWrite() error {
	s.out.end(false)
	return nil
}

// Close ends our side; what was written still arrives.
func (s *Stream) Close() error { return s.CloseWrite() }

// Reset ends both sides at once.
func (s *Stream) Reset() error {
	s.in.end(true)
	s.out.end(true)
	return nil
}
