package paper

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/calendar"
	"kith/store/care/when"
)

func day(s string) when.Date {
	d, err := when.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

var saturday = time.Date(2026, 11, 21, 21, 20, 0, 0, time.UTC)

// week is a week as families have it.
func week() ([]present.FridgeItem, present.FridgeOptions) {
	at := func(from string, hour, minute int, kind calendar.Kind, title string) present.FridgeItem {
		return present.FridgeItem{From: day(from), To: day(from).Plus(1), Start: when.At(hour, minute), End: when.At(hour+1, 0), Kind: kind, Title: title}
	}
	swim := at("2026-11-24", 16, 30, 0, "Noor swimming. Time not settled, ask Tom")
	swim.Or = when.At(17, 15)
	sleep := present.FridgeItem{From: day("2026-11-27"), To: day("2026-11-29"), Start: when.At(17, 0), End: when.At(12, 0), Night: true, Title: "Mia sleepover. Pack rabbit and blue bag"}
	items := []present.FridgeItem{
		swim, at("2026-11-24", 17, 40, 0, "Mia out with Tom, back for tea"), at("2026-11-25", 16, 15, calendar.FamilyTime, "Noor sees Mum. Ade takes, Errol collects"),
		sleep, at("2026-11-28", 13, 30, calendar.Together, "Kai out with Helen"), at("2026-11-29", 15, 0, calendar.Together, "Tea at Bev’s. Bring plates"),
		at("2026-11-26", 8, 0, calendar.Health, "Noor’s asthma clinic"),    // and so does this
		at("2026-11-26", 9, 0, calendar.School, "12 High Street, LS6 1AB"), // an address stays off
	}
	return items, present.FridgeOptions{
		Names: []string{"Mia", "Noor", "Kai"}, Notes: map[when.Date]string{day("2026-11-30"): "St Andrew’s Day"}, Made: saturday,
		Numbers: []present.FridgeNumber{{Name: "Ade", Number: "07700 900 322"}, {Name: "Tom", Number: "07700 900 518"}, {Name: "Emergency", Number: "999"}},
	}
}

// text returns the words of a page as a reader of it that searches would find them: the strings that are shown, undone
// from UTF-16. Each begins a line.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	if !bytes.Contains(pdf, []byte("/ToUnicode")) {
		t.Error("the fonts do not say which letters they hold: nothing could be searched for")
	}
	var out strings.Builder
	for rest := pdf; ; {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			return out.String()
		}
		var body []byte
		body, rest, _ = bytes.Cut(after, []byte("endstream"))
		z, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			continue // not packed: nothing a page is made of
		}
		page, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(page, []byte(" Tj")) {
			continue
		}
		shown(&out, page)
	}
}

// shown adds the strings of one page to out.
func shown(out *strings.Builder, page []byte) {
	for i := 0; i < len(page); i++ {
		if page[i] != '(' {
			continue
		}
		var raw []byte
		for i++; i < len(page) && page[i] != ')'; i++ {
			if page[i] == '\\' {
				if i++; page[i] == 'r' {
					raw = append(raw, '\r')
					continue
				}
			}
			raw = append(raw, page[i])
		}
		var units []uint16
		for k := 0; k+1 < len(raw); k += 2 {
			units = append(units, uint16(raw[k])<<8|uint16(raw[k+1]))
		}
		out.WriteString(string(utf16.Decode(units)) + "\n")
	}
}

// draw is what every page must be: a PDF of so many pages, with these words in it and without those.
func draw(t *testing.T, name string, pages int, has, lacks []string) func(pdf []byte, err error) {
	return func(pdf []byte, err error) {
		t.Helper()
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(pdf), []byte("%%EOF")) {
			t.Fatalf("%s: %.8q, %v", name, pdf, err)
		}
		if n := bytes.Count(pdf, []byte("/Type /Page\n")); n != pages {
			t.Errorf("%s: %d pages, want %d", name, n, pages)
		}
		all := text(t, pdf)
		for _, s := range has {
			if !strings.Contains(all, s) {
				t.Errorf("%s: %q is not in it:\n%s", name, s, all)
			}
		}
		for _, s := range lacks {
			if strings.Contains(strings.ReplaceAll(all, "\n", " "), s) {
				t.Errorf("%s: %q is in it:\n%s", name, s, all)
			}
		}
		if dir := os.Getenv("KITH_SHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

var never = []string{"asthma", "Mia", "Noor", "Kai", "High Street", "LS6"}

func TestWeek(t *testing.T) {
	items, o := week()
	p := present.FridgeWeek(day("2026-11-25"), items, o)
	has := []string{"23 to 29 November", "4.30 or 5.15 pm", "From 5 pm", "Until 12 noon", "Nothing planned", "Appointment", "07700 900 322", "Bev’s"}
	draw(t, "week-a4", 1, append(has, "M sleepover. Pack rabbit and blue bag"), never)(Week(p, A4))
	draw(t, "week-a5", 1, has, never)(Week(p, A5))
	if again, err := Week(p, A4); err != nil {
		t.Error(err)
	} else if one, err := Week(p, A4); err != nil || !bytes.Equal(again, one) {
		t.Error("the same week is drawn in two ways")
	}
}

// TestWeekOfMuch: a week that is too full goes on to other pages, with every word of it.
func TestWeekOfMuch(t *testing.T) {
	_, o := week()
	var items []present.FridgeItem
	var has []string
	for i := range 70 {
		d := day("2026-11-23").Plus(i % 7)
		title := fmt.Sprintf("thing %d", i)
		has = append(has, title)
		items = append(items, present.FridgeItem{From: d, To: d.Plus(1), Start: when.At(9, i%60), End: when.At(10, 0), Title: title + " with a few more words to it than one line has room for, so that it wraps"})
	}
	items = append(items, present.FridgeItem{From: day("2026-11-23"), To: day("2026-11-30"), AllDay: true, Title: strings.Repeat("verylongword", 20)})
	draw(t, "week-full", 8, has, nil)(Week(present.FridgeWeek(day("2026-11-25"), items, o), A5))
}

// TestMonth: six weeks or four, full or empty, and what does not fit stands under its date on the next page.
func TestMonth(t *testing.T) {
	items, o := week()
	draw(t, "month", 2, []string{"November 2026", "Our month", "Mon", "St Andrew’s", "1 Dec", "M"}, never)(Month(present.FridgeMonth(2026, 11, items, o)))
	draw(t, "month-empty", 1, []string{"February 2027"}, nil)(Month(present.FridgeMonth(2027, 2, nil, o)))
	var has []string
	for i := range 12 {
		title := fmt.Sprintf("number%d", i)
		has = append(has, title)
		items = append(items, present.FridgeItem{From: day("2026-11-10"), To: day("2026-11-11"), Start: when.At(7+i, 0), End: when.At(8+i, 0), Title: title})
	}
	draw(t, "month-full", 2, append(has, "more", "More on these days", "Tuesday 10 November"), never)(Month(present.FridgeMonth(2026, 11, items, o)))
}

func TestPictures(t *testing.T) {
	items, o := week()
	draw(t, "pictures", 1, []string{"23 to 29 November", "Sleepover", "Family", "Together"}, never)(Pictures(present.FridgeWeek(day("2026-11-25"), items, o)))
	for range 60 {
		items = append(items, items[0])
	}
	draw(t, "pictures-full", 3, []string{"Sleepover"}, never)(Pictures(present.FridgeWeek(day("2026-11-25"), items, o)))
}

func TestNumbers(t *testing.T) {
	own := []present.FridgeNumber{{Name: "Ade", Number: "07700 900 322", For: "Lives two doors away"}, {Name: "Hub home, Bev and Colin", Number: "07700 900 518", For: "Any time, for any of us"}}
	p := present.NumberCard(own, saturday)
	if p.Numbers[0].Number != "999" || p.Numbers[1].Name != "Ade" {
		t.Errorf("the card begins with %v", p.Numbers[:2])
	}
	draw(t, "numbers", 1, []string{"999", "07700 900 322", "0800 1111", "Childline"}, nil)(Numbers(p))
}

// TestLettersOfOthers: names in Welsh, Greek and Cyrillic are drawn and can be searched; what no font has is left out.
func TestLettersOfOthers(t *testing.T) {
	_, o := week()
	o.Names = nil
	d := day("2026-11-24")
	var items []present.FridgeItem
	for _, s := range []string{"Llŵyd a Siân", "Олена дома", "Ελένη", "tea 😀 here", "\u202eturned"} {
		items = append(items, present.FridgeItem{From: d, To: d.Plus(1), Start: when.At(9, 0), End: when.At(9, 0), Title: s})
	}
	draw(t, "letters", 1, []string{"Llŵyd a Siân", "Олена дома", "Ελένη", "tea here", "turned"}, nil)(Week(present.FridgeWeek(d, items, o), A4))
}

// TestSizesAreReadable: nothing is smaller than 12 points, and nothing is drawn in any colour but black.
func TestSizesAreReadable(t *testing.T) {
	items, o := week()
	p := present.FridgeWeek(day("2026-11-25"), items, o)
	for name, f := range map[string]func() ([]byte, error){
		"week a4": func() ([]byte, error) { return Week(p, A4) }, "week a5": func() ([]byte, error) { return Week(p, A5) },
		"month":    func() ([]byte, error) { return Month(present.FridgeMonth(2026, 11, items, o)) },
		"pictures": func() ([]byte, error) { return Pictures(p) },
		"numbers":  func() ([]byte, error) { return Numbers(present.NumberCard(nil, saturday)) },
	} {
		pdf, err := f()
		if err != nil {
			t.Fatal(err)
		}
		fonts := 0
		for rest := pdf; ; {
			_, after, ok := bytes.Cut(rest, []byte("stream\n"))
			if !ok {
				break
			}
			var body []byte
			body, rest, _ = bytes.Cut(after, []byte("endstream"))
			z, err := zlib.NewReader(bytes.NewReader(body))
			if err != nil {
				continue
			}
			page, err := io.ReadAll(z)
			if err != nil || !bytes.Contains(page, []byte(" Tj")) {
				continue
			}
			for l := range strings.SplitSeq(string(page), "\n") {
				var font string
				var points float64
				if n, _ := fmt.Sscanf(l, "BT /%s %f Tf ET", &font, &points); n == 2 {
					if fonts++; points < 12 {
						t.Errorf("%s: letters of %.1f points", name, points)
					}
				}
				if f := strings.Fields(l); len(f) == 4 && strings.ToLower(f[3]) == "rg" && strings.Join(f[:3], "") != "0.0000.0000.000" {
					t.Errorf("%s: a colour: %s", name, l)
				}
			}
		}
		if fonts == 0 {
			t.Errorf("%s: no size of letters found", name)
		}
	}
}

// TestIconsAreDrawn: each icon is made of the commands that are known here, to its end.
func TestIconsAreDrawn(t *testing.T) {
	for _, i := range assets.Icons() {
		ds := paths(i.SVG())
		if len(ds) == 0 {
			t.Errorf("%s has no path", i)
		}
		for _, d := range ds {
			ss := strokes(d)
			if len(ss) == 0 || ss[0].op != 'M' || ss[len(ss)-1].op != 'Z' {
				t.Errorf("%s is drawn with %d strokes and does not end", i, len(ss))
			}
			want := strings.Count(d, "M") + strings.Count(d, "L") + strings.Count(d, "Q") + strings.Count(d, "Z")
			if len(ss) != want {
				t.Errorf("%s: %d strokes of %d", i, len(ss), want)
			}
		}
	}
}
