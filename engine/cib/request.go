package cib

import (
	"errors"
	"fmt"

	"quorate/engine/exit"
)

// RequestOp says what a Request does; the names are those of cibadmin(8).
type RequestOp string

// The operations.
const (
	OpCreate  RequestOp = "create"  // add XML; an object with that id exists: exit.Exists
	OpModify  RequestOp = "modify"  // merge XML into the object; missing: exit.NoSuch unless AllowCreate
	OpReplace RequestOp = "replace" // put XML in place of the object, section or whole CIB; older: exit.Old
	OpDelete  RequestOp = "delete"  // remove the object(s) that match; none is no error
	OpPatch   RequestOp = "patch"   // apply Changes, all or none
	OpErase   RequestOp = "erase"   // empty the configuration
	OpBump    RequestOp = "bump"    // raise the epoch
	OpUpgrade RequestOp = "upgrade" // to the newest schema
)

// Request is one change of the configuration or status. It is the only way a CIB is changed
// from outside: the engine replicates it, a file backend performs it on the file. Performing it
// is deterministic, so everything that a clock or a random number decides is inside.
type Request struct {
	Op          RequestOp `json:"op"`
	Section     string    `json:"section,omitempty"` // as for Document.Section; "" means: found by element
	XPath       string    `json:"xpath,omitempty"`
	XML         string    `json:"xml,omitempty"`
	Changes     []Change  `json:"changes,omitempty"` // OpPatch
	From        *Version  `json:"from,omitempty"`    // OpPatch: the only version that it may change; nil = any that the changes fit
	AllowCreate bool      `json:"allow_create,omitempty"`
	All         bool      `json:"all,omitempty"`     // OpDelete: each object that XPath finds, not only the first
	User        string    `json:"user,omitempty"`    // update-user
	Client      string    `json:"client,omitempty"`  // update-client, the tool's name
	Origin      string    `json:"origin,omitempty"`  // update-origin, the node
	Written     string    `json:"written,omitempty"` // cib-last-written, e.g. "Sun Nov 22 08:26:06 2026"
}

// ChangeOp says what a Change does to the element at its path.
type ChangeOp string

// The element-level changes, as crm_diff(8) format 2 has them.
const (
	ChangeCreate ChangeOp = "create" // insert XML as child Position of the element at Path
	ChangeModify ChangeOp = "modify" // set and unset attributes of the element at Path
	ChangeDelete ChangeOp = "delete" // remove the element at Path
	ChangeMove   ChangeOp = "move"   // move the element at Path to Position under its parent
)

// Change is one element-level difference between two documents. Path is absolute and names
// each step by tag and id: /cib/configuration/resources/primitive[@id='web'].
type Change struct {
	Op       ChangeOp          `json:"op"`
	Path     string            `json:"path"`
	Position int               `json:"position,omitempty"` // among the child elements of the parent, from 0
	After    string            `json:"after,omitempty"`    // step of the sibling before it, "primitive[@id='a']"; goes before Position
	XML      string            `json:"xml,omitempty"`
	Set      map[string]string `json:"set,omitempty"`
	Was      map[string]string `json:"was,omitempty"` // values before, for conflict checks; "" = absent
	Unset    []string          `json:"unset,omitempty"`
	Digest   string            `json:"digest,omitempty"` // ElementDigest of what is deleted, for conflict checks
}

// Error is a refused request: why, with the code that tools exit with, and what to do about it.
type Error struct {
	Code exit.Code `json:"code"`
	Text string    `json:"text"`
	Hint string    `json:"hint,omitempty"`

	Failed    string     `json:"failed,omitempty"`    // <failed> element that cibadmin prints about the object
	Conflicts []Conflict `json:"conflicts,omitempty"` // of a patch
	Problems  []Problem  `json:"problems,omitempty"`  // all that a schema has against it
}

// Error returns the one-line reason, with the hint after a colon where there is one.
func (e *Error) Error() string {
	if e.Hint != "" {
		return e.Text + ": " + e.Hint
	}
	return e.Text
}

// ResultText is what cibadmin says after "Call cib_… failed: " for the code.
func (e *Error) ResultText() string {
	switch e.Code {
	case exit.NoSuch:
		return "No such device or address"
	case exit.Exists:
		return "File exists"
	case exit.Config:
		return "Update does not conform to the configured schema"
	case exit.Software:
		return "Invalid argument"
	case exit.NoPerm:
		return "Permission denied"
	}
	return e.Code.String()
}

// Errorf makes an *Error with a formatted text.
func Errorf(code exit.Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// CodeOf returns the exit code of err: that of an *Error inside it, exit.OK for nil, else exit.Error.
func CodeOf(err error) exit.Code {
	var e *Error
	switch {
	case err == nil:
		return exit.OK
	case errors.As(err, &e):
		return e.Code
	}
	return exit.Error
}
