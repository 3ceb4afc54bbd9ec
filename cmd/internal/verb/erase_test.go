package verb

import (
	"strings"
	"testing"

	"kith/store/care/thread"
)

func TestErasing(t *testing.T) {
	f := newFake()
	talk := f.does(bev, thread.New{Title: "picnic"})
	mine := f.does(ade, thread.Post{Thread: talk, Text: "first"})
	hers := f.does(bev, thread.Post{Thread: talk, Text: "Mia lives at 3 Elm Row"})

	var e edited
	f.kithctl(t, "edit", mine.String(), "second", "thoughts").into(t, &e)
	if e.Post != mine.String() || e.Edit == "" {
		t.Errorf("edit: %+v", e)
	}
	if r := f.kithctl(t, "edit", hers.String(), "no"); r.exit != 3 || r.errorInJSON.Code != "E_RULE_NOT_YOURS" {
		t.Errorf("edit of somebody else's: %d %+v", r.exit, r.errorInJSON)
	}
	var show threadShown
	f.kithctl(t, "thread", "show", talk.String()).into(t, &show)
	if p := show.Posts[0]; p.Text != "second thoughts" || p.Edited == "" || p.Gone != "" {
		t.Errorf("after the edit: %+v", p)
	}

	var x erased
	f.kithctl(t, "withdraw-post", mine.String()).into(t, &x)
	if x.Erased != mine.String() || x.Op == "" {
		t.Errorf("withdraw-post: %+v", x)
	}
	if r := f.kithctl(t, "withdraw-post", hers.String()); r.errorInJSON.Code != "E_RULE_NOT_YOURS" {
		t.Errorf("withdrawing somebody else's: %+v", r.errorInJSON)
	}
	if r := f.kithctl(t, "withdraw-post", mine.String()); r.errorInJSON.Code != "E_RULE_GONE" {
		t.Errorf("withdrawing twice: %+v", r.errorInJSON)
	}
	if r := f.kithctl(t, "erase", hers.String()); r.exit != 2 {
		t.Errorf("somebody else's words without a reason: %+v", r)
	}
	if r := f.kithctl(t, "erase", hers.String(), "--reason", "because"); r.exit != 2 {
		t.Errorf("a reason of no list: %+v", r)
	}
	f.kithctl(t, "erase", hers.String(), "--reason", "private", "--note", "an address").into(t, &x)
	f.kithctl(t, "thread", "show", talk.String()).into(t, &show)
	if a, b := show.Posts[0], show.Posts[1]; a.Gone != "withdrawn" || b.Gone != "redacted" || a.Text+b.Text != "" || b.Words != "taken" {
		t.Errorf("after both: %+v", show.Posts)
	}
	if r := f.run(t, f.host(), "--home", t.TempDir(), "thread", "show", talk.String()); !strings.Contains(r.out, "You took this away: it said too much about somebody. an address") || !strings.Contains(r.out, "You withdrew this") {
		t.Errorf("said: %q", r.out)
	}
	f.kithctl(t, "erase", talk.String(), "--reason", "other").into(t, &x)

	var now rewritten
	f.kithctl(t, "erase", "--now").into(t, &now)
	if !now.Rewritten {
		t.Error("not written anew")
	}
	if r := f.kithctl(t, "erase"); r.exit != 2 {
		t.Errorf("nothing named: %+v", r)
	}
}

func TestRetention(t *testing.T) {
	f := newFake()
	var r retention
	f.kithctl(t, "retention", "--group", oak.String()).into(t, &r)
	if r.Days != 0 {
		t.Errorf("%+v", r)
	}
	var d done
	f.kithctl(t, "retention", "--group", oak.String(), "--days", "365").into(t, &d)
	if d.Op == "" || len(f.asked) == 0 || !strings.Contains(f.asked[len(f.asked)-1], "policy") {
		t.Errorf("%+v, asked %q", d, f.asked)
	}
}
