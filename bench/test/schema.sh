# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # variables of tap.sh
# Reports against the schema of the JSON: sourced after tap.sh.

schema=$PWD/bench/report/report.schema.json

# Why reports cannot be checked here, or nothing.
no_validator() {
	python3 -c 'from jsonschema import Draft202012Validator' 2>/dev/null ||
		echo "python3-jsonschema is not installed (bench/deps/packages.sh formats)"
}

# fits FILE...: each of these reports does, and the schema is one.
fits() {
	python3 -c '
import json, sys
from jsonschema import Draft202012Validator as Validator

schema = json.load(open(sys.argv[1]))
Validator.check_schema(schema)
wrong = 0
for name in sys.argv[2:]:
    for e in Validator(schema).iter_errors(json.load(open(name))):
        print("%s: %s: %s" % (name, e.json_path, e.message.splitlines()[0][:200]))
        wrong += 1
sys.exit(wrong > 0)
' "$schema" "$@" >"$out" 2>&1
}
