package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	kith "kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
)

// The stories of this file run the programs as processes of their own: this test, begun again, is each of them.
const actAs = "KITH_ACT_AS"

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	switch os.Getenv(actAs) {
	case "kithctl":
		os.Exit(verb.Main(ctx, os.Args[1:], verb.Host{
			Open: func(home string) (verb.Peer, error) { return kith.New(home, kith.Options{Now: ahead}), nil },
		}))
	case "kith-liar":
		if err := lie(ctx, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case "kith-mailbox":
		os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
	}
	stop()
	os.Exit(m.Run())
}

// world is a place where programs run.
type world struct {
	t    *testing.T
	dir  string
	said []string // all that people typed, and every id: what nobody may find at the keeper's
	logs bytes.Buffer
}

func newWorld(t *testing.T) *world {
	dir, err := os.MkdirTemp("", "k") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return &world{t: t, dir: dir}
}

func (w *world) command(program string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...) //nolint:noctx // ended by hand
	c.Env = append(os.Environ(), actAs+"="+program, "KITH_KEYCHAIN=none", "KITH_PASSPHRASE=lantern cobble rivers noon", "XDG_RUNTIME_DIR="+w.dir)
	return c
}

// process is a program that runs until it is ended.
type process struct {
	cmd   *exec.Cmd
	first map[string]any
	errs  bytes.Buffer // to be read when it has ended
}

// start begins a program and reads its first line.
func (w *world) start(program string, args ...string) *process {
	w.t.Helper()
	p := &process{cmd: w.command(program, args...)}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	errs := &p.errs
	p.cmd.Stderr = errs
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { p.end(os.Kill) })
	r := bufio.NewReader(out)
	line, err := r.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.first)
	}
	if err != nil {
		w.t.Fatalf("%s %q: %v; %s", program, args, err, errs)
	}
	if program == "kith-mailbox" {
		w.logs.Write(line)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return p
}

func (p *process) end(s os.Signal) {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(s)
	_ = p.cmd.Wait()
}

// person is a home and the program that serves it.
type person struct {
	w    *world
	home string
	on   *process
}

func (w *world) person(name string) *person {
	p := &person{w: w, home: filepath.Join(w.dir, name)}
	p.do("init", "--name", name)
	w.said = append(w.said, name)
	return p
}

func (p *person) up() {
	p.w.t.Helper()
	p.on = p.w.start("kithctl", "--home", p.home, "--json", "serve", "--listen", "/ip4/127.0.0.1/tcp/0")
}

func (p *person) down() { p.on.end(os.Interrupt) }

// do runs a verb and returns its JSON.
func (p *person) do(args ...string) any {
	p.w.t.Helper()
	v, err := p.try(args...)
	if err != nil {
		p.w.t.Fatalf("%s: kithctl %q: %v", filepath.Base(p.home), args, err)
	}
	return v
}

func (p *person) try(args ...string) (any, error) {
	c := p.w.command("kithctl", append([]string{"--home", p.home, "--json"}, args...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return nil, &failure{err, errs.String()}
	}
	var v any
	return v, json.Unmarshal(out, &v)
}

type failure struct {
	err  error
	said string
}

func (f *failure) Error() string { return f.err.Error() + ": " + f.said }

func field(v any, path ...any) any {
	for _, at := range path {
		switch at := at.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[at]
		case int:
			l, _ := v.([]any)
			if at >= len(l) {
				return nil
			}
			v = l[at]
		}
	}
	return v
}

func (p *person) text(path []any, args ...string) string {
	p.w.t.Helper()
	s, ok := field(p.do(args...), path...).(string)
	if !ok || s == "" {
		p.w.t.Fatalf("kithctl %q has no %v", args, path)
	}
	return s
}

// until asks again until it is so.
func (p *person) until(what string, ok func(any) bool, args ...string) any {
	p.w.t.Helper()
	end := time.Now().Add(90 * time.Second)
	for {
		v, err := p.try(args...)
		if err == nil && ok(v) {
			return v
		}
		if time.Now().After(end) {
			p.w.t.Fatalf("%s: never %s: kithctl %q gives %v, %v", filepath.Base(p.home), what, args, v, err)
		}
		<-time.After(50 * time.Millisecond) // another process: there is no event to wait for
	}
}

// inMailbox says whether somebody is told that all of the one file of a thread is in the mailbox.
func (p *person) inMailbox(thread string) bool {
	p.w.t.Helper()
	posts, _ := field(p.do("thread", "show", thread), "posts").([]any)
	for _, o := range posts {
		if field(o, "file") != nil {
			return field(o, "delivery", "mailbox") == true
		}
	}
	p.w.t.Fatalf("no file among %v", posts)
	return false
}

// album has somebody who is on give a file of several chunks, with words of its own, in a thread of its own.
func (p *person) album(name, words string) (thread string) {
	p.w.t.Helper()
	data := bytes.Repeat([]byte("Ossington Crescent, by the old wharf. "), 16_000)
	path := filepath.Join(p.w.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		p.w.t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	title := "Papers of the house"
	thread = p.text([]any{"thread"}, "thread", "new", "--title", title)
	id := p.text([]any{"post"}, "post", "--thread", thread, "--attach", path, words)
	p.w.said = append(p.w.said, name, words, title, thread, id, "Ossington Crescent", "by the old wharf", hex.EncodeToString(sum[:]))
	return thread
}

// friends are two people in one group, level, who use these mailboxes; both are off.
func (w *world) friends(links ...string) (ade, bev *person) {
	w.t.Helper()
	ade, bev = w.person("Adeyinka"), w.person("Bevangeline")
	ade.up()
	bev.up()
	g := ade.text([]any{"group"}, "group", "create", "--kind", "family", "--name", "Rowanberry Lane")
	w.said = append(w.said, "Rowanberry Lane", g)
	link := ade.text([]any{"link"}, "invite", "--role", "member", "--history", "all")
	bev.do("join", link, "--name", "Bevangeline")
	req := ade.until("a request", func(v any) bool { return field(v, 0, "request") != nil }, "requests")
	ade.do("approve", field(req, 0, "request").(string), "--verified", "voice")
	for _, l := range links {
		ade.do("mailbox", "pair", l)
	}
	bev.until("in, with mailboxes", func(v any) bool { l, _ := v.([]any); return len(l) == len(links) }, "mailboxes")
	for _, p := range []*person{ade, bev} {
		members, _ := p.do("members").([]any)
		for _, m := range members {
			w.said = append(w.said, field(m, "member").(string))
		}
		devices, _ := p.do("devices").([]any)
		for _, d := range devices {
			w.said = append(w.said, field(d, "device").(string))
		}
		w.said = append(w.said, p.text([]any{"peer"}, "id"))
	}
	bev.down()
	ade.down()
	return ade, bev
}

// write has somebody who is on write something, and waits until a mailbox has it, by its keeper's word.
func (p *person) write(child, day, next string) string {
	p.w.t.Helper()
	p.w.said = append(p.w.said, child, day)
	id := p.text([]any{"sleepover"}, "sleepover", "ask", "--child", child, "--from", day, "--to", next, "--kind", "planned")
	p.w.said = append(p.w.said, id, next)
	p.until("in the mailbox", func(v any) bool {
		return field(v, "delivery", "mailbox") == true && field(v, "delivery", "devices") == 0.0
	}, "sleepover", "show", id)
	return id
}

func (p *person) reads(id string) {
	p.w.t.Helper()
	p.until("what the other wrote", func(v any) bool { return field(v, "sleepover") == id }, "sleepover", "show", id)
}

// keeper is a mailbox's program and its folder.
type keeperProcess struct {
	*process
	w    *world
	home string
	at   string
	page string // where it says how it is
}

func (w *world) keeper(name string) *keeperProcess {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // to find a free port
	if err != nil {
		w.t.Fatal(err)
	}
	k := &keeperProcess{w: w, home: filepath.Join(w.dir, name), at: "/ip4/127.0.0.1/tcp/0", page: l.Addr().String()}
	_ = l.Close()
	k.start()
	addr := field(k.first, "addrs", 0).(string)
	k.at = addr[:strings.Index(addr, "/p2p/")]
	return k
}

func (k *keeperProcess) start() {
	k.w.t.Helper()
	k.process = k.w.start("kith-mailbox", "--home", k.home, "--json", "serve", "--listen", k.at, "--page", k.page)
}

// stop has the keeper tell all that it tells, which is kept, and ends it.
func (k *keeperProcess) stop() {
	k.w.t.Helper()
	for _, path := range []string{"/", "/metrics", "/mailbox"} {
		res, err := http.Get("http://" + k.page + path) //nolint:noctx // ended by hand
		if err != nil {
			k.w.t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			k.w.t.Fatal(err)
		}
		k.w.logs.Write(b)
	}
	for _, args := range [][]string{{"--json", "status"}, {"status"}, {"check"}} {
		out, err := k.w.command("kith-mailbox", append([]string{"--home", k.home}, args...)...).CombinedOutput()
		if err != nil {
			k.w.t.Fatalf("%q: %v: %s", args, err, out)
		}
		k.w.logs.Write(out)
	}
	k.end(os.Interrupt)
	k.w.logs.Write(k.errs.Bytes())
}

func (k *keeperProcess) link() string { return field(k.first, "pair").(string) }

func (k *keeperProcess) file() string { return filepath.Join(k.home, "mailbox") }

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Two homes that are never on together, and a mailbox that is killed, and later set back to yesterday: everything arrives,
// the loss is noticed and made good, and who has the mailbox's disk, its log, its page and its counts finds nothing that anybody typed or
// gave, no id and no day.
func TestT38NeverOnTogether(t *testing.T) {
	w := newWorld(t)
	k := w.keeper("keeper")
	ade, bev := w.friends(k.link())

	ade.up()
	first := ade.write("Zephyrine", "2061-12-04", "2061-12-05")
	ade.down()
	k.end(os.Kill)
	k.start()
	bev.up()
	bev.reads(first)
	yesterday := filepath.Join(w.dir, "yesterday")
	if out, err := w.command("kith-mailbox", "--home", k.home, "backup", yesterday).CombinedOutput(); err != nil {
		t.Fatalf("backup: %v: %s", err, out)
	}
	second := bev.write("Zephyrine", "2061-12-11", "2061-12-12")
	will := bev.album("Grannys-will.pdf", "Chestnut and walnut, for the twins")
	bev.until("all of the file in the mailbox", func(any) bool { return bev.inMailbox(will) }, "mailboxes")
	bev.down()

	k.end(os.Interrupt)
	copyFile(t, yesterday, k.file())
	k.start()
	bev.up()
	bev.until("the loss noticed", func(v any) bool { return field(v, 0, "reached") != nil }, "mailboxes")
	bev.until("put back", func(v any) bool { return field(v, "delivery", "mailbox") == true }, "sleepover", "show", second)
	bev.down()
	ade.up()
	ade.reads(second)
	ade.down()
	k.stop()
	w.searches(k)
}

// says is what a verb says to somebody who reads it.
func (p *person) says(args ...string) string {
	p.w.t.Helper()
	out, err := p.w.command("kithctl", append([]string{"--home", p.home}, args...)...).Output()
	if err != nil {
		p.w.t.Fatalf("kithctl %q: %v", args, err)
	}
	return string(out)
}

// Two homes that are never on together, and the truth about delivery: on this computer, in the mailbox, on the other's computer by its
// own word, opened by the other. At no step is more said than that, and the keeper's disk tells nothing of it.
func TestReceiptsNeverOnTogether(t *testing.T) {
	w := newWorld(t)
	k := w.keeper("keeper")
	ade, bev := w.friends(k.link())
	member := field(bev.do("members"), 0, "member")
	if name := field(bev.do("members"), 0, "name"); name != "Bevangeline" {
		member = field(bev.do("members"), 1, "member")
	}

	ade.do("policy", "--seen", "shown")
	id := ade.text([]any{"sleepover"}, "sleepover", "ask", "--child", "Zephyrine", "--from", "2061-12-04", "--to", "2061-12-05", "--kind", "planned")
	w.said = append(w.said, "Zephyrine", "2061-12-04")
	is := func(want string) {
		t.Helper()
		if said := ade.says("sleepover", "show", id); !strings.Contains(said, want) {
			t.Errorf("it says %q, want %q", said, want)
		}
	}
	delivered := func(mailbox bool, devices float64, seen ...any) func(any) bool {
		return func(v any) bool {
			d, _ := field(v, "delivery").(map[string]any)
			all, _ := d["seen"].([]any)
			return d["stored"] == true && d["mailbox"] == mailbox && d["devices"] == devices && d["of"] == 1.0 && slices.Equal(all, seen)
		}
	}
	if v := ade.do("sleepover", "show", id); !delivered(false, 0)(v) {
		t.Errorf("before anything: %v", field(v, "delivery"))
	}
	is("Saved on this computer.")

	ade.up()
	ade.until("in the mailbox", delivered(true, 0), "sleepover", "show", id)
	is("Left in the mailbox")
	ade.down()

	bev.do("sync", "--for", "20s")
	bev.reads(id)
	ade.up()
	ade.until("on the other's computer", delivered(true, 1), "sleepover", "show", id)
	is("Bevangeline has it.")
	ade.down()

	bev.do("sleepover", "show", id, "--opened")
	bev.do("sync", "--for", "20s")
	ade.up()
	ade.until("opened", delivered(true, 1, member), "sleepover", "show", id)
	is("Seen by Bevangeline.")
	ade.down()
	k.stop()
	w.searches(k)
}

// Two homes that are never on together become one group: the invite, the request, the yes and the history wait in the mailbox,
// whose program is killed and begun anew between every two steps. The newcomer was told eight words and a place, and nothing
// else. Who has the mailbox's disk finds nothing of it.
func TestT34NeverOnTogether(t *testing.T) {
	w := newWorld(t)
	k := w.keeper("keeper")
	ade, bev := w.person("Adeyinka"), w.person("Bevangeline")
	again := func(p *person) {
		t.Helper()
		p.down()
		k.end(os.Kill)
		k.start()
	}
	ade.up()
	g := ade.text([]any{"group"}, "group", "create", "--kind", "family", "--name", "Rowanberry Lane")
	ade.do("mailbox", "pair", k.link())
	first := ade.write("Zephyrine", "2061-12-04", "2061-12-05")
	inv := ade.do("invite", "--role", "member", "--history", "all", "--words", "--note", "Bevangeline from choir")
	words, _ := field(inv, "words").([]any)
	if len(words) != 8 || field(inv, "mailbox") != true {
		t.Fatalf("invite = %v, want eight words, in the mailbox", inv)
	}
	ask := []string{"join"}
	for _, word := range words {
		ask = append(ask, word.(string))
	}
	w.said = append(w.said, "Rowanberry Lane", g, strings.TrimPrefix(field(inv, "link").(string), "kith:join#"),
		"from choir", strings.Join(ask[1:], " "))
	again(ade)

	asked := bev.do(append(ask, "--at", field(inv, "at").(string), "--name", "Bevangeline")...)
	verify := fmt.Sprint(field(asked, "verify"))
	bev.up()
	sent := bev.until("left for Adeyinka", func(v any) bool { return field(v, 0, "stage") == "sent" }, "joins")
	if field(sent, 0, "left") == nil || field(sent, 0, "waiting") != "Adeyinka" || field(sent, 0, "group") != "Rowanberry Lane" {
		t.Errorf("joins = %v, want when it was left and for whom", sent)
	}
	again(bev)

	ade.up()
	req := ade.until("a request", func(v any) bool { return field(v, 0, "request") != nil }, "requests")
	if got := fmt.Sprint(field(req, 0, "verify")); got != verify || field(req, 0, "name") != "Bevangeline" {
		t.Errorf("request = %v, want Bevangeline with %s", req, verify)
	}
	ade.do("approve", field(req, 0, "request").(string), "--verified", "voice")
	ade.do("sync")
	again(ade)

	bev.up()
	bev.until("in", func(v any) bool { return field(v, 0, "stage") == "approved" }, "joins")
	bev.reads(first)
	second := bev.write("Zephyrine", "2061-12-11", "2061-12-12")
	again(bev)

	ade.up()
	ade.reads(second)
	members, _ := ade.until("two members", func(v any) bool { l, _ := v.([]any); return len(l) == 2 }, "members").([]any)
	for _, m := range members {
		w.said = append(w.said, field(m, "member").(string))
	}
	for _, p := range []*person{ade, bev} {
		w.said = append(w.said, p.text([]any{"peer"}, "id"))
	}
	again(ade)
	k.stop()
	w.searches(k)
}

// Of two mailboxes one lies: it says that it keeps what it is given, and shows what it had on the first day. Nothing is lost
// by it, and who left something there is told that it is gone.
func TestOneMailboxLies(t *testing.T) {
	w := newWorld(t)
	honest, liar := w.keeper("oak"), w.keeper("elm")
	ade, bev := w.friends(honest.link(), liar.link())
	which := func(v any) any { // the liar's line
		lines, _ := v.([]any)
		for _, l := range lines {
			if strings.Contains(field(l, "addrs", 0).(string), liar.at) {
				return l
			}
		}
		return nil
	}
	firstDay := filepath.Join(w.dir, "first-day")
	liar.end(os.Interrupt)
	copyFile(t, liar.file(), firstDay)
	liar.start()
	ade.up()
	one := ade.write("Zephyrine", "2061-12-04", "2061-12-05")
	ade.until("both reached", func(v any) bool { return field(v, 0, "reached") != nil && field(v, 1, "reached") != nil }, "mailboxes")
	ade.do("sync")
	liar.end(os.Interrupt)
	copyFile(t, firstDay, liar.file())
	liar.start()
	ade.do("sync")
	ade.until("the lie noticed", func(v any) bool { n, _ := field(which(v), "lost").(float64); return n > 0 }, "mailboxes")
	ade.down()
	liar.end(os.Interrupt)
	copyFile(t, firstDay, liar.file())
	liar.start()
	bev.up()
	bev.reads(one)
}

// forms are the ways in which something that was said may lie somewhere: as it is, in small letters, as what its hex or base58
// means, and that and the text in hex and in base 32, 58 and 64; a day also as a number of seconds or milliseconds.
func forms(said string) (all [][]byte) {
	raws := [][]byte{[]byte(said), []byte(strings.ToLower(said))}
	if raw, err := hex.DecodeString(said); err == nil && len(raw) >= 4 {
		raws = append(raws, raw)
	}
	if id, err := peer.Decode(said); err == nil {
		raws = append(raws, []byte(id))
	}
	if day, err := time.Parse(time.DateOnly, said); err == nil {
		for _, n := range []int64{day.Unix(), day.UnixMilli(), day.UnixNano()} {
			raws = append(raws, fmt.Append(nil, n), binary.BigEndian.AppendUint64(nil, uint64(n)), binary.LittleEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // after 1970
		}
		all = append(all, binary.BigEndian.AppendUint32([]byte{0x1a}, uint32(day.Unix()))) //nolint:gosec // as CBOR has it
		raws = append(raws, []byte(day.Format("20060102")), []byte(day.Format("2 January 2006")), []byte(day.Format("02/01/2006")))
	}
	for _, raw := range raws {
		h := hex.EncodeToString(raw)
		all = append(all, raw, []byte(h), []byte(strings.ToUpper(h)), []byte(peer.ID(raw).String())) // which is base58
		for _, e := range []*base32.Encoding{base32.StdEncoding, base32.HexEncoding} {
			text := strings.TrimRight(e.EncodeToString(raw), "=")
			all = append(all, []byte(text), []byte(strings.ToLower(text)))
		}
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			all = append(all, []byte(e.EncodeToString(raw)))
			if len(raw) > 8 { // in the middle of something else it looks otherwise
				for skip := 1; skip < 3; skip++ {
					text := e.EncodeToString(append(make([]byte, skip), raw...))
					all = append(all, []byte(text[4:len(text)/4*4]))
				}
			}
		}
	}
	return all
}

// TestFormsFind: the search finds what is there.
func TestFormsFind(t *testing.T) {
	id := strings.Repeat("5af01cd2", 8)
	raw, err := hex.DecodeString(id)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2061, 12, 4, 0, 0, 0, 0, time.UTC)
	for hay, said := range map[string]string{
		"at " + string(raw): id, "of " + base64.StdEncoding.EncodeToString(append([]byte("ab"), raw...)): id, strings.ToLower(base32.StdEncoding.EncodeToString(raw)): id,
		"x" + peer.ID(raw).String(): id, string(binary.BigEndian.AppendUint64(nil, uint64(day.UnixMilli()))): "2061-12-04", //nolint:gosec // after 1970
		"<a href=zephyrine>": "Zephyrine", hex.EncodeToString([]byte("Zephyrine")): "Zephyrine", fmt.Sprint("at ", day.Unix()): "2061-12-04",
	} {
		if !slices.ContainsFunc(forms(said), func(f []byte) bool { return strings.Contains(hay, string(f)) }) {
			t.Errorf("%q is not found in %q", said, hay)
		}
	}
}

// searches looks for all that was said in every file of the keeper's folder, and in all that it printed, showed or was asked, in
// whatever form.
func (w *world) searches(k *keeperProcess) {
	w.t.Helper()
	file, err := os.ReadFile(k.file())
	if err != nil {
		w.t.Fatal(err)
	}
	hay := append(append([]byte(nil), w.logs.Bytes()...), k.errs.Bytes()...)
	if err := filepath.WalkDir(k.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		hay = append(append(hay, path...), b...)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	if len(w.said) < 10 || len(file) < 1<<16 {
		w.t.Fatalf("%d words to look for in %d bytes", len(w.said), len(file))
	}
	for _, s := range w.said {
		for _, f := range forms(s) {
			if bytes.Contains(hay, f) {
				w.t.Errorf("the keeper holds %q, as %q", s, f)
			}
		}
	}
	self, _ := field(k.first, "addrs", 0).(string)
	for what, mark := range map[string]string{"its address": self, "its file": "identity", "its page": "This mailbox is on", "its metrics": "kith_mailbox_envelopes"} {
		if !bytes.Contains(hay, []byte(mark)) {
			w.t.Errorf("the search does not find what is there: %s, by %q", what, mark)
		}
	}
}
