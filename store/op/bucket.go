package op

import (
	"encoding/binary"
	"math/bits"
)

// Bucket returns the padded size, in bytes, of something of n bytes, its length included: 256, 512, 1,024, 2,048 or
// 4,096, and above that the next multiple of P/8, where P is the smallest power of two that holds n.
func Bucket(n int) int {
	if n <= 256 {
		return 256
	}
	p := 1 << bits.Len(uint(n-1))
	if p <= 4096 {
		return p
	}
	step := p / 8
	return (n + step - 1) / step * step
}

// lengthSize is the size of the length that stands before padded data.
const lengthSize = 4

// pad returns length, data and zeros up to size, with room for a tag behind.
func pad(data []byte, size int) []byte {
	pt := make([]byte, size, size+tagSize)
	binary.BigEndian.PutUint32(pt, uint32(len(data)))
	copy(pt[lengthSize:], data)
	return pt
}

// Pad returns data as it is padded inside a box: its length as four bytes big-endian, data, zeros up to the bucket.
func Pad(data []byte) []byte { return pad(data, Bucket(lengthSize+len(data))) }

// Unpad returns the data inside what Pad returns. Padding that is not zero, and any size that is not the bucket of the
// data, is kp1.ErrForm. The result aliases pt.
func Unpad(pt []byte) ([]byte, error) {
	data, err := unpadAny(pt)
	if err == nil && len(pt) != Bucket(lengthSize+len(data)) {
		return nil, malformed("padded size %d", len(pt))
	}
	return data, err
}

// unpadAny is Unpad where several things are padded to the size of the longest.
func unpadAny(pt []byte) ([]byte, error) {
	if len(pt) < lengthSize || Bucket(len(pt)) != len(pt) {
		return nil, malformed("padded size %d", len(pt))
	}
	n := uint64(binary.BigEndian.Uint32(pt))
	if n > uint64(len(pt)-lengthSize) {
		return nil, malformed("padded length %d", n)
	}
	end := lengthSize + int(n)
	for _, c := range pt[end:] {
		if c != 0 {
			return nil, malformed("padding not zero")
		}
	}
	return pt[lengthSize:end:end], nil
}
