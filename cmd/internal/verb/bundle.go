package verb

import (
	"kith/app/present"
	"kith/store/kp1"
)

func bundleVerbs() []spec {
	return []spec{
		{"bundle out", "FILE [--group G] [--all]", "ctl.help.bundle-out", needOpen, runBundleOut},
		{"bundle in", "FILE", "ctl.help.bundle-in", needOpen, runBundleIn},
	}
}

type bundled struct {
	File      string `json:"file"`
	Envelopes int    `json:"envelopes"`
	Letters   int    `json:"letters"`
	Bytes     int64  `json:"bytes"`
}

func (b bundled) plain(*call) string {
	return lines(present.Say("ctl.bundle.done", "File", b.File), present.Say("ctl.bundle.shut"))
}

// runBundleOut writes a file for a memory stick. Who is in no group yet takes their own requests along.
func runBundleOut(c *call) (result, error) {
	c.groupFlag()
	all := c.flags.Bool("all", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	var to kp1.GID
	if c.given("group") || len(c.peer.World().Groups) > 0 {
		g, err := c.inGroup()
		if err != nil {
			return nil, err
		}
		to = g.ID
	}
	out := bundled{File: c.path(c.args[0])}
	done, err := c.peer.BundleOut(c.ctx, out.File, to, *all)
	if err != nil {
		return nil, err
	}
	out.Envelopes, out.Letters, out.Bytes = done.Envelopes, done.Letters, done.Bytes
	return out, nil
}

type broughtIn struct {
	Groups    []string `json:"groups"`
	Envelopes int      `json:"envelopes"`
	New       int      `json:"new"`
	Refused   int      `json:"refused"`
	Requests  int      `json:"requests"` // of people who ask to join
	Answer    bool     `json:"answer"`   // a request of this person's own has to be carried back
	Welcome   bool     `json:"welcome"`  // one was answered with yes
}

func (b broughtIn) plain(*call) string {
	var all []string
	if b.New > 0 {
		all = append(all, present.Count("ctl.bundle.new", b.New))
	}
	if b.Refused > 0 {
		all = append(all, present.Count("ctl.bundle.refused", b.Refused))
	}
	if b.Requests > 0 {
		all = append(all, present.Count("ctl.bundle.requests", b.Requests))
	}
	if b.Answer {
		all = append(all, present.Say("ctl.bundle.answer"))
	}
	if b.Welcome {
		all = append(all, present.Say("ctl.bundle.welcome"))
	}
	if len(all) == 0 {
		return present.Say("ctl.bundle.nothing")
	}
	return lines(all...)
}

// runBundleIn takes in what such a file holds.
func runBundleIn(c *call) (result, error) {
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	b, err := c.peer.BundleIn(c.ctx, c.path(c.args[0]))
	if err != nil {
		return nil, err
	}
	out := broughtIn{[]string{}, b.Envelopes, b.New, b.Refused, b.Requests, b.Answer, b.Welcome}
	for _, g := range b.Groups {
		out.Groups = append(out.Groups, g.String())
	}
	return out, nil
}
