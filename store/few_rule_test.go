package store

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care/act"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// said is one payload as the naive rule sees it: what it is, for whom, and which computers its author saw then.
type said struct {
	id     kp1.ID
	text   string
	comp   uint8
	author *home
	people map[kp1.MID]bool
	boxed  map[kp1.DID]bool
	holds  map[*home]bool // who has the key, by the rule
	heard  bool           // it came to somebody else
	late   bool           // its author was removed or given another rank before that: it may be hidden
}

// fewWorld is a group under the naive rule. It knows nothing of boxes, Grants or the membership graph: only who was in
// when somebody wrote, and who is in whenever all of them meet.
type fewWorld struct {
	g     kp1.GID
	homes []*home // every computer there ever was
	said  []*said
	ada   *home
	n     int
	blank map[kp1.MID]bool // people who came without the history
	team  map[*home]bool   // computers that have read the team's space at some time
	turns map[kp1.MID]int  // how often somebody was removed or given another rank
	heard map[*home]int    // of how many of its person's turns a computer knows
}

// in are the computers that are in, as Ada sees it. She never is removed.
func (w *fewWorld) in() (out []*home) {
	st := w.ada.View().Group(w.g).State
	for _, h := range w.homes {
		if _, ok := st.Device(h.View().Group(w.g).Device); ok {
			out = append(out, h)
		}
	}
	return out
}

// pick draws one of some computers.
func pick(rt *rapid.T, homes []*home) *home {
	return homes[rapid.IntRange(0, len(homes)-1).Draw(rt, "who")]
}

func mayReadAs(st group.State, m kp1.MID, comp uint8) bool {
	x, ok := st.Member(m)
	return ok && (comp == kp1.CompAll || x.Rank >= kp1.RankMember)
}

// write has a computer say something to some of the people it believes to be in.
func (w *fewWorld) write(rt *rapid.T) {
	h := pick(rt, w.in())
	w.n++
	st := h.View().Group(w.g).State
	comp := kp1.CompTeam
	if rapid.Bool().Draw(rt, "for all") {
		comp = kp1.CompAll
	}
	me := h.me(w.g)
	if !mayReadAs(st, me, comp) {
		comp = kp1.CompAll
	}
	p := &said{text: fmt.Sprint("words ", w.n), comp: comp, author: h, people: map[kp1.MID]bool{me: true}, boxed: map[kp1.DID]bool{}, holds: map[*home]bool{h: true}}
	list := []kp1.MID{me}
	for _, m := range st.Members {
		if mayReadAs(st, m.ID, comp) && rapid.Bool().Draw(rt, "named") {
			p.people[m.ID] = true
			list = append(list, m.ID)
		}
	}
	for _, d := range st.Devices {
		p.boxed[d.ID] = p.people[d.Member]
	}
	id, err := h.confide(w.g, comp, p.text, list...)
	if err != nil {
		if !refusal(err) {
			rt.Fatalf("Propose = %v", err)
		}
		return
	}
	now, _ := w.ada.rankOf(w.g, me)
	was, _ := h.rankOf(w.g, me)
	p.id, p.late = id, now != was || w.turns[me] != w.heard[h]
	w.said = append(w.said, p)
}

// heal lets all who are in meet and tend, and says by the rule who holds what from then on: who had a box, and, while
// somebody above a guest holds the key, every computer of the people named whose person reads there.
func (w *fewWorld) heal(t testing.TB) {
	in := w.in()
	quiet(t, w.g, in)
	if now := w.in(); len(now) > len(in) { // computers that somebody has linked
		in = now
		quiet(t, w.g, in)
	}
	st := w.ada.View().Group(w.g).State
	for _, h := range in {
		w.heard[h] = w.turns[h.me(w.g)]
		w.team[h] = w.team[h] || mayReadAs(st, h.me(w.g), kp1.CompTeam)
	}
	for _, p := range w.said {
		if p.heard = p.heard || slices.Contains(in, p.author); !p.heard {
			continue
		}
		giver := false
		for _, h := range in {
			m := h.me(w.g)
			sees := p.comp == kp1.CompAll || w.team[h] // who cannot open the op knows of no box
			p.holds[h] = p.holds[h] || sees && p.boxed[h.View().Group(w.g).Device]
			giver = giver || p.holds[h] && mayReadAs(st, m, kp1.CompTeam)
		}
		for _, h := range in {
			m := h.me(w.g)
			if giver && p.people[m] && mayReadAs(st, m, p.comp) {
				p.holds[h] = true
			}
		}
	}
}

// crossed notes that somebody is removed or given another rank, which those who write do not know yet.
func (w *fewWorld) crossed(m kp1.MID) {
	w.turns[m]++
	for _, p := range w.said {
		p.late = p.late || !p.heard && p.author.me(w.g) == m
	}
}

// compare fails unless every computer that is in holds exactly the keys it is to hold, and shows exactly that, and no
// computer that is out holds a key it was never to have.
func (w *fewWorld) compare(t testing.TB) {
	in := w.in()
	for _, p := range w.said {
		for _, h := range w.homes {
			if !p.holds[h] && h.holds(w.g, p.id) {
				t.Errorf("%s holds the key of %q, and may not", h.Name(), p.text)
			}
			if !slices.Contains(in, h) || !p.heard {
				continue
			}
			if p.late {
				continue // nobody owes the key of what a removal or a lower rank may hide
			}
			if p.holds[h] && !h.holds(w.g, p.id) {
				t.Errorf("%s has no key of %q, and should", h.Name(), p.text)
			}
			words, title, ok := h.sees(w.g, p.id)
			switch {
			case !ok && p.comp == kp1.CompTeam && !w.readsTeam(h), !ok && w.blank[h.me(w.g)] && !p.people[h.me(w.g)]:
				// sees nothing of it
			case !ok:
				t.Errorf("%s does not see that there is %q", h.Name(), p.text)
			case p.holds[h] && (words != act.Here || title != p.text):
				t.Errorf("%s shows words %d, %q, want %q", h.Name(), words, title, p.text)
			case !p.holds[h] && title != "":
				t.Errorf("%s shows %q", h.Name(), title)
			case !p.holds[h] && !p.people[h.me(w.g)] && words != act.Others:
				t.Errorf("%s shows words %d of %q, want %d: they are for others", h.Name(), words, p.text, act.Others)
			case !p.holds[h] && p.people[h.me(w.g)] && words != act.Away:
				t.Errorf("%s shows words %d of %q, want %d: nobody could hand over the key", h.Name(), words, p.text, act.Away)
			}
		}
	}
}

func (w *fewWorld) readsTeam(h *home) bool {
	return mayReadAs(w.ada.View().Group(w.g).State, h.me(w.g), kp1.CompTeam)
}

// TestNamedRule: whoever writes for whom, whatever computers come, and whoever is removed, made a guest or let in again,
// a computer holds a payload's key exactly when the rule says so.
func TestNamedRule(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		t := oneCase{t, rt}
		g, homes := team(t, "Ada", "Bev", "Cy")
		w := &fewWorld{g: g, homes: homes, ada: homes[0], blank: map[kp1.MID]bool{}, team: map[*home]bool{}, turns: map[kp1.MID]int{}, heard: map[*home]int{}}
		for _, h := range homes {
			w.team[h] = true
		}
		defer func() {
			for _, h := range w.homes {
				_ = h.Close()
			}
		}()
		ctx := context.Background()
		terms := func(rank uint8) invite.Terms { return invite.Terms{Rank: rank, History: group.HistoryAll} }
		for range rapid.IntRange(4, 12).Draw(rt, "steps") {
			in := w.in()
			others := slices.DeleteFunc(slices.Clone(in), func(h *home) bool { return h.me(g) == w.ada.me(g) })
			switch what := rapid.SampledFrom([]string{"write", "write", "write", "write", "heal", "device", "device", "newcomer", "remove", "again", "rank", "restart"}).Draw(rt, "what"); what {
			case "write":
				w.write(rt)
			case "heal":
				w.heal(t)
				w.compare(t)
			case "device":
				if from := pick(rt, in); len(w.homes) < 8 && from.View().Group(g).In {
					w.n++
					h := secondDevice(t, from, g, fmt.Sprint(from.Name(), " ", w.n))
					w.homes, w.heard[h] = append(w.homes, h), w.heard[from]
				}
			case "newcomer":
				if len(w.homes) < 8 {
					w.n++
					h := quickHome(t, fmt.Sprint("Newcomer ", w.n))
					rank := rapid.SampledFrom([]uint8{kp1.RankGuest, kp1.RankMember}).Draw(rt, "rank")
					history := rapid.SampledFrom([]uint8{group.HistoryAll, group.HistoryNone}).Draw(rt, "history")
					joinVia(t, w.ada, h, g, invite.Terms{Rank: rank, History: history})
					w.homes = append(w.homes, h)
					w.blank[h.me(g)], w.team[h] = history == group.HistoryNone, rank == kp1.RankMember
				}
			case "remove":
				if len(others) > 0 {
					h := pick(rt, others)
					w.crossed(h.me(g))
					if _, err := w.ada.Remove(ctx, g, h.me(g), ReasonUnsaid); err != nil {
						t.Fatal(err)
					}
				}
			case "again":
				out := slices.DeleteFunc(slices.Clone(w.homes), func(h *home) bool { return slices.Contains(in, h) })
				if len(out) > 0 {
					h := pick(rt, out)
					if _, in := w.ada.rankOf(g, h.me(g)); !in {
						w.heal(t) // what was written meanwhile is judged before they are back
						was := h.View().Group(g).Device
						joinVia(t, w.ada, h, g, terms(kp1.RankMember))
						w.team[h] = true
						for _, p := range w.said { // until it has moved in, it is the device that it was
							p.heard = p.heard || p.author == h // it has met Ada now
							p.holds[h] = p.holds[h] || p.heard && p.boxed[was]
						}
					}
				}
			case "rank":
				if len(others) > 0 {
					h := pick(rt, others)
					rank := rapid.SampledFrom([]uint8{kp1.RankGuest, kp1.RankMember}).Draw(rt, "rank")
					if now, _ := w.ada.rankOf(g, h.me(g)); now != rank {
						w.crossed(h.me(g))
						if _, err := w.ada.SetRole(ctx, g, h.me(g), rank); err != nil {
							t.Fatal(err)
						}
					}
				}
			case "restart":
				pick(rt, in).again()
			}
		}
		w.heal(t)
		w.compare(t)
		for _, h := range w.in() {
			h.clean()
			h.again()
			h.clean()
		}
		w.compare(t)
	})
}
