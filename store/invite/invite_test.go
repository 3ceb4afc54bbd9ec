package invite

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

var today = time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)

const week = 2968

func code(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return fmt.Sprint(err)
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// party is one group with an open invite, and one person who would like to join.
type party struct {
	group   kp1.GID
	inviter ed25519.PublicKey
	invite  Invite
	link    Link
	drop    op.Envelope
	offer   Offer
	root    ed25519.PrivateKey
	device  ed25519.PrivateKey
	box     op.BoxKey
	request Request
	sealed  op.Envelope
}

var addrs = []string{"/ip4/192.0.2.7/udp/4001/quic-v1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"}

func newParty(t testing.TB, seed byte) *party {
	t.Helper()
	p := &party{group: kp1.GID{seed, 1}}
	p.inviter = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)).Public().(ed25519.PublicKey)
	p.invite = must[Invite](t)(New(rand.Reader, today, Terms{Rank: kp1.RankMember, History: group.HistoryAll, Note: "for Sue"}))
	p.link = p.invite.Link(p.group, p.inviter, addrs)
	p.drop = must[op.Envelope](t)(p.invite.SealDrop(rand.Reader, week, p.group, p.inviter, addrs, "Oak House", nil))
	p.offer = must[Offer](t)(p.link.OpenDrop(again(t, p.drop)))
	p.root = keyring.RootKey(keyring.Recovery{seed, 2}, p.group)
	p.device = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed + 100}, 32))
	p.box = must[op.BoxKey](t)(op.DeriveBoxKey(bytes.Repeat([]byte{seed + 50}, 32)))
	p.request = must[Request](t)(p.offer.NewRequest(rand.Reader, p.cert(t, p.group), p.root, "Sue", "Hello, it is me", op.Signed{}))
	p.sealed = must[op.Envelope](t)(p.offer.Seal(p.request, week))
	return p
}

func (p *party) cert(t testing.TB, g kp1.GID) group.Cert {
	t.Helper()
	return p.certOf(t, g, []byte("peer of Sue"))
}

func (p *party) certOf(t testing.TB, g kp1.GID, peer []byte) group.Cert {
	t.Helper()
	c := must[group.Cert](t)(group.NewCert(g, public(p.root), public(p.device), p.box.Public(), peer, 0))
	return group.SignCert(c, kp1.DID{}, p.root, p.device)
}

// again sends an envelope over the wire.
func again(t testing.TB, e op.Envelope) op.Envelope {
	t.Helper()
	return must[op.Envelope](t)(op.DecodeEnvelope(bytes.Clone(e.Bytes)))
}

func TestT34HappyPathUpToTheSixWords(t *testing.T) {
	p := newParty(t, 1)
	text := must[string](t)(p.link.Encode())
	if !strings.HasPrefix(text, "kith:join#") || len(text) > 400 {
		t.Errorf("link of %d characters: %s", len(text), text)
	}
	if p.offer.Hint != "Oak House" || !bytes.Equal(p.offer.Key, p.invite.BoxKey.Public()) {
		t.Errorf("offer = %q", p.offer.Hint)
	}
	got := must[Request](t)(p.invite.OpenRequest(p.group, again(t, p.sealed)))
	if got.Name != "Sue" || got.Text != "Hello, it is me" || got.ID() != p.request.ID() || got.Core().Cert.Device() != kp1.DeviceID(public(p.device)) {
		t.Errorf("request = %+v", got)
	}
	if a, b := got.Words(), keyring.VerificationWords(p.group, public(p.root)); a != b {
		t.Errorf("the admin reads %v, the joiner %v", a, b)
	}
	if err := p.invite.Check(today, false, false); err != nil {
		t.Errorf("Check = %v, want nil", err)
	}
	kept := must[Request](t)(p.offer.DecodeRequest(must[[]byte](t)(p.request.Encode())))
	if kept.ID() != p.request.ID() || kept.Invite != p.request.Invite {
		t.Error("the request kept over a restart is another one")
	}
}

func TestT34ExpiredEndedUsed(t *testing.T) {
	i := must[Invite](t)(New(rand.Reader, today, Terms{}))
	edge := today.Add(LinkLife)
	for _, c := range []struct {
		name        string
		now         time.Time
		ended, used bool
		want        string
	}{
		{"open", today, false, false, "<nil>"},
		{"a second before the end", edge.Add(-time.Second), false, false, "<nil>"},
		{"at the end", edge, false, false, "E_INVITE_EXPIRED"},
		{"a clock before 1970", time.Unix(-5, 0), false, false, "<nil>"},
		{"ended", today, true, false, "E_INVITE_ENDED"},
		{"used", today, false, true, "E_INVITE_USED"},
		{"used, ended and expired", edge, true, true, "E_INVITE_USED"},
		{"ended and expired", edge, true, false, "E_INVITE_ENDED"},
	} {
		if got := code(i.Check(c.now, c.ended, c.used)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	l := i.Link(kp1.GID{}, nil, nil)
	if l.ExpiredAt(edge.Add(-time.Second)) || !l.ExpiredAt(edge) {
		t.Error("the link's hint of its end is not the invite's")
	}
}

func TestNewKeepsToItsTerms(t *testing.T) {
	for _, c := range []struct {
		name  string
		terms Terms
		life  time.Duration // 0: refused
	}{
		{"nothing said", Terms{}, LinkLife},
		{"spoken", Terms{Spoken: true}, SpokenLife},
		{"an hour", Terms{For: time.Hour}, time.Hour},
		{"longest", Terms{For: MaxLife}, MaxLife},
		{"longer", Terms{For: MaxLife + 1}, 0},
		{"backwards", Terms{For: -1}, 0},
		{"an admin by invite", Terms{Rank: kp1.RankAdmin}, 0},
		{"no such history", Terms{History: 3}, 0},
		{"note at the limit", Terms{Note: strings.Repeat("n", MaxNote)}, LinkLife},
		{"a note of two lines", Terms{Note: "for Sue\nand Bob"}, 0},
		{"note over the limit", Terms{Note: strings.Repeat("n", MaxNote+1)}, 0},
		{"history since an epoch", Terms{History: group.HistorySince, Since: kp1.EID{5}}, LinkLife},
	} {
		i, err := New(rand.Reader, today, c.terms)
		if (err == nil) != (c.life != 0) {
			t.Errorf("%s: New = %v", c.name, err)
			continue
		}
		if err != nil {
			continue
		}
		if want := uint64(today.Add(c.life).Unix()); i.Expires != want {
			t.Errorf("%s: expires %d, want %d", c.name, i.Expires, want)
		}
		body := must[[]byte](t)(i.Encode())
		back := must[Invite](t)(Decode(body))
		if !bytes.Equal(must[[]byte](t)(back.Encode()), body) || back.Since != c.terms.Since {
			t.Errorf("%s: comes back as %+v", c.name, back)
		}
		words, spoken := back.Words()
		if spoken != c.terms.Spoken {
			t.Errorf("%s: spoken = %v", c.name, spoken)
		}
		if spoken { // T35: the words lead to the same invite as the link
			s := must[keyring.Spoken](t)(keyring.ParseSpoken(strings.Join(words[:], " ")))
			if Secret(s.Secret()) != i.Secret {
				t.Errorf("%s: the words give another secret", c.name)
			}
		}
	}
	if _, err := New(bytes.NewReader(make([]byte, 47)), today, Terms{}); err == nil {
		t.Error("47 bytes of chance were enough")
	}
	if got := fmt.Sprintf("%v %+v %#v", newParty(t, 1).invite, newParty(t, 1).link, Secret{1}); strings.Contains(got, "Secret:") || strings.Contains(got, "0x1") {
		t.Errorf("printed: %s", got)
	}
}

func TestDecodeInviteRefuses(t *testing.T) {
	i := must[Invite](t)(New(rand.Reader, today, Terms{}))
	good := map[string]any{"i": i.ID, "s": i.Secret, "hk": i.BoxKey.Bytes(), "ro": 0, "hi": 0, "x": 5, "no": ""}
	with := func(k string, v any) map[string]any {
		m := map[string]any{}
		for k, v := range good {
			m[k] = v
		}
		if m[k] = v; v == nil {
			delete(m, k)
		}
		return m
	}
	for _, c := range []struct {
		name string
		body map[string]any
		ok   bool
	}{
		{"good", good, true},
		{"a key of a later version", with("zz", "later"), true},
		{"id of another secret", with("i", kp1.IID{9}), false},
		{"rank admin", with("ro", 2), false},
		{"history 3", with("hi", 3), false},
		{"since without an epoch", with("hi", 1), false},
		{"an epoch without since", with("se", kp1.EID{1}), false},
		{"short box key", with("hk", make([]byte, 31)), false},
		{"short spoken code", with("sp", make([]byte, 9)), false},
		{"no secret", with("s", nil), false},
		{"no rank", with("ro", nil), false},
		{"no expiry", with("x", nil), false},
		{"no note", with("no", nil), false},
		{"long note", with("no", strings.Repeat("n", MaxNote+1)), false},
		{"body at the limit", with("zz", strings.Repeat("z", kp1.MaxContentBody-inviteSize(t, good)-6)), true},
		{"body over the limit", with("zz", strings.Repeat("z", kp1.MaxContentBody-inviteSize(t, good)-5)), false},
	} {
		b := must[[]byte](t)(kp1.Marshal(c.body))
		if _, err := Decode(b); (err == nil) != c.ok {
			t.Errorf("%s (%d bytes): Decode = %v, want ok %v", c.name, len(b), err, c.ok)
		}
	}
	end := must[[]byte](t)(EncodeEnd(i.ID))
	if got, err := DecodeEnd(end); err != nil || got != i.ID {
		t.Errorf("DecodeEnd = %v, %v", got, err)
	}
	for _, b := range [][]byte{nil, {0xa0}, []byte("\xa1aiA\x00"), make([]byte, kp1.MaxContentBody+1)} {
		if _, err := DecodeEnd(b); err == nil {
			t.Errorf("DecodeEnd(%.10x) = nil", b)
		}
	}
}

func inviteSize(t *testing.T, m map[string]any) int {
	t.Helper()
	return len(must[[]byte](t)(kp1.Marshal(m)))
}

func TestLinkHoweverItIsPasted(t *testing.T) {
	p := newParty(t, 1)
	text := must[string](t)(p.link.Encode())
	bare := strings.TrimPrefix(text, Scheme)
	for _, c := range []struct{ name, text string }{
		{"as it is", text},
		{"no scheme", bare},
		{"half a scheme", "join#" + bare},
		{"on a web page", "https://oakhouse.example/join#" + bare},
		{"in angle brackets", "<" + text + ">"},
		{"in curly quotes, at the end of a sentence", "“" + text + "”."},
		{"broken over lines", text[:60] + "\r\n" + text[60:130] + "\r\n  " + text[130:]},
		{"a letter at a time", strings.Join(strings.Split(bare, ""), " ")},
		{"in a message", "Hi Sue, here it is: " + text + "\nsee you on Friday"},
		{"broken, in a message", "Here: " + text[:60] + "\n" + text[60:] + "\nsee you on Friday"},
		{"with marks nobody sees", text[:50] + "\u200b" + text[50:90] + "\u00ad" + text[90:] + "\ufeff"},
	} {
		if got, err := ParseLink(c.text); err != nil || !sameLink(got, p.link) {
			t.Errorf("%s: ParseLink = %v, %v", c.name, got, err)
		}
	}
}

func sameLink(a, b Link) bool {
	x, errX := a.Encode()
	y, errY := b.Encode()
	return errX == nil && errY == nil && x == y
}

func TestDamagedLinks(t *testing.T) {
	p := newParty(t, 1)
	text := must[string](t)(p.link.Encode())
	at := len(Scheme)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := at; i < len(text); i++ {
		if _, err := ParseLink(text[:i]); !errors.Is(err, ErrLinkDamaged) {
			t.Fatalf("cut to %d letters: %v, want ErrLinkDamaged", i-at, err)
		}
		for bit := range 6 {
			n := strings.IndexByte(letters, text[i]) ^ 1<<bit
			bad := text[:i] + letters[n:n+1] + text[i+1:]
			if _, err := ParseLink(bad); !errors.Is(err, ErrLinkDamaged) {
				t.Fatalf("letter %d changed: %v, want ErrLinkDamaged", i-at, err)
			}
		}
	}
	for _, c := range []struct{ name, text string }{
		{"nothing", ""},
		{"the scheme alone", Scheme},
		{"spaces", " \n"},
		{"words", "abandon ability able"},
		{"in capitals", strings.ToUpper(text)},
		{"padding inside", text[:90] + "=" + text[90:]},
		{"something longer than any link", Scheme + strings.Repeat("A", maxLinkText)},
		{"very many pieces", strings.Repeat("A ", maxLinkText/2)},
		{"another program's link", "https://example.org/#section"},
	} {
		if _, err := ParseLink(c.text); !errors.Is(err, ErrLinkDamaged) {
			t.Errorf("%s: %v, want ErrLinkDamaged", c.name, err)
		}
	}
}

// linkOf signs off any map as a link.
func linkOf(t *testing.T, m any) string {
	t.Helper()
	b := must[[]byte](t)(kp1.Marshal(m))
	return textOf(b)
}

func TestLinkLimitsAndVersions(t *testing.T) {
	good := func() map[string]any {
		return map[string]any{"v": 1, "s": [16]byte{}, "g": kp1.GID{}, "ip": [16]byte{}, "iw": [16]byte{}, "r": []string{}, "x": 0}
	}
	with := func(k string, v any) map[string]any { m := good(); m[k] = v; return m }
	without := func(k string) map[string]any { m := good(); delete(m, k); return m }
	many := func(n, size int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = strings.Repeat("a", size)
		}
		return out
	}
	for _, c := range []struct {
		name string
		m    map[string]any
		want string
	}{
		{"least", good(), "<nil>"},
		{"most addresses", with("r", many(maxAddrs, maxAddr)), "<nil>"},
		{"one address more", with("r", many(maxAddrs+1, 4)), "E_LINK_DAMAGED"},
		{"an address one longer", with("r", many(1, maxAddr+1)), "E_LINK_DAMAGED"},
		{"an empty address", with("r", []string{""}), "E_LINK_DAMAGED"},
		{"an address with a line break", with("r", []string{"a\nb"}), "E_LINK_DAMAGED"},
		{"an address with an accent", with("r", []string{"/dns/\u00e9"}), "E_LINK_DAMAGED"},
		{"an unknown key", with("zz", 1), "E_LINK_DAMAGED"},
		{"a short secret", with("s", make([]byte, 15)), "E_LINK_DAMAGED"},
		{"no group", without("g"), "E_LINK_DAMAGED"},
		{"no expiry", without("x"), "E_LINK_DAMAGED"},
		{"no addresses", without("r"), "E_LINK_DAMAGED"},
		{"version 0", with("v", 0), "E_LINK_DAMAGED"},
		{"version 2", map[string]any{"v": 2, "new": true}, "E_NEWER"},
	} {
		if _, err := ParseLink(linkOf(t, c.m)); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	for _, bad := range [][]string{many(maxAddrs+1, 1), many(1, maxAddr+1), {"a b"}} {
		if _, err := (Link{Addrs: bad}).Encode(); err == nil {
			t.Errorf("Encode with %d addresses of %d bytes: no error", len(bad), len(bad[0]))
		}
	}
}

func TestLinkComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Link{Expires: rapid.Uint64().Draw(t, "x")}
		copy(l.Secret[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "s"))
		copy(l.Group[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "g"))
		copy(l.Box[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "ip"))
		copy(l.Inviter[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "iw"))
		l.Addrs = rapid.SliceOfN(rapid.StringMatching(`[!-~]{1,40}`), 0, maxAddrs).Draw(t, "r")
		text, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseLink(text); err != nil || !sameLink(got, l) {
			t.Fatalf("ParseLink(%s) = %+v, %v; want %+v", text, got, err, l)
		}
	})
}

// headsOf are made-up auth heads.
func headsOf(n int) (out []kp1.Link) {
	for i := range n {
		out = append(out, kp1.Link{byte(i + 1)})
	}
	return out
}

// Whoever holds the link can put another drop into the mailbox, sealed as the true one is. It must not draw the
// request to their own key.
func TestT34TamperedDrops(t *testing.T) {
	p, thief := newParty(t, 1), must[op.BoxKey](t)(op.NewBoxKey())
	k := p.link.Secret.Keys()
	seal := func(w dropWire) op.Envelope {
		return must[op.Envelope](t)(op.SealDrop(rand.Reader, k.Wrap, k.ID, week, must[[]byte](t)(kp1.Marshal(w))))
	}
	good := dropWire{1, p.group, p.link.Box, p.link.Inviter, addrs, p.link.Expires, p.invite.BoxKey.Public(), "", nil}
	change := func(f func(*dropWire)) dropWire { w := good; f(&w); return w }
	for _, c := range []struct {
		name string
		w    dropWire
		want string
	}{
		{"as it was", good, "<nil>"},
		{"the thief's key", change(func(w *dropWire) { w.Key = thief.Public() }), "E_LINK_TAMPERED"},
		{"the thief's key and its pin", change(func(w *dropWire) { w.Key, w.Box = thief.Public(), Pin(thief.Public()) }), "E_LINK_TAMPERED"},
		{"another group", change(func(w *dropWire) { w.Group = kp1.GID{9} }), "E_LINK_TAMPERED"},
		{"another inviter", change(func(w *dropWire) { w.Inviter[0]++ }), "E_LINK_TAMPERED"},
		{"a longer life", change(func(w *dropWire) { w.Expires++ }), "E_LINK_TAMPERED"},
		{"a version to come", change(func(w *dropWire) { w.V = 2 }), "E_NEWER"},
		{"a hint that turns the line round", change(func(w *dropWire) { w.Hint = "Oak\u202eesuoH" }), "E_MALFORMED"},
		{"a hint one too long", change(func(w *dropWire) { w.Hint = strings.Repeat("h", MaxName+1) }), "E_TOO_BIG"},
		{"the longest hint", change(func(w *dropWire) { w.Hint = strings.Repeat("h", MaxName) }), "<nil>"},
		{"a key that is none, with its pin", change(func(w *dropWire) { w.Key = []byte("short"); w.Box = Pin(w.Key) }), "E_MALFORMED"},
		{"most heads", change(func(w *dropWire) { w.Heads = headsOf(MaxHeads) }), "<nil>"},
		{"a head more", change(func(w *dropWire) { w.Heads = headsOf(MaxHeads + 1) }), "E_TOO_BIG"},
		{"heads out of order", change(func(w *dropWire) { w.Heads = []kp1.Link{{2}, {1}} }), "E_MALFORMED"},
		{"a head twice", change(func(w *dropWire) { w.Heads = []kp1.Link{{2}, {2}} }), "E_MALFORMED"},
		{"nine addresses", change(func(w *dropWire) { w.Addrs = strings.Split("abcdefghi", "") }), "E_TOO_BIG"},
	} {
		o, err := p.link.OpenDrop(again(t, seal(c.w)))
		if code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if err != nil && o.Key != nil {
			t.Errorf("%s: an offer comes back with the refusal", c.name)
		}
	}
	other := newParty(t, 2)
	if _, err := p.link.OpenDrop(other.drop); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("the drop of another invite: %v, want op.ErrNoKey", err)
	}
	if _, err := p.link.OpenDrop(p.sealed); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("a request in the drop's place: %v, want op.ErrNoKey", err)
	}
	huge := must[op.Envelope](t)(op.SealDrop(rand.Reader, k.Wrap, k.ID, week, make([]byte, maxDrop+1)))
	if _, err := p.link.OpenDrop(huge); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("a drop one bucket too big: %v, want op.ErrNoKey", err)
	}
	// Words carry no pins: what the drop names is what they lead to.
	if o, err := OpenDrop(p.link.Secret, p.drop); err != nil || !sameLink(o.Link, p.link) {
		t.Errorf("OpenDrop by the secret alone = %v, %v", o.Link, err)
	}
	if _, err := p.invite.SealDrop(rand.Reader, week, p.group, p.inviter, addrs, strings.Repeat("h", MaxName+1), nil); err == nil {
		t.Error("SealDrop with a hint one too long: no error")
	}
	most := make([]string, maxAddrs)
	for i := range most {
		most[i] = strings.Repeat("a", maxAddr)
	}
	big := must[op.Envelope](t)(p.invite.SealDrop(rand.Reader, week, p.group, p.inviter, most, strings.Repeat("h", MaxName), kp1.IDs(headsOf(MaxHeads+1))))
	if _, err := OpenDrop(p.link.Secret, again(t, big)); err != nil {
		t.Errorf("the largest drop: %v", err)
	}
}

// flips calls try with every bit of an envelope flipped that is still an envelope.
func flips(t *testing.T, e op.Envelope, try func(bit int, bad op.Envelope)) {
	t.Helper()
	read := 0
	for i := range len(e.Bytes) * 8 {
		b := bytes.Clone(e.Bytes)
		b[i/8] ^= 1 << (i % 8)
		if bad, err := op.DecodeEnvelope(b); err == nil {
			read++
			try(i, bad)
		}
	}
	if read < 8*16 {
		t.Fatalf("%d flipped envelopes were still envelopes: the test tries nothing", read)
	}
}

func TestT34FlippedBits(t *testing.T) {
	p := newParty(t, 1)
	flips(t, p.drop, func(bit int, bad op.Envelope) {
		if _, err := p.link.OpenDrop(bad); err == nil {
			t.Fatalf("drop with bit %d flipped opens", bit)
		}
	})
	// A request is 3 kB of box; every bit of its head and every ninth of the rest are tried, each bit place in turn.
	tried := 0
	for i := 0; i < len(p.sealed.Bytes)*8; i++ {
		if i > 8*64 && i%9 != 0 {
			continue
		}
		b := bytes.Clone(p.sealed.Bytes)
		b[i/8] ^= 1 << (i % 8)
		bad, err := op.DecodeEnvelope(b)
		if err != nil {
			continue
		}
		if bad.Week != p.sealed.Week && bytes.Equal(bad.Cipher, p.sealed.Cipher) && bad.IID() == p.sealed.IID() {
			continue // the week is a sort key that nobody believes, and no part of a box
		}
		tried++
		if _, err := p.invite.OpenRequest(p.group, bad); err == nil {
			t.Fatalf("request with bit %d flipped opens", i)
		}
	}
	if tried < 1000 {
		t.Fatalf("only %d flips tried", tried)
	}
}

func TestT34RequestsOfOthers(t *testing.T) {
	p, q := newParty(t, 1), newParty(t, 2)
	two := must[Invite](t)(New(rand.Reader, today, Terms{}))
	twoOffer := Offer{Link: two.Link(p.group, p.inviter, nil), Key: two.BoxKey.Public()}
	seal := func(o Offer, iid kp1.IID, g kp1.GID, b []byte) op.Envelope {
		return must[op.Envelope](t)(op.SealJoinRequest(g, iid, week, o.Key, b))
	}
	body := must[[]byte](t)(p.request.Encode())
	for _, c := range []struct {
		name string
		in   Invite
		g    kp1.GID
		e    op.Envelope
		want string
	}{
		{"sealed to another invite", two, p.group, p.sealed, "E_NO_KEY"},
		{"replayed in another group, on its invite", q.invite, q.group, p.sealed, "E_NO_KEY"},
		{"replayed in another group, on the same invite", p.invite, q.group, p.sealed, "E_NO_KEY"},
		{"sealed anew for another invite of the group", two, p.group, seal(twoOffer, two.ID, p.group, body), "E_FORGED"},
		{"sealed anew for an invite of another group", q.invite, q.group, seal(q.offer, q.invite.ID, q.group, body), "E_FORGED"},
		{"the drop in its place", p.invite, p.group, p.drop, "E_NO_KEY"},
		{"sealed for this invite under another's key", p.invite, p.group, seal(twoOffer, p.invite.ID, p.group, body), "E_NO_KEY"},
		{"too long for any request", p.invite, p.group, seal(p.offer, p.invite.ID, p.group, make([]byte, maxRequest+1)), "E_TOO_BIG"},
		{"no request at all", p.invite, p.group, seal(p.offer, p.invite.ID, p.group, []byte("hello")), "E_MALFORMED"},
	} {
		if _, err := c.in.OpenRequest(c.g, c.e); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// Somebody who holds the link makes requests that are wrong in one thing each.
func TestT34ForgedRequests(t *testing.T) {
	p, q := newParty(t, 1), newParty(t, 2)
	k := p.link.Secret.Keys()
	plain := func(r Request) requestWire {
		return requestWire{1, r.Signed.Core, r.Signed.Sig, r.Invite, r.Name, r.Text, nil}
	}
	resign := func(w requestWire) requestWire { // as only a holder of the link can
		r := Request{Signed: group.SignedCore{Core: w.Core}, Name: w.Name, Text: w.Text}
		copy(w.Invite[:], ed25519.Sign(k.Sign, kp1.SignMessage(kp1.LabelSigInvite, r.signedByInvite())))
		return w
	}
	good := plain(p.request)
	change := func(f func(*requestWire)) requestWire { w := good; f(&w); return w }
	core := func(f func(*group.Core)) requestWire {
		c := p.request.Core()
		f(&c)
		s := must[group.SignedCore](t)(group.SignCore(c, p.root))
		return resign(change(func(w *requestWire) { w.Core, w.CoreSig = s.Core, s.Sig }))
	}
	long := strings.Repeat("n", 10_000)
	for _, c := range []struct {
		name string
		w    requestWire
		want string
	}{
		{"as it was", good, "<nil>"},
		{"signed again", resign(good), "<nil>"},
		{"another name under the same signature", change(func(w *requestWire) { w.Name = "Rob" }), "E_FORGED"},
		{"a letter moved from name to text", change(func(w *requestWire) { w.Name, w.Text = "Su", "eHello, it is me" }), "E_FORGED"},
		{"another text under the same signature", change(func(w *requestWire) { w.Text = "" }), "E_FORGED"},
		{"signature of the invite broken", change(func(w *requestWire) { w.Invite[5] ^= 1 }), "E_FORGED"},
		{"signature of the root broken", resign(change(func(w *requestWire) { w.CoreSig[5] ^= 1 })), "E_FORGED"},
		{"core for another invite", core(func(c *group.Core) { c.Invite = q.invite.ID }), "E_FORGED"},
		{"core for another group", core(func(c *group.Core) { c.Group = q.group }), "E_FORGED"},
		{"core with a certificate for another group", core(func(c *group.Core) { c.Cert = p.cert(t, q.group) }), "E_FORGED"},
		{"core with somebody else's device", core(func(c *group.Core) { c.Cert = q.cert(t, p.group) }), "E_FORGED"},
		{"core with somebody else's root", core(func(c *group.Core) { c.Root = [32]byte(public(q.root)) }), "E_FORGED"},
		{"core of version 2", core(func(c *group.Core) { c.V = 2 }), "E_MALFORMED"},
		{"no name", resign(change(func(w *requestWire) { w.Name = "" })), "E_MALFORMED"},
		{"longest name", resign(change(func(w *requestWire) { w.Name = long[:MaxName] })), "<nil>"},
		{"a name one too long", resign(change(func(w *requestWire) { w.Name = long[:MaxName+1] })), "E_TOO_BIG"},
		{"a name with a bell", resign(change(func(w *requestWire) { w.Name = "Sue\a" })), "E_MALFORMED"},
		{"a name that says words of its own", resign(change(func(w *requestWire) { w.Name = "Sue\n  apple river stone cloud" })), "E_MALFORMED"},
		{"a name with a line that no keyboard types", resign(change(func(w *requestWire) { w.Name = "Sue\u2028apple" })), "E_MALFORMED"},
		{"a name that turns the line round", resign(change(func(w *requestWire) { w.Name = "Sue\u202eboR" })), "E_MALFORMED"},
		{"longest text", resign(change(func(w *requestWire) { w.Text = long[:MaxText] })), "<nil>"},
		{"a text one too long", resign(change(func(w *requestWire) { w.Text = long[:MaxText+1] })), "E_TOO_BIG"},
		{"a version to come", change(func(w *requestWire) { w.V = 2 }), "E_NEWER"},
		{"core at its limit", resign(change(func(w *requestWire) { w.Core = make([]byte, maxCore) })), "E_MALFORMED"},
		{"core over its limit", resign(change(func(w *requestWire) { w.Core = make([]byte, maxCore+1) })), "E_TOO_BIG"},
	} {
		b := must[[]byte](t)(kp1.Marshal(c.w))
		if len(b) > maxRequest {
			t.Fatalf("%s: %d bytes", c.name, len(b))
		}
		e := must[op.Envelope](t)(op.SealJoinRequest(p.group, k.ID, week, p.offer.Key, b))
		got, err := p.invite.OpenRequest(p.group, again(t, e))
		if code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if err != nil && got.Name != "" {
			t.Errorf("%s: a request comes back with the refusal", c.name)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{long, "", "E_TOO_BIG"}, {"", "", "E_MALFORMED"}, {"Sue", long, "E_TOO_BIG"}, {"Sue", "\x00", "E_MALFORMED"},
	} {
		if _, err := p.offer.NewRequest(rand.Reader, p.cert(t, p.group), p.root, c.name, c.text, op.Signed{}); code(err) != c.want {
			t.Errorf("NewRequest(%.10q, %.10q) = %v, want %s", c.name, c.text, err, c.want)
		}
	}
	if _, err := p.offer.NewRequest(rand.Reader, p.cert(t, q.group), p.root, "Sue", "", op.Signed{}); code(err) != "E_FORGED" {
		t.Errorf("NewRequest with a certificate for another group = %v, want E_FORGED", err)
	}
	if _, err := p.offer.NewRequest(bytes.NewReader(nil), p.cert(t, p.group), p.root, "Sue", "", op.Signed{}); err == nil {
		t.Error("NewRequest without chance: no error")
	}
}

func TestAdmittedOn(t *testing.T) {
	p := newParty(t, 1)
	got, err := AdmittedOn(group.Admit{Core: p.request.Signed.Core})
	if err != nil || got != p.invite.ID {
		t.Errorf("AdmittedOn = %v, %v; want %v", got, err, p.invite.ID)
	}
	if _, err := AdmittedOn(group.Admit{Core: []byte{0xa0}}); err == nil {
		t.Error("AdmittedOn of an empty core: no error")
	}
}

// What lies in the mailbox for strangers to see holds no name, no id of the group and none of a person. The name is looked
// for with its length before it, as CBOR has it: three letters alone stand in random bytes now and then.
func TestT34MailboxSaysNothing(t *testing.T) {
	p := newParty(t, 1)
	for _, e := range []op.Envelope{p.drop, p.sealed} {
		for what, secret := range map[string][]byte{
			"group": p.group[:], "joiner": public(p.root), "inviter": p.inviter, "name": []byte("\x63Sue"), "hint": []byte("Oak House"),
			"device": public(p.device), "secret": p.link.Secret[:], "pin": p.link.Inviter[:], "box key": p.offer.Key[:32],
		} {
			if bytes.Contains(e.Bytes, secret) {
				t.Errorf("kind %d shows the %s", e.Kind, what)
			}
		}
	}
}
