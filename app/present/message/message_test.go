package message_test

import (
	"fmt"
	"strings"
	"testing"

	"kith/app/present/fake"
	"kith/app/present/message"
	"kith/store/care/thread"
	"kith/store/kp1"
)

var elm = fake.GID(fake.ElmRow)

func TestTheListNeverShowsWords(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := message.New(fake.Live(c), kp1.GID{}, kp1.ID{}).State()
	if len(s.Rows) != 2 || s.Rows[0].Title != "Picnic on Sunday" || s.Rows[0].Text != "Priya, 6.10 pm" || s.Rows[0].New.Text != "3 new" {
		t.Fatalf("rows: %+v", s.Rows)
	}
	if s.Rows[1].Text != "Sue, 8.15 am" || s.Rows[1].Count != 0 {
		t.Errorf("second row: %+v", s.Rows[1])
	}
	if all := fmt.Sprintf("%+v", s.Rows); strings.Contains(all, "sandwiches") {
		t.Error("the list shows what was written")
	}
	if s.Thread != nil || s.Pick.Heading == "" {
		t.Error("a thread is open that nobody chose")
	}
}

func TestOpeningAThreadNotesItAsRead(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.New(fake.Live(c), kp1.GID{}, kp1.ID{})
	if n := message.Unread(c.World()); n != 3 {
		t.Errorf("Unread = %d, want 3", n)
	}
	vm.Open(elm, c.Picnic())
	s := vm.State()
	if n := message.Unread(c.World()); n != 0 || s.Rows[0].Count != 0 {
		t.Errorf("after opening: %d unread, row says %d", n, s.Rows[0].Count)
	}
	th := s.Thread
	if len(th.Bubbles) != 5 || th.Title != "Picnic on Sunday" || th.Text != "Elm Row. 8 people can read this" {
		t.Fatalf("thread: %+v", th)
	}
	if b := th.Bubbles[1]; !b.Mine || b.Time != "5.40 pm" || b.Has.Text != "On 6 of 7 computers. Not yet: Errol." {
		t.Errorf("own message: %+v", b)
	}
	if th.Bubbles[2].Since != "New since you last looked" || th.Bubbles[3].Since != "" {
		t.Errorf("the mark of what is new: %q, %q", th.Bubbles[2].Since, th.Bubbles[3].Since)
	}
}

func TestSendKeepsWhatCouldNotBeSent(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	vm := message.New(d, elm, c.Picnic())
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	vm.Send("I bring a cake")
	s := vm.State().Thread
	if s.Draft != "I bring a cake" || s.Problem.What != "This computer has no room left." || s.Sent != 0 {
		t.Errorf("disk full: %+v", s)
	}
	if again := message.New(d, elm, c.Picnic()).State().Thread.Draft; again != "I bring a cake" {
		t.Errorf("after leaving the page: %q", again)
	}
	vm.Send("I bring a cake")
	s = vm.State().Thread
	last := s.Bubbles[len(s.Bubbles)-1]
	if s.Draft != "" || s.Sent != 1 || last.Text != "I bring a cake" || last.Has.Text != "Saved on this computer. On its way to Bev now. The others get it when their computers are on." {
		t.Errorf("sent: draft %q, last %+v", s.Draft, last)
	}
	vm.Send("   ")
	if got := vm.State().Thread; len(got.Bubbles) != len(s.Bubbles) {
		t.Error("an empty message was sent")
	}
	vm.Send(strings.Repeat("x", 17<<10))
	if got := vm.State().Thread.Wrong; got != "That is too long for one message. Send it in two parts." {
		t.Errorf("too long: %q", got)
	}
}

func TestReply(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.New(fake.Live(c), elm, c.Picnic())
	to := vm.State().Thread.Bubbles[2]
	vm.Reply(to.ID)
	if got := vm.State().Thread.Answering; got != "You are answering Priya." {
		t.Errorf("answering: %q", got)
	}
	vm.Send("No nuts at all?")
	s := vm.State().Thread
	if last := s.Bubbles[len(s.Bubbles)-1]; last.Answers != "To Priya" || s.Answering != "" {
		t.Errorf("the answer: %+v; still %q", last, s.Answering)
	}
}

// TestPages: a long thread is shown 200 at a time, every message is on some page, and going there and back ends at the
// newest.
func TestPages(t *testing.T) {
	c := fake.Family(fake.Evening)
	id := c.Picnic()
	for i := range 446 {
		c.By(elm, "Sue", thread.Post{Thread: id, Text: fmt.Sprint("message ", i)})
	}
	vm := message.New(fake.Live(c), elm, id)
	seen := map[kp1.ID]bool{}
	look := func(want int) message.Thread {
		s := *vm.State().Thread
		if len(s.Bubbles) != want {
			t.Errorf("page of %d, want %d", len(s.Bubbles), want)
		}
		for _, b := range s.Bubbles {
			seen[b.ID] = true
		}
		return s
	}
	s := look(200)
	if s.Later != "" || s.Earlier == "" || s.Bubbles[199].Text != "message 445" {
		t.Errorf("newest page: later %q, earlier %q, last %q", s.Later, s.Earlier, s.Bubbles[199].Text)
	}
	vm.Earlier()
	look(200)
	vm.Earlier()
	s = look(200) // a full page, the oldest
	if s.Earlier != "" || s.Later == "" {
		t.Errorf("oldest page: earlier %q, later %q", s.Earlier, s.Later)
	}
	vm.Earlier()
	look(200)
	if len(seen) != 451 {
		t.Errorf("%d messages seen, want 451", len(seen))
	}
	vm.Later()
	vm.Later()
	vm.Later()
	if s = look(200); s.Later != "" || s.Bubbles[199].Text != "message 445" {
		t.Errorf("back at the newest: later %q, last %q", s.Later, s.Bubbles[199].Text)
	}
}

func TestStartAThread(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.NewStart(fake.Live(c), kp1.GID{})
	vm.Send(message.Draft{})
	if s := vm.State(); len(s.Errors) != 2 || s.Heading == "" {
		t.Errorf("nothing typed: %+v", s.Errors)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	d := message.Draft{About: "Lifts to school", Text: "Who goes by the park?"}
	vm.Send(d)
	if s := vm.State(); s.Draft != d || s.Problem.None() || !s.Made.IsZero() {
		t.Errorf("disk full: %+v", s)
	}
	vm.Send(d)
	s := vm.State()
	g, _ := c.World().Find(elm)
	th, ok := g.Threads().Get(s.Made.Object)
	if !ok || th.Title != "Lifts to school" || th.Len() != 1 {
		t.Errorf("made: %+v, %v", s.Made, ok)
	}
}

func TestEmptyPagesTeach(t *testing.T) {
	c := fake.New(fake.Evening)
	if s := message.New(fake.Live(c), kp1.GID{}, kp1.ID{}).State(); s.Empty.Heading != "Nobody to write to yet" || s.Write != "" {
		t.Errorf("no group: %+v", s.Empty)
	}
}
