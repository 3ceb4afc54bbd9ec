package invite

import (
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

	core group.Core
}

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
}

// NewRequest makes a request on an offer. Cert is the root's certificate of the device that asks, for the offer's group;
// rnd gives 16 bytes. Name must not be empty. It keeps no reference to what it is given.
func (o Offer) NewRequest(rnd io.Reader, cert group.Cert, root ed25519.PrivateKey, name, text string) (Request, error) {
	k := o.Link.Secret.Keys()
	core := group.Core{V: version, Group: o.Link.Group, Invite: k.ID, Root: [32]byte(public(root)), Cert: cert}
	if _, err := io.ReadFull(rnd, core.Nonce[:]); err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	signed, err := group.SignCore(core, root)
	if err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	r := Request{Signed: signed, Name: kp1.Normal(name), Text: kp1.Normal(text)}
	copy(r.Invite[:], ed25519.Sign(k.Sign, kp1.SignMessage(kp1.LabelSigInvite, r.signedByInvite())))
	return r.verify(o.Link.Group, k)
}

// signedByInvite is what the invite key signs.
func (r Request) signedByInvite() []byte {
	sum := sha256.Sum256(r.Signed.Core)
	return kp1.LP(sum[:], []byte(r.Name), []byte(r.Text))
}

// Encode returns the request as it is sealed, and as the joiner keeps it across a restart.
func (r Request) Encode() ([]byte, error) {
	b, err := kp1.Marshal(requestWire{version, r.Signed.Core, r.Signed.Sig, r.Invite, r.Name, r.Text})
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
const maxRequestCipher = 1_120 + 4<<10 + 16

func decodeRequest(b []byte, g kp1.GID, k Keys) (Request, error) {
	if len(b) > maxRequest {
		return Request{}, fmt.Errorf("join request of %d bytes: %w", len(b), kp1.ErrTooBig)
	}
	var w requestWire
	if err := closed(b, &w); err != nil {
		return Request{}, fmt.Errorf("join request: %w", err)
	}
	r := Request{Signed: group.SignedCore{Core: w.Core, Sig: w.CoreSig}, Invite: w.Invite, Name: w.Name, Text: w.Text}
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
	return r, nil
}
