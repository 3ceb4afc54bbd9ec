package store

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
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
	Link    string   `cbor:"l"`
	Name    string   `cbor:"nm"`
	Sign    []byte   `cbor:"sk"`
	Open    []byte   `cbor:"hk"`
	Stage   uint8    `cbor:"st"`
	Why     string   `cbor:"y"` // code of the end
	At      uint64   `cbor:"t"`
	Hint    string   `cbor:"h"`
	Peer    []byte   `cbor:"pi"`
	Key     []byte   `cbor:"k"` // what the drop said: the key that requests are sealed to
	Request []byte   `cbor:"q"` // the request, once it is made
	Sealed  []byte   `cbor:"e"` // and its envelope
	Welcome []byte   `cbor:"wl"`
	Words   []string `cbor:"w"`
	Inviter []string `cbor:"iw"`
	Spare   []byte   `cbor:"ss,omitempty"` // keys of the device that is let in where this person is in already
	Lid     []byte   `cbor:"so,omitempty"`
	Left    uint64   `cbor:"lt,omitempty"` // when the request was first seen to lie in a mailbox

	link invite.Link
	keys invite.Keys
	mail []Mailbox // that the welcome names, from JoinApproved on
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
	Left    time.Time // when the request lay in a mailbox for the first time, from JoinSent on
	Why     error     // how it ended, for JoinOver; before that: what its mailbox last said, which may yet change
	Inviter [6]string // to compare back, for JoinIn
	Addrs   []string  // where the mailbox is
	Keepers [][]byte  // of these, who is no member: raw multihashes of PeerIDs, from JoinApproved on
	Mailbox ed25519.PrivateKey
	Stops   time.Time // when the invite runs out, by its maker's clock
}

// ErrAlreadyIn: this person is in that group already.
var ErrAlreadyIn = &kp1.Error{ECode: "E_ALREADY_IN", Msg: "in this group already"}

// errWhy names the ends of a join by their code.
var errWhy = map[string]*kp1.Error{
	invite.ErrExpired.ECode: invite.ErrExpired, invite.ErrEnded.ECode: invite.ErrEnded, invite.ErrUsed.ECode: invite.ErrUsed,
	invite.ErrClosed.ECode:   invite.ErrClosed,
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
	// Who was removed is not told so, and may well believe to be in still. So only an invite that this person's own group
	// knows of is refused; the rest is for the admin to see.
	if h != nil && h.invites[iid] != nil {
		return Join{}, ErrAlreadyIn
	}
	dsk, dhk, err := keyring.NewDevice(l.opt.Rand)
	if err != nil {
		return Join{}, err
	}
	open, err := dhk.Bytes()
	if err != nil {
		return Join{}, err
	}
	words := wordsOf(link.Group, public(l.RootKey(link.Group)))
	j := &join{
		Link: text, Name: name, Sign: dsk.Seed(), Open: open, Stage: JoinLooking, At: l.unix(), Words: words[:], Peer: peer,
		Key: []byte{}, Request: []byte{}, Sealed: []byte{}, Welcome: []byte{}, Inviter: []string{},
	}
	if err := j.read(); err != nil {
		return Join{}, err
	}
	if err := l.change(func(t tx) error { return l.saveJoin(t, j) }); err != nil {
		return Join{}, err
	}
	return j.out(), nil
}

// read parses what follows from the link.
func (j *join) read() (err error) {
	if j.link, err = invite.ParseLink(j.Link); err != nil {
		return err
	}
	j.keys, j.mail = j.link.Secret.Keys(), nil
	if len(j.Welcome) == 0 {
		return nil
	}
	w, err := invite.DecodeWelcome(j.Welcome)
	if err != nil {
		return err
	}
	for _, m := range w.Mailboxes {
		j.mail = append(j.mail, Mailbox{Peer: m.Peer, Addrs: m.Addrs, Ticket: m.Ticket})
	}
	return nil
}

func (j *join) out() Join {
	o := Join{
		ID: j.keys.ID, Group: j.link.Group, Hint: j.Hint, Name: j.Name, Stage: j.Stage, At: time.Unix(int64(j.At), 0), //nolint:gosec // seconds
		Addrs: j.link.Addrs, Mailbox: j.keys.Mailbox, Stops: time.Unix(int64(j.link.Expires), 0), //nolint:gosec // seconds
	}
	copy(o.Words[:], j.Words)
	copy(o.Inviter[:], j.Inviter)
	if e, ok := errWhy[j.Why]; ok && (j.Stage == JoinOver || j.Stage < JoinApproved) {
		o.Why = e
	}
	if j.Left > 0 {
		o.Left = time.Unix(int64(j.Left), 0) //nolint:gosec // seconds
	}
	for _, m := range j.mail {
		o.Keepers = append(o.Keepers, m.Peer)
	}
	return o
}

func (l *Ledger) saveJoin(t tx, j *join) error {
	s, err := t.top(shelfJoins, true)
	if err != nil {
		return err
	}
	l.staleTop = true
	l.joins[j.keys.ID] = j
	return s.putCBOR(j.keys.ID[:], j)
}

func (l *Ledger) loadJoins(t tx) error {
	s, err := t.top(shelfJoins, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		j, err := decodeJoin(plain)
		if err != nil {
			return false, fmt.Errorf("join record: %w: %w", ErrDamaged, err)
		}
		l.joins[j.keys.ID] = j
		if h := l.groups[j.link.Group]; h != nil && j.Stage == JoinApproved {
			h.expect(j)
		}
		return true, nil
	})
}

func decodeJoin(plain []byte) (*join, error) {
	var j join
	if err := kp1.Unmarshal(plain, &j); err != nil {
		return nil, err
	}
	if len(j.Sign) != ed25519.SeedSize || len(j.Spare) != 0 && len(j.Spare) != ed25519.SeedSize || len(j.Words) > 6 || len(j.Inviter) > 6 {
		return nil, kp1.ErrForm
	}
	return &j, j.read()
}

// device is the device that asks.
func (j *join) device() kp1.DID { return kp1.DeviceID(public(ed25519.NewKeyFromSeed(j.Sign))) }

// expect has boxes for the device of a join opened, in a group where this computer is, or was, another device.
func (h *house) expect(j *join) {
	h.expectDevice(j.device(), j.Open)
}

// setJoin changes one join durably.
func (l *Ledger) setJoin(iid kp1.IID, do func(*join) error) (Join, error) {
	var out Join
	err := l.change(func(t tx) error {
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

// JoinShut notes what the mailbox of a join last said, of which the end is not sure: that it is shut, by ErrEnded or
// ErrClosed. A keeper may have lost it, or the inviter's computer has not opened it yet; it is looked into still. nil takes
// it back: the mailbox is open.
func (l *Ledger) JoinShut(iid kp1.IID, why error) error {
	l.mu.Lock()
	j := l.joins[iid]
	l.mu.Unlock()
	said := ""
	if why != nil {
		if said = codeOf(why); errWhy[said] == nil {
			return nil
		}
	}
	if j == nil || j.Stage >= JoinApproved || j.Why == said {
		return nil
	}
	_, err := l.setJoin(iid, func(j *join) error {
		if j.Stage < JoinApproved {
			j.Why = said
		}
		return nil
	})
	return err
}

// CancelJoin forgets a request of ours. What lies in the mailbox stays there; a later yes is not listened to.
func (l *Ledger) CancelJoin(iid kp1.IID) error {
	return l.change(func(t tx) error {
		if l.joins[iid] == nil {
			return ErrNoRequest
		}
		l.staleTop = true
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
		_, err := l.setJoin(iid, func(j *join) error {
			if j.Stage == JoinAsking {
				j.Stage, j.Left = JoinSent, l.unix()
			}
			return nil
		})
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
			l.opt.Log.Info("drop refused", "why", codeOf(err))
			tampered = invite.ErrTampered
			continue
		}
		root := l.RootKey(j.link.Group)
		cert, err := j.certify(root, j.Sign, j.Open)
		if err != nil {
			return err
		}
		back, spare, lid, err := l.comeBack(j, root, offer.Heads)
		if err != nil {
			return err
		}
		q, err := offer.NewRequest(l.opt.Rand, cert, root, j.Name, "", back)
		if err != nil {
			return err
		}
		raw, err := q.Encode()
		if err != nil {
			return err
		}
		sealed, err := offer.Seal(q, l.week())
		if err != nil {
			return err
		}
		_, err = l.setJoin(iid, func(j *join) error {
			if j.Stage != JoinLooking {
				return nil // somebody else has made it meanwhile; one request is enough
			}
			j.Stage, j.Hint, j.Key, j.Request, j.Sealed = JoinAsking, offer.Hint, offer.Key, raw, sealed.Bytes
			j.Spare, j.Lid = spare, lid
			return nil
		})
		return err
	}
	return tampered
}

// certify is the root's certificate for a device of this computer.
func (j *join) certify(root ed25519.PrivateKey, sign, open []byte) (group.Cert, error) {
	dsk := ed25519.NewKeyFromSeed(sign)
	dhk, err := op.ParseBoxKey(open)
	if err != nil {
		return group.Cert{}, err
	}
	cert, err := group.NewCert(j.link.Group, public(root), public(dsk), dhk.Public(), j.Peer, 0)
	if err != nil {
		return group.Cert{}, err
	}
	return group.SignCert(cert, kp1.DID{}, root, dsk), nil
}

// comeBack makes the op with which this computer brings itself in where its person is in already: nobody who asks knows
// whether they are (protocol 3.4). It is by a device of its own. The one that asks may be named by an Admit instead, and
// then writes an op that is the first of its chain: two of those would be cheating.
func (l *Ledger) comeBack(j *join, root ed25519.PrivateKey, heads []kp1.ID) (s op.Signed, spare, lid []byte, err error) {
	if len(heads) == 0 {
		return s, nil, nil, nil
	}
	dsk, dhk, err := keyring.NewDevice(l.opt.Rand)
	if err != nil {
		return s, nil, nil, err
	}
	if lid, err = dhk.Bytes(); err != nil {
		return s, nil, nil, err
	}
	spare = dsk.Seed()
	cert, err := j.certify(root, spare, lid)
	if err != nil {
		return s, nil, nil, err
	}
	body, err := group.AddDevice{Cert: cert}.Encode()
	if err != nil {
		return s, nil, nil, err
	}
	o := op.Op{Type: group.TypeAddDevice, Group: j.link.Group, Device: cert.Device(), Seq: 1, Time: l.unix(), Auth: heads, Body: body}
	if _, err := io.ReadFull(l.opt.Rand, o.Nonce[:]); err != nil {
		return s, nil, nil, err
	}
	s, err = op.Sign(o, dsk)
	return s, spare, lid, err
}

// offer is what the drop said, as we kept it, and the request made on it.
func (j *join) offer() (invite.Offer, invite.Request, error) {
	o := invite.Offer{Link: j.link, Key: j.Key, Hint: j.Hint}
	q, err := o.DecodeRequest(j.Request)
	if err != nil {
		return o, q, fmt.Errorf("join record: %w: %w", ErrDamaged, err)
	}
	return o, q, nil
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }
