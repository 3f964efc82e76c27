#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A run that is killed at a random moment and resumed has the samples of one that
# was not, each once: KILLS runs (5), killed at moments that SEED says. Every second one
# has kernels in turns, which write several lines at once. And what a run has kept is
# on the disk before it goes on.
. "$(dirname "$0")/tap.sh"
needs_guests

seed=${SEED:-$(date +%s)}

small="--rounds=1 --numjobs=1,2 --regimes=cpu --runtime=50ms --seed=1
	--set sweep.ramp=10ms --set sweep.filesize=16m --set device.size=320m
	--set guest.memory=1g --set sweep.load_limit=0"

# sweep PAIRING RESULTS: "auto" is the default.
sweep() {
	# shellcheck disable=SC2086 # a list of options
	"$f" run --results "$2" $small --set "sweep.pairing=$1"
}

cell='"\(.kernel) \(.round) \(.regime) \(.target) \(.numjobs)"'

# cells RUN: of the samples, whatever came of them, in order; one twice is there twice.
# A busy machine may take slices from a try of a step. All of the step, of both kernels if
# they take turns, is then measured again, at once or by a resume: the try counts only
# if there is no other.
cells() {
	jq -rs --arg pairing "$(jq -r .plan.pairing "$1/manifest.json")" '
		($pairing == "duet") as $duet |
		def spoilt: .status == "lost" or ($duet and
			.kernel == "patched" and (has("duet") | not));
		group_by([.round, .regime, .numjobs, if $duet then 0 else .kernel end])[] |
		group_by([.attempt, (.seq / 1000 | floor)]) |
		(map(select(any(spoilt) | not)) | add) // last |
		map('"$cell"')[]' "$1/samples.jsonl" | sort
}

# has_all RUN: those that a run of the same pairing has which nobody killed.
has_all() {
	[ -s "$tmp/all-$pairing" ] && cells "$1" >"$tmp/cells" &&
		cmp -s "$tmp/cells" "$tmp/all-$pairing" || {
		diff "$tmp/all-$pairing" "$tmp/cells" | sed 's/^/# /'
		sed 's/^/# /' "$1/boots.jsonl"
		return 1
	}
}

# not_good RUN: its samples that have failed or are lost, as on a loaded machine. A run
# that is resumed does not try again what has failed.
not_good() {
	jq -r "select(.status != \"ok\") |
		\"\($cell): \(.status): \(.reason)\"" "$1/samples.jsonl"
}

# shown RUN STATUS: it ends with that status because of samples that it shows, none of
# which has a number; with 0 if all are good.
shown() {
	not_good "$1" | sed 's/^/# /'
	not_good "$1" >>"$tmp/not_good"
	[ "$2" -eq 0 ] && return
	[ "$2" -eq 4 ] && [ -n "$(not_good "$1")" ] &&
		jq -es 'map(select(.status != "ok" and .status != "invalid" and
			has("iops"))) == []' "$1/samples.jsonl" >/dev/null && return
	echo "# status $2"
	sed 's/^/# /' "$out"
	return 1
}

: >"$tmp/not_good"
for pairing in separate auto; do
	whole=$tmp/whole-$pairing
	start=$(date +%s%N)
	sweep $pairing "$whole" >"$out" 2>&1 </dev/null
	ok "$pairing: a run" shown "$whole/latest" $?
	echo $((($(date +%s%N) - start) / 1000000)) >"$tmp/ms-$pairing"
	cells "$whole/latest" >"$tmp/all-$pairing"
	ok "$pairing: every sample is there" [ "$(wc -l <"$tmp/all-$pairing")" -eq 8 ]

	# A kill in the midst of a write; what is before the cut may be of the same step.
	truncate -s -9 "$whole/latest/samples.jsonl"
	"$f" run --resume "$whole/latest" >"$out" 2>&1 </dev/null
	ok "$pairing: a line is cut short: resume" shown "$whole/latest" $?
	ok "$pairing: a line is cut short: so is its step" says "leaving out"
	ok "$pairing: a line is cut short: each sample is there once" \
		has_all "$whole/latest"
done

for i in $(seq "${KILLS:-5}"); do
	pairing=separate
	[ $((i % 2)) -eq 1 ] || pairing=auto
	results=$tmp/killed
	rm -rf "$results"
	at=$(awk -v seed="$seed" -v i="$i" -v ms="$(cat "$tmp/ms-$pairing")" 'BEGIN {
		srand(seed + i); printf "%.3f", rand() * ms / 1000 }')
	# shellcheck disable=SC2086 # a list of options
	"$f" run --results "$results" $small --set "sweep.pairing=$pairing" \
		>"$out" 2>&1 </dev/null &
	sleep "$at"
	kill -KILL $! 2>/dev/null
	wait $! 2>/dev/null
	guests_end "$guests"
	what="$pairing, killed after $at s (SEED=$seed, $i)"
	run=$(readlink -f "$results/latest") && [ -e "$run" ] || run=
	if [ -n "$run" ]; then
		"$f" run --resume "$run" >"$out" 2>&1 </dev/null
		ok "$what: resume" shown "$run" $?
	else
		what="$what, before the run had a name"
		sweep $pairing "$results" >"$out" 2>&1 </dev/null
		ok "$what: another one" shown "$results/latest" $?
		run=$results/latest
	fi
	ok "$what: each sample is there once" has_all "$run"
done
# On a machine that is loaded throughout they may be many.
echo "# $(wc -l <"$tmp/not_good") of $(((${KILLS:-5} + 2) * 8)) samples are not good"
"$f" clean >/dev/null
ok "nothing is left behind" no_traces "$guests"

# The harness alone: a guest under strace takes minutes.
if command -v strace >/dev/null; then
	# shellcheck disable=SC2086 # a list of options
	traced() {
		strace -y -o "$tmp/trace" -e trace=openat,fsync "$f" run \
			--results "$tmp/traced" $small --set sweep.pairing=separate
	}
	traced >"$out" 2>&1 </dev/null
	ok "under strace" shown "$tmp/traced/latest" $?
	for name in samples boots; do
		opened=$(grep -c "$name\.jsonl\", O_WRONLY|O_CREAT|O_APPEND" \
			"$tmp/trace")
		flushed=$(grep -c "^fsync(.*/$name\.jsonl>) *= 0" "$tmp/trace")
		ok "each line of $name.jsonl is flushed: $opened" [ \
			"$opened" -gt 0 -a "$flushed" -eq "$opened" ]
	done
	ok "and the names of the run's files" grep -q \
		"^fsync(.*/traced/[0-9-]*-uml>) *= 0" "$tmp/trace"
else
	skip "what is kept is flushed" "strace is not installed"
fi
tap_end
