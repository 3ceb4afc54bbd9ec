package mailbox

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

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
	for _, act := range []string{"put", "delete", "open", "pair", "sweep", "clear", "enter"} {
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
		if got != want {
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
		switch pick("act", 19) {
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
			if pick("end it", 4) == 0 {
				check("shut", s.Shut(tx, now, v), m.shut(now, v))
				break
			}
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
			if v := who(); pick("by a visitor", 2) == 0 {
				check("replace", s.Replace(tx, v, a, b), m.replace(v, a, b))
				break
			}
			check("pair", s.Pair(tx, tenant, a, b), m.pair(tenant, a, b))
		case 18:
			k := key(pick("mailbox", 4))
			if pick("really", 4) == 0 {
				delete(m.boxes, k)
				check("clear", s.Clear(tx, k), nil)
			}
		default:
			v := who()
			var want error
			m.look(now)
			if _, known := m.tickets[v.Ticket]; !known {
				if b := m.boxes[v.Mailbox]; b == nil || b.until > 0 && b.until <= m.age {
					want = ErrClosed
				}
			}
			if err := s.Enter(tx, now, v); err != want {
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
