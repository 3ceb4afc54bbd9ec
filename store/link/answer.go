package link

import (
	"fmt"

	"kith/store/kp1"
	"kith/store/op"
)

// Answer is the last word on one group: how the new computer is in it. No key of the group travels outside a Grant.
type Answer struct {
	Group   kp1.GID
	Genesis kp1.ID
	Member  kp1.MID
	Name    string // how this person is called in the group
	Partial bool   // admitted without the whole history
	Waits   bool   // for another member's word: there is nothing to open yet
	Why     string // code of why the group was left out; then nothing else is said

	Recovery []byte // 16 bytes, for a home that belongs to nobody yet: the twelve words of its person
	Root     []byte // seed of the root key in this group, 32 bytes, where it does not follow from the new computer's words
	Keys     []byte // SealKeys, where the device's keys could not be made on it: by file

	Heads     []kp1.ID // auth heads, ascending: the pin
	Envelopes [][]byte // kinds 1 to 3, with the AddDevice and the Grants for this device; at most 8
	Places    []Place  // where the other devices of the group were last met, ascending by id
}

// Place is where a device was last met.
type Place struct {
	_      struct{} `cbor:",toarray"`
	Device kp1.DID
	Addrs  []string
}

// PlaceBytes is how much the places of one answer may say, addresses alone.
const PlaceBytes = 8 << 10

type answerWire struct {
	V         uint64     `cbor:"v"`
	Group     kp1.GID    `cbor:"g"`
	Genesis   kp1.Link   `cbor:"gn"`
	Member    kp1.MID    `cbor:"m"`
	Name      string     `cbor:"nm"`
	Partial   bool       `cbor:"pa"`
	Waits     bool       `cbor:"w"`
	Why       string     `cbor:"y,omitempty"`
	Recovery  []byte     `cbor:"rs,omitempty"`
	Root      []byte     `cbor:"rt,omitempty"`
	Keys      []byte     `cbor:"ks,omitempty"`
	Heads     []kp1.Link `cbor:"hd"`
	Envelopes [][]byte   `cbor:"en"`
	Places    []Place    `cbor:"ad"`
}

// maxWhy is the length of a code.
const maxWhy = 64

// Encode returns the bytes that are sealed.
func (a Answer) Encode() ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	b, err := kp1.Marshal(answerWire{
		version, a.Group, kp1.Link(a.Genesis), a.Member, a.Name, a.Partial, a.Waits, a.Why, a.Recovery, a.Root, a.Keys,
		kp1.Links(a.Heads), some(a.Envelopes), some(a.Places),
	})
	if err == nil && len(b) > maxAnswer {
		err = fmt.Errorf("%d bytes: %w", len(b), kp1.ErrTooBig)
	}
	return b, err
}

// DecodeAnswer reads what Encode returned. It keeps no reference to b.
func DecodeAnswer(b []byte) (Answer, error) {
	var w answerWire
	if err := kp1.UnmarshalVersion(b, maxAnswer, version, &w); err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	a := Answer{
		w.Group, kp1.ID(w.Genesis), w.Member, w.Name, w.Partial, w.Waits, w.Why, w.Recovery, w.Root, w.Keys,
		kp1.IDs(w.Heads), w.Envelopes, w.Places,
	}
	if err := a.check(); err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	return a, nil
}

func (a Answer) check() error {
	switch {
	case len(a.Heads) > kp1.MaxAuthRefs:
		return fmt.Errorf("%d heads: %w", len(a.Heads), kp1.ErrTooBig)
	case len(a.Envelopes) > maxGranted:
		return fmt.Errorf("%d envelopes: %w", len(a.Envelopes), kp1.ErrTooBig)
	case a.Group.IsZero() || a.Genesis.IsZero() || a.Member.IsZero():
		return fmt.Errorf("no group: %w", kp1.ErrForm)
	case len(a.Recovery) != 0 && len(a.Recovery) != 16, len(a.Root) != 0 && len(a.Root) != 32, len(a.Keys) != 0 && len(a.Keys) != keysBox:
		return fmt.Errorf("key of another length: %w", kp1.ErrForm)
	case !a.Waits && a.Why == "" && (len(a.Heads) == 0 || len(a.Envelopes) == 0):
		return fmt.Errorf("no pin, or nothing carried: %w", kp1.ErrForm)
	case len(a.Why) > maxWhy:
		return fmt.Errorf("code of %d bytes: %w", len(a.Why), kp1.ErrTooBig)
	}
	for _, c := range []byte(a.Why) {
		if c != '_' && (c < 'A' || c > 'Z') {
			return fmt.Errorf("code with byte %#x: %w", c, kp1.ErrForm)
		}
	}
	for i := 1; i < len(a.Heads); i++ {
		if a.Heads[i-1].Compare(a.Heads[i]) >= 0 {
			return fmt.Errorf("heads not sorted: %w", kp1.ErrForm)
		}
	}
	for _, raw := range a.Envelopes {
		e, err := op.DecodeEnvelope(raw)
		if err != nil {
			return err
		}
		if e.Kind > op.KindGrant {
			return fmt.Errorf("kind %d carried: %w", e.Kind, kp1.ErrForm)
		}
	}
	size := 0
	for i, p := range a.Places {
		if i > 0 && a.Places[i-1].Device.Compare(p.Device) >= 0 {
			return fmt.Errorf("places not sorted: %w", kp1.ErrForm)
		}
		if err := checkAddrs(p.Addrs); err != nil {
			return err
		}
		for _, x := range p.Addrs {
			size += len(x)
		}
	}
	if len(a.Places) > kp1.MaxDevices || size > PlaceBytes {
		return fmt.Errorf("%d places of %d bytes: %w", len(a.Places), size, kp1.ErrTooBig)
	}
	return checkName(a.Name)
}

// String keeps the secrets of an answer out of logs.
func (a Answer) String() string { return "answer for group " + a.Group.Short() }

// GoString keeps the secrets of an answer out of logs.
func (a Answer) GoString() string { return a.String() }

const partAnswer = "answer"

// Seal seals an answer for the new computer alone.
func (a Answer) Seal(to Ask) ([]byte, error) {
	b, err := a.Encode()
	if err != nil {
		return nil, err
	}
	return seal(to, partAnswer, b)
}

// maxAnswerBox is the sealed size of the largest answer.
const maxAnswerBox = maxAnswer + 4 + boxExtra

// OpenAnswer opens what Seal made, with the new computer's own keys.
func (s Secret) OpenAnswer(box []byte) (Answer, error) {
	if len(box) > maxAnswerBox {
		return Answer{}, fmt.Errorf("answer of %d bytes: %w", len(box), kp1.ErrTooBig)
	}
	plain, err := unseal(s.Ask(nil), s.Box, partAnswer, box)
	if err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	return DecodeAnswer(plain)
}

// deviceKeys are the seeds of a device's signing key and of its box key.
const deviceKeys = 32 + 32

const (
	partKeys = "keys"
	keysBox  = 256 + boxExtra
)

// SealKeys seals the keys of the new computer's device in a group for it alone, where they are made on the old one
// because nothing but one file goes each way. Who made them cannot open the box again.
func SealKeys(to Ask, g kp1.GID, sign, open []byte) ([]byte, error) {
	return seal(to, partKeys+string(g[:]), append(append(make([]byte, 0, deviceKeys), sign...), open...))
}

// OpenKeys opens what SealKeys made.
func (s Secret) OpenKeys(g kp1.GID, box []byte) (sign, open []byte, err error) {
	if len(box) != keysBox {
		return nil, nil, fmt.Errorf("device keys of %d bytes: %w", len(box), kp1.ErrForm)
	}
	plain, err := unseal(s.Ask(nil), s.Box, partKeys+string(g[:]), box)
	if err != nil {
		return nil, nil, fmt.Errorf("device keys: %w", err)
	}
	if len(plain) != deviceKeys {
		return nil, nil, fmt.Errorf("device keys of %d bytes: %w", len(plain), kp1.ErrForm)
	}
	return plain[:32:32], plain[32:], nil
}
