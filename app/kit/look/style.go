package look

// Style is how one kind of writing looks: its size and the height of its line at 100 per cent, in pixels.
type Style struct {
	Size, Line float32
	Bold       bool
	Phone      bool // set in Noto Sans Bold, whose zero has no slash
}

// The kinds of writing, look.md 4. Nothing is ever smaller than Small.
var (
	Greeting  = Style{Size: 38, Line: 48, Bold: true} // Hello, Locked
	Title     = Style{Size: 30, Line: 38, Bold: true} // one a page
	Alarm     = Style{Size: 32, Line: 42, Bold: true} // the allergy line only
	Section   = Style{Size: 21, Line: 28, Bold: true} // card and list headings
	Bold      = Style{Size: 18, Line: 26, Bold: true} // row titles, buttons, chosen things
	Body      = Style{Size: 18, Line: 26}             // everything else
	Small     = Style{Size: 16, Line: 22}             // hint, time stamp, pill
	SmallBold = Style{Size: 16, Line: 22, Bold: true} // chip, table head
	Phone     = Style{Size: 24, Line: 30, Bold: true, Phone: true}
	Word      = Style{Size: 23, Line: 30, Bold: true} // a verification word
)

// Tone is a family of three colours: Full for a border, a bar or an icon, Soft for the fill, Ink for words on it.
type Tone struct{ Full, Soft, Inked Token }

// The tones and what each says.
var (
	ToneBlue    = Tone{Blue, BlueSoft, BlueInk}          // news, a group's event
	TonePlum    = Tone{Plum, PlumSoft, PlumInk}          // a sleepover
	ToneOk      = Tone{Ok, OkSoft, OkInk}                // done, free, family time
	ToneAmber   = Tone{Amber, AmberSoft, AmberInk}       // two versions, not yet
	ToneStone   = Tone{Stone, StoneSoft, StoneInk}       // quiet, other
	ToneDanger  = Tone{Danger, DangerSoft, DangerInk}    // danger, something to put right
	ToneTonight = Tone{Tonight, TonightSoft, TonightInk} // tonight and nothing else
	TonePrimary = Tone{Primary, PrimarySoft, PrimaryInk} // chosen, school and health, today
)

// Avatars are the fills of the round, square and six-cornered letters; the letter on each is white in every theme.
var Avatars = [...]uint32{0x2b5b8f, 0x6c3a73, 0xa6420c, 0x24703f, 0x8a2f4a, 0x3f5560, 0x6a5200, 0x2f5f66, 0x42534b}

// ToneOf returns the tone a view model names: "ok", "blue", "amber", "plum", "stone", "danger", "tonight" or "primary".
// Any other name is the quiet tone.
func ToneOf(name string) Tone {
	switch name {
	case "ok":
		return ToneOk
	case "blue":
		return ToneBlue
	case "amber":
		return ToneAmber
	case "plum":
		return TonePlum
	case "danger":
		return ToneDanger
	case "tonight":
		return ToneTonight
	case "primary":
		return TonePrimary
	default:
		return ToneStone
	}
}
