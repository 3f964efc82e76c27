# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # $part and $parts are share.sh's
# Sourced by fleet.sh and share.sh, never run.

# quoted WORD...: as the shell reads them again, with a blank before each
quoted() {
	for w; do
		printf " '%s'" "$(printf %s "$w" | sed "s/'/'\\\\''/g")"
	done
}

# slice FILE: the lines that are part $part of $parts
slice() {
	awk -v part="$part" -v parts="$parts" '
		{ line[NR] = $0 }
		END {
			for (i = int((part - 1) * NR / parts) + 1;
			     i <= int(part * NR / parts); i++)
				print line[i]
		}' "$1"
}
