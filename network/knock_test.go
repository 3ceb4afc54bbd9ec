package network

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/wire"
)

// linkDesk is a computer that shows codes.
type linkDesk struct {
	keys  [][32]byte
	heard [][]byte
	err   error
}

func (d *linkDesk) Keys() [][32]byte { return d.keys }

func (d *linkDesk) Hear(_ context.Context, _ [32]byte, _ peer.ID, turn []byte) ([]byte, error) {
	d.heard = append(d.heard, turn)
	return append([]byte("heard "), turn...), d.err
}

func (d *linkDesk) Sought() [][32]byte { return d.keys }

func (d *linkDesk) Found([32]byte, []ma.Multiaddr) {}

// line is a stream in memory.
type line struct{ net.Conn }

func (l line) CloseWrite() error { return nil }
func (l line) Reset() error      { return l.Close() }

func (line) Protocol() protocol.ID { return SyncProtocol }

// quiet is a link that connects to nobody.
type quiet struct{ id peer.ID }

func (q quiet) Self() peer.ID                                     { return q.id }
func (quiet) Start(Handlers) error                                { return nil }
func (quiet) Listen(bool) error                                   { return nil }
func (quiet) Addrs() []ma.Multiaddr                               { return nil }
func (quiet) Dial(context.Context, peer.ID, []ma.Multiaddr) error { return errors.New("nobody") }
func (quiet) Dialled(peer.ID) []ma.Multiaddr                      { return nil }
func (quiet) Peers() []peer.ID                                    { return nil }
func (quiet) Drop(peer.ID)                                        {}
func (quiet) Close() error                                        { return nil }
func (quiet) Open(context.Context, peer.ID, ...protocol.ID) (Stream, error) {
	return nil, errors.New("nobody")
}

type noShelf struct{ Shelf }

func (noShelf) Groups() []Group { return nil }

func idOfKey(t *testing.T, n byte) peer.ID {
	t.Helper()
	id, err := PeerID(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// talkTo runs one talk with a node that shows these codes. ip is where we come from.
func talkTo(t *testing.T, n *Node, ip string, do func(*talker, peer.ID, peer.ID) error) (ours, theirs error) {
	t.Helper()
	a, b := net.Pipe()
	us, them := idOfKey(t, 1), n.link.Self()
	ended := make(chan error, 1)
	go func() {
		err := n.hearLink(us, ip, line{b})
		b.Close()
		ended <- err
	}()
	ours = do(&talker{st: line{a}, r: wire.NewReader(a), w: wire.NewWriter(a)}, us, them)
	a.Close()
	return ours, <-ended
}

func linkNode(t *testing.T, d *linkDesk) *Node {
	t.Helper()
	o := Options{}
	if d != nil {
		o.Links = d
	}
	n := NewOver(quiet{idOfKey(t, 2)}, o, noShelf{}, nil)
	n.ctx = t.Context()
	return n
}

// A stranger who dials learns nothing: what comes back is the same whether a code is open or not, and whoever guesses is
// soon silenced, from wherever in their house they ask.
func TestStrangerLearnsNothingOfALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := func(n *Node) []byte {
			a, b := net.Pipe()
			go func() { _ = n.hearLink(idOfKey(t, 1), "192.0.2.1", line{b}); b.Close() }()
			r, w := wire.NewReader(a), wire.NewWriter(a)
			r.Allow(wire.Nonce)
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Write(wire.Frame{Kind: wire.Knock, Body: make([]byte, 32)}), w.Flush()); err != nil {
				t.Fatal(err)
			}
			var all bytes.Buffer
			_, _ = all.ReadFrom(a)
			return all.Bytes()
		}
		open, shut, none := told(linkNode(t, &linkDesk{keys: [][32]byte{{1}, {2}}})), told(linkNode(t, &linkDesk{})), told(linkNode(t, nil))
		if len(open) == 0 || !bytes.Equal(open, shut) || !bytes.Equal(open, none) {
			t.Errorf("told %x with a code open, %x without, %x with no links at all", open, shut, none)
		}
		d := &linkDesk{keys: [][32]byte{{1}}}
		n := linkNode(t, d)
		guess := func(key [32]byte, ip string) error {
			ours, _ := talkTo(t, n, ip, func(k *talker, us, them peer.ID) error { return k.knock(us, them, key) })
			return ours
		}
		for range failMost {
			if err := guess([32]byte{9}, "192.0.2.1"); !errors.Is(err, ErrClosed) {
				t.Fatalf("a wrong guess: %v", err)
			}
		}
		if err := guess([32]byte{1}, "192.0.2.1"); !errors.Is(err, ErrClosed) {
			t.Errorf("after %d guesses the right one is answered: %v", failMost, err)
		}
		if err := guess([32]byte{1}, "192.0.2.2"); err != nil {
			t.Errorf("the right code from elsewhere: %v", err)
		}
		if len(d.heard) != 0 {
			t.Error("a guess was heard")
		}
	})
}

// A knock that was overheard is worth nothing at another time, to another device, or from another.
func TestKnockHoldsForOneTalk(t *testing.T) {
	key, nonce := [32]byte{1}, [32]byte{2}
	a, b, c := idOfKey(t, 1), idOfKey(t, 2), idOfKey(t, 3)
	tag := knockTag(key, a, b, nonce)
	for what, other := range map[string][]byte{
		"another time":   knockTag(key, a, b, [32]byte{3}),
		"another device": knockTag(key, a, c, nonce),
		"from another":   knockTag(key, c, b, nonce),
		"the other way":  knockTag(key, b, a, nonce),
		"another code":   knockTag([32]byte{2}, a, b, nonce),
	} {
		if bytes.Equal(tag, other) {
			t.Errorf("%s: the same knock", what)
		}
	}
}

// Who was told the eight words finds the computer that shows them in the same house, and nobody else learns who is there.
func TestWordsAreFoundNearby(t *testing.T) {
	now := time.Unix(1_795_000_000, 0)
	self, key, other := idOfKey(t, 2), [32]byte{1}, [32]byte{2}
	text := nearTXT(nil, [][32]byte{key}, self, now)
	for _, at := range []time.Duration{0, -time.Hour, time.Hour} {
		if got := nearLinks(text, [][32]byte{other, key}, now.Add(at)); len(got) != 1 || got[key] != self {
			t.Errorf("%v later: found %v", at, got)
		}
	}
	if got := nearLinks(text, [][32]byte{key}, now.Add(3*time.Hour)); len(got) != 0 {
		t.Errorf("found after three hours: %v", got)
	}
	if got := nearLinks(text, [][32]byte{other}, now); len(got) != 0 {
		t.Errorf("found with another code: %v", got)
	}
	shape := func(text []string) (out []int) {
		for _, line := range text {
			out = append(out, len(line))
		}
		return out
	}
	none := nearTXT(nil, nil, self, now)
	if !slices.Equal(shape(text), shape(none)) {
		t.Errorf("a code changes the form of what is announced: %v, %v without", shape(text), shape(none))
	}
	for _, line := range append(text, none...) {
		if b, err := nearText.DecodeString(line[2:]); err == nil && bytes.Contains(b, []byte(self)) {
			t.Error("the PeerID is announced")
		}
	}
	if got := nearLinks([]string{text[0], "p=" + strings.Repeat("A", 61), "p=!", "t=", ""}, [][32]byte{key}, now); len(got) != 0 {
		t.Errorf("found in what is malformed: %v", got)
	}
}

func TestTalkAboutALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &linkDesk{keys: [][32]byte{{5}, {1}}}
		n := linkNode(t, d)
		ours, _ := talkTo(t, n, "", func(k *talker, us, them peer.ID) error {
			if err := k.knock(us, them, [32]byte{1}); err != nil {
				return err
			}
			for _, turn := range []string{"one", "two"} {
				if got, err := k.say([]byte(turn)); err != nil || string(got) != "heard "+turn {
					t.Errorf("say(%s) = %q, %v", turn, got, err)
				}
			}
			return nil
		})
		if ours != nil || len(d.heard) != 2 {
			t.Errorf("talk = %v, heard %q", ours, d.heard)
		}
		for why, want := range map[error]error{ErrTaken: ErrTaken, errors.New("of our own"): ErrClosed} {
			d.err = why
			ours, _ = talkTo(t, n, "", func(k *talker, us, them peer.ID) error {
				if err := k.knock(us, them, [32]byte{1}); err != nil {
					return err
				}
				_, err := k.say([]byte("x"))
				return err
			})
			if !errors.Is(ours, want) {
				t.Errorf("%v is told as %v, want %v", why, ours, want)
			}
		}
		d.err = nil
		// T8: so many turns, and no more; nobody holds a stream by saying nothing.
		d.heard = nil
		ours, theirs := talkTo(t, n, "", func(k *talker, us, them peer.ID) error {
			if err := k.knock(us, them, [32]byte{1}); err != nil {
				return err
			}
			for range talkTurns + 1 {
				if _, err := k.say([]byte("x")); err != nil {
					return err
				}
			}
			return nil
		})
		if ours == nil || theirs == nil || len(d.heard) != talkTurns {
			t.Errorf("%d turns were heard (%v, %v), want %d", len(d.heard), ours, theirs, talkTurns)
		}
		_, theirs = talkTo(t, n, "", func(k *talker, us, them peer.ID) error {
			if err := k.knock(us, them, [32]byte{1}); err != nil {
				return err
			}
			<-time.After(talkIdle + time.Second)
			return nil
		})
		if theirs == nil {
			t.Error("a silent talk did not end")
		}
	})
}
