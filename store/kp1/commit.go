package kp1

import (
	"fmt"
	"slices"
)

// Commitment is one row of the table a Rekey signs: what binds it to the keys of one compartment.
type Commitment struct {
	Comp    uint8
	Key     [32]byte // commitment to K
	Content [32]byte // to the content key of K
	Auth    [32]byte // to the auth key of K; compartment 0 only
}

// Commit returns the public commitment to a secret key.
func Commit(key [32]byte) [32]byte { return X32(key[:], LabelCommit) }

// CommitTable returns the encoded table for the keys of compartments 0, 1, 2 ... in this order.
func CommitTable(keys ...[32]byte) []byte {
	b := AppendArray(nil, len(keys))
	for c, k := range keys {
		rows := [][32]byte{Commit(k), Commit(X32(k[:], LabelContent))}
		if c == 0 {
			rows = append(rows, Commit(X32(k[:], LabelAuth)))
		}
		b = AppendUint(AppendArray(b, 1+len(rows)), uint64(c))
		for _, r := range rows {
			b = AppendBytes(b, r[:])
		}
	}
	return b
}

// ParseCommitTable reads a table of version 1: exactly compartments 0, 1 and 2, ascending. All else is ErrForm.
func ParseCommitTable(cm []byte) ([]Commitment, error) {
	r := NewReader(cm)
	out := make([]Commitment, r.Array(3))
	for i := range out {
		n := r.Array(4)
		if c := r.Uint(); r.Err() == nil && (c != uint64(i) || (c == 0) != (n == 4) || n < 3) {
			r.Fail(errShape)
		}
		out[i].Comp = uint8(i)
		r.Fill(out[i].Key[:])
		r.Fill(out[i].Content[:])
		if i == 0 {
			r.Fill(out[i].Auth[:])
		}
	}
	if err := r.Done(); err != nil || len(out) != 3 {
		return nil, fmt.Errorf("commitment table: %w", ErrForm)
	}
	return out, nil
}

// EpochID returns the id of the epoch made by the Rekey at seq of device's auth chain with commitment table cm.
func EpochID(g GID, device DID, seq uint64, cm []byte) (e EID) {
	h := L(LabelEID, LP(g[:], device[:], BE64(seq), cm))
	copy(e[:], h[:])
	return e
}

// BoxesHash is the value "lb" of a Rekey or Grant: the labelled hash over its boxes in their order.
func BoxesHash(boxes [][]byte) [32]byte {
	return L(LabelLBH, slices.Concat(boxes...))
}
