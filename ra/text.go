package ra

import (
	"context"

	"quorate/ra/meta"
)

// texter is a class whose agents print metadata themselves.
type texter interface {
	Text(ctx context.Context, a Agent) ([]byte, error)
}

// Text returns an agent's metadata as XML, as crm_resource --show-metadata prints it: what the agent itself
// prints where it does, else made from Meta.
func Text(ctx context.Context, a Agent) ([]byte, error) {
	c, ok := Lookup(a.Class)
	if t, prints := c.(texter); ok && prints {
		return t.Text(ctx, a)
	}
	m, err := Meta(ctx, a)
	if err != nil {
		return nil, err
	}
	return meta.XML(m), nil
}
