package tools

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The tools that write files: a new cluster key, and --output-to.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "authkey")
	var before []byte
	for _, size := range []int{256, 1024} { // the second replaces the first
		args := []string{"corosync-keygen", "-k", key}
		if size != 256 {
			args = append(args, "--size=1024")
		}
		r := newRun(t, "three")
		r.own(t, args)
		data, err := os.ReadFile(key)
		info, statErr := os.Stat(key)
		if r.code != 0 || err != nil || statErr != nil || len(data) != size || info.Mode().Perm() != 0o400 || bytes.Equal(data, before) {
			t.Fatalf("%v: exit code %d, %d bytes, %v: %s%s", args, r.code, len(data), info, r.out.String(), r.err.String())
		}
		before = data
	}

	to := filepath.Join(dir, "out.xml")
	r := newRun(t, "three")
	r.own(t, []string{"crm_attribute", "-n", "stonith-enabled", "--output-as=xml", "--output-to=" + to})
	data, err := os.ReadFile(to)
	if r.code != 0 || err != nil || r.out.Len() != 0 || !strings.Contains(string(data), `<attribute name="stonith-enabled" value="false" scope="crm_config"/>`) {
		t.Errorf("--output-to: exit code %d, %v, stdout %q, file %q", r.code, err, r.out.String(), data)
	}
}

// A CIB may come through a pipe, as the agents' library does it; then it can only be read.
func TestPipe(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	data, err := os.ReadFile("testdata/three.xml")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = write.Write(data) // a reader that stops early is the test's failure
		write.Close()
	}()
	r := newRun(t, "three")
	r.env = []string{"CIB_file=/dev/fd/" + fmt.Sprint(read.Fd())}
	r.own(t, []string{"crm_attribute", "-n", "stonith-enabled", "-q"})
	if r.code != 0 || r.out.String() != "false\n" {
		t.Errorf("exit code %d: %s%s", r.code, r.out.String(), r.err.String())
	}
}
