#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench exec in a real guest: its streams, its ends, and a busy host.
. "$(dirname "$0")/tap.sh"
needs_guests

ok "a command's status" status_is 7 "$f" exec -- sh -c 'exit 7'
ok "a command that is not there" status_is 127 "$f" exec -- nosuch
ok "a fresh XFS" status_is 0 "$f" exec -- sh -c 'stat -f -c %T "$FPB_XFS"'
ok "a fresh XFS: it is one" says xfs
ok "what a shell makes of <(...) is there" status_is 0 "$f" exec -- bash -c \
	'grep -q x <(echo x)'
ok "debugfs and tracefs are there" status_is 0 "$f" exec -- \
	ls /sys/kernel/debug/bdi /sys/kernel/tracing/events/fuse
ok "a kernel gets its parameters" status_is 0 "$f" exec \
	-k 'other=patched,append=fpb.a=1,2 fuse.enable_uring=0' -- sh -c \
	'grep -o "fpb.a=1,2" /proc/cmdline &&
	 cat /sys/module/fuse/parameters/enable_uring'
ok "a kernel gets its parameters: and ours give way" sh -c \
	"tr '\n' ' ' <'$out' | grep -qx 'fpb.a=1,2 N '"
echo hi | "$f" exec -- cat >"$out" 2>&1
ok "standard input is passed" says hi
head -c 3000000 /dev/urandom >"$tmp/bytes"
"$f" exec -- cat <"$tmp/bytes" >"$tmp/copy" 2>"$out"
ok "three megabytes come back as they went" cmp "$tmp/bytes" "$tmp/copy"
"$f" exec -- sh -c 'echo one; echo two >&2' </dev/null >"$tmp/1" 2>"$tmp/2"
ok "standard output is standard output" grep -qx one "$tmp/1"
ok "standard error is standard error" grep -qx two "$tmp/2"
ok "what reads no more ends the command" sh -c \
	"timeout 60 '$f' exec -- yes </dev/null | head -n 1 | grep -qx y"

# A terminal by script(1), which answers for one.
if command -v script >/dev/null; then
	printf 'tty; exit 3\n' | script -qec "$f exec -- sh" /dev/null \
		>"$out" 2>&1
	ok "a shell at a terminal: its status" [ $? -eq 3 ]
	ok "a shell at a terminal: it has one" says /dev/pts/
else
	skip "a shell at a terminal" "script is not installed"
fi
ok "--gdb" status_is 0 "$f" exec --gdb -- true
ok "--gdb: how to attach" says "gdb -ex"

ok "--timeout: status 4" status_is 4 "$f" exec --timeout=5s -- sleep 600
ok "--timeout: says so" says "timed out after 5 s"
kept=$(kept_logs)
ok "--timeout: the logs are kept" [ -s "$kept/console.log" ]
ok "clean" status_is 0 "$f" clean
ok "clean: the logs are gone" [ ! -e "$kept" ]

ok "a guest cannot change the host's files" withstands "$f" exec --
ok "a guest cannot change the host's files: it tried by hostfs" \
	says "got at it: hostfs"
if no_namespaces true 2>/dev/null; then
	ok "a guest that could: status 77" status_is 77 no_namespaces "$f" exec true
	ok "a guest that could: says so" says \
		"cannot confine guests: cannot make a mount namespace: "
	ok "a guest that could: in one line" one_line
	ok "a guest that could: what to raise" says "hint: raise user.max_user_namespaces"
	ok "a guest that may" status_is 0 no_namespaces "$f" exec \
		--set guest.confine=0 true
	no_namespaces "$f" doctor >"$out"
	ok "doctor knows" says "missing  what keeps guests from writing to your files: "
	ok "doctor knows the way without" says "guest.confine=0"
else
	skip "a guest that could" "no user namespaces for us"
fi

ok "a device of another type" status_is 0 "$f" exec --set device.type=loop \
	-- sh -c 'df "$FPB_XFS"'
ok "a device of another type: it is one" says /dev/loop

# where PID: the CPUs of each thread of the guest that PID runs, then of the
# programs in it.
where() {
	kernel=$(pgrep -P "$1" -x linux) || return
	sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$kernel/task"/*/status
	for program in $(pgrep -P "$kernel"); do
		sed -n 's/^Cpus_allowed_list:\t/program /p' \
			"/proc/$program/status"
	done | sort -u
}

is_pinned() {
	lives "$1" || return
	[ "$(where "$1" | tr '\n' ' ')" = "0 1 program 0-1 " ]
}

pinned() {
	wait_for 600 is_pinned "$1" || {
		where "$1" | sed 's/^/# /'
		return 1
	}
}

if taskset -c 0,1 true 2>/dev/null; then
	"$f" exec --set guest.cpus=2 --set guest.pin=0,1 -- sleep 600 \
		>/dev/null 2>&1 </dev/null &
	ok "each CPU of a guest on its own, its programs on any" pinned $!
	kill $!
	wait
else
	skip "each CPU of a guest on its own" "CPUs 0 and 1 are not for us"
fi

# The guest gets an eleventh of a CPU, and is not taken for one that hangs.
pids=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	taskset -c 0 sh -c 'while :; do :; done' &
	pids="$pids $!"
done
ok "a busy host is no guest that hangs" status_is 0 "$f" exec \
	--set guest.pin=0 --silence=1s -- true
# shellcheck disable=SC2086 # a list of processes of ours
kill $pids
wait
ok "nothing is left behind" no_traces "$guests"
tap_end
