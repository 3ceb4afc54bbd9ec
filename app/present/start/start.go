// Package start turns the way in into what its pages say: welcome, name, passphrase, recovery sheet, then an invitation, a
// new group, or nobody else for now. It never touches Fyne, the disk or the network.
package start

import (
	"strings"

	"kith/app/present"
)

// A Page is one page of the way in.
type Page string

// The pages. Welcome to Sheet come before there is a person; Code, Found and Wait also later, from inside.
const (
	Welcome    Page = "welcome"
	Name       Page = "name"
	Passphrase Page = "passphrase"
	Sheet      Page = "sheet"
	Code       Page = "code"
	Found      Page = "found"
	Wait       Page = "wait"
	Return     Page = "return"  // what is there to bring things back from
	Bring      Page = "bring"   // a backup and the twelve words
	Paper      Page = "paper"   // the twelve words and nothing else
	Brought    Page = "brought" // what came back
	Done       Page = "done"    // nothing to show: go to Today
)

// Ways in, chosen on the welcome page.
const (
	WayInvited = "invited"
	WayGroup   = "group"
	WayOwn     = "own"
	WayBack    = "back"   // from a backup
	WayPaper   = "paper"  // from the twelve words alone
	WayDevice  = "device" // a second computer of somebody who has one already
)

// Fields that may have something to put right.
const (
	FieldName   = "name"
	FieldPass   = "passphrase"
	FieldAgain  = "again"
	FieldTick   = "tick"
	FieldCode   = "code"
	FieldGroup  = "group"
	FieldMyName = "myname"
	FieldReach  = "reach"
	FieldFile   = "file"
	FieldWords  = "words"
)

// Draft is what has been typed so far. The screen sends it whole; nothing in it is lost by going back.
type Draft struct {
	Name              string
	Passphrase, Again string
	Written           bool // the twelve words are on paper
	Code              string
	GroupName         string // what this person is called in the group, when joining or founding
	Kind, Group       string // of a new group
	Reach             string // present.ReachDirect or present.ReachMailbox; empty: as is usual for Kind
	ReadReach         bool
	File, Path        string // a backup: one that was found, or what was typed
	Recovery          string // the twelve words
}

// State is what the way in shows.
type State struct {
	Page     Page
	Step     int // 0 where steps are not counted
	Steps    int
	StepText string // "Step 1 of 5: Your name"
	Title    string
	Text     string
	Back     string // empty: no way back from here
	Help     string
	Next     string        // the main button; empty: none
	Foot     string        // said beside the main button
	Busy     string        // what is being done; empty: nothing
	Then     present.Route // of Done: where to go; zero is Today
	Draft    Draft
	Errors   []present.FieldError
	Heading  string // over the errors
	Problem  present.Problem
	Watch    string

	Welcome    WelcomePage
	Name       Field
	Passphrase PassphrasePage
	Sheet      SheetPage
	Code       CodePage
	Found      FoundPage
	Wait       WaitPage
	Return     ReturnPage
	Bring      BringPage
	Paper      PaperPage
	Brought    BroughtPage
}

// Field is one field with its words.
type Field struct{ Label, Hint, Error string }

// WelcomePage is the first page.
type WelcomePage struct {
	Kith, Promise         string
	Points                []present.Line
	Choices               []Choice // Choose
	Back                  string   // link: Return
	Demo                  string   // link: Demo
	TextLabel, ThemeLabel string
	Text, Themes          []present.Option // SetText, SetTheme
}

// Choice is one big button of the welcome page.
type Choice struct {
	Way  string
	Line present.Line
	Text string
	Main bool
}

// PassphrasePage offers four words and takes the passphrase.
type PassphrasePage struct {
	SuggestHeading, SuggestText string
	Suggested                   string // four words with spaces
	Other, Use                  string // buttons: Another, UseSuggested
	Field, Again                Field
	Show                        string
	Warn                        present.Line
}

// SheetPage shows the twelve words, once.
type SheetPage struct {
	Words []string
	Keep  present.Line
	Tick  Field
}

// CodePage takes an invitation and says who will see what.
type CodePage struct {
	Field, Name Field
	WhoHeading  string
	Who         []Sight
	Nothing     present.Line
	Picture     PicturePart
	Taken       int // grows when a picture's words were put into the draft: the screen then takes Draft.Code into the field
}

// PicturePart takes the square code of an invitation from a picture file.
type PicturePart struct {
	Heading, Text    string           // empty: pictures cannot be read here
	Pictures         []present.Option // UsePicture; the newest that were found
	Other            string           // button: UsePicture of what a file window says
	Path             Field
	Use, Look        string // UsePicture, LookForPictures
	Taken, TakenText string // the code was read: what to do now
}

// Sight is one line of who will see what.
type Sight struct {
	Line present.Line
	Who  string
}

// FoundPage takes a new group.
type FoundPage struct {
	KindLabel    string
	Kinds        []present.Option // Draft.Kind
	Group, Name  Field
	ReachHeading string
	ReachText    string
	Ways         []present.Option // SetReach; none where there is nothing to choose
	Reach        Field            // the tick; without a label where nothing is to be read
	Lead         present.Line
}

// WaitPage shows a request on its way, with the six words.
type WaitPage struct {
	Join         string // its id
	Icon         present.Line
	Stages       []Stage        // how far it has come; none once it has ended without success
	Over         []present.Line // then: what is safe, and what to do next
	WordsHeading string
	WordsText    string
	Words        []string
	Theirs       string // heading of the inviter's words; empty until approved
	TheirsText   string
	TheirWords   []string
	Asked        string
	Close        string
	Open         string // button: go to the group; empty until approved
	OpenGroup    present.Route
	Cancel       string // button: stop asking; empty when it has ended
	Again        string // button: use another invitation; only when it has ended without success
	Meanwhile    string // button: into Kith while it waits
}

// Stage is one stage of a request; it is still to come when it is neither done nor now.
type Stage struct {
	Text      string
	Done, Now bool
}

// minLetters is the least a passphrase of one's own has, counted without spaces; the Core may want more.
const minLetters = 8

// nameProblem says what to put right about a person's name.
func nameProblem(name string) string {
	switch name = strings.TrimSpace(name); {
	case name == "":
		return present.Say("start.name.missing")
	case len(name) > maxName:
		return present.Say("start.name.long")
	}
	return ""
}

// maxName is the limit of a name in bytes, as store/care has it.
const maxName = 100

// passProblem says what to put right about a passphrase.
func passProblem(p string) string {
	switch letters := strings.Join(strings.Fields(p), ""); {
	case letters == "":
		return present.Say("start.pass.missing")
	case len([]rune(letters)) < minLetters:
		return present.Say("start.pass.short")
	}
	return ""
}
