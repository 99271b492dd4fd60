package ra

import (
	"context"

	"quorate/ra/meta"
)

// texter is a class with a text of its own for people: what the agent prints, or without what the
// cluster adds for its own use.
type texter interface {
	Text(ctx context.Context, a Agent) ([]byte, error)
}

// Text returns an agent's metadata as XML, as crm_resource --show-metadata prints it.
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
