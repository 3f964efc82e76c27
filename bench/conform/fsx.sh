#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fsx of a tree of xfstests: random operations on one file, compared with a copy in
# memory.

build_tree() {
	sh "$here/xfstests.sh" build "$tree"
}

list() {
	no_groups "${1:-}"
	for mode in mapped buffered direct aio uring; do
		printf '%s\n' $mode-1 $mode-2 $mode-3
	done
}

run() {
	empty_folder
	direct="-Z -R -W -r 4096 -w 4096 -t 4096 -l 1m"
	case $1 in
	mapped-*) options= ;;
	buffered-*) options="-R -W" ;;
	direct-*) options=$direct ;;
	aio-*) options="-A $direct" ;;
	uring-*) options="-U -R -W" ;;
	esac
	# shellcheck disable=SC2086 # a list of options
	exec "$tree/ltp/fsx" -q -S "${1##*-}" -N 10000 $options "$PWD/file"
}

. "$(dirname "$0")/suite.sh"
