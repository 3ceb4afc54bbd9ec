package verb

import (
	"errors"
	"strings"
	"sync"

	"kith/app/present"
	"kith/store/kp1"
)

// groupFlag adds --group, which may be left out by somebody who is in one group alone.
func (c *call) groupFlag() { c.group = c.flags.String("group", "", "") }

// inGroup returns the group that --group names.
func (c *call) inGroup() (present.Group, error) {
	w := c.peer.World()
	if *c.group == "" {
		switch len(w.Groups) {
		case 0:
			return present.Group{}, errNoGroup
		case 1:
			return w.Groups[0], nil
		}
		return present.Group{}, errWhichGroup
	}
	return groupCalled(w, *c.group)
}

// groupCalled finds a group by name, or by the beginning of its id.
func groupCalled(w present.World, who string) (present.Group, error) {
	return called(who, w.Groups, func(g present.Group) string { return g.ID.String() }, func(g present.Group) string { return g.Name })
}

// onlyGroup is the start of a verb that takes nothing but its group.
func (c *call) onlyGroup() (present.Group, error) {
	c.groupFlag()
	if err := c.parse(0, 0); err != nil {
		return present.Group{}, err
	}
	return c.inGroup()
}

// beginning returns the one of all whose id begins with prefix. A whole id wins over longer ones that begin with it.
func beginning[T any](prefix string, all []T, id func(T) string) (T, error) {
	var found []T
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	if prefix == "" {
		return *new(T), errNotFound
	}
	for _, x := range all {
		full := strings.ToLower(id(x))
		if full == prefix {
			return x, nil
		}
		if strings.HasPrefix(full, prefix) {
			found = append(found, x)
		}
	}
	switch len(found) {
	case 0:
		return *new(T), errNotFound
	case 1:
		return found[0], nil
	}
	return *new(T), errAmbiguous
}

// called is beginning for what has a name too. Whoever is called as an id begins is not taken for it: where the two lead to
// different things neither is found.
func called[T any](who string, all []T, id, name func(T) string) (T, error) {
	who = strings.TrimSpace(who)
	var named []T
	for _, x := range all {
		if who != "" && strings.EqualFold(name(x), who) {
			named = append(named, x)
		}
	}
	found, err := beginning(who, all, id)
	switch {
	case len(named) == 0 || err == nil && strings.EqualFold(id(found), who):
		return found, err
	case len(named) > 1, errors.Is(err, errAmbiguous), err == nil && id(found) != id(named[0]):
		return *new(T), errAmbiguous
	}
	return named[0], nil
}

// in is a thing and the group it was found in.
type in[T any] struct {
	group present.Group
	thing T
}

// everywhere looks for a thing in every group, by the beginning of its id. With --group it looks there alone.
func everywhere[T any](c *call, prefix string, list func(present.Group) []T, id func(T) string) (present.Group, T, error) {
	return everywhereCalled(c, prefix, list, id, func(present.Group, T) string { return "" })
}

// everywhereCalled is everywhere for things that have a name in their group.
func everywhereCalled[T any](c *call, who string, list func(present.Group) []T, id func(T) string, name func(present.Group, T) string) (present.Group, T, error) {
	groups := c.peer.World().Groups
	if c.group != nil && *c.group != "" {
		g, err := c.inGroup()
		if err != nil {
			return present.Group{}, *new(T), err
		}
		groups = []present.Group{g}
	}
	var all []in[T]
	for _, g := range groups {
		for _, t := range list(g) {
			all = append(all, in[T]{g, t})
		}
	}
	found, err := called(who, all, func(x in[T]) string { return id(x.thing) }, func(x in[T]) string { return name(x.group, x.thing) })
	return found.group, found.thing, err
}

// begins lets an op's id be named by its beginning. Every CIDv1 of ours begins with the same letters, so the letters after
// those may be used alone.
func begins(prefix string) string {
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	if head := idHead(); prefix != "" && !strings.HasPrefix(prefix, head) && !strings.HasPrefix(head, prefix) {
		return head + prefix
	}
	return prefix
}

// idHead is what the text of every op's id begins with.
var idHead = sync.OnceValue(func() string {
	var last kp1.ID
	for i := range last {
		last[i] = 0xff
	}
	a, b, n := kp1.ID{}.String(), last.String(), 0
	for a[n] == b[n] {
		n++
	}
	return a[:n]
})

// shortLen is how many letters of an id are shown to people: no fewer than are unique in practice.
const shortLen = 10

// shortID is an op's id for a person's eyes. It is taken wherever an id is.
func shortID(id kp1.ID) string { return cutID(id.String()) }

// cutID shortens the text of an id of any kind for a person's eyes.
func cutID(s string) string {
	s = strings.TrimPrefix(s, idHead())
	return s[:min(len(s), shortLen)]
}
