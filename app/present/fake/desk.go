package fake

import "kith/app/present"

// Desk returns a Desk over c whose work and drawings run at once, and a function that shows it the World of now, as
// Serve would. It shows it once before it returns.
func Desk(c *Core) (*present.Desk, func()) {
	d := present.NewDesk(c, present.Options{Now: c.now, Zone: Zone(), Go: func(f func()) { f() }})
	show := func() { d.Take(c.World()) }
	show()
	return d, show
}

// Live is Desk that follows c by itself: every change is shown before the call that made it returns.
func Live(c *Core) *present.Desk {
	d, show := Desk(c)
	c.mu.Lock()
	defer c.unlock()
	c.after = show
	return d
}
