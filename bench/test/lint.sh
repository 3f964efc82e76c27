#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What programs that read source have to say about all of ours: nothing. Each is
# skipped where it is not installed ("bench/deps/packages.sh lint"). Their settings:
# .shellcheckrc, .clang-tidy, and cppcheck.* and analyzer.suppress beside this file.
. "$(dirname "$0")/tap.sh"

# has PROGRAM
has() {
	command -v "$1" >/dev/null && return
	skip "$1" "it is not installed"
	return 1
}

files() {
	find bench daemon engines kernel-patches plots -name "$1" \
		-not -path '*/corpus/*' | sort
}

# objects TOOL: on every C file, with the options that it is compiled with.
objects() {
	rm -rf "build/lint/$1"
	status_is 0 make -s -k -j "$(nproc)" "B=build/lint/$1" CFLAGS= WERROR= \
		CC="$PWD/bench/test/lint_cc.sh $1" objects
}

# SC2154: variables that come from the environment.
# shellcheck disable=SC2046 # lists of files
if has shellcheck; then
	ok "shellcheck" status_is 0 shellcheck -S warning -e SC2154 \
		$(files '*.sh') .ci/run
fi

# shellcheck disable=SC2046 # lists of files
if has cppcheck; then
	ok "cppcheck" status_is 0 cppcheck --quiet --error-exitcode=1 -j "$(nproc)" \
		--enable=warning,performance,portability --inline-suppr \
		--suppressions-list=bench/test/cppcheck.suppress \
		--include=bench/test/cppcheck.h --library=posix --std=c11 \
		-D_GNU_SOURCE '-DFPB_VERSION=""' '-DFPFS_VERSION=""' \
		-I bench -I daemon -I engines $(files '*.c')
fi

if has clang-tidy; then
	ok "clang-tidy" objects tidy
fi

# It came with gcc 10.
if echo 'int x;' | gcc -fanalyzer -x c -c -o /dev/null - 2>/dev/null; then
	ok "gcc -fanalyzer" objects analyzer
else
	skip "gcc -fanalyzer" "gcc has none"
fi
tap_end
