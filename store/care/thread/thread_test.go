package thread

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care/act"
	"kith/store/care/file"
	"kith/store/care/page"
	"kith/store/kp1"
)

var talk = kp1.Sum([]byte("talk"))

func postID(n int) kp1.ID { return kp1.Sum(binary.BigEndian.AppendUint64([]byte("post"), uint64(n))) }

func newTalk() act.Event {
	return act.Event{Meta: act.Meta{ID: talk, Time: 100}, Act: New{Title: "School and forms"}}
}

func post(n int, time uint64, p Post) act.Event {
	p.Thread = talk
	if p.Text == "" {
		p.Text = fmt.Sprintf("post %d", n)
	}
	return act.Event{Meta: act.Meta{ID: postID(n), Time: time}, Act: p}
}

func texts(t Threads) (out []string) {
	th, _ := t.Get(talk)
	for it := range th.Items(0, th.Len()) {
		out = append(out, it.Text)
	}
	return out
}

// TestCausesStandFirst: whatever the clocks say, an answer stands after what it answers; the rest by claimed time.
func TestCausesStandFirst(t *testing.T) {
	ts := Threads{}.Apply(newTalk(), post(1, 1000, Post{}))
	th, _ := ts.Get(talk)
	slow := th.Fill(Post{Thread: talk, Text: "from a slow clock"}) // its computer is far behind
	ts = ts.Apply(act.Event{Meta: act.Meta{ID: postID(2), Time: 10}, Act: slow})
	ts = ts.Apply(post(3, 1001, Post{Text: "a second later, elsewhere"}), post(4, 999, Post{Text: "a second before, elsewhere"}))
	want := []string{"a second before, elsewhere", "post 1", "from a slow clock", "a second later, elsewhere"}
	if got := texts(ts); !slices.Equal(got, want) {
		t.Errorf("order = %q, want %q", got, want)
	}
}

// TestManyWithinOneSecond: posts that answer one another within a second keep their order.
func TestManyWithinOneSecond(t *testing.T) {
	ts := Threads{}.Apply(newTalk())
	var want []string
	for n := range 300 {
		th, _ := ts.Get(talk)
		e := post(n, 1000, th.Fill(Post{Thread: talk}))
		ts = ts.Apply(e)
		want = append(want, fmt.Sprintf("post %d", n))
	}
	if got := texts(ts); !slices.Equal(got, want) {
		t.Errorf("300 posts within one second stand in another order")
	}
}

func TestFillNamesWhatNobodyAnswered(t *testing.T) {
	ts := Threads{}.Apply(newTalk())
	for n := range MaxBase + 2 {
		ts = ts.Apply(post(n, uint64(1000+n), Post{}))
	}
	th, _ := ts.Get(talk)
	p := th.Fill(Post{Thread: talk, ReplyTo: postID(0)})
	if len(p.Base) != MaxBase || slices.Contains(p.Base, postID(0)) {
		t.Errorf("base of %d posts, want the %d newest", len(p.Base), MaxBase)
	}
	if p.After.Second != uint64(1000+MaxBase+1) {
		t.Errorf("after %v, want the newest", p.After)
	}
	ts = ts.Apply(post(99, 2000, p))
	th, _ = ts.Get(talk)
	if p := th.Fill(Post{Thread: talk}); !slices.Contains(p.Base, postID(99)) || len(p.Base) != 3 {
		t.Errorf("base = %d posts, want the last one and the two it does not name", len(p.Base))
	}
}

func TestPagesOfAThread(t *testing.T) {
	ts := Threads{}.Apply(newTalk())
	var es []act.Event
	for n := range 1000 {
		es = append(es, post(n, uint64(1000+n), Post{}))
	}
	other := kp1.Sum([]byte("other"))
	es = append(es, act.Event{Meta: act.Meta{ID: kp1.Sum([]byte("x"))}, Act: Post{Thread: other, Text: "elsewhere"}})
	ts = ts.Apply(es...)
	th, _ := ts.Get(talk)
	if th.Len() != 1000 || ts.Posts() != 1001 || ts.Len() != 2 {
		t.Fatalf("%d posts of %d in %d threads, want 1000 of 1001 in 2", th.Len(), ts.Posts(), ts.Len())
	}
	got := th.Newest(3)
	if len(got) != 3 || got[0].Text != "post 997" || got[2].Text != "post 999" {
		t.Errorf("Newest(3) = %v", got)
	}
	if got := slices.Collect(th.Items(10, 12)); len(got) != 2 || got[0].Text != "post 10" {
		t.Errorf("Items(10, 12) = %v", got)
	}
	if got := slices.Collect(th.Items(-5, 5000)); len(got) != 1000 {
		t.Errorf("Items beyond the ends = %d posts, want 1000", len(got))
	}
	back := slices.Collect(th.Backward())
	if len(back) != 1000 || back[0].Text != "post 999" || back[999].Text != "post 0" {
		t.Errorf("Backward = %d posts", len(back))
	}
	it, ok := th.Find(postID(500))
	if !ok || th.Index(it) != 500 {
		t.Errorf("Find(500) = %v, at %d", ok, th.Index(it))
	}
	if _, ok := th.Find(kp1.Sum([]byte("x"))); ok {
		t.Errorf("Find found a post of another thread")
	}
	strange, _ := ts.Get(other)
	if strange.Known || strange.Len() != 1 {
		t.Errorf("thread without its beginning: known %v with %d posts, want false with 1", strange.Known, strange.Len())
	}
	if all := ts.All(); len(all) != 2 || all[0].ID != talk {
		t.Errorf("All = %v, want the one with the newest post first", all)
	}
	small, _ := Threads{}.Apply(newTalk()).Get(talk)
	if _, ok := small.Last(); ok || small.Len() != 0 {
		t.Errorf("an empty thread has a last post")
	}
}

// TestWordsComeAndGo: not here yet, here, taken away; never back.
func TestWordsComeAndGo(t *testing.T) {
	full := post(1, 1000, Post{Text: "words"})
	as := func(w act.Words) act.Event { e := full; e.Act = act.Bare(full.Act, w); return e }
	look := func(ts Threads) Item { th, _ := ts.Get(talk); it, _ := th.Last(); return it }
	ts := Threads{}.Apply(as(act.Away))
	if it := look(ts); it.Words != act.Away || it.Text != "" {
		t.Errorf("not here yet: %+v", it)
	}
	ts = ts.Apply(full)
	if it := look(ts); it.Words != act.Here || it.Text != "words" {
		t.Errorf("here: %+v", it)
	}
	ts = ts.Apply(as(act.Away))
	if it := look(ts); it.Text != "words" {
		t.Errorf("words that are here went away: %+v", it)
	}
	ts = ts.Apply(as(act.Taken))
	if it := look(ts); it.Words != act.Taken || it.Text != "" {
		t.Errorf("taken away: %+v", it)
	}
	if it := look(ts.Apply(full)); it.Words != act.Taken || it.Text != "" {
		t.Errorf("words taken away came back: %+v", it)
	}
	named := Threads{}.Apply(newTalk()).Apply(act.Event{Meta: newTalk().Meta, Act: New{}.Bare(act.Taken)})
	if th, _ := named.Get(talk); th.Words != act.Taken || th.Title != "" || !th.Known {
		t.Errorf("title taken away: %+v", th)
	}
}

func TestCheck(t *testing.T) {
	ts := Threads{}.Apply(newTalk(), post(1, 1000, Post{}))
	for _, c := range []struct {
		name string
		act  act.Act
		want error
	}{
		{"post", Post{Thread: talk, Text: "a"}, nil},
		{"answer", Post{Thread: talk, Text: "a", ReplyTo: postID(1)}, nil},
		{"no words", Post{Thread: talk}, act.RuleEmpty},
		{"no thread", Post{Text: "a"}, act.RuleUnknown},
		{"thread not here", Post{Thread: postID(1), Text: "a"}, act.RuleUnknown},
		{"answer to what is not here", Post{Thread: talk, Text: "a", ReplyTo: postID(2)}, act.RuleUnknown},
		{"post at the limit", Post{Thread: talk, Text: strings.Repeat("a", act.MaxPost)}, nil},
		{"post over the limit", Post{Thread: talk, Text: strings.Repeat("a", act.MaxPost+1)}, act.RuleTooLong},
		{"title at the limit", New{Title: strings.Repeat("a", act.MaxTitle)}, nil},
		{"title over the limit", New{Title: strings.Repeat("a", act.MaxTitle+1)}, act.RuleTooLong},
		{"no title", New{}, act.RuleEmpty},
		{"base at the limit", Post{Thread: talk, Text: "a", Base: make([]kp1.ID, MaxBase)}, nil},
		{"base over the limit", Post{Thread: talk, Text: "a", Base: make([]kp1.ID, MaxBase+1)}, act.RuleTooMany},
		{"place at the limit", Post{Thread: talk, Text: "a", After: Place{MaxSecond, MaxTurn}}, nil},
		{"second over the limit", Post{Thread: talk, Text: "a", After: Place{Second: MaxSecond + 1}}, act.RuleForm},
		{"turn over the limit", Post{Thread: talk, Text: "a", After: Place{Turn: MaxTurn + 1}}, act.RuleForm},
	} {
		if err := ts.Check(c.act); !errors.Is(err, c.want) {
			t.Errorf("Check(%s) = %v, want %v", c.name, err, c.want)
		}
	}
}

// TestPlaceOrdersLikeItsKey: the key in the pages and Before agree, up to the limits.
func TestPlaceOrdersLikeItsKey(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string) Place {
			after := Place{rapid.Uint64Max(MaxSecond).Draw(rt, name), rapid.Uint64Max(MaxTurn).Draw(rt, name)}
			return place(rapid.Uint64().Draw(rt, name), after)
		}
		a, b := draw("a"), draw("b")
		ka, kb := postKey(talk, a, kp1.ID{}), postKey(talk, b, kp1.ID{})
		if a.Before(b) != (ka.Compare(kb) < 0) {
			rt.Errorf("%v before %v = %v, keys say otherwise", a, b, a.Before(b))
		}
	})
}

// many is n posts of ten threads in a thread-by-thread order, each naming the one before.
func many(n int) []act.Event {
	es := []act.Event{newTalk()}
	for i := range n {
		p := Post{}
		if i > 0 {
			p.Base, p.After = []kp1.ID{postID(i - 1)}, Place{Second: uint64(1000 + i - 1)}
		}
		es = append(es, post(i, uint64(1000+i), p))
	}
	return es
}

// TestOneMorePostCostsNoMore: to a thread of 100,000 posts one more is added in steps that do not grow with them. It
// counts allocations, so that a slow machine does not fail it.
func TestOneMorePostCostsNoMore(t *testing.T) {
	cost := func(n int) float64 {
		ts := Threads{}.Apply(many(n)...)
		e := post(n, uint64(1000+n), Post{})
		return testing.AllocsPerRun(20, func() { ts.Apply(e) })
	}
	small, large := cost(1_000), cost(100_000)
	if large > 2*small+40 {
		t.Errorf("one post costs %v allocations after 1,000 posts, %v after 100,000", small, large)
	}
}

// TestBatchIsLinear: a batch ten times as long, in no order, takes about ten times the allocations. It counts these and
// not time, so that a busy machine does not fail it.
func TestBatchIsLinear(t *testing.T) {
	cost := func(n int) float64 {
		es := many(n)
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(es), func(i, j int) { es[i], es[j] = es[j], es[i] })
		return testing.AllocsPerRun(1, func() { Threads{}.Apply(es...) })
	}
	if a, b := cost(10_000), cost(100_000); b > 12*a {
		t.Errorf("10,000 posts took %v allocations, 100,000 took %v", a, b)
	}
}

// TestOpenReadsNoPost: opening 100,000 posts reads two lists, the newest page of a thread a few pages.
func TestOpenReadsNoPost(t *testing.T) {
	sections := map[kp1.ID][]byte{}
	put := func(name kp1.ID, bytes func() ([]byte, error)) error {
		b, err := bytes()
		sections[name] = b
		return err
	}
	old := Threads{}.Apply(many(100_000)...)
	saved, err := old.Save(put)
	if err != nil {
		t.Fatal(err)
	}
	reads, bytes := 0, 0
	src := page.NewSource(func(name kp1.ID) ([]byte, error) {
		reads++
		bytes += len(sections[name])
		return sections[name], nil
	})
	ts, err := Open(src, saved)
	if err != nil {
		t.Fatal(err)
	}
	if reads != 1 || ts.Posts() != 100_000 {
		t.Errorf("Open read %d sections for %d posts, want 1 for 100,000", reads, ts.Posts())
	}
	th, _ := ts.Get(talk)
	if got := th.Newest(50); len(got) != 50 || got[49].Text != "post 99999" {
		t.Errorf("Newest(50) = %d posts", len(got))
	}
	if reads > 6 || bytes > 1<<20 {
		t.Errorf("the newest 50 posts took %d sections and %d bytes, want at most 6 and 1 MiB", reads, bytes)
	}
	written := 0
	again, err := ts.Apply(post(100_000, 200_000, Post{})).Save(func(name kp1.ID, bytes func() ([]byte, error)) error {
		if _, ok := sections[name]; !ok {
			written++
		}
		return nil
	})
	if err != nil || again == saved || written > 2 {
		t.Errorf("one more post wrote %d sections, %v; want its page and the list", written, err)
	}
	if !slices.Equal(texts(ts), texts(old)) || src.Err() != nil {
		t.Errorf("what was opened differs from what was saved: %v", src.Err())
	}
}

var paper = file.File{Name: "picnic.jpg", Type: "image/jpeg", Size: kp1.MaxPayload + 1, Chunks: []kp1.ID{{1}, {2}}}

// TestFileInThread: a file stands among the posts by the same rules, is answered like one, is kept in a checkpoint, and has
// no other words than those that came with it, whoever edits it.
func TestFileInThread(t *testing.T) {
	ts := Threads{}.Apply(newTalk(), post(1, 1000, Post{}))
	th, _ := ts.Get(talk)
	given := th.FillFile(File{Thread: talk, File: paper, ReplyTo: postID(1)})
	if err := ts.Check(given); err != nil || !slices.Equal(given.Base, []kp1.ID{postID(1)}) {
		t.Fatalf("Check(%+v) = %v", given, err)
	}
	if err := ts.Check(File{Thread: postID(7), File: paper}); !errors.Is(err, act.RuleUnknown) {
		t.Errorf("a file in no thread: %v", err)
	}
	large := given
	large.File.Size = file.Max + 1
	if err := ts.Check(large); !errors.Is(err, file.ErrLarge) {
		t.Errorf("a byte more than a file may have: %v", err)
	}
	me := kp1.MID{5}
	e := act.Event{Meta: act.Meta{ID: postID(2), Time: 10, Author: me}, Act: given}
	late := act.Event{Meta: act.Meta{ID: postID(3), Time: 20, Author: me}, Act: Edit{Thread: talk, Post: postID(2), At: place(10, given.After), Text: "forged"}}
	for name, es := range map[string][]act.Event{
		"first": {e, late}, "after": {late, e}, "words first": {{Meta: e.Meta, Act: act.Bare(given, act.Away)}, late, e},
	} {
		got := ts.Apply(es...)
		th, _ := got.Get(talk)
		it, ok := th.Find(postID(2))
		if !ok || !it.IsFile || it.File.Name != paper.Name || it.Words != act.Here || it.Text != "" || it.ReplyTo != postID(1) {
			t.Errorf("%s: %+v", name, it)
		}
		if err := got.CheckEdit(me, Edit{Thread: talk, Post: postID(2), At: it.At, Text: "b"}); !errors.Is(err, act.RuleWordless) {
			t.Errorf("%s: other words for a file: %v", name, err)
		}
		if x := got.Replaced(late.Act.(Edit), false); len(x) > 0 {
			t.Errorf("%s: the words of %d are to go", name, len(x))
		}
		b, err := encodePosts([]*Item{&it})
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodePosts(b)
		if err != nil || len(back) != 1 || !slices.Equal(back[0].File.Chunks, paper.Chunks) || back[0].At != it.At {
			t.Errorf("%s: kept as %+v, %v", name, back, err)
		}
		taken := got.Apply(act.Event{Meta: e.Meta, Act: act.Bare(given, act.Taken)})
		th, _ = taken.Get(talk)
		if it, _ := th.Find(postID(2)); it.Words != act.Taken || it.File.Name != "" || !it.IsFile {
			t.Errorf("%s: taken away: %+v", name, it)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, a := range []act.Act{New{Title: "t"}, Post{Thread: talk, Text: "a", ReplyTo: postID(1), Base: []kp1.ID{postID(2)}, After: Place{5, 6}}, Edit{Thread: talk, Post: postID(1), At: Place{5, 6}, Text: "b"}, File{Thread: talk, File: paper, ReplyTo: postID(1), After: Place{5, 6}}} {
		typ, body, payload, err := act.Encode(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(typ, body, payload)
		f.Add(typ, body, []byte(nil))
	}
	f.Fuzz(func(t *testing.T, typ string, body, payload []byte) {
		if len(payload) == 0 {
			payload = nil
		}
		a, ok, err := Decode(typ, body, payload)
		if !ok || err != nil {
			return
		}
		if err := a.Valid(); err != nil {
			t.Errorf("decoded but not valid: %v", err)
		}
		if n := len(a.Refs()); n > kp1.MaxContentRefs {
			t.Errorf("%d refs", n)
		}
	})
}

func FuzzOpenPage(f *testing.F) {
	ts := Threads{}.Apply(many(3)...).Apply(act.Event{Meta: act.Meta{ID: postID(8)}, Act: File{Thread: talk, File: paper}}, act.Event{Meta: act.Meta{ID: postID(9)}, Act: Edit{Thread: talk, Post: postID(1), Text: "b"}})
	_, err := ts.Save(func(_ kp1.ID, bytes func() ([]byte, error)) error {
		b, err := bytes()
		f.Add(b)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if its, err := decodePosts(b); err == nil {
			if _, err := encodePosts(its); err != nil {
				t.Errorf("posts read but not written: %v", err)
			}
		}
		if hs, err := decodeHeads(b); err == nil {
			if _, err := encodeHeads(hs); err != nil {
				t.Errorf("threads read but not written: %v", err)
			}
		}
		if rs, err := decodeEdits(b); err == nil {
			if _, err := encodeEdits(rs); err != nil {
				t.Errorf("versions read but not written: %v", err)
			}
		}
	})
}

func BenchmarkApplyOne(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ts := Threads{}.Apply(many(n)...)
			e := post(n, uint64(1000+n), Post{})
			b.ResetTimer()
			for range b.N {
				ts.Apply(e)
			}
		})
	}
}

func BenchmarkApplyBatch100000(b *testing.B) {
	es := many(100_000)
	b.ResetTimer()
	for range b.N {
		Threads{}.Apply(es...)
	}
}
