package network

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	ma "github.com/multiformats/go-multiaddr"
)

// name is the bytes of an address that is a name of n bytes, and nothing else.
func name(n int) []byte {
	return append(binary.AppendUvarint([]byte{ma.P_DNS4}, uint64(n)), strings.Repeat("n", n)...)
}

// listed is addresses as a list of them is sent, and a pairing link holds them.
func listed(addrs ...[]byte) (b []byte) {
	for _, a := range addrs {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(a))), a...)
	}
	return b
}

// TestT8Addresses: a list of addresses, and each of them, at the limit and one beyond.
func TestT8Addresses(t *testing.T) {
	for what, c := range map[string]struct {
		b    []byte
		want int
	}{
		"as many as there may be":     {listed(slices.Repeat([][]byte{name(3)}, addrsMost)...), addrsMost},
		"one more":                    {listed(slices.Repeat([][]byte{name(3)}, addrsMost+1)...), -1},
		"as long as one may be":       {listed(name(addrMost - 3)), 1},
		"a byte longer":               {listed(name(addrMost - 2)), -1},
		"one that ends too early":     {listed(name(9))[:10], -1},
		"something after the padding": {append(listed(name(3)), 0, 0, 0, 1), -1},
		"nothing":                     {nil, 0},
	} {
		got, err := readAddrs(c.b)
		if ok := c.want >= 0; ok != (err == nil) || ok && len(got) != c.want || !ok && !errors.Is(err, errAddrs) {
			t.Errorf("%s: %d addresses, %v, want %d", what, len(got), err, c.want)
		}
	}
}

// TestT8PairLink: a pairing link that somebody else has written, at each limit and one beyond.
func TestT8PairLink(t *testing.T) {
	id, err := PeerID(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	end := ma.StringCast("/p2p/" + id.String()).Bytes()
	addr := func(n int) []byte { return append(name(n), end...) }
	text := func(addrs ...[]byte) string {
		b := append([]byte{pairVersion}, make([]byte, len(PairCode{}))...)
		b = append(b, listed(addrs...)...)
		return pairScheme + base64.RawURLEncoding.EncodeToString(append(b, pairSum(b)...))
	}
	one := text(addr(5))
	longest := maxPairAddr - len(end) - 3
	for what, c := range map[string]struct {
		text string
		want int
	}{
		"as many addresses as there may be": {text(slices.Repeat([][]byte{addr(5)}, maxPairAddrs)...), maxPairAddrs},
		"one more":                          {text(slices.Repeat([][]byte{addr(5)}, maxPairAddrs+1)...), 0},
		"an address as long as one may be":  {text(addr(longest)), 1},
		"a byte longer":                     {text(addr(longest + 1)), 0},
		"as much text as there may be":      {one + strings.Repeat(" ", maxPairText-len(one)), 1},
		"a space more":                      {one + strings.Repeat(" ", maxPairText-len(one)+1), 0},
	} {
		got, err := ParsePairLink(c.text)
		if (c.want > 0) != (err == nil) || len(got.Addrs) != c.want || err != nil && !errors.Is(err, ErrPairLink) {
			t.Errorf("%s: %d addresses, %v, want %d", what, len(got.Addrs), err, c.want)
		}
	}
}
