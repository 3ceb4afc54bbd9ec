// Package fake holds a Core for tests of view models and screens: everything in memory, the families invented, the acts
// judged by the real rules of store/care. It never touches the disk, the network or the clock; time is handed in.
package fake

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"kith/app/present"
	"kith/store/care"
	"kith/store/care/erase"
	"kith/store/care/file"
	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// Core is a made-up Core. It is safe for concurrent use.
type Core struct {
	now func() time.Time

	mu         sync.Mutex
	world      present.World
	changed    chan struct{} // closed at the next change
	look       present.Look
	settings   map[string]string
	passphrase string // the passphrase
	ids        uint64
	seen       map[kp1.ID]bool
	checked    map[kp1.MID]bool
	delivery   map[kp1.ID]present.Delivery
	said       map[kp1.ID]care.Event // what was done, for what is taken away
	fail       error                 // of the next call
	calls      []string
	before     *present.World // the world that the demo has put aside
	suggested  int
	dirty      bool   // something changed since the lock was taken
	after      func() // called after every change, without the lock
	files      map[string][]byte
	given      map[kp1.ID]givenFile // what is in files of threads
	late       []present.Late
	done       map[kp1.DID]present.Done
	backups    []present.FoundFile
	wipes      bool // Panic would be a wipe
	stick      present.Brought
}

// New returns a Core with an empty home: nobody has started it yet.
func New(now func() time.Time) *Core {
	return &Core{
		now: now, changed: make(chan struct{}), settings: map[string]string{}, seen: map[kp1.ID]bool{},
		checked: map[kp1.MID]bool{}, delivery: map[kp1.ID]present.Delivery{}, said: map[kp1.ID]care.Event{}, world: present.World{Net: present.Net{On: true}},
	}
}

// MID returns the id that a made-up person has in every made-up group.
func MID(name string) kp1.MID { return kp1.MID(sha256.Sum256([]byte("person " + name))) }

// GID returns the id of a made-up group.
func GID(name string) kp1.GID { return kp1.GID(sha256.Sum256([]byte("group " + name))) }

// Fail makes the next call that can fail return err.
func (c *Core) Fail(err error) {
	c.mu.Lock()
	defer c.unlock()
	c.fail = err
}

// Calls returns what was asked of the Core since the last time, as "Approve voice" and the like.
func (c *Core) Calls() []string {
	c.mu.Lock()
	defer c.unlock()
	calls := c.calls
	c.calls = nil
	return calls
}

// unlock ends a call and shows what it has changed.
func (c *Core) unlock() {
	after, dirty := c.after, c.dirty
	c.dirty = false
	c.mu.Unlock()
	if after != nil && dirty {
		after()
	}
}

// begin notes a call under the lock and returns the error it shall give.
func (c *Core) begin(call ...string) error {
	c.calls = append(c.calls, strings.Join(call, " "))
	err := c.fail
	c.fail = nil
	return err
}

// Change changes the World and shows it to all who follow.
func (c *Core) Change(f func(w *present.World)) {
	c.mu.Lock()
	defer c.unlock()
	c.change(f)
}

func (c *Core) change(f func(w *present.World)) {
	w := c.world
	w.Groups, w.Joins, w.News = slices.Clone(w.Groups), slices.Clone(w.Joins), slices.Clone(w.News)
	w.Links = slices.Clone(w.Links)
	f(&w)
	w.At = c.now()
	c.world = w
	c.dirty = true
	close(c.changed)
	c.changed = make(chan struct{})
}

// find finds a group in w for a change.
func find(w *present.World, g kp1.GID) *present.Group {
	for i := range w.Groups {
		if w.Groups[i].ID == g {
			return &w.Groups[i]
		}
	}
	return nil
}

// World returns the World as it is now.
func (c *Core) World() present.World {
	c.mu.Lock()
	defer c.unlock()
	return c.world
}

// Worlds yields the World of now and then each newer one.
func (c *Core) Worlds(ctx context.Context) iter.Seq[present.World] {
	return func(yield func(present.World) bool) {
		for {
			c.mu.Lock()
			w, changed := c.world, c.changed
			c.mu.Unlock()
			if !yield(w) {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
	}
}

// Start makes the person.
func (c *Core) Start(_ context.Context, s present.Start) (words [12]string, err error) {
	c.mu.Lock()
	defer c.unlock()
	call := []string{"Start", s.Name}
	if s.Words != "" {
		call = append(call, "with words")
	}
	if err := c.begin(call...); err != nil {
		return words, err
	}
	c.passphrase = s.Passphrase
	c.change(func(w *present.World) { w.Name, w.Started = s.Name, true })
	return twelve, nil
}

// Suggest returns four words.
func (c *Core) Suggest() string {
	c.mu.Lock()
	defer c.unlock()
	all := []string{"river copper garden lamp", "meadow pencil orchard window", "butter ribbon harvest velvet"}
	c.suggested++
	return all[(c.suggested-1)%len(all)]
}

// ErrPassphrase is what a wrong passphrase gives.
var ErrPassphrase = &kp1.Error{ECode: "E_PASSPHRASE", Msg: "wrong passphrase"}

// Unlock opens the home again.
func (c *Core) Unlock(_ context.Context, passphrase string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Unlock"); err != nil {
		return err
	}
	if passphrase != c.passphrase {
		return ErrPassphrase
	}
	c.change(func(w *present.World) { w.Locked = false })
	return nil
}

// Lock locks the home.
func (c *Core) Lock(_ context.Context, why string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Lock", why); err != nil {
		return err
	}
	c.change(func(w *present.World) { w.Locked, w.LockedBy, w.LockedAt = true, why, c.now() })
	return nil
}

// SetPassphrase says which passphrase opens the home.
func (c *Core) SetPassphrase(p string) {
	c.mu.Lock()
	defer c.unlock()
	c.passphrase = p
}

// ChangePassphrase changes it.
func (c *Core) ChangePassphrase(_ context.Context, old, fresh string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("ChangePassphrase"); err != nil {
		return err
	}
	if old != c.passphrase {
		return ErrPassphrase
	}
	c.passphrase = fresh
	return nil
}

// Touched notes that somebody is here.
func (c *Core) Touched() {}

// KeepOpen notes that it was asked.
func (c *Core) KeepOpen(on bool) {
	c.mu.Lock()
	defer c.unlock()
	_ = c.begin("KeepOpen", fmt.Sprint(on))
}

// Propose does an act of this person's own, judged by the real rules.
func (c *Core) Propose(ctx context.Context, g kp1.GID, a present.Act) (kp1.ID, error) {
	return c.ProposeTo(ctx, g, a, present.Audience{})
}

// ProposeTo does one for an audience.
func (c *Core) ProposeTo(_ context.Context, g kp1.GID, a present.Act, to present.Audience) (kp1.ID, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Propose", a.Type()); err != nil {
		return kp1.ID{}, err
	}
	x := find(&c.world, g)
	if x == nil {
		return kp1.ID{}, &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such group"}
	}
	id, err := c.act(*x, x.Me, a, to)
	if err == nil {
		c.delivery[id] = c.undelivered(*x, c.said[id].For)
	}
	return id, err
}

// GiveFile adds a file to a thread.
func (c *Core) GiveFile(ctx context.Context, g kp1.GID, f thread.File, data []byte, text string, to present.Audience) (post, id kp1.ID, err error) {
	f.File.Size, f.File.Chunks = uint64(len(data)), nil
	for i := range file.Chunks(f.File.Size) {
		f.File.Chunks = append(f.File.Chunks, kp1.Sum(binary.BigEndian.AppendUint64(nil, i)))
	}
	if text != "" {
		if post, err = c.ProposeTo(ctx, g, thread.Post{Thread: f.Thread, Text: text, ReplyTo: f.ReplyTo}, to); err != nil {
			return post, id, err
		}
	}
	if id, err = c.ProposeTo(ctx, g, f, to); err == nil {
		c.PutFile(g, id, data, len(data))
	}
	return post, id, err
}

// PutFile says what is in the file of an op, and how many bytes of it have come.
func (c *Core) PutFile(g kp1.GID, id kp1.ID, data []byte, here int) {
	c.mu.Lock()
	defer c.unlock()
	if c.given == nil {
		c.given = map[kp1.ID]givenFile{}
	}
	c.given[id] = givenFile{data, here}
	if x := find(&c.world, g); x != nil {
		x.FilePart = c.filePart
	}
	c.dirty = true
}

type givenFile struct {
	data []byte
	here int
}

func (c *Core) filePart(id kp1.ID) (here, size uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.given[id]
	return uint64(f.here), uint64(len(f.data)) //nolint:gosec // lengths
}

// ReadFile returns what is in the file of an op.
func (c *Core) ReadFile(_ context.Context, _ kp1.GID, id kp1.ID) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.given[id]
	switch {
	case !ok:
		return nil, &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such file"}
	case f.here < len(f.data):
		return nil, &kp1.Error{ECode: "E_FILE_AWAY", Msg: "not all of it is here"}
	}
	return f.data, nil
}

// SaveFile notes that it was asked for.
func (c *Core) SaveFile(ctx context.Context, g kp1.GID, id kp1.ID, path string) error {
	data, err := c.ReadFile(ctx, g, id)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SaveFile", path); err != nil {
		return err
	}
	if c.files == nil {
		c.files = map[string][]byte{}
	}
	if _, there := c.files[path]; there {
		return &kp1.Error{ECode: "E_FILE_EXISTS", Msg: "a file of that name is there"}
	}
	c.files[path] = data
	return nil
}

// By does an act of somebody else's, who is in group g under that name; it becomes news. It panics when a rule refuses
// it: then the test is wrong.
func (c *Core) By(g kp1.GID, name string, a present.Act) kp1.ID {
	return c.ByTo(g, name, a, present.Audience{})
}

// ByTo is By for an audience. Words that are not for this person do not come.
func (c *Core) ByTo(g kp1.GID, name string, a present.Act, to present.Audience) kp1.ID {
	c.mu.Lock()
	defer c.unlock()
	id, err := c.act(*find(&c.world, g), MID(name), a, to)
	if err != nil {
		panic(fmt.Sprintf("fake: %s by %s: %v", a.Type(), name, err))
	}
	return id
}

// Event applies an act as it is, with what its author had seen already filled in; for acts made apart from one another.
func (c *Core) Event(g kp1.GID, name string, at time.Time, a present.Act) kp1.ID {
	c.mu.Lock()
	defer c.unlock()
	e := c.event(*find(&c.world, g), MID(name), at, a)
	c.change(func(w *present.World) { x := find(w, g); x.Care = x.Care.Apply(e) })
	return e.ID
}

func (c *Core) act(g present.Group, m kp1.MID, a present.Act, to present.Audience) (kp1.ID, error) {
	a = care.Fill(g.Care, m, a)
	e := c.event(g, m, c.now(), a)
	if err := c.address(g, &e, to); err != nil {
		return kp1.ID{}, err
	}
	done := []care.Event{e}
	if x, ok := a.(erase.Act); ok {
		var err error
		if done, err = c.takeAway(e, x); err != nil {
			return kp1.ID{}, err
		}
		a = done[0].Act
	}
	if err := care.Check(g.Care, m, e.Rank, a); err != nil {
		return kp1.ID{}, err
	}
	if e.For != nil && !slices.Contains(e.For, g.Me) {
		done[0].Act = care.ForOthers(a)
	}
	c.change(func(w *present.World) {
		x := find(w, g.ID)
		x.Care = x.Care.Apply(done...)
		if about := x.Care.People().Group(); about.Known {
			x.Name = about.Name
		}
	})
	return e.ID, nil
}

// address does what a store does about whom something is for.
func (c *Core) address(g present.Group, e *care.Event, to present.Audience) error {
	e.Comp = to.Comp
	if refs := e.Act.Refs(); len(refs) > 0 {
		e.Comp = 0
		for _, id := range refs {
			e.Comp = max(e.Comp, c.said[id].Comp)
		}
	}
	people := to.Only
	if x, ok := e.Act.(thread.Edit); ok && people == nil {
		people = c.said[x.Post].For
	}
	if people != nil {
		for _, m := range people {
			if !slices.Contains(g.Readers(e.Comp), m) {
				return ErrAudience
			}
		}
		e.For = append(slices.Clone(people), e.Author)
		slices.SortFunc(e.For, kp1.MID.Compare)
		e.For = slices.Compact(e.For)
		if len(people) == 0 {
			return ErrAudience
		}
	}
	c.said[e.ID] = *e
	return nil
}

// ErrAudience is what naming somebody who may not read it gives.
var ErrAudience = &kp1.Error{ECode: "E_AUDIENCE", Msg: "named somebody who may not read this"}

// takeAway does what a store does before it lets something be taken away: it asks whose it is, and keeps what stays of it.
func (c *Core) takeAway(e care.Event, a erase.Act) ([]care.Event, error) {
	target, _ := a.What()
	was, ok := c.said[target]
	if !ok {
		return nil, &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such op"}
	}
	if err := erase.May(a, e.Author, e.Rank, was.Author); err != nil {
		return nil, err
	}
	typ, body, _, err := care.Encode(was.Act)
	if err != nil {
		return nil, err
	}
	e.Act = a.With(erase.Was{Device: was.Device, Seq: 1, Auth: []kp1.ID{was.ID}, Time: was.Time, Type: typ, Body: body, Payload: was.ID})
	return []care.Event{e, {Meta: was.Meta, Act: care.Erased(was.Act)}}, nil
}

func (c *Core) event(g present.Group, m kp1.MID, at time.Time, a present.Act) care.Event {
	c.ids++
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], c.ids)
	e := care.Event{Act: a, Meta: care.Meta{ID: kp1.Sum(n[:]), Author: m, Device: kp1.DID(m), Rank: kp1.RankMember, Time: uint64(at.Unix())}}
	for _, x := range g.State.Members {
		if x.ID == m {
			e.Rank = x.Rank
		}
	}
	c.said[e.ID] = e
	return e
}

// undelivered is the Delivery of what was filed just now, for some people or, with none, for all.
func (c *Core) undelivered(g present.Group, people []kp1.MID) present.Delivery {
	d := present.Delivery{Stored: true}
	for _, x := range g.Devices {
		if x.Member != g.Me && (people == nil || slices.Contains(people, x.Member)) {
			d.Of++
			if !slices.Contains(d.HasNot, x.Member) {
				d.HasNot = append(d.HasNot, x.Member)
			}
		}
	}
	return d
}

// Deliver says who has an op of this person's: everybody of the group but those named.
func (c *Core) Deliver(g kp1.GID, id kp1.ID, but ...string) {
	c.mu.Lock()
	defer c.unlock()
	c.deliver(g, id, but...)
}

func (c *Core) deliver(g kp1.GID, id kp1.ID, but ...string) {
	d := present.Delivery{Stored: true}
	for _, x := range find(&c.world, g).Devices {
		if x.Member == find(&c.world, g).Me {
			continue
		}
		d.Of++
		if slices.ContainsFunc(but, func(n string) bool { return MID(n) == x.Member }) {
			d.HasNot = append(d.HasNot, x.Member)
			continue
		}
		d.Devices++
		d.Has = append(d.Has, x.Member)
	}
	c.delivery[id] = d
	c.change(func(*present.World) {})
}

// Found founds a group with this person alone in it.
func (c *Core) Found(_ context.Context, f present.Found) (kp1.GID, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Found", f.Kind, f.Name); err != nil {
		return kp1.GID{}, err
	}
	g := c.found(f.Kind, f.Name, f.MyName, member{f.MyName, f.Title, kp1.RankAdmin})
	c.change(func(w *present.World) { find(w, g).Direct = f.Reach != present.ReachMailbox })
	return g, nil
}

type member struct {
	name, title string
	rank        uint8
}

// found adds a group; me is the one of the members who sees it.
func (c *Core) found(kind, name, me string, members ...member) kp1.GID {
	g := present.Group{ID: GID(name), Kind: kind, Name: name, Me: MID(me), Direct: true}
	k, _ := people.ParseKind(kind)
	g.State.Group = g.ID
	for _, m := range members {
		g.State.Members = append(g.State.Members, group.Member{ID: MID(m.name), Rank: m.rank})
		g.Devices = append(g.Devices, present.Device{
			ID: kp1.DID(MID(m.name)), Member: MID(m.name), Mine: m.name == me, Here: m.name == me, Connected: true, LastHeard: c.now(),
		})
	}
	slices.SortFunc(g.State.Members, func(a, b group.Member) int { return a.ID.Compare(b.ID) })
	g.Delivery = func(id kp1.ID) present.Delivery {
		c.mu.Lock()
		defer c.unlock()
		return c.delivery[id]
	}
	g.Seen = func(id kp1.ID) bool {
		c.mu.Lock()
		defer c.unlock()
		return c.seen[id]
	}
	g.Checked = func(m kp1.MID) bool {
		c.mu.Lock()
		defer c.unlock()
		return c.checked[m]
	}
	c.change(func(w *present.World) { w.Groups = append(w.Groups, g) })
	for i, m := range members {
		if i == 0 {
			if _, err := c.act(*find(&c.world, g.ID), MID(m.name), people.About{Kind: k, Name: name}, present.Audience{}); err != nil {
				panic(err)
			}
		}
		if _, err := c.act(*find(&c.world, g.ID), MID(m.name), people.Profile{Name: m.name, Title: m.title}, present.Audience{}); err != nil {
			panic(err)
		}
	}
	return g.ID
}

// Words returns six words that are the same for the same person.
func (c *Core) Words(_ context.Context, _ kp1.GID, m kp1.MID) ([6]string, error) {
	list := []string{"harvest", "lamp", "ribbon", "orchard", "velvet", "copper", "window", "garden", "pencil", "river", "butter", "meadow"}
	var w [6]string
	for i := range w {
		w[i] = list[(int(m[i])+i)%len(list)]
	}
	return w, nil
}

// SetChecked notes that words were compared.
func (c *Core) SetChecked(_ context.Context, _ kp1.GID, m kp1.MID, yes bool) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SetChecked", fmt.Sprint(yes)); err != nil {
		return err
	}
	c.checked[m] = yes
	c.change(func(*present.World) {})
	return nil
}

// SetHidden hides what somebody writes.
func (c *Core) SetHidden(_ context.Context, g kp1.GID, m kp1.MID, yes bool) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SetHidden", fmt.Sprint(yes)); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		hides := map[kp1.MID]bool{m: yes}
		for id, h := range x.Hides {
			if id != m {
				hides[id] = h
			}
		}
		x.Hides = hides
	})
	return nil
}

// Nearby turns looking for near computers on or off.
func (c *Core) Nearby(_ context.Context, on bool) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Nearby", fmt.Sprint(on)); err != nil {
		return err
	}
	c.change(func(w *present.World) { w.Net.Nearby = on })
	return nil
}

// Seen notes things as opened.
func (c *Core) Seen(_ context.Context, _ kp1.GID, ids ...kp1.ID) {
	c.mu.Lock()
	defer c.unlock()
	for _, id := range ids {
		c.seen[id] = true
	}
	c.change(func(w *present.World) {
		for i := range w.News {
			w.News[i].Seen = w.News[i].Seen || slices.Contains(ids, w.News[i].ID)
		}
	})
}

// Setting returns a setting.
func (c *Core) Setting(key string) string {
	c.mu.Lock()
	defer c.unlock()
	return c.settings[key]
}

// SetSetting keeps a setting.
func (c *Core) SetSetting(_ context.Context, key, value string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SetSetting", key, value); err != nil {
		return err
	}
	c.settings[key] = value
	c.change(func(*present.World) {})
	return nil
}

// Look returns how the window is drawn.
func (c *Core) Look() present.Look {
	c.mu.Lock()
	defer c.unlock()
	return c.look
}

// SetLook changes it.
func (c *Core) SetLook(l present.Look) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SetLook"); err != nil {
		return err
	}
	c.look = l
	c.change(func(*present.World) {})
	return nil
}

// Demo shows Elm Row and puts the home aside.
func (c *Core) Demo(context.Context) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("Demo"); err != nil {
		return err
	}
	if c.before == nil {
		before := c.world
		c.before = &before
		c.change(func(w *present.World) { *w = present.World{Started: true, Net: present.Net{On: true}, Demo: true} })
		c.elmRow()
	}
	return nil
}

// LeaveDemo brings the home back.
func (c *Core) LeaveDemo(context.Context) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("LeaveDemo"); err != nil {
		return err
	}
	if c.before != nil {
		before := *c.before
		c.before = nil
		c.change(func(w *present.World) { *w = before })
	}
	return nil
}

var _ present.Core = (*Core)(nil)
