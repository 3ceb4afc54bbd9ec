package verb

import (
	"context"
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/care/when"
)

// need says what a verb wants before it runs.
type need uint8

const (
	needNothing need = 0 // no home at all
	needOwn     need = 1 // to be the holder of the home itself
	needHolder  need = 2 // somebody else who holds the home
	needHome    need = 3 // a home, with a person in it or not
	needOpen    need = 4 // a home with a person, unlocked
	needFound   need = 5 // a home, locked or not; no passphrase is asked for
)

// A spec is one verb.
type spec struct {
	name string // as typed: one word or two
	args string // what follows, for the usage line
	does words.Key
	need need
	run  func(*call) (result, error)
}

// A result is what a verb answers. Its JSON is the struct itself; plain is what it says without --json.
type result interface{ plain(c *call) string }

// A call is one verb being run.
type call struct {
	ctx    context.Context
	peer   Peer
	host   *Host
	flags  *flag.FlagSet
	args   []string
	json   bool
	stdout io.Writer
	spec   spec
	code   int  // exit code that the holder gave
	alone  bool // nobody else holds the home: when the verb is done, nothing is on the network

	group *string // set by groupFlag
}

// A part is what help shows under one heading: verbs for what people do together.
type part struct {
	title words.Key
	verbs [][]spec
}

// parts is every verb, in the order of help. Each file of this package adds its own nouns' verbs.
func parts() []part {
	return []part{
		{"ctl.part.begin", [][]spec{homeVerbs(), backupVerbs(), panicVerbs()}},
		{"ctl.part.sleepover", [][]spec{sleepoverVerbs(), peopleVerbs()}},
		{"ctl.part.calendar", [][]spec{calendarVerbs(), calendarFileVerbs()}},
		{"ctl.part.message", [][]spec{threadVerbs(), fileVerbs(), pictureVerbs(), eraseVerbs()}},
		{"ctl.part.group", [][]spec{groupVerbs(), inviteVerbs(), belongVerbs()}},
		{"ctl.part.review", [][]spec{reviewVerbs()}},
		{"ctl.part.computer", [][]spec{deviceVerbs(), linkVerbs()}},
		{"ctl.part.network", [][]spec{serveVerbs(), mailboxVerbs(), bundleVerbs()}},
		{"ctl.part.other", [][]spec{otherVerbs()}},
	}
}

// verbs is every verb of all parts.
func verbs() []spec {
	var all []spec
	for _, p := range parts() {
		all = append(all, slices.Concat(p.verbs...)...)
	}
	return all
}

// find returns the verb that args begin with, and what follows it.
func find(args []string) (spec, []string, bool) {
	for n := min(2, len(args)); n > 0; n-- {
		name := strings.Join(args[:n], " ")
		for _, s := range verbs() {
			if s.name == name {
				return s, args[n:], true
			}
		}
	}
	return spec{}, nil, false
}

// usage is the line that help prints for a verb.
func (s spec) usage() string {
	line := "kithctl " + s.name
	if s.args != "" {
		line += " " + s.args
	}
	return line
}

// parse reads the flags, which may stand before, between and after the other arguments, and checks how many of those there
// are. What follows "--" is taken as it is. It must come before anything is done. most < 0: any number.
func (c *call) parse(least, most int) error {
	args, asIs := c.args, []string(nil)
	for i, a := range args {
		if a == "--" {
			args, asIs = args[:i], args[i+1:]
			break
		}
	}
	var rest []string
	for {
		if err := c.flags.Parse(args); err != nil {
			return c.misused(err.Error())
		}
		if args = c.flags.Args(); len(args) == 0 {
			break
		}
		rest = append(rest, args[0])
		args = args[1:]
	}
	c.args = append(rest, asIs...)
	if len(c.args) < least || (most >= 0 && len(c.args) > most) {
		return c.misused("")
	}
	return nil
}

// required refuses a call in which one of the named flags was left out or is empty.
func (c *call) required(names ...string) error {
	for _, n := range names {
		if c.flags.Lookup(n).Value.String() == "" {
			return c.misused("--" + n + " is needed")
		}
	}
	return nil
}

// given reports whether a flag was typed at all.
func (c *call) given(name string) bool {
	found := false
	c.flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

func (c *call) text(name string) *string { return c.flags.String(name, "", "") }

// date reads a flag or argument as a date.
func (c *call) date(what, s string) (when.Date, error) {
	d, err := when.ParseDate(s)
	if err != nil {
		return when.Date{}, c.misused(what + " is a date like 2026-11-27")
	}
	return d, nil
}

// one returns s if it is one of the allowed words.
func (c *call) one(what, s string, allowed ...string) error {
	for _, a := range allowed {
		if s == a {
			return nil
		}
	}
	return c.misused(what + " is one of " + strings.Join(allowed, ", "))
}

func (c *call) misused(why string) error {
	return &usage{line: c.spec.usage(), why: why}
}

func (c *call) now() time.Time { return c.host.now() }

func (c *call) zone() *time.Location { return c.host.zone() }

func (c *call) today() when.Date { return when.DateOf(c.now().In(c.zone())) }

// usage is a command that was not understood: exit 2, with the line that would be.
type usage struct{ line, why string }

func (u *usage) Error() string {
	if u.why == "" {
		return "usage: " + u.line
	}
	return u.why + "; usage: " + u.line
}

// Code is E_USAGE.
func (u *usage) Code() string { return "E_USAGE" }

// fault is an error of this package with a code, for which app/present has the sentence.
type fault struct{ code, msg string }

func (f *fault) Error() string { return f.msg }

// Code is the stable name of the error.
func (f *fault) Code() string { return f.code }

// Errors of verbs.
var (
	errNotFound   = &fault{"E_NOT_FOUND", "nothing here has that id"}
	errAmbiguous  = &fault{"E_AMBIGUOUS", "more than one id begins like that"}
	errNoHome     = &fault{"E_NO_HOME", "nobody has started Kith in this home"}
	errHomeExists = &fault{"E_HOME_EXISTS", "this home has a person already"}
	errLocked     = &fault{"E_LOCKED", "the home is locked"}
	errWhichGroup = &fault{"E_WHICH_GROUP", "more than one group: --group is needed"}
	errNoGroup    = &fault{"E_NO_GROUP", "this person is in no group"}
	errUnreached  = &fault{"E_UNREACHABLE", "nobody was reached"}
	errDamaged    = &fault{"E_STORE_DAMAGED", "the check found damage"}
	errNotHere    = &fault{"E_NOT_RUNNING", "no running Kith holds this home"}
	errNoWords    = &fault{"E_WORD_COUNT", "no words were given"}
	errNoFile     = &fault{"E_NO_FILE", "no such file"}
	errInUse      = &fault{"E_IN_USE", "another process holds this home"}
)

// Exit returns the exit code that belongs to an error, as the contract of kithctl has it.
func Exit(err error) int {
	if err == nil {
		return 0
	}
	code := present.Code(err)
	switch code {
	case "E_USAGE", "E_AMBIGUOUS", "E_WHICH_GROUP", "E_DATE", "E_ZONE", "E_REPEAT", "E_ADDRESS", "E_WORD", "E_WORDS_CHECK", "E_WORD_COUNT", "E_WORDS_WHERE", "E_LINK_CODE", "E_NO_QR", "E_PICTURE", "E_PAIR_LINK":
		return 2
	case "E_NOT_FOUND", "E_NO_HOME", "E_NO_GROUP", "E_NOT_RUNNING", "E_NO_FILE", "E_MAILBOX_OFF", "E_MAILBOX_NONE":
		return 4
	case "E_LOCKED", "E_PASSPHRASE", "E_KEYCHAIN", "E_KEYCHAIN_LOST", "E_KEYCHAIN_KEPT", "E_BACKUP_WORDS", "E_BACKUP_PASSPHRASE":
		return 5
	case "E_STORE_DAMAGED", "E_STORE_NEWER", "E_DAMAGED", "E_NEWER", "E_NOT_BACKUP", "E_BACKUP_DAMAGED", "E_BACKUP_COSTLY", "E_BACKUP_NEWER", "E_LINK_FILE", "E_MAILBOX_BAD",
		"E_NOT_BUNDLE", "E_BUNDLE_DAMAGED", "E_BUNDLE_NEWER", "E_NOT_PICTURE", "E_PICTURE_DAMAGED", "E_FILE_DAMAGED", "E_PAPER_KIND":
		return 6
	case "E_UNREACHABLE", "E_NOBODY", "E_PLACE_OFF":
		return 7
	case "E_NOT_ALLOWED", "E_ONESELF", "E_OWN_DEVICE", "E_THIS_DEVICE", "E_HEADLESS", "E_LED", "E_REFUSED", "E_UNVERIFIED", "E_HOME_EXISTS", "E_WEAK_PASSPHRASE", "E_TOO_BIG", "E_OUT", "E_NO_ADDRESS",
		"E_ALREADY_IN", "E_LAST_ADMIN", "E_ALONE", "E_NOT_ALONE", "E_NO_CHANGE", "E_QUORUM", "E_UNDONE", "E_SPENT", "E_FULL", "E_TAKEN",
		"E_FILE_EXISTS", "E_NOT_CONFIRMED", "E_PANIC_WIPES", "E_LATER", "E_TOO_MANY", "E_PAIR_SPENT", "E_OLD_COPY", "E_REPAIRING",
		"E_TWO_SIDES", "E_BEHIND", "E_MANY_UNSIGNED", "E_BUNDLE_OTHER", "E_BUNDLE_NOTHING",
		"E_PICTURE_HEIC", "E_PICTURE_KIND", "E_PICTURE_LARGE", "E_FILE_LARGE", "E_FILE_EMPTY", "E_FILE_AWAY", "E_FILE_CHANGED", "E_PAPER_BIG":
		return 3
	}
	for _, refused := range []string{"E_RULE_", "E_INVITE_", "E_LINK_", "E_REACH", "E_NO_MAILBOX", "E_LAST_MAILBOX", "E_AUDIENCE"} {
		if strings.HasPrefix(code, refused) {
			return 3
		}
	}
	return 1
}

// interrupted reports whether a verb ended because somebody ended it.
func interrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}
