#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# hosts.sh HOSTS: prints them, one a line: names with commas, or those in a file.
if [ -f "$1" ]; then
	grep -v '^ *\(#\|$\)' "$1"
else
	printf '%s\n' "$1" | tr ',' '\n' | grep .
fi
