// Package words holds every sentence Kith says, one file an area, one folder a language. It never touches the clock,
// the network, a file outside the program, or anything a person wrote.
//
// app/present alone looks sentences up, for the window and for kithctl. A sentence is British English, plain, at most
// twenty words; the tests of this package read them all.
package words

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed en-GB/*.json
var files embed.FS

// A Key names one sentence, as "area.what". It is a type of its own so that a sentence and its name cannot be mixed up.
type Key string

// A Book says sentences in one language. It is safe for concurrent use.
type Book struct {
	say  *i18n.Localizer
	keys []Key // sorted
}

// English returns the book of British English, the only one yet. Every call returns the same book.
var English = sync.OnceValue(func() *Book {
	b, err := read(files, "en-GB")
	if err != nil {
		panic(err) // the files are part of the program, and the tests read them
	}
	return b
})

// read builds a book from the files of one language.
func read(from fs.FS, lang string) (*Book, error) {
	tag, err := language.Parse(lang)
	if err != nil {
		return nil, fmt.Errorf("language %s: %w", lang, err)
	}
	bundle := i18n.NewBundle(tag)
	areas, err := fs.ReadDir(from, lang)
	if err != nil {
		return nil, fmt.Errorf("words in %s: %w", lang, err)
	}
	b := &Book{say: i18n.NewLocalizer(bundle, lang)}
	for _, area := range areas {
		text, err := fs.ReadFile(from, path.Join(lang, area.Name()))
		if err != nil {
			return nil, fmt.Errorf("words in %s: %w", area.Name(), err)
		}
		said, err := bundle.ParseMessageFileBytes(text, lang+".json")
		if err != nil {
			return nil, fmt.Errorf("words in %s: %w", area.Name(), err)
		}
		for _, m := range said.Messages {
			b.keys = append(b.keys, Key(m.ID))
		}
	}
	slices.Sort(b.keys)
	return b, nil
}

// Say returns the sentence k with the named things put in: Say("today.hello", "Name", "Ade").
// A key without a sentence comes back as itself in brackets, so that a page is never blank.
func (b *Book) Say(k Key, with ...any) string {
	return b.localize(k, nil, with)
}

// Count is Say for a sentence that depends on a number; the sentence sees it as Count.
func (b *Book) Count(k Key, n int, with ...any) string {
	return b.localize(k, n, append(with[:len(with):len(with)], "Count", n))
}

// Has reports whether the book knows k.
func (b *Book) Has(k Key) bool {
	_, known := slices.BinarySearch(b.keys, k)
	return known
}

// Keys returns every key that begins with area, sorted. The slice is the caller's own.
func (b *Book) Keys(area string) []Key {
	var in []Key
	for _, k := range b.keys {
		if strings.HasPrefix(string(k), area) {
			in = append(in, k)
		}
	}
	return in
}

func (b *Book) localize(k Key, count any, with []any) string {
	values := make(map[string]any, len(with)/2)
	for i := 0; i+1 < len(with); i += 2 {
		values[fmt.Sprint(with[i])] = with[i+1]
	}
	s, err := b.say.Localize(&i18n.LocalizeConfig{MessageID: string(k), TemplateData: values, PluralCount: count})
	if err != nil {
		return "[" + string(k) + "]"
	}
	return s
}
