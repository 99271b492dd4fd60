package status

import (
	"github.com/beevik/etree"

	"quorate/engine/scheduler"
)

// Single parts of the picture, for crm_resource.

// Line is the line about one primitive: id, agent, state, and with Options.HideNodes unset its node.
func (v *View) Line(r *scheduler.Resource) string { return v.line(r, shownID(r), v.location(r)) }

// ShownID is the name of a resource for people: instances of anonymous clones have no numbers.
func ShownID(r *scheduler.Resource) string { return shownID(r) }

// ResourcesXML is the <resources> element.
func (v *View) ResourcesXML() *etree.Element {
	top := etree.NewElement("top")
	(&Mon{View: *v}).resourcesXML(top)
	if e := top.SelectElement("resources"); e != nil {
		top.RemoveChild(e)
		return e
	}
	return etree.NewElement("resources")
}

// ResourceXML is the element of one resource.
func (v *View) ResourceXML(r *scheduler.Resource) *etree.Element {
	top := etree.NewElement("top")
	(&Mon{View: *v}).resourceXML(top, r)
	for _, e := range top.ChildElements() {
		top.RemoveChild(e)
		return e
	}
	return etree.NewElement("resource")
}

// OpStatusText names the execution status of an operation: "complete", "pending", "Timed Out", …
func OpStatusText(status int) string { return opStatusText(status) }
