package cib

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add(webCIB)
	f.Add(`<?xml version="1.0"?><!-- a --><cib a="&#10;'"><b>x<!--c--><![CDATA[d]]></b><?p q?></cib>`)
	f.Add("<cib a=\"x\ny\"/>")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse([]byte(text))
		if err != nil {
			return
		}
		if !wellFormed(text) {
			t.Fatalf("we accept what encoding/xml refuses: %q", text)
		}
		for _, form := range [][]byte{d.Bytes(), d.Compact()} {
			again, err := Parse(form)
			if err != nil {
				t.Fatalf("our own output %q: %v", form, err)
			}
			if again.Digest() != d.Digest() {
				t.Fatalf("%q reads back differently", form)
			}
		}
		Validate(d)
		d.NodeStates()
		for _, s := range d.NodeStates() {
			d.History(s.Name)
			d.Transients(s.Name)
		}
	})
}

// wellFormed asks the reader of the standard library, which takes names more strictly.
func wellFormed(text string) bool {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, x := range []string{"//primitive[@id='p1']", "//node_state[@crmd='online']//nvpair[@name='x']/@value", "count(//a)", "//a | //b", "//*[not(x)]/..", "//primitive[last()]"} {
		f.Add(x)
	}
	d, err := Parse([]byte(webCIB))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if len(expression) > 200 {
			return
		}
		found, err := d.Find(expression)
		if err == nil {
			for _, m := range found {
				Path(m.Element)
			}
		}
	})
}

func FuzzPerform(f *testing.F) {
	f.Add("create", "resources", "", p4)
	f.Add("modify", "", "", `<nvpair id="p1-m-a" value="value++"/>`)
	f.Add("replace", "", "//primitive", `<primitive id="p1" class="lsb" type="x"/>`)
	f.Add("delete", "constraints", "", `<rsc_location id="l1"/>`)
	f.Add("delete", "", "//nvpair", "")
	f.Add("erase", "", "", "")
	f.Add("upgrade", "", "", "")
	f.Fuzz(func(t *testing.T, op, section, xpath, text string) {
		if len(xpath) > 100 {
			return
		}
		d, err := Parse([]byte(webCIB))
		if err != nil {
			t.Fatal(err)
		}
		before := string(d.Bytes())
		d.ByID("p1")
		err = d.Perform(Request{Op: RequestOp(op), Section: section, XPath: xpath, XML: text})
		if err != nil && string(d.Bytes()) != before {
			t.Fatalf("refused (%v), but changed", err)
		}
		if p := Validate(d); p != nil {
			t.Fatalf("accepted, but %v", p)
		}
	})
}

func FuzzApplyDiffXML(f *testing.F) {
	f.Add(`<diff format="2"><change operation="delete" path="/cib/configuration/resources/primitive[@id='p1']"/></diff>`)
	f.Add(`<diff format="2"><change operation="create" path="/cib/configuration/resources" position="0"><primitive id="x"/></change><change operation="move" path="/cib/configuration/resources/group[@id='g1']" position="0"/></diff>`)
	f.Add(`<diff format="2"><version><source admin_epoch="0" epoch="5" num_updates="3"/><target admin_epoch="0" epoch="6" num_updates="0"/></version><change operation="modify" path="/cib"><change-list><change-attr name="epoch" operation="set" value="6"/></change-list></change></diff>`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse([]byte(webCIB))
		if err != nil {
			t.Fatal(err)
		}
		patched, err := ApplyDiffXML(d, text)
		if err != nil {
			return
		}
		if _, err := Parse(patched.Bytes()); err != nil {
			t.Fatalf("%q gives %q: %v", text, patched.Bytes(), err)
		}
	})
}
