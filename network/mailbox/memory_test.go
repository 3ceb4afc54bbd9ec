package mailbox

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A Memory is a sorted map, whatever is done to it in whatever order.
func TestMemoryIsASortedMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, plain := &Memory{}, map[string]string{}
		span := rapid.IntRange(1, 3000).Draw(t, "keys")
		name := func() string { return fmt.Sprintf("%04d", rapid.IntRange(0, span).Draw(t, "key")) }
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			k := name()
			for i := range rapid.IntRange(1, 700).Draw(t, "run") {
				at := k + strings.Repeat("x", i%3) + fmt.Sprint(i)
				if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
					_ = m.Set([]byte(at), nil)
					delete(plain, at)
					continue
				}
				_ = m.Set([]byte(at), []byte(k))
				plain[at] = k
			}
		}
		prefix := name()[:rapid.IntRange(0, 4).Draw(t, "prefix")]
		var got, want []string
		for k, v := range m.Scan([]byte(prefix)) {
			got = append(got, string(k)+"="+string(v))
		}
		for _, k := range slices.Sorted(maps.Keys(plain)) {
			if strings.HasPrefix(k, prefix) {
				want = append(want, k+"="+plain[k])
			}
			if string(m.Get([]byte(k))) != plain[k] {
				t.Fatalf("Get(%s) = %q, want %q", k, m.Get([]byte(k)), plain[k])
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("Scan(%q) = %v, want %v", prefix, got, want)
		}
	})
}

func TestMemoryCloneStandsAlone(t *testing.T) {
	m := &Memory{}
	for i := range 2000 {
		_ = m.Set(fmt.Appendf(nil, "%04d", i), []byte("old"))
	}
	was := m.Clone()
	for i := range 2000 {
		_ = m.Set(fmt.Appendf(nil, "%04d", i), nil)
	}
	value := []byte("new")
	_ = m.Set([]byte("0007"), value)
	value[0] = 'x'
	if got := m.Get([]byte("0007")); !bytes.Equal(got, []byte("new")) {
		t.Errorf("a value that the caller changed afterwards reads %q", got)
	}
	if got := was.Get([]byte("0007")); !bytes.Equal(got, []byte("old")) || was.Size() != 2000*7 || m.Size() != 7 {
		t.Errorf("the clone has %q and %d bytes, the other %d", got, was.Size(), m.Size())
	}
	if !was.Holds([]byte("199")) || was.Holds([]byte("new")) || m.Holds([]byte("old")) {
		t.Error("Holds does not tell what is there")
	}
}
