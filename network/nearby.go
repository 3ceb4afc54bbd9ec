package network

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/zeroconf/v2"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

const (
	nearService = "_p2p-lan._udp"
	nearDomain  = "local"
	nearTags    = 8           // tags are padded to a multiple
	nearTagsMax = 32          // tags told or read
	nearAgain   = time.Minute // how long one announcement is dialled once
	nearIdle    = 5 * time.Second
	nearLooks   = 4 // places tried at once: whoever heard a tag can say it again under any name, for an hour
)

var nearText = base32.StdEncoding.WithPadding(base32.NoPadding)

// nearby is discovery on the local network: off until asked for, under random names, telling nothing but tags that
// members recognise for an hour.
type nearby struct {
	n     *Node
	mu    sync.Mutex
	stop  context.CancelFunc // nil while off
	again chan struct{}      // tags or addresses changed
	seen  map[string]time.Time
	looks chan struct{} // as many as places are tried at once
}

func newNearby(n *Node) *nearby {
	return &nearby{n: n, again: make(chan struct{}, 1), seen: map[string]time.Time{}, looks: make(chan struct{}, nearLooks)}
}

// Nearby announces and looks for members on the local network for d (0 means until told otherwise), or stops. It needs
// Serve to run.
func (n *Node) Nearby(on bool, d time.Duration) {
	b := n.near
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
	if !on {
		return
	}
	n.mu.Lock()
	ctx := n.ctx
	n.mu.Unlock()
	if ctx == nil {
		return
	}
	ctx, b.stop = context.WithCancel(ctx)
	if d > 0 {
		var late context.CancelFunc
		ctx, late = context.WithTimeout(ctx, d)
		early := b.stop
		b.stop = func() { late(); early() }
	}
	done := b.stop
	if !n.start(func(context.Context) { defer done(); b.run(ctx) }) {
		done()
	}
}

func (b *nearby) changed() { ring(b.again) }

// run looks around for as long as there is anybody who may be found, or may find us.
func (b *nearby) run(ctx context.Context) {
	for ctx.Err() == nil {
		if b.anybody() {
			b.look(ctx)
			continue
		}
		idle := time.NewTimer(nearIdle) // a code that is sought does not ring
		select {
		case <-b.again:
		case <-idle.C:
		case <-ctx.Done():
		}
		idle.Stop()
	}
}

// anybody says whether there is anyone to be found here: members who meet, or a computer of one's own that is being linked.
func (b *nearby) anybody() bool {
	l := b.n.o.Links
	return b.n.roster.Load().direct() || l != nil && (len(l.Keys()) > 0 || len(l.Sought()) > 0)
}

// look announces, anew each hour and whenever something changed, and listens. It ends when nobody is left to be found.
func (b *nearby) look(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	var looking sync.WaitGroup
	defer func() { stop(); looking.Wait() }()
	ifaces := lanInterfaces()
	entries := make(chan *zeroconf.ServiceEntry, 16)
	looking.Go(func() {
		if err := zeroconf.Browse(ctx, nearService, nearDomain, entries, zeroconf.SelectIfaces(ifaces)); err != nil {
			b.n.o.Log.Info("nearby: cannot look", "why", err.Error())
		}
	})
	for ctx.Err() == nil && b.anybody() {
		server := b.announce(ifaces)
		hour := time.NewTimer(untilNextHour(b.n.o.Now()))
		for waiting := true; waiting; {
			select {
			case e, ok := <-entries:
				if !ok {
					entries = nil
				} else if e != nil {
					b.found(e)
				}
			case <-b.again:
				waiting = false
			case <-hour.C:
				waiting = false
			case <-ctx.Done():
				waiting = false
			}
		}
		hour.Stop()
		if server != nil {
			server.Shutdown()
		}
	}
}

func untilNextHour(now time.Time) time.Duration {
	return now.Truncate(time.Hour).Add(time.Hour).Sub(now)
}

// announce registers one record under a fresh random name; nil when there is nothing to announce or no way to.
func (b *nearby) announce(ifaces []net.Interface) *zeroconf.Server {
	port, ips := b.where()
	if port == 0 || len(ips) == 0 {
		return nil
	}
	text := nearTXT(b.n.roster.Load().groups, b.n.shown(), b.n.link.Self(), b.n.o.Now())
	s, err := zeroconf.RegisterProxy(randomName(), nearService, nearDomain, port, randomName(), ips, text, ifaces)
	if err != nil {
		b.n.o.Log.Info("nearby: cannot announce", "why", err.Error())
		return nil
	}
	return s
}

// where is our QUIC port and private addresses.
func (b *nearby) where() (port int, ips []string) {
	for _, a := range b.n.link.Addrs() {
		at, err := manet.ToNetAddr(firstTwo(a))
		u, ok := at.(*net.UDPAddr)
		if err != nil || !ok || u.IP.IsLoopback() || !u.IP.IsPrivate() && !u.IP.IsLinkLocalUnicast() {
			continue
		}
		if port == 0 {
			port = u.Port
		}
		if port == u.Port {
			ips = append(ips, u.IP.String())
		}
	}
	return port, ips
}

// firstTwo is the address and port of a multiaddr.
func firstTwo(a ma.Multiaddr) ma.Multiaddr {
	if len(a) > 2 {
		return a[:2]
	}
	return a
}

func randomName() string {
	var b [10]byte
	rand.Read(b[:]) // never fails
	return strings.ToLower(nearText.EncodeToString(b[:]))
}

// nearTag is what members of a group look for in this hour.
func nearTag(key [32]byte, hour uint64) [16]byte {
	return [16]byte(mac(key, []byte(labelNear), binary.BigEndian.AppendUint64(nil, hour)))
}

func unixHour(t time.Time) uint64 { return uint64(max(0, t.Unix()) / 3600) }

// nearTXT is the record's text: the newest epoch's tag of each group and that of each linking code shown here, padded with
// noise to a multiple of 8 and sorted, so that their order tells nothing. Beside them stands our PeerID for who knows such
// a code, or noise.
func nearTXT(groups map[GroupID]Group, codes [][32]byte, self peer.ID, now time.Time) []string {
	var tags []string
	for _, key := range codes {
		if len(tags) < nearCodes {
			t := nearTag(key, unixHour(now))
			tags = append(tags, nearText.EncodeToString(t[:]))
		}
	}
	for _, g := range groups {
		if g.Direct && len(g.Hello) > 0 && len(tags) < nearTagsMax {
			t := nearTag(g.Hello[0], unixHour(now))
			tags = append(tags, nearText.EncodeToString(t[:]))
		}
	}
	for len(tags) == 0 || len(tags)%nearTags != 0 {
		var t [16]byte
		rand.Read(t[:]) // never fails
		tags = append(tags, nearText.EncodeToString(t[:]))
	}
	slices.Sort(tags)
	var text []string
	for i := 0; i < len(tags); i += nearTags {
		text = append(text, "t="+strings.Join(tags[i:i+nearTags], ""))
	}
	for i := range nearCodes {
		var veiled [nearPeer]byte
		rand.Read(veiled[:]) // never fails
		if i < len(codes) {
			veiled = veil(codes[i], self, unixHour(now))
		}
		text = append(text, "p="+nearText.EncodeToString(veiled[:]))
	}
	return text
}

const (
	nearPeer  = 38 // bytes of a PeerID of an Ed25519 key
	nearCodes = 2  // linking codes announced at once
)

// veil hides a PeerID from all who do not know the code, and shows it to who does.
func veil(key [32]byte, p peer.ID, hour uint64) (out [nearPeer]byte) {
	at := binary.BigEndian.AppendUint64(nil, hour)
	pad := append(expand(key, []byte(labelNear), []byte("1"), at), expand(key, []byte(labelNear), []byte("2"), at)...)
	copy(out[:], p)
	for i := range out {
		out[i] ^= pad[i]
	}
	return out
}

// nearLinks are those of the codes that a record's text announces, and whose PeerID stands behind each.
func nearLinks(text []string, codes [][32]byte, now time.Time) map[[32]byte]peer.ID {
	found := map[[32]byte]peer.ID{}
	for _, key := range codes {
		for h := -1; h <= 1; h++ {
			hour := unixHour(now.Add(time.Duration(h) * time.Hour))
			want := nearTag(key, hour)
			tag := nearText.EncodeToString(want[:])
			if !slices.ContainsFunc(text, func(line string) bool { return strings.HasPrefix(line, "t=") && strings.Contains(line, tag) }) {
				continue
			}
			for _, line := range text[:min(len(text), 16)] {
				rest, ok := strings.CutPrefix(line, "p=")
				b, err := nearText.DecodeString(rest)
				if !ok || err != nil || len(b) != nearPeer {
					continue
				}
				open := veil(key, peer.ID(b), hour)
				p := peer.ID(open[:])
				if k, err := p.ExtractPublicKey(); err == nil && k.Type() == crypto.Ed25519 {
					found[key] = p
				}
			}
		}
	}
	return found
}

// shown are the linking codes that are shown here.
func (n *Node) shown() [][32]byte {
	if n.o.Links == nil {
		return nil
	}
	keys := n.o.Links.Keys()
	return keys[:min(len(keys), nearCodes)]
}

// foundLink tells of who shows a code that was taken here as words.
func (n *Node) foundLink(e *zeroconf.ServiceEntry) {
	if n.o.Links == nil {
		return
	}
	addrs := entryAddrs(e)
	for key, p := range nearLinks(e.Text, n.o.Links.Sought(), n.o.Now()) {
		var at []ma.Multiaddr
		self, err := ma.NewComponent("p2p", p.String())
		if err != nil || p == n.link.Self() {
			continue
		}
		for _, a := range addrs {
			at = append(at, a.Encapsulate(self.Multiaddr()))
		}
		if len(at) > 0 {
			n.o.Links.Found(key, at)
		}
	}
}

// nearGroups is the groups that a record's text announces, by any of their four newest epochs, this hour or a
// neighbouring one.
func nearGroups(text []string, groups map[GroupID]Group, now time.Time) []GroupID {
	var tags [][16]byte
	for _, line := range text {
		rest, ok := strings.CutPrefix(line, "t=")
		for ok && len(rest) >= 26 && len(tags) < nearTagsMax {
			b, err := nearText.DecodeString(rest[:26])
			if err != nil || len(b) != 16 {
				break
			}
			tags, rest = append(tags, [16]byte(b)), rest[26:]
		}
	}
	var found []GroupID
	for _, g := range groups {
		if !g.Direct {
			continue
		}
		hit := 0
		for _, key := range g.Hello[:min(len(g.Hello), tagEpochs)] {
			for h := -1; h <= 1; h++ {
				want := nearTag(key, unixHour(now.Add(time.Duration(h)*time.Hour)))
				for _, t := range tags {
					hit |= subtle.ConstantTimeCompare(want[:], t[:])
				}
			}
		}
		if hit == 1 {
			found = append(found, g.ID)
		}
	}
	return found
}

// found dials who announced one of our groups: its members that are not connected, at that address.
func (b *nearby) found(e *zeroconf.ServiceEntry) {
	b.n.foundLink(e)
	r := b.n.roster.Load()
	groups := nearGroups(e.Text, r.groups, b.n.o.Now())
	if len(groups) == 0 {
		return
	}
	key := e.Instance
	if at, ok := b.seen[key]; ok && time.Since(at) < nearAgain {
		return
	}
	if len(b.seen) > 256 {
		clear(b.seen)
	}
	b.seen[key] = time.Now()
	addrs := entryAddrs(e)
	if len(addrs) == 0 {
		return
	}
	select {
	case b.looks <- struct{}{}:
	default:
		return // it is said again every now and then
	}
	if !b.n.start(func(ctx context.Context) { defer func() { <-b.looks }(); b.n.lookThere(ctx, groups, addrs) }) {
		<-b.looks
	}
}

func entryAddrs(e *zeroconf.ServiceEntry) []ma.Multiaddr {
	var addrs []ma.Multiaddr
	for _, ip := range append(append([]net.IP(nil), e.AddrIPv4...), e.AddrIPv6...) {
		a, ok := netip.AddrFromSlice(ip)
		if a = a.Unmap(); !ok || !a.IsPrivate() && !a.IsLinkLocalUnicast() || e.Port <= 0 || e.Port > 65535 || len(addrs) >= 4 {
			continue
		}
		if m, err := manet.FromNetAddr(net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, uint16(e.Port)))); err == nil {
			addrs = append(addrs, m.Encapsulate(quicV1))
		}
	}
	return addrs
}

var quicV1 = ma.StringCast("/quic-v1")

// lookThere tries, at one place, each member of the groups that is not connected, until one is.
func (n *Node) lookThere(ctx context.Context, groups []GroupID, addrs []ma.Multiaddr) {
	r := n.roster.Load()
	tried := map[peer.ID]bool{n.link.Self(): true}
	for _, g := range groups {
		for _, p := range r.groups[g].Peers {
			if tried[p.ID] || !p.In || ctx.Err() != nil {
				continue
			}
			tried[p.ID] = true
			n.mu.Lock()
			met := n.sessions[p.ID] != nil
			n.mu.Unlock()
			if met {
				continue
			}
			dial, cancel := context.WithTimeout(ctx, dialMost/3)
			err := n.link.Dial(dial, p.ID, addrs)
			cancel()
			if err != nil {
				continue
			}
			n.mu.Lock()
			n.heard[p.ID] = together(addrs, n.heard[p.ID])
			n.due(p.ID)
			n.mu.Unlock()
			ring(n.kick)
			return
		}
	}
}

// lanInterfaces is the interfaces on which others may be near: up, multicast, not loopback.
func lanInterfaces() []net.Interface {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var out []net.Interface
	for _, i := range all {
		if i.Flags&net.FlagUp != 0 && i.Flags&net.FlagMulticast != 0 && i.Flags&net.FlagLoopback == 0 {
			out = append(out, i)
		}
	}
	return out
}
