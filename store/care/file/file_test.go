package file

import (
	"bytes"
	"strings"
	"testing"

	"kith/store/kp1"
)

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"picnic.jpg": "picnic.jpg", "Möwe am Meer.png": "Möwe am Meer.png", "../../etc/passwd": "_.._etc_passwd", `C:\x\y.txt`: "C__x_y.txt",
		"a\x00b\nc.txt": "abc.txt", "photo\u202egpj.exe": "photogpj.exe", " .hidden. ": "hidden", "con": "_con", "LPT1.txt": "_LPT1.txt", "console.txt": "console.txt",
		"COM¹.txt": "_COM¹.txt", "lpt³ .pdf": "_lpt³ .pdf", "conin$": "_conin$", "ConOut$.log": "_ConOut$.log", "com10.txt": "com10.txt", "company": "company",
		"...": "", "": "", "\xff\xfe": "", "zero\u200bwidth": "zerowidth", "e\u0301.jpg": "é.jpg", "A\a\u0301.jpg": "Á.jpg",
		strings.Repeat("ä", 200) + ".jpeg": strings.Repeat("ä", 125) + ".jpeg",
		strings.Repeat("n", 300):           strings.Repeat("n", 255),
	} {
		got := SafeName(in)
		if got != want {
			t.Errorf("SafeName(%q) = %q, want %q", in, got, want)
		}
		if again := SafeName(got); again != got {
			t.Errorf("SafeName(%q) = %q once more", got, again)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"picnic.jpg", "../x", "con.txt", strings.Repeat("a.", 200), "e\u0301", "\u202e\xff. "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := SafeName(s)
		if SafeName(n) != n || len(n) > MaxName || strings.ContainsAny(n, "/\\:\x00\n") || n == "." || n == ".." || strings.HasPrefix(n, " ") {
			t.Fatalf("SafeName(%q) = %q, then %q", s, n, SafeName(n))
		}
	})
}

func FuzzDecode(f *testing.F) {
	b, err := File{"picnic.jpg", "image/jpeg", kp1.MaxPayload + 1, []kp1.ID{{1}, {2}}}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("\xa1avV\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := Decode(b)
		if err != nil {
			return
		}
		if again, err := x.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x encodes as %x, %v", b, again, err)
		}
	})
}
