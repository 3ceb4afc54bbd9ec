package ics

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"kith/store/care/when"
)

// manyEvents is a calendar of n events as families have them: one in ten comes again, one in three is whole days.
func manyEvents(n int) Calendar {
	c := Calendar{Name: "Home"}
	for i := range n {
		d := day("2020-01-01").Plus(i % 3650)
		e := Event{
			UID: UID(fmt.Append(nil, i)), Title: fmt.Sprintf("Swimming, with Mia %d", i), Place: "The pool", Notes: "Bring towels\nand a coat",
			When: when.Span{AllDay: true, From: d, To: d.Plus(1)},
		}
		if i%3 != 0 {
			e.When = when.Span{From: d, To: d, Start: when.At(16, 30), End: when.At(17, 30), Zone: home}
		}
		if i%10 == 0 {
			e.Repeat = when.EveryWeeks(1).Times(20)
			e.Except = []when.Key{{Day: d.Plus(7)}}
		}
		c.Events = append(c.Events, e)
	}
	return c
}

func BenchmarkRead10000(b *testing.B) {
	c := manyEvents(10_000)
	file := full(b, c)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		got, _, err := Read(bytes.NewReader(file), home, time.LoadLocation)
		if err != nil || len(got.Events) != len(c.Events) {
			b.Fatalf("%d events, %v", len(got.Events), err)
		}
	}
}
