package verb

import (
	"fmt"
	"slices"
	"strings"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

func sleepoverVerbs() []spec {
	return []spec{
		{"sleepover ask", "--child N --from DATE --to DATE --kind planned|short|tonight [--beds N] [--arrive TIME] [--leave TIME] [--collect WHO] [--note TEXT] [--group G]", "ctl.help.ask", needOpen, runAsk},
		{"sleepover offer", "SLEEPOVER [--condition TEXT]", "ctl.help.offer", needOpen, runOffer},
		{"sleepover choose", "SLEEPOVER --offer OFFER", "ctl.help.choose", needOpen, runChoose},
		{"sleepover agree", "SLEEPOVER", "ctl.help.agree", needOpen, move(func(s sleepover.Sleepover) care.Act {
			return sleepover.Agree{Ask: s.ID, Choice: s.Choice, Sheet: s.Sheet}
		})},
		{"sleepover change", "SLEEPOVER [--child N] [--from DATE] [--to DATE] [--beds N] [--arrive TIME] [--leave TIME] [--collect WHO] [--note TEXT]", "ctl.help.change", needOpen, runChange},
		{"sleepover arrived", "SLEEPOVER", "ctl.help.arrived", needOpen, move(func(s sleepover.Sleepover) care.Act {
			return sleepover.Arrived{Ask: s.ID, Agreement: s.Agreed}
		})},
		{"sleepover home", "SLEEPOVER", "ctl.help.home", needOpen, move(func(s sleepover.Sleepover) care.Act { return sleepover.Home{Ask: s.ID} })},
		{"sleepover close", "SLEEPOVER", "ctl.help.close", needOpen, move(func(s sleepover.Sleepover) care.Act { return sleepover.Close{Ask: s.ID} })},
		{"sleepover withdraw", "SLEEPOVER", "ctl.help.withdraw", needOpen, move(func(s sleepover.Sleepover) care.Act { return sleepover.Withdraw{Ask: s.ID} })},
		{"sleepover not-needed", "SLEEPOVER", "ctl.help.not-needed", needOpen, move(func(s sleepover.Sleepover) care.Act { return sleepover.NotNeeded{Ask: s.ID} })},
		{"sleepover cannot", "SLEEPOVER [--offer OFFER] [--reason TEXT]", "ctl.help.cannot", needOpen, runCannot},
		{"sleepover on-it", "SLEEPOVER [--off]", "ctl.help.on-it", needOpen, runOnIt},
		{"sleepovers", "[--group G]", "ctl.help.sleepovers", needOpen, runSleepovers},
		{"sleepover show", "SLEEPOVER [--opened] [--group G]", "ctl.help.sleepover-show", needOpen, runSleepoverShow},
	}
}

var kinds = map[string]sleepover.Kind{"planned": sleepover.Planned, "short": sleepover.Short, "tonight": sleepover.Tonight}

// termFlags are the flags that say what is asked for.
type termFlags struct {
	c                                             *call
	child, from, to, arrive, leave, collect, note *string
	beds                                          *uint
}

func (c *call) termFlags() termFlags {
	return termFlags{
		c: c, child: c.text("child"), from: c.text("from"), to: c.text("to"), arrive: c.text("arrive"), leave: c.text("leave"),
		collect: c.text("collect"), note: c.text("note"), beds: c.flags.Uint("beds", 1, ""),
	}
}

// onto writes what was typed over the terms that held before.
func (f termFlags) onto(old sleepover.Terms, beds uint) (sleepover.Terms, uint, error) {
	out := old
	var err error
	for _, t := range []struct {
		name string
		from *string
		to   *string
	}{{"child", f.child, &out.Child}, {"collect", f.collect, &out.Collect}, {"note", f.note, &out.Note}} {
		if f.c.given(t.name) {
			*t.to = act.Tidy(*t.from)
		}
	}
	for _, t := range []struct {
		name string
		from *string
		to   *when.Date
	}{{"from", f.from, &out.From}, {"to", f.to, &out.To}} {
		if f.c.given(t.name) {
			if *t.to, err = f.c.date("--"+t.name, *t.from); err != nil {
				return out, 0, err
			}
		}
	}
	for _, t := range []struct {
		name string
		from *string
		to   *when.Clock
	}{{"arrive", f.arrive, &out.Arrive}, {"leave", f.leave, &out.Leave}} {
		if f.c.given(t.name) {
			if *t.to, err = when.ParseClock(*t.from); err != nil {
				return out, 0, f.c.misused("--" + t.name + " is a time like 16:30")
			}
		}
	}
	if f.c.given("beds") {
		beds = *f.beds
	}
	return out, beds, nil
}

type asked struct {
	Sleepover string `json:"sleepover"`

	words string
}

func (a asked) plain(*call) string { return a.words }

func runAsk(c *call) (result, error) {
	c.groupFlag()
	f := c.termFlags()
	kind := c.text("kind")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("child", "from", "to", "kind"); err != nil {
		return nil, err
	}
	k, ok := kinds[*kind]
	if !ok {
		return nil, c.misused("--kind is one of planned, short, tonight")
	}
	terms, beds, err := f.onto(sleepover.Terms{}, *f.beds)
	if err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	id, err := c.propose(g, sleepover.Ask{Terms: terms, Beds: beds, Kind: k})
	if err != nil {
		return nil, err
	}
	return asked{id.String(), lines(present.Say("ctl.sleepover.asked", "ID", shortID(id)), c.told(g.ID, id))}, nil
}

// sleepover finds a sleepover of any group by the beginning of its id, or of the group that --group names.
func (c *call) sleepover() (present.Group, sleepover.Sleepover, error) {
	return everywhere(c, begins(c.args[0]), sleepovers, func(s sleepover.Sleepover) string { return s.ID.String() })
}

// move is a verb that names a sleepover and nothing else.
func move(with func(sleepover.Sleepover) care.Act) func(*call) (result, error) {
	return func(c *call) (result, error) {
		c.groupFlag()
		if err := c.parse(1, 1); err != nil {
			return nil, err
		}
		g, s, err := c.sleepover()
		if err != nil {
			return nil, err
		}
		return c.moved(g, s, with(s))
	}
}

// moved files one move and says who has it.
func (c *call) moved(g present.Group, s sleepover.Sleepover, a care.Act) (result, error) {
	id, err := c.propose(g, a)
	if err != nil {
		return nil, err
	}
	return asked{s.ID.String(), c.told(g.ID, id)}, nil
}

type offered struct {
	Sleepover string `json:"sleepover"`
	Offer     string `json:"offer"`

	words string
}

func (o offered) plain(*call) string { return o.words }

func runOffer(c *call) (result, error) {
	c.groupFlag()
	condition := c.text("condition")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, s, err := c.sleepover()
	if err != nil {
		return nil, err
	}
	id, err := c.propose(g, sleepover.Offer{Ask: s.ID, Condition: act.Tidy(*condition)})
	if err != nil {
		return nil, err
	}
	return offered{s.ID.String(), id.String(), lines(present.Say("ctl.sleepover.offered", "ID", shortID(id)), c.told(g.ID, id))}, nil
}

// offer finds an offer of one sleepover by the beginning of its id.
func offer(s sleepover.Sleepover, prefix string) (sleepover.Bid, error) {
	return beginning(begins(prefix), s.Offers, func(b sleepover.Bid) string { return b.ID.String() })
}

func runChoose(c *call) (result, error) {
	c.groupFlag()
	which := c.text("offer")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if err := c.required("offer"); err != nil {
		return nil, err
	}
	g, s, err := c.sleepover()
	if err != nil {
		return nil, err
	}
	o, err := offer(s, *which)
	if err != nil {
		return nil, err
	}
	return c.moved(g, s, sleepover.Choose{Ask: s.ID, Offer: o.ID, Sheet: s.Sheet})
}

func runChange(c *call) (result, error) {
	c.groupFlag()
	f := c.termFlags()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, s, err := c.sleepover()
	if err != nil {
		return nil, err
	}
	terms, beds, err := f.onto(s.Terms, s.Beds)
	if err != nil {
		return nil, err
	}
	return c.moved(g, s, sleepover.Change{Ask: s.ID, Terms: terms, Beds: beds})
}

// runCannot takes an offer back: the one that is named, or the newest of this person's own that still stands.
func runCannot(c *call) (result, error) {
	c.groupFlag()
	which, reason := c.text("offer"), c.text("reason")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, s, err := c.sleepover()
	if err != nil {
		return nil, err
	}
	var o sleepover.Bid
	if *which != "" {
		if o, err = offer(s, *which); err != nil {
			return nil, err
		}
	} else {
		mine := slices.DeleteFunc(s.Standing(), func(b sleepover.Bid) bool { return b.By.Author != g.Me })
		if len(mine) == 0 {
			return nil, errNotFound
		}
		o = mine[len(mine)-1]
	}
	return c.moved(g, s, sleepover.Cannot{Ask: s.ID, Offer: o.ID, Reason: act.Tidy(*reason)})
}

func runOnIt(c *call) (result, error) {
	c.groupFlag()
	off := c.flags.Bool("off", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, s, err := c.sleepover()
	if err != nil {
		return nil, err
	}
	return c.moved(g, s, sleepover.OnIt{Ask: s.ID, Off: *off})
}

// shownSleepover is one sleepover as JSON has it.
type shownSleepover struct {
	Sleepover string         `json:"sleepover"`
	State     string         `json:"state"`
	Kind      string         `json:"kind"`
	Child     string         `json:"child"`
	From      string         `json:"from"`
	To        string         `json:"to"`
	Beds      uint           `json:"beds"`
	By        string         `json:"by"`
	Arrive    string         `json:"arrive"`
	Leave     string         `json:"leave"`
	Collect   string         `json:"collect"`
	Note      string         `json:"note"`
	Offers    []offerLine    `json:"offers"` // those that stand
	Chosen    string         `json:"chosen"` // an offer, or empty
	Changed   bool           `json:"changed"`
	Waits     []string       `json:"waits"` // who has yet to agree to the terms as they are: "asker", "host"
	OnIt      []string       `json:"onIt"`
	Conflicts []conflictLine `json:"conflicts"`
	Delivery  deliveryLine   `json:"delivery"`

	group present.Group
	net   present.Net
	it    sleepover.Sleepover
}

type offerLine struct {
	Offer     string `json:"offer"`
	By        string `json:"by"`
	Name      string `json:"name"`
	Condition string `json:"condition"`
	Earlier   bool   `json:"earlier"` // made before the terms were last changed
}

type conflictLine struct {
	Kind   string   `json:"kind"`
	Moves  []string `json:"moves"`
	People []string `json:"people"` // who should ring one another
}

// deliveryLine counts the other computers of everybody who may read the sleepover, for its newest move.
type deliveryLine struct {
	Stored  bool     `json:"stored"`
	Devices int      `json:"devices"`
	Of      int      `json:"of"`
	Mailbox bool     `json:"mailbox"`
	Seen    []string `json:"seen"`
	Has     []string `json:"has"`
	NoRoom  bool     `json:"noroom,omitempty"`  // every mailbox has said that it has no room for it
	Crowded []string `json:"crowded,omitempty"` // computers that have said that they have no room for it
}

func (c *call) show(g present.Group, s sleepover.Sleepover) shownSleepover {
	out := shownSleepover{
		Sleepover: s.ID.String(), State: s.State.String(), Child: s.Terms.Child, Beds: s.Beds, By: s.Asked.Author.String(),
		Arrive: s.Terms.Arrive.String(), Leave: s.Terms.Leave.String(), Collect: s.Terms.Collect, Note: s.Terms.Note,
		Offers: []offerLine{}, Changed: s.Changed, Waits: []string{}, OnIt: []string{}, Conflicts: []conflictLine{},
		group: g, net: c.peer.World().Net, it: s,
	}
	if !s.Terms.From.IsZero() {
		out.From, out.To = s.Terms.From.String(), s.Terms.To.String()
	}
	for name, k := range kinds {
		if k == s.Kind {
			out.Kind = name
		}
	}
	for _, b := range s.Standing() {
		out.Offers = append(out.Offers, offerLine{b.ID.String(), b.By.Author.String(), g.NameOf(b.By.Author), b.Condition, b.Earlier})
	}
	if !s.Chosen.IsZero() {
		out.Chosen = s.Chosen.String()
	}
	if s.AskerToSay {
		out.Waits = append(out.Waits, "asker")
	}
	if s.HostToSay {
		out.Waits = append(out.Waits, "host")
	}
	for _, o := range s.OnIt {
		out.OnIt = append(out.OnIt, o.By.Author.String())
	}
	for _, k := range s.Conflicts {
		out.Conflicts = append(out.Conflicts, conflictLine{k.Kind.String(), texts(k.Moves), texts(k.People)})
	}
	out.Delivery = deliveryOf(delivered(g, s))
	return out
}

func deliveryOf(d present.Delivery) deliveryLine {
	return deliveryLine{d.Stored, d.Devices, d.Of, d.Mailbox, texts(d.Seen), texts(d.Has), d.NoRoom, texts(d.Crowded)}
}

// delivered is what is known of the newest moves: the one that the fewest computers hold counts, so that nothing is
// claimed of the whole that does not hold of its last word.
func delivered(g present.Group, s sleepover.Sleepover) present.Delivery {
	ids := s.Heads
	if len(ids) == 0 {
		ids = []kp1.ID{s.ID}
	}
	least := g.Has(ids[0])
	for _, id := range ids[1:] {
		if d := g.Has(id); d.Devices < least.Devices || !d.Stored {
			least = d
		}
	}
	return least
}

var stateWords = map[sleepover.State]words.Key{
	sleepover.Unknown: "ctl.state.unknown", sleepover.Asked: "ctl.state.asked", sleepover.Offered: "ctl.state.offered",
	sleepover.Chosen: "ctl.state.chosen", sleepover.Agreed: "ctl.state.agreed", sleepover.ArrivedThere: "ctl.state.arrived",
	sleepover.HomeAgain: "ctl.state.home", sleepover.Closed: "ctl.state.closed", sleepover.Withdrawn: "ctl.state.withdrawn",
	sleepover.NotNeededAnyMore: "ctl.state.not-needed",
}

// line is a sleepover in one line.
func (s shownSleepover) line(c *call) string {
	nights := ""
	if s.it.Terms.Nights() > 0 {
		nights = present.NearDate(s.it.Terms.From, c.today()) + ", " + present.Nights(s.it.Terms.Nights())
	}
	return strings.TrimSpace(fmt.Sprintf("%s  %s  %s  %s", shortID(s.it.ID), s.Child, nights, present.Say(stateWords[s.it.State])))
}

func (s shownSleepover) plain(c *call) string {
	all := append([]string{s.line(c)}, s.terms()...)
	for _, o := range s.Offers {
		mark := "ctl.sleepover.offer"
		if o.Offer == s.Chosen {
			mark = "ctl.sleepover.offer.chosen"
		}
		line := "  " + cutID(o.Offer) + "  " + present.Say(words.Key(mark), "Name", o.Name)
		if o.Condition != "" {
			line += " " + o.Condition
		}
		all = append(all, line)
	}
	if len(s.Conflicts) > 0 {
		all = append(all, present.Say("ctl.sleepover.conflict"))
	}
	for _, o := range s.it.OnIt {
		all = append(all, "  "+present.Say("ctl.sleepover.on-it", "Name", s.group.NameOf(o.By.Author)))
	}
	return lines(append(all, c.whoHas(delivered(s.group, s.it), s.net, s.group.NameOf))...)
}

// terms says who asks for how many beds, and the rest of what they said.
func (s shownSleepover) terms() []string {
	var all []string
	add := func(key words.Key, args ...any) { all = append(all, "  "+present.Say(key, args...)) }
	if s.it.State != sleepover.Unknown {
		add("ctl.sleepover.by", "Name", s.group.NameOf(s.it.Asked.Author), "Beds", present.Count("ctl.beds.count", int(s.Beds))) //nolint:gosec // few
	}
	if s.Arrive != "" {
		add("ctl.sleepover.arrive", "Time", s.Arrive)
	}
	if s.Leave != "" {
		add("ctl.sleepover.leave", "Time", s.Leave)
	}
	if s.Collect != "" {
		add("ctl.sleepover.collect", "Who", s.Collect)
	}
	if s.Note != "" {
		all = append(all, "  "+s.Note)
	}
	return all
}

type sleepoverList []shownSleepover

func (l sleepoverList) plain(c *call) string {
	if len(l) == 0 {
		return present.Say("ctl.sleepovers.none")
	}
	var all []string
	for _, s := range l {
		all = append(all, s.line(c))
	}
	return lines(all...)
}

func runSleepovers(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := sleepoverList{}
	for _, s := range sleepovers(g) {
		l = append(l, c.show(g, s))
	}
	return l, nil
}

func runSleepoverShow(c *call) (result, error) {
	c.groupFlag()
	opened := c.flags.Bool("opened", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, s, err := c.sleepover()
	if err != nil {
		return nil, err
	}
	if *opened {
		var theirs []kp1.ID
		for _, m := range s.Moves {
			if m.Author != g.Me {
				theirs = append(theirs, m.ID)
			}
		}
		c.peer.Seen(c.ctx, g.ID, theirs...)
	}
	return c.show(g, s), nil
}
