package keeper

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"kith/network"
	"kith/network/mailbox"
)

// A code is a pairing that was offered. It stands in the file until its time is over, so that whoever used it may use it
// again with the same tickets, should the answer have been lost, and nobody else may use it at all.
type code struct {
	Key     [32]byte
	Expires uint64         // unix seconds, by the keeper's clock
	Tenant  mailbox.Tenant // whose tickets it sets
	Used    [32]byte       // SHA-256 of the tickets it was used with; zero while it was not
}

const codeVersion byte = 1

const (
	codesMost = 64 // open at a time
	// CodeLife is how long a pairing code holds.
	CodeLife = 7 * 24 * time.Hour
)

var codePrefix = []byte("pair/")

func codeName(id [16]byte) []byte { return append(bytes.Clone(codePrefix), id[:]...) }

func (c code) encode() []byte {
	b := append([]byte{codeVersion}, c.Key[:]...)
	b = binary.BigEndian.AppendUint64(b, c.Expires)
	return append(append(b, c.Tenant[:]...), c.Used[:]...)
}

func decodeCode(b []byte) (c code, err error) {
	if len(b) != 1+32+8+16+32 || b[0] != codeVersion {
		return code{}, fmt.Errorf("pairing record of %d bytes: %w", len(b), ErrDamaged)
	}
	copy(c.Key[:], b[1:33])
	c.Expires = binary.BigEndian.Uint64(b[33:41])
	copy(c.Tenant[:], b[41:57])
	copy(c.Used[:], b[57:])
	return c, nil
}

// ErrCodes says that too many pairing codes are open.
var ErrCodes = &Error{"E_TOO_MANY", "too many pairing codes are open; they last a week"}

// Offer makes a code that lets one new group pair, or, with a tenant, that sets new tickets for a group that is paired.
func (k *Keeper) Offer(ctx context.Context, c network.PairCode, t *mailbox.Tenant) error {
	made := code{Key: c.Key(), Expires: k.unix(CodeLife)}
	if t != nil {
		made.Tenant = *t
	} else {
		rand.Read(made.Tenant[:])
	}
	return k.file.write(ctx, 0, func(t tx) error {
		if n, err := dropCodes(t.keeper, k.unix(0)); err != nil || n >= codesMost {
			return firstOf(err, ErrCodes)
		}
		return t.keeper.Put(codeName(c.ID()), made.encode())
	})
}

func firstOf(err, or error) error {
	if err != nil {
		return err
	}
	return or
}

// dropCodes forgets codes that are over, and counts the others that nobody has used.
func dropCodes(b *bbolt.Bucket, now uint64) (open int, err error) {
	var over [][]byte
	for k, v := range (bucket{records: b}).Scan(codePrefix) {
		c, err := decodeCode(v)
		switch {
		case err != nil:
			return 0, err
		case c.Expires <= now:
			over = append(over, bytes.Clone(k))
		case c.Used == [32]byte{}:
			open++
		}
	}
	for _, k := range over {
		if err := b.Delete(k); err != nil {
			return 0, err
		}
	}
	return open, nil
}

// codeKey is the key of a code that is open, or was used and may be used again; zero for any other.
func (k *Keeper) codeKey(id [16]byte) (key [32]byte, err error) {
	err = k.file.read(func(t tx) error {
		b := t.keeper.Get(codeName(id))
		if b == nil {
			return nil
		}
		c, err := decodeCode(b)
		if err == nil && c.Expires > k.unix(0) {
			key = c.Key
		}
		return err
	})
	return key, err
}

// usePair sets the tickets of a code's tenant. It returns mailbox.ErrClosed when the code is over, or was used with others.
func (k *Keeper) usePair(ctx context.Context, id [16]byte, member, admin [32]byte) error {
	used := sha256.Sum256(append(append([]byte("tickets"), member[:]...), admin[:]...))
	return k.file.write(ctx, 0, func(t tx) error {
		b := t.keeper.Get(codeName(id))
		if b == nil {
			return mailbox.ErrClosed
		}
		c, err := decodeCode(b)
		switch {
		case err != nil:
			return err
		case c.Expires <= k.unix(0) || c.Used != [32]byte{} && c.Used != used:
			return mailbox.ErrClosed
		case c.Used == used:
			return nil
		}
		if err := t.shelf.Pair(t.box, c.Tenant, member, admin); err != nil {
			return err
		}
		c.Used = used
		return t.keeper.Put(codeName(id), c.encode())
	})
}

// Replace makes the tickets of a group worthless at once. Its people put again when an admin of theirs has used the code;
// what waits here stays, and can be read.
func (k *Keeper) Replace(ctx context.Context, t mailbox.Tenant, c network.PairCode) error {
	if err := k.known(t); err != nil {
		return err
	}
	err := k.file.write(ctx, 0, func(x tx) error {
		var member, admin mailbox.Ticket
		rand.Read(member[:])
		rand.Read(admin[:])
		return x.shelf.Pair(x.box, t, member, admin)
	})
	if err != nil {
		return err
	}
	k.relay.forget(t)
	return k.Offer(ctx, c, &t)
}

// Unpair forgets a group and all that waits here for its people.
func (k *Keeper) Unpair(ctx context.Context, t mailbox.Tenant) error {
	if err := k.known(t); err != nil {
		return err
	}
	k.relay.forget(t)
	return k.file.write(ctx, 0, func(x tx) error { return x.shelf.Unpair(x.box, t) })
}

func (k *Keeper) known(t mailbox.Tenant) error {
	return k.file.read(func(x tx) error {
		all, err := mailbox.Tenants(x.box)
		for _, o := range all {
			if o == t {
				return nil
			}
		}
		return firstOf(err, ErrNoGroup)
	})
}

// tenantOf is whose a ticket is; the zero tenant for nobody's.
func (k *Keeper) tenantOf(ticket mailbox.Ticket) (t mailbox.Tenant) {
	_ = k.file.read(func(x tx) (err error) { // who cannot be read is nobody
		t, _, err = mailbox.TenantOf(x.box, ticket)
		return err
	})
	return t
}

// unix is the keeper's clock, so much later.
func (k *Keeper) unix(later time.Duration) uint64 {
	return uint64(max(0, k.o.Now().Add(later).Unix())) //nolint:gosec // not negative
}
