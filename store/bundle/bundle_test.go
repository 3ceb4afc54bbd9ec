package bundle

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"kith/store/kp1"
	"kith/store/op"
)

func TestRoundTrip(t *testing.T) {
	ada := device(t, 1)
	for _, n := range []int{0, 1, dataSize - 1, dataSize, dataSize + 1, 2 * dataSize} {
		data := bytes.Repeat([]byte{9}, n)
		b := sealed(t, data, ada)
		got, err := read(b, as(ada))
		if err != nil || len(got) != 1 || !bytes.Equal(got[0], data) {
			t.Errorf("%d bytes came back as %d parcels, %v", n, len(got), err)
		}
		blocks := max(1, (n+dataSize-1)/dataSize)
		if want := len(magic) + idSize + 1 + 8*slotSize + 32 + blocks*(1+blockSize); len(b) != want {
			t.Errorf("%d bytes lie in %d, want %d", n, len(b), want)
		}
	}
}

// TestOpensForItsDevicesAlone: a parcel is for the devices that were named, and for the invite it was made for; nothing
// in it tells the two kinds apart but the keys.
func TestOpensForItsDevicesAlone(t *testing.T) {
	ada, sue, removed := device(t, 1), device(t, 2), device(t, 3)
	b := sealed(t, []byte("hello"), ada, sue)
	invite := [32]byte{5}
	var c bytes.Buffer
	w := must[*Writer](t)(NewWriter(&c, steady(8)))
	p := must[*Parcel](t)(w.ForInvite(invite))
	must[int](t)(p.Write([]byte("hello")))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if len(b) != c.Len() {
		t.Errorf("a parcel for an invite is of %d bytes, one for devices of %d", c.Len(), len(b))
	}
	for name, x := range map[string]struct {
		b    []byte
		open func(*Opening) bool
		want bool
	}{
		"Ada":                         {b, as(ada), true},
		"Sue":                         {b, as(sue), true},
		"who was removed":             {b, as(removed), false},
		"Ada's key under Sue's name":  {b, as(who{sue.id, ada.key}), false},
		"Ada in another group":        {b, func(o *Opening) bool { return o.ByDevice(kp1.GID{2}, ada.id, ada.key) }, false},
		"who has an invite":           {b, func(o *Opening) bool { return o.ByInvite(invite) }, false},
		"the invite's":                {c.Bytes(), func(o *Opening) bool { return o.ByInvite(invite) }, true},
		"another invite's":            {c.Bytes(), func(o *Opening) bool { return o.ByInvite([32]byte{6}) }, false},
		"Ada, of one for an invite":   {c.Bytes(), as(ada), false},
		"nobody, and reads it anyway": {b, func(*Opening) bool { return false }, false},
	} {
		if got, err := read(x.b, x.open); err != nil || (len(got) == 1) != x.want {
			t.Errorf("%s: %d parcels, %v, want opened %v", name, len(got), err, x.want)
		}
	}
	r := must[*Reader](t)(NewReader(bytes.NewReader(b)))
	o := must[*Opening](t)(r.Next())
	if _, err := o.Read(make([]byte, 1)); !errors.Is(err, op.ErrNoKey) {
		t.Errorf("a shut parcel reads %v, want ErrNoKey", err)
	}
}

// TestParcelsOneAfterTheOther: what is not opened, and what is not read to its end, is left out.
func TestParcelsOneAfterTheOther(t *testing.T) {
	ada, sue := device(t, 1), device(t, 2)
	var b bytes.Buffer
	w := must[*Writer](t)(NewWriter(&b, steady(7)))
	for i, d := range []who{ada, sue, ada} {
		p := must[*Parcel](t)(w.ForDevices(elm, []Device{d.to()}))
		if _, err := w.ForInvite([32]byte{1}); err == nil {
			t.Error("a parcel inside a parcel was begun")
		}
		must[int](t)(p.Write(bytes.Repeat([]byte{byte(i)}, dataSize*i+1)))
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := read(b.Bytes(), as(ada))
	if err != nil || len(got) != 2 || len(got[0]) != 1 || len(got[1]) != 2*dataSize+1 {
		t.Fatalf("Ada's parcels: %d, %v", len(got), err)
	}
	r := must[*Reader](t)(NewReader(&b))
	for range 3 {
		o := must[*Opening](t)(r.Next())
		o.ByDevice(elm, ada.id, ada.key)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last parcel: %v, want io.EOF", err)
	}
}

// TestF13CutOrChanged: whatever was cut off or changed, nothing that its writer did not write is handed out, and the end is
// never taken for the end.
func TestF13CutOrChanged(t *testing.T) {
	ada := device(t, 1)
	data := bytes.Repeat([]byte("carried "), dataSize/8+100)
	b := sealed(t, data, ada)
	head := len(magic) + idSize + 1 + 8*slotSize + 32
	for _, n := range []int{len(magic), len(magic) + 3, len(magic) + idSize + 1, head - 1, head, head + 1, head + blockSize, head + 1 + blockSize, len(b) - 1} {
		got, err := read(b[:n], as(ada))
		if !errors.Is(err, ErrDamaged) || len(got) != 0 {
			t.Errorf("cut after %d of %d bytes: %d parcels, %v, want ErrDamaged", n, len(b), len(got), err)
		}
	}
	for _, at := range []int{len(magic) + 2, len(magic) + idSize + 1 + 40, head - 1, head + 1, head + 300, head + 1 + blockSize, len(b) - 1} {
		bad := slices.Clone(b)
		bad[at] ^= 1
		if got, err := read(bad, as(ada)); len(got) > 0 || err == nil && at >= head {
			t.Errorf("byte %d changed: %d parcels, %v", at, len(got), err)
		}
	}
	// The first block alone, marked as the last; and both, the other way round.
	short := slices.Clone(b[:head+1+blockSize])
	short[head] = markLast
	first, second := b[head:head+1+blockSize], b[head+1+blockSize:]
	for what, bad := range map[string][]byte{
		"a block that ends too early": short,
		"blocks exchanged":            slices.Concat(b[:head], []byte{markMore}, second[1:], []byte{markLast}, first[1:]),
		"something after the end":     append(slices.Clone(b), 0),
		"a block twice":               slices.Concat(b[:head], first, first, second),
		"no parcel":                   b[:len(magic)],
	} {
		got, err := read(bad, as(ada))
		if !errors.Is(err, ErrDamaged) || what != "something after the end" && len(got) > 0 {
			t.Errorf("%s: %d parcels, %v, want ErrDamaged", what, len(got), err)
		}
	}
}

func TestWhatIsNoBundle(t *testing.T) {
	for in, want := range map[string]error{
		"": ErrNot, "hello": ErrNot, "age-encryption.org/v1\n": ErrNot, "kith link ask 1\n": ErrNot,
		"kith bundle 2\n": ErrNewer, "kith bundle 10\nx": ErrNewer, "kith bundle x\n": ErrDamaged, "kith bundle ": ErrDamaged, "kith bundle 1": ErrDamaged,
	} {
		if _, err := NewReader(bytes.NewReader([]byte(in))); !errors.Is(err, want) {
			t.Errorf("NewReader(%q) = %v, want %v", in, err, want)
		}
	}
	if _, err := NewReader(io.MultiReader(bytes.NewReader([]byte("kith")), broken{})); !errors.Is(err, errBroken) {
		t.Errorf("a disk that refuses: %v", err)
	}
}

type broken struct{}

var errBroken = errors.New("pulled out")

func (broken) Read([]byte) (int, error) { return 0, errBroken }

// TestT8BundleLimits: 200 devices fit a parcel and 1,024 slots a bundle, and not one more; a number of slots that nobody
// writes is refused before anything is read.
func TestT8BundleLimits(t *testing.T) {
	for n, want := range map[int]int{1: 8, 8: 8, 9: 16, 64: 64, 65: 128, 129: 200, 200: 200} {
		if got := slotsFor(n); got != want || !mayHave(got) {
			t.Errorf("slotsFor(%d) = %d, want %d", n, got, want)
		}
	}
	for _, n := range []int{0, 1, 7, 9, 24, 127, 199, 201, 255} {
		if mayHave(n) {
			t.Errorf("a parcel may have %d slots", n)
		}
		b := slices.Concat([]byte(magic), make([]byte, idSize), []byte{byte(n)}, make([]byte, 300_000))
		if _, err := read(b, func(*Opening) bool { return false }); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d slots: %v, want ErrDamaged", n, err)
		}
	}
	to := device(t, 1).to()
	w := must[*Writer](t)(NewWriter(io.Discard, steady(1)))
	if _, err := w.ForDevices(elm, slices.Repeat([]Device{to}, maxSlots+1)); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("201 devices: %v, want ErrTooBig", err)
	}
	// A file's slots are counted: each is tried with every key there is.
	parcel := slices.Concat(make([]byte, idSize), []byte{200}, make([]byte, 200*slotSize+32), []byte{markLast}, make([]byte, blockSize))
	last := slices.Concat(make([]byte, idSize), []byte{16}, make([]byte, 16*slotSize+32), []byte{markLast}, make([]byte, blockSize))
	few := slices.Concat(make([]byte, idSize), []byte{8}, make([]byte, 8*slotSize+32), []byte{markLast}, make([]byte, blockSize))
	full := slices.Concat([]byte(magic), parcel, parcel, parcel, parcel, parcel, last, few)
	shut := func(*Opening) bool { return false }
	if _, err := read(full, shut); err != nil {
		t.Errorf("%d slots: %v", 5*200+16+8, err)
	}
	if _, err := read(append(full, few...), shut); !errors.Is(err, ErrDamaged) {
		t.Errorf("%d slots: %v, want ErrDamaged", 5*200+16+16, err)
	}
	w = must[*Writer](t)(NewWriter(io.Discard, steady(1)))
	w.used = maxTried - leastSlots
	p := must[*Parcel](t)(w.ForInvite([32]byte{}))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ForInvite([32]byte{}); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("a slot too many: %v, want ErrTooBig", err)
	}
}
