package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kith/store"
	"kith/store/kp1"
)

// Run lives through the days, lets everything heal, and says what went wrong.
func (v *Village) Run() error {
	for _, m := range v.machines {
		if err := v.sleep(m); err != nil {
			return err
		}
		v.after(v.spell(v.asleep()), func() error { return v.wake(m) })
	}
	if v.Weather {
		v.after(v.spell(6*time.Hour), v.weather)
	}
	if v.Strife > 0 {
		v.after(v.spell(v.Strife), v.strife)
	}
	if v.Clocks {
		v.after(0, v.clocks)
	}
	if err := v.until(dawn.Add(time.Duration(v.Days) * 24 * time.Hour)); err != nil {
		return err
	}
	return v.heal()
}

const awakeFor = 3 * time.Hour // on average

func (v *Village) asleep() time.Duration {
	return time.Duration(float64(awakeFor) * (1 - v.Online) / v.Online)
}

// loses is chance, but nothing is lost while everything heals.
func (v *Village) loses(share float64) bool { return !v.fair && v.chance(share) }

// wake turns a machine on.
func (v *Village) wake(m *Machine) error {
	if m.gone || m.awake {
		return nil
	}
	if m.l == nil {
		if err := m.open(); err != nil {
			return fmt.Errorf("%v opens: %w", m, err)
		}
	}
	m.awake = true
	m.shift++
	v.note("wakes", m)
	for _, q := range v.machines {
		if q != m && v.linked(m, q) {
			v.during(m, time.Duration(v.rnd.Int64N(int64(5*time.Second))), func() error { return v.meet(m, q) })
		}
	}
	v.during(m, time.Duration(v.rnd.Int64N(int64(time.Minute))), func() error { return v.hourly(m) })
	v.writes(m)
	v.during(m, v.spell(awakeFor), func() error { return v.sleep(m) })
	return nil
}

// sleep turns it off; now and then the program ends with it.
func (v *Village) sleep(m *Machine) error {
	if !m.awake {
		return nil
	}
	m.awake = false
	m.shift++
	v.note("sleeps", m)
	clear(m.acks)
	asleep := v.spell(v.asleep())
	if !m.gone {
		v.after(asleep, func() error { return v.wake(m) })
	}
	if !v.chance(0.2) {
		return nil
	}
	if m.gone {
		return m.close()
	}
	return m.openAhead(v.now.Add(asleep))
}

// hourly is what a machine that is on does by itself, and what its person has to be asked for.
func (v *Village) hourly(m *Machine) error {
	v.during(m, time.Hour, func() error { return v.hourly(m) })
	if m.stolen {
		return v.steal(m)
	}
	m.old = m.old || m.l.Old(v.g)
	for _, do := range []func() error{m.fetch, m.tend, m.post, m.chores, m.tells} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// chores is what a person is asked: to confirm a machine, to be the second who agrees, to vote, to get a new machine.
func (m *Machine) chores() error {
	v, ctx := m.v, context.Background()
	if !m.able() {
		return nil
	}
	g := m.view()
	me, _ := g.State.Member(g.Me)
	if g.Torn {
		for _, s := range m.l.Told(v.g).Splits { // they have rung one another
			if err := m.l.StandBy(ctx, v.g, s.Device); tolerate(err) != nil {
				return fmt.Errorf("stand by: %w", err)
			}
		}
	}
	for _, d := range g.State.Waiting {
		if d.Member != g.Me && me.Rank >= kp1.RankMember && (v.fair || v.chance(0.5)) {
			if _, err := m.l.Confirm(ctx, v.g, d.ID); tolerate(err) != nil {
				return fmt.Errorf("confirm: %w", err)
			}
		}
	}
	for _, a := range g.Asks {
		if !a.Mine && me.Rank >= kp1.RankAdmin && v.loses(0.5) {
			if _, err := m.l.Consent(ctx, v.g, a.ID); tolerate(err) != nil {
				return fmt.Errorf("consent: %w", err)
			}
		}
	}
	if g.State.Headless && len(g.State.Members) > 0 {
		if _, err := m.l.Vote(ctx, v.g, g.State.Members[0].ID); tolerate(err) != nil {
			return fmt.Errorf("vote: %w", err)
		}
	}
	if m.owner.lacks() && m.owner.working() == m && !v.fair {
		q, err := v.secondMachine(m.owner)
		if err != nil {
			return fmt.Errorf("new machine: %w", err)
		}
		v.note("new", q)
		q.awake = false
		return v.wake(q)
	}
	return nil
}

// lacks says whether a person has fewer machines than they want.
func (p *Neighbour) lacks() bool {
	n := 0
	for _, m := range p.machines {
		if m.honest() && !m.forked && !m.old {
			n++
		}
	}
	return n < p.machines[0].v.Machines
}

// weather cuts the village into parts, sometimes, and mends it.
func (v *Village) weather() error {
	v.after(v.spell(6*time.Hour), v.weather)
	if v.fair {
		return nil
	}
	was := v.cut
	n := len(v.machines)
	switch v.rnd.IntN(6) {
	case 0, 1:
		v.cut = nil
	case 2: // halves
		side := make([]bool, n+64)
		for i := range side {
			side[i] = v.chance(0.5)
		}
		v.cut = func(a, b *Machine) bool { return side[a.n%len(side)] != side[b.n%len(side)] }
	case 3: // everybody reaches two neighbours alone
		v.cut = func(a, b *Machine) bool { d := (a.n - b.n + n) % n; return d != 1 && d != n-1 }
	case 4: // one alone
		one := v.rnd.IntN(n)
		v.cut = func(a, b *Machine) bool { return a.n == one || b.n == one }
	default: // links come and go with the minute
		v.cut = func(a, b *Machine) bool { return (v.now.Unix()/60+int64(a.n*31+b.n*31))%3 == 0 }
	}
	v.note("weather", nil)
	for i, a := range v.machines {
		for _, b := range v.machines[:i] {
			if v.linked(a, b) && was != nil && was(a, b) {
				v.during(a, time.Duration(v.rnd.Int64N(int64(time.Minute))), func() error { return v.meet(a, b) })
			}
		}
	}
	return nil
}

// clocks sets some clocks wrong, by up to two centuries.
func (v *Village) clocks() error {
	v.after(v.spell(48*time.Hour), v.clocks)
	for _, m := range v.machines {
		switch {
		case !v.chance(0.3):
		case v.chance(0.3):
			m.skew = 0
		case v.chance(0.5):
			m.skew = time.Duration(v.rnd.Int64N(int64(2*time.Hour))) - time.Hour
		default:
			m.skew = time.Unix(v.rnd.Int64N(7_258_118_400), 0).Sub(v.now) // 1970 to 2200
		}
	}
	return nil
}

// admin is an able machine of somebody who leads, by its own view.
func (v *Village) admin() *Machine {
	var all []*Machine
	for _, m := range v.machines {
		if !m.able() {
			continue
		}
		g := m.view()
		if me, ok := g.State.Member(g.Me); ok && me.Rank >= kp1.RankAdmin {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[v.rnd.IntN(len(all))]
}

// mid is who a person is in the group.
func (p *Neighbour) mid() (id kp1.MID) {
	for _, m := range p.machines {
		if m.l != nil && id.IsZero() {
			id = m.view().Me
		}
	}
	return id
}

// strife is what goes wrong between people, and with their things.
func (v *Village) strife() error {
	v.after(v.spell(v.Strife), v.strife)
	if v.fair {
		return nil
	}
	ctx := context.Background()
	a := v.admin()
	p := v.folk[v.rnd.IntN(len(v.folk))]
	if a == nil || a.owner == p {
		return nil
	}
	st := a.view().State
	who := p.mid()
	_, in := st.Member(who)
	leaders := st.Leaders()
	var err error
	switch k := v.rnd.IntN(17); {
	case !in && k < 10 && !who.IsZero():
		return v.back(a, p)
	case k < 3 && len(st.Members) > v.People/2:
		v.note("remove", a)
		if err = v.acts(a)(a.l.Remove(ctx, v.g, who, store.ReasonUnsaid)); err == nil {
			v.Tally.Removed++
			err = v.turn(p)
		}
	case k == 3: // two who lead remove one another, and have not heard of it
		return v.quarrel(a)
	case k == 4 && leaders < 4:
		err = v.acts(a)(a.l.SetRole(ctx, v.g, who, kp1.RankAdmin))
	case k == 5 && leaders > 2:
		err = v.acts(a)(a.l.SetRole(ctx, v.g, who, kp1.RankMember))
	case k == 6 && len(st.Members) > v.People/2:
		if m := p.working(); m != nil {
			v.note("leaves", m)
			_, err = m.l.Leave(ctx, v.g)
		}
	case k < 9:
		return v.lose(p)
	case k == 9:
		return v.clone(p)
	case k == 10:
		return v.rollBack(p)
	case k == 12 && in: // somebody may read from now on, or do a little more
		v.note("guest or member", a)
		_, err = a.l.SetRole(ctx, v.g, who, uint8(v.rnd.IntN(2))) //nolint:gosec // of two
	case k == 13 && in: // somebody whose word is enough, or not any more
		v.note("steward", a)
		_, err = a.l.SetRole(ctx, v.g, who, kp1.RankSteward)
	case k == 14 && in:
		v.note("admin", a)
		_, err = a.l.SetRole(ctx, v.g, who, kp1.RankAdmin)
	case k == 11 && len(v.keepers) > 0: // the tickets are replaced
		k := v.keepers[v.rnd.IntN(len(v.keepers))]
		if err := k.pair(); err != nil {
			return err
		}
		return v.announce(a)
	}
	return tolerate(err)
}

// acts is what comes of an act of a person whose machine may have to hear others out first.
func (v *Village) acts(m *Machine) func(store.Deed, error) error {
	return func(d store.Deed, err error) error {
		if err != nil || !d.Later {
			return err
		}
		v.Tally.Later++
		if v.Heedless || m.stolen {
			_, err = m.l.SignNow(context.Background(), v.g, d.Op)
		}
		return err
	}
}

// turn has some of the machines of somebody who was removed go on as if nothing had happened.
func (v *Village) turn(p *Neighbour) error {
	for _, m := range p.machines {
		if m.honest() && m.l != nil && v.chance(0.4) {
			v.note("turns", m)
			m.stolen = true
			if err := v.judge.spy(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// back lets somebody in again who is out.
func (v *Village) back(host *Machine, p *Neighbour) error {
	var m *Machine
	for _, q := range p.machines {
		if q.honest() && q.awake && q.l != nil && !q.forked && !q.old {
			m = q
		}
	}
	if m == nil {
		if slices.ContainsFunc(p.machines, func(q *Machine) bool { return q.honest() && !q.forked && !q.old }) {
			return nil // asleep
		}
		m = v.newMachine(p)
		l, err := store.CreateFrom(m.home, v.rest, p.name, p.rs, m.options())
		if err != nil {
			return err
		}
		m.peer = multihash(l.Transport())
		if err := m.take(l); err != nil {
			return err
		}
		if err := v.wake(m); err != nil {
			return err
		}
	}
	v.note("back", m)
	if err := v.admit(host, m); err != nil {
		return tolerate(err)
	}
	v.Tally.Admitted++
	return v.meet(host, m)
}

// quarrel has two who lead remove one another while they cannot hear of it.
func (v *Village) quarrel(a *Machine) error {
	b := v.admin()
	if b == nil || b.owner == a.owner {
		return nil
	}
	v.note("quarrel", a)
	v.cut = func(x, y *Machine) bool {
		return (x.n+a.n)%2 != (y.n+a.n)%2 && x.owner != y.owner || x == a && y == b || x == b && y == a
	}
	err := v.acts(a)(a.l.Remove(context.Background(), v.g, b.view().Me, store.ReasonUnsaid))
	err2 := v.acts(b)(b.l.Remove(context.Background(), v.g, a.view().Me, store.ReasonUnsaid))
	return errors.Join(tolerate(err), tolerate(err2))
}

// lose has a machine come into other hands, and its owner revoke it from another.
func (v *Village) lose(p *Neighbour) error {
	for _, m := range p.machines {
		if !m.honest() || m.l == nil || m.old || m.forked || !m.view().In {
			continue
		}
		for _, other := range p.machines {
			if other == m || !other.able() {
				continue
			}
			v.note("lost", m)
			m.stolen = true
			if err := v.judge.spy(m); err != nil {
				return err
			}
			v.Tally.Revoked++
			d := m.view().Device
			v.during(other, v.spell(time.Hour), func() error {
				_, err := other.l.Revoke(context.Background(), v.g, d)
				return tolerate(err)
			})
			return nil
		}
	}
	return nil
}

// clone copies a machine's disk, keychain and all, and both copies go on.
func (v *Village) clone(p *Neighbour) error {
	m := p.working()
	if m == nil {
		return nil
	}
	v.note("clone", m)
	q := v.newMachine(p)
	if err := m.close(); err != nil {
		return err
	}
	if err := m.image(q.home); err != nil {
		return err
	}
	q.peer, q.mark = m.peer, m.mark
	m.forked, q.forked = true, true
	v.Tally.Cloned++
	if err := errors.Join(m.open(), q.open()); err != nil {
		return err
	}
	for range 2 {
		if err := errors.Join(v.say(m), v.say(q)); err != nil {
			return err
		}
	}
	return v.wake(q)
}

// rollBack puts a machine's disk back to what it was a day before, while its keychain goes on.
func (v *Village) rollBack(p *Neighbour) error {
	m := p.working()
	if m == nil || m.forked {
		return nil
	}
	to := m.home + ".image"
	if err := m.close(); err != nil {
		return err
	}
	if err := errors.Join(m.image(to), m.open()); err != nil {
		return err
	}
	v.after(24*time.Hour, func() error {
		if !m.honest() || m.forked || m.old || v.fair {
			return nil
		}
		v.note("rolled back", m)
		v.Tally.RolledBack++
		if err := m.close(); err != nil {
			return err
		}
		was := m.home
		m.home = to
		err := m.image(was)
		m.home = was
		if err != nil {
			return err
		}
		return m.open()
	})
	return nil
}

// steal is what a machine in other hands does: it writes with all it has, and tries to do harm.
func (v *Village) steal(m *Machine) error {
	ctx := context.Background()
	g := m.view()
	var err error
	switch k := v.rnd.IntN(40); {
	case k < 20:
		return v.say(m)
	case k == 20:
		if len(g.State.Members) > 0 {
			err = v.acts(m)(m.l.Remove(ctx, v.g, g.State.Members[v.rnd.IntN(len(g.State.Members))].ID, store.ReasonUnsaid))
		}
	case k < 24:
		if len(g.State.Members) > 0 {
			err = v.acts(m)(m.l.SetRole(ctx, v.g, g.State.Members[v.rnd.IntN(len(g.State.Members))].ID, kp1.RankAdmin))
		}
	default:
		return m.post()
	}
	if err = tolerate(err); err != nil {
		return fmt.Errorf("thief: %w", err)
	}
	return nil
}
