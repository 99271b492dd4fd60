// Package messaging tells who is there: heartbeats on every link, and who can be trusted.
//
// The rules are in package detector below, pure; this package gives it sockets, a clock and the
// cluster key, and reports what it finds as events. It also derives the TLS identity with which nodes
// talk to each other (Identity). It decides nothing about quorum, and carries no cluster data except a
// few bytes of state in each heartbeat.
package messaging
