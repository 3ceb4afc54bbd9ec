package peer

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/store"
	"kith/store/care/people"
	"kith/store/invite"
	"kith/store/kp1"
)

// Join files a request by an invite's link. It is tried for as long as the peer serves, until it is answered.
func (p *Peer) Join(ctx context.Context, link, name string) (present.Join, error) {
	in, err := p.now()
	if err != nil {
		return present.Join{}, err
	}
	// The name is said in the group once the way in is over; then it would be too late to ask for another.
	if err := (people.Profile{Name: name}).Valid(); err != nil {
		return present.Join{}, err
	}
	if words, at, ok := spokenText(link); ok {
		if link, err = linkOfWords(ctx, words, at); err != nil {
			return present.Join{}, err
		}
	}
	id, err := peerID(in.ledger.Transport())
	if err != nil {
		return present.Join{}, err
	}
	j, err := in.ledger.Join(ctx, link, name, []byte(id))
	if err != nil {
		return present.Join{}, err
	}
	p.joins.set()
	p.wake.set()
	return joinOf(j, p.o.Now()), nil
}

// CancelJoin forgets a request.
func (p *Peer) CancelJoin(_ context.Context, id string) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	iid, err := kp1.ParseIID(id)
	if err != nil {
		return store.ErrNoRequest
	}
	err = in.ledger.CancelJoin(iid)
	p.wake.set()
	return err
}

// hintOf is what the drop of an invite shows a joiner: the group's name, and under it who may answer, the person who invites
// first. Where people come as strangers, or without others, nobody else is named.
func hintOf(g store.Group, others bool) string {
	who := g.Care.People()
	me, _ := who.Person(g.Me)
	out := who.Group().Name + "\n" + me.Name
	if !others || who.Group().Kind == people.PeerGroup || len(g.Mailboxes) == 0 { // without a mailbox nobody else is asked
		return out
	}
	for _, m := range g.State.Members {
		p, known := who.Person(m.ID)
		if !known || m.ID == g.Me || m.Rank < kp1.RankAdmin || len(out)+1+len(p.Name) > invite.MaxName {
			continue
		}
		out += "\n" + p.Name
	}
	return out
}

// hintMost is how many names of a hint are shown: whoever holds the link may have written more.
const hintMost = 3

func readHint(h string) (groupName string, answers []string) {
	lines := strings.Split(h, "\n")
	for _, n := range lines[1:] {
		if n != "" && len(answers) < hintMost {
			answers = append(answers, n)
		}
	}
	return lines[0], answers
}

// joinOf is a join as it is shown. One whose invite has run out, by this computer's clock, is shown as over; it is tried
// still, since that clock may be wrong.
func joinOf(j store.Join, now time.Time) present.Join {
	name, answers := readHint(j.Hint)
	out := present.Join{ID: j.ID.String(), Group: name, Words: j.Words, Waiting: present.AnyOf(answers...), Inviter: j.Inviter, At: j.At, Left: j.Left}
	late := !j.Stops.IsZero() && !now.Before(j.Stops)
	if j.Why != nil && j.Stage < store.JoinApproved { // its mailbox is shut, which may change
		j.Stage = store.JoinOver
	}
	switch j.Stage {
	case store.JoinLooking, store.JoinAsking:
		if out.Stage = present.JoinLooking; late {
			out.Stage, out.Err = present.JoinExpired, invite.ErrExpired
		}
	case store.JoinSent:
		if out.Left.IsZero() {
			out.Left = j.At // of a request that an older version left
		}
		if out.Stage = present.JoinSent; late {
			out.Stage, out.Err = present.JoinRefused, invite.ErrClosed
		}
	case store.JoinApproved:
		out.Stage = present.JoinWaiting
	case store.JoinIn:
		out.Stage, out.GID = present.JoinApproved, j.Group
		if len(answers) > 0 {
			out.Waiting = answers[0] // whose six words are to be compared
		}
	case store.JoinOver:
		out.Stage, out.Err = present.JoinExpired, j.Why
		if errors.Is(j.Why, invite.ErrClosed) {
			out.Stage = present.JoinRefused
		}
	}
	return out
}

// keepJoining tries every open join, again and again, for as long as it takes.
func (p *Peer) keepJoining(ctx context.Context, in *opened, up <-chan struct{}) error {
	select {
	case <-up:
	case <-ctx.Done():
		return nil
	}
	for tries := 0; ctx.Err() == nil; tries++ {
		changed := p.joins.next()
		before := stages(in.ledger.View())
		if len(before) == 0 {
			p.settle(ctx, in)
			sleep(ctx, time.Minute, changed)
			tries = 0
			continue
		}
		reached := p.joinOnce(ctx, in) > 0
		p.settle(ctx, in)
		if !maps.Equal(before, stages(in.ledger.View())) {
			tries = 0
		}
		wait := p.o.Again(tries)
		if reached && tries < joinLong { // somebody answers: an approval may come any moment
			wait = p.o.Again(min(tries, joinSoon))
		}
		sleep(ctx, wait, changed)
	}
	return nil
}

// How often an open join is tried where its mailbox is reached: as after so many tries, and for how many tries.
const (
	joinSoon = 2
	joinLong = 100
)

// stages says how far the joins are that wait for something.
func stages(v store.View) map[kp1.IID]uint8 {
	out := map[kp1.IID]uint8{}
	for _, j := range v.Joins {
		if j.Stage < store.JoinIn {
			out[j.ID] = j.Stage
		}
	}
	return out
}

// joinOnce looks into the mailbox of every open join, and returns how many could be reached.
func (p *Peer) joinOnce(ctx context.Context, in *opened) (reached int) {
	p.visiting.Lock()
	defer p.visiting.Unlock()
	for _, j := range in.ledger.View().Joins {
		if j.Stage < store.JoinApproved && p.visit(ctx, in, j) {
			reached++
		}
	}
	return reached
}

// visitMost bounds one look into one mailbox.
const visitMost = 20 * time.Second

// visit looks into the mailbox of a join wherever it is, at the group's keepers and on the computer that made the invite, and
// says whether anybody answered. The places are looked into side by side: one that is asleep must not hold up another.
func (p *Peer) visit(ctx context.Context, in *opened, j store.Join) bool {
	ctx, cancel := context.WithTimeout(ctx, visitMost)
	defer cancel()
	all := places(parseAddrs(j.Addrs))
	said := make([]error, len(all))
	var g sync.WaitGroup
	for i, at := range all {
		g.Go(func() { said[i] = p.visitAt(ctx, in, j, at) })
	}
	g.Wait()
	p.wake.set()
	return p.joinSaid(in, j, said)
}

// places sorts addresses by whom they lead to.
func places(addrs []ma.Multiaddr) (out [][]ma.Multiaddr) {
	at := map[peer.ID]int{}
	for _, a := range addrs {
		_, id := peer.SplitAddr(a)
		i, known := at[id]
		if !known {
			i = len(out)
			at[id], out = i, append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	return out
}

// visitAt fetches what lies in the mailbox of a join at one place, leaves the request there, and takes the answer.
func (p *Peer) visitAt(ctx context.Context, in *opened, j store.Join, at []ma.Multiaddr) error {
	for range 3 { // the drop, the request, and the look that finds it there
		envs, err := network.Fetch(ctx, at, j.Mailbox, nil)
		if err != nil {
			return err
		}
		if !in.shelf.enter() {
			return errLocked
		}
		post, err := in.ledger.JoinMail(ctx, j.ID, envs)
		in.shelf.calls.Done()
		if err != nil {
			return err
		}
		p.wake.set()
		if n := p.running(); n != nil {
			n.Changed() // the welcome may have come
		}
		if post == nil {
			return nil
		}
		if err := network.Post(ctx, at, j.Mailbox, post); err != nil {
			return err
		}
	}
	return nil
}

// joinSaid ends a join that cannot succeed any more, and leaves one that may: what each place of its mailbox said counts
// where no other had it open.
func (p *Peer) joinSaid(in *opened, j store.Join, said []error) (reached bool) {
	over := !j.Stops.IsZero() && !p.o.Now().Before(j.Stops)
	var end, shut error
	for _, err := range said {
		switch {
		case err == nil, errors.Is(err, network.ErrFull):
			p.went(in.ledger.JoinShut(j.ID, nil))
			return true
		case errors.Is(err, invite.ErrUsed), errors.Is(err, invite.ErrTampered) && end == nil:
			end = err
		case errors.Is(err, network.ErrClosed) && j.Stage == store.JoinSent: // whoever declines ends the invite, and nothing more is said
			shut = invite.ErrClosed
		case errors.Is(err, network.ErrClosed) && over:
			shut = invite.ErrExpired
		case errors.Is(err, network.ErrClosed):
			shut = invite.ErrEnded
		default:
			p.o.Log.Info("join not answered yet", "why", code(err))
		}
	}
	switch {
	case end != nil:
		p.went(in.ledger.JoinEnded(j.ID, end))
	case shut != nil && over:
		p.went(in.ledger.JoinEnded(j.ID, shut))
	case shut != nil: // it may be open again: a keeper may have lost it, or not have been told of it yet
		p.went(in.ledger.JoinShut(j.ID, shut))
	default:
		return false
	}
	p.wake.set()
	return true
}

// parseAddrs keeps what can be dialled.
func parseAddrs(texts []string) []ma.Multiaddr {
	var out []ma.Multiaddr
	for _, a := range texts {
		m, err := ma.NewMultiaddr(a)
		if err != nil {
			continue
		}
		if _, err := peer.AddrInfoFromP2pAddr(m); err == nil {
			out = append(out, m)
		}
	}
	return out
}

// settle finishes joins whose history has come, and says whether any moved.
func (p *Peer) settle(ctx context.Context, in *opened) bool {
	if !in.shelf.enter() {
		return false
	}
	defer in.shelf.calls.Done()
	moved, err := in.ledger.Settle(ctx, func(name string) store.Draft {
		return store.Draft{Act: people.Profile{Name: name}}
	})
	p.went(err)
	if moved {
		for _, j := range in.ledger.View().Joins {
			if j.Stage == store.JoinIn {
				p.hear.tell(verb.Event{What: verb.EventJoined, Group: j.Group})
			}
		}
		p.wake.set()
	}
	return moved
}
