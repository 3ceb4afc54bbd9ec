package sim

import (
	"fmt"
	"strings"
	"testing"

	"kith/store"
	"kith/store/kp1"
)

// watched is a village in which everything goes wrong, and all that is said of deliveries is looked at.
func watched(seed uint64, people, days int) Climate {
	c := wild(seed, people, days)
	c.Looks, c.Named, c.Erases, c.Acts, c.Online = true, seed%2 == 0, seed%2 == 1, 12, 0.4
	return c
}

// TestDeliveryTruth: whatever happens, no machine ever says more of who has something than there is: not where machines are
// copied, lost or put back to yesterday, a mailbox lies, one computer says that it has what it has not, people are removed,
// and words are for few or are taken back.
func TestDeliveryTruth(t *testing.T) {
	c := watched(*seed, 4, 1)
	if *days > 2 { // the long form
		c = watched(*seed, 6, 5)
	}
	for range *runs {
		t.Run(fmt.Sprint(c.Seed), func(t *testing.T) {
			v := live(t, c)
			if t.Logf("%d looks: %v", v.truth.looks, v.truth.claims); v.truth.looks < 100 || len(v.truth.claims) < 3 {
				t.Error("too little was looked at: the test shows nothing")
			}
		})
		c.Seed++
	}
}

// TestWitnessSees: what TestDeliveryTruth is there to find is found: that one's word for another is counted, that a mailbox is
// believed which nobody asked, that computers count which cannot read it, and sentences that claim what nobody checks.
func TestWitnessSees(t *testing.T) {
	v := settled(t, Climate{Seed: 7, People: 3, Machines: 1, Keepers: 1, Looks: true})
	w, m, liar, x := v.truth, v.machines[0], v.machines[1], v.machines[2]
	v.cut = func(a, b *Machine) bool { return true }
	id := says(t, v, m, "for all")
	s := v.said[len(v.said)-1]
	says := func(want, wrong string) {
		t.Helper()
		err := w.hold(m, s)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong) || !strings.Contains(err.Error(), want)) {
			t.Errorf("of op %s: %v, want %q and %q", id.Short(), err, want, wrong)
		}
	}
	says("", "")
	w.liar = liar
	if err := w.lie(m); err != nil {
		t.Fatal(err)
	}
	if says("", ""); w.claims["some"] != 1 {
		t.Errorf("a computer's own word is not counted: %v", w.claims)
	}
	var ids []kp1.ID
	for _, it := range s.items {
		ids = append(ids, kp1.ID(it.ID))
	}
	if err := m.l.Held(v.g, store.MailboxDevice(v.keepers[0].peer), ids, 0); err != nil {
		t.Fatal(err)
	}
	says("it waits in the mailbox", "no mailbox has it")
	if err := m.post(); err != nil {
		t.Fatal(err)
	}
	says("", "")
	s.few = []kp1.MID{m.view().Me, liar.view().Me}
	says("On 1 of 2", "it is on 1 of 1")
	s.few = nil
	w.gossip = true
	if err := w.lie(m); err != nil {
		t.Fatal(err)
	}
	says("have it.", "or a computer of the 2 that count, has not")
	v.cut = nil
	if err := v.level(m, x); err != nil {
		t.Fatal(err)
	}
	says("", "")
	if _, err := readSentence("It is probably on its way."); err == nil {
		t.Error("a sentence that nobody can read was read")
	}
}
