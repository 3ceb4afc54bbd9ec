package peer_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/network"
	"kith/network/keeper"
	"kith/network/mailbox"
	"kith/network/nettest"
	"kith/network/reconcile"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// rawOf are envelopes that somebody has, by id, as far as they are of one of these kinds; none means all.
func rawOf(t *testing.T, p *laptop, g kp1.GID, ids map[kp1.ID]bool, kinds ...mailbox.Kind) map[kp1.ID][]byte {
	t.Helper()
	l, _ := p.Inside()
	all := make([]kp1.ID, 0, len(ids))
	for id := range ids {
		all = append(all, id)
	}
	raws, err := l.Envelopes(t.Context(), g, all)
	if err != nil {
		t.Fatal(err)
	}
	out := map[kp1.ID][]byte{}
	for _, raw := range raws {
		h, err := mailbox.ReadHeader(raw)
		if err != nil {
			t.Fatal(err)
		}
		if len(kinds) == 0 || slices.Contains(kinds, h.Kind) {
			out[kp1.ID(h.ID)] = raw
		}
	}
	return out
}

// enter is a visit by hand, with what somebody's computer knew.
func (b *box) enter(t *testing.T, seed, ticket [32]byte) *network.Box {
	t.Helper()
	c, err := network.Call(t.Context(), b.Addrs())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	in, err := c.Enter(t.Context(), ed25519.NewKeyFromSeed(seed[:]), ticket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Leave)
	return in
}

// lies are the envelopes in a mailbox.
func lies(t *testing.T, in *network.Box) map[kp1.ID]bool {
	t.Helper()
	found, err := in.Compare(reconcile.Set{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[kp1.ID]bool{}
	if err := in.Fetch(found, func(network.EnvelopeID) bool { return false }, func(envs [][]byte) error {
		for _, env := range envs {
			out[kp1.Sum(env)] = true
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// said is what is said of one envelope that is put.
func said(t *testing.T, in *network.Box, env []byte) (out error) {
	t.Helper()
	if err := in.Put([][]byte{env}, func(_ int, err error) error { out = err; return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// Who is removed has the old mailbox's key, the ticket of then and all their old keys. They fill the old mailbox, with junk that
// says it is news too, before anybody knows: the news gets in all the same, cannot be taken away, and says nothing of who did it;
// what is written from then on does not open for them; and who was away for two months finds the way. Nor does the junk, carried on by those who read the old mailbox, crowd anything out of the newest.
func TestT22RemovedAtTheMailbox(t *testing.T) {
	c := newCrew(t, keeper.Options{Limits: mailbox.Limits{Envelopes: 400, Share: 100}}, "Ada", "Sue", "Cat")
	ada, cat := c.all["Ada"], c.all["Cat"]
	g := c.found("Ada", "Sue", "Cat")
	for _, who := range []string{"Sue", "Cat"} {
		c.until(who, "three who are in", func(w present.World) bool { return len(w.Groups[0].State.Members) == 3 })
	}
	c.all["Sue"].end()
	hers, _ := cat.Inside()
	view := hers.View().Group(g)
	old, ticket := view.Boxes[0], view.Mailboxes[0].Ticket
	in := c.box.enter(t, old, ticket)
	full, junk, letters := 0, map[kp1.ID]bool{}, [][]byte(nil)
	for i := range 450 {
		letters = append(letters, nettest.Letter(uint8(1+i%2), fmt.Sprint("junk", i), 2968))
		junk[kp1.Sum(letters[i])] = true
	}
	err := in.Put(letters, func(_ int, said error) error {
		if errors.Is(said, network.ErrFull) {
			full++
		}
		return nil
	})
	if err != nil || full == 0 {
		t.Fatal("the old mailbox was not filled: the test shows nothing")
	}

	before := alsoOf(t, ada.one, g, nil)
	me := ada.World().Groups[0].Me
	w := c.until("Ada", "the name of Cat", func(w present.World) bool { return w.Groups[0].NameOf(view.Me) == "Cat" })
	if _, err := ada.Expel(t.Context(), g, view.Me); err != nil {
		t.Fatal(err)
	}
	third := ada.write(t, g, "after Cat")
	c.visits("Ada")
	ada.mailed(g, third)
	if m := ada.Mailboxes(g)[0]; m.Trouble != "" {
		t.Errorf("the newest mailbox: %s", m.Trouble)
	}
	since := alsoOf(t, ada.one, g, before)
	maps.DeleteFunc(since, func(id kp1.ID, _ bool) bool { return junk[id] }) // which came here too
	news := rawOf(t, ada, g, since, mailbox.KindRekey)
	there := lies(t, c.box.enter(t, old, ticket))
	if len(news) != 1 {
		t.Fatalf("%d new keys, want those of the removal", len(news))
	}
	device := w.Groups[0].State.Devices[slices.IndexFunc(w.Groups[0].State.Devices, func(d group.Device) bool { return d.Member == me })].ID
	for id, raw := range news {
		if !there[id] {
			t.Error("the news of the removal is not in the old mailbox")
		}
		for _, token := range [][32]byte{{}, old, ticket} {
			if err := in.Delete(network.EnvelopeID(id), token); !errors.Is(err, mailbox.ErrKept) {
				t.Errorf("Delete of the news = %v, want it kept", err)
			}
		}
		if bytes.Contains(raw, me[:]) || bytes.Contains(raw, device[:]) {
			t.Error("the news says who removed them")
		}
	}
	known := rawOf(t, ada, g, before, mailbox.KindOps)
	opened := 0
	for _, raw := range known {
		if _, ok := hers.Opens(g, raw); ok {
			opened++
		}
	}
	if opened == 0 {
		t.Fatal("who is removed opens nothing of before: the test shows nothing")
	}
	sealed := 0
	for id, raw := range rawOf(t, ada, g, since) {
		if _, ok := hers.Opens(g, raw); ok && there[id] {
			sealed++
		}
	}
	if _, reads := cat.World().Groups[0].Threads().Get(third); reads || sealed > 0 {
		t.Errorf("who is removed reads on: %v, and opens %d of what lies in the old mailbox since", reads, sealed)
	}
	cat.end()
	ada.end()

	sue := onLater(t, "Sue", filepath.Join(c.dir, "Sue"), 60*24*time.Hour)
	sue.reads(third)
	if n := len(sue.World().Groups[0].State.Members); n != 2 {
		t.Errorf("two months on Sue counts %d members, want 2", n)
	}
}

// Words that were taken back are deleted in the mailbox: it hands them out no more, takes them from nobody again, and has them
// deleted once more when yesterday's copy of it is put back; the other, who had them, does not bring them again. Who knows only the
// mailbox's key deletes nothing.
func TestT30AtTheMailbox(t *testing.T) {
	c := newCrew(t, keeper.Options{}, "Ada", "Sue")
	ada := c.all["Ada"]
	g := c.found("Ada", "Sue")
	talk := ada.write(t, g, "about Zephyrine")
	before := alsoOf(t, ada.one, g, nil)
	id, err := ada.Propose(t.Context(), g, thread.Post{Thread: talk, Text: "what I should not have said"})
	if err != nil {
		t.Fatal(err)
	}
	c.visits("Ada")
	ada.mailed(g, id)
	words := rawOf(t, ada, g, alsoOf(t, ada.one, g, before), mailbox.KindPayload)
	if len(words) != 1 {
		t.Fatalf("the words are in %d envelopes, want 1", len(words))
	}
	var it kp1.ID
	var raw []byte
	for it, raw = range words { // there is one
	}
	c.until("Sue", "the words", func(w present.World) bool { return alsoOf(t, c.all["Sue"].one, g, nil)[it] })
	l, _ := ada.Inside()
	view := l.View().Group(g)
	enter := func() *network.Box { return c.box.enter(t, view.Boxes[0], view.Mailboxes[0].Ticket) }
	in := enter()
	if !lies(t, in)[it] {
		t.Fatal("the words are not in the mailbox: the test shows nothing")
	}
	for _, token := range [][32]byte{{}, view.Boxes[0], sha256.Sum256(raw)} {
		if err := in.Delete(network.EnvelopeID(it), token); !errors.Is(err, mailbox.ErrToken) {
			t.Errorf("Delete by who has the mailbox's key alone = %v", err)
		}
	}
	yesterday := filepath.Join(c.dir, "yesterday")
	if err := c.box.Backup(yesterday); err != nil {
		t.Fatal(err)
	}

	if _, err := ada.Propose(t.Context(), g, erase.Delete{Target: id}); err != nil {
		t.Fatal(err)
	}
	c.visits("Ada")
	gone := func(what string) {
		t.Helper()
		for range 200 { // a round of Ada's own may be under way
			if !lies(t, enter())[it] {
				return
			}
			c.visits("Ada")
			<-time.After(10 * time.Millisecond)
		}
		t.Errorf("%s: the words are in the mailbox", what)
	}
	gone("once they were taken back")
	if err := said(t, enter(), raw); !errors.Is(err, mailbox.ErrDeleted) {
		t.Errorf("put again = %v, want deleted", err)
	}

	at, _, _ := strings.Cut(c.box.Addrs()[0].String(), "/p2p/")
	c.box.end()
	b, err := os.ReadFile(yesterday)
	if err == nil {
		err = os.WriteFile(filepath.Join(c.dir, "keeper", keeper.FileName), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.box = keep(t, filepath.Join(c.dir, "keeper"), keeper.Options{Listen: []string{at}})
	if !lies(t, enter())[it] {
		t.Fatal("yesterday's copy has not got the words: the test shows nothing")
	}
	c.visits("Ada")
	gone("in yesterday's copy")
	c.until("Sue", "the end of the words", func(w present.World) bool { return !alsoOf(t, c.all["Sue"].one, g, nil)[it] })
	c.visits("Sue")
	gone("when the other was there")
}
