// Package vcf reads and writes address book files (.vcf): vCard 2.1 of old telephones, 3.0 and 4.0 in; 4.0 out. It takes
// names, numbers, e-mail addresses, birthdays and notes, never the address of a house, and tells by line what it left. It
// never touches disk, network, clock or chance.
//
// The reader is our own: go-vcard does not undo the quoted-printable of 2.1, so that every accent is lost, and knows no
// limits.
package vcf

import (
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/when"
)

// Limits of what is read. What is over them is passed over and noted.
const (
	MaxCards  = 5_000
	MaxEach   = 20  // numbers, and e-mail addresses, of one person
	maxNumber = 64  // bytes
	maxEmail  = 254 // bytes
	maxUID    = 255 // bytes
)

// Card is one person.
type Card struct {
	UID      string // the same in each file that the person is in; may be empty
	Name     string // as it is shown
	Given    string
	Family   string
	Phones   []Phone
	Emails   []string
	Birthday when.Date // Year is 0 where only the day is said; the zero value says nothing
	Notes    string
}

// Phone is a telephone number.
type Phone struct {
	Kind   Kind
	Number string
}

// Kind is where a telephone rings.
type Kind string

// The kinds. The zero value says nothing.
const (
	Mobile Kind = "cell"
	Home   Kind = "home"
	Work   Kind = "work"
)

// Read reads an address book. It returns line.ErrBig, or line.ErrKind for a file with nobody in it.
func Read(r io.Reader) ([]Card, []present.FileNote, error) {
	b, err := line.Load(r)
	if err != nil {
		return nil, nil, err
	}
	rd := reader{}
	lines := line.NewReader(b)
	for {
		l, fault, ok := lines.Next()
		switch {
		case !ok:
			if rd.card != nil {
				rd.notes.Add(rd.began, present.FileEnd, "VCARD")
				rd.keep()
			}
			if !rd.begun {
				return nil, nil, line.ErrKind
			}
			return rd.cards, rd.notes.Sorted(), nil
		case fault == line.Long:
			rd.notes.Add(l.Number, present.FileLineLong, "")
		case fault == line.Odd:
			rd.odd(l.Number)
		case l.Name == "BEGIN":
			rd.begin(l)
		case l.Name == "END":
			rd.end(l)
		case rd.card != nil && rd.inner == 0:
			rd.property(l)
		}
	}
}

type reader struct {
	cards []Card
	notes present.FileNotes
	card  *Card
	parts nameParts
	old   bool // version 2.1
	begun bool
	began int
	inner int // parts within the card, which are passed over
}

// nameParts are what a name can be made of when nobody wrote it out.
type nameParts struct{ nick, firm string }

// odd notes a line without meaning. Pictures of old telephones end in lines of their own, so only those within a card
// count.
func (rd *reader) odd(at int) {
	if rd.card != nil && rd.inner == 0 {
		rd.notes.Add(at, present.FileLineOdd, "")
	}
}

func (rd *reader) begin(l line.Line) {
	switch name := strings.ToUpper(strings.TrimSpace(l.Value)); {
	case rd.card != nil && name == "VCARD" && rd.inner == 0 && rd.card.Name == "" && len(rd.card.Phones) == 0:
		fallthrough // the one before it never ended, and says nothing
	case rd.card == nil && name == "VCARD":
		rd.card, rd.parts, rd.old, rd.begun, rd.began, rd.inner = &Card{}, nameParts{}, false, true, l.Number, 0
	case rd.card != nil:
		rd.inner++
		rd.notes.Add(l.Number, present.FilePart, name)
	}
}

func (rd *reader) end(l line.Line) {
	switch {
	case rd.card == nil:
		rd.notes.Add(l.Number, present.FileEnd, strings.ToUpper(strings.TrimSpace(l.Value)))
	case rd.inner > 0:
		rd.inner--
	default:
		rd.keep()
	}
}

// keep takes the card that was read, if it has a name.
func (rd *reader) keep() {
	c := rd.card
	rd.card = nil
	for _, name := range []string{strings.TrimSpace(c.Given + " " + c.Family), rd.parts.nick, rd.parts.firm} {
		if c.Name == "" {
			c.Name, _ = line.Clean(name, false, act.MaxName)
		}
	}
	switch {
	case c.Name == "":
		rd.notes.Add(rd.began, present.FileNoName, "")
	case len(rd.cards) >= MaxCards:
		rd.notes.Add(rd.began, present.FileMany, strconv.Itoa(MaxCards))
	default:
		rd.cards = append(rd.cards, *c)
	}
}

// silent are the properties that are understood and tell Kith nothing.
var silent = map[string]bool{"PRODID": true, "REV": true, "KIND": true, "SORT-STRING": true, "CLASS": true, "MAILER": true, "X-ABLABEL": true, "X-ABSHOWAS": true}

func (rd *reader) property(l line.Line) {
	if silent[l.Name] {
		return
	}
	c := rd.card
	switch l.Name {
	case "VERSION":
		v := strings.TrimSpace(l.Value)
		if rd.old = v == "2.1"; !slices.Contains([]string{"2.1", "3.0", "4.0"}, v) {
			rd.notes.Add(l.Number, present.FileOtherVersion, v)
		}
	case "FN":
		rd.one(&c.Name, l, rd.words(l, false, act.MaxName))
	case "N":
		raw, ok := rd.raw(l)
		if c.Given != "" || c.Family != "" || !ok {
			rd.notes.Add(l.Number, present.FileTwice, l.Name)
			return
		}
		parts := append(line.Split(raw, ';'), "")
		c.Family, _ = line.Clean(line.Unescape(parts[0]), false, act.MaxName)
		c.Given, _ = line.Clean(line.Unescape(parts[1]), false, act.MaxName)
	case "NICKNAME":
		rd.parts.nick = rd.words(l, false, act.MaxName)
	case "ORG":
		rd.parts.firm = strings.ReplaceAll(rd.words(l, false, act.MaxName), ";", " ")
	case "UID":
		rd.one(&c.UID, l, rd.words(l, false, maxUID))
	case "NOTE":
		rd.one(&c.Notes, l, rd.words(l, true, act.MaxNotes))
	case "TEL":
		rd.phone(l)
	case "EMAIL":
		if s := rd.words(l, false, maxEmail); s != "" && !slices.Contains(c.Emails, s) {
			if len(c.Emails) >= MaxEach {
				rd.notes.Add(l.Number, present.FileMany, strconv.Itoa(MaxEach))
				return
			}
			c.Emails = append(c.Emails, s)
		}
	case "BDAY":
		d, ok := birthday(l)
		if !ok {
			rd.notes.Add(l.Number, present.FileBadDate, l.Value)
			return
		}
		c.Birthday = d
	case "ADR", "LABEL", "GEO":
		rd.notes.Add(l.Number, present.FilePlace, "")
	case "PHOTO", "LOGO", "SOUND", "KEY":
		rd.notes.Add(l.Number, present.FilePicture, "")
	default:
		rd.notes.Add(l.Number, present.FileUnknown, l.Name)
	}
}

// one takes a value that there can be one of.
func (rd *reader) one(to *string, l line.Line, s string) {
	if *to != "" && s != "" && *to != s {
		rd.notes.Add(l.Number, present.FileTwice, l.Name)
		return
	}
	if s != "" {
		*to = s
	}
}

func (rd *reader) phone(l line.Line) {
	s := rd.words(l, false, maxNumber)
	if rest, ok := strings.CutPrefix(s, "tel:"); ok {
		s, _, _ = strings.Cut(rest, ";")
	}
	if s = strings.TrimSpace(s); s == "" {
		return
	}
	p := Phone{Number: s}
	for _, param := range l.Params {
		if param.Name != "" && param.Name != "TYPE" {
			continue
		}
		for t := range strings.SplitSeq(strings.ToUpper(param.Value), ",") {
			switch t {
			case "CELL":
				p.Kind = Mobile // said before home and work: a mobile of the firm is a mobile
			case "HOME", "WORK":
				if p.Kind == "" {
					p.Kind = Kind(strings.ToLower(t))
				}
			}
		}
	}
	if slices.ContainsFunc(rd.card.Phones, func(o Phone) bool { return o.Number == p.Number }) {
		return
	}
	if len(rd.card.Phones) >= MaxEach {
		rd.notes.Add(l.Number, present.FileMany, strconv.Itoa(MaxEach))
		return
	}
	rd.card.Phones = append(rd.card.Phones, p)
}

// words returns a text value as Kith keeps it.
func (rd *reader) words(l line.Line, lines bool, max int) string {
	s, ok := rd.raw(l)
	if !ok {
		return ""
	}
	s, cut := line.Clean(line.Unescape(s), lines, max)
	if cut {
		rd.notes.Add(l.Number, present.FileCut, l.Name)
	}
	return s
}

// raw undoes the encoding and the charset of a value, but no backslash.
func (rd *reader) raw(l line.Line) (string, bool) {
	s, encoding, charset := l.Value, l.Get("ENCODING"), l.Get("CHARSET")
	for _, p := range l.Params { // of 2.1: a value without its name
		if p.Name == "" && (strings.EqualFold(p.Value, "QUOTED-PRINTABLE") || strings.EqualFold(p.Value, "BASE64")) {
			encoding = p.Value
		}
	}
	switch strings.ToUpper(encoding) {
	case "QUOTED-PRINTABLE":
		s = printable(s)
	case "B", "BASE64":
		rd.notes.Add(l.Number, present.FileUnknown, l.Name)
		return "", false
	}
	if s, ok := letters(s, charset); ok {
		return s, true
	}
	if charset != "" {
		rd.notes.Add(l.Number, present.FileCharset, charset)
		return "", false
	}
	s, _ = line.Letters(s)
	rd.notes.Add(l.Number, present.FileLetters, "")
	return s, true
}

// printable undoes quoted-printable: =C3=A9 is é, as two bytes. What is not two hexadecimal digits stays as it is.
func printable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			if x, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b.Write(x)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

// letters makes UTF-8 of a value in the charset named. Without a name it must be UTF-8 already.
func letters(s, charset string) (string, bool) {
	name := plain(charset)
	if name == "" || name == "utf8" || name == "usascii" || name == "ascii" {
		text, odd := line.Letters(s)
		return text, !odd
	}
	for _, e := range charmap.All {
		if m, ok := e.(*charmap.Charmap); ok && plain(m.String()) == name {
			text, err := m.NewDecoder().String(s)
			return text, err == nil
		}
	}
	return "", false
}

// plain makes names of charsets alike: ISO-8859-1 and iso8859_1.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// birthday reads 19590412, 1959-04-12, --0412 and what Apple writes for a day without a year.
func birthday(l line.Line) (when.Date, bool) {
	s, _, _ := strings.Cut(strings.TrimSpace(l.Value), "T")
	year := true
	if rest, ok := strings.CutPrefix(s, "--"); ok {
		s, year = "2000"+rest, false // a leap year, so that 29 February is a day
	}
	s = strings.ReplaceAll(s, "-", "")
	if omit := l.Get("X-APPLE-OMIT-YEAR"); omit != "" && strings.HasPrefix(s, omit) {
		s, year = "2000"+s[len(omit):], false
	}
	if len(s) != 8 {
		return when.Date{}, false
	}
	d, err := when.ParseDate(s[:4] + "-" + s[4:6] + "-" + s[6:])
	if !year {
		d.Year = 0
	}
	return d, err == nil
}
