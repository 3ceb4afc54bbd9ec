package verb

import (
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/store/kp1"
)

func TestMailboxVerbs(t *testing.T) {
	at := now.Add(-time.Minute)
	f := newFake()
	f.mailboxes = []Mailbox{
		{Peer: "12D3oak", Addrs: []string{"/dns4/oakhouse.example/tcp/443"}, Reached: at},
		{Peer: "12D3elm", Addrs: []string{}, Trouble: "E_MAILBOX_FULL", Lost: 2},
	}
	f.world.Hosted = present.Hosted{On: true, Port: 24117, Bytes: 32768, Most: 1_000_000_000, For: []kp1.GID{f.world.Groups[0].ID}}
	for _, c := range []struct{ name, args, want, asked string }{
		{"a link that was cut into lines", "mailbox pair kith:mailbox#ab cd", `[{"mailbox":"12D3oak"`, "pair a001 kith:mailbox#ab cd at "},
		{"words", "mailbox pair --at oakhouse.example a b c d e f g h", `"trouble":"E_MAILBOX_FULL","lost":2}]`, "pair a001 a b c d e f g h at oakhouse.example"},
		{"list", "mailboxes", `"reached":"` + at.UTC().Format(time.RFC3339) + `"`, ""},
		{"keep", "mailbox keep on", `{"on":true,"listening":false,"groups":["`, "keep a001 true"},
		{"keep no more", "mailbox keep off --yes", `"most":1000000000`, "keep a001 false"},
		{"kept", "mailbox keep status", `"bytes":32768`, ""},
		{"drop", "mailbox drop 12D3elm", `"op":`, "drop a001 12D3elm"},
	} {
		f.asked = nil
		r := f.kithctl(t, strings.Fields(c.args)...)
		if r.exit != 0 || !strings.Contains(r.out, c.want) {
			t.Errorf("%s: %q gives %+v, want %s", c.name, c.args, r, c.want)
		}
		if got := strings.Join(f.asked, "; "); got != c.asked {
			t.Errorf("%s: asked %q, want %q", c.name, got, c.asked)
		}
	}
	plain := f.run(t, f.host(), "--home", t.TempDir(), "mailboxes")
	for _, says := range []string{"12D3oak  Last reached at", "12D3elm  Not reached yet. It takes nothing more for now.", "It had lost 2 things."} {
		if !strings.Contains(plain.out, says) {
			t.Errorf("mailboxes says %q, and not %q", plain.out, says)
		}
	}
	for _, args := range []string{"mailbox keep", "mailbox keep off", "mailbox keep maybe", "mailbox pair", "mailbox drop", "mailbox pair a b c d e f g h i"} {
		if r := f.kithctl(t, strings.Fields(args)...); r.exit != 2 {
			t.Errorf("%q gives %+v, want exit 2", args, r)
		}
	}
	kept := f.run(t, f.host(), "--home", t.TempDir(), "mailbox", "keep", "status")
	for _, says := range []string{"This computer keeps messages for ", "It begins when Kith is open here", "at most 1 GB for each group"} {
		if !strings.Contains(kept.out, says) {
			t.Errorf("mailbox keep status says %q, and not %q", kept.out, says)
		}
	}
}
