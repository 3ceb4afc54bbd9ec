package store

import (
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Who acts on an old view of who belongs undoes what others have settled meanwhile, and vouches by it for what they have
// refused. So what needs a rank, or takes somebody out, is signed only once this computer has heard the others out within
// the hour, and after a week of silence it hears two of them before it signs anything about who belongs (protocol.md 4.2).

// ErrBehind: this computer has not heard from the group for long, and signs nothing about who belongs before it has.
var ErrBehind = &kp1.Error{ECode: "E_BEHIND", Msg: "this computer has not caught up with the group"}

const (
	secondFor = 60 * 60        // seconds after which, of the two, one is enough: the other may never come back
	heardFor  = 60 * 60        // seconds for which a round counts for an act that needs a rank or takes somebody out
	awayAfter = 7 * daySeconds // of silence, after which two others have to be heard out
	noteEvery = 60             // seconds between two notes on the disk of rounds with one device
)

// rounds are when a comparison with each device last ended with nothing lacking on either side, by this computer's clock.
// The zero device stands for the group's mailboxes.
type rounds struct {
	At   []roundWith `cbor:"r"`
	Back uint64      `cbor:"b"` // when this computer first met anybody again after its last long silence; 0: it never was silent
}

type roundWith struct {
	_      struct{} `cbor:",toarray"`
	Device kp1.DID
	At     uint64
}

// with is when the last round with a device ended; 0: never.
func (r rounds) with(d kp1.DID) uint64 {
	for _, x := range r.At {
		if x.Device == d {
			return x.At
		}
	}
	return 0
}

// last is the newest round that did not end after now.
func (r rounds) last(now uint64) (at uint64) {
	for _, x := range r.At {
		if x.At <= now {
			at = max(at, x.At)
		}
	}
	return at
}

// hearing is what a device knows of whom it has heard, and when. All that is decided here follows from it alone.
type hearing struct {
	now, since uint64 // since when this computer is in the group
	rounds     rounds
	others     map[kp1.DID]kp1.MID // the devices that are in, of other people
}

// note returns the rounds with one more, that ended just now.
func (x hearing) note(d kp1.DID) rounds { return x.noteAt(d, x.now) }

// noteAt is note for what is heard of a round later on.
func (x hearing) noteAt(d kp1.DID, at uint64) rounds {
	out := rounds{At: slices.Clone(x.rounds.At), Back: x.rounds.Back}
	if x.silent() {
		out.Back = at
	}
	i := slices.IndexFunc(out.At, func(r roundWith) bool { return r.Device == d })
	if i < 0 {
		i, out.At = len(out.At), append(out.At, roundWith{Device: d})
	}
	if was := out.At[i].At; was > x.now || at > was {
		out.At[i].At = at
	}
	return out
}

// silent says whether this computer has met nobody for a week.
func (x hearing) silent() bool {
	last := x.rounds.last(x.now)
	if x.since <= x.now {
		last = max(last, x.since)
	}
	return x.now-min(last, x.now) >= awayAfter
}

// people counts other members with whom a round ended since then and not after now; a mailbox counts for two, since
// everybody leaves what they write there.
func (x hearing) people(since uint64, not kp1.MID) int {
	heard := map[kp1.MID]bool{}
	counts := func(at uint64) bool { return at > 0 && at >= since && at <= x.now }
	for d, m := range x.others {
		if m != not && counts(x.rounds.with(d)) {
			heard[m] = true
		}
	}
	if counts(x.rounds.with(kp1.DID{})) {
		return max(2, len(heard))
	}
	return len(heard)
}

// rest counts the other members who have a device in the group.
func (x hearing) rest(not kp1.MID) int {
	all := map[kp1.MID]bool{}
	for _, m := range x.others {
		all[m] = all[m] || m != not
	}
	delete(all, not)
	return len(all)
}

// behind says whether this device has been silent for so long that it has to hear out two others, or all there are, before
// it signs anything about who belongs, and has not. Where no second one is met for an hour, one is enough.
func (x hearing) behind() bool {
	need := min(2, x.rest(kp1.MID{}))
	switch {
	case need == 0:
		return false
	case x.silent():
		return true
	case x.rounds.Back == 0 || x.rounds.Back > x.now:
		return false
	}
	if x.now-x.rounds.Back >= secondFor {
		need = 1
	}
	return x.people(x.rounds.Back, kp1.MID{}) < need
}

// fresh says whether somebody was heard out within the hour, but for who an act is about. Where there is nobody else, there
// is nobody to wait for; who came within the hour was told all by then.
func (x hearing) fresh(about kp1.MID) bool {
	if x.behind() {
		return false
	}
	from := x.now - min(x.now, heardFor)
	return x.rest(about) == 0 || x.since >= from && x.since <= x.now || x.people(from, about) > 0
}

// hearing is that of the group, now.
func (h *house) hearing() hearing {
	x := hearing{now: h.l.unix(), since: h.self.Since, rounds: h.rounds, others: map[kp1.DID]kp1.MID{}}
	for _, d := range h.state().Devices {
		if d.Member != h.self.Member {
			x.others[d.ID] = d.Member
		}
	}
	return x
}

// behind is that of the hearing; who is not in has nothing to catch up with.
func (h *house) behind() bool {
	if x := (hearing{now: h.l.unix(), since: h.self.Since, rounds: h.rounds}); x.rounds.Back == 0 && !x.silent() {
		return false
	}
	_, err := h.me()
	return err == nil && h.hearing().behind()
}

// Level notes that a comparison with a device of group g has just ended with nothing lacking on either side, or with a
// mailbox of the group where d is zero. It is what lets sign what waits: see Pending. It goes to the disk as Held does.
func (l *Ledger) Level(g kp1.GID, d kp1.DID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.mend(); err != nil {
		return err
	}
	h := l.groups[g]
	switch {
	case h == nil:
		return ErrNoGroup
	case l.db.Load() == nil:
		return errClosed
	}
	h.tell(d)
	x := h.hearing()
	if at := x.rounds.with(d); at <= x.now && x.now-at < noteEvery && !x.behind() || !d.IsZero() && x.others[d].IsZero() {
		return nil
	}
	h.noteRound(x, d, x.now)
	l.views.publish(l.snapshot())
	return l.heard(h)
}

// noteRound notes that a round with a device ended at a moment.
func (h *house) noteRound(x hearing, d kp1.DID, at uint64) {
	h.rounds = x.noteAt(d, at)
	h.rounds.At = slices.DeleteFunc(h.rounds.At, func(r roundWith) bool { return !r.Device.IsZero() && x.others[r.Device].IsZero() })
	h.newRound = true
}

// shelfRounds holds one record: when others were last heard out.
const shelfRounds = "rounds"

var keyRounds = []byte("rounds")

func (h *house) loadRounds(t tx) error {
	s, err := h.shelf(t, shelfRounds, false)
	if err != nil {
		return err
	}
	_, err = s.getCBOR(keyRounds, &h.rounds)
	return err
}

// mustHear says whether an act has to wait, unsigned, until this computer has caught up.
func (h *house) mustHear(action group.Body) bool {
	if h.heardOut {
		return false
	}
	x := h.hearing()
	if x.behind() {
		return true
	}
	var about kp1.MID
	switch a := action.(type) {
	case group.Remove:
		about = a.Member
	case group.SetRole:
		about = a.Member
	case group.RevokeDevice:
		if _, about, _ = h.log.DeviceKey(a.Devices[0]); about == h.self.Member {
			return false
		}
	case group.SetPolicy:
		if a.PolicyFields == (group.PolicyFields{Mailboxes: a.Mailboxes}) { // by which others are heard
			return false
		}
	case group.Confirm, group.Vote: // anybody may
		return false
	}
	return !x.fresh(about)
}

// signsBehind says whether an op may be signed by a device that is behind: what proves itself or takes only oneself out, and
// what has to go with words, which can be written at any time.
func (h *house) signsBehind(o op.Op) bool {
	switch o.Type {
	case group.TypeEvidence, group.TypeRekey, group.TypeAck:
		return true
	case group.TypeRemove:
		body, err := group.DecodeBody(o.Type, o.Body)
		return err == nil && body.(group.Remove).Member == h.self.Member
	}
	return !o.IsAuth()
}
