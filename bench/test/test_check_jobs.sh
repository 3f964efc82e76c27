#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The correctness suite in several guests at once, in kernels without its
# counters, and whether guests are left behind when it is interrupted or killed.
. "$(dirname "$0")/tap.sh"
needs_guests

cd "$tmp" || exit 1

check() {
	"$f" check "$@" 2>>"$tmp/log"
}

two_run() {
	lives "$pid" || return
	[ "$(cat results/*/*/*/console.log 2>/dev/null | wc -c)" -gt 0 ] &&
		[ "$(pgrep -c -P "$pid")" -eq 2 ]
}

# start_check NAME: starts two guests that run for long.
start_check() {
	rm -rf results
	"$f" check --jobs=2 --time=300 differential >/dev/null 2>>"$tmp/log" &
	pid=$!
	ok "$1: two guests run" wait_for 600 two_run
}

check --jobs=1 --format=tap eof_edge append h4_append_cleared >one
check --jobs=2 --format=tap eof_edge append h4_append_cleared >two
ok "--jobs=2 and --jobs=1: the same report" cmp one two
ok "the report has every case in both kernels" grep -qx 1..6 two

check -k baseline,expect=exclusive -k patched,expect=shared --format=tap \
	in_flight no_pdw >three
ok "kernels without counters" [ $? -eq 0 ]
ok "kernels without counters: no case is skipped" sh -c '! grep SKIP three'
ok "kernels without counters: every case passes" sh -c '[ "$(grep -c ^ok three)" -eq 4 ]'

start_check "Ctrl-C"
kill -INT $pid
wait $pid
ok "Ctrl-C: status 130" [ $? -eq 130 ]
ok "Ctrl-C: nothing is left behind" no_traces "$guests"

gone() {
	for p; do
		! kill -0 "$p" 2>/dev/null || return
	done
}

# Killed outright: the guests are its children, and end with it.
start_check "kill -9"
children=$(pgrep -P $pid)
kill -KILL $pid
wait $pid 2>/dev/null
# shellcheck disable=SC2086 # a list
ok "kill -9: the guests end" wait_for 60 gone $children
guests_end "$guests"
ok "kill -9: clean" status_is 0 "$f" clean
ok "kill -9: nothing is left behind" no_traces "$guests"

tap_end
