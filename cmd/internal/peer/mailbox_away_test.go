package peer_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/network/keeper"
	"kith/network/mailbox"
	"kith/store/kp1"
)

const day = 24 * time.Hour

// empties waits until what lay in the mailbox has been swept away.
func (b *box) empties() {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; <-time.After(time.Millisecond) { // the keeper sweeps by itself, soon after its start
		s, err := b.Status()
		if err != nil || time.Now().After(end) {
			b.t.Fatalf("the mailbox holds %+v, %v, want nothing", s.Groups, err)
		}
		if len(s.Groups) == 1 && s.Groups[0].Envelopes == 0 {
			return
		}
	}
}

// Who was away for nine months, longer than the mailbox keeps anything, comes back through it alone: the others leave who
// belongs there again, and the keys, in the newest mailbox and in those of the keys before. Meanwhile somebody was raised
// and somebody removed, the keys changed several times, and all that had lain there was swept away.
func TestT22NineMonthsAway(t *testing.T) {
	dir := t.TempDir()
	adaAt, sueAt, catAt, keeperAt := filepath.Join(dir, "ada"), filepath.Join(dir, "sue"), filepath.Join(dir, "cat"), filepath.Join(dir, "keeper")
	ctx := t.Context()
	later := time.Duration(0)
	o := keeper.Options{Limits: mailbox.Limits{TTL: 20 * time.Hour}, Now: func() time.Time { return time.Now().Add(later) }}
	k := keep(t, keeperAt, o)
	ada, sue, cat := on(t, "Ada", adaAt), on(t, "Sue", sueAt), on(t, "Cat", catAt)
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	ada.letIn(t, g, sue.one, "Sue")
	ada.letIn(t, g, cat.one, "Cat")
	if err := ada.PairMailbox(ctx, g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	first := ada.write(t, g, "before she went")
	ada.mailed(g, first)
	sue.until("the mailbox", func(present.World) bool { return len(sue.Mailboxes(g)) == 1 })
	sue.reads(first)
	sue.end()
	cat.end()
	member := func(name string) kp1.MID {
		w := ada.World().Groups[0]
		for _, m := range w.State.Members {
			if w.NameOf(m.ID) == name {
				return m.ID
			}
		}
		t.Fatalf("no %s", name)
		return kp1.MID{}
	}
	if _, err := ada.SetRank(ctx, g, member("Cat"), kp1.RankAdmin); err != nil { // an act under the keys that Sue has
		t.Fatal(err)
	}
	if _, err := ada.SetRank(ctx, g, member("Cat"), kp1.RankMember); err != nil { // new keys
		t.Fatal(err)
	}
	if _, err := ada.Expel(ctx, g, member("Cat")); err != nil { // and again
		t.Fatal(err)
	}
	last := ada.write(t, g, "after Cat")
	ada.mailed(g, last)
	ada.end()

	at, _, _ := strings.Cut(k.Addrs()[0].String(), "/p2p/")
	k.end()
	later, o.Listen = 270*day, []string{at} // of which the shelf counts one
	k = keep(t, keeperAt, o)
	k.empties()
	ada = onLater(t, "Ada", adaAt, later)
	now := ada.write(t, g, "nine months on")
	ada.mailed(g, now)
	if lost := ada.Mailboxes(g)[0].Lost; lost != 0 {
		t.Errorf("%d things are said to be lost whose time was over", lost)
	}
	if ada.World().Groups[0].Delivery(last).Mailbox {
		t.Error("what was said nine months ago is left again")
	}
	ada.end()

	sue = onLater(t, "Sue", sueAt, later)
	sue.reads(now)
	if n := len(sue.World().Groups[0].State.Members); n != 2 {
		t.Errorf("Sue counts %d members, want 2", n)
	}
	mine := sue.write(t, g, "Sue is back")
	sue.mailed(g, mine)
}
