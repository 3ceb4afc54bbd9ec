package verb

import (
	"context"
	"strings"

	"kith/app/present"
	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// Eraser is what a peer does about words that were taken away.
type Eraser interface {
	// EraseNow drops what the groups do not keep any longer and, where something was taken away since it was last done,
	// writes the store anew under a fresh key; it says whether it did. The peer does the same by itself within a day.
	EraseNow(ctx context.Context) (rewritten bool, err error)
}

func eraseVerbs() []spec {
	return []spec{
		{"edit", "POST TEXT [--group G]", "ctl.help.edit", needOpen, runEdit},
		{"withdraw-post", "POST [--group G]", "ctl.help.withdraw-post", needOpen, runWithdrawPost},
		{"erase", "ID [--reason private|unkind|misplaced|asked|other] [--note TEXT] [--group G] | --now", "ctl.help.erase", needOpen, runErase},
		{"retention", "[--group G] [--days N]", "ctl.help.retention", needOpen, runRetention},
	}
}

// said is something with words that somebody said, in one group.
type said struct {
	id    kp1.ID
	by    kp1.MID
	post  bool
	topic kp1.ID // of a post
}

// saids lists everything that could be taken away by its id.
func saids(g present.Group) (all []said) {
	for _, t := range threads(g) {
		all = append(all, said{id: t.ID, by: t.By.Author})
		for it := range t.Items(0, t.Len()) {
			all = append(all, said{it.ID, it.Author, true, t.ID})
		}
	}
	for _, e := range events(g) {
		all = append(all, said{id: e.ID, by: e.By.Author})
	}
	for _, s := range sleepovers(g) {
		all = append(all, said{id: s.ID, by: s.Asked.Author})
		for _, o := range s.Offers {
			all = append(all, said{id: o.ID, by: o.By.Author})
		}
	}
	return all
}

func posts(g present.Group) (all []said) {
	for _, s := range saids(g) {
		if s.post {
			all = append(all, s)
		}
	}
	return all
}

func (c *call) said(prefix string, list func(present.Group) []said) (present.Group, said, error) {
	return everywhere(c, begins(prefix), list, func(s said) string { return s.id.String() })
}

type edited struct {
	Post string `json:"post"`
	Edit string `json:"edit"`

	words string
}

func (e edited) plain(*call) string { return e.words }

func runEdit(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(2, -1); err != nil {
		return nil, err
	}
	g, p, err := c.said(c.args[0], posts)
	if err != nil {
		return nil, err
	}
	id, err := c.propose(g, thread.Edit{Thread: p.topic, Post: p.id, Text: act.Tidy(strings.Join(c.args[1:], " "))})
	if err != nil {
		return nil, err
	}
	return edited{p.id.String(), id.String(), c.told(g.ID, id)}, nil
}

type erased struct {
	Erased string `json:"erased"` // what was taken away
	Op     string `json:"op"`     // the act that did it; its delivery says who has heard

	words string
}

func (e erased) plain(*call) string { return e.words }

func runWithdrawPost(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, p, err := c.said(c.args[0], posts)
	if err != nil {
		return nil, err
	}
	return c.takeAway(g, p.id, erase.Delete{Target: p.id})
}

func (c *call) takeAway(g present.Group, id kp1.ID, a care.Act) (result, error) {
	op, err := c.propose(g, a)
	if err != nil {
		return nil, err
	}
	return erased{id.String(), op.String(), lines(present.Say("ctl.erased"), present.Say("ctl.erased.reach"), c.told(g.ID, op))}, nil
}

type rewritten struct {
	Rewritten bool `json:"rewritten"`
}

func (r rewritten) plain(*call) string {
	if r.Rewritten {
		return present.Say("ctl.rewritten")
	}
	return present.Say("ctl.rewritten.none")
}

// runErase takes one's own words back, and those of others where one leads and says why.
func runErase(c *call) (result, error) {
	c.groupFlag()
	reason, note, now := c.text("reason"), c.text("note"), c.flags.Bool("now", false, "")
	if err := c.parse(0, 1); err != nil {
		return nil, err
	}
	if *now {
		if len(c.args) > 0 {
			return nil, c.misused("--now takes nothing else")
		}
		done, err := c.peer.EraseNow(c.ctx)
		if err != nil {
			return nil, err
		}
		return rewritten{done}, nil
	}
	if len(c.args) == 0 {
		return nil, c.misused("what is to be erased, or --now")
	}
	g, s, err := c.said(c.args[0], saids)
	if err != nil {
		return nil, err
	}
	if *reason == "" && s.by == g.Me {
		return c.takeAway(g, s.id, erase.Delete{Target: s.id})
	}
	if *reason == "" {
		return nil, c.misused("somebody else's words need --reason")
	}
	var names []string
	for _, r := range erase.Reasons() {
		names = append(names, r.String())
	}
	if err := c.one("--reason", *reason, names...); err != nil {
		return nil, err
	}
	why, _ := erase.ParseReason(*reason)
	return c.takeAway(g, s.id, erase.Redact{Target: s.id, Reason: why, Note: act.Tidy(*note)})
}

type retention struct {
	Days uint64 `json:"days"` // 0: for good
}

func (r retention) plain(*call) string {
	if r.Days == 0 {
		return present.Say("ctl.retention.good")
	}
	return present.Count("ctl.retention", int(min(r.Days, 1<<20))) //nolint:gosec // bounded just there
}

// runRetention shows for how long a group keeps words, or changes it in every space.
func runRetention(c *call) (result, error) {
	c.groupFlag()
	days := c.flags.Uint64("days", 0, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	now := g.KeepDays()
	if !c.given("days") || *days == now {
		return retention{now}, nil
	}
	d, err := c.peer.SetPolicy(c.ctx, g.ID, present.KeepFor(*days))
	if err != nil {
		return nil, err
	}
	return doneBy(d, retention{*days}.plain(c)), nil
}
