#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# try.sh BACKEND KERNEL: on a host, in the folder that fleet.sh filled: boots a guest.
# If that fails it prints why, in one line. Leaves no logs. Status: that of fpbench exec.
set -u
log=try.log
build/fpbench exec -b "$1" -k "$2" true >$log 2>&1 </dev/null && exit
status=$?
head -n 1 $log
rm -rf "$(sed -n 's/.*see the logs in \([^ ]*\).*/\1/p' $log)"
exit $status
