package store

import (
	"context"
	"slices"
	"testing"

	"kith/store/care/act"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// TestT24NamedPeople: words open for exactly the people named and their author, on each of their computers; the others
// see that something was said, and to whom.
func TestT24NamedPeople(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	bev2 := secondDevice(t, bev, g, "Bev's laptop")
	homes = append(homes, bev2)
	quiet(t, g, homes)
	id := ada.mustConfide(g, kp1.CompTeam, "for Bev", bev.me(g))
	quiet(t, g, homes)
	ada.wants(g, id, act.Here, "for Bev")
	bev.wants(g, id, act.Here, "for Bev")
	bev2.wants(g, id, act.Here, "for Bev")
	cy.wants(g, id, act.Others, "")
	for _, h := range homes {
		th, _ := h.View().Group(g).Care.Threads().Get(id)
		if want := few(ada.me(g), bev.me(g)); !slices.Equal(th.By.For, want) {
			t.Errorf("%s: for %d people, want the two", h.Name(), len(th.By.For))
		}
	}
	if d := ada.Delivery(g, id); d.Of != 2 || d.Devices != 2 || len(d.Has) != 1 || len(d.HasNot) != 0 {
		t.Errorf("Delivery = %+v, want both of Bev's computers and nobody else's", d)
	}
	note := cy.mustConfide(g, kp1.CompTeam, "for myself", cy.me(g))
	quiet(t, g, homes)
	cy.wants(g, note, act.Here, "for myself")
	ada.wants(g, note, act.Others, "")
	settled(t, g, homes)
	cy.wants(g, id, act.Others, "")
	bev2.wants(g, id, act.Here, "for Bev")
}

// TestNamedNewDevice: a computer that comes later is handed what names its person, and nothing else, by whoever has it:
// here the author, while the sibling is away.
func TestNamedNewDevice(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	mine := ada.mustConfide(g, kp1.CompTeam, "for Bev", bev.me(g))
	open := ada.talk(g, "for all")
	not := ada.mustConfide(g, kp1.CompTeam, "for Cy", cy.me(g))
	levelAll(t, g, homes)
	bev2 := secondDevice(t, bev, g, "Bev's laptop")
	meet(t, ada, bev, g)
	away := []*home{ada, cy, bev2} // Bev's first computer sees none of what follows
	meet(t, ada, bev2, g)
	if w, _, _ := bev2.sees(g, mine); w != 0 {
		t.Errorf("words %d before any key came", w)
	}
	if d := ada.Delivery(g, mine); d.Of != 2 || d.Devices != 1 {
		t.Errorf("Delivery = %+v: a computer without the key has nothing", d)
	}
	quiet(t, g, away)
	bev2.wants(g, mine, act.Here, "for Bev")
	bev2.wants(g, not, act.Others, "")
	if th := mustThread(t, bev2, g, open); th.Title != "for all" {
		t.Errorf("reads %q of what is for all", th.Title)
	}
	homes = append(homes, bev2)
	quiet(t, g, homes)
	if n := grants(bev2, g); n != 1 {
		t.Errorf("%d Grants hand payload keys to the new computer, want 1", n)
	}
	settled(t, g, homes)
}

// grants counts the Grants that hand over payload keys.
func grants(h *home, g kp1.GID) (n int) {
	seen := map[kp1.ID]bool{}
	for _, hs := range h.groups[g].handed {
		for _, x := range hs {
			seen[x.grant] = true
		}
	}
	return len(seen)
}

// TestNamedLeavers: who is removed keeps what they had and gets nothing more; a computer that is out is handed nothing;
// who comes back is handed what names them.
func TestNamedLeavers(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	old := ada.mustConfide(g, kp1.CompTeam, "before", bev.me(g), cy.me(g))
	levelAll(t, g, homes)
	cross := cy.mustConfide(g, kp1.CompTeam, "not heard yet", bev.me(g)) // Cy does not know yet
	bev2 := secondDevice(t, bev, g, "Bev's laptop")
	meet(t, ada, bev, g)
	d, err := ada.Remove(ctx, g, bev.me(g), ReasonUnsaid)
	must(t, d, err, false)
	left := []*home{ada, cy}
	quiet(t, g, left)
	if _, err := ada.confide(g, kp1.CompTeam, "after", bev.me(g)); !codeIs(err, "E_AUDIENCE") {
		t.Errorf("Propose(for somebody who is out) = %v, want E_AUDIENCE", err)
	}
	after := ada.mustConfide(g, kp1.CompTeam, "after", cy.me(g))
	quiet(t, g, left)
	bev.give(g, ada.all(g)...) // all that a thief of the ciphertext could bring them
	bev2.give(g, ada.all(g)...)
	bev.wants(g, old, act.Here, "before")
	if !bev.holds(g, cross) { // boxed by who had not heard: protocol 5.3 promises no more
		t.Error("Bev has no key of what Cy wrote before hearing of the removal")
	}
	for name, h := range map[string]*home{"first": bev, "second": bev2} {
		if h.holds(g, after) {
			t.Errorf("Bev's %s computer has a key from after the removal", name)
		}
	}
	if bev2.holds(g, old) {
		t.Error("a computer that never was handed a key has one")
	}
	joinVia(t, ada, bev, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	homes = []*home{ada, bev, cy}
	quiet(t, g, homes)
	bev.wants(g, old, act.Here, "before")
	bev.wants(g, cross, act.Here, "not heard yet")
	bev.wants(g, after, act.Others, "")
	settled(t, g, homes)
}

// TestNamedGuest: a guest may be named in what guests read, and hands nothing over; in what they do not read they
// cannot be named.
func TestNamedGuest(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	gus := quickHome(t, "Gus")
	joinVia(t, ada, gus, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	homes = append(homes, gus)
	levelAll(t, g, homes)
	if _, err := ada.confide(g, kp1.CompTeam, "for Gus", gus.me(g)); !codeIs(err, "E_AUDIENCE") {
		t.Errorf("Propose(a guest in the team's space) = %v, want E_AUDIENCE", err)
	}
	id := ada.mustConfide(g, kp1.CompAll, "for Gus", gus.me(g))
	said := gus.mustConfide(g, kp1.CompAll, "from Gus", ada.me(g))
	levelAll(t, g, homes)
	gus2 := secondDevice(t, gus, g, "Gus's laptop")
	homes = append(homes, gus2)
	quiet(t, g, homes)
	for _, h := range []*home{ada, gus, gus2} {
		h.wants(g, id, act.Here, "for Gus")
		h.wants(g, said, act.Here, "from Gus")
	}
	bev.wants(g, id, act.Others, "")
	bev.wants(g, said, act.Others, "")
	settled(t, g, homes)
}

// TestNamedRefused: what cannot be for named people says so, and files nothing.
func TestNamedRefused(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	day := when.Date{Year: 2026, Month: 12, Day: 1}
	ask := ada.do(g, sleepover.Ask{Terms: sleepover.Terms{Child: "Mia", From: day, To: day.Plus(1)}, Beds: 1, Kind: sleepover.Planned})
	filed := ada.View().Group(g).Filed
	for _, c := range []struct {
		name string
		d    Draft
		code string
	}{
		{"a stranger", Draft{Act: thread.New{Title: "a"}, Comp: kp1.CompTeam, For: []kp1.MID{{1}}}, "E_AUDIENCE"},
		{"nobody", Draft{Act: thread.New{Title: "a"}, Comp: kp1.CompTeam, For: []kp1.MID{}}, "E_AUDIENCE"},
		{"an act without words", Draft{Act: sleepover.Withdraw{Ask: ask}, For: []kp1.MID{bev.me(g)}}, "E_AUDIENCE_ACT"},
		{"a name", Draft{Act: people.Profile{Name: "Ada"}, For: []kp1.MID{bev.me(g)}}, "E_AUDIENCE_ACT"},
	} {
		if _, err := ada.Propose(context.Background(), g, c.d); !codeIs(err, c.code) {
			t.Errorf("Propose(%s) = %v, want %s", c.name, err, c.code)
		}
	}
	if n := ada.View().Group(g).Filed; n != filed {
		t.Errorf("%d envelopes filed by what was refused", n-filed)
	}
}

// TestLinkedBetweenKeys: a computer whose first keys are newer than the group's past still gets in. The Grant that opens
// that past can be read with keys it has, and names ops that it cannot read without the Grant.
func TestLinkedBetweenKeys(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	old := ada.talk(g, "from the beginning")
	levelAll(t, g, homes)
	bev2 := secondDevice(t, bev, g, "Bev's laptop")
	meet(t, ada, bev, g)
	rekey(t, ada, g) // for the new computer too, which gets no more than that
	levelAll(t, g, homes)
	for _, h := range homes {
		if _, err := h.Tend(context.Background(), g); err != nil {
			t.Fatal(err)
		}
	}
	homes = append(homes, bev2)
	bev2.give(g, ada.all(g)...) // the new keys before the Grant
	quiet(t, g, homes)
	if th := mustThread(t, bev2, g, old); th.Title != "from the beginning" {
		t.Errorf("reads %q", th.Title)
	}
	settled(t, g, homes)
}

// TestNamedReworded: other words for a post go to those whom it was for and who may read it still; a person who has left is no
// reason to refuse them.
func TestNamedReworded(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy", "Dee")
	ada, bev, cy, dee := homes[0], homes[1], homes[2], homes[3]
	talk := ada.talk(g, "picnic")
	ids, err := ada.Propose(ctx, g, Draft{Act: thread.Post{Thread: talk, Text: "for two"}, For: []kp1.MID{bev.me(g), cy.me(g)}})
	if err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	d, err := ada.Remove(ctx, g, bev.me(g), ReasonUnsaid)
	must(t, d, err, false)
	left := []*home{ada, cy, dee}
	quiet(t, g, left)
	edit := ada.do(g, thread.Edit{Thread: talk, Post: ids[0], Text: "for one"})
	quiet(t, g, left)
	bev.give(g, ada.all(g)...)
	if got, want := ada.groups[g].named[edit].people, few(ada.me(g), cy.me(g)); !slices.Equal(got, want) {
		t.Errorf("the new words are for %v, want %v", got, want)
	}
	if it, _, _ := cy.postOf(g, talk, ids[0]); it.Text != "for one" {
		t.Errorf("Cy reads %q", it.Text)
	}
	if it, _, _ := dee.postOf(g, talk, ids[0]); it.Text != "" || it.Words != act.Others {
		t.Errorf("Dee reads %q", it.Text)
	}
	if bev.holds(g, edit) {
		t.Error("Bev holds the key of what was written after she left")
	}
	settled(t, g, left)
}
