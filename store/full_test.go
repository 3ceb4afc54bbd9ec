package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestF3FileFull: the file may not grow any more. The act is refused with its code, and nothing of it is read.
func TestF3FileFull(t *testing.T) {
	h := quickHome(t, "Ada")
	g := h.found("Ada")
	th := h.talk(g, "talk")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(h.dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	h.opt.maxSize = int(st.Size()) + 1<<20
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		t.Fatal(err)
	}
	said, err := fill(h.Ledger, g, th)
	if !errors.Is(err, ErrFull) {
		t.Fatalf("Propose = %v, want ErrFull", err)
	}
	if n := mustThread(t, h, g, th).Len(); n != said {
		t.Errorf("%d posts shown, %d were acknowledged", n, said)
	}
	h.clean()
	h.db.Load().MaxSize = 0 // there is room again, without a restart
	h.do(g, thread.Post{Thread: th, Text: "after"})
	if n := mustThread(t, h, g, th).Len(); n != said+1 {
		t.Errorf("%d posts shown, want %d", n, said+1)
	}
	h.again()
	h.clean()
	h.wholeChain(g)
}

// fill posts until it is refused and says how many were acknowledged.
func fill(l *Ledger, g kp1.GID, th kp1.ID) (said int, err error) {
	for range 20_000 {
		if _, err := l.Propose(context.Background(), g, Draft{Comp: kp1.CompTeam, Act: thread.Post{Thread: th, Text: strings.Repeat("x", 1_500)}}); err != nil {
			return said, err
		}
		said++
	}
	return said, nil
}

// childFill fills a small disk, makes room by removing a file, and writes on.
func childFill(l *Ledger, g kp1.GID, ballast string) error {
	ids, err := l.Propose(context.Background(), g, Draft{Comp: kp1.CompTeam, Act: thread.New{Title: "talk"}})
	if err != nil {
		return err
	}
	said, err := fill(l, g, ids[0])
	if !errors.Is(err, ErrFull) {
		return fmt.Errorf("after %d acts: %w, want E_DISK_FULL", said, err)
	}
	x, _ := l.View().Group(g).Care.Threads().Get(ids[0])
	if x.Len() != said {
		return fmt.Errorf("%d posts shown, %d acknowledged", x.Len(), said)
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	if _, err := l.Propose(context.Background(), g, Draft{Comp: kp1.CompTeam, Act: thread.Post{Thread: ids[0], Text: "after"}}); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	r, err := l.Check(context.Background())
	if err != nil || len(r.Bad) > 0 {
		return fmt.Errorf("check: %+v, %w", r, err)
	}
	fmt.Println("said", said+1)
	return l.Close()
}

// TestF3DiskFull: a real disk of a few MiB, where this computer lets us mount one; else the file's limit stands for it.
func TestF3DiskFull(t *testing.T) {
	if err := exec.Command("unshare", "-rm", "true").Run(); err != nil {
		t.Logf("no mount of our own here (%v): TestF3FileFull tests the same with bbolt's own limit", err)
		return
	}
	h := crashHome(t, "Ada")
	g := h.found("Ada")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	disk := t.TempDir()
	script := `set -e
mount -t tmpfs -o size=4m none "$1"
cp "$2"/vault "$2"/store "$1"
head -c 1048576 /dev/zero > "$1"/ballast
exec "$3"`
	cmd := exec.Command("unshare", "-rm", "sh", "-c", script, "sh", disk, h.dir, os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+strings.Join([]string{"fill", disk, g.String(), filepath.Join(disk, "ballast")}, "|"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "said ") {
		t.Errorf("on a tmpfs of 4 MiB: %s, %v", out, err)
	}
	t.Logf("tmpfs of 4 MiB: %s", out)
}

// TestF3FailingCall fails the n-th write and sync of a writer, for n = 1, 2, …, and looks at what is left each time.
func TestF3FailingCall(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Log("no strace here: the other F3 tests stand alone")
		return
	}
	h := crashHome(t, "Ada")
	g := h.found("Ada")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, call := range []string{"pwrite64:error=ENOSPC", "pwrite64:error=EIO", "fdatasync:error=EIO", "ftruncate:error=ENOSPC"} {
		for _, n := range []int{1, 2, 5} {
			if strings.HasPrefix(call, "ftruncate") && n > 1 {
				continue
			}
			dir := filepath.Join(t.TempDir(), "home")
			copyFile(t, filepath.Join(h.dir, "vault"), filepath.Join(dir, "vault"))
			copyFile(t, filepath.Join(h.dir, fileName), filepath.Join(dir, fileName))
			cmd := exec.Command("strace", "-f", "-o", os.DevNull, "-e", "trace="+strings.Split(call, ":")[0], "-e", fmt.Sprintf("inject=%s:when=%d", call, n), os.Args[0])
			cmd.Env = append(os.Environ(), childVar+"="+strings.Join([]string{"write30", dir, g.String()}, "|"))
			out, _ := cmd.CombinedOutput()
			if strings.Contains(string(out), "ptrace") {
				t.Logf("strace may not trace here: %.80s", out)
				return
			}
			ran++
			l, err := Open(dir, h.rest, Options{})
			if err != nil {
				t.Fatalf("%s, call %d: Open = %v\n%s", call, n, err, out)
			}
			x := &home{Ledger: l, t: t, dir: dir, rest: h.rest}
			failed := false
			for line := range strings.Lines(string(out)) {
				line = strings.TrimSpace(line)
				if word, ok := strings.CutPrefix(line, "op "); ok {
					id, err := kp1.ParseID(word)
					if err != nil || !x.Delivery(g, id).Stored {
						t.Errorf("%s, call %d: acknowledged op %q is lost", call, n, word)
					}
				}
				failed = failed || line == "refused E_DISK" || line == "refused E_DISK_FULL"
				if strings.HasPrefix(line, "refused") && !failed || strings.HasPrefix(line, "error") {
					t.Errorf("%s, call %d: child said %q", call, n, line)
				}
			}
			if !failed && !strings.HasPrefix(call, "ftruncate") {
				t.Errorf("%s, call %d: nothing was refused\n%s", call, n, out)
			}
			x.clean()
			x.wholeChain(g)
			if err := l.Close(); err != nil {
				t.Errorf("%s, call %d: Close = %v", call, n, err)
			}
		}
	}
	t.Logf("strace: %d runs", ran)
}

// childWrite30 does thirty acts, goes on after a refusal, and proves the store at the end.
func childWrite30(l *Ledger, g kp1.GID) error {
	refused := 0
	for n := range 30 {
		ids, err := l.Propose(context.Background(), g, Draft{Comp: kp1.CompTeam, Act: thread.New{Title: fmt.Sprint("talk ", n)}})
		if err != nil {
			fmt.Println("refused", codeOf(err))
			refused++
			continue
		}
		fmt.Println("op", ids[0].String())
	}
	if refused > 8 { // strace counts the calls of each thread by itself
		return fmt.Errorf("%d refusals after one failing call of each thread", refused)
	}
	r, err := l.Check(context.Background())
	if err != nil || len(r.Bad) > 0 {
		return fmt.Errorf("check: %+v, %w", r, err)
	}
	if err := l.Close(); err != nil {
		fmt.Println("refused", codeOf(err))
	}
	return nil
}

// TestMendedLater: when what a failed change has left in memory cannot be read anew at once, it is before the next one.
func TestMendedLater(t *testing.T) {
	h := quickHome(t, "Ada")
	g := h.found("Ada")
	first := h.do(g, thread.New{Title: "before"})
	db, filed := h.db.Load(), h.groups[g].next
	shut, err := bbolt.Open(filepath.Join(t.TempDir(), "shut"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := shut.Close(); err != nil {
		t.Fatal(err)
	}
	err = h.change(func(tx) error {
		h.groups[g].touch()
		h.groups[g].next += 7
		h.db.Store(shut) // from here on nothing can be read
		return ErrDisk
	})
	if !errors.Is(err, ErrDisk) {
		t.Fatal(err)
	}
	h.db.Store(db)
	second := h.do(g, thread.New{Title: "after"})
	if n := h.groups[g].next - filed; n != 2 {
		t.Errorf("%d entries for one thing said, want 2", n)
	}
	h.again()
	mustThread(t, h, g, first)
	mustThread(t, h, g, second)
	h.clean()
}
