package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"kith/network/reconcile"
	"kith/store"
	"kith/store/care/people"
	"kith/store/kp1"
)

// Machine is one computer with its store.
type Machine struct {
	v     *Village
	n     int
	owner *Neighbour
	home  string
	peer  []byte
	host  *Machine // whom it was let in by; served before the history says who that is

	l     *store.Ledger // nil while the program does not run
	ahead *ahead        // the program as it will run when the machine wakes
	mark  *[32]byte     // what the keychain holds
	skew  time.Duration // of its clock
	awake bool
	shift int // how often it was woken or put to sleep, from 1
	tends int // the shift for which tending is arranged

	stolen    bool // in other hands, which write with all that is there and take nothing in
	gone      bool // broken or given up: nobody will see it again
	forked    bool // it was copied and both copies wrote
	old       bool // its disk was put back to an earlier state
	restoring bool
	device    kp1.DID // which it is in the group, once it was seen

	from   *Machine         // who sends what is being taken in
	taking bool             // what is filed is not of its own making
	wrote  []reconcile.Item // what it filed of its own since somebody asked
	comp   uint8            // where the last of that stands

	set   reconcile.Set
	round *reconcile.Round // the last it was in
	mixed [4]uint64        // all ids of set, one over the other: sets with another mix differ
	upTo  uint64
	ever  map[kp1.ID]bool  // what was on its disk once
	was   map[kp1.MID]bool // who its owner is, or was, in the group
	stale bool             // who is in has changed since in was made
	in    map[string]bool
	known map[string]kp1.DID
	acks  map[*Machine][]kp1.ID
	posts map[*Keeper][][]byte
	seen  map[*Keeper]map[[32]byte]int
}

func (v *Village) newMachine(p *Neighbour) *Machine {
	m := &Machine{v: v, n: len(v.machines), owner: p, shift: 1, stale: true, ever: map[kp1.ID]bool{}, was: map[kp1.MID]bool{}, acks: map[*Machine][]kp1.ID{}, posts: map[*Keeper][][]byte{}, seen: map[*Keeper]map[[32]byte]int{}}
	m.home = filepath.Join(v.dir, fmt.Sprintf("m%d", m.n))
	v.machines = append(v.machines, m)
	p.machines = append(p.machines, m)
	return m
}

func (m *Machine) String() string { return fmt.Sprintf("%s/m%d", m.owner.name, m.n) }

func (m *Machine) options() store.Options {
	return store.Options{Now: m.clock, Filed: m.filed, Shared: m.v.shared}
}

// ahead is a ledger that is opened, on whichever core is free, for the moment at which its machine will wake. Opening draws
// nothing by chance and changes nothing on the disk.
type ahead struct {
	at   time.Time // by the machine's clock
	late bool      // the machine goes by its own clock again
	done chan struct{}
	l    *store.Ledger
	err  error
}

// openAhead ends the program of a machine that will wake at t, and begins to open it for then.
func (m *Machine) openAhead(t time.Time) error {
	l, err := m.leave()
	if err != nil || l == nil {
		return err
	}
	a := &ahead{at: t.Add(m.skew), done: make(chan struct{})}
	m.ahead = a
	o := m.options()
	o.Now = func() time.Time {
		if a.late {
			return m.clock()
		}
		return a.at
	}
	go func() {
		defer close(a.done)
		if a.err = l.Close(); a.err == nil {
			a.l, a.err = store.Open(m.home, m.v.rest, o)
		}
	}()
	return nil
}

// start opens the store, or takes what was opened ahead, if the machine's clock is what it was to be.
func (m *Machine) start() (*store.Ledger, error) {
	if a := m.ahead; a != nil && a.at.Equal(m.clock()) {
		m.ahead = nil
		<-a.done
		a.late = true
		return a.l, a.err
	}
	if err := m.forget(); err != nil {
		return nil, err
	}
	return store.Open(m.home, m.v.rest, m.options())
}

// forget closes what was opened ahead.
func (m *Machine) forget() error {
	a := m.ahead
	if a == nil {
		return nil
	}
	m.ahead = nil
	if <-a.done; a.err != nil {
		return a.err
	}
	return a.l.Close()
}

// clock is the time as this machine has it.
func (m *Machine) clock() time.Time { return m.v.now.Add(m.skew) }

func (m *Machine) view() store.Group { return m.l.View().Group(m.v.g) }

// able says whether its owner can act with it now.
func (m *Machine) able() bool {
	return m.l != nil && m.awake && !m.stolen && !m.gone && !m.old && m.view().In && !m.l.Old(m.v.g)
}

// honest says whether it does what the program says.
func (m *Machine) honest() bool { return !m.stolen && !m.gone }

// open starts the program, as after a restart.
func (m *Machine) open() error {
	l, err := m.start()
	if err != nil {
		return err
	}
	if m.mark != nil {
		old, err := l.Believe(*m.mark)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		m.old = m.old || old
	}
	return m.take(l)
}

// take takes an open ledger into use.
func (m *Machine) take(l *store.Ledger) error {
	m.l, m.stale = l, true
	return m.reread()
}

// reread reads the set of what is on the disk.
func (m *Machine) reread() error {
	items, upTo, err := m.l.Items(m.v.g)
	if errors.Is(err, store.ErrNoGroup) {
		m.set, m.mixed, m.upTo = reconcile.Set{}, [4]uint64{}, 0
		return nil
	}
	if err != nil {
		return err
	}
	m.set, m.mixed, m.upTo = reconcile.NewSet(itemsOf(items)), [4]uint64{}, upTo
	m.device = m.view().Device
	m.sees(items)
	m.mix(items)
	return nil
}

// sees notes what is on the disk now, and who this is.
func (m *Machine) sees(items []store.Item) {
	for _, it := range items {
		m.ever[it.ID] = true
	}
	if m.l != nil {
		m.was[m.view().Me] = true
	}
	m.v.truth.sees(m)
}

// mix lays ids over those of the set: of what came, and of what went.
func (m *Machine) mix(items []store.Item) {
	for _, it := range items {
		for i := range m.mixed {
			m.mixed[i] ^= binary.BigEndian.Uint64(it.ID[8*i:])
		}
	}
}

func itemsOf(items []store.Item) []reconcile.Item {
	out := make([]reconcile.Item, len(items))
	for i, it := range items {
		out[i] = reconcile.Item{Week: it.Week, ID: reconcile.ID(it.ID)}
	}
	return out
}

// close ends the program.
func (m *Machine) close() error {
	l, err := m.leave()
	if l == nil {
		return errors.Join(err, m.forget())
	}
	return errors.Join(err, l.Close())
}

// leave tells the keychain what it is told before the program ends, and gives up the ledger, if there is one.
func (m *Machine) leave() (*store.Ledger, error) {
	l := m.l
	if l == nil {
		return nil, nil
	}
	mark, fresh, err := l.Mark()
	if fresh {
		m.mark = &mark
	}
	m.l = nil
	return l, err
}

// filed is told of what came to the disk.
func (m *Machine) filed(f store.Filed) {
	v := m.v
	if m.restoring || f.Group != v.g && !v.g.IsZero() {
		return
	}
	m.set = m.set.With(itemsOf(f.Envelopes)...)
	m.mix(f.Envelopes)
	if len(f.Lost) > 0 {
		m.set = m.set.Without(itemsOf(f.Lost)...)
		m.mix(f.Lost)
	}
	m.upTo = max(m.upTo, f.Last)
	m.sees(f.Envelopes)
	ids := make([]kp1.ID, len(f.Envelopes))
	for i, e := range f.Envelopes {
		ids[i] = e.ID
	}
	v.note("filed", m, ids...)
	if f.Members {
		m.stale = true
		if m.honest() {
			v.judge.soon(m)
		}
		m.tendSoon()
	}
	if len(f.Raw) == 0 {
		v.judge.out[m] = m.outs()
		return
	}
	switch {
	case !m.taking && m.honest():
		m.wrote = append(m.wrote, itemsOf(f.Envelopes)...)
		v.judge.wrote(m, f.Raw)
	default:
		v.judge.out[m] = m.outs()
	}
	if !m.taking {
		for _, k := range v.keepers {
			m.posts[k] = append(m.posts[k], f.Raw...)
		}
		v.during(m, time.Duration(v.rnd.Int64N(int64(10*time.Minute))), m.post)
	}
	for _, q := range v.machines {
		if q != m && q != m.from && v.linked(m, q) && (m.from == nil || !v.linked(m.from, q)) {
			v.push(m, q, f.Raw)
		}
	}
}

// accept takes envelopes in, as they come from another machine, or from a keeper when from is nil.
func (m *Machine) accept(from *Machine, raws [][]byte) (store.Result, error) {
	var d kp1.DID
	if from != nil {
		d = m.deviceOf(from)
	}
	m.from, m.taking = from, true
	defer func() { m.from, m.taking = nil, false }()
	res, err := m.l.Accept(context.Background(), m.v.g, d, raws)
	if errors.Is(err, store.ErrNoGroup) {
		return store.Result{}, nil
	}
	return res, err
}

// roster is whom this machine takes for whom.
func (m *Machine) roster() {
	if !m.stale {
		return
	}
	m.stale, m.in, m.known = false, map[string]bool{}, map[string]kp1.DID{}
	for _, q := range m.view().Peers {
		id := string(q.Peer)
		if _, there := m.known[id]; !there || q.In {
			m.known[id] = q.Device
		}
		m.in[id] = m.in[id] || q.In
	}
}

func (m *Machine) deviceOf(q *Machine) kp1.DID {
	m.roster()
	return m.known[string(q.peer)]
}

// serves is the serving rule (protocol 7.2): envelopes go to whoever is in, as far as this machine knows. Who is not in
// yet knows nobody but whom the invite led to.
func (m *Machine) serves(q *Machine) bool {
	if m.stolen {
		return true
	}
	m.roster()
	return m.in[string(q.peer)] || m.host == q && !m.view().In
}

// greets says whether q would know m by its hello: one of the four newest epochs here is one of all there.
func (m *Machine) greets(q *Machine) bool {
	ours, theirs := m.view().Hello, q.view().Hello
	return slices.ContainsFunc(ours[:min(4, len(ours))], func(k [32]byte) bool { return slices.Contains(theirs, k) })
}

// linger is how long a machine waits at most before it does what falls to it.
const linger = 30 * time.Second

// tendSoon has a machine do what falls to it a random while from now, once for all that changed meanwhile.
func (m *Machine) tendSoon() {
	if m.tends == m.shift {
		return
	}
	m.tends = m.shift
	m.v.during(m, time.Duration(m.v.rnd.Int64N(int64(linger))), func() error {
		m.tends = 0
		return m.tend()
	})
}

// tend does what falls to a machine when nobody is typing.
func (m *Machine) tend() error {
	if m.stolen || m.old {
		return nil
	}
	_, err := m.l.Tend(context.Background(), m.v.g)
	if tolerable(err) {
		err = nil
	}
	return errors.Join(err, m.settle())
}

// settle ends a join whose history has come.
func (m *Machine) settle() error {
	changed, err := m.l.Settle(context.Background(), func(name string) store.Draft { return store.Draft{Act: people.Profile{Name: name}} })
	if changed {
		m.stale = true
		return errors.Join(tolerate(err), m.reread())
	}
	return tolerate(err)
}

// tolerable says whether an answer of a ledger is one that people live with.
func tolerable(err error) bool {
	if err == nil {
		return true
	}
	var c interface{ Code() string }
	if !errors.As(err, &c) {
		return false
	}
	switch c.Code() {
	case "E_NO_EPOCH", "E_OUT", "E_NOT_FOUND", "E_NOT_ALLOWED", "E_ONESELF", "E_OWN_DEVICE", "E_THIS_DEVICE", "E_HEADLESS", "E_LED", "E_OLD_COPY", "E_QUORUM", "E_LAST_ADMIN", "E_ALONE", "E_SPENT", "E_ALREADY_IN", "E_CHAIN",
		"E_INVITE_EXPIRED", "E_INVITE_ENDED", "E_INVITE_USED", "E_INVITE_CLOSED", "E_FORGED", "E_STRANGER", "E_WAITING",
		"E_TWO_SIDES", "E_BEHIND", "E_MANY_UNSIGNED", "E_AUDIENCE":
		return true
	}
	return isRule(err)
}

func tolerate(err error) error {
	if tolerable(err) {
		return nil
	}
	return err
}

// image copies the home of a closed machine.
func (m *Machine) image(to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(m.home, "store"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "store"), b, 0o600)
}
