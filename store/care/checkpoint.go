package care

import (
	"fmt"

	"kith/store/care/calendar"
	"kith/store/care/erase"
	"kith/store/care/page"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// Version is the version of what a checkpoint holds. One of another version is thrown away and all is folded anew. It goes
// up with the form of a checkpoint, and with every type, key or rule that this program comes to know: only then is shown
// what an earlier program kept unread.
const Version = 8

// MaxRoot is the size limit of a checkpoint's root in bytes.
const MaxRoot = 4 << 10

// ErrVersion says that a checkpoint is of another version.
var ErrVersion = &kp1.Error{ECode: "E_CHECKPOINT_VERSION", Msg: "checkpoint of another version"}

// root is the first thing read of a checkpoint: where all else is.
type root struct {
	V          uint64          `cbor:"v"`
	People     [32]byte        `cbor:"p"`
	Calendar   calendar.Saved  `cbor:"c"`
	Sleepovers sleepover.Saved `cbor:"s"`
	Threads    thread.Saved    `cbor:"t"`
	Erased     page.Ref        `cbor:"e"`
}

// Save writes a checkpoint: put is called once for every section that belongs to it, and root, a few hundred bytes, is
// to be kept beside them and replaced last. A section is named by the hash of its bytes. One whose name is there already
// need not be written, and then its bytes need not be asked for; when root is safe, sections that were not put may go.
// The same events give the same root and sections. The cost is the number of sections, one for about a hundred posts,
// and the bytes of the changed ones. It returns what put returns, or Err.
func (v View) Save(put func(name kp1.ID, bytes func() ([]byte, error)) error) ([]byte, error) {
	shelf := page.Shelf(put)
	r := root{V: Version}
	b, err := v.people.Encode()
	if err != nil {
		return nil, err
	}
	name, err := shelf.Put(b)
	if err != nil {
		return nil, err
	}
	r.People = name
	if r.Calendar, err = v.calendar.Save(shelf); err != nil {
		return nil, err
	}
	if r.Sleepovers, err = v.sleepovers.Save(shelf); err != nil {
		return nil, err
	}
	if r.Threads, err = v.threads.Save(shelf); err != nil {
		return nil, err
	}
	if r.Erased, err = v.erased.Save(shelf); err != nil {
		return nil, err
	}
	if err := v.Err(); err != nil {
		return nil, err
	}
	return kp1.Marshal(r)
}

// Open reads a checkpoint. It reads root, the people, and the lists of pages; of sleepovers, events and posts it reads
// the pages that are looked at, when they are looked at, with load: see page.NewSource for what load promises. Bytes are
// believed only when their hash is their name. It returns ErrVersion, or an error for what no Save would write; a fault
// met later shows in Err.
func Open(rootBytes []byte, load func(name kp1.ID) ([]byte, error)) (View, error) {
	if len(rootBytes) > MaxRoot {
		return View{}, fmt.Errorf("checkpoint root of %d bytes: %w", len(rootBytes), kp1.ErrTooBig)
	}
	var version struct {
		V uint64 `cbor:"v"`
	}
	if err := kp1.Unmarshal(rootBytes, &version); err != nil {
		return View{}, fmt.Errorf("checkpoint root: %w", err)
	}
	if version.V != Version {
		return View{}, ErrVersion
	}
	var r root
	if err := kp1.UnmarshalClosed(rootBytes, &r); err != nil {
		return View{}, fmt.Errorf("checkpoint root: %w", err)
	}
	v := View{src: page.NewSource(load)}
	b, err := v.src.Section(r.People)
	if err != nil {
		return View{}, err
	}
	if v.people, err = people.Open(b); err != nil {
		return View{}, err
	}
	if v.calendar, err = calendar.Open(v.src, r.Calendar); err != nil {
		return View{}, err
	}
	if v.sleepovers, err = sleepover.Open(v.src, r.Sleepovers, v.people.Kin); err != nil {
		return View{}, err
	}
	if v.threads, err = thread.Open(v.src, r.Threads); err != nil {
		return View{}, err
	}
	if v.erased, err = erase.Open(v.src, r.Erased); err != nil {
		return View{}, err
	}
	return v, nil
}

// Err returns the first fault met while reading pages of the checkpoint that v came from, or nil. After one, v lacks
// what could not be read: throw it away, and fold anew from the ops.
func (v View) Err() error { return v.src.Err() }

// encoded is a whole checkpoint in one piece.
type encoded struct {
	_        struct{} `cbor:",toarray"`
	Root     []byte
	Sections [][]byte
}

// Encode returns the whole checkpoint in one piece: equal bytes exactly for equal Views. It reads every page, and is for
// tests and for carrying a View elsewhere.
func (v View) Encode() ([]byte, error) {
	var out encoded
	r, err := v.Save(func(_ kp1.ID, bytes func() ([]byte, error)) error {
		b, err := bytes()
		out.Sections = append(out.Sections, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Root = r
	return kp1.Marshal(out)
}

// MaxEncoded is the size limit of DecodeView in bytes.
const MaxEncoded = 1 << 30

// DecodeView reads what Encode wrote. It keeps b's bytes in use only until it returns a copy of each section.
func DecodeView(b []byte) (View, error) {
	if len(b) > MaxEncoded {
		return View{}, fmt.Errorf("view of %d bytes: %w", len(b), kp1.ErrTooBig)
	}
	var in encoded
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return View{}, fmt.Errorf("view: %w", err)
	}
	sections := make(map[kp1.ID][]byte, len(in.Sections))
	for _, s := range in.Sections {
		sections[kp1.Sum(s)] = s
	}
	return Open(in.Root, func(name kp1.ID) ([]byte, error) {
		s, ok := sections[name]
		if !ok {
			return nil, fmt.Errorf("section %s: %w", name.Short(), errMissing)
		}
		return s, nil
	})
}

// errMissing says that a section is missing.
var errMissing = &kp1.Error{ECode: "E_CHECKPOINT_MISSING", Msg: "section missing"}
