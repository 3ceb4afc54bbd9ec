package verb

import (
	"strings"

	"kith/app/present"
)

func homeVerbs() []spec {
	return []spec{
		{"init", "--name NAME", "ctl.help.init", needOwn, runInit},
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
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("name"); err != nil {
		return nil, err
	}
	if c.peer.World().Started {
		return nil, errHomeExists
	}
	pass, err := c.newPassphrase()
	if err != nil {
		return nil, err
	}
	ws, err := c.peer.Start(c.ctx, present.Start{Name: *name, Passphrase: pass, Keychain: c.host.Getenv("KITH_KEYCHAIN") != "none"})
	if err != nil {
		return nil, err
	}
	return started{ws[:]}, nil
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
