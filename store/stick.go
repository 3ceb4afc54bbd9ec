package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"io/fs"
	"slices"

	"kith/store/bundle"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// This file is what goes by memory stick: for whom a bundle is sealed, what of a group is in it, and who opens what.

// NewFile makes a file that is there whole or not at all, also when the power goes or the stick is pulled out. ErrFileExists,
// ErrFull, ErrDisk: then there is no new file.
func NewFile(path string, fill func(io.Writer) error) error { return newFile(path, fill) }

// OpenFile opens a file that somebody else may have put there. ErrNoFile; bundle.ErrNot for what is no file.
func OpenFile(path string) (io.ReadCloser, error) {
	f, err := openPlain(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNoFile
	case errors.Is(err, errNotPlain):
		return nil, bundle.ErrNot
	case err != nil:
		return nil, diskError(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{&fileReader{r: f}, f}, nil
}

// ErrNothingToCarry: this computer has nothing that a bundle could carry.
var ErrNothingToCarry = &kp1.Error{ECode: "E_BUNDLE_NOTHING", Msg: "nothing to carry"}

// NewBundle begins a bundle.
func (l *Ledger) NewBundle(w io.Writer) (*bundle.Writer, error) {
	return bundle.NewWriter(w, l.opt.Rand)
}

// BundleTo are the devices that a bundle of a group is for: all that are in, as this computer knows it. Nobody who was
// removed is among them.
func (l *Ledger) BundleTo(g kp1.GID) ([]bundle.Device, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil, ErrNoGroup
	}
	var to []bundle.Device
	for _, d := range h.state().Devices {
		to = append(to, bundle.Device{ID: d.ID, Key: d.HPKE})
	}
	if len(to) == 0 { // a welcome whose history has not come
		return nil, ErrNothingToCarry
	}
	return to, nil
}

// Carried says which envelopes of a group a bundle is to hold, in the order in which they came: those that some other
// device, by its own word, may lack, or with all every one. rest are the others that are here.
func (l *Ledger) Carried(g kp1.GID, all bool) (send, rest []kp1.ID, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil, nil, ErrNoGroup
	}
	type entry struct {
		id kp1.ID
		n  uint64
	}
	var entries []entry
	if err := l.view(func(t tx) error {
		ids, err := h.shelf(t, shelfIDs, false)
		if err != nil {
			return err
		}
		return ids.each(nil, func(k, plain []byte) (bool, error) {
			if len(k) != 40 || len(plain) != 8 {
				return false, ErrDamaged
			}
			entries = append(entries, entry{kp1.ID(k[:32]), number(plain)})
			return true, nil
		})
	}); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(entries, func(a, b entry) int { return int(a.n) - int(b.n) }) //nolint:gosec // entries of one disk
	others := slices.DeleteFunc(slices.Clone(h.state().Devices), func(d group.Device) bool { return d.ID == h.self.Device })
	for _, e := range entries {
		if all || len(others) == 0 || slices.ContainsFunc(others, func(d group.Device) bool { return !h.held.has(d.ID, e.n) }) {
			send = append(send, e.id)
		} else {
			rest = append(rest, e.id)
		}
	}
	return send, rest, nil
}

// wordSize is the length of a device's word: who it is, and its signature.
const wordSize = 32 + ed25519.SignatureSize

// SignWord is this device's word that it has what a parcel holds and names; sum is over that. A device that writes
// nothing any more gives none.
func (l *Ledger) SignWord(g kp1.GID, parcel bundle.ID, sum [32]byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil || l.old.has(h.self.Device) {
		return nil
	}
	return append(h.self.Device[:], ed25519.Sign(h.signingKey(), wordOf(g, parcel, sum))...)
}

func wordOf(g kp1.GID, parcel bundle.ID, sum [32]byte) []byte {
	return kp1.SignMessage(kp1.LabelSigBundle, kp1.LP(g[:], parcel[:], sum[:]))
}

// TakeWord notes a device's word that it has these envelopes, and says whether it was one: of a device that is in, signed
// by it over this very parcel.
func (l *Ledger) TakeWord(g kp1.GID, parcel bundle.ID, sum [32]byte, word []byte, ids []kp1.ID) (good bool, err error) {
	if len(word) != wordSize {
		return false, nil
	}
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		d := kp1.DID(word[:32])
		key, _, ok := h.log.DeviceKey(d)
		if _, in := h.state().Device(d); !ok || !in || d == h.self.Device || !ed25519.Verify(key, wordOf(g, parcel, sum), word[32:]) {
			return nil
		}
		good = true
		h.touch()
		index, err := h.shelf(t, shelfIDs, false)
		if err != nil {
			return err
		}
		news := false
		for _, id := range ids {
			n, ok, err := findIn(index, id)
			if err != nil {
				return err
			}
			news = ok && h.held.note(d, n) || news
		}
		if !news {
			return nil
		}
		s, err := h.shelf(t, shelfHeld, true)
		if err != nil {
			return err
		}
		return h.held.save(s)
	})
	return good && err == nil, err
}

// Letters are what lies in the mailbox of an invite and goes by memory stick.
type Letters struct {
	Invite    kp1.IID
	Key       [32]byte // seals them for who has the invite
	Envelopes [][]byte
}

// LettersOf are those of the invites of a group whose mailbox this computer keeps, newest first, at most as many as go
// into one bundle.
func (l *Ledger) LettersOf(g kp1.GID) []Letters {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil
	}
	var open []*openInvite
	for _, i := range h.invites {
		if l.boxAt(public(i.Secret.Keys().Mailbox)) != nil {
			open = append(open, i)
		}
	}
	slices.SortFunc(open, func(a, b *openInvite) int {
		if a.Expires != b.Expires {
			return int(b.Expires) - int(a.Expires) //nolint:gosec // seconds
		}
		return slices.Compare(a.ID[:], b.ID[:])
	})
	var out []Letters
	for _, i := range open[:min(len(open), maxCarriedInvites)] {
		k := i.Secret.Keys()
		out = append(out, Letters{k.ID, k.Bundle, slices.Clone(l.boxAt(public(k.Mailbox)).Envelopes)})
	}
	return out
}

// maxCarriedInvites is of how many invites a bundle carries the letters.
const maxCarriedInvites = 64

// Requests are this person's own requests to join that were made and not answered, as letters.
func (l *Ledger) Requests() []Letters {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Letters
	for _, j := range l.joins {
		if (j.Stage == JoinAsking || j.Stage == JoinSent) && len(j.Sealed) > 0 {
			out = append(out, Letters{j.keys.ID, j.keys.Bundle, [][]byte{j.Sealed}})
		}
	}
	slices.SortFunc(out, func(a, b Letters) int { return slices.Compare(a.Invite[:], b.Invite[:]) })
	return out[:min(len(out), maxCarriedInvites)]
}

// ParcelFor says as whom this computer has opened a parcel: as a device of a group, as the one who asks on an invite, or
// as the one who keeps its mailbox. Two of the three are zero.
type ParcelFor struct {
	Group   kp1.GID
	Asked   kp1.IID
	Invited kp1.IID
}

// OpenParcel tries all that this computer has on a parcel.
func (l *Ledger) OpenParcel(o *bundle.Opening) (p ParcelFor, ok bool, err error) {
	type byInvite struct {
		key [32]byte
		p   ParcelFor
	}
	type byDevice struct {
		g    kp1.GID
		door door
	}
	var invites []byInvite
	var devices []byDevice
	l.mu.Lock()
	for iid, j := range l.joins {
		if j.Stage < JoinApproved {
			invites = append(invites, byInvite{j.keys.Bundle, ParcelFor{Asked: iid}})
		}
	}
	for _, h := range l.sorted() {
		for iid, i := range h.invites {
			if k := i.Secret.Keys(); l.boxAt(public(k.Mailbox)) != nil {
				invites = append(invites, byInvite{k.Bundle, ParcelFor{Invited: iid}})
			}
		}
		d, err := h.doorsNow()
		if err != nil {
			l.mu.Unlock()
			return p, false, err
		}
		for _, k := range d.keys {
			devices = append(devices, byDevice{h.id, k})
		}
	}
	l.mu.Unlock()
	for _, x := range invites {
		if o.ByInvite(x.key) {
			return x.p, true, nil
		}
	}
	for _, x := range devices {
		if o.ByDevice(x.g, x.door.device, x.door.key) {
			return ParcelFor{Group: x.g}, true, nil
		}
	}
	return p, false, nil
}

// BringRequest takes a request to join that came by memory stick into the mailbox of its invite. What is none is left out:
// drop and welcome come from this computer alone.
func (l *Ledger) BringRequest(ctx context.Context, iid kp1.IID, raw []byte) (fresh bool, err error) {
	if env, err := op.DecodeEnvelope(raw); err != nil || env.Kind != op.KindJoinRequest {
		return false, nil //nolint:nilerr // as said
	}
	l.mu.Lock()
	var box ed25519.PublicKey
	for _, h := range l.groups {
		if i := h.invites[iid]; i != nil {
			box = public(i.Secret.Keys().Mailbox)
		}
	}
	known := false
	if b := l.boxes[boxName(box)]; b != nil {
		known = slices.ContainsFunc(b.Envelopes, func(e []byte) bool { return kp1.Sum(e) == kp1.Sum(raw) })
	}
	l.mu.Unlock()
	if box == nil {
		return false, invite.ErrUnknown
	}
	return !known, l.BoxPut(ctx, box, raw)
}
