package network

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"unicode"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/wire"
)

// PairCode is what a keeper hands to one group, once, so that its people may use the keeper's mailboxes. Written as a link it
// leads to the keeper; spoken, it is derived from words, and the keeper's address is spoken beside them.
type PairCode [16]byte

// NewPairCode draws one.
func NewPairCode() (c PairCode) {
	rand.Read(c[:])
	return c
}

// ID names the code without telling it.
func (c PairCode) ID() [16]byte {
	return [16]byte(expand(c.Key(), []byte(labelPair), []byte("id"))[:16])
}

// Key is what both sides prove to know.
func (c PairCode) Key() [32]byte { return sha256.Sum256(lp([]byte(labelPair), c[:])) }

// The sides of a pairing.
const (
	PairVisitor = "I"
	PairKeeper  = "R"
)

// PairProof shows that one side knows the key of a code, here and now and to this other side alone.
func PairProof(key [32]byte, side string, keeper, visitor peer.ID, nR, nI [32]byte) [32]byte {
	return [32]byte(mac(key, []byte(labelPair), []byte(side), []byte(keeper), []byte(visitor), nR[:], nI[:]))
}

// PairLink is a code and where its keeper is found.
type PairLink struct {
	Code  PairCode
	Addrs []ma.Multiaddr // each ending in /p2p/ID, all of one keeper
}

const (
	pairScheme   = "kith:mailbox#"
	pairVersion  = 1
	pairSumSize  = 4
	maxPairText  = 4 << 10 // bytes of a link as text
	maxPairAddr  = 256     // bytes of an address
	maxPairAddrs = 16
)

// The faults of a pairing.
var (
	ErrPairLink  = &Error{"E_PAIR_LINK", "not a mailbox's pairing link"}
	ErrPairSpent = &Error{"E_PAIR_SPENT", "the pairing code is not known there, over, or used by somebody else"}
)

// Encode writes the link as text.
func (l PairLink) Encode() string {
	b := append([]byte{pairVersion}, l.Code[:]...)
	for _, a := range l.Addrs[:min(len(l.Addrs), maxPairAddrs)] {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(a.Bytes()))), a.Bytes()...) //nolint:gosec // an address is short
	}
	return pairScheme + base64.RawURLEncoding.EncodeToString(append(b, pairSum(b)...))
}

func pairSum(b []byte) []byte {
	sum := sha256.Sum256(lp([]byte(labelPair), []byte("link"), b))
	return sum[:pairSumSize]
}

// ParsePairLink reads a link from text as people paste it: what cannot be seen in it does not count. It returns ErrPairLink.
func ParsePairLink(text string) (PairLink, error) {
	if len(text) > maxPairText {
		return PairLink{}, ErrPairLink
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	text, ok := strings.CutPrefix(text, pairScheme)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(b) < 1+len(PairCode{})+pairSumSize || b[0] != pairVersion {
		return PairLink{}, ErrPairLink
	}
	b, sum := b[:len(b)-pairSumSize], b[len(b)-pairSumSize:]
	if !hmac.Equal(sum, pairSum(b)) {
		return PairLink{}, ErrPairLink
	}
	l := PairLink{Code: PairCode(b[1 : 1+len(PairCode{})])}
	var keeper peer.ID
	for b = b[1+len(PairCode{}):]; len(b) > 0; {
		if len(b) < 2 {
			return PairLink{}, ErrPairLink
		}
		n := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; n == 0 || n > maxPairAddr || n > len(b) || len(l.Addrs) == maxPairAddrs {
			return PairLink{}, ErrPairLink
		}
		a, err := ma.NewMultiaddrBytes(b[:n])
		if err != nil {
			return PairLink{}, ErrPairLink
		}
		at, id := peer.SplitAddr(a)
		if id == "" || at == nil || keeper != "" && id != keeper {
			return PairLink{}, ErrPairLink
		}
		keeper = id
		l.Addrs, b = append(l.Addrs, a), b[n:]
	}
	if len(l.Addrs) == 0 {
		return PairLink{}, ErrPairLink
	}
	return l, nil
}

// Pair uses a code: from then on the two tickets let their holders put envelopes. Used again with the same tickets it is no
// error, since an answer may be lost. It returns ErrPairSpent when the code is not known, over, or used by somebody else.
func Pair(ctx context.Context, l PairLink, member, admin [32]byte) error {
	c, err := Call(ctx, l.Addrs)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.pair(ctx, l.Code, member, admin); !errors.Is(err, ErrClosed) {
		return err
	}
	return ErrPairSpent
}

func (c *Caller) pair(ctx context.Context, code PairCode, member, admin [32]byte) error {
	v, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	nR, err := v.greeted()
	if err != nil {
		return err
	}
	key := code.Key()
	ask := wire.PairBody{Code: code.ID(), Nonce: randomNonce()}
	ask.Proof = PairProof(key, PairVisitor, c.keeper, c.link.Self(), nR, ask.Nonce)
	if err := v.w.Write(wire.Frame{Kind: wire.Pair, Body: ask.Encode()}); err != nil {
		return err
	}
	f, err := v.next(wire.Proof, wire.Refused)
	if err != nil {
		return err
	}
	if f.Kind == wire.Refused {
		return refusal(f)
	}
	if want := PairProof(key, PairKeeper, c.keeper, c.link.Self(), nR, ask.Nonce); !hmac.Equal(f.Body, want[:]) {
		return ErrClosed
	}
	if err := v.w.Write(wire.Frame{Kind: wire.Tickets, Body: wire.TicketsBody{Member: member, Admin: admin}.Encode()}); err != nil {
		return err
	}
	return v.answered()
}

// WhoIs asks an address which device answers there: for an address that was spoken, without a name. What it learns proves
// nothing until both sides have shown that they know a code.
func WhoIs(ctx context.Context, at ma.Multiaddr) (peer.ID, error) {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return "", err
	}
	nobody, err := peer.IDFromPrivateKey(key)
	if err != nil {
		return "", err
	}
	link, err := callerHost()
	if err != nil {
		return "", err
	}
	defer link.Close()
	var other *WrongPeer
	if err := link.Dial(ctx, nobody, []ma.Multiaddr{at}); !errors.As(err, &other) {
		return "", errors.Join(ErrRelay, err)
	}
	return other.Got, nil
}
