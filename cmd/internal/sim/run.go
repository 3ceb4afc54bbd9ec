package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/store"
	"kith/store/care"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// step is how long the world stands still between two looks of fate.
const step = 20 * time.Minute

// Run lives through the plan's days, lets everything heal, and returns what went wrong.
func (w *World) Run() error {
	if err := w.each((*Person).sleep); err != nil {
		return err
	}
	steps := w.plan.Days * int(24*time.Hour/step)
	for i := range steps {
		if err := w.fate(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		time.Sleep(step)
		if i%36 == 35 {
			if err := w.truth(); err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
		}
	}
	return w.heal()
}

// each does something for everybody.
func (w *World) each(do func(*Person) error) error {
	for _, p := range w.all {
		if err := do(p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// fate turns computers on and off, cuts and mends links, lets people write, and now and then removes somebody.
func (w *World) fate() error {
	for _, p := range w.all {
		turn := (*Person).sleep
		if w.rnd.Float64() < w.plan.Awake {
			turn = (*Person).wake
		}
		if err := turn(p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	w.weather()
	perStep := float64(w.plan.Acts) * float64(step) / float64(24*time.Hour)
	for _, p := range w.all {
		if p.stop != nil && w.rnd.Float64() < perStep/w.plan.Awake {
			if err := w.say(p); err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	if w.plan.Remove && w.rnd.IntN(200) == 0 {
		return w.quarrel()
	}
	return nil
}

// weather cuts the world in two, sometimes.
func (w *World) weather() {
	if w.rnd.IntN(4) != 0 {
		w.air.Cut(nil)
		return
	}
	side := map[peer.ID]bool{}
	for _, p := range w.all {
		side[p.id] = w.rnd.IntN(2) == 0
	}
	w.air.Cut(func(a, b peer.ID) bool { return side[a] != side[b] })
}

// say lets a person do something that families do.
func (w *World) say(p *Person) error {
	v := p.ledger().View().Group(w.g)
	if !v.In {
		return nil
	}
	var a care.Act
	open := v.Care.Sleepovers().Open()
	threads := v.Care.Threads().All()
	switch k := w.rnd.IntN(10); {
	case k < 2 || len(open) == 0 && k < 6:
		day := when.DateOf(time.Now()).Plus(1 + w.rnd.IntN(20))
		a = sleepover.Ask{Kind: sleepover.Planned, Beds: 1, Terms: sleepover.Terms{Child: "M", From: day, To: day.Plus(1)}}
	case k < 6:
		a = move(w.rnd, open[w.rnd.IntN(len(open))], v.Me)
	case len(threads) == 0 || k == 9:
		a = thread.New{Title: "a thread"}
	default:
		a = thread.Post{Thread: threads[w.rnd.IntN(len(threads))].ID, Text: fmt.Sprintf("words %d", w.rnd.IntN(1000))}
	}
	if a == nil {
		return nil
	}
	_, err := w.act(p, a)
	if errors.Is(err, store.ErrNoEpoch) || isRule(err) {
		return nil // a member who has not heard from anyone yet, or a move that somebody overtook
	}
	return err
}

func isRule(err error) bool {
	var c interface{ Code() string }
	return errors.As(err, &c) && len(c.Code()) > 6 && c.Code()[:6] == "E_RULE"
}

// move picks a move that may or may not be this person's to make.
func move(rnd *rand.Rand, s sleepover.Sleepover, me kp1.MID) care.Act {
	var offer kp1.ID
	if len(s.Offers) > 0 {
		offer = s.Offers[rnd.IntN(len(s.Offers))].ID
	}
	mine := s.Asked.Author == me
	switch rnd.IntN(7) {
	case 0, 1:
		if mine {
			return sleepover.Choose{Ask: s.ID, Offer: offer}
		}
		return sleepover.Offer{Ask: s.ID}
	case 2:
		return sleepover.Agree{Ask: s.ID}
	case 3:
		return sleepover.Cannot{Ask: s.ID, Offer: offer}
	case 4:
		return sleepover.OnIt{Ask: s.ID}
	case 5:
		return sleepover.Arrived{Ask: s.ID}
	}
	if mine && rnd.IntN(3) == 0 {
		return sleepover.NotNeeded{Ask: s.ID}
	}
	return sleepover.Home{Ask: s.ID}
}

// quarrel removes a member, or asks back one who was removed.
func (w *World) quarrel() error {
	host := w.all[0]
	if host.stop == nil {
		return nil
	}
	p := w.all[1+w.rnd.IntN(len(w.all)-1)]
	if p.out {
		if p.stop == nil {
			return nil
		}
		return w.admit(p)
	}
	l := host.ledger()
	v := l.View().Group(w.g)
	for _, d := range v.State.Devices {
		if peer.ID(d.Peer) == p.id {
			if _, err := l.Remove(context.Background(), w.g, d.Member, store.ReasonUnsaid); err != nil {
				return err
			}
			p.out = true
		}
	}
	return nil
}

// truth checks that nobody is told of more than there is: whoever is said to hold something holds it.
func (w *World) truth() error {
	for id, author := range w.said {
		if author.stop == nil || author.out {
			continue
		}
		l := author.ledger()
		d := l.Delivery(w.g, id)
		if d.Devices == 0 {
			continue
		}
		for _, q := range w.all {
			if q.stop == nil || q == author {
				continue
			}
			me := q.ledger().View().Group(w.g).Me
			if slices.Contains(d.Has, me) && !q.ledger().HasOp(w.g, id) {
				return fmt.Errorf("%s is told that %s has op %s, who has not", author.Name, q.Name, id.Short())
			}
		}
	}
	return nil
}

// heal mends every link and wakes everyone, waits, and compares.
func (w *World) heal() error {
	w.air.Cut(nil)
	if err := w.each((*Person).wake); err != nil {
		return err
	}
	time.Sleep(2 * time.Hour)
	defer func() { _ = w.each((*Person).sleep) }()
	if err := w.truth(); err != nil {
		return err
	}
	var want kp1.ID
	for i, p := range w.all {
		if p.out {
			continue
		}
		l := p.ledger()
		got, err := l.Fingerprint(w.g)
		if err != nil {
			return err
		}
		if i == 0 {
			want = got
		}
		if got != want {
			return fmt.Errorf("%s sees something else than %s", p.Name, w.all[0].Name)
		}
		r, err := l.Check(context.Background())
		if err != nil || len(r.Bad) > 0 {
			return fmt.Errorf("%s: check: %v %w", p.Name, r.Bad, err)
		}
		for id, author := range w.said {
			if !author.out && !l.HasOp(w.g, id) {
				return fmt.Errorf("%s has not got op %s, which %s was told is safe", p.Name, id.Short(), author.Name)
			}
		}
	}
	return nil
}
