#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What programs read: reports as JSON by their schema, as JUnit's XML, and the
# workflows of bench/ci.
. "$(dirname "$0")/tap.sh"
. bench/test/schema.sh

data=bench/test/data

# fits_or_says FILE...
fits_or_says() {
	fits "$@" || {
		sed 's/^/# /' "$out"
		return 1
	}
}

# spoiled FILTER TEXT: a report that jq has changed so does not fit, because of
# TEXT.
spoiled() {
	jq "$1" "$tmp/reports/run-duet.json" >"$tmp/spoiled.json" &&
		! fits "$tmp/spoiled.json" && says "$2"
}

mkdir "$tmp/reports"
for m in "$data"/run-*/manifest.json; do
	run=${m%/manifest.json}
	"$f" table --format json "$run" >"$tmp/reports/${run##*/}.json"
	ok "a report of ${run##*/}" [ $? -eq 0 ]
done
"$f" compare --format json "$data/run-apart-baseline" \
	"$data/run-apart-patched" >"$tmp/reports/apart.json"

why=$(no_validator)
if [ -n "$why" ]; then
	skip "the schema of the JSON" "$why"
else
	ok "every report fits the schema" fits_or_says "$tmp"/reports/*.json
	ok "so do the golden ones" fits_or_says "$data"/golden/*.json
	jq . "$tmp/reports/run-duet.json" >"$tmp/copy.json"
	ok "and a copy by jq" fits_or_says "$tmp/copy.json"
	ok "not with a new key" spoiled '.news = 1' "news"
	ok "nor one further in" spoiled \
		'.effects[0].latency = {"p95": null}' "p95"
	ok "nor one in a cell" spoiled '.cells[3].speed = 1' "speed"
	ok "nor without one" spoiled 'del(.margin)' "margin"
	ok "nor with a number as a text" spoiled \
		'.cells[0].iops.value = "many"' "many"
	ok "nor with an unknown verdict" spoiled \
		'.effects[0].verdict = "quicker"' "quicker"
	ok "nor with a share above 1" spoiled \
		'.effects[0].level = 99' "99"
	ok "nor with another schema's number" spoiled \
		'.report_schema = 3' "2 was expected"
fi

# The same report again, byte by byte: what is drawn comes from the plan's seed.
again() {
	"$f" table --format json "$data/run-duet" |
		cmp - "$tmp/reports/run-duet.json"
}
ok "a report is the same each time" again

xml() {
	python3 -c '
import sys
from xml.etree import ElementTree
suite = ElementTree.parse(sys.argv[1]).getroot()
cases = suite.findall("testcase")
failures = [c for c in cases if c.find("failure") is not None]
skipped = [c for c in cases if c.find("skipped") is not None]
assert int(suite.get("tests")) == len(cases) > 0
assert int(suite.get("failures")) == len(failures)
assert int(suite.get("skipped")) == len(skipped)
names = [(c.get("classname"), c.get("name")) for c in cases]
assert len(set(names)) == len(names)
' "$1" >"$out" 2>&1 || {
		sed 's/^/# /' "$out"
		return 1
	}
}
for run in duet flawed-cells three-kernels workloads raw-differs; do
	"$f" table --format junit "$data/run-$run" >"$tmp/junit.xml"
	ok "JUnit of $run is XML, and adds up" xml "$tmp/junit.xml"
done

# What the workflows call must exist.
yaml() {
	python3 -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))' \
		"$1" >"$out" 2>&1 || {
		sed 's/^/# /' "$out"
		return 1
	}
}
known() {
	grep -q "^$1	" bench/make/variables
}
for w in bench/ci/*.yml; do
	name=${w#bench/ci/}
	if python3 -c 'import yaml' 2>/dev/null; then
		ok "$name is YAML" yaml "$w"
	else
		skip "$name" "python3-yaml is not installed (bench/deps/packages.sh formats)"
	fi
	for v in $(sed -n 's/.*make -C fpbench bench//p' "$w" |
			grep -o '[A-Z_]*=' | tr -d =); do
		ok "$name: make knows $v" known "$v"
	done
	sed -n 's,.*build/fpbench \(table .*\) results/latest.*,\1,p' "$w" \
		>"$tmp/calls"
	ok "$name: calls table" [ -s "$tmp/calls" ]
	while read -r call; do
		# shellcheck disable=SC2086 # the workflow's words
		ok "$name: $call" status_is 0 "$f" $call "$data/run-duet"
	done <"$tmp/calls"
done
tap_end
