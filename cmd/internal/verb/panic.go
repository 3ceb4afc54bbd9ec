package verb

import "kith/app/present"

func panicVerbs() []spec {
	return []spec{
		{"lock", "", "ctl.help.lock", needHolder, runLock},
		{"panic", "[--yes]", "ctl.help.panic", needFound, runPanic},
		{"wipe", "--yes", "ctl.help.wipe", needFound, runWipe},
	}
}

type panicked struct {
	Locked bool `json:"locked"`
	Wiped  bool `json:"wiped"`
}

func (p panicked) plain(*call) string {
	if p.Wiped {
		return present.Say("ctl.wiped")
	}
	return present.Say("ctl.panicked")
}

// runPanic locks whatever is open and takes the keychain's half away. It asks nothing: there may be no time.
func runPanic(c *call) (result, error) {
	yes := c.flags.Bool("yes", false, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	wiped, err := c.peer.Panic(c.ctx, *yes)
	if err != nil {
		return nil, err
	}
	return panicked{true, wiped}, nil
}

type wiped struct {
	Wiped bool `json:"wiped"`
}

func (wiped) plain(*call) string { return present.Say("ctl.wiped") }

// runWipe takes this person away from this computer. Nothing brings them back but a backup or the words, so it has to be
// said twice.
func runWipe(c *call) (result, error) {
	yes := c.flags.Bool("yes", false, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if !*yes {
		return nil, c.misused("--yes is needed: this takes all of yours away from this computer, for good")
	}
	if !c.peer.World().Started {
		return nil, errNoHome
	}
	if err := c.peer.Wipe(c.ctx); err != nil {
		return nil, err
	}
	return wiped{true}, nil
}
