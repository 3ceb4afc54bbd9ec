package peer

import (
	"context"
	"time"

	"kith/network"
)

// nearness is whether members' computers in the same house are looked for. It outlasts a lock, and ends when it was said
// to end.
type nearness struct {
	always bool // asked for at the start
	until  time.Time
	over   *time.Timer
}

// left is for how long it goes on; 0 means without end.
func (n nearness) left() (d time.Duration, on bool) {
	if n.always {
		return 0, true
	}
	d = time.Until(n.until)
	return d, d > 0
}

// nearbyFor is how long looking around lasts once a person turned it on.
const nearbyFor = 10 * time.Minute

// Nearby looks for members' computers in the same house, for ten minutes, or stops.
func (p *Peer) Nearby(_ context.Context, on bool) error {
	p.mu.Lock()
	if p.near.over != nil {
		p.near.over.Stop()
	}
	p.near.over = nil
	switch {
	case !on:
		p.near = nearness{}
	case !p.near.always:
		p.near.until = time.Now().Add(nearbyFor)
		p.near.over = time.AfterFunc(nearbyFor, p.wake.set)
	}
	n := p.node
	p.mu.Unlock()
	if n != nil {
		p.lookAround(n)
	}
	p.wake.set()
	return nil
}

// lookAround has the node do what was asked for last. A node that does not serve yet is asked again when it does.
func (p *Peer) lookAround(n *network.Node) {
	p.mu.Lock()
	d, on := p.near.left()
	p.mu.Unlock()
	n.Nearby(on, d)
}
