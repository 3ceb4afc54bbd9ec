//go:build cgo

package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"kith/app/present"
)

func TestFyneAppSaysTheSame(t *testing.T) {
	b, err := os.ReadFile("../../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`ID = "` + appID + `"`, `Version = "` + version + `"`, `Name = "Kith"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("FyneApp.toml has no %s", want)
		}
	}
}

func TestFlags(t *testing.T) {
	f, err := parse([]string{"--home", "/h", "--listen", "/ip4/127.0.0.1/tcp/0", "--listen", "/ip4/127.0.0.1/udp/0/quic-v1", "--text", "150"})
	if err != nil {
		t.Fatal(err)
	}
	if f.home != "/h" || len(f.listen) != 2 || f.text != 150 {
		t.Errorf("parse = %+v", f)
	}
	if _, err := parse([]string{"stray"}); err == nil {
		t.Error("parse(stray) = nil, want an error")
	}
	var out bytes.Buffer
	if err := run(context.Background(), []string{"--version"}, &out); err != nil || out.String() != "kith "+version+"\n" {
		t.Errorf("run(--version) = %v, %q", err, out.String())
	}
}

func TestSizeOfALook(t *testing.T) {
	for _, c := range []struct {
		l    present.Look
		w, h float32
	}{{present.Look{}, width, height}, {present.Look{Width: 900, Height: 640}, 900, 640}, {present.Look{Width: 9, Height: 640}, width, height}, {present.Look{Width: 90000, Height: 640}, width, height}} {
		if got := size(c.l); got.Width != c.w || got.Height != c.h {
			t.Errorf("size(%+v) = %v, want %v by %v", c.l, got, c.w, c.h)
		}
	}
}
