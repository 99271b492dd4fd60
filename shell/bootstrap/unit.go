package bootstrap

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/coreos/go-systemd/v22/util"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

const (
	unitName = "quorate.service"
	unitFile = "/etc/systemd/system/" + unitName
)

// unit is the systemd unit of the engine. KillMode=process: services that agents started must outlive a crash of
// the engine, as they do with Pacemaker; the next start finds them by probes. RestartSec is well below the default
// detection time, so that the others wait for it.
const unit = `[Unit]
Description=quorate high-availability cluster
Wants=network-online.target
After=network-online.target time-sync.target dbus.service
StartLimitIntervalSec=10
StartLimitBurst=20

[Service]
Type=notify
ExecStart=%s cluster run
KillMode=process
TimeoutStopSec=30min
Restart=on-failure
RestartSec=200ms
SuccessExitStatus=100
RestartPreventExitStatus=100 101
RuntimeDirectory=quorate
RuntimeDirectoryPreserve=yes
StateDirectory=quorate
LimitMEMLOCK=infinity
LimitCORE=infinity
OOMScoreAdjust=-1000
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`

func unitInstalled() bool {
	_, err := os.Stat(unitFile)
	return err == nil && util.IsRunningSystemd()
}

func unitActive(ctx context.Context) bool {
	return unitInstalled() && exec.CommandContext(ctx, "systemctl", "is-active", "--quiet", unitName).Run() == nil
}

func systemctl(ctx context.Context, words ...string) error {
	out, err := exec.CommandContext(ctx, "systemctl", words...).CombinedOutput()
	if err != nil {
		return cib.Errorf(exit.Error, "systemctl %s: %s", strings.Join(words, " "), strings.TrimSpace(string(out)))
	}
	return nil
}

func runEnable(ctx context.Context, env Env, args []string) error {
	if len(args) != 0 {
		return usage("enable")
	}
	if !util.IsRunningSystemd() {
		return &cib.Error{Code: exit.Unavailable, Text: "this machine was not booted with systemd", Hint: "have its init run 'crm cluster run'"}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.WriteFile(unitFile, fmt.Appendf(nil, unit, self), 0o644); err != nil {
		return err
	}
	if err := systemctl(ctx, "daemon-reload"); err != nil {
		return err
	}
	if err := systemctl(ctx, "enable", unitName); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s starts at boot\n", unitName)
	return nil
}

func runDisable(ctx context.Context, env Env, args []string) error {
	if len(args) != 0 {
		return usage("disable")
	}
	if !unitInstalled() {
		return cib.Errorf(exit.NoSuch, "%s is not installed", unitName)
	}
	if err := systemctl(ctx, "disable", unitName); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s does not start at boot any more\n", unitName)
	return nil
}
