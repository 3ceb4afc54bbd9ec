package people

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/when"
	"kith/store/kp1"
)

// InviteState is what the page shows on which an invitation is made.
type InviteState struct {
	Back, Title, Text string
	May               bool   // false: NotYou says whom to ask
	NotYou            string // for who does not lead the group
	Asks              bool   // the questions for a new invitation show; not beside one that is ready

	NoteLabel, NoteHint, NoteError string
	Note                           string
	RankLabel                      string
	Ranks                          []present.Option // SetRank
	HistoryLabel                   string
	Histories                      []present.Option // SetHistory
	WayLabel                       string
	Ways                           []present.Option // SetWay
	DaysLabel                      string
	Days                           []present.Option // SetDays
	Seen                           present.Line     // what those in a direct group learn of one another; empty in another
	Make                           string           // main button: Make
	Busy                           string

	Made *Made // the invitation just made, or shown again

	OpenHeading string
	Open        []Open

	LapsedHeading, LapsedText string
	Lapsed                    []Lapse
	Problem                   present.Problem
}

// Made is an invitation that is ready to be sent.
type Made struct {
	Title, Text string
	Over        present.Problem // it does not work any more; then nothing of what follows is there
	On          present.Line    // where it lies

	SayHeading, SayText string   // the eight words; empty where it was made without
	Words               []string //
	PlaceLabel, Place   string   // said after the words
	CopyWords           string   // button; the screen copies Spoken, then calls Copied
	Spoken              string   // words and place in one line, as Join takes them

	SendHeading string
	Link        string // to be shown and copied
	Copy        string // button; the screen copies Link, then calls Copied
	Copied      string // empty until then

	ShowHeading, ShowText string // beside the code of Link
	SaveTo                present.PlaceState
	SavePage, SavePicture string // Save
	Saved                 string
	Another               string // Another: back to the questions
}

// Open is one open invitation.
type Open struct {
	ID, Text  string
	State     present.Line // how far it has come
	Show, End string       // Show, EndInvite
	Check     string       // to CheckTo: somebody has asked by it; empty
	CheckTo   present.Route
}

// Lapse is one invitation that ended with somebody who led.
type Lapse struct{ ID, Text, Again string } // Again: Reissue

const (
	historyNone = "none"
	historyAll  = "all"
)

var inviteDays = []int{1, 3, 7, 14}

// How an invitation is handed over.
const (
	wayLink  = "link"
	wayWords = "words"
)

// Days for which an invitation works where nobody chooses. Words may be overheard.
const (
	daysLink  = 7
	daysWords = 1
)

// Invite keeps the page of invitations.
type Invite struct {
	*present.Model[InviteState]
	draw    Drawings
	to      present.SaveTo
	group   kp1.GID
	note    string
	rank    uint8
	history string // empty: as is usual
	usual   string
	words   bool
	days    int // 0: as is usual
	wrong   string
	busy    bool
	made    *present.Invite
	listed  bool // made has been among the open ones
	copied  bool
	saved   string
	err     error
}

// Drawings make files of an invitation: a page to print, and a picture of its code.
type Drawings struct {
	Page    func(present.InvitePaper) ([]byte, error)
	Picture func(link string) ([]byte, error)
}

// NewInvite returns the page of invitations to group g.
func NewInvite(d *present.Desk, g kp1.GID, draw Drawings) *Invite {
	vm := &Invite{group: g, draw: draw, to: present.NewSaveTo(d), rank: kp1.RankMember}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Invite) make(w present.World, now time.Time) InviteState {
	g, _ := w.Find(vm.group)
	s := InviteState{
		Back: present.Say("people.back"), Title: present.Say("people.invite.title", "Group", g.Title()),
		Text: present.Say("people.invite.text"), Problem: present.Explain(vm.err),
	}
	if s.May = g.Admin(); !s.May {
		s.NotYou = present.Say("people.invite.notyou", "People", g.WhoLeads(now))
		return s
	}
	s.NoteLabel, s.NoteHint, s.NoteError = present.Say("people.invite.note"), present.Say("people.invite.note.hint"), vm.wrong
	s.Note = vm.note
	s.RankLabel = present.Say("people.invite.rank")
	s.Ranks = []present.Option{
		{Value: "member", Label: present.Say("people.invite.rank.member"), Hint: present.Say("people.invite.rank.member.hint"), Chosen: vm.rank == kp1.RankMember},
		{Value: "guest", Label: present.Say("people.invite.rank.guest"), Hint: present.Say("people.invite.rank.guest.hint"), Chosen: vm.rank == kp1.RankGuest},
	}
	vm.usual = usualHistory(g.Kind, vm.rank)
	s.HistoryLabel = present.Say("people.invite.history")
	s.Histories = []present.Option{
		{Value: historyNone, Label: present.Say("people.invite.history.none"), Chosen: vm.before() == historyNone},
		{Value: historyAll, Label: present.Say("people.invite.history.all"), Chosen: vm.before() == historyAll},
	}
	s.WayLabel = present.Say("people.invite.way")
	s.Ways = []present.Option{
		{Value: wayLink, Label: present.Say("people.invite.way.link"), Hint: present.Say("people.invite.way.link.hint"), Chosen: !vm.words},
		{Value: wayWords, Label: present.Say("people.invite.way.words"), Hint: present.Say("people.invite.way.words.hint"), Chosen: vm.words},
	}
	s.DaysLabel = present.Say("people.invite.days")
	for _, n := range inviteDays {
		s.Days = append(s.Days, present.Option{Value: strconv.Itoa(n), Label: present.Count("people.invite.days.n", n), Chosen: n == vm.works()})
	}
	if g.Direct {
		s.Seen = present.Line{Icon: assets.IconEye, Text: present.Say("people.invite.seen")}
	}
	s.Make = present.Say("people.invite.make")
	if vm.busy {
		s.Busy = present.Say("people.invite.busy")
	}
	if s.Asks = vm.made == nil; !s.Asks {
		s.Made = vm.ready(g, now)
	}
	s.OpenHeading = present.Say("people.invite.open")
	for _, i := range g.Invites {
		s.Open = append(s.Open, openOf(g, i, now))
	}
	for _, i := range g.Lapsed {
		s.LapsedHeading, s.LapsedText = present.Say("people.invite.lapsed"), present.Say("people.invite.lapsed.text")
		s.Lapsed = append(s.Lapsed, Lapse{i.ID, present.Say("people.invite.lapsed.row", "Note", noteOf(i), "Until", until(i.Expires, now)), present.Say("people.invite.lapsed.again")})
	}
	return s
}

// ready is the invitation that is to be handed over.
func (vm *Invite) ready(g present.Group, now time.Time) *Made {
	i := *vm.made
	at := slices.IndexFunc(g.Invites, func(o present.Invite) bool { return o.ID == i.ID })
	if at >= 0 {
		i, vm.listed = g.Invites[at], true
	}
	m := &Made{Title: present.Say("people.invite.done", "Name", noteOf(i)), Another: present.Say("people.invite.another")}
	switch over := vm.listed && at < 0; {
	case !now.Before(i.Expires):
		m.Over = present.ExplainCode("E_INVITE_EXPIRED")
	case over && slices.ContainsFunc(g.Lapsed, func(o present.Invite) bool { return o.ID == i.ID }):
		m.Over = present.Problem{What: present.Say("people.invite.lapsed"), Safe: present.Say("people.invite.lapsed.text")}
	case over:
		m.Over = present.Problem{What: present.Say("people.invite.over"), Safe: present.Say("people.invite.over.safe"), Next: present.Say("people.invite.over.next")}
	}
	if !m.Over.None() {
		m.Title, m.Over.Next = present.Say("people.invite.over.title", "Name", noteOf(i)), present.Say("people.invite.over.next")
		return m
	}
	m.Text = present.Say("people.invite.done.text", "Until", until(i.Expires, now))
	m.On = lies(g, i)
	if len(i.Words) > 0 {
		m.SayHeading, m.SayText, m.Words = present.Say("people.invite.say"), present.Say("people.invite.say.text"), i.Words
		m.PlaceLabel, m.Place = present.Say("people.invite.say.place"), i.At
		m.Spoken = present.Say("people.invite.spoken", "Words", strings.Join(i.Words, " "), "Place", i.At)
		if i.At == "" { // nobody far away can use them
			m.PlaceLabel, m.Place, m.Spoken = "", "", strings.Join(i.Words, " ")
			m.SayText = present.Say("people.invite.say.nowhere")
		}
		m.CopyWords = present.Say("people.invite.say.copy")
	}
	m.SendHeading, m.Link, m.Copy = present.Say("people.invite.send"), i.Link, present.Say("people.invite.copy")
	m.ShowHeading, m.ShowText = present.Say("people.invite.show"), present.Say("people.invite.show.text")
	m.SaveTo = vm.to.Question(fileOf(i, now, ""))
	m.SavePage, m.SavePicture = present.Say("people.invite.save.page"), present.Say("people.invite.save.picture")
	if vm.copied {
		m.Copied = present.Say("people.invite.copied")
	}
	if vm.saved != "" {
		m.Saved = present.Say("people.invite.saved", "File", vm.saved)
	}
	return m
}

// lies says where an invitation can be found.
func lies(g present.Group, i present.Invite) present.Line {
	switch {
	case i.Waits && len(g.Boxes) == 1 && g.Boxes[0].Name != "":
		return present.Line{Icon: assets.IconDone, Text: present.Say("people.invite.waits.named", "Mailbox", g.Boxes[0].Name)}
	case i.Waits:
		return present.Line{Icon: assets.IconDone, Text: present.Say("people.invite.waits")}
	case len(g.Boxes) > 0:
		return present.Line{Icon: assets.IconWaiting, Text: present.Say("people.invite.leaving")}
	}
	return present.Line{Icon: assets.IconComputer, Text: present.Say("people.invite.done.on")}
}

func openOf(g present.Group, i present.Invite, now time.Time) Open {
	o := Open{
		ID: i.ID, Show: present.Say("people.invite.again"), End: present.Say("people.invite.end"), State: lies(g, i),
		Text: present.Say("people.invite.open.row", "Note", noteOf(i), "Until", until(i.Expires, now)),
	}
	if !now.Before(i.Expires) {
		o.Text = present.Say("people.invite.open.over", "Note", noteOf(i), "Until", until(i.Expires, now))
		o.State = present.Line{Icon: assets.IconWarning, Text: present.Say("people.invite.open.late")}
	}
	for _, r := range g.Requests {
		if r.Invite == i.ID {
			o.State = present.Line{Icon: assets.IconInvite, Text: present.Say("people.invite.open.asked", "Name", r.Name, "When", present.Ago(r.At, now))}
			o.Check = present.Say("people.request.check")
			o.CheckTo = present.Route{Place: present.PlacePeople, Page: present.PageRequest, Group: g.ID, Name: r.ID}
			break
		}
	}
	return o
}

func noteOf(i present.Invite) string {
	if i.Note == "" {
		return present.Say("people.invite.open.unnamed")
	}
	return i.Note
}

// fileOf is what a file of an invitation is called. It does not say for whom it is: a folder may be looked into.
func fileOf(i present.Invite, now time.Time, suffix string) string {
	return "kith-" + i.Expires.In(now.Location()).Format("2006-01-02") + "-" + i.ID[:min(len(i.ID), 6)] + suffix
}

func until(t, now time.Time) string {
	t = t.In(now.Location())
	return present.Say("time.at", "Day", present.Date(when.DateOf(t), when.DateOf(now)), "Time", present.Time(t))
}

// usualHistory is what a newcomer sees of before unless somebody chooses otherwise: where people come as strangers, and
// for guests, nothing (protocol.md 5.7).
func usualHistory(kind string, rank uint8) string {
	if kind == present.PeerGroup || rank == kp1.RankGuest {
		return historyNone
	}
	return historyAll
}

// before is what the invitation will say.
func (vm *Invite) before() string {
	if vm.history == "" {
		return vm.usual
	}
	return vm.history
}

// SetRank chooses as what the person joins: "member" or "guest".
func (vm *Invite) SetRank(rank string) {
	vm.Change(func() {
		vm.rank = kp1.RankMember
		if rank == "guest" {
			vm.rank = kp1.RankGuest
		}
	})
}

// SetHistory chooses what the person sees of before: "none" or "all".
func (vm *Invite) SetHistory(h string) { vm.Change(func() { vm.history = h }) }

// SetWay chooses how the invitation is handed over: "link", or "words" beside it.
func (vm *Invite) SetWay(way string) { vm.Change(func() { vm.words = way == wayWords }) }

// works is for how many days the invitation will work.
func (vm *Invite) works() int {
	switch {
	case vm.days > 0:
		return vm.days
	case vm.words:
		return daysWords
	}
	return daysLink
}

// SetDays chooses for how many days the invitation works.
func (vm *Invite) SetDays(days string) {
	n, err := strconv.Atoi(days)
	vm.Change(func() {
		if err == nil {
			vm.days = n
		}
	})
}

// Make makes the invitation for whom note names.
func (vm *Invite) Make(note string) {
	note = strings.TrimSpace(note)
	var ask present.InviteAsk
	going := false
	vm.Change(func() {
		going, vm.note, vm.wrong, vm.err = vm.busy, note, "", nil
		if note == "" {
			vm.wrong = present.Say("people.invite.note.missing")
			return
		}
		vm.busy = true
		ask = present.InviteAsk{Rank: vm.rank, History: vm.before(), For: time.Duration(vm.works()) * 24 * time.Hour, Note: note, Spoken: vm.words}
	})
	if note == "" || going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		made, err := vm.Desk().Core.Invite(ctx, vm.group, ask)
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.put(&made)
				vm.note = ""
			}
		})
	})
}

// Reissue makes an invitation anew that ended with somebody who led.
func (vm *Invite) Reissue(id string) {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		made, err := vm.Desk().Core.Reissue(ctx, vm.group, id)
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.put(&made)
			}
		})
	})
}

// Copied notes that the invitation was copied, so that the page says so.
func (vm *Invite) Copied() { vm.Change(func() { vm.copied = true }) }

// EndInvite takes an open invitation back.
func (vm *Invite) EndInvite(id string) {
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.EndInvite(ctx, vm.group, id)
		vm.Change(func() {
			if vm.err = err; err == nil && vm.made != nil && vm.made.ID == id {
				vm.put(nil)
			}
		})
	})
}

// put has the page show an invitation, or the questions for a new one.
func (vm *Invite) put(i *present.Invite) {
	vm.made, vm.listed, vm.copied, vm.saved, vm.err = i, false, false, "", nil
}

// Show shows an open invitation again.
func (vm *Invite) Show(id string) {
	g, _ := vm.Desk().World().Find(vm.group)
	for _, i := range g.Invites {
		if i.ID == id {
			vm.Change(func() { vm.put(&i) })
		}
	}
}

// Another goes back to the questions.
func (vm *Invite) Another() { vm.Change(func() { vm.put(nil) }) }

// SetPlace says where the file goes.
func (vm *Invite) SetPlace(path string) { vm.Change(func() { vm.to.Pick(path) }) }

// Save writes the invitation into a file: a page to print, or the picture of its code; other is the folder that was typed,
// if any.
func (vm *Invite) Save(picture bool, other string) {
	var i present.Invite
	var paper present.InvitePaper
	path, now := "", vm.Desk().Now()
	g, _ := vm.Desk().World().Find(vm.group)
	vm.Change(func() {
		if vm.saved, vm.err = "", nil; vm.made == nil {
			return
		}
		i = *vm.made
		suffix := ".pdf"
		if picture {
			suffix = ".png"
		}
		path = vm.to.Path(other, fileOf(i, now, suffix))
		vm.to.Missing = path == ""
		paper = paperOf(g, i, now)
	})
	if path == "" {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		var file []byte
		var err error
		if picture {
			file, err = vm.draw.Picture(i.Link)
		} else {
			file, err = vm.draw.Page(paper)
		}
		if err == nil {
			err = vm.Desk().Core.WriteFile(ctx, path, file)
		}
		vm.Change(func() {
			if vm.err = err; err == nil {
				vm.saved = path
			}
		})
	})
}

// paperOf is what stands on the page that is printed. It does not name the group: who finds it learns the less.
func paperOf(g present.Group, i present.Invite, now time.Time) present.InvitePaper {
	p := present.InvitePaper{
		Title: present.Say("paper.invite.title"), From: present.Say("paper.invite.from", "Name", g.NameOf(g.Me)),
		Until: present.Say("paper.invite.until", "Until", until(i.Expires, now)),
		Steps: []string{present.Say("paper.invite.get"), present.Say("paper.invite.press"), present.Say("paper.invite.link")},
		Link:  i.Link, CodeText: present.Say("paper.invite.code"),
		Keep: present.Say("paper.invite.keep"),
	}
	if len(i.Words) > 0 && i.At != "" {
		p.Steps[2] = present.Say("paper.invite.both")
		p.Words, p.WordsText = i.Words, present.Say("paper.invite.words")
		p.Place = present.Say("paper.invite.place", "Place", i.At)
	}
	return p
}
