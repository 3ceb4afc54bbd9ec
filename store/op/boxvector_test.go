package op

import (
	"crypto/sha256"
	"testing"

	"kith/store/kp1"
)

func TestT1XWing(t *testing.T) {
	type expect struct {
		PubLen, KeyLen int
		PubSHA256      hexBytes
	}
	for _, v := range vectors[struct{ IKM hexBytes }, expect](t, "xwing.json") {
		k, err := DeriveBoxKey(v.In.IKM)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(k.Public())
		same(t, v.Name, sum[:], v.Expect.PubSHA256)
		if len(k.Public()) != v.Expect.PubLen || len(k.Bytes()) != v.Expect.KeyLen {
			t.Errorf("%s: keys of %d and %d bytes, want %d and %d", v.Name, len(k.Public()), len(k.Bytes()), v.Expect.PubLen, v.Expect.KeyLen)
		}
		again, err := ParseBoxKey(k.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		same(t, v.Name+" parsed", again.Public(), k.Public())
	}
}

func TestT1Lockbox(t *testing.T) {
	type in struct {
		Slots []struct {
			Comp uint8
			Key  hexBytes
		}
		Key     hexBytes
		Entries []struct {
			Tag      Tag
			Ref, Key hexBytes
		}
	}
	for _, v := range vectors[in, struct{ Plain hexBytes }](t, "lockbox.json") {
		switch v.Kind {
		case "lockbox":
			var slots []Slot
			for _, s := range v.In.Slots {
				slots = append(slots, Slot{s.Comp, s.Key.key()})
			}
			got, err := EncodeLockbox(slots)
			if err != nil {
				t.Fatal(err)
			}
			same(t, v.Name, got, v.Expect.Plain)
		case "audience":
			same(t, v.Name, EncodeAudience(v.In.Key.key()), v.Expect.Plain)
		case "grant":
			var entries []Entry
			for _, e := range v.In.Entries {
				entries = append(entries, Entry{e.Tag, [16]byte(e.Ref), e.Key.key()})
			}
			got, err := EncodeGrants(entries)
			if err != nil {
				t.Fatal(err)
			}
			same(t, v.Name, got[0], v.Expect.Plain)
		default:
			t.Errorf("%s: unknown kind %q", v.Name, v.Kind)
		}
	}
}

// TestT1Box opens boxes that were sealed once: sealing draws its own randomness, opening must never change.
func TestT1Box(t *testing.T) {
	type in struct {
		IKM, GID, EID, DID, Box hexBytes
		Label                   string
	}
	for _, v := range vectors[in, struct{ Plain hexBytes }](t, "box.json") {
		k, err := DeriveBoxKey(v.In.IKM)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := OpenBoxes(v.In.Label, v.In.GID.key(), kp1.EID(v.In.EID), v.In.DID.key(), k, [][]byte{v.In.Box})
		if err != nil {
			t.Fatal(err)
		}
		same(t, v.Name, got, v.Expect.Plain)
	}
}
