package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	"github.com/libp2p/zeroconf/v2"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/wire"
)

// The settings of network-facts.md, section 4, as the host works with them: so many and not one more.
func TestT8ResourceLimits(t *testing.T) {
	theirs := testPeer(t, 2)
	loop := ma.StringCast("/ip4/192.0.2.9/tcp/1")
	count := func(most int, one func(i int) error) (n int) {
		for n = range most {
			if one(n) != nil {
				return n
			}
		}
		return most
	}
	fresh := func(t *testing.T) p2pnet.ResourceManager {
		t.Helper()
		m, err := resources()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		return m
	}
	stream := func(t *testing.T, m p2pnet.ResourceManager, p peer.ID, id protocol.ID, dir p2pnet.Direction) (p2pnet.StreamManagementScope, error) {
		t.Helper()
		s, err := m.OpenStream(p, dir)
		if err != nil {
			return nil, err
		}
		if err := s.SetProtocol(id); err != nil {
			s.Done()
			return nil, err
		}
		return s, nil
	}
	for _, c := range []struct {
		name string
		want int
		one  func(t *testing.T, m p2pnet.ResourceManager) func(int) error
	}{
		{"streams in, of sync with one device", 4, func(t *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(int) error { _, err := stream(t, m, theirs, SyncProtocol, p2pnet.DirInbound); return err }
		}},
		{"streams out, of sync with one device", 4, func(t *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(int) error { _, err := stream(t, m, theirs, SyncProtocol, p2pnet.DirOutbound); return err }
		}},
		{"streams in, of mailboxes with one device", 4, func(t *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(int) error { _, err := stream(t, m, theirs, RelayProtocol, p2pnet.DirInbound); return err }
		}},
		{"streams in, of sync in all", 64, func(t *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(i int) error {
				_, err := stream(t, m, testPeer(t, byte(i/4+1)), SyncProtocol, p2pnet.DirInbound)
				return err
			}
		}},
		{"streams in, of the first sync with one device", 4, func(t *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(int) error { _, err := stream(t, m, theirs, FirstSync, p2pnet.DirInbound); return err }
		}},
		{"streams of one device, before it says what for", 16, func(_ *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(int) error { _, err := m.OpenStream(theirs, p2pnet.DirInbound); return err }
		}},
		{"pushed identify", 0, func(t *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(int) error { _, err := stream(t, m, theirs, identify.IDPush, p2pnet.DirInbound); return err }
		}},
		{"connections of one device", 4, func(_ *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(i int) error {
				s, err := m.OpenConnection(p2pnet.DirInbound, true, ma.StringCast(fmt.Sprintf("/ip4/192.0.2.%d/tcp/1", i+1)))
				if err != nil {
					return err
				}
				return s.SetPeer(theirs)
			}
		}},
		{"connections that have not said who they are", 32, func(_ *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(i int) error {
				_, err := m.OpenConnection(p2pnet.DirInbound, true, ma.StringCast(fmt.Sprintf("/ip4/192.0.%d.9/tcp/1", i+1)))
				return err
			}
		}},
		{"connections from one address", 8, func(_ *testing.T, m p2pnet.ResourceManager) func(int) error {
			return func(int) error { _, err := m.OpenConnection(p2pnet.DirInbound, true, loop); return err }
		}},
		{"streams of sync that reserve their memory", 5, func(t *testing.T, m p2pnet.ResourceManager) func(int) error {
			s, err := stream(t, m, theirs, SyncProtocol, p2pnet.DirInbound)
			if err != nil {
				t.Fatal(err)
			}
			return func(int) error { return s.ReserveMemory(streamMemory, p2pnet.ReservationPriorityAlways) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n := count(c.want+8, c.one(t, fresh(t))); n != c.want {
				t.Errorf("%d are let in, want %d", n, c.want)
			}
		})
	}
}

// Whoever knows nothing of us can make us read a hello and no more before it is answered and closed.
func TestT8BytesOfAStranger(t *testing.T) {
	r := wire.NewReader(&flood{stillStream: newStill(), frame: frameBytes(t, wire.Frame{Kind: wire.Hello, Body: make([]byte, 544)})})
	r.Allow(wire.Hello)
	f, err := r.Next()
	if err != nil || r.Bytes() > 64<<10 {
		t.Fatalf("%d bytes read for a %d, %v", r.Bytes(), f.Kind, err)
	}
	for _, k := range []wire.Kind{wire.Env, wire.Push, wire.Recon, wire.Put} {
		r := wire.NewReader(&flood{stillStream: newStill(), frame: []byte{0xff, 0xff, 0x13, byte(k), 0}})
		r.Allow(wire.Hello)
		if _, err := r.Next(); err == nil || r.Bytes() > 0 {
			t.Errorf("kind %d in place of a hello = %v after %d bytes", k, err, r.Bytes())
		}
	}
}

// What a device sends and is refused is not asked of it at once again, each time for longer; of others it is. Who sends
// little else is asked for little.
func TestRefusedIsNotAskedAgain(t *testing.T) {
	now := testClock()
	q := newQuota(func() time.Time { return now })
	a, b, id := testPeer(t, 1), testPeer(t, 2), EnvelopeID{1}
	for i := range 8 {
		q.refused(a, id)
		if len(q.wanted(a, []EnvelopeID{id, {2}})) != 1 || len(q.wanted(b, []EnvelopeID{id, {2}})) != 2 {
			t.Fatalf("round %d: refused envelopes are asked for, or of others are not", i)
		}
		wait := min(quotaHour, firstShun<<i)
		if now = now.Add(wait - time.Second); len(q.wanted(a, []EnvelopeID{id})) != 0 {
			t.Errorf("round %d: asked for before %v have passed", i, wait)
		}
		if now = now.Add(time.Second); len(q.wanted(a, []EnvelopeID{id})) != 1 {
			t.Errorf("round %d: not asked for after %v", i, wait)
		}
	}
	now = now.Add(24 * time.Hour)
	for i := range junkHad {
		if !q.trusted(a) {
			t.Fatalf("no longer trusted after %d", i)
		}
		q.refused(a, EnvelopeID{byte(i), byte(i >> 8), 9})
	}
	if q.trusted(a) || !q.trusted(b) {
		t.Error("who sends much junk is asked for as much as it says, or another is not")
	}
	if now = now.Add(quotaHour); !q.trusted(a) {
		t.Error("not trusted again after an hour")
	}
	for i := range shunMost + 10 {
		q.refused(a, EnvelopeID{byte(i), byte(i >> 8), byte(i >> 16), 8})
	}
	if len(q.shuns) > shunMost {
		t.Errorf("%d refusals are remembered, want at most %d", len(q.shuns), shunMost)
	}
}

// nearLink answers no dial, and counts them.
type nearLink struct {
	stillLink
	dialled chan []ma.Multiaddr
	hold    chan struct{}
}

func (l *nearLink) Dial(ctx context.Context, p peer.ID, addrs []ma.Multiaddr) error {
	l.dialled <- addrs
	select {
	case <-l.hold:
	case <-ctx.Done():
	}
	return &WrongPeer{Want: p, Got: "impostor"}
}

// F18: who lies on the local network, with noise or with tags heard from a member, brings about a few dials at a time to
// private addresses there, and nothing of it is kept.
func TestF18NearbyLies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := testGroups(1, 1, 1)[0]
		g.Peers = []Peer{{ID: "other", In: true}}
		link := &nearLink{stillLink: stillLink{self: "self"}, dialled: make(chan []ma.Multiaddr, 1000), hold: make(chan struct{})}
		now := testClock()
		n := NewOver(link, Options{Now: func() time.Time { return now }}, &bareShelf{groups: []Group{g}}, nil)
		n.ctx = t.Context()
		said := func(text []string, name string, ips ...net.IP) *zeroconf.ServiceEntry {
			return &zeroconf.ServiceEntry{
				ServiceRecord: zeroconf.ServiceRecord{Instance: name, Service: nearService, Domain: nearDomain}, Text: text, AddrIPv4: ips, Port: 4001,
			}
		}
		home, abroad := net.IPv4(192, 168, 1, 66), net.IPv4(203, 0, 113, 6)
		noise := nearTXT(nil, nil, "", now)
		heard := nearTXT(map[GroupID]Group{g.ID: g}, nil, "", now)
		for i := range 50 {
			n.near.found(said(noise, fmt.Sprint("noise", i), home))
			n.near.found(said(heard, fmt.Sprint("abroad", i), abroad))
		}
		synctest.Wait()
		if len(link.dialled) > 0 {
			t.Errorf("%d dials for noise and for addresses that are not near", len(link.dialled))
		}
		for i := range 50 {
			n.near.found(said(heard, fmt.Sprint("replayed", i), home, abroad))
		}
		synctest.Wait()
		if k := len(link.dialled); k == 0 || k > nearLooks {
			t.Errorf("%d dials at once for what was said again under 50 names, want at most %d", k, nearLooks)
		}
		if at := <-link.dialled; len(at) != 1 {
			t.Errorf("dialled %v, want the private address alone", at)
		}
		close(link.hold)
		n.work.Wait()
		if len(n.heard) > 0 || len(n.near.seen) > 257 {
			t.Errorf("addresses kept of %d devices, names of %d", len(n.heard), len(n.near.seen))
		}
		old := nearTXT(map[GroupID]Group{g.ID: g}, nil, "", now.Add(-3*time.Hour))
		for len(link.dialled) > 0 {
			<-link.dialled
		}
		if n.near.found(said(old, "of yesterday", home)); len(link.dialled) > 0 {
			t.Error("tags of some hours ago are dialled")
		}
	})
}

// F18: what two devices are is told apart in words, and found as what it is.
func TestF18WrongPeerSaysBoth(t *testing.T) {
	want, got := peer.ID("12"), peer.ID("34")
	err := fmt.Errorf("dial: %w", &WrongPeer{Want: want, Got: got})
	var coded interface{ Code() string }
	if !errors.Is(err, ErrWrongPeer) || errors.Is(err, ErrNobody) || !errors.As(err, &coded) || coded.Code() != "E_WRONG_PEER" {
		t.Errorf("%v is not found as %v", err, ErrWrongPeer)
	}
}

// F17: of a member's stream that brings one byte a second nothing is waited for longer than for one that brings none.
func TestF17OneByteASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf := &wanting{emptySet{bareShelf{groups: []Group{{ID: GroupID{1}, Hello: [][32]byte{{2}}, Peers: []Peer{{ID: "other", In: true}}}}}}}
		n := NewOver(stillLink{self: "self"}, Options{}, shelf, nil)
		offer := frameBytes(t, wire.Frame{Kind: wire.Offer, Body: wire.IDsBody([]EnvelopeID{{1}})})
		env := frameBytes(t, wire.Frame{Kind: wire.Env, Body: make([]byte, 300)})
		d := &dribble{over: make(chan struct{}), first: len(offer), rest: slices.Concat(offer, env)}
		s := newSession(n, "other", false, d, wire.NewReader(d), wire.NewWriter(d), meeting{}, []common{{group: GroupID{1}}})
		begun := time.Now()
		err := s.live(t.Context())
		if took := time.Since(begun); !errors.Is(err, errIdle) || took > idleMost+idleMost/2 {
			t.Errorf("a session at one byte a second ends after %v with %v, want %v after about %v", took, err, errIdle, idleMost)
		}
	})
}

// dribble gives its first bytes at once and then one a second.
type dribble struct {
	Stream
	over  chan struct{}
	first int
	rest  []byte
}

func (d *dribble) Read(b []byte) (int, error) {
	n := 1
	if d.first > 0 {
		n, d.first = min(d.first, len(b)), 0
	} else {
		select {
		case <-d.over:
			return 0, net.ErrClosed
		case <-time.After(time.Second):
		}
	}
	n = copy(b, d.rest[:min(n, len(d.rest))])
	d.rest = d.rest[n:]
	return n, nil
}

func (d *dribble) Write(b []byte) (int, error) { return len(b), nil }

// Protocol is the newest.
func (d *dribble) Protocol() protocol.ID { return SyncProtocol }

func (d *dribble) SetDeadline(time.Time) error { return nil }
func (d *dribble) Reset() error {
	select {
	case <-d.over:
	default:
		close(d.over)
	}
	return nil
}

// refusing is a shelf that lacks everything and files nothing.
type refusing struct{ wanting }

func (s *refusing) Accept(GroupID, peer.ID, [][]byte) File {
	return func(context.Context) (Filed, error) { return Filed{}, nil }
}

// F17: who answers, but never so much that the work ends, is served for ten minutes; then it begins anew.
func TestF17TenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf := &refusing{wanting{emptySet{bareShelf{groups: []Group{{ID: GroupID{1}, Hello: [][32]byte{{2}}, Peers: []Peer{{ID: "other", In: true}}}}}}}}
		n := NewOver(stillLink{self: "self"}, Options{}, shelf, nil)
		ids := make([]EnvelopeID, 100)
		for i := range ids {
			ids[i][0] = byte(i + 1)
		}
		d := &drip{
			dribble: dribble{over: make(chan struct{}), rest: frameBytes(t, wire.Frame{Kind: wire.Offer, Body: wire.IDsBody(ids)})},
			frame:   frameBytes(t, wire.Frame{Kind: wire.Env, Body: make([]byte, 300)}),
		}
		d.first = len(d.rest)
		s := newSession(n, "other", false, d, wire.NewReader(d), wire.NewWriter(d), meeting{}, []common{{group: GroupID{1}}})
		begun := time.Now()
		err := s.live(t.Context())
		if took := time.Since(begun); !errors.Is(err, errIdle) || took < busyMost || took > busyMost+idleMost {
			t.Errorf("a session that is never done ends after %v with %v, want %v after %v", took, err, errIdle, busyMost)
		}
	})
}

// drip gives its first bytes at once and then a frame every 20 seconds.
type drip struct {
	dribble
	frame []byte
}

func (d *drip) Read(b []byte) (int, error) {
	if d.first > 0 || len(d.rest) > 0 {
		n := copy(b, d.rest)
		d.first, d.rest = 0, d.rest[n:]
		return n, nil
	}
	select {
	case <-d.over:
		return 0, net.ErrClosed
	case <-time.After(20 * time.Second):
	}
	d.rest = d.frame
	return d.Read(b)
}
