package platform

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Startup is the file by which a system starts a program when somebody logs in. That it is there is the choice: nothing
// else remembers it, and taking the file away takes the choice back.
type Startup struct {
	Path string
	body []byte
}

// ErrStartup: nothing is known of how this system starts a program.
var ErrStartup = &fault{"E_STARTUP", "no way to start with this system"}

// StartupFor returns the file for a system as Go calls it: a .desktop file, a LaunchAgent, or a command in the Startup
// folder. env is the environment, home the person's folder; id names the program, and exe with args is what is started.
func StartupFor(system string, env func(string) string, home, id, exe string, args ...string) (Startup, error) {
	all := append([]string{exe}, args...)
	for _, a := range all {
		if strings.ContainsAny(a, "\x00\r\n") {
			return Startup{}, ErrStartup
		}
	}
	switch system {
	case "linux", "freebsd", "openbsd", "netbsd":
		dir := env("XDG_CONFIG_HOME")
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(home, ".config")
		}
		return Startup{filepath.Join(dir, "autostart", id+".desktop"), desktopEntry(all)}, nil
	case "darwin":
		return Startup{filepath.Join(home, "Library", "LaunchAgents", id+".plist"), launchAgent(id, all)}, nil
	case "windows":
		dir := env("APPDATA")
		for _, a := range all {
			if strings.Contains(a, `"`) { // no name of a file on Windows has one
				return Startup{}, ErrStartup
			}
		}
		if dir == "" {
			return Startup{}, ErrStartup
		}
		return Startup{filepath.Join(dir, "Microsoft", "Windows", "Start Menu", "Programs", "Startup", "Kith.cmd"), startupCommand(all)}, nil
	}
	return Startup{}, ErrStartup
}

// desktopEntry starts a program on systems that follow freedesktop.org: each argument in quotes, with a backslash before
// what means something in them, and every backslash once more because the whole is a string of the file.
func desktopEntry(args []string) []byte {
	in := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`)
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = `"` + in.Replace(a) + `"`
	}
	exec := strings.ReplaceAll(strings.Join(quoted, " "), `\`, `\\`)
	return []byte("[Desktop Entry]\nType=Application\nName=Kith\nExec=" + exec + "\nTerminal=false\nX-GNOME-Autostart-enabled=true\n")
}

// launchAgent starts a program on macOS.
func launchAgent(id string, args []string) []byte {
	var b bytes.Buffer
	text := func(s string) string {
		var e bytes.Buffer
		_ = xml.EscapeText(&e, []byte(s)) // a buffer takes everything
		return e.String()
	}
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n")
	fmt.Fprintf(&b, "<plist version=\"1.0\">\n<dict>\n\t<key>Label</key>\n\t<string>%s</string>\n\t<key>ProgramArguments</key>\n\t<array>\n", text(id))
	for _, a := range args {
		fmt.Fprintf(&b, "\t\t<string>%s</string>\n", text(a))
	}
	b.WriteString("\t</array>\n\t<key>RunAtLoad</key>\n\t<true/>\n</dict>\n</plist>\n")
	return b.Bytes()
}

// startupCommand starts a program on Windows, and does not wait for it.
func startupCommand(args []string) []byte {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = `"` + strings.ReplaceAll(a, "%", "%%") + `"`
	}
	return []byte("@chcp 65001 >nul\r\n@start \"\" " + strings.Join(quoted, " ") + "\r\n")
}

// On reports whether the program is started with the computer.
func (s Startup) On() bool {
	st, err := os.Lstat(s.Path)
	return err == nil && st.Mode().IsRegular()
}

// Set writes the file, or takes it away; done already is no error.
func (s Startup) Set(on bool) error {
	if s.Path == "" {
		return ErrStartup
	}
	if !on {
		if err := os.Remove(s.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(ErrStartup, err)
		}
		return nil
	}
	err := os.MkdirAll(filepath.Dir(s.Path), 0o700)
	if err == nil {
		err = os.Remove(s.Path) // it may be a name for another file
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(s.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			_, err = f.Write(s.body)
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		return errors.Join(ErrStartup, err)
	}
	return nil
}
