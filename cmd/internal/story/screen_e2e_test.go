//go:build e2e

package story

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A thing is one widget that a window shows, as the window's own hook tells it.
type thing struct {
	Label   string  `json:"label"`
	Role    string  `json:"role"`
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	W       float64 `json:"w"`
	H       float64 `json:"h"`
	Focused bool    `json:"focused"`
	Enabled bool    `json:"enabled"`
	InView  bool    `json:"in_view"`
}

func (th thing) String() string {
	return fmt.Sprintf("%s %q at %.0f,%.0f", th.Role, th.Label, th.X, th.Y)
}

// A desk is one person before one screen: a display of their own, a home, and the program in it. Nothing but mouse and
// keyboard reaches the program; the hook only tells where things are.
type desk struct {
	t     testing.TB
	name  string
	dir   string // sockets and logs; short, because the path of a socket is
	home  string
	bin   string
	disp  string
	files string // where this person keeps files
	port  string // the window listens here each time, so that the others find it again
	cmd   *exec.Cmd
	ended chan error
	shots *atomic.Int32

	twelve []string // the words of the recovery sheet, as it was shown
}

// buildWindow builds the program with its hook, once for all desks.
func buildWindow(t testing.TB) string {
	t.Helper()
	if bin := os.Getenv("KITH_E2E_BIN"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "kith")
	c := exec.Command("go", "build", "-tags", "e2e,no_animations", "-o", bin, "kith/cmd/kith")
	c.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the window: %v\n%s", err, out)
	}
	return bin
}

// sit puts a person before a screen of the given size.
func sit(t testing.TB, bin, name string, w, h int, shots *atomic.Int32) *desk {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing on this machine; make test installs it", tool)
		}
	}
	dir, err := os.MkdirTemp("", "kd")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, name: name, dir: dir, home: filepath.Join(t.TempDir(), name), bin: bin, shots: shots, files: filepath.Join(dir, "files"), port: freePort(t)}
	for _, dir := range []string{"Documents", ".cache", ".config"} { // the last two are Fyne's
		if err := os.MkdirAll(filepath.Join(d.files, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r, wr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", w, h), "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{wr}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	_ = wr.Close()
	t.Cleanup(func() {
		d.leave()
		_ = x.Process.Kill()
		_ = x.Wait()
		_ = os.RemoveAll(dir)
	})
	if err := r.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	num, err := io.ReadAll(io.LimitReader(r, 8))
	if n := strings.TrimSpace(string(num)); n != "" {
		d.disp = ":" + n
	} else {
		t.Fatalf("no display: %v", err)
	}
	return d
}

func (d *desk) env() []string {
	return append(os.Environ(), "DISPLAY="+d.disp, "KITH_KEYCHAIN=none", "KITH_E2E_SOCKET="+d.hook(), "XDG_RUNTIME_DIR="+d.dir, "HOME="+d.files,
		"XDG_CONFIG_HOME="+filepath.Join(d.dir, "config"), "LANG=en_GB.UTF-8", "WAYLAND_DISPLAY=", "TZ=Europe/London")
}

func (d *desk) hook() string { return filepath.Join(d.dir, "hook") }

// freePort is a port that nobody listens on now.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// start opens the window.
func (d *desk) start() {
	d.t.Helper()
	_ = os.Remove(d.hook())
	log, err := os.OpenFile(d.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	d.cmd = exec.Command(d.bin, "--home", d.home, "--listen", "/ip4/127.0.0.1/tcp/"+d.port)
	d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = d.env(), log, log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.ended = make(chan error, 1)
	go func(c *exec.Cmd, ended chan error) {
		ended <- c.Wait()
		_ = log.Close()
	}(d.cmd, d.ended)
	d.until("a window", func() bool { return len(d.things()) > 0 })
}

func (d *desk) logFile() string { return filepath.Join(d.dir, "log") }

// leave ends the program as logging out does, and reads its log.
func (d *desk) leave() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("%s's window ended with %v", d.name, err)
		}
	case <-time.After(20 * time.Second):
		d.t.Errorf("%s's window does not end", d.name)
		_ = d.cmd.Process.Kill()
		<-d.ended
	}
	d.cmd = nil
	log, err := os.ReadFile(d.logFile())
	if err != nil {
		d.t.Error(err)
	}
	for _, line := range strings.Split(string(log), "\n") {
		if strings.Contains(line, "Error in Fyne call thread") || strings.Contains(line, "panic:") || strings.Contains(line, "Fyne error:") && !ofThisMachine(line) {
			d.t.Errorf("%s's log: %s", d.name, line)
		}
	}
}

// ofThisMachine says whether Fyne complains of what a bare screen lacks and a desktop has.
func ofThisMachine(line string) bool {
	return strings.Contains(line, "theme settings") || strings.Contains(line, "Preferences load error") || strings.Contains(line, "user locale") ||
		strings.Contains(line, "session D-Bus")
}

// things asks the hook what the window shows; nil when it does not answer.
func (d *desk) things() []thing {
	c, err := net.DialTimeout("unix", d.hook(), time.Second)
	if err != nil {
		return nil
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return nil
	}
	b, err := io.ReadAll(c)
	if err != nil {
		return nil
	}
	var all []thing
	if json.Unmarshal(b, &all) != nil {
		return nil
	}
	return all
}

// patienceAtScreen is how long one thing may take to be seen.
const patienceAtScreen = 30 * time.Second

// until looks again and again, until that is over.
func (d *desk) until(what string, ok func() bool) {
	d.t.Helper()
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patienceAtScreen)
	for !ok() {
		select {
		case <-tick.C:
		case err := <-d.ended:
			d.ended <- err
			d.t.Fatalf("%s's window has gone (%v) before %s", d.name, err, what)
		case <-end:
			d.shot("lost")
			var seen []string
			for _, th := range d.things() {
				seen = append(seen, th.String())
			}
			d.t.Fatalf("%s never saw %s; the window shows\n%s", d.name, what, strings.Join(seen, "\n"))
		}
	}
}

// find returns the first thing with a role whose label is, or with a star at the end begins with, label.
func (d *desk) find(role, label string) (thing, bool) {
	for _, th := range d.things() {
		if role != "" && th.Role != role {
			continue
		}
		if start, star := strings.CutSuffix(label, "*"); th.Label == label || star && strings.HasPrefix(th.Label, start) {
			return th, true
		}
	}
	return thing{}, false
}

// sees waits until something is shown.
func (d *desk) sees(role, label string) thing {
	d.t.Helper()
	var th thing
	d.until(role+" "+label, func() bool {
		var ok bool
		th, ok = d.find(role, label)
		return ok
	})
	return th
}

// x runs xdotool on the person's display.
func (d *desk) x(args ...string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, "xdotool", args...)
	c.Env = d.env()
	if out, err := c.CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool %v: %v %s", args, err, out)
	}
}

// press moves the mouse onto something and clicks, after scrolling it into view.
func (d *desk) press(role, label string) {
	d.t.Helper()
	th := d.sees(role, label)
	for i := 0; !th.InView && i < 40; i++ {
		d.x("mousemove", "800", "400", "click", "5")
		pause(60 * time.Millisecond)
		th = d.sees(role, label)
	}
	for at := (thing{}); at != th; {
		for was := (thing{}); was != th; { // until it stands still
			was = th
			pause(60 * time.Millisecond)
			th = d.sees(role, label)
		}
		at = th
		d.x("mousemove", strconv.Itoa(int(th.X+th.W/2)), strconv.Itoa(int(th.Y+th.H/2)))
		pause(120 * time.Millisecond) // the window hears of a mouse only with its next frame
		th = d.sees(role, label)      // and what comes meanwhile may have moved it
	}
	d.x("click", "1")
	pause(250 * time.Millisecond)
}

// pause lets a window of its own process draw; there is nothing to wait for that it would tell.
func pause(t time.Duration) { <-time.After(t) }

// types clicks into a field and types.
func (d *desk) types(label, text string) {
	d.t.Helper()
	before := d.sees("field", label)
	d.press("field", label)
	if th := d.sees("field", label); !th.Focused {
		d.t.Errorf("%s clicked into %q at %v and is not in it: it is at %v now", d.name, label, before, th)
		d.press("field", label)
	}
	d.x("type", "--delay", "12", text) // milliseconds: still faster than anybody, and no key gets lost on a busy machine
	pause(200 * time.Millisecond)
}

// keys presses keys one after another.
func (d *desk) keys(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.x("key", k)
		pause(80 * time.Millisecond)
	}
}

// shot keeps a picture of the whole screen, where KITH_SHOTS says, and checks that it is not blank.
func (d *desk) shot(what string) {
	d.t.Helper()
	dir := os.Getenv("KITH_SHOTS")
	if dir == "" {
		dir = d.dir
	}
	file := filepath.Join(dir, fmt.Sprintf("%02d-%s-%s.png", d.shots.Add(1), strings.ToLower(d.name), what))
	c := exec.Command("import", "-window", "root", file)
	c.Env = d.env()
	if out, err := c.CombinedOutput(); err != nil {
		d.t.Fatalf("import: %v %s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil || len(b) < 5_000 || !bytes.HasPrefix(b, []byte("\x89PNG")) {
		d.t.Errorf("the picture %s is blank (%d bytes, %v)", filepath.Base(file), len(b), err)
	}
}
