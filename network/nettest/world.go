package nettest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
)

// World is some devices that share one group, on one simulated network.
type World struct {
	t       testing.TB
	Group   network.GroupID
	Hello   [32]byte
	Devices []*Device
	node    func(d *Device, o network.Options) (*network.Node, error)
	down    func()
	addrs   func(i int) []ma.Multiaddr
}

// Device is one node, its shelf and its key.
type Device struct {
	I     int
	Key   ed25519.PrivateKey
	ID    peer.ID
	Shelf *Shelf
	Node  *network.Node
	stop  context.CancelFunc
	done  chan error

	mu     sync.Mutex
	events []network.Event
}

// Key is the transport key of the i-th device of any world.
func Key(i int) ed25519.PrivateKey {
	seed := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("nettest"), uint64(i)))
	return ed25519.NewKeyFromSeed(seed[:])
}

// NewMemory is n devices over streams in memory, none of them up. Call it and Close inside one bubble.
func NewMemory(t testing.TB, n int, latency time.Duration) (*World, *Air) {
	air := NewAir(latency)
	w := newWorld(t, n)
	w.node = func(d *Device, o network.Options) (*network.Node, error) {
		return network.NewOver(air.NewPort(d.ID), o, d.Shelf, nil), nil
	}
	w.addrs = func(int) []ma.Multiaddr { return []ma.Multiaddr{somewhere} }
	w.down = air.Wait
	w.share()
	return w, air
}

func newWorld(t testing.TB, n int) *World {
	w := &World{t: t, Group: network.GroupID{1}, Hello: [32]byte{2}}
	for i := range n {
		key := Key(i)
		id, err := network.PeerID(key.Public().(ed25519.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		w.Devices = append(w.Devices, &Device{I: i, Key: key, ID: id, Shelf: NewShelf()})
	}
	return w
}

// share puts every device into the group.
func (w *World) share() {
	for _, d := range w.Devices {
		d.Shelf.SetGroups(w.GroupOf(d))
	}
}

// GroupOf is the group as a device knows it: all others in it.
func (w *World) GroupOf(d *Device) network.Group {
	g := network.Group{ID: w.Group, Hello: [][32]byte{w.Hello}, Direct: true}
	for _, o := range w.Devices {
		if o != d {
			g.Peers = append(g.Peers, network.Peer{ID: o.ID, Addrs: w.addrs(o.I), In: true})
		}
	}
	return g
}

// Up starts devices; without any, all.
func (w *World) Up(which ...int) {
	for _, d := range w.pick(which) {
		n, err := w.node(d, network.Options{Tell: d.tell})
		if err != nil {
			w.t.Fatal(err)
		}
		d.Node = n
		ctx, stop := context.WithCancel(context.Background())
		d.stop, d.done = stop, make(chan error, 1)
		go func() { d.done <- d.Node.Serve(ctx) }()
	}
}

// Down stops devices and waits for them; without any, all that are up.
func (w *World) Down(which ...int) {
	for _, d := range w.pick(which) {
		if d.stop == nil {
			continue
		}
		d.stop()
		if err := <-d.done; err != nil {
			w.t.Errorf("Serve of device %d = %v", d.I, err)
		}
		d.stop = nil
	}
}

// Close stops everything; no goroutine of the world is left.
func (w *World) Close() {
	w.Down()
	w.down()
}

func (w *World) pick(which []int) []*Device {
	if len(which) == 0 {
		return w.Devices
	}
	var some []*Device
	for _, i := range which {
		some = append(some, w.Devices[i])
	}
	return some
}

// Write has a device write n envelopes and push them.
func (w *World) Write(i int, seed string, n int) {
	d := w.Devices[i]
	for k := range n {
		e := Envelope(seed, k, 1, 2950, 700)
		d.Shelf.Add(w.Group, e)
		if d.stop != nil {
			d.Node.Push(w.Group, e)
		}
	}
}

// Level reports whether all these devices hold the same n envelopes; without any, all devices.
func (w *World) Level(n int, which ...int) bool {
	some := w.pick(which)
	return !slices.ContainsFunc(some, func(d *Device) bool {
		return d.Shelf.Len(w.Group) != n || !d.Shelf.Same(w.Group, some[0].Shelf)
	})
}

// Await waits, at most so long, until ok is true; it looks every 10 ms of the bubble's time.
func (w *World) Await(most time.Duration, what string, ok func() bool) time.Duration {
	w.t.Helper()
	begin := time.Now()
	for !ok() {
		if time.Since(begin) > most {
			var held []int
			for _, d := range w.Devices {
				held = append(held, d.Shelf.Len(w.Group))
			}
			w.t.Errorf("after %v still not: %s; envelopes held: %v", most, what, held)
			return time.Since(begin)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(begin)
}

func (d *Device) tell(e network.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, e)
}

// Events is what the device's nodes have told so far.
func (d *Device) Events() []network.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events)
}
