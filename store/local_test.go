package store

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestLocalStaysHere: a setting of this computer is kept through a restart, and is in nothing that is sent: the envelopes
// of the group are the same as before.
func TestLocalStaysHere(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada := homes[0]
	before, _, err := ada.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	who := homes[1].me(g)
	for i := range who {
		who[i] ^= 0x5a // an id that stands nowhere else
	}
	if err := ada.SetLocal("hidden", who[:]); err != nil {
		t.Fatal(err)
	}
	ada.again()
	if got, err := ada.Local("hidden"); err != nil || !bytes.Equal(got, who[:]) {
		t.Errorf("after a restart: % x, %v", got, err)
	}
	after, _, err := ada.Items(g)
	if err != nil || len(after) != len(before) || len(before) == 0 {
		t.Fatalf("%d envelopes, %d before, %v", len(after), len(before), err)
	}
	for _, it := range after {
		if !slices.Contains(before, it) {
			t.Errorf("%v is new", it)
		}
	}
	if err := ada.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(ada.dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, who[:]) {
		t.Error("the store tells whom the setting is about")
	}
}
