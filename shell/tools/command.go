package tools

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"quorate/engine/exit"
)

// The versions that the tools claim: agents and scripts choose their ways by them.
const (
	pacemakerVersion = "2.1.5"
	corosyncVersion  = "3.1.7"
	featureSet       = "3.16.1"
	apiVersion       = "2.25" // of the XML output
)

// command describes the command line of one tool.
type command struct {
	name    string
	usage   string // after the name in the first line of the help
	summary string
	dialect dialect
	options []option
	formats bool      // --output-as and --output-to are understood
	bad     exit.Code // for a wrong command line; 0 means exit.Usage
	own     bool      // no common options: the tool handles help and version itself
	text    string    // printed on stdout after a wrong command line
	badText string    // printed on stderr after a wrong command line
}

var glibCommon = []option{
	{long: "help", short: 'h', help: "Show this help"},
	{long: "help-all", help: "Show this help"},
	{long: "version", short: '$', help: "Display software version and exit"},
	{long: "verbose", short: 'V', help: "Increase debug output (accepted, no effect)"},
}

var formatCommon = append([]option{
	{long: "output-as", arity: value, hint: "FORMAT", help: "Output format: text (default) or xml"},
	{long: "output-to", arity: value, hint: "DEST", help: "File for the output, or \"-\" for stdout"},
	{long: "text-fancy"},
}, glibCommon...)

var getoptCommon = []option{
	{long: "help", short: '?', help: "Show this help"},
	{long: "version", short: '$', help: "Display software version and exit"},
	{long: "verbose", short: 'V', help: "Increase debug output (accepted, no effect)"},
}

// common returns the options that all tools of the dialect have.
func (c *command) common() []option {
	switch {
	case c.own:
		return nil
	case c.formats:
		return formatCommon
	case c.dialect == getopt:
		return getoptCommon
	}
	return glibCommon
}

// call is one run of a tool: its command line and where its output goes.
type call struct {
	IO
	ctx   context.Context
	cmd   *command
	flags []flag
	words []string
	out   *output
}

// tool makes a Tool: read the command line, answer help and version, else run body.
func (c *command) tool(body func(*call) exit.Code) Tool {
	return func(ctx context.Context, io IO, args []string) exit.Code {
		k := &call{IO: io, ctx: ctx, cmd: c}
		var err error
		if k.flags, k.words, err = c.parse(args); err != nil {
			fmt.Fprintf(io.Err, "%s: %v\n", c.name, err)
			if c.dialect == getopt && !c.own {
				fmt.Fprint(io.Err, c.shortUsage())
			}
			fmt.Fprint(io.Out, c.text)
			fmt.Fprint(io.Err, c.badText)
			return c.badCode()
		}
		if !c.own {
			switch {
			case k.has("help", "help-all"):
				fmt.Fprint(io.Out, c.help())
				return exit.OK
			case k.has("version"):
				fmt.Fprint(io.Out, versionText())
				return exit.OK
			}
		}
		closer, code := k.open(args)
		if code != exit.OK {
			return code
		}
		defer closer()
		return k.out.finish(body(k))
	}
}

func (c *command) badCode() exit.Code {
	if c.bad != 0 {
		return c.bad
	}
	return exit.Usage
}

// open makes the output that --output-as and --output-to ask for.
func (k *call) open(args []string) (func(), exit.Code) {
	k.out = &output{tool: k.cmd.name, w: k.Out, err: k.Err}
	closer := func() {}
	for _, f := range k.flags {
		switch f.name {
		case "output-as":
			switch f.value {
			case "text":
				k.out.xml = false
			case "xml":
				k.out.xml = true
			case "none":
				k.out.w = io.Discard
			default:
				fmt.Fprintf(k.Err, "%s: Error creating output format %s: Unknown output format\n", k.cmd.name, f.value)
				return nil, exit.Error
			}
		case "output-to":
			if f.value == "-" {
				continue
			}
			file, err := os.Create(f.value)
			if err != nil {
				fmt.Fprintf(k.Err, "%s: Error creating output format: %v\n", k.cmd.name, err)
				return nil, exit.CantCreate
			}
			k.out.w = file
			closer = func() { _ = file.Close() }
		}
	}
	if k.out.xml {
		k.out.begin(k.cmd.name, args)
	}
	return closer, exit.OK
}

// has reports whether one of the options was given.
func (k *call) has(names ...string) bool {
	for _, f := range k.flags {
		for _, n := range names {
			if f.name == n {
				return true
			}
		}
	}
	return false
}

// get returns the value of the option as given last, "" when it was not given.
func (k *call) get(name string) string {
	v := ""
	for _, f := range k.flags {
		if f.name == name {
			v = f.value
		}
	}
	return v
}

// all returns the values of an option that may be given several times.
func (k *call) all(name string) []string {
	var vs []string
	for _, f := range k.flags {
		if f.name == name {
			vs = append(vs, f.value)
		}
	}
	return vs
}

// usage tells on stderr how the tool is called; for a call without a command.
func (k *call) usage() exit.Code {
	fmt.Fprint(k.Err, k.cmd.shortUsage())
	return k.cmd.badCode()
}

func versionText() string {
	return "Pacemaker " + pacemakerVersion + "\nSpoken by quorate, an independent implementation\n"
}

// shortUsage is the two lines that a wrong command line gets.
func (c *command) shortUsage() string {
	usage := c.usage
	if usage == "" {
		usage = "[OPTION…]"
	}
	return fmt.Sprintf("Usage:\n  %s %s        (%s --help shows the options)\n", c.name, usage, c.name)
}

// help makes the help text from the table of options.
func (c *command) help() string {
	var b strings.Builder
	usage := c.usage
	if usage == "" {
		usage = "[OPTION…]"
	}
	fmt.Fprintf(&b, "Usage:\n  %s %s\n\n%s\n\nOptions:\n", c.name, usage, c.summary)
	for _, list := range [][]option{c.options, c.common()} {
		for _, o := range list {
			if o.help == "" || o.same != "" {
				continue
			}
			fmt.Fprintf(&b, "  %-32s %s\n", o.spelling(), o.help)
		}
	}
	return b.String()
}

// spelling is how the help writes the option: "-n, --name=NAME".
func (o *option) spelling() string {
	var s string
	if o.short != 0 {
		s = "-" + string(o.short)
	}
	if o.long != "" && len(o.long) > 1 {
		if s != "" {
			s += ", "
		}
		s += "--" + o.long
	}
	switch {
	case o.arity == none:
		return s
	case len(o.long) < 2:
		return s + " " + o.hint
	case o.arity == optional:
		return s + "[=" + o.hint + "]"
	}
	return s + "=" + o.hint
}
