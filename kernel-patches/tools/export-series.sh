#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# export-series.sh OUT: writes a series as mails that can be sent, into the
# folder OUT: numbered, with the cover letter, made against one kernel, from
# and signed off by who git says that you are.
#
#   SERIES=DIR	in place of kernel-patches/
#   KERNEL=7.2	which of bench/kernels/sources (default 7.3)
#   FORMAT_PATCH="-v2 --rfc"	more options of git format-patch
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/linux.sh"
. "$TOP/kernel-patches/tools/series.sh"
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_OBJECT_DIRECTORY

mkdir -p "$1"
out=$(cd "$1" && pwd)
version=${KERNEL:-7.3}
series_dir=$(cd "${SERIES:-$TOP/kernel-patches}" 2>/dev/null && pwd) ||
	usage "SERIES=${SERIES:-} is not a directory"
for p in "$out"/*.patch; do
	[ ! -e "$p" ] || usage "$out already has patches" "OUT= another folder"
done

for key in user.name user.email; do
	git config $key >/dev/null || usage "git has no $key to sign off with" \
		"git config --global $key ..."
done
who="$(git config user.name) <$(git config user.email)>"

# shellcheck disable=SC2046 # file names without spaces
set -- $(series_patches "$series_dir" "$version")
[ $# -gt 0 ] || usage "$series_dir has no patches for Linux $version"
deb=$(linux_deb "$version") || exit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
git_work() {
	git -C "$work" -c commit.gpgsign=false -c core.hooksPath=/dev/null "$@"
}

# What the patches touch is all of the tree that git has to know; of new files
# tar says that there are none.
say UNPACK "$(basename "$deb" _all.deb): what the series touches"
patch_files "$@" | sed 's|^|linux-source-*/|' >"$work/files"
echo 'linux-source-*/Makefile' >>"$work/files"
linux_unpack "$deb" "$work" --wildcards --no-wildcards-match-slash \
	-T "$work/files" 2>/dev/null || :
rm "$work/files"
release=$(awk '$1 == "VERSION" { v = $3 } $1 == "PATCHLEVEL" { v = v "." $3 }
	$1 == "SUBLEVEL" { print v "." $3; exit }' "$work/Makefile")

git_work init -q -b series
git_work add -A
git_work commit -q -m "Linux $release"
git_work tag base
for p; do
	git_work am -q "$p" || die "${p##*/} does not apply to Linux $release" \
		"make check-patches KERNEL=$version shows why"
	git_work commit -q --amend --reset-author --no-edit -s
done

# The cover letter, without the list of patches that git makes anew.
cover=$series_dir/0000-cover-letter.patch
cover_options=
if [ -f "$cover" ]; then
	{
		patch_subject "$cover"
		echo
		git mailinfo /dev/stdout /dev/null <"$cover" |
			awk '/^[^ ].* \([0-9]+\):$/ || /^Author: / { exit } { print }'
		echo "Based on Linux $release."
	} >"$work/.git/cover"
	git_work config branch.series.description "$(cat "$work/.git/cover")"
	cover_options="--cover-letter --cover-from-description=subject"
fi
# shellcheck disable=SC2086 # options, or none
git_work format-patch -q -n $cover_options ${FORMAT_PATCH:-} -o "$out" base

echo "For Linux $release, signed off by $who:"
for p in "$out"/*.patch; do
	echo "  $p"
done
echo "scripts/get_maintainer.pl in a Linux tree says whom to send them to."
