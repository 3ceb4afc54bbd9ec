// Package group holds who belongs to a group and what each person may do there: membership as a signed graph, its
// resolver, and the epochs whose keys the members share (protocol sections 3.2, 4, 5.1 to 5.4 and 5.6). It is pure: it
// never touches clock, disk, network or randomness, and it holds no secret key.
package group

import (
	"fmt"
	"strings"

	"kith/store/kp1"
)

// Version is the newest version of auth ops this build understands. A group whose policy asks for more is read-only here.
const Version = 1

// Types of auth ops (protocol 6.3).
const (
	TypeGenesis      = "auth/genesis"
	TypeAdmit        = "auth/admit"
	TypeAddDevice    = "auth/add-device"
	TypeConfirm      = "auth/confirm"
	TypeKeyUpdate    = "auth/key-update"
	TypeRemove       = "auth/remove"
	TypeRevokeDevice = "auth/revoke-device"
	TypeSetRole      = "auth/set-role"
	TypePropose      = "auth/propose"
	TypeApprove      = "auth/approve"
	TypeRekey        = "auth/rekey"
	TypeGrant        = "auth/grant"
	TypeAdmitLate    = "auth/admit-late"
	TypePolicy       = "auth/policy"
	TypeEvidence     = "auth/evidence"
	TypeVote         = "auth/vote"
	TypeElect        = "auth/elect"
	TypeAck          = "auth/ack"
)

// typePrefix begins the type of every op on the auth chain.
const typePrefix = "auth/"

// Op is one auth op whose id and signature the caller has already checked. The log keeps it; the caller must not
// change what its slices point to.
type Op struct {
	ID     kp1.ID
	V      uint64
	Type   string
	Device kp1.DID
	Seq    uint64
	Prev   kp1.ID   // zero exactly at seq 1
	Auth   []kp1.ID // auth heads the author named, ascending
	Time   uint64   // unix seconds the author claims; decides nothing
	Body   []byte   // canonical CBOR map
}

// Refusals. Those of an op that is filed all the same come from Standing, those of an op that is not from Add.
var (
	// ErrMalformed says that an op or a body does not have the form its type asks for.
	ErrMalformed = &kp1.Error{ECode: "E_MALFORMED", Msg: "auth op malformed"}
	// ErrUnknownType says that this build does not know the type or version of an auth op.
	ErrUnknownType = &kp1.Error{ECode: "E_UNKNOWN_TYPE", Msg: "auth op of an unknown type"}
	// ErrStranger says that nothing in the op's past names its device.
	ErrStranger = &kp1.Error{ECode: "E_STRANGER", Msg: "device not named in the op's past"}
	// ErrChain says that seq and prev do not continue the device's chain.
	ErrChain = &kp1.Error{ECode: "E_CHAIN", Msg: "device chain broken"}
	// ErrWaiting says that an op is kept, but waits behind a fence until somebody vouches for it (protocol 4.6).
	ErrWaiting = &kp1.Error{ECode: "E_WAITING", Msg: "auth op waits for a voucher"}
	// ErrNotAllowed says that table 4.1 does not let the signers do this in the op's own past.
	ErrNotAllowed = &kp1.Error{ECode: "E_NOT_ALLOWED", Msg: "not allowed"}
	// ErrOut says that the author, or the author's device, is not in the group in the op's past.
	ErrOut = &kp1.Error{ECode: "E_OUT", Msg: "author is not in the group"}
	// ErrQuorum says that the action needs a second person of admin rank, or a steward.
	ErrQuorum = &kp1.Error{ECode: "E_QUORUM", Msg: "needs a second admin or a steward"}
	// ErrLastAdmin says that the last person of rank admin or steward cannot leave or step down.
	ErrLastAdmin = &kp1.Error{ECode: "E_LAST_ADMIN", Msg: "last admin cannot go"}
	// ErrSpent says that a proposal was approved before, or that its subject has changed since.
	ErrSpent = &kp1.Error{ECode: "E_SPENT", Msg: "proposal spent"}
	// ErrTaken says that a device key, HPKE key or PeerID belongs to another device of the group.
	ErrTaken = &kp1.Error{ECode: "E_TAKEN", Msg: "key in use by another device"}
	// ErrFull says that the group has as many members or devices as it may.
	ErrFull = &kp1.Error{ECode: "E_FULL", Msg: "group is full"}
	// ErrForged says that a signature inside a body is not what it claims to be.
	ErrForged = &kp1.Error{ECode: "E_FORGED", Msg: "signature inside the op does not hold"}
	// ErrUndone says that a valid op has no effect, because its author was removed meanwhile or rests on what has none.
	ErrUndone = &kp1.Error{ECode: "E_UNDONE", Msg: "undone by a removal"}
)

// MissingError says which ops an op needs that are not here yet.
type MissingError struct{ IDs []kp1.ID }

// Error names the first missing op and counts the rest.
func (e *MissingError) Error() string {
	if len(e.IDs) == 0 {
		return "auth ops missing"
	}
	return fmt.Sprintf("auth op %s and %d more missing", e.IDs[0].Short(), len(e.IDs)-1)
}

// Code returns the stable code.
func (e *MissingError) Code() string { return "E_MISSING" }

// IsAuth reports whether an op of this type belongs to the auth chain.
func IsAuth(typ string) bool { return strings.HasPrefix(typ, typePrefix) }

// mayRead reports whether a person of this rank reads, and may write, in a compartment.
func mayRead(rank, comp uint8) bool {
	switch comp {
	case kp1.CompAll:
		return true
	case kp1.CompTeam:
		return rank >= kp1.RankMember
	case kp1.CompAdmin:
		return rank >= kp1.RankAdmin
	}
	return false
}
