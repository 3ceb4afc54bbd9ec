package fake

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"kith/app/present"
	"kith/store/kp1"
)

// PairMailbox adds a mailbox called after the place, or Oak House for a link.
func (c *Core) PairMailbox(_ context.Context, g kp1.GID, text, at string) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("PairMailbox", text, at); err != nil {
		return err
	}
	if at == "" && !strings.HasPrefix(text, "kith:mailbox#") {
		return &kp1.Error{ECode: "E_PAIR_LINK", Msg: "not a pairing link"}
	}
	if at == "" {
		at = "oakhouse.example"
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Boxes = append(slices.Clone(x.Boxes), present.Mailbox{ID: "12D3" + at, Name: at})
	})
	return nil
}

// DropMailbox takes one away.
func (c *Core) DropMailbox(_ context.Context, g kp1.GID, id string) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("DropMailbox", id); err != nil {
		return present.Deed{}, err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Boxes = slices.DeleteFunc(slices.Clone(x.Boxes), func(b present.Mailbox) bool { return b.ID == id })
	})
	return c.deed(), nil
}

// KeepFor puts a mailbox on this computer for a group, or takes it away.
func (c *Core) KeepFor(_ context.Context, g kp1.GID, yes bool) (present.Deed, error) {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("KeepFor", strconv.FormatBool(yes)); err != nil {
		return present.Deed{}, err
	}
	c.change(func(w *present.World) {
		x := find(w, g)
		x.Boxes = slices.DeleteFunc(slices.Clone(x.Boxes), func(b present.Mailbox) bool { return b.Here })
		h := present.Hosted{Port: 24_117, Most: 1_000_000_000, For: slices.DeleteFunc(slices.Clone(w.Hosted.For), func(o kp1.GID) bool { return o == g })}
		if yes {
			x.Boxes = append(x.Boxes, present.Mailbox{ID: "12D3here", Here: true, Reached: c.now()})
			h.For, h.Bytes = append(h.For, g), 3_400_000
		}
		h.On = len(h.For) > 0
		h.Up = h.On
		w.Hosted = h
	})
	return present.Deed{}, nil
}

// VisitMailboxes reaches all mailboxes that have no trouble of their own.
func (c *Core) VisitMailboxes(context.Context) error {
	c.mu.Lock()
	defer c.unlock()
	if err := c.begin("VisitMailboxes"); err != nil {
		return err
	}
	c.change(func(w *present.World) {
		for i := range w.Groups {
			w.Groups[i].Boxes = slices.Clone(w.Groups[i].Boxes)
			for k, b := range w.Groups[i].Boxes {
				if b.Trouble == "" {
					w.Groups[i].Boxes[k].Reached = c.now()
				}
			}
		}
	})
	return nil
}
