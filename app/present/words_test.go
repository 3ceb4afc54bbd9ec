package present

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/assets"
	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

func london(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		hour, minute int
		want         string
	}{
		{16, 30, "4.30 pm"},
		{12, 0, "12 noon"},
		{0, 0, "12 midnight"},
		{9, 0, "9 am"},
		{0, 5, "12.05 am"},
		{12, 15, "12.15 pm"},
		{21, 2, "9.02 pm"},
		{23, 59, "11.59 pm"},
		{11, 0, "11 am"},
	} {
		if got := Clock(c.hour, c.minute); got != c.want {
			t.Errorf("Clock(%d, %d) = %q, want %q", c.hour, c.minute, got, c.want)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		from, to when.Clock
		want     string
	}{
		{when.At(16, 15), when.At(17, 45), "4.15 to 5.45 pm"},
		{when.At(11, 0), when.At(14, 0), "11 am to 2 pm"},
		{when.At(12, 0), when.At(14, 0), "12 noon to 2 pm"},
		{when.At(9, 0), when.At(12, 0), "9 am to 12 noon"},
		{when.At(9, 0), when.At(10, 30), "9 to 10.30 am"},
		{when.At(0, 0), when.At(6, 0), "12 midnight to 6 am"},
	} {
		if got := Clocks(c.from, c.to); got != c.want {
			t.Errorf("Clocks(%s, %s) = %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	today := when.Date{Year: 2026, Month: 11, Day: 21}
	for _, c := range []struct{ call, got, want string }{
		{"Date", Date(today.Plus(6), today), "Friday 27 November"},
		{"Date next year", Date(when.Date{Year: 2027, Month: 1, Day: 2}, today), "Saturday 2 January 2027"},
		{"FullDate", FullDate(today.Plus(6)), "Friday 27 November 2026"},
		{"NearDate today", NearDate(today, today), "Today"},
		{"NearDate +1", NearDate(today.Plus(1), today), "Tomorrow"},
		{"NearDate -1", NearDate(today.Plus(-1), today), "Yesterday"},
		{"NearDate -2", NearDate(today.Plus(-2), today), "Thursday"},
		{"NearDate far", NearDate(when.Date{Year: 2026, Month: 10, Day: 3}, today), "3 October"},
		{"Night", Night(today, today), "Tonight"},
		{"Distance", Distance(today.Plus(3), today), "In 3 days"},
		{"ShortDate", ShortDate(today.Plus(1)), "Sun 22"},
		{"ShortMonthDate", ShortMonthDate(when.Date{Year: 2026, Month: 12, Day: 1}), "1 Dec"},
		{"MonthYear", MonthYear(2026, 11), "November 2026"},
		{"Nights 1", Nights(1), "1 night"},
		{"Nights 2", Nights(2), "2 nights"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %q, want %q", c.call, c.got, c.want)
		}
	}
}

func TestMoments(t *testing.T) {
	now := time.Date(2026, 11, 21, 21, 2, 0, 0, london(t))
	for _, c := range []struct{ call, got, want string }{
		{"Moment today", Moment(now.Add(-time.Hour), now), "8.02 pm"},
		{"Moment Thursday", Moment(time.Date(2026, 11, 19, 16, 0, 0, 0, time.UTC), now), "Thursday, 4 pm"},
		{"DayMoment today", DayMoment(now.Add(-time.Hour), now), "Today, 8.02 pm"},
		{"Ago", Ago(now.Add(-30*time.Second), now), "just now"},
		{"Ago 5", Ago(now.Add(-5*time.Minute), now), "5 minutes ago"},
		{"Ago an hour", Ago(now.Add(-61*time.Minute), now), "an hour ago"},
		{"Within today", Within(now.Add(-30*time.Second), now), Moment(now.Add(-30*time.Second), now)},
		{"Within yesterday", Within(now.Add(-24*time.Hour), now), "yesterday, 9.02 pm"},
		{"Within tomorrow", Within(now.Add(24*time.Hour), now), "tomorrow, 9.02 pm"},
		{"Within Thursday", Within(now.AddDate(0, 0, -2), now), "Thursday, 9.02 pm"},
		{"DayWithin today", DayWithin(now, now), "today, 9.02 pm"},
		{"Ago yesterday", Ago(now.Add(-24*time.Hour), now), "yesterday, 9.02 pm"},
		{"Ago of a clock ahead", Ago(now.Add(time.Hour), now), "just now"},
		{"Since", Since(now.AddDate(0, 0, -2), now), "Thursday"},
		{"Since yesterday", Since(now.Add(-24*time.Hour), now), "yesterday"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %q, want %q", c.call, c.got, c.want)
		}
	}
	// A summer moment is said in summer time, a winter one in winter time, whatever the zone it was noted in.
	if got, want := Moment(time.Date(2026, 7, 1, 11, 0, 0, 0, time.UTC), now), "1 July, 12 noon"; got != want {
		t.Errorf("Moment in July = %q, want %q", got, want)
	}
}

func TestPeople(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, "Nobody"}, {[]string{"Bev"}, "Bev"}, {[]string{"Bev", "Sue"}, "Bev and Sue"}, {[]string{"Bev", "Sue", "Tom"}, "Bev, Sue and Tom"},
	} {
		if got := People(c.names...); got != c.want {
			t.Errorf("People(%q) = %q, want %q", c.names, got, c.want)
		}
	}
	if got, want := SomePeople(2, "Bev", "Sue", "Tom", "Errol"), "Bev, Sue and 2 more"; got != want {
		t.Errorf("SomePeople = %q, want %q", got, want)
	}
	if got, want := SomePeople(2, "Bev", "Sue", "Tom"), "Bev, Sue and Tom"; got != want {
		t.Errorf("SomePeople of one over = %q, want %q: nobody is hidden behind “1 more”", got, want)
	}
	for name, want := range map[string]string{"bev": "B", "Siân": "S", "ŵyn": "Ŵ", "": "?", "  ": "?", "’x": "X"} {
		if got := Initial(name); got != want {
			t.Errorf("Initial(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestPeopleNamesEverybody: whoever is named stands in the sentence.
func TestPeopleNamesEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[A-Z][a-z]{1,8}`), 1, 12).Draw(t, "names")
		got := People(names...)
		for _, n := range names {
			if !strings.Contains(got, n) {
				t.Fatalf("People(%q) = %q leaves out %q", names, got, n)
			}
		}
		if strings.Count(got, " and ") != min(1, len(names)-1) {
			t.Fatalf("People(%q) = %q", names, got)
		}
	})
}

func TestDeliveryLine(t *testing.T) {
	bev, sue, rhys := kp1.MID{1}, kp1.MID{2}, kp1.MID{3}
	name := func(m kp1.MID) string { return map[kp1.MID]string{bev: "Bev", sue: "Sue", rhys: "Rhys"}[m] }
	on, off := Net{On: true}, Net{}
	for _, c := range []struct {
		name string
		d    Delivery
		net  Net
		icon assets.Icon
		want string
	}{
		{"not on disk yet", Delivery{}, on, assets.IconWaiting, "Saving on this computer."},
		{"alone", Delivery{Stored: true}, on, assets.IconComputer, "Saved on this computer. Nobody else is here to read it now."},
		{"one other, off", Delivery{Stored: true, Of: 1, HasNot: []kp1.MID{sue}}, on, assets.IconComputer, "Saved on this computer. Will be sent when Sue’s computer is on."},
		{"two others, off", Delivery{Stored: true, Of: 2, HasNot: []kp1.MID{sue, bev}}, on, assets.IconComputer, "Saved on this computer. Will be sent when their computers are on."},
		{"one other, on", Delivery{Stored: true, Of: 1, HasNot: []kp1.MID{sue}, Reached: []kp1.MID{sue}}, on, assets.IconGoing, "Saved on this computer. On its way to Sue now."},
		{"two others, on", Delivery{Stored: true, Of: 2, HasNot: []kp1.MID{sue, bev}, Reached: []kp1.MID{sue, bev}}, on, assets.IconGoing, "Saved on this computer. On its way to Sue and Bev now."},
		{"one of two on", Delivery{Stored: true, Of: 2, HasNot: []kp1.MID{sue, bev}, Reached: []kp1.MID{bev}}, on, assets.IconGoing, "Saved on this computer. On its way to Bev now. The others get it when their computers are on."},
		{"one's own other computer", Delivery{Stored: true, Of: 1}, on, assets.IconComputer, "Saved on this computer. Will be sent when your other computer is on."},
		{"no internet", Delivery{Stored: true, Of: 2, HasNot: []kp1.MID{sue, bev}}, off, assets.IconAsleep, "Saved on this computer. It is not on the internet. We send it when it is back."},
		{"some", Delivery{Stored: true, Devices: 2, Of: 3, Has: []kp1.MID{bev}, HasNot: []kp1.MID{sue}}, on, assets.IconGoing, "On 2 of 3 computers. Not yet: Sue."},
		{"all of one's own", Delivery{Stored: true, Devices: 1, Of: 1}, on, assets.IconDone, "On your other computer too."},
		{"some of one person's", Delivery{Stored: true, Devices: 1, Of: 2, Has: []kp1.MID{bev}}, on, assets.IconGoing, "On 1 of 2 computers."},
		{"all", Delivery{Stored: true, Devices: 2, Of: 2, Has: []kp1.MID{bev, sue}}, on, assets.IconDone, "Bev and Sue have it."},
		{"all, one person", Delivery{Stored: true, Devices: 2, Of: 2, Has: []kp1.MID{bev}}, on, assets.IconDone, "Bev has it."},
		{"mailbox", Delivery{Stored: true, Of: 1, HasNot: []kp1.MID{sue}, Mailbox: true}, on, assets.IconGoing, "Left in the mailbox. They get it when their computers are on."},
		{"mailbox with a name", Delivery{Stored: true, Of: 1, HasNot: []kp1.MID{sue}, Mailbox: true, Box: "oakhouse.example"}, on, assets.IconGoing, "Left in the mailbox oakhouse.example. They get it when their computers are on."},
		{"some, and the mailbox", Delivery{Stored: true, Devices: 2, Of: 3, Has: []kp1.MID{bev}, HasNot: []kp1.MID{sue}, Mailbox: true}, on, assets.IconGoing, "On 2 of 3 computers. Not yet: Sue. For them it waits in the mailbox."},
		{"no room at the only other", Delivery{Stored: true, Of: 1, HasNot: []kp1.MID{sue}, Reached: []kp1.MID{sue}, NoRoomAt: []kp1.MID{sue}}, on, assets.IconFull, "Saved on this computer. Sue’s computer has no room for it now. We try again."},
		{"no room at two", Delivery{Stored: true, Of: 2, HasNot: []kp1.MID{sue, bev}, NoRoomAt: []kp1.MID{bev, sue}}, on, assets.IconFull, "Saved on this computer. The computers of Bev and Sue have no room for it now. We try again."},
		{"no room at one, on its way to another", Delivery{Stored: true, Of: 2, HasNot: []kp1.MID{sue, bev}, Reached: []kp1.MID{sue, bev}, NoRoomAt: []kp1.MID{bev}}, on, assets.IconGoing, "Saved on this computer. On its way to Sue now. The others get it when their computers are on. Bev’s computer has no room for it now."},
		{"no room at one of two", Delivery{Stored: true, Devices: 1, Of: 2, Has: []kp1.MID{bev}, HasNot: []kp1.MID{sue}, NoRoomAt: []kp1.MID{sue}}, on, assets.IconGoing, "On 1 of 2 computers. Not yet: Sue. Sue’s computer has no room for it now."},
		{"no room on one's own other", Delivery{Stored: true, Of: 1, NoRoomOwn: true}, on, assets.IconFull, "Saved on this computer. Your other computer has no room for it now. We try again."},
		{"no room on either", Delivery{Stored: true, Of: 2, HasNot: []kp1.MID{sue}, NoRoomAt: []kp1.MID{sue}, NoRoomOwn: true}, on, assets.IconFull, "Saved on this computer. Sue’s computer has no room for it now. Your other computer has no room for it now. We try again."},
		{"no room, and the mailbox", Delivery{Stored: true, Of: 1, HasNot: []kp1.MID{sue}, Mailbox: true, NoRoomAt: []kp1.MID{sue}}, on, assets.IconGoing, "Left in the mailbox. They get it when their computers are on. Sue’s computer has no room for it now."},
		{"all, and the mailbox", Delivery{Stored: true, Devices: 2, Of: 2, Has: []kp1.MID{bev}, Mailbox: true}, on, assets.IconDone, "Bev has it."},
	} {
		if got := DeliveryLine(c.d, c.net, name); got.Text != c.want || got.Icon != c.icon {
			t.Errorf("%s: DeliveryLine = %s %q, want %s %q", c.name, got.Icon, got.Text, c.icon, c.want)
		}
	}
}

// TestDeliveryClaimsNothing: unless every other computer said so, no sentence says that they have it; and a percent or a
// word about machines is never said.
func TestDeliveryClaimsNothing(t *testing.T) {
	people := []kp1.MID{{1}, {2}, {3}, {4}}
	rapid.Check(t, func(t *rapid.T) {
		d := Delivery{Stored: rapid.Bool().Draw(t, "stored"), Of: rapid.IntRange(0, 6).Draw(t, "of"), Mailbox: rapid.Bool().Draw(t, "mailbox")}
		d.Devices = rapid.IntRange(0, d.Of).Draw(t, "devices")
		n := rapid.IntRange(0, len(people)).Draw(t, "has")
		d.Has, d.HasNot = people[:n], people[n:]
		d.Reached = d.HasNot[:rapid.IntRange(0, len(d.HasNot)).Draw(t, "reached")]
		d.NoRoomAt = d.HasNot[rapid.IntRange(0, len(d.HasNot)).Draw(t, "crowded"):]
		d.NoRoomOwn = d.Of > d.Devices && rapid.Bool().Draw(t, "own is crowded")
		l := DeliveryLine(d, Net{On: rapid.Bool().Draw(t, "on")}, func(m kp1.MID) string { return "P" + string('0'+m[0]) })
		if claims := strings.HasSuffix(l.Text, "have it.") || strings.HasSuffix(l.Text, "has it.") || strings.HasPrefix(l.Text, "On your "); claims != (d.Stored && d.Of > 0 && d.Devices == d.Of) {
			t.Fatalf("%+v says %q", d, l.Text)
		}
		if len(d.NoRoomAt) == 0 && !d.NoRoomOwn && strings.Contains(l.Text, "no room") {
			t.Fatalf("%+v says %q, and nobody said so", d, l.Text)
		}
		if len(d.Reached) > 0 && len(d.Reached) == len(d.HasNot) && len(d.NoRoomAt) == 0 && d.Devices == 0 && !d.Mailbox && strings.Contains(l.Text, "computers are on") {
			t.Fatalf("%+v says %q of computers that are on", d, l.Text)
		}
		if l.Text == "" || l.Icon == "" || strings.ContainsAny(l.Text, "%[") {
			t.Fatalf("%+v says %q with icon %q", d, l.Text, l.Icon)
		}
	})
}

// TestHasKnowsWhoIsReached: a computer that is connected now is not waited for.
func TestHasKnowsWhoIsReached(t *testing.T) {
	bev, sue := kp1.MID{1}, kp1.MID{2}
	g := Group{
		Devices:  []Device{{ID: kp1.DID{1}, Member: bev}, {ID: kp1.DID{2}, Member: bev, Connected: true}, {ID: kp1.DID{3}, Member: sue}},
		Delivery: func(kp1.ID) Delivery { return Delivery{Stored: true, Of: 3, HasNot: []kp1.MID{bev, sue}} },
	}
	if got := g.Has(kp1.ID{}).Reached; !slices.Equal(got, []kp1.MID{bev}) {
		t.Errorf("Reached = %v, want Bev", got)
	}
	if g.Boxes = []Mailbox{{Name: "oakhouse.example"}}; g.Has(kp1.ID{}).Box != "oakhouse.example" {
		t.Errorf("it is left in %q", g.Has(kp1.ID{}).Box)
	}
	if g.Boxes = append(g.Boxes, Mailbox{Name: "elm.example"}); g.Has(kp1.ID{}).Box != "" {
		t.Errorf("nobody knows in which of two it is left, and it says %q", g.Has(kp1.ID{}).Box)
	}
	if d := g.Answered(g.Has(kp1.ID{}), act.Meta{Author: bev, Device: kp1.DID{2}}); len(d.Reached) != 0 || !slices.Equal(d.Has, []kp1.MID{bev}) || d.Devices != 1 {
		t.Errorf("once Bev has answered: %+v", d)
	}
	for _, m := range []act.Meta{{Author: bev, Device: kp1.DID{9}}, {Author: kp1.MID{9}, Device: kp1.DID{2}}} {
		if d := g.Answered(g.Has(kp1.ID{}), m); d.Devices != 0 || len(d.Has) != 0 {
			t.Errorf("a computer that is not counted any more, or of somebody else, answered: %+v", d)
		}
	}
}

// TestNoRoomIsWhatAComputerSaid: it is said of who has such a computer and nothing of the thing; once they have it, no more.
func TestNoRoomIsWhatAComputerSaid(t *testing.T) {
	me, bev, sue := kp1.MID{9}, kp1.MID{1}, kp1.MID{2}
	d := Delivery{Stored: true, Of: 4, Devices: 1, On: []kp1.DID{{1}}, Has: []kp1.MID{bev}, HasNot: []kp1.MID{sue}, Crowded: []kp1.DID{{2}, {3}, {4}}}
	g := Group{
		Me:       me,
		Devices:  []Device{{ID: kp1.DID{1}, Member: bev}, {ID: kp1.DID{2}, Member: bev}, {ID: kp1.DID{3}, Member: sue}, {ID: kp1.DID{4}, Member: me}},
		Delivery: func(kp1.ID) Delivery { return d },
	}
	if got := g.Has(kp1.ID{}); !slices.Equal(got.NoRoomAt, []kp1.MID{sue}) || !got.NoRoomOwn {
		t.Errorf("no room at %v, on this person's own %v; want Sue's and their own", got.NoRoomAt, got.NoRoomOwn)
	}
	if got := g.Answered(g.Has(kp1.ID{}), act.Meta{Author: sue, Device: kp1.DID{3}}); len(got.NoRoomAt) != 0 {
		t.Errorf("once Sue has answered: no room at %v", got.NoRoomAt)
	}
	if d.Crowded = nil; len(g.Has(kp1.ID{}).NoRoomAt) != 0 || g.Has(kp1.ID{}).NoRoomOwn {
		t.Error("nobody said that there is no room")
	}
}

// TestNoRoomIsWhatEveryMailboxSaid: that there is no room is said where each mailbox, but for one that is here, refused it for that.
func TestNoRoomIsWhatEveryMailboxSaid(t *testing.T) {
	file, words := kp1.ID{1}, kp1.ID{2}
	full, noFiles, well, away := Mailbox{Trouble: "E_MAILBOX_FULL"}, Mailbox{NoFiles: true}, Mailbox{}, Mailbox{NoFiles: true, Trouble: "E_RELAY_UNREACHABLE"}
	for _, c := range []struct {
		boxes       []Mailbox
		mailbox     bool
		file, words bool
	}{
		{nil, false, false, false},
		{[]Mailbox{well}, false, false, false},
		{[]Mailbox{noFiles}, false, true, false},
		{[]Mailbox{noFiles, full}, false, true, false},
		{[]Mailbox{full}, false, true, true},
		{[]Mailbox{full, well}, false, false, false},
		{[]Mailbox{away}, false, false, false},
		{[]Mailbox{{NoFiles: true, Here: true}}, false, false, false},
		{[]Mailbox{noFiles, {Here: true}}, false, true, false},
		{[]Mailbox{full}, true, false, false},
	} {
		g := Group{
			Boxes: c.boxes,
			Delivery: func(kp1.ID) Delivery {
				return Delivery{Stored: true, Of: 1, HasNot: []kp1.MID{{1}}, Mailbox: c.mailbox}
			},
			FilePart: func(id kp1.ID) (uint64, uint64) {
				if id == file {
					return 9, 9
				}
				return 0, 0
			},
		}
		for id, want := range map[kp1.ID]bool{file: c.file, words: c.words} {
			d := g.Has(id)
			said := DeliveryLine(d, Net{On: true}, func(kp1.MID) string { return "Bev" }).Text
			if d.NoRoom != want || strings.Contains(said, "no room") != want {
				t.Errorf("%+v, file %v: NoRoom = %v, said %q, want %v", c.boxes, id == file, d.NoRoom, said, want)
			}
		}
	}
}

func TestNetAndLastHeard(t *testing.T) {
	now := time.Date(2026, 11, 21, 21, 2, 0, 0, london(t))
	if got, want := NetLine(Net{}).Text, "This computer is not on the internet. You can go on working. We send it when it is back."; got != want {
		t.Errorf("NetLine(off) = %q, want %q", got, want)
	}
	for _, c := range []struct {
		d    Device
		icon assets.Icon
		want string
	}{
		{Device{Here: true}, assets.IconDone, "Now, this computer"},
		{Device{Connected: true}, assets.IconDone, "Now"},
		{Device{}, assets.IconAsleep, "Not heard from directly"},
		{Device{LastHeard: now.Add(-4 * time.Hour)}, assets.IconDone, "Today, 5.02 pm"},
		{Device{LastHeard: time.Date(2026, 11, 19, 16, 0, 0, 0, now.Location())}, assets.IconAsleep, "Thursday, 4 pm"},
	} {
		if got := LastHeard(c.d, now); got.Text != c.want || got.Icon != c.icon {
			t.Errorf("LastHeard(%+v) = %s %q, want %s %q", c.d, got.Icon, got.Text, c.icon, c.want)
		}
	}
}

func TestReadDate(t *testing.T) {
	today := when.Date{Year: 2026, Month: 11, Day: 21}
	for _, c := range []struct {
		in   DateInput
		want string
		say  string
	}{
		{DateInput{"27", "11", "2026"}, "2026-11-27", ""},
		{DateInput{" 27th ", "nov", "26"}, "2026-11-27", ""},
		{DateInput{"1", "January", ""}, "2027-01-01", ""}, // the next such day
		{DateInput{"21", "11", ""}, "2026-11-21", ""},
		{DateInput{"29", "2", "2028"}, "2028-02-29", ""},
		{DateInput{}, "", "Type a date, for example 27 11 2026."},
		{DateInput{"30", "2", "2027"}, "", "February has 28 days. Choose another day."},
		{DateInput{"31", "11", "2026"}, "", "November has 30 days. Choose another day."},
		{DateInput{"x", "11", "2026"}, "", "Type the day as a number from 1 to 31."},
		{DateInput{"32", "11", "2026"}, "", "Type the day as a number from 1 to 31."},
		{DateInput{"2", "13", "2026"}, "", "Type the month as a number or a name, for example 11 or November."},
		{DateInput{"2", "ju", "2026"}, "", "Type the month as a number or a name, for example 11 or November."},
		{DateInput{"2", "7", "abc"}, "", "Type the year in full, for example 2026."},
	} {
		d, say := ReadDate(c.in, today)
		got := ""
		if say == "" {
			got = d.String()
		}
		if got != c.want || say != c.say {
			t.Errorf("ReadDate(%q) = %q, %q, want %q, %q", c.in, got, say, c.want, c.say)
		}
	}
}

// TestDatesReadBack: what a box shows for a date is read as that date again.
func TestDatesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := when.Date{Year: 2026, Month: 1, Day: 1}.Plus(rapid.IntRange(0, 3000).Draw(t, "days"))
		if got, say := ReadDate(InputOf(d), when.Date{Year: 2026, Month: 11, Day: 21}); got != d || say != "" {
			t.Fatalf("ReadDate(InputOf(%s)) = %s, %q", d, got, say)
		}
	})
}

func TestReadClock(t *testing.T) {
	for in, want := range map[string]string{
		"4.30 pm": "16:30", "4:30PM": "16:30", "16.30": "16:30", "16:30": "16:30", "9 am": "09:00", "9": "09:00", "5": "17:00",
		"noon": "12:00", "12 noon": "12:00", "12 am": "00:00", "12 pm": "12:00", "12": "12:00", "midnight": "00:00", "": "", "05.15": "05:15", "4.30 p.m.": "16:30",
	} {
		if c, say := ReadClock(in); c.String() != want || say != "" {
			t.Errorf("ReadClock(%q) = %q, %q, want %q", in, c, say, want)
		}
	}
	for _, in := range []string{"25", "4.3", "4.61", "x", "13 pm", "0 am", "-1", "4.30.10", "½"} {
		if c, say := ReadClock(in); say != "Type a time like 4.30 pm or 9 am." {
			t.Errorf("ReadClock(%q) = %q, %q", in, c, say)
		}
	}
}

// TestTimesReadBack: every time that is said can be typed as it is said.
func TestTimesReadBack(t *testing.T) {
	for h := range 24 {
		for m := range 60 {
			if got, say := ReadClock(Clock(h, m)); got != when.At(h, m) || say != "" {
				t.Fatalf("ReadClock(%q) = %s, %q", Clock(h, m), got, say)
			}
		}
	}
}
