package keeper

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network"
	"kith/network/mailbox"
	"kith/network/nettest"
	"kith/network/reconcile"
	"kith/network/wire"
)

// running is a keeper that serves on this computer alone.
type running struct {
	*Keeper
	t    testing.TB
	stop context.CancelFunc
	done chan error
}

var loopback = []string{"/ip4/127.0.0.1/tcp/0"}

func run(t testing.TB, home string, o Options) *running {
	t.Helper()
	if o.Listen == nil {
		o.Listen = loopback
	}
	k, err := New(home, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{k, t, stop, make(chan error, 1)}
	go func() { r.done <- k.Serve(ctx) }()
	select {
	case <-k.Up():
	case err := <-r.done:
		t.Fatal("Serve", err)
	}
	t.Cleanup(r.end)
	return r
}

func (r *running) end() {
	if r.stop == nil {
		return
	}
	r.stop()
	r.stop = nil
	if err := <-r.done; err != nil {
		r.t.Errorf("Serve = %v", err)
	}
}

var member, admin = [32]byte{1}, [32]byte{2}

// paired lets one group in, by the tickets member and admin.
func (r *running) paired() {
	r.t.Helper()
	c := network.NewPairCode()
	if err := r.Offer(ctx(r.t), c, nil); err != nil {
		r.t.Fatal(err)
	}
	if err := network.Pair(ctx(r.t), r.PairLink(c), member, admin); err != nil {
		r.t.Fatal(err)
	}
}

func ctx(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// key is the mailbox key of an epoch.
func key(n byte) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte{'k', n})
	return ed25519.NewKeyFromSeed(seed[:])
}

func (r *running) call() *network.Caller {
	r.t.Helper()
	c, err := network.Call(ctx(r.t), r.Addrs())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

func (r *running) enter(k byte, ticket [32]byte) *network.Box {
	r.t.Helper()
	b, err := r.call().Enter(ctx(r.t), key(k), ticket)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(b.Leave)
	return b
}

// put leaves envelopes, and returns what was said of each.
func put(t testing.TB, b *network.Box, envs ...[]byte) []error {
	t.Helper()
	said := make([]error, len(envs))
	if err := b.Put(envs, func(i int, err error) error { said[i] = err; return nil }); err != nil {
		t.Fatal(err)
	}
	return said
}

// collect reads all that is in a mailbox.
func collect(t testing.TB, b *network.Box, have ...[]byte) map[reconcile.ID]bool {
	t.Helper()
	c, err := b.Compare(setOf(have...))
	if err != nil {
		t.Fatal(err)
	}
	got := map[reconcile.ID]bool{}
	if err := b.Fetch(c, func(reconcile.ID) bool { return false }, func(envs [][]byte) error {
		for _, env := range envs {
			got[sha256.Sum256(env)] = true
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

// letters are n envelopes of ops.
func letters(name string, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = nettest.Letter(1, fmt.Sprint(name, i), 2968)
	}
	return out
}

func want(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func itemOf(env []byte) reconcile.Item { return reconcile.Item{Week: 2968, ID: sha256.Sum256(env)} }

func setOf(envs ...[]byte) reconcile.Set {
	items := make([]reconcile.Item, len(envs))
	for i, env := range envs {
		items[i] = itemOf(env)
	}
	return reconcile.NewSet(items)
}

// stream is a login by hand: what follows is the test's own.
func (r *running) stream(k byte, ticket [32]byte) p2pnet.Stream {
	r.t.Helper()
	h, err := libp2p.New(libp2p.NoListenAddrs)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { h.Close() })
	st, err := func() (p2pnet.Stream, error) {
		info, err := peer.AddrInfosFromP2pAddrs(r.Addrs()...)
		if err != nil {
			return nil, err
		}
		if err := h.Connect(ctx(r.t), info[0]); err != nil {
			return nil, err
		}
		st, err := h.NewStream(ctx(r.t), r.Self(), network.RelayProtocol)
		if err != nil {
			return nil, err
		}
		rd, w := wire.NewReader(st), wire.NewWriter(st)
		rd.Allow(wire.Nonce, wire.OK)
		f, err := rd.Next()
		if err != nil {
			return nil, err
		}
		priv := key(k)
		login := mailbox.Login{Relay: []byte(r.Self()), Visitor: []byte(h.ID()), Nonce: [32]byte(f.Body), Mailbox: mailbox.Key(priv.Public().(ed25519.PublicKey))}
		body := wire.LoginBody{Mailbox: login.Mailbox[:], Ticket: ticket[:]}
		copy(body.Sig[:], ed25519.Sign(priv, login.Message()))
		if err := errors.Join(w.Write(wire.Frame{Kind: wire.Login, Body: body.Encode()}), w.Flush()); err != nil {
			return nil, err
		}
		_, err = rd.Next()
		return st, err
	}()
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}
