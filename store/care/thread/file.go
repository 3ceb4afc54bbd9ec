package thread

import (
	"kith/store/care/act"
	"kith/store/care/file"
	"kith/store/kp1"
)

// File adds a picture or paper to a thread. Its words are what is said of the file; what is in the file lies in chunks that
// they name. Screens fill Thread, perhaps ReplyTo, and of File name and type; the store and care.Fill write the rest.
type File struct {
	Thread  kp1.ID
	File    file.File
	ReplyTo kp1.ID
	Base    []kp1.ID // as in Post
	After   Place
	act.Worded
}

// Type is "thread/file".
func (File) Type() string { return "thread/file" }

// Refs lists the thread, the post answered and the posts seen.
func (f File) Refs() []kp1.ID { return f.asPost().Refs() }

// Valid asks for a thread, a base that a thread can have, and a file that holds together.
func (f File) Valid() error {
	p := f.asPost()
	p.State = act.Away // it has no text to look at
	if err := p.Valid(); err != nil || f.State != act.Here {
		return err
	}
	return f.File.Valid()
}

// Bare returns the act without what is said of the file.
func (f File) Bare(w act.Words) act.Act {
	f.File, f.State = file.File{}, w
	return f
}

// Parts puts what is said of the file into the payload and all else into the body.
func (f File) Parts() (any, any) {
	b, _ := f.asPost().Parts()
	return b, f.File.Form()
}

// asPost is where the file stands, as a post without words.
func (f File) asPost() Post {
	return Post{Thread: f.Thread, ReplyTo: f.ReplyTo, Base: f.Base, After: f.After, Worded: f.Worded}
}

// item is the file in the view.
func (f File) item(m act.Meta) *Item {
	return &Item{
		Meta: m, Thread: f.Thread, IsFile: true, File: f.File, Words: f.State, ReplyTo: f.ReplyTo,
		At: place(m.Time, f.After), Base: f.Base, after: f.After,
	}
}

// decodeFile reads a File; what is said of the file is closed, unlike the words of other acts.
func decodeFile(bytes, payload []byte) (act.Act, error) {
	if err := act.Fits(bytes, payload); err != nil {
		return nil, err
	}
	var b body
	if err := kp1.Unmarshal(bytes, &b); err != nil {
		return nil, err
	}
	base, err := act.IDs(b.Base, MaxBase)
	if err != nil {
		return nil, err
	}
	f := File{Thread: act.ID(b.Thread), ReplyTo: act.ID(b.Reply), Base: base, After: Place{b.Second, b.Turn}}
	if payload == nil {
		f.State = act.Away
	} else if f.File, err = file.Decode(payload); err != nil {
		return nil, err
	}
	return f, f.Valid()
}
