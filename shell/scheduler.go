package shell

import (
	"time"

	"quorate/engine/cib"
	"quorate/engine/scheduler"
)

// schedulerMessages returns what the scheduler has to say about a configuration, with the status that the
// document has.
func schedulerMessages(d *cib.Document) (errs, warnings []string) {
	result, err := scheduler.Run(scheduler.Input{CIB: d.Root(), Now: time.Now()})
	if err != nil {
		return []string{err.Error()}, nil
	}
	for _, m := range result.Cluster.Messages {
		if m.Severity == scheduler.Error {
			errs = append(errs, m.Text)
		} else {
			warnings = append(warnings, m.Text)
		}
	}
	return errs, warnings
}
