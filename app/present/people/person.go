package people

import (
	"context"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/people"
	"kith/store/kp1"
)

// PersonState is what the page of one person shows.
type PersonState struct {
	Back     string
	Face     present.Face
	Name, As string
	Chip     present.Chip

	WordsHeading, WordsText string
	Words                   []string // empty while they are worked out; then WordsBusy says so
	WordsBusy               string
	Tick                    string // SetChecked; empty for this person's own page
	Ticked                  bool

	ComputersHeading string
	Computers        []Computer
	Waiting          []Waiting
	WaitingError     string // what to do before Confirm

	Home string // "Lives at: The Elms"; empty when not said

	Mine     *Mine  // this person's own page: what the group calls them
	Hide     string // button: SetHidden(not Hidden); empty on one's own page
	Hidden   bool
	HideText string // what that does and does not do

	Lead   string // button, to LeadTo; empty when this person may not
	LeadTo present.Route
	Remove string // danger button, to To; empty when this person may not
	To     present.Route
	Gone   present.Empty // the person is not in the group (any more)

	Problem present.Problem
}

// Computer is one computer of a person.
type Computer struct {
	Name  string
	Heard present.Line
	New   string        // said beside it; empty
	Old   string        // it has been silent for long; empty
	Lost  string        // button, to LostTo; empty where this person may not
	To    present.Route // of Lost
	Title string        // Lost with whose and which, for who cannot see where it stands
}

// Waiting is a computer of a person that waits for another member's word.
type Waiting struct {
	Device      kp1.DID
	Title, Text string
	How         []present.Option // SetHow
	HowLabel    string
	Yes         string // Confirm; empty on one's own page
	Lost        string // button, to To: it is not theirs
	To          present.Route
}

// Mine is the small form on this person's own page.
type Mine struct {
	Name, Title       string // as they are now
	Label, TitleLabel string
	TitleHint         string
	Save, Saved       string // button; what is said after
	Error             string // at the name
}

// Person keeps the page of one person.
type Person struct {
	*present.Model[PersonState]
	group  kp1.GID
	member kp1.MID
	words  *[6]string
	how    string // how the words were compared, for a computer that waits
	unsaid bool   // Confirm was pressed without
	saved  bool
	wrong  string
	err    error
}

// NewPerson returns the page of member m of group g. It works out the six words, which takes a moment.
func NewPerson(d *present.Desk, g kp1.GID, m kp1.MID) *Person {
	vm := &Person{group: g, member: m}
	vm.Model = present.NewModel(d, vm.make)
	d.Do(func(ctx context.Context) {
		words, err := d.Core.Words(ctx, g, m)
		vm.Change(func() {
			if vm.err = err; err == nil {
				vm.words = &words
			}
		})
	})
	return vm
}

func (vm *Person) make(w present.World, now time.Time) PersonState {
	s := PersonState{Back: present.Say("people.back"), Problem: present.Explain(vm.err)}
	g, ok := w.Find(vm.group)
	var m present.Member
	for _, x := range g.Members(now) {
		if x.ID == vm.member {
			m = x
		}
	}
	if !ok || m.ID != vm.member || m.Name == "" {
		p := present.ExplainCode("E_NOT_FOUND")
		s.Gone = present.Empty{Icon: assets.IconPeople, Heading: p.What, Text: p.Next, Button: s.Back, Go: present.Route{Place: present.PlacePeople}}
		return s
	}
	s.Face, s.Name, s.As, s.Chip = m.Face, m.Name, m.Title, checked(m)
	s.WordsHeading = present.Say("people.person.words", "Name", m.Name)
	s.WordsText = present.Say("people.person.words.text", "Name", m.Name)
	if m.Me {
		s.Name = present.Say("people.you", "Name", m.Name)
		s.WordsHeading, s.WordsText = present.Say("people.person.words.you"), present.Say("people.person.words.text.you")
	} else {
		s.Tick, s.Ticked = present.Say("people.person.tick"), m.Checked
	}
	if s.Hidden = g.IsHidden(m.ID); s.Hidden {
		s.Hide, s.HideText = present.Say("people.person.show", "Name", m.Name), present.Say("people.person.hidden.text", "Name", m.Name)
	} else if !m.Me {
		s.Hide, s.HideText = present.Say("people.person.hide", "Name", m.Name), present.Say("people.person.hide.text", "Name", m.Name)
	}
	switch {
	case vm.words != nil:
		s.Words = vm.words[:]
	case vm.err == nil:
		s.WordsBusy = present.Say("people.person.words.busy")
	}
	s.ComputersHeading = present.Say("people.person.computers")
	for i, d := range m.Devices {
		s.Computers = append(s.Computers, computer(g, m, i, d, now))
	}
	vm.waiting(&s, g, m)
	if h, ok := g.HomeOf(m.ID); ok {
		s.Home = present.Say("people.person.home") + " " + g.HomeName(h)
	}
	if m.Me {
		p := g.Person(m.ID)
		s.Mine = &Mine{
			Name: p.Name, Title: p.Title, Error: vm.wrong,
			Label: present.Say("people.person.name"), TitleLabel: present.Say("people.person.name.title"),
			TitleHint: present.Say("people.person.name.title.hint"), Save: present.Say("people.person.name.save"),
		}
		if vm.saved {
			s.Mine.Saved = present.Say("people.person.name.saved")
		}
		if s.Remove = present.Say("people.person.leave"); g.Alone() {
			s.Remove = present.Say("people.person.end")
		}
		s.To = present.Route{Place: present.PlacePeople, Page: present.PageLeave, Group: g.ID}
	} else if g.Admin() && m.Rank < kp1.RankSteward {
		switch m.Rank {
		case kp1.RankAdmin:
			s.Lead = present.Say("people.person.follow", "Name", m.Name)
		case kp1.RankMember:
			s.Lead = present.Say("people.person.lead", "Name", m.Name)
		case kp1.RankGuest:
			s.Lead = present.Say("people.person.join", "Name", m.Name)
		}
		s.LeadTo = present.Route{Place: present.PlacePeople, Page: present.PageRole, Group: g.ID, Member: m.ID}
		s.Remove = present.Say("people.person.remove", "Name", m.Name)
		s.To = present.Route{Place: present.PlacePeople, Page: present.PageRemove, Group: g.ID, Member: m.ID}
	}
	return s
}

// silent is how long a computer says nothing before it is offered for taking out: an idle old one is the best place to
// make up a past from (protocol.md 3.3).
const silent = 90 * 24 * time.Hour

// mayTakeOut reports whether this person may take out a computer of m.
func mayTakeOut(g present.Group, m present.Member) bool {
	return !g.Waits && (m.Me || g.Admin() && m.Rank < kp1.RankSteward)
}

func computer(g present.Group, m present.Member, i int, d present.Device, now time.Time) Computer {
	c := Computer{Name: present.Say("people.person.computer", "N", i+1), Heard: present.LastHeard(d, now)}
	if d.Here {
		c.Name = present.Say("people.person.computer.here")
	}
	if d.New {
		c.New = present.Say("people.person.computer.new")
	}
	if d.Here || !mayTakeOut(g, m) {
		return c
	}
	c.Lost = present.Say("people.person.computer.lost")
	if !d.Connected && !d.LastHeard.IsZero() && now.Sub(d.LastHeard) >= silent {
		c.Old, c.Lost = present.Say("people.person.computer.old"), present.Say("people.person.computer.out")
	}
	c.Title = c.Lost + ", " + c.Name
	c.To = lostRoute(g, m.ID, d.ID)
	return c
}

func lostRoute(g present.Group, m kp1.MID, d kp1.DID) present.Route {
	return present.Route{Place: present.PlacePeople, Page: present.PageLost, Group: g.ID, Member: m, Name: d.String()}
}

// waiting adds the computers of m that wait for another member's word.
func (vm *Person) waiting(s *PersonState, g present.Group, m present.Member) {
	for _, d := range g.State.Waiting {
		if d.Member != m.ID {
			continue
		}
		w := Waiting{Device: d.ID, To: lostRoute(g, m.ID, d.ID)}
		if m.Me {
			w.Title, w.Text = present.Say("people.waiting.you"), present.Say("people.waiting.you.text")
		} else {
			w.Title, w.Text = present.Say("people.waiting", "Name", m.Name), present.Say("people.waiting.text", "Name", m.Name)
		}
		switch {
		case m.Me:
		case !mayConfirm(g, m):
			w.Text = present.Say("people.waiting.others")
		default:
			w.HowLabel, w.Yes = present.Say("people.approve.how"), present.Say("people.waiting.yes")
			w.How = []present.Option{
				{Value: present.VerifiedVoice, Label: present.Say("people.approve.voice"), Chosen: vm.how == present.VerifiedVoice},
				{Value: present.VerifiedPerson, Label: present.Say("people.approve.person"), Chosen: vm.how == present.VerifiedPerson},
			}
		}
		if mayTakeOut(g, m) {
			w.Lost = present.Say("people.waiting.no", "Name", m.Name)
			if m.Me {
				w.Lost = present.Say("people.waiting.no.you")
			}
		}
		s.Waiting = append(s.Waiting, w)
	}
	if vm.unsaid && len(s.Waiting) > 0 {
		s.WaitingError = present.Say("people.approve.missing")
	}
}

// SetHow says how the six words were compared.
func (vm *Person) SetHow(how string) { vm.Change(func() { vm.how, vm.unsaid = how, false }) }

// Confirm lets a computer in that waits, once the words were compared.
func (vm *Person) Confirm(d kp1.DID) {
	said := false
	vm.Change(func() { said = vm.how != ""; vm.unsaid, vm.err = !said, nil })
	if !said {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Confirm(ctx, vm.group, d)
		if err == nil {
			err = vm.Desk().Core.SetChecked(ctx, vm.group, vm.member, true)
		}
		vm.Change(func() { vm.how, vm.err = "", err })
	})
}

// SetChecked notes whether the six words were compared.
func (vm *Person) SetChecked(yes bool) {
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.SetChecked(ctx, vm.group, vm.member, yes)
		vm.Change(func() { vm.err = err })
	})
}

// SetHidden hides this person's messages on this computer, or shows them again.
func (vm *Person) SetHidden(yes bool) {
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.SetHidden(ctx, vm.group, vm.member, yes)
		vm.Change(func() { vm.err = err })
	})
}

// SaveName changes what the group calls this person.
func (vm *Person) SaveName(name, title string) {
	name, title = strings.TrimSpace(name), strings.TrimSpace(title)
	wrong := ""
	if name == "" {
		wrong = present.Say("start.name.missing")
	}
	vm.Change(func() { vm.wrong, vm.saved, vm.err = wrong, false, nil })
	if wrong != "" {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Propose(ctx, vm.group, people.Profile{Name: name, Title: title})
		vm.Change(func() { vm.err, vm.saved = err, err == nil })
	})
}
