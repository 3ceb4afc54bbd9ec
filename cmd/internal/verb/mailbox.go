package verb

import (
	"strings"
	"time"

	"kith/app/present"
)

func mailboxVerbs() []spec {
	return []spec{
		{"mailbox pair", "[--group G] LINK | [--group G] --at ADDRESS WORD...", "ctl.help.mailbox-pair", needOpen, runMailboxPair},
		{"mailbox drop", "[--group G] MAILBOX", "ctl.help.mailbox-drop", needOpen, runMailboxDrop},
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
	return mailboxesOf(c, g), nil
}

type mailboxList []mailboxLine

type mailboxLine struct {
	Mailbox string   `json:"mailbox"`
	Addrs   []string `json:"addrs"`
	Reached string   `json:"reached,omitempty"` // when, RFC 3339
	Trouble string   `json:"trouble,omitempty"` // a code
	Lost    int      `json:"lost"`

	words string
}

func mailboxesOf(c *call, g present.Group) mailboxList {
	out := mailboxList{}
	for _, m := range c.peer.Mailboxes(g.ID) {
		l := mailboxLine{Mailbox: m.Peer, Addrs: m.Addrs, Trouble: m.Trouble, Lost: m.Lost}
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
