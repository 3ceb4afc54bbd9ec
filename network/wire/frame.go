// Package wire holds the frames that devices and mailboxes speak: how each is written, read and bounded
// (docs/spec/sync.md, docs/spec/mailbox.md). It never touches a connection's meaning: no keys, no peers, no ledger.
package wire

import (
	"errors"
	"fmt"
)

// Kind says what a frame is. Numbers of the wire: never reused, never reordered.
type Kind uint8

// The frames of a hello, of a group's lane, and of a mailbox.
const (
	Nonce  Kind = 1 // 32 random bytes of the responder, or of the mailbox
	Hello  Kind = 2 // 32 random bytes of the initiator and its tags
	Answer Kind = 3 // the responder's tags
	Busy   Kind = 4 // not now, or not for you: one and the same

	Addrs     Kind = 16 // where the sender can be met, sealed
	Recon     Kind = 17 // one reconciliation message
	Offer     Kind = 18 // ids the receiver may lack
	Want      Kind = 19 // ids to send
	WantRange Kind = 20 // a range to send
	Env       Kind = 21 // an envelope that was asked for
	Push      Kind = 22 // an envelope that is new
	Served    Kind = 23 // the oldest Want or WantRange is answered
	Stored    Kind = 24 // which of the envelopes sent are on disk
	Done      Kind = 25 // 0: all that was wanted of a round is on disk; 1: the sender opens another round later
	Gone      Kind = 26 // what the receiver holds and the sender never takes again: it was taken away
	Echo      Kind = 28 // in a bundle: parcels of others that its writer has read
	Word      Kind = 27 // ends a lane in a bundle: who wrote it, and that they have what it names

	Login   Kind = 32 // who may use a mailbox
	Open    Kind = 33 // makes a rendezvous mailbox
	OK      Kind = 34 // done; for a Put: after the commit
	Refused Kind = 35 // not done, and why
	Put     Kind = 36 // an envelope for the mailbox
	Delete  Kind = 37 // takes a payload away, by its token
	Pair    Kind = 38 // who knows a pairing code
	Proof   Kind = 39 // the keeper knows it as well
	Tickets Kind = 42 // the tickets of a group that is paired
	Lack    Kind = 43 // asks what the other side lacks, as the last comparison has shown
	Watch   Kind = 44 // asks to be told when something new is put
	News    Kind = 45 // something new is there

	Knock Kind = 40 // who knows a linking code
	Say   Kind = 41 // one turn of a talk about a link, or the answer
)

// Limits, in bytes or counts.
const (
	MaxEnvelope = 320 << 10 // an envelope
	MaxRecon    = 64 << 10  // a reconciliation message
	MaxIDs      = 1000      // ids of one Offer or Want
	MaxTags     = 32        // tags of one hello
	MaxAddrs    = 4 << 10   // a sealed list of addresses
	MaxRefused  = 16 << 10  // what follows the count of a Stored
	MaxGone     = 500       // envelopes of one Gone
	MaxEcho     = 64        // parcels of one Echo

	idSize     = 32
	tagSize    = 16
	goneSize   = idSize + 32
	wordSize   = 32 + 64
	parcelSize = 16
	maxHeader  = 3                   // bytes of a frame's length
	maxFrame   = 2 + 1 + MaxEnvelope // kind, lane, body
	boundBytes = 1 + 10 + idSize     // a bound of a range, at most
)

// The errors of a frame that is refused. Nothing was allocated for it.
var (
	ErrTooLong    = errors.New("frame is too long")
	ErrMalformed  = errors.New("malformed frame")
	ErrUnexpected = errors.New("frame is not expected here")
)

// shape is the least and most bytes a kind's body may have, and whether a lane's number stands before it.
type shape struct {
	min, max int
	lane     bool
}

var shapes = map[Kind]shape{
	Nonce:  {32, 32, false},
	Hello:  {32 + 8*tagSize, 32 + MaxTags*tagSize, false},
	Answer: {8 * tagSize, MaxTags * tagSize, false},
	Busy:   {0, 0, false},

	Addrs:     {16, MaxAddrs, true},
	Recon:     {2, 1 + MaxRecon, true},
	Offer:     {idSize, MaxIDs * idSize, true},
	Want:      {idSize, MaxIDs * idSize, true},
	WantRange: {2, 2 * boundBytes, true},
	Env:       {1, MaxEnvelope, true},
	Push:      {1, MaxEnvelope, true},
	Served:    {0, 0, true},
	Stored:    {1, 3 + MaxRefused, true},
	Done:      {1, 1, true},
	Gone:      {goneSize, MaxGone * goneSize, true},
	Echo:      {parcelSize, MaxEcho * parcelSize, true},
	Word:      {wordSize, wordSize, true},

	Login:   {loginSize, loginSize + ticketSize, false},
	Open:    {openSize, openSize, false},
	OK:      {0, 0, false},
	Refused: {1, 1, false},
	Put:     {1, MaxEnvelope, false},
	Delete:  {deleteSize, deleteSize, false},
	Pair:    {pairSize, pairSize, false},
	Proof:   {32, 32, false},
	Tickets: {2 * ticketSize, 2 * ticketSize, false},
	Lack:    {0, 0, false},
	Watch:   {0, 0, false},
	News:    {0, 0, false},

	Knock: {32, 32, false},
	Say:   {0, MaxEnvelope, false},
}

// Frame is one frame. Lane numbers the group the two have in common; it is zero for kinds without one.
type Frame struct {
	Kind Kind
	Lane uint8
	Body []byte
}

func (f Frame) named(err error) error { return fmt.Errorf("frame %d: %w", f.Kind, err) }

// size is the bytes after the length.
func (s shape) size(body int) int {
	if s.lane {
		return 2 + body
	}
	return 1 + body
}
