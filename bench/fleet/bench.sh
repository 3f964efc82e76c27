#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# bench.sh HOSTS RESULTS "KERNEL..." OPTION...: a run on several machines. OPTIONs are
# those of "fpbench run", KERNELs the folders in build/kernels that it boots. Programs
# and kernels go to the HOSTS (fleet.sh), shards come back, and fpbench merge makes
# one run of them, whose path is printed. Without --rounds or a plan it has for each
# host as many rounds as a run on one. After Ctrl-C, or if shards have failed, the same
# command goes on. Environment:
#
#   PLAN=FILE JOB=FILE	files that OPTIONs name, which are brought, too
#
# Status: as of fpbench merge; 4 if shards have failed.
set -u
trap 'exit 130' INT TERM HUP
here=$(dirname "$0")
hosts=$1 results=$2 kernels=$3
shift 3
fpbench=build/fpbench

# The same call has the same folder, and so the same seed and log.
fleet=$results/.fleet-$(printf '%s\n' "$hosts" "$@" | cksum | cut -d ' ' -f 1)
stage=$fleet/stage
mkdir -p "$fleet" || exit
nhosts=$("$here/hosts.sh" "$hosts" | wc -l)
[ -s "$fleet/seed" ] || od -An -N4 -tu4 /dev/urandom | tr -d ' ' >"$fleet/seed"

# Later options go before earlier ones.
grep -qs '^seed' "${PLAN:-}" || set -- --seed="$(cat "$fleet/seed")" "$@"

# Files of the user's have names of their own there.
for o; do
	shift
	case $o in
	"${PLAN:-/}") o=plan.ini ;;
	"--job=${JOB:-/}") o=--job=job.fio ;;
	esac
	set -- "$@" "$o"
done

"$here/stage.sh" "$stage" "$kernels" "$here/shard.sh" || exit
[ -z "${PLAN:-}" ] || cp "$PLAN" "$stage/plan.ini" || exit
[ -z "${JOB:-}" ] || cp "$JOB" "$stage/job.fio" || exit

# Whatever is wrong with the options is said here, once.
top=$PWD
plan() {
	(cd "$stage" && "$top/$fpbench" run --dry-run --shard=1/1 "$@") \
		>"$fleet/plan" || exit
	rounds=$(sed -n 's/^rounds = //p' "$fleet/plan")
}
plan "$@"
case "${PLAN:-} $*" in
" "*--rounds=*|[!\ ]*) ;;
*)	set -- --rounds=$((rounds * nhosts)) "$@"
	plan "$@" ;;
esac
nkernels=$(grep -c '^round 1: boot' "$fleet/plan")

# Some for each host, so that fast ones take more, and little is lost with one.
n=$((4 * nhosts))
most=$(((rounds + nkernels - 1) / nkernels))
[ $n -le $most ] || n=$most
words=
for o; do
	words="$words '$(printf %s "$o" | sed "s/'/'\\\\''/g")'"
done
i=0
while [ $i -lt $n ]; do
	i=$((i + 1))
	printf '%s\t%s\n' "$i.tar.zst" "$here/shard.sh $i/$n $i.tar.zst$words"
done | "$here/fleet.sh" "$hosts" "$fleet" "$stage"
status=$?
[ $status -ne 255 ] || exit 4
[ $status -eq 0 ] || echo "fpbench: $status of $n shards failed ($fleet/joblog);" \
	"the same command tries them again" >&2

set --
for i in $(seq $n); do
	[ ! -f "$fleet/$i.tar.zst" ] || set -- "$@" "$fleet/$i.tar.zst"
done
run=$("$fpbench" merge -r "$results" "$@") || exit
echo "$run"
[ $status -eq 0 ] || exit 4
# They have what boots left, which the run has not.
rm -rf "$stage"
mv "$fleet" "$results/.shards-$(basename "$run")"
