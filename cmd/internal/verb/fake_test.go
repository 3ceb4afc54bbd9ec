package verb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/app/present"
	"kith/store/care"
	"kith/store/care/erase"
	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// Two made-up people and their group. Ids are chosen so that beginnings can be clear or not.
var (
	oak = kp1.GID{0xa0, 0x01}
	elm = kp1.GID{0xa0, 0x02}
	ade = kp1.MID{0x11, 0x01}
	bev = kp1.MID{0x22, 0x02}
	cas = kp1.MID{0x22, 0x03}
	gus = kp1.MID{0x33, 0x04}
)

// now is when all of these tests take place: a Saturday evening, home's clocks an hour from going back.
var now = time.Date(2026, 10, 24, 19, 30, 0, 0, time.UTC)

// fake is a Peer in memory. What the families agree is judged by store/care itself; everything else is recorded.
type fake struct {
	fakeLinks
	mu       sync.Mutex
	world    present.World
	pass     string // what opens it
	n        int
	view     care.View
	said     map[kp1.ID]care.Event
	asked    []string // calls other than Propose, as text
	fail     error    // what the next call answers
	events   chan Event
	synced   Synced
	asks     []Proposal
	late     []present.Late
	wrote    []byte
	waits    bool // acts about who belongs become proposals
	check    Checked
	repaired []Repaired

	mailboxes []Mailbox
}

// newFake is a home with Ade in it, unlocked, who leads the group Oak with Bev and Cas.
func newFake() *fake {
	f := &fake{pass: "lantern cobble rivers noon", events: make(chan Event, 16), check: Checked{Ops: 7}}
	f.world = present.World{Name: "Ade", Started: true, Locked: true, Net: present.Net{On: true}}
	f.world.Groups = []present.Group{{
		ID: oak, Kind: present.Constellation, Name: "Oak", Me: ade,
		State:   group.State{Members: []group.Member{{ID: ade, Rank: kp1.RankAdmin}, {ID: bev, Rank: kp1.RankMember}, {ID: cas, Rank: kp1.RankMember}, {ID: gus, Rank: kp1.RankGuest}}},
		Devices: []present.Device{{ID: kp1.DID{1}, Member: ade, Mine: true, Here: true}, {ID: kp1.DID{2}, Member: bev}, {ID: kp1.DID{3}, Member: bev}},
		Requests: []present.Request{
			{ID: "abc1", Name: "Dot", Words: six("d"), Others: 1, Note: "Dot from the park", At: now},
			{ID: "abd2", Name: "Eve", Words: six("e"), Expired: true, At: now},
		},
		Invites: []present.Invite{{ID: "0102", Link: "kith:join#AbC", Note: "Dot", Rank: kp1.RankMember, Expires: now.Add(time.Hour)}},
		Lapsed:  []present.Invite{{ID: "0203", Note: "Eve", Expires: now.Add(2 * time.Hour)}},
		Delivery: func(kp1.ID) present.Delivery {
			return present.Delivery{Stored: true, Devices: 1, Of: 2, Has: []kp1.MID{bev}}
		},
	}}
	f.does(bev, people.Profile{Name: "Bev"})
	f.does(ade, people.Profile{Name: "Ade", Title: "Hub carer"})
	return f
}

func six(letter string) (w [6]string) {
	for i := range w {
		w[i] = letter + strings.Repeat("o", i+1)
	}
	return w
}

// does is somebody doing something in Oak. It panics when a rule says no: these are the tests' own acts.
func (f *fake) does(who kp1.MID, a care.Act) kp1.ID {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, err := f.act(who, a, present.Audience{})
	if err != nil {
		panic(fmt.Sprintf("%s: %v", a.Type(), err))
	}
	return id
}

func (f *fake) act(who kp1.MID, a care.Act, to present.Audience) (kp1.ID, error) {
	var rank uint8
	for _, m := range f.world.Groups[0].State.Members {
		if m.ID == who {
			rank = m.Rank
		}
	}
	a = care.Fill(f.view, who, a)
	var left []care.Event
	if x, ok := a.(erase.Act); ok {
		target, _ := x.What()
		was, ok := f.said[target]
		if !ok {
			return kp1.ID{}, &fault{"E_NOT_FOUND", "no such op"}
		}
		if err := erase.May(x, who, rank, was.Author); err != nil {
			return kp1.ID{}, err
		}
		typ, body, _, err := care.Encode(was.Act)
		if err != nil {
			return kp1.ID{}, err
		}
		a = x.With(erase.Was{Seq: 1, Auth: []kp1.ID{target}, Time: was.Time, Type: typ, Body: body, Payload: target})
		left = []care.Event{{Meta: was.Meta, Act: care.Erased(was.Act)}}
	}
	if err := care.Check(f.view, who, rank, a); err != nil {
		return kp1.ID{}, err
	}
	typ, body, words, err := care.Encode(a)
	if err != nil {
		return kp1.ID{}, err
	}
	if a, err = care.Decode(typ, body, words); err != nil {
		return kp1.ID{}, err
	}
	f.n++
	id := kp1.Sum(fmt.Appendf(nil, "%d %s", f.n, typ))
	meta := care.Meta{ID: id, Author: who, Rank: rank, Time: uint64(now.Add(time.Duration(f.n) * time.Minute).Unix())}
	if to.Only != nil {
		meta.For = append(slices.Clone(to.Only), who)
		slices.SortFunc(meta.For, kp1.MID.Compare)
		meta.For = slices.Compact(meta.For)
	}
	meta.Comp = to.Comp
	if f.said == nil {
		f.said = map[kp1.ID]care.Event{}
	}
	f.said[id] = care.Event{Meta: meta, Act: a}
	f.view = f.view.Apply(append(left, f.said[id])...)
	return id, nil
}

func (f *fake) note(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
	err := f.fail
	f.fail = nil
	return err
}

func (f *fake) World() present.World {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.world
	w.Links = f.core().World().Links
	w.Groups = slices.Clone(w.Groups)
	if w.Locked {
		w.Groups, w.Name = nil, ""
	}
	for i := range w.Groups {
		if w.Groups[i].ID == oak {
			w.Groups[i].Care = f.view
		}
	}
	return w
}

func (f *fake) Propose(ctx context.Context, g kp1.GID, a care.Act) (kp1.ID, error) {
	return f.ProposeTo(ctx, g, a, present.Audience{})
}

func (f *fake) ProposeTo(_ context.Context, g kp1.GID, a care.Act, to present.Audience) (kp1.ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return kp1.ID{}, f.fail
	}
	return f.act(ade, a, to)
}

func (f *fake) ProposeAll(ctx context.Context, g kp1.GID, acts []care.Act, to []present.Audience) (ids []kp1.ID, err error) {
	for i, a := range acts {
		id, err := f.ProposeTo(ctx, g, a, to[i])
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (f *fake) GiveFile(ctx context.Context, g kp1.GID, a thread.File, data []byte, text string, to present.Audience) (post, id kp1.ID, err error) {
	a.File.Size, a.File.Chunks = uint64(len(data)), []kp1.ID{kp1.Sum(data)}
	if text != "" {
		if post, err = f.ProposeTo(ctx, g, thread.Post{Thread: a.Thread, Text: text}, to); err != nil {
			return post, id, err
		}
	}
	id, err = f.ProposeTo(ctx, g, a, to)
	return post, id, err
}

func (f *fake) ReadFile(context.Context, kp1.GID, kp1.ID) ([]byte, error) { return nil, f.note("read") }

func (f *fake) SaveFile(_ context.Context, _ kp1.GID, _ kp1.ID, path string) error {
	return f.note("save %s", path)
}

func (f *fake) Check(context.Context) (Checked, error) { return f.check, f.note("check") }

func (f *fake) Repair(context.Context) ([]Repaired, error) { return f.repaired, f.note("repair") }

func (f *fake) EraseNow(context.Context) (bool, error) { return true, f.note("erase now") }

func (f *fake) Close() error { return nil }

func (f *fake) Start(_ context.Context, s present.Start) ([12]string, error) {
	var ws [12]string
	for i := range ws {
		ws[i] = fmt.Sprintf("word%c", 'a'+i)
	}
	err := f.note("start %s %q keychain=%v", s.Name, s.Passphrase, s.Keychain)
	return ws, err
}

func (f *fake) NeedsPassphrase() (bool, error) { return f.pass != "", nil }

func (f *fake) Unlock(_ context.Context, pass string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pass != f.pass {
		return &fault{"E_PASSPHRASE", "wrong"}
	}
	f.world.Locked = false
	return nil
}

func (f *fake) Lock(_ context.Context, why string) error {
	f.mu.Lock()
	f.world.Locked = true
	f.mu.Unlock()
	return f.note("lock %s", why)
}

func (f *fake) Self() Self {
	return Self{Device: "kitchen", Peer: "12D3KooW", Addrs: []string{"/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW"}}
}

func (f *fake) Found(_ context.Context, x present.Found) (kp1.GID, error) {
	return elm, f.note("found %+v", x)
}

func (f *fake) Invite(_ context.Context, g kp1.GID, ask present.InviteAsk) (present.Invite, error) {
	err := f.note("invite %.4s %+v", g, ask)
	i := present.Invite{ID: "0102", Link: "kith:join#AbC", Expires: now.Add(48 * time.Hour)}
	if ask.Spoken {
		i.Words, i.At, i.Waits = []string{"do", "doo", "dooo"}, "oak.example", true
	}
	return i, err
}

func (f *fake) Join(_ context.Context, link, name string) (present.Join, error) {
	j := present.Join{ID: "beef", Group: "Elm", Words: six("w"), Stage: present.JoinLooking, Waiting: "Fay"}
	if err := f.note("join %s %s", link, name); err != nil {
		return j, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.Joins = append(f.world.Joins, j)
	return j, nil
}

func (f *fake) Approve(_ context.Context, g kp1.GID, r string, a present.Approval) (present.Approved, error) {
	if !a.Formerly.IsZero() {
		return present.Approved{Former: present.Deed{Op: kp1.Sum([]byte("former")), Waits: f.waits}}, f.note("approve %.4s %s %s formerly %.4s", g, r, a.Verified, a.Formerly)
	}
	return present.Approved{}, f.note("approve %.4s %s %s", g, r, a.Verified)
}

func (f *fake) Reissue(_ context.Context, g kp1.GID, id string) (present.Invite, error) {
	return present.Invite{ID: "0304", Link: "kith:join#DeF", Expires: now.Add(time.Hour)}, f.note("reissue %.4s %s", g, id)
}

func (f *fake) Decline(_ context.Context, g kp1.GID, r string) error {
	return f.note("decline %.4s %s", g, r)
}

func (f *fake) Part(_ context.Context, g kp1.GID) (kp1.ID, error) {
	return kp1.Sum([]byte("part")), f.note("part %.4s", g)
}

func (f *fake) End(_ context.Context, g kp1.GID) error { return f.note("end %.4s", g) }

func (f *fake) Serve(ctx context.Context, o Serving, listening func([]string)) error {
	if err := f.note("serve %v nearby=%v", o.Listen, o.Nearby); err != nil {
		return err
	}
	listening(f.Self().Addrs)
	<-ctx.Done()
	return nil
}

func (f *fake) Sync(_ context.Context, o Syncing) (Synced, error) {
	return f.synced, f.note("sync %+v", o)
}

func (f *fake) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-f.events:
				if !yield(e) {
					return
				}
			}
		}
	}
}

// ran is what one call of kithctl did.
type ran struct {
	exit        int
	out, errs   string
	errorInJSON struct{ Code, Message, Hint string }
}

// kithctl runs Main on a fake in a scratch home, as `kithctl --home HOME --json ARGS`.
func (f *fake) kithctl(t *testing.T, args ...string) ran {
	t.Helper()
	return f.run(t, f.host(), append([]string{"--home", t.TempDir(), "--json"}, args...)...)
}

func (f *fake) host() Host {
	return Host{
		Open:   func(string) (Peer, error) { return f, nil },
		Getenv: env(map[string]string{"KITH_PASSPHRASE": "lantern cobble rivers noon", "KITH_KEYCHAIN": "none"}),
		Now:    func() time.Time { return now },
		Zone:   london(),
	}
}

func (f *fake) run(t *testing.T, h Host, args ...string) ran {
	t.Helper()
	var out, errs bytes.Buffer
	h.Stdout, h.Stderr = &out, &errs
	r := ran{exit: Main(t.Context(), args, h)}
	r.out, r.errs = out.String(), errs.String()
	if r.errs != "" && slices.Contains(args, "--json") {
		var e struct {
			Error struct{ Code, Message, Hint string }
		}
		d := json.NewDecoder(&errs)
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			t.Fatalf("kithctl %q: stderr is not one JSON value: %q", args, r.errs)
		}
		r.errorInJSON = e.Error
		if e.Error.Message == "" || e.Error.Hint == "" {
			t.Errorf("kithctl %q: an error without words: %q", args, r.errs)
		}
	}
	return r
}

// into reads the one JSON value on stdout.
func (r ran) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), v); err != nil || !strings.HasSuffix(r.out, "\n") || strings.Count(r.out, "\n") != 1 {
		t.Fatalf("stdout is not one JSON value on a line: %q (exit %d, stderr %q)", r.out, r.exit, r.errs)
	}
}

func env(m map[string]string) func(string) string { return func(k string) string { return m[k] } }

func london() *time.Location {
	z, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return z
}

// scratch is a home with a short path, so that its socket lies in it.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
