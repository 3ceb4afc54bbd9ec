package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"go.etcd.io/bbolt"

	"kith/store/care/erase"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// written is a closed home with some words in it, and its file.
func written(t *testing.T) (*home, kp1.GID, []byte) {
	t.Helper()
	h := quickHome(t, "Ada")
	g := h.found("Ada")
	for n := range 12 {
		h.talk(g, fmt.Sprint("talk ", n), "one", "two", "three", "four")
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return h, g, readStore(t, h)
}

func readStore(t testing.TB, h *home) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(h.dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// resum mends the checksum of a first page.
func resum(page []byte) {
	sum := fnv.New64a()
	_, _ = sum.Write(page[boltPageHeader : boltPageHeader+56])
	binary.NativeEndian.PutUint64(page[boltPageHeader+56:], sum.Sum64())
}

// TestF5File: a cut, empty, newer or foreign file is a clear error, and stays as it is to the byte.
func TestF5File(t *testing.T) {
	h, g, whole := written(t)
	path := filepath.Join(h.dir, fileName)
	size := os.Getpagesize()
	used := int(binary.NativeEndian.Uint64(whole[boltPageHeader+40:])) * size // what bbolt has in use
	if m, err := newestMeta(bytes.NewReader(whole), int64(len(whole))); err == nil {
		used = int(m.pages * m.pageSize) //nolint:gosec // small
	}
	newer := bytes.Clone(whole)
	for _, at := range []int{0, size} {
		binary.NativeEndian.PutUint32(newer[at+boltPageHeader+4:], boltVersion+1)
		resum(newer[at:])
	}
	cases := []struct {
		name string
		file []byte
		want error
	}{
		{"empty", nil, ErrDamaged},
		{"1 byte", whole[:1], ErrDamaged},
		{"4095 bytes", whole[:4095], ErrDamaged},
		{"4096 bytes", whole[:4096], ErrDamaged},
		{"8192 bytes", whole[:8192], ErrDamaged},
		{"half of what is used", whole[:used/2], ErrDamaged},
		{"one byte of what is used missing", whole[:used-1], ErrDamaged},
		{"a text", []byte(strings.Repeat("not a store\n", 2_000)), ErrDamaged},
		{"zeros", make([]byte, 64<<10), ErrDamaged},
		{"newer file format", newer, ErrNewer},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(h.dir, h.rest, h.opt)
			if err == nil {
				_ = l.Close()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("Open = %v, want %v", err, c.want)
			}
			if _, err := Create(h.dir, h.rest, "Eve", h.opt); !errors.Is(err, ErrExists) {
				t.Errorf("Create over it = %v, want ErrExists", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, c.file) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
	t.Run("the last byte of the file", func(t *testing.T) {
		if err := os.WriteFile(path, whole[:len(whole)-1], 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(h.dir, h.rest, h.opt)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("Open = %v, want ErrDamaged or all of it", err)
			}
			return
		}
		h.Ledger = l // the byte was in a page that is not in use
		h.clean()
		h.do(g, thread.New{Title: "more"})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("newer records", func(t *testing.T) {
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		edit(t, path, func(t tx) error {
			s, err := t.top(shelfMeta, true)
			if err != nil {
				return err
			}
			return s.put([]byte("format"), be64(format+1))
		}, h)
		before, _ := os.ReadFile(path)
		if _, err := Open(h.dir, h.rest, h.opt); !errors.Is(err, ErrNewer) {
			t.Errorf("Open = %v, want ErrNewer", err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Error("the file was changed")
		}
	})
	t.Run("set aside", func(t *testing.T) {
		if err := os.WriteFile(path, whole[:used/2], 0o600); err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
		for n := range 2 {
			to, err := setAside(h.dir, now)
			if err != nil || !strings.Contains(filepath.Base(to), ".damaged-20261121T093000Z") {
				t.Fatalf("SetAside = %q, %v", to, err)
			}
			if b, err := os.ReadFile(to); err != nil || !bytes.Equal(b, whole[:used/2]) {
				t.Errorf("what was set aside was changed (%v)", err)
			}
			if _, err := SetAside(h.dir); !errors.Is(err, ErrNoStore) {
				t.Errorf("SetAside of nothing = %v, want ErrNoStore", err)
			}
			if n == 0 {
				if err := os.WriteFile(path, whole[:used/2], 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		l, err := Create(h.dir, h.rest, "Ada", h.opt)
		if err != nil {
			t.Fatalf("Create in its place = %v", err)
		}
		if _, err := SetAside(h.dir); !errors.Is(err, ErrInUse) {
			t.Errorf("SetAside of an open store = %v, want ErrInUse", err)
		}
		_ = l.Close()
	})
}

// edit changes a closed store behind its back.
func edit(t *testing.T, path string, do func(tx) error, h *home) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(b *bbolt.Tx) error { return do(tx{Tx: b, rest: h.rest}) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// recordAt is where a record lies in a file: its key, and right behind it what is sealed under it.
type recordAt struct {
	from, to int
	shelf    string
}

// recordsOf finds where every record of a closed store lies, by the elements of the pages in use.
func recordsOf(t *testing.T, path string, whole []byte) (out []recordAt) {
	t.Helper()
	shelves := map[string]string{} // key and value -> shelf
	var walk func(name string, b *bbolt.Bucket) error
	walk = func(name string, b *bbolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			in := b.Bucket(k)
			switch {
			case in == nil:
				shelves[string(k)+string(v)] = name
				return nil
			case len(k) > 8: // a group's own
				return walk(name, in)
			default:
				return walk(string(k), in)
			}
		})
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(x *bbolt.Tx) error {
		return x.ForEach(func(name []byte, b *bbolt.Bucket) error { return walk(string(name), b) })
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}

	m, err := newestMeta(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	w := &pageWalk{f: bytes.NewReader(whole), size: m.pageSize, count: m.pages, seen: map[uint64]bool{}, deep: true}
	if err := w.bucket(m.root, 0, false); err != nil { // not what is free
		t.Fatal(err)
	}
	const element, inline = 16, 16 // bytes of an element's head, and of a bucket's before its page
	var page func(at int)
	page = func(at int) {
		if binary.NativeEndian.Uint16(whole[at+8:]) != boltLeaf {
			return
		}
		for i := range int(binary.NativeEndian.Uint16(whole[at+10:])) {
			e := at + boltPageHeader + i*element
			part := func(n int) int { return int(binary.NativeEndian.Uint32(whole[e+4*n:])) }
			from := e + part(1)
			value, to := from+part(2), from+part(2)+part(3)
			switch {
			case part(0) == 0:
				if name, ok := shelves[string(whole[from:to])]; ok {
					out = append(out, recordAt{from, to, name})
				} else {
					t.Errorf("a record at %d that no shelf has", from)
				}
			case binary.NativeEndian.Uint64(whole[value:]) == 0: // a bucket that lies here
				page(value + inline)
			}
		}
	}
	for id := uint64(0); id < m.pages; id++ {
		if w.seen[id] {
			at := int(id * m.pageSize) //nolint:gosec // small
			page(at)
			id += uint64(binary.NativeEndian.Uint32(whole[at+12:]))
		}
	}
	if len(out) != len(shelves) {
		t.Errorf("%d records were found, want %d", len(out), len(shelves))
	}
	slices.SortFunc(out, func(a, b recordAt) int { return cmp.Compare(a.from, b.from) })
	return out
}

// TestF4Flips changes bits, bytes and pages anywhere in the file. A record that is hit is named: by Open, or as damaged by
// Check. Whatever is hit, what is shown is what was written or nothing, and no envelope is handed out that is not the one asked
// for; and where something is not handed out or not counted that is on the disk, Check has found damage.
func TestF4Flips(t *testing.T) {
	ctx := context.Background()
	h, g, _ := written(t)
	if long() {
		h.opt.Shared = &Shared{} // no signature is checked twice
	}
	h.Ledger, _ = Open(h.dir, h.rest, h.opt)
	if long() { // the fault matrix has ten thousand ops
		for n := range 200 {
			texts := make([]string, 49)
			for i := range texts {
				texts[i] = fmt.Sprint("words ", n, i)
			}
			h.talk(g, fmt.Sprint("more talk ", n), texts...)
		}
	}
	want, err := h.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	items, _, err := h.Items(g)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]kp1.ID, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	threads := h.View().Group(g).Care.Threads().All()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	whole := readStore(t, h)
	path := filepath.Join(h.dir, fileName)
	m, err := newestMeta(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	records := recordsOf(t, path, whole)
	used, size := int(m.pages*m.pageSize), int(m.pageSize) //nolint:gosec // small
	seed := uint64(time.Now().UnixNano())                  // of the places; what lies there is sealed anew each time
	t.Logf("seed %d, %d records in %d bytes", seed, len(records), used)
	rnd := rand.New(rand.NewPCG(seed, 4))
	damaged, same, told, hits := 0, 0, 0, 0
	for n := range 500 {
		bad := bytes.Clone(whole)
		at := rnd.IntN(used)
		page := bad[at/size*size:][:size]
		var hit *recordAt
		if n%5 < 2 {
			i, _ := slices.BinarySearchFunc(records, at, func(p recordAt, at int) int { return cmp.Compare(p.to, at+1) })
			if i < len(records) && records[i].from <= at {
				hit = &records[i]
			}
		}
		switch n % 5 {
		case 0:
			bad[at] ^= 1 << rnd.IntN(8)
		case 1:
			bad[at] ^= byte(1 + rnd.IntN(255))
		case 2: // heads and elements of pages, where a wrong number leads astray
			page[rnd.IntN(64)] ^= byte(1 + rnd.IntN(255))
		case 3:
			clear(page)
		default:
			for i := range page {
				page[i] = byte(rnd.IntN(256))
			}
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		fail := func(format string, args ...any) {
			t.Helper()
			t.Errorf("seed %d, flip %d at %d: %s", seed, n, at, fmt.Sprintf(format, args...))
		}
		if hit != nil {
			hits++
		}
		l, err := Open(h.dir, h.rest, h.opt)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
				fail("Open = %v, want ErrDamaged", err)
			}
			damaged++
			continue
		}
		got, err := l.Fingerprint(g)
		if err != nil {
			_ = l.View() // a page of the checkpoint: folded anew from the ops
			got, err = l.Fingerprint(g)
		}
		broken := slices.ContainsFunc(l.View().Broken, func(b Broken) bool { return b.Group == g || b.Group.IsZero() })
		if shown := len(l.View().Groups) > 0; shown && err == nil && got != want {
			fail("shows %s, want %s", got.Short(), want.Short())
		} else if !shown && !broken {
			fail("the group is not there, and nobody says so")
		}
		less := err != nil || broken
		for part := range slices.Chunk(ids, 512) {
			raws, err := l.Envelopes(ctx, g, part)
			if err != nil {
				less = true
				continue
			}
			for i, raw := range raws {
				if raw == nil {
					less = true
				} else if kp1.Sum(raw) != part[i] {
					fail("envelope %s is another", part[i].Short())
				}
			}
		}
		for _, x := range threads {
			less = less || !l.HasOp(g, x.ID) || !l.Delivery(g, x.ID).Stored
		}
		r, err := l.Check(ctx)
		switch {
		case err != nil && !errors.Is(err, ErrDamaged):
			fail("Check = %v", err)
		case err != nil || len(r.Bad) > 0:
			told++
		case less:
			fail("not all that was written is read, and Check found nothing")
		case hit != nil:
			fail("a byte of a record in %s was changed, and Check found nothing", hit.shelf)
		default:
			same++
		}
		if hit != nil && err == nil && len(r.Bad) > 0 && !slices.ContainsFunc(r.Bad, func(f Finding) bool {
			return strings.HasPrefix(f.Where, strings.TrimRight(hit.shelf, "0123456789")+" record ") || f.Where == "pages" || f.Where == "group"
		}) {
			fail("a byte of a record in %s was changed, and Check found %v", hit.shelf, r.Bad)
		}
		if err := l.Close(); err != nil && !errors.Is(err, ErrDamaged) {
			fail("Close = %v", err)
		}
	}
	t.Logf("%d did not open, %d were found by Check, %d changed nothing; %d hit a record", damaged, told, same, hits)
	if hits < 50 {
		t.Errorf("%d of 200 bytes lay in a record: that shows little", hits)
	}
}

// TestF4Moved: a record moved to another place does not open there.
func TestF4Moved(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to string
	}{
		{"entries swapped", shelfLog, shelfLog},
		{"op under another id", shelfOps, shelfOps},
		{"key as a request", shelfKeys, shelfRequests},
		{"auth op swapped", shelfAuth, shelfAuth},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, g, _ := written(t)
			name := x.rest.Name("group", g[:])
			edit(t, filepath.Join(x.dir, fileName), func(t tx) error {
				own := t.Bucket([]byte(shelfGroups)).Bucket(name)
				from := own.Bucket([]byte(c.from))
				to, err := own.CreateBucketIfNotExists([]byte(c.to))
				if err != nil {
					return err
				}
				k1, v1 := from.Cursor().First()
				k2, v2 := from.Cursor().Last()
				k1, v1, k2, v2 = bytes.Clone(k1), bytes.Clone(v1), bytes.Clone(k2), bytes.Clone(v2)
				if c.from != c.to {
					return to.Put(k1, v1)
				}
				return errors.Join(from.Put(k1, v2), from.Put(k2, v1))
			}, x)
			l, err := Open(x.dir, x.rest, x.opt)
			if errors.Is(err, ErrDamaged) {
				return
			}
			if err != nil {
				t.Fatalf("Open = %v", err)
			}
			defer func() { _ = l.Close() }()
			if r, err := l.Check(context.Background()); err == nil && len(r.Bad) == 0 {
				t.Error("Check found nothing")
			}
		})
	}
}

// TestSecondProcess: a home belongs to one process at a time.
func TestSecondProcess(t *testing.T) {
	h := crashHome(t, "Ada")
	g := h.found("Ada")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+strings.Join([]string{"write30", h.dir, g.String()}, "|"))
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), ErrInUse.Msg) {
		t.Errorf("a second process said %q, %v, want ErrInUse", out, err)
	}
	if _, err := Open(h.dir, h.rest, h.opt); !errors.Is(err, ErrInUse) {
		t.Errorf("Open twice = %v, want ErrInUse", err)
	}
	h.do(g, thread.New{Title: "mine"})
	h.clean()
}

// TestLockedStore: what is asked after the keys are gone, or after Close, is told that it is locked, not that the store
// is damaged.
func TestLockedStore(t *testing.T) {
	h := crashHome(t, "Ada")
	g := h.found("Ada")
	h.rest.Forget()
	if _, err := h.Propose(context.Background(), g, Draft{Act: thread.New{Title: "x"}}); codeOf(err) != "E_LOCKED" {
		t.Errorf("Propose = %v, want E_LOCKED", err)
	}
	if _, err := h.Envelopes(context.Background(), g, []kp1.ID{{}}); err == nil {
		t.Errorf("Envelopes = %v", err)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if _, err := h.Accept(context.Background(), g, kp1.DID{}, [][]byte{{1}}); codeOf(err) != "E_LOCKED" && codeOf(err) != "E_NOT_FOUND" {
		t.Errorf("Accept after Close = %v", err)
	}
}

// TestRawScan looks for every word and date typed in a story in all files of the homes, raw and in UTF-16.
func TestRawScan(t *testing.T) {
	typed := []string{"Adalberta", "Suevia", "Elm Row", "Migraine pills", "quince jelly", "Wilhelmina", "2031-05-17", "20310517", "ring twice"}
	ada, sue := newHome(t, "Adalberta"), newHome(t, "Suevia")
	g := ada.found("Adalberta")
	joinVia(t, ada, sue, g, asMember)
	th := ada.talk(g, "Migraine pills", "quince jelly")
	id := ada.do(g, sleepover.Ask{Terms: sleepover.Terms{
		Child: "Wilhelmina", From: when.Date{Year: 2031, Month: 5, Day: 17}, To: when.Date{Year: 2031, Month: 5, Day: 18},
	}, Beds: 1, Kind: sleepover.Planned})
	ada.do(g, people.Profile{Name: "Adalberta"})
	meet(t, ada, sue, g)
	sue.do(g, sleepover.Offer{Ask: id, Condition: "ring twice"})
	sue.do(g, thread.Post{Thread: th, Text: "quince jelly"})
	if err := ada.SetLocal("Elm Row", []byte("Migraine pills")); err != nil {
		t.Fatal(err)
	}
	meet(t, ada, sue, g)
	for _, h := range []*home{ada, sue} {
		h.again()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(h.dir, "*"))
		if err != nil || len(files) < 2 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			low := bytes.ToLower(b)
			for _, w := range typed {
				for _, form := range forms(strings.ToLower(w)) {
					if bytes.Contains(low, form) {
						t.Errorf("%s holds %q as % x", filepath.Base(f), w, form)
					}
				}
			}
		}
	}
}

// TestRawScanIDs looks for everything that says who is in a group, and with which computer, in all files of the homes:
// after messages, a second computer, a computer that cheats, something taken away, a backup, what waits to be signed and a restart.
func TestRawScanIDs(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Sue", "Tom")
	ada, sue, tom := homes[0], homes[1], homes[2]
	th := ada.talk(g, "picnic", "jam")
	levelAll(t, g, homes)
	post := sue.do(g, thread.Post{Thread: th, Text: "bread"})
	levelAll(t, g, homes)
	sue.do(g, erase.Delete{Target: post})
	two := second(t, sue, "Sue's other")
	cheat := tom.head(g, kp1.CompTeam)
	for _, text := range []string{"one", "other"} { // in one place of Tom's chain
		ada.give(g, tom.forge(g, kp1.CompTeam, tom.next(g, cheat.seq+1, cheat.id, thread.New{Title: text})))
	}
	homes = append(homes, two)
	levelAll(t, g, homes)
	for _, h := range homes {
		if err := h.Heard(g, ada.deviceOf(g), testAddrs); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ada.SetRole(ctx, g, sue.me(g), kp1.RankGuest); err != nil {
		t.Fatal(err)
	}
	backup := ada.backup()
	said := map[string][]byte{"the group": g[:]}
	st := ada.View().Group(g).State
	for _, m := range st.Members {
		said["a member"+m.ID.Short()], said["a root"+m.ID.Short()] = bytes.Clone(m.ID[:]), m.Root
	}
	for _, d := range st.Devices {
		said["a device"+d.ID.Short()], said["its key"+d.ID.Short()] = bytes.Clone(d.ID[:]), d.Key
		said["its PeerID"+d.ID.Short()], said["its box key"+d.ID.Short()] = d.Peer, d.HPKE[:32]
	}
	if len(said) < 1+2*3+4*4 {
		t.Fatalf("%d things to look for", len(said))
	}
	for _, h := range homes {
		rs := h.Recovery()
		said["the twelve words of "+h.Name()] = rs[:]
	}
	for _, h := range homes {
		h.again()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		all := folderOf(t, h.dir)
		for what, x := range said {
			if bytes.Contains(all, x) {
				t.Errorf("%s's home holds %s in the clear", h.Name(), what)
			}
		}
	}
	all, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	for what, x := range said {
		if bytes.Contains(all, x) {
			t.Errorf("a backup holds %s in the clear", what)
		}
	}
}

func forms(w string) [][]byte {
	var le, be []byte
	for _, u := range utf16.Encode([]rune(w)) {
		le, be = binary.LittleEndian.AppendUint16(le, u), binary.BigEndian.AppendUint16(be, u)
	}
	return [][]byte{[]byte(w), le, be}
}

// TestF4Missing: records that are gone, one or a whole shelf of them, are damage, or change nothing that is shown. A page
// whose head says that it holds less than it does looks like that.
func TestF4Missing(t *testing.T) {
	h, g, whole := written(t)
	h.Ledger, _ = Open(h.dir, h.rest, h.opt)
	want, err := h.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	_ = h.Close()
	path := filepath.Join(h.dir, fileName)
	without := func(t *testing.T, do func(groups, own *bbolt.Bucket) error) {
		t.Helper()
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		edit(t, path, func(t tx) error {
			groups := t.Bucket([]byte(shelfGroups))
			return do(groups, groups.Bucket(h.rest.Name("group", g[:])))
		}, h)
		l, err := Open(h.dir, h.rest, h.opt)
		if errors.Is(err, ErrDamaged) {
			return
		}
		if err != nil {
			t.Fatalf("Open = %v", err)
		}
		defer func() { _ = l.Close() }()
		got, err := l.Fingerprint(g)
		if r, errCheck := l.Check(context.Background()); (err != nil || got != want) && errCheck == nil && len(r.Bad) == 0 {
			t.Errorf("shows %s, %v, want %s, and Check found nothing", got.Short(), err, want.Short())
		}
	}
	for _, name := range groupShelves {
		for what, goes := range map[string]func(i, n int) bool{
			"first": func(i, _ int) bool { return i == 0 },
			"last":  func(i, n int) bool { return i == n-1 },
			"half":  func(i, n int) bool { return i >= n/2 },
			"all":   func(int, int) bool { return true },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				without(t, func(_, own *bbolt.Bucket) error { return thin(own.Bucket([]byte(name)), goes) })
			})
		}
		t.Run(name+" shelf", func(t *testing.T) {
			without(t, func(_, own *bbolt.Bucket) error {
				if own.Bucket([]byte(name)) == nil {
					return nil
				}
				return own.DeleteBucket([]byte(name))
			})
		})
	}
	t.Run("group", func(t *testing.T) {
		without(t, func(groups, _ *bbolt.Bucket) error { return groups.DeleteBucket(h.rest.Name("group", g[:])) })
	})
	t.Run("groups", func(t *testing.T) {
		without(t, func(groups, _ *bbolt.Bucket) error { return groups.Tx().DeleteBucket([]byte(shelfGroups)) })
	})
	t.Run("name", func(t *testing.T) {
		without(t, func(groups, _ *bbolt.Bucket) error {
			name := h.rest.Name("group", g[:])
			from := groups.Bucket(name)
			to, err := groups.CreateBucket(append([]byte{^name[0]}, name[1:]...))
			if err != nil {
				return err
			}
			self, err := to.CreateBucket([]byte(shelfSelf))
			if err != nil {
				return err
			}
			return errors.Join(self.Put([]byte("self"), from.Bucket([]byte(shelfSelf)).Get([]byte("self"))), groups.DeleteBucket(name))
		})
	})
}

// thin deletes some of the records of a bucket, or of none.
func thin(b *bbolt.Bucket, goes func(i, n int) bool) error {
	if b == nil {
		return nil
	}
	var keys [][]byte
	if err := b.ForEach(func(k, _ []byte) error { keys = append(keys, bytes.Clone(k)); return nil }); err != nil {
		return err
	}
	for i, k := range keys {
		if !goes(i, len(keys)) {
			continue
		}
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
