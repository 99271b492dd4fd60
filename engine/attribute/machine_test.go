package attribute

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"
)

var epoch = time.Unix(1_000_000, 0)

// world is a Machine with a document that gets the writes when the test says so.
type world struct {
	*Machine
	doc    map[key]string
	writes map[int][]Update
	flight []int // writes not applied yet, oldest first
}

func newWorld() *world {
	w := &world{doc: map[key]string{}, writes: map[int][]Update{}}
	w.Machine = NewMachine(func(u Update) (string, bool) { v, ok := w.doc[keyOf(u)]; return v, ok })
	return w
}

func (w *world) step(ev Event) string {
	var b strings.Builder
	for _, e := range w.Step(ev) {
		switch e := e.(type) {
		case WakeAt:
			fmt.Fprintf(&b, "wake at %s\n", e.At.Sub(epoch))
		case Write:
			w.writes[e.ID] = e.Updates
			w.flight = append(w.flight, e.ID)
			fmt.Fprintf(&b, "write %d:", e.ID)
			for _, u := range e.Updates {
				text := "(deleted)"
				if u.Value != nil {
					text = *u.Value
				}
				fmt.Fprintf(&b, " %s/%s=%s", u.Node, u.Name, text)
			}
			b.WriteByte('\n')
		}
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

// apply puts a write into the document, as the replicated log does.
func (w *world) apply(id int, at time.Time) string {
	for _, u := range w.writes[id] {
		if u.Value == nil {
			delete(w.doc, keyOf(u))
			continue
		}
		var old *string
		if v, ok := w.doc[keyOf(u)]; ok {
			old = &v
		}
		w.doc[keyOf(u)] = *Count(old, *u.Value)
	}
	delete(w.writes, id)
	return w.step(Written{ID: id, At: at})
}

func TestMachine(t *testing.T) {
	datadriven.Walk(t, "testdata/machine", func(t *testing.T, path string) {
		w := newWorld()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			text := map[string]string{}
			for _, a := range d.CmdArgs {
				text[a.Key] = strings.Join(a.Vals, ",")
			}
			span, err := time.ParseDuration(text["at"])
			if err != nil {
				d.Fatalf(t, "at: %v", err)
			}
			at := epoch.Add(span)
			switch d.Cmd {
			case "set", "delete", "delay":
				u := Update{Node: "n1", Name: text["name"], KeepBoth: text["both"] != ""}
				if text["node"] != "" {
					u.Node = text["node"]
				}
				if d.Cmd == "set" {
					v := text["value"]
					u.Value = &v
				}
				if text["delay"] != "" {
					delay, err := time.ParseDuration(text["delay"])
					if err != nil {
						d.Fatalf(t, "delay: %v", err)
					}
					u.Delay = &delay
				}
				return w.step(Change{Update: u, At: at})
			case "flush":
				return w.step(Flush{Name: text["name"], At: at})
			case "lost":
				return w.step(Lost{Node: text["node"], At: at})
			case "now":
				return w.step(Now{At: at})
			case "written":
				var id int
				d.ScanArgs(t, "id", &id)
				return w.apply(id, at)
			case "refused":
				var id int
				d.ScanArgs(t, "id", &id)
				return w.step(Refused{ID: id, At: at})
			}
			d.Fatalf(t, "unknown %s", d.Cmd)
			return ""
		})
	})
}

// TestLastValueWins: whatever the order of changes, writes and time, in the end the document has the last
// value that was set, and a counter the sum.
func TestLastValueWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		now := epoch
		want := map[key]string{}
		step := func(ev Event) { w.step(ev) }
		applyNext := func() {
			id := w.flight[0]
			w.flight = w.flight[1:]
			w.apply(id, now)
		}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
			k := key{rapid.SampledFrom([]string{"n1", "n2"}).Draw(t, "node"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"), ""}
			u := Update{Node: k.node, Name: k.name}
			switch rapid.IntRange(0, 5).Draw(t, "event") {
			case 0:
				v := fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "value"))
				u.Value, want[k] = &v, v
				step(Change{u, now})
			case 1:
				v := "value++"
				old := want[k]
				u.Value, want[k] = &v, *Count(&old, v)
				step(Change{u, now})
			case 2:
				delete(want, k)
				step(Change{u, now})
			case 3:
				delay := time.Duration(rapid.IntRange(0, 3).Draw(t, "delay")) * time.Second
				u.Delay = &delay
				step(Change{u, now})
			case 4:
				step(Now{now})
			case 5:
				if len(w.flight) > 0 {
					applyNext()
				}
			}
		}
		step(Flush{At: now})
		for len(w.flight) > 0 {
			applyNext()
		}
		if fmt.Sprint(w.doc) != fmt.Sprint(want) {
			t.Fatalf("document %v, want %v", w.doc, want)
		}
		if len(w.waiting)+len(w.sent)+len(w.due)+len(w.Machine.writes) > 0 {
			t.Fatalf("left over: %v %v %v", w.waiting, w.sent, w.due)
		}
	})
}

func TestCount(t *testing.T) {
	p := func(s string) *string { return &s }
	for _, c := range []struct {
		old         *string
		value, want string
	}{
		{nil, "value++", "1"}, {p("3"), "value++", "4"}, {p("3"), "value+=5", "8"}, {p("x"), "value++", "1"},
		{p("INFINITY"), "value++", "INFINITY"}, {p("999999"), "value++", "INFINITY"}, {p("3"), "other++", "other++"},
		{p("value++"), "value++", "value+=2"}, {p("3"), "value+=x", "value+=x"}, {p("3"), "", ""}, {p("-1"), "value++", "0"},
	} {
		if got := *Count(c.old, c.value); got != c.want {
			t.Errorf("%s: %q, want %q", c.value, got, c.want)
		}
	}
}

func TestPending(t *testing.T) {
	w := newWorld()
	delay, v := time.Second, "5"
	w.step(Change{Update{Node: "n1", Name: "a", Value: &v, Delay: &delay}, epoch})
	if got, ok := w.Pending("n1", "a"); !ok || *got != "5" || w.Delay("a") != time.Second {
		t.Errorf("%v %v", got, ok)
	}
	if _, ok := w.Pending("n1", "b"); ok {
		t.Error("b is not pending")
	}
}

func TestPure(t *testing.T) {
	for _, f := range []string{"machine.go", "types.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(f); err != nil || strings.Contains(string(text), "time.Now(") {
			t.Errorf("%s: %v, or it asks for the time", f, err)
		}
		for _, i := range tree.Imports {
			switch path := strings.Trim(i.Path.Value, `"`); path {
			case "os", "net", "os/exec", "math/rand", "math/rand/v2", "syscall":
				t.Errorf("%s imports %s", f, path)
			}
		}
	}
}
