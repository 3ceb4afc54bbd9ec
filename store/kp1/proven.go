package kp1

import "sync"

// memoMost is how many things a Memo remembers before the older half of them is forgotten.
const memoMost = 16_384

// Memo remembers what was worked out of some bytes, by a hash over every byte that was looked at. The zero value is empty;
// it may be used from any goroutine.
type Memo[V any] struct {
	mu       sync.Mutex
	now, old map[ID]V
}

// Get returns what is remembered, and keeps it from being forgotten soon.
func (m *Memo[V]) Get(sum ID) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok = m.now[sum]; ok {
		return v, true
	}
	if v, ok = m.old[sum]; ok {
		m.keep(sum, v)
	}
	return v, ok
}

// Put remembers v.
func (m *Memo[V]) Put(sum ID, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(sum, v)
}

func (m *Memo[V]) keep(sum ID, v V) {
	if m.now == nil || len(m.now) == memoMost/2 {
		m.now, m.old = map[ID]V{}, m.now
	}
	m.now[sum] = v
}

// Proven remembers what was found sound, by a hash over every byte that was looked at, the key included. What is looked
// at again and again, by whoever opens an op, files it, builds a graph with it or comes back to it when what it waited for
// is there, then costs its signature once. What is not sound is not remembered. The zero value is empty; it may be used
// from any goroutine.
type Proven struct{ memo Memo[struct{}] } // 64 bytes each

// Has reports whether this was proven before, and keeps it from being forgotten soon.
func (p *Proven) Has(sum ID) bool {
	_, ok := p.memo.Get(sum)
	return ok
}

// Add remembers that this was proven.
func (p *Proven) Add(sum ID) { p.memo.Put(sum, struct{}{}) }
