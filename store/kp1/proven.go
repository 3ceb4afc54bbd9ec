package kp1

import "sync"

// provenMost is how many things are remembered as proven before the older half of them is forgotten: 64 bytes each.
const provenMost = 16_384

// Proven remembers what was found sound, by a hash over every byte that was looked at, the key included. What is looked
// at again and again, by whoever opens an op, files it, builds a graph with it or comes back to it when what it waited for
// is there, then costs its signature once. What is not sound is not remembered. The zero value is empty; it may be used
// from any goroutine.
type Proven struct {
	mu       sync.Mutex
	now, old map[ID]struct{}
}

// Has reports whether this was proven before, and keeps it from being forgotten soon.
func (p *Proven) Has(sum ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.now[sum]; ok {
		return true
	}
	_, ok := p.old[sum]
	if ok {
		p.keep(sum)
	}
	return ok
}

// Add remembers that this was proven.
func (p *Proven) Add(sum ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keep(sum)
}

func (p *Proven) keep(sum ID) {
	if p.now == nil || len(p.now) == provenMost/2 {
		p.now, p.old = map[ID]struct{}{}, p.now
	}
	p.now[sum] = struct{}{}
}
