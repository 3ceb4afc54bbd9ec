package sim

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"kith/network/reconcile"
	"kith/store"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// calm lets everything heal that was begun while the village was settled.
func (v *Village) calm() error {
	v.fair = true
	defer func() { v.fair = false }()
	_, err := v.quiet()
	return err
}

// healMost is how many rounds of meeting and tending a healed village may take to come to rest. It is a bound on what is
// promised (T25), with room: a round is everybody meeting one machine.
const healMost = 40

// quiet wakes everyone and goes round until nothing moves any more. It returns the machines that are in.
func (v *Village) quiet() ([]*Machine, error) {
	v.cut = nil
	for _, m := range v.machines {
		if m.gone || m.stolen {
			m.awake = false
			continue
		}
		if m.l == nil {
			if err := m.open(); err != nil {
				return nil, fmt.Errorf("%v opens: %w", m, err)
			}
		}
		m.awake = true
		m.shift++
	}
	var before [32]byte
	still := 0
	for v.Tally.Rounds = 0; still < 3; v.Tally.Rounds++ {
		if v.Tally.Rounds == healMost {
			return nil, fmt.Errorf("T25: not at rest after %d rounds: %s", healMost, v.differences())
		}
		in := v.core()
		if len(in) == 0 {
			return nil, fmt.Errorf("nobody is in")
		}
		if err := v.round(in, still); err != nil {
			return nil, err
		}
		if now := v.picture(); now != before {
			before, still = now, 0
		} else {
			still++
		}
	}
	return v.core(), nil
}

// round has everybody who can meet the first, twice, and do what falls to them.
func (v *Village) round(in []*Machine, still int) error {
	hub := in[v.Tally.Rounds%len(in)]
	for range 2 {
		for _, m := range v.machines {
			if m == hub || m.l == nil || !m.awake {
				continue
			}
			if err := v.meet(hub, m); err != nil {
				return err
			}
		}
	}
	for _, m := range v.machines {
		if m.l == nil || !m.awake {
			continue
		}
		m.tendSoon()
		if err := m.chores(); err != nil {
			return fmt.Errorf("%v: %w", m, err)
		}
	}
	if still > 0 { // only then is it clear that machines alone come no further
		if err := v.tap(in); err != nil {
			return err
		}
	}
	return v.until(v.now.Add(2 * time.Minute))
}

// tap is what people do where machines cannot know (protocol 4.5): what some have let in and others hold back, somebody
// who leads lets stand.
func (v *Village) tap(in []*Machine) error {
	for _, m := range in {
		for _, id := range m.l.Fenced(v.g) {
			elsewhere := slices.ContainsFunc(in, func(q *Machine) bool {
				return q != m && q.l.Admitted(v.g, id)
			})
			if !elsewhere {
				continue
			}
			if _, err := m.l.LetStand(context.Background(), v.g, id); tolerate(err) != nil {
				return fmt.Errorf("%v lets stand: %w", m, err)
			}
		}
	}
	return nil
}

// core is the machines that count one another as in, around the one whom most count so.
func (v *Village) core() []*Machine {
	var best []*Machine
	for _, hub := range v.machines {
		if !hub.counts() {
			continue
		}
		var in []*Machine
		for _, m := range v.machines {
			if m == hub || m.counts() && hub.takes(m) && m.takes(hub) {
				in = append(in, m)
			}
		}
		if len(in) > len(best) {
			best = in
		}
	}
	return best
}

func (m *Machine) counts() bool {
	return m.l != nil && m.awake && m.honest() && !m.forked && !m.old && m.view().In && !m.l.Old(m.v.g)
}

func (m *Machine) takes(q *Machine) bool {
	_, in := m.view().State.Device(q.view().Device)
	return in
}

// picture is all that could still move.
func (v *Village) picture() (sum [32]byte) {
	for i, m := range v.machines {
		if m.l == nil || !m.awake {
			continue
		}
		h := m.view().State.Hash()
		for k := range sum {
			sum[k] = sum[k]*31 + h[k] + byte(m.set.Len()>>(k%3*8)) + byte(i)
		}
	}
	return sum
}

// differences says who differs from the first, for who has to find out why.
func (v *Village) differences() string {
	in := v.core()
	out := fmt.Sprintf("%d in", len(in))
	for _, m := range in {
		h := m.view().State.Hash()
		out += fmt.Sprintf("; %v: %d envelopes, state %x, %d waiting, %d fenced", m, m.set.Len(), h[:3], m.view().Waiting, len(m.l.Fenced(v.g)))
	}
	return out
}

// heal lets everything come to rest and compares.
func (v *Village) heal() error {
	v.fair = true
	before := v.Tally.Grants
	in, err := v.quiet()
	if err != nil {
		return err
	}
	v.Tally.HealGrants = v.Tally.Grants - before
	if err := v.everyoneWrites(in); err != nil {
		return err
	}
	if in, err = v.quiet(); err != nil {
		return err
	}
	return v.same(in)
}

// everyoneWrites is the end of T21: nobody who is in is left without a key to write under.
func (v *Village) everyoneWrites(in []*Machine) error {
	for _, m := range in {
		if err := v.propose(m, store.Draft{Act: thread.New{Title: "last words"}}); err != nil {
			return fmt.Errorf("T21: %v cannot write: %w", m, err)
		}
	}
	return nil
}

// same compares all who are in, and everything they were told with what there is.
func (v *Village) same(in []*Machine) error {
	type look struct {
		shown  kp1.ID
		report store.Report
		err    error
	}
	looks := make([]look, len(in))
	var wg sync.WaitGroup
	for i, m := range in { // it takes nothing by chance
		wg.Go(func() {
			x := &looks[i]
			if x.shown, x.err = m.l.Fingerprint(v.g); x.err == nil {
				x.report, x.err = m.l.Check(context.Background())
			}
		})
	}
	wg.Wait()
	want := in[0].view().State.Hash()
	folds := map[*Neighbour]kp1.ID{}
	var fold kp1.ID
	for i, m := range in {
		if got := m.view().State.Hash(); got != want {
			return fmt.Errorf("G1: %v sees others in than %v", m, in[0])
		}
		me, _ := m.view().State.Member(m.view().Me)
		reads := group.Compartments(me.Rank)
		got, r := looks[i].shown, looks[i].report
		if err := looks[i].err; err != nil || len(r.Bad) > 0 {
			return fmt.Errorf("%v: check: %v %w", m, r.Bad, err)
		}
		team := slices.Contains(reads, kp1.CompTeam) // a guest shows of the team's space what they read before they were one
		if was, ok := folds[m.owner]; ok && team && was != got {
			return fmt.Errorf("%v shows something else than another of the same person", m)
		}
		folds[m.owner] = got
		if !v.Named && team {
			if !fold.IsZero() && got != fold {
				return fmt.Errorf("%v shows something else than others", m)
			}
			fold = got
		}
		for _, s := range v.said {
			if slices.Contains(reads, s.comp) && slices.Contains(in, s.by) && s.by.view().Device == s.device && !s.erased && !m.l.HasOp(v.g, s.id) {
				return fmt.Errorf("%v has not got op %s, which %v was told is safe at %v; who has: %v; %d and %d envelopes, %d and %d wait, %d and %d hidden", m, s.id.Short(), s.by, s.at, v.holders(s.id), m.set.Len(), s.by.set.Len(), m.view().Waiting, s.by.view().Waiting, m.view().Hidden, s.by.view().Hidden)
			}
		}
	}
	if err := v.erased(in); err != nil {
		return err
	}
	if err := v.truths(in); err != nil {
		return err
	}
	if err := v.judge.spied(); err != nil {
		return err
	}
	return v.judge.err
}

// erased holds every machine that is in to what was taken back: where it can be known to be gone, its words are, and its
// own envelope.
func (v *Village) erased(in []*Machine) error {
	for _, m := range in {
		g := m.view()
		for _, s := range v.said {
			if _, gone := g.Care.Gone(s.id); gone && slices.ContainsFunc(s.items, m.set.Has) {
				return fmt.Errorf("T30: %v knows that op %s was taken away, and has its envelopes", m, s.id.Short())
			}
		}
	}
	return nil
}

// holders is who has an op.
func (v *Village) holders(id kp1.ID) (out []*Machine) {
	for _, m := range v.machines {
		if m.l != nil && m.l.HasOp(v.g, id) {
			out = append(out, m)
		}
	}
	return out
}

// truths holds what machines say of deliveries to what others have.
func (v *Village) truths(in []*Machine) error {
	if v.truth != nil {
		return v.truth.everyone(v.machines)
	}
	for _, m := range in {
		if err := v.honest(m, len(v.said)); err != nil {
			return err
		}
	}
	return nil
}

// honest holds what a machine says of deliveries to what others have: of the newest acts of its own.
func (v *Village) honest(m *Machine, most int) error {
	for _, s := range slices.Backward(v.said) {
		if s.by != m {
			continue
		}
		if most--; most < 0 {
			return nil
		}
		for _, who := range m.l.Delivery(v.g, s.id).Has {
			if !slices.ContainsFunc(v.machines, func(q *Machine) bool {
				return q.had(s) && q.l.View().Group(v.g).Me == who
			}) {
				return fmt.Errorf("%v is told that %s has op %s, who has not", m, who.Short(), s.id.Short())
			}
		}
	}
	return nil
}

// had says whether a machine has on its disk all that an act is made of, whether it can read it yet or not. One whose
// disk was put back had it as far as anybody can know, and so had one that knows that it was taken away.
func (m *Machine) had(s saying) bool {
	if m.l != nil && s.erased {
		if _, gone := m.view().Care.Gone(s.id); gone {
			return true
		}
	}
	return m.l != nil && (m.old || !slices.ContainsFunc(s.items, func(it reconcile.Item) bool { return !m.set.Has(it) }))
}
