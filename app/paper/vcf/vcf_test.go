package vcf

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/when"
)

func card(version string, lines ...string) string {
	return "BEGIN:VCARD\r\nVERSION:" + version + "\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		want  Card
		notes []string
	}{
		"2.1, quoted-printable": {
			card("2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ll=C5=B5yd;Si=C3=A2n", "TEL;CELL:07700 900322", "TEL;WORK;VOICE:0113 496 0000", "NOTE;QUOTED-PRINTABLE:one=0D=0A=\r\ntwo=3D2"),
			Card{Name: "Siân Llŵyd", Given: "Siân", Family: "Llŵyd", Phones: []Phone{{Mobile, "07700 900322"}, {Work, "0113 496 0000"}}, Notes: "one\ntwo=2"},
			nil,
		},
		"2.1, latin": {card("2.1", "FN;CHARSET=ISO-8859-1:Si\xe2n", "N;CHARSET=windows-1252:;\x8aime"), Card{Name: "Siân", Given: "Šime"}, nil},
		"2.1, no charset": {
			card("2.1", "FN:Si\xe2n"), Card{Name: "Siân"}, []string{"3 letters"},
		},
		"2.1, a charset we do not read": {card("2.1", "FN:Bo", "NOTE;CHARSET=SHIFT_JIS:\x83"), Card{Name: "Bo"}, []string{"4 charset SHIFT_JIS"}},
		"3.0, grouped": {
			card("3.0", "FN:Bev Carr", "N:Carr;Bev;;;", "item1.TEL;type=pref:+44 7700 900518", "item1.X-ABLabel:_$!<Gran>!$_", "EMAIL;TYPE=INTERNET,HOME:bev@example.org", "BDAY:1959-04-12", "ADR;TYPE=HOME:;;12 High St;Leeds;;LS6 1AB;", "item2.X-ABADR:gb"),
			Card{Name: "Bev Carr", Given: "Bev", Family: "Carr", Phones: []Phone{{"", "+44 7700 900518"}}, Emails: []string{"bev@example.org"}, Birthday: when.Date{Year: 1959, Month: 4, Day: 12}},
			[]string{"9 address", "10 unknown X-ABADR"},
		},
		"4.0": {
			card("4.0", "UID:urn:uuid:1", `FN:Tom\, the plumber`, `TEL;VALUE=uri;TYPE="home,voice":tel:+44-113-496-0000;ext=2`, "BDAY:--0229", "NOTE:one\\ntwo"),
			Card{UID: "urn:uuid:1", Name: "Tom, the plumber", Phones: []Phone{{Home, "+44-113-496-0000"}}, Birthday: when.Date{Month: 2, Day: 29}, Notes: "one\ntwo"},
			nil,
		},
		"a day without a year": {card("3.0", "FN:Bo", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"), Card{Name: "Bo", Birthday: when.Date{Month: 4, Day: 12}}, nil},
		"no such day":          {card("3.0", "FN:Bo", "BDAY:1959-02-30"), Card{Name: "Bo"}, []string{"4 bad-date 1959-02-30"}},
		"a firm":               {card("3.0", "ORG:Leeds;Advice line", "TEL:0300 123 7015"), Card{Name: "Leeds Advice line", Phones: []Phone{{"", "0300 123 7015"}}}, nil},
		"a picture":            {card("2.1", "FN:Bo", "PHOTO;ENCODING=BASE64;JPEG:AAAA", " BBBB", "", "TEL:1"), Card{Name: "Bo", Phones: []Phone{{"", "1"}}}, []string{"4 picture"}},
		"a card in a card":     {card("2.1", "FN:Bo", "AGENT:", "BEGIN:VCARD", "FN:No", "END:VCARD", "TEL:1"), Card{Name: "Bo", Phones: []Phone{{"", "1"}}}, []string{"4 unknown AGENT", "5 part VCARD"}},
		"two names":            {card("3.0", "FN:Bo", "FN:Mo"), Card{Name: "Bo"}, []string{"4 twice FN"}},
		"one number twice":     {card("3.0", "FN:Bo", "TEL:1", "TEL;TYPE=HOME:1"), Card{Name: "Bo", Phones: []Phone{{"", "1"}}}, nil},
		"never ended":          {"BEGIN:VCARD\nVERSION:3.0\nFN:Bo\n", Card{Name: "Bo"}, []string{"1 end VCARD"}},
		"another version":      {card("5.0", "FN:Bo"), Card{Name: "Bo"}, []string{"2 version 5.0"}},
	} {
		got, notes, err := Read(strings.NewReader(c.in))
		var said []string
		for _, n := range notes {
			said = append(said, strings.TrimSpace(fmt.Sprintf("%d %s %s", n.Line, n.Why, n.What)))
		}
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], c.want) || !slices.Equal(said, c.notes) {
			t.Errorf("%s:\n got %+v, %q, %v\nwant %+v, %q", name, got, said, err, c.want, c.notes)
		}
	}
	if got, notes, err := Read(strings.NewReader(card("3.0", "TEL:1") + card("3.0", "FN:Bo"))); err != nil || len(got) != 1 || len(notes) != 1 || notes[0].Why != present.FileNoName {
		t.Errorf("nobody and Bo: %v, %v, %v", got, notes, err)
	}
	for _, in := range []string{"", "hello", "BEGIN:VCALENDAR\nEND:VCALENDAR"} {
		if _, _, err := Read(strings.NewReader(in)); !errors.Is(err, line.ErrKind) {
			t.Errorf("Read(%q): %v, want ErrKind", in, err)
		}
	}
}

func TestLimits(t *testing.T) {
	for over := range 2 {
		cards, notes, err := Read(strings.NewReader(strings.Repeat(card("3.0", "FN:Bo"), MaxCards+over)))
		if err != nil || len(cards) != MaxCards || len(notes) != over {
			t.Errorf("%d cards over the limit: %d, notes %v, %v", over, len(cards), notes, err)
		}
		for _, name := range []string{"TEL", "EMAIL"} {
			lines := []string{"FN:Bo"}
			for i := range MaxEach + over {
				lines = append(lines, fmt.Sprintf("%s:%d", name, i))
			}
			cards, notes, err = Read(strings.NewReader(card("3.0", lines...)))
			if err != nil || len(cards[0].Phones)+len(cards[0].Emails) != MaxEach || len(notes) != over {
				t.Errorf("%d %s over the limit: %+v, notes %v, %v", over, name, cards[0], notes, err)
			}
		}
	}
	if _, _, err := Read(bytes.NewReader(make([]byte, line.MaxFile+1))); !errors.Is(err, line.ErrBig) {
		t.Errorf("a file over the limit: %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := func(name string, lines bool) string {
			s, _ := line.Clean(rapid.StringN(0, 40, 80).Draw(t, name), lines, 80)
			return s
		}
		var cards []Card
		for i := range rapid.IntRange(1, 4).Draw(t, "cards") {
			c := Card{UID: words("uid", false), Name: "N" + words("name", false), Given: words("given", false), Family: words("family", false), Notes: words("notes", true)}
			if rapid.Bool().Draw(t, "born") {
				c.Birthday = when.Date{Year: 1950, Month: 1, Day: 1}.Plus(rapid.IntRange(0, 20000).Draw(t, "day"))
			}
			for j := range rapid.IntRange(0, 3).Draw(t, "numbers") {
				c.Phones = append(c.Phones, Phone{rapid.SampledFrom([]Kind{"", Home, Work, Mobile}).Draw(t, "kind"), fmt.Sprintf("+44 7700 90%d%d", i, j)})
				c.Emails = append(c.Emails, fmt.Sprintf("a%d%d@example.org", i, j))
			}
			cards = append(cards, c.At(present.LevelFull))
		}
		b, err := Write(cards, present.LevelFull)
		if err != nil {
			t.Fatal(err)
		}
		again, notes, err := Read(bytes.NewReader(b))
		if err != nil || len(notes) > 0 || !reflect.DeepEqual(again, cards) {
			t.Fatalf("\n got %+v, %v, %v\nwant %+v\n%s", again, notes, err, cards, b)
		}
	})
}

func TestLevels(t *testing.T) {
	c := Card{UID: "a@b", Name: "Bev Carr", Given: "Bev", Family: "Carr", Phones: []Phone{{Mobile, "07700 900322"}}, Emails: []string{"bev@example.org"}, Notes: "rabbit"}
	for l := range present.Level(6) {
		b, err := Write([]Card{c, {}}, l)
		if (err == nil) != l.Valid() {
			t.Errorf("level %d: %v", l, err)
		}
		for _, s := range []string{"Bev", "Carr", "a@b", "bev@", "rabbit"} {
			if got := strings.Contains(string(b), s); got != (l == present.LevelFull) {
				t.Errorf("level %d tells %q: %v\n%s", l, s, got, b)
			}
		}
		if l.Valid() && !strings.Contains(string(b), "07700 900322") {
			t.Errorf("level %d has no number:\n%s", l, b)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(card("2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ll=C5=B5yd;Si=C3=A2n=", "x", "TEL;CELL:1")))
	f.Add([]byte(card("3.0", "item1.TEL:1", "BDAY:--0412", "ORG:a;b")))
	f.Add([]byte(card("4.0", `TEL;VALUE=uri;TYPE="home":tel:+1`, "FN:a", "AGENT:", "BEGIN:VCARD")))
	f.Fuzz(func(t *testing.T, b []byte) {
		cards, _, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		for i := range cards {
			cards[i] = cards[i].At(present.LevelFull)
		}
		out, err := Write(cards, present.LevelFull)
		if err != nil {
			t.Fatal(err)
		}
		again, notes, err := Read(bytes.NewReader(out))
		if len(cards) == 0 {
			return
		}
		if err != nil || len(notes) > 0 || !reflect.DeepEqual(again, cards) {
			t.Fatalf("\n got %+v, %v, %v\nwant %+v\n%s", again, notes, err, cards, out)
		}
	})
}
