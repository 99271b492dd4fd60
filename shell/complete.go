package shell

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Candidate is one word that may stand at the cursor.
type Candidate struct {
	Text string
	Help string // a few words about it
	Open bool   // more follows in the same word, so no blank is added: "name=", "ocf:"
	// First puts it before the others: a required parameter.
	First bool
}

// Completer gives the words that may stand in place of the last of args, which may be empty or begun.
// It may return too many: the caller keeps those that begin with what is there.
type Completer func(ctx context.Context, s *Session, args []string) []Candidate

// completionTime bounds what a press of Tab may take, so that a slow agent or cluster does not hang it.
const completionTime = 3 * time.Second

// candidatesFor returns the words that may stand at the end of the line, sorted, each once.
func (s *Session) candidatesFor(line string) (found []Candidate) {
	defer func() {
		if recover() != nil {
			found = nil // no completion is better than no shell
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), completionTime)
	defer cancel()
	words, partial := lexPartial(line)
	level := s.level()
	for i, w := range words {
		c, _ := level.find(w)
		if c == nil {
			return nil
		}
		if c.Level == nil {
			return s.completeArguments(ctx, c, append(words[i+1:], partial))
		}
		level = c.Level
	}
	for _, c := range level.Commands {
		if !c.Hidden {
			found = append(found, Candidate{Text: c.Name, Help: c.Short})
		}
	}
	return keep(found, partial)
}

// completeArguments asks the completer of the argument that the cursor is in.
func (s *Session) completeArguments(ctx context.Context, c *Command, args []string) []Candidate {
	if len(c.Complete) == 0 || (c.Max != anyNumber && len(args) > c.Max) {
		return nil
	}
	complete := c.Complete[min(len(args), len(c.Complete))-1]
	if complete == nil {
		return nil
	}
	return keep(complete(ctx, s, args), args[len(args)-1])
}

// keep leaves the candidates that begin with the partial word.
func keep(found []Candidate, partial string) []Candidate {
	seen := make(map[string]bool, len(found))
	var kept []Candidate
	for _, c := range found {
		if strings.HasPrefix(c.Text, partial) && !seen[c.Text] {
			seen[c.Text] = true
			kept = append(kept, c)
		}
	}
	if len(kept) > 1 { // "name=" is no choice beside "name=value"; node1 is one beside node10
		kept = slices.DeleteFunc(kept, func(c Candidate) bool { return c.Open && c.Text == partial })
	}
	sort.SliceStable(kept, func(i, j int) bool {
		if kept[i].First != kept[j].First {
			return kept[i].First
		}
		return kept[i].Text < kept[j].Text
	})
	return kept
}

// lexPartial cuts the text before the cursor into finished words and the word being typed ("" after a
// blank). An open quotation belongs to the word being typed.
func lexPartial(line string) (words []string, partial string) {
	line = strings.TrimLeft(line, " \t")
	cut := strings.LastIndexAny(line, " \t") + 1
	for cut > 0 {
		words, err := splitWords(line[:cut])
		if err == nil {
			return words, line[cut:]
		}
		cut = strings.LastIndexAny(line[:cut-1], " \t") + 1
	}
	return nil, line
}

// fixed makes a completer of a list of words.
func fixed(words ...string) Completer {
	list := candidates(words...)
	return func(context.Context, *Session, []string) []Candidate { return list }
}

// candidates turns words into candidates; one that ends in "=" or ":" goes on.
func candidates(words ...string) []Candidate {
	list := make([]Candidate, len(words))
	for i, w := range words {
		list[i] = Candidate{Text: w, Open: strings.HasSuffix(w, "=") || strings.HasSuffix(w, ":")}
	}
	return list
}

// either joins the candidates of several completers.
func either(completers ...Completer) Completer {
	return func(ctx context.Context, s *Session, args []string) []Candidate {
		var all []Candidate
		for _, c := range completers {
			all = append(all, c(ctx, s, args)...)
		}
		return all
	}
}

// compgen serves `crm --compgen POINT "crm words"`, the protocol of crmsh's bash completion: one
// candidate a line, for the text before POINT (0 = all of it).
func compgen(out io.Writer, args []string) int {
	if len(args) != 2 {
		fmt.Fprintln(out, "usage: crm --compgen POINT LINE")
		return 2
	}
	line := args[1]
	if point, err := strconv.Atoi(args[0]); err == nil && point > 0 && point <= len(line) {
		line = line[:point]
	}
	s, err := newSession(&flags{})
	if err != nil {
		return 1
	}
	_, line, _ = strings.Cut(strings.TrimLeft(line, " "), " ")
	for _, c := range s.candidatesFor(line) {
		fmt.Fprintln(out, c.Text)
	}
	return 0
}

// Directives of the last line of `crm __complete`.
const (
	directiveBlank = ":0" // a blank follows the word
	directiveOpen  = ":1" // the word goes on
)

// completeProtocol serves the stubs of the shells: `crm __complete -- words…`, the last word being the
// one at the cursor. Each line is a value, a TAB and a description; the last line is the directive.
func completeProtocol(out io.Writer, args []string) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	s, err := newSession(&flags{})
	if err != nil || len(args) == 0 {
		fmt.Fprintln(out, directiveBlank)
		return 0
	}
	partial := args[len(args)-1]
	words, option := dropOptions(args[:len(args)-1])
	var found []Candidate
	switch {
	case option != "":
		found = s.optionValues(option, partial)
	case len(words) == 0 && strings.HasPrefix(partial, "-"):
		found = keep(optionList, partial)
	default:
		found = s.candidatesFor(quoteLine(words) + " " + partial)
	}
	open := len(found) > 0
	for _, c := range found {
		fmt.Fprintf(out, "%s\t%s\n", c.Text, c.Help)
		open = open && c.Open
	}
	if open {
		fmt.Fprintln(out, directiveOpen)
	} else {
		fmt.Fprintln(out, directiveBlank)
	}
	return 0
}

// valueOptions complete the values of the options that take one; nil where there is nothing to propose.
var valueOptions = map[string]Completer{
	"-f": completeFiles, "--file": completeFiles, "-c": completeShadows, "--cib": completeShadows,
	"-D": completeStyles, "--display": completeStyles, "-o": completeSettings, "--opt": completeSettings,
	"-H": nil, "--history": nil, "-X": nil, "--profile": nil, "--scriptdir": nil,
}

// dropOptions removes the options before the first word, with their values. option is the last one if its value is still to come.
func dropOptions(args []string) (words []string, option string) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		_, takes := valueOptions[args[0]]
		if takes && len(args) == 1 {
			return nil, args[0]
		}
		n := 1
		if takes {
			n = 2
		}
		args = args[n:]
	}
	return args, ""
}

// optionValues completes the value of an option of the command line.
func (s *Session) optionValues(option, partial string) []Candidate {
	complete := valueOptions[option]
	if complete == nil {
		return nil
	}
	return keep(complete(context.Background(), s, []string{partial}), partial)
}

func completeStyles(ctx context.Context, s *Session, args []string) []Candidate {
	return completeValuesOf("color.style")(ctx, s, args)
}

// completeSettings completes NAME=VALUE of a preference.
func completeSettings(ctx context.Context, s *Session, args []string) []Candidate {
	name, _, named := strings.Cut(args[0], "=")
	var found []Candidate
	if !named {
		for _, c := range completePreferences(ctx, s, args) {
			found = append(found, Candidate{Text: c.Text + "=", Help: c.Help, Open: true})
		}
		return found
	}
	for _, c := range completeValuesOf(name)(ctx, s, args) {
		found = append(found, Candidate{Text: name + "=" + c.Text, Help: c.Help})
	}
	return found
}

var optionList = []Candidate{
	{Text: "--cib", Help: "work on a shadow CIB"}, {Text: "--debug", Help: "say more"},
	{Text: "--display", Help: "plain, color or color-always"}, {Text: "--file", Help: "read commands from a file"},
	{Text: "--force", Help: "answer every question with yes"}, {Text: "--help", Help: "help"},
	{Text: "--no", Help: "answer every question with no"}, {Text: "--opt", Help: "set a preference for this run"},
	{Text: "--version", Help: "print the version"}, {Text: "--wait", Help: "wait until changes have taken effect"},
}
