package group

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"kith/store/kp1"
)

// longLife writes n ops of a group of twelve people with two devices each. One op in eight is written by somebody who
// has not heard the newest few.
func longLife(t tb, n int) []Op {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	for _, name := range cast[2:13] {
		w.must(ann, w.admit(name, kp1.RankMember, w.dev(name, 1).cert))
	}
	l, ops := w.all, w.ops
	tips := map[kp1.DID]Op{ann.id: ops[len(ops)-1]}
	var stale []kp1.ID
	for len(ops) < n {
		heads := l.Heads()
		if r.IntN(8) == 0 && len(stale) > 0 {
			heads = stale
		} else if r.IntN(4) == 0 {
			stale = heads
		}
		d := ann
		var b Body = NewAck()
		switch k := r.IntN(10); {
		case k < 6:
			d = w.dev(cast[2+r.IntN(11)], r.IntN(2))
		case k < 8:
			d = w.dev(cast[2+r.IntN(11)], r.IntN(2))
			b = KeyUpdate{Peer: seed("peer %d", len(ops))}
		default:
			m, rank := someone(t, cast[2+r.IntN(11)]).id, uint8(r.IntN(2))
			b = NewSetRole(l.State(), m, rank, nil)
		}
		o := Op{V: 1, Type: b.Type(), Device: d.id, Seq: tips[d.id].Seq + 1, Prev: tips[d.id].ID, Auth: heads, Body: mustEncode(t, b)}
		o.ID = opID(o, uint64(len(ops)))
		if err := l.Add(o); err != nil {
			t.Fatal(err)
		}
		tips[d.id] = o
		ops = append(ops, o)
	}
	return ops
}

func BenchmarkResolve(b *testing.B) {
	for _, n := range []int{1_000, 20_000} {
		ops := longLife(b, n)
		b.Run(fmt.Sprintf("cold/%d", n), func(b *testing.B) {
			for b.Loop() {
				if l := logOf(b, false, ops); l.Len() != n {
					b.Fatalf("%d of %d admitted", l.Len(), n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/auth-op")
		})
		var l *Log
		last := map[kp1.DID]Op{}
		var devs []kp1.DID
		again := func() {
			l, devs = logOf(b, false, ops), nil
			for _, o := range ops {
				last[o.Device] = o
			}
			for d := range last {
				if d != ops[0].Device { // the admin's chain is long already
					devs = append(devs, d)
				}
			}
		}
		again()
		turn := 0
		add := func(b *testing.B) {
			turn++
			d := devs[turn%len(devs)]
			if last[d].Seq == kp1.MaxAuthSeq {
				b.StopTimer()
				again()
				b.StartTimer()
			}
			prev := last[d]
			o := Op{V: 1, Type: TypeAck, Device: d, Seq: prev.Seq + 1, Prev: prev.ID, Auth: l.Heads(), Body: []byte{0xa0}}
			o.ID = opID(o, uint64(turn))
			if err := l.Add(o); err != nil {
				b.Fatal(err)
			}
			last[d] = o
		}
		b.Run(fmt.Sprintf("incremental/%d", n), func(b *testing.B) {
			for b.Loop() {
				add(b)
			}
		})
		b.Run(fmt.Sprintf("view/%d", n), func(b *testing.B) {
			for b.Loop() {
				v := newView(l)
				for i := range n {
					v.add(i)
				}
			}
		})
		b.Run(fmt.Sprintf("past/%d", n), func(b *testing.B) { // the view of an op from the middle, forgotten by the memo
			at := l.closure(n / 2)
			for b.Loop() {
				l.memo = memo{}
				l.resolve(at)
			}
		})
		b.Run(fmt.Sprintf("memory/%d", n), func(b *testing.B) {
			var before, after runtime.MemStats
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&before)
				k := logOf(b, false, ops)
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "heap-B/auth-op")
				runtime.KeepAlive(k)
			}
		})
	}
}

func BenchmarkState(b *testing.B) {
	l := logOf(b, false, longLife(b, 1_000))
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			l.state = nil
			l.State().Hash()
		}
	})
	b.Run("content", func(b *testing.B) {
		ref := ContentRef{Device: l.nodes[0].op.Device, Comp: 1, Seq: 1, Auth: l.Heads()}
		for b.Loop() {
			if l.Content(ref).Ruling != Accept {
				b.Fatal("not accepted")
			}
		}
	})
}

// BenchmarkRemove is what the state would be after a removal, which whoever removes somebody has to know first.
func BenchmarkRemove(b *testing.B) {
	for _, n := range []int{1_000, 20_000} {
		ops := longLife(b, n)
		l := logOf(b, false, ops)
		ann := someone(b, "ann").devs[0]
		prev, seq := l.Last(ann.id)
		body := NewRemove(someone(b, "dan").id, nil, 0)
		o := Op{V: 1, Type: body.Type(), Device: ann.id, Seq: seq + 1, Prev: prev, Auth: l.Heads(), Body: mustEncode(b, body)}
		o.ID = opID(o, 1<<40)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if st, err := l.After(o); err != nil || len(st.Members) != 11 {
					b.Fatalf("%d members, %v", len(st.Members), err)
				}
			}
		})
	}
}

// BenchmarkMissing asks who lacks keys, in a group that has changed them often.
func BenchmarkMissing(b *testing.B) {
	for _, epochs := range []int{100, 1_000} {
		w := found(b, PolicyFields{})
		ann := w.dev("ann", 0)
		for i, name := range cast[2:13] {
			a := w.admit(name, kp1.RankMember, w.dev(name, 1).cert)
			a.History = []uint8{HistoryAll, HistoryNone}[i%2]
			w.must(ann, a)
		}
		for range epochs {
			w.must(ann, w.rekey(ann, "again"))
		}
		b.Run(fmt.Sprintf("%d devices, %d epochs", len(w.all.State().Devices), epochs), func(b *testing.B) {
			for b.Loop() {
				if got := len(w.all.Missing()); got != 0 {
					b.Fatalf("%d devices lack keys", got)
				}
			}
		})
	}
}
