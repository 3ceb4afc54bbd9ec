package ics

import (
	"strings"

	"kith/app/present"
	"kith/assets/words"
)

// At returns what a file at level l tells of e. Names are those of people: at the level of initials their first letters
// stand in the title. A name that is not among them stays, so whoever asks hands in all there are. Whatever reads like an
// address of a house goes at every level, and what other programs wrote into a UID goes below the full one.
func (e Event) At(l present.Level, names []string) Event {
	e = clean(e)
	busy := present.Say("file.busy")
	switch l {
	case present.LevelFull:
		if present.IsAddress(e.Title) {
			e.Title = e.Kind.title(busy)
		}
		if present.IsAddress(e.Place) {
			e.Place = ""
		}
		e.Notes = strings.TrimSpace(withoutAddresses(e.Notes))
		return e
	case present.LevelInitials:
		if e.Title = present.Initials(e.Title, names); present.IsAddress(e.Title) {
			e.Title = e.Kind.title(busy)
		}
	case present.LevelKinds:
		e.Title = e.Kind.title(busy)
	default:
		e.Title, e.Kind = busy, ""
	}
	if e.Kind == Health {
		e.Kind = ""
	}
	e.Place, e.Notes = "", ""
	e.UID, e.Follows = veiled(e.UID), veiled(e.Follows)
	return e
}

// title says the kind as the title of an event. What has to do with health says no more than that somebody is busy.
func (k Kind) title(busy string) string {
	if k == "" || k == Health {
		return busy
	}
	return present.Say(words.Key("file.kind." + strings.ToLower(strings.ReplaceAll(string(k), " ", "-"))))
}

func veiled(uid string) string {
	if uid == "" || ownUID(uid) {
		return uid
	}
	return UID([]byte("veiled\x00" + uid))
}

// withoutAddresses leaves out the lines that read like one.
func withoutAddresses(s string) string {
	if !present.IsAddress(s) {
		return s
	}
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		if !present.IsAddress(l) {
			out = append(out, l)
		}
	}
	if s = strings.Join(out, "\n"); present.IsAddress(s) { // one that runs over two lines
		return ""
	}
	return s
}
