package store

import (
	"errors"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// TestT26GapForANewcomer: of an author who keeps an op back from everybody, a newcomer without the history shows what follows,
// for they cannot tell such a gap from what they were not given; everybody else waits. Once the op comes, in whatever order,
// all show the same, and nobody is taken for a forger. What the newcomer says to it waits for nobody else meanwhile.
func TestT26GapForANewcomer(t *testing.T) {
	for _, last := range []bool{true, false} {
		g, homes := team(t, "Ada", "Bob", "Cy")
		ada, bob, cy := homes[0], homes[1], homes[2]
		talk := ada.talk(g, "picnic")
		levelAll(t, g, homes)
		bob.do(g, thread.Post{Thread: talk, Text: "early"})
		levelAll(t, g, homes)
		eve, _ := lateHome(t, ada, g, "Eve", invite.Terms{Rank: kp1.RankMember, History: group.HistoryNone})
		eve.give(g, ada.all(g)...)
		eve.settle()
		homes = append(homes, eve)
		levelAll(t, g, homes)
		first := ada.do(g, thread.New{Title: "after Eve came"})
		levelAll(t, g, homes)
		before := bob.all(g)
		bob.do(g, thread.Post{Thread: first, Text: "kept back"})
		kept := without(bob.all(g), before)
		with := bob.all(g)
		bob.do(g, thread.Post{Thread: first, Text: "shown"})
		shown := without(bob.all(g), with)
		for _, h := range []*home{ada, eve} {
			h.give(g, shown...)
			if got := h.says("shown"); got != (h == eve) {
				t.Errorf("%s shows what follows a gap: %v", h.Name(), got)
			}
		}
		beyond := eve.all(g)
		eve.do(g, thread.Post{Thread: first, Text: "by Eve"})
		hers := without(eve.all(g), beyond)
		if last { // her words come to one before what they follow, to the other after it
			cy.give(g, hers...)
			if cy.says("by Eve") {
				t.Error("what a newcomer speaks of is not even here")
			}
			cy.give(g, shown...)
		} else {
			cy.give(g, append(shown, hers...)...)
		}
		ada.again()
		ada.give(g, hers...)
		for _, h := range []*home{ada, cy} {
			if !h.says("by Eve") || h.says("shown") {
				t.Errorf("%s shows a newcomer's words: %v; what follows the gap: %v", h.Name(), h.says("by Eve"), h.says("shown"))
			}
		}
		cy.do(g, thread.Post{Thread: first, Text: "and Cy"})
		meet(t, ada, cy, g)
		for _, h := range []*home{ada, eve} {
			h.give(g, kept...)
			h.again()
		}
		levelAll(t, g, homes)
		for _, h := range homes {
			if !h.says("kept back") || !h.says("shown") {
				t.Errorf("%s does not show both once both are there", h.Name())
			}
			if n := h.evidence(g); n != 0 {
				t.Errorf("%s holds %d forks and evidence", h.Name(), n)
			}
			h.clean()
		}
		level(t, g, ada, bob, cy)
	}
}

func TestT8WaitingOps(t *testing.T) {
	for n, want := range map[int]error{kp1.MaxOps: nil, kp1.MaxOps + 1: ErrDamaged} {
		raw, err := kp1.Marshal(waiting{Why: waitRef, For: make([]byte, 32), Ops: make([]kp1.Link, n)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeWaiting(raw); !errors.Is(err, want) {
			t.Errorf("%d ops: %v, want %v", n, err, want)
		}
	}
}
