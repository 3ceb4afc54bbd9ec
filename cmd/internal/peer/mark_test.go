package peer_test

import (
	"os"
	"path/filepath"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/store/care/thread"
)

// TestT31OldCopyIsFoundOut: a store file put back from an image is read and not written, by the mark that the keychain
// kept at the last lock; one that is ahead of the mark goes on.
func TestT31OldCopyIsFoundOut(t *testing.T) {
	ctx := t.Context()
	p, home, k := living(t, pass)
	g := p.World().Groups[0].ID
	say := func(title string) error {
		_, err := p.Propose(ctx, g, thread.New{Title: title})
		return err
	}
	again := func() {
		t.Helper()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		p = peer.New(home, peer.Options{Keychain: k})
		if err := p.Unlock(ctx, pass); err != nil {
			t.Fatal(err)
		}
	}
	again()
	if k.count() != 2 {
		t.Fatalf("the keychain holds %d items, want the half and a mark", k.count())
	}
	if err := p.Lock(ctx, present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "store")
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Unlock(ctx, pass); err != nil {
		t.Fatal(err)
	}
	if err := say("after the image"); err != nil {
		t.Fatal(err)
	}
	again()
	if err := say("goes on after a start"); err != nil {
		t.Fatalf("a store that is no old copy: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // also after the start that found it out
		again()
		if err := say("under the old device"); present.Code(err) != "E_OLD_COPY" {
			t.Errorf("writing in an old copy = %v, want E_OLD_COPY", err)
		}
		if len(p.World().Groups) != 1 {
			t.Error("an old copy cannot be read")
		}
	}
	if _, err := p.Panic(ctx, false); err != nil || k.count() != 0 {
		t.Errorf("Panic = %v, %d items left", err, k.count())
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}
