package group

import (
	"testing"

	"kith/store/kp1"
)

// TestProvenIsOfTheseBytes: a certificate and a request that were found sound make no other ones so, not by one bit.
func TestProvenIsOfTheseBytes(t *testing.T) {
	w := found(t, PolicyFields{})
	cert := w.dev("ann", 0).cert
	b, err := cert.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeCert(b); err != nil || !sound.Has(kp1.Sum(b)) {
		t.Fatalf("DecodeCert = %v, remembered %v", err, sound.Has(kp1.Sum(b)))
	}
	for i := 0; i < 8*len(b); i += 61 + i%7 {
		bad := append([]byte(nil), b...)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := DecodeCert(bad); err == nil {
			t.Errorf("with bit %d of byte %d changed it is taken", i%8, i/8)
		}
		if sound.Has(kp1.Sum(bad)) {
			t.Errorf("with bit %d of byte %d changed it is remembered", i%8, i/8)
		}
	}
	a := w.admit("bob", kp1.RankMember)
	s := SignedCore{Core: a.Core, Sig: a.CoreSig}
	if _, err := s.Open(w.all.gid); err != nil {
		t.Fatal(err)
	}
	s.Sig[7] ^= 1
	if _, err := s.Open(w.all.gid); err == nil {
		t.Error("a request with another signature is taken")
	}
	s.Sig = a.CoreSig
	s.Core = append([]byte(nil), s.Core...)
	s.Core[len(s.Core)-1] ^= 1
	if _, err := s.Open(w.all.gid); err == nil {
		t.Error("another request with the same signature is taken")
	}
}
