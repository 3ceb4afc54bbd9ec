// Package file holds what is said of a picture or paper that one person gives to others: its name, what it is, how long, and
// which chunks it lies in. It never touches clock, disk, network or randomness, and it never sees what is in the file.
package file

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kith/store/kp1"
)

// Limits.
const (
	Max       = 25 << 20 // bytes of a file that a person may send
	MaxChunks = (Max + kp1.MaxPayload - 1) / kp1.MaxPayload
	MaxName   = 255 // bytes of its name
	MaxType   = 64  // bytes of its type

	MaxForm = 1_024 + MaxChunks*kp1.LinkSize // bytes of an encoded File

	version = 1
)

// The refusals of this package.
var (
	// ErrLarge says that a file is larger than a person may send.
	ErrLarge = &kp1.Error{ECode: "E_FILE_LARGE", Msg: "file is over 25 MiB"}
	// ErrEmpty says that there is nothing in a file.
	ErrEmpty = &kp1.Error{ECode: "E_FILE_EMPTY", Msg: "file is empty"}
)

// File is what the payload of an op says about a file: the op's key opens the chunks too.
type File struct {
	Name   string
	Type   string // what its bytes are: "image/jpeg"; whoever opens it looks for themselves
	Size   uint64
	Chunks []kp1.ID // in order; every one but the last is of kp1.MaxPayload bytes
}

type fileForm struct {
	V      uint64     `cbor:"v"`
	Name   string     `cbor:"nm"`
	Type   string     `cbor:"ty"`
	Size   uint64     `cbor:"n"`
	Chunks []kp1.Link `cbor:"ch"`
}

// Encode returns the canonical bytes, or why there are none: ErrLarge, ErrEmpty, kp1.ErrForm, kp1.ErrTooBig.
func (f File) Encode() ([]byte, error) {
	if err := f.Valid(); err != nil {
		return nil, err
	}
	return kp1.Marshal(f.Form())
}

// Form is what Encode puts into canonical form, valid or not.
func (f File) Form() any { return fileForm{version, f.Name, f.Type, f.Size, kp1.Links(f.Chunks)} }

// Decode reads what Encode returns, and returns its errors, or kp1.ErrNewer.
func Decode(b []byte) (File, error) {
	var w fileForm
	if err := kp1.UnmarshalVersion(b, MaxForm, version, &w); err != nil {
		return File{}, fmt.Errorf("file: %w", err)
	}
	f := File{w.Name, w.Type, w.Size, kp1.IDs(w.Chunks)}
	return f, f.Valid()
}

// Valid says whether all of it holds together.
func (f File) Valid() error {
	switch {
	case f.Size == 0:
		return ErrEmpty
	case f.Size > Max:
		return ErrLarge
	case uint64(len(f.Chunks)) != Chunks(f.Size):
		return fmt.Errorf("file of %d bytes in %d chunks: %w", f.Size, len(f.Chunks), kp1.ErrForm)
	case len(f.Name) > MaxName || len(f.Type) > MaxType:
		return fmt.Errorf("name of a file: %w", kp1.ErrTooBig)
	case f.Name == "" || f.Name != SafeName(f.Name), !isType(f.Type):
		return fmt.Errorf("name of a file: %w", kp1.ErrForm)
	}
	seen := make(map[kp1.ID]bool, len(f.Chunks))
	for _, id := range f.Chunks {
		if seen[id] { // no envelope is two chunks: its place is sealed in
			return fmt.Errorf("chunk %s twice: %w", id.Short(), kp1.ErrForm)
		}
		seen[id] = true
	}
	return nil
}

// Chunks is in how many chunks a file of that many bytes lies.
func Chunks(size uint64) uint64 { return (size + kp1.MaxPayload - 1) / kp1.MaxPayload }

// Len is how many bytes chunk i holds, from 0.
func (f File) Len(i int) int {
	return int(min(f.Size-uint64(i)*kp1.MaxPayload, kp1.MaxPayload)) //nolint:gosec // a place in Chunks, and at most 196,604
}

// isType reports whether s looks like a type of file: two words of small letters, figures and a few signs.
func isType(s string) bool {
	a, b, ok := strings.Cut(s, "/")
	word := func(s string) bool {
		return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.+-") == ""
	}
	return ok && word(a) && word(b)
}

// SafeName makes of a file's name one that can be given to a file on any computer, and that shows what it is: no folder, no
// sign that hides or turns the end of it, none of the names that Windows keeps for devices. It may be empty.
func SafeName(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return r
		case strings.ContainsRune(`/\:*?"<>|`, r):
			return '_'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.IsSpace(r), r == utf8.RuneError, !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	s = cutName(strings.Trim(norm.NFC.String(s), " .")) // once more: a sign that went may have kept a letter from its accent
	if isDevice(s) {
		return cutName("_" + s)
	}
	return s
}

// isDevice reports whether Windows keeps a name for a device, whatever its ending: also with a raised figure.
func isDevice(s string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(s), ".")
	switch stem = strings.TrimSpace(stem); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	port, com := strings.CutPrefix(stem, "COM")
	if !com {
		if port, com = strings.CutPrefix(stem, "LPT"); !com {
			return false
		}
	}
	return utf8.RuneCountInString(port) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}

// cutName makes a name short enough, and leaves its ending.
func cutName(s string) string {
	if len(s) <= MaxName {
		return s
	}
	end := ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 16 {
		s, end = s[:i], s[i:]
	}
	s = s[:MaxName-len(end)]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return norm.NFC.String(strings.TrimRight(s, " .")) + end
}
