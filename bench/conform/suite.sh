# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the scripts of the suites have in common. Each defines list() and run(),
# and build_tree() if it must be built, and sources this at its end:
#
#	SUITE.sh build TREE		prints the folder that holds the built tree
#	SUITE.sh list TREE [GROUP]	prints the names of its tests
#	SUITE.sh run TREE TEST		runs one in the guest: see bench/agent/tests.h
#
# Status 77: it cannot be done here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

# no TEXT HINT
no() {
	echo "fpbench: $1" >&2
	echo "fpbench: hint: $2" >&2
	exit 77
}

wrong() {
	echo "fpbench: $1" >&2
	exit 2
}

# need WHAT:PACKAGE...: commands, and headers, whose names have a dot. All that is
# missing is named at once.
need() {
	missing=
	packages=
	for pair; do
		what=${pair%:*}
		case $what in
		*.h) ! echo "#include <$what>" | gcc -E - >/dev/null 2>&1 ;;
		*) ! command -v "$what" >/dev/null ;;
		esac || continue
		missing="${missing:+$missing, }$what"
		packages="$packages ${pair#*:}"
	done
	[ -z "$missing" ] || no "not installed: $missing" "apt-get install$packages"
}

no_groups() {
	[ -z "${1:-}" ] || wrong "conform: --group=$1: this suite has no groups"
}

# Each test begins in an empty folder of what is tested.
empty_folder() {
	mkdir "$FPB_MNT/test.$$"
	cd "$FPB_MNT/test.$$"
}

# in_cache NAME TREE: a copy of the user's tree, which is only read, to build in;
# $copy is its folder. Built files stay if the tree is as it was.
in_cache() {
	# shellcheck source=bench/deps/lib.sh
	. "$here/../deps/lib.sh"
	need rsync:rsync
	copy=$CACHE/$1-$(key "$2")
	lock "$1"
	say BUILD "$copy"
	mkdir -p "$copy"
	rsync -a --exclude=/.git "$2/" "$copy/"
}

word=$1
tree=$2
shift 2
case $word in
build) if command -v build_tree >/dev/null; then build_tree; else echo "$tree"; fi ;;
list) list "$@" ;;
run) run "$1" ;;
esac
