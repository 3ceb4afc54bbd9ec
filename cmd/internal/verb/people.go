package verb

import (
	"fmt"
	"strconv"
	"strings"

	"kith/app/present"
	"kith/store/care"
	"kith/store/care/people"
	"kith/store/kp1"
)

func peopleVerbs() []spec {
	return []spec{
		{"me", "[--group G] [--name NAME] [--title T]", "ctl.help.me", needOpen, runMe},
		{"household add", "[--group G] [--name NAME] [--beds N] [--with MEMBER]...", "ctl.help.household-add", needOpen, runHouseholdAdd},
		{"household change", "HOUSEHOLD [--group G] [--name NAME] [--beds N]", "ctl.help.household-change", needOpen, runHouseholdChange},
		{"household welcome", "HOUSEHOLD MEMBER [--group G]", "ctl.help.household-welcome", needOpen, runHouseholdWelcome},
		{"household live", "HOUSEHOLD [--group G]", "ctl.help.household-live", needOpen, runHouseholdLive},
		{"household part", "HOUSEHOLD [MEMBER] [--group G]", "ctl.help.household-part", needOpen, runHouseholdPart},
		{"household show", "[--group G]", "ctl.help.household-show", needOpen, runHouseholdShow},
		{"beds", "--night DATE [--group G]", "ctl.help.beds", needOpen, runBeds},
	}
}

// propose files one act and says it in words.
func (c *call) propose(g present.Group, a care.Act) (kp1.ID, error) {
	return c.peer.Propose(c.ctx, g.ID, a)
}

type profile struct {
	Member string `json:"member"`
	Name   string `json:"name"`
	Title  string `json:"title"`
}

func (p profile) plain(*call) string {
	return strings.TrimSpace(fmt.Sprintf("%s  %s  %s", cutID(p.Member), p.Name, p.Title))
}

// runMe shows how a group sees this person, after changing what was named.
func runMe(c *call) (result, error) {
	c.groupFlag()
	name, title := c.text("name"), c.text("title")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	now, _ := g.Care.People().Person(g.Me)
	p := people.Profile{Name: now.Name, Title: now.Title}
	if c.given("name") {
		p.Name = *name
	}
	if c.given("title") {
		p.Title = *title
	}
	if c.given("name") || c.given("title") {
		if _, err := c.propose(g, p); err != nil {
			return nil, err
		}
	}
	return profile{g.Me.String(), p.Name, p.Title}, nil
}

type household struct {
	Household string `json:"household"`

	words string
}

func (h household) plain(*call) string { return h.words }

// home finds a household by the beginning of its id, in the group of --group or in any.
func (c *call) home(prefix string) (present.Group, people.Home, error) {
	return everywhere(c, begins(prefix), func(g present.Group) []people.Home { return g.Care.People().Households() }, func(h people.Home) string { return h.ID.String() })
}

func (c *call) beds() *uint { return c.flags.Uint("beds", 0, "") }

func runHouseholdAdd(c *call) (result, error) {
	c.groupFlag()
	name, beds := c.text("name"), c.beds()
	var with many
	c.flags.Var(&with, "with", "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	var adults []kp1.MID
	for _, w := range with { // all are looked up before anything is written
		m, err := person(g, w)
		if err != nil {
			return nil, err
		}
		adults = append(adults, m)
	}
	id, err := c.propose(g, people.Household{Name: *name, Beds: *beds})
	if err != nil {
		return nil, err
	}
	for _, m := range adults {
		if _, err := c.propose(g, people.Welcome{Household: id, Person: m}); err != nil {
			return nil, err
		}
	}
	return household{id.String(), present.Say("ctl.household.added", "ID", shortID(id))}, nil
}

func runHouseholdChange(c *call) (result, error) {
	c.groupFlag()
	name, beds := c.text("name"), c.beds()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, h, err := c.home(c.args[0])
	if err != nil {
		return nil, err
	}
	f := people.Furnish{Household: h.ID, Name: h.Name, Beds: h.Beds}
	if c.given("name") {
		f.Name = *name
	}
	if c.given("beds") {
		f.Beds = *beds
	}
	return c.changeHome(g, h, f)
}

func runHouseholdWelcome(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(2, 2); err != nil {
		return nil, err
	}
	g, h, err := c.home(c.args[0])
	if err != nil {
		return nil, err
	}
	m, err := person(g, c.args[1])
	if err != nil {
		return nil, err
	}
	return c.changeHome(g, h, people.Welcome{Household: h.ID, Person: m})
}

func runHouseholdLive(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, h, err := c.home(c.args[0])
	if err != nil {
		return nil, err
	}
	return c.changeHome(g, h, people.LiveHere{Household: h.ID})
}

// runHouseholdPart takes somebody out of a household: this person, when nobody is named.
func runHouseholdPart(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 2); err != nil {
		return nil, err
	}
	g, h, err := c.home(c.args[0])
	if err != nil {
		return nil, err
	}
	m := g.Me
	if len(c.args) == 2 {
		if m, err = person(g, c.args[1]); err != nil {
			return nil, err
		}
	}
	return c.changeHome(g, h, people.Part{Household: h.ID, Person: m})
}

func (c *call) changeHome(g present.Group, h people.Home, a care.Act) (result, error) {
	if _, err := c.propose(g, a); err != nil {
		return nil, err
	}
	return household{h.ID.String(), present.Say("ctl.household.changed")}, nil
}

type householdList []householdLine

type householdLine struct {
	Household string   `json:"household"`
	Name      string   `json:"name"`
	Beds      uint     `json:"beds"`
	Adults    []string `json:"adults"`
	Welcomed  []string `json:"welcomed"` // named by an adult, but they have not said so themselves

	called string
}

func (l householdList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.household.none")
	}
	var all []string
	for _, h := range l {
		all = append(all, h.called+"  "+present.Count("ctl.beds.count", int(h.Beds))) //nolint:gosec // at most people.MaxBeds
	}
	return lines(all...)
}

func runHouseholdShow(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := householdList{}
	for _, h := range g.Care.People().Households() {
		l = append(l, householdLine{h.ID.String(), h.Name, h.Beds, texts(h.Adults), texts(h.Welcomed), shortID(h.ID) + "  " + g.HomeName(h)})
	}
	return l, nil
}

// texts writes ids out; never null in JSON.
func texts[T fmt.Stringer](ids []T) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	return all
}

type bedList []bedLine

type bedLine struct {
	Household string `json:"household"`
	Beds      uint   `json:"beds"`
	Taken     uint   `json:"taken"`

	called string
}

func (l bedList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.household.none")
	}
	var all []string
	for _, b := range l {
		all = append(all, b.called+"  "+present.Say("ctl.beds.taken", "Taken", strconv.FormatUint(uint64(b.Taken), 10), "Beds", strconv.FormatUint(uint64(b.Beds), 10)))
	}
	return lines(all...)
}

// runBeds says for one night how many beds each household has to spare, and how many of those are spoken for.
func runBeds(c *call) (result, error) {
	c.groupFlag()
	night := c.text("night")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("night"); err != nil {
		return nil, err
	}
	d, err := c.date("--night", *night)
	if err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	l := bedList{}
	for _, b := range g.Care.Beds(d) {
		line := bedLine{Household: b.Household.String(), Beds: b.Beds, Taken: b.Taken}
		switch {
		case b.Household.IsZero(): // a host who has not said where they live
			line.Household, line.called = "", g.NameOf(b.Host)
		default:
			line.called = g.HomeName(people.Home{ID: b.Household, Name: b.Name, Adults: b.Adults})
		}
		l = append(l, line)
	}
	return l, nil
}
