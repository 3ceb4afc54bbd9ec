package peer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kith/app/present"
	"kith/store"
	"kith/store/care"
	"kith/store/care/people"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// Propose fills in, checks, seals and files one act.
func (p *Peer) Propose(ctx context.Context, g kp1.GID, a care.Act) (kp1.ID, error) {
	return p.ProposeTo(ctx, g, a, present.Audience{})
}

// ProposeTo does the same for an audience.
func (p *Peer) ProposeTo(ctx context.Context, g kp1.GID, a care.Act, to present.Audience) (kp1.ID, error) {
	in, err := p.now()
	if err != nil {
		return kp1.ID{}, err
	}
	ids, err := in.ledger.Propose(ctx, g, store.Draft{Act: a, Comp: max(readersOf(a), to.Comp), For: to.Only})
	p.went(err)
	if err != nil {
		return kp1.ID{}, in.notYet(g, err)
	}
	return ids[0], nil
}

// ProposeAll does the same for many acts at once.
func (p *Peer) ProposeAll(ctx context.Context, g kp1.GID, acts []care.Act, to []present.Audience) ([]kp1.ID, error) {
	in, err := p.now()
	if err != nil {
		return nil, err
	}
	drafts := make([]store.Draft, len(acts))
	for i, a := range acts {
		drafts[i] = store.Draft{Act: a, Comp: max(readersOf(a), to[i].Comp), For: to[i].Only}
	}
	ids, err := in.ledger.Propose(ctx, g, drafts...)
	p.went(err)
	if err != nil {
		return nil, in.notYet(g, err)
	}
	return ids, nil
}

// readersOf is who may read what begins something new: homes and sleepovers are the team's, all else is everyone's.
func readersOf(a care.Act) uint8 {
	t := a.Type()
	if strings.HasPrefix(t, "sleepover/") || t == (people.Household{}).Type() {
		return kp1.CompTeam
	}
	return kp1.CompAll
}

// Found founds a group.
func (p *Peer) Found(ctx context.Context, f present.Found) (kp1.GID, error) {
	in, err := p.now()
	if err != nil {
		return kp1.GID{}, err
	}
	kind, ok := people.ParseKind(f.Kind)
	if !ok {
		return kp1.GID{}, errKind
	}
	switch f.Reach {
	case present.ReachDirect, present.ReachMailbox:
	case "":
		f.Reach = present.UsualReach(f.Kind)
	default:
		return kp1.GID{}, errReach
	}
	name := f.MyName
	if name == "" {
		name = in.ledger.Name()
	}
	id, err := peerID(in.ledger.Transport())
	if err != nil {
		return kp1.GID{}, err
	}
	acts := []store.Draft{{Act: people.About{Kind: kind, Name: f.Name}}, {Act: people.Profile{Name: name, Title: f.Title}}}
	for _, d := range acts {
		if err := d.Act.Valid(); err != nil {
			return kp1.GID{}, err
		}
	}
	return in.ledger.Found(ctx, store.Founding{Name: name, Peer: []byte(id), Acts: acts, Mailbox: f.Reach == present.ReachMailbox})
}

// Invite makes an invite for one person.
func (p *Peer) Invite(ctx context.Context, g kp1.GID, ask present.InviteAsk) (present.Invite, error) {
	in, err := p.now()
	if err != nil {
		return present.Invite{}, err
	}
	terms := invite.Terms{Rank: ask.Rank, For: ask.For, Note: ask.Note, Spoken: ask.Spoken}
	switch {
	case ask.History == "" || ask.History == "all":
		terms.History = group.HistoryAll
	case ask.History == "none":
		terms.History = group.HistoryNone
	default:
		date, found := strings.CutPrefix(ask.History, "since:")
		from, err := when.ParseDate(date)
		if !found || err != nil {
			return present.Invite{}, fmt.Errorf("history %q: %w", ask.History, errHistory)
		}
		day := time.Date(from.Year, time.Month(from.Month), from.Day, 0, 0, 0, 0, time.UTC)
		if terms.History, terms.Since, err = in.ledger.HistoryFrom(g, day); err != nil {
			return present.Invite{}, err
		}
	}
	return p.invite(ctx, in, g, ask, func(addrs []string, hint string) (store.Invitation, error) {
		if ask.Back {
			return in.ledger.WayBack(ctx, g, addrs, hint)
		}
		return in.ledger.Invite(ctx, g, terms, addrs, hint)
	})
}

// invite makes an invite and leaves it where it can be found.
func (p *Peer) invite(ctx context.Context, in *opened, g kp1.GID, ask present.InviteAsk, make func(addrs []string, hint string) (store.Invitation, error)) (present.Invite, error) {
	view := in.ledger.View().Group(g)
	addrs := p.inviteAddrs(in, view)
	switch {
	case len(addrs) > 0 || ask.Stick:
	case view.State.Policy.Reach == group.ReachMailbox:
		return present.Invite{}, store.ErrNoMailboxYet
	default:
		return present.Invite{}, errAddr
	}
	i, err := make(addrs, hintOf(view, !ask.Back))
	if err != nil {
		return present.Invite{}, in.notYet(g, err)
	}
	if n := p.running(); n != nil {
		n.Changed()
	}
	p.leaveInvite(ctx, in, g, i.ID)
	return p.inviteOf(in, in.ledger.View().Group(g), i, addrs)
}

func (p *Peer) inviteOf(in *opened, g store.Group, i store.Invitation, addrs []string) (present.Invite, error) {
	link, err := i.Link(addrs)
	out := present.Invite{ID: i.ID.String(), Link: link, Note: i.Note, Rank: i.Rank, Expires: i.Expires, Words: i.Words, Waits: in.mails.waitsAt(g.ID, g, i.ID, p.isOwnBox)}
	if len(i.Words) > 0 {
		out.At = spokenPlace(addrs)
	}
	return out, err
}

// EndInvite ends an invite.
func (p *Peer) EndInvite(ctx context.Context, g kp1.GID, id string) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	iid, err := kp1.ParseIID(id)
	if err != nil {
		return invite.ErrUnknown
	}
	return in.ledger.EndInvite(ctx, g, iid)
}

// Reissue makes a new invite in the place of one that ended with somebody who led.
func (p *Peer) Reissue(ctx context.Context, g kp1.GID, id string) (present.Invite, error) {
	in, err := p.now()
	if err != nil {
		return present.Invite{}, err
	}
	iid, err := kp1.ParseIID(id)
	if err != nil {
		return present.Invite{}, invite.ErrUnknown
	}
	return p.invite(ctx, in, g, present.InviteAsk{}, func(addrs []string, hint string) (store.Invitation, error) {
		return in.ledger.Reissue(ctx, g, iid, addrs, hint)
	})
}

// Approve lets a person in.
func (p *Peer) Approve(ctx context.Context, g kp1.GID, request string, a present.Approval) (present.Approved, error) {
	in, err := p.now()
	if err != nil {
		return present.Approved{}, err
	}
	id, err := kp1.ParseID(request)
	if err != nil {
		return present.Approved{}, store.ErrNoRequest
	}
	how := store.Approval{Formerly: a.Formerly}
	switch a.Verified {
	case present.VerifiedVoice:
		how.Verified = group.VerifiedVoice
	case present.VerifiedPerson:
		how.Verified = group.VerifiedInPerson
	}
	out, err := in.ledger.Approve(ctx, g, id, how)
	p.went(err)
	if err != nil {
		return present.Approved{}, in.notYet(g, err)
	}
	done := present.Approved{Back: out.Back, Former: present.Deed{Op: out.Former.Op, Waits: out.Former.Proposed}}
	return done, p.SetChecked(ctx, g, out.Member, true) // the six words were compared to let them in
}

// Decline answers a request with no.
func (p *Peer) Decline(ctx context.Context, g kp1.GID, request string) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	id, err := kp1.ParseID(request)
	if err != nil {
		return store.ErrNoRequest
	}
	return in.ledger.Decline(ctx, g, id)
}

// Part takes this person out and says which op did it.
func (p *Peer) Part(ctx context.Context, g kp1.GID) (kp1.ID, error) {
	in, err := p.now()
	if err != nil {
		return kp1.ID{}, err
	}
	id, err := in.ledger.Leave(ctx, g)
	return id, in.notYet(g, err)
}

// Leave is Part for the window.
func (p *Peer) Leave(ctx context.Context, g kp1.GID) error {
	_, err := p.Part(ctx, g)
	return err
}

// End takes a group away that nobody else is in.
func (p *Peer) End(ctx context.Context, g kp1.GID) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	if err := in.ledger.End(ctx, g); err != nil {
		return err
	}
	in.shelf.forget(g)
	if n := p.running(); n != nil {
		n.Changed()
	}
	p.wake.set()
	return nil
}

// Words returns the six words of a member.
func (p *Peer) Words(_ context.Context, g kp1.GID, m kp1.MID) ([6]string, error) {
	in, err := p.now()
	if err != nil {
		return [6]string{}, err
	}
	return in.ledger.Words(g, m)
}
