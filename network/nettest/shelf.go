// Package nettest holds the worlds in which nodes are tested: streams in memory, and libp2p over simulated links, both
// under a bubble's clock; and a shelf in memory. It is imported by tests only and never touches a real network or disk.
package nettest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
	"kith/network/reconcile"
)

// Shelf is a network.Shelf in memory, with the counts a test asks for.
type Shelf struct {
	mu       sync.Mutex
	groups   []network.Group
	kept     map[network.GroupID]*kept
	refuse   func(env []byte) bool
	fail     error
	crowded  func(env []byte) bool
	full     bool
	said     map[peer.ID][]network.EnvelopeID // for which that device has no room, by its word
	unwanted []network.EnvelopeID
	gone     map[network.EnvelopeID][32]byte                // taken away, and the token that proves it
	carried  func(id network.EnvelopeID, tok [32]byte) bool // what Release drops; nil means nothing
	expected map[network.EnvelopeID]bool                    // chunks of files
	slow     time.Duration
	checked  int // batches handed over and not filed
	Accepts  int // batches filed
	Ahead    int // most batches that were checked and not filed yet
	Writes   int // envelopes that were new
	Batch    int // largest batch
	Met      map[peer.ID][]ma.Multiaddr
}

type kept struct {
	set     reconcile.Set
	envs    map[network.EnvelopeID][]byte
	order   []reconcile.Item // as filed
	flushed int              // of those, how many are, or were, in the set
	held    map[peer.ID]*word
}

// word is what one device said it holds.
type word struct {
	upTo network.Mark
	ids  map[network.EnvelopeID]bool
}

// NewShelf is an empty shelf for these groups.
func NewShelf(groups ...network.Group) *Shelf {
	return &Shelf{groups: groups, kept: map[network.GroupID]*kept{}, expected: map[network.EnvelopeID]bool{}, Met: map[peer.ID][]ma.Multiaddr{}}
}

func (s *Shelf) of(g network.GroupID) *kept {
	k := s.kept[g]
	if k == nil {
		k = &kept{envs: map[network.EnvelopeID][]byte{}, held: map[peer.ID]*word{}}
		s.kept[g] = k
	}
	return k
}

// SetGroups replaces the groups; the caller tells the node with Changed.
func (s *Shelf) SetGroups(groups ...network.Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups = groups
}

// Refuse has Accept refuse the envelopes for which f is true.
func (s *Shelf) Refuse(f func(env []byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = f
}

// Slow has each batch take d to file.
func (s *Shelf) Slow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = d
}

// Forget has the shelf never want this envelope again, as one refused for good.
func (s *Shelf) Forget(env []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unwanted = append(s.unwanted, sha256.Sum256(env))
}

// Erase takes an envelope away for good; tok is what proves it, zero where nothing does.
func (s *Shelf) Erase(g network.GroupID, env []byte, tok [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := network.EnvelopeID(sha256.Sum256(env))
	if s.gone == nil {
		s.gone = map[network.EnvelopeID][32]byte{}
	}
	s.gone[id] = tok
	s.drop(g, id)
}

// drop takes an envelope out. Its place in the order stays.
func (s *Shelf) drop(g network.GroupID, id network.EnvelopeID) {
	k := s.of(g)
	for _, it := range k.order {
		if it.ID == id {
			k.set = k.set.Without(it)
		}
	}
	delete(k.envs, id)
}

// Carries has Release drop the envelopes for which right is true of the token.
func (s *Shelf) Carries(right func(id network.EnvelopeID, tok [32]byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.carried = right
}

// Gone picks what was taken away.
func (s *Shelf) Gone(_ network.GroupID, ids []network.EnvelopeID) (out []network.Gone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if tok, ok := s.gone[id]; ok {
			out = append(out, network.Gone{ID: id, Token: tok})
		}
	}
	return out
}

// Release drops what is carried and proved to be gone.
func (s *Shelf) Release(g network.GroupID, gone []network.Gone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range gone {
		if s.carried != nil && s.carried(x.ID, x.Token) {
			s.drop(g, x.ID)
		}
	}
}

// Fail has Accept return err, as a full disk would.
func (s *Shelf) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Crowd has Accept find no room for the envelopes for which f is true; nil ends that.
func (s *Shelf) Crowd(f func(env []byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crowded = f
}

// Fill has Accept find no room for anything, as on a full disk, or ends that.
func (s *Shelf) Fill(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// Crowded notes a device's word.
func (s *Shelf) Crowded(_ network.GroupID, p peer.ID, ids []network.EnvelopeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said == nil {
		s.said = map[peer.ID][]network.EnvelopeID{}
	}
	s.said[p] = append(s.said[p], ids...)
}

// NoRoomAt is for what a device has said that it has no room, each as often as it said so.
func (s *Shelf) NoRoomAt(p peer.ID) []network.EnvelopeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.said[p])
}

// Add files envelopes of our own.
func (s *Shelf) Add(g network.GroupID, envs ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range envs {
		s.add(g, e)
	}
	s.of(g).flush()
}

func (s *Shelf) add(g network.GroupID, env []byte) bool {
	k, id := s.of(g), network.EnvelopeID(sha256.Sum256(env))
	if k.envs[id] != nil {
		return false
	}
	k.envs[id] = env
	k.order = append(k.order, reconcile.Item{Week: weekOf(env), ID: id})
	return true
}

// flush takes into the set what was filed since.
func (k *kept) flush() {
	k.set = k.set.With(k.order[k.flushed:]...)
	k.flushed = len(k.order)
}

// Clear forgets the group's envelopes and what others said of them.
func (s *Shelf) Clear(g network.GroupID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, g)
}

// Len is how many envelopes of the group are there.
func (s *Shelf) Len(g network.GroupID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.of(g).envs)
}

// Same reports whether two shelves hold the same envelopes of a group.
func (s *Shelf) Same(g network.GroupID, o *Shelf) bool {
	a, _ := s.Set(g)
	b, _ := o.Set(g)
	return slices.Equal(slices.Collect(a.Between(reconcile.All)), slices.Collect(b.Between(reconcile.All)))
}

// HeldBy is how many of our envelopes the device has said it holds.
func (s *Shelf) HeldBy(g network.GroupID, p peer.ID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.of(g)
	w := k.held[p]
	if w == nil {
		return 0
	}
	n := 0
	for i, it := range k.order {
		if network.Mark(i) < w.upTo || w.ids[it.ID] {
			n++
		}
	}
	return n
}

// Groups is the groups.
func (s *Shelf) Groups() []network.Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.groups)
}

// Set is what is there.
func (s *Shelf) Set(g network.GroupID) (reconcile.Set, network.Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.of(g)
	return k.set, network.Mark(len(k.order))
}

// Get reads envelopes.
func (s *Shelf) Get(_ context.Context, g network.GroupID, ids []network.EnvelopeID) ([][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([][]byte, len(ids))
	for i, id := range ids {
		out[i] = s.of(g).envs[id]
	}
	return out, nil
}

// Accept returns what files envelopes.
func (s *Shelf) Accept(g network.GroupID, _ peer.ID, envs [][]byte) network.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checked++
	s.Ahead = max(s.Ahead, s.checked)
	slow := s.slow
	return func(context.Context) (network.Filed, error) {
		time.Sleep(slow)
		return s.file(g, envs)
	}
}

func (s *Shelf) file(g network.GroupID, envs [][]byte) (network.Filed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Accepts++
	s.checked--
	s.Batch = max(s.Batch, len(envs))
	if s.fail != nil {
		return network.Filed{}, s.fail
	}
	f := network.Filed{Full: s.full}
	for _, e := range envs {
		id := network.EnvelopeID(sha256.Sum256(e))
		switch {
		case s.refuse != nil && s.refuse(e):
			continue
		case s.full, s.crowded != nil && s.crowded(e):
			f.NoRoom = append(f.NoRoom, id)
			continue
		}
		if _, gone := s.gone[id]; gone {
			f.Held = append(f.Held, id)
			continue
		}
		if s.add(g, e) {
			s.Writes++
			f.New = append(f.New, id)
		}
		f.Held = append(f.Held, id)
	}
	s.of(g).flush()
	return f, nil
}

// Lacks picks what is not there.
func (s *Shelf) Lacks(g network.GroupID, ids []network.EnvelopeID) []network.EnvelopeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []network.EnvelopeID
	for _, id := range ids {
		if _, gone := s.gone[id]; !gone && s.of(g).envs[id] == nil && !slices.Contains(s.unwanted, id) {
			out = append(out, id)
		}
	}
	return out
}

// Parts picks chunks of files: those of kind 5 that are here, and those that Expect has named.
func (s *Shelf) Parts(g network.GroupID, ids []network.EnvelopeID) (out []network.EnvelopeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.of(g)
	for _, id := range ids {
		if env, here := k.envs[id]; s.expected[id] || here && kindOf(env) == 5 {
			out = append(out, id)
		}
	}
	return out
}

// Expect says that these are chunks of files that something here speaks of.
func (s *Shelf) Expect(envs ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, env := range envs {
		s.expected[sha256.Sum256(env)] = true
	}
}

// Order puts rekeys and grants first.
func (s *Shelf) Order(g network.GroupID, ids []network.EnvelopeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rank := func(id network.EnvelopeID) int {
		if k := kindOf(s.of(g).envs[id]); k == 2 || k == 3 {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(ids, func(a, b network.EnvelopeID) int { return rank(a) - rank(b) })
}

// Held notes a device's word.
func (s *Shelf) Held(g network.GroupID, p peer.ID, ids []network.EnvelopeID, upTo network.Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.of(g)
	w := k.held[p]
	if w == nil {
		w = &word{ids: map[network.EnvelopeID]bool{}}
		k.held[p] = w
	}
	w.upTo = max(w.upTo, upTo)
	for _, id := range ids {
		w.ids[id] = true
	}
}

// Lost takes a device's word back.
func (s *Shelf) Lost(g network.GroupID, p peer.ID, ids []network.EnvelopeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.of(g)
	w := k.held[p]
	if w == nil {
		return
	}
	for _, it := range k.order[:min(w.upTo, network.Mark(len(k.order)))] { // one by one from now on
		w.ids[it.ID] = true
	}
	w.upTo = 0
	for _, id := range ids {
		delete(w.ids, id)
	}
}

// Since lists what a device has not said it holds.
func (s *Shelf) Since(g network.GroupID, p peer.ID, most int) ([]reconcile.Item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.of(g)
	w := k.held[p]
	if w == nil {
		return nil, false
	}
	var out []reconcile.Item
	for _, it := range k.order[w.upTo:] {
		if !w.ids[it.ID] {
			if len(out) == most {
				return nil, false
			}
			out = append(out, it)
		}
	}
	return out, true
}

// Addrs keeps where a device was met.
func (s *Shelf) Addrs(p peer.ID, addrs []ma.Multiaddr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Met[p] = addrs
}

// Envelope makes bytes that have an envelope's header: kind and week; size is that of the whole, at least 128 bytes.
func Envelope(seed string, n int, kind uint8, week uint64, size int) []byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(seed), uint64(n)))
	b := []byte{0xa6, 0x61, 'e', 0x50}
	b = append(b, h[:16]...)
	b = append(b, 0x61, 'n', kind, 0x61, 's', 0x58, 0x20)
	b = append(b, h[:]...)
	b = append(b, 0x61, 'v', 1, 0x61, 'w', 0x1a)
	b = binary.BigEndian.AppendUint32(b, uint32(week))
	rest := size - len(b) - 5
	b = append(b, 0x61, 'y', 0x59)
	b = binary.BigEndian.AppendUint16(b, uint16(rest))
	return append(b, make([]byte, rest)...)
}

const kindAt, weekAt = 22, 63 // places in what Envelope makes

func kindOf(env []byte) uint8 {
	if len(env) <= kindAt {
		return 0
	}
	return env[kindAt]
}

func weekOf(env []byte) uint64 {
	if len(env) < weekAt+7 {
		return 0
	}
	return uint64(binary.BigEndian.Uint32(env[weekAt+3:]))
}
