package present

import (
	"context"
	"time"

	"kith/store/care/when"
	"kith/store/kp1"
)

// A RecoverySheet is what the recovery sheet says, in its final words: to be drawn on paper.
type RecoverySheet struct {
	Title, Text string
	Words       []string // the twelve
	Keep        string
	DoHeading   string
	Do          []string
	Groups      []SheetGroup
	Made        string
}

// SheetGroup is this person's own six words in one group.
type SheetGroup struct {
	Heading, Text string
	Words         []string
}

// SheetCore is what a recovery sheet is made from; a Core has it.
type SheetCore interface {
	Recovery(ctx context.Context, passphrase string) (words [12]string, err error)
	Words(ctx context.Context, g kp1.GID, m kp1.MID) ([6]string, error)
}

// SheetOf makes the sheet of whoever lives in w. It takes about 0.1 s a group. E_PASSPHRASE when the passphrase is wrong.
func SheetOf(ctx context.Context, c SheetCore, w World, passphrase string, now time.Time) (RecoverySheet, error) {
	twelve, err := c.Recovery(ctx, passphrase)
	if err != nil {
		return RecoverySheet{}, err
	}
	s := RecoverySheet{
		Title: Say("paper.sheet.title", "Name", w.Name), Text: Say("paper.sheet.text"), Words: twelve[:], Keep: Say("paper.sheet.keep"),
		DoHeading: Say("paper.sheet.do"),
		Do:        []string{Say("paper.sheet.do.install"), Say("paper.sheet.do.backup"), Say("paper.sheet.do.none"), Say("paper.sheet.do.ring")},
		Made:      Say("paper.sheet.made", "Date", FullDate(when.DateOf(now))),
	}
	for _, g := range w.Groups {
		six, err := c.Words(ctx, g.ID, g.Me)
		if err != nil {
			return RecoverySheet{}, err
		}
		s.Groups = append(s.Groups, SheetGroup{Heading: Say("paper.sheet.six", "Group", g.Title()), Text: Say("paper.sheet.six.text"), Words: six[:]})
	}
	return s, nil
}

// InvitePaper is an invitation on a page that is printed and handed over.
type InvitePaper struct {
	Title, From, Until string
	WordsText          string // the eight words; empty where they lead nowhere
	Words              []string
	Place              string
	CodeText           string
	Link               string   // drawn as a code, and written out
	Steps              []string // what to do with it
	Keep               string
}
