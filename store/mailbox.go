package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Mailbox is a keeper's mailboxes as a group uses them (protocol.md 7.5).
type Mailbox struct {
	Peer   []byte // raw multihash of the keeper's PeerID
	Addrs  []string
	Ticket [32]byte // by which members put
	Admin  [32]byte // by which those who lead put Rekeys and Grants; zero for everybody else

	Former [][32]byte // admin tickets of before, the last first: the keeper may not know of the change
}

// typeTicket is the content op in which admins tell one another the admin ticket that goes with a member ticket. No clock
// and no order decides which one holds: the policy names the member ticket, and that names this one.
const typeTicket = "admin/mailbox"

type ticketWire struct {
	Member [32]byte `cbor:"m"` // SHA-256 of the member ticket
	Admin  [32]byte `cbor:"t"`
}

// maxTickets is how many admin tickets that one person told of are kept: pairings, over the years.
const maxTickets = 1_024

// ticketKey is what an admin ticket is kept under: anybody who leads may tell of one, true or not, and takes the place of nobody's.
type ticketKey struct {
	member [32]byte // SHA-256 of the member ticket
	by     kp1.MID
}

func (k ticketKey) bytes() []byte { return append(k.member[:], k.by[:]...) }

// adminTicket is the admin ticket of a mailbox, as somebody tells it who set the mailbox first: nobody else's word is asked,
// for a false ticket would be taken for one to draw anew, in vain.
func (h *house) adminTicket(m group.Mailbox) (admin [32]byte, ok bool) {
	for _, by := range h.log.Drew(m) {
		if admin, ok = h.tickets[ticketKey{sha256.Sum256(m.Ticket[:]), by}]; ok {
			return admin, true
		}
	}
	return admin, false
}

// formerTickets are the admin tickets that were said to go with a member ticket of before, whoever said it: the keeper knows.
func (h *house) formerTickets(member [32]byte) (out [][32]byte) {
	sum := sha256.Sum256(member[:])
	for _, k := range slices.SortedFunc(maps.Keys(h.tickets), func(a, b ticketKey) int { return a.by.Compare(b.by) }) {
		if k.member == sum {
			out = append(out, h.tickets[k])
		}
	}
	return out
}

func decodeTicket(body []byte) (w ticketWire, err error) {
	if len(body) > kp1.MaxContentBody {
		return w, fmt.Errorf("%s of %d bytes: %w", typeTicket, len(body), kp1.ErrTooBig)
	}
	if err := kp1.Unmarshal(body, &w); err != nil {
		return ticketWire{}, fmt.Errorf("%s: %w", typeTicket, err)
	}
	if w.Member == [32]byte{} || w.Admin == [32]byte{} {
		return ticketWire{}, fmt.Errorf("%s: %w", typeTicket, kp1.ErrForm)
	}
	return w, nil
}

// ticket takes in what admins tell one another of a mailbox; it says whether s was that.
func (b *batch) ticket(s op.Signed) (bool, error) {
	if s.Type != typeTicket {
		return false, nil
	}
	w, err := decodeTicket(s.Body)
	_, by, known := b.h.log.DeviceKey(s.Device)
	if err != nil || s.Comp != kp1.CompAdmin || !known || b.h.ticketsBy(by) >= maxTickets {
		return true, nil //nolint:nilerr // kept, not used
	}
	shelf, err := b.h.shelf(b.t, shelfTickets, true)
	if err != nil {
		return true, err
	}
	b.h.touch()
	k := ticketKey{w.Member, by}
	b.h.tickets[k] = w.Admin
	return true, shelf.putCBOR(k.bytes(), w)
}

func (h *house) ticketsBy(m kp1.MID) (n int) {
	for k := range h.tickets {
		if k.by == m {
			n++
		}
	}
	return n
}

func (h *house) loadTickets(t tx) error {
	s, err := h.shelf(t, shelfTickets, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(key, plain []byte) (bool, error) {
		w, err := decodeTicket(plain)
		if err == nil && (len(key) != len(w.Member)+len(kp1.MID{}) || !bytes.Equal(key[:len(w.Member)], w.Member[:])) {
			err = kp1.ErrForm
		}
		if err != nil {
			return false, fmt.Errorf("ticket: %w: %w", ErrDamaged, err)
		}
		h.tickets[ticketKey{w.Member, kp1.MID(key[len(w.Member):])}] = w.Admin
		return true, nil
	})
}

// mailboxes are those of the policy, with the admin tickets for who leads.
func (h *house) mailboxes(st group.State, rank uint8) (out []Mailbox) {
	for _, m := range onePerKeeper(st.Policy.Mailboxes) {
		x := Mailbox{Peer: m.Peer, Addrs: m.Addrs, Ticket: m.Ticket}
		if rank >= kp1.RankAdmin {
			x.Admin, _ = h.adminTicket(m)
			for _, t := range h.log.Tickets(m.Peer) {
				if t != m.Ticket {
					x.Former = append(x.Former, h.formerTickets(t)...)
				}
			}
			x.Former = x.Former[:min(len(x.Former), maxFormer)]
		}
		out = append(out, x)
	}
	return out
}

// maxFormer is how many tickets of before are shown to a keeper, at most, to find the one it knows.
const maxFormer = 32

// onePerKeeper leaves one of a keeper's mailboxes, the same for everybody, where two people who lead have drawn new tickets
// at the same time.
func onePerKeeper(all []group.Mailbox) (out []group.Mailbox) {
	for _, m := range all {
		if !slices.ContainsFunc(out, func(o group.Mailbox) bool { return slices.Equal(o.Peer, m.Peer) }) {
			out = append(out, m)
		}
	}
	return out
}

// staleTickets lists the mailboxes of which somebody who is out may know the ticket, as far as the keeper can be told of others.
func (h *house) staleTickets() (out []group.Mailbox) {
	for _, m := range onePerKeeper(h.state().Policy.Mailboxes) {
		if _, known := h.adminTicket(m); known && h.log.Exposed(m) {
			out = append(out, m)
		}
	}
	return out
}

// ticketsDue says whether tickets have to be drawn, or some that were drawn twice have to be made one.
func (h *house) ticketsDue() bool {
	all := h.state().Policy.Mailboxes
	return h.mayInvite() == nil && (len(h.staleTickets()) > 0 || len(onePerKeeper(all)) < len(all))
}

// tendTickets draws new tickets for the mailboxes of which somebody who is out knows them (protocol.md 4.8, 7.5). The keeper
// hears of it at the next visit of whoever leads.
func (b *batch) tendTickets() (bool, error) {
	if !b.h.ticketsDue() {
		return false, nil
	}
	all := onePerKeeper(b.h.state().Policy.Mailboxes)
	for _, m := range b.h.staleTickets() {
		i := slices.IndexFunc(all, func(o group.Mailbox) bool { return slices.Equal(o.Peer, m.Peer) })
		var admin [32]byte
		for _, t := range [][]byte{all[i].Ticket[:], admin[:]} {
			if _, err := io.ReadFull(b.h.l.opt.Rand, t); err != nil {
				return false, err
			}
		}
		if err := b.sayTicket(all[i].Ticket, admin); err != nil {
			return false, err
		}
	}
	_, err := b.setMailboxes(all)
	return err == nil, err
}

// sayTicket tells those who lead the admin ticket that goes with a member ticket.
func (b *batch) sayTicket(member, admin [32]byte) error {
	body, err := kp1.Marshal(ticketWire{Member: sha256.Sum256(member[:]), Admin: admin})
	if err != nil {
		return err
	}
	_, err = b.write(typeTicket, kp1.CompAdmin, nil, nil, body, nil)
	return err
}

// MayPair says whether this person may add a mailbox to a group, before a keeper is asked.
func (l *Ledger) MayPair(g kp1.GID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return ErrNoGroup
	}
	return h.mayInvite()
}

// AddMailbox has a group use a keeper's mailboxes from now on, by these tickets; one of the same keeper is replaced.
func (l *Ledger) AddMailbox(_ context.Context, g kp1.GID, m Mailbox) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) {
		all := append(b.h.otherMailboxes(m.Peer), group.Mailbox{Peer: m.Peer, Addrs: m.Addrs, Ticket: m.Ticket})
		d, err := b.setMailboxes(all)
		if err != nil {
			return Deed{}, err
		}
		return d, b.sayTicket(m.Ticket, m.Admin)
	})
}

// DropMailbox has a group use a keeper's mailboxes no more. What lies there stays until its time is over. It returns
// ErrLastMailbox where members meet through that one alone.
func (l *Ledger) DropMailbox(_ context.Context, g kp1.GID, peer []byte) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) {
		all := b.h.otherMailboxes(peer)
		if len(all) == len(b.h.state().Policy.Mailboxes) {
			return Deed{}, ErrNoMailbox
		}
		if len(all) == 0 && b.h.state().Policy.Reach == group.ReachMailbox {
			return Deed{}, ErrLastMailbox
		}
		return b.setMailboxes(all)
	})
}

// The faults of a group's mailboxes.
var (
	ErrNoMailbox    = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such mailbox in this group"}
	ErrNoMailboxYet = &kp1.Error{ECode: "E_NO_MAILBOX", Msg: "the group has no mailbox to meet through"}
	ErrLastMailbox  = &kp1.Error{ECode: "E_LAST_MAILBOX", Msg: "the group's members meet through this mailbox alone"}
)

func (h *house) otherMailboxes(peer []byte) []group.Mailbox {
	return slices.DeleteFunc(slices.Clone(h.state().Policy.Mailboxes), func(o group.Mailbox) bool { return slices.Equal(o.Peer, peer) })
}

func (b *batch) setMailboxes(all []group.Mailbox) (Deed, error) {
	p, err := group.NewMailboxes(all)
	if err != nil {
		return Deed{}, err
	}
	return b.deed(group.SetPolicy{PolicyFields: p})
}

// MailboxDevice stands for a keeper's mailboxes where a device would stand that holds envelopes. It is on no wire.
func MailboxDevice(peer []byte) kp1.DID { return kp1.DID(kp1.Sum(append([]byte("mailbox "), peer...))) }

// Mailed notes what a comparison with a mailbox has shown: everything filed here up to a number is there, but for these. It
// returns which of these were said to be there before.
func (l *Ledger) Mailed(g kp1.GID, peer []byte, lacks []kp1.ID, upTo uint64) (lost []kp1.ID, err error) {
	d := MailboxDevice(peer)
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		lost = nil
		index, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		not := map[uint64]kp1.ID{}
		for _, id := range lacks {
			n, ok, err := findIn(index, id)
			if err != nil {
				return err
			}
			if ok {
				not[n] = id
			}
		}
		h.touch()
		news := false
		for n := uint64(1); n <= min(upTo, h.next-1); n++ {
			switch id, lacked := not[n]; {
			case !lacked:
				news = h.held.note(d, n) || news
			case h.held.unnote(d, n):
				news, lost = true, append(lost, id)
			}
		}
		if !news {
			return nil
		}
		s, err := h.shelf(t, shelfHeld, true)
		if err != nil {
			return err
		}
		return h.held.save(s)
	})
	return lost, err
}

// Control returns the envelopes of who belongs: news are those of Rekeys and Grants, by which members find the way to newer
// keys, and acts all others that hold an op of the membership graph.
func (l *Ledger) Control(g kp1.GID) (news, acts []Item, err error) {
	h, err := l.house(g)
	if err != nil {
		return nil, nil, err
	}
	var ids []kp1.ID
	for _, r := range l.Membership(g) {
		ids = append(ids, r.ID)
	}
	err = l.view(func(t tx) error {
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		seen := map[uint64]bool{}
		for _, id := range ids {
			w, ok, err := lookOp(ops, id)
			if err != nil {
				return err
			}
			if !ok || seen[w.entry] {
				continue
			}
			seen[w.entry] = true
			env, ok, err := log.get(w.entry)
			switch {
			case err != nil:
				return err
			case !ok:
			case env.Kind == op.KindRekey || env.Kind == op.KindGrant:
				news = append(news, Item{Week: env.Week, ID: env.ID})
			default:
				acts = append(acts, Item{Week: env.Week, ID: env.ID})
			}
		}
		return nil
	})
	return news, acts, err
}

// Takeback returns the token by which a mailbox deletes a payload, or a chunk, that was taken back here; false where it was not, or
// nobody here could ever read it.
func (l *Ledger) Takeback(g kp1.GID, payload kp1.ID) (token [32]byte, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return token, false
	}
	_ = l.view(func(t tx) error { // what cannot be read is not taken back anywhere else
		gone, err := h.shelf(t, shelfGone, false)
		if err != nil {
			return err
		}
		of, err := goneFor(gone, payload)
		if err != nil {
			return err
		}
		if token, ok = goneToken(gone, payload[:]); ok {
			return nil
		}
		if of.IsZero() {
			parts, err := h.shelf(t, shelfParts, false)
			if err != nil {
				return err
			}
			if lost := lostParts(parts, payload); len(lost) > 0 {
				token, ok = lost[0], true
			}
			return nil
		}
		for _, s := range h.stubs[of] {
			if s.gone && !s.void && s.was.Payload == payload && s.was.Token != [32]byte{} {
				token, ok = s.was.Token, true
			}
		}
		return nil
	})
	return token, ok
}
