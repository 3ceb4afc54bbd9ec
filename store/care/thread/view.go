package thread

import (
	"encoding/binary"
	"iter"
	"slices"

	"kith/store/care/act"
	"kith/store/care/file"
	"kith/store/care/page"
	"kith/store/kp1"
)

// Item is one post or file in the view. Meta.Time is what its author's computer claimed; At is no earlier than what it answers.
type Item struct {
	act.Meta
	Thread  kp1.ID
	Text    string
	IsFile  bool      // a picture or paper, with no text
	File    file.File // what is said of it, when the words are here; not to be written to
	Words   act.Words
	ReplyTo kp1.ID // none when it answers no post
	At      Place
	Base    []kp1.ID // what its author had seen; not to be written to

	Edited   uint64   // when its words were last changed, unix seconds as claimed; 0: they are the first
	Versions []kp1.ID // the edits of its author, by id

	after Place
}

// PageKey orders posts by thread, then by place.
func (it *Item) PageKey() page.Key { return postKey(it.Thread, it.At, it.ID) }

// postKey holds eight bytes of the thread's id. Two threads that agree in them would be shown as one; to make one that
// agrees with a given thread takes 2^64 tries.
func postKey(thread kp1.ID, at Place, id kp1.ID) page.Key {
	return page.Key{Hi: binary.BigEndian.Uint64(thread[:8]), Lo: at.Second<<24 | at.Turn, ID: id}
}

// head is what is known of a thread beside its posts.
type head struct {
	id    kp1.ID
	known bool
	by    act.Meta
	title string
	words act.Words
}

func (h *head) PageKey() page.Key { return headKey(h.id) }

func headKey(id kp1.ID) page.Key { return page.Key{ID: id} }

// Threads is every thread of a group. It is an immutable value; the zero value has none.
type Threads struct {
	heads page.Book[*head]
	posts page.Book[*Item]
	edits page.Book[*revision]
}

// Thread is one thread. It is a value and stays as it is while the group goes on writing.
type Thread struct {
	ID    kp1.ID
	Known bool // the New act is here; if not, the thread is from before this person joined
	Title string
	Words act.Words // of the title
	By    act.Meta  // who started it

	posts    page.Book[*Item]
	edits    page.Book[*revision]
	from, to int
}

// Len returns the number of threads. O(1).
func (t Threads) Len() int { return t.heads.Len() }

// Posts returns the number of posts in all threads. O(1).
func (t Threads) Posts() int { return t.posts.Len() }

// Get returns one thread. O(log n), reading at most three pages.
func (t Threads) Get(id kp1.ID) (Thread, bool) {
	h, ok := t.heads.Get(headKey(id))
	if !ok {
		return Thread{}, false
	}
	return t.thread(h), true
}

func (t Threads) thread(h *head) Thread {
	first := postKey(h.id, Place{}, kp1.ID{})
	last := page.Key{Hi: first.Hi, Lo: 1<<64 - 1}
	for i := range last.ID {
		last.ID[i] = 0xff
	}
	return Thread{
		ID: h.id, Known: h.known, Title: h.title, Words: h.words, By: h.by,
		posts: t.posts, edits: t.edits, from: t.posts.Index(first), to: t.posts.Index(last),
	}
}

// All returns every thread, the one with the newest post first. O(threads x log posts), reading the pages that hold the
// first and the last post of each.
func (t Threads) All() []Thread {
	out := make([]Thread, 0, t.heads.Len())
	newest := map[kp1.ID]Place{}
	for h := range t.heads.All() {
		th := t.thread(h)
		newest[th.ID] = Place{Second: th.By.Time}
		if it, ok := th.Last(); ok {
			newest[th.ID] = it.At
		}
		out = append(out, th)
	}
	slices.SortFunc(out, func(a, b Thread) int {
		switch x, y := newest[a.ID], newest[b.ID]; {
		case y.Before(x):
			return -1
		case x.Before(y):
			return 1
		}
		return a.ID.Compare(b.ID)
	})
	return out
}

// Len returns the number of posts in the thread. O(1).
func (t Thread) Len() int { return t.to - t.from }

// Items yields posts i to j-1 of the thread in order, the oldest being 0. It reads the pages it passes and no others.
func (t Thread) Items(i, j int) iter.Seq[Item] {
	i, j = max(i, 0), min(j, t.Len())
	return t.items(t.posts.Range(t.from+i, t.from+j))
}

// Newest returns the last n posts, oldest first: what a screen shows when it opens.
func (t Thread) Newest(n int) []Item { return slices.Collect(t.Items(t.Len()-n, t.Len())) }

// Last returns the last post.
func (t Thread) Last() (Item, bool) {
	for it := range t.Items(t.Len()-1, t.Len()) {
		return it, true
	}
	return Item{}, false
}

// Backward yields the posts of the thread, last first.
func (t Thread) Backward() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		n := t.Len()
		for it := range t.posts.Backward(t.to) {
			if n--; n < 0 || !yield(t.now(it)) {
				return
			}
		}
	}
}

func (t Thread) items(in iter.Seq[*Item]) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for it := range in {
			if !yield(t.now(it)) {
				return
			}
		}
	}
}

// now is a post with the words that it has now.
func (t Thread) now(it *Item) Item {
	if t.edits.Len() == 0 || it.IsFile {
		return *it
	}
	if r, ok := t.edits.Get(it.PageKey()); ok {
		return r.show(*it)
	}
	return *it
}

// Find returns the post with this id, looking from the newest backwards: the cost is how far back it stands.
func (t Thread) Find(id kp1.ID) (Item, bool) {
	for it := range t.Backward() {
		if it.ID == id {
			return it, true
		}
	}
	return Item{}, false
}

// Index returns how many posts stand before it.
func (t Thread) Index(it Item) int { return t.posts.Index(it.PageKey()) - t.from }

// FillFile is Fill for a file.
func (t Thread) FillFile(f File) File {
	p := t.Fill(f.asPost())
	f.Base, f.After = p.Base, p.After
	return f
}

// seenLast is how far back Fill looks for posts that nobody has answered yet.
const seenLast = 64

// Fill completes a post with what its author has seen in t: the newest posts that no other names, and their place. It
// leaves one alone that says so already.
func (t Thread) Fill(p Post) Post {
	if len(p.Base) > 0 {
		return p
	}
	named := map[kp1.ID]bool{}
	looked := 0
	for it := range t.Backward() {
		if !named[it.ID] && len(p.Base) < MaxBase {
			p.Base = append(p.Base, it.ID)
			p.After = later(p.After, it.At)
		}
		for _, id := range it.Base {
			named[id] = true
		}
		if looked++; looked == seenLast {
			break
		}
	}
	p.Base = act.SortIDs(p.Base)
	if !p.ReplyTo.IsZero() {
		if it, ok := t.Find(p.ReplyTo); ok {
			p.After = later(p.After, it.At)
		}
	}
	return p
}

func later(a, b Place) Place {
	if a.Before(b) {
		return b
	}
	return a
}
