package verb

import (
	"slices"
	"strings"

	"kith/app/present"
	"kith/assets/numbers"
)

func otherVerbs() []spec {
	return []spec{
		{"numbers", "", "ctl.help.numbers", needNothing, runNumbers},
		{"bench", "[-w N] ... | peer", "ctl.help.bench", needNothing, runBench},
		{"demo", "", "ctl.help.demo", needNothing, runDemo},
		{"version", "", "ctl.help.version", needNothing, runVersion},
		{"help", "[VERB]", "ctl.help.help", needNothing, runHelp},
	}
}

// number is one line that can be rung.
type number struct {
	Name    string `json:"name"`
	Number  string `json:"number"`
	Checked string `json:"checked"` // a date, or empty: nobody could check it
	For     string `json:"for"`
	Hours   string `json:"hours"`
}

type numberList []number

func (l numberList) plain(*call) string {
	var all []string
	for _, n := range l {
		line := n.Number + "  " + n.Name + ". " + n.For
		if n.Hours != "" {
			line += ". " + n.Hours
		}
		checked := present.Say("ctl.numbers.unchecked")
		if n.Checked != "" {
			checked = present.Say("ctl.numbers.checked", "Date", n.Checked)
		}
		all = append(all, line+". "+checked)
	}
	return lines(append(all, present.Say("ctl.numbers.alone"))...)
}

// runNumbers needs no home and no passphrase.
func runNumbers(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	var l numberList
	for _, n := range numbers.All() {
		l = append(l, number{n.Name, n.Number, n.Checked, strings.TrimSuffix(n.For, "."), strings.TrimSuffix(n.Hours, ".")})
	}
	return l, nil
}

// runBench hands its arguments on as they are: the workloads print what they measure themselves.
func runBench(c *call) (result, error) {
	if c.host.Bench == nil {
		return nil, errNotFound
	}
	return nil, c.host.Bench(c.ctx, c.args, c.stdout)
}

type version struct {
	Version string `json:"version"`
}

func (v version) plain(*call) string { return "kith " + v.Version }

func runVersion(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	return version{c.host.Version}, nil
}

// helped is the verbs that somebody asked about.
type helped []helpLine

type helpLine struct {
	Verb  string `json:"verb"`
	Usage string `json:"usage"`
	Does  string `json:"does"`
	Part  string `json:"part"` // the heading it stands under
}

// plain shows the headings only where there is more than one.
func (h helped) plain(*call) string {
	all, under := []string{topUsage, ""}, h[0].Part
	headed := h[len(h)-1].Part != under
	for i, l := range h {
		if headed && (i == 0 || l.Part != under) {
			if i > 0 {
				all = append(all, "")
			}
			all, under = append(all, l.Part, ""), l.Part
		}
		all = append(all, l.Usage, "    "+l.Does)
	}
	return strings.Join(append(all, "", present.Say("ctl.help.exits")), "\n")
}

func runHelp(c *call) (result, error) {
	if err := c.parse(0, -1); err != nil {
		return nil, err
	}
	asked := strings.Join(c.args, " ")
	var h helped
	for _, p := range parts() {
		for _, s := range slices.Concat(p.verbs...) {
			if s.name == asked || strings.HasPrefix(s.name+" ", asked+" ") || asked == "" {
				h = append(h, helpLine{s.name, s.usage(), present.Say(s.does), present.Say(p.title)})
			}
		}
	}
	if len(h) == 0 {
		return nil, c.misused("no such verb: " + asked)
	}
	return h, nil
}
