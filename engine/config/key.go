package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
)

// The sizes that a cluster key may have, and the one that is generated.
const (
	keyBytesMin  = 128
	keyBytesMax  = 4096
	keyBytesMade = 256
)

// ReadKey reads a cluster key (authkey): 128 to 4096 bytes. The texts are Corosync's, with exit code 8.
func ReadKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		reason := err
		var errno syscall.Errno
		if errors.As(err, &errno) {
			reason = errors.New(sentence(errno.Error()))
		}
		return nil, &Error{Text: fmt.Sprintf("Could not open %s: %v", path, reason), Exit: ExitConfig,
			Hint: "make a key with 'crm cluster init' or corosync-keygen, and give every node the same one"}
	}
	if len(key) < keyBytesMin {
		return nil, &Error{Text: fmt.Sprintf("Could only read %d bits of minimum %d bits from %s.", len(key)*8, keyBytesMin*8, path), Exit: ExitConfig}
	}
	return key[:min(len(key), keyBytesMax)], nil
}

// sentence capitalises the text of an errno, as strerror(3) has it.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]&^0x20) + s[1:]
}

// NewKey returns a fresh cluster key of 256 random bytes.
func NewKey() []byte {
	key := make([]byte, keyBytesMade)
	rand.Read(key) // never fails: crypto/rand ends the process instead
	return key
}

// WriteKey writes a cluster key, readable for its owner only, whole or not at all. An existing key is
// kept, with fs.ErrExist, unless replace is set: a lost key cuts the node off from its cluster.
func WriteKey(path string, key []byte, replace bool) error {
	if len(key) < keyBytesMin || len(key) > keyBytesMax {
		return fmt.Errorf("cluster key: %d bytes, must be %d to %d", len(key), keyBytesMin, keyBytesMax)
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return fmt.Errorf("cluster key %s: %w", path, fs.ErrExist)
	}
	file, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o400), renameio.WithTempDir(filepath.Dir(path)))
	if err != nil {
		return err
	}
	defer file.Cleanup() // nothing to do once the file is in its place
	if _, err := file.Write(key); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}
