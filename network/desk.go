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
		if d.queued[l.group] == nil {
			d.queued[l.group] = map[*lane]struct{}{}
		}
		d.queued[l.group][l] = struct{}{}
		return false
	}
	d.bulk[l.group] = l
	return true
}

// put gives that right back.
func (d *desk) put(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free(l)
}

func (d *desk) free(l *lane) {
	if d.bulk[l.group] != l {
		return
	}
	delete(d.bulk, l.group)
	for other := range d.queued[l.group] {
		other.s.post(other.begin)
	}
	delete(d.queued, l.group)
}

// leave forgets a lane whose session ended. What it had asked for is found again by the rounds of the others.
func (d *desk) leave(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.queued[l.group], l)
	d.free(l)
	for id, at := range d.asked {
		if at == l {
			delete(d.asked, id)
		}
	}
}
