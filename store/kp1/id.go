package kp1

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// ID is the SHA-256 digest inside the CIDv1 (dag-cbor) of an op or an envelope. The zero value means "none".
type ID [32]byte

// cidPrefix is CID version 1, dag-cbor, sha2-256, 32 bytes: the only kind of CID in v 1.
const cidPrefix = "\x01\x71\x12\x20"

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Sum returns the id of encoded bytes.
func Sum(b []byte) ID { return sha256.Sum256(b) }

// CID returns the id as a CIDv1.
func (id ID) CID() cid.Cid {
	mh, err := multihash.Encode(id[:], multihash.SHA2_256)
	if err != nil {
		panic("kp1: " + err.Error()) // 32 bytes of sha2-256 always encode
	}
	return cid.NewCidV1(cid.DagCBOR, mh)
}

// String returns the CIDv1 in base32, as other tools print it ("bafyrei...").
func (id ID) String() string {
	return "b" + base32Lower.EncodeToString(append([]byte(cidPrefix), id[:]...))
}

// Short returns the last eight letters of String: enough for a log line, not for a lookup.
func (id ID) Short() string { s := id.String(); return s[len(s)-8:] }

// IsZero reports whether the id is "none".
func (id ID) IsZero() bool { return id == ID{} }

// Compare orders ids by bytes.
func (id ID) Compare(o ID) int { return bytes.Compare(id[:], o[:]) }

// Link returns the id in the form in which CBOR holds it.
func (id ID) Link() Link { return Link(id) }

// ParseID reads what String returns. Any other spelling of the same CID is refused with ErrForm.
func ParseID(s string) (ID, error) {
	c, err := cid.Decode(s)
	if err != nil {
		return ID{}, fmt.Errorf("id %.80q: %w", s, ErrForm)
	}
	var id ID
	b := c.Bytes()
	if len(b) != len(cidPrefix)+len(id) || string(b[:len(cidPrefix)]) != cidPrefix {
		return ID{}, fmt.Errorf("id %.80q: %w", s, ErrForm)
	}
	copy(id[:], b[len(cidPrefix):])
	if id.String() != s {
		return ID{}, fmt.Errorf("id %.80q: %w", s, ErrForm)
	}
	return id, nil
}

// Link is an ID as CBOR holds it: tag 42 over a zero byte and the CID. Use it in the fields of encoded structs.
type Link ID

// linkPrefix is what stands before the digest in every encoded link.
const linkPrefix = "\xd8\x2a\x58\x25\x00" + cidPrefix

// LinkSize is the encoded size of a link in bytes.
const LinkSize = len(linkPrefix) + 32

// AppendLink appends the encoded link of id.
func AppendLink(dst []byte, id ID) []byte { return append(append(dst, linkPrefix...), id[:]...) }

// MarshalCBOR returns the 41 bytes of the link.
func (l Link) MarshalCBOR() ([]byte, error) { return AppendLink(make([]byte, 0, LinkSize), ID(l)), nil }

// UnmarshalCBOR reads exactly what MarshalCBOR writes; all else is ErrForm.
func (l *Link) UnmarshalCBOR(b []byte) error {
	if len(b) != LinkSize || string(b[:len(linkPrefix)]) != linkPrefix {
		return fmt.Errorf("link: %w", ErrForm)
	}
	copy(l[:], b[len(linkPrefix):])
	return nil
}

// Links turns ids into links, in the same order.
func Links(ids []ID) []Link {
	out := make([]Link, len(ids))
	for i, id := range ids {
		out[i] = Link(id)
	}
	return out
}

// IDs turns links into ids, in the same order.
func IDs(links []Link) []ID {
	out := make([]ID, len(links))
	for i, l := range links {
		out[i] = ID(l)
	}
	return out
}
