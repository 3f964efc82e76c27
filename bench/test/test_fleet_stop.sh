#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # of three_hosts.sh
# What ends a run on three hosts (three_hosts.sh) leaves nothing there, and the same
# command goes on: Ctrl-C, a signal to make alone. And what measures on a host ends with
# its connection.
. "$(dirname "$0")/tap.sh"
kernels=patched
. bench/test/three_hosts.sh

# As the recipe of "make bench" has it. Of one kernel: 12 parts of one round each.
cat >"$tmp/makefile" <<END
.PHONY: bench
bench:
	@exec bench/make/measure.sh build/fpbench $(small_run --regimes=cpu -k patched)
END

# fleet LOG: returns once all hosts measure, and a part is back that was not there.
fleet() {
	before=$(parts)
	begin "$tmp/$1" make -f "$tmp/makefile" bench
	for h in 1 2 3; do
		ok "$1: h$h measures" wait_for 600 measures $h
	done
	ok "$1: a part comes back" wait_for 600 more_than "$before"
}

# Those that are logged: others may be back, but parallel does not know it yet.
done_parts() {
	awk -F '\t' 'NR > 1 && $7 == 0 && $8 == 0 { print $1 }' \
		"$results"/.fleet-*/joblog 2>/dev/null | sort -u |
		while read -r i; do
		ls "$results"/.fleet-*/"$i.tar.zst"
	done
}

parts() {
	done_parts | wc -l
}

more_than() {
	lives "$child" || return
	[ "$(parts)" -gt "$1" ]
}

# is_left LOG: as it should be
is_left() {
	ended
	cp "$log" "$out"
	ok "$1: status" [ $status -ne 0 ]
	ok "$1: no report" sh -c "! grep -q '^Run:' '$log'"
	ok "$1: says how far it is" grep -q \
		"^fpbench: interrupted: [1-9][0-9]* of 12 parts are done" "$log"
	ok "$1: says how to go on" says \
		"fpbench: hint: run the same command again to continue"
	ok "$1: nothing is left here" [ "$(pgrep -c -f "$results")" -eq 0 ]
	for h in 1 2 3; do
		# The very last to end is the one that has removed the folder.
		ok "$1: h$h is left idle" wait_for 60 idle $h
		ok "$1: h$h is left empty" empty $h
	done
	ok "$1: what came back is kept" [ "$(parts)" -gt 0 ]
	# shellcheck disable=SC2046 # a list
	md5sum $(done_parts) >"$tmp/sums"
}

# Twice: somebody is impatient.
fleet "Ctrl-C"
kill -INT "-$child"
sleep 1
kill -INT "-$child"
is_left "Ctrl-C"

fleet "kill -TERM"
kill -TERM "$child"
is_left "kill -TERM"

# gone PID
gone() {
	[ ! -e "/proc/$1" ]
}

# In the end nothing of ours runs here but h1's connection.
begin "$tmp/end" make -f "$tmp/makefile" bench
ok "h1 measures again" wait_for 600 measures 1
victim=$(run_of 1)
# shellcheck disable=SC2046 # a list
ok "its connection is cut" kill -9 $(pgrep -f "^ssh .*-F $tmp/ssh .*h1 ")
ok "what measures there ends" wait_for 60 gone "$victim"
ended
ok "the same command goes on" [ $status -eq 0 ]
[ $status -eq 0 ] || tap_end # nothing more can be seen
run=$(sed -n 's/^Run:   //p' "$log")
# Parts are kept with the run.
sed -i "s,/\.fleet-[0-9]*/,/.shards-$(basename "$run")/," "$tmp/sums"
ok "and measures nothing twice" md5sum --quiet -c "$tmp/sums"
ok "all samples once" [ "$(samples . | sort -u | wc -l)" -eq 24 ]
archived "$results" >"$tmp/measured"
ok "they are those that were measured" sh -c \
	"sort '$run/samples.jsonl' | cmp - '$tmp/measured'"
ok "its page is there" [ -s "$run/report.html" ]
for h in 1 2 3; do
	ok "h$h is left idle" wait_for 60 idle $h
	ok "h$h is left empty" empty $h
done
tap_end
