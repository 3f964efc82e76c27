# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the caller, of tap.sh
# Three hosts for tests, sourced after tap.sh: h1 to h3 are network namespaces of this
# machine, with an sshd, a name, a disk and a scratch folder of their own. $SSH reaches
# them. Needs root, GNU parallel, rsync, and an sshd: SSHD names it, if it is not
# installed. Skips the test if they are missing, or a kernel of "$kernels".

sshd=${SSHD:-/usr/sbin/sshd}
id=$$
away=$HOME/.cache/fpbench-fleet
scratch=/tmp/fpbench-$(id -u)
results=$tmp/results

for c in ip unshare nsenter parallel rsync ssh zstd jq "$sshd"; do
	command -v "$c" >/dev/null || why="there is no ${c##*/}"
done
[ "$(id -u)" -eq 0 ] || why="needs root"
for k in $kernels; do
	[ -d "build/kernels/$k" ] || why="the kernel $k is not built"
done
[ -n "${why:-}" ] || ip netns add "fpb$id-0" 2>/dev/null ||
	why="no network namespaces here"
ip netns del "fpb$id-0" 2>/dev/null
if [ -n "${why:-}" ]; then
	skip "three hosts" "$why"
	tap_end
fi
needs_guests

loads=
child=
made=
down() {
	[ -z "$child" ] || kill -TERM "-$child" 2>/dev/null
	for pid in $loads; do
		kill "$pid" 2>/dev/null
	done
	for h in 1 2 3; do
		# Whatever lives there is of this test.
		for pid in $(ip netns pids "fpb$id-$h" 2>/dev/null); do
			kill -9 "$pid" 2>/dev/null
		done
		ip link del "fpb$id-$h" 2>/dev/null
		ip netns del "fpb$id-$h" 2>/dev/null
	done
	rm -rf "$tmp"
	[ -z "$made" ] || rmdir "$away"
}
trap down EXIT
trap 'exit 130' INT TERM

mkdir -p "${away%/*}" "$scratch" "$results"
mkdir "$away" 2>/dev/null && made=1
ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/hostkey"
# Root's own shell may read much before it starts.
sed '/^sshd:/d; /^root:/s,[^:]*$,/bin/sh,' /etc/passwd >"$tmp/passwd"
echo 'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin' >>"$tmp/passwd"

# up HOST MIB: with a disk of that size
up() {
	h=$1
	net=10.213.$((id % 60 * 4 + h))
	ip netns add "fpb$id-$h" || return
	ip link add "fpb$id-$h" type veth peer name eth0 netns "fpb$id-$h" &&
		ip addr add "$net.1/30" dev "fpb$id-$h" &&
		ip link set "fpb$id-$h" up || return
	ip netns exec "fpb$id-$h" ip addr add "$net.2/30" dev eth0 &&
		ip netns exec "fpb$id-$h" ip link set eth0 up &&
		ip netns exec "fpb$id-$h" ip link set lo up || return
	cat >"$tmp/sshd$h" <<-END
	Port 22
	ListenAddress $net.2
	HostKey $tmp/hostkey
	AuthorizedKeysFile $tmp/key.pub
	StrictModes no
	PermitRootLogin yes
	UsePAM no
	PidFile none
	END
	ip netns exec "fpb$id-$h" unshare --uts --mount sh -c "
		hostname h$h
		mount --bind '$tmp/passwd' /etc/passwd
		mount -t tmpfs -o size=$2m disk '$away'
		mount -t tmpfs -o mode=700 scratch '$scratch'
		mkdir -p /run/sshd
		exec '$sshd' -D -f '$tmp/sshd$h'" >"$tmp/sshd$h.log" 2>&1 &
	eval "pid$h=$!"
	cat >>"$tmp/ssh" <<-END
	Host h$h
	HostName $net.2
	User root
	IdentityFile $tmp/key
	UserKnownHostsFile $tmp/known
	StrictHostKeyChecking no
	END
}

# on HOST COMMAND...: in its namespaces, whether it can be reached or not
on() {
	eval "set -- \"\$pid$1\" \"\$@\""
	target=$1
	shift 2
	nsenter --target "$target" --mount --uts --net -- "$@"
}

# The processes of a host but its sshd.
busy() {
	ip netns pids "fpb$id-$1" | while read -r p; do
		tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null |
			grep -v "^sshd:\|^$sshd" | grep .
	done
}

idle() {
	[ -z "$(busy "$1")" ]
}

# Neither the work nor a guest has left anything.
empty() {
	left=$(on "$1" ls "$away" "$scratch") &&
		! echo "$left" | grep -v ":\$" | grep -q .
}

# begin LOG COMMAND...: in the background, as the leader $child of a process group. The
# shell has SIGINT ignored there, but a terminal has not.
begin() {
	log=$1
	shift
	env --default-signal=INT setsid "$@" >"$log" 2>&1 &
	child=$!
}

# ended: waits for it, its status is in $status.
ended() {
	wait "$child"
	status=$?
	child=
	sed 's/^/# /' "$log"
}

# run_of HOST: the process that measures there
run_of() {
	for p in $(ip netns pids "fpb$id-$1"); do
		case $(tr '\0' ' ' <"/proc/$p/cmdline") in
		"build/fpbench run "*) echo "$p"; return ;;
		esac
	done
	return 1
}

# It measures, and has a guest. Nothing to wait for once $child has ended.
measures() {
	lives "$child" || return
	run_of "$1" && on "$1" ls "$scratch" | grep -q .
}

# small_run OPTION...: the command of a small run of 12 rounds
small_run() {
	echo bench/fleet/fleet.sh bench h1,h2,h3 "$results" "'$kernels'" "$@" \
		--rounds=12 --seed=3 --numjobs=1 \
		--runtime=200ms --set sweep.ramp=20ms --set sweep.filesize=64m \
		--set device.size=320m --set guest.memory=640m \
		--set guest.cpus=2 --set sweep.repeats=0
}

# archived DIR...: the samples in the archives of parts there, sorted
archived() {
	find "$@" -name '*.tar.zst' | while read -r a; do
		zstd -dqc "$a" | tar -xOf - --wildcards '*/samples.jsonl'
	done | sort
}

# samples FILTER: of the run, as words
samples() {
	jq -r "$1 | [.round, .kernel, .target] | @csv" "$run/samples.jsonl"
}

up 1 100 && up 2 100 && up 3 100 || exit 1
export SSH="ssh -F $tmp/ssh"
for h in 1 2 3; do
	ok "host h$h answers" wait_for 10 sh -c "$SSH h$h true"
	[ "$tap_failed" -eq 0 ] || {
		sed 's/^/# /' "$tmp/sshd$h.log"
		tap_end
	}
done
