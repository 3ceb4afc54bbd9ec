package peer

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/app/present"
	"kith/network"
	"kith/network/keeper"
	"kith/network/mailbox"
	"kith/store"
	"kith/store/kp1"
)

// A computer that stays on can keep messages for its own groups: a mailbox as kith-mailbox runs one, in a folder of its own,
// beside the node. It goes on while the home is locked, because it needs no key of this person's, and what lies in it is
// sealed. Which of its tenants is which group stands in the ledger, sealed as everything there.

// keptName is the folder in the home. That it holds a port is what makes the mailbox run.
const (
	keptName = "kept"
	portName = "port"
	keyKept  = "kept" // in the ledger: keptGroups
)

const (
	keptAgain = time.Minute      // after the mailbox could not run
	keptUp    = 20 * time.Second // for it to begin
	keptMost  = 6                // addresses that the group is told
	keptRoom  = 1_000_000_000    // bytes for one group
)

// keeping is the mailbox on this computer.
type keeping struct {
	turn    sync.Mutex // one change of what is kept at a time
	changed signal     // it is to begin or end, or has

	mu      sync.Mutex
	served  bool           // somebody runs it whenever it is wanted
	running bool           // its file is open
	self    peer.ID        // of the one that runs or ran
	k       *keeper.Keeper // while it can be reached
	door    []ma.Multiaddr // how this computer itself reaches it
	trouble string         // code of why it does not run
}

// keptGroup is one group that messages are kept for.
type keptGroup struct {
	Tenant mailbox.Tenant `json:"tenant"`
	Listed bool           `json:"listed"` // the group uses it; until then somebody has to agree
}

type keptGroups map[string]keptGroup // by the group's id in hex

func (p *Peer) keptGroups(in *opened) keptGroups {
	out := keptGroups{}
	if b, err := in.ledger.Local(keyKept); err == nil && b != nil {
		_ = json.Unmarshal(b, &out)
	}
	return out
}

func (p *Peer) noteKept(in *opened, all keptGroups) error {
	if len(all) == 0 {
		return in.ledger.SetLocal(keyKept, nil)
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return in.ledger.SetLocal(keyKept, b)
}

// keptPort is the port of the mailbox on this computer, or 0 where nobody wants one.
func (p *Peer) keptPort() int {
	b, err := os.ReadFile(filepath.Join(p.home, keptName, portName))
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || port < 1 || port > 65_535 {
		return 0
	}
	return port
}

// keepSomething has the mailbox wanted from now on. Its port is chosen once: a router may have been told of it.
func (p *Peer) keepSomething() error {
	if p.keptPort() != 0 {
		return nil
	}
	dir := filepath.Join(p.home, keptName)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		port := 20_000 + mrand.IntN(20_000) // below the range that systems hand out by themselves
		err = os.WriteFile(filepath.Join(dir, portName), []byte(strconv.Itoa(port)+"\n"), 0o600)
	}
	if err != nil {
		return &fault{"E_DISK", "the folder of the mailbox could not be made"}
	}
	p.kept.changed.set()
	return nil
}

// keepNothing ends the mailbox and takes away all that lies in it.
func (p *Peer) keepNothing(ctx context.Context) error {
	dir := filepath.Join(p.home, keptName)
	if _, err := os.Lstat(dir); err != nil {
		return nil //nolint:nilerr // there is none
	}
	err := os.Remove(filepath.Join(dir, portName))
	p.kept.changed.set()
	for {
		changed := p.kept.changed.next()
		p.kept.mu.Lock()
		running := p.kept.running
		p.kept.trouble = ""
		p.kept.mu.Unlock()
		if !running {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if os.RemoveAll(dir) != nil || err != nil && !errors.Is(err, os.ErrNotExist) {
		return errKept
	}
	p.wake.set()
	return nil
}

// keepBeside runs the mailbox of this computer whenever it is wanted, until what it returns is called.
func (p *Peer) keepBeside(ctx context.Context, listen []string) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	p.kept.mu.Lock()
	p.kept.served = true
	p.kept.mu.Unlock()
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			changed := p.kept.changed.next()
			port := p.keptPort()
			if port == 0 {
				select {
				case <-ctx.Done():
				case <-changed:
				}
				continue
			}
			err := p.keepOnce(ctx, keptListen(listen, port))
			if err != nil && ctx.Err() == nil {
				p.kept.say(code(err))
				p.o.Log.Warn("the mailbox on this computer does not run", "why", code(err))
				p.wake.set()
				sleep(ctx, keptAgain, p.kept.changed.next())
			}
		}
	}()
	return func() {
		cancel()
		<-over
		p.kept.mu.Lock()
		p.kept.served = false
		p.kept.mu.Unlock()
	}
}

// keptListen are the addresses of the mailbox: those of the node, on a port of its own; everywhere where none are said.
func keptListen(node []string, port int) (out []string) {
	at := strconv.Itoa(port)
	if len(node) == 0 {
		return keeper.DefaultListen(at)
	}
	seen := map[string]bool{}
	for _, text := range node {
		m, err := ma.NewMultiaddr(text)
		if err != nil {
			continue
		}
		ip, _ := ma.SplitFirst(m)
		if ip == nil || seen[ip.String()] {
			continue
		}
		seen[ip.String()] = true
		for _, door := range []string{"/udp/" + at + "/quic-v1", "/tcp/" + at, "/tcp/" + at + "/ws"} {
			out = append(out, ip.String()+door)
		}
	}
	return out
}

// keepOnce runs the mailbox until ctx ends, nobody wants it any more, or it cannot go on.
func (p *Peer) keepOnce(ctx context.Context, listen []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k, err := keeper.New(filepath.Join(p.home, keptName), keeper.Options{Listen: listen, Limits: mailbox.Limits{TenantBytes: keptRoom}, Log: p.o.Log, Now: p.o.Now})
	if err != nil {
		return err
	}
	p.kept.mu.Lock()
	p.kept.self = k.Self()
	p.kept.mu.Unlock()
	p.kept.set(true, nil, nil)
	defer func() {
		p.kept.set(false, nil, nil)
		p.wake.set()
	}()
	ended := make(chan error, 1)
	go func() { ended <- k.Serve(ctx) }()
	select {
	case <-k.Up():
	case err := <-ended:
		return err
	}
	p.kept.say("")
	p.kept.set(true, k, ownDoor(k, listen))
	p.wake.set()
	p.mail.set()
	for {
		changed := p.kept.changed.next()
		if p.keptPort() == 0 {
			cancel()
		}
		select {
		case err := <-ended:
			return err
		case <-changed:
		}
	}
}

// set says how it stands.
func (k *keeping) set(running bool, up *keeper.Keeper, door []ma.Multiaddr) {
	k.mu.Lock()
	k.running, k.k, k.door = running, up, door
	k.mu.Unlock()
	k.changed.set()
}

func (k *keeping) say(trouble string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trouble = trouble
}

// ownDoor is how this computer reaches its own mailbox: past every router, and with no internet at all.
func ownDoor(k *keeper.Keeper, listen []string) []ma.Multiaddr {
	for _, text := range listen {
		if at, ok := strings.CutPrefix(text, "/ip4/0.0.0.0/tcp/"); ok && !strings.Contains(at, "/") {
			if m, err := ma.NewMultiaddr("/ip4/127.0.0.1/tcp/" + at + "/p2p/" + k.Self().String()); err == nil {
				return []ma.Multiaddr{m}
			}
		}
	}
	return k.Addrs()
}

// up is the mailbox, when it can be reached; it waits for one that begins.
func (k *keeping) up(ctx context.Context) (*keeper.Keeper, []ma.Multiaddr, error) {
	ctx, cancel := context.WithTimeout(ctx, keptUp)
	defer cancel()
	for {
		changed := k.changed.next()
		k.mu.Lock()
		up, door, trouble := k.k, k.door, k.trouble
		k.mu.Unlock()
		if up != nil {
			return up, door, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if trouble == "" {
				trouble = network.ErrListen.Code()
			}
			return nil, nil, &fault{trouble, "the mailbox on this computer does not begin"}
		}
	}
}

// ownBox says whether a keeper is the one on this computer, and how it is reached from here; door is nil while it is not up.
func (p *Peer) ownBox(keeper []byte) (own bool, door []ma.Multiaddr) {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	if len(keeper) == 0 || string(p.kept.self) != string(keeper) {
		return false, nil
	}
	return true, p.kept.door
}

func (p *Peer) isOwnBox(keeper []byte) bool {
	own, _ := p.ownBox(keeper)
	return own
}

// KeepFor has this computer keep messages for a group whenever it is on, or no more.
func (p *Peer) KeepFor(ctx context.Context, g kp1.GID, yes bool) (present.Deed, error) {
	in, err := p.now()
	if err != nil {
		return present.Deed{}, err
	}
	p.kept.turn.Lock()
	defer p.kept.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, pairMost)
	defer cancel()
	p.kept.mu.Lock()
	served := p.kept.served
	p.kept.mu.Unlock()
	if !served { // nobody serves: for as long as this takes
		defer p.keepBeside(ctx, nil)()
	}
	defer p.wake.set()
	defer p.mail.set()
	if yes {
		return p.keepFor(ctx, in, g)
	}
	return p.keepNoMore(ctx, in, g)
}

// keepFor pairs the mailbox on this computer with a group, as somebody would who copies a link from one to the other.
func (p *Peer) keepFor(ctx context.Context, in *opened, g kp1.GID) (present.Deed, error) {
	if err := in.ledger.MayPair(g); err != nil {
		return present.Deed{}, err
	}
	all := p.keptGroups(in)
	if _, there := all[g.String()]; there {
		return present.Deed{}, nil
	}
	if err := p.keepSomething(); err != nil {
		return present.Deed{}, err
	}
	d, err := p.pairOwn(ctx, in, g, all)
	if err != nil && len(all) == 0 {
		err = errors.Join(err, p.keepNothing(context.WithoutCancel(ctx)))
	}
	return d, err
}

func (p *Peer) pairOwn(ctx context.Context, in *opened, g kp1.GID, all keptGroups) (present.Deed, error) {
	k, door, err := p.kept.up(ctx)
	if err != nil {
		return present.Deed{}, err
	}
	c := network.NewPairCode()
	if err := k.Offer(ctx, c, nil); err != nil {
		return present.Deed{}, err
	}
	before, err := tenants(k)
	if err != nil {
		return present.Deed{}, err
	}
	m := store.Mailbox{Peer: []byte(k.Self()), Addrs: toldAddrs(k)}
	rand.Read(m.Ticket[:])
	rand.Read(m.Admin[:])
	if err := network.Pair(ctx, network.PairLink{Code: c, Addrs: door}, m.Ticket, m.Admin); err != nil {
		return present.Deed{}, err
	}
	now, err := tenants(k)
	now = slices.DeleteFunc(now, func(t mailbox.Tenant) bool { return slices.Contains(before, t) })
	if err != nil || len(now) != 1 {
		return present.Deed{}, errors.Join(err, fmt.Errorf("%d tenants came by one code", len(now)))
	}
	if !in.shelf.enter() {
		return present.Deed{}, errors.Join(errLocked, k.Unpair(ctx, now[0]))
	}
	defer in.shelf.calls.Done()
	d, err := p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.AddMailbox(ctx, g, m) })
	if err != nil {
		return d, errors.Join(err, k.Unpair(ctx, now[0]))
	}
	all[g.String()] = keptGroup{now[0], !d.Waits && !d.Later}
	return d, p.noteKept(in, all)
}

// keepNoMore has a group use the mailbox on this computer no more, and takes away what waits there. Who may not say that of
// the group can still say it of their own computer.
func (p *Peer) keepNoMore(ctx context.Context, in *opened, g kp1.GID) (present.Deed, error) {
	all := p.keptGroups(in)
	of, there := all[g.String()]
	if !there {
		return present.Deed{}, nil
	}
	k, _, err := p.kept.up(ctx)
	if err != nil {
		k = nil // what does not run cannot be asked; its folder goes all the same
	}
	if i := slices.IndexFunc(in.ledger.View().Group(g).Mailboxes, func(m store.Mailbox) bool { return k != nil && string(m.Peer) == string(k.Self()) }); i >= 0 {
		d, err := p.deed(ctx, g, func(l *store.Ledger) (store.Deed, error) { return l.DropMailbox(ctx, g, []byte(k.Self())) })
		if err == nil && (d.Waits || d.Later) {
			return d, nil
		}
		if err != nil && in.ledger.MayPair(g) == nil {
			return d, err
		}
	}
	return present.Deed{}, p.takeOff(ctx, in, k, all, g.String(), of.Tenant)
}

// takeOff takes one group off the mailbox on this computer, and the mailbox with the last.
func (p *Peer) takeOff(ctx context.Context, in *opened, k *keeper.Keeper, all keptGroups, g string, t mailbox.Tenant) error {
	if k != nil {
		if err := k.Unpair(ctx, t); err != nil && !errors.Is(err, keeper.ErrNoGroup) {
			return err
		}
	}
	delete(all, g)
	if err := p.noteKept(in, all); err != nil || len(all) > 0 {
		return err
	}
	return p.keepNothing(ctx)
}

func tenants(k *keeper.Keeper) (out []mailbox.Tenant, err error) {
	s, err := k.Status()
	for _, g := range s.Groups {
		out = append(out, g.Tenant)
	}
	return out, err
}

// toldAddrs are the addresses of the mailbox on this computer that its groups are told.
func toldAddrs(k *keeper.Keeper) []string {
	all := texts(k.Addrs())
	slices.SortStableFunc(all, func(a, b string) int { return rankAddr(a) - rankAddr(b) })
	return all[:min(len(all), keptMost)]
}

// keepTidy keeps the mailbox on this computer and what its groups say of it the same: what a group uses no more is taken
// away, and where this computer has moved its groups are told.
func (p *Peer) keepTidy(ctx context.Context, in *opened) error {
	for ctx.Err() == nil {
		changed := p.mail.next()
		wait := time.Hour
		if !p.kept.turn.TryLock() { // somebody is about it; a lock of the home does not wait for them
			wait = time.Second
		} else {
			if in.shelf.enter() {
				p.went(p.tidyKept(ctx, in))
				in.shelf.calls.Done()
			}
			p.kept.turn.Unlock()
		}
		sleep(ctx, wait, changed)
		sleep(ctx, mailSoon) // what comes together goes together
	}
	return nil
}

func (p *Peer) tidyKept(ctx context.Context, in *opened) error {
	p.kept.mu.Lock()
	k := p.kept.k
	p.kept.mu.Unlock()
	if k == nil {
		return nil
	}
	v, all := in.ledger.View(), p.keptGroups(in)
	for name, of := range all {
		if slices.ContainsFunc(v.Broken, func(b store.Broken) bool { return b.Group.String() == name }) {
			continue // nobody can tell
		}
		i := slices.IndexFunc(v.Groups, func(g store.Group) bool { return g.ID.String() == name && g.In })
		at := -1
		if i >= 0 {
			at = slices.IndexFunc(v.Groups[i].Mailboxes, func(m store.Mailbox) bool { return string(m.Peer) == string(k.Self()) })
		}
		var err error
		switch {
		case i < 0 || at < 0 && of.Listed:
			err = p.takeOff(ctx, in, k, all, name, of.Tenant)
		case at >= 0 && !of.Listed:
			all[name] = keptGroup{of.Tenant, true}
			err = p.noteKept(in, all)
		case at >= 0:
			err = p.sayMoved(ctx, in, v.Groups[i].ID, v.Groups[i].Mailboxes[at], k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sayMoved tells a group where the mailbox on this computer is now, when nothing that it was told holds any more.
func (p *Peer) sayMoved(ctx context.Context, in *opened, g kp1.GID, m store.Mailbox, k *keeper.Keeper) error {
	now := toldAddrs(k)
	holds := slices.ContainsFunc(m.Addrs, func(a string) bool { return slices.Contains(now, a) })
	if holds || len(now) == 0 || m.Admin == [32]byte{} || in.ledger.MayPair(g) != nil {
		return nil
	}
	m.Addrs = now
	_, err := in.ledger.AddMailbox(ctx, g, m)
	return err
}

// hosted is the mailbox on this computer as the World has it; in is nil while the home is locked.
func (p *Peer) hosted(in *opened) present.Hosted {
	h := present.Hosted{Port: p.keptPort(), Most: keptRoom}
	h.On = h.Port != 0
	p.kept.mu.Lock()
	h.Up, h.Trouble = p.kept.k != nil, p.kept.trouble
	p.kept.mu.Unlock()
	if st, err := os.Stat(filepath.Join(p.home, keptName, keeper.FileName)); err == nil {
		h.Bytes = st.Size()
	}
	if in == nil || !h.On {
		return h
	}
	for name, of := range p.keptGroups(in) {
		g, err := kp1.ParseGID(name)
		if err != nil {
			continue
		}
		h.For = append(h.For, g)
		if !of.Listed {
			if h.Waits == nil {
				h.Waits = map[kp1.GID]bool{}
			}
			h.Waits[g] = true
		}
	}
	slices.SortFunc(h.For, kp1.GID.Compare)
	return h
}
