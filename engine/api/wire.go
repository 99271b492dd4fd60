package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

// Every method of Cluster is one POST of JSON to prefix + its path; the answer is JSON, or for the
// document its XML. A refusal is status 409 with a cib.Error as JSON. Events are a GET that streams
// server-sent events.
const prefix = "/v1/"

// The paths.
const (
	pathCIB        = "cib"
	pathPerform    = "perform"
	pathAttribute  = "attribute"
	pathAttributes = "attributes"
	pathCleanup    = "cleanup"
	pathStatus     = "status"
	pathLinks      = "links"
	pathCmap       = "cmap"
	pathSetCmap    = "cmap-set"
	pathFence      = "fence"
	pathFencing    = "fencing"
	pathIdle       = "idle"
	pathEvents     = "events"
	pathShutdown   = "shutdown"
	pathRemove     = "remove"

	pathReload     = "reload"
	pathReopenLogs = "reopen-logs"
	pathKill       = "kill"
	pathExpected   = "expected-votes"
	pathVotes      = "votes"
	pathFail       = "fail"

	pathDevices     = "fence-devices"
	pathTargets     = "fence-targets"
	pathCheckDevice = "fence-check"
	pathForgetFence = "fence-forget"
)

type votesChange struct {
	ID    uint32 `json:"id"`
	Votes int    `json:"votes"`
}

type failure struct {
	Resource string `json:"resource"`
	Node     string `json:"node"`
}

type attributeQuery struct {
	Name string `json:"name"`
	Node string `json:"node"`
}

// writeError answers with a refusal.
func writeError(w http.ResponseWriter, err error) {
	var refused *cib.Error
	if !errors.As(err, &refused) {
		refused = &cib.Error{Code: exit.Error, Text: err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusConflict)
	_ = json.NewEncoder(w).Encode(refused) // a client that has gone cannot be told
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}
