package keeper

import (
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/peer"
	_ "pgregory.net/rapid" // whose flag says how long a run is

	"kith/network"
	"kith/network/mailbox"
	"kith/network/nettest"
	"kith/network/wire"
)

// long says whether this is a long run, as make soak asks for.
func long() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err == nil && n >= 1_000
}

// Junk without end from one of a group, 3,000 envelopes in the short form and a million in the long one, while somebody who knows no
// key signs in vain: the mailbox takes its share and refuses the rest, memory stays bounded, and another group is served meanwhile.
func TestT39JunkForAKeeper(t *testing.T) {
	n, room := 3_000, 1_000
	if long() {
		n, room = 1_000_000, 100_000
	}
	k := run(t, t.TempDir(), Options{Limits: mailbox.Limits{Envelopes: room, Burst: n, Rate: n, Share: 100}})
	k.paired()
	other := network.NewPairCode()
	want(t, "Offer", k.Offer(ctx(t), other, nil), nil)
	want(t, "Pair", network.Pair(ctx(t), k.PairLink(other), [32]byte{3}, [32]byte{4}), nil)
	was := heap()
	done := make(chan struct{})
	var flood sync.WaitGroup
	flood.Go(func() { // signatures that fit nothing
		h, err := libp2p.New(libp2p.NoListenAddrs)
		if err != nil {
			t.Error(err)
			return
		}
		defer h.Close()
		info, err := peer.AddrInfosFromP2pAddrs(k.Addrs()...)
		if err == nil {
			err = h.Connect(ctx(t), info[0])
		}
		if err != nil {
			t.Error(err)
			return
		}
		for tries := 0; ; tries++ {
			select {
			case <-done:
				if tries == 0 {
					t.Error("nobody signed in vain")
				}
				return
			default:
			}
			st, err := h.NewStream(context.Background(), k.Self(), network.RelayProtocol)
			if err != nil {
				continue
			}
			r, w := wire.NewReader(st), wire.NewWriter(st)
			r.Allow(wire.Nonce, wire.OK, wire.Refused)
			if _, err = r.Next(); err == nil {
				body := wire.LoginBody{Mailbox: key(1).Public().(ed25519.PublicKey), Ticket: member[:]}
				err = errors.Join(w.Write(wire.Frame{Kind: wire.Login, Body: body.Encode()}), w.Flush())
			}
			if f, next := r.Next(); err == nil && next == nil && f.Kind != wire.Refused {
				t.Error("let in by a signature that fits nothing")
			}
			_ = st.Reset()
		}
	})
	b, honest := k.enter(1, member), k.enter(9, [32]byte{3})
	kept, refused, came := 0, 0, 0
	for at := 0; at < n; at += 1_000 {
		var junk [][]byte
		for i := range 1_000 {
			junk = append(junk, nettest.Letter(1, fmt.Sprint("junk", at+i), 2968))
		}
		err := b.Put(junk, func(_ int, err error) error {
			if err == nil {
				kept++
			} else {
				refused++
			}
			return nil
		})
		if err != nil { // a visit has its end, as any
			b = k.enter(1, member)
		}
		for _, err := range put(t, honest, nettest.Letter(1, fmt.Sprint("honest", at), 2968)) {
			want(t, "Put by another group", err, nil)
			came++
		}
		if at%200_000 == 0 {
			honest = k.enter(9, [32]byte{3})
		}
	}
	close(done)
	flood.Wait()
	if kept == 0 || kept > room || refused == 0 {
		t.Errorf("%d of %d kept, %d refused, and there is room for %d", kept, n, refused, room)
	}
	if got := collect(t, k.enter(9, [32]byte{3})); len(got) != came {
		t.Errorf("another group finds %d of its %d", len(got), came)
	}
	const most = 64 << 20
	if now := heap(); now-was > most {
		t.Errorf("%d MiB more in memory than before", (now-was)>>20)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}
