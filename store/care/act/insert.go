package act

import (
	"cmp"
	"slices"

	"kith/store/kp1"
)

// MaxActs is how many acts on one thing count of one device, for the same readers: the first, in the order in which the
// device wrote them. Nobody has more to say of one evening, and what a thing's acts had seen of one another takes room
// that grows with their square. The order is the device's own, not that of arrival, so that everyone keeps the same.
const MaxActs = 1_024

// voice is a device as one kind of readers hears it.
type voice struct {
	device kp1.DID
	comp   uint8
}

// firstOf leaves of each voice the first MaxActs: es itself when there are no more.
func firstOf(es []Event) []Event {
	if len(es) <= MaxActs {
		return es
	}
	byVoice := map[voice][]int{}
	for i := range es {
		v := voice{es[i].Device, es[i].Comp}
		byVoice[v] = append(byVoice[v], i)
	}
	goes := map[int]bool{}
	for _, at := range byVoice {
		if len(at) <= MaxActs {
			continue
		}
		slices.SortFunc(at, func(i, j int) int { return cmp.Or(cmp.Compare(es[i].Seq, es[j].Seq), es[i].ID.Compare(es[j].ID)) })
		for _, i := range at[MaxActs:] {
			goes[i] = true
		}
	}
	if len(goes) == 0 {
		return es
	}
	out := make([]Event, 0, len(es)-len(goes))
	for i := range es {
		if !goes[i] {
			out = append(out, es[i])
		}
	}
	return out
}

// Holds reports whether every event of some is in all; both are sorted by id.
func Holds(all, some []Event) bool {
	for _, e := range some {
		for len(all) > 0 && all[0].ID.Compare(e.ID) < 0 {
			all = all[1:]
		}
		if len(all) == 0 || all[0].ID != e.ID {
			return false
		}
	}
	return true
}

// Insert merges more into a list of events sorted by id, in a copy: each event once, and of two copies the one whose words
// are more settled. Of what one device wrote for the same readers the first MaxActs stay. It reports whether anything
// changed, and returns es itself when nothing did. It takes more over.
func Insert(es []Event, more ...Event) ([]Event, bool) {
	have := es
	SortEvents(more)
	out, changed := make([]Event, 0, len(es)+len(more)), false
	for len(es)+len(more) > 0 {
		switch c := first(es, more); {
		case c < 0:
			out, es = append(out, es[0]), es[1:]
			continue
		case len(out) == 0 || out[len(out)-1].ID != more[0].ID:
			if c > 0 {
				out, changed = append(out, more[0]), true
				break
			}
			out, es = append(out, es[0]), es[1:]
			fallthrough
		default:
			if last := &out[len(out)-1]; Better(WordsOf(last.Act), WordsOf(more[0].Act)) {
				*last, changed = more[0], true
			}
		}
		more = more[1:]
	}
	if !changed {
		return have, false
	}
	if now := firstOf(out); len(now) < len(out) {
		out, changed = now, !slices.EqualFunc(now, have, sameCopy)
	}
	return out, changed
}

// sameCopy reports whether two copies are of one event and equally settled.
func sameCopy(a, b Event) bool { return a.ID == b.ID && WordsOf(a.Act) == WordsOf(b.Act) }

// first compares the heads of two lists, of which one may be at its end.
func first(a, b []Event) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return a[0].ID.Compare(b[0].ID)
}
