package mailbox

import (
	"bytes"
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
)

// chunkSize is the most keys in one chunk of a Memory.
const chunkSize = 512

// Memory is a Tx without a disk, for simulations and tests: what is set stays set, and there is no way back but a Clone
// taken before. The zero value is empty. It is not safe for concurrent use.
type Memory struct {
	chunks [][]string // ascending, none empty
	values map[string][]byte
}

// Clone returns a Memory that shares nothing which either will change: yesterday's copy of a mailbox.
func (m *Memory) Clone() *Memory {
	out := &Memory{chunks: make([][]string, len(m.chunks)), values: maps.Clone(m.values)}
	for i, c := range m.chunks {
		out.chunks[i] = slices.Clone(c)
	}
	return out
}

// Get returns the value of a key, or nil.
func (m *Memory) Get(key []byte) []byte { return m.values[string(key)] }

// Set sets a key to a copy of value; a nil value takes it away. It never fails.
func (m *Memory) Set(key, value []byte) error {
	k := string(key)
	c := max(0, m.chunkOf(k))
	if value == nil {
		if _, there := m.values[k]; !there {
			return nil
		}
		delete(m.values, k)
		i, _ := slices.BinarySearch(m.chunks[c], k)
		if m.chunks[c] = slices.Delete(m.chunks[c], i, i+1); len(m.chunks[c]) == 0 {
			m.chunks = slices.Delete(m.chunks, c, c+1)
		}
		return nil
	}
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	if _, there := m.values[k]; !there {
		m.insert(c, k)
	}
	m.values[k] = append(make([]byte, 0, len(value)), value...)
	return nil
}

func (m *Memory) insert(c int, k string) {
	if len(m.chunks) == 0 {
		m.chunks = [][]string{{k}}
		return
	}
	i, _ := slices.BinarySearch(m.chunks[c], k)
	m.chunks[c] = slices.Insert(m.chunks[c], i, k)
	if n := len(m.chunks[c]); n > chunkSize {
		upper := slices.Clone(m.chunks[c][n/2:])
		m.chunks[c] = slices.Clip(m.chunks[c][:n/2])
		m.chunks = slices.Insert(m.chunks, c+1, upper)
	}
}

// chunkOf is the last chunk whose first key is not above k, or -1.
func (m *Memory) chunkOf(k string) int {
	return sort.Search(len(m.chunks), func(i int) bool { return m.chunks[i][0] > k }) - 1
}

// Scan yields the keys that begin with prefix, ascending.
func (m *Memory) Scan(prefix []byte) iter.Seq2[[]byte, []byte] {
	p := string(prefix)
	return func(yield func(key, value []byte) bool) {
		c := max(0, m.chunkOf(p))
		for ; c < len(m.chunks); c++ {
			i, _ := slices.BinarySearch(m.chunks[c], p)
			for _, k := range m.chunks[c][i:] {
				if !strings.HasPrefix(k, p) || !yield([]byte(k), m.values[k]) {
					return
				}
			}
		}
	}
}

// Size is the bytes of all keys and values.
func (m *Memory) Size() (n int64) {
	for k, v := range m.values {
		n += int64(len(k) + len(v))
	}
	return n
}

// Holds reports whether some key or value has these bytes in it: what a curious keeper would search for.
func (m *Memory) Holds(what []byte) bool {
	for k, v := range m.values {
		if strings.Contains(k, string(what)) || bytes.Contains(v, what) {
			return true
		}
	}
	return false
}
