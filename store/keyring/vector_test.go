package keyring

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

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

func TestT33WordVectors(t *testing.T) {
	type in struct{ RS, GID hexBytes }
	type expect struct {
		RootPub, Raw hexBytes
		Indices      []int
	}
	for _, v := range vectors[in, expect](t, "words.json") {
		g := kp1.GID(v.In.GID)
		root := RootKey(Recovery(v.In.RS), g).Public().(ed25519.PublicKey)
		if !bytes.Equal(root, v.Expect.RootPub) {
			t.Errorf("%s: root %x, want %x", v.Name, root, v.Expect.RootPub)
		}
		if raw := verificationBits(g, root); !bytes.Equal(raw, v.Expect.Raw) {
			t.Errorf("%s: raw %x, want %x", v.Name, raw, v.Expect.Raw)
		}
		for i, w := range VerificationWords(g, root) {
			if got := slices.Index(list, w); got != v.Expect.Indices[i] {
				t.Errorf("%s: word %d is %d (%s), want %d", v.Name, i+1, got, w, v.Expect.Indices[i])
			}
		}
	}
}

func TestT35SpokenVectors(t *testing.T) {
	type in struct {
		Secret, Password string
		Salt             string
		T, MKiB          uint32
		P                uint8
		Len              uint32
	}
	type expect struct {
		Out, S, Check, SignSeed, IID, MailboxSeed, Wrap hexBytes // those after S are store/invite's to prove
		Indices                                         []int
	}
	for _, v := range vectors[in, expect](t, "spoken.json") {
		if v.Kind == "argon2id" {
			if got := argon2.IDKey([]byte(v.In.Password), []byte(v.In.Salt), v.In.T, v.In.MKiB, v.In.P, v.In.Len); !bytes.Equal(got, v.Expect.Out) {
				t.Errorf("%s: %x, want %x", v.Name, got, v.Expect.Out)
			}
			if got := stretch([]byte(v.In.Password), []byte(v.In.Salt)); !bytes.Equal(got, v.Expect.Out) {
				t.Errorf("%s: our parameters give %x, want %x", v.Name, got, v.Expect.Out)
			}
			continue
		}
		raw, err := hex.DecodeString(v.In.Secret)
		if err != nil {
			t.Fatal(err)
		}
		s := Spoken(raw)
		words := s.Words()
		for i, w := range words {
			if got := slices.Index(list, w); got != v.Expect.Indices[i] {
				t.Errorf("%s: word %d is %d (%s), want %d", v.Name, i+1, got, w, v.Expect.Indices[i])
			}
		}
		if got := []byte{s.check()}; !bytes.Equal(got, v.Expect.Check) {
			t.Errorf("%s: check %x, want %x", v.Name, got, v.Expect.Check)
		}
		if got := s.Secret(); !bytes.Equal(got[:], v.Expect.S) {
			t.Errorf("%s: secret %x, want %x", v.Name, got, v.Expect.S)
		}
		if got, err := ParseSpoken(strings.Join(words[:], "\n")); err != nil || got != s {
			t.Errorf("%s: ParseSpoken = %x, %v", v.Name, got[:], err)
		}
	}
}

func TestRecoveryVectors(t *testing.T) {
	type in struct {
		RS   hexBytes
		Text string
	}
	type expect struct {
		Words, Backup, Code string
		RS                  hexBytes
	}
	for _, v := range vectors[in, expect](t, "recovery.json") {
		if v.Kind == "words" {
			r := Recovery(v.In.RS)
			words := r.Words()
			if got := strings.Join(words[:], " "); got != v.Expect.Words {
				t.Errorf("%s: %s, want %s", v.Name, got, v.Expect.Words)
			}
			if got := BackupIdentity(r); got != v.Expect.Backup {
				t.Errorf("%s: backup identity %s, want %s", v.Name, got, v.Expect.Backup)
			}
			continue
		}
		r, err := ParseRecovery(v.In.Text)
		if v.Expect.Code != "" {
			if code(err) != v.Expect.Code {
				t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
			}
		} else if err != nil || !bytes.Equal(r[:], v.Expect.RS) {
			t.Errorf("%s: %x, %v; want %x", v.Name, r[:], err, v.Expect.RS)
		}
	}
}

func TestAtRestVectors(t *testing.T) {
	type in struct {
		DEK, Nonce, Bucket, Key, Plain hexBytes
		Generation                     uint64
		Label                          string
		X                              hexBytes
	}
	type expect struct{ Sealed, Name hexBytes }
	for _, v := range vectors[in, expect](t, "atrest.json") {
		a := newAtRest([32]byte(v.In.DEK), v.In.Generation, bytes.NewReader(v.In.Nonce))
		if v.Kind == "name" {
			if got := a.Name(v.In.Label, v.In.X); !bytes.Equal(got, v.Expect.Name) {
				t.Errorf("%s: %x, want %x", v.Name, got, v.Expect.Name)
			}
			continue
		}
		got, err := a.Seal(v.In.Bucket, v.In.Key, v.In.Plain)
		if err != nil || !bytes.Equal(got, v.Expect.Sealed) {
			t.Errorf("%s: %x, %v; want %x", v.Name, got, err, v.Expect.Sealed)
		}
		if got, err := a.Open(v.In.Bucket, v.In.Key, v.Expect.Sealed); err != nil || !bytes.Equal(got, v.In.Plain) {
			t.Errorf("%s: opens as %x, %v; want %x", v.Name, got, err, v.In.Plain)
		}
	}
}

func TestVaultVectors(t *testing.T) {
	type in struct {
		File       hexBytes
		Passphrase string
		Item       string   // name in the keychain; "" for no keychain
		Half       hexBytes // what it holds
	}
	type expect struct {
		DEK        hexBytes
		Generation uint64
		Code       string
	}
	for _, v := range vectors[in, expect](t, "vault.json") {
		home := t.TempDir()
		if err := os.WriteFile(filepath.Join(home, vaultName), v.In.File, 0o600); err != nil {
			t.Fatal(err)
		}
		o := Options{}
		if v.In.Item != "" {
			o.Keychain = &shelf{items: map[string][]byte{v.In.Item: v.In.Half}}
		}
		a, err := Unlock(home, v.In.Passphrase, o)
		if v.Expect.Code != "" {
			if code(err) != v.Expect.Code {
				t.Errorf("%s: %v, want %s", v.Name, err, v.Expect.Code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		} else if !bytes.Equal(a.dek[:], v.Expect.DEK) || a.Generation() != v.Expect.Generation {
			t.Errorf("%s: key %x of generation %d, want %x of %d", v.Name, a.dek, a.Generation(), v.Expect.DEK, v.Expect.Generation)
		}
	}
}
