package verb

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"kith/app/present"
)

func homeVerbs() []spec {
	return []spec{
		{"init", "--name NAME [--words[=FILE]]", "ctl.help.init", needOwn, runInit},
		{"id", "", "ctl.help.id", needOpen, runID},
		{"check", "[--repair]", "ctl.help.check", needHome, runCheck},
	}
}

// started is a new person's twelve words, given once.
type started struct {
	Words []string `json:"words"`
}

func (s started) plain(*call) string {
	return lines(present.Say("ctl.init.words"), "  "+strings.Join(s.Words[:6], " "), "  "+strings.Join(s.Words[6:], " "),
		present.Say("ctl.init.paper"))
}

func runInit(c *call) (result, error) {
	name := c.text("name")
	var from wordsFrom
	c.flags.Var(&from, "words", "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("name"); err != nil {
		return nil, err
	}
	if c.peer.World().Started {
		return nil, errHomeExists
	}
	paper := ""
	if from.given {
		var err error
		if paper, err = c.wordsFrom(from.file); err != nil {
			return nil, err
		}
	}
	pass, err := c.newPassphrase()
	if err != nil {
		return nil, err
	}
	ws, err := c.peer.Start(c.ctx, present.Start{Name: *name, Passphrase: pass, Words: paper, Keychain: c.host.Getenv("KITH_KEYCHAIN") != "none"})
	if err != nil {
		return nil, err
	}
	if from.given {
		return returned{Name: *name}, nil
	}
	return started{ws[:]}, nil
}

// returned is somebody who is here again with the words they had: those are not said once more.
type returned struct {
	Name string `json:"name"`
}

func (r returned) plain(*call) string {
	return lines(present.Say("ctl.init.back", "Name", r.Name), present.Say("ctl.init.back.next"))
}

// wordsFrom is a flag for the twelve words, which may be told where they are and never what they are.
type wordsFrom struct {
	given bool
	file  string // empty: standard input or the terminal
}

// String is the flag's.
func (w *wordsFrom) String() string { return w.file }

// IsBoolFlag has the flag work without a value.
func (w *wordsFrom) IsBoolFlag() bool { return true }

// Set is the flag's.
func (w *wordsFrom) Set(v string) error {
	if w.given = v != "false"; v != "true" && v != "false" && v != "-" {
		w.file = v
	}
	return nil
}

// maxWords is the size of a file of twelve words, with room for notes on paper around them.
const maxWords = 4 << 10

// wordsFrom reads twelve words from a file, from standard input, or as restore does.
func (c *call) wordsFrom(file string) (string, error) {
	if file == "" {
		return c.host.words()
	}
	f, err := os.Open(c.path(file))
	if errors.Is(err, fs.ErrNotExist) {
		return "", errNoFile
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return readWords(f)
}

func readWords(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWords+1))
	switch {
	case err != nil:
		return "", err
	case len(b) > maxWords, len(strings.Fields(string(b))) == 0:
		return "", errNoWords
	}
	return strings.TrimSpace(string(b)), nil
}

// newPassphrase is asked for twice on a terminal. None at all is left to the keychain, which may refuse it.
func (c *call) newPassphrase() (string, error) {
	pass, err := c.host.passphrase()
	if err != nil || c.host.Getenv("KITH_PASSPHRASE") != "" {
		return pass, err
	}
	again, err := c.host.Passphrase("The same passphrase again: ")
	if err != nil {
		return "", err
	}
	if again != pass {
		return "", c.misused("the two passphrases differ")
	}
	return pass, nil
}

// identity is who and where I am.
type identity struct {
	Name   string   `json:"name"`
	Device string   `json:"device"`
	Peer   string   `json:"peer"`
	Addrs  []string `json:"addrs"`
}

func (i identity) plain(*call) string {
	all := []string{present.Say("ctl.id.name", "Name", i.Name), present.Say("ctl.id.device", "Device", i.Device), i.Peer}
	for _, a := range i.Addrs {
		all = append(all, "  "+a)
	}
	if len(i.Addrs) == 0 {
		all = append(all, present.Say("ctl.id.quiet"))
	}
	return lines(all...)
}

func runID(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	s := c.peer.Self()
	i := identity{c.peer.World().Name, s.Device, s.Peer, s.Addrs}
	if i.Addrs == nil {
		i.Addrs = []string{}
	}
	return i, nil
}

type checked struct{ Checked }

func (k checked) plain(*call) string {
	var all []string
	for _, r := range k.Repaired {
		all = append(all, r.plain())
	}
	all = append(all, present.Count("ctl.check.ops", k.Ops))
	if len(k.Bad) == 0 {
		return lines(append(all, present.Say("ctl.check.good"))...)
	}
	all = append(all, present.Count("ctl.check.bad", len(k.Bad)))
	for _, b := range k.Bad {
		all = append(all, "  "+strings.Join(strings.Fields(strings.Join([]string{b.Code, cutID(b.Group), b.Where, b.ID}, " ")), " "))
	}
	return lines(all...)
}

func (r Repaired) plain() string {
	group := cutID(r.Group)
	switch {
	case r.Code != "":
		return strings.TrimSpace(present.Say("ctl.repair.not", "Group", group, "Code", r.Code))
	case r.Old:
		return present.Say("ctl.repair.old", "Group", group)
	case r.Lost > 0:
		return present.Count("ctl.repair.lost", r.Lost, "Group", group)
	}
	return present.Say("ctl.repair.whole", "Group", group)
}

// runCheck proves the store byte by byte. What it found is printed, and damage is exit 6.
func runCheck(c *call) (result, error) {
	mend := c.flags.Bool("repair", false, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	var repaired []Repaired
	if *mend {
		var err error
		if repaired, err = c.peer.Repair(c.ctx); err != nil {
			return nil, err
		}
	}
	k, err := c.peer.Check(c.ctx)
	if err != nil {
		return nil, err
	}
	if k.Bad == nil {
		k.Bad = []Bad{}
	}
	k.Repaired = repaired
	if len(k.Bad) > 0 {
		return checked{k}, errDamaged
	}
	return checked{k}, nil
}
