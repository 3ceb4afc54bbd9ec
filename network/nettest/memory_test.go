package nettest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network"
)

func TestLiveAndCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 3, 20*time.Millisecond)
		defer w.Close()
		w.Write(0, "before", 300)
		w.Up()
		w.Await(20*time.Second, "all level", func() bool { return w.Level(300) })
		w.Await(20*time.Second, "all connected", func() bool {
			return len(w.Devices[0].Node.Connected()) == 2 && len(w.Devices[1].Node.Connected()) == 2
		})
		w.Write(1, "live", 1)
		if took := w.Await(time.Second, "live envelope everywhere", func() bool { return w.Level(301) }); took > 60*time.Millisecond {
			t.Errorf("a live envelope took %v, want one way and no timer", took)
		}
		w.Down(2)
		w.Write(0, "apart", 100)
		w.Up(2)
		w.Await(20*time.Second, "late one level", func() bool { return w.Level(401) })
		a, b := w.Devices[0], w.Devices[2]
		w.Await(20*time.Second, "told stored", func() bool { return a.Shelf.HeldBy(w.Group, b.ID) == 401 })
	})
}

func TestTwentyDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 20, 20*time.Millisecond)
		defer w.Close()
		w.Write(0, "history", 1000)
		w.Up()
		w.Await(5*time.Minute, "all level", func() bool { return w.Level(1000) })
		for i := range 20 {
			w.Write(i, fmt.Sprint("live of ", i), 1)
		}
		w.Await(time.Minute, "live envelopes everywhere", func() bool { return w.Level(1020) })
	})
}

func TestPartitionHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, air := NewMemory(t, 6, 20*time.Millisecond)
		defer w.Close()
		w.Up()
		w.Await(time.Minute, "connected", func() bool { return len(w.Devices[0].Node.Connected()) == 5 })
		left := map[peer.ID]bool{w.Devices[0].ID: true, w.Devices[1].ID: true, w.Devices[2].ID: true}
		air.Cut(func(a, b peer.ID) bool { return left[a] != left[b] })
		w.Write(0, "left", 50)
		w.Write(5, "right", 50)
		w.Await(time.Minute, "each half level", func() bool { return w.Level(50, 0, 1, 2) && w.Level(50, 3, 4, 5) })
		time.Sleep(30 * time.Minute)
		air.Cut(nil)
		w.Await(7*time.Minute, "whole level", func() bool { return w.Level(100) })
		air.Cut(func(a, b peer.ID) bool { return left[a] != left[b] })
		w.Write(1, "again", 5)
		time.Sleep(time.Hour)
		air.Cut(nil)
		for _, d := range w.Devices {
			d.Node.Wake()
		}
		if took := w.Await(time.Minute, "level after waking", func() bool { return w.Level(105) }); took > 5*time.Second {
			t.Errorf("after Wake it took %v, want at most 5 s", took)
		}
	})
}

func TestLateJoinerAsksForTheRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 4, 20*time.Millisecond)
		defer w.Close()
		w.Write(0, "history", 10_000)
		w.Devices[1].Shelf.Add(w.Group, envelopes("history", 10_000)...)
		w.Devices[2].Shelf.Add(w.Group, envelopes("history", 10_000)...)
		w.Up()
		w.Await(5*time.Minute, "joined", func() bool { return w.Level(10_000) })
		st := w.Devices[3].Node.Stats()
		if st.Received != 10_000 {
			t.Errorf("Received = %d, want 10000", st.Received)
		}
		if most := uint64(10_000*700*105/100 + 8_000); st.BytesIn > most {
			t.Errorf("joining took %d bytes, want at most %d although three could send", st.BytesIn, most)
		}
		if b := w.Devices[3].Shelf.Batch; b < 300 || b > 1000 {
			t.Errorf("largest batch = %d, want 300 to 1000", b)
		}
	})
}

// TestChecksWhileFiling: one batch is checked while the one before it is filed, and no more than that lies about.
func TestChecksWhileFiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 2, time.Millisecond)
		defer w.Close()
		w.Write(0, "history", 5_000)
		w.Devices[1].Shelf.Slow(100 * time.Millisecond)
		w.Up()
		w.Await(5*time.Minute, "joined", func() bool { return w.Level(5_000) })
		if n := w.Devices[1].Shelf.Ahead; n < 2 || n > 3 {
			t.Errorf("batches checked and not filed = %d at the most, want 2 or 3: one being filed, one ready", n)
		}
	})
}

var errFull = errors.New("disk full")

func envelopes(seed string, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = Envelope(seed, i, 1, 2950, 700)
	}
	return out
}

func TestLevelCostsLittle(t *testing.T) { // W5, 0 + 0
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 2, 20*time.Millisecond)
		defer w.Close()
		w.Write(0, "history", 1000)
		w.Devices[1].Shelf.Add(w.Group, envelopes("history", 1000)...)
		w.Up()
		level := func() bool {
			for _, d := range w.Devices {
				if d.Shelf.HeldBy(w.Group, w.Devices[1-d.I].ID) != 1000 {
					return false
				}
			}
			return true
		}
		w.Await(20*time.Second, "level", level)
		a, b := w.Devices[0].Node.Stats(), w.Devices[1].Node.Stats()
		if sum := a.BytesIn + a.BytesOut; sum > 2000 || a.Rounds+b.Rounds != 2 {
			t.Errorf("0 + 0 took %d bytes and %d messages, want at most 2000 and 2", sum, a.Rounds+b.Rounds)
		}
	})
}

func TestReconnectCostsTheDifference(t *testing.T) { // W5, 100 + 100
	for _, n := range []int{1000, 20_000} {
		synctest.Test(t, func(t *testing.T) {
			w, _ := NewMemory(t, 2, 20*time.Millisecond)
			defer w.Close()
			w.Write(0, "history", n)
			w.Devices[1].Shelf.Add(w.Group, envelopes("history", n)...)
			w.Up()
			a, b := w.Devices[0], w.Devices[1]
			level := func(m int) func() bool {
				return func() bool {
					return w.Level(m) && a.Shelf.HeldBy(w.Group, b.ID) == m && b.Shelf.HeldBy(w.Group, a.ID) == m
				}
			}
			w.Await(20*time.Second, "level", level(n))
			w.Down()
			w.Write(0, "a", 100)
			w.Write(1, "b", 100)
			w.Up()
			w.Await(20*time.Second, "level again", level(n+200))
			st := a.Node.Stats()
			if sum := st.BytesIn + st.BytesOut; sum > 200*700*115/100+4000 {
				t.Errorf("n = %d: 100 + 100 took %d bytes, want at most %d", n, sum, 200*700*115/100+4000)
			} else {
				t.Logf("n = %d: 100 + 100 took %d bytes", n, sum)
			}
		})
	}
}

func TestRefusedAndFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 2, 20*time.Millisecond)
		defer w.Close()
		bad := Envelope("bad", 0, 1, 2950, 700)
		w.Devices[1].Shelf.Refuse(func(e []byte) bool { return string(e) == string(bad) })
		w.Write(0, "good", 1023)
		w.Devices[0].Shelf.Add(w.Group, bad)
		w.Up()
		w.Await(time.Minute, "the good ones", func() bool { return w.Devices[1].Shelf.Len(w.Group) == 1023 }) // F13
		time.Sleep(time.Minute)
		if got := w.Devices[0].Shelf.HeldBy(w.Group, w.Devices[1].ID); got != 1023 {
			t.Errorf("HeldBy = %d, want 1023: never the refused one", got)
		}
		w.Devices[1].Shelf.Forget(bad)
		time.Sleep(time.Minute)
		before := w.Devices[0].Node.Stats().Rounds
		time.Sleep(time.Hour)
		if got := w.Devices[0].Node.Stats().Rounds - before; got > 100 {
			t.Errorf("%d messages in an hour about one envelope nobody wants, want about 4 each bout", got)
		}
		w.Devices[1].Shelf.Fail(errFull)
		w.Write(0, "full", 5)
		time.Sleep(time.Minute)
		if got := w.Devices[1].Shelf.Len(w.Group); got != 1023 {
			t.Errorf("a full shelf holds %d, want 1023", got)
		}
		w.Devices[1].Shelf.Fail(nil)
		w.Await(10*time.Minute, "after space is back", func() bool { return w.Devices[1].Shelf.Len(w.Group) == 1028 })
	})
}

// disconnects is how often a device lost another.
func (d *Device) disconnects() (n int) {
	for _, e := range d.Events() {
		if _, ok := e.(network.Disconnected); ok {
			n++
		}
	}
	return n
}

// TestNoRoomIsSaid: who has no room for something says so to whoever sent it, keeps talking, and looks again later.
func TestNoRoomIsSaid(t *testing.T) { // F3, F19
	idOf := func(e []byte) network.EnvelopeID { return sha256.Sum256(e) }
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 2, 20*time.Millisecond)
		defer w.Close()
		a, b := w.Devices[0], w.Devices[1]
		large := Envelope("large", 0, 1, 2950, 700)
		b.Shelf.Crowd(func(e []byte) bool { return bytes.Equal(e, large) })
		w.Up()
		w.Await(time.Minute, "connected", func() bool { return len(a.Node.Connected()) == 1 })
		w.Write(0, "small", 10)
		w.Await(time.Minute, "the small ones", func() bool { return w.Level(10) })
		crossed := a.disconnects() + b.disconnects()
		a.Shelf.Add(w.Group, large)
		a.Node.Push(w.Group, large)
		w.Await(time.Minute, "the word that there is no room", func() bool { return slices.Contains(a.Shelf.NoRoomAt(b.ID), idOf(large)) })
		time.Sleep(time.Minute)
		if got := a.Shelf.HeldBy(w.Group, b.ID); got != 10 {
			t.Errorf("HeldBy = %d, want 10: never what there was no room for", got)
		}
		time.Sleep(time.Hour)
		if got := len(a.Shelf.NoRoomAt(b.ID)); got < 2 || got > 25 {
			t.Errorf("it looked for room %d times in an hour, want about every 4 minutes", got)
		}
		b.Shelf.Crowd(nil)
		w.Await(10*time.Minute, "what was too much", func() bool { return w.Level(11) && a.Shelf.HeldBy(w.Group, b.ID) == 11 })

		b.Shelf.Fill(true)
		w.Write(0, "full", 2000)
		sent := a.Node.Stats().Sent
		time.Sleep(time.Hour)
		said := a.Shelf.NoRoomAt(b.ID)
		slices.SortFunc(said, network.EnvelopeID.Compare)
		if said = slices.Compact(said); len(said) < 1+1000 || b.Shelf.Len(w.Group) != 11 {
			t.Errorf("a full disk holds %d and was said to have no room for %d, want 11 and most of 2001", b.Shelf.Len(w.Group), len(said))
		}
		if got := a.Node.Stats().Sent - sent; got > 20*2000 {
			t.Errorf("%d envelopes were sent to a full disk in an hour, want at most 2000 each time it looked", got)
		}
		if n := a.disconnects() + b.disconnects() - crossed; n > 0 {
			t.Errorf("the conversation ended %d times", n)
		}
		b.Shelf.Fill(false)
		w.Await(10*time.Minute, "all, once there is room", func() bool { return w.Level(2011) })
	})
}

// TestNoRoomBesideTheFirstProtocol: one side knows no reasons. The two agree on what both speak; nothing is said, and nothing breaks.
func TestNoRoomBesideTheFirstProtocol(t *testing.T) { // F19
	for _, old := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			w, air := NewMemory(t, 2, 20*time.Millisecond)
			defer w.Close()
			w.node = func(d *Device, o network.Options) (*network.Node, error) {
				p := air.NewPort(d.ID)
				p.Old = d.I == old
				return network.NewOver(p, o, d.Shelf, nil), nil
			}
			a, b := w.Devices[0], w.Devices[1]
			large := Envelope("large", 0, 1, 2950, 700)
			b.Shelf.Crowd(func(e []byte) bool { return bytes.Equal(e, large) })
			w.Write(0, "small", 10)
			a.Shelf.Add(w.Group, large)
			w.Up()
			w.Await(time.Minute, "the others", func() bool { return a.Shelf.HeldBy(w.Group, b.ID) == 10 })
			crossed := a.disconnects() + b.disconnects()
			b.Shelf.Slow(time.Second)
			for k := range 80 { // more than either window
				a.Shelf.Add(w.Group, Envelope("bulk", k, 1, 2950, 60_000))
			}
			a.Node.Wake()
			w.Await(time.Minute, "4.8 MB", func() bool { return a.Shelf.HeldBy(w.Group, b.ID) == 90 })
			time.Sleep(10 * time.Minute)
			if got, ended := a.Shelf.NoRoomAt(b.ID), a.disconnects()+b.disconnects()-crossed; len(got) > 0 || ended > 0 {
				t.Errorf("device %d speaks the first protocol: told %d, ended %d times; want nothing and never", old, len(got), ended)
			}
			b.Shelf.Crowd(nil)
			w.Await(10*time.Minute, "what was too much", func() bool { return w.Level(91) })
		})
	}
}

func TestT36RemovedDeviceGetsNothing(t *testing.T) { // 7.2, T36
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 3, 20*time.Millisecond)
		defer w.Close()
		w.Up()
		w.Await(time.Minute, "connected", func() bool { return len(w.Devices[0].Node.Connected()) == 2 })
		out := w.Devices[2]
		for _, d := range w.Devices[:2] {
			g := w.GroupOf(d)
			for i := range g.Peers {
				g.Peers[i].In = g.Peers[i].ID != out.ID
			}
			d.Shelf.SetGroups(g)
			d.Node.Changed()
		}
		w.Write(0, "secret", 10)
		time.Sleep(30 * time.Minute)
		if n := out.Shelf.Len(w.Group); n != 0 || len(out.Node.Connected()) != 0 {
			t.Errorf("the removed device holds %d and is connected to %d, want nothing and nobody", n, len(out.Node.Connected()))
		}
		if !w.Level(10, 0, 1) {
			t.Error("the others are not level")
		}
	})
}

// Where a group meets through its mailbox alone, its devices neither dial nor answer one another, whatever addresses they
// know; the computers of one person still meet, and nobody tells where anybody is.
func TestMailboxAloneMeetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, air := NewMemory(t, 4, 20*time.Millisecond)
		defer w.Close()
		shut := func(d *Device, own int) {
			g := w.GroupOf(d)
			g.Direct = false
			for i := range g.Peers {
				g.Peers[i].Own = own >= 0 && g.Peers[i].ID == w.Devices[own].ID
			}
			d.Shelf.SetGroups(g)
		}
		shut(w.Devices[0], 1)
		shut(w.Devices[1], 0)
		shut(w.Devices[2], -1)
		w.Up() // the fourth has not heard of it, and dials them all
		w.Write(0, "news", 3)
		time.Sleep(30 * time.Minute)
		if !w.Level(3, 0, 1) {
			t.Error("the two computers of one person are not level")
		}
		for _, i := range []int{2, 3} {
			if d := w.Devices[i]; len(d.Node.Connected()) != 0 || d.Shelf.Len(w.Group) != 0 {
				t.Errorf("device %d is connected to %d and holds %d, want nobody and nothing", i, len(d.Node.Connected()), d.Shelf.Len(w.Group))
			}
		}
		prober := air.NewPort("prober")
		if err := prober.Start(network.Handlers{Up: func(peer.ID) {}, Down: func(peer.ID) {}}); err != nil {
			t.Fatal(err)
		}
		defer prober.Close()
		if err := prober.Dial(t.Context(), w.Devices[2].ID, nil); !errors.Is(err, ErrUnreachable) {
			t.Errorf("dialling a device that meets nobody = %v, want %v", err, ErrUnreachable)
		}
		if _, err := w.Devices[3].Node.Sync(t.Context(), network.Bout{}); !errors.Is(err, network.ErrNobody) {
			t.Errorf("Sync of who has not heard = %v, want %v", err, network.ErrNobody)
		}
		w.share()
		for _, d := range w.Devices {
			d.Node.Changed()
		}
		w.Await(10*time.Minute, "all level once they meet again", func() bool { return w.Level(3) })
	})
}

func TestSyncOneBout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 3, 20*time.Millisecond)
		defer w.Close()
		w.Write(0, "a", 30)
		w.Write(1, "b", 20)
		w.Up(0, 1)
		st, err := w.Devices[1].Node.Sync(t.Context(), network.Bout{})
		if err != nil || st.Peers != 1 || !w.Level(50, 0, 1) {
			t.Errorf("Sync = %+v, %v, level %v, want one peer and level", st, err, w.Level(50, 0, 1))
		}
		w.Down(0)
		if _, err := w.Devices[1].Node.Sync(t.Context(), network.Bout{}); err != network.ErrNobody {
			t.Errorf("Sync alone = %v, want %v", err, network.ErrNobody)
		}
	})
}

// TestGoneIsSaidOnce: who carries what the other has taken away is told so, offers it to that device no more, and keeps it
// for others; what is proved is dropped.
func TestGoneIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 3, 20*time.Millisecond)
		defer w.Close()
		w.Write(0, "kept", 1200)
		words, slip := Envelope("words", 0, 4, 2950, 700), Envelope("slip", 0, 1, 2950, 700)
		token := [32]byte{7}
		carrier := w.Devices[0]
		carrier.Shelf.Add(w.Group, words, slip)
		carrier.Shelf.Carries(func(id network.EnvelopeID, tok [32]byte) bool {
			return id == network.EnvelopeID(sha256.Sum256(words)) && tok == token
		})
		w.Devices[1].Shelf.Erase(w.Group, words, [32]byte{})
		w.Devices[1].Shelf.Erase(w.Group, slip, token) // not this one's
		w.Up(0, 1)
		w.Await(time.Minute, "told", func() bool { return w.Devices[1].Shelf.Len(w.Group) == 1200 && carrier.Node.Stats().Rounds > 0 })
		time.Sleep(10 * time.Minute)
		if n := carrier.Shelf.Len(w.Group); n != 1202 {
			t.Errorf("%d envelopes: something was dropped that is not proved", n)
		}
		if n := carrier.Shelf.HeldBy(w.Group, w.Devices[1].ID); n != 1200 {
			t.Errorf("the other is said to hold %d, want 1200: not what it took away", n)
		}
		before := carrier.Node.Stats()
		time.Sleep(time.Hour)
		after := carrier.Node.Stats()
		if n := after.Rounds - before.Rounds; n > 40 {
			t.Errorf("%d messages in an hour: what is gone is offered still", n)
		}
		if n := after.Sent - before.Sent; n > 0 {
			t.Errorf("%d envelopes sent to who never takes them", n)
		}
		w.Up(2) // a third has heard of nothing, and is given all of it
		w.Await(time.Minute, "the third", func() bool { return w.Devices[2].Shelf.Len(w.Group) == 1202 })
		w.Down(2)
		w.Devices[1].Shelf.Erase(w.Group, words, token)
		time.Sleep(25 * time.Hour) // once a day it is offered anew
		if n := carrier.Shelf.Len(w.Group); n != 1201 {
			t.Errorf("%d envelopes, want the words dropped", n)
		}
	})
}
