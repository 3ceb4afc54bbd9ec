package verb

import (
	"flag"
	"fmt"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/kp1"
)

func inviteVerbs() []spec {
	return []spec{
		{"invite", "[--group G] [--role guest|member] [--history none|all|since:DATE] [--expires DURATION] [--note WHOM-FOR] [--words] [--stick] | --back [--stick]", "ctl.help.invite", needOpen, runInvite},
		{"invites", "[--group G]", "ctl.help.invites", needOpen, runInvites},
		{"reissue", "INVITE", "ctl.help.reissue", needOpen, runReissue},
		{"join", "LINK --name NAME | --at PLACE WORD... --name NAME", "ctl.help.join", needOpen, runJoin},
		{"joins", "", "ctl.help.joins", needOpen, runJoins},
		{"requests", "[--group G]", "ctl.help.requests", needOpen, runRequests},
		{"approve", "REQUEST --verified voice|person [--formerly MEMBER]", "ctl.help.approve", needOpen, runApprove},
		{"decline", "REQUEST", "ctl.help.decline", needOpen, runDecline},
	}
}

type invited struct {
	Invite  string   `json:"invite"`
	Link    string   `json:"link"`
	Words   []string `json:"words,omitempty"`
	At      string   `json:"at,omitempty"` // where the words are good
	Mailbox bool     `json:"mailbox"`      // it lies in a mailbox of the group

	until string
	some  bool // the group has a mailbox
	stick bool // whoever it is for asks by memory stick
}

func (c *call) invited(g present.Group, i present.Invite, stick bool) invited {
	return invited{
		i.ID, i.Link, i.Words, i.At, i.Waits, present.Within(i.Expires.In(c.zone()), c.now().In(c.zone())), len(c.peer.Mailboxes(g.ID)) > 0, stick,
	}
}

func (i invited) plain(*call) string {
	all := []string{i.Link, present.Say("ctl.invite.once", "Until", i.until)}
	if len(i.Words) > 0 {
		all = append(all, present.Say("ctl.invite.words"), "  "+strings.Join(i.Words, " "), "  "+present.Say("ctl.invite.at", "Place", i.At))
	}
	switch {
	case i.stick:
		all = append(all, present.Say("ctl.invite.stick"))
	case i.Mailbox:
		all = append(all, present.Say("ctl.invite.waits"))
	case i.some:
		all = append(all, present.Say("ctl.invite.not"))
	default:
		all = append(all, present.Say("ctl.invite.on"))
	}
	return lines(all...)
}

// runInvite makes an invite for one person.
func runInvite(c *call) (result, error) {
	c.groupFlag()
	ask := present.InviteAsk{History: "all"}
	role := c.flags.String("role", roles[kp1.RankMember], "")
	c.flags.StringVar(&ask.History, "history", ask.History, "")
	c.flags.DurationVar(&ask.For, "expires", 0, "")
	c.flags.StringVar(&ask.Note, "note", "", "")
	c.flags.BoolVar(&ask.Stick, "stick", false, "")
	c.flags.BoolVar(&ask.Back, "back", false, "")
	c.flags.BoolVar(&ask.Spoken, "words", false, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	others := 0
	c.flags.Visit(func(f *flag.Flag) {
		if f.Name != "back" && f.Name != "group" && f.Name != "stick" {
			others++
		}
	})
	if ask.Back && others > 0 {
		return nil, c.misused("--back says all there is to say")
	}
	if err := c.one("--role", *role, roles[kp1.RankGuest], roles[kp1.RankMember]); err != nil {
		return nil, err
	}
	ask.Rank = kp1.RankMember
	if *role == roles[kp1.RankGuest] {
		ask.Rank = kp1.RankGuest
	}
	if since, ok := strings.CutPrefix(ask.History, "since:"); ok {
		if _, err := c.date("--history since:", since); err != nil {
			return nil, err
		}
	} else if err := c.one("--history", ask.History, "none", "all", "since:DATE"); err != nil {
		return nil, err
	}
	if ask.For < 0 {
		return nil, c.misused("--expires is a time like 48h")
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	i, err := c.peer.Invite(c.ctx, g.ID, ask)
	if err != nil {
		return nil, err
	}
	return c.invited(g, i, ask.Stick), nil
}

type inviteList []inviteLine

type inviteLine struct {
	Invite string    `json:"invite"`
	Note   string    `json:"note"`
	Role   string    `json:"role"`
	Until  time.Time `json:"until"`
	Ended  bool      `json:"ended"` // with somebody who led: reissue makes it anew

	words string
}

func (l inviteList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.invites.none")
	}
	var all []string
	for _, i := range l {
		line := cutID(i.Invite) + "  "
		if i.Note != "" {
			line += i.Note + "  "
		}
		all = append(all, line+i.words)
	}
	return lines(all...)
}

// runInvites lists the open invites of a group, and those that ended with somebody who led.
func runInvites(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := inviteList{}
	add := func(all []present.Invite, ended bool, say words.Key) {
		for _, i := range all {
			until := present.Within(i.Expires.In(c.zone()), c.now().In(c.zone()))
			l = append(l, inviteLine{i.ID, i.Note, roles[i.Rank], i.Expires.UTC(), ended, present.Say(say, "Until", until)})
		}
	}
	add(g.Invites, false, "ctl.invites.open")
	add(g.Lapsed, true, "ctl.invites.ended")
	return l, nil
}

// runReissue makes an invite anew that ended before its time.
func runReissue(c *call) (result, error) {
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	ended := func(g present.Group) []present.Invite { return g.Lapsed }
	g, old, err := everywhere(c, strings.ToLower(c.args[0]), ended, func(i present.Invite) string { return i.ID })
	if err != nil {
		return nil, err
	}
	i, err := c.peer.Reissue(c.ctx, g.ID, old.ID)
	if err != nil {
		return nil, err
	}
	return c.invited(g, i, false), nil
}

type joined struct {
	Request string   `json:"request"`
	Group   string   `json:"group"` // what the invite calls it; its id is known once this person is in
	Verify  []string `json:"verify"`
}

func (j joined) plain(c *call) string {
	all := []string{present.Say("ctl.join.filed"), "  " + strings.Join(j.Verify, " "), present.Say("ctl.join.read")}
	if c.alone {
		all = append(all, present.Say("ctl.join.alone"))
	}
	return lines(append(all, present.Say("ctl.join.direct"))...)
}

func runJoin(c *call) (result, error) {
	name, at := c.text("name"), c.text("at")
	if err := c.parse(1, -1); err != nil { // a link that was wrapped comes in several pieces
		return nil, err
	}
	if err := c.required("name"); err != nil {
		return nil, err
	}
	invite := strings.Join(c.args, "")
	if c.given("at") {
		invite = strings.Join(c.args, " ") + " at " + *at
	} else if !strings.Contains(invite, "#") {
		invite = strings.Join(c.args, " ")
	}
	j, err := c.peer.Join(c.ctx, invite, *name)
	if err != nil {
		return nil, err
	}
	return joined{j.ID, j.Group, j.Words[:]}, nil
}

type joinList []joinLine

type joinLine struct {
	Request string   `json:"request"`
	Group   string   `json:"group"`
	Stage   string   `json:"stage"`
	Waiting string   `json:"waiting"`
	Left    string   `json:"left,omitempty"` // when the request first lay where those who answer find it, RFC 3339
	Verify  []string `json:"verify"`
	Inviter []string `json:"inviter"` // their six words, to compare back once they are known
	Why     string   `json:"why"`     // code of the end, for one that ended without success

	left, called string
}

func (l joinList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.joins.none")
	}
	var all []string
	for _, j := range l {
		all = append(all, strings.TrimSpace(cutID(j.Request)+"  "+j.called))
		if j.Stage == present.JoinApproved {
			all = append(all, "  "+present.Say("ctl.joins.in"))
			continue
		}
		all = append(all, "  "+strings.Join(j.Verify, " "))
		switch {
		case j.Stage == present.JoinWaiting:
			all = append(all, "  "+present.Say("ctl.joins.yes"))
		case j.Stage == present.JoinSent && j.Waiting != "":
			all = append(all, "  "+present.Say("ctl.joins.left", "Time", j.left, "Name", j.Waiting))
		case j.Stage == present.JoinSent:
			all = append(all, "  "+present.Say("ctl.joins.left.anyone", "Time", j.left))
		case j.Waiting != "":
			all = append(all, "  "+present.Say("ctl.joins.waits", "Name", j.Waiting))
		case j.Stage == present.JoinLooking:
			all = append(all, "  "+present.Say("ctl.joins.looking"))
		}
		if j.Why != "" {
			all = append(all, "  "+present.ExplainCode(j.Why).Text())
		}
	}
	return lines(all...)
}

// runJoins says how this person's own requests fare, and whom each waits for.
func runJoins(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	l := joinList{}
	w := c.peer.World()
	for _, j := range w.Joins {
		line := joinLine{Request: j.ID, Group: j.Group, called: j.Group, Stage: j.Stage, Verify: j.Words[:], Inviter: []string{}, Why: present.Code(j.Err)}
		switch j.Stage {
		case present.JoinLooking, present.JoinSent, present.JoinWaiting:
			line.Waiting = j.Waiting // later nobody is waited for
		}
		if !j.Left.IsZero() {
			line.Left, line.left = j.Left.UTC().Format(time.RFC3339), present.Within(j.Left, c.now().In(c.zone()))
		}
		if j.Inviter[0] != "" {
			line.Inviter = j.Inviter[:]
		}
		if !j.GID.IsZero() {
			line.Group = j.GID.String()
			if g, ok := w.Find(j.GID); ok {
				line.called = g.Name
			}
		}
		l = append(l, line)
	}
	return l, nil
}

type requestList []requestLine

type requestLine struct {
	Request string    `json:"request"`
	Name    string    `json:"name"`
	Verify  []string  `json:"verify"`
	Others  int       `json:"others"`
	Expired bool      `json:"expired"`
	Ended   bool      `json:"ended"`
	Note    string    `json:"note"`
	At      time.Time `json:"at"`
	Member  string    `json:"member"` // who they will be, by the twelve words on their paper
	Known   bool      `json:"known"`  // they were in this group before
	In      bool      `json:"in"`     // and are: approving lets their new computer in

	back bool
	was  string
}

func (l requestList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.requests.none")
	}
	var all []string
	for _, r := range l {
		all = append(all, fmt.Sprintf("%s  %s", cutID(r.Request), r.Name), "  "+strings.Join(r.Verify, " "))
		if r.Others > 0 {
			all = append(all, "  "+present.Say("ctl.requests.others"))
		}
		if r.Expired || r.Ended {
			all = append(all, "  "+present.Say("ctl.requests.over"))
		}
		switch {
		case r.back:
			all = append(all, "  "+present.Say("ctl.requests.back", "Name", r.was))
		case r.In:
			all = append(all, "  "+present.Say("ctl.requests.in", "Name", r.was))
		case r.Known:
			all = append(all, "  "+present.Say("ctl.requests.known", "Name", r.was))
		}
	}
	return lines(append(all, present.Say("ctl.requests.ring"))...)
}

func runRequests(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := requestList{}
	for _, r := range g.Requests {
		l = append(l, requestLine{
			Request: r.ID, Name: r.Name, Verify: r.Words[:], Others: r.Others, Expired: r.Expired, Ended: r.Ended, Note: r.Note, At: r.At.UTC(),
			Member: r.Member.String(), Known: r.Known, In: r.In, back: r.Back, was: g.NameOf(r.Member),
		})
	}
	return l, nil
}

// request finds a request of any group by the beginning of its id.
func (c *call) request() (present.Group, present.Request, error) {
	return everywhere(c, strings.TrimPrefix(c.args[0], idHead()), func(g present.Group) []present.Request { return g.Requests },
		func(r present.Request) string { return strings.TrimPrefix(r.ID, idHead()) })
}

type answered struct {
	Request string `json:"request"`
	Back    bool   `json:"back,omitempty"`   // they are in, and were: their new computer came in
	Former  string `json:"former,omitempty"` // the op that takes out who they were, or proposes to
	Waits   bool   `json:"waits,omitempty"`  // it is a proposal

	words string
}

func (a answered) plain(*call) string { return a.words }

// runApprove lets one person in, by somebody who says how they made sure who it is. There is no third way.
func runApprove(c *call) (result, error) {
	verified, formerly := c.text("verified"), c.text("formerly")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if err := c.one("--verified", *verified, present.VerifiedVoice, present.VerifiedPerson); err != nil {
		return nil, err
	}
	g, r, err := c.request()
	if err != nil {
		return nil, err
	}
	a := present.Approval{Verified: *verified}
	if c.given("formerly") {
		known := memberIDs(g)
		for _, m := range g.Gone() { // who they were may be out already
			known = append(known, m.ID)
		}
		if a.Formerly, err = among(g, known, *formerly); err != nil {
			return nil, err
		}
	}
	out, err := c.peer.Approve(c.ctx, g.ID, r.ID, a)
	if err != nil {
		return nil, err
	}
	done := answered{Request: r.ID, Back: out.Back, Waits: out.Former.Waits, words: present.Say("ctl.approved", "Name", r.Name)}
	switch was := g.NameOf(a.Formerly); {
	case out.Back:
		done.words = present.Say("ctl.approved.back", "Name", r.Name)
	case out.Former.Waits:
		done.words = lines(done.words, present.Say("ctl.approved.former.waits", "Name", was))
	case !a.Formerly.IsZero():
		done.words = lines(done.words, present.Say("ctl.approved.former", "Name", was))
	}
	if !out.Former.Op.IsZero() {
		done.Former = out.Former.Op.String()
	}
	return done, nil
}

func runDecline(c *call) (result, error) {
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, r, err := c.request()
	if err != nil {
		return nil, err
	}
	if err := c.peer.Decline(c.ctx, g.ID, r.ID); err != nil {
		return nil, err
	}
	return answered{Request: r.ID, words: present.Say("ctl.declined", "Name", r.Name)}, nil
}
