package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse: no text crashes the parser; what it accepts it writes back unchanged, and editing it gives
// a text that it accepts and that has the new value.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/files/*")
	if err != nil || len(files) == 0 {
		f.Fatal("no inputs", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(data), "\n----\n") {
			if _, text, ok := strings.Cut(block, "\nparse\n"); ok {
				f.Add([]byte(text + "\n"))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data)
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("the message is not one line: %q", err)
			}
			return
		}
		if !bytes.Equal(bytes.TrimSuffix(data, []byte("\n")), bytes.TrimSuffix(c.Text(), []byte("\n"))) {
			t.Fatalf("%q was written back as %q", data, c.Text())
		}
		n := Node{ID: 60000, Name: "new", Addrs: map[int]string{}, Votes: 1}
		for _, l := range c.Links {
			n.Addrs[l.ID] = "192.0.2.1"
		}
		next, err := c.Edit(SetKey("totem.join", "51"), AddNode(n))
		if err != nil {
			return // the result may break another rule, as votes that do not add up
		}
		if len(next.Nodes) != len(c.Nodes)+1 || next.Timers().Join != 51 {
			t.Fatalf("%q was edited to %q", data, next.Text())
		}
		back, err := next.Edit(RemoveNode(60000))
		if err != nil || len(back.Nodes) != len(c.Nodes) {
			t.Fatalf("%q: cannot remove the node again: %v", next.Text(), err)
		}
	})
}
