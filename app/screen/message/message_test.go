package message_test

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/message"
	"kith/app/uitest"
	"kith/store/care/thread"
	"kith/store/kp1"
)

var elm = fake.GID(fake.ElmRow)

func open(t *testing.T, c *fake.Core, r present.Route, size fyne.Size, colours look.Colours, percent int) (*uitest.Page, *present.Route) {
	t.Helper()
	var went present.Route
	p := uitest.Open(t, func() fyne.CanvasObject {
		s := message.Open(fake.Live(c), screen.Nav{Go: func(r present.Route) { went = r }, Done: func(r present.Route) { went = r }, Back: func() {}}, r)
		t.Cleanup(s.Leave)
		return s.Content()
	}, size.SubtractWidthHeight(212, 0), colours, percent)
	return p, &went
}

func picnic(c *fake.Core) present.Route {
	return present.Route{Place: present.PlaceMessages, Page: present.PageOne, Group: elm, Object: c.Picnic()}
}

func TestWriteAndSend(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, _ := open(t, c, picnic(c), uitest.Laptop, look.Light, 100)
	p.Type("Write to Elm Row", "I bring a cake")
	p.Press("Send")
	if !p.Has("Ade, 9.02 pm, I bring a cake") {
		t.Errorf("the message is not on the page:\n%s", p.Text())
	}
	if got := p.FieldText("Write to Elm Row"); got != "" {
		t.Errorf("after sending the box holds %q", got)
	}
	if !p.Says("Saved on this computer. On its way to Bev now. The others get it when their computers are on.") {
		t.Error("nothing says who has it")
	}
}

func TestWhatIsTypedStaysWhenTheDiskIsFull(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, _ := open(t, c, picnic(c), uitest.Laptop, look.Light, 100)
	p.Type("Write to Elm Row", "I bring a cake")
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	p.Press("Send")
	if got := p.FieldText("Write to Elm Row"); got != "I bring a cake" || !p.Says("This computer has no room left.") {
		t.Errorf("the box holds %q; page:\n%s", got, p.Text())
	}
}

func TestReplyIsSaidAboveTheBox(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, _ := open(t, c, picnic(c), uitest.Laptop, look.Light, 100)
	p.Press("Reply, Priya, 6.02 pm")
	if !p.Says("You are answering Priya.") {
		t.Errorf("page:\n%s", p.Text())
	}
	p.Press("Do not answer")
	if p.Says("You are answering Priya.") {
		t.Error("still answering")
	}
}

func TestARowOpensItsThread(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, present.Route{Place: present.PlaceMessages}, uitest.Laptop, look.Light, 100)
	p.Press("Picnic on Sunday*")
	if went.Object != c.Picnic() {
		t.Errorf("went to %+v", *went)
	}
}

func TestAMessageThatComesIsShown(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, _ := open(t, c, picnic(c), uitest.Laptop, look.Light, 100)
	p.Type("Write to Elm Row", "half a sen")
	c.By(elm, "Sue", post(c, "Is it still at eleven?"))
	if !p.Has("Sue, 9.02 pm, Is it still at eleven?") || p.FieldText("Write to Elm Row") != "half a sen" {
		t.Errorf("page:\n%s", p.Text())
	}
	g, _ := c.World().Find(elm)
	th, _ := g.Threads().Get(c.Picnic())
	if last, _ := th.Last(); !g.Opened(last.ID) {
		t.Error("a message that came while the thread is open counts as new")
	}
}

func TestStartAThread(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, present.Route{Place: present.PlaceMessages, Page: present.PageNew}, uitest.Laptop, look.Light, 100)
	p.Press("Send")
	if !p.Says("There is something to put right") {
		t.Errorf("nothing typed:\n%s", p.Text())
	}
	p.Shot("message-new-error")
	p.AssertSound()
	p.Type("What is it about?*", "Lifts to school")
	p.Type("Your message*", "Who goes by the park?")
	p.Press("Send")
	if went.Page != present.PageOne || went.Object.IsZero() {
		t.Errorf("went to %+v", *went)
	}
}

func TestTakingAMessageAway(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, picnic(c), uitest.Laptop, look.Light, 100)
	g, _ := c.World().Find(elm)
	th, _ := g.Threads().Get(c.Picnic())
	var own kp1.ID
	for it := range th.Backward() {
		if it.Author == g.Me {
			own = it.ID
			break
		}
	}
	p.Press("Withdraw, *")
	if went.Page != present.PageRemove || went.Part != own {
		t.Fatalf("went to %+v", *went)
	}
	p, back := open(t, c, *went, uitest.Laptop, look.Light, 100)
	p.Shot("message-withdraw")
	p.AssertSound()
	p.Press("Withdraw")
	if back.Object != c.Picnic() || back.Page != present.PageOne {
		t.Errorf("went back to %+v", *back)
	}
	p, _ = open(t, c, picnic(c), uitest.Laptop, look.Light, 100)
	if !p.Says("You withdrew this") {
		t.Errorf("after:\n%s", p.Text())
	}
	if _, err := c.SetRank(t.Context(), elm, g.Me, kp1.RankAdmin); err != nil {
		t.Fatal(err)
	}
	p, went = open(t, c, picnic(c), uitest.Laptop, look.Light, 100)
	p.Press("Take away, Priya*")
	p, _ = open(t, c, *went, uitest.Laptop, look.Light, 100)
	p.Press("Take away")
	if !p.Says("Choose why.") {
		t.Errorf("without a reason:\n%s", p.Text())
	}
	p.Press("it was unkind")
	p.Shot("message-take-away")
	p.AssertSound()
}

func TestMessagesAreSound(t *testing.T) {
	long := fake.Family(fake.Evening)
	for range 30 {
		long.By(elm, "Priya", post(long, "It took us a year before the evenings after got easier. We walk home the long way round now, and it helps a good deal."))
	}
	list := present.Route{Place: present.PlaceMessages}
	for _, x := range []struct {
		name    string
		core    *fake.Core
		route   present.Route
		size    fyne.Size
		colours look.Colours
		percent int
	}{
		{"message-light", fake.Family(fake.Evening), picnic(long), uitest.Laptop, look.Light, 100},
		{"message-dark", fake.Family(fake.Evening), picnic(long), uitest.Laptop, look.Dark, 100},
		{"message-strong", fake.Family(fake.Evening), picnic(long), uitest.Laptop, look.Strong, 100},
		{"message-200", fake.Family(fake.Evening), picnic(long), uitest.Laptop, look.Light, 200},
		{"message-small", fake.Family(fake.Evening), picnic(long), uitest.Small, look.Light, 100},
		{"message-small-200", long, picnic(long), uitest.Small, look.Light, 200},
		{"message-long", long, picnic(long), uitest.Laptop, look.Light, 100},
		{"message-list", fake.Family(fake.Evening), list, uitest.Laptop, look.Light, 100},
		{"message-list-200", fake.Family(fake.Evening), list, uitest.Small, look.Light, 200},
		{"message-empty", fake.New(fake.Evening), list, uitest.Laptop, look.Light, 100},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, _ := open(t, x.core, x.route, x.size, x.colours, x.percent)
			p.Shot(x.name)
			p.AssertSound()
		})
	}
}

// TestLowWindow: in a low window with the largest words the messages keep half of the thread, and the box to write in
// and its button are in view.
func TestLowWindow(t *testing.T) {
	c := fake.Family(fake.Evening)
	for range 10 {
		c.By(elm, "Priya", post(c, "We walk home the long way round now, and it helps a good deal."))
	}
	p, _ := open(t, c, picnic(c), fyne.NewSize(1100, 700), look.Light, 200)
	p.Shot("message-low-200")
	seen := false
	for _, x := range p.Things() {
		seen = seen || x.InView && x.Label == "Priya, 9.02 pm, We walk home the long way round now, and it helps a good deal."
	}
	if !seen {
		t.Error("no message is in view")
	}
	for _, name := range []string{"Write to Elm Row", "Send"} {
		if !p.Find(name).InView {
			t.Errorf("%s is not in view", name)
		}
	}
	p.AssertSound()
}

// TestHideAndShowAgain: one press at a message hides what its author writes, a line stands in its place, and one press
// there shows it again; in wide and narrow windows, in small and large words.
func TestHideAndShowAgain(t *testing.T) {
	for _, x := range []struct {
		name    string
		size    fyne.Size
		percent int
	}{{"message-hidden-100", uitest.Laptop, 100}, {"message-hidden-200", uitest.Laptop, 200}, {"message-hidden-small", uitest.Small, 100}} {
		t.Run(x.name, func(t *testing.T) {
			c := fake.Family(fake.Evening)
			c.By(elm, "Priya", post(c, "Is it still at eleven?"))
			c.By(elm, "Sue", post(c, "buy"))
			c.By(elm, "Sue", post(c, "buy more"))
			p, _ := open(t, c, picnic(c), x.size, look.Light, x.percent)
			p.Press("Hide what Sue writes, Sue, 9.02 pm") // once, under the second of hers
			if p.Has("Sue, 9.02 pm, buy more") || !p.Says("2 messages by Sue are hidden on this computer.") || !p.Has("Priya, 9.02 pm, Is it still at eleven?") {
				t.Errorf("page:\n%s", p.Text())
			}
			p.Shot(x.name)
			p.AssertSound()
			p.Press("Show them, Sue")
			if !p.Has("Sue, 9.02 pm, buy more") || p.Says("2 messages by Sue are hidden on this computer.") {
				t.Errorf("shown again:\n%s", p.Text())
			}
		})
	}
}

// TestChooseWhoReads: the chooser stands in the place of the messages, with a box to tick for each person; what was ticked
// is said before sending and at the message. In wide and narrow windows, small and large words, light, dark and strong.
func TestChooseWhoReads(t *testing.T) {
	for _, x := range []struct {
		name    string
		size    fyne.Size
		colours look.Colours
		percent int
	}{
		{"message-readers", uitest.Laptop, look.Light, 100},
		{"message-readers-dark", uitest.Laptop, look.Dark, 100},
		{"message-readers-strong", uitest.Laptop, look.Strong, 150},
		{"message-readers-200", uitest.Laptop, look.Light, 200},
		{"message-readers-small", uitest.Small, look.Light, 150},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := fake.Family(fake.Evening)
			p, _ := open(t, c, picnic(c), x.size, x.colours, x.percent)
			if !p.Says("Everyone in Elm Row can read it.") {
				t.Fatalf("page:\n%s", p.Text())
			}
			p.Type("Write to Elm Row", "Her birthday is a surprise")
			p.Press("Change who can read it")
			p.Press("Only some people")
			p.Press("Done")
			p.Press("Send")
			if !p.Says("Tick at least one person, or choose everyone.") {
				t.Errorf("sent to nobody:\n%s", p.Text())
			}
			p.Press("Sue")
			p.Press("Priya")
			p.Shot(x.name)
			p.AssertSound()
			p.Press("Done")
			if !p.Says("Only Priya and Sue can read it.") {
				t.Errorf("ticked:\n%s", p.Text())
			}
			p.Press("Send")
			if !p.Has("Ade, 9.02 pm, Only for Priya and Sue, Her birthday is a surprise") {
				t.Errorf("sent:\n%s", p.Text())
			}
			c.ByTo(elm, "Sue", post(c, "Does Megan know?"), present.Audience{Only: []kp1.MID{fake.MID("Ade"), fake.MID("Priya")}})
			c.ByTo(elm, "Priya", post(c, "not for Ade"), present.Audience{Only: []kp1.MID{fake.MID("Sue")}})
			if !p.Has("Sue, 9.02 pm, Only for Priya and you, Does Megan know?") || p.Says("not for Ade") || p.Has("Reply, Priya, 9.02 pm") {
				t.Errorf("what came:\n%s", p.Text())
			}
			p.Press("Reply, Sue, 9.02 pm")
			p.Shot(x.name + "-sent")
			p.AssertSound()
		})
	}
}

// TestThreadForOthers: where a thread is for others there is nothing to type into, and a line says why.
func TestThreadForOthers(t *testing.T) {
	c := fake.Family(fake.Evening)
	id := c.ByTo(elm, "Sue", thread.New{Title: "a party"}, present.Audience{Only: []kp1.MID{fake.MID("Priya")}})
	p, _ := open(t, c, present.Route{Place: present.PlaceMessages, Page: present.PageOne, Group: elm, Object: id}, uitest.Laptop, look.Light, 100)
	if !p.Says("This is for other people. You cannot read it or write here.") || p.Says("party") || p.Has("Send") {
		t.Errorf("page:\n%s", p.Text())
	}
	p.Shot("message-others")
	p.AssertSound()
}

// TestStartForSome: a new conversation for those who are ticked.
func TestStartForSome(t *testing.T) {
	for _, percent := range []int{100, 200} {
		c := fake.Family(fake.Evening)
		p, went := open(t, c, present.Route{Place: present.PlaceMessages, Page: present.PageNew}, uitest.Laptop, look.Light, percent)
		p.Press("Only some people")
		p.Type("What is it about?*", "A party for Megan")
		p.Type("Your message*", "Saturday?")
		p.Press("Send")
		if !p.Says("There is something to put right") {
			t.Errorf("nobody ticked:\n%s", p.Text())
		}
		p.Press("Sue")
		p.Shot(fmt.Sprint("message-new-some-", percent))
		p.AssertSound()
		p.Press("Send")
		g, _ := c.World().Find(elm)
		if th, ok := g.Threads().Get(went.Object); !ok || len(th.By.For) != 2 {
			t.Errorf("went to %+v, for %d", *went, len(th.By.For))
		}
	}
}

func post(c *fake.Core, text string) thread.Post { return thread.Post{Thread: c.Picnic(), Text: text} }
