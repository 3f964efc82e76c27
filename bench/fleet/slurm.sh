#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A run on a cluster, as a Slurm job array: each task measures a shard on a node of its
# own, and the last job merges them. From the top of a clone on a filesystem that all
# nodes see, after "make && make kernels":
#
#   mkdir -p results
#   shards=$(sbatch --parsable --array=1-16 bench/fleet/slurm.sh --seed=7 --rounds=304)
#   sbatch --dependency=afterok:$shards bench/fleet/slurm.sh merge $shards
#
# Options are those of "fpbench run". A task that was requeued on its node goes on; on
# another node it begins anew, and what it had stays beside.
#SBATCH --job-name=fpbench
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --exclusive
#SBATCH --requeue
#SBATCH --time=01:00:00
#SBATCH --output=results/slurm-%A-%a.log
set -u
fpbench=build/fpbench

if [ "${1:-}" = merge ]; then
	exec $fpbench merge results/slurm-"$2"/*/latest
fi

# A node's memory disk has room for the guests; results go to the shared folder.
part=$SLURM_ARRAY_TASK_ID
results=results/slurm-$SLURM_ARRAY_JOB_ID/$part
if [ -e "$results/latest" ] && [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then
	$fpbench run --resume "$(readlink -f "$results/latest")"
	# Refused: another node.
	[ $? -eq 2 ] || exit
fi
exec $fpbench run -r "$results" --shard="$part/$SLURM_ARRAY_TASK_COUNT" "$@"
