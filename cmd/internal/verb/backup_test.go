package verb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kith/app/present"
)

func (f *fake) Backup(_ context.Context, path, pass string) (present.Saved, error) {
	return present.Saved{Groups: 1, Envelopes: 7, Bytes: 2_048}, f.note("%s", strings.TrimSpace("backup "+filepath.Base(path)+" "+pass))
}

func (f *fake) Restore(_ context.Context, r present.Restoring) (present.Restored, error) {
	out := present.Restored{Name: "Ade", Groups: []present.RestoredGroup{{ID: oak, Waits: true}, {ID: elm}}, Envelopes: 9, LeftOut: 2}
	return out, f.note("restore %s %q %q keychain=%v", filepath.Base(r.File), r.Opens, r.Passphrase, r.Keychain)
}

func TestBackup(t *testing.T) {
	f := newFake()
	h := f.host()
	h.Cwd = t.TempDir()
	r := f.run(t, h, "--home", t.TempDir(), "--json", "backup", "kith.backup")
	want := fmt.Sprintf(`{"file":%q,"groups":1,"envelopes":7,"bytes":2048,"opens":"words"}`+"\n", filepath.Join(h.Cwd, "kith.backup"))
	if r.exit != 0 || r.out != want || lastOf(f.asked) != "backup kith.backup" {
		t.Errorf("backup = %d %s %s, want %s", r.exit, r.out, r.errs, want)
	}
	for code, exit := range map[string]int{"E_FILE_EXISTS": 3, "E_DISK_FULL": 1, "E_DISK": 1} {
		f.fail = &fault{code, "x"}
		if r := f.kithctl(t, "backup", "x"); r.exit != exit || r.errorInJSON.Code != code {
			t.Errorf("backup with %s = %d %s, want %d", code, r.exit, r.errs, exit)
		}
	}
	h.Getenv = env(map[string]string{"KITH_PASSPHRASE": f.pass, "KITH_BACKUP_PASSPHRASE": "plum kettle"})
	r = f.run(t, h, "--home", t.TempDir(), "--json", "backup", "--passphrase", "kith.backup")
	if r.exit != 0 || !strings.Contains(r.out, `"opens":"passphrase"`) || lastOf(f.asked) != "backup kith.backup plum kettle" {
		t.Errorf("backup by passphrase = %d %s %s, asked %q", r.exit, r.out, r.errs, lastOf(f.asked))
	}
	if r := f.kithctl(t, "backup", "--passphrase", "x"); r.exit != 2 {
		t.Errorf("backup by a passphrase that nobody said = %d %s", r.exit, r.errs)
	}
	typed := []string{"plum kettle", "plum kettle", "plum kettle", "plum", "", ""}
	h.Getenv = env(nil)
	h.Passphrase = func(string) (string, error) { p := typed[0]; typed = typed[1:]; return p, nil }
	for _, exit := range []int{0, 2, 2} {
		if r := f.run(t, h, "--home", t.TempDir(), "backup", "--passphrase", "y"); r.exit != exit {
			t.Errorf("backup by what was typed = %d %s, want %d", r.exit, r.errs, exit)
		}
	}
	if r := f.kithctl(t, "backup"); r.exit != 2 {
		t.Errorf("backup of no name = %d", r.exit)
	}
}

func TestRestore(t *testing.T) {
	empty := func() *fake { f := newFake(); f.world = present.World{}; return f }
	with := func(f *fake, words string) Host {
		h := f.host()
		h.Getenv = env(map[string]string{"KITH_PASSPHRASE": "one two three", "KITH_KEYCHAIN": "none", "KITH_WORDS": words})
		return h
	}
	f := empty()
	// The home is not there yet: restore makes one, as init does.
	r := f.run(t, with(f, "a b c"), "--home", scratch(t)+"/new", "--json", "restore", "kith.backup")
	want := `{"name":"Ade","groups":[{"group":"` + oak.String() + `","waits":true},{"group":"` + elm.String() + `","waits":false}],"envelopes":9,"leftOut":2}` + "\n"
	if r.exit != 0 || r.out != want || lastOf(f.asked) != `restore kith.backup "a b c" "one two three" keychain=false` {
		t.Errorf("restore = %d %s %s, asked %q", r.exit, r.out, r.errs, lastOf(f.asked))
	}
	f = empty()
	r = f.run(t, with(f, "a b c"), "--home", t.TempDir(), "restore", "kith.backup")
	for _, say := range []string{"Welcome back, Ade.", "lets this computer in", "ask for a new invitation", "2 things could not be used"} {
		if !strings.Contains(r.out, say) {
			t.Errorf("restore said %q, want %q in it", r.out, say)
		}
	}
	for code, exit := range map[string]int{
		"E_NO_FILE": 4, "E_NOT_BACKUP": 6, "E_BACKUP_WORDS": 5, "E_BACKUP_DAMAGED": 6, "E_BACKUP_NEWER": 6, "E_WORD": 2, "E_WORDS_CHECK": 2,
	} {
		f := empty()
		f.fail = &fault{code, "x"}
		if r := f.run(t, with(f, "a"), "--home", t.TempDir(), "--json", "restore", "x"); r.exit != exit || r.errorInJSON.Code != code || r.out != "" {
			t.Errorf("restore with %s = %d %s, want %d", code, r.exit, r.errs, exit)
		}
	}
	f = newFake()
	if r := f.run(t, with(f, "a"), "--home", t.TempDir(), "--json", "restore", "x"); r.exit != 3 || r.errorInJSON.Code != "E_HOME_EXISTS" {
		t.Errorf("restore over a person = %d %s, want 3 E_HOME_EXISTS", r.exit, r.errs)
	}
	f = empty()
	if r := f.run(t, with(f, ""), "--home", t.TempDir(), "--json", "restore", "x"); r.exit != 2 || r.errorInJSON.Code != "E_WORD_COUNT" {
		t.Errorf("restore without words = %d %s, want 2 E_WORD_COUNT", r.exit, r.errs)
	}
	h := with(f, "")
	h.Passphrase = func(prompt string) (string, error) {
		if strings.Contains(prompt, "words") {
			return "typed words", nil
		}
		return "", errors.New("asked for a passphrase that is there")
	}
	if r := f.run(t, h, "--home", t.TempDir(), "--json", "restore", "x"); r.exit != 0 || !strings.Contains(lastOf(f.asked), `"typed words"`) {
		t.Errorf("restore with typed words = %d %s, asked %q", r.exit, r.errs, lastOf(f.asked))
	}
}
