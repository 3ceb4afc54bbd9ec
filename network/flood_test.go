package network_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
	"kith/network/nettest"
	"kith/network/wire"
)

const floodVar = "KITH_TEST_FLOODED"

// TestF17Flood: connections that say nothing, streams by the thousand of which each brings a byte and takes nothing, cost
// another process at most 16 MiB, and a member is served beside them.
func TestF17Flood(t *testing.T) {
	if os.Getenv(floodVar) != "" {
		flooded(t)
		return
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Log("no /proc here: the memory of the other process is not looked at")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestF17Flood$", "-test.count=1")
	cmd.Env = append(os.Environ(), floodVar+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the other process: %v", err)
		}
	}()
	said := bufio.NewScanner(out)
	answer := func(what string) (s string) {
		t.Helper()
		for said.Scan() {
			if s, ok := strings.CutPrefix(said.Text(), what+" "); ok {
				return s
			}
		}
		t.Fatalf("the other process never said %s: %v", what, said.Err())
		return ""
	}
	rss := func() (kib int) {
		t.Helper()
		fmt.Fprintln(in, "rss")
		fmt.Sscan(answer("rss"), &kib)
		return kib
	}
	var addrs []ma.Multiaddr
	for _, s := range strings.Fields(answer("addrs")) {
		addrs = append(addrs, ma.StringCast(s))
	}
	infos, err := peer.AddrInfosFromP2pAddrs(addrs...)
	if err != nil {
		t.Fatal(err)
	}
	to := infos[0]
	h := bare(t, 9)
	if err := h.Connect(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	before := rss()
	greeted := 0
	var held []net.Conn
	for range 200 {
		c := halfOpen(t, addrs)
		if c == nil {
			continue
		}
		held = append(held, c)
		c.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Read(make([]byte, 1)); err == nil { // the first word of libp2p
			greeted++
		}
	}
	if greeted > 64 {
		t.Errorf("%d of 200 connections that say nothing are kept", greeted)
	}
	answered := 0
	for i := range 1_000 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		s, err := h.NewStream(ctx, to.ID, []protocol.ID{network.SyncProtocol, network.RelayProtocol}[i%2])
		cancel()
		if err != nil {
			continue
		}
		s.SetDeadline(time.Now().Add(5 * time.Second))
		s.Write([]byte{byte(i)})
		if _, err := s.Read(make([]byte, 1)); err == nil {
			answered++
		}
	}
	grown := rss() - before
	t.Logf("%d connections kept, %d streams answered, %d KiB more", greeted, answered, grown)
	if grown > 16<<10 {
		t.Errorf("the flood takes %d KiB, want at most 16 MiB", grown)
	}
	if answered > 100 { // 4 at a time of each, and others when these have had their ten seconds
		t.Errorf("%d of 1,000 streams are answered, want nearly none", answered)
	}
	for _, c := range held { // from one true address no more than 8 of them would have been let in: see TestT8ResourceLimits
		c.Close()
	}
	shelf := nettest.NewShelf(groupWith(network.Peer{ID: to.ID, In: true, Addrs: to.Addrs}))
	b := serve(t, 1, shelf, nil, tcpHere)
	b.await(t, "level beside the flood", isLevel)
	if n := shelf.Len(group); n != 100 {
		t.Errorf("a member got %d envelopes, want 100", n)
	}
}

// halfOpen is a connection on which nothing is ever said.
func halfOpen(t *testing.T, addrs []ma.Multiaddr) net.Conn {
	t.Helper()
	for _, a := range addrs {
		port, err := a.ValueForProtocol(ma.P_TCP)
		if err != nil {
			continue
		}
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		if err != nil {
			return nil
		}
		return c
	}
	t.Fatal("no TCP address")
	return nil
}

// flooded is the other process: a member's computer with an open invite. It says what it is asked until its input ends.
func flooded(t *testing.T) {
	pub, _ := mailboxKey(1)
	shelf := nettest.NewShelf(groupWith(network.Peer{ID: idOf(t, 1), In: true}))
	for i := range 100 {
		shelf.Add(group, nettest.Envelope("kept", i, 1, 2950, 700))
	}
	a := serve(t, 0, shelf, newShelves(pub), tcpHere, quicHere)
	fmt.Print("addrs")
	for _, at := range a.Addrs() {
		fmt.Print(" ", at)
	}
	fmt.Println()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println("rss", memoryOf("VmRSS:"))
	}
}

// memoryOf reads a line of this process's status, in KiB; 0 where there is none.
func memoryOf(name string) (kib int) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			fmt.Sscan(string(rest), &kib)
		}
	}
	return kib
}

// TestF18WrongPeer: where another device answers, the handshake fails, it is told nothing, and whoever gave the address
// learns which device was expected and which was found.
func TestF18WrongPeer(t *testing.T) {
	for name, listen := range map[string]string{"quic": quicHere, "tcp": tcpHere} {
		t.Run(name, func(t *testing.T) {
			meant := idOf(t, 1)
			a := serve(t, 0, nettest.NewShelf(groupWith(network.Peer{ID: meant, In: true})), nil, listen)
			pub, _ := mailboxKey(1)
			other := serve(t, 2, nettest.NewShelf(groupWith(network.Peer{ID: meant, In: true})), newShelves(pub), listen)
			at, _ := peer.SplitAddr(other.Addrs()[0])
			_, err := a.Sync(t.Context(), network.Bout{Peer: []ma.Multiaddr{at.Encapsulate(ma.StringCast("/p2p/" + meant.String()))}})
			var wrong *network.WrongPeer
			if !errors.As(err, &wrong) || wrong.Want != meant || wrong.Got != other.id {
				t.Fatalf("Sync = %v, want %v with both", err, network.ErrWrongPeer)
			}
			for _, id := range []peer.ID{meant, other.id} {
				if !strings.Contains(err.Error(), id.String()) {
					t.Errorf("%q does not show %s", err, id)
				}
			}
			if st := other.Stats(); st.BytesIn+st.BytesOut > 0 || len(other.Connected()) > 0 {
				t.Errorf("the other device heard %+v", st)
			}
		})
	}
}

// TestF19FirstProtocol: a member whose program speaks the first protocol alone is spoken to in that, and answered.
func TestF19FirstProtocol(t *testing.T) {
	nowhere := []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/tcp/9")}
	for _, speaks := range []protocol.ID{network.FirstSync, network.SyncProtocol} {
		h := bare(t, 9)
		heard := make(chan protocol.ID, 8)
		h.SetStreamHandler(speaks, func(s p2pnet.Stream) { heard <- s.Protocol(); s.Reset() })
		a := serve(t, 0, nettest.NewShelf(groupWith(network.Peer{ID: idOf(t, 9), In: true, Addrs: nowhere})), nil, quicHere)
		if err := dial(t, h, a); err != nil { // from now on it need not be found
			t.Fatal(err)
		}
		s, err := open(t, h, a.id, speaks)
		if err != nil {
			t.Fatal(err)
		}
		s.SetDeadline(time.Now().Add(5 * time.Second))
		r := wire.NewReader(s)
		r.Allow(wire.Nonce)
		if _, err := r.Next(); err != nil || s.Protocol() != speaks {
			t.Errorf("asked for %s: %v, %s is spoken", speaks, err, s.Protocol())
		}
		s.Reset() // no hello: now it is their turn
		a.Wake()
		select {
		case got := <-heard:
			if got != speaks {
				t.Errorf("who speaks %s was spoken to in %s", speaks, got)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("who speaks %s alone was not spoken to", speaks)
		}
	}
}

// TestF19OldProtocol: a member whose program speaks an older protocol alone is not spoken to in that, and neither is one
// answered who asks for it; a hello of another length is no hello.
func TestF19OldProtocol(t *testing.T) {
	const older = protocol.ID("/kp1/sync/0")
	member := idOf(t, 9)
	a := serve(t, 0, nettest.NewShelf(groupWith(network.Peer{ID: member, In: true})), nil, quicHere)
	h := bare(t, 9)
	heard := make(chan protocol.ID, 8)
	for _, id := range []protocol.ID{older, "/kp1/sync", "/kp1/sync/3"} {
		h.SetStreamHandler(id, func(s p2pnet.Stream) { heard <- id; s.Reset() })
	}
	if err := dial(t, h, a); err != nil {
		t.Fatal(err)
	}
	for _, id := range []protocol.ID{older, "/kp1/sync", "/kp1/sync/3", "/kp1/relay/0"} {
		s, err := open(t, h, a.id, id)
		if err != nil {
			continue
		}
		s.SetDeadline(time.Now().Add(5 * time.Second))
		if b, err := io.ReadAll(s); len(b) > 0 || err == nil {
			t.Errorf("%s is answered with %d bytes, %v", id, len(b), err)
		}
	}
	s, err := open(t, h, a.id, network.SyncProtocol)
	if err != nil {
		t.Fatal(err)
	}
	s.SetDeadline(time.Now().Add(5 * time.Second))
	r, w := wire.NewReader(s), wire.NewWriter(s)
	r.Allow(wire.Nonce)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(wire.Frame{Kind: wire.Hello, Body: make([]byte, 32+16)}); err == nil { // one tag: never padded so
		t.Error("a hello of one tag can be written")
	}
	s.Write([]byte{49, byte(wire.Hello)})
	s.Write(make([]byte, 48))
	r.Allow(wire.Answer, wire.Busy)
	if f, err := r.Next(); err == nil {
		t.Errorf("a hello of one tag is answered with %d", f.Kind)
	}
	infos, err := peer.AddrInfosFromP2pAddrs(a.Addrs()...)
	if err != nil || len(infos) == 0 {
		t.Fatal(err)
	}
	if _, err := a.Sync(t.Context(), network.Bout{}); !errors.Is(err, network.ErrNobody) {
		t.Errorf("Sync with who speaks an older protocol = %v", err)
	}
	select {
	case id := <-heard:
		t.Errorf("we speak %s", id)
	default:
	}
}
