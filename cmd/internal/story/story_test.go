package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
)

// patience is how long a script waits for one thing to come true.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kithctl": kithctl})
}

// kithctl is the program itself, run as a process of its own by the scripts: the same wiring as cmd/kithctl.
func kithctl() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := verb.Main(ctx, os.Args[1:], verb.Host{
		Open:  func(home string) (verb.Peer, error) { return peer.New(home, peer.Options{}), nil },
		Stdin: os.Stdin,
	})
	stop()
	os.Exit(code)
}

func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"equal": equal,
			"exits": exits,
			"keep":  keep,
			"take":  take,
			"until": until,
		},
	})
}

// setup gives a script four homes to be, a passphrase, an address for each home and a runtime folder with a short name.
func setup(e *testscript.Env) error {
	run, err := os.MkdirTemp("", "k")
	if err != nil {
		return err
	}
	e.Defer(func() { _ = os.RemoveAll(run) })
	e.Setenv("XDG_RUNTIME_DIR", run)
	e.Setenv("KITH_KEYCHAIN", "none")
	e.Setenv("KITH_PASSPHRASE", "lantern cobble rivers noon")
	for _, name := range []string{"ade", "bev", "cas", "dee"} {
		at, err := freeAddress()
		if err != nil {
			return err
		}
		e.Setenv(strings.ToUpper(name), e.WorkDir+"/"+name)
		e.Setenv(strings.ToUpper(name)+"_AT", at)
	}
	return nil
}

// freeAddress is a loopback address that nobody listens on: a peer that is killed and started again comes back to it.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return "/ip4/127.0.0.1/tcp/" + port, errors.Join(err, l.Close())
}

// equal ONE OTHER: two values are the same.
func equal(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || (args[0] == args[1]) == neg {
		ts.Fatalf("equal %q", args)
	}
}

// exits CODE PROGRAM ARG...: the program ends with just that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// take NAME PATH: keeps a part of the JSON on stdout in an environment variable. PATH is like 0.offers.1.offer,
// or here=true.device for the first entry of a list in which that is so.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: take NAME PATH")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for _, part := range strings.Split(args[1], ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			if key, want, ok := strings.Cut(part, "="); ok {
				v = pick(x, key, want)
				continue
			}
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(x) {
				ts.Fatalf("%s: no %s among %d", args[1], part, len(x))
			}
			v = x[i]
		default:
			v = nil
		}
	}
	switch x := v.(type) {
	case string:
		ts.Setenv(args[0], x)
	case nil:
		ts.Fatalf("%s is not there", args[1])
	default:
		b, err := json.Marshal(x)
		ts.Check(err)
		ts.Setenv(args[0], string(b))
	}
}

// pick is the first entry of a list with that value under a key, or nothing.
func pick(list []any, key, want string) any {
	for _, x := range list {
		if m, ok := x.(map[string]any); ok && fmt.Sprint(m[key]) == want {
			return m
		}
	}
	return nil
}

// keep FILE KEY: writes the JSON on stdout to a file, without one key wherever it stands: what differs from home to home.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keep FILE KEY")
	}
	var all any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &all))
	if list, ok := all.([]any); ok && len(list) == 0 {
		ts.Fatalf("the list is empty")
	}
	without(all, args[1])
	b, err := json.MarshalIndent(all, "", " ")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// without takes a key away wherever it stands in a JSON value.
func without(value any, key string) {
	switch v := value.(type) {
	case []any:
		for _, x := range v {
			without(x, key)
		}
	case map[string]any:
		delete(v, key)
		for _, x := range v {
			without(x, key)
		}
	}
}

// until REGEXP PROGRAM ARG...: runs the program again and again until its stdout matches. It may end with an error on the
// way: the other side may still be starting.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP PROGRAM [ARG ...]")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	end := time.Now().Add(patience)
	for {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("after %s: no %q (%v)", patience, args[0], err)
		}
		<-time.After(50 * time.Millisecond) // another process: there is no event to wait for
	}
}
