package peer

import (
	"context"
	"slices"

	"kith/app/present"
	"kith/store"
	"kith/store/group"
	"kith/store/kp1"
)

// Agree is Consent for the window, and SignNow for what waits there to be signed.
func (p *Peer) Agree(ctx context.Context, g kp1.GID, ask kp1.ID) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(in.ledger.View().Group(g).Pending, func(x store.Pending) bool { return x.ID == ask }) {
		_, err = p.SignNow(ctx, g, ask)
		return err
	}
	_, err = p.Consent(ctx, g, ask)
	return err
}

// laterOf says what waits to be signed, as the window shows it.
func laterOf(s group.State, me kp1.MID, a store.Pending) present.Ask {
	out := askOf(s, store.Proposal{ID: a.ID, By: me, Action: a.Action, Mine: true})
	out.Later, out.Why = true, a.Why
	if d, ok := a.Action.(group.RevokeDevice); ok {
		out.Devices = d.Devices
	}
	return out
}

// askOf says what waits for a second person, as the window shows it.
func askOf(s group.State, a store.Proposal) present.Ask {
	out := present.Ask{ID: a.ID, By: a.By, What: present.AskOther, Mine: a.Mine}
	switch x := a.Action.(type) {
	case group.Remove:
		out.What, out.Member = present.AskRemove, x.Member
	case group.SetRole:
		out.What, out.Member = present.AskFollow, x.Member
		if x.Rank >= kp1.RankAdmin {
			out.What = present.AskLead
		}
	case group.Admit:
		out.What = present.AskAdmit
	case group.RevokeDevice:
		out.What = present.AskRevoke
		for _, d := range slices.Concat(s.Devices, s.Waiting) {
			if d.ID == x.Devices[0] {
				out.Member = d.Member
			}
		}
	case group.SetPolicy:
		out.What, out.Rules = present.AskRules, x.PolicyFields
	}
	return out
}
