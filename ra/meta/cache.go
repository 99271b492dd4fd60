package meta

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/renameio/v2"
)

// CacheDir returns the folder of the metadata cache: $QUORATE_CACHE, /var/cache/quorate for root, else the
// user's cache folder; "" where there is none, and then nothing is cached on disk.
func CacheDir() string {
	if dir, ok := os.LookupEnv("QUORATE_CACHE"); ok {
		return dir
	}
	if os.Geteuid() == 0 {
		return "/var/cache/quorate"
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "quorate")
}

var memory sync.Map // cache key → []byte

// Cached returns what ask printed for this agent file before, as long as the file and the words of
// the key (environment that shows in the text) are the same; else it asks and keeps the answer, in memory
// and on disk. Trouble with the cache itself is no error: it only costs time.
func Cached(file string, key []string, ask func() ([]byte, error)) ([]byte, error) {
	st, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, ErrNotInstalled)
	}
	stamp := fmt.Sprintf("%s %d %d %s", file, st.ModTime().UnixNano(), st.Size(), strings.Join(key, "\x00"))
	sum := sha256.Sum256([]byte(stamp))
	name := hex.EncodeToString(sum[:16])
	if text, ok := memory.Load(name); ok {
		return text.([]byte), nil
	}
	text, ok := readCache(name)
	if !ok {
		if text, err = ask(); err != nil {
			return nil, err
		}
		writeCache(name, text)
	}
	memory.Store(name, text)
	return text, nil
}

// readCache trusts only files of root or of the caller: metadata decides what is restarted.
func readCache(name string) ([]byte, bool) {
	dir := CacheDir()
	if dir == "" {
		return nil, false
	}
	path := filepath.Join(dir, "metadata", name)
	if !ownedByUs(path) {
		return nil, false
	}
	text, err := os.ReadFile(path)
	return text, err == nil && len(text) > 0
}

func writeCache(name string, text []byte) {
	dir := CacheDir()
	if dir == "" {
		return
	}
	dir = filepath.Join(dir, "metadata")
	if os.MkdirAll(dir, 0o755) != nil {
		return
	}
	_ = renameio.WriteFile(filepath.Join(dir, name), text, 0o644, renameio.WithTempDir(dir)) // a cache may fail
}
