#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# pjdfstest: TAP, beside a program that must be built.

build_tree() {
	copy=$tree
	if [ ! -x "$tree/pjdfstest" ]; then
		need autoreconf:autoconf automake:automake perl:perl
		in_cache pjdfstest "$tree"
		cd "$copy"
		[ -f configure ] || logged build.log autoreconf -ifs
		[ -f Makefile ] || logged build.log ./configure
		logged build.log make pjdfstest
	fi
	echo "$copy"
}

# shellcheck disable=SC2034 # for tap.sh
tests=$2/tests
. "$(dirname "$0")/tap.sh"
