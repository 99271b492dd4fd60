package node

import (
	"os"
	"path/filepath"
)

// A node that joins a cluster starts with no replicas of its own to count: it waits for the leader to bring it
// the log. The marker says so until the first start has stored it.
const joiningMarker = "joining"

// MarkJoining prepares a state folder for the first start of a node that joins.
func MarkJoining(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, joiningMarker), nil, 0o600)
}

func isJoining(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, joiningMarker))
	return err == nil
}

func joined(dir string) { _ = os.Remove(filepath.Join(dir, joiningMarker)) } // a marker that stays is ignored: there is a log then
