#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# pack, reports of archives, and what replicate says and refuses before it measures.
# No guest is booted and no kernel is built. FPBENCH names another binary than
# build/fpbench.
. "$(dirname "$0")/tap.sh"

f=$(realpath "${FPBENCH:-build/fpbench}")
data=$(realpath bench/test/data)
plots=$(realpath plots)
kernels=$(realpath bench/kernels)

# same_output A B: what fpbench prints of both is the same
same_output() {
	one=$1 two=$2
	shift 2
	"$f" "$@" "$one" >"$tmp/one" 2>&1
	"$f" "$@" "$two" >"$tmp/two" 2>&1
	[ -s "$tmp/one" ] && cmp "$tmp/one" "$tmp/two"
}

# copy NAME [TO]: a run, in $run
copy() {
	run=$tmp/${2:-$1}
	rm -rf "$run"
	cp -r "$data/run-$1" "$run"
}

nothing_beside() {
	[ -z "$(find "$tmp" -name '*.part')" ]
}

# --- pack ---------------------------------------------------------------------

# With all that a run has, and something that it has not.
copy duet
mkdir -p "$run/kernels/patched/patches" "$run/boots/r01-patched/fio" \
	"$run/plots"
echo CONFIG_FUSE_FS=y >"$run/kernels/patched/config"
echo "a patch" >"$run/kernels/patched/patches/0001.patch"
echo "[sweep]" >"$run/plan.ini"
echo booting >"$run/boots/r01-patched/console.log"
echo "1,2,3" >"$run/boots/r01-patched/fio/002_slices.1.csv"
echo "<svg/>" >"$run/plots/iops-cpu.svg"
echo "<html/>" >"$run/report.html"
a=$tmp/a.tar.zst

ok "a run is packed" status_is 0 "$f" pack -o "$a" "$run"
ok "its name is printed" [ "$(cat "$out")" = "$a" ]
ok "nothing else is left" nothing_beside
touch -d 2001-01-01 "$run"/*
"$f" table "$run" >"$run/table.txt"
ok "a run is packed again" status_is 0 "$f" pack -o "$tmp/b.tar.zst" "$run"
ok "twice the same bytes" cmp "$a" "$tmp/b.tar.zst"
echo mine >"$run/notes.txt"
ln -s /etc/passwd "$run/plan"
ok "a file of the user's is left out" status_is 0 "$f" pack \
	-o "$tmp/b.tar.zst" "$run"
ok "and that is said" says "2 files in $run are left out, such as notes.txt"
ok "the bytes are the same" cmp "$a" "$tmp/b.tar.zst"
rm "$run/notes.txt" "$run/plan"
echo 4 >>"$run/boots/r01-patched/fio/002_slices.1.csv"
"$f" pack -o "$tmp/b.tar.zst" "$run" >"$out" 2>&1
ok "of another run, others" sh -c "! cmp -s '$a' '$tmp/b.tar.zst'"
if command -v zstd >/dev/null; then
	zstd -dqc "$a" | tar -tvf - >"$tmp/names"
	cat >"$tmp/want" <<-'END'
	fixture-duet/boots.jsonl
	fixture-duet/boots/r01-patched/console.log
	fixture-duet/boots/r01-patched/fio/002_slices.1.csv
	fixture-duet/kernels/patched/config
	fixture-duet/kernels/patched/patches/0001.patch
	fixture-duet/manifest.json
	fixture-duet/plan.ini
	fixture-duet/samples.jsonl
	fixture-duet/table.txt
	END
	awk '{ print $6 }' "$tmp/names" >"$out"
	ok "tar lists what is in it" diff "$tmp/want" "$out"
	ok "of nobody in particular" [ "$(awk '{ print $1, $2 }' "$tmp/names" |
		sort -u)" = "-rw-r--r-- root/root" ]
	zstd -dqc "$a" | tar -xOf - fixture-duet/table.txt >"$out"
	ok "the table is in it" cmp "$out" "$data/golden/duet.txt"
else
	skip "tar lists what is in it" "zstd is not installed"
fi
cd "$tmp" || exit 1
ok "without -o" status_is 0 "$f" pack "$run"
ok "it is named after the run" [ -s fixture-duet.tar.zst ]
refused "an archive of an archive" 2 "it is a file" pack "$a"
refused "no run" 2 "no run at nowhere" pack nowhere
refused "a device in its place" 2 "/dev/full is not a regular file" \
	pack -o /dev/full "$run"
refused "a folder that is not there" 4 "cannot pack $run into $tmp/no/a" \
	pack -o "$tmp/no/a" "$run"
copy three-rounds
ok "a run of before kernels were kept" status_is 0 "$f" pack -o old.tar.zst \
	"$run"
ok "is packed with a warning" says "cannot be replicated from the archive"
: >"$run/samples.jsonl"
refused "a run without samples" 4 "no samples in run" pack "$run"
copy one-kernel
sed -i 's/"id": "[^"]*"/"id": "..\/x"/' "$run/manifest.json"
refused "a run whose name is a path" 2 "is not the name of a folder" \
	pack "$run"

# A disk that is full, as far as this process is concerned.
run=$tmp/duet
cp "$a" "$tmp/full.tar.zst"
full() {
	(trap '' XFSZ && ulimit -f 8 &&
		"$f" pack -o "$tmp/full.tar.zst" "$run") >"$out" 2>&1
}
full
ok "no room for it: status 4" [ $? -eq 4 ]
ok "no room for it: says so" says "cannot pack $run into $tmp/full.tar.zst: "
ok "no room for it: in one line" one_line
ok "no room for it: no half of a file" nothing_beside
ok "no room for it: what was there stays" cmp "$a" "$tmp/full.tar.zst"

# --- reports --------------------------------------------------------------------

for r in duet two-kernels-two-regimes workloads flawed-cells; do
	copy $r
	"$f" pack -o "$tmp/$r.tar.zst" "$run" >"$out" 2>&1
	for how in "table" "table --notes" "table -f csv" "table -f json" \
		"table -f markdown"; do
		# shellcheck disable=SC2086 # a command and its options
		ok "$how of an archive of $r: as of the folder" \
			same_output "$run" "$tmp/$r.tar.zst" $how
	done
done
a=$tmp/two-kernels-two-regimes.tar.zst
run=$tmp/two-kernels-two-regimes
ok "so is a comparison of its kernels" same_output "$run" "$a" compare
for r in baseline patched; do
	copy apart-$r
	"$f" pack -o "$tmp/apart-$r.tar.zst" "$run" >"$out" 2>&1
done
"$f" compare "$tmp/apart-baseline.tar.zst" "$tmp/apart-patched.tar.zst" \
	>"$out" 2>&1
ok "and of two archives" cmp "$out" "$data/golden/apart.txt"
"$f" compare "$tmp/apart-baseline.tar.zst:baseline" \
	"$tmp/apart-patched.tar.zst:patched" >"$out" 2>&1
ok "by name, too" cmp "$out" "$data/golden/apart.txt"
if command -v gnuplot >/dev/null; then
	ok "plots of an archive" status_is 0 "$f" plot --scripts "$plots" "$a"
	ok "are beside it" grep -q '</svg>' \
		"$tmp/two-kernels-two-regimes-plots/iops-cpu.svg"
else
	skip "plots of an archive" "gnuplot is not installed"
fi
refused "the next session after an archive" 2 "unpack the archive" next "$a"

# --- archives of others -----------------------------------------------------------

size=$(wc -c <"$a")
# spoil OFFSET: $tmp/bad, with another byte there
spoil() {
	cp "$a" "$tmp/bad"
	byte=$(od -An -tu1 -j "$1" -N 1 "$a" | tr -d ' ')
	# shellcheck disable=SC2059 # an octal number
	printf "\\$(printf '%03o' $((byte ^ 1)))" |
		dd of="$tmp/bad" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
spoil $((size / 2))
refused "a damaged archive" 4 "cannot read $tmp/bad: it is damaged" \
	table "$tmp/bad"
spoil $((size - 2))
refused "a checksum that is wrong" 4 "cannot read $tmp/bad: it is damaged" \
	table "$tmp/bad"
head -c $((size / 2)) "$a" >"$tmp/bad"
refused "half an archive" 4 "cannot read $tmp/bad: it is damaged or cut short" \
	table "$tmp/bad"
: >"$tmp/bad"
refused "an empty file" 2 "no run at $tmp/bad: not an archive" table "$tmp/bad"
echo hello >"$tmp/bad"
refused "a text" 2 "no run at $tmp/bad: not an archive" compare "$tmp/bad"
tar -C "$tmp" -cf "$tmp/bad" two-kernels-two-regimes
refused "a tar file that is not compressed" 2 "not an archive" plot "$tmp/bad"
if command -v zstd >/dev/null; then
	# packed TAR-ARGUMENT...: as somebody else makes one
	packed() {
		(cd "$tmp" && tar -P -cf - "$@" | zstd -qf -o "$tmp/bad")
	}
	mkdir -p "$tmp/it"
	cp "$run/manifest.json" "$tmp/it"
	ln -s /etc/passwd "$tmp/it/samples.jsonl"
	packed it/manifest.json
	refused "no samples" 4 "no samples in run $tmp/bad" table "$tmp/bad"
	packed it/manifest.json it/samples.jsonl
	refused "a symbolic link" 2 \
		'it has "it/samples.jsonl", which is not a regular file' \
		table "$tmp/bad"
	packed --transform 's,^,../,' it/manifest.json
	refused "a name with .." 2 'it has a file named "../it/manifest.json"' \
		table "$tmp/bad"
	packed "$tmp/it/manifest.json"
	refused "an absolute name" 2 "it has a file named \"$tmp" \
		table "$tmp/bad"
	packed old.tar.zst
	refused "something else" 2 'it has "old.tar.zst", which no run has' \
		table "$tmp/bad"
	packed it
	refused "a folder" 2 'it has a file named "it/"' table "$tmp/bad"
else
	skip "archives of others" "zstd is not installed"
fi

# --- replicate ----------------------------------------------------------------------

# second FACTOR: another run, in $new; all but the baseline faster by FACTOR
second() {
	copy duet second
	new=$run
	sed -i 's/"id": "fixture-duet"/"id": "second"/' "$new/manifest.json"
	awk -v f="$1" '
	/"kernel": *"patched"/ && !/"target": *"raw"/ &&
	match($0, /"log_ratio": *[-0-9.e]+/) {
		value = substr($0, RSTART, RLENGTH)
		sub(/.*: */, "", value)
		$0 = substr($0, 1, RSTART - 1) "\"log_ratio\": " \
			value + log(f) substr($0, RSTART + RLENGTH)
	} 1' "$data/run-duet/samples.jsonl" >"$new/samples.jsonl"
}
a=$tmp/duet.tar.zst
second 1
ok "a run like the first: status 0" status_is 0 "$f" replicate \
	--measured "$new" "$a"
ok "it agrees" says "AGREES: 2 of 2 effects and 8 of 8 rows agree."
ok "and says what that means" says "Two sessions are compared"
second 1.5
ok "one of another size: status 1" status_is 1 "$f" replicate \
	--measured "$new" "$a"
ok "it does not agree" says "DOES NOT AGREE: 0 of 2 effects"
second 0.1
ok "one of another direction: status 1" status_is 1 "$f" replicate \
	--measured "$new" "$a"
ok "it is the opposite" says "| opposite"
copy two-kernels-two-regimes
ok "one with too few rounds: status 3" status_is 3 "$f" replicate \
	--measured "$run" "$a"
ok "it is not resolved" says "NOT RESOLVED: 0 of 2 effects"
refused "a run with itself" 2 "both are run fixture-duet" replicate \
	--measured "$data/run-duet" "$a"
refused "another run's kernels" 2 "the baseline was baseline and is v7.3-rc1" \
	replicate --measured "$data/run-long-names" "$a"
refused "a run and a plan" 2 "it goes with no other option" replicate \
	--measured "$new" --quick "$a"
refused "no second run" 2 "no run at nowhere" replicate --measured nowhere "$a"
refused "no first run" 2 "no run at nowhere" replicate nowhere
refused "a damaged one" 2 "no run at $tmp/bad" replicate "$tmp/bad"

# What stops it before a kernel is built. An empty cache has no images.
export FPBENCH_CACHE="$tmp/cache"
run_of() {
	copy duet first
	echo "[sweep]" >"$run/plan.ini"
	jq --arg arch um "$1" "$run/manifest.json" >"$tmp/json"
	cp "$tmp/json" "$run/manifest.json"
}
with_arch='.kernels[].arch = "um" | .kernels[].version = "7.3"'
run_of "$with_arch"
rm "$run/plan.ini"
refused "without a plan" 2 "plan.ini: No such file or directory" \
	replicate "$run"
run_of "$with_arch"
echo "wrong" >"$run/plan.ini"
refused "with a plan of another version" 2 "first/plan.ini:1: " \
	replicate "$run"
run_of '.backend.name = "host"'
refused "of the host" 2 "a run of the host backend" replicate "$run"
run_of '.kernels[].arch = "sparc"'
refused "of an unknown architecture" 2 "kernel baseline cannot be built again" \
	replicate "$run"
run_of "$with_arch | .kernels[].source = \"/home/me/linux, v7.3 (0123)\""
refused "of a tree of somebody's" 2 \
	"its source, /home/me/linux, v7.3 (0123), is not a package of Debian's" \
	replicate "$run"
ok "of a tree of somebody's: what helps" says "fpbench replicate -k baseline=DIR"
with_arch="$with_arch | .kernels[].source = \"linux-source-7.3_7.3.4-1\""
run_of "$with_arch"
refused "without a configuration" 2 "the run kept no configuration of it" \
	replicate "$run"
for k in baseline patched; do
	mkdir -p "$run/kernels/$k/patches"
	echo CONFIG_X=y >"$run/kernels/$k/config"
done
refused "with another configuration" 2 \
	"kernels/baseline/config is not the configuration that manifest.json names" \
	replicate "$run"
refused "a kernel that the run does not have" 2 "must be NAME=DIR" \
	replicate -k "other=$tmp" "$run"
refused "a kernel without a folder" 2 "must be NAME=DIR" \
	replicate -k patched "$run"
refused "a kernel in no folder" 2 "--kernel patched=$tmp/no: No such file" \
	replicate -k "patched=$tmp/no" "$run"

# rebuild.sh alone, of one kernel with patches
printf '%s\n' "Subject: one" --- "diff --git a/x b/x" "--- a/x" "+++ b/x" \
	"@@ -0,0 +1,2 @@" "+1" "+end" >"$run/kernels/patched/patches/0001.patch"
id=$(git patch-id --stable <"$run/kernels/patched/patches/0001.patch" |
	cut -d' ' -f1)
sum=$(sha256sum <"$run/kernels/patched/config" | cut -d' ' -f1)
jq --arg id "$id" --arg sum "$sum" '.kernels[].config_sha256 = $sum |
	.kernels[1].patches = [{ subject: "one", patch_id: $id }, { subject: "two", patch_id: $id }]' \
	"$run/manifest.json" >"$tmp/json" && cp "$tmp/json" "$run/manifest.json"
rebuild() {
	"$kernels/rebuild.sh" "$run" "$@"
}
ok "a patch that is missing: status 2" status_is 2 rebuild patched
ok "is named" says "the run did not keep its patch 2"
sed 's/+1/+2/' "$run/kernels/patched/patches/0001.patch" \
	>"$run/kernels/patched/patches/0002.patch"
ok "a patch that is another: status 2" status_is 2 rebuild patched
ok "is named, too" says \
	"kernels/patched/patches/0002.patch is not the patch that manifest.json names"
ok "a kernel's name that is a path: status 2" status_is 2 rebuild ../x
ok "a source whose sum nobody knows: status 4" status_is 4 rebuild baseline
ok "says so" says "its SHA-256 was not recorded"

# A kernel of the cache with the same image, whatever it is called there.
mkdir -p "$tmp/cache/linux-uml-0/kernels/any"
echo image >"$tmp/cache/linux-uml-0/kernels/any/linux"
sum=$(echo image | sha256sum | cut -d' ' -f1)
echo "{\"image_sha256\": \"$sum\"}" \
	>"$tmp/cache/linux-uml-0/kernels/any/build.json"
jq --arg sum "$sum" '.kernels[].image_sha256 = $sum' "$run/manifest.json" \
	>"$tmp/json" && cp "$tmp/json" "$run/manifest.json"
ok "an image that is in the cache" status_is 0 rebuild baseline patched
ok "is taken for each kernel" [ "$(sort -u "$out")" = \
	"$tmp/cache/linux-uml-0/kernels/any" ]
ok "one line each" [ "$(wc -l <"$out")" -eq 2 ]
echo other >"$tmp/cache/linux-uml-0/kernels/any/linux"
ok "unless it is another one by now" status_is 2 rebuild patched
ok "nothing is left behind" no_traces "$guests"
tap_end
