package mailbox

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"kith/network/reconcile"
)

// Shelf is the rules of a mailbox over whatever a Tx stands for. Beside its limits it remembers only how fast each
// source has been of late. It is not safe for concurrent use, as its transactions are not: one that writes at a time.
type Shelf struct {
	limits Limits
	last   uint64 // the greatest age ever given out
	paces  map[Key]*pace
}

// New returns a shelf with these limits.
func New(l Limits) *Shelf { return &Shelf{limits: l.orDefault(), paces: map[Key]*pace{}} }

// Visitor is who asks. Whoever calls the shelf has seen the proof that the visitor holds the mailbox's private key.
type Visitor struct {
	Mailbox Key
	Ticket  Ticket // the zero ticket for none
	Source  string // tells one visitor's puts from another's for fairness alone, such as by address; it is never kept
}

// place is a mailbox as one visitor stands before it.
type place struct {
	box   boxRecord
	there bool
	admin bool
	may   bool // the ticket is one of its tenant's
}

func (p place) rendezvous() bool { return p.there && p.box.Until > 0 }

// find looks a mailbox up for a visitor. A rendezvous mailbox that is over is not there any more.
func (s *Shelf) find(tx Tx, age uint64, v Visitor) (p place, err error) {
	if p.box, p.there, err = load[boxRecord](tx, at(atBox, v.Mailbox[:])); err != nil {
		return place{}, err
	}
	over := p.rendezvous() && p.box.Until <= age
	if over {
		p.box, p.there = boxRecord{}, false
	}
	t, known, err := s.ticket(tx, v.Ticket)
	if err != nil || !known {
		return p, err
	}
	if !p.there {
		p.box = boxRecord{Tenant: t.Tenant}
	}
	p.may, p.admin = t.Tenant == p.box.Tenant, t.Role == asAdmin
	if over {
		return p, s.Clear(tx, v.Mailbox)
	}
	return p, nil
}

func (s *Shelf) ticket(tx Tx, t Ticket) (ticketRecord, bool, error) {
	if t == (Ticket{}) {
		return ticketRecord{}, false, nil
	}
	sum := sha256.Sum256(t[:])
	return load[ticketRecord](tx, at(atTicket, sum[:]))
}

// Enter says whether a visitor finds an open door: ErrClosed when there is no such mailbox, and no known ticket with
// which there could be. What is there may be read without a ticket, since a ticket may have been replaced while the
// visitor was away, and this mailbox has the news of it.
func (s *Shelf) Enter(tx Tx, now time.Time, v Visitor) error {
	box, there, err := load[boxRecord](tx, at(atBox, v.Mailbox[:]))
	if err != nil {
		return err
	}
	age, _, err := s.age(tx, now)
	if err != nil {
		return err
	}
	if there && (box.Until == 0 || box.Until > age) {
		return nil
	}
	if _, known, err := s.ticket(tx, v.Ticket); err != nil || known {
		return err
	}
	return ErrClosed
}

// Put files one envelope; filing it twice is no error, and does not make it stay for longer. Whoever calls says "ok" to
// the visitor after the commit. It keeps no reference to env after the transaction. Refusals: ErrKind, ErrClosed,
// ErrBusy, ErrDeleted, ErrFull. In a rendezvous mailbox a visitor without a ticket leaves requests alone.
func (s *Shelf) Put(tx Tx, now time.Time, v Visitor, env []byte) error {
	h, err := ReadHeader(env)
	if err != nil {
		return err
	}
	age, err := s.tick(tx, now)
	if err != nil {
		return err
	}
	p, err := s.find(tx, age, v)
	switch {
	case err != nil:
		return err
	case !p.rendezvous() && !p.may:
		return ErrClosed
	case p.rendezvous() != h.Kind.rendezvous():
		return ErrKind
	case p.rendezvous() && !p.may && h.Kind != KindRequest:
		return ErrKind // who merely holds the link could leave a false drop or welcome
	}
	news := p.admin && p.may && h.Kind.control()
	source := s.source(v, p.there, news)
	if !source.step(s.limits, age) {
		return ErrBusy
	}
	if p.there && tx.Get(in(atItem, p.box.Number, h.ID[:]...)) != nil {
		return nil
	}
	if p.there && tx.Get(in(atGone, p.box.Number, h.ID[:]...)) != nil {
		return ErrDeleted
	}
	return s.file(tx, age, v.Mailbox, p, h, env, source, news)
}

// file finds room for an envelope and writes it down. news is for a Rekey or Grant put with the admin ticket, for which
// alone the last of the room is kept: a removed member, who holds the old mailbox's key and perhaps the member ticket
// still, cannot fill the shelf so that the news of their removal is refused.
func (s *Shelf) file(tx Tx, age uint64, k Key, p place, h Header, env []byte, source *source, news bool) error {
	add := room{1, int64(len(env))}
	limit := room{s.limits.Envelopes, s.limits.Bytes}
	if p.rendezvous() {
		if limit = (room{RendezvousCount, RendezvousBytes}); !p.may {
			limit = limit.minus(room{RendezvousKept, RendezvousKeptBytes})
		}
	} else {
		if err := s.tenantRoom(tx, p, add, news, h.Kind == KindChunk); err != nil {
			return err
		}
		if h.Kind == KindChunk && !limit.files().minus(p.box.used()).holds(add) {
			return ErrFull
		}
		if !news {
			limit = limit.common()
		}
	}
	free := limit.minus(p.box.used())
	if !free.holds(add) {
		return ErrFull
	}
	host := p.rendezvous() && p.may // the inviter's own people, in the mailbox of their invite
	if !news && !host && !source.share(s.limits, age, free, add) {
		return ErrBusy
	}
	if !p.rendezvous() {
		if err := s.count(tx, p.box.Tenant, add, !p.there); err != nil {
			return err
		}
	}
	if !p.there {
		if err := p.box.begin(tx); err != nil {
			return err
		}
	}
	if p.box.Count+p.box.Gone == 0 {
		p.box.First = age + s.ttl()
	}
	return p.box.add(tx, k, h, age, env)
}

// begin gives a new mailbox its number.
func (b *boxRecord) begin(tx Tx) error {
	n, there, err := load[numberRecord](tx, []byte{atNumber})
	if err != nil {
		return err
	}
	if !there {
		n.Next = 1
	}
	b.Number = n.Next
	return tx.Set([]byte{atNumber}, encode(numberRecord{n.Next + 1}))
}

// add writes an envelope down after all that are there, and the mailbox's own record with it.
func (b *boxRecord) add(tx Tx, k Key, h Header, age uint64, env []byte) error {
	place := b.Next
	b.Next++
	b.Count++
	b.Bytes += uint64(len(env))
	item := itemRecord{Place: place, Week: h.Item.Week, Arrived: age, Size: uint32(len(env)), Kind: h.Kind} //nolint:gosec // at most MaxEnvelope
	for _, change := range []struct{ key, value []byte }{
		{at(atBox, k[:]), encode(*b)},
		{in(atItem, b.Number, h.ID[:]...), encode(item)},
		{placeKey(b.Number, place), env},
	} {
		if err := tx.Set(change.key, change.value); err != nil {
			return err
		}
	}
	return nil
}

// used is the room that a mailbox takes.
func (b boxRecord) used() room { return room{int(b.Count) + int(b.Gone), int64(b.Bytes)} } //nolint:gosec // bounded by limits

func (s *Shelf) ttl() uint64 { return uint64(s.limits.TTL / time.Second) } //nolint:gosec // positive

// Delete takes a payload or chunk away for good and remembers its id, so that nobody puts it back while others still
// have it. It needs no ticket: the token is the right, and only who could read the payload can make it. Deleting twice
// is no error. Refusals: ErrClosed, ErrBusy, ErrAbsent, ErrKept, ErrToken.
func (s *Shelf) Delete(tx Tx, now time.Time, v Visitor, id, token [32]byte) error {
	age, err := s.tick(tx, now)
	if err != nil {
		return err
	}
	p, err := s.find(tx, age, v)
	switch {
	case err != nil:
		return err
	case !p.there:
		return ErrClosed
	case p.rendezvous():
		return ErrKept
	}
	if !s.source(v, true, false).step(s.limits, age) {
		return ErrBusy
	}
	goneAt, itemAt := in(atGone, p.box.Number, id[:]...), in(atItem, p.box.Number, id[:]...)
	if tx.Get(goneAt) != nil {
		return nil
	}
	item, there, err := load[itemRecord](tx, itemAt)
	if err != nil {
		return err
	}
	if !there {
		return ErrAbsent
	}
	bytesAt := placeKey(p.box.Number, item.Place)
	env := tx.Get(bytesAt)
	h, err := ReadHeader(env)
	if err != nil || h.ID != reconcile.ID(id) {
		return fmt.Errorf("envelope %x: %w", id[:4], ErrDamaged)
	}
	sum := sha256.Sum256(token[:])
	switch {
	case !h.Kind.deletable():
		return ErrKept
	case subtle.ConstantTimeCompare(sum[:], h.Delete[:]) != 1:
		return ErrToken
	}
	if err := s.count(tx, p.box.Tenant, room{0, -int64(len(env))}, false); err != nil {
		return err
	}
	p.box.Count, p.box.Gone, p.box.Bytes = p.box.Count-1, p.box.Gone+1, p.box.Bytes-uint64(len(env))
	for _, change := range []struct{ key, value []byte }{
		{at(atBox, v.Mailbox[:]), encode(p.box)},
		{itemAt, nil},
		{bytesAt, nil},
		{goneAt, encode(goneRecord{Until: age + s.ttl()})},
	} {
		if err := tx.Set(change.key, change.value); err != nil {
			return err
		}
	}
	return nil
}

// entry is one envelope as the index has it.
type entry struct {
	id reconcile.ID
	itemRecord
}

func (e entry) item() reconcile.Item { return reconcile.Item{Week: e.Week, ID: e.id} }

// entries yields what is in a mailbox, in the order of the ids. It takes no memory for what it does not yield, so that
// sleeping mailboxes cost nothing. It ends early, with an error, at a record that is damaged.
func entries(tx Tx, number uint64) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for key, value := range tx.Scan(in(atItem, number)) {
			id, err := idIn(key)
			it, bad := decode[itemRecord](value)
			if err = errors.Join(err, bad); err != nil {
				yield(entry{}, err)
				return
			}
			if !yield(entry{reconcile.ID(id), it}, nil) {
				return
			}
		}
	}
}

// Items yields what is in a mailbox, in the order of the ids. It ends early, with an error, at a record that is damaged.
func Items(tx Tx, k Key) iter.Seq2[reconcile.Item, error] {
	return func(yield func(reconcile.Item, error) bool) {
		box, there, err := load[boxRecord](tx, at(atBox, k[:]))
		if err != nil {
			yield(reconcile.Item{}, err)
			return
		}
		if !there {
			return
		}
		for e, err := range entries(tx, box.Number) {
			if !yield(e.item(), err) || err != nil {
				return
			}
		}
	}
}

// CountOf is how many envelopes are in a mailbox, and whose it is.
func CountOf(tx Tx, k Key) (int, Tenant, error) {
	box, _, err := load[boxRecord](tx, at(atBox, k[:]))
	return int(box.Count), box.Tenant, err
}

// Sending lists what lies in a range in the order in which to send it: what brings keys first, then as it came, so that a
// reader seldom has to wait for something else.
func Sending(tx Tx, k Key, r reconcile.Range) ([]reconcile.ID, error) {
	box, there, err := load[boxRecord](tx, at(atBox, k[:]))
	if err != nil || !there {
		return nil, err
	}
	type one struct {
		id      reconcile.ID
		place   uint64
		control bool
	}
	var all []one
	for e, err := range entries(tx, box.Number) {
		if err != nil {
			return nil, err
		}
		if r.Holds(e.item()) {
			all = append(all, one{e.id, e.Place, e.Kind.control()})
		}
	}
	slices.SortFunc(all, func(a, b one) int {
		switch {
		case a.control != b.control && a.control:
			return -1
		case a.control != b.control:
			return 1
		}
		return cmp.Compare(a.place, b.place)
	})
	ids := make([]reconcile.ID, len(all))
	for i, x := range all {
		ids[i] = x.id
	}
	return ids, nil
}

// Set is Items as reconciliation wants them.
func Set(tx Tx, k Key) (reconcile.Set, error) {
	var items []reconcile.Item
	for it, err := range Items(tx, k) {
		if err != nil {
			return reconcile.Set{}, err
		}
		items = append(items, it)
	}
	return reconcile.NewSet(items), nil
}

// Has reports whether an envelope is in a mailbox.
func Has(tx Tx, k Key, id reconcile.ID) bool {
	box, there, err := load[boxRecord](tx, at(atBox, k[:]))
	return err == nil && there && tx.Get(in(atItem, box.Number, id[:]...)) != nil
}

// Get returns an envelope, or nil. It is good until the transaction ends.
func Get(tx Tx, k Key, id reconcile.ID) []byte {
	box, there, err := load[boxRecord](tx, at(atBox, k[:]))
	if err != nil || !there {
		return nil
	}
	it, there, err := load[itemRecord](tx, in(atItem, box.Number, id[:]...))
	if err != nil || !there {
		return nil
	}
	return tx.Get(placeKey(box.Number, it.Place))
}
