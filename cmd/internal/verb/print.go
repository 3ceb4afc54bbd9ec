package verb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"kith/app/present"
)

// answer prints a result: one JSON value on a line of its own, or what it says in words.
func (c *call) answer(r result) error {
	if r == nil {
		return nil
	}
	if c.json {
		return writeJSON(c.stdout, r)
	}
	text := strings.TrimRight(r.plain(c), "\n")
	if text == "" {
		return nil
	}
	_, err := fmt.Fprintln(c.stdout, text)
	return err
}

// writeJSON writes one value and a newline, in one write.
func writeJSON(w io.Writer, v any) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("json: %w", err)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Complain writes an error as kithctl does: the window's own sentences, or with asJSON one JSON value. It says nothing of
// what went wrong inside, which could hold a name; that goes to the log.
func Complain(w io.Writer, asJSON bool, err error) {
	p := present.Explain(err)
	message := strings.TrimSpace(p.What + " " + p.Safe)
	hint := p.Next
	var u *usage
	if errors.As(err, &u) {
		hint = u.line
		if u.why != "" {
			hint = u.why + ": " + u.line
		}
	}
	if asJSON {
		var out struct {
			Error struct {
				Code    string `json:"code"`
				Message string `json:"message"`
				Hint    string `json:"hint"`
			} `json:"error"`
		}
		out.Error.Code, out.Error.Message, out.Error.Hint = present.Code(err), message, hint
		_ = writeJSON(w, out) // there is nobody left to tell
		return
	}
	_, _ = fmt.Fprintln(w, strings.TrimSpace(message+"\n"+hint))
}

// lines joins what is not empty, one a line.
func lines(all ...string) string {
	var kept []string
	for _, l := range all {
		if l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}
