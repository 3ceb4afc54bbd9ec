package nettest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	"github.com/marcopolo/simnet"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/quic-go/quic-go"
	"go.uber.org/fx"

	"kith/network"
)

// Weather is what happens to packets: which are lost, and between whom none come through.
type Weather struct {
	mu   sync.Mutex
	loss float64
	cut  func(from, to string) bool
	rnd  *rand.Rand
}

// Loss has this share of all packets lost.
func (w *Weather) Loss(share float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loss = share
}

// Cut has no packet come through between these addresses; nil heals.
func (w *Weather) Cut(cut func(from, to string) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
}

func (w *Weather) loses(from, to net.Addr) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loss > 0 && w.rnd.Float64() < w.loss || w.cut != nil && w.cut(host(from), host(to))
}

func host(a net.Addr) string {
	if u, ok := a.(*net.UDPAddr); ok {
		return u.IP.String()
	}
	return a.String()
}

// weathered asks the weather before each packet.
type weathered struct {
	net.PacketConn
	weather *Weather
	at      *net.UDPAddr
}

// WriteTo sends a packet, or loses it without a word.
func (c *weathered) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.weather.loses(c.at, to) {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, to)
}

type sourceIP struct{ ip net.IP }

// PreferredSourceIPForDestination is the one address the device has.
func (s sourceIP) PreferredSourceIPForDestination(*net.UDPAddr) (net.IP, error) { return s.ip, nil }

// IP is the address of the i-th device of a simulated world.
func IP(i int) string { return fmt.Sprintf("10.0.%d.%d", i/250, i%250+1) }

// NewSim is n devices over libp2p and QUIC on simulated links, none of them up. Call it and Close inside one bubble.
func NewSim(t testing.TB, n int, latency time.Duration, seed uint64) (*World, *Weather) {
	weather := &Weather{rnd: rand.New(rand.NewPCG(seed, 1))}
	nw := &simnet.Simnet{LatencyFunc: simnet.StaticLatency(latency)}
	nw.Start()
	w := newWorld(t, n)
	listen := func(i int) string { return fmt.Sprintf("/ip4/%s/udp/8000/quic-v1", IP(i)) }
	w.addrs = func(i int) []ma.Multiaddr { return []ma.Multiaddr{ma.StringCast(listen(i))} }
	w.node = func(d *Device, o network.Options) (*network.Node, error) {
		o.Key, o.Listen = d.Key, []string{listen(d.I)}
		o.Host = []libp2p.Option{libp2p.DisableIdentifyAddressDiscovery(), simulated(nw, weather, net.ParseIP(IP(d.I)))}
		return network.New(o, d.Shelf, nil)
	}
	w.down = nw.Close
	w.share()
	return w, weather
}

// simulated gives a host's QUIC a simulated socket.
func simulated(nw *simnet.Simnet, weather *Weather, ip net.IP) libp2p.Option {
	link := simnet.NodeBiDiLinkSettings{
		Downlink: simnet.LinkSettings{BitsPerSecond: 100 * simnet.Mibps}, Uplink: simnet.LinkSettings{BitsPerSecond: 100 * simnet.Mibps},
	}
	return libp2p.QUICReuse(func(l fx.Lifecycle, k quic.StatelessResetKey, tk quic.TokenGeneratorKey, o ...quicreuse.Option) (*quicreuse.ConnManager, error) {
		cm, err := quicreuse.NewConnManager(k, tk, o...)
		if err == nil {
			l.Append(fx.StopHook(cm.Close)) // nobody else closes it
		}
		return cm, err
	}, quicreuse.OverrideSourceIPSelector(func() (quicreuse.SourceIPSelector, error) { return sourceIP{ip}, nil }),
		quicreuse.OverrideListenUDP(func(_ string, at *net.UDPAddr) (net.PacketConn, error) {
			return &weathered{nw.NewEndpoint(at, link), weather, at}, nil
		}))
}
