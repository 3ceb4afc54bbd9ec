package network

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// Options are what a node may be told; only Key is required.
type Options struct {
	Key    ed25519.PrivateKey // the installation's transport key: its PeerID
	Listen []string           // multiaddrs to listen on; none means a random port of every interface, QUIC and TCP
	Log    *slog.Logger       // ids and counts; nil means silence
	Tell   func(Event)        // told what happened, from the node's goroutines; must not block; nil means nobody
	Now    func() time.Time   // for the tags on the local network, which change every hour; nil means time.Now
	Every  time.Duration      // how often ranges are compared with a connected device; 0 means 4 minutes, give or take a quarter
	Links  Links              // the linking codes shown here; nil means none, ever
	Host   []libp2p.Option    // more options for the host, such as a simulated network; nil means none
}

func (o Options) orDefault() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tell == nil {
		o.Tell = func(Event) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every == 0 {
		o.Every = 4 * time.Minute
	}
	return o
}

// Stats counts one bout of catching up, or a node's whole life.
type Stats struct {
	Peers             int    // devices met
	Sent, Received    int    // envelopes sent; envelopes received that were new
	BytesIn, BytesOut uint64 // frames, before the channel's own encryption
	Rounds            int    // reconciliation messages sent
	Asks              int    // requests for envelopes sent
	Refused           int    // envelopes that were not filed
}

// Node is one device's end of every conversation. New builds it, Serve lives.
type Node struct {
	o      Options
	shelf  Shelf
	rdv    Rendezvous
	link   Link
	desk   *desk
	quota  *quota
	hushed *hush
	near   *nearby
	around *circuits

	roster atomic.Pointer[roster]
	ctx    context.Context // Serve's; nothing is started before
	up     chan struct{}   // closed when Serve listens
	kick   chan struct{}   // the dialling loop has something to do
	work   sync.WaitGroup  // every goroutine of the node but Serve's own
	ears   sync.Mutex      // held while it begins or ends to listen

	mu        sync.Mutex
	closing   bool
	sessions  map[peer.ID]*session
	calls     map[peer.ID]*call
	heard     map[peer.ID][]ma.Multiaddr // addresses a device told us, or that were found nearby
	first     map[peer.ID][]ma.Multiaddr // those of them that the device itself told, or where we met it
	telling   bool                       // news of addresses are about to be told
	redialed  map[peer.ID]bool           // unmatched hellos answered by one of our own, this connection
	strangers map[peer.ID]*time.Timer
	hellos    int // of devices we do not know, under way

	count struct {
		sent, received, refused, rounds, asks atomic.Int64
		in, out                               atomic.Uint64
	}
}

// New builds a node over libp2p. It does not listen before Serve; who never calls Serve calls Close. r may be nil when
// no invite is ever served.
func New(o Options, s Shelf, r Rendezvous) (*Node, error) {
	link, err := newHost(o)
	if err != nil {
		return nil, err
	}
	return NewOver(link, o, s, r), nil
}

// NewOver builds a node over another link; Key, Listen and Host are not used.
func NewOver(link Link, o Options, s Shelf, r Rendezvous) *Node {
	n := &Node{
		o: o.orDefault(), shelf: s, rdv: r, link: link, desk: newDesk(),
		up: make(chan struct{}), kick: make(chan struct{}, 1),
		sessions: map[peer.ID]*session{}, calls: map[peer.ID]*call{}, heard: map[peer.ID][]ma.Multiaddr{}, first: map[peer.ID][]ma.Multiaddr{},
		redialed: map[peer.ID]bool{}, strangers: map[peer.ID]*time.Timer{},
	}
	n.quota, n.hushed = newQuota(time.Now), newHush(time.Now)
	n.near, n.around = newNearby(n), &circuits{n: n, all: map[circuitName]*circuit{}}
	n.roster.Store(newRoster(s.Groups(), link.Self()))
	return n
}

// Close frees a node whose Serve was never called.
func (n *Node) Close() error { return n.link.Close() }

// Serve listens, dials, answers and catches up until ctx ends, then closes everything and leaves no goroutine behind.
// It returns nil when ctx ended it, and ErrListen when no address could be listened on.
func (n *Node) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n.mu.Lock()
	n.ctx = ctx
	n.mu.Unlock()
	err := n.link.Start(Handlers{Admit: n.admits, Known: n.knows, Stream: n.stream, Up: n.connected, Down: n.disconnected, Moved: n.moved})
	if err == nil {
		err = n.open()
	}
	if err == nil {
		close(n.up)
		err = n.open() // who belongs may have changed meanwhile
	}
	if err == nil {
		n.o.Tell(Listening{Addrs: n.Addrs()})
		n.around.changed()
		n.tend(ctx)
	}
	cancel()
	n.mu.Lock()
	n.closing = true
	for _, t := range n.strangers {
		t.Stop()
	}
	n.mu.Unlock()
	if e := n.link.Close(); err == nil && ctx.Err() == nil {
		err = e
	}
	n.work.Wait()
	return err
}

// open listens for as long as anybody has business here, and not otherwise: where members meet through a mailbox alone,
// nothing answers at this computer's address.
func (n *Node) open() error {
	n.ears.Lock()
	defer n.ears.Unlock()
	r := n.roster.Load()
	return n.link.Listen(len(r.groups) == 0 || len(r.peers) > 0 || r.direct() || n.strangersMay())
}

// start runs f in a goroutine that Serve waits for. It is false once the node closes.
func (n *Node) start(f func(ctx context.Context)) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closing || n.ctx == nil || n.ctx.Err() != nil {
		return false
	}
	n.work.Add(1)
	go func() {
		defer n.work.Done()
		f(n.ctx)
	}()
	return true
}

func (n *Node) tell(e Event) { n.o.Tell(e) }

// Addrs is where this node can be met, each ending in /p2p/ID; empty before Serve listens.
func (n *Node) Addrs() []ma.Multiaddr {
	self, err := ma.NewComponent("p2p", n.link.Self().String())
	if err != nil {
		return nil
	}
	var out []ma.Multiaddr
	for _, a := range worthTelling(n.link.Addrs()) {
		out = append(out, a.Encapsulate(self.Multiaddr()))
	}
	return out
}

// Self is this node's PeerID.
func (n *Node) Self() peer.ID { return n.link.Self() }

// Stats is what the node has done since New. Peers is how many devices it is connected to now.
func (n *Node) Stats() Stats {
	n.mu.Lock()
	peers := len(n.sessions)
	n.mu.Unlock()
	return Stats{
		Peers: peers, Sent: int(n.count.sent.Load()), Received: int(n.count.received.Load()),
		BytesIn: n.count.in.Load(), BytesOut: n.count.out.Load(),
		Rounds: int(n.count.rounds.Load()), Asks: int(n.count.asks.Load()), Refused: int(n.count.refused.Load()),
	}
}

// Changed says that groups, members, keys or open invites changed. Devices that are out are disconnected, and no longer
// dialled where that is under way; devices that are newly in are dialled.
func (n *Node) Changed() {
	r := newRoster(n.shelf.Groups(), n.link.Self())
	n.roster.Store(r)
	n.mu.Lock()
	for p, s := range n.sessions {
		if !slices.Equal(r.shared(p), s.shared) {
			s.stop(errGone)
			n.due(p)
		}
	}
	for p, c := range n.calls {
		if st := r.peers[p]; c.tried != nil && (st == nil || len(st.in) == 0) {
			c.stop()
		}
	}
	n.mu.Unlock()
	for _, p := range n.link.Peers() {
		if !n.admits(p) || r.known(p) && len(r.shared(p)) == 0 {
			n.link.Drop(p)
		}
	}
	n.near.changed()
	ring(n.kick)
	select {
	case <-n.up:
		if err := n.open(); err != nil {
			n.o.Log.Warn("listening", "err", err)
		}
		n.around.changed()
	default: // Serve does it
	}
}

// admits says who may stay connected: devices we know, and anybody while an invite or a linking code is open.
func (n *Node) admits(p peer.ID) bool { return n.roster.Load().known(p) || n.strangersMay() }

// strangersMay reports whether an invite or a linking code is open.
func (n *Node) strangersMay() bool {
	return n.rdv != nil && n.rdv.Any() || n.o.Links != nil && len(n.o.Links.Keys()) > 0
}

func (n *Node) knows(p peer.ID) bool { return n.roster.Load().known(p) }

// Push sends envelopes that are on our disk to every connected member of the group, at once. It never blocks.
func (n *Node) Push(g GroupID, envs ...[]byte) {
	ids := make([]EnvelopeID, len(envs))
	for i, env := range envs {
		ids[i] = idOf(env)
	}
	n.each(g, nil, func(l *lane) { l.push(ids, envs) })
}

// passMost is how many new envelopes of one batch are named to others; of more, ranges tell.
const passMost = 256

// Pass names envelopes that came to our disk by another way than a session to every connected member.
func (n *Node) Pass(g GroupID, ids ...EnvelopeID) { n.passOn(g, ids, nil) }

// passOn tells the other members what a session brought.
func (n *Node) passOn(g GroupID, ids []EnvelopeID, from *session) {
	switch {
	case len(ids) == 0:
	case len(ids) > passMost:
		n.each(g, from, (*lane).begin)
	default:
		n.each(g, from, func(l *lane) { l.pass(ids) })
	}
}

// rouse has every lane of a group begin a round.
func (n *Node) rouse(g GroupID) { n.each(g, nil, (*lane).begin) }

// each runs f on every lane of a group, on the goroutine that owns it.
func (n *Node) each(g GroupID, but *session, f func(*lane)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.sessions {
		if l := s.lane(g); l != nil && s != but {
			s.post(func() { f(l) })
		}
	}
}

// met keeps the addresses a device told us, the one that just worked first.
func (n *Node) met(p peer.ID, addrs []ma.Multiaddr) {
	addrs = together(n.link.Dialled(p), addrs)
	addrs = addrs[:min(len(addrs), 2*ownMost)]
	n.mu.Lock()
	news := !slices.EqualFunc(n.first[p], addrs, ma.Multiaddr.Equal)
	n.first[p] = addrs
	n.heard[p] = addrs
	n.mu.Unlock()
	n.shelf.Addrs(p, addrs)
	if news {
		n.retell()
	}
}

// moved tells everybody our new addresses.
func (n *Node) moved() {
	n.tell(Listening{Addrs: n.Addrs()})
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.sessions {
		s.post(func() {
			for _, l := range s.lanes {
				l.tellAddrs()
			}
		})
	}
}
