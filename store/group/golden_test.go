package group

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// TestT2Golden: a body of every type has the bytes of docs/spec/vectors/body.json, and comes back from them. Another program that
// writes a key otherwise, or leaves one out, makes ops that nobody takes for the same.
func TestT2Golden(t *testing.T) {
	raw, err := os.ReadFile("../../docs/spec/vectors/body.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Vectors []struct {
			Name   string
			Expect struct{ Body string }
		}
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	bodies, seen := samples(t), map[string]bool{}
	if len(all.Vectors) != len(bodies) {
		t.Fatalf("%d vectors for %d bodies", len(all.Vectors), len(bodies))
	}
	for i, v := range all.Vectors {
		seen[v.Name] = true
		if got := hex.EncodeToString(mustEncode(t, bodies[i])); v.Name != bodies[i].Type() || got != v.Expect.Body {
			t.Errorf("body %d, %s: %s, want %s", i, bodies[i].Type(), got, v.Expect.Body)
		}
		b, err := hex.DecodeString(v.Expect.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeBody(v.Name, b); err != nil || hex.EncodeToString(mustEncode(t, got)) != v.Expect.Body {
			t.Errorf("body %d, %s: DecodeBody = %v", i, v.Name, err)
		}
	}
	for _, typ := range bodyTypes {
		if !seen[typ] {
			t.Errorf("no vector for %s", typ)
		}
	}
}
