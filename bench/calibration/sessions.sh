#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# sessions.sh KERNEL FILE [OPTION...]: runs the sessions that FILE lacks, a set at a
# time, and appends a line for each; OPTIONs are those of "fpbench calibration" that
# choose them. KERNEL has kernel-patches/test/planted.patch.
#
#   LOAD=1	with a load beside them: a busy process for each CPU, half of the
#		time
#   KEEP=1	keep the directories of the runs
#   BACKEND=NAME PLAN=FILE FPBENCH=FILE	other than uml, session.ini and
#		build/fpbench
#
# Status: that of the session that stopped it, 130 after Ctrl-C; another call
# goes on from there.
set -u
here=$(dirname "$0")
fpbench=${FPBENCH:-build/fpbench}
plan=${PLAN:-$here/session.ini}
kernel=$1
file=$2
shift 2
[ -z "${LOAD:-}" ] || set -- --load "$@"

runs=$file.runs
loaders=
child=

# Half of the time, until the script is gone, by whatever way.
keep_busy() {
	while kill -0 $$ 2>/dev/null; do
		timeout 0.1 sh -c 'while :; do :; done'
		sleep 0.1
	done
}

start_load() {
	for _ in $(seq "$(nproc)"); do
		keep_busy 9>&- &
		loaders="$loaders $!"
	done
}

finish() {
	# shellcheck disable=SC2086 # a list
	[ -z "$loaders" ] || {
		kill $loaders
		wait $loaders
	} 2>/dev/null
	[ -n "${KEEP:-}" ] || rm -rf "$runs"
}

# run OPTION...: its status is fpbench's, its directory is in $runs/dir.
run() {
	"$fpbench" run -b "${BACKEND:-uml}" -r "$runs" "$@" "$plan" \
		>"$runs/dir" 2>"$runs/log" </dev/null 9>&- &
	child=$!
	wait $child
}

# The shell does not pass Ctrl-C on to what it runs in the background.
interrupted() {
	[ -z "$child" ] || {
		kill "$child"
		wait "$child"
	} 2>/dev/null
	echo "fpbench: interrupted; run the same command again to continue" >&2
	exit 130
}

# give_up STATUS: keeps the log beside FILE, since $runs is removed.
give_up() {
	tail -n 5 "$runs/log" >&2
	mv "$runs/log" "$file.log"
	echo "fpbench: calibration: the run (${what#*, }) ended with" \
		"status $1; its log: $file.log" >&2
	exit "$1"
}

mkdir -p "$runs" || exit
# One call at a time: two would run the same session.
exec 9>>"$runs/lock"
flock -n 9 || {
	echo "fpbench: $file is in use by another calibration" >&2
	exit 2
}
trap finish EXIT
trap interrupted INT TERM HUP
[ -z "${LOAD:-}" ] || start_load

while next=$("$fpbench" calibration --next="$kernel" "$@" "$file") || exit; do
	[ -n "$next" ] || break
	what=${next%%
*}
	echo "$what" >&2
	# shellcheck disable=SC2086 # options
	run ${next#*
}
	status=$?
	child=
	dir=$(cat "$runs/dir")
	case $status in
	130) interrupted ;;
	2|77) give_up $status ;;
	esac
	[ -n "$dir" ] || give_up $status
	"$fpbench" calibration --add="$dir" --status=$status "$@" "$file" ||
		exit
	[ -n "${KEEP:-}" ] || rm -rf "$dir"
done
"$fpbench" calibration "$file"
