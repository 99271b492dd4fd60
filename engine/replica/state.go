package replica

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// State is what the log makes: the document and the few things that stand beside it.
type State struct {
	CIB     *cib.Document
	Members map[string]Member // by node name: who takes part now
	// Sessions has the session of each node's last membership, by name; it outlives the membership.
	Sessions map[string]string
	Private  map[string]map[string]string // attributes outside the document: node, name, value
	Fencing  []api.FenceEvent             // newest last
	Nodes    []Admission                  // nodes that joined at run time, beyond corosync.conf
	Run      string                       // the tenure of the present DC
	done     recent
}

// Member is a node that takes part, under the session it joined with.
type Member struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Session string `json:"session"`
}

const (
	rememberedCommands = 4096 // at least; a quarter more before the oldest go
	fencingHistoryMax  = 500  // as Pacemaker's fencer keeps
)

// NewState is the state before the first command.
func NewState() *State {
	return &State{CIB: cib.New(), Members: map[string]Member{}, Sessions: map[string]string{}, Private: map[string]map[string]string{}}
}

type encodedState struct {
	CIB      string                       `json:"cib"`
	Members  map[string]Member            `json:"members"`
	Sessions map[string]string            `json:"sessions"`
	Private  map[string]map[string]string `json:"private"`
	Fencing  []api.FenceEvent             `json:"fencing"`
	Nodes    []Admission                  `json:"nodes"`
	Run      string                       `json:"run"`
	Done     []doneCommand                `json:"done"`
}

// Encode returns the whole state as one text, for snapshots.
func (s *State) Encode() ([]byte, error) {
	data, err := json.Marshal(encodedState{string(s.CIB.Bytes()), s.Members, s.Sessions, s.Private, s.Fencing, s.Nodes, s.Run, s.done.list})
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return data, nil
}

// DecodeState reads what Encode wrote.
func DecodeState(data []byte) (*State, error) {
	var e encodedState
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("stored state: %w", err)
	}
	doc, err := cib.Parse([]byte(e.CIB))
	if err != nil {
		return nil, fmt.Errorf("stored state: %w", err)
	}
	s := NewState()
	s.CIB, s.Fencing, s.Nodes, s.Run = doc, e.Fencing, e.Nodes, e.Run
	if e.Members != nil {
		s.Members = e.Members
	}
	if e.Sessions != nil {
		s.Sessions = e.Sessions
	}
	if e.Private != nil {
		s.Private = e.Private
	}
	for _, d := range e.Done {
		s.done.add(d)
	}
	return s, nil
}

// Copy returns an independent copy.
func (s *State) Copy() *State {
	c := NewState()
	c.CIB, c.Run = s.CIB.Copy(), s.Run
	maps.Copy(c.Members, s.Members)
	maps.Copy(c.Sessions, s.Sessions)
	for n, values := range s.Private {
		c.Private[n] = maps.Clone(values)
	}
	c.Fencing, c.Nodes = slices.Clone(s.Fencing), slices.Clone(s.Nodes)
	return c
}

// Apply performs one command. A command whose ID was applied before has no effect again and
// gets the same answer. A refused command changes nothing.
func (s *State) Apply(c *Command) (again bool, err error) {
	if d, ok := s.done.find(c.ID); ok {
		return true, d.err()
	}
	err = s.perform(c)
	s.done.add(newDone(c.ID, err))
	return false, err
}

func (s *State) perform(c *Command) error {
	switch {
	case c.CIB != nil:
		return s.CIB.Perform(*c.CIB)
	case c.Dispatch != nil:
		s.dispatch(c.Dispatch, c.Time)
	case c.Results != nil:
		s.results(c.Results)
	case c.Attributes != nil:
		s.attributes(c.Attributes)
	case c.Join != nil:
		return s.join(c.Join)
	case c.Leave != nil:
		s.leave(c.Leave)
	case c.Forget != nil:
		s.forget(c.Forget)
	case c.Fenced != nil:
		return s.fenced(*c.Fenced)
	case c.Quorum != nil:
		s.Run = c.Quorum.Run
		s.CIB.SetQuorum(c.Quorum.Have, c.Quorum.DC)
	case c.Shots != nil:
		s.Fencing = slices.DeleteFunc(slices.Clone(s.Fencing), func(e api.FenceEvent) bool {
			return c.Shots.Node == "" || c.Shots.Node == e.Target
		})
	case c.Remove != "":
		return s.remove(c.Remove)
	case c.Admit != nil:
		return s.admit(*c.Admit)
	default:
		return cib.Errorf(exit.Protocol, "the command %s is of a kind that this version does not know", c.ID)
	}
	return nil
}

// recent remembers the answers of the newest commands, so that a repeated proposal is harmless.
type recent struct {
	list []doneCommand
	byID map[string]doneCommand
}

type doneCommand struct {
	ID   string    `json:"id"`
	Code exit.Code `json:"code,omitempty"`
	Text string    `json:"text,omitempty"`
	Hint string    `json:"hint,omitempty"`
}

func newDone(id string, err error) doneCommand {
	d := doneCommand{ID: id}
	if e, ok := err.(*cib.Error); ok {
		d.Code, d.Text, d.Hint = e.Code, e.Text, e.Hint
	} else if err != nil {
		d.Code, d.Text = exit.Error, err.Error()
	}
	return d
}

func (d doneCommand) err() error {
	if d.Code == exit.OK {
		return nil
	}
	return &cib.Error{Code: d.Code, Text: d.Text, Hint: d.Hint}
}

func (r *recent) find(id string) (doneCommand, bool) {
	d, ok := r.byID[id]
	return d, ok
}

func (r *recent) add(d doneCommand) {
	if r.byID == nil {
		r.byID = map[string]doneCommand{}
	}
	r.list = append(r.list, d)
	r.byID[d.ID] = d
	const spare = rememberedCommands / 4
	if len(r.list) < rememberedCommands+spare {
		return
	}
	for _, old := range r.list[:spare] {
		delete(r.byID, old.ID)
	}
	r.list = slices.Clone(r.list[spare:])
}
