package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
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
		if p.n == n && (b.Name() == "BenchmarkW1" || b.Name() == "BenchmarkW7") {
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
func BenchmarkW4(b *testing.B) { benchW(b, w4, 10_000) }
func BenchmarkW5(b *testing.B) { benchW(b, w5, 10_000) }
func BenchmarkW6(b *testing.B) { benchW(b, w6, 10_000) }
func BenchmarkW7(b *testing.B) { benchW(b, w7, 10_000) }
func BenchmarkW8(b *testing.B) { benchW(b, w8, 10_000) }
