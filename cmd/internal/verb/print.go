package verb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"kith/app/present"
	"kith/assets/words"
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

// Complain writes an error in the window's own sentences, or with asJSON as one JSON value. It says nothing of what went
// wrong inside, which could hold a name; that goes to the log.
func Complain(w io.Writer, asJSON bool, err error) { complain(w, asJSON, err, nil) }

// complain is Complain. next are the next steps, by code, that are others here than in the window; JSON has the window's.
func complain(w io.Writer, asJSON bool, err error, next map[string]words.Key) {
	p := present.Explain(err)
	message := strings.TrimSpace(p.What + " " + p.Safe)
	hint := p.Next
	if key, ok := next[present.Code(err)]; ok && !asJSON {
		hint = present.Say(key)
	}
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

// nextHere is what to do next where there are no buttons.
var nextHere = map[string]words.Key{
	"E_NO_HOME": "ctl.next.no-home", "E_LOCKED": "ctl.next.locked", "E_NO_GROUP": "ctl.next.no-group",
	"E_WHICH_GROUP": "ctl.next.which-group", "E_NOT_FOUND": "ctl.next.not-found", "E_AMBIGUOUS": "ctl.next.ambiguous",
	"E_KEYCHAIN": "ctl.next.keychain", "E_WORDS_WHERE": "ctl.next.words-where", "E_DISK": "ctl.next.disk",
	"E_HEADLESS": "ctl.next.headless",
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
