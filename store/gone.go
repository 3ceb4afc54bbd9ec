package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"kith/store/kp1"
	"kith/store/op"
)

// Gone is an envelope that was taken away, and the token that deletes the words in it: zero where it holds no words, or
// the token is not known here.
type Gone struct {
	ID    kp1.ID
	Token [32]byte
}

// Gone picks from ids those that were taken away here for good, so that who carries them may hear of it.
func (l *Ledger) Gone(g kp1.GID, ids []kp1.ID) (out []Gone) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil
	}
	if err := l.view(func(t tx) error {
		gone, err := h.shelf(t, shelfGone, false)
		if err != nil {
			return err
		}
		parts, err := h.shelf(t, shelfParts, false)
		if err != nil {
			return err
		}
		f, err := h.folder(t)
		if err != nil {
			return err
		}
		for _, id := range ids {
			of, err := goneFor(gone, id)
			if err != nil {
				return err
			}
			if of.IsZero() {
				for _, token := range lostParts(parts, id) {
					out = append(out, Gone{ID: id, Token: token})
				}
				continue
			}
			token, is := goneToken(gone, id[:])
			if !is {
				token = h.tokenOf(f, of, id)
			}
			out = append(out, Gone{ID: id, Token: token})
		}
		return nil
	}); err != nil {
		return nil // Check finds what is damaged
	}
	return out
}

// tokenOf is the token that deletes the words of an op whose words lay in an envelope, zero where it is not known.
func (h *house) tokenOf(f *folder, of, env kp1.ID) (token [32]byte) {
	for _, s := range h.stubs[of] {
		if s.gone && !s.void && s.was.Payload == env {
			return s.was.Token
		}
	}
	if s, err := h.fetch(f.ops, &f.log, of); err == nil && s.Payload != nil && s.Payload.ID == env {
		if pk := h.payloadKey(s); pk != nil {
			return op.DeleteToken(*pk, 0)
		}
	}
	return token
}

// releasedFor is for how long, in seconds, words that were dropped at the word of another are not taken again, unless an op
// asks for them: whoever has not heard yet offers them still, and hears meanwhile.
const releasedFor = daySeconds

// releasedMost is how many of them are kept in mind.
const releasedMost = 1 << 16

// Release drops words that this person cannot read and carries for others, when whoever said that they are gone proved
// that they could read them (protocol.md 7.5): the token's hash stands in their envelope. It says how many. Whoever may
// read words may have them dropped by who may not; those who may keep theirs, and bring them again.
func (l *Ledger) Release(_ context.Context, g kp1.GID, gone []Gone) (n int, err error) {
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		n = 0
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		for _, x := range gone {
			dropped, err := b.release(x)
			if err != nil {
				return err
			}
			if dropped {
				n++
			}
		}
		if n == 0 {
			return nil
		}
		return b.finish()
	})
	return n, err
}

func (b *batch) release(x Gone) (bool, error) {
	h := b.h
	at, here, err := b.find(x.ID)
	if err != nil || !here {
		return false, err
	}
	w, waits := h.waits.by[at]
	if !waits || w.Why != waitPayload {
		return false, nil // an op here owns it
	}
	env, err := b.log.must(at)
	if err != nil || !w.apart && env.Kind != op.KindChunk { // its op may come any moment
		return false, err
	}
	if sha256.Sum256(x.Token[:]) != env.DelHash {
		return false, nil
	}
	return true, b.forgo(at, env)
}

// forgo drops words that wait. No record is left: an op that asks for them gets them again.
func (b *batch) forgo(at uint64, env op.Envelope) error {
	h := b.h
	h.touch()
	h.waits.take(at)
	if err := b.wait.delete(be64(at)); err != nil {
		return err
	}
	if len(h.released) >= releasedMost {
		clear(h.released)
	}
	h.released[env.ID] = h.l.unix() + releasedFor
	return b.turnAway(at, env)
}

// hollowed says whether words that wait for their op wait for one that was taken away. Which words an op had is not in its
// signed head. So an act has to prove it by the token, or be of somebody who leads; and it is never the reason to do
// without words that this disk has lost. Whatever it says, an op that names them still gets them.
func (h *house) hollowed(env op.Envelope) bool {
	return !h.absent[env.ID] && slices.ContainsFunc(h.hollow[env.ID], func(id kp1.ID) bool {
		return slices.ContainsFunc(h.stubs[id], func(s stub) bool {
			return s.gone && !s.void && s.was.Payload == env.ID && (s.led || sha256.Sum256(s.was.Token[:]) == env.DelHash)
		})
	})
}

// dropHollow drops words that wait here for an op that was taken away.
func (b *batch) dropHollow(words []kp1.ID) error {
	for _, id := range words {
		at, here, err := b.find(id)
		if err != nil {
			return err
		}
		if w, waits := b.h.waits.by[at]; !here || !waits || w.Why != waitPayload {
			continue
		}
		env, err := b.log.must(at)
		if err != nil {
			return err
		}
		if !b.h.hollowed(env) {
			continue
		}
		if err := errors.Join(b.forgo(at, env), b.markErased()); err != nil {
			return err
		}
	}
	return nil
}

// waitsMost is for how many weeks words wait for an op that nobody has, by the date on them.
const waitsMost = 13

// sweepWaiting drops words that wait here for an op that was taken away, or for so long that nobody has it. What this
// computer may carry for others it keeps: as long as ops of the same epoch lie here that it cannot read, theirs may be
// among them. It says how many went.
func (b *batch) sweepWaiting(now uint64) (n int, err error) {
	h := b.h
	week, due := now/weekSeconds, h.caughtUp()
	unread := map[kp1.EID]bool{}
	for _, w := range h.waits.by {
		unread[w.Epoch] = unread[w.Epoch] || w.Why != waitPayload
	}
	var doubted []uint64
	for at, w := range h.waits.by {
		if w.Why == waitPayload && (due && !unread[w.Epoch] || len(h.hollow[kp1.ID(w.For)]) > 0) {
			doubted = append(doubted, at)
		}
	}
	slices.Sort(doubted)

	for _, at := range doubted {
		env, err := b.log.must(at)
		if err != nil {
			return n, err
		}
		lapsed := env.Week+waitsMost < week || env.Week > h.l.week()+1
		if !h.hollowed(env) && (!lapsed || !due || unread[env.EID]) {
			continue
		}
		if err := errors.Join(b.forgo(at, env), b.markErased()); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// releasedOf are those of ids that were dropped of late at the word of another, and that no op here asks for.
func (h *house) releasedOf(ids []kp1.ID) map[kp1.ID]bool {
	if len(h.released) == 0 {
		return nil
	}
	out, now := map[kp1.ID]bool{}, h.l.unix()
	for _, id := range ids {
		until, is := h.released[id]
		switch {
		case !is || len(h.lack[id]) > 0:
		case until <= now || until > now+releasedFor:
			delete(h.released, id)
		default:
			out[id] = true
		}
	}
	return out
}
