// Package config is corosync.conf: it reads and checks the file, finds out which of its nodes this
// machine is, derives every timeout from one knob, writes the file back with comments and unknown keys
// kept, and publishes what it knows as the configuration map (cmap). Key files are read and made here.
//
// It opens no socket, resolves no host name and applies nothing: messaging and quorum take their
// options from a *Config.
//
// Where quorate differs from Corosync: totem.token is the whole detection time, 1000 ms if the file
// does not set it, and it grows with the number of nodes only if the file sets token_coefficient.
// Corosync needs that growth because one token passes all nodes in turn, and then waits another
// 1.2 × token for consensus; here each pair of nodes watches itself, so the time needed does not depend
// on how many they are.
package config
