package store

import (
	"context"
	"iter"
	"sync"
)

// stream hands out values; the newest replaces those not yet taken, so that a slow reader never slows the writer.
type stream[T any] struct {
	mu      sync.Mutex
	value   T
	version uint64
	wake    chan struct{}
}

func newStream[T any](first T) *stream[T] {
	return &stream[T]{value: first, version: 1, wake: make(chan struct{})}
}

// publish makes v the newest value.
func (s *stream[T]) publish(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value, s.version = v, s.version+1
	close(s.wake)
	s.wake = make(chan struct{})
}

// now returns the newest value.
func (s *stream[T]) now() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value
}

// all yields the newest value, then each newer one, until ctx ends.
func (s *stream[T]) all(ctx context.Context) iter.Seq[T] {
	return func(yield func(T) bool) {
		var seen uint64
		for {
			s.mu.Lock()
			v, version, wake := s.value, s.version, s.wake
			s.mu.Unlock()
			if version != seen {
				seen = version
				if !yield(v) {
					return
				}
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-wake:
			}
		}
	}
}
