package network_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	pb "github.com/libp2p/go-libp2p/p2p/protocol/identify/pb"
	"github.com/libp2p/go-msgio/pbio"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
	"kith/network/nettest"
	"kith/network/wire"
)

const (
	quicHere = "/ip4/127.0.0.1/udp/0/quic-v1"
	tcpHere  = "/ip4/127.0.0.1/tcp/0"
)

// live is one node on loopback.
type live struct {
	*network.Node
	shelf *nettest.Shelf
	id    peer.ID
	seen  chan network.Event
}

func idOf(t testing.TB, i int) peer.ID {
	t.Helper()
	id, err := network.PeerID(nettest.Key(i).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

var group = network.GroupID{1}

// groupWith is the group of these devices, as one of them knows it.
func groupWith(peers ...network.Peer) network.Group {
	return network.Group{ID: group, Hello: [][32]byte{{2}}, Direct: true, Peers: peers}
}

// serve runs a node until the test ends, and waits until it listens.
func serve(t testing.TB, i int, shelf *nettest.Shelf, rdv network.Rendezvous, listen ...string) *live {
	t.Helper()
	l := &live{shelf: shelf, id: idOf(t, i), seen: make(chan network.Event, 4096)}
	n, err := network.New(network.Options{Key: nettest.Key(i), Listen: listen, Tell: func(e network.Event) {
		select {
		case l.seen <- e:
		default:
		}
	}}, shelf, rdv)
	if err != nil {
		t.Fatal(err)
	}
	l.Node = n
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	l.await(t, "listening", func(e network.Event) bool { _, ok := e.(network.Listening); return ok })
	return l
}

// await waits for an event.
func (l *live) await(t testing.TB, what string, ok func(network.Event) bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case e := <-l.seen:
			if ok(e) {
				return
			}
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}

func isLevel(e network.Event) bool { _, ok := e.(network.Level); return ok }

// pair is two members on loopback, the second knowing where the first is.
func pair(t testing.TB, listen string) (a, b *live) {
	t.Helper()
	sa, sb := nettest.NewShelf(), nettest.NewShelf()
	sa.SetGroups(groupWith(network.Peer{ID: idOf(t, 1), In: true}))
	a = serve(t, 0, sa, nil, listen)
	infos, err := peer.AddrInfosFromP2pAddrs(a.Addrs()...)
	if err != nil {
		t.Fatal(err)
	}
	sb.SetGroups(groupWith(network.Peer{ID: a.id, In: true, Addrs: infos[0].Addrs}))
	return a, serve(t, 1, sb, nil, listen)
}

func TestTwoHosts(t *testing.T) {
	for name, listen := range map[string]string{"quic": quicHere, "tcp": tcpHere} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, listen)
			b.await(t, "level", isLevel)
			for i := range 50 {
				e := nettest.Envelope("live", i, 1, 2950, 700)
				a.shelf.Add(group, e)
				a.Push(group, e)
			}
			deadline := time.After(10 * time.Second)
			for a.shelf.HeldBy(group, b.id) < 50 {
				select {
				case <-deadline:
					t.Fatalf("after 10 s the other holds %d of 50", b.shelf.Len(group))
				case <-a.seen:
				}
			}
			if st, err := b.Sync(t.Context(), network.Bout{Peer: a.Addrs()}); err != nil || st.Peers != 1 || st.Received != 0 {
				t.Errorf("Sync = %+v, %v, want one peer and nothing new", st, err)
			}
			if len(a.shelf.Met[b.id]) == 0 {
				t.Error("the dialled device did not learn where the other can be met")
			}
		})
	}
}

func TestF18SyncNamesTheWrongAddress(t *testing.T) {
	a, _ := pair(t, quicHere)
	stranger := fmt.Sprintf("/ip4/127.0.0.1/udp/9/quic-v1/p2p/%s", idOf(t, 7))
	for at, want := range map[string]error{stranger: network.ErrWrongPeer, "/ip4/127.0.0.1/udp/9/quic-v1": network.ErrAddress} {
		if _, err := a.Sync(t.Context(), network.Bout{Peer: []ma.Multiaddr{ma.StringCast(at)}}); !errors.Is(err, want) {
			t.Errorf("Sync(%s) = %v, want %v", at, err, want)
		}
	}
}

// bare is a libp2p host that speaks nothing of ours.
func bare(t testing.TB, i int) host.Host {
	t.Helper()
	key, err := crypto.UnmarshalEd25519PrivateKey(nettest.Key(i))
	if err != nil {
		t.Fatal(err)
	}
	h, err := libp2p.New(libp2p.Identity(key), libp2p.NoListenAddrs, libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func dial(t testing.TB, h host.Host, to *live) error {
	t.Helper()
	infos, err := peer.AddrInfosFromP2pAddrs(to.Addrs()...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return h.Connect(ctx, infos[0])
}

func open(t testing.TB, h host.Host, to peer.ID, id protocol.ID) (p2pnet.Stream, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return h.NewStream(ctx, to, id)
}

// said runs a hello with tags of noise and returns what comes back.
func said(t testing.TB, h host.Host, to peer.ID) (wire.Frame, error) {
	t.Helper()
	s, err := open(t, h, to, network.SyncProtocol)
	if err != nil {
		return wire.Frame{}, err
	}
	defer s.Reset()
	s.SetDeadline(time.Now().Add(5 * time.Second))
	r, w := wire.NewReader(s), wire.NewWriter(s)
	r.Allow(wire.Nonce)
	if _, err := r.Next(); err != nil {
		return wire.Frame{}, err
	}
	if err := w.Write(wire.Frame{Kind: wire.Hello, Body: make([]byte, 32+8*16)}); err != nil {
		return wire.Frame{}, err
	}
	if err := w.Flush(); err != nil {
		return wire.Frame{}, err
	}
	r.Allow(wire.Answer, wire.Busy)
	f, err := r.Next()
	if err != nil {
		return f, err
	}
	if _, err := r.Next(); err == nil {
		t.Error("something follows the answer to a hello of noise")
	}
	return f, nil
}

func TestStrangerRefusedWithoutInvite(t *testing.T) {
	a := serve(t, 0, nettest.NewShelf(groupWith(network.Peer{ID: idOf(t, 1), In: true})), nil, quicHere)
	h := bare(t, 9)
	if err := dial(t, h, a); err == nil { // refused after the handshake: the dial may succeed
		if _, err := said(t, h, a.id); err == nil {
			t.Error("a stranger got an answer although no invite is open")
		}
	}
}

func TestStrangerLearnsNothing(t *testing.T) {
	pub, _ := mailboxKey(1)
	for name, groups := range map[string][]network.Group{
		"no group": nil, "one group": {groupWith(network.Peer{ID: idOf(t, 1), In: true})},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, 0, nettest.NewShelf(groups...), newShelves(pub), quicHere)
			h := bare(t, 9)
			if err := dial(t, h, a); err != nil {
				t.Fatal(err)
			}
			s, err := open(t, h, a.id, identify.ID)
			if err != nil {
				t.Fatal(err)
			}
			var got pb.Identify
			if err := pbio.NewDelimitedReader(s, 1<<16).ReadMsg(&got); err != nil {
				t.Fatal(err)
			}
			port, err := h.Network().ConnsToPeer(a.id)[0].LocalMultiaddr().ValueForProtocol(ma.P_UDP)
			if err != nil {
				t.Fatal(err)
			}
			want := ma.StringCast("/ip4/127.0.0.1/udp/" + port + "/quic-v1")
			if len(got.Protocols)+len(got.ListenAddrs) != 0 || got.AgentVersion != nil || got.ProtocolVersion != nil ||
				got.PublicKey != nil || got.SignedPeerRecord != nil || string(got.ObservedAddr) != string(want.Bytes()) {
				t.Errorf("identify told a stranger %v, want the observed address %s alone", &got, want)
			}
			f, err := said(t, h, a.id)
			if err != nil || f.Kind != wire.Answer || len(f.Body) != 8*16 {
				t.Errorf("a stranger's hello is answered with %d, %d bytes, %v; want noise of 8 tags", f.Kind, len(f.Body), err)
			}
			if protos, err := h.Peerstore().GetProtocols(a.id); err != nil || len(protos) > 3 {
				t.Errorf("the stranger's peerstore has %v", protos)
			}
		})
	}
}

// A device that was removed and an address that failed too often get the same answer, byte for byte.
func TestT36RemovedSeesBusyLikeRateLimit(t *testing.T) {
	out := idOf(t, 1)
	sa := nettest.NewShelf(groupWith(network.Peer{ID: out}))
	pub, _ := mailboxKey(1)
	a := serve(t, 0, sa, newShelves(pub), quicHere)
	infos, _ := peer.AddrInfosFromP2pAddrs(a.Addrs()...)
	sb := nettest.NewShelf(groupWith(network.Peer{ID: a.id, In: true, Addrs: infos[0].Addrs}))
	b := serve(t, 1, sb, nil, quicHere)
	a.shelf.Add(group, nettest.Envelope("secret", 0, 1, 2950, 700))
	if _, err := b.Sync(t.Context(), network.Bout{}); !errors.Is(err, network.ErrNobody) || b.shelf.Len(group) != 0 {
		t.Errorf("Sync of a removed device = %v with %d envelopes, want %v with none", err, b.shelf.Len(group), network.ErrNobody)
	}
	h := bare(t, 9)
	if err := dial(t, h, a); err != nil {
		t.Fatal(err)
	}
	var last wire.Frame
	for range 22 {
		var err error
		if last, err = said(t, h, a.id); err != nil {
			t.Fatal(err)
		}
	}
	if last.Kind != wire.Busy || len(last.Body) != 0 {
		t.Errorf("after 20 failures the answer is %d with %d bytes, want busy", last.Kind, len(last.Body))
	}
}

func TestNoStreamLeftAfterManyCalls(t *testing.T) { // network-facts 7.2
	pub, key := mailboxKey(1)
	a := serve(t, 0, nettest.NewShelf(), newShelves(pub), quicHere)
	h := bare(t, 9)
	if err := dial(t, h, a); err != nil {
		t.Fatal(err)
	}
	_ = key
	for i := range 300 {
		if _, err := said(t, h, a.id); err != nil {
			t.Fatalf("hello %d: %v", i, err)
		}
		s, err := open(t, h, a.id, network.RelayProtocol)
		if err != nil {
			t.Fatalf("mailbox call %d: %v", i, err)
		}
		r := wire.NewReader(s)
		r.Allow(wire.Nonce)
		if _, err := r.Next(); err != nil {
			t.Fatalf("mailbox call %d: %v", i, err)
		}
		w := wire.NewWriter(s)
		w.Write(wire.Frame{Kind: wire.Login, Body: make([]byte, 128)})
		w.Flush()
		r.Allow(wire.Refused)
		if _, err := r.Next(); err != nil {
			t.Fatalf("mailbox call %d: %v", i, err)
		}
		s.Close()
		if s, err = open(t, h, a.id, identify.ID); err != nil {
			t.Fatalf("identify %d: %v", i, err)
		}
		if err := pbio.NewDelimitedReader(s, 1<<16).ReadMsg(new(pb.Identify)); err != nil {
			t.Fatalf("identify %d: %v", i, err)
		}
		s.Close()
	}
	for range 100 {
		if n := streams(h, a.id); n == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d streams left open", streams(h, a.id))
}

func streams(h host.Host, p peer.ID) (n int) {
	for _, c := range h.Network().ConnsToPeer(p) {
		n += len(c.GetStreams())
	}
	return n
}

// F17, light: streams that say nothing, or one byte, do not keep a member from being served.
func TestF17SlowStreamsDoNotStarve(t *testing.T) {
	pub, _ := mailboxKey(1)
	sa, sb := nettest.NewShelf(), nettest.NewShelf()
	sa.SetGroups(groupWith(network.Peer{ID: idOf(t, 1), In: true}))
	a := serve(t, 0, sa, newShelves(pub), quicHere)
	h := bare(t, 9)
	if err := dial(t, h, a); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 40 {
		s, err := open(t, h, a.id, network.SyncProtocol)
		if err != nil {
			refused++
			continue
		}
		s.SetDeadline(time.Now().Add(time.Second))
		s.Write([]byte{0xff})
		r := wire.NewReader(s)
		r.Allow(wire.Nonce)
		if _, err := r.Next(); err != nil {
			refused++
		}
	}
	if refused < 30 {
		t.Errorf("of 40 silent streams of one device %d were refused, want all but a few", refused)
	}
	infos, _ := peer.AddrInfosFromP2pAddrs(a.Addrs()...)
	sb.SetGroups(groupWith(network.Peer{ID: a.id, In: true, Addrs: infos[0].Addrs}))
	b := serve(t, 1, sb, nil, quicHere)
	b.await(t, "level beside them", isLevel)
}

func TestServeEndsClean(t *testing.T) {
	n, err := network.New(network.Options{Key: nettest.Key(0), Listen: []string{"/ip4/203.0.113.9/udp/1/quic-v1"}}, nettest.NewShelf(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Serve(t.Context()); !errors.Is(err, network.ErrListen) {
		t.Errorf("Serve at an address that is not ours = %v, want %v", err, network.ErrListen)
	}
	if _, err := network.New(network.Options{Key: nettest.Key(0), Listen: []string{"nowhere"}}, nettest.NewShelf(), nil); !errors.Is(err, network.ErrAddress) {
		t.Errorf("New(listen nowhere) = %v, want %v", err, network.ErrAddress)
	}
	if n, err = network.New(network.Options{Key: nettest.Key(0)}, nettest.NewShelf(), nil); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// shelves is a Rendezvous in memory.
type shelves struct {
	mu   sync.Mutex
	open []ed25519.PublicKey
	envs map[string][][]byte
	fail error
}

func newShelves(open ...ed25519.PublicKey) *shelves {
	return &shelves{open: open, envs: map[string][][]byte{}}
}

// set replaces what lies in one mailbox, and what Put answers from now on.
func (s *shelves) set(m ed25519.PublicKey, fail error, envs ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envs, s.fail = map[string][][]byte{string(m): envs}, fail
}

func mailboxKey(n byte) (ed25519.PublicKey, ed25519.PrivateKey) {
	key := ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, 32))
	return key.Public().(ed25519.PublicKey), key
}

func (s *shelves) Any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) > 0
}

func (s *shelves) Has(m ed25519.PublicKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.open, func(o ed25519.PublicKey) bool { return o.Equal(m) })
}

func (s *shelves) List(m ed25519.PublicKey) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.envs[string(m)])
}

func (s *shelves) Put(_ context.Context, m ed25519.PublicKey, env []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.envs[string(m)] = append(s.envs[string(m)], env)
	}
	return s.fail
}

func TestRendezvous(t *testing.T) {
	pub, key := mailboxKey(1)
	_, other := mailboxKey(2)
	box := newShelves(pub)
	for name, listen := range map[string]string{"quic": quicHere, "tcp": tcpHere} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, 0, nettest.NewShelf(groupWith()), box, listen)
			ctx := t.Context()
			drop, ask := nettest.Envelope("drop", 0, 6, 2950, 900), nettest.Envelope("ask", 0, 7, 2950, 4000)
			box.set(pub, nil, drop)
			for range 2 { // twice is no error
				if err := network.Post(ctx, a.Addrs(), key, ask); err != nil {
					t.Fatalf("Post = %v", err)
				}
			}
			got, err := network.Fetch(ctx, a.Addrs(), key, nil)
			if err != nil || len(got) != 2 {
				t.Fatalf("Fetch = %d, %v, want the drop and the request", len(got), err)
			}
			if got, err = network.Fetch(ctx, a.Addrs(), key, [][]byte{ask}); err != nil || len(got) != 1 || string(got[0]) != string(drop) {
				t.Errorf("Fetch(have the request) = %d, %v, want the drop", len(got), err)
			}
			if got, err = network.Fetch(ctx, a.Addrs(), key, [][]byte{ask, drop}); err != nil || len(got) != 0 {
				t.Errorf("Fetch(have both) = %d, %v, want none", len(got), err)
			}
			if err := network.Post(ctx, a.Addrs(), other, ask); !errors.Is(err, network.ErrClosed) {
				t.Errorf("Post with another key = %v, want %v", err, network.ErrClosed)
			}
			for _, kind := range []uint8{1, 2, 3, 4, 5, 9} {
				if err := network.Post(ctx, a.Addrs(), key, nettest.Envelope("x", 0, kind, 2950, 500)); !errors.Is(err, network.ErrKind) {
					t.Errorf("Post(kind %d) = %v, want %v", kind, err, network.ErrKind)
				}
			}
		})
	}
}

func TestRendezvousFills(t *testing.T) {
	pub, key := mailboxKey(1)
	box := newShelves(pub)
	a := serve(t, 0, nettest.NewShelf(), box, quicHere)
	put := func(n, size int) error {
		return network.Post(t.Context(), a.Addrs(), key, nettest.Envelope("fill", n, 7, 2950, size))
	}
	for n := range 63 {
		box.Put(t.Context(), pub, nettest.Envelope("fill", n, 7, 2950, 500))
	}
	if err := put(63, 500); err != nil {
		t.Errorf("the 64th envelope: %v", err)
	}
	if err := put(64, 500); !errors.Is(err, network.ErrFull) {
		t.Errorf("the 65th envelope: %v, want %v", err, network.ErrFull)
	}
	box.set(pub, nil)
	for n := range 17 {
		box.Put(t.Context(), pub, nettest.Envelope("big", n, 7, 2950, 60_000))
	}
	if err := put(1, 1<<20-17*60_000); err != nil {
		t.Errorf("up to 1 MiB: %v", err)
	}
	if err := put(2, 200); !errors.Is(err, network.ErrFull) {
		t.Errorf("beyond 1 MiB: %v, want %v", err, network.ErrFull)
	}
	box.set(pub, errors.New("disk"))
	if err := put(3, 500); !errors.Is(err, network.ErrBusy) {
		t.Errorf("with a failing disk: %v, want %v", err, network.ErrBusy)
	}
	box.set(pub, network.ErrKind)
	if err := put(4, 500); !errors.Is(err, network.ErrKind) {
		t.Errorf("what its keeper does not take: %v, want %v", err, network.ErrKind)
	}
	nobody := []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/tcp/1/p2p/" + idOf(t, 5).String())}
	if err := network.Post(t.Context(), nobody, key, []byte{1}); !errors.Is(err, network.ErrRelay) {
		t.Errorf("Post to nobody = %v, want %v", err, network.ErrRelay)
	}
	if _, err := network.Fetch(t.Context(), nil, key, nil); !errors.Is(err, network.ErrAddress) {
		t.Errorf("Fetch from no address = %v, want %v", err, network.ErrAddress)
	}
}
