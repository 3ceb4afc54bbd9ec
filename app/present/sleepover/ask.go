package sleepover

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Fields of the form.
const (
	FieldChild   = "child"
	FieldFrom    = "from"
	FieldTo      = "to"
	FieldArrive  = "arrive"
	FieldLeave   = "leave"
	FieldBeds    = "beds"
	FieldCollect = "collect"
	FieldNote    = "note"
)

// Answers of the Tonight form to "From when?" and "Until when?".
const (
	FromNow      = "now"
	FromOther    = "other" // Draft.Arrive says it
	UntilMorning = "morning"
	UntilEvening = "evening"
	UntilUnsure  = "unsure"
)

// The times that the Tonight form offers.
var (
	morning = when.At(10, 0)
	evening = when.At(18, 0)
)

// ChildOther is the answer to "Who needs a bed?" that lets a name be typed into Draft.Child.
const ChildOther = "other"

// Draft is what has been typed into the form. The screen sends it whole.
type Draft struct {
	Group         string
	Who           string // Value of a child asked for before, or ChildOther
	Child         string
	FromWhen      string // Tonight only
	UntilWhen     string // Tonight only
	From, To      present.DateInput
	Arrive, Leave string
	Beds          string
	Collect, Note string
	Why           string
}

// AskState is what the form shows.
type AskState struct {
	Tonight   bool
	Changing  bool
	Title     string
	Step      int // 1 or 2
	StepText  string
	Draft     Draft
	Groups    []present.Option // none when there is one
	GroupText string

	ChildLabel, ChildHint string
	Children              []present.Option // asked for before; then ChildOther; empty: only the field
	Typing                bool             // the name is typed

	FromLabel  string
	Froms      []present.Option // Tonight
	UntilLabel string
	Untils     []present.Option // Tonight
	Other      bool             // Tonight: the time is typed

	DateHint          string
	Day, Month, Year  string
	ArriveLabel       string
	LeaveLabel        string
	TimeHint          string
	BedsLabel         string
	CollectLabel      string
	WhyLabel, WhyHint string
	Whys              []present.Option
	NoteLabel         string
	NoteHint          string

	Said    string // what was chosen so far, in words; empty when it cannot be said yet
	Nothing Note   // nothing is sent yet
	Foot    string
	Ring    *Ring

	Facts []Fact // step 2
	Seen  present.Line
	Warn  string // a change asks the other side anew

	Back, Next string // Next: the main button of this step
	Cancel     string
	Heading    string // over the errors
	Errors     []present.FieldError
	Busy       string
	Done       bool
	To         present.Route // the sleepover, once Done
	Problem    present.Problem
}

// Ask keeps the form that asks for a bed, tonight or another day, and the one that changes an ask.
type Ask struct {
	*present.Model[AskState]
	group   kp1.GID
	tonight bool
	change  kp1.ID // the sleepover being changed; zero: a new one
	step    int
	draft   Draft
	errs    []present.FieldError
	busy    bool
	done    bool
	made    kp1.ID
	err     error
}

// NewTonight returns the form for a bed tonight.
func NewTonight(d *present.Desk) *Ask { return newAsk(d, true) }

// NewAsk returns the form for a bed on another day.
func NewAsk(d *present.Desk) *Ask { return newAsk(d, false) }

func draftKey(tonight bool) string {
	if tonight {
		return "sleepover/tonight"
	}
	return "sleepover/ask"
}

func newAsk(d *present.Desk, tonight bool) *Ask {
	vm := &Ask{tonight: tonight, step: 1}
	for _, g := range d.World().Groups {
		if g.Sleeps() {
			vm.group = g.ID
			break
		}
	}
	vm.draft = Draft{Beds: "1", Why: why(sleepover.Unsaid), FromWhen: FromNow, UntilWhen: UntilMorning}
	if kept, ok := d.Draft(draftKey(tonight)).(Draft); ok {
		vm.draft = kept
	} else if all := children(d.World(), vm.group); len(all) > 0 {
		vm.draft.Who = all[0]
	}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// NewChange returns the form that changes sleepover id of group g.
func NewChange(d *present.Desk, g kp1.GID, id kp1.ID) *Ask {
	vm := &Ask{group: g, change: id, step: 1}
	x, _ := d.World().Find(g)
	if s, ok := x.Sleepover(id); ok {
		t := s.Terms
		vm.draft = Draft{
			Child: t.Child, From: present.InputOf(t.From), To: present.InputOf(t.To), Arrive: present.ClockText(t.Arrive),
			Leave: present.ClockText(t.Leave), Beds: strconv.Itoa(int(s.Beds)), Collect: t.Collect, Note: t.Note, Why: why(t.Why),
		}
	}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func why(y sleepover.Why) string { return strconv.Itoa(int(y)) }

// children lists whom this person's home has asked for before, the last one first, at most four.
func children(w present.World, gid kp1.GID) []string {
	g, _ := w.Find(gid)
	var out []string
	seen := map[string]bool{}
	all := g.Sleepovers()
	slices.SortFunc(all, func(a, b sleepover.Sleepover) int { return -act.Older(a.Asked, b.Asked) })
	for _, s := range all {
		if s.Known && s.Words == act.Here && g.Kin(g.Me, s.Asked.Author) && s.Terms.Child != "" && !seen[s.Terms.Child] && len(out) < 4 {
			seen[s.Terms.Child] = true
			out = append(out, s.Terms.Child)
		}
	}
	return out
}

func (vm *Ask) make(w present.World, now time.Time) AskState {
	g, _ := w.Find(vm.group)
	today := when.DateOf(now)
	s := AskState{
		Tonight: vm.tonight, Changing: !vm.change.IsZero(), Step: vm.step, Draft: vm.draft, Errors: vm.errs, Done: vm.done,
		Title: present.Say("sleepover.form.ask"), GroupText: present.Say("sleepover.form.group"),
		ChildLabel: present.Say("sleepover.form.child"), ChildHint: present.Say("sleepover.form.child.hint", "Group", g.Title()),
		FromLabel: present.Say("sleepover.form.from.date"), UntilLabel: present.Say("sleepover.form.until.date"),
		DateHint: present.Say("typed.hint"), Day: present.Say("typed.day"), Month: present.Say("typed.month"), Year: present.Say("typed.year"),
		ArriveLabel: present.Say("sleepover.form.arrive"), LeaveLabel: present.Say("sleepover.form.leave"), TimeHint: present.Say("typed.time.hint"),
		BedsLabel: present.Say("sleepover.form.beds"), CollectLabel: present.Say("sleepover.form.collect"),
		WhyLabel: present.Say("sleepover.form.why"), WhyHint: present.Say("sleepover.form.why.hint"),
		NoteLabel: present.Say("sleepover.form.note"), NoteHint: present.Say("sleepover.form.note.hint", "Group", g.Title()),
		Nothing: Note{assets.IconEye, present.Say("sleepover.form.nothing.title"), present.Say("sleepover.form.nothing.text")},
		Foot:    present.Say("sleepover.form.nothing"), Cancel: present.Say("sleepover.form.cancel"),
		To:      present.Route{Place: present.PlaceSleepovers, Page: present.PageOne, Group: vm.group, Object: vm.made},
		Problem: present.Explain(vm.err),
	}
	for _, x := range whys {
		s.Whys = append(s.Whys, present.Option{Value: why(x.why), Label: present.Say(x.text), Chosen: vm.draft.Why == why(x.why)})
	}
	vm.groups(&s, w)
	vm.who(&s, w)
	if vm.tonight {
		vm.when(&s, now)
		s.Ring = RingNow()
	}
	terms, beds, errs := vm.terms(vm.draft, now)
	if len(errs) == 0 {
		s.Said = present.Say("sleepover.form.said", "Child", terms.Child, "When", spoken(terms, today))
		s.Facts = []Fact{
			{present.Say("sleepover.facts.who"), terms.Child},
			{present.Say("sleepover.facts.when"), present.FullDate(terms.From) + ". " + Times(terms, today)},
			{present.Say("sleepover.facts.beds"), present.Count("sleepover.beds", int(beds))},
			{present.Say("sleepover.facts.why"), whyText(terms.Why)},
		}
		for _, f := range []Fact{{present.Say("sleepover.facts.collect"), terms.Collect}, {present.Say("sleepover.facts.note"), terms.Note}} {
			if f.Text != "" {
				s.Facts = append(s.Facts, f)
			}
		}
	}
	vm.words(&s, g, now)
	return s
}

func (vm *Ask) groups(s *AskState, w present.World) {
	if s.Changing {
		return
	}
	for _, x := range w.Groups {
		if x.Sleeps() {
			s.Groups = append(s.Groups, present.Option{Value: x.ID.String(), Label: x.Title(), Chosen: x.ID == vm.group})
		}
	}
	if len(s.Groups) < 2 {
		s.Groups = nil
	}
}

func (vm *Ask) who(s *AskState, w present.World) {
	s.Typing = true
	if s.Changing {
		return
	}
	for _, c := range children(w, vm.group) {
		s.Children = append(s.Children, present.Option{Value: c, Label: c, Chosen: vm.draft.Who == c})
	}
	if len(s.Children) > 0 {
		other := vm.draft.Who == ChildOther || vm.draft.Who == ""
		s.Children = append(s.Children, present.Option{Value: ChildOther, Label: present.Say("sleepover.form.child.other"), Chosen: other})
		s.Typing = other
	}
}

func (vm *Ask) when(s *AskState, now time.Time) {
	s.FromLabel, s.UntilLabel = present.Say("sleepover.form.from"), present.Say("sleepover.form.until")
	s.Froms = []present.Option{
		{Value: FromNow, Label: present.Say("sleepover.form.from.now"), Chosen: vm.draft.FromWhen == FromNow},
	}
	late := now.Hour() < smallHours // the night has begun, and its morning is today's
	if c, ok := halfHour(now); ok && !late {
		v := c.String()
		s.Froms = append(s.Froms, present.Option{Value: v, Label: present.Say("sleepover.form.from.at", "Time", present.ClockText(c)), Chosen: vm.draft.FromWhen == v})
	}
	byMorning, byEvening := words.Key("sleepover.form.until.morning"), words.Key("sleepover.form.until.evening")
	if late {
		byMorning, byEvening = "sleepover.form.until.morning.late", "sleepover.form.until.evening.late"
	} else {
		s.Other = vm.draft.FromWhen == FromOther
		s.Froms = append(s.Froms, present.Option{Value: FromOther, Label: present.Say("sleepover.form.from.other"), Chosen: s.Other})
	}
	s.Untils = []present.Option{
		{Value: UntilMorning, Label: present.Say(byMorning, "Time", present.ClockText(morning)), Chosen: vm.draft.UntilWhen == UntilMorning},
		{Value: UntilEvening, Label: present.Say(byEvening, "Time", present.ClockText(evening)), Chosen: vm.draft.UntilWhen == UntilEvening},
		{Value: UntilUnsure, Label: present.Say("sleepover.form.until.unsure"), Chosen: vm.draft.UntilWhen == UntilUnsure},
	}
}

// halfHour returns the half hour after the next one, if it is still this evening.
func halfHour(now time.Time) (when.Clock, bool) {
	t := now.Truncate(30 * time.Minute).Add(time.Hour)
	return when.At(t.Hour(), t.Minute()), when.DateOf(t) == when.DateOf(now)
}

func (vm *Ask) words(s *AskState, g present.Group, now time.Time) {
	if vm.tonight {
		s.Title = present.Say("sleepover.form.tonight")
	}
	name := present.Say("sleepover.form.step.who")
	s.Next = present.Say("sleepover.form.next")
	if vm.step == 2 {
		name, s.Back, s.Next = present.Say("sleepover.form.step.check"), present.Say("sleepover.form.back"), present.Say("sleepover.form.send")
	}
	s.StepText = present.Say("sleepover.form.step", "Step", vm.step, "Name", name)
	if len(vm.errs) > 0 {
		s.Heading = present.Say("start.problem")
	}
	var others []string
	for _, m := range g.Members(now) {
		if !m.Me {
			others = append(others, m.Name)
		}
	}
	s.Seen = present.Line{Icon: assets.IconEye, Text: present.Say("sleepover.form.seen", "Group", g.Title(), "People", present.SomePeople(8, others...))}
	if len(others) == 0 {
		s.Seen.Text = present.Say("sleepover.form.seen.nobody", "Group", g.Title())
	}
	if s.Changing {
		s.Title, s.Foot = present.Say("sleepover.form.change", "Child", vm.draft.Child), present.Say("sleepover.form.nothing.change")
		s.Next = present.Say("sleepover.form.next.change")
		if vm.step == 2 {
			s.Next = present.Say("sleepover.form.save")
		}
		if x, ok := g.Sleepover(vm.change); ok && x.State >= sleepover.Chosen {
			other := x.Host
			if g.Kin(g.Me, x.Host) {
				other = x.Asked.Author
			}
			s.Warn = present.Say("sleepover.form.anew", "Name", g.NameOf(other))
		}
		s.To.Object = vm.change
	}
	if vm.busy {
		s.Busy = present.Say("sleepover.move.busy")
	}
}

// terms reads the form.
func (vm *Ask) terms(d Draft, now time.Time) (t sleepover.Terms, beds uint, errs []present.FieldError) {
	wrong := func(field, say string) {
		if say != "" {
			errs = append(errs, present.FieldError{Field: field, Say: say})
		}
	}
	today := when.DateOf(now)
	t.Child = act.Tidy(d.Child)
	if d.Who != "" && d.Who != ChildOther && vm.change.IsZero() {
		t.Child = d.Who
	}
	switch {
	case t.Child == "":
		wrong(FieldChild, present.Say("sleepover.form.child.missing"))
	case len(t.Child) > act.MaxName:
		wrong(FieldChild, present.Say("sleepover.form.child.long"))
	}
	if vm.tonight {
		wrong(FieldArrive, tonight(&t, d, now))
	} else {
		var say string
		t.From, say = present.ReadDate(d.From, today)
		if d.From.Empty() {
			say = present.Say("sleepover.form.from.missing")
		}
		if say == "" && t.From.Before(today) && vm.change.IsZero() {
			say = present.Say("typed.date.past")
		}
		wrong(FieldFrom, say)
		first := say == ""
		t.To, say = present.ReadDate(d.To, today)
		switch {
		case d.To.Empty():
			say = present.Say("sleepover.form.until.missing")
		case say != "" || !first:
		case t.Nights() < 1:
			say = present.Say("sleepover.form.order")
		case t.Nights() > sleepover.MaxNights:
			say = present.Count("sleepover.form.long", sleepover.MaxNights)
		}
		wrong(FieldTo, say)
		t.Arrive, say = present.ReadClock(d.Arrive)
		wrong(FieldArrive, say)
		t.Leave, say = present.ReadClock(d.Leave)
		wrong(FieldLeave, say)
	}
	n, err := strconv.Atoi(strings.TrimSpace(d.Beds))
	if err != nil || n < 1 || n > sleepover.MaxBeds {
		wrong(FieldBeds, present.Say("sleepover.form.beds.wrong"))
	}
	t.Collect, t.Note = act.Tidy(d.Collect), act.Tidy(d.Note)
	if len(t.Collect) > act.MaxCondition {
		wrong(FieldCollect, present.Say("sleepover.form.note.long"))
	}
	if len(t.Note) > act.MaxNotes {
		wrong(FieldNote, present.Say("sleepover.form.note.long"))
	}
	y, _ := strconv.Atoi(d.Why)
	t.Why = sleepover.Why(y)
	return t, uint(max(0, n)), errs
}

// smallHours is until when a night still belongs to the evening before.
const smallHours = 5

// tonight fills in the one night that is meant: this evening's, or, before five in the morning, the one that goes on.
func tonight(t *sleepover.Terms, d Draft, now time.Time) (say string) {
	t.From = when.DateOf(now)
	late := now.Hour() < smallHours
	if late {
		t.From = t.From.Plus(-1)
	}
	t.To = t.From.Plus(1)
	switch {
	case late: // only now is offered, and the hour would read as one of the evening before
	case d.FromWhen == FromNow:
		t.Arrive = when.At(now.Hour(), now.Minute())
	case d.FromWhen == FromOther:
		if t.Arrive, say = present.ReadClock(d.Arrive); say == "" && !t.Arrive.Set {
			say = present.Say("typed.time.form")
		}
	default:
		if c, err := when.ParseClock(d.FromWhen); err == nil {
			t.Arrive = c
		}
	}
	switch d.UntilWhen {
	case UntilMorning:
		t.Leave = morning
	case UntilEvening:
		t.Leave = evening
	}
	return say
}

// Typed notes what has been typed so far, so that the page can say it back. It never says that anything is wrong.
func (vm *Ask) Typed(d Draft) {
	vm.Change(func() { vm.take(d) })
	vm.keep(d)
}

func (vm *Ask) keep(d Draft) {
	if vm.change.IsZero() {
		vm.Desk().KeepDraft(draftKey(vm.tonight), d)
	}
}

func (vm *Ask) take(d Draft) {
	vm.draft = d
	if g, err := kp1.ParseGID(d.Group); err == nil && vm.change.IsZero() {
		vm.group = g
	}
}

// Back goes from the second step to the first. Nothing typed is lost.
func (vm *Ask) Back() { vm.Change(func() { vm.step, vm.err = 1, nil }) }

// Next goes from the first step to the second, or says at the fields what to put right.
func (vm *Ask) Next(d Draft) {
	now := vm.Desk().Now()
	vm.Change(func() {
		vm.take(d)
		vm.err = nil
		if _, _, vm.errs = vm.terms(d, now); len(vm.errs) == 0 {
			vm.step = 2
		}
	})
	vm.keep(d)
}

// Forget throws away what was typed; Cancel in the window.
func (vm *Ask) Forget() { vm.Desk().KeepDraft(draftKey(vm.tonight), nil) }

// Send files the ask, or the change. What could not be filed stays on the page.
func (vm *Ask) Send() {
	now := vm.Desk().Now()
	var t sleepover.Terms
	var beds uint
	var g kp1.GID
	free := false
	vm.Change(func() {
		t, beds, vm.errs = vm.terms(vm.draft, now)
		if len(vm.errs) > 0 {
			vm.step = 1
		}
		free = len(vm.errs) == 0 && !vm.busy
		vm.busy, vm.err, g = vm.busy || free, nil, vm.group
	})
	if !free {
		return
	}
	var a act.Act = sleepover.Change{Ask: vm.change, Terms: t, Beds: beds}
	if vm.change.IsZero() {
		a = sleepover.Ask{Terms: t, Beds: beds, Kind: kindOf(vm.tonight, t, when.DateOf(now))}
	}
	vm.Desk().Do(func(ctx context.Context) {
		id, err := vm.Desk().Core.Propose(ctx, g, a)
		if err == nil && vm.change.IsZero() {
			vm.Forget()
		}
		vm.Change(func() {
			vm.busy, vm.err = false, err
			if err == nil {
				vm.done, vm.made = true, id
			}
		})
	})
}

// shortNotice is within how many days an ask counts as one at short notice.
const shortNotice = 2

// kindOf says how soon a bed is needed: nobody has to tick that.
func kindOf(tonight bool, t sleepover.Terms, today when.Date) sleepover.Kind {
	switch {
	case tonight:
		return sleepover.Tonight
	case today.Days(t.From) <= shortNotice:
		return sleepover.Short
	}
	return sleepover.Planned
}
