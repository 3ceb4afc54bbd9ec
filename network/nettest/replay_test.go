package nettest

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"kith/network"
	"kith/network/wire"
)

// tapped is a link whose streams go through wrap.
type tapped struct {
	*Port
	wrap func(network.Stream) network.Stream
}

func (p tapped) Open(ctx context.Context, to peer.ID, ids ...protocol.ID) (network.Stream, error) {
	s, err := p.Port.Open(ctx, to, ids...)
	if err != nil {
		return nil, err
	}
	return p.wrap(s), nil
}

// recorder keeps all that is written.
type recorder struct {
	network.Stream
	mu  sync.Mutex
	log bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	r.log.Write(b)
	r.mu.Unlock()
	return r.Stream.Write(b)
}

func TestReplayedSessionDoesNothing(t *testing.T) { // F9
	synctest.Test(t, func(t *testing.T) {
		w, air := NewMemory(t, 2, 5*time.Millisecond)
		defer w.Close()
		a, b := w.Devices[0], w.Devices[1]
		g := w.GroupOf(a) // a dials nobody, so that b opens the session
		g.Peers[0].Addrs = nil
		a.Shelf.SetGroups(g)
		var rec *recorder
		memory := w.node
		w.node = func(d *Device, o network.Options) (*network.Node, error) {
			if d != b {
				return memory(d, o)
			}
			wrap := func(s network.Stream) network.Stream { rec = &recorder{Stream: s}; return rec }
			return network.NewOver(tapped{air.NewPort(d.ID), wrap}, o, d.Shelf, nil), nil
		}
		w.Write(1, "said", 50)
		w.Up()
		w.Await(time.Minute, "level", func() bool { return w.Level(50) })
		time.Sleep(time.Second)
		w.Down(1)
		said := rec.log.Bytes()
		writes, accepts := a.Shelf.Writes, a.Shelf.Accepts
		for _, id := range []peer.ID{b.ID, testID(t, 7)} { // from the same device, and from another
			again := air.NewPort(id)
			again.Start(network.Handlers{
				Admit: func(peer.ID) bool { return true }, Up: func(peer.ID) {}, Down: func(peer.ID) {},
				Stream: func(_ peer.ID, _ string, _ protocol.ID, s network.Stream) { s.Reset() },
			})
			if err := again.Dial(t.Context(), a.ID, nil); err != nil {
				if id == b.ID {
					t.Fatal(err)
				}
				continue // a device nobody knows is not even let in
			}
			s, err := again.Open(t.Context(), a.ID, network.SyncProtocol)
			if err != nil {
				t.Fatal(err)
			}
			s.SetDeadline(time.Now().Add(time.Minute))
			s.Write(said)
			got, _ := io.ReadAll(s)
			if len(got) > 600 {
				t.Errorf("a replayed session got %d bytes, want a nonce and noise", len(got))
			}
			s.Reset()
			again.Close()
		}
		if a.Shelf.Writes != writes || a.Shelf.Accepts != accepts {
			t.Errorf("a replayed session led to %d calls and %d writes, want none", a.Shelf.Accepts-accepts, a.Shelf.Writes-writes)
		}
	})
}

func testID(t testing.TB, i int) peer.ID {
	t.Helper()
	return newWorld(t, i+1).Devices[i].ID
}

// doubler writes every pushed envelope twice.
type doubler struct {
	network.Stream
	in io.WriteCloser
}

func newDoubler(s network.Stream) *doubler {
	out, in := io.Pipe()
	go func() {
		r, w := wire.NewReader(out), wire.NewWriter(s)
		r.Allow(wire.Hello, wire.Addrs, wire.Recon, wire.Offer, wire.Want, wire.WantRange, wire.Env, wire.Push,
			wire.Served, wire.Stored, wire.Done)
		for {
			f, err := r.Next()
			if err != nil {
				return
			}
			w.Write(f)
			if f.Kind == wire.Push {
				w.Write(f)
			}
			w.Flush()
		}
	}()
	return &doubler{s, in}
}

func (d *doubler) Write(b []byte) (int, error) { return d.in.Write(b) }

func (d *doubler) Reset() error {
	d.in.Close()
	return d.Stream.Reset()
}

func TestDoubledEnvelopesHaveOneEffect(t *testing.T) { // F9, F10
	synctest.Test(t, func(t *testing.T) {
		w, air := NewMemory(t, 3, 5*time.Millisecond)
		defer w.Close()
		memory := w.node
		w.node = func(d *Device, o network.Options) (*network.Node, error) {
			if d.I != 1 {
				return memory(d, o)
			}
			wrap := func(s network.Stream) network.Stream { return newDoubler(s) }
			return network.NewOver(tapped{air.NewPort(d.ID), wrap}, o, d.Shelf, nil), nil
		}
		w.Up()
		w.Await(time.Minute, "connected", func() bool { return len(w.Devices[1].Node.Connected()) == 2 })
		for k := range 20 {
			w.Write(1, string(rune('a'+k)), 1)
			time.Sleep(time.Second)
		}
		w.Await(10*time.Minute, "level", func() bool { return w.Level(20) })
		for _, d := range w.Devices {
			if d.I != 1 && d.Shelf.Writes != 20 {
				t.Errorf("device %d wrote %d envelopes, want 20", d.I, d.Shelf.Writes)
			}
		}
	})
}

// spoiler writes a frame no one may write, in place of every third write.
type spoiler struct {
	network.Stream
	bad []byte
	n   int
}

func (s *spoiler) Write(b []byte) (int, error) {
	if s.n++; s.n%3 == 0 {
		if _, err := s.Stream.Write(s.bad); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	return s.Stream.Write(b)
}

func TestSpoiledFramesHurtNobodyElse(t *testing.T) { // F11
	for name, bad := range map[string][]byte{
		"length 0": {0}, "2^31": {0x80, 0x80, 0x80, 0x80, 8}, "varint of 12": bytes.Repeat([]byte{0xff}, 12),
		"lane that is not": {3, byte(wire.Served), 200}, "served unasked": {2, byte(wire.Served), 0},
		"stored unsent": {3, byte(wire.Stored), 0, 9}, "done undue": {3, byte(wire.Done), 0, 0},
		"envelope unasked": {3, byte(wire.Env), 0, 1}, "answer to nothing": {5, byte(wire.Recon), 0, 0, 0x61, 0},
		"short ids": {4, byte(wire.Want), 0, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, air := NewMemory(t, 3, 5*time.Millisecond)
				defer w.Close()
				memory := w.node
				w.node = func(d *Device, o network.Options) (*network.Node, error) {
					if d.I != 1 {
						return memory(d, o)
					}
					wrap := func(s network.Stream) network.Stream { return &spoiler{Stream: s, bad: bad} }
					return network.NewOver(tapped{air.NewPort(d.ID), wrap}, o, d.Shelf, nil), nil
				}
				w.Write(0, "good", 100)
				w.Write(2, "other", 100)
				w.Up()
				w.Await(time.Minute, "the honest two level", func() bool { return w.Level(200, 0, 2) })
				w.Write(0, "live", 1)
				w.Await(time.Second, "and live", func() bool { return w.Level(201, 0, 2) })
			})
		})
	}
}
