package mailbox

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"kith/network/reconcile"
)

// The records that files of version 1 had otherwise.
type (
	oldBoxRecord struct {
		Tenant      Tenant
		Until       uint64
		Count, Gone uint32
		Bytes       uint64
		First       uint64
	}
	oldItemRecord struct {
		Arrived uint64
		Size    uint32
		Kind    Kind
	}
)

// upgradeBytes is about how many bytes of envelopes Upgrade writes in one transaction.
const upgradeBytes = 4 << 20

// Upgrade brings what a shelf of file version 1 holds to an empty one, in as many transactions as that takes: write is one,
// and what was handed to it may be kept until it returns. from is only read. When Upgrade fails what was written is worth nothing.
func Upgrade(from Tx, write func(func(to Tx) error) error) error {
	type old struct {
		k   Key
		box oldBoxRecord
	}
	var boxes []old
	for key, value := range from.Scan([]byte{oldBox}) {
		box, err := decode[oldBoxRecord](value)
		if err != nil || len(key) != 1+len(Key{}) {
			return fmt.Errorf("mailbox record: %w", ErrDamaged)
		}
		boxes = append(boxes, old{Key(key[1:]), box})
	}
	err := write(func(to Tx) error {
		for _, what := range []byte{atClock, atTenant, atTicket} {
			for key, value := range from.Scan([]byte{what}) {
				if err := to.Set(key, value); err != nil {
					return err
				}
			}
		}
		return to.Set([]byte{atNumber}, encode(numberRecord{uint64(len(boxes)) + 1}))
	})
	for i, o := range boxes {
		if err != nil {
			return err
		}
		box := boxRecord{Number: uint64(i) + 1, Tenant: o.box.Tenant, Until: o.box.Until, Gone: o.box.Gone, First: o.box.First} //nolint:gosec // an index
		err = upgradeBox(from, write, o.k, box)
	}
	return err
}

// upgradeBox brings over one mailbox: box is its new record, with none of the envelopes in it yet.
func upgradeBox(from Tx, write func(func(to Tx) error) error, k Key, box boxRecord) error {
	items, err := oldItems(from, k)
	if err != nil {
		return err
	}
	err = write(func(to Tx) error {
		for key, value := range from.Scan(at(oldGone, k[:])) {
			id, err := oldID(key, len(key) == 1+32+32)
			if err == nil {
				err = to.Set(in(atGone, box.Number, id[:]...), value)
			}
			if err != nil {
				return err
			}
		}
		return to.Set(at(atBox, k[:]), encode(box)) // one that is empty too
	})
	for len(items) > 0 && err == nil {
		err = write(func(to Tx) error {
			for size := 0; len(items) > 0 && size < upgradeBytes; items = items[1:] {
				it := items[0]
				env := from.Get(at(oldBytes, k[:], it.id[:]))
				if len(env) != int(it.Size) {
					return fmt.Errorf("envelope %x: %w", it.id[:4], ErrDamaged)
				}
				size += len(env)
				h := Header{Kind: it.Kind}
				h.Week, h.ID = it.week, it.id
				if err := box.add(to, k, h, it.Arrived, env); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

type oldItem1 struct {
	id   reconcile.ID
	week uint64
	oldItemRecord
}

// oldItems is what is in an old mailbox, in the order in which it came.
func oldItems(from Tx, k Key) (items []oldItem1, err error) {
	for key, value := range from.Scan(at(oldItem, k[:])) {
		id, err := oldID(key, len(key) == 1+32+8+32)
		if err != nil {
			return nil, err
		}
		r, err := decode[oldItemRecord](value)
		if err != nil {
			return nil, err
		}
		items = append(items, oldItem1{id, binary.BigEndian.Uint64(key[1+len(k):]), r})
	}
	slices.SortStableFunc(items, func(a, b oldItem1) int { return cmp.Compare(a.Arrived, b.Arrived) })
	return items, nil
}

// oldID is the envelope's id at the end of an old key.
func oldID(key []byte, fits bool) (id reconcile.ID, err error) {
	if !fits {
		return id, fmt.Errorf("key of %d bytes: %w", len(key), ErrDamaged)
	}
	return reconcile.ID(key[len(key)-len(id):]), nil
}
