package network

import (
	"encoding/binary"
	"errors"
	"slices"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/crypto/chacha20poly1305"

	"kith/network/wire"
)

const (
	addrsMost = 64  // addresses in one list: our own and those of others
	addrMost  = 256 // bytes of one
	addrsPad  = 256 // the sealed list is padded to a multiple
	addrsRoom = wire.MaxAddrs - addrsPad
)

var errAddrs = errors.New("sealed addresses do not open")

// crier seals, or opens, one side's lists of addresses in one lane of one session. Lists are numbered as they come.
type crier struct {
	key []byte
	n   uint64
}

// newCrier derives the key of one direction.
func newCrier(c common, m meeting, fromInitiator bool) crier {
	side := "R"
	if fromInitiator {
		side = "I"
	}
	return crier{key: expand(c.key, []byte(labelAddrs), []byte(side), []byte(m.initiator), []byte(m.responder), m.nI[:], m.nR[:])}
}

func (c *crier) nonce() []byte {
	n := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(n[4:], c.n)
	c.n++
	return n
}

func (c *crier) seal(addrs []ma.Multiaddr) []byte {
	var plain []byte
	for _, a := range addrs[:min(len(addrs), addrsMost)] {
		if b := a.Bytes(); len(b) <= addrMost && len(plain)+2+len(b) <= addrsRoom {
			plain = append(binary.BigEndian.AppendUint16(plain, uint16(len(b))), b...)
		}
	}
	if short := len(plain) % addrsPad; short > 0 || len(plain) == 0 {
		plain = append(plain, make([]byte, addrsPad-short)...)
	}
	aead, err := chacha20poly1305.New(c.key)
	if err != nil {
		panic(err) // only a key of another length is an error
	}
	return aead.Seal(nil, c.nonce(), plain, nil)
}

func (c *crier) open(sealed []byte) ([]ma.Multiaddr, error) {
	aead, err := chacha20poly1305.New(c.key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, c.nonce(), sealed, nil)
	if err != nil {
		return nil, errAddrs
	}
	return readAddrs(plain)
}

// readAddrs takes a padded list apart: 2 bytes of length and an address, until the padding of zeros.
func readAddrs(b []byte) ([]ma.Multiaddr, error) {
	var addrs []ma.Multiaddr
	for len(b) >= 2 {
		n := int(binary.BigEndian.Uint16(b))
		if n == 0 {
			break
		}
		if b = b[2:]; n > addrMost || n > len(b) || len(addrs) == addrsMost {
			return nil, errAddrs
		}
		a, err := ma.NewMultiaddrBytes(b[:n])
		if err != nil {
			return nil, errAddrs
		}
		addrs, b = append(addrs, a), b[n:]
	}
	if slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) {
		return nil, errAddrs
	}
	return addrs, nil
}

// worthTelling leaves out addresses of this computer alone, unless there are no others.
func worthTelling(addrs []ma.Multiaddr) []ma.Multiaddr {
	out := slices.DeleteFunc(slices.Clone(addrs), manet.IsIPLoopback)
	if len(out) == 0 {
		return addrs
	}
	return out
}

// together joins lists of addresses, first come first kept.
func together(lists ...[]ma.Multiaddr) []ma.Multiaddr {
	var out []ma.Multiaddr
	for _, l := range lists {
		for _, a := range l {
			if len(out) < addrsMost && !slices.ContainsFunc(out, a.Equal) {
				out = append(out, a)
			}
		}
	}
	return out
}
