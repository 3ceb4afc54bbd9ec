package calendar

import (
	"encoding/binary"
	"testing"

	"kith/store/care/act"
	"kith/store/kp1"
)

// TestManyAnswers: judging an event of very many answers does not write down for each what came before it.
func TestManyAnswers(t *testing.T) {
	const n = 1_000
	name := func(i int) (id kp1.ID) {
		binary.BigEndian.PutUint64(id[:], uint64(i)+1) //nolint:gosec // not negative
		return id
	}
	es := []act.Event{{Meta: act.Meta{ID: name(0), Author: kp1.MID{1}, Rank: kp1.RankMember}, Act: Add{}}}
	for i := range n {
		es = append(es, act.Event{
			Meta: act.Meta{ID: name(i + 1), Author: kp1.MID{1}, Rank: kp1.RankMember},
			Act:  RSVP{Event: name(0), Base: []kp1.ID{name(i)}},
		})
	}
	if got := testing.AllocsPerRun(1, func() { newObject(name(0), es) }); got > 5*n {
		t.Errorf("%.0f allocations for %d answers", got, n)
	}
}
