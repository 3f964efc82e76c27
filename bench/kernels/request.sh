# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # shared with build.sh
# What is asked for by the variables that build.sh documents, and what the
# kernels are called. Sourced by build.sh, never run. Nothing here looks into a
# tree.

# Set $arch, and what the kernel calls it: $karch, the make target and $image.
request_arch() {
	case $arch in
	uml|um)
		arch=uml karch=um target=linux image=linux ;;
	x86-64|x86_64)
		arch=x86-64 karch=x86_64 target=bzImage
		image=arch/x86/boot/bzImage ;;
	*)
		usage "ARCH=$arch is neither uml nor x86-64" ;;
	esac
}

request_variant() {
	variant=${VARIANT:-plain}
	case $variant-$arch in
	plain-*|debug-*|lockstat-*|kcsan-x86-64|rt-x86-64) ;;
	kcsan-*) usage "VARIANT=kcsan: $arch has no KCSAN" "add ARCH=x86-64" ;;
	rt-*) usage "VARIANT=rt: $arch has no PREEMPT_RT" "add ARCH=x86-64" ;;
	*) usage "VARIANT=$variant is none of plain, debug, kcsan, lockstat, rt" ;;
	esac
}

# Refuse what contradicts itself.
request_source() {
	if [ -n "${KSRC:-}" ]; then
		[ -z "${KERNEL:-}" ] ||
			usage "KSRC= and KERNEL= exclude each other: the tree has a version of its own"
	elif [ -n "${BASE:-}${NEW:-}" ]; then
		usage "BASE= and NEW= are revisions of a Linux tree: add KSRC=/path/to/linux"
	else
		KERNEL=${KERNEL:-$linux_default}
	fi
	[ -z "${NEW:-}" ] || [ -n "${BASE:-}" ] ||
		usage "NEW=$NEW needs BASE=, the revision to compare it with"
	[ -z "${NEW:-}" ] || [ -z "${SERIES:-}" ] ||
		usage "NEW= and SERIES= exclude each other: both name the change"
	[ -z "${STEPS:-}" ] || [ -z "${NEW:-}" ] ||
		usage "NEW=$NEW has no steps: STEPS= needs the patches of a series" \
		      "git -C $KSRC format-patch -o DIR $BASE..$NEW, then SERIES=DIR BASE=$BASE"
	[ -z "${STEPS:-}" ] || [ -z "${NAME:-}" ] ||
		usage "STEPS= and NAME= exclude each other: NAME= is one kernel"
}

# Refuse files that do not exist; $extra is EXTRA with full paths. A link may be
# there to hide a blank in the path of what it leads to.
request_files() {
	[ -z "${EXTRA:-}${NOSERIES:-}" ] || [ -n "${NAME:-}" ] ||
		usage "EXTRA= and NOSERIES= need NAME=, the name of that kernel"
	extra=
	for p in ${EXTRA:-}; do
		[ -f "$p" ] || usage "EXTRA=$p: no such file"
		extra="$extra $(realpath -s "$p")"
	done
	for f in ${CONFIG:-}; do
		[ -f "$f" ] || usage "CONFIG=$f: no such file"
	done
}

# Print what the names say about version, architecture and variant, where
# these are not the default.
name_suffix() {
	suffix=
	[ "${KERNEL:-$linux_default}" = "$linux_default" ] || suffix=-$KERNEL
	[ "$arch" = uml ] || suffix=$suffix-$arch
	[ "$variant" = plain ] || suffix=$suffix-$variant
	echo "$suffix"
}

# Print what the names say about a tree, a series or a configuration of the
# user's: its name, and a key of all that was given, so that no two of them
# share a name. Nothing for our own.
name_origin() {
	[ -n "${KSRC:-}${SERIES:-}${CONFIG:-}" ] || return 0
	# shellcheck disable=SC2086 # CONFIG may be several files
	set -- "${KSRC:-/}" "${SERIES:-/}" ${CONFIG:-}
	named=$(realpath -m "${KSRC:-${SERIES:-$3}}")
	printf -- '-%.20s-%.6s\n' "$(basename "$named" .config |
		tr -c 'A-Za-z0-9._\n-' _)" \
		"$(key "${BASE:-}" "${NEW:-}" "$(realpath -m "$@")")"
}

# Set $origin, $suffix, $stem and $base_stem: the kernels are
# $base_stem$suffix and $stem$suffix. With NAME there is no baseline.
request_names() {
	suffix=$(name_suffix)
	origin=
	case ${NAME:-} in
	'')
		origin=$(name_origin)
		base_stem=baseline$origin
		stem=patched$origin ;;
	baseline|patched|baseline-*|patched-*)
		usage "NAME=$NAME would take the place of a kernel of a pair" ;;
	*[!A-Za-z0-9._-]*)
		usage "NAME=$NAME: only letters, digits, \".\", \"_\" and \"-\" are allowed" ;;
	*)
		base_stem=
		stem=$NAME ;;
	esac
}
