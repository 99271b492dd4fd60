package replica

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pb "go.etcd.io/raft/v3/raftpb"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
)

func open(t *testing.T, dir string) *Disk {
	t.Helper()
	d, err := OpenDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func entries(term uint64, from, to uint64) (list []*pb.Entry) {
	for i := from; i <= to; i++ {
		list = append(list, &pb.Entry{Index: proto.Uint64(i), Term: proto.Uint64(term), Data: []byte{byte(i)}})
	}
	return list
}

func snapshot(t *testing.T, index uint64) *pb.Snapshot {
	t.Helper()
	data, err := NewState().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return &pb.Snapshot{Data: data, Metadata: &pb.SnapshotMetadata{Index: proto.Uint64(index), Term: proto.Uint64(1), ConfState: &pb.ConfState{Voters: []uint64{1}}}}
}

func store(t *testing.T, d *Disk, p Persist) {
	t.Helper()
	if err := d.Store(&p); err != nil {
		t.Fatal(err)
	}
}

// indexes reads what a restart would find.
func indexes(t *testing.T, dir string, d *Disk) (first, last, snap uint64) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := open(t, dir).Load()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Entries); n > 0 {
		first, last = s.Entries[0].GetIndex(), s.Entries[n-1].GetIndex()
	}
	return first, last, s.Snapshot.GetMetadata().GetIndex()
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if s, err := d.Load(); err != nil || s.Snapshot != nil {
		t.Fatalf("a new folder has %v, %v", s, err)
	}
	if _, err := OpenDisk(dir); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opened twice: %v", err)
	}
	store(t, d, Persist{Whole: &Stored{Generation: Generation{1, 2}, Snapshot: snapshot(t, 1), HardState: &pb.HardState{Term: proto.Uint64(1)}}})
	store(t, d, Persist{Entries: entries(1, 2, 9)})
	store(t, d, Persist{Entries: entries(2, 6, 7)}) // another leader: 8 and 9 are void
	if err := d.SetNote("note", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if first, last, snap := indexes(t, dir, d); first != 2 || last != 7 || snap != 1 {
		t.Errorf("entries %d to %d after %d", first, last, snap)
	}
}

func TestDiskSnapshots(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	store(t, d, Persist{Whole: &Stored{Snapshot: snapshot(t, 1), Entries: entries(1, 2, 9)}})
	store(t, d, Persist{Snapshot: snapshot(t, 6), Compact: 4})
	if first, last, snap := indexes(t, dir, d); first != 7 || last != 9 || snap != 6 {
		t.Errorf("own snapshot: entries %d to %d after %d", first, last, snap)
	}
	dir = t.TempDir()
	d = open(t, dir)
	store(t, d, Persist{Whole: &Stored{Snapshot: snapshot(t, 1), Entries: entries(1, 2, 9)}})
	store(t, d, Persist{Snapshot: snapshot(t, 50)}) // the leader's, far ahead
	store(t, d, Persist{Entries: entries(3, 51, 52)})
	if first, last, snap := indexes(t, dir, d); first != 51 || last != 52 || snap != 50 {
		t.Errorf("the leader's snapshot: entries %d to %d after %d", first, last, snap)
	}
	text, err := os.ReadFile(filepath.Join(dir, "cib.xml"))
	if err != nil || !strings.Contains(string(text), "<cib") {
		t.Errorf("cib.xml beside the log: %s %v", text, err)
	}
}

// TestNoteOutlivesLog: a new beginning of the log keeps the node's own notes.
func TestNoteOutlivesLog(t *testing.T) {
	d := open(t, t.TempDir())
	if n, err := d.Note("x"); n != nil || err != nil {
		t.Errorf("no note: %v %v", n, err)
	}
	if err := d.SetNote("x", []byte("1")); err != nil {
		t.Fatal(err)
	}
	store(t, d, Persist{Whole: &Stored{Generation: Generation{7, 1}, Snapshot: snapshot(t, 1)}})
	if n, err := d.Note("x"); string(n) != "1" || err != nil {
		t.Errorf("the note is %q, %v", n, err)
	}
}

// TestTornFile: a log that is damaged is said to be so, and is no reason to crash.
func TestTornFile(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	store(t, d, Persist{Whole: &Stored{Snapshot: snapshot(t, 1), Entries: entries(1, 2, 200)}})
	d.Close()
	file := filepath.Join(dir, "log.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, make([]byte, len(whole)), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err := OpenDisk(dir); err == nil {
		d.Close()
		t.Error("a file of zeros was taken for a log")
	}
	if err := os.WriteFile(file, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err := OpenDisk(dir); err == nil {
		d.Close()
		t.Error("a torn file was taken for a log")
	}
}

// TestReserve: log.db has more space of its own than it fills.
func TestReserve(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	var st unix.Stat_t
	path := filepath.Join(dir, "log.db")
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	if st.Blocks*512 < reserved {
		probe, err := os.Create(filepath.Join(dir, "probe"))
		if err != nil {
			t.Fatal(err)
		}
		defer probe.Close()
		if unix.Fallocate(int(probe.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, 4096) != nil {
			t.Skip("this file system cannot set space aside")
		}
		t.Errorf("%s has %d bytes of its own", path, st.Blocks*512)
	}
}

func TestDamagedDisk(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "log.db")
	for name, spoil := range map[string]func() error{
		"garbage": func() error { return os.WriteFile(path, bytes.Repeat([]byte("x"), 1<<16), 0o600) },
		"cut off": func() error { return os.Truncate(path, 100) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenDisk(dir); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSpoiledBytes: whatever of the file is spoiled, it is read as it was or said to be damaged; it is never another
// history, and no crash. (A spoiled page of the first two looks like a write that a power loss has torn: then the file is
// as before that write.)
func TestSpoiledBytes(t *testing.T) {
	origin := t.TempDir()
	d := open(t, origin)
	vote := &pb.HardState{Term: proto.Uint64(3), Vote: proto.Uint64(2), Commit: proto.Uint64(150)}
	store(t, d, Persist{Whole: &Stored{Generation: Generation{1, 2}, HardState: vote, Snapshot: snapshot(t, 1), Entries: entries(1, 2, 200)}})
	want, err := d.Load()
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	whole, err := os.ReadFile(filepath.Join(origin, "log.db"))
	if err != nil {
		t.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(1, 22))
	damages := 0
	for i := range 100 {
		spoiled := bytes.Clone(whole)
		at := 2*4096 + dice.IntN(len(spoiled)-2*4096)
		switch i % 4 {
		case 0, 1:
			spoiled[at] ^= 1 << dice.IntN(8)
		case 2: // a page that never reached the disk
			clear(spoiled[at/4096*4096 : at/4096*4096+4096])
		case 3:
			spoiled = spoiled[:max(at, 1)]
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "log.db"), spoiled, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := loadFrom(dir)
		switch {
		case err != nil && strings.Contains(err.Error(), "is damaged"):
			damages++
		case err != nil:
			t.Errorf("%d: %v", i, err)
		case !same(got, want):
			t.Errorf("%d: byte %d spoiled: another history was read", i, at)
		}
	}
	if damages == 0 {
		t.Error("no damage was noticed")
	}
}

func loadFrom(dir string) (Stored, error) {
	d, err := OpenDisk(dir)
	if err != nil {
		return Stored{}, err
	}
	defer d.Close()
	return d.Load()
}

func same(a, b Stored) bool {
	return a.Generation == b.Generation && proto.Equal(a.HardState, b.HardState) && proto.Equal(a.Snapshot, b.Snapshot) &&
		slices.EqualFunc(a.Entries, b.Entries, func(x, y *pb.Entry) bool { return proto.Equal(x, y) })
}
