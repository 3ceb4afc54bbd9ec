package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/network/keeper"
)

// groupLine is one paired group in a status, by its random number.
type groupLine struct {
	Group     string `json:"group"`
	Mailboxes int    `json:"mailboxes"`
	Invites   int    `json:"invites"`
	Envelopes int    `json:"envelopes"`
	Bytes     int64  `json:"bytes"`
	Full      int    `json:"full"` // per cent
}

type statusLine struct {
	Serving bool        `json:"serving"`
	Since   string      `json:"since,omitempty"`
	Addrs   []string    `json:"addrs,omitempty"`
	Groups  []groupLine `json:"groups"`
	Bytes   int64       `json:"bytes"`
	Visits  uint64      `json:"visits"`
	Put     uint64      `json:"put"`
	Got     uint64      `json:"got"`
	Refused uint64      `json:"refused"`
	Closed  uint64      `json:"closed"`
	Failed  uint64      `json:"failed"`
	Trouble bool        `json:"trouble"`
}

func (c *call) status() error {
	if err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	s, err := c.keeper.Status()
	if err != nil {
		return err
	}
	out := statusLine{
		Serving: c.serving, Groups: []groupLine{}, Bytes: s.Bytes, Visits: s.Visits, Put: s.Put, Got: s.Got,
		Refused: s.Refused, Closed: s.Closed, Failed: s.Failed, Trouble: s.Trouble != nil,
	}
	words := present.Say("mailbox.off") + "\n" + groups(s)
	if c.serving {
		out.Addrs, out.Since = s.Addrs, s.Since.UTC().Format(time.RFC3339)
		words = page(s)
	}
	for _, g := range s.Groups {
		out.Groups = append(out.Groups, groupLine{number(g.Tenant), g.Mailboxes, g.Rendezvous, g.Envelopes, g.Usage.Bytes, g.Full})
	}
	return c.say(out, strings.TrimSpace(words))
}

// fullSoon is from how many per cent on the page speaks of room.
const fullSoon = 75

// page is how things are, in plain words.
func page(s keeper.Status) string {
	lines := []string{present.Say("mailbox.page.well")}
	if s.Trouble != nil {
		lines = []string{present.Say("mailbox.page.disk")}
	}
	lines = append(lines, present.Say("mailbox.page.since", "Time", s.Since.Format("2 January 2006, 15:04")), "", groups(s),
		present.Count("mailbox.page.put", int(s.Put)), present.Count("mailbox.page.got", int(s.Got)), //nolint:gosec // counts
		present.Count("mailbox.page.refused", int(s.Refused+s.Closed))) //nolint:gosec // counts
	if slices.ContainsFunc(s.Groups, func(g keeper.GroupStatus) bool { return g.Full >= fullSoon }) {
		lines = append(lines, "", present.Say("mailbox.page.full"))
	}
	if len(s.Addrs) > 0 {
		lines = append(lines, "", present.Say("mailbox.page.addrs"))
		for _, a := range s.Addrs {
			lines = append(lines, "  "+a)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// groups lists who is paired, by numbers.
func groups(s keeper.Status) string {
	lines := []string{present.Count("mailbox.page.groups", len(s.Groups), "Size", megabytes(s.Bytes))}
	for _, g := range s.Groups {
		lines = append(lines, "  "+present.Count("mailbox.page.group", g.Envelopes, "Group", number(g.Tenant)[:8], "Size", megabytes(g.Usage.Bytes), "Full", g.Full))
	}
	return strings.Join(lines, "\n")
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// metrics is the same for Prometheus: sums over all groups, so that they name nobody and nothing.
func metrics(s keeper.Status) string {
	var b strings.Builder
	put := func(name, kind, help string, v float64) {
		fmt.Fprintf(&b, "# HELP kith_mailbox_%s %s\n# TYPE kith_mailbox_%s %s\nkith_mailbox_%s %g\n", name, help, name, kind, name, v)
	}
	envelopes, size, full := 0, int64(0), 0
	for _, g := range s.Groups {
		envelopes, size, full = envelopes+g.Envelopes, size+g.Usage.Bytes, max(full, g.Full)
	}
	trouble := 0.0
	if s.Trouble != nil {
		trouble = 1
	}
	put("groups", "gauge", "Groups that are paired.", float64(len(s.Groups)))
	put("envelopes", "gauge", "Envelopes that wait, in all.", float64(envelopes))
	put("bytes", "gauge", "Bytes that wait, in all.", float64(size))
	put("file_bytes", "gauge", "Size of the file.", float64(s.Bytes))
	put("fullest_percent", "gauge", "How full the fullest group is.", float64(full))
	put("visitors", "gauge", "Visitors connected now.", float64(s.Connected))
	put("disk_trouble", "gauge", "1 when the last commit failed.", trouble)
	put("visits_total", "counter", "Visits since the start.", float64(s.Visits))
	put("closed_total", "counter", "Logins and pairings refused.", float64(s.Closed))
	put("put_total", "counter", "Envelopes taken in.", float64(s.Put))
	put("got_total", "counter", "Envelopes handed out.", float64(s.Got))
	put("refused_total", "counter", "Wishes refused.", float64(s.Refused))
	put("swept_total", "counter", "Envelopes whose time was over.", float64(s.Swept))
	put("commits_total", "counter", "Commits to disk.", float64(s.Commits))
	put("commits_failed_total", "counter", "Commits the disk refused.", float64(s.Failed))
	return b.String()
}
