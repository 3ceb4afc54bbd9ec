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
// keep them, to sweep, and to make one group's set.
func BenchmarkFifty(b *testing.B) {
	const groups, each, batch = 50, 20_000, 2000
	path := filepath.Join(b.TempDir(), "mailbox")
	db, name := openBolt(b, path), []byte("mailbox")
	s := New(Limits{Burst: each + 1})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	var bytes int64
	for g := range groups {
		v := Visitor{key(g), ticket(2*g + 1), "home"}
		for from := 0; from < each; from += batch {
			if err := db.Update(func(tx *bbolt.Tx) error {
				bucket, err := tx.CreateBucketIfNotExists(name)
				if err != nil {
					return err
				}
				if from == 0 {
					if err := s.Pair(boltTx{bucket}, Tenant{byte(g)}, ticket(2*g+1), ticket(2*g+2)); err != nil {
						return err
					}
				}
				for i := range batch {
					env := made{kind: KindOps, week: 2968 + uint64(from/batch), seed: fmt.Sprint(g, " ", from+i), sealed: 512}.bytes()
					bytes += int64(len(env))
					if err := s.Put(boltTx{bucket}, start, v, env); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/groups/each, "µs/put")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1e6, "heap-MB")
	if info, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(info.Size())/float64(bytes), "file/envelopes")
	}
	at := time.Now()
	if err := db.View(func(tx *bbolt.Tx) error {
		set, err := Set(boltTx{tx.Bucket(name)}, key(7))
		if err == nil && set.Len() != each {
			err = ErrAbsent
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(at).Milliseconds()), "ms/set")
	at = time.Now()
	if err := db.Update(func(tx *bbolt.Tx) error {
		_, err := s.Sweep(boltTx{tx.Bucket(name)}, start.Add(time.Hour), 1000)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(at).Microseconds()), "µs/idle-sweep")
}
