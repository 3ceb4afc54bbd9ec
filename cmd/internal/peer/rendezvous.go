package peer

import (
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
	"kith/network/reconcile"
	"kith/store"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// An invite waits at the group's keepers (protocol.md 8.4): its rendezvous mailbox is opened there with the group's ticket, and
// every computer of who may answer leaves and collects there what belongs to it, so that inviter and newcomer need never be
// on together.

// rendezvous is what is remembered of one invite's mailbox at one keeper while the home is open.
type rendezvous struct {
	seen map[network.EnvelopeID]reconcile.Item // what was taken in
	open bool                                  // the keeper said so
	shut bool
	left bool // all that this computer has to leave lies there
}

// seenMost is more than a rendezvous mailbox holds at a time: a keeper that hands out more is asked anew.
const seenMost = 256

// rendezvous keeps the mailboxes of all invites that this person may answer in step with those at the keeper. What goes
// wrong with one holds up no other.
func (r *round) rendezvous(ctx context.Context) error {
	var failed error
	known := map[kp1.IID]bool{}
	for _, v := range r.in.ledger.Rendezvous(r.g) {
		known[v.Invite] = true
		at := r.invite(v.Invite)
		if v.Over && at.shut {
			continue
		}
		switch err := r.meet(ctx, v, at); {
		case errors.Is(err, errLocked), ctx.Err() != nil:
			return err
		case err != nil && failed == nil:
			failed = err
		}
	}
	r.in.mails.note(func() {
		for id := range r.at.invites {
			if !known[id] {
				delete(r.at.invites, id)
			}
		}
	})
	return failed
}

func (r *round) invite(id kp1.IID) (at *rendezvous) {
	r.in.mails.note(func() {
		if r.at.invites == nil {
			r.at.invites = map[kp1.IID]*rendezvous{}
		}
		if r.at.invites[id] == nil {
			r.at.invites[id] = &rendezvous{seen: map[network.EnvelopeID]reconcile.Item{}}
		}
		at = r.at.invites[id]
	})
	return at
}

// meet is one visit to one invite's mailbox.
func (r *round) meet(ctx context.Context, v store.Rendezvous, at *rendezvous) error {
	b, err := r.enterKey(ctx, v.Key)
	if errors.Is(err, network.ErrClosed) && v.Over {
		at.shut = true
		return nil
	}
	if err != nil {
		return err
	}
	defer b.Leave()
	if v.Over {
		if err := b.Shut(); err != nil {
			return err
		}
		at.shut = true
		r.left(at, false)
		return nil
	}
	own, items := map[network.EnvelopeID][]byte{}, []reconcile.Item(nil)
	for _, env := range v.Envelopes {
		it := reconcile.Item{Week: network.WeekOf(env), ID: sha256.Sum256(env)}
		own[it.ID] = env
		items = append(items, it)
	}
	mine := len(items)
	for id, it := range at.seen {
		if own[id] == nil {
			items = append(items, it)
		}
	}
	found, err := b.Compare(reconcile.NewSet(items))
	if err != nil {
		return err
	}
	var lacks [][]byte
	for _, it := range items[:mine] {
		if !found.There(it) {
			lacks = append(lacks, own[it.ID])
		}
	}
	if !at.open || len(lacks) > 0 { // it may have been lost there since it was opened
		if err := b.Open(v.Expires); err != nil {
			return err
		}
		at.open = true
	}
	none := func(network.EnvelopeID) bool { return false }
	if err := b.Fetch(found, none, func(envs [][]byte) error { return r.answers(ctx, v.Invite, at, envs) }); err != nil {
		return err
	}
	var refused error
	if err := b.Put(lacks, func(_ int, said error) error { refused = errors.Join(refused, said); return nil }); err != nil {
		return err
	}
	r.left(at, refused == nil && mine > 0)
	return refused
}

// left notes whether all that this computer has to leave for an invite lies at the keeper.
func (r *round) left(at *rendezvous, is bool) {
	if at.left != is {
		r.in.mails.note(func() { at.left = is })
		r.p.wake.set()
	}
}

// answers takes in what others have left in an invite's mailbox.
func (r *round) answers(ctx context.Context, id kp1.IID, at *rendezvous, envs [][]byte) error {
	if !r.in.shelf.enter() {
		return errLocked
	}
	defer r.in.shelf.calls.Done()
	err := r.in.ledger.RendezvousMail(ctx, r.g, id, envs)
	r.p.went(err)
	if err != nil {
		return err
	}
	if len(at.seen)+len(envs) > seenMost {
		clear(at.seen)
	}
	for _, env := range envs {
		it := reconcile.Item{Week: network.WeekOf(env), ID: sha256.Sum256(env)}
		at.seen[it.ID] = it
	}
	r.p.wake.set()
	return nil
}

// waitsAt says whether an invite lies in a mailbox of its group: nobody who is invited needs to find this computer on. A
// mailbox that is own, on this computer, does not count.
func (b *mailbook) waitsAt(g kp1.GID, v store.Group, id kp1.IID, own func(keeper []byte) bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range v.Mailboxes {
		if own(m.Peer) {
			continue
		}
		if at := b.all[mailName(g, m.Peer)]; at != nil && at.invites[id] != nil && at.invites[id].left {
			return true
		}
	}
	return false
}

// How many addresses a link has (docs/spec/invite.md), of how many keepers, and of one of them.
const (
	linkAddrs   = 8
	linkKeepers = 2
	linkKeeper  = 3
)

// inviteAddrs is where an invite of a group can be answered: at its keepers, and where members' computers may be met, on this
// one.
func (p *Peer) inviteAddrs(in *opened, g store.Group) (out []string) {
	for _, m := range g.Mailboxes[:min(len(g.Mailboxes), linkKeepers)] {
		out = append(out, doorsOf(m.Addrs)...)
	}
	if g.State.Policy.Reach == group.ReachDirect {
		own := p.addrs(in)
		out = append(out, own[:min(len(own), linkAddrs-len(out))]...)
	}
	return out
}

// doorsOf picks the addresses of a keeper that differ most: one for each way of coming, then others.
func doorsOf(addrs []string) (out []string) {
	seen := map[string]bool{}
	for _, again := range []bool{false, true} {
		for _, a := range addrs {
			way := "tcp"
			for _, w := range []string{"/quic-v1", "/wss", "/ws"} {
				if strings.Contains(a, w) {
					way = w
					break
				}
			}
			if len(out) < linkKeeper && !slices.Contains(out, a) && (again || !seen[way]) {
				seen[way] = true
				out = append(out, a)
			}
		}
	}
	return out
}

// spokenPlace is an address as it is said on the phone: a name, or a number, with the port where it is not the usual one.
// It is empty where none of the addresses can be said.
func spokenPlace(addrs []string) string {
	best := ""
	for _, a := range addrs {
		m, err := ma.NewMultiaddr(a)
		if err != nil {
			continue
		}
		host, port, named := "", "", false
		ma.ForEach(m, func(c ma.Component) bool {
			switch c.Protocol().Code {
			case ma.P_IP4, ma.P_IP6:
				host = c.Value()
			case ma.P_DNS, ma.P_DNS4, ma.P_DNS6:
				host, named = c.Value(), true
			case ma.P_TCP, ma.P_UDP:
				port = c.Value()
			}
			return port == ""
		})
		switch {
		case host == "" || port == "":
			continue
		case !named || port != usualPort:
			host = net.JoinHostPort(host, port)
		}
		if named {
			return host
		}
		if best == "" {
			best = host
		}
	}
	return best
}

// leaveInvite leaves an invite at the group's keepers, for as long as somebody wants to wait for it, and says whether it lies
// there.
func (p *Peer) leaveInvite(ctx context.Context, in *opened, g kp1.GID, id kp1.IID) bool {
	if len(in.ledger.View().Group(g).Mailboxes) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, leaveMost)
	defer cancel()
	p.mailOnce(ctx, in)
	p.mail.set() // from now on who asks is looked for more often: see calm
	return in.mails.waitsAt(g, in.ledger.View().Group(g), id, p.isOwnBox)
}

// leaveMost is how long whoever makes an invite waits for a keeper.
const leaveMost = 10 * time.Second

// spokenText takes apart what somebody was told: eight words, and where. It is false where the text is no such thing.
func spokenText(text string) (words, at string, ok bool) {
	if strings.Contains(text, "#") {
		return "", "", false
	}
	f := strings.Fields(strings.ToLower(text))
	if i := slices.Index(f, "at"); i >= 0 {
		f, at = f[:i], strings.Join(f[i+1:], "")
	}
	plain := func(w string) bool { return strings.Trim(w, "abcdefghijklmnopqrstuvwxyz,.;") == "" }
	if len(f) < 3 || slices.ContainsFunc(f, func(w string) bool { return !plain(w) }) {
		return "", "", false
	}
	return strings.Join(f, " "), at, true
}

// linkOfWords fetches the invite that lies under words at a place, as a link (protocol.md 8.3).
func linkOfWords(ctx context.Context, text, at string) (string, error) {
	words, err := keyring.ParseSpoken(text)
	if err != nil {
		return "", err
	}
	if at == "" {
		return "", errWhere
	}
	doors, err := doorsAt(at)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, pairMost)
	defer cancel()
	doors, err = answering(ctx, doors)
	if err != nil {
		return "", err
	}
	secret := invite.Secret(words.Secret())
	envs, err := network.Fetch(ctx, doors, secret.Keys().Mailbox, nil)
	if errors.Is(err, network.ErrClosed) {
		return "", errWordsThere
	}
	if err != nil {
		return "", err
	}
	for _, raw := range envs {
		e, err := op.DecodeEnvelope(raw)
		if err != nil || e.Kind != op.KindDrop {
			continue
		}
		o, err := invite.OpenDrop(secret, e)
		if err != nil {
			continue
		}
		l := o.Link
		for _, a := range slices.Backward(doorsOf(texts(doors))) {
			if !slices.Contains(l.Addrs, a) {
				l.Addrs = slices.Insert(slices.Clone(l.Addrs), 0, a)
			}
		}
		l.Addrs = l.Addrs[:min(len(l.Addrs), linkAddrs)]
		return l.Encode()
	}
	return "", errWordsThere
}

// answering asks, at all the ways to a place at once, which device is there, and names it in them. It proves nothing: that
// what lies there opens by the words does.
func answering(ctx context.Context, doors []ma.Multiaddr) ([]ma.Multiaddr, error) {
	type answer struct {
		id  peer.ID
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	said := make(chan answer, len(doors))
	for _, door := range doors {
		go func() {
			id, err := network.WhoIs(ctx, door)
			said <- answer{id, err}
		}()
	}
	err := error(network.ErrRelay)
	for range doors {
		a := <-said
		if a.err != nil {
			err = a.err
			continue
		}
		self, err := ma.NewComponent("p2p", a.id.String())
		if err != nil {
			return nil, err
		}
		out := make([]ma.Multiaddr, len(doors))
		for i, d := range doors {
			out[i] = d.Encapsulate(self.Multiaddr())
		}
		return out, nil
	}
	return nil, atOnce(err)
}

// atOnce is what is said of a place that has to answer now: nothing is tried again later.
func atOnce(err error) error {
	if code(err) == network.ErrRelay.Code() {
		return errPlaceOff
	}
	return err
}
