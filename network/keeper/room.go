package keeper

import "sync"

// room is a number of bytes that may be in use at once.
type room struct {
	mu   sync.Mutex
	left int
	bell chan struct{}
}

func newRoom(bytes int) *room { return &room{left: bytes, bell: make(chan struct{}, 1)} }

// take waits until there is any room, and then takes n of it, be it more than is left. It is false when gone came first.
func (r *room) take(n int, gone <-chan struct{}) bool {
	for {
		r.mu.Lock()
		if r.left > 0 {
			r.left -= n
			r.mu.Unlock()
			return true
		}
		r.mu.Unlock()
		select {
		case <-r.bell:
		case <-gone:
			return false
		}
	}
}

// give gives room back.
func (r *room) give(n int) {
	r.mu.Lock()
	r.left += n
	r.mu.Unlock()
	select {
	case r.bell <- struct{}{}:
	default:
	}
}
