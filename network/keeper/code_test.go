package keeper

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/mailbox"
)

func FuzzDecodeCode(f *testing.F) {
	f.Add(code{Key: [32]byte{1}, Expires: 2, Tenant: mailbox.Tenant{3}, Used: [32]byte{4}}.encode())
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeCode(b)
		if err == nil && !bytes.Equal(c.encode(), b) {
			t.Fatalf("%x is written again as %x", b, c.encode())
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("decodeCode = %v", err)
		}
	})
}

// Circuits are for two of one group who have shown its ticket within the hour.
func TestRelayIsForPairedGroups(t *testing.T) {
	now := time.Unix(1_795_000_000, 0)
	r := newRelayRules(func() time.Time { return now })
	a, b, c := peer.ID("a"), peer.ID("b"), peer.ID("c")
	var at ma.Multiaddr
	if r.AllowReserve(a, at) || r.AllowConnect(a, at, b) {
		t.Error("strangers may use the relay")
	}
	r.know(a, mailbox.Tenant{1})
	r.know(b, mailbox.Tenant{1})
	r.know(c, mailbox.Tenant{2})
	r.know("d", mailbox.Tenant{})
	if !r.AllowReserve(a, at) || !r.AllowConnect(a, at, b) {
		t.Error("two of one group may not meet")
	}
	if r.AllowConnect(a, at, c) || r.AllowConnect(a, at, "d") || r.AllowReserve("d", at) {
		t.Error("two of different groups may meet")
	}
	r.forget(mailbox.Tenant{2})
	if r.AllowReserve(c, at) {
		t.Error("a forgotten group may use the relay")
	}
	now = now.Add(relayKnown)
	if r.AllowReserve(a, at) {
		t.Error("a ticket shown an hour ago counts still")
	}
}

// No number of visitors makes the rules remember more than they may, and who is known is not crowded out.
func TestT8RelayRemembers(t *testing.T) {
	r := newRelayRules(time.Now)
	for i := range relayMost + 1 {
		r.know(peer.ID([]byte{byte(i), byte(i >> 8)}), mailbox.Tenant{1})
	}
	first, last := peer.ID([]byte{0, 0}), peer.ID([]byte{relayMost & 0xff, relayMost >> 8})
	if len(r.seen) != relayMost || !r.AllowReserve(first, nil) || r.AllowReserve(last, nil) {
		t.Errorf("%d visitors remembered; the first %v, one too many %v", len(r.seen), r.AllowReserve(first, nil), r.AllowReserve(last, nil))
	}
}
