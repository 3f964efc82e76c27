#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fsstress of a tree of xfstests: random operations by several processes. It does
# not check what it reads: what it finds are hangs, and complaints of the kernel.

build_tree() {
	sh "$here/xfstests.sh" build "$tree"
}

list() {
	no_groups "${1:-}"
	seq 1 5
}

run() {
	empty_folder
	"$tree/ltp/fsstress" -d "$PWD" -s "$1" -p 4 -n 2000
	# All that is there can be listed, and removed.
	find . >/dev/null
	rm -rf ./*
	[ -z "$(ls -A)" ]
}

. "$(dirname "$0")/suite.sh"
