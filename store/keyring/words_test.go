package keyring

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"filippo.io/age"
	"pgregory.net/rapid"

	"kith/store/kp1"
)

// checks is how many cases a property has: 100 by itself, 10,000 in a long soak.
func checks(t *testing.T) int {
	t.Helper()
	n, ok := flag.Lookup("rapid.checks").Value.(flag.Getter).Get().(int)
	if !ok {
		t.Fatal("rapid.checks is no number")
	}
	return n
}

func TestListIsWhatEverythingHereRestsOn(t *testing.T) {
	if len(list) != 2048 || !slices.IsSorted(list) {
		t.Fatalf("%d words, sorted %v", len(list), slices.IsSorted(list))
	}
	four := map[string]string{}
	for _, w := range list {
		f := w[:min(len(w), 4)]
		if four[f] != "" || len(w) < 3 || len(w) > 8 {
			t.Errorf("%s and %s begin alike", w, four[f])
		}
		four[f] = w
	}
}

// T33, long: a million roots through the mapping of bits to words. Two of 66 bits at random meet once in 10^8 such
// runs, so one meeting is a fault of the mapping.
func TestT33MillionValuesDoNotCollide(t *testing.T) {
	n := checks(t) * 100
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 33))
	seen := make(map[[6]uint16]bool, n)
	var idx [6]int
	var raw [16]byte
	for range n {
		binary.BigEndian.PutUint64(raw[:], chance.Uint64())
		binary.BigEndian.PutUint64(raw[8:], chance.Uint64())
		indices(idx[:], raw[:9])
		var key [6]uint16
		for i, v := range idx {
			key[i] = uint16(v)
		}
		if seen[key] {
			t.Fatalf("seed %d: two values give %v", seed, key)
		}
		seen[key] = true
		back := bits(idx[:])
		if back[8]&0x3f != 0 || !bytes.Equal(back[:8], raw[:8]) || back[8]>>6 != raw[8]>>6 {
			t.Fatalf("seed %d: %x comes back as %x", seed, raw[:9], back)
		}
	}
}

// T33: roots through the whole function: 200 in a long soak, 5 otherwise. Each gives words of its own, the same ones
// every time, and others in another group.
func TestT33Roots(t *testing.T) {
	seen := map[[6]string]bool{}
	for i := range max(checks(t)/50, 5) {
		root := ed25519.NewKeyFromSeed(binary.BigEndian.AppendUint64(make([]byte, 24), uint64(i))).Public().(ed25519.PublicKey)
		w := VerificationWords(kp1.GID{1}, root)
		if seen[w] {
			t.Errorf("root %d has the words of another: %v", i, w)
		}
		seen[w] = true
		if i < 2 {
			var again [6]string
			spell(again[:], verificationBits(kp1.GID{1}, root))
			if kept := VerificationWords(kp1.GID{1}, root); again != w || kept != w {
				t.Errorf("root %d: %v, worked out again %v, kept %v", i, w, again, kept)
			}
			if other := VerificationWords(kp1.GID{2}, root); seen[other] {
				t.Errorf("root %d has words it shares between groups: %v", i, other)
			}
		}
	}
}

// TestWordBook: what is kept is what was worked out for that very name, and the book does not grow without end.
func TestWordBook(t *testing.T) {
	var b wordBook
	made := 0
	ask := func(i int) [6]string {
		return b.of(kp1.Sum([]byte{byte(i), byte(i >> 8)}), func() [6]string {
			made++
			return [6]string{fmt.Sprint(i)}
		})
	}
	for i := range 3 * maxWordBook {
		for range 2 {
			if w := ask(i); w[0] != fmt.Sprint(i) {
				t.Fatalf("name %d has the words %v", i, w)
			}
		}
		if len(b.words) > maxWordBook {
			t.Fatalf("%d are kept, %d may be", len(b.words), maxWordBook)
		}
	}
	if made != 3*maxWordBook {
		t.Errorf("worked out %d times for %d names", made, 3*maxWordBook)
	}
}

func TestRecoveryComesBackHoweverItIsTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Recovery
		copy(r[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "secret"))
		words := r.Words()
		var text strings.Builder
		for i, w := range words {
			switch rapid.IntRange(0, 4).Draw(t, "manner") {
			case 0:
				w = strings.ToUpper(w)
			case 1:
				w = w[:min(len(w), 4)]
			case 2:
				w = w[:min(len(w), 5)]
			case 3:
				w = strings.ReplaceAll(w, "a", "á")
			}
			text.WriteString(rapid.SampledFrom([]string{" ", "\n", "\r\n\t", ", ", " - ", "1. ", "\u00a0"}).Draw(t, "gap"))
			if i == 6 {
				text.WriteString("\n7) ")
			}
			text.WriteString(w)
		}
		if got, err := ParseRecovery(text.String()); err != nil || got != r {
			t.Fatalf("ParseRecovery(%q) = %x, %v; want %x", text.String(), got[:], err, r[:])
		}
	})
}

func TestWordsSayWhatIsWrong(t *testing.T) {
	var r Recovery
	words := r.Words() // abandon x 11, about
	typed := func(change func(w []string) []string) string { return strings.Join(change(words[:]), " ") }
	with := func(i int, w string) string {
		return typed(func(all []string) []string { all = slices.Clone(all); all[i] = w; return all })
	}
	for _, c := range []struct {
		name, text, code string
		position         int
		near             string
	}{
		{"a word of no list", with(2, "xylem"), "E_WORD", 3, ""},
		{"a slip of the finger", with(11, "abuot"), "E_WORD", 12, "about"},
		{"three letters of a longer word", with(0, "aba"), "E_WORD", 1, ""},
		{"an ending of their own", with(4, "abandoned"), "E_WORD", 5, "abandon"},
		{"another word of the list", with(3, "zoo"), "E_WORDS_CHECK", 0, ""},
		{"one too few", typed(func(w []string) []string { return w[:11] }), "E_WORD_COUNT", 0, ""},
		{"one too many", typed(func(w []string) []string { return append(slices.Clone(w), "zoo") }), "E_WORD_COUNT", 0, ""},
		{"nothing", " ", "E_WORD_COUNT", 0, ""},
		{"as many as are looked at", strings.Repeat("zoo ", maxWords), "E_WORD_COUNT", 0, ""},
		{"one more than are looked at", strings.Repeat("zzz ", maxWords+1), "E_WORD_COUNT", 0, ""},
		{"a book", strings.Repeat("a", maxWordsText+1), "E_TOO_BIG", 0, ""},
		{"a book that just fits", strings.Repeat("a", maxWordsText), "E_WORD", 1, ""},
	} {
		got, err := ParseRecovery(c.text)
		if code(err) != c.code || got != (Recovery{}) {
			t.Errorf("%s: ParseRecovery = %v, want %s", c.name, err, c.code)
			continue
		}
		var w *WordError
		if c.position > 0 {
			if !errors.As(err, &w) || w.Position != c.position || c.near != "" && !slices.Contains(w.Near, c.near) || len(w.Near) > maxSuggest {
				t.Errorf("%s: %+v, want position %d and %q near", c.name, w, c.position, c.near)
			}
			if strings.Contains(err.Error(), w.Typed) {
				t.Errorf("%s: the error repeats what was typed: %v", c.name, err)
			}
		}
	}
}

// The last word holds seven bits of the secret and four of its checksum: one word in sixteen fits.
func TestRecoveryChecksumHasFourBits(t *testing.T) {
	fit := 0
	for _, last := range list {
		if _, err := ParseRecovery(strings.Repeat("abandon ", 11) + last); err == nil {
			fit++
		} else if !errors.Is(err, ErrWordsCheck) {
			t.Fatalf("%s: %v, want ErrWordsCheck", last, err)
		}
	}
	if fit != 128 {
		t.Errorf("%d last words fit, want 128 of 2,048", fit)
	}
}

func TestNewSecretsTakeAllTheirChance(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(n int) error
		n    int
	}{
		{"recovery secret", func(n int) error { _, err := NewRecovery(bytes.NewReader(make([]byte, n))); return err }, 16},
		{"spoken code", func(n int) error { _, err := NewSpoken(bytes.NewReader(make([]byte, n))); return err }, 10},
	} {
		if err := c.make(c.n); err != nil {
			t.Errorf("%s from %d bytes: %v", c.name, c.n, err)
		}
		if err := c.make(c.n - 1); err == nil {
			t.Errorf("%s from %d bytes: no error", c.name, c.n-1)
		}
	}
	a, errA := NewRecovery(nil)
	b, errB := NewRecovery(nil)
	if errA != nil || errB != nil || a == b {
		t.Errorf("two recovery secrets: %v %v, equal %v", errA, errB, a == b)
	}
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		typed string
		most  int
		want  []string
	}{
		{"Aba", 5, []string{"abandon"}},
		{"zo", 5, []string{"zone", "zoo"}},
		{"a", 2, []string{"abandon", "ability"}},
		{"zz", 5, nil},
		{"a", 0, nil},
	} {
		if got := Complete(c.typed, c.most); !slices.Equal(got, c.want) {
			t.Errorf("Complete(%q, %d) = %v, want %v", c.typed, c.most, got, c.want)
		}
	}
}

// T35: one wrong word in eight passes the check once in 256 times. 40,000 trials, seven standard deviations.
func TestT35SpokenCodeCatchesAWrongWord(t *testing.T) {
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 35))
	const trials = 40_000
	passed := 0
	for range trials {
		var s Spoken
		binary.BigEndian.PutUint64(s[:], chance.Uint64())
		binary.BigEndian.PutUint16(s[8:], uint16(chance.Uint32()))
		words := s.Words()
		at := chance.IntN(8)
		was := words[at]
		for words[at] == was {
			words[at] = list[chance.IntN(len(list))]
		}
		if _, err := ParseSpoken(strings.Join(words[:], " ")); err == nil {
			passed++
		} else if !errors.Is(err, ErrWordsCheck) {
			t.Fatalf("seed %d: %v: %v, want ErrWordsCheck", seed, words, err)
		}
	}
	if limit := trials/256 + 7*13; passed > limit {
		t.Errorf("seed %d: %d of %d wrong words passed, want at most %d", seed, passed, trials, limit)
	}
}

func TestT35SpokenWordsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Spoken
		copy(s[:], rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "secret"))
		words := s.Words()
		if got, err := ParseSpoken(strings.Join(words[:], " ")); err != nil || got != s {
			t.Fatalf("ParseSpoken(%v) = %x, %v; want %x", words, got[:], err, s[:])
		}
		words[0], words[7] = words[7], words[0]
		if got, err := ParseSpoken(strings.Join(words[:], " ")); err == nil && got.Words() != words {
			t.Fatalf("%v read as %v", words, got.Words())
		}
	})
	for _, bad := range []string{"", "zoo", strings.Repeat("qqqq ", 8), strings.Repeat("zoo ", 9)} {
		if _, err := ParseSpoken(bad); err == nil {
			t.Errorf("ParseSpoken(%q) = nil", bad)
		}
	}
}

func TestRootsDifferByGroupAndPerson(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range []Recovery{{}, {1}} {
		for _, g := range []kp1.GID{{}, {1}} {
			k := RootKey(r, g)
			if seen[string(k)] {
				t.Errorf("root of %x in %v is another's", r[:], g)
			}
			seen[string(k)] = true
			if !bytes.Equal(k, RootKey(r, g)) {
				t.Errorf("root of %x in %v changes", r[:], g)
			}
		}
	}
}

// Age itself reads the identity and encrypts to it.
func TestBackupIdentityIsAges(t *testing.T) {
	for _, r := range []Recovery{{}, {1, 2, 3}} {
		text := BackupIdentity(r)
		id, err := age.ParseHybridIdentity(text)
		if err != nil {
			t.Fatalf("age: %v", err)
		}
		if got := id.String(); got != text {
			t.Errorf("age writes %s, we write %s", got, text)
		}
	}
}

func TestNewDevice(t *testing.T) {
	chance := bytes.NewReader(bytes.Repeat([]byte{7}, 64))
	dsk, dhk, err := NewDevice(chance)
	if err != nil || chance.Len() != 0 {
		t.Fatalf("NewDevice: %v, %d bytes of chance left", err, chance.Len())
	}
	if want := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)); !dsk.Equal(want) {
		t.Errorf("dsk = %x, want %x", dsk, want)
	}
	if n := len(dhk.PublicKey().Bytes()); n != 1216 {
		t.Errorf("dhk's public key has %d bytes, want 1216", n)
	}
	if _, _, err := NewDevice(bytes.NewReader(make([]byte, 63))); err == nil {
		t.Error("63 bytes of chance were enough")
	}
	a, _, errA := NewDevice(nil)
	b, _, errB := NewDevice(nil)
	if errA != nil || errB != nil || a.Equal(b) {
		t.Errorf("two devices: %v %v, equal %v", errA, errB, a.Equal(b))
	}
	tk, err := NewTransport(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil || !tk.Equal(dsk) {
		t.Errorf("NewTransport from the same seed = %v, %v", tk, err)
	}
	if _, err := NewTransport(bytes.NewReader(nil)); err == nil {
		t.Error("no chance was enough for a transport key")
	}
}

func FuzzParseRecovery(f *testing.F) {
	f.Add("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about")
	f.Add("1. ABAN, 2. abandon\n")
	f.Add("\xff\u0301\u200b")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRecovery(text)
		if err != nil {
			return
		}
		words := r.Words()
		if again, err := ParseRecovery(strings.Join(words[:], " ")); err != nil || again != r || !utf8.ValidString(words[0]) {
			t.Errorf("ParseRecovery(%q) = %x, whose words read as %x, %v", text, r[:], again[:], err)
		}
	})
}

func FuzzParseSpoken(f *testing.F) {
	words := Spoken{9, 9, 9, 9, 9, 9, 9, 9, 9, 9}.Words()
	f.Add(strings.Join(words[:], " "))
	f.Add("zoo")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpoken(text)
		if err != nil {
			return
		}
		words := s.Words()
		if again, err := ParseSpoken(strings.Join(words[:], " ")); err != nil || again != s {
			t.Errorf("ParseSpoken(%q) = %x, whose words read as %x, %v", text, s[:], again[:], err)
		}
	})
}
