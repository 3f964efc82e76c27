#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The tail of latency: a daemon that is 200 us late with one write of 100 is worse
# at p99.9 than the same daemon, and neither at p50 nor when it is on time.
. "$(dirname "$0")/tap.sh"

results=$tmp/results
report=$tmp/report.json
late=$tmp/late.so
before=$(traces "$guests")

if ! "${CC:-gcc}" -shared -fPIC -O2 -o "$late" bench/test/late.c 2>"$out"; then
	sed 's/^/# /' "$out"
	ok "a write that is late: it builds" false
	tap_end
fi

# verdict DAEMON QUANTILE: "worse", "better" or "".
verdict() {
	jq -r --arg kernel "$1" --arg quantile "$2" '.effects[] |
		select(.kernel == $kernel).latency[$quantile] |
		if .rows_too_few_ios > 0 then "too few I/Os" else .verdict end' \
		"$report"
}
verdict_is() {
	[ "$(verdict "$1" "$2")" = "$3" ] || {
		echo "# $(verdict "$1" "$2"): $(jq -c '.effects[] |
			{kernel, latency}' "$report")"
		return 1
	}
}

# One job, since more would wait for the daemon's CPU. Half of 3 s is over FUSE: more
# than the 10,000 writes that p99.9 needs.
daemon="{fpfs} -f --mode=direct {source} {mnt}"
"$f" run -k patched --results "$results" --rounds=9 --numjobs=1 --regimes=cpu \
	--runtime=3s --set sweep.filesize=64m --set device.size=512m \
	--set guest.memory=1g --set 'regime cpu.submit=psync' \
	--set 'regime cpu.iodepth=1' --set 'regime cpu.batch=1' \
	--fs "plain=$daemon" --fs "same=$daemon" \
	--fs "late=LD_PRELOAD=$late $daemon" >"$out" 2>&1 </dev/null
status=$?
sed 's/^/# /' "$out"
ok "three daemons: all is measured" [ "$status" -eq 0 -o "$status" -eq 4 ]
"$f" table --format json "$results/latest" >"$report"
for q in p50 p99 p999; do
	ok "the same daemon: nothing at $q" verdict_is same $q ""
done
ok "one write of 100 is late: nothing at p50" verdict_is late p50 ""
ok "one write of 100 is late: worse at p99.9" verdict_is late p999 worse
ok "nothing is left behind" no_traces "$guests"
tap_end
