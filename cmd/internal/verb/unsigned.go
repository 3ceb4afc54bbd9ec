package verb

import (
	"kith/app/present"
	"kith/app/present/people"
	"kith/store/group"
)

type unsignedList []unsignedLine

// unsignedLine is an act of this person that waits, on this computer alone, until it has caught up with the others.
type unsignedLine struct {
	Op      string   `json:"op"`
	Does    string   `json:"does"` // remove, lead, follow, other
	Member  string   `json:"member,omitempty"`
	Devices []string `json:"devices,omitempty"`
	Code    string   `json:"code,omitempty"` // why it could not be signed in the end

	title, text string
}

func (l unsignedList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.unsigned.none")
	}
	var all []string
	for _, x := range l {
		all = append(all, cutID(x.Op)+"  "+x.title, "  "+x.text)
	}
	return lines(all...)
}

// unsigned lists the acts of a group that wait to be signed.
func unsigned(g present.Group) (out []present.Ask) {
	for _, a := range g.Asks {
		if a.Later {
			out = append(out, a)
		}
	}
	return out
}

func runUnsigned(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := unsignedList{}
	for _, a := range unsigned(g) {
		said := people.Later(g, a)
		line := unsignedLine{Op: a.ID.String(), Does: a.What, Devices: texts(a.Devices), Code: present.Code(a.Why), title: said.Title, text: said.Text}
		if !a.Member.IsZero() {
			line.Member = a.Member.String()
		}
		l = append(l, line)
	}
	return l, nil
}

// onUnsigned is the start of a verb about one of them.
func (c *call) onUnsigned() (present.Group, present.Ask, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return present.Group{}, present.Ask{}, err
	}
	return everywhere(c, begins(c.args[0]), unsigned, func(a present.Ask) string { return a.ID.String() })
}

func runUnsignedNow(c *call) (result, error) {
	g, a, err := c.onUnsigned()
	if err != nil {
		return nil, err
	}
	d, err := c.peer.SignNow(c.ctx, g.ID, a.ID)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Say("ctl.unsigned.now")), nil
}

func runUnsignedDrop(c *call) (result, error) {
	g, a, err := c.onUnsigned()
	if err != nil {
		return nil, err
	}
	if err := c.peer.Forget(c.ctx, g.ID, a.ID); err != nil {
		return nil, err
	}
	return filed{a.ID.String(), present.Say("ctl.unsigned.drop")}, nil
}

// runStandBy says that the version of who belongs stands that is here.
func runStandBy(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	open := func(g present.Group) []group.Split { return g.Splits }
	g, s, err := everywhere(c, c.args[0], open, func(s group.Split) string { return s.Device.String() })
	if err != nil {
		return nil, err
	}
	if err := c.peer.StandBy(c.ctx, g.ID, s.Device); err != nil {
		return nil, err
	}
	return stoodBy{s.Device.String(), true}, nil
}

type stoodBy struct {
	Device string `json:"device"`
	Stands bool   `json:"stands"`
}

func (stoodBy) plain(*call) string { return present.Say("ctl.stand-by") }
