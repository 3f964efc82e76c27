#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench run --why: causes that were planted are named. Of the time that a write
# takes longer, most must be in the part that the cause belongs to. Skipped without
# the kernels; "make check-why" builds them and looks at every cause.
#
# Environment: FULL=1, all causes, which takes two minutes.
. "$(dirname "$0")/tap.sh"
. bench/test/schema.sh

results=$tmp/results
latest=$results/latest

if [ -e /proc/lock_stat ]; then
	skip "the running kernel" "it has lock statistics"
else
	refused "the running kernel" 2 "the running kernel has no /proc/lock_stat" \
		run --why --backend host --dry-run
fi
mkdir "$tmp/other"
touch "$tmp/other/linux"
echo '{"source": "another", "version": "7.3"}' >"$tmp/other/build.json"
refused "no such kernel" 2 "has no kernel with lock statistics that is otherwise kernel k" \
	run --why -k "k=$tmp/other" --dry-run
refused "a run that is there" 2 "--resume takes plan, backend" \
	run --why --resume "$tmp"

needs_guests
for k in planted planted-lockstat; do
	if [ ! -e build/kernels/$k/linux ]; then
		skip "guests" "no kernel $k: make check-why builds it"
		tap_end
	fi
done

# look OPTION...: the run, in $tmp/why.json what it says.
look() {
	status_is 0 "$f" run --why --results "$results" --rounds 1 --separate \
		--runtime 200ms --set sweep.ramp=0 --set sweep.filesize=64m \
		--set device.size=320m --set guest.memory=1g "$@" || return
	"$f" table "$latest" >"$tmp/table"
	"$f" table --format json "$latest" >"$tmp/report.json"
	jq .why "$tmp/report.json" >"$tmp/why.json"
	sed -n 's/^[a-z]*, [0-9]* job/# &/p;s/^  /#   &/p' "$tmp/table"
}
# grew PART OLD NEW: most of the time by which the cell NEW takes longer than OLD,
# and that it takes half as long again; both are "KERNEL REGIME TARGET".
grew() {
	jq -r --arg part "$1" --arg old "$2" --arg new "$3" '
		def cell($name): .[] | select("\(.kernel) \(.regime) \(.target)" == $name);
		cell($old) as $a | cell($new) as $b |
		($b.total_ns - $a.total_ns) as $all |
		(($b.parts_ns[$part] - $a.parts_ns[$part]) / $all) as $share |
		"# of \($all / 1000) us more \(100 * $share) % are \($part)",
		if $all > $a.total_ns / 2 and $share > 0.7 then "named" else "not" end
		' "$tmp/why.json" >"$out"
	grep '^#' "$out"
	grep -qx named "$out"
}
# explained CELL...: but for a tenth
explained() {
	for c; do
		jq -e --arg cell "$c" '.[] |
			select("\(.kernel) \(.regime) \(.target)" == $cell) |
			.not_explained_ns < .total_ns / 10 and
			.counted_twice_ns < .total_ns / 10' \
			"$tmp/why.json" >/dev/null || {
			echo "# $c"
			return 1
		}
	done
}
# The time of a write is the latency that fio measured and what fio itself does.
is_latency() {
	jq -e 'all(.[]; (.total_ns - .parts_ns.cpu_fio) / .latency_ns |
		. > 0.9 and . < 1.1)' "$tmp/why.json" >/dev/null
}

ok "lock: a run" look --regimes device -j 8 --targets raw,fuse-noparallel \
	-k plain=planted -k locked=planted,append=fuse.plant_locked=4000
ok "lock: a sleep under it is named" grew i_rwsem \
	"plain device fuse-noparallel" "locked device fuse-noparallel"
ok "lock: the table names who waits" \
	sh -c "tr -s '\n ' ' ' <'$tmp/table' |
		grep -q 'waiting for i_rwsem (fuse_passthrough'"
ok "lock: the parts add up" explained "plain device fuse-noparallel"
ok "lock: they are the latency" is_latency
why=$(no_validator)
if [ -n "$why" ]; then
	skip "JSON: its schema" "$why"
else
	ok "JSON: fits its schema" fits "$tmp/report.json"
fi
ok "no sample is of such a boot" sh -c \
	"! grep -q why- '$latest/samples.jsonl' '$latest/boots.jsonl'"
ok "a line for each cell" [ "$(wc -l <"$latest/why.jsonl")" -eq 4 ]
ok "nothing is left behind" no_traces "$guests"

# The running kernel of a guest, where we are root.
cat >"$tmp/host.sh" <<-END
	mount -t tmpfs tmpfs /tmp || exit
	cd '$PWD' || exit
	'$f' run --why -b host -l here -r "\$FPB_XFS" --rounds 1 -j 2 \
		--regimes device --separate --set sweep.filesize=64m \
		--set device.size=320m && '$f' table "\$FPB_XFS/latest"
END
ok "the running kernel is asked" status_is 0 \
	"$f" exec -k planted-lockstat -- sh "$tmp/host.sh"
ok "the running kernel: what it says" sh -c \
	"tr -s '\n ' ' ' <'$out' | grep -q 'device, 2 jobs, here: a write takes .* at the device'"
[ -n "${FULL:-}" ] || tap_end

ok "device: a run" look -j 2 -k plain=planted --regimes device,slow \
	--set "regime slow.like=device" --set "regime slow.latency=4ms"
ok "device: a slow one is named" grew device "plain device fuse" \
	"plain slow fuse"
ok "device: the parts add up" explained "plain device fuse" "plain slow fuse"
ok "device: they are the latency" is_latency

ok "CPU: a run" look -j 1 -k plain=planted --regimes cpu \
	-k fuse=planted,append=fuse.plant_loops=100000 \
	-k xfs=planted,append=xfs.plant_loops=100000
ok "CPU: work in fuse is named" grew cpu_fuse "plain cpu fuse" "fuse cpu fuse"
ok "CPU: work in XFS is named" grew cpu_below "plain cpu fuse" "xfs cpu fuse"
ok "CPU: the parts add up" explained "plain cpu fuse" "fuse cpu fuse" \
	"xfs cpu fuse"

# A library that lets each write of the daemon take longer.
lib=build/test/why_slow.so
mkdir -p build/test
${CC:-cc} -O2 -shared -fPIC -o $lib -x c - <<-END
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <unistd.h>

	ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t at)
	{
		ssize_t (*next)(int, const void *, size_t, off64_t) =
			dlsym(RTLD_NEXT, "pwrite64");

		for (volatile int i = 0; i < 2000000; i++)
			;
		return next(fd, buf, n, at);
	}
END
serve="{fpfs} --mode=direct {source} {mnt}"
ok "daemon: a run" look -j 1 --regimes device --fs "$serve" \
	-k "plain=planted,fs=$serve" \
	-k "slow=planted,fs=LD_PRELOAD=$PWD/$lib $serve"
ok "daemon: work in it is named" grew cpu_daemon "plain device fs" \
	"slow device fs"
ok "daemon: the parts add up" explained "plain device fs" "slow device fs"
ok "nothing is left behind, indeed" no_traces "$guests"
tap_end
