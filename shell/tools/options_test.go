package tools

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	opts := []option{
		{long: "list", short: 'l'}, {long: "locate", short: 'W'}, {long: "name", short: 'n', arity: value},
		{long: "promotion", short: 'p', arity: optional}, {long: "uname", short: 'U', arity: value, same: "name"},
	}
	tests := []struct {
		dialect dialect
		line    string
		want    string // NAME=VALUE for options, plain words after a bar, or "!" and the error
	}{
		{glib, "-lW", "list= locate= |"},
		{glib, "-ln x y", "list= name=x | y"},
		{glib, "-nx", "name=x |"},
		{glib, "-n -INFINITY", "name=-INFINITY |"},
		{glib, "--name -5 --list", "name=-5 list= |"},
		{glib, "--name= -l", "name= list= |"},
		{glib, "-p x", "promotion=x |"},
		{glib, "-p -l", "promotion= list= |"},
		{glib, "-p", "promotion= |"},
		{glib, "--promotion=x y", "promotion=x | y"},
		{glib, "-U n1", "name=n1 |"},
		{glib, "a -l b -- -l", "list= | a b -l"},
		{glib, "--list=x", "list= |"},
		{glib, "--lis", "!Unknown option --lis"},
		{glib, "-lx", "!Unknown option -x"},
		{glib, "-n", "!Missing argument for -n"},
		{glib, "--name", "!Missing argument for --name"},
		{glib, "-", "| -"},
		{getopt, "--nam x", "name=x |"},
		{getopt, "-p x", "promotion= | x"},
		{getopt, "-px", "promotion=x |"},
		{getopt, "--l", "!option '--l' is ambiguous; possibilities: '--list' '--locate'"},
		{getopt, "--bogus", "!unrecognized option '--bogus'"},
		{getopt, "--list=x", "!option '--list' doesn't allow an argument"},
		{getopt, "--name", "!option '--name' requires an argument"},
		{getopt, "-n", "!option requires an argument -- 'n'"},
		{getopt, "-x", "!invalid option -- 'x'"},
	}
	for _, test := range tests {
		c := &command{name: "tool", dialect: test.dialect, own: true, options: opts}
		flags, words, err := c.parse(strings.Fields(test.line))
		var b strings.Builder
		for _, f := range flags {
			b.WriteString(f.name + "=" + f.value + " ")
		}
		got := strings.TrimSpace(b.String() + "| " + strings.Join(words, " "))
		if err != nil {
			got = "!" + err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.line, got, test.want)
		}
	}
}

// No command line crashes a parser or loses a word: options and other words come out of as many words
// as went in.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"-1rfA", "--output-as xml -n x", "-p -- -l", "-n\n--", "--=", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, " ")
		for _, c := range []*command{resourceCommand, cibadminCommand, cfgtoolCommand} {
			flags, rest, err := c.parse(words)
			if err == nil && len(rest) > len(words) {
				t.Fatalf("%s: %d words out of %d", c.name, len(rest), len(words))
			}
			for _, fl := range flags {
				if _, err := c.findLong(fl.name); err != nil {
					t.Fatalf("%q gives an option %q that does not exist", line, fl.name)
				}
			}
		}
	})
}

// Every tool of the table answers a call for help without a cluster, and refuses an unknown option.
func TestHelp(t *testing.T) {
	for _, name := range Names() {
		for _, args := range [][]string{{"--help"}, {"--no-such-option"}} {
			r := newRun(t, "three")
			r.live = true
			r.own(t, append([]string{name}, args...))
			if r.code == 0 && args[0] != "--help" || r.out.Len()+r.err.Len() == 0 {
				t.Errorf("%s %s: exit code %d, %q", name, args[0], r.code, r.err.String())
			}
		}
	}
}
