#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# mount-san.sh: the short form of the mount tests with a daemon that has sanitizers in
# it: FPFS, by default the one with AddressSanitizer. Leaks are found when it ends.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
export FPFS="${FPFS:-$here/../../build/san-address,undefined/fpfs}"
# Which of them it is, the tests know by its variable.
case $FPFS in
*san-thread*) export TSAN_OPTIONS="suppressions=$here/tsan.supp" ;;
*) export LSAN_OPTIONS="suppressions=$here/lsan.supp" ;;
esac
exec "$here/run-mount-tests.sh" -q
