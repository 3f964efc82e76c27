# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # of lib.sh and linux.sh
# What can be said about a series of patches without a kernel. Sourced after
# lib.sh and linux.sh, never run.

# Print the folder of the series that is asked for: SERIES, or our own. Call it
# as dir=$(series_dir) || exit.
series_dir() {
	(cd "${SERIES:-$TOP/kernel-patches}" 2>/dev/null && pwd) ||
		usage "SERIES=${SERIES:-} is not a directory"
}

# series_versions DIR: print the versions that DIR/series has patches for, in
# the order of bench/kernels/sources; without such a file the default version.
series_versions() {
	if [ ! -f "$1/series" ]; then
		echo "$linux_default"
		return
	fi
	for v in $(linux_versions); do
		! grep -q "^${v}[[:space:]]" "$1/series" || echo "$v"
	done
}

# series_patches DIR VERSION: print the files, in order.
series_patches() {
	if [ -f "$1/series" ]; then
		awk -v v="$2" -v dir="$1" '$1 == v { print dir "/" $2 }' \
			"$1/series"
	else
		find "$1" -maxdepth 1 -name '*.patch' -not -name '*0000-*' | sort
	fi
}

# series_needed DIR VERSION: the same, and refuse a series that has no patches
# for VERSION or names one that does not exist. Call it as
# patches=$(series_needed DIR VERSION) || exit.
series_needed() {
	needed=$(series_patches "$1" "$2")
	if [ -z "$needed" ] && [ -f "$1/series" ]; then
		usage "$1/series has no patches for Linux $2"
	elif [ -z "$needed" ]; then
		usage "there are no patches in SERIES=$1"
	fi
	for p in $needed; do
		[ -f "$p" ] || usage "$1/series names $p: no such file"
		[ -n "$(patch_files "$p")" ] || usage "$p is not a patch"
	done
	echo "$needed"
}

# patch_tag FILE: print what its subject has in brackets, such as "PATCH v4 1/2".
patch_tag() {
	git mailinfo -k /dev/null /dev/null <"$1" 2>/dev/null |
		sed -n 's/^Subject: \[\([^]]*\)\].*/\1/p'
}

# patch_version FILE: print its number n if it is "PATCH vn"; nothing if not.
patch_version() {
	patch_tag "$1" | sed -n 's/.*PATCH v\([0-9]*\).*/\1/p'
}

# patch_subject FILE: print its subject, unfolded, without "[PATCH n/m]"; the
# name of a file that is not a mail.
patch_subject() {
	s=$(git mailinfo /dev/null /dev/null <"$1" 2>/dev/null |
		sed -n 's/^Subject: //p')
	echo "${s:-${1##*/}}"
}

# patch_files FILE...: print which files they touch. Outside of a repository:
# git takes the folder that it runs in for a part of the paths.
patch_files() {
	cat "$@" | git -C / apply --numstat 2>/dev/null | cut -f 3 | sort -u
}
