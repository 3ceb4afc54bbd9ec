package verb

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"kith/app/present"
	"kith/app/present/message"
	"kith/store/care/act"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

func fileVerbs() []spec {
	return []spec{
		{"files", "[--group G]", "ctl.help.files", needOpen, runFiles},
		{"save", "ID FILE", "ctl.help.save", needOpen, runSave},
	}
}

// readPart reads what a person wants to give, as far as it may be given, and makes of it what leaves.
func readPart(path string, full bool) (message.Ready, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil || !st.Mode().IsRegular(): // of a pipe nobody knows when it begins
		return message.Ready{}, errNoFile
	case st.Size() > file.Max:
		return message.Ready{}, file.ErrLarge
	}
	f, err := os.Open(path)
	if err != nil {
		return message.Ready{}, fileFault(err)
	}
	data, err := io.ReadAll(io.LimitReader(f, file.Max+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return message.Ready{}, fileFault(err)
	}
	return message.Prepare(filepath.Base(path), data, full)
}

// fileLine is a file of a thread.
type fileLine struct {
	ID     string   `json:"id"`
	Thread string   `json:"thread"`
	By     string   `json:"by"`
	At     string   `json:"at"`
	Name   string   `json:"name"` // empty while Words is not "here"
	Type   string   `json:"type"`
	Size   uint64   `json:"size"`
	Here   uint64   `json:"here"` // bytes of it that are on this computer
	Words  string   `json:"words"`
	For    []string `json:"for,omitempty"`

	id  kp1.ID
	who string
}

type fileList []fileLine

func (l fileList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.files.none")
	}
	var all []string
	for _, f := range l {
		all = append(all, fmt.Sprintf("%s  %s  %s", shortID(f.id), f.who, message.FileLine(f.Name, f.Here, f.Size)))
	}
	return lines(all...)
}

func runFiles(c *call) (result, error) {
	g, err := c.onlyGroup()
	if err != nil {
		return nil, err
	}
	l := fileList{}
	for _, t := range threads(g) {
		for it := range g.Backward(t) {
			if it.IsFile && it.Words != act.Taken {
				l = append(l, fileIn(g, it))
			}
		}
	}
	slices.SortStableFunc(l, func(a, b fileLine) int { return cmp.Compare(b.At, a.At) })
	return l, nil
}

// fileIn is what is known of a file.
func fileIn(g present.Group, it thread.Item) fileLine {
	f := fileLine{
		ID: it.ID.String(), Thread: it.Thread.String(), By: it.Author.String(), At: stamp(it.Time), Name: it.File.Name, Type: it.File.Type,
		Size: it.File.Size, Words: wordStates[it.Words], For: texts(it.For), id: it.ID, who: g.NameOf(it.Author),
	}
	if it.Words == act.Here {
		f.Here, _ = g.FileHere(it.ID)
	}
	return f
}

type saved struct {
	ID    string `json:"id"`
	File  string `json:"file"`
	Name  string `json:"name"`
	Bytes uint64 `json:"bytes"`
}

func (s saved) plain(*call) string { return present.Say("ctl.saved", "File", s.File) }

func runSave(c *call) (result, error) {
	if err := c.parse(2, 2); err != nil {
		return nil, err
	}
	g, it, err := c.fileOf(c.args[0])
	if err != nil {
		return nil, err
	}
	path := c.path(c.args[1])
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		path = filepath.Join(path, it.File.Name)
	}
	if err := c.peer.SaveFile(c.ctx, g.ID, it.ID, path); err != nil {
		return nil, err
	}
	return saved{it.ID.String(), path, it.File.Name, it.File.Size}, nil
}

// fileOf finds a file by the beginning of its id.
func (c *call) fileOf(prefix string) (present.Group, thread.Item, error) {
	return everywhere(c, begins(prefix), func(g present.Group) (all []thread.Item) {
		for _, t := range threads(g) {
			for it := range g.Backward(t) {
				if it.IsFile {
					all = append(all, it)
				}
			}
		}
		return all
	}, func(it thread.Item) string { return it.ID.String() })
}

// given is what became of a file that was given.
type given struct {
	File string   `json:"file"`
	Post string   `json:"post,omitempty"` // the message that went with it
	Name string   `json:"name"`
	Type string   `json:"type"`
	Size int      `json:"size"` // bytes that leave
	For  []string `json:"for,omitempty"`

	words string
}

func (g given) plain(*call) string { return g.words }

// give is post with a file.
func (c *call) give(g present.Group, f thread.File, path, text string, full bool, to present.Audience) (result, error) {
	ready, err := readPart(path, full)
	if err != nil {
		return nil, err
	}
	f.File = ready.File
	post, id, err := c.peer.GiveFile(c.ctx, g.ID, f, ready.Data, text, to)
	if err != nil {
		return nil, err
	}
	out := given{File: id.String(), Name: ready.File.Name, Type: ready.File.Type, Size: len(ready.Data), For: named(g, to), words: c.told(g.ID, id)}
	if !post.IsZero() {
		out.Post = post.String()
	}
	return out, nil
}
