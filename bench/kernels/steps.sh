# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # shared with build.sh
# A kernel after each patch of a series but the last, which "patched" has.
# Sourced by build.sh, never run.

# As FPB_MAX_KERNELS in bench/guest/kernel.h, less the baseline.
steps_max=7

# Set $patches, of the series that is asked for, and $series_dir.
find_patches() {
	series_dir=$(series_dir) || exit
	patches=$(series_needed "$series_dir" "$version") || exit
}

check_steps() {
	# shellcheck disable=SC2086 # a list of files
	set -- $patches
	[ $# -le $steps_max ] ||
		usage "STEPS=: the series has $# patches, and a run compares $steps_max steps at most" \
		      "leave out patches that need no kernel of their own: join them in a copy of the series"
}

# The same before anything is fetched.
find_steps() {
	version=${KERNEL:-}
	[ -z "${KSRC:-}" ] || identify_source
	find_patches
	check_steps
}

# Print the numbers of the steps before the last.
step_numbers() {
	[ -n "${STEPS:-}" ] || return 0
	# shellcheck disable=SC2086
	set -- $patches
	seq $(($# - 1))
}

# step_link N: its name among the kernels.
step_link() {
	echo "$out/patched-$1$origin$suffix"
}

step_options() {
	for n in $(step_numbers); do
		printf ' -k patch-%d=%s' "$n" "$(step_link "$n")"
	done
}

# Print the first $1 of the patches.
first_patches() {
	# shellcheck disable=SC2086
	printf '%s\n' $patches | head -n "$1"
}

# series_name PATCH...: what the cache calls the kernel with them.
series_name() {
	echo "$what-$(key "${SERIES:+theirs}" "$base_tree" "$(cat "$@")")"
}

# step_name N: the same of the kernel with the first N.
step_name() {
	# shellcheck disable=SC2046
	series_name $(first_patches "$1")
}

all_steps_built() {
	for n in $(step_numbers); do
		built "$(step_name "$n")" || return
	done
}

# Each on top of the one before, so that what a patch touches is compiled and
# nothing else. The tree ends with all patches applied if "patched" is not built.
build_steps() {
	! all_steps_built || return 0
	unpack
	# shellcheck disable=SC2086
	at_base $patches
	for n in $(step_numbers); do
		apply_series "$(first_patches "$n" | tail -n 1)"
		built "$(step_name "$n")" || {
			compile "$(basename "$(step_link "$n")")"
			# shellcheck disable=SC2046
			list_patches $(first_patches "$n") |
				keep "$(step_name "$n")" ""
		}
	done
	if built "$name"; then
		go_to_base
	else
		apply_series "$(first_patches $((n + 1)) | tail -n 1)"
	fi
}

link_steps() {
	for n in $(step_numbers); do
		link "$tree/kernels/$(step_name "$n")" "$(step_link "$n")"
	done
}
