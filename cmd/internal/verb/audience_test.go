package verb

import (
	"slices"
	"strings"
	"testing"

	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestAudience: who is named by --audience, and who when nobody is.
func TestAudience(t *testing.T) {
	f := newFake()
	f.does(cas, people.Profile{Name: "Cas"})
	f.does(gus, people.Profile{Name: "bev"}) // a guest with Bev's name
	open := f.does(bev, thread.New{Title: "picnic"})
	for _, c := range []struct {
		who  string
		exit int
		code string
		want []kp1.MID
		comp uint8
	}{
		{who: "everyone"},
		{who: "team", comp: kp1.CompTeam},
		{who: "admins", comp: kp1.CompAdmin},
		{who: "CAS", want: []kp1.MID{ade, cas}, comp: kp1.CompTeam},
		{who: "Cas, 2202", want: []kp1.MID{ade, bev, cas}, comp: kp1.CompTeam},
		{who: "3304", want: []kp1.MID{ade, gus}},
		{who: "Ade", want: []kp1.MID{ade}, comp: kp1.CompTeam},
		{who: "bev", exit: 2, code: "E_AMBIGUOUS"},
		{who: "22", exit: 2, code: "E_AMBIGUOUS"},
		{who: "Dot", exit: 4, code: "E_NOT_FOUND"},
		{who: "Cas,", exit: 4, code: "E_NOT_FOUND"},
	} {
		var made threadMade
		r := f.kithctl(t, "thread", "new", "--title", "x", "--audience", c.who)
		if c.exit != 0 {
			if r.exit != c.exit || r.errorInJSON.Code != c.code {
				t.Errorf("--audience %q = %d %s, want %d %s", c.who, r.exit, r.errorInJSON.Code, c.exit, c.code)
			}
			continue
		}
		r.into(t, &made)
		got := f.said[parse(t, made.Thread)].Meta
		if !slices.Equal(got.For, c.want) || got.Comp != c.comp || !slices.Equal(made.For, texts(c.want)) && c.want != nil {
			t.Errorf("--audience %q: for %v in space %d, said %v; want %v in %d", c.who, got.For, got.Comp, made.For, c.want, c.comp)
		}
	}
	if r := f.kithctl(t, "post", "--thread", open.String(), "--audience", "team", "x"); r.exit != 2 {
		t.Errorf("for the team, in what guests read = %d %s, want 2", r.exit, r.errs)
	}
	f.world.Groups[0].State.Members[0].Rank = kp1.RankGuest // Ade
	if r := f.kithctl(t, "thread", "new", "--title", "x", "--audience", "team"); r.exit != 3 || r.errorInJSON.Code != "E_AUDIENCE" {
		t.Errorf("a guest's for the team = %d %s, want 3 E_AUDIENCE", r.exit, r.errs)
	}
}

// TestByName: whoever is called so, in any verb about somebody. A name that is how another's id begins leads to neither.
func TestByName(t *testing.T) {
	f := newFake()
	f.does(cas, people.Profile{Name: "Cas"})
	f.does(gus, people.Profile{Name: "2202"}) // how Bev's id begins
	for _, c := range []struct {
		who  string
		exit int
		want kp1.MID
	}{
		{who: "Bev", want: bev},
		{who: " cAs ", want: cas},
		{who: "2203", want: cas},
		{who: bev.String(), want: bev},
		{who: "2202", exit: 2},
		{who: "Dot", exit: 4},
		{who: "", exit: 4},
	} {
		r := f.kithctl(t, "hide", "--group", "OAK", c.who)
		var got struct{ Member string }
		if r.exit == 0 {
			r.into(t, &got)
		}
		if want := c.want.String(); r.exit != c.exit || c.exit == 0 && got.Member != want {
			t.Errorf("hide %q = %d %q, want %d %q", c.who, r.exit, got.Member, c.exit, want)
		}
		if role := f.kithctl(t, "role", c.who, "guest"); role.exit != c.exit {
			t.Errorf("role %q guest = %d %s, want %d", c.who, role.exit, role.errs, c.exit)
		}
	}
}

// TestAnswersStayWithThose: a post goes to those whom its thread is for, an answer to those who could read the question,
// and what is shown says whom it is for.
func TestAnswersStayWithThose(t *testing.T) {
	f := newFake()
	f.does(cas, people.Profile{Name: "Cas"})
	open := f.does(bev, thread.New{Title: "picnic"})
	var made threadMade
	f.must(t, "thread", "new", "--title", "school", "--audience", "2203").into(t, &made)
	post := func(args ...string) (kp1.ID, []kp1.MID) {
		t.Helper()
		var p posted
		f.must(t, append([]string{"post"}, args...)...).into(t, &p)
		id := parse(t, p.Post)
		if got := f.said[id].For; !slices.Equal(texts(got), p.For) && got != nil {
			t.Errorf("post says it is for %v, and is for %v", p.For, got)
		}
		return id, f.said[id].For
	}
	few := []kp1.MID{ade, cas}
	if _, got := post("--thread", made.Thread, "in the thread of two"); !slices.Equal(got, few) {
		t.Errorf("in a thread for few: for %v, want %v", got, few)
	}
	if _, got := post("--thread", open.String(), "to all"); got != nil {
		t.Errorf("in a thread for all: for %v, want all", got)
	}
	id, _ := post("--thread", open.String(), "--audience", "Cas", "to Cas")
	if _, got := post("--thread", open.String(), "--reply", id.String(), "and this"); !slices.Equal(got, few) {
		t.Errorf("an answer to words for few: for %v, want %v", got, few)
	}
	if _, got := post("--thread", open.String(), "--reply", id.String(), "--audience", "everyone", "aloud"); got != nil {
		t.Errorf("an answer for everyone: for %v, want all", got)
	}
	r := f.run(t, f.host(), "--home", t.TempDir(), "thread", "show", open.String())
	if n := strings.Count(r.out, "Only for Cas\n"); n != 2 {
		t.Errorf("%d messages say that they are for Cas, want 2:\n%s", n, r.out)
	}
	var l threadList
	f.must(t, "threads").into(t, &l)
	for _, x := range l {
		if want := map[bool][]string{true: texts(few)}[x.Thread == made.Thread]; !slices.Equal(x.For, want) {
			t.Errorf("threads says %s is for %v, want %v", x.Title, x.For, want)
		}
	}
	f.mu.Lock()
	f.world.Groups[0].State.Members = slices.Delete(f.world.Groups[0].State.Members, 2, 3) // Cas has left
	f.mu.Unlock()
	if _, got := post("--thread", open.String(), "--reply", id.String(), "late"); !slices.Equal(got, []kp1.MID{ade}) {
		t.Errorf("an answer once Cas has left: for %v, want Ade alone", got)
	}
}
