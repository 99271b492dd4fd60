package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

// What nodes ask of each other beyond the API that shells use too. It is served on the TLS port only, where the
// caller has proved to be a node.

// tellNode posts one request to another node; out may be nil. A refusal comes back as *cib.Error.
func (e *Engine) tellNode(ctx context.Context, name, path string, in, out any) error {
	n, ok := e.names.named(name)
	if !ok {
		return cib.Errorf(exit.NoHost, "node %s is not known", name)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return e.dial(ctx, n.ID, alpnAPI) }}}
	res, err := client.Do(req)
	if err != nil {
		return cib.Errorf(exit.Disconnect, "node %s does not answer: %v", name, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		refused := &cib.Error{}
		if json.NewDecoder(res.Body).Decode(refused) != nil || refused.Code == exit.OK {
			return cib.Errorf(exit.Protocol, "node %s answered %s", name, res.Status)
		}
		return refused
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil && err != io.EOF {
		return fmt.Errorf("node %s: %w", name, err)
	}
	return nil
}
