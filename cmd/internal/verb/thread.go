package verb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/app/present/message"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
)

func threadVerbs() []spec {
	return []spec{
		{"thread new", "--title T [--audience WHO] [--group G]", "ctl.help.thread-new", needOpen, runThreadNew},
		{"post", "--thread THREAD TEXT [--reply POST] [--attach FILE [--full-size]] [--audience WHO] [--group G]", "ctl.help.post", needOpen, runPost},
		{"threads", "[--group G]", "ctl.help.threads", needOpen, runThreads},
		{"thread show", "THREAD [--last N] [--opened] [--group G]", "ctl.help.thread-show", needOpen, runThreadShow},
	}
}

// pagePosts is how many of the newest posts thread show prints unless asked for more.
const pagePosts = 200

type threadMade struct {
	Thread string   `json:"thread"`
	For    []string `json:"for,omitempty"` // the people who alone can read its title, this one among them

	words string
}

func (t threadMade) plain(*call) string { return t.words }

func runThreadNew(c *call) (result, error) {
	c.groupFlag()
	title, audience := c.text("title"), c.text("audience")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("title"); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	to, err := c.audience(g, *audience)
	if err != nil {
		return nil, err
	}
	id, err := c.peer.ProposeTo(c.ctx, g.ID, thread.New{Title: *title}, to)
	if err != nil {
		return nil, err
	}
	return threadMade{id.String(), named(g, to), present.Say("ctl.thread.started", "ID", shortID(id))}, nil
}

// thread finds a thread by the beginning of its id.
func (c *call) thread(prefix string) (present.Group, thread.Thread, error) {
	return everywhere(c, begins(prefix), threads, func(t thread.Thread) string { return t.ID.String() })
}

type posted struct {
	Post string   `json:"post"`
	For  []string `json:"for,omitempty"` // the people who alone can read it, this one among them

	words string
}

func (p posted) plain(*call) string { return p.words }

func runPost(c *call) (result, error) {
	c.groupFlag()
	in, reply, audience, attach := c.text("thread"), c.text("reply"), c.text("audience"), c.text("attach")
	full := c.flags.Bool("full-size", false, "")
	if err := c.parse(0, -1); err != nil {
		return nil, err
	}
	if len(c.args) == 0 && *attach == "" {
		return nil, c.misused("a message needs words, or a file to go with it")
	}
	if err := c.required("thread"); err != nil {
		return nil, err
	}
	g, t, err := c.thread(*in)
	if err != nil {
		return nil, err
	}
	p := thread.Post{Thread: t.ID, Text: act.Tidy(strings.Join(c.args, " "))}
	var question thread.Item
	if *reply != "" {
		if question, err = beginning(begins(*reply), slices.Collect(t.Items(0, t.Len())), func(it thread.Item) string { return it.ID.String() }); err != nil {
			return nil, err
		}
		p.ReplyTo = question.ID
	}
	to := g.Reply(t, question)
	if c.given("audience") {
		if to, err = c.audience(g, *audience); err != nil {
			return nil, err
		}
		if to.Only == nil && to.Comp > t.By.Comp {
			return nil, c.misused("a message stands where its thread does, which others can read too: name people, or start a thread")
		}
	}
	if *attach != "" {
		return c.give(g, thread.File{Thread: t.ID, ReplyTo: p.ReplyTo}, c.path(*attach), p.Text, *full, to)
	}
	id, err := c.peer.ProposeTo(c.ctx, g.ID, p, to)
	if err != nil {
		return nil, err
	}
	return posted{id.String(), named(g, to), c.told(g.ID, id)}, nil
}

// told says who has what was just written.
func (c *call) told(g kp1.GID, id kp1.ID) string {
	w := c.peer.World()
	now, ok := w.Find(g)
	if !ok {
		return ""
	}
	return c.whoHas(now.Has(id), w.Net, now.NameOf)
}

// whoHas says who has something. A call that nobody else holds the home for says nothing of the network: it is on none.
func (c *call) whoHas(d present.Delivery, net present.Net, name func(kp1.MID) string) string {
	if c.alone && d.Stored && d.Of > 0 && d.Devices == 0 && !d.Mailbox {
		return present.Say("ctl.alone")
	}
	return present.DeliveryLine(d, net, name).Text
}

type threadList []threadLine

type threadLine struct {
	Thread string   `json:"thread"`
	Title  string   `json:"title"`
	For    []string `json:"for,omitempty"` // the people who alone can read the title
	Posts  int      `json:"posts"`
	Last   string   `json:"last"`             // when the newest post was written; empty: there is none
	Hidden int      `json:"hidden,omitempty"` // more posts, which are hidden on this computer

	id     kp1.ID
	called string
}

func (l threadList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.threads.none")
	}
	var all []string
	for _, t := range l {
		all = append(all, fmt.Sprintf("%s  %s  %s", shortID(t.id), t.called, present.Count("ctl.threads.posts", t.Posts)))
	}
	return lines(all...)
}

func runThreads(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := threadList{}
	for _, t := range threads(g) {
		if len(g.Hides) > 0 && g.LeftOut(t) {
			continue
		}
		n := sumOf(hiddenIn(g, t))
		line := threadLine{Thread: t.ID.String(), Title: titleIn(g, t), For: texts(t.By.For), Posts: t.Len() - n, Hidden: n, id: t.ID, called: message.TitleOf(g, t)}
		if it, ok := g.Last(t); ok {
			line.Last = stamp(it.Time)
		}
		l = append(l, line)
	}
	if len(g.Hides) > 0 { // what is hidden lifts no thread above others
		slices.SortStableFunc(l, func(a, b threadLine) int { return cmp.Compare(b.Last, a.Last) })
	}
	return l, nil
}

// titleIn is the title of a thread; none where who gave it is hidden.
func titleIn(g present.Group, t thread.Thread) string {
	if g.IsHidden(t.By.Author) {
		return ""
	}
	return t.Title
}

// stamp writes a claimed time for JSON: in UTC, so that it says nothing of where anybody is.
func stamp(seconds uint64) string {
	return time.Unix(int64(min(seconds, 1<<40)), 0).UTC().Format(time.RFC3339) //nolint:gosec // bounded just there
}

type threadShown struct {
	Thread string     `json:"thread"`
	Title  string     `json:"title"`
	For    []string   `json:"for,omitempty"` // the people who alone can read the title
	Posts  []postLine `json:"posts"`
	Hidden []hiddenOf `json:"hidden,omitempty"` // whose posts are left out, and how many of the whole thread

	called, only string
}

type postLine struct {
	Post   string `json:"post"`
	By     string `json:"by"`
	Name   string `json:"name"`
	At     string `json:"at"`
	Text   string `json:"text"`
	Reply  string `json:"reply"`
	Edited string `json:"edited"` // when it was last changed; empty: never
	Gone   string `json:"gone"`   // "withdrawn" by its author, or "redacted" by who leads; empty: neither
	Words  string `json:"words"`  // "here", "away" (not arrived yet), "taken" (taken away for good) or "others" (for other people)

	File *fileLine `json:"file,omitempty"` // it is a file, with no text

	For []string `json:"for,omitempty"` // the people who alone can read it

	Delivery *deliveryLine `json:"delivery,omitempty"` // of what this person wrote

	id   kp1.ID
	when string
	gone string // in words
	only string // for whom, in words
}

var wordStates = map[act.Words]string{act.Here: "here", act.Away: "away", act.Taken: "taken", act.Others: "others"}

func (t threadShown) plain(*call) string {
	all := []string{t.called}
	if t.only != "" {
		all = append(all, t.only)
	}
	for _, p := range t.Posts {
		text := p.Text
		if p.File != nil {
			text = message.FileLine(p.File.Name, p.File.Here, p.File.Size)
		}
		switch p.Words {
		case wordStates[act.Away]:
			text = present.Say("ctl.words.away")
		case wordStates[act.Taken]:
			if text = p.gone; text == "" {
				text = present.Say("ctl.words.taken")
			}
		case wordStates[act.Others]:
			text = present.Say("message.others")
		}
		all = append(all, fmt.Sprintf("%s  %s, %s", shortID(p.id), p.Name, p.when))
		if p.only != "" {
			all = append(all, "  "+p.only)
		}
		all = append(all, "  "+strings.ReplaceAll(text, "\n", "\n  "))
	}
	for _, h := range t.Hidden {
		all = append(all, present.Count("message.hidden", h.Posts, "Name", h.Name))
	}
	return lines(all...)
}

func runThreadShow(c *call) (result, error) {
	c.groupFlag()
	last, opened := c.flags.Uint("last", pagePosts, ""), c.flags.Bool("opened", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, t, err := c.thread(c.args[0])
	if err != nil {
		return nil, err
	}
	var theirs []kp1.ID // what is shown of the others
	shown := threadShown{
		Thread: t.ID.String(), Title: titleIn(g, t), For: texts(t.By.For), Posts: []postLine{}, Hidden: hiddenIn(g, t),
		called: message.TitleOf(g, t), only: g.OnlyFor(t.By),
	}
	for _, it := range g.Newest(t, int(min(*last, uint(t.Len())))) { //nolint:gosec // no more than there are
		p := postLine{
			Post: it.ID.String(), By: it.Author.String(), Name: g.NameOf(it.Author), At: stamp(it.Time), Text: it.Text,
			Words: wordStates[it.Words], For: texts(it.For), id: it.ID, only: g.OnlyFor(it.Meta),
			when: present.Moment(time.Unix(int64(min(it.Time, 1<<40)), 0).In(c.zone()), c.now().In(c.zone())), //nolint:gosec // bounded just there
		}
		if !it.ReplyTo.IsZero() {
			p.Reply = it.ReplyTo.String()
		}
		if it.IsFile {
			f := fileIn(g, it)
			p.File = &f
		}
		if it.Edited > 0 {
			p.Edited = stamp(it.Edited)
		}
		if gone, ok := g.Care.Gone(it.ID); ok {
			p.Gone, p.gone = "withdrawn", message.Explained(g, it.ID)
			if gone.By {
				p.Gone = "redacted"
			}
		}
		if it.Author == g.Me {
			d := deliveryOf(g.Has(it.ID))
			p.Delivery = &d
		} else {
			theirs = append(theirs, it.ID)
		}
		shown.Posts = append(shown.Posts, p)
	}
	if *opened && len(theirs) > 0 {
		c.peer.Seen(c.ctx, g.ID, theirs...)
	}
	return shown, nil
}
