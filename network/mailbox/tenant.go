package mailbox

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Pair lets a group's people in by these two tickets, or replaces both of a group that was paired before in one step.
// What is there stays, and stays readable. The refusal is ErrTicket.
func (s *Shelf) Pair(tx Tx, t Tenant, member, admin Ticket) error {
	old, _, err := load[tenantRecord](tx, at(atTenant, t[:]))
	if err != nil {
		return err
	}
	if member == (Ticket{}) || admin == (Ticket{}) || member == admin {
		return ErrTicket
	}
	for _, ticket := range []Ticket{member, admin} {
		whose, known, err := s.ticket(tx, ticket)
		if err != nil {
			return err
		}
		if known && whose.Tenant != t {
			return ErrTicket
		}
	}
	if err := dropTickets(tx, old); err != nil {
		return err
	}
	old.Member, old.Admin = sha256.Sum256(member[:]), sha256.Sum256(admin[:])
	if err := tx.Set(at(atTicket, old.Member[:]), encode(ticketRecord{Tenant: t, Role: asMember})); err != nil {
		return err
	}
	if err := tx.Set(at(atTicket, old.Admin[:]), encode(ticketRecord{Tenant: t, Role: asAdmin})); err != nil {
		return err
	}
	return tx.Set(at(atTenant, t[:]), encode(old))
}

// Replace puts other tickets in the place of a tenant's two, in one step. Whoever shows the admin ticket may do it: when somebody
// is removed the others draw new ones. The refusals are ErrClosed and ErrTicket.
func (s *Shelf) Replace(tx Tx, v Visitor, member, admin Ticket) error {
	t, known, err := s.ticket(tx, v.Ticket)
	switch {
	case err != nil:
		return err
	case !known || t.Role != asAdmin:
		return ErrClosed
	}
	return s.Pair(tx, t.Tenant, member, admin)
}

// dropTickets forgets a tenant's tickets. Those of a tenant that is new are zero, and nothing hashes to that.
func dropTickets(tx Tx, t tenantRecord) error {
	for _, sum := range [][32]byte{t.Member, t.Admin} {
		if err := tx.Set(at(atTicket, sum[:]), nil); err != nil {
			return err
		}
	}
	return nil
}

// Unpair forgets a tenant, and all that it has here.
func (s *Shelf) Unpair(tx Tx, t Tenant) error {
	old, there, err := load[tenantRecord](tx, at(atTenant, t[:]))
	if err != nil || !there {
		return err
	}
	if err := dropTickets(tx, old); err != nil {
		return err
	}
	keys, err := Mailboxes(tx, t)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := s.Clear(tx, k); err != nil {
			return err
		}
	}
	return tx.Set(at(atTenant, t[:]), nil)
}

// Mailboxes lists a tenant's mailboxes, rendezvous included, ascending.
func Mailboxes(tx Tx, t Tenant) ([]Key, error) {
	var out []Key
	for key, value := range tx.Scan([]byte{atBox}) {
		box, err := decode[boxRecord](value)
		if err != nil {
			return nil, err
		}
		if len(key) != 1+len(Key{}) {
			return nil, fmt.Errorf("key of %d bytes: %w", len(key), ErrDamaged)
		}
		if box.Tenant == t {
			out = append(out, Key(key[1:]))
		}
	}
	return out, nil
}

// TenantOf returns whose a ticket is; false for one that is not known.
func TenantOf(tx Tx, t Ticket) (Tenant, bool, error) {
	if t == (Ticket{}) {
		return Tenant{}, false, nil
	}
	sum := sha256.Sum256(t[:])
	r, known, err := load[ticketRecord](tx, at(atTicket, sum[:]))
	return r.Tenant, known, err
}

// Tenants lists who is paired, ascending.
func Tenants(tx Tx) ([]Tenant, error) {
	var out []Tenant
	for key := range tx.Scan([]byte{atTenant}) {
		if len(key) != 1+len(Tenant{}) {
			return nil, fmt.Errorf("key of %d bytes: %w", len(key), ErrDamaged)
		}
		out = append(out, Tenant(key[1:]))
	}
	return out, nil
}

// Usage is what a tenant has here, in numbers alone.
type Usage struct {
	Mailboxes, Rendezvous int   // open ones
	Envelopes             int   // in the mailboxes, with the memory of those deleted
	Bytes                 int64 // of those
}

// UsageOf returns it; the zero Usage for somebody who is not paired.
func UsageOf(tx Tx, t Tenant) (Usage, error) {
	r, _, err := load[tenantRecord](tx, at(atTenant, t[:]))
	return Usage{int(r.Mailboxes), int(r.Rendezvous), int(r.Count), int64(r.Bytes)}, err //nolint:gosec // bounded by limits
}

// Open makes a rendezvous mailbox that ends at expiry, or lets one of the same tenant last until then. Its own key is
// enough afterwards. Refusals: ErrClosed, ErrExpiry, ErrFull.
func (s *Shelf) Open(tx Tx, now time.Time, v Visitor, expiry time.Time) error {
	age, err := s.tick(tx, now)
	if err != nil {
		return err
	}
	p, err := s.find(tx, age, v)
	left := expiry.Unix() - now.Unix()
	switch {
	case err != nil:
		return err
	case !p.may || p.there && !p.rendezvous():
		return ErrClosed
	case left <= 0 || left > int64(RendezvousLonger/time.Second):
		return ErrExpiry
	}
	if !p.there {
		t, _, err := load[tenantRecord](tx, at(atTenant, p.box.Tenant[:]))
		if err != nil {
			return err
		}
		if int(t.Rendezvous) >= s.limits.Rendezvous {
			return ErrFull
		}
		t.Rendezvous++
		if err := tx.Set(at(atTenant, p.box.Tenant[:]), encode(t)); err != nil {
			return err
		}
		if err := p.box.begin(tx); err != nil {
			return err
		}
	}
	p.box.Until = max(p.box.Until, age+uint64(left))
	return tx.Set(at(atBox, v.Mailbox[:]), encode(p.box))
}

// Shut ends a rendezvous mailbox before its time, with all that is in it: the invite that it was opened for has ended.
// Shutting one that is not there is no error. It takes a ticket of the tenant. The refusal is ErrClosed.
func (s *Shelf) Shut(tx Tx, now time.Time, v Visitor) error {
	age, err := s.tick(tx, now)
	if err != nil {
		return err
	}
	p, err := s.find(tx, age, v)
	switch {
	case err != nil:
		return err
	case !p.may || p.there && !p.rendezvous():
		return ErrClosed
	case !p.there:
		return nil
	}
	return s.Clear(tx, v.Mailbox)
}

// tenantRoom says whether a tenant has room for one more envelope, and for one more mailbox where it would begin one.
func (s *Shelf) tenantRoom(tx Tx, p place, add room, news, chunk bool) error {
	t, _, err := load[tenantRecord](tx, at(atTenant, p.box.Tenant[:]))
	if err != nil {
		return err
	}
	mailboxes, limit := s.limits.Mailboxes, room{s.limits.TenantEnvelopes, s.limits.TenantBytes}
	if !p.admin { // invented mailboxes must not keep an admin from beginning the next true one
		mailboxes -= mailboxes / 4
	}
	switch {
	case chunk:
		limit = limit.files()
	case !news:
		limit = limit.common()
	}
	used := room{int(t.Count), int64(t.Bytes)} //nolint:gosec // bounded by limits
	if !p.there && int(t.Mailboxes) >= mailboxes || !limit.minus(used).holds(add) {
		return ErrFull
	}
	return nil
}

// count adds to what a tenant has, and a mailbox when one begins.
func (s *Shelf) count(tx Tx, t Tenant, add room, begins bool) error {
	r, there, err := load[tenantRecord](tx, at(atTenant, t[:]))
	if err != nil {
		return err
	}
	used := room{int(r.Count), int64(r.Bytes)}.plus(add) //nolint:gosec // bounded by limits
	if !there || used.count < 0 || used.bytes < 0 {
		return fmt.Errorf("tenant %x: %w", t[:4], ErrDamaged)
	}
	r.Count, r.Bytes = uint32(used.count), uint64(used.bytes) //nolint:gosec // not negative, bounded by limits
	if begins {
		r.Mailboxes++
	}
	return tx.Set(at(atTenant, t[:]), encode(r))
}
