package op

import "kith/store/kp1"

// Rest seals what is left of an envelope of kind 1 once some of its ops were taken away: ops are the others, unchanged and
// in their order, and k is the key that opened e. The result is the same everywhere, whoever makes it and whatever was
// taken away first, so that no two computers make two of it: it has e's week, and its salt comes from what it holds alone.
// Whoever could read e can read it, and nobody else.
func Rest(g kp1.GID, e Envelope, k Key, ops []Signed) (Envelope, error) {
	k.Hedge = kp1.X32(k.Key[:], kp1.LabelHedge)
	return SealOps(nothing{}, g, k, KindOps, e.Week, nil, ops)
}

// nothing reads as zeros.
type nothing struct{}

func (nothing) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
