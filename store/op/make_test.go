package op

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

var (
	testGroup = kp1.GID{2}
	testKey   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32))
	testPub   = testKey.Public().(ed25519.PublicKey)
	testDID   = kp1.DeviceID(testPub)
	testEID   = kp1.EID{7}
	testKeys  = EpochKeys([32]byte{1})
)

// constant is a broken source of randomness: it repeats one byte.
type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// chance is a source of randomness that is the same in every run.
func chance(seed uint64) *rand.ChaCha8 {
	var s [32]byte
	binary.BigEndian.PutUint64(s[:], seed)
	return rand.NewChaCha8(s)
}

// aContent is a small content op with everything an op can have.
func aContent() Op {
	return Op{
		V: 1, Type: "thread/post", Group: testGroup, Device: testDID, Comp: 1, Seq: 2, Prev: kp1.Sum([]byte("prev")),
		Time: 1_795_000_000, Auth: []kp1.ID{{1}, {2}}, Deps: []kp1.ID{{3}, {4}}, Nonce: [16]byte{6},
		Body: []byte{0xa1, 0x61, 'x', 0x01}, Payload: &PayloadRef{ID: kp1.ID{8}, Len: 5, Key: &[32]byte{9}},
	}
}

func anAuth(kind string) Op {
	return Op{V: 1, Type: kind, Group: testGroup, Device: testDID, Seq: 1, Time: 1_795_000_000, Body: []byte{0xa0}}
}

func mustSign(t testing.TB, o Op) Signed {
	t.Helper()
	s, err := Sign(o, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mapOf returns a canonical map {"x": bytes} of exactly n bytes, 300 < n.
func mapOf(n int) []byte {
	b := kp1.AppendMap(nil, 1)
	b = kp1.AppendText(b, "x")
	return kp1.AppendBytes(b, make([]byte, n-len(b)-3))
}

func someIDs(n int) []kp1.ID {
	ids := make([]kp1.ID, n)
	for i := range ids {
		ids[i] = kp1.Sum(kp1.BE64(uint64(i)))
	}
	return SortIDs(ids)
}

func anID() *rapid.Generator[kp1.ID] {
	return rapid.Custom(func(t *rapid.T) kp1.ID {
		return kp1.Sum(rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "id"))
	})
}

// anOp draws any op that is valid.
func anOp() *rapid.Generator[Op] {
	return rapid.Custom(func(t *rapid.T) Op {
		o := Op{
			V: 1, Group: testGroup, Device: testDID, Seq: rapid.Uint64Range(1, 4096).Draw(t, "seq"),
			Time: rapid.Uint64().Draw(t, "time"), Nonce: [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "nonce")),
			Auth: SortIDs(rapid.SliceOfN(anID(), 0, 16).Draw(t, "auth")),
		}
		if o.Seq > 1 {
			o.Prev = anID().Draw(t, "prev")
		}
		body, err := kp1.Marshal(rapid.MapOfN(rapid.StringMatching("[a-z]{1,2}"), rapid.Uint64(), 0, 5).Draw(t, "body"))
		if err != nil {
			t.Fatal(err)
		}
		o.Body = body
		if rapid.Bool().Draw(t, "auth op") {
			o.Type = "auth/" + rapid.StringMatching("[a-z-]{1,20}").Draw(t, "type")
			return o
		}
		o.Type = rapid.StringMatching("[b-z0-9/-]{1,32}").Draw(t, "type")
		o.V = rapid.Uint64Range(1, 3).Draw(t, "version")
		o.Comp = rapid.Uint8Range(0, 2).Draw(t, "comp")
		o.Deps = SortIDs(rapid.SliceOfN(anID(), 0, 32).Draw(t, "deps"))
		if rapid.Bool().Draw(t, "payload") {
			o.Payload = &PayloadRef{ID: anID().Draw(t, "pe"), Len: rapid.Uint64Range(0, kp1.MaxPayload).Draw(t, "pl")}
			if rapid.Bool().Draw(t, "key") {
				o.Payload.Key = &[32]byte{rapid.Byte().Draw(t, "pk")}
			} else {
				o.Body = audienceBody(rapid.IntRange(1, kp1.MaxAudience).Draw(t, "people"))
			}
		}
		return o
	})
}

// keyFor returns the key that seals this op.
func keyFor(o Op) Key {
	if o.IsAuth() {
		return testKeys.AuthKey(testEID)
	}
	return testKeys.ContentKey(testEID, o.Comp)
}

// audienceBody returns the body of an op for n people.
func audienceBody(n int) []byte {
	b := kp1.AppendArray(kp1.AppendText(kp1.AppendMap(nil, 1), "au"), n)
	for i := range n {
		m := kp1.MID{byte(i)}
		b = kp1.AppendBytes(b, m[:])
	}
	return b
}
