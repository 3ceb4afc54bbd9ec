package message_test

import (
	"strings"
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/message"
	"kith/store/care/erase"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// own is a thread with a message of this person's own in it, open.
func own(t *testing.T) (*fake.Core, *present.Desk, *message.VM, kp1.ID) {
	t.Helper()
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	vm := message.New(d, elm, c.Picnic())
	vm.Send("I bring a cake")
	bs := vm.State().Thread.Bubbles
	return c, d, vm, bs[len(bs)-1].ID
}

func bubble(t *testing.T, vm *message.VM, id kp1.ID) message.Bubble {
	t.Helper()
	for _, b := range vm.State().Thread.Bubbles {
		if b.ID == id {
			return b
		}
	}
	t.Fatalf("message %s is not shown", id.Short())
	return message.Bubble{}
}

func TestChangingAMessage(t *testing.T) {
	_, _, vm, id := own(t)
	vm.Typed("half a thought")
	vm.Edit(id)
	s := vm.State().Thread
	if s.Draft != "I bring a cake" || s.Answering != "You are changing your message." || s.Send != "Save" {
		t.Fatalf("while it is changed: %+v", s)
	}
	vm.Send("I bring two cakes")
	b := bubble(t, vm, id)
	if b.Text != "I bring two cakes" || b.Edited == "" || b.Change == "" {
		t.Errorf("after: %+v", b)
	}
	if s := vm.State().Thread; s.Draft != "half a thought" || s.Answering != "" || s.Send != "Send" {
		t.Errorf("what stood in the entry is lost: %+v", s)
	}
	vm.Edit(id)
	vm.Reply(kp1.ID{})
	if s := vm.State().Thread; s.Draft != "half a thought" || s.Answering != "" {
		t.Errorf("left as it was: %+v", s)
	}
}

func TestOnlyOnesOwnCanBeChanged(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.New(fake.Live(c), elm, c.Picnic())
	for _, b := range vm.State().Thread.Bubbles {
		if !b.Mine && b.Change != "" {
			t.Errorf("%s may be changed: %+v", b.Name, b)
		}
		if b.Mine && (b.Change == "" || b.Erase != "Withdraw") {
			t.Errorf("own message: %+v", b)
		}
	}
}

// TestWithdrawingAFile: what somebody saved outside stays with them, and the page says so.
func TestWithdrawingAFile(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	f := thread.File{Thread: c.Picnic(), File: file.File{Name: "map.pdf", Type: "application/pdf"}}
	_, id, err := c.GiveFile(t.Context(), elm, f, []byte("a map"), "", present.Audience{})
	if err != nil {
		t.Fatal(err)
	}
	s := message.NewTakeBack(d, elm, c.Picnic(), id).State()
	if all := strings.Join(s.Lines, " "); s.Quote != "map.pdf" || !strings.Contains(all, "a copy that somebody saved outside Kith") || strings.Contains(all, "words") {
		t.Errorf("the page does not say what stays of a file: %+v", s)
	}
}

func TestWithdrawing(t *testing.T) {
	c, d, vm, id := own(t)
	page := message.NewTakeBack(d, elm, c.Picnic(), id)
	s := page.State()
	if s.Title != "Withdraw your message?" || s.Quote != "I bring a cake" || s.Why != "" || len(s.Lines) != 3 {
		t.Fatalf("page: %+v", s)
	}
	if all := strings.Join(s.Lines, " "); !strings.Contains(all, "does not reach") || !strings.Contains(all, "cannot come back") {
		t.Errorf("the page does not say what it does not reach: %q", all)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	page.Do("")
	if s := page.State(); s.Done || s.Problem.What == "" {
		t.Errorf("disk full: %+v", s)
	}
	page.Do("")
	if !page.State().Done {
		t.Fatalf("not done: %+v", page.State())
	}
	b := bubble(t, vm, id)
	if b.Text != "You withdrew this" || !b.Quiet || b.Change != "" || b.Erase != "" {
		t.Errorf("after: %+v", b)
	}
	if again := message.NewTakeBack(d, elm, c.Picnic(), id).State(); again.Gone == "" || again.Yes != "" {
		t.Errorf("a second time: %+v", again)
	}
}

func TestTakingAwayAsksWhy(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	vm := message.New(d, elm, c.Picnic())
	var other kp1.ID
	for _, b := range vm.State().Thread.Bubbles {
		if !b.Mine {
			other = b.ID
		}
	}
	leads := bubble(t, vm, other).Erase != ""
	page := message.NewTakeBack(d, elm, c.Picnic(), other)
	if !leads {
		if page.State().Gone == "" {
			t.Errorf("somebody who does not lead may take away: %+v", page.State())
		}
		g, _ := c.World().Find(elm)
		if _, err := c.SetRank(t.Context(), elm, g.Me, kp1.RankAdmin); err != nil {
			t.Fatal(err)
		}
		page = message.NewTakeBack(d, elm, c.Picnic(), other)
	}
	page.Do("")
	if s := page.State(); s.WhyMissing == "" || s.Done {
		t.Fatalf("without a reason: %+v", s)
	}
	page.Choose("private")
	page.Do(strings.Repeat("x", 501))
	if s := page.State(); s.NoteWrong == "" || s.Done {
		t.Fatalf("too long: %+v", s)
	}
	page.Do("it names a child")
	if !page.State().Done {
		t.Fatalf("not done: %+v", page.State())
	}
	if b := bubble(t, vm, other); b.Text != "You took this away: it said too much about somebody. it names a child" {
		t.Errorf("after: %q", b.Text)
	}
}

func TestSomebodyElseWithdraws(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := message.New(fake.Live(c), elm, c.Picnic())
	post := c.By(elm, "Bev", thread.Post{Thread: c.Picnic(), Text: "oops"})
	c.By(elm, "Bev", erase.Delete{Target: post})
	if b := bubble(t, vm, post); b.Text != "Withdrawn by Bev" {
		t.Errorf("after: %+v", b)
	}
}
