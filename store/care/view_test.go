package care_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestRules: every rule has a code of its own, and the list is what assets/words must cover.
func TestRules(t *testing.T) {
	rules := care.Rules()
	if !slices.IsSorted(rules) || len(slices.Compact(slices.Clone(rules))) != len(rules) {
		t.Errorf("Rules is not sorted or names one twice: %q", rules)
	}
	for _, code := range rules {
		if !strings.HasPrefix(code, "E_RULE_") {
			t.Errorf("rule %q has another sort of code", code)
		}
	}
	for _, code := range []string{"E_RULE_GUEST", "E_RULE_NOT_ASKER", "E_RULE_NOT_HOST", "E_RULE_NOT_AUTHOR", "E_RULE_NOT_OF_HOME"} {
		if !slices.Contains(rules, code) {
			t.Errorf("Rules lacks %s", code)
		}
	}
}

func TestUnknownType(t *testing.T) {
	for _, typ := range []string{"", "sleepover/", "sleepover/dance", "plan/agree", "thread/Post"} {
		if _, err := care.Decode(typ, []byte{0xa0}, nil); !errors.Is(err, care.ErrUnknownType) {
			t.Errorf("Decode(%q) = %v, want ErrUnknownType", typ, err)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	typ, body, payload, err := care.Encode(thread.New{Title: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		body    int
		payload int
		want    error
	}{
		{"both at the limit", kp1.MaxContentBody, 20 << 10, kp1.ErrForm}, // within the limit it is looked at, and is not one value
		{"body over the limit", kp1.MaxContentBody + 1, 0, kp1.ErrTooBig},
		{"payload over the limit", 0, 20<<10 + 1, kp1.ErrTooBig},
	} {
		b, p := append(slices.Clone(body), make([]byte, max(0, c.body-len(body)))...), append(slices.Clone(payload), make([]byte, max(0, c.payload-len(payload)))...)
		if _, err := care.Decode(typ, b, p); !errors.Is(err, c.want) {
			t.Errorf("Decode(%s) = %v, want %v", c.name, err, c.want)
		}
	}
	// A newer version may add keys to a known body: they are ignored.
	newer, err := kp1.Marshal(map[string]any{"zz": uint64(1)})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := care.Decode(typ, newer, payload); err != nil || a.(thread.New).Title != "a" {
		t.Errorf("Decode with a key of tomorrow = %v, %v", a, err)
	}
}

// TestViewIsAValue: a screen that holds a View sees it unchanged, whatever comes after.
func TestViewIsAValue(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Offered)
	talk := f.as("ade").do(thread.New{Title: "t"})
	f.as("ade").do(thread.Post{Thread: talk, Text: "one"})
	old := f.as("ade").view
	before := encode(t, old)
	s, _ := old.Sleepovers().Get(id)
	ade := f.as("ade")
	ade.do(sleepover.Choose{Ask: id, Offer: ade.offer(id, "bev")})
	ade.do(thread.Post{Thread: talk, Text: "two"})
	ade.do(people.Profile{Name: "Ade"})
	ade.do(picnic())
	ade.do(people.Household{Beds: 1})
	if encode(t, old) != before {
		t.Errorf("a View changed after it was given out")
	}
	if again, _ := old.Sleepovers().Get(id); again.State != s.State || len(again.Moves) != len(s.Moves) {
		t.Errorf("a sleepover changed in a View that was given out")
	}
}

// TestHouseholdComesLate: a move for a household is judged anew when the acts it names arrive.
func TestHouseholdComesLate(t *testing.T) {
	f := newFamily(t, "ade", "tom")
	f.household("ade", "tom")
	home := slices.Clone(f.history)
	id := f.as("ade").do(mia())
	f.meet()
	gone := f.as("tom").do(sleepover.Withdraw{Ask: id})
	f.meet()
	// What is built on his move is judged anew with it: on an ask withdrawn, nothing more is done.
	after := f.as("ade").force(sleepover.NotNeeded{Ask: id, Seen: sleepover.Seen{Base: []kp1.ID{gone}}}).ID
	moves := f.history[len(home):]
	late := care.View{}.Apply(moves...)
	s, _ := late.Sleepovers().Get(id)
	if m := fate(t, s, gone); s.State != sleepover.NotNeededAnyMore || m.Fate != sleepover.Refused {
		t.Errorf("before the household is here: %v, fate %d, want not needed, refused", s.State, m.Fate)
	}
	reopened, err := care.DecodeView([]byte(encode(t, late)))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]care.View{"at once": late, "after a restart": reopened} {
		s, _ = v.Apply(home...).Sleepovers().Get(id)
		if m := fate(t, s, gone); s.State != sleepover.Withdrawn || m.Fate != sleepover.Stands {
			t.Errorf("%s: %v, fate %d, want withdrawn, stands", name, s.State, m.Fate)
		}
		if m := fate(t, s, after); m.Fate != sleepover.Refused || m.Rule.Code() != "E_RULE_OVER" {
			t.Errorf("%s: what came after has fate %d by %v, want refused by E_RULE_OVER", name, m.Fate, m.Rule)
		}
	}
}

func TestBeds(t *testing.T) {
	f := cast(t)
	f.to(sleepover.Agreed)
	second := f.as("ade").do(sleepover.Ask{Terms: mia().Terms, Beds: 2, Kind: sleepover.Tonight})
	f.meet()
	ade := f.as("ade")
	for _, host := range []string{"bev", "sue"} {
		f.as(host).do(sleepover.Offer{Ask: second})
		f.meet()
	}
	check := func(when string, wantBev, wantSue uint, over bool) {
		t.Helper()
		var bev, sue uint
		var isOver bool
		for _, b := range ade.view.Beds(friday()) {
			switch {
			case slices.Contains(b.Adults, f.as("bev").id):
				bev, isOver = b.Taken, b.Over()
				if b.Free() != b.Beds-min(b.Beds, b.Taken) || b.Beds != 2 {
					t.Errorf("%s: %d of %d free", when, b.Free(), b.Beds)
				}
			case b.Host == f.as("sue").id:
				sue = b.Taken
			}
		}
		if bev != wantBev || sue != wantSue || isOver != over {
			t.Errorf("%s: bev's home %d taken, over %v, sue %d; want %d, %v, %d", when, bev, isOver, sue, wantBev, over, wantSue)
		}
	}
	check("one agreed", 1, 0, false)
	ade.do(sleepover.Choose{Ask: second, Offer: ade.offer(second, "bev")})
	f.meet()
	check("chosen is not agreed", 1, 0, false)
	f.as("bev").do(sleepover.Agree{Ask: second})
	f.meet()
	check("both in one home", 3, 0, true)
	f.as("bev").do(sleepover.Cannot{Ask: second})
	f.meet()
	ade.do(sleepover.Choose{Ask: second, Offer: ade.offer(second, "sue")})
	f.meet()
	f.as("sue").do(sleepover.Agree{Ask: second})
	f.meet()
	check("a host without a household", 1, 2, false)
	if got := ade.view.Beds(friday().Plus(1)); slices.ContainsFunc(got, func(b care.Bed) bool { return b.Taken > 0 }) {
		t.Errorf("the day they go home is no night: %+v", got)
	}
}

// box keeps sections as a ledger would.
type box struct {
	root     []byte
	sections map[kp1.ID][]byte
	reads    int
	writes   int
}

// save writes what is new and drops what is no longer named.
func (b *box) save(t *testing.T, v care.View) {
	t.Helper()
	named := map[kp1.ID]bool{}
	b.writes = 0
	root, err := v.Save(func(name kp1.ID, bytes func() ([]byte, error)) error {
		named[name] = true
		if _, ok := b.sections[name]; ok {
			return nil
		}
		b.writes++
		data, err := bytes()
		b.sections[name] = data
		return err
	})
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	b.root = root
	for name := range b.sections {
		if !named[name] {
			delete(b.sections, name)
		}
	}
}

var errGone = errors.New("gone")

func (b *box) load(name kp1.ID) ([]byte, error) {
	b.reads++
	s, ok := b.sections[name]
	if !ok {
		return nil, errGone
	}
	return slices.Clone(s), nil
}

// TestCheckpoint: opened lazily, gone on from, saved again, with old sections dropped under older Views in use.
func TestCheckpoint(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Agreed)
	ade := f.as("ade")
	talk := ade.do(thread.New{Title: "t"})
	for n := range 300 {
		ade.force(care.Fill(ade.view, ade.id, thread.Post{Thread: talk, Text: fmt.Sprint(n)}))
	}
	disk := &box{sections: map[kp1.ID][]byte{}}
	disk.save(t, ade.view)
	first, err := care.Open(disk.root, disk.load)
	if err != nil {
		t.Fatal(err)
	}
	if first.Threads().Posts() != 300 || disk.reads > 3 {
		t.Errorf("Open: %d posts after %d reads", first.Threads().Posts(), disk.reads)
	}
	e := f.as("bev").force(care.Fill(f.as("bev").view, f.as("bev").id, sleepover.Arrived{Ask: id}))
	second := first.Apply(e)
	disk.save(t, second)
	if disk.writes == 0 || disk.writes > 3 {
		t.Errorf("one move wrote %d sections, want 1 to 3", disk.writes)
	}
	if s, _ := second.Sleepovers().Get(id); s.State != sleepover.ArrivedThere {
		t.Errorf("gone on from a checkpoint: %v, want arrived", s.State)
	}
	if s, _ := first.Sleepovers().Get(id); s.State != sleepover.Agreed {
		t.Errorf("the older View: %v, want agreed", s.State)
	}
	if encode(t, first) != encode(t, ade.view) || first.Err() != nil {
		t.Errorf("the older View lost pages when newer ones were saved: %v", first.Err())
	}
	third, err := care.Open(disk.root, disk.load)
	if err != nil || encode(t, third) != encode(t, second) || encode(t, second) != encode(t, ade.view.Apply(e)) {
		t.Errorf("saved and opened, it is another View: %v", err)
	}
	disk.save(t, third)
	if disk.writes != 0 {
		t.Errorf("saving what was opened wrote %d sections, want none", disk.writes)
	}
}

func TestCheckpointFaults(t *testing.T) {
	f := cast(t)
	f.to(sleepover.Offered)
	f.as("ade").do(picnic())
	f.as("ade").do(thread.New{Title: "t"})
	disk := &box{sections: map[kp1.ID][]byte{}}
	disk.save(t, f.as("ade").view)
	for name, data := range disk.sections {
		for what, bad := range map[string][]byte{"missing": nil, "flipped": append([]byte{data[0] ^ 1}, data[1:]...), "short": data[:len(data)-1]} {
			if disk.sections[name] = bad; bad == nil {
				delete(disk.sections, name)
			}
			v, err := care.Open(disk.root, disk.load)
			if err == nil {
				_, err = v.Encode()
				for range v.Sleepovers().All() {
					continue
				}
				for range v.Calendar().All() {
					continue
				}
				v.Sleepovers().Open()
				v.Threads().All()
				err = errors.Join(err, v.Err())
			}
			if err == nil {
				t.Errorf("section %s: believed", what)
			}
			disk.sections[name] = data
		}
	}
	if _, err := care.Open(make([]byte, care.MaxRoot+1), disk.load); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("Open with a root over the limit = %v, want ErrTooBig", err)
	}
	if _, err := care.Open(make([]byte, care.MaxRoot), disk.load); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("Open with a root of nothing at the limit = %v, want ErrForm", err)
	}
	other, err := kp1.Marshal(map[string]any{"v": uint64(care.Version + 1)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := care.Open(other, disk.load); !errors.Is(err, care.ErrVersion) {
		t.Errorf("Open of another version = %v, want ErrVersion", err)
	}
}

func TestEmptyView(t *testing.T) {
	var v care.View
	v, err := care.DecodeView([]byte(encode(t, v)))
	if err != nil || v.Err() != nil {
		t.Fatalf("DecodeView(empty): %v", err)
	}
	if v.Sleepovers().Len()+v.Calendar().Len()+v.Threads().Len()+v.People().Len()+len(v.Beds(friday()))+len(v.Sleepovers().Open()) != 0 {
		t.Errorf("an empty View holds something")
	}
	if a := care.Fill(v, kp1.MID{1}, calendar.Cancel{Event: kp1.ID{1}}); a.Type() != "calendar/cancel" {
		t.Errorf("Fill = %#v", a)
	}
}

func TestErased(t *testing.T) {
	for _, c := range []struct {
		a    care.Act
		want care.Words
	}{{mia(), care.Taken}, {sleepover.Offer{Ask: kp1.ID{1}}, care.Here}, {sleepover.Withdraw{}, care.Here}, {thread.New{Title: "a"}, care.Taken}} {
		if got := act.WordsOf(care.Erased(c.a)); got != c.want {
			t.Errorf("Erased(%s) says %d, want %d", c.a.Type(), got, c.want)
		}
	}
}

// FuzzDecodeView: whatever bytes come, DecodeView refuses them or gives a View that says the same again.
func FuzzDecodeView(f *testing.F) {
	fam := cast(&testing.T{})
	v := fam.as("ade").view
	b, err := v.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{0x82, 0x40, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := care.DecodeView(b)
		if err != nil {
			return
		}
		once, err := v.Encode()
		if err != nil {
			return // a page lied; Err says so
		}
		again, err := care.DecodeView(once)
		if err != nil {
			t.Fatalf("DecodeView(Encode) = %v", err)
		}
		if twice, err := again.Encode(); err != nil || !slices.Equal(once, twice) {
			t.Errorf("a View changes when it is written and read: %v", err)
		}
	})
}

// TestCheckAgreesWithApply: what Check allows stands once it is made, and what it refuses is refused by the same rule
// when it is made all the same.
func TestCheckAgreesWithApply(t *testing.T) {
	moves := []string{"ask", "offer", "offer", "choose", "choose", "agree", "agree", "change", "cannot", "withdraw", "needed", "arrived", "home", "close", "onit"}
	allowed, refused := 0, map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 4))
		f := newFamily(t, "ada", "bob", "cy", "dot")
		f.n = r.Uint64() >> 20
		names := []string{"ada", "bob", "cy", "dot"}
		f.household("ada", "bob")
		f.as("dot").rank = uint8(r.IntN(2))
		f.as("ada").force(mia())
		f.meet()
		for range 40 {
			p := f.as(names[r.IntN(4)])
			if r.IntN(2) == 0 {
				f.meet(p.name, names[r.IntN(4)])
			}
			a := care.Fill(p.view, p.id, draw(f, r, moves[r.IntN(len(moves))]))
			id, _ := sleepover.AskOf(care.Event{Act: a})
			s, ok := p.view.Sleepovers().Get(id)
			if a.Valid() != nil || !ok || s.Waiting > 0 {
				continue
			}
			err := care.Check(p.view, p.id, p.rank, a)
			e := p.force(a)
			m := fate(t, p.sleepover(id), e.ID)
			var rule *care.Rule
			switch {
			case err == nil && m.Fate != sleepover.Stands:
				rt.Fatalf("%s: Check allows it, and then fate %d by %v", e.Act.Type(), m.Fate, m.Rule)
			case err == nil:
				allowed++
			case m.Fate == sleepover.Waiting: // it names what is not here
			case !errors.As(err, &rule) || m.Fate != sleepover.Refused || m.Rule.Code() != rule.Code():
				rt.Fatalf("%s: Check says %v, and then fate %d by %v", e.Act.Type(), err, m.Fate, m.Rule)
			default:
				refused[rule.Code()] = true
			}
		}
	})
	if full := flag.Lookup("rapid.checks"); !testing.Short() && full.Value.String() == full.DefValue && (allowed < 100 || len(refused) < 8) {
		t.Errorf("%d moves allowed, %d rules met: too few to say anything", allowed, len(refused))
	}
}
