package present

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kith/assets/words"
)

// A Level is how much a file that leaves Kith says of what is in the calendar. No level tells an address, a health note
// or who may not collect.
type Level uint8

// The levels, from the least to the most.
const (
	LevelBusy     Level = 1 // that there is something, and when
	LevelKinds    Level = 2 // what kind of thing: "Sleepover"
	LevelInitials Level = 3 // what it is, with first letters for names
	LevelFull     Level = 4 // what it is, where, and the notes
)

// Valid reports whether l is one of the four.
func (l Level) Valid() bool { return l >= LevelBusy && l <= LevelFull }

// Said says a level in a few words: "Busy only".
func (l Level) Said() string { return Say(words.Key("file.level." + string('0'+l))) }

// FileWhy is why a thing in a file was not taken as it stood.
type FileWhy string

// The reasons. Each has its sentence under file.why in assets/words; What is the part of the file that is meant.
const (
	FileLineOdd      FileWhy = "line"      // the line has no meaning
	FileLineLong     FileWhy = "long"      // the line is over the limit
	FileLetters      FileWhy = "letters"   // letters that are not written as the file says
	FileCharset      FileWhy = "charset"   // What is an alphabet Kith cannot read
	FileCut          FileWhy = "cut"       // What is a text that was too long
	FileDeep         FileWhy = "deep"      // parts within parts within parts
	FileEnd          FileWhy = "end"       // What began and never ended, or ended and never began
	FileUnknown      FileWhy = "unknown"   // What is a property that Kith has no place for
	FilePart         FileWhy = "part"      // What is a kind of entry that Kith has no place for
	FileTwice        FileWhy = "twice"     // What stands there a second time
	FileMany         FileWhy = "many"      // more than the limit; What is the limit
	FileNotesMany    FileWhy = "more"      // more to say than there is room for
	FileAlarm        FileWhy = "alarm"     // a reminder
	FileAddresses    FileWhy = "people"    // e-mail addresses of who is invited
	FilePlace        FileWhy = "address"   // a home address
	FilePicture      FileWhy = "picture"   // a picture, a sound or a key
	FileNoDate       FileWhy = "no-date"   // an event without a day
	FileBadDate      FileWhy = "bad-date"  // What is no day or time
	FileEndFirst     FileWhy = "end-first" // it ends before it begins
	FileTooLong      FileWhy = "too-long"  // it lasts longer than a year
	FileSeconds      FileWhy = "seconds"   // seconds, which Kith does not keep
	FileZone         FileWhy = "zone"      // What is a time zone that Kith does not know; the home zone was taken
	FileZoneLike     FileWhy = "zone-like" // What is a time zone taken for one with the same clock changes
	FileRule         FileWhy = "rule"      // What is a repeat that Kith cannot read
	FileRuleElse     FileWhy = "rule-else" // a repeat that other programs may show differently
	FileNoTitle      FileWhy = "no-title"  // an event without a title
	FileNoName       FileWhy = "no-name"   // a person without a name
	FileNoUID        FileWhy = "no-uid"    // an event without a name of its own
	FileRowOdd       FileWhy = "row"       // a row of a table that could not be read
	FileHeadingsOdd  FileWhy = "headings"  // a table whose headings say nothing that is known
	FileOlder        FileWhy = "older"     // What is an event that was changed here since the file was made
	FileNotYours     FileWhy = "not-yours" // What is an event that somebody else added
	FileOtherVersion FileWhy = "version"   // What is a version of the format that Kith does not know
)

// A FileNote is one thing in a file that could not be used as it stood. Line is where it is met first, from 1; Times
// counts how often it comes.
type FileNote struct {
	Line  int
	Why   FileWhy
	What  string
	Times int
}

// Text says the note in plain words, without the line.
func (n FileNote) Text() string {
	s := Say(words.Key("file.why."+string(n.Why)), "What", n.What)
	if n.Times > 1 {
		s += " " + Count("file.times", n.Times)
	}
	return s
}

// FileNotes gathers notes: one for each pair of Why and What. Its zero value is empty.
type FileNotes struct {
	all []FileNote
	at  map[FileNote]int // by Why and What
}

// Limits of what is noted.
const (
	maxFileNotes = 1000
	maxFileWhat  = 60 // letters
)

// Add notes one thing. What is cut to a few words. Past a thousand different notes only their number counts.
func (f *FileNotes) Add(line int, why FileWhy, what string) {
	what = FileWhat(what)
	key := FileNote{Why: why, What: what}
	if f.at == nil {
		f.at = map[FileNote]int{}
	}
	i, known := f.at[key]
	if !known && len(f.all) >= maxFileNotes {
		key = FileNote{Why: FileNotesMany}
		i, known = f.at[key]
	}
	if !known {
		i = len(f.all)
		f.at[key] = i
		f.all = append(f.all, FileNote{Line: line, Why: key.Why, What: key.What})
	}
	f.all[i].Times++
	f.all[i].Line = min(f.all[i].Line, line)
}

// Sorted returns the notes by line. The slice is the caller's own.
func (f *FileNotes) Sorted() []FileNote {
	out := slices.Clone(f.all)
	slices.SortStableFunc(out, func(a, b FileNote) int { return a.Line - b.Line })
	return out
}

// FileWhat cuts a part of a file to what fits a sentence, in one line of letters that can be shown.
func FileWhat(s string) string {
	if len(s) > 4*maxFileWhat {
		s = s[:4*maxFileWhat]
	}
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "") {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			r = ' '
		}
		if n++; n > maxFileWhat {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// Initials returns words with first letters for the names in them: "Mia at Tom's" with the name Mia Jones becomes "M at
// Tom's". Each word of a name counts, whatever its capitals.
func Initials(text string, names []string) string {
	known := map[string]bool{}
	for _, n := range names {
		for _, w := range strings.FieldsFunc(n, notLetter) {
			known[strings.ToLower(w)] = true
		}
	}
	var b strings.Builder
	for len(text) > 0 {
		end := strings.IndexFunc(text, notLetter)
		if end < 0 {
			end = len(text)
		}
		if word := text[:end]; known[strings.ToLower(word)] {
			r, _ := utf8.DecodeRuneInString(word)
			b.WriteRune(unicode.ToUpper(r))
		} else {
			b.WriteString(word)
		}
		for text = text[end:]; len(text) > 0; {
			r, n := utf8.DecodeRuneInString(text)
			if !notLetter(r) {
				break
			}
			b.WriteString(text[:n])
			text = text[n:]
		}
	}
	return b.String()
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }
