package peer

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/store"
	"kith/store/keyring"
	"kith/store/kp1"
)

// pairMost bounds one try to pair.
const pairMost = time.Minute

// PairMailbox has a group use a keeper's mailboxes, by a link that its keeper gave, or by words and where to say them.
func (p *Peer) PairMailbox(ctx context.Context, g kp1.GID, text, at string) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	if err := in.ledger.MayPair(g); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pairMost)
	defer cancel()
	l, err := pairLink(ctx, text, at)
	if err != nil {
		return err
	}
	m := store.Mailbox{Addrs: texts(l.Addrs)}
	_, keeper := peer.SplitAddr(l.Addrs[0])
	m.Peer = []byte(keeper)
	rand.Read(m.Ticket[:])
	rand.Read(m.Admin[:])
	if err := network.Pair(ctx, l, m.Ticket, m.Admin); err != nil {
		return atOnce(err)
	}
	if !in.shelf.enter() {
		return errLocked
	}
	defer in.shelf.calls.Done()
	if _, err = in.ledger.AddMailbox(ctx, g, m); err == nil {
		at := in.mails.of(g, m.Peer)
		in.mails.note(func() { at.Reached = p.o.Now() }) // it has just answered
	}
	p.mail.set()
	p.wake.set()
	return err
}

// pairLink is what was typed, as a link: words lead to nobody by themselves, so that who answers at the address is asked
// who it is. That proves nothing; that it knows the words does, and without them it learns nothing.
func pairLink(ctx context.Context, text, at string) (network.PairLink, error) {
	if at == "" {
		return network.ParsePairLink(text)
	}
	words, err := keyring.ParseSpoken(text)
	if err != nil {
		return network.PairLink{}, err
	}
	doors, err := doorsAt(at)
	if err != nil {
		return network.PairLink{}, err
	}
	if doors, err = answering(ctx, doors); err != nil {
		return network.PairLink{}, err
	}
	return network.PairLink{Code: words.Secret(), Addrs: doors}, nil
}

// usualPort is the one that need not be said.
const usualPort = "443"

// doorsAt are the ways to try at a place that was spoken: a name or number, with a port or without, or a whole multiaddr.
func doorsAt(at string) ([]ma.Multiaddr, error) {
	at = strings.TrimSpace(at)
	if strings.HasPrefix(at, "/") {
		m, err := ma.NewMultiaddr(at)
		if err != nil {
			return nil, network.ErrAddress
		}
		m, _ = peer.SplitAddr(m)
		return []ma.Multiaddr{m}, nil
	}
	host, port := at, usualPort
	if h, p, err := net.SplitHostPort(at); err == nil {
		host, port = h, p
	}
	kind := "dns"
	if ip, err := netip.ParseAddr(host); err == nil {
		if kind = "ip4"; ip.Is6() {
			kind = "ip6"
		}
	}
	var out []ma.Multiaddr
	for _, door := range []string{"/udp/" + port + "/quic-v1", "/tcp/" + port, "/tcp/" + port + "/tls/ws"} {
		m, err := ma.NewMultiaddr("/" + kind + "/" + host + door)
		if err != nil {
			return nil, network.ErrAddress
		}
		out = append(out, m)
	}
	return out, nil
}

// Mailboxes lists the mailboxes of a group, and how visits to them went.
func (p *Peer) Mailboxes(g kp1.GID) []verb.Mailbox {
	in, err := p.now()
	if err != nil {
		return nil
	}
	var out []verb.Mailbox
	for _, m := range in.ledger.View().Group(g).Mailboxes {
		at := in.mails.of(g, m.Peer)
		in.mails.note(func() {
			out = append(out, verb.Mailbox{Peer: peer.ID(m.Peer).String(), Addrs: m.Addrs, Reached: at.Reached, Trouble: at.Trouble, Lost: at.Lost, Hidden: at.Hidden, NoFiles: at.NoFiles})
		})
	}
	return out
}

// DropMailbox has a group use a mailbox no more.
func (p *Peer) DropMailbox(ctx context.Context, g kp1.GID, keeper string) (present.Deed, error) {
	id, err := peer.Decode(keeper)
	if err != nil {
		return present.Deed{}, store.ErrNoMailbox
	}
	return p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.DropMailbox(ctx, g, []byte(id)) })
}

// VisitMailboxes visits all mailboxes now.
func (p *Peer) VisitMailboxes(ctx context.Context) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pairMost)
	defer cancel()
	p.mailOnce(ctx, in)
	return nil
}
