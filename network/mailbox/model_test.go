package mailbox

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"kith/network/reconcile"

	"pgregory.net/rapid"
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
		most, mostSize = 64, 1<<20
	} else {
		tenant := m.tickets[v.Ticket].tenant
		boxes, _, all, allSize := m.of(tenant)
		top, topSize, topBoxes := int64(m.l.TenantEnvelopes), m.l.TenantBytes, int64(m.l.Mailboxes)
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
			return fmt.Errorf("UsageOf(%x) = %+v, %v, want %+v", t[:1], u, err, want)
		}
		keys, err := Mailboxes(tx, t)
		if err != nil || int64(len(keys)) != boxes+rendezvous {
			return fmt.Errorf("Mailboxes(%x) = %d, %v, want %d", t[:1], len(keys), err, boxes+rendezvous)
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

// TestShelfIsTheModel lets anybody do anything at any time and compares every answer and every byte.
func TestShelfIsTheModel(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		play(t, &Memory{}, seen)
	})
	t.Logf("%v", seen)
	for _, r := range []Refusal{ErrClosed, ErrFull, ErrKind, ErrDeleted, ErrBusy, ErrKept, ErrToken, ErrAbsent, ErrExpiry, ErrTicket} {
		if seen[r.Error()] == 0 {
			t.Errorf("no history met the refusal %q", r)
		}
	}
	for _, act := range []string{"put", "delete", "open", "pair", "sweep", "enter"} {
		if seen[act] == 0 {
			t.Errorf("no history had a %s that was done", act)
		}
	}
}

// play lives through one history on a store and on the model.
func play(t *rapid.T, tx Tx, seen map[string]int) {
	one := int64(len(letter(KindOps, "0")))
	l := Limits{
		Envelopes: rapid.IntRange(3, 14).Draw(t, "envelopes"), Bytes: one * rapid.Int64Range(3, 40).Draw(t, "bytes"),
		TTL: time.Duration(rapid.IntRange(1, 9).Draw(t, "ttl")) * 10 * time.Hour, Burst: rapid.IntRange(3, 30).Draw(t, "burst"),
		Rate: rapid.IntRange(1, 120).Draw(t, "rate"), Share: rapid.IntRange(20, 100).Draw(t, "share"),
		Mailboxes: rapid.IntRange(1, 5).Draw(t, "mailboxes"), TenantEnvelopes: rapid.IntRange(5, 30).Draw(t, "tenant's"),
		TenantBytes: one * rapid.Int64Range(5, 60).Draw(t, "tenant's bytes"), Rendezvous: rapid.IntRange(1, 3).Draw(t, "rendezvous"),
	}
	s, m := New(l), newModel(l)
	now := start
	tenants := []Tenant{ours, theirs}
	pick := func(name string, n int) int { return rapid.IntRange(0, n-1).Draw(t, name) }
	tick := func() Ticket {
		if i := pick("ticket", 8); i > 0 {
			return ticket((i + 1) / 2) // 1 to 4
		}
		return Ticket{}
	}
	who := func() Visitor {
		return Visitor{key(pick("mailbox", 4)), tick(), fmt.Sprint("source", pick("source", 4))}
	}
	kinds := []Kind{KindOps, KindRekey, KindGrant, KindPayload, KindPayload, KindPayload, KindChunk, KindDrop, KindRequest, KindWelcome}
	what := func() (Kind, string) { return kinds[pick("kind", len(kinds))], fmt.Sprint(pick("seed", 4)) }
	type deed struct {
		v    Visitor
		kind Kind
		seed string
	}
	var past []deed
	next := func(again int) (d deed) { // something new, or again times of four something that was put before
		if len(past) > 0 && pick("again", 4) < again {
			return past[pick("deed", len(past))]
		}
		d.v = who()
		d.kind, d.seed = what()
		return d
	}
	check := func(act string, got, want error) {
		if got != want { //nolint:errorlint // refusals are values
			t.Fatalf("%s = %v, the model says %v", act, got, want)
		}
		if got == nil {
			seen[act]++
		} else {
			seen[got.Error()]++
		}
	}
	for i := range 2 {
		check("pair", s.Pair(tx, tenants[i], ticket(2*i+1), ticket(2*i+2)), m.pair(tenants[i], ticket(2*i+1), ticket(2*i+2)))
	}
	for range rapid.IntRange(30, 300).Draw(t, "steps") {
		switch pick("act", 18) {
		case 0, 1, 2, 3, 4, 5, 6:
			d := next(1)
			env := letter(d.kind, d.seed)
			err := s.Put(tx, now, d.v, env)
			check("put", err, m.put(now, d.v, env))
			if err == nil {
				past = append(past, d)
			}
		case 7, 8, 17:
			d := next(3)
			id, tok := idOf(letter(d.kind, d.seed)), token(d.seed)
			if pick("wrong", 4) == 0 {
				tok = token("wrong")
			}
			check("delete", s.Delete(tx, now, d.v, id, tok), m.del(now, d.v, id, tok))
		case 16, 9:
			v, end := who(), now.Add(time.Duration(rapid.IntRange(-3, 33).Draw(t, "days"))*24*time.Hour)
			check("open", s.Open(tx, now, v, end), m.open(now, v, end))
		case 10, 11:
			now = now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "minutes")) * time.Minute)
		case 12:
			now = now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "years")) * 8766 * time.Hour)
		case 13:
			n, err := s.Sweep(tx, now, 1<<20)
			if want := m.sweep(now); err != nil || n != want {
				t.Fatalf("Sweep() = %d, %v, the model says %d", n, err, want)
			}
			seen["sweep"] += n
		case 14:
			tenant, a, b := tenants[pick("tenant", 2)], tick(), tick()
			check("pair", s.Pair(tx, tenant, a, b), m.pair(tenant, a, b))
		default:
			v := who()
			var want error
			m.look(now)
			if _, known := m.tickets[v.Ticket]; !known {
				if b := m.boxes[v.Mailbox]; b == nil || b.until > 0 && b.until <= m.age {
					want = ErrClosed
				}
			}
			if err := s.Enter(tx, now, v); err != want { //nolint:errorlint // refusals are values
				t.Fatalf("enter = %v, the model says %v", err, want)
			}
			if _, err := s.tick(tx, now); err != nil { // the model has looked at the clock
				t.Fatal(err)
			}
			seen["enter"]++
		}
		if err := m.compare(tx, tenants); err != nil {
			t.Fatal(err)
		}
	}
}
