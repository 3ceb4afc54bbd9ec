package verb

import (
	"kith/app/present"
	"kith/store/care/sleepover"
)

// demoSteps is the story that the demo acts out, in four parts.
type demoSteps struct {
	*demo
	ade, bev *actor

	asked, offer string
}

func (s *demoSteps) group(a *actor) present.Group {
	g, _ := a.peer.World().Pick([32]byte{})
	return g
}

// meet starts the group and its invite.
func (s *demoSteps) meet() error {
	if _, err := s.types(s.ade, "group", "create", "--kind", "constellation", "--name", "Oak", "--title", "Hub carer"); err != nil {
		return err
	}
	_, err := s.types(s.ade, "household", "add", "--name", "Oak House", "--beds", "2")
	return err
}

// letIn takes Bev from the link to the group.
func (s *demoSteps) letIn() error {
	r, err := s.types(s.ade, "invite", "--note", "Bev")
	if err != nil {
		return err
	}
	if _, err := s.types(s.bev, "join", r.(invited).Link, "--name", "Bev"); err != nil {
		return err
	}
	if err := s.until(func() bool { return len(s.group(s.ade).Requests) > 0 }); err != nil {
		return err
	}
	if _, err := s.types(s.ade, "requests"); err != nil {
		return err
	}
	s.say("\n" + present.Say("ctl.demo.ring"))
	if _, err := s.types(s.ade, "approve", s.group(s.ade).Requests[0].ID, "--verified", present.VerifiedVoice); err != nil {
		return err
	}
	return s.until(func() bool {
		g := s.group(s.bev)
		return len(g.State.Members) == 2 && g.NameOf(s.group(s.ade).Me) == s.ade.name && s.group(s.ade).NameOf(g.Me) == s.bev.name
	})
}

// sleepover goes from the ask to the agreement.
func (s *demoSteps) sleepover() error {
	from := s.today()
	r, err := s.types(s.bev, "sleepover", "ask", "--child", "J", "--from", from.String(), "--to", from.Plus(1).String(), "--kind", "tonight")
	if err != nil {
		return err
	}
	s.asked = r.(asked).Sleepover
	for _, turn := range []struct {
		who  *actor
		wait sleepover.State
		args func() []string
	}{
		{s.ade, sleepover.Asked, func() []string { return []string{"sleepover", "offer", s.asked, "--condition", "after six"} }},
		{s.bev, sleepover.Offered, func() []string { return []string{"sleepover", "choose", s.asked, "--offer", s.offer} }},
		{s.ade, sleepover.Chosen, func() []string { return []string{"sleepover", "agree", s.asked} }},
		{s.bev, sleepover.Agreed, func() []string { return []string{"sleepover", "show", s.asked} }},
	} {
		if err := s.until(func() bool { return s.state(turn.who) == turn.wait }); err != nil {
			return err
		}
		r, err := s.types(turn.who, turn.args()...)
		if err != nil {
			return err
		}
		if o, ok := r.(offered); ok {
			s.offer = o.Offer
		}
	}
	return nil
}

// state is where the sleepover stands for one of them.
func (s *demoSteps) state(a *actor) sleepover.State {
	for _, x := range sleepovers(s.group(a)) {
		if x.ID.String() == s.asked {
			return x.State
		}
	}
	return sleepover.Unknown
}

// talk says thank you.
func (s *demoSteps) talk() error {
	r, err := s.types(s.bev, "thread", "new", "--title", "Thank you")
	if err != nil {
		return err
	}
	id := r.(threadMade).Thread
	if _, err := s.types(s.bev, "post", "--thread", id, "You saved our evening."); err != nil {
		return err
	}
	if err := s.until(func() bool {
		all := threads(s.group(s.ade))
		return len(all) == 1 && all[0].Len() == 1
	}); err != nil {
		return err
	}
	_, err = s.types(s.ade, "thread", "show", id)
	return err
}
