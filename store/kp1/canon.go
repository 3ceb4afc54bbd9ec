package kp1

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Major types and simple values of CBOR that the canonical form knows.
const (
	majorUint  = 0
	majorBytes = 2
	majorText  = 3
	majorArray = 4
	majorMap   = 5
	majorTag   = 6

	simpleFalse = 0xf4
	simpleTrue  = 0xf5
)

// Check reports whether b is exactly one value in canonical form: DAG-CBOR with text keys sorted by length and then by
// bytes, shortest integers, definite lengths, no duplicate key, no float, no null, no negative integer, text in NFC,
// no tag but 42 over a CIDv1 of dag-cbor and sha2-256, at most MaxDepth arrays and maps inside one another and at most
// MaxEntries entries in a map. It says yes exactly where decoding and encoding again gives the same bytes, but it
// neither decodes nor allocates, so that it can stand before everything else. Its error wraps ErrForm or ErrTooBig.
func Check(b []byte) error {
	rest, err := check(b, 0)
	if err != nil {
		return err
	}
	if len(rest) != 0 {
		return errTrailing
	}
	return nil
}

// Errors without values in them, so that refusing costs no memory.
var (
	errTrailing  = fmt.Errorf("bytes after the value: %w", ErrForm)
	errShort     = fmt.Errorf("value cut short: %w", ErrForm)
	errLongInt   = fmt.Errorf("integer not in its shortest form: %w", ErrForm)
	errIndef     = fmt.Errorf("indefinite length: %w", ErrForm)
	errKind      = fmt.Errorf("float, null, negative or unknown value: %w", ErrForm)
	errTag       = fmt.Errorf("tag that is no link: %w", ErrForm)
	errKey       = fmt.Errorf("map key that is not text: %w", ErrForm)
	errKeyOrder  = fmt.Errorf("map keys not in order: %w", ErrForm)
	errText      = fmt.Errorf("text not UTF-8 in NFC: %w", ErrForm)
	errDeep      = fmt.Errorf("nesting: %w", ErrTooBig)
	errEntries   = fmt.Errorf("map entries: %w", ErrTooBig)
	errElements  = fmt.Errorf("array elements: %w", ErrTooBig)
	errShape     = fmt.Errorf("value of another kind or size than expected: %w", ErrForm)
	errNotStruct = fmt.Errorf("value cannot be encoded: %w", ErrForm)
	errOrder     = fmt.Errorf("list not in order: %w", ErrForm)
)

// head reads the first bytes of one value: its major type, its number, and what follows.
func head(b []byte) (major byte, n uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, 0, nil, errShort
	}
	major, info := b[0]>>5, b[0]&31
	b = b[1:]
	switch {
	case info < 24:
		return major, uint64(info), b, nil
	case info == 31:
		return 0, 0, nil, errIndef
	case info > 27:
		return 0, 0, nil, errKind
	}
	size := 1 << (info - 24)
	if len(b) < size {
		return 0, 0, nil, errShort
	}
	switch size {
	case 1:
		if n = uint64(b[0]); n < 24 {
			err = errLongInt
		}
	case 2:
		if n = uint64(binary.BigEndian.Uint16(b)); n < 1<<8 {
			err = errLongInt
		}
	case 4:
		if n = uint64(binary.BigEndian.Uint32(b)); n < 1<<16 {
			err = errLongInt
		}
	default:
		if n = binary.BigEndian.Uint64(b); n < 1<<32 {
			err = errLongInt
		}
	}
	return major, n, b[size:], err
}

// check walks one value and returns what follows it. depth counts the arrays and maps around it.
func check(b []byte, depth int) ([]byte, error) {
	if len(b) > 0 && (b[0] == simpleFalse || b[0] == simpleTrue) {
		return b[1:], nil
	}
	if len(b) > 0 && b[0]>>5 == 7 {
		return nil, errKind
	}
	major, n, rest, err := head(b)
	if err != nil {
		return nil, err
	}
	switch major {
	case majorUint:
		return rest, nil
	case majorBytes, majorText:
		if n > uint64(len(rest)) {
			return nil, errShort
		}
		if major == majorText && !normal(rest[:n]) {
			return nil, errText
		}
		return rest[n:], nil
	case majorArray:
		return checkArray(rest, n, depth+1)
	case majorMap:
		return checkMap(rest, n, depth+1)
	case majorTag:
		if len(b) < LinkSize || string(b[:len(linkPrefix)]) != linkPrefix {
			return nil, errTag
		}
		return b[LinkSize:], nil
	}
	return nil, errKind
}

func checkArray(b []byte, n uint64, depth int) (_ []byte, err error) {
	switch {
	case depth > MaxDepth:
		return nil, errDeep
	case n > MaxElements:
		return nil, errElements
	case n > uint64(len(b)):
		return nil, errShort
	}
	for ; n > 0; n-- {
		if b, err = check(b, depth); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func checkMap(b []byte, n uint64, depth int) ([]byte, error) {
	switch {
	case depth > MaxDepth:
		return nil, errDeep
	case n > MaxEntries:
		return nil, errEntries
	}
	var last []byte
	for i := range n {
		major, size, rest, err := head(b)
		if err != nil {
			return nil, err
		}
		if major != majorText {
			return nil, errKey
		}
		if size > uint64(len(rest)) {
			return nil, errShort
		}
		key := rest[:size]
		if !normal(key) {
			return nil, errText
		}
		if i > 0 && !keyBefore(last, key) {
			return nil, errKeyOrder
		}
		last = key
		if b, err = check(rest[size:], depth); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// keyBefore is the order of map keys: the shorter first, then by bytes.
func keyBefore(a, b []byte) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return bytes.Compare(a, b) < 0
}

// normal reports whether text is valid UTF-8 in NFC.
func normal(b []byte) bool {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return utf8.Valid(b[i:]) && norm.NFC.IsNormal(b)
		}
	}
	return true
}

// Normal returns s as text may stand in encoded bytes: NFC, with invalid bytes replaced. Rooms that take words from a
// person pass them through here before they encode them; Marshal refuses text that is not normal.
func Normal(s string) string {
	if utf8.ValidString(s) && norm.NFC.IsNormalString(s) {
		return s
	}
	return norm.NFC.String(string([]rune(s)))
}
