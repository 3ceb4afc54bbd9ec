package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
	"pgregory.net/rapid"
)

func testAtRest(gen uint64) *AtRest {
	var dek [32]byte
	copy(dek[:], "a key for tests, 32 bytes long..")
	return newAtRest(dek, gen, rand.Reader)
}

func TestT32ValueOpensOnlyWhereItWasSealed(t *testing.T) {
	a := testAtRest(1)
	sealed, err := a.Seal([]byte("ops"), []byte("key"), []byte("a value"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Open([]byte("ops"), []byte("key"), sealed); err != nil || string(got) != "a value" {
		t.Fatalf("Open = %q, %v; want the value", got, err)
	}
	for _, c := range []struct {
		name        string
		a           *AtRest
		bucket, key string
	}{
		{"another bucket", a, "env", "key"},
		{"another key", a, "ops", "kez"},
		{"a byte moved from key to bucket", a, "opsk", "ey"},
		{"another generation", testAtRest(2), "ops", "key"},
		{"another store", newAtRest([32]byte{}, 1, rand.Reader), "ops", "key"},
	} {
		if got, err := c.a.Open([]byte(c.bucket), []byte(c.key), sealed); !errors.Is(err, ErrSealed) || got != nil {
			t.Errorf("%s: Open = %q, %v; want ErrSealed", c.name, got, err)
		}
	}
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := a.Open([]byte("ops"), []byte("key"), bad); !errors.Is(err, ErrSealed) {
			t.Fatalf("bit %d flipped: Open = %v, want ErrSealed", i, err)
		}
	}
	for n := range sealed {
		if _, err := a.Open([]byte("ops"), []byte("key"), sealed[:n]); !errors.Is(err, ErrSealed) {
			t.Fatalf("cut to %d bytes: Open = %v, want ErrSealed", n, err)
		}
	}
}

// The cipher is written out for Forget's sake; the library's own must read it, and write what it reads.
func TestSealIsXChaCha20Poly1305(t *testing.T) {
	a := testAtRest(7)
	box, err := chacha20poly1305.NewX(a.dek[:])
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		bucket, key := rapid.SliceOf(rapid.Byte()).Draw(t, "bucket"), rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		aad := append(append(append(bytes.Clone(bucket), 0), key...), 0, 0, 0, 0, 0, 0, 0, 7)
		sealed, err := a.Seal(bucket, key, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := box.Open(nil, sealed[:24], sealed[24:], aad)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("the library opens %x, %v; want %x", got, err, plain)
		}
		theirs := box.Seal(bytes.Clone(sealed[:24]), sealed[:24], plain, aad)
		if got, err := a.AppendOpen([]byte("before"), bucket, key, theirs); err != nil || string(got) != "before"+string(plain) {
			t.Fatalf("AppendOpen = %q, %v; want before%q", got, err, plain)
		}
	})
}

func TestForgetOverwritesAndLocks(t *testing.T) {
	a := testAtRest(1)
	sealed, err := a.Seal([]byte("b"), []byte("k"), []byte("v"))
	if err != nil {
		t.Fatal(err)
	}
	a.Forget()
	a.Forget()
	if a.dek != [32]byte{} || a.name != [32]byte{} {
		t.Error("keys are still there after Forget")
	}
	if _, err := a.Seal([]byte("b"), []byte("k"), nil); !errors.Is(err, ErrLocked) {
		t.Errorf("Seal after Forget = %v, want ErrLocked", err)
	}
	if _, err := a.Open([]byte("b"), []byte("k"), sealed); !errors.Is(err, ErrLocked) {
		t.Errorf("Open after Forget = %v, want ErrLocked", err)
	}
	if got := a.Name("x", nil); got != nil {
		t.Errorf("Name after Forget = %x, want nil", got)
	}
}

// Whoever is sealing when the lock comes gets the true key or ErrLocked, never half of one.
func TestForgetWaitsForCallsUnderWay(t *testing.T) {
	a, b := testAtRest(1), testAtRest(1)
	plain := bytes.Repeat([]byte("x"), 10_000)
	var all sync.WaitGroup
	start := make(chan struct{})
	for range 8 {
		all.Go(func() {
			<-start
			for range 50 {
				sealed, err := a.Seal([]byte("b"), []byte("k"), plain)
				if errors.Is(err, ErrLocked) {
					return
				}
				if got, err := b.Open([]byte("b"), []byte("k"), sealed); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("a value sealed beside Forget does not open: %v", err)
				}
			}
		})
	}
	all.Go(func() { <-start; a.Forget() })
	close(start)
	all.Wait()
}

func TestNameTellsApartAndStays(t *testing.T) {
	a := testAtRest(1)
	if got, want := a.Name("day", []byte("2026-11-21")), testAtRest(1).Name("day", []byte("2026-11-21")); !bytes.Equal(got, want) || len(got) != 32 {
		t.Errorf("Name = %x, then %x; want the same 32 bytes", got, want)
	}
	seen := map[string]string{}
	for _, c := range [][2]string{{"day", "x"}, {"dayx", ""}, {"", "dayx"}, {"da", "yx"}, {"name", "x"}} {
		n := string(a.Name(c[0], []byte(c[1])))
		if seen[n] != "" {
			t.Errorf("Name(%q) is Name(%s)", c, seen[n])
		}
		seen[n] = fmt.Sprintf("%q", c)
	}
}

func TestKeysStayOutOfLogs(t *testing.T) {
	a := testAtRest(1)
	r := Recovery([]byte("sixteen letters!"))
	s := Spoken([]byte("ten letter"))
	got := fmt.Sprintf("%v %+v %#v %s %v %+v %#v %s %v %#v", a, a, a, a, r, r, r, r, s, s)
	for _, secret := range []string{"a key for", "sixteen", "115 105 120", "0x73, 0x69", "ten letter", "116 101 110"} {
		if bytes.Contains([]byte(got), []byte(secret)) {
			t.Errorf("printed: %s", got)
		}
	}
}

func TestSealMakesLittleGarbage(t *testing.T) {
	a := testAtRest(1)
	bucket, key, plain := []byte("ops"), bytes.Repeat([]byte("k"), 32), make([]byte, 500)
	sealed, err := a.Seal(bucket, key, plain)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]byte, 0, 1000)
	if got := testing.AllocsPerRun(200, func() {
		if _, err := a.AppendOpen(dst, bucket, key, sealed); err != nil {
			t.Error(err)
		}
	}); got > 3 {
		t.Errorf("AppendOpen allocates %v times, want at most 3", got)
	}
}

func FuzzOpenValue(f *testing.F) {
	a := testAtRest(1)
	sealed, err := a.Seal([]byte("b"), []byte("k"), []byte("v"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("b"), []byte("k"), sealed)
	f.Add([]byte(""), []byte(""), []byte{})
	f.Add([]byte("b"), []byte("k"), sealed[:SealOverhead-1])
	f.Fuzz(func(t *testing.T, bucket, key, b []byte) {
		got, err := a.Open(bucket, key, b)
		if err == nil && string(got) != "v" {
			t.Errorf("Open(%x) = %x: nobody sealed that", b, got)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	a, plain, dst := testAtRest(1), make([]byte, 500), make([]byte, 0, 1000)
	key := make([]byte, 32)
	b.ReportAllocs()
	b.SetBytes(500)
	for b.Loop() {
		if _, err := a.AppendSeal(dst, []byte("ops"), key, plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	a, plain, dst := testAtRest(1), make([]byte, 500), make([]byte, 0, 1000)
	key := make([]byte, 32)
	sealed, err := a.Seal([]byte("ops"), key, plain)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(500)
	for b.Loop() {
		if _, err := a.AppendOpen(dst, []byte("ops"), key, sealed); err != nil {
			b.Fatal(err)
		}
	}
}
