// Package configure is the staged edit buffer behind the configure level: a copy of the CIB that the
// configure commands change, and that commit brings back to the cluster.
//
// A Buffer is opened on an api.Cluster (only CIB and Perform are used); it keeps the document as it was
// loaded beside the staged one, so that Commit can send the difference only and merge it with what others
// did in between. Every change is a step that Undo takes back, and is journalled to a file when one is
// named. The commands are methods of Buffer with the arguments of the command:
//
//	Define(line)              one statement: primitive, location, property, …, monitor, xml
//	Delete(ids, force)        with dependants              Rename(old, new)
//	ModGroup(args)            add, remove                  Set(path, value)
//	Show(args)                text of the chosen objects   Save(args)
//	Load(args)                replace, update, push        Edit(specs, change), Filter(prog, specs)
//	Erase(args), Refresh()    DefaultTimeouts(ids)         Schema(args), Upgrade(force)
//	Verify(), Commit(args)    GetProperty(args)            Graph(args), AssistTemplate, AssistWeakBond
//	Undo(), HasChanges(), Changed()
//
// Messages go to a Reporter while a command runs. A returned error is the last message: print it as ERROR,
// unless it is ErrReported, which says that all messages are out and only the exit code is left to set.
//
// The package does not read lines, know prompts, ask on terminals or page output: that is package shell.
package configure

import (
	"context"
	"errors"
	"io"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/grammar"
	"quorate/ra"
)

// ErrReported says that the command failed and everything about it has been reported already.
var ErrReported = errors.New("reported")

// Reporter takes messages while a command runs: INFO and WARNING belong on stdout, ERROR on stderr.
type Reporter interface {
	Info(format string, args ...any)
	Warn(format string, args ...any)
	Error(format string, args ...any)
}

// Agents is what the buffer asks about resource agents; RealAgents is the usual one.
type Agents interface {
	// Meta returns the agent's metadata. An agent that is not installed gives an error; that means
	// "could not check", never "wrong".
	Meta(ctx context.Context, a ra.Agent) (*ra.Metadata, error)
	// Provider returns the provider for an ocf agent named by its type alone.
	Provider(typ string) string
}

// Options say how a Buffer behaves. The zero value asks nobody, forces nothing and knows no agents.
type Options struct {
	Force   bool                       // -F: every question is answered with yes
	Confirm func(question string) bool // asks a person; nil = the answer is no, with Force yes
	Agents  Agents
	// Route tells whether this machine has a route from which the netmask of an address can be inferred.
	// nil = unknown, then nothing is said about it.
	Route func(ip string) bool
	// Warnings returns what the scheduler has to say about a document, errors first. nil = nothing.
	Warnings func(d *cib.Document) (errs, warnings []string)
	Journal  string // file for pending changes; "" = none
	Client   string // update-client, and User, Origin, Written for the request of a commit
	User     string
	Origin   string
	Now      func() string // time stamp for cib-last-written; nil = none

	Relaxed               bool     // check-mode relaxed: unknown and missing parameters are warnings
	IgnoreMissingMetadata bool     // nothing is said about agents that are not installed
	Unsorted              bool     // sort-elements no
	Obscure               []string // globs of attribute names whose value is shown as "******"; nil = passw*
	// Style dresses text for colours. nil = plain.
	Style func(kind grammar.Kind, text string) string

	Out    io.Writer // where `save -` writes; nil = nowhere
	Stdin  io.Reader // where `load -` reads
	HTTP   func(url string) ([]byte, error)
	Edited func(text string) (string, error) // calls the editor
	Pipe   func(program, text string) (string, error)
}

// Buffer is a staged CIB. It is not safe for concurrent use.
type Buffer struct {
	cluster api.Cluster
	opt     Options
	rep     Reporter

	base *cib.Document // as loaded; never changed
	doc  *cib.Document // staged
	ids  map[string]*etree.Element
	refs map[string]int // how often an id is named by id-ref; nil = not counted
	// spent has the ids of parts that were taken out of objects since the CIB was loaded: new parts get other ones, so that
	// a commit never turns one thing into another. The number is how often.
	spent map[string]int

	steps    []step
	marks    []int
	journal  journal
	provider map[string]string
	metas    map[ra.Agent]metaResult
}

// Open loads the cluster's CIB into a new buffer.
func Open(ctx context.Context, cluster api.Cluster, opt Options, rep Reporter) (*Buffer, error) {
	if opt.Obscure == nil {
		opt.Obscure = []string{"passw*"}
	}
	b := &Buffer{cluster: cluster, opt: opt, rep: rep, provider: map[string]string{}, metas: map[ra.Agent]metaResult{}}
	b.journal.path = opt.Journal
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

// load reads the CIB and drops all changes.
func (b *Buffer) load(ctx context.Context) error {
	d, err := b.cluster.CIB(ctx)
	if err != nil {
		return err
	}
	b.base, b.doc = d, d.Copy()
	b.steps, b.marks = nil, nil
	b.index()
	b.journal.clear()
	return nil
}

// Refresh drops all changes and reads the CIB again. With changes pending a person is asked first.
func (b *Buffer) Refresh(ctx context.Context) error {
	if b.HasChanges() && b.opt.Confirm != nil && !b.confirm("All changes will be dropped. Do you want to proceed") {
		return ErrReported
	}
	return b.load(ctx)
}

// Document returns the staged CIB; callers must not change it.
func (b *Buffer) Document() *cib.Document { return b.doc }

// SetForce sets the answer to all questions, as option -F does.
func (b *Buffer) SetForce(force bool) { b.opt.Force = force }

// SetReporter changes where messages go.
func (b *Buffer) SetReporter(rep Reporter) { b.rep = rep }

// HasChanges tells whether the staged CIB differs from the loaded one.
func (b *Buffer) HasChanges() bool {
	return len(b.steps) > 0 && len(cib.Diff(b.base, b.doc)) > 0
}

// confirm asks a question: -F says yes and shows it, nobody to ask means no.
func (b *Buffer) confirm(question string) bool {
	if b.opt.Force {
		b.rep.Info("%s [YES]", question)
		return true
	}
	return b.opt.Confirm != nil && b.opt.Confirm(question)
}

// schema is the validate-with of the staged CIB.
func (b *Buffer) schema() string { return b.doc.Root().SelectAttrValue("validate-with", "") }
