package verb

import (
	"context"
	"path/filepath"
	"testing"

	"kith/app/present"
	"kith/store/kp1"
)

func (f *fake) BundleOut(_ context.Context, path string, g kp1.GID, all bool) (present.Carried, error) {
	return present.Carried{Envelopes: 7, Letters: 1, Bytes: 2_048}, f.note("bundle out %s %.4s %v", filepath.Base(path), g, all)
}

func (f *fake) BundleIn(_ context.Context, path string) (present.Brought, error) {
	return present.Brought{Groups: []kp1.GID{elm}, Envelopes: 7, New: 3, Requests: 1, Answer: true}, f.note("bundle in %s", filepath.Base(path))
}

func TestBundleVerbs(t *testing.T) {
	f := newFake()
	var out bundled
	f.kithctl(t, "bundle", "out", "--group", "a001", "x.kithstick").into(t, &out)
	if filepath.Base(out.File) != "x.kithstick" || out.Envelopes != 7 || out.Letters != 1 || out.Bytes != 2_048 {
		t.Errorf("bundle out = %+v", out)
	}
	var in broughtIn
	f.kithctl(t, "bundle", "in", "y").into(t, &in)
	if len(in.Groups) != 1 || in.Envelopes != 7 || in.New != 3 || in.Requests != 1 || !in.Answer || in.Welcome {
		t.Errorf("bundle in = %+v", in)
	}
	f.world.Groups = nil // who is in no group takes their requests along
	f.kithctl(t, "bundle", "out", "--all", "z").into(t, &out)
	want := []string{"bundle out x.kithstick a001 false", "bundle in y", "bundle out z 0000 true"}
	for i, w := range want {
		if len(f.asked) <= i || f.asked[i] != w {
			t.Errorf("calls = %q, want %q", f.asked, want)
			break
		}
	}
	for code, exit := range map[string]int{
		"E_NOT_BUNDLE": 6, "E_BUNDLE_DAMAGED": 6, "E_BUNDLE_NEWER": 6, "E_BUNDLE_OTHER": 3, "E_BUNDLE_NOTHING": 3, "E_FILE_EXISTS": 3, "E_NO_FILE": 4,
	} {
		f := newFake()
		f.fail = &fault{code, "no"}
		if r := f.kithctl(t, "bundle", "in", "y"); r.exit != exit || r.errorInJSON.Code != code {
			t.Errorf("%s: exit %d, %+v, want %d", code, r.exit, r.errorInJSON, exit)
		}
	}
}
