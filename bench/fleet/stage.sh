#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# stage.sh STAGE "KERNEL..." [FILE...]: makes the folder STAGE for fleet.sh, with all
# that a job needs of this clone: programs, these kernels of build/kernels, and FILEs,
# as real files at the places where they are here.
set -eu
stage=$1 kernels=$2
shift 2
rm -rf "$stage"
mkdir -p "$stage/build/deps/fio" "$stage/build/kernels"
cp -L build/fpbench build/fpfs build/fpbench-engine.so "$stage/build"
cp -L build/deps/fio/fio "$stage/build/deps/fio"
for k in $kernels; do
	cp -rL "build/kernels/$k" "$stage/build/kernels"
done
for f; do
	mkdir -p "$stage/$(dirname "$f")"
	cp -L "$f" "$stage/$f"
done
