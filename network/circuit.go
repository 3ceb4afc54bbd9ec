package network

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Two devices that cannot reach one another meet through a keeper of their group's mailboxes, which passes on bytes that
// it cannot read (docs/spec/sync.md). The keeper is not to learn who they are: towards it each device goes by an alias, a
// key that the group's members can work out and that changes with the group's. Who is behind an alias is proved inside, by
// the devices' own keys, so that knowing an alias is no use for anything but being in the way. From there the two hosts
// try to punch a hole; once that works nothing goes through the keeper any more.

const (
	learnMost   = 2 * time.Second
	renewEvery  = 20 * time.Minute // between two showings of the ticket; the keeper remembers it for an hour
	reserveLast = time.Minute      // at most, between two tries to reach a keeper
	directMost  = 3 * time.Second  // for the direct way, where there is one through a keeper
	directAgain = 5 * time.Second  // before the next try to reach a device directly that is met through a keeper,
	directLast  = 15 * time.Minute // twice as long each time up to this
	punchMost   = 5 * time.Second  // for one of the three tries to punch a hole
)

// Relay is a keeper through which the devices of a group may meet.
type Relay struct {
	Addrs  []ma.Multiaddr // each ending in /p2p/ID, all of one keeper
	Box    [32]byte       // seed of the key of a mailbox of the group's there
	Ticket [32]byte       // by which the keeper knows the group's members from others
}

func (r Relay) equal(o Relay) bool {
	return r.Box == o.Box && r.Ticket == o.Ticket && slices.EqualFunc(r.Addrs, o.Addrs, ma.Multiaddr.Equal)
}

// circuit is one group's way through one keeper.
type circuit struct {
	n      *Node
	hello  [32]byte
	relay  Relay
	keeper peer.AddrInfo
	h      host.Host
	holes  *holepunch.Service
	inner  *libp2ptls.Transport
	stop   func()
	again  chan struct{} // the keeper is to be gone to now
	ready  chan struct{} // closed once it was reached

	mu      sync.Mutex
	aliases map[peer.ID]peer.ID // of the other devices
	devices map[peer.ID]peer.ID // by alias
}

// aliasKey is the key by which a device is known to a keeper.
func aliasKey(hello [32]byte, keeper, device peer.ID) (crypto.PrivKey, error) {
	seed := expand(hello, []byte(labelCircuit), []byte(keeper), []byte(device))
	return crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed))
}

func aliasOf(hello [32]byte, keeper, device peer.ID) (peer.ID, error) {
	key, err := aliasKey(hello, keeper, device)
	if err != nil {
		return "", err
	}
	return peer.IDFromPrivateKey(key)
}

// newCircuit makes the host that goes by our alias. It does not listen yet.
func newCircuit(n *Node, g Group, r Relay) (*circuit, error) {
	infos, err := peer.AddrInfosFromP2pAddrs(r.Addrs...)
	if err != nil || len(infos) != 1 {
		return nil, ErrAddress
	}
	c := &circuit{n: n, hello: g.Hello[0], relay: r, keeper: infos[0], again: make(chan struct{}, 1), ready: make(chan struct{})}
	if err := c.name(g); err != nil {
		return nil, err
	}
	own, err := crypto.UnmarshalEd25519PrivateKey(n.o.Key)
	if err != nil {
		return nil, err
	}
	if c.inner, err = libp2ptls.New(libp2ptls.ID, own, nil); err != nil {
		return nil, err
	}
	key, err := aliasKey(c.hello, c.keeper.ID, n.link.Self())
	if err != nil {
		return nil, err
	}
	door := &gate{}
	outer := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // who answers is proved inside, see callerHost
	c.h, err = bareHost(key, libp2p.ConnectionGater(door), libp2p.EnableRelay(),
		libp2p.EnableHolePunching(holepunch.DirectDialTimeout(punchMost), func(s *holepunch.Service) error { c.holes = s; return nil }),
		libp2p.Transport(websocket.New, websocket.WithTLSClientConfig(outer)), libp2p.SwarmOpts(swarm.WithDialRanker(webSocketLast)))
	if err != nil {
		return nil, err
	}
	door.open(Handlers{Admit: c.knows, Known: c.knows}, c.h.Network())
	Quiet(c.h, c.knows)
	c.h.SetStreamHandler(CircuitProtocol, c.arrived)
	c.h.SetStreamHandler(FirstCircuit, c.arrived)
	c.h.Network().Notify(&p2pnet.NotifyBundle{
		ConnectedF: func(_ p2pnet.Network, conn p2pnet.Conn) {
			if p, ok := c.deviceOf(conn.RemotePeer()); ok && !conn.Stat().Limited {
				c.n.start(func(ctx context.Context) { c.n.straighten(ctx, c, p) })
			}
		},
		DisconnectedF: func(nw p2pnet.Network, conn p2pnet.Conn) {
			if p := conn.RemotePeer(); p == c.keeper.ID && nw.Connectedness(p) != p2pnet.Connected {
				ring(c.again)
			}
		},
	})
	return c, nil
}

// name works out the aliases of the devices that are in.
func (c *circuit) name(g Group) error {
	aliases, devices := map[peer.ID]peer.ID{}, map[peer.ID]peer.ID{}
	c.mu.Lock()
	old := c.aliases
	c.mu.Unlock()
	for _, p := range g.Peers {
		if !p.In || p.ID == c.n.link.Self() {
			continue
		}
		q, ok := old[p.ID]
		if !ok {
			var err error
			if q, err = aliasOf(c.hello, c.keeper.ID, p.ID); err != nil {
				return err
			}
		}
		aliases[p.ID], devices[q] = q, p.ID
	}
	c.mu.Lock()
	c.aliases, c.devices = aliases, devices
	c.mu.Unlock()
	return nil
}

func (c *circuit) deviceOf(alias peer.ID) (peer.ID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.devices[alias]
	return p, ok
}

func (c *circuit) aliasOf(p peer.ID) (peer.ID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q, ok := c.aliases[p]
	return q, ok
}

// straight reports whether the hosts behind two aliases are connected directly.
func (c *circuit) straight(p peer.ID) bool {
	q, ok := c.aliasOf(p)
	return ok && c.h.Network().Connectedness(q) == p2pnet.Connected
}

func (c *circuit) knows(alias peer.ID) bool {
	_, ok := c.deviceOf(alias)
	return ok
}

// live keeps a place at the keeper, where others can meet us, until ctx ends.
func (c *circuit) live(ctx context.Context) {
	defer c.h.Close()
	var listen []ma.Multiaddr
	for _, s := range anywhere {
		listen = append(listen, ma.StringCast(s))
	}
	if err := c.h.Network().Listen(listen...); err != nil {
		c.n.o.Log.Info("circuit: no port for a direct way", "why", err.Error())
	}
	reached, lost := false, false
	for fails := 0; ctx.Err() == nil; {
		wait := jittered(renewEvery)
		if err := c.reserve(ctx); err != nil {
			wait = jittered(min(reserveLast, firstRetry<<min(fails, 8)))
			fails++
			c.n.o.Log.Info("circuit: no place at the keeper", "why", err.Error())
		} else {
			if fails = 0; !reached {
				reached = true
				close(c.ready)
				c.n.tryAll()
			} else if lost { // in another network, perhaps: what did not work before may work now
				c.n.tryDirect()
			}
			lost = false
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-c.again:
			lost = true
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// reserve goes to the keeper, shows the ticket, and asks for a place.
func (c *circuit) reserve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialMost)
	defer cancel()
	if err := dialKeeper(ctx, c.h, c.keeper); err != nil {
		return fmt.Errorf("%w: %w", ErrRelay, err)
	}
	visit := &Caller{&libHost{h: c.h}, c.keeper.ID}
	box, err := visit.Enter(ctx, ed25519.NewKeyFromSeed(c.relay.Box[:]), c.relay.Ticket)
	if err != nil {
		return err
	}
	box.Leave()
	c.learn(ctx)
	_, err = client.Reserve(ctx, c.h, c.keeper)
	return err
}

// learn waits a little until the host knows its own address from outside. Who meets us before that gets no hole punched
// until the next try.
func (c *circuit) learn(ctx context.Context) {
	public := func(conn p2pnet.Conn) bool { return manet.IsPublicAddr(conn.RemoteMultiaddr()) }
	if !slices.ContainsFunc(c.h.Network().ConnsToPeer(c.keeper.ID), public) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, learnMost)
	defer cancel()
	tick := time.NewTicker(learnMost / 40)
	defer tick.Stop()
	for !c.seen() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// seen reports whether the host has been told its own address from outside.
func (c *circuit) seen() bool { return slices.Contains(c.h.Mux().Protocols(), holepunch.Protocol) }

// punch has the two hosts try once more to get through to each other. libp2p does so by itself when a circuit comes in, and
// then no more. It is for the side to which the circuit came: the other's tries are refused.
func (c *circuit) punch(p peer.ID) error {
	q, ok := c.aliasOf(p)
	came := func(conn p2pnet.Conn) bool {
		return conn.Stat().Limited && conn.Stat().Direction == p2pnet.DirInbound
	}
	if !ok || !c.seen() || !slices.ContainsFunc(c.h.Network().ConnsToPeer(q), came) {
		return errNoWay
	}
	return c.holes.DirectConnect(q)
}

// open begins a conversation with a device through the keeper, or straight to its alias where a hole was punched.
func (c *circuit) open(ctx context.Context, p peer.ID) (Stream, error) {
	select {
	case <-c.ready:
	default:
		return nil, ErrRelay
	}
	q, ok := c.aliasOf(p)
	if !ok {
		return nil, errGone
	}
	via, err := ma.NewMultiaddr("/p2p/" + c.keeper.ID.String() + "/p2p-circuit")
	if err != nil {
		return nil, err
	}
	c.h.Peerstore().AddAddrs(q, []ma.Multiaddr{via}, dialMost)
	if s, ok := c.h.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(q) // how often to try is ours to say
	}
	st, err := c.h.NewStream(p2pnet.WithAllowLimitedConn(ctx, "sync"), q, CircuitProtocol, FirstCircuit)
	if err != nil {
		return nil, err
	}
	inner, err := c.inner.SecureOutbound(ctx, plainConn{st}, p)
	if err != nil {
		st.Reset()
		return nil, err
	}
	return c.carried(st, inner), nil
}

// arrived takes in a conversation that the other side began.
func (c *circuit) arrived(st p2pnet.Stream) {
	p, ok := c.deviceOf(st.Conn().RemotePeer())
	if !ok || st.Scope().ReserveMemory(streamMemory, p2pnet.ReservationPriorityMedium) != nil {
		st.Reset()
		return
	}
	defer st.Scope().ReleaseMemory(streamMemory)
	ctx, cancel := context.WithTimeout(context.Background(), helloMost)
	inner, err := c.inner.SecureInbound(ctx, plainConn{st}, p)
	cancel()
	if err != nil {
		st.Reset()
		return
	}
	in := c.carried(st, inner)
	c.n.stream(p, "alias "+st.Conn().RemotePeer().String(), in.Protocol(), in)
}

func (c *circuit) carried(st p2pnet.Stream, inner sec.SecureConn) *carried {
	path := Path{Kind: PathDirect}
	if st.Conn().Stat().Limited {
		path = Path{Kind: PathRelayed, Keeper: c.keeper.ID}
	}
	return &carried{inner, st, path}
}

// carried is a conversation under the devices' own keys, inside a stream between their aliases.
type carried struct {
	sec.SecureConn
	st   p2pnet.Stream
	path Path
}

// Protocol is that of the devices themselves.
func (c *carried) Protocol() protocol.ID {
	if c.st.Protocol() == FirstCircuit {
		return FirstSync
	}
	return SyncProtocol
}

func (c *carried) CloseWrite() error { return c.st.CloseWrite() }
func (c *carried) Close() error      { return c.st.Close() }
func (c *carried) Reset() error      { return c.st.Reset() }

// plainConn is a stream as the handshake wants it.
type plainConn struct{ p2pnet.Stream }

// LocalAddr and RemoteAddr say where a circuit leads, in words that no resolver knows.
func (plainConn) LocalAddr() net.Addr  { return nowhere{} }
func (plainConn) RemoteAddr() net.Addr { return nowhere{} }

type nowhere struct{}

func (nowhere) Network() string { return "circuit" }
func (nowhere) String() string  { return "circuit" }

// circuits are all of a node's, by group and keeper.
type circuits struct {
	n    *Node
	mu   sync.Mutex // held while some begin or end
	all  map[circuitName]*circuit
	list atomic.Pointer[[]*circuit] // the same, for who may not wait
}

type circuitName struct {
	group  GroupID
	keeper peer.ID
}

// changed begins and ends circuits as groups, keys and keepers have become. Members of a group that meets through its
// mailbox alone have none: they are not to meet.
func (cs *circuits) changed() {
	if cs.n.o.Key == nil {
		return // a node over a link of its own
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	wanted := map[circuitName]bool{}
	for _, g := range cs.n.roster.Load().groups {
		if !g.Direct || len(g.Hello) == 0 || len(g.Peers) == 0 {
			continue
		}
		for _, r := range g.Relays {
			_, keeper := peer.SplitAddr(r.Addrs[0])
			name := circuitName{g.ID, keeper}
			wanted[name] = true
			if err := cs.keep(name, g, r); err != nil {
				cs.n.o.Log.Info("circuit: cannot begin", "why", err.Error())
			}
		}
	}
	for name, c := range cs.all {
		if !wanted[name] {
			c.stop()
			delete(cs.all, name)
		}
	}
	list := slices.Collect(maps.Values(cs.all))
	cs.list.Store(&list)
}

// keep has one circuit go on, or begins it. cs.mu is held.
func (cs *circuits) keep(name circuitName, g Group, r Relay) error {
	if c := cs.all[name]; c != nil {
		if c.hello == g.Hello[0] && c.relay.equal(r) {
			return c.name(g)
		}
		c.stop()
		delete(cs.all, name)
	}
	c, err := newCircuit(cs.n, g, r)
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	c.stop = sync.OnceFunc(func() { close(ended) })
	begun := cs.n.start(func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			select {
			case <-ended:
				cancel()
			case <-ctx.Done():
			}
		}()
		c.live(ctx)
	})
	if !begun {
		return errors.Join(context.Canceled, c.h.Close())
	}
	cs.all[name] = c
	return nil
}

// wake has every keeper gone to now.
func (cs *circuits) wake() {
	for _, c := range cs.now() {
		ring(c.again)
	}
}

func (cs *circuits) now() []*circuit {
	if l := cs.list.Load(); l != nil {
		return *l
	}
	return nil
}

// to lists the circuits by which a device may be met.
func (cs *circuits) to(p peer.ID) []*circuit {
	var some []*circuit
	for _, c := range cs.now() {
		if _, ok := c.aliasOf(p); ok {
			some = append(some, c)
		}
	}
	return some
}
