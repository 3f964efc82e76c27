#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# "fpbench turns": what it does after each boot of a machine that only seems to
# boot. core/turns.c decides; its unit test has the stories.
. "$(dirname "$0")/tap.sh"

d=$tmp/turns
mkdir "$d"
# turns_ini RELEASE-OF-A: boots are noted. No session succeeds: there is no plan.
turns_ini() {
	cat >"$d/turns.ini" <<-END
		[turns]
		plan = none.ini
		[kernel A]
		release = $1
		boot = echo A >>$d/boots && true
		[kernel B]
		release = other
		boot = false
	END
}
boots() {
	paste -sd ' ' "$d/boots" 2>/dev/null
}

turns_ini "$(uname -r)"
ok "a dry run" status_is 0 "$f" turns -n "$d"
ok "says what comes" says "Next: boot A: echo A"
ok "and does nothing" [ -z "$(boots)" ]
ok "the first boot" status_is 0 "$f" turns "$d"
ok "is A's" [ "$(boots)" = A ]
ok "a session that fails, and the next boot" status_is 0 "$f" turns "$d"
ok "names the plan" says "cannot read plan $d/none.ini"
ok "is A's again" [ "$(boots)" = "A A" ]
ok "its failure is kept" grep -q '"event":"end".*"status":2' "$d/turns.jsonl"
printf '{"event":"boo' >>"$d/turns.jsonl"
ok "a second one ends it, over a torn line" status_is 4 "$f" turns "$d"
ok "and says why" says "kernel A failed 2 times"
ok "and no kernel is booted" [ "$(boots)" = "A A" ]

rm "$d/turns.jsonl" "$d/boots"
turns_ini not-here
ok "another machine: the first boot" status_is 0 "$f" turns "$d"
ok "did not bring A up; again" status_is 0 "$f" turns "$d"
ok "which is all that happens" [ "$(boots)" = "A A" ]
ok "the third time it ends" status_is 4 "$f" turns "$d"
ok "and stays so" status_is 4 "$f" turns "$d"

# While somebody else works in the folder, as a unit does.
exec 9<"$d"
flock 9
cp "$d/turns.jsonl" "$tmp/log"
refused "another one at work" 4 "another fpbench turns works in $d" turns "$d"
echo '{"event":"boot","kernel":"B"}' >>"$d/turns.jsonl"
ok "a look meanwhile" status_is 0 "$f" turns -n "$d"
ok "says what the other does" says "Now: B boots"
exec 9<&-
cp "$tmp/log" "$d/turns.jsonl"

rm "$d/turns.jsonl"
sed -i 's/^boot = echo.*/boot = false/' "$d/turns.ini"
ok "a command that fails" status_is 4 "$f" turns "$d"
ok "is named" says "the command that boots A failed: false"
echo '{"event":"end","kernel":"A"}' >"$d/turns.jsonl"
refused "a log that makes no sense" 2 "turns.jsonl:1: not a step" turns "$d"
echo sessions >"$d/turns.ini"
refused "a file that makes no sense" 2 "turns.ini: line 1: neither" turns "$d"
refused "no file" 2 "cannot read $tmp/nothing/turns.ini: No such file" \
	turns "$tmp/nothing"
refused "no folder" 2 "needs a folder" turns
ok "the example can be read" sh -c 'mkdir "$1/e" && cp bench/turns/turns.ini "$1/e" &&
	"$0" turns -n "$1/e" >"$1/out" && grep -q "Next: boot baseline" "$1/out"' "$f" "$tmp"
tap_end
