#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# dist.sh FILE.tar.gz: packs the tracked files as the last commit has them, in a
# folder called FILE. A commit always gives the same bytes. Run in the top folder.
#
# Status: 0 packed, 2 this is no checkout, 4 failed, 77 there is no git.
set -eu

out=$1
name=$(basename "$out" .tar.gz)

die() {
	status=$1
	shift
	printf 'fpbench: cannot pack the source: %s\n' "$1" >&2
	[ $# -lt 2 ] || printf 'fpbench: hint: %s\n' "$2" >&2
	exit "$status"
}

command -v git >/dev/null || die 77 "git is not installed"
# An archive that was unpacked inside of another project's checkout is not ours.
prefix=$(git rev-parse --show-prefix 2>&1) ||
	die 2 "$(pwd -P) is not a git checkout" \
	      "the archive that it came in is what \"make dist\" makes"
[ -z "$prefix" ] ||
	die 2 "$(pwd -P) is a folder in the git checkout of something else"
git diff --quiet HEAD 2>/dev/null ||
	echo "fpbench: changes that are not committed are left out" >&2

mkdir -p "$(dirname "$out")"
tmp=$out.part.$$
trap 'rm -f "$tmp" "$tmp.gz"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Neither the user's umask nor his configuration nor the time is in it.
git -c tar.umask=0022 -c core.autocrlf=false archive --format=tar \
	--prefix="$name/" -o "$tmp" HEAD || die 4 "git archive failed"
gzip -9n "$tmp"
mv "$tmp.gz" "$out"
echo "$out"
