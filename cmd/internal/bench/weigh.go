package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/store/kp1"
)

// W7, what a computer without a window takes in memory.

const (
	weighLinks = 50              // connections
	restTime   = 3 * time.Second // before a process is weighed: what it began with is over then
)

// weight is what a process takes now.
type weight struct {
	RSS        float64 `json:"rss"`  // MiB
	Own        float64 `json:"own"`  // of these, not mapped from a file
	Heap       float64 `json:"heap"` // MiB that Go has in use
	Goroutines int     `json:"goroutines"`
	Addr       string  `json:"addr,omitempty"` // of a bare host
}

func weigh() weight {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return weight{RSS: statusMiB("VmRSS:"), Own: statusMiB("RssAnon:"), Heap: float64(m.HeapInuse) / (1 << 20), Goroutines: runtime.NumGoroutine()}
}

// serveBare is `kithctl bench bare`: this program with one libp2p host in it and nothing of ours, which says what it takes
// for each line on in, until they end.
func serveBare(argv []string, in io.Reader, out io.Writer) (err error) {
	f := flag.NewFlagSet("bare", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	transport := f.String("transport", quicName, "")
	if err := f.Parse(argv); err != nil || f.NArg() != 0 {
		return errUsage
	}
	h, err := bareHost(*transport)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		w := weigh()
		w.Addr = fmt.Sprintf("%s/p2p/%s", h.Addrs()[0], h.ID())
		b, err := json.Marshal(w)
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n", b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bareWeight is the limit: a bare host with no connection, and with many.
func bareWeight(ctx context.Context, p *plan) (idle, linked weight, err error) {
	c := exec.CommandContext(ctx, p.exe, "bench", "bare", "-transport", p.transport) //nolint:gosec // this very program
	in, err := c.StdinPipe()
	if err != nil {
		return idle, linked, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return idle, linked, err
	}
	if err := c.Start(); err != nil {
		return idle, linked, err
	}
	defer func() { err = errors.Join(err, in.Close(), c.Wait()) }()
	lines := bufio.NewScanner(out)
	now := func() (w weight, err error) {
		if _, err := io.WriteString(in, "\n"); err != nil {
			return w, err
		}
		if !lines.Scan() {
			return w, errors.Join(errShort, lines.Err())
		}
		return w, json.Unmarshal(lines.Bytes(), &w)
	}
	pause(ctx, restTime)
	if idle, err = now(); err != nil {
		return idle, linked, err
	}
	to, err := ma.NewMultiaddr(idle.Addr)
	if err != nil {
		return idle, linked, err
	}
	info, err := peer.AddrInfoFromP2pAddr(to)
	if err != nil {
		return idle, linked, err
	}
	var hosts []host.Host
	defer func() {
		for _, h := range hosts {
			err = errors.Join(err, h.Close())
		}
	}()
	for range weighLinks {
		h, err := bareHost(p.transport)
		if err != nil {
			return idle, linked, err
		}
		hosts = append(hosts, h)
		if err := h.Connect(ctx, *info); err != nil {
			return idle, linked, err
		}
	}
	pause(ctx, restTime)
	linked, err = now()
	return idle, linked, err
}

// w7 is memory: a peer with nothing to do, one with 50 connections, one that has joined n ops.
func w7(ctx context.Context, p *plan) error {
	if p.exe == "" {
		return errUsage // only a process can be weighed
	}
	bare, bareLinked, err := bareWeight(ctx, p)
	if err != nil {
		return err
	}
	c, g, err := newCrowd(ctx, p, 1+weighLinks)
	defer func() { _ = c.end() }() // reported below where it counts
	if err != nil {
		return err
	}
	a, err := p.actor()
	if err != nil {
		return err
	}
	defer func() { _ = a.end() }()
	var idle, linked, joined weight
	if err := a.call(ctx, "open", args{Dir: c.home(0), Reopen: true, Quiet: true, Transport: p.transport, Act: p.act}, nil); err != nil {
		return err
	}
	var addr string
	if err := errors.Join(a.call(ctx, "connect", args{}, nil), a.call(ctx, "where", args{}, &addr)); err != nil {
		return err
	}
	pause(ctx, restTime)
	if err := a.call(ctx, "weigh", args{}, &idle); err != nil {
		return err
	}
	if err := c.wake(ctx, p, g, 1, 1+weighLinks, map[kp1.DID][]string{c.devices[0]: {addr}}); err != nil {
		return err
	}
	if err := c.linked(ctx, weighLinks); err != nil { // with one another too: each has as many links as the one that is weighed
		return err
	}
	pause(ctx, restTime)
	if err := errors.Join(a.call(ctx, "weigh", args{}, &linked), a.end(), c.end()); err != nil {
		return err
	}
	x, err := first(ctx, p, p.n, 1)
	if err != nil {
		return err
	}
	defer x.end() //nolint:errcheck // reported below where it counts
	if _, err := x.second(ctx, "b"); err != nil {
		return err
	}
	pause(ctx, restTime)
	if err := x.b.call(ctx, "weigh", args{}, &joined); err != nil {
		return err
	}
	mapped := func(w weight) string {
		return fmt.Sprintf("%.0f MiB with what is mapped of files; heap %.1f MiB, %d goroutines", w.RSS, w.Heap, w.Goroutines)
	}
	r := Row{W: "W7", What: "memory, idle", Unit: "MiB", Ours: idle.Own, Limit: bare.Own, Ratio: idle.Own / bare.Own, Note: mapped(idle) + "; limit: a bare host in this program"}
	r.Goal, r.Verdict = atMost(r.Ours, bare.Own+16)
	p.t.add(r)
	per, bareper := (linked.Own-idle.Own)/weighLinks, (bareLinked.Own-bare.Own)/weighLinks
	r = Row{W: "W7", What: fmt.Sprintf("memory, a connection of %d", weighLinks), Unit: "MiB", Ours: per, Limit: bareper, Ratio: per / bareper, Note: mapped(linked)}
	r.Goal, r.Verdict = atMost(r.Ours, 0.25)
	p.t.add(r)
	r = Row{W: "W7", What: fmt.Sprintf("memory, %d ops joined", p.n), Unit: "MiB", Ours: joined.Own, Limit: idle.Own, Ratio: joined.Own / idle.Own, Note: mapped(joined) + "; limit: idle"}
	r.Goal, r.Verdict = atMost(r.Ours, idle.Own+64)
	p.t.add(r)
	return x.end()
}
