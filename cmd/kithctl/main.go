// Command kithctl is Kith without a window: every verb of docs/kithctl.md, for scripts, tests and screen readers. It
// reads the world, hands it to cmd/internal/verb and exits.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"kith/cmd/internal/bench"
	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/store/keyring"
)

// version is what kithctl says it is; FyneApp.toml says the same.
const version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	home, err := verb.DefaultHome()
	if err != nil {
		home = "" // then --home is needed, and verb says so
	}
	h := verb.Host{
		Home: home, Version: version, Bench: bench.Run,
		Open: func(home string) (verb.Peer, error) {
			return peer.New(home, peer.Options{Keychain: keyring.SystemKeychain(os.Getenv("KITH_KEYCHAIN"))}), nil
		},
	}
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) { //nolint:gosec // a file descriptor is small
		h.Passphrase = func(prompt string) (string, error) { return ask(fd, prompt) }
	} else {
		h.Stdin = os.Stdin
	}
	return verb.Main(ctx, args, h)
}

var errNoAnswer = errors.New("no passphrase was typed")

// ask reads a passphrase from the terminal without showing it.
func ask(fd int, prompt string) (string, error) {
	if _, err := fmt.Fprint(os.Stderr, prompt); err != nil {
		return "", err
	}
	b, err := term.ReadPassword(fd)
	_, _ = fmt.Fprintln(os.Stderr)
	if err != nil {
		return "", errors.Join(errNoAnswer, err)
	}
	return string(b), nil
}
