package verb

import (
	"context"
	"path/filepath"
	"strings"

	"kith/app/paper"
	"kith/app/present"
)

func backupVerbs() []spec {
	return []spec{
		{"backup", "FILE [--passphrase]", "ctl.help.backup", needOpen, runBackup},
		{"restore", "FILE", "ctl.help.restore", needOwn, runRestore},
		{"recovery", "[--sheet FILE]", "ctl.help.recovery", needOpen, runRecovery},
	}
}

// Keeper keeps what this person has beyond this computer.
type Keeper interface {
	// Backup writes all of it into a new file that only the twelve words open, or, if it is not empty, only the passphrase.
	// E_WEAK_PASSPHRASE, E_FILE_EXISTS, E_DISK_FULL.
	Backup(ctx context.Context, path, passphrase string) (present.Saved, error)
	// Restore makes an empty home into this person's, as a new device, and opens it. E_NO_FILE, E_NOT_BACKUP,
	// E_BACKUP_WORDS, E_BACKUP_PASSPHRASE, E_BACKUP_COSTLY, E_BACKUP_DAMAGED, E_BACKUP_NEWER; then the home is as it was.
	Restore(ctx context.Context, r present.Restoring) (present.Restored, error)
	// Recovery returns the twelve words once more. E_PASSPHRASE.
	Recovery(ctx context.Context, passphrase string) (words [12]string, err error)
	// WriteFile makes a new file that nobody else on this computer may read. E_FILE_EXISTS, E_DISK_FULL.
	WriteFile(ctx context.Context, path string, data []byte) error
}

// path is a file named in an argument, as seen from where the command was typed.
func (c *call) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.host.Cwd, name)
}

type savedBackup struct {
	File      string `json:"file"`
	Groups    int    `json:"groups"`
	Envelopes int    `json:"envelopes"`
	Bytes     int64  `json:"bytes"`
	Opens     string `json:"opens"` // what opens it: words or passphrase
}

func (s savedBackup) plain(*call) string {
	with := present.Say("ctl.backup.words")
	if s.Opens == opensPassphrase {
		with = present.Say("ctl.backup.passphrase")
	}
	return lines(present.Say("ctl.backup.done", "File", s.File), with)
}

const (
	opensWords      = "words"
	opensPassphrase = "passphrase"
)

func runBackup(c *call) (result, error) {
	own := c.flags.Bool("passphrase", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	out := savedBackup{File: c.path(c.args[0]), Opens: opensWords}
	pass := ""
	if *own {
		var err error
		if pass, err = c.backupPassphrase(); err != nil {
			return nil, err
		}
		out.Opens = opensPassphrase
	}
	s, err := c.peer.Backup(c.ctx, out.File, pass)
	if err != nil {
		return nil, err
	}
	out.Groups, out.Envelopes, out.Bytes = s.Groups, s.Envelopes, s.Bytes
	return out, nil
}

// backupPassphrase is a new one for a backup, from KITH_BACKUP_PASSPHRASE or, twice, from the terminal. A call that runs
// at the holder of the home has neither: what is typed does not travel over the socket.
func (c *call) backupPassphrase() (string, error) {
	if p := c.host.Getenv(backupEnv); p != "" {
		return p, nil
	}
	if !c.alone { // the holder has its own environment, and no terminal
		return "", c.misused(backupEnv + " is not set for the Kith that runs here: end it, or start it with that")
	}
	if c.host.Passphrase == nil {
		return "", c.misused(backupEnv + " is not set, and there is no terminal to ask on")
	}
	pass, err := c.host.Passphrase("A passphrase for the backup: ")
	if err != nil {
		return "", err
	}
	again, err := c.host.Passphrase("The same passphrase again: ")
	switch {
	case err != nil:
		return "", err
	case pass == "":
		return "", c.misused("a backup needs a passphrase, or the words")
	case again != pass:
		return "", c.misused("the two passphrases differ")
	}
	return pass, nil
}

const backupEnv = "KITH_BACKUP_PASSPHRASE"

type restoredHome struct {
	Name      string         `json:"name"`
	Groups    []restoredLine `json:"groups"`
	Envelopes int            `json:"envelopes"`
	LeftOut   int            `json:"leftOut"`
}

type restoredLine struct {
	Group string `json:"group"`
	Waits bool   `json:"waits"`
}

func (r restoredHome) plain(*call) string {
	all := []string{present.Say("ctl.restore.done", "Name", r.Name)}
	for _, g := range r.Groups {
		how := present.Say("ctl.restore.out")
		if g.Waits {
			how = present.Say("ctl.restore.waits")
		}
		all = append(all, cutID(g.Group)+"  "+how)
	}
	if r.LeftOut > 0 {
		all = append(all, present.Count("ctl.restore.left", r.LeftOut))
	}
	return lines(append(all, present.Say("ctl.restore.new"))...)
}

// runRestore makes an empty home from a backup. What opens it comes from KITH_WORDS or KITH_BACKUP_PASSPHRASE, from standard
// input or the terminal, never from a flag.
func runRestore(c *call) (result, error) {
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if c.peer.World().Started {
		return nil, errHomeExists
	}
	opens := c.host.Getenv(backupEnv)
	if opens == "" {
		var err error
		if opens, err = c.host.words(); err != nil {
			return nil, err
		}
	}
	pass, err := c.newPassphrase()
	if err != nil {
		return nil, err
	}
	r, err := c.peer.Restore(c.ctx, present.Restoring{
		File: c.path(c.args[0]), Opens: opens, Passphrase: pass, Keychain: c.host.Getenv("KITH_KEYCHAIN") != "none",
	})
	if err != nil {
		return nil, err
	}
	out := restoredHome{Name: r.Name, Groups: []restoredLine{}, Envelopes: r.Envelopes, LeftOut: r.LeftOut}
	for _, g := range r.Groups {
		out.Groups = append(out.Groups, restoredLine{g.ID.String(), g.Waits})
	}
	return out, nil
}

type recovered struct {
	Words []string `json:"words"`
	Sheet string   `json:"sheet,omitempty"` // the file that was written
}

func (r recovered) plain(*call) string {
	all := []string{"  " + strings.Join(r.Words[:6], " "), "  " + strings.Join(r.Words[6:], " ")}
	if r.Sheet != "" {
		all = append(all, present.Say("ctl.recovery.sheet", "File", r.Sheet))
	}
	return lines(append(all, present.Say("ctl.init.paper"))...)
}

// runRecovery says the twelve words once more, to who knows the passphrase, and draws the sheet to be printed.
func runRecovery(c *call) (result, error) {
	sheet := c.text("sheet")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	pass, err := c.host.passphrase()
	if err != nil {
		return nil, err
	}
	if !c.given("sheet") {
		words, err := c.peer.Recovery(c.ctx, pass)
		if err != nil {
			return nil, err
		}
		return recovered{Words: words[:]}, nil
	}
	s, err := present.SheetOf(c.ctx, c.peer, c.peer.World(), pass, c.now().In(c.zone()))
	if err != nil {
		return nil, err
	}
	page, err := paper.Recovery(s)
	if err != nil {
		return nil, err
	}
	path := c.path(*sheet)
	if err := c.peer.WriteFile(c.ctx, path, page); err != nil {
		return nil, err
	}
	return recovered{s.Words, path}, nil
}
