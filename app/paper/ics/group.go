package ics

import (
	"cmp"
	"encoding/hex"
	"iter"
	"slices"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Of returns the events of a group's calendar as a file has them: each series with its rule, with the times that are off
// left out, and after it the times that differ. What few may read tells no more than that somebody is busy, unless
// whole. What cannot be in a file, being in a zone that find does not know, comes back by its title.
func Of(all iter.Seq[calendar.Event], whole bool, find when.Zones) (es []Event, left []string) {
	uids, taken := map[kp1.ID]string{}, map[string]bool{}
	var in []calendar.Event
	for e := range all {
		if !e.Known || e.Words != act.Here || e.When.Valid() != nil {
			continue
		}
		if !known(e, find) {
			left = append(left, e.Title)
			continue
		}
		uid := uidOf(e)
		if taken[uid] { // two people brought in one file at the same time
			uid = UID(e.ID[:])
		}
		uids[e.ID], taken[uid] = uid, true
		in = append(in, e)
	}
	slices.SortStableFunc(in, func(a, b calendar.Event) int { // ids differ from group to group
		return cmp.Or(a.When.From.Compare(b.When.From), cmp.Compare(uids[a.ID], uids[b.ID]))
	})
	for _, e := range in {
		for _, f := range written(e, uids[e.ID], uids[e.Follows], find) {
			if e.By.For != nil && !whole {
				f = f.At(present.LevelBusy, nil)
			}
			es = append(es, f)
		}
	}
	return es, left
}

// known reports whether the zones of an event are.
func known(e calendar.Event, find when.Zones) bool {
	zones := []string{e.When.Zone}
	for _, t := range e.Times {
		zones = append(zones, t.When.Zone)
	}
	for _, z := range zones {
		if z == "" {
			continue
		}
		if _, err := find(z); err != nil {
			return false
		}
	}
	return true
}

// uidOf returns what files call an event.
func uidOf(e calendar.Event) string {
	if e.File != (calendar.FileName{}) {
		return hex.EncodeToString(e.File[:])
	}
	return UID(e.ID[:])
}

// nameOf returns the name under which the group's calendar keeps a UID. What other programs put into theirs is veiled.
func nameOf(uid string) (name calendar.FileName) {
	b, err := hex.DecodeString(veiled(uid))
	if err == nil {
		copy(name[:], b)
	}
	return name
}

// telling returns what an event, or one time of one, says, in the form of a file.
func telling(c calendar.Content, k calendar.Kind) Event {
	e := Event{Kind: KindOf(k), Title: c.Title, Place: c.Place, Notes: c.Notes, When: c.When}
	if r, err := when.ParseRule(c.Repeat); c.Repeat != "" && err == nil {
		e.Repeat = r
	}
	return clean(e)
}

// written returns an event and after it the times of it that differ.
func written(e calendar.Event, uid, follows string, find when.Zones) []Event {
	first := telling(e.Content, e.Kind)
	first.UID, first.Follows, first.Cancelled, first.Sequence = uid, follows, e.Cancelled, int(e.Sequence)
	series, err := when.NewSeries(e.When, first.Repeat)
	if first.Repeat.IsZero() || err != nil {
		first.Repeat = when.Rule{}
		return []Event{first}
	}
	loc, _ := find(e.When.Zone) // none for whole days
	var differ []Event
	for _, t := range e.Times {
		if _, there := series.Find(t.Key, loc); !there || t.Words != act.Here {
			continue
		}
		if t.Cancelled {
			first.Except = append(first.Except, t.Key)
			continue
		}
		if t.Content == timeOf(e.Content, t.Key) && t.Kind == e.Kind {
			continue
		}
		o := telling(t.Content, t.Kind)
		o.UID, o.Time, o.Cancelled, o.Sequence = uid, t.Key, e.Cancelled, first.Sequence
		differ = append(differ, o)
	}
	return append([]Event{first}, differ...)
}

// timeOf returns what a series says of one of its times.
func timeOf(c calendar.Content, k when.Key) calendar.Content {
	c.When, c.Repeat = c.When.On(k), ""
	return c
}
