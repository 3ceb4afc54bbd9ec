package keyring

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	system "github.com/zalando/go-keyring"
)

// maxKeychainWait is how long one call to a keychain may take: a locked one waits for a person.
const maxKeychainWait = 5 * time.Second

// service is the name under which a person finds our items in their system's keychain.
const service = "kith"

// ErrNoItem is what a Keychain's Get returns for a name it does not hold.
var ErrNoItem = errors.New("no such item")

// Keychain keeps small secrets by name on behalf of the system's user. Calls may block; this package gives up on each
// after five seconds. Set replaces; Delete of a name that is not there is ErrNoItem.
type Keychain interface {
	Get(name string) ([]byte, error)
	Set(name string, secret []byte) error
	Delete(name string) error
}

// SystemKeychain returns the system's keychain, or nil (which all of this package takes for "leave it alone") when
// choice, the value of KITH_KEYCHAIN, is "none".
func SystemKeychain(choice string) Keychain {
	if choice == "none" {
		return nil
	}
	return systemKeychain{}
}

// systemKeychain speaks to the Secret Service, the macOS keychain or the Windows credential manager.
type systemKeychain struct{}

func (systemKeychain) Get(name string) ([]byte, error) {
	text, err := system.Get(service, name)
	if err != nil {
		return nil, noItem(err)
	}
	return base64.RawStdEncoding.DecodeString(text)
}

func (systemKeychain) Set(name string, secret []byte) error {
	return system.Set(service, name, base64.RawStdEncoding.EncodeToString(secret))
}

func (systemKeychain) Delete(name string) error { return noItem(system.Delete(service, name)) }

func noItem(err error) error {
	if errors.Is(err, system.ErrNotFound) {
		return ErrNoItem
	}
	return err
}

// inTime runs one keychain call and gives up on it after maxKeychainWait. A call that never returns keeps its
// goroutine: the libraries beneath offer no way to end it.
func inTime[T any](call func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := call()
		done <- answer{v, err}
	}()
	limit := time.NewTimer(maxKeychainWait)
	defer limit.Stop()
	select {
	case a := <-done:
		return a.v, a.err
	case <-limit.C:
		var none T
		return none, fmt.Errorf("no answer in %v", maxKeychainWait)
	}
}

// getHalf fetches this vault's half, and says which of the two ways it is missing.
func getHalf(k Keychain, name string) ([]byte, error) {
	if k == nil {
		return nil, fmt.Errorf("%w: turned off", ErrKeychain)
	}
	half, err := inTime(func() ([]byte, error) { return k.Get(name) })
	switch {
	case errors.Is(err, ErrNoItem):
		return nil, fmt.Errorf("%w: %w: %w", ErrKeychainLost, ErrKeychain, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrKeychain, err)
	}
	return bytes.Clone(half), nil // the caller overwrites it
}

// putHalf stores a half and reads it back, because some keychains agree to everything.
func putHalf(k Keychain, name string, half []byte) error {
	if _, err := inTime(func() (struct{}, error) { return struct{}{}, k.Set(name, half) }); err != nil {
		return fmt.Errorf("%w: %w", ErrKeychain, err)
	}
	back, err := inTime(func() ([]byte, error) { return k.Get(name) })
	if err != nil {
		return fmt.Errorf("%w: read back: %w", ErrKeychain, err)
	}
	if string(back) != string(half) {
		return fmt.Errorf("%w: read back something else", ErrKeychain)
	}
	return nil
}

// dropHalf deletes a half that no vault needs any more. An item left behind opens nothing, so it is no error.
func dropHalf(k Keychain, name string) {
	if k == nil || name == "" {
		return
	}
	_, _ = inTime(func() (struct{}, error) { return struct{}{}, k.Delete(name) })
}
