#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# build.sh DIR: builds the baseline and the patched kernel and makes
# DIR/baseline and DIR/patched links to them.
#
#   KERNEL=7.2	a version in bench/kernels/sources (default: 7.3)
#   ARCH=x86-64	for QEMU (default: uml, which is User-Mode Linux)
#   VARIANT=debug|kcsan|lockstat|rt	one more fragment of bench/kernels/
#   CONFIG="FILE..."	and fragments of the user's
#   KSRC=TREE	this Linux tree in place of Debian's: the tracked files as they
#		are now if it is a git checkout, else all files
#   KSRC=TREE BASE=REV NEW=REV	the two kernels are two revisions of the tree;
#		without NEW the series is applied to BASE
#   SERIES=DIR	these patches (DIR/*.patch, or what DIR/series says for the
#		version) in place of kernel-patches/
#   STEPS=1	and a kernel after each patch but the last, DIR/patched-1 and so on
#   NAME=NAME	build one kernel and call it NAME; there is no baseline
#   EXTRA="FILE..."	with NAME: patches on top of the series
#   NOSERIES=1	with NAME: EXTRA alone, without the series
#
# And for rebuild.sh:
#
#   SOURCE_DEB="NAME [SHA256]"	this package of Debian's, no newer one
#   WHOLE_CONFIG=FILE	a .config in place of all fragments
#   CARRY=0	without kernel-patches/um/
#
# Another version, architecture or variant is part of the name:
# patched-6.17-x86-64-debug. So is another source, series or configuration,
# by the name of its folder or file and six digits that stand for all of KSRC,
# BASE, NEW, SERIES and CONFIG: patched-linux-1f0c3e. The same values always
# give the same name, and the plain names are never anything but ours.
#
# build.sh --options DIR: prints the options of fpbench that choose this pair.
# build.sh --suffix: prints what follows "baseline" or "patched" in the names.
# build.sh --origin: prints the part of it that stands for KSRC, SERIES, CONFIG.
#
# Status: 0 built, 2 what is asked for is wrong, 4 failed, 77 a package or room
# on the disk is missing. The links of a pair are changed together or not at all.
#
# One tree is kept for each source and configuration, built as baseline. The
# other kernels are made from the same objects: patches are applied, what they
# touch is rebuilt, and the tree goes back to the baseline.
arch=${ARCH:-uml}
. "$(dirname "$0")/../../bench/deps/lib.sh"
. "$TOP/bench/kernels/linux.sh"
. "$TOP/kernel-patches/tools/series.sh"
. "$TOP/bench/kernels/worktree.sh"
. "$TOP/bench/kernels/request.sh"
. "$TOP/bench/kernels/source.sh"
. "$TOP/bench/kernels/compile.sh"
. "$TOP/bench/kernels/describe.sh"
. "$TOP/bench/kernels/steps.sh"

print=
case $1 in
--options|--suffix|--origin)
	print=$1
	shift ;;
esac
out=${1:-}

request_arch
request_variant
request_source
request_names
case $print in
--options)
	[ -z "${NAME:-}" ] ||
		usage "NAME= is for \"make kernels\" alone" \
		      "build/fpbench run -k NAME runs that kernel"
	[ -z "${STEPS:-}" ] || find_steps
	[ -z "$origin$suffix${STEPS:-}" ] ||
		echo "-k baseline=$out/$base_stem$suffix$(step_options)" \
		     "-k patched=$out/$stem$suffix"
	exit ;;
--suffix)
	echo "$origin$suffix"
	exit ;;
--origin)
	echo "$origin"
	exit ;;
esac
request_files
if [ "$arch" = x86-64 ] &&
   ! echo '#include <gelf.h>' | gcc -E - >/dev/null 2>&1; then
	echo "fpbench: a kernel for x86-64 needs Debian's libelf-dev to be built" >&2
	exit 77
fi

identify_source
patches=
if [ -z "$new_tree" ] && [ -z "${NOSERIES:-}" ]; then
	find_patches
fi
[ -z "${STEPS:-}" ] || check_steps
wanted=$(wanted_options)
find_carried

# shellcheck disable=SC2086 # a list of files
tree=$CACHE/linux-$arch-$(key "$source_id" "$(gcc -dumpfullversion)" \
	"$wanted" "$(cat /dev/null $carried)")
src=$tree/src
gitdir=$src/.git
log=$tree/build.log
lock "$(basename "$tree")"

# --- which kernels ----------------------------------------------------------

[ "$kind" != git ] || unpack
base_name=baseline
[ "$kind" != git ] || base_name=baseline-$(key "$base_carries")
# In build.json: what all kernels of one source and configuration share, and no
# others.
same_source=${tree##*/}/$base_name
# And what tells a source and configuration of the user's from others on every
# architecture; Debian's package with our configuration has its checksum.
source_key=
if [ "$kind" != debian ] || [ -n "${CONFIG:-}" ]; then
	# shellcheck disable=SC2086 # may be several files
	source_key=$(key "${base_tree:-$source_id}" "$(cat /dev/null ${CONFIG:-})")
fi

# How parallel writes must take the inode lock; nothing if we cannot know,
# because the source or the series is not ours.
base_expect=
[ "$kind" != debian ] || base_expect=exclusive
expect=
# shellcheck disable=SC2086 # lists of files
set -- $patches $extra
what=${NAME:-patched}
if [ -n "$new_tree" ]; then
	# shellcheck disable=SC2086
	name=$what-$(key "$base_carries" "$new_carries" "$(cat /dev/null $extra)")
elif [ $# -eq 0 ]; then
	name=$base_name
else
	name=$(series_name "$@")
	[ "$kind" != debian ] || [ -n "${SERIES:-}$extra${NOSERIES:-}" ] ||
		expect=shared
fi

# --- building them ----------------------------------------------------------

# Patches that do not apply are found before anything is compiled.
if ! built "$name"; then
	unpack
	at_base "$@"
	apply_change
fi
if ! built "$base_name"; then
	unpack
	at_base
	if [ ! -e "$tree/.configured" ] || [ "$kind" = git ]; then
		configure
		touch "$tree/.configured"
	fi
	compile "baseline$origin$suffix"
	keep "$base_name" "$base_expect" </dev/null
	built "$name" || apply_change
fi
[ -z "${STEPS:-}" ] || build_steps
if ! built "$name"; then
	compile "$stem$suffix"
	list_change "$@" | keep "$name" "$expect"
	go_to_base
fi
keep_patches "$name" "$@"

[ -z "${STEPS:-}" ] || link_steps
[ -z "$base_stem" ] || link "$tree/kernels/$base_name" "$out/$base_stem$suffix"
link "$tree/kernels/$name" "$out/$stem$suffix"
[ -z "$origin" ] ||
	say KERNELS "$base_stem$suffix and $stem$suffix in $out"
