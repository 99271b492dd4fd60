package api

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// LocalPointer is the file that remembers the folder of the user's local cluster (crm cluster start
// --local), so that later commands find it without being told.
func LocalPointer() string {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "quorate", "local")
}

// LocalDir is the folder of the user's local cluster, "" if there is none.
func LocalDir() string {
	data, err := os.ReadFile(LocalPointer())
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// NodeSocket is the socket of a node of a local cluster.
func NodeSocket(dir, node string) string { return filepath.Join(dir, node, "quorate.sock") }

// localSocket finds a living node of the local cluster.
func localSocket() string {
	sockets, _ := filepath.Glob(NodeSocket(LocalDir(), "*"))
	if LocalDir() == "" {
		return ""
	}
	for _, s := range sockets {
		if conn, err := net.DialTimeout("unix", s, 100*time.Millisecond); err == nil {
			conn.Close()
			return s
		}
	}
	return ""
}
