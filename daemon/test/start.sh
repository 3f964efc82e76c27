#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Each system call of the daemon's main thread fails once, from main() to the end,
# by strace. Either the mount works and ends without a trace, or fpfs says why not
# and ends with an error; no mount and no process is left. FPFS names the program.
set -eu

skip() {
	echo "1..0 # SKIP $1"
	exit 77
}

if [ -z "${FPB_MOUNTS:-}" ]; then
	command -v strace >/dev/null || skip "no strace (Debian: strace)"
	strace -o /dev/null true || skip "strace does not work here"
	exec "$(dirname "$0")/on-xfs.sh" 512M "$0"
fi

# None of these can fail, and who calls them relies on it.
never=" exit_group futex getegid geteuid getgid getpid getuid rt_sigprocmask umask "
# What takes the mount away at the end: it stays, and fpfs says so.
stays=" statx umount2 "

fpfs=$FPB_MOUNTS/fpfs	# so that its processes are known by their program
src=$FPB_MOUNTS/xfs/dir
mnt=$FPB_MOUNTS/mnt
log=$FPB_MOUNTS/log
ready=$FPB_MOUNTS/ready
said=$FPB_MOUNTS/said
cp "${FPFS:-$(dirname "$0")/../../build/fpfs}" "$fpfs"
mkdir "$src"
echo text >"$src/f"

# Their processes, one a line.
running() {
	find /proc -maxdepth 2 -name exe -lname "$fpfs" 2>/dev/null |
		cut -d / -f 3
}

# patient COMMAND...: until it succeeds, 20 seconds at most
patient() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || return 1
		sleep 0.05
	done
}

is_ready() { grep -q READY "$ready"; }
is_over() { is_ready || ! kill -0 "$pid" 2>/dev/null; }
# mountpoint(1) does not see a mount whose daemon has ended.
is_mounted() { grep -q " $mnt " /proc/self/mountinfo; }
is_idle() { [ -z "$(running)" ]; }

# one WHERE STRACE-OPTIONS: start and end the daemon. What is wrong is in $why.
one() {
	where=$1
	shift
	why=
	: >"$ready"
	strace -D -q -o "$log" "$@" "$fpfs" $where --ready-fd=3 "$src" "$mnt" \
		3>"$ready" >/dev/null 2>"$said" </dev/null &
	pid=$!
	patient is_over || why="it neither gets ready nor ends"
	works=0
	if is_ready; then
		[ "$(cat "$mnt/f" 2>&1)" != text ] || works=1
		if [ -n "$where" ]; then
			kill -TERM $pid 2>/dev/null || :
		else
			umount "$mnt" 2>/dev/null || :
		fi
	fi
	patient is_idle || why="${why:+$why; }it does not end"
	! is_idle || { status=0; wait $pid || status=$?; }
	if is_mounted; then
		left=1
		umount -l "$mnt"
	else
		left=0
	fi
	if [ -n "$why" ]; then
		for p in $(running); do
			kill -KILL "$p" 2>/dev/null || :
		done
		wait $pid || :
	elif [ $status -eq 0 ] && [ $works -eq 0 ]; then
		why="status 0, but the mount does not work"
	elif [ $status -ge 4 ]; then
		why="status $status"
	elif [ $status -ne 0 ] && ! grep -q "^fpfs: " "$said"; then
		why="status $status without a message"
	elif [ $left -eq 1 ] && [ $status -eq 0 ]; then
		why="a mount is left without a message"
	elif [ $left -eq 1 ]; then
		why="a mount is left"
	fi
}

one_without_fault() {
	one "$1"
	[ -n "$why" ] || [ $status -ne 3 ] || skip "this kernel has no passthrough"
	[ -z "$why" ] && [ $status -eq 0 ] || {
		echo "not ok 1 - without a fault: ${why:-status $status}"
		cat "$said"
		exit 1
	}
}

# all WHERE: each call that the log has from main() on fails once, and one more of
# its kind, since a thread that is quicker than in the log may cause one
all() {
	calls=$(awk -v never="$never" '
		/^getuid/ { main = 1 }
		match($0, /^[a-z0-9_]+\(/) {
			call = substr($0, 1, RLENGTH - 1)
			n[call]++
			if (main && !index(never, " " call " "))
				print call ":" n[call]
			ours[call] = main
		}
		END {
			for (call in ours)
				if (ours[call] && !index(never, " " call " "))
					print call ":" n[call] + 1
		}' "$log")
	for c in $calls; do
		total=$((total + 1))
		one "$1" -e "inject=${c%:*}:error=EIO:when=${c#*:}"
		case $stays in
		*" ${c%:*} "*) ! is_ready || [ "$why" != "a mount is left" ] || why= ;;
		esac
		[ -n "$why" ] || continue
		wrong=$((wrong + 1))
		echo "# ${1:-background}, $c: $why"
		{ cat "$said"; tail -n 8 "$log"; } | sed 's/^/#   /'
	done
}

total=0
wrong=0
one_without_fault -f
if grep EBADF "$log"; then
	echo "# a descriptor is used once it is closed"
	wrong=1
fi
all -f
one_without_fault ""
all ""
[ $wrong -eq 0 ] || printf 'not '
echo "ok 1 - $total calls of start and end fail, and the daemon works or says why not"

stays_up=
for where in -f ""; do
	{
		# Until the reader has gone.
		(trap '' PIPE; while echo; do sleep 0.1; done) 2>/dev/null
		status=0
		"$fpfs" $where --ready-fd=3 "$src" "$mnt" 3>&1 >/dev/null \
			2>"$said" </dev/null || status=$?
		echo $status >"$log"
	} | :
	patient is_idle && ! is_mounted && [ "$(cat "$log")" -eq 1 ] &&
		grep -q "^fpfs: cannot report" "$said" || stays_up=yes
done
[ -z "$stays_up" ] || printf 'not '
echo "ok 2 - nobody reads that it is ready, and it ends with an error"
echo 1..2
[ $wrong -eq 0 ] && [ -z "$stays_up" ]
