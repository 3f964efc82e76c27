#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # of three_hosts.sh
# A run on three hosts (three_hosts.sh): one is cut off while it measures, one loses a
# job and is slowed by a load, one has a full disk.
. "$(dirname "$0")/tap.sh"
kernels="baseline patched"
. bench/test/three_hosts.sh

cut_off() {
	measures 1 && ip link set "fpb$id-1" down
}
kill_run() {
	measures 2 && kill -9 "$(run_of 2)"
}

begin "$tmp/log" sh -c "exec $(small_run --regimes=cpu)"
for h in 1 2 3; do
	ok "h$h measures" wait_for 600 measures $h
done
# Cut off.
ok "h1 is cut off" wait_for 600 cut_off
# Full.
on 3 dd if=/dev/zero of="$away/fill" bs=1M 2>/dev/null
# Killed.
ok "a job of h2 is killed" wait_for 600 kill_run
# Slowed.
for _ in 1 2; do
	nsenter --target "$pid2" --net -- sh -c 'while :; do :; done' &
	loads="$loads $!"
done
ended
ok "the run ends well" [ $status -eq 0 ]
[ $status -eq 0 ] || tap_end # nothing more can be seen
run=$(grep "^$results/" "$log")
for pid in $loads; do
	kill "$pid" 2>/dev/null
done
loads=
on 3 rm -f "$away/fill"
ip link set "fpb$id-1" up

# A host that fails is named, whatever the fault.
cp "$log" "$out"
# By ssh's name for it.
ok "cut off: named" says "Timeout, server $(sed -n '/^Host h1$/,/^HostName/s/^HostName //p' \
	"$tmp/ssh") not responding"
ok "killed: named" grep -q '^h2 [0-9]*/6: .*failed with status 137' "$log"
ok "full disk: named" grep -q '^h3 [0-9]*/6: .*No space left' "$log"
ok "what was not cleaned is named" grep -q \
	"^fpbench: fleet: h1 keeps its files (~/.cache/.*): .*\(No route\|timed out\)" "$log"
ok "all parts are done" says "6 of 6 parts are done"
# Progress lines name host and shard, and count the rounds of the shard.
tried=$(sed -n 's/^\(h[123] [0-9]*\/6\): .*/\1/p' "$log" | sort -u | wc -l)
ok "shards were tried again ($tried times in all)" [ "$tried" -gt 6 ]
ok "a shard counts its own rounds" [ "$(sed -n 's,.*: round \([0-9/]*\).*,\1,p' \
	"$log" | sort -u | tr '\n' ' ')" = "1/2 2/2 " ]

ok "every shard is there" [ "$(find "$results" -name '*.tar.zst' | wc -l)" -eq 6 ]
# 12 rounds, 2 kernels, 2 targets
ok "every sample once" [ "$(samples . | sort -u | wc -l)" -eq 48 ]
# A step that lost samples to the load is measured again, in all kernels.
ok "and none twice" [ "$(sort "$run/samples.jsonl" | uniq -d | wc -l)" -eq 0 ]
archived "$results" >"$tmp/measured"
ok "they are those that were measured" sh -c \
	"[ -s '$tmp/measured' ] && sort '$run/samples.jsonl' | cmp - '$tmp/measured'"
ok "the report" status_is 0 "$f" table "$run"
ok "is of all rounds" says "12 rounds"
ok "names no machine that was never heard" [ "$(jq -r '.machines[].name' \
	"$run/manifest.json" | grep -cv '^h[123]$')" -eq 0 ]
ok "only its shards are left beside it" [ "$(find "$results" -maxdepth 1 -name '.*' |
	sed 's,.*/,,; s/-.*//')" = .shards ]
for h in 2 3; do
	ok "h$h is left idle" wait_for 120 idle $h
	ok "h$h is left empty" empty $h
done
ok "h1 ends by itself" wait_for 300 idle 1
tap_end
