// Package exit names the exit codes of the field's command-line tools.
//
// Scripts and resource agents test these numbers, so they are a contract: 0 to 9 are the
// OCF result codes, 64 to 78 follow sysexits(3), 100 and above are Pacemaker's own.
// The package holds names and texts only; it never ends a process.
package exit

// Code is a process exit code, or the code of a failed request that becomes one.
type Code int

// The codes, with the meaning that `crm_error -X -n` gives them.
const (
	OK             Code = 0
	Error          Code = 1
	InvalidParam   Code = 2
	Unimplemented  Code = 3
	InsufficientPr Code = 4
	NotInstalled   Code = 5
	NotConfigured  Code = 6
	NotRunning     Code = 7
	Promoted       Code = 8
	FailedPromoted Code = 9
	Usage          Code = 64
	DataErr        Code = 65
	NoInput        Code = 66
	NoUser         Code = 67
	NoHost         Code = 68
	Unavailable    Code = 69
	Software       Code = 70
	OSErr          Code = 71
	OSFile         Code = 72
	CantCreate     Code = 73
	IOErr          Code = 74
	TempFail       Code = 75
	Protocol       Code = 76
	NoPerm         Code = 77
	Config         Code = 78
	Fatal          Code = 100
	Panic          Code = 101
	Disconnect     Code = 102
	Old            Code = 103
	Digest         Code = 104
	NoSuch         Code = 105
	Quorum         Code = 106
	Unsafe         Code = 107
	Exists         Code = 108
	Multiple       Code = 109
	Expired        Code = 110
	NotYetInEffect Code = 111
	Indeterminate  Code = 112
	Unsatisfied    Code = 113
	Timeout        Code = 124
	Degraded       Code = 190
	DegradedProm   Code = 191
	None           Code = 193
)

var texts = map[Code]string{
	OK: "OK", Error: "Error occurred", InvalidParam: "Invalid parameter", Unimplemented: "Unimplemented",
	InsufficientPr: "Insufficient privileges", NotInstalled: "Not installed", NotConfigured: "Not configured",
	NotRunning: "Not running", Promoted: "Promoted", FailedPromoted: "Failed in promoted role",
	Usage: "Incorrect usage", DataErr: "Invalid data given", NoInput: "Input file not available",
	NoUser: "User does not exist", NoHost: "Host does not exist", Unavailable: "Necessary service unavailable",
	Software: "Internal software bug", OSErr: "Operating system error occurred", OSFile: "System file not available",
	CantCreate: "Cannot create output file", IOErr: "I/O error occurred", TempFail: "Temporary failure, try again",
	Protocol: "Protocol violated", NoPerm: "Insufficient privileges", Config: "Invalid configuration",
	Fatal: "Fatal error occurred, will not respawn", Panic: "System panic required", Disconnect: "Not connected",
	Old: "Update was older than existing configuration", Digest: "Digest mismatch", NoSuch: "No such object",
	Quorum: "Quorum required", Unsafe: "Operation not safe", Exists: "Requested item already exists",
	Multiple: "Multiple items match request", Expired: "Requested item has expired",
	NotYetInEffect: "Requested item is not yet in effect", Indeterminate: "Could not determine status",
	Unsatisfied: "Not applicable under current conditions", Timeout: "Timeout occurred",
	Degraded: "Service is active but might fail soon", DegradedProm: "Service is promoted but might fail soon",
	None: "No exit status available",
}

// String returns the text that `crm_error -X` prints for the code, "Unknown exit status" for others.
func (c Code) String() string {
	if t, ok := texts[c]; ok {
		return t
	}
	return "Unknown exit status"
}
