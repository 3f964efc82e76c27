#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The form of the kernel patches, and that each fault in it is found.
cd "$(dirname "$0")/../.." || exit 1

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
n=0
failed=0

ok() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/out"
		failed=1
	fi
}

dirs=$(dirname kernel-patches/series kernel-patches/*/series)
# shellcheck disable=SC2086 # a list
kernel-patches/tools/check-series.sh $dirs kernel-patches/examples/unrelated >"$tmp/out" 2>&1
ok $? "the patches in this repository"

# finds WHAT SENTENCE COMMAND: the check says so of a series with that fault
finds() {
	rm -rf "$tmp/s"
	mkdir "$tmp/s"
	cp kernel-patches/*.patch kernel-patches/series "$tmp/s"
	(cd "$tmp/s" && eval "$3")
	! kernel-patches/tools/check-series.sh "$tmp/s" >"$tmp/out" 2>&1 &&
		grep -q "^# .*$2" "$tmp/out"
	ok $? "$1"
}

finds "a file that the series lacks" "no such file: 0003" \
	"printf '7.3\t0003.patch\n' >>series"
finds "a kernel that there is not" "no such kernel: 5.4" \
	"sed -i 's/^6.12/5.4/' series"
finds "a line twice" "twice: " "tail -n 1 series >>series"
finds "a patch that no kernel has" "not in the series file: 0002" \
	"sed -i /0002/d series"
finds "patches in the wrong order" "is .PATCH 2/2., not 1/2" \
	"sort -rk2 -o series series"
finds "a long line of the message" "more than 75 characters: A server" \
	"sed -i 's/^A server sets/A server sets deliberately/' 0001-*"
finds "space at the end of a line" "space at the end of line" \
	"sed -i 's/^+.*bypass the page cache.*/& /' 0001-*"
finds "a hunk that is cut off" "git apply cannot read it" \
	"sed -i '/^+.*bypass the page cache/,\$d' 0001-*"
finds "no message" "no message" \
	"sed -i '/^A server/,/^---\$/{/^---\$/!d}' 0001-*"
finds "another subject in the cover letter" "its list of patches is not" \
	"sed -i 's/^  fuse: keep/  fuse: retain/' 0000-*"
finds "an old version in the cover letter" "its version is not that of 0001" \
	"sed -i '/^Subject: /s/ v[0-9]* / v1 /' 0000-*"
finds "an old diffstat in the cover letter" "its diffstat is not that" \
	"sed -i 's/^\( fs.fuse.passthrough.c  *|  *\)[0-9]*/\11/' 0000-*"

echo "1..$n"
exit $failed
