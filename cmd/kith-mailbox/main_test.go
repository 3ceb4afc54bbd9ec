package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/network"
)

// typed is what a command printed, and its exit code.
type typed struct {
	code     int
	out, err string
}

func kithMailbox(t *testing.T, args ...string) typed {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out, err bytes.Buffer
	code := run(ctx, args, &out, &err)
	return typed{code, out.String(), err.String()}
}

// serving is a mailbox that runs until the test ends it.
type serving struct {
	home  string
	Addrs []string
	Pair  string
	end   func() int
	err   *bytes.Buffer
}

func serve(t *testing.T, home string, more ...string) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	s := &serving{home: home, err: &bytes.Buffer{}}
	done, code := make(chan struct{}), 0
	go func() {
		defer close(done)
		code = run(ctx, append([]string{"--home", home, "--json", "serve", "--listen", "/ip4/127.0.0.1/tcp/0"}, more...), w, s.err)
		_ = w.Close()
	}()
	s.end = func() int { stop(); <-done; return code }
	t.Cleanup(func() { s.end() })
	line, err := bufio.NewReader(r).ReadBytes('\n')
	if err != nil {
		t.Fatalf("serve: %v; %s", err, s.err)
	}
	if err := json.Unmarshal(line, s); err != nil || len(s.Addrs) == 0 {
		t.Fatalf("serve says %s", line)
	}
	return s
}

// The program as its keeper meets it: it starts, lets a group in, says how it is, is copied, checked and ended.
func TestKeepersDay(t *testing.T) {
	home := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	page := free.Addr().String()
	_ = free.Close()
	s := serve(t, home, "--page", page)
	l, err := network.ParsePairLink(s.Pair)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := network.Pair(ctx, l, [32]byte{1}, [32]byte{2}); err != nil {
		t.Fatal(err)
	}
	if got := kithMailbox(t, "--home", home, "serve"); got.code != 1 || !strings.Contains(got.err, "already runs") {
		t.Errorf("serve of a home that is served = %+v", got)
	}
	var status struct {
		Serving bool
		Groups  []struct{ Group string }
	}
	got := kithMailbox(t, "--home", home, "--json", "status")
	if err := json.Unmarshal([]byte(got.out), &status); err != nil || !status.Serving || len(status.Groups) != 1 {
		t.Fatalf("status = %+v", got)
	}
	for path, says := range map[string]string{"/": "all is well", "/metrics": "kith_mailbox_groups 1\n"} {
		body := get(t, "http://"+page+path)
		if !strings.Contains(body, says) || strings.Contains(body, status.Groups[0].Group) && path == "/metrics" {
			t.Errorf("GET %s says %q", path, body)
		}
	}
	if got := kithMailbox(t, "--home", home, "pair"); got.code != 0 || !strings.Contains(got.out, "kith:mailbox#") {
		t.Errorf("pair = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "pair", "--words"); got.code != 0 || len(strings.Fields(strings.Split(got.out, "\n")[2])) != 8 {
		t.Errorf("pair --words = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "replace-ticket", "zz"); got.code != 4 {
		t.Errorf("replace-ticket of nobody = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "--json", "replace-ticket", status.Groups[0].Group[:6]); got.code != 0 {
		t.Errorf("replace-ticket = %+v", got)
	}
	copied := filepath.Join(t.TempDir(), "mailbox")
	if got := kithMailbox(t, "--home", home, "backup", copied); got.code != 0 {
		t.Errorf("backup = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "backup", copied); got.code != 3 {
		t.Errorf("backup over it = %+v", got)
	}
	if code := s.end(); code != 0 {
		t.Errorf("ended, serve gives %d: %s", code, s.err)
	}
	if got := kithMailbox(t, "--home", home, "pair"); got.code != 4 {
		t.Errorf("pair of a mailbox that is off = %+v", got)
	}
	if got := kithMailbox(t, "--home", filepath.Dir(copied), "check"); got.code != 0 {
		t.Errorf("check of the copy = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "unpair", status.Groups[0].Group); got.code != 2 {
		t.Errorf("unpair without --yes = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "unpair", "--yes", status.Groups[0].Group); got.code != 0 {
		t.Errorf("unpair = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "--json", "status"); !strings.Contains(got.out, `"groups":[]`) || !strings.Contains(got.out, `"serving":false`) {
		t.Errorf("status when off = %+v", got)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	for range 100 { // the page may come a moment after the first line
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		b, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("GET %s = %s, %v", url, r.Status, err)
		}
		return string(b)
	}
	t.Fatalf("GET %s: nobody answers", url)
	return ""
}

func TestWhatIsNotUnderstood(t *testing.T) {
	home := t.TempDir()
	for _, args := range [][]string{{}, {"dance"}, {"--nope"}, {"status", "all"}, {"serve", "--cert", "x"}, {"serve", "--listen", ""}, {"serve", "--cert", "x", "--key", "y"}} {
		if got := kithMailbox(t, append([]string{"--home", home}, args...)...); got.code != 2 && fmt.Sprint(args) != "[status all]" || got.err == "" {
			t.Errorf("kith-mailbox %q = %+v, want exit 2", args, got)
		}
	}
	if got := kithMailbox(t, "--home", home, "--json", "status"); got.code != 4 || !strings.Contains(got.err, `"code":"E_MAILBOX_NONE"`) {
		t.Errorf("status of an empty folder = %+v", got)
	}
	if got := kithMailbox(t, "--home", home, "serve", "--listen", "/ip4/127.0.0.1/nonsense"); got.code == 0 {
		t.Errorf("serve at no address = %+v", got)
	}
	if err := os.WriteFile(filepath.Join(home, "mailbox"), []byte("not a mailbox"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := kithMailbox(t, "--home", home, "check"); got.code != 6 {
		t.Errorf("check of something else = %+v, want exit 6", got)
	}
	if got := kithMailbox(t, "help"); got.code != 0 || !strings.Contains(got.out, "replace-ticket") {
		t.Errorf("help = %+v", got)
	}
	if got := kithMailbox(t, "version"); got.out != "kith-mailbox "+version+"\n" {
		t.Errorf("version = %+v", got)
	}
}
