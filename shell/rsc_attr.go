package shell

import (
	"context"
	"fmt"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

const metaAttributes = "meta_attributes"

// conflicting are meta attributes of which a resource should have only one.
var conflicting = map[string]string{"maintenance": "is-managed", "is-managed": "maintenance"}

// targetRole makes the commands that set target-role.
func targetRole(role string) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		return s.setMetaOf(ctx, args, "target-role", role)
	}
}

// managed makes the commands that set is-managed.
func managed(value string) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		return s.setMetaOf(ctx, args, "is-managed", value)
	}
}

func runResourceMaintenance(ctx context.Context, s *Session, args []string) error {
	on := true
	if len(args) == 2 {
		ok := false
		if on, ok = rule.ParseBool(args[1]); !ok || args[1] == "yes" || args[1] == "no" {
			return usagef("Expected <resource> [on|off|true|false]")
		}
	}
	return s.setMetaOf(ctx, args[:1], "maintenance", fmt.Sprint(on))
}

// setMetaOf sets one meta attribute of the resources that the words name.
func (s *Session) setMetaOf(ctx context.Context, words []string, name, value string) error {
	if len(words) == 0 {
		return usagef("Expected at least one resource as argument")
	}
	err := s.change(ctx, func(e *confEdit) error {
		list, err := e.resources(words)
		if err != nil {
			return err
		}
		for _, r := range list {
			s.governResource(e, container(r), name, value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.settle(ctx)
}

// governResource sets the attribute on r and sees to it that nothing below r or beside it says otherwise.
func (s *Session) governResource(e *confEdit, r *etree.Element, name, value string) {
	other := conflicting[name]
	if other != "" && attribute(r, metaAttributes, other) != nil &&
		s.confirm(fmt.Sprintf("'%s' conflicts with '%s' attribute. Remove '%s' for resource %s?", name, other, other, idOf(r))) {
		removeAttribute(r, metaAttributes, other, true)
	}
	e.setAttribute(r, metaAttributes, idOf(r)+"-"+metaAttributes, name, value)
	walkResources(r, func(child *etree.Element) {
		if attribute(child, metaAttributes, name) != nil && s.overrideChild(r, child, name, value) {
			removeAttribute(child, metaAttributes, name, true)
		}
	})
}

// overrideChild tells whether an attribute of a member gives way to that of its container: always in a
// clone, by preference or question in a group.
func (s *Session) overrideChild(r, child *etree.Element, name, value string) bool {
	if child.Parent().Tag != "group" {
		return true
	}
	if attributeValue(child, metaAttributes, name) == value {
		return false
	}
	switch s.prefs.get("core.manage_children") {
	case "always":
		return true
	case "never":
		return false
	}
	return s.confirm(fmt.Sprintf("Do you want to override '%s' for child resource %s?", name, idOf(child)))
}

// promotion makes the commands promote and demote. They write the role names that the preference asks
// for, the older ones by default.
func promotion(role string) func(context.Context, *Session, []string) error {
	old := map[string]string{"Promoted": "Master", "Unpromoted": "Slave"}[role]
	return func(ctx context.Context, s *Session, args []string) error {
		value := old
		if s.prefs.bool("core.OCF_1_1_SUPPORT") {
			value = role
		}
		err := s.change(ctx, func(e *confEdit) error {
			list, err := e.resources(args)
			if err != nil {
				return err
			}
			r := list[0]
			if !isPromotable(r) {
				return fmt.Errorf("%s is not a promotable resource", args[0])
			}
			s.setOption(e, r, metaAttributes, "target-role", value)
			return nil
		})
		if err != nil {
			return err
		}
		return s.settle(ctx)
	}
}

func isPromotable(r *etree.Element) bool {
	on, _ := rule.ParseBool(attributeValue(r, metaAttributes, "promotable"))
	return r.Tag == "master" || (r.Tag == "clone" && on)
}

// resourceAttribute makes the commands param, meta and utilization.
func resourceAttribute(command, setTag string) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		id, verb, name := args[0], args[1], args[2]
		switch {
		case verb == "show" && len(args) == 3:
			return s.showResourceAttribute(ctx, id, setTag, name)
		case verb == "set" && len(args) == 4:
			return s.change(ctx, func(e *confEdit) error {
				r, err := e.ownerOf(id, setTag)
				if err != nil {
					return err
				}
				if idOf(r) != id {
					e.then(func() {
						s.println(fmt.Sprintf("Performing update of '%s' on '%s', the parent of '%s'", name, idOf(r), id))
					})
				}
				s.setOption(e, r, setTag, name, args[3])
				return nil
			})
		case verb == "delete" && len(args) == 3:
			return s.change(ctx, func(e *confEdit) error {
				r, err := e.ownerOf(id, setTag)
				if err != nil {
					return err
				}
				if nv := removeAttribute(r, setTag, name, false); nv != nil {
					e.then(func() { s.println(fmt.Sprintf("Deleted '%s' option: id=%s name=%s", idOf(r), idOf(nv), name)) })
				}
				return nil
			})
		}
		return badUsage(verb, command, args)
	}
}

// ownerOf returns the resource whose set an attribute of the named resource belongs to: the meta
// attributes of a clone's member are the clone's.
func (e *confEdit) ownerOf(id, setTag string) (*etree.Element, error) {
	r := e.resource(id)
	if r == nil {
		return nil, e.toolNotFound(id)
	}
	if p := parentClone(r); p != nil && setTag == metaAttributes {
		return p, nil
	}
	return r, nil
}

// setOption sets an attribute and says so in the words of crm_resource.
func (s *Session) setOption(e *confEdit, r *etree.Element, setTag, name, value string) {
	nv, added := e.setAttribute(r, setTag, idOf(r)+"-"+setTag, name, value)
	set := ""
	if added {
		set = " set=" + idOf(nv.Parent())
	}
	e.then(func() {
		s.println(fmt.Sprintf("Set '%s' option: id=%s%s name=%s value=%s", idOf(r), idOf(nv), set, name, value))
	})
}

func (s *Session) showResourceAttribute(ctx context.Context, id, setTag, name string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	r := e.resource(id)
	if r == nil {
		return e.toolNotFound(id)
	}
	for owner := r; owner != nil && isResource(owner); owner = owner.Parent() {
		if nv := attribute(owner, setTag, name); nv != nil {
			s.println(nv.SelectAttrValue("value", ""))
			return nil
		}
		if setTag != metaAttributes {
			break
		}
	}
	fmt.Fprintf(s.Err, "Attribute '%s' not found for '%s'\n", name, id) // a question, so exit 0 as crmsh has it
	return nil
}
