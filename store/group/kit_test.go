package group

import (
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"kith/store/kp1"
)

// tb is what the checks of this package need of a test, a benchmark, a rapid case or a mutant.
type tb interface {
	Helper()
	Logf(format string, args ...any)
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// mutant is a test in which rules are turned off; what fails in it is remembered.
type mutant struct {
	tb
	off  off
	fail error
}

// caught ends the check that failed.
type caught struct{}

func (m *mutant) Error(args ...any)                 { m.Fatal(args...) }
func (m *mutant) Errorf(format string, args ...any) { m.Fatalf(format, args...) }
func (m *mutant) Fatal(args ...any)                 { m.Fatalf("%s", fmt.Sprint(args...)) }
func (m *mutant) Fatalf(format string, args ...any) {
	m.fail = fmt.Errorf(format, args...)
	panic(caught{})
}

// under runs a check with rules turned off and returns what failed, nil if nothing did.
func (o off) under(t tb, check func(tb)) (failed error) {
	m := &mutant{tb: t, off: o}
	defer func() {
		if r := recover(); r != nil && r != any(caught{}) {
			m.fail = fmt.Errorf("panic: %v", r)
		}
		failed = m.fail
	}()
	check(m)
	return nil
}

// newLog returns an empty log, under the rules of the test.
func newLog(t tb) *Log {
	l := NewLog(testGID)
	if m, ok := t.(*mutant); ok {
		l.off = m.off
	}
	return l
}

// bodies remembers decoded bodies that cost signature checks: the same few certificates stand in thousands of ops.
var bodies = map[string]Body{}

// decodeOnce is DecodeBody.
func decodeOnce(typ string, b []byte) (Body, error) {
	switch typ {
	case TypeGenesis, TypeAdmit, TypeAddDevice, TypePropose:
	default:
		return DecodeBody(typ, b)
	}
	key := typ + string(b)
	if v, ok := bodies[key]; ok {
		return v, nil
	}
	v, err := DecodeBody(typ, b)
	if err == nil {
		if len(bodies) > 4096 {
			clear(bodies)
		}
		bodies[key] = v
	}
	return v, err
}

// add is Log.Add with the bodies of earlier tests.
func add(l *Log, o Op) error { return l.add(o, decodeOnce, false) }

// seed turns words into 32 bytes, so that every key of a test is the same in every run.
func seed(format string, args ...any) []byte {
	h := sha256.Sum256(fmt.Appendf(nil, format, args...))
	return h[:]
}

// dev is a device with its secret key.
type dev struct {
	key  ed25519.PrivateKey
	pub  ed25519.PublicKey
	hpke []byte
	peer []byte
	id   kp1.DID
	who  *who
	cert Cert // by the root
}

// who is a person with a root key and some devices.
type who struct {
	name string
	root ed25519.PrivateKey
	id   kp1.MID
	devs []*dev
	core SignedCore // names devs[0]
}

var testSalt = [32]byte(seed("salt"))

// testGID is the group that the founder "ann" founds in every test.
var testGID = kp1.GroupID(testSalt, ed25519.NewKeyFromSeed(seed("device ann 0")).Public().(ed25519.PublicKey))

var hpkeKeys = map[string][]byte{}

func hpkeKey(t tb, name string) []byte {
	if k, ok := hpkeKeys[name]; ok {
		return k
	}
	k, err := hpke.MLKEM768X25519().DeriveKeyPair(seed("hpke %s", name))
	if err != nil {
		t.Fatal(err)
	}
	hpkeKeys[name] = k.PublicKey().Bytes()
	return hpkeKeys[name]
}

var persons = map[string]*who{}

// someone returns the person of this name, with three devices.
func someone(t tb, name string) *who {
	if w, ok := persons[name]; ok {
		return w
	}
	w := &who{name: name, root: ed25519.NewKeyFromSeed(seed("root %s", name))}
	w.id = kp1.MemberID(w.root.Public().(ed25519.PublicKey))
	for i := range 3 {
		w.devs = append(w.devs, newDev(t, w, i))
	}
	w.core = w.request(t, kp1.IID(seed("invite")), w.devs[0].cert, 0)
	persons[name] = w
	return w
}

func newDev(t tb, w *who, i int) *dev {
	d := &dev{
		key: ed25519.NewKeyFromSeed(seed("device %s %d", w.name, i)), who: w,
		hpke: hpkeKey(t, fmt.Sprintf("%s %d", w.name, i)), peer: seed("peer %s %d", w.name, i),
	}
	d.pub = d.key.Public().(ed25519.PublicKey)
	d.id = kp1.DeviceID(d.pub)
	c, err := NewCert(testGID, w.root.Public().(ed25519.PublicKey), d.pub, d.hpke, d.peer, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.cert = SignCert(c, kp1.DID{}, w.root, d.key)
	return d
}

// request signs a join request.
func (w *who) request(t tb, invite kp1.IID, c Cert, nonce byte) SignedCore {
	s, err := SignCore(Core{
		V: 1, Group: testGID, Invite: invite, Root: [32]byte(w.root.Public().(ed25519.PublicKey)),
		Cert: c, Nonce: [16]byte{nonce},
	}, w.root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *who) steward(t tb) SignedCore { return w.request(t, kp1.IID{}, w.devs[0].cert, 9) }

// world is every op ever written, and what each device has of them.
type world struct {
	t    tb
	all  *Log // without fences
	ops  []Op // in the order written
	knew map[kp1.DID]set
	tip  map[kp1.DID]kp1.ID
	seq  map[kp1.DID]uint64
	n    uint64

	settled int // of a random history: how many ops everybody knew before it became random
}

func newWorld(t tb) *world {
	l := newLog(t)
	l.open = true
	return &world{t: t, all: l, knew: map[kp1.DID]set{}, tip: map[kp1.DID]kp1.ID{}, seq: map[kp1.DID]uint64{}}
}

// found writes a Genesis by ann.
func found(t tb, policy PolicyFields, stewards ...string) *world {
	w := newWorld(t)
	var st []SignedCore
	for _, s := range stewards {
		st = append(st, someone(t, s).steward(t))
	}
	g, err := NewGenesis(testSalt, someone(t, "ann").devs[0].cert, policy, st)
	if err != nil {
		t.Fatal(err)
	}
	w.must(someone(t, "ann").devs[0], g)
	return w
}

func opID(o Op, nonce uint64) kp1.ID {
	b := kp1.LP([]byte(o.Type), o.Device[:], kp1.BE64(o.Seq), o.Prev[:], kp1.BE64(o.V), kp1.BE64(nonce), o.Body)
	for _, a := range o.Auth {
		b = append(b, a[:]...)
	}
	return kp1.Sum(b)
}

// heads returns the heads of what a device knows.
func (w *world) heads(d kp1.DID) []kp1.ID { return w.headsOf(w.knew[d]) }

func (w *world) headsOf(s set) []kp1.ID {
	var top []int
	s.minus(set{}, func(i int) bool { top = append(top, i); return true })
	var out []kp1.ID
	for _, i := range w.all.latest(top) {
		out = append(out, w.all.nodes[i].op.ID)
	}
	slices.SortFunc(out, kp1.ID.Compare)
	return out
}

// draft makes the op a device would write next.
func (w *world) draft(d *dev, b Body) Op {
	w.t.Helper()
	body, err := b.Encode()
	if err != nil {
		w.t.Fatalf("encode %s: %v", b.Type(), err)
	}
	return w.raw(d, b.Type(), body, w.heads(d.id))
}

// raw makes an op that names these heads, as many of them as an op may.
func (w *world) raw(d *dev, typ string, body []byte, heads []kp1.ID) Op {
	o := Op{V: 1, Type: typ, Device: d.id, Seq: w.seq[d.id] + 1, Prev: w.tip[d.id], Auth: heads[:min(len(heads), kp1.MaxAuthRefs)], Body: body}
	w.n++
	o.ID = opID(o, w.n)
	return o
}

// file adds an op and lets its author know it.
func (w *world) file(o Op) error {
	if err := add(w.all, o); err != nil {
		return err
	}
	i := w.all.index[o.ID]
	w.ops = append(w.ops, o)
	w.knew[o.Device] = w.knew[o.Device].union(w.all.closure(i))
	w.tip[o.Device], w.seq[o.Device] = o.ID, o.Seq
	return nil
}

// write files an op and returns it; whether it is valid is another matter.
func (w *world) write(d *dev, b Body) Op {
	w.t.Helper()
	o := w.draft(d, b)
	if err := w.file(o); err != nil {
		w.t.Fatalf("Add(%s by %s) = %v", b.Type(), d.who.name, err)
	}
	return o
}

// must is write for an op that has to be valid.
func (w *world) must(d *dev, b Body) Op {
	w.t.Helper()
	o := w.write(d, b)
	if err := w.all.nodes[w.all.index[o.ID]].err; err != nil {
		w.t.Fatalf("%s by %s = %v, want valid", b.Type(), d.who.name, err)
	}
	return o
}

// mustNot is write for an op that has to be invalid for this reason.
func (w *world) mustNot(d *dev, b Body, want error) Op {
	w.t.Helper()
	o := w.write(d, b)
	if err := w.all.nodes[w.all.index[o.ID]].err; !is(err, want) {
		w.t.Fatalf("%s by %s = %v, want %v", b.Type(), d.who.name, err, want)
	}
	return o
}

// meet lets devices exchange all they know.
func (w *world) meet(ds ...*dev) {
	var s set
	for _, d := range ds {
		s = s.union(w.knew[d.id])
	}
	for _, d := range ds {
		w.knew[d.id] = s
	}
}

// everybody lets the devices of all these people meet.
func (w *world) everybody(names ...string) {
	var ds []*dev
	for _, n := range names {
		ds = append(ds, someone(w.t, n).devs...)
	}
	w.meet(ds...)
}

func (w *world) dev(name string, i int) *dev { return someone(w.t, name).devs[i] }

func (w *world) admit(name string, rank uint8, more ...Cert) Admit {
	w.t.Helper()
	return admitOnce(w.t, name, rank, more...)
}

var admits = map[string]Admit{}

func admitOnce(t tb, name string, rank uint8, more ...Cert) Admit {
	t.Helper()
	key := fmt.Sprint(name, rank)
	for _, c := range more {
		key += string(c.raw)
	}
	if a, ok := admits[key]; ok {
		return a
	}
	a, err := NewAdmit(testGID, someone(t, name).core, Terms{Rank: rank, History: HistoryAll, Verified: 1, Devices: more})
	if err != nil {
		t.Fatal(err)
	}
	admits[key] = a
	return a
}

// second lets one device propose and another person's approve; the op returned is the Approve, and it is valid.
func (w *world) second(proposer, approver *dev, action Body, cut ...CutEntry) Op {
	w.t.Helper()
	p, err := NewPropose(action)
	if err != nil {
		w.t.Fatal(err)
	}
	o := w.must(proposer, p)
	w.meet(proposer, approver)
	o = w.must(approver, NewApprove(o.ID, action, cut))
	w.meet(proposer, approver)
	return o
}

// logOf builds a log from ops in the given order; it fails when one is refused.
func logOf(t tb, open bool, ops []Op) *Log {
	t.Helper()
	l := newLog(t)
	l.open = open
	for _, o := range ops {
		if err := add(l, o); err != nil && !is(err, ErrWaiting) {
			t.Fatalf("Add(%s) = %v", o.Type, err)
		}
	}
	return l
}

// shuffle returns the ops in another order in which each still stands after its past.
func shuffle(ops []Op, next func(n int) int) []Op {
	here := map[kp1.ID]bool{}
	left := slices.Clone(ops)
	var out []Op
	for len(left) > 0 {
		for {
			k := next(len(left))
			o := left[k]
			ready := o.Prev.IsZero() || here[o.Prev]
			for _, a := range o.Auth {
				ready = ready && here[a]
			}
			if ready {
				here[o.ID] = true
				out = append(out, o)
				left = slices.Delete(left, k, k+1)
				break
			}
		}
	}
	return out
}

// in says who is in with which rank, as "ann 2, bob 1".
func in(l *Log, names ...string) string {
	s := ""
	st := l.State()
	for _, n := range names {
		p, ok := persons[n]
		if !ok {
			continue // nobody has spoken of them
		}
		if m, ok := st.Member(p.id); ok {
			if s != "" {
				s += ", "
			}
			s += fmt.Sprintf("%s %d", n, m.Rank)
		}
	}
	return s
}

// headOf makes the head of an op as it is signed, for Evidence.
func headOf(d *dev, chain byte, seq uint64, prev, digest []byte) []byte {
	if seq == 1 {
		prev = nil
	}
	return kp1.LP(testGID[:], d.id[:], []byte{chain}, binary.BigEndian.AppendUint64(nil, seq), prev, digest)
}

func evidence(d *dev, chain byte, seq uint64, cut Cut) Evidence {
	e := Evidence{
		Device: d.id, Cut: NewCut(cut...),
		Head1: headOf(d, chain, seq, seed("prev"), seed("one")), Head2: headOf(d, chain, seq, seed("prev"), seed("two")),
	}
	if slices.Compare(e.Head1, e.Head2) > 0 {
		e.Head1, e.Head2 = e.Head2, e.Head1
	}
	e.Sig1 = [64]byte(ed25519.Sign(d.key, kp1.SignMessage(kp1.LabelSigOp, e.Head1)))
	e.Sig2 = [64]byte(ed25519.Sign(d.key, kp1.SignMessage(kp1.LabelSigOp, e.Head2)))
	return e
}

// commits are the commitments of an epoch that the word stands for.
func commits(word string) []byte {
	var c Commits
	for i := range c.Key {
		c.Key[i], c.Content[i] = [32]byte(seed("K %s %d", word, i)), [32]byte(seed("Kcont %s %d", word, i))
	}
	c.Auth = [32]byte(seed("Kauth %s", word))
	b, err := c.Encode()
	if err != nil {
		panic(err)
	}
	return b
}

// rekey is the Rekey a device would write now, from what it knows.
func (w *world) rekey(d *dev, word string) Rekey {
	w.t.Helper()
	v := w.all.resolve(w.knew[d.id])
	cm := commits(fmt.Sprintf("%s %d", word, w.n))
	r := Rekey{Epoch: EpochID(testGID, d.id, w.seq[d.id]+1, cm), Commits: cm, Boxes: [32]byte(seed("boxes"))}
	var to []kp1.DID
	for id, g := range v.gear {
		if g.in {
			to = append(to, id)
		}
	}
	r.To = sortIDs(to, kp1.DID.Compare)
	return r
}

func is(err, want error) bool { return errors.Is(err, want) }

func asMissing(err error, m **MissingError) bool { return errors.As(err, m) }
