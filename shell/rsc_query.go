package shell

import (
	"context"
	"fmt"

	"github.com/beevik/etree"
)

func runResourceStatus(ctx context.Context, s *Session, args []string) error {
	if len(args) > 0 {
		return s.locate(ctx, args, false)
	}
	return s.tool(ctx, "crm_resource", "--list")
}

func runScores(ctx context.Context, s *Session, _ []string) error {
	return s.tool(ctx, "crm_simulate", "-sUL")
}

// runLocate says on which nodes resources are active. It is a question, so an unknown one is no failure, as crmsh has it.
func runLocate(ctx context.Context, s *Session, args []string) error {
	if len(args) == 0 {
		return usagef("Expected at least one resource as argument")
	}
	return s.locate(ctx, args, true)
}

// locate says it; lenient makes a resource that is not there a warning.
func (s *Session) locate(ctx context.Context, args []string, lenient bool) error {
	doc, err := s.document(ctx)
	if err != nil {
		return err
	}
	for _, id := range args {
		found, ok, err := places(doc, id)
		if err != nil {
			return err
		}
		if !ok {
			missing := newConfEdit(doc.Root()).toolNotFound(id)
			if !lenient {
				return missing
			}
			s.warnf("%v", missing)
			continue
		}
		if len(found) == 0 {
			fmt.Fprintf(s.Err, "resource %s is NOT running\n", id)
		}
		for _, p := range found {
			role := ""
			if p.promoted {
				role = " Promoted"
			}
			s.println(fmt.Sprintf("resource %s is running on: %s%s", id, p.node, role))
		}
	}
	return nil
}

// runConstraints lists the constraints that name the resource, as the configure level shows them.
func runConstraints(ctx context.Context, s *Session, args []string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	r := e.resource(args[0])
	if r == nil {
		s.warnf("%v", e.notFound(args[0]))
		return nil
	}
	names := map[string]bool{}
	for ; r != nil && isResource(r); r = r.Parent() {
		names[idOf(r)] = true
	}
	var found []string
	for _, c := range e.section("constraints").ChildElements() {
		if mentions(c, names) {
			found = append(found, idOf(c))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return s.showObjects(ctx, found)
}

// mentions tells whether a constraint is about one of the resources.
func mentions(c *etree.Element, names map[string]bool) bool {
	for _, key := range []string{"rsc", "with-rsc", "first", "then"} {
		if names[c.SelectAttrValue(key, "")] {
			return true
		}
	}
	for _, ref := range c.FindElements(".//resource_ref") {
		if names[idOf(ref)] {
			return true
		}
	}
	return false
}

// runOperations shows the operations that made the resources what they are, and the monitors.
func runOperations(ctx context.Context, s *Session, args []string) error {
	options := []string{"-O"}
	for i, option := range []string{"-r", "-N"} {
		if i < len(args) {
			options = append(options, option, args[i])
		}
	}
	return s.tool(ctx, "crm_resource", options...)
}
