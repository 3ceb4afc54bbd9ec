package peer_test

import (
	"os"
	"path/filepath"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/store"
)

// TestNewStartKeepsTheOldKey: after a damaged store was set aside, starting anew takes nothing away that could mend it.
func TestNewStartKeepsTheOldKey(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	start := func() *peer.Peer {
		p := peer.New(home, peer.Options{})
		if _, err := p.Start(t.Context(), present.Start{Name: "Ada", Passphrase: "plum kettle orbit sand"}); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		return p
	}
	start()
	old, err := os.ReadFile(filepath.Join(home, "vault"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(home, "store"), 4096); err != nil {
		t.Fatal(err)
	}
	if _, err := store.SetAside(home); err != nil {
		t.Fatal(err)
	}
	start()
	kept, err := filepath.Glob(filepath.Join(home, "vault.of-damaged-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept vaults = %v, %v, want one", kept, err)
	}
	if got, err := os.ReadFile(kept[0]); err != nil || string(got) != string(old) {
		t.Errorf("the kept vault is not the old one (%v)", err)
	}
}
