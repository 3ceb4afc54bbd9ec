package invite

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Welcome answers a request (kind 8). It pins the group's history, so that a newcomer cannot be shown another one under
// the same id, and carries the envelopes that let them in. No key travels in it outside a Grant.
type Welcome struct {
	Group     kp1.GID
	Genesis   kp1.ID
	Heads     []kp1.ID // auth heads, ascending: the pin
	Mailboxes []group.Mailbox
	Envelopes [][]byte // kinds 1 to 3, with the Admit and the Grants for this device; at most 8

	// Spare says that no Admit was written, because the person is in: the Request's own Back was filed and confirmed.
	Spare   bool
	Partial bool // with Spare: this person may not read all that was written before
}

// welcomeWire is what is sealed.
type welcomeWire struct {
	V         uint64          `cbor:"v"`
	Group     kp1.GID         `cbor:"g"`
	Genesis   kp1.Link        `cbor:"gn"`
	Heads     []kp1.Link      `cbor:"hd"`
	Mailboxes []group.Mailbox `cbor:"mb"`
	Envelopes [][]byte        `cbor:"en"`

	Spare   bool `cbor:"bk,omitempty"`
	Partial bool `cbor:"pa,omitempty"`
}

// Encode returns the bytes that are sealed.
func (w Welcome) Encode() ([]byte, error) {
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("welcome: %w", err)
	}
	b, err := kp1.Marshal(welcomeWire{version, w.Group, kp1.Link(w.Genesis), kp1.Links(w.Heads), w.Mailboxes, w.Envelopes, w.Spare, w.Partial})
	if err != nil {
		return nil, fmt.Errorf("welcome: %w", err)
	}
	return b, nil
}

// Seal seals the welcome to the device that made the request.
func (w Welcome) Seal(r Request, week uint64) (op.Envelope, error) {
	b, err := w.Encode()
	if err != nil {
		return op.Envelope{}, err
	}
	c := r.core.Cert
	return op.SealWelcome(w.Group, c.Device(), r.core.Invite, week, c.HPKE, b)
}

// OpenWelcome opens a welcome with the key of the device that made request r. It returns op.ErrNoKey for one to
// somebody else, or changed on the way; ErrWelcome for one of another group; or an error of the form. Verify comes next.
func (o Offer) OpenWelcome(r Request, k op.BoxKey, e op.Envelope) (Welcome, error) {
	if e.Kind != op.KindWelcome || e.IID() != r.core.Invite {
		return Welcome{}, fmt.Errorf("welcome: kind %d of invite %s: %w", e.Kind, e.IID().Short(), op.ErrNoKey)
	}
	b, err := op.OpenWelcome(o.Link.Group, r.core.Cert.Device(), e, k)
	if err != nil {
		return Welcome{}, fmt.Errorf("welcome: %w", err)
	}
	w, err := DecodeWelcome(b)
	if err != nil {
		return Welcome{}, err
	}
	if w.Group != o.Link.Group {
		return Welcome{}, fmt.Errorf("welcome to group %s: %w", w.Group.Short(), ErrWelcome)
	}
	return w, nil
}

// DecodeWelcome reads what Encode returned. It keeps no reference to b.
func DecodeWelcome(b []byte) (Welcome, error) {
	var c welcomeWire
	if err := kp1.UnmarshalVersion(b, kp1.MaxEnvelope, version, &c); err != nil {
		return Welcome{}, fmt.Errorf("welcome: %w", err)
	}
	w := Welcome{c.Group, kp1.ID(c.Genesis), kp1.IDs(c.Heads), c.Mailboxes, c.Envelopes, c.Spare, c.Partial}
	if err := w.check(); err != nil {
		return Welcome{}, fmt.Errorf("welcome: %w", err)
	}
	return w, nil
}

func (w Welcome) check() error {
	switch {
	case len(w.Heads) > kp1.MaxAuthRefs:
		return fmt.Errorf("%d heads: %w", len(w.Heads), kp1.ErrTooBig)
	case len(w.Envelopes) > maxCarried:
		return fmt.Errorf("%d envelopes: %w", len(w.Envelopes), kp1.ErrTooBig)
	case w.Partial && !w.Spare:
		return fmt.Errorf("partial history of an Admit: %w", kp1.ErrForm)
	case len(w.Heads) == 0 || len(w.Envelopes) == 0 || w.Genesis.IsZero() || w.Group.IsZero():
		return fmt.Errorf("no pin, or nothing carried: %w", kp1.ErrForm)
	}
	for i := 1; i < len(w.Heads); i++ {
		if w.Heads[i-1].Compare(w.Heads[i]) >= 0 {
			return fmt.Errorf("heads not sorted: %w", kp1.ErrForm)
		}
	}
	if _, err := (group.SetPolicy{PolicyFields: group.PolicyFields{Mailboxes: &w.Mailboxes}}).Encode(); err != nil {
		return fmt.Errorf("mailboxes: %w", err)
	}
	for _, b := range w.Envelopes {
		e, err := op.DecodeEnvelope(b)
		if err != nil {
			return err
		}
		if e.Kind > op.KindGrant {
			return fmt.Errorf("kind %d carried: %w", e.Kind, kp1.ErrForm)
		}
	}
	return nil
}

// Verify is the joiner's last step (protocol 8.4, step 6). The log holds what came with the welcome and from members
// since; once Verify is content, Log.Pin takes the pinned ops past the fences. Verify proves that the pinned history begins
// with the pinned Genesis and no other, that it holds an Admit with this very request, or, with Spare, the request's own
// Back, that the device is in at the pin, and that the person whose root the offer names was an admin, or with Spare a
// member. It returns that person's root key, for the six words to compare back. It returns a *group.MissingError while ops of the pinned history
// are not here, and ErrWelcome when the welcome does not hold.
func (w Welcome) Verify(l *group.Log, o Offer, r Request) (inviter ed25519.PublicKey, err error) {
	if w.Group != o.Link.Group || l.Group() != w.Group || r.core.Group != w.Group {
		return nil, fmt.Errorf("group %s: %w", w.Group.Short(), ErrWelcome)
	}
	past, err := pinned(l, w.Heads)
	if err != nil {
		return nil, err
	}
	admitted := false
	for _, p := range past {
		switch p.Type {
		case group.TypeGenesis:
			if p.ID != w.Genesis {
				return nil, fmt.Errorf("another Genesis %s: %w", p.ID.Short(), ErrWelcome)
			}
		case group.TypeAdmit:
			admitted = admitted || !w.Spare && carries(p, r)
		case group.TypeAddDevice:
			admitted = admitted || w.Spare && p.ID == r.Back.ID
		}
	}
	at, err := l.At(w.Heads)
	if err != nil {
		return nil, fmt.Errorf("at the pin: %w", err)
	}
	device := r.core.Cert.Device()
	if w.Spare {
		device = r.Spare()
	}
	if d, in := at.Device(device); !in || !admitted || d.Member != r.core.Member() {
		return nil, fmt.Errorf("no place for this device: %w", ErrWelcome)
	}
	rank := kp1.RankAdmin
	if w.Spare { // a member may carry and confirm who is in (protocol 3.4)
		rank = kp1.RankMember
	}
	if inviter = rootOf(at, o.Link.Inviter, rank); inviter != nil {
		return inviter, nil
	}
	// They may have gone since: look at every moment at which somebody got a rank.
	for _, p := range past {
		switch p.Type {
		case group.TypeGenesis, group.TypeAdmit, group.TypeSetRole, group.TypeApprove, group.TypeElect:
			then, err := l.At([]kp1.ID{p.ID})
			if err != nil {
				return nil, fmt.Errorf("at %s: %w", p.ID.Short(), err)
			}
			if inviter = rootOf(then, o.Link.Inviter, rank); inviter != nil {
				return inviter, nil
			}
		}
	}
	return nil, fmt.Errorf("the inviter never had the rank for it: %w", ErrWelcome)
}

// pinned returns all ops that the heads have in their past, the heads included.
func pinned(l *group.Log, heads []kp1.ID) ([]group.Op, error) {
	var past []group.Op
	var missing []kp1.ID
	seen := map[kp1.ID]bool{}
	next := slices.Clone(heads)
	for len(next) > 0 {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		p, ok := l.Op(id)
		if !ok {
			missing = append(missing, id)
			continue
		}
		past = append(past, p)
		next = append(next, p.Auth...)
		if p.Seq > 1 {
			next = append(next, p.Prev)
		}
	}
	if len(missing) > 0 {
		return nil, &group.MissingError{IDs: missing}
	}
	return past, nil
}

// carries reports whether an Admit lets in exactly this request.
func carries(p group.Op, r Request) bool {
	body, err := group.DecodeBody(p.Type, p.Body)
	if err != nil {
		return false
	}
	a, ok := body.(group.Admit)
	return ok && bytes.Equal(a.Core, r.Signed.Core)
}

// rootOf returns the root of the person whom the pin names, if they are in with that rank or above, or nil.
func rootOf(s group.State, pin [16]byte, rank uint8) ed25519.PublicKey {
	for _, m := range s.Members {
		if m.Rank >= rank && Pin(m.Root) == pin {
			return m.Root
		}
	}
	return nil
}
