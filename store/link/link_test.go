package link

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"

	"kith/store/kp1"
	"kith/store/op"
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func key(n byte) [32]byte {
	return [32]byte(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)).Public().(ed25519.PublicKey))
}

func peerID(n byte) []byte { return append([]byte{0, 36}, bytes.Repeat([]byte{n}, 36)...) }

func secret(t testing.TB, kind Kind) Secret {
	t.Helper()
	box := must[op.BoxKey](t)(op.DeriveBoxKey(bytes.Repeat([]byte{7}, 32)))
	return Secret{Kind: kind, Peer: peerID(1), Box: box, Late: [16]byte{1, 2, 3}}
}

func gid(n byte) (g kp1.GID) {
	g[0] = n
	g[31] = 1
	return g
}

func offer(groups int) Offer {
	o := Offer{Peer: peerID(2), Name: "Bev", Addrs: []string{"/ip4/192.0.2.1/udp/4001/quic-v1/p2p/x"}}
	for i := range groups {
		o.Groups = append(o.Groups, OfferGroup{Group: gid(byte(i)), Genesis: kp1.Link(kp1.Sum([]byte{byte(i)})), Root: key(1), Device: key(2), Name: "Elm Row"})
	}
	return o
}

func devices(t testing.TB, n int) Devices {
	t.Helper()
	d := Devices{Fresh: true}
	for i := range n {
		d.List = append(d.List, Device{Group: gid(byte(i)), Key: key(3), HPKE: secret(t, Second).Box.Public(), PoP: [64]byte{1}})
	}
	return d
}

func envelope(t testing.TB) []byte {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32))
	s := must[op.Signed](t)(op.Sign(op.Op{V: 1, Type: "auth/ack", Group: gid(1), Device: kp1.DeviceID(key.Public().(ed25519.PublicKey)), Seq: 1, Auth: []kp1.ID{}, Body: []byte{0xa0}}, key))
	e := must[op.Envelope](t)(op.SealOps(bytes.NewReader(make([]byte, 64)), gid(1), op.EpochKeys([32]byte{1}).AuthKey(kp1.EID{1}), op.KindOps, 1, nil, []op.Signed{s}))
	return e.Bytes
}

func answer(t testing.TB) Answer {
	t.Helper()
	return Answer{
		Group: gid(1), Genesis: kp1.Sum([]byte("genesis")), Member: kp1.MID{1}, Name: "Bev", Heads: []kp1.ID{kp1.Sum([]byte("head"))},
		Envelopes: [][]byte{envelope(t)}, Places: []Place{{Device: kp1.DID{1}, Addrs: []string{"/ip4/192.0.2.1/tcp/1"}}},
	}
}

func TestCodeRoundTrip(t *testing.T) {
	a := secret(t, Second).Ask(nil)
	text := Text{Hash: a.Hash(), Addrs: []string{"/ip4/192.0.2.1/udp/4001/quic-v1/p2p/x"}, Expires: 1_795_000_900}
	s := must[string](t)(text.Encode())
	for _, typed := range []string{s, "  " + s + "\n", s[:60] + "\r\n" + s[60:], "<" + s + ">", strings.TrimPrefix(s, Scheme), "“" + s + "”"} {
		got, err := ParseText(typed)
		if strings.HasPrefix(typed, "“") {
			if !errors.Is(err, ErrCode) { // marks that are no part of the scheme's own clean-up are refused, never guessed at
				t.Errorf("ParseText(%q) = %v", typed, err)
			}
			continue
		}
		if err != nil || got.Code() != a.Code() || !slices.Equal(got.Addrs, text.Addrs) || got.Expires != text.Expires {
			t.Errorf("ParseText(%q) = %+v, %v", typed, got, err)
		}
	}
	words := a.Code().Words()
	if got, err := ParseWords(strings.Join(words[:], " ")); err != nil || got != a.Code() {
		t.Errorf("ParseWords = %v, %v", got, err)
	}
	if len(s) > 250 {
		t.Errorf("a code of %d letters", len(s))
	}
	for i := range s[len(Scheme):] {
		b := []byte(s)
		b[len(Scheme)+i] ^= 1
		if got, err := ParseText(string(b)); err == nil && got.Code() == a.Code() && got.Expires == text.Expires && slices.Equal(got.Addrs, text.Addrs) {
			t.Errorf("a changed letter %d was not noticed", i)
		}
	}
}

// The code binds everything the new computer says, and the words everything that both say.
func TestCodeAndWordsBindAll(t *testing.T) {
	a := secret(t, Second).Ask(nil)
	other := key(9)
	seen := map[[32]byte]bool{a.Hash(): true}
	for _, change := range []func(*Ask){
		func(a *Ask) { a.Kind = Back },
		func(a *Ask) { a.Peer = peerID(9) },
		func(a *Ask) { a.Key = append([]byte{a.Key[0] ^ 1}, a.Key[1:]...) },
		func(a *Ask) { a.Seal = other },
	} {
		b := a
		change(&b)
		if h := b.Hash(); seen[h] {
			t.Error("two asks have one hash")
		} else {
			seen[h] = true
		}
	}
	plain := must[[]byte](t)(offer(1).Encode())
	base := Words(a, [16]byte{1}, plain, peerID(2))
	more := offer(1)
	more.Groups[0].Device = other
	changed := must[[]byte](t)(more.Encode())
	for i, w := range [][4]string{
		Words(a, [16]byte{2}, plain, peerID(2)), Words(a, [16]byte{1}, changed, peerID(2)), Words(a, [16]byte{1}, plain, peerID(3)),
		Words(secret(t, Back).Ask(nil), [16]byte{1}, plain, peerID(2)),
	} {
		if w == base {
			t.Errorf("words %d do not change with what they are made of", i)
		}
	}
}

// T3: what goes to one computer opens for no other, and as nothing else.
func TestBoxesOpenForTheirOwnUseAlone(t *testing.T) {
	s := secret(t, Second)
	a := s.Ask(nil)
	thief := s
	thief.Box = must[op.BoxKey](t)(op.NewBoxKey())
	plain := must[[]byte](t)(offer(2).Encode())
	box := must[[]byte](t)(SealOffer(a, plain))
	if _, got, err := s.OpenOffer(box, peerID(2)); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("OpenOffer = %x, %v", got, err)
	}
	if _, _, err := s.OpenOffer(box, peerID(3)); !errors.Is(err, ErrSwapped) {
		t.Errorf("an offer brought by another computer: %v", err)
	}
	if _, _, err := thief.OpenOffer(box, nil); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("an offer opened with another key: %v", err)
	}
	if _, err := s.OpenAnswer(box); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("an offer opened as an answer: %v", err)
	}
	got, err := s.OpenAnswer(must[[]byte](t)(answer(t).Seal(a)))
	if err != nil || got.Group != gid(1) || len(got.Envelopes) != 1 || len(got.Places) != 1 {
		t.Errorf("OpenAnswer = %+v, %v", got, err)
	}
	keys := must[[]byte](t)(SealKeys(a, gid(1), bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)))
	if sign, open, err := s.OpenKeys(gid(1), keys); err != nil || sign[0] != 1 || open[0] != 2 || len(keys) != keysBox {
		t.Errorf("OpenKeys = %x, %x, %v", sign, open, err)
	}
	if _, _, err := s.OpenKeys(gid(2), keys); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("keys opened for another group: %v", err)
	}
	other := s
	other.Late = [16]byte{9} // another code of the same computer
	if _, err := other.OpenAnswer(must[[]byte](t)(answer(t).Seal(a))); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("an answer to another code: %v", err)
	}
}

// T8: every limit, and one more.
func TestLimits(t *testing.T) {
	if _, err := offer(MaxGroups).Encode(); err != nil {
		t.Errorf("%d groups: %v", MaxGroups, err)
	}
	if _, err := offer(MaxGroups + 1).Encode(); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("%d groups: %v", MaxGroups+1, err)
	}
	longest := offer(MaxGroups)
	longest.Name = strings.Repeat("n", MaxName)
	longest.Addrs = slices.Repeat([]string{strings.Repeat("a", maxAddr)}, maxAddrs)
	for i := range longest.Groups {
		longest.Groups[i].Name = strings.Repeat("n", MaxName)
	}
	b := must[[]byte](t)(longest.Encode())
	box := must[[]byte](t)(SealOffer(secret(t, Second).Ask(nil), b))
	if len(b) > maxOffer || len(box) > maxOfferBox {
		t.Errorf("the longest offer has %d bytes, sealed %d", len(b), len(box))
	}
	for what, change := range map[string]func(*Offer){
		"name":      func(o *Offer) { o.Name += "n" },
		"group":     func(o *Offer) { o.Groups[3].Name += "n" },
		"address":   func(o *Offer) { o.Addrs[0] += "a" },
		"addresses": func(o *Offer) { o.Addrs = append(o.Addrs, "a") },
		"order":     func(o *Offer) { o.Groups[0], o.Groups[1] = o.Groups[1], o.Groups[0] },
		"no group":  func(o *Offer) { o.Groups = nil },
		"no peer":   func(o *Offer) { o.Peer = nil },
		"peer":      func(o *Offer) { o.Peer = make([]byte, maxPeer+1) },
		"two lines": func(o *Offer) { o.Name = "Bev\nAde" },
		"weak key":  func(o *Offer) { o.Groups[0].Root = [32]byte{} },
	} {
		o := longest
		o.Groups, o.Addrs = slices.Clone(o.Groups), slices.Clone(o.Addrs)
		change(&o)
		if _, err := o.Encode(); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if b := must[[]byte](t)(devices(t, MaxGroups).Encode()); len(b) > maxDevices {
		t.Errorf("%d devices have %d bytes", MaxGroups, len(b))
	}
	if _, err := devices(t, MaxGroups+1).Encode(); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("%d devices: %v", MaxGroups+1, err)
	}
	for what, change := range map[string]func(*Answer){
		"envelopes":   func(a *Answer) { a.Envelopes = slices.Repeat(a.Envelopes, maxGranted+1) },
		"heads":       func(a *Answer) { a.Heads = ids(kp1.MaxAuthRefs + 1) },
		"recovery":    func(a *Answer) { a.Recovery = make([]byte, 17) },
		"root":        func(a *Answer) { a.Root = make([]byte, 31) },
		"keys":        func(a *Answer) { a.Keys = make([]byte, keysBox+1) },
		"nothing":     func(a *Answer) { a.Envelopes = nil },
		"why":         func(a *Answer) { a.Why = "E_x" },
		"places":      func(a *Answer) { a.Places = places(kp1.MaxDevices+1, 1) },
		"place bytes": func(a *Answer) { a.Places = places(17, 256*2) },
		"place order": func(a *Answer) { a.Places = append(a.Places, a.Places[0]) },
	} {
		a := answer(t)
		change(&a)
		if _, err := a.Encode(); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	for what, change := range map[string]func(*Answer){
		"envelopes": func(a *Answer) { a.Envelopes = slices.Repeat(a.Envelopes, maxGranted) },
		"heads":     func(a *Answer) { a.Heads = ids(kp1.MaxAuthRefs) },
		"waits":     func(a *Answer) { a.Waits, a.Heads, a.Envelopes = true, nil, nil },
		"why":       func(a *Answer) { a.Why, a.Heads, a.Envelopes = "E_FULL", nil, nil },
		"places":    func(a *Answer) { a.Places = places(16, 512) },
	} {
		a := answer(t)
		change(&a)
		b, err := a.Encode()
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if _, err := DecodeAnswer(b); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	back := secret(t, Back)
	if _, err := back.Ask(slices.Repeat([][]byte{envelope(t)}, maxCarried)).Encode(); err != nil {
		t.Errorf("%d carried: %v", maxCarried, err)
	}
	if _, err := back.Ask(slices.Repeat([][]byte{envelope(t)}, maxCarried+1)).Encode(); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("%d carried: %v", maxCarried+1, err)
	}
	if _, err := secret(t, Second).Ask([][]byte{envelope(t)}).Encode(); err == nil {
		t.Error("a second computer carries something")
	}
	for _, n := range []int{maxText, maxText + 1} {
		if _, err := ParseText(strings.Repeat("A", n)); !errors.Is(err, ErrCode) {
			t.Errorf("a code of %d letters: %v", n, err)
		}
	}
}

func ids(n int) (out []kp1.ID) {
	for i := range n {
		out = append(out, kp1.Sum([]byte{byte(i)}))
	}
	slices.SortFunc(out, kp1.ID.Compare)
	return out
}

func places(n, size int) (out []Place) {
	for i := range n {
		p := Place{Device: kp1.DID{byte(i >> 8), byte(i)}}
		for left := size; left > 0; left -= maxAddr {
			p.Addrs = append(p.Addrs, strings.Repeat("a", min(left, maxAddr)))
		}
		out = append(out, p)
	}
	return out
}

func TestNewerIsSaidSo(t *testing.T) {
	b := must[[]byte](t)(kp1.Marshal(map[string]any{"v": uint64(2), "z": uint64(1)}))
	if _, err := DecodeOffer(b); !errors.Is(err, ErrNewer) {
		t.Errorf("DecodeOffer = %v", err)
	}
	if _, err := DecodeAnswer(b); !errors.Is(err, ErrNewer) {
		t.Errorf("DecodeAnswer = %v", err)
	}
	if _, err := DecodeAskFile(append([]byte(askMagic), b...)); !errors.Is(err, ErrNewer) {
		t.Errorf("DecodeAskFile = %v", err)
	}
}

// One changed byte anywhere in an answer file is noticed, and so is a file cut short anywhere.
func TestAnswerFileIsWhole(t *testing.T) {
	a := secret(t, Second).Ask(nil)
	var out bytes.Buffer
	w := must[*AnswerWriter](t)(NewAnswerWriter(&out))
	sealed := must[[]byte](t)(SealOffer(a, must[[]byte](t)(offer(1).Encode())))
	box := must[[]byte](t)(answer(t).Seal(a))
	for _, err := range []error{w.Offer(sealed), w.Answer(box), w.Envelope(0, envelope(t)), w.End()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	whole := out.Bytes()
	n := 0
	f, err := ReadAnswerFile(bytes.NewReader(whole), func(g int, raw []byte) error { n++; return nil })
	if err != nil || n != 1 || len(f.Answers) != 1 || !bytes.Equal(f.Offer, sealed) {
		t.Fatalf("ReadAnswerFile = %d envelopes, %v", n, err)
	}
	if other := FileCode(a, AnswerFile{Offer: f.Offer, Answers: [][]byte{append(bytes.Clone(box[:len(box)-1]), box[len(box)-1]^1)}}); other == FileCode(a, f) {
		t.Error("the words of a file do not change with it")
	}
	for i := 0; i < len(whole); i += 7 {
		b := bytes.Clone(whole)
		b[i] ^= 0x20
		if _, err := ReadAnswerFile(bytes.NewReader(b), func(int, []byte) error { return nil }); !errors.Is(err, ErrFile) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := ReadAnswerFile(bytes.NewReader(whole[:i]), func(int, []byte) error { return nil }); !errors.Is(err, ErrFile) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	if _, err := ReadAnswerFile(bytes.NewReader(append(bytes.Clone(whole), 0)), func(int, []byte) error { return nil }); !errors.Is(err, ErrFile) {
		t.Errorf("a byte after the end: %v", err)
	}
}
