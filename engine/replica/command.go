// Package replica is the replicated log of the cluster: one sequence of typed commands, applied by
// every node to the same state, on go.etcd.io/raft. Its leader is the DC.
//
// The package has the commands, the state that they make, the raft core without I/O, its storage
// on disk and its transport. It does not decide who is a member, what to schedule or what to fence:
// that is the business of packages node and controller.
package replica

import (
	"bytes"
	"encoding/json"
	"fmt"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/executor"
)

// Command is one entry of the log. Exactly one of the pointers or slices is set. Everything that a
// clock or a random number decides is inside, so that applying it is deterministic.
type Command struct {
	ID         string             `json:"id"`   // made by the proposer, unique; a command is applied once
	Time       int64              `json:"time"` // proposer's clock, Unix seconds
	CIB        *cib.Request       `json:"cib,omitempty"`
	Dispatch   []Dispatch         `json:"dispatch,omitempty"`
	Results    []OpResult         `json:"results,omitempty"`
	Attributes []attribute.Update `json:"attributes,omitempty"`
	Join       *Join              `json:"join,omitempty"`
	Leave      *Leave             `json:"leave,omitempty"`
	Forget     []Forget           `json:"forget,omitempty"`
	Fenced     *Fenced            `json:"fenced,omitempty"`
	Quorum     *Quorum            `json:"quorum,omitempty"`
	Remove     string             `json:"remove,omitempty"` // name of a node to forget altogether
	Admit      *Admission         `json:"admit,omitempty"`
	Shots      *ForgetFencing     `json:"forget_fencing,omitempty"`
}

// Dispatch is an order of the DC to a node: run this operation. It is recorded as pending in
// the same step, so a new DC knows of it. The node obeys only if Session is still its own.
type Dispatch struct {
	Node    cib.NodeRef        `json:"node"`
	Session string             `json:"session"`
	Run     string             `json:"run"` // the DC's tenure; an order of an earlier one is void
	Op      executor.Operation `json:"op"`
	Cancel  bool               `json:"cancel,omitempty"` // stop the recurring operation instead
	Silent  bool               `json:"silent,omitempty"` // leaves no history: notify
}

// OpResult is what a node reports of one of its operations.
type OpResult struct {
	Node    cib.NodeRef  `json:"node"`
	Session string       `json:"session"`
	Record  cib.OpRecord `json:"record"`
	Cancel  bool         `json:"cancel,omitempty"` // the recurring operation is no more
	Silent  bool         `json:"silent,omitempty"`
}

// Join makes a node a member, with all that it knows of itself. Session is fresh for every join, so
// that orders given before it was away are void.
type Join struct {
	Node       cib.NodeRef       `json:"node"`
	Session    string            `json:"session"`
	History    []cib.OpRecord    `json:"history"`
	Attributes map[string]string `json:"attributes"` // transient ones, which a node that only was away still has
	Private    map[string]string `json:"private,omitempty"`
}

// Leave ends a membership. Clean: the node asked to go, or a human or device confirmed it down.
type Leave struct {
	Node    cib.NodeRef `json:"node"`
	Session string      `json:"session"` // "" = whatever it is
	Clean   bool        `json:"clean"`
	Reason  string      `json:"reason"`
}

// Forget deletes operation history, and with it fail counts.
type Forget struct {
	Node       string `json:"node"`
	Resource   string `json:"resource"`  // "" = all
	Operation  string `json:"operation"` // operation key; "" = all
	FailedOnly bool   `json:"failed_only"`
	FailCounts bool   `json:"fail_counts"` // also the counts
}

// Fenced reports the end of a fencing. Session is the target's last one as the reporter knew it (State.Sessions): a
// success that comes so late that the target has joined anew says nothing of what it is now.
type Fenced struct {
	api.FenceEvent
	Session string `json:"session"`
}

// ForgetFencing removes what is known of past fencing.
type ForgetFencing struct {
	Node string `json:"node"` // "" = of all nodes
}

// Quorum notes in the document whether the partition has quorum and who is DC, and begins the DC's tenure.
type Quorum struct {
	Have bool   `json:"have"`
	DC   string `json:"dc"`  // node id
	Run  string `json:"run"` // the DC's tenure
}

// Admission brings a new node into the configuration of the cluster (the nodelist).
type Admission struct {
	ID    uint32         `json:"id"`
	Name  string         `json:"name"`
	Addrs map[int]string `json:"addrs"` // link number to address
}

// Encode returns the command as a log entry.
func (c *Command) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // XML inside would grow sixfold
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("encode command %s: %w", c.ID, err)
	}
	return b.Bytes(), nil
}

// DecodeCommand reads a log entry.
func DecodeCommand(data []byte) (*Command, error) {
	var c Command
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("log entry is no command: %w", err)
	}
	return &c, nil
}
