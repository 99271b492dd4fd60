package replica

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	pb "go.etcd.io/raft/v3/raftpb"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
)

// Disk keeps the log, the vote, the generation and the snapshot of a replica in one folder: log.db
// (bbolt), and beside it the document as cib.xml with its digest for people and backups. Each value has a checksum: a node
// whose disk has changed a bit must not go on with another history than the others.
type Disk struct {
	dir string
	db  *bbolt.DB
}

var (
	bucketMeta   = []byte("meta")
	bucketLog    = []byte("log")
	bucketNotes  = []byte("notes") // outlives generations
	keyVote      = []byte("vote")
	keySnapshot  = []byte("snapshot")
	keyState     = []byte("state")
	keyGenerated = []byte("generation")
)

// OpenDisk opens the folder, making it where it is missing. Only one process may have it open.
func OpenDisk(dir string) (d *Disk, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	err = guarded(dir, func() error {
		d, err = openDisk(dir)
		return err
	})
	return d, err
}

// guarded makes an error of what bbolt does when pages are damaged: it panics, or reads where the file has ended.
func guarded(dir string, do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged(dir, fmt.Errorf("%v", p))
		}
	}()
	return do()
}

func openDisk(dir string) (*Disk, error) {
	path := filepath.Join(dir, "log.db")
	if st, err := os.Stat(path); err == nil && st.Size() > 0 {
		if err := readThrough(path); err != nil {
			return nil, notOpen(dir, err)
		}
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockPatience, NoFreelistSync: true})
	if err != nil {
		return nil, notOpen(dir, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucketIfNotExists(bucketMeta); err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists(bucketNotes); err != nil {
			return err
		}
		_, err := tx.CreateBucketIfNotExists(bucketLog)
		return err
	})
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("prepare %s: %w", dir, err)
	}
	reserve(db.Path())
	return &Disk{dir, db}, nil
}

const lockPatience = time.Second // for a former engine that is just ending

// readThrough reads every page that is in use. To open a file for writing, bbolt does the same in a goroutine of its own,
// where nobody can catch its panic.
func readThrough(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockPatience, ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			if b == nil {
				return bolterrors.ErrInvalid
			}
			return b.ForEach(func(key, _ []byte) error {
				value := b.Get(key) // by the keys of the pages above, which are checked so too
				if value == nil {
					return bolterrors.ErrInvalid
				}
				_, err := unseal(key, value)
				return err
			})
		})
	})
}

// notOpen says why the log could not be opened.
func notOpen(dir string, err error) error {
	var system *fs.PathError
	var errno syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s is in use: another engine runs with this state folder", dir)
	case errors.As(err, &system), errors.As(err, &errno):
		return fmt.Errorf("open %s: %w", filepath.Join(dir, "log.db"), err)
	}
	return damaged(dir, err)
}

// reserved is more than the log, two snapshots and the pages being replaced take, but for very large clusters.
const reserved = 16 << 20

// reserve has the file system set space aside for log.db, so that logs and dumps which fill the disk do not end the
// engine. A file system that cannot do so is as good as before.
func reserve(path string) {
	if f, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
		_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, reserved)
		f.Close()
	}
}

// Close releases the folder.
func (d *Disk) Close() error { return d.db.Close() }

// SetNote keeps a small text of this node's own under a name; it is on the disk when the call returns, and stays
// when the log is given up.
func (d *Disk) SetNote(name string, text []byte) error {
	return d.db.Update(func(tx *bbolt.Tx) error { return put(tx.Bucket(bucketNotes), []byte(name), text) })
}

// Note returns what SetNote kept; nil if there is nothing.
func (d *Disk) Note(name string) (text []byte, err error) {
	err = d.db.View(func(tx *bbolt.Tx) error {
		stored, err := unseal([]byte(name), tx.Bucket(bucketNotes).Get([]byte(name)))
		text = bytes.Clone(stored)
		return err
	})
	return text, err
}

// Load reads everything; a folder that was never used gives a Stored without snapshot.
func (d *Disk) Load() (s Stored, err error) {
	err = guarded(d.dir, func() error {
		err := d.db.View(func(tx *bbolt.Tx) error {
			if err := loadMeta(tx.Bucket(bucketMeta), &s); err != nil || s.Snapshot == nil {
				return err
			}
			return loadEntries(tx.Bucket(bucketLog), &s)
		})
		if err != nil {
			return damaged(d.dir, err)
		}
		return nil
	})
	return s, err
}

// loadMeta reads all but the entries.
func loadMeta(meta *bbolt.Bucket, s *Stored) error {
	generation, err := unseal(keyGenerated, meta.Get(keyGenerated))
	if err == nil && generation != nil {
		err = json.Unmarshal(generation, &s.Generation)
	}
	if err != nil {
		return err
	}
	vote, err := unseal(keyVote, meta.Get(keyVote))
	if err == nil && vote != nil {
		s.HardState = &pb.HardState{}
		err = proto.Unmarshal(vote, s.HardState)
	}
	if err != nil {
		return err
	}
	snapshot, err := unseal(keySnapshot, meta.Get(keySnapshot))
	if err != nil || snapshot == nil {
		return err
	}
	state, err := unseal(keyState, meta.Get(keyState))
	if err != nil {
		return err
	}
	s.Snapshot = &pb.Snapshot{Metadata: &pb.SnapshotMetadata{}, Data: bytes.Clone(state)}
	return proto.Unmarshal(snapshot, s.Snapshot.Metadata)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the key too: an entry must not stand in another one's place.
func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// put stores a value with its checksum behind it.
func put(b *bbolt.Bucket, key, value []byte) error {
	return b.Put(key, binary.BigEndian.AppendUint32(slices.Clip(value), checksum(key, value)))
}

// unseal takes the checksum off what put has stored; nil for nothing.
func unseal(key, stored []byte) ([]byte, error) {
	if stored == nil {
		return nil, nil
	}
	n := len(stored) - crc32.Size
	if n < 0 || binary.BigEndian.Uint32(stored[n:]) != checksum(key, stored[:n]) {
		return nil, errors.New("wrong checksum")
	}
	return stored[:n], nil
}

func damaged(dir string, err error) error {
	return fmt.Errorf("%s is damaged: %w: move the folder away and start the node again, it gets everything from the others", dir, err)
}

func loadEntries(log *bbolt.Bucket, s *Stored) error {
	c := log.Cursor()
	for k, v := c.Seek(indexKey(s.Snapshot.Metadata.GetIndex() + 1)); k != nil; k, v = c.Next() {
		data, err := unseal(k, v)
		if err != nil {
			return err
		}
		e := &pb.Entry{}
		if err := proto.Unmarshal(data, e); err != nil {
			return err
		}
		if n := len(s.Entries); n > 0 && s.Entries[n-1].GetIndex()+1 != e.GetIndex() {
			return fmt.Errorf("entry %d follows entry %d", e.GetIndex(), s.Entries[n-1].GetIndex())
		}
		s.Entries = append(s.Entries, e)
	}
	return nil
}

// Store writes p so that it survives a power loss before it returns.
func (d *Disk) Store(p *Persist) error {
	if p.Whole != nil {
		return d.storeWhole(p.Whole)
	}
	err := d.db.Update(func(tx *bbolt.Tx) error {
		if p.Snapshot != nil {
			if err := putSnapshot(tx, p.Snapshot); err != nil {
				return err
			}
			// Entries that a snapshot of the leader jumps over must not be found after it.
			if err := dropAfterGap(tx, p.Snapshot.GetMetadata().GetIndex()); err != nil {
				return err
			}
		}
		if err := putVote(tx, p.HardState); err != nil {
			return err
		}
		if err := putEntries(tx, p.Entries); err != nil {
			return err
		}
		return dropUpTo(tx, p.Compact)
	})
	if err == nil && p.Snapshot != nil {
		d.copyCIB(p.Snapshot.GetData())
	}
	return err
}

func (d *Disk) storeWhole(s *Stored) error {
	err := d.db.Update(func(tx *bbolt.Tx) error {
		for _, b := range [][]byte{bucketMeta, bucketLog} {
			if err := tx.DeleteBucket(b); err != nil {
				return err
			}
			if _, err := tx.CreateBucket(b); err != nil {
				return err
			}
		}
		g, err := json.Marshal(s.Generation)
		if err != nil {
			return err
		}
		if err := put(tx.Bucket(bucketMeta), keyGenerated, g); err != nil {
			return err
		}
		if err := putSnapshot(tx, s.Snapshot); err != nil {
			return err
		}
		if err := putVote(tx, s.HardState); err != nil {
			return err
		}
		return putEntries(tx, s.Entries)
	})
	if err == nil {
		d.copyCIB(s.Snapshot.GetData())
	}
	return err
}

// Archive keeps the document of a history that is given up, under a name that says which.
func (d *Disk) Archive(g Generation, doc []byte) (path string, err error) {
	path = filepath.Join(d.dir, fmt.Sprintf("cib-generation-%d-%d.xml", g.Number, g.By))
	return path, os.WriteFile(path, doc, 0o600)
}

// copyCIB keeps the copy for people up to date; where it cannot be written, no copy is better than an old one.
func (d *Disk) copyCIB(state []byte) {
	if d.writeCIB(state) != nil {
		_ = os.Remove(filepath.Join(d.dir, "cib.xml"))
		_ = os.Remove(filepath.Join(d.dir, "cib.xml.sha256"))
	}
}

// writeCIB puts the document of a snapshot beside the log, with its digest.
func (d *Disk) writeCIB(state []byte) error {
	var e struct {
		CIB string `json:"cib"`
	}
	if err := json.Unmarshal(state, &e); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(e.CIB))
	for _, f := range []struct{ name, text string }{{"cib.xml", e.CIB}, {"cib.xml.sha256", hex.EncodeToString(sum[:]) + "\n"}} {
		tmp := filepath.Join(d.dir, "."+f.name)
		if err := os.WriteFile(tmp, []byte(f.text), 0o600); err != nil {
			return err
		}
		if err := os.Rename(tmp, filepath.Join(d.dir, f.name)); err != nil {
			return err
		}
	}
	return nil
}

func putSnapshot(tx *bbolt.Tx, s *pb.Snapshot) error {
	m, err := proto.Marshal(s.GetMetadata())
	if err != nil {
		return err
	}
	if err := put(tx.Bucket(bucketMeta), keySnapshot, m); err != nil {
		return err
	}
	return put(tx.Bucket(bucketMeta), keyState, s.GetData())
}

func putVote(tx *bbolt.Tx, h *pb.HardState) error {
	if h == nil {
		return nil
	}
	data, err := proto.Marshal(h)
	if err != nil {
		return err
	}
	return put(tx.Bucket(bucketMeta), keyVote, data)
}

// putEntries writes the entries and drops whatever an earlier leader had left behind them.
func putEntries(tx *bbolt.Tx, entries []*pb.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	b := tx.Bucket(bucketLog)
	for _, e := range entries {
		data, err := proto.Marshal(e)
		if err != nil {
			return err
		}
		if err := put(b, indexKey(e.GetIndex()), data); err != nil {
			return err
		}
	}
	return deleteFrom(b, entries[len(entries)-1].GetIndex()+1)
}

func deleteFrom(b *bbolt.Bucket, index uint64) error {
	c := b.Cursor()
	for k, _ := c.Seek(indexKey(index)); k != nil; k, _ = c.Seek(indexKey(index)) {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// dropAfterGap empties the log where it does not reach up to the snapshot's index.
func dropAfterGap(tx *bbolt.Tx, index uint64) error {
	b := tx.Bucket(bucketLog)
	if k, _ := b.Cursor().Last(); k != nil && binary.BigEndian.Uint64(k) < index {
		return deleteFrom(b, 0)
	}
	return nil
}

func dropUpTo(tx *bbolt.Tx, index uint64) error {
	b := tx.Bucket(bucketLog)
	c := b.Cursor()
	for k, _ := c.First(); k != nil && binary.BigEndian.Uint64(k) <= index; k, _ = c.First() {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func indexKey(i uint64) []byte { return binary.BigEndian.AppendUint64(nil, i) }
