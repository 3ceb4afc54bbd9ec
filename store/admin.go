package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Deed is what became of an act about who belongs.
type Deed struct {
	Op       kp1.ID // the op, or the proposal
	Proposed bool   // it waits for the consent of another admin, or of a steward (protocol.md 4.1)
	Later    bool   // it waits, unsigned, until this computer has caught up: Op is its Pending

	// Ended are the invites that ended with it, because an admin who is one no longer knows their secrets: see Reissue.
	Ended []kp1.IID
}

// deed signs an action. Where it needs two people it becomes a proposal. One that takes a right to read away changes the
// keys in the same envelope, which whom it is about cannot open (protocol.md 4.8).
func (b *batch) deed(action group.Body) (Deed, error) {
	if b.h.mustHear(action) {
		raw, err := action.Encode()
		if err != nil {
			return Deed{}, err
		}
		return b.await(pendingRecord{Kind: pendingAct, Type: action.Type(), Body: raw})
	}
	s, err := b.authDraft(nil, action)
	if errors.Is(err, group.ErrQuorum) {
		return b.propose(action)
	}
	if err != nil {
		return Deed{}, b.h.unled(err)
	}
	ended, err := b.enact(s, action)
	return Deed{Op: s.ID, Ended: ended}, err
}

// unled says of a refusal that nobody leads, where that is so: there is nobody to ask.
func (h *house) unled(err error) error {
	if !h.state().Headless {
		return err
	}
	return because(ErrHeadless, err)
}

func (b *batch) propose(action group.Body) (Deed, error) {
	p, err := group.NewPropose(action)
	if err != nil {
		return Deed{}, err
	}
	s, err := b.authDraft(nil, p)
	if err != nil {
		return Deed{}, err
	}
	return Deed{Op: s.ID, Proposed: true}, b.post(s)
}

// enact files a signed action, with new keys if it shuts anybody out, and ends the invites whose secrets an admin takes
// along.
func (b *batch) enact(s op.Signed, action group.Body) (ended []kp1.IID, err error) {
	if b.h.dethrones(action) {
		ended = b.h.openNow()
	}
	keys, err := b.ownKeys(s, action)
	switch {
	case err != nil:
		return nil, err
	case keys:
		err = b.rekey([]op.Signed{s})
	default:
		err = b.post(s)
	}
	if err != nil || b.h.mayInvite() != nil {
		return nil, err
	}
	for _, id := range ended {
		if err := b.endInvite(id); err != nil {
			return nil, err
		}
	}
	return ended, nil
}

// ownKeys says whether new keys of this device follow an action. Where it takes a right to read from somebody and this person
// may make no keys, or may not any more by that very action, somebody else makes them.
func (b *batch) ownKeys(s op.Signed, action group.Body) (bool, error) {
	if !b.shuts(action) {
		return false, nil
	}
	after, err := b.stateAfter([]op.Signed{s})
	return err == nil && b.h.mayKeyIn(after), err
}

// shuts says whether an action takes a right to read from anybody.
func (b *batch) shuts(action group.Body) bool {
	switch a := action.(type) {
	case group.Remove, group.RevokeDevice, group.Evidence:
		return true
	case group.SetRole:
		m, ok := b.h.state().Member(a.Member)
		return ok && len(group.Compartments(a.Rank)) < len(group.Compartments(m.Rank))
	}
	return false
}

// post files auth ops of ours. What they let in from behind a fence may take a right to read from somebody: then the keys
// change in the same envelope, as with any removal.
func (b *batch) post(ops ...op.Signed) error {
	if shut, err := b.shutsBehind(ops); err != nil || shut {
		if err != nil {
			return err
		}
		return b.rekey(ops)
	}
	e, ok := b.held(kp1.CompAll)
	switch {
	case !ok && b.mayRekey(): // with them, not before them: they are signed, and the key's op would stand in their place
		return b.rekey(ops)
	case !ok:
		return ErrNoEpoch
	}
	key, ok := e.sealer(kp1.ChainAuth)
	if !ok {
		return ErrNoEpoch
	}
	env, err := op.SealOps(b.h.l.opt.Rand, b.h.id, key, op.KindOps, b.h.l.week(), nil, ops)
	if err != nil {
		return err
	}
	return b.own(env, ops...)
}

// shutsBehind says whether ops of ours let something in that waits behind a fence and takes a right to read from anybody.
// It returns group.ErrQuorum where this person's word is not enough for what waits: ops that name it would wait with it, and
// this device could sign nothing more.
func (b *batch) shutsBehind(ops []op.Signed) (bool, error) {
	if len(b.h.log.Held()) == 0 {
		return false, nil
	}
	after, err := b.stateAfter(ops)
	if errors.Is(err, group.ErrWaiting) {
		return false, fmt.Errorf("one word is not enough: %w", group.ErrQuorum)
	}
	if err != nil {
		return false, err
	}
	return b.h.mayKeyIn(after) && narrower(b.h.state(), after), nil // else somebody else makes the keys
}

// mayKeyIn says whether new keys by this device count in a state.
func (h *house) mayKeyIn(st group.State) bool {
	_, in := st.Device(h.self.Device)
	me, is := st.Member(h.self.Member)
	return in && is && me.Rank >= kp1.RankMember
}

// narrower says whether somebody who may read something before may not after.
func narrower(before, after group.State) bool {
	reads := func(st group.State, d kp1.DID) int {
		dev, _ := st.Device(d)
		m, in := st.Member(dev.Member)
		if !in {
			return 0
		}
		return len(group.Compartments(m.Rank))
	}
	return slices.ContainsFunc(before.Devices, func(d group.Device) bool { return reads(after, d.ID) < reads(before, d.ID) })
}

// act runs one act about who belongs in a transaction of its own.
func (l *Ledger) act(g kp1.GID, do func(b *batch) (Deed, error)) (d Deed, err error) {
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if _, err := h.me(); err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if d, err = do(b); err != nil {
			return err
		}
		return b.finish()
	})
	if err != nil {
		return Deed{}, err
	}
	return d, nil
}

// shut is act for what takes somebody out. The tickets of the group's mailboxes, which they know, are drawn anew at once: whoever
// did it may switch their computer off. What fails of that is one of the things that Tend does.
func (l *Ledger) shut(g kp1.GID, do func(b *batch) (Deed, error)) (Deed, error) {
	d, err := l.act(g, do)
	if err == nil {
		_, _ = l.tendOne(g, ticketing)
	}
	return d, err
}

// SetRole gives a member another rank. A member who may write less keeps what they wrote so far; what comes after waits.
func (l *Ledger) SetRole(_ context.Context, g kp1.GID, m kp1.MID, rank uint8) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) {
		st := b.h.state()
		if _, ok := st.Member(m); !ok {
			return Deed{}, ErrNoMember
		}
		d, err := b.deed(group.NewSetRole(st, m, rank, b.h.cut(m)))
		return d, b.h.aboutMe(m, err)
	})
}

// Why an act is refused whoever leads. All of them are group.ErrNotAllowed too.
var (
	// ErrOneself: it is about who signs it, and somebody else who leads has to.
	ErrOneself = &kp1.Error{ECode: "E_ONESELF", Msg: "somebody else has to do that"}
	// ErrOwnDevice: a device of one's own waits, and somebody else has to confirm it.
	ErrOwnDevice = &kp1.Error{ECode: "E_OWN_DEVICE", Msg: "somebody else has to confirm it"}
	// ErrThisDevice: a device cannot take itself out.
	ErrThisDevice = &kp1.Error{ECode: "E_THIS_DEVICE", Msg: "a device cannot take itself out"}
	// ErrHeadless: it needs somebody who leads, and nobody does.
	ErrHeadless = &kp1.Error{ECode: "E_HEADLESS", Msg: "nobody leads the group"}
	// ErrLed: somebody leads the group, so nobody is elected.
	ErrLed = &kp1.Error{ECode: "E_LED", Msg: "the group is led"}
)

// because says more of a refusal than that it was not allowed. Any other error stays as it is.
func because(why, err error) error {
	if !errors.Is(err, group.ErrNotAllowed) {
		return err
	}
	return fmt.Errorf("%w: %w", why, err)
}

// aboutMe says of a refusal whether it is for that the act is about this person, who leads.
func (h *house) aboutMe(m kp1.MID, err error) error {
	if me, _ := h.state().Member(h.self.Member); m != me.ID || me.Rank < kp1.RankAdmin {
		return err
	}
	return because(ErrOneself, err)
}

// Remove takes a member out and changes the keys, in one transaction (protocol.md 4.8). Where two people are needed it
// proposes that, and nothing changes until somebody consents.
func (l *Ledger) Remove(_ context.Context, g kp1.GID, m kp1.MID, reason uint8) (Deed, error) {
	return l.shut(g, func(b *batch) (Deed, error) {
		if m == b.h.self.Member {
			return Deed{}, b.h.noRemoval()
		}
		if _, ok := b.h.state().Member(m); !ok {
			return Deed{}, ErrNoMember
		}
		return b.deed(group.NewRemove(m, b.h.cut(m), reason))
	})
}

// noRemoval says why nobody removes themselves: they leave, and who leads alone does not even that.
func (h *house) noRemoval() error {
	st := h.state()
	me, _ := st.Member(h.self.Member)
	others := func(m group.Member) bool { return m.ID != me.ID && m.Rank >= kp1.RankAdmin }
	switch {
	case len(st.Members) == 1:
		return ErrAlone
	case me.Rank >= kp1.RankAdmin && !slices.ContainsFunc(st.Members, others):
		return group.ErrLastAdmin
	}
	return because(ErrOneself, group.ErrNotAllowed)
}

// Revoke takes devices of one member out for ever: one's own that was lost, or, for an admin, another's.
func (l *Ledger) Revoke(_ context.Context, g kp1.GID, devices ...kp1.DID) (Deed, error) {
	return l.shut(g, func(b *batch) (Deed, error) {
		cut := group.Cut{}
		for _, d := range devices {
			if d == b.h.self.Device {
				return Deed{}, because(ErrThisDevice, group.ErrNotAllowed)
			}
			cut = append(cut, b.h.cutOf(d)...)
		}
		return b.deed(group.NewRevoke(devices, cut))
	})
}

// SetPolicy changes what holds in a group. It returns ErrNoMailboxYet when members would meet through a mailbox and there
// is none.
func (l *Ledger) SetPolicy(_ context.Context, g kp1.GID, f group.PolicyFields) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) {
		if f.Reach != nil && *f.Reach == group.ReachMailbox && f.Mailboxes == nil && len(b.h.state().Policy.Mailboxes) == 0 {
			return Deed{}, ErrNoMailboxYet
		}
		return b.deed(group.SetPolicy{PolicyFields: f})
	})
}

// Confirm wakes a device that waits for another member's word (protocol.md 3.4).
func (l *Ledger) Confirm(_ context.Context, g kp1.GID, d kp1.DID) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) {
		out, err := b.deed(group.Confirm{Device: d})
		if slices.ContainsFunc(b.h.state().Waiting, func(w group.Device) bool { return w.ID == d && w.Member == b.h.self.Member }) {
			err = because(ErrOwnDevice, err)
		}
		return out, err
	})
}

// Vote says whom this person wants as admin of a group that has none, and elects them when that makes a majority
// (protocol.md 4.7). Who says the same again signs nothing: one vote counts for as long as they are in.
func (l *Ledger) Vote(_ context.Context, g kp1.GID, m kp1.MID) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) {
		if id, said := b.h.log.VoteOf(b.h.self.Member, m); said && b.h.state().Headless {
			if _, enough := b.h.elected(); !enough {
				return Deed{Op: id}, nil
			}
		}
		d, err := b.deed(group.Vote{Member: m})
		if err != nil && !b.h.state().Headless {
			err = because(ErrLed, err)
		}
		if err != nil || d.Later {
			return d, err
		}
		s, err := b.authDraft(nil, group.Elect{Member: m})
		switch {
		case errors.Is(err, group.ErrNotAllowed) || errors.Is(err, group.ErrQuorum):
			return d, nil // not a majority yet
		case err != nil:
			return Deed{}, err
		}
		return Deed{Op: s.ID}, b.post(s)
	})
}

// elected is whom more than half want as admin of a group that nobody leads, and who is not elected yet: their votes have
// crossed, or one of them was signed later.
func (h *house) elected() (kp1.MID, bool) {
	if !h.state().Headless || !h.mayTend() || h.behind() {
		return kp1.MID{}, false
	}
	all, of := h.log.Ballot()
	for _, c := range all {
		if 2*len(c.By) > of {
			return c.Member, true
		}
	}
	return kp1.MID{}, false
}

// elect says that the votes are enough.
func (b *batch) elect() (bool, error) {
	m, ok := b.h.elected()
	if !ok {
		return false, nil
	}
	s, err := b.authDraft(nil, group.Elect{Member: m})
	if err != nil {
		return false, err
	}
	return true, b.post(s)
}

// AdmitLate accepts content that removals hide after all: the ops named (protocol.md 5.6).
func (l *Ledger) AdmitLate(_ context.Context, g kp1.GID, ops []kp1.ID) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) { return b.deed(group.NewAdmitLate(ops, group.Cut{})) })
}

// ErrNotHeld: the op does not wait for anybody's word.
var ErrNotHeld = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "nothing waits under this id"}

// LetStand vouches for an op that waits behind a fence: it and what was built on it enter (protocol.md 4.6). Where that is a
// removal the keys change in the same step, and whom it takes out reads not even the word. It returns group.ErrQuorum where
// what waits needs more than this person's word.
func (l *Ledger) LetStand(_ context.Context, g kp1.GID, id kp1.ID) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) { return b.letStand(id) })
}

func (b *batch) letStand(id kp1.ID) (Deed, error) {
	if !slices.Contains(b.h.log.Held(), id) {
		return Deed{}, ErrNotHeld
	}
	if b.h.mustHear(nil) {
		return b.await(pendingRecord{Kind: pendingStand, Of: kp1.Link(id)})
	}
	if err := b.fewHeads(); err != nil {
		return Deed{}, err
	}
	heads := b.h.log.HeadsOf(b.h.self.Device)
	if len(heads) == kp1.MaxAuthRefs { // no room for one more
		s, err := b.authOver(heads, group.NewAck())
		if err != nil {
			return Deed{}, err
		}
		if err := b.post(s); err != nil {
			return Deed{}, err
		}
		heads = b.h.log.HeadsOf(b.h.self.Device)
	}
	heads = append(heads, id)
	slices.SortFunc(heads, kp1.ID.Compare)
	s, err := b.authOver(heads, group.NewAck())
	if err != nil {
		return Deed{}, err
	}
	return Deed{Op: s.ID}, b.post(s)
}

// Consent gives the second signature to a proposal; its effect is at once (protocol.md 4.1).
func (l *Ledger) Consent(_ context.Context, g kp1.GID, proposal kp1.ID) (Deed, error) {
	return l.act(g, func(b *batch) (Deed, error) { return b.consent(proposal) })
}

func (b *batch) consent(proposal kp1.ID) (Deed, error) {
	action := b.h.log.Proposed(proposal)
	if action == nil {
		return Deed{}, ErrNoProposal
	}
	if b.h.mustHear(action) {
		return b.await(pendingRecord{Kind: pendingConsent, Of: kp1.Link(proposal)})
	}
	s, err := b.authDraft(nil, group.NewApprove(proposal, action, b.h.cutFor(action)))
	if err != nil {
		return Deed{}, b.h.aboutMe(targetOf(b.h.state(), action), err)
	}
	ended, err := b.enact(s, action)
	return Deed{Op: s.ID, Ended: ended}, err
}

// targetOf is whom an action is about; zero for nobody.
func targetOf(st group.State, action group.Body) kp1.MID {
	switch a := action.(type) {
	case group.Remove:
		return a.Member
	case group.SetRole:
		return a.Member
	case group.RevokeDevice:
		d, _ := st.Device(a.Devices[0])
		return d.Member
	}
	return kp1.MID{}
}

// cutFor is a fresh cut for whom an action is about.
func (h *house) cutFor(action group.Body) group.Cut {
	switch a := action.(type) {
	case group.Remove:
		return h.cut(a.Member)
	case group.SetRole:
		return h.cut(a.Member)
	case group.RevokeDevice:
		cut := group.Cut{}
		for _, d := range a.Devices {
			cut = append(cut, h.cutOf(d)...)
		}
		return group.NewCut(cut...)
	}
	return group.Cut{}
}

// cutOf is the last content op held of one device.
func (h *house) cutOf(d kp1.DID) group.Cut {
	cut := group.Cut{}
	for c, at := range h.chains {
		if c.device == d {
			cut = append(cut, group.CutEntry{Device: c.device, Comp: c.comp, Seq: at.seq, ID: at.id})
		}
	}
	return cut
}
