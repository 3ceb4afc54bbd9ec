package network

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/autonat"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/reconcile"
	"kith/network/wire"
)

// A node whose groups meet through a mailbox alone has no door: nobody can even connect. It opens and shuts as groups change.
func TestDoorsOpenAndShut(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	shelf := &bareShelf{}
	n, err := New(Options{Key: ed25519.NewKeyFromSeed(make([]byte, 32)), Listen: []string{"/ip4/127.0.0.1/tcp/" + port}}, shelf, nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { ended <- n.Serve(ctx) }()
	<-n.up
	for _, c := range []struct {
		name   string
		groups []Group
		open   bool
	}{
		{"nothing yet", nil, true},
		{"a group that meets", []Group{{ID: GroupID{1}, Direct: true}}, true},
		{"through a mailbox", []Group{{ID: GroupID{1}, Peers: []Peer{{ID: "other", In: true}}}}, false},
		{"and one that meets", []Group{{ID: GroupID{1}}, {ID: GroupID{2}, Direct: true}}, true},
		{"through a mailbox again", []Group{{ID: GroupID{1}}}, false},
		{"a computer of one's own", []Group{{ID: GroupID{1}, Peers: []Peer{{ID: "own", In: true, Own: true}}}}, true},
	} {
		shelf.groups = c.groups
		n.Changed()
		conn, err := net.Dial("tcp", at)
		if err == nil {
			conn.Close()
		}
		if open := err == nil; open != c.open || len(n.Addrs()) > 0 != c.open {
			t.Errorf("%s: somebody may connect = %v, want %v; it says it is at %v", c.name, open, c.open, n.Addrs())
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// A stranger who is let in while an invite is open is told nothing later either, whatever changes here.
func TestStrangerIsToldNoChanges(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	l, err := newHost(Options{Key: key, Listen: []string{"/ip4/127.0.0.1/udp/0/quic-v1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	moved := make(chan struct{}, 16)
	if err := l.Start(Handlers{
		Admit: func(peer.ID) bool { return true }, Known: func(peer.ID) bool { return false },
		Stream: func(_ peer.ID, _ string, _ protocol.ID, s Stream) { s.Reset() },
		Up:     func(peer.ID) {}, Down: func(peer.ID) {}, Moved: func() { moved <- struct{}{} },
	}); err != nil {
		t.Fatal(err)
	}
	if err := l.Listen(true); err != nil {
		t.Fatal(err)
	}
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.DisableMetrics(), libp2p.DisableRelay())
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	told := make(chan int, 16)
	for _, id := range []protocol.ID{identify.IDPush, "/libp2p/autonat/1.0.0"} {
		h.SetStreamHandler(id, func(s p2pnet.Stream) {
			b, _ := io.ReadAll(io.LimitReader(s, 4096))
			told <- len(b)
			s.Reset()
		})
	}
	if err := h.Connect(t.Context(), peer.AddrInfo{ID: l.Self(), Addrs: l.Addrs()}); err != nil {
		t.Fatal(err)
	}
	for known := false; !known; { // until they know that the stranger takes such news
		select {
		case <-t.Context().Done():
			t.Fatal("never identified")
		case <-time.After(10 * time.Millisecond):
			protos, _ := l.h.Peerstore().SupportsProtocols(h.ID(), identify.IDPush)
			known = len(protos) > 0
		}
	}
	for len(moved) > 0 {
		<-moved
	}
	if err := l.h.Network().Listen(ma.StringCast("/ip4/127.0.0.1/tcp/0")); err != nil {
		t.Fatal(err)
	}
	<-moved
	select {
	case n := <-told:
		t.Errorf("a stranger was told of a change, %d bytes", n)
	case <-time.After(500 * time.Millisecond):
	}
}

// Nobody is asked to dial us back: that would tell them our public addresses.
func TestAsksNobodyToDialBack(t *testing.T) {
	l, err := newHost(Options{Key: ed25519.NewKeyFromSeed(make([]byte, 32))})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h, ok := l.h.(interface{ GetAutoNat() autonat.AutoNAT })
	if !ok {
		t.Fatalf("a %T does not say how it learns its reachability", l.h)
	}
	if _, still := h.GetAutoNat().(*autonat.StaticAutoNAT); !still {
		t.Errorf("the host learns its reachability by %T, which asks others", h.GetAutoNat())
	}
}

// Strangers who say no hello leave room for members.
func TestStrangersLeaveRoom(t *testing.T) {
	n := NewOver(stillLink{self: "self"}, Options{}, &bareShelf{}, nil)
	streams := make([]*stillStream, 4*strangerStreams)
	var done sync.WaitGroup
	for i := range streams {
		streams[i] = newStill()
		done.Go(func() { n.stream(peer.ID(fmt.Sprint("stranger", i)), "", SyncProtocol, streams[i]) })
	}
	refused := func() (k int) {
		for _, s := range streams {
			if s.shut.Load() {
				k++
			}
		}
		return k
	}
	for late := time.After(10 * time.Second); refused() < len(streams)-strangerStreams; {
		select {
		case <-late:
			t.Fatalf("%d of %d streams of strangers refused, want all but %d", refused(), len(streams), strangerStreams)
		case <-time.After(time.Millisecond):
		}
	}
	for _, s := range streams {
		s.Reset()
	}
	done.Wait()
	again := newStill()
	go n.stream("stranger", "", SyncProtocol, again)
	select {
	case <-again.asked:
	case <-time.After(10 * time.Second):
		t.Error("a stranger is not answered although all others are gone")
	}
	again.Reset()
}

// bareShelf answers nothing but the list of groups.
type bareShelf struct {
	Shelf
	groups []Group
}

func (s *bareShelf) Groups() []Group { return s.groups }

// stillLink is a link on which nothing happens.
type stillLink struct {
	Link
	self peer.ID
}

func (l stillLink) Self() peer.ID    { return l.self }
func (l stillLink) Peers() []peer.ID { return nil }

func (l stillLink) Dialled(peer.ID) []ma.Multiaddr { return nil }

// stillStream never says anything and takes nothing.
type stillStream struct {
	Stream
	over  chan struct{}
	asked chan struct{} // takes one for the first write
	shut  atomic.Bool
}

func newStill() *stillStream {
	return &stillStream{over: make(chan struct{}), asked: make(chan struct{}, 1)}
}

func (s *stillStream) Close() error { return nil }

func (s *stillStream) SetDeadline(time.Time) error { return nil }

func (s *stillStream) Protocol() protocol.ID { return SyncProtocol }

func (s *stillStream) Write([]byte) (int, error) {
	ring(s.asked)
	<-s.over
	return 0, io.ErrClosedPipe
}

func (s *stillStream) Read([]byte) (int, error) {
	<-s.over
	return 0, io.ErrClosedPipe
}

func (s *stillStream) Reset() error {
	if !s.shut.Swap(true) {
		close(s.over)
	}
	return nil
}

// Who is removed between the hello and the session does not get one.
func TestRemovedWhileSayingHello(t *testing.T) {
	shelf := &bareShelf{groups: []Group{{ID: GroupID{1}, Hello: [][32]byte{{2}}, Direct: true, Peers: []Peer{{ID: "other", In: true}}}}}
	n := NewOver(stillLink{self: "self"}, Options{}, shelf, nil)
	before := n.roster.Load()
	st := newStill()
	s := newSession(n, "other", false, st, wire.NewReader(st), wire.NewWriter(st), meeting{}, []common{{group: GroupID{1}}})
	shelf.groups = []Group{{ID: GroupID{1}, Hello: [][32]byte{{2}}, Direct: true, Peers: []Peer{{ID: "other"}}}}
	n.Changed()
	if _, err := n.adopt(s, before); !errors.Is(err, errGone) || len(n.Connected()) != 0 {
		t.Errorf("adopt of a device that is out meanwhile = %v, %d connected; want %v, none", err, len(n.Connected()), errGone)
	}
}

// emptySet is a shelf of one group with nothing in it.
type emptySet struct{ bareShelf }

func (s *emptySet) Set(GroupID) (reconcile.Set, Mark)                    { return reconcile.Set{}, 0 }
func (s *emptySet) Held(GroupID, peer.ID, []EnvelopeID, Mark)            {}
func (s *emptySet) Addrs(peer.ID, []ma.Multiaddr)                        {}
func (s *emptySet) Since(GroupID, peer.ID, int) ([]reconcile.Item, bool) { return nil, false }

// flood is a member's stream that opens one round after another and reads no answer.
type flood struct {
	*stillStream
	frame []byte
	rest  []byte
	n     int
}

func (f *flood) Read(b []byte) (int, error) {
	if f.shut.Load() {
		return 0, io.ErrClosedPipe
	}
	if len(f.rest) == 0 {
		f.rest = f.frame
		f.n++
	}
	n := copy(b, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// flooded runs a session with a member who floods it.
func flooded(t *testing.T, now func() time.Time, frame func(*session) wire.Frame) (*session, *flood, error) {
	t.Helper()
	shelf := &emptySet{bareShelf{groups: []Group{{ID: GroupID{1}, Hello: [][32]byte{{2}}, Peers: []Peer{{ID: "other", In: true}}}}}}
	n := NewOver(stillLink{self: "self"}, Options{}, shelf, nil)
	n.quota = newQuota(now)
	f := &flood{stillStream: newStill()}
	s := newSession(n, "other", false, f, wire.NewReader(f), wire.NewWriter(f), meeting{}, []common{{group: GroupID{1}}})
	f.frame = frameBytes(t, frame(s))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return s, f, s.live(ctx)
}

func opening(s *session) wire.Frame {
	round := reconcile.Begin(reconcile.Set{}, s.nonce)
	return wire.Frame{Kind: wire.Recon, Body: wire.ReconBody(wire.Start, round.Open())}
}

// A member who asks without end and never reads is cut off before the answers fill the memory.
func TestF17WhoNeverReadsIsCutOff(t *testing.T) {
	hours := testClock()
	s, f, err := flooded(t, func() time.Time { hours = hours.Add(time.Hour); return hours }, opening)
	if !errors.Is(err, errSlow) {
		t.Errorf("session of who never reads = %v after %d asks, %d bytes queued; want %v", err, f.n, s.out.queued(), errSlow)
	}
}

// Every round hashes our whole set, so a member opens so many in an hour and no more.
func TestRoundsAreCounted(t *testing.T) {
	s, f, err := flooded(t, testClock, opening)
	if !errors.Is(err, errProtocol) || f.n < roundsHad || s.out.queued() > 1<<20 {
		t.Errorf("session with rounds without end = %v after %d, %d bytes queued; want %v after %d", err, f.n, s.out.queued(), errProtocol, roundsHad)
	}
}

// Each list of addresses is written down, so one session takes so many.
func TestAddressesAreCounted(t *testing.T) {
	shelf := &emptySet{bareShelf{groups: []Group{{ID: GroupID{1}}}}}
	n := NewOver(stillLink{self: "self"}, Options{}, shelf, nil)
	st := newStill()
	s := newSession(n, "other", false, st, wire.NewReader(st), wire.NewWriter(st), meeting{}, []common{{group: GroupID{1}}})
	theirs := newCrier(common{group: GroupID{1}}, meeting{}, true)
	for i := range addrsTold + 1 {
		err := s.lanes[0].take(t.Context(), wire.Frame{Kind: wire.Addrs, Body: theirs.seal(nil)})
		if i < addrsTold && err != nil || i == addrsTold && !errors.Is(err, errProtocol) {
			t.Fatalf("list %d of addresses = %v", i+1, err)
		}
	}
}

// TestNamesAreCounted: each envelope that is asked for or offered is looked up, so a member names so many within an hour.
func TestNamesAreCounted(t *testing.T) {
	ids := make([]EnvelopeID, wire.MaxIDs)
	for i := range ids {
		ids[i] = EnvelopeID{byte(i), byte(i >> 8)}
	}
	for _, k := range []wire.Kind{wire.Offer, wire.Want} {
		shelf := &full{emptySet{bareShelf{groups: []Group{{ID: GroupID{1}, Direct: true, Peers: []Peer{{ID: "other", In: true}}}}}}}
		n := NewOver(stillLink{self: "self"}, Options{}, shelf, nil)
		n.quota = newQuota(testClock)
		st := newStill()
		s := newSession(n, "other", false, st, wire.NewReader(st), wire.NewWriter(st), meeting{}, []common{{group: GroupID{1}}})
		if !n.quota.names("other", namedHad-3*len(ids)) {
			t.Fatal("a member may not name as many as are allowed")
		}
		for i := range 4 {
			s.lanes[0].jobs = nil // answered
			err := s.lanes[0].take(t.Context(), wire.Frame{Kind: k, Body: wire.IDsBody(ids)})
			if last := i == 3; (err != nil) != last || last && !errors.Is(err, errProtocol) {
				t.Fatalf("frame %d of kind %d = %v", i+1, k, err)
			}
		}
	}
}

// full is a shelf that lacks nothing.
type full struct{ emptySet }

func (s *full) Lacks(GroupID, []EnvelopeID) []EnvelopeID { return nil }
func (s *full) Parts(GroupID, []EnvelopeID) []EnvelopeID { return nil }
func (s *full) Gone(GroupID, []EnvelopeID) []Gone        { return nil }
func (s *full) Order(GroupID, []EnvelopeID)              {}

// A member who offers what others have and then keeps it back, talking of other things, is not waited for: until the
// session ends nobody else is asked for the same.
func TestWhoKeepsBackIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf := &wanting{emptySet{bareShelf{groups: []Group{{ID: GroupID{1}}}}}}
		n := NewOver(stillLink{self: "self"}, Options{}, shelf, nil)
		st := newStill()
		s := newSession(n, "other", false, st, wire.NewReader(st), wire.NewWriter(st), meeting{}, []common{{group: GroupID{1}}})
		s.gather = time.NewTimer(idleMost)
		take := func(k wire.Kind, body []byte) {
			t.Helper()
			if err := s.lanes[0].take(t.Context(), wire.Frame{Kind: k, Body: body}); err != nil {
				t.Fatal(err)
			}
			s.touch()
		}
		take(wire.Offer, wire.IDsBody([]EnvelopeID{{1}, {2}}))
		s.busyAt = time.Now()
		time.Sleep(idleMost - time.Second)
		take(wire.Env, []byte("one of them"))
		s.lanes[0].filed(s.in.arrivals, Filed{})
		time.Sleep(idleMost - time.Second)
		take(wire.Offer, wire.IDsBody([]EnvelopeID{{3}}))
		if err := s.overdue(); err != nil {
			t.Errorf("after %v without an answer: %v", idleMost-time.Second, err)
		}
		time.Sleep(time.Second)
		take(wire.Offer, wire.IDsBody([]EnvelopeID{{4}}))
		if err := s.overdue(); !errors.Is(err, errIdle) {
			t.Errorf("after %v without an answer: %v, want %v", idleMost, err, errIdle)
		}
	})
}

// wanting is a shelf that lacks everything.
type wanting struct{ emptySet }

func (s *wanting) Lacks(_ GroupID, ids []EnvelopeID) []EnvelopeID { return ids }
func (s *wanting) Parts(GroupID, []EnvelopeID) []EnvelopeID       { return nil }

func frameBytes(t *testing.T, f wire.Frame) []byte {
	t.Helper()
	var b writes
	w := wire.NewWriter(&b)
	if err := errors.Join(w.Write(f), w.Flush()); err != nil {
		t.Fatal(err)
	}
	return b
}

type writes []byte

func (w *writes) Write(b []byte) (int, error) {
	*w = append(*w, b...)
	return len(b), nil
}
