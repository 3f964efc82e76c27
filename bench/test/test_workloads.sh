#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every workload in a guest, by way of the passthrough mount and beside it: that it
# runs, and which way its I/Os went. Then a fio job of the user's own.
. "$(dirname "$0")/tap.sh"
needs_guests

results=$tmp/results
samples=$results/latest/samples.jsonl
small="-k patched --regimes=cpu --rounds=1 --numjobs=2 --runtime=100ms
	--set sweep.ramp=20ms --set sweep.filesize=64m --set device.size=512m
	--set guest.memory=1g"

# shellcheck disable=SC2086 # a list of options
run() {
	"$f" run --results "$results" $small "$@"
}

# samples_of WORKLOAD TARGET: the last sample of it.
samples_of() {
	grep "\"target\":\"$2\",\"workload\":\"$1\"" "$samples" | tail -n 1
}

# A busy machine may lose one; that a workload fails is something else.
has_run() {
	samples_of "$1" "$2" | grep -q '"status":"\(ok\|lost\)"' || {
		samples_of "$1" "$2" | sed 's/^/# /'
		return 1
	}
}

# reached WORKLOAD TARGET PATTERN: what its "daemon" object matches.
reached() {
	samples_of "$1" "$2" | grep -q "\"daemon\":{$3" || {
		samples_of "$1" "$2" | sed 's/^/# /'
		return 1
	}
}

# With one round, a busy machine that loses a sample leaves a row empty: status 4.
runs() {
	run "$@" >"$out" 2>&1 </dev/null
	case $? in
	0 | 4) ;;
	*)
		sed 's/^/# /' "$out"
		return 1
		;;
	esac
}
ok "all workloads: a run" runs --workload all
names=$(sed -n '/^workloads = /{s///;p}' "$results/latest/plan.ini" |
	tr , '\n' | sed '/^$/d')
ok "all workloads: there are many" [ "$(echo "$names" | wc -l)" -gt 25 ]
for w in $names; do
	ok "$w: on raw XFS" has_run "$w" raw
	ok "$w: over FUSE" has_run "$w" fuse
	case $w in
	create | stat | open | readdir | rename | unlink | smallfile*)
		ok "$w: requests reach the daemon" reached "$w" fuse \
			'"read":0,"write":0,"requests":[1-9][0-9]'
		;;
	*)
		ok "$w: no data reaches the daemon" reached "$w" fuse \
			'"read":0,"write":0,'
		;;
	esac
done

ok "data through the daemon: a run" runs \
	--workload seqread-128k,dsync,mmapread --targets raw,fuse-copy \
	--set 'workload seqread-128k.files=private'
ok "seqread: READs reach it" reached seqread-128k fuse-copy '"read":[1-9]'
ok "dsync: WRITEs reach it" reached dsync-4k fuse-copy \
	'"read":0,"write":[1-9]'
ok "mmapread: on pages of FUSE's own" has_run mmapread-4k fuse-copy

cat >"$tmp/own.fio" <<'EOF'
[global]
ioengine=psync
size=8m
[writer]
rw=randwrite
verify=crc32c
[reader]
rw=randread
bs=8k
EOF
ok "a fio job of one's own: a run" runs --job "$tmp/own.fio"
ok "a fio job of one's own: on raw XFS" has_run job raw
ok "a fio job of one's own: over FUSE" has_run job fuse
ok "a fio job of one's own: kept in the manifest" grep -q 'verify=crc32c' \
	"$results/latest/manifest.json"
ok "nothing is left behind" no_traces "$guests"
tap_end
