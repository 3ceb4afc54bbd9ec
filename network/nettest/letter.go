package nettest

import (
	"crypto/sha256"
	"encoding/binary"
)

// boxExtra is what a box adds to what is in it: an X-Wing encapsulation and a tag.
const boxExtra = 1120 + 16

// Letter makes an envelope as a mailbox takes it, sealed bytes of nothing: of kind 1 (ops), 2 (a Rekey with eight boxes),
// 4 (a payload, which DeleteToken of the same seed has deleted), 7 (a request) or 8 (a welcome).
func Letter(kind uint8, seed string, week uint64) []byte { return LetterOf(kind, seed, week, 256) }

// LetterOf is Letter with so many bytes sealed: 256, 512, 1,024 and so on.
func LetterOf(kind uint8, seed string, week uint64, sealed int) []byte {
	sum := sha256.Sum256([]byte(seed))
	if kind >= 7 { // sealed to one person alone
		b := cborHead(cborText(cborBytes(cborText(cborHead(nil, 5, 5), "e"), sum[:16]), "n"), 0, uint64(kind))
		b = cborHead(cborText(cborHead(cborText(b, "v"), 0, 1), "w"), 0, week)
		y := make([]byte, sealed+boxExtra)
		copy(y, seed)
		return cborBytes(cborText(b, "y"), y)
	}
	n := uint64(7)
	if kind == 2 || kind == 4 {
		n++
	}
	b := cborBytes(cborText(cborHead(nil, 5, n), "e"), sum[:16])
	if kind == 2 {
		b = cborHead(cborText(b, "l"), 4, 8)
		for i := range 8 {
			box := make([]byte, 1400)
			box[0] = byte(i)
			copy(box[1:], sum[:])
			b = cborBytes(b, box)
		}
	}
	b = cborBytes(cborText(b, "m"), sum[:])
	b = cborHead(cborText(b, "n"), 0, uint64(kind))
	b = cborBytes(cborText(b, "s"), sum[:])
	b = cborHead(cborText(b, "v"), 0, 1)
	b = cborHead(cborText(b, "w"), 0, week)
	y := make([]byte, sealed+16)
	copy(y, seed)
	b = cborBytes(cborText(b, "y"), y)
	if kind == 4 {
		t := DeleteToken(seed)
		t = sha256.Sum256(t[:])
		b = cborBytes(cborText(b, "dt"), t[:])
	}
	return b
}

// DeleteToken is what has the Letter of a seed deleted.
func DeleteToken(seed string) [32]byte { return sha256.Sum256([]byte("token " + seed)) }

func cborText(b []byte, s string) []byte  { return append(cborHead(b, 3, uint64(len(s))), s...) }
func cborBytes(b []byte, d []byte) []byte { return append(cborHead(b, 2, uint64(len(d))), d...) }

func cborHead(b []byte, major byte, n uint64) []byte {
	switch major <<= 5; {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
}
