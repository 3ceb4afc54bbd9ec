package present

import (
	"iter"
	"slices"

	"kith/store/care/thread"
	"kith/store/kp1"
)

// MaxPassed is how many hidden messages a page passes by to find others, so that a flood that is hidden is not read to
// its end.
const MaxPassed = 20_000

// IsHidden reports whether this person has hidden what m writes, on this computer.
func (g Group) IsHidden(m kp1.MID) bool {
	if len(g.Hides) == 0 {
		return false
	}
	now := g.Now(m)
	return now != g.Me && g.Hides[now]
}

// Backward yields the posts of t that are not hidden, last first. It ends once it has passed by MaxPassed that are.
func (g Group) Backward(t thread.Thread) iter.Seq[thread.Item] {
	return func(yield func(thread.Item) bool) {
		passed := 0
		for it := range t.Backward() {
			if g.IsHidden(it.Author) {
				if passed++; passed == MaxPassed {
					return
				}
				continue
			}
			if !yield(it) {
				return
			}
		}
	}
}

// Newest returns the last n posts of t that are not hidden, oldest first.
func (g Group) Newest(t thread.Thread, n int) []thread.Item {
	if len(g.Hides) == 0 {
		return t.Newest(n)
	}
	out := []thread.Item{}
	for it := range g.Backward(t) {
		if len(out) == n {
			break
		}
		out = append(out, it)
	}
	slices.Reverse(out)
	return out
}

// Last returns the last post of t that is not hidden.
func (g Group) Last(t thread.Thread) (thread.Item, bool) {
	for it := range g.Backward(t) {
		return it, true
	}
	return thread.Item{}, false
}

// Before returns where a page of n messages begins that ends before message to of t. What is hidden is not counted.
func (g Group) Before(t thread.Thread, to, n int) int {
	if len(g.Hides) == 0 {
		return max(0, to-n)
	}
	shown, passed := 0, 0
	for to > 0 {
		from := max(0, to-n)
		part := slices.Collect(t.Items(from, to))
		for i, it := range slices.Backward(part) {
			if g.IsHidden(it.Author) {
				passed++
			} else {
				shown++
			}
			if shown == n || passed == MaxPassed {
				return from + i
			}
		}
		to = from
	}
	return 0
}

// After returns where a page of n messages ends that begins with message from of t, likewise.
func (g Group) After(t thread.Thread, from, n int) int {
	if len(g.Hides) == 0 {
		return min(from+n, t.Len())
	}
	shown, passed := 0, 0
	for it := range t.Items(from, t.Len()) {
		from++
		if g.IsHidden(it.Author) {
			passed++
		} else {
			shown++
		}
		if shown == n || passed == MaxPassed {
			break
		}
	}
	return from
}

// LeftOut reports whether t is left out of lists: nothing of it is known, or all that is here of it is hidden.
func (g Group) LeftOut(t thread.Thread) bool {
	if t.Known && !g.IsHidden(t.By.Author) {
		return false
	}
	_, any := g.Last(t)
	return !any
}
