#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# That "make check-patches" finds each kind of fault, in its own column: the
# series with one fault at a time, on one kernel. Needs that kernel's source.
cd "$(dirname "$0")/../.." || exit 1

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
n=0
failed=0

# finds WHAT PATCH COLUMNS SENTENCE COMMAND: of the series with that fault,
# the line of that patch in the table ends with these columns
finds() {
	n=$((n + 1))
	rm -rf "$tmp/s"
	mkdir "$tmp/s"
	cp kernel-patches/*.patch "$tmp/s"
	(cd "$tmp/s" && eval "$5")
	KERNEL=7.3 SERIES=$tmp/s kernel-patches/tools/check-patches.sh >"$tmp/out" \
		2>"$tmp/err"
	status=$?
	if [ $status -eq 77 ]; then
		echo "ok $n # SKIP $(head -n 1 "$tmp/err")"
		echo "1..$n"
		exit 0
	fi
	got=$(grep "| $2/" "$tmp/out" | cut -d'|' -f3- | tr -d ' ')
	if [ $status -eq 1 ] && [ "$got" = "$3" ] && grep -q "$4" "$tmp/out"; then
		echo "ok $n - $1: $3"
	else
		echo "not ok $n - $1: status $status, want $3, got $got"
		sed 's/^/# /' "$tmp/out" "$tmp/err"
		failed=1
	fi
}

finds "a file that has changed" 1 "NO|-|-|-|-" "err = -ENODATA" \
	"sed -i 's/^ \terr = -EINVAL;/ \terr = -ENODATA;/' 0001*"
finds "space at the end of a line" 2 "yes|NO|yes|clean|clean" \
	"TRAILING_WHITESPACE" "sed -i 's/^+ \* may share.*/& /' 0002*"
finds "an unused variable" 2 "yes|clean|yes|NO|clean" "Wunused-variable" \
	"sed -i '/^+.*_lock(/,/^+}/s/(iocb->ki_filp);/(iocb->ki_filp), *unused;/' 0002*"
finds "a pointer of the user's" 2 "yes|clean|yes|clean|NO" \
	"different address spaces" \
	"sed -i '/^+/s/> i_size_read(inode)/> i_size_read((__force void __user *)inode)/' 0002*"
finds "a function that should be static" 2 "yes|clean|yes|NO|NO" \
	"hould it be static" \
	"sed -i 's/^+static void fuse_passthrough_unlock/+void fuse_passthrough_unlock/' 0002*"
finds "a patch that does not build by itself" 1 "yes|clean|NO|-|-" \
	"implicit declaration" \
	"sed -i 's/^+\tif (!(ff->open_flags/+\tif (!fuse_nothing(ff->open_flags/' 0001*"

echo "1..$n"
exit $failed
