package keeper

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/sync/errgroup"

	"kith/network"
	"kith/network/mailbox"
)

// Options are what a keeper may be told; the zero value works, and listens nowhere.
type Options struct {
	Listen       []string          // multiaddrs; DefaultListen has the usual
	Announce     []string          // multiaddrs that pairing links tell instead of those listened on, such as a web server's in front
	Certificates []tls.Certificate // for WebSocket over TLS (/tls/ws); none for who has a web server in front, or needs none
	Limits       mailbox.Limits    // the zero value is the protocol's
	Log          *slog.Logger      // counts, never an id; nil means silence
	Now          func() time.Time  // nil means time.Now
	Host         []libp2p.Option   // more options for the host, such as a simulated network; nil means none
	MaxSize      int               // bytes of the file, for tests of a full disk; 0 means as the disk has

	Hides func(id [32]byte) bool // what is kept and shown to nobody, for tests of a mailbox that lies; nil means nothing
}

// DefaultListen is every address of this computer on one port: QUIC, and TCP and WebSocket on the same number.
func DefaultListen(port string) []string {
	var out []string
	for _, ip := range []string{"/ip4/0.0.0.0", "/ip6/::"} {
		out = append(out, ip+"/udp/"+port+"/quic-v1", ip+"/tcp/"+port, ip+"/tcp/"+port+"/ws")
	}
	return out
}

func (o Options) orDefault() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// How often what is due goes, and how much of it in one transaction.
const (
	sweepEvery = 10 * time.Minute
	sweepMost  = 1_000
)

// Keeper is one mailbox that always runs. New opens its file, Serve lives.
type Keeper struct {
	o     Options
	file  *file
	self  peer.ID
	host  host.Host
	relay *relayRules
	began time.Time
	up    chan struct{} // closed when Serve listens
	bells bells
	pool  *pool

	mu      sync.Mutex
	closing bool
	visits  sync.WaitGroup

	count struct{ visits, closed, put, got, refused, swept atomic.Uint64 }
}

// New opens the file of a home, or makes it. Who never calls Serve calls Close. It returns ErrInUse when another program
// has the file, ErrDamaged or ErrNewer when it cannot be read.
func New(home string, o Options) (*Keeper, error) {
	o = o.orDefault()
	f, err := openFile(home, o.Limits, o.Now, o.MaxSize)
	if err != nil {
		return nil, err
	}
	k := &Keeper{o: o, file: f, relay: newRelayRules(o.Now), pool: newPool(poolMemory), began: o.Now(), up: make(chan struct{})}
	key, err := f.identity()
	if err == nil {
		k.host, err = newHost(key, o, k.relay)
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	k.self = k.host.ID()
	return k, nil
}

// Close lets go of a keeper that was never served.
func (k *Keeper) Close() error { return errors.Join(k.host.Close(), k.file.close()) }

// Serve answers visitors until ctx ends; then it ends their visits, finishes what was begun to be written, and closes the
// file. It returns nil when ctx ended it, and network.ErrListen when no address could be listened on.
func (k *Keeper) Serve(ctx context.Context) error {
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	written := make(chan error, 1)
	go func() { written <- k.file.serve(writing) }()

	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return k.sweep(gctx) })
	g.Go(func() error {
		if err := k.listen(gctx); err != nil {
			return err
		}
		close(k.up)
		<-gctx.Done()
		return nil
	})
	err := g.Wait()
	k.mu.Lock()
	k.closing = true
	k.mu.Unlock()
	err = errors.Join(err, k.host.Close())
	k.visits.Wait()
	stopWriting()
	return errors.Join(err, <-written, k.file.close())
}

// begin notes a visit, unless the keeper is closing.
func (k *Keeper) begin() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closing {
		return false
	}
	k.visits.Add(1)
	return true
}

// Up is closed when Serve listens.
func (k *Keeper) Up() <-chan struct{} { return k.up }

// Self is the name by which visitors know this mailbox.
func (k *Keeper) Self() peer.ID { return k.self }

// sweep takes away what is due, now and then, a little at a time.
func (k *Keeper) sweep(ctx context.Context) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		n := 0
		err := k.file.write(ctx, 0, func(t tx) (err error) {
			n, err = t.shelf.Sweep(t.box, t.at, sweepMost)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			k.o.Log.Warn("mailbox sweep failed", "err", err)
		case n > 0:
			k.count.swept.Add(uint64(n)) //nolint:gosec // not negative
			k.o.Log.Info("mailbox swept", "envelopes", n)
		}
		if err == nil && n >= sweepMost {
			t.Reset(0)
		} else {
			t.Reset(sweepEvery)
		}
	}
}

// Addrs is where this mailbox is met, each ending in /p2p/ID: what was told to be announced, or what it listens on.
func (k *Keeper) Addrs() []ma.Multiaddr {
	self, err := ma.NewComponent("p2p", k.self.String())
	if err != nil {
		return nil
	}
	var at []ma.Multiaddr
	for _, text := range k.o.Announce {
		if a, err := ma.NewMultiaddr(text); err == nil {
			at = append(at, a)
		}
	}
	if len(at) == 0 {
		at = k.listened()
	}
	out := make([]ma.Multiaddr, 0, len(at))
	for _, a := range at {
		out = append(out, a.Encapsulate(self.Multiaddr()))
	}
	return out
}

// listened is where the host listens; this computer's own loopback only where there is nothing else.
func (k *Keeper) listened() []ma.Multiaddr {
	all, err := k.host.Network().InterfaceListenAddresses()
	if err != nil {
		return nil
	}
	var far, near []ma.Multiaddr
	for _, a := range all {
		switch {
		case manet.IsIPLoopback(a):
			near = append(near, a)
		case manet.IsIP6LinkLocal(a):
		default:
			far = append(far, a)
		}
	}
	if len(far) == 0 {
		return near
	}
	return far
}

// PairLink is a code as a link that leads here.
func (k *Keeper) PairLink(c network.PairCode) network.PairLink {
	return network.PairLink{Code: c, Addrs: k.Addrs()}
}

// Backup writes a copy of the file as it is now. It replaces nothing: ErrExists.
func (k *Keeper) Backup(path string) error { return k.file.copyTo(path) }

// Status is what a keeper is told. It names nobody.
type Status struct {
	Since     time.Time
	Addrs     []string
	Groups    []GroupStatus
	Bytes     int64  // of the file
	Connected int    // visitors at the moment
	Visits    uint64 // since it runs, as all below
	Closed    uint64 // logins and pairings that were refused
	Put, Got  uint64 // envelopes
	Refused   uint64 // wishes
	Swept     uint64 // envelopes whose time was over
	Commits   uint64
	Failed    uint64 // commits that the disk refused
	Trouble   error  // what the disk said of the last commit
}

// GroupStatus is one paired group, by a random number that means nothing anywhere else.
type GroupStatus struct {
	Tenant mailbox.Tenant
	mailbox.Usage
	Full int // per cent of what it may have
}

// Status says how things are.
func (k *Keeper) Status() (Status, error) {
	s := Status{Since: k.began, Bytes: k.file.size(), Connected: len(k.host.Network().Peers())}
	for _, a := range k.Addrs() {
		s.Addrs = append(s.Addrs, a.String())
	}
	s.Visits, s.Closed, s.Put, s.Got = k.count.visits.Load(), k.count.closed.Load(), k.count.put.Load(), k.count.got.Load()
	s.Refused, s.Swept = k.count.refused.Load(), k.count.swept.Load()
	s.Commits, s.Failed, s.Trouble = k.file.health()
	err := k.file.read(func(t tx) error {
		all, err := mailbox.Tenants(t.box)
		if err != nil {
			return err
		}
		for _, one := range all {
			u, err := mailbox.UsageOf(t.box, one)
			if err != nil {
				return err
			}
			s.Groups = append(s.Groups, GroupStatus{one, u, k.o.Limits.Full(u)})
		}
		return nil
	})
	return s, err
}

// Check reads everything that waits and proves that it is what was put.
func (k *Keeper) Check() (c mailbox.Checked, err error) {
	err = k.file.read(func(t tx) (err error) {
		c, err = mailbox.Check(t.box)
		return err
	})
	return c, err
}
