// Package people turns who is in a group into what the People pages say: the list, one person, invitations, requests with
// their six words, leaving and removing, and who lives together. It never touches Fyne, the disk or the network.
package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/people"
	"kith/store/kp1"
)

// State is what the People page shows.
type State struct {
	Group      kp1.GID
	Groups     []present.Option // Pick; none when there is one group
	Title      string
	Text       string
	Invite     string // main button, to InviteRoute; empty for who does not lead
	InviteTo   present.Route
	Another    string // button: join or start a further group
	AnotherTo  present.Route
	Requests   []Request
	Asks       []Ask // acts that wait for a second person
	Notices    []Notice
	Meet       present.Line // how the group meets, where that is through mailboxes alone
	Boxes      string       // link, to BoxesTo
	BoxesTo    present.Route
	Rules      string // link, to RulesTo
	RulesTo    present.Route
	Carry      string // link, to CarryTo
	CarryTo    present.Route
	Back       string // link, to BackTo; empty while nobody else is here
	BackTo     present.Route
	Head       Head
	Rows       []Row
	Empty      present.Empty // when nobody else is there; Rows still shows this person
	HomesTitle string
	Homes      []Home
	NoHomes    present.Empty // when nobody has said who lives together
	Invited    []Asked       // households that say this person lives there
	HomeButton string        // to HomeRoute
	HomeTo     present.Route
	Problem    present.Problem
}

// Head is the head of the table.
type Head struct{ Name, As, Checked, Uses, Heard string }

// Row is one person.
type Row struct {
	Member  kp1.MID
	Face    present.Face
	Name    string
	As      string
	Checked present.Chip
	Uses    string
	Heard   present.Line
	Open    string
	To      present.Route
}

// Request is somebody who asks to join.
type Request struct {
	ID    string
	Title string
	Text  string
	Warn  string // said in red: somebody else also tried; empty
	No    string // Decline
	Check string // to CheckTo
	To    present.Route
}

// Ask is an act about who belongs that waits for a second person.
type Ask struct {
	ID          kp1.ID
	Title, Text string
	Yes         string // Agree; empty when somebody else has to
	No          string // Forget; empty where there is nothing to drop
}

// Notice is something about who belongs that this person should look at.
type Notice struct {
	Key         string
	Icon        assets.Icon
	Tone        string
	Title, Text string
	Button      string // to To; empty where there is nothing to do
	To          present.Route
}

// Home is one household.
type Home struct {
	ID   kp1.ID
	Name string
	Text string
	Mine bool
}

// Asked is a household whose adults say that this person lives there.
type Asked struct {
	Home   kp1.ID
	Text   string
	Button string // LiveHere
}

// VM keeps the People page.
type VM struct {
	*present.Model[State]
	group kp1.GID
	err   error
}

// New returns the People page of group g, or of the first one when g is zero.
func New(d *present.Desk, g kp1.GID) *VM {
	vm := &VM{group: g}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// Looked notes who has asked to join and who has joined as opened: the list shows them. The screen calls it after drawing.
func (vm *VM) Looked() {
	w := vm.Desk().World()
	g, ok := w.Pick(vm.group)
	if !ok {
		return
	}
	var ids []kp1.ID
	for _, n := range w.News {
		if n.Group == g.ID && !n.Seen && (n.Kind == present.NewsRequest || n.Kind == present.NewsMember) {
			ids = append(ids, n.ID)
		}
	}
	if len(ids) > 0 {
		vm.Desk().Do(func(ctx context.Context) { vm.Desk().Core.Seen(ctx, g.ID, ids...) })
	}
}

func (vm *VM) make(w present.World, now time.Time) State {
	s := State{
		Another: present.Say("people.another"), AnotherTo: present.Route{Place: present.PlaceStart},
		Problem: present.Explain(vm.err),
	}
	g, ok := w.Pick(vm.group)
	if !ok {
		s.Title = present.Say("people.title.none")
		s.Empty = present.Empty{
			Icon: assets.IconPeople, Heading: present.Say("people.empty.nogroup"), Text: present.Say("people.empty.nogroup.text"),
			Button: present.Say("people.another"), Go: s.AnotherTo,
		}
		if _, on := w.Arriving(); on {
			s.Empty = present.Empty{
				Icon: assets.IconWaiting, Heading: present.Say("people.empty.arriving"), Text: present.Say("people.empty.arriving.text"),
				Button: present.Say("people.empty.arriving.button"),
				Go:     present.Route{Place: present.PlaceSettings, Page: present.PageDevice, Name: "new"},
			}
		}
		return s
	}
	s.Group, s.Groups = g.ID, w.GroupOptions(g.ID)
	s.Title = present.Say("people.title", "Group", g.Title())
	members := g.Members(now)
	s.Text = present.Count("people.count", len(members))
	s.Head = Head{
		Name: present.Say("people.head.name"), As: present.Say("people.head.as"), Checked: present.Say("people.head.checked"),
		Uses: present.Say("people.head.uses"), Heard: present.Say("people.head.heard"),
	}
	for _, m := range members {
		s.Rows = append(s.Rows, row(g, m))
	}
	if g.Admin() {
		s.Invite, s.InviteTo = present.Say("people.invite"), present.Route{Place: present.PlacePeople, Page: present.PageInvite, Group: g.ID}
	}
	for _, r := range g.Requests {
		if g.Admin() || r.Back { // anybody may let the new computer of somebody in who is here
			s.Requests = append(s.Requests, request(g, r))
		}
	}
	for _, a := range g.Asks {
		s.Asks = append(s.Asks, ask(g, a))
	}
	s.Notices = notices(g, members, now)
	s.Meet = g.MeetLine()
	s.Boxes, s.BoxesTo = present.Say("mailboxes.link"), present.Route{Place: present.PlacePeople, Page: present.PageMailbox, Group: g.ID}
	s.Rules, s.RulesTo = present.Say("people.rules"), present.Route{Place: present.PlacePeople, Page: present.PageRules, Group: g.ID}
	if len(members) > 1 && !g.Waits {
		s.Carry = present.Say("people.carry")
		s.CarryTo = present.Route{Place: present.PlaceSettings, Page: present.PageDevice, Name: "friend"}
	}
	if len(members) > 1 {
		s.Back, s.BackTo = present.Say("people.wayback"), present.Route{Place: present.PlacePeople, Page: present.PageBack, Group: g.ID}
	}
	if len(members) <= 1 {
		s.Empty = present.Empty{
			Icon: assets.IconInvite, Heading: present.Say("people.empty"), Text: present.Say("people.empty.text"),
			Button: s.Invite, Go: s.InviteTo,
		}
	}
	vm.homes(&s, g)
	return s
}

func row(g present.Group, m present.Member) Row {
	r := Row{
		Member: m.ID, Face: m.Face, Name: m.Name, As: m.Title, Uses: uses(m), Heard: m.Heard, Open: present.Say("people.open"),
		Checked: checked(m),
		To:      present.Route{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: m.ID},
	}
	if m.Me {
		r.Name = present.Say("people.you", "Name", m.Name)
	}
	return r
}

func checked(m present.Member) present.Chip {
	switch {
	case m.Me:
		return present.Chip{Icon: assets.IconShield, Text: present.Say("people.checked.you"), Tone: present.ToneOK}
	case m.Checked:
		return present.Chip{Icon: assets.IconShield, Text: present.Say("people.checked"), Tone: present.ToneOK}
	}
	return present.Chip{Icon: assets.IconWaiting, Text: present.Say("people.checked.not"), Tone: present.ToneAmber}
}

func uses(m present.Member) string {
	switch n := len(m.Devices); {
	case n == 0:
		return present.Say("people.computers.none")
	case m.NewOne:
		return present.Count("people.computers.new", n)
	default:
		return present.Count("people.computers", n)
	}
}

func request(g present.Group, r present.Request) Request {
	q := Request{
		ID: r.ID, Title: present.Say("people.request", "Name", r.Name),
		No: present.Say("people.request.no"), Check: present.Say("people.request.check"),
		To: present.Route{Place: present.PlacePeople, Page: present.PageRequest, Group: g.ID, Name: r.ID},
	}
	switch {
	case r.Ended:
		q.Text = present.Say("people.request.ended")
	case r.Expired:
		q.Text = present.Say("people.request.expired")
	case r.Note != "":
		q.Text = present.Say("people.request.note", "Name", r.Name, "Note", r.Note)
	default:
		q.Text = present.Say("people.request.text", "Name", r.Name)
	}
	if r.Others > 0 {
		q.Warn = present.Count("people.request.others", r.Others)
	}
	return q
}

// askWords are the words for each kind of act: of another, and of this person.
var askWords = map[string][2]words.Key{
	present.AskRemove: {"people.ask.remove", "people.ask.remove.you"},
	present.AskLead:   {"people.ask.lead", "people.ask.lead.you"},
	present.AskFollow: {"people.ask.follow", "people.ask.follow.you"},
	present.AskAdmit:  {"people.ask.admit", "people.ask.admit.you"},
	present.AskRevoke: {"people.ask.revoke", "people.ask.revoke.you"},
	present.AskRules:  {"people.ask.rules", "people.ask.rules.you"},
	present.AskOther:  {"people.ask.other", "people.ask.other.you"},
}

// laterWords are the words for what waits to be signed.
var laterWords = map[string]words.Key{
	present.AskRemove: "people.later.remove", present.AskLead: "people.later.lead", present.AskFollow: "people.later.follow",
	present.AskRevoke: "people.later.computer",
}

// Later says what waits until this computer has caught up, or could not be done after that: an Ask that is Later.
func Later(g present.Group, a present.Ask) Ask {
	key, ok := laterWords[a.What]
	if !ok {
		key = "people.later.other"
	}
	out := Ask{
		ID: a.ID, Title: present.Say(key, "Name", g.NameOf(a.Member)), Text: present.Say("people.later.text"),
		Yes: present.Say("people.later.now"), No: present.Say("people.later.forget"),
	}
	if a.Why != nil {
		out.Text, out.Yes = present.Say("people.later.failed")+" "+present.Explain(a.Why).What, ""
	}
	return out
}

func ask(g present.Group, a present.Ask) Ask {
	if a.Later {
		return Later(g, a)
	}
	say := askWords[a.What]
	about := []any{"By", g.NameOf(a.By), "Name", g.NameOf(a.Member), "Whose", present.Whose(g.NameOf(a.Member))}
	out := Ask{ID: a.ID, Title: present.Say(say[0], about...), Text: present.Say("people.ask.text"), Yes: present.Say("people.ask.yes")}
	if a.Mine {
		out = Ask{ID: a.ID, Title: present.Say(say[1], about...), Text: present.Say("people.ask.text.you")}
	}
	if then := ruled(a.Rules); a.What == present.AskRules && then != "" {
		out.Text = then + " " + out.Text
	}
	return out
}

func (vm *VM) homes(s *State, g present.Group) {
	s.HomesTitle = present.Say("people.homes")
	s.HomeTo = present.Route{Place: present.PlacePeople, Page: present.PageHome, Group: g.ID}
	s.HomeButton = present.Say("people.homes.add")
	for _, h := range g.Homes() {
		if !h.Known {
			continue
		}
		for _, m := range h.Welcomed {
			if m == g.Me {
				s.Invited = append(s.Invited, Asked{
					Home: h.ID, Button: present.Say("people.homes.livehere"),
					Text: present.Say("people.homes.invited", "People", folk(g, h.Adults), "Home", g.HomeName(h)),
				})
			}
		}
		if len(h.Adults) == 0 {
			continue
		}
		row := Home{ID: h.ID, Name: g.HomeName(h), Mine: h.Has(g.Me)}
		row.Text = present.Say("people.homes.row", "People", folk(g, h.Adults), "Beds", present.Count("people.homes.beds", int(h.Beds)))
		if len(h.Welcomed) > 0 {
			row.Text += ". " + present.Say("people.homes.welcomed", "People", folk(g, h.Welcomed))
		}
		if row.Mine {
			row.Name, s.HomeButton = present.Say("people.homes.mine"), present.Say("people.homes.change")
		}
		s.Homes = append(s.Homes, row)
	}
	if len(s.Homes) == 0 {
		s.NoHomes = present.Empty{
			Icon: assets.IconHome, Heading: present.Say("people.homes.none"), Text: present.Say("people.homes.none.text"),
			Button: s.HomeButton, Go: s.HomeTo,
		}
	}
}

// folk names members, with "You" for this person.
func folk(g present.Group, ms []kp1.MID) string {
	all := make([]string, len(ms))
	for i, m := range ms {
		all[i] = g.NameOrYou(m)
	}
	return present.People(all...)
}

// Pick shows another group.
func (vm *VM) Pick(g string) {
	id, err := kp1.ParseGID(g)
	vm.Change(func() {
		if err == nil {
			vm.group = id
		}
	})
}

// Decline says no to a request.
func (vm *VM) Decline(request string) {
	g := vm.State().Group
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.Decline(ctx, g, request) })
}

// Agree says yes to what waits for a second person.
func (vm *VM) Agree(ask kp1.ID) {
	g := vm.State().Group
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.Agree(ctx, g, ask) })
}

// Forget drops what waits to be signed.
func (vm *VM) Forget(ask kp1.ID) {
	g := vm.State().Group
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.Forget(ctx, g, ask) })
}

// LiveHere says that this person lives in a household whose adults said so.
func (vm *VM) LiveHere(home kp1.ID) {
	g := vm.State().Group
	vm.ask(func(ctx context.Context) error {
		_, err := vm.Desk().Core.Propose(ctx, g, people.LiveHere{Household: home})
		return err
	})
}

func (vm *VM) ask(f func(context.Context) error) {
	vm.Change(func() { vm.err = nil })
	vm.Desk().Do(func(ctx context.Context) {
		err := f(ctx)
		vm.Change(func() { vm.err = err })
	})
}
