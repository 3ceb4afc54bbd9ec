package link

import (
	"bytes"
	"fmt"

	"kith/store/kp1"
	"kith/store/op"
)

// Offer is what the old computer tells: who it is, and which groups the link is about.
type Offer struct {
	Peer   []byte // raw multihash of its PeerID
	Name   string // of its person
	Addrs  []string
	Groups []OfferGroup // ascending by id, at least one
}

// OfferGroup is one group of an Offer.
type OfferGroup struct {
	_       struct{} `cbor:",toarray"`
	Group   kp1.GID
	Genesis kp1.Link
	Root    [32]byte // this person's root key in it
	Device  [32]byte // the old computer's signing key in it
	Name    string   // what the group is called
}

type offerWire struct {
	V      uint64       `cbor:"v"`
	Peer   []byte       `cbor:"p"`
	Name   string       `cbor:"nm"`
	Addrs  []string     `cbor:"r"`
	Groups []OfferGroup `cbor:"g"`
}

// Encode returns the bytes that are sealed, and that the words are made of.
func (o Offer) Encode() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	return kp1.Marshal(offerWire{version, o.Peer, o.Name, some(o.Addrs), o.Groups})
}

// DecodeOffer reads what Encode returned.
func DecodeOffer(b []byte) (Offer, error) {
	var w offerWire
	if err := kp1.UnmarshalVersion(b, maxOffer, version, &w); err != nil {
		return Offer{}, fmt.Errorf("offer: %w", err)
	}
	o := Offer{w.Peer, w.Name, w.Addrs, w.Groups}
	if err := o.check(); err != nil {
		return Offer{}, fmt.Errorf("offer: %w", err)
	}
	return o, nil
}

func (o Offer) check() error {
	if len(o.Groups) > MaxGroups {
		return fmt.Errorf("%d groups: %w", len(o.Groups), kp1.ErrTooBig)
	}
	if len(o.Groups) == 0 {
		return fmt.Errorf("no group: %w", kp1.ErrForm)
	}
	if err := checkPeer(o.Peer); err != nil {
		return err
	}
	if err := checkAddrs(o.Addrs); err != nil {
		return err
	}
	if err := checkName(o.Name); err != nil {
		return err
	}
	for i, g := range o.Groups {
		if i > 0 && o.Groups[i-1].Group.Compare(g.Group) >= 0 {
			return fmt.Errorf("groups not sorted: %w", kp1.ErrForm)
		}
		if err := checkName(g.Name); err != nil {
			return err
		}
		for _, k := range [][32]byte{g.Root, g.Device} {
			if err := kp1.CheckPublicKey(k[:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Group finds a group of the offer.
func (o Offer) Group(g kp1.GID) (OfferGroup, bool) {
	for _, x := range o.Groups {
		if x.Group == g {
			return x, true
		}
	}
	return OfferGroup{}, false
}

const partOffer = "offer"

// maxOfferBox is the sealed size of the largest offer.
const maxOfferBox = 64<<10 + boxExtra

// SealOffer seals an encoded offer for the new computer.
func SealOffer(a Ask, offer []byte) ([]byte, error) { return seal(a, partOffer, offer) }

// OpenOffer opens what SealOffer made, with the new computer's own keys. from is who brought it: an offer of another
// computer is ErrSwapped. It returns the encoded bytes too: the words are made of them.
func (s Secret) OpenOffer(box, from []byte) (Offer, []byte, error) {
	if len(box) > maxOfferBox {
		return Offer{}, nil, fmt.Errorf("offer of %d bytes: %w", len(box), kp1.ErrTooBig)
	}
	plain, err := unseal(s.Ask(nil), s.Box, partOffer, box)
	if err != nil {
		return Offer{}, nil, fmt.Errorf("offer: %w", err)
	}
	o, err := DecodeOffer(plain)
	if err != nil {
		return Offer{}, nil, err
	}
	if from != nil && !bytes.Equal(o.Peer, from) {
		return Offer{}, nil, ErrSwapped
	}
	return o, plain, nil
}

// Device is the new computer's own device in one group: its public keys, and its proof that it has the signing key.
type Device struct {
	_     struct{} `cbor:",toarray"`
	Group kp1.GID
	Key   [32]byte
	HPKE  []byte
	PoP   [64]byte // over the certificate that follows from these, the offer and the PeerID
}

// Devices is what the new computer says once its person has said that the words are the same.
type Devices struct {
	Fresh bool // this home belongs to nobody's groups yet: it takes over the twelve words
	List  []Device
}

type devicesWire struct {
	V     uint64   `cbor:"v"`
	Fresh bool     `cbor:"f"`
	List  []Device `cbor:"d"`
}

// Encode returns the bytes that are sent.
func (d Devices) Encode() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("devices: %w", err)
	}
	return kp1.Marshal(devicesWire{version, d.Fresh, some(d.List)})
}

// DecodeDevices reads what Encode returned.
func DecodeDevices(b []byte) (Devices, error) {
	var w devicesWire
	if err := kp1.UnmarshalVersion(b, maxDevices, version, &w); err != nil {
		return Devices{}, fmt.Errorf("devices: %w", err)
	}
	d := Devices{w.Fresh, w.List}
	if err := d.check(); err != nil {
		return Devices{}, fmt.Errorf("devices: %w", err)
	}
	return d, nil
}

func (d Devices) check() error {
	if len(d.List) > MaxGroups {
		return fmt.Errorf("%d devices: %w", len(d.List), kp1.ErrTooBig)
	}
	for i, x := range d.List {
		if i > 0 && d.List[i-1].Group.Compare(x.Group) >= 0 {
			return fmt.Errorf("devices not sorted: %w", kp1.ErrForm)
		}
		if err := kp1.CheckPublicKey(x.Key[:]); err != nil {
			return err
		}
		if err := op.CheckBoxPublicKey(x.HPKE); err != nil {
			return err
		}
	}
	return nil
}
