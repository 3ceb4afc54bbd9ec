package message

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// TakeBackState is what the page shows on which a message is withdrawn by who wrote it, or taken away by who leads.
type TakeBackState struct {
	Back, Title string
	Quote       string   // the message, so that nobody takes away another
	Lines       []string // what it reaches, and what not
	Why         string   // label over Reasons; empty when no reason is asked for
	Reasons     []present.Option
	WhyMissing  string
	Note        string // label of the entry for more; empty: none
	NoteWrong   string
	Yes, No     string // Yes is the filled button, in danger; No goes back
	Busy        bool
	Done        bool // to the thread
	To          present.Route
	Gone        string // the message is not here, or was taken away already
	Problem     present.Problem
}

// TakeBack keeps that page.
type TakeBack struct {
	*present.Model[TakeBackState]
	group        kp1.GID
	thread, post kp1.ID
	reason       erase.Reason
	asked        bool // Yes was pressed once
	long         bool
	busy, done   bool
	err          error
}

// NewTakeBack returns the page for one post of a thread.
func NewTakeBack(d *present.Desk, g kp1.GID, thread, post kp1.ID) *TakeBack {
	vm := &TakeBack{group: g, thread: thread, post: post}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// takeBackTo leads to the page for one post.
func takeBackTo(g kp1.GID, thread, post kp1.ID) present.Route {
	return present.Route{Place: present.PlaceMessages, Page: present.PageRemove, Group: g, Object: thread, Part: post}
}

func (vm *TakeBack) make(w present.World, _ time.Time) TakeBackState {
	g, _ := w.Find(vm.group)
	t, _ := g.Threads().Get(vm.thread)
	s := TakeBackState{
		Back: present.Say("message.title"), No: present.Say("message.erase.no"), Done: vm.done, Busy: vm.busy, Problem: present.Explain(vm.err),
		To: present.Route{Place: present.PlaceMessages, Page: present.PageOne, Group: vm.group, Object: vm.thread},
	}
	it, ok := t.Find(vm.post)
	may := mayTakeBack(g, it)
	if !ok || may == "" {
		s.Title = present.Say("message.gone")
		s.Gone = s.Title
		return s
	}
	if s.Quote = it.Text; it.IsFile {
		s.Quote = it.File.Name
	}
	s.Lines = []string{present.Say("message.erase.reach"), present.Say("message.erase.not"), present.Say("message.erase.shown")}
	if it.IsFile { // what anybody saved outside is theirs
		s.Lines[0], s.Lines[1] = present.Say("message.erase.reach.file"), present.Say("message.erase.not.file")
	}
	if it.Author == g.Me {
		s.Title, s.Yes = present.Say("message.withdraw.heading"), present.Say("message.withdraw")
		return s
	}
	s.Title, s.Yes = present.Say("message.takeaway.heading", "Name", g.NameOf(it.Author)), present.Say("message.takeaway")
	s.Why, s.Note = present.Say("message.takeaway.why"), present.Say("message.takeaway.note")
	for _, r := range erase.Reasons() {
		s.Reasons = append(s.Reasons, present.Option{Value: r.String(), Label: present.Say(reasonKeys[r]), Chosen: r == vm.reason})
	}
	if vm.asked && vm.reason == 0 {
		s.WhyMissing = present.Say("message.takeaway.why.missing")
	}
	if vm.long {
		s.NoteWrong = present.Say("message.takeaway.note.long")
	}
	return s
}

var reasonKeys = map[erase.Reason]words.Key{
	erase.Private: "message.reason.private", erase.Unkind: "message.reason.unkind", erase.Misplaced: "message.reason.misplaced",
	erase.Asked: "message.reason.asked", erase.Other: "message.reason.other",
}

// mayTakeBack is the word on the link by which this person takes a post away, or "" when they may not.
func mayTakeBack(g present.Group, it thread.Item) string {
	me, in := g.State.Member(g.Me)
	_, gone := g.Care.Gone(it.ID)
	switch {
	case !in || gone || g.Waits || it.Words == act.Taken:
	case it.Author == g.Me:
		return present.Say("message.withdraw")
	case me.Rank >= kp1.RankAdmin:
		return present.Say("message.takeaway")
	}
	return ""
}

// mayChange is the word on the link by which this person gives a post of theirs other words, or "".
func mayChange(g present.Group, it thread.Item) string {
	if it.Author != g.Me || it.Words != act.Here || it.IsFile || mayTakeBack(g, it) == "" {
		return ""
	}
	return present.Say("message.edit")
}

// Explained says in the place of a post how it was taken away, or "" when it was not.
func Explained(g present.Group, post kp1.ID) string {
	gone, ok := g.Care.Gone(post)
	if !ok {
		return ""
	}
	mine := gone.Author == g.Me
	if !gone.By {
		if mine {
			return present.Say("message.withdrawn.you")
		}
		return present.Say("message.withdrawn", "Name", g.NameOf(gone.Author))
	}
	reason := present.Say(reasonKeys[gone.Reason])
	text := present.Say("message.redacted", "Name", g.NameOf(gone.Author), "Reason", reason)
	if mine {
		text = present.Say("message.redacted.you", "Reason", reason)
	}
	if gone.Note != "" {
		text = present.Say("message.redacted.note", "Text", text, "Note", gone.Note)
	}
	return text
}

// Choose picks the reason.
func (vm *TakeBack) Choose(value string) {
	r, _ := erase.ParseReason(value)
	vm.Change(func() { vm.reason = r })
}

// Do takes the message away. note is asked for only together with a reason.
func (vm *TakeBack) Do(note string) {
	note = act.Tidy(note)
	ask := vm.State().Why != ""
	going := false
	vm.Change(func() {
		going, vm.asked, vm.err = vm.busy || vm.done, true, nil
		vm.long = len(note) > erase.MaxNote
		going = going || ask && vm.reason == 0 || vm.long
		vm.busy = vm.busy || !going
	})
	if going {
		return
	}
	var a present.Act = erase.Delete{Target: vm.post}
	if ask {
		a = erase.Redact{Target: vm.post, Reason: vm.reason, Note: note}
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Propose(ctx, vm.group, a)
		vm.Change(func() { vm.busy, vm.err, vm.done = false, err, err == nil })
	})
}
