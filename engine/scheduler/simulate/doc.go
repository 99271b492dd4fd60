// Package simulate carries out a transition on a CIB, as if every node did what it is told: injected
// changes beforehand, the graph's actions with their results in the operation history, and the
// files that show a graph (XML and dot).
//
// It is pure: documents and times come in, changed documents and texts go out. It decides nothing;
// the graph comes from package scheduler. crm_simulate prints what it returns, and the preview of a
// commit and the sandbox work on the document that it leaves.
package simulate
