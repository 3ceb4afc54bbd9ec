package network

import "sync"

// desk keeps lanes of one group from fetching the same thing from several devices at once.
type desk struct {
	mu     sync.Mutex
	asked  map[EnvelopeID]*lane
	bulk   map[GroupID]*lane
	queued map[GroupID]map[*lane]struct{}
}

func newDesk() *desk {
	return &desk{asked: map[EnvelopeID]*lane{}, bulk: map[GroupID]*lane{}, queued: map[GroupID]map[*lane]struct{}{}}
}

// ask picks from ids those no other lane has asked for, and notes them.
func (d *desk) ask(l *lane, ids []EnvelopeID) []EnvelopeID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return without(ids, func(id EnvelopeID) bool {
		if d.asked[id] != nil {
			return true
		}
		d.asked[id] = l
		return false
	})
}

// some picks the first few of ids that no lane has asked for, and notes them.
func (d *desk) some(l *lane, ids []EnvelopeID, most int) (mine []EnvelopeID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		if len(mine) < most && d.asked[id] == nil {
			d.asked[id] = l
			mine = append(mine, id)
		}
	}
	return mine
}

// got forgets an id that came, or will not come.
func (d *desk) got(id EnvelopeID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.asked, id)
}

// take gives the lane the right to fetch much for its group; if another has it, the lane is woken when that one is done.
func (d *desk) take(l *lane) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.bulk[l.group]; at != nil && at != l {
		d.queue(l)
		return false
	}
	d.bulk[l.group] = l
	return true
}

// wait has the lane woken when the next of its group is done. It is false when no other is at work.
func (d *desk) wait(l *lane) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, at := range d.asked {
		if at != l && at.group == l.group {
			d.queue(l)
			return true
		}
	}
	return false
}

func (d *desk) queue(l *lane) {
	if d.queued[l.group] == nil {
		d.queued[l.group] = map[*lane]struct{}{}
	}
	d.queued[l.group][l] = struct{}{}
}

// put says that the lane fetches nothing now; of what it asked for, ids did not come.
func (d *desk) put(l *lane, ids map[EnvelopeID]struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range ids {
		delete(d.asked, id)
	}
	d.wake(l)
}

// spare gives the right to fetch much back: chunks of files alone are left to fetch, and others may help with those.
func (d *desk) spare(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bulk[l.group] == l {
		d.wake(l)
	}
}

func (d *desk) wake(l *lane) {
	if d.bulk[l.group] == l {
		delete(d.bulk, l.group)
	}
	if d.bulk[l.group] != nil {
		return
	}
	for other := range d.queued[l.group] {
		if other != l {
			delete(d.queued[l.group], other)
			other.s.post(other.begin)
		}
	}
}

// leave forgets a lane whose session ended, and reports whether something it had asked for is still missing.
func (d *desk) leave(l *lane) (missing bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.queued[l.group], l)
	for id, at := range d.asked {
		if at == l {
			delete(d.asked, id)
			missing = true
		}
	}
	d.wake(l)
	return missing
}
