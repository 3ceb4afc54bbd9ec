package paper

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/app/present"
	"kith/app/qr"
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

// TestInvitation fits one page, with words and without; what does not fit a code is refused.
func TestInvitation(t *testing.T) {
	s := present.InvitePaper{
		Title: "An invitation to a group in Kith", From: "From Siân. It lets one person ask to come in.", Until: "It works until Sunday 22 November, 9 pm.",
		Steps: []string{"Get Kith on your computer, and start it.", "Press “I have an invitation”.", "Type the eight words."},
		Link:  "kith:join#" + strings.Repeat("aB3", 180), CodeText: "The square code", Keep: "Give this page to nobody else.",
	}
	for name, words := range map[string][]string{"words": strings.Fields("harvest lamp ribbon orchard velvet copper window garden"), "link": nil} {
		if s.Words = words; words != nil {
			s.WordsText, s.Place = "The eight words", "at oakhouse.example"
		}
		pdf, err := Invitation(s)
		if err != nil || bytes.Count(pdf, []byte("/Type /Page\n")) != 1 {
			t.Errorf("%s: %d pages, %v", name, bytes.Count(pdf, []byte("/Type /Page\n")), err)
		}
		if dir := os.Getenv("KITH_SHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "invitation-"+name+".pdf"), pdf, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	s.Link = strings.Repeat("a", qr.MaxText+1)
	if _, err := Invitation(s); !errors.Is(err, qr.ErrTooLong) {
		t.Errorf("a link that no code holds: %v, want %v", err, qr.ErrTooLong)
	}
}

// TestCode: what is drawn can be read again.
func TestCode(t *testing.T) {
	const link = "kith:join#abcdefgh"
	b, err := Code(link)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := qr.ReadPicture(bytes.NewReader(b)); err != nil || got != link {
		t.Errorf("ReadPicture(Code(%q)) = %q, %v", link, got, err)
	}
}
