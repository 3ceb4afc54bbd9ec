package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// Every admin holds the secrets of every open invite, and keeps them when they are an admin no longer. So all invites end
// with the removal of an admin, and those of who lost the rank otherwise end when somebody notices (protocol.md 4.8).

// openNow lists the invites on which somebody could be let in now, ascending.
func (h *house) openNow() (out []kp1.IID) {
	now := h.l.unix()
	for _, id := range slices.SortedFunc(maps.Keys(h.invites), kp1.IID.Compare) {
		if _, used := h.used[id]; !used && !h.invites[id].ended && h.invites[id].Expires > now {
			out = append(out, id)
		}
	}
	return out
}

// dethrones says whether an action takes an admin out, or the rank from one.
func (h *house) dethrones(action group.Body) bool {
	var m kp1.MID
	switch a := action.(type) {
	case group.Remove:
		m = a.Member
	case group.SetRole:
		if m = a.Member; a.Rank >= kp1.RankAdmin {
			return false
		}
	default:
		return false
	}
	who, in := h.state().Member(m)
	return in && who.Rank >= kp1.RankAdmin
}

// orphaned lists the open invites whose maker is an admin no longer.
func (h *house) orphaned() (out []kp1.IID) {
	if h.mayInvite() != nil {
		return nil
	}
	st := h.state()
	for _, id := range h.openNow() {
		if by := h.invites[id].by; !by.IsZero() && !admins(st, h.log, by) {
			out = append(out, id)
		}
	}
	return out
}

// admins says whether a device is an admin's, now.
func admins(st group.State, log *group.Log, d kp1.DID) bool {
	if _, in := st.Device(d); !in {
		return false
	}
	_, m, known := log.DeviceKey(d)
	who, in := st.Member(m)
	return known && in && who.Rank >= kp1.RankAdmin
}

// spentBoxes are the mailboxes of this group here that nobody needs: their time is over, or who was let in by them has
// come, and has taken the answer out.
func (h *house) spentBoxes() (out []*box) {
	now := h.l.unix()
	for _, b := range h.l.boxes {
		if b.Group != h.id {
			continue
		}
		d, used := h.cameBy[b.Invite]
		if b.Expires <= now || used && h.spoke(d) {
			out = append(out, b)
		}
	}
	return out
}

// spoke says whether anything is here that a device has written, but for the op with which it asked to come back.
func (h *house) spoke(d kp1.DID) bool {
	if id, seq := h.log.Last(d); seq > 1 {
		return true
	} else if o, ok := h.log.Op(id); ok && o.Type != group.TypeAddDevice {
		return true
	}
	for c := range uint8(comps) {
		if h.chains[chain{d, c}].seq > 0 {
			return true
		}
	}
	return false
}

// cameBack lists the invites, open for the others who lead, on which somebody came back who was in: no Admit tells them.
// They end once the person is here, and has taken the answer out.
func (h *house) cameBack() (out []kp1.IID) {
	for _, r := range h.requests {
		if i := h.invites[r.Core().Invite]; r.back && i != nil && !i.ended && h.mayAnswer(i.back) == nil && h.spoke(r.Spare()) {
			out = append(out, i.ID)
		}
	}
	slices.SortFunc(out, kp1.IID.Compare)
	return slices.Compact(out)
}

func (h *house) invitesDue() bool {
	return len(h.orphaned()) > 0 || len(h.spentBoxes()) > 0 || len(h.cameBack()) > 0
}

// tendInvites ends the invites of who may not invite any more, and closes mailboxes that are done with.
func (b *batch) tendInvites() (wrote bool, err error) {
	for _, id := range b.h.orphaned() {
		if err := b.endInvite(id); err != nil {
			return wrote, err
		}
		wrote = true
	}
	for _, x := range b.h.spentBoxes() {
		if err := b.h.l.dropBox(b.t, x.Key); err != nil {
			return wrote, err
		}
		wrote = true
	}
	for _, id := range b.h.cameBack() {
		if err := b.endInvite(id); err != nil {
			return wrote, err
		}
		wrote = true
	}
	return wrote, nil
}

// lapsedNow lists the invites that ended before their time with somebody who led, ascending by the end they would have had:
// nobody was let in on them or turned away, and none was made in their place.
func (h *house) lapsedNow(me group.Member) (out []Invitation) {
	if !h.log.Dethroned() {
		return nil
	}
	now, asked, again := h.l.unix(), map[kp1.IID]bool{}, map[string]bool{}
	for _, r := range h.requests {
		asked[r.Core().Invite] = asked[r.Core().Invite] || r.closed
	}
	for _, i := range h.invites {
		again[i.Note] = again[i.Note] || !i.ended && i.Note != ""
	}
	for id, i := range h.invites {
		if _, used := h.used[id]; i.ended && !i.back && !used && !asked[id] && !again[i.Note] && i.Expires > now {
			out = append(out, h.invitation(i, me.Root))
		}
	}
	slices.SortFunc(out, func(a, b Invitation) int { return cmp.Or(a.Expires.Compare(b.Expires), a.ID.Compare(b.ID)) })
	return out
}

// Reissue makes a new invite in the place of one that was ended before its time, on the same terms and for as long as was
// left of it: see Invite. It returns invite.ErrUnknown where there is no such invite, and a code of its end where it is
// still open, was used, or has run out by itself.
func (l *Ledger) Reissue(ctx context.Context, g kp1.GID, id kp1.IID, addrs []string, hint string) (Invitation, error) {
	terms, err := l.lapsed(g, id)
	if err != nil {
		return Invitation{}, err
	}
	return l.Invite(ctx, g, terms, addrs, hint)
}

// lapsed is what an invite that was ended before its time said.
func (l *Ledger) lapsed(g kp1.GID, id kp1.IID) (invite.Terms, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return invite.Terms{}, ErrNoGroup
	}
	i := h.invites[id]
	if i == nil || i.back {
		return invite.Terms{}, invite.ErrUnknown
	}
	_, used := h.used[id]
	if err := i.Check(l.opt.Now(), false, used); err != nil {
		return invite.Terms{}, err
	}
	if !i.ended {
		return invite.Terms{}, fmt.Errorf("invite %s is open: %w", id.Short(), group.ErrNotAllowed)
	}
	left := time.Unix(int64(i.Expires), 0).Sub(l.opt.Now()) //nolint:gosec // seconds
	return invite.Terms{
		Rank: i.Rank, History: i.History, Since: i.Since, For: min(left, invite.MaxLife), Note: i.Note, Spoken: i.Spoken != nil,
	}, nil
}
