#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench merge on shards made up from a run of the fixtures, and what "run --shard"
# refuses. No guest is booted. FPBENCH names another binary than build/fpbench.
. "$(dirname "$0")/tap.sh"

f=$(realpath "${FPBENCH:-build/fpbench}")
whole=$(realpath bench/test/data/run-duet)
results=$tmp/results
latest=$results/latest

# shard I N MACHINE [TO]: the rounds of shard I/N of the run, in $tmp/I or TO
shard() {
	dir=$tmp/${4:-$1}
	rm -rf "$dir"
	mkdir -p "$dir/boots/r01-patched" "$dir/kernels/patched/patches"
	jq --arg id "shard-$1" --arg m "$3" --argjson i "$1" --argjson n "$2" \
		'.id = $id | .shard = {index: $i, of: $n} |
		.machine = {name: $m, id: "0123456789abcdef"}' \
		"$whole/manifest.json" >"$dir/manifest.json"
	for t in boots samples; do
		jq -c --argjson i "$1" --argjson n "$2" \
			'select((((.round - 1) / 2 | floor) % $n) + 1 == $i)' \
			"$whole/$t.jsonl" >"$dir/$t.jsonl"
	done
	echo "[sweep]" >"$dir/plan.ini"
	echo CONFIG_FUSE_FS=y >"$dir/kernels/patched/config"
	echo "a patch" >"$dir/kernels/patched/patches/0001.patch"
	echo booting >"$dir/boots/r01-patched/console.log"
	echo "of one shard" >"$dir/table.txt"
}

# merge ARG...: its run is in $run
merge() {
	"$f" merge -r "$results" "$@" >"$out" 2>&1 || return
	run=$(tail -n 1 "$out")
}

# Of a report all but the run's name.
report_of() {
	"$f" table --format json "$1" | jq 'del(.kernels[].run)'
}

nothing_new() {
	[ -z "$(ls "$results" 2>/dev/null)" ]
}

# of_machines A B C: three shards, on these machines
of_machines() {
	shard 1 3 "$1"
	shard 2 3 "$2"
	shard 3 3 "$3"
}

# --- what is not one run ---------------------------------------------------------

of_machines a b c
refused "nothing to merge" 2 "no shard given" merge -r "$results"
refused "a shard that is missing" 2 "1 of 3 shards is missing: 2" merge \
	-r "$results" "$tmp/1" "$tmp/3"
refused "one that is there twice" 2 "shard 1/3 is given twice: " merge \
	-r "$results" "$tmp/1" "$tmp/2" "$tmp/3" "$tmp/1"
refused "a run that is none" 2 "is not a shard, but a whole run" merge \
	-r "$results" "$tmp/1" "$tmp/2" "$whole"
refused "nothing there" 2 "no run at $tmp/4" merge -r "$results" "$tmp/1" "$tmp/4"
shard 3 4 c 3of4
refused "a part of another split" 2 "/3of4 is shard 3/4" merge -r "$results" \
	"$tmp/1" "$tmp/2" "$tmp/3of4"
sed -i 's/"seed": 20260616/"seed": 1/' "$tmp/2/manifest.json"
refused "another seed" 2 "plan.seed is 20260616 and 1" merge -r "$results" \
	"$tmp/1" "$tmp/2" "$tmp/3"
shard 2 3 b
sed -i 's/36f675cc81e7/000000000000/' "$tmp/2/manifest.json"
refused "another kernel" 2 "/2 are not of one run: kernels.patched.image_sha256" \
	merge -r "$results" "$tmp/1" "$tmp/2" "$tmp/3"
shard 2 3 b
sed -i 's/"fpbench": "[^"]*"/"fpbench": "9"/' "$tmp/2/manifest.json"
refused "another version" 2 'fpbench is "0.1.0" and "9"' merge -r "$results" \
	"$tmp/1" "$tmp/2" "$tmp/3"
shard 2 3 b
head -n 1 "$tmp/1/samples.jsonl" >>"$tmp/2/samples.jsonl"
refused "a round of another shard" 4 "round 1 is not one of shard 2/3" merge \
	-r "$results" "$tmp/1" "$tmp/2" "$tmp/3"
shard 2 3 b
sed -i '1p' "$tmp/2/samples.jsonl"
refused "a sample that is there twice" 4 "line 1" merge \
	-r "$results" "$tmp/1" "$tmp/2" "$tmp/3"
shard 2 3 b
ok "no run is left of these" nothing_new

# --- one machine: the run that it was ---------------------------------------------

of_machines a a a
ok "shards of one machine" merge "$tmp/3" "$tmp/1" "$tmp/2"
ok "the newest run is this one" [ "$latest" -ef "$run" ]
report_of "$whole" >"$tmp/want"
report_of "$run" >"$tmp/got"
ok "its report is that of the whole run" diff "$tmp/want" "$tmp/got"
ok "the plan is kept" [ "$(cat "$run/plan.ini")" = "[sweep]" ]
ok "so are kernels" [ -s "$run/kernels/patched/patches/0001.patch" ]
ok "but no shard's table" [ ! -e "$run/table.txt" ]
ok "nor what boots left" [ ! -e "$run/boots" ]
ok "each sample is there once" [ "$(sort "$run/samples.jsonl" | md5sum)" = \
	"$(jq -c . "$whole/samples.jsonl" | sort | md5sum)" ]
ok "it can be packed" status_is 0 "$f" pack -o "$tmp/a.tar.zst" "$run"
ok "without a file left out" [ "$(wc -l <"$out")" -eq 1 ]
ok "and compared" status_is 0 "$f" compare "$run"
refused "it cannot be resumed" 2 "several machines" run --resume "$run"

# --- archives ---------------------------------------------------------------------

for i in 1 2 3; do
	"$f" pack -o "$tmp/$i.tar.zst" "$tmp/$i" >/dev/null
done
first=$run
ok "archives of shards" merge "$tmp/1.tar.zst" "$tmp/2" "$tmp/3.tar.zst"
ok "make the same run" cmp "$first/samples.jsonl" "$run/samples.jsonl"
ok "with the same files" [ "$(cd "$first" && find . -type f | sort)" = \
	"$(cd "$run" && find . -type f | sort)" ]

# --- several machines ----------------------------------------------------------------

of_machines a b c
ok "shards of three machines" merge "$tmp/1" "$tmp/2" "$tmp/3"
ok "the report says so" status_is 0 "$f" table "$run"
ok "as a note" says "Measured on 3 machines, each a block: "
ok "none disagrees" sh -c "! grep -q DISAGREE '$out'"
ok "with a table by machine" status_is 0 "$f" table --notes "$run"
ok "of each effect" [ "$(grep -c ': by machine$' "$out")" -eq 4 ]
ok "in the page, too" status_is 0 "$f" table --format html "$run"
ok "all of them" [ "$(grep -c ': by machine' "$out")" -ge 4 ]

# Machine b has another effect: 8 % more in each duet.
awk '{ if (/"kernel":"patched"/ && /"target":"fuse"/ &&
	match($0, /"log_ratio":-?[0-9.e-]+/)) {
	v = substr($0, RSTART + 12, RLENGTH - 12)
	sub(/"log_ratio":-?[0-9.e-]+/, "\"log_ratio\":" (v + 0.5))
	} print }' "$tmp/2/samples.jsonl" >"$tmp/more"
mv "$tmp/more" "$tmp/2/samples.jsonl"
ok "a machine with another effect" merge "$tmp/1" "$tmp/2" "$tmp/3"
"$f" table "$run" | tr '\n' ' ' | tr -s ' ' >"$out"
ok "is named" says "MACHINES DISAGREE: b has"
ok "in JSON, too" [ "$("$f" table --format json "$run" | jq -c '[.effects[].machines[]
	| select(.disagrees) | .name] | unique')" = '["b"]' ]

# An interrupted shard: what it has counts, and what it lacks is said.
of_machines a b c
jq -c 'select(.round < 9)' "$tmp/2/samples.jsonl" >"$tmp/less"
mv "$tmp/less" "$tmp/2/samples.jsonl"
jq -c 'select(.round < 9)' "$tmp/2/boots.jsonl" >"$tmp/less"
mv "$tmp/less" "$tmp/2/boots.jsonl"
printf '{"schema": 1, "bo' >>"$tmp/2/samples.jsonl"
ok "a shard that was interrupted" merge "$tmp/1" "$tmp/2" "$tmp/3"
ok "is named" says "shard 2/3 ($tmp/2) has 2 of its 6 rounds"
ok "its last line is left out" [ "$(jq -r .round "$run/samples.jsonl" | sort -nu |
	wc -l)" -eq 15 ]
ok "the report says it, too" status_is 0 "$f" table "$run"
tr '\n' ' ' <"$out" >"$tmp/line"
ok "with what to do" grep -q "merge the shards again" "$tmp/line"

ok "a shard alone" status_is 0 "$f" table "$tmp/1"
ok "is called a part" says "PART OF A RUN: shard 1/3 has 7 of 19 rounds."

# --- run --shard -------------------------------------------------------------------

dry() {
	"$f" run --dry-run --rounds=19 -k a="$tmp/k" -k b="$tmp/k" "$@" >"$out" 2>&1 </dev/null
}
refused "a part that is none" 2 '--shard "3/2": must be I/N' run --shard=3/2
mkdir "$tmp/k"
printf '#!/bin/sh\n' >"$tmp/k/linux"
chmod +x "$tmp/k/linux"
echo '{"arch": "um", "release": "7.3.4", "version": "7.3"}' >"$tmp/k/build.json"
refused "no seed" 2 "all shards need the same seed" run -n -k a="$tmp/k" \
	-k b="$tmp/k" --shard=1/3
refused "a rule" 2 "a rule may end this run" run -n -k a="$tmp/k" \
	-k b="$tmp/k" --shard=1/3 --seed=1 --until-ci=3
refused "too many" 2 "19 rounds of 2 kernels make 10 shards at most, not 11" \
	run -n -k a="$tmp/k" -k b="$tmp/k" --shard=1/11 --seed=1 --rounds=19
refused "without guests" 2 "no boot pairs to share" run -n -b host --shard=1/3 \
	--seed=1
ok "a dry run" dry --shard=2/3 --seed=1
ok "has its rounds alone" [ "$(sed -n 's/^round \([0-9]*\): .*/\1/p' "$out" |
	uniq | sort -nu | tr '\n' ' ')" = "3 4 9 10 15 16 " ]
grep -A 1000 '^round 3:' "$out" | sed '/^round 5:/,$d; /^round 9:/,$d' >"$tmp/part"
dry --seed=1
grep -A 1000 '^round 3:' "$out" | sed '/^round 5:/,$d' >"$tmp/all"
ok "in the order of the whole" cmp "$tmp/part" "$tmp/all"
tap_end
