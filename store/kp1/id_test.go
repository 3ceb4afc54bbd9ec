package kp1

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"pgregory.net/rapid"
)

func TestIDText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := Sum(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if got, want := id.String(), id.CID().String(); got != want {
			t.Fatalf("String = %s, go-cid says %s", got, want)
		}
		if got, err := ParseID(id.String()); err != nil || got != id {
			t.Fatalf("ParseID(%s) = %v, %v", id, got, err)
		}
		if !strings.HasSuffix(id.String(), id.Short()) || len(id.Short()) != 8 {
			t.Fatalf("Short = %q of %s", id.Short(), id)
		}
	})
}

func TestParseIDRefuses(t *testing.T) {
	id := Sum([]byte("x"))
	upper, err := id.CID().StringOfBase('B')
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"nothing":             "",
		"upper case":          upper,
		"raw codec":           cid.NewCidV1(cid.Raw, id.CID().Hash()).String(),
		"version 0":           cid.NewCidV0(id.CID().Hash()).String(),
		"one letter short":    id.String()[:len(id.String())-1],
		"one letter more":     id.String() + "a",
		"hex":                 GID(id).String(),
		"a very long nothing": strings.Repeat("b", 1<<20),
	} {
		if got, err := ParseID(s); !errors.Is(err, ErrForm) || len(err.Error()) > 500 {
			t.Errorf("ParseID(%s) = %v, %.100v, want %v", name, got, err, ErrForm)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(Sum(nil).String())
	f.Add("")
	f.Add("bafyreib")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err == nil && id.String() != s {
			t.Fatalf("ParseID(%q) = %v", s, id)
		}
		var l Link
		if err := l.UnmarshalCBOR([]byte(s)); err == nil {
			if b, err := l.MarshalCBOR(); err != nil || string(b) != s {
				t.Fatalf("the link %x is written again as %x, %v", s, b, err)
			}
		}
	})
}

// FuzzParseHex reads the ids that people see as hex digits.
func FuzzParseHex(f *testing.F) {
	f.Add(GID{1}.String())
	f.Add(EID{0xab}.String())
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		same := func(what string, id fmt.Stringer, err error) {
			if err == nil && id.String() != s {
				t.Fatalf("Parse%s(%q) = %v", what, s, id)
			}
		}
		g, err := ParseGID(s)
		same("GID", g, err)
		m, err := ParseMID(s)
		same("MID", m, err)
		d, err := ParseDID(s)
		same("DID", d, err)
		e, err := ParseEID(s)
		same("EID", e, err)
		i, err := ParseIID(s)
		same("IID", i, err)
	})
}

func TestHexIDs(t *testing.T) {
	g := GID(Sum([]byte("g")))
	if got, err := ParseGID(g.String()); err != nil || got != g {
		t.Errorf("ParseGID(%s) = %v, %v", g, got, err)
	}
	e := EID{0xab, 0xcd}
	if got, err := ParseEID(e.String()); err != nil || got != e {
		t.Errorf("ParseEID(%s) = %v, %v", e, got, err)
	}
	m, d, i := MID(g), DID(g), IID(e)
	if got, err := ParseMID(m.String()); err != nil || got != m {
		t.Errorf("ParseMID(%s) = %v, %v", m, got, err)
	}
	if got, err := ParseDID(d.String()); err != nil || got != d {
		t.Errorf("ParseDID(%s) = %v, %v", d, got, err)
	}
	if got, err := ParseIID(i.String()); err != nil || got != i {
		t.Errorf("ParseIID(%s) = %v, %v", i, got, err)
	}
	for _, s := range []string{"", e.String() + "00", strings.ToUpper(e.String()), strings.Repeat("g", 32), strings.Repeat("0", 31)} {
		if got, err := ParseEID(s); !errors.Is(err, ErrForm) {
			t.Errorf("ParseEID(%q) = %v, %v, want %v", s, got, err, ErrForm)
		}
	}
	if !(GID{}).IsZero() || g.IsZero() || g.Compare(GID{}) != 1 {
		t.Error("zero or order of ids is wrong")
	}
}

func TestLink(t *testing.T) {
	id := Sum([]byte("x"))
	b, err := Marshal(id.Link())
	if err != nil {
		t.Fatal(err)
	}
	var l Link
	if err := Unmarshal(b, &l); err != nil || ID(l) != id {
		t.Errorf("Unmarshal(%x) = %v, %v", b, l, err)
	}
	for i := range b[:9] {
		bad := append([]byte(nil), b...)
		bad[i] ^= 1
		if err := l.UnmarshalCBOR(bad); !errors.Is(err, ErrForm) {
			t.Errorf("UnmarshalCBOR(%x) = %v, want %v", bad, err, ErrForm)
		}
	}
	if ids := IDs(Links([]ID{id, {}})); len(ids) != 2 || ids[0] != id {
		t.Errorf("IDs(Links) = %v", ids)
	}
}
