package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

const floodVar = "KITH_STORE_FLOOD"

// TestT39Floods: envelopes of nothing, words that wait for what never comes, forks without end, forged signatures and boxes
// that open nowhere, all by a member, in a process of their own: it never takes 256 MiB, and what another member says comes
// in between and afterwards. `make soak` sends a million envelopes.
func TestT39Floods(t *testing.T) {
	if os.Getenv(floodVar) != "" {
		floods(t)
		return
	}
	args := []string{"-test.run=^TestT39Floods$", "-test.count=1"}
	if long() {
		args = append(args, "-rapid.checks=1000")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), floodVar+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, after, ok := strings.Cut(string(out), "took ")
	kib := 0
	if fmt.Sscan(after, &kib); !ok || kib == 0 {
		t.Skip("no /proc here to see the memory of another process in")
	}
	t.Logf("%d MiB at most", kib>>10)
	if kib > 256<<10 {
		t.Errorf("the process took %d MiB, want less than 256", kib>>10)
	}
}

// flood makes the n-th envelope of one kind of flood.
type flood func(n int) []byte

func floods(t *testing.T) {
	junk, other := 4_000, 400
	if long() {
		junk, other = 1_000_000, 20_000
	}
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Sue", "Cy")
	ada, sue, cy := homes[0], homes[1], homes[2]
	th := ada.talk(g, "talk")
	levelAll(t, g, homes)
	now = now.Add(time.Hour)
	x := sue.groups[g]
	id, _ := x.log.Pick(kp1.CompTeam)
	team, _ := x.ring[id].sealer(kp1.CompTeam)
	auth, _ := x.ring[id].sealer(kp1.ChainAuth)
	numbered := func(n int) (out kp1.ID) {
		binary.BigEndian.PutUint64(out[:], uint64(n)+1) //nolint:gosec // not negative
		return out
	}
	sign := func(o op.Op) op.Signed {
		o.Group, o.Device, o.Time = g, x.self.Device, sue.unix()
		if o.Auth == nil {
			o.Auth = x.log.Heads()
		}
		s, err := x.sign(o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	seal := func(k op.Key, kind op.Kind, boxes [][]byte, ops ...op.Signed) []byte {
		env, err := op.SealOps(rand.Reader, g, k, kind, sue.week(), boxes, ops)
		if err != nil {
			t.Fatal(err)
		}
		return env.Bytes
	}
	at := sue.head(g, kp1.CompTeam)
	some := sign(op.Op{Type: "thread/new", Comp: kp1.CompTeam, Seq: at.seq + 1, Prev: at.id, Body: []byte{0xa0}})
	many := make([]op.Signed, kp1.MaxOps)
	for i := range many {
		many[i] = sign(op.Op{Type: "thread/new", Comp: kp1.CompTeam, Seq: at.seq + 1, Prev: at.id, Body: []byte{0xa0}})
	}
	branch := at
	boxes := make([][]byte, kp1.MaxBoxes)
	for i := range boxes {
		boxes[i] = make([]byte, 1_400)
		boxes[i][0] = byte(i)
	}
	made, _ := x.log.Op(x.log.Epochs()[0].Op)
	rekey := sign(op.Op{Type: group.TypeRekey, Seq: 99, Prev: kp1.ID{1}, Body: made.Body})
	sue.utter(g, group.NewAck())
	meet(t, sue, ada, g)
	acked, seq := x.log.Last(x.self.Device)
	ack, _ := x.log.Op(acked)
	second := func() op.Signed {
		s, err := x.sign(op.Op{Type: group.TypeAck, Group: g, Device: x.self.Device, Seq: seq, Prev: ack.Prev, Time: 1, Auth: ack.Auth, Body: emptyAck})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	invented := func() op.Key {
		k := op.Key{Chain: kp1.ChainAuth}
		_, _ = rand.Read(k.EID[:])
		return k
	}
	for _, f := range []struct {
		name string
		n    int
		make flood
	}{
		{"junk", junk, func(n int) []byte { // sealed under a key nobody has
			k := team
			if n%2 == 0 {
				k.EID[0] ^= byte(n)
				k.EID[1] ^= byte(n >> 8)
			}
			k.Key = kp1.ID{byte(n), byte(n >> 8), byte(n >> 16), 1}
			return seal(k, op.KindOps, nil, some)
		}},
		{"deps bombs", other, func(n int) []byte { // each waits for 32 ops that never come
			var deps []kp1.ID
			for i := range kp1.MaxContentRefs {
				deps = append(deps, numbered(n*kp1.MaxContentRefs+i))
			}
			return seal(team, op.KindOps, nil, sign(op.Op{Type: "thread/new", Comp: kp1.CompTeam, Seq: at.seq + 1, Prev: at.id, Deps: deps, Body: []byte{0xa0}}))
		}},
		{"heads bombs", other, func(n int) []byte {
			var heads []kp1.ID
			for i := range kp1.MaxAuthRefs {
				heads = append(heads, numbered(n*kp1.MaxAuthRefs+i))
			}
			return seal(auth, op.KindOps, nil, sign(op.Op{Type: group.TypeAck, Seq: 50, Prev: kp1.ID{2}, Auth: heads, Body: emptyAck}))
		}},
		{"forks of a chain of membership", other, func(int) []byte { // all in one place, with a date that makes them history
			return seal(auth, op.KindOps, nil, second())
		}},
		{"forks", other, func(n int) []byte { // one long branch, and from it another at every step
			s := sign(op.Op{Type: "thread/new", Comp: kp1.CompTeam, Seq: branch.seq + 1, Prev: branch.id, Body: []byte{0xa0}})
			if n%2 == 0 {
				branch = head{seq: s.Seq, id: s.ID}
			}
			return seal(team, op.KindOps, nil, s)
		}},
		{"signatures", other / 2, func(int) []byte { // as many as one envelope holds, none of them good
			bad := slices.Clone(many)
			for i := range bad {
				_, _ = rand.Read(bad[i].Sig[:])
			}
			return seal(team, op.KindOps, nil, bad...)
		}},
		{"boxes", other / 10, func(int) []byte { return seal(invented(), op.KindRekey, boxes, rekey) }},
		{"payloads", other, func(n int) []byte {
			env, err := op.SealPayload(rand.Reader, g, id, kp1.CompTeam, sue.week(), numbered(n), nil, make([]byte, 40_000))
			if err != nil {
				t.Fatal(err)
			}
			return env.Bytes
		}},
	} {
		begun := time.Now()
		for done := 0; done < f.n; done += 200 {
			raws := make([][]byte, 0, 200)
			for i := range min(200, f.n-done) {
				raws = append(raws, f.make(done+i))
			}
			ada.from(sue, g, raws...)
		}
		said := cy.do(g, thread.Post{Thread: th, Text: "beside " + f.name})
		meet(t, ada, cy, g)
		mustPost(t, ada, g, th, said)
		fmt.Printf("%s: %d in %v\n", f.name, f.n, time.Since(begun).Round(time.Millisecond))
	}
	if _, err := ada.Tend(context.Background(), g); err != nil {
		t.Error(err)
	}
	ada.again()
	said := cy.do(g, thread.Post{Thread: th, Text: "afterwards"})
	meet(t, ada, cy, g)
	mustPost(t, ada, g, th, said)
	if r, err := ada.Check(context.Background()); err != nil || len(r.Bad) > 0 {
		t.Errorf("Check = %+v, %v", r, err)
	}
	fmt.Println("took", peak())
}

// peak is the most memory this process has had, in KiB; 0 where that cannot be read.
func peak() (kib int) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	fmt.Sscan(rest, &kib)
	return kib
}
