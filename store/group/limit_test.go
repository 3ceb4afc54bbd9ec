package group

import (
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"

	"kith/store/kp1"
)

func manyDevices(n int) []kp1.DID {
	out := make([]kp1.DID, n)
	for i := range out {
		binary.BigEndian.PutUint32(out[i][:], uint32(i+1))
	}
	return out
}

func manyEpochs(n int) []kp1.EID {
	out := make([]kp1.EID, n)
	for i := range out {
		binary.BigEndian.PutUint32(out[i][:], uint32(i+1))
	}
	return out
}

// TestT8 accepts each limit of a body and refuses one more.
func TestT8BodyLimits(t *testing.T) {
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	mailboxes := func(n int) Body {
		var mb []Mailbox
		for i := range n {
			mb = append(mb, Mailbox{Peer: seed("relay %d", i)})
		}
		mb, _ = sortEncoded(mb)
		return SetPolicy{PolicyFields: PolicyFields{Mailboxes: &mb}}
	}
	for _, c := range []struct {
		name string
		at   func(n int) Body
		max  int
	}{
		{"devices of a Rekey", func(n int) Body {
			r := w.rekey(ann, "x")
			r.To = manyDevices(n)
			return r
		}, kp1.MaxDevices},
		{"devices of a Grant", func(n int) Body {
			return Grant{Shares: []Share{{Epoch: kp1.EID{1}, Mask: MaskAuth}}, To: manyDevices(n)}
		}, kp1.MaxDevices},
		{"devices of a RevokeDevice", func(n int) Body { return RevokeDevice{Devices: manyDevices(n), Cut: Cut{}} }, kp1.MaxDevices},
		{"seq of a cut", func(n int) Body {
			return NewRemove(kp1.MID{1}, Cut{{Device: ann.id, Seq: uint64(n)}}, 0)
		}, kp1.MaxContentSeq},
		{"compartment of a cut", func(n int) Body {
			return NewRemove(kp1.MID{1}, Cut{{Device: ann.id, Comp: uint8(n), Seq: 1}}, 0)
		}, int(kp1.CompAdmin)},
		{"mailboxes", mailboxes, maxMailboxes},
		{"epochs of an Ack", func(n int) Body { return Ack{Bad: manyEpochs(n)} }, kp1.MaxComplaints},
		{"bytes of a PeerID", func(n int) Body { return KeyUpdate{Peer: make([]byte, n)} }, maxPeer},
		{"bytes of an HPKE key", func(n int) Body { return KeyUpdate{HPKE: ann.hpke[:min(n, hpkeKeySize):min(n, hpkeKeySize)]} }, hpkeKeySize},
	} {
		t.Run(c.name, func(t *testing.T) {
			enc := mustEncode(t, c.at(c.max))
			if _, err := DecodeBody(c.at(c.max).Type(), enc); err != nil {
				t.Errorf("at the limit %d: %v", c.max, err)
			}
			over := c.at(c.max + 1)
			if c.max == hpkeKeySize {
				over = KeyUpdate{HPKE: append(slices.Clone(ann.hpke), 0)}
			}
			raw, err := kp1.Marshal(over)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := DecodeBody(over.Type(), raw); err == nil {
				t.Errorf("at %d, one over the limit: accepted", c.max+1)
			}
		})
	}
}

// TestT8EpochLists checks lists of epochs as values: their limit does not fit the bytes of one op.
func TestT8EpochLists(t *testing.T) {
	w := found(t, PolicyFields{})
	r := w.rekey(w.dev("ann", 0), "x")
	r.From = manyEpochs(kp1.MaxEpochs)
	if err := r.check(); err != nil {
		t.Errorf("a Rekey from %d epochs: %v", len(r.From), err)
	}
	r.From = manyEpochs(kp1.MaxEpochs + 1)
	if err := r.check(); !is(err, kp1.ErrTooBig) {
		t.Errorf("a Rekey from %d epochs: %v, want ErrTooBig", len(r.From), err)
	}
}

// TestT8OpLimits does the same for what an op says of itself.
func TestT8OpLimits(t *testing.T) {
	w := found(t, PolicyFields{})
	g := w.ops[0]
	ids := func(n int) []kp1.ID {
		var out []kp1.ID
		for i := range n {
			out = append(out, kp1.ID(seed("head %d", i)))
		}
		return sortIDs(out, kp1.ID.Compare)
	}
	base := Op{ID: kp1.ID{1}, V: 1, Type: TypeAck, Device: g.Device, Seq: 2, Prev: g.ID, Auth: []kp1.ID{g.ID}, Body: []byte{0xa0}}
	var missing *MissingError
	for _, c := range []struct {
		name   string
		change func(o *Op, n int)
		max    int
	}{
		{"auth heads", func(o *Op, n int) { o.Auth = ids(n) }, kp1.MaxAuthRefs},
		{"seq", func(o *Op, n int) { o.Seq, o.Prev = uint64(n), kp1.ID{9} }, kp1.MaxAuthSeq},
		{"type name", func(o *Op, n int) { o.Type = "auth/" + string(make([]byte, n-5)); o.Prev = kp1.ID{9} }, kp1.MaxTypeName},
		{"body", func(o *Op, n int) { o.Body = make([]byte, n); o.Prev = kp1.ID{9} }, kp1.MaxAuthOp},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := base
			c.change(&o, c.max)
			if err := w.all.Add(o); !asMissing(err, &missing) {
				t.Errorf("at %d: %v, want it to wait for its past", c.max, err)
			}
			c.change(&o, c.max+1)
			if err := w.all.Add(o); err == nil || asMissing(err, &missing) {
				t.Errorf("at %d: %v, want a refusal", c.max+1, err)
			}
		})
	}
}

// TestT8FullGroup fills a group with members, then with devices.
func TestT8FullGroup(t *testing.T) {
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	v := w.all.cur
	for i := range kp1.MaxMembers - 2 { // the view is stuffed: 64 real joins would only cost time
		v.people[kp1.MID{1, byte(i)}] = person{in: true, rank: kp1.RankMember}
	}
	w.all.state = nil
	w.must(ann, w.admit("bob", kp1.RankMember))
	w.mustNot(ann, w.admit("cat", kp1.RankMember), ErrFull)

	w = found(t, PolicyFields{})
	for i, d := range manyDevices(kp1.MaxDevices - 2) {
		w.all.cur.gear[d] = gear{member: kp1.MID{2}, in: true, hpke: []byte{byte(i)}, peer: []byte{byte(i)}}
	}
	w.must(ann, AddDevice{w.dev("ann", 1).cert})
	w.mustNot(ann, AddDevice{w.dev("ann", 2).cert}, ErrFull)
	w.mustNot(ann, w.admit("cat", kp1.RankMember), ErrFull)
}

// TestT1 reproduces the vectors of protocol 11 that concern this room.
func TestT1Vectors(t *testing.T) {
	hexes := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	did := kp1.DID(hexes("d098a3ef309777d7d745a81799cf620d228bf0c617ce9e69b2703465f3b351e9"))
	cm := slices.Concat(hexes("8184005820"), hexes("c4cc7f6c119c63895997c8f1970dea66241838acbe3f6cf90bbcde782e7d3e82"),
		hexes("582053d25178e9734ec78b46ff6c5775af6715a23e2cf552c75af640f0886d940d78"),
		hexes("5820bc78028ad6ae66cdfb3e4413c8ee353a0eceb3b5caa40dd105748d25207300fb"))
	gid := kp1.GID(slices.Repeat([]byte{2}, 32))
	if got, want := EpochID(gid, did, 2, cm).String(), "119b9e55d93c70480adcea9af479ee6e"; got != want {
		t.Errorf("EpochID = %s, want %s", got, want)
	}
	d := someone(t, "bob").devs[0]
	h := headOf(d, kp1.ChainAuth, 1, nil, make([]byte, 32))
	if len(h) != 129 || len(headOf(d, kp1.ChainAuth, 2, make([]byte, 32), make([]byte, 32))) != 161 {
		t.Errorf("heads of %d bytes, want 129 and 161", len(h))
	}
	if got, err := parseHead(h); err != nil || got != (head{testGID, d.id, kp1.ChainAuth, 1}) {
		t.Errorf("parseHead = %+v, %v", got, err)
	}
}

// TestT3Keys refuses weak keys and signatures that are not what they claim to be, where they first appear.
func TestT3Keys(t *testing.T) {
	bob := someone(t, "bob")
	d := bob.devs[0]
	root := bob.root.Public().(ed25519.PublicKey)
	small := make(ed25519.PublicKey, 32)
	small[0] = 1
	if _, err := NewCert(testGID, root, small, d.hpke, d.peer, 0); !is(err, kp1.ErrWeakKey) {
		t.Errorf("a device key of small order: %v, want ErrWeakKey", err)
	}
	if _, err := NewCert(testGID, small, d.pub, d.hpke, d.peer, 0); !is(err, kp1.ErrWeakKey) {
		t.Errorf("a root key of small order: %v, want ErrWeakKey", err)
	}
	if _, err := NewCert(testGID, root, d.pub, slices.Repeat([]byte{0xff}, hpkeKeySize), d.peer, 0); !is(err, kp1.ErrWeakKey) {
		t.Errorf("an HPKE key nobody can seal to: %v, want ErrWeakKey", err)
	}
	decode := func(c Cert) error {
		b, err := c.MarshalCBOR()
		if err != nil {
			t.Fatal(err)
		}
		_, err = DecodeCert(b)
		return err
	}
	if err := decode(d.cert); err != nil {
		t.Fatalf("a good certificate: %v", err)
	}
	other := someone(t, "cat")
	for name, c := range map[string]Cert{
		"pop missing":           {raw: d.cert.raw, Sig: d.cert.Sig},
		"root signature gone":   {raw: d.cert.raw, PoP: d.cert.PoP},
		"pop by another device": SignCert(d.cert, kp1.DID{}, bob.root, bob.devs[1].key),
		"signed by other root":  SignCert(d.cert, kp1.DID{}, other.root, d.key),
		"pop and sig swapped":   {raw: d.cert.raw, Sig: d.cert.PoP, PoP: d.cert.Sig},
	} {
		if err := decode(c); !is(err, ErrForged) {
			t.Errorf("%s: %v, want ErrForged", name, err)
		}
	}
	stolen := certBody{
		V: 1, Group: testGID, Member: bob.id, Root: [32]byte(other.root.Public().(ed25519.PublicKey)),
		Key: [32]byte(d.pub), HPKE: d.hpke, Peer: d.peer,
	}
	raw, err := kp1.Marshal(stolen)
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(SignCert(Cert{raw: raw}, kp1.DID{}, other.root, d.key)); !is(err, ErrForged) {
		t.Errorf("a root that does not hash to the member: %v, want ErrForged", err)
	}
}
