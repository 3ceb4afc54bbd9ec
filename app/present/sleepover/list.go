// Package sleepover turns asks for a bed into what the Sleepovers and Tonight pages say: the list, one sleepover with its
// stages, offers and moves, the form that asks or changes, and the pages that confirm. It never touches Fyne, the disk or
// the network.
package sleepover

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/act"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// State is what the Sleepovers page shows.
type State struct {
	Title    string
	Ask      string // main button, to AskTo; empty where nobody arranges sleepovers
	AskTo    present.Route
	Sections []Section
	Empty    present.Empty
}

// Section is one part of the list.
type Section struct {
	Heading string
	Rows    []Row
}

// Row is one sleepover in the list.
type Row struct {
	Group kp1.GID
	ID    kp1.ID
	Tile  present.Tile
	Title string
	Text  string
	Chip  present.Chip
	Open  string
	To    present.Route
}

// VM keeps the Sleepovers page.
type VM struct{ *present.Model[State] }

// New returns the Sleepovers page.
func New(d *present.Desk) *VM { return &VM{present.NewModel(d, list)} }

// The sections, in their order.
const (
	sectionHelp = iota
	sectionMine
	sectionHost
	sectionOther
	sectionOver
	sections
)

func list(w present.World, now time.Time) State {
	s := State{Title: present.Say("sleepover.title")}
	arranges := false
	var parts [sections][]sleeper
	for _, g := range w.Groups {
		arranges = arranges || g.Sleeps()
		for _, x := range g.Sleepovers() {
			if x.Known {
				n := sectionOf(g, x)
				parts[n] = append(parts[n], sleeper{g, x})
			}
		}
	}
	if arranges {
		s.Ask, s.AskTo = present.Say("sleepover.ask"), present.Route{Place: present.PlaceSleepovers, Page: present.PageNew}
	}
	headings := [sections]string{
		present.Say("sleepover.list.help"), present.Say("sleepover.list.mine"), present.Say("sleepover.list.host"),
		present.Say("sleepover.list.other"), present.Say("sleepover.list.over"),
	}
	for n, all := range parts {
		if len(all) == 0 {
			continue
		}
		slices.SortStableFunc(all, func(a, b sleeper) int {
			c := a.s.Terms.From.Compare(b.s.Terms.From)
			if n == sectionOver {
				c = -c
			}
			if c == 0 {
				c = act.Older(a.s.Asked, b.s.Asked)
			}
			return c
		})
		sec := Section{Heading: headings[n]}
		for _, x := range all {
			sec.Rows = append(sec.Rows, RowOf(x.g, x.s, now))
		}
		s.Sections = append(s.Sections, sec)
	}
	switch {
	case len(s.Sections) > 0:
	case arranges:
		s.Empty = present.Empty{
			Icon: assets.IconBed, Heading: present.Say("sleepover.empty"), Text: present.Say("sleepover.empty.text"),
			Button: s.Ask, Go: s.AskTo,
		}
	default:
		s.Empty = present.Empty{
			Icon: assets.IconBed, Heading: present.Say("sleepover.empty.nogroup"), Text: present.Say("sleepover.empty.nogroup.text"),
			Button: present.Say("sleepover.empty.nogroup.button"), Go: present.Route{Place: present.PlaceStart},
		}
	}
	return s
}

type sleeper struct {
	g present.Group
	s sleepover.Sleepover
}

func sectionOf(g present.Group, s sleepover.Sleepover) int {
	switch {
	case s.State.Over():
		return sectionOver
	case g.Kin(g.Me, s.Asked.Author):
		return sectionMine
	case !s.Host.IsZero() && g.Kin(g.Me, s.Host):
		return sectionHost
	case s.State >= sleepover.Chosen:
		return sectionOther
	}
	return sectionHelp
}

// RowOf returns a sleepover as a row.
func RowOf(g present.Group, s sleepover.Sleepover, now time.Time) Row {
	r := Row{
		Group: g.ID, ID: s.ID, Tile: present.Tile{Icon: assets.IconBed, Tone: present.TonePlum}, Chip: ChipOf(g, s),
		Title: TitleOf(s, now), Open: present.Say("sleepover.open"),
		To: present.Route{Place: present.PlaceSleepovers, Page: present.PageOne, Group: g.ID, Object: s.ID},
	}
	if s.Kind == sleepover.Tonight && !s.State.Over() {
		r.Tile = present.Tile{Icon: assets.IconMoon, Tone: present.ToneTonight}
	}
	r.Text = present.Say("sleepover.row", "When", nights(s.Terms), "Name", g.NameOf(s.Asked.Author))
	if s.Asked.Author == g.Me {
		r.Text = present.Say("sleepover.row.you", "When", nights(s.Terms))
	}
	return r
}

func nights(t sleepover.Terms) string {
	if t.Arrive.Set {
		return present.Say("time.from", "From", present.ClockText(t.Arrive)) + ", " + present.Nights(t.Nights())
	}
	return present.Nights(t.Nights())
}

// TitleOf names a sleepover: "Mia, Friday 27 November".
func TitleOf(s sleepover.Sleepover, now time.Time) string {
	switch s.Words {
	case act.Taken:
		return present.Say("sleepover.taken")
	case act.Away:
		return present.Say("sleepover.away")
	case act.Others:
		return present.Say("words.others")
	}
	return present.Say("sleepover.page.title", "Child", s.Terms.Child, "Date", present.Night(s.Terms.From, when.DateOf(now)))
}

// ChipOf says in a word where a sleepover stands for this person.
func ChipOf(g present.Group, s sleepover.Sleepover) present.Chip {
	asker := g.Kin(g.Me, s.Asked.Author)
	host := !s.Host.IsZero() && g.Kin(g.Me, s.Host)
	switch s.State {
	case sleepover.Asked:
		if asker {
			return present.Chip{Icon: assets.IconWaiting, Text: present.Say("sleepover.chip.asked"), Tone: present.ToneAmber}
		}
		return present.Chip{Icon: assets.IconBed, Text: present.Say("sleepover.chip.help"), Tone: present.ToneAmber}
	case sleepover.Offered:
		if mine(g, s) {
			return present.Chip{Icon: assets.IconGoing, Text: present.Say("sleepover.chip.youoffered"), Tone: present.ToneBlue}
		}
		return present.Chip{Icon: assets.IconGoing, Text: present.Count("sleepover.chip.offers", len(s.Standing())), Tone: present.ToneBlue}
	case sleepover.Chosen:
		switch {
		case host:
			return present.Chip{Icon: assets.IconWaiting, Text: present.Say("sleepover.chip.chosen.you"), Tone: present.ToneAmber}
		case asker:
			return present.Chip{Icon: assets.IconWaiting, Text: present.Say("sleepover.chip.chosen", "Name", g.NameOf(s.Host)), Tone: present.ToneAmber}
		}
		return present.Chip{Icon: assets.IconDone, Text: present.Say("sleepover.chip.sorted"), Tone: present.ToneOK}
	case sleepover.Agreed:
		if !asker && !host {
			return present.Chip{Icon: assets.IconDone, Text: present.Say("sleepover.chip.sorted"), Tone: present.ToneOK}
		}
		if s.Changed {
			return present.Chip{Icon: assets.IconWaiting, Text: present.Say("sleepover.chip.changed"), Tone: present.ToneAmber}
		}
		return present.Chip{Icon: assets.IconDone, Text: present.Say("sleepover.chip.agreed"), Tone: present.ToneOK}
	case sleepover.ArrivedThere:
		return present.Chip{Icon: assets.IconHome, Text: present.Say("sleepover.chip.arrived"), Tone: present.ToneOK}
	case sleepover.HomeAgain:
		return present.Chip{Icon: assets.IconDone, Text: present.Say("sleepover.chip.home"), Tone: present.ToneOK}
	case sleepover.Withdrawn:
		return present.Chip{Icon: assets.IconCross, Text: present.Say("sleepover.chip.withdrawn"), Tone: present.ToneStone}
	case sleepover.NotNeededAnyMore:
		return present.Chip{Icon: assets.IconCross, Text: present.Say("sleepover.chip.notneeded"), Tone: present.ToneStone}
	}
	return present.Chip{Icon: assets.IconDone, Text: present.Say("sleepover.chip.closed"), Tone: present.ToneStone}
}

// mine reports whether this person's home has an offer standing.
func mine(g present.Group, s sleepover.Sleepover) bool {
	_, ok := myBid(g, s)
	return ok
}

func myBid(g present.Group, s sleepover.Sleepover) (sleepover.Bid, bool) {
	for _, b := range s.Standing() {
		if g.Kin(g.Me, b.By.Author) {
			return b, true
		}
	}
	return sleepover.Bid{}, false
}
