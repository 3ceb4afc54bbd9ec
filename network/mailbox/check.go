package mailbox

import (
	"crypto/sha256"
	"fmt"
)

// Checked is what a reading of everything has found.
type Checked struct {
	Envelopes int // whose bytes are those that were put
	Bad       int // envelopes whose bytes are not, or are missing
	Books     int // mailboxes and tenants whose counts are not what lies there
}

// Check reads everything and changes nothing: each envelope's bytes against its id, and each count against what it counts.
// An error is ErrDamaged where a record does not read at all.
func Check(tx Tx) (c Checked, err error) {
	tenants := map[Tenant]*tenantRecord{}
	for key, value := range tx.Scan([]byte{atBox}) {
		box, err := decode[boxRecord](value)
		if err != nil || len(key) != 1+len(Key{}) {
			return c, fmt.Errorf("mailbox record: %w", ErrDamaged)
		}
		found, err := checkBox(tx, box.Number, &c)
		if err != nil {
			return c, err
		}
		if found.Count != box.Count || found.Gone != box.Gone || found.Bytes != box.Bytes {
			c.Books++
		}
		t := tenants[box.Tenant]
		if t == nil {
			t = &tenantRecord{}
			tenants[box.Tenant] = t
		}
		if box.Until > 0 {
			t.Rendezvous++
			continue
		}
		t.Mailboxes++
		t.Count += found.Count + found.Gone
		t.Bytes += found.Bytes
	}
	for key, value := range tx.Scan([]byte{atTenant}) {
		r, err := decode[tenantRecord](value)
		if err != nil || len(key) != 1+len(Tenant{}) {
			return c, fmt.Errorf("tenant record: %w", ErrDamaged)
		}
		found := tenants[Tenant(key[1:])]
		if found == nil {
			found = &tenantRecord{}
		}
		found.Member, found.Admin = r.Member, r.Admin
		if *found != r {
			c.Books++
		}
	}
	return c, nil
}

// checkBox counts what lies in a mailbox, and what of it is not what was put.
func checkBox(tx Tx, number uint64, c *Checked) (found boxRecord, err error) {
	for e, err := range entries(tx, number) {
		if err != nil {
			return found, err
		}
		found.Count++
		found.Bytes += uint64(e.Size)
		if env := tx.Get(placeKey(number, e.Place)); len(env) != int(e.Size) || sha256.Sum256(env) != e.id {
			c.Bad++
			continue
		}
		c.Envelopes++
	}
	for range tx.Scan(in(atGone, number)) {
		found.Gone++
	}
	return found, nil
}
