package care_test

import (
	"encoding/binary"
	"flag"
	"runtime"
	"slices"
	"strconv"
	"testing"

	_ "pgregory.net/rapid" // its flag says how long to run

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/kp1"
)

// TestF16FloodOfActs: one member's acts on one thing without end cost what their first cost: neither memory nor time
// grows with their square, and everybody keeps the same ones.
func TestF16FloodOfActs(t *testing.T) {
	n := 10_000
	if long() {
		n = 100_000
	}
	spammer := act.Meta{Author: kp1.MID{9}, Device: kp1.DID{9}, Rank: kp1.RankMember}
	numbered := func(i int, a care.Act) care.Event {
		m := spammer
		m.ID = kp1.Sum(binary.BigEndian.AppendUint64(nil, uint64(i)))
		m.Seq, m.Time = uint64(i)+1, uint64(i)
		return care.Event{Meta: m, Act: a}
	}
	thing := numbered(0, nil).ID
	for name, c := range map[string]struct{ first, again care.Act }{
		"sleepover":  {mia(), sleepover.OnIt{Ask: thing}},
		"event":      {picnic(), calendar.RSVP{Event: thing, Answer: calendar.Yes}},
		"household":  {people.Household{Beds: 1}, people.Furnish{Household: thing, Beds: 2}},
		"profile":    {people.Profile{Name: "Spam"}, people.Profile{Name: "Spam again"}},
		"group name": {people.About{Name: "Spam"}, people.About{Name: "Spam again"}},
	} {
		t.Run(name, func(t *testing.T) {
			es := []care.Event{numbered(0, c.first)}
			for i := range n - 1 {
				es = append(es, numbered(i+1, c.again))
			}
			var v care.View
			before := heap()
			for batch := range slices.Chunk(es, n/5) {
				v = v.Apply(slices.Clone(batch)...)
			}
			if used := heap() - before; used > 16<<20 {
				t.Errorf("%d acts take %d MiB", n, used>>20)
			}
			slices.Reverse(es)
			var back care.View
			for batch := range slices.Chunk(es, n/3) {
				back = back.Apply(slices.Clone(batch)...)
			}
			if encode(t, v) != encode(t, back) {
				t.Error("in another order they give another view")
			}
		})
	}
}

// long says whether this is a long run, as make soak asks for.
func long() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err == nil && n >= 1_000
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
