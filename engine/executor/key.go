package executor

import (
	"strconv"
	"time"
)

// OpKey makes the operation key RESOURCE_ACTION_INTERVALMS that names an operation in history and graph.
func OpKey(resource, action string, interval time.Duration) string {
	return resource + "_" + action + "_" + strconv.FormatInt(interval.Milliseconds(), 10)
}
