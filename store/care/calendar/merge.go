package calendar

import (
	"slices"

	"kith/store/care/act"
	"kith/store/care/when"
)

// field is one of the things that an event says, merged by itself.
type field uint8

const (
	fieldTitle field = 0
	fieldTime  field = 1
	fieldPlace field = 2
	fieldNotes field = 3
	fieldKind  field = 4
	fields     field = 5
)

// settled are the fields of which two people who changed them apart must choose: what it is, when and where. Of the others
// one change is taken, by its id.
var settled = [...]field{fieldTitle, fieldTime, fieldPlace}

// maxApart is how many changes of one field, made apart from one another, are looked at. Nobody chooses among more.
const maxApart = 64

// said is what one version says.
type said struct {
	Content
	Kind Kind
}

func (s said) same(o said, f field) bool {
	switch f {
	case fieldTitle:
		return s.Title == o.Title
	case fieldTime:
		return s.When == o.When && s.Repeat == o.Repeat // a rule speaks of its first time: one is nothing without the other
	case fieldPlace:
		return s.Place == o.Place
	case fieldNotes:
		return s.Notes == o.Notes
	}
	return s.Kind == o.Kind
}

func (s *said) take(o said, f field) {
	switch f {
	case fieldTitle:
		s.Title = o.Title
	case fieldTime:
		s.When, s.Repeat = o.When, o.Repeat
	case fieldPlace:
		s.Place = o.Place
	case fieldNotes:
		s.Notes = o.Notes
	case fieldKind:
		s.Kind = o.Kind
	}
}

// registers are the changes of each field, in the order of the graph. An act changes a field when it says something else
// than was in force for its author: so an edit carries the whole event, and changes what its author changed. One that
// says in everything what was in force settles on that what stood apart.
//
// Those of one time of a series lie over those of the series: where nothing was said of the time itself, what the series
// says is in force.
type registers struct {
	b     *board
	made  [fields][]int
	under *registers // of the series
	key   when.Key   // with under
}

// merge gathers who changed what: of is, and over what the series says when they are about one time of it.
func (b *board) merge(is []int, under *registers, key when.Key) *registers {
	r := &registers{b: b, under: under, key: key}
	for _, i := range is {
		if now, ok := b.says(i); ok {
			r.file(i, now)
		}
	}
	return r
}

// before says what was in force for the author of act i of a field of which nothing was said of the time itself.
func (r *registers) before(i int, f field) (s said, ok bool) {
	if r.under == nil {
		return said{}, false
	}
	was := r.under.newest(f, func(j int) bool { return r.b.g.Saw(i, j) })
	if len(was) == 0 {
		return said{}, false
	}
	s = r.under.says(was[0])
	s.Content = s.on(r.key)
	return s, true
}

func (r *registers) file(i int, now said) {
	var open, changed []field
	for f := range fields {
		before := r.newest(f, func(j int) bool { return r.b.g.Saw(i, j) })
		if len(before) == 0 {
			if was, ok := r.before(i, f); !ok || !was.same(now, f) {
				changed = append(changed, f)
			}
			continue
		}
		switch {
		case !r.says(before[0]).same(now, f):
			changed = append(changed, f)
		case len(before) > 1:
			open = append(open, f)
		}
	}
	if len(changed) == 0 {
		changed = open
	}
	for _, f := range changed {
		r.made[f] = append(r.made[f], i)
	}
}

// says returns what a change says of the event.
func (r *registers) says(i int) said {
	s, _ := r.b.says(i)
	return s
}

// says returns what act i says of the event; ok is false for what says nothing, did not apply, or has lost its words.
func (b *board) says(i int) (s said, ok bool) {
	if b.rules[i] != nil {
		return said{}, false
	}
	switch a := b.g.Events[i].Act.(type) {
	case Add:
		return said{a.Content, a.Kind}, a.State == act.Here
	case Edit:
		return said{a.Content, a.Kind}, a.State == act.Here
	}
	return said{}, false
}

// newest returns the changes of a field that saw knows of and no other of them has seen, the greatest id first.
func (r *registers) newest(f field, saw func(int) bool) (out []int) {
	made := r.made[f]
	for k := len(made) - 1; k >= 0 && len(out) < maxApart; k-- {
		i := made[k]
		if saw(i) && !slices.ContainsFunc(out, func(j int) bool { return r.b.g.Saw(j, i) }) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(i, j int) int { return r.b.g.Events[j].ID.Compare(r.b.g.Events[i].ID) })
	return out
}

// anyone has seen everything.
func anyone(int) bool { return true }

// outcome returns what the event says with every change merged over s, and the changes among which somebody has to choose, the
// greatest id first: none when all go together.
func (r *registers) outcome(s said) (_ said, open []int, apart [fields][]int) {
	for f := range fields {
		newest := r.newest(f, anyone)
		if len(newest) == 0 {
			continue
		}
		first := r.says(newest[0])
		s.take(first, f)
		differs := func(i int) bool { return !r.says(i).same(first, f) }
		if slices.Contains(settled[:], f) && slices.ContainsFunc(newest, differs) {
			apart[f] = newest
			open = append(open, newest...)
		}
	}
	slices.Sort(open)
	open = slices.Compact(open)
	slices.SortFunc(open, func(i, j int) int { return r.b.g.Events[j].ID.Compare(r.b.g.Events[i].ID) })
	return s, open, apart
}

// versions returns what there is to choose from: one version, or one for each change that stands against another. heads
// are the newest adds and edits, the greatest id first, and base is what is in force where none of them says anything.
func (b *board) versions(heads []int, merged *registers, base said) (out []Version) {
	wordless := func(i int) bool { _, ok := b.says(i); return !ok }
	if slices.ContainsFunc(heads, wordless) { // what is not here, or taken away, cannot be merged
		for _, i := range heads {
			out = append(out, b.version(i))
		}
		return out
	}
	all, open, apart := merged.outcome(base)
	if len(open) == 0 {
		v := b.version(heads[0])
		v.Content, v.Kind = all.Content, all.Kind
		return []Version{v}
	}
	for _, i := range open {
		s := all
		for _, f := range settled {
			if slices.Contains(apart[f], i) {
				s.take(merged.says(i), f)
			}
		}
		v := b.version(i)
		v.Content, v.Kind = s.Content, s.Kind
		out = append(out, v)
	}
	return out
}
