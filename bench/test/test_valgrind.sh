#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Valgrind on what reads files: memory that nobody has written, which no sanitizer
# of gcc's sees. Good files; "make fuzz" has the others.
. "$(dirname "$0")/tap.sh"

if ! command -v valgrind >/dev/null; then
	skip "valgrind" "it is not installed"
	tap_end
fi

data=bench/test/data
checked() {
	valgrind --quiet --error-exitcode=99 --leak-check=no "$@"
}

ok "a run" status_is 0 checked "$f" table --notes "$data/run-interrupted"
ok "a run, in JSON" status_is 0 checked "$f" table --format=json \
	"$data/run-flawed-cells"
ok "two runs" status_is 0 checked "$f" compare "$data/run-apart-baseline" \
	"$data/run-apart-patched"
ok "a plan" status_is 0 checked "$f" run --dry-run bench/plans/thread-scaling.ini
ok "slices" status_is 0 checked build/fpbench-pair \
	bench/test/fuzz/corpus/slices/measured
"$f" pack -o "$tmp/run.tar.zst" "$data/run-apart-patched" >/dev/null 2>&1
ok "a packed run, as a page" status_is 0 checked "$f" table --format=html \
	"$tmp/run.tar.zst"
# Readers whose files no command above reads, as their unit tests call them. Those of
# archives, revisions and costs would take longer than all of this.
for name in job event step fio conform casereport why calibration turns rundata \
	pairfile console; do
	ok "unit tests: $name" status_is 0 checked "build/test/test_$name"
done
tap_end
