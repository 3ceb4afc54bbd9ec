package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/sync/errgroup"

	"kith/cmd/internal/verb"
	"kith/network"
	"kith/store/kp1"
)

// Serve is a peer on the network until ctx ends. Locking stops the node, opening starts it again.
func (p *Peer) Serve(ctx context.Context, o verb.Serving, listening func([]string)) error {
	p.mu.Lock()
	p.near.always = o.Nearby
	p.mu.Unlock()
	defer p.keepBeside(ctx, o.Listen)()
	for ctx.Err() == nil {
		changed := p.state.next()
		in, err := p.now()
		if err != nil {
			select {
			case <-ctx.Done():
			case <-changed:
			}
			continue
		}
		if err := p.serveOpen(ctx, in, o, listening); err != nil && ctx.Err() == nil {
			return err
		}
		listening = nil
	}
	return nil
}

// serveOpen runs the node and what belongs to it for as long as the home is open.
func (p *Peer) serveOpen(ctx context.Context, in *opened, o verb.Serving, listening func([]string)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := ctx.Done() // ctx becomes another below
	go func() {
		select {
		case <-in.done:
			cancel()
		case <-ended:
		}
	}()
	listen := o.Listen
	if len(listen) == 0 {
		listen = usualListen(p.port(in))
	}
	var told sync.Once
	up := make(chan struct{})
	no := network.Options{Key: in.ledger.Transport(), Listen: listen, Log: p.o.Log, Now: p.o.Now, Links: links{p, in}}
	no.Tell = func(e network.Event) {
		if l, ok := e.(network.Listening); ok {
			told.Do(func() {
				p.noteAddrs(in, l.Addrs)
				if listening != nil {
					listening(texts(l.Addrs))
				}
				close(up)
			})
		}
		p.told(e)
	}
	node, err := p.o.Over(no, in.shelf, in.shelf)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.node = node
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.node = nil
		p.mu.Unlock()
		p.state.set()
		p.wake.set()
	}()
	p.state.set()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return node.Serve(ctx) })
	g.Go(func() error { return p.tend(ctx, in) })
	g.Go(func() error { return p.keepJoining(ctx, in, up) })
	g.Go(func() error { return p.keepLinking(ctx, in, up) })
	g.Go(func() error { return p.keepMailing(ctx, in, up) })
	g.Go(func() error { return p.keepTidy(ctx, in) })
	g.Go(func() error { return p.noticeSleep(ctx, in, node) })
	g.Go(func() error { return p.keepMarking(ctx, in) })
	g.Go(func() error { return p.keepErasing(ctx, in) })
	g.Go(func() error {
		select {
		case <-up:
			p.lookAround(node)
		case <-ctx.Done():
		}
		return nil
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// usualListen listens everywhere on one port, chosen once and kept, so that links and last known addresses hold.
func usualListen(port int) []string {
	return []string{
		fmt.Sprintf("/ip4/0.0.0.0/udp/%d/quic-v1", port), fmt.Sprintf("/ip4/0.0.0.0/tcp/%d", port),
		fmt.Sprintf("/ip6/::/udp/%d/quic-v1", port), fmt.Sprintf("/ip6/::/tcp/%d", port),
	}
}

const keyPort, keyAddrs = "port", "addrs"

// port returns the kept port, or another where that is taken at the moment.
func (p *Peer) port(in *opened) int {
	var port int
	if b, err := in.ledger.Local(keyPort); err == nil && b != nil {
		_ = json.Unmarshal(b, &port)
	}
	if port == 0 {
		port = 20_000 + rand.IntN(20_000) // below the range that systems hand out by themselves
		if b, err := json.Marshal(port); err == nil {
			p.went(in.ledger.SetLocal(keyPort, b))
		}
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port)) //nolint:noctx // it listens for no time at all
	if err != nil {
		return 0
	}
	_ = l.Close()
	return port
}

// noteAddrs keeps where this computer could be met, for links made while nothing serves.
func (p *Peer) noteAddrs(in *opened, addrs []ma.Multiaddr) {
	if b, err := json.Marshal(texts(addrs)); err == nil {
		p.went(in.ledger.SetLocal(keyAddrs, b))
	}
}

// addrs is where this computer can be met, best first, at most eight: what an invite's link says.
func (p *Peer) addrs(in *opened) []string {
	var all []string
	if n := p.running(); n != nil {
		all = texts(n.Addrs())
	}
	if len(all) == 0 {
		if b, err := in.ledger.Local(keyAddrs); err == nil && b != nil {
			_ = json.Unmarshal(b, &all)
		}
	}
	var far, near []string
	for _, a := range all {
		m, err := ma.NewMultiaddr(a)
		switch {
		case err != nil:
		case manet.IsIPLoopback(m):
			near = append(near, a)
		case manet.IsIP6LinkLocal(m):
		default:
			far = append(far, a)
		}
	}
	if len(far) == 0 {
		far = near
	}
	slices.SortStableFunc(far, func(a, b string) int { return rankAddr(a) - rankAddr(b) })
	return far[:min(len(far), 6)]
}

// rankAddr puts QUIC and version 4 first.
func rankAddr(a string) int {
	r := 0
	if !strings.Contains(a, "/quic-v1") {
		r++
	}
	if strings.HasPrefix(a, "/ip6/") {
		r += 2
	}
	return r
}

func texts(addrs []ma.Multiaddr) []string {
	out := make([]string, 0, len(addrs))
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

// noticeSleep sees by the clock that the computer slept, and by its addresses that it is in another network, and wakes the
// node: what did not work before may work now.
func (p *Peer) noticeSleep(ctx context.Context, in *opened, n *network.Node) error {
	const step, slept = 10 * time.Second, 30 * time.Second
	at := ownAddrs()
	for last := time.Now().Round(0); ctx.Err() == nil; {
		sleep(ctx, step)
		now := time.Now().Round(0) // without the monotonic reading, which stands still while the computer sleeps
		if here := ownAddrs(); now.Sub(last) > slept || here != at {
			at = here
			n.Wake()
			in.mails.drop()
			p.mail.set()
		}
		last = now
	}
	return nil
}

// ownAddrs is the addresses of this computer, as something to compare.
func ownAddrs() string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	var out []string
	for _, a := range all {
		out = append(out, a.String())
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// tend hands out keys that somebody lacks and makes new ones after a removal, a random while after that became due, so
// that one computer does it for all.
func (p *Peer) tend(ctx context.Context, in *opened) error {
	sleep(ctx, p.o.Ask)
	for ctx.Err() == nil {
		changed := p.joins.next()
		sleep(ctx, p.o.Linger())
		for _, g := range in.ledger.View().Groups {
			if ctx.Err() == nil && in.shelf.enter() {
				_, err := in.ledger.Tend(ctx, g.ID)
				in.shelf.calls.Done()
				p.went(err)
			}
		}
		sleep(ctx, time.Minute, changed)
	}
	return nil
}

// Sync is one bout of catching up: joins first, then members.
func (p *Peer) Sync(ctx context.Context, o verb.Syncing) (verb.Synced, error) {
	in, err := p.now()
	if err != nil {
		return verb.Synced{}, err
	}
	if o.For == 0 {
		o.For = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, o.For)
	defer cancel()
	node, stop, err := p.upNow(ctx, in)
	if err != nil {
		return verb.Synced{}, err
	}
	defer stop()
	met := p.joinOnce(ctx, in) + p.linkOnce(ctx, in)
	out := verb.Synced{Peers: met}
	out.Mailboxes, _ = p.mailOnce(ctx, in)
	var b network.Bout
	if o.Peer != "" {
		m, err := ma.NewMultiaddr(o.Peer)
		if err != nil {
			return out, fmt.Errorf("%w: %w", network.ErrAddress, err)
		}
		b.Peer = []ma.Multiaddr{m}
	}
	for range 2 {
		st, err := node.Sync(ctx, b)
		out.Sent, out.Received, out.Peers = out.Sent+st.Sent, out.Received+st.Received, max(out.Peers, st.Peers)
		if err != nil && !errors.Is(err, network.ErrNobody) {
			if ctx.Err() != nil {
				break
			}
			return out, err
		}
		settled, signed := p.settle(ctx, in), p.signDue(ctx, in)
		if !settled && !signed {
			break
		}
	}
	if told := p.giveReceipts(in); told || out.Received > 0 {
		p.mailOnce(ctx, in)
	}
	return out, nil
}

// giveReceipts tells what came by a mailbox to whoever left it there.
func (p *Peer) giveReceipts(in *opened) (told bool) {
	if !in.shelf.enter() {
		return false
	}
	defer in.shelf.calls.Done()
	for _, g := range in.ledger.View().Groups {
		wrote, err := in.ledger.GiveReceipts(g.ID)
		p.went(err)
		told = told || wrote
	}
	return told
}

// signDue signs what has waited until others were heard out, where they were.
func (p *Peer) signDue(ctx context.Context, in *opened) (signed bool) {
	if !in.shelf.enter() {
		return false
	}
	defer in.shelf.calls.Done()
	for _, g := range in.ledger.View().Groups {
		wrote, err := in.ledger.SignDue(ctx, g.ID)
		p.went(err)
		signed = signed || wrote
	}
	return signed
}

// upNow is the node that runs, or one that runs until stop is called.
func (p *Peer) upNow(ctx context.Context, in *opened) (node *network.Node, stop func(), err error) {
	if node = p.running(); node != nil {
		return node, func() {}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- p.serveOpen(ctx, in, verb.Serving{}, func([]string) { close(up) }) }()
	stop = func() { cancel(); <-ended }
	select {
	case <-up:
	case err := <-ended:
		cancel()
		return nil, nil, err
	case <-ctx.Done():
		stop()
		return nil, nil, ctx.Err()
	}
	if node = p.running(); node == nil {
		stop()
		return nil, nil, errLocked
	}
	return node, stop, nil
}

// Self says where this computer is.
func (p *Peer) Self() verb.Self {
	in, err := p.now()
	if err != nil {
		return verb.Self{}
	}
	id, err := peerID(in.ledger.Transport())
	if err != nil {
		return verb.Self{}
	}
	s := verb.Self{Peer: id.String(), Device: kp1.Sum([]byte(id)).Short(), Addrs: []string{}}
	if n := p.running(); n != nil {
		s.Addrs = texts(n.Addrs())
	}
	return s
}
