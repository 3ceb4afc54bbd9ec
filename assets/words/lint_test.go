package words

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"kith/assets/numbers"
)

// banned holds the words that product.md and ui.md keep out of anything a person reads, with what to say instead.
var banned = map[string]string{
	"respite": "sleepover, break", "placement": "home", "placements": "home", "contact": "family time, seeing Mum",
	"lac": "child, young person", "looked-after": "child, young person", "looked after": "child, young person",
	"claimed": "said", "claim": "say", "siblings": "brothers and sisters", "sibling": "brother or sister",
	"care leaver": "care-experienced", "care leavers": "care-experienced", "peer group": "support group",
	"peer groups": "support groups", "peer": "computer", "peers": "computers", "node": "computer", "nodes": "computers",
	"sync": "say who has it", "syncing": "say who has it", "synced": "say who has it", "invalid": "say how to put it right",
	"failed": "say what happened", "failure": "say what happened", "submit": "name the thing", "ok": "a verb",
	"okay": "a verb", "error": "say what happened", "server": "nobody has one",
}

// right lists the sentences where a banned word has its ordinary meaning.
var right = map[string]string{}

const (
	mostWords = 20  // in a sentence
	longText  = 50  // words from which a text's grade counts
	mostGrade = 6.0 // Flesch-Kincaid
)

// text is one thing a person may read: one plural form of one sentence, or a field of a data file.
type text struct{ where, key, said string }

func texts(t *testing.T) []text {
	t.Helper()
	var all []text
	seen := map[string]string{}
	areas, err := fs.Glob(files, "en-GB/*.json")
	if err != nil || len(areas) == 0 {
		t.Fatalf("no words: %v", err)
	}
	for _, area := range areas {
		raw, err := files.ReadFile(area)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		if _, err := d.Token(); err != nil {
			t.Fatalf("%s: %v", area, err)
		}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				t.Fatalf("%s: %v", area, err)
			}
			key := name.(string)
			if other, twice := seen[key]; twice {
				t.Errorf("%s: %s stands in %s already", area, key, other)
			}
			seen[key] = area
			var said any
			if err := d.Decode(&said); err != nil {
				t.Fatalf("%s: %s: %v", area, key, err)
			}
			switch said := said.(type) {
			case string:
				all = append(all, text{area, key, said})
			case map[string]any:
				if said["one"] == nil || said["other"] == nil || len(said) != 2 {
					t.Errorf("%s: %s: English needs exactly one and other", area, key)
				}
				for form, s := range said {
					all = append(all, text{area, key + "/" + form, fmt.Sprint(s)})
				}
			default:
				t.Errorf("%s: %s: a sentence is text or plural forms", area, key)
			}
		}
	}
	for _, n := range numbers.All() {
		all = append(all, text{"numbers.json", n.Name, n.For}, text{"numbers.json", n.Name, n.Hours})
	}
	return all
}

var hole = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// plain puts an ordinary word into each hole.
func plain(s string) string { return hole.ReplaceAllString(s, "Bev") }

func TestNoBannedWord(t *testing.T) {
	used := map[string]bool{}
	for _, x := range texts(t) {
		if w := bannedIn(plain(x.said)); w != "" {
			key, _, _ := strings.Cut(x.key, "/")
			if right[key] == w {
				used[key] = true
				continue
			}
			t.Errorf("%s: %s says %q: say %s", x.where, x.key, w, banned[w])
		}
	}
	for key := range right {
		if !used[key] {
			t.Errorf("%s is on the list of exceptions for nothing", key)
		}
	}
}

func bannedIn(s string) string {
	low := " " + strings.Join(wordsOf(s), " ") + " "
	found := ""
	for w := range banned {
		if strings.Contains(low, " "+w+" ") && len(w) > len(found) {
			found = w
		}
	}
	return found
}

func TestTheBannedListCatches(t *testing.T) {
	for s, want := range map[string]string{
		"Press OK.": "ok", "A peer group": "peer group", "Looked-after children": "looked-after",
		"Book it.": "", "Contact time": "contact", "Placement ended": "placement", "Sync failed, sorry": "failed",
	} {
		if got := bannedIn(s); got != want {
			t.Errorf("bannedIn(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestSentencesAreShort(t *testing.T) {
	for _, x := range texts(t) {
		for _, s := range sentences(plain(x.said)) {
			if n := len(wordsOf(s)); n > mostWords {
				t.Errorf("%s: %s: %d words, at most %d: %q", x.where, x.key, n, mostWords, s)
			}
		}
	}
}

func TestLongTextsReadEasily(t *testing.T) {
	for _, x := range texts(t) {
		if len(wordsOf(x.said)) >= longText {
			if g := grade(plain(x.said)); g > mostGrade {
				t.Errorf("%s: %s: grade %.1f, at most %.1f", x.where, x.key, g, mostGrade)
			}
		}
	}
	// A page is read as a whole, so each area counts as one text too.
	whole := map[string][]string{}
	for _, x := range texts(t) {
		whole[x.where] = append(whole[x.where], strings.TrimRight(plain(x.said), ".!?:")+".")
	}
	for area, all := range whole {
		if s := strings.Join(all, " "); len(wordsOf(s)) >= longText {
			if g := grade(s); g > mostGrade {
				t.Errorf("%s as a whole: grade %.1f, at most %.1f", area, g, mostGrade)
			}
		}
	}
}

// TestGrade holds the formula against texts graded by hand: 0.39 words a sentence + 11.8 syllables a word - 15.59.
func TestGrade(t *testing.T) {
	for s, want := range map[string]float64{
		"The cat sat on the mat.":      0.39*6 + 11.8*1 - 15.59,
		"Bev can have Mia. You choose": 0.39*3 + 11.8*1 - 15.59,
	} {
		if got := grade(s); got < want-0.01 || got > want+0.01 {
			t.Errorf("grade(%q) = %.2f, want %.2f", s, got, want)
		}
	}
	if g := grade("Notwithstanding organisational considerations, multidisciplinary participation necessitates authorisation."); g < 12 {
		t.Errorf("a hard sentence is graded %.1f", g)
	}
}

func TestTypographyIsOurs(t *testing.T) {
	for _, x := range texts(t) {
		switch {
		case strings.ContainsAny(x.said, "'\"`→←✓✔✗×"):
			t.Errorf("%s: %s: curly quotes, and no drawn signs: %q", x.where, x.key, x.said)
		case strings.Contains(x.said, "  "), strings.TrimSpace(x.said) != x.said:
			t.Errorf("%s: %s: stray space: %q", x.where, x.key, x.said)
		case x.said == "" && x.where != "numbers.json":
			t.Errorf("%s: %s says nothing", x.where, x.key)
		case x.said == strings.ToUpper(x.said) && len(wordsOf(x.said)) > 0 && regexp.MustCompile(`[A-Z]{4}`).MatchString(x.said):
			t.Errorf("%s: %s is all capitals", x.where, x.key)
		}
	}
}

// built lists the beginnings of keys whose rest is put together by the program.
var built = []string{"date.weekday.", "date.weekday.short.", "date.month.", "date.month.short.", "trouble.", "help.how.", "mailboxes.repair.", "file.why.", "file.level.", "file.kind.", "repeat.leap.", "repeat.nth."}

var keyForm = regexp.MustCompile(`^[a-z]+(\.[a-z0-9-]+)+$`)

func TestEveryKeyIsUsedAndNoneIsMissing(t *testing.T) {
	used := literals(t, "../../app", "../../cmd")
	known, areas := map[string]bool{}, map[string]bool{}
	for _, k := range English().Keys("") {
		known[string(k)] = true
		area, _, _ := strings.Cut(string(k), ".")
		areas[area] = true
	}
	for _, k := range sorted(known) {
		if _, ok := used[k]; !ok && !isBuilt(k) {
			t.Errorf("%s is said nowhere", k)
		}
	}
	for _, k := range sorted(used) {
		if area, _, _ := strings.Cut(k, "."); areas[area] && keyForm.MatchString(k) && !known[k] && !isBuilt(k) {
			t.Errorf("%s says %s, which has no sentence", used[k], k)
		}
	}
}

func TestHolesAreFilled(t *testing.T) {
	for _, x := range texts(t) {
		rest := hole.ReplaceAllString(x.said, "")
		if strings.ContainsAny(rest, "{}") {
			t.Errorf("%s: %s: a hole is {{.Name}} and nothing else: %q", x.where, x.key, x.said)
		}
	}
}

func isBuilt(k string) bool {
	for _, b := range built {
		if strings.HasPrefix(k, b) {
			return true
		}
	}
	return false
}

// literals returns every string written in the Go files under roots, tests left out, with the file it stands in.
func literals(t *testing.T, roots ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				if os.IsNotExist(err) {
					return nil
				}
				return err
			}
			if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
				return nil
			}
			f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if s, err := strconv.Unquote(l.Value); err == nil {
						all[s] = p
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func sorted[V any](m map[string]V) []string {
	ks := make([]string, 0, len(m))
	for k := range m {
		ks = append(ks, k)
	}
	sort.Strings(ks)
	return ks
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?:](\s|$)`)
	wordForm    = regexp.MustCompile(`[\p{L}\p{N}][\p{L}\p{N}’'.-]*`)
)

func sentences(s string) []string {
	var out []string
	for _, part := range sentenceEnd.Split(s, -1) {
		if strings.TrimSpace(part) != "" {
			out = append(out, part)
		}
	}
	return out
}

func wordsOf(s string) []string {
	var out []string
	for _, w := range wordForm.FindAllString(s, -1) {
		out = append(out, strings.ToLower(strings.Trim(w, ".-’'")))
	}
	return out
}

// grade is the Flesch-Kincaid grade of s.
func grade(s string) float64 {
	ws, syllables := wordsOf(s), 0
	for _, w := range ws {
		syllables += syllablesIn(w)
	}
	return 0.39*float64(len(ws))/float64(max(1, len(sentences(s)))) + 11.8*float64(syllables)/float64(max(1, len(ws))) - 15.59
}

// syllablesIn counts groups of vowels, less a silent e at the end.
func syllablesIn(w string) int {
	n, vowel := 0, false
	for _, r := range w {
		is := strings.ContainsRune("aeiouyâêîôûáéíóúàèìòù", r)
		if is && !vowel {
			n++
		}
		vowel = is
	}
	if n > 1 && strings.HasSuffix(w, "e") && !strings.HasSuffix(w, "le") {
		n--
	}
	if n > 1 && (strings.HasSuffix(w, "ed") && !strings.HasSuffix(w, "ted") && !strings.HasSuffix(w, "ded")) {
		n--
	}
	return max(1, n)
}
