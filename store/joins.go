package store

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// Stages of a join, as they stand on the disk.
const (
	JoinLooking  uint8 = 1 // the drop has not been fetched
	JoinAsking   uint8 = 2 // the request is made, and not yet known to lie in the mailbox
	JoinSent     uint8 = 3 // it lies there
	JoinApproved uint8 = 4 // the welcome came; what belongs to it is being fetched and checked
	JoinIn       uint8 = 5 // in, checked
	JoinOver     uint8 = 6 // ended without success; Why says how
)

// join is one request of ours on its way.
type join struct {
	Link    string     `cbor:"l"`
	Name    string     `cbor:"nm"`
	Sign    []byte     `cbor:"sk"`
	Open    []byte     `cbor:"hk"`
	Stage   uint8      `cbor:"st"`
	Why     string     `cbor:"y"` // code of the end
	At      uint64     `cbor:"t"`
	Hint    string     `cbor:"h"`
	Core    []byte     `cbor:"q"` // the signed core, once the request is made
	Sealed  []byte     `cbor:"e"` // the envelope of the request
	Words   []string   `cbor:"w"`
	Pin     []kp1.Link `cbor:"p"` // auth heads the welcome named
	Inviter []string   `cbor:"iw"`

	link invite.Link
	keys invite.Keys
}

// Join is one request of this person's own, as the outside sees it.
type Join struct {
	ID      kp1.IID
	Group   kp1.GID
	Hint    string // what the invite calls the group
	Name    string
	Words   [6]string
	Stage   uint8
	At      time.Time
	Why     error     // how it ended, for JoinOver
	Inviter [6]string // to compare back, for JoinIn
	Addrs   []string  // where the mailbox is
	Mailbox ed25519.PrivateKey
}

// ErrAlreadyIn: this person is in that group already.
var ErrAlreadyIn = &kp1.Error{ECode: "E_ALREADY_IN", Msg: "in this group already"}

// errWhy names the ends of a join by their code.
var errWhy = map[string]*kp1.Error{
	invite.ErrExpired.ECode: invite.ErrExpired, invite.ErrEnded.ECode: invite.ErrEnded, invite.ErrUsed.ECode: invite.ErrUsed,
	invite.ErrTampered.ECode: invite.ErrTampered, invite.ErrWelcome.ECode: invite.ErrWelcome, invite.ErrNewer.ECode: invite.ErrNewer,
}

// Join begins to join by a link (protocol.md 8.4, step 2): device keys for the group are made, and this person's six
// words are known. What lies in the invite's mailbox is brought by JoinMail. peer is the raw multihash of this
// computer's PeerID. Asking again with the same link goes on where the first left off.
func (l *Ledger) Join(_ context.Context, text, name string, peer []byte) (Join, error) {
	link, err := invite.ParseLink(text)
	if err != nil {
		return Join{}, err
	}
	if link.ExpiredAt(l.opt.Now()) {
		return Join{}, invite.ErrExpired
	}
	iid := link.Secret.Keys().ID
	l.mu.Lock()
	have := l.joins[iid]
	h := l.groups[link.Group]
	l.mu.Unlock()
	if have != nil && have.Stage != JoinOver {
		return l.setJoin(iid, func(j *join) error { j.Link = text; return j.read() })
	}
	if h != nil {
		if _, err := h.me(); err == nil {
			return Join{}, ErrAlreadyIn
		}
	}
	dsk, dhk, err := keyring.NewDevice(l.opt.Rand)
	if err != nil {
		return Join{}, err
	}
	open, err := dhk.Bytes()
	if err != nil {
		return Join{}, err
	}
	root := keyring.RootKey(l.who.recovery(), link.Group)
	words := keyring.VerificationWords(link.Group, root.Public().(ed25519.PublicKey))
	j := &join{
		Link: text, Name: name, Sign: dsk.Seed(), Open: open, Stage: JoinLooking, At: l.unix(), Words: words[:],
		Core: []byte{}, Sealed: []byte{}, Pin: []kp1.Link{}, Inviter: []string{},
	}
	if err := j.read(); err != nil {
		return Join{}, err
	}
	if err := l.change(nil, func(t tx) error { return l.saveJoin(t, j) }); err != nil {
		return Join{}, err
	}
	return j.out(), nil
}

// read parses what follows from the link.
func (j *join) read() (err error) {
	if j.link, err = invite.ParseLink(j.Link); err == nil {
		j.keys = j.link.Secret.Keys()
	}
	return err
}

func (j *join) out() Join {
	o := Join{
		ID: j.keys.ID, Group: j.link.Group, Hint: j.Hint, Name: j.Name, Stage: j.Stage, At: time.Unix(int64(j.At), 0), //nolint:gosec // seconds
		Addrs: j.link.Addrs, Mailbox: j.keys.Mailbox,
	}
	copy(o.Words[:], j.Words)
	copy(o.Inviter[:], j.Inviter)
	if e, ok := errWhy[j.Why]; ok && j.Stage == JoinOver {
		o.Why = e
	}
	return o
}

func (l *Ledger) saveJoin(t tx, j *join) error {
	s, err := t.top(shelfJoins, true)
	if err != nil {
		return err
	}
	l.joins[j.keys.ID] = j
	return s.putCBOR(j.keys.ID[:], j)
}

func (l *Ledger) loadJoins(t tx) error {
	s, err := t.top(shelfJoins, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		var j join
		if err := kp1.Unmarshal(plain, &j); err != nil {
			return false, fmt.Errorf("join record: %w: %w", ErrDamaged, err)
		}
		if err := j.read(); err != nil {
			return false, fmt.Errorf("join record: %w: %w", ErrDamaged, err)
		}
		l.joins[j.keys.ID] = &j
		return true, nil
	})
}

// setJoin changes one join durably.
func (l *Ledger) setJoin(iid kp1.IID, do func(*join) error) (Join, error) {
	var out Join
	err := l.change(nil, func(t tx) error {
		old := l.joins[iid]
		if old == nil {
			return ErrNoRequest
		}
		j := *old
		if err := do(&j); err != nil {
			return err
		}
		out = j.out()
		return l.saveJoin(t, &j)
	})
	return out, err
}

// JoinEnded notes that a join cannot succeed any more, and why: one of invite's refusals.
func (l *Ledger) JoinEnded(iid kp1.IID, why error) error {
	code := codeOf(why)
	if _, ok := errWhy[code]; !ok {
		return nil // an unknown reason is no reason to give up
	}
	_, err := l.setJoin(iid, func(j *join) error {
		if j.Stage < JoinApproved {
			j.Stage, j.Why = JoinOver, code
		}
		return nil
	})
	return err
}

// CancelJoin forgets a request of ours. What lies in the mailbox stays there; a later yes is not listened to.
func (l *Ledger) CancelJoin(iid kp1.IID) error {
	return l.change(nil, func(t tx) error {
		if l.joins[iid] == nil {
			return ErrNoRequest
		}
		delete(l.joins, iid)
		s, err := t.top(shelfJoins, true)
		if err != nil {
			return err
		}
		return s.delete(iid[:])
	})
}

// JoinMail is given what lies in the mailbox of a join. It answers with the request to post, when it is not there yet.
// When the welcome is there it begins to move in. Errors worth testing for: invite.ErrUsed, invite.ErrTampered; the
// caller passes those to JoinEnded.
func (l *Ledger) JoinMail(_ context.Context, iid kp1.IID, raws [][]byte) (post []byte, err error) {
	var envs []op.Envelope
	for _, raw := range raws {
		if e, err := op.DecodeEnvelope(raw); err == nil {
			envs = append(envs, e)
		}
	}
	l.mu.Lock()
	j := l.joins[iid]
	l.mu.Unlock()
	if j == nil {
		return nil, ErrNoRequest
	}
	if j.Stage == JoinLooking {
		if err := l.makeRequest(iid, j, envs); err != nil {
			return nil, err
		}
		l.mu.Lock()
		j = l.joins[iid]
		l.mu.Unlock()
	}
	if j == nil || j.Stage == JoinLooking || j.Stage >= JoinApproved {
		return nil, nil
	}
	there, others := false, false
	for _, e := range envs {
		switch e.Kind {
		case op.KindJoinRequest:
			there = there || e.ID == kp1.Sum(j.Sealed)
		case op.KindWelcome:
			ok, err := l.welcomed(iid, j, e)
			if err != nil || ok {
				return nil, err
			}
			others = true
		}
	}
	switch {
	case !there && others:
		return nil, invite.ErrUsed
	case !there:
		return j.Sealed, nil
	case j.Stage == JoinAsking:
		_, err := l.setJoin(iid, func(j *join) error { j.Stage = JoinSent; return nil })
		return nil, err
	case others:
		return nil, invite.ErrUsed
	}
	return nil, nil
}

// makeRequest opens the drop and makes the request on it.
func (l *Ledger) makeRequest(iid kp1.IID, j *join, envs []op.Envelope) error {
	var tampered error
	for _, e := range envs {
		if e.Kind != op.KindDrop {
			continue
		}
		offer, err := j.link.OpenDrop(e)
		if err != nil {
			if errors.Is(err, invite.ErrTampered) || errors.Is(err, op.ErrTampered) || errors.Is(err, op.ErrNoKey) {
				tampered = invite.ErrTampered
			}
			continue
		}
		dsk := ed25519.NewKeyFromSeed(j.Sign)
		root := keyring.RootKey(l.who.recovery(), j.link.Group)
		dhk, err := op.ParseBoxKey(j.Open)
		if err != nil {
			return err
		}
		peer, err := peerOf(l.who.transport())
		if err != nil {
			return err
		}
		cert, err := group.NewCert(j.link.Group, root.Public().(ed25519.PublicKey), dsk.Public().(ed25519.PublicKey), dhk.Public(), peer, 0)
		if err != nil {
			return err
		}
		q, err := offer.NewRequest(l.opt.Rand, group.SignCert(cert, kp1.DID{}, root, dsk), root, j.Name, "")
		if err != nil {
			return err
		}
		sealed, err := offer.Seal(q, l.week())
		if err != nil {
			return err
		}
		_, err = l.setJoin(iid, func(j *join) error {
			j.Stage, j.Hint, j.Core, j.Sealed = JoinAsking, offer.Hint, q.Signed.Core, sealed.Bytes
			return nil
		})
		return err
	}
	return tampered
}

// welcomed opens a welcome, when it is ours, and moves in: the group is built and what the welcome carries is filed. It
// waits there for the history that leads to it.
func (l *Ledger) welcomed(iid kp1.IID, j *join, e op.Envelope) (bool, error) {
	dsk := ed25519.NewKeyFromSeed(j.Sign)
	did := kp1.DeviceID(dsk.Public().(ed25519.PublicKey))
	dhk, err := op.ParseBoxKey(j.Open)
	if err != nil {
		return false, err
	}
	w, err := invite.OpenWelcome(j.link, did, e, dhk)
	if errors.Is(err, op.ErrNoKey) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	root := keyring.RootKey(l.who.recovery(), j.link.Group)
	s := self{
		Group: j.link.Group, Genesis: kp1.Link(w.Genesis), Device: did, Member: kp1.MemberID(root.Public().(ed25519.PublicKey)),
		Sign: j.Sign, Open: [][]byte{j.Open}, Name: j.Name, Since: l.unix(), Partial: partial(w, j.Core),
	}
	err = l.change([]kp1.GID{s.Group}, func(t tx) error {
		if old := l.groups[s.Group]; old != nil {
			if err := old.forget(t); err != nil { // a member who was out comes back: a new device, and the history anew
				return err
			}
		}
		h := l.newHouse(s)
		l.groups[s.Group] = h
		if err := h.build(t); err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		for _, raw := range w.Envelopes {
			p := h.vantage().prepare(raw)
			if _, _, err := b.take(p); err != nil {
				return err
			}
		}
		next := *j
		next.Stage, next.Pin = JoinApproved, kp1.Links(w.Heads)
		if err := l.saveJoin(t, &next); err != nil {
			return err
		}
		b.keys = true
		return b.finish()
	})
	return err == nil, err
}

// Settle finishes what can be finished without anyone: joins whose history has come are checked against what the
// invite promised, and this person's name is said in the group. It says whether anything changed.
func (l *Ledger) Settle(_ context.Context, profile func(name string) Draft) (changed bool, err error) {
	l.mu.Lock()
	var ready []kp1.IID
	for iid, j := range l.joins {
		if h := l.groups[j.link.Group]; j.Stage == JoinApproved && h != nil && h.arrived(j) {
			ready = append(ready, iid)
		}
	}
	l.mu.Unlock()
	for _, iid := range ready {
		changed = true
		err = cmp.Or(err, l.moveIn(iid, profile))
	}
	return changed, err
}

// arrived says whether every auth op that the welcome named is here.
func (h *house) arrived(j *join) bool {
	for _, id := range kp1.IDs(j.Pin) {
		if !h.log.Has(id) {
			return false
		}
	}
	_, err := h.me()
	return err == nil && len(j.Pin) > 0
}

// moveIn checks the group against the invite (protocol.md 8.4, step 6) and introduces this person.
func (l *Ledger) moveIn(iid kp1.IID, profile func(name string) Draft) error {
	l.mu.Lock()
	j, h := l.joins[iid], l.groups[l.joins[iid].link.Group]
	inviter, ok := h.inviter(j)
	l.mu.Unlock()
	if !ok {
		_, err := l.setJoin(iid, func(j *join) error { j.Stage, j.Why = JoinOver, invite.ErrWelcome.ECode; return nil })
		return err
	}
	words := keyring.VerificationWords(h.id, inviter)
	return l.change([]kp1.GID{h.id}, func(t tx) error {
		h := l.groups[h.id]
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.draft(profile(j.Name)); err != nil {
			return err
		}
		next := *l.joins[iid]
		next.Stage, next.Inviter = JoinIn, words[:]
		if err := l.saveJoin(t, &next); err != nil {
			return err
		}
		return b.finish()
	})
}

// inviter finds the admin whose root the link names, and checks that our own Admit carries our own request.
func (h *house) inviter(j *join) (ed25519.PublicKey, bool) {
	mine := slices.ContainsFunc(h.log.Admits(), func(a group.Admit) bool { return slices.Equal(a.Core, j.Core) })
	if !mine {
		return nil, false
	}
	for _, m := range h.log.Roots() {
		if invite.Pin(m.Root) == j.link.Inviter && m.Admin {
			return m.Root, true
		}
	}
	return nil, false
}
