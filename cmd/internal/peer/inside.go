package peer

import (
	"kith/network"
	"kith/store"
)

// Inside returns what lies beneath an open peer, for workloads and simulators that count: the ledger, nil while the
// home is empty or locked, and the node, nil while nothing serves. Neither may be closed by the caller.
func (p *Peer) Inside() (*store.Ledger, *network.Node) {
	in, err := p.now()
	if err != nil {
		return nil, nil
	}
	return in.ledger, p.running()
}
