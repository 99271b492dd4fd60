package tools

import (
	"fmt"
	"os"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

var diffCommand = &command{
	name:    "crm_diff",
	summary: "crm_diff - compare two configurations, or apply a difference to one",
	options: []option{
		{long: "original", short: 'o', arity: value, hint: "FILE", help: "The original"},
		{long: "original-string", short: 'O', arity: value, hint: "XML", help: "The original as text"},
		{long: "new", short: 'n', arity: value, hint: "FILE", help: "Compare with this"},
		{long: "new-string", short: 'N', arity: value, hint: "XML", help: "Compare with this text"},
		{long: "patch", short: 'p', arity: value, hint: "FILE", help: "Apply this difference to the original"},
		{long: "cib", short: 'c', help: "The inputs are CIBs; a digest of the new one is added"},
		{long: "stdin", short: 's'},
		{long: "no-version", short: 'u', help: "Leave the versions out"},
	},
}

// crmDiff prints the difference and exits with 1 if there is one.
func crmDiff(k *call) exit.Code {
	if k.has("cib") && k.has("no-version") {
		k.out.note("error: -u/--no-version incompatible with -c/--cib")
		return exit.Usage
	}
	original, ok := k.fragment("original", "original-string")
	if !ok {
		k.out.note("Could not parse the first XML fragment")
		return exit.DataErr
	}
	if k.has("patch") {
		patch, ok := k.fragment("patch", "")
		if !ok {
			k.out.note("Could not parse the second XML fragment")
			return exit.DataErr
		}
		return k.applyPatch(original, patch)
	}
	changed, ok := k.fragment("new", "new-string")
	if !ok {
		k.out.note("Could not parse the second XML fragment")
		return exit.DataErr
	}
	a, err := cib.Parse([]byte(cib.XML(original, false)))
	var b *cib.Document
	if err == nil {
		b, err = cib.Parse([]byte(cib.XML(changed, false)))
	}
	if err != nil {
		k.out.fail("both inputs must be a <cib>: %v", err)
		return exit.DataErr
	}
	diff := cib.DiffXML(a, b, !k.has("no-version"))
	if diff == "" {
		return exit.OK
	}
	if k.has("cib") {
		diff = strings.Replace(diff, ">", ` digest="`+versionedDigest(b.Root())+`">`, 1)
	}
	fmt.Fprint(k.Out, diff)
	return exit.Error
}

// fragment reads XML from the file or the text that an option gives.
func (k *call) fragment(file, text string) (*etree.Element, bool) {
	data := []byte(k.get(text))
	if k.has(file) {
		var err error
		if data, err = os.ReadFile(k.get(file)); err != nil {
			return nil, false
		}
	}
	e, err := cib.ParseElement(string(data))
	return e, err == nil
}

// applyPatch prints the original with the changes. The digest that a patch may carry is that of the result.
func (k *call) applyPatch(original, patch *etree.Element) exit.Code {
	doc, err := cib.Parse([]byte(cib.XML(original, false)))
	if err == nil {
		doc, err = cib.ApplyDiffXML(doc, cib.XML(patch, false))
	}
	if want := patch.SelectAttr("digest"); err == nil && want != nil {
		if got := versionedDigest(doc.Root()); got != want.Value {
			err = cib.Errorf(exit.Error, "the result has the digest %s, not %s as it should", got, want.Value)
		}
	}
	if err != nil {
		k.out.note("Could not apply patch: %v", err)
		return exit.Error
	}
	fmt.Fprint(k.Out, cib.XML(doc.Root(), true))
	return exit.OK
}
