package invite

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kith/store/group"
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
		Heads    []hexBytes
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
			plain := must[[]byte](t)(kp1.Marshal(dropWire{version, l.Group, l.Box, l.Inviter, l.Addrs, l.Expires, b.Public(), v.In.Hint, linksOf(v.In.Heads)}))
			same(t, v.Name+", plain", plain, v.Expect.Plain)
			e := must[op.Envelope](t)(op.SealDrop(bytes.NewReader(v.In.RND), k.Wrap, k.ID, v.In.Week, plain))
			same(t, v.Name+", envelope", e.Bytes, v.Expect.Envelope)
			o := must[Offer](t)(l.OpenDrop(e))
			if o.Hint != v.In.Hint || !bytes.Equal(o.Key, b.Public()) || !slices.Equal(o.Heads, kp1.IDs(linksOf(v.In.Heads))) {
				t.Errorf("%s: opens as %q with %d heads", v.Name, o.Hint, len(o.Heads))
			}
			continue
		}
		e := must[op.Envelope](t)(op.DecodeEnvelope(v.In.Envelope))
		if _, err := l.OpenDrop(e); code(err) != v.Expect.Code {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
		}
	}
}

// linksOf are ids as links, or none.
func linksOf(ids []hexBytes) (out []kp1.Link) {
	for _, id := range ids {
		out = append(out, kp1.Link(id))
	}
	return out
}

// A spare is the second device of a computer whose person comes back.
type spare struct {
	Seed, DHK, Nonce hexBytes
	Time             uint64
	Heads            []hexBytes
}

// op is the AddDevice of that device, by the root.
func (s spare) op(t *testing.T, p party, peer []byte) op.Signed {
	t.Helper()
	p.device, p.box = ed25519.NewKeyFromSeed(s.Seed), must[op.BoxKey](t)(op.ParseBoxKey(s.DHK))
	c := p.certOf(t, p.group, peer)
	o := op.Op{Type: group.TypeAddDevice, Group: p.group, Device: c.Device(), Seq: 1, Time: s.Time, Auth: kp1.IDs(linksOf(s.Heads)), Nonce: [16]byte(s.Nonce)}
	o.Body = must[[]byte](t)(group.AddDevice{Cert: c}.Encode())
	return must[op.Signed](t)(op.Sign(o, p.device))
}

func TestRequestVectors(t *testing.T) {
	type in struct {
		Link                                string
		BoxKey, RS, DeviceSeed, DHK, PeerID hexBytes
		Nonce                               hexBytes
		Name, Text                          string
		Spare                               *spare
		Envelope                            hexBytes
	}
	type expect struct {
		Core, Plain, ID hexBytes
		Back            hexBytes // the op of the spare, as it stands in the plain
		BackID          hexBytes
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
			var back op.Signed
			if v.In.Spare != nil {
				back = v.In.Spare.op(t, p, v.In.PeerID)
				same(t, v.Name+", op that brings back", back.Encode(), v.Expect.Back)
				same(t, v.Name+", id of that", back.ID[:], v.Expect.BackID)
			}
			r := must[Request](t)(o.NewRequest(bytes.NewReader(v.In.Nonce), p.certOf(t, l.Group, v.In.PeerID), p.root, v.In.Name, v.In.Text, back))
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
		if v.Expect.BackID != nil {
			same(t, v.Name+", id of the op that brings back", r.Back.ID[:], v.Expect.BackID)
		}
	}
}

func TestWelcomeVectors(t *testing.T) {
	type in struct {
		GID, Genesis hexBytes
		Heads        []hexBytes
		Envelopes    []hexBytes
		IID, DID     hexBytes
		DHK          hexBytes
		Back         bool
		Partial      bool
		Envelope     hexBytes
	}
	type expect struct {
		Plain hexBytes
		Code  string
	}
	for _, v := range vectors[in, expect](t, "welcome.json") {
		if v.Kind == "make" {
			w := Welcome{Group: kp1.GID(v.In.GID), Genesis: kp1.ID(v.In.Genesis), Spare: v.In.Back, Partial: v.In.Partial}
			for _, h := range v.In.Heads {
				w.Heads = append(w.Heads, kp1.ID(h))
			}
			for _, e := range v.In.Envelopes {
				w.Envelopes = append(w.Envelopes, e)
			}
			b, err := w.Encode()
			if v.Expect.Code != "" {
				if code(err) != v.Expect.Code {
					t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
				}
				continue
			}
			same(t, v.Name, must[[]byte](t)(b, err), v.Expect.Plain)
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
		if w.Spare != v.In.Back || w.Partial != v.In.Partial {
			t.Errorf("%s: comes back %v, of a part %v", v.Name, w.Spare, w.Partial)
		}
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
