package configure

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"quorate/ra/meta"
	"quorate/ra/options"
)

var fence = regexp.MustCompile("(?ms)^```(crm|error)\n(.*?)```\n(?:given: (.*?)\n)?```shown\n(.*?)```\n(```xml\n.*?```\n)?")

var quoted = regexp.MustCompile("`([^`]*)`")

// TestLanguage runs every example of docs/language.md; -rewrite writes what comes out into the page.
func TestLanguage(t *testing.T) {
	const page = "../../docs/language.md"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	got := fence.ReplaceAllStringFunc(string(data), func(text string) string {
		examples++
		m := fence.FindStringSubmatch(text)
		given := ""
		if m[3] != "" {
			given = "given: " + m[3] + "\n"
		}
		shown, xml := example(t, m[1], m[2], m[3])
		if m[5] != "" {
			xml = "```xml\n" + xml + "```\n"
		} else {
			xml = ""
		}
		return "```" + m[1] + "\n" + m[2] + "```\n" + given + "```shown\n" + shown + "```\n" + xml
	})
	if examples < 20 {
		t.Errorf("only %d examples found", examples)
	}
	got = attributeTable.ReplaceAllStringFunc(got, func(text string) string {
		name := attributeTable.FindStringSubmatch(text)[1]
		return "<!-- attributes: " + name + " -->\n" + attributes(t, name) + "<!-- end -->\n"
	})
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(data) {
		t.Errorf("the page says something else than what happens; see with -rewrite and git diff")
	}
}

var attributeTable = regexp.MustCompile(`(?ms)^<!-- attributes: (.*?) -->\n.*?^<!-- end -->\n`)

// attributes is the table of attributes that the shell itself knows by that name.
func attributes(t *testing.T, name string) string {
	params, ok := map[string][]meta.Parameter{
		"properties": options.Properties(), "resource": options.ResourceMeta.Parameters,
		"clone": options.CloneMeta.Parameters, "operation": options.Operation.Parameters,
	}[name]
	if !ok {
		t.Fatalf("there is no table of attributes %q", name)
	}
	var b strings.Builder
	b.WriteString("| name | values | default | |\n|---|---|---|---|\n")
	for _, p := range params {
		values := p.Type
		if len(p.Values) > 0 {
			values = strings.Join(p.Values, ", ")
		}
		text := strings.TrimPrefix(strings.Join(strings.Fields(p.ShortDesc+". "+p.LongDesc), " "), ". ")
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, values, p.Default, strings.ReplaceAll(text, "|", `\|`))
	}
	return b.String()
}

// example runs one block and returns the text of the objects that it made or changed, and the XML of the last.
func example(t *testing.T, kind, input, given string) (shown, xml string) {
	s := newSession(t, "")
	for _, m := range quoted.FindAllStringSubmatch(given, -1) {
		s.run(m[1])
	}
	if s.out.Len() > 0 {
		t.Errorf("given %s: %s", given, s.out.String())
	}
	before := map[string]string{}
	for _, e := range s.b.objects() {
		before[name(e)] = shallow(e)
	}
	input = strings.ReplaceAll(input, "\\\n", "")
	for _, line := range strings.Split(strings.TrimSpace(input), "\n") {
		err := s.b.Define(line)
		if kind == "error" && err != nil {
			return err.Error() + "\n", ""
		}
		if err != nil || kind == "error" {
			t.Errorf("%s: %v", line, err)
		}
	}
	var changed []*etree.Element
	for _, e := range s.b.objects() {
		if before[name(e)] != shallow(e) {
			changed = append(changed, e)
		}
	}
	sortObjects(changed, false)
	if len(changed) == 0 {
		t.Fatalf("nothing came of %s: %s", input, s.out.String())
	}
	s.checkSaved()
	d := etree.NewDocumentWithRoot(copyOf(changed[len(changed)-1]))
	d.Indent(2)
	xml, _ = d.WriteToString()
	return s.b.text(changed, s.b.renderEnv(nil)) + "\n", xml
}
