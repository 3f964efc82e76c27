#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Programs NAME.t below a folder that print TAP: your own, or those of pjdfstest.
# $tests is the folder, unless it is the tree.

list() {
	cd "${tests:-$tree}"
	find . -name '*.t' | sed 's|^\./||; s|\.t$||' | sort |
		grep "^${1:+$1/}" || wrong "no tests${1:+ of group $1} below $PWD"
}

run() {
	program=${tests:-$tree}/$1.t
	empty_folder
	[ -x "$program" ] || exec sh "$program"
	exec "$program"
}

. "$(dirname "$0")/suite.sh"
