package store

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
)

// View is everything that may be shown at one moment. It is a value: nobody changes it.
type View struct {
	Name   string
	Groups []Group // by id
	Joins  []Join  // oldest first
	Links  []Link  // oldest first
	Broken []Broken
}

// Group returns one group of the view, or a zero Group.
func (v View) Group(g kp1.GID) Group {
	i, ok := slices.BinarySearchFunc(v.Groups, g, func(x Group, id kp1.GID) int { return x.ID.Compare(id) })
	if !ok {
		return Group{}
	}
	return v.Groups[i]
}

// Group is one group as this computer sees it.
type Group struct {
	ID        kp1.GID
	Me        kp1.MID
	Device    kp1.DID
	In        bool // this person and this computer are in
	State     group.State
	Care      care.View
	Requests  []Request
	Asked     map[kp1.MID]string // by which name those asked to join whose own words about themselves are not here yet; not to be written to
	Invites   []Invitation
	Lapsed    []Invitation // that ended with somebody who led: see Reissue
	Asks      []Proposal   // acts that wait for a second person
	Hello     [][32]byte   // hello keys of every epoch held, newest first
	Boxes     [][32]byte   // seeds of those epochs' mailbox keys (protocol.md 5.1), in the same order
	Peers     []Peer       // the other devices, those that are out included
	Waiting   int          // envelopes that cannot be used yet
	Hidden    int          // ops that a removal hides
	Filed     uint64       // envelopes on the disk
	Mailboxes []Mailbox
	Pending   []Pending // acts of this person that wait until this computer has caught up
	Behind    bool      // nothing about who belongs is signed before others were heard out: see Level
	Torn      bool      // two versions of who belongs are open: nothing is written until this person has asked the others
	Absent    int       // envelopes that were damaged here and are not back: nothing is written until they are
	Latest    time.Time // what time it is at least, by the computers of two other people; zero: no two have said
}

// Peer is another device of a group, and where it was last met.
type Peer struct {
	Device kp1.DID
	Peer   []byte // raw multihash of its PeerID
	In     bool
	Addrs  []string
	Heard  time.Time // zero: never
}

// heard is when and where a device was last met.
type heard struct {
	Device kp1.DID  `cbor:"d"`
	At     uint64   `cbor:"t"`
	Addrs  []string `cbor:"a"`
}

// maxHeardAddrs bounds what is kept of where one device was met.
const maxHeardAddrs = 8

// snapshot makes the View of now; the lock is held, or nobody else knows the ledger yet.
func (l *Ledger) snapshot() View {
	v := View{Name: l.who.Name}
	for _, h := range l.sorted() {
		v.Groups = append(v.Groups, h.snapshot())
	}
	v.Broken = l.brokenGroups()
	for _, j := range l.joins {
		v.Joins = append(v.Joins, j.out())
	}
	for _, r := range l.links {
		v.Links = append(v.Links, r.out())
	}
	slices.SortFunc(v.Links, func(a, b Link) int { return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.ID[:], b.ID[:])) })
	slices.SortFunc(v.Joins, func(a, b Join) int { return cmp.Or(a.At.Compare(b.At), a.ID.Compare(b.ID)) })
	return v
}

func (h *house) snapshot() Group {
	g := Group{
		ID: h.id, Me: h.self.Member, Device: h.self.Device, State: h.state(), Care: h.view, Requests: h.shownRequests(), Asked: h.asked(),
		Waiting: h.waits.count(), Hidden: h.hidden, Filed: h.next - 1, Absent: len(h.absent), Asks: h.openProposals(),
		Torn: h.torn(), Pending: h.shownPending(), Behind: h.behind(), Latest: h.latest(),
	}
	me, err := h.me()
	g.In = err == nil
	if g.In {
		g.Mailboxes = h.mailboxes(g.State, me.Rank)
	} else {
		g.Mailboxes = h.welcomeMailboxes()
	}
	if g.In {
		now := h.l.unix()
		for _, i := range h.invites {
			if _, spent := h.used[i.ID]; !i.ended && !spent && i.Expires > now && h.mayAnswer(i.back) == nil {
				g.Invites = append(g.Invites, h.invitation(i, me.Root))
			}
		}
		if me.Rank >= kp1.RankAdmin {
			g.Lapsed = h.lapsedNow(me)
		}
		slices.SortFunc(g.Invites, func(a, b Invitation) int { return cmp.Or(a.Expires.Compare(b.Expires), a.ID.Compare(b.ID)) })
	}
	h.network(&g)
	return g
}

// welcomeMailboxes are where a newcomer finds the history that a welcome promises, until it has come.
func (h *house) welcomeMailboxes() []Mailbox {
	for _, j := range h.l.joins {
		if j.link.Group == h.id && j.Stage == JoinApproved {
			return j.mail
		}
	}
	return nil
}

// network fills in what the network part needs to know.
func (h *house) network(g *Group) {
	if h.netAt != h.log.Len() || h.netRing != len(h.ring) || h.netHeard {
		h.netAt, h.netRing, h.netHeard = h.log.Len(), len(h.ring), false
		h.hello, h.boxes, h.peers = nil, nil, nil
		known := map[kp1.EID]bool{}
		for e := range h.log.Newest() {
			if h.meetBy(h.ring[e.ID]) {
				known[e.ID] = true
			}
		}
		for _, id := range slices.SortedFunc(maps.Keys(h.ring), kp1.EID.Compare) { // keys from a welcome, before the history has come
			if !known[id] {
				h.meetBy(h.ring[id])
			}
		}
		for id, named := range h.devices {
			if id == h.self.Device {
				continue
			}
			d, in := g.State.Device(id)
			at := h.heard[id]
			p := Peer{Device: id, Peer: named, In: in, Addrs: at.Addrs}
			if in {
				p.Peer = d.Peer // a KeyUpdate may have changed it
			}
			if at.At > 0 {
				p.Heard = time.Unix(int64(at.At), 0) //nolint:gosec // seconds
			}
			h.peers = append(h.peers, p)
		}
		slices.SortFunc(h.peers, func(a, b Peer) int { return a.Device.Compare(b.Device) })
	}
	g.Hello, g.Boxes, g.Peers = h.hello, h.boxes, h.peers
}

// meeting is what an epoch's key says to the network: by which hello, and in which mailbox, its people meet.
type meeting struct {
	by         secret
	hello, box [32]byte
}

// meetBy adds the meeting of an epoch, if its key is here. It follows from the key alone, so it is worked out once. Of an
// epoch that was let go the hello is left.
func (h *house) meetBy(e epoch) bool {
	k := e.key[kp1.CompAll]
	if k == nil {
		if e.hello != nil {
			h.hello = append(h.hello, *e.hello)
		}
		return e.hello != nil
	}
	m := h.meetings[e.id]
	if m.by != k {
		m = meeting{k, kp1.X32(k[:], kp1.LabelHello), kp1.X32(k[:], kp1.LabelMailbox)}
		h.meetings[e.id] = m
	}
	h.hello, h.boxes = append(h.hello, m.hello), append(h.boxes, m.box)
	return true
}

// Heard notes that a device of a group was met just now, and where; without addresses, those of before stay.
func (l *Ledger) Heard(g kp1.GID, d kp1.DID, addrs []string) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		at := heard{Device: d, At: l.unix(), Addrs: addrs[:min(len(addrs), maxHeardAddrs)]}
		if len(addrs) == 0 {
			at.Addrs = h.heard[d].Addrs
		}
		if at.Addrs == nil {
			at.Addrs = []string{}
		}
		h.touch()
		h.heard[d], h.netHeard = at, true
		s, err := h.shelf(t, shelfHeard, true)
		if err != nil {
			return err
		}
		return s.putCBOR(l.rest.Name(shelfHeard, d[:]), at)
	})
}

func decodeHeard(plain []byte) (at heard, err error) {
	if err = kp1.Unmarshal(plain, &at); err == nil && len(at.Addrs) > maxHeardAddrs {
		err = kp1.ErrTooBig
	}
	return at, err
}

func (h *house) loadHeard(t tx) error {
	s, err := h.shelf(t, shelfHeard, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		at, err := decodeHeard(plain)
		if err != nil {
			return false, fmt.Errorf("address record: %w", ErrDamaged)
		}
		h.heard[at.Device] = at
		return true, nil
	})
}

// Delivery says who holds one op, its words, and all of its file: counted are the other devices of its audience, by their own word alone. The audience is
// the people named, when this person is one of them, else all who may read its compartment.
type Delivery struct {
	Stored      bool // on this computer's disk
	Mailbox     bool // in a mailbox of the group, by its keeper's word
	Devices, Of int
	On          []kp1.DID // the devices that said so, as many as Devices
	Has, HasNot []kp1.MID // people with at least one device that said so; people without
	Seen        []kp1.MID // of Has: people who have opened it, by the word of a device of theirs; only where the group shows that
	Crowded     []kp1.DID // devices that lack a part of it and have no room for that, by their own word
}

// Delivery tells who has op id of group g.
func (l *Ledger) Delivery(g kp1.GID, id kp1.ID) Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return Delivery{}
	}
	var d Delivery
	err := l.view(func(t tx) error {
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		w, ok, err := lookOp(ops, id)
		if err != nil || !ok {
			return err
		}
		entries := []uint64{w.entry}
		if !w.payload.IsZero() {
			ids, err := h.index(t, idTiers, false)
			if err != nil {
				return err
			}
			n, here, err := findIn(ids, w.payload)
			if err != nil {
				return err
			}
			gone, err := h.shelf(t, shelfGone, false)
			switch {
			case err != nil:
				return err
			case here:
				entries = append(entries, n)
			case !gone.has(w.payload[:]): // the words are on their way
				return nil
			}
		}
		chunks, whole, err := h.chunksHere(t, id)
		if err != nil || !whole {
			return err
		}
		d, err = h.delivery(t, id, w.comp, append(entries, chunks...))
		return err
	})
	if err != nil {
		return Delivery{}
	}
	return d
}

// mailed says whether one mailbox of the group holds all these entries.
func (h *house) mailed(entries []uint64) bool {
	for _, m := range h.state().Policy.Mailboxes {
		at := MailboxDevice(m.Peer)
		if !slices.ContainsFunc(entries, func(n uint64) bool { return !h.held.has(at, n) }) {
			return true
		}
	}
	return false
}

func (h *house) delivery(t tx, id kp1.ID, comp uint8, entries []uint64) (Delivery, error) {
	f, err := h.lookup(t)
	if err != nil {
		return Delivery{}, err
	}
	n, few := h.named[id]
	d := Delivery{Stored: true, Mailbox: h.mailed(entries)}
	st := h.state()
	got := map[kp1.MID]bool{}
	if comp == kp1.ChainAuth {
		comp = kp1.CompAll
	}
	for _, dev := range st.Devices {
		m, ok := st.Member(dev.Member)
		if !ok || dev.ID == h.self.Device || !slices.Contains(group.Compartments(m.Rank), comp) {
			continue
		}
		if few && !slices.Contains(n.people, dev.Member) {
			continue
		}
		d.Of++
		lacks := func(n uint64) bool { return !h.held.has(dev.ID, n) }
		all := !slices.ContainsFunc(entries, lacks)
		all = all || f.says(dev.ID, id) && !slices.ContainsFunc(entries, func(n uint64) bool { return h.gave[dev.ID][n] })
		all = all && (!few || h.had(id, n, dev.ID)) // who has no key has nothing
		if all {
			d.Devices++
			d.On = append(d.On, dev.ID)
			if h.shows() && dev.Member != h.self.Member && h.sawIt(dev.ID, id, comp) && !slices.Contains(d.Seen, dev.Member) {
				d.Seen = append(d.Seen, dev.Member)
			}
		}
		if !all && slices.ContainsFunc(entries, func(n uint64) bool { return lacks(n) && h.crowded[dev.ID][n] }) {
			d.Crowded = append(d.Crowded, dev.ID)
		}
		if dev.Member != h.self.Member {
			got[dev.Member] = got[dev.Member] || all
		}
	}
	for m, has := range got {
		if has {
			d.Has = append(d.Has, m)
		} else {
			d.HasNot = append(d.HasNot, m)
		}
	}
	slices.SortFunc(d.Has, kp1.MID.Compare)
	slices.SortFunc(d.HasNot, kp1.MID.Compare)
	slices.SortFunc(d.Seen, kp1.MID.Compare)
	return d, nil
}
