package sleepover

import (
	"context"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// ConfirmState is what the page shows that asks once more before a move: a choice, an offer taken back, an end; and the
// page on which a bed is offered.
type ConfirmState struct {
	Back    string
	Gone    string
	Title   string
	Text    string
	Warn    string // said beside it; empty
	Facts   []Fact // who and when, once more
	Label   string // of the one field; empty: no field
	Hint    string
	Error   string // at the field
	Typed   string
	Yes     string
	Danger  bool // Yes is the filled danger button
	No      string
	Busy    string
	Done    bool // back to the sleepover
	To      present.Route
	Problem present.Problem
}

// Confirm keeps that page.
type Confirm struct {
	*present.Model[ConfirmState]
	group kp1.GID
	id    kp1.ID
	offer kp1.ID
	move  string
	typed string
	wrong string
	busy  bool
	done  bool
	err   error
}

// NewConfirm returns the page for move name (MoveCannot, MoveNotNeeded, MoveWithdraw) of a sleepover; offer is the one
// taken back.
func NewConfirm(d *present.Desk, g kp1.GID, id, offer kp1.ID, name string) *Confirm {
	vm := &Confirm{group: g, id: id, offer: offer, move: name}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// moveChoose is the choice of an offer, which is made here alone.
const moveChoose = "choose"

// NewChoose returns the page that asks whether to choose an offer.
func NewChoose(d *present.Desk, g kp1.GID, id, offer kp1.ID) *Confirm {
	return NewConfirm(d, g, id, offer, moveChoose)
}

// NewOffer returns the page on which this person offers a bed.
func NewOffer(d *present.Desk, g kp1.GID, id kp1.ID) *Confirm {
	return NewConfirm(d, g, id, kp1.ID{}, MoveOffer)
}

func (vm *Confirm) make(w present.World, now time.Time) ConfirmState {
	g, _ := w.Find(vm.group)
	s, ok := g.Sleepover(vm.id)
	c := ConfirmState{
		Back: present.Say("sleepover.title"), No: present.Say("sleepover.confirm.no"), Done: vm.done, Typed: vm.typed, Error: vm.wrong,
		To:      present.Route{Place: present.PlaceSleepovers, Page: present.PageOne, Group: vm.group, Object: vm.id},
		Problem: present.Explain(vm.err),
	}
	if vm.busy {
		c.Busy = present.Say("sleepover.move.busy")
	}
	if !ok || !s.Known {
		c.Gone = present.Say("sleepover.gone")
		return c
	}
	asker := g.NameOf(s.Asked.Author)
	c.Facts = []Fact{
		{present.Say("sleepover.facts.who"), s.Terms.Child},
		{present.Say("sleepover.facts.when"), present.Night(s.Terms.From, when.DateOf(now)) + ". " + Times(s.Terms, when.DateOf(now))},
	}
	switch vm.move {
	case moveChoose:
		host := vm.bidder(g, s)
		c.Title = present.Say("sleepover.confirm.choose", "Name", host, "Child", s.Terms.Child)
		c.Text, c.Yes = present.Say("sleepover.confirm.choose.text", "Name", host), present.Say("sleepover.confirm.choose.yes", "Name", host)
	case MoveOffer:
		c.Title, c.Text = present.Say("sleepover.offerform.title", "Child", s.Terms.Child), present.Say("sleepover.offerform.text", "Name", asker)
		c.Label, c.Hint = present.Say("sleepover.offerform.condition"), present.Say("sleepover.offerform.condition.hint")
		c.Yes, c.Warn = present.Say("sleepover.offerform.send"), present.Say("sleepover.offerform.seen", "Group", g.Title())
	case MoveCannot:
		c.Danger = true
		c.Title, c.Text = present.Say("sleepover.confirm.cannot"), present.Say("sleepover.confirm.cannot.text", "Name", asker)
		if vm.offer == s.Chosen && !s.Chosen.IsZero() {
			c.Warn = present.Say("sleepover.confirm.cannot.chosen", "Name", asker)
		}
		c.Label, c.Yes = present.Say("sleepover.confirm.cannot.why"), present.Say("sleepover.confirm.cannot.yes")
	case MoveWithdraw:
		c.Danger = true
		c.Title, c.Text, c.Yes = present.Say("sleepover.confirm.withdraw"), present.Say("sleepover.confirm.withdraw.text"), present.Say("sleepover.confirm.withdraw.yes")
	default:
		c.Danger = true
		c.Title, c.Text, c.Yes = present.Say("sleepover.confirm.notneeded"), present.Say("sleepover.confirm.notneeded.text"), present.Say("sleepover.confirm.notneeded.yes")
	}
	return c
}

func (vm *Confirm) bidder(g present.Group, s sleepover.Sleepover) string {
	for _, b := range s.Offers {
		if b.ID == vm.offer {
			return g.NameOf(b.By.Author)
		}
	}
	return present.Say("name.unknown")
}

// Do makes the move; typed is what stands in the field, or nothing.
func (vm *Confirm) Do(typed string) {
	text := act.Tidy(typed)
	g, _ := vm.Desk().World().Find(vm.group)
	s, _ := g.Sleepover(vm.id)
	going := false
	vm.Change(func() {
		going = vm.busy
		vm.typed, vm.wrong, vm.err = typed, "", nil
		if len(text) > act.MaxCondition {
			vm.wrong = present.Say("sleepover.offerform.long")
		}
		vm.busy = vm.busy || vm.wrong == ""
	})
	if going || len(text) > act.MaxCondition {
		return
	}
	var a act.Act
	switch vm.move {
	case moveChoose:
		a = sleepover.Choose{Ask: vm.id, Offer: vm.offer, Sheet: s.Sheet}
	case MoveOffer:
		a = sleepover.Offer{Ask: vm.id, Condition: text}
	case MoveCannot:
		a = sleepover.Cannot{Ask: vm.id, Offer: vm.offer, Reason: text}
	case MoveWithdraw:
		a = sleepover.Withdraw{Ask: vm.id}
	default:
		a = sleepover.NotNeeded{Ask: vm.id}
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Propose(ctx, vm.group, a)
		vm.Change(func() { vm.busy, vm.err, vm.done = false, err, err == nil })
	})
}
