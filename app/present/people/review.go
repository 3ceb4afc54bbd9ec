package people

import (
	"context"
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/group"
	"kith/store/kp1"
)

// ReviewState is what the page shows on which people settle what a removal undid, and what waits.
type ReviewState struct {
	Back, Title, Text string
	Items             []ReviewItem
	Left              []ReviewItem  // those that this person has left as they are
	LeftHeading       string        // empty when there are none
	Empty             present.Empty // when nothing is to be settled
	Busy              string
	Problem           present.Problem
}

// ReviewItem is one thing to settle.
type ReviewItem struct {
	Key         string // of the item, for the intents
	Title, Text string
	When        string
	Keep, Leave string // buttons; empty where there is nothing to press
}

// Act says in a sentence what an act about who belongs did, and who did it.
func Act(g present.Group, a group.Act) string {
	var by []string
	for _, m := range a.By {
		by = append(by, g.NameOrYou(m))
	}
	about := []any{"By", present.People(by...), "Name", g.NameOf(a.Member), "Whose", present.Whose(g.NameOf(a.Member))}
	key := words.Key("people.act.other")
	switch a.Type {
	case group.TypeGenesis:
		key = "people.act.founded"
	case group.TypeAdmit:
		key = "people.act.admit"
	case group.TypeAddDevice:
		key = "people.act.device"
	case group.TypeConfirm:
		key = "people.act.confirm"
	case group.TypeRemove:
		key = "people.act.remove"
	case group.TypeRevokeDevice:
		key = "people.act.revoke"
	case group.TypeEvidence:
		key = "people.act.caught"
	case group.TypeSetRole:
		key = "people.act.follow"
		if a.Rank >= kp1.RankAdmin {
			key = "people.act.lead"
		}
	case group.TypeElect:
		key = "people.act.elect"
	case group.TypePolicy:
		key = "people.act.policy"
	case group.TypeAdmitLate:
		key = "people.act.late"
	}
	return present.Say(key, about...)
}

// Matter says what a matter of the review queue is about, why, and what can be done.
func Matter(g present.Group, m group.Matter, now time.Time) ReviewItem {
	it := ReviewItem{Key: m.Op.String(), Title: Act(g, m.Act), When: moment(m.Time, now)}
	name := g.NameOf(m.Member)
	say := func(k words.Key) string {
		return present.Say(k, "Name", name, "By", g.NameOf(m.By[0]), "Who", g.NameOf(m.Who), "Cause", causes(g, m.Causes))
	}
	it.Leave = say("people.review.leave")
	switch {
	case m.Kind == group.Waiting:
		it.Text, it.Keep, it.Leave = say(whyWaits(m)), say("people.review.stand"), say("people.review.stand.not")
		if forStewards(g, m) {
			var by []string
			it.Keep = ""
			for _, s := range stewards(g, m.Member) {
				if by = append(by, g.NameOrYou(s)); s == g.Me {
					it.Keep = say("people.review.stand")
				}
			}
			it.Text = present.Say("people.review.waits.stewards", "People", present.People(by...), "Cause", causes(g, m.Causes))
			if len(by) == 0 {
				it.Text = say("people.review.waits.down")
			}
		}
		if m.More > 0 {
			it.Text += " " + present.Count("people.review.waits.more", m.More)
		}
	case m.Kind == group.Stands:
		it.Text, it.Leave = say("people.review.stands"), say("people.review.out")
	case m.Kind == group.Overruled:
		it.Text, it.Leave = say("people.review.overruled"), say("people.review.out")
	case m.Type == group.TypeAdmit:
		it.Text, it.Leave = say("people.review.undone.admit"), say("people.review.out")
	default:
		it.Text = say("people.review.undone")
		switch m.Type {
		case group.TypeSetRole, group.TypeElect, group.TypeConfirm, group.TypePolicy, group.TypeAdmitLate:
			it.Keep = say("people.review.again")
		case group.TypeAddDevice:
			it.Text += " " + say("people.review.undone.device")
		}
	}
	if m.Keep != nil {
		it.Keep = say("people.review.keep")
	} else if it.Keep == "" && m.Type != group.TypeAddDevice {
		it.Text += " " + say("people.review.invite")
	}
	return it
}

// forStewards reports whether only a steward lets an act stand that waits: it makes one, or it takes something from one.
func forStewards(g present.Group, m group.Matter) bool {
	if m.Fence != group.FenceLate || m.Loss != group.LossKeys {
		return false
	}
	about, _ := g.State.Member(m.Member)
	switch m.Type {
	case group.TypeSetRole, group.TypeAdmit:
		return m.Rank == kp1.RankSteward && about.Rank < kp1.RankSteward || m.Rank < kp1.RankSteward && about.Rank == kp1.RankSteward
	case group.TypeRemove, group.TypeRevokeDevice:
		return about.Rank == kp1.RankSteward
	}
	return false
}

// stewards are those of a group but for one.
func stewards(g present.Group, but kp1.MID) (all []kp1.MID) {
	for _, m := range g.State.Members {
		if m.Rank == kp1.RankSteward && m.ID != but {
			all = append(all, m.ID)
		}
	}
	return all
}

func whyWaits(m group.Matter) words.Key {
	switch m.Fence {
	case group.FenceBefore:
		return "people.review.waits.before"
	case group.FenceFork:
		return "people.review.waits.fork"
	}
	switch m.Loss {
	case group.LossPlace:
		return "people.review.waits.place"
	case group.LossDevice:
		return "people.review.waits.device"
	case group.LossRank:
		return "people.review.waits.rank"
	}
	return "people.review.waits.keys"
}

// causes says what brought a matter about, each in a sentence of its own.
func causes(g present.Group, all []group.Act) string {
	if len(all) == 0 {
		return present.Say("people.review.cause.none")
	}
	out := ""
	for i, a := range all {
		if i > 0 {
			out += " "
		}
		out += Act(g, a)
	}
	return out
}

// late says what a removal hides of one person.
func late(g present.Group, l present.Late, now time.Time) ReviewItem {
	name := g.NameOf(l.Member)
	it := ReviewItem{
		Key: l.Key().String(), Title: present.Count("people.review.late", len(l.Ops), "Name", name),
		Text: present.Say("people.review.late.text", "Name", name),
		Keep: present.Say("people.review.late.show"), Leave: present.Say("people.review.late.leave"),
	}
	if !l.Last.IsZero() {
		it.When = present.Say("people.review.late.when", "When", present.DayWithin(l.Last, now))
	}
	return it
}

func moment(unix uint64, now time.Time) string {
	if unix == 0 {
		return ""
	}
	return present.DayMoment(time.Unix(int64(unix), 0).In(now.Location()), now) //nolint:gosec // seconds
}

// open lists the matters of a group that this person has not left as they are.
func open(g present.Group) (fresh, left []group.Matter) {
	for _, m := range g.Matters {
		switch {
		case !m.ForPeople():
		case g.Seen != nil && g.Seen(present.MatterKey(m)):
			left = append(left, m)
		default:
			fresh = append(fresh, m)
		}
	}
	return fresh, left
}

// Review keeps the page.
type Review struct {
	*present.Model[ReviewState]
	group kp1.GID
	late  []present.Late
	busy  bool
	err   error
}

// NewReview returns the page of group g.
func NewReview(d *present.Desk, g kp1.GID) *Review {
	vm := &Review{group: g}
	vm.Model = present.NewModel(d, vm.make)
	vm.look()
	return vm
}

// look reads what removals hide. It takes the disk, so it is done once and after each change.
func (vm *Review) look() {
	g, _ := vm.Desk().World().Find(vm.group)
	if g.Hidden == 0 || !g.Admin() {
		vm.Change(func() { vm.late = nil })
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		all, err := vm.Desk().Core.Late(ctx, vm.group)
		vm.Change(func() { vm.late, vm.err = all, err })
	})
}

func (vm *Review) make(w present.World, now time.Time) ReviewState {
	s := ReviewState{
		Back: present.Say("people.back"), Title: present.Say("people.review.title"), Text: present.Say("people.review.text"),
		Problem: present.Explain(vm.err),
	}
	g, _ := w.Find(vm.group)
	fresh, left := open(g)
	for _, m := range fresh {
		s.Items = append(s.Items, Matter(g, m, now))
	}
	for _, m := range left {
		it := Matter(g, m, now)
		it.Leave = ""
		s.Left = append(s.Left, it)
	}
	for _, l := range vm.late {
		it := late(g, l, now)
		if g.Seen != nil && g.Seen(l.Key()) {
			it.Leave = ""
			s.Left = append(s.Left, it)
			continue
		}
		s.Items = append(s.Items, it)
	}
	if len(s.Left) > 0 {
		s.LeftHeading = present.Say("people.review.left")
	}
	if len(s.Items) == 0 {
		s.Text = ""
		s.Empty = present.Empty{Icon: assets.IconDone, Heading: present.Say("people.review.empty"), Text: present.Say("people.review.empty.text")}
	}
	if vm.busy {
		s.Busy = present.Say("people.review.busy")
	}
	return s
}

// Keep does what the item's Keep button says.
func (vm *Review) Keep(key string) {
	vm.settle(func(ctx context.Context, g present.Group) error {
		for _, l := range vm.lates() {
			if l.Key().String() == key {
				_, err := vm.Desk().Core.AdmitLate(ctx, g.ID, l.Ops)
				return err
			}
		}
		id, err := kp1.ParseID(key)
		if err == nil {
			_, err = vm.Desk().Core.Keep(ctx, g.ID, id)
		}
		return err
	})
}

// Leave leaves the item as it is, and does not ask about it again.
func (vm *Review) Leave(key string) {
	vm.settle(func(ctx context.Context, g present.Group) error {
		var keys []kp1.ID
		for _, m := range g.Matters {
			if m.Op.String() == key {
				keys = append(keys, present.MatterKey(m))
			}
		}
		for _, l := range vm.lates() {
			if l.Key().String() == key {
				keys = append(keys, l.Key(), present.HiddenKey(g))
			}
		}
		vm.Desk().Core.Seen(ctx, g.ID, keys...)
		return nil
	})
}

func (vm *Review) lates() (all []present.Late) {
	vm.Read(func() { all = slices.Clone(vm.late) })
	return all
}

func (vm *Review) settle(f func(context.Context, present.Group) error) {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		g, _ := vm.Desk().World().Find(vm.group)
		err := f(ctx, g)
		vm.Change(func() { vm.busy, vm.err = false, err })
		if err == nil {
			vm.look()
		}
	})
}
