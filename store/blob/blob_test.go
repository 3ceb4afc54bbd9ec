package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care/file"
	"kith/store/kp1"
	"kith/store/op"
)

type steady byte

func (s steady) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s)
	}
	return len(b), nil
}

var sealing = Sealing{Rand: steady(3), Group: kp1.GID{2}, Epoch: kp1.EID{4}, Comp: kp1.CompTeam, Week: 2_968, Key: [32]byte{6}}

// cut returns the chunks of some bytes.
func cut(t testing.TB, data []byte, s Sealing) (file.File, []op.Envelope) {
	t.Helper()
	var all []op.Envelope
	ids, err := Cut(bytes.NewReader(data), int64(len(data)), s, func(e op.Envelope) error { all = append(all, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	f := file.File{Name: "picnic.jpg", Type: "image/jpeg", Size: uint64(len(data)), Chunks: ids}
	if err := f.Valid(); err != nil {
		t.Fatal(err)
	}
	return f, all
}

// page is a file in memory.
type page struct {
	b    []byte
	fail error
}

func (p *page) WriteAt(b []byte, off int64) (int, error) {
	if p.fail != nil {
		return 0, p.fail
	}
	if need := int(off) + len(b); need > len(p.b) {
		p.b = append(p.b, make([]byte, need-len(p.b))...)
	}
	return copy(p.b[off:], b), nil
}

func join(f file.File, s Sealing, to io.WriterAt) *Join {
	return NewJoin(f, s.Group, s.Comp, s.Key, to)
}

func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed)}).Read(b)
	return b
}

// TestFileComesBack: in any order, with doubles, cut off and taken up again, from two sources by turns.
func TestFileComesBack(t *testing.T) {
	for _, n := range []int{1, kp1.MaxPayload - 1, kp1.MaxPayload, kp1.MaxPayload + 1, 3*kp1.MaxPayload + 77} {
		data := noise(n, 1)
		f, all := cut(t, data, sealing)
		to := &page{}
		j := join(f, sealing, to)
		for i := len(all) - 1; i >= 0; i-- {
			if j.Done() {
				t.Errorf("%d bytes: done before chunk %d came", n, i)
			}
			for range 2 {
				if err := j.Take(all[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !j.Done() || len(j.Lacks()) > 0 || !bytes.Equal(to.b, data) {
			t.Errorf("%d bytes came back as %d, lacking %d", n, len(to.b), len(j.Lacks()))
		}
	}
	data := noise(5*kp1.MaxPayload-9, 2)
	f, all := cut(t, data, sealing)
	to := &page{}
	first := join(f, sealing, to)
	for _, i := range []int{4, 1} {
		if err := first.Take(all[i]); err != nil {
			t.Fatal(err)
		}
	}
	again := join(f, sealing, to) // after the power was gone
	again.Have(f.Chunks[4])
	again.Have(f.Chunks[1])
	lacks := again.Lacks()
	if len(lacks) != 3 || lacks[0] != f.Chunks[0] || lacks[1] != f.Chunks[2] || lacks[2] != f.Chunks[3] {
		t.Fatalf("after half of it: lacks %d", len(lacks))
	}
	byID := map[kp1.ID]op.Envelope{}
	for _, e := range all {
		byID[e.ID] = e
	}
	for k := range lacks { // one source begins at the front, the other at the back
		id := lacks[k/2]
		if k%2 == 1 {
			id = lacks[len(lacks)-1-k/2]
		}
		if err := again.Take(byID[id]); err != nil {
			t.Fatal(err)
		}
	}
	if !again.Done() || !bytes.Equal(to.b, data) {
		t.Errorf("taken up again: %d lack", len(again.Lacks()))
	}
}

func TestAnyOrderAnyLosses(t *testing.T) {
	data := noise(6*kp1.MaxPayload+5, 3)
	f, all := cut(t, data, sealing)
	rapid.Check(t, func(t *rapid.T) {
		to := &page{}
		j := join(f, sealing, to)
		came := map[int]bool{}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 0, 12).Draw(t, "come") {
			if err := j.Take(all[i]); err != nil {
				t.Fatal(err)
			}
			came[i] = true
		}
		if got := len(j.Lacks()); got != len(all)-len(came) || j.Done() != (got == 0) {
			t.Fatalf("lacks %d of %d after %d came", got, len(all), len(came))
		}
		for i := range came {
			if at := i * kp1.MaxPayload; !bytes.Equal(to.b[at:at+f.Len(i)], data[at:at+f.Len(i)]) {
				t.Fatalf("chunk %d is not what was sent", i)
			}
		}
	})
}

// TestF13StrangeChunks: what is no chunk, or is one of another place, group, file or key, is written nowhere.
func TestF13StrangeChunks(t *testing.T) {
	f, all := cut(t, noise(2*kp1.MaxPayload, 4), sealing)
	other, others := cut(t, noise(2*kp1.MaxPayload, 5), sealing)
	to := &page{}
	if err := join(f, sealing, to).Take(others[0]); !errors.Is(err, ErrStranger) {
		t.Errorf("a chunk of another file: %v, want ErrStranger", err)
	}
	swapped := f
	swapped.Chunks = []kp1.ID{f.Chunks[1], f.Chunks[0]}
	if err := join(swapped, sealing, to).Take(all[0]); !errors.Is(err, op.ErrNoKey) && !errors.Is(err, kp1.ErrForm) {
		t.Errorf("a chunk in another's place: %v", err)
	}
	mixed := f
	mixed.Chunks = []kp1.ID{other.Chunks[0], f.Chunks[1]}
	if err := join(mixed, sealing, &page{}).Take(others[0]); err != nil {
		t.Errorf("a chunk that a later file uses again: %v", err)
	}
	for name, s := range map[string]Sealing{
		"another key":         {Group: sealing.Group, Comp: sealing.Comp, Key: [32]byte{7}},
		"another group":       {Group: kp1.GID{9}, Comp: sealing.Comp, Key: sealing.Key},
		"another compartment": {Group: sealing.Group, Comp: kp1.CompAll, Key: sealing.Key},
	} {
		if err := join(f, s, to).Take(all[0]); !errors.Is(err, op.ErrNoKey) {
			t.Errorf("under %s: %v, want ErrNoKey", name, err)
		}
	}
	short, err := op.SealChunk(steady(1), sealing.Group, sealing.Epoch, sealing.Comp, sealing.Week, sealing.Key, 1, noise(100, 6))
	if err != nil {
		t.Fatal(err)
	}
	lying := f
	lying.Chunks = []kp1.ID{short.ID, f.Chunks[1]}
	if err := join(lying, sealing, to).Take(short); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("a chunk that is too short: %v, want ErrForm", err)
	}
	if len(to.b) > 0 {
		t.Errorf("%d bytes were written", len(to.b))
	}
	full := &page{fail: errors.New("disk full")}
	j := join(f, sealing, full)
	if err := j.Take(all[0]); !errors.Is(err, full.fail) || len(j.Lacks()) != 2 {
		t.Errorf("a full disk: %v, lacking %d", err, len(j.Lacks()))
	}
}

// TestT8FileLimits: each at its limit and one beyond it, before a byte is read.
func TestT8FileLimits(t *testing.T) {
	none := func(op.Envelope) error { return nil }
	for size, want := range map[int64]error{-1: file.ErrEmpty, 0: file.ErrEmpty, file.Max + 1: file.ErrLarge, 1 << 40: file.ErrLarge} {
		if _, err := Cut(refuses{}, size, sealing, none); !errors.Is(err, want) {
			t.Errorf("Cut of %d bytes = %v, want %v", size, err, want)
		}
	}
	n := 0
	ids, err := Cut(io.LimitReader(steady(1), file.Max), file.Max, sealing, func(e op.Envelope) error { n++; return nil })
	if err != nil || len(ids) != file.MaxChunks || n != file.MaxChunks || file.MaxChunks != 134 {
		t.Errorf("Cut of 25 MiB = %d chunks of %d, %v", len(ids), file.MaxChunks, err)
	}
	whole := file.File{Name: "a", Type: "a/b", Size: file.Max, Chunks: ids}
	b, err := whole.Encode()
	if err != nil || len(b) > file.MaxForm || len(b) > kp1.MaxPayload {
		t.Errorf("25 MiB are said in %d bytes, %v", len(b), err)
	}
	for name, x := range map[string]struct {
		change func(*file.File)
		want   error
	}{
		"as it is":          {func(*file.File) {}, nil},
		"a byte more":       {func(f *file.File) { f.Size++ }, file.ErrLarge},
		"nothing":           {func(f *file.File) { f.Size, f.Chunks = 0, nil }, file.ErrEmpty},
		"a chunk too few":   {func(f *file.File) { f.Chunks = f.Chunks[1:] }, kp1.ErrForm},
		"a chunk too many":  {func(f *file.File) { f.Size = kp1.MaxPayload; f.Chunks = f.Chunks[:2] }, kp1.ErrForm},
		"a chunk twice":     {func(f *file.File) { f.Size = kp1.MaxPayload + 1; f.Chunks = []kp1.ID{{1}, {1}} }, kp1.ErrForm},
		"the longest name":  {func(f *file.File) { f.Name = strings.Repeat("n", file.MaxName) }, nil},
		"a longer name":     {func(f *file.File) { f.Name = strings.Repeat("n", file.MaxName+1) }, kp1.ErrTooBig},
		"no name":           {func(f *file.File) { f.Name = "" }, kp1.ErrForm},
		"a name with a way": {func(f *file.File) { f.Name = "../.bashrc" }, kp1.ErrForm},
		"a turned name":     {func(f *file.File) { f.Name = "photo\u202egpj.exe" }, kp1.ErrForm},
		"the longest type":  {func(f *file.File) { f.Type = "a/" + strings.Repeat("b", file.MaxType-2) }, nil},
		"a longer type":     {func(f *file.File) { f.Type = "a/" + strings.Repeat("b", file.MaxType-1) }, kp1.ErrTooBig},
		"no type":           {func(f *file.File) { f.Type = "" }, kp1.ErrForm},
		"half a type":       {func(f *file.File) { f.Type = "image/" }, kp1.ErrForm},
		"a type that says":  {func(f *file.File) { f.Type = "text/html; x=<y>" }, kp1.ErrForm},
	} {
		f := whole
		x.change(&f)
		if _, err := f.Encode(); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
	if _, err := file.Decode(make([]byte, file.MaxForm+1)); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("a byte more than any file is said in: %v", err)
	}
	for name, x := range map[string]struct {
		r    io.Reader
		want error
	}{"shorter": {strings.NewReader("abc"), ErrChanged}, "longer": {strings.NewReader("abcde"), ErrChanged}, "pulled out": {refuses{}, errRefused}} {
		if _, err := Cut(x.r, 4, sealing, none); !errors.Is(err, x.want) {
			t.Errorf("a file that is %s: %v, want %v", name, err, x.want)
		}
	}
	if _, err := Cut(strings.NewReader("abcd"), 4, sealing, func(op.Envelope) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("a disk that takes no chunk: %v", err)
	}
}

type refuses struct{}

var errRefused = errors.New("refused")

func (refuses) Read([]byte) (int, error) { return 0, errRefused }

type vector struct {
	Name string
	In   struct {
		Group, Epoch, Key, Rand string
		Comp                    uint8
		Week                    uint64
		Fill                    byte // the file: this byte
		Size                    int  // so many times
		FileName, Type          string
	}
	Expect struct {
		Chunks  []string
		Payload string // what the op's payload says, encoded
		Sum     string // SHA-256 of the last chunk's envelope
	}
}

const vectorFile = "../../docs/spec/vectors/file.json"

func TestT1FileVectors(t *testing.T) {
	b, err := os.ReadFile(filepath.FromSlash(vectorFile))
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(b, &all); err != nil || len(all) < 2 {
		t.Fatalf("%d vectors, %v", len(all), err)
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, v := range all {
		s := Sealing{
			Rand: steady(unhex(v.In.Rand)[0]), Group: kp1.GID(unhex(v.In.Group)), Epoch: kp1.EID(unhex(v.In.Epoch)), Comp: v.In.Comp,
			Week: v.In.Week, Key: [32]byte(unhex(v.In.Key)),
		}
		data := bytes.Repeat([]byte{v.In.Fill}, v.In.Size)
		f, envs := cut(t, data, s)
		f.Name, f.Type = v.In.FileName, v.In.Type
		raw, err := f.Encode()
		if err != nil || hex.EncodeToString(raw) != v.Expect.Payload {
			t.Errorf("%s: the payload is %x, %v, want %s", v.Name, raw, err, v.Expect.Payload)
		}
		for i, id := range f.Chunks {
			if i >= len(v.Expect.Chunks) || hex.EncodeToString(id[:]) != v.Expect.Chunks[i] {
				t.Errorf("%s: chunk %d is %x, want %v", v.Name, i+1, id, v.Expect.Chunks)
			}
		}
		if sum := sha256.Sum256(envs[len(envs)-1].Bytes); hex.EncodeToString(sum[:]) != v.Expect.Sum {
			t.Errorf("%s: the last chunk is %x, want %s", v.Name, sum, v.Expect.Sum)
		}
		got, err := file.Decode(unhex(v.Expect.Payload))
		if err != nil || got.Name != v.In.FileName || got.Size != uint64(v.In.Size) {
			t.Errorf("%s: file.Decode = %+v, %v", v.Name, got, err)
		}
	}
}
