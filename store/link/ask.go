package link

import (
	"fmt"
	"io"

	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// Secret is what the new computer keeps of one code until the link is over.
type Secret struct {
	Kind Kind
	Peer []byte    // raw multihash of its PeerID
	Box  op.BoxKey // opens what the old computer tells
	Late [16]byte  // told only after the old computer has said all it has to say
}

// NewSecret makes the keys of a code. rnd is for what is told late.
func NewSecret(rnd io.Reader, kind Kind, peer []byte) (Secret, error) {
	box, err := op.NewBoxKey()
	if err != nil {
		return Secret{}, err
	}
	s := Secret{Kind: kind, Peer: peer, Box: box}
	if _, err := io.ReadFull(rnd, s.Late[:]); err != nil {
		return Secret{}, fmt.Errorf("linking code: %w", err)
	}
	return s, checkPeer(peer)
}

// Ask is what the new computer tells whoever knows its code. carry is what a computer that comes back brings: envelopes
// that only members open.
func (s Secret) Ask(carry [][]byte) Ask {
	return Ask{Kind: s.Kind, Peer: s.Peer, Key: s.Box.Public(), Seal: kp1.L(kp1.LabelLinkLate, s.Late[:]), Carry: carry}
}

// String keeps the secret out of logs.
func (s Secret) String() string { return "secret of a linking code" }

// GoString keeps the secret out of logs.
func (s Secret) GoString() string { return s.String() }

// Ask is the new computer's opening. Its hash was in the code, so nobody on the way can put another in its place.
type Ask struct {
	Kind  Kind
	Peer  []byte
	Key   []byte   // public box key
	Seal  [32]byte // L("kp1/linklate", what is told late)
	Carry [][]byte // not under the hash: each envelope speaks for itself
}

type askWire struct {
	V     uint64   `cbor:"v"`
	Kind  uint8    `cbor:"k"`
	Peer  []byte   `cbor:"p"`
	Key   []byte   `cbor:"hp"`
	Seal  [32]byte `cbor:"c"`
	Carry [][]byte `cbor:"en"`
}

// Hash is what the code says of an Ask.
func (a Ask) Hash() [32]byte {
	return kp1.L(kp1.LabelLinkCode, kp1.LP([]byte{byte(a.Kind)}, a.Peer, a.Key, a.Seal[:]))
}

// Code is the beginning of the hash.
func (a Ask) Code() Code { return Text{Hash: a.Hash()}.Code() }

// Fits says whether what was told late is what the Ask had promised.
func (a Ask) Fits(late [16]byte) bool { return kp1.L(kp1.LabelLinkLate, late[:]) == a.Seal }

// Encode returns the bytes that are sent.
func (a Ask) Encode() ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	return kp1.Marshal(askWire{version, uint8(a.Kind), a.Peer, a.Key, a.Seal, some(a.Carry)})
}

// DecodeAsk reads what Encode returned, and refuses one that is not what code says with ErrSwapped.
func DecodeAsk(b []byte, code Code) (Ask, error) {
	a, err := decodeAsk(b)
	if err != nil {
		return Ask{}, err
	}
	if a.Code() != code {
		return Ask{}, ErrSwapped
	}
	return a, nil
}

func decodeAsk(b []byte) (Ask, error) {
	var w askWire
	if err := kp1.UnmarshalVersion(b, maxAsk, version, &w); err != nil {
		return Ask{}, fmt.Errorf("ask: %w", err)
	}
	a := Ask{Kind(w.Kind), w.Peer, w.Key, w.Seal, w.Carry}
	if err := a.check(); err != nil {
		return Ask{}, fmt.Errorf("ask: %w", err)
	}
	return a, nil
}

func (a Ask) check() error {
	switch {
	case a.Kind > Back:
		return fmt.Errorf("kind %d: %w", a.Kind, kp1.ErrForm)
	case len(a.Carry) > maxCarried:
		return fmt.Errorf("%d envelopes: %w", len(a.Carry), kp1.ErrTooBig)
	case a.Kind == Second && len(a.Carry) > 0:
		return fmt.Errorf("envelopes of a second computer: %w", kp1.ErrForm)
	}
	if err := checkPeer(a.Peer); err != nil {
		return err
	}
	if err := op.CheckBoxPublicKey(a.Key); err != nil {
		return err
	}
	size := 0
	for _, raw := range a.Carry {
		size += len(raw)
		e, err := op.DecodeEnvelope(raw)
		if err != nil {
			return err
		}
		if e.Kind != op.KindOps {
			return fmt.Errorf("kind %d carried: %w", e.Kind, kp1.ErrForm)
		}
	}
	if size > maxAsk-4<<10 {
		return fmt.Errorf("envelopes of %d bytes: %w", size, kp1.ErrTooBig)
	}
	return nil
}

// some makes an empty list of none: the canonical form has no null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Words are the four that both computers show once the old one has said all and the new one has told the rest: the first
// 44 bits of a hash over everything that was said (protocol 3.3). Neither could choose its part knowing the other's, so
// whoever stands between has one guess.
func Words(a Ask, late [16]byte, offer []byte, old []byte) [4]string {
	h := a.Hash()
	return keyring.LinkWords(kp1.L(kp1.LabelLinkDev, kp1.LP(h[:], a.Peer, old, a.Key, late[:], offer)))
}
