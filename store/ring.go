package store

import (
	"fmt"
	"maps"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// comps is how many compartments v 1 has.
const comps = 3

// secret is a key as the ring holds it: shared between copies, never written to; nil when not held.
type secret *[32]byte

// epoch is what this device holds of the keys of one epoch. It is never changed in place.
type epoch struct {
	id     kp1.EID
	key    [comps]secret // K, from which all else follows
	cont   [comps]secret // Kcont, for epochs whose K was not handed over
	auth   secret        // Kauth, likewise
	hello  secret        // Khello, where K was let go
	proven bool          // each key was compared with the commitments of its signed Rekey

	erased [comps]bool // something that was sealed under it was taken away: the keys may go
	spent  [comps]bool // and they went: see letGo
}

// epochRecord is an epoch on the disk.
type epochRecord struct {
	ID     kp1.EID  `cbor:"e"`
	Key    []keyed  `cbor:"k"`
	Cont   []keyed  `cbor:"c"`
	Auth   [][]byte `cbor:"a"` // one or none
	Proven bool     `cbor:"p"`
	Hello  []byte   `cbor:"h,omitempty"`
	Erased []byte   `cbor:"x,omitempty"` // compartments, ascending
	Spent  []byte   `cbor:"s,omitempty"` // likewise
}

type keyed struct {
	_    struct{} `cbor:",toarray"`
	Comp uint8
	Key  [32]byte
}

// ring is every epoch this device holds keys of. A change makes a new one, so that a reader outside the lock may go on
// with the old.
type ring map[kp1.EID]epoch

func derive(k secret, label string) secret {
	out := kp1.X32(k[:], label)
	return &out
}

// authKey returns Kauth of the epoch, or nil.
func (e epoch) authKey() secret {
	if k := e.key[kp1.CompAll]; k != nil {
		return derive(k, kp1.LabelAuth)
	}
	return e.auth
}

// contentKey returns Kcont of a compartment, or nil.
func (e epoch) contentKey(comp uint8) secret {
	if int(comp) >= comps {
		return nil
	}
	if k := e.key[comp]; k != nil {
		return derive(k, kp1.LabelContent)
	}
	return e.cont[comp]
}

// helloKey returns Khello of the epoch, or nil.
func (e epoch) helloKey() secret {
	if k := e.key[kp1.CompAll]; k != nil {
		return derive(k, kp1.LabelHello)
	}
	return e.hello
}

// reads says whether content of a compartment opens.
func (e epoch) reads(comp uint8) bool { return e.key[comp] != nil || e.cont[comp] != nil }

// openers are the keys with which an envelope of this kind could open, the likeliest first: each try derives a key.
func (e epoch) openers(kind op.Kind) []op.Key {
	var out []op.Key
	if kind == op.KindOps {
		for c := range uint8(comps) {
			if k := e.contentKey(c); k != nil {
				out = append(out, op.Key{EID: e.id, Chain: c, Key: *k})
			}
		}
	}
	if k := e.authKey(); k != nil {
		out = append(out, op.Key{EID: e.id, Chain: kp1.ChainAuth, Key: *k})
	}
	return out
}

// sealer is the key to seal a chain's ops with; only who holds K may write under an epoch.
func (e epoch) sealer(chain byte) (op.Key, bool) {
	comp, label := chain, kp1.LabelContent
	if chain == kp1.ChainAuth {
		comp, label = kp1.CompAll, kp1.LabelAuth
	}
	if int(comp) >= comps || e.key[comp] == nil {
		return op.Key{}, false
	}
	k := e.key[comp]
	return op.Key{EID: e.id, Chain: chain, Key: *derive(k, label), Hedge: *derive(k, kp1.LabelHedge)}, true
}

// merge returns the epoch with what is new in o, and whether there was anything.
func (e epoch) merge(o epoch) (out epoch, news bool) {
	out = e
	out.id = o.id
	for c := range comps {
		if e.key[c] == nil && o.key[c] != nil {
			out.key[c], news = o.key[c], true
		}
		if e.cont[c] == nil && o.cont[c] != nil {
			out.cont[c], news = o.cont[c], true
		}
	}
	if e.auth == nil && o.auth != nil {
		out.auth, news = o.auth, true
	}
	if news {
		out.proven = false
	}
	return out, news
}

var errBadKey = &kp1.Error{ECode: "E_BAD_BOX", Msg: "key does not match its commitment"}

// prove compares each key with the commitments of the Rekey that made the epoch and drops those that do not match:
// two members can never be handed different keys for one epoch unseen (protocol.md 5.2).
func (e epoch) prove(table group.Commits) (epoch, error) {
	out := e
	out.proven = true
	var bad error
	check := func(k *secret, want [32]byte) {
		if *k != nil && kp1.Commit(**k) != want {
			*k, bad = nil, fmt.Errorf("epoch %s: %w", e.id.Short(), errBadKey)
		}
	}
	for c := range comps {
		check(&out.key[c], table.Key[c])
		check(&out.cont[c], table.Content[c])
	}
	check(&out.auth, table.Auth)
	return out, bad
}

// setEpochs keeps epochs in memory and on disk.
func (h *house) setEpochs(t tx, epochs ...epoch) error {
	h.touch()
	s, err := h.shelf(t, shelfKeys, true)
	if err != nil {
		return err
	}
	next := maps.Clone(h.ring) // those who prepare envelopes read the old one
	for _, e := range epochs {
		next[e.id] = e
		r := e.record()
		r.Proven = e.proven
		if err := s.putCBOR(e.id[:], r); err != nil {
			return err
		}
	}
	h.ring = next
	h.opened++
	return nil
}

// record is an epoch for the disk or a backup, without whether its keys were proven: who reads a backup finds that out.
func (e epoch) record() epochRecord {
	r := epochRecord{ID: e.id, Key: []keyed{}, Cont: []keyed{}, Auth: [][]byte{}}
	for c := range uint8(comps) {
		if e.key[c] != nil {
			r.Key = append(r.Key, keyed{Comp: c, Key: *e.key[c]})
		}
		if e.cont[c] != nil {
			r.Cont = append(r.Cont, keyed{Comp: c, Key: *e.cont[c]})
		}
	}
	if e.auth != nil {
		r.Auth = append(r.Auth, e.auth[:])
	}
	if e.hello != nil {
		r.Hello = e.hello[:]
	}
	for c := range uint8(comps) {
		if e.erased[c] {
			r.Erased = append(r.Erased, c)
		}
		if e.spent[c] {
			r.Spent = append(r.Spent, c)
		}
	}
	return r
}

func decodeEpoch(plain []byte) (epoch, error) {
	var r epochRecord
	if err := kp1.Unmarshal(plain, &r); err != nil {
		return epoch{}, fmt.Errorf("epoch record: %w: %w", ErrDamaged, err)
	}
	e := epoch{id: r.ID, proven: r.Proven}
	for _, k := range slices.Concat(r.Key, r.Cont) {
		if int(k.Comp) >= comps {
			return epoch{}, fmt.Errorf("epoch record: %w", ErrDamaged)
		}
	}
	for _, k := range r.Key {
		e.key[k.Comp] = &k.Key
	}
	for _, k := range r.Cont {
		e.cont[k.Comp] = &k.Key
	}
	if len(r.Auth) == 1 && len(r.Auth[0]) == 32 {
		k := [32]byte(r.Auth[0])
		e.auth = &k
	}
	if len(r.Hello) == 32 {
		k := [32]byte(r.Hello)
		e.hello = &k
	}
	for _, c := range r.Erased {
		if int(c) < comps {
			e.erased[c] = true
		}
	}
	for _, c := range r.Spent {
		if int(c) < comps {
			e.spent[c] = true
		}
	}
	return e, nil
}

func (h *house) loadRing(t tx) error {
	s, err := h.shelf(t, shelfKeys, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		e, err := decodeEpoch(plain)
		if err != nil {
			return false, err
		}
		h.ring[e.id] = e
		return true, nil
	})
}

// prove compares the keys held of an epoch with its Rekey, if that is here and they were not compared before. A key
// that does not match goes, and what members have sent is looked through again for the right one.
func (b *batch) prove(id kp1.EID) error {
	e, ok := b.h.ring[id]
	if !ok || e.proven || !b.h.log.HasEpoch(id) {
		return nil
	}
	return b.h.setEpochs(b.t, b.proved(e))
}

// proved is an epoch without the keys that are not those its Rekey signed for; while that is not here it stays as it is.
func (b *batch) proved(e epoch) epoch {
	made, here := b.h.log.Epoch(e.id)
	if !here || e.proven {
		return e
	}
	good, err := e.prove(made.Commits)
	if err != nil {
		b.cheated = true
		b.h.l.opt.Log.Warn("epoch key refused", "epoch", e.id.Short())
	}
	return good
}

// reclaim looks for keys in every box here that is for this device: a wrong key may have stood in the place of a right one.
func (b *batch) reclaim() error {
	b.cheated = false
	var boxed []op.Envelope
	if err := b.log.each(0, func(n uint64, plain []byte) (bool, error) {
		if env, err := decodeEntry(n, plain); err == nil && (env.Kind == op.KindRekey || env.Kind == op.KindGrant) {
			boxed = append(boxed, env)
		}
		return true, nil
	}); err != nil {
		return err
	}
	for _, env := range boxed {
		if err := b.unbox(env); err != nil {
			return err
		}
	}
	b.cheated = false // it was looked for; looking twice finds no more
	return b.rouse()
}
