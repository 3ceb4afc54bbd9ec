package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kith/store"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// say lets a machine's person write something that families write.
func (v *Village) say(m *Machine) error {
	g := m.view()
	if !g.In {
		return nil
	}
	if v.Erases && v.chance(0.2) {
		return v.erase(m)
	}
	d := store.Draft{}
	open := g.Care.Sleepovers().Open()
	threads := g.Care.Threads().All()
	switch k := v.rnd.IntN(12); {
	case k < 2 || len(open) == 0 && k < 6:
		day := when.DateOf(v.now).Plus(1 + v.rnd.IntN(20))
		d.Act = sleepover.Ask{Kind: sleepover.Planned, Beds: 1, Terms: sleepover.Terms{Child: "M", From: day, To: day.Plus(1)}}
	case k < 6:
		d.Act = move(v.rnd, open[v.rnd.IntN(len(open))], g.Me)
	case len(threads) == 0 || k == 11:
		d.Act = thread.New{Title: "a thread"}
		if me, _ := g.State.Member(g.Me); me.Rank >= kp1.RankMember && v.chance(0.3) {
			d.Comp = kp1.CompTeam // not for guests, and no more are the answers
		}
	default:
		d.Act = thread.Post{Thread: threads[v.rnd.IntN(len(threads))].ID, Text: fmt.Sprintf("words %d", v.rnd.IntN(1000))}
		if v.Named && k == 10 && len(g.State.Members) > 1 {
			d.For = []kp1.MID{g.State.Members[v.rnd.IntN(len(g.State.Members))].ID}
			if d.For[0] == g.Me {
				return nil
			}
		}
	}
	if d.Act == nil {
		return nil
	}
	_, err := v.propose(m, d)
	return tolerate(err)
}

// propose has a machine's person say something, and remembers that they were told it is safe.
func (v *Village) propose(m *Machine, d store.Draft) (kp1.ID, error) {
	m.wrote = nil
	ids, err := m.l.Propose(context.Background(), v.g, d)
	if err != nil {
		return kp1.ID{}, err
	}
	v.Tally.Acts++
	if m.honest() {
		_, post := d.Act.(thread.Post)
		few := slices.Clone(d.For)
		if few != nil {
			few = append(few, m.view().Me)
		}
		v.said = append(v.said, saying{ids[0], m.comp, m, m.view().Device, v.now.Sub(dawn), m.wrote, post && len(d.For) == 0, kp1.ID{}, few})
	}
	return ids[0], nil
}

// erase lets a machine's person take back a post of theirs that this machine has, from whichever machine they wrote it.
func (v *Village) erase(m *Machine) error {
	var mine []int
	for i, s := range v.said {
		if s.post && s.erased.IsZero() && s.by.owner == m.owner && m.l.HasOp(v.g, s.id) {
			mine = append(mine, i)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	i := mine[v.rnd.IntN(len(mine))]
	id, err := v.propose(m, store.Draft{Act: erase.Delete{Target: v.said[i].id}})
	if err == nil {
		v.said[i].erased = id
		if v.truth != nil {
			v.truth.gone[v.said[i].id] = true
		}
		v.Tally.Erased++
	}
	if errors.Is(err, act.RuleNotYours) { // they are somebody else in the group by now
		return nil
	}
	return tolerate(err)
}

// writes has a machine's person write now and then, for as long as it is on.
func (v *Village) writes(m *Machine) {
	perHour := v.Acts / 24 / v.Online / float64(v.Machines)
	v.during(m, v.spell(time.Duration(float64(time.Hour)/perHour)), func() error {
		v.writes(m)
		return v.say(m)
	})
}
