package reconcile

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// TestVectors reads the fingerprints of docs/spec/vectors, which another program computed.
func TestVectors(t *testing.T) {
	b, err := os.ReadFile("../../docs/spec/vectors/sync.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Vectors []struct {
			Name, Kind string
			In         struct {
				Nonce string
				IDs   []string
			}
			Expect struct{ Fingerprint string }
		}
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, v := range f.Vectors {
		if v.Kind != "fingerprint" {
			continue
		}
		seen++
		var nonce [32]byte
		if _, err := hex.Decode(nonce[:], []byte(v.In.Nonce)); err != nil {
			t.Fatal(err)
		}
		var items []Item
		for _, s := range v.In.IDs {
			var id ID
			if _, err := hex.Decode(id[:], []byte(s)); err != nil {
				t.Fatal(err)
			}
			items = append(items, Item{ID: id})
		}
		r := Begin(NewSet(items), nonce)
		got := r.fingerprint(0, len(items))
		if hex.EncodeToString(got[:]) != v.Expect.Fingerprint {
			t.Errorf("%s = %x, want %s", v.Name, got, v.Expect.Fingerprint)
		}
	}
	if seen == 0 {
		t.Error("no fingerprints among the vectors")
	}
}
