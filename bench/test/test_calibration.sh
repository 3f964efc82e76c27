#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The sessions of "make calibrate-verdicts" for real, but two small ones: they
# are kept, an interrupted one is run again, and nothing is left behind.
. "$(dirname "$0")/tap.sh"
needs_guests

plan=bench/test/data/session.ini

# The first of these is what a loop costs, then come three of five sessions.
some() {
	grep "\"load\":$1" bench/test/data/calibration.jsonl | head -4 |
		sed 's/"rounds":9/"rounds":2/'
}
some false >"$tmp/quiet"
some true >"$tmp/loaded"

# sessions FILE
sessions() {
	PLAN=$plan bench/calibration/sessions.sh planted "$1" \
		--sessions=1
}
# lines N FILE
lines() {
	[ "$(wc -l <"$2")" -eq "$1" ]
}
# Of the script and its load: their command lines name the file.
no_process() {
	! pgrep -a -f "sessions.sh planted $tmp"
}

ok "what comes next" status_is 0 "$f" calibration --next=planted \
	--sessions=1 "$tmp/quiet"
ok "what comes next: two are left" says "2 left, set 1: slowdown of 5 %, 10 %"
ok "what comes next: how to run them" says \
	" -k plain=planted -k slower-5=planted,append=fuse.plant_loops="
ok "some slowdowns only" status_is 0 "$f" calibration --next=planted \
	--sessions=1 --planted=0,10 "$tmp/quiet"
ok "some slowdowns only: one is left" says "1 left, set 1: slowdown of 10 %"
ok "a slowdown that does not exist" status_is 2 "$f" calibration \
	--next=planted --planted=0,3 "$tmp/quiet"
ok "a slowdown twice" status_is 2 "$f" calibration \
	--next=planted --planted=0,0 "$tmp/quiet"
ok "a part that does not exist" status_is 2 "$f" calibration \
	--next=planted --part=4/3 "$tmp/quiet"
ok "a run of something else is refused" status_is 2 "$f" calibration \
	--sessions=1 --add=bench/test/data/run-duet "$tmp/quiet"
ok "a run of something else: no line" lines 4 "$tmp/quiet"

LOAD=1 PLAN=$plan bench/calibration/sessions.sh planted "$tmp/loaded" \
	--sessions=1 >"$out" 2>&1 &
pid=$!
session_begins() {
	lives "$pid" || return
	[ -e "$tmp/loaded.runs/latest" ]
}
ok "a session begins" wait_for 600 session_begins
ok "a second call waits for the first one's end" status_is 2 sessions \
	"$tmp/loaded"
kill -TERM $pid
wait $pid
ok "interrupted: status 130" [ $? -eq 130 ]
ok "interrupted: no session is kept" lines 4 "$tmp/loaded"
ok "interrupted: the load ends" no_process
ok "interrupted: no run is left" [ ! -e "$tmp/loaded.runs" ]
ok "interrupted: nothing is left behind" no_traces "$guests"

ok "two sessions" status_is 0 sessions "$tmp/quiet"
ok "two sessions: the table is printed" says "Power: sessions with a planted"
ok "two sessions: they are kept" lines 6 "$tmp/quiet"
# How many samples a busy machine loses is not known.
ok "two sessions: with their samples" [ "$(tail -n 2 "$tmp/quiet" |
	jq 'select(.rounds == 2 and .samples + .lost > 0 and .effect.n <= 2
		and [.rows[].numjobs] == [1])' -c | wc -l)" -eq 2 ]
ok "two sessions: no run is left" [ ! -e "$tmp/quiet.runs" ]
ok "nothing is run again" status_is 0 sessions "$tmp/quiet"
ok "nothing is run again: no line" lines 6 "$tmp/quiet"
ok "a session that cannot run" status_is 2 env BACKEND=nosuch \
	PLAN="$plan" bench/calibration/sessions.sh planted \
	"$tmp/fails" --sessions=1
ok "a session that cannot run: says which" says \
	"the run (set 1: cost of the planted loop) ended with status 2"
ok "a session that cannot run: its log is kept" \
	grep -q nosuch "$tmp/fails.log"
ok "a session that cannot run: nothing else" [ ! -e "$tmp/fails.runs" ]
head -n 5 "$tmp/quiet" | sed 's/"rounds":2/"rounds":3/; s/,"crc":"[^"]*"//' >"$tmp/other"
ok "a session of another plan is refused" status_is 2 sessions "$tmp/other"
ok "a session of another plan: says so" says "has 2 rounds, the sessions"
ok "a session of another plan: no line" lines 5 "$tmp/other"
ok "files are put together" status_is 0 "$f" calibration "$tmp/quiet" \
	"$tmp/loaded"
ok "the same file twice is refused" status_is 2 "$f" calibration \
	"$tmp/quiet" "$tmp/quiet"
ok "the same file twice: says where" says "$tmp/quiet:2: duplicate of $tmp/quiet:2"
ok "the same file twice: says how to avoid it" says "hint: use another SEED="
echo '{"schema":1' >>"$tmp/quiet"
ok "a damaged line is refused" status_is 2 "$f" calibration "$tmp/quiet"
ok "a damaged line: says where" says "$tmp/quiet:7:"
tap_end
