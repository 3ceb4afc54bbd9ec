package op

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"kith/store/kp1"
)

// hexBytes are bytes written as hex in the vectors.
type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	var err error
	*h, err = hex.DecodeString(s)
	return err
}

func (h hexBytes) key() (k [32]byte) { copy(k[:], h); return k }

// vectors reads one file of docs/spec/vectors. In and Expect have the fields that T gives them; others are an error,
// so that no expectation is passed over.
func vectors[In, Expect any](t *testing.T, file string) (out []vector[In, Expect]) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "docs", "spec", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	var all struct {
		About   string
		Vectors []vector[In, Expect]
	}
	if err := d.Decode(&all); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(all.Vectors) == 0 {
		t.Fatalf("%s holds no vectors", file)
	}
	return all.Vectors
}

type vector[In, Expect any] struct {
	Name   string
	Kind   string
	In     In
	Expect Expect
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s = %x, want %x", what, got, want)
	}
}

func TestT1Derive(t *testing.T) {
	type in struct {
		Key   hexBytes
		Label string
	}
	for _, v := range vectors[in, struct{ Out hexBytes }](t, "derive.json") {
		same(t, v.Name, kp1.X(v.In.Key, []byte(v.In.Label), 32), v.Expect.Out)
		k := EpochKeys(v.In.Key.key())
		out := map[string][32]byte{
			kp1.LabelContent: k.Content, kp1.LabelAuth: k.Auth, kp1.LabelHedge: k.Hedge,
			kp1.LabelMailbox: k.Mailbox, kp1.LabelHello: k.Hello, kp1.LabelCommit: k.Commit,
		}[v.In.Label]
		same(t, "EpochKeys "+v.Name, out[:], v.Expect.Out)
	}
}

func TestT1IDs(t *testing.T) {
	type in struct {
		Seed, Salt, Pub, GID, DID, CM, Key hexBytes
		Keys                               []hexBytes
		Seq                                uint64
		Boxes                              []struct {
			Byte  hexBytes
			Times int
		}
	}
	for _, v := range vectors[in, struct{ ID, Pub, CM, Hash hexBytes }](t, "id.json") {
		switch v.Kind {
		case "did":
			pub := ed25519.NewKeyFromSeed(v.In.Seed).Public().(ed25519.PublicKey)
			id := kp1.DeviceID(pub)
			same(t, v.Name+" pub", pub, v.Expect.Pub)
			same(t, v.Name, id[:], v.Expect.ID)
		case "gid":
			id := kp1.GroupID(v.In.Salt.key(), ed25519.PublicKey(v.In.Pub))
			same(t, v.Name, id[:], v.Expect.ID)
		case "mid":
			id := kp1.MemberID(ed25519.PublicKey(v.In.Pub))
			same(t, v.Name, id[:], v.Expect.ID)
		case "cm":
			var keys [][32]byte
			for _, k := range v.In.Keys {
				keys = append(keys, k.key())
			}
			same(t, v.Name, kp1.CommitTable(keys...), v.Expect.CM)
		case "eid":
			id := EpochID(v.In.GID.key(), v.In.DID.key(), v.In.Seq, v.In.CM)
			same(t, v.Name, id[:], v.Expect.ID)
		case "lbh":
			var boxes [][]byte
			for _, b := range v.In.Boxes {
				boxes = append(boxes, bytes.Repeat(b.Byte, b.Times))
			}
			h := BoxesHash(boxes)
			same(t, v.Name, h[:], v.Expect.Hash)
		case "mailbox":
			same(t, v.Name, EpochKeys(v.In.Key.key()).MailboxKey().Public().(ed25519.PublicKey), v.Expect.Pub)
		default:
			t.Errorf("%s: unknown kind %q", v.Name, v.Kind)
		}
	}
}

func TestT1Seal(t *testing.T) {
	type in struct {
		Label                string
		Key, Hedge, Rnd, GID hexBytes
		EID                  hexBytes
		Chain                byte
		AAD, PT              string
	}
	for _, v := range vectors[in, struct{ Salt, Commit, CT hexBytes }](t, "seal.json") {
		s := sealing{label: v.In.Label, group: v.In.GID.key(), chain: v.In.Chain}
		key, hedge := v.In.Key.key(), v.In.Hedge.key()
		salt, commit, ct, err := s.sealPadded(bytes.NewReader(v.In.Rnd), kp1.EID(v.In.EID), &key, &hedge, []byte(v.In.AAD), []byte(v.In.PT))
		if err != nil {
			t.Fatal(err)
		}
		same(t, v.Name+" salt", salt[:], v.Expect.Salt)
		same(t, v.Name+" commit", commit[:], v.Expect.Commit)
		same(t, v.Name+" ct", ct, v.Expect.CT)
	}
}

func TestT1Op(t *testing.T) {
	type in struct {
		Seed, G, N, B, P, PE, PK hexBytes
		V, S, TS, PL             uint64
		T                        string
		C                        uint8
		A, K                     []hexBytes
	}
	type expect struct {
		Op, Digest, Link, HeadSHA256, Sig hexBytes
		HeadLen                           int
	}
	for _, v := range vectors[in, expect](t, "op.json") {
		dsk := ed25519.NewKeyFromSeed(v.In.Seed)
		pub := dsk.Public().(ed25519.PublicKey)
		o := Op{
			V: v.In.V, Type: v.In.T, Group: v.In.G.key(), Device: kp1.DeviceID(pub), Comp: v.In.C, Seq: v.In.S,
			Time: v.In.TS, Nonce: [16]byte(v.In.N), Body: v.In.B,
		}
		for _, a := range v.In.A {
			o.Auth = append(o.Auth, a.key())
		}
		for _, k := range v.In.K {
			o.Deps = append(o.Deps, k.key())
		}
		o.Prev = v.In.P.key()
		if v.In.PE != nil {
			o.Payload = &PayloadRef{ID: v.In.PE.key(), Len: v.In.PL}
		}
		if v.In.PK != nil {
			key := v.In.PK.key()
			o.Payload.Key = &key
		}
		s, err := Sign(o, dsk)
		if err != nil {
			t.Fatal(err)
		}
		same(t, v.Name, s.OpBytes, v.Expect.Op)
		same(t, v.Name+" digest", s.ID[:], v.Expect.Digest)
		same(t, v.Name+" link", kp1.AppendLink(nil, s.ID), v.Expect.Link)
		sum := sha256.Sum256(s.Head())
		same(t, v.Name+" head", sum[:], v.Expect.HeadSHA256)
		if len(s.Head()) != v.Expect.HeadLen {
			t.Errorf("%s: head of %d bytes, want %d", v.Name, len(s.Head()), v.Expect.HeadLen)
		}
		same(t, v.Name+" sig", s.Sig[:], v.Expect.Sig)
		if err := s.Verify(pub); err != nil {
			t.Errorf("%s: Verify = %v", v.Name, err)
		}
	}
}

func TestT1Envelope(t *testing.T) {
	type in struct {
		Key, Hedge, Rnd, GID, EID hexBytes
		Chain                     byte
		Kind                      Kind
		Week                      uint64
		Ops                       []hexBytes
	}
	type expect struct {
		AAD, Digest  hexBytes
		DataLen, Len int
	}
	for _, v := range vectors[in, expect](t, "envelope.json") {
		var ops []Signed
		for _, b := range v.In.Ops {
			s, err := DecodeSigned(b)
			if err != nil {
				t.Fatal(err)
			}
			ops = append(ops, s)
		}
		k := Key{EID: kp1.EID(v.In.EID), Chain: v.In.Chain, Key: v.In.Key.key(), Hedge: v.In.Hedge.key()}
		e, err := SealOps(bytes.NewReader(v.In.Rnd), v.In.GID.key(), k, v.In.Kind, v.In.Week, nil, ops)
		if err != nil {
			t.Fatal(err)
		}
		same(t, v.Name+" aad", e.header(), v.Expect.AAD)
		same(t, v.Name+" digest", e.ID[:], v.Expect.Digest)
		data, err := encodeBatch(ops)
		if err != nil || len(data) != v.Expect.DataLen || len(e.Bytes) != v.Expect.Len {
			t.Errorf("%s: %d bytes of ops in %d, want %d in %d (%v)", v.Name, len(data), len(e.Bytes), v.Expect.DataLen, v.Expect.Len, err)
		}
		got, _, err := OpenOps(v.In.GID.key(), e, []Key{k})
		if err != nil || len(got) != len(ops) || got[0].ID != ops[0].ID {
			t.Errorf("%s: OpenOps = %v, %v", v.Name, got, err)
		}
	}
}

func TestT1Short(t *testing.T) {
	for _, v := range vectors[struct{ Envelope hexBytes }, struct{ Short hexBytes }](t, "short.json") {
		e, err := DecodeEnvelope(v.In.Envelope)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		same(t, v.Name, e.Short(), v.Expect.Short)
		back, err := DecodeShort(v.Expect.Short)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		same(t, v.Name+" back", back.Bytes, v.In.Envelope)
	}
}

func TestT1Padding(t *testing.T) {
	for _, v := range vectors[struct{ Len int }, struct{ Size int }](t, "padding.json") {
		if got := len(Pad(make([]byte, v.In.Len))); got != v.Expect.Size {
			t.Errorf("len(Pad(%d bytes)) = %d, want %d", v.In.Len, got, v.Expect.Size)
		}
	}
}

func TestT1Payload(t *testing.T) {
	type in struct {
		Key, Rnd, GID, EID, Data hexBytes
		Chain                    byte
		Kind                     Kind
		Index                    int
		Week                     uint64
	}
	type expect struct {
		Token, AAD, Salt, Commit, Digest hexBytes
		Len                              int
	}
	for _, v := range vectors[in, expect](t, "payload.json") {
		var e Envelope
		var got []byte
		err, openErr := error(nil), error(nil)
		key, rnd := v.In.Key.key(), bytes.NewReader(v.In.Rnd)
		switch v.In.Kind {
		case KindPayload:
			e, err = SealPayload(rnd, v.In.GID.key(), kp1.EID(v.In.EID), v.In.Chain, v.In.Week, key, nil, v.In.Data)
			got, openErr = OpenPayload(v.In.GID.key(), e, v.In.Chain, key)
		case KindChunk:
			e, err = SealChunk(rnd, v.In.GID.key(), kp1.EID(v.In.EID), v.In.Chain, v.In.Week, key, v.In.Index, v.In.Data)
			got, openErr = OpenChunk(v.In.GID.key(), e, v.In.Chain, key, v.In.Index)
		case KindDrop:
			e, err = SealDrop(rnd, key, kp1.IID(v.In.EID), v.In.Week, v.In.Data)
			got, openErr = OpenDrop(e, key)
		default:
			t.Fatalf("%s: unknown kind %d", v.Name, v.In.Kind)
		}
		if err != nil || openErr != nil {
			t.Fatalf("%s: %v, %v", v.Name, err, openErr)
		}
		if v.Expect.Token != nil {
			token := DeleteToken(key, v.In.Index)
			same(t, v.Name+" token", token[:], v.Expect.Token)
		}
		same(t, v.Name+" aad", e.header(), v.Expect.AAD)
		same(t, v.Name+" salt", e.Salt[:], v.Expect.Salt)
		same(t, v.Name+" commit", e.Commit[:], v.Expect.Commit)
		same(t, v.Name+" digest", e.ID[:], v.Expect.Digest)
		same(t, v.Name+" opened", got, v.In.Data)
		if len(e.Bytes) != v.Expect.Len {
			t.Errorf("%s: %d bytes, want %d", v.Name, len(e.Bytes), v.Expect.Len)
		}
	}
}
