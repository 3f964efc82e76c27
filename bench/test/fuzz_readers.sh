#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Damaged files, made by libFuzzer from good ones, for each reader of
# bench/test/fuzz/readers.c, all together for TIME ("10m"). Skipped without clang.
#
# An input that fails is left in build/fuzz as READER-crash-*; once that is mended it
# belongs into bench/test/fuzz/corpus/READER.
. "$(dirname "$0")/tap.sh"

readers="manifest boots samples plan fio job step slices letter symbols console"
program=build/fuzz/test/fuzz/readers

if [ ! -x $program ]; then
	skip "damaged files" "needs clang and its runtime: apt-get install clang libclang-rt-dev"
	tap_end
fi

case ${TIME:=10m} in
*[!0-9]*[!0-9]|[!0-9]*|*[!0-9smh]) echo "# TIME=$TIME: must be a time such as 10m"; exit 2 ;;
*h) seconds=$((${TIME%h} * 3600)) ;;
*m) seconds=$((${TIME%m} * 60)) ;;
*) seconds=${TIME%s} ;;
esac
# shellcheck disable=SC2086 # words
set -- $readers
each=$((seconds / $# + 1))

# seeds READER: good files, and those that were bad once.
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
	esac
	ls bench/test/fuzz/corpus/"$1"/* 2>/dev/null
}

fuzz() {
	mkdir "$tmp/$1"
	for seed in $(seeds "$1"); do
		cp "$seed" "$tmp/$1/$(echo "$seed" | tr / -)"
	done
	READER=$1 $program -max_len=65536 -timeout=60 -rss_limit_mb=4096 \
		-max_total_time="$each" -print_final_stats=1 \
		-artifact_prefix="build/fuzz/$1-" "$tmp/$1"
}

for reader; do
	ok "damaged files: $reader" status_is 0 fuzz "$reader"
	sed -n 's/^stat::number_of_executed_units: */# inputs: /p' "$out"
done
tap_end
