package fake

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/store/group"
	"kith/store/kp1"
)

// Quarrel puts one matter of each kind before who leads Elm Row, and something that a removal hides.
func (c *Core) Quarrel() {
	g := GID(ElmRow)
	by := func(typ, author, about string, rank uint8, days int) group.Act {
		c.ids++
		return group.Act{
			Op: kp1.Sum([]byte{200, byte(c.ids)}), Type: typ, By: []kp1.MID{MID(author)}, Member: MID(about), Rank: rank,
			Time: uint64(c.at(-days, 18, 30).Unix()), //nolint:gosec // after 1970
		}
	}
	c.Change(func(w *present.World) {
		x := find(w, g)
		rhys := by(group.TypeRemove, "Bev", "Rhys", 0, 3)
		x.Matters = []group.Matter{
			{Kind: group.Undone, Act: by(group.TypeAdmit, "Rhys", "Carol", kp1.RankMember, 4), Causes: []group.Act{rhys}, Keep: &group.Admit{}},
			{Kind: group.Undone, Act: by(group.TypeSetRole, "Rhys", "Sue", kp1.RankAdmin, 4), Causes: []group.Act{rhys}},
			{Kind: group.Overruled, Act: by(group.TypeAdmit, "Joanne", "Rhys", kp1.RankMember, 3), Causes: []group.Act{rhys}, Keep: &group.Admit{}},
			{Kind: group.Stands, Act: by(group.TypeRemove, "Rhys", "Dee", 0, 5), Causes: []group.Act{rhys}},
			{Kind: group.Waiting, Act: by(group.TypeRemove, "Rhys", "Errol", 0, 6), Causes: []group.Act{rhys}, Fence: group.FenceLate, Loss: group.LossPlace, Who: MID("Rhys")},
			{Kind: group.Waiting, Act: by(group.TypeRekey, "Rhys", "", 0, 6), Causes: []group.Act{rhys}, Fence: group.FenceBefore},
		}
	})
	c.SetLate(g, present.Late{Member: MID("Rhys"), Ops: []kp1.ID{{1}, {2}, {3}}, First: c.at(-6, 9, 0), Last: c.at(-5, 9, 0)})
}

// Headless takes the lead of Elm Row from everybody; one of eight members has voted for Sue.
func (c *Core) Headless() {
	c.Change(func(w *present.World) {
		x := find(w, GID(ElmRow))
		x.State.Members = slices.Clone(x.State.Members)
		for i := range x.State.Members {
			x.State.Members[i].Rank = kp1.RankMember
		}
		x.State.Headless, x.Voters = true, len(x.State.Members)
		x.Ballot = []present.Candidate{{Member: MID("Sue"), By: []kp1.MID{MID("Tom"), MID("Priya")}}}
	})
}

// Waiter is the computer of WaitingComputer.
var Waiter = kp1.DID(MID("waiting"))

// WaitingComputer has a new computer of somebody wait to be let in.
func (c *Core) WaitingComputer(name string) {
	c.Change(func(w *present.World) {
		x := find(w, GID(ElmRow))
		x.State.Waiting = append(slices.Clone(x.State.Waiting), group.Device{ID: Waiter, Member: MID(name)})
	})
}

// Split has Joanne's computer say two things: Bev, Ade and Tom believe the one, Sue and somebody unknown the other.
func (c *Core) Split() {
	first, second := kp1.ID{7, 1}, kp1.ID{7, 2}
	c.Change(func(w *present.World) {
		x := find(w, GID(ElmRow))
		x.Torn = true
		x.Splits = []group.Split{{
			Device: kp1.DID(MID("Joanne")), Member: MID("Joanne"), First: first, Second: second,
			Ours: []kp1.MID{MID("Bev"), MID("Ade"), MID("Tom")}, Theirs: []kp1.MID{MID("Sue"), MID("Gus")},
		}}
		x.Matters = append(slices.Clone(x.Matters), group.Matter{
			Kind: group.Waiting, Fence: group.FenceFork, Act: group.Act{Op: second, Type: group.TypeAdmit, By: []kp1.MID{MID("Joanne")}, Member: MID("Gus"), Rank: kp1.RankAdmin},
			Causes: []group.Act{{Op: first, Type: group.TypeRemove, By: []kp1.MID{MID("Joanne")}, Member: MID("Errol")}},
		})
	})
}

// Removed has somebody removed who is not in Elm Row any more; the computers of those named have not heard of it.
func (c *Core) Removed(name string, not ...string) kp1.ID {
	id := kp1.Sum([]byte("removed " + name))
	c.Change(func(w *present.World) {
		x := find(w, GID(ElmRow))
		x.State.Members = slices.DeleteFunc(slices.Clone(x.State.Members), func(y group.Member) bool { return y.ID == MID(name) })
		x.Devices = slices.DeleteFunc(slices.Clone(x.Devices), func(y present.Device) bool { return y.Member == MID(name) })
		x.Removals = append(slices.Clone(x.Removals), present.Removal{Op: id, By: []kp1.MID{MID("Bev")}, Member: MID(name), At: c.now()})
	})
	c.Deliver(GID(ElmRow), id, not...)
	return id
}

// Misused has Priya's second computer, silent for long, do things that its owner may not have done.
func (c *Core) Misused() kp1.DID {
	d := kp1.DID(MID("Priya 2"))
	c.Change(func(w *present.World) {
		x := find(w, GID(ElmRow))
		x.Devices = slices.Clone(x.Devices)
		for i := range x.Devices {
			if x.Devices[i].ID == d {
				x.Devices[i].New, x.Devices[i].LastHeard = false, c.now().Add(-100*24*time.Hour)
			}
		}
	})
	at := uint64(c.at(-101, 20, 0).Unix()) //nolint:gosec // after 1970
	c.SetDone(d, present.Done{Wrote: 14, Last: c.at(-100, 9, 0), Acts: []group.Act{
		{Op: kp1.ID{9, 1}, Type: group.TypeAdmit, By: []kp1.MID{MID("Priya")}, Member: MID("Sue"), Time: at},
		{Op: kp1.ID{9, 2}, Type: group.TypeRemove, By: []kp1.MID{MID("Priya")}, Member: MID("Rhys"), Time: at + 60},
	}})
	return d
}
