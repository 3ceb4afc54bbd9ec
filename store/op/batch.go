package op

import (
	"fmt"
	"slices"

	"kith/store/kp1"
)

// encodeBatch writes the ops of one envelope as one array.
func encodeBatch(ops []Signed) ([]byte, error) {
	if len(ops) > kp1.MaxOps {
		return nil, tooBig("%d ops", len(ops))
	}
	size := 2
	for i := range ops {
		size += ops[i].size()
	}
	b := kp1.AppendArray(make([]byte, 0, size), len(ops))
	head := len(b)
	for i := range ops {
		b = ops[i].append(b)
	}
	if len(b)-head > kp1.MaxOpsBytes {
		return nil, tooBig("ops of %d bytes", len(b)-head)
	}
	return b, nil
}

// decodeBatch reads what encodeBatch writes. The ops alias b.
func decodeBatch(b []byte) ([]Signed, error) {
	r := kp1.NewReader(b)
	n := r.Array(kp1.MaxOps)
	if len(r.Rest()) > kp1.MaxOpsBytes {
		return nil, tooBig("ops of %d bytes", len(r.Rest()))
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("ops: %w", err)
	}
	ops := make([]Signed, n)
	for i := range ops {
		var err error
		if ops[i], err = readSigned(r); err != nil {
			return nil, fmt.Errorf("op %d of %d: %w", i+1, n, err)
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("ops: %w", err)
	}
	return ops, nil
}

// checkBatch refuses ops that may not stand together in an envelope of this kind, group and chain: none at all, of
// another group, chain or compartment, twice the same, one before another that it names, or, in the kinds that carry
// boxes, not exactly one op that answers for them.
func checkBatch(ops []Signed, g kp1.GID, kind Kind, chain byte) error {
	if len(ops) == 0 {
		return malformed("envelope without ops")
	}
	makers := 0
	for i := range ops {
		o := &ops[i]
		if o.Group != g || o.Chain() != chain {
			return fmt.Errorf("op %s: %w", o.ID.Short(), ErrForeign)
		}
		if o.Type == kind.maker() {
			makers++
		}
		for j := i + 1; j < len(ops); j++ {
			switch later := ops[j].ID; {
			case later == o.ID:
				return malformed("op %s twice in an envelope", o.ID.Short())
			case later == o.Prev, slices.Contains(o.Auth, later), slices.Contains(o.Deps, later):
				return malformed("op %s before one it names", o.ID.Short())
			}
		}
	}
	if want := kind.maker() != ""; want && (makers != 1 || chain != kp1.ChainAuth) {
		return malformed("envelope of kind %d with %d of %s", kind, makers, kind.maker())
	}
	return nil
}
