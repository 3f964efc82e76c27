#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# lint_cc.sh tidy|analyzer OPTION...: in the place of a compiler, has clang-tidy, or
# the analyzer of gcc, look at the file that is to be compiled with these options.
tool=$1
shift
source='' object='' last=''
for word; do
	case $word in
	*.c) source=$word ;;
	esac
	[ "$last" != -o ] || object=$word
	last=$word
done

# What analyzer.suppress has for the file, as options.
suppressed() {
	while read -r files checks; do
		# shellcheck disable=SC2254 # a pattern
		case $source in
		$files) for check in $checks; do echo "-Wno-analyzer-$check"; done ;;
		esac
	done <"$(dirname "$0")/analyzer.suppress"
}

# shellcheck disable=SC2046 # options
[ "$tool" = tidy ] || exec gcc "$@" -O2 -fanalyzer -Werror $(suppressed)
out=$(clang-tidy --quiet --warnings-as-errors='*' "$source" -- "$@" 2>&1) &&
	exec touch "$object"
printf '%s\n' "$out" >&2
exit 1
