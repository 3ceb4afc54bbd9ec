package group

import (
	"errors"
	"maps"
	"slices"
)

// After returns what the state would be with these ops added, each of which follows the ones before it, and an error if
// one is refused, waits, is not valid or has no effect. The log is not changed, and what is there already is not judged
// again: the cost is that of copying the log's indexes.
func (l *Log) After(ops ...Op) (State, error) {
	t := l.copied()
	for _, o := range ops {
		if err := t.Add(o); err != nil {
			return State{}, err
		}
		if err := t.Standing(o.ID); err != nil {
			return State{}, err
		}
	}
	return t.State(), nil
}

// Takes says whether these ops would be filed one after another, and changes nothing: nil where Add would file each, if only
// to wait behind a fence, and otherwise what it says of the first that it would not.
func (l *Log) Takes(ops []Op) error {
	t := l.copied()
	for _, o := range ops {
		if err := t.Add(o); err != nil && !errors.Is(err, ErrWaiting) {
			return err
		}
	}
	return nil
}

// copied returns a log that may grow apart for as long as this one does not: slices are shared up to their length. It
// takes no note of epochs, on which no state depends, and has no views of earlier pasts.
func (l *Log) copied() *Log {
	t := *l
	t.index, t.heads, t.first = maps.Clone(l.index), maps.Clone(l.heads), maps.Clone(l.first)
	t.unheard = slices.Clone(l.unheard)
	t.held, t.behind, t.fenced = slices.Clone(l.held), maps.Clone(l.behind), maps.Clone(l.fenced)
	t.vouched, t.spoken = maps.Clone(l.vouched), maps.Clone(l.spoken)
	t.ranks, t.removes, t.lowers = maps.Clone(l.ranks), maps.Clone(l.removes), maps.Clone(l.lowers)
	t.names, t.confirms, t.updates = maps.Clone(l.names), maps.Clone(l.confirms), maps.Clone(l.updates)
	t.revokes, t.votes, t.approves = maps.Clone(l.revokes), maps.Clone(l.votes), maps.Clone(l.approves)
	t.memo, t.state = memo{}, nil
	t.cur = l.cur.clone()
	t.cur.log = &t
	t.trial = true
	return &t
}
