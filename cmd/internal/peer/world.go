package peer

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"kith/app/present"
	"kith/network"
	"kith/store"
	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/kp1"
)

// Worlds yields the World of now and then each newer one.
func (p *Peer) Worlds(ctx context.Context) iter.Seq[present.World] {
	return func(yield func(present.World) bool) {
		for {
			changed := p.wake.next()
			if !yield(p.World()) {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
	}
}

// World is everything this home knows now.
func (p *Peer) World() present.World {
	w := present.World{Started: p.started(), At: p.o.Now()}
	p.mu.Lock()
	in, node := p.open, p.node
	w.LockedAt, w.LockedBy, w.Trouble = p.locked.at, p.locked.why, p.trouble
	_, w.Net.Nearby = p.near.left()
	p.mu.Unlock()
	connected := map[string]bool{}
	if node != nil {
		for _, id := range node.Connected() {
			connected[id.String()] = true
		}
	}
	w.Hosted = p.hosted(in)
	if in == nil {
		w.Locked = w.Started
		return w
	}
	var paths map[peer.ID]network.Path
	if node != nil {
		paths = node.Paths()
		away := func(a ma.Multiaddr) bool { return !manet.IsIPLoopback(a) }
		w.Net.On = len(connected) > 0 || slices.ContainsFunc(node.Addrs(), away)
		w.Net.Peers = len(connected)
	}
	v := in.ledger.View()
	w.Name = v.Name
	for _, g := range v.Groups {
		if !g.In && !waits(g) {
			continue // still on its way in, or left: nothing can be done in it, and nothing new comes
		}
		x := p.groupOf(in, g, connected, paths)
		w.Groups = append(w.Groups, x)
		w.News = append(w.News, newsOf(x, p.o.Now())...)
	}
	slices.SortFunc(w.Groups, func(a, b present.Group) int { return cmp.Or(cmp.Compare(a.Name, b.Name), a.ID.Compare(b.ID)) })
	slices.SortFunc(w.News, func(a, b present.New) int { return cmp.Or(b.At.Compare(a.At), a.ID.Compare(b.ID)) })
	w.News = w.News[:min(len(w.News), maxNews)]
	for _, b := range v.Broken {
		w.Broken = append(w.Broken, present.Broken{ID: b.Group, Name: b.Name})
	}
	if len(v.Links) > 0 {
		addrs := p.addrs(in)
		for _, l := range v.Links {
			w.Links = append(w.Links, linkOf(l, v, addrs, p.o.Now()))
		}
	}
	for _, j := range v.Joins {
		w.Joins = append(w.Joins, joinOf(j, p.o.Now()))
	}
	return w
}

const (
	maxNews      = 200
	newsOfThread = 20 // newest posts of one thread that can be news; hidden ones are none
)

// waits says whether this computer stands at the door of a group that its person is in.
func waits(g store.Group) bool {
	return slices.ContainsFunc(g.State.Waiting, func(d group.Device) bool { return d.ID == g.Device })
}

func (p *Peer) groupOf(in *opened, g store.Group, connected map[string]bool, paths map[peer.ID]network.Path) present.Group {
	about := g.Care.People().Group()
	x := present.Group{
		ID: g.ID, Kind: about.Kind.String(), Name: about.Name, Me: g.Me, State: g.State, Care: g.Care, Direct: g.State.Policy.Reach == group.ReachDirect, Waits: !g.In, Hidden: g.Hidden,
		Asked: g.Asked,
		Delivery: func(id kp1.ID) present.Delivery {
			d := in.ledger.Delivery(g.ID, id)
			return present.Delivery{Stored: d.Stored, Mailbox: d.Mailbox, Devices: d.Devices, Of: d.Of, On: d.On, Has: d.Has, HasNot: d.HasNot, Seen: d.Seen, Crowded: d.Crowded}
		},
		FilePart: func(id kp1.ID) (uint64, uint64) { return in.ledger.FileHere(g.ID, id) },
		Seen:     in.marks.has,
		Checked:  in.marks.isChecked,
		Hides:    in.marks.hides(),
	}
	for _, d := range g.State.Devices {
		q := present.Device{ID: d.ID, Member: d.Member, Mine: d.Member == g.Me, Here: d.ID == g.Device}
		if q.Connected = !q.Here && connected[peer.ID(d.Peer).String()]; q.Connected {
			q.Path, q.Via = pathOf(g, paths[peer.ID(d.Peer)])
		}
		if i := slices.IndexFunc(g.Peers, func(o store.Peer) bool { return o.Device == d.ID }); i >= 0 {
			q.LastHeard = g.Peers[i].Heard
		}
		x.Devices = append(x.Devices, q)
	}
	now := p.o.Now()
	for _, r := range g.Requests {
		x.Requests = append(x.Requests, present.Request{
			ID: r.ID.String(), Invite: r.Invite.String(), Name: r.Name, Words: r.Words, Others: r.Others, Note: r.Note, At: r.At,
			Expired: !now.Before(r.Expires), Ended: r.Ended || r.Used, Before: r.History != group.HistoryNone,
			Member: r.Member, Known: r.Known, In: r.In, Back: r.Back,
		})
	}
	for _, a := range g.Asks {
		x.Asks = append(x.Asks, askOf(g.State, a))
	}
	for _, a := range g.Pending {
		x.Asks = append(x.Asks, laterOf(g.State, g.Me, a))
	}
	x.Torn, x.Behind, x.Latest = g.Torn, g.Behind, g.Latest
	x.Boxes = p.boxesOf(in, g)
	p.tell(in, &x)
	if len(g.Invites) > 0 {
		addrs := p.inviteAddrs(in, g)
		for _, i := range g.Invites {
			if v, err := p.inviteOf(in, g, i, addrs); err == nil {
				x.Invites = append(x.Invites, v)
			}
		}
	}
	for _, i := range g.Lapsed {
		x.Lapsed = append(x.Lapsed, present.Invite{ID: i.ID.String(), Note: i.Note, Rank: i.Rank, Expires: i.Expires})
	}
	return x
}

// pathOf says how a computer is reached, and through which of the group's mailboxes.
func pathOf(g store.Group, at network.Path) (path, via string) {
	switch at.Kind {
	case network.PathNear:
		return present.PathNear, ""
	case network.PathDirect:
		return present.PathDirect, ""
	case network.PathRelayed:
		for _, m := range g.Mailboxes {
			if peer.ID(m.Peer) == at.Keeper {
				via = nameOf(m)
			}
		}
		return present.PathRelayed, via
	}
	return "", ""
}

// nameOf is what a mailbox's computer is called on the internet; empty where it has a number alone.
func nameOf(m store.Mailbox) string {
	for _, a := range parseAddrs(m.Addrs) {
		for _, p := range []int{ma.P_DNS, ma.P_DNS4, ma.P_DNS6, ma.P_DNSADDR} {
			if name, err := a.ValueForProtocol(p); err == nil {
				return name
			}
		}
	}
	return ""
}

// boxesOf are the mailboxes of a group, and how visits to them went.
func (p *Peer) boxesOf(in *opened, g store.Group) []present.Mailbox {
	var out []present.Mailbox
	for _, m := range g.Mailboxes {
		at := in.mails.of(g.ID, m.Peer)
		here, _ := p.ownBox(m.Peer)
		in.mails.note(func() {
			out = append(out, present.Mailbox{ID: peer.ID(m.Peer).String(), Name: nameOf(m), Reached: at.Reached, Trouble: at.Trouble, Lost: at.Lost, Hidden: at.Hidden, NoFiles: at.NoFiles, Here: here})
		})
	}
	return out
}

// The days around today of which there is news: a calendar of ten years is not read through for it.
const (
	newsBack  = 30
	newsAhead = 400
)

// newsOf lists what came from others in a group: kinds and ids, no words.
func newsOf(g present.Group, now time.Time) []present.New {
	var out []present.New
	add := func(kind string, m act.Meta, object kp1.ID) {
		if m.Author != g.Me && !m.ID.IsZero() {
			out = append(out, present.New{
				ID: m.ID, Group: g.ID, Kind: kind, By: m.Author, Object: object,
				At: time.Unix(int64(m.Time), 0), Seen: g.Seen(m.ID),
			}) //nolint:gosec // seconds
		}
	}
	from, to := when.DateOf(now).Plus(-newsBack), when.DateOf(now).Plus(newsAhead)
	for _, s := range g.Care.Sleepovers().Between(from, to) {
		for _, m := range s.Moves {
			add(present.NewsSleepover, m.Meta, s.ID)
		}
	}
	for _, i := range g.Care.Calendar().Between(from, to, now.Location(), time.LoadLocation) {
		add(present.NewsEvent, i.Event.By, i.Event.ID)
	}
	for _, t := range g.Care.Threads().All() {
		for _, it := range g.Newest(t, newsOfThread) {
			if it.Words == act.Others {
				continue // it is not to this person
			}
			add(present.NewsMessage, it.Meta, t.ID)
		}
	}
	for _, r := range g.Requests {
		id, err := kp1.ParseID(r.ID)
		if err == nil {
			out = append(out, present.New{ID: id, Group: g.ID, Kind: present.NewsRequest, At: r.At, Seen: g.Seen(id)})
		}
	}
	for _, q := range g.Care.People().All() {
		add(present.NewsMember, q.At, kp1.ID{})
	}
	return out
}
