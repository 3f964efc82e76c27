#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # of three_hosts.sh
# What else three hosts (three_hosts.sh) can share: cases of the correctness suite,
# mutants, sessions of the calibration. The outcome is that of this machine alone. One
# host cannot take the programs, one fails at all it is given.
. "$(dirname "$0")/tap.sh"
kernels=patched
. bench/test/three_hosts.sh

# fleet KIND KERNELS OPTION...
fleet() {
	kind=$1
	shift
	bench/fleet/fleet.sh "$kind" "$hosts" "$results" "$@"
}
hosts=h1,h2,h3

left_clean() {
	for h in 1 2 3; do
		ok "$1: h$h is left idle" wait_for 60 idle $h
		ok "$1: h$h is left empty" empty $h
	done
	ok "$1: nothing is left here" [ -z "$(find "$results" -maxdepth 1 \
		-name '.*')" ]
}

# --- check --------------------------------------------------------------------------

# check STATUS EXPECTED: a kernel without counters
check() {
	CASES="eof_edge in_flight no_pdw append" FORMAT=tap status_is "$1" \
		fleet check patched --jobs=1 -k "patched,expect=$2"
}

# The reference is made where its results do no harm.
(cd "$tmp" && "$f" check --format=tap --jobs=1 -k patched,expect=shared eof_edge \
	in_flight no_pdw append) >"$tmp/one.tap" 2>/dev/null
ok "check" check 0 shared
ok "check: each host did some" grep -Eq \
	'4 of 4 parts are done: h1 [1-9], h2 [1-9], h3 [1-9]' "$out"
ok "check: the report of one machine" cmp "$tmp/one.tap" \
	"$results/latest-check/report.tap"
ok "check: its counts" grep -qx \
	"4 passed, 0 failed, 0 skipped, 0 known failures, 0 unexpected passes" \
	"$results/latest-check/report.text"
ok "check: a letter can use it" [ -s "$results/latest-check/kernels.json" ]
ok "check: consoles" [ "$(find "$results/latest-check/" -name console.log |
	wc -l)" -eq 4 ]
left_clean check
# A lie about the kernel: in_flight sees that it is not so.
ok "a case that fails fails the whole" check 1 exclusive
ok "a case that fails: is reported" grep -q '^not ok .* - in_flight on patched' "$out"
ok "a case that fails: is not tried until it passes" says "4 of 4 parts are done"
wrong() {
	CASES=nosuch status_is 2 fleet check patched
}
ok "a case that does not exist" wrong
ok "a case that does not exist: one line" one_line

# --- hosts that fail ------------------------------------------------------------------

# breaks HOST: for parts, not for a guest
awk=$(readlink -f "$(command -v awk)")
breaks() {
	on "$1" mount --bind /bin/false "$awk"
}

on 3 dd if=/dev/zero of="$away/fill" bs=1M 2>/dev/null
breaks 2
hosts="$tmp/my hosts"
printf '%s\n' "# a comment" nosuch h1 "" h2 h3 h1 >"$hosts"
ok "three hosts fail" check 0 shared
ok "three hosts fail: one does not exist" says \
	"fpbench: fleet: nosuch is left out: ssh: Could not resolve hostname"
ok "three hosts fail: one has a full disk" grep -q \
	"^fpbench: fleet: h3 is left out: .*No space left" "$out"
ok "three hosts fail: one line about each" [ "$(grep -c "nosuch\|h3" "$out")" -eq 3 ]
ok "three hosts fail: one fails at its parts" grep -q \
	"^h2 ./4: fpbench: fleet: failed with status 1" "$out"
ok "three hosts fail: so the other one does all" says \
	"4 of 4 parts are done: nosuch 0, h1 4, h2 0, h3 0"
ok "three hosts fail: the report of one machine" cmp "$tmp/one.tap" \
	"$results/latest-check/report.tap"
on 2 umount "$awk"
on 2 mount --bind /dev/null /usr/sbin/mkfs.xfs
hosts=h2
ok "a package is missing" check 4 shared
ok "a package is missing: says so" grep -q "^fpbench: fleet: h2 is left out: .*mkfs.xfs" \
	"$out"
ok "a package is missing: in one line" one_line
on 2 umount /usr/sbin/mkfs.xfs
hosts=,
ok "no host" check 2 shared
ok "no host: in one line" one_line
hosts=h1,h2,h3
breaks 2
breaks 1
ok "all hosts fail" check 4 shared
ok "all hosts fail: says so" says "4 of 4 parts failed each time"
ok "all hosts fail: what to do" says "the same command tries them again"
for h in 1 2; do
	on $h umount "$awk"
done
on 3 rm "$away/fill"
ok "and again, when they are well" check 0 shared
left_clean "hosts that fail"

# has KERNEL WHAT
has() {
	[ -d "build/kernels/$1" ] || {
		skip "$2" "the kernel $1 is not built"
		return 1
	}
}

# --- mutants --------------------------------------------------------------------------

# One that the case sees, and one that it cannot.
mutants() {
	status_is 2 make -s mutants MUTANTS="$caught $survives" CASES="$case" "$@"
}
if has check-patched mutants; then
	case=eof_edge caught=eof-not-checked survives=append-shared
	ok "mutants here" mutants
	grep -v "^make\|^  [A-Z]" "$out" >"$tmp/one"
	ok "mutants" mutants HOSTS=h1,h2,h3
	ok "mutants: one survives" says "2 mutants, 1 surviving"
	grep -v "^make\|^  [A-Z]\|^fpbench: fleet: \|^h[123] " "$out" >"$tmp/three"
	ok "mutants: the table of one machine" diff "$tmp/one" "$tmp/three"
	left_clean mutants
fi

# --- calibrate --------------------------------------------------------------------------

cp bench/test/data/session.ini "$tmp/the plan.ini"
calibrate() {
	LOAD=1 DATA="$tmp/the sessions" PLAN="$tmp/the plan.ini" status_is "$1" fleet calibrate \
		planted --sessions=3 --planted=0 --seed=7
}
if ! has planted calibrate; then
	tap_end
fi
ok "calibrate" calibrate 0
ok "calibrate: prints the table" says "False alarms: sessions of identical kernels"
ok "calibrate: 3 sessions, each once" [ "$(jq -r 'select(.kind == "identical") |
	"\(.seed) \(.block)"' "$tmp/the sessions" | sort | tr '\n' ' ')" = "7 1 7 2 7 3 " ]
ok "calibrate: each host has measured what a loop costs" [ "$(grep -c sizing \
	"$tmp/the sessions")" -ge 3 ]
left_clean calibrate
ok "calibrate: is not mixed with other sessions" calibrate 2
ok "calibrate: says how" says "the sessions need a new file (DATA=)"
tap_end
