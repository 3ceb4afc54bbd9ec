package store

import (
	"crypto/ed25519"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Shared is what the ledgers of one process have worked out about the bytes that all of them get, so that a simulation of
// many computers works it out once: whose signature is good, what an envelope holds under a key, what a body says, and
// whose each box is. Each is found by a hash over all that was looked at, keys included, so no ledger learns what
// it could not have worked out by itself, and no answer is another than without. The zero value is empty.
type Shared struct {
	proven kp1.Proven
	opened kp1.Memo[opened]
	spoken kp1.Memo[payload]
	bodies kp1.Memo[group.Body]
	boxes  kp1.Memo[kp1.ID] // by box: see whose
}

// opened is what an envelope holds, and the key that showed it.
type opened struct {
	group kp1.GID
	key   op.Key
	ops   []op.Signed
}

// payload is what was said under a key.
type payload struct {
	group kp1.GID
	comp  uint8
	key   [32]byte
	words []byte
}

// verify checks the signature of an op.
func (s *Shared) verify(x op.Signed, pub ed25519.PublicKey) error {
	if s == nil {
		return x.Verify(pub)
	}
	sum := kp1.Sum(kp1.LP(pub, x.Head(), x.Sig[:]))
	if s.proven.Has(sum) {
		return nil
	}
	err := x.Verify(pub)
	if err == nil {
		s.proven.Add(sum)
	}
	return err
}

// openOps is op.OpenOps. An envelope commits to its key, so no other would open it.
func (s *Shared) openOps(g kp1.GID, env op.Envelope, keys []op.Key) ([]op.Signed, op.Key, error) {
	if s != nil {
		if was, ok := s.opened.Get(env.ID); ok && was.group == g && slices.Contains(keys, was.key) {
			return was.ops, was.key, nil
		}
	}
	ops, key, err := op.OpenOps(g, env, keys)
	if err == nil && s != nil {
		s.opened.Put(env.ID, opened{g, key, ops})
	}
	return ops, key, err
}

// openPayload is op.OpenPayload.
func (s *Shared) openPayload(g kp1.GID, env op.Envelope, comp uint8, key [32]byte) ([]byte, error) {
	as := payload{group: g, comp: comp, key: key}
	if s != nil {
		if was, ok := s.spoken.Get(env.ID); ok && was.group == g && was.comp == comp && was.key == key {
			return was.words, nil
		}
	}
	var err error
	as.words, err = op.OpenPayload(g, env, comp, key)
	if err == nil && s != nil {
		s.spoken.Put(env.ID, as)
	}
	return as.words, err
}

// newLog is group.NewLog.
func (s *Shared) newLog(g kp1.GID) *group.Log {
	l := group.NewLog(g)
	if s != nil {
		l.ReadWith(s.readBody)
	}
	return l
}

// readBody is group.DecodeBody.
func (s *Shared) readBody(typ string, b []byte) (group.Body, error) {
	sum := kp1.Sum(kp1.LP([]byte(typ), b))
	if body, ok := s.bodies.Get(sum); ok {
		return body, nil
	}
	body, err := group.DecodeBody(typ, b)
	if err == nil {
		s.bodies.Put(sum, body)
	}
	return body, err
}

// whose is a hash of the key and the device that a box is for.
func whose(label string, g kp1.GID, eid kp1.EID, d kp1.DID, public []byte) kp1.ID {
	return kp1.Sum(kp1.LP(op.BoxInfo(label, g, eid, d), public))
}

// openBoxes is op.OpenBoxes, for all boxes but those that are known to be another's: a box opens for one key and one device.
func (s *Shared) openBoxes(g kp1.GID, env op.Envelope, as door) ([]byte, error) {
	if s == nil {
		plain, _, err := op.OpenBoxes(kp1.LabelLockbox, g, env.EID, as.device, as.key, env.Boxes)
		return plain, err
	}
	me := whose(kp1.LabelLockbox, g, env.EID, as.device, as.key.Public())
	left := slices.DeleteFunc(slices.Clone(env.Boxes), func(box []byte) bool {
		who, known := s.boxes.Get(kp1.Sum(box))
		return known && who != me
	})
	plain, i, err := op.OpenBoxes(kp1.LabelLockbox, g, env.EID, as.device, as.key, left)
	if err == nil {
		s.boxes.Put(kp1.Sum(left[i]), me)
	}
	return plain, err
}

// sealBoxes is op.SealBoxes. A simulation draws from one source, and is to be had again.
func (s *Shared) sealBoxes(label string, g kp1.GID, eid kp1.EID, to []op.BoxTo) ([][]byte, error) {
	if s == nil {
		return op.SealBoxes(label, g, eid, to)
	}
	return op.SealBoxesInOrder(label, g, eid, to, func(i int, box []byte) {
		var who kp1.ID // nobody
		if i >= 0 {
			who = whose(label, g, eid, to[i].Device, to[i].Public)
		}
		s.boxes.Put(kp1.Sum(box), who)
	})
}
