package cib

import (
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300)
	for _, c := range []struct{ text, want string }{
		{``, "1:1: no element here"},
		{`text`, "1:1: no element here"},
		{`<cib`, "1:5: the text ends inside <cib>"},
		{`<cib>`, "1:6: <cib> is not closed"},
		{"<cib>\n</bic>", "2:1: </bic> where </cib> should be"},
		{`<cib/><cib/>`, "1:7: something follows the end of <cib>"},
		{`<cib/>junk`, "1:7: something follows the end of <cib>"},
		{`<cib a="1" a="2"/>`, "1:12: attribute a stands twice in <cib>"},
		{`<cib a="1"b="2"/>`, "1:11: a blank is missing before the attribute"},
		{`<cib a/>`, `1:7: "=" is missing after attribute a`},
		{`<cib a=1/>`, "1:8: the value of attribute a is not quoted"},
		{`<cib a="1/>`, "1:9: the value of attribute a does not end"},
		{`<cib a="<"/>`, `1:9: "<" in the value of attribute a`},
		{`<cib a="&nope;"/>`, "1:9: unknown reference &nope;"},
		{`<cib a="&amp"/>`, `1:9: "&" without ";"`},
		{`<cib a="&#0;"/>`, "1:9: unknown reference &#0;"},
		{`<cib a="&#xD800;"/>`, "1:9: unknown reference &#xD800;"},
		{`<cib>a & b</cib>`, `1:6: "&" without ";"`},
		{`<cib>]]></cib>`, `1:6: "]]>" in text`},
		{`<cib><!-- a -- b --></cib>`, `1:6: "--" inside a comment`},
		{`<cib><!-- a</cib>`, `1:6: comment without its end "-->"`},
		{`<!DOCTYPE cib [<!ENTITY a "b">]><cib/>`, "1:1: document type declarations are not accepted"},
		{`<cib><!ELEMENT a></cib>`, "1:6: declarations are not accepted"},
		{`<1cib/>`, "1:2: a name should be here"},
		{`<a:b:c/>`, "1:2: a name should be here"},
		{"<cib a=\"\x00\"/>", "1:9: control character 0x0"},
		{"<cib a=\"\xff\"/>", "1:1: the text is not UTF-8"},
		{"<cib>" + deep + "</cib>", "1:603: elements nested more than 200 deep"},
		{`<configuration/>`, "the root element is not <cib>"},
	} {
		_, err := Parse([]byte(c.text))
		if err == nil {
			t.Errorf("%.40s: accepted", c.text)
		} else if got := strings.TrimPrefix(err.Error(), "not well-formed XML: "); got != c.want {
			t.Errorf("%.40s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestBytes has documents and what becomes of them; the output reads back to itself.
func TestBytes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"<?xml version=\"1.0\"?>\n<!-- before -->\n<cib   b='2'  a=\"1\" ></cib >\n", "<cib b=\"2\" a=\"1\"/>\n"},
		{`<cib a="&lt;&#10;&#9;&#13;&quot;&apos;&amp;&gt;é"/>`, "<cib a=\"&lt;&#10;&#9;&#13;&quot;&apos;&amp;&gt;é\"/>\n"},
		{"<cib a=\"x\ny\tz\r\nw\"/>", "<cib a=\"x y z w\"/>\n"},
		{"<cib><a>\r\n one &lt; 'two' </a><b> </b></cib>", "<cib>\n  <a>\n one &lt; 'two' </a>\n  <b/>\n</cib>\n"},
		{"<cib><a>x<b/>y<!--c--></a></cib>", "<cib>\n  <a>x<b/>y<!--c--></a>\n</cib>\n"},
		{"<cib><!-- one --><?pi two?><a><![CDATA[<&]]></a></cib>", "<cib>\n  <!-- one -->\n  <?pi two?>\n  <a><![CDATA[<&]]></a>\n</cib>\n"},
		{`<cib xmlns:x="u"><x:a x:b="1"/></cib>`, "<cib xmlns:x=\"u\">\n  <x:a x:b=\"1\"/>\n</cib>\n"},
	} {
		d := parse(t, c.text)
		if got := string(d.Bytes()); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.text, got, c.want)
		}
		again := parse(t, c.want)
		if string(again.Bytes()) != c.want || again.Digest() != d.Digest() {
			t.Errorf("%s: reads back as %q", c.text, again.Bytes())
		}
		if compact := parse(t, string(d.Compact())); compact.Digest() != d.Digest() {
			t.Errorf("%s: compact form %q", c.text, d.Compact())
		}
		if string(d.Copy().Bytes()) != c.want {
			t.Errorf("%s: copy %q", c.text, d.Copy().Bytes())
		}
	}
}

func TestDigest(t *testing.T) {
	digest := func(s string) string { return parse(t, s).Digest() }
	base := digest(`<cib epoch="1"><a x="1" y="2">t</a></cib>`)
	for _, same := range []string{
		`<cib epoch="2" num_updates="9" cib-last-written="now"><a y="2" x="1"> t </a></cib>`,
		`<cib><!-- c --><a x="1" y="2">t</a></cib>`,
	} {
		if digest(same) != base {
			t.Errorf("%s has another digest", same)
		}
	}
	for _, other := range []string{
		`<cib><a x="1" y="3">t</a></cib>`, `<cib><a x="1" y="2">u</a></cib>`, `<cib><a x="1">t</a></cib>`, `<cib><a x="1" y="2">t</a><a/></cib>`,
		`<cib><b x="1" y="2">t</b></cib>`, `<cib><a x="1" y="2">t<a/></a></cib>`, `<cib><a x="1" y="2" epoch="3">t</a></cib>`,
	} {
		if digest(other) == base {
			t.Errorf("%s has the same digest", other)
		}
	}
}

func TestByIDAndLookup(t *testing.T) {
	d := full(t)
	for _, id := range []string{"web", "col2-set1", "al1-standby", "loc3-e3"} {
		e := d.ByID(id)
		if e == nil || attr(e, "id") != id || d.Lookup(Path(e)) != e {
			t.Errorf("%s: %v", id, e)
		}
	}
	if e := d.ByID("web"); e.Tag != "primitive" {
		t.Errorf("web is a %s, not the primitive", e.Tag)
	}
	if d.ByID("nope") != nil {
		t.Error("nope is there")
	}
	performOK(t, d, Request{Op: OpModify, XML: `<nvpair id="ip-params-ip" name="address"/>`})
	performOK(t, d, Request{Op: OpDelete, XPath: "//alerts"})
	performOK(t, d, Request{Op: OpCreate, XML: `<primitive id="new" class="lsb" type="x"/>`})
	if attr(d.ByID("ip-params-ip"), "name") != "address" || d.ByID("al1") != nil || d.ByID("al1-standby") != nil || d.ByID("new") == nil {
		t.Error("the index is behind")
	}
	for _, bad := range []string{"", "/", "cib", "/cib/", "/cib[", "/cib[@id=", "/cib[@id='", "/cib[0]", "/cib[x]", "/other", "/cib/configuration[@id='x']", "/cib/configuration/resources/primitive[99]"} {
		if e := d.Lookup(bad); e != nil {
			t.Errorf("%q finds <%s>", bad, e.Tag)
		}
	}
}
