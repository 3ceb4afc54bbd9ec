package store

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"kith/store/care"
	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// earlier reads as a program that knows no threads.
func earlier(typ string, body, words []byte) (care.Act, error) {
	if strings.HasPrefix(typ, "thread/") {
		return nil, care.ErrUnknownType
	}
	return care.Decode(typ, body, words)
}

// as runs something in the place of a program that reads so.
func as(read func(string, []byte, []byte) (care.Act, error), do func()) {
	was := readAct
	readAct = read
	defer func() { readAct = was }()
	do()
}

// earlierCheckpoint writes down what is folded, under the version of a program before this one.
func (h *home) earlierCheckpoint(g kp1.GID) {
	h.t.Helper()
	if err := h.change(func(t tx) error {
		x := h.groups[g]
		if err := x.checkpoint(t); err != nil {
			return err
		}
		s, err := x.shelf(t, shelfFold, true)
		if err != nil {
			return err
		}
		var ck checkpoint
		if _, err := s.getCBOR(rootKey, &ck); err != nil {
			return err
		}
		root := map[string]any{}
		if err := kp1.Unmarshal(ck.View, &root); err != nil {
			return err
		}
		if root["v"] != uint64(care.Version) {
			return errors.New("the root names no version")
		}
		root["v"] = uint64(care.Version - 1)
		if ck.View, err = kp1.Marshal(root); err != nil {
			return err
		}
		return s.putCBOR(rootKey, ck)
	}); err != nil {
		h.t.Fatal(err)
	}
}

// TestT29Upgraded: what a later build writes - acts of a type that is not known here, ops of a later version, ops about
// who belongs of an unknown type - is kept, counted on its author's chains and handed on byte for byte, and the group goes
// on; once the program is upgraded, what it held unread is shown, as on a computer that could read it from the first.
func TestT29Upgraded(t *testing.T) {
	g, homes := team(t, "Ada", "Sue", "Cy")
	ada, sue, cy := homes[0], homes[1], homes[2]
	me := sue.deviceOf(g)
	before := len(sue.all(g))

	body, err := kp1.Marshal(map[string]any{"x": uint64(1)})
	if err != nil {
		t.Fatal(err)
	}
	typ, plain, _, err := care.Encode(thread.New{Title: "of a later version"})
	if err != nil {
		t.Fatal(err)
	}
	talk := sue.talk(g, "known to the later one", "said there") // Sue has the later program
	kept := []op.Signed{
		sue.later(g, op.Op{Type: "future/thing", Comp: kp1.CompTeam, Body: body}),
		sue.later(g, op.Op{V: 2, Type: typ, Comp: kp1.CompTeam, Body: plain}),
		sue.later(g, op.Op{Type: "auth/future", Body: body}),
		sue.later(g, op.Op{V: 2, Type: group.TypeRemove, Body: body}),
		sue.later(g, op.Op{V: 2, Type: group.TypeRekey, Body: body}),
		sue.later(g, op.Op{V: 2, Type: group.TypeGrant, Body: body}),
	}
	next := sue.do(g, thread.New{Title: "after them"}) // the author's next ops, on both chains
	ack := sue.acks(g)
	wrote := sue.all(g)[before:]

	as(earlier, func() {
		meet(t, ada, sue, g)
		ada.again()
		meet(t, ada, cy, g)
		for _, h := range []*home{ada, cy} {
			got := h.all(g)
			for i, raw := range wrote {
				if !slices.ContainsFunc(got, func(b []byte) bool { return bytes.Equal(b, raw) }) {
					t.Errorf("%s has not got envelope %d as it was", h.Name(), i)
				}
			}
			if at := h.groups[g].chains[chain{me, kp1.CompTeam}]; at.id != next || at.seq != kept[1].Seq+1 {
				t.Errorf("%s counts %d of Sue's acts, want %d", h.Name(), at.seq, kept[1].Seq+1)
			}
			if id, seq := h.groups[g].log.Last(me); id != ack.ID || seq != kept[len(kept)-1].Seq+1 {
				t.Errorf("%s counts %d of Sue's ops about who belongs, want %d", h.Name(), seq, kept[len(kept)-1].Seq+1)
			}
			for _, s := range kept {
				if !h.HasOp(g, s.ID) {
					t.Errorf("%s has not got the op %s", h.Name(), s.Type)
				}
			}
			if _, shown := h.View().Group(g).Care.Threads().Get(talk); shown || h.View().Group(g).State.ReadOnly || len(h.View().Group(g).State.Members) != 3 {
				t.Errorf("%s: shown %v, in %d: what is not known had an effect", h.Name(), shown, len(h.View().Group(g).State.Members))
			}
			h.do(g, people.Profile{Name: h.Name() + " goes on"})
		}
		did(t)(ada.SetRole(t.Context(), g, cy.me(g), kp1.RankAdmin))
		levelAll(t, g, homes)
		if r, _ := cy.rankOf(g, cy.me(g)); r != kp1.RankAdmin {
			t.Errorf("Cy's rank is %d: the group does not go on", r)
		}
		ada.earlierCheckpoint(g)
		cy.earlierCheckpoint(g)
		level(t, g, ada, cy)
	})
	unread, err := ada.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range homes { // with the program that knows threads
		h.again()
	}
	level(t, g, sue, ada, cy)
	for _, h := range homes {
		if x, shown := h.View().Group(g).Care.Threads().Get(talk); !shown || x.Len() != 1 {
			t.Errorf("%s does not show what it kept unread", h.Name())
		}
		if _, shown := h.View().Group(g).Care.Threads().Get(kept[1].ID); shown {
			t.Errorf("%s shows an act of a version that it does not know", h.Name())
		}
	}
	if now, err := ada.Fingerprint(g); err != nil || now == unread {
		t.Errorf("the upgrade changed nothing (%v): the test shows nothing", err)
	}
}

// TestT29LaterKeys: new keys that a later build makes open nothing here until this program is upgraded: what is sealed under
// them waits, the group goes on under the keys that are known, and after the upgrade all of it is taken up without anybody
// having to send it again.
func TestT29LaterKeys(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Sue", "Cy", "Eve")
	ada, sue, cy, eve := homes[0], homes[1], homes[2], homes[3]
	before := len(sue.all(g))
	did(t)(ada.Remove(t.Context(), g, eve.me(g), ReasonUnsaid)) // who is out by the very envelope that has the keys
	meet(t, ada, sue, g)
	talk := sue.talk(g, "under the later keys", "said there")
	ack := sue.acks(g)
	wrote := sue.all(g)[before:]

	was := newest
	newest = group.Version - 1
	cy.give(g, wrote...)
	cy.again()
	cy.give(g, wrote...)
	if _, shown := cy.View().Group(g).Care.Threads().Get(talk); shown || cy.HasOp(g, ack.ID) {
		t.Error("what is sealed under keys of a later version counts: the test shows nothing")
	}
	own := cy.do(g, people.Profile{Name: "Cy goes on"})
	cy.clean()
	newest = was

	cy.again()
	if _, err := cy.Tend(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if !cy.HasOp(g, ack.ID) || len(cy.View().Group(g).State.Members) != 3 {
		t.Errorf("what waited for the upgrade goes on waiting: %d are in", len(cy.View().Group(g).State.Members))
	}
	mustThread(t, cy, g, talk)
	quiet(t, g, homes[:3])
	level(t, g, ada, sue, cy)
	for _, h := range homes[:3] {
		if !h.HasOp(g, own) {
			t.Errorf("%s has not got what Cy wrote meanwhile", h.Name())
		}
	}
}
