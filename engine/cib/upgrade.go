package cib

import "quorate/engine/exit"

// LatestSchema is the newest schema that we know.
const LatestSchema = "pacemaker-3.9"

func performUpgrade(t *edit, _ *Request) error {
	if t.doc.Schema() == LatestSchema {
		return nil
	}
	return Errorf(exit.Unimplemented, "cannot upgrade from %s", t.doc.Schema())
}
