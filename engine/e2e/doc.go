// Package e2e tests whole clusters over a real network: each node is a set of Linux namespaces (network, mount,
// UTS, PID, IPC) with the built crm binary, the distribution's resource agents and nginx in it; the nodes meet on
// a bridge that is in a network namespace of its own, and a client there asks the virtual IP over HTTP all the time.
//
// Everything is behind the build tag e2e and needs root:
//
//	go test -tags e2e -count=1 -v ./engine/e2e                      the scenarios
//	go test -tags e2e -count=1 -v -run TestFigures ./engine/e2e     the table of measured times
//	E2E_FAULTS=10m go test -tags e2e -count=1 -v -timeout 20m -run TestRandomFaults ./engine/e2e
//	E2E_LOAD=20m go test -tags e2e -count=1 -v -timeout 30m -run TestNoFalseFailover ./engine/e2e
//
// The package has no code outside of its tests. What it starts ends with the test process, however that ends.
package e2e
