#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kernels.sh DIR: builds the two kernels of the correctness suite and makes
# DIR/check-baseline and DIR/check-patched links to them. Both count which branch of the
# lock decision each write took. In check-patched a task can be stopped before each
# step. The environment is that of bench/kernels/build.sh, except NAME, EXTRA, NOSERIES.
#
# kernels.sh --patches: prints EXTRA of check-patched.
set -eu
# In a shell of its own: lib.sh unsets what build.sh wants to know.
TOP=$(. "$(dirname "$0")/../deps/lib.sh" && echo "$TOP")
build=$TOP/bench/kernels/build.sh
patches=$TOP/kernel-patches/test

# A series may have more counters: branches-NAME.patch.
patched="$patches/branches.patch"
more=$patches/branches-$(basename "${SERIES:-/}").patch
[ ! -f "$more" ] || patched="$patched $more"
patched="$patched $patches/points.patch"

origin=$(NAME='' EXTRA='' NOSERIES='' "$build" --origin)
[ "$1" != --patches ] || {
	echo "$patched"
	exit
}

NAME=check-baseline$origin EXTRA=$patches/branches-baseline.patch NOSERIES=1 NEW='' \
	"$build" "$1"
NAME=check-patched$origin EXTRA=$patched NOSERIES='' "$build" "$1"
