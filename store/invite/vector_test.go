package invite

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
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

type vector[In, Expect any] struct {
	Name   string
	Kind   string
	In     In
	Expect Expect
}

// vectors reads one file of docs/spec/vectors. Fields that In and Expect do not have are an error, so that no
// expectation is passed over.
func vectors[In, Expect any](t *testing.T, file string) []vector[In, Expect] {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "spec", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
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

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %x, want %x", what, got, want)
	}
}

func TestT35SecretVectors(t *testing.T) {
	type in struct {
		Secret, Password, Salt string
		T, MKiB, P, Len        int // of Argon2id: store/keyring's to prove
	}
	type expect struct {
		Out, S, Check, SignSeed, IID, MailboxSeed, Wrap hexBytes
		Indices                                         []int
	}
	for _, v := range vectors[in, expect](t, "spoken.json") {
		if v.Kind != "spoken" {
			continue
		}
		raw, err := hex.DecodeString(v.In.Secret)
		if err != nil {
			t.Fatal(err)
		}
		k := Secret(keyring.Spoken(raw).Secret()).Keys()
		same(t, v.Name+", invite key", k.Sign.Seed(), v.Expect.SignSeed)
		same(t, v.Name+", id", k.ID[:], v.Expect.IID)
		same(t, v.Name+", mailbox", k.Mailbox.Seed(), v.Expect.MailboxSeed)
		same(t, v.Name+", wrap key", k.Wrap[:], v.Expect.Wrap)
	}
}

func TestLinkVectors(t *testing.T) {
	type in struct {
		Secret, GID, HPub, InviterRoot hexBytes
		Addrs                          []string
		Expires                        uint64
		Text                           string
	}
	type expect struct {
		CBOR       hexBytes
		Text, Code string
	}
	var first Link
	for _, v := range vectors[in, expect](t, "link.json") {
		if v.Kind == "make" {
			l := Link{Secret(v.In.Secret), kp1.GID(v.In.GID), Pin(v.In.HPub), Pin(v.In.InviterRoot), v.In.Addrs, v.In.Expires}
			if got, err := l.Encode(); err != nil || got != v.Expect.Text || textOf(v.Expect.CBOR) != got {
				t.Errorf("%s: %s, %v; want %s", v.Name, got, err, v.Expect.Text)
			}
			first = l
			continue
		}
		got, err := ParseLink(v.In.Text)
		if v.Expect.Code != "" {
			if code(err) != v.Expect.Code {
				t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
			}
		} else if err != nil || !sameLink(got, first) {
			t.Errorf("%s: %v, want the link above", v.Name, err)
		}
	}
}

func TestDropVectors(t *testing.T) {
	type in struct {
		Link     string
		RND      hexBytes
		Week     uint64
		Hint     string
		BoxKey   hexBytes
		Envelope hexBytes
	}
	type expect struct {
		Plain, Envelope hexBytes
		Code            string
	}
	for _, v := range vectors[in, expect](t, "drop.json") {
		l := must[Link](t)(ParseLink(v.In.Link))
		if v.Kind == "seal" {
			k := l.Secret.Keys()
			b := must[op.BoxKey](t)(op.ParseBoxKey(v.In.BoxKey))
			plain := must[[]byte](t)(kp1.Marshal(dropWire{version, l.Group, l.Box, l.Inviter, l.Addrs, l.Expires, b.Public(), v.In.Hint, nil}))
			same(t, v.Name+", plain", plain, v.Expect.Plain)
			e := must[op.Envelope](t)(op.SealDrop(bytes.NewReader(v.In.RND), k.Wrap, k.ID, v.In.Week, plain))
			same(t, v.Name+", envelope", e.Bytes, v.Expect.Envelope)
			o := must[Offer](t)(l.OpenDrop(e))
			if o.Hint != v.In.Hint || !bytes.Equal(o.Key, b.Public()) {
				t.Errorf("%s: opens as %q", v.Name, o.Hint)
			}
			continue
		}
		e := must[op.Envelope](t)(op.DecodeEnvelope(v.In.Envelope))
		if _, err := l.OpenDrop(e); code(err) != v.Expect.Code {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
		}
	}
}

func TestRequestVectors(t *testing.T) {
	type in struct {
		Link                                string
		BoxKey, RS, DeviceSeed, DHK, PeerID hexBytes
		Nonce                               hexBytes
		Name, Text                          string
		Envelope                            hexBytes
	}
	type expect struct {
		Core, Plain, ID hexBytes
		Words           []string
		Code            string
	}
	for _, v := range vectors[in, expect](t, "request.json") {
		l := must[Link](t)(ParseLink(v.In.Link))
		inv := Invite{ID: l.Secret.Keys().ID, Secret: l.Secret, BoxKey: must[op.BoxKey](t)(op.ParseBoxKey(v.In.BoxKey)), Expires: l.Expires}
		o := Offer{Link: l, Key: inv.BoxKey.Public()}
		if v.Kind == "make" {
			p := party{group: l.Group, root: keyring.RootKey(keyring.Recovery(v.In.RS), l.Group), device: ed25519.NewKeyFromSeed(v.In.DeviceSeed)}
			p.box = must[op.BoxKey](t)(op.ParseBoxKey(v.In.DHK))
			r := must[Request](t)(o.NewRequest(bytes.NewReader(v.In.Nonce), p.certOf(t, l.Group, v.In.PeerID), p.root, v.In.Name, v.In.Text, op.Signed{}))
			same(t, v.Name+", core", r.Signed.Core, v.Expect.Core)
			same(t, v.Name+", plain", must[[]byte](t)(r.Encode()), v.Expect.Plain)
			id := r.ID()
			same(t, v.Name+", id", id[:], v.Expect.ID)
			for i, w := range r.Words() {
				if w != v.Expect.Words[i] {
					t.Errorf("%s: word %d is %s, want %s", v.Name, i+1, w, v.Expect.Words[i])
				}
			}
			continue
		}
		e := must[op.Envelope](t)(op.DecodeEnvelope(v.In.Envelope))
		r, err := inv.OpenRequest(l.Group, e)
		if v.Expect.Code != "" {
			if code(err) != v.Expect.Code {
				t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		same(t, v.Name, must[[]byte](t)(r.Encode()), v.Expect.Plain)
	}
}

func TestWelcomeVectors(t *testing.T) {
	type in struct {
		GID, Genesis hexBytes
		Heads        []hexBytes
		Envelopes    []hexBytes
		IID, DID     hexBytes
		DHK          hexBytes
		Envelope     hexBytes
	}
	type expect struct{ Plain hexBytes }
	for _, v := range vectors[in, expect](t, "welcome.json") {
		if v.Kind == "make" {
			w := Welcome{Group: kp1.GID(v.In.GID), Genesis: kp1.ID(v.In.Genesis)}
			for _, h := range v.In.Heads {
				w.Heads = append(w.Heads, kp1.ID(h))
			}
			for _, e := range v.In.Envelopes {
				w.Envelopes = append(w.Envelopes, e)
			}
			same(t, v.Name, must[[]byte](t)(w.Encode()), v.Expect.Plain)
			continue
		}
		e := must[op.Envelope](t)(op.DecodeEnvelope(v.In.Envelope))
		b, err := op.OpenWelcome(kp1.GID(v.In.GID), kp1.DID(v.In.DID), e, must[op.BoxKey](t)(op.ParseBoxKey(v.In.DHK)))
		if err != nil || e.IID() != kp1.IID(v.In.IID) {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		same(t, v.Name, b, v.Expect.Plain)
		w := must[Welcome](t)(DecodeWelcome(b))
		same(t, v.Name+", again", must[[]byte](t)(w.Encode()), b)
	}
}

func TestInviteOpVectors(t *testing.T) {
	type in struct{ Body hexBytes }
	type expect struct {
		Secret, BoxKey, Since, IID, Spoken hexBytes
		Rank, History                      uint8
		Expires                            uint64
		Note, Code                         string
	}
	for _, v := range vectors[in, expect](t, "invite.json") {
		if v.Kind == TypeEnd {
			id, err := DecodeEnd(v.In.Body)
			if err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
			same(t, v.Name, id[:], v.Expect.IID)
			same(t, v.Name+", again", must[[]byte](t)(EncodeEnd(id)), v.In.Body)
			continue
		}
		i, err := Decode(v.In.Body)
		if v.Expect.Code != "" {
			if code(err) != v.Expect.Code {
				t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		same(t, v.Name+", again", must[[]byte](t)(i.Encode()), v.In.Body)
		same(t, v.Name+", secret", i.Secret[:], v.Expect.Secret)
		same(t, v.Name+", box key", i.BoxKey.Bytes(), v.Expect.BoxKey)
		same(t, v.Name+", id", i.ID[:], v.Expect.IID)
		if v.Expect.Since != nil {
			same(t, v.Name+", since", i.Since[:], v.Expect.Since)
		}
		if i.Spoken != nil {
			same(t, v.Name+", spoken", i.Spoken[:], v.Expect.Spoken)
		}
		if i.Rank != v.Expect.Rank || i.History != v.Expect.History || i.Expires != v.Expect.Expires || i.Note != v.Expect.Note || (i.Spoken != nil) != (v.Expect.Spoken != nil) {
			t.Errorf("%s: %+v", v.Name, v.Expect)
		}
	}
}
