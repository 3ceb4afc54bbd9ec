package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	system "github.com/zalando/go-keyring"
	"golang.org/x/crypto/argon2"

	"kith/store/kp1"
)

// shelf is a keychain in memory, with faults to order.
type shelf struct {
	mu            sync.Mutex
	items         map[string][]byte
	onGet, onSet  error
	onCall        func() // before each call takes effect
	forgetfulness bool   // Set says yes and keeps nothing
	garbling      bool   // Set says yes and keeps something else
}

func (s *shelf) Get(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.called()
	if s.onGet != nil {
		return nil, s.onGet
	}
	if b, ok := s.items[name]; ok {
		return b, nil
	}
	return nil, ErrNoItem
}

func (s *shelf) Set(name string, secret []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.called()
	if s.onSet != nil || s.forgetfulness {
		return s.onSet
	}
	if s.items == nil {
		s.items = map[string][]byte{}
	}
	s.items[name] = bytes.Clone(secret)
	if s.garbling {
		s.items[name][0] ^= 1
	}
	return nil
}

func (s *shelf) Delete(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.called()
	delete(s.items, name)
	return nil
}

// mend takes the faults away; what was kept stays.
func (s *shelf) mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onGet, s.onSet, s.onCall, s.forgetfulness, s.garbling = nil, nil, nil, false, false
}

func (s *shelf) called() {
	if s.onCall != nil {
		s.onCall()
	}
}

const good = "correct horse battery"

// A sealed probe says whether two AtRests hold the same key.
func sameKey(t *testing.T, a, b *AtRest) {
	t.Helper()
	sealed, err := a.Seal([]byte("b"), []byte("k"), []byte("probe"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open([]byte("b"), []byte("k"), sealed); err != nil {
		t.Errorf("the key over the store is another one: %v", err)
	}
}

func code(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return fmt.Sprint(err)
}

func TestT32Doors(t *testing.T) {
	for _, c := range []struct {
		name       string
		passphrase string
		keychain   bool
		alone      bool
		door       Door
		wrong      string // code for a wrong passphrase
		lost       string // code with an empty keychain; "" opens
		off        string // code with the keychain turned off; "" opens
	}{
		{"passphrase", good, false, false, Door{Passphrase: true}, "E_PASSPHRASE", "", ""},
		{"keychain", "", true, false, Door{Keychain: true}, "", "E_KEYCHAIN_LOST", "E_KEYCHAIN"},
		{"both", "4821", true, false, Door{Passphrase: true, Keychain: true}, "E_PASSPHRASE", "E_KEYCHAIN_LOST", "E_KEYCHAIN"},
		{"both, or the passphrase", good, true, true, Door{Passphrase: true, PassphraseAlone: true}, "E_PASSPHRASE", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := filepath.Join(t.TempDir(), "new", "home")
			if _, err := Unlock(home, c.passphrase, Options{}); code(err) != "E_NO_HOME" {
				t.Errorf("Unlock before Create = %v, want E_NO_HOME", err)
			}
			chain := &shelf{}
			o := Options{PassphraseAlone: c.alone}
			if c.keychain {
				o.Keychain = chain
			}
			o.Passphrase = c.passphrase
			made, err := Create(home, o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Create(home, o); code(err) != "E_HOME_EXISTS" {
				t.Errorf("second Create = %v, want E_HOME_EXISTS", err)
			}
			c.door.Generation = 1
			if d, err := Describe(home); err != nil || d != c.door || !Exists(home) {
				t.Errorf("Describe = %+v, %v; want %+v", d, err, c.door)
			}
			back, err := Unlock(home, " "+c.passphrase+"\n", o)
			if err != nil {
				t.Fatal(err)
			}
			sameKey(t, made, back)
			if got := code0(Unlock(home, "wrong horse battery", o)); got != c.wrong {
				t.Errorf("wrong passphrase: %q, want %q", got, c.wrong)
			}
			if c.wrong != "" {
				if got := code0(Unlock(home, "", o)); got != "E_PASSPHRASE" {
					t.Errorf("no passphrase: %q, want E_PASSPHRASE", got)
				}
			}
			if c.keychain {
				empty := o
				empty.Keychain = &shelf{}
				if got := code0(Unlock(home, c.passphrase, empty)); got != c.lost {
					t.Errorf("empty keychain: %q, want %q", got, c.lost)
				}
				empty.Keychain = nil
				if got := code0(Unlock(home, c.passphrase, empty)); got != c.off {
					t.Errorf("keychain turned off: %q, want %q", got, c.off)
				}
				if err := Wipe(home, o); err != nil || len(chain.items) != 0 || Exists(home) {
					t.Errorf("Wipe = %v, leaves %d items", err, len(chain.items))
				}
			}
		})
	}
}

func code0(_ *AtRest, err error) string {
	if err == nil {
		return ""
	}
	return code(err)
}

func TestAnotherHalfUnderItsNameIsLost(t *testing.T) {
	home, chain := t.TempDir(), &shelf{}
	if _, err := Create(home, Options{Keychain: chain}); err != nil {
		t.Fatal(err)
	}
	for name := range chain.items {
		chain.items[name] = make([]byte, 32)
	}
	_, err := Unlock(home, "", Options{Keychain: chain})
	if !errors.Is(err, ErrKeychainLost) || !errors.Is(err, ErrKeychain) {
		t.Errorf("Unlock = %v, want ErrKeychainLost and ErrKeychain", err)
	}
	chain.onGet = errors.New("locked")
	if _, err := Unlock(home, "", Options{Keychain: chain}); code(err) != "E_KEYCHAIN" {
		t.Errorf("Unlock with a keychain that refuses = %v, want E_KEYCHAIN", err)
	}
}

func TestT32WeakPassphrases(t *testing.T) {
	for _, c := range []struct {
		passphrase string
		alone      bool
		ok         bool
	}{
		{"482193", true, false},          // a PIN is two days of trying
		{"4821930", true, false},         //
		{"1234567890123", true, false},   // 13 digits
		{"12345678901234", true, true},   // 14 digits
		{"aaaaaaaaaaaaaaa", true, false}, //
		{"sevenle", true, false},         // 7
		{"eightlet", true, true},         // 8
		{"", true, false},                //
		{"", false, false},               //
		{"482193", false, true},          // with a keychain's half a PIN will do
		{"482", false, false},            //
		{"４８２１９３", true, false},          // full-width digits are digits
	} {
		if err := CheckPassphrase(c.passphrase, c.alone); (err == nil) != c.ok || err != nil && code(err) != "E_WEAK_PASSPHRASE" {
			t.Errorf("CheckPassphrase(%q, alone %v) = %v, want ok %v", c.passphrase, c.alone, err, c.ok)
		}
	}
	home := t.TempDir()
	for _, o := range []Options{
		{Passphrase: "482193"},
		{},
		{Passphrase: "482193", Keychain: &shelf{}, PassphraseAlone: true},
	} {
		if _, err := Create(home, o); code(err) != "E_WEAK_PASSPHRASE" || Exists(home) {
			t.Errorf("Create(%+v) = %v, want E_WEAK_PASSPHRASE and no vault", o, err)
		}
	}
	long := string(bytes.Repeat([]byte("ab cd "), maxPassphrase))
	if err := CheckPassphrase(long[:maxPassphrase], true); err != nil {
		t.Errorf("passphrase at the limit: %v", err)
	}
	if err := CheckPassphrase(long[:maxPassphrase+1], true); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("passphrase over the limit: %v, want ErrTooBig", err)
	}
}

func TestPassphraseIsTheSameFromAnotherKeyboard(t *testing.T) {
	for _, c := range [][2]string{
		{"caf\u00e9 noir", "cafe\u0301 noir"},
		{"four plain words here", "\tfour\u00a0plain words here \n"},
	} {
		a, errA := tidy(c[0])
		b, errB := tidy(c[1])
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("tidy(%q) = %q, tidy(%q) = %q; want the same", c[0], a, c[1], b)
		}
	}
}

// A vault cut or changed anywhere says so, whatever the passphrase.
func TestVaultDamage(t *testing.T) {
	home, path := sampleVault(t)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, b []byte, want string) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := code0(Unlock(home, good, Options{})); got != want {
			t.Fatalf("%s: %q, want %q", what, got, want)
		}
		if _, err := Describe(home); code(err) != want {
			t.Fatalf("%s: Describe = %v, want %s", what, err, want)
		}
	}
	for i := range len(file) * 8 {
		bad := bytes.Clone(file)
		bad[i/8] ^= 1 << (i % 8)
		try(fmt.Sprintf("bit %d flipped", i), bad, "E_STORE_DAMAGED")
	}
	for n := range file {
		try(fmt.Sprintf("cut to %d bytes", n), file[:n], "E_STORE_DAMAGED")
	}
	try("one byte more", append(bytes.Clone(file), 0), "E_STORE_DAMAGED")
	try("huge", make([]byte, maxVault+1), "E_STORE_DAMAGED")
	newer, err := kp1.Marshal(map[string]any{"v": 2, "x": "something we cannot know"})
	if err != nil {
		t.Fatal(err)
	}
	try("a newer version", withSum(newer), "E_STORE_NEWER")
	padded := append(bytes.Clone(newer[:0]), newer...)
	try("a newer version, changed", append(withSum(padded)[:3], withSum(padded)[4:]...), "E_STORE_DAMAGED")
}

// sampleVault makes a home whose vault opens by passphrase.
func sampleVault(t testing.TB) (home, path string) {
	t.Helper()
	home = t.TempDir()
	if _, err := Create(home, Options{Passphrase: good}); err != nil {
		t.Fatal(err)
	}
	return home, filepath.Join(home, vaultName)
}

func withSum(body []byte) []byte {
	sum := kp1.L(kp1.LabelVault, body)
	return append(bytes.Clone(body), sum[:]...)
}

// Somebody who writes to the disk can make the checksum fit. They get an error all the same, not another key.
func TestVaultForgedWithItsChecksum(t *testing.T) {
	home, chain := t.TempDir(), &shelf{}
	made, err := Create(home, Options{Keychain: chain})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, vaultName)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body := file[:len(file)-sumSize]
	for i := range len(body) * 8 {
		bad := bytes.Clone(body)
		bad[i/8] ^= 1 << (i % 8)
		if err := os.WriteFile(path, withSum(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		switch got := code0(Unlock(home, "", Options{Keychain: chain})); got {
		case "E_STORE_DAMAGED", "E_STORE_NEWER", "E_KEYCHAIN_LOST", "E_PASSPHRASE":
		default:
			t.Fatalf("bit %d flipped under a fitting checksum: %q, want a refusal", i, got)
		}
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := Unlock(home, "", Options{Keychain: chain})
	if err != nil {
		t.Fatal(err)
	}
	sameKey(t, made, back)
}

func TestDecodeVaultRefusesOddLists(t *testing.T) {
	salt, item, check := &[16]byte{1}, &[16]byte{2}, &[16]byte{3}
	for _, c := range []struct {
		name string
		v    vault
		ok   bool
	}{
		{"passphrase", vault{V: 1, Gen: 1, Salt: salt, Wraps: []wrap{{Halves: 2}}}, true},
		{"keychain", vault{V: 1, Gen: 1, Item: item, Check: check, Wraps: []wrap{{Halves: 1}}}, true},
		{"two doors", vault{V: 1, Gen: 9, Salt: salt, Item: item, Check: check, Wraps: []wrap{{Halves: 2}, {Halves: 3}}}, true},
		{"keychain alone beside both", vault{V: 1, Gen: 1, Salt: salt, Item: item, Check: check, Wraps: []wrap{{Halves: 1}, {Halves: 3}}}, false},
		{"no door", vault{V: 1, Gen: 1}, false},
		{"no generation", vault{V: 1, Salt: salt, Wraps: []wrap{{Halves: 2}}}, false},
		{"no version", vault{Gen: 1, Salt: salt, Wraps: []wrap{{Halves: 2}}}, false},
		{"no salt", vault{V: 1, Gen: 1, Wraps: []wrap{{Halves: 2}}}, false},
		{"salt for nothing", vault{V: 1, Gen: 1, Salt: salt, Item: item, Check: check, Wraps: []wrap{{Halves: 1}}}, false},
		{"no check", vault{V: 1, Gen: 1, Item: item, Wraps: []wrap{{Halves: 1}}}, false},
		{"no halves", vault{V: 1, Gen: 1, Salt: salt, Wraps: []wrap{{Halves: 0}}}, false},
		{"unknown halves", vault{V: 1, Gen: 1, Salt: salt, Wraps: []wrap{{Halves: 4}}}, false},
		{"twice", vault{V: 1, Gen: 1, Salt: salt, Wraps: []wrap{{Halves: 2}, {Halves: 2}}}, false},
		{"backwards", vault{V: 1, Gen: 1, Salt: salt, Item: item, Check: check, Wraps: []wrap{{Halves: 3}, {Halves: 2}}}, false},
	} {
		b, err := c.v.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeVault(b); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrVaultDamaged) {
			t.Errorf("%s: decodeVault = %v, want ok %v", c.name, err, c.ok)
		}
	}
}

func TestChangePassphrase(t *testing.T) {
	home, chain := t.TempDir(), &shelf{}
	both := Options{Keychain: chain}
	made, err := Create(home, Options{Passphrase: "4821", Keychain: chain})
	if err != nil {
		t.Fatal(err)
	}
	if err := ChangePassphrase(home, "4822", good, both); code(err) != "E_PASSPHRASE" {
		t.Errorf("with a wrong old one: %v, want E_PASSPHRASE", err)
	}
	if err := ChangePassphrase(home, "4821", "48", both); code(err) != "E_WEAK_PASSPHRASE" {
		t.Errorf("to a weak one: %v, want E_WEAK_PASSPHRASE", err)
	}
	if err := ChangePassphrase(home, "4821", good, both); err != nil {
		t.Fatal(err)
	}
	if got := code0(Unlock(home, "4821", both)); got != "E_PASSPHRASE" {
		t.Errorf("old passphrase afterwards: %q, want E_PASSPHRASE", got)
	}
	if len(chain.items) != 1 {
		t.Errorf("%d items in the keychain, want the new half alone", len(chain.items))
	}
	second := Options{Keychain: chain, PassphraseAlone: true}
	if err := ChangePassphrase(home, good, good, second); err != nil { // a second door
		t.Fatal(err)
	}
	if err := ChangePassphrase(home, good, good, Options{}); err != nil { // leave the keychain
		t.Fatal(err)
	}
	back, err := Unlock(home, good, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sameKey(t, made, back)
}

// Whatever fails half way, the passphrase that was told to work works, and the key is the same.
func TestChangePassphraseLosesNothing(t *testing.T) {
	const old = "old horse battery"
	for _, c := range []struct {
		name  string
		fault func(home string, chain *shelf)
		works string // which passphrase opens afterwards
	}{
		{"keychain refuses", func(_ string, k *shelf) { k.onSet = errors.New("no") }, old},
		{"keychain keeps nothing", func(_ string, k *shelf) { k.forgetfulness = true }, old},
		{"keychain keeps something else", func(_ string, k *shelf) { k.garbling = true }, old},
		{"disk refuses", func(home string, _ *shelf) {
			if err := os.MkdirAll(filepath.Join(home, successorName, "in the way"), 0o700); err != nil {
				panic(err)
			}
		}, old},
		{"killed while writing", func(home string, k *shelf) {
			if err := os.WriteFile(filepath.Join(home, successorName), []byte("half a vau"), 0o600); err != nil {
				panic(err)
			}
			k.onSet = errors.New("as if killed here")
		}, old},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, chain := t.TempDir(), &shelf{}
			o := Options{Keychain: chain}
			made, err := Create(home, Options{Passphrase: old, Keychain: chain})
			if err != nil {
				t.Fatal(err)
			}
			c.fault(home, chain)
			if err := ChangePassphrase(home, old, good, o); err == nil {
				t.Fatal("ChangePassphrase reports success")
			}
			chain.mend()
			back, err := Unlock(home, c.works, o)
			if err != nil {
				t.Fatalf("Unlock afterwards: %v", err)
			}
			sameKey(t, made, back)
		})
	}
}

// What disk and keychain hold at each call to the keychain is what a power cut there would leave. One of the two
// passphrases opens it, and gives the same key.
func TestChangePassphraseCutAtEachCall(t *testing.T) {
	const old = "old horse battery"
	home, chain := t.TempDir(), &shelf{}
	o := Options{Keychain: chain}
	made, err := Create(home, Options{Passphrase: old, Keychain: chain})
	if err != nil {
		t.Fatal(err)
	}
	if err := KeepMark(home, [32]byte{1}, o); err != nil {
		t.Fatal(err)
	}
	type image struct {
		file  []byte
		items map[string][]byte
	}
	var images []image
	chain.onCall = func() {
		b, err := os.ReadFile(filepath.Join(home, vaultName))
		if err != nil {
			t.Error(err)
		}
		images = append(images, image{b, maps.Clone(chain.items)})
	}
	if err := ChangePassphrase(home, old, good, o); err != nil {
		t.Fatal(err)
	}
	if len(images) != 8 { // get old, set new, read it back; the same of the mark, and delete old; delete old
		t.Fatalf("%d calls to the keychain, want 8", len(images))
	}
	for i, img := range images {
		after := t.TempDir()
		if err := os.WriteFile(filepath.Join(after, vaultName), img.file, 0o600); err != nil {
			t.Fatal(err)
		}
		left := Options{Keychain: &shelf{items: img.items}}
		back, err := Unlock(after, old, left)
		if err != nil {
			back, err = Unlock(after, good, left)
		}
		if err != nil {
			t.Fatalf("cut at call %d: %v", i+1, err)
		}
		sameKey(t, made, back)
	}
}

func TestKeychainThatNeverAnswers(t *testing.T) {
	home, chain := t.TempDir(), &shelf{}
	if _, err := Create(home, Options{Keychain: chain}); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		stuck := &waiting{release: make(chan struct{})}
		defer close(stuck.release)
		start := time.Now()
		if _, err := Unlock(home, "", Options{Keychain: stuck}); code(err) != "E_KEYCHAIN" {
			t.Errorf("Unlock = %v, want E_KEYCHAIN", err)
		}
		if took := time.Since(start); took != maxKeychainWait {
			t.Errorf("it took %v, want %v", took, maxKeychainWait)
		}
		start = time.Now()
		other := filepath.Join(home, "other")
		if _, err := Create(other, Options{Keychain: stuck}); code(err) != "E_KEYCHAIN" || Exists(other) {
			t.Errorf("Create = %v, want E_KEYCHAIN and no vault", err)
		}
		if took := time.Since(start); took != maxKeychainWait {
			t.Errorf("Create took %v, want %v", took, maxKeychainWait)
		}
	})
}

// waiting is a locked keychain with nobody there to unlock it.
type waiting struct{ release chan struct{} }

func (w *waiting) Get(string) ([]byte, error) { <-w.release; return nil, ErrNoItem }
func (w *waiting) Set(string, []byte) error   { <-w.release; return nil }
func (w *waiting) Delete(string) error        { <-w.release; return nil }

func TestSystemKeychain(t *testing.T) {
	if k := SystemKeychain("none"); k != nil {
		t.Errorf("SystemKeychain(none) = %v, want nil", k)
	}
	system.MockInit()
	k := SystemKeychain("")
	secret := []byte{0, 1, 2, 0xff}
	if _, err := k.Get("a"); !errors.Is(err, ErrNoItem) {
		t.Errorf("Get of nothing = %v, want ErrNoItem", err)
	}
	if err := k.Set("a", secret); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Get("a"); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("Get = %x, %v; want %x", got, err, secret)
	}
	if err := errors.Join(k.Delete("a")); err != nil {
		t.Error(err)
	}
	if err := k.Delete("a"); !errors.Is(err, ErrNoItem) {
		t.Errorf("second Delete = %v, want ErrNoItem", err)
	}
	home := t.TempDir()
	if _, err := Create(home, Options{Keychain: k}); err != nil {
		t.Fatal(err)
	}
	if _, err := Unlock(home, "", Options{Keychain: k}); err != nil {
		t.Error(err)
	}
	system.MockInitWithError(errors.New("no bus"))
	if _, err := Unlock(home, "", Options{Keychain: k}); code(err) != "E_KEYCHAIN" {
		t.Errorf("Unlock without a bus = %v, want E_KEYCHAIN", err)
	}
}

func TestVaultIsForItsOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("folder rights stand in for file modes here")
		return
	}
	_, path := sampleVault(t)
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v; want 0600", st.Mode(), err)
	}
}

func TestStretchGivesItsMemoryBack(t *testing.T) {
	defer func(remembering func(_, _ []byte, _, _ uint32, _ uint8, _ uint32) []byte) { idKey = remembering }(idKey)
	idKey = argon2.IDKey
	stretch([]byte("x"), make([]byte, 16))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if kept := m.HeapSys - m.HeapReleased; kept > 48<<20 {
		t.Errorf("%d MiB of heap kept after 64 MiB of Argon2id", kept>>20)
	}
}

func TestNewPassphrase(t *testing.T) {
	seen := map[[4]string]bool{}
	for range 1000 {
		w, err := NewPassphrase(nil)
		if err != nil || seen[w] {
			t.Fatalf("NewPassphrase = %v, %v; want a new one each time", w, err)
		}
		seen[w] = true
		if err := CheckPassphrase(w[0]+" "+w[1]+" "+w[2]+" "+w[3], true); err != nil {
			t.Errorf("%v: %v", w, err)
		}
	}
	if w, err := NewPassphrase(bytes.NewReader([]byte{0, 0, 0xff, 0xff, 8, 0, 0, 1})); err != nil || w != [4]string{"abandon", "zoo", "abandon", "ability"} {
		t.Errorf("NewPassphrase = %v, %v", w, err)
	}
	if _, err := NewPassphrase(bytes.NewReader(make([]byte, 7))); err == nil {
		t.Error("seven bytes of chance were enough")
	}
}

func FuzzDecodeVault(f *testing.F) {
	for _, v := range []vault{
		{V: 1, Gen: 1, Salt: &[16]byte{1}, Wraps: []wrap{{Halves: 2}}},
		{V: 1, Gen: 1 << 40, Salt: &[16]byte{1}, Item: &[16]byte{2}, Check: &[16]byte{3}, Wraps: []wrap{{Halves: 2}, {Halves: 3}}},
	} {
		b, err := v.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:len(b)-sumSize])
	}
	f.Add([]byte{})
	f.Add([]byte("\xa1avV\x02"))
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := decodeVault(withSum(body))
		if err != nil {
			if c := code(err); c != "E_STORE_DAMAGED" && c != "E_STORE_NEWER" {
				t.Errorf("decodeVault = %v", err)
			}
			return
		}
		again, err := v.encode()
		if err != nil || !bytes.Equal(again, withSum(body)) {
			t.Errorf("encodes as %x, %v; want %x", again, err, body)
		}
	})
}
