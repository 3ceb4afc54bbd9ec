package kp1

import (
	"bytes"
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

// UnmarshalVersion reads a closed map of at most limit bytes whose key "v" holds this very version. It takes only the bytes
// that encoding v again gives, so that no field can be missing where it must be. A later version is ErrNewer, whatever
// else it holds.
func UnmarshalVersion(b []byte, limit int, version uint64, v any) error {
	if len(b) > limit {
		return fmt.Errorf("%d bytes: %w", len(b), ErrTooBig)
	}
	var first struct {
		V uint64 `cbor:"v"`
	}
	if err := Unmarshal(b, &first); err != nil {
		return err
	}
	if first.V > version {
		return fmt.Errorf("version %d: %w", first.V, ErrNewer)
	}
	if first.V != version {
		return fmt.Errorf("version %d: %w", first.V, ErrForm)
	}
	if err := UnmarshalClosed(b, v); err != nil {
		return err
	}
	again, err := Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return fmt.Errorf("a field is missing or empty: %w", ErrForm)
	}
	return nil
}

func decode(b []byte, v any) error {
	if err := decMode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", errShape, err)
	}
	return nil
}
