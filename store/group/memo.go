package group

import "slices"

// memo keeps views of past sets, so that ops off the straight path cost little: a view is looked up by its set, or
// grown from the largest one kept that lies inside. It forgets the view unused for longest.
type memo struct {
	views []*view // the last used last
	byKey map[string]*view
}

const (
	memoViews = 64  // views kept
	memoEvery = 256 // ops between two that are kept of the straight path
)

// keep remembers the current view now and then, before op i changes it.
func (m *memo) keep(l *Log, i int) {
	if i%memoEvery == 0 && i > 0 {
		m.put(l.cur.clone())
	}
}

func (m *memo) put(v *view) {
	if m.byKey == nil {
		m.byKey = map[string]*view{}
	}
	if len(m.views) == memoViews {
		delete(m.byKey, m.views[0].set.key())
		m.views = slices.Delete(m.views, 0, 1)
	}
	m.views = append(m.views, v)
	m.byKey[v.set.key()] = v
}

// resolve returns the view of a causally closed set. The caller must not change it.
func (l *Log) resolve(s set) *view {
	if s.equal(l.cur.set) {
		return l.cur // the linear fast path
	}
	m := &l.memo
	if v, ok := m.byKey[s.key()]; ok {
		k := slices.Index(m.views, v)
		m.views = append(slices.Delete(m.views, k, k+1), v)
		return v
	}
	base, size := newView(l), 0
	if l.cur.set.in(s) {
		base, size = l.cur, l.cur.set.count()
	}
	for _, v := range m.views {
		if n := v.set.count(); n > size && v.set.in(s) {
			base, size = v, n
		}
	}
	v := base.clone()
	s.minus(base.set, func(i int) bool {
		v.add(i)
		return true
	})
	m.put(v)
	return v
}
