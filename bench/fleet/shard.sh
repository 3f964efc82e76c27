#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shard.sh I/N FILE OPTION...: measures a shard in the folder that fleet.sh filled, and
# packs what it has into FILE, also if it failed. Status: that of fpbench run.
set -u
part=$1 file=$2
shift 2
work=work.${part%/*}
rm -rf "$work" "$file"
mkdir "$work" || exit

# The end of the pipe stays to the end, for the last messages.
{
	build/fpbench run -r "$work" --shard="$part" "$@" 2>&1 >/dev/null \
		</dev/null
	echo $? >"$work/status"
} | (trap '' INT TERM; exec sed -u "s|^|$(uname -n) $part: |")

status=$(cat "$work/status")
if [ -e "$work/latest" ]; then
	build/fpbench pack -o "$file" "$(readlink -f "$work/latest")" \
		>/dev/null 2>"$work/log" || cat "$work/log" >&2
fi
rm -rf "$work"
exit "${status:-4}"
