package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// manyHeads gives a member more computers, and has each of them write something without having heard of the others.
func (h *home) manyHeads(g kp1.GID, n int) {
	h.t.Helper()
	root := keyring.RootKey(h.Recovery(), g)
	var all []ed25519.PrivateKey
	for k := range n {
		dsk, dhk, err := keyring.NewDevice(nil)
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, dsk)
		peer := sha256.Sum256(fmt.Appendf(nil, "computer %d", k))
		c, err := group.NewCert(g, root.Public().(ed25519.PublicKey), dsk.Public().(ed25519.PublicKey), dhk.PublicKey().Bytes(), append([]byte{0x12, 0x20}, peer[:]...), 1)
		if err != nil {
			h.t.Fatal(err)
		}
		signed := group.SignCert(c, h.groups[g].self.Device, h.groups[g].signingKey(), dsk)
		h.utter(g, group.AddDevice{Cert: signed})
	}
	heads := h.groups[g].log.Heads()
	if _, err := h.act(g, func(b *batch) (Deed, error) {
		var ops []op.Signed
		for _, dsk := range all {
			s, err := b.h.form(op.Op{
				Type: group.TypeAck, Group: g, Device: kp1.DeviceID(dsk.Public().(ed25519.PublicKey)), Seq: 1, Time: h.unix(), Auth: heads, Body: []byte{0xa0},
			})
			if err != nil {
				return Deed{}, err
			}
			if err := s.Sign(dsk); err != nil {
				return Deed{}, err
			}
			ops = append(ops, s)
		}
		return Deed{}, b.post(ops...)
	}); err != nil {
		h.t.Fatal(err)
	}
	if got := len(h.groups[g].log.Heads()); got != n {
		h.t.Fatalf("%d heads, want %d", got, n)
	}
}

// TestT8HeadsBesideOneAnother: when more devices have written beside one another than an op can name heads, whoever writes next joins
// them first, whatever they write.
func TestT8HeadsBesideOneAnother(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(ada *home, g kp1.GID) error
	}{
		{"words", func(ada *home, g kp1.GID) error {
			_, err := ada.Propose(context.Background(), g, Draft{Act: thread.New{Title: "hello"}, Comp: kp1.CompTeam})
			return err
		}},
		{"a removal", func(ada *home, g kp1.GID) error {
			_, err := ada.Remove(context.Background(), g, ada.mustFind(g, "Bev"), ReasonUnsaid)
			return err
		}},
		{"new keys", func(ada *home, g kp1.GID) error {
			rekey(ada.t, ada, g)
			return nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, homes := team(t, "Ada", "Bev")
			ada, bev := homes[0], homes[1]
			bev.manyHeads(g, 2*kp1.MaxAuthRefs+3)
			meet(t, ada, bev, g)
			if err := c.do(ada, g); err != nil {
				t.Fatal(err)
			}
			if n := len(ada.groups[g].log.Heads()); n > 1 {
				t.Errorf("%d heads, want one", n)
			}
			words := ada.do(g, thread.New{Title: "after that"})
			meet(t, ada, bev, g)
			if _, in := ada.View().Group(g).State.Member(bev.me(g)); in {
				mustThread(t, bev, g, words)
			}
			ada.clean()
		})
	}
}

// mustFind returns who goes by a name.
func (h *home) mustFind(g kp1.GID, name string) kp1.MID {
	h.t.Helper()
	for _, m := range h.View().Group(g).State.Members {
		if p, ok := h.View().Group(g).Care.People().Person(m.ID); ok && p.Name == name {
			return m.ID
		}
	}
	h.t.Fatalf("nobody is called %s", name)
	return kp1.MID{}
}
