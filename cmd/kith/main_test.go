//go:build cgo

package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
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
