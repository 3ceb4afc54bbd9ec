package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
)

// testRest makes an at-rest key once: stretching a passphrase takes longer than most tests.
var testRest = sync.OnceValues(func() (*keyring.AtRest, error) {
	dir, err := tempDir()
	if err != nil {
		return nil, err
	}
	return keyring.Create(dir, keyring.Options{Passphrase: testPassphrase})
})

// quickHome is newHome with an at-rest key shared by all tests.
func quickHome(t testing.TB, name string) *home {
	t.Helper()
	return homeWith(t, name, Options{Now: testNow})
}

func testNow() time.Time { return time.Unix(1_795_000_000, 0) }

func homeWith(t testing.TB, name string, o Options) *home {
	t.Helper()
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, dir: filepath.Join(t.TempDir(), name), rest: rest, opt: o}
	if h.Ledger, err = Create(h.dir, rest, name, h.opt); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(name))
	h.peer = append([]byte{0x12, 0x20}, sum[:]...)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// team is a founder and members, all level.
func team(t testing.TB, names ...string) (kp1.GID, []*home) {
	t.Helper()
	homes := []*home{quickHome(t, names[0])}
	g := homes[0].found(names[0])
	for _, n := range names[1:] {
		h := quickHome(t, n)
		joinVia(t, homes[0], h, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
		homes = append(homes, h)
	}
	levelAll(t, g, homes)
	return g, homes
}

// levelAll lets everyone meet the first until nobody lacks anything.
func levelAll(t testing.TB, g kp1.GID, homes []*home) {
	t.Helper()
	for range 2 {
		for _, h := range homes[1:] {
			meet(t, homes[0], h, g)
		}
	}
}

// all returns every envelope of a group here, in the order in which it came.
func (h *home) all(g kp1.GID) [][]byte {
	h.t.Helper()
	items, _, err := h.Items(g)
	if err != nil {
		h.t.Fatal(err)
	}
	ids := make([]kp1.ID, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	places, err := h.Places(g, ids)
	if err != nil {
		h.t.Fatal(err)
	}
	at := map[kp1.ID]uint64{}
	for i, id := range ids {
		at[id] = places[i].N
	}
	slices.SortFunc(ids, func(a, b kp1.ID) int { return int(at[a]) - int(at[b]) })
	raws, err := h.Envelopes(context.Background(), g, ids)
	if err != nil {
		h.t.Fatal(err)
	}
	return raws
}

// lateHome is a member whose computer has heard nothing but its welcome: every envelope of the group can be given to it
// in any order.
func lateHome(t testing.TB, from *home, g kp1.GID, name string, terms invite.Terms) (*home, Join) {
	t.Helper()
	ctx := context.Background()
	b := quickHome(t, name)
	j, pub := ask(t, from, b, g, terms)
	answer(t, from, b, g, j, pub)
	if _, err := b.JoinMail(ctx, j.ID, from.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	return b, j
}

// ask files b's request on a new invite of a.
func ask(t testing.TB, a, b *home, g kp1.GID, terms invite.Terms) (Join, []byte) {
	t.Helper()
	inv, err := a.Invite(context.Background(), g, terms, testAddrs, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	return askOn(t, a, b, inv)
}

var testAddrs = []string{"/ip4/127.0.0.1/tcp/4001"}

func askOn(t testing.TB, a, b *home, inv Invitation) (Join, []byte) {
	t.Helper()
	link, err := inv.Link(testAddrs)
	if err != nil {
		t.Fatal(err)
	}
	j, err := b.Join(context.Background(), link, b.Name(), b.peer)
	if err != nil {
		t.Fatal(err)
	}
	pub := public(j.Mailbox)
	post(t, a, b, j, pub)
	return j, pub
}

// post carries what lies in a mailbox to the joiner and the request back, as often as a network would.
func post(t testing.TB, a, b *home, j Join, pub []byte) {
	t.Helper()
	for range 2 {
		raw, err := b.JoinMail(context.Background(), j.ID, a.BoxList(pub))
		if err != nil {
			t.Fatal(err)
		}
		if raw == nil {
			continue
		}
		if err := a.BoxPut(context.Background(), pub, raw); err != nil {
			t.Fatal(err)
		}
	}
}

// answer approves the request of j.
func answer(t testing.TB, a, b *home, g kp1.GID, j Join, _ []byte) {
	t.Helper()
	for _, r := range a.View().Group(g).Requests {
		if r.Words == j.Words {
			if _, err := a.Approve(context.Background(), g, r.ID, Approval{Verified: group.VerifiedVoice}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no request of %s", b.Name())
}

// settle ends the joins whose history has come.
func (h *home) settle() {
	h.t.Helper()
	if _, err := h.Settle(context.Background(), introduce); err != nil {
		h.t.Fatal(err)
	}
}

// give files envelopes as if a stranger had sent them.
func (h *home) give(g kp1.GID, raws ...[]byte) Result {
	h.t.Helper()
	res, err := h.Accept(context.Background(), g, kp1.DID{}, raws)
	if err != nil {
		h.t.Fatal(err)
	}
	return res
}

// talk opens a thread and says some things.
func (h *home) talk(g kp1.GID, title string, texts ...string) kp1.ID {
	h.t.Helper()
	th := h.do(g, thread.New{Title: title})
	for _, x := range texts {
		h.do(g, thread.Post{Thread: th, Text: x})
	}
	return th
}

// clean fails unless the store proves itself.
func (h *home) clean() {
	h.t.Helper()
	r, err := h.Check(context.Background())
	if err != nil || len(r.Bad) > 0 {
		h.t.Errorf("%s: Check = %+v, %v", h.Name(), r, err)
	}
}

// writes counts the transactions that reached the disk.
func (h *home) writes() int64 {
	stats := h.db.Load().Stats()
	return stats.TxStats.GetWrite()
}

// tempDir outlives one test: TestMain removes it.
func tempDir() (string, error) { return os.MkdirTemp(testRoot, "rest") }

var testRoot string

// slowWords makes words as the program does.
var slowWords = wordsOf

// TestSlowWords: what the program shows are the words of the keyring, which take long to make.
func TestSlowWords(t *testing.T) {
	g, root := kp1.GID{1}, make([]byte, 32)
	if got, want := slowWords(g, root), keyring.VerificationWords(g, root); got != want {
		t.Errorf("words %v, want %v", got, want)
	}
}

// quickWords are other words for each group and root, in no time: a join makes words three times.
func quickWords(g kp1.GID, root ed25519.PublicKey) (words [6]string) {
	sum := sha256.Sum256(slices.Concat(g[:], root))
	for i := range words {
		words[i] = fmt.Sprintf("%x", sum[4*i:4*i+4])
	}
	return words
}

func TestMain(m *testing.M) {
	wordsOf = quickWords
	if os.Getenv(childVar) != "" {
		child()
		return
	}
	var err error
	if testRoot, err = os.MkdirTemp("", "kith-store"); err != nil {
		panic(err)
	}
	flag.Parse()
	durable = flag.Lookup("test.bench").Value.String() != "" // what a write costs is for benchmarks to say
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given { // a case founds a group of three; make soak asks for many
		_ = flag.Set("rapid.checks", "12")
	}
	code := m.Run()
	_ = os.RemoveAll(testRoot)
	os.Exit(code)
}

// long says whether this is a long run, as make soak asks for.
func long() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err == nil && n >= 1_000
}
