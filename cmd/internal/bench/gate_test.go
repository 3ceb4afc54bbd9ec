package bench

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"kith/store/kp1"
	"kith/store/op"
)

// The gates of docs/benchmarks.md: exact counts, which no busy machine can change.

// gatePlan is a workload with both peers in this process.
func gatePlan(t *testing.T, n int) *plan {
	t.Helper()
	return &plan{n: n, authors: 1, act: actRSVP, transport: tcpName, runs: 1, dir: t.TempDir(), t: &table{out: io.Discard}}
}

// gatePair is two level peers with n ops.
func gatePair(t *testing.T, n int) (x *pair, given, joined counted) {
	t.Helper()
	ctx := t.Context()
	x, err := first(ctx, gatePlan(t, n), n, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.end(); err != nil {
			t.Error(err)
		}
	})
	before, err := settled(ctx, x.a)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.a.call(ctx, "stats", args{On: true}, &given); err != nil {
		t.Fatal(err)
	}
	if _, err := x.second(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	if joined, err = settled(ctx, x.b); err != nil {
		t.Fatal(err)
	}
	after, err := settled(ctx, x.a)
	if err != nil {
		t.Fatal(err)
	}
	if got, most := trips(before, after, joined), 10+float64(given.Size.Bytes>>20)+1; got > most {
		t.Errorf("joining %d ops took %v round trips, want at most %v", n, got, most)
	}
	return x, given, joined
}

func TestJoinBytes(t *testing.T) {
	_, given, joined := gatePair(t, 1000)
	most := uint64(given.Size.Bytes)*105/100 + 8000 //nolint:gosec // a size
	if joined.In > most {
		t.Errorf("joining %d envelopes of %d bytes took %d bytes in, want at most %d", given.Size.Envelopes, given.Size.Bytes, joined.In, most)
	}
	if joined.Asks != 1 {
		t.Errorf("the joiner asked %d times, want once for all of it: pieces come out of order", joined.Asks)
	}
	if most := uint64(4_000); joined.Out > most {
		t.Errorf("the joiner said %d bytes, want at most %d", joined.Out, most)
	}
	if given.Size.Small > 636 {
		t.Errorf("an answer is an envelope of %d bytes, want at most 636", given.Size.Small)
	}
}

func TestReconnectBytes(t *testing.T) {
	const each = 100
	x, given, _ := gatePair(t, 1000)
	ctx := t.Context()
	if _, err := x.meetAgain(ctx, 1, 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		onA, onB   int
		bytes      float64
		roundTrips float64
	}{
		{"nothing new", 0, 0, 2000, helloTrips + 1},
		{"one op", 1, 0, float64(given.Size.Small)*1.15 + 4000, helloTrips + 3},
		{"ten on each side", 10, 10, 20*float64(given.Size.Small)*1.15 + 4000, helloTrips + 6},
		{"100 on each side", each, each, 2*each*float64(given.Size.Small)*1.15 + 4000, helloTrips + 6},
	} {
		m, err := x.meetAgain(ctx, c.onA, c.onB)
		if err != nil {
			t.Fatal(err)
		}
		if m.bytes > c.bytes || m.trips > c.roundTrips {
			t.Errorf("meeting again with %s: %.0f bytes and %.0f round trips, want at most %.0f and %.0f", c.name, m.bytes, m.trips, c.bytes, c.roundTrips)
		}
	}
}

// TestAllocations holds what one op costs in allocations, wherever it comes from.
func TestAllocations(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	group, keys, eid := kp1.GID{1}, op.EpochKeys([32]byte{2}), kp1.EID{3}
	o := op.Op{
		V: 1, Type: "calendar/rsvp", Group: group, Device: kp1.DeviceID(pub), Seq: 2, Prev: kp1.ID{4}, Time: 1_795_000_000,
		Auth: []kp1.ID{{5}}, Deps: []kp1.ID{{6}, {7}}, Nonce: [16]byte{8}, Body: []byte{0xa1, 0x61, 'a', 0x01},
	}
	s, err := op.Sign(o, key)
	if err != nil {
		t.Fatal(err)
	}
	bytes, ck := s.Encode(), keys.ContentKey(eid, kp1.CompAll)
	env, err := op.SealOps(rand.Reader, group, ck, op.KindOps, 2950, nil, []op.Signed{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		most float64
		do   func() error
	}{
		{"Sign", 2, func() error { _, err := op.Sign(o, key); return err }},
		{"Encode", 1, func() error { s.Encode(); return nil }},
		{"DecodeSigned", 6, func() error { _, err := op.DecodeSigned(bytes); return err }},
		{"Verify", 0, func() error { return s.Verify(pub) }},
		{"SealOps", 40, func() error {
			_, err := op.SealOps(rand.Reader, group, ck, op.KindOps, 2950, nil, []op.Signed{s})
			return err
		}},
		{"DecodeEnvelope", 1, func() error { _, err := op.DecodeEnvelope(env.Bytes); return err }},
		{"OpenOps", 36, func() error { _, _, err := op.OpenOps(group, env, []op.Key{ck}); return err }},
	} {
		got := testing.AllocsPerRun(200, func() {
			if err := c.do(); err != nil {
				t.Fatalf("%s = %v", c.name, err)
			}
		})
		if got > c.most {
			t.Errorf("%s makes %v allocations, want at most %v", c.name, got, c.most)
		}
	}
}

// TestHarness speaks the JSON lines of the peers' harness to two peers, job by job, as its driver does.
func TestHarness(t *testing.T) {
	a, b := newLines(t), newLines(t)
	dir := t.TempDir()
	t.Setenv("N", "40")
	var o opened
	a.call("open", args{Dir: filepath.Join(dir, "a"), Role: "a"}, &o)
	var d done
	if a.call("each", args{N: 20, S: 8}, &d); d.N != 20 || d.S <= 0 {
		t.Fatalf("each = %+v, want 20 in some time", d)
	}
	a.call("many", args{N: 20}, nil)
	b.call("open", args{Dir: filepath.Join(dir, "b"), Role: "b", Shared: o.Shared, Addr: o.Addr}, nil)
	b.call("connect", args{Addr: o.Addr}, nil)
	b.until(40)
	b.call("live", args{On: true}, nil)
	a.call("drip", args{N: 20, Gap: 1}, nil)
	b.until(60)
	var took []float64
	if b.call("live", args{}, &took); len(took) != 20 || quantile(took, 0) <= 0 {
		t.Fatalf("live = %v, want 20 times", took)
	}
	b.call("disconnect", args{}, nil)
	a.call("many", args{N: 10}, nil)
	b.call("many", args{N: 10}, nil)
	b.call("connect", args{Addr: o.Addr}, nil)
	a.until(80)
	b.until(80)
	b.call("close", args{}, nil)
	a.call("close", args{}, nil)
	again := newLines(t)
	again.call("open", args{Dir: filepath.Join(dir, "a"), Role: "a", Shared: o.Shared, Reopen: true}, nil)
	again.until(80)
	again.call("close", args{}, nil)
}

// lines is the driver's end of one peer.
type lines struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
	n   int
}

func newLines(t *testing.T) *lines {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- servePeer(context.Background(), inR, outW) }()
	l := &lines{t: t, in: inW, out: bufio.NewScanner(outR)}
	if !l.out.Scan() || l.out.Text() != `{"ready":true}` {
		t.Fatalf("first line %q, want ready", l.out.Text())
	}
	t.Cleanup(func() {
		inW.Close()
		if err := <-ended; err != nil {
			t.Errorf("peer ended with %v", err)
		}
	})
	return l
}

func (l *lines) call(cmd string, a args, out any) {
	l.t.Helper()
	l.n++
	b, err := json.Marshal(ask{l.n, cmd, a})
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.in.Write(append(b, '\n')); err != nil {
		l.t.Fatal(err)
	}
	if !l.out.Scan() {
		l.t.Fatalf("%s: no answer", cmd)
	}
	var r reply
	if err := json.Unmarshal(l.out.Bytes(), &r); err != nil || r.E != "" || r.ID != l.n {
		l.t.Fatalf("%s = %s, %v", cmd, l.out.Text(), err)
	}
	if out != nil {
		if err := json.Unmarshal(r.R, out); err != nil {
			l.t.Fatalf("%s: %v", cmd, err)
		}
	}
}

func (l *lines) until(n int) {
	l.t.Helper()
	var w waited
	if l.call("wait", args{N: n, S: 30}, &w); !w.OK || w.C != n || w.At == "" {
		l.t.Fatalf("wait(%d) = %+v", n, w)
	}
}

// TestMailboxCounts: what is put is there once, is fetched once, and whoever has all of it fetches nothing. The workload
// itself fails where a count is another.
func TestMailboxCounts(t *testing.T) {
	p := gatePlan(t, 200)
	for _, err := range []error{through(t.Context(), p, 200), polling(t.Context(), p, 3, 100)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range p.t.rows {
		if r.Unit == "/env" && r.Ours > 1 {
			t.Errorf("%s: %v commits an envelope, want at most one", r.What, r.Ours)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, argv := range [][]string{{"-w", "9"}, {"-n", "1"}, {"-transport", "pigeon"}, {"-act", "shout"}, {"and more"}, {"append"}} {
		if err := Run(t.Context(), argv, io.Discard); err == nil {
			t.Errorf("Run(%q) = nil, want an error", strings.Join(argv, " "))
		}
	}
}
