#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Our fio writes blocks with checksums in random order and verifies them, twice,
# while a second job does the same to a file of its own.

list() {
	no_groups "${1:-}"
	for engine in sync psync pvsync2 libaio io_uring; do
		printf '%s\n' $engine $engine-direct
	done
	echo mmap
}

run() {
	empty_folder
	engine=${1%-direct}
	direct=0
	[ "$engine" = "$1" ] || direct=1
	exec "$FPB_FIO" --name=verify --directory=. --numjobs=2 \
		--ioengine="$engine" --direct=$direct --iodepth=8 \
		--rw=randwrite --bsrange=4k-64k --size=16m --loops=2 \
		--verify=crc32c --verify_fatal=1 --verify_backlog=64 \
		--group_reporting
}

. "$(dirname "$0")/suite.sh"
