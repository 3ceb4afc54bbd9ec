package keyring

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"golang.org/x/crypto/argon2"
)

// TestMain stretches each passphrase with its salt once: the tests open the same few vaults again and again.
func TestMain(m *testing.M) {
	known := map[string][]byte{} // stretch comes here one at a time
	idKey = func(secret, salt []byte, passes, memory uint32, threads uint8, size uint32) []byte {
		asked := fmt.Sprintf("%x %x %d %d %d %d", secret, salt, passes, memory, threads, size)
		if _, ok := known[asked]; !ok {
			known[asked] = argon2.IDKey(secret, salt, passes, memory, threads, size)
		}
		return bytes.Clone(known[asked]) // whoever asked clears it
	}
	os.Exit(m.Run())
}
