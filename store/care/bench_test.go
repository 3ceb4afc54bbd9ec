package care_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"kith/store/care"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// posts is n posts of one thread, each naming the one before.
func posts(n int) []care.Event {
	talk := kp1.Sum([]byte("talk"))
	es := []care.Event{{Meta: care.Meta{ID: talk}, Act: thread.New{Title: "t"}}}
	last := talk
	for i := range n {
		p := thread.Post{Thread: talk, Text: "a post of middling length, as people write them", After: thread.Place{Second: uint64(i)}}
		if i > 0 {
			p.Base = []kp1.ID{last}
		}
		last = kp1.Sum(binary.BigEndian.AppendUint64(nil, uint64(i)))
		es = append(es, care.Event{Meta: care.Meta{ID: last, Time: uint64(i + 1)}, Act: p})
	}
	return es
}

func BenchmarkFold(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			es := posts(n)
			b.ResetTimer()
			for range b.N {
				care.View{}.Apply(es...)
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			es := posts(n)
			for range b.N {
				v := care.View{}.Apply(es...)
				if _, err := v.Save(func(kp1.ID, func() ([]byte, error)) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen opens a checkpoint and looks at the newest 50 posts.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sections := map[kp1.ID][]byte{}
			root, err := care.View{}.Apply(posts(n)...).Save(func(name kp1.ID, bytes func() ([]byte, error)) error {
				data, err := bytes()
				sections[name] = data
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				v, err := care.Open(root, func(name kp1.ID) ([]byte, error) { return sections[name], nil })
				if err != nil {
					b.Fatal(err)
				}
				if got := v.Threads().All()[0].Newest(50); len(got) != 50 {
					b.Fatalf("%d posts", len(got))
				}
			}
		})
	}
}
