package help

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present/help"
	"kith/assets"
)

// Numbers is the list of numbers to ring with its heading and the word of when it was checked, for the Help page and the
// locked page alike.
type Numbers struct {
	*fyne.Container
	heading, intro *kit.Text
	rows           *kit.Numbers
	checked        *kit.IconLine
	old            *kit.Banner
}

// NewNumbers makes an empty list under a heading, whose words are the list's.
func NewNumbers(heading *kit.Text) *Numbers {
	n := &Numbers{
		heading: heading, intro: kit.Quiet(""), rows: kit.NewNumbers(false),
		checked: kit.NewIconLine(assets.IconDone, 24, "", look.Body, look.Ink),
		old:     kit.NewBanner(look.ToneAmber, assets.IconWarning, "", ""),
	}
	card := kit.NewPanel(look.Card, look.Line, 1, 14, 4, 18, n.rows.Container)
	n.Container = kit.Column(8, kit.Column(0, n.heading, n.intro), n.old, card, n.checked)
	return n
}

// Set shows the numbers; an old list says so in amber.
func (n *Numbers) Set(s help.Numbers) {
	n.heading.SetText(s.Heading)
	n.intro.SetText(s.Intro)
	rows := make([]kit.Number, len(s.Rows))
	for i, r := range s.Rows {
		rows[i] = kit.Number{Name: r.Name, Text: r.Text, Number: r.Number}
		if r.Unsure {
			rows[i].Note = r.Checked
		}
	}
	n.rows.Set(rows)
	if s.Old {
		n.old.Set(s.Checked.Text, "")
		n.checked.Set("", "")
	} else {
		n.old.Set("", "")
		n.checked.Set(s.Checked.Icon, s.Checked.Text)
	}
	n.Container.Refresh()
}
