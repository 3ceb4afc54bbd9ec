package group

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"fmt"

	"kith/store/kp1"
)

const (
	hpkeKeySize = 1216 // bytes of an X-Wing public key
	maxPeer     = 64   // bytes of a PeerID's multihash
)

// Cert says that a device belongs to a member (protocol 3.2). It keeps the bytes it was decoded from, so its signatures
// stay checkable. Decode one with DecodeCert; what that returns is sound in itself.
type Cert struct {
	Group  kp1.GID
	Member kp1.MID
	Root   ed25519.PublicKey // hashes to Member
	Key    ed25519.PublicKey // the device's signing key
	HPKE   []byte            // X-Wing public key, 1216 bytes
	Peer   []byte            // raw multihash of the installation's PeerID
	Serial uint64
	By     kp1.DID // the signing device; zero means that the root signed
	Sig    [64]byte
	PoP    [64]byte // the device's own signature

	raw []byte // certBytes, as signed
}

// sound are the certificates and join requests that this process has checked.
var sound kp1.Proven

// certBody is what is signed; the map is closed.
type certBody struct {
	V      uint64   `cbor:"v"`
	Group  kp1.GID  `cbor:"g"`
	Member kp1.MID  `cbor:"m"`
	Root   [32]byte `cbor:"rp"`
	Key    [32]byte `cbor:"dp"`
	HPKE   []byte   `cbor:"hp"`
	Peer   []byte   `cbor:"pid"`
	Serial uint64   `cbor:"sn"`
}

type certWire struct {
	_    struct{} `cbor:",toarray"`
	Body []byte
	By   []byte
	Sig  [64]byte
	PoP  [64]byte
}

// NewCert returns an unsigned certificate; SignCert makes it whole. It returns ErrMalformed or ErrWeakKey where a key is not fit.
func NewCert(g kp1.GID, root, key ed25519.PublicKey, hpkeKey, peer []byte, serial uint64) (Cert, error) {
	c := Cert{Group: g, Member: kp1.MemberID(root), Root: root, Key: key, HPKE: hpkeKey, Peer: peer, Serial: serial}
	if err := c.checkKeys(); err != nil {
		return Cert{}, err
	}
	body := certBody{
		V: 1, Group: g, Member: c.Member, Root: [32]byte(root), Key: [32]byte(key), HPKE: hpkeKey,
		Peer: peer, Serial: serial,
	}
	raw, err := kp1.Marshal(body)
	c.raw = raw
	return c, err
}

// SignCert makes a whole certificate. by is zero and signer the root's key, or by names the device whose key signer is.
func SignCert(c Cert, by kp1.DID, signer, device ed25519.PrivateKey) Cert {
	c.By = by
	c.Sig = [64]byte(ed25519.Sign(signer, kp1.SignMessage(kp1.LabelSigDevCert, c.raw)))
	c.PoP = [64]byte(ed25519.Sign(device, kp1.SignMessage(kp1.LabelSigDevPoP, c.raw)))
	return c
}

// Prove returns the device's own signature over the certificate, for another device of the member to sign it (SignFor).
func (c Cert) Prove(device ed25519.PrivateKey) [64]byte {
	return [64]byte(ed25519.Sign(device, kp1.SignMessage(kp1.LabelSigDevPoP, c.raw)))
}

// SignFor makes a whole certificate for a device whose key is elsewhere: pop is what Prove gave there. by names the device
// whose key signer is. It returns ErrForged when pop is not over this very certificate.
func SignFor(c Cert, by kp1.DID, signer ed25519.PrivateKey, pop [64]byte) (Cert, error) {
	if !ed25519.Verify(c.Key, kp1.SignMessage(kp1.LabelSigDevPoP, c.raw), pop[:]) {
		return Cert{}, fmt.Errorf("certificate of %s: proof of possession: %w", c.Device().Short(), ErrForged)
	}
	c.By, c.PoP = by, pop
	c.Sig = [64]byte(ed25519.Sign(signer, kp1.SignMessage(kp1.LabelSigDevCert, c.raw)))
	return c, nil
}

// Device returns the id of the certified device.
func (c Cert) Device() kp1.DID { return kp1.DeviceID(c.Key) }

// ByRoot reports whether the root signed, and not a device.
func (c Cert) ByRoot() bool { return c.By.IsZero() }

// MarshalCBOR returns the certificate as it stands in bodies.
func (c Cert) MarshalCBOR() ([]byte, error) {
	w := certWire{Body: c.raw, Sig: c.Sig, PoP: c.PoP}
	if !c.ByRoot() {
		w.By = c.By[:]
	}
	return kp1.Marshal(w)
}

// UnmarshalCBOR is DecodeCert.
func (c *Cert) UnmarshalCBOR(b []byte) error {
	d, err := DecodeCert(b)
	if err == nil {
		*c = d
	}
	return err
}

// DecodeCert reads a certificate and checks all that can be checked without the group: its form, its keys, that the
// root hashes to the member, the proof of possession, and a root's signature. A device's signature is checked where it
// is filed (see VerifyBy). It keeps no reference to b.
func DecodeCert(b []byte) (Cert, error) {
	var w certWire
	if len(b) > kp1.MaxAuthOp {
		return Cert{}, fmt.Errorf("certificate: %w", kp1.ErrTooBig)
	}
	if err := kp1.UnmarshalClosed(b, &w); err != nil {
		return Cert{}, fmt.Errorf("certificate: %w", err)
	}
	var d certBody
	if err := unmarshalWhole(w.Body, &d, true, "v", "g", "m", "rp", "dp", "hp", "pid", "sn"); err != nil {
		return Cert{}, fmt.Errorf("certificate: %w", err)
	}
	c := Cert{
		Group: d.Group, Member: d.Member, Root: d.Root[:], Key: d.Key[:], HPKE: d.HPKE, Peer: d.Peer,
		Serial: d.Serial, Sig: w.Sig, PoP: w.PoP, raw: w.Body,
	}
	switch {
	case d.V != 1:
		return Cert{}, fmt.Errorf("certificate version %d: %w", d.V, ErrMalformed)
	case len(w.By) == len(c.By):
		copy(c.By[:], w.By)
		if c.By.IsZero() {
			return Cert{}, fmt.Errorf("certificate by no device: %w", ErrMalformed)
		}
	case len(w.By) != 0:
		return Cert{}, fmt.Errorf("certificate signer of %d bytes: %w", len(w.By), ErrMalformed)
	}
	if sum := kp1.Sum(b); !sound.Has(sum) {
		if err := c.prove(); err != nil {
			return Cert{}, err
		}
		sound.Add(sum)
	}
	return c, nil
}

// prove checks what is dear to check: the keys, and the signatures for which nothing of the group is needed.
func (c Cert) prove() error {
	if kp1.MemberID(c.Root) != c.Member {
		return fmt.Errorf("certificate: root is not member %s: %w", c.Member.Short(), ErrForged)
	}
	if err := c.checkKeys(); err != nil {
		return err
	}
	if !ed25519.Verify(c.Key, kp1.SignMessage(kp1.LabelSigDevPoP, c.raw), c.PoP[:]) {
		return fmt.Errorf("certificate of %s: proof of possession: %w", c.Device().Short(), ErrForged)
	}
	if c.ByRoot() {
		return c.VerifyBy(c.Root)
	}
	return nil
}

// VerifyBy checks the signature over the certificate against the signer's key: the root's, or that of device By.
func (c Cert) VerifyBy(signer ed25519.PublicKey) error {
	if len(signer) != ed25519.PublicKeySize ||
		!ed25519.Verify(signer, kp1.SignMessage(kp1.LabelSigDevCert, c.raw), c.Sig[:]) {
		return fmt.Errorf("certificate of %s: signature: %w", c.Device().Short(), ErrForged)
	}
	return nil
}

func (c Cert) checkKeys() error {
	for _, k := range []ed25519.PublicKey{c.Root, c.Key} {
		if err := kp1.CheckPublicKey(k); err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
	}
	if bytes.Equal(c.Root, c.Key) {
		return fmt.Errorf("certificate: one key for root and device: %w", ErrMalformed)
	}
	if err := checkHPKE(c.HPKE); err != nil {
		return err
	}
	return checkPeer(c.Peer)
}

// checkHPKE refuses bytes that nobody could seal a box to: one such device would block every Rekey.
func checkHPKE(b []byte) error {
	if len(b) != hpkeKeySize {
		return fmt.Errorf("HPKE key of %d bytes: %w", len(b), ErrMalformed)
	}
	if _, err := hpke.MLKEM768X25519().NewPublicKey(b); err != nil {
		return fmt.Errorf("HPKE key: %w: %w", err, kp1.ErrWeakKey)
	}
	return nil
}

func checkPeer(b []byte) error {
	if len(b) == 0 || len(b) > maxPeer {
		return fmt.Errorf("PeerID of %d bytes: %w", len(b), ErrMalformed)
	}
	return nil
}

// Core is what a root signs when its person asks to join (protocol 6.4). It holds no name.
type Core struct {
	V      uint64   `cbor:"v"`
	Group  kp1.GID  `cbor:"g"`
	Invite kp1.IID  `cbor:"i"` // zero for a steward named at Genesis
	Root   [32]byte `cbor:"rp"`
	Cert   Cert     `cbor:"dc"`
	Nonce  [16]byte `cbor:"no"`
}

// Encode returns the bytes that the root signs.
func (c Core) Encode() ([]byte, error) { return kp1.Marshal(c) }

// Member returns whose request it is.
func (c Core) Member() kp1.MID { return kp1.MemberID(c.Root[:]) }

// SignCore encodes a core and signs it with the root key.
func SignCore(c Core, root ed25519.PrivateKey) (SignedCore, error) {
	b, err := c.Encode()
	if err != nil {
		return SignedCore{}, err
	}
	return SignedCore{Core: b, Sig: [64]byte(ed25519.Sign(root, kp1.SignMessage(kp1.LabelSigJoinReq, b)))}, nil
}

// SignedCore is an encoded core and the root's signature over it.
type SignedCore struct {
	_    struct{} `cbor:",toarray"`
	Core []byte
	Sig  [64]byte
}

// Open decodes the core for group g and checks the root's signature, and that its certificate is the root's own and
// for the same member and group. It returns ErrForged or an error of the form.
func (s SignedCore) Open(g kp1.GID) (Core, error) {
	var c Core
	if err := unmarshalWhole(s.Core, &c, false, "v", "g", "i", "rp", "dc", "no"); err != nil {
		return Core{}, fmt.Errorf("join request: %w", err)
	}
	switch {
	case c.V != 1:
		return Core{}, fmt.Errorf("join request version %d: %w", c.V, ErrMalformed)
	case c.Group != g || c.Cert.Group != g:
		return Core{}, fmt.Errorf("join request for another group: %w", ErrForged)
	case !bytes.Equal(c.Cert.Root, c.Root[:]) || !c.Cert.ByRoot():
		return Core{}, fmt.Errorf("join request: certificate not by its root: %w", ErrForged)
	}
	sum := kp1.Sum(kp1.LP([]byte(kp1.LabelSigJoinReq), s.Core, s.Sig[:]))
	if sound.Has(sum) {
		return c, nil
	}
	if !ed25519.Verify(c.Root[:], kp1.SignMessage(kp1.LabelSigJoinReq, s.Core), s.Sig[:]) {
		return Core{}, fmt.Errorf("join request: signature: %w", ErrForged)
	}
	sound.Add(sum)
	return c, nil
}
