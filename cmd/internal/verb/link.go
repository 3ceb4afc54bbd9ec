package verb

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/app/qr"
	"kith/assets/words"
	"kith/store/kp1"
)

func linkVerbs() []spec {
	return []spec{
		{"device link", "[--back] [--file FILE] [--wait]", "ctl.help.device-link", needOpen, runDeviceLink},
		{"device accept", "CODE|WORDS|FILE|PICTURE [--group G]... [--at ADDRESS]... [--wait]", "ctl.help.device-accept", needOpen, runDeviceAccept},
		{"device same", "LINK [--no] [--wait]", "ctl.help.device-same", needOpen, runDeviceSame},
		{"device answer", "LINK FILE", "ctl.help.device-answer", needOpen, runDeviceAnswer},
		{"device links", "", "ctl.help.device-links", needOpen, runDeviceLinks},
		{"device cancel", "LINK", "ctl.help.device-cancel", needOpen, runDeviceCancel},
	}
}

// Linking is how one person's computers find one another.
type Linking interface {
	present.Linker
	// TakeLinkAt is TakeLink for words alone, with the addresses of the computer that shows them.
	TakeLinkAt(ctx context.Context, code string, at []string, groups []kp1.GID) (present.Link, error)
	// LinkWait serves until a link has come so far, or ctx ends; nothing has to serve yet.
	LinkWait(ctx context.Context, id string, enough func(present.Link) bool) (present.Link, error)
}

// linkPatience is how long --wait waits: as long as a code is good.
const linkPatience = 15 * time.Minute

type linkLine struct {
	Link    string          `json:"link"`
	New     bool            `json:"new"` // this computer is the new one
	Back    bool            `json:"back"`
	Stage   string          `json:"stage"`
	Code    string          `json:"code,omitempty"`
	Words   []string        `json:"words,omitempty"`   // eight: the code for typing
	Compare []string        `json:"compare,omitempty"` // four, or eight for a file: the same on both computers
	Same    bool            `json:"same"`              // said here
	Others  bool            `json:"others"`            // another computer that knows the code came too
	Name    string          `json:"name"`
	Groups  []linkGroupLine `json:"groups"`
	Until   time.Time       `json:"until"`
	Why     string          `json:"why,omitempty"`

	file  bool   // the other side is a file
	until string // Until, inside a sentence
	net   present.Net
	going bool // this very call goes on, and serves
}

type linkGroupLine struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	State string `json:"state"`
	Why   string `json:"why,omitempty"`
}

var (
	linkSays = map[string]words.Key{
		present.LinkShown: "ctl.link.shown", present.LinkCompare: "ctl.link.compare", present.LinkWaiting: "ctl.link.waiting",
		present.LinkWriting: "ctl.link.writing", present.LinkWaits: "ctl.link.waits", present.LinkDone: "ctl.link.done",
		present.LinkOver: "ctl.link.over", present.LinkCarried: "ctl.link.carried",
	}
	linkGroupSays = map[string]words.Key{
		present.LinkGroupAsked: "ctl.link.group.asked", present.LinkGroupWaits: "ctl.link.group.waits",
		present.LinkGroupComing: "ctl.link.group.coming", present.LinkGroupIn: "ctl.link.group.in", present.LinkGroupOut: "ctl.link.group.out",
	}
)

func (c *call) lineOfLink(l present.Link) linkLine {
	out := linkLine{
		Link: l.ID, New: l.New, Back: l.Back, Stage: l.Stage, Code: l.Code, Words: l.Spoken, Compare: l.Words, Same: l.Mine, Others: l.Others,
		Name: l.Name, Groups: []linkGroupLine{}, Until: l.Until.UTC(), Why: present.Code(l.Err),
		file: l.ByFile, until: present.Within(l.Until.In(c.zone()), c.now().In(c.zone())), net: c.peer.World().Net,
	}
	for _, g := range l.Groups {
		out.Groups = append(out.Groups, linkGroupLine{g.ID.String(), g.Name, g.State, present.Code(g.Err)})
	}
	return out
}

func (l linkLine) plain(*call) string {
	stage := linkSays[l.Stage]
	switch {
	case l.Stage == present.LinkShown && !l.New:
		stage = "ctl.link.looking"
	case l.Stage == present.LinkWaiting && l.file:
		stage = "ctl.link.waiting.file"
	case l.Stage == present.LinkDone && l.New && l.Back:
		stage = "ctl.link.in"
	}
	all := []string{cutID(l.Link) + "  " + present.Say(stage)}
	all = append(all, l.open()...)
	if len(l.Compare) > 0 && l.Stage != present.LinkWriting {
		all = append(all, "  "+strings.Join(l.Compare, " "))
		if l.Stage == present.LinkCompare {
			look := words.Key("ctl.link.look")
			if l.file { // the other one has asked already, or has answered
				look = "ctl.link.look.file"
			}
			all = append(all, present.Say(look), present.Say("ctl.link.same", "ID", cutID(l.Link)))
		}
	}
	if l.file && !l.New {
		switch l.Stage {
		case present.LinkWaiting:
			all = append(all, present.Say("ctl.link.answer", "ID", cutID(l.Link)))
		case present.LinkWaits, present.LinkDone:
			all = append(all, present.Say("ctl.link.bring"), present.Say("ctl.link.anew", "ID", cutID(l.Link)))
		}
	}
	if l.Others {
		all = append(all, present.Say("ctl.link.others"))
	}
	for _, g := range l.Groups {
		line := "  " + cutID(g.Group) + "  " + g.Name + "  " + present.Say(linkGroupSays[g.State])
		all = append(all, line)
		if g.Why != "" {
			all = append(all, "  "+present.ExplainCode(g.Why).Text())
		}
	}
	if l.Why != "" {
		all = append(all, present.ExplainCode(l.Why).Text())
	}
	return lines(all...)
}

// open is what is said of a code that is shown, or looked for.
func (l linkLine) open() (all []string) {
	switch {
	case l.Stage != present.LinkShown:
		return nil
	case l.New && l.file:
		return []string{"  " + strings.Join(l.Words, " "), present.Say("ctl.link.take.file", "Until", l.until), present.Say("ctl.link.back")}
	case !l.New && l.going:
		return nil
	case !l.New && !l.net.On:
		return []string{present.Say("ctl.link.serve")}
	case !l.New:
		return nil
	}
	if l.Code != "" {
		all = append(all, l.Code)
	}
	take := words.Key("ctl.link.take")
	if l.Back {
		take = "ctl.link.friend"
	}
	all = append(all, "  "+strings.Join(l.Words, " "), present.Say(take, "Until", l.until))
	switch {
	case !l.net.Nearby && l.Back:
		all = append(all, present.Say("ctl.link.words.friend"))
	case !l.net.Nearby:
		all = append(all, present.Say("ctl.link.words"))
	}
	if l.going {
		return all
	}
	if !l.net.On {
		all = append(all, present.Say("ctl.link.serve"))
	}
	return append(all, present.Say("ctl.link.then"))
}

// linkNamed finds a link by the beginning of its id.
func (c *call) linkNamed(prefix string) (present.Link, error) {
	return beginning(prefix, c.peer.World().Links, func(l present.Link) string { return l.ID })
}

// shownLink is a link as it stands now.
func (c *call) shownLink(id string) (result, error) {
	l, err := c.linkNamed(id)
	if err != nil {
		return nil, err
	}
	return c.lineOfLink(l), nil
}

// waitFor prints a link as it stands, and then waits until it has come so far or has ended.
func (c *call) waitFor(l present.Link, enough func(present.Link) bool) (result, error) {
	line := c.lineOfLink(l)
	line.going = true
	if err := c.answer(line); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.ctx, linkPatience)
	defer cancel()
	l, err := c.peer.LinkWait(ctx, l.ID, func(l present.Link) bool {
		return enough(l) || slices.Contains([]string{present.LinkWaits, present.LinkDone, present.LinkOver, present.LinkCarried}, l.Stage)
	})
	if err != nil {
		return nil, err
	}
	return c.lineOfLink(l), l.Err
}

func comparing(l present.Link) bool { return l.Stage == present.LinkCompare }

func never(present.Link) bool { return false }

// runDeviceLink shows the code of this computer, which is the new one. `serve`, the window or --wait does the rest.
func runDeviceLink(c *call) (result, error) {
	back := c.flags.Bool("back", false, "")
	file := c.text("file")
	wait := c.flags.Bool("wait", false, "")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if *file != "" && (*wait || *back) {
		return nil, c.misused("--file stands alone")
	}
	l, err := c.peer.ShowLink(c.ctx, *back)
	if err != nil {
		return nil, err
	}
	switch {
	case *file != "":
		if err := c.peer.LinkFile(c.ctx, l.ID, c.path(*file)); err != nil {
			return nil, err
		}
		return c.shownLink(l.ID)
	case *wait && *back:
		return c.waitFor(l, never)
	case *wait:
		return c.waitFor(l, comparing)
	}
	return c.lineOfLink(l), nil
}

// runDeviceAccept takes the code of a new computer, or reads the file of the other one.
func runDeviceAccept(c *call) (result, error) {
	var only, at []string
	c.flags.Func("group", "", func(s string) error { only = append(only, s); return nil })
	c.flags.Func("at", "", func(s string) error { at = append(at, s); return nil })
	wait := c.flags.Bool("wait", false, "")
	if err := c.parse(1, -1); err != nil {
		return nil, err
	}
	var groups []kp1.GID
	for _, prefix := range only {
		g, err := groupCalled(c.peer.World(), prefix)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g.ID)
	}
	code := strings.Join(c.args, " ")
	var l present.Link
	var err error
	file := ""
	if path := c.path(code); len(c.args) == 1 && !strings.Contains(code, "#") && there(path) {
		file = path
	}
	if file != "" {
		if shown, e := pictured(file); e == nil {
			code, file = shown, ""
		} else if !errors.Is(e, qr.ErrPicture) { // a picture, and no code in it
			return nil, e
		}
	}
	if file != "" {
		l, err = c.peer.TakeLinkFile(c.ctx, file, groups)
	} else {
		l, err = c.peer.TakeLinkAt(c.ctx, code, at, groups)
	}
	if err != nil {
		return nil, err
	}
	if *wait && !l.ByFile {
		return c.waitFor(l, comparing)
	}
	return c.lineOfLink(l), nil
}

// pictured is the code in a picture file.
func pictured(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return qr.ReadPicture(f)
}

func there(path string) bool {
	st, err := os.Stat(path)
	return err == nil && !st.IsDir()
}

// runDeviceSame says whether the words are the same on both computers.
func runDeviceSame(c *call) (result, error) {
	no := c.flags.Bool("no", false, "")
	wait := c.flags.Bool("wait", false, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	l, err := c.linkNamed(c.args[0])
	if err != nil {
		return nil, err
	}
	if err := c.peer.SameWords(c.ctx, l.ID, !*no); err != nil {
		return nil, err
	}
	if l, err = c.linkNamed(l.ID); err != nil {
		return nil, err
	}
	if *wait && !*no && !l.ByFile {
		return c.waitFor(l, never)
	}
	return c.lineOfLink(l), nil
}

// runDeviceAnswer writes the answer to a file of a new computer.
func runDeviceAnswer(c *call) (result, error) {
	if err := c.parse(2, 2); err != nil {
		return nil, err
	}
	l, err := c.linkNamed(c.args[0])
	if err != nil {
		return nil, err
	}
	if l.New {
		return nil, errNotFound
	}
	if err := c.peer.LinkFile(c.ctx, l.ID, c.path(c.args[1])); err != nil {
		return nil, err
	}
	return c.shownLink(l.ID)
}

type linkList []linkLine

func (l linkList) plain(c *call) string {
	if len(l) == 0 {
		return present.Say("ctl.link.none")
	}
	var all []string
	for _, x := range l {
		all = append(all, x.plain(c))
	}
	return lines(all...)
}

func runDeviceLinks(c *call) (result, error) {
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	l := linkList{}
	for _, x := range c.peer.World().Links {
		l = append(l, c.lineOfLink(x))
	}
	return l, nil
}

type cancelled struct {
	Link string `json:"link"`
}

func (cancelled) plain(*call) string { return present.Say("ctl.link.cancelled") }

// runDeviceCancel forgets a link. A computer that is in stays in: `device revoke` takes it out.
func runDeviceCancel(c *call) (result, error) {
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	l, err := c.linkNamed(c.args[0])
	if err != nil {
		return nil, err
	}
	return cancelled{l.ID}, c.peer.CancelLink(c.ctx, l.ID)
}
