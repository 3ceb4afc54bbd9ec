package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// TestAnyOrder lets members act at random and brings what they wrote to one another in any order, with duplicates and
// gaps. Once nobody lacks anything, all are equal and every store proves itself, also after a restart.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		t := oneCase{t, rt}
		g, homes := team(t, "Ada", "Sue", "Bev")
		defer func() {
			for _, h := range homes {
				_ = h.Close()
			}
		}()
		var threads, asks []kp1.ID
		for n := range rapid.IntRange(4, 16).Draw(rt, "acts") {
			h := homes[rapid.IntRange(0, len(homes)-1).Draw(rt, "who")]
			switch rapid.SampledFrom([]string{"talk", "post", "post", "ask", "offer", "home", "deliver", "deliver", "restart", "rekey", "remove"}).Draw(rt, "what") {
			case "talk":
				threads = append(threads, h.talk(g, fmt.Sprint("talk ", n)))
			case "post":
				if len(threads) > 0 {
					h.try(rt, g, thread.Post{Thread: rapid.SampledFrom(threads).Draw(rt, "thread"), Text: fmt.Sprint("post ", n)})
				}
			case "ask":
				day := when.Date{Year: 2026, Month: 12, Day: 1 + n}
				id := h.try(rt, g, sleepover.Ask{Terms: sleepover.Terms{Child: "Mia", From: day, To: when.Date{Year: 2026, Month: 12, Day: 2 + n}}, Beds: 1, Kind: sleepover.Planned})
				asks = append(asks, id)
			case "offer":
				if len(asks) > 0 {
					h.try(rt, g, sleepover.Offer{Ask: rapid.SampledFrom(asks).Draw(rt, "ask")})
				}
			case "home":
				h.try(rt, g, people.Profile{Name: fmt.Sprint(h.Name(), " ", n)})
			case "deliver":
				deliver(rt, g, h, homes)
			case "restart":
				h.again()
			case "rekey":
				if err := h.change(func(t tx) error {
					b, err := h.groups[g].batch(t, kp1.DID{})
					if err != nil {
						return err
					}
					return errors.Join(b.rekey(nil), b.finish())
				}); err != nil && !refusal(err) {
					rt.Fatal(err)
				}
			case "remove":
				if n > 8 && h == homes[0] {
					if _, err := h.Remove(context.Background(), g, homes[2].View().Group(g).Me, ReasonUnsaid); err != nil && !refusal(err) {
						rt.Fatal(err)
					}
				}
			}
		}
		for range 3 {
			for _, h := range homes {
				deliverAll(rt, g, h, homes)
			}
		}
		level(t, g, homes[:2]...)
		_, in := homes[0].View().Group(g).State.Member(homes[2].View().Group(g).Me)
		if in { // who is out is not told so, and what they go on writing waits behind the fence for somebody's word
			level(t, g, homes...)
		}
		for _, h := range homes {
			h.clean()
			before, err := h.Fingerprint(g)
			if err != nil {
				rt.Fatal(err)
			}
			h.again()
			if after, err := h.Fingerprint(g); err != nil || after != before {
				rt.Errorf("%s after a restart: %s, want %s (%v)", h.Name(), after.Short(), before.Short(), err)
			}
			if w := h.View().Group(g).Waiting; w != 0 && in {
				rt.Errorf("%s: %d envelopes wait after all came", h.Name(), w)
			}
		}
	})
}

// oneCase is a test as far as one case of rapid is: a failure is the case's own, so that rapid can make it smaller.
type oneCase struct {
	testing.TB
	rt *rapid.T
}

func (c oneCase) Error(a ...any)            { c.rt.Error(a...) }
func (c oneCase) Errorf(f string, a ...any) { c.rt.Errorf(f, a...) }
func (c oneCase) Fatal(a ...any)            { c.rt.Fatal(a...) }
func (c oneCase) Fatalf(f string, a ...any) { c.rt.Fatalf(f, a...) }
func (c oneCase) Cleanup(f func())          { c.rt.Cleanup(f) }

// TempDir is gone with its case: what thousands of them leave would fill the disk, and take long to clear up at the end.
func (c oneCase) TempDir() string {
	dir, err := os.MkdirTemp("", "kith-case-")
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			c.Error(err)
		}
	})
	return dir
}

// refusal says that an error is a rule's and not a fault.
func refusal(err error) bool {
	var rule *care.Rule
	return errors.As(err, &rule) || errors.Is(err, ErrNotIn) || errors.Is(err, ErrNoEpoch) || errors.Is(err, ErrNoMember) || errors.Is(err, group.ErrNotAllowed)
}

func (h *home) try(t *rapid.T, g kp1.GID, a care.Act) kp1.ID {
	ids, err := h.Propose(context.Background(), g, Draft{Act: a, Comp: kp1.CompTeam})
	if err != nil {
		if !refusal(err) {
			t.Fatalf("Propose(%s) = %v", a.Type(), err)
		}
		return kp1.ID{}
	}
	return ids[0]
}

// deliver brings some of what the others have, in any order, some of it twice.
func deliver(t *rapid.T, g kp1.GID, to *home, homes []*home) {
	from := homes[rapid.IntRange(0, len(homes)-1).Draw(t, "from")]
	raws := shuffled(t, from.all(g))
	raws = raws[:rapid.IntRange(0, len(raws)).Draw(t, "gap")]
	raws = append(raws, raws[:len(raws)/3]...)
	acceptAs(t, g, to, from, raws)
}

func deliverAll(t *rapid.T, g kp1.GID, to *home, homes []*home) {
	for _, from := range homes {
		acceptAs(t, g, to, from, shuffled(t, from.all(g)))
	}
}

// shuffled puts envelopes in an order that one number tells.
func shuffled(t *rapid.T, raws [][]byte) [][]byte {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
	r.Shuffle(len(raws), func(i, j int) { raws[i], raws[j] = raws[j], raws[i] })
	return raws
}

func acceptAs(t *rapid.T, g kp1.GID, to, from *home, raws [][]byte) {
	if from == to {
		return
	}
	for raws := range slices.Chunk(raws, rapid.IntRange(1, 40).Draw(t, "batch")) {
		if _, err := to.Accept(context.Background(), g, from.View().Group(g).Device, raws); err != nil {
			t.Fatalf("Accept = %v", err)
		}
	}
}

// TestNewcomerAnyOrder gives a newcomer the whole group backwards, shuffled, and one by one.
func TestNewcomerAnyOrder(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	for n := range 3 {
		homes[n%2].talk(g, fmt.Sprint("talk ", n), "one", "two", "three")
		levelAll(t, g, homes)
	}
	for name, history := range map[string]uint8{"all": group.HistoryAll, "none": group.HistoryNone} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(4) {
				b, _ := lateHome(t, homes[0], g, fmt.Sprint("Bev ", name, seed), invite.Terms{Rank: kp1.RankMember, History: history})
				homes[0].do(g, people.Profile{Name: fmt.Sprint("Ada ", seed)})
				raws := homes[0].all(g)
				if seed == 0 {
					slices.Reverse(raws)
				} else {
					rand.New(rand.NewPCG(seed, 1)).Shuffle(len(raws), func(i, j int) { raws[i], raws[j] = raws[j], raws[i] })
				}
				for _, raw := range raws {
					b.give(g, raw)
				}
				b.settle()
				b.clean()
				if in := b.View().Group(g); !in.In || in.Waiting != 0 && history == group.HistoryAll {
					t.Errorf("seed %d: in %v, %d wait", seed, in.In, in.Waiting)
				}
				meet(t, homes[0], b, g)
				levelAll(t, g, homes)
				if history == group.HistoryAll {
					level(t, g, homes[0], homes[1], b)
				}
			}
		})
	}
}
