#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# count.sh LOG...: the last line of "make test", from the TAP in the logs.
set -u

skipped=$(cat "$@" | grep -c '^ok.*# SKIP')
passed=$(($(cat "$@" | grep -c '^ok') - skipped))
failed=$(cat "$@" | grep -c '^not ok')
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
