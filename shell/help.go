package shell

import (
	"context"
	"fmt"
	"strings"

	"github.com/fatih/color"
)

// helpTopic is a text that belongs to no single command.
type helpTopic struct{ name, short, text string }

var helpTopics = []helpTopic{
	{"Overview", "what this shell is", `crm is the cluster: the shell, the resource manager and the messaging layer in
one program. As root, 'crm cluster init' makes the first node and 'crm cluster
join' each further one. 'crm configure' describes what is to run, 'crm status'
shows what does.

The commands stand on levels. Typed alone, the name of a level enters it;
followed by a command it runs that one command. 'ls' lists what there is, Tab
completes it, 'help NAME' explains it. Names may be shortened as long as they
are not ambiguous.`},
	{"Scripts", "use without a terminal", `crm LEVEL COMMAND ARGUMENTS     one command
crm -f FILE, crm < FILE         the lines of a file
crm configure < FILE            the same, on one level

A line that fails is reported, of a file with its number, and the rest goes on;
the exit status is 1 then. Pending changes of the configuration are committed at
the end of the input. There are no questions: the answer is no, or with -F yes.
Empty lines and lines that begin with # are left out; a backslash at the end of
a line continues it.

With CIB_file=PATH in the environment, everything that needs no running cluster
works on that file; CIB_shadow=NAME or 'crm -c NAME' selects a shadow copy.`},
	{"Options", "options of the command line", `crm [OPTIONS] [LEVEL|COMMAND ...]

  -f, --file FILE        read the commands from FILE, - for standard input
  -F, --force            answer every question with yes
  -n, --no               answer every question with no
  -w, --wait             wait until changes have taken effect
  -c, --cib NAME         work on the shadow CIB NAME
  -D, --display STYLE    plain, color, color-always, uppercase
  -o, --opt NAME=VALUE   set a preference for this run, such as core.wait=yes
  -d, --debug            say more
  -R                     print each line before it runs
  -h, --help             this help
      --version          the version`},
}

func runHelp(_ context.Context, s *Session, args []string) error {
	if len(args) == 0 {
		if len(s.levels) == 1 {
			helpOverview(s)
		} else {
			helpLevel(s, s.level())
		}
		return nil
	}
	level := s.level()
	for i, word := range args {
		c := level.commandNamed(word)
		if t := topicNamed(word); t != nil && i == 0 && c == nil {
			s.page(t.text + "\n")
			return nil
		}
		if c == nil {
			c, _ = level.find(word)
		}
		if c == nil && i == 0 {
			c = s.commandAnywhere(word)
		}
		switch {
		case c == nil:
			return usagef("there is no help about %q: 'help' alone lists what there is", word)
		case c.Level == nil:
			return helpAbout(s, c, args[i+1:])
		}
		level = c.Level
	}
	helpLevel(s, level)
	return nil
}

// helpAbout explains a command, or one of the words that it takes.
func helpAbout(s *Session, c *Command, words []string) error {
	if len(words) == 0 || c.About == nil {
		helpCommand(s, c)
		return nil
	}
	text := c.About(words[0])
	if text == "" {
		return usagef("there is no help about %s %q: 'help %s' says what it takes", c.Name, words[0], c.Name)
	}
	s.page(text)
	return nil
}

func topicNamed(word string) *helpTopic {
	for i := range helpTopics {
		if strings.EqualFold(helpTopics[i].name, word) {
			return &helpTopics[i]
		}
	}
	return nil
}

// commandAnywhere finds a command that other levels have, so that 'help primitive' works at the root.
func (s *Session) commandAnywhere(word string) *Command {
	for _, top := range s.levels[0].Commands {
		if top.Name == word {
			return top
		}
		if top.Level != nil {
			if c := top.Level.commandNamed(word); c != nil {
				return c
			}
		}
	}
	return nil
}

func helpOverview(s *Session) {
	var b strings.Builder
	b.WriteString(helpTopics[0].text + "\n")
	helpTable(s, &b, s.level())
	b.WriteString("\n" + s.heading("Topics") + "\n")
	for _, t := range helpTopics {
		fmt.Fprintf(&b, "  %-18s %s\n", t.name, t.short)
	}
	s.page(b.String())
}

func helpLevel(s *Session, l *Level) {
	var b strings.Builder
	b.WriteString(s.heading(l.title()) + ": " + l.Short + "\n")
	if l.Long != "" {
		b.WriteString("\n" + wrap(l.Long) + "\n")
	}
	helpTable(s, &b, l)
	s.page(b.String())
}

// helpTable lists the commands and the levels below a level.
func helpTable(s *Session, b *strings.Builder, l *Level) {
	for _, part := range []struct {
		title  string
		levels bool
	}{{"Levels", true}, {"Commands", false}} {
		var rows []string
		for _, c := range l.Commands {
			if !c.Hidden && (c.Level != nil) == part.levels {
				rows = append(rows, fmt.Sprintf("  %-18s %s\n", c.Name, c.Short))
			}
		}
		if len(rows) > 0 {
			b.WriteString("\n" + s.heading(part.title) + "\n" + strings.Join(rows, ""))
		}
	}
}

func helpCommand(s *Session, c *Command) {
	var b strings.Builder
	about := strings.TrimPrefix(wrap(c.Name+" - "+c.Short), c.Name)
	fmt.Fprintf(&b, "%s%s\n\n%s\n%s\n", s.heading(c.Name), about, s.heading("Usage"), hang(strings.TrimSpace(c.Name+" "+c.Args), ""))
	if c.Long != "" {
		b.WriteString("\n" + wrap(c.Long) + "\n")
	}
	if c.Example != "" {
		b.WriteString("\n" + s.heading("Example") + "\n")
		for line := range strings.Lines(c.Example) {
			b.WriteString(hang(strings.TrimSuffix(line, "\n"), ` \`) + "\n")
		}
	}
	if len(c.Aliases) > 0 {
		fmt.Fprintf(&b, "\nAlso known as: %s\n", strings.Join(c.Aliases, ", "))
	}
	s.page(b.String())
}

// helpWidth is how long the lines of help texts are at most.
const helpWidth = 80

// wrap breaks the lines of a text that are too long; line ends that are there stay.
func wrap(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, breakLine(line, helpWidth)...)
	}
	return strings.Join(out, "\n")
}

// hang indents a line of usage or of an example and breaks it where it is too long; mark ends what goes on in the next line.
func hang(line, mark string) string {
	const first, next = "  ", "      "
	return first + strings.Join(breakLine(line, helpWidth-len(next)-len(mark)), mark+"\n"+next)
}

// breakLine cuts a line at blanks so that no part is longer than width, except words that are.
func breakLine(line string, width int) (parts []string) {
	for len(line) > width {
		cut := strings.LastIndexByte(line[:width+1], ' ')
		if cut <= 0 {
			break
		}
		parts = append(parts, line[:cut])
		line = line[cut+1:]
	}
	return append(parts, line)
}

func (s *Session) heading(text string) string { return s.paint.paint(text, color.Bold) }
