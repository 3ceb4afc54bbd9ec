package peer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"kith/app/present"
	"kith/store"
	"kith/store/keyring"
)

// Places are where a person keeps files: the usual folders that are there, and memory sticks.
func (p *Peer) Places(context.Context) []present.Folder {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	var out []present.Folder
	for _, f := range []present.Folder{
		{Kind: present.FolderDocuments, Path: filepath.Join(home, "Documents")},
		{Kind: present.FolderDesktop, Path: filepath.Join(home, "Desktop")},
		{Kind: present.FolderDownloads, Path: filepath.Join(home, "Downloads")},
	} {
		if isDir(f.Path) {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		out = append(out, present.Folder{Kind: present.FolderHome, Path: home})
	}
	for _, dir := range sticks(filepath.Base(home)) {
		out = append(out, present.Folder{Kind: present.FolderStick, Name: filepath.Base(dir), Path: dir})
	}
	return out
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

// maxSticks bounds how many memory sticks are offered.
const maxSticks = 6

// sticks are where this system shows memory sticks. Windows gives them letters, which say nothing: a person types those.
func sticks(user string) (out []string) {
	pattern := []string{filepath.Join("/media", user, "*"), filepath.Join("/run/media", user, "*")}
	switch runtime.GOOS {
	case "darwin":
		pattern = []string{"/Volumes/*"}
	case "windows":
		return nil
	}
	for _, at := range pattern {
		found, err := filepath.Glob(at)
		if err != nil {
			continue
		}
		for _, dir := range found {
			if isDir(dir) && len(out) < maxSticks {
				out = append(out, dir)
			}
		}
	}
	return out
}

// maxFound bounds how many files are listed.
const maxFound = 12

// Files are the files in the Places, and among the pictures, whose names end in suffix, newest first. Only names are looked at: what a file is, its
// first lines say when it is opened.
func (p *Peer) Files(ctx context.Context, suffix string) []present.FoundFile {
	var out []present.FoundFile
	dirs := p.Places(ctx)
	if home, err := os.UserHomeDir(); err == nil { // where telephones and cameras put theirs
		dirs = append(dirs, present.Folder{Path: filepath.Join(home, "Pictures")})
	}
	for _, f := range dirs {
		all, err := os.ReadDir(f.Path)
		if err != nil {
			continue
		}
		for _, e := range all {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || !strings.HasSuffix(e.Name(), suffix) || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			out = append(out, present.FoundFile{Path: filepath.Join(f.Path, e.Name()), At: info.ModTime(), Size: info.Size()})
		}
	}
	slices.SortStableFunc(out, func(a, b present.FoundFile) int { return b.At.Compare(a.At) })
	return out[:min(len(out), maxFound)]
}

// WriteFile makes a new file for this person alone.
func (p *Peer) WriteFile(_ context.Context, path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return store.ErrFileExists
	case errors.Is(err, fs.ErrNotExist):
		return store.ErrNoFile
	case err != nil:
		return &fault{"E_DISK", "a file could not be made"}
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(&fault{"E_DISK", "a file could not be written"}, os.Remove(path))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made == nil {
		p.made = map[string]bool{}
	}
	p.made[path] = true
	return nil
}

// DeleteFile takes away a file that WriteFile has made.
func (p *Peer) DeleteFile(_ context.Context, path string) error {
	p.mu.Lock()
	ours := p.made[path]
	delete(p.made, path)
	p.mu.Unlock()
	if !ours {
		return store.ErrNoFile
	}
	if err := os.Remove(path); err != nil {
		return store.ErrNoFile
	}
	return nil
}

// Recovery returns the twelve words, to who knows the passphrase. A home that the keychain alone opens has none.
func (p *Peer) Recovery(_ context.Context, passphrase string) (words [12]string, err error) {
	in, err := p.now()
	if err != nil {
		return words, err
	}
	p.turn.Lock() // one guess at a time, whoever guesses
	rest, err := keyring.Unlock(p.home, passphrase, keyring.Options{Keychain: p.o.Keychain})
	p.turn.Unlock()
	if err != nil {
		return words, err
	}
	rest.Forget()
	return in.ledger.Recovery().Words(), nil
}

// PanicWipes reports whether Panic would be a wipe: the keychain alone opens the home.
func (p *Peer) PanicWipes() (bool, error) {
	door, err := keyring.Describe(p.home)
	return door.Keychain, err
}
