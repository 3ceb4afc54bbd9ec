package network_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
	"kith/network/nettest"
)

func pairAddr(t testing.TB, i, device int) ma.Multiaddr {
	t.Helper()
	id, err := network.PeerID(nettest.Key(device).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return ma.StringCast(fmt.Sprintf("/dns4/oakhouse.example/tcp/%d/tls/ws/p2p/%s", 443+i, id))
}

// A link comes back as it was, also when a mail program has cut it into lines, and one that lost a letter is refused.
func TestPairLink(t *testing.T) {
	l := network.PairLink{Code: network.NewPairCode(), Addrs: []ma.Multiaddr{pairAddr(t, 0, 1), pairAddr(t, 1, 1)}}
	text := l.Encode()
	for _, typed := range []string{text, " " + text + "\n", text[:40] + "\r\n  " + text[40:], text[:20] + "\u200b" + text[20:]} {
		got, err := network.ParsePairLink(typed)
		if err != nil || got.Code != l.Code || !slices.EqualFunc(got.Addrs, l.Addrs, ma.Multiaddr.Equal) {
			t.Errorf("ParsePairLink(%q) = %v, %v", typed, got, err)
		}
	}
	two := network.PairLink{Code: l.Code, Addrs: []ma.Multiaddr{pairAddr(t, 0, 1), pairAddr(t, 0, 2)}}
	for name, typed := range map[string]string{
		"nothing": "", "no scheme": strings.TrimPrefix(text, "kith:"), "a letter less": text[:len(text)-1],
		"a letter changed": text[:30] + string(text[30]^1) + text[31:], "no address": network.PairLink{Code: l.Code}.Encode(),
		"two keepers": two.Encode(), "too long": text + strings.Repeat(" ", 4<<10),
	} {
		if got, err := network.ParsePairLink(typed); !errors.Is(err, network.ErrPairLink) {
			t.Errorf("ParsePairLink(%s) = %v, %v, want %v", name, got, err, network.ErrPairLink)
		}
	}
}

// At the limit of addresses a link holds; it never has one more.
func TestT8PairLinkAddresses(t *testing.T) {
	l := network.PairLink{Code: network.NewPairCode()}
	for i := range 17 {
		l.Addrs = append(l.Addrs, pairAddr(t, i, 1))
	}
	got, err := network.ParsePairLink(l.Encode())
	if err != nil || len(got.Addrs) != 16 {
		t.Errorf("a link of 17 addresses has %d, %v; want 16", len(got.Addrs), err)
	}
}

func FuzzParsePairLink(f *testing.F) {
	l := network.PairLink{Code: network.NewPairCode(), Addrs: []ma.Multiaddr{pairAddr(f, 0, 1)}}
	f.Add(l.Encode())
	f.Add("kith:mailbox#" + base64.RawURLEncoding.EncodeToString(make([]byte, 40)))
	f.Fuzz(func(t *testing.T, text string) {
		l, err := network.ParsePairLink(text)
		if err != nil {
			return
		}
		again, err := network.ParsePairLink(l.Encode())
		if err != nil || again.Code != l.Code || !slices.EqualFunc(again.Addrs, l.Addrs, ma.Multiaddr.Equal) {
			t.Fatalf("%q is written again as %q", text, l.Encode())
		}
	})
}
