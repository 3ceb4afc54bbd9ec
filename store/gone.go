package store

import (
	"context"
	"crypto/sha256"

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
		f, err := h.folder(t)
		if err != nil {
			return err
		}
		for _, id := range ids {
			of, err := goneFor(gone, id)
			if err != nil {
				return err
			}
			if !of.IsZero() {
				out = append(out, Gone{ID: id, Token: h.tokenOf(f, of, id)})
			}
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
	if w, waits := h.waits.by[at]; !waits || w.Why != waitPayload || !w.apart {
		return false, nil // an op here owns it, or may come any moment
	}
	env, err := b.log.must(at)
	if err != nil || sha256.Sum256(x.Token[:]) != env.DelHash {
		return false, err
	}
	h.touch()
	h.waits.take(at)
	if err := b.wait.delete(be64(at)); err != nil {
		return false, err
	}
	if len(h.released) >= releasedMost {
		clear(h.released)
	}
	h.released[x.ID] = h.l.unix() + releasedFor
	return true, b.drop(at, env)
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
