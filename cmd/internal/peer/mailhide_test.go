package peer_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"kith/app/present"
	"kith/network/keeper"
	"kith/store/kp1"
)

// doctor ends a keeper, changes its file behind its back, and begins it anew at the same address.
func (b *box) doctor(t *testing.T, home string, ids map[kp1.ID]bool, do func(key, value []byte) []byte) *box {
	t.Helper()
	at, _, _ := strings.Cut(b.Addrs()[0].String(), "/p2p/")
	b.end()
	db, err := bbolt.Open(filepath.Join(home, keeper.FileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return takeOut(tx, ids, do) })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return keep(t, home, keeper.Options{Listen: []string{at}})
}

// The parts of a keeper's file (docs/spec/mailbox.md 2).
const (
	fileIndex = 0x0a // number (8), id (32) -> 1, place (8), week (8), ...
	fileBytes = 0x0b // number (8), place (8)
)

// takeOut takes out of a keeper's file what do says, of each of these in its index.
func takeOut(tx *bbolt.Tx, ids map[kp1.ID]bool, do func(key, value []byte) []byte) error {
	shelf := tx.Bucket([]byte("shelf"))
	found := map[string][]byte{}
	c := shelf.Cursor()
	for k, v := c.Seek([]byte{fileIndex}); k != nil && k[0] == fileIndex; k, v = c.Next() {
		if ids[kp1.ID(k[9:])] {
			found[string(k)] = bytes.Clone(v)
		}
	}
	if len(found) != len(ids) {
		return fmt.Errorf("%d of %d are in the mailbox", len(found), len(ids))
	}
	for k, v := range found {
		at, b := do([]byte(k), v), shelf
		if at[0] == fileBytes {
			b = tx.Bucket([]byte("letters"))
		}
		if b.Get(at) == nil {
			return fmt.Errorf("nothing at %x", at)
		}
		if err := b.Delete(at); err != nil {
			return err
		}
	}
	return nil
}

// unsaid takes the bytes away, and says on that they are there.
func unsaid(k, v []byte) []byte { return append(append([]byte{fileBytes}, k[1:9]...), v[1:9]...) }

// unlisted takes it off the list.
func unlisted(k, _ []byte) []byte { return k }

// alsoOf are the ids of what is at p and not in before.
func alsoOf(t *testing.T, p *one, g kp1.GID, before map[kp1.ID]bool) map[kp1.ID]bool {
	t.Helper()
	l, _ := p.Inside()
	items, _, err := l.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	out := map[kp1.ID]bool{}
	for _, it := range items {
		if !before[it.ID] {
			out[it.ID] = true
		}
	}
	return out
}

// Of two mailboxes one lies: it keeps back all that one person wrote, or a whole week. It says "ok" and does not show it, or shows
// it and hands out nothing, or has lost it. Nothing is lost by that; everybody finds out, whoever wrote it and whoever has it from
// the other mailbox or from a computer they met; and nobody is told that what it keeps back is in the mailbox.
func TestA4MailboxKeepsBack(t *testing.T) {
	for name, lie := range map[string]struct {
		do    func(k, v []byte) []byte
		heals bool // it takes again what it has lost
	}{
		"shows and hands out nothing": {do: unsaid},
		"says ok and does not show":   {},
		"has lost":                    {unlisted, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			adaAt, sueAt, elmAt := filepath.Join(dir, "ada"), filepath.Join(dir, "sue"), filepath.Join(dir, "elm")
			oak, elm := keep(t, filepath.Join(dir, "oak"), keeper.Options{}), keep(t, elmAt, keeper.Options{})
			ada, sue := on(t, "Ada", adaAt), on(t, "Sue", sueAt)
			ctx := t.Context()
			g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
			if err != nil {
				t.Fatal(err)
			}
			ada.letIn(t, g, sue.one, "Sue")
			for _, k := range []*box{oak, elm} {
				if err := ada.PairMailbox(ctx, g, k.link(t), ""); err != nil {
					t.Fatal(err)
				}
			}
			sue.until("both mailboxes", func(present.World) bool { return len(sue.Mailboxes(g)) == 2 })
			sue.end()
			before := alsoOf(t, ada.one, g, nil)
			id := ada.write(t, g, "by one person")
			ada.mailed(g, id)
			if err := ada.VisitMailboxes(ctx); err != nil {
				t.Fatal(err)
			}
			hers := alsoOf(t, ada.one, g, before)
			ada.end()
			if lie.do != nil {
				elm = elm.doctor(t, elmAt, hers, lie.do)
			} else {
				at, _, _ := strings.Cut(elm.Addrs()[0].String(), "/p2p/")
				elm.end()
				elm = keep(t, elmAt, keeper.Options{Listen: []string{at}, Hides: func(id [32]byte) bool { return hers[id] }})
			}
			of := func(p *laptop) (m present.Mailbox) {
				for i, x := range p.Mailboxes(g) {
					if x.Peer == elm.Self().String() {
						m = p.World().Groups[0].Boxes[i]
					}
				}
				return m
			}
			noticed := func(p *laptop) {
				t.Helper()
				p.until("the lie noticed", func(present.World) bool { _ = p.VisitMailboxes(ctx); return of(p).Hidden == len(hers) })
				if h := of(p).Health(present.Net{On: true}); h != present.BoxHides {
					t.Errorf("the mailbox is said to be %s", h)
				}
			}

			sue = on(t, "Sue", sueAt) // through the other
			sue.reads(id)
			if !lie.heals {
				noticed(sue)
			}
			sue.end()
			ada = on(t, "Ada", adaAt)
			if lie.heals {
				ada.until("a visit", func(present.World) bool { return !of(ada).Reached.IsZero() })
				if m := of(ada); m.Hidden != 0 {
					t.Errorf("what was put back: %+v", m)
				}
				return
			}
			noticed(ada)
			oak.end()
			elm.end()
		})
	}
}
