package tools

import (
	"fmt"
	"strings"
)

// arity says whether an option takes a value.
type arity int

const (
	none     arity = iota
	value          // the rest of the word, or the next word whatever it begins with (scores may be negative)
	optional       // the rest of the word; in the glib dialect also the next word if it does not begin with '-'
)

// dialect is how a command line is read. Pacemaker's newer tools use GLib's parser, the others and
// Corosync's use getopt_long; they differ in abbreviations and in their error texts.
type dialect int

const (
	glib   dialect = iota
	getopt         // long options may be abbreviated
)

// option is one option of a tool.
type option struct {
	long  string // without dashes; the name that the tool's code sees
	short byte   // 0: none
	arity arity
	hint  string // name of the value in the help
	help  string // "": not shown
	same  string // this is another spelling of the option of that name
}

// flag is one option as given, in the order of the command line.
type flag struct{ name, value string }

// parse splits args into options and other words. All options are looked at before any has an effect.
func (c *command) parse(args []string) (flags []flag, words []string, err error) {
	p := parser{command: c, args: args}
	for len(p.args) > 0 {
		arg := p.args[0]
		p.args = p.args[1:]
		switch {
		case arg == "--":
			return p.flags, append(p.words, p.args...), nil
		case strings.HasPrefix(arg, "--"):
			err = p.long(arg[2:])
		case len(arg) > 1 && arg[0] == '-':
			err = p.bundle(arg[1:])
		default:
			p.words = append(p.words, arg)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return p.flags, p.words, nil
}

// parser is the state of one parse.
type parser struct {
	*command
	args  []string // what is left
	flags []flag
	words []string
}

// long reads one long option, "name" or "name=value".
func (p *parser) long(text string) error {
	name, val, glued := strings.Cut(text, "=")
	o, err := p.findLong(name)
	if err != nil && p.dialect == glib {
		return fmt.Errorf("Unknown option --%s", text)
	} else if err != nil {
		return err
	}
	switch {
	case o.arity == none && glued && p.dialect == getopt:
		return fmt.Errorf("option '--%s' doesn't allow an argument", o.long)
	case o.arity == none:
		val = ""
	case !glued:
		var ok bool
		if val, ok = p.next(o.arity); !ok {
			if p.dialect == getopt {
				return fmt.Errorf("option '--%s' requires an argument", o.long)
			}
			return fmt.Errorf("Missing argument for --%s", name)
		}
	}
	p.add(o, val)
	return nil
}

// bundle reads short options in one word: "1rf", "lreboot", "qn".
func (p *parser) bundle(text string) error {
	for i := 0; i < len(text); i++ {
		o := p.findShort(text[i])
		if o == nil {
			if p.dialect == getopt {
				return fmt.Errorf("invalid option -- '%c'", text[i])
			}
			return fmt.Errorf("Unknown option -%c", text[i])
		}
		if o.arity == none {
			p.add(o, "")
			continue
		}
		val, ok := text[i+1:], true
		if val == "" {
			val, ok = p.next(o.arity)
		}
		if !ok && p.dialect == getopt {
			return fmt.Errorf("option requires an argument -- '%c'", text[i])
		} else if !ok {
			return fmt.Errorf("Missing argument for -%c", text[i])
		}
		p.add(o, val)
		return nil
	}
	return nil
}

// next takes the value of an option from the following word.
func (p *parser) next(a arity) (string, bool) {
	if a == optional && (p.dialect == getopt || len(p.args) == 0 || strings.HasPrefix(p.args[0], "-")) {
		return "", true
	}
	if len(p.args) == 0 {
		return "", false
	}
	v := p.args[0]
	p.args = p.args[1:]
	return v, true
}

func (p *parser) add(o *option, val string) {
	name := o.long
	if o.same != "" {
		name = o.same
	}
	p.flags = append(p.flags, flag{name, val})
}

func (c *command) findShort(b byte) *option {
	for _, list := range [][]option{c.options, c.common()} {
		for i := range list {
			if list[i].short == b {
				return &list[i]
			}
		}
	}
	return nil
}

// findLong finds a long option; getopt also knows it by an unambiguous beginning.
func (c *command) findLong(name string) (*option, error) {
	var found []*option
	for _, list := range [][]option{c.options, c.common()} {
		for i := range list {
			o := &list[i]
			if o.long == name {
				return o, nil
			}
			if c.dialect == getopt && name != "" && strings.HasPrefix(o.long, name) {
				found = append(found, o)
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var names []string
		for _, o := range found {
			names = append(names, "'--"+o.long+"'")
		}
		return nil, fmt.Errorf("option '--%s' is ambiguous; possibilities: %s", name, strings.Join(names, " "))
	}
	return nil, fmt.Errorf("unrecognized option '--%s'", name)
}
