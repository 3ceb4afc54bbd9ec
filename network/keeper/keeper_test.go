package keeper

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	ma "github.com/multiformats/go-multiaddr"

	"kith/network"
	"kith/network/mailbox"
	"kith/network/nettest"
	"kith/network/reconcile"
	"kith/network/wire"
)

// What one visitor leaves another finds, also when the keeper was begun anew in between, and from a copy of its file.
func TestWhatIsLeftIsFound(t *testing.T) {
	home := t.TempDir()
	k := run(t, home, Options{})
	k.paired()
	all := letters("x", 300)
	for i, err := range put(t, k.enter(1, member), all...) {
		if err != nil {
			t.Fatalf("Put(%d) = %v", i, err)
		}
	}
	if got := collect(t, k.enter(1, member), all[:100]...); len(got) != 200 {
		t.Errorf("%d envelopes fetched by who has 100 of 300", len(got))
	}
	copied := filepath.Join(t.TempDir(), FileName)
	want(t, "Backup", k.Backup(copied), nil)
	want(t, "Backup over it", k.Backup(copied), ErrExists)
	self := k.Self()
	k.end()

	k = run(t, home, Options{})
	if got := collect(t, k.enter(1, member)); len(got) != 300 || k.Self() != self {
		t.Errorf("%d envelopes after a new start, name %v, was %v", len(got), k.Self(), self)
	}
	k.end()
	k = run(t, filepath.Dir(copied), Options{})
	if got := collect(t, k.enter(1, [32]byte{})); len(got) != 300 || k.Self() != self {
		t.Errorf("%d envelopes in the copy, read without a ticket; name %v, was %v", len(got), k.Self(), self)
	}
}

// A comparison says what the mailbox has of ours.
func TestCompareSaysWhatIsThere(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	all := letters("x", 50)
	put(t, k.enter(1, member), all[:30]...)
	b := k.enter(1, member)
	set := setOf(all...)
	c, err := b.Compare(set)
	if err != nil {
		t.Fatal(err)
	}
	there := 0
	for _, env := range all {
		if c.There(itemOf(env)) {
			there++
		}
	}
	if there != 30 || !c.Level() {
		t.Errorf("There of %d, Level = %v, want 30 and nothing to fetch", there, c.Level())
	}
	put(t, b, all...)
	if c, err = b.Compare(set); err != nil || !c.Level() || !c.There(itemOf(all[49])) {
		t.Errorf("Compare when level = %v, %v", c.Level(), err)
	}
}

func TestPairingIsForOne(t *testing.T) {
	now := time.Unix(1_795_000_000, 0)
	k := run(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	c := network.NewPairCode()
	want(t, "Offer", k.Offer(ctx(t), c, nil), nil)
	link, err := network.ParsePairLink(k.PairLink(c).Encode())
	if err != nil {
		t.Fatal(err)
	}
	wrong := link
	wrong.Code[3]++
	want(t, "Pair by a code nobody made", network.Pair(ctx(t), wrong, member, admin), network.ErrPairSpent)
	want(t, "Pair", network.Pair(ctx(t), link, member, admin), nil)
	want(t, "Pair again with the same tickets", network.Pair(ctx(t), link, member, admin), nil)
	want(t, "Pair again with others", network.Pair(ctx(t), link, [32]byte{3}, [32]byte{4}), network.ErrPairSpent)
	want(t, "Put", put(t, k.enter(1, member), letters("x", 1)...)[0], nil)
	if _, err := k.call().Enter(ctx(t), key(1), [32]byte{3}); err != nil {
		t.Errorf("Enter a mailbox that is there with an unknown ticket = %v", err)
	}
	want(t, "Put with an unknown ticket", put(t, k.enter(1, [32]byte{3}), letters("y", 1)...)[0], network.ErrClosed)
	_, err = k.call().Enter(ctx(t), key(2), [32]byte{3})
	want(t, "Enter what is not there", err, network.ErrClosed)

	late := network.NewPairCode()
	want(t, "Offer", k.Offer(ctx(t), late, nil), nil)
	now = now.Add(CodeLife)
	want(t, "Pair too late", network.Pair(ctx(t), k.PairLink(late), member, admin), network.ErrPairSpent)

	st, err := k.Status()
	if err != nil || len(st.Groups) != 1 || st.Groups[0].Envelopes != 1 {
		t.Fatalf("Status = %+v, %v", st, err)
	}
	again := network.NewPairCode()
	want(t, "Replace of nobody", k.Replace(ctx(t), mailbox.Tenant{9}, again), ErrNoGroup)
	want(t, "Replace", k.Replace(ctx(t), st.Groups[0].Tenant, again), nil)
	want(t, "Put with the old ticket", put(t, k.enter(1, member), letters("z", 1)...)[0], network.ErrClosed)
	want(t, "Pair again", network.Pair(ctx(t), k.PairLink(again), [32]byte{5}, [32]byte{6}), nil)
	want(t, "Put with the new ticket", put(t, k.enter(1, [32]byte{5}), letters("z", 1)...)[0], nil)
	if got := collect(t, k.enter(1, [32]byte{})); len(got) != 2 {
		t.Errorf("%d envelopes after the tickets were replaced, want 2", len(got))
	}
	want(t, "Unpair", k.Unpair(ctx(t), st.Groups[0].Tenant), nil)
	if st, err = k.Status(); err != nil || len(st.Groups) != 0 {
		t.Errorf("Status after Unpair = %+v, %v", st, err)
	}
}

func TestT8CodesOpen(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	for range codesMost {
		want(t, "Offer", k.Offer(ctx(t), network.NewPairCode(), nil), nil)
	}
	want(t, "Offer of one more", k.Offer(ctx(t), network.NewPairCode(), nil), ErrCodes)
}

// Only payloads are deleted, and only by the token; what was deleted does not come back.
func TestDeleting(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	b := k.enter(1, admin)
	news, payload := nettest.Letter(2, "news", 2968), nettest.Letter(4, "words", 2968)
	for _, err := range put(t, b, news, payload) {
		want(t, "Put", err, nil)
	}
	want(t, "Delete news", b.Delete(sha256.Sum256(news), nettest.DeleteToken("news")), mailbox.ErrKept)
	want(t, "Delete by a wrong token", b.Delete(sha256.Sum256(payload), [32]byte{}), mailbox.ErrToken)
	want(t, "Delete", b.Delete(sha256.Sum256(payload), nettest.DeleteToken("words")), nil)
	want(t, "Put it back", put(t, b, payload)[0], mailbox.ErrDeleted)
	want(t, "Delete what never was", b.Delete([32]byte{1}, [32]byte{}), mailbox.ErrAbsent)
	if got := collect(t, k.enter(1, member)); len(got) != 1 {
		t.Errorf("%d envelopes left, want the news", len(got))
	}
}

// A rendezvous mailbox is opened with a ticket, and then its key is enough.
func TestRendezvous(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	want(t, "Open", k.enter(7, member).Open(time.Now().Add(time.Hour)), nil)
	want(t, "Open for too long", k.enter(8, member).Open(time.Now().Add(31*24*time.Hour)), mailbox.ErrExpiry)
	b := k.enter(7, [32]byte{})
	want(t, "Put of ops", put(t, b, letters("x", 1)...)[0], network.ErrKind)
	want(t, "Open without a ticket", b.Open(time.Now().Add(time.Hour)), network.ErrClosed)
}

// A full disk refuses what is new, keeps what it promised, and takes more when there is room again.
func TestF3FullDiskOfAKeeper(t *testing.T) {
	home := t.TempDir()
	k := run(t, home, Options{MaxSize: 1 << 20})
	k.paired()
	b := k.enter(1, member)
	all := letters("x", 2_000)
	said := put(t, b, all...)
	kept, refused := map[[32]byte]bool{}, 0
	for i, err := range said {
		switch {
		case err == nil:
			kept[sha256.Sum256(all[i])] = true
		case errors.Is(err, network.ErrBusy):
			refused++
		default:
			t.Fatalf("Put(%d) = %v", i, err)
		}
	}
	if len(kept) == 0 || refused == 0 {
		t.Fatalf("%d kept, %d refused: the file is not full, or never took anything", len(kept), refused)
	}
	if st, err := k.Status(); err != nil || st.Trouble == nil || st.Failed == 0 {
		t.Errorf("Status of a full disk = %+v, %v", st, err)
	}
	k.end()
	k = run(t, home, Options{})
	got := collect(t, k.enter(1, member))
	for id := range kept {
		if !got[id] {
			t.Fatalf("envelope %x was promised and is gone", id[:4])
		}
	}
	for i, err := range put(t, k.enter(1, member), all...) {
		if err != nil {
			t.Fatalf("Put(%d) with room again = %v", i, err)
		}
	}
}

// Whoever was told "ok" when the keeper was told to end finds it in the file.
func TestEndFinishesCommits(t *testing.T) {
	home := t.TempDir()
	k := run(t, home, Options{})
	k.paired()
	b := k.enter(1, member)
	all, kept := letters("x", 3_000), map[[32]byte]bool{}
	err := b.Put(all, func(i int, err error) error {
		if err == nil {
			kept[sha256.Sum256(all[i])] = true
		}
		if i == 500 {
			k.stop()
		}
		return nil
	})
	if err == nil {
		t.Log("all was put before the keeper ended")
	}
	k.end()
	k = run(t, home, Options{})
	got := collect(t, k.enter(1, member))
	for id := range kept {
		if !got[id] {
			t.Fatalf("envelope %x was promised and is gone; %d of %d here", id[:4], len(got), len(kept))
		}
	}
}

// TCP and WebSocket share a port; WebSocket over TLS has the keeper's own certificate.
func TestDoors(t *testing.T) {
	cert := selfSigned(t)
	k := run(t, t.TempDir(), Options{
		Listen:       []string{"/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0/ws", "/ip4/127.0.0.1/tcp/0/tls/ws"},
		Certificates: []tls.Certificate{cert},
	})
	k.paired()
	seen := map[string]bool{}
	for _, a := range k.Addrs() {
		c, err := network.Call(ctx(t), []ma.Multiaddr{a})
		if err != nil {
			t.Errorf("Call(%v) = %v", a, err)
			continue
		}
		b, err := c.Enter(ctx(t), key(1), member)
		if err != nil {
			t.Errorf("Enter by %v = %v", a, err)
			continue
		}
		want(t, "Put", put(t, b, nettest.Letter(1, a.String(), 2968))[0], nil)
		b.Leave()
		want(t, "Close", c.Close(), nil)
		for _, door := range []string{"/quic-v1", "/tls/ws", "/ws"} {
			if strings.Contains(a.String(), door) {
				seen[door] = true
				break
			}
		}
		id, err := network.WhoIs(ctx(t), a.Decapsulate(ma.StringCast("/p2p/"+k.Self().String())))
		if err != nil || id != k.Self() {
			t.Errorf("WhoIs(%v) = %v, %v", a, id, err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("doors = %v, want three", seen)
	}
}

// A web server that has the port already passes visitors on: TLS ends there, and libp2p's own channel inside does not.
func TestBehindAWebServer(t *testing.T) {
	k := run(t, t.TempDir(), Options{Listen: []string{"/ip4/127.0.0.1/tcp/0/ws"}})
	k.paired()
	port, err := k.Addrs()[0].ValueForProtocol(ma.P_TCP)
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse("http://127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(to))
	defer web.Close()
	_, front, err := net.SplitHostPort(web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := network.Call(ctx(t), []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/tcp/" + front + "/tls/ws/p2p/" + k.Self().String())})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.Enter(ctx(t), key(1), member)
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range put(t, b, letters("x", 100)...) {
		if err != nil {
			t.Fatalf("Put(%d) = %v", i, err)
		}
	}
	b.Leave()
	want(t, "Close", c.Close(), nil)
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, priv.Public(), priv)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: priv}
}

// A file that is in use, cut, or from the future is refused by name, and is not changed.
func TestFilesThatAreRefused(t *testing.T) {
	home := t.TempDir()
	k := run(t, home, Options{})
	_, err := New(home, Options{})
	want(t, "New on a file in use", err, ErrInUse)
	k.paired()
	k.end()
	path := filepath.Join(home, FileName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, cut := range map[string]int{"half": len(whole) / 2, "a page": 4096, "a byte": 1} {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := New(home, Options{})
		want(t, "New on "+name+" of the file", err, ErrDamaged)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openFile(home, mailbox.Limits{}, time.Now, 0)
	if err != nil {
		t.Fatal(err)
	}
	done, stop := context.WithCancel(context.Background())
	go f.serve(done)
	want(t, "a newer version", f.write(context.Background(), 0, func(t tx) error { return t.keeper.Put(keyVersion, []byte{fileVersion + 1}) }), nil)
	stop()
	<-f.ended
	f.close()
	_, err = New(home, Options{})
	want(t, "New on a newer file", err, ErrNewer)
}

// A removed member still owns the old mailbox's key and has the member ticket: they fill it with junk, marked as news too,
// and the news of the removal gets in all the same, and stays.
func TestT22RemovedMemberOverTheNetwork(t *testing.T) {
	k := run(t, t.TempDir(), Options{Limits: mailbox.Limits{Envelopes: 100, Share: 100}})
	k.paired()
	var junk [][]byte
	for i := range 120 {
		junk = append(junk, nettest.Letter(uint8(1+i%2), fmt.Sprint("junk", i), 2968))
	}
	refused := 0
	removed := k.enter(1, member)
	for _, err := range put(t, removed, junk...) {
		if err != nil {
			refused++
		}
	}
	if refused < 20 {
		t.Fatalf("%d of 120 refused: the mailbox is not full", refused)
	}
	news := nettest.Letter(2, "the news", 2968)
	want(t, "Put of the news", put(t, k.enter(1, admin), news)[0], nil)
	want(t, "Delete of the news", removed.Delete(sha256.Sum256(news), nettest.DeleteToken("the news")), mailbox.ErrKept)
	if got := collect(t, k.enter(1, [32]byte{})); !got[sha256.Sum256(news)] {
		t.Error("who was away does not find the news")
	}
}

// New tickets are drawn by who leads, in a visit; whoever was removed puts nothing any more, and begins nothing.
func TestT22TicketsAreReplaced(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	put(t, k.enter(1, member), letters("x", 1)...)
	drawn := [2][32]byte{{11}, {12}}
	want(t, "Replace by a member", k.enter(1, member).Replace(drawn[0], drawn[1]), network.ErrClosed)
	removed := k.enter(1, member) // and is in the mailbox still
	want(t, "Replace", k.enter(1, admin).Replace(drawn[0], drawn[1]), nil)
	want(t, "Replace again", k.enter(1, drawn[1]).Replace(drawn[0], drawn[1]), nil)
	for name, b := range map[string]*network.Box{"in a visit that was begun": removed, "in a new one": k.enter(1, member), "of who led": k.enter(1, admin)} {
		want(t, "Put with an old ticket, "+name, put(t, b, nettest.Letter(2, name, 2968))[0], network.ErrClosed)
	}
	_, err := k.call().Enter(ctx(t), key(2), member)
	want(t, "Enter a mailbox that is not there, with an old ticket", err, network.ErrClosed)
	want(t, "Put with the new ticket", put(t, k.enter(2, drawn[0]), letters("y", 1)...)[0], nil)
	if got := collect(t, k.enter(1, [32]byte{})); len(got) != 1 {
		t.Errorf("%d envelopes in the old mailbox, want what was there", len(got))
	}
}

// Visitors who ask and do not read, who begin comparisons without end, who knock with keys that open nothing: the others
// are served.
func TestT39FloodsOfAKeeper(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	all := letters("x", 600)
	put(t, k.enter(1, member), all...)
	var flood sync.WaitGroup
	done := make(chan struct{})
	for i := range 8 {
		c := k.call()
		flood.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				switch i % 2 {
				case 0: // a key that opens nothing
					if b, err := c.Enter(t.Context(), key(byte(100+i)), [32]byte{}); err == nil {
						b.Leave()
					}
				default: // comparisons until the keeper has had enough
					b, err := c.Enter(t.Context(), key(1), [32]byte{})
					if err != nil {
						continue
					}
					for range roundsMost + 1 {
						if _, err = b.Compare(reconcile.Set{}); err != nil {
							break
						}
					}
					if err == nil {
						t.Errorf("%d comparisons in one visit", roundsMost+1)
					}
					b.Leave()
				}
			}
		})
	}
	for i, err := range put(t, k.enter(2, member), letters("y", 200)...) {
		if err != nil {
			t.Errorf("Put(%d) of an honest visitor = %v", i, err)
		}
	}
	if got := collect(t, k.enter(1, member)); len(got) != len(all) {
		t.Errorf("an honest visitor finds %d of %d", len(got), len(all))
	}
	close(done)
	flood.Wait()
}

// One who asks for everything and reads nothing holds no transaction open, and nobody up.
func TestF17KeeperAndOneWhoNeverReads(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	big := make([][]byte, 40)
	for i := range big {
		big[i] = nettest.LetterOf(1, fmt.Sprint("big", i), 2968, 65536)
	}
	put(t, k.enter(1, member), big...)
	st := k.stream(1, member)
	defer st.Reset()
	w := wire.NewWriter(st)
	for range 3 {
		want(t, "ask", w.Write(wire.Frame{Kind: wire.WantRange, Body: wire.RangeBody(reconcile.All)}), nil)
	}
	want(t, "ask", w.Flush(), nil)
	for i, err := range put(t, k.enter(2, member), letters("y", 300)...) {
		if err != nil {
			t.Errorf("Put(%d) = %v", i, err)
		}
	}
	if got := collect(t, k.enter(1, member)); len(got) != len(big) {
		t.Errorf("%d of %d", len(got), len(big))
	}
}
