#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# merge_many.sh [SHARDS]: makes shards up (256), each 20 rounds of the default plan on
# a machine of its own, merges them, and prints what that and the table took. Nothing
# is asserted about time.
set -eu
cd "$(dirname "$0")/../.."
n=${1:-256}
f=build/fpbench
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fpbench-many.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# With 20 rounds, so that each shard has whole pairs of them: 10 blocks.
rounds=$((20 * n))
jq --argjson n "$n" --argjson rounds $rounds '.plan.rounds = $rounds |
	.plan.numjobs = [1, 2, 3, 4, 5, 6, 7, 8] | .plan.pairing = "duet"' \
	bench/test/data/run-duet/manifest.json >"$tmp/manifest.json"
for i in $(seq "$n"); do
	mkdir "$tmp/$i"
	shard="\"shard\": {\"index\": $i, \"of\": $n}"
	machine="\"machine\": {\"name\": \"h$i\", \"id\": \"$i\"}"
	sed "s/\"id\": \"[^\"]*\"/\"id\": \"shard-$i\", $shard, $machine/" \
		"$tmp/manifest.json" >"$tmp/$i/manifest.json"
done
awk -v n="$n" -v rounds="$rounds" -v dir="$tmp" '
function normal() {
	return sqrt(-2 * log(1 - rand())) * cos(6.283185 * rand())
}
function sample(file, kernel, round, seq, regime, target, jobs, rate, d) {
	printf "{\"schema\":1,\"boot\":\"r%02d-%s\",\"round\":%d,\"kernel\":\"%s\",\"attempt\":1,\"seq\":%d,\"regime\":\"%s\",\"target\":\"%s\",\"workload\":\"randwrite-4k\",\"numjobs\":%d,\"status\":\"ok\",\"iops\":%.3f,\"ios\":%d,\"runtime_ms\":500,\"lat_ns\":{\"mean\":%d,\"p50\":%d,\"p99\":%d,\"p999\":%d},\"cpu_pct\":{\"usr\":10.5,\"sys\":80.25},\"fio\":\"boots/r%02d-%s/fio/%03d.json\",\"pair\":{\"with\":\"%s\",\"slices\":\"boots/r%02d-%s/fio/%03d\",\"slice_ns\":100000000,\"guard_ns\":10000000,\"seed\":%d,\"pairs\":12,\"drained\":0,\"widowed\":0,\"ratio\":0.7,\"log_se\":0.01}", round, kernel, round, kernel, seq, regime, target, jobs, rate, rate / 2, 1e9 / rate, 1e9 / rate, 3e9 / rate, 9e9 / rate, round, kernel, seq, target == "raw" ? "fuse" : "raw", round, kernel, seq, round * 1000 + seq >file
	if (kernel != "baseline")
		printf ",\"duet\":{\"over\":\"baseline\",\"log_ratio\":%.5f,\"log_total\":%.5f,\"log_sd\":0.05,\"blocks\":12,\"lost\":0}", d, d >file
	print "}" >file
}
function measure(round,    r, jobs, t, k, rate, d, seq) {
	for (r = 0; r < 2; r++) for (jobs = 1; jobs <= 8; jobs++)
	for (t = 0; t < 2; t++) {
		rate = 100000 * exp(0.1 * normal()); seq++
		d = t * 0.002 + 0.03 * normal()
		sample(samples, "baseline", round, seq, r ? "device" : "cpu", t ? "fuse" : "raw", jobs, rate, 0)
		sample(samples, "patched", round, seq, r ? "device" : "cpu", t ? "fuse" : "raw", jobs, rate * exp(d), d)
	}
	for (k = 0; k < 2; k++)
		printf "{\"schema\":1,\"boot\":\"r%02d-%s\",\"round\":%d,\"kernel\":\"%s\",\"attempt\":1,\"status\":\"ok\",\"seconds\":30}\n", round, k ? "patched" : "baseline", round, k ? "patched" : "baseline" >boots
}
BEGIN {
	srand(1)
	for (shard = 1; shard <= n; shard++) {
		samples = dir "/" shard "/samples.jsonl"
		boots = dir "/" shard "/boots.jsonl"
		for (round = 2 * shard - 1; round <= rounds; round += 2 * n) {
			measure(round)
			measure(round + 1)
		}
		close(samples)
		close(boots)
	}
}'

# measured WHAT COMMAND...: its time, and the most memory that it had
measured() {
	what=$1
	shift
	begun=$(date +%s%N)
	"$@" >"$tmp/out" &
	peak=0
	while p=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$!/status" \
		2>/dev/null) && [ -n "$p" ]; do
		peak=$p
		sleep 0.02
	done
	wait $! || exit
	ms=$((($(date +%s%N) - begun) / 1000000))
	echo "$what: $((ms / 1000)).$(printf %03d $((ms % 1000))) s," \
		"$((peak / 1024)) MiB"
}

echo "$n shards, $(cat "$tmp"/*/samples.jsonl | wc -l) samples," \
	"$(du -sm "$tmp" | cut -f 1) MiB"
measured "fpbench merge" $f merge -r "$tmp/results" $(seq -f "$tmp/%g" "$n")
run=$(cat "$tmp/out")
measured "fpbench table" $f table "$run"
head -n 3 "$tmp/out"

