package people

import (
	"context"
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

	NoteLabel, NoteHint, NoteError string
	Note                           string
	RankLabel                      string
	Ranks                          []present.Option // SetRank
	HistoryLabel                   string
	Histories                      []present.Option // SetHistory
	DaysLabel                      string
	Days                           []present.Option // SetDays
	Seen                           present.Line     // what those in a direct group learn of one another; empty in another
	Make                           string           // main button: Make
	Busy                           string

	Made *Made // the invitation just made

	OpenHeading string
	Open        []Open

	LapsedHeading, LapsedText string
	Lapsed                    []Lapse
	Problem                   present.Problem
}

// Made is an invitation that is ready to be sent.
type Made struct {
	Title, Text string
	Link        string // to be shown and copied
	Copy        string // button; the screen copies Link, then calls Copied
	Copied      string // empty until then
	On          present.Line
}

// Open is one open invitation.
type Open struct {
	ID, Text, End string // End: EndInvite
	Link, Copy    string
}

// Lapse is one invitation that ended with somebody who led.
type Lapse struct{ ID, Text, Again string } // Again: Reissue

const (
	historyNone = "none"
	historyAll  = "all"
)

var inviteDays = []int{1, 3, 7, 14}

// Invite keeps the page of invitations.
type Invite struct {
	*present.Model[InviteState]
	group   kp1.GID
	note    string
	rank    uint8
	history string // empty: as is usual
	usual   string
	days    int
	wrong   string
	busy    bool
	made    *present.Invite
	copied  bool
	err     error
}

// NewInvite returns the page of invitations to group g.
func NewInvite(d *present.Desk, g kp1.GID) *Invite {
	vm := &Invite{group: g, rank: kp1.RankMember, days: 7}
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
		var leads []string
		for _, m := range g.Members(now) {
			if m.Rank >= kp1.RankAdmin {
				leads = append(leads, m.Name)
			}
		}
		s.NotYou = present.Say("people.invite.notyou", "People", present.People(leads...))
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
	s.DaysLabel = present.Say("people.invite.days")
	for _, n := range inviteDays {
		s.Days = append(s.Days, present.Option{Value: strconv.Itoa(n), Label: present.Count("people.invite.days.n", n), Chosen: n == vm.days})
	}
	if g.Direct {
		s.Seen = present.Line{Icon: assets.IconEye, Text: present.Say("people.invite.seen")}
	}
	s.Make = present.Say("people.invite.make")
	if vm.busy {
		s.Busy = present.Say("people.invite.busy")
	}
	if vm.made != nil {
		s.Made = &Made{
			Title: present.Say("people.invite.done", "Name", vm.made.Note),
			Text:  present.Say("people.invite.done.text", "Until", until(vm.made.Expires, now)),
			Link:  vm.made.Link, Copy: present.Say("people.invite.copy"),
			On: present.Line{Icon: assets.IconComputer, Text: present.Say("people.invite.done.on")},
		}
		if vm.copied {
			s.Made.Copied = present.Say("people.invite.copied")
		}
	}
	s.OpenHeading = present.Say("people.invite.open")
	for _, i := range g.Invites {
		note := i.Note
		if note == "" {
			note = present.Say("people.invite.open.unnamed")
		}
		s.Open = append(s.Open, Open{
			ID: i.ID, End: present.Say("people.invite.end"), Link: i.Link, Copy: present.Say("people.invite.copy"),
			Text: present.Say("people.invite.open.row", "Note", note, "Until", until(i.Expires, now)),
		})
	}
	for _, i := range g.Lapsed {
		note := i.Note
		if note == "" {
			note = present.Say("people.invite.open.unnamed")
		}
		s.LapsedHeading, s.LapsedText = present.Say("people.invite.lapsed"), present.Say("people.invite.lapsed.text")
		s.Lapsed = append(s.Lapsed, Lapse{i.ID, present.Say("people.invite.lapsed.row", "Note", note, "Until", until(i.Expires, now)), present.Say("people.invite.lapsed.again")})
	}
	return s
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
		vm.busy, vm.copied = true, false
		ask = present.InviteAsk{Rank: vm.rank, History: vm.before(), For: time.Duration(vm.days) * 24 * time.Hour, Note: note}
	})
	if note == "" || going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		made, err := vm.Desk().Core.Invite(ctx, vm.group, ask)
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.made, vm.note = &made, ""
			}
		})
	})
}

// Reissue makes an invitation anew that ended with somebody who led.
func (vm *Invite) Reissue(id string) {
	going := false
	vm.Change(func() { going, vm.busy, vm.copied, vm.err = vm.busy, true, false, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		made, err := vm.Desk().Core.Reissue(ctx, vm.group, id)
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.made = &made
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
				vm.made = nil
			}
		})
	})
}
