#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# share.sh KIND I N FILE WORD...: on a host, in the folder that fleet.sh filled: does
# the I-th of N parts and leaves what it came to in FILE. Each message begins with the
# host and the part. Status: 0 if FILE has all of it.
set -u
# shellcheck disable=SC2034 # the kind's
kind=$1 part=$2 parts=$3 file=$4
shift 4
. bench/fleet/words.sh
# shellcheck source=bench/fleet/bench.sh
. "bench/fleet/$kind.sh"
# shellcheck source=/dev/null
[ ! -e environment ] || . ./environment
work=work.$part

# The end of the pipe stays to the end, for the last messages.
status=$({
	{
		rm -rf "$work" "$file"
		mkdir "$work" && share "$@" >/dev/null </dev/null 3>&-
		status=$?
		echo $status >&3
		[ $status -eq 0 ] ||
			echo "fpbench: fleet: failed with status $status"
	} 2>&1 | (trap '' INT TERM
		exec sed -u "s|^|$(uname -n) $part/$parts: |" >&2)
} 3>&1)
rm -rf "$work"
# To be brought back in any case.
[ -e "$file" ] || : >"$file"
exit "${status:-4}"
