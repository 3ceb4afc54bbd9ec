package present

import (
	"context"
	"iter"
	"time"

	"kith/store/care"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// Act is one thing a person does, as store/care has it.
type Act = care.Act

// A World is everything the window may know at one moment. It is a value: whoever holds one may read it for as long as
// they like, and nobody changes it.
type World struct {
	Name    string    // this person's own name, as typed at the start; empty while locked
	Started bool      // a person lives in this home
	Locked  bool      // nothing of the store is open; only Started, Locked, LockedAt, LockedBy and Demo say something
	Groups  []Group   // sorted by name, then id
	Broken  []Broken  // groups of mine that this disk cannot give back; in none of the others
	Joins   []Join    // requests of mine that wait for an answer, oldest first
	Links   []Link    // computers of mine on their way in, and my friends' that come back; oldest first
	Net     Net       // what this computer can reach
	Hosted  Hosted    // the mailbox on this computer
	News    []New     // what came from others, newest first, at most 200
	Demo    bool      // made-up people; said on every page
	Loading bool      // the store is being opened; Groups may be missing yet
	Trouble error     // the last thing that went wrong by itself (disk full, store damaged), with a code; nil when mended
	At      time.Time // when this World was made

	LockedAt time.Time // when it was locked
	LockedBy string    // why: LockedIdle, LockedHide, LockedAsked, or empty after a start
}

// Why a home was locked.
const (
	LockedIdle  = "idle"  // nobody touched it for a while
	LockedHide  = "hide"  // Shift three times, or Hide now
	LockedAsked = "asked" // the Lock button, or kithctl lock
	LockedAway  = "away"  // the window was closed, and Kith went on
)

// A Group is one group as this computer sees it.
type Group struct {
	ID       kp1.GID
	Kind     string // one of Constellation, PeerGroup, Match, Siblings, Family
	Name     string // as its admins last set it; empty until that has arrived
	Me       kp1.MID
	State    group.State // who is in, with which rank and devices
	Care     care.View   // what the families have agreed
	Devices  []Device
	Requests []Request      // of people who ask to join; empty unless Me is an admin
	Invites  []Invite       // open ones; empty unless Me is an admin
	Lapsed   []Invite       // that ended with somebody who led, without a Link: see Core.Reissue; likewise
	Asks     []Ask          // acts about who belongs that wait for a second person
	Matters  []group.Matter // what a removal undid and what waits, for those who lead
	Removals []Removal      // of the last weeks, oldest first
	Ballot   []Candidate
	Voters   int           // of a group that nobody leads: more than half of them choose who does
	Splits   []group.Split // two versions of who belongs, and who stands on which side
	Hidden   int           // things that a removal hides; Core.Late tells whose
	Torn     bool          // one of the Splits is open: nothing is written until this person has asked the others
	Behind   bool          // this computer was away for long: nothing about who belongs is signed before others were heard out
	Latest   time.Time     // what time it is at least, by the computers of two other people; zero: no two have said
	OldCopy  bool          // the store is older than what this computer has written: nothing can be written
	Direct   bool          // members' computers see one another's internet address
	Boxes    []Mailbox     // the mailboxes that the group uses
	Waits    bool          // this computer came from a backup and waits for another member's word: all is shown, nothing can be written

	// Asked holds by which name those asked to join whose own words about themselves have not come yet, on the computers of
	// those who lead; not to be written to. See NameOf.
	Asked map[kp1.MID]string

	// Hides holds whose messages this person has hidden on this computer; not to be written to. See IsHidden.
	Hides map[kp1.MID]bool

	// Delivery tells who has op id on their disk, as far as this computer knows. Safe for concurrent use; nil means unknown.
	Delivery func(id kp1.ID) Delivery
	// Seen reports whether this person has opened op id on this computer. Nil means everything is seen.
	Seen func(id kp1.ID) bool
	// FilePart says how many bytes of the file of an op are on this computer, of how many; nil and zeros: nothing is known.
	FilePart func(id kp1.ID) (here, size uint64)
	// Checked reports whether this person compared the six words of member m on this computer. Nil means of nobody.
	Checked func(m kp1.MID) bool
}

// An Ask is an act about who belongs that one person who leads has asked for, and another has to agree to.
type Ask struct {
	ID     kp1.ID
	By     kp1.MID
	What   string             // one of the Ask words
	Member kp1.MID            // whom it is about; zero where it is about nobody
	Rules  group.PolicyFields // of AskRules: what would hold
	Mine   bool               // Me asked: somebody else has to agree

	// Later says that Me asked for it and nothing was signed yet: it waits on this computer until that has caught up.
	Later   bool
	Devices []kp1.DID // that are to be taken out, of a Later
	Why     error     // of a Later: why it could not be signed in the end; nil while it waits
}

// What an Ask is for.
const (
	AskRemove = "remove" // Member leaves the group
	AskLead   = "lead"   // Member helps to lead it
	AskFollow = "follow" // Member no longer leads it
	AskAdmit  = "admit"  // somebody new comes in, and helps to lead it
	AskRevoke = "revoke" // a computer of Member is taken out
	AskRules  = "rules"  // Rules hold
	AskOther  = "other"
)

// A Broken is a group whose records on this computer are damaged. Nothing of it can be shown or done.
type Broken struct {
	ID   kp1.GID // zero when not even that can be read
	Name string  // as it was last written down; may be empty
}

// Kinds of group, as `kithctl group create --kind` names them.
const (
	Constellation = "constellation"
	PeerGroup     = "peer"
	Match         = "match"
	Siblings      = "siblings"
	Family        = "family"
)

// A Device is one computer of a member.
type Device struct {
	ID        kp1.DID
	Member    kp1.MID
	Mine      bool      // it belongs to this person
	Here      bool      // it is this computer
	Connected bool      // it can be reached now
	Path      string    // how, one of the Path words; empty where it cannot
	Via       string    // of PathRelayed: what the mailbox is called, see Mailbox.Name
	New       bool      // it was added since this person last compared words with its owner
	LastHeard time.Time // zero: never
}

// How a computer is reached.
const (
	PathNear    = "nearby"  // in the same house
	PathDirect  = "direct"  // straight through the internet
	PathRelayed = "relayed" // through a mailbox's keeper, who passes on what nobody there can read
)

// A Mailbox keeps what was written for computers of a group that are off.
type Mailbox struct {
	ID      string    // by which DropMailbox knows it
	Name    string    // its name on the internet, such as oakhouse.example; empty where it has none
	Reached time.Time // of the last visit of this computer's that came to its end; zero: none did since the home was opened
	Trouble string    // code of what went wrong since
	Lost    int       // things that it said it has, and had no more; they are put back
	Hidden  int       // things that it was given, or says it has, and does not give out
	NoFiles bool      // it has room for words, and none for pictures and files
	Here    bool      // it is on this computer
}

// A Request is somebody's wish to join, as an admin sees it.
type Request struct {
	ID      string
	Invite  string // the ID of the Invite that it came by
	Name    string
	Words   [6]string // to be compared with what the person reads out
	Others  int       // other requests on the same invite: someone else also tried
	Expired bool      // by this computer's clock
	Ended   bool      // the invite was ended after the request came
	Before  bool      // the person will see what was written before
	Member  kp1.MID   // who they will be, by their twelve words
	Known   bool      // they were in this group before; In says whether they are still
	In      bool
	Back    bool   // their new computer can be let in: nothing else about them changes
	Note    string // what the admin noted on the invite: whom it is for
	At      time.Time
}

// An Invite is an open invite of a group.
type Invite struct {
	ID      string
	Link    string
	Note    string // whom it is for; seen by admins only
	Rank    uint8
	Expires time.Time
	Words   []string // eight to be said in the link's place, at At; nil where it was made without
	At      string   // where to say them: the name of the group's mailbox, or the address of this computer
	Waits   bool     // it lies in a mailbox of the group: this computer need not be on
}

// InviteAsk is what a new invite needs.
type InviteAsk struct {
	Rank    uint8         // never an admin's
	History string        // "none", "all" or "since:2026-11-21"
	For     time.Duration // 0: seven days, or one with Spoken
	Note    string
	Stick   bool // for somebody who asks by memory stick: it may hold no address
	Back    bool // for somebody who is in, and has only their twelve words: all else but Stick is left out, and any member may ask
	Spoken  bool // make words to say beside the link
}

// Delivery says who holds one op. Counts are of the other devices of its audience.
type Delivery struct {
	Stored      bool // on this computer's disk
	Devices, Of int
	On          []kp1.DID // the devices that said so, as many as Devices
	Has, HasNot []kp1.MID // people with at least one device that said so; people without
	Seen        []kp1.MID // of Has: people who have opened it, as their own device said; only where the group shows that
	Reached     []kp1.MID // those of HasNot who have a device that is connected now; filled in by Group.Has
	Mailbox     bool
	Crowded     []kp1.DID // computers that have no room for it, as they said themselves
	NoRoomAt    []kp1.MID // those of HasNot who have such a computer; filled in by Group.Has
	NoRoomOwn   bool      // another computer of this person's is such; filled in by Group.Has
	NoRoom      bool      // no mailbox has room for it, as each has said; filled in by Group.Has
	Box         string    // what the mailbox is called that it was left in; empty where there are several, or it has no name; filled in by Group.Has
}

// A Join is a request of this person's own that is on its way.
type Join struct {
	ID      string
	Group   string    // the group's name as the invite hints at it; may be empty
	Words   [6]string // this person's own six words in that group, to read out
	Stage   string    // one of the Join stages
	Waiting string    // whom it waits for, by name as the invite hints at it; may be empty
	Inviter [6]string // the inviter's six words, to compare back once approved
	GID     kp1.GID   // the group, once approved
	At      time.Time // when it was first made
	Left    time.Time // when it arrived where those who answer find it; zero until then
	Err     error     // why it ended, with a code; nil while it goes on
}

// Stages of a Join, in order; the last four are ends.
const (
	JoinLooking   = "looking"   // neither the inviter's computer nor a mailbox has been reached
	JoinSent      = "sent"      // one of them has the request
	JoinWaiting   = "waiting"   // there is a yes; what belongs to it is being fetched and checked
	JoinApproved  = "approved"  // this person is in
	JoinRefused   = "refused"   // not accepted, or it ran out: who asks is not told which
	JoinExpired   = "expired"   // the invite is no good: it ran out, was ended, used or changed on its way
	JoinCancelled = "cancelled" // by this person
)

// Net is what this computer can reach.
type Net struct {
	On     bool // the network part runs and an address other than loopback is there
	Nearby bool // looking for computers in the same house
	Peers  int  // computers of group members connected now
}

// A New is one thing that came from somebody else. It holds no words a person typed.
type New struct {
	ID     kp1.ID
	Group  kp1.GID
	Kind   string // one of the News kinds
	By     kp1.MID
	Object kp1.ID // the sleepover, event or thread it belongs to; zero for people and requests
	At     time.Time
	Seen   bool
}

// Kinds of news.
const (
	NewsSleepover = "sleepover"
	NewsEvent     = "event"
	NewsMessage   = "message"
	NewsRequest   = "request"
	NewsMember    = "member"
)

// Start is what a new person gives.
type Start struct {
	Name       string
	Passphrase string
	Keychain   bool   // also bind it to this computer's own keychain
	Words      string // the twelve of somebody who was here before on another computer; empty: new ones
}

// Found is what a new group needs.
type Found struct {
	Kind   string
	Name   string
	MyName string
	Title  string // how the founder is called in it: "Hub carer"; may be empty
	Reach  string // ReachDirect or ReachMailbox
}

// How the computers of a group meet.
const (
	ReachDirect  = "direct"  // they see one another's internet address
	ReachMailbox = "mailbox" // only the mailbox's keeper sees it
)

// A Look is how the window is drawn. It lies in a plain file beside the store, so that it holds while locked.
type Look struct {
	Text          int    // percent: 100, 125, 150 or 200; 0 means 100
	Theme         string // ThemeLight, ThemeDark or ThemeStrong; empty means light
	Width, Height int    // of the window when it was last left, in Fyne's pixels; 0 means as it first opens
	Place         int    // number of the rail's place that was open then, see PlaceNumber; 0 means Today
	Stay          int    // what closing the window does, one of the Stay numbers
}

// What closing the window does.
const (
	StayAsk = 0 // nobody has said: it is asked, once
	StayOn  = 1 // Kith goes on running without it
	StayOff = 2 // Kith stops
)

// Themes.
const (
	ThemeLight  = "light"
	ThemeDark   = "dark"
	ThemeStrong = "strong"
)

// Settings that Core keeps, by key.
const (
	SettingLockAfter = "lock-after" // minutes, as a decimal number; empty means 5, at most 60
	SettingSeen      = "seen"       // SeenBack: nobody is told what this person has opened, in no group; empty means that groups decide
)

// SeenBack is the value of SettingSeen by which somebody keeps to themselves what they have opened.
const SeenBack = "back"

// Core is all that the window asks of the peer. Every method may be called from any goroutine and none of them touches a
// widget. Errors have a Code; Explain turns them into sentences.
type Core interface {
	Belonging
	Keeping
	Linker
	Carrying
	Posting
	Filing
	Hosting

	// Worlds yields the World of now and then each newer one. One that was not taken in time is skipped.
	Worlds(ctx context.Context) iter.Seq[World]

	// Start makes a person in an empty home and opens it. The twelve recovery words are given once and not kept in clear.
	// E_WORD, E_WORDS_CHECK and E_WORD_COUNT for words that are none; then the home is as it was.
	Start(ctx context.Context, s Start) (words [12]string, err error)
	// Suggest returns four words for a passphrase, drawn by chance; each call gives others.
	Suggest() string
	Unlock(ctx context.Context, passphrase string) error
	Lock(ctx context.Context, why string) error
	ChangePassphrase(ctx context.Context, old, fresh string) error
	Touched() // somebody is here: the idle lock begins anew; cheap, call it on any key or click
	// KeepOpen holds the idle lock back, for a window that is closed while the program goes on; whoever brings it back
	// locks first. False lets the idle lock go on.
	KeepOpen(on bool)

	// Propose fills in what this person has seen (care.Fill), checks, seals and files one act. The next World shows it.
	Propose(ctx context.Context, g kp1.GID, a Act) (kp1.ID, error)
	// ProposeTo is Propose of words that not everyone may read. E_AUDIENCE, E_AUDIENCE_SIZE, E_AUDIENCE_ACT. Other words for
	// something go to those who can read the first, whatever to says.
	ProposeTo(ctx context.Context, g kp1.GID, a Act, to Audience) (kp1.ID, error)

	Found(ctx context.Context, f Found) (kp1.GID, error)
	Invite(ctx context.Context, g kp1.GID, ask InviteAsk) (Invite, error)
	EndInvite(ctx context.Context, g kp1.GID, id string) error
	// Reissue makes a new invite in the place of one that ended before its time, on the same terms. E_INVITE_UNKNOWN,
	// E_INVITE_USED, E_INVITE_EXPIRED.
	Reissue(ctx context.Context, g kp1.GID, id string) (Invite, error)
	// Join asks to join by a link, or by eight words, "at" and the place that was said with them. E_WORDS_WHERE: no place;
	// E_PLACE_OFF: nobody answers there, and it is not tried again.
	// E_WORDS_THERE: nothing lies there under them.
	Join(ctx context.Context, link, name string) (Join, error)
	CancelJoin(ctx context.Context, id string) error
	// Approve lets a person in. E_ALREADY_IN: they are in, and this is no new computer of theirs, or it is one of Me.
	Approve(ctx context.Context, g kp1.GID, request string, a Approval) (Approved, error)
	Decline(ctx context.Context, g kp1.GID, request string) error
	// Remove takes a member out. Where a second person has to agree it becomes an Ask, and nothing else changes.
	Remove(ctx context.Context, g kp1.GID, m kp1.MID) error
	// SetRank gives a member another rank; likewise.
	SetRank(ctx context.Context, g kp1.GID, m kp1.MID, rank uint8) (Deed, error)
	// Agree is the second person's yes to an Ask; what was asked for is done.
	Agree(ctx context.Context, g kp1.GID, ask kp1.ID) error
	// Leave takes this person out. E_LAST_ADMIN: nobody would lead the others. E_ALONE: there are no others; see End.
	Leave(ctx context.Context, g kp1.GID) error
	// End takes a group that nobody else is in off this computer, for good. E_NOT_ALONE.
	End(ctx context.Context, g kp1.GID) error
	// Words returns the six words of a member, to be compared by voice. It takes about 0.1 s.
	Words(ctx context.Context, g kp1.GID, m kp1.MID) ([6]string, error)
	// SetChecked notes, on this computer only, that the words of m were compared.
	SetChecked(ctx context.Context, g kp1.GID, m kp1.MID, yes bool) error
	// SetHidden hides the messages of m on this computer only, or shows them again. Nobody else learns of it.
	SetHidden(ctx context.Context, g kp1.GID, m kp1.MID, yes bool) error

	Nearby(ctx context.Context, on bool) error
	Seen(ctx context.Context, g kp1.GID, ids ...kp1.ID)
	Setting(key string) string
	SetSetting(ctx context.Context, key, value string) error
	Look() Look
	SetLook(l Look) error

	// Demo opens the made-up constellation in this window; LeaveDemo shuts it down and comes back.
	Demo(ctx context.Context) error
	LeaveDemo(ctx context.Context) error
}

// Filing gives pictures and papers to threads and takes them out again.
type Filing interface {
	// GiveFile adds a file to a thread for an audience, after text as a message of its own where there is some: both or
	// neither. data is what leaves this computer. post is zero without text. E_FILE_LARGE, E_FILE_EMPTY.
	GiveFile(ctx context.Context, g kp1.GID, f thread.File, data []byte, text string, to Audience) (post, id kp1.ID, err error)
	// ReadFile returns what is in the file of an op. E_NOT_FOUND, E_FILE_AWAY, E_FILE_DAMAGED.
	ReadFile(ctx context.Context, g kp1.GID, id kp1.ID) ([]byte, error)
	// SaveFile puts it into a new file. E_FILE_EXISTS, E_DISK_FULL, E_DISK.
	SaveFile(ctx context.Context, g kp1.GID, id kp1.ID, path string) error
}

// Approval is how an admin says yes to a Request.
type Approval struct {
	Verified string  // VerifiedVoice or VerifiedPerson; nothing else is allowed
	Formerly kp1.MID // who this person was here before they lost even their twelve words; zero: nobody
}

// Approved is what came of it.
type Approved struct {
	Back   bool // they are in, and were: their new computer came in
	Former Deed // with Formerly: who they were is taken out, or waits to be; zero where they were out
}

// How an admin made sure who asks to join.
const (
	VerifiedVoice  = "voice"
	VerifiedPerson = "person"
)
