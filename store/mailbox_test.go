package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

func aMailbox(n byte) Mailbox {
	peer := append([]byte{0x12, 0x20}, bytes.Repeat([]byte{n}, 32)...)
	return Mailbox{Peer: peer, Addrs: []string{"/dns4/oakhouse.example/tcp/443/tls/ws"}, Ticket: [32]byte{n, 1}, Admin: [32]byte{n, 2}}
}

// Everybody learns where the group's mailboxes are; the admin ticket reaches those alone who lead, and a new start or a
// copy of the store forgets nothing of it.
func TestMailboxesOfAGroup(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	d, err := ada.AddMailbox(ctx, g, aMailbox(1))
	must(t, d, err, false)
	d, err = ada.AddMailbox(ctx, g, aMailbox(2))
	must(t, d, err, false)
	levelAll(t, g, homes)
	if got := bev.View().Group(g).Mailboxes; len(got) != 2 || got[0].Ticket != aMailbox(1).Ticket || got[0].Admin != [32]byte{} {
		t.Fatalf("a member knows %+v", got)
	}
	if _, err := bev.AddMailbox(ctx, g, aMailbox(3)); !errors.Is(err, group.ErrNotAllowed) {
		t.Errorf("AddMailbox by a member = %v, want %v", err, group.ErrNotAllowed)
	}
	d, err = ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin)
	must(t, d, err, false)
	tend(t, g, homes)
	for _, h := range homes {
		h.again()
		got := h.View().Group(g).Mailboxes
		for i, n := range []byte{1, 2} {
			if len(got) != 2 || !slices.Equal(got[i].Peer, aMailbox(n).Peer) || got[i].Admin != aMailbox(n).Admin {
				t.Fatalf("who leads knows %+v", got)
			}
		}
	}
	again := aMailbox(1)
	again.Ticket, again.Admin = [32]byte{9, 1}, [32]byte{9, 2}
	d, err = bev.AddMailbox(ctx, g, again)
	must(t, d, err, false)
	d, err = bev.DropMailbox(ctx, g, aMailbox(2).Peer)
	must(t, d, err, false)
	levelAll(t, g, homes)
	if got := ada.View().Group(g).Mailboxes; len(got) != 1 || got[0].Ticket != again.Ticket || got[0].Admin != again.Admin {
		t.Errorf("after new tickets for one and no more of the other: %+v", got)
	}
	if _, err := bev.DropMailbox(ctx, g, aMailbox(2).Peer); !errors.Is(err, ErrNoMailbox) {
		t.Errorf("DropMailbox of what is not used = %v", err)
	}
}

// Members meet through a mailbox alone only where there is one, and for as long as that is so the last one stays.
func TestReachNeedsAMailbox(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	direct, mailbox := group.ReachDirect, group.ReachMailbox
	if _, err := ada.SetPolicy(ctx, g, group.PolicyFields{Reach: &mailbox}); !errors.Is(err, ErrNoMailboxYet) {
		t.Errorf("without a mailbox: %v, want %v", err, ErrNoMailboxYet)
	}
	d, err := ada.AddMailbox(ctx, g, aMailbox(1))
	must(t, d, err, false)
	if _, err := bev.SetPolicy(ctx, g, group.PolicyFields{Reach: &direct}); !errors.Is(err, group.ErrNotAllowed) {
		t.Errorf("by a member: %v, want %v", err, group.ErrNotAllowed)
	}
	d, err = ada.SetPolicy(ctx, g, group.PolicyFields{Reach: &mailbox})
	must(t, d, err, false)
	levelAll(t, g, homes)
	if got := bev.View().Group(g).State.Policy.Reach; got != mailbox {
		t.Errorf("the others know of reach %d, want %d", got, mailbox)
	}
	if _, err := ada.DropMailbox(ctx, g, aMailbox(1).Peer); !errors.Is(err, ErrLastMailbox) {
		t.Errorf("dropping the last: %v, want %v", err, ErrLastMailbox)
	}
	d, err = ada.SetPolicy(ctx, g, group.PolicyFields{Reach: &direct})
	must(t, d, err, false)
	d, err = ada.DropMailbox(ctx, g, aMailbox(1).Peer)
	must(t, d, err, false)
}

// A group may begin so; its computers answer no stranger, not even for an invite.
func TestFoundedThroughAMailbox(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada")
	ada := homes[0]
	shut, err := ada.Found(ctx, Founding{Name: "Ada", Peer: ada.View().Group(g).State.Devices[0].Peer, Mailbox: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := ada.View().Group(shut).State.Policy.Reach; got != group.ReachMailbox {
		t.Fatalf("reach = %d, want %d", got, group.ReachMailbox)
	}
	for _, c := range []struct {
		g    kp1.GID
		want bool
	}{{shut, false}, {g, true}} {
		if _, err := ada.Invite(ctx, c.g, invite.Terms{Rank: kp1.RankMember}, []string{"/ip4/192.0.2.1/tcp/1"}, ""); err != nil {
			t.Fatal(err)
		}
		if got := ada.BoxesOpen(); got != c.want {
			t.Errorf("with an invite: strangers are answered = %v, want %v", got, c.want)
		}
	}
}

// Tickets go with who knew them: after a removal those who lead draw others, which the removed person never sees, and drawn
// twice at once they are one again.
func TestT22TicketsOfTheRemoved(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cat", "Dan")
	ada, bev, cat, dan := homes[0], homes[1], homes[2], homes[3]
	d, err := ada.AddMailbox(ctx, g, aMailbox(1))
	must(t, d, err, false)
	d, err = ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin)
	must(t, d, err, false)
	tend(t, g, homes)
	tend(t, g, homes)
	of := func(h *home) Mailbox {
		t.Helper()
		all := h.View().Group(g).Mailboxes
		if len(all) != 1 {
			t.Fatalf("%s knows %d mailboxes, want one", h.Name(), len(all))
		}
		return all[0]
	}
	if m := of(ada); m.Ticket != aMailbox(1).Ticket || len(m.Former) != 0 {
		t.Fatalf("tickets were replaced though nobody is out: %+v", m)
	}
	d, err = ada.Remove(ctx, g, cat.me(g), ReasonUnsaid)
	must(t, d, err, false)
	levelAll(t, g, homes) // without Ada's computer doing anything else; Cat is shown all that there is
	first := of(ada)
	if first.Ticket == aMailbox(1).Ticket || first.Admin == [32]byte{} || first.Admin == aMailbox(1).Admin || len(first.Former) != 1 || first.Former[0] != aMailbox(1).Admin {
		t.Errorf("after a removal Ada has %+v", first)
	}
	if m := of(dan); m.Ticket != first.Ticket || m.Admin != [32]byte{} || m.Former != nil {
		t.Errorf("a member has %+v", m)
	}
	for _, m := range cat.groups[g].state().Policy.Mailboxes {
		if m.Ticket != aMailbox(1).Ticket {
			t.Error("who was removed has the new ticket")
		}
	}
	tend(t, g, []*home{ada, bev, dan})
	if of(ada).Ticket != first.Ticket {
		t.Error("replaced again though nobody went")
	}

	// Dan goes by himself. Both who lead draw new tickets before they hear of one another.
	if _, err := dan.Leave(ctx, g); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*home{ada, bev} {
		meet(t, dan, h, g)
		for range 2 {
			if _, err := h.Tend(ctx, g); err != nil {
				t.Fatal(err)
			}
		}
		if of(h).Ticket == first.Ticket {
			t.Errorf("%s has drawn no new tickets", h.Name())
		}
	}
	levelAll(t, g, []*home{ada, bev})
	if a, b := of(ada), of(bev); a.Ticket != b.Ticket || a.Admin != b.Admin || a.Admin == [32]byte{} {
		t.Errorf("drawn twice: %+v and %+v", a, b)
	}
	tend(t, g, []*home{ada, bev})
	tend(t, g, []*home{ada, bev})
	for _, h := range []*home{ada, bev} {
		h.again()
		if n := len(h.groups[g].state().Policy.Mailboxes); n != 1 {
			t.Errorf("%s: %d entries for one keeper", h.Name(), n)
		}
		known := false
		for _, admin := range of(h).Former {
			known = known || admin == first.Admin
		}
		if !known {
			t.Errorf("%s cannot show the keeper the ticket it knows: %+v", h.Name(), of(h))
		}
	}
}

func TestT8MailboxesOfAGroup(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada")
	for n := range byte(8) {
		d, err := homes[0].AddMailbox(ctx, g, aMailbox(n))
		must(t, d, err, false)
	}
	if _, err := homes[0].AddMailbox(ctx, g, aMailbox(8)); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("AddMailbox of a ninth = %v, want %v", err, kp1.ErrTooBig)
	}
}

// What is in a mailbox is said by its keeper alone; what a keeper has lost is not said any more, and is counted.
func TestMailedIsTheKeepersWord(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada := homes[0]
	m := aMailbox(1)
	d, err := ada.AddMailbox(ctx, g, m)
	must(t, d, err, false)
	id := ada.talk(g, "Bins", "On Friday.")
	if ada.Delivery(g, id).Mailbox {
		t.Error("in the mailbox before the keeper said so")
	}
	items, upTo, err := ada.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	if lost, err := ada.Mailed(g, m.Peer, nil, upTo); len(lost) != 0 || err != nil || !ada.Delivery(g, id).Mailbox {
		t.Errorf("Mailed of everything = %d, %v; in the mailbox %v", len(lost), err, ada.Delivery(g, id).Mailbox)
	}
	ada.again()
	if !ada.Delivery(g, id).Mailbox {
		t.Error("forgotten at the next start")
	}
	all := make([]kp1.ID, len(items))
	for i, it := range items {
		all[i] = it.ID
	}
	if lost, err := ada.Mailed(g, m.Peer, all, upTo); len(lost) != len(all) || err != nil || ada.Delivery(g, id).Mailbox {
		t.Errorf("Mailed of nothing = %d, %v, want %d lost; in the mailbox %v", len(lost), err, len(all), ada.Delivery(g, id).Mailbox)
	}
	if d := ada.Delivery(g, id); d.Devices != 0 || d.Of != 1 {
		t.Errorf("Delivery counts %d of %d devices; a mailbox is none", d.Devices, d.Of)
	}
	if r, err := ada.Check(ctx); err != nil || len(r.Bad) > 0 {
		t.Errorf("Check = %+v, %v", r, err)
	}
}

// A device that says that it took words away for good is not said to have them.
func TestLostIsTheDevicesWord(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada := homes[0]
	id := ada.talk(g, "Bins", "On Friday.")
	items, upTo, err := ada.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	bev := homes[1].View().Group(g).Device
	if err := ada.Held(g, bev, nil, upTo); err != nil || ada.Delivery(g, id).Devices != 1 || !slices.Equal(ada.Delivery(g, id).On, []kp1.DID{bev}) {
		t.Fatalf("Held = %v, %+v", err, ada.Delivery(g, id))
	}
	var ids []kp1.ID
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	if err := ada.Lost(g, bev, ids); err != nil {
		t.Fatal(err)
	}
	ada.again()
	if d := ada.Delivery(g, id); d.Devices != 0 || len(d.On)+len(d.Has) != 0 {
		t.Errorf("of what it took away: %+v", d)
	}
	if err := ada.Lost(kp1.GID{1}, bev, ids); !errors.Is(err, ErrNoGroup) {
		t.Errorf("of another group: %v", err)
	}
}

// Control is the envelopes of Rekeys and Grants, those of other acts of who belongs, and no others.
func TestControlIsKeysAndActs(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	homes[0].talk(g, "Bins", "On Friday.")
	d, err := homes[0].AddMailbox(context.Background(), g, aMailbox(1))
	must(t, d, err, false)
	news, acts, err := homes[0].Control(g)
	if err != nil || len(news) < 2 {
		t.Fatalf("Control = %d, %v; want the first keys and what Bev was given", len(news), err)
	}
	kinds := map[op.Kind]int{}
	for _, raw := range homes[0].all(g) {
		e, err := op.DecodeEnvelope(raw)
		if err != nil {
			t.Fatal(err)
		}
		kinds[e.Kind]++
		if is := e.Kind == op.KindRekey || e.Kind == op.KindGrant; is != slices.Contains(news, Item{Week: e.Week, ID: e.ID}) {
			t.Errorf("envelope of kind %d: in News %v", e.Kind, !is)
		}
		if slices.Contains(acts, Item{Week: e.Week, ID: e.ID}) && e.Kind != op.KindOps {
			t.Errorf("envelope of kind %d is among the acts", e.Kind)
		}
	}
	if kinds[op.KindOps] <= len(acts) || len(acts) == 0 || kinds[op.KindPayload] == 0 {
		t.Errorf("kinds filed: %v, acts of their own: %d", kinds, len(acts))
	}
}

// Who takes words back can have a mailbox delete them, and nothing else.
func TestTakebackDeletes(t *testing.T) {
	g, homes := team(t, "Ada")
	ada := homes[0]
	talk := ada.talk(g, "Bins")
	post := ada.do(g, thread.Post{Thread: talk, Text: "On Friday."})
	payloads := map[kp1.ID][32]byte{}
	for _, raw := range ada.all(g) {
		if e, err := op.DecodeEnvelope(raw); err == nil && e.Kind == op.KindPayload {
			payloads[e.ID] = e.DelHash
		}
	}
	for id := range payloads {
		if _, ok := ada.Takeback(g, id); ok {
			t.Error("a token of what was not taken back")
		}
	}
	ada.do(g, erase.Delete{Target: post})
	got := 0
	for id, hash := range payloads {
		if token, ok := ada.Takeback(g, id); ok {
			got++
			if sha256.Sum256(token[:]) != hash {
				t.Error("the token is another's")
			}
		}
	}
	if got != 1 {
		t.Errorf("%d tokens, want one", got)
	}
}

func FuzzDecodeTicket(f *testing.F) {
	b, err := kp1.Marshal(ticketWire{Member: [32]byte{1}, Admin: [32]byte{2}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := decodeTicket(b)
		if err == nil && (w.Member == [32]byte{} || w.Admin == [32]byte{}) {
			t.Fatalf("%x is a ticket of nothing", b)
		}
	})
}

// TestT22FalseTicket: one who leads tells the others of a false ticket for a mailbox that somebody else added, before their
// word arrives or after it, and of any number more: the others go on with the true one, and draw their own in peace.
func TestT22FalseTicket(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy := homes[0], homes[1], homes[2]
	levelAll(t, g, homes)
	false1 := [32]byte{0xbb}
	lie := func() {
		t.Helper()
		if err := cy.change(func(x tx) error {
			b, err := cy.groups[g].batch(x, kp1.DID{})
			if err != nil {
				return err
			}
			if err := b.sayTicket(aMailbox(1).Ticket, false1); err != nil {
				return err
			}
			return b.finish()
		}); err != nil {
			t.Fatal(err)
		}
	}
	lie() // before the mailbox is there: cy was told of the ticket by hand
	meet(t, cy, bev, g)
	d, err := ada.AddMailbox(ctx, g, aMailbox(1))
	must(t, d, err, false)
	meet(t, ada, bev, g)
	levelAll(t, g, homes)
	lie() // and after it
	levelAll(t, g, homes)
	for _, h := range []*home{ada, bev, cy} {
		for range 2 {
			if all := h.View().Group(g).Mailboxes; len(all) != 1 || all[0].Admin != aMailbox(1).Admin {
				t.Errorf("%s knows %+v, want the ticket of who added the mailbox", h.Name(), all)
			}
			h.again()
		}
	}
	x := bev.groups[g]
	for i := range maxTickets {
		x.tickets[ticketKey{[32]byte{1, byte(i), byte(i >> 8)}, cy.me(g)}] = false1
	}
	d, err = ada.AddMailbox(ctx, g, aMailbox(2))
	must(t, d, err, false)
	levelAll(t, g, homes)
	if all := bev.View().Group(g).Mailboxes; len(all) != 2 || all[1].Admin != aMailbox(2).Admin {
		t.Errorf("after a flood of false tickets: %+v", all)
	}
	d, err = ada.Remove(ctx, g, homes[3].me(g), ReasonUnsaid)
	must(t, d, err, false)
	levelAll(t, g, homes[:3])
	tend(t, g, homes[:3])
	one, two := ada.View().Group(g).Mailboxes, bev.View().Group(g).Mailboxes
	if len(one) != 2 || len(two) != 2 {
		t.Fatalf("mailboxes: %+v and %+v", one, two)
	}
	for i, m := range one {
		if m.Ticket == aMailbox(byte(i+1)).Ticket || m.Admin == false1 || m.Admin == [32]byte{} || m.Admin != two[i].Admin || !slices.Contains(two[i].Former, aMailbox(byte(i+1)).Admin) {
			t.Errorf("drawn anew: %+v and %+v", m, two[i])
		}
	}
}
