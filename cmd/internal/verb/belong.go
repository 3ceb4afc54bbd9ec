package verb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/group"
	"kith/store/kp1"
)

// belongVerbs are the verbs for who belongs to a group and what they may do there.
func belongVerbs() []spec {
	return []spec{
		{"role", "[--group G] MEMBER guest|member|admin|steward", "ctl.help.role", needOpen, runRole},
		{"remove", "[--group G] MEMBER", "ctl.help.remove", needOpen, runRemove},
		{"proposals", "[--group G]", "ctl.help.proposals", needOpen, runProposals},
		{"consent", "[--group G] PROPOSAL", "ctl.help.consent", needOpen, runConsent},
		{"vote", "[--group G] MEMBER", "ctl.help.vote", needOpen, runVote},
		{"unsigned", "[--group G]", "ctl.help.unsigned", needOpen, runUnsigned},
		{"unsigned now", "[--group G] OP", "ctl.help.unsigned-now", needOpen, runUnsignedNow},
		{"unsigned drop", "[--group G] OP", "ctl.help.unsigned-drop", needOpen, runUnsignedDrop},
		{"policy", "[--group G] [--new-devices notify|confirm] [--reach direct|mailbox] [--seen kept|shown]", "ctl.help.policy", needOpen, runPolicy},
	}
}

// done is what a verb answers that acted on who belongs: at once, or as a proposal that waits for a second person.
type done struct {
	Op    string `json:"op"`
	Waits bool   `json:"waits"`           // for the consent of another admin or a steward; nothing has changed yet
	Later bool   `json:"later,omitempty"` // unsigned, until this computer has caught up; nothing has changed yet, and op is what waits

	words string // said when it does not wait
}

func (d done) plain(*call) string {
	if d.Later {
		return lines(present.Say("ctl.later"), present.Say("ctl.later.now", "ID", cutID(d.Op)))
	}
	if d.Waits {
		return lines(present.Say("ctl.proposed"), present.Say("ctl.proposed.consent", "ID", cutID(d.Op)))
	}
	return d.words
}

func doneBy(d present.Deed, words string) done { return done{d.Op.String(), d.Waits, d.Later, words} }

// onMember is the start of a verb about one member: their group, their id and how they are called.
func (c *call) onMember(least, most int) (present.Group, kp1.MID, string, error) {
	c.groupFlag()
	if err := c.parse(least, most); err != nil {
		return present.Group{}, kp1.MID{}, "", err
	}
	g, m, err := everywhereCalled(c, c.args[0], memberIDs, kp1.MID.String, present.Group.NameOf)
	return g, m, g.NameOf(m), err
}

func runRemove(c *call) (result, error) {
	g, m, name, err := c.onMember(1, 1)
	if err != nil {
		return nil, err
	}
	d, err := c.peer.Expel(c.ctx, g.ID, m)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Say("ctl.removed", "Name", name)), nil
}

// runRole gives a member another role. Whatever makes or unmakes an admin needs two people where there are two.
func runRole(c *call) (result, error) {
	g, m, name, err := c.onMember(2, 2)
	if err != nil {
		return nil, err
	}
	rank, ok := rankOf(c.args[1])
	if !ok {
		return nil, c.misused("a role is one of guest, member, admin, steward")
	}
	d, err := c.peer.SetRank(c.ctx, g.ID, m, rank)
	if err != nil {
		return nil, err
	}
	return doneBy(d, present.Say("ctl.role.set", "Name", name, "Role", roleWords(rank))), nil
}

// rankOf is the rank that a role's name stands for.
func rankOf(role string) (uint8, bool) {
	for rank, name := range roles {
		if name == role {
			return rank, true
		}
	}
	return 0, false
}

// roleWords says a role as a person would.
func roleWords(rank uint8) string {
	switch rank {
	case kp1.RankGuest:
		return present.Say("ctl.role.guest")
	case kp1.RankMember:
		return present.Say("ctl.role.member")
	case kp1.RankAdmin:
		return present.Say("ctl.role.admin")
	}
	return present.Say("ctl.role.steward")
}

type proposalList []proposalLine

type proposalLine struct {
	Proposal string            `json:"proposal"`
	By       string            `json:"by"`
	Name     string            `json:"name"`
	At       time.Time         `json:"at"`   // as its author says
	Mine     bool              `json:"mine"` // this person proposed it; somebody else has to consent
	Does     string            `json:"does"` // role, remove, revoke, admit, policy
	Member   string            `json:"member,omitempty"`
	Role     string            `json:"role,omitempty"`
	Devices  []string          `json:"devices,omitempty"`
	Policy   map[string]string `json:"policy,omitempty"`

	words string
}

func (l proposalList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.proposals.none")
	}
	var all []string
	for _, p := range l {
		waits := present.Say("ctl.proposals.yours")
		if p.Mine {
			waits = present.Say("ctl.proposals.others")
		}
		all = append(all, fmt.Sprintf("%s  %s %s", cutID(p.Proposal), p.words, waits))
	}
	return lines(all...)
}

func runProposals(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := proposalList{}
	for _, p := range c.peer.Proposals(g.ID) {
		l = append(l, proposalOf(g, p))
	}
	return l, nil
}

// proposalOf says what would become of a proposal.
func proposalOf(g present.Group, p Proposal) proposalLine {
	by := g.NameOf(p.By)
	out := proposalLine{Proposal: p.ID.String(), By: p.By.String(), Name: by, At: p.At.UTC(), Mine: p.Mine}
	switch a := p.Action.(type) {
	case group.SetRole:
		out.Does, out.Member, out.Role = "role", a.Member.String(), roles[a.Rank]
		out.words = present.Say("ctl.proposals.role", "By", by, "Name", g.NameOf(a.Member), "Role", roleWords(a.Rank))
	case group.Remove:
		out.Does, out.Member = "remove", a.Member.String()
		out.words = present.Say("ctl.proposals.remove", "By", by, "Name", g.NameOf(a.Member))
	case group.Admit:
		out.Does, out.Member, out.Role = "admit", a.Member.String(), roles[a.Rank]
		out.words = present.Say("ctl.proposals.admit", "By", by, "Role", roleWords(a.Rank))
	case group.RevokeDevice:
		out.Does, out.Devices = "revoke", texts(a.Devices)
		out.words = present.Say("ctl.proposals.revoke", "By", by)
		if m, ok := ownerOf(g, a.Devices[0]); ok {
			out.Member = m.String()
			out.words = present.Say("ctl.proposals.revoke.of", "By", by, "Name", g.NameOf(m))
		}
	case group.SetPolicy:
		out.Does, out.Policy = "policy", policyOf(a.PolicyFields)
		out.words = present.Say("ctl.proposals.policy", "By", by, "Fields", fieldsIn(out.Policy))
	}
	return out
}

// policyOf writes down what a policy op sets, by the names that people and scripts use.
func policyOf(f group.PolicyFields) map[string]string {
	set := map[string]string{}
	word := func(name string, v *uint8, zero, one string) {
		switch {
		case v != nil && *v == 0:
			set[name] = zero
		case v != nil:
			set[name] = one
		}
	}
	word("new-devices", f.DeviceAdd, "notify", "confirm")
	word("reach", f.Reach, "direct", "mailbox")
	word("edit-history", f.EditHistory, "off", "on")
	word("seen", f.Seen, seenKept, seenShown)
	if f.MinVersion != nil {
		set["version"] = strconv.FormatUint(*f.MinVersion, 10)
	}
	if f.Retention != nil {
		var keep []string
		for _, r := range *f.Retention {
			keep = append(keep, fmt.Sprintf("%d:%d", r.Comp, r.Days))
		}
		set["keep-days"] = strings.Join(keep, " ")
	}
	if f.Mailboxes != nil {
		set["mailboxes"] = strconv.Itoa(len(*f.Mailboxes))
	}
	return set
}

// fieldsIn lists policy fields in a fixed order.
func fieldsIn(set map[string]string) string {
	var all []string
	for _, name := range []string{"new-devices", "reach", "keep-days", "edit-history", "seen", "version", "mailboxes"} {
		if v, ok := set[name]; ok {
			all = append(all, name+" "+v)
		}
	}
	return strings.Join(all, ", ")
}

func runConsent(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	open := func(g present.Group) []Proposal { return c.peer.Proposals(g.ID) }
	g, p, err := everywhere(c, begins(c.args[0]), open, func(p Proposal) string { return p.ID.String() })
	if err != nil {
		return nil, err
	}
	d, err := c.peer.Consent(c.ctx, g.ID, p.ID)
	if err != nil {
		return nil, err
	}
	if d.Later {
		return doneBy(d, ""), nil
	}
	return filed{d.Op.String(), present.Say("ctl.consented")}, nil
}

type voted struct {
	Op      string `json:"op"`
	Elected bool   `json:"elected"`

	words string
}

func (v voted) plain(*call) string { return v.words }

// runVote says whom this person wants to lead a group that nobody leads any more.
func runVote(c *call) (result, error) {
	g, m, name, err := c.onMember(1, 1)
	if err != nil {
		return nil, err
	}
	d, err := c.peer.Vote(c.ctx, g.ID, m)
	if err != nil {
		return nil, err
	}
	if d.Later {
		return doneBy(d, ""), nil
	}
	v := voted{Op: d.Op.String(), words: present.Say("ctl.voted", "Name", name)}
	for _, now := range c.peer.World().Groups {
		if x, ok := now.State.Member(m); now.ID == g.ID && ok && x.Rank >= kp1.RankAdmin {
			v.Elected, v.words = true, present.Say("ctl.elected", "Name", name)
		}
	}
	return v, nil
}

type policy struct {
	NewDevices string `json:"newDevices"` // notify: all are told; confirm: it waits for another member's word
	Reach      string `json:"reach"`      // direct: members' computers meet; mailbox: through the mailbox alone
	Seen       string `json:"seen"`       // kept: nobody is told what others have opened; shown: who wrote it is told
	Op         string `json:"op,omitempty"`
	Waits      bool   `json:"waits,omitempty"`
	Later      bool   `json:"later,omitempty"`
}

func (p policy) plain(*call) string {
	if p.Waits || p.Later {
		return done{Op: p.Op, Waits: p.Waits, Later: p.Later}.plain(nil)
	}
	devices, reach := present.Say("ctl.policy.notify"), present.Say("ctl.direct")
	if p.NewDevices == "confirm" {
		devices = present.Say("ctl.policy.confirm")
	}
	if p.Reach == present.ReachMailbox {
		reach = present.Say("ctl.through-mailbox")
	}
	seen := present.Say("people.rules.seen.kept")
	if p.Seen == seenShown {
		seen = present.Say("people.rules.seen.shown")
	}
	return lines(devices, reach, seen)
}

// Values of --seen.
const seenKept, seenShown = "kept", "shown"

// runPolicy shows what holds in a group, after changing what was named.
func runPolicy(c *call) (result, error) {
	c.groupFlag()
	devices, reach, seen := c.text("new-devices"), c.text("reach"), c.text("seen")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	adding := []string{group.DeviceAddNotify: "notify", group.DeviceAddConfirm: "confirm"}
	meeting := []string{group.ReachDirect: present.ReachDirect, group.ReachMailbox: present.ReachMailbox}
	showing := []string{group.SeenKept: seenKept, group.SeenShown: seenShown}
	for _, f := range []struct {
		name string
		text *string
		may  []string
	}{{"new-devices", devices, adding}, {"reach", reach, meeting}, {"seen", seen, showing}} {
		if !c.given(f.name) {
			continue
		}
		if err := c.one("--"+f.name, *f.text, f.may...); err != nil {
			return nil, err
		}
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	p := policy{NewDevices: adding[g.State.Policy.DeviceAdd], Reach: meeting[g.State.Policy.Reach], Seen: showing[g.State.Policy.Seen]}
	var set group.PolicyFields
	then := p
	if c.given("new-devices") && *devices != p.NewDevices {
		v := uint8(slices.Index(adding, *devices)) //nolint:gosec // 0 or 1
		set.DeviceAdd, then.NewDevices = &v, *devices
	}
	if c.given("reach") && *reach != p.Reach {
		v := uint8(slices.Index(meeting, *reach)) //nolint:gosec // 0 or 1
		set.Reach, then.Reach = &v, *reach
	}
	if c.given("seen") && *seen != p.Seen {
		v := uint8(slices.Index(showing, *seen)) //nolint:gosec // 0 or 1
		set.Seen, then.Seen = &v, *seen
	}
	if set == (group.PolicyFields{}) {
		return p, nil
	}
	d, err := c.peer.SetPolicy(c.ctx, g.ID, set)
	if err != nil {
		return nil, err
	}
	if !d.Waits && !d.Later {
		p = then
	}
	p.Op, p.Waits, p.Later = d.Op.String(), d.Waits, d.Later
	return p, nil
}
