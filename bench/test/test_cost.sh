#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench cost: it finds instructions that were planted, and says the same twice.
# Skipped without a QEMU that takes plugins, or without the kernel.
. "$(dirname "$0")/tap.sh"

refused "no seeds" 2 "must be a number from 1 to 8" cost --seeds 0
refused "a format that is none" 2 "must be text or json" cost --format xml
refused "a way to submit that is none" 2 'unknown regime "mmap"' \
	cost --submit mmap
refused "a job file" 2 "it sets no marks" cost -w w \
	--set "workload w.like=randwrite" --set "workload w.job=/x"

needs_guests
if ! command -v qemu-system-x86_64 >/dev/null; then
	skip "guests" "no qemu-system-x86_64: make packages BACKEND=qemu"
	tap_end
fi
kernel=build/kernels/planted-x86-64
if [ ! -e "$kernel/bzImage" ]; then
	skip "guests" "no kernel planted for x86-64: make check-qemu builds it"
	tap_end
fi

# A QEMU that was built without plugins, or with others.
mkdir "$tmp/bin"
cat >"$tmp/bin/qemu-system-x86_64" <<-END
	#!/bin/sh
	echo "-plugin: invalid option" >&2
	exit 1
END
chmod +x "$tmp/bin/qemu-system-x86_64"
without_plugins() {
	PATH=$tmp/bin:$PATH "$f" cost -k "k=$kernel"
}
ok "no plugins: status 77" status_is 77 without_plugins
ok "no plugins: says why" says "invalid option"
if ! status_is 0 qemu-system-x86_64 -machine none -display none \
		-plugin "$PWD/build/fpbench-count.so,probe=on"; then
	skip "guests" "QEMU does not take the plugin: $(head -n 1 "$out")"
	tap_end
fi

guests="^qemu-system-x86_64 -name fpbench"

# Two instructions for each round of the loop; what comes before a loop is the same
# in all. Names of one length: what a guest is told differs by nothing else.
json=$tmp/cost.json
count() {
	"$f" cost --submit psync --seeds 1 --format json --results "$tmp/kept" \
		-k "some=$kernel,append=fuse.plant_loops=25" \
		-k "same=$kernel,append=fuse.plant_loops=25" \
		-k "many=$kernel,append=fuse.plant_loops=50" >"$json"
}
# cell KERNEL TARGET EXPRESSION: of what was counted
cell() {
	jq -cS --arg k "$1" --arg t "$2" \
		".cells[] | select(.kernel == \$k and .target == \$t) | $3" \
		"$json"
}
# planted TARGET FROM TO: what the function has more of, lies between these
planted() {
	a=$(cell some "$1" '.functions.fuse_passthrough_write_iter // 0')
	b=$(cell many "$1" '.functions.fuse_passthrough_write_iter // 0')
	echo "# $1: $a, with 50 more $b"
	awk "BEGIN { exit !($b - $a >= $2 && $b - $a <= $3) }"
}
same() {
	cell some "$1" "[.totals, .functions, .stacks]" >"$tmp/some"
	cell same "$1" "[.totals, .functions, .stacks]" >"$tmp/same"
	[ -s "$tmp/some" ] && cmp "$tmp/some" "$tmp/same"
}
ok "three kernels are counted" status_is 0 count
ok "50 instructions are found in their function" planted fuse 48 52
ok "and not where they are not executed" planted raw 0 0
for target in raw fuse; do
	ok "$target: two boots agree in every digit" same $target
done
ok "a write takes some thousand instructions" sh -c \
	"[ '$(cell some raw '.totals[0] > 1000 and .totals[0] < 100000')' = true ]"
adds_up() {
	[ "$(jq '[.cells[] | (.totals[0] - (.functions | add),
		.totals[0] - (.stacks | add)) | fabs < 0.001] | all' \
		"$json")" = true ]
}
ok "functions and stacks add up to the total" adds_up
ok "a write of FUSE passes through XFS" sh -c "[ '$(cell some fuse \
	'.stacks | keys | map(test("vfs_write;fuse_passthrough_write_iter;.*;xfs_file_write_iter;")) |
	any')' = true ]"
ok "nothing is left behind" no_traces "$guests"

kept=$tmp/kept/latest-cost
ok "what was counted is kept" cmp -s "$kept/cost.json" "$json"
flame=$kept/plots/flame-randwrite-4k-psync-fuse-many-some.svg
ok "flame graphs are drawn" \
	[ "$(cat "$kept"/plots/*.svg | grep -c '^</svg>$')" -eq 3 ]
all=$(sed -n 's/.* \([-+0-9.]*\) kernel instructions per I\/O<.*/\1/p' "$flame")
ok "their total is that of the table" \
	grep -q "^ *many - some |.* $all |" "$kept/table.txt"
ok "the function stands on it" grep -q \
	'<title>fuse_passthrough_write_iter: [45][0-9]\.[0-9]* more' "$flame"

mkdir "$tmp/modules"
cp "$kernel/bzImage" "$kernel/build.json" "$tmp/modules"
echo modules >"$tmp/modules/initrd"
# In virtual time 128 writers on a slow device are nearly 128 times as fast as
# one, unless they wait for a place in its queue: 64, if it is not made deeper.
# Those that come before the first one has found that there are no privileges to
# remove are exclusive, one after the other: that takes 128 times 20 ms.
results=$tmp/results
"$f" run --results "$results" --backend qemu --set guest.accel=exact \
	--set guest.memory=1g --set sweep.filesize=64m --set device.size=512m \
	--set "regime device.latency=20ms" --set sweep.ramp=4s \
	--regimes device --rounds 1 \
	-j 1,128 -k "k=$kernel" >"$out" 2>&1
ok "a run in virtual time" [ $? -eq 0 ]
run=$results/latest
rate() {
	jq -r "select(.target == \"$1\" and .numjobs == $2) | .iops" \
		"$run/samples.jsonl"
}
for target in raw fuse; do
	a=$(rate $target 1) b=$(rate $target 128)
	echo "# $target: one job $a IOPS, 128 jobs $b"
	ok "$target: 128 jobs are more than 100 times as fast" \
		awk "BEGIN { exit !($b > 100 * $a && $b < 129 * $a) }"
done
ok "virtual time: the table says so" status_is 0 "$f" table "$run"
ok "virtual time: it does, indeed" says "Time is virtual"
ok "virtual time: nothing is left behind" no_traces "$guests"

refused "a kernel with modules" 2 "needs a kernel without modules" \
	cost -k "k=$tmp/modules"
tap_end
