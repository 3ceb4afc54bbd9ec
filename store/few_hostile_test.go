package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
	"kith/store/op"
)

// sealFew seals a payload of its own choosing, with boxes for devices of its own choosing, and files it at h.
func (h *home) sealFew(g kp1.GID, comp uint8, pk [32]byte, title string, to ...*home) op.Envelope {
	h.t.Helper()
	in := h.groups[g]
	e, ok := in.log.Pick(comp)
	if !ok {
		h.t.Fatal("no epoch")
	}
	_, _, words, err := care.Encode(thread.New{Title: title})
	if err != nil {
		h.t.Fatal(err)
	}
	var boxes [][]byte
	var list []op.BoxTo
	for _, o := range to {
		d, _ := in.state().Device(o.View().Group(g).Device)
		list = append(list, op.BoxTo{Device: d.ID, Public: d.HPKE, Plain: op.EncodeAudience(pk)})
	}
	if list == nil { // boxes for nobody
		k, err := op.NewBoxKey()
		if err != nil {
			h.t.Fatal(err)
		}
		list = []op.BoxTo{{Device: kp1.DID{1}, Public: k.Public(), Plain: op.EncodeAudience(pk)}}
	}
	if boxes, err = op.SealBoxes(kp1.LabelAudience, g, e, list); err != nil {
		h.t.Fatal(err)
	}
	env, err := op.SealPayload(rand.Reader, g, e, comp, h.week(), pk, boxes, words)
	if err != nil {
		h.t.Fatal(err)
	}
	h.give(g, env.Bytes)
	return env
}

// sizeOf is how long the words of a thread's title are.
func sizeOf(t *testing.T, title string) uint64 {
	t.Helper()
	_, _, words, err := care.Encode(thread.New{Title: title})
	if err != nil {
		t.Fatal(err)
	}
	return uint64(len(words))
}

// TestNamedByOutsider: somebody who is not named writes an op that names them beside those who are, and points to the
// words of others. Nobody is taken in: not now, and not when the outsider links a computer to be handed the key.
func TestNamedByOutsider(t *testing.T) {
	for _, c := range []struct {
		name  string
		first bool // the lie is heard before the truth
	}{{"the truth first", false}, {"the lie first", true}} {
		t.Run(c.name, func(t *testing.T) {
			g, homes := team(t, "Ada", "Bev", "Eve")
			ada, bev, eve := homes[0], homes[1], homes[2]
			said := ada.mustConfide(g, kp1.CompTeam, "for Bev", bev.me(g))
			n := ada.groups[g].named[said]
			meet(t, ada, eve, g)
			if !c.first {
				meet(t, ada, bev, g)
			}
			lie := eve.forgeFew(g, kp1.CompTeam, few(eve.me(g), bev.me(g), ada.me(g)), [op.MarkSize]byte{1}, n.payload, sizeOf(t, "for Bev"))
			meet(t, eve, bev, g)
			meet(t, eve, ada, g)
			eve2 := secondDevice(t, eve, g, "Eve's laptop")
			bev2 := secondDevice(t, bev, g, "Bev's laptop")
			homes = append(homes, eve2, bev2)
			quiet(t, g, homes)
			for _, h := range []*home{ada, bev, bev2} {
				h.wants(g, said, act.Here, "for Bev")
				if w, title, _ := h.sees(g, lie.ID); w != act.Others || title != "" {
					t.Errorf("%s shows words %d, %q of the lie, want %d and nothing", h.Name(), w, title, act.Others)
				}
			}
			for _, h := range []*home{eve, eve2} {
				if h.holds(g, said) || h.holds(g, lie.ID) {
					t.Errorf("%s has been given the key", h.Name())
				}
				h.wants(g, said, act.Others, "")
			}
			for _, h := range homes {
				h.clean()
				h.again()
				h.clean()
			}
		})
	}
}

// TestNamedWrongBoxes: boxes that are not those the op's people call for. A box for somebody who is not named gives them
// nothing that they show; somebody who is named and has none says so, and is handed the key by the others.
func TestNamedWrongBoxes(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy", "Mal")
	ada, bev, cy, mal := homes[0], homes[1], homes[2], homes[3]
	people := few(mal.me(g), ada.me(g), bev.me(g))
	in := mal.groups[g]
	pk := [32]byte{7}
	env := mal.sealFew(g, kp1.CompTeam, pk, "crooked", mal, ada, cy) // not Bev, who is named; Cy, who is not
	mark := op.AudienceMark(pk, g, in.self.Device, people)
	said := mal.forgeFew(g, kp1.CompTeam, people, mark, env.ID, sizeOf(t, "crooked"))
	other := [32]byte{8}
	lost := mal.sealFew(g, kp1.CompTeam, other, "nobody's") // no box that opens
	gone := mal.forgeFew(g, kp1.CompTeam, people, op.AudienceMark(other, g, in.self.Device, people), lost.ID, sizeOf(t, "nobody's"))
	quiet(t, g, homes)
	ada.wants(g, said.ID, act.Here, "crooked")
	bev.wants(g, said.ID, act.Here, "crooked") // handed over by another of the people named
	cy.wants(g, said.ID, act.Others, "")
	ada.wants(g, gone.ID, act.Away, "")
	if acks := complaints(bev, g); acks != 1 {
		t.Errorf("Bev complained %d times, want once", acks)
	}
	settled(t, g, homes)
}

// complaints counts what this computer has said it did not get.
func complaints(h *home, g kp1.GID) (n int) {
	for e := range h.groups[g].complained {
		n += len(h.groups[g].log.Complaints(h.groups[g].self.Device, e))
	}
	return n
}

// TestNamedFalseHand: a Grant that claims to hand over what it does not, by a reader of the space who is not named and
// by one of the people named, keeps nobody from being handed the key.
func TestNamedFalseHand(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Mal", "Eve")
	ada, bev, mal, eve := homes[0], homes[1], homes[2], homes[3]
	said := ada.mustConfide(g, kp1.CompTeam, "for two", bev.me(g), mal.me(g))
	levelAll(t, g, homes)
	bev2 := secondDevice(t, bev, g, "Bev's laptop")
	levelAll(t, g, homes)
	d, ok := ada.groups[g].state().Device(bev2.View().Group(g).Device)
	if !ok {
		t.Fatal("the new computer is not in")
	}
	payload := ada.groups[g].named[said].payload
	for _, liar := range []*home{eve, mal} {
		if _, err := liar.act(g, func(b *batch) (Deed, error) {
			_, err := b.grant(nil, d, func(now kp1.EID) []op.Entry {
				return []op.Entry{
					{Tag: op.TagAuth, Ref: now, Key: *b.h.ring[now].authKey()},
					{Tag: op.TagPayload, Ref: [16]byte(payload[:16]), Key: [32]byte{6}},
				}
			}, op.HandedName(said, d.ID))
			return Deed{}, err
		}); err != nil {
			t.Fatal(err)
		}
		levelAll(t, g, homes)
		if liar == eve && len(ada.groups[g].owes()[d.ID]) != 1 {
			t.Error("the word of somebody who is not named counts")
		}
	}
	homes = append(homes, bev2)
	quiet(t, g, homes)
	bev2.wants(g, said, act.Here, "for two")
	eve.wants(g, said, act.Others, "")
	settled(t, g, homes)
}

// TestNamesSomebodyOut: an op that names somebody who is not in the group is read by those who are, and hands nothing to
// anybody for it.
func TestNamesSomebodyOut(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	in := ada.groups[g]
	people := few(ada.me(g), bev.me(g), kp1.MID{3})
	pk := [32]byte{5}
	env := ada.sealFew(g, kp1.CompTeam, pk, "for three", ada, bev)
	said := ada.forgeFew(g, kp1.CompTeam, people, op.AudienceMark(pk, g, in.self.Device, people), env.ID, sizeOf(t, "for three"))
	quiet(t, g, homes)
	bev.wants(g, said.ID, act.Here, "for three")
	settled(t, g, homes)
}

// TestT8NamedPeople: 32 people may be named, their author among them, and 64 computers boxed for; one more is refused.
func TestT8NamedPeople(t *testing.T) {
	g, homes := team(t, "Ada")
	ada := homes[0]
	var list []kp1.MID
	for n := range kp1.MaxAudience {
		list = append(list, ada.admitStranger(g, fmt.Sprint("stranger ", n), 0))
	}
	if _, err := ada.confide(g, kp1.CompTeam, "32", list[:kp1.MaxAudience-1]...); err != nil {
		t.Errorf("Propose(for 31 others) = %v", err)
	}
	if _, err := ada.confide(g, kp1.CompTeam, "33", list...); !codeIs(err, "E_AUDIENCE_SIZE") {
		t.Errorf("Propose(for 32 others) = %v, want E_AUDIENCE_SIZE", err)
	}
	big := ada.admitStranger(g, "big", kp1.MaxAudienceBoxes-2) // 63 computers, and Ada's own
	id := ada.mustConfide(g, kp1.CompTeam, "64", big)
	if n := len(ada.groups[g].named[id].to); n != kp1.MaxAudienceBoxes {
		t.Errorf("boxes for %d computers, want %d", n, kp1.MaxAudienceBoxes)
	}
	if _, err := ada.confide(g, kp1.CompTeam, "65", big, list[0]); !codeIs(err, "E_AUDIENCE_SIZE") {
		t.Errorf("Propose(for 65 computers) = %v, want E_AUDIENCE_SIZE", err)
	}
	ada.clean()
}

// TestManyKeysHandedOver: a computer that comes late to more payloads than one Grant has room for gets them all.
func TestManyKeysHandedOver(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	var drafts []Draft
	for n := range maxHandKeys + 20 {
		drafts = append(drafts, Draft{Act: thread.New{Title: fmt.Sprint("note ", n)}, Comp: kp1.CompTeam, For: []kp1.MID{bev.me(g)}})
	}
	ids, err := ada.Propose(context.Background(), g, drafts...)
	if err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	bev2 := secondDevice(t, bev, g, "Bev's laptop")
	homes = append(homes, bev2)
	quiet(t, g, homes)
	for _, id := range ids {
		if !bev2.holds(g, id) {
			t.Fatalf("no key of %s", id.Short())
		}
	}
	if n := grants(bev2, g); n != 2 {
		t.Errorf("%d Grants, want 2", n)
	}
	settled(t, g, homes)
}
