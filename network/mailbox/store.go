package mailbox

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// Tx is one transaction over an ordered map from bytes to bytes, which is all that a shelf needs of a disk. Everything
// a shelf knows for longer than a moment lies there: its file is its backup. Keys and values that are handed out stay
// good until the transaction ends and must not be changed; those handed in may be kept until then.
type Tx interface {
	Get(key []byte) []byte                        // nil when it is not there
	Set(key, value []byte) error                  // a nil value takes the key away
	Scan(prefix []byte) iter.Seq2[[]byte, []byte] // ascending; nothing is set while it runs
}

// ErrDamaged says that a record does not read as it was written. It is no Refusal.
var ErrDamaged = errors.New("mailbox record damaged")

// Key is the public key that names a mailbox. Whoever holds its other half reads there.
type Key [32]byte

// Ticket is a bearer value by which a tenant's people may put envelopes. The zero ticket is none.
type Ticket [32]byte

// Tenant is one paired group as the keeper knows it: a random number with nothing of the group's own in it.
type Tenant [16]byte

// The first byte of a key says what lies under it. The numbers stand in files: never reused.
const (
	atClock  byte = 1  // one record
	atTenant byte = 2  // tenant
	atTicket byte = 3  // SHA-256 of a ticket -> tenant and role
	atNumber byte = 8  // one record: the number that the next mailbox gets
	atBox    byte = 9  // mailbox
	atItem   byte = 10 // mailbox's number, envelope id -> where the envelope is
	atBytes  byte = 11 // mailbox's number, place -> the envelope
	atGone   byte = 12 // mailbox's number, envelope id -> until when it stays deleted
)

// In the files of version 1 envelopes lay by their ids, and mailboxes had no numbers. Only Upgrade knows of these.
const (
	oldBox   byte = 4 // mailbox
	oldItem  byte = 5 // mailbox, week, envelope id
	oldBytes byte = 6 // mailbox, envelope id -> the envelope
	oldGone  byte = 7 // mailbox, envelope id -> until when it stays deleted
)

// Appended reports whether a key is one of those that come in order, each after all others of its mailbox: the envelopes',
// which are nearly all the bytes. A file may pack these full; the rest comes in no order.
func Appended(key []byte) bool { return len(key) > 0 && key[0] == atBytes }

func at(what byte, parts ...[]byte) []byte {
	return append([]byte{what}, bytes.Join(parts, nil)...)
}

// in is a key inside the mailbox of that number.
func in(what byte, number uint64, rest ...byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{what}, number), rest...)
}

// placeKey is where an envelope lies.
func placeKey(number, place uint64) []byte {
	return binary.BigEndian.AppendUint64(in(atBytes, number), place)
}

// Roles of a ticket.
const (
	asMember byte = 1
	asAdmin  byte = 2
)

// recordVersion is the first byte of every record but the envelopes themselves.
const recordVersion byte = 1

// clockRecord is the keeper's clock when it was last looked at, and how old the shelf was then: its own time, which
// never goes back.
type clockRecord struct {
	Wall int64  // unix seconds
	Age  uint64 // seconds
}

// tenantRecord is a paired group.
type tenantRecord struct {
	Member, Admin         [32]byte // SHA-256 of its tickets
	Mailboxes, Rendezvous uint32
	Count                 uint32 // envelopes and the memory of deleted ones, rendezvous mailboxes apart
	Bytes                 uint64
}

// ticketRecord says whose a ticket is.
type ticketRecord struct {
	Tenant Tenant
	Role   byte
}

// numberRecord is the number that the next mailbox gets. Numbers are never used again.
type numberRecord struct{ Next uint64 }

// boxRecord is one mailbox. A mailbox is there as long as something is in it, or, for a rendezvous, until its end.
type boxRecord struct {
	Number uint64 // short for its key; from 1 on
	Next   uint64 // the place of the next envelope: they lie as they came
	Tenant Tenant
	Until  uint64 // age at which a rendezvous mailbox ends; 0 for any other
	Count  uint32 // envelopes
	Gone   uint32 // memories of deleted ones
	Bytes  uint64
	First  uint64 // nothing in it is due before this age
}

// itemRecord is one envelope.
type itemRecord struct {
	Place   uint64
	Week    uint64
	Arrived uint64 // age
	Size    uint32
	Kind    Kind
}

// goneRecord is the memory of one that was deleted.
type goneRecord struct{ Until uint64 }

func encode(record any) []byte {
	b, err := binary.Append([]byte{recordVersion}, binary.BigEndian, record)
	if err != nil {
		panic("mailbox: " + err.Error()) // records are of fixed size
	}
	return b
}

// decode reads what encode wrote and nothing else.
func decode[R any](b []byte) (r R, err error) {
	if len(b) != 1+binary.Size(r) || b[0] != recordVersion {
		return r, fmt.Errorf("%T of %d bytes: %w", r, len(b), ErrDamaged)
	}
	if _, err := binary.Decode(b[1:], binary.BigEndian, &r); err != nil {
		return r, fmt.Errorf("%T: %w", r, errors.Join(ErrDamaged, err))
	}
	return r, nil
}

// load reads a record that may not be there.
func load[R any](tx Tx, key []byte) (r R, there bool, err error) {
	b := tx.Get(key)
	if b == nil {
		return r, false, nil
	}
	r, err = decode[R](b)
	return r, err == nil, err
}

// idIn is the envelope's id at the end of a key.
func idIn(key []byte) (id [32]byte, err error) {
	if len(key) != 1+8+32 {
		return id, fmt.Errorf("key of %d bytes: %w", len(key), ErrDamaged)
	}
	return [32]byte(key[len(key)-32:]), nil
}
