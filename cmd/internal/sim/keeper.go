package sim

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kith/network/mailbox"
	"kith/network/reconcile"
	"kith/store/group"
	"kith/store/kp1"
)

// Keeper is a mailbox that always runs. One that lies says "ok" and forgets, shows what was there days ago, and keeps
// some things to itself.
type Keeper struct {
	v      *Village
	n      int
	peer   []byte
	lies   bool
	shelf  *mailbox.Shelf
	disk   shelved
	stale  shelved   // what a liar shows
	since  time.Time // of stale
	tenant mailbox.Tenant
	member mailbox.Ticket
	admin  mailbox.Ticket
	boxes  map[[32]byte]mailbox.Key // of a seed
	dump   [][]byte                 // everything ever put: what somebody has who took the keeper's disk
	dumped map[kp1.ID]bool
}

// shelved is what a keeper holds, now or once. What lies in one mailbox is another thing only when its number is.
type shelved struct {
	*mailbox.Memory
	puts map[mailbox.Key]int
}

func newKeeper(v *Village, n int) (*Keeper, error) {
	k := &Keeper{
		v: v, n: n, peer: append([]byte{0x12, 0x20}, make([]byte, 32)...), lies: n == 1, shelf: mailbox.New(mailbox.Limits{}), disk: shelved{&mailbox.Memory{}, map[mailbox.Key]int{}},
		tenant: mailbox.Tenant{byte(n + 1)}, boxes: map[[32]byte]mailbox.Key{}, dumped: map[kp1.ID]bool{},
	}
	k.peer[2] = byte(n + 1)
	return k, k.pair()
}

// pair gives the group new tickets, as the keeper's page does.
func (k *Keeper) pair() error {
	for i := range k.member {
		k.member[i], k.admin[i] = byte(k.v.rnd.Uint32()), byte(k.v.rnd.Uint32()) //nolint:gosec // drawn by the byte
	}
	return k.shelf.Pair(k.disk, k.tenant, k.member, k.admin)
}

// announce writes down where the group's mailboxes are, and by which tickets.
func (v *Village) announce(m *Machine) error {
	var all []group.Mailbox
	for _, k := range v.keepers {
		all = append(all, group.Mailbox{Peer: k.peer, Addrs: []string{}, Ticket: k.member})
	}
	_, err := m.l.SetPolicy(context.Background(), v.g, group.PolicyFields{Mailboxes: &all})
	return errors.Join(tolerate(err), m.reread())
}

// box is the mailbox of an epoch.
func (k *Keeper) box(seed [32]byte) mailbox.Key {
	key, ok := k.boxes[seed]
	if !ok {
		key = mailbox.Key(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
		k.boxes[seed] = key
	}
	return key
}

// tickets are those a machine knows, the one to try first in front. What only admins have is kept apart from the policy.
func (m *Machine) tickets(k *Keeper) []mailbox.Ticket {
	var out []mailbox.Ticket
	st := m.view().State
	if me, ok := st.Member(m.view().Me); ok && me.Rank >= kp1.RankAdmin && !m.stolen {
		out = append(out, k.admin)
	}
	for _, b := range slices.Backward(st.Policy.Mailboxes) {
		if slices.Equal(b.Peer, k.peer) {
			out = append(out, b.Ticket)
		}
	}
	return out
}

// newsBoxes is in how many of the newest mailboxes a Rekey or Grant is left.
const newsBoxes = 8

// post leaves what a machine has written in the mailboxes: in the newest, and Rekeys and Grants in those before it too.
func (m *Machine) post() error {
	for _, k := range m.v.keepers {
		seeds := m.view().Boxes
		if len(seeds) == 0 {
			return nil
		}
		var left [][]byte
		var kept []kp1.ID
		for _, raw := range m.posts[k] {
			h, err := mailbox.ReadHeader(raw)
			if err != nil {
				return fmt.Errorf("own envelope: %w", err)
			}
			to := seeds[:1]
			if h.Kind == mailbox.KindRekey || h.Kind == mailbox.KindGrant {
				to = seeds[:min(newsBoxes, len(seeds))]
			}
			for i, seed := range to {
				if err := m.put(k, seed, raw); err != nil && i == 0 {
					if !refused(err) {
						return err
					}
					left = append(left, raw)
				} else if i == 0 {
					kept = append(kept, kp1.Sum(raw))
				}
			}
		}
		m.posts[k] = left[:min(len(left), 1_000)]
		if err := m.v.truth.told(m, k, kept); err != nil {
			return err
		}
	}
	return nil
}

func refused(err error) bool {
	var r mailbox.Refusal
	return errors.As(err, &r)
}

// put leaves one envelope in one mailbox.
func (m *Machine) put(k *Keeper, seed [32]byte, raw []byte) (err error) {
	if k.lies && m.v.loses(0.3) {
		return nil
	}
	err = mailbox.ErrClosed
	for _, t := range m.tickets(k) {
		who := mailbox.Visitor{Mailbox: k.box(seed), Ticket: t, Source: m.String()}
		if err = k.shelf.Put(k.disk, m.v.now, who, raw); err == nil {
			m.v.Tally.Posted++
			k.disk.puts[who.Mailbox]++
			if id := kp1.Sum(raw); !k.dumped[id] {
				k.dump, k.dumped[id] = append(k.dump, raw), true
			}
			return nil
		}
		if !errors.Is(err, mailbox.ErrClosed) {
			return err
		}
	}
	return err
}

// fetch takes in what lies in the mailboxes of every epoch that is held.
func (m *Machine) fetch() error {
	for _, k := range m.v.keepers {
		tx := k.shown()
		if m.seen[k] == nil {
			m.seen[k] = map[[32]byte]int{}
		}
		for i, seed := range m.view().Boxes {
			n := tx.puts[k.box(seed)]
			if m.seen[k][seed] >= n { // nothing came since
				continue
			}
			var ids []reconcile.ID
			for it, err := range mailbox.Items(tx, k.box(seed)) {
				if err != nil {
					return err
				}
				if !m.set.Has(it) && !k.withholds(it.ID) {
					ids = append(ids, it.ID)
				}
			}
			var raws [][]byte
			for _, id := range ids {
				raws = append(raws, slices.Clone(mailbox.Get(tx, k.box(seed), id)))
			}
			for batch := range slices.Chunk(raws, batchMost) {
				res, err := m.accept(nil, batch)
				if err != nil {
					return err
				}
				m.v.Tally.Fetched += len(res.New)
			}
			m.seen[k][seed] = n
			if i == 0 {
				if err := m.v.truth.shown(m, k, tx, k.box(seed)); err != nil {
					return err
				}
			}
		}
		if err := tolerate(m.l.Level(m.v.g, kp1.DID{})); err != nil {
			return err
		}
	}
	return nil
}

// shown is what a visitor is shown.
func (k *Keeper) shown() shelved {
	if !k.lies {
		return k.disk
	}
	if k.stale.Memory == nil || k.v.now.Sub(k.since) > 3*24*time.Hour {
		k.stale, k.since = shelved{k.disk.Clone(), maps.Clone(k.disk.puts)}, k.v.now
	}
	if k.v.chance(0.5) {
		return k.stale
	}
	return k.disk
}

// withholds says what a liar shows to nobody.
func (k *Keeper) withholds(id reconcile.ID) bool { return k.lies && id[7] < 80 }
