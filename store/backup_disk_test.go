package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestBackupNeverOverwrites: neither a file nor a home is written over, and a failed one leaves nothing.
func TestBackupNeverOverwrites(t *testing.T) {
	ctx := context.Background()
	_, homes := team(t, "Ada")
	ada := homes[0]
	path := ada.backup()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Backup(ctx, path, Backing{}); !errors.Is(err, ErrFileExists) {
		t.Errorf("Backup over a file = %v, want ErrFileExists", err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, before) {
		t.Error("the file was changed")
	}
	if err := os.WriteFile(besides(path+"2"), []byte("left by a power cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Backup(ctx, path+"2", Backing{}); err != nil {
		t.Errorf("Backup beside what a power cut left = %v", err)
	}
	if _, err := os.Lstat(besides(path + "2")); err == nil {
		t.Error("the unfinished file is there still")
	}
	if _, err := ada.Backup(ctx, filepath.Join(path, "not a folder"), Backing{}); codeOf(err) != "E_DISK" {
		t.Errorf("Backup into a file = %v, want E_DISK", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ada.Backup(gone, path+"3", Backing{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Backup that was ended = %v", err)
	}
	for _, name := range []string{path + "3", path + "3.new"} {
		if _, err := os.Lstat(name); err == nil {
			t.Errorf("%s is there", filepath.Base(name))
		}
	}
	if _, err := Restore(ctx, ada.dir, ada.rest, path, Restoring{Options: ada.opt, Recovery: ada.Recovery(), Peer: testPeer}); !errors.Is(err, ErrExists) {
		t.Errorf("Restore over a store = %v, want ErrExists", err)
	}
}

// fullDisk takes some bytes, and then no more.
type fullDisk struct{ room int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, &os.PathError{Op: "write", Path: "backup", Err: syscall.ENOSPC}
	}
	return len(p), nil
}

// TestBackupFull: a disk without room makes no file, wherever it fills up.
func TestBackupFull(t *testing.T) {
	_, homes := team(t, "Ada")
	dir := t.TempDir()
	path := filepath.Join(dir, "kith.backup")
	for _, room := range []int{0, 100, 3_000} {
		err := newFile(path, func(io.Writer) error {
			return homes[0].Ledger.backup(context.Background(), &backupWriter{w: &fullDisk{room}}, Backing{})
		})
		if !errors.Is(err, ErrFull) {
			t.Errorf("backup with room for %d bytes = %v, want ErrFull", room, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
