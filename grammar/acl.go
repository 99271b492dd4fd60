package grammar

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Role is "role ID [description=] PERM {PERM}"; PERM is "read|write|deny [$id=ID|ID:] [description=] {SPEC}".
type Role struct {
	Keyword string        `parser:"@Word"`
	Name    objectID      `parser:"@@"`
	Desc    description   `parser:"@@?"`
	Perms   []*Permission `parser:"@@+"`
}

// Permission is one permission of a role.
type Permission struct {
	Kind  permKind    `parser:"@@"`
	ID    string      `parser:"( @ID | @Label )?"`
	Desc  description `parser:"@@?"`
	Specs []*permSpec `parser:"@@*"`
}

type permKind string

var permKinds = set("read", "write", "deny")

// Parse reads the right.
func (k *permKind) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if !permKinds[strings.ToLower(t.Value)] {
		return faultf(lex, "Expected (read|write|deny)")
	}
	*k = permKind(strings.ToLower(t.Value))
	lex.Next()
	return nil
}

// permSpec is one thing that a permission is about: an xpath, a reference, a tag, an attribute or a shortcut.
type permSpec struct{ Attr, Value string }

// permAttrs maps the word before the colon to the attribute of acl_permission.
var permAttrs = map[string]string{
	"xpath": "xpath", "ref": "reference", "reference": "reference", "tag": "object-type", "type": "object-type",
	"attr": "attribute", "attribute": "attribute",
}

// Parse reads one.
func (p *permSpec) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || permKinds[strings.ToLower(t.Value)] {
		return participle.NextMatch
	}
	word, rest, has := strings.Cut(t.Value, ":")
	if attr := permAttrs[word]; attr != "" && has {
		lex.Next()
		*p = permSpec{attr, rest}
		return nil
	}
	sc, ok := shortcuts[word]
	if !ok {
		return participle.NextMatch
	}
	lex.Next()
	var args []string
	if has {
		args = strings.Split(rest, ":")
	}
	x, wrong := sc.xpath(args)
	if wrong != "" {
		return faultf(lex, "%s to ACL shortcut %s", wrong, word)
	}
	*p = permSpec{"xpath", x}
	return nil
}

// shortcut is an abbreviation of an xpath. In the patterns @@ stands for the next argument.
type shortcut struct {
	pattern string // with all required arguments
	more    string // appended when the optional argument is given
	need    bool   // the first argument is required
}

var shortcuts = map[string]shortcut{
	"meta":        {"//primitive[@id='@@']/meta_attributes", "/nvpair[@name='@@']", true},
	"params":      {"//primitive[@id='@@']/instance_attributes", "/nvpair[@name='@@']", true},
	"utilization": {"//primitive[@id='@@']/utilization", "", true},
	"location":    {"//rsc_location[@id='cli-prefer-@@' and @rsc='@@']", "", true},
	"property":    {"//crm_config/cluster_property_set", "/nvpair[@name='@@']", false},
	"node":        {"//nodes/node", "[@uname='@@']", false},
	"nodeattr":    {"//nodes/node/instance_attributes", "/nvpair[@name='@@']", false},
	"nodeutil":    {"//nodes/node/utilization", "[@uname='@@']", false},
	"status":      {"/cib/status", "", false},
	"cib":         {"/cib", "", false},
}

// shortcutOrder is the order in which an xpath is compared with the shortcuts.
var shortcutOrder = []string{"meta", "params", "utilization", "location", "property", "node", "nodeattr", "nodeutil", "status", "cib"}

// xpath fills in the arguments, or says what is wrong with them. One too many is an error: left out, it
// would widen the permission.
func (s shortcut) xpath(args []string) (x, wrong string) {
	x = s.pattern
	if s.need {
		if len(args) == 0 || args[0] == "" {
			return "", "Missing argument"
		}
		x = strings.ReplaceAll(x, "@@", args[0])
		args = args[1:]
	}
	if len(args) > 0 && args[0] != "" && s.more != "" {
		x += strings.ReplaceAll(s.more, "@@", args[0])
		args = args[1:]
	}
	if len(args) > 0 {
		return "", "Too many arguments"
	}
	return x, ""
}

func (r *Role) id() string { return string(r.Name) }

func (r *Role) check(s *stmt) *fault { return checkPerms(s, r.Perms) }

func checkPerms(s *stmt, perms []*Permission) *fault {
	for _, p := range perms {
		var attr, typ bool
		for _, x := range p.Specs {
			attr = attr || x.Attr == "attribute"
			typ = typ || x.Attr == "object-type"
		}
		if attr && !typ {
			return &fault{reason: "attribute is only valid in combination with tag/object-type", at: len(s.words)}
		}
	}
	return nil
}

func (r *Role) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("acl_role", "id", string(r.Name))
	r.Desc.add(e)
	for _, p := range r.Perms {
		for _, x := range p.elements() {
			e.AddChild(x)
		}
	}
	return e, nil
}

// elements makes one acl_permission for each xpath, reference, and object type with its attribute.
func (p *Permission) elements() []*etree.Element {
	var out []*etree.Element
	var last *etree.Element
	add := func(attr, v string) {
		last = newElement("acl_permission", "kind", string(p.Kind))
		p.Desc.add(last)
		if attr != "" {
			last.CreateAttr(attr, v)
		}
		out = append(out, last)
	}
	given := map[string][]string{}
	for _, x := range p.Specs {
		given[x.Attr] = append(given[x.Attr], x.Value)
	}
	for _, kind := range []string{"xpath", "reference", "object-type"} {
		for i, v := range given[kind] {
			add(kind, v)
			if attrs := given["attribute"]; kind == "object-type" && i < len(attrs) {
				last.CreateAttr("attribute", attrs[i])
			}
		}
	}
	if p.ID != "" && len(out) > 0 {
		id := strings.TrimSuffix(p.ID, ":")
		if strings.HasPrefix(id, "$") {
			id = dollarValue(p.ID)
		}
		out[0].CreateAttr("id", id)
	}
	return out
}

// ACLTarget is "acl_target|acl_group ID ROLE {ROLE}".
type ACLTarget struct {
	Keyword string     `parser:"@Word"`
	Name    objectID   `parser:"@@"`
	Roles   []objectID `parser:"@@+"`
}

func (t *ACLTarget) id() string { return string(t.Name) }

func (t *ACLTarget) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement(s.keyword, "id", string(t.Name))
	for _, r := range t.Roles {
		e.AddChild(newElement("role", "id", string(r)))
	}
	return e, nil
}

// User is the ACL of pacemaker-1.x: "user ID {role:ROLE | read|write|deny SPEC}".
type User struct {
	Keyword string        `parser:"@Word"`
	Name    objectID      `parser:"@@"`
	Roles   []*userRole   `parser:"( @@+"`
	Perms   []*Permission `parser:"| @@+ )"`
}

type userRole string

// Parse reads "role:ROLE".
func (r *userRole) Parse(lex *lexer.PeekingLexer) error {
	v, ok := strings.CutPrefix(lex.Peek().Value, "role:")
	if !ok {
		return participle.NextMatch
	}
	*r = userRole(v)
	lex.Next()
	return nil
}

func (u *User) id() string { return string(u.Name) }

func (u *User) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("acl_user", "id", string(u.Name))
	for _, r := range u.Roles {
		e.AddChild(newElement("role_ref", "id", string(*r)))
	}
	for _, p := range u.Perms {
		x := newElement(string(p.Kind))
		for _, s := range p.Specs {
			x.CreateAttr(map[string]string{"xpath": "xpath", "reference": "ref", "object-type": "tag", "attribute": "attribute"}[s.Attr], s.Value)
		}
		e.AddChild(x)
	}
	return e, nil
}
