package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// secondDevice gives from's person another computer in the group, linked by from's device. Nothing was carried to it
// yet, and no key handed over.
func secondDevice(t testing.TB, from *home, g kp1.GID, name string) *home {
	t.Helper()
	h := &home{t: t, dir: filepath.Join(t.TempDir(), name), rest: from.rest, opt: from.opt}
	var err error
	if h.Ledger, err = CreateFrom(h.dir, h.rest, name, from.who.recovery(), h.opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	sum := sha256.Sum256([]byte(name))
	h.peer = append([]byte{0x12, 0x20}, sum[:]...)
	dsk, dhk, err := keyring.NewDevice(nil)
	if err != nil {
		t.Fatal(err)
	}
	open, err := dhk.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	was := from.groups[g]
	root := keyring.RootKey(from.who.recovery(), g)
	pub := dsk.Public().(ed25519.PublicKey)
	cert, err := group.NewCert(g, root.Public().(ed25519.PublicKey), pub, dhk.PublicKey().Bytes(), h.peer, 1)
	if err != nil {
		t.Fatal(err)
	}
	cert = group.SignCert(cert, was.self.Device, was.signingKey(), dsk)
	if _, err := from.act(g, func(b *batch) (Deed, error) {
		s, err := b.authDraft(nil, group.AddDevice{Cert: cert})
		if err != nil {
			return Deed{}, err
		}
		return Deed{Op: s.ID}, b.post(s)
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.change(func(t tx) error {
		in := h.newHouse(self{
			Group: g, Genesis: was.self.Genesis, Device: kp1.DeviceID(pub), Member: was.self.Member, Sign: dsk.Seed(), Open: [][]byte{open},
			Name: name, Since: h.unix(), Partial: was.self.Partial,
		})
		in.touch()
		h.groups[g] = in
		return in.build(t)
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

// confide opens a thread whose title is for named people alone.
func (h *home) confide(g kp1.GID, comp uint8, text string, people ...kp1.MID) (kp1.ID, error) {
	ctx := context.Background()
	ids, err := h.Propose(ctx, g, Draft{Act: thread.New{Title: text}, Comp: comp, For: people})
	if err != nil {
		return kp1.ID{}, err
	}
	return ids[0], nil
}

// mustConfide is confide that works.
func (h *home) mustConfide(g kp1.GID, comp uint8, text string, people ...kp1.MID) kp1.ID {
	h.t.Helper()
	id, err := h.confide(g, comp, text, people...)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// sees is what a computer shows of a thread: the state of its title's words, and the title.
func (h *home) sees(g kp1.GID, id kp1.ID) (act.Words, string, bool) {
	th, ok := h.View().Group(g).Care.Threads().Get(id)
	return th.Words, th.Title, ok && th.Known
}

// holds says whether a key of the op's payload is on the computer, whatever is shown.
func (h *home) holds(g kp1.GID, id kp1.ID) bool {
	n, ok := h.groups[g].named[id]
	return ok && n.key != nil
}

// wants fails unless a computer shows a thread just so.
func (h *home) wants(g kp1.GID, id kp1.ID, words act.Words, title string) {
	h.t.Helper()
	if w, got, ok := h.sees(g, id); !ok || w != words || got != title {
		h.t.Errorf("%s: thread is there %v, words %d, %q; want true, %d, %q", h.Name(), ok, w, got, words, title)
	}
	if h.holds(g, id) != (title != "") {
		h.t.Errorf("%s: holds the key: %v, want %v", h.Name(), h.holds(g, id), title != "")
	}
}

// quiet lets everybody meet and tend until there is nothing left to do.
func quiet(t testing.TB, g kp1.GID, homes []*home) {
	t.Helper()
	for range 12 {
		levelAll(t, g, homes)
		wrote := false
		for _, h := range homes {
			did, err := h.Tend(context.Background(), g)
			if err != nil {
				t.Fatal(err)
			}
			wrote = wrote || did
			if did {
				levelAll(t, g, homes)
			}
		}
		if !wrote {
			return
		}
	}
	t.Fatal("there is always something left to tend")
}

// settled fails unless every store proves itself, now and after a restart, and waits for nothing.
func settled(t testing.TB, g kp1.GID, homes []*home) {
	t.Helper()
	for _, h := range homes {
		h.clean()
		before, _ := h.Fingerprint(g)
		h.again()
		if after, _ := h.Fingerprint(g); after != before {
			t.Errorf("%s shows something else after a restart", h.Name())
		}
		if w := h.View().Group(g).Waiting; w != 0 {
			t.Errorf("%s: %d wait, want none", h.Name(), w)
		}
		if wrote, err := h.Tend(context.Background(), g); wrote || err != nil {
			t.Errorf("%s: Tend = %v, %v after everybody was done", h.Name(), wrote, err)
		}
	}
}

// forgeFew writes a thread that names people and a payload's envelope as an attacker likes, and files it at h.
func (h *home) forgeFew(g kp1.GID, comp uint8, people []kp1.MID, mark [op.MarkSize]byte, payload kp1.ID, size uint64) op.Signed {
	h.t.Helper()
	in := h.groups[g]
	typ, body, _, err := care.Encode(thread.New{Title: "not sealed with it"})
	if err != nil {
		h.t.Fatal(err)
	}
	if body, err = op.ForPeople(body, people, mark); err != nil {
		h.t.Fatal(err)
	}
	at := h.head(g, comp)
	s, err := in.sign(op.Op{
		Type: typ, Group: g, Device: in.self.Device, Comp: comp, Seq: at.seq + 1, Prev: at.id, Time: h.unix(), Auth: in.log.Heads(), Body: body,
		Payload: &op.PayloadRef{ID: payload, Len: size},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	env, err := op.DecodeEnvelope(h.forge(g, comp, s))
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.act(g, func(b *batch) (Deed, error) { return Deed{}, b.own(env, s) }); err != nil {
		h.t.Fatalf("the forged op is refused: %v", err)
	}
	return s
}

// few returns people ascending.
func few(people ...kp1.MID) []kp1.MID {
	slices.SortFunc(people, kp1.MID.Compare)
	return people
}

func codeIs(err error, code string) bool {
	var c interface{ Code() string }
	return errors.As(err, &c) && c.Code() == code
}

// admitStranger lets somebody in who has no store here, with so many computers beside their first.
func (h *home) admitStranger(g kp1.GID, name string, more int) kp1.MID {
	h.t.Helper()
	seed := kp1.Sum([]byte(name))
	root := ed25519.NewKeyFromSeed(seed[:])
	device := func(n int) (ed25519.PrivateKey, group.Cert) {
		dsk, dhk, err := keyring.NewDevice(nil)
		if err != nil {
			h.t.Fatal(err)
		}
		sum := sha256.Sum256(dsk.Seed())
		c, err := group.NewCert(g, root.Public().(ed25519.PublicKey), dsk.Public().(ed25519.PublicKey), dhk.PublicKey().Bytes(), append([]byte{0x12, 0x20}, sum[:]...), uint64(n)) //nolint:gosec // a count
		if err != nil {
			h.t.Fatal(err)
		}
		return dsk, c
	}
	dsk, c := device(0)
	core, err := group.SignCore(group.Core{V: 1, Group: g, Invite: kp1.IID(seed[:16]), Root: [32]byte(root.Public().(ed25519.PublicKey)), Cert: group.SignCert(c, kp1.DID{}, root, dsk)}, root)
	if err != nil {
		h.t.Fatal(err)
	}
	admit, err := group.NewAdmit(g, core, group.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	if err != nil {
		h.t.Fatal(err)
	}
	post := func(as ed25519.PrivateKey, prev kp1.ID, seq uint64, body group.Body) (id kp1.ID) {
		if _, err := h.act(g, func(b *batch) (Deed, error) {
			if as == nil {
				s, err := b.authDraft(nil, body)
				if err != nil {
					return Deed{}, err
				}
				return Deed{}, b.post(s)
			}
			raw, err := body.Encode()
			if err != nil {
				return Deed{}, err
			}
			s, err := b.h.form(op.Op{
				Type: body.Type(), Group: g, Device: kp1.DeviceID(as.Public().(ed25519.PublicKey)), Seq: seq, Prev: prev, Time: h.unix(), Auth: b.h.log.Heads(), Body: raw,
			})
			if err != nil {
				return Deed{}, err
			}
			if err := s.Sign(as); err != nil {
				return Deed{}, err
			}
			id = s.ID
			return Deed{}, b.post(s)
		}); err != nil {
			h.t.Fatal(err)
		}
		return id
	}
	post(nil, kp1.ID{}, 0, admit)
	var prev kp1.ID
	for n := range more {
		next, c := device(n + 1)
		prev = post(dsk, prev, uint64(n+1), group.AddDevice{Cert: group.SignCert(c, kp1.DID{}, root, next)}) //nolint:gosec // a count
	}
	return kp1.MemberID(root.Public().(ed25519.PublicKey))
}
