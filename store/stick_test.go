package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"kith/store/bundle"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// wordTo takes all that one computer has to another, as a file would, and returns the word at its end.
func (h *home) wordTo(to *home, g kp1.GID, n byte, at time.Time) Word {
	h.t.Helper()
	send, rest, err := h.Carried(g, false)
	if err != nil {
		h.t.Fatal(err)
	}
	raws, err := h.Envelopes(context.Background(), g, send)
	if err != nil {
		h.t.Fatal(err)
	}
	to.give(g, raws...)
	w := Word{Parcel: bundle.ID{n}, Sum: [32]byte{n}, Has: append(send, rest...), Whole: true, Echo: h.Echo(g)}
	w.Bytes = h.SignWord(g, w.Parcel, w.Sum)
	if err := h.Packed(g, w.Parcel, at); err != nil {
		h.t.Fatal(err)
	}
	return w
}

// taken wants a word to be taken for one or not.
func (h *home) taken(g kp1.GID, w Word, want bool) {
	h.t.Helper()
	if good, err := h.TakeWord(g, w); err != nil || good != want {
		h.t.Errorf("TakeWord = %v, %v, want %v", good, err, want)
	}
}

// TestStickHearsOut: two whose computers never meet are heard out by files that go both ways, as of the moment when the
// first of them was made; an old file, or one of somebody who has not read ours, ends no silence.
func TestStickHearsOut(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	behind := func(what string, want bool) {
		t.Helper()
		if got := ada.View().Group(g).Behind; got != want {
			t.Fatalf("%s: behind %v, want %v", what, got, want)
		}
	}
	old := bev.wordTo(ada, g, 1, now)
	ada.taken(g, old, true)
	now = now.Add(8 * 24 * time.Hour)
	ada.do(g, thread.New{Title: "a long time"})
	behind("eight days on", true)
	ada.taken(g, old, true)
	ada.taken(g, bev.wordTo(ada, g, 2, now), true)
	behind("a file of who has read none of ours", true)
	bev.taken(g, ada.wordTo(bev, g, 3, now), true)
	now = now.Add(24 * time.Hour)
	bev.do(g, thread.New{Title: "here"})
	answer := bev.wordTo(ada, g, 4, now)
	for what, change := range map[string]func(*Word){
		"more came than is known": func(w *Word) { w.Whole = false },
		"something is not here":   func(w *Word) { w.Has = append(slices.Clone(w.Has), kp1.ID{9}) },
		"of other parcels":        func(w *Word) { w.Echo = []bundle.ID{{77}} },
	} {
		w := answer
		change(&w)
		ada.taken(g, w, true)
		behind(what, true)
	}
	ada.taken(g, answer, true)
	behind("the answer", false)
	ada.again()
	behind("started anew", false)
	now = now.Add(6*24*time.Hour - time.Second)
	behind("a week after the file that was answered, nearly", false)
	ada.taken(g, answer, true)
	now = now.Add(time.Second)
	ada.do(g, thread.New{Title: "silence"})
	behind("a week after it, with the old answer read again", true)
	ada.clean()
}

// TestWordsOfOthers: nobody speaks for anybody else, and nothing is taken for a word that is not signed over this very
// parcel of this very group by a device that is in.
func TestWordsOfOthers(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	w := bev.wordTo(ada, g, 1, now)
	for what, change := range map[string]func(*Word){
		"no word":           func(w *Word) { w.Bytes = nil },
		"half a word":       func(w *Word) { w.Bytes = w.Bytes[:95] },
		"of another parcel": func(w *Word) { w.Parcel[0]++ },
		"over other frames": func(w *Word) { w.Sum[0]++ },
		"under Cy's name":   func(w *Word) { d := cy.deviceOf(g); w.Bytes = append(d[:], w.Bytes[32:]...) },
		"a stranger's":      func(w *Word) { w.Bytes = append(make([]byte, 32), w.Bytes[32:]...) },
		"one's own":         func(w *Word) { w.Bytes = ada.SignWord(g, w.Parcel, w.Sum) },
	} {
		x := w
		change(&x)
		t.Run(what, func(t *testing.T) { ada.taken(g, x, false) })
	}
	if n := len(ada.Echo(g)); n != 0 {
		t.Errorf("%d parcels were taken for read", n)
	}
	ada.taken(g, w, true)
	ada.taken(g, w, true)
	if got := ada.Echo(g); !slices.Equal(got, []bundle.ID{w.Parcel}) {
		t.Errorf("read: %x, want the one", got)
	}
	did(t)(ada.Remove(context.Background(), g, cy.me(g), ReasonUnsaid))
	ada.taken(g, cy.wordTo(ada, g, 2, now), false) // who was removed has no word
	if to, err := ada.BundleTo(g); err != nil || len(to) != 2 || slices.ContainsFunc(to, func(d bundle.Device) bool { return d.ID == cy.deviceOf(g) }) {
		t.Errorf("a bundle is for %d devices, %v, want Ada's and Bev's", len(to), err)
	}
}

// TestCarriedIsWhatOthersLack: what every other device has by its own word is named and not sent; all of it goes on wish.
func TestCarriedIsWhatOthersLack(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	count := func(all bool) (int, int) {
		t.Helper()
		send, rest, err := ada.Carried(g, all)
		if err != nil {
			t.Fatal(err)
		}
		return len(send), len(rest)
	}
	total := len(ada.all(g))
	for _, other := range []*home{bev, cy} {
		ada.taken(g, other.wordTo(ada, g, 1, now), true)
	}
	if send, rest := count(false); send != 0 || rest != total {
		t.Errorf("everybody has everything, and %d are sent, %d named of %d", send, rest, total)
	}
	if send, rest := count(true); send != total || rest != 0 {
		t.Errorf("all: %d are sent, %d named of %d", send, rest, total)
	}
	ada.do(g, thread.New{Title: "new"})
	fresh := len(ada.all(g)) - total
	if send, rest := count(false); send != fresh || rest != total {
		t.Errorf("something new: %d are sent, want %d; %d named", send, fresh, rest)
	}
	bev.give(g, ada.all(g)...)
	ada.taken(g, bev.wordTo(ada, g, 2, now), true)
	if send, _ := count(false); send != fresh {
		t.Errorf("what Cy lacks is sent: %d, want %d", send, fresh)
	}
}

// TestT8ParcelsInMind: 16 that went out and 64 that came are kept in mind, the newest, and not one more.
func TestT8ParcelsInMind(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	for i := range parcelsIn + 1 {
		id := bundle.ID{byte(i), 1}
		if i <= parcelsOut {
			if err := ada.Packed(g, id, now.Add(time.Duration(i)*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		ada.taken(g, Word{Parcel: id, Bytes: bev.SignWord(g, id, [32]byte{})}, true)
	}
	ada.again()
	read := ada.Echo(g)
	if len(read) != parcelsIn || read[0] != (bundle.ID{parcelsIn, 1}) || read[parcelsIn-1] != (bundle.ID{1, 1}) {
		t.Errorf("%d are kept as read, the newest %x", len(read), read[0])
	}
	h, err := ada.house(g)
	if err != nil {
		t.Fatal(err)
	}
	if out := h.sticks.Out; len(out) != parcelsOut || h.sticks.madeAt([]bundle.ID{{0, 1}}) != 0 || h.sticks.madeAt([]bundle.ID{{1, 1}, {parcelsOut, 1}}) != out[0].At {
		t.Errorf("%d that went out are kept", len(out))
	}
}
