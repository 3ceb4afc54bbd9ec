// Package message turns threads and posts into what the Messages pages say: the list, one thread in pages of at most 200
// messages, and the form that starts a new one. It never touches Fyne, the disk or the network.
package message

import (
	"context"
	"image"
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// PageSize is how many messages are shown at once, since more take too long to measure.
const PageSize = 200

// manyNew is how many new messages are counted one by one.
const manyNew = 99

// State is what the Messages page shows: the list on the left, one thread beside it.
type State struct {
	Title   string
	Write   string // main button, to WriteTo; empty when there is nobody to write to
	WriteTo present.Route
	Note    string
	Rows    []Row
	Empty   present.Empty // no threads, or no groups
	Thread  *Thread       // nil: none is chosen; Pick says so
	Pick    present.Empty
}

// Row is one thread in the list. It never holds words of a message.
type Row struct {
	Group  kp1.GID
	ID     kp1.ID
	Title  string
	Text   string // who wrote last, and when
	Face   present.Face
	New    present.Chip // zero: nothing new
	Count  int          // new messages
	Chosen bool
	To     present.Route
}

// Thread is one thread with one page of its messages.
type Thread struct {
	Group     kp1.GID
	ID        kp1.ID
	Title     string
	Text      string // who can read it
	Earlier   string // button: Earlier; empty at the beginning
	Later     string // button: Later; empty at the end
	Bubbles   []Bubble
	Nothing   present.Empty
	Box       string       // what the entry says while empty
	Send      string       // main button: Send
	Draft     string       // what was typed and not sent; nothing typed is lost
	Sent      int          // grows with each message sent: the screen then takes Draft into the entry
	Answering string       // whom this message answers; empty
	Stop      string       // button: Reply with the zero id
	Readers   present.Line // who can read what is sent now
	Choose    string       // link: Choose(true); empty: there is no choice
	Chooser   *Chooser     // in place of the messages and the entry; nil: closed
	Chosen    string       // main button while Chooser is open: Choose(false)
	Shut      string       // in place of the entry: why nothing can be written here
	Give      string       // link: to GiveTo, a picture or a paper; empty: not now
	GiveTo    present.Route
	Wrong     string // what to put right at the entry
	Gone      string
	Problem   present.Problem
}

// Bubble is one message.
type Bubble struct {
	ID      kp1.ID
	Face    present.Face
	Name    string
	Time    string
	Text    string
	File    *FilePart    // nil: it is words
	Only    present.Line // for whom alone it is, or for whom it is although the thread is for fewer; zero: for all who can read the thread
	Quiet   bool         // the text is Kith's own: words taken away or on their way
	Mine    bool         // on the right side
	Edited  string       // "Changed 6.10 pm"; empty: these are the first words
	Change  string       // link: Edit; empty: not mine, or taken away
	Erase   string       // link: to EraseTo, withdraw or take away; empty: this person may not
	EraseTo present.Route
	Answers string // "To Dot"; empty
	Reply   string // link: Reply
	Has     present.Line
	Since   string // said above the first new one

	By     kp1.MID // who wrote it: Hide and Show take them
	Hide   string  // link: hide what they write; empty: my own, or more of theirs follows
	Hidden string  // said in place of what is hidden; then the rest is empty but Show
	Show   string  // link: show it again
}

// VM keeps the Messages page. What was typed and not sent stays on the Desk.
type VM struct {
	*present.Model[State]
	group    kp1.GID
	id       kp1.ID
	to       int                    // end of the page shown; 0: the newest
	since    map[kp1.ID]kp1.ID      // thread -> the first message that was new when it was opened
	looks    map[kp1.ID]image.Image // pictures of the thread, made small; nil: it was tried
	sent     int
	sending  bool
	choosing bool // who may read
	nobody   bool // was ticked when Send was pressed
	wrong    string
	err      error
}

// New returns the Messages page with thread id of group g open, or none.
func New(d *present.Desk, g kp1.GID, id kp1.ID) *VM {
	vm := &VM{since: map[kp1.ID]kp1.ID{}, looks: map[kp1.ID]image.Image{}}
	vm.Model = present.NewModel(d, vm.make)
	if !id.IsZero() {
		vm.Open(g, id)
	}
	return vm
}

func (vm *VM) make(w present.World, now time.Time) State {
	s := State{Title: present.Say("message.title"), Note: present.Say("message.note")}
	s.Rows = Rows(w, now)
	left := leftOut(w)
	if left > 0 {
		s.Note += " " + present.Count("message.hidden.threads", left)
	}
	for i := range s.Rows {
		s.Rows[i].Chosen = s.Rows[i].ID == vm.id
	}
	if len(w.Groups) > 0 {
		s.Write, s.WriteTo = present.Say("message.write"), present.Route{Place: present.PlaceMessages, Page: present.PageNew}
	}
	switch {
	case len(w.Groups) == 0:
		s.Empty = present.Empty{
			Icon: assets.IconMessages, Heading: present.Say("message.nogroup"), Text: present.Say("message.nogroup.text"),
			Button: present.Say("message.nogroup.button"), Go: present.Route{Place: present.PlaceStart},
		}
	case len(s.Rows) == 0 && left == 0:
		s.Empty = present.Empty{
			Icon: assets.IconMessages, Heading: present.Say("message.none"), Text: present.Say("message.none.text"),
			Button: present.Say("message.none.button"), Go: s.WriteTo,
		}
	}
	if vm.id.IsZero() {
		s.Pick = present.Empty{Icon: assets.IconMessages, Heading: present.Say("message.pick"), Text: present.Say("message.pick.text")}
		return s
	}
	t := vm.thread(w, now)
	s.Thread = &t
	return s
}

// Rows lists the threads of all groups, the newest first.
func Rows(w present.World, now time.Time) []Row {
	type dated struct {
		row Row
		at  uint64
	}
	var all []dated
	for _, g := range w.Groups {
		for _, t := range g.Threads().All() {
			if r, at, ok := row(g, t, now); ok {
				all = append(all, dated{r, at})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b dated) int {
		switch {
		case a.at > b.at:
			return -1
		case a.at < b.at:
			return 1
		}
		return a.row.ID.Compare(b.row.ID)
	})
	rows := make([]Row, len(all))
	for i, d := range all {
		rows[i] = d.row
	}
	return rows
}

func row(g present.Group, t thread.Thread, now time.Time) (Row, uint64, bool) {
	if g.LeftOut(t) {
		return Row{}, 0, false
	}
	last, any := g.Last(t)
	r := Row{
		Group: g.ID, ID: t.ID, Title: TitleOf(g, t), Count: newIn(g, t),
		To: present.Route{Place: present.PlaceMessages, Page: present.PageOne, Group: g.ID, Object: t.ID},
	}
	by, at := t.By, t.By.Time
	switch {
	case any:
		by, at = last.Meta, last.At.Second
		r.Text = present.Say("message.row", "Name", g.NameOrYou(by.Author), "When", since(by, now))
	case t.By.Author == g.Me:
		r.Text = present.Say("message.row.empty.you", "When", since(by, now))
	default:
		r.Text = present.Say("message.row.empty", "Name", g.NameOf(by.Author), "When", since(by, now))
	}
	r.Face = g.FaceOf(by.Author)
	if r.Count > 0 {
		r.New = present.Chip{Icon: assets.IconMessages, Text: newText(r.Count), Tone: present.ToneBlue}
	}
	return r, at, true
}

func newText(n int) string {
	if n > manyNew {
		return present.Say("message.new.many", "Count", manyNew)
	}
	return present.Count("message.new", n)
}

// newIn counts the messages of others that this person can read and has not opened, from the newest back to the first
// opened one.
func newIn(g present.Group, t thread.Thread) int {
	n := 0
	for it := range g.Backward(t) {
		if !news(g, it) {
			continue
		}
		if g.Opened(it.ID) || n > manyNew {
			break
		}
		n++
	}
	return n
}

// news says whether a message can be new to this person.
func news(g present.Group, it thread.Item) bool { return it.Author != g.Me && it.Words != act.Others }

// Unread counts the new messages of all groups.
func Unread(w present.World) int {
	n := 0
	for _, g := range w.Groups {
		for _, t := range g.Threads().All() {
			n += newIn(g, t)
		}
	}
	return n
}

func since(m act.Meta, now time.Time) string { return present.Since(time.Unix(int64(m.Time), 0), now) }

// TitleOf is what a thread is called, also where its title is hidden, gone or for other people.
func TitleOf(g present.Group, t thread.Thread) string {
	switch {
	case t.Known && g.IsHidden(t.By.Author):
		return present.Say("message.hidden.title", "Name", g.NameOf(t.By.Author))
	case t.Words == act.Taken:
		return present.Say("message.taken")
	case t.Words == act.Others:
		return present.Say("words.others")
	case t.Title == "":
		return present.Say("message.untitled")
	}
	return t.Title
}

func (vm *VM) thread(w present.World, now time.Time) Thread {
	g, ok := w.Find(vm.group)
	t, found := g.Threads().Get(vm.id)
	if !ok || !found {
		return Thread{Group: vm.group, ID: vm.id, Gone: present.Say("message.gone")}
	}
	e, c := vm.entry(t.ID), circleOf(g, t)
	s := Thread{
		Group: g.ID, ID: t.ID, Title: TitleOf(g, t), Text: present.Count("message.readers", len(g.Readers(c.comp)), "Group", g.Title()),
		Box: present.Say("message.box", "Group", g.Title()), Send: present.Say("message.send"),
		Draft: e.text, Sent: vm.sent, Wrong: vm.wrong, Problem: present.Explain(vm.err),
	}
	if t.By.For != nil {
		s.Text = present.Say("message.readers.some", "Group", g.Title(), "People", g.Names(t.By.For))
		if !slices.Contains(c.named, g.Me) {
			s.Shut = present.Say("message.shut")
		}
	}
	to := t.Len()
	if vm.to > 0 && vm.to < to {
		to = vm.to
		s.Later = present.Say("message.later")
	}
	from := g.Before(t, to, PageSize)
	if from > 0 {
		s.Earlier = present.Say("message.earlier")
	}
	shown := map[kp1.ID]thread.Item{}
	var between gap
	for it := range t.Items(from, to) {
		if g.IsHidden(it.Author) {
			between.add(g.Now(it.Author), it.ID)
			continue
		}
		s.Bubbles, between = append(s.Bubbles, between.lines(g)...), nil
		shown[it.ID] = it
		if n := len(s.Bubbles); n > 0 && s.Bubbles[n-1].By == g.Now(it.Author) {
			s.Bubbles[n-1].Hide = "" // said once, under the last of what somebody wrote in a row
		}
		s.Bubbles = append(s.Bubbles, vm.bubble(g, w.Net, it, t, shown, now))
	}
	s.Bubbles = append(s.Bubbles, between.lines(g)...)
	if t.Len() == 0 && s.Shut == "" {
		s.Nothing = present.Empty{Icon: assets.IconMessages, Heading: present.Say("message.thread.empty"), Text: present.Say("message.empty.text")}
	}
	if !e.reply.IsZero() {
		if it, ok := shown[e.reply]; ok {
			s.Answering, s.Stop = present.Say("message.replyto", "Name", g.NameOf(it.Author)), present.Say("message.reply.stop")
			if it.Author == g.Me {
				s.Answering = present.Say("message.replyto.self")
			}
		}
	}
	if !e.edit.IsZero() {
		s.Answering, s.Stop, s.Send = present.Say("message.editing"), present.Say("message.edit.stop"), present.Say("message.edit.save")
		s.Readers.Text = present.Say("audience.edit")
		return s
	}
	if s.Shut == "" {
		s.Give, s.GiveTo = present.Say("message.give.link"), present.Route{Place: present.PlaceMessages, Page: present.PageGive, Group: g.ID, Object: t.ID}
		vm.readers(&s, g, c, e.chosen(), now)
	}
	return s
}

// readers says who can read what is sent now, and asks for it where that was wished.
func (vm *VM) readers(s *Thread, g present.Group, c circle, p pick, now time.Time) {
	to, some := p.to(g, c)
	s.Readers = readersLine(g, to)
	switch {
	case !some:
		s.Readers = present.Line{Icon: assets.IconLock, Text: present.Say("audience.line.none")}
	case to.Only != nil:
		s.Box = present.Say("message.box", "Group", g.Names(butMe(g, to.Only)))
	}
	ask := p.chooser(g, c, false, now)
	if len(ask.Kinds) < 2 {
		return
	}
	s.Choose = present.Say("audience.choose")
	if vm.choosing {
		s.Choose, s.Give, s.Chosen = "", "", present.Say("audience.done")
		if vm.nobody && !some {
			ask.Wrong = present.Say("audience.nobody")
		}
		s.Chooser = &ask
	}
}

func (vm *VM) bubble(g present.Group, net present.Net, it thread.Item, t thread.Thread, shown map[kp1.ID]thread.Item, now time.Time) Bubble {
	b := Bubble{
		ID: it.ID, Face: g.FaceOf(it.Author), Name: g.NameOf(it.Author), Text: it.Text, Mine: it.Author == g.Me, By: g.Now(it.Author),
		Time: present.Moment(time.Unix(int64(it.Time), 0), now), Reply: present.Say("message.reply"),
	}
	if b.By != g.Me {
		b.Hide = present.Say("people.person.hide", "Name", b.Name)
	}
	if it.IsFile && it.Words == act.Here {
		b.Text, b.File = FileLine(it.File.Name, it.File.Size, it.File.Size), vm.filePart(g, it, t)
	}
	switch it.Words {
	case act.Taken:
		b.Text, b.Quiet = present.Say("message.taken"), true
		if why := Explained(g, it.ID); why != "" {
			b.Text = why
		}
	case act.Away:
		b.Text, b.Quiet = present.Say("message.away"), true
	case act.Others:
		b.Text, b.Quiet, b.Reply = present.Say("message.others"), true, ""
	}
	switch only := g.OnlyFor(it.Meta); {
	case only != "":
		b.Only = present.Line{Icon: assets.IconLock, Text: only}
	case t.By.For != nil:
		b.Only = present.Line{Icon: assets.IconEye, Text: present.Say("audience.more", "Group", g.Title())}
	}
	if !it.ReplyTo.IsZero() {
		to, ok := shown[it.ReplyTo]
		switch {
		case ok && to.Author == it.Author:
			b.Answers = present.Say("message.answers.self", "Name", b.Name)
		case ok && to.Author == g.Me:
			b.Answers = present.Say("message.answers.you")
		case ok:
			b.Answers = present.Say("message.answers", "Name", g.NameOf(to.Author))
		}
	}
	switch gone, ok := g.Care.Gone(it.ID); {
	case ok && gone.Author == g.Me: // whom the taking away has reached
		b.Has = present.DeliveryLine(g.Has(gone.ID), net, g.NameOf)
	case b.Mine && !ok && len(it.For) == 1 && g.Has(it.ID).Of == 0:
		b.Has = present.Line{Icon: assets.IconComputer, Text: present.Say("delivery.own")}
	case b.Mine && !ok:
		b.Has = present.DeliveryLine(g.Has(it.ID), net, g.NameOf)
	}
	if it.Edited > 0 && it.Words == act.Here {
		b.Edited = present.Say("message.edited", "When", present.Within(time.Unix(int64(it.Edited), 0), now))
	}
	if b.Change, b.Erase = mayChange(g, it), mayTakeBack(g, it); b.Erase != "" {
		b.EraseTo = takeBackTo(g.ID, t.ID, it.ID)
	}
	if vm.since[t.ID] == it.ID {
		b.Since = present.Say("message.since")
	}
	return b
}

// Open shows a thread and notes its newest messages as opened.
func (vm *VM) Open(g kp1.GID, id kp1.ID) {
	w := vm.Desk().World()
	group, _ := w.Find(g)
	var ids []kp1.ID
	var first kp1.ID
	if t, ok := group.Threads().Get(id); ok {
		for _, it := range group.Newest(t, PageSize) {
			if news(group, it) && !group.Opened(it.ID) {
				if first.IsZero() {
					first = it.ID
				}
				ids = append(ids, it.ID)
			}
		}
	}
	vm.Change(func() {
		if vm.id != id {
			vm.to, vm.wrong, vm.err, vm.choosing = 0, "", nil, false
		}
		vm.group, vm.id = g, id
		if !first.IsZero() {
			vm.since[id] = first
		}
	})
	vm.seen(g, ids)
}

// Looked notes the messages that came while the thread is open as opened. The screen calls it after drawing.
func (vm *VM) Looked() {
	var g kp1.GID
	var id kp1.ID
	vm.Read(func() { g, id = vm.group, vm.id })
	group, _ := vm.Desk().World().Find(g)
	t, ok := group.Threads().Get(id)
	if !ok {
		return
	}
	vm.previews(group, t)
	var ids []kp1.ID
	for it := range group.Backward(t) {
		if !news(group, it) {
			continue
		}
		if group.Opened(it.ID) || len(ids) == PageSize {
			break
		}
		ids = append(ids, it.ID)
	}
	vm.seen(g, ids)
}

func (vm *VM) seen(g kp1.GID, ids []kp1.ID) {
	if len(ids) > 0 {
		vm.Desk().Do(func(ctx context.Context) { vm.Desk().Core.Seen(ctx, g, ids...) })
	}
}

// Earlier shows the page before.
func (vm *VM) Earlier() {
	vm.turn(func(g present.Group, t thread.Thread, to int) int {
		return max(g.Before(t, to, PageSize), g.After(t, 0, PageSize))
	})
}

// Later shows the page after.
func (vm *VM) Later() {
	vm.turn(func(g present.Group, t thread.Thread, to int) int { return g.After(t, to, PageSize) })
}

// turn shows the page that ends where end says, which is told where this one does.
func (vm *VM) turn(end func(g present.Group, t thread.Thread, to int) int) {
	g, _ := vm.Desk().World().Find(vm.group)
	t, _ := g.Threads().Get(vm.id)
	vm.Change(func() {
		to := vm.to
		if to == 0 {
			to = t.Len()
		}
		to = end(g, t, to)
		if to >= t.Len() {
			to = 0
		}
		vm.to = to
	})
}

// Typed notes what stands in the entry, so that it is there again after looking elsewhere. It draws nothing.
func (vm *VM) Typed(text string) {
	vm.Read(func() {
		e := vm.entry(vm.id)
		e.text = text
		vm.keep(vm.id, e)
	})
}

// Reply makes the next message answer another one, for those who could read that one; the zero id answers none, and leaves
// a message that was being changed as it was.
func (vm *VM) Reply(to kp1.ID) {
	g, _ := vm.Desk().World().Find(vm.group)
	t, _ := g.Threads().Get(vm.id)
	it, ok := t.Find(to)
	vm.Change(func() {
		e := vm.entry(vm.id)
		if !e.edit.IsZero() {
			e = e.unchanged()
			vm.sent++ // the screen takes it into the entry
		}
		if e = e.free(); ok {
			e = e.answering(g, it)
		}
		vm.keep(vm.id, e)
	})
}

// Edit takes a message of this person's own into the entry, to be given other words.
func (vm *VM) Edit(post kp1.ID) {
	g, _ := vm.Desk().World().Find(vm.group)
	t, _ := g.Threads().Get(vm.id)
	it, ok := t.Find(post)
	if !ok || mayChange(g, it) == "" {
		return
	}
	vm.Change(func() {
		vm.keep(t.ID, vm.entry(t.ID).changing(it))
		vm.wrong, vm.err, vm.choosing = "", nil, false
		vm.sent++
	})
}

// Choose asks who may read what is sent, in place of the messages, or ends that.
func (vm *VM) Choose(open bool) { vm.Change(func() { vm.choosing, vm.nobody = open, false }) }

// Pick chooses one of the Chooser's Kinds, and Tick one of its People.
func (vm *VM) Pick(kind string) { vm.repick(func(p pick) pick { return pick{kind, p.some} }) }

// Tick ticks one person, or no longer.
func (vm *VM) Tick(who string) { vm.repick(func(p pick) pick { return p.tick(who) }) }

func (vm *VM) repick(f func(pick) pick) {
	vm.Change(func() {
		e := vm.entry(vm.id)
		vm.keep(vm.id, e.choose(f(e.chosen())))
	})
}

// Send files what was typed. What could not be filed stays in the entry.
func (vm *VM) Send(text string) {
	g, _ := vm.Desk().World().Find(vm.group)
	t, _ := g.Threads().Get(vm.id)
	tidy := act.Tidy(text)
	var e entry
	var post present.Act
	var to present.Audience
	going := false
	vm.Change(func() {
		e = vm.entry(vm.id)
		e.text = text
		vm.keep(vm.id, e)
		vm.wrong, vm.err = "", nil
		post = thread.Edit{Thread: t.ID, Post: e.edit, Text: tidy}
		if e.edit.IsZero() {
			var some bool
			if to, some = e.chosen().to(g, circleOf(g, t)); !some && tidy != "" {
				vm.choosing, vm.nobody = true, true
				return
			}
			post = thread.Post{Thread: t.ID, Text: tidy, ReplyTo: e.reply}
		}
		if len(tidy) > act.MaxPost {
			vm.wrong = present.Say("message.long")
			return
		}
		going = tidy != "" && !vm.sending
		vm.sending = vm.sending || going
	})
	if !going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.ProposeTo(ctx, g.ID, post, to)
		vm.Change(func() {
			vm.sending, vm.err = false, err
			if err != nil {
				return
			}
			if e.edit.IsZero() {
				vm.to = 0
				delete(vm.since, t.ID)
			}
			vm.keep(t.ID, vm.entry(t.ID).sent(text))
			vm.choosing, vm.nobody = false, false
			vm.sent++
		})
	})
}
