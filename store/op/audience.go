package op

import "kith/store/kp1"

// Lengths in bytes of an audience's mark, and of the name of a key that was handed over.
const (
	MarkSize   = 16
	HandedSize = 16
)

// Keys of a body by which an op is for named people.
const (
	keyMark     = "am"
	keyAudience = "au"
)

// AudienceMark ties a payload's key to the people it is for and to the device that named them. Who does not hold the
// key cannot make one: so nobody can name other people for a payload that somebody else has sealed.
func AudienceMark(pk [32]byte, g kp1.GID, d kp1.DID, people []kp1.MID) (mark [MarkSize]byte) {
	parts := [][]byte{g[:], d[:]}
	for i := range people {
		parts = append(parts, people[i][:])
	}
	copy(mark[:], kp1.X(pk[:], kp1.Label(kp1.LabelAudience, kp1.LP(parts...)), MarkSize))
	return mark
}

// HandedName is how a Grant says that it hands a device the payload key of an op: only who can read the op knows which.
func HandedName(id kp1.ID, d kp1.DID) (name [HandedSize]byte) {
	sum := kp1.L(kp1.LabelHanded, kp1.LP(id[:], d[:]))
	copy(name[:], sum[:])
	return name
}

// ForPeople returns body with the people for whom alone the op's payload is, and their mark. people must ascend
// strictly; the caller is among them. It wraps kp1.ErrTooBig above kp1.MaxAudience people, and kp1.ErrForm for a body
// that is no canonical map or names people already.
func ForPeople(body []byte, people []kp1.MID, mark [MarkSize]byte) ([]byte, error) {
	switch {
	case len(people) > kp1.MaxAudience:
		return nil, tooBig("audience of %d people", len(people))
	case len(people) == 0 || !ascends(people):
		return nil, malformed("audience of %d people, or not in order", len(people))
	case !isMap(body):
		return nil, malformed("body is no map")
	}
	r := kp1.NewReader(body)
	n := r.Map()
	var before, after []byte // the keys of the body that stand before "am", and those after "au"
	for range n {
		was := r.Rest()
		key := string(r.Text())
		r.Skip()
		pair := was[:len(was)-len(r.Rest())]
		switch {
		case key == keyMark || key == keyAudience:
			r.Fail(malformed("body with an audience"))
		case len(key) < len(keyMark) || len(key) == len(keyMark) && key < keyMark:
			before = append(before, pair...)
		case len(key) > len(keyMark) || key > keyAudience:
			after = append(after, pair...)
		default:
			r.Fail(malformed("body with a key between those of an audience"))
		}
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	out := kp1.AppendMap(nil, n+2)
	out = append(out, before...)
	out = kp1.AppendBytes(kp1.AppendText(out, keyMark), mark[:])
	out = kp1.AppendArray(kp1.AppendText(out, keyAudience), len(people))
	for i := range people {
		out = kp1.AppendBytes(out, people[i][:])
	}
	return append(out, after...), nil
}

func ascends(people []kp1.MID) bool {
	for i := 1; i < len(people); i++ {
		if people[i-1].Compare(people[i]) >= 0 {
			return false
		}
	}
	return true
}

// Marked reports whether pk is the key that the author of the op meant for the people it names. Without that nothing
// says that who sealed the payload and who names the people is the same device.
func (o Op) Marked(pk [32]byte) bool {
	people, err := o.Audience()
	if err != nil || len(people) == 0 {
		return false
	}
	r := kp1.NewReader(o.Body)
	for range r.Map() {
		if string(r.Text()) != keyMark {
			r.Skip()
			continue
		}
		var mark [MarkSize]byte
		r.Fill(mark[:])
		return r.Err() == nil && mark == AudienceMark(pk, o.Group, o.Device, people)
	}
	return false
}

// OpenAudience returns every key that the boxes of a payload hold for a device: who sealed them may have put in more
// than one, and which fits shows when the payload is opened.
func OpenAudience(g kp1.GID, e Envelope, d kp1.DID, k BoxKey) (keys [][32]byte) {
	info := BoxInfo(kp1.LabelAudience, g, e.EID, d)
	for _, b := range e.Boxes {
		plain, err := OpenBox(k, info, b)
		if err != nil {
			continue
		}
		if pk, err := DecodeAudience(plain); err == nil {
			keys = append(keys, pk)
		}
	}
	return keys
}
