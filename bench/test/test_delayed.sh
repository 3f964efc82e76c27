#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One write in a hundred is late: the latency verdicts find it in p99.9, and find
# nothing in the median, nor between two boots of one kernel. Real guests, on a
# machine that has nothing else to do (make check-delayed).
#
# LOOPS: what a late write counts down from (default: 600000, which takes 150 to
# 250 us on most machines).
. "$(dirname "$0")/tap.sh"
needs_guests

# Eleven rounds are the fewest that say anything about four figures of two kernels
# with 99 %. psync: one write waits for nobody else's.
cat >"$tmp/plan.ini" <<'END'
[regime sync]
like = cpu
submit = psync
iodepth = 1
batch = 1
[sweep]
regimes = sync
numjobs = 1
rounds = 11
END
late="fuse.plant_loops=${LOOPS:-600000} fuse.plant_every=100"
json=$tmp/report.json

# verdict KERNEL FIGURE VERDICT: of the first lines
verdict() {
	jq -e --arg k "$1" --arg f "$2" --arg v "$3" '.effects[] |
		select(.kernel == $k) | .latency[$f] |
		.rows == 1 and .ratio.lo != null and .verdict == $v' \
		"$json" >/dev/null || {
		jq -c --arg f "$2" '.effects[] | [.kernel, .latency[$f]]' \
			"$json" | sed 's/^/# /'
		return 1
	}
}

ok "a run" status_is 0 "$f" run -r "$tmp/results" -k on-time=planted \
	-k same=planted -k "late=planted,append=$late" "$tmp/plan.ini"
ok "its report" status_is 0 "$f" table --format json "$tmp/results/latest"
cp "$out" "$json"
ok "1 % of the writes are late: p99.9 is worse" verdict late p999 worse
ok "1 % of the writes are late: p50 is not" verdict late p50 ""
ok "the same kernel: nothing of p50" verdict same p50 ""
ok "the same kernel: nothing of p99" verdict same p99 ""
ok "the same kernel: nothing of p99.9" verdict same p999 ""
ok "nothing is left behind" no_traces "$guests"
tap_end
