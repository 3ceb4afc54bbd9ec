package thread

import (
	"fmt"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/kp1"
)

// Check says whether a may be added: a post needs its thread, and a post it answers must stand there.
func (t Threads) Check(a act.Act) error {
	if err := a.Valid(); err != nil {
		return err
	}
	var p Post
	switch a := a.(type) {
	case Post:
		p = a
	case File:
		p = a.asPost()
	default:
		return nil
	}
	th, ok := t.Get(p.Thread)
	if !ok || !th.Known {
		return fmt.Errorf("thread %s: %w", p.Thread.Short(), act.RuleUnknown)
	}
	if !p.ReplyTo.IsZero() {
		if _, ok := th.Find(p.ReplyTo); !ok {
			return fmt.Errorf("post %s: %w", p.ReplyTo.Short(), act.RuleUnknown)
		}
	}
	return nil
}

// Apply adds events in any order; those of other packages and those known already change nothing. The cost of one event
// is O(log posts) and a page; of a batch, its number times O(log posts).
func (t Threads) Apply(es ...act.Event) Threads {
	b := books{t.heads.Edit(), t.posts.Edit(), t.edits.Edit()}
	for _, e := range es {
		switch a := e.Act.(type) {
		case New:
			b.addHead(&head{e.ID, true, e.Meta, a.Title, a.State})
		case Post:
			b.addPost(a.item(e.Meta))
			b.addHead(&head{id: a.Thread})
		case File:
			b.addPost(a.item(e.Meta))
			b.addHead(&head{id: a.Thread})
		case Edit:
			b.edit(e, a)
		}
	}
	return Threads{b.heads.Book(), b.posts.Book(), b.edits.Book()}
}

func (b books) addHead(h *head) {
	have, ok := b.heads.Get(h.PageKey())
	if ok && (!h.known || have.known && !act.Better(have.words, h.words)) {
		return
	}
	b.heads.Put(h)
}

func (b books) addPost(it *Item) {
	have, ok := b.posts.Get(it.PageKey())
	if ok && !act.Better(have.Words, it.Words) {
		return
	}
	b.put(it)
}

// Saved is where a checkpoint keeps the threads.
type Saved struct {
	_     struct{} `cbor:",toarray"`
	Heads page.Ref
	Posts page.Ref
	Edits page.Ref
}

// Save puts what has changed on the shelf.
func (t Threads) Save(put page.Shelf) (s Saved, err error) {
	if s.Heads, err = t.heads.Save(put, encodeHeads); err != nil {
		return s, err
	}
	if s.Posts, err = t.posts.Save(put, encodePosts); err != nil {
		return s, err
	}
	s.Edits, err = t.edits.Save(put, encodeEdits)
	return s, err
}

// Open reads what Save wrote. It reads no post: their pages are read when they are looked at.
func Open(src *page.Source, s Saved) (t Threads, err error) {
	if t.heads, err = page.Open(src, s.Heads, decodeHeads); err != nil {
		return Threads{}, fmt.Errorf("threads: %w", err)
	}
	if t.posts, err = page.Open(src, s.Posts, decodePosts); err != nil {
		return Threads{}, fmt.Errorf("posts: %w", err)
	}
	if t.edits, err = page.Open(src, s.Edits, decodeEdits); err != nil {
		return Threads{}, fmt.Errorf("versions of posts: %w", err)
	}
	return t, nil
}

// savedHead is a thread in a checkpoint: its id, and its New act in a list of none or one.
type savedHead struct {
	_   struct{} `cbor:",toarray"`
	ID  [32]byte
	New []act.Record
}

func encodeHeads(hs []*head) ([]byte, error) {
	out := make([]savedHead, len(hs))
	for i, h := range hs {
		out[i].ID = h.id
		if !h.known {
			continue
		}
		r, err := act.ToRecord(act.Event{Meta: h.by, Act: New{h.title, act.Worded{State: h.words}}})
		if err != nil {
			return nil, err
		}
		out[i].New = []act.Record{r}
	}
	return kp1.Marshal(out)
}

func decodeHeads(b []byte) ([]*head, error) {
	var in []savedHead
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, err
	}
	out := make([]*head, len(in))
	for i, s := range in {
		out[i] = &head{id: s.ID}
		if len(s.New) == 0 {
			continue
		}
		e, err := s.New[0].Event(decodeAct)
		n, ok := e.Act.(New)
		if err != nil || !ok || len(s.New) > 1 || e.ID != kp1.ID(s.ID) {
			return nil, fmt.Errorf("thread %s: %w", kp1.ID(s.ID).Short(), kp1.ErrForm)
		}
		out[i] = &head{e.ID, true, e.Meta, n.Title, n.State}
	}
	return out, nil
}

func decodeAct(typ string, body, payload []byte) (act.Act, error) {
	a, ok, err := Decode(typ, body, payload)
	if !ok {
		return nil, kp1.ErrForm
	}
	return a, err
}

// item is the post in the view.
func (p Post) item(m act.Meta) *Item {
	return &Item{
		Meta: m, Thread: p.Thread, Text: p.Text, Words: p.State, ReplyTo: p.ReplyTo,
		At: place(m.Time, p.After), Base: p.Base, after: p.After,
	}
}

// act is what made the item.
func (it *Item) act() act.Act {
	if it.IsFile {
		return File{it.Thread, it.File, it.ReplyTo, it.Base, it.after, act.Worded{State: it.Words}}
	}
	return Post{it.Thread, it.Text, it.ReplyTo, it.Base, it.after, act.Worded{State: it.Words}}
}

func encodePosts(its []*Item) ([]byte, error) {
	out := make([]act.Record, len(its))
	for i, it := range its {
		r, err := act.ToRecord(act.Event{Meta: it.Meta, Act: it.act()})
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return kp1.Marshal(out)
}

func decodePosts(b []byte) ([]*Item, error) {
	var in []act.Record
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, err
	}
	out := make([]*Item, len(in))
	for i, r := range in {
		e, err := r.Event(decodeAct)
		if err != nil {
			return nil, err
		}
		switch a := e.Act.(type) {
		case Post:
			out[i] = a.item(e.Meta)
		case File:
			out[i] = a.item(e.Meta)
		default:
			return nil, fmt.Errorf("post %s: %w", e.ID.Short(), kp1.ErrForm)
		}
	}
	return out, nil
}
