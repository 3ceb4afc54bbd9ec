package peer

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"sync"

	libcrypto "github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
	"kith/network/reconcile"
	"kith/store"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// shelf is what the node sees of a ledger: network.Shelf and network.Rendezvous. The sets that are compared are kept
// beside the ledger and grow with what it files.
type shelf struct {
	p  *Peer
	in *opened

	mu      sync.Mutex
	sets    map[kp1.GID]*tally
	loading sync.Mutex     // one reading of a whole set at a time
	calls   sync.WaitGroup // of the node into the ledger, so that a lock waits for them
	shut    bool
	told    map[kp1.ID]bool // requests that events have told of

	unplaced map[peer.ID][]string // where computers were met that are no member's yet
}

// tally is the set of one group and how much of the ledger's log it covers without a gap.
type tally struct {
	set   reconcile.Set
	mark  uint64
	ahead map[uint64]uint64 // first -> last of ranges that came before their turn
	whole bool              // the disk has been read
	lost  []reconcile.Item  // taken off the disk while it was read
}

func newShelf(p *Peer, in *opened) *shelf {
	return &shelf{p: p, in: in, sets: map[kp1.GID]*tally{}, unplaced: map[peer.ID][]string{}}
}

// enter begins a call into the ledger; false says that the home is being locked.
func (s *shelf) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return false
	}
	s.calls.Add(1)
	return true
}

// wait refuses further calls and waits for those that run.
func (s *shelf) wait() {
	s.mu.Lock()
	s.shut = true
	s.mu.Unlock()
	s.calls.Wait()
}

func peerID(key ed25519.PrivateKey) (peer.ID, error) {
	k, err := libcrypto.UnmarshalEd25519PrivateKey(key)
	if err != nil {
		return "", err
	}
	return peer.IDFromPrivateKey(k)
}

// Groups lists whom the node may talk to, by the view of now.
func (s *shelf) Groups() []network.Group { return groupsOf(s.in.ledger.View()) }

func groupsOf(v store.View) []network.Group {
	var out []network.Group
	for _, g := range v.Groups {
		if len(g.Hello) == 0 {
			continue
		}
		n := network.Group{ID: network.GroupID(g.ID), Hello: g.Hello, Direct: g.State.Policy.Reach == group.ReachDirect}
		for _, q := range g.Peers {
			x := network.Peer{ID: peer.ID(q.Peer), In: q.In, Own: own(g, q.Device)}
			for _, a := range q.Addrs {
				if m, err := ma.NewMultiaddr(a); err == nil {
					x.Addrs = append(x.Addrs, m)
				}
			}
			n.Peers = addPeer(n.Peers, x)
		}
		// Who is in knows the others by the group's own history. A link proves nothing: somebody who was removed can make
		// one that names this group and leads to themselves.
		for _, j := range v.Joins {
			if !g.In && j.Group == g.ID && (j.Stage == store.JoinApproved || j.Stage == store.JoinIn) {
				n.Peers = withInviter(n.Peers, j)
			}
		}
		for _, l := range v.Links {
			n.Peers = withLinked(n.Peers, g, l)
		}
		if n.Direct && g.In && len(g.Boxes) > 0 {
			n.Relays = relaysOf(g)
		}
		out = append(out, n)
	}
	return out
}

// relaysOf are the keepers of a group's mailboxes, as those through whom its computers meet that cannot meet directly.
func relaysOf(g store.Group) []network.Relay {
	var out []network.Relay
	for _, m := range g.Mailboxes {
		if at := parseAddrs(m.Addrs); len(at) > 0 {
			out = append(out, network.Relay{Addrs: at, Box: g.Boxes[0], Ticket: m.Ticket})
		}
	}
	return out
}

// own reports whether a device is another computer of the person themselves: these may meet whatever the group's rules say
// of members, for they tell nobody anything new.
func own(g store.Group, d kp1.DID) bool {
	return slices.ContainsFunc(g.State.Devices, func(o group.Device) bool { return o.ID == d && o.Member == g.Me })
}

// withLinked adds the person's other computer while what it sends is still coming.
func withLinked(all []network.Peer, g store.Group, l store.Link) []network.Peer {
	if !l.New || len(l.From) == 0 || !slices.ContainsFunc(l.Groups, func(x store.LinkGroup) bool { return x.ID == g.ID && x.State == store.LinkComing }) {
		return all
	}
	x := network.Peer{ID: peer.ID(l.From), In: true, Own: true}
	for _, a := range l.Addrs {
		if m, err := ma.NewMultiaddr(a); err == nil {
			if info, err := peer.AddrInfoFromP2pAddr(m); err == nil && info.ID == x.ID {
				x.Addrs = append(x.Addrs, info.Addrs...)
			}
		}
	}
	return addPeer(all, x)
}

// addPeer adds a device. One computer may stand behind several devices of a group, old ones among them: it is in when
// any of them is.
func addPeer(all []network.Peer, x network.Peer) []network.Peer {
	i := slices.IndexFunc(all, func(o network.Peer) bool { return o.ID == x.ID })
	if i < 0 {
		return append(all, x)
	}
	all[i].In, all[i].Own = all[i].In || x.In, all[i].Own || x.Own
	for _, a := range x.Addrs {
		if !slices.ContainsFunc(all[i].Addrs, a.Equal) {
			all[i].Addrs = append(all[i].Addrs, a)
		}
	}
	return all
}

// withInviter adds the computer that an invite led to, until the group's own history says who is in.
func withInviter(all []network.Peer, j store.Join) []network.Peer {
	for _, a := range j.Addrs {
		m, err := ma.NewMultiaddr(a)
		if err != nil {
			continue
		}
		info, err := peer.AddrInfoFromP2pAddr(m)
		if err != nil || slices.ContainsFunc(j.Keepers, func(k []byte) bool { return peer.ID(k) == info.ID }) {
			continue
		}
		all = addPeer(all, network.Peer{ID: info.ID, Addrs: info.Addrs, In: j.Stage == store.JoinApproved})
	}
	return all
}

// Set is the set of a group and the mark it covers.
func (s *shelf) Set(g network.GroupID) (reconcile.Set, network.Mark) {
	if !s.enter() {
		return reconcile.Set{}, 0
	}
	defer s.calls.Done()
	if set, mark, ok := s.ready(kp1.GID(g)); ok {
		return set, mark
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	if set, mark, ok := s.ready(kp1.GID(g)); ok {
		return set, mark
	}
	s.mu.Lock()
	// What is filed from here on lands in ahead; what Items finds besides is in both, which does no harm.
	t := &tally{ahead: map[uint64]uint64{}}
	s.sets[kp1.GID(g)] = t
	s.mu.Unlock()
	items, upTo, err := s.in.ledger.Items(kp1.GID(g))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		delete(s.sets, kp1.GID(g))
		return reconcile.Set{}, 0
	}
	all := make([]reconcile.Item, 0, len(items))
	for _, i := range items {
		all = append(all, reconcile.Item{Week: i.Week, ID: reconcile.ID(i.ID)})
	}
	for i := range t.set.Len() { // filed meanwhile
		all = append(all, t.set.At(i))
	}
	t.set, t.mark, t.whole = reconcile.NewSet(all).Without(t.lost...), max(t.mark, upTo), true
	t.lost = nil
	t.advance()
	return t.set, network.Mark(t.mark)
}

// forget drops the set of a group, of which something is not here any more.
func (s *shelf) forget(g kp1.GID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sets, g)
}

// ready returns the set when it has been read.
func (s *shelf) ready(g kp1.GID) (reconcile.Set, network.Mark, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.sets[g]
	if t == nil || !t.whole {
		return reconcile.Set{}, 0, false
	}
	return t.set, network.Mark(t.mark), true
}

// advance moves the mark over ranges that connect.
func (t *tally) advance() {
	for again := true; again; {
		again = false
		for first, last := range t.ahead {
			if first <= t.mark+1 {
				t.mark = max(t.mark, last)
				delete(t.ahead, first)
				again = true
			}
		}
	}
}

// filed takes in what the ledger filed, and pushes our own at once.
func (s *shelf) filed(f store.Filed) {
	s.mu.Lock()
	if t := s.sets[f.Group]; t != nil {
		items := make([]reconcile.Item, 0, len(f.Envelopes))
		for _, i := range f.Envelopes {
			items = append(items, reconcile.Item{Week: i.Week, ID: reconcile.ID(i.ID)})
		}
		lost := make([]reconcile.Item, 0, len(f.Lost))
		for _, i := range f.Lost {
			lost = append(lost, reconcile.Item{Week: i.Week, ID: reconcile.ID(i.ID)})
		}
		t.set = t.set.With(items...).Without(lost...)
		if !t.whole {
			t.lost = append(t.lost, lost...)
		}
		if f.Last >= f.First {
			t.ahead[f.First] = f.Last
			t.advance()
		}
	}
	s.mu.Unlock()
	if f.Members && s.enter() {
		s.place()
		s.calls.Done()
	}
	if n := s.p.running(); n != nil && f.From.IsZero() {
		if len(f.Raw) > 0 {
			n.Push(network.GroupID(f.Group), f.Raw...)
		}
		if len(f.Chunks) > 0 { // who has the words that name them asks for them
			n.Pass(network.GroupID(f.Group), toNetwork(f.Chunks)...)
		}
	}
}

// device finds the device of a group behind a computer: the one that is in, if any is.
func (s *shelf) device(g network.GroupID, p peer.ID) kp1.DID {
	var out kp1.DID
	for _, q := range s.in.ledger.View().Group(kp1.GID(g)).Peers {
		if peer.ID(q.Peer) == p && (out.IsZero() || q.In) {
			out = q.Device
		}
	}
	return out
}

// Get reads envelopes.
func (s *shelf) Get(ctx context.Context, g network.GroupID, ids []network.EnvelopeID) ([][]byte, error) {
	if !s.enter() {
		return nil, errLocked
	}
	defer s.calls.Done()
	return s.in.ledger.Envelopes(ctx, kp1.GID(g), toStore(ids))
}

func toStore(ids []network.EnvelopeID) []kp1.ID {
	out := make([]kp1.ID, len(ids))
	for i, id := range ids {
		out[i] = kp1.ID(id)
	}
	return out
}

func toNetwork(ids []kp1.ID) []network.EnvelopeID {
	out := make([]network.EnvelopeID, len(ids))
	for i, id := range ids {
		out[i] = network.EnvelopeID(id)
	}
	return out
}

// Accept checks envelopes and returns what files them.
func (s *shelf) Accept(g network.GroupID, from peer.ID, envs [][]byte) network.File {
	if !s.enter() {
		return func(context.Context) (network.Filed, error) { return network.Filed{}, errLocked }
	}
	defer s.calls.Done()
	ready := s.in.ledger.Prepare(kp1.GID(g), envs)
	return func(ctx context.Context) (network.Filed, error) {
		if !s.enter() {
			return network.Filed{}, errLocked
		}
		defer s.calls.Done()
		r, err := s.in.ledger.File(ctx, s.device(g, from), ready)
		s.p.went(err)
		if errors.Is(err, store.ErrFull) {
			return network.Filed{NoRoom: idsOf(envs), Full: true}, nil
		}
		return network.Filed{Held: toNetwork(r.Held), New: toNetwork(r.New), NoRoom: toNetwork(r.NoRoom)}, err
	}
}

// idsOf are the names of envelopes.
func idsOf(envs [][]byte) []network.EnvelopeID {
	out := make([]network.EnvelopeID, len(envs))
	for i, env := range envs {
		out[i] = sha256.Sum256(env)
	}
	return out
}

// Lacks picks what is not on the disk.
func (s *shelf) Lacks(g network.GroupID, ids []network.EnvelopeID) []network.EnvelopeID {
	if !s.enter() {
		return nil
	}
	defer s.calls.Done()
	return toNetwork(s.in.ledger.Lacks(kp1.GID(g), toStore(ids)))
}

// Parts picks chunks of files.
func (s *shelf) Parts(g network.GroupID, ids []network.EnvelopeID) []network.EnvelopeID {
	if !s.enter() {
		return nil
	}
	defer s.calls.Done()
	return toNetwork(s.in.ledger.Chunks(kp1.GID(g), toStore(ids)))
}

// Gone picks what was taken away for good.
func (s *shelf) Gone(g network.GroupID, ids []network.EnvelopeID) []network.Gone {
	if !s.enter() {
		return nil
	}
	defer s.calls.Done()
	var out []network.Gone
	for _, x := range s.in.ledger.Gone(kp1.GID(g), toStore(ids)) {
		out = append(out, network.Gone{ID: network.EnvelopeID(x.ID), Token: x.Token})
	}
	return out
}

// Release drops what is only carried here and was proved to be gone.
func (s *shelf) Release(g network.GroupID, gone []network.Gone) {
	if !s.enter() {
		return
	}
	defer s.calls.Done()
	all := make([]store.Gone, len(gone))
	for i, x := range gone {
		all[i] = store.Gone{ID: kp1.ID(x.ID), Token: x.Token}
	}
	_, err := s.in.ledger.Release(context.Background(), kp1.GID(g), all)
	s.p.went(err)
}

// Order sorts ids as they came to us: keys and membership stand before what needs them, and nothing before what it
// answers, so that a receiver never has to wait.
func (s *shelf) Order(g network.GroupID, ids []network.EnvelopeID) {
	if !s.enter() {
		return
	}
	defer s.calls.Done()
	places, err := s.in.ledger.Places(kp1.GID(g), toStore(ids))
	if err != nil {
		return
	}
	type placed struct {
		id network.EnvelopeID
		at uint64
	}
	all := make([]placed, len(ids))
	for i, id := range ids {
		all[i] = placed{id, places[i].N}
	}
	slices.SortFunc(all, func(a, b placed) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return a.id.Compare(b.id)
	})
	for i := range all {
		ids[i] = all[i].id
	}
}

// Held notes a computer's own word.
func (s *shelf) Held(g network.GroupID, p peer.ID, ids []network.EnvelopeID, upTo network.Mark) {
	if !s.enter() {
		return
	}
	defer s.calls.Done()
	d := s.device(g, p)
	if d.IsZero() {
		return
	}
	s.p.went(s.in.ledger.Held(kp1.GID(g), d, toStore(ids), uint64(upTo)))
	s.p.wake.set()
}

// Lost takes a computer's word back.
func (s *shelf) Lost(g network.GroupID, p peer.ID, ids []network.EnvelopeID) {
	if !s.enter() {
		return
	}
	defer s.calls.Done()
	d := s.device(g, p)
	if d.IsZero() {
		return
	}
	s.p.went(s.in.ledger.Lost(kp1.GID(g), d, toStore(ids)))
	s.p.wake.set()
}

// Crowded notes that a computer has no room for something.
func (s *shelf) Crowded(g network.GroupID, p peer.ID, ids []network.EnvelopeID) {
	if !s.enter() {
		return
	}
	defer s.calls.Done()
	if d := s.device(g, p); !d.IsZero() {
		s.p.went(s.in.ledger.Crowded(kp1.GID(g), d, toStore(ids)))
		s.p.wake.set()
	}
}

// Since lists what a computer has not said it holds.
func (s *shelf) Since(g network.GroupID, p peer.ID, most int) ([]reconcile.Item, bool) {
	if !s.enter() {
		return nil, false
	}
	defer s.calls.Done()
	d := s.device(g, p)
	if d.IsZero() {
		return nil, false
	}
	items, known := s.in.ledger.Since(kp1.GID(g), d, most)
	out := make([]reconcile.Item, 0, len(items))
	for _, i := range items {
		out = append(out, reconcile.Item{Week: i.Week, ID: reconcile.ID(i.ID)})
	}
	return out, known
}

// Addrs keeps where a computer was met. A newcomer is told before the history that says whose computer it is: then it is
// kept in mind until that has come.
func (s *shelf) Addrs(p peer.ID, addrs []ma.Multiaddr) {
	if !s.enter() {
		return
	}
	defer s.calls.Done()
	at := texts(addrs)
	s.mu.Lock()
	if len(s.unplaced) >= unplacedMost {
		clear(s.unplaced)
	}
	s.unplaced[p] = at
	s.mu.Unlock()
	s.place()
	s.p.wake.set()
}

// unplacedMost is how many computers are kept in mind that are no member's yet.
const unplacedMost = 64

// place writes down where computers were met, as far as they are members' by now.
func (s *shelf) place() {
	s.mu.Lock()
	all := maps.Clone(s.unplaced)
	s.mu.Unlock()
	for id, at := range all {
		found := false
		for _, g := range s.in.ledger.View().Groups {
			for _, q := range g.Peers {
				if peer.ID(q.Peer) == id && q.In {
					found = true
					s.p.went(s.in.ledger.Heard(g.ID, q.Device, at))
				}
			}
		}
		s.mu.Lock()
		if found && slices.Equal(s.unplaced[id], at) {
			delete(s.unplaced, id)
		}
		s.mu.Unlock()
	}
}

// Any, Has, List and Put serve the mailboxes of open invites.

// Any reports whether a mailbox is open here.
func (s *shelf) Any() bool {
	if !s.enter() {
		return false
	}
	defer s.calls.Done()
	return s.in.ledger.BoxesOpen()
}

// Has reports whether this one is.
func (s *shelf) Has(mailbox ed25519.PublicKey) bool {
	if !s.enter() {
		return false
	}
	defer s.calls.Done()
	return s.in.ledger.BoxHas(mailbox)
}

// List is what lies in it.
func (s *shelf) List(mailbox ed25519.PublicKey) [][]byte {
	if !s.enter() {
		return nil
	}
	defer s.calls.Done()
	return s.in.ledger.BoxList(mailbox)
}

// Put leaves a request in it. Drop and welcome come from this computer alone: whoever holds the link could leave a false
// one, and the person invited would take the invite for used.
func (s *shelf) Put(ctx context.Context, mailbox ed25519.PublicKey, env []byte) error {
	if e, err := op.DecodeEnvelope(env); err != nil || e.Kind != op.KindJoinRequest {
		return network.ErrKind
	}
	if !s.enter() {
		return errLocked
	}
	defer s.calls.Done()
	err := s.in.ledger.BoxPut(ctx, mailbox, env)
	s.p.went(err)
	s.p.wake.set()
	return err
}

// went notes what goes wrong by itself, for the window to say, and what has mended.
func (p *Peer) went(err error) {
	switch code(err) {
	case "":
	case "E_DISK_FULL", "E_DISK", "E_STORE_DAMAGED":
	default:
		return
	}
	p.mu.Lock()
	changed := (p.trouble == nil) != (err == nil)
	p.trouble = err
	p.mu.Unlock()
	if changed {
		p.wake.set()
	}
}

// firstSight says whether a request is told of for the first time since the home was opened.
func (s *shelf) firstSight(id kp1.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[id] {
		return false
	}
	if s.told == nil {
		s.told = map[kp1.ID]bool{}
	}
	s.told[id] = true
	return true
}
