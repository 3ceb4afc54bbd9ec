package invite

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// Request is one person's wish to join, on one invite. The name never enters the auth log.
type Request struct {
	Signed group.SignedCore // what an Admit carries
	Invite [64]byte         // the invite key's signature over core, name and text
	Name   string
	Text   string

	// Back is for somebody who may be in the group already and has no computer left that is: an AddDevice by a second device
	// of this computer, with the root's word and seq 1 of its own chain (protocol 3.4). It is filed, unchanged, only where
	// an Admit would be refused because the person is in. Zero where the drop named no heads.
	Back op.Signed

	core group.Core
}

// Spare is the device that Back brings in, or zero.
func (r Request) Spare() kp1.DID { return r.Back.Device }

// Core returns what the root signed, checked.
func (r Request) Core() group.Core { return r.core }

// ID tells requests apart; one that is sealed and posted again keeps it.
func (r Request) ID() kp1.ID { return kp1.Sum(r.Signed.Core) }

// Words returns the six words that the joiner reads aloud. It takes about 0.1 s when it is asked for the first time.
func (r Request) Words() [6]string { return keyring.VerificationWords(r.core.Group, r.core.Root[:]) }

// requestWire is what is sealed.
type requestWire struct {
	V       uint64   `cbor:"v"`
	Core    []byte   `cbor:"q"`
	CoreSig [64]byte `cbor:"sr"`
	Invite  [64]byte `cbor:"si"`
	Name    string   `cbor:"nm"`
	Text    string   `cbor:"tx"`

	Back []byte `cbor:"ad,omitempty"`
}

// NewRequest makes a request on an offer. Cert is the root's certificate of the device that asks, for the offer's group;
// rnd gives 16 bytes. Name must not be empty; back may be zero. It keeps no reference to what it is given.
func (o Offer) NewRequest(rnd io.Reader, cert group.Cert, root ed25519.PrivateKey, name, text string, back op.Signed) (Request, error) {
	k := o.Link.Secret.Keys()
	core := group.Core{V: version, Group: o.Link.Group, Invite: k.ID, Root: [32]byte(public(root)), Cert: cert}
	if _, err := io.ReadFull(rnd, core.Nonce[:]); err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	signed, err := group.SignCore(core, root)
	if err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	r := Request{Signed: signed, Name: kp1.Normal(name), Text: kp1.Normal(text), Back: back}
	copy(r.Invite[:], ed25519.Sign(k.Sign, kp1.SignMessage(kp1.LabelSigInvite, r.signedByInvite())))
	return r.verify(o.Link.Group, k)
}

// signedByInvite is what the invite key signs.
func (r Request) signedByInvite() []byte {
	sum := sha256.Sum256(r.Signed.Core)
	parts := [][]byte{sum[:], []byte(r.Name), []byte(r.Text)}
	if back := r.back(); back != nil {
		parts = append(parts, back)
	}
	return kp1.LP(parts...)
}

// back is Back as it is sealed.
func (r Request) back() []byte {
	if r.Back.Device.IsZero() {
		return nil
	}
	return r.Back.Encode()
}

// Encode returns the request as it is sealed, and as the joiner keeps it across a restart.
func (r Request) Encode() ([]byte, error) {
	b, err := kp1.Marshal(requestWire{version, r.Signed.Core, r.Signed.Sig, r.Invite, r.Name, r.Text, r.back()})
	if err != nil {
		return nil, fmt.Errorf("join request: %w", err)
	}
	if len(b) > maxRequest {
		return nil, fmt.Errorf("join request of %d bytes: %w", len(b), kp1.ErrTooBig)
	}
	return b, nil
}

// Seal seals the request for the admins (kind 7). Post the same envelope again until it is answered: every new one
// takes a place of its own in the mailbox.
func (o Offer) Seal(r Request, week uint64) (op.Envelope, error) {
	b, err := r.Encode()
	if err != nil {
		return op.Envelope{}, err
	}
	return op.SealJoinRequest(o.Link.Group, o.Link.Secret.Keys().ID, week, o.Key, b)
}

// DecodeRequest reads what Encode returned, and checks all of it again.
func (o Offer) DecodeRequest(b []byte) (Request, error) {
	return decodeRequest(b, o.Link.Group, o.Link.Secret.Keys())
}

// OpenRequest opens a request filed on the invite in group g and checks that its root, its device and the holder of the
// invite all signed it for this group and this invite. It does not look at the clock: see Check. It returns
// op.ErrNoKey for a request to somebody else, or changed on the way; group.ErrForged for a signature that does not
// hold; or an error of the form.
func (i Invite) OpenRequest(g kp1.GID, e op.Envelope) (Request, error) {
	if e.Kind != op.KindJoinRequest || e.IID() != i.ID {
		return Request{}, fmt.Errorf("join request: kind %d of invite %s: %w", e.Kind, e.IID().Short(), op.ErrNoKey)
	}
	if len(e.Cipher) > maxRequestCipher {
		return Request{}, fmt.Errorf("join request sealed to %d bytes: %w", len(e.Cipher), kp1.ErrTooBig)
	}
	b, err := op.OpenJoinRequest(g, e, i.BoxKey)
	if err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	return decodeRequest(b, g, i.Secret.Keys())
}

// maxRequestCipher is an encapsulated key, the largest padded request, a tag.
const maxRequestCipher = 1_120 + 6<<10 + 16

func decodeRequest(b []byte, g kp1.GID, k Keys) (Request, error) {
	var w requestWire
	if err := kp1.UnmarshalVersion(b, maxRequest, version, &w); err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	r := Request{Signed: group.SignedCore{Core: w.Core, Sig: w.CoreSig}, Invite: w.Invite, Name: w.Name, Text: w.Text}
	if w.Back != nil {
		if len(w.Back) > maxBack {
			return Request{}, fmt.Errorf("join request: op of %d bytes: %w", len(w.Back), kp1.ErrTooBig)
		}
		var err error
		if r.Back, err = op.DecodeSigned(w.Back); err != nil {
			return Request{}, fmt.Errorf("join request: %w", err)
		}
	}
	return r.verify(g, k)
}

// verify checks everything about a request that needs no group state.
func (r Request) verify(g kp1.GID, k Keys) (Request, error) {
	if len(r.Signed.Core) > maxCore {
		return Request{}, fmt.Errorf("join request: core of %d bytes: %w", len(r.Signed.Core), kp1.ErrTooBig)
	}
	if r.Name == "" {
		return Request{}, fmt.Errorf("join request without a name: %w", kp1.ErrForm)
	}
	if err := checkWords("name", r.Name, MaxName); err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	if err := checkLines("text", r.Text, MaxText); err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	core, err := r.Signed.Open(g)
	if err != nil {
		return Request{}, err
	}
	if core.Invite != k.ID {
		return Request{}, fmt.Errorf("join request on invite %s: %w", core.Invite.Short(), group.ErrForged)
	}
	if !ed25519.Verify(public(k.Sign), kp1.SignMessage(kp1.LabelSigInvite, r.signedByInvite()), r.Invite[:]) {
		return Request{}, fmt.Errorf("join request: signature of the invite: %w", group.ErrForged)
	}
	r.core = core
	return r, r.verifyBack()
}

// verifyBack checks all of Back that needs no group state: that it is what the root's own new device says, for this group
// and this very computer, and nothing else.
func (r Request) verifyBack() error {
	s := r.Back
	if s.Device.IsZero() {
		return nil
	}
	if s.Type != group.TypeAddDevice || s.V != group.Version || s.Group != r.core.Group || s.Seq != 1 || s.Payload != nil {
		return fmt.Errorf("join request: %s op %d of group %s: %w", s.Type, s.Seq, s.Group.Short(), kp1.ErrForm)
	}
	body, err := group.DecodeBody(s.Type, s.Body)
	if err != nil {
		return fmt.Errorf("join request: %w", err)
	}
	add, ok := body.(group.AddDevice)
	if !ok {
		return fmt.Errorf("join request: %w", kp1.ErrForm)
	}
	c := add.Cert
	switch {
	case !c.ByRoot(), c.Device() != s.Device, c.Group != r.core.Group, c.Member != r.core.Member():
		return fmt.Errorf("join request: certificate of device %s: %w", s.Device.Short(), group.ErrForged)
	case c.Device() == r.core.Cert.Device(), !bytes.Equal(c.Peer, r.core.Cert.Peer):
		return fmt.Errorf("join request: device %s: %w", s.Device.Short(), kp1.ErrForm)
	}
	return s.Verify(c.Key)
}
