package sim

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kith/app/present"
	"kith/network/mailbox"
	"kith/network/reconcile"
	"kith/store"
	"kith/store/care/act"
	"kith/store/group"
	"kith/store/kp1"
)

// witness knows what is on which disk, and what each was told, so that it can hold every sentence about a delivery to it.
type witness struct {
	v      *Village
	names  map[kp1.MID]string
	owners map[kp1.DID][]*Machine          // a device that was copied is on two machines
	kept   map[promise]bool                // what a keeper says that it keeps, to whom
	lied   map[[2]*Machine]map[kp1.ID]bool // what a liar says that it has, to whom
	gone   map[kp1.ID]bool                 // what was taken back
	eyes   map[kp1.MID]map[kp1.ID]bool     // what a person has opened, on any machine of theirs
	liar   *Machine
	gossip bool // a fault to be found: what one says of others is believed
	looks  int
	claims map[string]int // kinds of sentences that were held to the world
}

type promise struct {
	keeper *Keeper
	to     *Machine
	id     kp1.ID
}

func newWitness(v *Village) *witness {
	return &witness{
		v: v, names: map[kp1.MID]string{}, owners: map[kp1.DID][]*Machine{}, kept: map[promise]bool{},
		lied: map[[2]*Machine]map[kp1.ID]bool{}, gone: map[kp1.ID]bool{}, eyes: map[kp1.MID]map[kp1.ID]bool{}, claims: map[string]int{},
	}
}

// sees notes which device of whom a machine is.
func (w *witness) sees(m *Machine) {
	if w == nil || m.l == nil {
		return
	}
	if g := m.view(); !g.Device.IsZero() && !slices.Contains(w.owners[g.Device], m) {
		w.owners[g.Device] = append(w.owners[g.Device], m)
		w.names[g.Me] = m.owner.name
	}
}

// holds says whether all that an act is made of is on a machine's disk. What was put back to yesterday, or was taken back,
// was there as far as anybody can know.
func (w *witness) holds(m *Machine, s saying) bool {
	was := m.old || m.forked || w.gone[s.id]
	return !slices.ContainsFunc(s.items, func(it reconcile.Item) bool {
		return !m.set.Has(it) && !(was && m.ever[kp1.ID(it.ID)])
	})
}

// has says whether a device has an act, or has told m so itself.
func (w *witness) has(m *Machine, d kp1.DID, s saying) bool {
	return slices.ContainsFunc(w.machines(m, d), func(q *Machine) bool {
		return w.holds(q, s) && w.opens(q, s) || !slices.ContainsFunc(s.items, func(it reconcile.Item) bool {
			return !q.set.Has(it) && !w.lied[[2]*Machine{q, m}][kp1.ID(it.ID)]
		})
	})
}

// machines are those that are, or were, a device that m counts. One that was copied is on two.
func (w *witness) machines(m *Machine, d kp1.DID) []*Machine {
	all := slices.Clone(w.owners[d])
	if dev, ok := m.view().State.Device(d); ok {
		for _, q := range w.v.machines {
			if slices.Equal(q.peer, dev.Peer) && !slices.Contains(all, q) {
				all = append(all, q)
			}
		}
	}
	return all
}

// opens says whether a machine that shows an act for few can read it: who has no key has nothing.
func (w *witness) opens(q *Machine, s saying) bool {
	if s.few == nil || q.l == nil || w.gone[s.id] {
		return true
	}
	for _, t := range q.view().Care.Threads().All() {
		for it := range t.Items(0, t.Len()) {
			if it.ID == s.id {
				return it.Words == act.Here
			}
		}
	}
	return true
}

// keeps says whether one of the keepers has all of an act: an honest one on its disk, the liar by what it told m.
func (w *witness) keeps(m *Machine, s saying) bool {
	return slices.ContainsFunc(w.v.keepers, func(k *Keeper) bool {
		return !slices.ContainsFunc(s.items, func(it reconcile.Item) bool {
			if k.lies {
				return !w.kept[promise{k, m, kp1.ID(it.ID)}]
			}
			for _, box := range k.boxes {
				if mailbox.Has(k.disk, box, it.ID) {
					return false
				}
			}
			return true
		})
	})
}

// lie has the liar tell another that it has what it has not; under gossip, that everybody has it.
func (w *witness) lie(to *Machine) error {
	q := w.liar
	told := w.lied[[2]*Machine{q, to}]
	if told == nil {
		told = map[kp1.ID]bool{}
		w.lied[[2]*Machine{q, to}] = told
	}
	var ids []kp1.ID
	for _, s := range w.v.said[max(0, len(w.v.said)-30):] {
		for _, it := range s.items {
			ids = append(ids, kp1.ID(it.ID))
			told[kp1.ID(it.ID)] = true
		}
	}
	if err := to.held(q, ids, 0); err != nil || !w.gossip {
		return err
	}
	for _, d := range to.view().State.Devices {
		if err := to.l.Held(w.v.g, d.ID, ids, 0); err != nil {
			return err
		}
	}
	return nil
}

// takenAway has a machine say, beside what it has, what it took away for good and the other still has.
func (w *witness) takenAway(to, q *Machine, d kp1.DID) error {
	if w == nil || len(w.gone) == 0 || q == w.liar {
		return nil
	}
	var ids []kp1.ID
	for i := range to.set.Len() {
		if it := to.set.At(i); !q.set.Has(it) {
			ids = append(ids, kp1.ID(it.ID))
		}
	}
	gone := q.l.Gone(w.v.g, ids)
	ids = ids[:0]
	for _, x := range gone {
		ids = append(ids, x.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	return to.l.Lost(w.v.g, d, ids)
}

// told notes a keeper's own word about the newest mailbox: it has these.
func (w *witness) told(m *Machine, k *Keeper, ids []kp1.ID) error {
	if w == nil || len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		w.kept[promise{k, m, id}] = true
	}
	return m.l.Held(w.v.g, store.MailboxDevice(k.peer), ids, 0)
}

// shown notes what a comparison with a keeper's newest mailbox has shown it to have, and not to have any more.
func (w *witness) shown(m *Machine, k *Keeper, tx shelved, box mailbox.Key) error {
	if w == nil {
		return nil
	}
	there := map[reconcile.ID]bool{}
	for it, err := range mailbox.Items(tx, box) {
		if err != nil {
			return err
		}
		there[it.ID] = !k.withholds(it.ID)
	}
	var lacks []kp1.ID
	for i := range m.set.Len() {
		id := m.set.At(i).ID
		if at := (promise{k, m, kp1.ID(id)}); there[id] {
			w.kept[at] = true
		} else {
			delete(w.kept, at)
			lacks = append(lacks, kp1.ID(id))
		}
	}
	_, err := m.l.Mailed(w.v.g, k.peer, lacks, m.upTo)
	return err
}

// opened has the owner of a machine open some of the newest acts, as a window would. What is told of it goes with receipts.
func (w *witness) opened(m *Machine) error {
	g := m.view()
	if !m.honest() || m.l == nil || !g.In {
		return nil
	}
	if m == w.v.machines[0] && g.State.Policy.Seen != group.SeenShown {
		shown := group.SeenShown
		_, err := m.l.SetPolicy(context.Background(), w.v.g, group.PolicyFields{Seen: &shown})
		if err = tolerate(err); err != nil {
			return err
		}
	}
	for _, s := range w.v.said[max(0, len(w.v.said)-8):] {
		if s.by == m || !w.holds(m, s) || !m.l.HasOp(w.v.g, s.id) || w.v.rnd.IntN(2) == 0 {
			continue
		}
		if err := m.l.Opened(w.v.g, s.id); err != nil {
			return err
		}
		if w.eyes[g.Me] == nil {
			w.eyes[g.Me] = map[kp1.ID]bool{}
		}
		w.eyes[g.Me][s.id] = true
		m.tendSoon()
	}
	return nil
}

// look holds what a machine says of the newest acts, and of some others, to the world.
func (w *witness) look(m *Machine, most int) error {
	if w == nil || !m.honest() || m.l == nil || !m.view().In {
		return nil
	}
	said := w.v.said
	for i := range most {
		n := len(said) - 1 - i
		if i >= most/2 && n >= 0 {
			n = w.v.rnd.IntN(len(said))
		}
		if n < 0 {
			return nil
		}
		if err := w.hold(m, said[n]); err != nil {
			return err
		}
	}
	return nil
}

// hold holds one sentence to the world: what the presenter says on machine m of one act, by anybody.
func (w *witness) hold(m *Machine, s saying) error {
	if !m.l.HasOp(w.v.g, s.id) {
		return nil
	}
	if w.gone[s.id] { // what is said is of what is left of it here: the op without its words, or the word that it was taken back
		if s.items = slices.DeleteFunc(slices.Clone(s.items), func(it reconcile.Item) bool { return !m.set.Has(it) }); len(s.items) == 0 {
			return nil
		}
	}
	g := w.group(m)
	d := g.Has(s.id)
	if ask, ok := g.Care.Sleepovers().Get(s.id); ok {
		var by []act.Meta
		for _, x := range ask.Moves {
			by = append(by, x.Meta)
		}
		d = g.Answered(d, by...)
	}
	text := present.DeliveryLine(d, present.Net{On: true}, func(id kp1.MID) string { return w.names[id] }).Text
	c, err := readSentence(text)
	if err != nil {
		return err
	}
	w.looks++
	w.claims[c.kind]++
	if len(c.seen) > 0 {
		w.claims["seen"]++
	}
	if wrong := w.wrong(m, g, s, c); wrong != "" {
		return fmt.Errorf("%v says of op %s by %v: %q; %s%s", m, s.id.Short(), s.by, text, wrong, w.lacking(m, g, s))
	}
	return nil
}

// lacking tells which of the devices that count have not got all of an act, for who has to find out why.
func (w *witness) lacking(m *Machine, g present.Group, s saying) (out string) {
	d := m.l.Delivery(g.ID, s.id)
	for _, x := range g.Devices {
		if x.Here || !w.reads(g, s, x.Member) || w.has(m, x.ID, s) {
			continue
		}
		for _, q := range w.machines(m, x.ID) {
			there := 0
			for _, it := range s.items {
				if q.set.Has(it) {
					there++
				}
			}
			out += fmt.Sprintf("; %v has %d of %d envelopes, counted %v", q, there, len(s.items), slices.Contains(d.On, x.ID))
		}
	}
	return out
}

// group is what the presenter is given.
func (w *witness) group(m *Machine) present.Group {
	v := m.view()
	g := present.Group{ID: v.ID, Me: v.Me, State: v.State, Care: v.Care, Delivery: func(id kp1.ID) present.Delivery {
		d := m.l.Delivery(v.ID, id)
		return present.Delivery{Stored: d.Stored, Mailbox: d.Mailbox, Devices: d.Devices, Of: d.Of, On: d.On, Has: d.Has, HasNot: d.HasNot, Seen: d.Seen}
	}}
	for _, x := range v.State.Devices {
		g.Devices = append(g.Devices, present.Device{ID: x.ID, Member: x.Member, Mine: x.Member == v.Me, Here: x.ID == v.Device})
	}
	return g
}

// sentence is what a sentence says, as somebody reads it who knows nothing of how it was made.
type sentence struct {
	kind    string
	here    bool
	mailbox bool
	on, of  int      // on so many of so many computers
	people  []string // who have it
	all     int      // that many people have it, and they are all
	own     int      // it is on as many computers of the reader's own
	seen    []string // who have opened it
}

var (
	someOf = regexp.MustCompile(`^On (\d+) of (\d+) computers?\.(?: Not yet: .+?\.)?( For them it waits in the mailbox\.)?$`)
	theyDo = regexp.MustCompile(`^(.+) (?:has|have) it\.$`)
	allOf  = regexp.MustCompile(`^(?:All (\d+) people have|(1) person has) it\.$`)
	seenBy = regexp.MustCompile(`^(?:(.+) )?Seen by (.+)\.$`)
	ownOf  = regexp.MustCompile(`^On your (?:(\d+) other computers|other computer) too\.$`)
)

// readSentence reads a sentence. One that is new has to be taught here what it claims.
func readSentence(text string) (c sentence, err error) {
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 1
		}
		return n
	}
	if m := seenBy.FindStringSubmatch(text); m != nil {
		if c.seen, text = namesIn(m[2]), m[1]; text == "" { // and all of them have it
			c.kind, c.people = "people", c.seen
			return c, nil
		}
	}
	switch {
	case text == "Saving on this computer.":
		c.kind = "nothing"
	case strings.HasPrefix(text, "Saved on this computer."):
		c.kind, c.here = "here", true
	case strings.HasPrefix(text, "Left in the mailbox"):
		c.kind, c.mailbox = "mailbox", true
	case someOf.MatchString(text):
		m := someOf.FindStringSubmatch(text)
		c.kind, c.on, c.of, c.mailbox = "some", number(m[1]), number(m[2]), m[3] != ""
	case allOf.MatchString(text):
		m := allOf.FindStringSubmatch(text)
		c.kind, c.all = "all", number(m[1]+m[2])
	case ownOf.MatchString(text):
		c.kind, c.own = "own", number(ownOf.FindStringSubmatch(text)[1])
	case theyDo.MatchString(text):
		c.kind, c.people = "people", namesIn(theyDo.FindStringSubmatch(text)[1])
	default:
		return c, fmt.Errorf("a sentence that nobody can read: %q", text)
	}
	return c, nil
}

// namesIn reads a list of names.
func namesIn(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(text, " and ", ", "), func(r rune) bool { return r == ',' || r == ' ' })
}

// wrong says what a sentence claims that is not so.
func (w *witness) wrong(m *Machine, g present.Group, s saying, c sentence) string {
	if c.kind != "nothing" && !w.holds(m, s) {
		return "it is not on this computer"
	}
	if c.mailbox && !w.keeps(m, s) {
		return "no mailbox has it"
	}
	have, audience, mine := 0, 0, 0
	has := map[string]bool{}
	for _, x := range g.Devices {
		if x.Here || !w.reads(g, s, x.Member) {
			continue
		}
		audience++
		if w.has(m, x.ID, s) {
			have++
			if has[w.names[x.Member]] = true; x.Mine {
				mine++
			}
		}
	}
	for _, p := range c.seen {
		if !slices.ContainsFunc(g.State.Members, func(x group.Member) bool { return w.names[x.ID] == p && has[p] && w.eyes[x.ID][s.id] }) {
			return p + " has not opened it"
		}
	}
	everybody := have == audience
	switch c.kind {
	case "some":
		if c.of != audience || c.on > have {
			return fmt.Sprintf("it is on %d of %d", have, audience)
		}
	case "all":
		if !everybody || len(has) < c.all {
			return fmt.Sprintf("%d people have it", len(has))
		}
	case "own":
		if !everybody || c.own != mine {
			return fmt.Sprintf("it is on %d of them", mine)
		}
	case "people":
		for _, p := range c.people {
			if !everybody || !has[p] {
				return fmt.Sprintf("%s, or a computer of the %d that count, has not", p, audience)
			}
		}
	}
	return ""
}

// reads says whether an act is for somebody: who may read where it stands, and of what is for few, those few.
func (w *witness) reads(g present.Group, s saying, who kp1.MID) bool {
	x, ok := g.State.Member(who)
	if !ok || !slices.Contains(group.Compartments(x.Rank), s.comp) {
		return false
	}
	return s.few == nil || !slices.Contains(s.few, g.Me) || slices.Contains(s.few, who)
}

// everyone looks at everything, at the end.
func (w *witness) everyone(ms []*Machine) error {
	for _, m := range ms {
		for _, s := range w.v.said {
			if !m.honest() || m.l == nil {
				continue
			}
			if err := w.hold(m, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// tells is an hour of a machine in a village that is looked at: the liar lies to whom it reaches, and what is said of deliveries
// is held to the world.
func (m *Machine) tells() error {
	w := m.v.truth
	if w == nil {
		return nil
	}
	if w.liar == nil && len(m.v.machines) > 1 {
		w.liar = m.v.machines[len(m.v.machines)-1]
	}
	if m == w.liar {
		for _, q := range m.v.machines {
			if q != m && m.v.linked(m, q) && q.honest() && q.serves(m) {
				if err := w.lie(q); err != nil {
					return err
				}
			}
		}
	}
	if err := w.opened(m); err != nil {
		return err
	}
	return w.look(m, 12)
}
