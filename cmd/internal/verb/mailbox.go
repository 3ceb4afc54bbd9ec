package verb

import (
	"encoding/json"
	"strings"
	"time"

	"kith/app/present"
)

func mailboxVerbs() []spec {
	return []spec{
		{"mailbox pair", "[--group G] LINK | [--group G] --at ADDRESS WORD...", "ctl.help.mailbox-pair", needOpen, runMailboxPair},
		{"mailbox drop", "[--group G] MAILBOX", "ctl.help.mailbox-drop", needOpen, runMailboxDrop},
		{"mailbox keep", "on|off|status [--group G] [--yes]", "ctl.help.mailbox-keep", needOpen, runMailboxKeep},
		{"mailboxes", "[--group G]", "ctl.help.mailboxes", needOpen, runMailboxes},
	}
}

// wordsMost is as many words as a spoken code has.
const wordsMost = 8

// runMailboxPair wants the words of a spoken code one by one, and whatever a mail program has made of a link.
func runMailboxPair(c *call) (result, error) {
	c.groupFlag()
	at := c.text("at")
	if err := c.parse(1, wordsMost); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	if err := c.peer.PairMailbox(c.ctx, g.ID, strings.Join(c.args, " "), *at); err != nil {
		return nil, err
	}
	return paired{mailboxesOf(c, g)}, nil
}

// paired is the group's mailboxes, with a new one among them.
type paired struct{ mailboxList }

// MarshalJSON is that of the list.
func (p paired) MarshalJSON() ([]byte, error) { return json.Marshal(p.mailboxList) }

func (p paired) plain(c *call) string {
	return lines(present.Say("ctl.mailbox.paired"), p.mailboxList.plain(c))
}

type mailboxList []mailboxLine

type mailboxLine struct {
	Mailbox string   `json:"mailbox"`
	Addrs   []string `json:"addrs"`
	Reached string   `json:"reached,omitempty"` // when, RFC 3339
	Trouble string   `json:"trouble,omitempty"` // a code
	Lost    int      `json:"lost"`
	Hidden  int      `json:"hidden,omitempty"`  // what it was given, or says it has, and does not give out
	NoFiles bool     `json:"nofiles,omitempty"` // it has no room for files

	words string
}

func mailboxesOf(c *call, g present.Group) mailboxList {
	out := mailboxList{}
	for _, m := range c.peer.Mailboxes(g.ID) {
		l := mailboxLine{Mailbox: m.Peer, Addrs: m.Addrs, Trouble: m.Trouble, Lost: m.Lost, Hidden: m.Hidden, NoFiles: m.NoFiles}
		said := []string{present.Say("ctl.mailbox.never")}
		if !m.Reached.IsZero() {
			l.Reached = m.Reached.UTC().Format(time.RFC3339)
			said = []string{present.Say("ctl.mailbox.reached", "Time", m.Reached.In(c.zone()).Format("15:04"))}
		}
		switch m.Trouble {
		case "":
		case "E_MAILBOX_FULL", "E_BUSY":
			said = append(said, present.Say("ctl.mailbox.full"))
		case "E_MAILBOX_CLOSED":
			said = append(said, present.Say("ctl.mailbox.closed"))
		default:
			said = append(said, present.Say("ctl.mailbox.trouble"))
		}
		if m.Lost > 0 {
			said = append(said, present.Count("ctl.mailbox.lost", m.Lost))
		}
		if m.Hidden > 0 {
			said = append(said, present.Count("ctl.mailbox.hides", m.Hidden))
		}
		if m.NoFiles {
			said = append(said, present.Say("ctl.mailbox.nofiles"))
		}
		l.words = strings.Join(said, " ")
		out = append(out, l)
	}
	return out
}

func (l mailboxList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.mailbox.none")
	}
	var all []string
	for _, m := range l {
		all = append(all, m.Mailbox+"  "+m.words)
	}
	return lines(all...)
}

func runMailboxes(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	return mailboxesOf(c, g), nil
}

func runMailboxDrop(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	d, err := c.peer.DropMailbox(c.ctx, g.ID, c.args[0])
	if err != nil {
		return nil, err
	}
	return filed{d.Op.String(), present.Say("ctl.mailbox.dropped")}, nil
}

// hosted is the mailbox on this computer.
type hosted struct {
	On        bool     `json:"on"`
	Listening bool     `json:"listening"`
	Groups    []string `json:"groups"`          // messages are kept for
	Waits     []string `json:"waits,omitempty"` // of those, where somebody else has to agree first
	Port      int      `json:"port,omitempty"`
	Bytes     int64    `json:"bytes"` // on this disk
	Most      int64    `json:"most"`  // bytes for one group
	Trouble   string   `json:"trouble,omitempty"`

	names []string
}

func (h hosted) plain(*call) string {
	if !h.On {
		return present.Say("ctl.keep.off")
	}
	said := []string{present.Say("ctl.keep.on", "Groups", present.People(h.names...))}
	if len(h.Waits) > 0 {
		said = append(said, present.Say("mailboxes.waits"))
	}
	switch {
	case h.Trouble != "":
		said = append(said, present.ExplainCode(h.Trouble).Text())
	case !h.Listening:
		said = append(said, present.Say("ctl.keep.idle"))
	}
	return lines(append(said, present.Say("settings.box.room", "Size", present.Size(uint64(h.Bytes)), "Most", present.Size(uint64(h.Most))))...) //nolint:gosec // no length is negative
}

// runMailboxKeep has this computer keep messages for a group whenever Kith runs on it, or no more.
func runMailboxKeep(c *call) (result, error) {
	c.groupFlag()
	yes := c.flags.Bool("yes", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	what := c.args[0]
	if err := c.one("mailbox keep", what, "on", "off", "status"); err != nil {
		return nil, err
	}
	if what == "off" && !*yes {
		return nil, c.misused("what waits here for others goes; say --yes")
	}
	if what != "status" {
		g, err := c.inGroup()
		if err != nil {
			return nil, err
		}
		if _, err := c.peer.KeepFor(c.ctx, g.ID, what == "on"); err != nil {
			return nil, err
		}
	}
	w := c.peer.World()
	h := hosted{On: w.Hosted.On, Listening: w.Hosted.Up, Groups: []string{}, Port: w.Hosted.Port, Bytes: w.Hosted.Bytes, Most: w.Hosted.Most, Trouble: w.Hosted.Trouble}
	for _, id := range w.Hosted.For {
		h.Groups = append(h.Groups, id.String())
		if w.Hosted.Waits[id] {
			h.Waits = append(h.Waits, id.String())
		}
		if g, ok := w.Find(id); ok {
			h.names = append(h.names, g.Title())
		}
	}
	return h, nil
}
