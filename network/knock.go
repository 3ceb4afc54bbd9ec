package network

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/wire"
)

// Links answers who knows a linking code that is shown here (docs/spec/link.md).
type Links interface {
	// Keys are those of the codes that are open, in any order; none means that no stranger has any business here.
	Keys() [][32]byte
	// Hear takes one turn of a device that proved to know the code of key, and returns what to answer. ErrTaken says that
	// another device was first; every other error ends the talk without a reason.
	Hear(ctx context.Context, key [32]byte, from peer.ID, turn []byte) ([]byte, error)
	// Sought are the keys of codes that were taken here as words alone: whoever shows them may be near.
	Sought() [][32]byte
	// Found says where a device that shows such a code was met nearby; each address ends in /p2p/ID.
	Found(key [32]byte, at []ma.Multiaddr)
}

// ErrTaken: another device has taken the linking code.
var ErrTaken = &Error{"E_LINK_TAKEN", "another device has taken the linking code"}

// The bounds of one talk about a link.
const (
	talkIdle  = 30 * time.Second
	talkMost  = 2 * time.Minute
	talkTurns = 80 // an answer for each of 64 groups, and some
)

// knockTag proves that the initiator knows the code, to this responder and this once.
func knockTag(key [32]byte, initiator, responder peer.ID, nonce [32]byte) []byte {
	return mac(key, []byte(labelKnock), []byte(initiator), []byte(responder), nonce[:])
}

// hearLink answers a device that knows a code of ours. Whoever does not is told what it would be told where no code is
// open.
func (n *Node) hearLink(p peer.ID, ip string, st Stream) error {
	if err := st.SetDeadline(time.Now().Add(helloMost)); err != nil {
		return err
	}
	r, w := wire.NewReader(st), wire.NewWriter(st)
	nonce := randomNonce()
	if err := errors.Join(w.Write(wire.Frame{Kind: wire.Nonce, Body: nonce[:]}), w.Flush()); err != nil {
		return err
	}
	r.Allow(wire.Knock)
	f, err := r.Next()
	if err != nil {
		return err
	}
	var key [32]byte
	hit := 0
	if n.o.Links != nil && !n.quota.silenced(ip) {
		for _, k := range n.o.Links.Keys() {
			same := subtle.ConstantTimeCompare(knockTag(k, p, n.link.Self(), nonce), f.Body)
			subtle.ConstantTimeCopy(same, key[:], k[:])
			hit |= same
		}
	}
	if hit == 0 {
		n.quota.failed(ip)
		return errors.Join(errLogin, w.Write(refused(wire.ReasonClosed)), w.Flush())
	}
	if err := errors.Join(w.Write(wire.Frame{Kind: wire.OK}), w.Flush()); err != nil {
		return err
	}
	r.Allow(wire.Say)
	over := time.Now().Add(talkMost)
	for range talkTurns {
		if err := st.SetDeadline(earlier(time.Now().Add(talkIdle), over)); err != nil {
			return err
		}
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		reply, err := n.o.Links.Hear(n.ctx, key, p, f.Body)
		if err != nil {
			why := wire.ReasonClosed
			if errors.Is(err, ErrTaken) {
				why = wire.ReasonTaken
			}
			return errors.Join(err, w.Write(refused(why)), w.Flush())
		}
		if err := errors.Join(w.Write(wire.Frame{Kind: wire.Say, Body: reply}), w.Flush()); err != nil {
			return err
		}
	}
	return errProtocol
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func refused(why wire.Reason) wire.Frame {
	return wire.Frame{Kind: wire.Refused, Body: []byte{byte(why)}}
}

// Knock reaches a device whose linking code we were told, and talks with it: say sends one turn and returns the answer.
// at are its addresses, each ending in /p2p/ID. It returns what talk returns; ErrNobody when the device was not reached,
// ErrClosed when it does not know the code (any more), ErrTaken, and ErrAddress. Serve must run.
func (n *Node) Knock(ctx context.Context, at []ma.Multiaddr, key [32]byte, talk func(p peer.ID, say func([]byte) ([]byte, error)) error) error {
	infos, err := peer.AddrInfosFromP2pAddrs(at...)
	if err != nil || len(infos) == 0 {
		return ErrAddress
	}
	var failed error = ErrNobody
	for _, info := range infos {
		err := n.knockOne(ctx, info, key, talk)
		if err == nil || !errors.Is(err, errUnreached) {
			return err
		}
		failed = fmt.Errorf("%w: %w", ErrNobody, err)
	}
	return failed
}

// errUnreached: the talk did not begin.
var errUnreached = errors.New("device not reached")

func (n *Node) knockOne(ctx context.Context, info peer.AddrInfo, key [32]byte, talk func(peer.ID, func([]byte) ([]byte, error)) error) error {
	ctx, cancel := context.WithTimeout(ctx, talkMost)
	defer cancel()
	dial, stop := context.WithTimeout(ctx, dialMost)
	defer stop()
	if err := n.link.Dial(dial, info.ID, info.Addrs); err != nil {
		return fmt.Errorf("%w: %w", errUnreached, err)
	}
	st, err := n.link.Open(dial, info.ID, LinkProtocol)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreached, err)
	}
	defer st.Close()
	defer context.AfterFunc(ctx, func() { st.Reset() })()
	t := talker{st: st, r: wire.NewReader(st), w: wire.NewWriter(st)}
	if err := t.knock(n.link.Self(), info.ID, key); err != nil {
		st.Reset()
		return err
	}
	if err := talk(info.ID, t.say); err != nil {
		st.Reset()
		return err
	}
	return nil
}

// talker is our side of a talk.
type talker struct {
	st Stream
	r  *wire.Reader
	w  *wire.Writer
}

func (t *talker) knock(self, other peer.ID, key [32]byte) error {
	if err := t.st.SetDeadline(time.Now().Add(helloMost)); err != nil {
		return err
	}
	t.r.Allow(wire.Nonce)
	f, err := t.r.Next()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreached, err)
	}
	tag := knockTag(key, self, other, [32]byte(f.Body))
	_, err = t.turn(wire.Frame{Kind: wire.Knock, Body: tag}, wire.OK)
	return err
}

func (t *talker) say(turn []byte) ([]byte, error) {
	if err := t.st.SetDeadline(time.Now().Add(talkIdle)); err != nil {
		return nil, err
	}
	f, err := t.turn(wire.Frame{Kind: wire.Say, Body: turn}, wire.Say)
	return f.Body, err
}

// turn sends one frame and waits for the answer of that kind.
func (t *talker) turn(f wire.Frame, want wire.Kind) (wire.Frame, error) {
	if err := errors.Join(t.w.Write(f), t.w.Flush()); err != nil {
		return wire.Frame{}, err
	}
	t.r.Allow(want, wire.Refused)
	f, err := t.r.Next()
	if err != nil || f.Kind == want {
		return f, err
	}
	if wire.Reason(f.Body[0]) == wire.ReasonTaken {
		return wire.Frame{}, ErrTaken
	}
	return wire.Frame{}, ErrClosed
}
