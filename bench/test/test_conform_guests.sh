#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench conform in real guests: stress-ng, and a suite of our own whose tests fail
# in every way that a test can.
. "$(dirname "$0")/tap.sh"

# --- what is refused -------------------------------------------------------------

refused "a suite that is not there" 2 'unknown suite "xfs"' conform --suite xfs
refused "a suite without its tree" 2 "--suite pjdfstest=DIR" \
	conform --suite pjdfstest
refused "a tree that is not there" 2 "No such file" \
	conform --suite tap=/nonexistent
refused "a tree for a suite that has none" 2 "stress-ng needs no tree" \
	conform --suite stress-ng=/tmp
refused "a group of a suite that has none" 2 "this suite has no groups" \
	conform --suite fio -g quick
refused "a command that mounts nowhere" 2 "must be a command with {mnt}" \
	conform --fs 'bindfs {source}'
refused "a pattern that fits nothing" 2 "no tests left to run" \
	conform --suite fio 'nosuch*'
mkdir -p "$tmp/same/a"
for t in a/b a-b; do
	echo "echo 1..0" >"$tmp/same/$t.t"
done
refused "two tests with one log" 2 "both would print to test-a-b.log" \
	conform -l --suite "tap=$tmp/same"
refused "the running kernel" 2 "boots no guest" conform -b host --suite fio

# All that a suite needs and that is not there is named at once.
mkdir "$tmp/few" "$tmp/tree"
for c in sh dirname; do
	ln -s "$(command -v $c)" "$tmp/few/$c"
done
# lacks SUITE TEXT
lacks() {
	ok "$1 without what it needs: status 77" status_is 77 \
		env PATH="$tmp/few" "$f" conform -l --suite "$1=$tmp/tree"
	ok "$1 without what it needs: says what" says "not installed: $2"
	ok "$1 without what it needs: in one line" one_line
}
lacks pjdfstest "autoreconf, automake, perl"
lacks xfstests "autoconf, automake, libtoolize, xfs/xfs.h, uuid/uuid.h"

needs_guests

# --- a suite of our own ----------------------------------------------------------

suite=$tmp/suite
mkdir -p "$suite/a"
# test_t NAME: standard input is a test of one subtest, after its plan.
test_t() {
	{ echo 'echo 1..1'; cat; } >"$suite/$1.t"
}
test_t a/passes <<-'EOT'
	echo data >file && grep -q data file && echo ok
	EOT
test_t b-differs <<-'EOT'
	[ "$FPB_SIDE" = raw ] && echo ok || echo "not ok - it is a mount"
	EOT
test_t c-both <<-'EOT'
	echo not ok
	EOT
test_t d-hangs <<-'EOT'
	[ "$FPB_SIDE" = raw ] || sleep 600
	echo ok
	EOT
test_t e-kills-daemon <<-'EOT'
	[ "$FPB_SIDE" = raw ] || kill -KILL $(pgrep fpfs)
	echo ok
	EOT
test_t f-ends-guest <<-'EOT'
	[ "$FPB_SIDE" = raw ] ||
		perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
	echo ok
	EOT
test_t g-wedges-daemon <<-'EOT'
	[ "$FPB_SIDE" = raw ] || kill -STOP $(pgrep fpfs)
	stat -f . >/dev/null && echo ok
	EOT
test_t h-is-empty <<-'EOT'
	ls -A | grep -q . && echo not ok || echo ok
	EOT
printf 'echo "1..0 # SKIP not here"\n' >"$suite/i-skips.t"

test_t j-prints <<-'EOT'
	[ "$FPB_SIDE" = raw ] || { head -c 65m /dev/zero; sleep 60; }
	echo ok
	EOT

cat >"$tmp/known" <<-'EOF'
	# what is known
	tap/b-differs	a mount is a mount
	tap/h-is-empty	it never was
	tap/d-hangs	a known failure does not excuse it
	EOF

# line TEXT: a line of the report begins so.
line() {
	grep -q -e "^$1" "$tmp/report" || {
		sed 's/^/# /' "$tmp/report"
		return 1
	}
}

ok "tests that fail in every way: status 1" status_is 1 "$f" conform \
	--suite "tap=$suite" --known "$tmp/known" --deadline=20s -f tap \
	-o "$tmp/report"
ok "each side is counted: raw" says "  raw   8 pass, 1 fail, 1 skip"
ok "each side is counted: the mount" says "  mount 2 pass, 7 fail, 1 skip"
ok "one that passes" line "ok 1 - tap/a/passes on patched$"
ok "one that is known" \
	line "not ok 2 - tap/b-differs on patched # TODO a mount is a mount"
ok "one that fails on both" line "ok 3 - tap/c-both on patched # SKIP not ok"
ok "one that hangs" line "not ok 4 - tap/d-hangs on patched$"
ok "one that hangs: says so" line "# fail: timed out after 20 s"
ok "one that kills the daemon" line "not ok 5 - tap/e-kills-daemon on patched$"
ok "one that kills the daemon: says so" \
	line "# fail: target fs: "
ok "one that ends the guest" line "not ok 6 - tap/f-ends-guest on patched$"
ok "one that ends the guest: says so" line "# fail: guest exited early"
ok "one that stops the daemon and waits for it" \
	line "not ok 7 - tap/g-wedges-daemon on patched$"
ok "one that stops the daemon: says so" \
	line "# fail: target fs: its daemon does not answer"
ok "those after it go on, and one passes that is known to fail" \
	line "ok 8 - tap/h-is-empty on patched # TODO it never was"
ok "one that skips" line "ok 9 - tap/i-skips on patched # SKIP"
ok "one that prints without end" line "not ok 10 - tap/j-prints on patched$"
ok "one that prints without end: says so" line "# fail: printed more than 64 MiB"
dir=$(realpath results/latest-conform)
ok "the report in all formats" test -s "$dir/report.text" -a \
	-s "$dir/report.junit" -a -s "$dir/report.tap"
ok "the text has what differs" grep -q \
	"^tap/b-differs patched: KNOWN FAILURE" "$dir/report.text"
ok "and not what passes" sh -c "! grep -q tap/a/passes '$dir/report.text'"
ok "the output of each test is kept" grep -q "it is a mount" \
	"$dir/mount-000/test-b-differs.log"

printf 'tap/[c-gj]*	# all that fail\n' >"$tmp/exclude"
ok "an unexpected pass: status 3" status_is 3 "$f" conform \
	--suite "tap=$suite" --known "$tmp/known" -E "$tmp/exclude"
ok "an unexpected pass: says so" says "UNEXPECTED PASS"
ok "on raw only what fails: status 3" status_is 3 "$f" conform --raw-failed \
	--suite "tap=$suite" --known "$tmp/known" -E "$tmp/exclude"
ok "on raw only what fails: says so" \
	says "tap: 4 tests; raw XFS ran only those that failed on the mount"
ok "on raw only what fails: counts it" says "  raw   1 pass, 0 fail, 0 skip"
ok "on raw only what fails: that is known" says "raw passes"
ok "a command of the user's: status 0" status_is 0 "$f" conform \
	--suite "tap=$suite" --fs '{fpfs} --mode=copy {source} {mnt}' a/passes
printf 'echo 1..1; echo not ok\n' >"$suite/a/passes.t"
ok "it is told apart from raw" status_is 0 "$f" conform \
	--suite "tap=$suite" a/passes
ok "it is told apart from raw: says so" says "raw fails, too"
printf 'echo 1..1; echo not ok\n' >"$suite/a/fails.t"
ok "tests that all fail on raw" status_is 0 "$f" conform \
	--suite "tap=$suite" 'a/*'
ok "tests that all fail on raw: says that they prove nothing" \
	says "tap proves nothing: no test passes on raw XFS"
ok "a daemon that does not start: status 4" status_is 4 "$f" conform \
	--suite "tap=$suite" --fs 'false {mnt}' a/passes
ok "a daemon that does not start: says why" says "ended with status 1"

# A daemon that does not start in the second guest, whose first test is the second.
mkdir "$tmp/three"
for t in b-next c-last; do
	printf 'echo 1..1\necho ok\n' >"$tmp/three/$t.t"
done
cp "$suite/b-differs.t" "$tmp/three/a-differs.t"
cat >"$tmp/starts-not" <<-'EOT'
	share=$(tr '\0' '\n' </proc/1/environ | sed -n 's/^.*=hostfs://p')
	[ "$(basename "$(readlink -f "$share")")" != mount-001 ] || exit 1
	exec "$@"
	EOT
ok "a daemon that does not start once more: status 1" status_is 1 "$f" conform \
	--suite "tap=$tmp/three" --fs "sh $tmp/starts-not {fpfs} {source} {mnt}" \
	-f tap -o "$tmp/report"
ok "it is tried twice" says "no test ran, so the guest is booted again: target fs: "
ok "then it is the next test's failure" line "not ok 2 - tap/b-next on patched$"
ok "and the one after it goes on" line "ok 3 - tap/c-last on patched$"

# A kernel that does not boot for the second test on raw XFS: this must not excuse what
# the mount fails in it.
mkdir "$tmp/two" "$tmp/kernel"
cp "$suite/c-both.t" "$tmp/two/a-both.t"
cp "$suite/b-differs.t" "$tmp/two"
cp build/kernels/patched/build.json "$tmp/kernel"
cat >"$tmp/kernel/linux" <<-EOT
	#!/bin/sh
	for a; do
		case \$a in *=hostfs:*) share=\${a#*=hostfs:} ;; esac
	done
	case \$(readlink -f "\$share") in */raw-001) exit 1 ;; esac
	exec $(realpath build/kernels/patched/linux) "\$@"
	EOT
chmod +x "$tmp/kernel/linux"
ok "raw does not boot any more: status 4" status_is 4 "$f" conform \
	-k "k=$tmp/kernel" --raw-failed --suite "tap=$tmp/two" -f tap \
	-o "$tmp/report"
ok "raw does not boot any more: says so" says "guest exited before the agent ran"
ok "raw does not boot any more: what was found before" \
	line "ok 1 - tap/a-both on k # SKIP not ok$"
ok "raw does not boot any more: the mount has failed" \
	line "not ok 2 - tap/b-differs on k$"

# Ctrl-C while raw XFS runs what the mount has failed.
mkdir "$tmp/slow"
cat >"$tmp/slow/fails.t" <<-'EOT'
	[ "$FPB_SIDE" = mount ] || sleep 600
	echo 1..1
	echo not ok
	EOT
raw_runs() {
	lives "$pid" || return
	ls results/conform-*"-$pid/raw-000/test-fails.log"
}
"$f" conform --raw-failed --suite "tap=$tmp/slow" \
	-f tap -o "$tmp/report" >"$out" 2>&1 &
pid=$!
ok "Ctrl-C: raw XFS has its turn" wait_for 600 raw_runs
kill -INT $pid
wait $pid
ok "Ctrl-C: status 130" [ $? -eq 130 ]
ok "Ctrl-C: what the mount has failed counts" line "not ok 1 - tap/fails on patched$"

# --- trees of others -------------------------------------------------------------

# A tree that looks like xfstests. Its check does with the mounts what the real one
# does, and prints what that prints.
x=$tmp/xfstests
mkdir -p "$x/ltp" "$x/tests/generic"
cat >"$x/tests/generic/group.list" <<-'EOF'
	# QA groups

	001 a quick
	002 quick b
	003 a b
	004 b
	005 a
	006 ab c
	EOF
# generic NAME OUTPUT: standard input is a test, which should print this.
generic() {
	cat >"$x/tests/generic/$1"
	echo "$2" >"$x/tests/generic/$1.out"
}
generic 001.default 'data 31415' </dev/null
generic 001 '' <<-'EOT'
	ln -fs 001.default.out ./tests/generic/001.out || exit
	echo data >"$TEST_DIR/file"
	umount "$TEST_DIR"
	mounts "$TEST_DEV" "$TEST_DIR"
	cat "$TEST_DIR/file" | tr '\n' ' '
	id -u fsgqa
	EOT
generic 002 'type xfs' <<-'EOT'
	echo "type $(type_of "$TEST_DEV")"
	EOT
generic 003 '' <<-'EOT'
	echo "no such ioctl" >"$seqres.notrun"
	EOT
generic 004 '' <<-'EOT'
	exit 1
	EOT
# Flags of a mount, and a remount.
generic 005 'read-only, no times, data' <<-'EOT'
	mounts "$SCRATCH_DEV" "$SCRATCH_MNT" -o ro,noatime
	touch "$SCRATCH_MNT/file" 2>/dev/null || printf 'read-only, '
	! grep -q " $SCRATCH_MNT .*noatime" /proc/mounts || printf 'no times, '
	mounts "$SCRATCH_DEV" "$SCRATCH_MNT" -o remount,rw
	echo data >"$SCRATCH_MNT/file"
	umount "$SCRATCH_MNT"
	mounts "$SCRATCH_DEV" "$SCRATCH_MNT"
	cat "$SCRATCH_MNT/file"
	EOT
cat >"$x/check" <<-'EOT'
	#!/bin/sh
	. "$HOST_OPTIONS"
	# mounts DEVICE FOLDER OPTION...
	mounts() {
		what=$1 where=$2
		shift 2
		mount -t "$FSTYP${FUSE_SUBTYP:-}" "$@" "$what" "$where"
	}
	# What df says of a device: nothing if it is not mounted.
	type_of() {
		df -T -P | awk -v what="$1" '$1 == what { print $2; exit }'
	}
	# is_ready NAME DEVICE
	is_ready() {
		[ "$(type_of "$2")" = "$FSTYP" ] && return
		echo "$1=$2 is mounted but not a type $FSTYP filesystem"
		exit 1
	}

	[ -n "$(type_of "$TEST_DEV")" ] || mounts "$TEST_DEV" "$TEST_DIR" || {
		echo "common/rc: could not mount $TEST_DEV on $TEST_DIR"
		exit 1
	}
	is_ready TEST_DEV "$TEST_DEV"
	printf 'FSTYP         -- %s\n\n' "$FSTYP"
	[ "$FSTYP" = fuse ] || mkfs.xfs -q -f "$SCRATCH_DEV"
	mounts "$SCRATCH_DEV" "$SCRATCH_MNT" || exit
	is_ready SCRATCH_DEV "$SCRATCH_DEV"
	rm -rf "${SCRATCH_MNT:?}"/*
	umount "$SCRATCH_MNT"

	seqres=$RESULT_BASE/$1 said=/run/said failed=
	mkdir -p "${seqres%/*}"
	rm -f "$seqres.notrun"
	printf '%-12s       ' "$1"
	(. "./tests/$1") >$said 2>&1 || failed="[failed, exit status $?]"
	if [ -f "$seqres.notrun" ]; then
		echo "[not run] $(cat "$seqres.notrun")"
	elif diff -u "tests/$1.out" $said >"$seqres.diff" && [ -z "$failed" ]; then
		echo " 1s"
	else
		failed="$failed- output mismatch (see $seqres.out.bad)"
		echo "$failed"
		sed 's/^/    /' "$seqres.diff"
	fi
	umount "$SCRATCH_MNT" 2>/dev/null
	umount "$TEST_DIR"
	echo "Ran: $1"
	[ ! -f "$seqres.notrun" ] || printf 'Not run: %s\n' "$1"
	if [ -n "$failed" ]; then
		printf 'Failures: %s\nFailed 1 of 1 tests\n\n' "$1"
		exit 1
	fi
	printf 'Passed all 1 tests\n\n'
	EOT
# Each process writes as many lines as it is told. One seed leaves a file that fails
# to go away.
cat >"$x/ltp/fsstress" <<-'EOT'
	#!/bin/sh
	while getopts d:s:p:n: o; do
		eval "$o=\$OPTARG"
	done
	for i in $(seq "$p"); do
		mkdir "$d/$i" && seq "$n" >"$d/$i/file" &
	done
	wait
	echo "seed $s: $(cat "$d"/*/file | wc -l) lines"
	[ "$FPB_SIDE$s" != mount2 ] || touch "$d/.stays"
	EOT
# A block for every ten operations, through the page cache or beside it.
cat >"$x/ltp/fsx" <<-'EOT'
	#!/bin/sh
	in= out= n=0
	echo "options: ${*%/*}"
	while getopts qS:N:ZRWr:w:t:l:AU o; do
		case $o in
		Z) in=iflag=direct out=oflag=direct ;;
		N) n=$((OPTARG / 10)) ;;
		esac
	done
	shift $((OPTIND - 1))
	seq 1000000 | dd of="$1" bs=4k count="$n" iflag=fullblock $out
	want=$(seq 1000000 | head -c $((n * 4096)) | cksum)
	[ "$(dd if="$1" bs=4k $in | cksum)" = "$want" ] && echo "all is there"
	EOT
chmod +x "$x/check" "$x"/ltp/*

p=$tmp/pjdfstest
mkdir -p "$p/tests/x" "$p/tests/y"
cat >"$p/pjdfstest" <<-'EOT'
	#!/bin/sh
	"$@" 2>/dev/null && echo 0 || echo EEXIST
	EOT
cat >"$p/tests/x/00.t" <<-'EOT'
	#!/bin/sh
	program=$(dirname "$0")/../../pjdfstest
	echo 1..2
	[ "$($program mkdir a)" = 0 ] && echo ok 1 || echo not ok 1
	[ "$($program mkdir a)" = EEXIST ] && echo ok 2 || echo not ok 2
	EOT
cp "$p/tests/x/00.t" "$p/tests/y/01.t"
chmod +x "$p/pjdfstest" "$p/tests/x/00.t"

# lists NAME... -- ARG...: these are the tests.
lists() {
	want=
	while [ "$1" != -- ]; do
		want="$want$1 "
		shift
	done
	shift
	status_is 0 "$f" conform -l "$@" && [ "$(tr '\n' ' ' <"$out")" = "$want" ]
}
g=xfstests/generic
ok "xfstests: group quick" lists $g/001 $g/002 -- --suite "xfstests=$x"
ok "xfstests: other groups, less one test" \
	lists $g/001 $g/002 $g/003 $g/005 -- \
	--suite "xfstests=$x" -g a,b -x generic/004
ok "pjdfstest: all" lists pjdfstest/x/00 pjdfstest/y/01 -- \
	--suite "pjdfstest=$p"
ok "pjdfstest: a folder" lists pjdfstest/y/01 -- --suite "pjdfstest=$p" -g y
refused "a group that xfstests lacks" 2 "no generic tests of group d" \
	conform --suite "xfstests=$x" -g d
refused "a folder that pjdfstest lacks" 2 "no tests of group z" \
	conform --suite "pjdfstest=$p" -g z
refused "a mount that xfstests cannot name" 2 "must contain {name}" \
	conform --suite "xfstests=$x" --fs '{fpfs} {source} {mnt}'

# log TEXT FILE: what a test printed holds the text.
log() {
	grep -q -e "$1" "$dir/$2.log" || {
		sed 's/^/# /' "$dir/$2.log"
		return 1
	}
}

ok "xfstests: status 1" status_is 1 "$f" conform --suite "xfstests=$x" \
	-g a,b -x generic/004 -f tap -o "$tmp/report"
dir=$(realpath results/latest-conform)
ok "xfstests: data stays, and there are users" line "ok 1 - $g/001 on patched$"
ok "xfstests: one that differs" line "not ok 2 - $g/002 on patched$"
ok "xfstests: says in what" line "# fail: -type xfs$"
ok "xfstests: it ran on FUSE" log "+type fuse" mount-000/test-generic-002
ok "xfstests: one that does not run" \
	line "ok 3 - $g/003 on patched # SKIP no such ioctl"
ok "xfstests: flags of a mount" line "ok 4 - $g/005 on patched$"
ok "xfstests: another kernel: status 0" status_is 0 "$f" conform -k baseline \
	--suite "xfstests=$x" -g a -f tap -o "$tmp/report" generic/005
ok "xfstests: another kernel" line "ok 1 - $g/005 on baseline$"
ok "xfstests: a command that fails: status 1" status_is 1 "$f" conform \
	--suite "xfstests=$x" --fs 'false {name} {mnt}' --raw-failed generic/001
ok "xfstests: a command that fails: says so" says "the command of --fs failed"
ok "xfstests: one that mounts nothing: status 1" status_is 1 "$f" conform \
	--suite "xfstests=$x" --fs 'true {name} {mnt}' --raw-failed generic/001
ok "xfstests: one that mounts nothing: says so" says "could not mount fpbench-test"
dir=$(realpath results/latest-conform)
ok "xfstests: one that mounts nothing: its log says why" \
	log "--fs mounted nothing by the name of fpbench-test" \
	mount-000/test-generic-001
ok "xfstests: one that mounts once it has ended: status 0" status_is 0 "$f" conform \
	--suite "xfstests=$x" --raw-failed --fs \
	"{ sleep 0.3; $PWD/build/fpfs {source} {mnt} -o fsname={name}; } & : " generic/001

ok "fsx, fsstress and pjdfstest: status 1" status_is 1 "$f" conform \
	--suite "fsx=$x" --suite "fsstress=$x" --suite "pjdfstest=$p" \
	-f tap -o "$tmp/report" 'fsx/*-1' 'fsstress/[12]' 'pjdfstest/*'
dir=$(realpath results/latest-conform)
n=0
for t in fsx/mapped-1 fsx/buffered-1 fsx/direct-1 fsx/aio-1 fsx/uring-1 \
	 fsstress/1 pjdfstest/x/00 pjdfstest/y/01; do
	n=$((n + 1))
	[ $t != pjdfstest/x/00 ] || n=$((n + 1))
	ok "$t passes" line "ok $n - $t on patched$"
done
ok "fsstress/2 leaves a file" line "not ok 7 - fsstress/2 on patched$"
direct="-Z -R -W -r 4096 -w 4096 -t 4096 -l 1m"
ok "fsx: with mmap" log "^options: -q -S 1 -N 10000 /run" mount-000/test-mapped-1
ok "fsx: without it" log "-N 10000 -R -W /run" mount-000/test-buffered-1
ok "fsx: direct" log "-N 10000 $direct /run" mount-000/test-direct-1
ok "fsx: libaio" log "-N 10000 -A $direct /run" mount-000/test-aio-1
ok "fsx: io_uring" log "-N 10000 -U -R -W /run" mount-000/test-uring-1
ok "fsstress: seed, processes and operations" \
	log "^seed 1: 8000 lines" mount-005/test-1

# --- stress-ng and fio -----------------------------------------------------------

if command -v stress-ng >/dev/null; then
	# Raw XFS only for those that the mount fails: it is a second for each.
	ok "stress-ng" status_is 0 "$f" conform --time=1s --raw-failed \
		--deadline=1200s -f tap -o "$tmp/report"
	ok "stress-ng: the mount fails none" \
		grep -q "^  mount [1-9][0-9]* pass, 0 fail, " "$out"
	for t in chmod fallocate hdd link rename xattr; do
		ok "stress-ng: $t passes" \
			line "ok [0-9]* - stress-ng/$t on patched$"
	done
else
	skip "stress-ng" "stress-ng is not installed"
fi
ok "fio" status_is 0 "$f" conform --suite fio psync libaio-direct mmap
ok "fio: all of it passed" says "3 passed, 0 failed, 0 skipped"

ok "nothing is left behind" no_traces "$guests"
tap_end
