package verb

import (
	"fmt"
	"strings"
	"time"

	"kith/app/present"
	"kith/app/present/people"
	"kith/store/group"
	"kith/store/kp1"
)

// reviewVerbs are the verbs for what removals undo and hide, and for what waits behind a fence.
func reviewVerbs() []spec {
	return []spec{
		{"review", "[--group G] [--all]", "ctl.help.review", needOpen, runReview},
		{"review keep", "[--group G] MATTER", "ctl.help.review-keep", needOpen, runReviewKeep},
		{"review leave", "[--group G] MATTER", "ctl.help.review-leave", needOpen, runReviewLeave},
		{"let-stand", "[--group G] OP", "ctl.help.let-stand", needOpen, runLetStand},
		{"late", "[--group G]", "ctl.help.late", needOpen, runLate},
		{"admit-late", "[--group G] MEMBER", "ctl.help.admit-late", needOpen, runAdmitLate},
		{"conflicts", "[--group G]", "ctl.help.conflicts", needOpen, runConflicts},
		{"removals", "[--group G]", "ctl.help.removals", needOpen, runRemovals},
		{"conflicts stand-by", "[--group G] DEVICE", "ctl.help.stand-by", needOpen, runStandBy},
	}
}

type matterList []matterLine

type matterLine struct {
	Matter string    `json:"matter"` // the op it is about
	Kind   string    `json:"kind"`   // undone, overruled, stands, waits
	Act    actLine   `json:"act"`
	Causes []actLine `json:"causes"`          // what brought it about
	Fence  string    `json:"fence,omitempty"` // of waits: before, fork, late
	Loss   string    `json:"loss,omitempty"`  // behind the late fence: place, device, rank, keys
	More   int       `json:"more,omitempty"`  // of waits: what else of the same computer waits
	Keep   bool      `json:"keep"`            // review keep can settle it
	Left   bool      `json:"left"`            // this person has left it as it is

	title, text string
}

// actLine is an act about who belongs.
type actLine struct {
	Op      string    `json:"op"`
	Does    string    `json:"does"` // the op's type without its room: admit, remove, set-role ...
	By      []string  `json:"by"`
	Member  string    `json:"member,omitempty"`
	Role    string    `json:"role,omitempty"`
	Devices []string  `json:"devices,omitempty"`
	At      time.Time `json:"at"` // as its author says
}

func actOf(a group.Act) actLine {
	l := actLine{
		Op: a.Op.String(), Does: a.Type[strings.LastIndexByte(a.Type, '/')+1:], By: texts(a.By), Devices: texts(a.Devices),
		At: time.Unix(int64(a.Time), 0).UTC(), //nolint:gosec // seconds
	}
	if !a.Member.IsZero() {
		l.Member = a.Member.String()
	}
	switch a.Type {
	case group.TypeAdmit, group.TypeSetRole, group.TypeElect:
		l.Role = roles[a.Rank]
	}
	return l
}

func (l matterList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("people.review.empty")
	}
	var all []string
	for _, m := range l {
		all = append(all, cutID(m.Matter)+"  "+m.title, "  "+m.text)
		if m.Left {
			all = append(all, "  "+present.Say("ctl.review.left"))
		}
	}
	return lines(all...)
}

var (
	matterKinds = map[group.MatterKind]string{group.Undone: "undone", group.Overruled: "overruled", group.Stands: "stands", group.Waiting: "waits"}
	fences      = map[group.Fence]string{group.FenceBefore: "before", group.FenceFork: "fork", group.FenceLate: "late"}
	losses      = map[group.Loss]string{group.LossPlace: "place", group.LossDevice: "device", group.LossRank: "rank", group.LossKeys: "keys"}
)

// runReview lists what is to be settled; with --all also what this person has left as it is, and keys and votes that wait.
func runReview(c *call) (result, error) {
	c.groupFlag()
	every := c.flags.Bool("all", false, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	l := matterList{}
	for _, m := range g.Matters {
		left := g.Seen != nil && g.Seen(present.MatterKey(m))
		if !*every && (left || !m.ForPeople()) {
			continue
		}
		it := people.Matter(g, m, c.now().In(c.zone()))
		line := matterLine{
			Matter: m.Op.String(), Kind: matterKinds[m.Kind], Act: actOf(m.Act), Causes: []actLine{}, Fence: fences[m.Fence], Loss: losses[m.Loss], More: m.More,
			Keep: it.Keep != "", Left: left, title: it.Title, text: it.Text,
		}
		for _, a := range m.Causes {
			line.Causes = append(line.Causes, actOf(a))
		}
		l = append(l, line)
	}
	return l, nil
}

// onMatter is the start of a verb about one matter.
func (c *call) onMatter() (present.Group, group.Matter, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return present.Group{}, group.Matter{}, err
	}
	list := func(g present.Group) []group.Matter { return g.Matters }
	return everywhere(c, begins(c.args[0]), list, func(m group.Matter) string { return m.Op.String() })
}

func runReviewKeep(c *call) (result, error) {
	g, m, err := c.onMatter()
	if err != nil {
		return nil, err
	}
	d, err := c.peer.Keep(c.ctx, g.ID, m.Op)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Say("ctl.review.kept")), nil
}

type leftLine struct {
	Matter string `json:"matter"`
	Left   bool   `json:"left"`
}

func (leftLine) plain(*call) string { return present.Say("ctl.review.leave") }

func runReviewLeave(c *call) (result, error) {
	g, m, err := c.onMatter()
	if err != nil {
		return nil, err
	}
	c.peer.Seen(c.ctx, g.ID, present.MatterKey(m))
	return leftLine{m.Op.String(), true}, nil
}

func runLetStand(c *call) (result, error) {
	g, m, err := c.onMatter()
	if err != nil {
		return nil, err
	}
	d, err := c.peer.LetStand(c.ctx, g.ID, m.Op)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Say("ctl.review.stands")), nil
}

type lateList []lateLine

type lateLine struct {
	Member string    `json:"member"`
	Name   string    `json:"name"`
	Ops    []string  `json:"ops"`
	First  time.Time `json:"first"` // as their author says
	Last   time.Time `json:"last"`
}

func (l lateList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.late.none")
	}
	var all []string
	for _, x := range l {
		all = append(all, fmt.Sprintf("%s  %s", cutID(x.Member), present.Count("people.review.late", len(x.Ops), "Name", x.Name)))
	}
	return lines(all...)
}

func runLate(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	all, err := c.peer.Late(c.ctx, g.ID)
	if err != nil {
		return nil, err
	}
	l := lateList{}
	for _, x := range all {
		l = append(l, lateLine{x.Member.String(), g.NameOf(x.Member), texts(x.Ops), x.First.UTC(), x.Last.UTC()})
	}
	return l, nil
}

// runAdmitLate shows all that removals hide of one person.
func runAdmitLate(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	var bad error
	list := func(g present.Group) []present.Late {
		all, err := c.peer.Late(c.ctx, g.ID)
		if err != nil {
			bad = err
		}
		return all
	}
	g, l, err := everywhere(c, c.args[0], list, func(l present.Late) string { return l.Member.String() })
	if bad != nil {
		return nil, bad
	}
	if err != nil {
		return nil, err
	}
	d, err := c.peer.AdmitLate(c.ctx, g.ID, l.Ops)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Count("ctl.late.shown", len(l.Ops), "Name", g.NameOf(l.Member))), nil
}

type splitList []splitLine

type splitLine struct {
	Device string   `json:"device"` // the one that said two things
	Member string   `json:"member"`
	Name   string   `json:"name"`
	Ours   sideLine `json:"ours"`
	Theirs sideLine `json:"theirs"`
}

// sideLine is one of two versions: the op it begins with, and who has built on it.
type sideLine struct {
	Op      string   `json:"op"`
	Members []string `json:"members"`

	names string
}

func (l splitList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("people.sides.empty")
	}
	var all []string
	for _, x := range l {
		all = append(all, present.Say("people.sides.text", "Whose", present.Whose(x.Name)),
			"  "+present.Say("people.sides.yours")+": "+x.Ours.names, "  "+present.Say("people.sides.theirs")+": "+x.Theirs.names)
	}
	return lines(append(all, present.Say("people.sides.do.ring"))...)
}

// runConflicts lists what no rule settles: two versions of who belongs, and who stands on which side.
func runConflicts(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	side := func(op kp1.ID, ms []kp1.MID) sideLine {
		s := sideLine{Op: op.String(), Members: texts(ms)}
		var names []string
		for _, m := range ms {
			names = append(names, g.NameOf(m))
		}
		s.names = present.People(names...)
		return s
	}
	l := splitList{}
	for _, s := range g.Splits {
		l = append(l, splitLine{s.Device.String(), s.Member.String(), g.NameOf(s.Member), side(s.First, s.Ours), side(s.Second, s.Theirs)})
	}
	return l, nil
}

type removalList []removalLine

type removalLine struct {
	Op      string    `json:"op"`
	Member  string    `json:"member"`
	Name    string    `json:"name"`
	Devices []string  `json:"devices,omitempty"` // taken out alone; none when the person was
	At      time.Time `json:"at"`                // as its author says
	Heard   int       `json:"heard"`             // other computers that have heard of it
	Of      int       `json:"of"`
	NotYet  []string  `json:"notYet"` // members with a computer that has not

	words string
}

func (l removalList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.removals.none")
	}
	var all []string
	for _, r := range l {
		all = append(all, r.words)
	}
	return lines(all...)
}

// runRemovals says who and what was taken out of late, and who has not heard of it.
func runRemovals(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := removalList{}
	for _, r := range g.Removals {
		title, who := people.Removed(g, r)
		d := g.Has(r.Op)
		l = append(l, removalLine{
			Op: r.Op.String(), Member: r.Member.String(), Name: g.NameOf(r.Member), Devices: texts(r.Devices), At: r.At.UTC(),
			Heard: d.Devices, Of: d.Of, NotYet: texts(d.HasNot), words: strings.TrimSuffix(title, ".") + ". " + who.Text,
		})
	}
	return l, nil
}
