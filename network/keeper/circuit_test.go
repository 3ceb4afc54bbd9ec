package keeper

import (
	"context"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network"
	"kith/network/nettest"
)

// family is a device of a group whose devices know no address of one another.
type family struct {
	id    peer.ID
	node  *network.Node
	shelf *nettest.Shelf
}

// families are n devices of one group that uses a keeper, on their way to one another.
func families(t *testing.T, r *running, n int) (network.Group, []*family) {
	t.Helper()
	g := network.Group{ID: network.GroupID{1}, Hello: [][32]byte{{2}}, Direct: true}
	g.Relays = []network.Relay{{Addrs: r.Addrs(), Box: [32]byte{7}, Ticket: member}}
	var all []*family
	for i := range n {
		m := &family{shelf: nettest.NewShelf()}
		node, err := network.New(network.Options{Key: nettest.Key(i), Listen: []string{"/ip4/127.0.0.1/tcp/0"}}, m.shelf, nil)
		if err != nil {
			t.Fatal(err)
		}
		m.node, m.id = node, node.Self()
		g.Peers = append(g.Peers, network.Peer{ID: m.id, In: true})
		all = append(all, m)
	}
	for _, m := range all {
		m.shelf.SetGroups(g)
		m.node.Changed()
		life, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.node.Serve(life) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Errorf("Serve = %v", err)
			}
		})
	}
	return g, all
}

// until waits for something to be so.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Two devices that know no way to one another meet through the keeper, who does not learn who they are, and leave it as
// soon as there is a direct way.
func TestCircuitsOfAGroup(t *testing.T) {
	r := run(t, t.TempDir(), Options{})
	r.paired()
	g, all := families(t, r, 2)
	a, b := all[0], all[1]
	through := network.Path{Kind: network.PathRelayed, Keeper: r.Self()}
	until(t, "a circuit", func() bool { return a.node.Paths()[b.id] == through && b.node.Paths()[a.id] == through })
	for _, p := range r.host.Network().Peers() {
		if p == a.id || p == b.id {
			t.Error("the keeper knows a device by its own name")
		}
	}
	e := nettest.Envelope("news", 0, 1, 2950, 700)
	a.shelf.Add(g.ID, e)
	a.node.Push(g.ID, e)
	until(t, "news", func() bool { return b.shelf.Len(g.ID) == 1 })

	for i := range g.Peers {
		if g.Peers[i].ID == b.id {
			for _, at := range b.node.Addrs() {
				at, _ = peer.SplitAddr(at)
				g.Peers[i].Addrs = append(g.Peers[i].Addrs, at)
			}
		}
	}
	a.shelf.SetGroups(g)
	a.node.Changed()
	a.node.Wake()
	near := network.Path{Kind: network.PathNear}
	until(t, "the direct way", func() bool { return a.node.Paths()[b.id] == near && b.node.Paths()[a.id] == near })
}

// The circuits of a group end with its key, and begin anew under names that the old key does not give; where it comes to
// meet through its mailbox alone there are none.
func TestCircuitsFollowTheKey(t *testing.T) {
	r := run(t, t.TempDir(), Options{})
	r.paired()
	g, all := families(t, r, 2)
	names := func() map[peer.ID]bool {
		now := map[peer.ID]bool{}
		for _, p := range r.host.Network().Peers() {
			now[p] = true
		}
		return now
	}
	met := func() bool { return len(all[0].node.Paths()) == 1 && len(all[1].node.Paths()) == 1 }
	until(t, "a circuit", met)
	before := names()
	tell := func() {
		for _, m := range all {
			m.shelf.SetGroups(g)
			m.node.Changed()
		}
	}
	g.Hello = [][32]byte{{3}, {2}}
	tell()
	until(t, "new names", func() bool {
		for p := range names() {
			if before[p] {
				return false
			}
		}
		return len(names()) == 2
	})
	until(t, "a circuit again", met)
	g.Direct = false
	tell()
	until(t, "nobody at the keeper", func() bool { return len(names()) == 0 && len(all[0].node.Paths())+len(all[1].node.Paths()) == 0 })
}
