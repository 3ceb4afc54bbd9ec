package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

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
		ids, err := h.index(t, idTiers, false)
		if err != nil {
			return err
		}
		return ids.each(func(k, plain []byte) (bool, error) {
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

// A Word is what a device says at the end of a parcel, as it was read.
type Word struct {
	Parcel bundle.ID
	Sum    [32]byte // over what it stands under
	Bytes  []byte
	Has    []kp1.ID    // what it says is on its disk
	Whole  bool        // Has is all of that, and nothing that came with it was refused
	Echo   []bundle.ID // the parcels that it has read
}

// TakeWord notes a device's word, and says whether it was one: of another device that is in, signed by it over this very
// parcel. It has what it says it has. Where it has read a parcel of this device, and all that it has is here, it was heard
// out as of the moment when that parcel was made: nobody knew the parcel's name before.
func (l *Ledger) TakeWord(g kp1.GID, w Word) (good bool, err error) {
	if len(w.Bytes) != wordSize {
		return false, nil
	}
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		d := kp1.DID(w.Bytes[:32])
		key, _, ok := h.log.DeviceKey(d)
		if _, in := h.state().Device(d); !ok || !in || d == h.self.Device || !ed25519.Verify(key, wordOf(g, w.Parcel, w.Sum), w.Bytes[32:]) {
			return nil
		}
		good = true
		h.touch()
		all, err := h.noteHas(t, d, w.Has)
		if err != nil {
			return err
		}
		if err := h.noteRead(t, d, w.Parcel); err != nil {
			return err
		}
		x := h.hearing()
		at := h.sticks.madeAt(w.Echo)
		if !all || !w.Whole || at == 0 || at > x.now || x.others[d].IsZero() || at <= x.rounds.with(d) && x.rounds.with(d) <= x.now {
			return nil
		}
		h.noteRound(x, d, at)
		return h.writeNotes(t)
	})
	return good && err == nil, err
}

// noteHas notes that a device has envelopes, and says whether all of them are here, or were taken away.
func (h *house) noteHas(t tx, d kp1.DID, ids []kp1.ID) (all bool, err error) {
	index, err := h.index(t, idTiers, false)
	if err != nil {
		return false, err
	}
	gone, err := h.shelf(t, shelfGone, false)
	if err != nil {
		return false, err
	}
	news := false
	all = true
	for _, id := range ids {
		n, ok, err := findIn(index, id)
		if err != nil {
			return false, err
		}
		news = ok && h.held.note(d, n) || news
		all = all && (ok || gone.has(id[:]))
	}
	if !news {
		return all, nil
	}
	s, err := h.shelf(t, shelfHeld, true)
	if err != nil {
		return false, err
	}
	return all, h.held.save(s)
}

// sticks are the parcels of a group that went out from here and those that came, newest first. It is never changed in place.
type sticks struct {
	Out []parcelOut `cbor:"o"`
	In  []parcelIn  `cbor:"r"`
}

type parcelOut struct {
	_  struct{} `cbor:",toarray"`
	ID bundle.ID
	At uint64 // when what it holds was looked up
}

type parcelIn struct {
	_      struct{} `cbor:",toarray"`
	Device kp1.DID
	ID     bundle.ID
}

// Parcels that are kept in mind.
const (
	parcelsOut = 16
	parcelsIn  = 64
)

// madeAt is when the newest of our parcels among these was made; 0: none of them is ours.
func (s sticks) madeAt(ids []bundle.ID) (at uint64) {
	for _, p := range s.Out {
		if slices.Contains(ids, p.ID) {
			at = max(at, p.At)
		}
	}
	return at
}

var keySticks = []byte("sticks")

func (h *house) loadSticks(t tx) error {
	s, err := h.shelf(t, shelfSticks, false)
	if err != nil {
		return err
	}
	_, err = s.getCBOR(keySticks, &h.sticks)
	return err
}

func (h *house) saveSticks(t tx, next sticks) error {
	h.touch()
	h.sticks = next
	s, err := h.shelf(t, shelfSticks, true)
	if err != nil {
		return err
	}
	return s.putCBOR(keySticks, next)
}

// noteRead keeps that a parcel of a device was read.
func (h *house) noteRead(t tx, d kp1.DID, id bundle.ID) error {
	if slices.ContainsFunc(h.sticks.In, func(p parcelIn) bool { return p.ID == id }) {
		return nil
	}
	in := append([]parcelIn{{Device: d, ID: id}}, h.sticks.In...)
	return h.saveSticks(t, sticks{append([]parcelOut{}, h.sticks.Out...), in[:min(len(in), parcelsIn)]})
}

// Packed notes that a parcel of this device lies in a file, whole; at is when what it holds was looked up.
func (l *Ledger) Packed(g kp1.GID, id bundle.ID, at time.Time) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		out := append([]parcelOut{{ID: id, At: uint64(max(0, at.Unix()))}}, h.sticks.Out...) //nolint:gosec // not negative
		return h.saveSticks(t, sticks{out[:min(len(out), parcelsOut)], append([]parcelIn{}, h.sticks.In...)})
	})
}

// Echo are the parcels of other devices of a group that were read here, newest first.
func (l *Ledger) Echo(g kp1.GID) (ids []bundle.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.groups[g]; h != nil {
		for _, p := range h.sticks.In {
			ids = append(ids, p.ID)
		}
	}
	return ids
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
