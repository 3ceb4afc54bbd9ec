// Package sim holds the simulator behind `make soak`, in two worlds. World has whole peers on simulated links, so it is
// dear and small. Village has real ledgers that hand one another real envelopes through the real comparison of sets and
// the real shelf of a mailbox; the wire under them is played, so that a month of twelve people with two machines each is
// lived in minutes. People sleep and wake, links are cut and heal, clocks are wrong, machines are lost, copied and put
// back, members are removed and asked back. Both check what Kith promises whatever happens: nothing acknowledged is lost,
// all members end with the same, and nobody is ever told that somebody has what they do not have; in a village a judge
// holds every machine to the guarantees at every step. A run is described by its seed. It is imported by nothing.
package sim

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/app/present"
	kith "kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/network/nettest"
	"kith/store"
	"kith/store/care"
	"kith/store/care/people"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
)

// Plan says how large and how wild a run is.
type Plan struct {
	Seed   uint64
	People int           // the first founds the group
	Days   int           // of simulated time
	Acts   int           // written by each person on each day, about
	Awake  float64       // share of the day that each computer is on
	Remove bool          // members are removed, and asked back
	Delay  time.Duration // one way, on every link
}

// String is the line with which a run can be had again.
func (p Plan) String() string {
	return fmt.Sprintf("-sim.seed=%d (%d people, %d days, %d acts a day, %.0f%% awake)", p.Seed, p.People, p.Days, p.Acts, 100*p.Awake)
}

// World is one run. Make it inside a bubble of testing/synctest.
type World struct {
	plan Plan
	dir  string
	rnd  *rand.Rand
	air  *nettest.Air
	all  []*Person
	g    kp1.GID

	linger time.Duration      // nobody waits longer before new keys and the like
	said   map[kp1.ID]*Person // every act that was acknowledged to its author, and who that was
}

// Person is one person with one computer.
type Person struct {
	Name string
	w    *World
	home string
	keys *chain
	peer *kith.Peer
	id   peer.ID
	stop context.CancelFunc
	done chan error
	out  bool // removed, and not back yet
}

// chain is a keychain in memory, so that opening a store does not cost a second of Argon2id each time.
type chain struct{ items map[string][]byte }

func (c *chain) Get(name string) ([]byte, error) {
	if b, ok := c.items[name]; ok {
		return slices.Clone(b), nil
	}
	return nil, keyring.ErrNoItem
}

func (c *chain) Set(name string, secret []byte) error {
	c.items[name] = slices.Clone(secret)
	return nil
}

func (c *chain) Delete(name string) error {
	delete(c.items, name)
	return nil
}

// New makes the people, founds the group and lets everyone in, face to face.
func New(dir string, plan Plan) (*World, error) {
	w := &World{
		plan: plan, dir: dir, rnd: rand.New(rand.NewPCG(plan.Seed, 1)), air: nettest.NewAir(plan.Delay), said: map[kp1.ID]*Person{}, linger: 30 * time.Second, //nolint:gosec // a simulation must be repeatable
	}
	for i := range plan.People {
		p := &Person{Name: fmt.Sprintf("P%d", i), w: w, keys: &chain{items: map[string][]byte{}}}
		p.home = filepath.Join(dir, p.Name)
		p.make()
		if err := p.start(); err != nil {
			return nil, err
		}
		w.all = append(w.all, p)
	}
	l := w.all[0].ledger()
	acts := []store.Draft{{Act: people.About{Kind: people.Constellation, Name: "Elm Row"}}, {Act: people.Profile{Name: "P0"}}}
	var err error
	if w.g, err = l.Found(context.Background(), store.Founding{Name: "P0", Peer: []byte(w.all[0].id), Acts: acts}); err != nil {
		return nil, err
	}
	for _, p := range w.all[1:] {
		if err := w.admit(p); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// make builds the person's peer anew over the same home, as a restart of the program does.
func (p *Person) make() {
	p.peer = kith.New(p.home, kith.Options{
		Keychain: p.keys,
		Linger:   func() time.Duration { return time.Duration(p.w.rnd.Int64N(max(1, int64(p.w.linger)))) },
		Over: func(o network.Options, s network.Shelf, r network.Rendezvous) (*network.Node, error) {
			return network.NewOver(p.w.air.NewPort(p.id), o, s, r), nil
		},
	})
}

func (p *Person) ledger() *store.Ledger {
	l, _ := p.peer.Inside()
	return l
}

// start begins a life: a person in an empty home.
func (p *Person) start() error {
	if _, err := p.peer.Start(context.Background(), present.Start{Name: p.Name, Keychain: true}); err != nil {
		return err
	}
	id, err := peer.Decode(p.peer.Self().Peer)
	p.id = id
	return err
}

// wake turns the computer on.
func (p *Person) wake() error {
	if p.stop != nil {
		return nil
	}
	if err := p.peer.Unlock(context.Background(), ""); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop, p.done = stop, make(chan error, 1)
	done, q := p.done, p.peer
	go func() { done <- q.Serve(ctx, verb.Serving{Listen: []string{"/memory"}}, nil) }()
	return nil
}

// sleep turns it off.
func (p *Person) sleep() error {
	if p.stop == nil {
		return nil
	}
	p.stop()
	err := errors.Join(<-p.done, p.peer.Close())
	p.stop = nil
	p.make()
	return err
}

// admit lets a person in by the whole of an invite, carried by hand.
func (w *World) admit(p *Person) error {
	ctx := context.Background()
	host := w.all[0].ledger()
	addrs := []string{"/ip4/127.0.0.1/tcp/1/p2p/" + w.all[0].id.String()}
	inv, err := host.Invite(ctx, w.g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}, addrs, "Elm Row")
	if err != nil {
		return err
	}
	link, err := inv.Link(addrs)
	if err != nil {
		return err
	}
	j, err := p.ledger().Join(ctx, link, p.Name, []byte(p.id))
	if err != nil {
		return err
	}
	key := inv.Secret.Keys().Mailbox.Public().(ed25519.PublicKey)
	for range 2 {
		post, err := p.ledger().JoinMail(ctx, j.ID, host.BoxList(key))
		if err != nil {
			return err
		}
		if post != nil {
			if err := host.BoxPut(ctx, key, post); err != nil {
				return err
			}
		}
	}
	for _, r := range host.View().Group(w.g).Requests {
		if r.Words == j.Words {
			if _, err := host.Approve(ctx, w.g, r.ID, store.Approval{Verified: group.VerifiedInPerson}); err != nil {
				return err
			}
		}
	}
	_, err = p.ledger().JoinMail(ctx, j.ID, host.BoxList(key))
	p.out = false
	return err
}

// act writes one act as a person, and remembers that it was acknowledged.
func (w *World) act(p *Person, a care.Act) (kp1.ID, error) {
	id, err := p.peer.Propose(context.Background(), w.g, a)
	if err == nil {
		w.said[id] = p
	}
	return id, err
}
