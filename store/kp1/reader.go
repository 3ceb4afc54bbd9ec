package kp1

import "encoding/binary"

// A Reader takes canonical values off the front of bytes, without reflection and without copying: what Bytes and Text
// return aliases the input. The first refusal sticks: every later call returns a zero value, and Err and Done tell it.
// It sees shortest lengths and kinds; order of keys, nesting and NFC are Check's business, so call Check first on
// anything whose every byte the caller does not compare itself.
type Reader struct {
	b   []byte
	err error
}

// NewReader returns a Reader over b.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err returns the first refusal, or nil.
func (r *Reader) Err() error { return r.err }

// Done returns the first refusal; bytes that are left over are one.
func (r *Reader) Done() error {
	if r.err == nil && len(r.b) != 0 {
		r.err = errTrailing
	}
	return r.err
}

// Fail records a refusal of the caller's own, unless there is one already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Rest returns what is not yet read.
func (r *Reader) Rest() []byte { return r.b }

func (r *Reader) take(want byte) uint64 {
	if r.err != nil {
		return 0
	}
	major, n, rest, err := head(r.b)
	if err == nil && major != want {
		err = errShape
	}
	if err != nil {
		r.err = err
		return 0
	}
	r.b = rest
	return n
}

func (r *Reader) cut(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.b)) {
		r.err = errShort
	}
	if r.err != nil {
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// Uint reads a number.
func (r *Reader) Uint() uint64 { return r.take(majorUint) }

// Bytes reads a byte string.
func (r *Reader) Bytes() []byte { return r.cut(r.take(majorBytes)) }

// Text reads a text string, as bytes.
func (r *Reader) Text() []byte { return r.cut(r.take(majorText)) }

// Fill reads a byte string that has exactly the length of dst.
func (r *Reader) Fill(dst []byte) {
	if b := r.Bytes(); r.err == nil && len(b) != len(dst) {
		r.err = errShape
	} else {
		copy(dst, b)
	}
}

// Array reads the head of an array of at most limit elements and returns their number.
func (r *Reader) Array(limit int) int { return r.count(majorArray, limit) }

// Map reads the head of a map and returns the number of its entries, each a Text followed by a value.
func (r *Reader) Map() int { return r.count(majorMap, MaxEntries) }

func (r *Reader) count(major byte, limit int) int {
	n := r.take(major)
	if r.err == nil && n > uint64(limit) {
		r.err = errElements
		return 0
	}
	if r.err == nil && n > uint64(len(r.b)) {
		r.err = errShort
		return 0
	}
	return int(n)
}

// Link reads a link.
func (r *Reader) Link() (id ID) {
	if r.err == nil && (len(r.b) < LinkSize || string(r.b[:len(linkPrefix)]) != linkPrefix) {
		r.err = errTag
	}
	if r.err != nil {
		return ID{}
	}
	copy(id[:], r.b[len(linkPrefix):])
	r.b = r.b[LinkSize:]
	return id
}

// Links reads an array of at most limit links that ascend strictly.
func (r *Reader) Links(limit int) []ID {
	n := r.Array(limit)
	if r.err != nil || n == 0 {
		return nil
	}
	if len(r.b) < n*LinkSize {
		r.err = errShort
		return nil
	}
	out := make([]ID, n)
	for i := range out {
		out[i] = r.Link()
		if r.err == nil && i > 0 && out[i-1].Compare(out[i]) >= 0 {
			r.err = errOrder
		}
	}
	return out
}

// Skip passes over one value and returns its bytes.
func (r *Reader) Skip() []byte {
	if r.err != nil {
		return nil
	}
	rest, err := check(r.b, 0)
	if err != nil {
		r.err = err
		return nil
	}
	return r.cut(uint64(len(r.b) - len(rest)))
}

// appendHead appends major type and number in the shortest form.
func appendHead(dst []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n < 1<<8:
		return append(dst, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), n)
}

// AppendUint appends a number.
func AppendUint(dst []byte, n uint64) []byte { return appendHead(dst, majorUint, n) }

// AppendBytes appends a byte string.
func AppendBytes(dst, b []byte) []byte {
	return append(appendHead(dst, majorBytes, uint64(len(b))), b...)
}

// AppendText appends a text string; s must be normal.
func AppendText(dst []byte, s string) []byte {
	return append(appendHead(dst, majorText, uint64(len(s))), s...)
}

// AppendArray appends the head of an array of n elements.
func AppendArray(dst []byte, n int) []byte { return appendHead(dst, majorArray, uint64(n)) }

// AppendMap appends the head of a map of n entries; the caller appends keys in order.
func AppendMap(dst []byte, n int) []byte { return appendHead(dst, majorMap, uint64(n)) }

// AppendLinks appends an array of links.
func AppendLinks(dst []byte, ids []ID) []byte {
	dst = AppendArray(dst, len(ids))
	for _, id := range ids {
		dst = AppendLink(dst, id)
	}
	return dst
}
