package store

import (
	"slices"
	"strings"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// snapshotTypes begins the type of the ops that every newcomer is given, whatever their history: what the group is
// called, who its people are and who lives together. Without them a newcomer would sit among strangers.
const snapshotTypes = "people/"

// Bounds of one envelope of a snapshot; the protocol's own are a little higher.
const (
	snapshotOps   = kp1.MaxOps - 4
	snapshotBytes = kp1.MaxOpsBytes - kp1.MaxContentOp
)

// snapshot seals the signed ops that a newcomer without history is given anew, unchanged, under the keys in use now: who
// wrote them and their ids stay what they were (protocol.md 5.7).
func (b *batch) snapshot(rank uint8) error {
	for _, comp := range group.Compartments(rank) {
		ops, err := b.known(comp)
		if err != nil {
			return err
		}
		for len(ops) > 0 {
			n, size := 0, 0
			for n < len(ops) && n < snapshotOps && size < snapshotBytes {
				size += len(ops[n].OpBytes)
				n++
			}
			if err := b.reseal(comp, ops[:n]); err != nil {
				return err
			}
			ops = ops[n:]
		}
	}
	return nil
}

// reseal puts ops in an envelope of their own.
func (b *batch) reseal(comp uint8, ops []op.Signed) error {
	e, err := b.usable(comp)
	if err != nil {
		return err
	}
	key, ok := e.sealer(comp)
	if !ok {
		return ErrNoEpoch
	}
	env, err := op.SealOps(b.h.l.opt.Rand, b.h.id, key, op.KindOps, b.h.l.week(), nil, ops)
	if err != nil {
		return err
	}
	return b.own(env)
}

// known finds the ops of a compartment that belong to a snapshot, each after those that it names.
func (b *batch) known(comp uint8) ([]op.Signed, error) {
	var out []op.Signed
	seen := map[kp1.ID]bool{}
	if err := b.flush(); err != nil {
		return nil, err
	}
	err := b.log.each(0, func(n uint64, plain []byte) (bool, error) {
		env, err := decodeEntry(n, plain)
		if err != nil || env.Kind != op.KindOps {
			return true, nil //nolint:nilerr // Check finds what is damaged; a newcomer is let in all the same
		}
		p := prepared{env: env}
		p.open(b.h.id, b.h.ring[env.EID])
		for _, s := range p.ops {
			if s.IsAuth() || s.Comp != comp || seen[s.ID] || !strings.HasPrefix(s.Type, snapshotTypes) || !b.hasOp(s.ID) {
				continue
			}
			if b.h.log.Content(b.h.contentRef(s, b.finder())).Ruling != group.Accept {
				continue
			}
			seen[s.ID] = true
			out = append(out, s)
		}
		return true, nil
	})
	return causesFirst(out), err
}

// causesFirst puts each op after those that it names, as an envelope has to have them. They came in any order.
func causesFirst(ops []op.Signed) []op.Signed {
	at := map[kp1.ID]int{}
	for i, s := range ops {
		at[s.ID] = i
	}
	out := make([]op.Signed, 0, len(ops))
	done := make([]bool, len(ops))
	for i := range ops {
		for stack := []int{i}; len(stack) > 0; {
			top := stack[len(stack)-1]
			ready := true
			for _, id := range append(slices.Clone(ops[top].Deps), ops[top].Prev) {
				if j, ok := at[id]; ok && !done[j] {
					stack, ready = append(stack, j), false
				}
			}
			if !ready {
				continue
			}
			if stack = stack[:len(stack)-1]; !done[top] {
				done[top], out = true, append(out, ops[top])
			}
		}
	}
	return out
}
