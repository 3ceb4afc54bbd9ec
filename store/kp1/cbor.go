package kp1

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

var encMode, decMode = modes()

// modes builds the two modes once; they are safe for concurrent use.
func modes() (cbor.EncMode, cbor.DecMode) {
	em, err := cbor.EncOptions{
		Sort:          cbor.SortLengthFirst,
		IndefLength:   cbor.IndefLengthForbidden,
		NilContainers: cbor.NilContainerAsEmpty,
	}.EncMode()
	if err != nil {
		panic("kp1: " + err.Error())
	}
	dm, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		MaxNestedLevels:   2 * MaxDepth, // Check has counted before, and does not count tags
		MaxMapPairs:       MaxEntries,
		MaxArrayElements:  MaxElements,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode()
	if err != nil {
		panic("kp1: " + err.Error())
	}
	return em, dm
}

// Marshal returns the canonical bytes of v. A nil slice or map is written as an empty one; a field that may be absent
// needs omitempty, because there is no null. It returns an error wrapping ErrForm when v holds something the canonical
// form has no place for: a negative number, a float, null, text that is not NFC.
func Marshal(v any) ([]byte, error) {
	b, err := encMode.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%T: %w: %w", v, errNotStruct, err)
	}
	if err := Check(b); err != nil {
		return nil, fmt.Errorf("%T: %w", v, err)
	}
	return b, nil
}

// Unmarshal decodes b into v, a pointer, if b is canonical (see Check) and has the shape of v: a byte string fits a
// [32]byte only when it is 32 bytes long, an array a [6]T only when it has six elements. Map keys that v does not know
// are ignored; where the protocol says that a map is closed, see UnmarshalClosed. What is absent leaves v's field as it
// is. It keeps no reference to b. Its error wraps ErrForm or ErrTooBig; v may then be half filled.
func Unmarshal(b []byte, v any) error {
	if err := Check(b); err != nil {
		return err
	}
	if err := fits(b, v, false); err != nil {
		return err
	}
	return decode(b, v)
}

// UnmarshalClosed is Unmarshal for maps with no room for the unknown: a key that v does not know is ErrForm.
func UnmarshalClosed(b []byte, v any) error {
	if err := Check(b); err != nil {
		return err
	}
	if err := fits(b, v, true); err != nil {
		return err
	}
	return decode(b, v)
}

func decode(b []byte, v any) error {
	if err := decMode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", errShape, err)
	}
	return nil
}
