# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What can be said of a series of patches without a kernel. Sourced after
# lib.sh and linux.sh, never run.

# series_versions DIR: the versions that DIR/series has patches for, in the
# order of bench/kernels/sources; without such a file the default kernel.
series_versions() {
	if [ ! -f "$1/series" ]; then
		echo 7.3
		return
	fi
	for v in $(linux_versions); do
		! grep -q "^${v}[[:space:]]" "$1/series" || echo "$v"
	done
}

# series_patches DIR VERSION: the files, in order.
series_patches() {
	if [ -f "$1/series" ]; then
		awk -v v="$2" -v dir="$1" '$1 == v { print dir "/" $2 }' \
			"$1/series"
	else
		find "$1" -maxdepth 1 -name '*.patch' -not -name '*0000-*' | sort
	fi
}

# patch_subject FILE: unfolded, without its [PATCH n/m]
patch_subject() {
	git mailinfo /dev/null /dev/null <"$1" 2>/dev/null |
		sed -n 's/^Subject: //p'
}

# patch_files FILE...: what they touch. git takes the place where it runs in a
# repository for a part of the paths.
patch_files() {
	cat "$@" | git -C / apply --numstat 2>/dev/null | cut -f 3 | sort -u
}
