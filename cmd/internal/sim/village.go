package sim

import (
	"container/heap"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"path/filepath"
	"time"

	"kith/network/reconcile"
	"kith/store"
	"kith/store/care/people"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
)

// Climate says how large a village is and what it has to live through.
type Climate struct {
	Seed     uint64
	People   int // the first founds the group; the first three lead it
	Machines int // each person's
	Days     int
	Acts     float64       // written by each person a day
	Online   float64       // share of the time that each machine is on
	Lossy    float64       // share of what is pushed, and of each visit's batches, that is lost
	Twice    float64       // share that comes twice
	Shuffle  time.Duration // by which what is pushed may be late
	Keepers  int           // mailboxes; the second one lies
	Clocks   bool          // wrong by up to two centuries, and jumping
	Strife   time.Duration // between one removal, quarrel, theft, clone or rollback and the next that somebody tries; 0: never
	Named    bool          // some words are for a few people alone
	Erases   bool          // people take back some of what they wrote
	Weather  bool          // partitions and flaps
	Heedless bool          // nobody waits until their machine has caught up before they act on who belongs
	Looks    bool          // what machines say of deliveries is held to the world, and one of them says that it has what it has not
	Alone    bool          // every machine works everything out by itself, for who wants to see that it comes to the same
	Diary    io.Writer     // told what happens, for who looks into a run; may be nil
}

// String is the line with which a run can be had again.
func (c Climate) String() string {
	return fmt.Sprintf("go test ./cmd/internal/sim -run '^TestVillage$' -seed=%d -days=%d -people=%d", c.Seed, c.Days, c.People)
}

// Village is the light world: real ledgers, each with its own file, that hand one another real envelopes through the real
// comparison of sets and the real shelf of a mailbox. What is played is the wire under them: there is no libp2p, no
// stream and no frame, the hello is a comparison of its keys, and time is a queue of events. One goroutine moves it all,
// so that a seed is the whole run.
type Village struct {
	Climate
	dir  string
	rest *keyring.AtRest
	rnd  *rand.Rand

	now   time.Time
	queue agenda
	count uint64

	g        kp1.GID
	folk     []*Neighbour
	machines []*Machine
	keepers  []*Keeper
	cut      func(a, b *Machine) bool // nil: everybody reaches everybody
	again    map[[2]*Machine]bool     // visits that were broken off and will be made up for

	judge  *judge
	truth  *witness      // nil unless Looks
	shared *store.Shared // what one machine has worked out, another of the same process need not
	said   []saying
	trace  hash.Hash
	Tally  Tally
	short  map[kp1.ID]bool // what somebody's word was not enough for, while everything healed
	fair   bool            // everything heals: nothing is lost and nobody quarrels
}

// Tally counts what a run was made of.
type Tally struct {
	Acts, Meetings, Pushed, Lost, Posted, Fetched             int
	Removed, Admitted, Revoked, Cloned, RolledBack            int
	Rekeys, Grants, HealGrants, Rounds, Sealed, Judged, Spied int
	Later                                                     int // acts that waited until their machine had caught up
	Erased                                                    int // posts that were taken back
	Apart                                                     int // machines that end apart from the others, as people have to settle it
}

// Neighbour is a person.
type Neighbour struct {
	n        int
	name     string
	machines []*Machine
	rs       keyring.Recovery
}

// saying is an act that its author was told is safe.
type saying struct {
	id     kp1.ID
	comp   uint8 // who may read there
	by     *Machine
	device kp1.DID // who comes back after a removal is another device; what the first wrote unheard is hidden
	at     time.Duration
	items  []reconcile.Item // the envelopes that it is in
	post   bool             // a post for all who read there
	erased kp1.ID           // the act by which its person has taken it back
	few    []kp1.MID        // who alone may read it; nil: all who may read there
}

// agenda is what will happen, soonest first.
type agenda []event

type event struct {
	at time.Time
	n  uint64
	do func() error
}

// Len, Less, Swap, Push and Pop make it a heap.
func (a agenda) Len() int { return len(a) }

// Less orders by time, then by who came first.
func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].n < a[j].n
}

// Swap is for the heap.
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is for the heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(event)) }

// Pop is for the heap.
func (a *agenda) Pop() any {
	old := *a
	e := old[len(old)-1]
	*a = old[:len(old)-1]
	return e
}

// dawn is when every village begins.
var dawn = time.Date(2026, time.November, 22, 6, 0, 0, 0, time.UTC)

// Settle makes the people, founds the group and lets everyone in. rest is the at-rest key of every machine: making one
// takes as long as all else.
func Settle(dir string, rest *keyring.AtRest, c Climate) (*Village, error) {
	v := &Village{
		Climate: c, dir: dir, rest: rest, rnd: newDice(c.Seed), now: dawn,
		again: map[[2]*Machine]bool{}, short: map[kp1.ID]bool{}, trace: sha256.New(),
	}
	if !c.Alone {
		v.shared = &store.Shared{}
	}
	v.judge = newJudge(v)
	if c.Looks {
		v.truth = newWitness(v)
	}
	for i := range c.Keepers {
		k, err := newKeeper(v, i)
		if err != nil {
			return nil, err
		}
		v.keepers = append(v.keepers, k)
	}
	for i := range c.People {
		p := &Neighbour{n: i, name: fmt.Sprintf("P%d", i)}
		v.folk = append(v.folk, p)
		if err := v.begin(p); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := v.lead(min(3, c.People)); err != nil {
		return nil, err
	}
	for _, p := range v.folk {
		for range c.Machines - 1 {
			if _, err := v.secondMachine(p); err != nil {
				return nil, fmt.Errorf("second machine of %s: %w", p.name, err)
			}
		}
	}
	return v, v.calm()
}

func newDice(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a simulation must be repeatable
}

// begin makes a person's first machine and brings it into the group.
func (v *Village) begin(p *Neighbour) error {
	m := v.newMachine(p)
	l, err := store.Create(m.home, v.rest, p.name, m.options())
	if err != nil {
		return err
	}
	p.rs = l.Recovery()
	m.peer = multihash(l.Transport())
	m.awake = true
	if err := m.take(l); err != nil || p.n > 0 {
		if err != nil {
			return err
		}
		host := v.folk[0].machines[0]
		if err := v.admit(host, m); err != nil {
			return err
		}
		return v.level(host, m)
	}
	v.g, err = l.Found(context.Background(), store.Founding{
		Name: p.name, Peer: m.peer, Acts: []store.Draft{{Act: people.About{Kind: people.Constellation, Name: "Elm Row"}}, {Act: people.Profile{Name: p.name}}},
	})
	if err != nil {
		return err
	}
	if len(v.keepers) > 0 {
		return v.announce(m)
	}
	return m.reread()
}

// lead makes admins of the first n people. From the second on, two have to agree.
func (v *Village) lead(n int) error {
	ctx := context.Background()
	host := v.folk[0].machines[0]
	for i := 1; i < n; i++ {
		p := v.folk[i].machines[0]
		d, err := host.l.SetRole(ctx, v.g, p.view().Me, kp1.RankAdmin)
		if err != nil {
			return fmt.Errorf("make %s an admin: %w", p.owner.name, err)
		}
		if d.Proposed {
			second := v.folk[1].machines[0]
			if err := v.level(host, second); err != nil {
				return err
			}
			if _, err := second.l.Consent(ctx, v.g, d.Op); err != nil {
				return fmt.Errorf("consent to %s: %w", p.owner.name, err)
			}
			if err := v.level(host, second); err != nil {
				return err
			}
		}
		if err := v.level(host, p); err != nil {
			return err
		}
	}
	return nil
}

// admit lets a machine's person in by the whole of an invite, face to face.
func (v *Village) admit(host, m *Machine) error {
	ctx := context.Background()
	addrs := []string{"/ip4/127.0.0.1/tcp/4001"}
	inv, err := host.l.Invite(ctx, v.g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}, addrs, "Elm Row")
	if err != nil {
		return err
	}
	link, err := inv.Link(addrs)
	if err != nil {
		return err
	}
	j, err := m.l.Join(ctx, link, m.owner.name, m.peer)
	if err != nil {
		return err
	}
	box := j.Mailbox.Public().(ed25519.PublicKey)
	m.taking = true // what the welcome brings is not of its own making
	defer func() { m.taking = false }()
	for range 2 {
		post, err := m.l.JoinMail(ctx, j.ID, host.l.BoxList(box))
		if err != nil {
			return err
		}
		if post != nil {
			if err := host.l.BoxPut(ctx, box, post); err != nil {
				return err
			}
		}
	}
	for _, r := range host.view().Requests {
		if r.Words == j.Words && !r.Used && !r.Ended {
			if _, err := host.l.Approve(ctx, v.g, r.ID, store.Approval{Verified: group.VerifiedInPerson}); err != nil {
				return err
			}
		}
	}
	if _, err = m.l.JoinMail(ctx, j.ID, host.l.BoxList(box)); err != nil {
		return err
	}
	m.host, m.stale, host.stale = host, true, true
	return m.reread()
}

// secondMachine makes one more machine for a person from a backup of another: it waits until somebody confirms it.
func (v *Village) secondMachine(p *Neighbour) (*Machine, error) {
	ctx := context.Background()
	from := p.working()
	if from == nil {
		return nil, errNobody
	}
	m := v.newMachine(p)
	path := filepath.Join(v.dir, fmt.Sprintf("backup%d", m.n))
	if _, err := from.l.Backup(ctx, path, store.Backing{}); err != nil {
		return nil, err
	}
	m.restoring = true
	if _, err := store.Restore(ctx, m.home, v.rest, path, store.Restoring{
		Options: m.options(), Recovery: p.rs,
		Peer: func(pub ed25519.PublicKey) ([]byte, error) { return multihashOf(pub), nil },
	}); err != nil {
		return nil, err
	}
	m.restoring = false
	if err := m.open(); err != nil {
		return nil, err
	}
	m.peer = multihash(m.l.Transport())
	m.awake, m.host = true, from
	return m, v.level(from, m)
}

var errNobody = errors.New("sim: nobody who could")

// working is a machine of a person that is on, in the group and in its owner's hands.
func (p *Neighbour) working() *Machine {
	for _, m := range p.machines {
		if m.able() {
			return m
		}
	}
	return nil
}

// multihash is the PeerID of a transport key as membership carries it, but for its form: nothing here dials it.
func multihash(k ed25519.PrivateKey) []byte { return multihashOf(k.Public().(ed25519.PublicKey)) }

func multihashOf(pub ed25519.PublicKey) []byte {
	sum := sha256.Sum256(pub)
	return append([]byte{0x12, 0x20}, sum[:]...)
}

// after has something happen.
func (v *Village) after(d time.Duration, do func() error) {
	v.count++
	heap.Push(&v.queue, event{v.now.Add(max(d, 0)), v.count, do})
}

// until lets what is due by then happen.
func (v *Village) until(t time.Time) error {
	for len(v.queue) > 0 && !v.queue[0].at.After(t) {
		e := heap.Pop(&v.queue).(event)
		v.now = e.at
		if err := e.do(); err != nil {
			return fmt.Errorf("after %v: %w", v.now.Sub(dawn), err)
		}
		if v.judge.err != nil {
			return fmt.Errorf("after %v: %w", v.now.Sub(dawn), v.judge.err)
		}
	}
	v.now = t
	return nil
}

// spell draws a time of this mean.
func (v *Village) spell(mean time.Duration) time.Duration {
	return time.Duration(v.rnd.ExpFloat64() * float64(mean))
}

func (v *Village) chance(share float64) bool { return v.rnd.Float64() < share }

// note adds to the trace of the run.
func (v *Village) note(what string, m *Machine, ids ...kp1.ID) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(v.now.UnixNano())) //nolint:gosec // after 1970
	if m != nil {
		binary.BigEndian.PutUint64(b[8:], uint64(m.n)) //nolint:gosec // a count
	}
	_, _ = v.trace.Write(b[:])
	_, _ = io.WriteString(v.trace, what)
	if v.Diary != nil && what != "filed" {
		_, _ = fmt.Fprintf(v.Diary, "%v %s %v\n", v.now.Sub(dawn).Round(time.Second), what, m)
	}
	for _, id := range ids {
		_, _ = v.trace.Write(id[:])
	}
}

// Trace is the hash of everything that happened.
func (v *Village) Trace() string { return fmt.Sprintf("%x", v.trace.Sum(nil)[:8]) }

// Close closes every ledger.
func (v *Village) Close() error {
	var errs []error
	for _, m := range v.machines {
		errs = append(errs, m.close())
	}
	return errors.Join(errs...)
}
