package tools

import (
	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
)

// restart stops the resource by its target-role, waits, and starts it again. Whatever happens between, the
// target-role is at last what it was.
func (r *resourceCall) restart() exit.Code {
	if r.offline() {
		return r.refused(api.ErrNoCluster)
	}
	if len(runsOn(r.rsc)) == 0 {
		return r.refuse(exit.Unsatisfied, "%s is not running and so cannot be restarted", r.id)
	}
	owner := top(r.rsc).ID
	sets := setsOf(r.element(top(r.rsc)), "meta_attributes")
	old := sets.pairs(r.doc, "", func(p pair) bool { return p.name() == "target-role" })
	setID, id, was := sets.id, sets.pairID(sets.id, "target-role"), ""
	if len(old) > 0 {
		setID, id, was = old[0].setID(), old[0].id(), old[0].value()
	}
	if err := r.perform(r.live, sets.write(setID, id, "target-role", "Stopped")); err != nil {
		return r.refused(err)
	}
	r.out.printf("Set '%s' option: id=%s set=%s name=target-role value=stopped\nWaiting for 1 resources to stop:\n * %s\n", owner, id, setID, owner)
	stopped := r.settled(owner, false)
	var err error
	if was == "" {
		err = r.perform(r.live, cib.Request{Op: cib.OpDelete, Section: "resources", XML: cib.XML(newElement("nvpair", "id", id, "name", "target-role"), false)})
		r.out.printf("Deleted '%s' option: id=%s name=target-role\n", owner, id)
	} else {
		err = r.perform(r.live, sets.write(setID, id, "target-role", was))
		r.out.printf("Set '%s' option: id=%s set=%s name=target-role value=%s\n", owner, id, setID, was)
	}
	switch {
	case err != nil:
		r.out.note("%s was told to stop and could not be told to start again: set its target-role to Started", owner)
		return r.refused(err)
	case stopped != exit.OK:
		return stopped
	}
	r.out.printf("Waiting for 1 resources to start again:\n * %s\n", owner)
	return r.settled(owner, true)
}

// settled waits until the cluster has nothing left to do and checks that the resource runs, or does not.
func (r *resourceCall) settled(owner string, running bool) exit.Code {
	if code := r.wait(); code != exit.OK {
		return code
	}
	doc, err := r.live.CIB(r.ctx)
	if err == nil {
		r.cluster, err = scheduler.Read(scheduler.Input{CIB: doc.Root(), Now: r.Now()})
	}
	if err != nil {
		return r.refused(err)
	}
	for _, x := range r.find(owner) {
		if (len(runsOn(x)) > 0) == running {
			continue
		}
		what := "shutdown"
		if running {
			what = "restart"
		}
		return r.refuse(exit.Error, "Could not complete %s of %s: see crm_mon -1 for what holds it", what, owner)
	}
	return exit.OK
}
