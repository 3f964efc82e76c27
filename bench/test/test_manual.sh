#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The manual's list of a plan's keys is what "fpbench list --keys" says, and its
# columns of the CSV are those that "fpbench table" writes, no more and no less.
# FPB_TEST_UPDATE=1 writes the keys anew.
. "$(dirname "$0")/tap.sh"

f=${FPBENCH:-build/fpbench}
page=bench/fpbench.1

# The keys as troff. Sections that explain nothing repeat an earlier one.
keys() {
	"$f" list --keys | awk '
	/^\[/ { section = $0; sub(/ .*/, " NAME]", section) }
	/^; / && !/^;   / { help = substr($0, 3); what = ""; next }
	/^;   like/ { entry("like = NAME"); next }
	/^;   / { what = substr($0, 5); next }
	/ = / && help { entry($0) }
	function entry(text) {
		if (section != last)
			print ".SS " section
		last = section
		print ".TP\n.B " text "\n" help "."
		if (what)
			print "Value: " what "."
		help = what = ""
	}' | sed 's/-/\\-/g'
}

# The page, up to and from the list.
before() {
	sed '/^\.\\" keys:/q' "$page"
}
after() {
	sed -n '/^\.\\" keys end/,$p' "$page"
}

keys >"$tmp/keys"
{ before; cat "$tmp/keys"; after; } >"$tmp/page"
if [ -n "${FPB_TEST_UPDATE:-}" ]; then
	cp "$tmp/page" "$page"
fi
same_page() {
	diff "$page" "$tmp/page" >"$tmp/diff" || {
		sed 's/^/# /' "$tmp/diff"
		return 1
	}
}
ok "the manual lists the keys of a plan" same_page
ok "there are some" grep -q '^\.B rounds = 14$' "$tmp/keys"
ok "of the last section, too" grep -q '^\.B pin = none$' "$tmp/keys"

"$f" table -f csv bench/test/data/run-one-kernel | head -n 1 | tr , '\n' |
	sort >"$tmp/columns"
sed -n '/^\.SS Columns of the CSV/,/^\.SH/{/^\.BR\? /p}' "$page" |
	grep -o '[a-z0-9_]*' | sort >"$tmp/described"
ok "the manual describes the columns of the CSV" \
	diff "$tmp/columns" "$tmp/described"
tap_end
