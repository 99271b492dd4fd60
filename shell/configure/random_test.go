package configure

import (
	"strings"
	"testing"

	"github.com/beevik/etree"
	"pgregory.net/rapid"

	"quorate/engine/cib"
)

// TestRandomCommands does any commands in any order: the table of ids stays right, what is saved reads
// back, and undoing all of it gives the CIB as it was loaded.
func TestRandomCommands(t *testing.T) {
	ids := []string{"a", "b", "c", "g", "h", "cl", "m", "bu", "t", "tg", "l", "o", "co", "ti", "na", "nb", "x"}
	forms := []string{
		"primitive $1 Dummy params fake=$2", "primitive $1 Stateful op monitor interval=10s", "primitive $1 @$2", "rsc_template $1 Dummy",
		"group $1 $2 $3", "group $1 $2", "clone $1 $2 meta promotable=true", "ms $1 $2", "bundle $1 docker image=x primitive $2",
		"location $1 $2 10: na", "location $1 { $2 $3 } inf: nb", "location $1 $2 rule 5: defined x",
		"colocation $1 inf: $2 $3", "colocation $1 inf: ( $2 $3 ) a", "order $1 $2 $3", "order $1 Mandatory: $2 [ $3 b ] c:stop",
		"rsc_ticket $1 T: $2 $3", "tag $1 $2 $3", "node $1 attributes standby=on", "fencing_topology na: $2,$3 nb: a",
		"property $2=1 stonith-enabled=false", "rsc_defaults $1: x=$2", "monitor $1 20s", "acl_target $1 $2", "role $1 read cib write meta:$2",
		"delete $1", "delete $1 $2", "rename $1 $2", "modgroup $1 add $2", "modgroup $1 remove $2", "modgroup $1 add $2 before $3",
		"set $1.fake 2", "default-timeouts $1", "assist-weak-bond $1 $2", "erase", "filter Dummy=>Stateful $1", "filter \"primitive $1=>primitive $2\"",
		"filter \"group $1 $2=>group $1\"", "undo", "verify", "graph svg", "show related:$1", "show type:primitive and $1",
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := newSession(t, "")
		before := cib.ElementDigest(s.b.doc.Root())
		for range rapid.IntRange(1, 25).Draw(rt, "commands") {
			id := func(n string) string { return rapid.SampledFrom(ids).Draw(rt, n) }
			line := strings.NewReplacer("$1", id("1"), "$2", id("2"), "$3", id("3")).Replace(rapid.SampledFrom(forms).Draw(rt, "form"))
			s.run(line)
			checkIndex(rt, s.b, line)
		}
		s.checkSaved()
		for s.b.Undo() {
		}
		if cib.ElementDigest(s.b.doc.Root()) != before {
			text, _ := s.b.Show(nil)
			rt.Fatalf("something is left after undoing everything:\n%s\n%s", text, s.out.String())
		}
	})
}

// checkIndex compares the table of ids with the tree.
func checkIndex(t *rapid.T, b *Buffer, line string) {
	want := map[string]bool{}
	var walk func(e *etree.Element)
	walk = func(e *etree.Element) {
		if id := attr(e, "id"); id != "" && !referenceTags[e.Tag] {
			want[id] = true
			if b.ids[id] == nil {
				t.Fatalf("after %q: %s is not in the table", line, id)
			}
		}
		for _, c := range e.ChildElements() {
			walk(c)
		}
	}
	walk(b.doc.Section("configuration"))
	for id := range b.ids {
		if !want[id] {
			t.Fatalf("after %q: %s is in the table but not in the tree", line, id)
		}
	}
}
