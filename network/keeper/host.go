package keeper

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	"github.com/libp2p/go-libp2p/x/rate"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"kith/network"
)

// How much visitors may make the host hold. Many of a group may stand behind one address.
const (
	connsMost    = 1_024
	connsOfIP    = 64
	streamsMost  = 1_024
	streamsOf    = 16       // of one visitor
	memoryMost   = 96 << 20 // of all
	memoryOf     = 24 << 20 // of one visitor: a comparison of a full mailbox
	streamMemory = 256 << 10
)

// newHost is a host that listens for visitors and knows none of them.
func newHost(key ed25519.PrivateKey, o Options, acl relay.ACLFilter) (host.Host, error) {
	id, err := crypto.UnmarshalEd25519PrivateKey(key)
	if err != nil {
		return nil, err
	}
	limits, err := resources()
	if err != nil {
		return nil, err
	}
	web := []any{}
	if len(o.Certificates) > 0 {
		web = append(web, websocket.WithTLSConfig(&tls.Config{Certificates: o.Certificates, MinVersion: tls.VersionTLS12}))
	}
	opts := []libp2p.Option{
		libp2p.Identity(id), libp2p.NoListenAddrs, libp2p.UserAgent("p2p"), libp2p.Ping(false), libp2p.DisableMetrics(),
		libp2p.ResourceManager(limits), libp2p.ForceReachabilityPublic(),
		libp2p.EnableRelayService(relay.WithResources(relayResources()), relay.WithACL(acl)),
		libp2p.Transport(quic.NewTransport), libp2p.Transport(tcp.NewTCPTransport), libp2p.Transport(websocket.New, web...),
		libp2p.ShareTCPListener(), // so that TCP and WebSocket may have one port
		libp2p.Security(libp2ptls.ID, libp2ptls.New), libp2p.Security(noise.ID, noise.New),
	}
	h, err := libp2p.New(append(opts, o.Host...)...)
	if err != nil {
		return nil, errors.Join(err, limits.Close())
	}
	network.Quiet(h, func(peer.ID) bool { return false })
	return h, nil
}

func resources() (p2pnet.ResourceManager, error) {
	scaled := rcmgr.DefaultLimits
	cfg := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Conns: 2 * connsMost, ConnsInbound: connsMost, Streams: 4 * streamsMost, StreamsInbound: 2 * streamsMost, Memory: memoryMost + 32<<20,
		},
		Transient:   rcmgr.ResourceLimits{ConnsInbound: 128, StreamsInbound: 256, Memory: 32 << 20},
		PeerDefault: rcmgr.ResourceLimits{Conns: 8, ConnsInbound: 8, Streams: 2 * streamsOf, StreamsInbound: streamsOf, Memory: memoryOf},
		Protocol: map[protocol.ID]rcmgr.ResourceLimits{
			network.RelayProtocol: {Streams: streamsMost, StreamsInbound: streamsMost, Memory: memoryMost},
			identify.IDPush:       {Streams: rcmgr.BlockAllLimit, StreamsInbound: rcmgr.BlockAllLimit, StreamsOutbound: rcmgr.BlockAllLimit},
		},
		ProtocolPeer: map[protocol.ID]rcmgr.ResourceLimits{
			network.RelayProtocol: {Streams: streamsOf, StreamsInbound: streamsOf, Memory: memoryOf},
			proto.ProtoIDv2Hop:    {Streams: streamsOf, StreamsInbound: streamsOf, Memory: 4 << 20},
		},
	}
	conns := func(prefix int) []rcmgr.ConnLimitPerSubnet {
		return []rcmgr.ConnLimitPerSubnet{{PrefixLength: prefix, ConnCount: connsOfIP}}
	}
	pace := func(prefix int) []rate.SubnetLimit {
		return []rate.SubnetLimit{{PrefixLength: prefix, Limit: rate.Limit{RPS: 2, Burst: 128}}}
	}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(cfg.Build(scaled.AutoScale())), rcmgr.WithMetricsDisabled(),
		rcmgr.WithLimitPerSubnet(conns(32), conns(56)),
		rcmgr.WithConnRateLimiters(&rate.Limiter{
			// A web server in front comes from this computer itself.
			NetworkPrefixLimits: []rate.PrefixLimit{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")}},
			SubnetRateLimiter: rate.SubnetLimiter{
				IPv4SubnetLimits: pace(32), IPv6SubnetLimits: pace(56), GracePeriod: time.Minute,
			},
		}))
}

// listen has visitors served until ctx ends.
func (k *Keeper) listen(ctx context.Context) error {
	k.host.SetStreamHandler(network.RelayProtocol, func(s p2pnet.Stream) {
		defer s.Close()
		if !k.begin() {
			s.Reset()
			return
		}
		defer k.visits.Done()
		if err := k.serve(ctx, s, s.Conn().RemotePeer(), sourceOf(s.Conn().RemoteMultiaddr()), scope{s.Scope()}); err != nil {
			k.o.Log.Debug("visit ended", "err", err)
			s.Reset()
		}
	})
	var addrs []ma.Multiaddr
	for _, text := range k.o.Listen {
		a, err := ma.NewMultiaddr(text)
		if err != nil {
			return fmt.Errorf("listen address %q: %w", text, network.ErrAddress)
		}
		addrs = append(addrs, a)
	}
	if err := k.host.Network().Listen(addrs...); err != nil {
		return fmt.Errorf("%w: %w", network.ErrListen, err)
	}
	return nil
}

// scope is a stream's share of memory.
type scope struct{ s p2pnet.StreamScope }

func (s scope) reserve(n int) error {
	if n == 0 {
		return nil
	}
	return s.s.ReserveMemory(n, p2pnet.ReservationPriorityAlways) // any other stops short of the limits above
}

func (s scope) release(n int) {
	if n > 0 {
		s.s.ReleaseMemory(n)
	}
}

// sourceOf tells one visitor's puts from another's, for fairness alone: the address, of which the last part of version 6 is
// a household's own to choose.
func sourceOf(a ma.Multiaddr) string {
	ip, err := manet.ToIP(a)
	if err != nil {
		return ""
	}
	at, ok := netip.AddrFromSlice(ip)
	if !ok {
		return ""
	}
	if at = at.Unmap(); at.Is4() {
		return at.String()
	}
	p, err := at.Prefix(56)
	if err != nil {
		return ""
	}
	return p.String()
}
