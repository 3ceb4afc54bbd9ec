package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/message"
	"kith/app/present/news"
	"kith/app/present/shell"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestF16HideOneClick: Sue writes 10,000 messages between those of others. Hiding what she writes leaves theirs, in
// order and first, on pages that are full; what is new counts theirs alone; and one more click shows all of it again.
func TestF16HideOneClick(t *testing.T) {
	const spam, every = 10_000, 40
	evening := fake.Evening()
	c := fake.Family(func() time.Time { return evening })
	picnic := c.Picnic()
	var others []string
	for i := range spam {
		c.By(elm, "Sue", thread.Post{Thread: picnic, Text: fmt.Sprint("buy ", i)})
		if i%every == 0 {
			others = append(others, fmt.Sprint("Priya says ", i))
			c.By(elm, "Priya", thread.Post{Thread: picnic, Text: others[len(others)-1]})
		}
	}
	for i := range 300 { // and threads of her own, above everybody else's
		c.By(elm, "Sue", thread.New{Title: fmt.Sprint("Cheap things ", i)})
	}
	d := fake.Live(c)
	vm := message.New(d, kp1.GID{}, kp1.ID{})
	if s := vm.State(); len(s.Rows) != 302 || s.Rows[0].ID == picnic {
		t.Fatalf("before: %d rows, the first %q", len(s.Rows), s.Rows[0].Title)
	}
	vm.Open(elm, picnic)
	newest := vm.State().Thread.Bubbles
	if last := newest[len(newest)-1]; last.Name != "Sue" || last.Hide != "Hide what Sue writes" {
		t.Fatalf("before: the newest message is %+v", last)
	}
	vm.Hide(newest[len(newest)-1].By)

	s := vm.State()
	if len(s.Rows) != 1 || s.Rows[0].Text != "Priya, 9.02 pm" {
		t.Errorf("hidden: %d rows, the first says %q", len(s.Rows), s.Rows[0].Text)
	}
	if want := "301 more are not listed"; !strings.Contains(s.Note, want) {
		t.Errorf("the list says %q, and not that %s", s.Note, want)
	}
	texts, hidden := read(t, *s.Thread)
	if want := others[len(others)-message.PageSize:]; !equal(texts, want) || hidden != message.PageSize {
		t.Errorf("the newest page has %d messages of others and %d gaps, want Priya's last %d with one each", len(texts), hidden, len(want))
	}
	if last := s.Thread.Bubbles[len(s.Thread.Bubbles)-1]; last.Hidden != "39 messages by Sue are hidden on this computer." || last.Show != "Show them" {
		t.Errorf("in place of the newest of hers: %+v", last)
	}
	vm.Earlier() // the oldest page: 200 messages of others again, from the very first
	s = vm.State()
	if texts, _ = read(t, *s.Thread); len(texts) != message.PageSize || s.Thread.Earlier != "" || s.Thread.Later == "" {
		t.Errorf("the oldest page has %d messages of others; earlier %q, later %q", len(texts), s.Thread.Earlier, s.Thread.Later)
	}
	vm.Later()
	if texts, _ = read(t, *vm.State().Thread); texts[len(texts)-1] != others[len(others)-1] {
		t.Errorf("back at the newest: %q is last", texts[len(texts)-1])
	}

	vm.Looked()
	c.By(elm, "Sue", thread.Post{Thread: picnic, Text: "buy more"})
	if n := message.Unread(c.World()); n != 0 {
		t.Errorf("a hidden message makes %d new ones", n)
	}
	c.By(elm, "Priya", thread.Post{Thread: picnic, Text: "Is it still on?"})
	c.By(elm, "Sue", thread.Post{Thread: picnic, Text: "buy more"})
	if n := message.Unread(c.World()); n != 1 {
		t.Errorf("a message of Priya's between hidden ones makes %d new ones, want 1", n)
	}
	for _, p := range shell.New(d).State().Places {
		if p.Place == present.PlaceMessages && p.Count != 1 {
			t.Errorf("the rail says %q", p.Said)
		}
	}

	vm.Show(fake.MID("Sue"))
	s = vm.State()
	if texts, hidden = read(t, *s.Thread); hidden != 0 || texts[len(texts)-1] != "buy more" || len(s.Rows) != 302 {
		t.Errorf("shown again: %d gaps, the newest %q, %d rows", hidden, texts[len(texts)-1], len(s.Rows))
	}
}

func read(t *testing.T, s message.Thread) (texts []string, hidden int) {
	t.Helper()
	for _, b := range s.Bubbles {
		if b.Hidden != "" {
			hidden++
			continue
		}
		if b.Name == "Sue" && len(texts) == 0 && s.Later != "" {
			t.Errorf("%q is shown", b.Text)
		}
		texts = append(texts, b.Text)
	}
	return texts, hidden
}

func equal(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

// TestHiddenIsSaidByPerson: one line for each person in the place of all that they wrote there; what I wrote is never
// hidden; a thread that a hidden person started has no words of theirs in its name, here or in the news.
func TestHiddenIsSaidByPerson(t *testing.T) {
	c := fake.Family(fake.Evening)
	id := c.By(elm, "Sue", thread.New{Title: "Cheap things"})
	for _, by := range []string{"Sue", "Tom", "Sue", "Ade", "Tom"} {
		c.By(elm, by, thread.Post{Thread: id, Text: "by " + by})
	}
	c.Change(func(w *present.World) {
		w.News = append(w.News, present.New{ID: kp1.ID{9}, Group: elm, Kind: present.NewsMessage, By: fake.MID("Priya"), Object: id, At: fake.Evening()})
	})
	d := fake.Live(c)
	vm := message.New(d, elm, id)
	for _, who := range []string{"Sue", "Tom", "Ade"} {
		vm.Hide(fake.MID(who))
	}
	s := *vm.State().Thread
	var got []string
	for _, b := range s.Bubbles {
		got = append(got, b.Hidden+b.Text)
	}
	want := []string{"2 messages by Sue are hidden on this computer.", "1 message by Tom is hidden on this computer.", "by Ade", "1 message by Tom is hidden on this computer."}
	if !equal(got, want) {
		t.Errorf("thread:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s.Title != "Started by Sue, whose words are hidden here" {
		t.Errorf("title: %q", s.Title)
	}
	for _, r := range news.New(d).State().Rows {
		if strings.Contains(r.Title, "Cheap") {
			t.Errorf("the news say %q", r.Title)
		}
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	vm.Show(fake.MID("Tom"))
	if s := vm.State().Thread; s.Problem.None() || s.Bubbles[1].Hidden == "" {
		t.Errorf("a full disk: %+v", s.Problem)
	}
}
