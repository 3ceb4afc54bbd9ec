package platform

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStartupFiles: what each system is given, with names of folders that have every sign that means something there.
func TestStartupFiles(t *testing.T) {
	env := func(set map[string]string) func(string) string { return func(k string) string { return set[k] } }
	for _, c := range []struct {
		name, system string
		env          map[string]string
		args         []string
		path         string
		holds        string
	}{
		{"linux", "linux", nil, []string{"/usr/bin/kith"}, "/home/ade/.config/autostart/org.kith.Kith.desktop", "\nExec=\"/usr/bin/kith\"\n"},
		{"linux, elsewhere", "linux", map[string]string{"XDG_CONFIG_HOME": "/c"}, []string{"/usr/bin/kith"}, "/c/autostart/org.kith.Kith.desktop", "Type=Application\n"},
		{"linux, a path that leads nowhere", "linux", map[string]string{"XDG_CONFIG_HOME": "c"}, []string{"k"}, "/home/ade/.config/autostart/org.kith.Kith.desktop", ""},
		{
			"linux, odd names", "linux", nil,
			[]string{"/opt/my kith", "--home", "/home/ade/a\"b$c`d\\e%f"},
			"/home/ade/.config/autostart/org.kith.Kith.desktop",
			`Exec="/opt/my kith" "--home" "/home/ade/a\\"b\\$c` + "\\\\`" + `d\\\\e%%f"` + "\n",
		},
		{
			"macOS", "darwin", nil,
			[]string{"/Applications/Kith.app/Contents/MacOS/kith", "--home", "/a<b>&c"},
			"/home/ade/Library/LaunchAgents/org.kith.Kith.plist",
			"<string>/a&lt;b&gt;&amp;c</string>",
		},
		{
			"Windows", "windows",
			map[string]string{"APPDATA": "/roaming"},
			[]string{`C:\Program Files\kith.exe`, "--home", `C:\100% mine & yours`},
			"/roaming/Microsoft/Windows/Start Menu/Programs/Startup/Kith.cmd", `@start "" "C:\Program Files\kith.exe" "--home" "C:\100%% mine & yours"` + "\r\n",
		},
	} {
		s, err := StartupFor(c.system, env(c.env), "/home/ade", "org.kith.Kith", c.args[0], c.args[1:]...)
		if err != nil || s.Path != c.path || !strings.Contains(string(s.body), c.holds) {
			t.Errorf("%s: %s, %v\n%s", c.name, s.Path, err, s.body)
		}
		if c.system == "darwin" {
			if err := xml.Unmarshal(s.body, new(struct{})); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
	for name, c := range map[string][2]string{
		"a system nobody knows": {"plan9", "/k"}, "a name of two lines": {"linux", "/k\nExec=evil"}, "no folder": {"windows", `C:\k.exe`}, "a quote": {"windows", `C:\k".exe`},
	} {
		if s, err := StartupFor(c[0], env(nil), "/home/ade", "org.kith.Kith", c[1]); !errors.Is(err, ErrStartup) || s.Path != "" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// TestStartupIsTakenBack: the file is written when it is chosen and gone when it is not; a link in its place is not followed.
func TestStartupIsTakenBack(t *testing.T) {
	dir := t.TempDir()
	s, err := StartupFor("linux", func(string) string { return dir }, "/none", "org.kith.Kith", "/usr/bin/kith")
	if err != nil || s.On() {
		t.Fatalf("before: %v, %v", s.On(), err)
	}
	for range 2 {
		if err := s.Set(true); err != nil || !s.On() {
			t.Errorf("on: %v, %v", s.On(), err)
		}
	}
	for range 2 {
		if err := s.Set(false); err != nil || s.On() {
			t.Errorf("off: %v, %v", s.On(), err)
		}
	}
	mine := filepath.Join(dir, "mine")
	if err := errors.Join(os.WriteFile(mine, []byte("mine"), 0o600), os.Symlink(mine, s.Path)); err != nil {
		t.Fatal(err)
	}
	if err := s.Set(true); err != nil || !s.On() {
		t.Errorf("over a link: %v", err)
	}
	if b, err := os.ReadFile(mine); err != nil || string(b) != "mine" {
		t.Errorf("the file behind the link: %q, %v", b, err)
	}
	if err := (Startup{}).Set(true); !errors.Is(err, ErrStartup) {
		t.Errorf("nothing: %v", err)
	}
}
