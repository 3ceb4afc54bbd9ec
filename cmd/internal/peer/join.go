package peer

import (
	"context"
	"errors"
	"strings"
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

// hint is what the drop of an invite shows a joiner: the group's name, and under it who invites.
func hint(groupName, inviter string) string { return groupName + "\n" + inviter }

func readHint(h string) (groupName, inviter string) {
	groupName, rest, _ := strings.Cut(h, "\n")
	inviter, _, _ = strings.Cut(rest, "\n") // whoever holds the link may have written more
	return groupName, inviter
}

// joinOf is a join as it is shown. One whose invite has run out, by this computer's clock, is shown as over; it is tried
// still, since that clock may be wrong.
func joinOf(j store.Join, now time.Time) present.Join {
	name, inviter := readHint(j.Hint)
	out := present.Join{ID: j.ID.String(), Group: name, Words: j.Words, Waiting: inviter, Inviter: j.Inviter, At: j.At}
	late := !j.Stops.IsZero() && !now.Before(j.Stops)
	switch j.Stage {
	case store.JoinLooking, store.JoinAsking:
		if out.Stage = present.JoinLooking; late {
			out.Stage, out.Err = present.JoinExpired, invite.ErrExpired
		}
	case store.JoinSent:
		if out.Stage = present.JoinSent; late {
			out.Stage, out.Err = present.JoinRefused, invite.ErrClosed
		}
	case store.JoinApproved:
		out.Stage = present.JoinWaiting
	case store.JoinIn:
		out.Stage, out.GID = present.JoinApproved, j.Group
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
		if pending(in.ledger.View()) == 0 {
			p.settle(ctx, in)
			sleep(ctx, time.Minute, changed)
			tries = 0
			continue
		}
		if p.joinOnce(ctx, in) > 0 {
			tries = 0 // somebody answers: an approval may come any moment
		}
		p.settle(ctx, in)
		sleep(ctx, p.o.Again(tries), changed)
	}
	return nil
}

// pending counts the joins that wait for something.
func pending(v store.View) (n int) {
	for _, j := range v.Joins {
		if j.Stage < store.JoinIn {
			n++
		}
	}
	return n
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

// visit fetches what lies in the mailbox of a join, leaves the request there, and takes the answer.
func (p *Peer) visit(ctx context.Context, in *opened, j store.Join) bool {
	ctx, cancel := context.WithTimeout(ctx, visitMost)
	defer cancel()
	addrs := parseAddrs(j.Addrs)
	for range 3 { // the drop, the request, and the look that finds it there
		envs, err := network.Fetch(ctx, addrs, j.Mailbox, nil)
		if err != nil {
			p.joinFailed(in, j, err)
			return errors.Is(err, network.ErrClosed)
		}
		if !in.shelf.enter() {
			return false
		}
		post, err := in.ledger.JoinMail(ctx, j.ID, envs)
		in.shelf.calls.Done()
		if err != nil {
			p.joinFailed(in, j, err)
			return true
		}
		p.wake.set()
		if n := p.running(); n != nil {
			n.Changed() // the welcome may have come
		}
		if post == nil {
			return true
		}
		if err := network.Post(ctx, addrs, j.Mailbox, post); err != nil {
			p.joinFailed(in, j, err)
			return true
		}
	}
	return true
}

// joinFailed ends a join that cannot succeed any more, and leaves one that may.
func (p *Peer) joinFailed(in *opened, j store.Join, err error) {
	p.o.Log.Info("join not answered yet", "why", code(err))
	if errors.Is(err, network.ErrClosed) {
		switch {
		case j.Stage == store.JoinSent: // whoever declines ends the invite, and nothing more is said
			err = invite.ErrClosed
		case !j.Stops.IsZero() && !p.o.Now().Before(j.Stops):
			err = invite.ErrExpired
		default:
			err = invite.ErrEnded
		}
	}
	switch {
	case errors.Is(err, invite.ErrClosed), errors.Is(err, invite.ErrEnded), errors.Is(err, invite.ErrExpired),
		errors.Is(err, invite.ErrUsed), errors.Is(err, invite.ErrTampered):
		p.went(in.ledger.JoinEnded(j.ID, err))
		p.wake.set()
	}
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
