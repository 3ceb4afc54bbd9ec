// Package help turns the crisis numbers and a few explanations into what the Help page says. It needs no open store, so it
// works while locked and before the start. It never touches Fyne, the disk or the network.
package help

import (
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/numbers"
	"kith/assets/words"
	"kith/store/care/when"
	"kith/store/kp1"
)

// State is what the Help page shows.
type State struct {
	Title, Intro string
	Numbers      Numbers
	Watch        present.Line // nobody watches
	Record       present.Line // not the official record
	LeadsHeading string
	Leads        []string // who can help, one sentence a group; empty while locked
	HowHeading   string
	How          []Topic
}

// Numbers is the list of numbers, also on the locked page.
type Numbers struct {
	Heading, Intro string
	Rows           []Number
	Checked        present.Line // when the list was checked, and how much of it
	Old            bool         // the check is more than six months old: shown as a warning
}

// Number is one row.
type Number struct {
	Name    string
	Text    string // for whom, when, what it costs
	Number  string // grouped as it is said; drawn in the telephone font
	Checked string // "Checked on 21 November 2026", or that nobody could check it
	Unsure  bool   // nobody could check it
}

// Topic is one explanation.
type Topic struct{ Title, Text string }

// VM keeps the Help page.
type VM struct{ *present.Model[State] }

// New returns the Help page's view model.
func New(d *present.Desk) *VM {
	return &VM{present.NewModel(d, func(w present.World, now time.Time) State { return state(w, now) })}
}

func state(w present.World, now time.Time) State {
	s := State{
		Title:        present.Say("help.title"),
		Intro:        present.Say("help.intro"),
		Numbers:      List(now, false),
		Watch:        present.Line{Icon: assets.IconWarning, Text: present.Say("help.watch")},
		Record:       present.Line{Icon: assets.IconPage, Text: present.Say("help.record")},
		LeadsHeading: present.Say("help.lead"),
		HowHeading:   present.Say("help.how"),
	}
	for _, g := range w.Groups {
		s.Leads = append(s.Leads, lead(g))
	}
	for _, k := range []words.Key{
		"help.how.where", "help.how.off", "help.how.hide", "help.how.words", "help.how.lost", "help.how.remove", "help.how.address",
	} {
		s.How = append(s.How, Topic{Title: present.Say(k + ".title"), Text: present.Say(k)})
	}
	return s
}

// lead says who leads group g.
func lead(g present.Group) string {
	var names []string
	for _, m := range g.State.Members {
		if m.Rank >= kp1.RankAdmin && m.ID != g.Me {
			names = append(names, g.NameOf(m.ID))
		}
	}
	if len(names) == 0 {
		return present.Say("help.lead.you", "Group", g.Title())
	}
	return present.Say("help.lead.people", "People", present.People(names...), "Group", g.Title())
}

// List returns the numbers as they stand on this day; locked chooses the words of the locked page.
func List(now time.Time, locked bool) Numbers {
	n := Numbers{Heading: present.Say("help.talk"), Intro: present.Say("help.intro")}
	if locked {
		n.Intro = present.Say("help.talk.intro")
	}
	today := when.DateOf(now)
	var last when.Date
	unsure := 0
	for _, x := range numbers.All() {
		row := Number{Name: x.Name, Number: x.Number, Text: x.For}
		if x.Hours != "" {
			row.Text += ". " + x.Hours
		}
		if x.Free {
			row.Text += ". " + present.Say("help.number.free")
		}
		d, err := when.ParseDate(x.Checked)
		if err != nil {
			row.Unsure, row.Checked = true, present.Say("help.number.unchecked")
			unsure++
		} else {
			row.Checked = present.Say("help.number.checked", "Date", present.PlainDate(d, when.Date{}))
			if last.Before(d) {
				last = d
			}
		}
		n.Rows = append(n.Rows, row)
	}
	date := present.PlainDate(last, when.Date{})
	n.Old = last.Before(when.DateOf(noon(today).AddDate(0, -numbers.KeepMonths, 0)))
	switch {
	case n.Old:
		n.Checked = present.Line{Icon: assets.IconWarning, Text: present.Say("help.numbers.stale", "Date", date)}
	case unsure > 0:
		n.Checked = present.Line{Icon: assets.IconWarning, Text: present.Count("help.numbers.checked", unsure, "Date", date)}
	default:
		n.Checked = present.Line{Icon: assets.IconDone, Text: present.Say("help.numbers.allchecked", "Date", date)}
	}
	return n
}

func noon(d when.Date) time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 12, 0, 0, 0, time.UTC)
}
