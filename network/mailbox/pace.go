package mailbox

// pace is how fast the sources of one mailbox have been. It lives in memory alone: a keeper who looks at the disk finds
// no address, and who starts the program anew grants everybody a fresh start.
type pace struct {
	news    *source // Rekeys and Grants put with the admin ticket: no flood may hold them up
	others  *source // sources beyond sourcesMost
	sources map[string]*source
}

// source is one that puts.
type source struct {
	known  bool
	at     uint64 // age at the last step
	tokens int    // in sixtieths of a step
	day    uint64 // age at which its day began
	left   room   // what it may take of the mailbox until the day is over
	dayed  bool
}

// source finds who is at work. Of mailboxes that are not there yet so many are remembered and no more: anybody with a
// ticket can name one after the other and never fill any; then the last of them share one pace.
func (s *Shelf) source(v Visitor, there, news bool) *source {
	p := s.paces[v.Mailbox]
	if p == nil && !there {
		if len(s.paces) >= pacesMost {
			for k, one := range s.paces {
				if one.idle(s.limits, s.last) {
					delete(s.paces, k)
				}
			}
		}
		if len(s.paces) >= pacesMost {
			v.Mailbox = Key{}
			p = s.paces[v.Mailbox]
		}
	}
	if p == nil {
		p = &pace{news: &source{}, others: &source{}, sources: map[string]*source{}}
		s.paces[v.Mailbox] = p
	}
	if news {
		return p.news
	}
	if one := p.sources[v.Source]; one != nil {
		return one
	}
	if len(p.sources) >= sourcesMost {
		for name, one := range p.sources {
			if one.idle(s.limits, s.last) {
				delete(p.sources, name)
			}
		}
		if len(p.sources) >= sourcesMost {
			return p.others
		}
	}
	one := &source{}
	p.sources[v.Source] = one
	return one
}

// fill lets time give back what it gives back. The shelf's time never goes back, but a shelf may be set upon an older
// copy of its file.
func (o *source) fill(l Limits, age uint64) {
	most := 60 * l.Burst
	if !o.known {
		o.known, o.at, o.tokens = true, age, most
	}
	if age > o.at {
		o.tokens = min(most, o.tokens+l.Rate*int(min(age-o.at, 60*uint64(l.Burst)))) //nolint:gosec // limits are positive
		o.at = age
	}
}

// step takes one step, if it is time for one.
func (o *source) step(l Limits, age uint64) bool {
	o.fill(l, age)
	if o.tokens < 60 {
		return false
	}
	o.tokens -= 60
	return true
}

// share takes a part of the mailbox's free room, if the source has not had its part today: so one source alone never
// fills a mailbox, and leaves the others half of what it found.
func (o *source) share(l Limits, age uint64, free, add room) bool {
	if !o.dayed || age >= o.day+shareDay {
		o.dayed, o.day, o.left = true, age, free.part(l.Share)
	}
	if !o.left.holds(add) {
		return false
	}
	o.left = o.left.minus(add)
	return true
}

// idle reports whether forgetting the source would change nothing for it.
func (o *source) idle(l Limits, age uint64) bool {
	o.fill(l, age)
	return o.tokens == 60*l.Burst && (!o.dayed || age >= o.day+shareDay)
}

func (p *pace) idle(l Limits, age uint64) bool {
	for name, one := range p.sources {
		if one.idle(l, age) {
			delete(p.sources, name)
		}
	}
	return len(p.sources) == 0 && p.news.idle(l, age) && p.others.idle(l, age)
}
