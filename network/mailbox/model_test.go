package mailbox

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"kith/network/reconcile"
)

// model is docs/spec/mailbox.md, section 2, read aloud: maps and loops, counted anew each time, nothing kept in step.
type model struct {
	l       Limits
	tickets map[Ticket]owner
	boxes   map[Key]*modelBox
	slow    map[string]*modelSource
	begun   bool
	wall    int64
	age     int64
}

type owner struct {
	tenant Tenant
	admin  bool
}

type modelBox struct {
	tenant Tenant
	until  int64 // 0: no rendezvous
	in     map[[32]byte]modelItem
	gone   map[[32]byte]int64
}

type modelItem struct {
	arrived int64
	env     []byte
	h       Header
}

type modelSource struct {
	at, tokens  int64
	dayAt       int64
	count, size int64
	dayed       bool
}

func newModel(l Limits) *model {
	return &model{l: l, tickets: map[Ticket]owner{}, boxes: map[Key]*modelBox{}, slow: map[string]*modelSource{}}
}

func (m *model) look(now time.Time) {
	if d := now.Unix() - m.wall; m.begun && d > 0 {
		m.age += min(d, 86_400)
	}
	m.begun, m.wall = true, now.Unix()
}

func (m *model) of(t Tenant) (boxes, rendezvous, count, size int64) {
	for _, b := range m.boxes {
		switch {
		case b.tenant != t:
		case b.until > 0:
			rendezvous++
		default:
			boxes++
			c, s := b.used()
			count, size = count+c, size+s
		}
	}
	return boxes, rendezvous, count, size
}

func (b *modelBox) used() (count, size int64) {
	for _, it := range b.in {
		size += int64(len(it.env))
	}
	return int64(len(b.in) + len(b.gone)), size
}

// box is the mailbox as somebody finds it; one that is over goes when somebody comes with a ticket.
func (m *model) box(v Visitor) (b *modelBox, may, admin bool) {
	b = m.boxes[v.Mailbox]
	o, known := m.tickets[v.Ticket]
	if b != nil && b.until > 0 && b.until <= m.age {
		if known {
			delete(m.boxes, v.Mailbox)
		}
		b = nil
	}
	may = known && (b == nil || b.tenant == o.tenant)
	return b, may, may && o.admin
}

func (m *model) source(v Visitor, news bool) *modelSource {
	name := fmt.Sprintf("%x %s", v.Mailbox, v.Source)
	if news {
		name = fmt.Sprintf("%x, news", v.Mailbox)
	}
	if m.slow[name] == nil {
		m.slow[name] = &modelSource{at: m.age, tokens: 60 * int64(m.l.Burst)}
	}
	return m.slow[name]
}

func (o *modelSource) step(l Limits, age int64) bool {
	for ; o.at < age; o.at++ {
		if o.tokens = min(o.tokens+int64(l.Rate), 60*int64(l.Burst)); o.tokens == 60*int64(l.Burst) {
			o.at = age - 1
		}
	}
	if o.tokens < 60 {
		return false
	}
	o.tokens -= 60
	return true
}

func ceil(n, per int64) int64 { return (n*per + 99) / 100 }

func (m *model) put(now time.Time, v Visitor, env []byte) error {
	h, err := ReadHeader(env)
	if err != nil {
		return ErrKind
	}
	m.look(now)
	b, may, isAdmin := m.box(v)
	rendezvous := b != nil && b.until > 0
	size := int64(len(env))
	switch {
	case !may && !rendezvous:
		return ErrClosed
	case rendezvous != (h.Kind >= KindDrop):
		return ErrKind
	case rendezvous && !may && h.Kind != KindRequest:
		return ErrKind
	}
	news := isAdmin && (h.Kind == KindRekey || h.Kind == KindGrant)
	o := m.source(v, news)
	if !o.step(m.l, m.age) {
		return ErrBusy
	}
	if b != nil {
		if _, here := b.in[h.ID]; here {
			return nil
		}
		if _, gone := b.gone[h.ID]; gone {
			return ErrDeleted
		}
	}
	most, mostSize := int64(m.l.Envelopes), m.l.Bytes
	var count, bytes int64
	if b != nil {
		count, bytes = b.used()
	}
	if rendezvous {
		if most, mostSize = 64, 1<<20; !may {
			most, mostSize = 56, 704_512
		}
	} else {
		tenant := m.tickets[v.Ticket].tenant
		boxes, _, all, allSize := m.of(tenant)
		top, topSize, topBoxes := int64(m.l.TenantEnvelopes), m.l.TenantBytes, int64(m.l.Mailboxes)
		if h.Kind == KindChunk && (count+1 > most/2 || bytes+size > mostSize/2 || all+1 > top/2 || allSize+size > topSize/2) {
			return ErrFull
		}
		if !isAdmin {
			topBoxes -= topBoxes / 4
		}
		if !news {
			top, topSize = top-ceil(top, 10), topSize-ceil(topSize, 10)
			most, mostSize = most-ceil(most, 10), mostSize-ceil(mostSize, 10)
		}
		if b == nil && boxes >= topBoxes || all+1 > top || allSize+size > topSize {
			return ErrFull
		}
	}
	if count+1 > most || bytes+size > mostSize {
		return ErrFull
	}
	if !news && !(rendezvous && may) {
		if !o.dayed || m.age >= o.dayAt+86_400 {
			o.dayed, o.dayAt = true, m.age
			o.count, o.size = ceil(most-count, int64(m.l.Share)), ceil(mostSize-bytes, int64(m.l.Share))
		}
		if o.count < 1 || o.size < size {
			return ErrBusy
		}
		o.count, o.size = o.count-1, o.size-size
	}
	if b == nil {
		b = &modelBox{tenant: m.tickets[v.Ticket].tenant, in: map[[32]byte]modelItem{}, gone: map[[32]byte]int64{}}
		m.boxes[v.Mailbox] = b
	}
	b.in[h.ID] = modelItem{m.age, env, h}
	return nil
}

func (m *model) del(now time.Time, v Visitor, id, tok [32]byte) error {
	m.look(now)
	b, _, _ := m.box(v)
	switch {
	case b == nil:
		return ErrClosed
	case b.until > 0:
		return ErrKept
	case !m.source(v, false).step(m.l, m.age):
		return ErrBusy
	}
	if _, gone := b.gone[id]; gone {
		return nil
	}
	it, here := b.in[id]
	switch {
	case !here:
		return ErrAbsent
	case it.h.Kind < KindPayload:
		return ErrKept
	case it.h.Delete != idOf(tok[:]):
		return ErrToken
	}
	delete(b.in, id)
	b.gone[id] = m.age + int64(m.l.TTL/time.Second)
	return nil
}

func (m *model) shut(now time.Time, v Visitor) error {
	m.look(now)
	b, may, _ := m.box(v)
	if !may || b != nil && b.until == 0 {
		return ErrClosed
	}
	delete(m.boxes, v.Mailbox)
	return nil
}

func (m *model) open(now time.Time, v Visitor, expiry time.Time) error {
	m.look(now)
	b, may, _ := m.box(v)
	left := expiry.Unix() - now.Unix()
	switch {
	case !may || b != nil && b.until == 0:
		return ErrClosed
	case left <= 0 || left > 30*86_400:
		return ErrExpiry
	}
	tenant := m.tickets[v.Ticket].tenant
	if b == nil {
		if _, n, _, _ := m.of(tenant); n >= int64(m.l.Rendezvous) {
			return ErrFull
		}
		b = &modelBox{tenant: tenant, in: map[[32]byte]modelItem{}, gone: map[[32]byte]int64{}}
		m.boxes[v.Mailbox] = b
	}
	b.until = max(b.until, m.age+left)
	return nil
}

func (m *model) sweep(now time.Time) (n int) {
	m.look(now)
	for k, b := range m.boxes {
		if b.until > 0 {
			if b.until <= m.age {
				n += len(b.in)
				delete(m.boxes, k)
			}
			continue
		}
		for id, it := range b.in {
			if it.arrived+int64(m.l.TTL/time.Second) <= m.age {
				delete(b.in, id)
				n++
			}
		}
		for id, until := range b.gone {
			if until <= m.age {
				delete(b.gone, id)
				n++
			}
		}
		if len(b.in)+len(b.gone) == 0 {
			delete(m.boxes, k)
		}
	}
	return n
}

func (m *model) pair(t Tenant, member, admin Ticket) error {
	for _, one := range []Ticket{member, admin} {
		if o, known := m.tickets[one]; one == (Ticket{}) || known && o.tenant != t || member == admin {
			return ErrTicket
		}
	}
	m.forget(t)
	m.tickets[member], m.tickets[admin] = owner{t, false}, owner{t, true}
	return nil
}

func (m *model) replace(v Visitor, member, admin Ticket) error {
	if o, known := m.tickets[v.Ticket]; known && o.admin {
		return m.pair(o.tenant, member, admin)
	}
	return ErrClosed
}

func (m *model) forget(t Tenant) {
	for one, o := range m.tickets {
		if o.tenant == t {
			delete(m.tickets, one)
		}
	}
}

// compare holds every mailbox and every sum of the shelf to the model.
func (m *model) compare(tx Tx, tenants []Tenant) error {
	for _, t := range tenants {
		u, err := UsageOf(tx, t)
		boxes, rendezvous, count, size := m.of(t)
		if want := (Usage{int(boxes), int(rendezvous), int(count), size}); err != nil || u != want {
			return fmt.Errorf("UsageOf(%x) = %+v, %w, want %+v", t[:1], u, err, want)
		}
		keys, err := Mailboxes(tx, t)
		if err != nil || int64(len(keys)) != boxes+rendezvous {
			return fmt.Errorf("Mailboxes(%x) = %d, %w, want %d", t[:1], len(keys), err, boxes+rendezvous)
		}
		for _, k := range keys {
			var got, want []reconcile.Item
			for it, err := range Items(tx, k) {
				if err != nil {
					return err
				}
				got = append(got, it)
			}
			for id, it := range m.boxes[k].in {
				want = append(want, it.h.Item)
				if !bytes.Equal(Get(tx, k, id), it.env) {
					return fmt.Errorf("Get(%x) is not what was put", id[:4])
				}
			}
			if slices.SortFunc(want, reconcile.Item.Compare); !slices.Equal(got, want) {
				return fmt.Errorf("mailbox %x has %d, want %d", k[:2], len(got), len(want))
			}
		}
	}
	return nil
}
