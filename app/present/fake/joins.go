package fake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/care/people"
	"kith/store/group"
	"kith/store/kp1"
)

// Invite makes an invitation.
func (c *Core) Invite(_ context.Context, g kp1.GID, ask present.InviteAsk) (present.Invite, error) {
	c.mu.Lock()
	defer c.unlock()
	call := "Invite"
	if ask.Back {
		call = "WayBack"
	}
	if err := c.begin(call, ask.Note, ask.History); err != nil {
		return present.Invite{}, err
	}
	c.ids++
	life := ask.For
	if life == 0 {
		life = 7 * 24 * time.Hour
	}
	i := present.Invite{
		ID: fmt.Sprintf("i%d", c.ids), Note: ask.Note, Rank: ask.Rank, Expires: c.now().Add(life),
		Link: "kith:join#pWFzUHN4bFdtQzJ3ZEtqUVpyN2FpWCBhZ1ggaGlwUGFpd1A" + fmt.Sprint(c.ids),
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		i.Waits = len(x.Boxes) > 0 && x.Boxes[0].Trouble == ""
		if ask.Spoken {
			i.Words, i.At = strings.Fields("harvest lamp ribbon orchard velvet copper window garden"), "192.0.2.7:4001"
			if len(x.Boxes) > 0 {
				i.At = x.Boxes[0].Name
			}
		}
		if !ask.Back { // a way back is nobody's invitation
			x.Invites = append(slices.Clone(x.Invites), i)
		}
	})
	return i, nil
}

// Boxes says which mailboxes a group has.
func (c *Core) Boxes(g kp1.GID, all ...present.Mailbox) {
	c.Change(func(w *present.World) {
		x := find(w, g)
		x.Boxes = all
		x.State.Policy.Mailboxes = nil
		for _, b := range all {
			x.State.Policy.Mailboxes = append(x.State.Policy.Mailboxes, group.Mailbox{Peer: []byte(b.ID), Addrs: []string{"/dns4/" + b.Name + "/tcp/443"}})
		}
	})
}

// EndInvite takes it back.
func (c *Core) EndInvite(_ context.Context, g kp1.GID, id string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("EndInvite", id); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Invites = slices.DeleteFunc(slices.Clone(x.Invites), func(i present.Invite) bool { return i.ID == id })
	})
	return nil
}

// Reissue makes a new invite in the place of one that ended.
func (c *Core) Reissue(_ context.Context, g kp1.GID, id string) (present.Invite, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Reissue", id); err != nil {
		return present.Invite{}, err
	}
	x := find(&c.world, g)
	i := slices.IndexFunc(x.Lapsed, func(i present.Invite) bool { return i.ID == id })
	if i < 0 {
		return present.Invite{}, &kp1.Error{ECode: "E_INVITE_UNKNOWN", Msg: "no such invite"}
	}
	made := x.Lapsed[i]
	made.ID, made.Link = id+"b", "kith:join#pGFhYWdhaW4"
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Lapsed = slices.Delete(slices.Clone(x.Lapsed), i, i+1)
		x.Invites = append(slices.Clone(x.Invites), made)
	})
	return made, nil
}

// Join files a request.
func (c *Core) Join(_ context.Context, link, name string) (present.Join, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Join", name); err != nil {
		return present.Join{}, err
	}
	switch {
	case len(strings.Fields(link)) == 8:
		return present.Join{}, &kp1.Error{ECode: "E_WORDS_WHERE", Msg: "no place"}
	case len(strings.Fields(link)) == 10 && strings.Fields(link)[8] == "at", strings.HasPrefix(link, "kith:join#"):
	default:
		return present.Join{}, &kp1.Error{ECode: "E_LINK_DAMAGED", Msg: "link is damaged"}
	}
	c.ids++
	j := present.Join{
		ID: fmt.Sprintf("j%d", c.ids), Group: "Tuesday Group", Waiting: "Dot", Stage: present.JoinLooking, At: c.now(),
		Words: [6]string{"harvest", "lamp", "ribbon", "orchard", "velvet", "copper"},
	}
	c.change(func(w *present.World) { w.Joins = append(w.Joins, j) })
	return j, nil
}

// CancelJoin stops it.
func (c *Core) CancelJoin(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("CancelJoin", id); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		for i := range w.Joins {
			if w.Joins[i].ID == id {
				w.Joins[i].Stage = present.JoinCancelled
			}
		}
	})
	return nil
}

// SetJoin changes a request of this person's own.
func (c *Core) SetJoin(id string, f func(j *present.Join)) {
	c.Change(func(w *present.World) {
		for i := range w.Joins {
			if w.Joins[i].ID == id {
				f(&w.Joins[i])
			}
		}
	})
}

// Approve lets somebody in.
func (c *Core) Approve(_ context.Context, g kp1.GID, request string, a present.Approval) (present.Approved, error) {
	c.mu.Lock()
	defer c.unlock()
	call := []string{"Approve", request, a.Verified}
	if !a.Formerly.IsZero() {
		call = append(call, a.Formerly.Short())
	}
	if err := c.begin(call...); err != nil {
		return present.Approved{}, err
	}
	name := ""
	c.change(func(w *present.World) {
		x := find(w, g)
		for _, r := range x.Requests {
			if r.ID == request {
				name = r.Name
			}
		}
		x.Requests = slices.DeleteFunc(slices.Clone(x.Requests), func(r present.Request) bool { return r.ID == request })
		x.State.Members = append(slices.Clone(x.State.Members), group.Member{ID: MID(name), Rank: kp1.RankMember})
		x.Devices = append(slices.Clone(x.Devices), present.Device{ID: kp1.DID(MID(name)), Member: MID(name), Connected: true, LastHeard: c.now()})
	})
	c.checked[MID(name)] = true
	_, err := c.act(*find(&c.world, g), MID(name), people.Profile{Name: name}, present.Audience{})
	return present.Approved{}, err
}

// Decline says no.
func (c *Core) Decline(_ context.Context, g kp1.GID, request string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Decline", request); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Requests = slices.DeleteFunc(slices.Clone(x.Requests), func(r present.Request) bool { return r.ID == request })
	})
	return nil
}

// Remove removes a member.
func (c *Core) Remove(_ context.Context, g kp1.GID, m kp1.MID) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Remove"); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.State.Members = slices.DeleteFunc(slices.Clone(x.State.Members), func(y group.Member) bool { return y.ID == m })
		x.Devices = slices.DeleteFunc(slices.Clone(x.Devices), func(y present.Device) bool { return y.Member == m })
	})
	return nil
}

// SetRank gives a member another rank.
func (c *Core) SetRank(_ context.Context, g kp1.GID, m kp1.MID, rank uint8) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SetRank", fmt.Sprint(rank)); err != nil {
		return present.Deed{}, err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.State.Members = slices.Clone(x.State.Members)
		for i := range x.State.Members {
			if x.State.Members[i].ID == m {
				x.State.Members[i].Rank = rank
			}
		}
	})
	return present.Deed{Op: kp1.ID{1}}, nil
}

// Asks puts an act before this person that waits for a second one.
func (c *Core) Asks(a present.Ask) {
	c.mu.Lock()
	defer c.unlock()
	c.change(func(w *present.World) { w.Groups[0].Asks = append(slices.Clone(w.Groups[0].Asks), a) })
}

// Agree takes an act away that waited.
func (c *Core) Agree(_ context.Context, g kp1.GID, ask kp1.ID) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Agree"); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Asks = slices.DeleteFunc(slices.Clone(x.Asks), func(a present.Ask) bool { return a.ID == ask })
	})
	return nil
}

// Leave leaves the group.
func (c *Core) Leave(_ context.Context, g kp1.GID) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Leave"); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		w.Groups = slices.DeleteFunc(w.Groups, func(x present.Group) bool { return x.ID == g })
	})
	return nil
}

// End takes the group away.
func (c *Core) End(_ context.Context, g kp1.GID) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("End"); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		w.Groups = slices.DeleteFunc(w.Groups, func(x present.Group) bool { return x.ID == g })
	})
	return nil
}
