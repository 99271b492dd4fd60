package shell

import (
	"fmt"
	"sort"
	"strings"

	"quorate/engine/cib"
)

// cibDiffText prints what makes to out of from, in the layout of crm_shadow --diff; "" when they are equal.
func cibDiffText(from, to *cib.Document) string {
	changes := cib.Diff(from, to)
	if len(changes) == 0 && from.Version() == to.Version() {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Diff: --- %s 2\nDiff: +++ %s (null)\n", from.Version(), to.Version())
	if v := versionChange(from, to); v != "" {
		fmt.Fprintf(&b, "+  /cib:  %s\n", v)
	}
	for _, c := range changes {
		b.WriteString(changeText(c))
	}
	return b.String()
}

func versionChange(from, to *cib.Document) string {
	var parts []string
	for _, key := range []string{"epoch", "num_updates", "admin_epoch"} {
		if now := to.Root().SelectAttrValue(key, "0"); now != from.Root().SelectAttrValue(key, "0") {
			parts = append(parts, "@"+key+"="+now)
		}
	}
	return strings.Join(parts, ", ")
}

func changeText(c cib.Change) string {
	switch c.Op {
	case cib.ChangeCreate:
		return createText(c)
	case cib.ChangeDelete:
		return fmt.Sprintf("-- %s\n", c.Path)
	case cib.ChangeMove:
		return fmt.Sprintf("+~ %s moved to offset %d\n", c.Path, c.Position)
	}
	text := ""
	if len(c.Unset) > 0 {
		text += fmt.Sprintf("-- %s:  @%s\n", c.Path, strings.Join(c.Unset, ", @"))
	}
	var set []string
	for k, v := range c.Set {
		set = append(set, "@"+k+"="+v)
	}
	sort.Strings(set)
	if len(set) > 0 {
		text += fmt.Sprintf("+  %s:  %s\n", c.Path, strings.Join(set, ", "))
	}
	return text
}

// createText shows a new element; its further lines stand below the first one.
func createText(c cib.Change) string {
	el, err := cib.ParseElement(c.XML)
	if err != nil {
		return fmt.Sprintf("++ %s:  %s\n", c.Path, c.XML)
	}
	head := fmt.Sprintf("++ %s:  ", c.Path)
	margin := "++" + strings.Repeat(" ", len(head)-2)
	lines := strings.Split(strings.TrimRight(cib.XML(el, true), "\n"), "\n")
	return head + strings.Join(lines, "\n"+margin) + "\n"
}
