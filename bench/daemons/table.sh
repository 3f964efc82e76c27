#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# table.sh RUN: a Markdown table of a run of many targets: a line for each, with
# its ratios to raw and which way the data went.
set -eu

fpbench=${B:-build}/fpbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Of the samples that count: what became of reads and writes of data.
jq -rs 'map(select(.daemon and .status == "ok")) | group_by(.target)[] |
	[.[0].target, if any(.daemon.read + .daemon.write > 0) then "daemon"
		elif all(.daemon.evidence | IN("tracepoint", "daemon"))
		then "passthrough" else "-" end] | @tsv' \
	"$1/samples.jsonl" >"$tmp/ways"
"$fpbench" table --format csv "$1" >"$tmp/csv"

awk -F'\t' '
	FILENAME ~ /ways$/ { way[$1] = $2; next }
	FNR == 1 { FS = ","; next }
	function cell() {
		if ($11 == "")
			return $6 == "ok" || $6 == "partial" ? "-" : $6
		if ($12 == "")
			return sprintf("%.3g", $11)
		return sprintf("%.3g [%.3g, %.3g]", $11, $12, $13)
	}
	{
		column = $4 ($5 > 1 ? ", " $5 " jobs" : "")
		if (!(column in seen_column)) {
			seen_column[column] = 1
			columns[++ncolumns] = column
		}
		if ($2 != "raw" && !($2 in seen)) {
			seen[$2] = 1
			targets[++ntargets] = $2
		}
		value[$2, column] = $2 == "raw" ? \
			sprintf("%d", $8) : cell()
	}
	function line(name, way_of) {
		printf "| %s | %s |", name, way_of
		for (i = 1; i <= ncolumns; i++)
			printf " %s |", value[name, columns[i]]
		print ""
	}
	END {
		printf "| daemon | data |"
		for (i = 1; i <= ncolumns; i++)
			printf " %s |", columns[i]
		printf "\n|---|---|"
		for (i = 1; i <= ncolumns; i++)
			printf "---|"
		print ""
		for (t = 1; t <= ntargets; t++)
			line(targets[t], targets[t] in way ? \
				way[targets[t]] : "-")
		line("raw", "IOPS")
	}' "$tmp/ways" "$tmp/csv"
jq -r '"\nLinux \(.kernels[0].release), \(.kernels[0].patches | length) patches, in \(.backend.name) with \(.backend.cpus) CPUs; \(.ended.rounds // .plan.rounds) rounds; \(.created[:10])"' \
	"$1/manifest.json"
