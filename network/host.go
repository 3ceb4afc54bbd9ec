package network

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/gologshim"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// init keeps libp2p's and quic-go's own lines off stderr: only our words go there.
func init() {
	gologshim.SetDefaultHandler(slog.DiscardHandler)
	_ = os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true")
}

// anywhere is where a node listens unless told otherwise.
var anywhere = []string{
	"/ip4/0.0.0.0/udp/0/quic-v1", "/ip6/::/udp/0/quic-v1", "/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0",
}

const (
	strangersMost = 16      // connections from devices we do not know, while an invite is open
	streamMemory  = 3 << 20 // bytes a stream's handler may hold: window, queue, reconciliation
	askMemory     = 2 << 20 // the same of a stream of questions and answers, which has no window
)

// libHost is a Link over libp2p.
type libHost struct {
	h      host.Host
	listen []ma.Multiaddr
	gate   *gate
	sub    event.Subscription
	wait   sync.WaitGroup

	mu        sync.Mutex
	listening bool
}

// newHost builds a host that does not listen yet.
func newHost(o Options) (*libHost, error) {
	key, err := crypto.UnmarshalEd25519PrivateKey(o.Key)
	if err != nil {
		return nil, fmt.Errorf("transport key: %w", err)
	}
	listen := o.Listen
	if len(listen) == 0 {
		listen = anywhere
	}
	l := &libHost{gate: &gate{}}
	for _, s := range listen {
		a, err := ma.NewMultiaddr(s)
		if err != nil {
			return nil, fmt.Errorf("listen address %q: %w", s, ErrAddress)
		}
		l.listen = append(l.listen, a)
	}
	if l.h, err = bareHost(key, append([]libp2p.Option{libp2p.ConnectionGater(l.gate)}, o.Host...)...); err != nil {
		return nil, err
	}
	return l, nil
}

// bareHost is a host with our transports and limits, not listening and quiet.
func bareHost(key crypto.PrivKey, more ...libp2p.Option) (host.Host, error) {
	limits, err := resources()
	if err != nil {
		return nil, err
	}
	h, err := libp2p.New(append([]libp2p.Option{
		libp2p.Identity(key), libp2p.NoListenAddrs, libp2p.UserAgent("p2p"), libp2p.Ping(false), libp2p.DisableMetrics(),
		libp2p.DisableRelay(), libp2p.ResourceManager(limits),
		libp2p.ForceReachabilityPrivate(), // or it would ask whoever offers to dial all our public addresses back
		libp2p.Transport(quic.NewTransport), libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(libp2ptls.ID, libp2ptls.New), libp2p.Security(noise.ID, noise.New),
	}, more...)...)
	if err != nil {
		return nil, errors.Join(err, limits.Close())
	}
	return h, nil
}

// resources is how much others may make us hold (docs/spec/sync.md, bounds).
func resources() (p2pnet.ResourceManager, error) {
	scaled := rcmgr.DefaultLimits
	perPeer := rcmgr.ResourceLimits{Streams: 8, StreamsInbound: 4, StreamsOutbound: 4, Memory: 16 << 20}
	cfg := rcmgr.PartialLimitConfig{
		System:      rcmgr.ResourceLimits{ConnsInbound: 64, StreamsInbound: 256, Memory: 256 << 20},
		Transient:   rcmgr.ResourceLimits{ConnsInbound: 32, StreamsInbound: 64, Memory: 32 << 20},
		PeerDefault: rcmgr.ResourceLimits{Conns: 8, ConnsInbound: 4, StreamsInbound: 16, Memory: 32 << 20},
		Protocol: map[protocol.ID]rcmgr.ResourceLimits{
			SyncProtocol:  {StreamsInbound: 64, Memory: 192 << 20},
			FirstSync:     {StreamsInbound: 64, Memory: 192 << 20},
			RelayProtocol: {StreamsInbound: 32, Memory: 64 << 20},
			LinkProtocol:  {StreamsInbound: 16, Memory: 32 << 20},

			CircuitProtocol: {StreamsInbound: 64, Memory: 192 << 20},
			FirstCircuit:    {StreamsInbound: 64, Memory: 192 << 20},
			// libp2p would tell everybody connected each change of our addresses and protocols: see Quiet.
			identify.IDPush: {Streams: rcmgr.BlockAllLimit, StreamsInbound: rcmgr.BlockAllLimit, StreamsOutbound: rcmgr.BlockAllLimit},
		},
		ProtocolPeer: map[protocol.ID]rcmgr.ResourceLimits{
			SyncProtocol: perPeer, FirstSync: perPeer, RelayProtocol: perPeer, LinkProtocol: perPeer, CircuitProtocol: perPeer, FirstCircuit: perPeer,
		},
	}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(cfg.Build(scaled.AutoScale())), rcmgr.WithMetricsDisabled())
}

func (l *libHost) Self() peer.ID { return l.h.ID() }

func (l *libHost) Start(h Handlers) error {
	l.gate.open(h, l.h.Network())
	Quiet(l.h, h.Known)
	for _, id := range []protocol.ID{SyncProtocol, FirstSync, RelayProtocol, LinkProtocol} {
		l.h.SetStreamHandler(id, func(s p2pnet.Stream) {
			memory := askMemory
			if id == SyncProtocol || id == FirstSync {
				memory = streamMemory
			}
			if err := s.Scope().ReserveMemory(memory, p2pnet.ReservationPriorityMedium); err != nil {
				s.Reset()
				return
			}
			defer s.Scope().ReleaseMemory(memory)
			h.Stream(s.Conn().RemotePeer(), remoteIP(s.Conn()), id, s)
		})
	}
	l.h.Network().Notify(&p2pnet.NotifyBundle{
		ConnectedF: func(_ p2pnet.Network, c p2pnet.Conn) { h.Up(c.RemotePeer()) },
		DisconnectedF: func(nw p2pnet.Network, c p2pnet.Conn) {
			if nw.Connectedness(c.RemotePeer()) != p2pnet.Connected {
				h.Down(c.RemotePeer())
			}
		},
	})
	var err error
	if l.sub, err = l.h.EventBus().Subscribe(new(event.EvtLocalAddressesUpdated)); err != nil {
		return err
	}
	l.wait.Go(func() {
		for range l.sub.Out() {
			h.Moved()
		}
	})
	return nil
}

func (l *libHost) Listen(on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if on == l.listening {
		return nil
	}
	nw := l.h.Network()
	if !on {
		ears, ok := nw.(interface{ ListenClose(at ...ma.Multiaddr) })
		if !ok {
			return fmt.Errorf("%T does not stop listening: %w", nw, ErrListen)
		}
		ears.ListenClose(nw.ListenAddresses()...)
		l.listening = false
		return nil
	}
	if err := nw.Listen(l.listen...); err != nil {
		return fmt.Errorf("%w: %w", ErrListen, err)
	}
	l.listening = true
	return nil
}

func (l *libHost) Addrs() []ma.Multiaddr {
	addrs, err := l.h.Network().InterfaceListenAddresses()
	if err != nil {
		return nil
	}
	return addrs
}

func (l *libHost) Dial(ctx context.Context, p peer.ID, addrs []ma.Multiaddr) error {
	err := l.h.Connect(ctx, peer.AddrInfo{ID: p, Addrs: addrs})
	var other sec.ErrPeerIDMismatch
	if errors.As(err, &other) {
		return &WrongPeer{Want: other.Expected, Got: other.Actual}
	}
	return err
}

func (l *libHost) Open(ctx context.Context, p peer.ID, ids ...protocol.ID) (Stream, error) {
	return l.h.NewStream(p2pnet.WithNoDial(ctx, "hello"), p, ids...)
}

func (l *libHost) Dialled(p peer.ID) []ma.Multiaddr {
	var addrs []ma.Multiaddr
	for _, c := range l.h.Network().ConnsToPeer(p) {
		if c.Stat().Direction == p2pnet.DirOutbound {
			addrs = append(addrs, c.RemoteMultiaddr())
		}
	}
	return addrs
}

func (l *libHost) Peers() []peer.ID { return l.h.Network().Peers() }

func (l *libHost) Drop(p peer.ID) {
	l.h.Network().ClosePeer(p)
	l.h.Peerstore().ClearAddrs(p)
}

func (l *libHost) Close() error {
	if l.sub != nil {
		l.sub.Close()
	}
	err := l.h.Close()
	l.wait.Wait()
	return err
}

func remoteIP(c p2pnet.Conn) string {
	ip, err := manet.ToIP(c.RemoteMultiaddr())
	if err != nil {
		return ""
	}
	return ip.String()
}

// gate refuses devices we do not know, unless an invite is open, and then lets only a few of them in.
type gate struct {
	mu    sync.Mutex
	h     Handlers
	conns interface{ Conns() []p2pnet.Conn }
}

func (g *gate) open(h Handlers, conns interface{ Conns() []p2pnet.Conn }) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.h, g.conns = h, conns
}

// admits asks the node; before Start nobody is let in.
func (g *gate) admits(p peer.ID) bool {
	g.mu.Lock()
	h, conns := g.h, g.conns
	g.mu.Unlock()
	switch {
	case conns == nil || !h.Admit(p):
		return false
	case h.Known(p):
		return true
	}
	strangers := 0
	for _, c := range conns.Conns() {
		if !h.Known(c.RemotePeer()) {
			strangers++
		}
	}
	return strangers < strangersMost
}

// InterceptPeerDial lets us dial anybody.
func (g *gate) InterceptPeerDial(peer.ID) bool { return true }

// InterceptAddrDial lets us dial any address.
func (g *gate) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }

// InterceptAccept lets an address try; the resource manager's rate for one IP acts before.
func (g *gate) InterceptAccept(p2pnet.ConnMultiaddrs) bool { return true }

// InterceptSecured asks who it is, once that is proved. Keys of other kinds than Ed25519 are refused.
func (g *gate) InterceptSecured(dir p2pnet.Direction, p peer.ID, _ p2pnet.ConnMultiaddrs) bool {
	if key, err := p.ExtractPublicKey(); err != nil || key.Type() != crypto.Ed25519 {
		return false
	}
	return dir == p2pnet.DirOutbound || g.admits(p)
}

// InterceptUpgraded lets through what was let through before.
func (g *gate) InterceptUpgraded(p2pnet.Conn) (bool, control.DisconnectReason) { return true, 0 }
