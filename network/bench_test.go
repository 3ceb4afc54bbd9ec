package network_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network"
	"kith/network/nettest"
)

// BenchmarkJoin is what the wire costs of a join: two hosts, shelves in memory, no signatures and no disk.
func BenchmarkJoin(b *testing.B) {
	const n = 10_000
	envs := make([][]byte, n)
	for i := range envs {
		envs[i] = nettest.Envelope("history", i, 1, 2950, 700)
	}
	for name, listen := range map[string]string{"quic": quicHere, "tcp": tcpHere} {
		b.Run(fmt.Sprintf("%s/n=%d", name, n), func(b *testing.B) {
			x, y := pair(b, listen)
			y.await(b, "level", isLevel)
			b.SetBytes(n * 700)
			for b.Loop() {
				for _, d := range []*live{x, y} {
					d.shelf.Clear(group)
				}
				x.shelf.Add(group, envs...)
				if _, err := y.Sync(b.Context(), network.Bout{}); err != nil {
					b.Fatal(err)
				}
				if y.shelf.Len(group) != n {
					b.Fatalf("joined with %d of %d", y.shelf.Len(group), n)
				}
			}
			b.ReportMetric(float64(y.Stats().BytesIn)/float64(b.N)/n/700, "wire/payload")
			b.ReportMetric(float64(y.Stats().Rounds+x.Stats().Rounds)/float64(b.N), "rounds")
		})
	}
}

// BenchmarkLive is the time from Push to the commit at the other device, and to its word for it.
func BenchmarkLive(b *testing.B) {
	for name, listen := range map[string]string{"quic": quicHere, "tcp": tcpHere} { // -benchtime=1500x: a member may push 2,000
		b.Run(name, func(b *testing.B) {
			x, y := pair(b, listen)
			y.await(b, "level", isLevel)
			var took []time.Duration
			i := 0
			for b.Loop() {
				e := nettest.Envelope("live", i, 1, 2950, 700)
				i++
				x.shelf.Add(group, e)
				begin := time.Now()
				x.Push(group, e)
				y.await(b, "received", func(e network.Event) bool { _, ok := e.(network.Received); return ok })
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkF17 is a member's sync alone, and beside a stranger who opens stream after stream, says a byte on each and reads
// nothing. benchmarks.md asks for at most one and a half times as long.
func BenchmarkF17(b *testing.B) {
	const n = 2_000
	envs := make([][]byte, n)
	for i := range envs {
		envs[i] = nettest.Envelope("history", i, 1, 2950, 700)
	}
	for name, flood := range map[string]bool{"alone": false, "flooded": true} {
		b.Run(name, func(b *testing.B) {
			pub, _ := mailboxKey(1)
			sx, sy := nettest.NewShelf(), nettest.NewShelf()
			sx.SetGroups(groupWith(network.Peer{ID: idOf(b, 1), In: true}))
			x := serve(b, 0, sx, newShelves(pub), tcpHere)
			infos, err := peer.AddrInfosFromP2pAddrs(x.Addrs()...)
			if err != nil {
				b.Fatal(err)
			}
			sy.SetGroups(groupWith(network.Peer{ID: x.id, In: true, Addrs: infos[0].Addrs}))
			y := serve(b, 1, sy, nil, tcpHere)
			y.await(b, "level", isLevel)
			if flood {
				ctx, stop := context.WithCancel(b.Context())
				done := make(chan struct{})
				h := bare(b, 9)
				if err := dial(b, h, x); err != nil {
					b.Fatal(err)
				}
				go func() {
					defer close(done)
					for ctx.Err() == nil {
						if s, err := h.NewStream(ctx, x.id, network.SyncProtocol); err == nil {
							_, _ = s.Write([]byte{1})
						}
						time.Sleep(time.Millisecond)
					}
				}()
				b.Cleanup(func() { stop(); <-done })
			}
			for b.Loop() {
				for _, d := range []*live{x, y} {
					d.shelf.Clear(group)
				}
				x.shelf.Add(group, envs...)
				if _, err := y.Sync(b.Context(), network.Bout{}); err != nil || y.shelf.Len(group) != n {
					b.Fatal(y.shelf.Len(group), err)
				}
			}
		})
	}
}
