package peer

import (
	"errors"
	mrand "math/rand/v2"

	"kith/cmd/internal/verb"
	"kith/network"
	"kith/network/reconcile"
	"kith/store"
	"kith/store/kp1"
)

// A mailbox may keep things back: it says "ok" and does not show what it was given, or shows that something is there and
// does not hand it over. Whoever has the thing finds out, by what the mailbox itself says at different times, and from
// whom they have it does not matter: from a second mailbox, from another computer, or because they wrote it.

const (
	probeFew   = 48      // envelopes that are asked for now and then though they are here, to see whether they are handed over
	probeMore  = 512     // and when one of those was not
	hiddenMost = 1 << 14 // envelopes of one keeper that are remembered as kept back
)

// kept is what a mailbox keeps back.
type kept struct {
	item reconcile.Item
	mute bool // it shows it, and does not hand it over; otherwise it was given it and does not show it
}

// doubts are the envelopes of which a keeper's "ok" is not believed in this visit, since it was not true before.
type doubts struct {
	of   map[network.EnvelopeID]kept
	lost map[network.EnvelopeID]bool // of these what it had said it has, until now
	mute []network.EnvelopeID        // of these what is to be given to it anew though it shows it
}

// doubts holds what the newest mailbox shows against what it said before. lacks is what it does not show.
func (r *round) doubts(b *network.Box, set reconcile.Set, found network.Compared, lacks []reconcile.Item, mark uint64, moved, again bool) (doubts, error) {
	d := doubts{of: map[network.EnvelopeID]kept{}, lost: map[network.EnvelopeID]bool{}}
	lost, err := r.mailed(lacks, mark)
	if err != nil {
		return d, err
	}
	for id, k := range r.at.hidden {
		if !k.mute && (found.There(k.item) || !set.Has(k.item)) { // it shows it by now, or it was taken back here
			delete(r.at.hidden, id)
		} else {
			d.of[id] = k
		}
	}
	if !moved {
		for _, it := range lost {
			d.of[it.ID], d.lost[it.ID] = kept{item: it}, true
		}
	}
	if len(d.lost) > 0 {
		r.in.mails.note(func() { r.at.Lost += len(d.lost) })
		r.p.hear.tell(verb.Event{What: verb.EventMailboxLost, Group: r.g, N: len(d.lost)})
	}
	if again {
		err = r.probe(b, set, found, &d)
	}
	return d, err
}

// probe asks for some of what the mailbox says it has, though it is here. What is not handed over is not in the mailbox,
// whatever it says.
func (r *round) probe(b *network.Box, set reconcile.Set, found network.Compared, d *doubts) error {
	week := r.week()
	var all []reconcile.Item
	for it := range set.Between(reconcile.All) {
		if _, known := d.of[it.ID]; !known && found.There(it) && it.Week+weeksKept >= week {
			all = append(all, it)
		}
	}
	mrand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var ask []reconcile.Item
	for id, k := range d.of {
		if k.mute && len(r.in.shelf.Lacks(network.GroupID(r.g), []network.EnvelopeID{id})) == 0 {
			ask = append(ask, reconcile.Item{Week: k.item.Week, ID: id})
		}
	}
	for most := probeFew; ; most = probeMore {
		n := min(most, len(all))
		ask, all = append(ask, all[:n]...), all[n:]
		silent, err := r.silent(b, ask)
		if err != nil {
			return err
		}
		for _, it := range ask {
			if !silent[it.ID] {
				delete(r.at.hidden, it.ID)
				delete(d.of, it.ID)
			}
		}
		for id, it := range itemsOf(ask) {
			if silent[id] {
				d.of[id] = kept{item: it, mute: true}
				d.mute = append(d.mute, id)
			}
		}
		if len(silent) == 0 || len(all) == 0 || most == probeMore {
			break
		}
		ask = nil
	}
	if len(d.mute) == 0 {
		return nil
	}
	if !r.in.shelf.enter() {
		return errLocked
	}
	defer r.in.shelf.calls.Done()
	return r.in.ledger.Lost(r.g, store.MailboxDevice(r.m.Peer), toStore(d.mute))
}

func itemsOf(all []reconcile.Item) map[network.EnvelopeID]reconcile.Item {
	out := make(map[network.EnvelopeID]reconcile.Item, len(all))
	for _, it := range all {
		out[it.ID] = it
	}
	return out
}

// silent asks for envelopes that are here, chunks of files apart, and returns those that were not handed over.
func (r *round) silent(b *network.Box, items []reconcile.Item) (map[network.EnvelopeID]bool, error) {
	out := map[network.EnvelopeID]bool{}
	for _, it := range items {
		out[it.ID] = true
	}
	ids := make([]network.EnvelopeID, 0, len(items))
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	for _, id := range r.in.shelf.Parts(network.GroupID(r.g), ids) { // they are large
		delete(out, id)
	}
	ids = ids[:0]
	for id := range out {
		ids = append(ids, id)
	}
	err := b.Read(ids, func(envs [][]byte) error {
		for _, env := range envs {
			delete(out, network.EnvelopeID(kp1.Sum(env)))
		}
		return nil
	})
	return out, err
}

// settle looks at once whether what was put in spite of a doubt is there now. It returns what the keeper may be believed to
// have; err is what ended the putting.
func (r *round) settle(b *network.Box, d doubts, put []network.EnvelopeID, err error) ([]network.EnvelopeID, error) {
	var sure []network.EnvelopeID
	var mute, unseen []reconcile.Item
	for _, id := range put {
		switch k, doubted := d.of[id]; {
		case !doubted:
			sure = append(sure, id)
		case k.mute:
			mute = append(mute, k.item)
		default:
			unseen = append(unseen, k.item)
		}
	}
	hide := func(it reconcile.Item, mute bool) {
		if d.lost[it.ID] {
			r.in.mails.note(func() { r.at.Lost-- })
		}
		r.hide(it.ID, kept{it, mute})
	}
	if len(unseen) > 0 {
		set, _ := r.in.shelf.Set(network.GroupID(r.g))
		found, why := b.Compare(set)
		if why != nil {
			return sure, errors.Join(err, why)
		}
		for _, it := range unseen {
			if found.There(it) {
				sure = append(sure, it.ID)
			} else {
				hide(it, false)
			}
		}
	}
	if len(mute) > 0 {
		silent, why := r.silent(b, mute)
		if why != nil {
			return sure, errors.Join(err, why)
		}
		for _, it := range mute {
			if silent[it.ID] {
				hide(it, true)
			} else {
				sure = append(sure, it.ID)
			}
		}
	}
	for _, id := range sure {
		delete(r.at.hidden, id)
	}
	r.in.mails.note(func() { r.at.Hidden = len(r.at.hidden) })
	return sure, err
}

func (r *round) hide(id network.EnvelopeID, k kept) {
	if r.at.hidden == nil {
		r.at.hidden = map[network.EnvelopeID]kept{}
	}
	if len(r.at.hidden) < hiddenMost {
		r.at.hidden[id] = k
	}
}

// keptBack finds what a mailbox shows and did not hand over when it was asked. It compares once more: something may have
// been taken out of the mailbox in between.
func (r *round) keptBack(b *network.Box, found network.Compared, got map[network.EnvelopeID]bool, take func([][]byte) error) error {
	for id := range got {
		delete(r.at.hidden, id)
	}
	ids, more := found.Named()
	news := more
	for _, id := range r.still(ids, got) {
		_, known := r.at.hidden[id]
		news = news || !known
	}
	if news {
		set, _ := r.in.shelf.Set(network.GroupID(r.g))
		found, err := b.Compare(set)
		if err != nil {
			return err
		}
		ids, more = found.Named()
		for _, id := range r.still(ids, got) {
			r.hide(id, kept{reconcile.Item{ID: id}, true})
		}
		if more { // it named none of these: what it does not hand over of them has no name here
			n := 0
			none := func(network.EnvelopeID) bool { return true }
			err := b.Fetch(found, none, func(envs [][]byte) error { n += len(envs); return take(envs) })
			if err != nil {
				return err
			}
			if n == 0 {
				r.hide(network.EnvelopeID{}, kept{mute: true})
			}
		}
	}
	r.in.mails.note(func() { r.at.Hidden = len(r.at.hidden) })
	return nil
}

// still picks what did not come, and would be taken in.
func (r *round) still(ids []network.EnvelopeID, got map[network.EnvelopeID]bool) (out []network.EnvelopeID) {
	for _, id := range r.in.shelf.Lacks(network.GroupID(r.g), ids) {
		if !got[id] && !r.at.refused[id] {
			out = append(out, id)
		}
	}
	return out
}

// askAgain forgets, before a long look, what was shown and not handed over and is not here either: what is shown still is
// found again. A mailbox that is the newest since now was given nothing yet.
func (r *round) askAgain(moved bool) {
	for id, k := range r.at.hidden {
		if moved || k.mute && (id == (network.EnvelopeID{}) || len(r.in.shelf.Lacks(network.GroupID(r.g), []network.EnvelopeID{id})) > 0) {
			delete(r.at.hidden, id)
		}
	}
}
