#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# measure.sh FPBENCH COMMAND...: COMMAND measures and prints the folder of its run; then
# its table is printed, and table, page and plots are put into the folder. Whatever ends
# this script ends COMMAND first. Status: that of COMMAND.
set -u
fpbench=$1
shift
out=$(mktemp) || exit 4
trap 'rm -f "$out"' EXIT

# In the background, since a shell that waits in the foreground sees no signal. There
# it would have Ctrl-C ignored.
env --default-signal=INT "$@" >"$out" &
child=$!
trap 'kill $child' INT TERM HUP
wait $child
status=$?
# After a signal that wait was cut short.
trap '' INT TERM HUP
while kill -0 $child 2>/dev/null; do
	wait $child
	status=$?
done

run=$(cat "$out")
[ -n "$run" ] || exit $status
if [ $status -eq 0 ] || [ $status -eq 4 ]; then
	echo
	"$fpbench" table "$run" &&
		"$fpbench" table "$run" >"$run/table.txt" &&
		"$fpbench" table --format=html "$run" >"$run/report.html" &&
		"$fpbench" plot "$run" >/dev/null
	echo "Run:   $run"
	echo "Page:  $run/report.html"
	echo "Plots: $run/plots"
fi
exit $status
