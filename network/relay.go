package network

import (
	"crypto/ed25519"
	"errors"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network/reconcile"
	"kith/network/wire"
)

// The bounds of a rendezvous mailbox, and of one visit.
const (
	mailboxCount = 64
	mailboxBytes = 1 << 20
	visitIdle    = 30 * time.Second
	visitMost    = 2 * time.Minute
	visitFrames  = 512
)

var errLogin = errors.New("mailbox login refused")

// loginMessage is what a mailbox key signs: which relay, for whom, this once.
func loginMessage(relay, visitor peer.ID, nonce [32]byte, mailbox ed25519.PublicKey) []byte {
	return append([]byte(labelRelay+"\x00"), lp([]byte(relay), []byte(visitor), nonce[:], mailbox)...)
}

// visit is one device's use of one mailbox that we serve.
type visit struct {
	n       *Node
	st      Stream
	r       *wire.Reader
	w       *wire.Writer
	mailbox ed25519.PublicKey
	nonce   [32]byte
	round   *reconcile.Round
}

// relay serves the mailboxes of our open invites: to who proves a mailbox's key, and nothing else to anybody.
func (n *Node) relay(p peer.ID, ip string, st Stream) error {
	v := visit{n: n, st: st, r: wire.NewReader(st), w: wire.NewWriter(st)}
	if err := v.login(p, ip); err != nil {
		return err
	}
	v.r.Allow(wire.Put, wire.Recon, wire.Want, wire.WantRange)
	over := time.Now().Add(visitMost)
	for range visitFrames {
		until := time.Now().Add(visitIdle)
		if until.After(over) {
			until = over
		}
		if err := st.SetDeadline(until); err != nil {
			return err
		}
		f, err := v.r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = v.serve(f)
		}
		if err == nil {
			err = v.w.Flush()
		}
		if err != nil {
			st.Reset()
			return err
		}
	}
	return nil
}

func (v *visit) say(k wire.Kind, body ...byte) error {
	return v.w.Write(wire.Frame{Kind: k, Body: body})
}

// login refuses alike a mailbox that is not open and a key that does not fit.
func (v *visit) login(p peer.ID, ip string) error {
	if err := v.st.SetDeadline(time.Now().Add(helloMost)); err != nil {
		return err
	}
	ours := randomNonce()
	if err := v.say(wire.Nonce, ours[:]...); err != nil {
		return err
	}
	if err := v.w.Flush(); err != nil {
		return err
	}
	v.r.Allow(wire.Login, wire.Open)
	f, err := v.r.Next()
	if err != nil {
		return err
	}
	ok := false
	if f.Kind == wire.Login { // Open is for a mailbox with an operator
		l, err := wire.ReadLogin(f.Body)
		if err != nil {
			return err
		}
		v.mailbox, v.nonce = l.Mailbox, SessionNonce(l.Nonce, ours)
		ok = ed25519.Verify(l.Mailbox, loginMessage(v.n.link.Self(), p, ours, l.Mailbox), l.Sig[:]) &&
			v.n.rdv != nil && v.n.rdv.Has(l.Mailbox)
	}
	if ok {
		return errors.Join(v.say(wire.OK), v.w.Flush())
	}
	v.n.quota.failed(ip)
	return errors.Join(errLogin, v.say(wire.Refused, byte(wire.ReasonClosed)), v.w.Flush())
}

func (v *visit) serve(f wire.Frame) error {
	switch f.Kind {
	case wire.Put:
		return v.put(f.Body)
	case wire.Recon:
		return v.recon(f.Body)
	case wire.Want:
		ids, err := wire.ReadIDs(f.Body)
		if err != nil {
			return err
		}
		asked := make(map[EnvelopeID]bool, len(ids))
		for _, id := range ids {
			asked[id] = true
		}
		return v.send(func(it reconcile.Item) bool { return asked[it.ID] })
	case wire.WantRange:
		r, err := wire.ReadRange(f.Body)
		if err != nil {
			return err
		}
		return v.send(r.Holds)
	}
	return errProtocol
}

// put files one envelope, if its kind belongs here and there is room. The answer OK comes after the commit.
func (v *visit) put(env []byte) error {
	kind, ok := header(env, 'n')
	if !ok || kind < kindDrop || kind > kindWelcome {
		return v.say(wire.Refused, byte(wire.ReasonKind))
	}
	total, id := len(env), idOf(env)
	there := v.n.rdv.List(v.mailbox)
	for _, e := range there {
		if idOf(e) == id {
			return v.say(wire.OK)
		}
		total += len(e)
	}
	if len(there) >= mailboxCount || total > mailboxBytes {
		return v.say(wire.Refused, byte(wire.ReasonFull))
	}
	switch err := v.n.rdv.Put(v.n.ctx, v.mailbox, env); {
	case errors.Is(err, ErrKind):
		return v.say(wire.Refused, byte(wire.ReasonKind))
	case err != nil:
		return v.say(wire.Refused, byte(wire.ReasonDisk))
	}
	v.n.tell(Posted{Mailbox: [32]byte(v.mailbox), ID: id})
	return v.say(wire.OK)
}

// items is the reconciliation keys of envelopes.
func items(envs [][]byte) []reconcile.Item {
	out := make([]reconcile.Item, len(envs))
	for i, e := range envs {
		week, _ := header(e, 'w')
		out[i] = reconcile.Item{Week: week, ID: idOf(e)}
	}
	return out
}

func (v *visit) recon(body []byte) error {
	t, msg, err := wire.ReadRecon(body)
	if err != nil {
		return err
	}
	if t == wire.Start {
		v.round = reconcile.Begin(reconcile.NewSet(items(v.n.rdv.List(v.mailbox))), v.nonce)
	} else if t&^wire.More != 0 || v.round == nil {
		return errProtocol
	}
	reply, err := v.round.Answer(msg, t&wire.More != 0)
	if err != nil {
		return err
	}
	if t == wire.Start && v.round.Level() {
		return v.w.Write(wire.Frame{Kind: wire.Recon, Body: wire.ReconBody(wire.Level, reply[0])})
	}
	return v.w.Recons(reply)
}

func (v *visit) send(wanted func(reconcile.Item) bool) error {
	envs := v.n.rdv.List(v.mailbox)
	for i, it := range items(envs) {
		if !wanted(it) {
			continue
		}
		if err := v.w.Write(wire.Frame{Kind: wire.Env, Body: envs[i]}); err != nil {
			return err
		}
	}
	return v.w.Write(wire.Frame{Kind: wire.Served})
}
