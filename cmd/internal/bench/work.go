package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"kith/store"
	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

var (
	errShort  = errors.New("not everything is there")
	errUsage  = errors.New("usage: kithctl bench [-w 1,2,3,4,5,6,7,8,mb] [-n N] [-authors 1|10] [-act rsvp|post] [-transport tcp|quic] [-runs N] [-dir DIR] [-json] | peer | append [-n N] [-batch N] DIR")
	errStage  = errors.New("nothing is open")
	errDamage = errors.New("the answer is not one")
)

// The acts. An answer to an event is the smallest real op and has no payload: it stands for the op of 300 bytes. A post
// has its words in an envelope apart.
const (
	actRSVP = "rsvp"
	actPost = "post"
)

const (
	perEvent  = 20 // answers to one event
	perThread = 500
	fillBatch = 100 // ops in one transaction
)

// postText is what a post says: the length of an ordinary one.
const postText = "Could someone bring the big blanket on Saturday? Ours is still drying after the picnic."

// keychain is a system keychain in a file, so that opening a home does not cost Argon2id, which is reported apart.
type keychain struct{ path string }

func (k keychain) all() map[string][]byte {
	all := map[string][]byte{}
	if b, err := os.ReadFile(k.path); err == nil {
		_ = json.Unmarshal(b, &all) // a file of another shape holds nothing
	}
	return all
}

func (k keychain) save(all map[string][]byte) error {
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(k.path, b, 0o600)
}

// Get returns a secret.
func (k keychain) Get(name string) ([]byte, error) {
	if b, ok := k.all()[name]; ok {
		return b, nil
	}
	return nil, keyring.ErrNoItem
}

// Set keeps a secret.
func (k keychain) Set(name string, secret []byte) error {
	all := k.all()
	all[name] = secret
	return k.save(all)
}

// Delete forgets a secret.
func (k keychain) Delete(name string) error {
	all := k.all()
	if _, ok := all[name]; !ok {
		return keyring.ErrNoItem
	}
	delete(all, name)
	return k.save(all)
}

func keychainOf(dir string) keychain {
	return keychain{filepath.Join(filepath.Dir(dir), filepath.Base(dir)+".keychain")}
}

// person is one ledger without a network.
type person struct {
	*store.Ledger
	dir  string
	rest *keyring.AtRest
	peer []byte
}

// begun stands still: what one person writes for another is history then, which has no rate, as the months are that it
// stands for.
var begun = time.Now()

// newPerson makes one in an empty folder.
func newPerson(dir, name string) (*person, error) {
	rest, err := keyring.Create(dir, keyring.Options{Keychain: keychainOf(dir)})
	if err != nil {
		return nil, err
	}
	l, err := store.Create(dir, rest, name, store.Options{Now: func() time.Time { return begun }})
	return newPersonOf(l, dir, rest, err)
}

func newPersonOf(l *store.Ledger, dir string, rest *keyring.AtRest, err error) (*person, error) {
	if err != nil {
		rest.Forget()
		return nil, err
	}
	p := &person{Ledger: l, dir: dir, rest: rest}
	p.peer, err = peerOf(l)
	return p, err
}

func (p *person) close() error {
	err := p.Close()
	p.rest.Forget()
	return err
}

// peerOf is the raw PeerID of a ledger's computer.
func peerOf(l *store.Ledger) ([]byte, error) {
	k, err := crypto.UnmarshalEd25519PrivateKey(l.Transport())
	if err != nil {
		return nil, err
	}
	id, err := peer.IDFromPrivateKey(k)
	return []byte(id), err
}

// found founds the group of a workload.
func found(ctx context.Context, l *store.Ledger) (kp1.GID, error) {
	id, err := peerOf(l)
	if err != nil {
		return kp1.GID{}, err
	}
	return l.Found(ctx, store.Founding{Name: l.Name(), Peer: id, Acts: []store.Draft{
		{Act: people.About{Kind: people.Constellation, Name: "Elm Row"}}, {Act: people.Profile{Name: l.Name()}},
	}})
}

// nowhere is the address in the links of people without a network.
var nowhere = []string{"/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"}

// letIn lets b into a's group by the whole of the invite, and brings both level.
func letIn(ctx context.Context, a, b *person, g kp1.GID) error {
	inv, err := a.Invite(ctx, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}, nowhere, "Elm Row")
	if err != nil {
		return err
	}
	link, err := inv.Link(nowhere)
	if err != nil {
		return err
	}
	j, err := b.Join(ctx, link, b.Name(), b.peer)
	if err != nil {
		return err
	}
	box := publicOf(j.Mailbox)
	for range 2 {
		post, err := b.JoinMail(ctx, j.ID, a.BoxList(box))
		if err == nil && post != nil {
			err = a.BoxPut(ctx, box, post)
		}
		if err != nil {
			return err
		}
	}
	for _, r := range a.View().Group(g).Requests {
		if _, err := a.Approve(ctx, g, r.ID, store.Approval{Verified: group.VerifiedVoice}); err != nil {
			return err
		}
	}
	if _, err := b.JoinMail(ctx, j.ID, a.BoxList(box)); err != nil {
		return err
	}
	if err := level(ctx, g, a, b); err != nil {
		return err
	}
	if _, err := b.Settle(ctx, func(name string) store.Draft { return store.Draft{Act: people.Profile{Name: name}} }); err != nil {
		return err
	}
	return level(ctx, g, b, a)
}

// level carries what a has and b has not to b, and the other way round.
func level(ctx context.Context, g kp1.GID, a, b *person) error {
	for _, way := range [][2]*person{{a, b}, {b, a}} {
		raws, err := history(ctx, way[0].Ledger, g)
		if err != nil {
			return err
		}
		for len(raws) > 0 {
			n := min(1000, len(raws))
			if _, err := way[1].Accept(ctx, g, kp1.DID{}, raws[:n]); err != nil {
				return err
			}
			raws = raws[n:]
		}
	}
	return nil
}

// history reads every envelope of a group, in the order in which they came.
func history(ctx context.Context, l *store.Ledger, g kp1.GID) ([][]byte, error) {
	items, _, err := l.Items(g)
	if err != nil {
		return nil, err
	}
	ids := make([]kp1.ID, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	places, err := l.Places(g, ids)
	if err != nil {
		return nil, err
	}
	sorted := make([]kp1.ID, 0, len(ids))
	at := map[uint64]kp1.ID{}
	most := uint64(0)
	for i, p := range places {
		at[p.N], most = ids[i], max(most, p.N)
	}
	for n := uint64(0); n <= most; n++ {
		if id, ok := at[n]; ok {
			sorted = append(sorted, id)
		}
	}
	return l.Envelopes(ctx, g, sorted)
}

// sizes are the bytes of a group's envelopes.
type sizes struct {
	Envelopes int   `json:"envelopes"`
	Bytes     int64 `json:"bytes"` // of all
	Small     int   `json:"small"` // of the smallest content envelope
}

func sizesOf(ctx context.Context, l *store.Ledger, g kp1.GID) (s sizes, err error) {
	items, _, err := l.Items(g)
	for part := range slices.Chunk(items, 1000) { // little at a time: the memory of who is asked is a row of its own
		ids := make([]kp1.ID, len(part))
		for i, it := range part {
			ids[i] = it.ID
		}
		raws, err := l.Envelopes(ctx, g, ids)
		if err != nil {
			return s, err
		}
		for _, raw := range raws {
			e, err := op.DecodeEnvelope(raw)
			if err != nil {
				return s, err
			}
			s.Envelopes++
			s.Bytes += int64(len(raw))
			if e.Kind == op.KindOps && (s.Small == 0 || len(raw) < s.Small) {
				s.Small = len(raw)
			}
		}
	}
	return s, err
}

// acts makes the drafts of a workload, one after another.
type acts struct {
	kind    string
	events  []kp1.ID
	threads []kp1.ID
	next    int
}

// prepare adds the events or threads that n more ops need, and says how many envelopes that was.
func (a *acts) prepare(ctx context.Context, l *store.Ledger, g kp1.GID, n int) (added int, err error) {
	to, per := &a.events, perEvent
	if a.kind == actPost {
		to, per = &a.threads, perThread
	}
	before := l.View().Group(g).Filed
	want := (a.next + n + per - 1) / per
	for len(*to) < want {
		var drafts []store.Draft
		for i := len(*to); i < min(want, len(*to)+fillBatch); i++ {
			drafts = append(drafts, store.Draft{Act: a.begin(i)})
		}
		ids, err := l.Propose(ctx, g, drafts...)
		if err != nil {
			return 0, err
		}
		*to = append(*to, ids...)
	}
	return int(l.View().Group(g).Filed - before), nil //nolint:gosec // a count
}

// firstDay is the day of the first event; the others follow, one a day, over a year.
var firstDay = when.Date{Year: 2026, Month: 11, Day: 2}

func (a *acts) begin(i int) care.Act {
	if a.kind == actPost {
		return thread.New{Title: "Thread " + strconv.Itoa(i)}
	}
	day := firstDay.Plus(i % 365)
	return calendar.Add{Content: calendar.Content{
		Title: "Event " + strconv.Itoa(i), When: when.Span{AllDay: true, From: day, To: day.Plus(1)},
	}}
}

// draft is the next op: the events are answered by turns, so that each answer is a new one.
func (a *acts) draft() store.Draft {
	i := a.next
	a.next++
	if a.kind == actPost {
		return store.Draft{Act: thread.Post{Thread: a.threads[i/perThread], Text: postText}}
	}
	return store.Draft{Act: calendar.RSVP{Event: a.events[i/perEvent], Answer: calendar.Answer(1 + i%3)}} //nolint:gosec // 1 to 3
}

// fill writes n ops in transactions of per each.
func (a *acts) fill(ctx context.Context, l *store.Ledger, g kp1.GID, n, per int) error {
	for n > 0 {
		drafts := make([]store.Draft, min(per, n))
		for i := range drafts {
			drafts[i] = a.draft()
		}
		if _, err := l.Propose(ctx, g, drafts...); err != nil {
			return fmt.Errorf("op %d: %w", a.next, err)
		}
		n -= len(drafts)
	}
	return nil
}

// filled makes a closed home with n ops of so many authors in it.
func filled(ctx context.Context, dir, kind string, n, authors int) error {
	a, err := newPerson(dir, "Ada")
	if err != nil {
		return err
	}
	defer func() { _ = a.close() }()
	g, err := found(ctx, a.Ledger)
	if err != nil {
		return err
	}
	work := acts{kind: kind}
	if authors <= 1 {
		if _, err := work.prepare(ctx, a.Ledger, g, n); err != nil {
			return err
		}
		if err := work.fill(ctx, a.Ledger, g, n, fillBatch); err != nil {
			return err
		}
		return remember(a, g, kind, n)
	}
	others := filepath.Join(filepath.Dir(dir), "others")
	defer os.RemoveAll(others) //nolint:errcheck // a scratch folder
	for i := range authors {
		b := a
		if i > 0 {
			if b, err = newPerson(filepath.Join(others, strconv.Itoa(i)), "Author "+strconv.Itoa(i)); err != nil {
				return err
			}
			if err := letIn(ctx, a, b, g); err != nil {
				return err
			}
		}
		mine := acts{kind: kind}
		if _, err = mine.prepare(ctx, b.Ledger, g, n/authors); err == nil {
			err = mine.fill(ctx, b.Ledger, g, n/authors, fillBatch)
		}
		if i > 0 {
			err = errors.Join(err, level(ctx, g, a, b), b.close())
		}
		if err != nil {
			return err
		}
	}
	return remember(a, g, kind, authors*(n/authors))
}

// note is what a workload keeps beside a home between two processes.
type note struct {
	Group string `json:"group"`
	Base  uint64 `json:"base"`  // envelopes that are none of the ops
	Begun [2]int `json:"begun"` // newcomers then
}

func notePath(dir string) string { return filepath.Join(filepath.Dir(dir), filepath.Base(dir)+".note") }

// remember notes which of a home's envelopes are n ops.
func remember(a *person, g kp1.GID, kind string, n int) error {
	v := a.View().Group(g)
	return saveNote(a.dir, note{g.String(), v.Filed - uint64(n)*perOp(kind), newcomers(v)}) //nolint:gosec // a count
}

// perOp is how many envelopes one op is.
func perOp(kind string) uint64 {
	if kind == actPost {
		return 2
	}
	return 1
}

func saveNote(dir string, n note) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return os.WriteFile(notePath(dir), b, 0o600)
}

func loadNote(dir string) (n note, g kp1.GID, err error) {
	b, err := os.ReadFile(notePath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return n, g, errStage
	}
	if err == nil {
		err = json.Unmarshal(b, &n)
	}
	if err == nil {
		g, err = kp1.ParseGID(n.Group)
	}
	return n, g, err
}
