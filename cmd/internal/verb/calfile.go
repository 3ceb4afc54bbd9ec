package verb

import (
	"slices"
	"strconv"
	"time"

	"kith/app/paper/ics"
	"kith/app/present"
	"kith/store/care/when"
)

func calendarFileVerbs() []spec {
	return []spec{
		{"export ics", "FILE [--level 1-4] [--group G]", "ctl.help.export-ics", needOpen, runExportICS},
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
