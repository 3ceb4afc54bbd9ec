package thread

import (
	"fmt"
	"slices"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/kp1"
)

// Edit gives a post other words: by whoever wrote it, on any of their devices. At is where the post stands, and Base the
// newest versions the author had seen, none for the first edit.
type Edit struct {
	Thread kp1.ID
	Post   kp1.ID
	At     Place
	Text   string
	Base   []kp1.ID
	act.Worded
}

// Type is "thread/edit".
func (Edit) Type() string { return "thread/edit" }

// Refs is the thread, the post and the versions seen.
func (e Edit) Refs() []kp1.ID { return act.Refs(e.Base, []kp1.ID{e.Thread, e.Post}) }

// Valid says whether the act is well formed.
func (e Edit) Valid() error {
	switch {
	case e.Thread.IsZero() || e.Post.IsZero():
		return act.RuleUnknown
	case len(e.Base) > MaxBase:
		return act.RuleTooMany
	case e.At.Second > MaxSecond || e.At.Turn > MaxTurn:
		return act.RuleForm
	case e.State != act.Here:
		return nil
	case e.Text == "":
		return act.RuleEmpty
	}
	return act.Lines("post", e.Text, act.MaxPost)
}

// Bare returns the edit without its text.
func (e Edit) Bare(w act.Words) act.Act {
	e.Text, e.State = "", w
	return e
}

// revision is every version of one post but the first. The words of those that a newer one has replaced are not kept, nor
// any once the post was taken away.
type revision struct {
	key    page.Key
	struck bool
	edits  []act.Event // by id
}

func (r *revision) PageKey() page.Key { return r.key }

// next returns a copy of r with its words tidied, and one more edit in it.
func (r *revision) next(struck bool, more ...act.Event) *revision {
	out := &revision{key: r.key, struck: r.struck || struck}
	edits, _ := act.Insert(r.edits, more...)
	out.edits = slices.Clone(edits)
	over := replaced(out.edits)
	for i, e := range out.edits {
		if out.struck || over[e.ID] {
			out.edits[i].Act = act.Bare(e.Act, act.Taken)
		}
	}
	return out
}

// replaced are the edits that a later one by the same person had seen.
func replaced(edits []act.Event) map[kp1.ID]bool {
	by := make(map[kp1.ID]kp1.MID, len(edits))
	for _, e := range edits {
		by[e.ID] = e.Author
	}
	over := map[kp1.ID]bool{}
	for _, e := range edits {
		for _, id := range e.Act.(Edit).Base {
			if who, here := by[id]; here && who == e.Author {
				over[id] = true
			}
		}
	}
	return over
}

// newest are the edits by one person that none of theirs has replaced. The last is the one in force.
func (r *revision) newest(who kp1.MID) (out []act.Event) {
	over := replaced(r.edits)
	for _, e := range r.edits {
		if e.Author == who && !over[e.ID] {
			out = append(out, e)
		}
	}
	return out
}

// show gives a post the words of its newest version.
func (r *revision) show(it Item) Item {
	for _, e := range r.edits {
		if e.Author == it.Author {
			it.Versions = append(it.Versions, e.ID)
		}
	}
	now := r.newest(it.Author)
	if len(now) == 0 || r.struck {
		return it
	}
	last := now[len(now)-1]
	edit := last.Act.(Edit)
	it.Text, it.Words, it.Edited = edit.Text, edit.State, last.Time
	return it
}

// edited says whether somebody has given a post of theirs other words.
func (r *revision) edited(who kp1.MID) bool {
	return slices.ContainsFunc(r.edits, func(e act.Event) bool { return e.Author == who })
}

// books are the books of Threads while events go in.
type books struct {
	heads *page.Editor[*head]
	posts *page.Editor[*Item]
	edits *page.Editor[*revision]
}

// edit files a version of a post, whether the post is here or not.
func (b books) edit(e act.Event, a Edit) {
	b.revise(postKey(a.Thread, a.At, a.Post), false, e)
}

// revise changes the versions of a post, and takes away the words that are not to be kept.
func (b books) revise(key page.Key, struck bool, more ...act.Event) {
	have, ok := b.edits.Get(key)
	if !ok {
		have = &revision{key: key}
	}
	b.edits.Put(have.next(struck, more...))
	if it, ok := b.posts.Get(key); ok {
		b.put(it)
	}
}

// put files a post, without its first words where there are others by now.
func (b books) put(it *Item) {
	if r, ok := b.edits.Get(it.PageKey()); ok && !it.IsFile && it.Words != act.Taken && (r.struck || r.edited(it.Author)) {
		bare := *it
		bare.Text, bare.Words = "", act.Taken
		it = &bare
	}
	b.posts.Put(it)
}

// Strike takes away every version of a post: e is the post as what took it away says that it was.
func (t Threads) Strike(es ...act.Event) Threads {
	b := books{t.heads.Edit(), t.posts.Edit(), t.edits.Edit()}
	for _, e := range es {
		if p, ok := e.Act.(Post); ok {
			b.revise(postKey(p.Thread, place(e.Time, p.After), e.ID), true)
		}
	}
	return Threads{b.heads.Book(), b.posts.Book(), b.edits.Book()}
}

// Replaced are the versions of a post, the first among them, whose words are not shown any more now that an edit came:
// those that a later one replaced, unless they are kept, and all once the post was taken away.
func (t Threads) Replaced(e Edit, keep bool) (out []kp1.ID) {
	key := postKey(e.Thread, e.At, e.Post)
	r, ok := t.edits.Get(key)
	if !ok {
		return nil
	}
	over := replaced(r.edits)
	for _, x := range r.edits {
		if r.struck || over[x.ID] && !keep {
			out = append(out, x.ID)
		}
	}
	if it, ok := t.posts.Get(key); ok && !keep && !it.IsFile && r.edited(it.Author) {
		out = append(out, e.Post)
	}
	return out
}

// FillEdit completes an edit that me is about to make: where the post stands, and the versions that are here.
func (t Threads) FillEdit(me kp1.MID, e Edit) Edit {
	th, ok := t.Get(e.Thread)
	if !ok {
		return e
	}
	it, ok := th.Find(e.Post)
	if !ok {
		return e
	}
	e.At = it.At
	if r, ok := t.edits.Get(it.PageKey()); ok && len(e.Base) == 0 {
		now := r.newest(me)
		for _, x := range now[max(0, len(now)-MaxBase):] {
			e.Base = append(e.Base, x.ID)
		}
	}
	return e
}

// CheckEdit says whether me may make an edit: nil, or a rule.
func (t Threads) CheckEdit(me kp1.MID, e Edit) error {
	if err := e.Valid(); err != nil {
		return err
	}
	th, ok := t.Get(e.Thread)
	if !ok || !th.Known {
		return fmt.Errorf("thread %s: %w", e.Thread.Short(), act.RuleUnknown)
	}
	it, ok := th.Find(e.Post)
	switch {
	case !ok || it.At != e.At:
		return fmt.Errorf("post %s: %w", e.Post.Short(), act.RuleUnknown)
	case it.Author != me:
		return act.RuleNotYours
	case it.Words != act.Here || it.IsFile:
		return act.RuleWordless
	}
	return nil
}

type savedRevision struct {
	_      struct{} `cbor:",toarray"`
	Hi, Lo uint64
	ID     [32]byte
	Struck bool
	Edits  []act.Record
}

func encodeEdits(rs []*revision) ([]byte, error) {
	out := make([]savedRevision, len(rs))
	for i, r := range rs {
		edits, err := act.ToRecords(r.edits)
		if err != nil {
			return nil, err
		}
		out[i] = savedRevision{Hi: r.key.Hi, Lo: r.key.Lo, ID: r.key.ID, Struck: r.struck, Edits: edits}
	}
	return kp1.Marshal(out)
}

func decodeEdits(b []byte) ([]*revision, error) {
	var in []savedRevision
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, err
	}
	out := make([]*revision, len(in))
	for i, s := range in {
		r := &revision{key: page.Key{Hi: s.Hi, Lo: s.Lo, ID: s.ID}, struck: s.Struck}
		var err error
		if r.edits, err = act.FromRecords(s.Edits, decodeAct); err != nil {
			return nil, err
		}
		for _, e := range r.edits {
			if x, ok := e.Act.(Edit); !ok || postKey(x.Thread, x.At, x.Post) != r.key {
				return nil, fmt.Errorf("versions of post %s: %w", r.key.ID.Short(), kp1.ErrForm)
			}
		}
		out[i] = r
	}
	return out, nil
}
