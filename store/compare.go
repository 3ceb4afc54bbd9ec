package store

import (
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// This file is what somebody asks of a ledger who compares many with one another, as the simulator does. It changes
// nothing and hands out no key.

// Ruled is an auth op as one computer sees it.
type Ruled struct {
	ID     kp1.ID
	Device kp1.DID // that signed it
	Type   string
	Err    error // nil when it has its effect; see group.Log.Standing
}

// Membership returns the auth ops of a group that were admitted here, each after what it rests on.
func (l *Ledger) Membership(g kp1.GID) []Ruled {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil
	}
	out := make([]Ruled, 0, h.log.Len())
	for o, err := range h.log.Standings() {
		out = append(out, Ruled{o.ID, o.Device, o.Type, err})
	}
	return out
}

// AuthOp returns an auth op that is here. The caller must not change what its slices point to.
func (l *Ledger) AuthOp(g kp1.GID, id kp1.ID) (o group.Op, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return group.Op{}, false
	}
	return h.log.Op(id)
}

// Admitted reports whether an auth op is here and waits for nobody's word.
func (l *Ledger) Admitted(g kp1.GID, id kp1.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	return h != nil && h.log.Admitted(id)
}

// Fenced returns the auth ops that wait here until somebody vouches for them.
func (l *Ledger) Fenced(g kp1.GID) []kp1.ID {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil
	}
	return h.log.Held()
}

// Opens says whether a key that is here opens an envelope of ops, a Rekey or a Grant, and of which chain that key is. An
// envelope that is on the disk and waits for its key does not open.
func (l *Ledger) Opens(g kp1.GID, raw []byte) (chain byte, ok bool) {
	l.mu.Lock()
	h := l.groups[g]
	if h == nil {
		l.mu.Unlock()
		return 0, false
	}
	v := h.vantage()
	l.mu.Unlock()
	env, err := op.DecodeEnvelope(raw)
	if err != nil {
		return 0, false
	}
	keys, _ := v.openers(env.EID, env.Kind)
	_, key, err := op.OpenOps(g, env, keys)
	return key.Chain, err == nil
}
