package peer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/peer"
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
	p := peer.New(home, peer.Options{})
	err = p.Unlock(t.Context(), "plum kettle orbit sand")
	if said := present.Explain(err).Next; present.Code(err) != "E_STORE_DAMAGED" || !strings.Contains(said, "rename the file “store” in its folder to “store.damaged-1”") {
		t.Fatalf("Unlock = %v, and says %q", err, said)
	}
	// What it says, by hand.
	if err := os.Rename(filepath.Join(home, "store"), filepath.Join(home, "store.damaged-1")); err != nil {
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
