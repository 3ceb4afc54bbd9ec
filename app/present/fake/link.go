package fake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/kp1"
)

var (
	linkSpoken = []string{"harvest", "lamp", "ribbon", "orchard", "velvet", "copper", "window", "garden"}
	linkWords  = []string{"river", "meadow", "pencil", "butter"}
)

const (
	linkScheme = "kith:device#"
	linkLife   = 15 * time.Minute
	linkByFile = 7 * 24 * time.Hour
)

// What the made-up links refuse.
var (
	errNoLink   = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such link"}
	errLinkCode = &kp1.Error{ECode: "E_LINK_CODE", Msg: "not a linking code"}
	errNoWords  = &kp1.Error{ECode: "E_LINK_WORDS", Msg: "the words were not compared"}
	errLinkNo   = &kp1.Error{ECode: "E_LINK_DIFFERENT", Msg: "the words are not the same"}
)

// ShowLink shows a code. Nobody takes it: SetLink makes that happen.
func (c *Core) ShowLink(_ context.Context, back bool) (present.Link, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("ShowLink", fmt.Sprint(back)); err != nil {
		return present.Link{}, err
	}
	for _, l := range c.world.Links {
		if l.New && l.Stage == present.LinkShown {
			return l, nil
		}
	}
	l := c.link()
	l.New, l.Back, l.Spoken = true, back, linkSpoken
	l.Code = linkScheme + "pWFjSmhhcnZlc3QtbGFtcGFweCZRbWExcml2ZXJtZWFkb3dwZW5jaWxidXR0ZXI"
	c.change(func(w *present.World) { w.Links = append(w.Links, l) })
	return l, nil
}

// Waits has this computer be one that came back to Elm Row and waits for another member's word.
func (c *Core) Waits() { c.Change(func(w *present.World) { find(w, GID(ElmRow)).Waits = true }) }

// link begins a link; the lock is held.
func (c *Core) link() present.Link {
	c.ids++
	return present.Link{ID: fmt.Sprintf("l%d", c.ids), Stage: present.LinkShown, At: c.now(), Until: c.now().Add(linkLife)}
}

// TakeLink takes a code, for the groups named or for all, and finds the other computer at once.
func (c *Core) TakeLink(_ context.Context, code string, groups []kp1.GID) (present.Link, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("TakeLink"); err != nil {
		return present.Link{}, err
	}
	if !strings.HasPrefix(code, linkScheme) && len(strings.Fields(code)) != len(linkSpoken) {
		return present.Link{}, errLinkCode
	}
	l := c.link()
	l.Stage, l.Words, l.Groups = present.LinkCompare, linkWords, c.linkGroups(groups)
	c.change(func(w *present.World) { w.Links = append(w.Links, l) })
	return l, nil
}

func (c *Core) linkGroups(only []kp1.GID) []present.LinkGroup {
	var all []present.LinkGroup
	for _, g := range c.world.Groups {
		if only == nil || slices.Contains(only, g.ID) {
			all = append(all, present.LinkGroup{ID: g.ID, Name: g.Name, State: present.LinkGroupAsked})
		}
	}
	return all
}

// LinkFile notes that a file was asked for; it writes none.
func (c *Core) LinkFile(_ context.Context, id, path string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("LinkFile", id, path); err != nil {
		return err
	}
	return c.changeLink(id, func(l *present.Link) error {
		if !l.New && !slices.Contains([]string{present.LinkWaiting, present.LinkWaits, present.LinkDone}, l.Stage) {
			return errNoWords
		}
		l.ByFile = true
		switch {
		case l.New:
			l.Code, l.Until = "", c.now().Add(linkByFile)
		case l.Stage == present.LinkWaiting:
			l.Stage = present.LinkDone
		}
		return nil
	})
}

// TakeLinkFile is a file of the other computer: its answer where this one is new, else its request.
func (c *Core) TakeLinkFile(_ context.Context, path string, groups []kp1.GID) (present.Link, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("TakeLinkFile", path); err != nil {
		return present.Link{}, err
	}
	for _, l := range c.world.Links {
		if l.New && l.ByFile && (l.Stage == present.LinkShown || l.Stage == present.LinkWaits) {
			err := c.changeLink(l.ID, func(x *present.Link) error {
				x.Stage, x.Words, x.Name = present.LinkCompare, linkSpoken, c.world.Name
				l = *x
				return nil
			})
			return l, err
		}
	}
	l := c.link()
	l.ByFile, l.Stage, l.Words, l.Groups = true, present.LinkCompare, linkSpoken, c.linkGroups(groups)
	c.change(func(w *present.World) { w.Links = append(w.Links, l) })
	return l, nil
}

// SameWords is this side's yes or no. SetLink makes the other side say yes.
func (c *Core) SameWords(_ context.Context, id string, same bool) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("SameWords", id, fmt.Sprint(same)); err != nil {
		return err
	}
	return c.changeLink(id, func(l *present.Link) error {
		switch {
		case l.Stage != present.LinkCompare:
			return errNoWords
		case !same:
			l.Stage, l.Err = present.LinkOver, errLinkNo
		default:
			l.Stage, l.Mine = present.LinkWaiting, true
		}
		return nil
	})
}

// CancelLink forgets a link.
func (c *Core) CancelLink(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("CancelLink", id); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		w.Links = slices.DeleteFunc(w.Links, func(l present.Link) bool { return l.ID == id })
	})
	return nil
}

// SetLink changes a link, as the other computer would.
func (c *Core) SetLink(id string, f func(l *present.Link)) {
	c.mu.Lock()
	defer c.unlock()
	_ = c.changeLink(id, func(l *present.Link) error { f(l); return nil }) // an unknown id changes nothing
}

func (c *Core) changeLink(id string, f func(l *present.Link) error) error {
	i := slices.IndexFunc(c.world.Links, func(l present.Link) bool { return l.ID == id })
	if i < 0 {
		return errNoLink
	}
	l := c.world.Links[i]
	if err := f(&l); err != nil {
		return err
	}
	c.change(func(w *present.World) { w.Links[i] = l })
	return nil
}

var _ present.Linker = (*Core)(nil)
