package network

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
)

// vector is one line of docs/spec/vectors; its values were computed by another program than this one.
type vector struct {
	Name, Kind string
	In         map[string]any
	Expect     map[string]string
}

func vectorsOf(t *testing.T, file string) []vector {
	t.Helper()
	b, err := os.ReadFile("../docs/spec/vectors/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Vectors []vector }
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Vectors) == 0 {
		t.Fatalf("%s holds no vectors", file)
	}
	return f.Vectors
}

func (v vector) bytes(t *testing.T, name string) []byte {
	t.Helper()
	s, _ := v.In[name].(string)
	b, err := hex.DecodeString(s)
	if err != nil || len(b) == 0 {
		t.Fatalf("%s: %s = %q: %v", v.Name, name, s, err)
	}
	return b
}

func (v vector) meeting(t *testing.T) meeting {
	return meeting{
		initiator: peer.ID(v.bytes(t, "initiator")), responder: peer.ID(v.bytes(t, "responder")),
		nI: [32]byte(v.bytes(t, "nI")), nR: [32]byte(v.bytes(t, "nR")),
	}
}

func TestVectors(t *testing.T) {
	for _, v := range append(vectorsOf(t, "sync.json"), vectorsOf(t, "mailbox.json")...) {
		var got, want string
		switch v.Kind {
		case "hello":
			label, _ := v.In["label"].(string)
			tag := v.meeting(t).tag(label, [32]byte(v.bytes(t, "khello")))
			got, want = hex.EncodeToString(tag[:]), v.Expect["tag"]
		case "nonce":
			n := SessionNonce([32]byte(v.bytes(t, "nI")), [32]byte(v.bytes(t, "nR")))
			got, want = hex.EncodeToString(n[:]), v.Expect["nonce"]
		case "addrs":
			c := newCrier(common{key: [32]byte(v.bytes(t, "khello"))}, v.meeting(t), v.In["side"] == "I")
			got, want = hex.EncodeToString(c.key), v.Expect["key"]
		case "login":
			m := loginMessage(peer.ID(v.bytes(t, "relay")), peer.ID(v.bytes(t, "visitor")), [32]byte(v.bytes(t, "nonce")), v.bytes(t, "mailbox"))
			got, want = hex.EncodeToString(m), v.Expect["message"]
		case "fingerprint", "frame", "stored": // network/reconcile and network/wire read these
			continue
		default:
			t.Errorf("%s: kind %q is known to nobody", v.Name, v.Kind)
		}
		if got != want || want == "" {
			t.Errorf("%s = %s, want %s", v.Name, got, want)
		}
	}
}
