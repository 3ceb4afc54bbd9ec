package network

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/mailbox"
	"kith/network/reconcile"
	"kith/network/wire"
)

const (
	fetchCount = 256     // envelopes handed over at once
	fetchBytes = 1 << 20 // or bytes
	putAhead   = 64      // envelopes that are sent before the first is answered for
	putBytes   = 1 << 20 // or bytes
	wsDelay    = 1500 * time.Millisecond
	plainMost  = 4 * time.Second  // for what is not WebSocket, where there is that too
	watchMost  = 10 * time.Minute // a keeper's own bound of a visit
)

// Caller is a connection to the keeper of mailboxes, under an identity made for it and forgotten after it: the keeper cannot
// tell by it who comes. One group alone uses it, or the keeper would know two groups by one visitor.
type Caller struct {
	link   *libHost
	keeper peer.ID
}

// Call connects to a keeper. The addresses end in /p2p/ID, all of one keeper. It returns ErrAddress when they do not, and
// ErrRelay when nobody answers there.
func Call(ctx context.Context, keeper []ma.Multiaddr) (*Caller, error) {
	infos, err := peer.AddrInfosFromP2pAddrs(keeper...)
	if err != nil || len(infos) != 1 {
		return nil, ErrAddress
	}
	link, err := callerHost()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialMost)
	defer cancel()
	if err := dialKeeper(ctx, link.h, infos[0]); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrRelay, err), link.Close())
	}
	return &Caller{link, infos[0].ID}, nil
}

// dialKeeper connects to a keeper. libp2p leaves out a WebSocket address where it has one for TCP with the same port, and
// some networks let nothing through there but what speaks as the web does: so these have a turn of their own.
func dialKeeper(ctx context.Context, h host.Host, keeper peer.AddrInfo) error {
	_, web := partWeb(keeper.Addrs)
	first, cancel := ctx, context.CancelFunc(func() {})
	if len(web) > 0 {
		first, cancel = context.WithTimeout(ctx, plainMost)
	}
	err := h.Connect(first, keeper)
	cancel()
	if err == nil || len(web) == 0 || ctx.Err() != nil {
		return err
	}
	h.Peerstore().ClearAddrs(keeper.ID)
	if s, ok := h.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(keeper.ID)
	}
	return h.Connect(ctx, peer.AddrInfo{ID: keeper.ID, Addrs: web})
}

// partWeb parts the WebSocket addresses from the others.
func partWeb(addrs []ma.Multiaddr) (rest, web []ma.Multiaddr) {
	for _, a := range addrs {
		_, ws := a.ValueForProtocol(ma.P_WS)
		_, wss := a.ValueForProtocol(ma.P_WSS)
		if ws == nil || wss == nil {
			web = append(web, a)
		} else {
			rest = append(rest, a)
		}
	}
	return rest, web
}

// callerHost is a host that listens nowhere, with a fresh identity. It dials WebSocket as well, after all else.
func callerHost() (*libHost, error) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return nil, err
	}
	// Whose certificate it is says nothing here: the PeerID is proved inside the channel, by libp2p's own handshake.
	outer := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // as said
	h, err := bareHost(key, libp2p.Transport(websocket.New, websocket.WithTLSClientConfig(outer)), libp2p.SwarmOpts(swarm.WithDialRanker(webSocketLast)))
	if err != nil {
		return nil, err
	}
	Quiet(h, func(peer.ID) bool { return false })
	return &libHost{h: h}, nil
}

// webSocketLast dials WebSocket addresses when the others had their chance: over the others more can be done.
func webSocketLast(addrs []ma.Multiaddr) []p2pnet.AddrDelay {
	rest, web := partWeb(addrs)
	out := swarm.DefaultDialRanker(rest)
	for _, a := range web {
		d := p2pnet.AddrDelay{Addr: a}
		if len(rest) > 0 {
			d.Delay = wsDelay
		}
		out = append(out, d)
	}
	return out
}

// Close ends the connection.
func (c *Caller) Close() error { return c.link.Close() }

// open begins a stream. done ends it.
func (c *Caller) open(ctx context.Context) (v *visitor, done func(), err error) {
	st, err := c.link.Open(ctx, c.keeper, RelayProtocol)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrRelay, err)
	}
	v = &visitor{pace: &paced{st, visitIdle}, reset: func() { st.Reset() }}
	v.stop = context.AfterFunc(ctx, v.reset)
	v.r, v.w = wire.NewReader(v.pace), wire.NewWriter(v.pace)
	return v, func() { v.stop(); v.reset() }, nil
}

// paced is a stream whose other side has so long for each step.
type paced struct {
	Stream
	step time.Duration
}

// patient changes how long.
func (p *paced) patient(step time.Duration) { p.step = step }

// Read waits no longer than that.
func (p *paced) Read(b []byte) (int, error) {
	if err := p.SetDeadline(time.Now().Add(p.step)); err != nil {
		return 0, err
	}
	return p.Stream.Read(b)
}

// Write waits no longer than that.
func (p *paced) Write(b []byte) (int, error) {
	if err := p.SetDeadline(time.Now().Add(p.step)); err != nil {
		return 0, err
	}
	return p.Stream.Write(b)
}

// Box is one mailbox, entered.
type Box struct {
	v    *visitor
	done func()
	tick [32]byte
	key  ed25519.PublicKey
}

// Enter proves a mailbox's key and shows a ticket; the zero ticket is none, with which one may read what is there. It
// returns ErrClosed when there is no such mailbox, nor a known ticket with which there could be.
func (c *Caller) Enter(ctx context.Context, key ed25519.PrivateKey, ticket [32]byte) (*Box, error) {
	v, done, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	var shown []byte
	if ticket != [32]byte{} {
		shown = ticket[:]
	}
	if err := v.login(c.link.Self(), c.keeper, key, shown); err != nil {
		done()
		return nil, err
	}
	return &Box{v: v, done: done, tick: ticket, key: key.Public().(ed25519.PublicKey)}, nil
}

// Leave ends the visit.
func (b *Box) Leave() { b.done() }

// Open makes the mailbox a rendezvous mailbox that ends at expiry: from then on its key is enough, without a ticket.
func (b *Box) Open(expiry time.Time) error {
	o := wire.OpenBody{Mailbox: b.key, Expiry: uint64(max(0, expiry.Unix())), Ticket: b.tick} //nolint:gosec // not negative
	if err := b.v.w.Write(wire.Frame{Kind: wire.Open, Body: o.Encode()}); err != nil {
		return err
	}
	return b.v.answered()
}

// Shut ends a rendezvous mailbox before its time, with all that is in it. One that is not there is no error.
func (b *Box) Shut() error { return b.Open(time.Unix(0, 0)) }

// Replace puts other tickets in the place of the group's two. It takes the admin ticket, and ends what this visit may do with
// it. It returns ErrClosed for who showed another, and mailbox.ErrTicket.
func (b *Box) Replace(member, admin [32]byte) error {
	if err := b.v.w.Write(wire.Frame{Kind: wire.Tickets, Body: wire.TicketsBody{Member: member, Admin: admin}.Encode()}); err != nil {
		return err
	}
	return b.v.answered()
}

// Outlive has the visit end with ctx, and no longer with the one by which it was begun. It is false when that was over.
func (b *Box) Outlive(ctx context.Context) bool {
	if !b.v.stop() {
		return false
	}
	b.v.stop = context.AfterFunc(ctx, b.v.reset)
	return true
}

// Watch waits until something is in the mailbox that this visit has neither put nor compared with, until the keeper ends the
// visit, or until ctx ends. It returns nil for the first, and mailbox.ErrBusy when too many watch already.
func (b *Box) Watch(ctx context.Context) error {
	if err := b.v.w.Write(wire.Frame{Kind: wire.Watch}); err != nil {
		return err
	}
	if err := b.v.w.Flush(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, b.v.reset)
	defer stop()
	b.v.pace.patient(watchMost)
	defer b.v.pace.patient(visitIdle)
	f, err := b.v.next(wire.News, wire.Refused)
	if err != nil || f.Kind == wire.News {
		return err
	}
	return refusal(f)
}

// Compared is what a comparison with a mailbox has shown.
type Compared struct {
	ids    []EnvelopeID
	ranges []reconcile.Range
	theirs func(reconcile.Item) bool
}

// Level reports whether nothing is there that is not in the set.
func (c Compared) Level() bool { return len(c.ids)+len(c.ranges) == 0 }

// Named lists single envelopes that the mailbox says it has and that are not in the set, and whether there are others, which
// it did not name.
func (c Compared) Named() (ids []EnvelopeID, more bool) { return c.ids, len(c.ranges) > 0 }

// There reports whether the mailbox says that it holds this item of the set.
func (c Compared) There(it reconcile.Item) bool { return c.theirs(it) }

// Compare finds out what is in the mailbox and not in the set, and the other way round.
func (b *Box) Compare(set reconcile.Set) (Compared, error) {
	round := reconcile.Begin(set, b.v.nonce)
	level, err := b.v.compare(round)
	if err != nil {
		return Compared{}, err
	}
	if level {
		return Compared{theirs: func(reconcile.Item) bool { return true }}, nil
	}
	ids, ranges := round.Wants()
	lacked, err := b.lacks()
	if err != nil {
		return Compared{}, err
	}
	return Compared{ids, ranges, func(it reconcile.Item) bool { return !lacked(it) }}, nil
}

// lacks asks what the mailbox has not got, of what the comparison has shown us to have.
func (b *Box) lacks() (func(reconcile.Item) bool, error) {
	if err := b.v.w.Write(wire.Frame{Kind: wire.Lack}); err != nil {
		return nil, err
	}
	ids, ranges := map[EnvelopeID]bool{}, []reconcile.Range(nil)
	for {
		f, err := b.v.next(wire.Want, wire.WantRange, wire.Served)
		if err != nil {
			return nil, err
		}
		switch f.Kind {
		case wire.Want:
			some, err := wire.ReadIDs(f.Body)
			if err != nil {
				return nil, err
			}
			for _, id := range some {
				ids[id] = true
			}
		case wire.WantRange:
			r, err := wire.ReadRange(f.Body)
			if err != nil {
				return nil, err
			}
			ranges = append(ranges, r)
		default:
			joined := reconcile.Joined(ranges)
			return func(it reconcile.Item) bool { return ids[it.ID] || joined.Holds(it) }, nil
		}
		if len(ids) > needMost || len(ranges) > needMost {
			return nil, errProtocol
		}
	}
}

// Fetch reads what a comparison has shown to be missing. take is handed some at a time, keepers being free to send what
// they were not asked for: whoever takes them in looks at each. skip names those that are not wanted after all.
func (b *Box) Fetch(c Compared, skip func(EnvelopeID) bool, take func(envs [][]byte) error) error {
	var asks []wire.Frame
	for _, r := range c.ranges {
		asks = append(asks, wire.Frame{Kind: wire.WantRange, Body: wire.RangeBody(r)})
	}
	ids := without(c.ids, skip)
	for len(ids) > 0 {
		n := min(len(ids), wire.MaxIDs)
		asks = append(asks, wire.Frame{Kind: wire.Want, Body: wire.IDsBody(ids[:n])})
		ids = ids[n:]
	}
	var got [][]byte
	size, all := 0, 0
	hand := func() error {
		if len(got) == 0 {
			return nil
		}
		err := take(got)
		got, size = nil, 0
		return err
	}
	for _, ask := range asks {
		if err := b.v.w.Write(ask); err != nil {
			return err
		}
		for {
			f, err := b.v.next(wire.Env, wire.Served)
			if err != nil {
				return errors.Join(err, hand())
			}
			if f.Kind == wire.Served {
				break
			}
			if all++; all > needMost {
				return errProtocol
			}
			got, size = append(got, f.Body), size+len(f.Body)
			if len(got) >= fetchCount || size >= fetchBytes {
				if err := hand(); err != nil {
					return err
				}
			}
		}
	}
	return hand()
}

// Read reads these envelopes, as far as the mailbox hands them over. As with Fetch, whoever takes them in looks at each.
func (b *Box) Read(ids []EnvelopeID, take func(envs [][]byte) error) error {
	return b.Fetch(Compared{ids: ids}, func(EnvelopeID) bool { return false }, take)
}

// Put leaves envelopes in the mailbox. said is told of each, in their order, what the keeper said after its commit: nil, or
// a mailbox.Refusal. An error is the connection's, or what said returned to end it.
func (b *Box) Put(envs [][]byte, said func(i int, err error) error) error {
	for at := 0; len(envs) > 0; {
		n, size := 0, 0
		for n < len(envs) && n < putAhead && (n == 0 || size+len(envs[n]) <= putBytes) {
			size += len(envs[n])
			n++
		}
		wrote := make(chan error, 1)
		go func() { // who writes and does not read meanwhile may stand before a keeper that does the same
			for _, env := range envs[:n] {
				if err := b.v.w.Write(wire.Frame{Kind: wire.Put, Body: env}); err != nil {
					wrote <- err
					return
				}
			}
			wrote <- b.v.w.Flush()
		}()
		var ended error
		for i := range n {
			b.v.r.Allow(wire.OK, wire.Refused)
			f, err := b.v.r.Next()
			if err != nil {
				b.done()
				return errors.Join(err, <-wrote)
			}
			if ended == nil {
				ended = said(at+i, refusal(f))
			}
		}
		if err := errors.Join(<-wrote, ended); err != nil {
			return err
		}
		at, envs = at+n, envs[n:]
	}
	return nil
}

// Delete takes a payload away for good, by the token that only who can read it can make.
func (b *Box) Delete(id EnvelopeID, token [32]byte) error {
	if err := b.v.w.Write(wire.Frame{Kind: wire.Delete, Body: wire.DeleteBody{ID: id, Token: token}.Encode()}); err != nil {
		return err
	}
	return b.v.answered()
}

// refusal is what an OK or Refused frame says.
func refusal(f wire.Frame) error {
	if f.Kind == wire.OK {
		return nil
	}
	switch r := wire.Reason(f.Body[0]); r {
	case wire.ReasonClosed:
		return ErrClosed
	case wire.ReasonFull:
		return ErrFull
	case wire.ReasonKind:
		return ErrKind
	case wire.ReasonDisk:
		return ErrBusy
	default:
		return mailbox.Refusal(r)
	}
}
