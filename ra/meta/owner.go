package meta

import (
	"os"
	"syscall"
)

// ownedByUs reports whether a regular file belongs to root or to the caller.
func ownedByUs(path string) bool {
	st, err := os.Lstat(path)
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && (sys.Uid == 0 || int(sys.Uid) == os.Geteuid())
}
