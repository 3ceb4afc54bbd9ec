package control

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the other process: it takes the home, listens and waits to be killed.
func TestMain(m *testing.M) {
	if home := os.Getenv("CONTROL_TEST_HOLD"); home != "" {
		if _, err := Lock(home); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		l, err := Listen(home)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("holding")
		_ = l.Serve(context.Background(), func(ctx context.Context, _ Request, _, _ io.Writer) int {
			<-ctx.Done()
			return 0
		})
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// shortHome is a home whose socket lies inside it: t.TempDir is too long on some systems.
func shortHome(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// serve runs h for a home until the test is over.
func serve(t *testing.T, home string, h Handler) {
	t.Helper()
	release, err := Lock(home)
	if err != nil {
		t.Fatalf("Lock = %v", err)
	}
	l, err := Listen(home)
	if err != nil {
		t.Fatalf("Listen = %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve = %v, want nil when its context ends", err)
		}
		if err := release(); err != nil {
			t.Errorf("release = %v", err)
		}
	})
}

func TestCallRunsTheVerb(t *testing.T) {
	home := shortHome(t)
	big := strings.Repeat("a long line\n", 3*maxOutput/10)
	serve(t, home, func(_ context.Context, r Request, stdout, stderr io.Writer) int {
		fmt.Fprintf(stdout, "%s %v %v %s\n%s", r.Verb, r.Args, r.JSON, r.Cwd, big)
		fmt.Fprint(stderr, "a word of warning")
		return 3
	})
	var out, errs bytes.Buffer
	exit, err := Call(t.Context(), home, Request{Verb: "post", Args: []string{"--thread", "ä\n"}, JSON: true, Cwd: "/here"}, &out, &errs)
	if err != nil || exit != 3 {
		t.Fatalf("Call = %d, %v, want 3, nil", exit, err)
	}
	if want := "post [--thread ä\n] true /here\n" + big; out.String() != want {
		t.Errorf("stdout: got %d bytes, want %d", out.Len(), len(want))
	}
	if errs.String() != "a word of warning" {
		t.Errorf("stderr = %q", errs.String())
	}
}

func TestCallStreams(t *testing.T) {
	home := shortHome(t)
	more := make(chan struct{})
	serve(t, home, func(_ context.Context, _ Request, stdout, _ io.Writer) int {
		fmt.Fprintln(stdout, "first")
		<-more
		fmt.Fprintln(stdout, "second")
		return 0
	})
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := Call(t.Context(), home, Request{Verb: "watch"}, w, io.Discard)
		_ = w.Close()
		done <- err
	}()
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != "first" {
		t.Fatalf("first line = %q", lines.Text())
	}
	close(more) // the first line is here while the verb still runs
	if !lines.Scan() || lines.Text() != "second" {
		t.Fatalf("second line = %q", lines.Text())
	}
	if err := <-done; err != nil {
		t.Errorf("Call = %v", err)
	}
}

func TestClientGoneCancelsTheVerb(t *testing.T) {
	home := shortHome(t)
	started, ended := make(chan struct{}), make(chan error, 1)
	serve(t, home, func(ctx context.Context, _ Request, _, _ io.Writer) int {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return 0
	})
	ctx, cancel := context.WithCancel(t.Context())
	called := make(chan error, 1)
	go func() {
		_, err := Call(ctx, home, Request{Verb: "watch"}, io.Discard, io.Discard)
		called <- err
	}()
	<-started
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the verb's context ended with %v", err)
	}
	if err := <-called; !errors.Is(err, context.Canceled) {
		t.Errorf("Call = %v, want %v", err, context.Canceled)
	}
}

func TestHolderEndsUnderTheVerb(t *testing.T) {
	home := shortHome(t)
	l, err := Listen(home)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started, served := make(chan struct{}), make(chan error, 1)
	go func() {
		served <- l.Serve(ctx, func(ctx context.Context, _ Request, _, _ io.Writer) int {
			close(started)
			<-ctx.Done()
			return 1
		})
	}()
	exits := make(chan int, 1)
	go func() {
		exit, _ := Call(context.Background(), home, Request{Verb: "watch"}, io.Discard, io.Discard)
		exits <- exit
	}()
	<-started
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if exit := <-exits; exit != 1 {
		t.Errorf("Call = %d, want the verb's own 1", exit)
	}
	if _, err := Call(t.Context(), home, Request{Verb: "id"}, io.Discard, io.Discard); !errors.Is(err, ErrNobody) {
		t.Errorf("Call after the holder ended = %v, want %v", err, ErrNobody)
	}
}

func TestOneHolderAHome(t *testing.T) {
	home := filepath.Join(shortHome(t), "new")
	release, err := Lock(home)
	if err != nil {
		t.Fatalf("Lock = %v", err)
	}
	if _, err := Lock(home); !errors.Is(err, ErrInUse) {
		t.Errorf("second Lock = %v, want %v", err, ErrInUse)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(home)
	if err != nil {
		t.Fatalf("Lock after release = %v", err)
	}
	if err := again(); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(home); err != nil || (runtime.GOOS != "windows" && st.Mode().Perm() != 0o700) {
		t.Errorf("the home Lock made: %v, %v, want mode 0700", st.Mode(), err)
	}
}

func TestKilledHolderIsReplaced(t *testing.T) {
	home := shortHome(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command(self)
	other.Env = append(os.Environ(), "CONTROL_TEST_HOLD="+home)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "holding\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	if _, err := Lock(home); !errors.Is(err, ErrInUse) {
		t.Errorf("Lock while the other lives = %v, want %v", err, ErrInUse)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	if _, err := os.Lstat(filepath.Join(home, socketName)); err != nil {
		t.Fatalf("a killed holder leaves its socket: %v", err)
	}
	if _, err := Call(t.Context(), home, Request{Verb: "id"}, io.Discard, io.Discard); !errors.Is(err, ErrNobody) {
		t.Errorf("Call to a killed holder = %v, want %v", err, ErrNobody)
	}
	serve(t, home, func(context.Context, Request, io.Writer, io.Writer) int { return 4 })
	if exit, err := Call(t.Context(), home, Request{Verb: "id"}, io.Discard, io.Discard); err != nil || exit != 4 {
		t.Errorf("Call to the new holder = %d, %v, want 4, nil", exit, err)
	}
}

func TestSocketIsForThisUserAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // there the rights of the folder hold
	}
	home := shortHome(t)
	l, err := Listen(home)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	st, err := os.Lstat(filepath.Join(home, socketName))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v, want mode 0600", st.Mode(), err)
	}
}

// Where others may put a file, one of them could answer in the holder's place.
func TestHomeThatOthersMayChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // there the rights of the folder hold
	}
	home := shortHome(t)
	if err := os.Chmod(home, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(home); !errors.Is(err, ErrFolder) {
		t.Errorf("Listen = %v, want %v", err, ErrFolder)
	}
	if _, err := Call(t.Context(), home, Request{Verb: "id"}, io.Discard, io.Discard); !errors.Is(err, ErrFolder) {
		t.Errorf("Call = %v, want %v", err, ErrFolder)
	}
	if Answers(t.Context(), home) {
		t.Error("Answers = true")
	}
	far := filepath.Join(t.TempDir(), strings.Repeat("far", 40)) // its socket lies elsewhere
	if err := errors.Join(os.Mkdir(far, 0o700), os.Chmod(far, 0o777)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{home, far} {
		if release, err := Lock(dir); !errors.Is(err, ErrFolder) || release != nil {
			t.Errorf("Lock(%s) = %v, want %v", dir, err, ErrFolder)
		}
	}
}

func TestLongHome(t *testing.T) {
	run := shortHome(t)
	t.Setenv("XDG_RUNTIME_DIR", run)
	home := filepath.Join(shortHome(t), strings.Repeat("long/", 30))
	other := filepath.Join(shortHome(t), strings.Repeat("long/", 30))
	serve(t, home, func(context.Context, Request, io.Writer, io.Writer) int { return 6 })
	if exit, err := Call(t.Context(), home, Request{Verb: "id"}, io.Discard, io.Discard); err != nil || exit != 6 {
		t.Errorf("Call to a long home = %d, %v, want 6, nil", exit, err)
	}
	if _, err := Call(t.Context(), other, Request{Verb: "id"}, io.Discard, io.Discard); !errors.Is(err, ErrNobody) {
		t.Errorf("Call to another long home = %v, want %v", err, ErrNobody)
	}
	if runtime.GOOS != "windows" {
		dir := filepath.Join(run, "kith"+userMark())
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := Call(t.Context(), home, Request{Verb: "id"}, io.Discard, io.Discard); !errors.Is(err, ErrFolder) {
			t.Errorf("Call through a folder that others may enter = %v, want %v", err, ErrFolder)
		}
	}
}

func TestSocketPathLength(t *testing.T) {
	root := shortHome(t)
	t.Setenv("XDG_RUNTIME_DIR", shortHome(t))
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		t.Fatal(err)
	}
	fill := maxPath - len(real) - len("/") - len("/"+socketName)
	at, over := filepath.Join(real, strings.Repeat("h", fill)), filepath.Join(real, strings.Repeat("h", fill+1))
	if p, err := socketPath(at, true); err != nil || p != filepath.Join(at, socketName) || len(p) != maxPath {
		t.Errorf("socketPath at the limit = %q (%d), %v, want it in the home", p, len(p), err)
	}
	if p, err := socketPath(over, true); err != nil || strings.HasPrefix(p, real) {
		t.Errorf("socketPath over the limit = %q, %v, want it in the runtime folder", p, err)
	}
}

// Strangers to the protocol are dropped, and the next honest call is answered.
func TestNonsenseConcernsNobodyElse(t *testing.T) {
	home := shortHome(t)
	ran := make(chan string, 4)
	serve(t, home, func(_ context.Context, r Request, _, _ io.Writer) int {
		ran <- r.Verb
		return 0
	})
	path, err := socketPath(home, false)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string][]byte{
		"a web browser":     []byte("GET / HTTP/1.1\r\n\r\n"),
		"a huge length":     frame(kindRequest, 1<<31, nil),
		"output to us":      frame(kindOut, 3, []byte("hi")),
		"not a request":     frame(kindRequest, 3, []byte("hi")),
		"ends mid-frame":    frame(kindRequest, 30, []byte("{")),
		"another version":   frame(kindRequest, 26, []byte(`{"v":9,"verb":"id","x":1}`)),
		"nothing, and gone": nil,
	} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := c.Write(in); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if u, ok := c.(*net.UnixConn); ok {
			_ = u.CloseWrite()
		}
		answer, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: the holder did not hang up: %v", name, err)
		}
		if name == "another version" != (len(answer) > 0) {
			t.Errorf("%s: answer %q", name, answer)
		}
		_ = c.Close()
	}
	if exit, err := Call(t.Context(), home, Request{Verb: "id"}, io.Discard, io.Discard); err != nil || exit != 0 {
		t.Errorf("Call = %d, %v, want 0, nil", exit, err)
	}
	if verb := <-ran; verb != "id" || len(ran) != 0 {
		t.Errorf("ran %q and %d more, want id alone", verb, len(ran))
	}
}
