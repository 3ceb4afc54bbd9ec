package sleepover

import (
	"kith/app/present"
	"kith/assets"
	"kith/store/care/sleepover"
)

// The moves of the page, in Move.Name. Those with a Route are asked about on a page of their own.
const (
	MoveOffer     = "offer"
	MoveAgree     = "agree"
	MoveChange    = "change"
	MoveCannot    = "cannot"
	MoveWithdraw  = "withdraw"
	MoveNotNeeded = "not-needed"
	MoveArrived   = "arrived"
	MoveHome      = "home"
	MoveClose     = "close"
	MoveOnIt      = "on-it"
	MoveOffIt     = "off-it"
)

// Styles of a Move's button.
const (
	StyleMain   = "main"
	StyleSecond = "second"
	StyleDanger = "danger"
	StyleLink   = "link"
)

// Move is one thing this person may do now.
type Move struct {
	Name  string
	Label string
	Icon  assets.Icon
	Style string
	To    present.Route // zero: Do(Name) at once
}

// moves lists what this person may do now. The rules of store/care decide; this is what they allow.
func moves(g present.Group, s sleepover.Sleepover, me side) []Move {
	if me.guest || s.State.Over() {
		return nil
	}
	child := s.Terms.Child
	page := func(name, label, style string, icon assets.Icon, pg string) Move {
		return Move{name, label, icon, style, present.Route{Place: present.PlaceSleepovers, Page: pg, Group: g.ID, Object: s.ID, Name: name}}
	}
	now := func(name, label string, icon assets.Icon) Move {
		return Move{name, label, icon, StyleMain, present.Route{}}
	}
	var out []Move
	bid, offered := myBid(g, s)
	switch {
	case me.asker && s.State == sleepover.ArrivedThere:
		out = append(out, now(MoveHome, present.Say("sleepover.move.home", "Child", child), assets.IconHome))
	case me.asker && s.State == sleepover.HomeAgain:
		out = append(out, now(MoveClose, present.Say("sleepover.move.close"), assets.IconDone))
	case me.host && s.State == sleepover.Chosen:
		out = append(out, now(MoveAgree, present.Say("sleepover.move.agree", "Child", child), assets.IconTick))
	case s.State == sleepover.Agreed && s.Changed && (me.asker && s.AskerToSay || me.host && s.HostToSay):
		out = append(out, now(MoveAgree, present.Say("sleepover.move.agree.anew"), assets.IconTick))
	case me.host && s.State == sleepover.Agreed:
		out = append(out, now(MoveArrived, present.Say("sleepover.move.arrived", "Child", child), assets.IconHome))
	case !me.asker && !offered && s.State <= sleepover.Chosen:
		out = append(out, page(MoveOffer, present.Say("sleepover.move.offer"), StyleMain, assets.IconBed, present.PageOffer))
	}
	if (me.asker || me.host) && s.State < sleepover.HomeAgain {
		out = append(out, page(MoveChange, present.Say("sleepover.move.change"), StyleSecond, assets.IconPencil, present.PageChange))
	}
	if !me.asker && s.State <= sleepover.Chosen && !me.host {
		out = append(out, onIt(g, s))
	}
	if offered && s.State < sleepover.ArrivedThere {
		label := present.Say("sleepover.move.cannot.back")
		if bid.ID == s.Chosen {
			label = present.Say("sleepover.move.cannot")
		}
		m := page(MoveCannot, label, StyleDanger, assets.IconCross, present.PageConfirm)
		m.To.Part = bid.ID
		out = append(out, m)
	}
	if me.asker && s.State < sleepover.ArrivedThere {
		out = append(out,
			page(MoveNotNeeded, present.Say("sleepover.move.notneeded"), StyleDanger, assets.IconCross, present.PageConfirm),
			page(MoveWithdraw, present.Say("sleepover.move.withdraw"), StyleLink, assets.IconCross, present.PageConfirm))
	}
	return out
}

func onIt(g present.Group, s sleepover.Sleepover) Move {
	for _, c := range s.OnIt {
		if c.By.Author == g.Me {
			return Move{MoveOffIt, present.Say("sleepover.move.offit"), assets.IconCross, StyleSecond, present.Route{}}
		}
	}
	return Move{MoveOnIt, present.Say("sleepover.move.onit"), assets.IconPhone, StyleSecond, present.Route{}}
}
