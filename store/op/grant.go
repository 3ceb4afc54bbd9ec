package op

import (
	"bytes"
	"slices"

	"kith/store/kp1"
)

// Tag says what a key in a Grant is; the tags of compartment keys have the compartment added.
type Tag uint8

// The tags of a Grant's entries. The numbers are part of the format.
const (
	TagKey     Tag = 0x00 // + c: K of an epoch and compartment c
	TagContent Tag = 0x10 // + c: the content key of an epoch and compartment c
	TagAuth    Tag = 0x20 // the auth key of an epoch
	TagPayload Tag = 0x30 // a payload's key; Ref is the start of the payload envelope's id
)

// Entry is one key in a Grant. A reader checks every key against what it claims to be, and passes over tags it does
// not know.
type Entry struct {
	Tag Tag
	Ref [16]byte // an epoch's id, or the first 16 bytes of a payload envelope's id
	Key [32]byte
}

const entrySize = 1 + 16 + 32

func (e Entry) append(b []byte) []byte {
	b = append(b, byte(e.Tag))
	b = append(b, e.Ref[:]...)
	return append(b, e.Key[:]...)
}

// Compare orders entries by their bytes.
func (e Entry) Compare(o Entry) int {
	return bytes.Compare(e.append(make([]byte, 0, entrySize)), o.append(make([]byte, 0, entrySize)))
}

// EncodeGrants returns what the boxes of one Grant hold, one element for each list of entries, all equally long. It
// sorts each list, in a copy. More than 1,024 entries for one device are kp1.ErrTooBig: make a second Grant.
func EncodeGrants(lists ...[]Entry) ([][]byte, error) {
	most := 0
	for _, l := range lists {
		if len(l) == 0 {
			return nil, malformed("grant of nothing")
		}
		most = max(most, len(l))
	}
	if most > kp1.MaxGrantEntries {
		return nil, tooBig("%d keys in a grant", most)
	}
	size := Bucket(lengthSize + most*entrySize)
	out := make([][]byte, len(lists))
	for i, l := range lists {
		b := make([]byte, 0, len(l)*entrySize)
		for _, e := range slices.SortedFunc(slices.Values(l), Entry.Compare) {
			b = e.append(b)
		}
		out[i] = pad(b, size)
	}
	return out, nil
}

// DecodeGrant reads what one box of a Grant holds. Entries come in the order they have there.
func DecodeGrant(b []byte) ([]Entry, error) {
	if len(b) > Bucket(lengthSize+kp1.MaxGrantEntries*entrySize) {
		return nil, tooBig("grant of %d bytes", len(b))
	}
	data, err := unpadAny(b)
	if err != nil {
		return nil, err
	}
	n := len(data) / entrySize
	switch {
	case n > kp1.MaxGrantEntries:
		return nil, tooBig("%d keys in a grant", n)
	case n == 0 || len(data)%entrySize != 0:
		return nil, malformed("grant of %d bytes", len(data))
	}
	out := make([]Entry, n)
	for i := range out {
		e := data[i*entrySize:]
		out[i] = Entry{Tag: Tag(e[0]), Ref: [16]byte(e[1:17]), Key: [32]byte(e[17:entrySize])}
	}
	return out, nil
}
