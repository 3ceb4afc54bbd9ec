package invite

import (
	"crypto/ed25519"
	"fmt"
	"io"

	"kith/store/kp1"
	"kith/store/op"
)

// Offer is what a joiner has in hand once the drop is open: the link, the key that the request is sealed to, and what
// the group calls itself for their eyes.
type Offer struct {
	Link Link
	Key  []byte // public box key; its Pin is the link's
	Hint string // the group's display name, perhaps empty: a hint for the person, trusted by nobody

	// Heads are auth heads of the group when the invite was made, ascending: somebody who is in already, and has lost every
	// computer, asks with an op that names them (see Request.Back). An older program leaves none.
	Heads []kp1.ID
}

// dropWire is the link's map without the secret, with what a link has no room for.
type dropWire struct {
	V       uint64   `cbor:"v"`
	Group   kp1.GID  `cbor:"g"`
	Box     [16]byte `cbor:"ip"`
	Inviter [16]byte `cbor:"iw"`
	Addrs   []string `cbor:"r"`
	Expires uint64   `cbor:"x"`
	Key     []byte   `cbor:"hp"`
	Hint    string   `cbor:"nm,omitempty"`

	Heads []kp1.Link `cbor:"hd,omitempty"`
}

// SealDrop seals what lies in the rendezvous mailbox beside an invite's requests (kind 6). The arguments are those of
// Link; hint is the group's display name or "", heads are auth heads of the group, ascending, of which the first MaxHeads
// are told.
func (i Invite) SealDrop(rnd io.Reader, week uint64, g kp1.GID, root ed25519.PublicKey, addrs []string, hint string, heads []kp1.ID) (op.Envelope, error) {
	l, hint := i.Link(g, root, addrs), kp1.Normal(hint)
	if err := checkLines("hint", hint, MaxName); err != nil {
		return op.Envelope{}, fmt.Errorf("drop: %w", err)
	}
	if err := checkAddrs(addrs); err != nil {
		return op.Envelope{}, fmt.Errorf("drop: %w", err)
	}
	heads = heads[:min(len(heads), MaxHeads)]
	if err := checkHeads(heads); err != nil {
		return op.Envelope{}, fmt.Errorf("drop: %w", err)
	}
	b, err := kp1.Marshal(dropWire{version, l.Group, l.Box, l.Inviter, l.Addrs, l.Expires, i.BoxKey.Public(), hint, kp1.Links(heads)})
	if err != nil {
		return op.Envelope{}, fmt.Errorf("drop: %w", err)
	}
	k := i.Secret.Keys()
	return op.SealDrop(rnd, k.Wrap, k.ID, week, b)
}

// OpenDrop opens a drop with the secret of spoken words. It returns op.ErrNoKey where the drop is of another invite,
// op.ErrTampered where it was changed, ErrTampered where its key is not the one it names, ErrNewer, or an error of
// the form.
func OpenDrop(s Secret, e op.Envelope) (Offer, error) {
	k := s.Keys()
	if e.Kind != op.KindDrop || e.IID() != k.ID || len(e.Cipher) > maxDropCipher {
		return Offer{}, fmt.Errorf("drop: kind %d of invite %s: %w", e.Kind, e.IID().Short(), op.ErrNoKey)
	}
	b, err := op.OpenDrop(e, k.Wrap)
	if err != nil {
		return Offer{}, err
	}
	return decodeDrop(s, b)
}

// maxDrop is the largest drop: 1,216 bytes of key, the addresses, a hint and the heads. With its length it fills a bucket.
const (
	maxDrop       = 4<<10 - 4
	maxDropCipher = 4<<10 + 16
)

// checkHeads refuses heads that no op could name.
func checkHeads(heads []kp1.ID) error {
	if len(heads) > MaxHeads {
		return fmt.Errorf("%d heads: %w", len(heads), kp1.ErrTooBig)
	}
	for i := 1; i < len(heads); i++ {
		if heads[i-1].Compare(heads[i]) >= 0 {
			return fmt.Errorf("heads not sorted: %w", kp1.ErrForm)
		}
	}
	return nil
}

func decodeDrop(s Secret, b []byte) (Offer, error) {
	var w dropWire
	if err := kp1.UnmarshalVersion(b, maxDrop, version, &w); err != nil {
		return Offer{}, fmt.Errorf("drop: %w", err)
	}
	if Pin(w.Key) != w.Box {
		return Offer{}, fmt.Errorf("drop: key: %w", ErrTampered)
	}
	if err := op.CheckBoxPublicKey(w.Key); err != nil {
		return Offer{}, fmt.Errorf("drop: %w", err)
	}
	if err := checkAddrs(w.Addrs); err != nil {
		return Offer{}, fmt.Errorf("drop: %w", err)
	}
	if err := checkLines("hint", w.Hint, MaxName); err != nil {
		return Offer{}, fmt.Errorf("drop: %w", err)
	}
	heads := kp1.IDs(w.Heads)
	if err := checkHeads(heads); err != nil {
		return Offer{}, fmt.Errorf("drop: %w", err)
	}
	return Offer{Link: Link{s, w.Group, w.Box, w.Inviter, w.Addrs, w.Expires}, Key: w.Key, Hint: w.Hint, Heads: heads}, nil
}

// OpenDrop opens a drop that a link leads to, and makes sure that it is the link's own: whoever else holds the link
// could have put another one there. Besides the errors of the function OpenDrop it returns ErrTampered.
func (l Link) OpenDrop(e op.Envelope) (Offer, error) {
	o, err := OpenDrop(l.Secret, e)
	if err != nil {
		return Offer{}, err
	}
	if d := o.Link; d.Group != l.Group || d.Box != l.Box || d.Inviter != l.Inviter || d.Expires != l.Expires {
		return Offer{}, fmt.Errorf("drop of %s: %w", e.ID.Short(), ErrTampered)
	}
	o.Link.Addrs = l.Addrs
	return o, nil
}
