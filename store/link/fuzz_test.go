package link

import (
	"bytes"
	"testing"
)

func FuzzParseText(f *testing.F) {
	a := secret(f, Second).Ask(nil)
	text := must[string](f)(Text{Hash: a.Hash(), Addrs: []string{"/ip4/192.0.2.1/tcp/1/p2p/x"}, Expires: 5}.Encode())
	f.Add(text)
	f.Add("see " + text[:40] + "\n" + text[40:])
	f.Add("#\u200b<>")
	f.Fuzz(func(t *testing.T, s string) {
		x, err := ParseText(s)
		if err != nil {
			return
		}
		again, err := x.Encode()
		if err != nil {
			t.Fatalf("%q reads as what cannot be written: %v", s, err)
		}
		if y, err := ParseText(again); err != nil || y.Hash != x.Hash || y.Expires != x.Expires || y.Kind != x.Kind {
			t.Fatalf("ParseText(%q) = %v, %v", again, y, err)
		}
	})
}

// whole checks that what was read encodes to the very same bytes.
func whole[T interface{ Encode() ([]byte, error) }](f *testing.F, seed []byte, decode func([]byte) (T, error)) {
	f.Add(seed)
	f.Add([]byte("\xa1avV\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decode(b)
		if err != nil {
			return
		}
		if again, err := v.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x encodes as %x, %v", b, again, err)
		}
	})
}

func FuzzDecodeAsk(f *testing.F) {
	whole(f, must[[]byte](f)(secret(f, Back).Ask([][]byte{envelope(f)}).Encode()), decodeAsk)
}

func FuzzDecodeOffer(f *testing.F) {
	whole(f, must[[]byte](f)(offer(2).Encode()), DecodeOffer)
}

func FuzzDecodeDevices(f *testing.F) {
	whole(f, must[[]byte](f)(devices(f, 2).Encode()), DecodeDevices)
}

func FuzzDecodeAnswer(f *testing.F) {
	whole(f, must[[]byte](f)(answer(f).Encode()), DecodeAnswer)
}

func FuzzDecodeState(f *testing.F) {
	d := devices(f, 1)
	f.Add([]byte{0})
	f.Add([]byte{2})
	whole(f, must[[]byte](f)(State{Said: SaidSame, Devices: &d}.Encode()), DecodeState)
}

func FuzzDecodeAskFile(f *testing.F) {
	s := secret(f, Second)
	whole(f, must[[]byte](f)(AskFile{Ask: s.Ask(nil), Late: s.Late, Expires: 7, Fresh: true}.Encode()), DecodeAskFile)
}

func FuzzDecodeTurn(f *testing.F) {
	f.Add([]byte{1})
	f.Add([]byte{3, 1})
	f.Add([]byte{2, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := DecodeTurn(b)
		if err == nil && !bytes.Equal(x.Encode(), b) {
			t.Fatalf("%x encodes as %x", b, x.Encode())
		}
	})
}

func FuzzReadAnswerFile(f *testing.F) {
	a := secret(f, Second).Ask(nil)
	var out bytes.Buffer
	w := must[*AnswerWriter](f)(NewAnswerWriter(&out))
	_ = w.Offer(must[[]byte](f)(SealOffer(a, must[[]byte](f)(offer(1).Encode()))))
	_ = w.Answer(must[[]byte](f)(answer(f).Seal(a)))
	_ = w.Envelope(0, envelope(f))
	_ = w.End()
	f.Add(out.Bytes())
	f.Add([]byte(answerMagic + "\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		if _, err := ReadAnswerFile(bytes.NewReader(b), func(_ int, raw []byte) error { n += len(raw); return nil }); err == nil && n > len(b) {
			t.Fatalf("%d bytes gave envelopes of %d", len(b), n)
		}
	})
}
