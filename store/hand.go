package store

import (
	"bytes"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// maxHandKeys is how many keys go into one Grant that hands over payload keys: eight boxes of so many fit an envelope.
const maxHandKeys = 512

// maxHints is how many keys are kept for one payload until it is here. Only one can be right.
const maxHints = 8

// handing is what an admitted Grant says that it has handed over.
type handing struct {
	grant kp1.ID
	by    kp1.MID
}

// noteHanded remembers which payload keys a Grant hands over.
func (h *house) noteHanded(o group.Op) {
	x, is := h.log.Body(o.ID).(group.Grant)
	_, by, known := h.log.DeviceKey(o.Device)
	if !is || !known {
		return
	}
	for _, name := range x.Handed {
		h.handed[name] = append(h.handed[name], handing{o.ID, by})
	}
}

// had says whether a device was given the key of an op, by its author or by a Grant of one of the people it names, and
// has not complained since.
func (h *house) had(id kp1.ID, n named, d kp1.DID) bool {
	said := h.log.Complaints(d, n.epoch)
	since := func(heads []kp1.ID) bool { // every complaint was known to who gave the key
		known, err := h.log.Covers(heads, said)
		return err == nil && known
	}
	if slices.Contains(n.to, d) && (len(said) == 0 || since(n.auth)) {
		return true
	}
	return slices.ContainsFunc(h.handed[op.HandedName(id, d)], func(x handing) bool {
		return slices.Contains(n.people, x.by) && (len(said) == 0 || since([]kp1.ID{x.grant}))
	})
}

// owes are the ops whose payload key is here and that other devices are due, by device, ascending.
func (h *house) owes() map[kp1.DID][]kp1.ID {
	if at := (owing{h.log.Len(), h.namedN, h.self.Device}); at != h.oweAt || h.owe == nil {
		h.owe, h.oweAt = map[kp1.DID][]kp1.ID{}, at
		st := h.state()
		for id, n := range h.named {
			if n.key == nil || n.void {
				continue
			}
			for _, d := range devicesOf(st, n.people, n.comp) {
				if d.ID != h.self.Device && !h.had(id, n, d.ID) && h.log.MayOpen(d.ID, n.epoch, n.comp) {
					h.owe[d.ID] = append(h.owe[d.ID], id)
				}
			}
		}
		for _, ids := range h.owe {
			slices.SortFunc(ids, kp1.ID.Compare)
		}
	}
	return h.owe
}

// owing is by what owes was worked out.
type owing struct {
	auth   int
	named  uint64
	device kp1.DID
}

// missed are the epochs of payloads that are here, that name this person, whose key this device was given and that do
// not open with what it got. It says so, and who holds the key hands it over again.
func (h *house) missed() (out []kp1.EID) {
	for id, n := range h.named {
		if n.key == nil && !n.epoch.IsZero() && !slices.Contains(out, n.epoch) && h.had(id, n, h.self.Device) {
			out = append(out, n.epoch)
		}
	}
	return out
}

// handOver makes the entries of a Grant for the payload keys of these ops, as many as there is room for, and their names.
func (h *house) handOver(ids []kp1.ID, d kp1.DID, room int) (entries []op.Entry, names [][op.HandedSize]byte) {
	for _, id := range ids[:min(len(ids), max(0, room))] {
		n := h.named[id]
		entries = append(entries, op.Entry{Tag: op.TagPayload, Ref: [16]byte(n.payload[:16]), Key: *n.key})
		names = append(names, op.HandedName(id, d))
	}
	slices.SortFunc(names, func(a, b [op.HandedSize]byte) int { return bytes.Compare(a[:], b[:]) })
	return entries, names
}

// handKeys hands the devices of named people the payload keys they are due, beside what share has just handed over.
func (b *batch) handKeys() (wrote bool, err error) {
	h := b.h
	if !h.mayTend() {
		return false, nil
	}
	for {
		d, ids, ok := h.nextDue()
		if !ok {
			return wrote, nil
		}
		if _, err := b.handTo(d, ids, nil); err != nil {
			return wrote, err
		}
		wrote = true
	}
}

// nextDue is the first device that is owed payload keys.
func (h *house) nextDue() (group.Device, []kp1.ID, bool) {
	owe := h.owes()
	for _, d := range h.state().Devices {
		if ids := owe[d.ID]; len(ids) > 0 {
			return d, ids, true
		}
	}
	return group.Device{}, nil, false
}

// handTo hands a device payload keys, together with the other keys it is to have.
func (b *batch) handTo(d group.Device, ids []kp1.ID, entries []op.Entry) (op.Envelope, error) {
	entries = portion(entries)
	if len(entries) == maxHandKeys { // one is for the epoch in use
		entries = entries[:maxHandKeys-1]
	}
	keys, names := b.h.handOver(ids, d.ID, maxHandKeys-len(entries)-1)
	return b.grant(nil, d, func(now kp1.EID) []op.Entry {
		all := slices.Concat(entries, keys)
		e := op.Entry{Tag: op.TagAuth, Ref: now}
		if k := b.h.ring[now].authKey(); k != nil && !slices.ContainsFunc(all, func(x op.Entry) bool { return x.Tag == e.Tag && x.Ref == e.Ref }) {
			e.Key = *k
			all = append(all, e) // every box has it
		}
		return all
	}, names...)
}

// takeKeys files the payload keys that stood in a Grant's box: each is tried on its payload, now or when that comes.
func (b *batch) takeKeys(s op.Signed, env op.Envelope) error {
	body, err := group.DecodeBody(s.Type, s.Body)
	if err != nil {
		return nil //nolint:nilerr // refused in its own right
	}
	g, ok := body.(group.Grant)
	if !ok || len(g.Handed) == 0 || s.Device == b.h.self.Device {
		return nil
	}
	d, err := b.h.doorsNow()
	if err != nil {
		return err
	}
	for _, k := range d.keys {
		if !slices.Contains(g.To, k.device) {
			continue
		}
		plain, err := b.h.l.opt.Shared.openBoxes(b.h.id, env, k)
		if err != nil {
			continue
		}
		if entries, err := op.DecodeGrant(plain); err == nil {
			return b.hint(entries)
		}
	}
	return nil
}

// hint keeps payload keys and tries those whose payload is here.
func (b *batch) hint(entries []op.Entry) error {
	waiting := map[[16]byte][]kp1.ID{}
	for id, n := range b.h.named {
		if n.key == nil {
			ref := [16]byte(n.payload[:16])
			waiting[ref] = append(waiting[ref], id)
		}
	}
	for _, x := range entries {
		if x.Tag != op.TagPayload {
			continue
		}
		was, err := b.hintsFor(x.Ref)
		if err != nil {
			return err
		}
		if len(was) >= maxHints || slices.Contains(was, x.Key) {
			continue
		}
		if err := b.hints.put(x.Ref[:], joinedKeys(append(was, x.Key))); err != nil {
			return err
		}
		for _, id := range op.SortIDs(waiting[x.Ref]) {
			if err := b.again(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// again looks once more for the key of an op, and shows what it says.
func (b *batch) again(id kp1.ID) error {
	at, here, err := b.find(b.h.named[id].payload)
	if err != nil || !here {
		return err
	}
	env, err := b.log.must(at)
	if err != nil {
		return err
	}
	s, err := b.fetch(id)
	if err != nil {
		return err
	}
	return b.tell(s, env)
}

// tell shows an op anew, now that its payload or the key of it has come.
func (b *batch) tell(s op.Signed, env op.Envelope) error {
	if err := b.learn(s, env); err != nil {
		return err
	}
	words := b.h.openPayload(s, env)
	if err := b.claimParts(s, words); err != nil {
		return err
	}
	v := b.h.log.Content(b.h.contentRef(s, b.finder()))
	if v.Ruling == group.Accept {
		if e, ok := b.h.read(s, v, words); ok {
			b.events = append(b.events, e)
		}
	}
	w, _, err := b.look(s.ID)
	if err != nil {
		return err
	}
	return b.noteLate(w.entry)
}

// refOf is how a Grant names a payload.
func refOf(payload kp1.ID) []byte { return payload[:16] }

// given are the keys that Grants have brought for a payload.
func (b *batch) given(payload kp1.ID) ([][32]byte, error) { return b.hintsFor([16]byte(payload[:16])) }

func (b *batch) hintsFor(ref [16]byte) ([][32]byte, error) {
	plain, err := b.hints.get(ref[:])
	if err != nil {
		return nil, err
	}
	return decodeKeys(plain)
}

// joinedKeys is a list of keys as it is stored.
func joinedKeys(keys [][32]byte) (b []byte) {
	for _, k := range keys {
		b = append(b, k[:]...)
	}
	return b
}

// decodeKeys reads what joinedKeys wrote.
func decodeKeys(plain []byte) (keys [][32]byte, err error) {
	if len(plain)%32 != 0 || len(plain) > 32*maxHints {
		return nil, ErrDamaged
	}
	for c := range slices.Chunk(plain, 32) {
		keys = append(keys, [32]byte(c))
	}
	return keys, nil
}
