package peer

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"kith/app/present"
	"kith/store"
	"kith/store/kp1"
)

// marks are what this person has opened and checked on this computer, and its settings. They lie sealed in the store
// and are told to nobody.
type marks struct {
	ledger *store.Ledger
	hiding sync.Mutex // held while hidden is replaced

	mu      sync.Mutex
	seen    map[mark]bool
	order   []mark // oldest first
	checked map[kp1.MID]bool
	hidden  map[kp1.MID]bool // replaced as a whole, so that a World may hold it
	set     map[string]string
}

// mark is the beginning of an op's id: enough to tell what was opened.
type mark [12]byte

// maxMarks is how many opened things are remembered; the oldest go first.
const maxMarks = 20_000

const keySeen, keyChecked, keyHidden, keySettings = "seen", "checked", "hidden", "settings"

func markOf(id kp1.ID) mark { return mark(id[:len(mark{})]) }

func loadMarks(l *store.Ledger) (*marks, error) {
	m := &marks{ledger: l, seen: map[mark]bool{}, checked: map[kp1.MID]bool{}, hidden: map[kp1.MID]bool{}, set: map[string]string{}}
	b, err := l.Local(keySeen)
	if err != nil {
		return nil, err
	}
	for ; len(b) >= len(mark{}); b = b[len(mark{}):] {
		m.order = append(m.order, mark(b[:len(mark{})]))
		m.seen[mark(b[:len(mark{})])] = true
	}
	if b, err = l.Local(keyChecked); err != nil {
		return nil, err
	}
	readMembers(b, m.checked)
	if b, err = l.Local(keyHidden); err != nil {
		return nil, err
	}
	readMembers(b, m.hidden)
	if b, err = l.Local(keySettings); err != nil {
		return nil, err
	}
	if b != nil {
		if err := json.Unmarshal(b, &m.set); err != nil {
			m.set = map[string]string{} // settings are not worth a refusal to open
		}
	}
	return m, nil
}

// readMembers adds the members of a record to a set, and membersRecord writes such a record.
func readMembers(b []byte, to map[kp1.MID]bool) {
	for ; len(b) >= len(kp1.MID{}); b = b[len(kp1.MID{}):] {
		to[kp1.MID(b[:len(kp1.MID{})])] = true
	}
}

func membersRecord(set map[kp1.MID]bool) []byte {
	b := []byte{}
	for _, id := range slices.SortedFunc(maps.Keys(set), kp1.MID.Compare) {
		b = append(b, id[:]...)
	}
	return b
}

func (m *marks) has(id kp1.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[markOf(id)]
}

// hides returns whose messages are hidden; nobody writes to it.
func (m *marks) hides() map[kp1.MID]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hidden
}

func (m *marks) isChecked(who kp1.MID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.checked[who]
}

// Seen notes that this person has opened these ops. Where the group shows it, and they do not keep it back, the others are
// told so with what this computer says next.
func (p *Peer) Seen(_ context.Context, g kp1.GID, ids ...kp1.ID) {
	in, err := p.now()
	if err != nil {
		return
	}
	m := in.marks
	m.mu.Lock()
	news, back := false, m.set[present.SettingSeen] == present.SeenBack
	for _, id := range ids {
		if k := markOf(id); !m.seen[k] {
			m.seen[k], news = true, true
			m.order = append(m.order, k)
		}
	}
	for len(m.order) > maxMarks {
		delete(m.seen, m.order[0])
		m.order = m.order[1:]
	}
	b := make([]byte, 0, len(m.order)*len(mark{}))
	for _, k := range m.order {
		b = append(b, k[:]...)
	}
	m.mu.Unlock()
	if news {
		p.went(in.ledger.SetLocal(keySeen, b))
		p.wake.set()
	}
	if news && !back {
		if err := in.ledger.Opened(g, ids...); !errors.Is(err, store.ErrNoGroup) {
			p.went(err)
			p.joins.set() // see tend
		}
	}
}

// SetChecked notes that the six words of a member were compared, or not after all.
func (p *Peer) SetChecked(_ context.Context, _ kp1.GID, who kp1.MID, yes bool) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	m := in.marks
	m.mu.Lock()
	delete(m.checked, who)
	if yes {
		m.checked[who] = true
	}
	b := membersRecord(m.checked)
	m.mu.Unlock()
	err = in.ledger.SetLocal(keyChecked, b)
	p.wake.set()
	return err
}

// SetHidden notes that this person does not want to see the messages of a member on this computer, or wants to again.
func (p *Peer) SetHidden(_ context.Context, _ kp1.GID, who kp1.MID, yes bool) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	m := in.marks
	m.hiding.Lock()
	defer m.hiding.Unlock()
	next := maps.Clone(m.hides())
	delete(next, who)
	if yes {
		next[who] = true
	}
	if err := in.ledger.SetLocal(keyHidden, membersRecord(next)); err != nil {
		return err // shown as it was, and as it will be after a restart
	}
	m.mu.Lock()
	m.hidden = next
	m.mu.Unlock()
	p.wake.set()
	return nil
}

// Setting returns a setting, or "".
func (p *Peer) Setting(key string) string {
	in, err := p.now()
	if err != nil {
		return ""
	}
	in.marks.mu.Lock()
	defer in.marks.mu.Unlock()
	return in.marks.set[key]
}

// SetSetting keeps a setting.
func (p *Peer) SetSetting(_ context.Context, key, value string) error {
	in, err := p.now()
	if err != nil {
		return err
	}
	in.marks.mu.Lock()
	in.marks.set[key] = value
	b, err := json.Marshal(in.marks.set)
	in.marks.mu.Unlock()
	if err != nil {
		return err
	}
	err = in.ledger.SetLocal(keySettings, b)
	if key == present.SettingSeen && value == present.SeenBack {
		err = errors.Join(err, in.ledger.KeepBack())
	}
	p.Touched()
	p.wake.set()
	return err
}

// lookName is the one plain file of a home: how large the words are and in which colours. It says nothing about anyone.
const lookName = "look"

// maxLook is how many bytes of it are read.
const maxLook = 1 << 10

// Look returns how the window is drawn, also while locked.
func (p *Peer) Look() present.Look {
	var l present.Look
	path := filepath.Join(p.home, lookName)
	if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() || st.Size() > maxLook {
		return present.Look{}
	}
	b, err := os.ReadFile(path)
	if err != nil || len(b) > maxLook || json.Unmarshal(b, &l) != nil {
		return present.Look{}
	}
	return l
}

// SetLook keeps it, under another name first, so that it is never half written.
func (p *Peer) SetLook(l present.Look) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.home, 0o700); err != nil {
		return err
	}
	path := filepath.Join(p.home, lookName)
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) { // it may be a name for another file
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
