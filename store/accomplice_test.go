package store

import (
	"context"
	"slices"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// TestF14Accomplice: somebody who led and was removed goes on as if nothing had happened: says things, changes the mailboxes,
// makes new keys. A member who is in seals all of it anew under the keys of now, brings it to everybody, and vouches for it. It
// stays without effect, the words are hidden, nobody seals under those keys, and who is out reads nothing of what is said since,
// by the keys that they have.
func TestF14Accomplice(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	before := cy.do(g, thread.New{Title: "heard in time"})
	levelAll(t, g, homes)
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	in := []*home{ada, bev, dot}
	tend(t, g, in)

	had := cy.all(g)
	late := cy.do(g, thread.New{Title: "as if nothing had happened"})
	cy.utter(g, group.SetPolicy{PolicyFields: group.PolicyFields{Mailboxes: &[]group.Mailbox{{Peer: cy.peer, Addrs: []string{}}}}})
	rekey(t, cy, g)
	theirs, _ := cy.groups[g].log.Pick(kp1.CompTeam)
	under := cy.do(g, thread.New{Title: "under keys of their own"})
	var brought [][]byte
	var acts []kp1.ID
	for _, raw := range cy.all(g) {
		if contains(had, raw) {
			continue
		}
		brought = append(brought, raw) // as they are, and sealed anew
		opened := cy.groups[g].vantage().prepare(raw).ops
		switch {
		case len(opened) == 0: // the words of an op
		case opened[0].IsAuth():
			brought = append(brought, dot.sealed(g, opened...))
			acts = append(acts, opened[len(opened)-1].ID)
		default:
			brought = append(brought, dot.forge(g, kp1.CompTeam, opened...))
		}
	}
	if len(acts) != 2 {
		t.Fatalf("%d envelopes of acts, want those of the mailboxes and of the keys", len(acts))
	}
	at := dot.head(g, kp1.CompTeam)
	word := dot.wordsOver(g, at.seq+1, at.id, sorted(slices.Concat(dot.groups[g].log.Heads(), acts)), thread.New{Title: "I vouch for it"})
	brought = append(brought, dot.forge(g, kp1.CompTeam, word))
	for _, h := range []*home{ada, bev} {
		h.from(dot, g, brought...)
		if !h.Admitted(g, acts[0]) || !h.Admitted(g, acts[1]) || h.View().Group(g).Hidden == 0 {
			t.Fatalf("%s: nothing was let in by the word, or %d hidden: the test shows nothing", h.Name(), h.View().Group(g).Hidden)
		}
	}
	for range 2 {
		for _, h := range []*home{ada, bev} {
			x := h.View().Group(g)
			if _, back := x.State.Member(cy.me(g)); back || len(x.State.Policy.Mailboxes) != 0 {
				t.Errorf("%s: who was removed is in %v, with %d mailboxes of theirs", h.Name(), back, len(x.State.Policy.Mailboxes))
			}
			for _, id := range acts {
				if h.Admitted(g, id) && h.groups[g].log.Standing(id) == nil {
					t.Errorf("%s: an act by who was removed has its effect", h.Name())
				}
			}
			for c := range uint8(comps) {
				if e, ok := h.groups[g].log.Pick(c); !ok || e == theirs {
					t.Errorf("%s seals under the keys of who was removed in %d (%v)", h.Name(), c, ok)
				}
			}
			mustThread(t, h, g, before)
			for _, id := range []kp1.ID{late, under} {
				if _, shown := x.Care.Threads().Get(id); shown {
					t.Errorf("%s shows what was said after the removal", h.Name())
				}
			}
			h.clean()
		}
		tend(t, g, []*home{ada, bev})
		ada.again()
		bev.again()
	}
	sameView(t, g, ada, bev)
	secret := bev.do(g, thread.New{Title: "between us"})
	meet(t, ada, bev, g)
	mustThread(t, ada, g, secret)
	cy.give(g, ada.all(g)...)
	if _, reads := cy.View().Group(g).Care.Threads().Get(secret); reads {
		t.Error("who was removed reads on")
	}
	for _, raw := range ada.all(g) {
		env, err := op.DecodeEnvelope(raw)
		if err != nil {
			t.Fatal(err)
		}
		if now, _ := ada.groups[g].log.Pick(kp1.CompTeam); env.EID != now {
			continue
		}
		if _, opens := cy.Opens(g, raw); opens {
			t.Error("who was removed opens an envelope under the keys of now")
		}
	}
}
