package sim

import (
	"context"
	"crypto/sha256"
	"errors"
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
// who leads lets stand. Who let it in is anybody whom they count as in, whether that machine counts them as in or not: a machine
// that believes somebody back whom the others hold out hands them every new key, and the others make new ones for ever.
func (v *Village) tap(in []*Machine) error {
	for _, m := range in {
		for _, id := range m.l.Fenced(v.g) {
			elsewhere := slices.ContainsFunc(v.machines, func(q *Machine) bool {
				if q == m || !q.counts() || !q.l.Admitted(v.g, id) {
					return false
				}
				_, known := m.view().State.Device(q.view().Device)
				return known
			})
			if !elsewhere {
				continue
			}
			_, err := m.l.LetStand(context.Background(), v.g, id)
			if tolerate(err) != nil {
				return fmt.Errorf("%v lets stand: %w", m, err)
			}
			if errors.Is(err, group.ErrQuorum) {
				v.short[id] = true
			}
		}
	}
	return nil
}

// core is the most machines that all count one another as in. Where people took one another out, who was heard first on which
// side, there may be two such groups, and one machine may be in both.
func (v *Village) core() (best []*Machine) {
	var all []*Machine
	var takes []map[kp1.DID]bool
	for _, m := range v.machines {
		if !m.counts() {
			continue
		}
		in := map[kp1.DID]bool{}
		for _, d := range m.view().State.Devices {
			in[d.ID] = true
		}
		all, takes = append(all, m), append(takes, in)
	}
	device := make([]kp1.DID, len(all))
	for i, m := range all {
		device[i] = m.view().Device
	}
	for hub := range all {
		in := []int{hub}
		for i := range all {
			if i != hub && !slices.ContainsFunc(in, func(k int) bool { return !takes[k][device[i]] || !takes[i][device[k]] }) {
				in = append(in, i)
			}
		}
		if len(in) <= len(best) {
			continue
		}
		best = best[:0]
		for i, m := range all {
			if slices.Contains(in, i) {
				best = append(best, m)
			}
		}
	}
	return best
}

func (m *Machine) counts() bool {
	return m.l != nil && m.awake && m.honest() && !m.forked && !m.old && m.view().In && !m.l.Old(m.v.g)
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
	if in, err = v.turns(in); err != nil {
		return err
	}
	return v.same(in)
}

// turnsMost is how many hours what waits for its turn may take.
const turnsMost = 3

// turns lets hours pass, and everything come to rest again, while machines differ and some still wait: of what one device writes
// about who belongs, a hundred ops an hour are taken in, and the rest when its turn comes (docs/spec/sync.md, 9).
func (v *Village) turns(in []*Machine) ([]*Machine, error) {
	waits := func(m *Machine) bool { return m.view().Waiting > 0 }
	for range turnsMost {
		if !slices.ContainsFunc(in, waits) || v.showAlike(v.together(in), false) == nil {
			return in, nil
		}
		if err := v.until(v.now.Add(time.Hour)); err != nil {
			return nil, err
		}
		var err error
		if in, err = v.quiet(); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// everyoneWrites is the end of T21: nobody who is in is left without a key to write under.
func (v *Village) everyoneWrites(in []*Machine) error {
	for _, m := range in {
		if _, err := v.propose(m, store.Draft{Act: thread.New{Title: "last words"}}); err != nil {
			return fmt.Errorf("T21: %v cannot write: %w", m, err)
		}
	}
	return nil
}

// same compares all who are in, and everything they were told with what there is, and has each prove its disk.
func (v *Village) same(in []*Machine) error { return v.alike(in, true) }

// alike is same; proven says whether each proves every byte of its disk, which costs more than all else.
func (v *Village) alike(in []*Machine, proven bool) error {
	all := len(in)
	in = v.together(in)
	v.Tally.Apart += all - len(in)
	if err := v.showAlike(in, proven); err != nil {
		return err
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

// together leaves out who is apart from the first.
func (v *Village) together(in []*Machine) []*Machine {
	return slices.DeleteFunc(slices.Clone(in), func(m *Machine) bool { return m != in[0] && v.apartFor(m, in[0]) })
}

// showAlike compares what machines have and show.
func (v *Village) showAlike(in []*Machine, proven bool) error {
	type look struct {
		shown  kp1.ID
		report store.Report
		err    error
	}
	half := v.halfGone(in)
	looks := make([]look, len(in))
	var wg sync.WaitGroup
	for i, m := range in { // it takes nothing by chance
		wg.Go(func() {
			x := &looks[i]
			if x.shown, x.err = m.shows(half); x.err == nil && proven {
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
			if slices.Contains(reads, s.comp) && slices.Contains(in, s.by) && s.by.view().Device == s.device && s.erased.IsZero() && !m.l.HasOp(v.g, s.id) {
				return fmt.Errorf("%v has not got op %s, which %v was told is safe at %v; who has: %v; %d and %d envelopes, %d and %d wait, %d and %d hidden", m, s.id.Short(), s.by, s.at, v.holders(s.id), m.set.Len(), s.by.set.Len(), m.view().Waiting, s.by.view().Waiting, m.view().Hidden, s.by.view().Hidden)
			}
		}
	}
	return nil
}

// apartFor says whether one of two machines holds back what the other has let in, and nobody's word alone is enough to let it in:
// people took one another out, or raised one another, at the same time (docs/spec/group.md, 4). What is said in the knowledge of
// that waits too. Both may see the same people in all the same, where each let in another act of the same effect.
func (v *Village) apartFor(a, b *Machine) bool {
	held := func(m, q *Machine) bool {
		return slices.ContainsFunc(m.l.Fenced(v.g), func(id kp1.ID) bool { return v.short[id] && q.l.Admitted(v.g, id) })
	}
	return held(a, b) || held(b, a)
}

// halfGone is what was taken back by an act that has no effect any more: it is hidden where the removal of who did it is known,
// and where it had its effect before that, it stays done (docs/spec/erase.md).
func (v *Village) halfGone(in []*Machine) map[kp1.ID]bool {
	half := map[kp1.ID]bool{}
	for _, s := range v.said {
		if s.erased.IsZero() {
			continue
		}
		var ids []kp1.ID
		for _, it := range s.items {
			ids = append(ids, kp1.ID(it.ID))
		}
		for _, m := range in {
			if _, gone := m.view().Care.Gone(s.id); !gone && (m.l.HasOp(v.g, s.erased) || len(m.l.Gone(v.g, ids)) > 0) {
				half[s.id] = true
			}
		}
	}
	return half
}

// shows is the hash of all that a machine shows, but for what is half gone. Where nothing is, that is its fingerprint.
func (m *Machine) shows(half map[kp1.ID]bool) (kp1.ID, error) {
	if len(half) == 0 {
		return m.l.Fingerprint(m.v.g)
	}
	g := m.view()
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, g.State.Hash(), g.Care.People().Group(), g.Care.People().Households())
	threads := slices.Clone(g.Care.Threads().All()) // those with the newest words are first, and these may be half gone
	slices.SortFunc(threads, func(a, b thread.Thread) int { return a.ID.Compare(b.ID) })
	for _, t := range threads {
		_, _ = fmt.Fprintln(sum, t.ID, t.Title, t.Words)
		for it := range t.Items(0, t.Len()) {
			if !half[it.ID] {
				_, _ = fmt.Fprintln(sum, it.ID, it.Text, it.Words, it.Author, it.Edited)
			}
		}
	}
	for s := range g.Care.Sleepovers().All() {
		_, _ = fmt.Fprintln(sum, s.ID, s.State, s.Terms, s.Beds, s.Offers, s.Host, s.Heads)
		for _, x := range s.Moves {
			_, _ = fmt.Fprintln(sum, x.ID)
		}
	}
	return kp1.ID(sum.Sum(nil)), g.Care.Err()
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
				return q.was[who] && q.had(s)
			}) {
				return fmt.Errorf("%v is told that %s has op %s, who has not", m, who.Short(), s.id.Short())
			}
		}
	}
	return nil
}

// had says whether a machine has on its disk all that an act is made of, whether it can read it yet or not, and whether its
// program runs or not. One whose disk was put back had it once, and so had one that took it away.
func (m *Machine) had(s saying) bool {
	once := m.old || !s.erased.IsZero()
	return !slices.ContainsFunc(s.items, func(it reconcile.Item) bool { return !m.set.Has(it) && !(once && m.ever[kp1.ID(it.ID)]) })
}
