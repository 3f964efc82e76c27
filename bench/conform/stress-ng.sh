#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# stress-ng as it is packaged: each stressor of a class is a test.

list() {
	need stress-ng:stress-ng
	stress-ng --class "${1:-filesystem}?" |
		sed -n "s/^class '.*' stressors: *//p" | tr ' ' '\n' | grep . ||
		wrong "stress-ng has no class ${1:-filesystem}"
}

run() {
	empty_folder
	status=0
	case $1 in
	iomix) set -- "--$1" 2 --iomix-bytes 128m ;;	# not 1 GiB
	*) set -- "--$1" 2 ;;
	esac
	stress-ng --temp-path "$PWD" --timeout "${FPB_TIME}s" --verify \
		--log-file /run/stress-ng.log "$@" || status=$?
	# What it does not support is a success for it, or a failure.
	! grep -q "No stress workers invoked" /run/stress-ng.log || exit 77
	case $status in
	3|4) exit 77 ;;		# no resources, or not implemented
	esac
	exit $status
}

. "$(dirname "$0")/suite.sh"
