package store

import (
	"fmt"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// named is what is kept of an op that is for this person among a few named people (protocol.md 5.10). It is never
// changed in place.
type named struct {
	payload kp1.ID
	epoch   kp1.EID // of the payload's envelope; zero until that is here
	comp    uint8
	people  []kp1.MID
	auth    []kp1.ID  // what its author had seen of the membership graph
	to      []kp1.DID // the devices that its author had to make boxes for
	key     secret    // the payload's; nil until a box or a Grant brings it
	void    bool      // the key is not its author's to give: the payload is somebody else's
}

// fewBook is what memory holds of the ops of one group that are for few people.
type fewBook struct {
	named  map[kp1.ID]named       // those that are for this person
	namedN uint64                 // changes of named
	opens  map[kp1.ID]secret      // their payloads, and the key that opens each
	handed map[[16]byte][]handing // names of payload keys that Grants have handed over
	owe    map[kp1.DID][]kp1.ID   // what owes worked out
	oweAt  owing                  // by this
}

func newFewBook() fewBook {
	return fewBook{
		named: map[kp1.ID]named{}, opens: map[kp1.ID]secret{}, handed: map[[16]byte][]handing{},
	}
}

// namedRecord is a named on the disk.
type namedRecord struct {
	Payload kp1.Link   `cbor:"p"`
	Epoch   kp1.EID    `cbor:"e"`
	Comp    uint8      `cbor:"c"`
	People  []kp1.MID  `cbor:"au"`
	Auth    []kp1.Link `cbor:"a"`
	To      []kp1.DID  `cbor:"to"`
	Key     [][]byte   `cbor:"k"` // one or none
	Void    bool       `cbor:"v"`
}

// audience returns the people for whom alone an op's payload is, and whether it is for named people at all.
func audience(s op.Signed) (people []kp1.MID, only bool) {
	if s.Payload == nil || s.Payload.Key != nil {
		return nil, false
	}
	people, err := s.Audience()
	if err != nil { // of a later version
		return nil, true
	}
	return people, true
}

// enter keeps an op that is for named people, when this person is one of them.
func (b *batch) enter(s op.Signed) error {
	h := b.h
	people, _ := audience(s)
	if _, known := h.named[s.ID]; known || !slices.Contains(people, h.self.Member) {
		return nil
	}
	to, err := boxed(h.log, s, people)
	if err != nil {
		return err
	}
	n := named{payload: s.Payload.ID, comp: s.Comp, people: people, auth: s.Auth, to: to}
	if w, ours := b.words[s.Payload.ID]; ours && w.key != nil {
		n.epoch, n.key = w.epoch, w.key
	}
	return b.setNamed(s.ID, n)
}

// boxed are the devices for which the author of an op had to make a box: all of the people named that were in at the
// author and could read the compartment, ascending.
func boxed(log *group.Log, s op.Signed, people []kp1.MID) ([]kp1.DID, error) {
	st, err := log.At(s.Auth)
	if err != nil {
		return nil, fmt.Errorf("op %s: %w", s.ID.Short(), err)
	}
	to := []kp1.DID{}
	for _, d := range devicesOf(st, people, s.Comp) {
		to = append(to, d.ID)
	}
	slices.SortFunc(to, kp1.DID.Compare)
	return to, nil
}

// devicesOf are the devices in of the people who are in and may read a compartment.
func devicesOf(st group.State, people []kp1.MID, comp uint8) (out []group.Device) {
	for _, d := range st.Devices {
		m, ok := st.Member(d.Member)
		if ok && slices.Contains(people, d.Member) && slices.Contains(group.Compartments(m.Rank), comp) {
			out = append(out, d)
		}
	}
	return out
}

func (h *house) noteKept(id kp1.ID, n named) {
	h.named[id] = n
	h.namedN++
	if n.key != nil {
		h.opens[n.payload] = n.key
	}
}

// setNamed keeps a named in memory and on disk.
func (b *batch) setNamed(id kp1.ID, n named) error {
	b.h.touch()
	b.h.noteKept(id, n)
	r := namedRecord{
		Payload: n.payload.Link(), Epoch: n.epoch, Comp: n.comp, People: n.people, Auth: kp1.Links(n.auth), To: n.to,
		Key: [][]byte{}, Void: n.void,
	}
	if n.key != nil {
		r.Key = append(r.Key, n.key[:])
	}
	return b.few.putCBOR(id[:], r)
}

func decodeNamed(plain []byte) (named, error) {
	var r namedRecord
	if err := kp1.Unmarshal(plain, &r); err != nil {
		return named{}, fmt.Errorf("record of a few: %w: %w", ErrDamaged, err)
	}
	n := named{
		payload: kp1.ID(r.Payload), epoch: r.Epoch, comp: r.Comp, people: r.People, auth: kp1.IDs(r.Auth), to: r.To, void: r.Void,
	}
	switch {
	case len(r.Key) > 1, len(r.Key) == 1 && len(r.Key[0]) != 32, len(r.People) > kp1.MaxAudience, len(r.To) > kp1.MaxDevices:
		return named{}, fmt.Errorf("record of a few: %w", ErrDamaged)
	case len(r.Key) == 1:
		k := [32]byte(r.Key[0])
		n.key = &k
	}
	return n, nil
}

func (h *house) loadNamed(t tx) error {
	s, err := h.shelf(t, shelfFew, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		n, err := decodeNamed(plain)
		if err != nil || len(k) != len(kp1.ID{}) {
			return false, fmt.Errorf("record of a few: %w", ErrDamaged)
		}
		h.noteKept(kp1.ID(k), n)
		return true, nil
	})
}

// payloadKey is the key of an op's payload, or nil when this device has none: it is for other people, or has not come.
func (h *house) payloadKey(s op.Signed) secret {
	if s.Payload.Key != nil {
		return s.Payload.Key
	}
	if n := h.named[s.ID]; !n.void {
		return n.key
	}
	return nil
}

// openPayload returns the words of an op, or nil when the payload is not what its author sealed, or not for this device.
func (h *house) openPayload(s op.Signed, env op.Envelope) []byte {
	pk := h.payloadKey(s)
	if pk == nil {
		return nil
	}
	words, err := h.l.opt.Shared.openPayload(s.Group, env, s.Comp, *pk)
	if err != nil || uint64(len(words)) != s.Payload.Len {
		return nil
	}
	return words
}

// learn looks for the key of an op whose payload is here: in the boxes of the payload, when its author made one for this
// device, and among the keys that Grants have brought.
func (b *batch) learn(s op.Signed, env op.Envelope) error {
	n, ok := b.h.named[s.ID]
	if !ok || n.key != nil {
		return nil
	}
	was := n
	n.epoch = env.EID
	given, err := b.given(env.ID)
	if err != nil {
		return err
	}
	keys, err := b.inBoxes(n, env)
	if err != nil {
		return err
	}
	if pk, ok := b.h.opens[env.ID]; ok { // another op named the same payload, one of them not its own
		keys = append(keys, *pk)
	}
	for _, pk := range append(keys, given...) {
		words, err := op.OpenPayload(s.Group, env, s.Comp, pk)
		if err != nil {
			continue // not the key of this payload
		}
		n.key, n.void = &pk, !s.Marked(pk) || uint64(len(words)) != s.Payload.Len
		break
	}
	if len(given) > 0 {
		if err := b.hints.delete(refOf(env.ID)); err != nil {
			return err
		}
	}
	if n.key == was.key && n.epoch == was.epoch {
		return nil
	}
	return b.setNamed(s.ID, n)
}

// inBoxes are the keys that the boxes of a payload hold for the devices of this computer that its author had to box for.
func (b *batch) inBoxes(n named, env op.Envelope) (keys [][32]byte, err error) {
	d, err := b.h.doorsNow()
	if err != nil {
		return nil, err
	}
	for _, k := range d.keys {
		if slices.Contains(n.to, k.device) {
			keys = append(keys, op.OpenAudience(b.h.id, env, k.device, k.key)...)
		}
	}
	return keys, nil
}
