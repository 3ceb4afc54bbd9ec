package sim

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"kith/network/reconcile"
	"kith/store/kp1"
)

// linked says whether two machines could talk now.
func (v *Village) linked(a, b *Machine) bool {
	return a.awake && b.awake && a.l != nil && b.l != nil && !a.gone && !b.gone && (v.cut == nil || !v.cut(a, b))
}

// during has something happen if the machine is still on then, without having been off.
func (v *Village) during(m *Machine, d time.Duration, do func() error) {
	shift := m.shift
	v.after(d, func() error {
		if m.shift != shift || !m.awake || m.l == nil || m.gone {
			return nil
		}
		if err := do(); err != nil {
			return fmt.Errorf("%v: %w", m, err)
		}
		return nil
	})
}

// push sends what is new to a machine that is connected. Some is lost; then the two compare again later.
func (v *Village) push(m, q *Machine, raws [][]byte) {
	if !m.serves(q) {
		return
	}
	v.Tally.Pushed += len(raws)
	raws = slices.Clone(raws)
	times := 1
	for times < 6 && v.loses(v.Twice) {
		times++
	}
	for range times {
		if v.loses(v.Lossy) {
			v.Tally.Lost++
			v.makeUp(m, q)
			continue
		}
		late := 20 * time.Millisecond
		if v.Shuffle > 0 {
			late += time.Duration(v.rnd.Int64N(int64(v.Shuffle)))
		}
		v.during(q, late, func() error {
			if !v.linked(m, q) || q.stolen {
				return nil
			}
			res, err := q.accept(m, raws)
			if err != nil {
				return err
			}
			v.ack(q, m, res.Held)
			return nil
		})
	}
}

// ackEvery is how long what came is gathered before its sender is told.
const ackEvery = time.Minute

// ack tells the sender, a while later, what is on the disk now.
func (v *Village) ack(from, to *Machine, ids []kp1.ID) {
	first := len(from.acks[to]) == 0
	from.acks[to] = append(from.acks[to], ids...)
	if !first {
		return
	}
	v.after(ackEvery, func() error {
		ids := from.acks[to]
		delete(from.acks, to)
		if !v.linked(from, to) || v.loses(v.Lossy) {
			return nil
		}
		return to.held(from, ids, 0)
	})
}

// held notes another machine's own word.
func (m *Machine) held(q *Machine, ids []kp1.ID, upTo uint64) error {
	d := m.deviceOf(q)
	if d.IsZero() || len(ids) == 0 && upTo == 0 {
		return nil
	}
	if err := m.l.Held(m.v.g, d, ids, upTo); err != nil {
		return err
	}
	return m.v.truth.takenAway(m, q, d)
}

// makeUp has two machines compare again after something between them was lost.
func (v *Village) makeUp(a, b *Machine) {
	pair := [2]*Machine{a, b}
	if a.n > b.n {
		pair = [2]*Machine{b, a}
	}
	if v.again[pair] {
		return
	}
	v.again[pair] = true
	v.after(time.Minute+time.Duration(v.rnd.Int64N(int64(10*time.Minute))), func() error {
		delete(v.again, pair)
		return v.meet(a, b)
	})
}

// meet is a session of two machines: hello, a comparison of their sets, and what each lacks, as far as the other serves.
func (v *Village) meet(a, b *Machine) error {
	if !v.linked(a, b) || !a.greets(b) && !b.greets(a) {
		return nil
	}
	ab, ba := a.serves(b) && !b.stolen, b.serves(a) && !a.stolen
	if !ab && !ba {
		return nil
	}
	v.Tally.Meetings++
	var lackA, lackB []kp1.ID
	if a.mixed != b.mixed || a.set.Len() != b.set.Len() || v.Tally.Meetings%16 == 0 { // else a comparison finds that they are level
		ra, rb := v.rounds(a, b)
		if err := compare(ra, rb); err != nil {
			return fmt.Errorf("%v and %v compare: %w", a, b, err)
		}
		if ba {
			lackA = wanted(ra, b.set)
		}
		if ab {
			lackB = wanted(rb, a.set)
		}
	}
	markA, markB, level := a.upTo, b.upTo, true
	for _, way := range []struct {
		ok        bool
		from, to  *Machine
		ids       []kp1.ID
		mark      uint64
		sayToFrom bool
	}{{ok: ba, from: b, to: a, ids: lackA, mark: markB}, {ok: ab, from: a, to: b, ids: lackB, mark: markA}} {
		if !way.ok {
			level = false
			continue
		}
		whole, err := v.carry(way.from, way.to, way.ids)
		if err != nil {
			return fmt.Errorf("%v to %v: %w", way.from, way.to, err)
		}
		if whole {
			err = way.from.held(way.to, nil, way.mark)
		} else {
			v.makeUp(a, b)
			level = false
		}
		if err != nil {
			return err
		}
	}
	if !level {
		return nil
	}
	return errors.Join(a.level(b), b.level(a))
}

// level notes that a comparison with another machine has ended with nothing lacking.
func (m *Machine) level(q *Machine) error {
	d := m.deviceOf(q)
	if d.IsZero() {
		return nil
	}
	return m.l.Level(m.v.g, d)
}

// rounds begins a round of two machines: one in sixteen under a nonce of its own, the others under one of the whole
// village, so that what did not change since a machine's last is not hashed anew.
func (v *Village) rounds(a, b *Machine) (ra, rb *reconcile.Round) {
	var nonce [32]byte
	for i := range 4 {
		binary.BigEndian.PutUint64(nonce[8*i:], v.rnd.Uint64())
	}
	if v.Tally.Meetings%16 == 0 {
		return reconcile.Begin(a.set, nonce), reconcile.Begin(b.set, nonce)
	}
	return a.begin(), b.begin()
}

func (m *Machine) begin() *reconcile.Round {
	if m.round == nil {
		m.round = reconcile.Begin(m.set, [32]byte{})
	} else {
		m.round = m.round.Again(m.set)
	}
	return m.round
}

// compare runs one round of reconciliation, at the end of which each side knows what it lacks.
func compare(ra, rb *reconcile.Round) (err error) {
	turn, other := rb, ra
	for says := [][]byte{ra.Open()}; len(says) > 0; turn, other = other, turn {
		var reply [][]byte
		for i, s := range says {
			if reply, err = turn.Answer(s, i < len(says)-1); err != nil {
				return err
			}
		}
		if rb.Level() {
			break
		}
		says = reply
	}
	return nil
}

// wanted resolves what a round asks for against the set of the other side. One id may come twice.
func wanted(r *reconcile.Round, theirs reconcile.Set) []kp1.ID {
	ids, ranges := r.Wants()
	out := make([]kp1.ID, 0, len(ids))
	for _, id := range ids {
		out = append(out, kp1.ID(id))
	}
	for _, g := range ranges {
		for it := range theirs.Between(g) {
			out = append(out, kp1.ID(it.ID))
		}
	}
	return out
}

// batchMost is how many envelopes are handed over at once.
const batchMost = 64

// carry hands envelopes over in the order in which they came to the giver. whole says that all are there now.
func (v *Village) carry(from, to *Machine, ids []kp1.ID) (whole bool, err error) {
	if len(ids) == 0 {
		return true, nil
	}
	places, err := from.l.Places(v.g, ids)
	if err != nil {
		return false, err
	}
	type placed struct {
		n  uint64
		id kp1.ID
	}
	all := make([]placed, len(ids))
	for i, id := range ids {
		all[i] = placed{places[i].N, id}
	}
	slices.SortFunc(all, func(x, y placed) int { return cmp.Or(cmp.Compare(x.n, y.n), x.id.Compare(y.id)) })
	all = slices.Compact(all)
	var batches []*read
	for part := range slices.Chunk(all, batchMost) {
		b := &read{ids: make([]kp1.ID, len(part)), done: make(chan struct{})}
		for i, p := range part {
			b.ids[i] = p.id
		}
		batches = append(batches, b)
	}
	batches[0].begin(from)
	whole = true
	for i, b := range batches {
		<-b.done
		if v.loses(v.Lossy / 4) {
			v.Tally.Lost++
			return false, nil
		}
		if b.err != nil {
			return false, b.err
		}
		if i+1 < len(batches) {
			batches[i+1].begin(from)
		}
		res, err := to.accept(from, b.raws)
		if err == nil {
			err = from.held(to, res.Held, 0)
		}
		if err != nil {
			if i+1 < len(batches) {
				<-batches[i+1].done
			}
			return false, err
		}
		whole = whole && len(res.Held) == len(b.ids)
	}
	return whole, nil
}

// read is a batch that is read from the giver's disk, on whichever core is free, while the one before it is taken in.
type read struct {
	ids  []kp1.ID
	raws [][]byte
	err  error
	done chan struct{}
}

func (b *read) begin(from *Machine) {
	l, g := from.l, from.v.g
	go func() {
		defer close(b.done)
		b.raws, b.err = l.Envelopes(context.Background(), g, b.ids)
		b.raws = slices.DeleteFunc(b.raws, func(raw []byte) bool { return raw == nil })
	}()
}

// level has machines meet, and do what falls to them, until nothing is left to hand over.
func (v *Village) level(ms ...*Machine) error {
	for range 3 {
		for _, m := range ms[1:] {
			if err := v.meet(ms[0], m); err != nil {
				return err
			}
		}
		for _, m := range ms {
			if err := m.settle(); err != nil {
				return fmt.Errorf("%v: %w", m, err)
			}
		}
	}
	return nil
}
