package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

const vectorFile = "../../docs/spec/vectors/bundle.json"

// vector is a parcel whose slots are one byte repeated each: boxes are chance, and what follows from them is not.
type vector struct {
	Name string
	In   struct {
		ID, Key, Invite string // of the parcel; of an invite
		Fill            string // a byte for each slot
		Data            string
		Repeat          int // in the place of Data: so many bytes 0xab
	}
	Expect struct {
		Commit string
		Blocks string // SHA-256 of all of them
		Slot   string // the first slot, from what a box begins with on, when it is the invite's
	}
}

func work(t *testing.T, v vector) vector {
	t.Helper()
	id, key, invite := ID(unhex(t, v.In.ID)), [32]byte(unhex(t, v.In.Key)), [32]byte(unhex(t, v.In.Invite))
	var slots [][]byte
	for _, c := range unhex(t, v.In.Fill) {
		slots = append(slots, bytes.Repeat([]byte{c}, slotSize))
	}
	seal := inviteSlot(invite, id, slots[0])
	v.Expect.Slot = hex.EncodeToString(seal.Seal(nil, make([]byte, seal.NonceSize()), key[:], nil))
	var b bytes.Buffer
	w := must[*Writer](t)(NewWriter(&b, steady(0)))
	b.Reset()
	p := must[*Parcel](t)(w.begin(id, key, slots))
	head := idSize + 1 + len(slots)*slotSize
	v.Expect.Commit = hex.EncodeToString(b.Bytes()[head:])
	b.Reset()
	must[int](t)(p.Write(append(unhex(t, v.In.Data), bytes.Repeat([]byte{0xab}, v.In.Repeat)...)))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	v.Expect.Blocks = hex.EncodeToString(sum[:])
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	return must[[]byte](t)(hex.DecodeString(s))
}

func TestT1BundleVectors(t *testing.T) {
	var all []vector
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(filepath.FromSlash(vectorFile))), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 2 {
		t.Fatalf("%d vectors", len(all))
	}
	for _, v := range all {
		if got := work(t, v); got.Expect != v.Expect {
			t.Errorf("%s: got %+v, want %+v", v.Name, got.Expect, v.Expect)
		}
	}
}
