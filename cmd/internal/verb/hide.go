package verb

import (
	"maps"
	"slices"

	"kith/app/present"
	"kith/store/care/thread"
	"kith/store/kp1"
)

type hidden struct {
	Member string `json:"member"`
	Hidden bool   `json:"hidden"`

	name string
}

func (h hidden) plain(*call) string {
	if h.Hidden {
		return present.Say("ctl.hide.on", "Name", h.name)
	}
	return present.Say("ctl.hide.off", "Name", h.name)
}

// runHide hides the messages of a member, or of somebody who has left, on this computer alone.
func runHide(c *call) (result, error) {
	c.groupFlag()
	off := c.flags.Bool("off", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	who := memberIDs(g)
	for _, m := range g.Gone() {
		who = append(who, m.ID)
	}
	m, err := among(g, who, c.args[0])
	switch {
	case err != nil:
		return nil, err
	case m == g.Me && !*off:
		return nil, c.misused("MEMBER is somebody else")
	}
	if err := c.peer.SetHidden(c.ctx, g.ID, m, !*off); err != nil {
		return nil, err
	}
	return hidden{m.String(), !*off, g.NameOf(m)}, nil
}

// hiddenOf is how many messages of somebody are left out.
type hiddenOf struct {
	Member string `json:"member"`
	Name   string `json:"name"`
	Posts  int    `json:"posts"`
}

// hiddenIn lists whose messages of a thread are left out, and how many.
func hiddenIn(g present.Group, t thread.Thread) (all []hiddenOf) {
	if len(g.Hides) == 0 {
		return nil
	}
	counts := map[kp1.MID]int{}
	for it := range t.Items(0, t.Len()) {
		if g.IsHidden(it.Author) {
			counts[g.Now(it.Author)]++
		}
	}
	for _, m := range slices.SortedFunc(maps.Keys(counts), kp1.MID.Compare) {
		all = append(all, hiddenOf{m.String(), g.NameOf(m), counts[m]})
	}
	return all
}

func sumOf(all []hiddenOf) (n int) {
	for _, h := range all {
		n += h.Posts
	}
	return n
}
