package vcf

import (
	"fmt"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/when"
)

// Write returns the file of these people, vCard 4.0. At the full level it tells all of a Card; below it first letters and
// telephone numbers, no more. A card without a name is left out.
func Write(cards []Card, l present.Level) ([]byte, error) {
	if !l.Valid() {
		return nil, fmt.Errorf("level %d: no such level", l)
	}
	var w line.Writer
	for _, c := range cards {
		if c = c.At(l); c.Name == "" {
			continue
		}
		w.Raw("BEGIN", "VCARD")
		w.Raw("VERSION", "4.0")
		w.Text("UID;VALUE=text", c.UID)
		w.Text("FN", c.Name)
		if c.Given != "" || c.Family != "" {
			w.Raw("N", line.Escape(c.Family)+";"+line.Escape(c.Given)+";;;")
		}
		for _, p := range c.Phones {
			name := "TEL"
			if p.Kind != "" {
				name += ";TYPE=" + line.Quote(string(p.Kind))
			}
			w.Text(name, p.Number)
		}
		for _, e := range c.Emails {
			w.Text("EMAIL", e)
		}
		if d := c.Birthday; d != (when.Date{}) {
			year := "--"
			if d.Year != 0 {
				year = fmt.Sprintf("%04d", d.Year)
			}
			w.Raw("BDAY", fmt.Sprintf("%s%02d%02d", year, d.Month, d.Day))
		}
		w.Text("NOTE", c.Notes)
		w.Raw("END", "VCARD")
	}
	return []byte(w.String()), nil
}

// At returns what a file at level l tells of c.
func (c Card) At(l present.Level) Card {
	c.Name, _ = line.Clean(c.Name, false, act.MaxName)
	c.Given, _ = line.Clean(c.Given, false, act.MaxName)
	c.Family, _ = line.Clean(c.Family, false, act.MaxName)
	c.Notes, _ = line.Clean(c.Notes, true, act.MaxNotes)
	if l == present.LevelFull {
		return c
	}
	return Card{Name: present.Initials(c.Name, []string{c.Name}), Phones: c.Phones}
}
