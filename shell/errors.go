package shell

import (
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// The errors of this file have the texts that scripts know from crmsh and from Pacemaker's tools.

// notFound says that there is no resource of that id.
func (e *confEdit) notFound(id string) error {
	return cib.Errorf(exit.NoSuch, "Resource not found: %s%s", id, didYouMean(id, e.resourceIDs()))
}

// toolNotFound says the same in the words of crm_resource.
func (e *confEdit) toolNotFound(id string) error {
	return cib.Errorf(exit.NoSuch, "Resource '%s' not found%s", id, didYouMean(id, e.resourceIDs()))
}

// nodeNotFound says that there is no node of that name.
func (e *confEdit) nodeNotFound(name string) error {
	return cib.Errorf(exit.NoSuch, "Node %q is not a cluster node%s", name, didYouMean(name, e.nodeNames()))
}

// badUsage is the error for a second word that the command does not know, or its wrong number of words.
func badUsage(word, command string, args []string) error {
	line := command
	for _, a := range args {
		line += " " + a
	}
	return cib.Errorf(exit.Usage, "Bad usage: '%s', command: '%s'", word, line)
}

// notMoved says that there is not the one node to ban a resource from, in the words of crm_resource.
func notMoved(id string, active int) error {
	return cib.Errorf(exit.Unsafe, "Resource '%s' not moved: active in %d locations. To prevent '%s' from running on a specific location, specify a node", id, active, id)
}
