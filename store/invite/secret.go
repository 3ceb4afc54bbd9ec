package invite

import (
	"crypto/ed25519"
	"crypto/sha256"

	"kith/store/kp1"
)

// Secret is what a link or the spoken words carry: whoever has it may file one visible request, and no more.
type Secret [16]byte

// String keeps the secret out of logs.
func (s Secret) String() string { return "invite secret" }

// GoString keeps the secret out of logs.
func (s Secret) GoString() string { return "invite secret" }

// Keys are what follows from a secret (protocol 8.1). Both sides have them.
type Keys struct {
	ID      kp1.IID
	Sign    ed25519.PrivateKey // signs the request made on the invite
	Mailbox ed25519.PrivateKey // opens the rendezvous mailbox
	Wrap    [32]byte           // seals the drop
	Bundle  [32]byte           // opens what goes by memory stick in the place of the mailbox
}

// Keys derives them.
func (s Secret) Keys() Keys {
	prk := kp1.Extract([]byte(kp1.LabelInvite), s[:])
	sign, mailbox := kp1.X32(prk, kp1.LabelInviteSign), kp1.X32(prk, kp1.LabelInviteMailbox)
	k := Keys{
		Sign:    ed25519.NewKeyFromSeed(sign[:]),
		Mailbox: ed25519.NewKeyFromSeed(mailbox[:]),
		Wrap:    kp1.X32(prk, kp1.LabelInviteWrap),
		Bundle:  kp1.X32(prk, kp1.LabelInviteBundle),
	}
	k.ID = kp1.InviteID(public(k.Sign))
	return k
}

// String keeps the keys out of logs.
func (k Keys) String() string { return "keys of invite " + k.ID.Short() }

// GoString keeps the keys out of logs.
func (k Keys) GoString() string { return k.String() }

func public(k ed25519.PrivateKey) ed25519.PublicKey { return ed25519.PublicKey(k[ed25519.SeedSize:]) }

// Pin returns the first 16 bytes of a key's SHA-256: how a link names a key that is too long for it.
func Pin(key []byte) (p [16]byte) {
	sum := sha256.Sum256(key)
	copy(p[:], sum[:])
	return p
}
