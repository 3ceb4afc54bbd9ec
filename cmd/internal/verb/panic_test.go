package verb

import (
	"context"
	"strings"
	"testing"

	"kith/app/present"
)

func (f *fake) Panic(_ context.Context, wipe bool) (bool, error) {
	f.mu.Lock()
	f.world.Locked = true
	f.mu.Unlock()
	return wipe, f.note("panic wipe=%v", wipe)
}

func (f *fake) Wipe(context.Context) error {
	err := f.note("wipe")
	if err == nil {
		f.world = present.World{}
	}
	return err
}

// Neither asks for a passphrase: a locked home is locked for good, or taken away, as it stands.
func TestPanicAndWipe(t *testing.T) {
	for _, c := range []struct {
		args, out, code, asked string
		fail                   string
		exit                   int
	}{
		{args: "panic", out: `{"locked":true,"wiped":false}`, asked: "panic wipe=false"},
		{args: "panic --yes", out: `{"locked":true,"wiped":true}`, asked: "panic wipe=true"},
		{args: "panic", fail: "E_PANIC_WIPES", code: "E_PANIC_WIPES", exit: 3, asked: "panic wipe=false"},
		{args: "panic", fail: "E_KEYCHAIN_KEPT", code: "E_KEYCHAIN_KEPT", exit: 5, asked: "panic wipe=false"},
		{args: "panic now", code: "E_USAGE", exit: 2},
		{args: "wipe", code: "E_USAGE", exit: 2},
		{args: "wipe --yes", out: `{"wiped":true}`, asked: "wipe"},
		{args: "wipe --yes", fail: "E_WIPE_LEFT", code: "E_WIPE_LEFT", exit: 1, asked: "wipe"},
	} {
		f := newFake()
		if c.fail != "" {
			f.fail = &fault{c.fail, "x"}
		}
		h := f.host()
		h.Getenv = env(nil) // no passphrase anywhere
		r := f.run(t, h, append([]string{"--home", t.TempDir(), "--json"}, strings.Fields(c.args)...)...)
		if r.exit != c.exit || strings.TrimSpace(r.out) != c.out || r.errorInJSON.Code != c.code || lastOf(f.asked) != c.asked {
			t.Errorf("%s = %d %s %s, asked %q; want %d %s%s, asked %q", c.args, r.exit, r.out, r.errs, lastOf(f.asked), c.exit, c.out, c.code, c.asked)
		}
	}
	f := newFake()
	f.world = present.World{}
	if r := f.kithctl(t, "wipe", "--yes"); r.exit != 4 || r.errorInJSON.Code != "E_NO_HOME" {
		t.Errorf("wipe of nobody = %d %s, want 4 E_NO_HOME", r.exit, r.errs)
	}
	if r := f.run(t, f.host(), "--home", scratch(t)+"/none", "--json", "panic"); r.exit != 0 || r.out != `{"locked":true,"wiped":false}`+"\n" {
		t.Errorf("panic in no home = %d %s", r.exit, r.out)
	}
	if r := f.run(t, f.host(), "--home", scratch(t)+"/none", "--json", "wipe", "--yes"); r.exit != 4 {
		t.Errorf("wipe of no home = %d %s", r.exit, r.out)
	}
}
