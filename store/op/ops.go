package op

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"kith/store/kp1"
)

// Key opens and seals the ops of one chain in one epoch: the auth or a content key of an epoch. It is a secret.
type Key struct {
	EID   kp1.EID
	Chain byte     // kp1.ChainAuth, or the compartment
	Key   [32]byte // Keys.Auth, or Keys.Content of the compartment
	Hedge [32]byte // Keys.Hedge of the same compartment (0 for auth); needed for sealing only
}

// SealOps seals ops, dependencies first, in one envelope of kind 1, 2 or 3. boxes are those of SealBoxes, for kinds 2
// and 3. rnd gives 32 bytes. It keeps no reference to its arguments, except that the envelope shares boxes. Ops that
// may not stand together are ErrForeign or wrap kp1.ErrForm; too many or too large ones wrap kp1.ErrTooBig.
func SealOps(rnd io.Reader, g kp1.GID, k Key, kind Kind, week uint64, boxes [][]byte, ops []Signed) (Envelope, error) {
	if !kind.holdsOps() {
		return Envelope{}, malformed("kind %d does not hold ops", kind)
	}
	data, err := encodeBatch(ops)
	if err != nil {
		return Envelope{}, err
	}
	if err := checkBatch(ops, g, kind, k.Chain); err != nil {
		return Envelope{}, err
	}
	e := Envelope{V: 1, Kind: kind, EID: k.EID, Week: week, Boxes: boxes}
	s := sealing{label: kp1.LabelOp, group: g, chain: k.Chain}
	if err := s.seal(rnd, &e, k.Key, k.Hedge, data); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// OpenOps opens an envelope of kind 1, 2 or 3 with the first of keys that fits its commitment, and returns the ops and
// that key. It checks that the ops are well formed, of this group, and all of the key's chain; it does not check
// their signatures, nor that boxes match what the op in it says of them: see Signed.Verify and kp1.BoxesHash. The
// error is ErrNoKey when no key fits. The ops share one new piece of memory and nothing with e.
func OpenOps(g kp1.GID, e Envelope, keys []Key) ([]Signed, Key, error) {
	if !e.Kind.holdsOps() {
		return nil, Key{}, malformed("kind %d does not hold ops", e.Kind)
	}
	aad := e.header()
	aadHash := sha256.Sum256(aad)
	for i := range keys {
		k := &keys[i]
		if k.EID != e.EID || e.Kind != KindOps && k.Chain != kp1.ChainAuth {
			continue
		}
		s := sealing{label: kp1.LabelOp, group: g, chain: k.Chain}
		data, err := s.openHeader(&e, &k.Key, aad, aadHash)
		if errors.Is(err, ErrNoKey) {
			continue
		}
		if err != nil {
			return nil, Key{}, fmt.Errorf("envelope %s: %w", e.ID.Short(), err)
		}
		ops, err := decodeBatch(data)
		if err == nil {
			err = checkBatch(ops, g, e.Kind, k.Chain)
		}
		if err != nil {
			return nil, Key{}, fmt.Errorf("envelope %s: %w", e.ID.Short(), err)
		}
		return ops, *k, nil
	}
	return nil, Key{}, ErrNoKey
}
