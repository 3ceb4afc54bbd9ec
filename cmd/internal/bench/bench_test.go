package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/store"
	"kith/store/kp1"
)

// TestMain lets the test program be its own child, as kithctl is: `bench append` under strace, `bench peer`.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "bench" {
		if err := Run(context.Background(), os.Args[2:], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// benchW runs a workload once for each iteration, with both peers in this process, and reports its rows.
func benchW(b *testing.B, run func(context.Context, *plan) error, n int) {
	for b.Loop() {
		p := &plan{n: n, authors: 1, act: actRSVP, transport: quicName, runs: 1, dir: b.TempDir(), t: &table{out: io.Discard}}
		if p.n == n && b.Name() == "BenchmarkW1" {
			p.exe = os.Args[0]
		}
		if err := run(b.Context(), p); err != nil {
			b.Fatal(err)
		}
		for _, r := range p.t.rows {
			name := strings.NewReplacer(" ", "-", ",", "", "(", "", ")", "").Replace(r.What)
			b.ReportMetric(r.Ours, name+"-"+r.Unit)
			if r.Limit != 0 {
				b.ReportMetric(r.Ratio, name+"-ratio")
			}
		}
	}
}

func BenchmarkW1(b *testing.B) { benchW(b, w1, 10_000) }
func BenchmarkW2(b *testing.B) { benchW(b, w2, 10_000) }
func BenchmarkW3(b *testing.B) { benchW(b, w3, 10_000) }
func BenchmarkW5(b *testing.B) { benchW(b, w5, 10_000) }
func BenchmarkW6(b *testing.B) { benchW(b, w6, 10_000) }

// aPerson is a person in a group, with room for n ops.
func aPerson(tb testing.TB, kind string, n int) (*person, kp1.GID, *acts) {
	tb.Helper()
	a, err := newPerson(filepath.Join(tb.TempDir(), "home"), "Ada")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := a.close(); err != nil {
			tb.Error(err)
		}
	})
	g, err := found(tb.Context(), a.Ledger)
	if err != nil {
		tb.Fatal(err)
	}
	work := &acts{kind: kind}
	if _, err := work.prepare(tb.Context(), a.Ledger, g, n); err != nil {
		tb.Fatal(err)
	}
	return a, g, work
}

// BenchmarkPropose is one act, from what a person meant to the disk.
func BenchmarkPropose(b *testing.B) {
	for _, kind := range []string{actRSVP, actPost} {
		for _, per := range []int{1, fillBatch} {
			b.Run(fmt.Sprintf("%s/per=%d", kind, per), func(b *testing.B) {
				a, g, work := aPerson(b, kind, 20_000)
				drafts := make([]store.Draft, per)
				b.ReportAllocs()
				for b.Loop() {
					if work.next+per > 20_000 {
						work.next = 0
					}
					for i := range drafts {
						drafts[i] = work.draft()
					}
					if _, err := a.Propose(b.Context(), g, drafts...); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*float64(per)/b.Elapsed().Seconds(), "op/s")
			})
		}
	}
}

// BenchmarkAccept is a newcomer's ledger that takes in a history of 10,000 answers, as the network hands it over.
func BenchmarkAccept(b *testing.B) {
	const n, batch = 10_000, 500
	for _, kind := range []string{actRSVP, actPost} {
		b.Run(kind, func(b *testing.B) {
			a, g, work := aPerson(b, kind, n)
			c, err := newPerson(filepath.Join(b.TempDir(), "joiner"), "Sue")
			if err != nil {
				b.Fatal(err)
			}
			if err := letIn(b.Context(), a, c, g); err != nil {
				b.Fatal(err)
			}
			before, err := history(b.Context(), a.Ledger, g)
			if err != nil {
				b.Fatal(err)
			}
			if err := work.fill(b.Context(), a.Ledger, g, n, fillBatch); err != nil {
				b.Fatal(err)
			}
			all, err := history(b.Context(), a.Ledger, g)
			if err != nil {
				b.Fatal(err)
			}
			if err := c.close(); err != nil {
				b.Fatal(err)
			}
			empty, i := c.dir, 0
			for b.Loop() {
				b.StopTimer()
				i++
				dir := filepath.Join(b.TempDir(), fmt.Sprint(i))
				if err := os.CopyFS(dir, os.DirFS(empty)); err != nil {
					b.Fatal(err)
				}
				if err := os.WriteFile(keychainOf(dir).path, mustRead(b, keychainOf(empty).path), 0o600); err != nil {
					b.Fatal(err)
				}
				d, err := openPerson(dir)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				for raws := all[len(before):]; len(raws) > 0; {
					m := min(batch, len(raws))
					r, err := d.Accept(b.Context(), g, kp1.DID{}, raws[:m])
					if err != nil || r.Refused > 0 || len(r.New) != m {
						b.Fatalf("Accept = %d new of %d, %d refused, %v", len(r.New), m, r.Refused, err)
					}
					raws = raws[m:]
				}
				b.StopTimer()
				if err := d.close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "op/s")
		})
	}
}

// BenchmarkOpen is a store that was closed, until its view is there.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "home")
			if err := filled(b.Context(), dir, actRSVP, n, 1); err != nil {
				b.Fatal(err)
			}
			_, g, err := loadNote(dir)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				a, err := openPerson(dir)
				if err != nil {
					b.Fatal(err)
				}
				if n, err := week(a.Ledger, g); n == 0 || err != nil {
					b.Fatalf("week = %d, %v", n, err)
				}
				b.StopTimer()
				if err := a.close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

func mustRead(tb testing.TB, path string) []byte {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
