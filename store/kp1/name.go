package kp1

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
)

// The ids of groups, members and devices are 32 bytes, those of epochs and invites 16. All are comparable, print as
// lower-case hex, and the zero value means "none".
type (
	GID [32]byte // group
	MID [32]byte // member: a person in one group
	DID [32]byte // device of a member
	EID [16]byte // epoch
	IID [16]byte // invite
)

// GroupID returns the id of the group founded with this salt by the device with this key (protocol 3.1).
func GroupID(salt [32]byte, device ed25519.PublicKey) GID { return L(LabelGID, LP(salt[:], device)) }

// MemberID returns the id of the member with this root key.
func MemberID(root ed25519.PublicKey) MID { return L(LabelMID, root) }

// DeviceID returns the id of the device with this signing key.
func DeviceID(device ed25519.PublicKey) DID { return L(LabelDID, device) }

// InviteID returns the id of the invite with this key.
func InviteID(invite ed25519.PublicKey) (i IID) {
	h := L(LabelIID, invite)
	copy(i[:], h[:])
	return i
}

// String returns lower-case hex.
func (g GID) String() string { return hex.EncodeToString(g[:]) }

// String returns lower-case hex.
func (m MID) String() string { return hex.EncodeToString(m[:]) }

// String returns lower-case hex.
func (d DID) String() string { return hex.EncodeToString(d[:]) }

// String returns lower-case hex.
func (e EID) String() string { return hex.EncodeToString(e[:]) }

// String returns lower-case hex.
func (i IID) String() string { return hex.EncodeToString(i[:]) }

// Short returns the first eight hex digits, for log lines.
func (g GID) Short() string { return hex.EncodeToString(g[:4]) }

// Short returns the first eight hex digits, for log lines.
func (m MID) Short() string { return hex.EncodeToString(m[:4]) }

// Short returns the first eight hex digits, for log lines.
func (d DID) Short() string { return hex.EncodeToString(d[:4]) }

// Short returns the first eight hex digits, for log lines.
func (e EID) Short() string { return hex.EncodeToString(e[:4]) }

// Short returns the first eight hex digits, for log lines.
func (i IID) Short() string { return hex.EncodeToString(i[:4]) }

// IsZero reports whether the id is "none".
func (g GID) IsZero() bool { return g == GID{} }

// IsZero reports whether the id is "none".
func (m MID) IsZero() bool { return m == MID{} }

// IsZero reports whether the id is "none".
func (d DID) IsZero() bool { return d == DID{} }

// IsZero reports whether the id is "none".
func (e EID) IsZero() bool { return e == EID{} }

// IsZero reports whether the id is "none".
func (i IID) IsZero() bool { return i == IID{} }

// Compare orders ids by bytes.
func (g GID) Compare(o GID) int { return bytes.Compare(g[:], o[:]) }

// Compare orders ids by bytes.
func (m MID) Compare(o MID) int { return bytes.Compare(m[:], o[:]) }

// Compare orders ids by bytes.
func (d DID) Compare(o DID) int { return bytes.Compare(d[:], o[:]) }

// Compare orders ids by bytes.
func (e EID) Compare(o EID) int { return bytes.Compare(e[:], o[:]) }

// Compare orders ids by bytes.
func (i IID) Compare(o IID) int { return bytes.Compare(i[:], o[:]) }

// ParseGID reads what GID.String returns.
func ParseGID(s string) (g GID, err error) {
	err = parseHex(g[:], s)
	return g, err
}

// ParseMID reads what MID.String returns.
func ParseMID(s string) (m MID, err error) {
	err = parseHex(m[:], s)
	return m, err
}

// ParseDID reads what DID.String returns.
func ParseDID(s string) (d DID, err error) {
	err = parseHex(d[:], s)
	return d, err
}

// ParseEID reads what EID.String returns.
func ParseEID(s string) (e EID, err error) {
	err = parseHex(e[:], s)
	return e, err
}

// ParseIID reads what IID.String returns.
func ParseIID(s string) (i IID, err error) {
	err = parseHex(i[:], s)
	return i, err
}

// parseHex fills dst from exactly as many lower-case hex digits as it needs.
func parseHex(dst []byte, s string) error {
	if len(s) != 2*len(dst) {
		return fmt.Errorf("id %.80q: %w", s, ErrForm)
	}
	b, err := hex.DecodeString(s)
	if err != nil || hex.EncodeToString(b) != s {
		return fmt.Errorf("id %.80q: %w", s, ErrForm)
	}
	copy(dst, b)
	return nil
}
