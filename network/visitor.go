package network

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/reconcile"
	"kith/network/wire"
)

// Fetch reads the envelopes of a mailbox that are not in have, as a stranger with an identity made for this visit.
// Relay addresses end in /p2p/ID. It returns ErrRelay when none could be reached, ErrClosed when the mailbox is not
// open there, ErrAddress when an address names no device.
func Fetch(ctx context.Context, relay []ma.Multiaddr, mailbox ed25519.PrivateKey, have [][]byte) (envs [][]byte, err error) {
	err = atMailbox(ctx, relay, mailbox, func(v *visitor) error {
		envs, err = v.fetch(have)
		return err
	})
	return envs, err
}

// Post leaves one envelope in a mailbox, as a stranger with an identity made for this visit, and returns when the relay
// has it on disk. It returns ErrRelay, ErrClosed and ErrAddress as Fetch does, ErrFull when the mailbox is full and
// ErrKind when it takes no such envelope.
func Post(ctx context.Context, relay []ma.Multiaddr, mailbox ed25519.PrivateKey, env []byte) error {
	return atMailbox(ctx, relay, mailbox, func(v *visitor) error {
		if err := v.w.Write(wire.Frame{Kind: wire.Put, Body: env}); err != nil {
			return err
		}
		return v.answered()
	})
}

// visitor is our use of a mailbox that another serves.
type visitor struct {
	r     *wire.Reader
	w     *wire.Writer
	nonce [32]byte

	pace  *paced      // of a Caller's visit, with the two below
	reset func()      // ends it
	stop  func() bool // has it no longer end with the context it was begun by
}

// atMailbox makes an identity, tries the relays one after another, logs in and runs f.
func atMailbox(ctx context.Context, relay []ma.Multiaddr, mailbox ed25519.PrivateKey, f func(*visitor) error) error {
	infos, err := peer.AddrInfosFromP2pAddrs(relay...)
	if err != nil || len(infos) == 0 {
		return ErrAddress
	}
	link, err := callerHost()
	if err != nil {
		return err
	}
	defer link.Close()
	var failed error = ErrRelay
	for _, info := range infos {
		err := visitOne(ctx, link, info, mailbox, f)
		var known *Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &known):
			failed = err
		case failed == ErrRelay: //nolint:errorlint // not wrapped yet
			failed = fmt.Errorf("%w: %w", ErrRelay, err)
		}
	}
	return failed
}

func visitOne(ctx context.Context, link Link, info peer.AddrInfo, mailbox ed25519.PrivateKey, f func(*visitor) error) error {
	ctx, cancel := context.WithTimeout(ctx, visitIdle)
	defer cancel()
	if err := link.Dial(ctx, info.ID, info.Addrs); err != nil {
		return err
	}
	st, err := link.Open(ctx, info.ID, RelayProtocol)
	if err != nil {
		return err
	}
	defer st.Reset()
	stop := context.AfterFunc(ctx, func() { st.Reset() })
	defer stop()
	if err := st.SetDeadline(time.Now().Add(visitIdle)); err != nil {
		return err
	}
	v := &visitor{r: wire.NewReader(st), w: wire.NewWriter(st)}
	if err := v.login(link.Self(), info.ID, mailbox, nil); err != nil {
		return err
	}
	if err := f(v); err != nil {
		return err
	}
	return st.Close()
}

// greeted reads the keeper's nonce.
func (v *visitor) greeted() (nonce [32]byte, err error) {
	v.r.Allow(wire.Nonce)
	f, err := v.r.Next()
	if err != nil {
		return nonce, err
	}
	return [32]byte(f.Body), nil
}

func (v *visitor) login(self, relay peer.ID, mailbox ed25519.PrivateKey, ticket []byte) error {
	theirs, err := v.greeted()
	if err != nil {
		return err
	}
	pub := mailbox.Public().(ed25519.PublicKey)
	l := wire.LoginBody{Mailbox: pub, Nonce: randomNonce(), Ticket: ticket}
	copy(l.Sig[:], ed25519.Sign(mailbox, loginMessage(relay, self, theirs, pub)))
	v.nonce = SessionNonce(l.Nonce, theirs)
	if err := v.w.Write(wire.Frame{Kind: wire.Login, Body: l.Encode()}); err != nil {
		return err
	}
	return v.answered()
}

// answered waits for OK.
func (v *visitor) answered() error {
	f, err := v.next(wire.OK, wire.Refused)
	if err != nil {
		return err
	}
	return refusal(f)
}

func (v *visitor) next(kinds ...wire.Kind) (wire.Frame, error) {
	if err := v.w.Flush(); err != nil {
		return wire.Frame{}, err
	}
	v.r.Allow(kinds...)
	return v.r.Next()
}

// fetch compares what we have with what is there, and asks for the rest.
func (v *visitor) fetch(have [][]byte) ([][]byte, error) {
	round := reconcile.Begin(reconcile.NewSet(items(have)), v.nonce)
	if level, err := v.compare(round); err != nil || level {
		return nil, err
	}
	return v.get(round.Wants())
}

// compare opens a round and answers until it is done, or both are level.
func (v *visitor) compare(round *reconcile.Round) (level bool, err error) {
	if err := v.recon(wire.Start, round.Open()); err != nil {
		return false, err
	}
	for !round.Done() {
		f, err := v.next(wire.Recon)
		if err != nil {
			return false, err
		}
		t, msg, err := wire.ReadRecon(f.Body)
		if err != nil {
			return false, err
		}
		if t == wire.Level {
			return true, nil
		}
		reply, err := round.Answer(msg, t&wire.More != 0)
		if err != nil {
			return false, err
		}
		if err := v.w.Recons(reply); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (v *visitor) recon(t wire.Turn, msg []byte) error {
	return v.w.Write(wire.Frame{Kind: wire.Recon, Body: wire.ReconBody(t, msg)})
}

func (v *visitor) get(ids []EnvelopeID, ranges []reconcile.Range) ([][]byte, error) {
	var asks []wire.Frame
	for _, r := range ranges {
		asks = append(asks, wire.Frame{Kind: wire.WantRange, Body: wire.RangeBody(r)})
	}
	if len(ids) > 0 {
		asks = append(asks, wire.Frame{Kind: wire.Want, Body: wire.IDsBody(ids[:min(len(ids), mailboxCount)])})
	}
	var got [][]byte
	total := 0
	for _, ask := range asks {
		if err := v.w.Write(ask); err != nil {
			return nil, err
		}
		for {
			f, err := v.next(wire.Env, wire.Served)
			if err != nil {
				return nil, err
			}
			if f.Kind == wire.Served {
				break
			}
			if total += len(f.Body); total > mailboxBytes || len(got) >= mailboxCount {
				return nil, errProtocol
			}
			got = append(got, f.Body)
		}
	}
	return got, nil
}
