package store

import (
	"bytes"
	"testing"

	"kith/store/care/people"
	"kith/store/kp1"
)

// Every decoder of this room reads only bytes that were sealed here. Still none of them may end the program.

func FuzzWhere(f *testing.F) {
	f.Add(where{entry: 7, at: 1, comp: 2}.encode())
	f.Add(where{entry: 7, at: 1, comp: 2, payload: kp1.ID{1}}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := decodeWhere(b)
		if err != nil {
			return
		}
		if again, err := decodeWhere(w.encode()); err != nil || again != w {
			t.Errorf("decodeWhere(%x) = %+v, again %+v, %v", b, w, again, err)
		}
	})
}

// canonical adds a seed made of a record.
func canonical(f *testing.F, records ...any) {
	f.Helper()
	for _, r := range records {
		b, err := kp1.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func FuzzWaiting(f *testing.F) {
	canonical(f, waiting{Why: waitOp, For: make([]byte, 32), Size: 300, From: "ab"}, waiting{Why: waitKey, For: make([]byte, 16)})
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := decodeWaiting(b)
		if err != nil {
			return
		}
		w := newWaits()
		w.add(1, x, false)
		if len(w.on(x.Why, x.For)) != 1 {
			t.Errorf("decodeWaiting(%x) is not found again", b)
		}
		if _, ok := w.take(1); !ok || w.count() != 0 || len(w.index) != 0 {
			t.Errorf("decodeWaiting(%x) leaves something behind", b)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	canonical(f, checkpoint{Entry: 4, View: []byte{1}, Chains: []chainMark{{Seq: 3, Auth: []kp1.Link{{1}}}}})
	f.Fuzz(func(_ *testing.T, b []byte) {
		if ck, err := decodeCheckpoint(b); err == nil {
			_, _ = kp1.Marshal(ck)
		}
	})
}

func FuzzSelf(f *testing.F) {
	canonical(f, self{Sign: make([]byte, 32), Open: [][]byte{make([]byte, 32)}, Name: "Ada"})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s self
		if kp1.Unmarshal(b, &s) == nil && s.check() == nil && len(s.Sign) != 32 {
			t.Errorf("self with a key of %d bytes", len(s.Sign))
		}
	})
}

func FuzzJoin(f *testing.F) {
	canonical(f, join{Link: "kith:join#x", Sign: make([]byte, 32), Words: []string{"a"}})
	f.Fuzz(func(_ *testing.T, b []byte) {
		if j, err := decodeJoin(b); err == nil {
			_, _ = j.out(), j.device()
			_, _, _ = j.offer()
		}
	})
}

func FuzzLink(f *testing.F) {
	r := newLinkRecord()
	r.New, r.Stage, r.Box = true, LinkCompare, make([]byte, 32)
	r.Groups = append(r.Groups, newLinkGroup(kp1.GID{1}))
	canonical(f, *r)
	f.Fuzz(func(_ *testing.T, b []byte) {
		if r, err := decodeLink(b); err == nil {
			_ = r.out()
			_, _ = r.offer()
			for _, g := range r.Groups {
				if len(g.Sign) > 0 {
					_ = g.device()
				}
			}
		}
	})
}

func FuzzRecords(f *testing.F) {
	canonical(f, inviteRecord{Body: []byte{}, Ended: true}, requestRecord{Words: make([]string, 6)}, box{Key: make([]byte, 32)},
		heard{At: 4, Addrs: []string{"/ip4/127.0.0.1"}}, pendingRecord{Kind: pendingConsent, At: 4}, pendingRecord{Kind: pendingStand, Code: "E_SPENT"}, epochRecord{Key: []keyed{{Comp: 1}}}, person{Recovery: make([]byte, 16), Seed: make([]byte, 32)})
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = decodeInviteRecord(b)
		_, _ = decodeRequestRecord(b)
		_, _ = decodeEpoch(b)
		_, _ = decodeHeard(b)
		if r, err := decodePending(b); err == nil {
			_ = r.id()
		}
		_, _ = decodeBox(b)
		_, _ = decodeSigned(b)
		if ids, err := decodeOwners(b); err == nil && !bytes.Equal(joined(ids), b) {
			t.Errorf("decodeOwners(%x) = %v", b, ids)
		}
		var p person
		if kp1.Unmarshal(b, &p) == nil && p.check() == nil {
			_ = p.transport()
		}
		if newHoldings().restore(b, 100_000) == nil && len(b) < 36 {
			t.Errorf("held record of %d bytes", len(b))
		}
		_, _, _ = decodeFork(b)
	})
}

// FuzzPages gives the page walk a file that is a store but for some bytes.
func FuzzPages(f *testing.F) {
	h := quickHome(f, "Ada")
	g := h.found("Ada")
	h.say(g, kp1.CompTeam, people.Profile{Name: "Ada"})
	if err := h.Close(); err != nil {
		f.Fatal(err)
	}
	whole := readStore(f, h)
	f.Add(uint32(0), []byte{1})
	f.Add(uint32(4096+16), []byte{0xff, 0xff, 0xff, 0xff})
	f.Add(uint32(3*4096+8), []byte{0x10})
	f.Fuzz(func(_ *testing.T, at uint32, b []byte) {
		bad := bytes.Clone(whole)
		copy(bad[int(at)%len(bad):], b)
		r := bytes.NewReader(bad)
		m, err := newestMeta(r, int64(len(bad)))
		if err != nil {
			return
		}
		for _, deep := range []bool{false, true} {
			w := &pageWalk{f: r, size: m.pageSize, count: m.pages, seen: map[uint64]bool{}, deep: deep}
			if w.freelist(m.freelist) == nil {
				_ = w.bucket(m.root, 0, false)
			}
		}
	})
}
