package when

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// repeatFile names one more file of cases for TestRepeatFile, in the format of testdata/repeats.txt. The test data of
// libical (icalrecur_test.txt) has the same.
const repeatFile = "KITH_REPEAT_FILE"

// fileCase is one rule with the times that it should give.
type fileCase struct {
	line              int
	rule, first, from string
	want              []string
}

// readCases reads RRULE, DTSTART, perhaps START-AT, and INSTANCES, one a line, with empty lines and # between the cases.
func readCases(r io.Reader) (out []fileCase, err error) {
	var c fileCase
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		name, value, _ := strings.Cut(sc.Text(), ":")
		switch name {
		case "RRULE":
			c = fileCase{line: n, rule: value}
		case "DTSTART":
			c.first = value
		case "START-AT":
			c.from = value
		case "INSTANCES":
			c.want = strings.Split(value, ",")
			out = append(out, c)
		}
	}
	return out, sc.Err()
}

// parseTick reads "20261127" or "20261127T160000", and with Z the same.
func parseTick(s string) (t tick, allDay bool, err error) {
	u, err := parseUntil(strings.TrimSuffix(s, "Z"))
	return tick(u.Day.Number())*daySeconds + tick(u.Second), u.Form == UntilDay, err
}

func (c fileCase) expand() (r Rule, first Date, got []string, err error) {
	if r, err = ParseRule(c.rule); err != nil {
		return r, first, nil, err
	}
	at, allDay, err := parseTick(c.first)
	if err != nil {
		return r, first, nil, err
	}
	first = dateOfNumber(int(at / daySeconds))
	if r.Until.Form == UntilWorld {
		r.Until.Form = UntilWall // the cases have no zone
	}
	from := at
	if c.from != "" {
		if from, _, err = parseTick(c.from); err != nil {
			return r, first, nil, err
		}
	}
	newPlan(r, at, allDay).each(from, lastTick, func(t tick) bool {
		s := Until{UntilWall, dateOfNumber(int(t / daySeconds)), int(t % daySeconds)}
		if allDay {
			s.Form = UntilDay
		}
		got = append(got, s.String())
		return len(got) <= len(c.want)
	})
	return r, first, got, nil
}

// TestRepeatFile: the cases of testdata, and of the file that KITH_REPEAT_FILE names. Where a rule is one that Kith makes,
// all must agree; so must all of our own cases, whatever they are.
func TestRepeatFile(t *testing.T) {
	files := []string{"testdata/repeats.txt"}
	if more := os.Getenv(repeatFile); more != "" {
		files = append(files, more)
	}
	for i, name := range files {
		f, err := os.Open(name) //nolint:gosec // named by who runs the test
		if err != nil {
			t.Fatal(err)
		}
		cases, err := readCases(f)
		_ = f.Close()
		if err != nil || len(cases) == 0 {
			t.Fatalf("%d cases, %v", len(cases), err)
		}
		total, ours, differ := 0, 0, 0
		for _, c := range cases {
			if strings.Contains(c.want[0], "***") {
				t.Logf("line %d: %s: the file does not know either", c.line, c.rule)
				continue
			}
			total++
			r, first, got, err := c.expand()
			mine := err == nil && r.Ours(first)
			if mine {
				ours++
			}
			want := c.want
			for n := range want {
				want[n] = strings.TrimSuffix(strings.TrimSpace(want[n]), "Z")
			}
			if c.from != "" {
				want = slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s < c.from })
			}
			if err == nil && slices.Equal(got, want) {
				continue
			}
			differ++
			say := t.Logf
			if mine || i == 0 {
				say = t.Errorf
			}
			say("line %d: %s from %s, Kith makes it: %v: %v\n got %v\nwant %v", c.line, c.rule, c.first, mine, err, got, want)
		}
		t.Logf("%s: %d cases, %d of rules that Kith makes; %d differ", f.Name(), total, ours, differ)
	}
}
