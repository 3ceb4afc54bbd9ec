package op

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"kith/store/kp1"
)

// TestT4Rest: what is left of an envelope is the same whatever was taken away first and by whom, whoever read the
// envelope reads it, and nobody else.
func TestT4Rest(t *testing.T) {
	k := keyFor(aContent())
	var ops []Signed
	for i := range 4 {
		o := aContent()
		o.Nonce[0] = byte(i)
		ops = append(ops, mustSign(t, o))
	}
	g := ops[0].Group
	e, err := SealOps(chance(1), g, k, KindOps, 2968, nil, ops)
	if err != nil {
		t.Fatal(err)
	}
	without := func(from Envelope, gone ...int) Envelope {
		t.Helper()
		opened, key, err := OpenOps(g, from, []Key{k})
		if err != nil {
			t.Fatal(err)
		}
		var left []Signed
		for _, s := range opened {
			keep := true
			for _, i := range gone {
				keep = keep && s.ID != ops[i].ID
			}
			if keep {
				left = append(left, s)
			}
		}
		key.Hedge = [32]byte{byte(len(gone))} // not every computer has the epoch's own
		out, err := Rest(g, from, key, left)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	both := without(e, 1, 2)
	for name, other := range map[string]Envelope{"1 first": without(without(e, 1), 2), "2 first": without(without(e, 2), 1)} {
		if !bytes.Equal(other.Bytes, both.Bytes) {
			t.Errorf("%s: another envelope", name)
		}
	}
	if both.ID == e.ID || both.Week != e.Week || both.EID != e.EID {
		t.Errorf("what is left: %+v", both)
	}
	got, _, err := OpenOps(g, both, []Key{k})
	if err != nil || len(got) != 2 || got[0].ID != ops[0].ID || got[1].Sig != ops[3].Sig {
		t.Errorf("OpenOps = %d ops, %v", len(got), err)
	}
	other := k
	other.Key[0]++
	if _, _, err := OpenOps(g, both, []Key{other}); err == nil {
		t.Error("opens with another key")
	}
}

type restIn struct {
	Group, EID, Key hexBytes
	Chain           byte
	Envelope        hexBytes
	Gone            hexBytes // id of the op that was taken away
}

type restOut struct{ ID, Envelope hexBytes }

func TestT1Rest(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "spec", "vectors", "rest.json")
	if os.Getenv("KITH_WRITE_VECTORS") != "" {
		writeRest(t, path)
	}
	for _, v := range vectors[restIn, restOut](t, "rest.json") {
		g := kp1.GID(v.In.Group)
		e, err := DecodeEnvelope(v.In.Envelope)
		if err != nil {
			t.Fatal(err)
		}
		ops, key, err := OpenOps(g, e, []Key{{EID: kp1.EID(v.In.EID), Chain: v.In.Chain, Key: v.In.Key.key()}})
		if err != nil {
			t.Fatal(err)
		}
		var left []Signed
		for _, s := range ops {
			if s.ID != kp1.ID(v.In.Gone) {
				left = append(left, s)
			}
		}
		got, err := Rest(g, e, key, left)
		if err != nil {
			t.Fatal(err)
		}
		same(t, v.Name+" envelope", got.Bytes, v.Expect.Envelope)
		same(t, v.Name+" id", got.ID[:], v.Expect.ID)
	}
}

// writeRest makes the vectors anew; what it writes is to be checked by hand.
func writeRest(t *testing.T, path string) {
	t.Helper()
	k := keyFor(aContent())
	var ops []Signed
	for i := range 3 {
		o := aContent()
		o.Nonce[0] = byte(i)
		ops = append(ops, mustSign(t, o))
	}
	g := ops[0].Group
	e, err := SealOps(constant(3), g, k, KindOps, 2968, nil, ops)
	if err != nil {
		t.Fatal(err)
	}
	left, err := Rest(g, e, k, []Signed{ops[0], ops[2]})
	if err != nil {
		t.Fatal(err)
	}
	h := hex.EncodeToString
	all := map[string]any{
		"about": "What is left of an envelope of kind 1 when an op in it was taken away (erase.md). Bytes are hex.",
		"vectors": []any{map[string]any{
			"name": "the second of three",
			"in": map[string]any{
				"group": h(g[:]), "eid": h(k.EID[:]), "chain": k.Chain, "key": h(k.Key[:]), "envelope": h(e.Bytes), "gone": h(ops[1].ID[:]),
			},
			"expect": map[string]any{"id": h(left.ID[:]), "envelope": h(left.Bytes)},
		}},
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
