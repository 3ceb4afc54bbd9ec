package link

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/store/kp1"
	"kith/store/op"
)

// hexBytes are bytes written as hex in the vectors.
type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(b []byte) error {
	var s string
	err := json.Unmarshal(b, &s)
	if err == nil {
		*h, err = hex.DecodeString(s)
	}
	return err
}

func (h hexBytes) MarshalJSON() ([]byte, error) { return json.Marshal(hex.EncodeToString(h)) }

type vector struct {
	Name string
	In   struct {
		Kind             Kind
		Peer, Old, BoxIK hexBytes // PeerIDs, and what DeriveKeyPair makes the box key of
		Late, Offer      hexBytes
		Sealed           hexBytes // the offer's box
		Addrs            []string
		Expires          uint64
	}
	Expect struct {
		Seal, Hash, Code, ID, KnockKey, Ask hexBytes
		Spoken, Words                       string
		Text                                string
		FileCode                            hexBytes // of an answer file with that sealed offer and no answer
	}
}

const vectorFile = "../../docs/spec/vectors/device.json"

// work does with a vector's input what both computers do.
func work(t *testing.T, v vector) (out vector) {
	t.Helper()
	out = v
	s := Secret{Kind: v.In.Kind, Peer: v.In.Peer, Box: must[op.BoxKey](t)(op.DeriveBoxKey(v.In.BoxIK)), Late: [16]byte(v.In.Late)}
	a := s.Ask(nil)
	h, c := a.Hash(), a.Code()
	id, k := c.ID(), c.Key()
	e := &out.Expect
	e.Seal, e.Hash, e.Code, e.ID, e.KnockKey = a.Seal[:], h[:], c[:], id[:], k[:]
	e.Ask = must[[]byte](t)(a.Encode())
	spoken := c.Words()
	e.Spoken = strings.Join(spoken[:], " ")
	words := Words(a, s.Late, v.In.Offer, v.In.Old)
	e.Words = strings.Join(words[:], " ")
	e.Text = must[string](t)(Text{Kind: v.In.Kind, Hash: h, Addrs: v.In.Addrs, Expires: v.In.Expires}.Encode())
	fc := FileCode(a, AnswerFile{Offer: v.In.Sealed})
	e.FileCode = fc[:]
	if len(v.In.Sealed) > 0 {
		o, plain, err := s.OpenOffer(v.In.Sealed, v.In.Old)
		if err != nil || !bytes.Equal(plain, v.In.Offer) || len(o.Groups) == 0 {
			t.Errorf("%s: OpenOffer = %+v, %v", v.Name, o, err)
		}
	}
	return out
}

func TestT1LinkVectors(t *testing.T) {
	b, err := os.ReadFile(filepath.FromSlash(vectorFile))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		About   string
		Vectors []vector
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil || len(all.Vectors) == 0 {
		t.Fatalf("%d vectors, %v", len(all.Vectors), err)
	}
	for _, v := range all.Vectors {
		want := must[[]byte](t)(json.Marshal(v.Expect))
		if got := must[[]byte](t)(json.Marshal(work(t, v).Expect)); !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", v.Name, got, want)
		}
		if x, err := ParseText(v.Expect.Text); err != nil || x.Hash != [32]byte(v.Expect.Hash) {
			t.Errorf("%s: ParseText = %v, %v", v.Name, x, err)
		}
		if c, err := ParseWords(v.Expect.Spoken); err != nil || c != Code(v.Expect.Code) {
			t.Errorf("%s: ParseWords = %v, %v", v.Name, c, err)
		}
	}
	if kp1.L(kp1.LabelLinkLate, make([]byte, 16)) == [32]byte(all.Vectors[0].Expect.Seal) {
		t.Error("the first vector holds nothing back")
	}
}
