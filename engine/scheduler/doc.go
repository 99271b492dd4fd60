// Package scheduler decides what the cluster should do: CIB and a time in, assignment scores,
// actions, orderings and the transition graph out.
//
// It is pure: same input, same output, to the byte; no clock, file, socket or random number.
// It serves the DC, crm_simulate, the preview of a commit and every "why" question alike.
// It does not execute anything (package controller does) and knows no agent's metadata.
package scheduler
