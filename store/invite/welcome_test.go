package invite

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// house is a group founded in memory: a founder, and whoever is let in.
type house struct {
	t       testing.TB
	id      kp1.GID
	founder person
	log     *group.Log
	genesis kp1.ID
	seen    []group.Op
}

// person is a member with one device.
type person struct {
	root, key ed25519.PrivateKey
	cert      group.Cert
	seq       uint64
	prev      kp1.ID
}

func newPerson(t testing.TB, g kp1.GID, seed byte) person {
	t.Helper()
	box := must[op.BoxKey](t)(op.DeriveBoxKey(bytes.Repeat([]byte{seed}, 32)))
	p := person{
		root: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed, 1}, 16)),
		key:  ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed, 2}, 16)),
	}
	c := must[group.Cert](t)(group.NewCert(g, public(p.root), public(p.key), box.Public(), []byte{'p', seed}, 0))
	p.cert = group.SignCert(c, kp1.DID{}, p.root, p.key)
	return p
}

func found(t testing.TB, seed byte) *house {
	t.Helper()
	salt := [32]byte{seed}
	h := &house{t: t, id: kp1.GroupID(salt, public(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed, 2}, 16))))}
	h.founder = newPerson(t, h.id, seed)
	h.log = group.NewLog(h.id)
	h.genesis = h.write(&h.founder, must[group.Genesis](t)(group.NewGenesis(salt, h.founder.cert, group.PolicyFields{}, nil)))
	return h
}

// write adds an op by p to the log.
func (h *house) write(p *person, body group.Body) kp1.ID {
	h.t.Helper()
	b := must[[]byte](h.t)(body.Encode())
	p.seq++
	o := group.Op{V: 1, Type: body.Type(), Device: p.cert.Device(), Seq: p.seq, Prev: p.prev, Auth: h.log.Heads(), Body: b}
	o.ID = kp1.Sum(must[[]byte](h.t)(kp1.Marshal([]any{o.Type, o.Device, o.Seq, kp1.Links(o.Auth), o.Body})))
	if err := h.log.Add(o); err != nil {
		h.t.Fatal(err)
	}
	if err := h.log.Standing(o.ID); err != nil {
		h.t.Fatal(err)
	}
	p.prev = o.ID
	h.seen = append(h.seen, o)
	return o.ID
}

// newcomer makes an invite by the founder, and a request on it.
func (h *house) newcomer(seed byte) (Offer, Request, op.BoxKey) {
	h.t.Helper()
	i := must[Invite](h.t)(New(rand.Reader, today, Terms{Rank: kp1.RankMember}))
	drop := must[op.Envelope](h.t)(i.SealDrop(rand.Reader, week, h.id, public(h.founder.root), addrs, "", nil))
	o := must[Offer](h.t)(i.Link(h.id, public(h.founder.root), addrs).OpenDrop(drop))
	p := newPerson(h.t, h.id, seed)
	r := must[Request](h.t)(o.NewRequest(rand.Reader, p.cert, p.root, "Sue", "", op.Signed{}))
	return o, r, must[op.BoxKey](h.t)(op.DeriveBoxKey(bytes.Repeat([]byte{seed}, 32)))
}

// admit lets a request in, by p.
func (h *house) admit(p *person, r Request, rank uint8) kp1.ID {
	h.t.Helper()
	return h.write(p, must[group.Admit](h.t)(group.NewAdmit(h.id, r.Signed, group.Terms{Rank: rank, Verified: group.VerifiedVoice})))
}

// welcome pins the log as it is; the envelope it carries is not looked into here.
func (h *house) welcome() Welcome {
	return Welcome{Group: h.id, Genesis: h.genesis, Heads: h.log.Heads(), Envelopes: [][]byte{carried(h.t)}}
}

// carried returns the bytes of some envelope of kind 1.
func carried(t testing.TB) []byte {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	s := must[op.Signed](t)(op.Sign(op.Op{V: 1, Type: "auth/ack", Device: kp1.DeviceID(public(key)), Seq: 1, Body: []byte{0xa0}}, key))
	e := must[op.Envelope](t)(op.SealOps(rand.Reader, kp1.GID{}, op.Key{Chain: kp1.ChainAuth}, op.KindOps, week, nil, []op.Signed{s}))
	return e.Bytes
}

func TestWelcomeHappyPath(t *testing.T) {
	h := found(t, 1)
	o, r, box := h.newcomer(50)
	h.admit(&h.founder, r, kp1.RankMember)
	e := must[op.Envelope](t)(h.welcome().Seal(r, week))
	w := must[Welcome](t)(o.OpenWelcome(r, box, again(t, e)))

	// The joiner's own log fills from nothing; until the pin is reached, Verify says what is missing.
	mine := group.NewLog(h.id)
	for _, p := range h.seen {
		var missing *group.MissingError
		if _, err := w.Verify(mine, o, r); !errors.As(err, &missing) || len(missing.IDs) == 0 {
			t.Fatalf("Verify before everything is here = %v, want what is missing", err)
		}
		if err := mine.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	inviter := must[ed25519.PublicKey](t)(w.Verify(mine, o, r))
	if !inviter.Equal(public(h.founder.root)) {
		t.Errorf("inviter = %x, want the founder", inviter)
	}
	if a, b := keyring.VerificationWords(h.id, inviter), keyring.VerificationWords(h.id, public(h.founder.root)); a != b {
		t.Errorf("words to compare back: %v, want %v", a, b)
	}
	if err := mine.Pin(w.Heads); err != nil {
		t.Error(err)
	}
}

func TestWelcomeThatDoesNotHold(t *testing.T) {
	h, other := found(t, 1), found(t, 2)
	o, r, _ := h.newcomer(50)
	strangers, sr, _ := other.newcomer(50)
	before := h.welcome()
	_, second, _ := h.newcomer(51)
	h.admit(&h.founder, second, kp1.RankMember)
	withSecond := h.welcome()
	h.admit(&h.founder, r, kp1.RankMember)
	good := h.welcome()
	change := func(f func(*Welcome)) Welcome { w := good; w.Heads = slices.Clone(w.Heads); f(&w); return w }
	wrongInviter := o
	wrongInviter.Link.Inviter[0]++
	newcomersInviter := o
	newcomersInviter.Link.Inviter = Pin(r.core.Root[:])
	resigned := must[Request](t)(o.NewRequest(rand.Reader, r.core.Cert, newPerson(t, h.id, 50).root, "Sue", "", op.Signed{}))
	for _, c := range []struct {
		name string
		w    Welcome
		l    *group.Log
		o    Offer
		r    Request
		want string
	}{
		{"as it should be", good, h.log, o, r, "<nil>"},
		{"another Genesis", change(func(w *Welcome) { w.Genesis[0]++ }), h.log, o, r, "E_WELCOME_WRONG"},
		{"a pin from before I was let in", before, h.log, o, r, "E_WELCOME_WRONG"},
		{"a pin where somebody else was let in", withSecond, h.log, o, r, "E_WELCOME_WRONG"},
		{"another request of mine", good, h.log, o, resigned, "E_WELCOME_WRONG"},
		{"an inviter nobody knows", good, h.log, wrongInviter, r, "E_WELCOME_WRONG"},
		{"an inviter who was no admin", good, h.log, newcomersInviter, r, "E_WELCOME_WRONG"},
		{"the log of another group", good, other.log, o, r, "E_WELCOME_WRONG"},
		{"another group altogether", other.welcome(), other.log, o, r, "E_WELCOME_WRONG"},
		{"an offer of another group", good, h.log, strangers, sr, "E_WELCOME_WRONG"},
		{"heads nobody has", change(func(w *Welcome) { w.Heads[0][0]++ }), h.log, o, r, "E_MISSING"},
	} {
		inviter, err := c.w.Verify(c.l, c.o, c.r)
		if code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if (err == nil) != (inviter != nil) {
			t.Errorf("%s: inviter %x with %v", c.name, inviter, err)
		}
	}
}

// The one who invited has been removed before the answer came; that they were an admin once is enough.
func TestWelcomeFromAnInviterWhoIsGone(t *testing.T) {
	h := found(t, 1)
	_, second, _ := h.newcomer(51)
	h.admit(&h.founder, second, kp1.RankAdmin)
	o, r, _ := h.newcomer(50)
	admin := newPerson(t, h.id, 51)
	h.write(&admin, group.NewRemove(h.founder.cert.Member, nil, 0))
	h.admit(&admin, r, kp1.RankMember)
	inviter, err := h.welcome().Verify(h.log, o, r)
	if err != nil || !inviter.Equal(public(h.founder.root)) {
		t.Errorf("Verify = %x, %v; want the founder", inviter, err)
	}
	// Removed again myself, there is no place left to be welcomed to.
	h.write(&admin, group.NewRemove(r.core.Member(), nil, 0))
	if _, err := h.welcome().Verify(h.log, o, r); !errors.Is(err, ErrWelcome) {
		t.Errorf("Verify after my own removal = %v, want ErrWelcome", err)
	}
}

func TestWelcomeForSomebodyElse(t *testing.T) {
	h := found(t, 1)
	o, r, box := h.newcomer(50)
	o2, r2, box2 := h.newcomer(51)
	h.admit(&h.founder, r, kp1.RankMember)
	e := must[op.Envelope](t)(h.welcome().Seal(r, week))
	foreign := h.welcome()
	foreign.Group[0]++
	inside := must[op.Envelope](t)(op.SealWelcome(h.id, r.core.Cert.Device(), r.core.Invite, week, box.Public(), must[[]byte](t)(foreign.Encode())))
	for _, c := range []struct {
		name string
		o    Offer
		r    Request
		k    op.BoxKey
		e    op.Envelope
		want string
	}{
		{"mine", o, r, box, e, "<nil>"},
		{"opened by another device", o, r, box2, e, "E_NO_KEY"},
		{"opened on another invite", o2, r2, box2, e, "E_NO_KEY"},
		{"opened as another device's", o, r2, box, e, "E_NO_KEY"},
		{"my own request in its place", o, r, box, must[op.Envelope](t)(o.Seal(r, week)), "E_NO_KEY"},
		{"of another group inside", o, r, box, inside, "E_WELCOME_WRONG"},
	} {
		if _, err := c.o.OpenWelcome(c.r, c.k, c.e); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	for i := 0; i < len(e.Bytes)*8; i += 11 {
		b := bytes.Clone(e.Bytes)
		b[i/8] ^= 1 << (i % 8)
		bad, err := op.DecodeEnvelope(b)
		if err != nil || bytes.Equal(bad.Cipher, e.Cipher) && bad.IID() == e.IID() {
			continue
		}
		if _, err := o.OpenWelcome(r, box, bad); err == nil {
			t.Fatalf("welcome with bit %d flipped opens", i)
		}
	}
}

func TestWelcomeLimits(t *testing.T) {
	one := carried(t)
	good := Welcome{Group: kp1.GID{1}, Genesis: kp1.ID{1}, Heads: []kp1.ID{{1}}, Envelopes: [][]byte{one}}
	heads := func(n int) (out []kp1.ID) {
		for i := range n {
			out = append(out, kp1.ID{byte(i)})
		}
		return out
	}
	boxes := func(n int) (out []group.Mailbox) {
		for i := range n {
			out = append(out, group.Mailbox{Peer: []byte{byte(i)}, Addrs: []string{"/dns/m"}})
		}
		return out
	}
	change := func(f func(*Welcome)) Welcome { w := good; f(&w); return w }
	for _, c := range []struct {
		name string
		w    Welcome
		want string
	}{
		{"least", good, "<nil>"},
		{"most heads", change(func(w *Welcome) { w.Heads = heads(kp1.MaxAuthRefs) }), "<nil>"},
		{"a head more", change(func(w *Welcome) { w.Heads = heads(kp1.MaxAuthRefs + 1) }), "E_TOO_BIG"},
		{"most envelopes", change(func(w *Welcome) { w.Envelopes = slices.Repeat([][]byte{one}, maxCarried) }), "<nil>"},
		{"an envelope more", change(func(w *Welcome) { w.Envelopes = slices.Repeat([][]byte{one}, maxCarried+1) }), "E_TOO_BIG"},
		{"most mailboxes", change(func(w *Welcome) { w.Mailboxes = boxes(8) }), "<nil>"},
		{"a mailbox more", change(func(w *Welcome) { w.Mailboxes = boxes(9) }), "E_TOO_BIG"},
		{"mailboxes out of order", change(func(w *Welcome) { w.Mailboxes = boxes(2); slices.Reverse(w.Mailboxes) }), "E_MALFORMED"},
		{"heads out of order", change(func(w *Welcome) { w.Heads = []kp1.ID{{2}, {1}} }), "E_MALFORMED"},
		{"a head twice", change(func(w *Welcome) { w.Heads = []kp1.ID{{2}, {2}} }), "E_MALFORMED"},
		{"no head", change(func(w *Welcome) { w.Heads = nil }), "E_MALFORMED"},
		{"no Genesis", change(func(w *Welcome) { w.Genesis = kp1.ID{} }), "E_MALFORMED"},
		{"nothing carried", change(func(w *Welcome) { w.Envelopes = nil }), "E_MALFORMED"},
		{"no envelope carried", change(func(w *Welcome) { w.Envelopes = [][]byte{{0xa0}} }), "E_MALFORMED"},
		{"somebody who was in", change(func(w *Welcome) { w.Spare, w.Partial = true, true }), "<nil>"},
		{"a newcomer with part of the past", change(func(w *Welcome) { w.Partial = true }), "E_MALFORMED"},
		{"a drop carried", change(func(w *Welcome) { w.Envelopes = [][]byte{newParty(t, 1).drop.Bytes} }), "E_MALFORMED"},
	} {
		if _, err := c.w.Encode(); code(err) != c.want {
			t.Errorf("%s: Encode = %v, want %s", c.name, err, c.want)
		}
		raw := must[[]byte](t)(kp1.Marshal(welcomeWire{1, c.w.Group, kp1.Link(c.w.Genesis), kp1.Links(c.w.Heads), c.w.Mailboxes, c.w.Envelopes, c.w.Spare, c.w.Partial}))
		if _, err := DecodeWelcome(raw); code(err) != c.want {
			t.Errorf("%s: DecodeWelcome = %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := DecodeWelcome(make([]byte, kp1.MaxEnvelope+1)); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("DecodeWelcome of more than an envelope holds = %v, want ErrTooBig", err)
	}
}

func FuzzDecodeWelcome(f *testing.F) {
	f.Add(must[[]byte](f)(Welcome{Group: kp1.GID{1}, Genesis: kp1.ID{1}, Heads: []kp1.ID{{1}}, Envelopes: [][]byte{carried(f)}}.Encode()))
	f.Add([]byte{})
	f.Add([]byte("\xa1avV\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := DecodeWelcome(b)
		if err != nil {
			return
		}
		if again, err := w.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("DecodeWelcome(%x) encodes as %x, %v", b, again, err)
		}
	})
}
