package group

import (
	"fmt"
	"testing"

	"kith/store/kp1"
)

// behindFence returns the honest ops of a group of four, among them the removal of bob, then n ops that bob wrote
// beside it, then n honest ones.
func behindFence(b *testing.B, n int) (honest, late, after []Op) {
	w := three(b)
	chain := func(d *dev, heads []kp1.ID, body Body) (out []Op) {
		prev, seq := w.tip[d.id], w.seq[d.id]
		for range n {
			o := Op{V: 1, Type: body.Type(), Device: d.id, Seq: seq + 1, Prev: prev, Auth: heads, Body: mustEncode(b, body)}
			o.ID = opID(o, seq)
			prev, seq, heads = o.ID, o.Seq, []kp1.ID{o.ID}
			out = append(out, o)
		}
		return out
	}
	bob := w.dev("bob", 0)
	late = chain(bob, w.heads(bob.id), NewAck())
	w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(bob.who.id, nil, 3))
	ann := w.dev("ann", 0)
	return w.ops, late, chain(ann, w.heads(ann.id), NewAck())
}

// BenchmarkHeld files ops while as many wait behind a fence: what each costs must not grow with what waits.
func BenchmarkHeld(b *testing.B) {
	for _, n := range []int{500, 4_000} {
		honest, late, after := behindFence(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				l := logOf(b, false, honest)
				for k := range late {
					if err := l.Add(late[k]); !is(err, ErrWaiting) {
						b.Fatalf("Add(late) = %v, want ErrWaiting", err)
					}
					if err := l.Add(after[k]); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(2*n), "ns/auth-op")
		})
	}
}

// BenchmarkReview reads the review queue of a group with a long life, in which nothing has to be settled.
func BenchmarkReview(b *testing.B) {
	for _, n := range []int{1_000, 20_000} {
		l := logOf(b, false, longLife(b, n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if got := len(l.Review()); got != 0 {
					b.Fatalf("%d matters", got)
				}
			}
		})
	}
}
