#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# help.sh MAKEFILE...: prints the targets in these files and the variables.

echo "make TARGET [VARIABLE=VALUE]..."
echo
sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  \1\t\2/p' "$@" | sort | expand -t 24
# The comment at the top is not for here.
sed '1,/^$/d' "$(dirname "$0")/variables" | awk -F'\t' '
	/^# / { print "\n" substr($0, 3) }
	NF == 3 { printf "  %-30s%s\n", $1 "=" $2, $3 }'
