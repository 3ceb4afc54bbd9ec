package keeper

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/mailbox"
)

// The relay of circuits: for people of one paired group among themselves, and for nobody else.

const (
	relayKnown   = time.Hour // for which a ticket that was shown lets its visitor use the relay
	relayMost    = 4_096     // visitors remembered
	circuitLife  = 30 * time.Minute
	circuitsOf   = 64       // of one visitor at once
	circuitBytes = 64 << 20 // each way: enough for a first sync of a family, and it is resumed
)

// relayRules remember which visitors have shown a ticket of late, and whose. It is an ACLFilter of libp2p's.
type relayRules struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[peer.ID]shown
}

type shown struct {
	tenant mailbox.Tenant
	until  time.Time
}

func newRelayRules(now func() time.Time) *relayRules {
	return &relayRules{now: now, seen: map[peer.ID]shown{}}
}

// know notes that a visitor has shown a tenant's ticket.
func (r *relayRules) know(p peer.ID, t mailbox.Tenant) {
	if t == (mailbox.Tenant{}) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if len(r.seen) >= relayMost {
		for q, s := range r.seen {
			if !now.Before(s.until) {
				delete(r.seen, q)
			}
		}
	}
	if len(r.seen) < relayMost || r.seen[p] != (shown{}) {
		r.seen[p] = shown{t, now.Add(relayKnown)}
	}
}

// forget has a tenant's visitors show their tickets again.
func (r *relayRules) forget(t mailbox.Tenant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, s := range r.seen {
		if s.tenant == t {
			delete(r.seen, p)
		}
	}
}

func (r *relayRules) tenant(p peer.ID) mailbox.Tenant {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.seen[p]; r.now().Before(s.until) {
		return s.tenant
	}
	return mailbox.Tenant{}
}

// AllowReserve lets in who has shown a ticket.
func (r *relayRules) AllowReserve(p peer.ID, _ ma.Multiaddr) bool {
	return r.tenant(p) != mailbox.Tenant{}
}

// AllowConnect lets two of one tenant meet.
func (r *relayRules) AllowConnect(src peer.ID, _ ma.Multiaddr, dest peer.ID) bool {
	t := r.tenant(src)
	return t != mailbox.Tenant{} && t == r.tenant(dest)
}

// relayResources is how much the relay carries.
func relayResources() relay.Resources {
	r := relay.DefaultResources()
	r.Limit = &relay.RelayLimit{Duration: circuitLife, Data: circuitBytes}
	r.MaxReservations, r.MaxReservationsPerIP, r.MaxReservationsPerASN = 1_024, 64, 1_024
	r.MaxCircuits = circuitsOf
	r.BufferSize = 16 << 10
	return r
}
