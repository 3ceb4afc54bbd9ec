package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"testing"

	"kith/store/kp1"
)

// stingy fails a test that reads more than it was told to give.
type stingy struct {
	t    *testing.T
	r    io.Reader
	left int
}

func (s *stingy) Read(p []byte) (int, error) {
	n, err := s.r.Read(p[:min(len(p), max(s.left, 0))])
	if s.left -= n; n == 0 && err == nil {
		s.t.Error("read on after a length over the limit")
		return 0, io.EOF
	}
	return n, err
}

// TestBackupRecordLimits: a length over its kind's limit is refused before its bytes are read, one at the limit is not.
func TestBackupRecordLimits(t *testing.T) {
	parts := records(t, smallBackup(t))
	upTo := map[byte][]byte{
		backupHead: nil, backupSetting: parts[0], backupGroup: parts[0], backupKeys: bytes.Join(parts[:3], nil),
		backupEnvelope: bytes.Join(parts[:3], nil), backupEnd: parts[0], backupNamed: bytes.Join(parts[:4], nil),
	}
	for kind, before := range upTo {
		limit := backupLimit(kind)
		for _, n := range []int{limit, limit + 1} {
			b := append(bytes.Clone(before), kind)
			b = binary.BigEndian.AppendUint32(b, uint32(n)) //nolint:gosec // small
			told := len(b)
			b = append(b, make([]byte, n)...)
			over := n > limit
			in := &stingy{t, bytes.NewReader(b), len(b)}
			if over {
				in.left = told
			}
			if err := readBackup(in, newCopy()); !errors.Is(err, ErrBackupDamaged) {
				t.Errorf("record %d of %d bytes: %v, want ErrBackupDamaged", kind, n, err)
			}
			if !over && in.left != 0 {
				t.Errorf("record %d of %d bytes, its limit, was not read", kind, n)
			}
		}
		if err := newCopy().w.put(kind, make([]byte, limit)); err != nil {
			t.Errorf("put(%d) at its limit = %v", kind, err)
		}
		if err := newCopy().w.put(kind, make([]byte, limit+1)); !errors.Is(err, kp1.ErrTooBig) {
			t.Errorf("put(%d) over its limit = %v, want ErrTooBig", kind, err)
		}
	}
	if backupLimit(backupNamed+1) != -1 || backupLimit(0) != -1 {
		t.Error("a kind that does not exist has a limit")
	}
	if backupLimit(backupEnvelope) != kp1.MaxEnvelope {
		t.Error("an envelope that may travel does not fit a backup")
	}
}

// TestBackupCountLimits: as many settings, groups and heads as there may be, and one more.
func TestBackupCountLimits(t *testing.T) {
	settings := func(n int) func(*copied) error {
		return func(w *copied) error {
			for i := range n {
				if err := w.setting(savedSetting{Key: fmt.Sprint(i), Value: []byte{}}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	heads := func(n int) []kp1.Link {
		all := make([]kp1.Link, n)
		for i := range all {
			binary.BigEndian.PutUint32(all[i][:], uint32(i)) //nolint:gosec // small
		}
		return all
	}
	groups := func(n, of int) func(*copied) error {
		return func(w *copied) error {
			for i := range n {
				if err := w.group(savedGroup{ID: kp1.GID{byte(i), byte(i >> 8)}, Heads: heads(of)}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, c := range []struct {
		name string
		fill func(*copied) error
		ok   bool
	}{
		{"settings", settings(maxBackupSettings), true},
		{"one setting more", settings(maxBackupSettings + 1), false},
		{"groups", groups(maxBackupGroups, 1), true},
		{"one group more", groups(maxBackupGroups+1, 1), false},
		{"heads", groups(1, maxBackupHeads), true},
		{"one head more", groups(1, maxBackupHeads+1), false},
		{"no head", groups(1, 0), false},
	} {
		w := newCopy()
		if err := errors.Join(w.head(savedHead{V: 1}), c.fill(w), w.end()); err != nil {
			t.Fatal(err)
		}
		if err := readBackup(&w.buf, newCopy()); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrBackupDamaged) {
			t.Errorf("%s: %v, want good %v", c.name, err, c.ok)
		}
	}
}

// TestBackupOfManyEpochs: whoever is in can make keys for as long as they like, and none of it makes a backup worthless: all
// keys that were there are there again, whatever their number. Keys that come twice or out of order are no backup.
func TestBackupOfManyEpochs(t *testing.T) {
	ada := quickHome(t, "Ada")
	g := ada.found("Ada")
	talk := ada.talk(g, "before", "words")
	r := rand.New(rand.NewPCG(1, 4)) //nolint:gosec // ids
	ring := maps.Clone(ada.groups[g].ring)
	for range 2*restoreKeys + 1 {
		e := epoch{auth: new([32]byte)}
		binary.BigEndian.PutUint64(e.id[:], r.Uint64())
		ring[e.id] = e
	}
	ada.groups[g].ring = ring
	again, out := restored(t, ada.backup(), ada.Recovery())
	if n := len(again.groups[g].ring); n != len(ring) || out.LeftOut != 0 {
		t.Errorf("keys of %d epochs, want %d; %d envelopes left out", n, len(ring), out.LeftOut)
	}
	if it, _ := mustThread(t, again, g, talk).Last(); it.Text != "words" {
		t.Errorf("what was said before: %q", it.Text)
	}
	x := &restorer{}
	for i, id := range []kp1.EID{{1}, {2}, {2}, {1}} {
		if err := x.keys(epochRecord{ID: id}); (err == nil) != (i < 2) || err != nil && !errors.Is(err, ErrBackupDamaged) {
			t.Errorf("keys %d, of %s: %v", i, id.Short(), err)
		}
	}
}
