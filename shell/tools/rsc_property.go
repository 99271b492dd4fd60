package tools

import (
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// getProperty shows an XML attribute of the resource, such as its class; nothing if it has none of that name.
func (r *resourceCall) getProperty() exit.Code {
	a := r.element(r.rsc).SelectAttr(r.arg)
	if a == nil {
		return exit.OK
	}
	r.out.printf("%s\n", a.Value)
	list := r.out.element("list", "name", "properties", "count", "1")
	item := newElement("item", "name", r.arg)
	item.SetText(a.Value)
	list.AddChild(item)
	return exit.OK
}

// setProperty sets an XML attribute of the resource.
func (r *resourceCall) setProperty() exit.Code {
	tag := r.get("resource-type")
	switch {
	case tag == "":
		return r.refuse(exit.NoSuch, "Must specify -t with resource type")
	case !r.has("parameter-value"):
		return r.refuse(exit.NoSuch, "Must supply -v with new value")
	case r.element(r.rsc).Tag != tag:
		r.out.fail("Error performing operation: %s", exit.NoSuch)
		return exit.NoSuch
	}
	change := newElement(tag, "id", r.element(r.rsc).SelectAttrValue("id", ""), r.arg, r.get("parameter-value"))
	if err := r.perform(r.live, cib.Request{Op: cib.OpModify, Section: "resources", XML: cib.XML(change, false)}); err != nil {
		return r.refused(err)
	}
	return exit.OK
}
