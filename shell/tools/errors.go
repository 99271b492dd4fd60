package tools

import (
	"errors"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// reasons are the words that Pacemaker's tools have for a refused request; scripts look for them.
var reasons = map[exit.Code]string{
	exit.Disconnect:     "Transport endpoint is not connected",
	exit.NoSuch:         "No such device or address",
	exit.Exists:         "File exists",
	exit.Config:         "Update does not conform to the configured schema",
	exit.Old:            "Update was older than existing configuration",
	exit.Digest:         "Application of update diff failed",
	exit.Quorum:         "Operation requires quorum",
	exit.InsufficientPr: "Permission denied",
	exit.NoPerm:         "Permission denied",
	exit.Usage:          "Invalid argument",
	exit.Software:       "Invalid argument",
	exit.DataErr:        "Bad message",
	exit.Timeout:        "Timer expired",
	exit.Protocol:       "No message of desired type",
	exit.NoHost:         "No such device or address",
}

// reason says why a request was refused, in the field's words where it has some.
func reason(err error) string {
	if r, ok := reasons[codeOf(err)]; ok {
		return r
	}
	return err.Error()
}

// codeOf is cib.CodeOf that also knows backends without a cluster.
func codeOf(err error) exit.Code {
	if errors.Is(err, api.ErrNoCluster) {
		return exit.Disconnect
	}
	return cib.CodeOf(err)
}

// detail returns the text of a refused request if it says more than reason does; "" otherwise.
func detail(err error) string {
	var e *cib.Error
	if errors.As(err, &e) && e.Text != "" && reasons[e.Code] != "" && e.Text != reasons[e.Code] {
		return e.Error()
	}
	return ""
}
