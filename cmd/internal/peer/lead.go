package peer

import (
	"context"

	"kith/app/present"
	"kith/store"
	"kith/store/group"
	"kith/store/kp1"
)

// Lead has a member help to lead a group, or no longer, for the window.
func (p *Peer) Lead(ctx context.Context, g kp1.GID, m kp1.MID, yes bool) error {
	rank := kp1.RankMember
	if yes {
		rank = kp1.RankAdmin
	}
	_, err := p.SetRank(ctx, g, m, rank)
	return err
}

// Agree is Consent for the window.
func (p *Peer) Agree(ctx context.Context, g kp1.GID, ask kp1.ID) error {
	_, err := p.Consent(ctx, g, ask)
	return err
}

// askOf says what waits for a second person, as the window shows it.
func askOf(a store.Proposal) present.Ask {
	out := present.Ask{ID: a.ID, By: a.By, What: present.AskOther, Mine: a.Mine}
	switch x := a.Action.(type) {
	case group.Remove:
		out.What, out.Member = present.AskRemove, x.Member
	case group.SetRole:
		out.What, out.Member = present.AskFollow, x.Member
		if x.Rank >= kp1.RankAdmin {
			out.What = present.AskLead
		}
	}
	return out
}
