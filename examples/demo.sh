#!/bin/sh
# A failover to watch: three nodes on this machine, a web service, and the power loss of the node that serves.
# Usage: demo.sh PATH-OF-CRM [FOLDER]. Everything is stopped and removed at the end.
set -eu
crm=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
dir=${2:-$(mktemp -d)}
export XDG_STATE_HOME="$dir/state" HOME="$dir" NO_COLOR=1

bold= plain=
if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
finish() { "$crm" cluster stop >/dev/null 2>&1 || true; [ -n "${2:-}" ] || rm -rf "$dir"; }
trap 'finish "$@"' EXIT
trap 'exit 1' INT TERM

say "crm cluster start --local 3"
"$crm" cluster start --local 3 --dir "$dir/cluster"

say "crm -w configure < examples/web.crm"
cat "$here/web.crm"
"$crm" -w configure < "$here/web.crm"

say "crm status"
"$crm" status

active=$("$crm" resource locate site | sed 's/.*on: *//; s/ *$//')
say "crm cluster kill $active        (its engine and its services, at once)"
"$crm" cluster kill "$active"

say "crm status"
"$crm" status

say "crm cluster start $active"
"$crm" cluster start "$active"

say "crm status"
"$crm" status

say "crm cluster stop"
"$crm" cluster stop
