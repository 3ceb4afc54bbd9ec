package verb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/control"
	"kith/store/kp1"
)

// serving starts `kithctl serve` on a fake and returns its home, the lines it prints, and how to end it.
func serving(t *testing.T, f *fake) (home string, lines *bufio.Scanner, end func() int) {
	t.Helper()
	home = scratch(t)
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	h := f.host()
	h.Stdout, h.Stderr = w, io.Discard
	done := make(chan int, 1)
	go func() {
		done <- Main(ctx, []string{"--home", home, "--json", "serve", "--listen", "/ip4/127.0.0.1/tcp/0", "--nearby"}, h)
		_ = w.Close()
	}()
	end = func() int {
		cancel()
		_, _ = io.Copy(io.Discard, r)
		return <-done
	}
	t.Cleanup(func() {
		cancel()
		_ = r.Close()
	})
	lines = bufio.NewScanner(r)
	if !lines.Scan() {
		t.Fatal("serve printed nothing")
	}
	return home, lines, end
}

func TestServePrintsItsEvents(t *testing.T) {
	f := newFake()
	f.events <- Event{What: EventConnected, Peer: "12D3"} // before it listens, and printed after
	_, lines, end := serving(t, f)
	if want := `{"event":"listening","addrs":["/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW"]}`; lines.Text() != want {
		t.Errorf("first line = %s, want %s", lines.Text(), want)
	}
	id := kp1.Sum(nil)
	f.events <- Event{What: EventStored, Group: oak, Peer: "12D3", IDs: []kp1.ID{id}, N: 1}
	for _, want := range []string{
		`{"event":"connected","peer":"12D3"}`,
		`{"event":"stored","group":"` + oak.String() + `","peer":"12D3","ids":["` + id.String() + `"],"n":1}`,
	} {
		if !lines.Scan() || lines.Text() != want {
			t.Errorf("line = %s, want %s", lines.Text(), want)
		}
	}
	if got := lastOf(f.asked); got != "serve [/ip4/127.0.0.1/tcp/0] nearby=true" {
		t.Errorf("serve asked the peer %q", got)
	}
	if exit := end(); exit != 0 {
		t.Errorf("serve, interrupted = %d, want 0", exit)
	}
}

// The holder's answer is the same, byte for byte, as a process's own.
func TestTheHolderAnswersTheSame(t *testing.T) {
	f := newFake()
	home, _, end := serving(t, f)
	h := f.host()
	h.Open = func(string) (Peer, error) { return nil, errors.New("opened a second time") }
	h.Getenv = env(nil) // the holder asks for no passphrase
	for _, args := range []string{
		"id", "groups", "members", "requests", "check", "agenda", "sleepovers", "threads", "invite", "approve abc --verified person",
		"thread new --title T", "post --thread zz x", "approve ab --verified voice", "groups --colour", "me --name " + strings.Repeat("x", 200),
	} {
		alone := newFake()
		alone.n, alone.view = f.n, f.view // so that what is written gets the same id
		want := alone.kithctl(t, strings.Fields(args)...)
		got := f.run(t, h, append([]string{"--home", home, "--json"}, strings.Fields(args)...)...)
		if got != want {
			t.Errorf("kithctl %s at the holder = %+v, alone %+v", args, got, want)
		}
	}
	for args, code := range map[string]string{"serve": "E_IN_USE", "init --name X": "E_IN_USE"} {
		if r := f.run(t, h, append([]string{"--home", home, "--json"}, strings.Fields(args)...)...); r.exit != 1 || r.errorInJSON.Code != code {
			t.Errorf("kithctl %s beside a holder = %d %s, want 1 %s", args, r.exit, r.errs, code)
		}
	}
	// What opened the home is in the holder's environment. It is not what whoever asks for the words has typed.
	for pass, exit := range map[string]int{"": 5, "not this one": 5, "lantern cobble rivers noon": 0} {
		asks := h
		asks.Getenv = func(k string) string {
			return map[string]string{"KITH_PASSPHRASE": pass}[k]
		}
		if r := f.run(t, asks, "--home", home, "--json", "recovery"); r.exit != exit || (r.out == "") != (exit != 0) {
			t.Errorf("recovery with %q at a holder = %d %q, want %d", pass, r.exit, r.out, exit)
		}
	}
	// Locked, it answers nobody; what needs no person's data still works.
	if r := f.run(t, h, "--home", home, "--json", "lock"); r.exit != 0 || r.out != `{"locked":true}`+"\n" {
		t.Errorf("lock = %d %q %s", r.exit, r.out, r.errs)
	}
	for _, args := range []string{"groups", "check", "post --thread x y"} {
		if r := f.run(t, h, append([]string{"--home", home, "--json"}, strings.Fields(args)...)...); r.exit != 5 || r.errorInJSON.Code != "E_LOCKED" {
			t.Errorf("kithctl %s at a locked holder = %d %s, want 5 E_LOCKED", args, r.exit, r.errs)
		}
	}
	if r := f.run(t, h, "--home", home, "--json", "numbers"); r.exit != 0 {
		t.Errorf("numbers at a locked holder = %d %s", r.exit, r.errs)
	}
	if exit := end(); exit != 0 {
		t.Errorf("serve = %d, want 0", exit)
	}
}

func TestWatchFollowsTheHolder(t *testing.T) {
	f := newFake()
	home, _, end := serving(t, f)
	r, w := io.Pipe()
	h := f.host()
	h.Stdout, h.Stderr = w, io.Discard
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() { done <- Main(ctx, []string{"--home", home, "watch", "--json"}, h) }()
	feed := make(chan struct{})
	go func() { // serve and watch both take from the fake's one channel: feed until watch has had one
		for {
			select {
			case f.events <- Event{What: EventReceived, N: 2}:
			case <-feed:
				return
			}
		}
	}()
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != `{"event":"received","n":2}` {
		t.Errorf("watch = %q", lines.Text())
	}
	close(feed)
	cancel()
	_ = r.Close()
	if exit := <-done; exit != 0 {
		t.Errorf("watch, interrupted = %d, want 0", exit)
	}
	end()
}

// A verb that came over the socket is one verb, of those that may come that way.
func TestTheHolderRunsVerbsAlone(t *testing.T) {
	h := Handler(newFake(), Host{})
	for verb, want := range map[string]int{"group create x": 2, "nonsense": 2, "numbers": 2, "demo": 2, "serve": 1, "init": 1} {
		var errs bytes.Buffer
		if got := h(t.Context(), control.Request{Verb: verb, JSON: true}, io.Discard, &errs); got != want {
			t.Errorf("the holder asked for %q = %d %s, want %d", verb, got, errs.String(), want)
		}
	}
}

// A group that cannot be read is listed as that, and the others as they are.
func TestGroupsSayWhichIsDamaged(t *testing.T) {
	f := newFake()
	f.world.Broken = []present.Broken{{ID: kp1.GID{0xab}, Name: "Ash"}, {}}
	r := f.run(t, f.host(), "--home", t.TempDir(), "groups")
	for _, want := range []string{"constellation  Oak", "ab00000000  Ash cannot be read on this computer. Your other groups work.", "\nOne of your groups cannot be read"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("groups said %q, want %q in it", r.out, want)
		}
	}
	r = f.run(t, f.host(), "--home", t.TempDir(), "--json", "groups")
	if want := `"kind":"","name":"Ash","damaged":true},{"group":"","kind":"","name":"","damaged":true}]`; !strings.Contains(r.out, want) {
		t.Errorf("groups --json said %q, want %q in it", r.out, want)
	}
}

// What check finds is told with the group it is of, since the others can still be used.
func TestCheckNamesTheDamagedGroup(t *testing.T) {
	f := newFake()
	f.check = Checked{Ops: 3, Bad: []Bad{{Code: "E_STORE_DAMAGED", Group: kp1.GID{0xab}.String(), Where: "auth record 01"}, {Code: "E_STORE_DAMAGED", Where: "pages"}}}
	r := f.run(t, f.host(), "--home", t.TempDir(), "check")
	if want := "2 parts are damaged:\n  E_STORE_DAMAGED ab00000000 auth record 01\n  E_STORE_DAMAGED pages\n"; r.exit != 6 || !strings.Contains(r.out, want) {
		t.Errorf("check = %d, %q, want 6 and %q", r.exit, r.out, want)
	}
}

// A request that ended says why, in the window's own sentence.
func TestJoinsSayWhyTheyEnded(t *testing.T) {
	f := newFake()
	f.world.Joins = []present.Join{{ID: "abc", Stage: present.JoinRefused, Err: &fault{"E_INVITE_CLOSED", "closed"}}}
	if r := f.run(t, f.host(), "--home", t.TempDir(), "joins"); !strings.Contains(r.out, "Your request was not accepted, or the invitation ran out.") {
		t.Errorf("joins said %q", r.out)
	}
	if r := f.run(t, f.host(), "--home", t.TempDir(), "--json", "joins"); !strings.Contains(r.out, `"stage":"refused"`) || !strings.Contains(r.out, `"why":"E_INVITE_CLOSED"`) {
		t.Errorf("joins --json said %q", r.out)
	}
}

// TestSleepoverInWords: what was said of a bed stands under it, so that nobody needs --json to help.
func TestSleepoverInWords(t *testing.T) {
	f := newFake()
	f.world.Groups[0].Delivery = func(kp1.ID) present.Delivery { return present.Delivery{Stored: true, Of: 2} }
	f.must(t, "sleepover", "ask", "--child", "J", "--from", "2026-10-24", "--to", "2026-10-25", "--kind", "tonight", "--beds", "2",
		"--arrive", "19:30", "--leave", "08:00", "--collect", "Gran", "--note", "Brings a bear.")
	var all []struct{ Sleepover string }
	f.must(t, "sleepovers").into(t, &all)
	r := f.run(t, f.host(), "--home", t.TempDir(), "sleepover", "show", all[0].Sleepover)
	want := "\n  Ade asks for 2 beds.\n  Comes at 19:30.\n  Leaves at 08:00.\n  Who brings and fetches: Gran\n  Brings a bear.\nSaved on this computer. It goes to the others once Kith runs here: kithctl serve.\n"
	if !strings.HasSuffix(r.out, want) {
		t.Errorf("sleepover show said\n%s want\n%s at its end", r.out, want)
	}
}

// TestHomeThatTakesNothing: a folder in which nothing can be made is said to be that.
func TestHomeThatTakesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFake()
	r := f.run(t, f.host(), "--home", filepath.Join(file, "home"), "groups")
	if want := present.Say("ctl.next.disk"); r.exit != 1 || !strings.Contains(r.errs, want) {
		t.Errorf("groups = %d %q, want 1 and %q", r.exit, r.errs, want)
	}
}

// TestNextStepsHere: kithctl names its own next step; with --json it is the window's.
func TestNextStepsHere(t *testing.T) {
	for code, key := range nextHere {
		err := &fault{code, "x"}
		var said, js strings.Builder
		complain(&said, false, err, nextHere)
		complain(&js, true, err, nextHere)
		p := present.Explain(err)
		if next := present.Say(key); !strings.HasSuffix(said.String(), "\n"+next+"\n") || !strings.Contains(js.String(), p.Next) {
			t.Errorf("%s: said %q and %q, want %q and %q", code, said.String(), js.String(), next, p.Next)
		}
	}
}

// Without --json the same verbs answer in sentences.
func TestPlainWords(t *testing.T) {
	f := newFake()
	plain := func(args ...string) string {
		t.Helper()
		r := f.run(t, f.host(), append([]string{"--home", t.TempDir()}, args...)...)
		if strings.Contains(r.out+r.errs, "[ctl.") || strings.Contains(r.out+r.errs, "{") {
			t.Errorf("kithctl %q said %q %q", args, r.out, r.errs)
		}
		return r.out + r.errs
	}
	for _, c := range []struct{ args, want string }{
		{"groups", "constellation  Oak"},
		{"members", "Ade (Hub carer; Leads the group)  one computer"},
		{"requests", "Ring them on a number you already know."},
		{"check", "7 entries were read.\nAll of it is whole."},
		{"invite", "kith:join#AbC\nSend this link to one person."},
		{"join x --name Ade", "wo woo wooo woooo wooooo woooooo"},
		{"join x --name Ade", "Kith does not run here, so nothing has gone out yet."},
		{"join x --name Ade", "The computers of a group may see each other’s internet address, as a phone shows its number."},
		{"group create --kind family --name Elm", "The computers of this group see each other’s internet address, as a phone shows its number."},
		{"joins", "Waits for Fay."},
		{"sleepovers", "Nobody asks for a bed."},
		{"sleepover ask --child J --from 2026-10-24 --to 2026-10-25 --kind tonight", "You have asked: "},
		{"sleepovers", "J  Today, 1 night  asked"},
		{"threads", "Nobody has written yet."},
		{"agenda", "There is nothing on these days."},
		{"event add --title Tea --start 2026-10-25T15:00 --end 2026-10-25T16:00", "It is in the calendar: "},
		{"agenda", "Tea"},
		{"household add --name Oak --beds 2", "Added: "},
		{"household show", "Oak  2 beds"},
		{"beds --night 2026-10-24", "Oak  0 of 2 taken"},
		{"sync", "Nobody’s computer could be reached."},
		{"numbers", "999"},
		{"help serve", "kithctl serve [--listen ADDRESS]... [--nearby]"},
		{"members --group oak", "Bev"},
		{"members --group ff", "People and groups also go by name."},
		{"group create", "kithctl group create --kind"},
	} {
		if got := plain(strings.Fields(c.args)...); !strings.Contains(got, c.want) {
			t.Errorf("kithctl %s said\n%s want %q in it", c.args, got, c.want)
		}
	}
}
