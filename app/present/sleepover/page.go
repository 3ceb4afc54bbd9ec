package sleepover

import (
	"context"
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// PageState is what the page of one sleepover shows.
type PageState struct {
	Back           string
	Gone           string // said instead of everything else
	Title          string
	Text           string
	Asked          string // who asked, and when
	Tonight        bool
	Stages         []Stage // five; none once it has ended early
	Next           present.Line
	Ended          bool
	Conflicts      []Conflict
	Facts          []Fact
	Offers         []Offer
	Waiting        string // said in place of offers; empty
	Moves          []Move // what this person may do now; the main one first
	Side           []Note
	Ring           *Ring        // only for who asked for tonight, while no home is agreed
	Has            *Who         // who has the ask; only for who asked, while no home has agreed
	Delivery       present.Line // of this person's newest move
	HistoryHeading string
	History        []present.Line
	Busy           string
	Problem        present.Problem
}

// Stage is one box of the stage bar.
type Stage struct {
	Text   string
	Icon   assets.Icon // differs with Done and Now, as the shape does
	Done   bool
	Now    bool
	Spoken string
}

// Conflict is what is at odds, with who should ring whom.
type Conflict struct{ Title, Text string }

// Fact is one line of what is asked for.
type Fact struct{ Label, Text string }

// Offer is one home's offer.
type Offer struct {
	ID        kp1.ID
	Face      present.Face
	Name      string // "Bev’s home"
	When      string
	Quote     string // the condition, in quotes; or that there is none
	Chip      present.Chip
	Choose    string // main button, to ChooseTo; empty when it cannot be chosen now
	To        present.Route
	TakenBack bool
}

// Note is one card of the side.
type Note struct {
	Icon    assets.Icon
	Heading string
	Text    string
}

// PageVM keeps the page of one sleepover.
type PageVM struct {
	*present.Model[PageState]
	group kp1.GID
	id    kp1.ID
	busy  bool
	err   error
}

// NewPage returns the page of sleepover id of group g, and notes its moves as opened.
func NewPage(d *present.Desk, g kp1.GID, id kp1.ID) *PageVM {
	vm := &PageVM{group: g, id: id}
	vm.Model = present.NewModel(d, vm.make)
	vm.Looked()
	return vm
}

// Looked notes every move that is shown as opened. The screen calls it after drawing.
func (vm *PageVM) Looked() {
	g, _ := vm.Desk().World().Find(vm.group)
	s, _ := g.Sleepover(vm.id)
	var ids []kp1.ID
	for _, m := range s.Moves {
		if m.Author != g.Me && !g.Opened(m.ID) {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) > 0 {
		vm.Desk().Do(func(ctx context.Context) { vm.Desk().Core.Seen(ctx, vm.group, ids...) })
	}
}

// side says on which side of a sleepover this person stands.
type side struct {
	asker, host bool
	guest       bool
}

func sideOf(g present.Group, s sleepover.Sleepover) side {
	return side{
		asker: g.Kin(g.Me, s.Asked.Author), host: !s.Host.IsZero() && g.Kin(g.Me, s.Host),
		guest: g.MyRank() == kp1.RankGuest,
	}
}

func (vm *PageVM) make(w present.World, now time.Time) PageState {
	p := PageState{Back: present.Say("sleepover.title"), Problem: present.Explain(vm.err)}
	g, _ := w.Find(vm.group)
	s, ok := g.Sleepover(vm.id)
	if !ok {
		p.Gone = present.Say("sleepover.gone")
		return p
	}
	if !s.Known {
		p.Gone = present.Say("sleepover.before")
		return p
	}
	me := sideOf(g, s)
	today := when.DateOf(now)
	p.Title, p.Text, p.Tonight = TitleOf(s, now), Times(s.Terms, today), s.Kind == sleepover.Tonight && !s.State.Over()
	if p.Tonight && s.Words == act.Here {
		p.Title = present.Say("sleepover.page.tonight", "Child", s.Terms.Child)
	}
	at := ago(s.Asked, now)
	p.Asked = present.Say("sleepover.page.askedby", "Name", g.NameOf(s.Asked.Author), "When", at)
	if s.Asked.Author == g.Me {
		p.Asked = present.Say("sleepover.page.askedby.you", "When", at)
	}
	p.Ended = s.State.Over()
	p.Next = next(g, s, me)
	if s.State != sleepover.Withdrawn && s.State != sleepover.NotNeededAnyMore {
		p.Stages = stages(g, s, me)
	}
	p.Conflicts = conflicts(g, s)
	p.Facts = facts(g, s)
	p.Offers = offers(g, s, me, now)
	if len(p.Offers) == 0 && s.State == sleepover.Asked {
		p.Waiting = present.Say("sleepover.offer.waiting")
	}
	p.Moves = moves(g, s, me)
	p.Side = notes(g, s, me)
	if !g.Sorted(s) {
		p.HistoryHeading, p.History = present.Say("sleepover.history"), history(g, s, now)
	}
	if me.asker && s.State < sleepover.Agreed {
		p.Has = who(g, s, w.Net, now)
		if s.Kind == sleepover.Tonight {
			p.Ring = ring(g, s, now)
		}
	}
	p.Delivery = delivery(g, s, w.Net)
	if vm.busy {
		p.Busy = present.Say("sleepover.move.busy")
	}
	return p
}

func ago(m act.Meta, now time.Time) string { return present.Ago(time.Unix(int64(m.Time), 0), now) }

// Times says when a sleepover is: "From 5 pm, 1 night. Home on Saturday, by 12 noon."
func Times(t sleepover.Terms, today when.Date) string {
	from := present.Say("sleepover.page.nights", "Nights", present.Nights(t.Nights()))
	if t.Arrive.Set {
		from = present.Say("sleepover.page.from", "Time", present.ClockText(t.Arrive), "Nights", present.Nights(t.Nights()))
	}
	day := present.Date(t.To, today)
	if n := t.From.Days(t.To); n < 7 && !t.From.Before(today.Plus(-1)) {
		day = present.Weekday(t.To)
	}
	if t.Leave.Set {
		return present.Say("sleepover.page.homeby", "From", from, "Day", day, "Time", present.ClockText(t.Leave))
	}
	return present.Say("sleepover.page.home", "From", from, "Day", day)
}

// next says in one sentence where it stands and who does what next.
func next(g present.Group, s sleepover.Sleepover, me side) present.Line {
	line := func(icon assets.Icon, text string) present.Line { return present.Line{Icon: icon, Text: text} }
	asker, host, child := g.NameOf(s.Asked.Author), "", s.Terms.Child
	if !s.Host.IsZero() {
		host = g.NameOf(s.Host)
	}
	switch s.State {
	case sleepover.Asked:
		if me.asker {
			return line(assets.IconWaiting, present.Say("sleepover.next.asked"))
		}
		return line(assets.IconBed, present.Say("sleepover.next.asked.other", "Name", asker, "Child", child))
	case sleepover.Offered:
		var homes []string
		for _, b := range s.Standing() {
			homes = append(homes, g.NameOrYou(b.By.Author))
		}
		switch {
		case me.asker:
			return line(assets.IconGoing, present.Count("sleepover.next.offered", len(homes), "People", present.People(homes...)))
		case mine(g, s):
			return line(assets.IconGoing, present.Say("sleepover.next.offered.mine", "Name", asker))
		}
		return line(assets.IconGoing, present.Count("sleepover.next.offered.other", len(homes), "People", present.People(homes...), "Name", asker))
	case sleepover.Withdrawn, sleepover.NotNeededAnyMore:
		return line(assets.IconCross, ending(g, s, me))
	}
	if !me.asker && !me.host {
		return line(assets.IconDone, present.Say("sleepover.next.sorted"))
	}
	switch s.State {
	case sleepover.Chosen:
		if me.host {
			return line(assets.IconWaiting, present.Say("sleepover.next.chosen.host", "Name", asker))
		}
		return line(assets.IconWaiting, present.Say("sleepover.next.chosen", "Name", host))
	case sleepover.Agreed:
		switch {
		case s.Changed && (me.asker && s.AskerToSay || me.host && s.HostToSay):
			return line(assets.IconWaiting, present.Say("sleepover.next.changed.you"))
		case s.Changed && me.asker:
			return line(assets.IconWaiting, present.Say("sleepover.next.changed", "Name", host))
		case s.Changed:
			return line(assets.IconWaiting, present.Say("sleepover.next.changed", "Name", asker))
		case me.host:
			return line(assets.IconDone, present.Say("sleepover.next.agreed.host", "Child", child))
		}
		return line(assets.IconDone, present.Say("sleepover.next.agreed", "Child", child, "Name", host))
	case sleepover.ArrivedThere:
		if me.host && !me.asker {
			return line(assets.IconHome, present.Say("sleepover.next.arrived.host", "Child", child, "Name", asker))
		}
		return line(assets.IconHome, present.Say("sleepover.next.arrived", "Child", child, "Name", host))
	case sleepover.HomeAgain:
		if me.host && !me.asker {
			return line(assets.IconDone, present.Say("sleepover.next.home.host", "Child", child))
		}
		return line(assets.IconDone, present.Say("sleepover.next.home", "Child", child))
	}
	return line(assets.IconDone, present.Say("sleepover.next.closed"))
}

// ending says who ended it, and how.
func ending(g present.Group, s sleepover.Sleepover, me side) string {
	by := s.Asked.Author
	for _, m := range s.Moves {
		switch m.Act.(type) {
		case sleepover.Withdraw, sleepover.NotNeeded:
			if m.Fate == sleepover.Stands {
				by = m.Author
			}
		}
	}
	if s.State == sleepover.Withdrawn {
		if by == g.Me {
			return present.Say("sleepover.next.withdrawn.you")
		}
		return present.Say("sleepover.next.withdrawn", "Name", g.NameOf(by))
	}
	if by == g.Me {
		return present.Say("sleepover.next.notneeded.you")
	}
	return present.Say("sleepover.next.notneeded", "Name", g.NameOf(by))
}

func stages(g present.Group, s sleepover.Sleepover, me side) []Stage {
	n := len(s.Standing())
	texts := []string{
		present.Say("sleepover.stage.asked"), present.Say("sleepover.stage.offers"), present.Say("sleepover.stage.agreed"),
		present.Say("sleepover.stage.arrived"), present.Say("sleepover.stage.home"),
	}
	var at int // the stage that is now
	switch s.State {
	case sleepover.Asked:
		at, texts[1] = 1, present.Say("sleepover.stage.offers.none")
	case sleepover.Offered:
		at, texts[1] = 1, present.Count("sleepover.stage.offers.some", n)
		if me.asker {
			texts[1] = present.Count("sleepover.stage.offers.choose", n)
		}
	case sleepover.Chosen:
		at = 2
		switch {
		case me.host:
			texts[2] = present.Say("sleepover.stage.agreed.you")
		case me.asker:
			texts[2] = present.Say("sleepover.stage.agreed.wait", "Name", g.NameOf(s.Host))
		}
	case sleepover.Agreed:
		at, texts[3] = 3, present.Say("sleepover.stage.arrived.wait")
		if s.Changed {
			at, texts[2], texts[3] = 2, present.Say("sleepover.stage.agreed.anew"), present.Say("sleepover.stage.arrived")
		}
	case sleepover.ArrivedThere:
		at, texts[4] = 4, present.Say("sleepover.stage.home.wait")
	default:
		at = 5
	}
	out := make([]Stage, len(texts))
	for i, t := range texts {
		st := Stage{Text: t, Done: i < at, Now: i == at}
		switch {
		case st.Done:
			st.Icon, st.Spoken = assets.IconDone, present.Say("sleepover.stage.done", "Stage", t)
		case st.Now:
			st.Icon, st.Spoken = assets.IconGoing, present.Say("sleepover.stage.now", "Stage", t)
		default:
			st.Spoken = present.Say("sleepover.stage.later", "Stage", t)
		}
		out[i] = st
	}
	return out
}

func conflicts(g present.Group, s sleepover.Sleepover) []Conflict {
	var out []Conflict
	for _, c := range s.Conflicts {
		if !slices.Contains(c.People, g.Me) && !slices.ContainsFunc(c.People, func(m kp1.MID) bool { return g.Kin(g.Me, m) }) {
			continue
		}
		out = append(out, Conflict{present.Say(conflictWords[c.Kind].title), ConflictText(g, c)})
	}
	return out
}

var conflictWords = map[sleepover.ConflictKind]struct{ title, text words.Key }{
	sleepover.TwoChoices:   {"sleepover.conflict.choices", "sleepover.conflict.choices.text"},
	sleepover.TwoVersions:  {"sleepover.conflict.versions", "sleepover.conflict.versions.text"},
	sleepover.CrossedMoves: {"sleepover.conflict.crossed", "sleepover.conflict.crossed.text"},
	sleepover.EndedBut:     {"sleepover.conflict.ended", "sleepover.conflict.ended.text"},
}

// ConflictText says who should ring whom about what is at odds.
func ConflictText(g present.Group, c sleepover.Conflict) string {
	var people []string
	for _, m := range c.People {
		people = append(people, g.NameOf(m))
	}
	return present.Say(conflictWords[c.Kind].text, "People", present.People(people...))
}

// whys are the reasons in the order they are offered.
var whys = []struct {
	why  sleepover.Why
	text words.Key
}{
	{sleepover.NotWell, "sleepover.why.notwell"},
	{sleepover.Emergency, "sleepover.why.emergency"},
	{sleepover.Breather, "sleepover.why.breather"},
	{sleepover.Celebration, "sleepover.why.celebration"},
	{sleepover.Other, "sleepover.why.other"},
	{sleepover.Unsaid, "sleepover.why.unsaid"},
}

func whyText(y sleepover.Why) string {
	for _, x := range whys {
		if x.why == y && y != sleepover.Unsaid {
			return present.Say(x.text)
		}
	}
	return present.Say("sleepover.facts.notsaid")
}

func facts(g present.Group, s sleepover.Sleepover) []Fact {
	said := func(t string) string {
		if t == "" {
			return present.Say("sleepover.facts.notsaid")
		}
		return t
	}
	out := []Fact{
		{present.Say("sleepover.facts.asks"), g.NameOrYou(s.Asked.Author)},
		{present.Say("sleepover.facts.beds"), present.Count("sleepover.beds", int(s.Beds))},
		{present.Say("sleepover.facts.why"), whyText(s.Terms.Why)},
		{present.Say("sleepover.facts.collect"), said(s.Terms.Collect)},
	}
	if s.Terms.Note != "" {
		out = append(out, Fact{present.Say("sleepover.facts.note"), s.Terms.Note})
	}
	return out
}

func offers(g present.Group, s sleepover.Sleepover, me side, now time.Time) []Offer {
	var out []Offer
	for _, b := range s.Offers {
		party := me.asker || g.Kin(g.Me, b.By.Author)
		if !party && (s.State >= sleepover.Chosen || b.TakenBack) {
			continue // the others see only that it is sorted
		}
		o := Offer{
			ID: b.ID, Face: g.FaceOf(b.By.Author), Name: g.HomeOfName(b.By.Author), TakenBack: b.TakenBack,
			When: present.Say("sleepover.offer.by", "When", ago(b.By, now)),
			To:   present.Route{Place: present.PlaceSleepovers, Page: present.PageChoose, Group: g.ID, Object: s.ID, Part: b.ID},
		}
		switch {
		case b.Words == act.Taken:
			o.Quote = present.Say("sleepover.taken")
		case b.Words == act.Away:
			o.Quote = present.Say("sleepover.away")
		case b.Words == act.Others:
			o.Quote = present.Say("words.others")
		case b.Condition == "":
			o.Quote = present.Say("sleepover.offer.none")
		default:
			o.Quote = present.Say("sleepover.quote", "Words", b.Condition)
		}
		switch {
		case b.TakenBack && b.Reason != "":
			o.Chip = present.Chip{Icon: assets.IconCross, Text: present.Say("sleepover.offer.back.why", "When", moment(b.Back, now), "Why", b.Reason), Tone: present.ToneStone}
		case b.TakenBack:
			o.Chip = present.Chip{Icon: assets.IconCross, Text: present.Say("sleepover.offer.back", "When", moment(b.Back, now)), Tone: present.ToneStone}
		case b.ID == s.Chosen:
			o.Chip = present.Chip{Icon: assets.IconDone, Text: present.Say("sleepover.offer.chosen"), Tone: present.ToneOK}
		case b.Earlier:
			o.Chip = present.Chip{Icon: assets.IconWaiting, Text: present.Say("sleepover.offer.earlier"), Tone: present.ToneAmber}
		}
		if me.asker && !me.guest && s.State == sleepover.Offered && !b.TakenBack {
			o.Choose = present.Say("sleepover.offer.choose", "Name", g.NameOf(b.By.Author))
		}
		out = append(out, o)
	}
	return out
}

func moment(m act.Meta, now time.Time) string {
	return present.Within(time.Unix(int64(m.Time), 0), now)
}

func notes(g present.Group, s sleepover.Sleepover, me side) []Note {
	var out []Note
	if me.asker && s.State == sleepover.Offered {
		out = append(out, Note{assets.IconEye, present.Say("sleepover.side.choose"), present.Say("sleepover.side.choose.text")})
	}
	if !me.asker && !me.host && s.State >= sleepover.Chosen && !s.State.Over() {
		out = append(out, Note{assets.IconDone, present.Say("sleepover.side.sorted"), present.Say("sleepover.side.sorted.text", "Name", g.NameOf(s.Asked.Author))})
	}
	if len(s.OnIt) > 0 && s.State < sleepover.Agreed {
		var people []string
		for _, c := range s.OnIt {
			people = append(people, g.NameOf(c.By.Author))
		}
		out = append(out, Note{assets.IconPhone, present.Say("sleepover.side.onit"), present.Count("sleepover.side.onit.text", len(people), "People", present.People(people...))})
	}
	switch {
	case s.State != sleepover.Agreed:
	case me.host:
		out = append(out, Note{assets.IconHome, present.Say("sleepover.side.where"), present.Say("sleepover.side.address.host")})
	case me.asker:
		out = append(out, Note{assets.IconHome, present.Say("sleepover.side.where"), present.Say("sleepover.side.address", "Name", g.NameOf(s.Host))})
	}
	return out
}

func history(g present.Group, s sleepover.Sleepover, now time.Time) []present.Line {
	var out []present.Line
	for _, m := range s.Moves {
		what, icon := MoveText(m.Act, g.NameOrYou(m.Author))
		if what == "" {
			continue
		}
		at := moment(m.Meta, now)
		line := present.Line{Icon: icon, Text: present.Say("sleepover.history.line", "What", what, "When", at)}
		switch m.Fate {
		case sleepover.Overtaken:
			line = present.Line{Icon: assets.IconVersions, Text: present.Say("sleepover.history.overtaken", "What", what, "When", at)}
		case sleepover.Refused:
			line = present.Line{Icon: assets.IconWarning, Text: present.Say("sleepover.history.refused", "What", what, "When", at)}
		case sleepover.Waiting:
			line = present.Line{Icon: assets.IconWaiting, Text: present.Say("sleepover.history.waiting", "What", what, "When", at)}
		}
		out = append(out, line)
	}
	return out
}

// MoveText says what a move was, by name.
func MoveText(a act.Act, name string) (string, assets.Icon) {
	say := func(k words.Key) string { return present.Say(k, "Name", name) }
	switch a := a.(type) {
	case sleepover.Ask:
		return say("sleepover.history.ask"), assets.IconBed
	case sleepover.Offer:
		return say("sleepover.history.offer"), assets.IconBed
	case sleepover.Choose:
		return say("sleepover.history.choose"), assets.IconTick
	case sleepover.Agree:
		return say("sleepover.history.agree"), assets.IconTick
	case sleepover.Change:
		return say("sleepover.history.change"), assets.IconPencil
	case sleepover.Cannot:
		return say("sleepover.history.cannot"), assets.IconCross
	case sleepover.Withdraw:
		return say("sleepover.history.withdraw"), assets.IconCross
	case sleepover.NotNeeded:
		return say("sleepover.history.notneeded"), assets.IconCross
	case sleepover.Arrived:
		return say("sleepover.history.arrived"), assets.IconHome
	case sleepover.Home:
		return say("sleepover.history.home"), assets.IconHome
	case sleepover.Close:
		return say("sleepover.history.close"), assets.IconDone
	case sleepover.OnIt:
		if a.Off {
			return say("sleepover.history.offit"), assets.IconPhone
		}
		return say("sleepover.history.onit"), assets.IconPhone
	}
	return "", ""
}

// Do makes one of the moves that need no page of their own.
func (vm *PageVM) Do(name string) {
	g, _ := vm.Desk().World().Find(vm.group)
	s, ok := g.Sleepover(vm.id)
	if !ok {
		return
	}
	var a act.Act
	switch name {
	case MoveAgree:
		a = sleepover.Agree{Ask: s.ID, Choice: s.Choice, Sheet: s.Sheet}
	case MoveArrived:
		a = sleepover.Arrived{Ask: s.ID, Agreement: s.Agreed}
	case MoveHome:
		a = sleepover.Home{Ask: s.ID}
	case MoveClose:
		a = sleepover.Close{Ask: s.ID}
	case MoveOnIt:
		a = sleepover.OnIt{Ask: s.ID}
	case MoveOffIt:
		a = sleepover.OnIt{Ask: s.ID, Off: true}
	default:
		return
	}
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Propose(ctx, vm.group, a)
		vm.Change(func() { vm.busy, vm.err = false, err })
	})
}
