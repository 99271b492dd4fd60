package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

const requestMax = 256 << 20 // a CIB of the largest cluster fits

// Handler serves a Cluster over HTTP.
func Handler(c Cluster) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+prefix+pathCIB, func(w http.ResponseWriter, r *http.Request) {
		doc, err := c.CIB(r.Context())
		if err != nil {
			writeError(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write(doc.Compact())
	})
	handle(mux, pathPerform, func(r *http.Request, in cib.Request) (any, error) { return nil, c.Perform(r.Context(), in) })
	handle(mux, pathAttribute, func(r *http.Request, in attribute.Update) (any, error) {
		return nil, c.UpdateAttribute(r.Context(), in)
	})
	handle(mux, pathAttributes, func(r *http.Request, in attributeQuery) (any, error) {
		return c.Attributes(r.Context(), in.Name, in.Node)
	})
	handle(mux, pathCleanup, func(r *http.Request, in Cleanup) (any, error) { return nil, c.Cleanup(r.Context(), in) })
	handle(mux, pathStatus, func(r *http.Request, _ struct{}) (any, error) { return c.Status(r.Context()) })
	handle(mux, pathLinks, func(r *http.Request, _ struct{}) (any, error) { return c.Links(r.Context()) })
	handle(mux, pathCmap, func(r *http.Request, in string) (any, error) { return c.Cmap(r.Context(), in) })
	handle(mux, pathSetCmap, func(r *http.Request, in CmapEntry) (any, error) { return nil, c.SetCmap(r.Context(), in) })
	handle(mux, pathFence, func(r *http.Request, in Fence) (any, error) { return nil, c.Fence(r.Context(), in) })
	handle(mux, pathFencing, func(r *http.Request, _ struct{}) (any, error) { return c.FencingHistory(r.Context()) })
	handle(mux, pathIdle, func(r *http.Request, _ struct{}) (any, error) { return nil, c.WaitIdle(r.Context()) })
	handle(mux, pathShutdown, func(r *http.Request, _ struct{}) (any, error) { return nil, c.Shutdown(r.Context()) })
	handle(mux, pathRemove, func(r *http.Request, in string) (any, error) { return nil, c.RemoveNode(r.Context(), in) })
	handleControl(mux, c)
	handleFencer(mux, c)
	mux.HandleFunc("GET "+prefix+pathEvents, func(w http.ResponseWriter, r *http.Request) { serveEvents(w, r, c) })
	return mux
}

// handleControl registers the methods of Control; a cluster without them says so.
func handleControl(mux *http.ServeMux, c Cluster) {
	control, ok := c.(Control)
	if !ok {
		refuseAll(mux, pathReload, pathReopenLogs, pathKill, pathExpected, pathVotes, pathFail)
		return
	}
	handle(mux, pathReload, func(r *http.Request, _ struct{}) (any, error) { return nil, control.Reload(r.Context()) })
	handle(mux, pathReopenLogs, func(r *http.Request, _ struct{}) (any, error) { return nil, control.ReopenLogs(r.Context()) })
	handle(mux, pathKill, func(r *http.Request, in uint32) (any, error) { return nil, control.KillNode(r.Context(), in) })
	handle(mux, pathExpected, func(r *http.Request, in int) (any, error) { return nil, control.SetExpectedVotes(r.Context(), in) })
	handle(mux, pathVotes, func(r *http.Request, in votesChange) (any, error) {
		return nil, control.SetVotes(r.Context(), in.ID, in.Votes)
	})
	handle(mux, pathFail, func(r *http.Request, in failure) (any, error) {
		return nil, control.Fail(r.Context(), in.Resource, in.Node)
	})
}

// handleFencer registers the methods of Fencer.
func handleFencer(mux *http.ServeMux, c Cluster) {
	fencer, ok := c.(Fencer)
	if !ok {
		refuseAll(mux, pathDevices, pathTargets, pathCheckDevice, pathForgetFence)
		return
	}
	handle(mux, pathDevices, func(r *http.Request, in string) (any, error) { return fencer.Devices(r.Context(), in) })
	handle(mux, pathTargets, func(r *http.Request, in string) (any, error) { return fencer.Targets(r.Context(), in) })
	handle(mux, pathCheckDevice, func(r *http.Request, in string) (any, error) { return nil, fencer.CheckDevice(r.Context(), in) })
	handle(mux, pathForgetFence, func(r *http.Request, in string) (any, error) { return nil, fencer.ForgetFencing(r.Context(), in) })
}

func refuseAll(mux *http.ServeMux, paths ...string) {
	for _, path := range paths {
		handle(mux, path, func(*http.Request, json.RawMessage) (any, error) {
			return nil, cib.Errorf(exit.Unimplemented, "this cluster cannot do that: %s", path)
		})
	}
}

// handle registers one method: JSON in, JSON out.
func handle[In any](mux *http.ServeMux, path string, do func(*http.Request, In) (any, error)) {
	mux.HandleFunc("POST "+prefix+path, func(w http.ResponseWriter, r *http.Request) {
		var in In
		body := http.MaxBytesReader(w, r.Body, requestMax)
		if err := json.NewDecoder(body).Decode(&in); err != nil && err != io.EOF {
			writeError(w, cib.Errorf(exit.Protocol, "request not understood: %v", err))
			return
		}
		out, err := do(r, in)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, out)
	})
}

// serveEvents streams events as text/event-stream until the client goes.
func serveEvents(w http.ResponseWriter, r *http.Request, c Cluster) {
	events, err := c.Events(r.Context())
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	for e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			continue
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Kind, data); err != nil {
			return
		}
		_ = flush.Flush()
	}
}
