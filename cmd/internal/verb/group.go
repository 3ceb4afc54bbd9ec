package verb

import (
	"fmt"
	"slices"
	"strings"

	"kith/app/present"
	"kith/store/kp1"
)

func groupVerbs() []spec {
	return []spec{
		{"groups", "", "ctl.help.groups", needOpen, runGroups},
		{"group create", "--kind constellation|peer|match|siblings|family --name NAME [--as MY-NAME] [--title T] [--reach direct|mailbox]", "ctl.help.group-create", needOpen, runGroupCreate},
		{"members", "[--group G]", "ctl.help.members", needOpen, runMembers},
		{"hide", "MEMBER [--off] [--group G]", "ctl.help.hide", needOpen, runHide},
		{"leave", "--group G [--end]", "ctl.help.leave", needOpen, runLeave},
	}
}

type groupList []groupLine

type groupLine struct {
	Group   string `json:"group"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Damaged bool   `json:"damaged,omitempty"` // this computer cannot read it: it takes no other verb
	Waits   bool   `json:"waits,omitempty"`   // this computer waits to be let in: it can be read, not written

	words string // of a damaged one
}

func (l groupList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.groups.none")
	}
	var all []string
	for _, g := range l {
		if g.Damaged {
			all = append(all, strings.TrimSpace(cutID(g.Group)+"  "+g.words))
			continue
		}
		line := fmt.Sprintf("%s  %s  %s", cutID(g.Group), g.Kind, g.Name)
		if g.Waits {
			line += "  (" + present.Say("ctl.groups.waits") + ")"
		}
		all = append(all, line)
	}
	return lines(all...)
}

func runGroups(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	l := groupList{}
	w := c.peer.World()
	for _, g := range w.Groups {
		l = append(l, groupLine{Group: g.ID.String(), Kind: g.Kind, Name: g.Name, Waits: g.Waits})
	}
	for _, b := range w.Broken {
		line := groupLine{Name: b.Name, Damaged: true, words: b.Problem().Text()}
		if !b.ID.IsZero() {
			line.Group = b.ID.String()
		}
		l = append(l, line)
	}
	return l, nil
}

type founded struct {
	Group string `json:"group"`

	reach string
}

func (f founded) plain(*call) string {
	said := lines(present.Say("ctl.group.founded", "Group", cutID(f.Group)))
	if f.reach == present.ReachMailbox {
		return lines(said, present.Say("ctl.through-mailbox"), present.Say("ctl.through-mailbox.next"))
	}
	return lines(said, present.Say("ctl.direct"))
}

// runGroupCreate founds a group. In a support group people may be strangers to one another: unless its founder says
// otherwise its computers meet through a mailbox alone.
func runGroupCreate(c *call) (result, error) {
	f := present.Found{MyName: c.peer.World().Name}
	c.flags.StringVar(&f.Kind, "kind", "", "")
	c.flags.StringVar(&f.Name, "name", "", "")
	c.flags.StringVar(&f.MyName, "as", f.MyName, "")
	c.flags.StringVar(&f.Title, "title", "", "")
	c.flags.StringVar(&f.Reach, "reach", "", "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("kind", "name"); err != nil {
		return nil, err
	}
	if err := c.one("--kind", f.Kind, present.Constellation, present.PeerGroup, present.Match, present.Siblings, present.Family); err != nil {
		return nil, err
	}
	if f.Reach == "" {
		f.Reach = present.UsualReach(f.Kind)
	}
	if err := c.one("--reach", f.Reach, present.ReachDirect, present.ReachMailbox); err != nil {
		return nil, err
	}
	g, err := c.peer.Found(c.ctx, f)
	if err != nil {
		return nil, err
	}
	return founded{g.String(), f.Reach}, nil
}

type memberList []memberLine

type memberLine struct {
	Member  string `json:"member"`
	Name    string `json:"name"`
	Title   string `json:"title"`
	Role    string `json:"role"`
	Status  string `json:"status"` // "in": only who is in is listed
	Devices int    `json:"devices"`

	Formerly string `json:"formerly,omitempty"` // who they were before they came back without their twelve words
	Hidden   bool   `json:"hidden,omitempty"`   // their messages, on this computer

	usual bool // the title is what their role is called
}

func (l memberList) plain(*call) string {
	var all []string
	for _, m := range l {
		title := m.Title
		if leads := present.Say("group.rank.admin"); (m.Role == roles[kp1.RankAdmin] || m.Role == roles[kp1.RankSteward]) && !m.usual {
			title += "; " + leads // their own words need not say so
		}
		line := fmt.Sprintf("%s  %s (%s)  %s", cutID(m.Member), m.Name, title, present.Count("ctl.members.devices", m.Devices))
		if m.Hidden {
			line += "  " + present.Say("ctl.members.hidden")
		}
		all = append(all, line)
	}
	if leads := func(m memberLine) bool { return m.Role == roles[kp1.RankAdmin] || m.Role == roles[kp1.RankSteward] }; !slices.ContainsFunc(l, leads) {
		all = append(all, present.Say("ctl.members.headless"))
	}
	return lines(all...)
}

// roles are the ranks as kithctl names them.
var roles = map[uint8]string{kp1.RankGuest: "guest", kp1.RankMember: "member", kp1.RankAdmin: "admin", kp1.RankSteward: "steward"}

func runMembers(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := memberList{}
	for _, m := range g.Members(c.now()) {
		line := memberLine{Member: m.ID.String(), Name: m.Name, Title: m.Title, Role: roles[m.Rank], Status: "in", Devices: len(m.Devices), Hidden: g.IsHidden(m.ID), usual: g.Person(m.ID).Title == ""}
		if !m.Formerly.IsZero() {
			line.Formerly = m.Formerly.String()
		}
		l = append(l, line)
	}
	return l, nil
}

// memberIDs lists who is in a group.
func memberIDs(g present.Group) []kp1.MID {
	var all []kp1.MID
	for _, m := range g.State.Members {
		all = append(all, m.ID)
	}
	return all
}

// filed is what a verb answers that wrote one op.
type filed struct {
	Op string `json:"op"`

	words string
}

func (f filed) plain(*call) string { return f.words }

type ended struct {
	Ended string `json:"ended"`

	title string
}

func (e ended) plain(*call) string { return present.Say("ctl.ended", "Group", e.title) }

// runLeave wants the group by name even from somebody who is in one alone: nothing brings them back but a new invite.
func runLeave(c *call) (result, error) {
	c.groupFlag()
	end := c.flags.Bool("end", false, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("group"); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	if *end {
		return ended{g.ID.String(), g.Title()}, c.peer.End(c.ctx, g.ID)
	}
	id, err := c.peer.Part(c.ctx, g.ID)
	if err != nil {
		return nil, err
	}
	return filed{id.String(), present.Say("ctl.left", "Group", g.Title())}, nil
}
