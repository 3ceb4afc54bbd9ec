package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// TestT26LateContent plays the table of protocol 5.6 with real envelopes: what of a member's words stays after removals
// with the cuts named, and what is let in late. Every computer shows the same, however it heard of them and after a restart.
func TestT26LateContent(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	d, err := ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin)
	must(t, d, err, false)
	tend(t, g, homes)
	type saying struct {
		cy    *home
		words []kp1.ID // four, by Cy, on one chain
		other kp1.ID   // stands where words[1] does, on a copy of Cy's computer
		twin  *home
	}
	cut := func(s saying, seq int) group.Cut {
		if seq == 0 {
			return nil
		}
		id := s.other
		if seq < 0 {
			seq = 2
		} else {
			id = s.words[seq-1]
		}
		return group.Cut{{Device: s.cy.View().Group(g).Device, Comp: kp1.CompTeam, Seq: uint64(seq), ID: [32]byte(id)}} //nolint:gosec // a few
	}
	remove := func(by *home, s saying, seq int) { by.utter(g, group.NewRemove(s.cy.me(g), cut(s, seq), ReasonUnsaid)) }
	for k, c := range []struct {
		name string
		play func(s saying)
		want string // which words are shown; "o" is the other
	}{
		{"before and after the cut", func(s saying) { remove(ada, s, 2) }, "12"},
		{"an empty cut, out of spite", func(s saying) { remove(ada, s, 0) }, ""},
		{"two removals with different cuts", func(s saying) { remove(ada, s, 3); remove(bev, s, 1) }, "1"},
		{"a fork at the cut", func(s saying) { remove(ada, s, -2) }, "1o"},
		{"an op let in late", func(s saying) {
			remove(ada, s, 0)
			ada.tendOnce(g)
			d, err := ada.AdmitLate(ctx, g, []kp1.ID{s.words[1]})
			must(t, d, err, false)
		}, "2"},
		{"a later cut, over two removals", func(s saying) {
			remove(ada, s, 1)
			remove(bev, s, 0)
			ada.tendOnce(g)
			ada.utter(g, group.NewAdmitLate(nil, cut(s, 3)))
		}, "123"},
	} {
		cy := quickHome(t, fmt.Sprint("Cy ", k))
		joinVia(t, ada, cy, g, asMember)
		levelAll(t, g, []*home{ada, bev, cy})
		s := saying{cy: cy}
		say := func(h *home, text string) kp1.ID { return h.say(g, kp1.CompTeam, thread.New{Title: text}) }
		s.words = append(s.words, say(cy, "1"))
		if c.want == "1o" {
			s.twin = copyOf(t, cy)
			s.other = say(s.twin, "other")
		}
		for n := range 3 {
			s.words = append(s.words, say(cy, fmt.Sprint(n+2)))
		}
		c.play(s)
		// Bev hears of the words first, Ada of what becomes of them.
		bev.give(g, cy.all(g)...)
		levelAll(t, g, []*home{ada, bev})
		if s.twin != nil {
			ada.give(g, s.twin.all(g)...)
		}
		levelAll(t, g, []*home{ada, bev})
		for _, again := range []bool{false, true} {
			for _, h := range []*home{ada, bev} {
				if again {
					h.again()
				}
				got := ""
				for n, id := range append(s.words, s.other) {
					if _, ok := h.View().Group(g).Care.Threads().Get(id); ok && !id.IsZero() {
						got += "1234o"[n : n+1]
					}
				}
				if got != c.want {
					t.Errorf("%s: %s shows %q, want %q (after a restart: %v)", c.name, h.Name(), got, c.want, again)
				}
				if !h.HasOp(g, s.words[3]) {
					t.Errorf("%s: %s does not keep what is hidden", c.name, h.Name())
				}
			}
		}
		tend(t, g, []*home{ada, bev})
		level(t, g, ada, bev)
	}
}

// TestT26HiddenTicket: what one who led told the computers of the others beside their removal has no effect while it is hidden,
// and has it once it is let stand, for who had heard the removal first as for who heard it last.
func TestT26HiddenTicket(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy := homes[0], homes[1], homes[2]
	member, admin := [32]byte{1}, [32]byte{2}
	var said [2]kp1.ID
	if err := cy.change(func(t tx) error {
		b, err := cy.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.sayTicket(member, admin); err != nil {
			return err
		}
		said[0] = b.h.chains[chain{b.h.self.Device, kp1.CompAdmin}].id
		body, err := kp1.Marshal(receipt{Holds: []holding{{Device: ada.deviceOf(g), From: 1, To: 1, Head: kp1.ID{1}}}})
		if err != nil {
			return err
		}
		if said[1], err = b.write(typeReceipt, kp1.CompAdmin, nil, nil, body, nil); err != nil {
			return err
		}
		return b.finish()
	}); err != nil {
		t.Fatal(err)
	}
	late, end := cy.news(g, ada), cy.head(g, kp1.CompAdmin).seq
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	heeded := func(h *home) (ticket, receipt bool) {
		x := h.groups[g]
		_, ticket = x.tickets[ticketKey{sha256.Sum256(member[:]), cy.me(g)}]
		return ticket, x.statements[chain{cy.deviceOf(g), kp1.CompAdmin}].Seq == end
	}
	meet(t, ada, bev, g)
	ada.give(g, late...)
	if a, r := heeded(ada); a || r {
		t.Errorf("it has an effect while it is hidden: %v, %v", a, r)
	}
	did(t)(ada.AdmitLate(ctx, g, said[:]))
	meet(t, ada, bev, g)
	for _, h := range []*home{ada, bev} {
		for range 2 {
			if a, r := heeded(h); !a || !r {
				t.Errorf("%s: once it is let stand the ticket counts: %v, the receipt: %v", h.Name(), a, r)
			}
			h.again()
		}
		h.clean()
	}
}
