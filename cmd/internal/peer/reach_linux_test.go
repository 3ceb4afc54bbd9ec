package peer_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A town is a small internet in network namespaces of its own: two homes, each behind a router, and a mailbox in the open.
// Addresses of that internet look public, since private ones are dealt with differently.
//
//	ann 192.168.1.2 – ra 45.10.0.1 –+
//	                                +– box 45.10.0.9
//	bob 192.168.2.2 – rb 45.10.0.2 –+
type town struct {
	t    *testing.T
	name string // before that of each namespace
}

// raise builds the town; each home's router lets out what its rule says, and takes in nothing that was not asked for.
func raise(t *testing.T, name, ann, bob string) town {
	t.Helper()
	w := town{t, name}
	w.sh(`
		for n in wan ra rb ann bob box; do ip netns add $p$n; ip -n $p$n link set lo up; done
		ip -n ${p}wan link add name br0 type bridge
		ip -n ${p}wan link set br0 up
		plug() {
			ip -n $p$1 link add name $2 type veth peer name w$1 netns ${p}wan
			ip -n ${p}wan link set w$1 master br0 up
			ip -n $p$1 addr add $3/16 dev $2
			ip -n $p$1 link set $2 up
		}
		plug ra wan 45.10.0.1; plug rb wan 45.10.0.2; plug box eth0 45.10.0.9
		home() {
			ip -n $p$1 link add name eth0 type veth peer name lan netns $p$2
			ip -n $p$1 addr add $3.2/24 dev eth0; ip -n $p$1 link set eth0 up
			ip -n $p$2 addr add $3.1/24 dev lan; ip -n $p$2 link set lan up
			ip -n $p$1 route add default via $3.1
			nsenter --net=/run/netns/$p$2 sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
		}
		home ann ra 192.168.1; home bob rb 192.168.2`)
	w.rule("ra", ann)
	w.rule("rb", bob)
	return w
}

// What a router does with what goes out. The masquerade of the second finds a new port for every way out, as some do.
const (
	ordinary = "masquerade; accept"
	hard     = "masquerade fully-random; accept"
	noUDP    = "masquerade; meta l4proto udp drop; accept"
	webAlone = "masquerade; tcp dport 443 accept; drop"
)

// rule gives a router the rule.
func (w town) rule(router, rule string) {
	w.t.Helper()
	nat, out, _ := strings.Cut(rule, "; ")
	var pass string
	for _, s := range strings.Split(out, "; ") {
		pass += "\n\t\tiifname lan oifname wan " + s
	}
	table := "table ip nat {\n\tchain post {\n\t\ttype nat hook postrouting priority 100\n\t\toifname wan " + nat + "\n\t}\n}\n" +
		"table ip f {\n\tchain pass {\n\t\ttype filter hook forward priority 0; policy drop;\n\t\tct state established,related accept" + pass + "\n\t}\n" +
		"\tchain inp {\n\t\ttype filter hook input priority 0; policy accept;\n\t\tiifname wan ct state new drop\n\t}\n}\n"
	w.sh("nsenter --net=/run/netns/${p}" + router + " nft -f - <<'END'\n" + table + "END")
}

func (w town) sh(script string) {
	w.t.Helper()
	run(w.t, []string{"p=" + w.name + "-"}, "sh", "-ec", script)
}

// at is a command inside one of the town's places.
func (w town) at(place, name string, args ...string) []string {
	return append([]string{"nsenter", "--net=/run/netns/" + w.name + "-" + place, name}, args...)
}

// live runs a program at a place until stop, once it has written ready.
func (w town) live(place, ready string, env []string, name string, args ...string) (stop func()) {
	w.t.Helper()
	_, stop = w.begin(place, ready, env, name, args...)
	return stop
}

// begin is live, with the process.
func (w town) begin(place, ready string, env []string, name string, args ...string) (p *os.Process, stop func()) {
	w.t.Helper()
	all := w.at(place, name, args...)
	c := exec.Command(all[0], all[1:]...) //nolint:gosec // our own binaries
	c.Env = append(os.Environ(), env...)
	var out tail
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = c.Process.Signal(os.Interrupt)
		if err := c.Wait(); err != nil {
			w.t.Errorf("%s at %s ended with %v\n%s", filepath.Base(name), place, err, out.String())
		}
	})
	w.t.Cleanup(stop)
	wait(w.t, filepath.Base(name)+" at "+place, func() bool { return strings.Contains(out.String(), ready) })
	return c.Process, stop // nsenter has become the program
}

// tail keeps what a program says.
type tail struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (o *tail) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(b)
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// serveAt keeps a home's peer running at a place of the town.
func (k teller) serveAt(w town, more ...string) (stop func()) {
	k.t.Helper()
	args := append([]string{"--home", k.home(), "--json", "serve"}, more...)
	return w.live(k.name, "listening", k.env(), filepath.Join(k.dir, "bin", "kithctl"), args...)
}

// keepBox keeps the mailbox of the town running.
func keepBox(w town, dir string, bin string, listen ...string) (stop func()) {
	args := []string{"--home", filepath.Join(dir, "home-box"), "serve"}
	if len(listen) == 0 {
		args = append(args, "--port", "443")
	}
	for _, l := range listen {
		args = append(args, "--listen", l)
	}
	return w.live("box", "/p2p/", nil, filepath.Join(bin, "kith-mailbox"), args...)
}

// paths is how the computers that are not this one are reached.
func (k teller) paths() (all []string) {
	k.t.Helper()
	var l []struct {
		Here bool
		Path string
	}
	if err := json.Unmarshal(k.do("devices"), &l); err != nil {
		k.t.Fatal(err)
	}
	for _, d := range l {
		if !d.Here {
			all = append(all, d.Path)
		}
	}
	return all
}

// two is the homes of the story and the thread in which they write.
type two struct {
	ann, bob teller
	thread   string
}

// prepare has ann found a group with a mailbox and let bob in, both in her house, and leaves it all on the disk.
func prepare(t *testing.T, dir string) two {
	w := raise(t, "s", ordinary, ordinary)
	s := two{ann: teller{t, dir, "ann"}, bob: teller{t, dir, "bob"}}
	bin := filepath.Join(dir, "bin")
	stopBox := keepBox(w, dir, bin)
	s.ann.do("init", "--name", "Quillon")
	s.bob.do("init", "--name", "Marlowby")
	stopAnn := s.ann.serveAt(w, "--listen", "/ip4/127.0.0.1/tcp/0")
	inside := teller{t, dir, "bob"}
	stopBob := w.live("ann", "listening", inside.env(), filepath.Join(bin, "kithctl"), "--home", inside.home(), "--json", "serve", "--listen", "/ip4/127.0.0.1/tcp/0")
	var pairing struct{ Link string }
	if err := json.Unmarshal(run(t, nil, filepath.Join(bin, "kith-mailbox"), "--home", filepath.Join(dir, "home-box"), "--json", "pair"), &pairing); err != nil {
		t.Fatal(err)
	}
	g := s.ann.field("group", "group", "create", "--kind", "family", "--name", "Thistledown")
	s.ann.do("mailbox", "pair", pairing.Link)
	s.bob.do("join", s.ann.field("link", "invite", "--group", g, "--note", "Marlowby"), "--name", "Marlowby")
	var requests []struct{ Request string }
	wait(t, "the request", func() bool {
		return json.Unmarshal(s.ann.do("requests", "--group", g), &requests) == nil && len(requests) == 1
	})
	s.ann.do("approve", requests[0].Request, "--verified", "voice")
	wait(t, "being in", func() bool { return bytes.Contains(s.bob.do("groups"), []byte(g)) })
	s.thread = s.ann.field("thread", "thread", "new", "--group", g, "--title", "the blue door")
	wait(t, "the thread, and the mailbox", func() bool {
		return bytes.Contains(s.bob.do("threads"), []byte(s.thread)) && bytes.Contains(s.bob.do("mailboxes"), []byte("/p2p/"))
	})
	stopBob()
	stopAnn()
	stopBox()
	return s
}

// copied is the same homes in a folder of their own: as if the story had been prepared there.
func (s two) copied(t *testing.T, dir string) two {
	t.Helper()
	for _, home := range []string{"home-ann", "home-bob", "home-box"} {
		from := filepath.Join(s.ann.dir, home)
		err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			rel, e := filepath.Rel(from, path)
			if err = errors.Join(err, e); err != nil {
				return err
			}
			to := filepath.Join(dir, home, rel)
			if d.IsDir() {
				return os.MkdirAll(to, 0o700)
			}
			if !d.Type().IsRegular() {
				return nil
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(to, b, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(s.ann.dir, "bin"), filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	return two{ann: teller{t, dir, "ann"}, bob: teller{t, dir, "bob"}, thread: s.thread}
}

// post writes in the thread and waits until the other has it.
func (s two) post(from, to teller, text string) {
	from.t.Helper()
	from.do("post", "--thread", s.thread, text)
	s.arrives(to, text)
}

func (s two) arrives(to teller, text string) {
	to.t.Helper()
	wait(to.t, text, func() bool { return bytes.Contains(to.do("thread", "show", s.thread), []byte(text)) })
}

// TestTwoHomes plays two families behind routers, with a mailbox in the open, all of them real processes in networks of
// their own: directly where that can be, through the mailbox's keeper where it must be, over the web's own port where no
// other is open, and by what was left in the mailbox where they are never on together.
func TestTwoHomes(t *testing.T) {
	if card := os.Getenv(watching); card != "" {
		packets(t, card)
	}
	if os.Getenv(inside) == "" {
		outsideTown(t)
		return
	}
	run(t, nil, "mount", "-t", "tmpfs", "tmpfs", "/run")
	story := prepare(t, os.Getenv(inside))
	bin := filepath.Join(os.Getenv(inside), "bin")
	for i, c := range []struct {
		name     string
		ann, bob string
		box      []string // where the mailbox listens, if not everywhere
		want     string
	}{
		{"ordinary routers", ordinary, ordinary, nil, "direct"},
		{"no UDP in either house", noUDP, noUDP, nil, "direct"},
		{"no UDP in one house", noUDP, ordinary, nil, "relayed"},
		{"routers that cannot be got through", hard, hard, nil, "relayed"},
		{"the web's port alone", webAlone, webAlone, []string{"/ip4/0.0.0.0/tcp/443/ws"}, "relayed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := raise(t, fmt.Sprint("c", i), c.ann, c.bob)
			s := story.copied(t, t.TempDir())
			keepBox(w, s.ann.dir, bin, c.box...)
			s.ann.serveAt(w)
			s.bob.serveAt(w)
			var ann, bob []string
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("ann reaches the others so: %q; bob: %q; the mailbox: %s", ann, bob, s.ann.do("mailboxes"))
				}
			})
			wait(t, "the way "+c.want, func() bool {
				ann, bob = s.ann.paths(), s.bob.paths()
				return slices.Equal(ann, []string{c.want}) && slices.Equal(bob, []string{c.want})
			})
			s.post(s.ann, s.bob, "from one house to the other")
			s.post(s.bob, s.ann, "and back again")
		})
	}
	t.Run("never on together", func(t *testing.T) {
		t.Parallel()
		w := raise(t, "n", noUDP, hard)
		s := story.copied(t, t.TempDir())
		keepBox(w, s.ann.dir, bin)
		stop := s.ann.serveAt(w)
		s.ann.do("post", "--thread", s.thread, "left for later")
		s.ann.do("sync")
		stop()
		stop = s.bob.serveAt(w)
		s.arrives(s.bob, "left for later")
		s.bob.do("post", "--thread", s.thread, "answered at night")
		s.bob.do("sync")
		stop()
		s.ann.serveAt(w)
		s.arrives(s.ann, "answered at night")
	})
	t.Run("asleep while the address changes", func(t *testing.T) {
		t.Parallel()
		asleep(t, story.copied(t, t.TempDir()), bin)
	})
	t.Run("through the mailbox alone", func(t *testing.T) {
		t.Parallel()
		throughMailbox(t, story.copied(t, t.TempDir()), bin)
	})
}

// asleep has one of two who are connected sleep in the middle of what the other writes, and wake in a house whose router has
// another address by then: they find one another again, on one way, and everything comes once.
func asleep(t *testing.T, s two, bin string) {
	w := raise(t, "f", ordinary, ordinary)
	keepBox(w, s.ann.dir, bin)
	s.ann.serveAt(w)
	bob, _ := w.begin("bob", "listening", s.bob.env(), filepath.Join(bin, "kithctl"), "--home", s.bob.home(), "--json", "serve")
	direct := func() bool {
		return slices.Equal(s.ann.paths(), []string{"direct"}) && slices.Equal(s.bob.paths(), []string{"direct"})
	}
	wait(t, "the direct way", direct)
	s.post(s.ann, s.bob, "before the sleep")
	s.ann.do("post", "--thread", s.thread, "in the middle")
	if err := bob.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.ann.do("post", "--thread", s.thread, "while he sleeps")
	w.sh(`ip -n ${p}rb addr del 45.10.0.2/16 dev wan; ip -n ${p}rb addr add 45.10.0.7/16 dev wan`)
	if err := bob.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.arrives(s.bob, "in the middle")
	s.arrives(s.bob, "while he sleeps")
	s.post(s.bob, s.ann, "awake again")
	wait(t, "the direct way again", direct)
	for _, text := range []string{"before the sleep", "in the middle", "while he sleeps", "awake again"} {
		for _, k := range []teller{s.ann, s.bob} {
			if n := bytes.Count(k.do("thread", "show", s.thread), []byte(text)); n != 1 {
				t.Errorf("%s has %q %d times", k.name, text, n)
			}
		}
	}
}

// throughMailbox has a group that met directly meet through its mailbox alone: from then on not a packet goes from one house
// to the other, nothing is called out in either, and no door is open.
func throughMailbox(t *testing.T, s two, bin string) {
	w := raise(t, "m", ordinary, ordinary)
	keepBox(w, s.ann.dir, bin)
	ann, bob := w.watch("ann"), w.watch("bob")
	s.ann.serveAt(w, "--nearby")
	s.bob.serveAt(w, "--nearby")
	wait(t, "the direct way", func() bool { return slices.Equal(s.ann.paths(), []string{"direct"}) })
	wait(t, "the capture to see what is to end", func() bool {
		seen := ann.String()
		return strings.Contains(seen, "> 224.0.0.251.5353") && strings.Contains(seen, "> 45.10.0.2.") && w.doors("ann") != "" && w.doors("bob") != ""
	})
	s.ann.do("policy", "--reach", "mailbox")
	wait(t, "the new rule at the other's", func() bool { return bytes.Contains(s.bob.do("policy"), []byte(`"reach":"mailbox"`)) })
	wait(t, "closed doors", func() bool {
		return w.doors("ann") == "" && w.doors("bob") == "" && slices.Equal(s.ann.paths(), []string{""}) && slices.Equal(s.bob.paths(), []string{""})
	})
	// What was under way may end: from here on the captures are to show nothing else.
	from, quiet := map[*tail]int{ann: 0, bob: 0}, 0
	wait(t, "quiet", func() bool {
		quiet++
		for c, n := range from {
			now := len(strays(c.String()))
			if now != n {
				from[c], quiet = now, 0
			}
		}
		return quiet > 10 // looks, a tenth of a second between two
	})
	for _, text := range []string{"left by ann", "left by ann once more"} {
		s.ann.do("post", "--thread", s.thread, text)
		s.ann.do("sync")
		s.bob.do("sync")
		s.arrives(s.bob, text)
	}
	s.bob.do("post", "--thread", s.thread, "left by bob")
	s.bob.do("sync")
	s.ann.do("sync")
	s.arrives(s.ann, "left by bob")
	for c, n := range from {
		if all := strays(c.String()); len(all) > n {
			t.Errorf("%d packets that are not to or from the mailbox, such as %s", len(all)-n, all[n])
		}
		if !strings.Contains(c.String(), "> 45.10.0.9.443") {
			t.Error("the capture has nothing to the mailbox: it proves nothing")
		}
	}
	if got := w.doors("ann") + w.doors("bob"); got != "" {
		t.Errorf("doors are open again: %s", got)
	}
}

// watch writes down, a line each, the packets that go to and from a house, but for those by which the kernel finds its
// neighbours. It is this test itself, run there: tcpdump wants rights that root of a namespace has not.
func (w town) watch(place string) *tail {
	w.t.Helper()
	all := w.at(place, os.Args[0], "-test.run=^TestTwoHomes$")
	c := exec.Command(all[0], all[1:]...) //nolint:gosec // our own binary
	c.Env = append(os.Environ(), watching+"=eth0")
	var out tail
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	wait(w.t, "the capture", func() bool { return strings.Contains(out.String(), watching) })
	return &out
}

// watching is set, to the name of an interface, for the child that writes down packets.
const watching = "KITH_TEST_WATCHING"

// packets writes a line for each packet of an interface, until it is killed.
func packets(t *testing.T, name string) {
	const all = 0x0300 // ETH_P_ALL in network order
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, all)
	if err != nil {
		t.Fatal(err)
	}
	card, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: all, Ifindex: card.Index}); err != nil {
		t.Fatal(err)
	}
	fmt.Println(watching)
	buf := make([]byte, 1<<17)
	for {
		n, _, err := syscall.Recvfrom(fd, buf, 0)
		if err != nil && err != syscall.EINTR {
			t.Fatal(err)
		}
		if line := packetLine(buf[:max(0, n)]); line != "" {
			fmt.Println(line)
		}
	}
}

// packetLine says from where to where a packet goes; empty for what asks who has which address on this wire, or says that it
// left a group of such.
func packetLine(b []byte) string {
	const header, udp, tcp, igmp, icmp6 = 14, 17, 6, 2, 58
	if len(b) < header {
		return ""
	}
	var from, to netip.Addr
	var kind byte
	rest := b[header:]
	switch binary.BigEndian.Uint16(b[12:]) {
	case 0x0806: // ARP
		return ""
	case 0x0800:
		if len(rest) < 20 {
			return "a short packet"
		}
		from, to, kind = netip.AddrFrom4([4]byte(rest[12:])), netip.AddrFrom4([4]byte(rest[16:])), rest[9]
		rest = rest[min(len(rest), 4*int(rest[0]&15)):]
		if kind == igmp { // likewise
			return ""
		}
	case 0x86dd:
		if len(rest) < 40 {
			return "a short packet"
		}
		from, to, kind = netip.AddrFrom16([16]byte(rest[8:])), netip.AddrFrom16([16]byte(rest[24:])), rest[6]
		if kind == icmp6 || kind == 0 { // the neighbours of version 6, and groups that are joined
			return ""
		}
		rest = rest[40:]
	default:
		return fmt.Sprintf("something of kind %x", b[12:14])
	}
	if kind != udp && kind != tcp || len(rest) < 4 {
		return fmt.Sprintf("%v > %v of kind %d", from, to, kind)
	}
	return fmt.Sprintf("%v.%d > %v.%d", from, binary.BigEndian.Uint16(rest), to, binary.BigEndian.Uint16(rest[2:]))
}

// strays are the lines of packets that are neither to nor from the mailbox.
func strays(capture string) (all []string) {
	for line := range strings.Lines(capture) {
		if !strings.HasPrefix(line, watching) && !strings.Contains(line, "45.10.0.9") {
			all = append(all, line)
		}
	}
	return all
}

// doors are the ports of a house at which somebody listens.
func (w town) doors(place string) string {
	w.t.Helper()
	all := w.at(place, "ss", "-Hltn")
	return string(run(w.t, nil, all[0], all[1:]...))
}

// outsideTown builds the programs and starts the test again where it may make networks of its own.
func outsideTown(t *testing.T) {
	for _, tool := range []string{"unshare", "nsenter", "ip", "ss", "nft", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing on this machine; make test installs it", tool)
		}
	}
	dir := t.TempDir()
	run(t, nil, "go", "build", "-o", filepath.Join(dir, "bin")+"/", "kith/cmd/kithctl", "kith/cmd/kith-mailbox")
	child := exec.Command("unshare", "--map-root-user", "--net", "--mount", os.Args[0], "-test.run=^TestTwoHomes$", "-test.v", "-test.timeout=4m", "-test.parallel=8") //nolint:gosec // our own binary
	child.Env = append(os.Environ(), inside+"="+dir)
	out, err := child.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
