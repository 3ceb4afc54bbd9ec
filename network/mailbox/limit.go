package mailbox

import "time"

// Limits of a shelf. The zero value of a field means what stands behind it: those of protocol 7.6 where it has one, and
// for the rest our own. Counts are of envelopes; bytes are of their encoded form.
type Limits struct {
	Envelopes int           // of one mailbox, deleted ones counted as long as they are remembered; 100,000
	Bytes     int64         // of one mailbox; 256 MiB
	TTL       time.Duration // how long an envelope, or the memory of a deleted one, stays; 180 days
	Burst     int           // puts and deletes of one source in one mailbox at once; 10,000
	Rate      int           // and after that in a minute; 600
	Share     int           // per cent of a mailbox's free room that one source may take in a day; 50

	Mailboxes       int   // of one tenant, rendezvous mailboxes apart; 64
	TenantEnvelopes int   // in all of them; 400,000
	TenantBytes     int64 // in all of them; 1 GiB
	Rendezvous      int   // rendezvous mailboxes of one tenant at a time; 64
}

// The limits that nobody sets.
const (
	MaxEnvelope      = 320 << 10           // bytes of one envelope
	RendezvousCount  = 64                  // envelopes of one rendezvous mailbox
	RendezvousBytes  = 1 << 20             // bytes of those
	RendezvousLonger = 30 * 24 * time.Hour // from opening to the end, at most

	RendezvousKept      = 8                    // of those envelopes, how many are kept for who has a ticket: the welcome must get in
	RendezvousKeptBytes = MaxEnvelope + 16<<10 // bytes of those

	Reserve       = 10           // per cent of all room that is kept for Rekeys and Grants put with the admin ticket
	sourcesMost   = 64           // sources of one mailbox counted apart; further ones are counted as one
	pacesMost     = 4_096        // mailboxes whose sources' pace is remembered; beyond, new ones share one
	Files         = 50           // per cent of all room that chunks of files leave for what is said
	stepMost      = 24 * 60 * 60 // seconds that a jump of the clock counts for, at most
	stepLeast     = 60           // seconds after which the shelf's age is written down
	shareDay      = 24 * 60 * 60 // seconds of a source's day
	maxBoxes      = 200          // of a Rekey or Grant
	audienceBoxes = 64           // of a named audience
)

func (l Limits) orDefault() Limits {
	or := func(p *int, n int) {
		if *p == 0 {
			*p = n
		}
	}
	or(&l.Envelopes, 100_000)
	or(&l.Burst, 10_000)
	or(&l.Rate, 600)
	or(&l.Share, 50)
	or(&l.Mailboxes, 64)
	or(&l.TenantEnvelopes, 400_000)
	or(&l.Rendezvous, 64)
	if l.Bytes == 0 {
		l.Bytes = 256 << 20
	}
	if l.TenantBytes == 0 {
		l.TenantBytes = 1 << 30
	}
	if l.TTL == 0 {
		l.TTL = 180 * 24 * time.Hour
	}
	return l
}

// Full is how much of what a tenant may have it has, in per cent: of envelopes or of bytes, whichever is more.
func (l Limits) Full(u Usage) int {
	l = l.orDefault()
	return max(100*u.Envelopes/l.TenantEnvelopes, int(100*u.Bytes/l.TenantBytes))
}

// room is a number of envelopes and of bytes.
type room struct {
	count int
	bytes int64
}

func (r room) minus(o room) room { return room{r.count - o.count, r.bytes - o.bytes} }
func (r room) plus(o room) room  { return room{r.count + o.count, r.bytes + o.bytes} }
func (r room) holds(o room) bool { return o.count <= r.count && o.bytes <= r.bytes }

// common is the room for all but Rekeys and Grants put with the admin ticket.
func (r room) common() room {
	return r.minus(r.part(Reserve))
}

// files is the room for chunks of files: these are taken only while less than half of all is used, by whatever.
func (r room) files() room { return r.minus(r.part(Files)) }

// part is per cent of it, rounded up.
func (r room) part(per int) room {
	return room{(r.count*per + 99) / 100, (r.bytes*int64(per) + 99) / 100}
}
