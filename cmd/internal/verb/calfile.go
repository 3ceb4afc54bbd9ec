package verb

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"time"

	"kith/app/paper/ics"
	"kith/app/present"
	"kith/assets/words"
	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

func calendarFileVerbs() []spec {
	return []spec{
		{"export ics", "FILE [--level 1-4] [--group G]", "ctl.help.export-ics", needOpen, runExportICS},
		{"import ics", "FILE [--dry-run] [--zone Z] [--audience WHO] [--group G]", "ctl.help.import-ics", needOpen, runImportICS},
	}
}

// usualLevel is how much a file tells where nobody says --level.
const usualLevel = present.LevelInitials

type exported struct {
	File  string   `json:"file"`
	Items int      `json:"items"` // events, and times of them that differ
	Level int      `json:"level"`
	Left  []string `json:"left"` // titles of what cannot be in a file
}

func (e exported) plain(*call) string {
	all := []string{present.Say("ctl.exported", "File", e.File, "Level", present.Level(e.Level).Said())} //nolint:gosec // one of four
	for _, t := range e.Left {
		all = append(all, present.Say("ctl.exported.left", "Title", t))
	}
	return lines(all...)
}

func runExportICS(c *call) (result, error) {
	c.groupFlag()
	level := c.flags.String("level", strconv.Itoa(int(usualLevel)), "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(*level, 10, 8)
	l := present.Level(n)
	if err != nil || !l.Valid() {
		return nil, c.misused("--level is 1, 2, 3 or 4")
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	es, left := ics.Of(g.Care.Calendar().All(), l == present.LevelFull, zones())
	file, err := ics.Write(ics.Calendar{Name: g.Title(), Events: es}, ics.Output{Level: l, Names: allNames(g), Made: c.now().In(c.zone())}, zones())
	if err != nil {
		return nil, err
	}
	path := c.path(c.args[0])
	if err := c.peer.WriteFile(c.ctx, path, file); err != nil {
		return nil, err
	}
	return exported{path, len(es), int(l), append([]string{}, left...)}, nil
}

// imported is what taking in a file did, or would do.
type imported struct {
	Items   int           `json:"items"` // events of the file that are in the calendar now
	Added   int           `json:"added"`
	Changed int           `json:"changed"` // called off too
	Dry     bool          `json:"dry,omitempty"`
	Does    []importLine  `json:"does"`
	Skipped []skippedLine `json:"skipped"`
}

type importLine struct {
	Does  string `json:"does"`
	Title string `json:"title"`
	Start string `json:"start"`
	Line  int    `json:"line"`
}

type skippedLine struct {
	Line int    `json:"line"`
	Why  string `json:"why"`
}

func (r imported) plain(*call) string {
	var all []string
	for _, d := range r.Does {
		if r.Dry {
			all = append(all, present.Say(deedWords[ics.Does(d.Does)], "Title", d.Title, "Start", d.Start))
		}
	}
	for _, s := range r.Skipped {
		all = append(all, present.Say("ctl.import.line", "Line", s.Line, "Why", s.Why))
	}
	done := words.Key("ctl.imported")
	if r.Dry {
		done = "ctl.import.would"
	}
	return lines(append(all, present.Say(done, "Added", r.Added, "Changed", r.Changed, "Same", r.Items-r.Added-r.Changed))...)
}

var deedWords = map[ics.Does]words.Key{ics.DoesAdd: "ctl.import.add", ics.DoesEdit: "ctl.import.edit", ics.DoesCancel: "ctl.import.cancel"}

func runImportICS(c *call) (result, error) {
	c.groupFlag()
	dry, zone, audience := c.flags.Bool("dry-run", false, ""), c.text("zone"), c.text("audience")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if *zone == "" {
		*zone = c.zoneName()
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	to, err := c.audience(g, *audience)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(c.path(c.args[0]))
	if err != nil {
		return nil, errNoFile
	}
	file, read, err := ics.Read(f, *zone, zones())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	var notes present.FileNotes
	deeds, steps := file.Plan(ics.Into{Calendar: g.Care.Calendar(), Me: g.Me, Rank: g.MyRank(), Names: allNames(g), Zones: zones()}, &notes)
	out := imported{Items: len(deeds), Dry: *dry, Does: []importLine{}, Skipped: []skippedLine{}}
	for _, d := range deeds {
		switch d.Does {
		case ics.DoesNone:
			continue
		case ics.DoesAdd:
			out.Added++
		case ics.DoesEdit, ics.DoesCancel:
			out.Changed++
		}
		out.Does = append(out.Does, importLine{string(d.Does), d.Event.Title, (when.Key{Day: d.Event.When.From, At: d.Event.When.Start}).String(), d.Event.Line})
	}
	all := append(read, notes.Sorted()...)
	slices.SortStableFunc(all, func(a, b present.FileNote) int { return a.Line - b.Line })
	for _, n := range all {
		out.Skipped = append(out.Skipped, skippedLine{n.Line, n.Text()})
	}
	if *dry {
		return out, nil
	}
	return out, c.take(g, steps, to)
}

// stepsAtOnce is how much of a file is taken in at once. What is killed in between goes on where it was when the file is
// taken in again.
const stepsAtOnce = 1000

// take does the steps of taking in a file: those that wait for the id of an event that is added, once they can.
func (c *call) take(g present.Group, steps []ics.Step, to present.Audience) error {
	ids, adds := map[kp1.ID]kp1.ID{}, map[kp1.ID]bool{}
	for _, s := range steps {
		adds[s.As] = true
	}
	for len(steps) > 0 {
		var now, later []ics.Step
		for _, s := range steps {
			if len(now) < stepsAtOnce && ready(s, adds, ids) {
				now = append(now, s)
			} else {
				later = append(later, s)
			}
		}
		acts, readers := make([]care.Act, len(now)), make([]present.Audience, len(now))
		for i, s := range now {
			acts[i], readers[i] = s.On(ids), to
			if id, ok := calendar.EventOf(care.Event{Act: acts[i]}); ok {
				if e, there := g.Care.Calendar().Get(id); there {
					readers[i] = g.EventAudience(e)
				}
			}
		}
		done, err := c.peer.ProposeAll(c.ctx, g.ID, acts, readers)
		if err != nil {
			return err
		}
		for i, s := range now {
			if adds[s.As] && !s.As.IsZero() {
				ids[s.As] = done[i]
			}
		}
		steps = later
	}
	return nil
}

// ready reports whether the ids that a step speaks of are known.
func ready(s ics.Step, adds map[kp1.ID]bool, ids map[kp1.ID]kp1.ID) bool {
	for _, id := range s.Act.Refs() {
		if _, known := ids[id]; adds[id] && !known {
			return false
		}
	}
	a, ok := s.Act.(calendar.Add)
	if _, known := ids[a.Follows]; ok && adds[a.Follows] && !a.Follows.IsZero() && !known {
		return false
	}
	return true
}

// allNames lists everybody who may be named in a title: who is or was in the group, and the children whom sleepovers name.
func allNames(g present.Group) (all []string) {
	for _, p := range g.Care.People().All() {
		all = append(all, p.Name)
	}
	for s := range g.Care.Sleepovers().All() {
		all = append(all, s.Terms.Child)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// zones finds zones, each once.
func zones() when.Zones {
	known := map[string]*time.Location{}
	return func(name string) (*time.Location, error) {
		if loc, ok := known[name]; ok {
			return loc, nil
		}
		loc, err := time.LoadLocation(name)
		if err == nil {
			known[name] = loc
		}
		return loc, err
	}
}
