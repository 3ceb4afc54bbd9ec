package present

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kith/assets"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/group"
	"kith/store/kp1"
)

// A Member is one person of a group as every page shows them.
type Member struct {
	ID       kp1.MID
	Name     string // never empty
	Title    string // how they are here: their own words, else what their rank is called
	Rank     uint8
	Me       bool
	Formerly kp1.MID // who they were before they came back as a new member; zero: nobody
	Face     Face
	Checked  bool
	Devices  []Device
	NewOne   bool // one of their computers is new since their words were compared
	Heard    Line // when their computers were last heard from
	LastSeen time.Time
	Reached  bool // one of their computers can be reached now
}

// NameOf returns what member m is called in the group: their own words or, while those have not come, those with which they
// asked to join, else "Someone new".
func (g Group) NameOf(m kp1.MID) string {
	if p := g.Person(m); p.Name != "" {
		return p.Name
	}
	if name := g.Asked[m]; name != "" {
		return name
	}
	return Say("name.unknown")
}

// NameOrYou is NameOf with "You" for this person.
func (g Group) NameOrYou(m kp1.MID) string {
	if g.Now(m) == g.Me {
		return Say("name.you")
	}
	return g.NameOf(m)
}

// Title returns what the group is called.
func (g Group) Title() string {
	if g.Name != "" {
		return g.Name
	}
	return Say("group.unnamed")
}

// Problem says what is wrong with a damaged group, what is safe, and what to do.
func (b Broken) Problem() Problem {
	name := b.Name
	if name == "" {
		name = Say("group.broken.unnamed")
	}
	return Problem{What: Say("group.broken.what", "Group", name), Safe: Say("group.broken.safe"), Next: Say("group.broken.next")}
}

// Sleeps reports whether the group arranges sleepovers.
func (g Group) Sleeps() bool {
	return g.Kind == Constellation || g.Kind == Family || g.Kind == Siblings
}

// Admin reports whether this person leads the group.
func (g Group) Admin() bool { return g.MyRank() >= kp1.RankAdmin }

// WhoLeads says who leads the group.
func (g Group) WhoLeads(now time.Time) string {
	var leads []string
	for _, m := range g.Members(now) {
		if m.Rank >= kp1.RankAdmin {
			leads = append(leads, m.Name)
		}
	}
	return People(leads...)
}

// KeepDays is for how many days the group keeps words, 0 for good; where its spaces differ, the fewest.
func (g Group) KeepDays() (days uint64) {
	for _, r := range g.State.Policy.Retention {
		if days == 0 || r.Days < days {
			days = r.Days
		}
	}
	return days
}

// KeepFor is the policy under which a group keeps words for so many days in each of its spaces; 0 is for good.
func KeepFor(days uint64) group.PolicyFields {
	keep := []group.Retention{}
	for comp := kp1.CompAll; days > 0 && comp <= kp1.CompAdmin; comp++ {
		keep = append(keep, group.Retention{Comp: comp, Days: days})
	}
	return group.PolicyFields{Retention: &keep}
}

// Alone reports whether nobody but this person is in the group.
func (g Group) Alone() bool { return len(g.State.Members) == 1 && g.In(g.Me) }

// OnlyLeader reports whether this person leads the group and nobody else does.
func (g Group) OnlyLeader() bool {
	return g.Admin() && !slices.ContainsFunc(g.State.Members, func(m group.Member) bool { return m.ID != g.Me && m.Rank >= kp1.RankAdmin })
}

// MyRank returns this person's rank.
func (g Group) MyRank() uint8 {
	for _, m := range g.State.Members {
		if m.ID == g.Me {
			return m.Rank
		}
	}
	return kp1.RankGuest
}

// Here returns the id of this computer in the group; zero while it is not in.
func (g Group) Here() kp1.DID {
	for _, d := range g.Devices {
		if d.Here {
			return d.ID
		}
	}
	return kp1.DID{}
}

// In reports whether member m is in the group now.
func (g Group) In(m kp1.MID) bool {
	return slices.ContainsFunc(g.State.Members, func(x group.Member) bool { return x.ID == m })
}

// FaceOf returns the face of member m.
func (g Group) FaceOf(m kp1.MID) Face { return FaceOf(g.NameOf(m), g.Now(m)) }

// Members lists who is in the group: this person first, then those who lead it, then by name.
func (g Group) Members(now time.Time) []Member {
	byMember := map[kp1.MID][]Device{}
	for _, d := range g.Devices {
		byMember[d.Member] = append(byMember[d.Member], d)
	}
	all := make([]Member, 0, len(g.State.Members))
	for _, m := range g.State.Members {
		x := Member{ID: m.ID, Name: g.NameOf(m.ID), Rank: m.Rank, Me: m.ID == g.Me, Formerly: m.Formerly, Devices: byMember[m.ID]}
		x.Face = FaceOf(x.Name, m.ID)
		x.Title = g.titleOf(m.ID, m.Rank)
		x.Checked = x.Me || g.Checked != nil && g.Checked(m.ID)
		x.Heard = Line{assets.IconAsleep, Say("delivery.device.never")}
		for i, d := range x.Devices {
			x.NewOne = x.NewOne || d.New
			x.Reached = x.Reached || d.Connected || d.Here
			if i == 0 || later(d, x.Devices[0]) {
				x.Heard, x.LastSeen = LastHeard(d, now), d.LastHeard
				x.Devices[0], x.Devices[i] = x.Devices[i], x.Devices[0]
			}
		}
		all = append(all, x)
	}
	slices.SortStableFunc(all, func(a, b Member) int {
		return cmp.Or(first(a.Me, b.Me), first(a.Rank >= kp1.RankAdmin, b.Rank >= kp1.RankAdmin),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), a.ID.Compare(b.ID))
	})
	return all
}

// Gone lists by name who was in the group and is not any more, under these or other words.
func (g Group) Gone() []Member {
	var all []Member
	for _, p := range g.Care.People().All() {
		if !g.In(p.ID) && g.Now(p.ID) == p.ID && p.Name != "" {
			all = append(all, Member{ID: p.ID, Name: p.Name, Face: FaceOf(p.Name, p.ID)})
		}
	}
	slices.SortStableFunc(all, func(a, b Member) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), a.ID.Compare(b.ID))
	})
	return all
}

func later(a, b Device) bool {
	if a.Here != b.Here {
		return a.Here
	}
	if a.Connected != b.Connected {
		return a.Connected
	}
	return a.LastHeard.After(b.LastHeard)
}

func first(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

func (g Group) titleOf(m kp1.MID, rank uint8) string {
	if t := g.Person(m).Title; t != "" {
		return t
	}
	switch rank {
	case kp1.RankGuest:
		return Say("group.rank.guest")
	case kp1.RankAdmin:
		return Say("group.rank.admin")
	case kp1.RankSteward:
		return Say("group.rank.steward")
	}
	return Say("group.rank.member")
}

// MyHome returns the household this person is an adult of; false when there is none.
func (g Group) MyHome() (people.Home, bool) { return g.HomeOf(g.Me) }

// HomeOf returns the household that m is an adult of; false when there is none.
func (g Group) HomeOf(m kp1.MID) (people.Home, bool) {
	for _, h := range g.Homes() {
		if h.Known && h.Has(m) {
			return h, true
		}
	}
	return people.Home{}, false
}

// HomeName returns what a household is called: its own name, or "Bev and Tom’s home" after its adults.
func (g Group) HomeName(h people.Home) string {
	if h.Name != "" {
		return h.Name
	}
	if len(h.Adults) == 0 {
		return Say("group.home.unnamed")
	}
	return Say("group.home.of", "Whose", Whose(People(names(h.Adults, g.NameOf)...)))
}

// HomeOfName returns how the home of m is called in a sentence: "Bev’s home".
func (g Group) HomeOfName(m kp1.MID) string {
	if h, ok := g.HomeOf(m); ok && h.Name != "" {
		return h.Name
	}
	return Say("group.home.of", "Whose", Whose(g.NameOf(m)))
}

// Has says who has op id, and who of the others can be reached now; the zero Delivery when nobody can say.
func (g Group) Has(id kp1.ID) Delivery {
	if g.Delivery == nil {
		return Delivery{}
	}
	d := g.Delivery(id)
	d.Box, d.NoRoom = g.BoxName(), !d.Mailbox && g.noRoom(id)
	for _, m := range d.HasNot {
		if slices.ContainsFunc(g.Devices, func(x Device) bool { return x.Member == m && x.Connected }) {
			d.Reached = append(d.Reached, m)
		}
	}
	for _, x := range g.Devices {
		switch {
		case !slices.Contains(d.Crowded, x.ID):
		case x.Member == g.Me:
			d.NoRoomOwn = true
		case slices.Contains(d.HasNot, x.Member) && !slices.Contains(d.NoRoomAt, x.Member):
			d.NoRoomAt = append(d.NoRoomAt, x.Member)
		}
	}
	return d
}

// noRoom says whether every mailbox of the group, but for one on this very computer, has said that it has no room for op id.
func (g Group) noRoom(id kp1.ID) bool {
	_, size := g.FileHere(id)
	said := false
	for _, b := range g.Boxes {
		switch {
		case b.Here:
		case b.Trouble == "E_MAILBOX_FULL", b.Trouble == "" && b.NoFiles && size > 0:
			said = true
		default:
			return false
		}
	}
	return said
}

// FileHere says how many bytes of the file of an op are on this computer, of how many; zeros: nothing is known.
func (g Group) FileHere(id kp1.ID) (here, size uint64) {
	if g.FilePart == nil {
		return 0, 0
	}
	return g.FilePart(id)
}

// Opened reports whether this person has opened op id.
func (g Group) Opened(id kp1.ID) bool { return g.Seen == nil || g.Seen(id) }

// Find returns the group g of the World.
func (w World) Find(g kp1.GID) (Group, bool) {
	for _, x := range w.Groups {
		if x.ID == g {
			return x, true
		}
	}
	return Group{}, false
}

// Pick returns the group g, or the first one when g is zero or gone; false when there is no group at all.
func (w World) Pick(g kp1.GID) (Group, bool) {
	if x, ok := w.Find(g); ok {
		return x, true
	}
	if len(w.Groups) == 0 {
		return Group{}, false
	}
	return w.Groups[0], true
}

// GroupOptions lists the groups to choose between, none when there is no choice.
func (w World) GroupOptions(chosen kp1.GID) []Option {
	if len(w.Groups) < 2 {
		return nil
	}
	all := make([]Option, len(w.Groups))
	for i, g := range w.Groups {
		all[i] = Option{Value: g.ID.String(), Label: g.Title(), Chosen: g.ID == chosen}
	}
	return all
}

// Kin reports whether a and b are one person, or adults of one household: they may act for one another.
func (g Group) Kin(a, b kp1.MID) bool {
	return a == b || g.Care.People().Together(a, b)
}

// Off reports whether none of the member's computers has been heard from for a day.
func (m Member) Off(now time.Time) bool {
	return !m.Reached && (m.LastSeen.IsZero() || now.Sub(m.LastSeen) > offAfter)
}

// Party reports whether a sleepover is this person's business beyond that it is sorted: their home asked, or is chosen.
func (g Group) Party(s sleepover.Sleepover) bool {
	return g.Kin(g.Me, s.Asked.Author) || !s.Host.IsZero() && g.Kin(g.Me, s.Host)
}

// Sorted reports whether a sleepover has found its home without this person: then they see that, and no more.
func (g Group) Sorted(s sleepover.Sleepover) bool {
	return s.State >= sleepover.Chosen && s.State < sleepover.Withdrawn && !g.Party(s)
}
