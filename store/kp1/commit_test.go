package kp1

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestCommitTable(t *testing.T) {
	keys := [][32]byte{{1}, {2}, {3}}
	cm := CommitTable(keys...)
	rows, err := ParseCommitTable(cm)
	if err != nil || len(rows) != 3 {
		t.Fatalf("ParseCommitTable = %v, %v", rows, err)
	}
	for c, k := range keys {
		if r := rows[c]; r.Comp != uint8(c) || r.Key != Commit(k) || r.Content != Commit(X32(k[:], LabelContent)) {
			t.Errorf("row %d = %+v", c, r)
		}
	}
	if rows[0].Auth != Commit(X32(keys[0][:], LabelAuth)) || rows[1].Auth != [32]byte{} {
		t.Error("the auth key's commitment is wrong, or not in compartment 0 alone")
	}
	if err := Check(cm); err != nil {
		t.Errorf("Check(table) = %v", err)
	}
	bad := map[string][]byte{
		"nothing": nil, "one compartment": CommitTable(keys[0]), "four": CommitTable(append(keys, [32]byte{4})...),
		"trailing": append(slices.Clone(cm), 0), "cut": cm[:len(cm)-1], "two twice": bytes.Replace(cm, []byte{0x83, 1}, []byte{0x83, 2}, 1),
		"long rows": bytes.Replace(cm, []byte{0x83, 1}, []byte{0x84, 1}, 1),
	}
	for name, b := range bad {
		if _, err := ParseCommitTable(b); !errors.Is(err, ErrForm) {
			t.Errorf("ParseCommitTable(%s) = %v, want %v", name, err, ErrForm)
		}
	}
}

func FuzzParseCommitTable(f *testing.F) {
	f.Add(CommitTable([32]byte{1}, [32]byte{2}, [32]byte{3}))
	f.Add(CommitTable([32]byte{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ParseCommitTable(b); err == nil && Check(b) != nil {
			t.Fatalf("ParseCommitTable(%x) accepts what is not canonical", b)
		}
	})
}

// FuzzReader reads whatever is there by what it seems to be, and must end.
func FuzzReader(f *testing.F) {
	f.Add(unhex("a2616200626161f5"))
	f.Add(CommitTable([32]byte{1}))
	f.Add(AppendLinks(nil, []ID{{1}, {2}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		all := NewReader(b)
		if all.Skip(); (all.Done() == nil) != (Check(b) == nil) {
			t.Fatalf("Skip(%x) = %v, Check = %v", b, all.Done(), Check(b))
		}
		r := NewReader(b)
		for len(r.Rest()) > 0 && r.Err() == nil {
			switch r.Rest()[0] >> 5 {
			case majorUint:
				r.Uint()
			case majorBytes:
				r.Bytes()
			case majorText:
				r.Text()
			case majorArray:
				if n := r.Array(16); n > 16 || n > len(r.Rest()) {
					t.Fatalf("Array = %d with %d bytes left", n, len(r.Rest()))
				}
			case majorMap:
				r.Map()
			case majorTag:
				r.Link()
			default:
				r.Skip()
			}
		}
	})
}

func TestReaderLimitsAndStickiness(t *testing.T) {
	ids := []ID{{1}, {2}, {3}}
	if got := NewReader(AppendLinks(nil, ids)).Links(3); !slices.Equal(got, ids) {
		t.Errorf("Links = %v", got)
	}
	r := NewReader(AppendLinks(nil, ids))
	if got := r.Links(2); got != nil || !errors.Is(r.Err(), ErrTooBig) {
		t.Errorf("Links(2) of three = %v, %v, want %v", got, r.Err(), ErrTooBig)
	}
	if r.Uint() != 0 || r.Bytes() != nil || r.Link() != (ID{}) || r.Skip() != nil || !errors.Is(r.Done(), ErrTooBig) {
		t.Error("a reader that has refused goes on reading")
	}
	for name, b := range map[string][]byte{
		"twice the same": AppendLinks(nil, []ID{{1}, {1}}), "descending": AppendLinks(nil, []ID{{2}, {1}}),
		"cut short": AppendLinks(nil, ids)[:50], "numbers": {0x82, 1, 2},
	} {
		r := NewReader(b)
		if r.Links(3); !errors.Is(r.Done(), ErrForm) {
			t.Errorf("Links(%s) = %v, want %v", name, r.Err(), ErrForm)
		}
	}
	var four [4]byte
	r = NewReader([]byte{0x43, 1, 2, 3})
	if r.Fill(four[:]); !errors.Is(r.Err(), ErrForm) {
		t.Errorf("Fill(4) of three bytes = %v, want %v", r.Err(), ErrForm)
	}
}

func FuzzUnmarshal(f *testing.F) {
	b, err := Marshal(sheet{Words: [2]string{"a", "é"}, Refs: make([]Link, 2), Pairs: make([]pair, 1), Raw: []byte{1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var s sheet
		if UnmarshalClosed(b, &s) != nil {
			return
		}
		again, err := Marshal(s)
		if err != nil {
			t.Fatalf("Marshal(%+v) = %v", s, err)
		}
		var o sheet
		if err := UnmarshalClosed(again, &o); err != nil {
			t.Fatalf("UnmarshalClosed(%x) = %v, after %x", again, err, b)
		}
		if third, err := Marshal(o); err != nil || !bytes.Equal(third, again) {
			t.Fatalf("%x encodes as %x, then as %x, %v", b, again, third, err)
		}
	})
}
