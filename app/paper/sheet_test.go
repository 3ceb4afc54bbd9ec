package paper

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kith/app/present"
)

func sheet(groups int) present.RecoverySheet {
	s := present.RecoverySheet{
		Title: "Recovery sheet of Siân", Text: "These 12 words prove to your groups that you are you.", Keep: "Show this page to nobody.",
		Words:     []string{"harvest", "lamp", "ribbon", "orchard", "velvet", "copper", "window", "garden", "pencil", "river", "butter", "meadow"},
		DoHeading: "If your computer is lost or broken", Do: []string{"Get Kith on another computer, and start it.", "Press “Bring my things back”."},
		Made: "Printed on Saturday 21 November 2026.",
	}
	for i := range groups {
		s.Groups = append(s.Groups, present.SheetGroup{
			Heading: fmt.Sprintf("Your six words in Group %d", i+1), Text: "These are no secret.", Words: []string{"river", "meadow", "pencil", "butter", "garden", "lamp"},
		})
	}
	return s
}

// TestRecovery: one group fits one page, and no number of groups fails or runs off the paper.
func TestRecovery(t *testing.T) {
	for _, c := range []struct{ groups, pages int }{{0, 1}, {1, 1}, {2, 2}, {30, 9}} {
		pdf, err := Recovery(sheet(c.groups))
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(pdf), []byte("%%EOF")) {
			t.Fatalf("%d groups: %.8q, %v", c.groups, pdf, err)
		}
		if n := bytes.Count(pdf, []byte("/Type /Page\n")); n != c.pages {
			t.Errorf("%d groups: %d pages, want %d", c.groups, n, c.pages)
		}
		if dir := os.Getenv("KITH_SHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("sheet-%d.pdf", c.groups)), pdf, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}
