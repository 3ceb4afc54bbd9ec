package peer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
)

// inside is set for the child that runs in a network of its own.
const inside = "KITH_TEST_INSIDE"

// typed is everything that somebody types in the story below. None of it may be found in clear anywhere.
var typed = []string{
	"Zephyrine", "Quillon", "Marlowby", "Thistledown", "Wombourne", "pizza at seven", "the blue door", "Brackenfield",
	"2027-03-13", "2027-03-14", "13 March 2027", "plum kettle orbit sand",
}

// TestNothingTypedLeaks plays the story between two processes in a network of their own, with every byte on the wire
// recorded, and looks for what was typed: in the capture, in both homes, in logs, in what goes to stderr.
func TestNothingTypedLeaks(t *testing.T) {
	if os.Getenv(inside) == "" {
		outside(t)
		return
	}
	dir := os.Getenv(inside)
	run(t, nil, "ip", "link", "set", "lo", "up")
	capture := filepath.Join(dir, "wire")
	stop := record(t, capture)
	tell(t, dir)
	stop()
	look(t, dir, capture)
}

// outside builds kithctl and starts this test again where nothing but its own loopback can be reached.
func outside(t *testing.T) {
	for _, tool := range []string{"unshare", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing on this machine; make test installs it", tool)
		}
	}
	dir := t.TempDir()
	run(t, nil, "go", "build", "-o", filepath.Join(dir, "bin", "kithctl"), "kith/cmd/kithctl")
	child := exec.Command("unshare", "--map-root-user", "--net", os.Args[0], "-test.run=^TestNothingTypedLeaks$", "-test.v") //nolint:gosec // our own binary
	child.Env = append(os.Environ(), inside+"="+dir)
	out, err := child.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a command and returns its output.
func run(t *testing.T, env []string, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), env...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", filepath.Base(name), args, err, out, errs.Bytes())
	}
	return out
}

// record keeps every packet of this network in a file until stop is called.
func record(t *testing.T, file string) (stop func()) {
	t.Helper()
	const all = 0x0300 // ETH_P_ALL in network order
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, all)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 100_000}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		buf := make([]byte, 1<<17)
		for {
			n, _, err := syscall.Recvfrom(fd, buf, 0)
			switch {
			case n > 0:
				if _, err := f.Write(buf[:n]); err != nil {
					done <- err
					return
				}
			case ctx.Err() != nil:
				done <- nil
				return
			case err != nil && err != syscall.EAGAIN && err != syscall.EINTR:
				done <- err
				return
			}
		}
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := errors.Join(f.Close(), syscall.Close(fd)); err != nil {
			t.Error(err)
		}
	}
}

// teller runs kithctl in a home.
type teller struct {
	t    *testing.T
	dir  string
	name string
}

func (k teller) home() string { return filepath.Join(k.dir, "home-"+k.name) }

func (k teller) env() []string {
	return []string{"KITH_PASSPHRASE=plum kettle orbit sand", "KITH_KEYCHAIN=none"}
}

func (k teller) do(args ...string) []byte {
	k.t.Helper()
	return run(k.t, k.env(), filepath.Join(k.dir, "bin", "kithctl"), append([]string{"--home", k.home(), "--json"}, args...)...)
}

// field runs a verb and returns one text field of its answer.
func (k teller) field(name string, args ...string) string {
	k.t.Helper()
	var m map[string]any
	out := k.do(args...)
	if err := json.Unmarshal(out, &m); err != nil {
		k.t.Fatalf("%v: %v in %s", args, err, out)
	}
	s, _ := m[name].(string)
	return s
}

// serve keeps a peer running with its output in a file, and returns how to end it.
func (k teller) serve() (stop func()) {
	k.t.Helper()
	log, err := os.Create(filepath.Join(k.dir, "serve-"+k.name+".log"))
	if err != nil {
		k.t.Fatal(err)
	}
	c := exec.Command(filepath.Join(k.dir, "bin", "kithctl"), "--home", k.home(), "--json", "serve", "--listen", "/ip4/127.0.0.1/tcp/0") //nolint:gosec // our own binary
	c.Env = append(os.Environ(), k.env()...)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	wait(k.t, "serve to listen", func() bool {
		b, _ := os.ReadFile(log.Name())
		return bytes.Contains(b, []byte("listening"))
	})
	return func() {
		_ = c.Process.Signal(os.Interrupt)
		if err := c.Wait(); err != nil {
			k.t.Errorf("serve of %s ended with %v", k.name, err)
		}
		_ = log.Close()
	}
}

// wait looks again and again, for at most half a minute.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	end := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// tell plays the story: join, ask, offer, choose, agree, a calendar entry, a household and a post.
func tell(t *testing.T, dir string) {
	a, b := teller{t, dir, "a"}, teller{t, dir, "b"}
	a.do("init", "--name", "Quillon")
	b.do("init", "--name", "Marlowby")
	stopA, stopB := a.serve(), b.serve()
	g := a.field("group", "group", "create", "--kind", "constellation", "--name", "Thistledown")
	link := a.field("link", "invite", "--group", g, "--note", "Marlowby")
	b.do("join", link, "--name", "Marlowby")
	var requests []struct {
		Request string `json:"request"`
	}
	wait(t, "the request", func() bool {
		return json.Unmarshal(a.do("requests", "--group", g), &requests) == nil && len(requests) == 1
	})
	a.do("approve", requests[0].Request, "--verified", "voice")
	wait(t, "being in", func() bool { return bytes.Contains(b.do("groups"), []byte(g)) })
	a.do("household", "add", "--group", g, "--name", "Wombourne", "--beds", "2")
	a.do("event", "add", "--group", g, "--title", "Brackenfield", "--start", "2027-03-13T17:00", "--end", "2027-03-13T19:00")
	ask := a.field("sleepover", "sleepover", "ask", "--group", g, "--child", "Zephyrine", "--from", "2027-03-13", "--to", "2027-03-14", "--kind", "planned", "--beds", "1")
	has := func(k teller, words string) func() bool {
		return func() bool { return bytes.Contains(k.do("sleepovers", "--group", g), []byte(words)) }
	}
	wait(t, "the ask", has(b, ask))
	offer := b.field("offer", "sleepover", "offer", ask, "--condition", "pizza at seven")
	wait(t, "the offer", has(a, offer))
	a.do("sleepover", "choose", ask, "--offer", offer)
	wait(t, "the choice", has(b, `"state":"chosen"`))
	b.do("sleepover", "agree", ask)
	wait(t, "the agreement", has(a, `"state":"agreed"`))
	th := b.field("thread", "thread", "new", "--group", g, "--title", "the blue door")
	b.do("post", "--thread", th, "the blue door sticks, Zephyrine knows how")
	wait(t, "the post", func() bool {
		return bytes.Contains(a.do("threads"), []byte(th)) && bytes.Contains(a.do("thread", "show", th), []byte("sticks"))
	})
	stopA()
	stopB()
}

// look searches everything that was left behind.
func look(t *testing.T, dir, capture string) {
	info, err := os.Stat(capture)
	if err != nil || info.Size() < 10_000 {
		t.Fatalf("capture = %v, %v: nothing was recorded", info, err)
	}
	wire, err := os.ReadFile(capture)
	if err != nil || !bytes.Contains(wire, []byte("/multistream/1.0.0")) {
		t.Fatalf("the capture lacks what the network says in clear: it proves nothing (%v)", err)
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, string(filepath.Separator)+"bin"+string(filepath.Separator)) {
			return err
		}
		for _, w := range typed {
			if strings.Contains(strings.ToLower(d.Name()), strings.ToLower(w)) {
				t.Errorf("%q in the name of %s", w, d.Name())
			}
		}
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		low := bytes.ToLower(b)
		for _, w := range typed {
			for form, s := range map[string][]byte{"raw": []byte(strings.ToLower(w)), "UTF-16LE": wide(w, 0), "UTF-16BE": wide(w, 1)} {
				if bytes.Contains(low, s) {
					t.Errorf("%q (%s) in %s", w, form, d.Name())
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 6 { // capture, two logs, two stores, two vaults
		t.Errorf("only %d files were looked at", files)
	}
}

// wide is a lower-case word in UTF-16, the low byte first or last.
func wide(s string, first int) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(strings.ToLower(s))) {
		b := [2]byte{byte(u), byte(u >> 8)}
		out = append(out, b[first], b[1-first])
	}
	return out
}
