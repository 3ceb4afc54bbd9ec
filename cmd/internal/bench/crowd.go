package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"kith/store/kp1"
)

// Many in one group: W4, what one writes until the last of the others has it.

const (
	fanoutOps  = 200
	fanoutMost = 3 * time.Second // until an op counts as not delivered
	envelope   = 636             // bytes of an answer's envelope
)

// crowd is many peers of one group in this process, each with a home of its own.
type crowd struct {
	top     string
	devices []kp1.DID
	rigs    []*rig
}

// newCrowd lets n people into one group, without a network. Their homes are closed again.
func newCrowd(ctx context.Context, p *plan, n int) (c *crowd, g kp1.GID, err error) {
	c = &crowd{}
	if c.top, err = p.folder("crowd"); err != nil {
		return c, g, err
	}
	people := make([]*person, 0, n)
	defer func() {
		for _, x := range people {
			err = errors.Join(err, x.close())
		}
	}()
	for i := range n {
		x, err := newPerson(c.home(i), "Peer "+strconv.Itoa(i))
		if err != nil {
			return c, g, err
		}
		people = append(people, x)
		if i == 0 {
			g, err = found(ctx, x.Ledger)
		} else {
			err = letIn(ctx, people[0], x, g)
		}
		if err != nil {
			return c, g, err
		}
	}
	work := acts{kind: p.act}
	if _, err := work.prepare(ctx, people[0].Ledger, g, fanoutOps); err != nil {
		return c, g, err
	}
	for i, x := range people {
		if i > 0 {
			err = level(ctx, g, people[0], x)
		}
		if err = errors.Join(err, remember(x, g, p.act, 0)); err != nil {
			return c, g, err
		}
		c.devices = append(c.devices, x.View().Group(g).Device)
	}
	return c, g, nil
}

func (c *crowd) home(i int) string { return filepath.Join(c.top, strconv.Itoa(i), "home") }

// wake opens the peers from the first on, one after another, and puts them on the network: each knows where those before it
// are, and goes to them.
func (c *crowd) wake(ctx context.Context, p *plan, g kp1.GID, first, n int, known map[kp1.DID][]string) error {
	for i := first; i < n; i++ {
		r := &rig{}
		c.rigs = append(c.rigs, r)
		if _, err := r.open(ctx, args{Dir: c.home(i), Reopen: true, Quiet: true, Transport: p.transport, Act: p.act}); err != nil {
			return err
		}
		l, _ := r.p.Inside()
		for d, addrs := range known {
			if err := l.Heard(g, d, addrs); err != nil {
				return err
			}
		}
		if err := r.serve(ctx); err != nil {
			return err
		}
		known[l.View().Group(g).Device] = []string{r.addr}
	}
	return nil
}

// linked waits until every peer has a session with so many others.
func (c *crowd) linked(ctx context.Context, most int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, r := range c.rigs {
		_, node := r.p.Inside()
		for len(node.Paths()) < most {
			if pause(ctx, 20*time.Millisecond); ctx.Err() != nil {
				return fmt.Errorf("%d of %d links: %w", len(node.Paths()), most, errShort)
			}
		}
	}
	return nil
}

func (c *crowd) end() (err error) {
	for _, r := range c.rigs {
		err = errors.Join(err, r.close())
	}
	return errors.Join(err, os.RemoveAll(c.top))
}

// fanned is what a fan-out cost.
type fanned struct {
	last  []float64 // milliseconds until the last had it, of those that all had in time
	full  int       // ops that all had in time
	bytes float64   // in, of a peer and op
	rss   float64
}

// fan has authors picked by chance write one op after another, each once all have the one before or its time is over.
func (c *crowd) fan(ctx context.Context, ops int) (f fanned, err error) {
	for _, r := range c.rigs {
		r.mu.Lock()
		r.live, r.seen = true, map[string]int64{}
		r.mu.Unlock()
		l, _ := r.p.Inside()
		if err := r.stock(ctx, l, 0); err != nil {
			return f, err
		}
	}
	before := c.taken()
	dice := rand.New(rand.NewPCG(4, uint64(ops))) //nolint:gosec // the same authors each time
	for i := range ops {
		author := dice.IntN(len(c.rigs))
		r := c.rigs[author]
		r.work.next = i // an answer that nobody has given yet
		l, _ := r.p.Inside()
		d := r.work.draft()
		begin := mono()
		ids, err := l.Propose(ctx, r.g, d)
		if err != nil {
			return f, err
		}
		if last, ok := c.seen(ctx, author, ids[0].String()); ok {
			f.full++
			f.last = append(f.last, float64(last-begin)/1e6)
		}
	}
	f.bytes = float64(c.taken()-before) / float64(len(c.rigs)) / float64(ops)
	f.rss = statusMiB("VmRSS:")
	return f, nil
}

// taken is the bytes that all have received so far.
func (c *crowd) taken() (n uint64) {
	for _, r := range c.rigs {
		_, node := r.p.Inside()
		n += node.Stats().BytesIn
	}
	return n
}

// seen waits until all but the author have an op in view, and returns when the last had.
func (c *crowd) seen(ctx context.Context, author int, id string) (last int64, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, fanoutMost)
	defer cancel()
	for i, r := range c.rigs {
		for i != author {
			r.mu.Lock()
			at, here := r.seen[id]
			r.mu.Unlock()
			if here {
				last = max(last, at)
				break
			}
			if pause(ctx, 200*time.Microsecond); ctx.Err() != nil {
				return 0, false
			}
		}
	}
	return last, true
}

// bareFan is the limit: hosts with nothing of ours, each connected to each, and an envelope's bytes written to every other
// over streams that are open already. It returns milliseconds until the last had it.
func bareFan(ctx context.Context, transport string, n, ops int) (took []float64, err error) {
	hosts := make([]host.Host, 0, n)
	defer func() {
		for _, h := range hosts {
			err = errors.Join(err, h.Close())
		}
	}()
	var got sync.WaitGroup
	var mu sync.Mutex
	last := int64(0)
	for range n {
		h, err := bareHost(transport)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
		h.SetStreamHandler(echoID, func(s p2pnet.Stream) {
			defer s.Reset() //nolint:errcheck // it ends either way
			buf := make([]byte, envelope)
			for {
				if _, err := io.ReadFull(s, buf); err != nil {
					return
				}
				at := mono()
				mu.Lock()
				last = max(last, at)
				mu.Unlock()
				got.Done()
			}
		})
	}
	dice := rand.New(rand.NewPCG(4, uint64(ops))) //nolint:gosec // the same authors each time
	open := map[int][]p2pnet.Stream{}
	buf := make([]byte, envelope)
	for range ops {
		author := dice.IntN(n)
		for i, h := range hosts {
			if open[author] != nil && len(open[author]) == n-1 || i == author {
				continue
			}
			if err := hosts[author].Connect(ctx, peer.AddrInfo{ID: h.ID(), Addrs: h.Addrs()}); err != nil {
				return nil, err
			}
			s, err := hosts[author].NewStream(ctx, h.ID(), echoID)
			if err != nil {
				return nil, err
			}
			open[author] = append(open[author], s)
		}
		got.Add(n - 1)
		begin := mono()
		for _, s := range open[author] {
			if _, err := s.Write(buf); err != nil {
				return nil, err
			}
		}
		got.Wait()
		mu.Lock()
		took = append(took, float64(last-begin)/1e6)
		mu.Unlock()
	}
	return took, nil
}

// w4 is fan-out: what one of many writes, until the last of the others has it, on the disk and in view.
func w4(ctx context.Context, p *plan) error {
	for _, n := range []int{10, 25, 50} {
		if err := w4of(ctx, p, n, fanoutOps); err != nil {
			return err
		}
	}
	return nil
}

func w4of(ctx context.Context, p *plan, n, ops int) error {
	c, g, err := newCrowd(ctx, p, n)
	defer func() {
		if c != nil {
			_ = c.end() // reported below where it counts
		}
	}()
	if err != nil {
		return err
	}
	if err := c.wake(ctx, p, g, 0, n, map[kp1.DID][]string{}); err != nil {
		return err
	}
	if err := c.linked(ctx, n-1); err != nil {
		return err
	}
	before, err := bareFan(ctx, p.transport, n, ops)
	if err != nil {
		return err
	}
	f, err := c.fan(ctx, ops)
	if err != nil {
		return err
	}
	after, err := bareFan(ctx, p.transport, n, ops)
	if err != nil {
		return err
	}
	at := fmt.Sprintf(", %d peers", n)
	limit := append(before, after...)
	note := "limit: bare hosts that write to each other one, before and after"
	if a, b := median(before), median(after); max(a, b)-min(a, b) > drift*max(a, b) {
		note += fmt.Sprintf("; a noisy moment: %s and %s", short(a), short(b))
	}
	for _, q := range []struct {
		what string
		at   float64
	}{{"to the last of all p50", 0.5}, {"to the last of all p99", 0.99}} {
		v, l := quantile(f.last, q.at), quantile(limit, q.at)
		p.t.add(Row{W: "W4", What: q.what + at, Unit: "ms", Ours: v, Limit: l, Ratio: v / l, Note: note})
	}
	r := Row{W: "W4", What: "delivered to all in 3 s" + at, Unit: "%", Ours: 100 * float64(f.full) / float64(ops)}
	r.Goal, r.Verdict = atLeast(r.Ours, 100)
	p.t.add(r)
	r = Row{W: "W4", What: "bytes in, a peer and op" + at, Unit: "B", Ours: f.bytes, Limit: envelope, Ratio: f.bytes / envelope}
	r.Goal, r.Verdict = atMost(r.Ratio, 6)
	p.t.add(r)
	p.t.add(Row{W: "W4", What: "memory of the process" + at, Unit: "MiB", Ours: f.rss, Note: fmt.Sprintf("%.1f MiB a peer", f.rss/float64(n))})
	err = c.end()
	c = nil
	return err
}
