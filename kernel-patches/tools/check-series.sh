#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check-series.sh DIR...: checks the form of series of patches, without a
# kernel: each patch is as git format-patch makes it, the series file names the
# files that exist, and the cover letter describes these patches. Prints TAP.
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/linux.sh"
. "$TOP/kernel-patches/tools/series.sh"

n=0
failed=0
wrong=

# result WHAT: print a line of TAP; $wrong holds what failed, if anything did.
result() {
	n=$((n + 1))
	if [ -z "$wrong" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "$wrong" | sed '/^$/d; s/^/# /'
		failed=1
	fi
	wrong=
}

no() {
	wrong="$wrong
$1"
}

# Each line of DIR/series is "VERSION<tab>FILE", and each file is named.
check_file() {
	[ -f "$1/series" ] || return 0
	rest=$(grep -vE '^#|^$' "$1/series" | sort | uniq -d)
	[ -z "$rest" ] || no "twice: $rest"
	while read -r v f more; do
		case $v in ''|'#'*) continue ;; esac
		case " $(linux_versions) " in
		*" $v "*) ;;
		*) no "no such kernel: $v (known: $(linux_versions))" ;;
		esac
		[ -n "$f" ] || no "no file: $v"
		[ -z "$more" ] || no "more than one file: $v $f $more"
		[ -f "$1/$f" ] || no "$v: no such file: $f"
	done <"$1/series"
	for p in "$1"/*.patch; do
		case ${p##*/} in 0000-*) continue ;; esac
		grep -q "[[:space:]]${p##*/}\$" "$1/series" ||
			no "not in the series file: ${p##*/}"
	done
}

# check_mail FILE NUMBER COUNT
check_mail() {
	tag=$(patch_tag "$1" | sed 's/PATCH v[0-9]* /PATCH /')
	case $tag in
	*"PATCH $2/$3") ;;
	PATCH|RFC\ PATCH) [ "$3" -eq 1 ] || no "${1##*/}: is [$tag], not $2/$3" ;;
	*) no "${1##*/}: is [$tag], not $2/$3" ;;
	esac
	subject=$(patch_subject "$1")
	[ ${#subject} -le 75 ] || no "${1##*/}: subject of ${#subject} characters"
	body=$(git mailinfo /dev/stdout /dev/null <"$1" 2>/dev/null |
		awk '/^Author: /{exit} /^---$/{exit} {print}')
	[ -n "$body" ] || no "${1##*/}: no message"
	long=$(echo "$body" | grep -E '^.{76,}' | head -n 1) || :
	[ -z "$long" ] || no "${1##*/}: more than 75 characters: $long"
	[ -n "$(patch_files "$1")" ] || no "${1##*/}: git apply cannot read it"
	space=$(grep -nE '^\+.*[[:space:]]$' "$1" | head -n 1) || :
	[ -z "$space" ] || no "${1##*/}: space at the end of line ${space%%:*}"
}

# A diffstat without its bars, whose length depends on the options of git.
bare_stat() {
	sed -n 's/^ \([^ ]*\) *| *\([0-9]*\) [-+]*$/\1 \2/p; / files\{0,1\} changed,/p'
}

names_of_stat() {
	sed -n 's/^\([^ ]*\) [0-9]*$/\1/p' | sort -u
}

# The cover letter is of the same version, lists the subjects in order, and ends
# with their diffstat.
check_cover() {
	cover=$1
	shift
	for p; do
		[ "$(patch_version "$p")" = "$(patch_version "$cover")" ] ||
			no "its version is not that of ${p##*/}"
	done
	want=$(for p; do echo "  $(patch_subject "$p")"; done)
	got=$(awk '/^[^ ].* \([0-9]+\):$/ { on = 1; next } !NF { on = 0 } on' \
		"$cover")
	[ "$got" = "$want" ] || no "its list of patches is not that of the patches"
	want=$(cat "$@" | git -C / apply --stat --summary | bare_stat)
	got=$(bare_stat <"$cover")
	# Lines that one patch adds and the next removes count in neither.
	if [ -n "$(echo "$want" | sed 's/ .*//' | sort | uniq -d)" ]; then
		want=$(echo "$want" | names_of_stat)
		got=$(echo "$got" | names_of_stat)
	fi
	[ "$got" = "$want" ] || no "its diffstat is not that of the patches:
$want"
	! grep -q '\*\*\* ' "$cover" || no "a blank is not filled in"
}

for dir; do
	check_file "$dir"
	result "$dir/series"
	seen=
	for v in $(series_versions "$dir"); do
		# shellcheck disable=SC2046 # file names without spaces
		set -- $(series_patches "$dir" "$v")
		case $seen in *"|$*|"*) continue ;; esac
		seen="$seen|$*|"
		[ $# -gt 0 ] || no "no patches for $v"
		# Patches of another series are checked there.
		# shellcheck disable=SC2046
		set -- $(printf '%s\n' "$@" | grep -v '/\.\./')
		i=0
		for p; do
			i=$((i + 1))
			check_mail "$p" $i $#
		done
		result "$dir: the $# patches for $v"
		if [ -f "$dir/0000-cover-letter.patch" ]; then
			check_cover "$dir/0000-cover-letter.patch" "$@"
			result "$dir: cover letter"
		fi
	done
done
echo "1..$n"
exit $failed
