#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fleet.sh HOSTS OUT STAGE: GNU parallel carries the jobs on standard input to HOSTS,
# one at a time to each. A job is a line "FILE<tab>COMMAND": COMMAND runs in a copy of
# the folder STAGE and leaves FILE there, which is brought into OUT. HOSTS are names
# for ssh, separated by commas, or a file with one a line. Which job goes where, retries
# (on another host), timeouts and the log are parallel's: OUT/joblog. The same call
# again runs what has failed or was not run.
#
#   SSH="ssh ..."	other than ssh
#
# Status: 0; 101 or less: so many jobs failed; 255: Ctrl-C, or no host. Hosts that can be
# reached keep nothing.
set -u
mkdir -p "$2" || exit 255
out=$(cd "$2" && pwd) stage=$(cd "$3" && pwd) || exit 255

"$(dirname "$0")/hosts.sh" "$1" >"$out/hosts"
cat >"$out/jobs"
away=.cache/fpbench-fleet/$(uname -n)-$$

# A host that is gone is noticed, and nobody is asked for a password.
export PARALLEL_SSH="${SSH:-ssh} -o BatchMode=yes -o ConnectTimeout=10 \
-o ServerAliveInterval=5 -o ServerAliveCountMax=3"
export PARALLEL_SHELL=/bin/sh

# A job that was told to end holds the lock until it has.
clean() {
	trap '' INT TERM
	parallel --nonall --sshloginfile "$out/hosts" --timeout 60 --tag \
		"[ ! -d $away ] || flock -w 30 $away/.lock rm -rf $away" \
		</dev/null || echo "fpbench: not every host could be reached:" \
		"$away is left there" >&2
}
trap clean EXIT
trap 'exit 255' INT TERM HUP

progress=
[ ! -t 2 ] || progress=--progress

# A job gets time to end its guests.
cd "$out" || exit 255
parallel --sshloginfile "$out/hosts" --filter-hosts --jobs 1 --retries 5 \
	--joblog "$out/joblog" --resume-failed --timeout 1000% \
	--termseq TERM,20000,KILL,25 --line-buffer $progress \
	--workdir "$away" --basefile "$stage/./." --return '{1}' \
	--colsep '\t' 'flock -s .lock sh -c {2}' :::: "$out/jobs" </dev/null
