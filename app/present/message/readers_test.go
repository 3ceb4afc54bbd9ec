package message_test

import (
	"slices"
	"strings"
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/message"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

func last(t *testing.T, vm *message.VM) message.Bubble {
	t.Helper()
	all := vm.State().Thread.Bubbles
	if len(all) == 0 {
		t.Fatal("no messages")
	}
	return all[len(all)-1]
}

func only(names ...string) present.Audience {
	a := present.Audience{Only: []kp1.MID{}}
	for _, n := range names {
		a.Only = append(a.Only, fake.MID(n))
	}
	return a
}

// sentTo says for whom the newest message of the picnic is in truth.
func sentTo(t *testing.T, c *fake.Core) []string {
	t.Helper()
	g, _ := c.World().Find(elm)
	th, _ := g.Threads().Get(c.Picnic())
	it, _ := th.Last()
	var names []string
	for _, m := range it.For {
		names = append(names, g.NameOf(m))
	}
	slices.Sort(names)
	return names
}

// TestChooseReaders: who can read a message is said before it is sent; two people are ticked, and it is for them.
func TestChooseReaders(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.New(fake.Live(c), elm, c.Picnic())
	s := vm.State().Thread
	if s.Readers.Text != "Everyone in Elm Row can read it." || s.Choose == "" || s.Chooser != nil {
		t.Fatalf("at first: %+v, %q", s.Readers, s.Choose)
	}
	vm.Choose(true)
	vm.Pick(message.ReadersSome)
	s = vm.State().Thread
	if s.Readers.Text != "Nobody is ticked yet." || len(s.Chooser.People) != 7 || s.Chooser.Wrong != "" {
		t.Fatalf("nobody ticked: %+v, chooser %+v", s.Readers, s.Chooser)
	}
	vm.Send("Her birthday is a surprise")
	if s = vm.State().Thread; s.Chooser == nil || s.Chooser.Wrong == "" || s.Draft != "Her birthday is a surprise" || len(s.Bubbles) != 5 {
		t.Fatalf("sent to nobody: %+v, draft %q", s.Chooser, s.Draft)
	}
	for _, n := range []string{"Sue", "Errol", "Priya", "Errol"} {
		vm.Tick(fake.MID(n).String())
	}
	if s = vm.State().Thread; s.Readers.Text != "Only Priya and Sue can read it." || s.Chooser.Wrong != "" {
		t.Errorf("two ticked: %+v", s.Readers)
	}
	vm.Send("Her birthday is a surprise")
	if got := sentTo(t, c); !slices.Equal(got, []string{"Ade", "Priya", "Sue"}) {
		t.Errorf("it is for %v", got)
	}
	s = vm.State().Thread
	if b := last(t, vm); b.Only.Text != "Only for Priya and Sue" || s.Chooser != nil || s.Draft != "" {
		t.Errorf("sent: %+v, chooser %v, draft %q", b.Only, s.Chooser, s.Draft)
	}
	if s.Readers.Text != "Only Priya and Sue can read it." { // the next one may go on from it
		t.Errorf("afterwards: %q", s.Readers.Text)
	}
	vm.Pick(message.ReadersAll)
	vm.Send("Who brings plates?")
	if got := sentTo(t, c); len(got) != 0 {
		t.Errorf("for everyone again, and it is for %v", got)
	}
}

// TestReadersStayWithTheWords: what is typed for one person does not become a message to everyone: not by looking
// elsewhere, not by answering another message, not while one's own words are changed.
func TestReadersStayWithTheWords(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	c.ByTo(elm, "Sue", thread.Post{Thread: c.Picnic(), Text: "Can I tell you something?"}, only("Ade"))
	vm := message.New(d, elm, c.Picnic())
	asked := last(t, vm)
	if asked.Only.Text != "Only for you" {
		t.Fatalf("what Sue wrote says %q", asked.Only.Text)
	}
	readers := func(when, want string) {
		t.Helper()
		if got := vm.State().Thread.Readers.Text; got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	vm.Reply(asked.ID)
	readers("answering", "Only Sue can read it.")
	vm.Typed("Yes, what about Mum?")
	vm = message.New(d, elm, c.Picnic())
	readers("after looking elsewhere", "Only Sue can read it.")
	if got := vm.State().Thread; got.Draft != "Yes, what about Mum?" || got.Answering != "You are answering Sue." {
		t.Errorf("after looking elsewhere: %q, %q", got.Draft, got.Answering)
	}
	priya := vm.State().Thread.Bubbles[2]
	vm.Reply(priya.ID)
	readers("answering everyone's instead, with words typed", "Only Sue can read it.")
	vm.Reply(asked.ID)
	vm.Reply(kp1.ID{})
	readers("answering nobody, with words typed", "Only Sue can read it.")
	vm.Reply(asked.ID)
	vm.Send("Yes, what about Mum?")
	if got := sentTo(t, c); !slices.Equal(got, []string{"Ade", "Sue"}) {
		t.Errorf("the answer is for %v", got)
	}
	readers("after that, since words were typed for her", "Only Sue can read it.")
	vm.Pick(message.ReadersAll)
	mine := last(t, vm)
	vm.Edit(mine.ID)
	readers("changing it", "The same people can read the new words.")
	vm = message.New(d, elm, c.Picnic())
	if got := vm.State().Thread; got.Answering != "You are changing your message." {
		t.Errorf("changing it, after looking elsewhere: %q", got.Answering)
	}
	vm.Send("Yes, tell me")
	g, _ := c.World().Find(elm)
	th, _ := g.Threads().Get(c.Picnic())
	it, _ := th.Last()
	if it.Text != "Yes, tell me" || len(it.For) != 2 || len(it.Versions) != 1 {
		t.Fatalf("changed: %+v", it)
	}
	readers("at the end", "Everyone in Elm Row can read it.")
	vm.Reply(asked.ID)
	vm.Reply(kp1.ID{})
	readers("answering nobody, with nothing typed", "Everyone in Elm Row can read it.")
}

// TestWordsForOthers: who is not named sees that something was said and to whom. It is nothing new to them, they cannot
// answer it, and in a thread that is for others they cannot write.
func TestWordsForOthers(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.New(fake.Live(c), elm, c.Picnic())
	vm.Looked()
	c.ByTo(elm, "Sue", thread.Post{Thread: c.Picnic(), Text: "a secret"}, only("Priya"))
	b := last(t, vm)
	if b.Only.Text != "Only for Priya" || b.Text != "You cannot read this one." || !b.Quiet || b.Reply != "" {
		t.Errorf("shown: %+v", b)
	}
	if n := message.Unread(c.World()); n != 0 {
		t.Errorf("%d new messages, want 0", n)
	}
	if vm.State().Thread.Readers.Text == "" {
		t.Error("the thread itself is everyone's still")
	}
	id := c.ByTo(elm, "Sue", thread.New{Title: "a party"}, only("Priya", "Errol"))
	vm.Open(elm, id)
	s := vm.State()
	if s.Thread.Title != "For other people" || s.Thread.Shut == "" || s.Thread.Choose != "" || s.Thread.Text != "Elm Row. Only for Errol, Priya and Sue" {
		t.Errorf("a thread for others: %+v", s.Thread)
	}
	for _, r := range s.Rows {
		if strings.Contains(r.Title, "party") {
			t.Errorf("the list says %q", r.Title)
		}
	}
}

// TestThreadForFew: what is said in a thread for some people is for them; fewer of them can be chosen, more cannot. Who
// has left is written to no more.
func TestThreadForFew(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	start := message.NewStart(d, elm)
	start.Who(message.ReadersSome)
	draft := message.Draft{About: "A party for Megan", Text: "Saturday?"}
	start.Send(draft)
	if s := start.State(); present.ErrorFor(s.Errors, message.FieldReaders) == "" || s.Readers.Wrong == "" || !s.Made.IsZero() {
		t.Fatalf("nobody ticked: %+v", s.Errors)
	}
	start.Tick(fake.MID("Sue").String())
	start.Tick(fake.MID("Errol").String())
	if s := start.State(); s.Seen.Text != "Only Errol and Sue can read it." {
		t.Errorf("ticked: %+v", s.Seen)
	}
	start.Send(draft)
	made := start.State().Made
	if made.IsZero() {
		t.Fatalf("not made: %+v", start.State())
	}
	g, _ := c.World().Find(elm)
	th, _ := g.Threads().Get(made.Object)
	it, ok := th.Last()
	if want := 3; !ok || len(th.By.For) != want || !slices.Equal(th.By.For, it.For) {
		t.Errorf("title for %d, message for %d, want %d", len(th.By.For), len(it.For), want)
	}
	vm := message.New(d, elm, made.Object)
	s := vm.State().Thread
	if s.Text != "Elm Row. Only for Errol, Sue and you" || s.Readers.Text != "Only Errol and Sue can read it." || s.Box != "Write to Errol and Sue" {
		t.Errorf("the thread: %q, %q, %q", s.Text, s.Readers.Text, s.Box)
	}
	vm.Choose(true)
	vm.Pick(message.ReadersSome)
	if s = vm.State().Thread; len(s.Chooser.People) != 2 {
		t.Errorf("%d can be ticked, want 2", len(s.Chooser.People))
	}
	vm.Pick(message.ReadersAll)
	c.Change(func(w *present.World) {
		x := &w.Groups[slices.IndexFunc(w.Groups, func(g present.Group) bool { return g.ID == elm })]
		x.State.Members = slices.DeleteFunc(slices.Clone(x.State.Members), func(m group.Member) bool { return m.ID == fake.MID("Errol") })
	})
	vm.Send("Errol has left")
	b := last(t, vm)
	if b.Text != "Errol has left" || b.Only.Text != "Only for Sue" {
		t.Errorf("after Errol left: %+v, %+v", b, vm.State().Thread.Problem)
	}
}

// TestTeam: the team is offered where it is fewer than everyone, and guests do not read what is for it.
func TestTeam(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	kinds := func() (out []string) {
		for _, o := range message.NewStart(d, elm).State().Readers.Kinds {
			out = append(out, o.Label)
		}
		return out
	}
	if got := kinds(); !slices.Equal(got, []string{"Everyone", "Only some people"}) {
		t.Errorf("without guests: %q", got)
	}
	if _, err := c.SetRank(t.Context(), elm, fake.MID("Errol"), kp1.RankGuest); err != nil {
		t.Fatal(err)
	}
	if got := kinds(); !slices.Equal(got, []string{"Everyone", "The team", "Only some people"}) {
		t.Errorf("with a guest: %q", got)
	}
	start := message.NewStart(d, elm)
	start.Who(message.ReadersTeam)
	start.Send(message.Draft{About: "Rota", Text: "Who can do Friday?"})
	vm := message.New(d, elm, start.State().Made.Object)
	s := vm.State().Thread
	if s.Text != "Elm Row. 7 people can read this" || s.Readers.Text != "The team of Elm Row can read it. Guests cannot." {
		t.Errorf("the team's thread: %q, %q", s.Text, s.Readers.Text)
	}
	vm.Choose(true)
	vm.Pick(message.ReadersSome)
	if n := len(vm.State().Thread.Chooser.People); n != 6 {
		t.Errorf("%d can be ticked, want all of the team but me: 6", n)
	}
}
