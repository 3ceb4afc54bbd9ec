package op

import (
	"testing"

	"kith/store/kp1"
)

func benchEnvelope(b *testing.B) (Envelope, Key) {
	b.Helper()
	s := mustSign(b, aContent())
	k := keyFor(s.Op)
	e, err := SealOps(chance(1), testGroup, k, KindOps, 2968, nil, []Signed{s})
	if err != nil {
		b.Fatal(err)
	}
	return e, k
}

func BenchmarkSign(b *testing.B) {
	o := aContent()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Sign(o, testKey); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := mustSign(b, aContent())
	b.ReportAllocs()
	for b.Loop() {
		if s.Verify(testPub) != nil {
			b.Fatal("refused")
		}
	}
}

func BenchmarkDecodeSigned(b *testing.B) {
	in := mustSign(b, aContent()).Encode()
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeSigned(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeEnvelope(b *testing.B) {
	e, _ := benchEnvelope(b)
	b.SetBytes(int64(len(e.Bytes)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeEnvelope(e.Bytes); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	s := []Signed{mustSign(b, aContent())}
	k, rnd := keyFor(s[0].Op), chance(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SealOps(rnd, testGroup, k, KindOps, 2968, nil, s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens with the third of the keys it tries, as a reader of three compartments does.
func BenchmarkOpen(b *testing.B) {
	e, k := benchEnvelope(b)
	keys := []Key{testKeys.AuthKey(testEID), testKeys.ContentKey(testEID, 0), k}
	b.SetBytes(int64(len(e.Bytes)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := OpenOps(testGroup, e, keys); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAccept is all that this package does for one envelope that comes in.
func BenchmarkAccept(b *testing.B) {
	in, k := benchEnvelope(b)
	keys := []Key{testKeys.AuthKey(testEID), testKeys.ContentKey(testEID, 0), k}
	b.ReportAllocs()
	for b.Loop() {
		e, err := DecodeEnvelope(in.Bytes)
		if err != nil {
			b.Fatal(err)
		}
		ops, _, err := OpenOps(testGroup, e, keys)
		if err != nil {
			b.Fatal(err)
		}
		if err := ops[0].Verify(testPub); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPayload(b *testing.B) {
	data := make([]byte, kp1.MaxPayload)
	rnd := chance(1)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		e, err := SealPayload(rnd, testGroup, testEID, 0, 1, [32]byte{1}, nil, data)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := OpenPayload(testGroup, e, 0, [32]byte{1}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBoxes seals the boxes of a Rekey for 24 devices, and opens them as the device whose box lies last.
func BenchmarkBoxes(b *testing.B) {
	k := boxKeyOf(b, 1)
	to := make([]BoxTo, 24)
	for i := range to {
		to[i] = BoxTo{Device: kp1.DID{1}, Public: k.Public(), Plain: emptyLockbox()}
	}
	b.Run("seal 24", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := SealBoxes(kp1.LabelLockbox, testGroup, testEID, to); err != nil {
				b.Fatal(err)
			}
		}
	})
	boxes, err := SealBoxes(kp1.LabelLockbox, testGroup, testEID, to)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("try 24 in vain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := OpenBoxes(kp1.LabelLockbox, testGroup, testEID, kp1.DID{9}, k, boxes); err == nil {
				b.Fatal("opened")
			}
		}
	})
}
