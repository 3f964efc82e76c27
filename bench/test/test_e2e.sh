#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Both User-Mode Linux kernels for real: the smallest sweep, its evidence and
# reports, and what may go wrong on the way.
. "$(dirname "$0")/tap.sh"
. bench/test/schema.sh
needs_guests

results=$tmp/results
latest=$results/latest
small="--rounds=1 --numjobs=1,2 --runtime=200ms --set sweep.ramp=20ms
	--set sweep.filesize=64m --set device.size=320m --set guest.memory=1g
	--set sweep.regimes=cpu,device --separate"

count() {
	[ "$(grep -c "$2" "$3")" -eq "$1" ] || {
		sed 's/^/# /' "$3"
		return 1
	}
}

# shellcheck disable=SC2086 # a list of options
sweep() {
	"$f" run --results "$results" $small "$@"
}
# In the background, so that $! is the harness and no shell around it.
# shellcheck disable=SC2086
start_sweep() {
	"$f" run --results "$results" $small "$@" >"$out" 2>&1 </dev/null &
	pid=$!
}

ok "a sweep over both kernels" status_is 0 sweep --seed 1
ok "every sample is there" count 16 '"status":"ok"' "$latest/samples.jsonl"
ok "no READ or WRITE reached the daemon" \
	count 8 '"daemon":{"read":0,"write":0,' "$latest/samples.jsonl"
ok "the baseline takes the lock exclusively" \
	count 1 '"kernel":"baseline".*"state":"exclusive"' "$latest/boots.jsonl"
ok "the patched kernel shares it" \
	count 1 '"kernel":"patched".*"state":"shared"' "$latest/boots.jsonl"
ok "each sample's fio JSON is kept" \
	[ "$(ls "$latest"/boots/*/fio/*.json | wc -l)" -eq 16 ]
ok "nothing is left behind" no_traces "$guests"
ok "a log has a line for each round" count 1 '^round 1/1, ETA ' "$out"

# At a terminal of 60 columns. In the second round there is an effect to show.
# shellcheck disable=SC2086 # a list of options
at_terminal() {
	set -- $small --rounds=2 --numjobs=1 --regimes=cpu
	TERM=xterm script -qec "stty cols 60 rows 24 &&
		'$f' run --results '$tmp/at-terminal' $*" "$tmp/typescript" \
		>/dev/null 2>&1 </dev/null
	status=$?
	tr -d '\r' <"$tmp/typescript" >"$out"
	return $status
}
esc=$(printf '\033')
ok "a terminal: a run" at_terminal
ok "a terminal: lines are drawn again in place" \
	grep -q "^$esc\[1A$esc\[Jround 1/2, ETA [0-9:]*, [0-9]*/8 samples" "$out"
ok "a terminal: the effect so far" grep -q \
	'^cpu, patched/baseline: so far [0-9.]*, 1/2$' "$out"
ok "a terminal: the load" grep -q '^Load: other work kept' "$out"
ok "a terminal: no verdict" sh -c "! grep -E 'faster|slower' '$out'"
ok "a terminal: no line is wider" [ "$(sed "s/$esc\[[0-9]*[AJ]//g" "$out" |
	grep -v '^Script\|^fpbench: \|^/' | wc -L)" -le 59 ]
# Behind the last time that they were erased.
ok "a terminal: nothing stays at the end" sh -c \
	"sed -n 'H; /$esc.*J/h; \${x; p}' '$out' | sed 's/.*J//' >'$tmp/end' &&
	grep -q '^8 of 8 samples$' '$tmp/end' && ! grep -q '^round' '$tmp/end'"

ok "table" status_is 0 "$f" table "$latest"
ok "table: names the kernel" says "UML 7."
ok "table: at most 75 columns" \
	[ "$("$f" table --ascii "$latest" | awk '{ if (length > w) w = length }
		END { print w }')" -le 75 ]
ok "CSV" status_is 0 "$f" table --format csv "$latest"
ok "CSV: one row a cell" count 16 '^\(baseline\|patched\),' "$out"
"$f" table --format json "$latest" >"$tmp/report.json"
why=$(no_validator)
if [ -n "$why" ]; then
	skip "JSON: its schema" "$why"
else
	ok "JSON: fits its schema" fits "$tmp/report.json"
fi
ok "markdown" status_is 0 "$f" table --format markdown "$latest"
ok "plots" status_is 0 "$f" plot "$latest"
ok "plots: SVG and PNG" sh -c \
	"ls '$latest'/plots/*.svg '$latest'/plots/*.png >/dev/null"
ok "a page" status_is 0 "$f" table --format html "$latest"
ok "a page: which way the data went" grep -q \
	'>passthrough<.*>4<.*>0<.*>0<.*>0<.*>tracepoint<' "$out"
mkdir "$tmp/elsewhere"
cp -r "$(readlink -f "$latest")" "$tmp/elsewhere/run"
ok "a copied run can be read" status_is 0 "$f" table "$tmp/elsewhere/run"

ok "stacks: a sweep" status_is 0 sweep --regimes ssd --numjobs 1 -k patched \
	--targets=raw,overlay,fuse-on-overlay,fuse-on-fuse
ok "stacks: every sample is there" count 4 '"status":"ok"' \
	"$latest/samples.jsonl"
ok "stacks: no READ or WRITE reached a daemon" count 2 \
	'"daemon":{"read":0,"write":0,.*"evidence":"tracepoint"' \
	"$latest/samples.jsonl"
ok "ext4: a sweep" status_is 0 sweep --numjobs 2 --set device.fs=ext4
ok "ext4: every sample is there" count 8 '"status":"ok"' \
	"$latest/samples.jsonl"
ok "ext4: the patched kernel shares the lock" \
	count 1 '"kernel":"patched".*"state":"shared"' "$latest/boots.jsonl"
ok "ext4: the table says so" sh -c "$f table '$latest' | grep -q ' ext4 '"

ok "a wrong expectation is caught" status_is 4 sweep --regimes cpu \
	--numjobs 1 --kernel "liar=build/kernels/baseline,expect=shared"
ok "a wrong expectation: says what is wrong" \
	says "should take the lock shared"

ok "probe: every case is as the series says" status_is 0 "$f" probe
ok "probe: the table" says "O_DIRECT cleared | shared"
for command in "probe" "check" "run"; do
	ok "$command: a kernel given twice is refused" status_is 2 "$f" \
		$command -k patched -k patched
done
ok "exec: a second kernel is refused" status_is 2 "$f" exec -k patched \
	-k baseline -- true
ok "a guest larger than the machine is refused" status_is 2 "$f" exec \
	--set guest.memory=900g -- true
ok "a guest larger than the machine: says so" says "does not fit into"
for id in one other; do
	mkdir "$tmp/$id"
	cp build/kernels/baseline/linux "$tmp/$id"
	echo "{\"source_id\": \"$id\"}" >"$tmp/$id/build.json"
done
ok "a pair of different sources is refused" status_is 2 sweep \
	-k "baseline=$tmp/one" -k "patched=$tmp/other"
ok "a pair of different sources: says so" says "different sources"
ok "another daemon: status 2" status_is 2 sweep --daemon /bin/false
ok "another daemon: says what it must offer" says "drives fpfs"

# Pairs. How many slices are lost depends on what else the machine does: what
# fails for that must say so, and is no failure of this test.
pairs="--rounds=1 --numjobs=1 --set sweep.ramp=20ms --set sweep.filesize=64m
	--set device.size=320m --set guest.memory=1g
	--set sweep.regimes=cpu,device --paired --seed 1"
# shellcheck disable=SC2086 # a list of options
paired_sweep() {
	"$f" run --results "$results" $pairs
	[ $? -eq 0 ] || grep -q 'slices lost while draining' \
		"$latest/samples.jsonl"
}
ok "pairs: a sweep" paired_sweep
# samples FILTER: whether it holds for them as an array
samples() {
	jq -es "$1" "$latest/samples.jsonl" >/dev/null || {
		sed 's/^/# /' "$latest/samples.jsonl"
		return 1
	}
}
# cells N TARGET: so many have samples of it, whatever number of tries each took
cells() {
	samples "map(select(.target | test(\"$2\")) | [.kernel, .regime, .target]) |
		unique | length == $1"
}
# files SUFFIX: as many as there were jobs
files() {
	[ "$(ls "$latest"/boots/*/fio/*"$1" | wc -l)" -eq \
		"$(jq -r .fio "$latest/samples.jsonl" | sort -u | wc -l)" ]
}
ok "pairs: a sample of each side" cells 8 .
ok "pairs: each with what its slices say" samples 'all(.status == "lost" or
	.pair.with == (if .target == "raw" then "fuse" else "raw" end))'
ok "pairs: one fio job for both" samples 'group_by(.fio) |
	all(map(.target) | sort == ["fuse", "raw"])'
ok "pairs: its output is kept" files .json
ok "pairs: the slices are kept" files _slices.1.csv
ok "pairs: no READ or WRITE reached the daemon" samples 'map(select(.daemon)) |
	length >= 4 and all(.daemon.read == 0 and .daemon.write == 0)'
pair_reads() {
	build/fpbench-pair "$(ls "$latest"/boots/*/fio/*_slices.1.csv |
		head -1)" >"$out" 2>&1 || says "slices lost while draining"
}
ok "pairs: fpbench-pair reads them" pair_reads
ok "pairs: table" status_is 0 "$f" table --notes "$latest"
ok "pairs: the notes tell of slices" says "ratios to raw were measured in slices"
# One side's sample is lost: both are measured again, the other stays.
grep -v '"target":"raw"' "$latest/samples.jsonl" >"$tmp/fuse"
cp "$tmp/fuse" "$(readlink -f "$latest")/samples.jsonl"
ok "pairs: resume" sh -c "'$f' run --resume '$latest' ||
	grep -q 'lost while draining' '$latest/samples.jsonl'"
ok "pairs: resume brings back what was lost" cells 4 raw

# Both kernels at the same time. A machine that is too busy for any sample of a
# cell is no failure of this test, but nothing else is excused.
duet="--rounds=1 --numjobs=1,2 --set sweep.ramp=20ms --set sweep.repeats=0
	--set sweep.filesize=64m --set device.size=320m --set guest.memory=1g
	--set sweep.regimes=cpu,device"
# Each step has the distance between the clocks as it was known by then.
clocks() {
	jq -r '"\(.boot) \(.clock_offset_ns)"' "$latest/boots.jsonl" \
		>"$tmp/clocks"
	while read -r boot offset; do
		jq -es "map(select(.seq > 0) | -.clock_offset_ns) |
			length > 0 and all(. != 0 and . <= $offset
				and . > $offset - 5e6)" \
			"$latest/boots/$boot"/step.* >/dev/null || return
	done <"$tmp/clocks"
	[ -s "$tmp/clocks" ]
}
# shellcheck disable=SC2086 # a list of options
duet_sweep() {
	lost=false
	"$f" run --results "$results" $duet "$@" >"$out" 2>&1 && return
	lost=true
	says "no sample of"
}
# measured FILTER KERNEL: all of its samples that are ok, of which there may be
# none only if the run said so
measured() {
	jq -es "[.[] | select(.status == \"ok\" and .kernel == \"$2\")] |
		if length > 0 then all($1) else $lost end" \
		"$latest/samples.jsonl" >/dev/null
}
# overlap: both boots began before either ended.
overlap() {
	jq -es 'def at: .started | fromdate; length == 2 and
		(.[0] | at) - (.[1] | at) < .[1].seconds and
		(.[1] | at) - (.[0] | at) < .[0].seconds' \
		"$latest/boots.jsonl" >/dev/null
}
ok "duet: a sweep" duet_sweep --seed 5
ok "duet: both kernels were alive at the same time" overlap
ok "duet: slices go by the host's clock" clocks
ok "duet: the machine's load is recorded" \
	count 2 '"load":{"foreign_cpus":' "$latest/boots.jsonl"
ok "duet: every cell has a sample in both kernels" [ "$(jq -r \
	'[.kernel, .regime, .target, .numjobs] | @csv' \
	"$latest/samples.jsonl" | sort -u | wc -l)" -eq 16 ]
ok "duet: the patched kernel's say how they compare" measured \
	'.target == "raw" or .duet.over == "baseline"' patched
ok "duet: none of the baseline's does" measured '.duet == null' baseline
ok "duet: no READ or WRITE reached the daemon" [ "$(jq -s \
	'[.[] | select(.daemon.read > 0 or .daemon.write > 0)] | length' \
	"$latest/samples.jsonl")" -eq 0 ]
ok "duet: table" status_is 0 "$f" table "$latest"
# A sample of one kernel is lost: both measure the cell again.
run=$(readlink -f "$latest")
grep -v '"kernel":"baseline".*"regime":"device".*"numjobs":2' \
	"$run/samples.jsonl" >"$tmp/left"
cp "$tmp/left" "$run/samples.jsonl"
resume_duet() {
	"$f" run --resume "$run" >"$out" 2>&1 || says "no sample of"
}
ok "duet: resume" resume_duet
ok "duet: resume brings back what was lost" grep -q \
	'"kernel":"baseline".*"regime":"device".*"numjobs":2' "$run/samples.jsonl"
# One that is compared with no other kernel's is not enough.
# jq writes numbers in its own way, so that no line has its checksum any more.
jq -c 'if .kernel == "patched" and .regime == "device" and .numjobs == 1
	then del(.duet) else . end | del(.crc)' "$run/samples.jsonl" >"$tmp/left"
cp "$tmp/left" "$run/samples.jsonl"
ok "duet: resume without a ratio" resume_duet
ok "duet: resume measures it again" sh -c "jq -es 'any(.attempt == 3 and
	.kernel == \"patched\" and .numjobs == 1)' '$run/samples.jsonl' >/dev/null"
aa_sweep() {
	duet_sweep --aa --regimes device --numjobs 1
}
ok "A/A: one kernel under two names" aa_sweep
ok "A/A: both names are there" [ "$(jq -r .kernel "$latest/samples.jsonl" |
	sort -u | tr '\n' ' ')" = "patched-a patched-b " ]
# Half as fast three times would not be noise: lanes, sides or blocks mixed up.
as_itself() {
	for _ in 1 2 3; do
		measured '.target == "raw" or .duet == null or
			(.duet.log_ratio | fabs) < 0.5' patched-b && return
		aa_sweep || return
	done
	return 1
}
ok "A/A: a kernel is as fast as itself" as_itself
# Three kernels, of which two fit into the memory that is available. Guests that
# are too large take long to boot.
two_fifths() {
	awk '/^MemAvailable/ { print int($2 / 1024 * 2 / 5) }' /proc/meminfo
}
# What else runs here may take or leave a lot before the harness looks.
in_groups() {
	for _ in 1 2 3; do
		duet_sweep -k a=baseline -k b=patched -k c=patched \
			--regimes device --numjobs 1 \
			--set "guest.memory=$(two_fifths)m" || return
		grep -q "in groups of 2, each with a:" "$out" && return
	done
	return 1
}
mib=$(two_fifths)
if [ "$mib" -lt 600 ] || [ "$mib" -gt 32000 ]; then
	skip "groups" "guests of $mib MiB are too small or too large"
else
	ok "groups: a sweep" in_groups
	ok "groups: the first kernel is booted in both" [ "$(jq -r .boot \
		"$latest/boots.jsonl" | sort | tr '\n' ' ')" = "r01-a r01-a-2 r01-b r01-c " ]
	for k in b c; do
		ok "groups: $k is compared with a" measured \
			'.target == "raw" or .duet.over == "a"' $k
	done
fi
ok "duet: nothing is left behind" no_traces "$guests"

# A kernel that is no kernel, and one that never says a word.
mkdir -p "$tmp/broken" "$tmp/mute"
printf '#!/bin/sh\necho Kernel panic - not syncing: made to fail\nexit 1\n' \
	>"$tmp/broken/linux"
chmod +x "$tmp/broken/linux"
cp build/kernels/baseline/build.json "$tmp/broken"
ok "a guest that panics: status 4" status_is 4 sweep \
	--kernel "broken=$tmp/broken"
ok "a guest that panics: says so" \
	says "panic: Kernel panic - not syncing: made to fail"
ok "a guest that panics: nothing is left behind" no_traces "$guests"

printf '#!/bin/sh\nexec sleep 1000\n' >"$tmp/mute/linux"
chmod +x "$tmp/mute/linux"
cp build/kernels/baseline/build.json "$tmp/mute"
ok "a guest that hangs: status 4" status_is 4 sweep \
	--kernel "mute=$tmp/mute" --silence 2s
ok "a guest that hangs: says so" says "hung: silent for"
ok "a guest that hangs: nothing is left behind" no_traces "$guests"

# Ctrl-C in the middle, and on from there.
# has_kept SEED N: samples of the run with that seed
has_kept() {
	lives "$pid" || return
	grep -q "\"seed\": $1" "$latest/manifest.json" &&
		[ "$(wc -l <"$latest/samples.jsonl")" -ge "$2" ]
}
start_sweep --seed 3 --runtime 1s
ok "Ctrl-C: it measures" wait_for 600 has_kept 3 2
run=$(readlink -f "$latest")
kill -INT $pid
wait $pid
ok "Ctrl-C: status 130" [ $? -eq 130 ]
kept=$(wc -l <"$run/samples.jsonl")
ok "Ctrl-C: keeps what was measured" [ "$kept" -ge 2 ]
ok "Ctrl-C: nothing is left behind" no_traces "$guests"
ok "an interrupted run has a table" status_is 0 "$f" table "$run"
ok "resume" status_is 0 "$f" run --resume "$run"
ok "resume: every cell is there once" \
	[ "$(sed 's/.*"kernel":\("[^"]*"\).*"regime":\("[^"]*"\),"target":\("[^"]*"\).*"numjobs":\([0-9]*\).*/\1\2\3\4/' \
		"$run/samples.jsonl" | sort -u | wc -l)" -eq 16 ]
ok "resume: none was measured again" \
	[ "$(wc -l <"$run/samples.jsonl")" -eq 16 ]

# What a resume added to round 1 is no reason to end before round 2, which is
# there: as if its boots had taken hours.
ok "a run with a time limit" status_is 0 sweep --rounds=2 --numjobs=1 \
	--regimes=cpu --max-time=1h
run=$(readlink -f "$latest")
jq -c 'if .round == 1 then .seconds = 9999 else . end | del(.crc)' "$run/boots.jsonl" \
	>"$tmp/boots" && cp "$tmp/boots" "$run/boots.jsonl"
jq 'del(.ended)' "$run/manifest.json" >"$tmp/manifest" &&
	cp "$tmp/manifest" "$run/manifest.json"
sed -i '$d' "$run/samples.jsonl"
ok "it is resumed" status_is 0 "$f" run --resume "$run"
ok "and does not reconsider round 1" [ \
	"$(jq -c .ended "$run/manifest.json")" = '{"rounds":2,"rule":"rounds"}' ]

# The hint that it prints, as it is printed: other kernels than the default,
# and a folder with a blank in its name.
latest="$tmp/my results/latest"
"$f" run --results "$tmp/my results" $small --runtime=1s --seed 9 -k patched \
	-k "mine=baseline,append=fpb.a=1,2 fpb.b" >"$out" 2>&1 </dev/null &
pid=$!
ok "Ctrl-C: other kernels are measured" wait_for 600 has_kept 9 1
kill -INT $pid
wait $pid
hint=$(sed -n 's/^fpbench: hint: to continue: //p' "$out")
ok "Ctrl-C: the hint works as printed" status_is 0 sh -c "$hint"
ok "Ctrl-C: the hint takes the kernels of the run" \
	count 8 '"kernel":"mine"' "$latest/samples.jsonl"
ok "Ctrl-C: the notes name a kernel's parameters" sh -c \
	"'$f' table '$latest' | tr -s '\n ' '  ' |
	grep -q 'mine 7.*, no patches, booted with fpb.a=1,2 fpb.b'"

# Killed outright: the guest goes with us, clean removes the scratch folder.
latest=$results/latest
start_sweep --seed 4
ok "kill -9: it measures" wait_for 600 has_kept 4 1
kill -KILL $pid
wait $pid 2>/dev/null
guests_end "$guests"
ok "kill -9: clean" status_is 0 "$f" clean
ok "kill -9: nothing is left behind" no_traces "$guests"
ok "kill -9: resume" status_is 0 "$f" run --resume "$(readlink -f "$latest")"

# No room for results.
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$tmp/full"
	mount -t tmpfs -o size=16k tmpfs "$tmp/full"
	results=$tmp/full/results
	ok "a full disk: status 4" status_is 4 sweep
	ok "a full disk: says so" says "No space left on device"
	umount "$tmp/full"
	ok "a full disk: nothing is left behind" no_traces "$guests"
else
	skip "a full disk" "needs root for a small tmpfs"
fi
tap_end
