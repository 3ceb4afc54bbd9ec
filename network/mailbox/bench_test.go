package mailbox

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// BenchmarkPut is one envelope on a shelf in memory that holds 20,000.
func BenchmarkPut(b *testing.B) {
	s, m := paired(b, Limits{Envelopes: 1 << 30, Bytes: 1 << 50, TenantEnvelopes: 1 << 30, TenantBytes: 1 << 50, Burst: 1 << 30, Share: 100})
	for i := range 20_000 {
		if err := s.Put(m, start, member(1, ""), letter(KindOps, fmt.Sprint("full", i))); err != nil {
			b.Fatal(err)
		}
	}
	envs := make([][]byte, b.N)
	for i := range envs {
		envs[i] = letter(KindOps, fmt.Sprint(i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, env := range envs {
		if err := s.Put(m, start, member(1, ""), env); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFifty is 50 groups of 20,000 envelopes on a file, once: how large it grows, and what it takes in memory to
// keep them, to sweep, and to make one group's set. They come in bulk, as when a mailbox is new, or a few at a time from
// all groups by turns, as they do from day to day.
func BenchmarkFifty(b *testing.B) {
	for _, c := range []struct{ groups, each, batch int }{{50, 20_000, 2_000}, {50, 1_000, 3}, {50, 1_000, 1}} {
		b.Run(fmt.Sprintf("%dx%dby%d", c.groups, c.each, c.batch), func(b *testing.B) { fifty(b, c.groups, c.each, c.batch) })
	}
}

func fifty(b *testing.B, groups, each, batch int) {
	path := filepath.Join(b.TempDir(), "mailbox")
	db, name := openBolt(b, path), []byte("mailbox")
	s := New(Limits{Burst: each + 1})
	in := func(do func(boltTx) error) {
		b.Helper()
		if err := db.Update(func(tx *bbolt.Tx) error {
			t, err := newBoltTx(tx, name)
			if err != nil {
				return err
			}
			return do(t)
		}); err != nil {
			b.Fatal(err)
		}
	}
	for g := range groups {
		in(func(t boltTx) error { return s.Pair(t, Tenant{byte(g)}, ticket(2*g+1), ticket(2*g+2)) })
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	var bytes int64
	for from := 0; from < each; from += batch {
		for g := range groups {
			in(func(t boltTx) error {
				for i := from; i < min(from+batch, each); i++ {
					env := made{kind: KindOps, week: 2968 + uint64(i/2000), seed: fmt.Sprint(g, " ", i), sealed: 512}.bytes()
					bytes += int64(len(env))
					if err := s.Put(t, start, Visitor{key(g), ticket(2*g + 1), "home"}, env); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(groups*each), "µs/put")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1e6, "heap-MB")
	b.ReportMetric(float64(bytes)/float64(groups*each), "B/envelope")
	used := int64(0)
	in(func(t boltTx) error {
		for what, stats := range map[string]bbolt.BucketStats{"index": t.records.Stats(), "letters": t.letters.Stats()} {
			size := stats.BranchAlloc + stats.LeafAlloc
			used += int64(size)
			b.ReportMetric(float64(size)/float64(groups*each), what+"-B/envelope")
			b.ReportMetric(100*float64(stats.BranchInuse+stats.LeafInuse)/float64(size), what+"-%")
		}
		return nil
	})
	b.ReportMetric(float64(used)/float64(bytes), "used/envelopes")
	if info, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(info.Size())/float64(bytes), "file/envelopes")
	}
	at := time.Now()
	in(func(t boltTx) error {
		set, err := Set(t, key(7))
		if err == nil && set.Len() != each {
			err = ErrAbsent
		}
		return err
	})
	b.ReportMetric(float64(time.Since(at).Milliseconds()), "ms/set")
	at = time.Now()
	in(func(t boltTx) error {
		_, err := s.Sweep(t, start.Add(time.Hour), 1000)
		return err
	})
	b.ReportMetric(float64(time.Since(at).Microseconds()), "µs/idle-sweep")
}
