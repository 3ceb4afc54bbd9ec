package group

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"kith/store/kp1"
)

// Body is the body of one auth op (protocol 6.3). The types that implement it are values; decoding checks all that can
// be checked without the group.
type Body interface {
	Type() string
	Encode() ([]byte, error)
	check() error
}

// History a newcomer is given, and how the admin made sure who it is.
const (
	HistoryNone  uint8 = 0
	HistorySince uint8 = 1
	HistoryAll   uint8 = 2

	VerifiedNo       uint8 = 0
	VerifiedVoice    uint8 = 1
	VerifiedInPerson uint8 = 2
)

// Genesis founds the group.
type Genesis struct {
	Salt     [32]byte     `cbor:"sa"`
	Cert     Cert         `cbor:"dc"`
	Policy   PolicyFields `cbor:"po"`
	Stewards []SignedCore `cbor:"st"`
}

// Admit lets a person in, with the device of the join request and those of Devices.
type Admit struct {
	Member   kp1.MID  `cbor:"m"`
	Core     []byte   `cbor:"jr"`
	CoreSig  [64]byte `cbor:"sr"`
	Devices  []Cert   `cbor:"dv"`
	Rank     uint8    `cbor:"ro"`
	History  uint8    `cbor:"hi"`
	Since    *kp1.EID `cbor:"se,omitempty"` // exactly with HistorySince
	Verified uint8    `cbor:"vf"`
	Formerly *kp1.MID `cbor:"fm,omitempty"` // display only

	opened []Cert // what certs returns, kept from decoding: each costs several signature checks
}

// AddDevice names one more device of a member.
type AddDevice struct {
	Cert Cert `cbor:"dc"`
}

// Confirm wakes a device that waits for another member's word.
type Confirm struct {
	Device kp1.DID `cbor:"d"`
}

// KeyUpdate replaces the author's own HPKE key, PeerID or both.
type KeyUpdate struct {
	HPKE []byte `cbor:"hp,omitempty"`
	Peer []byte `cbor:"pid,omitempty"`
}

// Remove takes a person out; by the person it is a Leave.
type Remove struct {
	Member kp1.MID `cbor:"m"`
	Cut    Cut     `cbor:"cu"`
	Reason uint8   `cbor:"re"` // 0 unsaid, 1 left, 2 moved on, 3 safety, 4 lost trust; display only
}

// RevokeDevice takes devices of one member out for ever.
type RevokeDevice struct {
	Devices []kp1.DID `cbor:"ds"`
	Cut     Cut       `cbor:"cu"`
}

// SetRole gives a member another rank.
type SetRole struct {
	Member kp1.MID `cbor:"m"`
	Rank   uint8   `cbor:"ro"`
	Cut    *Cut    `cbor:"cu,omitempty"` // exactly when a right to write is lost
}

// Propose asks for a second person's consent to an action.
type Propose struct {
	Action Action `cbor:"ac"`
}

// Action is a type and an encoded body of that type.
type Action struct {
	_    struct{} `cbor:",toarray"`
	Type string
	Body []byte
}

// Approve gives that consent; the effect is here.
type Approve struct {
	Proposal kp1.Link `cbor:"pr"`
	Cut      *Cut     `cbor:"cu,omitempty"` // exactly when the proposal's body has one
}

// Rekey makes an epoch.
type Rekey struct {
	Epoch   kp1.EID   `cbor:"e"`
	Commits []byte    `cbor:"cm"`
	From    []kp1.EID `cbor:"fr"`
	To      []kp1.DID `cbor:"to"`
	Boxes   [32]byte  `cbor:"lb"`
}

// Grant hands keys of epochs to devices. Every device of To gets what Shares says.
type Grant struct {
	Shares []Share    `cbor:"es"`
	To     []kp1.DID  `cbor:"to"`
	Boxes  [32]byte   `cbor:"lb"`
	Handed [][16]byte `cbor:"ph,omitempty"` // names of payload keys handed over (protocol 5.10); the graph does not read them
}

// Share says which keys of an epoch are handed over. Mask: bit c Kcont of compartment c, bit 8 Kauth, bit 9+c K.
type Share struct {
	_     struct{} `cbor:",toarray"`
	Epoch kp1.EID
	Mask  uint64
}

// Bits of Share.Mask.
const (
	MaskAuth uint64 = 1 << 8
	maskAll  uint64 = 1<<12 - 1
)

// MaskContent is the bit for Kcont of a compartment.
func MaskContent(comp uint8) uint64 { return 1 << comp }

// MaskKey is the bit for K of a compartment, from which all others follow.
func MaskKey(comp uint8) uint64 { return 1 << (9 + comp) }

// AdmitLate accepts content that cuts have hidden.
type AdmitLate struct {
	Ops []kp1.Link `cbor:"op"`
	Cut Cut        `cbor:"cu"`
}

// SetPolicy sets policy fields.
type SetPolicy struct {
	PolicyFields
	extra bool // keys this build does not know were there
}

// Evidence proves that a device signed two ops in one place of one chain.
type Evidence struct {
	Device kp1.DID  `cbor:"d"`
	Head1  []byte   `cbor:"h1"`
	Sig1   [64]byte `cbor:"s1"`
	Head2  []byte   `cbor:"h2"`
	Sig2   [64]byte `cbor:"s2"`
	Cut    Cut      `cbor:"cu"`
}

// Vote says whom a member of a headless group wants as admin.
type Vote struct {
	Member kp1.MID `cbor:"m"`
}

// Elect makes the one with the votes of more than half an admin.
type Elect struct {
	Member kp1.MID `cbor:"m"`
}

// Ack says what its author has seen, by its auth heads, and which epochs' boxes failed.
type Ack struct {
	Bad []kp1.EID `cbor:"bb,omitempty"`
}

// Cut is the last content op held of each device and compartment, ascending, each pair once.
type Cut []CutEntry

// CutEntry is one line of a cut.
type CutEntry struct {
	_      struct{} `cbor:",toarray"`
	Device kp1.DID
	Comp   uint8
	Seq    uint64
	ID     [32]byte
}

func (Genesis) Type() string      { return TypeGenesis }
func (Admit) Type() string        { return TypeAdmit }
func (AddDevice) Type() string    { return TypeAddDevice }
func (Confirm) Type() string      { return TypeConfirm }
func (KeyUpdate) Type() string    { return TypeKeyUpdate }
func (Remove) Type() string       { return TypeRemove }
func (RevokeDevice) Type() string { return TypeRevokeDevice }
func (SetRole) Type() string      { return TypeSetRole }
func (Propose) Type() string      { return TypePropose }
func (Approve) Type() string      { return TypeApprove }
func (Rekey) Type() string        { return TypeRekey }
func (Grant) Type() string        { return TypeGrant }
func (AdmitLate) Type() string    { return TypeAdmitLate }
func (SetPolicy) Type() string    { return TypePolicy }
func (Evidence) Type() string     { return TypeEvidence }
func (Vote) Type() string         { return TypeVote }
func (Elect) Type() string        { return TypeElect }
func (Ack) Type() string          { return TypeAck }

// Encode methods return the canonical bytes, or an error of the form when the body would not be accepted.

func (b Genesis) Encode() ([]byte, error)      { return encode(b) }
func (b Admit) Encode() ([]byte, error)        { return encode(b) }
func (b AddDevice) Encode() ([]byte, error)    { return encode(b) }
func (b Confirm) Encode() ([]byte, error)      { return encode(b) }
func (b KeyUpdate) Encode() ([]byte, error)    { return encode(b) }
func (b Remove) Encode() ([]byte, error)       { return encode(b) }
func (b RevokeDevice) Encode() ([]byte, error) { return encode(b) }
func (b SetRole) Encode() ([]byte, error)      { return encode(b) }
func (b Propose) Encode() ([]byte, error)      { return encode(b) }
func (b Approve) Encode() ([]byte, error)      { return encode(b) }
func (b Rekey) Encode() ([]byte, error)        { return encode(b) }
func (b Grant) Encode() ([]byte, error)        { return encode(b) }
func (b AdmitLate) Encode() ([]byte, error)    { return encode(b) }
func (b SetPolicy) Encode() ([]byte, error)    { return encode(b) }
func (b Evidence) Encode() ([]byte, error)     { return encode(b) }
func (b Vote) Encode() ([]byte, error)         { return encode(b) }
func (b Elect) Encode() ([]byte, error)        { return encode(b) }
func (b Ack) Encode() ([]byte, error)          { return encode(b) }

func encode(b Body) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	out, err := kp1.Marshal(b)
	if err == nil && len(out) > kp1.MaxAuthOp {
		return nil, fmt.Errorf("%s of %d bytes: %w", b.Type(), len(out), kp1.ErrTooBig)
	}
	return out, err
}

// DecodeBody reads the body of an op of this type. It returns ErrUnknownType for a type that is not in 6.3 and an error
// of the form for a body that is refused. Keys it does not know are ignored. It keeps no reference to b.
func DecodeBody(typ string, b []byte) (Body, error) {
	switch typ {
	case TypeGenesis:
		return decode[Genesis](b, "sa", "dc", "po", "st")
	case TypeAdmit:
		return decodeAdmit(b)
	case TypeAddDevice:
		return decode[AddDevice](b, "dc")
	case TypeConfirm:
		return decode[Confirm](b, "d")
	case TypeKeyUpdate:
		return decode[KeyUpdate](b)
	case TypeRemove:
		return decode[Remove](b, "m", "cu", "re")
	case TypeRevokeDevice:
		return decode[RevokeDevice](b, "ds", "cu")
	case TypeSetRole:
		return decode[SetRole](b, "m", "ro")
	case TypePropose:
		return decode[Propose](b, "ac")
	case TypeApprove:
		return decode[Approve](b, "pr")
	case TypeRekey:
		return decode[Rekey](b, "e", "cm", "fr", "to", "lb")
	case TypeGrant:
		return decode[Grant](b, "es", "to", "lb")
	case TypeAdmitLate:
		return decode[AdmitLate](b, "op", "cu")
	case TypePolicy:
		return decodePolicy(b)
	case TypeEvidence:
		return decode[Evidence](b, "d", "h1", "s1", "h2", "s2", "cu")
	case TypeVote:
		return decode[Vote](b, "m")
	case TypeElect:
		return decode[Elect](b, "m")
	case TypeAck:
		return decode[Ack](b)
	}
	return nil, fmt.Errorf("%.40q: %w", typ, ErrUnknownType)
}

// decodeAdmit is decode with the certificates opened once.
func decodeAdmit(b []byte) (Body, error) {
	var v Admit
	if len(b) > kp1.MaxAuthOp {
		return nil, fmt.Errorf("%s of %d bytes: %w", TypeAdmit, len(b), kp1.ErrTooBig)
	}
	err := unmarshalWhole(b, &v, false, "m", "jr", "sr", "dv", "ro", "hi", "vf")
	if err == nil {
		v.opened, err = v.certs()
	}
	if err == nil {
		err = v.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", TypeAdmit, err)
	}
	return v, nil
}

func decode[T Body](b []byte, required ...string) (Body, error) {
	var v T
	if len(b) > kp1.MaxAuthOp {
		return nil, fmt.Errorf("%s of %d bytes: %w", v.Type(), len(b), kp1.ErrTooBig)
	}
	if err := unmarshalWhole(b, &v, false, required...); err != nil {
		return nil, fmt.Errorf("%s: %w", v.Type(), err)
	}
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", v.Type(), err)
	}
	return v, nil
}

// unmarshalWhole is kp1.Unmarshal that also insists on keys being there.
func unmarshalWhole(b []byte, v any, closed bool, required ...string) error {
	read := kp1.Unmarshal
	if closed {
		read = kp1.UnmarshalClosed
	}
	if err := read(b, v); err != nil {
		return err
	}
	if len(required) == 0 {
		return nil
	}
	var keys map[string]cbor.RawMessage
	if err := kp1.Unmarshal(b, &keys); err != nil {
		return err
	}
	for _, k := range required {
		if _, ok := keys[k]; !ok {
			return fmt.Errorf("field %q is not there: %w", k, ErrMalformed)
		}
	}
	return nil
}

// ascending checks that encoded elements strictly rise.
func ascending[T any](name string, xs []T) error {
	var last []byte
	for i, x := range xs {
		b, err := kp1.Marshal(x)
		if err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, b) >= 0 {
			return fmt.Errorf("%s not sorted: %w", name, ErrMalformed)
		}
		last = b
	}
	return nil
}

// sortEncoded sorts as ascending wants it and drops repeats. It returns a new slice.
func sortEncoded[T any](xs []T) ([]T, error) {
	type pair struct {
		b []byte
		x T
	}
	ps := make([]pair, 0, len(xs))
	for _, x := range xs {
		b, err := kp1.Marshal(x)
		if err != nil {
			return nil, err
		}
		ps = append(ps, pair{b, x})
	}
	slices.SortFunc(ps, func(a, b pair) int { return bytes.Compare(a.b, b.b) })
	out := make([]T, 0, len(xs))
	for i, p := range ps {
		if i == 0 || !bytes.Equal(p.b, ps[i-1].b) {
			out = append(out, p.x)
		}
	}
	return out, nil
}
