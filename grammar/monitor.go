package grammar

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Monitor is "monitor RSC[:ROLE] INTERVAL[:TIMEOUT]"; it adds an op to a resource.
type Monitor struct {
	Keyword  string       `parser:"@Word"`
	Resource monitorRsc   `parser:"@@"`
	Times    monitorTimes `parser:"@@"`
}

type monitorRsc struct{ ID, Role string }

// Parse reads the resource and its role.
func (m *monitorRsc) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	rsc, role, has := strings.Cut(t.Value, ":")
	if t.EOF() || !resourceWord(rsc) {
		return faultf(lex, "Expected resource[:role]")
	}
	lex.Next()
	m.ID = rsc
	if has && role != "" {
		r, ok := canonicalRole(role)
		if !ok {
			return &fault{reason: fmt.Sprintf("Invalid role '%s' for resource '%s'", role, rsc), at: t.Pos.Offset, near: t.Pos.Offset + 1,
				hint: nearest(role, roleNames)}
		}
		m.Role = r
	}
	return nil
}

type monitorTimes struct{ Interval, Timeout string }

// Parse reads interval and timeout.
func (m *monitorTimes) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	parts := strings.Split(t.Value, ":")
	if t.EOF() || len(parts) > 2 || parts[0] == "" || strings.Contains(t.Value, "=") {
		return faultf(lex, "Expected value[:value]")
	}
	m.Interval = parts[0]
	if len(parts) == 2 {
		m.Timeout = parts[1]
	}
	lex.Next()
	return nil
}

func (m *Monitor) id() string { return m.Resource.ID }

func (m *Monitor) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("op", "name", "monitor")
	if m.Resource.Role != "" {
		e.CreateAttr("role", b.role(m.Resource.Role))
	}
	e.CreateAttr("interval", m.Times.Interval)
	if m.Times.Timeout != "" {
		e.CreateAttr("timeout", m.Times.Timeout)
	}
	return e, nil
}
