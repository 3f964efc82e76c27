#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What libFuzzer makes of good files and requests, for TIME ("10m"): half of it for
# the readers of bench/test/fuzz/readers.c, half for "requests", the daemon's
# operations (daemon/test/played/fuzz_requests.c). FUZZ= names some of these.
# Skipped without clang.
#
# An input that fails is left in build/san as NAME-crash-*; once that is mended it
# belongs into bench/test/fuzz/corpus/NAME. There go, with KEEP=1, the inputs that
# reach more of the program than those that are there: the next run begins with them.
. "$(dirname "$0")/tap.sh"

readers="manifest boots samples why plan fio job step slices build cost events
	sessions revisions turns turns-ini conform known archive tar lockstat stacks
	letter symbols console"
programs=build/san/test/fuzz

if [ ! -x $programs/readers ]; then
	skip "damaged files and requests" "needs clang and its runtime: apt-get install clang libclang-rt-dev"
	tap_end
fi

case ${TIME:=10m} in
*[!0-9]*[!0-9]|[!0-9]*|*[!0-9smh]) echo "# TIME=$TIME: must be a time such as 10m"; exit 2 ;;
*h) seconds=$((${TIME%h} * 3600)) ;;
*m) seconds=$((${TIME%m} * 60)) ;;
*) seconds=${TIME%s} ;;
esac
fuzz=${FUZZ:-$readers requests}
# shellcheck disable=SC2086 # words
set -- $fuzz

# weight NAME: the daemon gets as much of the time as all readers.
weight() {
	# shellcheck disable=SC2086 # words
	[ "$1" = requests ] && echo $readers | wc -w || echo 1
}
weights=0
for name; do
	weights=$((weights + $(weight "$name")))
done

# seeds NAME: good files, and those that were bad once.
seeds() {
	case $1 in
	manifest) ls bench/test/data/run-*/manifest.json ;;
	boots) ls bench/test/data/run-*/boots.jsonl ;;
	# Longer ones only make it slower.
	samples) ls bench/test/data/run-interrupted/samples.jsonl \
		bench/test/data/run-apart-*/samples.jsonl ;;
	plan) ls bench/plans/*.ini kernel-patches/beyond/*.ini ;;
	fio) ls bench/test/data/fio-*.json ;;
	letter) ls kernel-patches/0000-*.patch ;;
	console) ls bench/test/data/console-*.log ;;
	turns-ini) ls bench/turns/turns.ini ;;
	known) ls bench/conform/fpfs.known ;;
	archive) "$f" pack -o "$tmp/seeds/$1" bench/test/data/run-apart-patched \
		>/dev/null 2>&1 && ls "$tmp/seeds/$1" ;;
	tar) tar -C bench/test/data -cf "$tmp/seeds/$1" run-apart-patched/boots.jsonl \
		run-apart-patched/manifest.json && ls "$tmp/seeds/$1" ;;
	requests) build/daemon/faults "$tmp/seeds" && ls "$tmp"/seeds/* ;;
	esac
	ls bench/test/fuzz/corpus/"$1"/* 2>/dev/null
}

# libfuzzer NAME OPTION...
libfuzzer() {
	program=$programs/readers
	[ "$1" != requests ] || program=$programs/requests
	name=$1
	shift
	READER=$name WRITABLE=$tmp TMPDIR=$tmp $program -max_len=65536 -timeout=60 \
		-rss_limit_mb=4096 -artifact_prefix="$tmp/$name-" "$@"
}

mkdir "$tmp/seeds" "$tmp/good" "$tmp/found"
fuzz() {
	mkdir "$tmp/good/$1" "$tmp/found/$1"
	for seed in $(seeds "$1"); do
		cp "$seed" "$tmp/good/$1/$(echo "$seed" | tr / -)"
	done
	libfuzzer "$1" -print_final_stats=1 \
		-max_total_time=$((seconds * $(weight "$1") / weights + 1)) \
		"$tmp/found/$1" "$tmp/good/$1"
	status=$?
	cp "$tmp/$1"-* build/san/ 2>/dev/null
	return "$status"
}

# keep NAME: what it found beyond the good ones, which keeps its name in a merge. Only
# what reaches other code, not what reaches it more often: that would be hundreds.
keep() {
	corpus=bench/test/fuzz/corpus/$1
	libfuzzer "$1" -merge=1 -use_counters=0 "$tmp/good/$1" "$tmp/found/$1" 2>"$out" || return
	mkdir -p "$corpus"
	for new in "$tmp/found/$1"/*; do
		[ ! -e "$tmp/good/$1/${new##*/}" ] || cp -v "$new" "$corpus"
	done | sed -n '$=' | sed "s,^,# new in $corpus: ,"
}

for name; do
	if [ "$name" = requests ] && [ "$(id -u)" -ne 0 ]; then
		skip "requests" "needs root"
		continue
	fi
	ok "damaged files or requests: $name" status_is 0 fuzz "$name"
	sed -n 's/^stat::number_of_executed_units: */# inputs: /p' "$out"
	[ -z "${KEEP:-}" ] || ok "what it found is kept: $name" keep "$name"
done
tap_end
