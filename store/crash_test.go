package store

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/keyring"
	"kith/store/kp1"
)

// childVar makes this test binary the writing process of a crash test: what to do, the home, the group.
const childVar = "KITH_STORE_CHILD"

// chainVar is the folder of the keychain that opens the child's vault, so that it does not stretch a passphrase first:
// without it the child asks for the tests' own.
const chainVar = "KITH_STORE_CHAIN"

// chainFolder is a keychain of which each secret is a file.
type chainFolder string

func (f chainFolder) at(name string) string { return filepath.Join(string(f), fmt.Sprintf("%x", name)) }

func (f chainFolder) Get(name string) ([]byte, error) {
	b, err := os.ReadFile(f.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, keyring.ErrNoItem
	}
	return b, err
}

func (f chainFolder) Set(name string, secret []byte) error {
	return os.WriteFile(f.at(name), secret, 0o600)
}

func (f chainFolder) Delete(name string) error { return os.Remove(f.at(name)) }

// crashVault makes a vault that a child can open.
func crashVault(t *testing.T, dir string) *keyring.AtRest {
	t.Helper()
	chain := cmp.Or(os.Getenv(chainVar), t.TempDir())
	t.Setenv(chainVar, chain)
	rest, err := keyring.Create(dir, keyring.Options{Keychain: chainFolder(chain)})
	if err != nil {
		t.Fatal(err)
	}
	return rest
}

// child writes until it is killed, and says the number of each op only once Propose has returned.
func child() {
	err := func() error {
		args := strings.Split(os.Getenv(childVar), "|")
		passphrase, o := testPassphrase, keyring.Options{}
		if at := os.Getenv(chainVar); at != "" {
			passphrase, o.Keychain = "", chainFolder(at)
		}
		rest, err := keyring.Unlock(args[1], passphrase, o)
		if err != nil {
			return err
		}
		if args[0] == "start" {
			fmt.Println("ready")
			_, err := Create(args[1], rest, "Ada", Options{})
			fmt.Println("done", err)
			return err
		}
		if args[0] == "unsent" {
			return childUnsent(rest, args)
		}
		l, err := Open(args[1], rest, Options{})
		if err != nil {
			return err
		}
		g, err := kp1.ParseGID(args[2])
		if err != nil {
			return err
		}
		switch args[0] {
		case "accept":
			raws, err := readRaws(args[3])
			if err != nil {
				return err
			}
			fmt.Println("ready")
			res, err := l.Accept(context.Background(), g, kp1.DID{}, raws)
			fmt.Println("held", len(res.Held), err)
			return err
		case "fill": // acts until one is refused, then room is made, then one more
			return childFill(l, g, args[3])
		case "renew":
			return childRenew(l, g, args[1], args[3])
		case "files":
			return childFiles(l, g)
		case "write30":
			return childWrite30(l, g)
		}
		th := kp1.ID{}
		fmt.Println("ready")
		for n := 0; ; n++ {
			d := Draft{Comp: kp1.CompTeam, Act: thread.New{Title: fmt.Sprint("talk ", n)}}
			if n%10 != 0 {
				d.Act = thread.Post{Thread: th, Text: fmt.Sprint("post ", n)}
			}
			if n%25 == 24 {
				if err := l.change(func(t tx) error { return l.groups[g].checkpoint(t) }); err != nil {
					return err
				}
			}
			ids, err := l.Propose(context.Background(), g, d)
			if err != nil {
				return err
			}
			if n%10 == 0 {
				th = ids[0]
			}
			fmt.Println("op", ids[0].String())
		}
	}()
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
}

// kills is how often a crash test ends the writer: 20, or what make soak says.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("KITH_KILLS"))
	if err != nil || n < 1 {
		return 20
	}
	return n
}

// killed starts a child and ends it between lo and hi after it is ready. It returns the lines it wrote since.
func killed(t *testing.T, lo, hi time.Duration, what ...string) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+strings.Join(what, "|"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	first, err := r.ReadString('\n')
	if err != nil || first != "ready\n" {
		t.Fatalf("child said %q, %v", first, err)
	}
	timer := time.AfterFunc(lo+rand.N(hi-lo), func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	defer timer.Stop()
	rest, _ := io.ReadAll(r)
	_ = cmd.Wait()
	lines := strings.Split(string(rest), "\n")
	return lines[:len(lines)-1] // what has no end of line was cut by the kill
}

// crashHome is a home with a vault of its own, closed, that a child can open.
func crashHome(t *testing.T, name string) *home {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	h := homeAt(t, dir, name, crashVault(t, dir))
	h.opt = Options{}
	return h
}

// TestF1KillWriter: SIGKILL at random moments of a writer. Nothing acknowledged is lost, and the own chain has no gap.
func TestF1KillWriter(t *testing.T) {
	h := crashHome(t, "Ada")
	g := h.found("Ada")
	acked, worst := 0, time.Duration(0)
	for round := range kills(t) {
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		lines := killed(t, 10*time.Millisecond, 70*time.Millisecond, "write", h.dir, g.String())
		began := time.Now()
		var err error
		if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
			t.Fatalf("round %d: Open = %v", round, err)
		}
		worst = max(worst, time.Since(began))
		for _, line := range lines {
			id, err := kp1.ParseID(strings.TrimPrefix(line, "op "))
			if err != nil {
				t.Fatalf("round %d: child said %q", round, line)
			}
			acked++
			if d := h.Delivery(g, id); !d.Stored {
				t.Errorf("round %d: acknowledged op %s is lost", round, id.Short())
			}
		}
		h.clean()
		h.wholeChain(g)
	}
	t.Logf("%d kills, %d acknowledged, slowest open %v", kills(t), acked, worst)
	if acked == 0 {
		t.Error("the writer was never heard of")
	}
}

// wholeChain walks the own chain from its head to its start.
func (h *home) wholeChain(g kp1.GID) {
	h.t.Helper()
	x := h.groups[g]
	at := h.head(g, kp1.CompTeam)
	if err := h.view(func(t tx) error {
		f, err := x.folder(t)
		if err != nil {
			return err
		}
		for id, seq := at.id, at.seq; seq > 0; seq-- {
			s, err := x.fetch(f.ops, &f.log, id)
			if err != nil {
				return err
			}
			if s.Seq != seq {
				return fmt.Errorf("op %s at %d, want %d", id.Short(), s.Seq, seq)
			}
			id = s.Prev
		}
		return nil
	}); err != nil {
		h.t.Errorf("own chain: %v", err)
	}
}

// TestF1KillFirstStart: SIGKILL while the store is made. Afterwards there is a whole store, or none and a new start works.
func TestF1KillFirstStart(t *testing.T) {
	whole := 0
	base := t.TempDir()
	rest := crashVault(t, filepath.Join(base, "vault"))
	for round := range kills(t) {
		dir := filepath.Join(base, fmt.Sprint(round))
		copyFile(t, filepath.Join(base, "vault", "vault"), filepath.Join(dir, "vault"))
		killed(t, 0, 6*time.Millisecond, "start", dir)
		l, err := Open(dir, rest, Options{})
		switch {
		case err == nil:
			whole++
		case errors.Is(err, ErrNoStore):
			if l, err = Create(dir, rest, "Ada", Options{}); err != nil {
				t.Fatalf("round %d: Create after a kill = %v", round, err)
			}
		default:
			t.Fatalf("round %d: Open = %v", round, err)
		}
		if r, err := l.Check(context.Background()); err != nil || len(r.Bad) > 0 {
			t.Errorf("round %d: Check = %+v, %v", round, r, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d starts were whole", whole, kills(t))
}

// TestF1KillAccept: SIGKILL while many envelopes are taken in. All of them are there or none, and the next time they come in.
func TestF1KillAccept(t *testing.T) {
	ada, sue := newHome(t, "Ada"), crashHome(t, "Sue")
	g := ada.found("Ada")
	joinVia(t, ada, sue, g, asMember)
	done := 0
	for round := range max(kills(t)/4, 5) {
		var posts []Draft
		for n := range 300 {
			posts = append(posts, Draft{Comp: kp1.CompTeam, Act: thread.New{Title: fmt.Sprint(round, n)}})
		}
		if _, err := ada.Propose(context.Background(), g, posts...); err != nil {
			t.Fatal(err)
		}
		raws := ada.all(g)
		file := filepath.Join(t.TempDir(), "raws")
		writeRaws(t, file, raws)
		before := sue.View().Group(g).Filed
		if err := sue.Close(); err != nil {
			t.Fatal(err)
		}
		lines := killed(t, 10*time.Millisecond, 300*time.Millisecond, "accept", sue.dir, g.String(), file)
		var err error
		if sue.Ledger, err = Open(sue.dir, sue.rest, sue.opt); err != nil {
			t.Fatalf("round %d: Open = %v", round, err)
		}
		now := sue.View().Group(g).Filed
		if now != before && now != before+600 || len(lines) > 0 && now == before {
			t.Errorf("round %d: %d envelopes, had %d; child said %q", round, now, before, lines)
		}
		if now != before {
			done++
		}
		sue.clean()
		sue.give(g, raws...)
		level(t, g, ada, sue)
	}
	t.Logf("%d of the batches were whole before the kill", done)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeRaws(t *testing.T, file string, raws [][]byte) {
	t.Helper()
	var b []byte
	for _, r := range raws {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(r))), r...)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readRaws(file string) (raws [][]byte, err error) {
	b, err := os.ReadFile(file)
	for len(b) >= 4 {
		n := binary.BigEndian.Uint32(b)
		raws, b = append(raws, b[4:4+n]), b[4+n:]
	}
	return raws, err
}
