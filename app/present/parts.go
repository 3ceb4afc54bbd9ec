package present

import (
	"kith/assets"
	"kith/store/kp1"
)

// Tones are what a colour means, never the colour itself; the word beside it says the same.
const (
	ToneInk     = ""        // nothing special
	ToneOK      = "ok"      // done, free
	ToneBlue    = "blue"    // news, has it
	ToneAmber   = "amber"   // waiting, two versions
	TonePlum    = "plum"    // a sleepover, full
	ToneStone   = "stone"   // quiet, off
	ToneDanger  = "danger"  // stop, take care
	ToneTonight = "tonight" // tonight and nothing else
	TonePrimary = "primary" // school and health, chosen
)

// A Chip is a word with an icon in a soft shape; not a button. Icon is a name from the look's icons. Zero: none.
type Chip struct {
	Icon       assets.Icon
	Text, Tone string
}

// A Line is an icon and a sentence, as under a thing that was sent. Zero: none.
type Line struct {
	Icon assets.Icon
	Text string
}

// A Tile is the square at the head of a row.
type Tile struct {
	Icon assets.Icon
	Tone string
}

// A Face stands for a person: one letter in a shape and colour that stay the same for that person.
type Face struct {
	Letter string
	Shape  int // 0 circle, 1 rounded square, 2 hexagon
	Fill   int // 0 to 8: which of the look's nine fills
}

// FaceOf returns the face of member m called name.
func FaceOf(name string, m kp1.MID) Face {
	return Face{Letter: Initial(name), Shape: int(m[0]) % 3, Fill: int(m[1]) % 9}
}

// A FieldError is one thing to put right: which field, and a sentence that says how.
type FieldError struct{ Field, Say string }

// ErrorFor returns what there is to put right at field, or nothing.
func ErrorFor(errs []FieldError, field string) string {
	for _, e := range errs {
		if e.Field == field {
			return e.Say
		}
	}
	return ""
}

// An Option is one answer that can be picked.
type Option struct {
	Value  string // what the intent takes
	Label  string
	Hint   string // smaller words under it; may be empty
	Chosen bool
}

// An Empty says what will be here, with one thing to do about it.
type Empty struct {
	Icon          assets.Icon
	Heading, Text string
	Button        string // no button when empty
	Go            Route  // where the button leads; zero when the screen knows better
}

// A Place is one place of the rail, or a page of its own beside it.
type Place string

// Places. Their order here is not the order of the rail.
const (
	PlaceToday      Place = "today"
	PlaceTonight    Place = "tonight"
	PlaceCalendar   Place = "calendar"
	PlaceSleepovers Place = "sleepovers"
	PlaceMessages   Place = "messages"
	PlacePeople     Place = "people"
	PlaceSettings   Place = "settings"
	PlaceHelp       Place = "help"
	PlaceNews       Place = "news"
	PlaceStart      Place = "start" // join or start a further group, from inside
)

// numbered are the places that a window opens at again, by the number under which a Look keeps them: the plain file they
// stand in says nothing of what the program is for. A number is never used anew.
var numbered = map[int]Place{
	1: PlaceToday, 2: PlaceCalendar, 3: PlaceSleepovers, 4: PlaceMessages, 5: PlacePeople, 6: PlaceSettings, 7: PlaceHelp,
}

// PlaceNumber returns the number of a place, 0 for one that is not opened again.
func PlaceNumber(p Place) int {
	for n, q := range numbered {
		if p == q {
			return n
		}
	}
	return 0
}

// LastPlace returns the place that was open when the window was last left; Today when that is not known.
func (l Look) LastPlace() Place {
	if p, ok := numbered[l.Place]; ok {
		return p
	}
	return PlaceToday
}

// Pages within a place. No page means the place's first one.
const (
	PageNew     = "new"     // calendar: add; sleepovers: ask; messages: write a new thread
	PageEdit    = "edit"    // calendar: change an event; people: change a household
	PageOne     = "one"     // one event, sleepover, thread or person
	PageChoose  = "choose"  // sleepovers: confirm a choice (Object the sleepover, Part the offer)
	PageChange  = "change"  // sleepovers: change nights, beds or the rest
	PageOffer   = "offer"   // sleepovers: offer a bed
	PageInvite  = "invite"  // people
	PageBack    = "back"    // people: a way back for somebody who has their twelve words alone
	PageRequest = "request" // people: compare six words (Name is the request)
	PageRemove  = "remove"  // people
	PageRole    = "role"    // people
	PageLeave   = "leave"   // people
	PageHome    = "home"    // people: who lives together, beds
	PageMonth   = "month"   // calendar
	PageDay     = "day"     // calendar: one day (Day)
	PageJoin    = "join"    // start: have an invite
	PageFound   = "found"   // start: a new group
	PageWaiting = "waiting" // start: a request that is on its way (Name is the join)
	PageConfirm = "confirm" // sleepovers: confirm a move that cannot be taken back (Name is the move)
	PageLost    = "lost"    // people: take a computer out (Name is the computer)
	PageReview  = "review"  // people: what a removal undid, and what waits
	PageVote    = "vote"    // people: choose who leads a group that nobody leads
	PageSides   = "sides"   // people: two versions of who belongs
	PageRules   = "rules"   // people: what holds in the group
	PageMailbox = "mailbox" // people: the mailboxes of a group
	PageRepair  = "repair"  // people: find out why a mailbox is not reached (Name is the mailbox)
	PageGive    = "give"    // messages: a picture or a paper for a thread (Object)
	PageSave    = "save"    // messages: save a file of a thread (Object) outside of Kith (Part)
	PageDevice  = "device"  // settings: add another computer; with a Name: one of the ways of present/settings
	PageBackup  = "backup"  // settings: save a backup
	PageCarry   = "carry"   // settings: what goes by memory stick
	PageSheet   = "sheet"   // settings: the recovery sheet
	PageStay    = "stay"    // settings: what closing the window does; with the Name "close": somebody has closed it
	PageDanger  = "danger"  // settings: lock for good, or take everything off this computer
)

// A Route says where in the window somebody is. It is a plain value that can be compared, and any page can be built from
// its Route alone.
type Route struct {
	Place  Place
	Page   string
	Group  kp1.GID
	Object kp1.ID  // a sleepover, event or thread
	Part   kp1.ID  // an offer
	Member kp1.MID // a person
	Name   string  // a request, a join, a move
	Day    string  // "2026-11-27"
}

// IsZero reports whether r leads nowhere.
func (r Route) IsZero() bool { return r == Route{} }
