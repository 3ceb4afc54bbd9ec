package keyring

import (
	"errors"
	"fmt"

	"kith/store/kp1"
)

var (
	// ErrOnlyDoor: the vault has no door but the one through the keychain, so taking that away would be a wipe.
	ErrOnlyDoor = &kp1.Error{ECode: "E_PANIC_WIPES", Msg: "only the keychain opens this vault"}
	// ErrKeychainKept: the keychain did not give its half up, or nobody can say so.
	ErrKeychainKept = &kp1.Error{ECode: "E_KEYCHAIN_KEPT", Msg: "keychain still holds its half"}
)

// Panic takes this vault's half out of the keychain, for good: only the passphrase opens the vault from then on (protocol
// 3.7). It needs no passphrase and may take twenty seconds where the keychain is slow. Where a passphrase alone opens
// the vault and the keychain holds nothing, there is nothing to do. It returns ErrOnlyDoor, and does nothing, where the
// keychain's half is needed; ErrKeychainKept where the half may be there still; ErrNoVault and the like.
func Panic(home string, o Options) error {
	v, err := readVault(home)
	if err != nil {
		return err
	}
	if v.Item == nil {
		return nil
	}
	if _, alone := v.wrap(halfPassphrase); !alone {
		return ErrOnlyDoor
	}
	return errors.Join(takeHalf(o.Keychain, v.itemName()), takeHalf(o.Keychain, v.markName()))
}

// takeHalf is dropHalf where it matters that the half is gone.
func takeHalf(k Keychain, name string) error {
	if k == nil {
		return fmt.Errorf("%w: turned off", ErrKeychainKept)
	}
	_, err := inTime(func() (struct{}, error) { return struct{}{}, k.Delete(name) })
	if err != nil && !errors.Is(err, ErrNoItem) {
		return fmt.Errorf("%w: %w", ErrKeychainKept, err)
	}
	half, err := inTime(func() ([]byte, error) { return k.Get(name) })
	clear(half)
	switch {
	case errors.Is(err, ErrNoItem):
		return nil
	case err != nil:
		return fmt.Errorf("%w: read back: %w", ErrKeychainKept, err)
	}
	return fmt.Errorf("%w: it is there still", ErrKeychainKept)
}
