package store

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// withDevices is a group of Ada and Bev with so many devices in all.
func withDevices(b *testing.B, n int) (ada, bev *home, g kp1.GID) {
	b.Helper()
	g, homes := team(b, "Ada", "Bev")
	ada, bev = homes[0], homes[1]
	const each = 4 // 64 people at most
	for left, k := n-2, 0; left > 0; k++ {
		take := min(left, each)
		ada.admitStranger(g, fmt.Sprint("person ", k), take-1)
		left -= take
	}
	meet(b, ada, bev, g)
	if got := len(ada.View().Group(g).State.Devices); got != n {
		b.Fatalf("%d devices, want %d", got, n)
	}
	return ada, bev, g
}

// BenchmarkRekey makes new keys for everybody, durably, and opens them on another computer. The limit is a box sealed
// for each device, one after another.
func BenchmarkRekey(b *testing.B) {
	for _, n := range []int{20, 200} {
		b.Run(fmt.Sprint("make/", n), func(b *testing.B) {
			ada, _, g := withDevices(b, n)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				rekey(b, ada, g)
			}
			b.StopTimer()
			raws := ada.all(g)
			b.ReportMetric(float64(len(raws[len(raws)-1])), "wire-B")
		})
		b.Run(fmt.Sprint("take/", n), func(b *testing.B) {
			ada, bev, g := withDevices(b, n)
			had := len(ada.all(g))
			for range b.N {
				rekey(b, ada, g)
			}
			raws := ada.all(g)[had:]
			b.ReportAllocs()
			b.ResetTimer()
			for _, raw := range raws {
				if res := bev.give(g, raw); len(res.New) != 1 {
					b.Fatalf("%+v", res)
				}
			}
		})
		b.Run(fmt.Sprint("limit/", n), func(b *testing.B) { // the same number of boxes, and nothing else
			ada, _, g := withDevices(b, n)
			in := ada.groups[g]
			b.ResetTimer()
			for range b.N {
				for _, d := range in.state().Devices {
					if _, err := op.SealBox(d.HPKE, op.BoxInfo(kp1.LabelLockbox, g, kp1.EID{1}, d.ID), make([]byte, 264)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkRemove takes somebody out of a group with a long life, new keys and all.
func BenchmarkRemove(b *testing.B) {
	for _, n := range []int{1_000, 4_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ada, _, g := withDevices(b, 20)
			for len(ada.groups[g].log.Epochs()) > 0 && ada.groups[g].log.Len() < n {
				ada.utter(g, group.NewAck())
			}
			b.ResetTimer()
			for k := range b.N {
				b.StopTimer()
				m := ada.admitStranger(g, fmt.Sprintf("%d of %d goes", k, b.N), 0)
				b.StartTimer()
				if _, err := ada.Remove(context.Background(), g, m, ReasonUnsaid); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTend is what every computer does each minute while nothing is to do, in a group that has changed its keys often.
func BenchmarkTend(b *testing.B) {
	for _, epochs := range []int{10, 200} {
		b.Run(fmt.Sprint(epochs, " epochs"), func(b *testing.B) {
			ada, bev, g := withDevices(b, 20)
			for range epochs {
				rekey(b, ada, g)
			}
			meet(b, ada, bev, g)
			quiet(b, g, []*home{ada, bev})
			b.ReportAllocs()
			for b.Loop() {
				if wrote, err := bev.Tend(context.Background(), g); wrote || err != nil {
					b.Fatalf("%v, %v", wrote, err)
				}
			}
		})
	}
}

// BenchmarkMemory is what an open store holds in memory for each of its groups.
func BenchmarkMemory(b *testing.B) {
	const groups = 5
	for _, n := range []int{0, 1_000, 10_000} {
		b.Run(fmt.Sprint(n, " ops"), func(b *testing.B) {
			h := quickHome(b, "Ada")
			for range groups {
				g := h.found("Ada")
				var th kp1.ID
				for done := 0; done < n; done += 500 {
					if done%5_000 == 0 {
						th = h.do(g, thread.New{Title: "talk"})
					}
					var ds []Draft
					for i := range 500 {
						ds = append(ds, post300(th, done+i))
					}
					if _, err := h.Propose(context.Background(), g, ds...); err != nil {
						b.Fatal(err)
					}
				}
			}
			for range b.N {
				if err := h.Close(); err != nil {
					b.Fatal(err)
				}
				h.Ledger = nil
				before := heap()
				var err error
				if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(heap()-before)/groups, "heap-B/group")
			}
		})
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // bytes
}
