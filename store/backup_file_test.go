package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"kith/store/keyring"
	"kith/store/kp1"
)

// copied is what a backup holds as it was told, written again.
type copied struct {
	w   backupWriter
	buf bytes.Buffer
}

func newCopy() *copied {
	w := &copied{}
	w.w.w = &w.buf
	return w
}

func (w *copied) head(h savedHead) error       { return w.w.putCBOR(backupHead, h) }
func (w *copied) setting(s savedSetting) error { return w.w.putCBOR(backupSetting, s) }
func (w *copied) group(g savedGroup) error     { return w.w.putCBOR(backupGroup, g) }
func (w *copied) keys(r epochRecord) error     { return w.w.putCBOR(backupKeys, r) }
func (w *copied) named(n savedNamed) error     { return w.w.putCBOR(backupNamed, n) }
func (w *copied) envelope(raw []byte) error    { return w.w.put(backupEnvelope, raw) }
func (w *copied) end() error                   { return w.w.putCBOR(backupEnd, w.w.count) }

// smallBackup is the records of a backup of everything there is, without a group of its own.
func smallBackup(t testing.TB) []byte {
	t.Helper()
	w := newCopy()
	for _, err := range []error{
		w.head(savedHead{V: 1, Name: "Ada", At: 1_795_000_000}),
		w.setting(savedSetting{Key: "settings", Value: []byte(`{"lock-after":"5"}`)}),
		w.group(savedGroup{ID: kp1.GID{1}, Genesis: kp1.Link{2}, Member: kp1.MID{3}, Name: "Ada", Heads: []kp1.Link{{4}, {5}}}),
		w.keys(epochRecord{ID: kp1.EID{6}, Key: []keyed{{Comp: 0, Key: [32]byte{7}}, {Comp: 2, Key: [32]byte{8}}}, Cont: []keyed{{Comp: 1, Key: [32]byte{9}}}, Auth: [][]byte{}}),
		w.named(savedNamed{Payload: kp1.Link{10}, Key: [32]byte{11}}),
		w.end(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return w.buf.Bytes()
}

func FuzzBackup(f *testing.F) {
	f.Add(smallBackup(f))
	f.Add([]byte{})
	f.Add([]byte{backupHead, 0, 0, 0, 0})
	f.Add([]byte{backupHead, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newCopy()
		err := readBackup(bytes.NewReader(b), w)
		switch {
		case err == nil && !bytes.Equal(w.buf.Bytes(), b):
			t.Errorf("read %x, which is written as %x", b, w.buf.Bytes())
		case err != nil && !errors.Is(err, ErrBackupDamaged) && !errors.Is(err, ErrBackupNewer):
			t.Errorf("%x: %v", b, err)
		}
	})
}

// sealBackup puts records into an age file that the words of rs open.
func sealBackup(t testing.TB, rs keyring.Recovery, records []byte) []byte {
	t.Helper()
	id, err := age.ParseHybridIdentity(keyring.BackupIdentity(rs))
	if err != nil {
		t.Fatal(err)
	}
	return ageFile(t, id.Recipient(), records)
}

// ageFile is an age file of these records for one who may open it.
func ageFile(t testing.TB, to age.Recipient, records []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(records); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// records are parts of a backup by kind, to be put together wrongly.
func records(t testing.TB, whole []byte) (all [][]byte) {
	t.Helper()
	for len(whole) > 0 {
		n := 5 + int(binary.BigEndian.Uint32(whole[1:]))
		all = append(all, whole[:n])
		whole = whole[n:]
	}
	return all
}

func record(t testing.TB, kind byte, v any) []byte {
	t.Helper()
	w := newCopy()
	if err := w.w.putCBOR(kind, v); err != nil {
		t.Fatal(err)
	}
	return w.buf.Bytes()
}

// TestRestoreOfDamage: each sort of damage has its own refusal, and leaves a home as empty as it was.
func TestRestoreOfDamage(t *testing.T) {
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	_, homes := team(t, "Ada")
	rs := homes[0].Recovery()
	good, err := os.ReadFile(homes[0].backup())
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) []byte {
		b := bytes.Clone(good)
		b[(at+len(b))%len(b)] ^= 1
		return b
	}
	letter := func(at int) []byte { // in the head, of which every byte is a letter of base64
		b := bytes.Clone(good)
		if b[at] = 'A'; good[at] == 'A' {
			b[at] = 'B'
		}
		return b
	}
	plain := records(t, plainOf(t, homes[0].backup(), rs))
	last := len(plain) - 1
	seal := func(parts ...[]byte) []byte { return sealBackup(t, rs, bytes.Join(parts, nil)) }
	join := func(parts [][]byte) []byte { return bytes.Join(parts, nil) }
	headerEnd := bytes.Index(good, []byte("\n---"))
	other := keyring.Recovery{1}
	for _, c := range []struct {
		name string
		file []byte
		rs   keyring.Recovery
		want error
	}{
		{"empty", nil, rs, ErrNotBackup},
		{"a photograph", append([]byte("\xff\xd8\xff\xe0"), good...), rs, ErrNotBackup},
		{"a head without end", append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("-> x y\nAAAA\n"), 2_000)...), rs, ErrBackupDamaged},
		{"somebody else's", good, other, ErrBackupWords},
		{"the box for the key changed", letter(headerEnd - 10), rs, ErrBackupWords},
		{"no letter in the box for the key", append(append(bytes.Clone(good[:headerEnd-10]), '@'), good[headerEnd-9:]...), rs, ErrBackupDamaged},
		{"the head's own seal changed", letter(headerEnd + 10), rs, ErrBackupDamaged},
		{"cut in the head", good[:headerEnd], rs, ErrBackupDamaged},
		{"cut after the head", good[:headerEnd+60], rs, ErrBackupDamaged},
		{"cut in the middle", good[:len(good)/2], rs, ErrBackupDamaged},
		{"one byte short", good[:len(good)-1], rs, ErrBackupDamaged},
		{"the last byte changed", flip(-1), rs, ErrBackupDamaged},
		{"a byte in the middle changed", flip(len(good) / 2), rs, ErrBackupDamaged},
		{"something after its end", append(bytes.Clone(good), 0), rs, ErrBackupDamaged},
		{"a later version", seal(record(t, backupHead, map[string]any{"v": uint64(2), "z": "new"})), rs, ErrBackupNewer},
		{"no record", seal(), rs, ErrBackupDamaged},
		{"no head", seal(plain[1:]...), rs, ErrBackupDamaged},
		{"two heads", seal(plain[0], join(plain)), rs, ErrBackupDamaged},
		{"no end", seal(plain[:last]...), rs, ErrBackupDamaged},
		{"two ends", seal(join(plain), plain[last]), rs, ErrBackupDamaged},
		{"one envelope less", seal(join(plain[:last-1]), plain[last]), rs, ErrBackupDamaged},
		{"a group twice", seal(join(plain[:last]), plain[1], record(t, backupEnd, counted(plain, 2))), rs, ErrBackupDamaged},
		{"an envelope before any group", seal(plain[0], plain[last-1]), rs, ErrBackupDamaged},
		{"keys after an envelope", seal(join(plain[:last]), plain[2], plain[last]), rs, ErrBackupDamaged},
		{"a group of somebody else", seal(smallBackup(t)), rs, ErrBackupDamaged},
		{"a history that is not there", seal(plain[0], plain[1], record(t, backupEnd, savedCount{Groups: 1})), rs, ErrBackupDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "kith.backup")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			home := filepath.Join(dir, "home")
			if err := os.Mkdir(home, 0o700); err != nil {
				t.Fatal(err)
			}
			_, err := Restore(context.Background(), home, rest, path, Restoring{Options: Options{Now: testNow}, Recovery: c.rs, Peer: testPeer})
			if !errors.Is(err, c.want) {
				t.Errorf("Restore = %v, want %v", err, c.want)
			}
			if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
				t.Errorf("the home holds %v, %v", left, err)
			}
		})
	}
	home := t.TempDir()
	o := Restoring{Options: Options{Now: testNow}, Recovery: rs, Peer: testPeer}
	if _, err := Restore(context.Background(), home, rest, filepath.Join(home, "nowhere"), o); !errors.Is(err, ErrNoFile) {
		t.Errorf("Restore of no file = %v, want ErrNoFile", err)
	}
	if _, err := Restore(context.Background(), home, rest, home, o); codeOf(err) != "E_NOT_BACKUP" {
		t.Errorf("Restore of a folder = %v, want E_NOT_BACKUP", err)
	}
	o.Peer = func(ed25519.PublicKey) ([]byte, error) { return nil, kp1.ErrForm }
	path := homes[0].backup()
	if _, err := Restore(context.Background(), home, rest, path, o); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("Restore without a PeerID = %v", err)
	}
	// A power cut half way leaves a folder that the next one clears away.
	if err := os.MkdirAll(filepath.Join(home, restoring), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, restoring, fileName), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Peer = testPeer
	if _, err := Restore(context.Background(), home, rest, path, o); err != nil {
		t.Errorf("Restore after a power cut = %v", err)
	}
}

// counted is what stands at the end of a backup of these records, with another number of groups.
func counted(all [][]byte, groups uint64) (c savedCount) {
	c.Groups = groups
	for _, r := range all {
		switch r[0] {
		case backupKeys:
			c.Keys++
		case backupEnvelope:
			c.Envelopes++
		case backupNamed:
			c.Named++
		}
	}
	return c
}

// TestBackupVectors reads the files of docs/spec/vectors/backup.json.
func TestBackupVectors(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "docs", "spec", "vectors", "backup.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		About   string
		Vectors []struct {
			Name, Kind string
			In         struct{ Words, Passphrase, File, Records string }
			Expect     struct{ Records, Code string }
		}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all.Vectors {
		plain, err := hex.DecodeString(v.In.Records)
		if err != nil {
			t.Fatal(err)
		}
		if v.Kind == "file" {
			file, err := hex.DecodeString(v.In.File)
			if err != nil {
				t.Fatal(err)
			}
			o := Restoring{Passphrase: v.In.Passphrase}
			if v.In.Passphrase == "" {
				if o.Recovery, err = keyring.ParseRecovery(v.In.Words); err != nil {
					t.Fatal(err)
				}
			}
			r, _, err := openBackup(bytes.NewReader(file), o)
			if err != nil {
				t.Errorf("%s: %v", v.Name, err)
				continue
			}
			if plain, err = io.ReadAll(r); err != nil || hex.EncodeToString(plain) != v.Expect.Records {
				t.Errorf("%s: %x, %v, want %s", v.Name, plain, err, v.Expect.Records)
			}
		}
		err = readBackup(bytes.NewReader(plain), newCopy())
		if v.Expect.Code == "" && err != nil || v.Expect.Code != "" && codeOf(err) != v.Expect.Code {
			t.Errorf("%s: %v, want %q", v.Name, err, v.Expect.Code)
		}
	}
	if len(all.Vectors) < 3 || !strings.Contains(all.About, "backup") {
		t.Errorf("%d vectors", len(all.Vectors))
	}
}
