#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench cost without QEMU and a kernel: a script takes their place and reports
# what was counted. What is printed, drawn and kept, and how a table quotes it.
. "$(dirname "$0")/tap.sh"

# Each write of the new kernel has 72 instructions more in fuse_file_write_iter,
# and 2 less in down_write. It boots nothing, says what an agent says, and writes
# what the plugin writes.
mkdir "$tmp/bin"
cat >"$tmp/bin/qemu-system-x86_64" <<'END'
#!/bin/sh
more=0 less=0
for a; do
	case $a in
	*,probe=on) exit ;;
	*,out=*) counts=${a#*,out=} ;;
	local,id=share,path=*) share=${a#*,path=} share=${share%%,*} ;;
	*/bzImage)
		case $(realpath "$a") in
		*/new/bzImage) more=72 less=2 ;;
		esac ;;
	esac
done
cat >"$share/kallsyms" <<-SYMBOLS
	ffffffff81000000 T entry_SYSCALL_64
	ffffffff81000100 T vfs_write
	ffffffff81000200 t fuse_file_write_iter
	ffffffff81000300 t xfs_file_write_iter
	ffffffff81000400 T down_write
SYMBOLS
# region TARGET: of 8000 writes
region() {
	echo begin
	echo "ffffffff81000010 0 $((8000 * 100))"
	echo "ffffffff81000110 1 $((8000 * 50))"
	if [ "$1" = raw ]; then
		echo "ffffffff81000310 2 $((8000 * 700))"
	else
		echo "ffffffff81000210 2 $((8000 * (200 + more)))"
		echo "ffffffff81000410 3 $((8000 * (20 - less)))"
		echo "ffffffff81000310 3 $((8000 * 700))"
	fi
	echo end
}
n=0
{
	echo '{"event":"up","release":"7.3.4"}'
	while target=$(jq -er .target "$share/step.$n"); do
		jq -c '{ event: "sample", sample: ({ schema: 1, boot: "cost",
			round: 1, kernel: "k", attempt: 1, seq, regime, target,
			workload, numjobs: 1, status: "ok", iops: 1, ios: 1,
			runtime_ms: 1 }) }' "$share/step.$n"
		region "$target" >>"$counts"
		n=$((n + 1))
	done
	echo '{"event":"end"}'
} | sed "${FPB_DAMAGE:-}" >"$share/events.jsonl"
END
chmod +x "$tmp/bin/qemu-system-x86_64"
for k in old new; do
	mkdir "$tmp/$k"
	head -c 1024 /dev/zero >"$tmp/$k/bzImage"
	printf HdrS | dd of="$tmp/$k/bzImage" bs=1 seek=514 conv=notrunc \
		2>/dev/null
	echo '{ "arch": "x86_64", "source_sha256": "50", "patches": [] }' \
		>"$tmp/$k/build.json"
done
echo '{ "arch": "x86_64", "source_sha256": "50",
	"patches": [{ "patch_id": "1f" }] }' >"$tmp/new/build.json"
PATH=$tmp/bin:$PATH

results=$tmp/results
# The script needs no mount namespace, which not every machine allows.
cost() {
	"$f" cost --results "$results" -k "baseline=$tmp/old" \
		-k "patched=$tmp/new" --set guest.confine=0 "$@"
}
kept=$results/latest-cost
ok "two kernels are counted" status_is 0 cost --submit psync,libaio
cp "$out" "$tmp/printed"
for text in "patched - baseline |  +0.00 |  +70.00 |     +70.00" \
	    "fuse_file_write_iter | +72.00 | +0.00" "Kept: $results/"; do
	ok "it says: $text" says "$text"
done
kept_table() {
	while read -r line; do
		grep -qF -e "$line" "$tmp/printed" || return 1
	done <"$kept/table.txt"
}
ok "the table is kept" kept_table
ok "so is what was counted" [ "$(jq '.cells | length' "$kept/cost.json")" -eq 8 ]
ok "and what it was counted of" [ "$(jq -r '.kernels[1].patches[0].patch_id' \
	"$kept/manifest.json")" = 1f ]
adds_up() {
	jq -e '[.cells[] | (.totals[0] - (.functions | add),
		.totals[0] - (.stacks | add)) | fabs < 0.001] | all' \
		"$kept/cost.json"
}
ok "functions and stacks add up to the total" status_is 0 adds_up
change=$kept/plots/flame-randwrite-4k-psync-fuse-patched-baseline.svg
over_raw=$kept/plots/flame-randwrite-4k-libaio-patched-fuse-raw.svg
ok "four flame graphs are drawn" [ "$(find "$kept/plots/" -name '*.svg' |
	wc -l)" -eq 4 ]
# total FILE: the number in the facts
total() {
	sed -n 's/.* \([-+0-9.]*\) kernel instructions per I\/O<.*/\1/p' "$1"
}
ok "of a change: the total" [ "$(total "$change")" = +70.00 ]
ok "of a change: what there is more" grep -q \
	'<title>fuse_file_write_iter: 72.00 more<' "$change"
ok "of a change: what there is less" grep -q \
	'<title>down_write: 2.00 less<' "$change"
ok "over raw: the total" [ "$(total "$over_raw")" = +290.00 ]
ok "over raw: XFS is the same under both" \
	[ "$(grep -c xfs_file_write_iter "$over_raw")" -eq 0 ]
json() {
	cost --submit psync -f json 2>/dev/null >"$tmp/json" &&
	cmp "$tmp/json" "$kept/cost.json"
}
ok "JSON is what is kept" json
listed() {
	"$f" list --results "$results" | grep -c latest
}
ok "it is listed once" [ "$(listed)" -eq 0 ]

# damaged NAME SED TEXT: what a guest reports ends its boot.
damaged() {
	export FPB_DAMAGE="$2"
	results=$tmp/damaged
	ok "$1: status 4" status_is 4 cost --submit psync
	results=$tmp/results
	unset FPB_DAMAGE
	ok "$1: names file and line" grep -q \
		"cannot read what kernel .* reports: /.*/events.jsonl:$3" "$out"
	ok "$1: nothing is kept" [ "$(find "$tmp/damaged" -name cost.json |
		wc -l)" -eq 0 ]
	kept_logs | xargs -r rm -r
}
damaged "an event that is no JSON" '2s/.$//' "2: "
damaged "a sample that is none" '3s/"sample":{/"samqle":{/' \
	'3: event "sample": key "sample": missing'
damaged "an unknown event" '2s/"event":"sample"/"event":"samqle"/' \
	'2: unknown event "samqle"'
damaged "an event of another text" '1s/}$/,"crc":"00000000"}/' "1: its checksum"

# A run of the same kernels, of another architecture.
ok "the two kernels again" status_is 0 cost --submit libaio
run=$tmp/run
cp -r bench/test/data/run-two-kernels-two-regimes "$run"
jq --slurpfile cost "$kept/manifest.json" '.kernels[].arch = "um" |
	.kernels[].source_sha256 = "50" |
	.kernels[1].patches = [{ patch_id: "1f" }] |
	.targets = $cost[0].targets | .workloads = $cost[0].workloads' \
	"$run/manifest.json" >"$tmp/manifest.json"
cp "$tmp/manifest.json" "$run"
quoted() {
	tr '\n' ' ' <"$out" | sed 's/  */ /g' | grep -qF \
		"A passthrough write costs +70 kernel instructions (raw +0) by libaio: patched - baseline, counted where the device completes at once, not timed."
}
ok "a table of its own run" status_is 0 "$f" table --cost "$kept" "$run"
ok "it quotes the result" quoted

ok "a folder that cannot be made: status 4" status_is 4 cost --submit psync \
	--results /proc/nowhere
ok "it says so" says "cannot make a directory for the run in /proc/nowhere"
tap_end
