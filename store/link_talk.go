package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"kith/store/kp1"
	"kith/store/link"
)

// This file is the talk of the computer that is in already with the one that showed a code, turn by turn.

// LinkTalk is one talk with the computer that showed a code: self and from are raw multihashes of this computer's PeerID
// and of the other's, which the channel has proved, addrs is where this one can be met, and say sends one turn and
// returns the answer. Everything is durable before it is said. What ends the link for good is written down and returned.
func (l *Ledger) LinkTalk(ctx context.Context, id link.ID, self, from []byte, addrs []string, say func([]byte) ([]byte, error)) error {
	t := talk{l: l, ctx: ctx, id: id, self: self, from: from, addrs: addrs, say: say}
	r, err := t.ask()
	if err != nil || r.Kind == link.Back || r.Stage == LinkCarried {
		return err
	}
	if r.Stage != LinkOver {
		if err := t.offer(); err != nil {
			return err
		}
	}
	if err := t.state(); err != nil {
		return err
	}
	return t.write()
}

type talk struct {
	l          *Ledger
	ctx        context.Context
	id         link.ID
	self, from []byte
	addrs      []string
	say        func([]byte) ([]byte, error)
}

func (t *talk) turn(s link.Step, body []byte) ([]byte, error) {
	return t.say(link.Turn{Step: s, Body: body}.Encode())
}

// change changes the link; the result is as it stands then.
func (t *talk) change(do func(tx, *linkRecord) error) (r *linkRecord, err error) {
	_, err = t.l.changeLink(t.id, func(x tx, now *linkRecord) error {
		r = now
		return do(x, now)
	})
	return r, err
}

// ask hears who the other computer is, and makes sure that it is the one that made the code.
func (t *talk) ask() (*linkRecord, error) {
	reply, err := t.turn(link.StepAsk, nil)
	if err != nil {
		return nil, err
	}
	var carry [][]byte
	r, err := t.change(func(_ tx, r *linkRecord) error {
		a, err := link.DecodeAsk(reply, r.Code)
		hash := a.Hash()
		switch {
		case errors.Is(err, link.ErrSwapped) || errors.Is(err, link.ErrNewer):
			return ends(r, err)
		case err != nil:
			return err
		case !bytes.Equal(a.Peer, t.from) || len(r.Hash) > 0 && !bytes.Equal(r.Hash, hash[:]):
			return ends(r, link.ErrSwapped)
		}
		carry, a.Carry = a.Carry, nil
		r.Kind, r.Hash, r.Peer, r.From = a.Kind, hash[:], a.Peer, t.self
		if r.Kind == link.Second && r.Stage == LinkShown && len(t.l.mine(r.Only)) == 0 {
			return ends(r, ErrLinkNothing)
		}
		r.Ask, err = a.Encode()
		return err
	})
	if err != nil || r.Kind != link.Back {
		return r, err
	}
	return t.carry(carry)
}

// offer tells who this is and what the link is about, the same every time, and hears what was held back until then.
func (t *talk) offer() error {
	r, err := t.change(func(_ tx, r *linkRecord) error {
		if len(r.Offer) > 0 {
			return nil
		}
		a, err := r.ask()
		if err != nil {
			return err
		}
		if r.Offer, err = t.l.makeOffer(r, t.self, t.addrs); err != nil {
			return err
		}
		r.Sealed, err = link.SealOffer(a, r.Offer)
		return err
	})
	if err != nil {
		return err
	}
	reply, err := t.turn(link.StepOffer, r.Sealed)
	if err != nil {
		return err
	}
	late, err := link.DecodeLate(reply)
	if err != nil {
		return err
	}
	_, err = t.change(func(_ tx, r *linkRecord) error {
		a, err := r.ask()
		if err != nil {
			return err
		}
		if !a.Fits(late) {
			return ends(r, link.ErrSwapped)
		}
		if r.Late = late[:]; r.Stage == LinkShown {
			r.Stage = LinkCompare
		}
		return nil
	})
	return err
}

// makeOffer is what this computer tells. The lock is held.
func (l *Ledger) makeOffer(r *linkRecord, self []byte, addrs []string) ([]byte, error) {
	o := link.Offer{Peer: self, Name: trimmed(l.who.Name), Addrs: addrs[:min(len(addrs), 6)]}
	for _, h := range l.mine(r.Only) {
		m, err := h.me()
		if err != nil {
			return nil, err
		}
		o.Groups = append(o.Groups, link.OfferGroup{
			Group: h.id, Genesis: h.self.Genesis, Root: [32]byte(m.Root), Device: [32]byte(public(h.signingKey())),
			Name: trimmed(h.view.People().Group().Name),
		})
	}
	return o.Encode()
}

// trimmed is a name as the other computer takes it.
func trimmed(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, kp1.Normal(s))
	for len(s) > link.MaxName {
		cut := []rune(s)
		s = string(cut[:len(cut)-1])
	}
	return s
}

// state tells what the person here has said of the words, and hears the other.
func (t *talk) state() error {
	t.l.mu.Lock()
	r := t.l.links[t.id]
	t.l.mu.Unlock()
	if r == nil {
		return ErrNoLink
	}
	reply, err := t.turn(link.StepState, []byte{byte(r.Said)})
	if err != nil {
		return err
	}
	s, err := link.DecodeState(reply)
	if err != nil {
		return err
	}
	said := r.Said
	_, err = t.change(func(_ tx, r *linkRecord) error {
		if r.Stage == LinkOver {
			r.Told = said == link.SaidDifferent
			return nil
		}
		if r.Theirs = s.Said; s.Said == link.SaidDifferent {
			r.Told = true
			return ends(r, ErrLinkDifferent)
		}
		if s.Devices == nil || len(r.Groups) > 0 {
			return nil
		}
		return t.l.noteDevices(r, *s.Devices)
	})
	return err
}

// noteDevices keeps what the new computer says its keys are.
func (l *Ledger) noteDevices(r *linkRecord, d link.Devices) error {
	o, err := r.offer()
	if err != nil {
		return err
	}
	r.Fresh = d.Fresh
	for _, g := range o.Groups {
		x := newLinkGroup(g.Group)
		i := slices.IndexFunc(d.List, func(y link.Device) bool { return y.Group == g.Group })
		if i < 0 { // it is in already
			x.State, x.Told = LinkIn, LinkIn
		} else {
			y := d.List[i]
			x.Pub, x.HPKE, x.PoP = y.Key[:], y.HPKE, y.PoP[:]
			x.Device = kp1.DeviceID(y.Key[:])
		}
		r.Groups = append(r.Groups, x)
	}
	return nil
}

// write names the new computer in each group once both persons have said that the words are the same, and hands over
// what it needs to come in.
func (t *talk) write() error {
	r, err := t.change(func(_ tx, r *linkRecord) error {
		if r.Stage == LinkCompare && r.Said == link.SaidSame && r.Theirs == link.SaidSame && len(r.Groups) > 0 {
			r.Stage = LinkWriting
			r.settled()
		}
		return nil
	})
	if err != nil || r.Stage != LinkWriting {
		return err
	}
	for _, g := range r.Groups {
		if err := t.l.publish(t.id, g.Group); err != nil {
			return err
		}
		if err := t.answer(g.Group); err != nil {
			return err
		}
	}
	return nil
}
