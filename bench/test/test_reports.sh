#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# table, plot and compare on made-up runs: what they print, what they refuse,
# and with which status. FPBENCH names another binary than build/fpbench.
. "$(dirname "$0")/tap.sh"

f=$(realpath "${FPBENCH:-build/fpbench}")
data=$(realpath bench/test/data)
plots=$(realpath plots)

# copy NAME: a run to spoil, in $run
copy() {
	run=$tmp/$1
	rm -rf "$run"
	cp -r "$data/run-$1" "$run"
}

same_as() {
	"$f" "$@" 2>/dev/null | cmp -s - "$golden" || {
		"$f" "$@" 2>&1 | diff - "$golden" | sed 's/^/# /'
		return 1
	}
}

quiet_log() {
	[ -f "$run/plots/gnuplot.log" ] && [ ! -s "$run/plots/gnuplot.log" ]
}

golden=$data/golden/two-kernels.txt
ok "a table as text" same_as table "$data/run-two-kernels-two-regimes"
golden=$data/golden/two-kernels-ascii.txt
ok "a table in ASCII" same_as table --ascii "$data/run-two-kernels-two-regimes"
copy two-kernels-two-regimes
sed -i 's/"name": "uml",/"name": "qemu", "accelerator": "exact",/' \
	"$run/manifest.json"
ok "a table of virtual time" status_is 0 "$f" table "$run"
ok "a table of virtual time: names it" says "QEMU in virtual time 7.3.4"
ok "a table of virtual time: says that it is" says "Time is virtual"
golden=$data/golden/flawed-cells.csv
ok "a table as CSV" same_as table --format csv "$data/run-flawed-cells"
golden=$data/golden/apart.txt
ok "a comparison" same_as compare "$data/run-apart-baseline" \
	"$data/run-apart-patched"

mkdir -p "$tmp/results"
ln -s "$data/run-one-kernel" "$tmp/results/latest"
golden=$data/golden/one-kernel.txt
cd "$tmp" || exit 1
ok "without a name: results/latest" same_as table
rm "$tmp/results/latest"
refused "no latest run" 2 "no run at results/latest" table
refused "a run that is not there" 2 "no run at nowhere" table nowhere
refused "a file as a run" 2 "no run at $out" table "$out"
refused "an unknown format" 2 \
	'unknown format "pdf" (known: text, markdown, html, csv, json, junit)' \
	table -f pdf x
refused "a margin that is none" 2 '--margin "0": must be' table --margin 0 x

refused "no sessions" 2 "cannot read nowhere.jsonl: No such file" \
	calibration nowhere.jsonl
ok "no sessions: how to run them" says "hint: make calibrate-verdicts"

copy one-kernel
rm "$run/manifest.json"
refused "no manifest" 2 "no run at $run: it has no manifest.json" table "$run"
mkdir "$tmp/empty"
no_manifest="no run at $tmp/empty: it has no manifest.json"
refused "a folder without a run" 2 "$no_manifest" table "$tmp/empty"
refused "a plot of no run" 2 "$no_manifest" plot "$tmp/empty"
refused "a comparison of no run" 2 "$no_manifest" \
	compare "$data/run-one-kernel" "$tmp/empty"
copy one-kernel
sed -i '5s/,//' "$run/manifest.json"
refused "a broken manifest" 4 "$run/manifest.json:6:" table "$run"
copy one-kernel
sed -i 's/"schema": 1/"schema": 2/' "$run/manifest.json"
refused "an unknown schema" 4 "schema 2 is not known" table "$run"
copy one-kernel
sed -i '3s/.$//' "$run/samples.jsonl"
refused "a broken sample" 4 "$run/samples.jsonl:3:" table "$run"
copy one-kernel
sed -i '4s/"iops":[0-9.]*/"iops":1e308/' "$run/samples.jsonl"
refused "an absurd rate" 4 "$run/samples.jsonl:4: key \"iops\": more than" \
	table "$run"
copy one-kernel
sed -n 2p "$run/samples.jsonl" >"$tmp/line"
cat "$tmp/line" >>"$run/samples.jsonl"
refused "a sample twice" 4 \
	"$run/samples.jsonl:$(wc -l <"$run/samples.jsonl"): the same sample as in line 2" \
	table "$run"
copy one-kernel
sed -i '2s/"round": 2/"round": 99/' "$run/boots.jsonl"
refused "a boot of a round too many" 4 "$run/boots.jsonl:2:" table "$run"
copy one-kernel
# with_crc FILE: its lines as they are written now, with gzip's checksum.
with_crc() {
	while IFS= read -r line; do
		printf '%s,"crc":"%s"}\n' "${line%?}" "$(printf %s "${line%?}" |
			gzip | tail -c 8 | od -An -N4 -tx4 | tr -d ' ')"
	done <"$1" >"$tmp/lines" && mv "$tmp/lines" "$1"
}
with_crc "$run/samples.jsonl"
ok "lines with checksums: status 0" status_is 0 "$f" table "$run"
sed -i '5s/"iops":6/"iops":7/' "$run/samples.jsonl"
refused "another digit" 4 "$run/samples.jsonl:5: its checksum" table "$run"
copy one-kernel
with_crc "$run/boots.jsonl"
sed -i '2s/"round": *2/"round": 3/' "$run/boots.jsonl"
refused "a boot of another round" 4 "$run/boots.jsonl:2: its checksum" table "$run"
copy one-kernel
: >"$run/samples.jsonl"
refused "a run without samples" 4 "no samples" table "$run"
copy one-kernel
truncate -s -20 "$run/samples.jsonl"
ok "a cut last line: status 0" status_is 0 "$f" table "$run"
ok "a cut last line: a warning" says "ignoring the last line, which is incomplete"
# Beside a whole one, and a folder that is no run.
mkdir -p "$tmp/several/no-run" "$tmp/several/bad"
cp -r "$data/run-one-kernel" "$tmp/several/good"
head -n 7 "$data/run-one-kernel/manifest.json" >"$tmp/several/bad/manifest.json"
ok "a list with a damaged run: status 0" status_is 0 "$f" list \
	--results "$tmp/several"
ok "a list with a damaged run: names file and line" \
	says "$tmp/several/bad/manifest.json:8:"
ok "a list with a damaged run: it is there" grep -qx '  bad  *?' "$out"
ok "a list with a damaged run: so is the whole one" grep -q '^  good  *20' "$out"
ok "a list with a damaged run: nothing else" [ "$(grep -c no-run "$out")" -eq 0 ]
refused "resume of a damaged run" 2 \
	"cannot resume: $tmp/several/bad/manifest.json:8:" \
	run --resume "$tmp/several/bad"
full_disk() {
	"$f" table "$data/run-one-kernel" >/dev/full 2>"$out"
	[ $? -eq 4 ]
}
ok "a full disk: status 4" full_disk
ok "a full disk: says so" says "No space left on device"

if command -v gnuplot >/dev/null; then
	copy two-kernels-two-regimes
	ok "plots: status 0" status_is 0 "$f" plot --scripts "$plots" "$run"
	for p in iops-cpu ratio-cpu iops-device ratio-device; do
		ok "plots: $p.svg" grep -q '</svg>' "$run/plots/$p.svg"
		ok "plots: $p.png" test -s "$run/plots/$p.png"
	done
	ok "plots: the kernel stands on it" \
		grep -q 'UML 7.3.4, 2 CPUs' "$run/plots/iops-cpu.svg"
	ok "plots: the device stands on it" \
		grep -q 'null_blk' "$run/plots/iops-cpu.svg"
	ok "plots: fio stands on it" \
		grep -q 'fio-3.42' "$run/plots/iops-cpu.svg"
	ok "plots: gnuplot has nothing to say" quiet_log
	ok "plots: nothing is extrapolated that is not predicted" \
		[ "$(cat "$run"/plots/*.laws.dat | wc -c)" -eq 0 ]
	# As many writers, so many more I/Os: the next are predicted.
	copy two-kernels-two-regimes
	awk '/"regime":"device"/ && match($0, /"numjobs":[0-9]+/) {
		n = substr($0, RSTART + 10, RLENGTH - 10)
		sub(/"iops":[0-9.]+/, "\"iops\":" 900 * n)
	} 1' "$data/run-two-kernels-two-regimes/samples.jsonl" \
		>"$run/samples.jsonl"
	ok "plots with a law: status 0" status_is 0 \
		"$f" plot --scripts "$plots" "$run"
	ok "plots with a law: gnuplot has nothing to say" quiet_log
	ok "plots with a law: it says what is extrapolated" \
		grep -q 'dashed: extrapolated' "$run/plots/iops-device.svg"
	ok "plots with a law: not where there is none" \
		[ "$(grep -c extrapolated "$run/plots/iops-cpu.svg")" -eq 0 ]
	copy two-kernels-two-regimes
	ok "plots: status 0 again" status_is 0 "$f" plot --scripts "$plots" "$run"
	ok "plots: latencies" grep -q '</svg>' "$run/plots/latency-cpu.svg"
	for r in one-kernel three-kernels flawed-cells interrupted \
			long-names million-iops no-raw workloads; do
		copy $r
		ok "plots of $r: status 0" status_is 0 \
			"$f" plot --scripts "$plots" "$run"
		ok "plots of $r: gnuplot has nothing to say" quiet_log
	done
	ok "plots: a heat map for each target" grep -q 'append-dsync' \
		"$run/plots/heat-cpu-fuse.svg" "$run/plots/heat-cpu-fuse-copy.svg"
	ok "no scripts: status 4" status_is 4 \
		"$f" plot --scripts "$tmp/none" "$run"
	ok "no scripts: gnuplot's words" says "$tmp/none/iops.gp"
else
	skip "plots" "gnuplot is not installed"
fi
copy one-kernel
ok "without gnuplot: status 77" status_is 77 \
	env PATH=/nonexistent "$f" plot "$run"
ok "without gnuplot: says so" says "gnuplot is not installed"
ok "without gnuplot: the data is there" \
	test -s "$run/plots/iops-device.samples.dat"

# The page. What is in it beside the plots: test_html.c.
well_formed() {
	xmllint --noout "$out" 2>"$tmp/xmllint" || {
		sed 's/^/# /' "$tmp/xmllint"
		return 1
	}
}
# in_page TEXT: the page has it as it is, or as it must be written there
in_page() {
	grep -qF -e "$1" "$out"
}
# page NAME ARG...: it is written and well-formed
page() {
	name=$1
	shift
	ok "$name: status 0" status_is 0 "$f" "$@" --format html
	# Without warnings
	sed -i '/^fpbench: /d' "$out"
	if command -v xmllint >/dev/null; then
		ok "$name: well-formed" well_formed
	else
		skip "$name: well-formed" "xmllint (libxml2-utils) is not installed"
	fi
}
for r in duet one-kernel three-kernels interrupted long-names raw-differs \
		no-raw workloads; do
	page "a page of $r" table "$data/run-$r"
done
page "a page of two runs" compare "$data/run-apart-baseline" \
	"$data/run-apart-patched"
ok "a page of two runs: the data of both" \
	in_page 'download="fixture-apart-patched-samples.jsonl.gz"'
# unpacked: the files in the page, in $tmp/unpacked
unpacked() {
	mkdir "$tmp/unpacked"
	sed -n 's/.*download="\([^"]*\)\.gz" href="[^,]*,\([^"]*\)".*/\1 \2/p' "$out" |
		while read -r name bytes; do
			echo "$bytes" | base64 -d | gunzip >"$tmp/unpacked/$name"
		done
}
page "a page of flawed-cells" table "$data/run-flawed-cells"
unpacked
golden=$data/golden/flawed-cells.csv
ok "a page: its data, unpacked, is the run" same_as table --format csv \
	"$tmp/unpacked"
copy two-kernels-two-regimes
sed -i "s|patched|<b>\&'\\\\\"|g" "$run"/*.json*
page "a page of a kernel named <b>&'\"" table "$run"
ok "a page of a kernel named <b>: which stands for itself" \
	in_page "&lt;b&gt;&amp;&#39;&quot;/baseline over 1 to"
ok "a page of a kernel named <b>: and opens nothing" \
	[ "$(grep -cF '<b>' "$out")" -eq 0 ]
if command -v gnuplot >/dev/null; then
	ok "a page: each plot is in it" [ "$(grep -c '<svg' "$out")" -eq 6 ]
	ok "a page: no script of gnuplot's" \
		[ "$(grep -c 'onmouse\|gnuplot_svg\|<script' "$out")" -eq 0 ]
	ok "a page: an ID stands there once" [ -z "$(grep -o ' id=["'\''][^"'\'']*' \
		"$out" | sort | uniq -d)" ]
	ok "a page: samples can be pointed at" \
		in_page '<title>baseline FUSE, numjobs 1'
	ok "a page: with boot and round" grep -q \
		'^r0*3-baseline: [0-9,]* IOPS, round 3' "$out"
else
	skip "a page: plots" "gnuplot is not installed"
fi
PATH=/nonexistent "$f" table -f html "$run" >"$tmp/page" 2>"$out"
ok "a page without gnuplot: status 0" [ $? -eq 0 ]
ok "a page without gnuplot: says so" \
	says "no plots in the page: gnuplot is not installed"
ok "a page without gnuplot: in one line" one_line
ok "a page without gnuplot: says so in the page" grep -q \
	'There are no plots: gnuplot is not installed' "$tmp/page"
ok "a page: no file is left behind" no_traces "$guests"
ok "a page of several tables: status 2" status_is 2 "$f" compare \
	--format html "$data/run-three-kernels" "$data/run-interrupted"
ok "a page of several tables: says why" says "can hold only one table"

# A series of two patches, and a run and a check of it. What is measured is
# made up, so are the IDs: they are replaced.
series=$tmp/series
mkdir -p "$series" "$tmp/check"
letter=$series/0000-cover-letter.patch
for n in 1 2; do
	{
		printf 'Subject: patch %s\n\n' $n
		[ $n -eq 1 ] ||
			printf '[fpbench: performance]\nold\n[fpbench: end]\n'
		printf '%s\n' --- "diff --git a/fs/fuse/f$n.c b/fs/fuse/f$n.c" \
			"--- a/fs/fuse/f$n.c" "+++ b/fs/fuse/f$n.c" \
			"@@ -0,0 +1,2 @@" "+line $n" "+end"
	} >"$series/000$n-p.patch"
done
cp "$series/0001-p.patch" "$tmp/0001-p.patch"
copy two-kernels-two-regimes
for n in 1f 2e; do
	id=$(git patch-id --stable <"$series/000${n%[ef]}-p.patch" | cut -c 1-40)
	sed -i "s/\($n\)\{20\}/$id/" "$run/manifest.json"
done
jq '[{ name: "check", build: .kernels[1] }]' "$run/manifest.json" \
	>"$tmp/check/kernels.json"
echo "4 passed" >"$tmp/check/report.text"
{
	echo "Dear all,"
	for block in performance method correctness diffstat; do
		printf '%s:\n[fpbench: %s]\nold\n[fpbench: end]\n' $block $block
	done
	echo "Thanks"
} >"$letter"
prose() {
	sed '/^\[fpbench: [^e]/,/^\[fpbench: end\]/d' "$letter"
}
set -- letter --text "$letter" --check "$tmp/check" "$run"
before=$(prose)
ok "a letter" status_is 0 "$f" "$@"
ok "a letter: updated" says "updated"
ok "a letter: the prose stays" [ "$(prose)" = "$before" ]
ok "a letter: nothing old" \
	[ "$(cat "$letter" "$series"/000[12]* | grep -cx old)" -eq 0 ]
ok "a letter: the effect" grep -q '^device, patched/baseline over' "$letter"
ok "a letter: a row" grep -q '^ *8+\? |.* faster$' "$letter"
ok "a letter: how" grep -q '^Measured on memory-backed null_blk' "$letter"
ok "a letter: the check" grep -qx '4 passed' "$letter"
ok "a letter: a patch with a place for the effect" \
	grep -q '^device, patched/baseline over' "$series/0002-p.patch"
ok "a letter: no line that ends a message" \
	[ "$(grep -c '^---.' "$letter")" -eq 0 ]
ok "a letter: whose diff stays" grep -qx '+line 2' "$series/0002-p.patch"
ok "a letter: a patch without one" cmp "$series/0001-p.patch" \
	"$tmp/0001-p.patch"
ok "a letter: the diffstat" grep -q ' 2 files changed' "$letter"
ok "a letter: 75 columns" [ "$(awk 'length > 75' "$letter" | wc -l)" -eq 0 ]
ok "a letter: ASCII" [ "$(LC_ALL=C grep -c '[^ -~	]' "$letter")" -eq 0 ]
cp "$letter" "$tmp/letter"
ok "a letter again" status_is 0 "$f" "$@"
ok "a letter again: up to date" says "up to date"
ok "a letter again: the same" cmp "$letter" "$tmp/letter"

# What fpbench cost kept of the same kernels: the run's own manifest will do.
jq '.kernels[].source_sha256 = "50" | .targets = [
	{ name: "raw", mount: "", expect: "any" },
	{ name: "fuse", mount: "fpfs", expect: "passthrough" }]' \
	"$run/manifest.json" >"$tmp/manifest.json"
cp "$tmp/manifest.json" "$run"
mkdir "$tmp/cost"
cp "$tmp/manifest.json" "$tmp/cost"
jq -n '{ schema: 1, cells: [["baseline", 100], ["patched", 172] |
	. as [$kernel, $n] | ("raw", "fuse") | { kernel: $kernel,
	workload: "randwrite-4k", regime: "cpu", target: .,
	totals: [if . == "raw" then 90 else $n end] }] }' >"$tmp/cost/cost.json"
sentence="costs +72 kernel instructions (raw +0) by cpu: patched - baseline"
has_sentence() {
	tr '\n' ' ' <"$1" | sed 's/  */ /g' | grep -qF "A passthrough I/O $sentence"
}
ok "a table with a cost" status_is 0 "$f" table --cost "$tmp/cost" "$run"
ok "a table with a cost: says it" has_sentence "$out"
ok "a letter with a cost" status_is 0 "$f" "$@" --cost "$tmp/cost"
ok "a letter with a cost: says it" has_sentence "$letter"
ok "a letter with a cost: 75 columns" \
	[ "$(awk 'length > 75' "$letter" | wc -l)" -eq 0 ]
mkdir -p "$tmp/results"
ln -s "$tmp/cost" "$tmp/results/latest-cost"
ok "the latest cost" status_is 0 "$f" table "$run"
ok "the latest cost: is taken" has_sentence "$out"
ok "of other kernels" status_is 0 "$f" table "$data/run-three-kernels"
ok "of other kernels: is left" [ "$(grep -c instructions "$out")" -eq 0 ]
refused "a cost of other kernels" 2 "is of other kernels or other I/Os" \
	table --cost "$tmp/cost" "$data/run-two-kernels-two-regimes"
refused "no cost" 2 "there is no result of fpbench cost in $tmp/empty" \
	table --cost "$tmp/empty" "$run"
echo "{" >"$tmp/cost/cost.json"
refused "a broken cost" 2 "$tmp/cost/cost.json:" \
	table --cost "$tmp/cost" "$run"
rm "$tmp/results/latest-cost"
ok "a letter without it" status_is 0 "$f" "$@"
ok "a letter without it: as it was" cmp "$letter" "$tmp/letter"

ok "as in v3" status_is 0 "$f" "$@" --layout v3
ok "as in v3: its columns" \
	grep -qx 'numjobs | FUSE IOPS | Raw XFS IOPS' "$letter"
refused "no such layout" 2 'must be ratios or v3' "$@" --layout v5
sed -i 's/^\[fpbench: method\]$/nothing/' "$letter"
refused "no marker" 4 'there is no line "[fpbench: method]"' "$@"
cp "$tmp/letter" "$letter"
sed -i '0,/^\[fpbench: end\]$/{/^\[fpbench: end\]$/d}' "$letter"
refused "a block that does not end" 4 'must occur once and be followed by "[fpbench: end]"' "$@"
cp "$tmp/letter" "$letter"
rm "$tmp/check/report.text"
refused "no check" 4 "cannot read $tmp/check/report.text" "$@"
echo '[{ "build": {} }]' >"$tmp/check/kernels.json"
refused "a check of who knows what" 2 \
	"$tmp/check was not made with the patches" "$@"
printf '[{ "build": {\n' >"$tmp/check/kernels.json"
refused "a damaged check" 2 "$tmp/check/kernels.json:2:" "$@"
echo '[]' >"$tmp/check/kernels.json"
refused "a check of nothing" 2 "$tmp/check/kernels.json: not a list of kernels" \
	"$@"
rm "$tmp/check/kernels.json"
refused "no check at all" 2 "there is no check in $tmp/check" "$@"
ok "no check at all: how to make one" says "hint: make check-kernel"
mkdir "$tmp/bin"
printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/git"
chmod +x "$tmp/bin/git"
path=$PATH
PATH=$tmp/bin:$PATH
refused "git fails" 2 "git patch-id failed on the patches beside $letter" \
	"$@"
PATH=$path
refused "no patches" 2 "there are no patches beside $tmp/empty/letter" \
	letter --text "$tmp/empty/letter" "$run"
sed -i 's/^+end$/+END/' "$series/0002-p.patch"
refused "another patch" 2 "$run was not made with the patches beside" "$@"
ok "nothing was written" cmp "$letter" "$tmp/letter"

a=$data/run-apart-baseline
b=$data/run-apart-patched
# Three sessions of each kernel; in the others all is faster, or slower.
session() {
	cp -r "$data/run-apart-$1" "$tmp/$1-$2"
	awk -v f="$3" 'match($0, /"iops":[0-9.]+/) {
		$0 = substr($0, 1, RSTART + 6) \
			f * substr($0, RSTART + 7, RLENGTH - 7) \
			substr($0, RSTART + RLENGTH)
	} 1' "$data/run-apart-$1/samples.jsonl" >"$tmp/$1-$2/samples.jsonl"
}
for r in baseline patched; do
	session $r 2 1.03
	session $r 3 0.97
done
set -- "$tmp/baseline-2" "$tmp/patched-2" "$tmp/patched-3" "$tmp/baseline-3"
ok "faster is no regression" status_is 0 \
	"$f" compare --fail-on regression "$a" "$b" "$@"
ok "sessions of one kernel are one side" says "patched/baseline over 1 to 8"
ok "slower is one: status 1" status_is 1 \
	"$f" compare --fail-on regression "$b" "$a" "$@"
ok "slower, but not by 90 %: status 0" status_is 0 \
	"$f" compare --fail-on regression=90 "$b" "$a" "$@"
ok "slower by more than 1 %: status 1" status_is 1 \
	"$f" compare --fail-on regression=1 "$b" "$a" "$@"
ok "JUnit: a failure" status_is 1 "$f" compare --format junit \
	--fail-on regression=1 "$b" "$a" "$@"
ok "JUnit: which" says '<failure message='
ok "slower, but nobody asked: status 0" status_is 0 \
	"$f" compare "$b" "$a" "$@"
ok "one session a side claims nothing: status 3" status_is 3 \
	"$f" compare --fail-on unresolved "$a" "$b"
ok "one session a side says what it takes" says "needs 4 more sessions"
refused "sessions of one kernel only" 2 "all runs are of kernel baseline" \
	compare "$a" "$tmp/baseline-2" "$tmp/baseline-3"
ok "not resolved, if asked: status 3" status_is 3 \
	"$f" compare --fail-on unresolved "$data/run-three-kernels" \
	"$data/run-interrupted"
ok "the control fails: status 3" status_is 3 \
	"$f" compare --fail-on unresolved,regression "$data/run-raw-differs"
refused "another device" 2 "device.size_mib is 2048 and 4096" \
	compare "$a" "$data/run-apart-larger-device"
refused "another backend" 2 'backend.name is "uml" and "host"' \
	compare "$data/run-three-rounds" "$a"
ok "table: nothing fails unless asked" status_is 0 \
	"$f" table "$data/run-raw-differs"
ok "table: the control fails: status 3" status_is 3 \
	"$f" table --fail-on unresolved "$data/run-raw-differs"
ok "table: faster is no regression" status_is 0 \
	"$f" table --fail-on regression "$data/run-duet"
ok "table: one kernel has nothing to fail on: status 4" status_is 4 \
	"$f" table --fail-on regression "$data/run-one-kernel"
ok "table: one kernel: says so" says "nothing could be compared"
golden=$data/golden/three-kernels.txt
ok "three kernels of one run stand side by side" \
	same_as compare "$data/run-three-kernels"
ok "two kernels of one run, by name" status_is 0 "$f" compare \
	"$data/run-three-kernels:patched" "$data/run-three-kernels:other"
refused "no run" 2 "no run given" compare
refused "one kernel" 2 "nothing to compare it with" compare "$a"
refused "the same twice" 2 "is given twice" \
	compare "$a" "$data/../data/run-apart-baseline"
refused "several kernels, none named" 2 \
	"several kernels, name one (known: baseline, patched)" \
	compare "$data/run-three-kernels:other" "$data/run-three-rounds"
ok "several tables in CSV: status 2" status_is 2 "$f" compare \
	--format csv "$data/run-three-kernels" "$data/run-interrupted"
ok "several tables in CSV: says why" says "can hold only one table"
refused "a missing run" 2 "no run at nowhere" compare "$a" nowhere
refused "a kernel that is not there" 2 ': no kernel "x" (known: baseline)' \
	compare "$a:x" "$b"
refused "a kernel that the only run does not have" 2 \
	': no kernel "nosuch" (known: baseline, patched, other)' \
	compare "$data/run-three-kernels:nosuch"
refused "a kernel with a typing error" 2 'did you mean "patched"?' \
	compare "$data/run-three-kernels:baseline" \
	"$data/run-three-kernels:pacthed"
refused "an empty --fail-on" 2 '--fail-on "": must be' \
	compare --fail-on= "$a" "$b"
refused "one kernel of one run" 2 "only one kernel is given" \
	compare "$data/run-three-kernels:other"
refused "a regression of no percentage" 2 \
	'--fail-on "regression=all": must be regression, regression=PCT' \
	compare --fail-on unresolved,regression=all "$a" "$b"
refused "nothing to fail on" 2 '--fail-on "never": must be' \
	compare --fail-on never "$a" "$b"

# ended RULE: a copy of a run, as if the rule had ended it
ended() {
	copy duet
	sed -i "s/\"rounds\": *[0-9]*,/&\"until_ci_pct\": 3, \"max_time_ms\": 1200000,/
		0,/{/s/{/{\"ended\": {\"rounds\": 12, \"rule\": \"$1\"},/" \
		"$run/manifest.json"
	sed -i '/"round": *1[3-9]/d' "$run/boots.jsonl" "$run/samples.jsonl"
}
# in_words TEXT: the same as says, wherever lines are broken
in_words() {
	tr -s '\n ' '  ' <"$out" | grep -qF -e "$1"
}
for end in 'interval:intervals no wider than ±3 %' \
	'time:another round would have exceeded 20m' \
	'rounds:all that were planned'; do
	ended "${end%%:*}"
	ok "ended by ${end%%:*}: a table" status_is 0 "$f" table "$run"
	ok "ended by ${end%%:*}: says so" in_words \
		"Ended after 12 rounds: ${end#*:} (a rule set before the run)"
	ok "ended by ${end%%:*}: nothing is missing" [ -z "$(grep INCOMPLETE "$out")" ]
	ok "ended by ${end%%:*}: the level of its effects" \
		in_words "Simultaneous intervals: 99.4 % over the first lines"
done
# session N LABEL [SED]: the N-th run of the host backend in $tmp/sessions
session() {
	run=$tmp/sessions/$1
	mkdir -p "$tmp/sessions"
	cp -r "$data/run-apart-$2" "$run"
	sed -i "s/\"name\": \"uml\"/\"name\": \"host\"/
		s/\"created\": \"2026/&-0$1/; ${3:-}" "$run/manifest.json"
}
cd "$tmp" || exit 1
refused "next without runs" 2 "no sessions in results" next
session 1 baseline
ok "next after one session" status_is 0 "$f" next -r sessions
ok "asks for the other kernel" says "Boot the other kernel, then run:"
session 2 patched
ok "next after two" status_is 0 "$f" next -r sessions
ok "says how many are needed" says "4 more sessions are needed."
ok "goes backwards" says "Boot the kernel labelled patched, then run:"
ok "with the plan of the newest, in another order" says \
	"run --backend=host --label=patched --seed=0 sessions/2/plan.ini"
session 3 patched
session 4 baseline
session 0 patched 's/"size_mib": [0-9]*/"size_mib": 9999/g'
ok "next with one that cannot be compared" status_is 0 "$f" next sessions/?
ok "which does not count" says "sessions/0 (does not count: device.size_mib"
ok "A B B A, then A" says "Boot the kernel labelled baseline, then run:"
rm -rf sessions/0
session 5 baseline
sed -i '$d' sessions/5/boots.jsonl
ok "next after an interrupted one" status_is 0 "$f" next -r sessions
ok "which does not count" says "sessions/5 (does not count: incomplete"
ok "so that it is still to be measured" says "Boot the kernel labelled baseline, then run:"
rm -rf sessions/5
session 5 baseline
session 6 patched
ok "next after six" status_is 0 "$f" next -r sessions
ok "prints how to compare them" says \
	"compare sessions/1 sessions/4 sessions/5 sessions/2 sessions/3 sessions/6"
ok "and what to boot for more" says "Boot the kernel labelled patched, then run:"
ok "that command works" status_is 0 "$f" compare sessions/1 sessions/4 \
	sessions/5 sessions/2 sessions/3 sessions/6
session 0 baseline 's/"release": "7.3.4"/"release": "7.2.1"/'
ok "next with an older build" status_is 0 "$f" next -r sessions
ok "which does not count" says "sessions/0 (does not count: another build: release is \"7.2.1\" and \"7.3.4\")"
ok "so that the others do" says "baseline: 3, patched: 3."
rm -rf sessions/0
session 7 baseline 's/"patches": \[\]/"patches": [{"patch_id": "1f"}]/'
ok "next with a newer build" status_is 0 "$f" next -r sessions
ok "older ones do not count" says "sessions/5 (does not count: another build: patches is"
ok "so that it begins anew" says "patched: 3, baseline: 1."
rm -rf sessions/7
ok "two kernels: nothing about a third" [ -z "$(grep "leave out" "$out")" ]
session 0 baseline 's/"name": "baseline"/"name": "third"/'
sed -i 's/"kernel": *"baseline"/"kernel": "third"/' sessions/0/*.jsonl
ok "next with a third label" status_is 0 "$f" next -r sessions
ok "says how to leave it out" says "name the runs of the others"
ok "names leave it out" status_is 0 "$f" next sessions/[1-6]
ok "which is enough" says "baseline: 3, patched: 3."
rm -rf sessions/0
mkdir sessions/8 sessions/9
cp -r sessions/1/. sessions/8
echo rubbish >>sessions/8/samples.jsonl
echo rubbish >sessions/9/manifest.json
ok "next beside damaged runs" status_is 0 "$f" next -r sessions
ok "leaves out the one that cannot be read" says "leaving out sessions/8"
ok "and the one without a manifest" says "leaving out sessions/9/manifest.json:1:"
refused "next of a damaged run by name" 4 "sessions/8/samples.jsonl" \
	next sessions/8
rm -rf sessions/8 sessions/9
for i in $(seq 60); do
	cp -r sessions/1 "sessions/old-$i"
done
ok "next after 66" status_is 0 "$f" next -r sessions
ok "counts the newest 64" says "baseline: 61, patched: 3."
ok "says why not the others" says \
	"(does not count: compare takes 64, and that many are newer)"
rm -rf sessions/old-*
refused "next of a kernel in a guest" 2 "next is for --backend=host only" \
	next "$data/run-duet"
refused "next of a folder that is no run" 2 "no run at" next "$tmp/nowhere"
tap_end
