package group

import (
	"bytes"
	"testing"

	"kith/store/kp1"
)

// samples is one good body of every type.
func samples(t tb) []Body {
	w := found(t, PolicyFields{}, "sue")
	ann := w.dev("ann", 0)
	one, version, rt := uint8(1), uint64(1), []Retention{{Comp: 0, Days: 90}, {Comp: 2, Days: 1}}
	mb := []Mailbox{{Peer: seed("relay"), Addrs: []string{"/dns4/a.example/tcp/1", "é"}, Ticket: [32]byte(seed("ticket"))}}
	cut := NewCut(CutEntry{Device: ann.id, Comp: 2, Seq: 300, ID: [32]byte(seed("a"))},
		CutEntry{Device: ann.id, Comp: 0, Seq: 1, ID: [32]byte(seed("b"))})
	since, formerly := kp1.EID(seed("e")), someone(t, "ola").id
	admit := w.admit("bob", kp1.RankMember, w.dev("bob", 1).cert, w.dev("bob", 2).cert)
	admit.History, admit.Since, admit.Formerly = HistorySince, &since, &formerly
	admit.Devices, _ = sortEncoded(admit.Devices)
	propose, err := NewPropose(NewRemove(formerly, cut, 3))
	if err != nil {
		t.Fatal(err)
	}
	genesis, err := DecodeBody(TypeGenesis, w.ops[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	return []Body{
		genesis, admit,
		AddDevice{w.dev("bob", 2).cert},
		Confirm{ann.id},
		KeyUpdate{HPKE: ann.hpke, Peer: ann.peer},
		KeyUpdate{Peer: ann.peer},
		NewRemove(formerly, cut, 4), NewRevoke([]kp1.DID{ann.id, w.dev("bob", 1).id}, cut),
		SetRole{Member: formerly, Rank: 1, Cut: &cut},
		SetRole{Member: formerly, Rank: 3},
		propose,
		Approve{Proposal: kp1.Link(seed("p")), Cut: &cut},
		Approve{Proposal: kp1.Link(seed("p"))},
		w.rekey(ann, "x"), NewGrant([]Share{{Epoch: since, Mask: MaskAuth | MaskKey(2)}}, []kp1.DID{ann.id}),
		NewAdmitLate([]kp1.ID{kp1.ID(seed("y"))}, cut),
		SetPolicy{PolicyFields: PolicyFields{DeviceAdd: &one, Reach: &one, Retention: &rt, EditHistory: &one, Seen: &one, MinVersion: &version, Mailboxes: &mb}},
		evidence(ann, kp1.ChainAuth, 7, cut),
		Vote{formerly},
		Elect{formerly},
		NewAck(), NewAck(since),
	}
}

func mustEncode(t tb, b Body) []byte {
	t.Helper()
	out, err := b.Encode()
	if err != nil {
		t.Fatalf("%s.Encode() = %v", b.Type(), err)
	}
	return out
}

// TestT2 encodes and decodes a body of every type, and refuses each with a byte gone, a key gone or bytes behind it.
func TestT2BodiesRoundTrip(t *testing.T) {
	for _, b := range samples(t) {
		t.Run(b.Type(), func(t *testing.T) {
			enc := mustEncode(t, b)
			got, err := DecodeBody(b.Type(), enc)
			if err != nil {
				t.Fatalf("DecodeBody = %v", err)
			}
			if again := mustEncode(t, got); !bytes.Equal(again, enc) {
				t.Errorf("encoded again: %x, want %x", again, enc)
			}
			for i := range enc {
				if _, err := DecodeBody(b.Type(), enc[:i]); err == nil {
					t.Fatalf("the first %d of %d bytes are accepted", i, len(enc))
				}
			}
			if _, err := DecodeBody(b.Type(), append(bytes.Clone(enc), 0)); err == nil {
				t.Error("a trailing byte is accepted")
			}
		})
	}
}

// TestT2UnknownKeys says that keys a later version adds are ignored, and that none of ours may be missing.
func TestT2UnknownKeys(t *testing.T) {
	for _, c := range []struct {
		name, typ string
		body      map[string]any
		ok        bool
	}{
		{"known", TypeVote, map[string]any{"m": [32]byte{1}}, true},
		{"one more", TypeVote, map[string]any{"m": [32]byte{1}, "zz": 7}, true},
		{"missing", TypeVote, map[string]any{"zz": 7}, false},
		{"short", TypeVote, map[string]any{"m": [31]byte{1}}, false},
		{"a list for bytes", TypeVote, map[string]any{"m": make([]int, 32)}, false},
		{"nobody", TypeVote, map[string]any{"m": [32]byte{}}, false},
		{"empty ack", TypeAck, map[string]any{}, true},
		{"empty list of bad", TypeAck, map[string]any{"bb": []int{}}, false},
		{"nothing updated", TypeKeyUpdate, map[string]any{}, false},
		{"empty PeerID", TypeKeyUpdate, map[string]any{"pid": []byte{}}, false},
		{"rank 4", TypeSetRole, map[string]any{"m": [32]byte{1}, "ro": 4}, false},
		{"rank 256", TypeSetRole, map[string]any{"m": [32]byte{1}, "ro": 256}, false},
		{"a proposal of a vote", TypePropose, map[string]any{"ac": []any{TypeVote, []byte{0xa0}}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := kp1.Marshal(c.body)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := DecodeBody(c.typ, b); (err == nil) != c.ok {
				t.Errorf("DecodeBody(%s, %v) = %v, want ok %v", c.typ, c.body, err, c.ok)
			}
		})
	}
	if _, err := DecodeBody("auth/later", []byte{0xa0}); !is(err, ErrUnknownType) {
		t.Errorf("DecodeBody(auth/later) = %v, want ErrUnknownType", err)
	}
}

var bodyTypes = []string{
	TypeGenesis, TypeAdmit, TypeAddDevice, TypeConfirm, TypeKeyUpdate, TypeRemove, TypeRevokeDevice,
	TypeSetRole, TypePropose, TypeApprove, TypeRekey, TypeGrant, TypeAdmitLate, TypePolicy, TypeEvidence, TypeVote,
	TypeElect, TypeAck,
}

func FuzzDecodeBody(f *testing.F) {
	for _, b := range samples(f) {
		for k, typ := range bodyTypes {
			if typ == b.Type() {
				f.Add(uint8(k), mustEncode(f, b))
			}
		}
	}
	f.Fuzz(func(t *testing.T, k uint8, b []byte) {
		typ := bodyTypes[int(k)%len(bodyTypes)]
		v, err := DecodeBody(typ, b)
		if err != nil {
			return
		}
		enc, err := v.Encode()
		if err != nil {
			t.Fatalf("%s is accepted but does not encode: %v", typ, err)
		}
		if again, err := DecodeBody(typ, enc); err != nil || !bytes.Equal(mustEncode(t, again), enc) {
			t.Fatalf("%s does not come back from %x: %v", typ, enc, err)
		}
	})
}

func FuzzDecodeCert(f *testing.F) {
	b, err := someone(f, "bob").devs[0].cert.MarshalCBOR()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeCert(b)
		if err != nil {
			return
		}
		if again, err := c.MarshalCBOR(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("DecodeCert(%x) encodes as %x, %v", b, again, err)
		}
		var same Cert
		if err := same.UnmarshalCBOR(b); err != nil || same.Device() != c.Device() {
			t.Fatalf("UnmarshalCBOR(%x) = %v", b, err)
		}
	})
}

func FuzzOpenCore(f *testing.F) {
	c := someone(f, "bob").core
	f.Add(c.Core, c.Sig[:])
	f.Fuzz(func(t *testing.T, core, sig []byte) {
		if len(sig) != 64 {
			return
		}
		c, err := SignedCore{Core: core, Sig: [64]byte(sig)}.Open(testGID)
		if err == nil && c.Cert.Member != c.Member() {
			t.Fatal("a join request with somebody else's certificate")
		}
	})
}

func FuzzDecodeCommits(f *testing.F) {
	f.Add(commits("one"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeCommits(b)
		if err != nil {
			return
		}
		if again, err := c.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("DecodeCommits(%x) encodes as %x, %v", b, again, err)
		}
	})
}

func FuzzParseHead(f *testing.F) {
	f.Add(headOf(someone(f, "bob").devs[0], kp1.ChainAuth, 2, seed("p"), seed("o")))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = parseHead(b) })
}

func FuzzAdd(f *testing.F) {
	for _, b := range samples(f) {
		f.Add(b.Type(), mustEncode(f, b), uint64(2))
	}
	f.Fuzz(func(t *testing.T, typ string, body []byte, seq uint64) {
		w := found(t, PolicyFields{}, "sue")
		g := w.ops[0]
		o := Op{ID: kp1.Sum(body), V: 1, Type: typ, Device: g.Device, Seq: seq, Prev: g.ID, Auth: []kp1.ID{g.ID}, Body: body}
		before := len(w.all.State().Members)
		if err := w.all.Add(o); err == nil && w.all.Standing(o.ID) != nil && len(w.all.State().Members) != before {
			t.Fatal("an op without standing changed the members")
		}
	})
}
