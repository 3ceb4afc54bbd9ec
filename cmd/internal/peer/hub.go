package peer

import (
	"context"
	"iter"
	"sync"

	"kith/cmd/internal/verb"
	"kith/network"
	"kith/store/kp1"
)

// hub tells whoever listens what happens. A slow listener misses some rather than slowing the peer.
type hub struct {
	mu   sync.Mutex
	ears map[chan verb.Event]bool
}

// earRoom is how many events one listener may be behind.
const earRoom = 1024

func (h *hub) tell(e verb.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.ears {
		select {
		case c <- e:
		default:
		}
	}
}

func (h *hub) listen() (c chan verb.Event, stop func()) {
	c = make(chan verb.Event, earRoom)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ears == nil {
		h.ears = map[chan verb.Event]bool{}
	}
	h.ears[c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.ears, c)
	}
}

// Events yields what happens from now on, until ctx ends.
func (p *Peer) Events(ctx context.Context) iter.Seq[verb.Event] {
	c, stop := p.hear.listen()
	return func(yield func(verb.Event) bool) {
		defer stop()
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-c:
				if !yield(e) {
					return
				}
			}
		}
	}
}

func plainEvent(what string) verb.Event { return verb.Event{What: what} }

func eventApplied(g kp1.GID, ids []kp1.ID) verb.Event {
	return verb.Event{What: verb.EventApplied, Group: g, IDs: ids, N: len(ids)}
}

// told passes on what the node says. Who is connected it asks the node itself: of two sessions with one device, the end of
// the first may be told after the beginning of the second.
func (p *Peer) told(e network.Event) {
	switch e := e.(type) {
	case network.Connected:
		p.wake.set()
		for _, g := range e.Groups {
			p.hear.tell(verb.Event{What: verb.EventConnected, Group: kp1.GID(g), Peer: e.Peer.String(), N: 1})
		}
	case network.Disconnected, network.Rerouted:
		p.wake.set()
	case network.Received:
		if e.New > 0 {
			p.hear.tell(verb.Event{What: verb.EventReceived, Group: kp1.GID(e.Group), Peer: e.Peer.String(), N: e.New})
		}
	case network.Stored:
		p.hear.tell(verb.Event{What: verb.EventStored, Group: kp1.GID(e.Group), Peer: e.Peer.String(), IDs: toStore(e.IDs), N: len(e.IDs)})
	case network.Level:
		p.level(e)
	case network.Posted:
		p.requested()
	case network.Listening:
		p.wake.set()
	}
}

// requested tells of requests that wait for an admin.
func (p *Peer) requested() {
	in, err := p.now()
	if err != nil {
		return
	}
	for _, g := range in.ledger.View().Groups {
		for _, r := range g.Requests {
			if in.shelf.firstSight(r.ID) {
				p.hear.tell(verb.Event{What: verb.EventRequest, Group: g.ID, Request: r.ID.String(), N: 1})
			}
		}
	}
	p.wake.set()
}
