package op

import (
	"crypto/ed25519"

	"kith/store/kp1"
)

// Keys are all that derives from the key K of one epoch and compartment. They are secrets, but for Commit.
type Keys struct {
	Auth    [32]byte // seals auth ops; compartment 0 only
	Content [32]byte // seals the compartment's content
	Hedge   [32]byte // keys the salts
	Mailbox [32]byte // seed of the mailbox key; compartment 0 only
	Hello   [32]byte // lets members recognise one another; compartment 0 only
	Commit  [32]byte // the public commitment to K
}

// EpochKeys derives them.
func EpochKeys(k [32]byte) Keys {
	return Keys{
		Auth:    kp1.X32(k[:], kp1.LabelAuth),
		Content: kp1.X32(k[:], kp1.LabelContent),
		Hedge:   kp1.X32(k[:], kp1.LabelHedge),
		Mailbox: kp1.X32(k[:], kp1.LabelMailbox),
		Hello:   kp1.X32(k[:], kp1.LabelHello),
		Commit:  kp1.Commit(k),
	}
}

// AuthKey returns the key of the auth chain in epoch e. k must be of compartment 0.
func (k Keys) AuthKey(e kp1.EID) Key {
	return Key{EID: e, Chain: kp1.ChainAuth, Key: k.Auth, Hedge: k.Hedge}
}

// ContentKey returns the key of compartment comp in epoch e. k must be of that compartment.
func (k Keys) ContentKey(e kp1.EID, comp uint8) Key {
	return Key{EID: e, Chain: comp, Key: k.Content, Hedge: k.Hedge}
}

// MailboxKey returns the key that owns the epoch's mailbox.
func (k Keys) MailboxKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Mailbox[:]) }

// EpochID returns the id of the epoch that a Rekey makes: by this device, at this seq, with this commitment table.
func EpochID(g kp1.GID, device kp1.DID, authSeq uint64, cm []byte) kp1.EID {
	return kp1.EpochID(g, device, authSeq, cm)
}

// CommitTable returns the table that a Rekey signs, for the keys of compartments 0, 1 and 2.
func CommitTable(keys [3][32]byte) []byte { return kp1.CommitTable(keys[:]...) }

// BoxesHash returns what a Rekey or Grant signs of its boxes.
func BoxesHash(boxes [][]byte) [32]byte { return kp1.BoxesHash(boxes) }
