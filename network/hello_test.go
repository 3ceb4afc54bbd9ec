package network

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/wire"
)

func testPeer(t testing.TB, n byte) peer.ID {
	t.Helper()
	id, err := PeerID(ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, 32)).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// testGroups makes groups with epochs numbered from first, newest first.
func testGroups(n, first, last int) []Group {
	var out []Group
	for g := range n {
		group := Group{ID: GroupID{byte(g + 1)}, Direct: true}
		for e := last; e >= first; e-- {
			group.Hello = append(group.Hello, sha256.Sum256(fmt.Appendf(nil, "group %d epoch %d", g, e)))
		}
		out = append(out, group)
	}
	return out
}

func testMeeting(t testing.TB) meeting {
	return meeting{initiator: testPeer(t, 1), responder: testPeer(t, 2), nI: randomNonce(), nR: randomNonce()}
}

func TestHelloFindsWhatIsShared(t *testing.T) {
	for _, c := range []struct {
		name              string
		asks, answers     []Group
		shared, tagsOnAir int
	}{
		{"one group", testGroups(1, 1, 3), testGroups(1, 1, 3), 1, 8},
		{"five groups", testGroups(5, 1, 9), testGroups(5, 1, 9), 5, 32},
		{"forty groups: only so many tags", testGroups(40, 1, 1), testGroups(40, 1, 1), 32, 32},
		{"responder is ahead", testGroups(2, 1, 3), testGroups(2, 1, 400), 2, 8},
		{"initiator is a little ahead", testGroups(2, 1, 6), testGroups(2, 1, 3), 2, 8},
		{"initiator is far ahead", testGroups(2, 1, 400), testGroups(2, 1, 3), 0, 8},
		{"responder knows one of three", testGroups(3, 1, 2), testGroups(1, 1, 2), 1, 8},
		{"nothing in common", testGroups(1, 1, 2), testGroups(2, 1, 2)[1:], 0, 8},
		{"no group at all", nil, testGroups(1, 1, 2), 0, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := testMeeting(t)
			tags, sent := m.ask(c.asks)
			found := m.find(tags, c.answers)
			got := m.confirm(sent, m.answer(found, len(tags)))
			if len(tags) != c.tagsOnAir || len(found) != c.shared || !slices.Equal(got, found) {
				t.Errorf("%d tags, responder finds %d, initiator %d; want %d tags and %d, the same on both sides",
					len(tags), len(found), len(got), c.tagsOnAir, c.shared)
			}
		})
	}
}

func TestT36HelloIsForTheseTwoAlone(t *testing.T) { // T36: replayed and relayed hellos fail
	groups := testGroups(2, 1, 3)
	m := testMeeting(t)
	tags, sent := m.ask(groups)
	replayed := m
	replayed.nR = randomNonce()
	relayed := m
	relayed.responder = testPeer(t, 3)
	mirrored := m
	mirrored.initiator, mirrored.responder = m.responder, m.initiator
	for name, other := range map[string]meeting{"replayed": replayed, "relayed": relayed, "mirrored": mirrored} {
		if found := other.find(tags, groups); len(found) != 0 {
			t.Errorf("a %s hello finds %d groups, want none", name, len(found))
		}
	}
	if got := m.confirm(sent, tags); len(got) != 0 {
		t.Errorf("the initiator's own tags sent back confirm %d groups, want none", len(got))
	}
}

// A stranger counts bytes: whatever is shared, a hello and an answer have the same length and are noise.
func TestT36StrangersViewIsNoise(t *testing.T) { // T36
	for _, n := range []int{0, 1, 5} {
		groups := testGroups(n, 1, 1)
		var counts [256]int
		const hellos = 400
		for range hellos {
			m := testMeeting(t)
			tags, _ := m.ask(groups)
			answer := m.answer(m.find(tags, groups), len(tags))
			if len(tags) != 8 || len(answer) != 8 {
				t.Fatalf("with %d groups %d and %d tags, want 8 and 8", n, len(tags), len(answer))
			}
			for _, tag := range append(tags, answer...) {
				for _, b := range tag[1:] { // sorted by the first byte, so that one is not uniform by place
					counts[b]++
				}
			}
		}
		total := hellos * 16 * 15
		want, chi := float64(total)/256, 0.0
		for _, c := range counts {
			chi += (float64(c) - want) * (float64(c) - want) / want
		}
		if chi < 150 || chi > 390 { // 255 degrees of freedom: less than one run in a million by chance
			t.Errorf("with %d groups chi-square of the tags' bytes = %.0f, want about 255", n, chi)
		}
	}
}

// heard is every byte that a node answers to one hello of these tags, after its nonce.
func heard(t *testing.T, n *Node, from peer.ID, ip string, groups []Group) []byte {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	go func() {
		_, _ = n.respond(from, ip, line{b})
		b.Close()
	}()
	r, w := wire.NewReader(a), wire.NewWriter(a)
	r.Allow(wire.Nonce)
	f, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	m := meeting{initiator: from, responder: n.link.Self(), nI: randomNonce(), nR: [32]byte(f.Body)}
	tags, _ := m.ask(groups)
	if err := w.Write(wire.Frame{Kind: wire.Hello, Body: wire.HelloBody(m.nI, tags)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// T36: a device that was removed knows its old group's keys. It is answered with the same bytes as an address that failed too
// often, and those who know no key, or were never in, with as many bytes of noise as anybody.
func TestT36RemovedIsAnsweredAsTheHushed(t *testing.T) {
	g := testGroups(1, 1, 3)[0]
	removed, member, stranger := testPeer(t, 4), testPeer(t, 5), testPeer(t, 6)
	g.Peers = []Peer{{ID: removed}, {ID: member, In: true}}
	n := NewOver(stillLink{self: testPeer(t, 2)}, Options{}, &bareShelf{groups: []Group{g}}, nil)
	n.ctx = t.Context()
	defer n.work.Wait()
	old := g // what it heard before it was removed
	old.Hello = old.Hello[1:]
	out := heard(t, n, removed, "10.0.0.1", []Group{old})
	noise := map[string][]byte{
		"a stranger":                           heard(t, n, stranger, "10.0.0.2", nil),
		"a stranger who has a key":             heard(t, n, stranger, "10.0.0.3", []Group{old}),
		"a removed device that shows no key":   heard(t, n, removed, "10.0.0.4", nil),
		"a member's that shows no key we know": heard(t, n, member, "10.0.0.5", testGroups(2, 1, 3)[1:]),
	}
	for range failMost {
		n.quota.failed("10.0.0.6")
	}
	for name, who := range map[string]peer.ID{"a stranger": stranger, "the removed device": removed} {
		if hushed := heard(t, n, who, "10.0.0.6", nil); !bytes.Equal(out, hushed) || len(out) == 0 {
			t.Errorf("the removed device got % x, and %s from an address that failed too often % x: want the same", out, name, hushed)
		}
	}
	var size int
	for name, b := range noise {
		if size == 0 {
			size = len(b)
		}
		if len(b) != size || len(b) < 8*16 || len(b) > 8*16+3 {
			t.Errorf("%s is answered with %d bytes, want as many as others", name, len(b))
		}
	}
}

func TestAddrsSealed(t *testing.T) {
	m := testMeeting(t)
	c := common{group: GroupID{1}, key: [32]byte{7}}
	out, in := newCrier(c, m, true), newCrier(c, m, true)
	lists := [][]ma.Multiaddr{
		nil,
		{ma.StringCast("/ip4/192.168.1.7/udp/4001/quic-v1")},
		slices.Repeat([]ma.Multiaddr{ma.StringCast("/ip6/fd00::1/tcp/4001")}, addrsMost),
	}
	for i, want := range lists {
		sealed := out.seal(want)
		if len(sealed)%addrsPad != 16 {
			t.Errorf("list %d is sealed into %d bytes, want a padded size", i, len(sealed))
		}
		got, err := in.open(sealed)
		if err != nil || len(got) != len(want) {
			t.Errorf("open(seal(%v)) = %v, %v", want, got, err)
		}
	}
	sealed := out.seal(lists[1])
	for name, wrong := range map[string]crier{
		"other direction": newCrier(c, m, false), "other session": newCrier(c, testMeeting(t), true), "earlier number": newCrier(c, m, true),
	} {
		if _, err := wrong.open(sealed); err == nil {
			t.Errorf("sealed addresses open with %s", name)
		}
	}
}

func FuzzReadAddrs(f *testing.F) {
	f.Add([]byte{0, 8, 4, 127, 0, 0, 1, 6, 0x0f, 0xa1, 0, 0})
	f.Add(make([]byte, addrsPad))
	f.Fuzz(func(t *testing.T, b []byte) {
		addrs, err := readAddrs(b)
		if err == nil && len(addrs) > addrsMost {
			t.Fatalf("%d addresses", len(addrs))
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{0xa6, 0x61, 'e', 0x41, 9, 0x61, 'n', 7, 0x61, 'v', 1, 0x61, 'w', 0x19, 0x0b, 0x86})
	f.Add([]byte{0xa2, 0x61, 'l', 0x82, 0x41, 1, 0x41, 2, 0x61, 'n', 2})
	f.Add([]byte{0xbf, 0x61, 'n', 1, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		header(b, 'n')
		header(b, 'w')
	})
}

func TestHeader(t *testing.T) {
	env := []byte{0xa6, 0x61, 'e', 0x41, 9, 0x61, 'l', 0x82, 0x41, 1, 0x42, 2, 3, 0x61, 'n', 7, 0x61, 'v', 1, 0x61, 'w', 0x19, 0x0b, 0x86}
	if n, ok := header(env, 'n'); n != 7 || !ok {
		t.Errorf("header(n) = %d, %v, want 7", n, ok)
	}
	if w, ok := header(env, 'w'); w != 2950 || !ok {
		t.Errorf("header(w) = %d, %v, want 2950", w, ok)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "no map": {0x81, 1}, "no such key": {0xa1, 0x61, 'e', 1}, "text": {0xa1, 0x61, 'n', 0x61, 'x'},
		"short": {0xa1, 0x61, 'n'}, "nested": {0xa2, 0x61, 'l', 0x81, 0x81, 0x81, 1, 0x61, 'n', 1}, "long key": {0xa1, 0x62, 'n', 'n', 1},
		"a bomb": {0xa2, 0x61, 'l', 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x61, 'n', 1},
	} {
		if n, ok := header(b, 'n'); ok {
			t.Errorf("header(%s) = %d, want none", name, n)
		}
	}
}

func TestQuota(t *testing.T) {
	now := testClock()
	q := newQuota(func() time.Time { return now })
	p := testPeer(t, 1)
	for range pushBurst {
		if !q.push(p, 700) {
			t.Fatal("a push within the burst is refused")
		}
	}
	if q.push(p, 700) || !q.push(testPeer(t, 2), 700) {
		t.Error("the burst is not one member's own")
	}
	now = now.Add(quotaHour / 2)
	for i := range pushBurst / 2 {
		if !q.push(p, 700) {
			t.Fatalf("push %d of half an hour's share is refused", i)
		}
	}
	if q.push(p, 700) {
		t.Error("more than half an hour's share came in half an hour")
	}
	for range goneHad / 500 {
		if !q.gone(p, 500) {
			t.Fatal("what is said to be gone is passed over within the limit")
		}
	}
	if q.gone(p, 1) || !q.gone(testPeer(t, 2), 500) {
		t.Error("one member may say without end what is gone, or for another")
	}
	for range failMost {
		if q.silenced("10.0.0.1") {
			t.Fatal("silenced too early")
		}
		q.failed("10.0.0.1")
	}
	if !q.silenced("10.0.0.1") || q.silenced("10.0.0.2") {
		t.Error("after 20 failures an address, and no other, is silenced")
	}
	if now = now.Add(quotaHour); q.silenced("10.0.0.1") {
		t.Error("still silenced after an hour")
	}
}

func TestNearbyTags(t *testing.T) {
	now := testClock()
	ours := map[GroupID]Group{}
	for _, g := range testGroups(3, 1, 6) {
		ours[g.ID] = g
	}
	text := nearTXT(ours, nil, "", now)
	if len(text) != 1+nearCodes || len(text[0]) != 2+8*26 {
		t.Fatalf("nearTXT = %q, want one line of 8 tags, and %d of noise", text, nearCodes)
	}
	for name, c := range map[string]struct {
		groups []Group
		at     time.Time
		want   int
	}{
		"same epochs":       {testGroups(3, 1, 6), now, 3},
		"one epoch behind":  {testGroups(3, 1, 7), now, 3},
		"clock an hour off": {testGroups(3, 1, 6), now.Add(time.Hour), 3},
		"two hours later":   {testGroups(3, 1, 6), now.Add(2 * time.Hour), 0},
		"far ahead":         {testGroups(3, 7, 40), now, 0},
		"one in common":     {testGroups(1, 1, 6), now, 1},
	} {
		known := map[GroupID]Group{}
		for _, g := range c.groups {
			known[g.ID] = g
		}
		if got := nearGroups(text, known, c.at); len(got) != c.want {
			t.Errorf("%s: nearGroups = %d, want %d", name, len(got), c.want)
		}
	}
	shut := map[GroupID]Group{}
	for id, g := range ours {
		g.Direct = false
		shut[id] = g
	}
	if got := nearGroups(text, shut, now); len(got) != 0 {
		t.Errorf("a group that meets through its mailbox alone is known by its tag: %d", len(got))
	}
	if got := nearGroups(nearTXT(shut, nil, "", now), ours, now); len(got) != 0 {
		t.Errorf("a group that meets through its mailbox alone is announced: %d", len(got))
	}
	if a, b := nearTXT(nil, nil, "", now), nearTXT(nil, nil, "", now); len(a[0]) != len(text[0]) || a[0] == b[0] {
		t.Error("without groups the record does not look like any other")
	}
	if got := nearGroups([]string{"t=AAAA", "x", "t=" + string(make([]byte, 300))}, ours, now); len(got) != 0 {
		t.Errorf("nearGroups(noise) = %d, want none", len(got))
	}
}

func testClock() time.Time { return time.Date(2026, 11, 21, 20, 10, 0, 0, time.UTC) }

func TestRetryBacksOff(t *testing.T) {
	for fails, want := range map[int]time.Duration{0: firstRetry, 1: 2 * firstRetry, 5: 32 * firstRetry, 8: lastRetry, 60: lastRetry} {
		for range 50 {
			if got := retry(fails, errUnmatched); got < want*3/4 || got > want*5/4+1 {
				t.Errorf("retry(%d) = %v, want %v give or take a quarter", fails, got, want)
			}
		}
	}
	if got := retry(0, ErrBusy); got < lastRetry*3/4 {
		t.Errorf("retry after busy = %v, want about %v", got, lastRetry)
	}
}
