package group

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"kith/store/kp1"
)

// Commits are the public commitments to the keys of an epoch (protocol 5.2): whoever receives a key checks it here.
type Commits struct {
	Key     [3][32]byte // of K, by compartment
	Content [3][32]byte // of Kcont, by compartment
	Auth    [32]byte    // of Kauth, which compartment 0 gives
}

type commitRow struct {
	_            struct{} `cbor:",toarray"`
	Comp         uint8
	Key, Content [32]byte
}

type commitRow0 struct {
	_                  struct{} `cbor:",toarray"`
	Comp               uint8
	Key, Content, Auth [32]byte
}

// Encode returns cm, the bytes that the epoch's id is made of.
func (c Commits) Encode() ([]byte, error) {
	return kp1.Marshal([]any{
		commitRow0{Comp: 0, Key: c.Key[0], Content: c.Content[0], Auth: c.Auth},
		commitRow{Comp: 1, Key: c.Key[1], Content: c.Content[1]},
		commitRow{Comp: 2, Key: c.Key[2], Content: c.Content[2]},
	})
}

// DecodeCommits reads cm, which in v 1 has exactly the compartments 0, 1 and 2.
func DecodeCommits(cm []byte) (c Commits, err error) {
	var rows []cbor.RawMessage
	if len(cm) > 512 {
		return c, fmt.Errorf("commitments of %d bytes: %w", len(cm), kp1.ErrTooBig)
	}
	if err := kp1.Unmarshal(cm, &rows); err != nil {
		return c, fmt.Errorf("commitments: %w", err)
	}
	if len(rows) != len(c.Key) {
		return c, fmt.Errorf("commitments for %d compartments: %w", len(rows), ErrMalformed)
	}
	var zero commitRow0
	if err := kp1.Unmarshal(rows[0], &zero); err != nil {
		return c, fmt.Errorf("commitments: %w", err)
	}
	c.Key[0], c.Content[0], c.Auth = zero.Key, zero.Content, zero.Auth
	for i := 1; i < len(rows); i++ {
		var row commitRow
		if err := kp1.Unmarshal(rows[i], &row); err != nil {
			return c, fmt.Errorf("commitments: %w", err)
		}
		if int(row.Comp) != i {
			return c, fmt.Errorf("commitments out of order: %w", ErrMalformed)
		}
		c.Key[i], c.Content[i] = row.Key, row.Content
	}
	if zero.Comp != 0 {
		return c, fmt.Errorf("commitments out of order: %w", ErrMalformed)
	}
	return c, nil
}

// EpochID returns the id of the epoch that a Rekey by this device, at this seq of its auth chain, makes.
func EpochID(g kp1.GID, d kp1.DID, seq uint64, cm []byte) (e kp1.EID) {
	h := kp1.L(kp1.LabelEID, kp1.LP(g[:], d[:], kp1.BE64(seq), cm))
	copy(e[:], h[:])
	return e
}
