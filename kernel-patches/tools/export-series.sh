#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# export-series.sh OUT: writes a series as mails that can be sent, into the
# folder OUT: numbered, with the cover letter, against one kernel. They are from
# and signed off by user.name and user.email of git, and of the version that the
# cover letter has.
#
#   SERIES=DIR	in place of kernel-patches/
#   KERNEL=7.2	which of bench/kernels/sources (default 7.3)
#   CREDIT="Suggested-by: NAME <ADDRESS>"	a trailer of each patch
#   FORMAT_PATCH="-v5 --rfc"	more options of git format-patch
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/linux.sh"
. "$TOP/kernel-patches/tools/series.sh"
. "$TOP/bench/kernels/worktree.sh"

mkdir -p "$1"
out=$(cd "$1" && pwd)
version=${KERNEL:-$linux_default}
series_dir=$(series_dir) || exit
for p in "$out"/*.patch; do
	[ ! -e "$p" ] || usage "$out already has patches in it" "give another folder: OUT=DIR"
done

for key in user.name user.email; do
	git config $key >/dev/null || usage "git has no $key to sign off with" \
		"git config --global $key VALUE"
done
who="$(git config user.name) <$(git config user.email)>"

patches=$(series_needed "$series_dir" "$version") || exit
# shellcheck disable=SC2086 # a list of files
set -- $patches
deb=$(linux_deb "$version") || exit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# As the user: the mails are from them.
git_work() {
	git_fixed -C "$work" "$@"
}

# git needs only the files that the patches touch. tar complains about those that
# a patch creates.
say UNPACK "$(basename "$deb" _all.deb): what the series touches"
patch_files "$@" | sed 's|^|linux-source-*/|' >"$work/files"
echo 'linux-source-*/Makefile' >>"$work/files"
linux_unpack "$deb" "$work" --wildcards --no-wildcards-match-slash \
	-T "$work/files" 2>/dev/null || :
rm "$work/files"
release=$(makefile_version <"$work/Makefile")

git_work init -q -b series
git_work add -A
git_work commit -q -m "Linux $release"
git_work tag base
# The lines that mark what "make cover-letter" fills in are not for the mails.
unmarked() {
	sed '/^\[fpbench: .*\]$/d' "$1"
}

for p; do
	unmarked "$p" | git_work am -q ||
		die "${p##*/} does not apply to Linux $release" \
		    "make check-patches KERNEL=$version shows why"
	git_work -c trailer.where=start commit -q --amend --reset-author \
		--no-edit -s ${CREDIT:+--trailer "$CREDIT"}
done

# The cover letter, without the list of patches: git makes a new one.
cover=$series_dir/0000-cover-letter.patch
cover_options=
if [ -f "$cover" ]; then
	{
		patch_subject "$cover"
		echo
		unmarked "$cover" | git mailinfo /dev/stdout /dev/null |
			awk '/^[^ ].* \([0-9]+\):$/ || /^Author: / { exit }
				{ print }' | cat -s
		echo "Based on Linux $release."
	} >"$work/.git/cover"
	git_work config branch.series.description "$(cat "$work/.git/cover")"
	reroll=$(patch_version "$cover")
	cover_options="--cover-letter --cover-from-description=subject ${reroll:+-v$reroll}"
fi
# shellcheck disable=SC2086 # options, or none
git_work format-patch -q -n $cover_options ${FORMAT_PATCH:-} -o "$out" base

echo "For Linux $release, signed off by $who:"
for p in "$out"/*.patch; do
	echo "  $p"
done
echo "scripts/get_maintainer.pl in a Linux tree prints the recipients."
[ -n "${SERIES:-}${CREDIT:-}" ] ||
	echo "They credit nobody but you, and v1 to v3 are by Russ Fellows: see CREDIT= in kernel-patches/README.md."
