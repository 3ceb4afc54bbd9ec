package store

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"kith/store/kp1"
	"kith/store/link"
)

// This file is a code that was taken on this computer, which is in already: who is to be visited, and for what.

// LinkCode is a code as it was typed or pasted.
type LinkCode struct {
	Text  string
	Addrs []string // where the new computer is, beside what the text says; each ends in /p2p/ID
	Only  []kp1.GID
}

// TakeLink takes the code of a new computer; LinkVisits says whom to talk to then. Taking it again goes on where the
// first left off. It returns link.ErrCode, the errors of keyring.ParseSpoken, ErrLinkOld, ErrLinkSelf and
// ErrLinkNothing.
func (l *Ledger) TakeLink(_ context.Context, c LinkCode) (Link, error) {
	r := newLinkRecord()
	r.Stage, r.At = LinkShown, l.unix()
	r.Until = r.At + uint64(LinkLife/time.Second)
	if strings.Contains(c.Text, "#") || len(strings.Fields(c.Text)) < 2 {
		t, err := link.ParseText(c.Text)
		if err != nil {
			return Link{}, err
		}
		if t.ExpiredAt(l.opt.Now()) {
			return Link{}, ErrLinkOld
		}
		r.Code, r.Hash, r.Kind, r.Addrs = t.Code(), t.Hash[:], t.Kind, t.Addrs
	} else {
		code, err := link.ParseWords(c.Text)
		if err != nil {
			return Link{}, err
		}
		r.Code = code
	}
	r.Addrs = append(r.Addrs, c.Addrs...)
	r.Only = append(r.Only, c.Only...)
	var out Link
	err := l.change(func(t tx) error {
		if have := l.links[r.id()]; have != nil {
			if have.New {
				return ErrLinkSelf
			}
			if have.Stage != LinkOver {
				next := have.clone()
				next.Addrs = r.Addrs
				out = next.out()
				return l.saveLink(t, next)
			}
			return linkEnd(have.Why) // a code is good for one try
		}
		if r.Kind == link.Second && len(l.mine(r.Only)) == 0 {
			return ErrLinkNothing
		}
		out = r.out()
		return l.addLink(t, r)
	})
	return out, err
}

// mine are the groups this computer is in and may write in, by id; only, unless empty, picks from them. The lock is held.
func (l *Ledger) mine(only []kp1.GID) []*house {
	var out []*house
	for _, h := range l.sorted() {
		if _, err := h.me(); err != nil || l.old.has(h.self.Device) || len(only) > 0 && !slices.Contains(only, h.id) {
			continue
		}
		out = append(out, h)
	}
	return out[:min(len(out), link.MaxGroups)]
}

// LinkVisit is a computer that this one has something to say to.
type LinkVisit struct {
	ID    link.ID
	Key   [32]byte // to knock with
	Addrs []string // each ends in /p2p/ID; none where the code came as words and nobody said where
	Busy  bool     // a person is waiting
}

// LinkVisits are the new computers to talk to now, the oldest first.
func (l *Ledger) LinkVisits() []LinkVisit {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*linkRecord
	for _, r := range l.links {
		if !r.New && !r.ByFile && !r.expired(l.unix()) && l.wants(r) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *linkRecord) int { return bytes.Compare(a.Code[:], b.Code[:]) })
	var out []LinkVisit
	for _, r := range all {
		out = append(out, LinkVisit{r.id(), r.Code.Key(), r.Addrs, r.Stage < LinkWriting})
	}
	return out
}

// wants says whether there is anything to tell the new computer of r, or to hear from it. The lock is held.
func (l *Ledger) wants(r *linkRecord) bool {
	switch r.Stage {
	case LinkShown, LinkCompare:
		return true
	case LinkOver:
		return r.Said == link.SaidDifferent && !r.Told && len(r.From) > 0
	case LinkWriting:
		for _, x := range r.Groups {
			if l.stateOf(x) != x.Told || x.State == LinkAsked {
				return true
			}
		}
	}
	return false
}

// stateOf is how a group of a link stands at the side that writes it: a device that waited may have been confirmed since.
func (l *Ledger) stateOf(x linkGroup) uint8 {
	h := l.groups[x.Group]
	if x.State != LinkNamed || h == nil {
		return x.State
	}
	if _, in := h.state().Device(x.Device); in {
		return LinkComing
	}
	return LinkNamed
}

// LinkAt notes where the computer is that shows a code which came as words alone.
func (l *Ledger) LinkAt(id link.ID, addrs []string) error {
	_, err := l.changeLink(id, func(_ tx, r *linkRecord) error {
		r.Addrs = append([]string{}, addrs...)
		return nil
	})
	return err
}

// LinkEnded notes that a talk found the code closed or taken.
func (l *Ledger) LinkEnded(id link.ID, why error) error {
	_, err := l.changeLink(id, func(_ tx, r *linkRecord) error {
		if r.Stage == LinkShown || r.Stage == LinkCompare {
			r.over(why)
		}
		return nil
	})
	return err
}
