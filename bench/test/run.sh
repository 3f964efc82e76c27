#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run.sh LOGDIR TEST...: runs test programs that print TAP, shows what is not
# ok, and keeps the whole output as LOGDIR/NAME.log. Fails if any failed.
set -u

dir=$1
shift
mkdir -p "$dir"
failed=0
export CMOCKA_MESSAGE_OUTPUT=tap
for t; do
	name=$(basename "$t" .sh)
	log=$dir/$name.log
	printf '  %-7s %s\n' TEST "$name"
	"$t" >"$log" 2>&1
	status=$?
	# cmocka says "not ok # SKIP": what is skipped is not a failure.
	sed -i '/# SKIP/s/^not ok/ok/' "$log"
	# The comments after a "not ok" say why.
	awk '/^[^#]/ { bad = /^not ok/ } bad || /# SKIP/' "$log"
	# A program that died has not said so in TAP.
	if [ $status -ne 0 ] && ! grep -q '^not ok\|^1..0 # SKIP' "$log"; then
		echo "not ok - $name ended with status $status" | tee -a "$log"
	fi
	if grep -q '^not ok' "$log"; then
		sed 's/^/    /' "$log" | tail -n 40
		failed=1
	fi
done
exit $failed
