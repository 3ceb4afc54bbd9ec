package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"kith/store/care/calendar"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Benchmarks stand beside the limit of the same machine in the same run: names with /limit are bare bbolt or ed25519.

func benchHome(b *testing.B) (*home, kp1.GID, kp1.ID) {
	b.Helper()
	h := quickHome(b, "Ada")
	g := h.found("Ada")
	return h, g, h.do(g, thread.New{Title: "talk"})
}

// post300 is a post whose op and words are about 300 bytes.
func post300(th kp1.ID, n int) Draft {
	return Draft{Comp: kp1.CompTeam, Act: thread.Post{Thread: th, Text: fmt.Sprintf("%08d %s", n, "about a hundred bytes of what a person types when they ask whether the others can come by")}}
}

// bareBolt writes 40 byte keys and 300 byte values, n to a transaction, until b is done.
func bareBolt(b *testing.B, perTx int) {
	b.Helper()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bolt"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	value := make([]byte, 300)
	_, _ = rand.Read(value)
	seq := uint64(0)
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += perTx {
		if err := db.Update(func(t *bbolt.Tx) error {
			s, err := t.CreateBucketIfNotExists([]byte("ops"))
			if err != nil {
				return err
			}
			for range perTx {
				seq++
				key := binary.BigEndian.AppendUint64(make([]byte, 32, 40), seq)
				if err := s.Put(key, value); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPropose(b *testing.B) {
	b.Run("single", func(b *testing.B) {
		h, g, th := benchHome(b)
		before := h.writes()
		b.ReportAllocs()
		b.ResetTimer()
		for n := range b.N {
			if _, err := h.Propose(context.Background(), g, post300(th, n)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(h.writes()-before)/float64(b.N), "writes/op")
	})
	b.Run("single/limit", func(b *testing.B) { bareBolt(b, 1) })
	b.Run("batch100", func(b *testing.B) {
		h, g, th := benchHome(b)
		b.ReportAllocs()
		b.ResetTimer()
		for n := 0; n < b.N; n += 100 {
			var ds []Draft
			for i := range 100 {
				ds = append(ds, post300(th, n+i))
			}
			if _, err := h.Propose(context.Background(), g, ds...); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		if b.N >= 10_000 {
			h.reportDisk(b, g)
		}
	})
	b.Run("batch100/limit", func(b *testing.B) { bareBolt(b, 100) })
}

// BenchmarkAnswer is W1 of the design: answers to events, twenty to each, one a transaction and by hundreds.
func BenchmarkAnswer(b *testing.B) {
	for _, per := range []int{1, 100} {
		b.Run(fmt.Sprint(per), func(b *testing.B) {
			h := quickHome(b, "Ada")
			g := h.found("Ada")
			var events []kp1.ID
			for i := 0; i < b.N; i += 20 {
				day := when.Date{Year: 2026, Month: 11, Day: 2}.Plus(i / 20 % 365)
				events = append(events, h.do(g, calendar.Add{Content: calendar.Content{
					Title: fmt.Sprint("Event ", i), When: when.Span{AllDay: true, From: day, To: day.Plus(1)},
				}}))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += per {
				var ds []Draft
				for i := n; i < min(n+per, b.N); i++ {
					ds = append(ds, Draft{Act: calendar.RSVP{Event: events[i/20], Answer: calendar.Answer(1 + i%3)}}) //nolint:gosec // 1 to 3
				}
				if _, err := h.Propose(context.Background(), g, ds...); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			if b.N >= 10_000 {
				h.reportDisk(b, g)
			}
		})
	}
}

// reportDisk says how many bytes the file has for each byte of an envelope.
func (h *home) reportDisk(b *testing.B, g kp1.GID) {
	b.Helper()
	sum := 0
	for _, raw := range h.all(g) {
		sum += len(raw)
	}
	st, err := os.Stat(filepath.Join(h.dir, fileName))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(st.Size())/float64(sum), "disk/envelopes")
	m := h.db.Load().Stats()
	b.ReportMetric(float64(m.FreePageN), "freepages")
}

// history is a group with that many posts, made once for all benchmarks of it.
var history = struct {
	sync.Mutex
	made map[int]*past
}{made: map[int]*past{}}

type past struct {
	h    *home
	g    kp1.GID
	raws [][]byte
}

func withPast(b *testing.B, n int) *past {
	b.Helper()
	history.Lock()
	defer history.Unlock()
	if p := history.made[n]; p != nil {
		return p
	}
	rest, err := testRest()
	if err != nil {
		b.Fatal(err)
	}
	dir, err := tempDir()
	if err != nil {
		b.Fatal(err)
	}
	h := &home{t: b, dir: filepath.Join(dir, "ada"), rest: rest, opt: Options{Now: testNow}, peer: append([]byte{0x12, 0x20}, make([]byte, 32)...)}
	if h.Ledger, err = Create(h.dir, rest, "Ada", h.opt); err != nil {
		b.Fatal(err)
	}
	p := &past{h: h, g: h.found("Ada")}
	var th kp1.ID
	for done := 0; done < n; done += 500 {
		if done%5_000 == 0 {
			th = h.do(p.g, thread.New{Title: "talk"})
		}
		var ds []Draft
		for i := range 500 {
			ds = append(ds, post300(th, done+i))
		}
		if _, err := h.Propose(context.Background(), p.g, ds...); err != nil {
			b.Fatal(err)
		}
	}
	p.raws = h.all(p.g)
	history.made[n] = p
	return p
}

var lates atomic.Int32

// BenchmarkAccept10k is a member's computer that takes in 10,000 envelopes it has never seen, 1,000 to a transaction.
func BenchmarkAccept10k(b *testing.B) {
	const size = 10_000
	b.Run("accept", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			b.StopTimer()
			p := withPast(b, size/2)
			late, _ := lateHome(b, p.h, p.g, fmt.Sprint("Late ", lates.Add(1)), asMember)
			raws := p.h.all(p.g)
			b.StartTimer()
			for len(raws) > 0 {
				n := min(1_000, len(raws))
				if res, err := late.Accept(context.Background(), p.g, kp1.DID{}, raws[:n]); err != nil || res.Refused > 0 {
					b.Fatal(res.Refused, err)
				}
				raws = raws[n:]
			}
			b.StopTimer()
			if w := late.View().Group(p.g).Waiting; w != 0 {
				b.Fatalf("%d wait", w)
			}
			_ = late.Close()
			b.StartTimer()
		}
	})
	b.Run("limit/verify2cores", func(b *testing.B) { // of the 5,000 signatures in them
		pub, key, _ := ed25519.GenerateKey(rand.Reader)
		msg := make([]byte, 236)
		sig := ed25519.Sign(key, msg)
		for range b.N {
			onEveryCore(size/2, func(int) {
				if !ed25519.Verify(pub, msg, sig) {
					b.Error("bad signature")
				}
			})
		}
	})
	b.Run("limit/bolt1000", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			db, err := bbolt.Open(filepath.Join(b.TempDir(), "bolt"), 0o600, nil)
			if err != nil {
				b.Fatal(err)
			}
			value := make([]byte, 300)
			b.StartTimer()
			for done := 0; done < size; done += 1_000 {
				if err := db.Update(func(t *bbolt.Tx) error {
					s, err := t.CreateBucketIfNotExists([]byte("ops"))
					for i := range 1_000 {
						if err == nil {
							err = s.Put(binary.BigEndian.AppendUint64(make([]byte, 32, 40), uint64(done+i)), value)
						}
					}
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			_ = db.Close()
			b.StartTimer()
		}
	})
}

// BenchmarkOpen opens a store; the limit is bbolt's open and a scan with each value opened under the at-rest key.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		p := func(b *testing.B) *past {
			p := withPast(b, n)
			_ = p.h.Close()
			return p
		}
		open := func(b *testing.B, p *past) {
			l, err := Open(p.h.dir, p.h.rest, p.h.opt)
			if err != nil {
				b.Fatal(err)
			}
			if got := l.View().Group(p.g).Filed; got < uint64(2*n) {
				b.Fatalf("%d envelopes", got)
			}
			b.StopTimer()
			_ = l.Close()
			b.StartTimer()
		}
		b.Run(fmt.Sprint(n, "/checkpoint"), func(b *testing.B) {
			p := p(b)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				open(b, p)
			}
		})
		b.Run(fmt.Sprint(n, "/lost"), func(b *testing.B) {
			p := p(b)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				db, err := bbolt.Open(filepath.Join(p.h.dir, fileName), 0o600, nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := db.Update(func(t *bbolt.Tx) error {
					return t.Bucket([]byte(shelfGroups)).Bucket(p.h.rest.Name("group", p.g[:])).DeleteBucket([]byte(shelfFold))
				}); err != nil {
					b.Fatal(err)
				}
				_ = db.Close()
				b.StartTimer()
				open(b, p)
			}
		})
		b.Run(fmt.Sprint(n, "/limit"), func(b *testing.B) {
			p := p(b)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				db, err := bbolt.Open(filepath.Join(p.h.dir, fileName), 0o600, nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := db.View(func(t *bbolt.Tx) error {
					groups, err := tx{Tx: t, rest: p.h.rest}.top(shelfGroups, false)
					if err != nil {
						return err
					}
					own, err := groups.under(p.h.rest.Name("group", p.g[:]), false)
					if err != nil {
						return err
					}
					log, err := own.under([]byte(shelfLog), false)
					if err != nil {
						return err
					}
					return log.each(nil, func(_, _ []byte) (bool, error) { return true, nil })
				}); err != nil {
					b.Fatal(err)
				}
				_ = db.Close()
			}
		})
	}
}
