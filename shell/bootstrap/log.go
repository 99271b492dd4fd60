package bootstrap

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"quorate/engine/config"
)

// newLog is the engine's log: standard error, which belongs to systemd or to the file that start gave, and the
// log file of corosync.conf where logging.to_logfile asks for one. level is the least that is told.
func newLog(stderr io.Writer, level string, c config.Logging) *slog.Logger {
	var l slog.Level
	if l.UnmarshalText([]byte(level)) != nil {
		l = slog.LevelInfo
	}
	if c.Debug != "off" && c.Debug != "" {
		l = min(l, slog.LevelDebug)
	}
	options := slog.HandlerOptions{Level: l}
	if os.Getenv("JOURNAL_STREAM") != "" {
		options.ReplaceAttr = withoutTime // the journal has its own
	}
	var log slog.Handler = slog.NewTextHandler(stderr, &options)
	if c.ToLogfile && c.Logfile != "" {
		_ = os.MkdirAll(filepath.Dir(c.Logfile), 0o755) // a failure shows when the file is written
		log = slog.NewMultiHandler(log, slog.NewTextHandler(logFile(c.Logfile), &slog.HandlerOptions{Level: l}))
	}
	return slog.New(log)
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// logFile is a file by its path, opened for each line: it may be rotated at any time.
type logFile string

func (path logFile) Write(line []byte) (int, error) {
	f, err := os.OpenFile(string(path), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return 0, err
	}
	n, err := f.Write(line)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return n, err
}
