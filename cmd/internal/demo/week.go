package demo

import (
	"context"
	"time"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// live lets the made-up families live through a week: homes and beds, a picnic, sleepovers at each stage, and talk.
func (s *scene) live(ctx context.Context, g kp1.GID, now time.Time) error {
	w := week{ctx: ctx, g: g, today: when.DateOf(now), s: s}
	bev, ade, sue, priya := s.all[0], s.all[1], s.all[2], s.all[3]
	for i, who := range cast {
		if who.home != "" {
			w.do(s.all[i], people.Household{Name: who.home, Beds: who.beds})
		}
	}
	picnic := w.do(bev, calendar.Add{Kind: calendar.Together, Content: calendar.Content{
		Title: "Picnic", Place: "The big field by the river", When: w.timed(1, 11, 14),
	}})
	w.do(priya, calendar.Add{Kind: calendar.Meeting, Content: calendar.Content{Title: "Families' evening", When: w.timed(4, 18, 20)}})
	w.do(ade, calendar.Add{Kind: calendar.FamilyTime, Content: calendar.Content{Title: "Noor sees Mum", When: w.timed(3, 16, 17)}})
	w.do(sue, calendar.Add{Kind: calendar.Birthday, Content: calendar.Content{Title: "Rhys is 9", When: when.Span{AllDay: true, From: w.today.Plus(6), To: w.today.Plus(7)}}})
	w.has(sue, picnic)
	w.do(sue, calendar.RSVP{Event: picnic, Answer: calendar.Yes})

	friday := w.do(ade, w.ask("Mia", 5, sleepover.Planned))
	w.has(bev, friday)
	w.do(bev, sleepover.Offer{Ask: friday, Condition: "We are making pizza, so it suits us well."})
	w.has(sue, friday)
	w.do(sue, sleepover.Offer{Ask: friday, Condition: "She would be very welcome. The dog will be here."})
	next := w.do(sue, w.ask("Rhys", 9, sleepover.Planned))
	w.has(ade, next)

	talk := w.do(sue, thread.New{Title: "Picnic on the weekend"})
	w.has(bev, talk)
	w.do(bev, thread.Post{Thread: talk, Text: "I can bring the big blanket and the tea."})
	w.has(priya, talk)
	w.do(priya, thread.Post{Thread: talk, Text: "I will bring the sports box. Who has the keys to the hut?"})
	w.has(ade, talk)
	w.do(ade, thread.Post{Thread: talk, Text: "I have them. See you at eleven."})
	if w.err != nil {
		return w.err
	}
	return until(ctx, s.you, func(w present.World) bool {
		o, _ := w.Groups[0].Sleepover(friday)
		t, ok := w.Groups[0].Threads().Get(talk)
		return len(o.Offers) == 2 && ok && t.Len() == 3
	})
}

// week writes acts one after another; the first error ends it.
type week struct {
	ctx   context.Context
	g     kp1.GID
	today when.Date
	s     *scene
	err   error
}

func (w *week) do(p *peer.Peer, a care.Act) kp1.ID {
	if w.err != nil {
		return kp1.ID{}
	}
	id, err := p.Propose(w.ctx, w.g, a)
	w.err = err
	return id
}

// has waits until a peer has what another wrote.
func (w *week) has(p *peer.Peer, id kp1.ID) {
	if w.err != nil {
		return
	}
	w.err = until(w.ctx, p, func(x present.World) bool {
		g := x.Groups[0]
		_, slept := g.Sleepover(id)
		_, happens := g.Event(id)
		_, said := g.Threads().Get(id)
		return slept || happens || said
	})
}

func (w *week) timed(days, from, to int) when.Span {
	d := w.today.Plus(days)
	return when.Span{From: d, To: d, Start: when.At(from, 0), End: when.At(to, 0), Zone: "Europe/London"}
}

func (w *week) ask(child string, days int, k sleepover.Kind) sleepover.Ask {
	return sleepover.Ask{Kind: k, Beds: 1, Terms: sleepover.Terms{
		Child: child, From: w.today.Plus(days), To: w.today.Plus(days + 1), Arrive: when.At(17, 0), Leave: when.At(12, 0),
	}}
}
