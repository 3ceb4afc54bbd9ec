package store

import (
	"crypto/ed25519"
	"errors"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// unlock finds the keys of an envelope that did not open: in the ring, which may have grown, or in its own boxes.
func (b *batch) unlock(p *prepared) (outcome, error) {
	if e, ok := b.h.ring[p.env.EID]; ok {
		p.open(b.h.id, e)
	}
	if p.ops == nil && p.err == nil && len(p.env.Boxes) > 0 && !b.h.triedBoxes(p.env.ID) {
		if !p.ours && !b.h.boxTurn(b.brought, len(p.env.Boxes)) {
			who := kp1.Sum([]byte(b.brought))
			return waitFor(waitBox, who[:]), nil
		}
		if err := b.unbox(p.env); err != nil {
			return outcome{}, err
		}
		if e, ok := b.h.ring[p.env.EID]; ok {
			p.open(b.h.id, e)
		}
	}
	switch {
	case p.err != nil:
		return refuse(p.err), nil
	case p.ops == nil:
		return waitFor(waitKey, p.env.EID[:]), nil
	}
	return outcome{}, nil
}

// admit takes one op in: signature, chain, dependencies, right, and then its effect.
func (b *batch) admit(p *prepared, i int, n uint64) (outcome, error) {
	s := p.ops[i]
	if s.Group != b.h.id {
		return badOp(s, ErrForged), nil
	}
	pub, _, known := b.h.log.DeviceKey(s.Device)
	if known {
		p.verify(i, pub, b.h.l.opt.Shared)
	}
	if p.bad[i] != nil {
		return badOp(s, p.bad[i]), nil
	}
	if b.filedOp(s.ID) {
		return outcome{}, b.standsAgain(s, n, i)
	}
	if !s.IsAuth() && b.h.gone(s.ID) {
		return outcome{}, nil
	}
	if known && s.Device == b.h.self.Device && !p.ours {
		if err := b.forgotten(s.ID); err != nil {
			return outcome{}, err
		}
	}
	if o := b.unmade(p, i); !o.done() {
		return o, b.takeEarly(s, p.env)
	}
	var o outcome
	var err error
	if s.IsAuth() {
		o, err = b.admitAuth(p, i)
	} else {
		o, err = b.admitContent(s, p.checked[i], n)
	}
	if err != nil || !o.done() {
		return o, err
	}
	b.told = append(b.told, s.ID)
	b.chargeOp(s)
	if err := b.indexOp(s, n, i); err != nil {
		return outcome{}, err
	}
	b.wake(waitOp, s.ID[:])
	return outcome{}, nil
}

// unmade says what an op waits for that is sealed under an epoch whose Rekey is not here. Its keys may have come in a box to a
// few, and nobody is owed keys of it before the log knows it: what those few took in, and built on, the others could never
// open (group.md 6). So it is with a key that the Rekey has not signed for. What stands before a Rekey, in an envelope under the
// very epoch that it makes, goes in with it or not at all.
func (b *batch) unmade(p *prepared, i int) outcome {
	h, s, e := b.h, p.ops[i], p.env.EID
	wait := waitFor(waitKey, e[:])
	heads := s.Auth
	if s.IsAuth() && s.Seq > 1 {
		heads = append(slices.Clone(heads), s.Prev)
	}
	if table, made := h.log.MadeFor(e, heads); made {
		if !signedFor(p.key, table) { // the right key opens nothing here: all wait for what never comes
			return wait
		}
		return outcome{}
	}
	k := slices.IndexFunc(p.ops[i:], func(s op.Signed) bool {
		return handsKeys(s) && s.Type == group.TypeRekey && checkBoxes(s, p.env).done()
	})
	if k < 0 {
		if handsKeys(s) && s.Type == group.TypeRekey {
			return outcome{} // and is refused
		}
		return wait
	}
	body, err := group.DecodeBody(group.TypeRekey, p.ops[i+k].Body)
	if err != nil {
		return badOp(s, err)
	}
	table, err := group.DecodeCommits(body.(group.Rekey).Commits)
	if err != nil || !signedFor(p.key, table) {
		return badOp(s, errors.Join(err, ErrForged))
	}
	if k == 0 {
		return outcome{}
	}
	var front []group.Op
	keys := map[kp1.DID]ed25519.PublicKey{}
	for j, s := range p.ops[i : i+k+1] {
		a := authOp(s)
		pub, known := keys[a.Device]
		if !known {
			pub, known = h.signerOf(a)
		}
		if !known {
			if lost := h.lostAuth(a); j == 0 && !lost.IsZero() {
				return waitFor(waitOp, lost[:])
			}
			return wait
		}
		if !s.IsAuth() || s.Group != h.id || !checkBoxes(s, p.env).done() || h.log.Crowded(a) {
			return wait
		}
		if p.verify(i+j, pub, h.l.opt.Shared); p.bad[i+j] != nil {
			return wait
		}
		keys[a.Device] = pub
		front = append(front, a)
	}
	err = h.log.Takes(front)
	var lack *group.MissingError
	switch {
	case errors.As(err, &lack):
		return missing(lack)
	case err != nil:
		return wait
	}
	return outcome{}
}

// nowMade takes an entry up again that waits for an epoch which an op of its own has made just now: see unmade.
func (b *batch) nowMade(env op.Envelope, o outcome, before bool) {
	if !before && o.some && o.wait == waitKey && b.h.log.HasEpoch(env.EID) {
		b.wake(waitKey, env.EID[:])
	}
}

// signedFor says whether a key is one that a Rekey has signed for. What this computer writes just now it seals with such a key.
func signedFor(k op.Key, table group.Commits) bool {
	switch {
	case k.EID.IsZero():
		return true
	case k.Chain == kp1.ChainAuth:
		return kp1.Commit(k.Key) == table.Auth
	}
	return int(k.Chain) < comps && kp1.Commit(k.Key) == table.Content[k.Chain]
}

// admitAuth checks an op of the membership graph and adds it.
func (b *batch) admitAuth(p *prepared, i int) (outcome, error) {
	h, s := b.h, p.ops[i]
	a := authOp(s)
	if s.Type == group.TypeGenesis && s.ID != kp1.ID(h.self.Genesis) {
		return badOp(s, ErrForged), nil // another beginning is another group
	}
	if !p.checked[i] {
		pub, known := h.signerOf(a)
		if !known {
			if lost := h.lostAuth(a); !lost.IsZero() {
				return waitFor(waitOp, lost[:]), b.takeEarly(s, p.env)
			}
			return badOp(s, ErrForged), nil
		}
		if p.verify(i, pub, b.h.l.opt.Shared); p.bad[i] != nil {
			return badOp(s, p.bad[i]), nil
		}
	}
	if o := checkBoxes(s, p.env); !o.done() {
		return o, nil
	}
	if !p.ours && !h.authTurn(a, false) {
		return waitFor(waitTurn, a.Device[:]), nil
	}
	if !p.ours && h.log.Crowded(a) && len(h.waits.on(waitOp, a.ID[:])) == 0 { // and nobody has built on it
		return badOp(s, errQuota), nil
	}
	if !p.ours && len(h.log.Lacks(a)) == 0 { // it is worked out now, whatever it comes to
		h.authTurn(a, true)
	}
	var lack *group.MissingError
	if h.log.Admitted(a.ID) { // only its envelope was damaged
		return outcome{}, b.keysOf(s, p.env)
	}
	err := h.log.Add(a)
	waits := errors.Is(err, group.ErrWaiting)
	switch {
	case errors.As(err, &lack):
		return missing(lack), b.takeEarly(s, p.env)
	case waits: // behind a fence: kept, without effect, until somebody vouches
	case err != nil:
		return badOp(s, err), nil
	default:
		b.noteAdmitted(a)
	}
	b.members = true
	if err := b.tendFences(); err != nil { // what its word lets go stands before it: it has that in its past
		return outcome{}, err
	}
	h.authN++
	if err := b.auth.put(be64(h.authN), s.Encode()); err != nil {
		return outcome{}, err
	}
	if waits && h.cited[a.ID] { // it waits, and somebody spoke for it in words that are gone
		h.vouchGone()
		if err := b.tendFences(); err != nil {
			return outcome{}, err
		}
	}
	return outcome{}, b.keysOf(s, p.env)
}

// noteAdmitted is that of the house. An op that changes nothing of what was judged before, as a removal whose cut covers
// all that is here, spares the group from being folded anew.
func (b *batch) noteAdmitted(o group.Op) {
	h := b.h
	before := h.rulings
	h.noteAdmitted(o)
	if h.cited[o.ID] {
		delete(h.cited, o.ID)
		b.refold = true // what stays of ops that were taken away is judged by it
	}
	if h.rulings == before || h.judged != before {
		return
	}
	if h.log.Repeats(o.ID) {
		h.judged, b.spared = h.rulings, true
		return
	}
	if len(h.forks) > 0 {
		return
	}
	heads := make([]group.CutEntry, 0, len(h.chains))
	for c, at := range h.chains {
		heads = append(heads, group.CutEntry{Device: c.device, Comp: c.comp, Seq: at.seq, ID: at.id})
	}
	if h.log.Spares(o.ID, heads) {
		h.judged, b.spared = h.rulings, true
	}
}

// keysOf does what a Rekey or Grant asks for beside its place in the graph.
func (b *batch) keysOf(s op.Signed, env op.Envelope) error {
	if !handsKeys(s) {
		return nil
	}
	if err := b.takeBox(s, env); err != nil {
		return err
	}
	if s.Type == group.TypeGrant {
		return b.takeKeys(s, env)
	}
	// What follows in this very batch may be sealed under its keys, and what waited for them is counted anew.
	b.h.waits.part(b.h.apart, env.EID)
	b.wake(waitKey, env.EID[:])
	return b.prove(env.EID)
}

// takeEarly opens the box of a Rekey or Grant whose past is not here: that past may be sealed under the very keys that
// the box brings. They are believed for opening only, as those of any box.
func (b *batch) takeEarly(s op.Signed, env op.Envelope) error {
	if !handsKeys(s) || (s.Type != group.TypeRekey || env.Kind != op.KindRekey) && (s.Type != group.TypeGrant || env.Kind != op.KindGrant) {
		return nil
	}
	return b.takeBox(s, env)
}

// tendFences compares the ops that wait behind a fence with those that did, and takes up what a released one held back.
func (b *batch) tendFences() error {
	h := b.h
	held := h.log.Held()
	if len(held) == len(h.fenced) && !slices.ContainsFunc(held, func(id kp1.ID) bool { return !h.fenced[id] }) {
		return nil
	}
	var free []kp1.ID
	for id := range h.fenced {
		if !h.log.Has(id) || h.log.Admitted(id) {
			free = append(free, id)
		}
	}
	slices.SortFunc(free, h.log.ByArrival)
	for _, id := range held {
		if !h.fenced[id] {
			if err := b.fence.put(id[:], nil); err != nil {
				return err
			}
			h.fenced[id] = true
		}
	}
	if err := b.refile(slices.DeleteFunc(slices.Clone(free), func(id kp1.ID) bool { return !h.log.Has(id) })); err != nil {
		return err
	}
	for _, id := range free {
		delete(h.fenced, id)
		if err := b.fence.delete(id[:]); err != nil {
			return err
		}
		if o, ok := h.log.Op(id); ok {
			b.noteAdmitted(o)
			b.members = true
			if o.Type == group.TypeRekey {
				if err := b.proveAll(); err != nil {
					return err
				}
				if made, ok := h.log.Body(id).(group.Rekey); ok {
					b.wake(waitKey, made.Epoch[:]) // and what stands under the epoch that it makes
				}
			}
		}
		b.wake(waitOp, id[:])
	}
	return nil
}

// refile puts ops that a fence has let go behind those that were admitted while they waited: they are restored in this
// order, and of two in one place of a chain the one admitted first must come first again. What is built on one waited too,
// and is put behind it in turn.
func (b *batch) refile(ids []kp1.ID) error {
	if len(ids) == 0 {
		return nil
	}
	type record struct{ at, plain []byte }
	found := map[kp1.ID]record{}
	if err := b.auth.each(nil, func(k, plain []byte) (bool, error) {
		s, err := decodeSigned(plain)
		if err != nil {
			return false, err
		}
		if _, twice := found[s.ID]; !twice && slices.Contains(ids, s.ID) {
			found[s.ID] = record{slices.Clone(k), slices.Clone(plain)}
		}
		return len(found) < len(ids), nil
	}); err != nil {
		return err
	}
	for _, id := range ids {
		r, ok := found[id]
		if !ok {
			continue
		}
		if err := b.auth.delete(r.at); err != nil {
			return err
		}
		b.h.authN++
		if err := b.auth.put(be64(b.h.authN), r.plain); err != nil {
			return err
		}
	}
	return nil
}

// proveAll is prove for every epoch.
func (b *batch) proveAll() error {
	for id := range b.h.ring {
		if err := b.prove(id); err != nil {
			return err
		}
	}
	return nil
}

// signerOf finds the key of an auth op's device: in the graph, or, for its first op, in what the op itself brings.
func (h *house) signerOf(a group.Op) (ed25519.PublicKey, bool) {
	if pub, _, ok := h.log.DeviceKey(a.Device); ok {
		return pub, true
	}
	for _, c := range group.CertsIn(a) {
		if c.Device() == a.Device {
			return c.Key, true
		}
	}
	return nil, false
}

// lostAuth returns an op that a names and that is not here, or none.
func (h *house) lostAuth(a group.Op) kp1.ID {
	for _, id := range append(slices.Clone(a.Auth), a.Prev) {
		if !id.IsZero() && !h.log.Has(id) {
			return id
		}
	}
	return kp1.ID{}
}

// newest is the version of Rekeys and Grants up to which this build reads them. Only the tests of this package put another in
// its place: that of an earlier build.
var newest uint64 = group.Version

// handsKeys says whether an op is a Rekey or Grant as this build reads them. One of a later version is kept, and not read.
func handsKeys(s op.Signed) bool {
	return s.V <= newest && (s.Type == group.TypeRekey || s.Type == group.TypeGrant)
}

// checkBoxes compares the boxes of a Rekey or Grant with what its op signed: nobody can swap them on the way.
func checkBoxes(s op.Signed, env op.Envelope) outcome {
	if !handsKeys(s) {
		return outcome{}
	}
	body, err := group.DecodeBody(s.Type, s.Body)
	if err != nil {
		return badOp(s, err)
	}
	sum := kp1.BoxesHash(env.Boxes)
	switch x := body.(type) {
	case group.Rekey:
		made := kp1.EpochID(s.Group, s.Device, s.Seq, x.Commits)
		if env.Kind != op.KindRekey || x.Boxes != sum || x.Epoch != made || env.EID != made {
			return badOp(s, ErrForged)
		}
	case group.Grant:
		if env.Kind != op.KindGrant || x.Boxes != sum {
			return badOp(s, ErrForged)
		}
	}
	return outcome{}
}

// authOp is the membership graph's view of an op.
func authOp(s op.Signed) group.Op {
	return group.Op{ID: s.ID, V: s.V, Type: s.Type, Device: s.Device, Seq: s.Seq, Prev: s.Prev, Auth: s.Auth, Time: s.Time, Body: s.Body}
}
